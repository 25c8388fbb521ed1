#include "tools/dlc/training/Loader.h"
#include "tools/dlc/training/Feeding.h"
#include <cstring>
#include <fmt/format.h>

namespace dlc::cli {

Loader::Loader(data::SourcePtr from, std::vector<Feed> list, LoaderOptions given)
    : source(std::move(from)), feeds(std::move(list)), options(given) {
  bool images = false;
  for (const Feed &f : feeds) {
    const data::Column &column = source->columns().at(f.column);
    columns.push_back(f.label ? asLabels(column) : column);
    checkFeed(columns.back(), f.dtype, /*whole=*/f.label);
    augmented.push_back(augments(options.augmentation, columns.back()));
    changes.push_back(f.label ? forLabels(options.augmentation) : options.augmentation);
    images |= augmented.back() && !f.label;
  }
  if (options.augmentation.any() && !images)
    throw data::Error(fmt::format("--augment changes images, but {}",
                                  columns.empty() ? "the model reads no column of the data"
                                                  : fmt::format("column '{}' is {} a sample", columns[0].name,
                                                                data::describe(columns[0].dtype, columns[0].shape))));
  for (size_t image = 0; image < feeds.size(); ++image)
    for (size_t labels = 0; labels < feeds.size(); ++labels)
      if (augmented[image] && augmented[labels] && feeds[labels].label && !feeds[image].label)
        checkTogether(options.augmentation, columns[image], columns[labels]);
}

Loader::~Loader() { stop(); }

void Loader::stop() {
  {
    std::lock_guard lock(mutex);
    stopping = true;
  }
  changed.notify_all();
  for (std::thread &t : threads)
    t.join();
  threads.clear();
  queue.clear();
  stopping = false;
}

size_t Loader::bytesOf(size_t feed) const {
  return static_cast<size_t>(source->columns()[feeds[feed].column].elements()) * exe::bitWidth(feeds[feed].dtype) / 8;
}

Loader::Position Loader::after(Position p) const {
  return p.batch + 1 < batches() ? Position{p.epoch, p.batch + 1} : Position{p.epoch + 1, 0};
}

void Loader::seek(int64_t epoch, int64_t batch) {
  stop();
  handedOut = position = batch < batches() ? Position{epoch, batch} : Position{epoch + 1, 0};
  for (int i = 0; i < options.workers; ++i)
    threads.emplace_back([this] { work(); });
}

Loader::Epoch Loader::epochOf(int64_t number) {
  if (!options.shuffle)
    return {number, nullptr, source};
  std::lock_guard lock(orders);
  for (const Epoch &epoch : known)
    if (epoch.number == number)
      return epoch;
  // Epochs count from 1 where something is drawn.
  uint64_t counted = static_cast<uint64_t>(number) + 1;
  auto order = std::make_shared<const std::vector<uint32_t>>(data::shuffled(source->count(), options.seed, counted));
  data::SourcePtr drawn = source->atEpoch(options.seed, counted, source->count());
  known.push_back({number, order, drawn ? drawn : source});
  if (known.size() > 2)
    known.pop_front();
  return known.back();
}

void Loader::gather(Position at, std::span<std::byte *const> to) {
  auto [number, order, source] = epochOf(at.epoch);
  int64_t first = at.batch * options.batch, n = sizeOf(at.batch);
  auto sample = [&, &order = order](int64_t i) {
    return order ? static_cast<int64_t>((*order)[first + i]) : first + i;
  };
  for (size_t f = 0; f < feeds.size(); ++f) {
    const data::Column &column = columns[f];
    size_t size = bytesOf(f), stored = column.bytes();
    std::vector<std::byte, data::Aligned<std::byte>> room, changed;
    changed.resize(augmented[f] ? stored : 0);
    for (int64_t i = 0; i < n; ++i) {
      if (i + 2 < n) // rows lie anywhere; the hardware cannot guess the next one
        if (const std::byte *soon = source->inMemory(sample(i + 2), feeds[f].column))
          for (size_t line = 0; line < stored; line += 64)
            __builtin_prefetch(soon + line);
      const std::byte *row = source->inMemory(sample(i), feeds[f].column);
      if (!row) {
        room.resize(stored);
        source->read(sample(i), feeds[f].column, room.data());
        row = room.data();
      }
      if (augmented[f]) {
        augment(changes[f], column, options.seed, at.epoch, sample(i), row, changed.data());
        row = changed.data();
      }
      feedSample(column, row, feeds[f].dtype, to[f] + static_cast<size_t>(i) * size);
    }
  }
}

void Loader::work() {
  std::unique_lock lock(mutex);
  for (;;) {
    // Each thread has a batch at hand, and as many are ready.
    changed.wait(lock, [&] { return stopping || queue.size() < 2 * static_cast<size_t>(options.workers); });
    if (stopping)
      return;
    auto mine = std::make_shared<Ahead>();
    mine->at = handedOut;
    handedOut = after(handedOut);
    queue.push_back(mine);
    lock.unlock();
    try {
      std::vector<std::byte *> to;
      for (size_t f = 0; f < feeds.size(); ++f)
        mine->feeds.emplace_back(bytesOf(f) * static_cast<size_t>(sizeOf(mine->at.batch)));
      for (auto &feed : mine->feeds)
        to.push_back(feed.data());
      gather(mine->at, to);
    } catch (...) {
      mine->error = std::current_exception();
    }
    lock.lock();
    mine->ready = true;
    changed.notify_all();
  }
}

void Loader::next(std::span<std::byte *const> to) {
  if (threads.empty()) {
    gather(position, to);
    position = after(position);
    return;
  }
  std::shared_ptr<Ahead> batch;
  {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return !queue.empty() && queue.front()->ready; });
    batch = std::move(queue.front());
    queue.pop_front();
  }
  changed.notify_all();
  position = after(position);
  if (batch->error)
    std::rethrow_exception(batch->error);
  for (size_t f = 0; f < feeds.size(); ++f)
    std::memcpy(to[f], batch->feeds[f].data(), batch->feeds[f].size());
}
} // namespace dlc::cli
