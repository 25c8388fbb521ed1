#include "tools/gpusim/exec/Counters.h"

#include <algorithm>

namespace gpusim {

const char *nameOf(OpClass c) {
  static constexpr const char *names[] = {"integer",      "float",       "double",       "half",    "convert",
                                          "special",      "move",        "predicate",    "control", "load_global",
                                          "store_global", "load_shared", "store_shared", "local",   "atomic",
                                          "barrier",      "warp",        "tensor",       "async",   "other"};
  static_assert(std::size(names) == size_t(OpClass::Count));
  return names[size_t(c)];
}

Counters::Instructions Counters::total() const {
  Instructions sum;
  for (const Instructions &i : byClass)
    sum.warps += i.warps, sum.threads += i.threads;
  return sum;
}

double Counters::activeLanes() const {
  Instructions sum = total();
  return sum.warps ? double(sum.threads) / double(sum.warps) : 0;
}

static void add(TrafficCounts &a, const TrafficCounts &b) {
  a.accesses += b.accesses, a.bytes += b.bytes, a.sectors += b.sectors, a.leastSectors += b.leastSectors;
}
static void add(SharedCounts &a, const SharedCounts &b) {
  a.accesses += b.accesses, a.bytes += b.bytes;
  a.wavefronts += b.wavefronts, a.leastWavefronts += b.leastWavefronts;
}

Counters &Counters::operator+=(const Counters &o) {
  for (size_t i = 0; i < byClass.size(); ++i)
    byClass[i].warps += o.byClass[i].warps, byClass[i].threads += o.byClass[i].threads;
  if (byOp.size() < o.byOp.size())
    byOp.resize(o.byOp.size());
  for (size_t i = 0; i < o.byOp.size(); ++i)
    byOp[i].warps += o.byOp[i].warps, byOp[i].threads += o.byOp[i].threads;
  add(loads, o.loads), add(stores, o.stores), add(atomics, o.atomics);
  add(sharedLoads, o.sharedLoads), add(sharedStores, o.sharedStores);
  branches += o.branches, divergentBranches += o.divergentBranches, blocks += o.blocks;
  return *this;
}

void countGlobal(TrafficCounts &t, const uint64_t *addresses, LaneMask lanes, uint32_t bytes) {
  uint64_t sectors[Lanes * 2], starts[Lanes];
  size_t n = 0, m = 0;
  for (LaneMask left = lanes; left; left &= left - 1) {
    uint64_t at = addresses[__builtin_ctz(left)];
    starts[m++] = at;
    for (uint64_t s = at / 32; s <= (at + bytes - 1) / 32 && n < std::size(sectors); ++s)
      if (!n || sectors[n - 1] != s)
        sectors[n++] = s;
  }
  if (!std::is_sorted(sectors, sectors + n))
    std::sort(sectors, sectors + n);
  if (!std::is_sorted(starts, starts + m))
    std::sort(starts, starts + m);
  uint64_t different = uint64_t(std::unique(starts, starts + m) - starts) * bytes;
  ++t.accesses;
  t.bytes += uint64_t(__builtin_popcount(lanes)) * bytes;
  t.sectors += uint64_t(std::unique(sectors, sectors + n) - sectors);
  t.leastSectors += (different + 31) / 32;
}

void countShared(SharedCounts &s, const uint64_t *offsets, LaneMask lanes, uint32_t bytes) {
  ++s.accesses;
  s.bytes += uint64_t(__builtin_popcount(lanes)) * bytes;
  // Lanes that one wavefront may serve: a warp, half of one (8 bytes), a quarter (16).
  int together = bytes >= 16 ? 8 : bytes == 8 ? 16 : 32;
  uint32_t words = std::max(1u, bytes / 4);
  for (int from = 0; from < Lanes; from += together) {
    LaneMask part = together == 32 ? lanes : lanes >> from & ((1u << together) - 1);
    if (!part)
      continue;
    // Different words in one bank come one after another; the same word is broadcast.
    uint64_t seen[32][8];
    uint8_t depth[32] = {};
    uint32_t deepest = 1;
    for (LaneMask left = part; left; left &= left - 1) {
      uint64_t first = offsets[from + __builtin_ctz(left)] / 4;
      for (uint64_t word = first; word < first + words; ++word) {
        uint32_t bank = word % 32, d = 0, have = std::min<uint32_t>(depth[bank], 8);
        while (d < have && seen[bank][d] != word)
          ++d;
        if (d < have)
          continue;
        if (have < 8)
          seen[bank][have] = word;
        deepest = std::max<uint32_t>(deepest, ++depth[bank]);
      }
    }
    s.wavefronts += deepest;
    s.leastWavefronts += 1;
  }
}

} // namespace gpusim
