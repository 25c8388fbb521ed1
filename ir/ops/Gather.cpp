// gather: its elements, and its gradient, which sums by index.
#include "ir/Build.h"
#include "ir/Dims.h"
#include "ir/IndexMath.h"
#include "ir/Scalar.h"
#include "ir/Symbols.h"

namespace dlc {
namespace {
RankedTensorType typeOf(Value v) { return cast<RankedTensorType>(v.getType()); }

constexpr int64_t fewPairs = 1 << 18; // so many elements are compared faster than sorted

/// Row i of the result, [size, inner], sums the rows [picks, inner] whose index [picks], within bounds, is i. Rows of
/// one index lie side by side once sorted, and are summed up in log2(picks) steps; each index finds its last row by
/// bisection.
Value sumByIndex(Ops &o, Value index, Value rows, int64_t size) {
  MLIRContext *context = o.b.getContext();
  auto type = typeOf(index), table = typeOf(rows);
  int64_t picks = type.getDimSize(0), inner = table.getDimSize(1);
  Type element = table.getElementType(), i64 = o.b.getI64Type();
  auto sort = SortOp::create(o.b, o.loc, type, type, index, Value(), /*descending=*/false, 0, 0, 0);
  auto gather = [&](Value x, Value at) { return GatherOp::create(o.b, o.loc, x, at, 0).getResult(); };
  Value keys = sort.getValues(), sums = gather(rows, sort.getIndex());
  if (element.getIntOrFloatBitWidth() < 32)
    sums = o.cast(sums, o.b.getF32Type());
  auto moved = [&](Value v, double value, int64_t by) {
    SmallVector<int64_t> low(typeOf(v).getRank(), 0), none(low);
    low[0] = by;
    SmallVector<int64_t> high(none);
    high[0] = -by;
    return o.pad(v, value, low, high, none);
  };
  auto same = RankedTensorType::get({picks, inner}, IntegerType::get(context, 1));
  for (int64_t by = 1; by < picks; by *= 2) {
    Value equal = o.broadcast(o.compare(ComparePredicate::eq, keys, moved(keys, -1, by)), {0}, same);
    sums = o.select(equal, o.add(moved(sums, 0, by), sums), sums);
  }
  // How many keys are no greater than each index.
  auto places = RankedTensorType::get({size}, i64);
  Value place = o.iota(0, places), end = o.full(places, 0);
  auto plus = [&](Value v, int64_t by) { return o.add(v, o.like(v, static_cast<double>(by))); };
  for (auto step = static_cast<int64_t>(llvm::bit_floor(static_cast<uint64_t>(picks))); step; step /= 2) {
    Value next = plus(end, step), probe = MinOp::create(o.b, o.loc, next, o.like(next, static_cast<double>(picks)));
    Value on = AndOp::create(o.b, o.loc, o.compare(ComparePredicate::eq, probe, next),
                             o.compare(ComparePredicate::le, gather(keys, plus(probe, -1)), place));
    end = o.select(on, next, end);
  }
  Value last = plus(o.max(end, o.like(end, 1)), -1);
  Value some = AndOp::create(o.b, o.loc, o.compare(ComparePredicate::gt, end, o.like(end, 0)),
                             o.compare(ComparePredicate::eq, gather(keys, last), place));
  Value picked = gather(sums, last);
  some = o.broadcast(some, {0}, withElement(picked.getType(), IntegerType::get(context, 1)));
  return o.cast(o.select(some, picked, o.like(picked, 0)), element);
}
} // namespace

LogicalResult GatherOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc, Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  auto from = typeOf(adaptor.getX());
  auto axis = static_cast<int64_t>(adaptor.getAxis());
  if (axis < 0 || axis >= from.getRank())
    return shapeError(loc, "gather", "axis " + Twine(axis) + ", but the operand has rank " + Twine(from.getRank()));
  auto dims = getDims(from), picked = getDims(adaptor.getIndices().getType());
  SmallVector<AffineExpr> result(dims.begin(), dims.begin() + axis);
  llvm::append_range(result, picked);
  result.append(dims.begin() + axis + 1, dims.end());
  types.push_back(getTensorType(context, result, from.getElementType()));
  return success();
}
Value GatherOp::buildElement(OpBuilder &b, Location loc, unsigned, Index index, ReadFn read) {
  IndexMath m(b, loc);
  auto axis = static_cast<size_t>(getAxis());
  size_t picked = typeOf(getIndices()).getRank();
  AffineExpr size = getDims(getX().getType())[axis];
  Scalar s(b, loc, getIndices().getType());
  Value raw = s.cast(read(1, index.slice(axis, picked)), b.getI64Type());
  Scalar wide(b, loc, b.getI64Type());
  Value zero = wide.constant(raw, 0);
  auto whole = [&](AffineExpr e) -> Value {
    if (auto constant = dyn_cast<AffineConstantExpr>(e))
      return wide.constant(raw, static_cast<double>(constant.getValue()));
    return arith::IndexCastOp::create(b, loc, b.getI64Type(), extentValue(b, loc, e));
  };
  if (!getElementTypeOrSelf(getIndices().getType()).isUnsignedInteger())
    raw = wide.select(wide.compare(Scalar::Compare::lt, raw, zero), wide.add(raw, whole(size)), raw);
  raw = wide.min(wide.max(raw, zero), whole(canonical(size - 1)));
  SmallVector<OpFoldResult> at(index.take_front(axis));
  at.push_back(arith::IndexCastOp::create(b, loc, b.getIndexType(), raw).getResult());
  llvm::append_range(at, index.drop_front(axis + picked));
  return read(0, at);
}
void GatherOp::buildVjp(OpBuilder &b, Location loc, ValueRange grads, SmallVectorImpl<Value> &operandGrads) {
  if (!grads[0])
    return;
  // Every element of x collects from all picks, in a fixed order and without atomics.
  auto from = typeOf(getX());
  auto indices = typeOf(getIndices());
  auto axis = static_cast<int64_t>(getAxis());
  MLIRContext *context = getContext();
  SmallVector<AffineExpr> dims = dlc::getDims(from);
  AffineExpr size = dims[axis], picks = elementCount(indices),
             outer = product(context, ArrayRef(dims).take_front(axis)),
             inner = product(context, ArrayRef(dims).drop_front(axis + 1));
  Ops o(b, loc);
  Type i64 = b.getI64Type(), element = from.getElementType();
  auto tensor = [&](ArrayRef<AffineExpr> shape, Type of) { return getTensorType(context, shape, of); };
  auto full = tensor({outer, size, picks, inner}, element), wide = tensor({size, picks}, i64);
  Value g = o.reshape(grads[0], tensor({outer, picks, inner}, element));
  Value flat = o.reshape(o.cast(getIndices(), i64), tensor({picks}, i64));
  auto sized = [&](AffineExpr of) {
    auto known = constantSize(of);
    return known ? o.like(flat, static_cast<double>(*known)) : o.sizeLike(of, flat);
  };
  Value negative = o.compare(ComparePredicate::lt, flat, o.like(flat, 0));
  flat = o.select(negative, o.add(flat, sized(size)), flat);
  flat = MinOp::create(b, loc, o.max(flat, o.like(flat, 0)), sized(size - 1)).getResult();
  Value hit = o.compare(ComparePredicate::eq, o.broadcast(flat, {1}, wide), o.iota(0, wide));
  auto pairs = constantSize(product(context, {outer, size, picks, inner}));
  if (pairs && *pairs > fewPairs && *constantSize(picks) >= 64) {
    // As rows: what is in front of the axis goes behind it.
    Value rows = o.reshape(o.transpose(g, {1, 0, 2}), tensor({picks, product(outer, inner)}, element));
    Value sums = sumByIndex(o, flat, rows, *constantSize(size));
    operandGrads[0] = o.reshape(o.transpose(o.reshape(sums, tensor({size, outer, inner}, element)), {1, 0, 2}), from);
    return;
  }
  Value chosen = o.select(o.broadcast(hit, {1, 2}, full), o.broadcast(g, {0, 2, 3}, full), o.full(full, 0.0));
  operandGrads[0] = o.reshape(o.sum(chosen, {2}), from);
}

} // namespace dlc
