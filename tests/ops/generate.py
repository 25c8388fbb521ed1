#!/usr/bin/env python3
"""Writes the operator tests of this folder: inputs, one operator, values expected of it by NumPy (never by dlc), with
ml_dtypes (PyPI) for types of 8 bits and fewer.

    generate.py            rewrites *.mlir beside this file

A test is a function: dlc.constant inputs, the operator, dlc.check_close. `smooth` marks those whose float inputs lie
where the operator is smooth: gradients are checked there, against central differences.
"""

import itertools
import math
import pathlib

import ml_dtypes
import numpy as np
from cases import BF16, INF, NAMES, NAN, WINDOWS, case, f32, pad, rng, tests, to, windows

HERE = pathlib.Path(__file__).resolve().parent
# ---- elementwise: one element from one or two --------------------------------------------------------------------

SPECIAL = np.array([0.0, -0.0, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 2, -2, 3.7, -3.7, 10, -10, 88, -88, 100, -100, 1e-40,
                    -1e-40, 1e-30, INF, -INF, NAN])
SMOOTH = np.array([[0.3, -0.7, 1.2], [-1.6, 2.4, -2.3], [0.05, -0.06, 0.9]])
POSITIVE = np.array([0.3, 0.7, 1.2, 2.6, 4.1])
erf, expm1 = np.vectorize(math.erf, otypes=[float]), np.expm1


def sign(x):
    return np.where(np.isnan(x), x, np.sign(x))


UNARY = {  # name: (NumPy, whether it is exact, smooth inputs)
    "neg": (np.negative, True, SMOOTH), "abs": (np.abs, True, SMOOTH), "sign": (sign, True, SMOOTH),
    "exp": (np.exp, False, SMOOTH), "expm1": (expm1, False, SMOOTH), "log": (np.log, False, POSITIVE),
    "log1p": (np.log1p, False, POSITIVE - 0.5), "sqrt": (np.sqrt, False, POSITIVE),
    "rsqrt": (lambda x: 1 / np.sqrt(x), False, POSITIVE), "reciprocal": (lambda x: 1 / x, False, SMOOTH),
    "tanh": (np.tanh, False, SMOOTH), "logistic": (lambda x: 1 / (1 + np.exp(-x)), False, SMOOTH),
    "softsign": (lambda x: x / (1 + np.abs(x)), False, SMOOTH),
    "erf": (erf, False, SMOOTH), "sin": (np.sin, False, SMOOTH), "cos": (np.cos, False, SMOOTH),
    "floor": (np.floor, True, SMOOTH), "ceil": (np.ceil, True, SMOOTH), "round": (np.rint, True, SMOOTH),
    "relu": (lambda x: np.maximum(x, 0), True, SMOOTH)}

for name, (fn, exact, smooth) in UNARY.items():
    for kind in ["f32", "f64", "f16", "bf16"]:
        x = to(kind, SPECIAL)
        case("unary", f"{name}_{kind}", f"{name} {{0}} : {{r0}}", [x], to(kind, fn(x.astype(np.float64))), exact=exact)
    x = smooth.astype(np.float32)
    case("unary", f"{name}_smooth", f"{name} {{0}} : {{r0}}", [x], to("f32", fn(x.astype(np.float64))), smooth=True,
         exact=exact)
for shape in [(), (1,), (0,), (3, 0, 2), (1, 1, 5), (2, 3, 7)]:
    x = np.linspace(-1, 1, math.prod(shape) if 0 not in shape else 0).reshape(shape).astype(np.float32)
    case("unary", "tanh_shape_" + ("x".join(map(str, shape)) or "scalar"), "tanh {0} : {r0}", [x], np.tanh(x))
for n in [31, 1000, 4099]:  # more than a vector, more than a thread's share, and a ragged end
    x = np.arange(n, dtype=np.float32)
    case("unary", f"sqrt_of_{n}", "sqrt %x : {r0}", [], np.sqrt(x.astype(np.float64)).astype(np.float32),
         before=f"%x = dlc.iota axis = 0 : tensor<{n}xf32>")
ints = {"i8": [0, 1, -1, 5, 127, -128], "i32": [0, 1, -1, 7, 2**31 - 1, -2**31], "i64": [0, -3, 2**62, -2**63],
        "ui8": [0, 1, 200, 255], "ui32": [0, 1, 2**32 - 1]}
for kind, values in ints.items():
    x = to(kind, np.array(values, object).astype(np.int64) if kind[0] == "i" else np.array(values, np.uint64))
    with np.errstate(over="ignore"):
        case("unary", f"neg_{kind}", "neg {0} : {r0}", [x], (0 - x).astype(x.dtype))
        case("unary", f"abs_{kind}", "abs {0} : {r0}", [x], np.abs(x))
        case("unary", f"sign_{kind}", "sign {0} : {r0}", [x], np.sign(x))
        case("unary", f"relu_{kind}", "relu {0} : {r0}", [x], np.maximum(x, x.dtype.type(0)))
        case("unary", f"not_{kind}", "not {0} : {r0}", [x], ~x)
case("unary", "not_i1", "not {0} : {r0}", [np.array([True, False])], np.array([False, True]))

PAIRS = np.array(list(itertools.product([0.0, -0.0, 1, -2, 2.5, -3.5, 1e-40, INF, -INF, NAN], repeat=2))).T
BX, BY = np.array([0.7, -1.3, 2.2, -0.4, 3.1]), np.array([1.6, 0.9, -2.7, -1.1, 0.8])
BINARY = {"add": (np.add, True), "sub": (np.subtract, True), "mul": (np.multiply, True), "div": (np.divide, True),
          "rem": (np.fmod, False), "pow": (np.power, False), "max": (np.maximum, True), "min": (np.minimum, True)}
for name, (fn, exact) in BINARY.items():
    for kind in ["f32", "f64", "f16", "bf16"]:
        x, y = (to(kind, v) for v in PAIRS)
        case("binary", f"{name}_{kind}", f"{name} {{0}}, {{1}} : {{r0}}", [x, y],
             to(kind, fn(x.astype(np.float64), y.astype(np.float64))), exact=exact)
    x, y = f32(*(np.abs(BX) if name == "pow" else BX)), f32(*BY)
    case("binary", f"{name}_smooth", f"{name} {{0}}, {{1}} : {{r0}}", [x, y],
         to("f32", fn(x.astype(np.float64), y.astype(np.float64))), smooth=True)


def c_div(x, y):  # towards zero; by zero gives zero
    return 0 if y == 0 else abs(x) // abs(y) * (1 if (x < 0) == (y < 0) else -1)


INTEGER = {"add": lambda x, y: x + y, "sub": lambda x, y: x - y, "mul": lambda x, y: x * y, "div": c_div,
           "rem": lambda x, y: 0 if y == 0 else x - y * c_div(x, y), "max": max, "min": min, "and": lambda x, y: x & y,
           "or": lambda x, y: x | y, "xor": lambda x, y: x ^ y}
for kind, values in {"i8": [0, 1, -1, 7, -128, 127], "i16": [0, 3, -1, -2**15], "i32": [0, -1, 5, 2**31 - 1, -2**31],
                     "i64": [0, -1, 9, -2**63], "ui8": [0, 1, 7, 255], "ui16": [0, 5, 2**16 - 1],
                     "ui32": [0, 3, 2**32 - 1], "ui64": [0, 2, 2**64 - 1]}.items():
    pairs = list(itertools.product(values, repeat=2))
    dtype = to(kind, 0).dtype
    bits = dtype.itemsize * 8
    x, y = (np.array(v, object).astype(dtype) for v in zip(*pairs))
    for name, fn in INTEGER.items():
        wrapped = [fn(a, b) % 2**bits for a, b in pairs]
        signed = [v - 2**bits if kind[0] == "i" and v >= 2**(bits - 1) else v for v in wrapped]
        case("integer", f"{name}_{kind}", f"{name} {{0}}, {{1}} : {{r0}}", [x, y], np.array(signed, object).astype(dtype))
bx, by = np.array([False, False, True, True]), np.array([False, True, False, True])
for name, fn in {"and": np.logical_and, "or": np.logical_or, "xor": np.logical_xor, "add": np.logical_or,
                 "mul": np.logical_and, "max": np.logical_or, "min": np.logical_and}.items():
    case("integer", f"{name}_i1", f"{name} {{0}}, {{1}} : {{r0}}", [bx, by], fn(bx, by))

COMPARE = {"eq": np.equal, "ne": np.not_equal, "lt": np.less, "le": np.less_equal, "gt": np.greater,
           "ge": np.greater_equal}
cx, cy = (v.astype(np.float32) for v in PAIRS)
for name, fn in COMPARE.items():
    case("choice", f"compare_{name}_f32", f"compare {name} {{0}}, {{1}} : {{t0}} -> {{r0}}", [cx, cy], fn(cx, cy))
    for kind, values in {"i8": [-128, 0, 127], "ui8": [0, 127, 255], "i64": [-2**63, 0, 1], "i1": [False, True]}.items():
        x, y = (np.array(v).astype(to(kind, 0).dtype) for v in zip(*itertools.product(values, repeat=2)))
        case("choice", f"compare_{name}_{kind}", f"compare {name} {{0}}, {{1}} : {{t0}} -> {{r0}}", [x, y], fn(x, y))
c = np.array([True, False, True, False, True])
case("choice", "select_f32", "select {0}, {1}, {2} : {t0}, {r0}", [c, f32(1, NAN, NAN, INF, -0.0), f32(NAN, 2, 3, 4, 5)],
     f32(1, 2, NAN, 4, -0.0), exact=True)
case("choice", "select_smooth", "select {0}, {1}, {2} : {t0}, {r0}", [c, f32(1, 2, 3, 4, 5), f32(6, 7, 8, 9, 10)],
     f32(1, 7, 3, 9, 5), smooth=True, exact=True)
case("choice", "select_i64", "select {0}, {1}, {2} : {t0}, {r0}", [c, np.arange(5), -np.arange(5)], np.array([0, -1, 2, -3, 4]))
case("choice", "select_i1", "select {0}, {1}, {2} : {t0}, {r0}", [c, c, ~c], np.ones(5, bool))

LIMITS = {k: (np.iinfo(to(k, 0).dtype).min, np.iinfo(to(k, 0).dtype).max)
          for k in ["i8", "i16", "i32", "i64", "ui8", "ui16", "ui32", "ui64"]}
floats = np.array([0.0, -0.0, 0.9, -0.9, 1.5, -1.5, 2.5, 127.5, 128, 255.9, 256, -128.9, -129, 1e5, 3e9, -3e9, 1e19, -1e19,
                   1e30, INF, -INF, NAN, 1e-40])
for source in ["f32", "f64", "f16", "bf16"]:
    x = to(source, np.clip(floats, -6e4, 6e4) if source == "f16" else floats)
    exact = x.astype(np.float64)
    for target, (low, high) in LIMITS.items():
        y = [0 if math.isnan(v) else low if v <= low else high if v >= high else int(v) for v in exact]
        case("cast", f"{source}_to_{target}", "cast {0} : {t0} -> {r0}", [x],
             np.array(y, object).astype(to(target, 0).dtype))
    case("cast", f"{source}_to_i1", "cast {0} : {t0} -> {r0}", [x], exact != 0)
    for target in ["f32", "f64", "f16", "bf16"]:
        if target != source:
            case("cast", f"{source}_to_{target}", "cast {0} : {t0} -> {r0}", [x], to(target, exact), exact=True)
for source, target in itertools.product(["i8", "i32", "i64", "ui8", "ui64", "i1"], ["i8", "i16", "i64", "ui8", "ui32", "i1", "f32", "f64"]):
    if source == target:
        continue
    values = [0, 1] if source == "i1" else [0, 1, LIMITS[source][0], LIMITS[source][1], 77]
    x = np.array(values, object).astype(to(source, 0).dtype)
    case("cast", f"{source}_to_{target}", "cast {0} : {t0} -> {r0}", [x],
         x != 0 if target == "i1" else x.astype(to(target, 0).dtype), exact=True)
case("cast", "cast_smooth", "cast {0} : {t0} -> {r0}", [f32(0.3, -1.7)], np.array([0.3, -1.7], np.float32).astype(float),
     smooth=True, exact=True)

# ---- movement ----------------------------------------------------------------------------------------------------



def normal(*shape):
    """Normal numbers on a grid that f32 holds exactly; no two equal, so that extremes are smooth."""
    n = math.prod(shape)
    return (np.round(rng.permutation(np.linspace(-2, 2, n)) * 4096 + rng.uniform(-0.3, 0.3, n)) / 4096).reshape(shape).astype(np.float32)


def broadcast(x, dims, shape):
    full = [1] * len(shape)
    for i, d in enumerate(dims):
        full[d] = x.shape[i]
    return np.broadcast_to(x.reshape(full), shape).copy()


for name, shape, dims, out in [("row", (3,), [1], (2, 3)), ("column", (2,), [0], (2, 3)), ("scalar", (), [], (2, 3)),
                               ("ones", (2, 1, 3), [0, 1, 2], (2, 4, 3)), ("both", (1, 3), [0, 2], (2, 4, 3)),
                               ("same", (2, 3), [0, 1], (2, 3)), ("empty", (0,), [1], (2, 0)),
                               ("to_nothing", (1,), [0], (0,)), ("odd", (7, 5), [1, 3], (3, 7, 2, 5))]:
    x = normal(*shape)
    case("movement", f"broadcast_{name}", f"broadcast {{0}} dims = {dims} : {{t0}} -> {{r0}}", [x], broadcast(x, dims, out),
         smooth=0 not in out, exact=True)
case("movement", "broadcast_i1", "broadcast {0} dims = [0] : {t0} -> {r0}", [np.array([True, False])],
     np.array([[True] * 3, [False] * 3]))
case("movement", "broadcast_ui8", "broadcast {0} dims = [1] : {t0} -> {r0}", [np.array([1, 255], np.uint8)],
     np.array([[1, 255]] * 3, np.uint8))

for name, shape, out in [("flat", (2, 3, 4), (24,)), ("merge", (2, 3, 4), (6, 4)), ("split", (24,), (4, 3, 2)),
                         ("regroup", (6, 4), (3, 8)), ("ones", (2, 3), (1, 2, 1, 3, 1)), ("scalar", (1, 1), ()),
                         ("empty", (0, 3), (3, 0, 5)), ("prime", (7, 3), (3, 7))]:
    x = normal(*shape)
    case("movement", f"reshape_{name}", "reshape {0} : {t0} -> {r0}", [x], x.reshape(out), smooth=0 not in shape, exact=True)

for name, shape, perm in [("2d", (3, 5), [1, 0]), ("3d", (2, 3, 4), [2, 0, 1]), ("inner", (2, 3, 4), [0, 2, 1]),
                          ("same", (2, 3), [0, 1]), ("4d", (2, 3, 1, 4), [0, 2, 3, 1]), ("tiles", (17, 7), [1, 0]),
                          ("empty", (0, 3), [1, 0])]:
    x = normal(*shape)
    case("movement", f"transpose_{name}", f"transpose {{0}} perm = {perm} : {{t0}} -> {{r0}}", [x],
         x.transpose(perm).copy(), smooth=0 not in shape, exact=True)
    if name in ("2d", "4d", "tiles"):
        for kind in ["f16", "bf16", "f64"]:
            y = to(kind, x)
            case("movement", f"transpose_{name}_{kind}", f"transpose {{0}} perm = {perm} : {{t0}} -> {{r0}}", [y],
                 to(kind, y.astype(np.float64).transpose(perm)), exact=True)
x = rng.integers(-128, 127, (3, 5)).astype(np.int8)
case("movement", "transpose_i8", "transpose {0} perm = [1, 0] : {t0} -> {r0}", [x], x.T.copy())

for name, shape, start, stride, size in [("middle", (5, 6), [1, 2], [1, 1], [3, 2]), ("strided", (7, 8), [0, 1], [3, 2], [3, 4]),
                                         ("reversed", (5,), [4], [-1], [5]), ("backwards", (4, 7), [3, 6], [-1, -2], [4, 3]),
                                         ("one", (5,), [3], [1], [1]), ("empty", (5, 2), [2, 0], [1, 1], [0, 2])]:
    x = normal(*shape)
    index = np.ix_(*[[b + s * i for i in range(n)] for b, s, n in zip(start, stride, size)])
    case("movement", f"slice_{name}", f"slice {{0}} start = {start} stride = {stride} : {{t0}} -> {{r0}}", [x],
         x[index] if 0 not in size else np.zeros(size, np.float32), smooth=0 not in size, exact=True)


for name, shape, low, high, interior in [("border", (2, 3), [1, 0], [0, 2], [0, 0]), ("none", (2, 3), [0, 0], [0, 0], [0, 0]),
                                         ("cut", (5, 4), [-1, 1], [-2, -1], [0, 0]), ("interior", (3, 2), [0, 1], [1, 0], [1, 2]),
                                         ("interior_cut", (4,), [-2], [-1], [2]), ("of_nothing", (0, 2), [2, 0], [1, 0], [0, 0]),
                                         ("of_nothing_spread", (0,), [1], [2], [3])]:
    x, value = normal(*shape), np.array(0.25, np.float32)
    case("movement", f"pad_{name}", f"pad {{0}}, {{1}} low = {low} high = {high} interior = {interior} : {{t0}}, {{t1}} -> {{r0}}",
         [x, value], pad(x, 0.25, low, high, interior), smooth=0 not in shape, exact=True)
case("movement", "pad_i32", "pad {0}, {1} low = [1] high = [1] interior = [0] : {t0}, {t1} -> {r0}",
     [np.array([1, 2], np.int32), np.array(-7, np.int32)], np.array([-7, 1, 2, -7], np.int32))

for name, shapes, axis in [("two", [(2, 3), (4, 3)], 0), ("three", [(2, 1), (2, 3), (2, 2)], 1), ("one", [(2, 2)], 0),
                           ("inner", [(2, 2, 3), (2, 1, 3)], 1), ("with_empty", [(2, 0), (2, 3)], 1), ("scalars", [(1,)] * 5, 0)]:
    xs = [normal(*s) for s in shapes]
    case("movement", f"concat_{name}", f"concat {', '.join(f'{{{i}}}' for i in range(len(xs)))} axis = {axis} : "
         f"{', '.join(f'{{t{i}}}' for i in range(len(xs)))} -> {{r0}}", xs, np.concatenate(xs, axis),
         smooth=all(0 not in s for s in shapes), exact=True)


def gather(x, indices, axis):
    n = x.shape[axis]
    at = np.clip(np.where(indices.astype(np.int64) < 0, indices.astype(np.int64) + n, indices.astype(np.int64)), 0, n - 1)
    return np.take(x, at, axis)


for name, shape, indices, axis in [("rows", (5, 3), np.array([4, 0, 0, 2]), 0), ("columns", (2, 5), np.array([1, 3], np.int32), 1),
                                   ("negative", (4, 2), np.array([-1, -4, 1]), 0), ("clamped", (3, 2), np.array([7, -9, 2]), 0),
                                   ("scalar", (3, 2), np.array(1), 0), ("grid", (3, 4, 2), np.array([[0, 3], [2, 2]]), 1),
                                   ("ui8", (3,), np.array([2, 200, 0], np.uint8), 0), ("nothing", (3, 2), np.zeros(0, np.int64), 0)]:
    x = normal(*shape)
    y = gather(x, indices, axis)
    case("movement", f"gather_{name}", f"gather {{0}}, {{1}} axis = {axis} : {{t0}}, {{t1}} -> {{r0}}", [x, indices],
         np.asarray(y), smooth=y.size > 0, exact=True)

for kind, shape, axis in [("i64", (5,), 0), ("f32", (2, 3), 1), ("f32", (3, 2), 0), ("ui8", (4,), 0), ("f16", (3,), 0), ("i32", (0,), 0)]:
    y = np.indices(shape)[axis]
    case("movement", f"iota_{kind}_{'x'.join(map(str, shape))}", f"iota axis = {axis} : {{r0}}", [], to(kind, y), exact=True)


def resize(x, tables, dims):
    weights = tables[len(dims):] or [np.ones(t.shape, x.dtype) for t in tables]
    y = x.astype(np.float64) if x.dtype.kind == "f" else x
    for indices, w, d in zip(tables, weights, dims):
        at = np.clip(indices.astype(np.int64), 0, x.shape[d] - 1)
        shape = [-1 if i == d else 1 for i in range(x.ndim)]
        y = sum(np.take(y, row, d) * v.astype(y.dtype).reshape(shape) for row, v in zip(at, w))
    return y.astype(x.dtype)


own = np.random.default_rng(8)  # of its own, so that the inputs of the tests below stay as they were
pick = np.array([[0, 0, 1, 2, 2]], np.int32)
pairs, halves = np.array([[0, 0, 1], [1, 1, 2]], np.int32), np.array([[1, 0.5, 0.25], [0, 0.5, 0.75]], np.float32)
four = np.array([[-1, 0, 1], [0, 1, 2], [1, 2, 3], [2, 3, 4]], np.int64)
cubic = np.array([[-0.09375, 0.59375, 0.59375, -0.09375]] * 3, np.float32).T.copy()
for name, shape, tables, dims in [("nearest", (2, 3), [pick], [1]), ("nearest_2d", (3, 3, 2), [pick, pick], [0, 1]),
                                  ("linear", (3,), [pairs, halves], [0]),
                                  ("linear_2d", (1, 2, 3, 3), [pairs, pairs, halves, halves], [2, 3]),
                                  ("linear_channels_last", (1, 3, 3, 5), [pairs, pairs, halves, halves], [1, 2]),
                                  ("linear_3d", (3, 4, 3), [pairs, pairs, pairs, halves, halves, halves], [0, 1, 2]),
                                  ("turned", (3, 4), [pairs, pick[:, :3] * 0 + 1, halves, np.ones((1, 3), np.float32)], [1, 0]),
                                  ("cubic_clamped", (4, 2), [four, cubic], [0]),
                                  ("ui8", (2, 3), [np.array([[2, 200]], np.uint8)], [1])]:
    x = (own.integers(-512, 512, shape) / 256).astype(np.float32)
    case("movement", f"resize_{name}",
         f"resize {{0}}, {', '.join(f'{{{i + 1}}}' for i in range(len(tables)))} dims = {dims} : "
         f"{', '.join(f'{{t{i}}}' for i in range(len(tables) + 1))} -> {{r0}}", [x, *tables], resize(x, tables, dims), smooth=True)
x = np.array([[1, 2, 3]], np.int16)
case("movement", "resize_i16", "resize {0}, {1} dims = [1] : {t0}, {t1} -> {r0}", [x, pick], resize(x, [pick], [1]))
x, h = (own.integers(-64, 64, (3, 4)) / 32).astype(np.float16), halves.astype(np.float16)
case("movement", "resize_f16", "resize {0}, {1}, {2} dims = [0] : {t0}, {t1}, {t2} -> {r0}", [x, pairs, h], resize(x, [pairs, h], [0]))

# ---- reductions --------------------------------------------------------------------------------------------------

REDUCE = {"sum": np.sum, "max": np.max, "min": np.min, "prod": np.prod}
for kind, fn in REDUCE.items():
    for name, shape, dims in [("last", (3, 5), [1]), ("first", (3, 5), [0]), ("all", (3, 5), [0, 1]), ("middle", (2, 7, 3), [1]),
                              ("outer", (2, 3, 4), [0, 2]), ("none", (2, 3), []), ("one", (3, 1), [1]), ("vector", (67,), [0])]:
        x = normal(*shape)
        case("reduction", f"reduce_{kind}_{name}", f"reduce {kind} {{0}} dims = {dims} : {{t0}} -> {{r0}}", [x],
             np.asarray(fn(x.astype(np.float64), axis=tuple(dims)), np.float32), smooth=kind != "prod",
             exact=kind in ("max", "min"), tol=(1e-5, 1e-6))
    identity = {"sum": 0, "prod": 1, "max": -INF, "min": INF}[kind]
    case("reduction", f"reduce_{kind}_empty", f"reduce {kind} {{0}} dims = [1] : {{t0}} -> {{r0}}", [np.zeros((2, 0), np.float32)],
         np.full(2, identity, np.float32), exact=True)
    case("reduction", f"reduce_{kind}_to_nothing", f"reduce {kind} {{0}} dims = [0] : {{t0}} -> {{r0}}", [np.zeros((2, 0), np.float32)],
         np.zeros(0, np.float32), exact=True)
    special = np.array([[1, NAN, 2], [INF, 1, 2], [-INF, 1, 2], [INF, -INF, 1], [1e-40, 1e-40, 1], [0.0, -0.0, 0.0]], np.float32)
    case("reduction", f"reduce_{kind}_special", f"reduce {kind} {{0}} dims = [1] : {{t0}} -> {{r0}}", [special], fn(special, axis=1), exact=True)
    for t in ["i8", "i32", "i64", "ui8"]:
        x = to(t, rng.integers(0 if t[0] == "u" else -100, 100, (3, 5)))
        case("reduction", f"reduce_{kind}_{t}", f"reduce {kind} {{0}} dims = [1] : {{t0}} -> {{r0}}", [x],
             fn(x, axis=1, dtype=x.dtype) if kind in ("sum", "prod") else fn(x, axis=1))
    for t in ["f64", "f16", "bf16"]:
        x = to(t, normal(3, 9))
        case("reduction", f"reduce_{kind}_{t}", f"reduce {kind} {{0}} dims = [1] : {{t0}} -> {{r0}}", [x],
             to(t, fn(x.astype(np.float64), axis=1)))
x = np.array([[True, False], [False, False], [True, True]])
case("reduction", "reduce_max_i1", "reduce max {0} dims = [1] : {t0} -> {r0}", [x], x.any(1))
case("reduction", "reduce_min_i1", "reduce min {0} dims = [1] : {t0} -> {r0}", [x], x.all(1))
case("reduction", "reduce_sum_long", "reduce sum %x dims = [1] : tensor<3x5001xf32> -> {r0}", [],
     np.full(3, np.arange(5001).sum(), np.float32), before="%x = dlc.iota axis = 1 : tensor<3x5001xf32>")
case("reduction", "reduce_sum_tall", "reduce sum %x dims = [0] : tensor<1003x5xf32> -> {r0}", [],
     np.full(5, np.arange(1003).sum(), np.float32), before="%x = dlc.iota axis = 0 : tensor<1003x5xf32>")


def arg(kind, x, axis):
    i = (np.argmax if kind == "max" else np.argmin)(x, axis)  # a NaN is the extreme in NumPy, too
    return np.take_along_axis(x, np.expand_dims(i, axis), axis).squeeze(axis), i.astype(np.int64)


for kind in ["max", "min"]:
    for name, x, axis in [("last", normal(3, 5), 1), ("first", normal(3, 5), 0), ("middle", normal(2, 5, 3), 1),
                          ("ties", f32(1, 3, 3, 1).reshape(2, 2), 0), ("equal", np.zeros((2, 3), np.float32), 1),
                          ("nan", f32(1, NAN, 5, NAN, NAN, INF, 2, -INF, 3, -INF, -INF, -INF).reshape(4, 3), 1), ("one", normal(3, 1), 1),
                          ("i32", rng.integers(-9, 9, (3, 5)).astype(np.int32), 1), ("ui8", np.array([[200, 3, 200]], np.uint8), 1),
                          ("all_infinite", np.full((1, 3), -INF if kind == "max" else INF, np.float32), 1)]:
        case("reduction", f"arg_reduce_{kind}_{name}", f"arg_reduce {kind} {{0}} axis = {axis} : {{t0}} -> {{r0}}, {{r1}}", [x],
             arg(kind, x, axis), exact=True)


for kind, fn in REDUCE.items():
    outside = {"sum": 0, "prod": 1, "max": -INF, "min": INF}[kind]
    for name, shape, *a in WINDOWS:
        x = normal(*shape)
        y = fn(windows(x.astype(np.float64), *a, outside), axis=-1).astype(np.float32)
        attrs = "window = {} strides = {} dilation = {} low = {} high = {}".format(*a)
        case("window", f"reduce_window_{kind}_{name}", f"reduce_window {kind} {{0}} {attrs} : {{t0}} -> {{r0}}", [x], y,
             smooth=kind != "prod", tol=(1e-5, 1e-6))
for name, shape, *a in WINDOWS:
    x = normal(*shape)
    attrs = "window = {} strides = {} dilation = {} low = {} high = {}".format(*a)
    case("window", f"window_argmax_{name}", f"window_argmax {{0}} {attrs} : {{t0}} -> {{r0}}", [x],
         np.argmax(windows(x, *a, -INF), axis=-1).astype(np.int32))
ATTRS = "window = [2] strides = [2] dilation = [1] low = [0] high = [0]"
x = f32(3, 3, NAN, 1, 1, NAN, NAN, NAN, -INF, -INF)
case("window", "window_argmax_special", f"window_argmax {{0}} {ATTRS} : {{t0}} -> {{r0}}", [x], np.array([0, 0, 1, 0, 0], np.int32))
case("window", "reduce_window_max_special", f"reduce_window max {{0}} {ATTRS} : {{t0}} -> {{r0}}", [x], f32(3, NAN, NAN, NAN, -INF), exact=True)
case("window", "reduce_window_max_i32", f"reduce_window max {{0}} {ATTRS} : {{t0}} -> {{r0}}", [np.array([1, -5, -7, -9], np.int32)],
     np.array([1, -7], np.int32))

# ---- contractions ------------------------------------------------------------------------------------------------


def dot(x, y, lb, rb, lc, rc):
    letters = iter("abcdefghijklmnop")
    l, r = [""] * x.ndim, [""] * y.ndim
    for i, j in list(zip(lb, rb)) + list(zip(lc, rc)):
        l[i] = r[j] = next(letters)
    l, r = [v or next(letters) for v in l], [v or next(letters) for v in r]
    out = [l[i] for i in lb] + [v for i, v in enumerate(l) if i not in lb + lc] + [v for i, v in enumerate(r) if i not in rb + rc]
    return np.einsum(f"{''.join(l)},{''.join(r)}->{''.join(out)}", x, y)


DOTS = [("matmul", (3, 5), (5, 4), [], [], [1], [0]), ("transposed", (3, 5), (4, 5), [], [], [1], [1]),
        ("left", (5, 3), (5, 4), [], [], [0], [0]), ("both", (5, 3), (4, 5), [], [], [0], [1]),
        ("batch", (2, 3, 5), (2, 5, 4), [0], [0], [2], [1]), ("batch_inside", (3, 2, 5), (5, 4, 2), [1], [2], [2], [0]),
        ("two_batches", (2, 3, 4, 5), (2, 3, 5, 2), [0, 1], [0, 1], [3], [2]), ("two_contracted", (2, 3, 4), (4, 3, 5), [], [], [1, 2], [1, 0]),
        ("vector", (5,), (5,), [], [], [0], [0]), ("matvec", (3, 5), (5,), [], [], [1], [0]), ("outer", (3,), (4,), [], [], [], []),
        ("free_dims", (2, 3, 5), (5, 2, 2), [], [], [2], [0]), ("one", (1, 1), (1, 1), [], [], [1], [0]), ("tile_edges", (13, 17), (17, 11), [], [], [1], [0])]
for name, ls, rs, *d in DOTS:
    x, y = normal(*ls), normal(*rs)
    op = "dot_general {{0}}, {{1}} batch = {} x {} contract = {} x {} : ({{t0}}, {{t1}}) -> {{r0}}".format(*d)
    case("contraction", f"dot_{name}", op, [x, y], np.asarray(dot(x.astype(np.float64), y.astype(np.float64), *d), np.float32), smooth=True,
         tol=(1e-5, 1e-5))
    if name in ("matmul", "batch", "two_contracted"):
        for kind, tol in [("f64", None), ("f16", None), ("bf16", (1e-2, 1e-2))]:
            a, b = to(kind, x), to(kind, y)
            case("contraction", f"dot_{name}_{kind}", op, [a, b], to(kind, dot(a.astype(np.float64), b.astype(np.float64), *d)), tol=tol)
for name, ls, rs in [("empty_sum", (2, 0), (0, 3)), ("empty_rows", (0, 2), (2, 3))]:
    case("contraction", f"dot_{name}", "dot_general {0}, {1} batch = [] x [] contract = [1] x [0] : ({t0}, {t1}) -> {r0}",
         [np.zeros(ls, np.float32), np.zeros(rs, np.float32)], np.zeros((ls[0], rs[1]), np.float32), exact=True)
x, y = (rng.integers(-9, 9, s).astype(np.int32) for s in [(3, 4), (4, 2)])
case("contraction", "dot_i32", "dot_general {0}, {1} batch = [] x [] contract = [1] x [0] : ({t0}, {t1}) -> {r0}", [x, y], x @ y)
case("contraction", "dot_nan", "dot_general {0}, {1} batch = [] x [] contract = [1] x [0] : ({t0}, {t1}) -> {r0}",
     [f32(1, NAN, 1, 1, INF, 1).reshape(3, 2), f32(0, 1, 1, 2).reshape(2, 2)], f32(NAN, NAN, 1, 3, NAN, INF).reshape(3, 2))


def conv(x, w, strides, low, high, lhs, rhs, groups=1, last=False):
    if last:
        x, w = np.moveaxis(x, -1, 1), np.moveaxis(w, -1, 1)
    n = len(strides)
    x = pad(x, 0, [0, 0] + low, [0, 0] + high, [0, 0] + [d - 1 for d in lhs])
    out = [(x.shape[2 + i] - (rhs[i] * (w.shape[2 + i] - 1) + 1)) // strides[i] + 1 for i in range(n)]
    y = np.zeros((x.shape[0], w.shape[0], *out), x.dtype)
    per_in, per_out = w.shape[1], w.shape[0] // groups
    for o in range(w.shape[0]):
        g = o // per_out
        for at in np.ndindex(*out):
            patch = x[(slice(None), slice(g * per_in, (g + 1) * per_in)) + tuple(
                slice(p * s, p * s + r * (k - 1) + 1, r) for p, s, r, k in zip(at, strides, rhs, w.shape[2:]))]
            y[(slice(None), o) + at] = (patch * w[o]).reshape(x.shape[0], -1).sum(1)
    return np.moveaxis(y, 1, -1).copy() if last else y


CONVS = [("plain", (2, 3, 5, 6), (4, 3, 3, 3), dict()), ("padded", (1, 2, 5, 5), (3, 2, 3, 3), dict(low=[1, 1], high=[1, 1])),
         ("strided", (1, 2, 7, 8), (2, 2, 3, 2), dict(strides=[2, 3], low=[1, 0], high=[1, 1])),
         ("pointwise", (2, 3, 3, 3), (4, 3, 1, 1), dict()), ("dilated", (1, 2, 7, 7), (2, 2, 2, 3), dict(rhs=[3, 2])),
         ("transposed", (1, 2, 3, 4), (3, 2, 3, 3), dict(lhs=[2, 2], low=[1, 2], high=[1, 0])),
         ("grouped", (2, 4, 4, 4), (6, 2, 2, 2), dict(groups=2, low=[1, 0], high=[0, 1])),
         ("depthwise", (1, 3, 5, 5), (3, 1, 3, 3), dict(groups=3, low=[1, 1], high=[1, 1])),
         ("1d", (2, 2, 9), (3, 2, 3), dict(strides=[2], low=[1], high=[1])), ("3d", (1, 2, 3, 3, 4), (2, 2, 2, 2, 2), dict(low=[0, 0, 1], high=[0, 0, 0])),
         ("cut", (1, 1, 6, 6), (1, 1, 2, 2), dict(low=[-1, 0], high=[0, -1])), ("all", (1, 4, 5, 6), (4, 2, 2, 3), dict(groups=2, strides=[2, 1], lhs=[1, 2], rhs=[2, 1], low=[1, 2], high=[2, 1])),
         ("last", (1, 5, 4, 3), (4, 3, 3, 3), dict(low=[1, 1], high=[1, 1], last=True)),
         ("last_grouped", (1, 4, 5, 4), (4, 2, 3, 2), dict(groups=2, strides=[1, 2], last=True)),
         ("whole_window", (2, 2, 3, 3), (5, 2, 3, 3), dict())]
for name, xs, ws, options in CONVS:
    n = len(xs) - 2
    a = dict(strides=[1] * n, low=[0] * n, high=[0] * n, lhs=[1] * n, rhs=[1] * n) | options
    x, w = normal(*xs), normal(*ws)
    extra = [f"{k} = {v}" for k, v in [("groups", a.get("groups", 1)), ("channels_last", "true" if a.get("last") else None)] if v not in (1, None)]
    op = "conv {{0}}, {{1}} strides = {strides} low = {low} high = {high} lhs_dilation = {lhs} rhs_dilation = {rhs}".format(**a)
    op += f" {{{{{', '.join(extra)}}}}}" if extra else ""
    case("contraction", f"conv_{name}", op + " : ({t0}, {t1}) -> {r0}", [x, w],
         conv(x.astype(np.float64), w.astype(np.float64), **a).astype(np.float32), smooth=True, tol=(1e-5, 1e-5))
    if name in ("padded", "last"):
        for kind, tol in [("f64", None), ("f16", (4e-3, 4e-3)), ("bf16", (2e-2, 2e-2))]:
            p, q = to(kind, x), to(kind, w)
            case("contraction", f"conv_{name}_{kind}", op + " : ({t0}, {t1}) -> {r0}", [p, q],
                 to(kind, conv(p.astype(np.float64), q.astype(np.float64), **a)), tol=tol)

# ---- contractions as the tensor cores take them: 16-bit floats, more than a tile's rows, ragged, few tiles, any order ----

own = np.random.default_rng(7)  # its own: what comes after keeps its values


def large(kind, names, *shapes):
    """Operands larger than a constant may be: sums of one vector a dimension, multiples of 1/8 that every type holds.
    Returns the vectors, the text that makes operands %<name> of them, and the operands."""
    vectors, lines, operands = [], [], []
    for name, shape in zip(names, shapes):
        type_ = f"tensor<{'x'.join(map(str, shape))}x{kind}>"
        total = np.zeros(shape)
        for d, n in enumerate(shape):
            v = own.integers(-16, 17, n) / 8
            lines += [f"%{name}{d} = dlc.broadcast %{len(vectors)} dims = [{d}] : tensor<{n}x{kind}> -> {type_}"]
            if d:
                before = f"{name}0" if d == 1 else f"{name}_{d - 1}"
                lines += [f"%{name}_{d} = dlc.add %{before}, %{name}{d} : {type_}"]
            vectors.append(to(kind, v))
            total += v.reshape([n if e == d else 1 for e in range(len(shape))])
        operands.append((f"%{name}_{len(shape) - 1}", type_, total))
    return vectors, "\n  ".join(lines), operands


TENSOR_DOTS = [("aligned", (40, 48), (48, 24), [], [], [1], [0]), ("transposed", (24, 64), (40, 64), [], [], [1], [1]),
               ("left", (48, 40), (48, 24), [], [], [0], [0]), ("both", (36, 20), (28, 36), [], [], [0], [1]),
               ("odd", (21, 35), (35, 19), [], [], [1], [0]), ("odd_both", (33, 17), (23, 33), [], [], [0], [1]),
               ("even", (18, 38), (38, 22), [], [], [1], [0]), ("tiles", (70, 72), (72, 68), [], [], [1], [0]),
               ("batch", (3, 16, 24), (3, 24, 8), [0], [0], [2], [1]), ("batch_odd", (2, 9, 13), (2, 11, 13), [0], [0], [2], [2]),
               ("batch_inside", (17, 2, 24), (24, 9, 2), [1], [2], [2], [0]), ("free_dims", (3, 5, 16), (16, 2, 8), [], [], [2], [0]),
               ("two_contracted", (9, 3, 8), (8, 3, 12), [], [], [1, 2], [1, 0]), ("long", (8, 500), (500, 12), [], [], [1], [0]),
               ("long_odd", (13, 511), (9, 511), [], [], [1], [1]), ("row", (1, 256), (256, 136), [], [], [1], [0])]
for (name, ls, rs, *d), (kind, tol) in itertools.product(TENSOR_DOTS, [("f16", (2e-3, 2e-3)), ("bf16", (1e-2, 1e-2))]):
    vectors, lines, ((x, xt, xv), (y, yt, yv)) = large(kind, "xy", ls, rs)
    op = f"dot_general {x}, {y} batch = {d[0]} x {d[1]} contract = {d[2]} x {d[3]} : ({xt}, {yt}) -> {{r0}}"
    case("tensor", f"dot_{name}_{kind}", op, vectors, to(kind, dot(xv, yv, *d)), tol=tol, before=lines)
for name, ls, rs in [("mixed", (20, 40), (40, 24)), ("mixed_long", (8, 500), (500, 12))]:  # f16 in, f32 out
    vectors, lines, ((x, xt, xv), (y, yt, yv)) = large("f16", "xy", ls, rs)
    between = f"tensor<{ls[0]}x{rs[1]}xf16>"
    case("tensor", f"dot_{name}", f"cast %d : {between} -> {{r0}}", vectors, (xv @ yv).astype(np.float32), tol=(2e-3, 2e-3),
         before=f"{lines}\n  %d = dlc.dot_general {x}, {y} batch = [] x [] contract = [1] x [0] : ({xt}, {yt}) -> {between}")
TENSOR_CONVS = [("padded", (2, 8, 6, 7), (16, 8, 3, 3), dict(low=[1, 1], high=[1, 1])),
                ("last", (2, 6, 7, 8), (16, 3, 3, 8), dict(low=[1, 1], high=[1, 1], last=True)),
                ("last_fours", (1, 9, 8, 4), (12, 3, 2, 4), dict(strides=[2, 1], low=[1, 0], high=[0, 1], last=True)),
                ("last_first", (1, 11, 10, 3), (8, 5, 3, 3), dict(strides=[2, 2], low=[2, 1], high=[2, 1], last=True)),
                ("last_pointwise", (2, 5, 4, 16), (8, 1, 1, 16), dict(last=True)),
                ("last_grouped", (1, 6, 5, 16), (16, 3, 3, 8), dict(groups=2, low=[1, 1], high=[1, 1], last=True)),
                ("last_dilated", (1, 9, 9, 8), (8, 2, 3, 8), dict(rhs=[3, 2], last=True)),
                ("last_transposed", (1, 4, 5, 8), (8, 3, 3, 8), dict(lhs=[2, 2], low=[1, 2], high=[1, 0], last=True)),
                ("last_long", (1, 4, 4, 64), (8, 3, 3, 64), dict(low=[1, 1], high=[1, 1], last=True))]
for (name, xs, ws, options), (kind, tol) in itertools.product(TENSOR_CONVS, [("f16", (4e-3, 4e-3)), ("bf16", (2e-2, 2e-2))]):
    a = dict(strides=[1, 1], low=[0, 0], high=[0, 0], lhs=[1, 1], rhs=[1, 1]) | options
    extra = [f"{k} = {v}" for k, v in [("groups", a.get("groups", 1)), ("channels_last", "true" if a.get("last") else None)] if v not in (1, None)]
    vectors, lines, ((x, xt, xv), (w, wt, wv)) = large(kind, "xw", xs, ws)
    op = f"conv {x}, {w} " + "strides = {strides} low = {low} high = {high} lhs_dilation = {lhs} rhs_dilation = {rhs}".format(**a)
    op += (f" {{{{{', '.join(extra)}}}}}" if extra else "") + f" : ({xt}, {wt}) -> {{r0}}"
    case("tensor", f"conv_{name}_{kind}", op, vectors, to(kind, conv(xv, wv, **a)), tol=tol, before=lines)

# ---- composites --------------------------------------------------------------------------------------------------


def softmax(x, axis):
    with np.errstate(invalid="ignore"):
        e = np.exp(x - x.max(axis, keepdims=True))
    return e / e.sum(axis, keepdims=True)


for name, fn in {"softmax": softmax, "log_softmax": lambda x, a: np.log(softmax(x, a))}.items():
    for label, shape, axis in [("last", (3, 10), 1), ("first", (4, 3), 0), ("middle", (2, 5, 3), 1), ("one", (3, 1), 1), ("vector", (37,), 0)]:
        x = normal(*shape)
        case("composite", f"{name}_{label}", f"{name} {{0}} axis = {axis} : {{r0}}", [x], fn(x.astype(np.float64), axis).astype(np.float32),
             smooth=True, tol=(1e-5, 1e-6))
    x = f32(1000, 1000, 999, -1000, 0, 1, -INF, 0, 1, NAN, 0, 1).reshape(4, 3)
    y = fn(x.astype(np.float64), 1)
    if name == "log_softmax":
        y[1, 0] = -1000 - np.log(1 + np.e)  # the exponential underflows in f64 already
    case("composite", f"{name}_special", f"{name} {{0}} axis = 1 : {{r0}}", [x], y.astype(np.float32), tol=(1e-5, 1e-6))
    for kind in ["f64", "f16", "bf16"]:
        x = to(kind, normal(3, 7))
        case("composite", f"{name}_{kind}", f"{name} {{0}} axis = 1 : {{r0}}", [x], to(kind, fn(x.astype(np.float64), 1)),
             tol={"f16": (4e-3, 1e-3), "bf16": (2e-2, 2e-2)}.get(kind))


def along(v, axis, x):
    return v.reshape([-1 if i == axis else 1 for i in range(x.ndim)])


for name, shape, axis in [("nchw", (2, 3, 4, 2), 1), ("nc", (5, 4), 1), ("nhwc", (2, 3, 2, 4), 3)]:
    x, c = normal(*shape), shape[axis]
    scale, bias, mean, var = normal(c) + np.float32(3), normal(c), normal(c), np.abs(normal(c)) + np.float32(0.5)
    X = x.astype(np.float64)

    def norm(m, v, eps=1e-3):
        return (X - along(m.astype(float), axis, x)) / np.sqrt(along(v.astype(float), axis, x) + eps) * along(scale.astype(float), axis, x) + along(bias.astype(float), axis, x)

    case("composite", f"batch_norm_{name}", f"batch_norm {{0}}, {{1}}, {{2}}, {{3}}, {{4}} epsilon = 1.0e-3 axis = {axis} : {{t0}}, {{t1}}, {{t2}}, {{t3}}, {{t4}}",
         [x, scale, bias, mean, var], norm(mean, var).astype(np.float32), smooth=True, tol=(1e-5, 1e-5))
    others = tuple(i for i in range(len(shape)) if i != axis)
    m, v = X.mean(others), X.var(others)
    case("composite", f"batch_norm_training_{name}", f"batch_norm_training {{0}}, {{1}}, {{2}} epsilon = 1.0e-3 axis = {axis} : {{t0}}, {{t1}}",
         [x, scale, bias], [norm(m, v).astype(np.float32), m.astype(np.float32), v.astype(np.float32)], smooth=True, tol=(1e-5, 1e-5))
for name, shape, axis in [("last", (3, 6), 1), ("two", (2, 3, 4), 1), ("wide", (2, 33), 1), ("all", (3, 4), 0)]:
    x, scale, bias = normal(*shape), normal(*shape[axis:]) + np.float32(3), normal(*shape[axis:])
    dims, X = tuple(range(axis, len(shape))), x.astype(np.float64)
    y = (X - X.mean(dims, keepdims=True)) / np.sqrt(X.var(dims, keepdims=True) + 1e-5) * scale + bias
    case("composite", f"layer_norm_{name}", f"layer_norm {{0}}, {{1}}, {{2}} epsilon = 1.0e-5 axis = {axis} : {{t0}}, {{t1}}", [x, scale, bias],
         y.astype(np.float32), smooth=True, tol=(1e-5, 1e-5))
for name, shape, dtype in [("small", (4, 3), np.int32), ("digits", (7, 10), np.int64), ("one_class", (2, 1), np.int32), ("ui8", (5, 4), np.uint8)]:
    x, labels = normal(*shape), rng.integers(0, shape[1], shape[0]).astype(dtype)
    p = softmax(x.astype(np.float64), 1)
    case("composite", f"cross_entropy_{name}", "softmax_cross_entropy {0}, {1} : {t0}, {t1} -> {r0}", [x, labels],
         np.asarray(-np.log(p[np.arange(len(labels)), labels]).mean(), np.float32), smooth=True, tol=(1e-5, 1e-6))
x = f32(1000, 0, -1000, 0, 0, 0).reshape(2, 3)
case("composite", "cross_entropy_large", "softmax_cross_entropy {0}, {1} : {t0}, {t1} -> {r0}", [x, np.array([2, 1], np.int32)],
     np.asarray((2000 + math.log(3)) / 2, np.float32))

# ---- random numbers ----------------------------------------------------------------------------------------------


def philox(counter, key):  # Salmon et al.; agrees with Random123's vectors
    c, k, mask = list(counter), list(key), 0xFFFFFFFF
    for _ in range(10):
        a, b = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(b >> 32) ^ c[1] ^ k[0], b & mask, (a >> 32) ^ c[3] ^ k[1], a & mask]
        k = [(k[0] + 0x9E3779B9) & mask, (k[1] + 0xBB67AE85) & mask]
    return c


assert philox((0, 0, 0, 0), (0, 0)) == [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]
assert philox((0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344), (0xA4093822, 0x299F31D0)) == [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1]
for name, shape, seed, step, number, kind in [("plain", (7,), 0, 0, 0, "f32"), ("grid", (3, 5), 12345678901234, 17, 3, "f32"), ("f64", (4,), -1, 2, 1, "f64"),
                                              ("f16", (5,), 42, 1, 2, "f16"), ("many", (67,), 7, 2**31 + 5, 9, "f32"), ("place", (6,), 3, (5 << 52) + (9 << 32) + 4, 1, "f32")]:
    values = [(philox((i, step >> 32, number, step & 0xFFFFFFFF), (seed & 0xFFFFFFFF, seed >> 32 & 0xFFFFFFFF))[0] >> 8) / 2**24 for i in range(math.prod(shape))]
    case("random", f"rng_uniform_{name}", f"rng_uniform {{0}} id = {number} : {{t0}} -> {{r0}}", [np.array([seed, step])],
         to(kind, np.array(values).reshape(shape)), exact=True)

# ---- convolutions over spread operands: phases with all, some and no taps, padding beyond the window ------------------
SPREAD = [("1d", (2, 2, 5), (3, 2, 4), dict(lhs=[3], low=[2], high=[3])), ("exact", (1, 3, 4, 4), (5, 3, 2, 2), dict(lhs=[2, 2], low=[1, 1], high=[1, 1])),
          ("grouped", (1, 4, 3, 4), (6, 2, 2, 3), dict(groups=2, lhs=[2, 1], low=[1, 0], high=[0, 1])),
          ("depthwise", (1, 3, 3, 3), (3, 1, 3, 3), dict(groups=3, lhs=[2, 2], low=[1, 1], high=[2, 2])),
          ("short", (1, 2, 4), (2, 2, 2), dict(lhs=[3], low=[1], high=[2])), ("deep", (1, 1, 3), (2, 1, 2), dict(lhs=[2], low=[5], high=[4])),
          ("cut", (1, 2, 6), (2, 2, 3), dict(lhs=[2], low=[-1], high=[-2])), ("one", (1, 2, 1, 1), (3, 2, 4, 4), dict(lhs=[4, 4], low=[3, 3], high=[3, 3])),
          ("3d", (1, 2, 2, 3, 2), (2, 2, 3, 2, 1), dict(lhs=[2, 3, 1], low=[1, 1, 0], high=[1, 1, 0]))]
for name, xs, ws, options in SPREAD:
    n = len(xs) - 2
    a = dict(strides=[1] * n, low=[0] * n, high=[0] * n, lhs=[1] * n, rhs=[1] * n) | options
    x, w = normal(*xs), normal(*ws)
    groups = f" {{{{groups = {a['groups']}}}}}" if "groups" in a else ""
    op = "conv {{0}}, {{1}} strides = {strides} low = {low} high = {high} lhs_dilation = {lhs} rhs_dilation = {rhs}".format(**a) + groups
    case("contraction", f"conv_spread_{name}", op + " : ({t0}, {t1}) -> {r0}", [x, w],
         conv(x.astype(np.float64), w.astype(np.float64), **a).astype(np.float32), smooth=True, tol=(1e-5, 1e-5))

# ---- gradients of convolutions' weights: for a window's element, what it was multiplied with ----------------------------
def conv_weight_gradient(x, g, window, strides, low, lhs, rhs, groups=1):
    n = len(window)
    reach = [(g.shape[2 + i] - 1) * strides[i] + (window[i] - 1) * rhs[i] + 1 for i in range(n)]
    high = [reach[i] - low[i] - ((x.shape[2 + i] - 1) * lhs[i] + 1) for i in range(n)]
    x = pad(x, 0, [0, 0] + low, [0, 0] + high, [0, 0] + [d - 1 for d in lhs])
    per_in, per_out = x.shape[1] // groups, g.shape[1] // groups
    y = np.zeros((g.shape[1], per_in, *window), x.dtype)
    for o in range(g.shape[1]):
        first = o // per_out * per_in
        for at in np.ndindex(*window):
            met = x[(slice(None), slice(first, first + per_in)) + tuple(
                slice(w * r, w * r + (size - 1) * s + 1, s) for w, r, s, size in zip(at, rhs, strides, g.shape[2:]))]
            y[(o, slice(None)) + at] = (met * g[:, o : o + 1]).sum((0, *range(2, n + 2)))
    return y


# x, gradient of the result, window; `deep`: k in splits
WEIGHT_GRADIENTS = [("plain", (2, 3, 5, 6), (2, 4, 3, 4), [3, 3], {}), ("padded", (3, 2, 5, 5), (3, 3, 5, 5), [3, 3], dict(low=[1, 1])),
                    ("strided", (2, 2, 7, 8), (2, 2, 4, 3), [3, 2], dict(strides=[2, 3], low=[1, 0])),
                    ("pointwise", (2, 3, 3, 3), (2, 4, 3, 3), [1, 1], {}), ("dilated", (1, 2, 7, 7), (1, 2, 4, 3), [2, 3], dict(rhs=[3, 2])),
                    ("spread", (1, 2, 3, 4), (1, 3, 5, 7), [3, 3], dict(lhs=[2, 2], low=[1, 2])),
                    ("grouped", (2, 4, 4, 4), (2, 6, 4, 4), [2, 2], dict(groups=2, low=[1, 0])),
                    ("depthwise", (1, 3, 5, 5), (1, 3, 5, 5), [3, 3], dict(groups=3, low=[1, 1])),
                    ("1d", (2, 2, 9), (2, 3, 5), [3], dict(strides=[2], low=[1])), ("3d", (1, 2, 3, 3, 4), (1, 2, 2, 2, 4), [2, 2, 2], dict(low=[0, 0, 1])),
                    ("cut", (1, 1, 6, 6), (1, 2, 3, 4), [2, 2], dict(low=[-1, 0])),
                    ("deep", (3, 3, 29, 31), (3, 17, 29, 31), [3, 3], dict(low=[1, 1])), ("deep_grouped", (21, 4, 161), (21, 6, 161), [3], dict(groups=2, low=[1]))]
own = np.random.default_rng(9)
for name, xs, gs, window, options in WEIGHT_GRADIENTS:
    n = len(window)
    a = dict(strides=[1] * n, low=[0] * n, lhs=[1] * n, rhs=[1] * n) | options
    groups = f" {{{{groups = {a['groups']}}}}}" if "groups" in a else ""
    numbers = "window = {window} strides = {strides} low = {low} lhs_dilation = {lhs} rhs_dilation = {rhs}".format(window=window, **a) + groups
    for kind, tol in [("f32", (1e-5, 1e-4)), ("f64", None), ("f16", (4e-3, 4e-3)), ("bf16", (2e-2, 2e-2))]:
        if kind != "f32" and name != "padded":
            continue
        vectors, lines, ((x, xt, xv), (g, gt, gv)) = large(kind, "xg", xs, gs)
        case("weight_gradient", f"of_{name}" if kind == "f32" else f"of_{name}_{kind}", f"conv_weight_gradient {x}, {g} {numbers} : ({xt}, {gt}) -> {{r0}}",
             vectors, to(kind, conv_weight_gradient(xv, gv, window, **a)), tol=tol, before=lines,
             smooth=kind == "f32" and "deep" not in name)

# Channels last: the same, with axes moved.
for name, xs, gs, window, options in WEIGHT_GRADIENTS:
    if name not in ("padded", "strided", "spread", "grouped", "1d", "3d", "deep"):
        continue
    a = dict(strides=[1] * len(window), low=[0] * len(window), lhs=[1] * len(window), rhs=[1] * len(window)) | options
    groups = f"groups = {a['groups']}, " if "groups" in a else ""
    numbers = "window = {window} strides = {strides} low = {low} lhs_dilation = {lhs} rhs_dilation = {rhs}".format(window=window, **a)
    to_last = lambda s: (s[0], *s[2:], s[1])
    vectors, lines, ((x, xt, xv), (g, gt, gv)) = large("f32", "xg", to_last(xs), to_last(gs))
    y = conv_weight_gradient(np.moveaxis(xv, -1, 1), np.moveaxis(gv, -1, 1), window, **a)
    case("weight_gradient", f"of_{name}_last",
         f"conv_weight_gradient {x}, {g} {numbers} {{{{{groups}channels_last = true}}}} : ({xt}, {gt}) -> {{r0}}",
         vectors, to("f32", np.moveaxis(y, 1, -1)), tol=(1e-5, 1e-4), before=lines, smooth="deep" not in name)

# ---- random numbers behind a product: its kernel draws them in its epilogue ------------------------------------------
own = np.random.default_rng(11)


def masked_product(name, kind, op, product, xs, ys, tol, ratio=0.25, perm=None):
    """select(uniform >= ratio, -relu(x * y), 0); seed and step come as two tensors, as in a step of training."""
    vectors, lines, ((x, xt, xv), (y, yt, yv)) = large(kind, "xy", xs, ys)
    result = product(xv, yv)
    shape, (seed, step) = "x".join(map(str, result.shape)), (len(vectors), len(vectors) + 1)
    t, drawn = f"tensor<{shape}x{kind}>", np.array([(philox((i, 0, 3, 6), (5, 0))[0] >> 8) / 2**24 for i in range(result.size)])
    expected = to(kind, np.where(drawn.reshape(result.shape) >= ratio, -np.maximum(result, 0), 0))
    case("random", f"behind_{name}", f"transpose %n perm = {perm} : {t} -> {{r0}}" if perm else "neg %s : {r0}", vectors + [np.array([5]), np.array([6])],
         expected.transpose(perm) if perm else expected, tol=tol, before=f"""{lines}
  %p = dlc.{op.format(x, y)} : ({xt}, {yt}) -> {t}
  %q = dlc.relu %p : {t}
  %z = dlc.constant dense<0.0> : {t}
  %l = dlc.constant dense<{ratio}> : tensor<{shape}xf32>
  %c = dlc.concat %{seed}, %{step} axis = 0 : tensor<1xi64>, tensor<1xi64> -> tensor<2xi64>
  %u = dlc.rng_uniform %c id = 3 : tensor<2xi64> -> tensor<{shape}xf32>
  %k = dlc.compare ge %u, %l : tensor<{shape}xf32> -> tensor<{shape}xi1>
  %s = dlc.select %k, %q, %z : tensor<{shape}xi1>, {t}""" + f"\n  %n = dlc.neg %s : {t}" * bool(perm))


for name, xs, ys, batch, left, right, kind, tol in [
        ("rows", (5, 7), (7, 9), [], 1, 0, "f32", 1e-5), ("vectors", (33, 20), (36, 20), [], 1, 1, "f32", 1e-5),
        ("batch", (3, 8, 6), (3, 8, 4), [0], 1, 1, "f32", 1e-5), ("f64", (4, 3), (3, 5), [], 1, 0, "f64", 1e-12),
        ("f16", (34, 32), (32, 40), [], 1, 0, "f16", 4e-3), ("bf16", (17, 64), (64, 23), [], 1, 0, "bf16", 2e-2),
        ("f16_splits", (16, 512), (512, 16), [], 1, 0, "f16", 4e-3), ("one", (1, 6), (6, 1), [], 1, 0, "f32", 1e-5)]:
    masked_product(name, kind, f"dot_general {{}}, {{}} batch = {batch} x {batch} contract = [{left}] x [{right}]",
                   lambda x, y: np.moveaxis(x, left, -1) @ np.moveaxis(y, right, -2), xs, ys, (tol, tol))
for name, xs, ws, groups in [("conv", (2, 3, 6, 6), (8, 3, 3, 3), 1), ("conv_odd", (1, 2, 5, 4), (3, 2, 3, 3), 1), ("depthwise", (1, 4, 5, 6), (4, 1, 3, 3), 4)]:
    numbers = "strides = [1, 1] low = [1, 1] high = [1, 1] lhs_dilation = [1, 1] rhs_dilation = [1, 1]" + f" {{{{{{{{groups = {groups}}}}}}}}}" * (groups > 1)
    masked_product(name, "f32", "conv {}, {} " + numbers, lambda x, w: conv(x, w, [1, 1], [1, 1], [1, 1], [1, 1], [1, 1], **({"groups": groups} if groups > 1 else {})),
                   xs, ws, (1e-5, 1e-5))
masked_product("splits", "f32", "conv_weight_gradient {}, {} window = [3, 3] strides = [1, 1] low = [1, 1] lhs_dilation = [1, 1] rhs_dilation = [1, 1]",
               lambda x, g: conv_weight_gradient(x, g, [3, 3], [1, 1], [1, 1], [1, 1], [1, 1]), (3, 3, 29, 31), (3, 17, 29, 31), (1e-5, 1e-3))
masked_product("stored_in_order", "f32", "dot_general {}, {} batch = [0] x [0] contract = [2] x [1]", np.matmul, (3, 8, 6), (3, 6, 4), (1e-5, 1e-5), perm=[1, 0, 2])
a, b = (own.integers(-4, 5, (4, 4)).astype(np.float32) for _ in range(2))
case("random", "product_of_few_moves", "add %p, %t : {r0}", [a, b], a @ b + np.maximum(a @ b, 0).T, exact=True,
     before="""%p = dlc.dot_general %0, %1 batch = [] x [] contract = [1] x [0] : ({t0}, {t1}) -> {r0}
  %q = dlc.relu %p : {r0}
  %t = dlc.transpose %q perm = [1, 0] : {r0} -> {r0}""")

# ---- products that are stored among each other, as heads of an attention are: [batch, head, row, n] as [batch, row, head, n] ----
for name, xs, ys, kind, tol, perm in [
        ("f32", (2, 3, 5, 7), (2, 3, 7, 8), "f32", 1e-5, [0, 2, 1, 3]), ("f16", (2, 3, 20, 32), (2, 3, 32, 24), "f16", 4e-3, [0, 2, 1, 3]),
        ("bf16_odd", (3, 2, 17, 24), (3, 2, 24, 9), "bf16", 2e-2, [0, 2, 1, 3]), ("f64", (2, 2, 3, 4), (2, 2, 4, 5), "f64", 1e-12, [2, 0, 1, 3]),
        ("f16_splits", (2, 2, 8, 512), (2, 2, 512, 8), "f16", 4e-3, [0, 2, 1, 3]), ("swapped", (2, 3, 4, 6), (2, 3, 6, 4), "f32", 1e-5, [1, 0, 2, 3]),
        ("swapped_rows", (2, 3, 4, 6), (2, 3, 6, 4), "f32", 1e-5, [1, 2, 0, 3])]:
    vectors, lines, ((x, xt, xv), (y, yt, yv)) = large(kind, "xy", xs, ys)
    result = np.maximum(xv @ yv, 0)
    t = f"tensor<{'x'.join(map(str, result.shape))}x{kind}>"
    case("contraction", f"dot_among_{name}", f"transpose %q perm = {perm} : {t} -> {{r0}}", vectors, to(kind, result.transpose(perm)), tol=(tol, tol), before=f"""{lines}
  %p = dlc.dot_general {x}, {y} batch = [0, 1] x [0, 1] contract = [3] x [2] : ({xt}, {yt}) -> {t}
  %q = dlc.relu %p : {t}""")

x = own.integers(-4, 5, (3, 5)).astype(np.float32) / 4  # a forward model hands its operand on
case("random", "dropout", "dropout {0} ratio = 0.25 seed = 3 id = 1 : {r0}", [x], x, exact=True, smooth=True)

# ---- the same bits as another type ----------------------------------------------------------------------------------
for name, kind, to_type, values in [("f32_i32", "f32", "i32", f32(0, -0.0, 1, -2.5, np.inf, -np.inf, np.nan, 1e-45)),
                                    ("i32_f32", "i32", "f32", np.array([0, 1, -1082130432, 1065353216], np.int32)),
                                    ("f64_i64", "f64", "i64", np.array([0, -1.5, 1e300])), ("i64_f64", "i64", "f64", np.array([0, 1, 2**62])),
                                    ("i8_ui8", "i8", "ui8", np.array([0, -1, 127, -128], np.int8)), ("ui8_i8", "ui8", "i8", np.array([0, 255, 128], np.uint8)),
                                    ("f16_i16", "f16", "i16", np.array([0, -1, 65504, np.inf], np.float16)), ("i16_f16", "i16", "f16", np.array([0, 15360, 1], np.int16))]:
    case("cast", f"bitcast_{name}", "bitcast {0} : {t0} -> {r0}", [values], values.view({v: k for k, v in NAMES.items()}[to_type]), exact=True)

# ---- order ----------------------------------------------------------------------------------------------------------


def ordered(x, keep, descending=False, numbers=None):
    """The first `keep` of each row and where they stood: NumPy's order, where NaN is the greatest; equals in order."""
    v = np.asarray(x.a if isinstance(x, BF16) else x)
    if v.dtype == bool:
        v = v.astype(np.uint8)
    places = np.broadcast_to(np.arange(v.shape[-1]), v.shape)
    index = np.lexsort((-places if descending else places, v), axis=-1) if v.size else np.zeros(v.shape, np.int64)
    index = (np.flip(index, -1) if descending else index)[..., :keep].astype(np.int64)
    values = np.take_along_axis(v, index, -1)
    values = BF16(values) if isinstance(x, BF16) else values.astype(x.dtype)
    return [values, index if numbers is None else np.take_along_axis(numbers, index, -1)]


def sort_case(name, x, keep, descending=False, smooth=False):
    case("sort", f"sort_{name}", f"sort {{0}}{' descending' * descending} : ({{t0}}) -> ({{r0}}, {{r1}})", [x], ordered(x, keep, descending),
         smooth=smooth, exact=True)


ORDERS = np.array([[3, -1, NAN, 0.0, -0.0, INF, 3, -INF, 2.5], [NAN, NAN, 1, 1, -0.0, 0.0, 7, -7, 1e-40]])
for kind in ["f64", "f32", "f16", "bf16"]:
    sort_case(f"{kind}_up", to(kind, ORDERS), 9)
    sort_case(f"{kind}_down", to(kind, ORDERS), 6, True)
for kind in ["i8", "i16", "i32", "i64", "ui8", "ui16", "ui32", "ui64"]:
    info = np.iinfo({v: k for k, v in NAMES.items()}[kind])
    x = np.array([5, info.max, info.min, 5, 1, 0, info.max, info.max // 2, info.min, 5, 2], info.dtype)
    sort_case(f"{kind}_up", x, 11)
    sort_case(f"{kind}_down", x, 4, True)
sort_case("bool_down", np.array([[False, True, True], [True, False, True]]), 3, True)
sort_case("one", f32(4.5).reshape(1, 1), 1)
sort_case("none_wanted", f32(1, 2, 3), 0)
sort_case("no_rows", np.zeros((0, 3), np.float32), 2)
sort_case("empty_rows", np.zeros((2, 0), np.float32), 0)
sort_case("rank3", rng.integers(-9, 9, (2, 3, 11)).astype(np.float32), 5, True)
sort_case("equal", np.full((2, 37), 2.0, np.float32), 37, True)
sort_case("odd", rng.permutation(201).astype(np.float32), 201)
sort_case("gradient", np.array([[0.3, -0.7, 1.2, 0.9, -2.0], [5.0, 4.0, 1.0, 2.0, 3.0]]), 3, True, smooth=True)
x, given = rng.integers(0, 5, (2, 13)).astype(np.int32), np.arange(26, dtype=np.int64)[::-1].reshape(2, 13)
case("sort", "sort_numbers", "sort {0} numbers {1} : ({t0}, {t1}) -> ({r0}, {r1})", [x, given], ordered(x, 8, numbers=given))
x = rng.integers(0, 20, (2, 23)).astype(np.int32)
for name, stretch, keep in [("whole", 23, 23), ("few", 7, 3), ("all", 5, 0), ("long", 100, 4)]:
    kept = keep or stretch
    parts = [ordered(x[:, at:at + stretch], kept) for at in range(0, 23, stretch)]
    expected = [np.concatenate([p[0] for p in parts], 1), np.concatenate([p[1] + i * stretch for i, p in enumerate(parts)], 1)]
    case("sort", f"sort_stretch_{name}", f"sort {{0}} {{{{keep = {keep} : i64, stretch = {stretch} : i64}}}} : ({{t0}}) -> ({{r0}}, {{r1}})", [x], expected)
for name, sizes, keep, down in [("merge", (4, 4, 3), 11, False), ("merge_few", (4, 4, 4, 2), 3, True)]:
    runs = [np.sort(rng.integers(0, 9, n))[::-1 if down else 1].astype(np.int32) for n in sizes]
    x = np.concatenate(runs)[None]
    stretches = [x[:, at:at + 8] for at in range(0, x.shape[1], 8)]
    parts = [ordered(part, keep, down) for part in stretches]
    expected = [np.concatenate([p[0] for p in parts], 1), np.concatenate([p[1] + 8 * i for i, p in enumerate(parts)], 1)]
    case("sort", f"sort_{name}", f"sort {{0}}{' descending' * down} {{{{keep = {keep} : i64, run = 4 : i64, stretch = 8 : i64}}}} : ({{t0}}) -> ({{r0}}, {{r1}})",
         [x], expected)
# Rows that no block holds: picked in pieces, merged, and of 64 bits.
for name, rows, size, modulus, keep, kind, down in [("picked", 2, 5000, 997, 30, "f32", True), ("picked_twice", 1, 5000, 4999, 900, "f32", False),
                                                    ("merged", 2, 5003, 4001, 1100, "i32", True), ("merged_whole", 1, 4500, 8191, 1500, "f64", False),
                                                    ("merged_few", 1, 9000, 5, 1200, "i64", True), ("exact", 1, 4096, 8191, 1025, "f16", False)]:
    x = to(kind, (np.arange(rows * size, dtype=np.int64) * 7919 % modulus).reshape(rows, size))
    shape = f"{rows}x{size}"
    lines = [f"%i = dlc.iota axis = 0 : tensor<{rows * size}xi64>"]
    for var, value in [("a", 7919), ("m", modulus)]:
        lines += [f"%s{var} = dlc.constant dense<{value}> : tensor<i64>", f"%{var} = dlc.broadcast %s{var} dims = [] : tensor<i64> -> tensor<{rows * size}xi64>"]
    lines += [f"%p = dlc.mul %i, %a : tensor<{rows * size}xi64>", f"%q = dlc.rem %p, %m : tensor<{rows * size}xi64>",
              f"%c = dlc.cast %q : tensor<{rows * size}xi64> -> tensor<{rows * size}x{kind}>" if kind != "i64" else "",
              f"%x = dlc.reshape %{'q' if kind == 'i64' else 'c'} : tensor<{rows * size}x{kind}> -> tensor<{shape}x{kind}>"]
    case("sort", f"sort_{name}", f"sort %x{' descending' * down} : (tensor<{shape}x{kind}>) -> ({{r0}}, {{r1}})", [], ordered(x, keep, down), exact=True,
         before="\n  ".join(line for line in lines if line))


def suppressed(boxes, order, count, limit, most, places):
    taken = np.full(order.shape[:2] + (places,), -1, np.int64)
    for b, c in np.ndindex(*count.shape):
        have = []
        for number in order[b, c, :count[b, c]]:
            if len(have) == max(min(most, places), 0):
                break
            y0, x0, y1, x1 = boxes[b, number]
            area = (y1 - y0) * (x1 - x0)

            def over(other):
                v0, u0, v1, u1 = boxes[b, other]
                common = max(min(y1, v1) - max(y0, v0), np.float32(0)) * max(min(x1, u1) - max(x0, u0), np.float32(0))
                size = (v1 - v0) * (u1 - u0)
                return area > 0 and size > 0 and common > 0 and common / (size + area - common) > limit
            if not any(over(other) for other in have):
                have.append(number)
        taken[b, c, :len(have)] = have
    return taken


SUPPRESS = "suppress {0} order {1}, {2} limit {3} most {4} : ({t0}, {t1}, {t2}, {t3}, {t4}) -> {r0}"
for name, batch, classes, n, limit, most, places in [("plain", 1, 1, 6, 0.5, 6, 6), ("classes", 2, 3, 13, 0.3, 9, 5), ("most", 1, 2, 13, 0.4, 3, 13),
                                                     ("never", 1, 2, 9, 0.2, 0, 4), ("many", 1, 1, 60, 0.1, 60, 60), ("one", 1, 1, 1, 0.5, 1, 1),
                                                     ("no_boxes", 1, 2, 0, 0.5, 3, 2), ("no_places", 1, 1, 4, 0.5, 3, 0), ("below", 1, 1, 7, 0.5, -2, 3)]:
    low = rng.random((batch, n, 2)).astype(np.float32)
    boxes = np.concatenate([low, low + rng.random((batch, n, 2)).astype(np.float32) * np.float32(0.6)], 2)
    if n > 8:
        boxes[:, 4] = boxes[:, 2]  # the same twice
        boxes[:, 5, 2:] = boxes[:, 5, :2]  # without area
    order = np.argsort(rng.random((batch, classes, n)), axis=-1).astype(np.int64)
    count = rng.integers(0, n + 1, (batch, classes)).astype(np.int64) if n > 1 else np.full((batch, classes), n, np.int64)
    case("sort", f"suppress_{name}", SUPPRESS, [boxes, order, count, np.asarray(np.float32(limit)), np.asarray(np.int64(most))],
         suppressed(boxes, order, count, np.float32(limit), most, places))

# ---- codes: floats of 8 and 4 bits, integers of 4 and 2 -----------------------------------------------------------

FLOAT8 = {"f8E4M3FN": ml_dtypes.float8_e4m3fn, "f8E5M2": ml_dtypes.float8_e5m2, "f8E4M3FNUZ": ml_dtypes.float8_e4m3fnuz,
          "f8E5M2FNUZ": ml_dtypes.float8_e5m2fnuz}
SMALL_INTS = {"i4": (ml_dtypes.int4, -8, 7), "ui4": (ml_dtypes.uint4, 0, 15), "i2": (ml_dtypes.int2, -2, 1), "ui2": (ml_dtypes.uint2, 0, 3)}


def in_code(code, name, op, inputs, expected, lines, **more):
    """`lines` make %c of that code; `op` reads it."""
    case("codes", f"{name}_{code}", op.format("%c", c=code), inputs, expected, exact=True, before="\n  ".join(lines), **more)


all_codes = np.arange(256, dtype=np.uint8)
for code, kind in [*FLOAT8.items(), ("f8E8M0FNU", ml_dtypes.float8_e8m0fnu)]:
    in_code(code, "decode", "cast {0} : tensor<256x{c}> -> {{r0}}", [all_codes], all_codes.view(kind).astype(np.float32),
            [f"%c = dlc.bitcast %0 : {{t0}} -> tensor<256x{code}>"])
for code, kind in FLOAT8.items():
    numbers = np.unique(all_codes.view(kind).astype(np.float64))
    numbers = numbers[np.isfinite(numbers)]
    between = (numbers[1:] + numbers[:-1]) / 2
    with np.errstate(over="ignore"):
        for source, narrow in [("f32", np.float32), ("f16", np.float16), ("f64", np.float64)]:
            x = np.concatenate([numbers, between, between * (1 + 2.0**-9), between * (1 - 2.0**-9), [1e-9, -1e-9, 1e6, -1e6, INF, -INF, NAN, -0.0]])
            x = x.astype(narrow)[::9 if source == "f64" else 1]
            size = 1000 // x.itemsize  # what a constant may hold
            for part in range(0, len(x), size):
                some = x[part:part + size]
                in_code(code, f"encode_{source}_{part}", "bitcast {0} : tensor<%dx{c}> -> {{r0}}" % len(some), [some],
                        some.astype(np.float32).astype(kind).view(np.uint8), [f"%c = dlc.cast %0 : {{t0}} -> tensor<{len(some)}x{code}>"])
    a, b = (np.array(v, np.float32).astype(kind) for v in ([0.5, -1.25, 3, 0.0078125, 12, -0.875, 1.75, 6], [0.25, 2, -3, 0.0625, 20, 0.5, -1.75, 0.375]))
    wide = [v.astype(np.float32) for v in (a, b)]
    read = [f"%a = dlc.bitcast %0 : {{t0}} -> tensor<8x{code}>", f"%b = dlc.bitcast %1 : {{t1}} -> tensor<8x{code}>"]
    stored = [a.view(np.uint8), b.view(np.uint8)]
    for op, fn in {"add": np.add, "mul": np.multiply, "max": np.maximum, "min": np.minimum}.items():
        in_code(code, op, "bitcast {0} : tensor<8x{c}> -> {{r0}}", stored, fn(*wide).astype(kind).view(np.uint8),
                [*read, f"%c = dlc.{op} %a, %b : tensor<8x{code}>"])
    in_code(code, "relu", "bitcast {0} : tensor<8x{c}> -> {{r0}}", stored[:1], np.maximum(wide[0], 0).astype(kind).view(np.uint8),
            [read[0], f"%c = dlc.relu %a : tensor<8x{code}>"])
    in_code(code, "less", "cast {0} : tensor<8xi1> -> {{r0}}", stored, (wide[0] < wide[1]).astype(np.int32),
            [*read, f"%c = dlc.compare lt %a, %b : tensor<8x{code}> -> tensor<8xi1>"])
    in_code(code, "transpose", "bitcast {0} : tensor<4x2x{c}> -> {{r0}}", [stored[0].reshape(2, 4)], stored[0].reshape(2, 4).T.copy(),
            [f"%a = dlc.bitcast %0 : {{t0}} -> tensor<2x4x{code}>", f"%c = dlc.transpose %a perm = [1, 0] : tensor<2x4x{code}> -> tensor<4x2x{code}>"])
    in_code(code, "concat", "bitcast {0} : tensor<16x{c}> -> {{r0}}", stored, np.concatenate(stored),
            [*read, f"%c = dlc.concat %a, %b axis = 0 : tensor<8x{code}>, tensor<8x{code}> -> tensor<16x{code}>"])
half_steps = np.array([-6, -5, -3.5, -2.5, -1.75, -1.25, -0.75, -0.25, 0, 0.2, 0.25, 0.3, 0.75, 1.25, 1.75, 2.5, 3.5, 5, 6, 7, 100, -100], np.float32)
in_code("f4E2M1FN", "round", "cast {0} : tensor<22x{c}> -> {{r0}}", [half_steps], half_steps.astype(ml_dtypes.float4_e2m1fn).astype(np.float32),
        ["%c = dlc.cast %0 : {t0} -> tensor<22xf4E2M1FN>"])
for code, (kind, low, high) in SMALL_INTS.items():
    x = np.arange(-128, 128, dtype=np.int8)
    held = low + (x.astype(np.int64) - low) % (high - low + 1)
    in_code(code, "wrap", "cast {0} : tensor<256x{c}> -> {{r0}}", [x], held.astype(np.int32), [f"%c = dlc.cast %0 : {{t0}} -> tensor<256x{code}>"])
    in_code(code, "to_float", "cast {0} : tensor<256x{c}> -> {{r0}}", [x], held.astype(np.float32), [f"%c = dlc.cast %0 : {{t0}} -> tensor<256x{code}>"])
    f = np.array([0, 0.9, -0.9, 1.5, -1.5, 2.5, 7.4, 8, -8.9, -9, 15.7, 16, 100, -100], np.float32)
    in_code(code, "from_float", "cast {0} : tensor<14x{c}> -> {{r0}}", [f], np.clip(np.trunc(f), low, high).astype(np.int32),
            [f"%c = dlc.cast %0 : {{t0}} -> tensor<14x{code}>"])
    values = np.arange(low, high + 1).astype(np.int8)
    n = len(values)
    turned = [f"%a = dlc.cast %0 : {{t0}} -> tensor<{n}x{code}>", f"%c = dlc.slice %a start = [{n - 1}] stride = [-1] : tensor<{n}x{code}> -> tensor<{n}x{code}>"]
    in_code(code, "reversed", f"cast {{0}} : tensor<{n}x{{c}}> -> {{{{r0}}}}", [values], values[::-1].astype(np.int32), turned)

import loops, undone  # noqa: E402, F401  their tests come behind these: they share their random numbers

with np.errstate(all="ignore"):
    for family, functions in tests.items():
        header = "// Written by generate.py; the values are NumPy's.\n// RUN: dlc-opt %s --verify-roundtrip -o %t\n\n"
        (HERE / f"{family}.mlir").write_text(header + "\n\n".join(functions) + "\n")
    print(f"{sum(map(len, tests.values()))} tests in {len(tests)} files")
