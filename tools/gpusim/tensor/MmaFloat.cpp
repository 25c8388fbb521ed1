#include "tools/gpusim/num/Directed.h"
#include "tools/gpusim/tensor/Fragments.h"
#include "tools/gpusim/tensor/Tensor.h"

#include <algorithm>
#include <array>

namespace gpusim::tensor {

const double *fp8Table(bool e5m2) {
  static const auto tables = [] {
    std::array<std::array<double, 256>, 2> t{};
    for (unsigned i = 0; i < 256; ++i)
      t[0][i] = num::decode(i, num::E4M3), t[1][i] = num::decode(i, num::E5M2);
    return t;
  }();
  return tables[e5m2].data();
}

namespace {

enum class Sum : uint8_t { F32, F16, F64 };

/// m8 or m16, n8, and Tiles times 16 bytes of k.
template <Element A, Element B, int M, int Tiles, Sum S> Flow mmaFloat(const Op &op, Warp &w, LaneMask mask) {
  if (!whole(op, w, mask)) [[unlikely]]
    return Flow::Stop;
  constexpr int Halves = M / 8, Per = perTile(A), K = Tiles * Per;
  constexpr int Sums = S == Sum::F16 ? Halves : Halves * 2; // registers of C and of D
  constexpr int Row = A == Element::F64 ? 32 : 16;          // bytes of a tile's row
  const uint32_t *list = op.list;
  alignas(32) double a[M * K], columns[8 * K], b[K * 8], d[M * 8];
  for (int r = 0; r < Halves * Tiles; ++r) {
    const uint8_t *tile = w.in<uint8_t>(list[Sums + r]);
    for (int g = 0; g < 8; ++g)
      expandRow<A>(tile + g * Row, a + ((r % Halves) * 8 + g) * K + (r / Halves) * Per);
  }
  const double *rows[8];
  for (int g = 0; g < 8; ++g) {
    rows[g] = columns + g * K;
    for (int r = 0; r < Tiles; ++r)
      expandRow<B>(w.in<uint8_t>(list[Sums + Halves * Tiles + r]) + g * Row, columns + g * K + r * Per);
  }
  transpose(rows, K, b);
  const uint32_t *c = list + Sums + Halves * Tiles + Tiles;
  for (int h = 0; h < Halves; ++h) {
    double *to = d + h * 64;
    if constexpr (S == Sum::F32)
      loadF32(w.in<float>(c[h * 2]), w.in<float>(c[h * 2 + 1]), to);
    else if constexpr (S == Sum::F16)
      loadF16(w.in<uint32_t>(c[h]), to);
    else
      for (int lane = 0; lane < 32; ++lane) {
        to[(lane >> 2) * 8 + (lane & 3)] = w.in<double>(c[h * 2])[lane];
        to[(lane >> 2) * 8 + (lane & 3) + 4] = w.in<double>(c[h * 2 + 1])[lane];
      }
  }
  multiply<M>(a, K, b, K, d);
  for (int h = 0; h < Halves; ++h) {
    const double *from = d + h * 64;
    if constexpr (S == Sum::F32)
      storeF32(from, w.at<float>(list[h * 2]), w.at<float>(list[h * 2 + 1]));
    else if constexpr (S == Sum::F16)
      storeF16(from, w.at<uint32_t>(list[h]));
    else
      for (int lane = 0; lane < 32; ++lane) {
        w.at<double>(list[h * 2])[lane] = from[(lane >> 2) * 8 + (lane & 3)];
        w.at<double>(list[h * 2 + 1])[lane] = from[(lane >> 2) * 8 + (lane & 3) + 4];
      }
  }
  return Flow::Next;
}

/// f64 in another rounding than nearest: the chain of fused multiply-adds that the ISA speaks of, 32 numbers at once.
template <int M, int Tiles> Flow mmaDirected(const Op &op, Warp &w, LaneMask mask) {
  if (!whole(op, w, mask)) [[unlikely]]
    return Flow::Stop;
  constexpr int Halves = M / 8, Sums = Halves * 2;
  const uint32_t *list = op.list, *a = list + Sums, *b = a + Halves * Tiles, *c = b + Tiles;
  double d[Sums][32];
  for (int s = 0; s < Sums; ++s) {
    std::memcpy(d[s], w.in<double>(c[s]), sizeof d[s]);
    for (int k = 0; k < Tiles * 4; ++k) {
      const double *as = w.in<double>(a[(k / 4) * Halves + s / 2]), *bs = w.in<double>(b[k / 4]);
      double x[32], y[32];
      for (int lane = 0; lane < 32; ++lane) {
        x[lane] = as[(lane & ~3) + k % 4];
        y[lane] = bs[((lane & 3) * 2 + (s & 1)) * 4 + k % 4];
      }
      num::fma(d[s], x, y, d[s], num::Rounding(op.kind));
    }
  }
  for (int s = 0; s < Sums; ++s)
    std::memcpy(w.at<double>(list[s]), d[s], sizeof d[s]);
  return Flow::Next;
}

template <Element A, Element B, int M, int Tiles, Sum S> Choice make() {
  constexpr int Halves = M / 8, Bits = A == Element::F64 ? 64 : 32;
  Choice choice;
  choice.body = entry<mmaFloat<A, B, M, Tiles, S>>;
  int sums = S == Sum::F16 ? Halves : Halves * 2, registers[4] = {sums, Halves * Tiles, Tiles, sums};
  std::copy(registers, registers + 4, choice.registers);
  std::fill(choice.bits, choice.bits + 4, Bits);
  return choice;
}

template <Element A, Element B> Choice forSums(const Shape &s, int bytes) {
  bool f32 = s.d == "f32" && s.c == "f32", f16 = s.d == "f16" && s.c == "f16";
  if (s.m != 16 || s.n != 8 || (s.k * bytes != 16 && s.k * bytes != 32) || (!f32 && !f16))
    return {};
  bool two = s.k * bytes == 32;
  if (f32)
    return two ? make<A, B, 16, 2, Sum::F32>() : make<A, B, 16, 1, Sum::F32>();
  if constexpr (A != Element::BF16 && A != Element::TF32)
    return two ? make<A, B, 16, 2, Sum::F16>() : make<A, B, 16, 1, Sum::F16>();
  return {};
}

} // namespace

Choice chooseFloat(const Shape &s) {
  if (!s.rowA || !s.colB)
    return {};
  if (s.a == "f16" && s.b == "f16")
    return forSums<Element::F16, Element::F16>(s, 2);
  if (s.a == "bf16" && s.b == "bf16")
    return forSums<Element::BF16, Element::BF16>(s, 2);
  if (s.a == "tf32" && s.b == "tf32")
    return forSums<Element::TF32, Element::TF32>(s, 4);
  if (s.a == "e4m3" && s.b == "e4m3")
    return forSums<Element::E4M3, Element::E4M3>(s, 1);
  if (s.a == "e4m3" && s.b == "e5m2")
    return forSums<Element::E4M3, Element::E5M2>(s, 1);
  if (s.a == "e5m2" && s.b == "e4m3")
    return forSums<Element::E5M2, Element::E4M3>(s, 1);
  if (s.a == "e5m2" && s.b == "e5m2")
    return forSums<Element::E5M2, Element::E5M2>(s, 1);
  if (s.d != "f64" || s.a != "f64" || s.b != "f64" || s.c != "f64" || s.n != 8)
    return {};
  constexpr Element D = Element::F64;
  Choice choice;
  if (s.m == 8 && s.k == 4)
    choice = make<D, D, 8, 1, Sum::F64>();
  else if (s.m == 16 && s.k == 4)
    choice = make<D, D, 16, 1, Sum::F64>();
  else if (s.m == 16 && s.k == 8)
    choice = make<D, D, 16, 2, Sum::F64>();
  else if (s.m == 16 && s.k == 16)
    choice = make<D, D, 16, 4, Sum::F64>();
  if (choice.body && s.rounding)
    choice.body = s.m == 8   ? entry<mmaDirected<8, 1>>
                  : s.k == 4 ? entry<mmaDirected<16, 1>>
                  : s.k == 8 ? entry<mmaDirected<16, 2>>
                             : entry<mmaDirected<16, 4>>;
  return choice;
}

} // namespace gpusim::tensor
