#include "tools/gpusim/num/Format.h"

#include <array>
#include <cmath>
#include <limits>

namespace gpusim::num {

static bool roundsUp(Rounding rounding, bool negative, bool odd, bool half, bool below) {
  switch (rounding) {
  case Rounding::Nearest:
    return half && (below || odd);
  case Rounding::NearestAway:
    return half;
  case Rounding::Zero:
    return false;
  case Rounding::Down:
    return negative && (half || below);
  case Rounding::Up:
    return !negative && (half || below);
  }
  return false;
}

uint64_t roundTo(const Format &f, bool negative, uint64_t significand, int exponent, Rounding rounding,
                 bool satFinite) {
  uint64_t sign = negative ? f.signBit() : 0;
  if (!significand)
    return sign;
  int highest = 63 - std::countl_zero(significand);
  int lowest = 1 - f.bias() - f.mantissaBits; // exponent of the last bit of subnormal numbers
  int last = std::max(highest + exponent - f.mantissaBits, lowest);
  int shift = last - exponent; // > 0: bits fall off
  uint64_t kept;
  bool half = false, below = false;
  if (shift <= 0) {
    kept = significand << -shift;
  } else if (shift > 64) {
    kept = 0, below = true;
  } else {
    kept = shift == 64 ? 0 : significand >> shift;
    half = significand >> (shift - 1) & 1;
    below = (significand & ((1ull << (shift - 1)) - 1)) != 0;
  }
  kept += roundsUp(rounding, negative, kept & 1, half, below);
  // A carry out of the mantissa moves into the exponent field by itself.
  uint64_t field = kept >> f.mantissaBits ? uint64_t(last - lowest) : 0;
  uint64_t bits = kept + (field << f.mantissaBits);
  if (bits <= f.largest())
    return sign | bits;
  bool toLargest = satFinite || rounding == Rounding::Zero || (rounding == Rounding::Down && !negative) ||
                   (rounding == Rounding::Up && negative);
  if (toLargest)
    return sign | f.largest();
  return f.top == Top::Infinity ? sign | f.infinity() : f.canonicalNan;
}

uint64_t encode(double value, const Format &f, Rounding rounding, bool satFinite) {
  uint64_t bits = std::bit_cast<uint64_t>(value), mantissa = bits & ((1ull << 52) - 1);
  bool negative = bits >> 63;
  int field = int(bits >> 52 & 0x7ff);
  if (field == 0x7ff) {
    if (mantissa)
      return f.canonicalNan;
    uint64_t sign = negative ? f.signBit() : 0;
    if (satFinite)
      return sign | f.largest();
    return f.top == Top::Infinity ? sign | f.infinity() : f.canonicalNan;
  }
  if (field)
    mantissa |= 1ull << 52;
  return roundTo(f, negative, mantissa, (field ? field : 1) - 1075, rounding, satFinite);
}

double decode(uint64_t bits, const Format &f) {
  uint64_t sign = bits & f.signBit() ? 1ull << 63 : 0, rest = bits & (f.signBit() - 1);
  uint64_t mantissa = rest & ((1ull << f.mantissaBits) - 1);
  int field = int(rest >> f.mantissaBits);
  bool nan = f.top == Top::Infinity ? rest > f.infinity() : rest > f.largest();
  if (nan || (f.top == Top::Infinity && rest == f.infinity()))
    return std::bit_cast<double>(sign | 0x7ffull << 52 | mantissa << (52 - f.mantissaBits));
  double magnitude = field ? std::ldexp(double(mantissa | 1ull << f.mantissaBits), field - f.bias() - f.mantissaBits)
                           : std::ldexp(double(mantissa), 1 - f.bias() - f.mantissaBits);
  return sign ? -magnitude : magnitude;
}

double roundToWhole(double value, Rounding rounding) {
  switch (rounding) {
  case Rounding::Nearest: {
    double whole = std::trunc(value), rest = std::fabs(value - whole);
    if (rest > 0.5 || (rest == 0.5 && std::fmod(whole, 2) != 0))
      whole += std::copysign(1.0, value);
    return std::copysign(whole, value);
  }
  case Rounding::NearestAway:
    return std::round(value);
  case Rounding::Zero:
    return std::trunc(value);
  case Rounding::Down:
    return std::floor(value);
  case Rounding::Up:
    return std::ceil(value);
  }
  return value;
}

uint64_t toInteger(double value, unsigned bits, bool isSigned, Rounding rounding, bool wideNan) {
  if (std::isnan(value)) {
    uint64_t top = 1ull << (bits - 1);
    return !wideNan ? 0 : isSigned ? 0 - top : top;
  }
  double whole = roundToWhole(value, rounding);
  if (isSigned) {
    int64_t most = int64_t(~0ull >> (65 - bits)), least = -most - 1;
    double limit = std::ldexp(1.0, int(bits) - 1);
    return uint64_t(whole >= limit ? most : whole < -limit ? least : int64_t(whole));
  }
  if (!(whole > 0))
    return 0;
  return whole >= std::ldexp(1.0, int(bits)) ? ~0ull >> (64 - bits) : uint64_t(whole);
}

uint8_t toFp8(double value, const Format &format, bool relu) {
  uint8_t bits = uint8_t(encode(value, format, Rounding::Nearest, true));
  return relu && bits & 0x80 ? 0 : bits;
}

template <const Format &format> static std::array<uint16_t, 256> halves() {
  std::array<uint16_t, 256> table{};
  for (unsigned i = 0; i < 256; ++i)
    table[i] = uint16_t(encode(decode(i, format), F16));
  return table;
}

uint16_t fp8ToHalf(uint8_t bits, const Format &format, bool relu) {
  static const std::array<uint16_t, 256> e4m3 = halves<E4M3>(), e5m2 = halves<E5M2>();
  uint16_t half = (format.exponentBits == 4 ? e4m3 : e5m2)[bits];
  return relu && half & 0x8000 ? 0 : half;
}

} // namespace gpusim::num
