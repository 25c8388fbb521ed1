#include "passes/Arena.h"
#include "passes/ArenaSearch.h"
#include <algorithm>
#include <numeric>

namespace dlc {
namespace {
int64_t aligned(int64_t bytes, int64_t alignment) { return (bytes + alignment - 1) / alignment * alignment; }
bool together(const ArenaBlock &a, const ArenaBlock &b) { return a.first <= b.last && b.first <= a.last; }

/// The bytes that live at each step.
std::vector<int64_t> liveBytes(const std::vector<ArenaBlock> &blocks, int64_t alignment) {
  int64_t last = -1;
  for (const ArenaBlock &block : blocks)
    last = std::max(last, block.last);
  std::vector<int64_t> live(last + 2);
  for (const ArenaBlock &block : blocks) {
    live[block.first] += aligned(block.bytes, alignment);
    live[block.last + 1] -= aligned(block.bytes, alignment);
  }
  std::partial_sum(live.begin(), live.end(), live.begin());
  return live;
}

/// Places blocks in the given order, each at the lowest offset where it fits.
int64_t placeInOrder(std::vector<ArenaBlock> &blocks, const std::vector<size_t> &order, int64_t alignment) {
  std::vector<const ArenaBlock *> placed; // ascending by offset
  int64_t height = 0;
  for (size_t i : order) {
    ArenaBlock &block = blocks[i];
    int64_t size = aligned(block.bytes, alignment), offset = 0;
    for (const ArenaBlock *other : placed) {
      if (!together(*other, block))
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

/// Fits blocks into less and less, from the bound upwards, until the effort is spent.
class Tightening {
public:
  Tightening(std::vector<ArenaBlock> &blocks, int64_t height, int64_t bound, const ArenaOptions &options)
      : blocks(blocks), height(height), bound(bound), options(options), effort(options.effort) {
    // Time in sections: between two of these points nothing begins or ends.
    std::vector<int64_t> points;
    for (const ArenaBlock &block : blocks) {
      points.push_back(block.first);
      points.push_back(block.last + 1);
    }
    std::sort(points.begin(), points.end());
    points.erase(std::unique(points.begin(), points.end()), points.end());
    auto section = [&](int64_t step) {
      return static_cast<int>(std::lower_bound(points.begin(), points.end(), step) - points.begin());
    };
    for (const ArenaBlock &block : blocks)
      if (block.bytes > 0)
        searched.push_back(
            {section(block.first), section(block.last + 1), (block.bytes + options.alignment - 1) / options.alignment});
  }

  int64_t run() {
    // Half of the effort for the best that there can be; then the middle between what is known to fail and what fits.
    int64_t fails = bound - options.alignment, target = std::max(bound, options.goal), share = effort / 2;
    while (effort > 0 && height > std::max(bound, options.goal)) {
      if (attempt(target, std::min(share, effort)))
        fails = std::max(fails, bound - options.alignment);
      else
        fails = target;
      target = std::max(options.goal, fails + (height - fails) / 2 / options.alignment * options.alignment);
      if (target <= fails || target >= height)
        break;
      share = options.effort / 8;
    }
    return height;
  }

private:
  std::vector<ArenaBlock> &blocks;
  int64_t height;
  const int64_t bound;
  const ArenaOptions &options;
  int64_t effort;
  std::vector<SearchBlock> searched;

  bool attempt(int64_t capacity, int64_t share) {
    std::vector<int64_t> offsets;
    effort -= share;
    Fit fit = fitBlocks(searched, capacity / options.alignment, share, offsets);
    effort += std::max<int64_t>(share, 0);
    if (fit != Fit::yes)
      return false;
    height = 0;
    size_t i = 0;
    for (ArenaBlock &block : blocks) {
      block.offset = block.bytes > 0 ? offsets[i++] * options.alignment : 0;
      height = std::max(height, block.offset + aligned(block.bytes, options.alignment));
    }
    return true;
  }
};
} // namespace

int64_t peakBytes(const std::vector<ArenaBlock> &blocks, int64_t alignment) {
  std::vector<int64_t> live = liveBytes(blocks, alignment);
  return *std::max_element(live.begin(), live.end());
}

int64_t placeBlocks(std::vector<ArenaBlock> &blocks, const ArenaOptions &options) {
  const int64_t alignment = options.alignment;
  std::vector<int64_t> live = liveBytes(blocks, alignment);
  const int64_t bound = *std::max_element(live.begin(), live.end());
  const int64_t goal = std::max(bound, options.goal);
  // Keys of the greedy orders, the largest first. Ties go to the earlier block.
  struct Keys {
    int64_t bytes, life, area, crowd;
  };
  std::vector<Keys> keys;
  for (const ArenaBlock &block : blocks) {
    int64_t life = block.last - block.first + 1;
    keys.push_back({block.bytes, life, block.bytes * life,
                    *std::max_element(live.begin() + block.first, live.begin() + block.last + 1)});
  }
  using Before = bool (*)(const Keys &, const Keys &);
  const Before orders[] = {
      [](const Keys &a, const Keys &b) { return a.bytes > b.bytes; },
      [](const Keys &a, const Keys &b) { return a.life > b.life; },
      [](const Keys &a, const Keys &b) { return a.area > b.area; },
      [](const Keys &a, const Keys &b) { return a.life != b.life ? a.life > b.life : a.bytes > b.bytes; },
      [](const Keys &a, const Keys &b) { return a.crowd != b.crowd ? a.crowd > b.crowd : a.bytes > b.bytes; },
      [](const Keys &a, const Keys &b) { return a.crowd != b.crowd ? a.crowd > b.crowd : a.life > b.life; }};
  std::vector<ArenaBlock> best;
  int64_t height = -1;
  for (Before before : orders) {
    std::vector<size_t> order(blocks.size());
    std::iota(order.begin(), order.end(), size_t(0));
    std::sort(order.begin(), order.end(),
              [&](size_t a, size_t b) { return before(keys[a], keys[b]) || (!before(keys[b], keys[a]) && a < b); });
    std::vector<ArenaBlock> attempt = blocks;
    int64_t reached = placeInOrder(attempt, order, alignment);
    if (height < 0 || reached < height) {
      best = std::move(attempt);
      height = reached;
    }
    if (height <= goal)
      break;
  }
  blocks = std::move(best);
  return height <= goal || options.effort <= 0 ? height : Tightening(blocks, height, bound, options).run();
}

} // namespace dlc
