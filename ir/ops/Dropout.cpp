#include "ir/Dropout.h"
#include "ir/Build.h"
#include "ir/Dims.h"

#define GET_OP_CLASSES
#include "ir/Dropout.cpp.inc"

namespace dlc {

LogicalResult DropoutOp::verify() {
  double ratio = getRatio().convertToDouble();
  if (!(ratio >= 0 && ratio < 1))
    return emitOpError("ratio must be at least 0 and below 1, found ") << ratio;
  return success();
}

/// `step`: an i64 of shape [1].
static Value dropped(DropoutOp op, OpBuilder &b, Location loc, Value step) {
  Ops o(b, loc);
  double ratio = op.getRatio().convertToDouble();
  Value x = op.getX();
  Value seed = ConstantOp::create(
      b, loc, DenseElementsAttr::get(cast<RankedTensorType>(step.getType()), static_cast<int64_t>(op.getSeed())));
  Value state = ConcatOp::create(b, loc, ValueRange{seed, step}, 0).getResult();
  Value drawn = RngUniformOp::create(b, loc, withElement(op.getType(), b.getF32Type()), state, op.getId()).getResult();
  Value kept = o.compare(ComparePredicate::ge, drawn, o.like(drawn, ratio));
  return o.select(kept, o.mul(x, o.like(x, 1 / (1 - ratio))), o.like(x, 0));
}

SmallVector<Value> DropoutOp::buildDecomposition(OpBuilder &b, Location loc) {
  if (!getAlways() || getRatio().isZero())
    return {getX()};
  auto one = RankedTensorType::get({1}, b.getI64Type());
  return {dropped(*this, b, loc, ConstantOp::create(b, loc, DenseElementsAttr::get(one, int64_t(0))))};
}

SmallVector<Value> DropoutOp::buildTraining(OpBuilder &b, Location loc, Value step,
                                            SmallVectorImpl<std::pair<Value, Value>> &) {
  if (getRatio().isZero())
    return {};
  return {dropped(*this, b, loc, Ops(b, loc).reshape(step, RankedTensorType::get({1}, b.getI64Type())))};
}

} // namespace dlc
