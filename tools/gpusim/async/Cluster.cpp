// Clusters: their barrier, addresses in other blocks, st.async and red.async; and Hopper's instructions that have no
// effect on results (setmaxnreg, griddepcontrol).
#include "tools/gpusim/async/Bulk.h"

#include <algorithm>

namespace gpusim::async {
namespace {

/// barrier.cluster. An arrival counts when every living lane of a warp has made it.
struct ClusterBarrier : Extension {
  uint64_t phase = 0;
  struct Arrival {
    LaneMask lanes = 0;   // of the phase under way
    uint64_t waitFor = 0; // phases that must be over for the lanes that arrived last
  };
  std::unordered_map<const Warp *, Arrival> arrivals;
};
ClusterBarrier &clusterBarrier(Warp &w) { return w.block->cluster->ext.get<ClusterBarrier>(Family::Cluster); }

/// Ends the phase if every living thread of the cluster has arrived.
void tryComplete(Warp &w, ClusterBarrier &barrier) {
  for (Block *block : w.block->cluster->blocks)
    for (Warp &warp : block->warps) {
      if (!warp.alive)
        continue;
      auto found = barrier.arrivals.find(&warp);
      if (found == barrier.arrivals.end() || (warp.alive & ~found->second.lanes))
        return;
    }
  for (auto &[warp, arrival] : barrier.arrivals)
    arrival.lanes = 0;
  ++barrier.phase;
  for (Block *block : w.block->cluster->blocks)
    if (block->observer)
      block->observer->barrierPassed(block->place, 16, ~0u);
}

Flow arriveCluster(const Op &op, Warp &w, LaneMask mask) {
  ClusterBarrier &barrier = clusterBarrier(w);
  ClusterBarrier::Arrival &mine = barrier.arrivals[&w];
  if (mine.lanes & mask)
    return w.fail(op, LaunchOutcome::IllegalInstruction, "a thread arrives twice at the cluster's barrier",
                  std::countr_zero(mine.lanes & mask));
  mine.lanes |= mask, mine.waitFor = barrier.phase + 1;
  tryComplete(w, barrier);
  return Flow::Next;
}

Flow waitCluster(const Op &op, Warp &w, LaneMask mask) {
  ClusterBarrier &barrier = clusterBarrier(w);
  auto found = barrier.arrivals.find(&w);
  if (found == barrier.arrivals.end() || !found->second.waitFor)
    return w.fail(op, LaunchOutcome::IllegalInstruction, "barrier.cluster.wait without an arrival before",
                  std::countr_zero(mask));
  if (barrier.phase < found->second.waitFor) {
    tryComplete(w, barrier); // threads may have ended since
    if (barrier.phase < found->second.waitFor)
      return Flow::Retry;
  }
  return Flow::Next;
}

enum Flags : uint16_t { Generic = 1, Wide = 2 };

/// d = the same offset in block b's window.
void mapAddress(const Op &op, Warp &w, LaneMask mask) {
  eachLane(mask, [&](int lane) {
    uint64_t address = op.flags & Wide ? w.in<uint64_t>(op.a)[lane] : w.in<uint32_t>(op.a)[lane];
    uint32_t shared = uint32_t(op.flags & Generic ? address - SharedWindow : address);
    uint64_t there = sharedOffset(shared) | uint64_t(w.in<uint32_t>(op.b)[lane]) << SharedRankShift;
    if (op.flags & Generic)
      there += SharedWindow;
    if (op.flags & Wide)
      w.at<uint64_t>(op.d)[lane] = there;
    else
      w.at<uint32_t>(op.d)[lane] = uint32_t(there);
  });
}

void rankOfAddress(const Op &op, Warp &w, LaneMask mask) {
  eachLane(mask, [&](int lane) {
    uint64_t address = op.flags & Wide ? w.in<uint64_t>(op.a)[lane] : w.in<uint32_t>(op.a)[lane];
    w.at<uint32_t>(op.d)[lane] = sharedRank(uint32_t(op.flags & Generic ? address - SharedWindow : address));
  });
}

/// The lowest lane of the mask leads.
void elect(const Op &op, Warp &w, LaneMask mask) {
  int leader = std::countr_zero(w.in<uint32_t>(op.a)[std::countr_zero(mask)] & mask);
  if (op.flags & 1)
    eachLane(mask, [&](int lane) { w.at<uint32_t>(op.d)[lane] = uint32_t(leader); });
  w.setPredicate(op.b, leader < 32 ? 1u << leader : 0, mask);
}

struct StoreOperands {
  AddressRef to, barrier;
  uint32_t values[4] = {}, count = 1, bytes = 4; // of each value
};

/// st.async, red.async: bytes that arrive when their mbarrier's phase is waited for.
struct Late : Transfer {
  uint8_t *to = nullptr;
  uint8_t data[16];
  uint32_t bytes = 0;
  ReduceOp op = ReduceOp::None;
  ReduceType type = ReduceType::None;
  void deliver() override {
    if (op == ReduceOp::None)
      std::memcpy(to, data, bytes);
    else
      reduce(to, data, bytes, op, type);
  }
};

Flow storeAsync(const Op &op, Warp &w, LaneMask mask) {
  const StoreOperands &o = kept<StoreOperands>(op);
  uint32_t bytes = o.count * o.bytes;
  for (LaneMask left = mask; left; left &= left - 1) {
    int lane = std::countr_zero(left);
    SharedPlace to = sharedPlace(op, w, o.to, lane, bytes, bytes), barrier = sharedPlace(op, w, o.barrier, lane, 8, 8);
    if (!to.pointer || !barrier.pointer)
      return Flow::Stop;
    if (to.owner != barrier.owner)
      return w.fail(op, LaunchOutcome::IllegalInstruction, "the store and its mbarrier lie in different blocks", lane);
    auto late = std::make_unique<Late>();
    late->group = newGroup(w), late->to = to.pointer, late->bytes = bytes;
    late->op = ReduceOp(op.b), late->type = ReduceType(op.c);
    for (uint32_t i = 0; i < o.count; ++i)
      std::memcpy(late->data + i * o.bytes, w.in<uint8_t>(o.values[i]) + size_t(lane) * o.bytes, o.bytes);
    uint64_t addresses[32];
    addresses[lane] = to.offset;
    observe(op, w, Space::Shared, late->op == ReduceOp::None ? AccessKind::Write : AccessKind::Atomic, Agent::Bulk,
            late->group, addresses, 1u << lane, bytes, to.owner);
    if (!completeTransactions(op, w, barrier, lane, bytes, std::move(late)))
      return Flow::Stop;
  }
  return Flow::Next;
}

void nothing(const Op &, Warp &, LaneMask) {}

bool decodeStoreAsync(const ptx::Instruction &in, Decoder &d) {
  using ptx::Type;
  if (!in.has("mbarrier::complete_tx::bytes") || in.operands.size() != 3)
    return d.fail("'" + in.name() + "': only the form with an mbarrier is supported");
  StoreOperands o;
  Op op;
  bool generic = !in.has("shared::cluster");
  if (in.opcode == "red") {
    op.b = uint32_t(reduceOp(in)), op.c = uint32_t(reduceType(in));
    if (!op.b || !op.c)
      return d.fail("'" + in.name() + "': the ISA has no such reduction");
  }
  o.bytes = ptx::bitsOf(in.type()) / 8;
  if (o.bytes != 4 && o.bytes != 8)
    return d.fail("'" + in.name() + "': stores of this type are not supported");
  const uint32_t *values = d.sources(in.operands[1], o.bytes == 8 ? Type::B64 : Type::B32, o.count);
  if (d.failed())
    return true;
  if (o.count > 4 || o.count * o.bytes > 16)
    return d.fail("'" + in.name() + "' stores more than 16 bytes");
  std::copy(values, values + o.count, o.values);
  o.to = refer(d, in.operands[0], generic), o.barrier = refer(d, in.operands[2], generic);
  op.list = keep(d, o);
  d.emit(op, entry<storeAsync>, OpClass::Async);
  return true;
}

} // namespace
} // namespace gpusim::async

namespace gpusim {

bool decodeCluster(const ptx::Instruction &in, Decoder &d) {
  using namespace async;
  using ptx::Type;
  Op op;
  bool barrier = in.opcode == "barrier" && in.modifier(0) == "cluster";
  bool address = in.opcode == "mapa" || in.opcode == "getctarank";
  bool store = (in.opcode == "st" || in.opcode == "red") && in.modifier(0) == "async";
  bool plain = in.opcode == "setmaxnreg" || in.opcode == "griddepcontrol" || in.opcode == "elect";
  if (in.opcode == "multimem" || in.opcode == "clusterlaunchcontrol")
    return d.fail("'" + in.name() + "' is not supported");
  if (!barrier && !address && !store && !plain)
    return false;
  if (needsHopper(in, d))
    return true;
  if (store)
    return decodeStoreAsync(in, d);
  if (barrier) {
    d.emit(op, in.has("wait") ? entry<waitCluster> : entry<arriveCluster>, OpClass::Barrier);
  } else if (in.opcode == "mapa") {
    bool wide = in.type() == Type::U64, generic = !in.has("shared::cluster");
    op.flags = uint16_t((generic ? Generic : 0) | (wide ? Wide : 0));
    op.d = d.destination(in.operands[0], in.type()), op.a = d.source(in.operands[1], in.type());
    op.b = d.source(in.operands[2], Type::U32);
    d.emit(op, entry<mapAddress>, OpClass::Integer);
  } else if (in.opcode == "getctarank") {
    bool wide = in.type() == Type::U64, generic = !in.has("shared::cluster");
    op.flags = uint16_t((generic ? Generic : 0) | (wide ? Wide : 0));
    op.d = d.destination(in.operands[0], Type::U32), op.a = d.source(in.operands[1], in.type());
    d.emit(op, entry<rankOfAddress>, OpClass::Integer);
  } else if (in.opcode == "elect") {
    if (in.operands.size() != 2 || in.operands[0].kind != ptx::OperandKind::Pair)
      return d.fail("'" + in.name() + "' has a register, a predicate and a mask");
    const ptx::Operand &lane = in.operands[0].parts[0];
    if (lane.kind != ptx::OperandKind::Sink)
      op.d = d.destination(lane, Type::U32), op.flags = 1;
    op.b = d.destination(in.operands[0].parts[1], Type::Pred), op.a = d.source(in.operands[1], Type::U32);
    d.emit(op, entry<elect>, OpClass::Warp);
  } else {
    if (in.opcode == "setmaxnreg") {
      int64_t registers = d.integer(in.operands[0]);
      if (!d.failed() && (registers < 24 || registers > 256 || registers % 8))
        return d.fail("'" + in.name() + "': the count must be a multiple of 8 from 24 to 256");
    }
    d.emit(op, entry<nothing>, OpClass::Control);
  }
  return true;
}

} // namespace gpusim
