// cp.async.bulk and cp.reduce.async.bulk without tensor maps, and bulk groups.
#include "tools/gpusim/async/Bulk.h"

#include <algorithm>

namespace gpusim::async {

WarpState::~WarpState() {
  for (int lane = 0; lane < 32; ++lane)
    for (Store &store : stores[lane]) {
      if (store.wasRead)
        store.transfer->deliver();
      else if (warp && warp->block->observer)
        warp->block->observer->report(
            warp->place, 1u << lane, store.op,
            "a bulk store's source was not waited for before the thread's end: the copy is lost");
    }
}

void queueStore(const Op &op, Warp &w, int lane, std::unique_ptr<Transfer> transfer, uint32_t readGroup) {
  WarpState &state = warpState(w);
  Store store;
  store.group = state.committedStores[lane], store.readGroup = readGroup, store.op = w.opIndex(op);
  store.transfer = std::move(transfer);
  state.stores[lane].push_back(std::move(store));
}

namespace {

struct BulkOperands {
  AddressRef to, from, barrier;
  uint32_t size = 0, mask = 0; // slots
};
enum Flags : uint16_t { Multicast = 1 };

/// A run of bytes.
struct Run : Transfer {
  uint8_t *to = nullptr;
  const uint8_t *from = nullptr;
  uint32_t bytes = 0;
  ReduceOp op = ReduceOp::None;
  ReduceType type = ReduceType::None;
  std::vector<uint8_t> taken;
  bool wasRead = false;
  void read() override {
    taken.assign(from, from + bytes);
    wasRead = true;
  }
  void deliver() override {
    const uint8_t *source = wasRead ? taken.data() : from;
    if (op == ReduceOp::None)
      std::memmove(to, source, bytes);
    else
      reduce(to, source, bytes, op, type);
  }
};

bool checkSize(const Op &op, Warp &w, uint32_t bytes, int lane) {
  if (bytes % 16 == 0)
    return true;
  w.fail(op, LaunchOutcome::IllegalInstruction, "the size of a bulk copy must be a multiple of 16 bytes", lane);
  return false;
}

/// global -> shared, of this block or (multicast) of several in the cluster; kind 1: from this block's shared memory.
Flow toShared(const Op &op, Warp &w, LaneMask mask) {
  const BulkOperands &o = kept<BulkOperands>(op);
  for (LaneMask left = mask; left; left &= left - 1) {
    int lane = std::countr_zero(left);
    uint32_t bytes = w.in<uint32_t>(o.size)[lane];
    if (!checkSize(op, w, bytes, lane))
      return Flow::Stop;
    SharedPlace to = sharedPlace(op, w, o.to, lane, bytes, 16), barrier = sharedPlace(op, w, o.barrier, lane, 8, 8);
    if (!to.pointer || !barrier.pointer)
      return Flow::Stop;
    const uint8_t *from;
    SharedPlace source;
    uint64_t address = 0;
    if (op.kind) {
      source = sharedPlace(op, w, o.from, lane, bytes, 16);
      from = source.pointer;
    } else {
      address = o.from.at(w, lane);
      from = globalPlace(op, w, address, bytes, 16, lane);
    }
    if (!from)
      return Flow::Stop;
    uint32_t targets = 1u << to.owner->place.rank;
    if (op.flags & Multicast)
      targets = w.in<uint16_t>(o.mask)[lane];
    Cluster &cluster = *w.block->cluster;
    if (targets >> cluster.blocks.size())
      return w.fail(op, LaunchOutcome::IllegalInstruction, "the multicast names a block that the cluster has not",
                    lane);
    bool fine = true;
    eachLane(targets, [&](int rank) {
      SharedPlace there = to, its = barrier;
      if (op.flags & Multicast) { // same offsets in each block
        there.owner = its.owner = cluster.blocks[size_t(rank)];
        there.pointer = there.owner->shared + to.offset, its.pointer = its.owner->shared + barrier.offset;
      }
      auto run = std::make_unique<Run>();
      run->group = newGroup(w);
      run->to = there.pointer, run->from = from, run->bytes = bytes;
      run->op = ReduceOp(op.b), run->type = ReduceType(op.c);
      uint32_t group = run->group;
      if (op.kind)
        observeRun(op, w, Space::Shared, AccessKind::Read, Agent::Bulk, group, source.offset, bytes, lane);
      else
        observeRun(op, w, Space::Global, AccessKind::Read, Agent::Bulk, group, address, bytes, lane);
      observeRun(op, w, Space::Shared, run->op == ReduceOp::None ? AccessKind::Write : AccessKind::Atomic, Agent::Bulk,
                 group, there.offset, bytes, lane, there.owner);
      fine = fine && completeTransactions(op, w, its, lane, bytes, std::move(run));
    });
    if (!fine)
      return Flow::Stop;
  }
  return Flow::Next;
}

Flow toGlobal(const Op &op, Warp &w, LaneMask mask) {
  const BulkOperands &o = kept<BulkOperands>(op);
  for (LaneMask left = mask; left; left &= left - 1) {
    int lane = std::countr_zero(left);
    uint32_t bytes = w.in<uint32_t>(o.size)[lane];
    if (!checkSize(op, w, bytes, lane))
      return Flow::Stop;
    SharedPlace from = sharedPlace(op, w, o.from, lane, bytes, 16);
    if (!from.pointer)
      return Flow::Stop;
    uint64_t address = o.to.at(w, lane);
    auto run = std::make_unique<Run>();
    run->to = globalPlace(op, w, address, bytes, 16, lane);
    if (!run->to)
      return Flow::Stop;
    run->from = from.pointer, run->bytes = bytes;
    run->op = ReduceOp(op.b), run->type = ReduceType(op.c);
    run->group = newGroup(w);
    uint32_t readGroup = newGroup(w);
    observeRun(op, w, Space::Shared, AccessKind::Read, Agent::Bulk, readGroup, from.offset, bytes, lane, from.owner);
    observeRun(op, w, Space::Global, run->op == ReduceOp::None ? AccessKind::Write : AccessKind::Atomic, Agent::Bulk,
               run->group, address, bytes, lane);
    queueStore(op, w, lane, std::move(run), readGroup);
  }
  return Flow::Next;
}

void commitGroup(const Op &, Warp &w, LaneMask mask) {
  WarpState &state = warpState(w);
  eachLane(mask, [&](int lane) { ++state.committedStores[lane]; });
}

/// imm: groups that may stay under way; kind 1: .read.
void waitGroup(const Op &op, Warp &w, LaneMask mask) {
  WarpState &state = warpState(w);
  Observer *observer = w.block->observer;
  eachLane(mask, [&](int lane) {
    std::deque<Store> &stores = state.stores[lane];
    for (Store &store : stores) {
      if (int64_t(store.group) >= int64_t(state.committedStores[lane]) - op.imm)
        break;
      if (!store.wasRead) {
        store.transfer->read();
        store.wasRead = true;
        if (observer)
          observer->asyncDone(w.place, Agent::Bulk, store.readGroup, 1u << lane);
      }
      if (op.kind)
        continue;
      store.transfer->deliver();
      if (observer)
        observer->asyncDone(w.place, Agent::Bulk, store.transfer->group, 1u << lane);
      store.transfer.reset();
    }
    while (!stores.empty() && !stores.front().transfer)
      stores.pop_front();
  });
}

void nothing(const Op &, Warp &, LaneMask) {}

} // namespace

bool decodeBulk(const ptx::Instruction &in, Decoder &d) {
  using ptx::Type;
  if (in.opcode != "cp" || !in.has("bulk"))
    return false;
  if (needsHopper(in, d))
    return true;
  Op op;
  std::string_view what = in.modifier(2);
  if (what == "commit_group") {
    d.emit(op, entry<commitGroup>, OpClass::Async);
    return true;
  }
  if (what == "wait_group") {
    op.imm = d.integer(in.operands[0]), op.kind = in.has("read");
    d.emit(op, entry<waitGroup>, OpClass::Async);
    return true;
  }
  if (what == "prefetch") { // a hint
    d.emit(op, entry<nothing>, OpClass::Async);
    return true;
  }
  for (std::string_view refused : {"cp_mask", "ignore_oob"})
    if (in.has(refused))
      return d.fail("'" + in.name() + "': ." + std::string(refused) + " is not supported");
  BulkOperands o;
  bool reduces = in.modifier(0) == "reduce", store = in.has("bulk_group");
  if (reduces) {
    ReduceOp how = reduceOp(in);
    ReduceType type = reduceType(in);
    bool bits = how == ReduceOp::And || how == ReduceOp::Or || how == ReduceOp::Xor;
    bool wide = type == ReduceType::F32 || type == ReduceType::F64;
    if (how == ReduceOp::None || type == ReduceType::None || (wide && how != ReduceOp::Add) ||
        (bits && (wide || bytesOf(type) == 2)))
      return d.fail("'" + in.name() + "': the ISA has no such reduction");
    op.b = uint32_t(how), op.c = uint32_t(type);
  }
  if (in.operands.size() < (store ? 3u : 4u))
    return d.fail("'" + in.name() + "' has too few operands");
  o.to = refer(d, in.operands[0], false), o.from = refer(d, in.operands[1], false);
  o.size = d.source(in.operands[2], Type::U32);
  if (store) {
    op.list = keep(d, o);
    d.emit(op, entry<toGlobal>, OpClass::Async);
    return true;
  }
  o.barrier = refer(d, in.operands[3], false);
  if (in.has("multicast::cluster")) {
    if (in.operands.size() < 5)
      return d.fail("'" + in.name() + "' has no mask of blocks");
    o.mask = d.source(in.operands[4], Type::B16), op.flags = Multicast;
  }
  // Modifiers: cp [reduce] async bulk DST SRC ...; the source is the one after the destination.
  op.kind = in.modifier(reduces ? 4 : 3) != "global";
  op.list = keep(d, o);
  d.emit(op, entry<toShared>, OpClass::Async);
  return true;
}

} // namespace gpusim::async
