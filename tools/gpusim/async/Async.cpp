#include "tools/gpusim/async/Async.h"

namespace gpusim {

bool decodeAsync(const ptx::Instruction &in, Decoder &d) {
  return async::decodeCopyAsync(in, d) || async::decodeBarrierObject(in, d) || async::decodeBulkTensor(in, d) ||
         async::decodeBulk(in, d);
}

namespace async {

AddressRef refer(Decoder &d, const ptx::Operand &operand, bool generic) {
  Decoder::Address address = d.address(operand);
  AddressRef ref;
  ref.slot = address.base, ref.wide = address.bits == 64, ref.generic = generic;
  ref.low = uint32_t(uint64_t(address.offset)), ref.high = uint32_t(uint64_t(address.offset) >> 32);
  return ref;
}

SharedPlace sharedPlace(const Op &op, Warp &w, const AddressRef &ref, int lane, uint32_t bytes, uint32_t align) {
  uint64_t address = ref.at(w, lane);
  SharedPlace place;
  if (ref.generic && !inSharedWindow(address)) {
    w.fail(op, LaunchOutcome::IllegalAddress, "the address lies outside of shared memory", lane);
    return place;
  }
  uint32_t shared = uint32_t(ref.generic ? address - SharedWindow : address);
  if (shared & (align - 1)) {
    w.fail(op, LaunchOutcome::MisalignedAddress,
           "the shared address is no multiple of " + std::to_string(align) + " bytes", lane);
    return place;
  }
  place.pointer = sharedPointer(w, shared, bytes, place.owner);
  place.offset = sharedOffset(shared);
  if (!place.pointer)
    w.fail(op, LaunchOutcome::IllegalAddress,
           std::to_string(bytes) + " bytes at shared offset " + std::to_string(place.offset) +
               " do not lie within the block's shared memory",
           lane);
  return place;
}

uint8_t *globalPlace(const Op &op, Warp &w, uint64_t address, uint64_t bytes, uint32_t align, int lane) {
  if (address & (align - 1)) {
    w.fail(op, LaunchOutcome::MisalignedAddress,
           "the global address is no multiple of " + std::to_string(align) + " bytes", lane);
    return nullptr;
  }
  if (!inReserved(address, bytes) && !inRegistered(address, bytes)) {
    w.fail(op, LaunchOutcome::IllegalAddress, "no device memory lies at the global address", lane);
    return nullptr;
  }
  return reinterpret_cast<uint8_t *>(address);
}

LaneMask observe(const Op &op, Warp &w, Space space, AccessKind kind, Agent agent, uint32_t group,
                 const uint64_t *addresses, LaneMask lanes, uint32_t bytes, Block *owner) {
  if (!w.block->observer)
    return lanes;
  Access access;
  access.space = space, access.kind = kind, access.agent = agent, access.group = group;
  access.bytes = bytes, access.lanes = lanes, access.address = addresses, access.op = w.opIndex(op);
  access.owner = owner && owner != w.block ? &owner->place : nullptr;
  if (kind == AccessKind::Atomic)
    access.order = Order::Relaxed;
  return w.block->observer->access(w.place, access) & lanes;
}

void observeRun(const Op &op, Warp &w, Space space, AccessKind kind, Agent agent, uint32_t group, uint64_t address,
                uint64_t bytes, int lane, Block *owner) {
  if (!w.block->observer)
    return;
  uint64_t addresses[32];
  for (uint64_t done = 0; done < bytes; done += 16) {
    addresses[lane] = address + done;
    observe(op, w, space, kind, agent, group, addresses, 1u << lane, uint32_t(std::min<uint64_t>(16, bytes - done)),
            owner);
  }
}

} // namespace async
} // namespace gpusim
