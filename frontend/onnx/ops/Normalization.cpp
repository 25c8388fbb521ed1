// ONNX softmax family, normalisations and losses.
#include "frontend/onnx/NodeBuilder.h"
#include "frontend/onnx/Sizes.h"
#include "ir/Follows.h"
#include <numeric>

namespace dlc {
namespace {
using N = NodeBuilder;

template <typename Op> LogicalResult alongAxis(N &n) {
  if (n.rank(0) == 0)
    return n.unsupported("an operand of rank 0");
  int64_t axis;
  if (failed(n.axis(n.rank(0), -1, axis)))
    return failure();
  Value x = n.in(0);
  return n.set(Op::create(n.b, n.loc, x.getType(), x, axis).getResult());
}
LogicalResult hardmax(N &n) {
  int64_t axis;
  if (failed(n.axis(n.rank(0), -1, axis)))
    return failure();
  Value x = n.in(0), index = ArgReduceOp::create(n.b, n.loc, ReduceKind::max, x, axis).getIndex();
  auto type = tensorType(n.shape(0), n.b.getI64Type());
  Value hot = n.compare(ComparePredicate::eq, n.o.unreduce(index, {axis}, n.o.full(type, 0)), n.o.iota(axis, type));
  return n.set(n.cast(hot, n.element(0)));
}

LogicalResult checkChannels(N &n, int index, int64_t channels) {
  if (n.rank(index) == 1 && n.shape(index)[0] == channels)
    return success();
  return n.fail("'" + n.name(index) + "' is " + shapeName(n.shape(index).vec()) + ", but '" + n.name(0) + "' has " +
                Twine(channels) + " channels");
}

LogicalResult batchNormalization(N &n) {
  if (n.rank(0) < 2)
    return n.fail("wants an operand of rank 2 or more");
  for (int i : {1, 2, 3, 4})
    if (failed(checkChannels(n, i, n.shape(0)[1])))
      return failure();
  auto epsilon = n.b.getF64FloatAttr(n.f("epsilon", 1e-5f));
  if (!n.i("training_mode", 0)) {
    Value x = n.in(0);
    auto wide = [&](Value v) { return n.cast(v, n.element(0)); };
    // The file's f32 is meant as the decimal number.
    double momentum = n.f("momentum", 0.9f);
    auto keep = n.b.getF64FloatAttr(momentum == double(0.9f) ? 0.9 : momentum);
    return n.set(BatchNormOp::create(n.b, n.loc, x.getType(), x, wide(n.in(1)), wide(n.in(2)), wide(n.inFrozen(3)),
                                     wide(n.inFrozen(4)), epsilon, n.b.getI64IntegerAttr(1), keep)
                     .getResult());
  }
  Value x = n.in(0), scale = n.in(1);
  auto norm = BatchNormTrainingOp::create(n.b, n.loc, TypeRange{x.getType(), scale.getType(), scale.getType()}, x,
                                          scale, n.in(2), epsilon, n.b.getI64IntegerAttr(1));
  double momentum = n.f("momentum", 0.9f);
  // Running statistics that the file keeps follow the batch's in a step of training.
  double keep = momentum == double(0.9f) ? 0.9 : momentum;
  for (unsigned result : {1u, 2u}) // with a momentum of 0 nothing is kept
    if (auto weight = n.inFrozen(int(result) + 2).getDefiningOp<GetWeightOp>(); weight && keep > 0)
      setFollower(norm, {result, FlatSymbolRefAttr::get(weight.getWeightAttr().getAttr()), keep});
  auto running = [&](int input, Value now) {
    return n.o.add(n.times(n.in(input), momentum), n.times(n.cast(now, n.element(input)), 1 - momentum));
  };
  if (failed(n.set(0, norm.getResult())) || (n.wants(1) && failed(n.set(1, running(3, norm.getMean())))))
    return failure();
  return n.wants(2) ? n.set(2, running(4, norm.getVariance())) : success();
}

// (x - mean) * rsqrt(variance + epsilon) over `dims`; statistics too where they are wanted.
Value standardize(N &n, Value x, ArrayRef<int64_t> dims, double epsilon, Value *mean = nullptr,
                  Value *scale = nullptr) {
  Value m = n.o.mean(x, dims), centred = n.o.sub(x, n.o.unreduce(m, dims, x));
  Value variance = n.o.mean(n.o.mul(centred, centred), dims), r = n.o.rsqrt(n.plus(variance, epsilon));
  if (mean)
    *mean = m;
  if (scale)
    *scale = r;
  return n.o.mul(centred, n.o.unreduce(r, dims, x));
}

LogicalResult instanceNormalization(N &n) {
  if (n.rank(0) < 3)
    return n.fail("wants an operand of rank 3 or more");
  for (int i : {1, 2})
    if (failed(checkChannels(n, i, n.shape(0)[1])))
      return failure();
  SmallVector<int64_t> dims;
  for (int64_t d = 2; d < n.rank(0); ++d)
    dims.push_back(d);
  Value x = standardize(n, n.in(0), dims, n.f("epsilon", 1e-5f));
  return n.set(n.o.add(n.o.mul(x, n.o.along(n.in(1), 1, x)), n.o.along(n.in(2), 1, x)));
}

LogicalResult groupNormalization(N &n) {
  int64_t groups = n.i("num_groups", 1);
  if (n.rank(0) < 3 || groups < 1 || n.shape(0)[1] % groups != 0)
    return n.fail("channels must be a multiple of num_groups");
  int64_t channels = n.shape(0)[1], inner = elementCount(n.shape(0).drop_front(2).vec());
  Value x = n.reshape(n.in(0), {n.shape(0)[0], groups, channels / groups * inner});
  x = n.reshape(standardize(n, x, {2}, n.f("epsilon", 1e-5f)), n.shape(0));
  auto perChannel = [&](int index) {
    // Opset 18 had one value a group.
    Value v = n.in(index);
    if (N::shapeOf(v)[0] == groups && groups != channels)
      v = n.reshape(n.o.broadcast(v, {0}, RankedTensorType::get({groups, channels / groups}, N::elementOf(v))),
                    {channels});
    return n.o.along(v, 1, x);
  };
  for (int i : {1, 2})
    if (n.rank(i) != 1 || (n.shape(i)[0] != groups && n.shape(i)[0] != channels))
      return checkChannels(n, i, channels);
  return n.set(n.o.add(n.o.mul(x, perChannel(1)), perChannel(2)));
}

LogicalResult layerNormalization(N &n) {
  int64_t axis;
  if (failed(n.axis(n.rank(0), -1, axis)))
    return failure();
  OperandShape inner = n.shape(0).drop_front(axis);
  double epsilon = n.f("epsilon", 1e-5f);
  Value x = n.in(0);
  bool plain = !n.wants(1) && !n.wants(2) && n.shape(1) == inner && (!n.has(2) || n.shape(2) == inner) &&
               n.element(0) == n.element(1);
  if (plain) {
    Value bias = n.has(2) ? n.in(2) : n.o.full(tensorType(inner, n.element(0)), 0);
    return n.set(LayerNormOp::create(n.b, n.loc, x.getType(), x, n.in(1), bias, n.b.getF64FloatAttr(epsilon),
                                     n.b.getI64IntegerAttr(axis))
                     .getResult());
  }
  SmallVector<int64_t> dims;
  for (int64_t d = axis; d < n.rank(0); ++d)
    dims.push_back(d);
  for (int i : {1, 2}) {
    if (!n.has(i))
      continue;
    auto shape = broadcastShapes(n.shape(i).vec(), n.shape(0).vec());
    if (!shape || ArrayRef<int64_t>(*shape) != n.shape(0))
      return n.fail("'" + n.name(i) + "' of shape " + shapeName(n.shape(i).vec()) +
                    " does not broadcast to the operand");
  }
  Value mean, scale;
  Value wide = n.i("stash_type", 1) == 1 ? n.cast(x, n.b.getF32Type()) : x;
  Value r = n.cast(standardize(n, wide, dims, epsilon, &mean, &scale), n.element(0));
  r = n.o.mul(r, n.to(n.in(1), n.shape(0)));
  if (n.has(2))
    r = n.o.add(r, n.to(n.in(2), n.shape(0)));
  if (failed(n.set(0, r)) || (n.wants(1) && failed(n.set(1, n.keepDims(mean, n.shape(0), dims)))))
    return failure();
  return n.wants(2) ? n.set(2, n.keepDims(scale, n.shape(0), dims)) : success();
}

LogicalResult rmsNormalization(N &n) {
  int64_t axis;
  if (failed(n.axis(n.rank(0), -1, axis)))
    return failure();
  SmallVector<int64_t> dims;
  for (int64_t d = axis; d < n.rank(0); ++d)
    dims.push_back(d);
  Value x = n.cast(n.in(0), n.b.getF32Type());
  Value r = n.o.rsqrt(n.plus(n.o.mean(n.o.mul(x, x), dims), n.f("epsilon", 1e-5f)));
  r = n.cast(n.o.mul(x, n.o.unreduce(r, dims, x)), n.element(0));
  return n.set(n.o.mul(r, n.to(n.in(1), n.shape(0))));
}

LogicalResult meanVarianceNormalization(N &n) {
  std::vector<int64_t> axes = n.is("axes");
  if (!findAttr(n.node, "axes"))
    axes = {0, 2, 3};
  for (int64_t &axis : axes)
    if (failed(n.normalize(axis, n.rank(0))))
      return failure();
  llvm::sort(axes);
  Value x = n.in(0), mean = n.o.mean(x, axes), square = n.o.mean(n.o.mul(x, x), axes);
  Value deviation = n.o.sqrt(n.o.sub(square, n.o.mul(mean, mean)));
  Value centred = n.o.sub(x, n.o.unreduce(mean, axes, x));
  return n.set(n.o.div(centred, n.o.unreduce(n.plus(deviation, 1e-9), axes, x)));
}

LogicalResult lpNormalization(N &n) {
  int64_t axis;
  if (failed(n.axis(n.rank(0), -1, axis)))
    return failure();
  Value x = n.in(0);
  Value norm = n.i("p", 2) == 1 ? n.o.sum(n.o.abs(x), {axis}) : n.o.sqrt(n.o.sum(n.o.mul(x, x), {axis}));
  // What has no length stays zero.
  Value length = n.o.unreduce(norm, {axis}, x), none = n.compare(ComparePredicate::eq, length, n.o.like(x, 0));
  return n.set(n.o.div(x, n.o.select(none, n.o.like(x, 1), length)));
}

LogicalResult lrn(N &n) {
  int64_t size = n.i("size", 1);
  if (n.rank(0) < 2 || size < 1)
    return n.fail("wants an operand of rank 2 or more and a positive size");
  Value x = n.in(0);
  SmallVector<int64_t> ones(n.rank(0), 1), window = ones, low(n.rank(0), 0), high = low;
  window[1] = size;
  low[1] = (size - 1) / 2;
  high[1] = size - 1 - low[1];
  Value sum =
      ReduceWindowOp::create(n.b, n.loc, ReduceKind::sum, n.o.mul(x, x), window, ones, ones, low, high).getResult();
  Value base = n.plus(n.times(sum, n.f("alpha", 1e-4f) / double(size)), n.f("bias", 1));
  return n.set(n.o.div(x, n.o.pow(base, n.o.like(base, n.f("beta", 0.75f)))));
}

//===--- Losses -------------------------------------------------------------------------------------------------===//

// -weight[label] * logp[n, label, d..] with labels equal to ignore_index left out, then the reduction.
LogicalResult likelihood(N &n, Value logp, int labelInput, int weightInput) {
  ArrayRef<int64_t> shape = N::shapeOf(logp);
  mlir::Type element = N::elementOf(logp);
  SmallVector<int64_t> dims = {0}, outer(shape);
  outer.erase(outer.begin() + 1);
  for (int64_t d = 2; d < int64_t(shape.size()); ++d)
    dims.push_back(d);
  if (n.shape(labelInput) != ArrayRef<int64_t>(outer))
    return n.fail("labels are " + shapeName(n.shape(labelInput).vec()) + ", but the scores ask for " +
                  shapeName({outer.begin(), outer.end()}));
  Value labels = n.cast(n.in(labelInput), n.b.getI64Type());
  auto wide = RankedTensorType::get(shape, n.b.getI64Type());
  Value hot = n.compare(ComparePredicate::eq, n.o.broadcast(labels, dims, wide), n.o.iota(1, wide));
  Value loss = n.o.neg(n.o.sum(n.o.select(hot, logp, n.o.like(logp, 0)), {1}));
  Value weight, given = labels;
  if (findAttr(n.node, "ignore_index")) // it may lie outside of the table of weights
    labels = n.o.select(n.compare(ComparePredicate::ne, labels, n.o.like(labels, double(n.i("ignore_index", 0)))),
                        labels, n.o.like(labels, 0));
  if (n.has(weightInput))
    weight = GatherOp::create(n.b, n.loc, n.in(weightInput), labels, 0).getResult();
  if (findAttr(n.node, "ignore_index")) {
    Value zero = n.o.full(RankedTensorType::get(outer, element), 0);
    Value counted = n.compare(ComparePredicate::ne, given, n.o.like(given, double(n.i("ignore_index", 0))));
    weight = n.o.select(counted, weight ? weight : n.o.like(zero, 1), zero);
  }
  if (weight)
    loss = n.o.mul(loss, weight);
  std::string reduction = n.s("reduction", "mean");
  SmallVector<int64_t> all(outer.size());
  std::iota(all.begin(), all.end(), 0);
  if (reduction == "none")
    return n.set(loss);
  if (reduction == "sum")
    return n.set(n.o.sum(loss, all));
  return n.set(weight ? n.o.div(n.o.sum(loss, all), n.o.sum(weight, all)) : n.o.mean(loss, all));
}
LogicalResult negativeLogLikelihood(N &n) {
  if (n.rank(0) < 2)
    return n.fail("wants scores of rank 2 or more");
  return likelihood(n, n.in(0), 1, 2);
}
LogicalResult softmaxCrossEntropy(N &n) {
  if (n.rank(0) < 2)
    return n.fail("wants scores of rank 2 or more");
  Value x = n.in(0), logp = LogSoftmaxOp::create(n.b, n.loc, x.getType(), x, 1).getResult();
  if (failed(n.set(1, logp)))
    return failure();
  return likelihood(n, logp, 1, 2);
}

const ImportRow rows[] = {
    {"BatchNormalization", 5, batchNormalization, OpenDims::any},
    {"GroupNormalization", 3, groupNormalization, OpenDims::leading},
    {"Hardmax", 1, hardmax, OpenDims::any},
    {"InstanceNormalization", 3, instanceNormalization, OpenDims::any},
    {"LRN", 1, lrn, OpenDims::leading},
    {"LayerNormalization", 2, layerNormalization, OpenDims::any},
    {"LogSoftmax", 1, alongAxis<LogSoftmaxOp>, OpenDims::any},
    {"LpNormalization", 1, lpNormalization, OpenDims::any},
    {"MeanVarianceNormalization", 1, meanVarianceNormalization, OpenDims::any},
    {"NegativeLogLikelihoodLoss", 2, negativeLogLikelihood},
    {"RMSNormalization", 2, rmsNormalization, OpenDims::any},
    {"Softmax", 1, alongAxis<SoftmaxOp>, OpenDims::any},
    {"SoftmaxCrossEntropyLoss", 2, softmaxCrossEntropy},
};
} // namespace

ArrayRef<ImportRow> normalizationRows() { return rows; }
} // namespace dlc
