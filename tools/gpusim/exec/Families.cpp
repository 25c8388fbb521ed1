#include "tools/gpusim/exec/Families.h"
#include "tools/gpusim/async/Async.h"
#include "tools/gpusim/tensor/Wgmma.h"

namespace gpusim {

std::span<const DecodeFamily> families() {
  // Those that take one form of an opcode that others have too come first.
  static constexpr DecodeFamily all[] = {
      decodeFp8,    decodeTensor, decodeWgmma,   decodeAsync,   decodeCluster, decodeInteger,
      decodeFloat,  decodeHalf,   decodeCompare, decodeConvert, decodeMove,    decodeMemory,
      decodeAtomic, decodeWarp,   decodeBarrier, decodeSystem,
  };
  return all;
}

} // namespace gpusim
