// What a launch may touch: its tensors where the runtime named them, else all live allocations.
#pragma once
#include "tools/gpusim/check/Tasks.h"

#include <atomic>
#include <vector>

namespace gpusim {

struct Interval {
  uint64_t start = 0, end = 0;
  bool readable = true, writable = true;
  bool fresh = false;   // what it held when the launch began counts as unwritten
  bool shadowed = true; // lies in the reserved range
  std::string tensor;   // names, where the runtime gave them
};

/// Disjoint, by address.
class Intervals {
public:
  std::vector<Interval> all;

  /// The interval that holds all of the bytes; null: none. `hint`: the instruction, whose last answer is tried first.
  const Interval *find(uint64_t address, uint64_t bytes, uint32_t hint) {
    std::atomic<uint32_t> &last = cache[hint % CacheSize];
    uint32_t guess = last.load(std::memory_order_relaxed);
    if (guess < all.size() && address >= all[guess].start && address + bytes <= all[guess].end)
      return &all[guess];
    const Interval *found = at(address);
    if (!found || address + bytes > found->end)
      return nullptr;
    last.store(uint32_t(found - all.data()), std::memory_order_relaxed);
    return found;
  }
  /// The one that holds the byte, or null.
  const Interval *at(uint64_t address) const;

private:
  static constexpr size_t CacheSize = 256;
  std::atomic<uint32_t> cache[CacheSize] = {};
};

/// Fills `intervals`; returns the ranges that no live allocation holds.
std::vector<TensorRange> buildIntervals(const TensorRanges *ranges, std::vector<Interval> &intervals);

} // namespace gpusim
