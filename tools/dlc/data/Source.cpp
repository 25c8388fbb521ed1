#include "tools/dlc/data/Source.h"
#include <algorithm>
#include <cmath>
#include <cstring>
#include <fmt/format.h>
#include <numeric>

namespace dlc::data {

int64_t Column::elements() const {
  int64_t n = 1;
  for (int64_t d : shape)
    n *= d;
  return n;
}

std::optional<size_t> Source::find(const std::string &name) const {
  for (size_t i = 0; i < columns().size(); ++i)
    if (columns()[i].name == name)
      return i;
  return std::nullopt;
}

std::optional<size_t> Source::labels() const {
  if (auto named = find("labels"))
    return named;
  for (size_t i = columns().size(); i--;)
    if (columns()[i].classes)
      return i;
  return std::nullopt;
}

MemorySource::MemorySource(std::vector<Column> list, std::vector<Tensor> given, std::string where, int64_t firstRow)
    : columnList(std::move(list)), tensors(std::move(given)), place(std::move(where)), first(firstRow) {
  for (size_t i = 0; i < tensors.size(); ++i) {
    int64_t rows = tensors[i].shape.empty() ? 0 : tensors[i].shape[0];
    if (i && rows != samples)
      throw Error(fmt::format("{}{}: column '{}' has {} rows, but '{}' has {}", place, first, columnList[i].name, rows,
                              columnList[0].name, samples));
    samples = rows;
    strides.push_back(columnList[i].bytes());
  }
}

void MemorySource::read(int64_t sample, size_t column, std::byte *to) const {
  std::memcpy(to, inMemory(sample, column), strides[column]);
}

SourcePtr SubsetSource::atEpoch(uint64_t seed, uint64_t epoch, int64_t used) const {
  int64_t last = 0;
  for (int64_t i = 0; i < used; ++i)
    last = std::max<int64_t>(last, samples[static_cast<size_t>(i)]);
  SourcePtr drawn = whole->atEpoch(seed, epoch, last + 1);
  return drawn ? std::make_shared<SubsetSource>(drawn, samples) : nullptr;
}

void holdBack(DataSet &set, double fraction, uint64_t seed) {
  int64_t n = set.train->count(), held = std::llround(static_cast<double>(n) * fraction);
  if (held < 1 || held >= n)
    throw Error(fmt::format("a fraction of {} of {} samples leaves {} to evaluate with and {} to train on", fraction, n,
                            held, n - held));
  std::vector<uint32_t> order(static_cast<size_t>(n));
  std::iota(order.begin(), order.end(), 0u);
  if (!set.ordered)
    order = shuffled(n, seed, ~uint64_t(0)); // of no epoch
  std::vector<uint32_t> kept(order.begin(), order.end() - held), rest(order.end() - held, order.end());
  std::sort(kept.begin(), kept.end());
  std::sort(rest.begin(), rest.end());
  set.evaluation = std::make_shared<SubsetSource>(set.train, std::move(rest));
  set.train = std::make_shared<SubsetSource>(set.train, std::move(kept));
}

Draws::Draws(uint64_t seed, uint64_t epoch, uint64_t sample)
    : state((seed + 1) * 0x9e3779b97f4a7c15u ^ (epoch + 1) * 0xd1b54a32d192ed03u ^ sample * 0x94d049bb133111ebu) {}

uint64_t Draws::below(uint64_t limit) { // splitmix64
  uint64_t z = state += 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  z ^= z >> 31;
  // Multiply-shift instead of a remainder: no bias worth the name, no division.
  return static_cast<uint64_t>(static_cast<unsigned __int128>(z) * limit >> 64);
}

std::vector<uint32_t> shuffled(int64_t n, uint64_t seed, uint64_t epoch) {
  std::vector<uint32_t> order(static_cast<size_t>(n));
  std::iota(order.begin(), order.end(), 0u);
  Draws draws(seed, epoch);
  for (size_t i = order.size(); i > 1; --i)
    std::swap(order[i - 1], order[draws.below(i)]);
  return order;
}

__attribute__((target_clones("arch=x86-64-v3", "default"))) void scaleBytes(const uint8_t *from, float *to, int64_t n,
                                                                            float scale, float shift) {
  for (int64_t i = 0; i < n; ++i)
    to[i] = static_cast<float>(from[i]) * scale + shift;
}
} // namespace dlc::data
