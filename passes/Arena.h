// Offsets for blocks that live for a while: where the arena's memory is shared out.
#pragma once
#include <cstdint>
#include <vector>

namespace dlc {

/// Lives from step `first` to step `last`, both included; `bytes` may be 0.
struct ArenaBlock {
  int64_t bytes = 0, first = 0, last = 0;
  int64_t offset = -1; ///< set by placeBlocks, a multiple of `alignment`
};

/// Sets offsets so that blocks that live at the same time do not overlap; returns the arena's bytes.
int64_t placeBlocks(std::vector<ArenaBlock> &blocks, int64_t alignment = 64);
/// The most bytes that live at one step: no arena can be smaller.
int64_t peakBytes(const std::vector<ArenaBlock> &blocks, int64_t alignment = 64);

} // namespace dlc
