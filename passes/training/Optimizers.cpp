#include "passes/training/Optimizers.h"
#include "ir/Dims.h"

namespace dlc {

Value Update::build() {
  using Build = Value (Update::*)();
  static const std::pair<StringRef, Build> all[] = {
      {"sgd", &Update::sgd},         {"adam", &Update::adam}, {"adamw", &Update::adamw}, {"rmsprop", &Update::rmsprop},
      {"adagrad", &Update::adagrad}, {"lamb", &Update::lamb}, {"lion", &Update::lion},   {"muon", &Update::muon},
  };
  const auto *it = llvm::find_if(all, [&](auto &entry) { return entry.first == rule.name; });
  assert(it != std::end(all) && "a rule of optimizerRules() has its code here");
  return (this->*it->second)();
}

Value Update::spread(Value scalar) {
  scalar = o.cast(scalar, getElementTypeOrSelf(weight.getType()));
  return cast<RankedTensorType>(weight.getType()).getRank() ? o.broadcast(scalar, {}, weight.getType()) : scalar;
}
Value Update::state(StringRef suffix) {
  return scalars.states.before((name + "." + suffix).str(), cast<RankedTensorType>(weight.getType()));
}
void Update::keep(StringRef suffix, Value value) { kept.emplace_back((name + "." + suffix).str(), value); }

Value Update::mean(StringRef suffix, double decayed, Value value) {
  Value result = o.add(o.mul(state(suffix), like(decayed)), o.mul(value, like(1 - decayed)));
  keep(suffix, result);
  return result;
}
Value Update::coupled() { return decay == 0 ? gradient : o.add(gradient, o.mul(weight, like(decay))); }
Value Update::decoupled(Value rate) {
  return decay == 0 ? weight : o.sub(weight, o.mul(o.mul(rate, like(decay)), weight));
}
/// Euclid's, of all elements, as a tensor of the weight's shape.
Value Update::norm(Value x) {
  auto rank = cast<RankedTensorType>(x.getType()).getRank();
  Value length = o.sqrt(o.sum(o.mul(x, x), llvm::to_vector(llvm::seq<int64_t>(rank))));
  return rank ? o.broadcast(length, {}, x.getType()) : length;
}

Value Update::sgd() {
  Value g = coupled(), direction = g;
  double momentum = rule["momentum"];
  if (momentum != 0) {
    Value m = o.add(o.mul(state("momentum"), like(momentum)), g);
    keep("momentum", m);
    direction = rule["nesterov"] != 0 ? o.add(g, o.mul(m, like(momentum))) : m;
  }
  return o.sub(weight, o.mul(direction, lr));
}

/// The unbiased mean of gradients over the root of that of their squares.
Value Update::adamDirection(double beta1, double beta2, double eps) {
  Value m = mean("mean", beta1, gradient), v = mean("square", beta2, o.mul(gradient, gradient));
  Ops &s = scalars.o;
  Value one = s.scalar(s.b.getF64Type(), 1.0);
  Value unbias1 = spread(s.div(one, s.sub(one, scalars.power(beta1))));
  Value unbias2 = spread(s.sqrt(s.div(one, s.sub(one, scalars.power(beta2)))));
  return o.div(o.mul(m, unbias1), o.add(o.mul(o.sqrt(v), unbias2), like(eps)));
}

Value Update::adam() {
  gradient = coupled();
  return o.sub(weight, o.mul(adamDirection(rule["beta1"], rule["beta2"], rule["eps"]), lr));
}

Value Update::adamw() {
  Value direction = adamDirection(rule["beta1"], rule["beta2"], rule["eps"]);
  return o.sub(decoupled(lr), o.mul(direction, lr));
}

Value Update::rmsprop() {
  Value g = coupled(), s = mean("square", rule["alpha"], o.mul(g, g));
  if (rule["centered"] != 0) {
    Value m = mean("mean", rule["alpha"], g);
    s = o.max(o.sub(s, o.mul(m, m)), like(0)); // rounding may leave less than nothing
  }
  Value direction = o.div(g, o.add(o.sqrt(s), like(rule["eps"])));
  if (double momentum = rule["momentum"]; momentum != 0) {
    direction = o.add(o.mul(state("momentum"), like(momentum)), direction);
    keep("momentum", direction);
  }
  return o.sub(weight, o.mul(direction, lr));
}

Value Update::adagrad() {
  Value g = coupled(), s = o.add(state("square"), o.mul(g, g));
  keep("square", s);
  Value rate = lr;
  if (double slower = rule["lr_decay"]; slower != 0) {
    Ops &f = scalars.o;
    Value one = f.scalar(f.b.getF64Type(), 1.0), done = f.sub(scalars.number(), one);
    rate = o.mul(lr, spread(f.div(one, f.add(one, f.mul(done, f.scalar(f.b.getF64Type(), slower))))));
  }
  return o.sub(weight, o.mul(rate, o.div(g, o.add(o.sqrt(s), like(rule["eps"])))));
}

Value Update::lamb() {
  Value direction = adamDirection(rule["beta1"], rule["beta2"], rule["eps"]);
  if (decay != 0)
    direction = o.add(direction, o.mul(weight, like(decay)));
  // Weights of zeros, and steps of nothing, go at the plain rate.
  Value length = norm(weight), stride = norm(direction), zero = like(0), one = like(1);
  Value trust = o.select(o.compare(ComparePredicate::gt, stride, zero), o.div(length, stride), one);
  trust = o.select(o.compare(ComparePredicate::gt, length, zero), trust, one);
  return o.sub(weight, o.mul(o.mul(lr, trust), direction));
}

Value Update::lion() {
  Value before = state("momentum");
  double beta1 = rule["beta1"], beta2 = rule["beta2"];
  Value between = o.add(o.mul(before, like(beta1)), o.mul(gradient, like(1 - beta1)));
  keep("momentum", o.add(o.mul(before, like(beta2)), o.mul(gradient, like(1 - beta2))));
  return o.sub(decoupled(lr), o.mul(lr, o.sign(between)));
}

Value Update::muon() {
  auto type = cast<RankedTensorType>(weight.getType());
  if (type.getRank() != 2) {
    double other = rule["lr"] == 0 ? 0 : rule["other_lr"] / rule["lr"];
    lr = o.mul(lr, like(other));
    return adamw();
  }
  double momentum = rule["momentum"];
  Value m = mean("momentum", momentum, gradient), x = m;
  if (rule["nesterov"] != 0)
    x = o.add(o.mul(gradient, like(1 - momentum)), o.mul(m, like(momentum)));
  x = o.div(x, o.max(norm(x), like(1e-7)));
  // The smaller of x*x' and x'*x is multiplied; the quintic's coefficients are Jordan's.
  bool tall = type.getDimSize(0) > type.getDimSize(1);
  int64_t side = tall ? 0 : 1;
  for (int64_t i = 0; i < rule.whole("iterations"); ++i) {
    Value gram = o.dot(x, x, {}, {}, side, side);
    Value second = o.dot(gram, gram, {}, {}, 1, 0);
    Value mixed = o.add(o.mul(gram, o.like(gram, -4.7750)), o.mul(second, o.like(gram, 2.0315)));
    Value step = tall ? o.dot(x, mixed, {}, {}, 1, 0) : o.dot(mixed, x, {}, {}, 1, 0);
    x = o.add(o.mul(x, like(3.4445)), step);
  }
  double ratio = static_cast<double>(type.getDimSize(0)) / static_cast<double>(type.getDimSize(1));
  return o.sub(decoupled(lr), o.mul(lr, o.mul(x, like(std::sqrt(std::max(1.0, ratio))))));
}

} // namespace dlc
