// Matrix instructions of a warp: mma.sync, ldmatrix, stmatrix, movmatrix.
//
// Not supported, each a failure of decoding that says so: mma.sp (sparse), block-scaled and .kind:: forms and fp4/fp6
// (sm_100 and later), the .b8 forms of ldmatrix and stmatrix (sm_100 and later), wmma (NVRTC emits it for nvcuda::wmma
// alone, which needs CUDA's headers).
#pragma once
#include "tools/gpusim/exec/Decoder.h"
#include "tools/gpusim/exec/Launch.h"

namespace gpusim {

bool decodeTensor(const ptx::Instruction &, Decoder &);
/// cvt with .e4m3x2 or .e5m2x2: to be asked before the other conversions.
bool decodeFp8(const ptx::Instruction &, Decoder &);

namespace tensor {

/// What an mma says of itself. Registers are listed in Op::list: d, a, b, c.
struct Shape {
  int m = 0, n = 0, k = 0;
  std::string_view d, a, b, c;   // types
  bool rowA = true, colB = true; // the usual layouts
  bool satfinite = false, andOf = false;
  int rounding = 0; // of f64: num::Rounding
};
/// The handler, or null. `registers`: how many each of d, a, b, c has; `bits`: of a register of d, a, b, c.
struct Choice {
  Entry body = nullptr;
  int registers[4] = {}, bits[4] = {32, 32, 32, 32};
};
Choice chooseFloat(const Shape &);
Choice chooseInteger(const Shape &);
Choice chooseVolta(const Shape &); // m8n8k4.f16

/// All 32 lanes must be there: the instruction is .sync.aligned.
inline bool whole(const Op &op, Warp &w, LaneMask mask) {
  if (mask == AllLanes) [[likely]]
    return true;
  w.fail(op, LaunchOutcome::IllegalInstruction,
         "a .sync.aligned matrix instruction reached by a part of the warp only");
  return false;
}

bool decodeMatrices(const ptx::Instruction &, Decoder &); // ldmatrix, stmatrix, movmatrix

} // namespace tensor
} // namespace gpusim
