#include "tools/gpusim/ops/Access.h"
#include "tools/gpusim/exec/Counters.h"
#include "tools/gpusim/exec/Launch.h"

#include <cstdio>

namespace gpusim {

bool decodeForm(const ptx::Instruction &in, Decoder &d, MemoryForm &form) {
  for (std::string_view m : in.modifiers) {
    if (m == "global")
      form.where = MemoryForm::Global;
    else if (m == "const")
      form.where = MemoryForm::Const;
    else if (m == "shared" || m == "shared::cta" || m == "shared::cluster")
      form.where = MemoryForm::Shared;
    else if (m == "local")
      form.where = MemoryForm::Local;
    else if (m == "param" || m == "param::entry" || m == "param::func")
      form.where = MemoryForm::Param;
    else if (m == "volatile" || m == "mmio")
      form.order = Order::Relaxed, form.scope = Scope::System;
    else if (m == "relaxed")
      form.order = Order::Relaxed;
    else if (m == "acquire")
      form.order = Order::Acquire;
    else if (m == "release")
      form.order = Order::Release;
    else if (m == "acq_rel")
      form.order = Order::AcquireRelease;
    else if (m == "cta")
      form.scope = Scope::Block;
    else if (m == "cluster")
      form.scope = Scope::Cluster;
    else if (m == "gpu")
      form.scope = Scope::Device;
    else if (m == "sys")
      form.scope = Scope::System;
  }
  return !d.failed();
}

namespace {

std::string hex(uint64_t v) {
  char text[32];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(v));
  return text;
}

struct Call {
  const Op &op;
  Warp &w;
  const MemoryForm &form;
  uint32_t bytes;
  const uint64_t *stored;

  /// The observer's answer for lanes that lie in one space.
  LaneMask tell(Space space, LaneMask lanes, const uint64_t *at, BlockPlace *owner = nullptr) const {
    Block &block = *w.block;
    if (Counters *c = block.counters) {
      bool read = form.kind == AccessKind::Read || form.kind == AccessKind::ReadNonCoherent;
      if (space == Space::Global)
        countGlobal(form.kind == AccessKind::Atomic ? c->atomics : read ? c->loads : c->stores, at, lanes, bytes);
      else if (space == Space::Shared)
        countShared(read ? c->sharedLoads : c->sharedStores, at, lanes, bytes);
    }
    if (!block.observer)
      return lanes;
    Access a;
    a.space = space, a.kind = form.kind, a.order = form.order, a.scope = form.scope;
    a.bytes = bytes, a.lanes = lanes, a.address = at, a.owner = owner;
    a.op = w.opIndex(op), a.stored = stored;
    return block.observer->access(w.place, a) & lanes;
  }
};

} // namespace

Flow access(const Op &op, Warp &w, LaneMask mask, const MemoryForm &form, uint32_t bytes, uint8_t **pointers,
            const uint64_t *stored) {
  Call call{op, w, form, bytes, stored};
  Block &block = *w.block;
  uint64_t at[Lanes];
  addressesOf(op, w, form, at);
  for (int i = 0; i < Lanes; ++i)
    pointers[i] = nullptr;
  LaneMask shared = 0, local = 0;
  if (form.where == MemoryForm::Shared)
    shared = mask;
  else if (form.where == MemoryForm::Local)
    local = mask;
  else if (form.where == MemoryForm::Generic)
    for (LaneMask left = mask; left; left &= left - 1) {
      int i = std::countr_zero(left);
      if (inSharedWindow(at[i]))
        shared |= 1u << i, at[i] -= SharedWindow;
      else if (inLocalWindow(at[i]))
        local |= 1u << i, at[i] -= LocalWindow;
    }
  LaneMask flat = mask & ~shared & ~local, allowed = 0;

  if (flat) {
    // Parameters lie in host memory of the launch's own: nobody checks them but genericPointer.
    LaneMask told = 0;
    if (form.where != MemoryForm::Param)
      for (LaneMask left = flat; left; left &= left - 1) {
        int i = std::countr_zero(left);
        if (inReserved(at[i], bytes) || !genericPointer(w, i, at[i], bytes) || inRegistered(at[i], bytes))
          told |= 1u << i;
      }
    allowed = flat & ~told;
    if (told)
      allowed |= call.tell(form.where == MemoryForm::Const ? Space::Constant : Space::Global, told, at);
    for (LaneMask left = allowed; left; left &= left - 1) {
      int i = std::countr_zero(left);
      pointers[i] = genericPointer(w, i, at[i], bytes);
    }
  }
  if (local) {
    LaneMask may = call.tell(Space::Local, local, at);
    allowed |= may;
    for (LaneMask left = may; left; left &= left - 1) {
      int i = std::countr_zero(left);
      if (at[i] + bytes <= block.localBytes)
        pointers[i] = block.local + size_t(w.index * Lanes + uint32_t(i)) * block.localBytes + at[i];
    }
  }
  // Lanes may look into different blocks of the cluster: each block's together.
  for (LaneMask left = shared; left;) {
    uint32_t rank = sharedRank(uint32_t(at[std::countr_zero(left)]));
    LaneMask same = 0;
    uint64_t offsets[Lanes] = {};
    for (LaneMask l = left; l; l &= l - 1) {
      int i = std::countr_zero(l);
      if (sharedRank(uint32_t(at[i])) == rank)
        same |= 1u << i, offsets[i] = sharedOffset(uint32_t(at[i]));
    }
    left &= ~same;
    Block *owner = nullptr;
    for (LaneMask l = same; l; l &= l - 1) {
      int i = std::countr_zero(l);
      pointers[i] = sharedPointer(w, uint32_t(at[i]), bytes, owner);
    }
    LaneMask may = same;
    if (owner)
      may = call.tell(Space::Shared, same, offsets, owner == &block ? nullptr : &owner->place);
    for (LaneMask l = same & ~may; l; l &= l - 1)
      pointers[std::countr_zero(l)] = nullptr;
    allowed |= may;
  }
  for (LaneMask left = allowed; left; left &= left - 1) {
    int i = std::countr_zero(left);
    if (!pointers[i])
      return w.fail(op, LaunchOutcome::IllegalAddress,
                    std::to_string(bytes) + " bytes at address " + hex(at[i]) + " are no memory of its space", i);
    if (at[i] & (bytes - 1) && bytes <= 32 && (bytes & (bytes - 1)) == 0)
      return w.fail(op, LaunchOutcome::MisalignedAddress,
                    "address " + hex(at[i]) + " is no multiple of " + std::to_string(bytes), i);
  }
  return Flow::Next;
}

} // namespace gpusim
