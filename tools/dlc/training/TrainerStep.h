// A training step with a batch's memory.
#pragma once
#include "tools/dlc/training/Trainer.h"

namespace dlc::cli {
/// Throws data::Error where it cannot be read.
data::Sha256 hashOfFile(const std::string &path);

struct Trainer::Step {
  Runner runner;
  int64_t batch;
  Feeds feeds;

  Step(const Program &program, const TrainOptions &options, int64_t batch, const data::Source &source,
       const Runner *share)
      : runner(program, options.device, share), batch(batch), feeds(feedsFor(runner, source, options, batch)) {}
};
} // namespace dlc::cli
