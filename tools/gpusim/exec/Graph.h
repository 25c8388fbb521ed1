// The control-flow graph of a function, where its divergent branches meet again, and where its registers live.
#pragma once
#include "tools/gpusim/ptx/Module.h"

namespace gpusim {

inline constexpr uint32_t NoBlock = ~0u;

struct BasicBlock {
  uint32_t begin = 0, end = 0; // instructions
  std::vector<uint32_t> successors, predecessors;
  uint32_t join = NoBlock; // immediate post-dominator: where lanes that part at the end of this block meet
  bool isJoin = false;     // of some block with several successors
};

/// A conditional branch to a block that only returns counts as a conditional return: it has no edge, so that what
/// survives meets where it would without it.
struct FlowGraph {
  std::vector<BasicBlock> blocks;
  std::vector<uint32_t> blockOf; // by instruction; one more for the end
  std::vector<bool> exits;       // by instruction: a bra that is a return
};
FlowGraph buildGraph(const ptx::Function &);

/// A slot for each register: its byte offset in a warp's register file (see Machine.h).
struct RegisterSlots {
  std::vector<uint32_t> slots;                          // by register; ~0u: never used
  uint32_t bytes = 0;                                   // of the register file so far
  uint32_t words = 0;                                   // most 32-bit words live at once
  std::vector<std::pair<uint32_t, uint32_t>> undefined; // slot and bytes of what may be read before it is written
};
RegisterSlots allocateRegisters(const ptx::Function &, const FlowGraph &);

/// Bytes of a register's 32 lanes.
uint32_t slotBytes(ptx::Type);
/// The bits of a lane of it: 16, 32, 64, 128; 1 for predicates.
uint32_t laneBits(ptx::Type);

} // namespace gpusim
