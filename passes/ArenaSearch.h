// Whether blocks fit a given capacity: a search from the bottom up, for arenas that no greedy order packs tightly.
#pragma once
#include <cstdint>
#include <vector>

namespace dlc {

/// `size` units (at least 1) in the sections [begin, end), which is not empty.
struct SearchBlock {
  int begin = 0, end = 0;
  int64_t size = 0;
  bool operator==(const SearchBlock &) const = default;
};

enum class Fit { yes, no, unknown };

/// Looks for offsets below `capacity`. `effort` is reduced by what was spent; with nothing left the answer is unknown.
/// `offsets` is as long as `blocks`, and meaningful after yes alone. At most 2048 blocks: the search is recursive.
Fit fitBlocks(const std::vector<SearchBlock> &blocks, int64_t capacity, int64_t &effort, std::vector<int64_t> &offsets);

} // namespace dlc
