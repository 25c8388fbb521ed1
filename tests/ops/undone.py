"""Tests of what gradients undo windows and sorts with. generate.py imports this last."""

import numpy as np
from cases import WINDOWS, case, rng, to, windows

# ---- windows: where their extremes are, and what they give back ----------------------------------------------------------


def spread(x, shape, window, strides, dilation, low, high, places=None):
    """Each window's element added to its places in a tensor of `shape`, or to one of them alone."""
    result = np.zeros(shape, np.float64)
    for o in np.ndindex(*x.shape):
        for n, k in enumerate(np.ndindex(*window)):
            at = tuple(i * s + j * d - l for i, s, j, d, l in zip(o, strides, k, dilation, low))
            if all(0 <= a < size for a, size in zip(at, shape)) and (places is None or places[o] == n):
                result[at] += x[o]
    return result.astype(np.float32)


MORE = [("cube", (1, 1, 5, 7, 5), [1, 1, 3, 3, 3], [1, 1, 2, 2, 2], [1] * 5, [0] * 5, [0] * 5),
        ("cube_padded", (2, 4, 5, 3), [1, 3, 3, 3], [1, 2, 2, 1], [1] * 4, [0, 1, 1, 1], [0, 1, 1, 1]),
        ("stride_over_window", (11, 3), [2, 1], [5, 2], [1, 1], [1, 0], [0, 0]), ("one", (1, 1), [1, 1], [1, 1], [1, 1], [0, 0], [0, 0]),
        ("dilated_stride", (13, 4), [3, 2], [2, 3], [3, 2], [2, 0], [3, 1]), ("even_dilation", (12,), [3], [4], [2], [1], [2]),
        ("short", (2, 3), [4, 1], [1, 1], [1, 1], [3, 0], [3, 0]), ("padded_ones", (3,), [1], [1], [1], [2], [1])]
TEXT = "window = {} strides = {} dilation = {} low = {} high = {}"
for name, shape, *a in WINDOWS + MORE:
    x, attrs = (rng.permutation(np.prod(shape)).reshape(shape) / 4 - 3).astype(np.float32), TEXT.format(*a)
    for kind, outside, pick, best in [("max", -np.inf, np.argmax, np.max), ("min", np.inf, np.argmin, np.min)]:
        cut = windows(x, *a, outside)
        empty = windows(np.ones(shape, np.float32), *a, 0).max(-1) == 0
        place = np.where(empty, -1, pick(cut, -1)).astype(np.int8)
        case("window", f"arg_window_{kind}_{name}", f"arg_window {kind} {{0}} {attrs} : {{t0}} -> {{r0}}, {{r1}}", [x],
             [best(cut, -1), place], smooth=not empty.any(), exact=True)
    g = rng.integers(-9, 9, place.shape).astype(np.float32)
    case("window", f"spread_window_{name}", f"spread_window {{0}} {attrs} : ({{t0}}) -> {{r0}}", [g], spread(g, shape, *a), smooth=True)
    case("window", f"spread_window_at_{name}", f"spread_window {{0}} at {{1}} {attrs} : ({{t0}}, {{t1}}) -> {{r0}}", [g, place],
         spread(g, shape, *a, place), smooth=True)
# Equal elements, NaN and infinities: the gradient goes to the first, as PyTorch's does. Positions beyond 127 are i32.
x = rng.integers(0, 2, (1, 2, 5, 5)).astype(np.float32)
x[0, 0, 2, 2], x[0, 1, 3, 3], x[0, 1, 3, 4], x[0, 1, :3, :2] = np.nan, np.nan, np.nan, -np.inf
a = ([1, 1, 3, 3], [1, 1, 2, 2], [1] * 4, [0, 0, 1, 1], [0, 0, 1, 1])
cut = windows(x, *a, -np.inf)
inside = windows(np.ones_like(x), *a, 0) == 1
place = np.array([[np.argmax(c) if np.isnan(c).any() or c.max() > -np.inf else np.argmax(i)] for c, i in zip(cut.reshape(-1, 9), inside.reshape(-1, 9))])
place = place.reshape(cut.shape[:-1]).astype(np.int8)
case("window", "arg_window_special", f"arg_window max {{0}} {TEXT.format(*a)} : {{t0}} -> {{r0}}, {{r1}}", [x], [cut.max(-1), place], exact=True)
x, a = rng.integers(0, 9, (13, 12)).astype(np.float32), ([12, 11], [1, 1], [1, 1], [0, 0], [0, 0])
place = np.argmax(windows(x, *a, 0), -1).astype(np.int32)
case("window", "arg_window_wide", f"arg_window max {{0}} {TEXT.format(*a)} : {{t0}} -> {{r0}}, {{r1}}", [x], [windows(x, *a, 0).max(-1), place], exact=True)
g = rng.integers(-9, 9, place.shape).astype(np.float32)
case("window", "spread_window_wide", f"spread_window {{0}} at {{1}} {TEXT.format(*a)} : ({{t0}}, {{t1}}) -> {{r0}}", [g, place], spread(g, x.shape, *a, place))
for kind in ["i32", "ui8", "f16", "bf16", "f64"]:
    x = to(kind, np.array([[3, 5, 5, 1], [7, 7, 0, 2], [200, 4, 1, 1]]))
    raw = np.asarray(x.a if kind == "bf16" else x)
    a = ([2, 2], [1, 2], [1, 1], [0, 0], [0, 0])
    cut = windows(raw, *a, 0)
    value, place = to(kind, cut.min(-1)), np.argmin(cut, -1).astype(np.int8)
    case("window", f"arg_window_{kind}", f"arg_window min {{0}} {TEXT.format(*a)} : {{t0}} -> {{r0}}, {{r1}}", [x], [value, place], exact=True)
    if kind[0] in "fb":
        case("window", f"spread_window_{kind}", f"spread_window {{0}} at {{1}} {TEXT.format(*a)} : ({{t0}}, {{t1}}) -> {{r0}}", [value, place],
             to(kind, spread(np.asarray(value.a if kind == "bf16" else value), raw.shape, *a, place)), exact=True)

# ---- a sort undone ------------------------------------------------------------------------------------------------------


def scatter_case(name, x, index, length, smooth=False):
    raw = np.asarray(x.a if hasattr(x, "a") else x)
    result = np.zeros(raw.shape[:-1] + (length,), raw.dtype)
    for at in np.ndindex(*raw.shape):
        if 0 <= index[at] < length:
            result[at[:-1] + (index[at],)] = raw[at]
    result = type(x)(result) if hasattr(x, "a") else result
    case("sort", f"scatter_{name}", "scatter {0} at {1} : ({t0}, {t1}) -> {r0}", [x, index], result, smooth=smooth, exact=True)


def unique(rows, given, length):
    return np.stack([rng.permutation(length)[:given] for _ in range(rows)]).astype(np.int64)


for kind in ["f16", "bf16", "f32", "f64", "i8", "ui32", "i64"]:
    scatter_case(kind, to(kind, rng.integers(1, 99, (3, 4))), unique(3, 4, 9), 9, smooth=kind == "f32")
scatter_case("bool", np.array([[True, True]]), np.array([[2, 0]]), 3)
scatter_case("outside", rng.uniform(-1, 1, (2, 3)).astype(np.float32), np.array([[0, -1, 5], [4, 1 << 40, -(1 << 40)]]), 5, smooth=True)
scatter_case("all", rng.uniform(-1, 1, (2, 1, 50)).astype(np.float32), unique(2, 50, 50).reshape(2, 1, 50), 50, smooth=True)
scatter_case("none", np.zeros((2, 0), np.float32), np.zeros((2, 0), np.int64), 3)
scatter_case("empty", np.zeros((2, 0), np.float32), np.zeros((2, 0), np.int64), 0)
scatter_case("no_rows", np.zeros((0, 2), np.float32), np.zeros((0, 2), np.int64), 5)
# Long rows are filled in stretches.
x, index = np.arange(1, 7, dtype=np.float32).reshape(2, 3), np.array([[140000, 65535, 65536], [0, 131071, 131072]])
sums = np.zeros((2, 5), np.float32)
for r, j in np.ndindex(2, 3):
    sums[r, index[r, j] % 5] += x[r, j]
case("sort", "scatter_long", "reduce sum %s dims = [1] : tensor<2x28001x5xf32> -> {r0}", [x, index], sums, exact=True,
     before="%c = dlc.scatter %0 at %1 : ({t0}, {t1}) -> tensor<2x140005xf32>\n  %s = dlc.reshape %c : tensor<2x140005xf32> -> tensor<2x28001x5xf32>")
x = rng.permutation(240).reshape(2, 120).astype(np.float32)
case("sort", "sort_gradient_long", "sort {0} descending : ({t0}) -> ({r0}, {r1})", [x],
     [-np.sort(-x, -1)[:, :110], np.argsort(-x, -1)[:, :110]], smooth=True, exact=True)
