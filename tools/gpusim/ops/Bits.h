// Logic, shifts and bit fields: the half of the integer family that does not count.
#pragma once
#include "tools/gpusim/exec/Decoder.h"

namespace gpusim {
bool decodeBits(const ptx::Instruction &, Decoder &);
}
