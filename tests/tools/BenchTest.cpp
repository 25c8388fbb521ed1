// Percentiles and means of dlc bench, against values by hand.
#include "tools/dlc/bench/Statistics.h"
#include "gtest/gtest.h"

using namespace dlc::cli::bench;

TEST(BenchStatistics, PercentilesAreNearestRank) {
  std::vector<double> times;
  for (int i = 200; i > 0; --i) // 1..200, from the greatest
    times.push_back(i);
  Summary s = summarise(times);
  EXPECT_EQ(s.least, 1);
  EXPECT_EQ(s.p50, 100); // 100 of 200 take no longer
  EXPECT_EQ(s.p90, 180);
  EXPECT_EQ(s.p95, 190);
  EXPECT_EQ(s.p99, 198);
  EXPECT_EQ(s.most, 200);
  EXPECT_DOUBLE_EQ(s.mean, 100.5);
}

TEST(BenchStatistics, FewTimes) {
  Summary one = summarise({3});
  EXPECT_EQ(one.p50, 3);
  EXPECT_EQ(one.p99, 3);
  EXPECT_EQ(one.deviation, 0);
  Summary three = summarise({5, 1, 3});
  EXPECT_EQ(three.p50, 3);
  EXPECT_EQ(three.p90, 5);
  EXPECT_DOUBLE_EQ(three.mean, 3);
  EXPECT_NEAR(three.deviation, 1.632993161855452, 1e-15); // sqrt(8/3)
  EXPECT_EQ(summarise({}).p99, 0);
}

TEST(BenchStatistics, AnOutlierMovesTheEndAndNotTheMiddle) {
  std::vector<double> times(99, 1.0);
  times.push_back(1000);
  Summary s = summarise(times);
  EXPECT_EQ(s.p50, 1);
  EXPECT_EQ(s.p99, 1);
  EXPECT_EQ(s.most, 1000);
}

TEST(BenchStatistics, JsonHasEveryFigure) {
  auto json = toJson(summarise({2, 4}));
  EXPECT_EQ(json.dump(), R"({"min":2.0,"mean":3.0,"stddev":1.0,"p50":2.0,"p90":4.0,"p95":4.0,"p99":4.0,"max":4.0})");
}
