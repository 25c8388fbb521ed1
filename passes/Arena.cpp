#include "passes/Arena.h"
#include <algorithm>
#include <functional>
#include <numeric>

namespace dlc {
namespace {
int64_t aligned(int64_t bytes, int64_t alignment) { return (bytes + alignment - 1) / alignment * alignment; }

/// Places blocks in the given order, each at the lowest offset where it fits.
int64_t placeInOrder(std::vector<ArenaBlock> &blocks, const std::vector<size_t> &order, int64_t alignment) {
  std::vector<const ArenaBlock *> placed; // ascending by offset
  int64_t height = 0;
  for (size_t i : order) {
    ArenaBlock &block = blocks[i];
    int64_t size = aligned(block.bytes, alignment), offset = 0;
    for (const ArenaBlock *other : placed) {
      if (other->last < block.first || block.last < other->first)
        continue;
      if (other->offset >= offset + size)
        break;
      offset = std::max(offset, other->offset + aligned(other->bytes, alignment));
    }
    block.offset = offset;
    height = std::max(height, offset + size);
    placed.insert(std::upper_bound(placed.begin(), placed.end(), &block,
                                   [](const ArenaBlock *a, const ArenaBlock *b) { return a->offset < b->offset; }),
                  &block);
  }
  return height;
}
} // namespace

int64_t peakBytes(const std::vector<ArenaBlock> &blocks, int64_t alignment) {
  int64_t last = 0, live = 0, peak = 0;
  for (const ArenaBlock &block : blocks)
    last = std::max(last, block.last);
  std::vector<int64_t> change(last + 2);
  for (const ArenaBlock &block : blocks) {
    change[block.first] += aligned(block.bytes, alignment);
    change[block.last + 1] -= aligned(block.bytes, alignment);
  }
  for (int64_t c : change)
    peak = std::max(peak, live += c);
  return peak;
}

int64_t placeBlocks(std::vector<ArenaBlock> &blocks, int64_t alignment) {
  // Three orders; the best stays. Ties go to the earlier block, so the result is the same everywhere.
  std::vector<std::function<bool(const ArenaBlock &, const ArenaBlock &)>> orders = {
      [](const ArenaBlock &a, const ArenaBlock &b) { return a.bytes > b.bytes; },
      [](const ArenaBlock &a, const ArenaBlock &b) { return a.last - a.first > b.last - b.first; },
      [](const ArenaBlock &a, const ArenaBlock &b) {
        return a.bytes * (a.last - a.first + 1) > b.bytes * (b.last - b.first + 1);
      }};
  std::vector<ArenaBlock> best;
  int64_t bestHeight = -1, bound = peakBytes(blocks, alignment);
  for (auto &before : orders) {
    std::vector<size_t> order(blocks.size());
    std::iota(order.begin(), order.end(), size_t(0));
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return before(blocks[a], blocks[b]); });
    std::vector<ArenaBlock> attempt = blocks;
    int64_t height = placeInOrder(attempt, order, alignment);
    if (bestHeight < 0 || height < bestHeight) {
      best = std::move(attempt);
      bestHeight = height;
    }
    if (bestHeight == bound)
      break;
  }
  blocks = std::move(best);
  return bestHeight;
}

} // namespace dlc
