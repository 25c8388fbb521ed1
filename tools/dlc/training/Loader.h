// Batches out of a source: in an order that seed and epoch decide, normalised, some of them ahead of time on threads.
// The batches are the same whatever the number of threads.
#pragma once
#include "tools/dlc/training/Augment.h"
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <span>
#include <thread>

namespace dlc::cli {

/// A column and how a program takes it.
struct Feed {
  size_t column;
  data::DType dtype;
  bool label = false; ///< as it is: no mean is taken off
};

struct LoaderOptions {
  int64_t batch = 128;
  uint64_t seed = 0;
  bool shuffle = true;
  int workers = 0; ///< threads that gather ahead; 0: next() gathers
  Augmentation augmentation = {};
};

class Loader {
public:
  /// Throws data::Error where a column cannot be fed as its type.
  Loader(data::SourcePtr, std::vector<Feed>, LoaderOptions);
  ~Loader();
  Loader(const Loader &) = delete;

  /// Of an epoch, a short last one included.
  int64_t batches() const { return (source->count() + options.batch - 1) / options.batch; }
  int64_t sizeOf(int64_t batch) const { return std::min(options.batch, source->count() - batch * options.batch); }
  /// Bytes that a feed writes for a sample.
  size_t bytesOf(size_t feed) const;
  /// What next() begins with; both count from 0.
  void seek(int64_t epoch, int64_t batch);
  /// Ends the threads; seek() starts them anew.
  void stop();
  /// Writes the next batch, each feed to its place. Throws data::Error, which names file and row.
  void next(std::span<std::byte *const> to);

private:
  using Order = std::shared_ptr<const std::vector<uint32_t>>;
  struct Position {
    int64_t epoch = 0, batch = 0;
  };
  struct Ahead { ///< a batch that a thread fills
    Position at;
    std::vector<std::vector<std::byte, data::Aligned<std::byte>>> feeds;
    std::exception_ptr error;
    bool ready = false;
  };
  Position after(Position) const;
  /// What an epoch sees: its order (null: as they are) and its samples.
  struct Epoch {
    int64_t number;
    Order order;
    data::SourcePtr source;
  };
  Epoch epochOf(int64_t number);
  void gather(Position, std::span<std::byte *const> to);
  void work();

  data::SourcePtr source;
  std::vector<Feed> feeds;
  std::vector<data::Column> columns; ///< each feed's
  std::vector<bool> augmented;       ///< each feed
  std::vector<Augmentation> changes; ///< each feed's
  LoaderOptions options;
  Position position;

  std::mutex orders;
  std::deque<Epoch> known; ///< the last two

  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::shared_ptr<Ahead>> queue; ///< from the next batch on
  Position handedOut;
  bool stopping = false;
  std::vector<std::thread> threads;
};
} // namespace dlc::cli
