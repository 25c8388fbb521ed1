// What people judge a model by where nothing numbers classes: overlap of masks, symbols that were read.
#pragma once
#include "tools/dlc/data/Source.h"
#include <memory>

namespace dlc::cli {

class Metric {
public:
  virtual ~Metric() = default;
  /// "dice", "f1", "symbols"
  virtual const char *name() const = 0;
  virtual void reset() = 0;
  /// Scores of samples `first` and the ones behind it, as many as the scores' first dimension has.
  virtual void add(const data::Tensor &scores, const data::Source &, size_t labels, int64_t first) = 0;
  /// From 0 to 1, the greater the better.
  virtual double value() const = 0;
};

/// The metric for a loss ("dice,smooth=1"), of scores of `shape` (a batch's) beside a column of labels; null: there is
/// none. dice of masks: 2 |A and B| / (|A| + |B|) of all elements, the same as f1 for focal and binary-cross-entropy;
/// symbols for ctc: 1 - (what must be changed in the best guess of each time, repeats and blanks left out) / labels.
std::unique_ptr<Metric> metricFor(const std::string &loss, const data::Shape &shape, const data::Column &labels);
/// All names that metrics have, and "accuracy".
const std::vector<std::string> &metricNames();
} // namespace dlc::cli
