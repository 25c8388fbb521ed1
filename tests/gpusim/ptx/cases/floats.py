"""f32, f64, f16x2 and bf16x2 arithmetic: exact fractions rounded once. Approximations: f64 within the ISA's error."""
import math

from . import emit
from .numbers import (FORMATS, INF, NAN, NINF, add, decode, divide, edges, encode, f32_bits, flush, multiply, negate,
                      negative, randoms, square_root, to_float)

ROUNDINGS = ("rn", "rz", "rm", "rp")


def operands(name, count, arity, seed):
    """Edges against each other, and random numbers far and near."""
    edge = edges(name)
    out = [[] for _ in range(arity)]
    for i in range(len(edge) * 3):
        for j in range(arity):
            out[j].append(edge[(i * (1, 7, 11)[j] + i // len(edge) * (j + 3)) % len(edge)])
    for j in range(arity):
        out[j] += randoms(name, count, f"{seed} {j}") + randoms(name, count, f"{seed} near {j}", near=True)
    length = len(out[0]) // 32 * 32
    return [column[:length] for column in out]


def saturate(bits, name):
    value = decode(bits, name)
    if value in (NAN, NINF) or (value != INF and (value <= 0)):
        return 0
    one = encode(1, name)
    return one if value == INF or value > 1 else bits


def arithmetic(group, name, op, rounding, ftz=False, sat=False, relu=False):
    """One instruction over its edges. Packed types carry the same operation in both halves."""
    arity = {"add": 2, "sub": 2, "mul": 2, "fma": 3, "div": 2, "rcp": 1, "sqrt": 1}[op]
    columns = operands(name, 64, arity, f"{op} {rounding}")
    expected = []
    for bits in zip(*columns):
        if ftz:
            bits = [flush(b, name) for b in bits]
        v = [decode(b, name) for b in bits]
        if op == "sqrt":
            result = square_root(v[0], name, rounding)
        else:
            value = {"add": lambda: add(v[0], v[1], rounding), "sub": lambda: add(v[0], negate(v[1]), rounding),
                     "mul": lambda: multiply(v[0], v[1]),
                     "fma": lambda: add(multiply(v[0], v[1]), v[2], rounding),
                     "div": lambda: divide(v[0], v[1]), "rcp": lambda: divide(decode(encode(1, name), name), v[0])}[op]()
            result = encode(value, name, rounding)
        if ftz:
            result = flush(result, name)
        if sat:
            result = saturate(result, name)
        if relu and decode(result, name) != NAN and result >> (sum(FORMATS[name][:2])):
            result = 0
        expected.append(result)
    letters = "abc"[:arity]
    flags = ("" if rounding is None else f".{rounding}") + (".ftz" if ftz else "") + (".sat" if sat else "") + \
            (".relu" if relu else "")
    label = f"{op}{flags}_{name}".replace(".", "_")
    if name in ("f32", "f64"):
        text = f"{op}{flags}.{name} {{d}}, " + ", ".join("{" + l + "}" for l in letters) + ";"
        group.add(emit.elementwise(label, text, [(name, c) for c in columns], name, expected))
        return
    # Two at a time: value i with value i + 16.
    packed = [[c[i] | c[i ^ 16] << 16 for i in range(len(c))] for c in columns]
    both = [expected[i] | expected[i ^ 16] << 16 for i in range(len(expected))]
    text = f"{op}{flags}.{name}x2 {{d}}, " + ", ".join("{" + l + "}" for l in letters) + ";"
    case = emit.elementwise(label + "x2", text, [("u32", c) for c in packed], "u32", both)
    head, _, values = case.buffers[-1]  # compared by halves: NaN is NaN
    case.buffers[-1] = (head.replace("u32", name), name, [h for w in values for h in (w & 0xFFFF, w >> 16)])
    group.add(case)


def minmax(group, name, op, nan=False, ftz=False, xorsign=False):
    a, b = operands(name, 64, 2, op)
    expected = []
    for x, y in zip(a, b):
        if ftz:
            x, y = flush(x, name), flush(y, name)
        top = sum(FORMATS[name][:2])
        sign = (x ^ y) >> top & 1
        if xorsign:
            x, y = x & ~(1 << top), y & ~(1 << top)
        vx, vy = decode(x, name), decode(y, name)
        quiet = (1 << top) - 1
        if vx == NAN or vy == NAN:
            result = quiet if nan or (vx == NAN and vy == NAN) else (y if vx == NAN else x)
        else:
            order = lambda bits: -(bits & ((1 << top) - 1)) - (bits >> top) if bits >> top else bits  # -0 below +0
            pick_x = order(x) < order(y) if op == "min" else order(x) > order(y)
            result = x if pick_x else y
        if xorsign and decode(result, name) != NAN:
            result |= sign << top
        expected.append(result)
    flags = (".ftz" if ftz else "") + (".NaN" if nan else "") + (".xorsign.abs" if xorsign else "")
    text = f"{op}{flags}.{name} {{d}}, {{a}}, {{b}};"
    group.add(emit.elementwise(f"{op}{flags}_{name}".replace(".", "_"), text, [(name, a), (name, b)], name, expected))


def unary(group, name, op, function, ftz=False):
    column = [b for b in operands(name, 32, 1, op)[0] if decode(b, name) != NAN]
    column = column[:len(column) // 32 * 32]
    expected = [function(flush(b, name) if ftz else b) for b in column]
    text = f"{op}{'.ftz' if ftz else ''}.{name} {{d}}, {{a}};"
    group.add(emit.elementwise(f"{op}{'_ftz' if ftz else ''}_{name}", text, [(name, column)], name, expected))


def approximation(group, op, exact, tolerance, domain, ftz=False, name="f32", flags="approx", more=()):
    """tolerance: (ulps, absolute, relative) as the ISA documents it."""
    values = [b for b in edges(name) + randoms(name, 160, op) + randoms(name, 160, op + " near", near=True)]
    values = [b for b in values + list(more) if domain(decode(b, name))]
    values = values[:len(values) // 32 * 32]
    expected = []
    for bits in values:
        value = decode(flush(bits, name) if ftz else bits, name)
        result = exact(value)
        result = encode(result if isinstance(result, str) else decode_float(result), name)
        expected.append(flush(result, name) if ftz else result)
    text = f"{op}.{flags}{'.ftz' if ftz else ''}.{name} {{d}}, {{a}};"
    group.add(emit.elementwise(f"{op}_{flags}{'_ftz' if ftz else ''}_{name}".replace(".", "_"), text, [(name, values)], name,
                               expected, tolerance))


def decode_float(x):
    return NAN if math.isnan(x) else INF if x == math.inf else NINF if x == -math.inf else decode(
        int.from_bytes(__import__("struct").pack("<d", x), "little"), "f64")


def real(function, at_infinity=NAN, at_minus_infinity=NAN, at_zero=None, below_zero=None):
    def run(v):
        if v == NAN:
            return NAN
        if v == INF:
            return at_infinity
        if v == NINF:
            return at_minus_infinity
        if v == 0 and at_zero is not None:
            return at_zero(negative(v)) if callable(at_zero) else at_zero
        if v < 0 and below_zero is not None:
            return below_zero
        try:
            return function(float(v))
        except OverflowError:
            return INF
    return run


def everywhere(v):
    return True


def groups():
    g = emit.Group("floats", 80)
    for op in ("add", "sub", "mul", "fma", "div"):
        for rounding in ROUNDINGS:
            arithmetic(g, "f32", op, rounding)
            arithmetic(g, "f64", op, rounding)
        arithmetic(g, "f32", op, "rn", ftz=True)
        if op != "div":
            arithmetic(g, "f32", op, "rz", ftz=True)
            arithmetic(g, "f32", op, "rn", sat=True)
    for op in ("rcp", "sqrt"):
        for rounding in ROUNDINGS:
            arithmetic(g, "f32", op, rounding)
            arithmetic(g, "f64", op, rounding)
        arithmetic(g, "f32", op, "rn", ftz=True)
    for op in ("min", "max"):
        minmax(g, "f32", op)
        minmax(g, "f32", op, nan=True)
        minmax(g, "f32", op, ftz=True)
        minmax(g, "f64", op)
    for name in ("f32", "f64"):
        top = sum(FORMATS[name][:2])
        unary(g, name, "neg", lambda b: b ^ 1 << top)
        unary(g, name, "abs", lambda b: b & ~(1 << top))
    unary(g, "f32", "neg", lambda b: flush(b) ^ 1 << 31, ftz=True)
    unary(g, "f32", "abs", lambda b: flush(b) & ~(1 << 31), ftz=True)

    h = emit.Group("halves", 80)
    for name in ("f16", "bf16"):
        if name == "f16":
            for op in ("add", "sub", "mul"):
                arithmetic(h, name, op, "rn")
                arithmetic(h, name, op, "rn", ftz=True)
                arithmetic(h, name, op, "rn", sat=True)
            arithmetic(h, name, "fma", "rn", ftz=True)
            arithmetic(h, name, "fma", "rn", sat=True)
        arithmetic(h, name, "fma", "rn")
        arithmetic(h, name, "fma", "rn", relu=True)
        for op in ("min", "max"):
            minmax(h, name, op)
            minmax(h, name, op, nan=True)
        top = 15
        unary(h, name, "neg", lambda b: b ^ 1 << 15)
        unary(h, name, "abs", lambda b: b & 0x7FFF)
    later = emit.Group("halves_sm90", 90)
    for op in ("add", "sub", "mul"):
        arithmetic(later, "bf16", op, "rn")
    for name in ("f32",):
        for op in ("min", "max"):
            minmax(later, name, op, xorsign=True)

    a = emit.Group("approximations", 80)
    sign = lambda minus: NINF if minus else INF
    root = real(math.sqrt, INF, NAN, lambda minus: -0.0 if minus else 0.0, NAN)
    for ftz in (False, True):
        approximation(a, "rcp", real(lambda x: 1 / x, 0.0, -0.0, sign), (1, 0, 0), everywhere, ftz)
        approximation(a, "sqrt", root, (1, 0, 2 ** -23), everywhere, ftz)
        approximation(a, "rsqrt", real(lambda x: 1 / math.sqrt(x), 0.0, NAN, sign, NAN), (1, 0, 2 ** -22.9), everywhere, ftz)
        approximation(a, "ex2", real(lambda x: 2 ** x, INF, 0.0), (2, 0, 0), everywhere, ftz)
        outside = lambda v: isinstance(v, str) or v <= 0 or not 0.5 < v < 2
        approximation(a, "lg2", real(math.log2, INF, NAN, NINF, NAN), (0, 0, 2 ** -22), outside, ftz)
        small = lambda v: v == NAN or not isinstance(v, str) and abs(v) < 3.14159
        approximation(a, "sin", real(math.sin), (1, 2 ** -20.5, 0), small, ftz)
        approximation(a, "cos", real(math.cos), (1, 2 ** -20.5, 0), small, ftz)
    inside = emit.Group("lg2", 80)
    narrow = [encode(decode_float(0.5 + 1.5 * (i + 0.5) / 192), "f32") for i in range(192)]
    approximation(inside, "lg2", real(math.log2), (0, 2 ** -22, 0), lambda v: not isinstance(v, str) and 0.5 < v < 2,
                  more=narrow)
    approximation(a, "tanh", real(math.tanh, 1.0, -1.0), (0, 0, 2 ** -11), everywhere)
    approximation(a, "ex2", real(lambda x: 2 ** x, INF, 0.0), (1, 2 ** -25, 2 ** -9.9), everywhere, name="f16")
    approximation(a, "tanh", real(math.tanh, 1.0, -1.0), (1, 2 ** -10.987, 0), everywhere, name="f16")
    approximation(later, "tanh", real(math.tanh, 1.0, -1.0), (1, 2 ** -8, 0), everywhere, name="bf16")
    approximation(later, "ex2", real(lambda x: 2 ** x, INF, 0.0), (1, 0, 2 ** -7), everywhere, ftz=True, name="bf16")
    for flags in ("approx", "full"):
        for ftz in (False, True):
            x, y = operands("f32", 96, 2, "div " + flags)
            keep = [i for i in range(len(x)) if flags == "full" or decode(y[i], "f32") in (NAN, INF, NINF, 0) or
                    2 ** -126 <= abs(decode(y[i], "f32")) <= 2 ** 126]
            x, y = [x[i] for i in keep], [y[i] for i in keep]
            expected = []
            for p, q in zip(x, y):
                p, q = (flush(p), flush(q)) if ftz else (p, q)
                bits = encode(divide(decode(p, "f32"), decode(q, "f32")), "f32")
                expected.append(flush(bits) if ftz else bits)
            text = f"div.{flags}{'.ftz' if ftz else ''}.f32 {{d}}, {{a}}, {{b}};"
            a.add(emit.elementwise(f"div_{flags}{'_ftz' if ftz else ''}", text, [("f32", x), ("f32", y)], "f32", expected,
                                   (2, 0, 0)))
    return [g, h, later, a, inside]
