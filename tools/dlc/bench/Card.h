// The parts of a run on a card, by the card's own clock: inputs to the card, computing, results back.
#pragma once
#include "runtime/cuda/Context.h"
#include "tools/dlc/Runner.h"

namespace dlc::cli::bench {

/// Seconds of one run. `enqueue` is the host's time to start it, copies left out.
struct CardTimes {
  double toCard = 0, compute = 0, fromCard = 0, enqueue = 0;
};

/// Pinned memory, device memory, a stream and a session bound to them. Throws Failure.
class Card {
public:
  /// `name` is what the session of `share` runs on ("cuda:0", "sim:a100"); weights and state are that session's.
  Card(const Program &, DeviceOptions, const std::string &name, const Runner &share);

  void setInput(size_t index, const data::Tensor &);
  /// One run, waited for.
  CardTimes run();

private:
  struct Port {
    rt::cuda::Pinned host;
    rt::cuda::Memory device;
    uint64_t size = 0;
  };
  void make(const std::vector<TensorInfo> &, std::vector<Port> &);
  void check(const rt::Status &) const;

  std::shared_ptr<const rt::cuda::Context> context;
  std::vector<Port> inputs, outputs;
  rt::cuda::Stream stream;
  rt::cuda::Event marks[4];
  std::unique_ptr<Runner> runner; // goes before the memory that it is bound to
};

} // namespace dlc::cli::bench
