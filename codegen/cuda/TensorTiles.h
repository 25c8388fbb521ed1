// Which tiles a matrix product on the tensor cores is cut into, by its shape alone.
#pragma once
#include <cstdint>
#include <string>

namespace dlc::cuda {

/// Parameters of the device library's TensorTile. Extents in elements; `splits`: blocks that share a tile, each with a
/// part of k.
struct TensorTile {
  int64_t m, n, k, warpsM, warpsN, stages, splits = 1;

  int64_t threads() const { return 32 * warpsM * warpsN; }
  /// Dynamic shared memory in bytes: the ring of slots, later the sums on their way to the epilogue.
  int64_t sharedBytes(int64_t elementBytes) const;
  /// "64x64x32 tiles, 128 threads, 4 stages".
  std::string text() const;
};

struct TensorProblem {
  int64_t batch, m, n, k;
  int64_t elementBytes;   // 2, or 4 for TF32
  int64_t copyBytes;      // of the narrower of both operands' copies: 16, 8, 4, or 2 where elements come one by one
  bool patches = false;   // one operand is gathered from a convolution's input
  bool freeMajor = false; // one operand's lines lie along m or n
  int64_t sharedLimit = 99 << 10; // bytes that a block may have; at least 64 KiB
};

/// Whether the tensor cores are worth it: less than a few rows or a few elements of k are left to the CUDA cores.
bool wantsTensorCores(const TensorProblem &problem);
/// The tile of least time by a model of an sm_80 card: 108 processors, their tensor cores, and what the second level of
/// cache delivers.
TensorTile chooseTensorTile(const TensorProblem &problem);

} // namespace dlc::cuda
