// Floating-point formats in bit arithmetic: exact for every rounding, whatever mode the host is in.
#pragma once
#include <bit>
#include <cstdint>

namespace gpusim::num {

/// .rn .rz .rm .rp .rna; for integers .rni .rzi .rmi .rpi.
enum class Rounding : uint8_t { Nearest, Zero, Down, Up, NearestAway };

/// What a format does with its highest exponent.
enum class Top : uint8_t {
  Infinity, // IEEE: infinity and NaN
  NanOnly,  // e4m3: only the all-ones mantissa is NaN; no infinity
};

struct Format {
  int exponentBits, mantissaBits;
  Top top = Top::Infinity;
  uint64_t canonicalNan = 0;
  constexpr int bias() const { return (1 << (exponentBits - 1)) - 1; }
  constexpr uint64_t signBit() const { return 1ull << (exponentBits + mantissaBits); }
  constexpr uint64_t infinity() const { return ((1ull << exponentBits) - 1) << mantissaBits; }
  constexpr uint64_t largest() const {
    return top == Top::Infinity ? infinity() - 1 : infinity() + (1ull << mantissaBits) - 2;
  }
};

inline constexpr Format F64{11, 52, Top::Infinity, 0x7fffffffffffffffull};
inline constexpr Format F32{8, 23, Top::Infinity, 0x7fffffff};
inline constexpr Format TF32{8, 10, Top::Infinity, 0x3ffff}; // 19 bits; as a register: << 13
inline constexpr Format BF16{8, 7, Top::Infinity, 0x7fff};
inline constexpr Format F16{5, 10, Top::Infinity, 0x7fff};
inline constexpr Format E5M2{5, 2, Top::Infinity, 0x7f};
inline constexpr Format E4M3{4, 3, Top::NanOnly, 0x7f};

/// Rounds significand * 2^exponent. `satFinite`: what is too large becomes the largest finite number.
uint64_t roundTo(const Format &, bool negative, uint64_t significand, int exponent, Rounding, bool satFinite = false);

/// The nearest number of `format`, as its bits. NaN becomes the canonical NaN; e4m3 has NaN for infinity.
uint64_t encode(double, const Format &format, Rounding = Rounding::Nearest, bool satFinite = false);
/// The value of a number of any format but F64, exactly; NaN keeps its sign and its payload's top bits.
double decode(uint64_t bits, const Format &format);

/// A whole number as a float of `format`.
inline uint64_t encodeInteger(uint64_t magnitude, bool negative, const Format &format, Rounding rounding) {
  return roundTo(format, negative && magnitude, magnitude, 0, rounding);
}

/// cvt to an integer of `bits` (8..64), clamped to its range. NaN: 0, or 2^(bits-1) where `wideNan` (sources of f64 and
/// destinations of 64 bits). The result is sign- or zero-extended to 64 bits.
uint64_t toInteger(double, unsigned bits, bool isSigned, Rounding, bool wideNan);
/// cvt.rni.f32.f32 and the like: the whole number as a float.
double roundToWhole(double, Rounding);

inline float bitsToFloat(uint32_t bits) { return std::bit_cast<float>(bits); }
inline uint32_t floatToBits(float value) { return std::bit_cast<uint32_t>(value); }

/// f32 -> tf32 kept in an f32 register (the low 13 bits are zero).
inline uint32_t toTf32(float value, Rounding rounding, bool satFinite = false) {
  return uint32_t(encode(value, TF32, rounding, satFinite)) << 13;
}

/// .ftz: a subnormal f32 becomes a zero of its sign.
inline uint32_t flushBits(uint32_t bits) { return bits & 0x7f800000 ? bits : bits & 0x80000000; }
inline float flush(float value) { return bitsToFloat(flushBits(floatToBits(value))); }
/// .sat: [0, 1], NaN becomes +0.
inline float saturate(float value) { return value > 0 ? (value < 1 ? value : 1.0f) : 0.0f; }

/// fp8 by the byte. `relu`: negative numbers become +0; NaN stays the canonical NaN.
uint8_t toFp8(double, const Format &, bool relu);
uint16_t fp8ToHalf(uint8_t, const Format &, bool relu);

} // namespace gpusim::num
