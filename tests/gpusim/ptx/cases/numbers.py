"""Floating-point numbers by exact fractions: an implementation of its own, apart from the simulator's."""
from fractions import Fraction
import math
import random
import struct

# name: exponent bits, mantissa bits, bytes
FORMATS = {"f64": (11, 52, 8), "f32": (8, 23, 4), "f16": (5, 10, 2), "bf16": (8, 7, 2), "tf32": (8, 10, 4),
           "e4m3": (4, 3, 1), "e5m2": (5, 2, 1)}
NAN, INF, NINF = "nan", "inf", "-inf"


class Zero(Fraction):
    """-0"""


NEGATIVE_ZERO = Zero(0)


def decode(bits, name):
    e, m, _ = FORMATS[name]
    sign, field, mantissa = bits >> (e + m) & 1, bits >> m & ((1 << e) - 1), bits & ((1 << m) - 1)
    bias = (1 << (e - 1)) - 1
    if name == "e4m3":
        if field == 15 and mantissa == 7:
            return NAN
    elif field == (1 << e) - 1:
        return NAN if mantissa else (NINF if sign else INF)
    if field:
        value = Fraction((1 << m) + mantissa) * Fraction(2) ** (field - bias - m)
    else:
        value = Fraction(mantissa) * Fraction(2) ** (1 - bias - m)
    if value == 0:
        return NEGATIVE_ZERO if sign else Fraction(0)
    return -value if sign else value


def negative(value):
    return value == NINF if isinstance(value, str) else (value < 0 or isinstance(value, Zero))


def encode(value, name, mode="rn", satfinite=False):
    """The bits of what `value` (a Fraction, -0, nan, inf) rounds to."""
    e, m, _ = FORMATS[name]
    bias, top = (1 << (e - 1)) - 1, (1 << e) - 1
    infinity = top << m
    largest = infinity + 6 if name == "e4m3" else infinity - 1
    nan = (1 << (e + m)) - 1
    if value == NAN:
        return nan
    sign = 1 << (e + m) if negative(value) else 0
    if value in (INF, NINF):
        if satfinite:
            return sign | largest
        return nan if name == "e4m3" else sign | infinity
    if value == 0:
        return sign
    magnitude = abs(value)
    exponent = magnitude.numerator.bit_length() - magnitude.denominator.bit_length()
    if Fraction(2) ** exponent > magnitude:
        exponent -= 1
    exponent = max(exponent, 1 - bias)
    scaled = magnitude / Fraction(2) ** (exponent - m)
    kept = scaled.numerator // scaled.denominator
    rest = scaled - kept
    half = Fraction(1, 2)
    up = {"rn": rest > half or (rest == half and kept % 2 == 1), "rna": rest >= half, "rz": False,
          "rm": sign != 0 and rest > 0, "rp": sign == 0 and rest > 0}[mode]
    kept += up
    bits = kept + ((exponent + bias - 1) << m) if kept >= 1 << m else kept
    if bits <= largest:
        return sign | bits
    if satfinite or mode == "rz" or (mode == "rm" and not sign) or (mode == "rp" and sign):
        return sign | largest
    return nan if name == "e4m3" else sign | infinity


def flush(bits, name="f32"):
    e, m, _ = FORMATS[name]
    return bits if bits >> m & ((1 << e) - 1) else bits & 1 << (e + m)


def to_float(bits, name):
    value = decode(bits, name)
    if isinstance(value, str):
        return float(value)
    return -0.0 if isinstance(value, Zero) else float(value)


def f32_bits(x):
    try:
        return struct.unpack("<I", struct.pack("<f", x))[0]
    except OverflowError:
        return 0x7F800000 if x > 0 else 0xFF800000


def f64_bits(x):
    return struct.unpack("<Q", struct.pack("<d", x))[0]


def add(a, b, mode="rn"):
    """a + b as a value; an exact zero has the sign that the mode gives it."""
    if NAN in (a, b) or {a, b} == {INF, NINF}:
        return NAN
    for infinite in (INF, NINF):
        if infinite in (a, b):
            return infinite
    if a == 0 and b == 0:
        if negative(a) and negative(b):
            return NEGATIVE_ZERO
        return NEGATIVE_ZERO if mode == "rm" and (negative(a) or negative(b)) else Fraction(0)
    total = Fraction(a) + Fraction(b)
    return total if total else (NEGATIVE_ZERO if mode == "rm" else Fraction(0))


def multiply(a, b):
    if NAN in (a, b):
        return NAN
    sign = negative(a) != negative(b)
    infinite = a in (INF, NINF) or b in (INF, NINF)
    if infinite:
        if a == 0 or b == 0:
            return NAN
        return NINF if sign else INF
    product = Fraction(a) * Fraction(b)
    return product if product else (NEGATIVE_ZERO if sign else Fraction(0))


def divide(a, b):
    if NAN in (a, b):
        return NAN
    sign = negative(a) != negative(b)
    infinite_a, infinite_b = a in (INF, NINF), b in (INF, NINF)
    if infinite_a and infinite_b or a == 0 and b == 0:
        return NAN
    if infinite_a or b == 0:
        return NINF if sign else INF
    if infinite_b or a == 0:
        return NEGATIVE_ZERO if sign else Fraction(0)
    return Fraction(a) / Fraction(b)


def square_root(a, name, mode):
    """Bits of the rounded root."""
    if a == NAN or (negative(a) and a != 0):
        return encode(NAN, name)
    if a in (INF,) or a == 0:
        return encode(a, name)
    # Enough bits of the root that what is cut off only has to be known to be there.
    shift = 1200
    scaled = (a.numerator << 2 * shift) // a.denominator
    root = math.isqrt(scaled)
    exact = root * root == scaled and (a.numerator << 2 * shift) % a.denominator == 0
    value = Fraction(2 * root + (0 if exact else 1), 1 << (shift + 1))
    return encode(value, name, mode)


def negate(a):
    if isinstance(a, str):
        return {NAN: NAN, INF: NINF, NINF: INF}[a]
    if a == 0:
        return Fraction(0) if isinstance(a, Zero) else NEGATIVE_ZERO
    return -a


def edges(name):
    """Bits of every kind of number of a format."""
    e, m, _ = FORMATS[name]
    one = ((1 << (e - 1)) - 1) << m
    largest = (((1 << e) - 1) << m) - 1
    half = 1 << (m - 1)
    positive = [0, 1, 2, (1 << m) - 1, 1 << m, (1 << m) + 1, one - 1, one, one + 1, one + half, one + (1 << m) + half,
                largest, largest - 1, largest + 1, largest + 1 + half]
    return positive + [p | 1 << (e + m) for p in positive]


def randoms(name, count, seed, near=False):
    """Random bits; `near`: exponents about one."""
    rng = random.Random(f"{name} {seed}")
    e, m, _ = FORMATS[name]
    bias = (1 << (e - 1)) - 1
    out = []
    for _ in range(count):
        if near:
            span = min(6, bias - 1)
            out.append(rng.getrandbits(1) << (e + m) | (bias + rng.randint(-span, span)) << m | rng.getrandbits(m))
        else:
            out.append(rng.getrandbits(1 + e + m))
    return out
