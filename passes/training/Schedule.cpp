// The learning rate's factor as a function of the step's number, built into the step itself.
#include "passes/training/Optimizers.h"
#include <numbers>

namespace dlc {

Value StepScalars::done() {
  if (!count)
    count = o.cast(states.stepsDone(), o.b.getF64Type());
  return count;
}
Value StepScalars::number() { return o.add(done(), number(1)); }
Value StepScalars::power(double beta) {
  Value &value = powers[beta];
  if (!value)
    value = o.pow(number(beta), number());
  return value;
}

/// Half a cosine wave from `from` to `to` while `share` goes from 0 to 1.
Value StepScalars::wave(Value share, double from, double to) {
  Value half = o.mul(o.add(o.cos(o.mul(share, number(std::numbers::pi))), number(1)), number(0.5));
  return o.add(number(to), o.mul(number(from - to), half));
}

Value StepScalars::factor() {
  if (cachedFactor)
    return cachedFactor;
  double warmup = schedule.values.contains("warmup") ? schedule["warmup"] : 0;
  auto upTo1 = [&](Value x) { return MinOp::create(o.b, o.loc, x, number(1)).getResult(); };
  auto share = [&](Value at, double length) { return upTo1(o.mul(at, number(1 / std::max(length, 1.0)))); };
  Value factor;
  if (schedule.name == "step") {
    factor = o.pow(number(schedule["factor"]), o.floor(o.div(done(), number(schedule["every"]))));
  } else if (schedule.name == "linear" || schedule.name == "cosine") {
    // Behind the warm-up: the last step's share is as near to 1 as a step.
    Value behind = o.max(o.sub(done(), number(warmup)), number(0));
    Value at = share(behind, schedule["steps"] - warmup);
    double least = schedule["least"];
    factor = schedule.name == "cosine" ? wave(at, 1, least) : o.add(number(1), o.mul(at, number(least - 1)));
  } else if (schedule.name == "one-cycle") {
    // As PyTorch: the first step has lr/divide, the step at the top has lr, the last one has lr/divide/last_divide.
    double top = schedule["rise"] * schedule["steps"] - 1, first = 1 / schedule["divide"];
    Value up = wave(share(done(), top), first, 1);
    Value behind = o.max(o.sub(done(), number(top)), number(0));
    Value down = wave(share(behind, schedule["steps"] - 1 - top), 1, first / schedule["last_divide"]);
    factor = o.select(o.compare(ComparePredicate::lt, done(), number(top)), up, down);
  }
  if (warmup > 0) {
    Value rise = upTo1(o.mul(number(), number(1 / warmup)));
    factor = factor ? o.mul(factor, rise) : rise;
  }
  return cachedFactor = factor;
}

} // namespace dlc
