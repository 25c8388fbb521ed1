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

SmallVector<Value> DropoutOp::buildDecomposition(OpBuilder &, Location) { return {getX()}; }

SmallVector<Value> DropoutOp::buildTraining(OpBuilder &b, Location loc, Value step,
                                            SmallVectorImpl<std::pair<Value, Value>> &) {
  double ratio = getRatio().convertToDouble();
  if (ratio == 0)
    return {};
  Ops o(b, loc);
  auto one = RankedTensorType::get({1}, b.getI64Type());
  Value seed = ConstantOp::create(b, loc, DenseElementsAttr::get(one, static_cast<int64_t>(getSeed())));
  Value state = ConcatOp::create(b, loc, ValueRange{seed, o.reshape(step, one)}, 0).getResult();
  Value drawn = RngUniformOp::create(b, loc, withElement(getType(), b.getF32Type()), state, getId()).getResult();
  Value kept = o.compare(ComparePredicate::ge, drawn, o.like(drawn, ratio));
  return {o.select(kept, o.mul(getX(), o.like(getX(), 1 / (1 - ratio))), o.like(getX(), 0))};
}

} // namespace dlc
