// The hot conversions and 16-bit arithmetic over the 32 lanes of a warp, written so that they become AVX2 code. All of
// them round to nearest even; the host must be in that mode (it is: nothing in gpusim leaves another one set).
#pragma once
#include "tools/gpusim/num/Format.h"

#include <immintrin.h>

namespace gpusim::num {

inline constexpr int Lanes = 32;

// --- one lane ---
inline float halfToFloat(uint16_t bits) { return _cvtsh_ss(bits); }
inline uint16_t floatToHalf(float value) {
  return value == value ? uint16_t(_cvtss_sh(value, _MM_FROUND_TO_NEAREST_INT)) : uint16_t(0x7fff);
}
inline float bfloatToFloat(uint16_t bits) { return bitsToFloat(uint32_t(bits) << 16); }
inline uint16_t floatToBfloat(float value) {
  uint32_t bits = floatToBits(value);
  uint32_t rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
  return uint16_t((bits & 0x7fffffff) > 0x7f800000 ? 0x7fff : rounded);
}

/// a + b in f64 with the last bit set where the sum is not exact ("rounded to odd"): rounding it again to a format of
/// 51 bits or less gives what rounding the exact sum once gives. Neither may be infinite or NaN for the trick to
/// matter.
inline double sumToOdd(double a, double b) {
  double sum = a + b, part = sum - a;
  double error = (a - (sum - part)) + (b - part);
  uint64_t bits = std::bit_cast<uint64_t>(sum);
  // Inexact and even: step towards the exact value. Its magnitude is smaller if error and sum have opposite signs.
  uint64_t inexact = error != 0 && error == error ? ~0ull : 0;
  uint64_t opposite = (std::bit_cast<uint64_t>(error) ^ bits) >> 63;
  uint64_t stepped = bits & 1 ? bits : opposite ? bits - 1 : bits + 1;
  return std::bit_cast<double>((stepped & inexact) | (bits & ~inexact));
}

/// f64 -> f32 rounded to odd: the way of an f64 to a 16-bit format through the f32 conversions.
inline float narrowToOdd(double value) {
  float narrow = float(value);
  uint32_t bits = floatToBits(narrow);
  bool inexact = double(narrow) != value && value == value && (bits & 0x7fffffff) != 0x7f800000;
  bool above = (double(narrow) > value) != (bits >> 31 != 0); // the magnitude was rounded up
  uint32_t truncated = bits - (inexact && above ? 1 : 0);
  return bitsToFloat(truncated | (inexact ? 1u : 0u));
}

/// a * b + c of 16-bit floats (given as f32), as an f32 that rounds to the right 16-bit float.
inline float fmaFor16(float a, float b, float c) { return narrowToOdd(sumToOdd(double(a) * b, c)); }

// --- 32 lanes ---
inline void halfToFloat(const uint16_t *from, float *to) {
  for (int i = 0; i < Lanes; i += 8)
    _mm256_storeu_ps(to + i, _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(from + i))));
}
inline __m128i floatToHalf8(__m256 value) {
  __m128i half = _mm256_cvtps_ph(value, _MM_FROUND_TO_NEAREST_INT);
  __m256i nan = _mm256_castps_si256(_mm256_cmp_ps(value, value, _CMP_UNORD_Q));
  __m128i nan16 = _mm_packs_epi32(_mm256_castsi256_si128(nan), _mm256_extracti128_si256(nan, 1));
  return _mm_blendv_epi8(half, _mm_set1_epi16(0x7fff), nan16);
}
inline void floatToHalf(const float *from, uint16_t *to) {
  for (int i = 0; i < Lanes; i += 8)
    _mm_storeu_si128((__m128i *)(to + i), floatToHalf8(_mm256_loadu_ps(from + i)));
}
inline void bfloatToFloat(const uint16_t *from, float *to) {
  for (int i = 0; i < Lanes; ++i)
    to[i] = bfloatToFloat(from[i]);
}
inline void floatToBfloat(const float *from, uint16_t *to) {
  for (int i = 0; i < Lanes; ++i)
    to[i] = floatToBfloat(from[i]);
}

/// .f16x2 / .bf16x2 registers to their low and high halves as f32, and back.
inline void halvesToFloat(const uint32_t *from, float *low, float *high) {
  const __m256i mask = _mm256_set1_epi32(0xffff);
  for (int i = 0; i < Lanes; i += 8) {
    __m256i both = _mm256_loadu_si256((const __m256i *)(from + i));
    __m256i lows = _mm256_and_si256(both, mask), highs = _mm256_srli_epi32(both, 16);
    __m256i packed = _mm256_permute4x64_epi64(_mm256_packus_epi32(lows, highs), 0xd8); // 8 low, 8 high
    _mm256_storeu_ps(low + i, _mm256_cvtph_ps(_mm256_castsi256_si128(packed)));
    _mm256_storeu_ps(high + i, _mm256_cvtph_ps(_mm256_extracti128_si256(packed, 1)));
  }
}
inline void floatToHalves(const float *low, const float *high, uint32_t *to) {
  for (int i = 0; i < Lanes; i += 8) {
    __m256i lows = _mm256_cvtepu16_epi32(floatToHalf8(_mm256_loadu_ps(low + i)));
    __m256i highs = _mm256_cvtepu16_epi32(floatToHalf8(_mm256_loadu_ps(high + i)));
    _mm256_storeu_si256((__m256i *)(to + i), _mm256_or_si256(lows, _mm256_slli_epi32(highs, 16)));
  }
}
inline void bfloatsToFloat(const uint32_t *from, float *low, float *high) {
  for (int i = 0; i < Lanes; ++i) {
    low[i] = bitsToFloat(from[i] << 16);
    high[i] = bitsToFloat(from[i] & 0xffff0000);
  }
}
inline void floatToBfloats(const float *low, const float *high, uint32_t *to) {
  for (int i = 0; i < Lanes; ++i)
    to[i] = uint32_t(floatToBfloat(low[i])) | uint32_t(floatToBfloat(high[i])) << 16;
}

/// cvt.r?i.s32.f32 and .u32.f32 without .ftz: clamped, NaN becomes 0.
inline void floatToInt32(const float *from, uint32_t *to, Rounding rounding, bool isSigned) {
  for (int i = 0; i < Lanes; ++i)
    to[i] = uint32_t(toInteger(from[i], 32, isSigned, rounding, false));
}
inline void truncateToInt32(const float *from, uint32_t *to) { // .rzi.s32
  const __m256 limit = _mm256_set1_ps(2147483648.0f);
  for (int i = 0; i < Lanes; i += 8) {
    __m256 value = _mm256_loadu_ps(from + i);
    __m256i whole = _mm256_cvttps_epi32(value); // 0x80000000 where it does not fit
    __m256i over = _mm256_castps_si256(_mm256_cmp_ps(value, limit, _CMP_GE_OQ));
    __m256i number = _mm256_castps_si256(_mm256_cmp_ps(value, value, _CMP_ORD_Q));
    _mm256_storeu_si256((__m256i *)(to + i), _mm256_and_si256(_mm256_xor_si256(whole, over), number));
  }
}

} // namespace gpusim::num
