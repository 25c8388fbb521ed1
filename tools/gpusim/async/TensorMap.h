// What a CUtensorMap holds in this simulator: the driver front writes it (cuTensorMapEncodeTiled), tensor copies read
// it. The hardware's own 128 bytes are not public; kernels see only the address.
#pragma once
#include <cstdint>
#include <cstring>

namespace gpusim {

/// As CUtensorMapDataType numbers them.
enum class TensorMapType : uint8_t {
  U8,
  U16,
  U32,
  I32,
  U64,
  I64,
  F16,
  F32,
  F64,
  Bf16,
  F32Ftz,
  Tf32,
  Tf32Ftz,
  U4Align8,
  U4Align16,
  U6Align16
};
enum class TensorMapInterleave : uint8_t { None, B16, B32 };
enum class TensorMapSwizzle : uint8_t { None, B32, B64, B128, B128Atom32, B128Atom32Flip8, B128Atom64 };

/// 128 bytes, 64-byte aligned. Dimension 0 is the innermost.
struct TensorMap {
  static constexpr uint32_t Magic = 0x4d544c44; // "DLTM"
  uint32_t magic = Magic;
  TensorMapType type = TensorMapType::U8;
  uint8_t rank = 0; // 1 to 5
  TensorMapInterleave interleave = TensorMapInterleave::None;
  TensorMapSwizzle swizzle = TensorMapSwizzle::None;
  uint64_t address = 0;
  uint32_t dims[5] = {};         // elements, less 1 (2^32 fit)
  uint16_t box[5] = {};          // elements copied in each dimension, 1 to 256
  uint8_t elementStride[5] = {}; // 1 to 8
  uint8_t nanFill = 0;           // out of bounds: NaN (a quiet one, all mantissa bits set) instead of zero
  uint64_t strides[5] = {};      // bytes between elements of dimension i; strides[0] is the element's size
  uint8_t reserved[32] = {};

  uint64_t extent(unsigned dimension) const { return uint64_t(dims[dimension]) + 1; }
};
static_assert(sizeof(TensorMap) == 128);

/// Bytes of an element in global memory; 4- and 6-bit types come in groups of 16 (8, 16, 16 bytes), given as 0 here.
constexpr uint32_t tensorElementBytes(TensorMapType type) {
  constexpr uint8_t bytes[] = {1, 2, 4, 4, 8, 8, 2, 4, 8, 2, 4, 4, 4, 0, 0, 0};
  return bytes[uint8_t(type)];
}

/// The map at `memory`; false if nothing of the kind was written there.
inline bool readTensorMap(const void *memory, TensorMap &map) {
  std::memcpy(&map, memory, sizeof map);
  return map.magic == TensorMap::Magic && map.rank >= 1 && map.rank <= 5;
}

} // namespace gpusim
