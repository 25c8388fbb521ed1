// Composites in core operators, and the gradients that are better than those of the decomposition.
#include "ir/Build.h"
#include "ir/Dims.h"
#include "ir/Symbols.h"

namespace dlc {
namespace {
RankedTensorType typeOf(Value v) { return cast<RankedTensorType>(v.getType()); }

LogicalResult verifyAxis(Operation *op, int64_t axis, Value x) {
  if (axis >= 0 && axis < typeOf(x).getRank())
    return success();
  return op->emitOpError("axis ") << axis << ", but the operand has rank " << typeOf(x).getRank();
}
LogicalResult verifyVector(Operation *op, StringRef what, Value v, Value x, int64_t axis) {
  auto type = typeOf(v);
  if (type.getRank() == 1 && getDims(type)[0] == getDims(x.getType())[axis])
    return success();
  return op->emitOpError() << what << " is " << describe(type) << ", but dimension " << axis << " of the operand "
                           << describe(x.getType()) << " has " << typeOf(x).getDimSize(axis) << " elements";
}
/// The dimensions of x from `axis` on.
SmallVector<int64_t> trailing(Value x, int64_t axis) { return llvm::to_vector(llvm::seq(axis, typeOf(x).getRank())); }
} // namespace

//===--- softmax ------------------------------------------------------------------------------------------------===//

LogicalResult SoftmaxOp::verify() { return verifyAxis(*this, getAxis(), getX()); }
SmallVector<Value> SoftmaxOp::buildDecomposition(OpBuilder &b, Location loc) {
  Ops o(b, loc);
  SmallVector<int64_t> dims = {static_cast<int64_t>(getAxis())};
  Value x = getX();
  Value e = o.exp(o.sub(x, o.unreduce(o.reduce(ReduceKind::max, x, dims), dims, x)));
  return {o.div(e, o.unreduce(o.sum(e, dims), dims, x))};
}
void SoftmaxOp::buildVjp(OpBuilder &b, Location loc, ValueRange grads, SmallVectorImpl<Value> &operandGrads) {
  if (!grads[0])
    return;
  Ops o(b, loc);
  SmallVector<int64_t> dims = {static_cast<int64_t>(getAxis())};
  Value y = getResult(), inner = o.sum(o.mul(grads[0], y), dims);
  operandGrads[0] = o.mul(y, o.sub(grads[0], o.unreduce(inner, dims, y)));
}

LogicalResult LogSoftmaxOp::verify() { return verifyAxis(*this, getAxis(), getX()); }
SmallVector<Value> LogSoftmaxOp::buildDecomposition(OpBuilder &b, Location loc) {
  Ops o(b, loc);
  SmallVector<int64_t> dims = {static_cast<int64_t>(getAxis())};
  Value x = getX();
  Value shifted = o.sub(x, o.unreduce(o.reduce(ReduceKind::max, x, dims), dims, x));
  return {o.sub(shifted, o.unreduce(o.log(o.sum(o.exp(shifted), dims)), dims, x))};
}
void LogSoftmaxOp::buildVjp(OpBuilder &b, Location loc, ValueRange grads, SmallVectorImpl<Value> &operandGrads) {
  if (!grads[0])
    return;
  Ops o(b, loc);
  SmallVector<int64_t> dims = {static_cast<int64_t>(getAxis())};
  Value y = getResult();
  operandGrads[0] = o.sub(grads[0], o.mul(o.exp(y), o.unreduce(o.sum(grads[0], dims), dims, y)));
}

//===--- normalisation ------------------------------------------------------------------------------------------===//

LogicalResult BatchNormOp::verify() {
  if (failed(verifyAxis(*this, getAxis(), getX())))
    return failure();
  for (auto [what, v] : {std::pair<StringRef, Value>("scale", getScale()),
                         {"bias", getBias()},
                         {"mean", getMean()},
                         {"variance", getVariance()}})
    if (failed(verifyVector(*this, what, v, getX(), getAxis())))
      return failure();
  return success();
}
SmallVector<Value> BatchNormOp::buildDecomposition(OpBuilder &b, Location loc) {
  Ops o(b, loc);
  // Per channel first: two vectors are left for the big tensor.
  Value factor =
      o.mul(getScale(), o.rsqrt(o.add(getVariance(), o.like(getVariance(), getEpsilon().convertToDouble()))));
  Value offset = o.sub(getBias(), o.mul(getMean(), factor));
  int64_t axis = getAxis();
  return {o.add(o.mul(getX(), o.along(factor, axis, getX())), o.along(offset, axis, getX()))};
}

/// The weight that a value is, perhaps in another float type.
static GetWeightOp weightOf(Value v) {
  if (auto cast = v.getDefiningOp<CastOp>())
    v = cast.getX();
  return v.getDefiningOp<GetWeightOp>();
}
SmallVector<Value> BatchNormOp::buildTraining(OpBuilder &b, Location loc, Value,
                                              SmallVectorImpl<std::pair<Value, Value>> &updates) {
  GetWeightOp mean = weightOf(getMean()), variance = weightOf(getVariance());
  if (!mean || !variance)
    return {};
  auto statistics = cast<RankedTensorType>(getScale().getType());
  auto norm = BatchNormTrainingOp::create(b, loc, TypeRange{getX().getType(), statistics, statistics}, getX(),
                                          getScale(), getBias(), getEpsilon(), getAxis());
  Ops o(b, loc);
  double keep = getMomentum().convertToDouble();
  auto follow = [&](GetWeightOp weight, Value now) {
    Value old = weight.getResult();
    now = o.cast(now, getElementTypeOrSelf(old.getType()));
    updates.push_back({old, o.add(o.mul(old, o.like(old, keep)), o.mul(now, o.like(now, 1 - keep)))});
  };
  follow(mean, norm.getMean());
  // n / (n - 1), and 1 where there is one element.
  AffineExpr count = product(b.getContext(), getDims(getX().getType())).floorDiv(getDims(getX().getType())[getAxis()]);
  Value n = o.sizeLike(canonical(count), norm.getVariance()), one = o.like(n, 1);
  Value unbiased = o.mul(norm.getVariance(), o.div(n, o.max(o.sub(n, one), one)));
  follow(variance, unbiased);
  return {norm.getResult()};
}

LogicalResult BatchNormTrainingOp::verify() {
  if (failed(verifyAxis(*this, getAxis(), getX())))
    return failure();
  for (auto [what, v] : {std::pair<StringRef, Value>("scale", getScale()), {"bias", getBias()}})
    if (failed(verifyVector(*this, what, v, getX(), getAxis())))
      return failure();
  return success();
}
SmallVector<Value> BatchNormTrainingOp::buildDecomposition(OpBuilder &b, Location loc) {
  Ops o(b, loc);
  Value x = getX();
  int64_t axis = getAxis();
  SmallVector<int64_t> dims = otherDims(typeOf(x).getRank(), {axis});
  Value mean = o.mean(x, dims), centred = o.sub(x, o.along(mean, axis, x));
  Value variance = o.mean(o.mul(centred, centred), dims);
  Value factor = o.mul(getScale(), o.rsqrt(o.add(variance, o.like(variance, getEpsilon().convertToDouble()))));
  Value y = o.add(o.mul(centred, o.along(factor, axis, x)), o.along(getBias(), axis, x));
  return {y, mean, variance};
}

LogicalResult LayerNormOp::verify() {
  if (failed(verifyAxis(*this, getAxis(), getX())))
    return failure();
  auto dims = getDims(getX().getType()), scale = getDims(getScale().getType());
  if (!llvm::equal(ArrayRef(dims).drop_front(getAxis()), scale))
    return emitOpError("scale and bias are ") << describe(getScale().getType()) << ", but the operand "
                                              << describe(getX().getType()) << " is normalised from axis " << getAxis();
  return success();
}
SmallVector<Value> LayerNormOp::buildDecomposition(OpBuilder &b, Location loc) {
  Ops o(b, loc);
  Value x = getX();
  SmallVector<int64_t> dims = trailing(x, getAxis());
  Value centred = o.sub(x, o.unreduce(o.mean(x, dims), dims, x));
  Value variance = o.mean(o.mul(centred, centred), dims);
  Value factor = o.rsqrt(o.add(variance, o.like(variance, getEpsilon().convertToDouble())));
  Value normal = o.mul(centred, o.unreduce(factor, dims, x));
  return {o.add(o.mul(normal, o.broadcast(getScale(), dims, x.getType())), o.broadcast(getBias(), dims, x.getType()))};
}

//===--- losses -------------------------------------------------------------------------------------------------===//

LogicalResult SoftmaxCrossEntropyOp::verify() {
  auto logits = typeOf(getLogits()), labels = typeOf(getLabels());
  if (logits.getRank() != 2 || labels.getRank() != 1 || getDims(logits)[0] != getDims(labels)[0])
    return emitOpError("wants logits [N, C] and labels [N], found ") << describe(logits) << " and " << describe(labels);
  if (typeOf(getResult()).getRank() != 0 || typeOf(getResult()).getElementType() != logits.getElementType())
    return emitOpError("the result must be a scalar of the logits' type");
  return success();
}
/// True where the column is the row's label.
static Value isLabel(Ops &o, SoftmaxCrossEntropyOp op) {
  auto wide = withElement(op.getLogits().getType(), getElementTypeOrSelf(op.getLabels().getType()));
  return o.compare(ComparePredicate::eq, o.broadcast(op.getLabels(), {0}, wide), o.iota(1, wide));
}
SmallVector<Value> SoftmaxCrossEntropyOp::buildDecomposition(OpBuilder &b, Location loc) {
  Ops o(b, loc);
  Value x = getLogits();
  // As log_softmax, but only the label's column is looked at: a row's loss is one reduction more.
  Value shifted = o.sub(x, o.unreduce(o.reduce(ReduceKind::max, x, {1}), {1}, x));
  Value logSum = o.log(o.sum(o.exp(shifted), {1}));
  Value picked = o.sum(o.select(isLabel(o, *this), shifted, o.like(x, 0.0)), {1});
  return {o.mean(o.sub(logSum, picked), {0})};
}
void SoftmaxCrossEntropyOp::buildVjp(OpBuilder &b, Location loc, ValueRange grads,
                                     SmallVectorImpl<Value> &operandGrads) {
  if (!grads[0])
    return;
  Ops o(b, loc);
  Value x = getLogits();
  Value p = SoftmaxOp::create(b, loc, x, 1).getResult();
  Value difference = o.sub(p, o.select(isLabel(o, *this), o.like(x, 1.0), o.like(x, 0.0)));
  Value perRow = o.mul(grads[0], o.like(grads[0], 1.0 / static_cast<double>(typeOf(x).getDimSize(0))));
  operandGrads[0] = o.mul(difference, o.broadcast(perRow, {}, x.getType()));
}

//===--- stop_gradient ------------------------------------------------------------------------------------------===//

LogicalResult StopGradientOp::verify() {
  if (getResult().getType() != getX().getType() || (getInstead() && getInstead().getType() != getX().getType()))
    return emitOpError("gives its operand itself, ")
           << describe(getX().getType()) << ", found " << describe(getResult().getType())
           << (getInstead() ? " and " + describe(getInstead().getType()) : "");
  return success();
}
bool StopGradientOp::isChosen() { return true; }
SmallVector<Value> StopGradientOp::buildDecomposition(OpBuilder &, Location) { return {getX()}; }
void StopGradientOp::buildVjp(OpBuilder &, Location, ValueRange grads, SmallVectorImpl<Value> &operandGrads) {
  if (getInstead())
    operandGrads[1] = grads[0];
}

} // namespace dlc
