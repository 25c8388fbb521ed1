#include "tools/gpusim/ptx/Effects.h"

#include <algorithm>

namespace gpusim::ptx {

Effect effectOf(const Instruction &in, size_t i) {
  if (i != 0 || in.operands[0].kind == OperandKind::Address)
    return Effect::Read;
  // Opcodes whose first operand is no result. Those that begin with an address need no entry here.
  static constexpr std::string_view readers[] = {"bra",           "brx", "call",   "nanosleep", "setmaxnreg", "pmevent",
                                                 "trap",          "cp",  "membar", "fence",     "ret",        "exit",
                                                 "griddepcontrol"};
  if (std::find(std::begin(readers), std::end(readers), in.opcode) != std::end(readers))
    return Effect::Read;
  if (in.opcode == "bar" || in.opcode == "barrier")
    return in.has("red") ? Effect::Write : Effect::Read;
  if (in.opcode == "wgmma")
    return in.has("mma_async") ? Effect::ReadWrite : Effect::Read;
  return Effect::Write;
}

} // namespace gpusim::ptx
