// How each optimizer updates one weight.
#pragma once
#include "ir/Build.h"
#include "passes/training/Rules.h"
#include "passes/training/States.h"

namespace dlc {

/// Scalars that all updates of a step share, f64 of rank 0 while they are computed: they depend on the step's number.
class StepScalars {
public:
  StepScalars(States &states, OpBuilder &b, const Choice &schedule)
      : states(states), schedule(schedule), o(b, b.getUnknownLoc()) {
    o.loc = NameLoc::get(b.getStringAttr("train.step"));
  }
  /// The factor of the learning rate; null where it is always 1.
  Value factor();
  /// The number of this step, from 1.
  Value number();
  /// beta^number.
  Value power(double beta);

  States &states;
  const Choice &schedule;
  Ops o;

private:
  Value done();
  Value number(double value) { return o.scalar(o.b.getF64Type(), value); }
  Value wave(Value share, double from, double to);

  Value count, cachedFactor;
  std::map<double, Value> powers;
};

/// One weight, in the type that it is updated in (at least f32), and its gradient.
struct Update {
  Ops o;
  const Choice &rule;
  StepScalars &scalars;
  StringRef name; ///< of the weight
  Value weight, gradient;
  double decay;                                    ///< the rule's weight_decay, or 0 for weights that are excepted
  Value lr;                                        ///< learning rate, of the weight's shape
  SmallVector<std::pair<std::string, Value>> kept; ///< filled in: states and their values after the step

  /// The weight after the step.
  Value build();

private:
  Value like(double value) { return o.like(weight, value); }
  /// A scalar of f64 as a tensor of the weight's shape.
  Value spread(Value scalar);
  Value state(StringRef suffix);
  void keep(StringRef suffix, Value value);
  /// decayed*before + (1 - decayed)*value, kept.
  Value mean(StringRef suffix, double decayed, Value value);
  Value coupled();
  Value decoupled(Value rate);
  Value norm(Value x);

  Value sgd();
  Value adam();
  Value adamw();
  Value rmsprop();
  Value adagrad();
  Value lamb();
  Value lion();
  Value muon();
  Value adamDirection(double beta1, double beta2, double eps);
};

} // namespace dlc
