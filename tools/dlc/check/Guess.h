// Shapes for inputs that a model leaves open, where nobody said any.
#pragma once
#include "tools/dlc/Driver.h"
#include "tools/dlc/data/Tensor.h"

namespace dlc::check {

/// Shapes of all inputs, and of those that had to be guessed what was open: {"x", "batch x 784 x f32"}.
struct Guess {
  std::map<std::string, data::Shape> shapes;
  driver::Ranges ranges; ///< those given, and one size each for what else is open in their inputs
  struct Assumed {
    std::string input, open;
    data::Shape shape;
    std::string range; ///< --shape for sizes that stay open, as in "x:batch=1..64"; "" where there is none
    bool partly() const { return shape.empty() && !range.empty(); } ///< the range is what was guessed beside ranges
  };
  std::vector<Assumed> assumed;
  bool unranked = false; ///< an input has no shape at all
};

/// The likeliest first; one that assumes nothing where nothing is open. A dimension's name has one size.
std::vector<Guess> guesses(const std::vector<driver::Port> &inputs, const std::map<std::string, data::Shape> &given,
                           const driver::Ranges &ranges = {});

} // namespace dlc::check
