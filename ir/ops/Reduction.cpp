// Shapes, accumulators and gradients of operators that fold dimensions.
#include "ir/Dims.h"
#include "ir/IndexMath.h"
#include "ir/Scalar.h"
#include "ir/ops/Folds.h"

namespace dlc {
namespace {
RankedTensorType typeOf(Value v) { return cast<RankedTensorType>(v.getType()); }
} // namespace

TypedAttr identity(ReduceKind kind, Type element) {
  Type type = Scalar::computeType(element);
  if (auto f = dyn_cast<FloatType>(type)) {
    const llvm::fltSemantics &semantics = f.getFloatSemantics();
    switch (kind) {
    case ReduceKind::sum:
      return FloatAttr::get(f, 0.0);
    case ReduceKind::prod:
      return FloatAttr::get(f, 1.0);
    case ReduceKind::max:
      return FloatAttr::get(f, APFloat::getInf(semantics, /*Negative=*/true));
    case ReduceKind::min:
      return FloatAttr::get(f, APFloat::getInf(semantics));
    }
  }
  unsigned bits = type.getIntOrFloatBitWidth();
  bool isUnsigned = element.isUnsignedInteger() || bits == 1;
  switch (kind) {
  case ReduceKind::sum:
    return IntegerAttr::get(type, APInt::getZero(bits));
  case ReduceKind::prod:
    return IntegerAttr::get(type, APInt(bits, 1));
  case ReduceKind::max:
    return IntegerAttr::get(type, isUnsigned ? APInt::getMinValue(bits) : APInt::getSignedMinValue(bits));
  case ReduceKind::min:
    return IntegerAttr::get(type, isUnsigned ? APInt::getMaxValue(bits) : APInt::getSignedMaxValue(bits));
  }
  llvm_unreachable("every kind is handled");
}

/// One more element folded in. Sums may be reordered by the target; nothing else may.
Value foldIn(OpBuilder &b, Location loc, ReduceKind kind, Type element, Value acc, Value x) {
  Scalar s(b, loc, element);
  switch (kind) {
  case ReduceKind::sum:
    if (isa<FloatType>(x.getType()))
      return arith::AddFOp::create(b, loc, acc, x, arith::FastMathFlags::reassoc | arith::FastMathFlags::contract);
    return s.add(acc, x);
  case ReduceKind::prod:
    return s.mul(acc, x);
  case ReduceKind::max:
    return s.max(acc, x);
  case ReduceKind::min:
    return s.min(acc, x);
  }
  llvm_unreachable("every kind is handled");
}

//===--- reduce -------------------------------------------------------------------------------------------------===//

LogicalResult ReduceOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc, Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  auto from = typeOf(adaptor.getX());
  auto dims = dlc::getDims(from);
  SmallVector<AffineExpr> result;
  int64_t last = -1;
  for (int64_t d : adaptor.getDims()) {
    if (d < 0 || d >= from.getRank())
      return shapeError(loc, "reduce", "axis " + Twine(d) + ", but the operand has rank " + Twine(from.getRank()));
    if (d <= last)
      return shapeError(loc, "reduce", "dims must ascend without repetition");
    last = d;
  }
  for (int64_t d : otherDims(from.getRank(), adaptor.getDims()))
    result.push_back(dims[d]);
  types.push_back(getTensorType(context, result, from.getElementType()));
  return success();
}
SmallVector<int64_t> ReduceOp::getReducedDims() { return llvm::to_vector(getDims()); }
SmallVector<TypedAttr> ReduceOp::getIdentities() { return {identity(getKind(), getType().getElementType())}; }
SmallVector<Value> ReduceOp::buildCombine(OpBuilder &b, Location loc, ValueRange acc, Value element, Value) {
  return {foldIn(b, loc, getKind(), getType().getElementType(), acc[0], element)};
}
StringRef ReduceOp::getNoGradientReason() {
  return isa<FloatType>(getType().getElementType()) ? "" : "integers carry no gradient";
}
void ReduceOp::buildVjp(OpBuilder &b, Location loc, ValueRange grads, SmallVectorImpl<Value> &operandGrads) {
  if (!grads[0])
    return;
  Ops o(b, loc);
  Value x = getX(), g = o.unreduce(grads[0], getDims(), x);
  if (getKind() == ReduceKind::sum) {
    operandGrads[0] = g;
    return;
  }
  if (getKind() == ReduceKind::prod) {
    Products of(o, x);
    Value rest = o.mul(grads[0], o.reduce(ReduceKind::prod, of.others, getDims())), found = o.sum(of.isZero, getDims());
    operandGrads[0] = of.gradient(o, o.unreduce(o.select(of.count(o, found, 0), rest, o.like(rest, 0.0)), getDims(), x),
                                  o.unreduce(o.select(of.count(o, found, 1), rest, o.like(rest, 0.0)), getDims(), x));
    return;
  }
  // Equal extremes share the gradient evenly.
  Value isExtreme = o.compare(ComparePredicate::eq, x, o.unreduce(getResult(), getDims(), x));
  Value one = o.select(isExtreme, o.like(x, 1.0), o.like(x, 0.0));
  operandGrads[0] = o.div(o.mul(g, one), o.unreduce(o.sum(one, getDims()), getDims(), x));
}
Value ReduceOp::buildSunk(OpBuilder &b, Location loc, UntransposeFn untranspose, ArrayRef<int64_t> perm,
                          SmallVectorImpl<int64_t> &resultPerm) {
  SmallVector<int64_t> dims, kept;
  for (int64_t d : getDims())
    dims.push_back(perm[d]);
  llvm::sort(dims);
  kept = otherDims(perm.size(), dims);
  for (int64_t d : otherDims(perm.size(), getDims()))
    resultPerm.push_back(llvm::find(kept, perm[d]) - kept.begin());
  return ReduceOp::create(b, loc, getKind(), untranspose(0), dims).getResult();
}
OpFoldResult ReduceOp::fold(FoldAdaptor) { return getDims().empty() ? OpFoldResult(getX()) : OpFoldResult(); }

//===--- arg_reduce ---------------------------------------------------------------------------------------------===//

LogicalResult ArgReduceOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc, Adaptor adaptor,
                                            SmallVectorImpl<Type> &types) {
  auto from = typeOf(adaptor.getX());
  auto axis = static_cast<int64_t>(adaptor.getAxis());
  if (axis < 0 || axis >= from.getRank())
    return shapeError(loc, "arg_reduce", "axis " + Twine(axis) + ", but the operand has rank " + Twine(from.getRank()));
  if (adaptor.getKind() != ReduceKind::max && adaptor.getKind() != ReduceKind::min)
    return shapeError(loc, "arg_reduce", "kind must be max or min");
  auto dims = getDims(from);
  dims.erase(dims.begin() + axis);
  types.push_back(getTensorType(context, dims, from.getElementType()));
  types.push_back(getTensorType(context, dims, IntegerType::get(context, 64)));
  return success();
}
SmallVector<int64_t> ArgReduceOp::getReducedDims() { return {static_cast<int64_t>(getAxis())}; }
SmallVector<TypedAttr> ArgReduceOp::getIdentities() {
  return {identity(getKind(), getElementTypeOrSelf(getX().getType())),
          IntegerAttr::get(IntegerType::get(getContext(), 64), 0)};
}
bool ArgReduceOp::usesPosition() { return true; }
SmallVector<Value> ArgReduceOp::buildCombine(OpBuilder &b, Location loc, ValueRange acc, Value element,
                                             Value position) {
  Scalar s(b, loc, getX().getType());
  Value better = s.compare(getKind() == ReduceKind::max ? Scalar::Compare::gt : Scalar::Compare::lt, element, acc[0]);
  if (isa<FloatType>(element.getType())) {
    // The first NaN wins and stays.
    Value accIsNaN = s.compare(Scalar::Compare::ne, acc[0], acc[0]);
    Value elementIsNaN = s.compare(Scalar::Compare::ne, element, element);
    Value notYet = s.bitXor(accIsNaN, s.constant(accIsNaN, 1));
    better = s.bitAnd(notYet, s.bitOr(better, elementIsNaN));
  }
  Value index = arith::IndexCastOp::create(b, loc, b.getI64Type(), position);
  return {s.select(better, element, acc[0]), s.select(better, index, acc[1])};
}
StringRef ArgReduceOp::getNoGradientReason() {
  return isa<FloatType>(getElementTypeOrSelf(getX().getType())) ? "" : "integers carry no gradient";
}
void ArgReduceOp::buildVjp(OpBuilder &b, Location loc, ValueRange grads, SmallVectorImpl<Value> &operandGrads) {
  if (!grads[0])
    return;
  // The element whose index is given takes it all.
  Ops o(b, loc);
  auto axis = static_cast<int64_t>(getAxis());
  auto places = withElement(getX().getType(), b.getI64Type());
  Value mine = o.compare(ComparePredicate::eq, o.unreduce(getIndex(), {axis}, o.full(places, 0)), o.iota(axis, places));
  operandGrads[0] = o.select(mine, o.unreduce(grads[0], {axis}, getX()), o.like(getX(), 0.0));
}

} // namespace dlc
