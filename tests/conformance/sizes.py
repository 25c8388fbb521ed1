"""Order, and sizes that a run finds: TopK, NonZero, Compress, Unique, NonMaxSuppression and what follows them, on data that
differ in size. No input's value is known at import.

    sizes.py DLC --device=cpu

Writes a folder of ONNX test cases, each with several data sets of one model, whose expected outputs come from
onnx.reference, and runs `dlc conformance` on it; then looks at what is refused.
Exit code 77: the onnx package is not here, or the device is not.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import device

try:
    import numpy as np
    import onnx
    from onnx import TensorProto, helper, numpy_helper
    from onnx.reference import ReferenceEvaluator
except ImportError:
    print("skipped: no onnx package in this Python (tools/setup installs one)")
    sys.exit(77)

rng = np.random.default_rng(5)
node = helper.make_node


def sparse(shape, share, kind=np.float32):
    """Whole numbers of which about `share` are not zero."""
    return (rng.integers(1, 9, shape) * (rng.random(shape) < share)).astype(kind)


def boxes(batch, count):
    corner, size = rng.random((batch, count, 2)) * 4, rng.random((batch, count, 2)) + 0.5
    return np.concatenate([corner, corner + size], 2).astype(np.float32)


def constant(name, values, kind=np.int64):
    return numpy_helper.from_array(np.array(values, kind), name)


def cases():
    """Name, nodes, initializers, outputs, data sets (inputs by name)."""
    shapes = {"flat": (700,), "matrix": (50, 60), "cube": (4, 3, 7)}
    for name, shape in shapes.items():
        data = [{"x": sparse(shape, share)} for share in (0.3, 0, 1, 0.01)]
        yield "nonzero_" + name, [node("NonZero", ["x"], ["y"])], [], ["y"], data
    yield "nonzero_bool", [node("NonZero", ["x"], ["y"])], [], ["y"], [{"x": sparse((9, 5), 0.4, bool)} for _ in range(2)]
    for axis, length in [(0, 40), (1, 1500), (2, 3), (None, 100)]:
        more = {} if axis is None else {"axis": axis}
        data = [{"x": sparse((50, 1600, 3) if axis == 1 else (50, 4, 3), 1), "c": rng.random(length) < share} for share in (0.5, 0, 1)]
        yield f"compress_{axis}", [node("Compress", ["x", "c"], ["y"], **more)], [], ["y"], data
    names = ["y", "i", "back", "n"]
    for kind, sort in [(np.int64, 1), (np.float32, 1), (np.int64, 0)]:
        data = [{"x": rng.integers(-top, top + 1, 60).astype(kind)} for top in (3, 0, 100)]
        yield f"unique_{kind.__name__}_{sort}", [node("Unique", ["x"], names, sorted=sort)], [], names, data
    for axis in (0, 1):
        data = [{"x": rng.integers(0, 2, (12, 14) if axis else (14, 3))} for _ in range(3)]
        data[0]["x"][..., 1:] = data[0]["x"][..., :1]
        yield f"unique_axis_{axis}", [node("Unique", ["x"], names, axis=axis)], [], names, data
    yield "unique_many", [node("Unique", ["x"], names, sorted=0)], [], names, [{"x": rng.integers(0, top, 5003)} for top in (40, 90000)]
    rows = rng.integers(0, 2, (300, 37)).astype(np.float32)
    rows[100:200] = rows[:100]
    yield "unique_rows", [node("Unique", ["x"], names, axis=0)], [], names, [{"x": rows}]
    # Order: rows of a block, and longer ones.
    for shape, axis, k in [((4, 9), 0, 2), ((3, 5000), -1, 1500), ((2, 5000, 2), 1, 20), ((1, 1), 1, 1), ((70000,), 0, 100), ((6, 0), 1, 0)]:
        for largest in (0, 1):
            name = f"topk_{'x'.join(map(str, shape))}_{largest}"
            data = [{"x": np.round(rng.standard_normal(shape) * scale).astype(np.float32)} for scale in (3, 1e6)]
            top = node("TopK", ["x", "k"], ["y", "i"], axis=axis, largest=largest)
            yield name, [top], [constant("k", [k])], ["y", "i"], data
    # What follows works on as many as there can be.
    after = [node("NonZero", ["x"], ["at"]), node("Transpose", ["at"], ["rows"], perm=[1, 0]), node("GatherND", ["x", "rows"], ["picked"]),
             node("Mul", ["picked", "two"], ["y"]), node("ReduceSum", ["rows", "one"], ["sums"], keepdims=0)]  # fmt: skip
    given = [constant("two", 2, np.float32), constant("one", [1])]
    yield "nonzero_after", after, given, ["y", "sums"], [{"x": sparse((8, 40), share)} for share in (0.2, 0.9, 0)]
    # Sums, shapes and what is made of them: kernels run over what was found.
    chain = [node("NonZero", ["x"], ["at"]), node("Squeeze", ["at", "zero"], ["index"]), node("Gather", ["table", "index"], ["rows"]),
             node("Relu", ["rows"], ["positive"]), node("ReduceSum", ["positive", "zero"], ["y"], keepdims=0), node("Shape", ["rows"], ["shape"]),
             node("Size", ["index"], ["size"]), node("Cast", ["size"], ["count"], to=TensorProto.FLOAT), node("Div", ["y", "count"], ["mean"]),
             node("ConstantOfShape", ["shape"], ["none"]), node("Expand", ["three", "shape"], ["threes"]), node("Add", ["none", "threes"], ["filled"]),
             node("Concat", ["index", "index"], ["both"], axis=0),
             node("MatMul", ["rows", "weight"], ["product"]), node("Softmax", ["product"], ["soft"], axis=0),
             node("ArgMax", ["product"], ["best"], axis=1, keepdims=0)]  # fmt: skip
    given = [constant("zero", [0]), constant("three", [3], np.float32),
             constant("table", rng.standard_normal((90, 5)), np.float32), constant("weight", rng.standard_normal((5, 4)), np.float32)]
    data = [{"x": sparse((90,), share)} for share in (0.3, 1, 0.02, 0.6)]
    yield "found_chain", chain, given, ["y", "shape", "mean", "filled", "both", "soft", "best"], data
    # k that only the run knows, and a k for what may be fewer.
    topk = node("TopK", ["x", "k"], ["v", "i"], axis=1)
    yield "topk_open", [topk], [], ["v", "i"], [{"x": sparse((3, 40), 1), "k": np.array([k])} for k in (5, 0, 40)]
    some = [node("Compress", ["x", "c"], ["left"], axis=0), node("Shape", ["left"], ["size"]), node("Min", ["size", "eight"], ["k"]),
            node("TopK", ["left", "eight_or_less"], ["v", "i"])]  # fmt: skip
    some[2] = node("Min", ["size", "eight"], ["eight_or_less"])
    data = [{"x": sparse((50,), 1), "c": rng.random(50) < share} for share in (0.5, 0.06, 0, 1)]
    yield "topk_found", some, [constant("eight", [8])], ["v", "i"], data
    # Nodes of one name, and sizes that have nothing to do with each other.
    two = [node("NonZero", ["x"], ["y"], name="same"), node("NonZero", ["z"], ["w"], name="same")]
    yield "nonzero_twice", two, [], ["y", "w"], [{"x": sparse((30,), a), "z": sparse((5, 6), 1 - a)} for a in (0.2, 0.9)]
    some = [constant("most", [4]), constant("iou", [0.3], np.float32), constant("score", [0.2], np.float32)]
    for center in (0, 1):
        nms = node("NonMaxSuppression", ["boxes", "scores", "most", "iou", "score"], ["y"], center_point_box=center)
        data = [{"boxes": boxes(2, 30), "scores": rng.random((2, 3, 30)).astype(np.float32) * scale} for scale in (1, 0.1, 0.3)]
        yield f"nms_{center}", [nms], some, ["y"], data
    many = [constant("most", [200]), constant("iou", [0.5], np.float32), constant("score", [0.1], np.float32)]
    for name, given in [("many", many), ("open", many[1:])]:
        nms = node("NonMaxSuppression", ["boxes", "scores", "most", "iou", "score"], ["y"])
        data = [{"boxes": boxes(2, 260), "scores": np.round(rng.random((2, 3, 260)), 2).astype(np.float32)} for _ in range(2)]
        if name == "open":
            data = [one | {"most": np.array([take])} for one, take in zip(data, (7, 300))]
        yield f"nms_{name}", [nms], given, ["y"], data
    picked = [node("NonMaxSuppression", ["boxes", "scores", "most", "iou", "score"], ["taken"]),
              node("Gather", ["taken", "two"], ["column"], axis=1), node("Squeeze", ["column", "one"], ["index"]),
              node("Squeeze", ["boxes", "zero"], ["flat"]), node("Gather", ["flat", "index"], ["corners"]),
              node("Mul", ["corners", "scale"], ["y"])]  # fmt: skip
    given = some + [constant("two", [2]), constant("one", [1]), constant("zero", [0]), constant("scale", [10, 10, 10, 10], np.float32)]
    data = [{"boxes": boxes(1, 50), "scores": rng.random((1, 2, 50)).astype(np.float32) * scale} for scale in (1, 0.1)]
    yield "nms_picks", picked, given, ["y"], data
    # Of what was found, something is found again.
    again = [node("NonZero", ["x"], ["at"]), node("Squeeze", ["at", "zero"], ["index"]), node("Gather", ["keys", "index"], ["left"]),
             node("Unique", ["left"], ["y", "first", "back", "n"]), node("Greater", ["left", "limit"], ["mask"]),
             node("Compress", ["left", "mask"], ["more"], axis=0), node("NonZero", ["mask"], ["places"]),
             node("Gather", ["corners", "index"], ["some"]), node("Unsqueeze", ["some", "zero"], ["boxes"]),
             node("Cast", ["left"], ["real"], to=TensorProto.FLOAT), node("Unsqueeze", ["real", "zero_one"], ["scores"]),
             node("NonMaxSuppression", ["boxes", "scores", "most", "iou"], ["taken"])]  # fmt: skip
    given = [constant("zero", [0]), constant("zero_one", [0, 1]), constant("limit", 5), constant("keys", rng.integers(0, 12, 50)),
             constant("most", [10]), constant("iou", [0.4], np.float32), constant("corners", boxes(1, 50)[0], np.float32)]
    results = ["y", "first", "back", "n", "more", "places", "taken"]
    yield "found_again", again, given, results, [{"x": sparse((50,), share)} for share in (0.4, 1, 0.04)]
    yield from bodies()
    yield from slices()


def body(nodes, inputs, outputs, *constants):
    """A subgraph; inputs: (name, type, shape), outputs by name."""
    ins = [helper.make_tensor_value_info(*i) for i in inputs]
    return helper.make_graph(nodes, "body", ins, [helper.make_tensor_value_info(o, TensorProto.UNDEFINED, None) for o in outputs], constants)


def bodies():
    """Sizes that branches and loops find, and loops whose rows the run counts."""
    zero, one = constant("zero", [0]), constant("one", [1])
    sign = [node("ReduceSum", ["s"], ["total"], keepdims=0), node("Greater", ["total", "none"], ["positive"])]
    given = [zero, one, constant("none", 0, np.float32), constant("table", rng.standard_normal((60, 5)), np.float32)]
    pick = [node("NonZero", ["x"], ["at"]), node("Squeeze", ["at", "zero"], ["index"]), node("Gather", ["table", "index"], ["a"]),
            node("Size", ["index"], ["n"])]  # fmt: skip
    drop = [node("Greater", ["x", "c"], ["mask"]), node("Compress", ["table", "mask"], ["b"], axis=0), node("Size", ["x"], ["m"])]
    choice = node("If", ["positive"], ["y", "size"], then_branch=body(pick, [], ["a", "n"]), else_branch=body(drop, [], ["b", "m"]))
    after = [node("ReduceSum", ["y", "zero"], ["sums"], keepdims=0), node("Relu", ["y"], ["z"])]
    data = [{"x": sparse((60,), share), "c": sparse((60,), 0.5), "s": np.float32([sign])} for share in (0.4, 0, 1) for sign in (1, -1)]
    yield "if_found", [*sign, choice, *after], given, ["y", "size", "sums", "z"], data
    # Branches of different sizes that are known, in two dimensions at once.
    square = body([node("MatMul", ["w", "x"], ["p"]), node("Transpose", ["p"], ["q"], perm=[1, 0])], [], ["q"])
    plain = body([node("Neg", ["x"], ["r"])], [], ["r"])
    data = [{"x": rng.standard_normal((3, 7)).astype(np.float32), "s": np.float32([sign])} for sign in (1, -1)]
    weights = [given[2], zero, constant("w", rng.standard_normal((4, 3)), np.float32)]
    yield "if_sizes", [*sign, node("If", ["positive"], ["y"], then_branch=square, else_branch=plain),
                       node("ReduceMax", ["y"], ["z"], axes=[0])], weights, ["y", "z"], data  # fmt: skip
    # A loop whose number of steps the run knows, each of which finds what it sums.
    trips = [node("ReduceMax", ["t"], ["most"], keepdims=0), node("Cast", ["most"], ["trips"], to=TensorProto.INT64)]
    step = [node("Gather", ["x", "i"], ["row"], axis=0), node("NonZero", ["row"], ["at"]), node("Squeeze", ["at", "zero"], ["index"]),
            node("Gather", ["table", "index"], ["rows"]), node("Softmax", ["rows"], ["soft"], axis=0),
            node("Mul", ["rows", "soft"], ["both"]), node("ReduceSum", ["both", "zero"], ["sum"], keepdims=0), node("Add", ["s0", "sum"], ["s1"]),
            node("Size", ["index"], ["n"]), node("Add", ["n0", "n"], ["n1"]), node("Identity", ["go"], ["on"])]  # fmt: skip
    inputs = [("i", TensorProto.INT64, []), ("go", TensorProto.BOOL, []), ("s0", TensorProto.FLOAT, [5]), ("n0", TensorProto.INT64, [])]
    loop = node("Loop", ["trips", "yes", "start", "count"], ["y", "n2"], body=body(step, inputs, ["on", "s1", "n1"]))
    yes = constant("yes", True, bool)
    given = [zero, yes, constant("start", np.zeros(5), np.float32), constant("count", 0), constant("table", rng.standard_normal((30, 5)), np.float32)]
    data = [{"x": sparse((9, 30), 0.4), "t": np.float32([steps])} for steps in (9, 3, 0, 7)]
    yield "loop_found", [*trips, loop], given, ["y", "n2"], data
    # The same known, with a row for each step; unrolled where there are few.
    for steps in (5, 9):
        listed = node("Loop", ["steps", "yes", "start", "count"], ["y", "n2", "rows"], body=body(step, inputs, ["on", "s1", "n1", "sum"]))
        yield f"loop_found_{steps}", [listed], [*given, constant("steps", steps)], ["y", "n2", "rows"], data[:1]
    # A loop that ends before its time, and the rows that it gave.
    step = [node("Mul", ["s0", "x"], ["s1"]), node("ReduceSum", ["s1"], ["sum"], keepdims=0), node("Less", ["sum", "most"], ["on"]),
            node("Sqrt", ["s1"], ["row"]), node("Cast", ["i"], ["j"], to=TensorProto.FLOAT), node("Unsqueeze", ["j", "zero"], ["f"])]  # fmt: skip
    inputs = [("i", TensorProto.INT64, []), ("go", TensorProto.BOOL, []), ("s0", TensorProto.FLOAT, [4])]
    loop = node("Loop", ["trips", "yes", "start"], ["y", "rows", "numbers"], body=body(step, inputs, ["on", "s1", "row", "f"]))
    after = [node("ReduceSum", ["rows", "zero"], ["sums"], keepdims=0), node("Shape", ["rows"], ["shape"])]
    for steps in (6, 20):
        given = [zero, yes, constant("trips", steps), constant("start", np.ones(4), np.float32), constant("most", 50, np.float32)]
        data = [{"x": np.full(4, by, np.float32)} for by in (3, 1.5, 100, 0.5)]
        yield f"loop_ends_{steps}", [loop, *after], given, ["y", "rows", "numbers", "sums", "shape"], data
    # As many steps as a run finds elements, and rows of them.
    step = [node("Gather", ["index", "i"], ["at"], axis=0), node("Gather", ["table", "at"], ["now"], axis=0), node("Add", ["s0", "now"], ["s1"]),
            node("Tanh", ["s1"], ["row"]), node("Identity", ["go"], ["on"])]  # fmt: skip
    inputs[2] = ("s0", TensorProto.FLOAT, [5])
    found = [node("NonZero", ["x"], ["found"]), node("Squeeze", ["found", "zero"], ["index"]), node("Size", ["index"], ["trips"]),
             node("Loop", ["trips", "yes", "start"], ["y", "rows"], body=body(step, inputs, ["on", "s1", "row"])),
             node("ReduceSum", ["rows", "zero"], ["sums"], keepdims=0)]  # fmt: skip
    given = [zero, yes, constant("start", np.zeros(5), np.float32), constant("table", rng.standard_normal((30, 5)), np.float32)]
    yield "loop_rows_found", found, given, ["y", "rows", "sums"], [{"x": sparse((30,), share)} for share in (0.4, 0.1, 1)]


def slices():
    """Ends that the run computes."""
    ends = [node("ReduceMin", ["b"], ["from"]), node("ReduceMax", ["b"], ["until"])]
    for step in (1, 3, -2):
        cut = node("Slice", ["x", "from", "until", "axis", "step"] if step > 0 else ["x", "until", "from", "axis", "step"], ["y"])
        given = [constant("axis", [1]), constant("step", [step])]
        data = [{"x": rng.standard_normal((3, 12, 2)).astype(np.float32), "b": np.array(b)} for b in
                ([2, 9], [0, 100], [-5, 11], [4, 4], [-100, -1], [-3, -9], [20, 30])]  # fmt: skip
        yield f"slice_{step}", [*ends, cut, node("Relu", ["y"], ["z"])], given, ["y", "z"], data
    some = [node("NonZero", ["x"], ["at"]), node("Squeeze", ["at", "zero"], ["index"]), node("Slice", ["index", "zero", "four"], ["first"]),
            node("Slice", ["index", "minus", "end"], ["last"])]  # fmt: skip
    given = [constant("zero", [0]), constant("four", [4]), constant("minus", [-2]), constant("end", [1 << 40])]
    yield "slice_found", some, given, ["first", "last"], [{"x": sparse((20,), share)} for share in (0.5, 0.1, 0, 1)]


def model_of(nodes, initializers, outputs, data):
    inputs = [helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(v.dtype), v.shape) for n, v in data[0].items()]
    results = [helper.make_tensor_value_info(n, TensorProto.UNDEFINED, None) for n in outputs]
    graph = helper.make_graph(nodes, "sizes", inputs, results, initializers)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def write(folder, name, nodes, initializers, outputs, data):
    model = model_of(nodes, initializers, outputs, data)
    for number, values in enumerate(data):
        case = folder / name / f"test_data_set_{number}"
        case.mkdir(parents=True)
        for i, (n, v) in enumerate(values.items()):
            (case / f"input_{i}.pb").write_bytes(numpy_helper.from_array(v, n).SerializeToString())
        for i, y in enumerate(ReferenceEvaluator(model).run(None, values)):
            (case / f"output_{i}.pb").write_bytes(numpy_helper.from_array(np.asarray(y), outputs[i]).SerializeToString())
    onnx.save(model, folder / name / "model.onnx")


def refusals(dlc, folder):
    """What cannot follow a size that is found is refused with its name."""
    found = node("NonZero", ["x"], ["at"], name="find")
    follow = {"beside": (node("Add", ["at", "wide"], ["y"], name="it"), "do not broadcast together")}
    given = [constant("one", [1]), constant("wide", list(range(20)))]
    bad = []
    for name, (last, text) in follow.items():
        path = folder / f"{name}.onnx"
        onnx.save(model_of([found, last], given, ["y"], [{"x": sparse((20,), 0.5)}]), path)
        done = subprocess.run([dlc, "compile", str(path), "-o", str(folder / "no.dlx")], stderr=subprocess.PIPE, text=True)
        if done.returncode == 0 or text not in done.stderr or "node 'it'" not in done.stderr:
            bad.append(f"{name}: exit code {done.returncode}: {done.stderr}")
    return bad


parser = argparse.ArgumentParser()
parser.add_argument("dlc")
parser.add_argument("--device", default="cpu")
flags = parser.parse_args()
device.require(flags.dlc, flags.device)
with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    count = 0
    for case in cases():
        write(folder, *case)
        count += 1
    command = [flags.dlc, "conformance", str(folder), "--device=" + flags.device, "--json", "--no-bind"]
    report = json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True).stdout)
    bad = [f"{r['name']}: {r['status']}: {r['reason']}" for r in report["results"] if r["status"] != "passed"]
    bad += refusals(flags.dlc, folder)
print("\n".join(bad + [f"{report['passed']} of {count} cases passed on {flags.device}"]))
sys.exit(0 if not bad and report["passed"] == count else 1)
