#include "tools/gpusim/tensor/Fragments.h"
#include "tools/gpusim/tensor/Wgmma.h"

#include <algorithm>

namespace gpusim::tensor {

Matrix Matrix::from(uint64_t descriptor, bool mnMajor) {
  static constexpr uint8_t swizzles[] = {0, 128, 64, 32};
  Matrix m;
  m.start = uint32_t(descriptor & 0x3fff) << 4;
  m.leading = uint32_t(descriptor >> 16 & 0x3fff) << 4;
  m.stride = uint32_t(descriptor >> 32 & 0x3fff) << 4;
  m.baseOffset = descriptor >> 49 & 7;
  m.swizzle = swizzles[descriptor >> 62];
  m.mnMajor = mnMajor;
  return m;
}

uint32_t Matrix::kMajor(uint32_t row, uint32_t chunk) const {
  uint32_t rowBytes = swizzle ? swizzle : 16;
  return swizzled(start + row % 8 * rowBytes + row / 8 * stride + chunk * (swizzle ? 16 : leading));
}

uint32_t Matrix::mnChunk(uint32_t chunk, uint32_t k) const {
  if (!swizzle)
    return start + chunk * stride + k % 8 * 16 + k / 8 * leading;
  uint32_t across = swizzle / 16;
  return swizzled(start + chunk % across * 16 + chunk / across * leading + k % 8 * swizzle + k / 8 * stride);
}

namespace {

template <Element E> void expand(const Matrix &m, const uint8_t *shared, uint32_t first, uint32_t rows, double *to) {
  constexpr int Per = perTile(E), K = 2 * Per;
  if (!m.mnMajor) {
    for (uint32_t row = 0; row < rows; ++row)
      for (uint32_t chunk = 0; chunk < 2; ++chunk)
        expandRow<E>(shared + m.kMajor(first + row, chunk), to + row * K + chunk * Per);
    return;
  }
  double line[Per];
  for (uint32_t row = 0; row < rows; row += Per)
    for (uint32_t k = 0; k < uint32_t(K); ++k) {
      expandRow<E>(shared + m.mnChunk((first + row) / Per, k), line);
      for (uint32_t i = 0; i < uint32_t(Per); ++i)
        to[(row + i) * K + k] = line[i];
    }
}

template <Element A, Element B> void compute(Warp &w, const Pending &p) {
  constexpr int Per = perTile(A), K = 2 * Per;
  static_assert(perTile(B) == Per);
  const WgmmaOperands &o = *p.operands;
  const uint8_t *shared = w.block->shared;
  alignas(32) double a[16 * K], columns[8 * K], b[K * 8], d[16 * 8];
  if (o.inRegisters) {
    for (int r = 0; r < 4; ++r)
      for (int g = 0; g < 8; ++g)
        expandRow<A>(&p.registersA[r][g * 4], a + ((r & 1) * 8 + g) * K + (r >> 1) * Per);
  } else {
    expand<A>(p.a, shared, w.index % 4 * 16, 16, a);
  }
  if (o.negateA != o.negateB)
    for (double &value : a)
      value = -value;
  const double *rows[8];
  for (int n = 0; n < 8; ++n)
    rows[n] = columns + n * K;
  for (uint32_t block = 0; block < o.n / 8; ++block) {
    expand<B>(p.b, shared, block * 8, 8, columns);
    transpose(rows, K, b);
    const uint32_t *slots = o.d + block * (o.half ? 2 : 4);
    if (!p.addsUp)
      std::fill(d, d + 128, 0.0);
    else
      for (int h = 0; h < 2; ++h)
        if (o.half)
          loadF16(w.in<uint32_t>(slots[h]), d + h * 64);
        else
          loadF32(w.in<float>(slots[h * 2]), w.in<float>(slots[h * 2 + 1]), d + h * 64);
    multiply<16>(a, K, b, K, d);
    for (int h = 0; h < 2; ++h)
      if (o.half)
        storeF16(d + h * 64, w.at<uint32_t>(slots[h]));
      else
        storeF32(d + h * 64, w.at<float>(slots[h * 2]), w.at<float>(slots[h * 2 + 1]));
  }
}

void widen(const uint8_t *from, bool isSigned, int32_t *to) {
  for (int i = 0; i < 16; ++i)
    to[i] = isSigned ? int32_t(int8_t(from[i])) : int32_t(from[i]);
}

} // namespace

void computeFloat(Warp &w, const Pending &p) {
  using E = Element;
  switch (WgmmaType(p.operands->typeA)) {
  case WgmmaType::F16:
    return compute<E::F16, E::F16>(w, p);
  case WgmmaType::BF16:
    return compute<E::BF16, E::BF16>(w, p);
  case WgmmaType::TF32:
    return compute<E::TF32, E::TF32>(w, p);
  case WgmmaType::E4M3:
    return p.operands->typeB == uint32_t(WgmmaType::E4M3) ? compute<E::E4M3, E::E4M3>(w, p)
                                                          : compute<E::E4M3, E::E5M2>(w, p);
  case WgmmaType::E5M2:
    return p.operands->typeB == uint32_t(WgmmaType::E4M3) ? compute<E::E5M2, E::E4M3>(w, p)
                                                          : compute<E::E5M2, E::E5M2>(w, p);
  default:
    return;
  }
}

void computeInteger(Warp &w, const Pending &p) {
  const WgmmaOperands &o = *p.operands;
  const uint8_t *shared = w.block->shared;
  bool signedA = o.typeA == uint32_t(WgmmaType::S8), signedB = o.typeB == uint32_t(WgmmaType::S8);
  int32_t a[16][32], b[8][32];
  for (uint32_t row = 0; row < 16; ++row)
    for (uint32_t chunk = 0; chunk < 2; ++chunk)
      widen(o.inRegisters ? reinterpret_cast<const uint8_t *>(&p.registersA[row / 8 + chunk * 2][row % 8 * 4])
                          : shared + p.a.kMajor(w.index % 4 * 16 + row, chunk),
            signedA, a[row] + chunk * 16);
  for (uint32_t block = 0; block < o.n / 8; ++block) {
    for (uint32_t n = 0; n < 8; ++n)
      for (uint32_t chunk = 0; chunk < 2; ++chunk)
        widen(shared + p.b.kMajor(block * 8 + n, chunk), signedB, b[n] + chunk * 16);
    for (uint32_t c = 0; c < 4; ++c) {
      int32_t *d = w.at<int32_t>(o.d[block * 4 + c]);
      for (uint32_t lane = 0; lane < 32; ++lane) {
        const int32_t *x = a[(c >> 1) * 8 + lane / 4], *y = b[lane % 4 * 2 + (c & 1)];
        int32_t sum = 0;
        for (int k = 0; k < 32; ++k)
          sum += x[k] * y[k];
        int64_t exact = int64_t(sum) + (p.addsUp ? d[lane] : 0);
        if (o.saturate)
          exact = std::clamp<int64_t>(exact, INT32_MIN, INT32_MAX);
        d[lane] = int32_t(uint32_t(exact));
      }
    }
  }
}

} // namespace gpusim::tensor
