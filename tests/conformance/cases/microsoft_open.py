"""Writes graphs of com.microsoft's operators whose sizes are open, each with data of several sizes and the values that ONNX
Runtime computes (PyPI: onnxruntime, onnx). open_sizes.py compiles each once and runs it on all of them.

    microsoft_open.py FOLDER [--pack=ARCHIVE]
"""

import argparse
import os
import pathlib
import sys

import layout
import numpy as np
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from open_sizes import RANGES, Graph  # noqa: E402

rng = np.random.default_rng(11)
SIZES = [(9, 40), (1, 1), (2, 7), (5, 33), (3, 8)]


class Microsoft(Graph):
    def __call__(self, op, *operands, outputs=1, **attrs):
        return super().__call__(op, *operands, outputs=outputs, domain="com.microsoft", **attrs)

    def onnx(self, op, *operands, outputs=1, **attrs):
        return super().__call__(op, *operands, outputs=outputs, **attrs)

    def model(self, *outputs):
        model = super().model(*outputs, opset=17)
        model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
        return model


def floats(*shape):
    return rng.standard_normal(shape).astype(np.float32)


def bytes_(*shape, kind=np.uint8):
    return rng.integers(np.iinfo(kind).min, np.iinfo(kind).max + 1, shape).astype(kind)


def one(value, kind=np.float32):
    return np.array(value, kind)


def heads():
    """MultiHeadAttention with a past as long as what follows it, and with a mask."""
    g = Microsoft(x=["batch", "seq", 8], pk=["batch", 2, "seq", 4], pv=["batch", 2, "seq", 4], m=(["batch", "seq"], TensorProto.INT32))
    part = lambda: g.onnx("MatMul", "x", floats(8, 8))
    q, k, v = part(), part(), part()
    plain = g("MultiHeadAttention", q, k, v, floats(24), "m", num_heads=2)
    causal = g("MultiHeadAttention", q, k, v, "", "", "", "pk", "pv", outputs=3, num_heads=2, unidirectional=1)
    own = g("Attention", "x", floats(8, 24) * one(0.4), floats(24), "m", num_heads=2)
    return g.model(plain, *causal, own)


def grouped():
    """GroupQueryAttention as decoders have it: lengths from shapes."""
    g = Microsoft(x=[1, "seq", 64], pk=[1, 1, "past", 16], pv=[1, 1, "past", 16])
    size = lambda v, d: g.onnx("Gather", g.onnx("Shape", v), one(d, np.int64), axis=0)
    total = g.onnx("Cast", g.onnx("Add", size("pk", 2), size("x", 1)), to=TensorProto.INT32)
    batch = g.onnx("Unsqueeze", size("x", 0), one([0], np.int64))
    last = g.onnx("Expand", g.onnx("Sub", total, one(1, np.int32)), batch)
    angles = np.arange(80)[:, None] / 10 ** np.arange(8)[None]
    y = g("GroupQueryAttention", "x", "", "", "pk", "pv", last, total, np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32),
          outputs=3, num_heads=2, kv_num_heads=1, do_rotary=1)
    return g.model(*y)


def stored():
    """Quantised operators."""
    g = Microsoft(x=(["batch", "seq", 8], TensorProto.UINT8), y=["batch", "seq", 8], i=(["batch", 3, "seq", 6], TensorProto.UINT8))
    scale, zero, small, other = one(0.017), one(120, np.uint8), one(0.009), one(33, np.uint8)
    summed = g("QLinearAdd", "x", scale, zero, g("QLinearMul", "x", scale, zero, bytes_(8), small, other, scale, zero), scale, zero, one(0.04), other)
    soft = g("QLinearSigmoid", g("QLinearLeakyRelu", "x", scale, zero, small, other, alpha=0.2), small, other, one(1 / 256), one(0, np.uint8))
    joined = g("QLinearConcat", one(0.03), zero, "x", scale, zero, summed, one(0.04), other, axis=1)
    pooled = g("QLinearGlobalAveragePool", "i", scale, zero, small, other, channels_last=0)
    product = g("MatMulIntegerToFloat", "x", bytes_(8, 5, kind=np.int8), scale, small, zero, one(3, np.int8))
    dynamic = g("DynamicQuantizeMatMul", "y", bytes_(8, 5, kind=np.int8), small, one(3, np.int8), floats(5))
    rows = g.onnx("Reshape", "x", one([-1, 8], np.int64))
    gemm = g("QGemm", rows, scale, zero, bytes_(8, 6), small, other, rng.integers(-900, 900, 6).astype(np.int32), one(0.04), zero)
    attended = g("QAttention", "x", bytes_(8, 24, kind=np.int8), floats(24), scale, one(0.004), "", zero, one(-7, np.int8), num_heads=2)
    wide = [g.onnx("Cast", v, to=TensorProto.FLOAT) for v in (summed, soft, joined, pooled, gemm)]
    return g.model(*wide, product, dynamic, attended)


def linear():
    """LinearAttention and a causal convolution over a length that is open."""
    g = Microsoft(q=["batch", "seq", 8], k=["batch", "seq", 8], v=["batch", "seq", 6], d=["batch", "seq", 2], b=["batch", "seq", 2])
    y, state = g("LinearAttention", "q", g.onnx("Mul", "k", one(0.2)), "v", "", g.onnx("Neg", g.onnx("Abs", "d")), g.onnx("Sigmoid", "b"), outputs=2,
                 q_num_heads=2, kv_num_heads=2)
    c, past = g("CausalConvWithState", g.onnx("Transpose", y, perm=[0, 2, 1]), floats(6, 1, 4), floats(6), outputs=2)
    return g.model(y, state, c, past)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--pack")
    flags = parser.parse_args()
    folder = layout.fresh(flags.folder)
    for graph in (heads, grouped, stored, linear):
        model = graph()
        session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
        for number, (batch, seq) in enumerate(SIZES):
            sizes = {"batch": batch, "seq": seq, "past": (seq * 7 + batch) % RANGES["past"][1] + 1}
            given = {}
            for i in model.graph.input:
                shape = [sizes.get(d.dim_param, d.dim_value) for d in i.type.tensor_type.shape.dim]
                kind = helper.tensor_dtype_to_np_dtype(i.type.tensor_type.elem_type)
                given[i.name] = floats(*shape) if kind == np.float32 else rng.integers(0, 2 if kind == np.int32 else 256, shape).astype(kind)
                if kind == np.int32:
                    given[i.name][:, 0] = 1  # what attends to nothing is not defined
            data = folder / graph.__name__ / f"test_data_set_{number}"
            data.mkdir(parents=True)
            for kind, names, values in [("input", given, given.values()),
                                        ("output", [o.name for o in model.graph.output], session.run(None, given))]:  # fmt: skip
                for k, (name, value) in enumerate(zip(names, values, strict=True)):
                    (data / f"{kind}_{k}.pb").write_bytes(numpy_helper.from_array(value, name).SerializeToString(deterministic=True))
        (folder / graph.__name__ / "model.onnx").write_bytes(model.SerializeToString(deterministic=True))
    if flags.pack:
        layout.pack(folder, flags.pack)
        print(f"{os.path.getsize(flags.pack)} bytes in {flags.pack}")


if __name__ == "__main__":
    main()
