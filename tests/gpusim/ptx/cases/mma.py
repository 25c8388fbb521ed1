"""mma.sync in every shape: fragments by the ISA's formulas for rows and columns, products in f64 or whole numbers."""
import math
import random

from . import emit
from .numbers import FORMATS, encode, decode, to_float, f64_bits, randoms
from fractions import Fraction

BITS = {"f16": 16, "bf16": 16, "tf32": 32, "e4m3": 8, "e5m2": 8, "f64": 64, "s8": 8, "u8": 8, "s4": 4, "u4": 4, "b1": 1,
        "f32": 32, "s32": 32}


def place_a(m, k, bits, lane, i):
    """(row, column) of element i of A's fragment: elements are counted over the registers, low bits first."""
    group, part = lane >> 2, lane & 3
    per = 1 if bits == 64 else 32 // bits          # elements a register
    register, within = divmod(i, per)
    if m == 8:
        return group, register * 4 * per + part * per + within
    return group + 8 * (register & 1), (register >> 1) * 4 * per + part * per + within


def place_b(k, bits, lane, i):
    group, part = lane >> 2, lane & 3
    per = 1 if bits == 64 else 32 // bits
    register, within = divmod(i, per)
    return register * 4 * per + part * per + within, group


def place_c(m, lane, i):
    return (lane >> 2) + (8 if i >= 2 else 0), (lane & 3) * 2 + (i & 1)


def registers_of(values, bits):
    """Packs a lane's elements into registers."""
    if bits == 64:
        return values
    per = 32 // bits
    return [sum((values[r * per + j] & ((1 << bits) - 1)) << (bits * j) for j in range(per))
            for r in range(len(values) // per)]


def body_of(name, counts, kinds):
    """Loads fragments of a, b, c from buffers 0-2 (register r of lane l at r * 32 + l), stores d to buffer 3."""
    declarations = ""
    for letter, count, kind in zip("abcd", counts, kinds):
        declarations += f".reg .{kind} %{letter}<{count}>;\n"
    text = emit.header(4, declarations)
    for buffer, (letter, count, kind) in enumerate(zip("abc", counts, kinds)):
        for r in range(count):
            text += emit.load(f"%{letter}{r}", kind, buffer, offset=32 * r)
    vector = lambda letter, count: "{" + ", ".join(f"%{letter}{r}" for r in range(count)) + "}"
    text += (f"  {name} {vector('d', counts[3])}, {vector('a', counts[0])}, {vector('b', counts[1])}, "
             f"{vector('c', counts[2])};\n")
    for r in range(counts[3]):
        text += emit.store(f"%d{r}", kinds[3], 3, offset=32 * r)
    return text + "  ret;\n"


def number(rng, kind):
    """Random bits of a kind, of moderate size."""
    if kind in ("s8", "u8", "s4", "u4", "b1"):
        return rng.getrandbits(BITS[kind])
    e, m, _ = FORMATS[kind]
    bias = (1 << (e - 1)) - 1
    return rng.getrandbits(1) << (e + m) | (bias + rng.randint(-3, 2)) << m | rng.getrandbits(m)


def value(bits, kind):
    if kind in ("s8", "s4"):
        half = 1 << (BITS[kind] - 1)
        return bits - 2 * half if bits & half else bits
    if kind in ("u8", "u4", "b1"):
        return bits
    return to_float(bits, kind)


def case(group, m, k, d, a, b, c, satfinite=False, bit_op="", rounding="", big=False):
    rng = random.Random(f"{m} {k} {d} {a} {b} {satfinite} {bit_op} {rounding}")
    integer, n = d == "s32", 8
    A = [[number(rng, a) for _ in range(k)] for _ in range(m)]
    B = [[number(rng, b) for _ in range(n)] for _ in range(k)]
    if integer:
        edge = (2 ** 31 - 100, -2 ** 31 + 100)
        C = [[rng.choice(edge) if satfinite or big else rng.randint(-1000, 1000) for _ in range(n)] for _ in range(m)]
    else:
        C = [[number(rng, c) for _ in range(n)] for _ in range(m)]
    D = [[None] * n for _ in range(m)]
    magnitude = 0.0
    for i in range(m):
        for j in range(n):
            if bit_op:
                combine = (lambda x, y: x & y) if bit_op == "and" else (lambda x, y: x ^ y)
                total = C[i][j] + sum(combine(A[i][x], B[x][j]) for x in range(k))
            else:
                products = [value(A[i][x], a) * value(B[x][j], b) for x in range(k)]
                if integer:
                    total = C[i][j] + sum(products)
                elif d == "f64":
                    total = Fraction(value(C[i][j], c))
                    for x in range(k):  # a chain of fused multiply-adds
                        exact = total + Fraction(value(A[i][x], a)) * Fraction(value(B[x][j], b))
                        total = decode(encode(exact, "f64", rounding or "rn"), "f64")
                else:
                    total = math.fsum(products + [value(C[i][j], c)])
                    magnitude = max(magnitude, sum(map(abs, products)) + abs(value(C[i][j], c)))
            if integer:
                total = min(max(total, -2 ** 31), 2 ** 31 - 1) if satfinite else total
                D[i][j] = total & 0xFFFFFFFF
            elif d == "f64":
                D[i][j] = encode(total, "f64")
            else:
                D[i][j] = encode(Fraction(total), d)
    bits_a = 32 if a == "tf32" else BITS[a]
    count_a = m * k // 32
    count_b = k * n // 32
    pack_a = [registers_of([raw(A[r][q], a) for r, q in (place_a(m, k, bits_a, lane, i) for i in range(count_a))], bits_a)
              for lane in range(32)]
    pack_b = [registers_of([raw(B[r][q], b) for r, q in (place_b(k, bits_a, lane, i) for i in range(count_b))], bits_a)
              for lane in range(32)]
    half = d == "f16"

    def accumulators(X):
        out = []
        for lane in range(32):
            elements = [X[r][q] for r, q in (place_c(m, lane, i) for i in range(m * n // 32))]
            out.append([elements[i] | elements[i + 1] << 16 for i in range(0, len(elements), 2)] if half else elements)
        return out
    pack_c, pack_d = accumulators(C), accumulators(D)
    flat = lambda packed: [packed[lane][r] for r in range(len(packed[0])) for lane in range(32)]
    wide = d == "f64"
    kind = "f64" if wide else "b32"
    kinds = [kind, kind, "f64" if wide else "b32", "f64" if wide else "b32"]
    counts = [len(p[0]) for p in (pack_a, pack_b, pack_c, pack_d)]
    name = f"mma.sync.aligned.m{m}n8k{k}.row.col" + (".satfinite" if satfinite else "") + f".{d}.{a}.{b}.{c}"
    name += (f".{bit_op}.popc" if bit_op else "") + (f".{rounding}" if rounding else "")
    label = f"m{m}n8k{k}_{d}_{a}_{b}" + ("_sat" if satfinite else "") + (f"_{bit_op}" if bit_op else "") + \
            (f"_{rounding}" if rounding else "") + ("_wrap" if big else "")
    buffer = "u64" if wide else "u32"
    text = body_of(name, counts, ["f64"] * 4 if wide else ["b32"] * 4)
    built = emit.Case(label, text).read(buffer, flat(pack_a)).read(buffer, flat(pack_b)).read(buffer, flat(pack_c))
    # A card cuts products off at the largest one's last bits, several times over.
    if integer:
        built.write("u32", flat(pack_d))
    elif wide:
        built.write("f64", flat(pack_d))
    elif half:
        built.write("f16", [h for p in flat(pack_d) for h in (p & 0xFFFF, p >> 16)], 1, magnitude * 2 ** -9)
    else:
        loose = 2 ** -12 if a in ("e4m3", "e5m2") else 2 ** -21
        built.write("f32", flat(pack_d), 1, magnitude * loose)
    group.add(built)


def raw(bits, kind):
    return bits << 13 if kind == "tf32" else bits


def volta(group, a_layout, b_layout, d, c):
    """mma.m8n8k4 of f16: four products, each by lanes l..l+3 and l+16..l+19."""
    rng = random.Random(f"volta {a_layout} {b_layout} {d} {c}")
    A = [[[number(rng, "f16") for _ in range(4)] for _ in range(8)] for _ in range(4)]
    B = [[[number(rng, "f16") for _ in range(8)] for _ in range(4)] for _ in range(4)]
    C = [[[number(rng, c) for _ in range(8)] for _ in range(8)] for _ in range(4)]
    D = [[[encode(Fraction(math.fsum([to_float(A[g][i][x], "f16") * to_float(B[g][x][j], "f16") for x in range(4)] +
                                     [to_float(C[g][i][j], c)])), d) for j in range(8)] for i in range(8)]
         for g in range(4)]

    def spot(kind, lane, i):
        if kind == "f16":
            return lane % 4 + (0 if lane < 16 else 4), i
        return (lane & 1) + (i & 2) + (0 if lane < 16 else 4), (i & 4) + (lane & 2) + (i & 1)
    pa, pb, pc, pd = [], [], [], []
    for lane in range(32):
        g, up = lane % 16 // 4, 0 if lane < 16 else 4
        x = [A[g][lane % 4 + up][i] if a_layout == "row" else A[g][i + up][lane % 4] for i in range(4)]
        y = [B[g][lane % 4][i + up] if b_layout == "row" else B[g][i][lane % 4 + up] for i in range(4)]
        pa.append(registers_of(x, 16)), pb.append(registers_of(y, 16))
        for X, kind, to in ((C, c, pc), (D, d, pd)):
            elements = [X[g][r][q] for r, q in (spot(kind, lane, i) for i in range(8))]
            to.append(registers_of(elements, 16) if kind == "f16" else elements)
    flat = lambda packed: [packed[lane][r] for r in range(len(packed[0])) for lane in range(32)]
    name = f"mma.sync.aligned.m8n8k4.{a_layout}.{b_layout}.{d}.f16.f16.{c}"
    text = body_of(name, [len(p[0]) for p in (pa, pb, pc, pd)], ["b32"] * 4)
    built = emit.Case(f"m8n8k4_{a_layout}_{b_layout}_{d}_{c}", text)
    built.read("u32", flat(pa)).read("u32", flat(pb)).read("u32", flat(pc))
    if d == "f16":
        built.write("f16", [h for p in flat(pd) for h in (p & 0xFFFF, p >> 16)], 1, 0.25)
    else:
        built.write("f32", flat(pd), 1, 2e-5)
    group.add(built)


def groups():
    g = emit.Group("mma", 80)
    for d in ("f32", "f16"):
        for k in (8, 16):
            case(g, 16, k, d, "f16", "f16", d)
    for k in (8, 16):
        case(g, 16, k, "f32", "bf16", "bf16", "f32")
    for k in (4, 8):
        case(g, 16, k, "f32", "tf32", "tf32", "f32")
    case(g, 8, 4, "f64", "f64", "f64", "f64")
    for rounding in ("rz", "rm", "rp"):
        case(g, 8, 4, "f64", "f64", "f64", "f64", rounding=rounding)
    for a in ("s8", "u8"):
        for b in ("s8", "u8"):
            for m, k in ((8, 16), (16, 16), (16, 32)):
                case(g, m, k, "s32", a, b, "s32")
    for a in ("s4", "u4"):
        for b in ("s4", "u4"):
            for m, k in ((8, 32), (16, 32), (16, 64)):
                case(g, m, k, "s32", a, b, "s32")
    for a in ("s8", "u4"):
        case(g, 16, 32, "s32", a, a, "s32", satfinite=True)
        case(g, 16, 32, "s32", a, a, "s32", big=True)
    for op in ("xor", "and"):
        for m, k in ((8, 128), (16, 128), (16, 256)):
            case(g, m, k, "s32", "b1", "b1", "s32", bit_op=op)
    for a in ("row", "col"):
        for b in ("row", "col"):
            for d, c in (("f32", "f32"), ("f16", "f16"), ("f32", "f16")):
                volta(g, a, b, d, c)
    fp8 = emit.Group("mma_fp8", 89, "8.7")
    for a in ("e4m3", "e5m2"):
        for b in ("e4m3", "e5m2"):
            for k in (16, 32):
                case(fp8, 16, k, "f32", a, b, "f32")
                case(fp8, 16, k, "f16", a, b, "f16")
    wide = emit.Group("mma_f64", 90, "8.0")
    for k in (4, 8, 16):
        case(wide, 16, k, "f64", "f64", "f64", "f64")
        case(wide, 16, k, "f64", "f64", "f64", "f64", rounding="rm")
    return [g, fp8, wide]
