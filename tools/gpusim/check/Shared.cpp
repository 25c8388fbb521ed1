// Shared and local memory: bounds, what was written, races within a block, asynchronous copies that are not done yet.
#include "tools/gpusim/check/State.h"

#include <bit>

namespace gpusim {
namespace {

using SC = SharedCell;

bool reads(const Access &a) { return a.kind == AccessKind::Read || a.kind == AccessKind::ReadNonCoherent; }

uint32_t maskOf(uint32_t g, uint32_t first, uint32_t end) { // of granule g: the bytes of [first, end)
  uint32_t mask = 15;
  if (first > g * 4)
    mask &= 15u << (first - g * 4);
  if (end < g * 4 + 4)
    mask &= 15u >> (g * 4 + 4 - end);
  return mask;
}

bool bitsSet(const std::vector<uint64_t> &bits, uint64_t at, uint64_t count) {
  for (uint64_t end = at + count; at < end;) {
    uint64_t n = std::min(64 - at % 64, end - at), mask = (n == 64 ? ~0ull : (1ull << n) - 1) << at % 64;
    if ((bits[at / 64] & mask) != mask)
      return false;
    at += n;
  }
  return true;
}
void setBits(std::vector<uint64_t> &bits, uint64_t at, uint64_t count) {
  for (uint64_t end = at + count; at < end;) {
    uint64_t n = std::min(64 - at % 64, end - at);
    bits[at / 64] |= (n == 64 ? ~0ull : (1ull << n) - 1) << at % 64;
    at += n;
  }
}

/// Bulk groups are numbered for all, the others for each warp.
uint64_t keyOf(Agent agent, uint32_t warp, uint32_t group) {
  return uint64_t(agent) << 56 | uint64_t(agent == Agent::Bulk ? 0 : warp) << 32 | group;
}

} // namespace

void SharedCheck::early(const WarpPlace &at, const Access &a, uint32_t lane, uint64_t cell, const char *what) const {
  uint32_t warp = std::min(SC::warp(cell), at.block->warps - 1), who = SC::lane(cell) & 31;
  findings.add("async-early", what, at, lane, a.op, Space::Shared, a.address[lane], a.bytes,
               findings.siteOf({at.block, warp}, who, SC::op(cell)));
}

void SharedCheck::trace(const WarpPlace &at, const Access &a, BlockState &block, uint32_t lane) const {
  uint32_t first = uint32_t(a.address[lane]) - SharedBase, end = first + a.bytes;
  uint32_t clock = block.clocks.now(at.warp);
  const BlockClocks &clocks = block.clocks;
  bool write = !reads(a), strong = a.kind == AccessKind::Atomic || a.order != Order::Weak;
  bool engine = a.agent != Agent::Thread, told = false;
  auto race = [&](const char *message, uint64_t other, uint32_t warp) {
    if (told)
      return;
    told = true;
    uint32_t who = SC::lane(other);
    findings.add("race-shared", message, at, lane, a.op, Space::Shared, a.address[lane], a.bytes,
                 findings.siteOf({at.block, std::min(warp, at.block->warps - 1)}, who < 32 ? who : 0, SC::op(other)));
  };
  for (uint32_t g = first / 4; g <= (end - 1) / 4; ++g) {
    SharedCell &cell = block.cells[g];
    uint32_t mask = maskOf(g, first, end);
    uint64_t w = cell.write, r = cell.read;
    bool wHits = w && SC::mask(w) & mask, rHits = r && SC::mask(r) & mask;
    uint32_t wWarp = SC::warp(w), rWarp = SC::warp(r);
    if (wHits && w & SC::Pending) {
      if (!told)
        early(at, a, lane, w,
              write ? "a write over an asynchronous copy that is not waited for"
                    : "a read of an asynchronous copy that is not waited for");
      told = true;
      wHits = false;
      if (!write)
        continue;
    }
    if (write && r & SC::Pending && SC::mask(r) & mask && !told) {
      early(at, a, lane, r, "a write over the source of an asynchronous operation that is not done");
      told = true;
      rHits = false;
    }
    auto lanesClash = [&](uint64_t other, bool together) {
      uint32_t who = SC::lane(other);
      return SC::warp(other) == at.warp && SC::clock(other) == clock &&
             (who < 32 ? who != lane : together && who == Cell::LanesTogether);
    };
    if (wHits && !(strong && w & SC::Strong)) {
      bool known = wWarp == at.warp || clocks.knows(at.warp, wWarp, SC::clock(w));
      uint32_t twin = SC::lane(w);
      bool same = write && a.stored && a.bytes <= 8 && wWarp == at.warp && twin < 32 && a.lanes >> twin & 1 &&
                  a.address[twin] == a.address[lane] && a.stored[twin] == a.stored[lane];
      if ((!known || lanesClash(w, false)) && !same &&
          !(write && at.block->shared && a.stored && a.bytes <= 8 &&
            !__builtin_memcmp(at.block->shared + a.address[lane], &a.stored[lane], a.bytes)))
        race(write ? "two threads write different values to the same bytes, neither ordered before the other"
                   : "a read is not ordered after a write of the same bytes by another thread",
             w, wWarp);
      if (engine && !write && a.agent != Agent::CopyAsync && wWarp < 32 && !told &&
          SC::clock(w) > clocks.warps[at.warp].proxy.at[wWarp]) {
        told = true;
        findings.add("missing-proxy-fence",
                     "an asynchronous operation reads what a thread wrote with no fence.proxy.async between", at, lane,
                     a.op, Space::Shared, a.address[lane], a.bytes,
                     findings.siteOf({at.block, wWarp}, SC::lane(w) & 31, SC::op(w)));
      }
    }
    if (write && rHits && !(strong && r & SC::Strong)) {
      uint32_t others = cell.epoch == block.epoch && !block.partial ? cell.readers & ~(1u << at.warp) : 0;
      bool known = rWarp == at.warp || clocks.knows(at.warp, rWarp, SC::clock(r));
      if (!known || lanesClash(r, true) || others)
        race("a write is not ordered after a read of the same bytes by another thread", r,
             known && others ? uint32_t(std::countr_zero(others)) : rWarp);
    }
    uint64_t flags = (strong ? SC::Strong : 0) | (engine ? SC::Pending : 0);
    if (write) {
      uint64_t mine = SC::make(a.op, clock, at.warp, lane, mask, flags);
      if (wWarp == at.warp && SC::clock(w) == clock && w && !(SC::mask(w) & mask) && !engine)
        mine = SC::make(a.op, clock, at.warp, Cell::LanesApart, SC::mask(w) | mask, flags & w);
      cell.write = mine;
      if (!engine)
        cell.read = 0, cell.readers = 0;
    } else if (!(r & SC::Pending)) {
      uint32_t who = lane, joint = mask;
      if (r && rWarp == at.warp && SC::clock(r) == clock && SC::lane(r) != lane) {
        who = SC::mask(r) & mask || SC::lane(r) == Cell::LanesTogether ? Cell::LanesTogether : Cell::LanesApart;
        joint |= SC::mask(r);
      }
      cell.read = SC::make(a.op, clock, at.warp, who, joint, flags);
      cell.readers = (cell.epoch == block.epoch ? cell.readers : 0) | 1u << at.warp;
      cell.epoch = block.epoch;
    }
  }
}

bool SharedCheck::lane(const WarpPlace &at, const Access &a, BlockState &owner, uint32_t lane) const {
  uint64_t offset = a.address[lane], bytes = (a.owner ? a.owner : at.block)->sharedBytes;
  bool write = !reads(a), read = reads(a) || a.kind == AccessKind::Atomic;
  auto add = [&](const char *kind, const char *message) {
    findings.add(kind, message, at, lane, a.op, Space::Shared, offset, a.bytes);
  };
  if (a.agent == Agent::Thread && std::has_single_bit(a.bytes) && offset % a.bytes) {
    add("misaligned", write ? "a write is not aligned to its size" : "a read is not aligned to its size");
    return false;
  }
  if (offset < SharedBase || offset - SharedBase > bytes || a.bytes > bytes - (offset - SharedBase)) {
    add("out-of-bounds",
        write ? "a write outside of the block's shared memory" : "a read outside of the block's shared memory");
    return false;
  }
  uint64_t first = offset - SharedBase;
  bool home = &owner == at.block->shadow.get();
  bool waiting = false; // what is under way counts as neither written nor not
  if (races && home)
    for (uint64_t g = first / 4; read && g <= (first + a.bytes - 1) / 4; ++g)
      waiting |= owner.cells[g].write & SC::Pending;
  if (read && !waiting && !bitsSet(owner.sharedWritten, first, a.bytes)) {
    add("unwritten-shared", "a read of shared memory that nothing has written");
    setBits(owner.sharedWritten, first, a.bytes); // told once
  }
  if (a.agent != Agent::Thread) {
    auto &list = owner.pending[keyOf(a.agent, at.warp, a.group)];
    list.push_back({uint32_t(first), a.bytes, a.op, uint8_t(at.warp), uint8_t(lane), write});
    owner.asynchronous = true;
  }
  if (races && home)
    trace(at, a, owner, lane);
  else if (races && write) // of another block of the cluster: no trace, and none left
    for (uint64_t g = first / 4; g <= (first + a.bytes - 1) / 4; ++g) {
      owner.cells[g] = SharedCell();
      if (a.agent != Agent::Thread)
        owner.cells[g].write = SC::make(a.op, 0, 0, 0, 15, SC::Pending);
    }
  if (write && a.agent == Agent::Thread)
    setBits(owner.sharedWritten, first, a.bytes);
  return true;
}

// The common case, nothing amiss: a plain access of whole granules by a thread. False: look closer.
inline bool SharedCheck::quick(const WarpPlace &at, const Access &a, BlockState &block, uint32_t lane,
                               bool write) const {
  uint64_t first = a.address[lane] - SharedBase, bits = a.bytes == 64 ? ~0ull : (1ull << a.bytes) - 1;
  if (first + a.bytes > at.block->sharedBytes || first > at.block->sharedBytes || first & (a.bytes - 1))
    return false;
  uint64_t &written = block.sharedWritten[first / 64], need = bits << first % 64;
  if (!write && (written & need) != need)
    return false;
  const WarpClocks &mine = block.clocks.warps[at.warp];
  uint32_t clock = mine.row.at[at.warp], me = 1u << at.warp;
  SharedCell *cells = &block.cells[first / 4];
  uint32_t count = a.bytes / 4;
  for (uint32_t i = 0; i < count; ++i) {
    uint64_t w = cells[i].write, r = cells[i].read;
    uint32_t wWarp = SC::warp(w), rWarp = SC::warp(r);
    bool fine = SC::clock(w) < mine.row.at[wWarp] + (wWarp != at.warp) && !(w & SC::Pending);
    if (write)
      fine &= (SC::clock(r) < mine.row.at[rWarp] + (rWarp != at.warp) || (rWarp == at.warp && SC::lane(r) == lane)) &&
              !(r & SC::Pending) && (cells[i].epoch != block.epoch || !(cells[i].readers & ~me));
    else
      fine &= !(r & SC::Pending);
    if (!fine)
      return false;
  }
  uint64_t trace = SC::make(a.op, clock, at.warp, lane, 15);
  if (write) {
    written |= need;
    for (uint32_t i = 0; i < count; ++i)
      cells[i] = {trace, 0, 0, 0};
    return true;
  }
  uint64_t same = SC::make(0, clock, at.warp, 0, 0), fields = SC::make(0, 0xffffff, 63, 0, 0);
  for (uint32_t i = 0; i < count; ++i) {
    uint64_t r = cells[i].read;
    bool others = (r & fields) == same && SC::mask(r) && SC::lane(r) != lane;
    cells[i].read = others ? SC::make(a.op, clock, at.warp, Cell::LanesTogether, 15) : trace;
    cells[i].readers = (cells[i].epoch == block.epoch ? cells[i].readers : 0) | me;
    cells[i].epoch = block.epoch;
  }
  return true;
}

LaneMask SharedCheck::access(const WarpPlace &at, const Access &a) const {
  BlockState &owner = stateOf(a.owner ? *a.owner : *at.block);
  LaneMask allowed = 0;
  bool home = &owner == at.block->shadow.get(), write = !reads(a);
  bool plain = a.agent == Agent::Thread && a.order == Order::Weak && a.kind != AccessKind::Atomic;
  bool quickly = plain && races && home && a.bytes >= 4 && a.bytes <= 16 && std::has_single_bit(a.bytes);
  for (LaneMask left = a.lanes; left; left &= left - 1) {
    uint32_t i = uint32_t(std::countr_zero(left));
    // Lanes that read what a neighbour, or its counterpart in the other half of the warp, has just read.
    uint32_t twin = i && a.lanes >> (i - 1) & 1 && a.address[i - 1] == a.address[i]           ? i - 1
                    : i >= 16 && a.lanes >> (i - 16) & 1 && a.address[i - 16] == a.address[i] ? i - 16
                                                                                              : 32;
    if (plain && !write && twin < 32) {
      bool may = allowed >> twin & 1;
      if (may && races && home)
        for (uint64_t g = (a.address[i] - SharedBase) / 4; g <= (a.address[i] - SharedBase + a.bytes - 1) / 4; ++g) {
          uint64_t &r = owner.cells[g].read;
          if (SC::lane(r) < 32 && !(r & SC::Pending))
            r += uint64_t(Cell::LanesTogether - SC::lane(r)) << 8;
        }
      allowed |= may ? 1u << i : 0;
      continue;
    }
    if ((quickly && quick(at, a, owner, i, write)) || lane(at, a, owner, i))
      allowed |= 1u << i;
  }
  return allowed;
}

// The lanes waited: what their copies wrote is theirs, what they read is free. Of a bulk copy: the engine's, and the
// waiting warp knows of it.
void SharedCheck::done(const WarpPlace &at, Agent agent, uint32_t group, LaneMask lanes) const {
  BlockState &block = stateOf(*at.block);
  if (!block.asynchronous)
    return;
  bool bulk = agent == Agent::Bulk;
  auto found = block.pending.find(keyOf(agent, at.warp, group));
  if (bulk && races) {
    auto [clock, fresh] = block.bulkClock.try_emplace(group, 0);
    if (fresh)
      clock->second = ++block.clocks.engine;
    uint32_t &known = block.clocks.warps[at.warp].row.at[EngineColumn];
    known = std::max(known, clock->second);
  }
  if (found == block.pending.end())
    return;
  std::vector<Pending> &list = found->second;
  size_t kept = 0;
  for (const Pending &p : list) {
    if (!bulk && !(lanes >> p.lane & 1)) {
      list[kept++] = p;
      continue;
    }
    if (p.write)
      setBits(block.sharedWritten, p.offset, p.bytes);
    for (uint32_t g = p.offset / 4; races && g <= (p.offset + p.bytes - 1) / 4; ++g) {
      SharedCell &cell = block.cells[g];
      uint64_t &one = p.write ? cell.write : cell.read;
      if (!(one & SC::Pending) || SC::op(one) != p.op)
        continue; // overwritten meanwhile: that was reported
      if (bulk && p.write)
        one = SC::make(p.op, block.clocks.engine, EngineColumn, 0, SC::mask(one));
      else if (bulk)
        one = SC::make(p.op, block.clocks.now(at.warp), at.warp, Cell::LanesApart, SC::mask(one));
      else
        one = SC::make(p.op, block.clocks.now(at.warp), p.warp, p.lane, SC::mask(one));
      if (p.write)
        cell.read = 0, cell.readers = 0;
    }
  }
  list.resize(kept);
  if (list.empty())
    block.pending.erase(found);
}

LaneMask SharedCheck::local(const WarpPlace &at, const Access &a) const {
  BlockState &block = stateOf(*at.block);
  LaneMask allowed = 0;
  for (LaneMask left = a.lanes; left; left &= left - 1) {
    uint32_t i = uint32_t(std::countr_zero(left));
    uint64_t offset = a.address[i], room = block.localStride * 64;
    uint64_t base = (uint64_t(at.warp) * 32 + i) * room;
    if (std::has_single_bit(a.bytes) && offset % a.bytes) {
      findings.add("misaligned", "an access to local memory is not aligned to its size", at, i, a.op, Space::Local,
                   offset, a.bytes);
      continue;
    }
    if (offset > room || a.bytes > room - offset) {
      findings.add("out-of-bounds", "an access outside of the thread's local memory", at, i, a.op, Space::Local, offset,
                   a.bytes);
      continue;
    }
    if (block.localWritten.empty())
      block.localWritten.resize(block.localStride * at.block->warps * 32);
    if (reads(a) && !bitsSet(block.localWritten, base + offset, a.bytes))
      findings.add("unwritten-local", "a read of local memory that nothing has written", at, i, a.op, Space::Local,
                   offset, a.bytes);
    setBits(block.localWritten, base + offset, a.bytes);
    allowed |= 1u << i;
  }
  return allowed;
}

} // namespace gpusim
