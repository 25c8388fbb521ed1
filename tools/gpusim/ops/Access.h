// An access to memory as a whole: addresses, the observer's and the counters' part, where each lane's bytes lie.
#pragma once
#include "tools/gpusim/ops/Lanes.h"

namespace gpusim {

/// What an instruction of memory says of itself; Op::imm points to it, the decoder keeps it.
struct MemoryForm {
  enum Where : uint8_t { Generic, Global, Const, Shared, Local, Param } where = Generic;
  AccessKind kind = AccessKind::Read;
  Order order = Order::Weak;
  Scope scope = Scope::Device;
  uint32_t bytes = 4; // of an element in memory
  uint32_t count = 1; // elements
  uint32_t bits = 32; // of a register's lane
  bool isSigned = false, wideBase = true;
  int64_t offset = 0;
};

/// Space, .volatile and the like, scope. False: d.fail() was called.
bool decodeForm(const ptx::Instruction &, Decoder &, MemoryForm &);

/// Op::a: the slot of the base.
inline void addressesOf(const Op &op, const Warp &w, const MemoryForm &form, uint64_t *at) {
  int64_t offset = form.offset;
  if (form.wideBase) {
    const uint64_t *base = w.in<uint64_t>(op.a);
    for (int i = 0; i < Lanes; ++i)
      at[i] = base[i] + uint64_t(offset);
  } else {
    const uint32_t *base = w.in<uint32_t>(op.a);
    for (int i = 0; i < Lanes; ++i)
      at[i] = uint32_t(base[i] + uint32_t(offset));
  }
}

/// Asks the observer, counts, and finds each lane's memory. `pointers`: null for lanes that may not carry it out.
/// `stored`: for writes of 8 bytes or less. Stop: the launch has failed.
Flow access(const Op &, Warp &, LaneMask, const MemoryForm &, uint32_t bytes, uint8_t **pointers,
            const uint64_t *stored = nullptr);

} // namespace gpusim
