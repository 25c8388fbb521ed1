// How good a model is on samples that it is not trained on.
#pragma once
#include "tools/dlc/training/Loader.h"
#include "tools/dlc/training/Programs.h"

namespace dlc::cli {

class Evaluator {
public:
  /// `forward`: inputs as the model's, for some batch; shares its parameters with `share`.
  Evaluator(const Program &forward, const TrainOptions &, data::SourcePtr, const Runner &share);
  /// Of all samples, from 0 to 1: how many the greatest score names rightly.
  double accuracy();

private:
  Runner runner;
  data::SourcePtr source;
  Loader loader;
  std::vector<std::byte *> places;
  int64_t batch;
  size_t labels; ///< their column
};
/// What the runner's inputs are fed from, and where to: the input named `labels` from the labels.
struct Feeds {
  std::vector<Feed> list;
  std::vector<std::byte *> places;
};
Feeds feedsFor(Runner &, const data::Source &, const std::string &path);
} // namespace dlc::cli
