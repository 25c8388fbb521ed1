// Fragments of the warp's matrix instructions as arrays of f64, and their product.
//
// In every mma shape but m8n8k4.f16 a register of A or B, taken over the 32 lanes in order, is a row-major tile of
// 8 rows x 16 bytes (f64: 8 x 4 numbers): lane = row * 4 + 32-bit word. A's registers go down first (rows 0-7, 8-15),
// then to the next 16 bytes of k; a row of B's tile is a column of B. Register pair c0, c1 of an accumulator holds 8
// rows of the even and of the odd columns, again with lane = row * 4 + column / 2.
//
// Sums: products are exact in f64 (for all inputs up to 24 bits), they are added to C in f64 in the order of k, and the
// sum is rounded once, to nearest, to the accumulator's type. A card aligns a few products at a time and cuts them off,
// in an order that the ISA leaves open: its last bits differ, up to a few units in the last place of the largest
// product.
#pragma once
#include "tools/gpusim/num/Lanes.h"

#include <cstring>
#include <immintrin.h>

namespace gpusim::tensor {

enum class Element : uint8_t { F16, BF16, TF32, E4M3, E5M2, F64 };

/// Numbers in 16 bytes of k (f64: in four lanes).
constexpr int perTile(Element e) {
  return e == Element::F16 || e == Element::BF16 ? 8 : e == Element::TF32 || e == Element::F64 ? 4 : 16;
}
constexpr int bytesOf(Element e) { return e == Element::F64 ? 8 : 16 / perTile(e); }

/// fp8 numbers as f64.
const double *fp8Table(bool e5m2);

inline void storeWide(__m256 values, double *to) {
  _mm256_storeu_pd(to, _mm256_cvtps_pd(_mm256_castps256_ps128(values)));
  _mm256_storeu_pd(to + 4, _mm256_cvtps_pd(_mm256_extractf128_ps(values, 1)));
}

/// One row of a tile (16 bytes; f64: 32 bytes) to perTile numbers. tf32: the low 13 bits are not looked at.
template <Element E> inline void expandRow(const void *from, double *to) {
  __m128i bits = _mm_loadu_si128((const __m128i *)from);
  if constexpr (E == Element::F16) {
    storeWide(_mm256_cvtph_ps(bits), to);
  } else if constexpr (E == Element::BF16) {
    storeWide(_mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(bits), 16)), to);
  } else if constexpr (E == Element::TF32) {
    bits = _mm_and_si128(bits, _mm_set1_epi32(int(0xffffe000)));
    _mm256_storeu_pd(to, _mm256_cvtps_pd(_mm_castsi128_ps(bits)));
  } else if constexpr (E == Element::F64) {
    std::memcpy(to, from, 32);
  } else {
    static const double *table = fp8Table(E == Element::E5M2);
    for (int i = 0; i < 16; ++i)
      to[i] = table[static_cast<const uint8_t *>(from)[i]];
  }
}

/// Where the column n of eight stands in a row of accumulators: even columns first.
constexpr int columnPlace(int n) { return (n >> 1) + (n & 1) * 4; }

/// Eight rows of `k` numbers each (rows[n]: column n of B) to to[k][8] with columnPlace; k a multiple of 4.
inline void transpose(const double *const rows[8], int k, double *to) {
  for (int half = 0; half < 2; ++half)
    for (int i = 0; i < k; i += 4) {
      __m256d a = _mm256_loadu_pd(rows[half] + i), b = _mm256_loadu_pd(rows[2 + half] + i);
      __m256d c = _mm256_loadu_pd(rows[4 + half] + i), d = _mm256_loadu_pd(rows[6 + half] + i);
      __m256d ab0 = _mm256_unpacklo_pd(a, b), ab1 = _mm256_unpackhi_pd(a, b);
      __m256d cd0 = _mm256_unpacklo_pd(c, d), cd1 = _mm256_unpackhi_pd(c, d);
      double *out = to + i * 8 + half * 4;
      _mm256_storeu_pd(out, _mm256_permute2f128_pd(ab0, cd0, 0x20));
      _mm256_storeu_pd(out + 8, _mm256_permute2f128_pd(ab1, cd1, 0x20));
      _mm256_storeu_pd(out + 16, _mm256_permute2f128_pd(ab0, cd0, 0x31));
      _mm256_storeu_pd(out + 24, _mm256_permute2f128_pd(ab1, cd1, 0x31));
    }
}

/// d[rows][8] += a[rows][k] * b[k][8].
template <int Rows> inline void multiply(const double *a, int lda, const double *b, int k, double *d) {
  static_assert(Rows % 4 == 0);
  for (int row = 0; row < Rows; row += 4) {
    __m256d even[4], odd[4];
    for (int i = 0; i < 4; ++i) {
      even[i] = _mm256_loadu_pd(d + (row + i) * 8);
      odd[i] = _mm256_loadu_pd(d + (row + i) * 8 + 4);
    }
    const double *from = a + row * lda;
    for (int j = 0; j < k; ++j) {
      __m256d b0 = _mm256_loadu_pd(b + j * 8), b1 = _mm256_loadu_pd(b + j * 8 + 4);
      for (int i = 0; i < 4; ++i) {
        __m256d value = _mm256_broadcast_sd(from + i * lda + j);
        even[i] = _mm256_fmadd_pd(value, b0, even[i]);
        odd[i] = _mm256_fmadd_pd(value, b1, odd[i]);
      }
    }
    for (int i = 0; i < 4; ++i) {
      _mm256_storeu_pd(d + (row + i) * 8, even[i]);
      _mm256_storeu_pd(d + (row + i) * 8 + 4, odd[i]);
    }
  }
}

/// Eight rows of an accumulator of f32 (two registers) or f16 (one register of pairs), as d[8][8], and back.
inline void loadF32(const float *even, const float *odd, double *d) {
  for (int row = 0; row < 8; ++row) {
    _mm256_storeu_pd(d + row * 8, _mm256_cvtps_pd(_mm_loadu_ps(even + row * 4)));
    _mm256_storeu_pd(d + row * 8 + 4, _mm256_cvtps_pd(_mm_loadu_ps(odd + row * 4)));
  }
}
inline void storeF32(const double *d, float *even, float *odd) {
  for (int row = 0; row < 8; ++row) {
    _mm_storeu_ps(even + row * 4, _mm256_cvtpd_ps(_mm256_loadu_pd(d + row * 8)));
    _mm_storeu_ps(odd + row * 4, _mm256_cvtpd_ps(_mm256_loadu_pd(d + row * 8 + 4)));
  }
}
inline void loadF16(const uint32_t *pairs, double *d) {
  for (int row = 0; row < 8; ++row) {
    __m128i both = _mm_loadu_si128((const __m128i *)(pairs + row * 4));
    __m128i even = _mm_and_si128(both, _mm_set1_epi32(0xffff)), odd = _mm_srli_epi32(both, 16);
    storeWide(_mm256_cvtph_ps(_mm_packus_epi32(even, odd)), d + row * 8);
  }
}
/// f64 to f32 rounded to odd: what is cut off leaves a mark in the last bit, so that rounding to f16 rounds once.
inline __m128 toOdd(__m256d values) {
  const __m256i cut = _mm256_set1_epi64x(0x1fffffff), last = _mm256_set1_epi64x(0x20000000);
  __m256i bits = _mm256_castpd_si256(values);
  __m256i exact = _mm256_cmpeq_epi64(_mm256_and_si256(bits, cut), _mm256_setzero_si256());
  bits = _mm256_or_si256(_mm256_andnot_si256(cut, bits), _mm256_andnot_si256(exact, last));
  return _mm256_cvtpd_ps(_mm256_castsi256_pd(bits));
}
inline void storeF16(const double *d, uint32_t *pairs) {
  for (int row = 0; row < 8; ++row) {
    __m128 even = toOdd(_mm256_loadu_pd(d + row * 8)), odd = toOdd(_mm256_loadu_pd(d + row * 8 + 4));
    __m128i halves = num::floatToHalf8(_mm256_set_m128(odd, even));
    _mm_storeu_si128((__m128i *)(pairs + row * 4), _mm_unpacklo_epi16(halves, _mm_srli_si128(halves, 8)));
  }
}

} // namespace gpusim::tensor
