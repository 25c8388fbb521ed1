// dlc run --sample: text from a model that says what comes next.
#pragma once
#include "tools/dlc/Models.h"

namespace dlc::cli {

struct SampleFlags {
  int64_t count = 0; ///< tokens to draw; 0: none
  std::string prompt;
  double temperature = 1; ///< 0: always the greatest score
  int64_t topK = 0;       ///< of how many greatest scores to draw; 0: all
  uint64_t seed = 0;
  void addTo(CLI::App &);
};

/// Writes the prompt and `count` tokens behind it to stdout: bytes where the model tells 256 symbols apart, else
/// numbers. The model has one input of integers, [T] or [1, T], and gives scores [.., T, symbols] of the next token at
/// each place, or [.., symbols] behind a window that is full; further back than T it does not look. Or it takes one token
/// and states of floats, zeros at first, each of which an output hands on. Throws Failure, also where scores depend on
/// tokens that come later.
int sampleTokens(const std::string &path, const SampleFlags &, const DeviceOptions &, const CompileFlags &, bool json);
} // namespace dlc::cli
