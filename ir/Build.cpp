#include "ir/Build.h"
#include "ir/Symbols.h"
#include <cmath>

namespace dlc {
namespace {
RankedTensorType typeOf(Value v) { return cast<RankedTensorType>(v.getType()); }
/// Truncated; the nearest that there is where it does not fit, and 0 for NaN.
int64_t whole(double value) {
  return std::isnan(value) ? 0
         : value >= 0x1p63 ? INT64_MAX
         : value < -0x1p63 ? INT64_MIN
                           : static_cast<int64_t>(value);
}
} // namespace

SmallVector<int64_t> otherDims(int64_t rank, ArrayRef<int64_t> dims) {
  SmallVector<int64_t> rest;
  for (int64_t i = 0; i < rank; ++i)
    if (!llvm::is_contained(dims, i))
      rest.push_back(i);
  return rest;
}

Value Ops::scalar(Type element, double value) {
  Attribute attr;
  if (auto f = dyn_cast<FloatType>(element))
    attr = FloatAttr::get(f, value);
  else
    attr = IntegerAttr::get(element, whole(value));
  return ConstantOp::create(b, loc, DenseElementsAttr::get(RankedTensorType::get({}, element), attr)).getResult();
}

Value Ops::full(Type type, double value) {
  auto tensor = ::llvm::cast<RankedTensorType>(type);
  Value s = scalar(tensor.getElementType(), value);
  return tensor.getRank() == 0 ? s : broadcast(s, {}, type);
}

Value Ops::sizeLike(AffineExpr size, Value like) {
  auto i64 = RankedTensorType::get({}, b.getI64Type());
  Value s = SizesOp::create(b, loc, i64, DimsAttr::get(b.getContext(), {canonical(size)}));
  s = cast(s, typeOf(like).getElementType());
  return typeOf(like).getRank() == 0 ? s : broadcast(s, {}, like.getType());
}

Value Ops::truncate(Value x) { return select(compare(ComparePredicate::lt, x, like(x, 0.0)), ceil(x), floor(x)); }

Value Ops::cast(Value x, Type element) {
  if (typeOf(x).getElementType() == element)
    return x;
  return CastOp::create(b, loc, withElement(x.getType(), element), x).getResult();
}

Value Ops::broadcast(Value x, Dims dims, Type type) {
  return BroadcastOp::create(b, loc, withElement(type, typeOf(x).getElementType()), x, dims).getResult();
}

Value Ops::unreduce(Value reduced, Dims dims, Value like) {
  return broadcast(reduced, otherDims(typeOf(like).getRank(), dims), like.getType());
}

Value Ops::reshape(Value x, Type type) {
  return x.getType() == type ? x : Value(ReshapeOp::create(b, loc, type, x).getResult());
}

Value Ops::transpose(Value x, Dims perm) { return TransposeOp::create(b, loc, x, perm).getResult(); }

Value Ops::reduce(ReduceKind kind, Value x, Dims dims) {
  if (dims.empty())
    return x;
  return ReduceOp::create(b, loc, kind, x, dims).getResult();
}

Value Ops::mean(Value x, Dims dims) {
  auto sizes = getDims(x.getType());
  AffineExpr count = b.getAffineConstantExpr(1);
  for (int64_t d : dims)
    count = product(count, sizes[d]);
  Value total = sum(x, dims);
  if (auto constant = dyn_cast<AffineConstantExpr>(count))
    return mul(total, like(total, 1.0 / static_cast<double>(constant.getValue())));
  return div(total, sizeLike(count, total));
}

Value Ops::pad(Value x, double value, Dims low, Dims high, Dims interior) {
  return PadOp::create(b, loc, x, scalar(typeOf(x).getElementType(), value), low, high, interior).getResult();
}

Value Ops::dot(Value lhs, Value rhs, Dims lhsBatch, Dims rhsBatch, Dims lhsContracting, Dims rhsContracting) {
  return DotGeneralOp::create(b, loc, lhs, rhs, lhsBatch, rhsBatch, lhsContracting, rhsContracting).getResult();
}

} // namespace dlc
