// Minimum cuts by hand, and what is computed again in chains whose answer is known.
#include "passes/Tape.h"
#include "passes/MinCut.h"
#include <gtest/gtest.h>

namespace dlc {
namespace {

TEST(MinCut, FindsTheNarrowPlace) {
  // 0 -> {1, 2} -> 3 -> 4: 3 and 2 in front, 4 behind.
  MinCut graph(5);
  graph.addEdge(0, 1, 3);
  graph.addEdge(0, 2, 2);
  graph.addEdge(1, 3, MinCut::infinite);
  graph.addEdge(2, 3, MinCut::infinite);
  graph.addEdge(3, 4, 4);
  EXPECT_EQ(graph.sinkSide(0, 4), (std::vector<bool>{false, false, false, false, true}));
}

TEST(MinCut, OfEqualCutsTheOneNextToTheSink) {
  MinCut graph(3);
  graph.addEdge(0, 1, 5);
  graph.addEdge(1, 2, 5);
  EXPECT_EQ(graph.sinkSide(0, 2), (std::vector<bool>{false, false, true}));
}

TEST(MinCut, FlowsBackWhereThatHelps) {
  // The first path found may take the edge between 1 and 2, which the best flow does not use.
  MinCut graph(4);
  graph.addEdge(0, 1, 1);
  graph.addEdge(0, 2, 1);
  graph.addEdge(1, 2, 1);
  graph.addEdge(1, 3, 1);
  graph.addEdge(2, 3, 1);
  auto late = graph.sinkSide(0, 3);
  EXPECT_TRUE(late[3]);
  EXPECT_FALSE(late[1] || late[2]);
}

/// A chain of `length` operators that each read what the one before gave, the loss behind it, and the way back:
/// operator i's gradient reads what i read and the gradient before. All values have `bytes`.
Tape chain(unsigned length, int64_t bytes) {
  Tape tape;
  auto value = [&](int64_t size) {
    auto number = static_cast<unsigned>(tape.values.size());
    tape.values.push_back({size, number});
    return number;
  };
  std::vector<unsigned> forward = {value(0)}; // the input is not in the arena
  for (unsigned i = 0; i < length; ++i) {
    forward.push_back(value(bytes));
    tape.ops.push_back({{forward[i]}, {forward[i + 1]}, 1000.0, true});
  }
  unsigned gradient = value(bytes);
  tape.ops.push_back({{forward.back()}, {gradient}, 1000.0, true});
  for (unsigned i = length; i-- > 0;) {
    unsigned next = value(bytes);
    tape.ops.push_back({{forward[i], gradient}, {next}, 1000.0, true});
    gradient = next;
  }
  tape.kept = {gradient};
  return tape;
}

TEST(Tape, KeepsEverythingAtFirst) {
  Tape tape = chain(16, 640);
  Repeats none;
  simulate(tape, none);
  // All 16 and the gradient at the loss; the operator behind it holds what it reads and gives besides.
  EXPECT_EQ(none.peak, 640 * 17);
  EXPECT_EQ(none.bound, 640 * 16);
  EXPECT_EQ(none.cost, 0);
}

TEST(Tape, CutTakesTheCheapestSideOfEachValue) {
  // x (in the arena) -> a cheap operator -> y; both are read behind. y is worth computing again, x is not.
  Tape tape;
  tape.values = {{0, 0}, {800, 1}, {800, 2}, {64, 3}, {64, 4}};
  tape.ops = {{{0}, {1}, 1e6, true}, {{1}, {2}, 100.0, true}, {{2}, {3}, 100.0, true}, {{3, 1, 2}, {4}, 100.0, false}};
  tape.kept = {4};
  std::vector<bool> all(3, true);
  EXPECT_EQ(cutRepeats(tape, 2, 1.0, all), (std::vector<unsigned>{1}));
  EXPECT_EQ(cutRepeats(tape, 2, 100.0, all), (std::vector<unsigned>{}));
  EXPECT_EQ(cutRepeats(tape, 2, 0.0, {false, false, true}), (std::vector<unsigned>{2})); // x and y have to be kept
}

TEST(Tape, ChainNeedsTheRootOfItsLength) {
  Tape tape = chain(64, 6400);
  auto ways = waysToRepeat(tape, {64});
  ASSERT_GT(ways.size(), 4u);
  EXPECT_TRUE(ways[0].ops.empty());
  for (size_t i = 1; i < ways.size(); ++i) {
    EXPECT_GE(ways[i].cost, ways[i - 1].cost);
    EXPECT_LT(ways[i].peak, ways[i - 1].peak);
    EXPECT_LE(ways[i].bound, ways[i].peak);
  }
  // Eight checkpoints and a part of eight: 16, and a few that are being computed.
  EXPECT_LE(ways.back().peak, 6400 * 20);
  EXPECT_LE(ways.back().cost, 64 * 1000.0);
}

TEST(Tape, NothingThatCannotBeRepeatedIs) {
  Tape tape = chain(12, 640);
  for (TapeOp &op : tape.ops)
    op.repeatable = false;
  EXPECT_EQ(waysToRepeat(tape, {12}).size(), 1u);
}

TEST(Tape, ViewsComeAlong) {
  // x -> f -> y, seen as z, which is read behind.
  Tape tape;
  tape.values = {{0, 0}, {6400, 1}, {0, 1}, {64, 3}, {64, 4}};
  tape.ops = {{{0}, {1}, 10.0, true}, {{1}, {2}, 0.0, false, true}, {{2}, {3}, 10.0, true}, {{3, 2}, {4}, 10.0, false}};
  tape.kept = {4};
  EXPECT_EQ(cutRepeats(tape, 2, 0.0, {true, false, false}), (std::vector<unsigned>{0, 1}));
  // Kept: the operator behind holds y, and so does the one before.
  Repeats again{2, {0, 1}};
  simulate(tape, again);
  EXPECT_EQ(again.cost, 10.0);
  EXPECT_EQ(again.bound, 6400 + 64);
}

TEST(Tape, EmptyBlocks) {
  Tape tape;
  EXPECT_EQ(waysToRepeat(tape, {0}).size(), 1u);
  tape.ops.push_back({});
  EXPECT_EQ(waysToRepeat(tape, {0}).size(), 1u);
}

} // namespace
} // namespace dlc
