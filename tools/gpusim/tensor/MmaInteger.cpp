// mma of s8/u8, s4/u4 (exact sums in 32 bits, wrapped or clamped once) and of single bits.
#include "tools/gpusim/tensor/Tensor.h"

#include <algorithm>
#include <bit>
#include <immintrin.h>

namespace gpusim::tensor {
namespace {

enum Flags : uint16_t { SignedA = 1, SignedB = 2, Saturate = 4, AndOf = 8 };

/// 16 bytes of k as int16: 16 numbers of 8 bits, or 32 of 4 bits (the low one first).
template <bool Four> inline void expand(const void *from, bool isSigned, int16_t *to) {
  __m128i bytes = _mm_loadu_si128((const __m128i *)from);
  if constexpr (!Four) {
    __m256i wide = isSigned ? _mm256_cvtepi8_epi16(bytes) : _mm256_cvtepu8_epi16(bytes);
    _mm256_storeu_si256((__m256i *)to, wide);
    return;
  }
  const __m128i mask = _mm_set1_epi8(15), eight = _mm_set1_epi8(8);
  __m128i low = _mm_and_si128(bytes, mask), high = _mm_and_si128(_mm_srli_epi16(bytes, 4), mask);
  __m128i first = _mm_unpacklo_epi8(low, high), second = _mm_unpackhi_epi8(low, high);
  if (isSigned) { // sign extension of 4 bits
    first = _mm_sub_epi8(_mm_xor_si128(first, eight), eight);
    second = _mm_sub_epi8(_mm_xor_si128(second, eight), eight);
  }
  _mm256_storeu_si256((__m256i *)to, _mm256_cvtepi8_epi16(first));
  _mm256_storeu_si256((__m256i *)(to + 16), _mm256_cvtepi8_epi16(second));
}

inline int32_t total(__m256i v) {
  __m128i sum = _mm_add_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
  sum = _mm_hadd_epi32(sum, sum);
  return _mm_cvtsi128_si32(_mm_hadd_epi32(sum, sum));
}

template <bool Four, int M, int Tiles> Flow mmaInteger(const Op &op, Warp &w, LaneMask mask) {
  if (!whole(op, w, mask)) [[unlikely]]
    return Flow::Stop;
  constexpr int Halves = M / 8, Per = Four ? 32 : 16, K = Tiles * Per, Sums = Halves * 2;
  const uint32_t *list = op.list, *regsA = list + Sums, *regsB = regsA + Halves * Tiles, *c = regsB + Tiles;
  alignas(32) int16_t a[M * K], b[8 * K];
  for (int r = 0; r < Halves * Tiles; ++r)
    for (int g = 0; g < 8; ++g)
      expand<Four>(w.in<uint8_t>(regsA[r]) + g * 16, op.flags & SignedA,
                   a + ((r % Halves) * 8 + g) * K + (r / Halves) * Per);
  for (int r = 0; r < Tiles; ++r)
    for (int g = 0; g < 8; ++g)
      expand<Four>(w.in<uint8_t>(regsB[r]) + g * 16, op.flags & SignedB, b + g * K + r * Per);
  int32_t d[Sums][32];
  for (int s = 0; s < Sums; ++s) {
    const int32_t *from = w.in<int32_t>(c[s]);
    for (int lane = 0; lane < 32; ++lane) {
      const int16_t *x = a + ((s >> 1) * 8 + (lane >> 2)) * K, *y = b + ((lane & 3) * 2 + (s & 1)) * K;
      __m256i sum = _mm256_setzero_si256();
      for (int k = 0; k < K; k += 16)
        sum = _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_load_si256((const __m256i *)(x + k)),
                                                      _mm256_load_si256((const __m256i *)(y + k))));
      int64_t exact = int64_t(from[lane]) + total(sum);
      if (op.flags & Saturate)
        exact = std::clamp<int64_t>(exact, INT32_MIN, INT32_MAX);
      d[s][lane] = int32_t(uint32_t(exact));
    }
  }
  for (int s = 0; s < Sums; ++s)
    std::memcpy(w.at<int32_t>(list[s]), d[s], sizeof d[s]);
  return Flow::Next;
}

template <int M, int Tiles> Flow mmaBits(const Op &op, Warp &w, LaneMask mask) {
  if (!whole(op, w, mask)) [[unlikely]]
    return Flow::Stop;
  constexpr int Halves = M / 8, Sums = Halves * 2;
  const uint32_t *list = op.list, *a = list + Sums, *b = a + Halves * Tiles, *c = b + Tiles;
  uint32_t d[Sums][32];
  for (int s = 0; s < Sums; ++s)
    for (int lane = 0; lane < 32; ++lane) {
      uint32_t sum = w.in<uint32_t>(c[s])[lane];
      for (int t = 0; t < Tiles; ++t)
        for (int word = 0; word < 4; ++word) {
          uint32_t x = w.in<uint32_t>(a[t * Halves + (s >> 1)])[(lane & ~3) + word];
          uint32_t y = w.in<uint32_t>(b[t])[((lane & 3) * 2 + (s & 1)) * 4 + word];
          sum += uint32_t(std::popcount(op.flags & AndOf ? x & y : x ^ y));
        }
      d[s][lane] = sum;
    }
  for (int s = 0; s < Sums; ++s)
    std::memcpy(w.at<uint32_t>(list[s]), d[s], sizeof d[s]);
  return Flow::Next;
}

bool isByte(std::string_view type) { return type == "s8" || type == "u8"; }
bool isNibble(std::string_view type) { return type == "s4" || type == "u4"; }

} // namespace

Choice chooseInteger(const Shape &s) {
  if (!s.rowA || !s.colB || s.d != "s32" || s.c != "s32" || s.n != 8 || (s.m != 8 && s.m != 16))
    return {};
  Choice choice;
  bool four = isNibble(s.a) && isNibble(s.b), bits = s.a == "b1" && s.b == "b1";
  if (!four && !bits && !(isByte(s.a) && isByte(s.b)))
    return {};
  int one = bits ? 128 : four ? 32 : 16, tiles = s.k / one;
  if (s.k % one || tiles < 1 || tiles > 2 || (s.m == 8 && tiles != 1))
    return {};
  if (bits)
    choice.body = s.m == 8 ? entry<mmaBits<8, 1>> : tiles == 1 ? entry<mmaBits<16, 1>> : entry<mmaBits<16, 2>>;
  else if (four)
    choice.body = s.m == 8     ? entry<mmaInteger<true, 8, 1>>
                  : tiles == 1 ? entry<mmaInteger<true, 16, 1>>
                               : entry<mmaInteger<true, 16, 2>>;
  else
    choice.body = s.m == 8     ? entry<mmaInteger<false, 8, 1>>
                  : tiles == 1 ? entry<mmaInteger<false, 16, 1>>
                               : entry<mmaInteger<false, 16, 2>>;
  int halves = s.m / 8, registers[4] = {halves * 2, halves * tiles, tiles, halves * 2};
  std::copy(registers, registers + 4, choice.registers);
  return choice;
}

} // namespace gpusim::tensor
