// Global memory: bounds, what was written, races between blocks, between launches and within a block.
#include "tools/gpusim/check/State.h"

#include <bit>
#include <cstring>

namespace gpusim {
namespace {

bool reads(const Access &a) { return a.kind == AccessKind::Read || a.kind == AccessKind::ReadNonCoherent; }

/// The bytes of granule `g` that [address, end) covers.
uint32_t maskOf(uint64_t g, uint64_t address, uint64_t end) {
  uint64_t base = reservedBase + g * 4;
  uint32_t mask = 15;
  if (address > base)
    mask &= 15u << (address - base);
  if (end < base + 4)
    mask &= 15u >> (base + 4 - end);
  return mask;
}

/// How the lanes of a contiguous access fall on granules: the trace of granule i.
struct Pattern {
  Cell base;
  uint32_t shift = 0; // granules a lane, as a power of two
  bool apart = false; // lanes share granules
  Pattern(const Access &a, uint32_t id, uint32_t clock, uint32_t warp, uint64_t flags) {
    apart = a.bytes < 4;
    shift = apart ? 0 : uint32_t(std::countr_zero(a.bytes / 4));
    base = Cell::make(id, clock, warp, apart ? Cell::LanesApart : 0, 15, flags);
  }
  Cell at(uint64_t i) const { return apart ? base : Cell{base.bits + (i >> shift << 8)}; }
};

constexpr uint64_t ThreadBits = 0xffffffffull << 32 | 0x7ffull << 8; // id, warp, lane

} // namespace

bool GlobalCheck::ordered(const WarpPlace &at, Cell earlier) const {
  BlockState &block = stateOf(*at.block);
  LaunchState &launch = *block.launch;
  uint32_t id = earlier.id();
  if (id < launch.bound)
    return true;
  if (id == block.id)
    return earlier.warp() == at.warp || block.clocks.knows(at.warp, earlier.warp(), earlier.clock());
  if (launch.inside(id)) {
    for (const auto &[log, length] : block.clocks.warps[at.warp].known) {
      std::lock_guard lock(launch.mutex);
      for (size_t i = 0; i < length; ++i)
        if (log->entries[i].block == id && earlier.clock() <= log->entries[i].row.at[earlier.warp()])
          return true;
    }
    return false;
  }
  uint64_t last = launch.otherTask.load(std::memory_order_relaxed);
  if (id - uint32_t(last >> 32) < uint32_t(last))
    return true;
  TaskPtr task = history.find(id);
  if (task && !launch.task->after(*task))
    return false;
  if (task)
    launch.otherTask.store(task->first << 32 | task->count, std::memory_order_relaxed);
  return true;
}

void GlobalCheck::readTrace(const WarpPlace &at, const Access &a, uint32_t lane, const Interval &in) const {
  BlockState &block = stateOf(*at.block);
  LaunchState &launch = *block.launch;
  uint64_t address = a.address[lane], end = address + a.bytes;
  uint32_t clock = block.clocks.now(at.warp);
  bool strong = a.order != Order::Weak;
  uint64_t flags = (strong ? Cell::Strong : 0) | (a.kind == AccessKind::ReadNonCoherent ? Cell::NonCoherent : 0);
  bool told = false;
  for (uint64_t g = Shadow::granule(address); g <= Shadow::granule(end - 1); ++g) {
    uint32_t mask = maskOf(g, address, end);
    Cell mine = Cell::make(block.id, clock, at.warp, lane, mask, flags), w = Shadow::writes[g], r = Shadow::reads[g];
    if (w.bits && w.mask() & mask && !told && w.id() >= launch.bound) {
      bool sameWarp = w.id() == block.id && w.warp() == at.warp;
      bool lanes = sameWarp && w.lane() < 32 && w.lane() != lane && w.clock() == std::min(clock, Cell::MaxClock) &&
                   clock < Cell::MaxClock;
      if (!(strong && w.has(Cell::Strong)) && (lanes || !ordered(at, w))) {
        told = true;
        findings.add("race-global", "a read is not ordered after a write of the same bytes by another thread", at, lane,
                     a.op, Space::Global, address, a.bytes, findings.siteOf(launch, w, Shadow::writeOps[g]));
      } else if (flags & Cell::NonCoherent && launch.inside(w.id())) {
        told = true;
        findings.add("non-coherent-read", "ld.global.nc reads what the same launch writes", at, lane, a.op,
                     Space::Global, address, a.bytes, findings.siteOf(launch, w, Shadow::writeOps[g]));
      }
    }
    if (r.id() == block.id) {
      if (r.warp() == at.warp) {
        uint32_t who = r.lane() == lane                                     ? lane
                       : r.mask() & mask || r.lane() == Cell::LanesTogether ? Cell::LanesTogether
                                                                            : Cell::LanesApart;
        uint32_t joint = r.clock() == mine.clock() ? r.mask() | mask : mask;
        mine = Cell::make(block.id, clock, at.warp, r.clock() == mine.clock() ? who : lane, joint,
                          flags | (r.bits & (Cell::OtherWarps | Cell::OtherBlocks | Cell::NonCoherent)));
      } else if (!ordered(at, r)) {
        mine = {r.bits | Cell::OtherWarps | flags};
      }
    } else if (launch.inside(r.id())) {
      if (!in.writable || r.has(Cell::OtherBlocks)) // nobody may write it, or all is said
        continue;
      if (!ordered(at, r))
        mine = {r.bits | Cell::OtherBlocks | flags};
    }
    Shadow::reads[g] = mine;
    Shadow::readOps[g] = uint16_t(std::min(a.op, 0xffffu));
  }
}

void GlobalCheck::writeTrace(const WarpPlace &at, const Access &a, uint32_t lane) const {
  BlockState &block = stateOf(*at.block);
  LaunchState &launch = *block.launch;
  uint64_t address = a.address[lane], end = address + a.bytes;
  uint32_t clock = block.clocks.now(at.warp);
  bool strong = a.kind == AccessKind::Atomic || a.order != Order::Weak;
  // Who writes the value that is there already does no harm.
  bool equal = a.stored && a.bytes <= 8 && !memcmp(reinterpret_cast<void *>(address), &a.stored[lane], a.bytes);
  bool told = false;
  auto race = [&](const char *kind, const char *message, Cell other, uint16_t op) {
    if (told)
      return;
    told = true;
    findings.add(kind, message, at, lane, a.op, Space::Global, address, a.bytes, findings.siteOf(launch, other, op));
  };
  for (uint64_t g = Shadow::granule(address); g <= Shadow::granule(end - 1); ++g) {
    uint32_t mask = maskOf(g, address, end);
    Cell mine = Cell::make(block.id, clock, at.warp, lane, mask, strong ? Cell::Strong : 0);
    Cell w = Shadow::writes[g], r = Shadow::reads[g];
    auto lanesClash = [&](Cell other, bool together) {
      return other.id() == block.id && other.warp() == at.warp && other.clock() == mine.clock() &&
             clock < Cell::MaxClock &&
             (other.lane() < 32 ? other.lane() != lane : together && other.lane() == Cell::LanesTogether);
    };
    uint32_t twin = w.id() == block.id && w.warp() == at.warp ? w.lane() : 32; // of this very instruction?
    bool same = equal || (a.stored && a.bytes <= 8 && twin < 32 && a.lanes >> twin & 1 && a.address[twin] == address &&
                          a.stored[twin] == a.stored[lane]);
    if (w.bits && w.mask() & mask && w.id() >= launch.bound && !same && !(strong && w.has(Cell::Strong)) &&
        (lanesClash(w, false) || !ordered(at, w)))
      race("race-global", "two threads write different values to the same bytes, neither ordered before the other", w,
           Shadow::writeOps[g]);
    if (r.bits && r.mask() & mask && r.id() >= launch.bound && !(strong && r.has(Cell::Strong))) {
      bool ownKept = r.id() == block.id && r.warp() == at.warp && r.clock() == mine.clock();
      if (lanesClash(r, true) || !ordered(at, r) ||
          (r.has(Cell::OtherWarps | Cell::OtherBlocks) && ownKept && clock < Cell::MaxClock))
        race("race-global", "a write is not ordered after a read of the same bytes by another thread", r,
             Shadow::readOps[g]);
      else if (r.has(Cell::NonCoherent) && launch.inside(r.id()))
        race("non-coherent-read", "writes what the same launch reads by ld.global.nc", r, Shadow::readOps[g]);
    }
    if (w.id() == block.id && w.warp() == at.warp && w.clock() == mine.clock() && w.lane() != lane &&
        !(w.mask() & mask))
      mine =
          Cell::make(block.id, clock, at.warp, Cell::LanesApart, w.mask() | mask, strong ? w.bits & Cell::Strong : 0);
    Shadow::writes[g] = mine;
    Shadow::writeOps[g] = uint16_t(std::min(a.op, 0xffffu));
  }
}

// A fully active warp on consecutive addresses where nothing is amiss. False: look at each lane.
bool GlobalCheck::whole(const WarpPlace &at, const Access &a) const {
  uint64_t start = a.address[0], step = a.bytes, bytes = step * 32;
  uint64_t off = 0;
  for (uint64_t i = 0; i < 32; ++i)
    off |= a.address[i] ^ (start + i * step);
  if (off || start % step || start % 4 || !std::has_single_bit(step))
    return false;
  BlockState &block = stateOf(*at.block);
  LaunchState &launch = *block.launch;
  const Interval *in = launch.intervals.find(start, bytes, a.op);
  bool write = !reads(a);
  if (!in || !in->shadowed || (write ? !in->writable : !in->readable) || (!write && !Shadow::allWritten(start, bytes)))
    return false;
  if (races) {
    uint64_t first = Shadow::granule(start), count = bytes / 4;
    uint64_t bound = launch.bound << 32;
    const Cell *w = Shadow::writes + first, *r = Shadow::reads + first;
    uint16_t op = uint16_t(std::min(a.op, 0xffffu));
    uint64_t flags = a.kind == AccessKind::ReadNonCoherent ? Cell::NonCoherent : 0;
    Pattern pattern(a, block.id, block.clocks.now(at.warp), at.warp, flags);
    bool fine = true;
    if (write) {
      for (uint64_t i = 0; i < count; ++i) {
        uint64_t mine = pattern.at(i).bits & ThreadBits;
        fine &= (w[i].bits < bound) | ((w[i].bits & ThreadBits) == mine);
        fine &= (r[i].bits < bound) | (((r[i].bits & ThreadBits) == mine) & !(r[i].bits & 14));
      }
      if (!fine || pattern.apart) {
        // Lanes that share a granule are told apart one by one, unless nobody was there before.
        for (uint64_t i = 0; i < count && fine; ++i)
          fine &= (w[i].bits < bound) & (r[i].bits < bound);
        if (!fine)
          return false;
      }
      for (uint64_t i = 0; i < count; ++i)
        Shadow::writes[first + i] = pattern.at(i);
      for (uint64_t i = 0; i < count; ++i)
        Shadow::writeOps[first + i] = op;
    } else {
      for (uint64_t i = 0; i < count; ++i)
        fine &= (w[i].bits < bound) |
                (!flags & ((w[i].bits & ThreadBits) == (pattern.at(i).bits & ThreadBits)) & !pattern.apart);
      if (!fine)
        return false;
      if (in->writable) {
        for (uint64_t i = 0; i < count; ++i)
          fine &= (r[i].bits < bound) | (((r[i].bits ^ pattern.at(i).bits) & (ThreadBits | 14)) == 0);
        if (!fine)
          return false;
        for (uint64_t i = 0; i < count; ++i)
          Shadow::reads[first + i] = pattern.at(i);
      } else { // nobody may write it in this launch: one trace of the launch will do
        for (uint64_t i = 0; i < count; ++i)
          if (!launch.inside(r[i].id()))
            Shadow::reads[first + i] = pattern.at(i);
      }
      for (uint64_t i = 0; i < count; ++i)
        Shadow::readOps[first + i] = op;
    }
  }
  if (write)
    Shadow::setWritten(start, bytes, true);
  return true;
}

bool GlobalCheck::lane(const WarpPlace &at, const Access &a, uint32_t lane) const {
  BlockState &block = stateOf(*at.block);
  LaunchState &launch = *block.launch;
  uint64_t address = a.address[lane], end = address + a.bytes;
  bool read = reads(a) || a.kind == AccessKind::Atomic, write = !reads(a);
  auto add = [&](const char *kind, const char *message) {
    findings.add(kind, message, at, lane, a.op, Space::Global, address, a.bytes);
  };
  if (a.agent == Agent::Thread && std::has_single_bit(a.bytes) && address % a.bytes) {
    add("misaligned", write ? "a write is not aligned to its size" : "a read is not aligned to its size");
    return false;
  }
  const Interval *in = launch.intervals.find(address, a.bytes, a.op);
  for (uint64_t from = address; !in && from < end;) { // views that lie side by side in one tensor
    const Interval *piece = launch.intervals.at(from);
    if (!piece) {
      std::string where = describeAddress(from);
      bool freed = where.find("freed, offset") != std::string::npos;
      bool owned = !freed && where.find(", offset") != std::string::npos && where.rfind("allocation", 0) == 0;
      add(freed   ? "use-after-free"
          : owned ? "outside-tensors"
                  : "out-of-bounds",
          freed   ? "an access to memory that was freed"
          : owned ? "an access outside of the tensors of this launch"
          : write ? "a write outside of all allocations"
                  : "a read outside of all allocations");
      return false;
    }
    if (from == address || piece->tensor.find(launch.intervals.at(address)->tensor) != std::string::npos ||
        launch.intervals.at(address)->tensor.find(piece->tensor) != std::string::npos)
      from = piece->end;
    else {
      add("outside-tensors", "an access that runs from one tensor into another");
      return false;
    }
    if (from >= end)
      in = launch.intervals.at(address);
  }
  if (write && !in->writable) {
    add("read-only", "a write to a tensor that this launch may only read");
    return false;
  }
  if (!in->shadowed)
    return true;
  if (read && !Shadow::allWritten(address, a.bytes)) {
    uint64_t byte = Shadow::firstUnwritten(address, a.bytes);
    findings.add("unwritten-global", "a read of memory that nothing has written", at, lane, a.op, Space::Global, byte,
                 uint32_t(end - byte));
    Shadow::setWritten(address, a.bytes, true); // told once
  }
  if (races && (a.order != Order::Weak || a.kind == AccessKind::Atomic))
    synchronise(at, a, lane);
  if (races)
    write ? writeTrace(at, a, lane) : readTrace(at, a, lane, *in);
  if (write)
    Shadow::setWritten(address, a.bytes, true);
  return true;
}

// Atomics and ordered accesses hand knowledge from block to block: what a fence before them made ready goes out, what
// others put out at the address comes in, at once or with the next fence.
void GlobalCheck::synchronise(const WarpPlace &at, const Access &a, uint32_t lane) const {
  BlockState &block = stateOf(*at.block);
  LaunchState &launch = *block.launch;
  WarpClocks &mine = block.clocks.warps[at.warp];
  bool acquires = a.order == Order::Acquire || a.order == Order::AcquireRelease;
  bool releases = !reads(a);
  bool now = a.order == Order::Release || a.order == Order::AcquireRelease;
  ClockRow out = now ? mine.row : mine.fenced;
  releases &= now || mine.fenced.at[at.warp] != 0;
  if (!releases && !launch.publishes.load(std::memory_order_relaxed))
    return;
  std::lock_guard lock(launch.mutex);
  auto found = launch.logs.find(a.address[lane]);
  if (!reads(a) || a.kind == AccessKind::Read) {
    if (found != launch.logs.end() && (reads(a) || a.kind == AccessKind::Atomic)) {
      KnownLogs in{{found->second, found->second->entries.size()}};
      learn(in, found->second->beyond);
      learn(acquires ? mine.known : mine.pending, in);
    }
  }
  if (releases) {
    std::shared_ptr<SyncLog> &log = launch.logs[a.address[lane]];
    if (!log)
      log = std::make_shared<SyncLog>();
    log->entries.push_back({block.id, out});
    for (const auto &one : mine.known)
      if (one.first != log)
        learn(log->beyond, {one});
    launch.publishes.store(true, std::memory_order_relaxed);
    if (now)
      block.clocks.tick(at.warp);
  }
}

LaneMask GlobalCheck::access(const WarpPlace &at, const Access &a) const {
  if (a.lanes == ~0u && a.agent == Agent::Thread && a.order == Order::Weak && a.kind != AccessKind::Atomic &&
      whole(at, a))
    return a.lanes;
  // Lanes of one instruction that write one address: equal values are no race. The first lane stands for its equals.
  LaneMask allowed = 0;
  uint64_t last = ~0ull;
  bool lastAllowed = false;
  for (LaneMask left = a.lanes; left; left &= left - 1) {
    uint32_t i = uint32_t(std::countr_zero(left));
    if (reads(a) && a.order == Order::Weak && a.address[i] == last) {
      allowed |= lastAllowed ? 1u << i : 0;
      continue;
    }
    last = a.address[i];
    lastAllowed = lane(at, a, i);
    allowed |= lastAllowed ? 1u << i : 0;
  }
  return allowed;
}

} // namespace gpusim
