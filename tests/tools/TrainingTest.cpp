// What `dlc train` does with data before a program sees it.
#include "tools/dlc/training/Feeding.h"
#include "tools/dlc/training/Loader.h"
#include "tools/dlc/training/Metric.h"
#include <cstring>
#include <gmock/gmock.h>
#include <numeric>

using namespace dlc;
using data::Column;
using data::DType;
using data::Tensor;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {
/// Samples i with the pixels i, i+1, .. and the label i % 3.
std::shared_ptr<data::MemorySource> counting(int64_t n, int64_t pixels) {
  Tensor images(DType::U8, {n, pixels}), labels(DType::U8, {n});
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t k = 0; k < pixels; ++k)
      images.as<uint8_t>()[i * pixels + k] = static_cast<uint8_t>(i + k);
    labels.as<uint8_t>()[i] = static_cast<uint8_t>(i % 3);
  }
  std::vector<Tensor> tensors{std::move(images), std::move(labels)};
  return std::make_shared<data::MemorySource>(
      std::vector<Column>{{"images", DType::U8, {pixels}, 0, {127.5}, {127.5}}, {"labels", DType::U8, {}, 3}},
      std::move(tensors), "test, row ");
}

/// A source that has nothing in memory, and whose sample 7 cannot be read.
class Reading : public data::SubsetSource {
public:
  explicit Reading(data::SourcePtr whole, std::vector<uint32_t> all) : SubsetSource(std::move(whole), std::move(all)) {}
  const std::byte *inMemory(int64_t, size_t) const override { return nullptr; }
  void read(int64_t i, size_t column, std::byte *to) const override {
    if (fails && i == 7)
      throw data::Error(where(i) + ": unreadable");
    SubsetSource::read(i, column, to);
  }
  bool fails = false;
};

struct Read {
  std::vector<float> images;
  std::vector<int32_t> labels;
  bool operator==(const Read &) const = default;
};
/// The next `batches` batches.
Read readAll(cli::Loader &loader, int64_t epoch, int64_t first, int64_t batches, int64_t pixels) {
  Read all;
  loader.seek(epoch, first);
  for (int64_t b = first; b < first + batches; ++b) {
    size_t n = static_cast<size_t>(loader.sizeOf(b % loader.batches()));
    std::vector<float> images(n * static_cast<size_t>(pixels));
    std::vector<int32_t> labels(n);
    std::byte *to[] = {reinterpret_cast<std::byte *>(images.data()), reinterpret_cast<std::byte *>(labels.data())};
    loader.next(to);
    all.images.insert(all.images.end(), images.begin(), images.end());
    all.labels.insert(all.labels.end(), labels.begin(), labels.end());
  }
  return all;
}
} // namespace

TEST(Loader, EveryEpochHoldsEverySampleOnceAndScaled) {
  cli::Loader loader(counting(10, 2), {{0, DType::F32}, {1, DType::I32}}, {.batch = 4, .seed = 3});
  ASSERT_EQ(loader.batches(), 3);
  Read first = readAll(loader, 0, 0, 3, 2), second = readAll(loader, 1, 0, 3, 2);
  std::vector<int> seen;
  for (size_t i = 0; i < 10; ++i) {
    float pixel = first.images[2 * i];
    int sample = static_cast<int>(std::lround((pixel + 1) * 127.5));
    EXPECT_NEAR(pixel, (sample / 255.0 - 0.5) / 0.5, 1e-6);
    EXPECT_EQ(first.labels[i], sample % 3);
    seen.push_back(sample);
  }
  std::sort(seen.begin(), seen.end());
  EXPECT_THAT(seen, ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9));
  EXPECT_NE(first.images, second.images);
}

TEST(Loader, TheSameBatchesForAnyNumberOfThreadsAndFromAnyPlace) {
  auto source = counting(50, 3);
  std::vector<uint32_t> all(50);
  std::iota(all.begin(), all.end(), 0u);
  cli::Loader plain(source, {{0, DType::F32}, {1, DType::I32}}, {.batch = 8, .seed = 1});
  Read expected = readAll(plain, 2, 0, 14, 3);
  for (int workers : {1, 2, 5}) {
    auto reading = std::make_shared<Reading>(source, all);
    cli::Loader loader(reading, {{0, DType::F32}, {1, DType::I32}}, {.batch = 8, .seed = 1, .workers = workers});
    EXPECT_EQ(readAll(loader, 2, 0, 14, 3), expected) << workers << " threads";
    // Epoch 2's batch 5 is the sixth of those: five full ones lie before it.
    Read later = readAll(loader, 2, 5, 9, 3);
    EXPECT_EQ(later.labels, std::vector<int32_t>(expected.labels.begin() + 40, expected.labels.end()));
  }
}

TEST(Loader, AnErrorOfAThreadComesWithItsBatch) {
  std::vector<uint32_t> all(12);
  std::iota(all.begin(), all.end(), 0u);
  for (int workers : {0, 2}) {
    auto reading = std::make_shared<Reading>(counting(12, 1), all);
    reading->fails = true;
    cli::Loader loader(reading, {{0, DType::F32}}, {.batch = 4, .shuffle = false, .workers = workers});
    loader.seek(0, 0);
    float room[4];
    std::byte *to[] = {reinterpret_cast<std::byte *>(room)};
    loader.next(to);
    EXPECT_EQ(room[3], 3 / 127.5f - 1);
    try {
      loader.next(to);
      FAIL() << "no error";
    } catch (const data::Error &error) {
      EXPECT_STREQ(error.what(), "test, row 7: unreadable");
    }
  }
}

TEST(Feeding, PlanesHaveTheirOwnScales) {
  Column column{"x", DType::U8, {2, 2}, 0, {0, 10}, {1, 4}};
  const uint8_t from[] = {0, 4, 10, 20};
  float out[4];
  cli::feedSample(column, reinterpret_cast<const std::byte *>(from), DType::F32, reinterpret_cast<std::byte *>(out));
  EXPECT_THAT(out, ElementsAre(0, 4, 0, 2.5));
}

TEST(Feeding, IntegersBecomeOtherIntegersUnscaled) {
  Column column{"x", DType::U8, {3}, 0, {127.5}, {127.5}};
  const uint8_t from[] = {0, 4, 255};
  int64_t out[3];
  cli::feedSample(column, reinterpret_cast<const std::byte *>(from), DType::I64, reinterpret_cast<std::byte *>(out));
  EXPECT_THAT(out, ElementsAre(0, 4, 255));
}

TEST(Feeding, FractionsAreNoIntegers) {
  EXPECT_THROW(cli::checkFeed({"x", DType::F32, {3}}, DType::I32), data::Error);
  EXPECT_NO_THROW(cli::checkFeed({"x", DType::F32, {3}}, DType::F16));
  EXPECT_NO_THROW(cli::checkFeed({"labels", DType::F32, {3}}, DType::I32, /*whole=*/true));
  EXPECT_THROW(cli::checkFeed({"labels", DType::F16, {3}}, DType::I32, /*whole=*/true), data::Error);
}

TEST(Feeding, MasksOfTruthValuesAreZerosAndOnes) {
  EXPECT_NO_THROW(cli::checkFeed({"m", DType::Bool, {3}}, DType::Bool));
  EXPECT_THROW(cli::checkFeed({"m", DType::U8, {3}}, DType::Bool), data::Error);
  Column column{"m", DType::Bool, {3}};
  cli::checkFeed(column, DType::F32);
  const uint8_t from[] = {0, 1, 1};
  float out[3];
  cli::feedSample(column, reinterpret_cast<const std::byte *>(from), DType::F32, reinterpret_cast<std::byte *>(out));
  EXPECT_THAT(out, ElementsAre(0, 1, 1));
}

data::MemorySource labelled(DType type, data::Shape shape, const std::vector<double> &labels) {
  Tensor values(type, shape);
  for (size_t i = 0; i < labels.size(); ++i)
    data::store(values, static_cast<int64_t>(i), labels[i]);
  shape.erase(shape.begin());
  std::vector<Tensor> tensors{std::move(values)};
  return data::MemorySource({{"labels", type, shape}}, std::move(tensors), "test, row ");
}
Tensor scoresOf(data::Shape shape, const std::vector<float> &scores) {
  Tensor t(DType::F32, shape);
  std::copy(scores.begin(), scores.end(), t.as<float>());
  return t;
}

TEST(Metrics, OverlapOfMasks) {
  auto source = labelled(DType::U8, {3, 4}, {1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0});
  auto metric = cli::metricFor("dice,smooth=1", {2, 4}, source.columns()[0]);
  ASSERT_TRUE(metric);
  EXPECT_STREQ(metric->name(), "dice");
  EXPECT_EQ(metric->value(), 1); // of nothing
  metric->add(scoresOf({2, 4}, {1, -1, 2, -1, -3, -3, 0, 5}), source, 0, 0);
  EXPECT_DOUBLE_EQ(metric->value(), 2 * 2.0 / (3 + 3));
  metric->add(scoresOf({1, 4}, {-1, -1, -1, 1}), source, 0, 2);
  EXPECT_DOUBLE_EQ(metric->value(), 2 * 2.0 / (4 + 3));
  metric->reset();
  metric->add(scoresOf({1, 4}, {-1, -1, -1, 1}), source, 0, 1);
  EXPECT_EQ(metric->value(), 1);
  EXPECT_STREQ(cli::metricFor("focal", {2, 4}, source.columns()[0])->name(), "f1");
  EXPECT_FALSE(cli::metricFor("dice,softmax=1", {2, 4}, source.columns()[0]));
  EXPECT_FALSE(cli::metricFor("dice", {2, 5}, source.columns()[0]));
  EXPECT_FALSE(cli::metricFor("mean-squared-error", {2, 4}, source.columns()[0]));
}

TEST(Metrics, SymbolsThatAreRead) {
  // Times 0 1 1 - 1 2 read 0 1 1 2 of 0 1 2: one too many; the second sample reads nothing of two.
  auto source = labelled(DType::I32, {2, 3}, {0, 1, 2, 1, 1, -1});
  std::vector<float> scores(2 * 6 * 4);
  const size_t best[] = {0, 1, 1, 3, 1, 2, 3, 3, 3, 3, 3, 3};
  for (size_t i = 0; i < 12; ++i)
    scores[4 * i + best[i]] = 1;
  auto metric = cli::metricFor("ctc,blank=3,axis=-1,length=3", {2, 6, 4}, source.columns()[0]);
  ASSERT_TRUE(metric);
  EXPECT_STREQ(metric->name(), "symbols");
  metric->add(scoresOf({2, 6, 4}, scores), source, 0, 0);
  EXPECT_DOUBLE_EQ(metric->value(), 1 - 3.0 / 5);
  // The same with the classes in front of the times.
  std::vector<float> turned(scores.size());
  for (size_t n = 0; n < 2; ++n)
    for (size_t t = 0; t < 6; ++t)
      for (size_t c = 0; c < 4; ++c)
        turned[(n * 4 + c) * 6 + t] = scores[(n * 6 + t) * 4 + c];
  metric = cli::metricFor("ctc,blank=3,length=3,axis=1", {2, 4, 6}, source.columns()[0]);
  metric->add(scoresOf({2, 4, 6}, turned), source, 0, 0);
  EXPECT_DOUBLE_EQ(metric->value(), 1 - 3.0 / 5);
  // The last dimension is the classes' where nothing is said, as it is for the loss.
  metric = cli::metricFor("ctc,blank=3,length=3", {2, 6, 4}, source.columns()[0]);
  metric->add(scoresOf({2, 6, 4}, scores), source, 0, 0);
  EXPECT_DOUBLE_EQ(metric->value(), 1 - 3.0 / 5);
  // With times=1 a sample's first label says how many times count: of none nothing is read.
  auto timed = labelled(DType::I32, {2, 3}, {0, 1, 2, 0, 1, 2});
  metric = cli::metricFor("ctc,blank=3,length=2,times=1", {2, 6, 4}, timed.columns()[0]);
  metric->add(scoresOf({2, 6, 4}, scores), timed, 0, 0);
  EXPECT_DOUBLE_EQ(metric->value(), 0);
}
