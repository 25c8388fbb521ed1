"""If, Loop, Scan and long recurrences, as NumPy and ONNX's reference compute them.

    control_flow.py DLC --device=cpu
    control_flow.py DLC --keep=DIR ...    leaves the cases there

Writes a folder of ONNX test cases and runs `dlc conformance --no-bind` on it: no input's value is known at import.
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

FLOAT, INT64, BOOL, INT32 = TensorProto.FLOAT, TensorProto.INT64, TensorProto.BOOL, TensorProto.INT32
random = np.random.default_rng(7)
node, value = helper.make_node, helper.make_tensor_value_info


def floats(*shape):
    return random.standard_normal(shape).astype(np.float32)


def graph(nodes, inputs, outputs, **constants):
    return helper.make_graph(nodes, "graph", inputs, outputs,
                             [numpy_helper.from_array(v, k) for k, v in constants.items()])  # fmt: skip


def branches():
    """A condition that is computed, captured values, an If in a branch, a branch that gives a capture as it is."""
    times = graph([node("Mul", ["x", "w"], ["a"])], [], [value("a", FLOAT, [3, 4])])
    minus = graph([node("Sub", ["x", "w"], ["b"])], [], [value("b", FLOAT, [3, 4])])
    yes = graph([node("ReduceMax", ["x"], ["most"], keepdims=0), node("Greater", ["most", "one"], ["inner"]),
                 node("If", ["inner"], ["c"], then_branch=times, else_branch=minus), node("Relu", ["c"], ["d"]),
                 node("Identity", ["x"], ["e"])],
                [], [value("d", FLOAT, [3, 4]), value("e", FLOAT, [3, 4])])  # fmt: skip
    no = graph([node("MatMul", ["x", "m"], ["f"]), node("Abs", ["f"], ["g"])],
               [], [value("f", FLOAT, [3, 4]), value("g", FLOAT, [3, 4])])  # fmt: skip
    whole = graph([node("ReduceSum", ["x"], ["sum"], keepdims=0), node("Greater", ["sum", "zero"], ["outer"]),
                   node("If", ["outer"], ["y0", "z"], then_branch=yes, else_branch=no), node("Add", ["y0", "w"], ["y"])],
                  [value("x", FLOAT, [3, 4])], [value("y", FLOAT, [3, 4]), value("z", FLOAT, [3, 4])],
                  w=floats(3, 4), m=floats(4, 4), zero=np.float32(0), one=np.float32(1))  # fmt: skip
    x = np.abs(floats(3, 4))
    for name, v in {"then_then": x + 1, "then_else": x * 0.01, "else": -x}.items():
        yield "if_" + name, 17, whole, {"x": v.astype(np.float32)}


def loops():
    body = graph([node("Add", ["a", "w"], ["a1"]), node("Mul", ["a1", "half"], ["a2"]), node("Cast", ["i"], ["step"], to=FLOAT),
                  node("Add", ["a2", "step"], ["a3"]), node("ReduceMax", ["a3"], ["most"], keepdims=0),
                  node("Less", ["most", "limit"], ["further"]), node("Identity", ["k"], ["k1"])],
                 [value("i", INT64, []), value("go", BOOL, []), value("a", FLOAT, [3, 4]), value("k", FLOAT, [3, 4])],
                 [value("further", BOOL, []), value("a3", FLOAT, [3, 4]), value("k1", FLOAT, [3, 4])])  # fmt: skip
    w, x = floats(3, 4), floats(3, 4)
    whole = graph([node("Loop", ["n", "c", "x", "x"], ["y", "z"], body=body)],
                  [value("n", INT64, []), value("c", BOOL, []), value("x", FLOAT, [3, 4]), value("limit", FLOAT, [])],
                  [value("y", FLOAT, [3, 4]), value("z", FLOAT, [3, 4])], w=w, half=np.float32(0.5))  # fmt: skip
    for count, go in [(0, True), (1, True), (7, True), (50, True), (9, False)]:
        given = {"n": np.array(count), "c": np.array(go), "x": x, "limit": np.array(20, np.float32)}
        y, step = x, 0
        while step < count and go:
            y = (y + w) * np.float32(0.5) + np.float32(step)
            go, step = y.max() < 20, step + 1
        yield f"loop_{count}_{given['c']}".lower(), 17, whole, given, [y, x]
    # A known number of steps, with rows; three are unrolled.
    body = graph([node("MatMul", ["a", "m"], ["a1"]), node("Tanh", ["a1"], ["a2"]), node("ReduceSum", ["a2", "axis"], ["row"], keepdims=0),
                  node("Add", ["i", "i"], ["twice"]), node("Identity", ["go"], ["further"])],
                 [value("i", INT64, []), value("go", BOOL, []), value("a", FLOAT, [3, 4])],
                 [value("further", BOOL, []), value("a2", FLOAT, [3, 4]), value("row", FLOAT, [4]), value("twice", INT64, [])])  # fmt: skip
    m = floats(4, 4)
    for steps in (3, 40):
        y, rows = x, []
        for _ in range(steps):
            y = np.tanh(y @ m)
            rows.append(y.sum(0))
        whole = graph([node("Loop", ["n", "", "x"], ["y", "rows", "numbers"], body=body)], [value("x", FLOAT, [3, 4])],
                      [value("y", FLOAT, [3, 4]), value("rows", FLOAT, [steps, 4]), value("numbers", INT64, [steps])],
                      m=m, n=np.array(steps), axis=np.array([0]))  # fmt: skip
        yield f"loop_rows_{steps}", 17, whole, {"x": x}, [y, np.stack(rows), 2 * np.arange(steps)]
    # What grows from step to step has no loop: it is unrolled.
    body = graph([node("Concat", ["a", "w"], ["a1"], axis=0), node("Identity", ["go"], ["further"])],
                 [value("i", INT64, []), value("go", BOOL, []), value("a", FLOAT, None)],
                 [value("further", BOOL, []), value("a1", FLOAT, None)])  # fmt: skip
    whole = graph([node("Loop", ["n", "", "x"], ["y"], body=body)], [value("x", FLOAT, [3, 4])],
                  [value("y", FLOAT, [63, 4])], w=w, n=np.array(20))  # fmt: skip
    yield "loop_grows", 17, whole, {"x": x}, [np.concatenate([x] + [w] * 20)]


def counters():
    """Decoders that write step by step, as exporters unroll nothing: places are what a counter says, a condition ends it.

    The counter goes through f32; a carried value has another shape before the first step, which nothing reads; a branch
    gives a vector of one where the other gives a scalar.
    """
    size = 40
    yes = graph([node("Identity", ["stop0"], ["s1"])], [], [value("s1", BOOL, [])])
    no = graph([node("Unsqueeze", ["never", "axis0"], ["s2"])], [], [value("s2", BOOL, [1])])
    body = graph([node("Cast", ["at"], ["at_f"], to=FLOAT), node("Add", ["at_f", "one"], ["next_f"]), node("Cast", ["next_f"], ["next"], to=INT64),
                  node("Reshape", ["at", "flat"], ["from"]), node("Reshape", ["next", "flat"], ["until0"]), node("Min", ["size", "until0"], ["until"]),
                  node("Mul", ["h", "half"], ["h0"]), node("Add", ["h0", "x"], ["h1"]), node("Slice", ["rows", "from", "until", "axis1"], ["old"]),
                  node("Shape", ["old"], ["shape"]), node("Unsqueeze", ["h1", "axis1"], ["row"]), node("Expand", ["row", "shape"], ["new"]),
                  node("Squeeze", ["from"], ["a"]), node("Squeeze", ["until"], ["b"]), node("Range", ["a", "b", "step"], ["places"]),
                  node("Reshape", ["places", "column"], ["index0"]), node("Expand", ["index0", "shape"], ["index"]),
                  node("ScatterElements", ["rows", "index", "new"], ["rows1"], axis=1), node("Less", ["next_f", "bound"], ["more"]),
                  node("ReduceMax", ["h1"], ["most"], keepdims=0), node("Greater", ["most", "limit"], ["stop0"]),
                  node("If", ["stop0"], ["stop"], then_branch=yes, else_branch=no), node("Not", ["stop"], ["go0"]),
                  node("And", ["more", "go0"], ["go1"]), node("Cast", ["go1"], ["go2"], to=INT64), node("Add", ["go2", "zero"], ["go3"]),
                  node("Cast", ["go3"], ["further"], to=BOOL)],
                 [value("i", INT64, []), value("go", BOOL, []), value("at", INT64, []), value("h", FLOAT, [2, 3]), value("rows", FLOAT, [2, size, 3]), value("seen", FLOAT, [])],
                 [value("further", BOOL, []), value("next", INT64, []), value("h1", FLOAT, [2, 3]), value("rows1", FLOAT, [2, size, 3]), value("new", FLOAT, [2, 1, 3])])  # fmt: skip
    constants = dict(one=np.float32(1), flat=np.array([1]), size=np.array([size]), half=np.float32(0.5), axis0=np.array([0]), axis1=np.array([1]),
                     step=np.array(1), column=np.array([1, -1, 1]), bound=np.float32(size), zero=np.array([0]), never=np.array(False),
                     n=np.array([1024]), c=np.array(True), start=np.array(0), rows0=np.zeros((2, size, 3), np.float32), seen0=np.float32(0))  # fmt: skip
    whole = graph([node("Loop", ["n", "c", "start", "h0_", "rows0", "seen0"], ["count", "h_", "rows_", "last"], body=body)],
                  [value("h0_", FLOAT, [2, 3]), value("x", FLOAT, [2, 3]), value("limit", FLOAT, [])],
                  [value("count", INT64, []), value("h_", FLOAT, [2, 3]), value("rows_", FLOAT, [2, size, 3]), value("last", FLOAT, [2, 1, 3])], **constants)  # fmt: skip
    h0, x = floats(2, 3), np.abs(floats(2, 3))
    for name, limit in {"all": 1e9, "some": 1.999 * x.max(), "one": -1e9}.items():
        h, rows, count = h0, np.zeros((2, size, 3), np.float32), 0
        while True:
            h = h * np.float32(0.5) + x
            rows[:, count] = h
            count += 1
            if h.max() > np.float32(limit) or count >= size:
                break
        yield f"counter_{name}", 17, whole, {"h0_": h0, "x": x, "limit": np.float32(limit)}, [np.array(count), h, rows.copy(), h[:, None]]
    # Past the end there is less to take: the counter goes further than the rows.
    body = graph([node("Unsqueeze", ["i", "axis0"], ["from"]), node("Add", ["from", "two"], ["until"]), node("Slice", ["x", "from", "until"], ["part"]),
                  node("ReduceSum", ["part", "axis0"], ["row"], keepdims=0), node("Identity", ["go"], ["further"])],
                 [value("i", INT64, []), value("go", BOOL, [])], [value("further", BOOL, []), value("row", FLOAT, [4])])  # fmt: skip
    x = floats(30, 4)
    for steps in (29, 36):
        whole = graph([node("Loop", ["n", ""], ["rows"], body=body)], [value("x", FLOAT, [30, 4])], [value("rows", FLOAT, [steps, 4])],
                      n=np.array(steps), axis0=np.array([0]), two=np.array([2]))  # fmt: skip
        yield f"counter_window_{steps}", 17, whole, {"x": x}, [np.stack([x[i : i + 2].sum(0) for i in range(steps)])]


def scans():
    body = graph([node("Add", ["s", "p"], ["s1"]), node("Mul", ["s1", "q"], ["s2"]), node("Sub", ["s2", "p"], ["row"]),
                  node("Neg", ["s1"], ["other"])],
                 [value("s", FLOAT, [4]), value("p", FLOAT, [4]), value("q", FLOAT, [4])],
                 [value("s1", FLOAT, [4]), value("row", FLOAT, [4]), value("other", FLOAT, [4])])  # fmt: skip
    for steps in (5, 33):
        whole = graph([node("Scan", ["s0", "ps", "qs"], ["last", "rows", "others"], body=body, num_scan_inputs=2,
                            scan_input_axes=[0, 1], scan_input_directions=[0, 1], scan_output_axes=[1, 0], scan_output_directions=[1, 0])],
                      [value("s0", FLOAT, [4]), value("ps", FLOAT, [steps, 4]), value("qs", FLOAT, [4, steps])],
                      [value("last", FLOAT, [4]), value("rows", FLOAT, [4, steps]), value("others", FLOAT, [steps, 4])])  # fmt: skip
        given = {"s0": floats(4), "ps": floats(steps, 4), "qs": floats(4, steps)}
        s, rows, others = given["s0"], [], []
        for t in range(steps):
            s = s + given["ps"][t]
            rows.append(s * given["qs"][:, steps - 1 - t] - given["ps"][t])
            others.append(-s)
        yield f"scan_{steps}", 17, whole, given, [s, np.stack(rows[::-1], 1), np.stack(others)]


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def recurrence(kind, x, w, r, b, lengths, reverse):
    """One direction in f64: Y [T, B, H], and the last h and c."""
    steps, batch, hidden = x.shape[0], x.shape[1], r.shape[1]
    wb, rb = np.split(b, 2)
    h, c, y = np.zeros((batch, hidden)), np.zeros((batch, hidden)), np.zeros((steps, batch, hidden))
    for t in reversed(range(steps)) if reverse else range(steps):
        i, o = x[t] @ w.T + wb, h @ r.T + rb
        if kind == "LSTM":
            gates = np.split(i + o, 4, 1)  # i o f c
            new_c = sigmoid(gates[2]) * c + sigmoid(gates[0]) * np.tanh(gates[3])
            new_h = sigmoid(gates[1]) * np.tanh(new_c)
        elif kind == "GRU":  # linear_before_reset
            (iz, ir, ih), (oz, orr, oh) = np.split(i, 3, 1), np.split(o, 3, 1)
            z = sigmoid(iz + oz)
            new_h, new_c = (1 - z) * np.tanh(ih + sigmoid(ir + orr) * oh) + z * h, c
        else:
            new_h, new_c = np.tanh(i + o), c
        inside = (t < lengths)[:, None]
        y[t] = np.where(inside, new_h, 0)
        h, c = np.where(inside, new_h, h), np.where(inside, new_c, c)
    return y, h, c


def recurrences():
    batch, size, hidden = 3, 8, 16
    for kind, gates in (("LSTM", 4), ("GRU", 3), ("RNN", 1)):
        for steps, direction, some in ((100, "bidirectional", True), (37, "reverse", False), (500, "forward", False)):
            count = 2 if direction == "bidirectional" else 1
            w, r, b = floats(count, gates * hidden, size) * 0.3, floats(count, gates * hidden, hidden) * 0.3, floats(count, 2 * gates * hidden)
            given = {"x": floats(steps, batch, size)}
            if some:
                given["lengths"] = np.array([steps, 1, steps // 2], np.int32)
            names = ["y", "last"] + (["cell"] if kind == "LSTM" else [])
            attributes = {"linear_before_reset": 1} if kind == "GRU" else {}
            inputs = [value("x", FLOAT, [steps, batch, size])] + ([value("lengths", INT32, [batch])] if some else [])
            shapes = [[steps, count, batch, hidden], [count, batch, hidden], [count, batch, hidden]]
            whole = graph([node(kind, ["x", "w", "r", "b"] + (["lengths"] if some else []), names, direction=direction, hidden_size=hidden, **attributes)],
                          inputs, [value(n, FLOAT, s) for n, s in zip(names, shapes)], w=w, r=r, b=b)  # fmt: skip
            parts = [recurrence(kind, given["x"].astype(float), w[d].astype(float), r[d].astype(float), b[d].astype(float),
                                given.get("lengths", np.full(batch, steps)), d == 1 or direction == "reverse") for d in range(count)]  # fmt: skip
            expected = [np.stack([p[0] for p in parts], 1)] + [np.stack([p[k] for p in parts]) for k in (1, 2)]
            yield f"{kind.lower()}_{steps}_{direction}", 17, whole, given, [e.astype(np.float32) for e in expected[: len(names)]]


def write(folder, name, opset, whole, given, expected=None):
    model = helper.make_model(whole, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    if expected is None:
        expected = ReferenceEvaluator(model).run(None, given)
    case = folder / name / "test_data_set_0"
    case.mkdir(parents=True)
    onnx.save(model, folder / name / "model.onnx")
    for what, values in (("input", given.items()), ("output", zip([o.name for o in whole.output], expected))):
        for i, (n, v) in enumerate(values):
            (case / f"{what}_{i}.pb").write_bytes(numpy_helper.from_array(np.asarray(v), n).SerializeToString())


parser = argparse.ArgumentParser()
parser.add_argument("dlc")
parser.add_argument("--device", default="cpu")
parser.add_argument("--keep", type=pathlib.Path)
flags = parser.parse_args()
device.require(flags.dlc, flags.device)
with tempfile.TemporaryDirectory() as name:
    folder = flags.keep or pathlib.Path(name)
    count = 0
    for family in (branches, loops, counters, scans, recurrences):
        for case in family():
            write(folder, *case)
            count += 1
    process = subprocess.run([flags.dlc, "conformance", str(folder), "--no-bind", "--device=" + flags.device, "--json"],
                             stdout=subprocess.PIPE, text=True)  # fmt: skip
    report = json.loads(process.stdout)
bad = [r for r in report["results"] if r["status"] != "passed"]
for r in bad:
    print(f"{r['name']}: {r['status']}: {r['reason']}")
print(f"{report['passed']} of {count} cases passed on {flags.device}")
sys.exit(0 if not bad and report["passed"] == count else 1)
