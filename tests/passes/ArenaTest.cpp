// The arena's planner on blocks whose best placement is known because they were cut out of a full one.
#include "passes/Arena.h"
#include "passes/ArenaSearch.h"
#include <algorithm>
#include <gtest/gtest.h>
#include <limits>
#include <numeric>

using namespace dlc;

namespace {
/// A linear congruence: the same blocks in every standard library.
struct Random {
  uint64_t state;
  int64_t below(int64_t n) {
    state = state * 6364136223846793005 + 1442695040888963407;
    return static_cast<int64_t>((state >> 33) % static_cast<uint64_t>(n));
  }
};

/// Cuts [first, last] x bytes into blocks that fill it.
void cut(int64_t first, int64_t last, int64_t bytes, int depth, Random &random, std::vector<ArenaBlock> &blocks) {
  bool inTime = last > first && (bytes <= 64 || random.below(2));
  if (depth == 0 || (!inTime && bytes <= 64)) {
    blocks.push_back({bytes, first, last});
  } else if (inTime) {
    int64_t at = first + random.below(last - first);
    cut(first, at, bytes, depth - 1, random, blocks);
    cut(at + 1, last, bytes, depth - 1, random, blocks);
  } else {
    int64_t below = 64 * (1 + random.below(bytes / 64 - 1));
    cut(first, last, below, depth - 1, random, blocks);
    cut(first, last, bytes - below, depth - 1, random, blocks);
  }
}
std::vector<ArenaBlock> puzzle(int seed, int depth, int64_t bytes) {
  Random random{static_cast<uint64_t>(seed)};
  std::vector<ArenaBlock> blocks;
  cut(0, 99, bytes, depth, random, blocks);
  for (size_t i = blocks.size(); i > 1; --i)
    std::swap(blocks[i - 1], blocks[random.below(static_cast<int64_t>(i))]);
  return blocks;
}

void expectValid(const std::vector<ArenaBlock> &blocks, int64_t height, int64_t alignment) {
  int64_t top = 0;
  for (size_t i = 0; i < blocks.size(); ++i) {
    const ArenaBlock &a = blocks[i];
    ASSERT_GE(a.offset, 0);
    ASSERT_EQ(a.offset % alignment, 0);
    top = std::max(top, a.offset + a.bytes);
    for (size_t j = 0; j < i; ++j) {
      const ArenaBlock &b = blocks[j];
      if (a.first <= b.last && b.first <= a.last)
        ASSERT_TRUE(a.offset + a.bytes <= b.offset || b.offset + b.bytes <= a.offset) << "blocks " << i << ", " << j;
    }
  }
  ASSERT_LE(top, height);
  ASSERT_LT(height - top, alignment);
}

TEST(Arena, NothingNeedsNothing) {
  std::vector<ArenaBlock> none;
  EXPECT_EQ(placeBlocks(none), 0);
  EXPECT_EQ(peakBytes(none), 0);
  std::vector<ArenaBlock> empty = {{0, 0, 3}, {0, 1, 2}};
  EXPECT_EQ(placeBlocks(empty), 0);
  expectValid(empty, 0, 64);
}

TEST(Arena, AlignmentCounts) {
  std::vector<ArenaBlock> blocks = {{1, 0, 1}, {65, 0, 0}, {64, 1, 1}};
  EXPECT_EQ(peakBytes(blocks), 192);
  EXPECT_EQ(placeBlocks(blocks), 192);
  expectValid(blocks, 192, 64);
  EXPECT_EQ(placeBlocks(blocks, {.alignment = 256}), 512);
  expectValid(blocks, 512, 256);
}

// No greedy order packs many of these; the search packs all.
TEST(Arena, SearchBeatsGreedyOrders) {
  int missed = 0;
  for (int seed = 0; seed < 40; ++seed) {
    std::vector<ArenaBlock> blocks = puzzle(seed, 6, 64 * 1000), greedy = blocks;
    int64_t bound = peakBytes(blocks);
    ASSERT_EQ(bound, 64 * 1000);
    int64_t simple = placeBlocks(greedy, {.effort = 0});
    expectValid(greedy, simple, 64);
    missed += simple > bound;
    EXPECT_EQ(placeBlocks(blocks), bound) << "seed " << seed << ", greedy " << simple;
    expectValid(blocks, bound, 64);
  }
  EXPECT_GT(missed, 10) << "the puzzles are too easy to say anything";
}

TEST(Arena, SameBlocksSameOffsets) {
  std::vector<ArenaBlock> a = puzzle(7, 7, 64 * 500), b = a;
  EXPECT_EQ(placeBlocks(a), placeBlocks(b));
  for (size_t i = 0; i < a.size(); ++i)
    EXPECT_EQ(a[i].offset, b[i].offset);
}

TEST(Arena, GoalIsEnough) {
  std::vector<ArenaBlock> blocks = puzzle(3, 6, 64 * 1000), greedy = blocks;
  int64_t simple = placeBlocks(greedy, {.effort = 0});
  std::vector<ArenaBlock> same = blocks;
  EXPECT_EQ(placeBlocks(same, {.goal = simple}), simple);
  for (size_t i = 0; i < same.size(); ++i)
    EXPECT_EQ(same[i].offset, greedy[i].offset);
}

// Blocks side by side in time are placed as if the others were not there.
TEST(Arena, PartsDoNotAddUp) {
  std::vector<ArenaBlock> blocks;
  for (int part = 0; part < 12; ++part)
    for (ArenaBlock block : puzzle(part, 5, 64 * 300))
      blocks.push_back({block.bytes, block.first + 100 * part, block.last + 100 * part});
  EXPECT_EQ(placeBlocks(blocks), 64 * 300);
  expectValid(blocks, 64 * 300, 64);
}

// More blocks than the search takes on: the greedy orders answer alone, and at once.
TEST(Arena, ManyBlocks) {
  Random random{1};
  std::vector<ArenaBlock> blocks;
  for (int i = 0; i < 5000; ++i) {
    int64_t first = random.below(2000);
    blocks.push_back({1 + random.below(1 << 20), first, first + random.below(20)});
  }
  int64_t height = placeBlocks(blocks);
  EXPECT_GE(height, peakBytes(blocks));
  expectValid(blocks, height, 64);
}

/// The least height there is: the best of first fit in every order.
int64_t leastHeight(const std::vector<SearchBlock> &blocks) {
  std::vector<size_t> order(blocks.size());
  std::iota(order.begin(), order.end(), size_t(0));
  int64_t least = std::numeric_limits<int64_t>::max();
  do {
    std::vector<int64_t> tops(100);
    int64_t height = 0;
    for (size_t i : order) {
      auto from = tops.begin() + blocks[i].begin, to = tops.begin() + blocks[i].end;
      int64_t top = *std::max_element(from, to) + blocks[i].size;
      std::fill(from, to, top);
      height = std::max(height, top);
    }
    least = std::min(least, height);
  } while (std::next_permutation(order.begin(), order.end()));
  return least;
}

// Of small sets of blocks the answer is known; of the first it is more than the peak, which is 6.
TEST(ArenaSearch, AnswersAsTryingEverythingDoes) {
  Random random{11};
  for (int round = 0; round < 40; ++round) {
    std::vector<SearchBlock> blocks = {{6, 7, 3}, {0, 1, 3}, {4, 7, 3}, {1, 5, 1},
                                       {0, 2, 3}, {1, 4, 2}, {2, 5, 1}, {3, 6, 1}};
    if (round > 0)
      blocks.clear();
    while (blocks.size() < 8) {
      int begin = static_cast<int>(random.below(8)), end = std::min(9, begin + 2 + static_cast<int>(random.below(3)));
      blocks.push_back({begin, end, 1 + random.below(3)});
    }
    int64_t least = leastHeight(blocks), effort = 10'000'000;
    std::vector<int64_t> offsets;
    ASSERT_TRUE(round > 0 || least == 7);
    EXPECT_EQ(fitBlocks(blocks, least - 1, effort, offsets), Fit::no) << "round " << round;
    EXPECT_EQ(fitBlocks(blocks, least, effort, offsets), Fit::yes) << "round " << round;
    ASSERT_GT(effort, 0);
  }
}

TEST(ArenaSearch, NoEffortNoAnswer) {
  std::vector<SearchBlock> blocks = {{0, 2, 2}, {1, 3, 2}};
  int64_t effort = 0;
  std::vector<int64_t> offsets;
  EXPECT_EQ(fitBlocks(blocks, 4, effort, offsets), Fit::unknown);
  EXPECT_TRUE(offsets.empty());
}
} // namespace
