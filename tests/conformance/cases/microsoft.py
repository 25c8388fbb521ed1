"""Writes cases with the values that ONNX Runtime computes (PyPI: onnxruntime, onnx): of com.microsoft's operators, and of
forms of ONNX's own that neither libonnx-testdata nor onnx_nodes.py has.

    microsoft.py FOLDER                      a folder a case, as `dlc conformance FOLDER` takes it
    microsoft.py FOLDER --pack=ARCHIVE       and the archive that the test suite runs

Operators for which ONNX Runtime's CPU provider has no kernel (GroupNorm, BiasAdd, ...) are written with ONNX's own ones
for the reference (`by`). What it has for f32 alone is computed in f32 from the same f16 inputs, and rounded.
"""

import argparse
import itertools
import sys
import zlib

import layout
import numpy as np
import onnx
import onnxruntime as ort
from onnx import helper, numpy_helper

F32, F16, I8, U8, I32, I64 = np.float32, np.float16, np.int8, np.uint8, np.int32, np.int64
DOMAIN = "com.microsoft"
STANDARD = {"SimplifiedLayerNormalization", "GridSample", "RoiAlign", "MaxRoiPool"}  # of ONNX's own domain


class Weight:
    """An operand that is an initializer of the model."""

    def __init__(self, value, kind=F32):
        self.value = np.asarray(value, kind)


class Case:
    def __init__(self, name, op, inputs, outputs=1, by="", rounded=False, attributes=None):
        self.name, self.op, self.inputs, self.by, self.rounded = name, op, inputs, by, rounded
        self.outputs = outputs if isinstance(outputs, list) else list(range(outputs))
        self.attributes = attributes or {}


CASES = []


def case(name, op, *inputs, outputs=1, by="", f16=False, rounded=False, **attributes):
    """`outputs`: how many, or the numbers of those that are wanted; `f16`: also with f16 for each f32."""
    CASES.append(Case(name, op, inputs, outputs, by, rounded, attributes))
    if f16:
        narrow = [Weight(v.value.astype(F16), F16) if isinstance(v, Weight) and v.value.dtype == F32 else
                  v.astype(F16) if isinstance(v, np.ndarray) and v.dtype == F32 else v for v in inputs]  # fmt: skip
        CASES.append(Case(name + "_f16", op, narrow, outputs, by, f16 == "rounded", attributes))


class Random:
    """Numbers that depend on the name of their case alone."""

    def __init__(self, name):
        self.rng = np.random.default_rng(zlib.crc32(name.encode()))

    def __call__(self, *shape):
        return self.rng.standard_normal(shape).astype(F32)

    def ints(self, low, high, *shape, kind=I64):
        return self.rng.integers(low, high, shape).astype(kind)


# ---- activations ---------------------------------------------------------------------------------------------------


def activations():
    r = Random("activations")
    x, odd, bias = r(2, 3, 8), r(5, 7), r(7)
    for shape, v in {"3d": x, "odd": odd, "wide": 4 * r(1, 40)}.items():
        case(f"gelu_{shape}", "Gelu", v, f16="rounded")
        case(f"quick_gelu_{shape}", "QuickGelu", v, f16="rounded")
        case(f"fast_gelu_{shape}", "FastGelu", v, f16="rounded")
    case("quick_gelu_alpha", "QuickGelu", odd, alpha=0.7)
    case("bias_gelu", "BiasGelu", odd, Weight(bias), f16="rounded")
    case("fast_gelu_bias", "FastGelu", odd, Weight(bias), f16="rounded")
    case("bias_gelu_5d", "BiasGelu", r(1, 2, 1, 3, 4), Weight(r(4)))
    case("bias_split_gelu", "BiasSplitGelu", x, Weight(r(8)), by="""
        s = Add (x0, x1)
        a, g = Split <axis = -1, num_outputs = 2> (s)
        e = com.microsoft.Gelu (g)
        y0 = Mul (a, e)""")  # fmt: skip
    case("bias_add", "BiasAdd", x, Weight(r(8)), r(2, 3, 8), by="s = Add (x0, x1)\n y0 = Add (s, x2)", f16="rounded")


# ---- products --------------------------------------------------------------------------------------------------------


def products():
    r = Random("products")
    for name, more in {"plain": {}, "relu": dict(activation="Relu"), "sigmoid": dict(activation="Sigmoid"), "tanh": dict(activation="Tanh"),
                       "leaky": dict(activation="LeakyRelu", activation_params=[0.3]), "clip": dict(activation="Clip", activation_params=[-0.5, 0.8]),
                       "hardsigmoid": dict(activation="HardSigmoid", activation_params=[0.3, 0.4])}.items():  # fmt: skip
        case(f"fused_conv_{name}", "FusedConv", r(1, 3, 5, 6), Weight(r(4, 3, 3, 3)), Weight(r(4)), **more)
    case("fused_conv_sum", "FusedConv", r(1, 3, 5, 6), Weight(r(4, 3, 3, 3)), Weight(r(4)), r(1, 4, 3, 4), activation="Relu")
    case("fused_conv_sum_no_bias", "FusedConv", r(1, 3, 5, 6), Weight(r(4, 3, 1, 1)), None, r(1, 4, 5, 6))
    case("fused_conv_groups", "FusedConv", r(2, 4, 7, 5), Weight(r(6, 2, 3, 2)), None, group=2, strides=[2, 1], pads=[1, 0, 1, 1],
         dilations=[1, 2], activation="Relu")  # fmt: skip
    case("fused_conv_same", "FusedConv", r(1, 2, 7, 7), Weight(r(2, 2, 3, 3)), auto_pad="SAME_LOWER", strides=[2, 2], activation="Tanh")
    case("fused_conv_1d", "FusedConv", r(2, 3, 9), Weight(r(5, 3, 4)), Weight(r(5)), activation="Relu")
    for a, b in itertools.product([0, 1], [0, 1]):
        case(f"fused_gemm_{a}{b}", "FusedGemm", r(*(5, 4) if a else (4, 5)), Weight(r(*(3, 5) if b else (5, 3))), Weight(r(3)),
             transA=a, transB=b, alpha=0.7, beta=1.3, activation="Relu")  # fmt: skip
    case("fused_gemm_no_c", "FusedGemm", r(2, 3), Weight(r(3, 4)), activation="Sigmoid")
    case("fused_gemm_column", "FusedGemm", r(2, 3), Weight(r(3, 4)), Weight(r(2, 1)), activation="Tanh")
    case("fused_gemm_leaky", "FusedGemm", r(2, 3), Weight(r(3, 4)), Weight(r(4)), activation="LeakyRelu", activation_alpha=0.2)
    for op in ["FusedMatMul", "TransposeMatMul"]:
        for a, b in itertools.product([0, 1], [0, 1]):
            case(f"{op.lower()}_{a}{b}", op, r(2, 3, *(5, 4) if a else (4, 5)), r(3, *(6, 5) if b else (5, 6)), transA=a, transB=b, alpha=0.5)
    case("fusedmatmul_vector", "FusedMatMul", r(2, 3, 5), r(5), alpha=2.0)
    case("fusedmatmul_vector_left", "FusedMatMul", r(5), r(2, 5, 3))
    case("fusedmatmul_vector_trans", "FusedMatMul", r(5), r(3, 5), transB=1)
    # Of [m, batch.., k] and [k, batch.., n].
    case("fusedmatmul_batch_a", "FusedMatMul", r(4, 2, 3, 5), r(2, 3, 5, 6), transBatchA=1)
    case("fusedmatmul_batch_b", "FusedMatMul", r(2, 3, 4, 5), r(5, 2, 3, 6), transBatchB=1)
    case("fusedmatmul_batch_ab", "FusedMatMul", r(5, 2, 3, 4), r(6, 2, 3, 5), transBatchA=1, transBatchB=1, transA=1, transB=1, alpha=0.3)
    for bits, size, k, zero in [(4, 16, 32, None), (4, 16, 32, U8), (4, 32, 80, U8), (4, 16, 40, F32), (8, 16, 32, U8), (8, 32, 50, None),
                                (2, 16, 32, None), (2, 16, 80, U8)]:  # fmt: skip
        n, blocks = 6, -(-k // size)
        operands = [r(2, 3, k), Weight(r.ints(0, 256, n, blocks, size * bits // 8, kind=U8), U8), Weight(0.1 * r(n, blocks))]
        packed = -(-blocks * bits // 8)
        if zero == U8:
            operands += [Weight(r.ints(0, 256, n, packed, kind=U8), U8)]
        elif zero:
            operands += [Weight(7 + r(n, blocks))]
        case(f"matmulnbits_{bits}_{size}_{k}_{zero.__name__ if zero else 'none'}", "MatMulNBits", *operands,
             K=k, N=n, bits=bits, block_size=size, f16="rounded" if zero != F32 else False)  # fmt: skip
    case("matmulnbits_bias", "MatMulNBits", r(4, 32), Weight(r.ints(0, 256, 5, 2, 8, kind=U8), U8), Weight(0.1 * r(10)), None, None,
         Weight(r(5)), K=32, N=5, bits=4, block_size=16)  # fmt: skip


# ---- normalisation -----------------------------------------------------------------------------------------------------


def normalisation():
    r = Random("normalisation")
    x, skip, gamma, beta, bias = r(2, 3, 8), r(2, 3, 8), Weight(r(8)), Weight(r(8)), Weight(r(8))
    for name, inputs in {"plain": [skip, gamma], "beta": [skip, gamma, beta], "bias": [skip, gamma, None, bias], "all": [skip, gamma, beta, bias],
                         "skip_one": [r(1, 3, 8), gamma, beta], "skip_2d": [r(3, 8), gamma, beta]}.items():  # fmt: skip
        case(f"skip_layer_norm_{name}", "SkipLayerNormalization", x, *inputs, outputs=[0, 3], epsilon=1e-5, f16=name in ("plain", "all"))
    case("skip_layer_norm_2d", "SkipLayerNormalization", r(4, 7), r(4, 7), Weight(r(7)), Weight(r(7)))
    for name, inputs in {"plain": [skip, gamma], "bias": [skip, gamma, bias]}.items():
        case(f"skip_rms_norm_{name}", "SkipSimplifiedLayerNormalization", x, *inputs, outputs=[0, 3], epsilon=1e-6, f16=True)
    case("skip_rms_norm_odd", "SkipSimplifiedLayerNormalization", r(1, 1, 13), r(1, 1, 13), Weight(r(13)))
    for axis in [-1, 2]:
        case(f"rms_norm_axis_{axis}", "SimplifiedLayerNormalization", x, Weight(r(8)), axis=axis, epsilon=1e-5, f16=True)
    case("rms_norm_two_axes", "SimplifiedLayerNormalization", x, Weight(r(3, 8)), axis=1)
    case("rms_norm_deviation", "SimplifiedLayerNormalization", x, Weight(r(8)), outputs=2)

    ids, segments = r.ints(0, 11, 2, 5, kind=I32), r.ints(0, 2, 2, 5, kind=I32)
    words, places, kinds = Weight(r(11, 6)), Weight(r(9, 6)), Weight(r(2, 6))
    g, b = Weight(r(6)), Weight(r(6))
    case("embed_norm", "EmbedLayerNormalization", ids, segments, words, places, kinds, g, b, outputs=[0, 2], epsilon=1e-5, f16="rounded")
    case("embed_norm_no_segments", "EmbedLayerNormalization", ids, None, words, places, None, g, b, outputs=[0, 1], epsilon=1e-5)
    mask = np.array([[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]], I32)
    case("embed_norm_mask", "EmbedLayerNormalization", ids, segments, words, places, kinds, g, b, mask, outputs=3, epsilon=1e-5)
    case("embed_norm_mask_gap", "EmbedLayerNormalization", ids, segments, words, places, kinds, g, b, np.array([[1, 1, 0, 1, 0], [0, 0, 1, 0, 1]], I32),
         outputs=2)  # fmt: skip
    case("embed_norm_positions", "EmbedLayerNormalization", ids, segments, words, places, kinds, g, b, None, r.ints(0, 9, 2, 5, kind=I32), outputs=2)
    case("embed_norm_positions_one", "EmbedLayerNormalization", ids, None, words, places, None, g, b, None, r.ints(0, 9, 1, 5, kind=I32), outputs=2)

    groups = """
        t = Transpose <perm = [0, 3, 1, 2]> (x0)
        n = GroupNormalization <epsilon = 1e-5, num_groups = {groups}> (t, x1, x2)
        {activate}
        y0 = Transpose <perm = [0, 2, 3, 1]> (m)"""
    silu = "s = Sigmoid (n)\n m = Mul (n, s)"
    for silent, count in [(0, 2), (1, 3)]:
        case(f"group_norm_{silent}", "GroupNorm", r(2, 3, 4, 6), Weight(r(6)), Weight(r(6)), groups=count, epsilon=1e-5, activation=silent,
             by=groups.format(groups=count, activate=silu if silent else "m = Identity (n)"), f16="rounded")  # fmt: skip
        skip = "a = Add (x0, x3)\n y1 = Add (a, x4)\n" + groups.format(groups=count, activate=silu if silent else "m = Identity (n)").replace("(x0)", "(y1)")
        operands = [r(2, 3, 4, 6), Weight(r(6)), Weight(r(6)), r(2, 3, 4, 6), Weight(r(6))]
        case(f"skip_group_norm_{silent}", "SkipGroupNorm", *operands, outputs=2, groups=count, epsilon=1e-5, activation=silent, by=skip)
        operands[3] = r(2, 1, 1, 6)
        case(f"skip_group_norm_spread_{silent}", "SkipGroupNorm", *operands, outputs=2, groups=count, epsilon=1e-5, activation=silent, by=skip)
    case("group_norm_first", "GroupNorm", r(2, 6, 3, 4), Weight(r(6)), Weight(r(6)), groups=3, epsilon=1e-5, channels_last=0, activation=0,
         by="y0 = GroupNormalization <epsilon = 1e-5, num_groups = 3> (x0, x1, x2)")  # fmt: skip


# ---- attention ---------------------------------------------------------------------------------------------------------


def attention():
    r = Random("attention")
    x, w, b = r(2, 3, 6), Weight(0.4 * r(6, 24)), Weight(0.3 * r(24))
    two = dict(num_heads=2)
    case("attention", "Attention", x, w, b, **two)
    zeros = "b = Constant <value = float[24] {" + ", ".join(24 * ["0.0"]) + "}> ()\n"  # without a bias the kernel crashes
    case("attention_no_bias", "Attention", x, w, **two, by=zeros + "y0 = com.microsoft.Attention <num_heads = 2> (x0, x1, b)")
    case("attention_scale", "Attention", x, w, b, scale=0.3, **two)
    case("attention_causal", "Attention", x, w, b, unidirectional=1, **two)
    case("attention_sizes", "Attention", x, Weight(0.4 * r(6, 8 + 8 + 4)), Weight(r(20)), qkv_hidden_sizes=[8, 8, 4], **two)
    case("attention_bias", "Attention", x, w, b, None, None, r(2, 2, 3, 3), **two)
    case("attention_bias_spread", "Attention", x, w, b, None, None, r(1, 1, 3, 3), **two)
    ends, flags = np.array([2, 3], I32), np.array([[1, 1, 0], [0, 1, 1]], I32)
    rows = np.array([[[1, 0, 0], [1, 1, 0], [1, 1, 1]], [[1, 1, 0], [1, 1, 1], [0, 1, 1]]], I32)
    case("attention_mask_ends", "Attention", x, w, b, ends, **two)
    case("attention_mask_both_ends", "Attention", x, w, b, np.array([2, 3, 0, 1], I32), **two)
    case("attention_mask_flags", "Attention", x, w, b, flags, **two)
    case("attention_mask_filter", "Attention", x, w, b, flags, mask_filter_value=-2.0, **two)
    case("attention_mask_rows", "Attention", x, w, b, rows, **two)
    rows_of_square = """
        z = Constant <value = int64[1] {0}> ()
        n = Constant <value = int64[1] {3}> ()
        two = Constant <value = int64[1] {2}> ()
        one = Constant <value = int64[1] {1}> ()
        three = Constant <value = int64[1] {3}> ()
        s = Squeeze (x3, one)
        a = Slice (s, z, n, one)
        m = Slice (a, z, three, two)
        y0 = com.microsoft.Attention <num_heads = 2> (x0, x1, x2, m)"""
    case("attention_mask_square", "Attention", x, w, b, r.ints(0, 2, 2, 1, 5, 5, kind=I32), by=rows_of_square, **two)
    case("attention_mask_causal", "Attention", x, w, b, flags, unidirectional=1, **two)
    case("attention_mask_bias", "Attention", x, w, b, flags, None, r(2, 1, 3, 3), **two)
    past = r(2, 2, 2, 4, 4)
    case("attention_present", "Attention", x, w, b, outputs=2, **two)
    case("attention_past", "Attention", x, w, b, None, past, outputs=2, **two)
    case("attention_past_causal", "Attention", x, w, b, None, past, outputs=2, unidirectional=1, **two)
    case("attention_past_mask", "Attention", x, w, b, r.ints(0, 2, 2, 7, kind=I32), past, outputs=2, **two)
    case("attention_past_one", "Attention", r(2, 1, 6), w, b, None, past, outputs=2, unidirectional=1, **two)

    q, k, v = r(2, 3, 8), r(2, 4, 8), r(2, 4, 6)
    case("mha", "MultiHeadAttention", q, k, v, f16="rounded", **two)
    case("mha_scale", "MultiHeadAttention", q, k, v, scale=0.4, **two)
    case("mha_bias", "MultiHeadAttention", q, k, v, Weight(r(22)), **two)
    case("mha_one_head", "MultiHeadAttention", r(1, 5, 7), r(1, 5, 7), r(1, 5, 3), num_heads=1)
    case("mha_mask_ends", "MultiHeadAttention", q, k, v, None, np.array([2, 4], I32), **two)
    case("mha_mask_flags", "MultiHeadAttention", q, k, v, None, np.array([[1, 1, 0, 1], [0, 1, 1, 1]], I32), **two)
    case("mha_mask_rows", "MultiHeadAttention", q, k, v, None, r.ints(0, 2, 2, 3, 4, kind=I32), **two)
    case("mha_mask_filter", "MultiHeadAttention", q, k, v, None, np.array([[1, 1, 0, 1], [0, 1, 1, 1]], I32), mask_filter_value=-1.0, **two)
    case("mha_bias_of_scores", "MultiHeadAttention", q, k, v, None, None, r(2, 2, 3, 4), **two)
    case("mha_bias_of_scores_spread", "MultiHeadAttention", q, k, v, None, None, r(1, 2, 3, 4), **two)
    case("mha_causal", "MultiHeadAttention", q, r(2, 3, 8), r(2, 3, 8), unidirectional=1, **two)
    case("mha_heads_apart", "MultiHeadAttention", q, r(2, 2, 4, 4), r(2, 2, 4, 4), **two)
    case("mha_heads_apart_bias", "MultiHeadAttention", q, r(2, 2, 4, 4), r(2, 2, 4, 4), Weight(r(24)), **two)
    case("mha_present", "MultiHeadAttention", q, k, r(2, 4, 8), outputs=3, **two)
    n, pk, pv = r(2, 3, 8), r(2, 2, 5, 4), r(2, 2, 5, 4)
    case("mha_past", "MultiHeadAttention", q, n, r(2, 3, 8), None, None, None, pk, pv, outputs=3, **two)
    case("mha_past_causal", "MultiHeadAttention", q, n, r(2, 3, 8), None, None, None, pk, pv, outputs=3, unidirectional=1, **two)
    case("mha_past_mask", "MultiHeadAttention", q, n, r(2, 3, 8), None, r.ints(0, 2, 2, 8, kind=I32), None, pk, pv, outputs=3, **two)
    case("mha_past_bias", "MultiHeadAttention", q, n, r(2, 3, 8), Weight(r(24)), None, r(2, 2, 3, 8), pk, pv, outputs=3, **two)
    case("mha_scores", "MultiHeadAttention", q, k, v, outputs=[0, 3], **two)
    unpacked = """
        flat = Constant <value = int64[3] {{0, 0, -1}}> ()
        {parts} = Split <axis = 3, num_outputs = {count}> ({packed})
        {reshape}
        y0 = com.microsoft.MultiHeadAttention <num_heads = 2> ({query}, kk, vv)"""
    case("mha_packed", "MultiHeadAttention", r(2, 3, 2, 3, 4), by=unpacked.format(
        parts="q, k, v", count=3, packed="x0", query="qq", reshape="qq = Reshape (q, flat)\n kk = Reshape (k, flat)\n vv = Reshape (v, flat)"), **two)
    case("mha_packed_pairs", "MultiHeadAttention", q, r(2, 4, 2, 2, 4), by=unpacked.format(
        parts="k, v", count=2, packed="x1", query="x0", reshape="kk = Reshape (k, flat)\n vv = Reshape (v, flat)"), **two)

    cos, sin = np.cos(r(20, 4)), np.sin(r(20, 4))
    for name, shape in {"3d": (2, 3, 16), "4d": (2, 2, 3, 8)}.items():
        for interleaved in [0, 1]:
            at = r.ints(0, 20, 2, 3)
            case(f"rotary_{name}_{interleaved}", "RotaryEmbedding", r(*shape), at, Weight(cos), Weight(sin), interleaved=interleaved, f16=True)
    case("rotary_from", "RotaryEmbedding", r(2, 3, 16), np.array([7], I64), Weight(cos), Weight(sin))
    case("rotary_part", "RotaryEmbedding", r(2, 3, 24), r.ints(0, 20, 2, 3), Weight(cos), Weight(sin), num_heads=2, rotary_embedding_dim=8)
    case("rotary_part_4d", "RotaryEmbedding", r(1, 2, 3, 12), r.ints(0, 20, 1, 3), Weight(cos), Weight(sin), num_heads=2, rotary_embedding_dim=8)
    case("rotary_scale", "RotaryEmbedding", r(1, 2, 8), np.array([0], I64), Weight(cos), Weight(sin), scale=1.0)


def grouped():
    """GroupQueryAttention: query, key, value, past key, past value, last places, all places, cos, sin, positions, bias, sink."""
    r = Random("grouped")
    heads = dict(num_heads=4, kv_num_heads=2)

    def last(*at):
        return np.array(at, I32)

    def total(count):
        return Weight(count, I32)

    cos, sin = Weight(np.cos(r(16, 8))), Weight(np.sin(r(16, 8)))
    q, k, v = r(2, 5, 64), r(2, 5, 32), r(2, 5, 32)
    first = [q, k, v, None, None, last(4, 4), total(5)]
    case("gqa_first", "GroupQueryAttention", *first, outputs=3, f16=True, **heads)
    case("gqa_first_packed", "GroupQueryAttention", r(2, 5, 128), None, None, None, None, last(4, 4), total(5), outputs=3, **heads)
    case("gqa_first_rotary", "GroupQueryAttention", *first, cos, sin, outputs=3, do_rotary=1, **heads)
    case("gqa_first_interleaved", "GroupQueryAttention", *first, cos, sin, outputs=3, do_rotary=1, rotary_interleaved=1, **heads)
    case("gqa_packed_rotary", "GroupQueryAttention", r(2, 5, 128), None, None, None, None, last(4, 4), total(5), cos, sin, do_rotary=1, outputs=3, **heads)
    case("gqa_window", "GroupQueryAttention", *first, local_window_size=2, outputs=3, **heads)
    case("gqa_softcap", "GroupQueryAttention", *first, softcap=0.8, outputs=3, **heads)
    case("gqa_scale", "GroupQueryAttention", *first, scale=0.21, outputs=3, **heads)
    case("gqa_smooth", "GroupQueryAttention", *first, smooth_softmax=1, outputs=3, **heads)
    case("gqa_sink", "GroupQueryAttention", *first, None, None, None, None, Weight(r(4)), outputs=3, f16=True, **heads)
    case("gqa_both_ways", "GroupQueryAttention", *first, causal=0, outputs=3, **heads)
    case("gqa_bias", "GroupQueryAttention", *first, None, None, None, r(2, 4, 5, 5), outputs=3, **heads)
    case("gqa_bias_spread", "GroupQueryAttention", *first, None, None, None, r(1, 1, 5, 5), outputs=3, **heads)
    case("gqa_scores", "GroupQueryAttention", *first, outputs=4, qk_output=1, **heads)
    case("gqa_probabilities", "GroupQueryAttention", *first, outputs=4, qk_output=2, **heads)
    case("gqa_one_head", "GroupQueryAttention", r(1, 3, 16), r(1, 3, 16), r(1, 3, 16), None, None, last(2), total(3), outputs=3, num_heads=1, kv_num_heads=1)
    past = [r(2, 2, 6, 16), r(2, 2, 6, 16)]
    one = [r(2, 1, 64), r(2, 1, 32), r(2, 1, 32), *past]
    case("gqa_next", "GroupQueryAttention", *one, last(6, 6), total(7), outputs=3, f16=True, **heads)
    case("gqa_next_rotary", "GroupQueryAttention", *one, last(6, 6), total(7), cos, sin, outputs=3, do_rotary=1, **heads)
    case("gqa_next_window", "GroupQueryAttention", *one, last(6, 6), total(7), local_window_size=3, outputs=3, **heads)
    case("gqa_next_sink", "GroupQueryAttention", *one, last(6, 6), total(7), None, None, None, None, Weight(r(4)), outputs=3, **heads)
    case("gqa_next_bias", "GroupQueryAttention", *one, last(6, 6), total(7), None, None, None, r(2, 4, 1, 7), outputs=3, **heads)
    case("gqa_next_ragged", "GroupQueryAttention", *one, last(3, 6), total(7), cos, sin, do_rotary=1, outputs=3, **heads)
    case("gqa_next_positions", "GroupQueryAttention", *one, last(6, 6), total(7), cos, sin, np.array([[9], [2]], I64), do_rotary=1, outputs=3, **heads)
    more = [r(1, 3, 64), r(1, 3, 32), r(1, 3, 32), past[0][:1], past[1][:1], last(8), total(9)]
    case("gqa_more", "GroupQueryAttention", *more, outputs=3, **heads)
    case("gqa_more_rotary", "GroupQueryAttention", *more, cos, sin, outputs=3, do_rotary=1, **heads)
    case("gqa_more_window", "GroupQueryAttention", *more, local_window_size=4, outputs=3, **heads)
    # Pasts with room left: what is behind their end does not count.
    case("gqa_room", "GroupQueryAttention", *one, last(4, 4), total(5), cos, sin, do_rotary=1, outputs=3, **heads)
    case("gqa_room_more", "GroupQueryAttention", r(1, 2, 64), r(1, 2, 32), r(1, 2, 32), past[0][:1], past[1][:1], last(4), total(5), outputs=3, **heads)
    normed = """
        apart = Constant <value = int64[4] {{0, 0, -1, 16}}> ()
        flat = Constant <value = int64[3] {{0, 0, -1}}> ()
        q = Reshape (x0, apart)
        k = Reshape (x1, apart)
        qn = SimplifiedLayerNormalization <axis = -1, epsilon = 1e-6> (q, x14)
        kn = SimplifiedLayerNormalization <axis = -1, epsilon = 1e-6> (k, x15)
        qf = Reshape (qn, flat)
        kf = Reshape (kn, flat)
        y0 = com.microsoft.GroupQueryAttention <num_heads = 4, kv_num_heads = 2, do_rotary = 1> (qf, kf, x2, , , x5, x6, x7, x8)"""
    case("gqa_norms", "GroupQueryAttention", *first, cos, sin, *5 * [None], Weight(r(16)), Weight(r(16)), do_rotary=1,
         by=normed.replace("{{", "{").replace("}}", "}"), **heads)  # fmt: skip


def quantised():
    r = Random("quantised")

    def of(kind, *shape):
        return r.ints(0, 256, *shape, kind=U8) if kind == U8 else r.ints(-128, 128, *shape, kind=I8)

    def zero(kind, value=None):
        return Weight((131 if kind == U8 else -7) if value is None else value, kind)

    scale, small, large = Weight(0.0173), Weight(0.00893), Weight(0.0411)
    for kind in [U8, I8]:
        k = kind.__name__
        for op in ["Add", "Mul"]:
            tail = [large, zero(kind, 120 if kind == U8 else 3)] if op == "Add" else [scale, zero(kind)]
            case(f"qlinear_{op.lower()}_{k}", f"QLinear{op}", of(kind, 2, 3, 5), scale, zero(kind), of(kind, 2, 3, 5), small, zero(kind, 11), *tail)
            case(f"qlinear_{op.lower()}_spread_{k}", f"QLinear{op}", of(kind, 2, 3, 5), scale, zero(kind), of(kind, 3, 1), small, zero(kind, 11), *tail)
        unary = [of(kind, 3, 17), scale, zero(kind)]
        case(f"qlinear_sigmoid_{k}", "QLinearSigmoid", *unary, Weight(1 / 255.0), zero(kind, 0 if kind == U8 else -128))
        case(f"qlinear_leaky_{k}", "QLinearLeakyRelu", *unary, small, zero(kind, 40), alpha=0.2)
        case(f"qlinear_pool_{k}", "QLinearGlobalAveragePool", of(kind, 2, 3, 5, 7), scale, zero(kind), small, zero(kind, 90), channels_last=0)
        case(f"qlinear_pool_last_{k}", "QLinearGlobalAveragePool", of(kind, 2, 5, 7, 3), scale, zero(kind), small, zero(kind, 90), channels_last=1)
        case(f"qlinear_concat_{k}", "QLinearConcat", large, zero(kind), of(kind, 2, 3), scale, zero(kind, 5), of(kind, 2, 4), small, zero(kind, 77), axis=1)
        case(f"qlinear_where_{k}", "QLinearWhere", r.ints(0, 2, 3, 4, kind=bool), of(kind, 3, 4), scale, zero(kind), of(kind, 4), small, zero(kind, 3),
             large, zero(kind, 50))  # fmt: skip
        case(f"quantize_{k}", "QuantizeLinear", r(3, 5), scale, zero(kind))
        case(f"dequantize_{k}", "DequantizeLinear", of(kind, 3, 5), scale, zero(kind))
        for per in [1, 6]:
            weights, scales, zeros = Weight(of(kind, 5, 6), kind), Weight(0.01 + 0.01 * r.rng.random(per)), Weight(of(kind, per), kind)
            scales, zeros = (scales, zeros) if per > 1 else (small, zero(kind))
            case(f"matmul_to_float_{k}_{per}", "MatMulIntegerToFloat", of(U8, 2, 3, 5), weights, scale, scales, zero(U8), zeros)
            case(f"matmul_to_float_bias_{k}_{per}", "MatMulIntegerToFloat", of(U8, 3, 5), weights, scale, scales, None, zeros, Weight(r(6)))
            case(f"dynamic_matmul_{k}_{per}", "DynamicQuantizeMatMul", r(2, 3, 5), weights, scales, zeros)
            case(f"dynamic_matmul_bias_{k}_{per}", "DynamicQuantizeMatMul", r(3, 5), weights, scales, None, Weight(r(6)))
            case(f"qgemm_{k}_{per}", "QGemm", of(U8, 4, 5), scale, zero(U8), weights, scales, zeros, Weight(r.ints(-900, 900, 6), I32), large, zero(U8))
            case(f"qgemm_float_{k}_{per}", "QGemm", of(U8, 4, 5), scale, zero(U8), weights, scales, zeros, alpha=0.5)
        case(f"qattention_{k}", "QAttention", of(U8, 2, 3, 8), Weight(of(kind, 8, 24), kind), Weight(r(24)), scale, Weight(0.004), None, zero(U8),
             zero(kind), num_heads=2)  # fmt: skip
        for opset, axis in [(13, -1), (13, 1), (12, 1)]:
            case(f"qlinear_softmax_{k}_{opset}_{axis}", "QLinearSoftmax", of(kind, 2, 3, 7), scale, zero(kind), Weight(1 / 256.0), zero(kind, 0 if kind == U8 else -128),
                 opset=opset, axis=axis)  # fmt: skip
        pool = [scale, zero(kind), small, zero(kind, 90)]
        for name, more in {"plain": {}, "pads": dict(pads=[1, 0, 1, 1]), "pads_in": dict(pads=[1, 0, 1, 1], count_include_pad=1),
                           "ceil": dict(strides=[2, 2], ceil_mode=1), "same": dict(strides=[2, 1], auto_pad="SAME_UPPER")}.items():  # fmt: skip
            case(f"qlinear_average_{name}_{k}", "QLinearAveragePool", of(kind, 2, 3, 6, 7), *pool, kernel_shape=[3, 2], **more)
            case(f"qlinear_average_last_{name}_{k}", "QLinearAveragePool", of(kind, 2, 6, 7, 3), *pool, kernel_shape=[3, 2], channels_last=1, **more)
            more.pop("count_include_pad", 0)
            case(f"nhwc_max_pool_{name}_{k}", "NhwcMaxPool", of(kind, 2, 6, 7, 3), kernel_shape=[3, 2], **more)
        for per, last in itertools.product([1, 6], [0, 1]):
            scales, zeros = (Weight(0.01 + 0.01 * r.rng.random(per)), Weight(np.full(per, -7 if kind == I8 else 131), kind)) if per > 1 else (small, zero(kind))
            x = of(U8, 2, 7, 8, 4) if last else of(U8, 2, 4, 7, 8)
            case(f"qlinear_conv_{k}_{per}_{last}", "QLinearConv", x, scale, zero(U8), Weight(of(kind, 6, 4, 3, 3), kind), scales, zeros, large, zero(U8),
                 Weight(r.ints(-900, 900, 6), I32), channels_last=last, strides=[2, 1], pads=[1, 1, 0, 1])  # fmt: skip
            case(f"qlinear_conv_group_{k}_{per}_{last}", "QLinearConv", x, scale, zero(U8), Weight(of(kind, 6, 2, 3, 3), kind), scales, zeros, large, zero(U8),
                 group=2, channels_last=last)  # fmt: skip
        tables = [Weight(of(kind, n, 6), kind) for n in (11, 9, 2)] + [Weight(of(kind, 6), kind) for _ in range(2)]
        parameters = [Weight(0.01 + 0.01 * i) for i in range(5)] + [zero(kind, 3 + i) for i in range(5)]
        ids, segments = r.ints(0, 11, 2, 5, kind=I32), r.ints(0, 2, 2, 5, kind=I32)
        case(f"q_embed_norm_{k}", "QEmbedLayerNormalization", ids, segments, *tables, None, *parameters, outputs=2, epsilon=1e-5)
        case(f"q_embed_norm_mask_{k}", "QEmbedLayerNormalization", ids, segments, *tables, np.array([[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]], I32), *parameters,
             outputs=2, epsilon=1e-5)  # fmt: skip
        case(f"q_embed_norm_words_{k}", "QEmbedLayerNormalization", ids, None, *tables[:2], None, *tables[3:], None, *parameters[:2], None, *parameters[3:7], None,
             *parameters[8:], outputs=2)  # fmt: skip
    for bits, zeros in [(4, 0), (4, 1), (8, 0), (8, 1)]:
        rows, width, size = 9, 64, 16
        blocks = width // size
        table = Weight(r.ints(0, 256, rows, width * bits // 8, kind=U8), U8)
        points = [Weight(r.ints(0, 256, rows, blocks * bits // 8, kind=U8), U8)] if zeros else []
        for name, at in {"1d": np.array([3, 0, 8], I64), "2d": np.array([[1, 7], [4, 4], [0, 2]], I64), "i32": np.array([5], I32)}.items():
            case(f"gather_block_{bits}_{zeros}_{name}", "GatherBlockQuantized", table, at, Weight(0.1 * r(rows, blocks)), *points, bits=bits, block_size=size,
                 gather_axis=0, quantize_axis=1, f16="rounded" if name == "1d" else False)  # fmt: skip
    case("qgemm_turned", "QGemm", of(U8, 5, 4), scale, zero(U8), Weight(of(I8, 6, 5), I8), small, zero(I8), transA=1, transB=1)
    case("qattention_mask", "QAttention", of(U8, 2, 3, 8), Weight(of(I8, 8, 24), I8), Weight(r(24)), scale, Weight(0.004),
         np.array([[1, 1, 0], [0, 1, 1]], I32), zero(U8), zero(I8), num_heads=2)  # fmt: skip
    case("qattention_past", "QAttention", of(U8, 2, 3, 8), Weight(of(I8, 8, 24), I8), Weight(r(24)), scale, Weight(0.004), None, zero(U8), zero(I8),
         r(2, 2, 2, 5, 4), outputs=2, num_heads=2, unidirectional=1)  # fmt: skip
    case("matmul_16", "MatMulInteger16", r.ints(-3000, 3000, 2, 3, 5, kind=np.int16), r.ints(-3000, 3000, 5, 4, kind=np.int16))
    for kind, direction, steps in itertools.product([U8, I8], ["forward", "reverse", "bidirectional"], [3, 12]):
        two, hidden, width = 1 + (direction == "bidirectional"), 4, 5
        w, q = Weight(of(kind, two, width, 4 * hidden), kind), Weight(of(kind, two, hidden, 4 * hidden), kind)
        scales = [Weight(0.003 + 0.001 * r.rng.random(two)), Weight(of(kind, two), kind)]
        case(f"dynamic_lstm_{kind.__name__}_{direction}_{steps}", "DynamicQuantizeLSTM", r(steps, 2, width), w, q, Weight(0.3 * r(two, 8 * hidden)),
             None, r(two, 2, hidden), r(two, 2, hidden), None, *scales, *scales, outputs=3, hidden_size=hidden, direction=direction)  # fmt: skip
    channels = [Weight(0.003 + 0.001 * r.rng.random((1, 16))), Weight(np.zeros((1, 16)), I8)]  # which columns must have
    lstm = [r(4, 2, 5), Weight(of(I8, 1, 5, 16), I8), Weight(of(I8, 1, 4, 16), I8)]
    case("dynamic_lstm_columns", "DynamicQuantizeLSTM", *lstm, None, None, None, None, None, *channels, *channels, outputs=3, hidden_size=4)
    case("dynamic_lstm_peepholes", "DynamicQuantizeLSTM", *lstm, Weight(r(1, 32)), np.array([3, 4], I32), None, None, Weight(r(1, 12)), *channels,
         *channels, outputs=3, hidden_size=4)  # fmt: skip


def experts():
    r = Random("experts")
    for name, more in {"one": {}, "two": dict(k=2), "two_normal": dict(k=2, normalize_routing_weights=1), "gelu": dict(k=2, activation_type="gelu"),
                       "silu": dict(k=3, activation_type="silu"), "identity": dict(k=4, activation_type="identity")}.items():  # fmt: skip
        weights = [Weight(0.4 * r(4, 10, 6)), Weight(r(4, 10)), Weight(0.4 * r(4, 6, 10)), Weight(r(4, 6))]
        case(f"moe_{name}", "MoE", r(5, 6), r(5, 4), *weights, **({"activation_type": "relu"} | more))
        case(f"moe_{name}_no_bias", "MoE", r(2, 3, 6), r(6, 4), weights[0], None, weights[2], **({"activation_type": "relu"} | more))


def recurrent():
    r = Random("recurrent")
    x, w = r(2, 4, 7), Weight(r(4, 1, 3))
    case("causal_conv", "CausalConvWithState", x, w, outputs=2)
    case("causal_conv_state", "CausalConvWithState", x, w, Weight(r(4)), r(2, 4, 2), outputs=2, activation="silu")
    q, k, v, heads = r(2, 5, 8), 0.3 * r(2, 5, 8), r(2, 5, 6), dict(q_num_heads=2, kv_num_heads=2)
    decay, beta, state = -np.abs(r(2, 5, 2)), 1 / (1 + np.exp(r(2, 5, 2))), r(2, 2, 4, 3)
    case("linear_attention_linear", "LinearAttention", q, k, v, update_rule="linear", outputs=2, **heads)
    case("linear_attention_gated", "LinearAttention", q, k, v, state, decay, update_rule="gated", outputs=2, **heads)
    case("linear_attention_delta", "LinearAttention", q, k, v, state, None, beta, update_rule="delta", outputs=2, **heads)
    case("linear_attention_both", "LinearAttention", q, k, v, state, decay, beta, outputs=2, **heads)
    long = [r(2, 23, 8), 0.3 * r(2, 23, 8), r(2, 23, 6)]
    case("linear_attention_long", "LinearAttention", *long, state, -np.abs(r(2, 23, 2)), 1 / (1 + np.exp(r(2, 23, 2))), outputs=2, **heads)
    case("linear_attention_long_linear", "LinearAttention", *long, update_rule="linear", outputs=2, **heads)
    case("linear_attention_keys", "LinearAttention", q, k, v, None, -np.abs(r(2, 5, 8)), beta, outputs=2, scale=0.7, **heads)


# ---- ONNX's own --------------------------------------------------------------------------------------------------------


def standard():
    r = Random("standard")
    regions = np.array([[0, 0, 9, 9], [1.5, 2.2, 6.1, 9.7], [-3, -2, 4, 5], [4, 4, 4.3, 4.2], [5, 5, 30, 24], [-9, -9, -4, -3], [20, 20, 25, 26]], F32)
    own = np.array([0, 1, 2, 0, 1, 2, 0], I64)
    for mode, points, how, images in itertools.product(["avg", "max"], [0, 2], ["half_pixel", "output_half_pixel"], [1, 3]):
        case(f"roi_align_{mode}_{points}_{how}_{images}", "RoiAlign", r(images, 2, 10, 9), regions, own % images, mode=mode, sampling_ratio=points,
             output_height=3, output_width=2, spatial_scale=0.9, coordinate_transformation_mode=how)  # fmt: skip
    whole = np.concatenate([(own % 2).astype(F32)[:, None], np.maximum(regions, 0)], 1)[:5]
    for scale, shape in itertools.product([1.0, 0.5], [[2, 3], [1, 1], [6, 7]]):
        case(f"max_roi_pool_{scale}_{shape[0]}", "MaxRoiPool", r(2, 3, 8, 9), whole, pooled_shape=shape, spatial_scale=scale)
    for mode, padding, corners in itertools.product(["linear", "nearest"], ["zeros", "border", "reflection"], [0, 1]):
        grid = 1.3 * r(2, 3, 2, 4, 3)
        case(f"grid_sample_volume_{mode}_{padding}_{corners}", "GridSample", r(2, 2, 4, 5, 3), grid, mode=mode, padding_mode=padding, align_corners=corners)


# ---- the reference -------------------------------------------------------------------------------------------------------


def model_of(case, inputs, expected=None, by=""):
    """The case's node, or what stands for it, between inputs and outputs."""
    names = ["" if v is None else f"x{i}" for i, v in enumerate(inputs)]
    results = [f"y{i}" if i in case.outputs else "" for i in range(max(case.outputs) + 1)]
    ports = [layout.value_info(n, v) for n, v in zip(names, inputs) if isinstance(v, np.ndarray)]
    held = [numpy_helper.from_array(v.value, n) for n, v in zip(names, inputs) if isinstance(v, Weight)]
    outs = [onnx.ValueInfoProto(name=n) for n in results if n]
    if case.op == "MultiHeadAttention" and 3 in case.outputs:  # whose type ONNX Runtime cannot infer
        outs[-1] = helper.make_tensor_value_info(results[3], onnx.TensorProto.FLOAT, None)
    if expected is not None:
        outs = [layout.value_info(n, v) for n, v in zip(filter(None, results), expected)]
    domain = "" if case.op in STANDARD else DOMAIN
    nodes = [helper.make_node(case.op, names, results, name="it", domain=domain, **case.attributes)]
    if by:
        nodes = onnx.parser.parse_graph(f"g (float[1] unused) => (float[1] y0) {{ {by} }}").node
    graph = helper.make_graph(nodes, case.name, ports, outs, held)
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid(DOMAIN, 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=10, producer_name="dlc")


def wide(v):
    if isinstance(v, Weight):
        return Weight(wide(v.value), None)
    return v.astype(F32) if v is not None and v.dtype == F16 else v


def session(model):
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    return ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def compute(case):
    inputs = [wide(v) for v in case.inputs] if case.rounded else case.inputs
    fed = {f"x{i}": v for i, v in enumerate(inputs) if isinstance(v, np.ndarray)}
    results = session(model_of(case, inputs, by=case.by)).run(None, fed)
    return [v.astype(F16) if case.rounded and v.dtype == F32 else v for v in results]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--pack")
    parser.add_argument("--only", default="", help="cases whose name begins so")
    flags = parser.parse_args()
    for family in [activations, products, normalisation, attention, grouped, quantised, experts, recurrent, standard]:
        family()
    folder, refused = layout.fresh(flags.folder), 0
    assert len({c.name for c in CASES}) == len(CASES)
    for c in CASES:
        if not c.name.startswith(flags.only):
            continue
        try:
            expected = compute(c)
        except Exception as error:  # of ONNX Runtime's own kinds
            refused += 1
            print(f"{c.name}: {str(error).splitlines()[0]}")
            continue
        layout.write(folder / c.name, model_of(c, c.inputs, expected), [v for v in c.inputs if isinstance(v, np.ndarray)], expected)
    if flags.pack:
        layout.pack(folder, flags.pack)
    print(f"{len(list(folder.iterdir()))} cases, {refused} that the reference refuses")
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
