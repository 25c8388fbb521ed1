// cp.async: 4, 8 or 16 bytes a thread from global to shared memory, in groups.
#include "tools/gpusim/async/WarpState.h"

#include <algorithm>
#include <cstring>

namespace gpusim::async {

void WarpState::finish(Copy &copy, LaneMask lanes) {
  lanes &= copy.lanes;
  copy.lanes &= ~lanes;
  if (copy.plain && lanes == AllLanes) {
    for (int lane = 0; lane < 32; ++lane)
      std::memcpy(copy.to[lane], reinterpret_cast<const void *>(copy.from[lane]), 16);
    return;
  }
  eachLane(lanes, [&](int lane) {
    const void *from = reinterpret_cast<const void *>(copy.from[lane]);
    uint8_t *to = copy.to[lane];
    if (copy.take[lane] == 16) [[likely]] {
      std::memcpy(to, from, 16);
    } else {
      std::memcpy(to, from, copy.take[lane]);
      std::memset(to + copy.take[lane], 0, copy.bytes - copy.take[lane]);
    }
  });
}

void WarpState::sweep() {
  while (!copies.empty() && !copies.front().lanes)
    copies.pop_front(), ++first;
}

namespace {

struct CopyOperands {
  AddressRef to, from;
  uint32_t take = 0; // slot of the source size; 0: all
};
enum Flags : uint16_t { HasSize = 1, IgnorePredicate = 2, PredicateNegated = 4 };

/// The usual case without checks and counts: 16 bytes a lane of a whole warp. False: look closer.
bool copyFast(const Op &op, Warp &w, WarpState &state, const CopyOperands &o) {
  const Block &block = *w.block;
  if (op.flags || op.kind != 16 || !state.together || o.to.wide || !o.from.wide || block.observer || block.counters ||
      block.sharedEnd < SharedBase + 16)
    return false;
  const uint32_t base = (block.place.rank << SharedRankShift) + SharedBase - o.to.low;
  const uint32_t limit = block.sharedEnd - 16 - SharedBase;
  const uint32_t *to = w.in<uint32_t>(o.to.slot);
  const uint64_t *from = w.in<uint64_t>(o.from.slot), offset = uint64_t(o.from.high) << 32 | o.from.low;
  const uint64_t reserve = reservedBase, most = ReservedBytes + PinnedBytes - 16;
  state.copies.emplace_back();
  Copy &copy = state.copies.back();
  uint32_t at[32], wrong = 0;
  uint64_t far = 0;
  for (int lane = 0; lane < 32; ++lane) {
    at[lane] = to[lane] - base;
    wrong |= uint32_t(at[lane] > limit) | (at[lane] & 15);
  }
  uint8_t *shared = block.shared + SharedBase;
  for (int lane = 0; lane < 32; ++lane) {
    copy.to[lane] = shared + at[lane];
    copy.from[lane] = from[lane] + offset;
    far |= uint64_t(copy.from[lane] - reserve > most) | (copy.from[lane] & 15);
  }
  if (wrong || far) {
    state.copies.pop_back();
    return false;
  }
  std::memset(copy.take, 16, sizeof copy.take);
  copy.bytes = 16, copy.plain = true, copy.lanes = AllLanes, copy.group = state.committed[0];
  return true;
}

Flow copyAsync(const Op &op, Warp &w, LaneMask mask) {
  const CopyOperands &o = kept<CopyOperands>(op);
  WarpState &state = warpState(w);
  if (mask == AllLanes && copyFast(op, w, state, o)) [[likely]]
    return Flow::Next;
  const uint32_t bytes = op.kind;
  LaneMask ignored = 0;
  if (op.flags & IgnorePredicate)
    ignored = w.predicate(op.c) ^ (op.flags & PredicateNegated ? AllLanes : 0);
  state.copies.emplace_back();
  Copy *copy = &state.copies.back();
  copy->bytes = bytes;
  std::memset(copy->from, 0, sizeof copy->from);
  std::memset(copy->take, 0, sizeof copy->take);
  uint64_t offsets[32];
  LaneMask reading = 0, left = mask;
  for (; left; left &= left - 1) {
    int lane = std::countr_zero(left);
    uint32_t take = op.flags & HasSize ? w.in<uint32_t>(o.take)[lane] : bytes;
    if (ignored >> lane & 1)
      take = 0;
    if (take > bytes)
      return w.fail(op, LaunchOutcome::IllegalInstruction, "cp.async: the source's size is larger than the copy", lane);
    SharedPlace place = sharedPlace(op, w, o.to, lane, bytes, bytes);
    if (!place.pointer)
      return Flow::Stop;
    uint64_t from = o.from.at(w, lane);
    if (take && !globalPlace(op, w, from, take, bytes, lane))
      return Flow::Stop;
    copy->to[lane] = place.pointer, copy->from[lane] = from, copy->take[lane] = uint8_t(take);
    offsets[lane] = place.offset;
    reading |= take ? 1u << lane : 0;
  }
  LaneMask allowed = mask;
  if (w.block->observer) {
    // Lanes that read less than a whole piece are told one by one.
    eachLane(reading, [&](int lane) {
      if (copy->take[lane] != bytes)
        observe(op, w, Space::Global, AccessKind::Read, Agent::CopyAsync, state.committed[lane], copy->from, 1u << lane,
                copy->take[lane]);
    });
    LaneMask full = 0;
    eachLane(reading, [&](int lane) { full |= copy->take[lane] == bytes ? 1u << lane : 0; });
    uint32_t group = state.committed[std::countr_zero(mask)];
    if (full) {
      LaneMask readable =
          observe(op, w, Space::Global, AccessKind::Read, Agent::CopyAsync, group, copy->from, full, bytes);
      eachLane(full & ~readable, [&](int lane) { copy->take[lane] = 0; });
    }
    allowed = observe(op, w, Space::Shared, AccessKind::Write, Agent::CopyAsync, group, offsets, mask, bytes);
  }
  if (w.block->counters) {
    countGlobal(w.block->counters->loads, copy->from, reading, bytes);
    countShared(w.block->counters->sharedStores, offsets, mask, bytes);
  }
  // Lanes that have committed different numbers of groups go their own ways.
  copy->group = state.committed[std::countr_zero(allowed ? allowed : mask)];
  while (allowed) {
    LaneMask same = 0;
    eachLane(allowed, [&](int lane) { same |= state.committed[lane] == copy->group ? 1u << lane : 0; });
    copy->lanes = same;
    allowed &= ~same;
    if (allowed) {
      Copy next = *copy;
      next.group = state.committed[std::countr_zero(allowed)];
      state.copies.push_back(next);
      copy = &state.copies.back();
    }
  }
  return Flow::Next;
}

void commitGroup(const Op &, Warp &w, LaneMask mask) {
  WarpState &state = warpState(w);
  state.together = state.together && mask == w.alive;
  for (int lane = 0; lane < 32; ++lane)
    state.committed[lane] += mask >> lane & 1;
}

/// imm: how many groups may stay under way; -1: wait_all, which takes uncommitted copies too.
void waitGroup(const Op &op, Warp &w, LaneMask mask) {
  WarpState &state = warpState(w);
  if (op.imm < 0)
    commitGroup(op, w, mask);
  int64_t keep = std::max<int64_t>(op.imm, 0);
  for (Copy &copy : state.copies) {
    LaneMask lanes = 0;
    eachLane(copy.lanes & mask,
             [&](int lane) { lanes |= int64_t(copy.group) < int64_t(state.committed[lane]) - keep ? 1u << lane : 0; });
    if (!lanes)
      continue;
    WarpState::finish(copy, lanes);
    if (w.block->observer)
      w.block->observer->asyncDone(w.place, Agent::CopyAsync, copy.group, lanes);
  }
  state.sweep();
}

/// The copies that an mbarrier tracks for one thread.
struct TrackedCopies : Transfer {
  Warp *warp;
  int lane;
  uint64_t end;        // number of the copy after the last
  SharedPlace barrier; // that tracks them
  void deliver() override {
    WarpState &state = warpState(*warp);
    for (uint64_t i = state.first; i < end; ++i) {
      Copy &copy = state.copies[size_t(i - state.first)];
      if (!(copy.lanes >> lane & 1))
        continue;
      WarpState::finish(copy, 1u << lane);
      if (warp->block->observer)
        warp->block->observer->asyncDone(warp->place, Agent::CopyAsync, copy.group, 1u << lane);
    }
    state.sweep();
    // The copies are the observer's as of now; the arrival that brings them to those who wait was told before.
    if (warp->block->observer)
      warp->block->observer->mbarrierArrive(warp->place, barrier.offset, 1u << lane, &barrier.owner->place);
  }
};

Flow copyArrive(const Op &op, Warp &w, LaneMask mask) {
  const AddressRef &address = kept<AddressRef>(op);
  WarpState &state = warpState(w);
  for (LaneMask left = mask; left; left &= left - 1) {
    int lane = std::countr_zero(left);
    SharedPlace place = sharedPlace(op, w, address, lane, 8, 8);
    if (!place.pointer)
      return Flow::Stop;
    auto copies = std::make_unique<TrackedCopies>();
    copies->warp = &w, copies->lane = lane, copies->end = state.first + state.copies.size();
    copies->barrier = place;
    clusterState(w).at(place).current.push_back(std::move(copies));
    // Without .noinc the arrival cancels out: pending + 1 - 1, which still must find an mbarrier there.
    if (!arrive(op, w, place, lane, op.kind ? 1 : 0, 0, 0))
      return Flow::Stop;
  }
  return Flow::Next;
}

} // namespace

bool decodeCopyAsync(const ptx::Instruction &in, Decoder &d) {
  if (in.opcode != "cp" || in.modifier(0) != "async" || in.modifier(1) == "bulk")
    return false;
  Op op;
  std::string_view what = in.modifier(1);
  if (what == "commit_group") {
    d.emit(op, entry<commitGroup>, OpClass::Async);
  } else if (what == "wait_all" || what == "wait_group") {
    op.imm = what == "wait_all" ? -1 : d.integer(in.operands[0]);
    d.emit(op, entry<waitGroup>, OpClass::Async);
  } else if (what == "mbarrier") {
    op.kind = in.has("noinc");
    bool shared = in.has("shared") || in.has("shared::cta");
    op.list = keep(d, refer(d, in.operands[0], !shared));
    d.emit(op, entry<copyArrive>, OpClass::Async);
  } else {
    if (in.operands.size() < 3)
      return d.fail("'" + in.name() + "' has too few operands");
    CopyOperands o;
    o.to = refer(d, in.operands[0], false), o.from = refer(d, in.operands[1], false);
    int64_t bytes = d.integer(in.operands[2]);
    if (bytes != 4 && bytes != 8 && bytes != 16)
      return d.fail("'" + in.name() + "' copies 4, 8 or 16 bytes");
    op.kind = uint8_t(bytes);
    bool policy = false;
    for (std::string_view m : in.modifiers)
      policy |= m == "L2::cache_hint";
    if (in.operands.size() > 3 + size_t(policy)) {
      const ptx::Operand &extra = in.operands[3];
      if (extra.isRegister() && extra.type == ptx::Type::Pred) {
        bool negated = false;
        op.c = d.predicate(extra, negated);
        op.flags = uint16_t(IgnorePredicate | (negated ? PredicateNegated : 0));
      } else {
        o.take = d.source(extra, ptx::Type::B32);
        op.flags = HasSize;
      }
    }
    op.list = keep(d, o);
    d.emit(op, entry<copyAsync>, OpClass::Async);
  }
  return true;
}

} // namespace gpusim::async
