// dlc check --gradients: each node's gradient beside central differences of its values, in f64.
#pragma once
#include "tools/dlc/Models.h"

namespace dlc::check {

struct GradientOptions {
  double eps = 1e-5;       ///< step of the differences, times max(1, |x|)
  double tolerance = 1e-5; ///< of the larger of the two and of the root mean square of the tensor's gradient
  int64_t samples = 8;     ///< elements that are looked at of each tensor that a node reads
  uint64_t seed = 0;       ///< of inputs, weights without values, cotangents, and which elements
  std::map<std::string, data::Tensor> inputs = {}; ///< given ones, by name
};

/// What a node's gradient and the differences say.
struct GradientResult {
  std::string node, operators;
  std::string skipped;  ///< why it was not checked; "" if it was
  bool chosen = false;  ///< what comes back is not the derivative on purpose
  int64_t elements = 0; ///< looked at
  int64_t kinks = 0;    ///< of those: where the slopes of both sides differ, and the gradient lies between them
  double error = 0;     ///< the largest, in the terms of `tolerance`
  // Where that was.
  std::string tensor;
  int64_t element = 0;
  double gradient = 0, difference = 0;

  bool wrong(const GradientOptions &o) const { return skipped.empty() && !chosen && !(error <= o.tolerance); }
};

struct GradientReport {
  GradientResult whole;
  std::vector<GradientResult> nodes; ///< in the order of the model
  bool ok(const GradientOptions &o) const;
  std::string text(const GradientOptions &o, const std::string &model) const;
  cli::Json json(const GradientOptions &o, const std::string &model) const;
};

/// The model's shapes must be known. Throws Failure where it cannot be taken apart or run.
GradientReport checkGradients(const driver::Model &model, const std::string &path, const GradientOptions &options);

} // namespace dlc::check
