// wgmma.mma_async: a warp's share of the product, rows 16 * (warp % 4) and on.
//
// The product is late: registers of A and the descriptors are taken when the instruction is issued, shared memory and
// the accumulators when wait_group passes, group by group. Until then the accumulators hold what they held before.
// Sums are as those of mma (Fragments.h): exact products, added in f64, rounded once an instruction.
//
// An instruction that copies an accumulator before the wait copies the old value (ptxas warns of such code and waits).
//
// Not supported, each a failure: .sp, .b1, descriptors whose matrix base offset is not 0.
#pragma once
#include "tools/gpusim/tensor/Tensor.h"

#include <deque>

namespace gpusim {

bool decodeWgmma(const ptx::Instruction &, Decoder &);

namespace tensor {

enum class WgmmaType : uint8_t { F16, BF16, TF32, E4M3, E5M2, S8, U8 };
constexpr bool isInteger(WgmmaType t) { return t >= WgmmaType::S8; }
constexpr uint32_t bytesOf(WgmmaType t) {
  return t == WgmmaType::TF32 ? 4 : t == WgmmaType::F16 || t == WgmmaType::BF16 ? 2 : 1;
}

/// A matrix in shared memory, as its descriptor says.
struct Matrix {
  uint32_t start = 0, leading = 0, stride = 0; // bytes
  uint8_t swizzle = 0;                         // bytes of its rows: 0, 32, 64, 128
  uint8_t baseOffset = 0;
  bool mnMajor = false;

  static Matrix from(uint64_t descriptor, bool mnMajor);
  /// The shared offset of 16 bytes of a K-major matrix: row (of M or N), chunk of k.
  uint32_t kMajor(uint32_t row, uint32_t chunk) const;
  /// Of an MN-major one: a chunk along M or N, and k.
  uint32_t mnChunk(uint32_t chunk, uint32_t k) const;
  uint32_t swizzled(uint32_t address) const {
    return address ^ (address >> 3 & (swizzle == 128 ? 0x70u : swizzle == 64 ? 0x30u : swizzle == 32 ? 0x10u : 0u));
  }
};

/// Kept with the instruction.
struct WgmmaOperands {
  uint32_t n = 0, sums = 0; // sums: registers of D
  uint32_t d[128] = {}, a[4] = {}, descriptorA = 0, descriptorB = 0, scaleD = 0;
  uint32_t typeA = 0, typeB = 0, inRegisters = 0, half = 0, saturate = 0, negateA = 0, negateB = 0, mnA = 0, mnB = 0;
  uint32_t scaleConstant = 0, scaleNegated = 0; // scaleConstant: 1 + the constant
};

/// One that has been issued and not waited for.
struct Pending {
  const WgmmaOperands *operands = nullptr;
  const Op *op = nullptr;
  uint32_t group = 0;
  bool addsUp = true; // scale-d
  Matrix a, b;
  uint32_t registersA[4][32];
};

/// Does it: for this warp's 16 rows. Null `shared` bytes outside of the block are not touched: they were checked.
void computeFloat(Warp &, const Pending &);
void computeInteger(Warp &, const Pending &);
/// Calls body(shared offset) for each run of 16 bytes that this warp reads.
template <class F> void eachChunk(const Pending &p, uint32_t warpInGroup, F body) {
  const WgmmaOperands &o = *p.operands;
  uint32_t tile = bytesOf(WgmmaType(o.typeA)), per = 16 / tile, k = 32 / tile;
  auto matrix = [&](const Matrix &m, uint32_t first, uint32_t count) {
    if (!m.mnMajor)
      for (uint32_t row = first; row < first + count; ++row)
        body(m.kMajor(row, 0)), body(m.kMajor(row, 1));
    else
      for (uint32_t chunk = first / per; chunk < (first + count) / per; ++chunk)
        for (uint32_t i = 0; i < k; ++i)
          body(m.mnChunk(chunk, i));
  };
  if (!o.inRegisters)
    matrix(p.a, warpInGroup * 16, 16);
  matrix(p.b, 0, o.n);
}

struct WgmmaState : Extension {
  std::deque<Pending> pending;
  uint32_t committed = 0;
  bool fenced = false, reported = false;
};

} // namespace tensor
} // namespace gpusim
