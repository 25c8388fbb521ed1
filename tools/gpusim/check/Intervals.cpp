#include "tools/gpusim/check/Intervals.h"
#include "tools/gpusim/memory/AddressSpace.h"
#include "tools/gpusim/memory/Allocations.h"

#include <algorithm>

namespace gpusim {

const Interval *Intervals::at(uint64_t address) const {
  auto after = std::upper_bound(all.begin(), all.end(), address,
                                [](uint64_t value, const Interval &one) { return value < one.start; });
  if (after == all.begin())
    return nullptr;
  const Interval &before = *std::prev(after);
  return address < before.end ? &before : nullptr;
}

std::vector<TensorRange> buildIntervals(const TensorRanges *ranges, std::vector<Interval> &intervals) {
  auto allocated = allocations().list();
  std::vector<TensorRange> stale;
  for (const Allocation &a : *allocated)
    if (!a.freed && (!ranges || a.kind == MemoryKind::Variable)) {
      Interval one;
      one.start = a.address, one.end = a.end(), one.shadowed = inReserved(a.address, a.bytes);
      intervals.push_back(std::move(one));
    }
  if (ranges) {
    // Cut at every edge: where ranges overlap, what either may do is allowed.
    std::vector<uint64_t> edges;
    TensorRanges live;
    for (const TensorRange &r : *ranges) {
      if (!allocations().holds(r.address, r.bytes)) {
        stale.push_back(r);
        continue;
      }
      live.push_back(r);
      edges.push_back(r.address), edges.push_back(r.end());
    }
    std::sort(edges.begin(), edges.end());
    edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
    std::sort(live.begin(), live.end(), [](const auto &a, const auto &b) { return a.address < b.address; });
    for (size_t e = 0; e + 1 < edges.size(); ++e) {
      Interval one;
      one.start = edges[e], one.end = edges[e + 1];
      one.readable = one.writable = false, one.fresh = true;
      one.shadowed = inReserved(one.start, one.end - one.start);
      bool covered = false;
      for (const TensorRange &r : live) {
        if (r.address >= one.end)
          break;
        if (r.end() <= one.start)
          continue;
        covered = true;
        one.readable = true; // what the launch itself wrote may be read
        one.writable |= r.written != 0;
        one.fresh &= r.written == 1;
        one.tensor += (one.tensor.empty() ? "" : "/") + r.name;
      }
      if (covered)
        intervals.push_back(std::move(one));
    }
  }
  std::sort(intervals.begin(), intervals.end(), [](const auto &a, const auto &b) { return a.start < b.start; });
  return stale;
}

} // namespace gpusim
