// Gradients of f16 vanish below 6e-8: the loss is multiplied by a factor, which grows while all is well and halves
// where a gradient is no longer finite; such a step changes nothing else.
#pragma once
#include "passes/training/States.h"

namespace dlc {

class LossScale {
public:
  static constexpr llvm::StringLiteral name = "train.loss_scale", good = "train.good_steps";
  /// As dlc-loss-scale left it in the states; there is none where that pass did not run.
  explicit LossScale(States &states) : states(states), scale(states.find(name)) {}
  explicit operator bool() const { return bool(scale); }

  /// x without the factor.
  Value unscale(Value x, OpBuilder &b) const;
  /// Decides, of the sum of all squares, whether this step counts, and what the next one's factor is.
  void settle(Value squares, OpBuilder &b);
  /// The value after the step: `after`, or what it was, where the step does not count.
  Value choose(Value before, Value after, OpBuilder &b) const;

private:
  States &states;
  Value scale, counts;
};

} // namespace dlc
