// What rows cannot say: comparison, choice, conversion.
#include "ir/Build.h"
#include "ir/Dims.h"
#include "ir/Scalar.h"

namespace dlc {

LogicalResult CompareOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc, Adaptor adaptor,
                                          SmallVectorImpl<Type> &types) {
  types.push_back(withElement(adaptor.getX().getType(), IntegerType::get(context, 1)));
  return success();
}
Value CompareOp::buildScalar(OpBuilder &b, Location loc, ValueRange args) {
  return Scalar(b, loc, getX().getType())
      .compare(static_cast<Scalar::Compare>(static_cast<uint32_t>(getPredicate())), args[0], args[1]);
}
int64_t CompareOp::getScalarFlops() { return 1; }
StringRef CompareOp::getNoGradientReason() {
  return "a comparison is a step: its gradient is zero wherever there is one";
}
void CompareOp::buildVjp(OpBuilder &, Location, ValueRange, SmallVectorImpl<Value> &) {}

Value SelectOp::buildScalar(OpBuilder &b, Location loc, ValueRange args) {
  return arith::SelectOp::create(b, loc, args[0], args[1], args[2]);
}
int64_t SelectOp::getScalarFlops() { return 1; }
StringRef SelectOp::getNoGradientReason() { return ""; }
void SelectOp::buildVjp(OpBuilder &b, Location loc, ValueRange grads, SmallVectorImpl<Value> &operandGrads) {
  if (!grads[0])
    return;
  Ops o(b, loc);
  Value zero = o.like(grads[0], 0.0);
  operandGrads[1] = o.select(getCondition(), grads[0], zero);
  operandGrads[2] = o.select(getCondition(), zero, grads[0]);
}

Value CastOp::buildScalar(OpBuilder &b, Location loc, ValueRange args) {
  return Scalar(b, loc, getX().getType()).cast(args[0], getElementTypeOrSelf(getType()));
}
int64_t CastOp::getScalarFlops() { return 1; }
StringRef CastOp::getNoGradientReason() { return ""; }
void CastOp::buildVjp(OpBuilder &b, Location loc, ValueRange grads, SmallVectorImpl<Value> &operandGrads) {
  Type from = getElementTypeOrSelf(getX().getType()), to = getElementTypeOrSelf(getType());
  if (grads[0] && isa<FloatType>(from) && isa<FloatType>(to))
    operandGrads[0] = Ops(b, loc).cast(grads[0], from);
}
static unsigned bitsOf(Type tensor) {
  Type element = getElementTypeOrSelf(tensor);
  return element.isInteger(1) ? 8 : element.getIntOrFloatBitWidth();
}
LogicalResult BitcastOp::verify() {
  if (bitsOf(getX().getType()) != bitsOf(getType()))
    return emitOpError("operand and result differ in width: ")
           << describe(getX().getType()) << " and " << describe(getType());
  return success();
}
Value BitcastOp::buildScalar(OpBuilder &b, Location loc, ValueRange args) {
  return Scalar(b, loc, getX().getType())
      .bitcast(args[0], getElementTypeOrSelf(getX().getType()), getElementTypeOrSelf(getType()));
}
int64_t BitcastOp::getScalarFlops() { return 0; }
StringRef BitcastOp::getNoGradientReason() { return "bits carry no gradient"; }
void BitcastOp::buildVjp(OpBuilder &, Location, ValueRange, SmallVectorImpl<Value> &) {}

OpFoldResult CastOp::fold(FoldAdaptor) { return getX().getType() == getType() ? OpFoldResult(getX()) : OpFoldResult(); }

} // namespace dlc
