// How good a model is on samples that it is not trained on.
#pragma once
#include "tools/dlc/training/Loader.h"
#include "tools/dlc/training/Metric.h"
#include "tools/dlc/training/Programs.h"

namespace dlc::cli {

/// What the runner's inputs are fed from, and where to: the input named `labels` from the labels.
struct Feeds {
  std::vector<Feed> list;
  std::vector<std::byte *> places;
};
/// `batch`: samples of a run. Throws Failure where a column does not fill its input.
Feeds feedsFor(Runner &, const data::Source &, const TrainOptions &, int64_t batch);

/// The moving average of a weight in the weight's own type; where the step keeps none, the weight.
data::Tensor averageOf(const Runner &step, const std::string &weight);

class Evaluator {
public:
  /// Begins to compile: the programs for all samples in batches of one size, and the rest.
  Evaluator(const TrainOptions &, data::SourcePtr);
  /// Waits for them. Parameters are those of `step`, or the moving averages that it keeps. Throws Failure.
  void open(const Runner &step);

  struct Result {
    double loss, accuracy; ///< accuracy: of the greatest scores, from 0 to 1; NaN where nothing numbers classes, or the
                           ///< metric's value
    std::vector<double> losses; ///< what several are by themselves
  };
  Result run();
  /// Of the output that a loss looks at, for a batch; nothing where that is not known.
  std::optional<data::Shape> scoresShape(const LossTerm &) const;
  /// What `accuracy` is: "accuracy", "dice".
  std::string metricName() const { return metric ? metric->name() : "accuracy"; }

private:
  /// Of a batch: how many labels there are, and how many the greatest scores name.
  std::pair<int64_t, int64_t> count(const data::Tensor &scores, int64_t first, int64_t batch) const;
  bool findScores(const LossTerm &, const Program &);
  void takeAverages();

  TrainOptions options;
  data::SourcePtr source;
  int64_t batch;
  struct Part {
    std::future<Program> program;
    std::unique_ptr<Runner> runner;
    Feeds feeds;
  };
  Part full, rest;
  std::unique_ptr<Loader> loader;
  const Runner *step = nullptr;
  size_t labels = 0;                           ///< their column
  std::optional<size_t> scores;                ///< the output that the loss looks at
  std::unique_ptr<Metric> metric;              ///< of the output `scores`, where no classes are counted
  int64_t classCount = 0, rows = 0, inner = 0; ///< scores are [batch * rows, classes, inner]
  std::optional<int64_t> ignored;              ///< label that does not count
  size_t terms = 0;                            ///< losses, where they are several: their values are the last outputs
};
} // namespace dlc::cli
