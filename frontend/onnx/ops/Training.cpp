// ai.onnx.preview.training: update rules, spelled out, and Gradient by the compiler's own differentiation.
#include "frontend/onnx/NodeBuilder.h"

namespace dlc {
namespace {
using N = NodeBuilder;
using P = ComparePredicate;

// Inputs are R, T and then `kinds` lists of equally many tensors; outputs are all lists but the gradients', which are
// the second.
template <typename Rule> LogicalResult forEachTensor(N &n, int kinds, Rule rule) {
  int count = (n.inputs() - 2) / kinds;
  if (count < 1 || n.inputs() != 2 + kinds * count || n.outputs() > (kinds - 1) * count)
    return n.fail(Twine(n.inputs()) + " inputs and " + Twine(n.outputs()) + " outputs are no lists of equal length");
  for (int i = 0; i < count; ++i) {
    SmallVector<Value> values, results;
    for (int k = 0; k < kinds; ++k) {
      int index = 2 + k * count + i;
      if (!n.has(index) || n.shape(index) != n.shape(2 + i) || n.element(index) != n.element(2 + i))
        return n.fail("input " + Twine(index) + " does not fit '" + n.name(2 + i) + "'");
      values.push_back(n.in(index));
    }
    if (!isa<FloatType>(n.element(2 + i)))
      return n.fail("'" + n.name(2 + i) + "' is not of floats");
    rule(values, results);
    for (auto [k, result] : llvm::enumerate(results))
      if (failed(n.set(int(k) * count + i, result)))
        return failure();
  }
  return success();
}
// R or T as one number in the shape of a tensor.
Value number(N &n, int index, Value like) {
  return n.to(n.cast(n.reshape(n.in(index), {}), N::elementOf(like)), N::shapeOf(like));
}
LogicalResult checkNumbers(N &n) {
  for (int i : {0, 1})
    if (elementCount(n.shape(i).vec()) != 1)
      return n.fail("'" + n.name(i) + "' is not one number");
  return success();
}
Value regularized(N &n, Value x, Value g) { return n.o.add(n.times(x, n.f("norm_coefficient", 0)), g); }

LogicalResult adagrad(N &n) {
  if (failed(checkNumbers(n)))
    return failure();
  return forEachTensor(n, 3, [&](ArrayRef<Value> v, SmallVectorImpl<Value> &out) {
    Value x = v[0], g = regularized(n, x, v[1]), h = n.o.add(v[2], n.o.mul(g, g));
    Value rate = n.o.div(number(n, 0, x), n.plus(n.times(number(n, 1, x), n.f("decay_factor", 0)), 1));
    Value step = n.o.div(n.o.mul(rate, g), n.plus(n.o.sqrt(h), n.f("epsilon", 1e-6f)));
    out.append({n.o.sub(x, step), h});
  });
}

LogicalResult momentum(N &n) {
  if (failed(checkNumbers(n)))
    return failure();
  bool nesterov = n.s("mode", "standard") == "nesterov";
  double alpha = n.f("alpha", 0);
  return forEachTensor(n, 3, [&](ArrayRef<Value> v, SmallVectorImpl<Value> &out) {
    Value x = v[0], g = regularized(n, x, v[1]), t = number(n, 1, x);
    // The first gradient counts whole.
    Value beta = n.o.select(n.compare(P::gt, t, n.o.like(t, 0)), n.o.like(x, n.f("beta", 1)), n.o.like(x, 1));
    Value moved = n.o.add(n.times(v[2], alpha), n.o.mul(beta, g));
    Value step = nesterov ? n.o.add(g, n.times(moved, alpha)) : moved;
    out.append({n.o.sub(x, n.o.mul(number(n, 0, x), step)), moved});
  });
}

LogicalResult adam(N &n) {
  if (failed(checkNumbers(n)))
    return failure();
  double alpha = n.f("alpha", 0.9f), beta = n.f("beta", 0.999f);
  return forEachTensor(n, 4, [&](ArrayRef<Value> v, SmallVectorImpl<Value> &out) {
    Value x = v[0], g = regularized(n, x, v[1]), t = number(n, 1, x), rate = number(n, 0, x);
    Value first = n.o.add(n.times(v[2], alpha), n.times(g, 1 - alpha));
    Value second = n.o.add(n.times(v[3], beta), n.times(n.o.mul(g, g), 1 - beta));
    auto rest = [&](double factor) { return n.plus(n.o.neg(n.o.pow(n.o.like(x, factor), t)), 1); };
    Value later = n.compare(P::gt, t, n.o.like(t, 0)), one = n.o.like(x, 1);
    Value divisor = n.o.select(later, rest(alpha), one); // not zero where it does not count
    Value corrected = n.o.div(n.o.mul(rate, n.o.sqrt(rest(beta))), divisor);
    Value step = n.o.div(first, n.plus(n.o.sqrt(second), n.f("epsilon", 1e-6f)));
    Value moved = n.o.sub(x, n.o.mul(n.o.select(later, corrected, rate), step));
    out.append({n.times(moved, 1 - n.f("norm_coefficient_post", 0)), first, second});
  });
}

LogicalResult gradient(N &n) {
  const auto *xs = findAttr(n.node, "xs"), *zs = findAttr(n.node, "zs");
  SmallVector<StringRef> names;
  for (const auto *list : {xs, zs})
    for (int i = 0; list && i < list->strings_size(); ++i)
      names.push_back(list->strings(i));
  int wanted = xs ? xs->strings_size() : 0;
  if (wanted == 0 || int(names.size()) != n.inputs() || n.outputs() > wanted)
    return n.fail("wants an input for each name in xs and zs, and outputs for those in xs");
  SmallVector<Value> values, gradients;
  for (int i = 0; i < n.inputs(); ++i)
    values.push_back(n.in(i));
  if (failed(n.gradientsOf(n.s("y", ""), names, values, size_t(wanted), gradients)))
    return failure();
  for (int i = 0; i < n.outputs(); ++i)
    if (failed(n.set(i, gradients[size_t(i)] ? gradients[size_t(i)] : n.o.like(values[size_t(i)], 0))))
      return failure();
  return success();
}

const ImportRow rows[] = {
    {"ai.onnx.preview.training.Adagrad", 5, adagrad},
    {"ai.onnx.preview.training.Adam", 6, adam},
    {"ai.onnx.preview.training.Gradient", 1, gradient},
    {"ai.onnx.preview.training.Momentum", 5, momentum},
};
} // namespace

ArrayRef<ImportRow> trainingRows() { return rows; }
} // namespace dlc
