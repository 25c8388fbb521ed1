// The examples of references/examples.json: models, how they are trained, and batches as networks.py makes them.
#pragma once
#include "tests/training/StepProgram.h"

namespace dlc::test {

struct Example {
  std::string name, model; ///< model: its text
  std::string kind;        ///< of labels
  StepOptions options;     ///< batch, loss, optimizer
  std::vector<double> losses;
  size_t inputs = 0, places = 0; ///< numbers in a sample, and labels

  void setBatch(int64_t batch) { options.batch = batch; }
  StepProgram program() const { return {model, options}; }
  /// The batch of this step, numbered from 0.
  void feed(StepProgram &program, uint64_t step) const;
};

/// All of one name, by batch; "..._half": a model for volumes of half the size in each direction.
std::vector<Example> examplesOf(StringRef name);

} // namespace dlc::test
