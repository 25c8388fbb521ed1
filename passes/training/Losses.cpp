#include "passes/training/Losses.h"
#include "ir/Dims.h"

namespace dlc {

Value LossBuilder::build() {
  using Build = Value (LossBuilder::*)();
  static const std::pair<StringRef, Build> all[] = {
      {"softmax-cross-entropy", &LossBuilder::softmaxCrossEntropy},
      {"binary-cross-entropy", &LossBuilder::binaryCrossEntropy},
      {"mean-squared-error", &LossBuilder::meanSquaredError},
      {"l1", &LossBuilder::l1},
      {"huber", &LossBuilder::huber},
      {"kl-divergence", &LossBuilder::klDivergence},
      {"focal", &LossBuilder::focal},
      {"dice", &LossBuilder::dice},
      {"ctc", &LossBuilder::ctc},
      {"output", &LossBuilder::outputItself},
  };
  const auto *it = llvm::find_if(all, [&](auto &entry) { return entry.first == rule.name; });
  assert(it != std::end(all) && "a rule of lossRules() has its code here");
  return (this->*it->second)();
}

Value LossBuilder::outputItself() {
  if (type().getNumElements() == 1)
    return o.reshape(output, RankedTensorType::get({}, type().getElementType()));
  error() << "loss 'output' needs a scalar, but output '" << name << "' is " << describe(output.getType())
          << "; choose another loss, or another output with --loss-output";
  return {};
}

Value LossBuilder::meanSquaredError() {
  return overLabels([&](Value x, Value y) {
    Value d = o.sub(x, y);
    return o.mul(d, d);
  });
}

Value LossBuilder::l1() {
  return overLabels([&](Value x, Value y) { return o.abs(o.sub(x, y)); });
}

Value LossBuilder::huber() {
  return overLabels([&](Value x, Value y) {
    Value d = o.sub(x, y), far = o.abs(d), delta = o.like(d, rule["delta"]);
    Value square = o.mul(o.like(d, 0.5), o.mul(d, d));
    Value line = o.mul(delta, o.sub(far, o.like(d, 0.5 * rule["delta"])));
    return o.select(o.compare(ComparePredicate::le, far, delta), square, line);
  });
}

Value LossBuilder::meanOf(Value x) {
  return o.mean(x, llvm::to_vector(llvm::seq<int64_t>(cast<RankedTensorType>(x.getType()).getRank())));
}

Value LossBuilder::overLabels(llvm::function_ref<Value(Value, Value)> each) {
  Value y = labels(type().getShape(), type().getElementType());
  return y ? meanOf(each(output, y)) : Value();
}

/// Any dimension may be the classes'; they come last, the others become rows.
std::optional<LossBuilder::Classes> LossBuilder::classes() {
  int64_t rank = type().getRank(), axis = rule.whole("axis");
  axis += axis < 0 ? rank : 0;
  if (rank < 2 || axis < 1 || axis >= rank) {
    error() << rule.name
            << " needs classes behind the batch, as in [N, C] or [N, C, H, W] with axis=1 or [N, T, C] with "
            << "axis=-1; output '" << name << "' is " << describe(output.getType()) << " and axis is "
            << rule.whole("axis");
    return std::nullopt;
  }
  Classes c;
  c.count = type().getDimSize(axis);
  c.perm = otherDims(rank, axis);
  c.others = llvm::map_to_vector(c.perm, [&](int64_t d) { return type().getDimSize(d); });
  // [N, C, 1, 1], as networks that end in a pool have it, has a label a sample.
  if (type().getNumElements() == c.count * type().getDimSize(0))
    c.others = {type().getDimSize(0)};
  c.rows = ShapedType::getNumElements(c.others);
  c.perm.push_back(axis);
  c.scores = asRows(output, c);
  return c;
}

/// A tensor of output's shape as rows of classes.
Value LossBuilder::asRows(Value x, const Classes &c) {
  auto rows = RankedTensorType::get({c.rows, c.count}, type().getElementType());
  bool inOrder = llvm::is_sorted(c.perm) || rows.getNumElements() == c.count * type().getDimSize(0);
  return o.reshape(inOrder ? x : o.transpose(x, c.perm), rows);
}

Value LossBuilder::softmaxCrossEntropy() {
  auto c = classes();
  if (!c)
    return {};
  Type element = type().getElementType();
  bool probabilities = rule["probabilities"] != 0;
  double smoothing = rule["smoothing"];
  Value target = probabilities ? labels(type().getShape(), element) : labels(c->others, o.b.getI32Type());
  if (!target)
    return {};
  if (!probabilities) {
    target = o.reshape(target, RankedTensorType::get({c->rows}, o.b.getI32Type()));
    if (smoothing == 0 && !rule.has("ignore"))
      return SoftmaxCrossEntropyOp::create(o.b, o.loc, RankedTensorType::get({}, element), c->scores, target)
          .getResult();
  } else if (rule.has("ignore")) {
    error() << "softmax-cross-entropy: ignore names a label, but with probabilities=1 labels are probabilities";
    return {};
  }
  Value logs = LogSoftmaxOp::create(o.b, o.loc, c->scores, 1).getResult(), rows;
  if (probabilities) {
    rows = o.sum(o.mul(asRows(target, *c), logs), 1);
  } else {
    auto numbers = RankedTensorType::get({c->rows, c->count}, o.b.getI32Type());
    Value isLabel = o.compare(ComparePredicate::eq, o.iota(1, numbers), o.broadcast(target, {0}, numbers));
    rows = o.sum(o.select(isLabel, logs, o.like(logs, 0.0)), 1);
  }
  if (smoothing != 0)
    rows = o.add(o.mul(rows, o.like(rows, 1 - smoothing)), o.mul(o.mean(logs, 1), o.like(rows, smoothing)));
  rows = o.neg(rows);
  if (!rule.has("ignore"))
    return meanOf(rows);
  // The mean of those that count; where none does the loss is 0.
  Value counts = o.compare(ComparePredicate::ne, target, o.like(target, rule["ignore"]));
  Value number = o.sum(o.cast(counts, element), 0);
  return o.div(o.sum(o.select(counts, rows, o.like(rows, 0.0)), 0), o.max(number, o.like(number, 1.0)));
}

/// positiveWeight*y*-log(p) + (1 - y)*-log(1 - p) for p = logistic(x), with no p in between.
Value LossBuilder::crossEntropyOf(Value x, Value y, Value positiveWeight) {
  // (|x| - x)/2 is max(-x, 0) with the gradient -1/2 at 0: weights that begin with zeros must learn.
  Value far = o.abs(x), half = o.like(x, 0.5), one = o.like(x, 1.0);
  Value soft = o.add(Log1pOp::create(o.b, o.loc, o.exp(o.neg(far))).getResult(), o.mul(half, o.sub(far, x)));
  Value weight = positiveWeight ? o.add(one, o.mul(o.sub(positiveWeight, one), y)) : Value();
  return o.add(o.mul(o.sub(one, y), x), weight ? o.mul(weight, soft) : soft);
}

Value LossBuilder::binaryCrossEntropy() {
  double weight = rule["positive_weight"];
  return overLabels([&](Value x, Value y) { return crossEntropyOf(x, y, weight == 1 ? Value() : o.like(x, weight)); });
}

Value LossBuilder::klDivergence() {
  auto c = classes();
  Value target = c ? labels(type().getShape(), type().getElementType()) : Value();
  if (!target)
    return {};
  target = asRows(target, *c);
  Value logs = LogSoftmaxOp::create(o.b, o.loc, c->scores, 1).getResult(), zero = o.like(target, 0.0);
  Value some = o.compare(ComparePredicate::gt, target, zero);
  Value own = o.mul(target, o.log(o.select(some, target, o.like(target, 1.0)))); // 0*log 0 is 0
  Value total = o.sum(o.sub(own, o.mul(target, logs)), {0, 1});
  return o.mul(total, o.like(total, 1.0 / static_cast<double>(type().getDimSize(0))));
}

Value LossBuilder::focal() {
  Value y = labels(type().getShape(), type().getElementType());
  if (!y)
    return {};
  Value x = output, one = o.like(x, 1.0);
  Value p = LogisticOp::create(o.b, o.loc, x).getResult();
  Value wrong = o.sub(o.add(p, y), o.mul(o.like(x, 2.0), o.mul(p, y))); // what is given to the other answer
  double gamma = rule["gamma"], alpha = rule["alpha"];
  Value loss = crossEntropyOf(x, y, {});
  if (gamma == 2)
    loss = o.mul(loss, o.mul(wrong, wrong));
  else if (gamma != 0)
    loss = o.mul(loss, o.pow(wrong, o.like(x, gamma)));
  Value share = o.add(o.mul(y, o.like(y, alpha)), o.mul(o.sub(one, y), o.like(y, 1 - alpha)));
  loss = o.mul(loss, share);
  if (rule["by_positives"] == 0)
    return meanOf(loss);
  Value count = o.sum(y, allDims());
  return o.div(o.sum(loss, allDims()), o.max(count, o.like(count, 1.0)));
}

Value LossBuilder::dice() {
  auto c = classes();
  if (!c)
    return {};
  Value p, y;
  if (rule["softmax"] != 0) {
    y = labels(c->others, o.b.getI32Type());
    if (!y)
      return {};
    auto numbers = RankedTensorType::get({c->rows, c->count}, o.b.getI32Type());
    y = o.broadcast(o.reshape(y, RankedTensorType::get({c->rows}, o.b.getI32Type())), {0}, numbers);
    y = o.cast(o.compare(ComparePredicate::eq, o.iota(1, numbers), y), type().getElementType());
    p = SoftmaxOp::create(o.b, o.loc, c->scores, 1).getResult();
  } else {
    y = labels(type().getShape(), type().getElementType());
    if (!y)
      return {};
    y = asRows(y, *c);
    p = LogisticOp::create(o.b, o.loc, c->scores).getResult();
  }
  // [N, elements, C]: a coefficient for each sample and class.
  int64_t n = type().getDimSize(0);
  auto volumes = RankedTensorType::get({n, n ? c->rows / n : 0, c->count}, type().getElementType());
  p = o.reshape(p, volumes), y = o.reshape(y, volumes);
  Value both = o.sum(o.mul(p, y), 1), all = o.add(o.sum(p, 1), o.sum(y, 1)), smooth = o.like(both, rule["smooth"]);
  Value coefficient = o.div(o.add(o.add(both, both), smooth), o.add(all, smooth));
  return meanOf(o.sub(o.like(coefficient, 1.0), coefficient));
}

} // namespace dlc
