"""Integer and bit instructions on edges and random numbers, by whole numbers of any size."""
import random

from . import emit

EDGES = {b: [0, 1, 2, 3, 5, (1 << (b - 1)) - 1, 1 << (b - 1), (1 << (b - 1)) + 1, (1 << b) - 1, (1 << b) - 2, 0x55 * ((1 << b) // 255),
             1 << (b // 2), (1 << (b // 2)) - 1] for b in (16, 32, 64)}


def signed(v, bits):
    return v - (1 << bits) if v >> (bits - 1) & 1 else v


def columns(bits, arity, seed, nonzero=None):
    rng = random.Random(f"{bits} {seed}")
    edge = EDGES[bits]
    out = [[] for _ in range(arity)]
    for i in range(len(edge)):
        for j in range(len(edge)):
            for k in range(arity):
                out[k].append(edge[(i, j, i + j)[k] % len(edge)])
    for _ in range(55):
        for k in range(arity):
            out[k].append(rng.getrandbits(bits) >> rng.randint(0, bits - 1))
    length = len(out[0]) // 32 * 32
    out = [c[:length] for c in out]
    if nonzero is not None:
        out[nonzero] = [v or 7 for v in out[nonzero]]
    return out


def case(group, name, kind, arity, function, bits_in=None, bits_out=None, inputs=None, nonzero=None, text=None):
    """kind: "s32"; function works on values (signed where the kind is)."""
    bits = int(kind[1:])
    bits_out = bits_out or bits
    data = inputs or columns(bits, arity, name, nonzero)
    widths = bits_in or [bits] * arity
    convert = lambda v, w: signed(v, w) if kind[0] == "s" else v
    out = [function(*[convert(v, w) for v, w in zip(values, widths)]) & ((1 << bits_out) - 1) for values in zip(*data)]
    letters = "abcefgh"[:arity]
    text = text or f"{name}.{kind} {{d}}, " + ", ".join("{" + l + "}" for l in letters) + ";"
    group.add(emit.elementwise(f"{name}_{kind}".replace(".", "_"), text, [(f"u{w}", list(c)) for c, w in zip(data, widths)],
                               f"u{bits_out}", out))


def truncated(a, b):
    q = abs(a) // abs(b)
    return -q if (a < 0) != (b < 0) else q


def brev(v, bits):
    return int(bin(v)[2:].zfill(bits)[::-1], 2)


def bfind(v, bits, is_signed, shift):
    if is_signed and v < 0:
        v = ~v
    if v == 0:
        return 0xFFFFFFFF
    at = v.bit_length() - 1
    return bits - 1 - at if shift else at


def bfe(v, position, length, bits, is_signed):
    position, length = position & 255, length & 255
    raw = v & ((1 << bits) - 1)
    sign = 0
    if is_signed and length:
        top = min(position + length - 1, bits - 1)
        sign = raw >> top & 1
    out = 0
    for i in range(bits):
        if i < length and position + i < bits:
            out |= (raw >> (position + i) & 1) << i
        else:
            out |= sign << i
    return out


def bfi(a, b, position, length, bits):
    position, length = position & 255, length & 255
    out = b
    for i in range(length):
        if position + i < bits and i < bits:
            out = out & ~(1 << (position + i)) | (a >> i & 1) << (position + i)
    return out


def prmt(a, b, selector):
    all_bytes = (a | b << 32).to_bytes(8, "little")
    out = 0
    for i in range(4):
        s = selector >> 4 * i & 15
        byte = all_bytes[s & 7]
        if s & 8:
            byte = 255 if byte & 128 else 0
        out |= byte << 8 * i
    return out


def lop3(a, b, c, table):
    out = 0
    for i in range(32):
        index = (a >> i & 1) << 2 | (b >> i & 1) << 1 | c >> i & 1
        out |= (table >> index & 1) << i
    return out


def groups():
    g = emit.Group("integers", 80)
    for bits in (16, 32, 64):
        mask = (1 << bits) - 1
        for s in "us":
            kind = f"{s}{bits}"
            case(g, "add", kind, 2, lambda a, b: a + b)
            case(g, "sub", kind, 2, lambda a, b: a - b)
            case(g, "mul.lo", kind, 2, lambda a, b: a * b)
            case(g, "mul.hi", kind, 2, lambda a, b: a * b >> bits)
            case(g, "mad.lo", kind, 3, lambda a, b, c: a * b + c)
            case(g, "mad.hi", kind, 3, lambda a, b, c: (a * b >> bits) + c)
            case(g, "div", kind, 2, truncated, nonzero=1)
            case(g, "rem", kind, 2, lambda a, b: a - b * truncated(a, b), nonzero=1)
            case(g, "min", kind, 2, min)
            case(g, "max", kind, 2, max)
            case(g, "sad", kind, 3, lambda a, b, c: abs(a - b) + c)
            if bits < 64:
                case(g, "mul.wide", kind, 2, lambda a, b: a * b, bits_out=2 * bits)
            case(g, "shr", kind, 2, lambda a, b: a >> min(b, bits) if s == "u" or a >= 0 else ~(~a >> min(b, bits)),
                 inputs=[columns(bits, 1, "shr")[0], [(i * 5) % (bits + 9) for i in range(len(columns(bits, 1, "shr")[0]))]],
                 bits_in=[bits, 32])
        case(g, "abs", f"s{bits}", 1, abs)
        case(g, "neg", f"s{bits}", 1, lambda a: -a)
        kind = f"b{bits}"
        length = len(columns(bits, 1, "shl")[0])
        case(g, "shl", kind, 2, lambda a, b: a << b if b < bits else 0, bits_in=[bits, 32],
             inputs=[columns(bits, 1, "shl")[0], [(i * 5) % (bits + 9) for i in range(length)]])
        for name, f in (("and", lambda a, b: a & b), ("or", lambda a, b: a | b), ("xor", lambda a, b: a ^ b)):
            case(g, name, kind, 2, f)
        case(g, "not", kind, 1, lambda a: ~a)
        case(g, "cnot", kind, 1, lambda a: int(a == 0))
        if bits > 16:
            case(g, "popc", kind, 1, lambda a: bin(a).count("1"), bits_out=32)
            case(g, "clz", kind, 1, lambda a: bits - a.bit_length(), bits_out=32)
            case(g, "brev", kind, 1, lambda a: brev(a, bits))
            position = [(i * 3) % (bits + 5) for i in range(192)]
            lengths = [(i * 7) % (bits + 5) for i in range(192)]
            for s in "us":
                case(g, "bfind", f"{s}{bits}", 1, lambda a: bfind(a, bits, s == "s", False), bits_out=32)
                case(g, "bfind.shiftamt", f"{s}{bits}", 1, lambda a: bfind(a, bits, s == "s", True), bits_out=32)
                data = columns(bits, 1, "bfe")[0][:192]
                case(g, "bfe", f"{s}{bits}", 3, lambda a, p, n: bfe(a, p, n, bits, s == "s"), bits_in=[bits, 32, 32],
                     inputs=[data, position[:len(data)], lengths[:len(data)]])
            a, b = [c[:192] for c in columns(bits, 2, "bfi")]
            case(g, "bfi", kind, 4, lambda x, y, p, n: bfi(x, y, p, n, bits), bits_in=[bits, bits, 32, 32],
                 inputs=[a, b, position[:len(a)], lengths[:len(a)]])
    case(g, "mad.wide", "u32", 3, lambda a, b, c: a * b + c, bits_in=[32, 32, 64], bits_out=64)
    case(g, "mad.wide", "s32", 3, lambda a, b, c: a * b + c, bits_in=[32, 32, 64], bits_out=64)
    amounts = [(i * 5) % 41 for i in range(192)]
    a, b = [c[:192] for c in columns(32, 2, "shf")]
    for mode in ("wrap", "clamp"):
        n = lambda c: c & 31 if mode == "wrap" else min(c, 32)
        case(g, f"shf.l.{mode}", "b32", 3, lambda x, y, c: (y << 32 | x) << n(c) >> 32, inputs=[a, b, amounts[:len(a)]])
        case(g, f"shf.r.{mode}", "b32", 3, lambda x, y, c: (y << 32 | x) >> n(c), inputs=[a, b, amounts[:len(a)]])
    selectors = [random.Random(i).getrandbits(16) for i in range(len(a))]
    case(g, "prmt", "b32", 3, prmt, inputs=[a, b, selectors])
    for table in (0x96, 0xE8, 0x1B, 0x80, 0xFE):
        case(g, f"lop3.{table:x}", "b32", 3, lambda x, y, z: lop3(x, y, z, table),
             text=f"lop3.b32 {{d}}, {{a}}, {{b}}, {{c}}, {table:#x};")
    for s, t in ("uu", "ss", "us", "su"):
        byte = lambda v, i, kind: signed(v >> 8 * i & 255, 8) if kind == "s" else v >> 8 * i & 255
        case(g, f"dp4a.{s}32.{t}32", "b32", 3, lambda x, y, z: sum(byte(x, i, s) * byte(y, i, t) for i in range(4)) + z,
             text=f"dp4a.{s}32.{t}32 {{d}}, {{a}}, {{b}}, {{c}};")
    carry = "add.cc.u32 {d}, {a}, {b};\naddc.u32 {d}, {c}, 0;"
    case(g, "addc", "u32", 3, lambda x, y, z: z + (x + y >> 32), text=carry)
    borrow = "sub.cc.u32 {d}, {a}, {b};\nsubc.u32 {d}, {c}, 0;"
    case(g, "subc", "u32", 3, lambda x, y, z: z - (1 if x < y else 0), text=borrow)

    c = emit.Group("comparisons", 80)
    orders = {"eq": lambda a, b: a == b, "ne": lambda a, b: a != b, "lt": lambda a, b: a < b, "le": lambda a, b: a <= b,
              "gt": lambda a, b: a > b, "ge": lambda a, b: a >= b}
    pick = ".reg .pred %r;"

    def compare(name, kind, buffer, a, b, out):
        c.add(emit.elementwise(f"setp_{name}_{kind}", f"setp.{name}.{kind} %r, {{a}}, {{b}};\nselp.u32 {{d}}, 1, 0, %r;",
                               [(buffer, list(a)), (buffer, list(b))], "u32", out, extra=pick))
    for bits in (16, 32, 64):
        a, b = columns(bits, 2, "setp")
        for s in "us":
            value = (lambda v: signed(v, bits)) if s == "s" else (lambda v: v)
            for name, f in orders.items():
                compare(name, f"{s}{bits}", f"u{bits}", a, b, [int(f(value(x), value(y))) for x, y in zip(a, b)])
    from .floats import operands
    from .numbers import NAN, INF, NINF, decode, flush
    for kind in ("f32", "f64", "f16"):
        a, b = operands(kind, 64, 2, "setp")
        key = lambda v: float("inf") if v == INF else float("-inf") if v == NINF else v
        for ftz in ((False, True) if kind == "f32" else (False,)):
            see = lambda v: decode(flush(v) if ftz else v, kind)
            for name, f in orders.items():
                plain = [int(NAN not in (see(x), see(y)) and f(key(see(x)), key(see(y)))) for x, y in zip(a, b)]
                unordered = [int(NAN in (see(x), see(y)) or f(key(see(x)), key(see(y)))) for x, y in zip(a, b)]
                suffix = ".ftz" if ftz else ""
                compare(name + suffix, kind, kind, a, b, plain)
                compare(name + "u" + suffix, kind, kind, a, b, unordered)
        compare("num", kind, kind, a, b, [int(NAN not in (decode(x, kind), decode(y, kind))) for x, y in zip(a, b)])
        compare("nan", kind, kind, a, b, [int(NAN in (decode(x, kind), decode(y, kind))) for x, y in zip(a, b)])
    for case_ in c.cases:
        case_.name = case_.name.replace(".", "_")
    return [g, c]
