// Offsets for blocks that live for a while: where the arena's memory is shared out. Plain C++, no MLIR.
#pragma once
#include <cstdint>
#include <vector>

namespace dlc {

/// Lives from step `first` to step `last`, both included; `bytes` may be 0.
struct ArenaBlock {
  int64_t bytes = 0, first = 0, last = 0;
  int64_t offset = -1; ///< set by placeBlocks, a multiple of the alignment
};

struct ArenaOptions {
  int64_t alignment = 64; ///< bytes
  int64_t goal = 0;       ///< bytes of arena that are good enough: nothing better is looked for
  /// How long to search where the greedy orders miss the peak, in units of about a nanosecond on one core. It is
  /// counted, never timed: the same blocks get the same offsets on every machine.
  int64_t effort = 100'000'000;
};

/// Sets offsets so that blocks that live at the same time do not overlap; returns the arena's bytes, which are at least
/// peakBytes. Several greedy orders first, then a search (ArenaSearch.h).
int64_t placeBlocks(std::vector<ArenaBlock> &blocks, const ArenaOptions &options = {});
/// The most bytes that live at one step, each block rounded up to the alignment: no arena can be smaller.
int64_t peakBytes(const std::vector<ArenaBlock> &blocks, int64_t alignment = 64);

} // namespace dlc
