// Which operands an instruction writes: what liveness must know of every opcode.
#pragma once
#include "tools/gpusim/ptx/Module.h"

namespace gpusim::ptx {

enum class Effect : uint8_t { Read, Write, ReadWrite };

/// Of operand `i` as a whole; registers within addresses are always read. Most instructions write operand 0 and read
/// the others; the table has those that do not.
Effect effectOf(const Instruction &, size_t i);

} // namespace gpusim::ptx
