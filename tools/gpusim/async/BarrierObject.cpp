// mbarrier: the object in shared memory and the instructions on it.
#include "tools/gpusim/async/Async.h"

#include <cstring>

namespace gpusim::async {

// pending 0-19, expected 20-39, transactions 40-60 (biased), phase 61-62, mark 63.
static constexpr int32_t Bias = 1 << 20;

Word Word::from(uint64_t bits) {
  Word w;
  w.pending = bits & MaxArrivals, w.expected = bits >> 20 & MaxArrivals;
  w.transactions = int32_t(bits >> 40 & 0x1fffff) - Bias;
  w.phase = bits >> 61 & 3, w.valid = bits >> 63;
  return w;
}
uint64_t Word::bits() const {
  return uint64_t(pending) | uint64_t(expected) << 20 | uint64_t(uint32_t(transactions + Bias) & 0x1fffff) << 40 |
         uint64_t(phase & 3) << 61 | uint64_t(valid) << 63;
}

static bool load(const Op &op, Warp &w, const SharedPlace &place, int lane, Word &word) {
  uint64_t bits;
  std::memcpy(&bits, place.pointer, 8);
  word = Word::from(bits);
  if (!word.valid || word.expected == 0) {
    w.fail(op, LaunchOutcome::IllegalInstruction,
           "no initialised mbarrier lies at shared offset " + std::to_string(place.offset), lane);
    return false;
  }
  return true;
}

static bool finish(const Op &op, Warp &w, const SharedPlace &place, int lane, Word &word) {
  if (word.transactions <= -Bias || word.transactions >= Bias) {
    w.fail(op, LaunchOutcome::IllegalInstruction, "the transaction count of an mbarrier overflows", lane);
    return false;
  }
  if (word.pending == 0 && word.transactions == 0) {
    word.phase = (word.phase + 1) & 3;
    word.pending = word.expected;
    Tracked &tracked = clusterState(w).at(place);
    for (auto &transfer : tracked.current)
      tracked.ready.push_back(std::move(transfer));
    tracked.current.clear();
    tracked.delivered.clear();
  }
  uint64_t bits = word.bits();
  std::memcpy(place.pointer, &bits, 8);
  return true;
}

bool arrive(const Op &op, Warp &w, const SharedPlace &place, int lane, uint32_t arrivals, int64_t expectBytes,
            uint32_t drop, uint64_t *before) {
  Word word;
  if (!load(op, w, place, lane, word))
    return false;
  if (before)
    *before = word.bits();
  if (arrivals > word.pending || drop > word.expected) {
    w.fail(op, LaunchOutcome::IllegalInstruction,
           "more arrivals at an mbarrier than its phase has left (" + std::to_string(word.pending) + ")", lane);
    return false;
  }
  word.transactions += int32_t(expectBytes);
  word.pending -= arrivals, word.expected -= drop;
  if (!arrivals && !expectBytes)
    return true;
  if (!arrivals) { // expect_tx by itself completes nothing
    uint64_t bits = word.bits();
    std::memcpy(place.pointer, &bits, 8);
    return true;
  }
  return finish(op, w, place, lane, word);
}

bool completeTransactions(const Op &op, Warp &w, const SharedPlace &place, int lane, uint32_t bytes,
                          std::unique_ptr<Transfer> transfer) {
  Word word;
  if (!load(op, w, place, lane, word))
    return false;
  if (transfer)
    clusterState(w).at(place).current.push_back(std::move(transfer));
  word.transactions -= int32_t(bytes);
  return finish(op, w, place, lane, word);
}

namespace {

enum Flags : uint16_t { Expect = 1, Drop = 2, Parity = 4, Try = 8, Relaxed = 16, HasState = 32 };
struct Operands {
  AddressRef address;
  uint32_t value = 0; // slot: count, bytes, state or parity
};

void tell(const Op &op, Warp &w, const SharedPlace &place, int lane, AccessKind kind) {
  uint64_t addresses[32];
  addresses[lane] = place.offset;
  observe(op, w, Space::Shared, kind, Agent::Thread, 0, addresses, 1u << lane, 8, place.owner);
}

Flow initialise(const Op &op, Warp &w, LaneMask mask) {
  const Operands &o = kept<Operands>(op);
  for (LaneMask left = mask; left; left &= left - 1) {
    int lane = std::countr_zero(left);
    SharedPlace place = sharedPlace(op, w, o.address, lane, 8, 8);
    if (!place.pointer)
      return Flow::Stop;
    Word word;
    word.valid = true, word.pending = word.expected = w.in<uint32_t>(o.value)[lane];
    if (!word.pending || word.pending > MaxArrivals)
      return w.fail(op, LaunchOutcome::IllegalInstruction, "mbarrier.init: the count must be 1 to 2^20 - 1", lane);
    tell(op, w, place, lane, AccessKind::Write);
    clusterState(w).at(place) = Tracked();
    uint64_t bits = word.bits();
    std::memcpy(place.pointer, &bits, 8);
  }
  return Flow::Next;
}

Flow invalidate(const Op &op, Warp &w, LaneMask mask) {
  const Operands &o = kept<Operands>(op);
  for (LaneMask left = mask; left; left &= left - 1) {
    int lane = std::countr_zero(left);
    SharedPlace place = sharedPlace(op, w, o.address, lane, 8, 8);
    Word word;
    if (!place.pointer || !load(op, w, place, lane, word))
      return Flow::Stop;
    tell(op, w, place, lane, AccessKind::Write);
    clusterState(w).at(place) = Tracked();
    std::memset(place.pointer, 0, 8);
  }
  return Flow::Next;
}

/// arrive, arrive_drop, with or without expect_tx; b: slot of the count (0 in `kind`: none).
Flow arriveOn(const Op &op, Warp &w, LaneMask mask) {
  const Operands &o = kept<Operands>(op);
  Observer *observer = w.block->observer;
  uint64_t states[32];
  for (LaneMask left = mask; left; left &= left - 1) {
    int lane = std::countr_zero(left);
    SharedPlace place = sharedPlace(op, w, o.address, lane, 8, 8);
    if (!place.pointer)
      return Flow::Stop;
    uint32_t value = op.kind ? w.in<uint32_t>(o.value)[lane] : 1;
    uint32_t arrivals = op.flags & Expect ? 1 : value;
    if (observer) {
      tell(op, w, place, lane, AccessKind::Atomic);
      if (!(op.flags & Relaxed))
        observer->mbarrierArrive(w.place, place.offset, 1u << lane, &place.owner->place);
    }
    if (!arrive(op, w, place, lane, arrivals, op.flags & Expect ? value : 0, op.flags & Drop ? arrivals : 0,
                &states[lane]))
      return Flow::Stop;
  }
  if (op.flags & HasState)
    eachLane(mask, [&](int lane) { w.at<uint64_t>(op.d)[lane] = states[lane]; });
  return Flow::Next;
}

/// expect_tx (kind 0) and complete_tx (kind 1) by themselves.
Flow transactions(const Op &op, Warp &w, LaneMask mask) {
  const Operands &o = kept<Operands>(op);
  for (LaneMask left = mask; left; left &= left - 1) {
    int lane = std::countr_zero(left);
    SharedPlace place = sharedPlace(op, w, o.address, lane, 8, 8);
    if (!place.pointer)
      return Flow::Stop;
    uint32_t bytes = w.in<uint32_t>(o.value)[lane];
    tell(op, w, place, lane, AccessKind::Atomic);
    bool fine =
        op.kind ? completeTransactions(op, w, place, lane, bytes, nullptr) : arrive(op, w, place, lane, 0, bytes, 0);
    if (!fine)
      return Flow::Stop;
  }
  return Flow::Next;
}

/// test_wait and try_wait. try_wait lets other warps run until every lane's phase is complete; that lanes of the same
/// warp on another path have to act first would be a deadlock here.
Flow waitFor(const Op &op, Warp &w, LaneMask mask) {
  const Operands &o = kept<Operands>(op);
  SharedPlace places[32];
  LaneMask complete = 0;
  for (LaneMask left = mask; left; left &= left - 1) {
    int lane = std::countr_zero(left);
    SharedPlace &place = places[lane] = sharedPlace(op, w, o.address, lane, 8, 8);
    Word word;
    if (!place.pointer || !load(op, w, place, lane, word))
      return Flow::Stop;
    uint32_t phase =
        op.flags & Parity ? w.in<uint32_t>(o.value)[lane] & 1 : Word::from(w.in<uint64_t>(o.value)[lane]).phase & 1;
    if (phase != (word.phase & 1))
      complete |= 1u << lane;
  }
  if (complete != mask) {
    if (op.flags & Try)
      return Flow::Retry;
    w.budget = 1; // who asks again in a loop lets the others run first
  }
  Observer *observer = w.block->observer;
  eachLane(complete, [&](int lane) {
    const SharedPlace &place = places[lane];
    Tracked &tracked = clusterState(w).at(place);
    for (auto &transfer : tracked.ready) {
      transfer->deliver();
      if (transfer->group)
        tracked.delivered.push_back(transfer->group);
    }
    tracked.ready.clear();
    if (!observer)
      return;
    tell(op, w, place, lane, AccessKind::Atomic);
    for (uint32_t group : tracked.delivered)
      observer->asyncDone(w.place, Agent::Bulk, group, 1u << lane);
    if (!(op.flags & Relaxed))
      observer->mbarrierPassed(w.place, place.offset, 1u << lane, &place.owner->place);
  });
  w.setPredicate(op.d, complete, mask);
  return Flow::Next;
}

void pendingCount(const Op &op, Warp &w, LaneMask mask) {
  eachLane(mask, [&](int lane) { w.at<uint32_t>(op.d)[lane] = Word::from(w.in<uint64_t>(op.a)[lane]).pending; });
}

} // namespace

bool decodeBarrierObject(const ptx::Instruction &in, Decoder &d) {
  using ptx::Type;
  if (in.opcode != "mbarrier")
    return false;
  bool shared = false;
  for (std::string_view m : in.modifiers)
    shared |= m == "shared" || m == "shared::cta" || m == "shared::cluster";
  std::string_view what = in.modifier(0);
  const auto &operands = in.operands;
  Op op;
  Operands o;
  op.flags = in.has("relaxed") ? Relaxed : 0;
  int version = d.model().major;
  auto needs = [&](size_t least) { return operands.size() >= least; };
  if (what == "init" && needs(2)) {
    o.address = refer(d, operands[0], !shared), o.value = d.source(operands[1], Type::U32);
    op.list = keep(d, o);
    d.emit(op, entry<initialise>, OpClass::Async);
  } else if (what == "inval" && needs(1)) {
    o.address = refer(d, operands[0], !shared);
    op.list = keep(d, o);
    d.emit(op, entry<invalidate>, OpClass::Async);
  } else if ((what == "expect_tx" || what == "complete_tx") && needs(2)) {
    if (version < 9)
      return d.fail("'" + in.name() + "' needs sm_90");
    o.address = refer(d, operands[0], !shared), o.value = d.source(operands[1], Type::U32);
    op.kind = what == "complete_tx", op.list = keep(d, o);
    d.emit(op, entry<transactions>, OpClass::Async);
  } else if ((what == "arrive" || what == "arrive_drop") && needs(2)) {
    bool expects = in.has("expect_tx");
    if (version < 9 && (expects || (operands.size() > 2 && !in.has("noComplete"))))
      return d.fail("'" + in.name() + "' needs sm_90");
    op.flags = uint16_t(op.flags | (expects ? Expect : 0) | (what == "arrive_drop" ? Drop : 0));
    if (operands[0].kind != ptx::OperandKind::Sink) {
      op.d = d.destination(operands[0], Type::B64);
      op.flags |= HasState;
    }
    o.address = refer(d, operands[1], !shared);
    if (operands.size() > 2)
      o.value = d.source(operands[2], Type::U32), op.kind = 1;
    else if (expects)
      return d.fail("'" + in.name() + "' has no transaction count");
    op.list = keep(d, o);
    d.emit(op, entry<arriveOn>, OpClass::Async);
  } else if ((what == "test_wait" || what == "try_wait") && needs(3)) {
    if (version < 9 && what == "try_wait")
      return d.fail("'" + in.name() + "' needs sm_90");
    bool parity = in.has("parity");
    op.flags = uint16_t(op.flags | (parity ? Parity : 0) | (what == "try_wait" ? Try : 0));
    op.d = d.destination(operands[0], Type::Pred);
    o.address = refer(d, operands[1], !shared);
    o.value = d.source(operands[2], parity ? Type::U32 : Type::B64);
    op.list = keep(d, o);
    d.emit(op, entry<waitFor>, OpClass::Async);
  } else if (what == "pending_count" && needs(2)) {
    op.d = d.destination(operands[0], Type::U32, true), op.a = d.source(operands[1], Type::B64);
    d.emit(op, entry<pendingCount>, OpClass::Async);
  } else {
    return d.fail("'" + in.name() + "' is not supported");
  }
  return true;
}

} // namespace gpusim::async
