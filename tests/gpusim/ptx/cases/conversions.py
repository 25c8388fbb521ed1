"""cvt between all types, and those of packed types."""
from fractions import Fraction

from . import emit
from .numbers import (FORMATS, INF, NAN, NINF, NEGATIVE_ZERO, decode, edges, encode, flush, negative, randoms)
from .floats import saturate

INTEGERS = {"u8": 8, "s8": 8, "u16": 16, "s16": 16, "u32": 32, "s32": 32, "u64": 64, "s64": 64}
BUFFER = {8: "u8", 16: "u16", 32: "u32", 64: "u64"}


def limits(kind):
    bits = INTEGERS[kind]
    return (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if kind[0] == "s" else (0, (1 << bits) - 1)


def integers(kind):
    bits = INTEGERS[kind]
    edge = [0, 1, 2, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 2 ** 24, 2 ** 24 + 1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1,
            2 ** 53 + 1, 2 ** 63 - 1, 2 ** 63, 2 ** 64 - 1, 2 ** 40 + 2 ** 16]
    rng = __import__("random").Random(kind)
    values = edge + [-e for e in edge] + [rng.getrandbits(64) >> rng.randint(0, 63) for _ in range(86)]
    return [v & ((1 << bits) - 1) for v in values]


def as_value(bits, kind):
    width = INTEGERS[kind]
    return bits - (1 << width) if kind[0] == "s" and bits >> (width - 1) else bits


def whole(value, mode):
    floor = value.numerator // value.denominator
    rest = value - floor
    if mode == "rni":
        up = rest > Fraction(1, 2) or (rest == Fraction(1, 2) and floor % 2)
    else:
        up = {"rmi": False, "rpi": rest > 0, "rzi": value < 0 and rest > 0}[mode]
    return floor + bool(up)


def convert(group, to, source, flags, values, function, tolerance=(0, 0, 0)):
    kind_in = BUFFER[INTEGERS[source]] if source in INTEGERS else source
    kind_out = BUFFER[INTEGERS[to]] if to in INTEGERS else to
    text = f"cvt{flags}.{to}.{source} {{d}}, {{a}};"
    label = f"cvt{flags}_{to}_{source}".replace(".", "_")
    group.add(emit.elementwise(label, text, [(kind_in, list(values))], kind_out, [function(v) for v in values], tolerance))


def float_values(name):
    e, m, _ = FORMATS[name]
    extra = []
    for v in (0.5, 1.5, 2.5, 3.5, 0.49, 0.51, 126.5, 127.5, 128.5, 255.5, 256.0, 32767.5, 65535.5, 2147483520.0, 2147483648.0,
              4294967040.0, 4294967296.0, 9.2e18, 9.3e18, 1.8e19, 1.9e19, 1e30):
        for s in (1, -1):
            extra.append(encode(Fraction(s * v), name))
    return edges(name) + extra + randoms(name, 48, "cvt") + randoms(name, 48, "cvt near", near=True)


def to_integer(to, source, mode, ftz):
    low, high = limits(to)

    def run(bits):
        value = decode(flush(bits, source) if ftz else bits, source)
        if value == NAN:
            wide = source == "f64" or INTEGERS[to] == 64
            result = (1 << (INTEGERS[to] - 1)) if wide else 0
        else:
            result = high if value == INF else low if value == NINF else min(max(whole(Fraction(value), mode), low), high)
        return result & ((1 << INTEGERS[to]) - 1)
    return run


def groups():
    g = emit.Group("conversions", 80)
    for source in INTEGERS:  # between integers: wraps, or .sat
        for to in INTEGERS:
            if source == to:
                continue
            mask = (1 << INTEGERS[to]) - 1
            convert(g, to, source, "", integers(source), lambda v: as_value(v, source) & mask)
            low, high = limits(to)
            l2, h2 = limits(source)
            if l2 < low or h2 > high:
                convert(g, to, source, ".sat", integers(source),
                        lambda v: min(max(as_value(v, source), low), high) & mask)
    for name in ("f32", "f64", "f16"):
        values = float_values(name)
        for to in INTEGERS:
            # f64's NaN to narrow integers: cards differ from what the ISA says; left out there.
            for mode in ("rni", "rzi", "rmi", "rpi"):
                if mode in ("rmi", "rpi") and to not in ("s32", "u32", "s64"):
                    continue
                narrow = INTEGERS[to] < 32
                usable = [v for v in values if not (narrow and decode(v, name) == NAN)]
                convert(g, to, name, "." + mode, usable, to_integer(to, name, mode, False))
        for source in INTEGERS:
            for mode in ("rn", "rz", "rm", "rp"):
                if mode != "rn" and INTEGERS[source] < 32:
                    continue
                convert(g, name, source, "." + mode, integers(source),
                        lambda v: encode(Fraction(as_value(v, source)), name, mode))
    for to in ("s32", "u32"):
        convert(g, to, "f32", ".rni.ftz", float_values("f32"), to_integer(to, "f32", "rni", True))
    for name in ("f32", "f64"):  # to whole numbers
        for mode in ("rni", "rzi", "rmi", "rpi"):
            def run(bits):
                value = decode(bits, name)
                if isinstance(value, str):
                    return encode(value, name)
                result = Fraction(whole(Fraction(value), mode))
                return encode(NEGATIVE_ZERO if result == 0 and negative(value) else result, name)
            convert(g, name, name, "." + mode, float_values(name), run)
    for source, to in (("f64", "f32"), ("f64", "f16"), ("f32", "f16")):
        for mode in ("rn", "rz", "rm", "rp"):
            convert(g, to, source, "." + mode, float_values(source), lambda v: encode(decode(v, source), to, mode))
    for mode in ("rn", "rz"):
        convert(g, "bf16", "f32", "." + mode, float_values("f32"), lambda v: encode(decode(v, "f32"), "bf16", mode))
    convert(g, "f32", "f64", ".rn.ftz", float_values("f64"), lambda v: flush(encode(decode(v, "f64"), "f32")))
    convert(g, "f32", "f64", ".rn.sat", float_values("f64"), lambda v: saturate(encode(decode(v, "f64"), "f32"), "f32"))
    convert(g, "f16", "f32", ".rn.sat", float_values("f32"), lambda v: saturate(encode(decode(v, "f32"), "f16"), "f16"))
    for source, to in (("f16", "f32"), ("f16", "f64"), ("bf16", "f32"), ("f32", "f64")):
        convert(g, to, source, "", float_values(source), lambda v: encode(decode(v, source), to))

    p = emit.Group("packed", 80, "8.1")
    a = float_values("f32")
    a = a[:len(a) // 32 * 32]
    b = a[5:] + a[:5]
    for name in ("f16", "bf16"):
        for mode in ("rn", "rz"):
            for relu in (False, True):
                for finite in ((False, True) if not relu else (False,)):
                    def one(bits):
                        result = encode(decode(bits, "f32"), name, mode, finite)
                        return 0 if relu and result >> 15 and decode(result, name) != NAN else result
                    both = [one(y) | one(x) << 16 for x, y in zip(a, b)]
                    flags = f".{mode}" + (".relu" if relu else "") + (".satfinite" if finite else "")
                    case = emit.elementwise(f"cvt{flags}_{name}x2".replace(".", "_"),
                                            f"cvt{flags}.{name}x2.f32 {{d}}, {{a}}, {{b}};",
                                            [("f32", list(a)), ("f32", list(b))], "u32", both)
                    head, _, values = case.buffers[-1]
                    case.buffers[-1] = (head.replace("u32", name), name, [h for w in values for h in (w & 0xFFFF, w >> 16)])
                    p.add(case)
    tf32 = lambda v, mode: encode(decode(v, "f32"), "tf32", mode) << 13
    numbers = [v for v in a if decode(v, "f32") != NAN]
    p.add(emit.elementwise("cvt_rna_tf32", "cvt.rna.tf32.f32 {d}, {a};", [("u32", numbers)], "u32",
                           [tf32(v, "rna") for v in numbers]))
    q = emit.Group("packed_sm90", 90, "8.1")
    for mode in ("rn", "rz"):
        q.add(emit.elementwise(f"cvt_{mode}_tf32", f"cvt.{mode}.tf32.f32 {{d}}, {{a}};", [("u32", list(numbers))], "u32",
                               [tf32(v, mode) for v in numbers]))
    f = emit.Group("packed_fp8", 89, "8.1")
    for name in ("e4m3", "e5m2"):
        for relu in (False, True):
            suffix = ".relu" if relu else ""

            def clamp(bits):
                return 0 if relu and bits >> 7 and decode(bits, name) != NAN else bits
            from_f32 = lambda v: clamp(encode(decode(v, "f32"), name, "rn", True))
            f.add(emit.elementwise(f"cvt_{name}x2_f32{suffix}".replace(".", "_"),
                                   f"cvt.rn.satfinite{suffix}.{name}x2.f32 {{d}}, {{a}}, {{b}};",
                                   [("f32", list(a)), ("f32", list(b))], "u16",
                                   [from_f32(y) | from_f32(x) << 8 for x, y in zip(a, b)]))
            half = float_values("f16")
            half = half[:len(half) // 32 * 32]
            from_f16 = lambda v: clamp(encode(decode(v, "f16"), name, "rn", True))
            f.add(emit.elementwise(f"cvt_{name}x2_f16x2{suffix}".replace(".", "_"),
                                   f"cvt.rn.satfinite{suffix}.{name}x2.f16x2 {{d}}, {{a}};",
                                   [("u32", [x | y << 16 for x, y in zip(half, half[3:] + half[:3])])], "u16",
                                   [from_f16(x) | from_f16(y) << 8 for x, y in zip(half, half[3:] + half[:3])]))

            def back(bits):
                result = encode(decode(bits, name), "f16")
                return 0 if relu and result >> 15 and decode(bits, name) != NAN else result
            pairs = [i | (i * 7 & 255) << 8 for i in range(256)]
            case = emit.elementwise(f"cvt_f16x2_{name}x2{suffix}".replace(".", "_"),
                                    f"cvt.rn{suffix}.f16x2.{name}x2 {{d}}, {{a}};", [("u16", pairs)], "u32",
                                    [back(v & 255) | back(v >> 8) << 16 for v in pairs])
            head, _, values = case.buffers[-1]
            case.buffers[-1] = (head.replace("u32", "f16"), "f16", [h for w in values for h in (w & 0xFFFF, w >> 16)])
            f.add(case)
    return [g, p, q, f]
