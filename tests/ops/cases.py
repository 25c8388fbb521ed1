"""What generate.py writes tests with: types and values as text, and the list of tests."""

import math

import numpy as np

NAMES = {"float64": "f64", "float32": "f32", "float16": "f16", "int8": "i8", "int16": "i16", "int32": "i32",
         "int64": "i64", "uint8": "ui8", "uint16": "ui16", "uint32": "ui32", "uint64": "ui64", "bool": "i1"}
INF, NAN = math.inf, math.nan


class BF16:
    """An array of f32 values that are bf16 values, rounded to nearest even."""

    def __init__(self, values):
        bits = np.asarray(values, np.float32).view(np.uint32).astype(np.uint64)
        rounded = ((bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000).astype(np.uint32)
        self.a = np.where(np.isnan(values), np.float32(NAN), rounded.view(np.float32))
        self.shape = self.a.shape

    def astype(self, dtype):
        return self.a.astype(dtype)


def f32(*v):
    return np.array(v, np.float32)


def element(a):
    return "bf16" if isinstance(a, BF16) else NAMES[str(a.dtype)]


def type_of(a):
    return "tensor<" + "".join(f"{n}x" for n in a.shape) + element(a) + ">"


def text(v, kind):
    if kind == "i1":
        return "true" if v else "false"
    if kind[0] in "iu":
        return str(int(v))
    v = float(v)
    if not math.isfinite(v):
        sign = math.copysign(1, v) < 0 and not math.isnan(v)
        bits = {"f64": (0x7FF0 << 48, 1 << 51, 63, 16), "f32": (0x7F800000, 1 << 22, 31, 8),
                "f16": (0x7C00, 1 << 9, 15, 4), "bf16": (0x7F80, 1 << 6, 15, 4)}[kind]
        return f"0x{bits[0] | (bits[1] if math.isnan(v) else 0) | (sign << bits[2]):0{bits[3]}X}"
    out = f"{v:.{dict(f64=17, f32=9, f16=6, bf16=6)[kind]}g}"
    if "e" in out:
        mantissa, exponent = out.split("e")
        return f"{mantissa if '.' in mantissa else mantissa + '.0'}e{exponent}"
    return out if "." in out else out + ".0"


def dense(a):
    kind, values = element(a), a.a if isinstance(a, BF16) else a

    def nest(x):
        return text(x, kind) if x.ndim == 0 else "[" + ", ".join(nest(y) for y in x) + "]"

    if 0 in a.shape:
        return f"dense<> : {type_of(a)}"
    first = values.reshape(-1)[0]
    splat = values.size > 1 and values.tobytes() == np.full_like(values, first).tobytes()
    return f"dense<{text(first, kind) if splat else nest(values)}> : {type_of(a)}"


TOLERANCE = {"f64": (1e-12, 1e-14), "f32": (2e-6, 1e-7), "f16": (2e-3, 1e-5), "bf16": (1e-2, 1e-5)}
tests = {}


def case(family, name, op, inputs, expected, smooth=False, exact=False, tol=None, before=""):
    """`op` is the operator's text: {0}, {1} are operands, {t0}, {t1} their types, {r0}, {r1} the results' types.
    `before` is text between the inputs and the operator."""
    expected = expected if isinstance(expected, (list, tuple)) else [expected]
    lines = [f"func.func @{name}(){' attributes {smooth}' if smooth else ''} {{"]
    fields = {}
    for i, a in enumerate(inputs):
        fields[f"t{i}"] = type_of(a)
        lines.append(f"  %{i} = dlc.constant {dense(a)}")
    fields |= {f"r{i}": type_of(e) for i, e in enumerate(expected)}
    if before:
        lines.append("  " + before.format(**fields))
    lines.append(f"  %r{f':{len(expected)}' if len(expected) > 1 else ''} = dlc." +
                 op.format(*(f"%{i}" for i in range(len(inputs))), **fields))
    for i, e in enumerate(expected):
        result = f"%r#{i}" if len(expected) > 1 else "%r"
        rtol, atol = (0, 0) if exact or element(e)[0] in "iu" else tol or TOLERANCE[element(e)]
        attrs = f" {{rtol = {text(rtol, 'f64')}, atol = {text(atol, 'f64')}}}"
        lines.append(f"  dlc.check_close {result}, {dense(e)}{attrs} : {type_of(e)}")
    tests.setdefault(family, []).append("\n".join(lines + ["  return", "}"]))


def to(kind, values):
    if kind == "bf16":
        return BF16(values)
    return np.asarray(values).astype({v: k for k, v in NAMES.items()}[kind])


rng = np.random.default_rng(0)


def pad(x, value, low, high, interior):
    for axis in range(x.ndim):
        x = np.moveaxis(x, axis, 0)
        n = len(x)
        spread = np.full(((n - 1) * (interior[axis] + 1) + 1 if n else 0,) + x.shape[1:], value, x.dtype)
        if n:
            spread[::interior[axis] + 1] = x
        def cut(a, count, front):
            extra = np.full((max(count, 0),) + a.shape[1:], value, a.dtype)
            a = a[-count:] if front and count < 0 else a[:len(a) + count] if count < 0 else a
            return np.concatenate([extra, a] if front else [a, extra])
        x = np.moveaxis(cut(cut(spread, high[axis], False), low[axis], True), 0, axis)
    return x.copy()


def windows(x, window, strides, dilation, low, high, outside):
    x = pad(x, outside, [max(v, 0) for v in low], [max(v, 0) for v in high], [0] * x.ndim)
    x = x[tuple(slice(-min(l, 0), x.shape[i] + min(h, 0)) for i, (l, h) in enumerate(zip(low, high)))]
    out = [max(0, (n - d * (w - 1) - 1) // s + 1) for n, w, s, d in zip(x.shape, window, strides, dilation)]
    result = np.zeros(out + [math.prod(window)], x.dtype)
    for o in np.ndindex(*out):
        result[o] = [x[tuple(i * s + k * d for i, s, k, d in zip(o, strides, at, dilation))] for at in np.ndindex(*window)]
    return result


WINDOWS = [("pool", (1, 2, 4, 6), [1, 1, 2, 2], [1, 1, 2, 2], [1] * 4, [0] * 4, [0] * 4),
           ("overlap", (7, 5), [3, 3], [2, 1], [1, 1], [1, 1], [1, 1]), ("dilated", (9,), [3], [1], [2], [1], [2]),
           ("ragged", (8,), [3], [3], [1], [0], [0]), ("negative", (8,), [2], [2], [1], [-1], [-1]),
           ("uneven", (5, 6), [2, 3], [2, 2], [1, 1], [0, 2], [1, 0]), ("big", (1, 9, 9), [1, 7, 7], [1, 1, 1], [1] * 3, [0, 3, 3], [0, 3, 3])]
