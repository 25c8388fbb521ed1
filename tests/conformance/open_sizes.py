"""Programs whose sizes stay open, at several sizes each.

    open_sizes.py DLC --device=cpu     compiles each graph once, for ranges of its symbols, and runs it at many sizes
    open_sizes.py DLC --only=NAME      one of them

Expected outputs come from onnx.reference; those of com.microsoft from ONNX Runtime, in cases/microsoft_open.tar.xz. Exit code 77: the onnx package is not here, or the device is not.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tarfile
import tempfile

try:
    import numpy as np
    import onnx
    from onnx import TensorProto, helper, numpy_helper
    from onnx.reference import ReferenceEvaluator
except ImportError:
    print("skipped: no onnx package in this Python (tools/setup installs one)")
    sys.exit(77)

rng = np.random.default_rng(7)
RANGES = {"batch": (1, 9), "seq": (1, 40), "height": (4, 24), "width": (5, 31), "side": (8, 48), "past": (1, 20)}
STEPS = {"side": ":8"}
SIZES = [(9, 40), (1, 1), (2, 7), (5, 33), (9, 2), (1, 40), (3, 8)]


def floats(*shape):
    return rng.standard_normal(shape).astype(np.float32)


class Graph:
    """Nodes and initializers under construction."""

    def __init__(self, **inputs):
        self.inputs = {n: (v if isinstance(v, tuple) else (v, TensorProto.FLOAT)) for n, v in inputs.items()}
        self.nodes, self.weights, self.count = [], [], 0

    def const(self, value):
        self.count += 1
        name = f"c{self.count}"
        self.weights.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def __call__(self, op, *operands, outputs=1, **attrs):
        self.count += 1
        names = [f"v{self.count}_{i}" for i in range(outputs)]
        operands = [o if isinstance(o, str) else self.const(o) for o in operands]  # "": left out
        self.nodes.append(helper.make_node(op, operands, names, name=f"{op}_{self.count}", **attrs))
        return names[0] if outputs == 1 else names

    def model(self, *outputs, opset=17):
        inputs = [helper.make_tensor_value_info(n, t, d) for n, (d, t) in self.inputs.items()]
        results = [helper.make_tensor_value_info(o, TensorProto.FLOAT, None) for o in outputs]
        graph = helper.make_graph(self.nodes, "g", inputs, results, self.weights)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


def mlp():
    g = Graph(x=["batch", 20])
    h = g("Relu", g("Gemm", "x", floats(20, 33), floats(33)))
    return g.model(g("Softmax", g("MatMul", h, floats(33, 10)), axis=-1))


def cnn():
    g = Graph(x=["batch", 3, 12, 10])
    h = g("Relu", g("Conv", "x", floats(8, 3, 3, 3), floats(8), pads=[1, 1, 1, 1]))
    h = g("MaxPool", h, kernel_shape=[2, 2], strides=[2, 2])
    h = g("Relu", g("Conv", h, floats(8, 1, 3, 3), floats(8), group=8, pads=[1, 1, 1, 1]))
    h = g("Add", g("Conv", h, floats(8, 8, 1, 1)), h)
    wide = g("Reshape", h, np.array([0, -1], np.int64))
    return g.model(g("Gemm", wide, floats(240, 5), floats(5)), g("GlobalAveragePool", h))


def attention():
    g = Graph(x=["batch", "seq", 24])
    shape = g("Shape", "x")
    batch, seq = (g("Gather", shape, np.array(i, np.int64), axis=0) for i in (0, 1))
    zero = np.array([0], np.int64)
    heads = g("Concat", g("Unsqueeze", batch, zero), g("Unsqueeze", seq, zero), np.array([3, 8], np.int64), axis=0)
    part = lambda: g("Transpose", g("Reshape", g("MatMul", "x", floats(24, 24)), heads), perm=[0, 2, 1, 3])
    q, k, v = part(), part(), part()
    scores = g("Div", g("MatMul", q, g("Transpose", k, perm=[0, 1, 3, 2])), np.float32(np.sqrt(8)))
    mixed = g("Transpose", g("MatMul", g("Softmax", scores, axis=-1), v), perm=[0, 2, 1, 3])
    joined = g("Reshape", mixed, np.array([0, 0, 24], np.int64))
    return g.model(g("LayerNormalization", g("Add", joined, "x"), floats(24), floats(24), axis=-1))


def folds():
    g = Graph(x=["batch", "seq", 6])
    count = g("Cast", g("Size", "x"), to=TensorProto.FLOAT)
    last = g("Slice", "x", np.array([-1], np.int64), np.array([2**31], np.int64), np.array([1], np.int64))
    return g.model(g("ReduceMean", "x", axes=[1]), g("ReduceMax", "x", axes=[0, 1], keepdims=0),
                   g("ReduceSum", g("Mul", "x", "x"), np.array([2], np.int64)), last, g("Mul", "x", count))


def moves():
    g = Graph(x=["batch", "seq", 5], ids=(["batch", "seq"], TensorProto.INT64))
    table = g("Gather", floats(11, 5), "ids")
    both = g("Concat", "x", table, axis=1)
    start = g("Slice", both, np.array([0, 1], np.int64), np.array([2**40, 2**40], np.int64), np.array([0, 1], np.int64))
    ones = g("ConstantOfShape", g("Shape", "x"), value=numpy_helper.from_array(np.array([2], np.float32)))
    flat = g("Reshape", g("Transpose", "x", perm=[1, 0, 2]), np.array([-1, 5], np.int64))
    wide = g("Expand", floats(1, 1, 5), g("Shape", "x"))
    return g.model(start, g("Sub", ones, "x"), flat, g("Add", wide, table), g("Flatten", "x", axis=1))


def recurrent():
    g = Graph(x=[7, "batch", 4])
    y, h = g("LSTM", "x", floats(2, 24, 4), floats(2, 24, 6), floats(2, 48), outputs=2, hidden_size=6,
             direction="bidirectional")
    return g.model(g("Reshape", g("Transpose", y, perm=[0, 2, 1, 3]), np.array([0, 0, -1], np.int64)), h)


def image():
    g = Graph(x=["batch", 4, "seq", 9])
    h = g("Relu", g("Conv", "x", floats(8, 4, 3, 3), floats(8), pads=[1, 1, 1, 1], strides=[2, 2]))
    return g.model(h, g("GlobalAveragePool", h))


def long_recurrent():
    g = Graph(x=["seq", "batch", 4])
    y, h, c = g("LSTM", "x", floats(2, 24, 4), floats(2, 24, 6), floats(2, 48), outputs=3, hidden_size=6,
                direction="bidirectional")
    rows = g("GRU", "x", floats(1, 15, 4), floats(1, 15, 5), floats(1, 30), outputs=2, hidden_size=5)
    return g.model(y, h, c, *rows)


def value(name, shape, kind=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, kind, shape)


def scan():
    """Running sums over open rows."""
    g = Graph(x=["seq", "batch", 5])
    body = helper.make_graph(
        [helper.make_node("Add", ["s", "a"], ["t"]), helper.make_node("Mul", ["t", "b"], ["m"]),
         helper.make_node("ReduceSum", ["m", "axes"], ["row"], keepdims=0), helper.make_node("Identity", ["t"], ["u"])],
        "body", [value(n, ["batch", 5]) for n in "sab"], [value("u", ["batch", 5]), value("row", ["batch"])],
        [numpy_helper.from_array(np.array([1], np.int64), "axes")])
    start = g("ReduceSum", g("Mul", "x", np.float32(0)), np.array([0], np.int64), keepdims=0)
    last, rows = g("Scan", start, "x", g("Relu", "x"), outputs=2, body=body, num_scan_inputs=2)
    return g.model(last, rows)


def loop():
    """As many steps as the input has columns, each of which reads one."""
    g = Graph(x=["batch", "seq", 5])
    trips = g("Gather", g("Shape", "x"), np.array(1, np.int64), axis=0)
    body = helper.make_graph(
        [helper.make_node("Gather", ["x", "i"], ["now"], axis=1), helper.make_node("Add", ["s", "now"], ["t"]),
         helper.make_node("Tanh", ["t"], ["u"]),
         helper.make_node("ReduceSum", ["u"], ["row"], keepdims=0), helper.make_node("Identity", ["go"], ["on"])],
        "body", [value("i", [], TensorProto.INT64), value("go", [], TensorProto.BOOL), value("s", ["batch", 5])],
        [value("on", [], TensorProto.BOOL), value("t", ["batch", 5]), value("row", [])])
    start = g("ReduceMax", "x", axes=[1], keepdims=0)
    last, rows = g("Loop", trips, np.array(True), start, outputs=2, body=body)
    return g.model(last, g("Reshape", rows, np.array([-1], np.int64)))


def branch():
    g = Graph(x=["batch", "seq", 3])
    total = g("ReduceSum", "x", keepdims=0)
    part = lambda op: helper.make_graph([helper.make_node(op, ["x"], [op])], op, [], [value(op, ["batch", "seq", 3])])
    return g.model(g("If", g("Greater", total, np.float32(0)), then_branch=part("Exp"), else_branch=part("Neg")))


def resizes():
    """As detectors and segmentation nets have them: down, and up again to the size of something else."""
    g = Graph(x=["batch", 3, "height", "width"])
    h = g("Relu", g("Conv", "x", floats(4, 3, 3, 3), floats(4), pads=[1, 1, 1, 1], strides=[2, 2]))
    scales = lambda *s: np.array([1, 1, *s], np.float32)
    up = g("Resize", h, "", scales(2, 2), mode="nearest", coordinate_transformation_mode="asymmetric",
           nearest_mode="floor")
    shape = g("Shape", "x")
    space = g("Slice", shape, np.array([2], np.int64), np.array([4], np.int64))
    sizes = g("Concat", g("Slice", g("Shape", h), np.array([0], np.int64), np.array([2], np.int64)), space, axis=0)
    back = g("Resize", h, "", "", sizes, mode="linear", coordinate_transformation_mode="half_pixel")
    corners = g("Resize", h, "", "", sizes, mode="linear", coordinate_transformation_mode="align_corners")
    larger = g("Resize", "x", "", scales(1.5, 0.75), mode="cubic", coordinate_transformation_mode="pytorch_half_pixel")
    return g.model(up, back, corners, larger)


def windows():
    g = Graph(x=["batch", 3, "height", "width"])
    pads = lambda *p: np.array([0, 0, *p[:2], 0, 0, *p[2:]], np.int64)
    return g.model(g("MaxPool", "x", kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1),
                   g("AveragePool", "x", kernel_shape=[3, 2], strides=[2, 1], pads=[1, 0, 1, 1]),
                   g("AveragePool", "x", kernel_shape=[3, 3], pads=[1, 1, 1, 1], count_include_pad=1),
                   g("Pad", "x", pads(2, 1, 1, 3), mode="reflect"), g("Pad", "x", pads(3, 0, 0, 6), mode="edge"),
                   g("Pad", "x", pads(1, 2, 0, 1), np.float32(7)))


def pyramid():
    """Halved and doubled again: only multiples of 8 meet."""
    g = Graph(x=["batch", 3, "side", 16])
    levels, h = [], "x"
    for c in (3, 4, 5):
        h = g("Relu", g("Conv", h, floats(c + 1, c, 3, 3), pads=[1, 1, 1, 1], strides=[2, 2]))
        levels.append(h)
    doubled = lambda v: g("Resize", v, "", np.array([1, 1, 2, 2], np.float32), mode="nearest",
                          coordinate_transformation_mode="asymmetric", nearest_mode="floor")
    up = g("Add", g("Conv", doubled(levels[2]), floats(5, 6, 1, 1)), levels[1])
    return g.model(g("Concat", doubled(up), levels[0], axis=1))


def indices():
    """What exporters write around attention: sums of products by letters, positions, masks, picked tokens."""
    g = Graph(x=["batch", "seq", 6], ids=(["batch", "seq"], TensorProto.INT64))
    scores = g("Einsum", "x", "x", equation="bic,bjc->bij")
    square = g("Einsum", scores, equation="bii->bi")
    ones = g("ConstantOfShape", g("Shape", "ids"), value=numpy_helper.from_array(np.array([1], np.int64)))
    places = g("Sub", g("CumSum", ones, np.array(1, np.int64)), np.array(1, np.int64))
    length = g("Gather", g("Shape", "x"), np.array(1, np.int64), axis=0)
    numbers = g("Range", np.array(3, np.int64), g("Add", length, np.array(4, np.int64)), np.array(2, np.int64))
    down = g("Range", length, np.array(-1, np.int64), np.array(-1, np.int64))
    spread = g("Mul", g("Cast", g("OneHot", "ids", np.array(11, np.int64), np.array([0, 1], np.float32)),
                        to=TensorProto.FLOAT), np.float32(0.5))
    last = g("Gather", "x", np.array(-1, np.int64), axis=1)
    turned = g("GatherElements", "x", g("Expand", g("Unsqueeze", g("Mul", places, np.array(-1, np.int64)),
                                                    np.array([2], np.int64)), g("Shape", "x")), axis=1)
    pairs = g("Unsqueeze", places, np.array([2], np.int64))
    picked = g("GatherND", "x", pairs, batch_dims=1)
    whole = [g("Cast", v, to=TensorProto.FLOAT) for v in (places, numbers, down)]
    return g.model(scores, square, *whole, spread, last, turned, picked)


def scatters():
    g = Graph(x=["batch", "seq", 6], ids=(["batch", "seq"], TensorProto.INT64))
    wide = g("Unsqueeze", "ids", np.array([2], np.int64))
    bins = g("ConstantOfShape", g("Concat", g("Gather", g("Shape", "x"), np.array([0], np.int64), axis=0),
                                  np.array([11, 6], np.int64), axis=0))
    places = g("Expand", wide, g("Shape", "x"))
    summed = g("ScatterElements", bins, places, "x", axis=1, reduction="add")
    most = g("ScatterElements", bins, places, "x", axis=1, reduction="max")
    table = g("ScatterND", floats(11, 6), wide, "x", reduction="mul")
    first = g("Slice", "x", np.array([0], np.int64), np.array([1], np.int64), np.array([1], np.int64))
    put = g("ScatterND", "x", np.array([[0]], np.int64), g("Slice", "x", np.array([-1], np.int64),
                                                         np.array([2**31], np.int64), np.array([0], np.int64)))
    return g.model(summed, most, table, put, first)


def decoder():
    """A language model as exporters write one: positions by a range, a causal mask, heads, the likeliest tokens."""
    g = Graph(ids=(["batch", "seq"], TensorProto.INT64))
    width, heads, words = 24, 3, 11
    some = lambda *shape: floats(*shape) * np.float32(0.2)
    one = lambda *v: np.array(v, np.int64)
    shape = g("Shape", "ids")
    batch, length = (g("Gather", shape, np.array(i, np.int64), axis=0) for i in (0, 1))
    listed = lambda v: g("Unsqueeze", v, one(0))
    places = g("Range", np.array(0, np.int64), length, np.array(1, np.int64))
    x = g("Add", g("Gather", some(words, width), "ids"), g("Gather", some(40, width), places))
    square = g("ConstantOfShape", g("Concat", listed(length), listed(length), axis=0),
               value=numpy_helper.from_array(np.array([1], np.float32)))
    shut = g("Equal", g("Trilu", square, upper=0), np.float32(0))
    parted = g("Concat", listed(batch), listed(length), one(heads, width // heads), axis=0)
    joined = g("Concat", listed(batch), listed(length), one(width), axis=0)
    for _ in range(2):
        h = g("LayerNormalization", x, np.ones(width, np.float32), some(width))
        qkv = g("Split", g("MatMul", h, some(width, 3 * width)), one(width, width, width), outputs=3, axis=2)
        q, k, v = (g("Transpose", g("Reshape", part, parted), perm=[0, 2, 1, 3]) for part in qkv)
        scores = g("Mul", g("MatMul", q, g("Transpose", k, perm=[0, 1, 3, 2])), np.float32(0.35))
        weights = g("Softmax", g("Where", shut, np.float32(-1e9), scores), axis=-1)
        x = g("Add", x, g("Reshape", g("Transpose", g("MatMul", weights, v), perm=[0, 2, 1, 3]), joined))
        x = g("Add", x, g("MatMul", g("Relu", g("MatMul", x, some(width, 64))), some(64, width)))
    scores = g("MatMul", x, some(width, words))
    likely, _ = g("TopK", g("Gather", scores, np.array(-1, np.int64), axis=1), one(3), outputs=2)
    return g.model(scores, likely)


def found():
    """Sizes that a run finds in data whose sizes are open."""
    g = Graph(x=["batch", "seq"], ids=(["batch", "seq"], TensorProto.INT64))
    whole = lambda v: g("Cast", v, to=TensorProto.FLOAT)
    at = g("NonZero", g("Relu", "x"))
    picked = g("GatherND", "x", g("Transpose", at, perm=[1, 0]))
    keep = g("Greater", g("ReduceMax", "x", axes=[1], keepdims=0), np.float32(0.5))
    rows = g("Compress", "x", keep, axis=0)
    flat = g("Compress", "ids", g("Greater", g("Reshape", "x", np.array([-1], np.int64)), np.float32(0)))
    values, first, back, counts = g("Unique", "ids", outputs=4)
    deep = g("Unsqueeze", "ids", np.array([2], np.int64))
    lines = g("Unique", g("Reshape", g("Concat", deep, deep, axis=2), np.array([-1, 2], np.int64)), axis=0)
    corners = g("Concat", *[g("Unsqueeze", g("Add", "x", np.float32(d)), np.array([2], np.int64)) for d in (0, -2, 3, 1)], axis=2)
    scores = g("Unsqueeze", g("Sigmoid", "x"), np.array([1], np.int64))
    taken = g("NonMaxSuppression", corners, scores, np.array([4], np.int64), np.array([0.7], np.float32))
    return g.model(whole(at), picked, g("ReduceSum", picked, keepdims=0), rows, whole(flat), whole(values), whole(first), whole(back),
                   whole(counts), whole(lines), whole(taken))


def cuts():
    """Slices of which the sizes of a run decide what is left."""
    g = Graph(x=["batch", "seq", 3])
    one = lambda *v: np.array(v, np.int64)
    return g.model(g("Slice", "x", one(0), one(5), one(1)), g("Slice", "x", one(-6), one(-1), one(1)),
                   g("Slice", "x", one(3, 1), one(12, 2**40), one(1, 0), one(2, 3)), g("Slice", "x", one(-1), one(-2**40), one(1), one(-2)))


def quantised():
    """What quantisers write of ONNX's own operators."""
    g = Graph(x=["batch", 4, "seq", 9])
    byte = lambda v: np.array(v, np.uint8)
    one = lambda v: np.array(v, np.float32)
    q, scale, zero = g("DynamicQuantizeLinear", "x", outputs=3)
    rows = g("Reshape", q, np.array([0, -1, 9], np.int64))
    weights = rng.integers(-100, 100, (9, 7)).astype(np.int8)
    sums = g("Cast", g("MatMulInteger", rows, weights, zero, np.array(3, np.int8)), to=TensorProto.FLOAT)
    h = g("QuantizeLinear", "x", one(0.03), byte(120), axis=0)
    kernel = rng.integers(0, 255, (5, 4, 3, 3)).astype(np.uint8)
    c = g("QLinearConv", h, one(0.03), byte(120), kernel, one(0.02), byte(130), one(0.3), byte(100), pads=[1, 1, 1, 1])
    r = g("DequantizeLinear", c, one(0.3), byte(100))
    per = g("DequantizeLinear", g("QuantizeLinear", "x", one([0.02, 0.03, 0.04, 0.05]), byte([120] * 4), axis=1),
            one([0.02, 0.03, 0.04, 0.05]), byte([120] * 4), axis=1)
    m = g("QLinearMatMul", h, one(0.03), byte(120), rng.integers(0, 255, (9, 6)).astype(np.uint8), one(0.02), byte(128), one(0.3), byte(90))
    return g.model(g("Mul", sums, scale), r, per, g("DequantizeLinear", m, one(0.3), byte(90)),
                   opset=19)


def halves():
    """Cut in two, whatever the size is; counted in floats; padded as the operand's own size wants it."""
    g = Graph(x=["batch", "seq", 6], y=["batch", 3, "side", 16])
    first, second = g("Split", "x", axis=1, outputs=2, num_outputs=2)
    length = g("Cast", g("Gather", g("Shape", "x"), np.array(1, np.int64), axis=0), to=TensorProto.FLOAT)
    places = g("Range", np.float32(0), length, np.float32(1))
    back = g("Range", length, np.float32(-1), np.float32(-2))
    padded = [g("Conv", "y", floats(4, 3, 3, 3), strides=[2, 2], auto_pad=auto) for auto in ("SAME_UPPER", "SAME_LOWER")]
    return g.model(first, second, places, back, *padded, g("Conv", "y", floats(4, 3, 1, 1), strides=[2, 2], auto_pad="SAME_UPPER"),
                   g("MaxPool", "y", kernel_shape=[3, 3], strides=[2, 2], auto_pad="SAME_UPPER"), opset=18)


def opset23():
    g = Graph(x=["batch", "seq", 16])
    project = lambda width: g("MatMul", "x", floats(16, width))
    angles = np.arange(40)[:, None] / 10 ** np.arange(4)[None]
    lengths = g("Slice", g("Shape", "x"), np.array([0], np.int64), np.array([2], np.int64))
    ones = g("ConstantOfShape", lengths, value=numpy_helper.from_array(np.array([1], np.int64)))
    places = g("Sub", g("CumSum", ones, np.array(1, np.int64)), np.array(1, np.int64))
    turn = lambda v, heads: g("RotaryEmbedding", v, np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32),
                              places, num_heads=heads)
    q, k, v = turn(project(32), 4), turn(project(16), 2), project(16)
    y = g("Attention", q, k, v, q_num_heads=4, kv_num_heads=2, is_causal=1)
    return g.model(g("RMSNormalization", y, floats(32)), opset=23)


GRAPHS = [mlp, cnn, attention, folds, moves, recurrent, image, long_recurrent, scan, loop, branch, resizes, windows,
          pyramid, indices, scatters, decoder, found, cuts, quantised, halves]
if onnx.defs.onnx_opset_version() >= 23:
    GRAPHS.append(opset23)
else:
    print("opset23: left out, this Python's onnx knows opset", onnx.defs.onnx_opset_version())


def sets(model):
    """Inputs by name, and what is wanted, at each of the sizes."""
    reference = ReferenceEvaluator(model)
    for batch, seq in SIZES:
        sizes = {"batch": batch, "seq": seq, "height": 4 + seq * 7 % 21, "width": 5 + seq * 3 % 27,
                 "side": 8 + 8 * (seq % 6)}
        given = {}
        for i in model.graph.input:
            shape = [sizes.get(d.dim_param, d.dim_value) for d in i.type.tensor_type.shape.dim]
            whole = i.type.tensor_type.elem_type == TensorProto.INT64
            given[i.name] = rng.integers(0, 11, shape) if whole else floats(*shape)
        yield given, reference.run(None, given)


def stored(folder):
    """The same of a case that lies in an archive."""
    read = lambda path: numpy_helper.to_array(onnx.load_tensor(path))
    ports = lambda data, kind: [read(data / f"{kind}_{i}.pb") for i in range(len(list(data.glob(f"{kind}_*.pb"))))]
    names = [i.name for i in onnx.load(folder / "model.onnx").graph.input]
    for data in sorted(folder.glob("test_data_set_*")):
        yield dict(zip(names, ports(data, "input"), strict=True)), ports(data, "output")


def run(args, name, model, folder, data, ties=False):
    path, program = folder / f"{name}.onnx", folder / f"{name}.dlx"
    onnx.save(model, path)
    used = {d.dim_param for i in model.graph.input for d in i.type.tensor_type.shape.dim if d.dim_param}
    flags = [f for s in sorted(used) for f in ("--shape", f"{s}={RANGES[s][0]}..{RANGES[s][1]}{STEPS.get(s, '')}")]
    made = subprocess.run([args.dlc, "compile", path, "-o", program, "--target", args.target, *flags],
                          capture_output=True, text=True)
    if made.returncode:
        return f"is not compiled: {made.stderr.strip()}"
    outputs = [o.name for o in model.graph.output]
    for given, want in data:
        inputs, sizes = [], {}
        for i in model.graph.input:
            dims = i.type.tensor_type.shape.dim
            sizes |= {d.dim_param: n for d, n in zip(dims, given[i.name].shape) if d.dim_param}
            np.save(folder / f"{i.name}.npy", given[i.name])
            inputs += ["--input", f"{i.name}=@{folder / i.name}.npy"]
        ran = subprocess.run([args.dlc, "run", program, "--device", args.device, *inputs,
                              *[f for o in outputs for f in ("--output", f"{o}=@{folder / o}.npy")]],
                             capture_output=True, text=True)
        at = ", ".join(f"{name} {sizes[name]}" for name in sorted(used)) + ": "
        if ran.returncode:
            return at + ran.stderr.strip()
        for o, expected in zip(outputs, want):
            got = np.load(folder / f"{o}.npy")
            if got.shape != expected.shape:
                return at + f"output {o} is {got.shape}, expected {expected.shape}"
            if ties and (expected == np.rint(expected)).all():  # stored numbers: one of a hundred may be rounded the other way
                if np.max(np.abs(got - expected), initial=0) <= 1 and np.sum(got != expected) <= max(1, got.size / 100):
                    continue
            if not np.allclose(got, expected, rtol=1e-4, atol=1e-4):
                return at + f"output {o} differs by {np.max(np.abs(got - expected))}"
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("dlc")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--only", default="")
    args = parser.parse_args()
    args.target = {"cpu": "cpu:x86-64-v3", "sim": "sim", "cuda": "cuda"}[args.device]
    devices = json.loads(subprocess.run([args.dlc, "devices", "--json"], capture_output=True, text=True).stdout)["devices"]
    if not next((d["usable"] for d in devices if d["device"] == args.device), False):
        print(f"skipped: no device {args.device}")
        sys.exit(77)
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        for graph in GRAPHS:
            if args.only and graph.__name__ != args.only:
                continue
            model = graph()
            problem = run(args, graph.__name__, model, pathlib.Path(folder), sets(model))
            print(f"{graph.__name__}: {problem or 'ok'}")
            wrong += problem is not None
        with tarfile.open(pathlib.Path(__file__).resolve().parent / "cases/microsoft_open.tar.xz") as tar:
            tar.extractall(pathlib.Path(folder) / "cases")
        for case in sorted((pathlib.Path(folder) / "cases").iterdir()):
            if args.only and case.name != args.only:
                continue
            problem = run(args, case.name, onnx.load(case / "model.onnx"), pathlib.Path(folder), stored(case), ties=True)
            print(f"{case.name}: {problem or 'ok'}")
            wrong += problem is not None
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
