// Operators that order elements: shapes, routines, and sorts of long rows in pieces.
#include "ir/Build.h"
#include "ir/Dims.h"
#include "ir/Symbols.h"
#include "llvm/Support/MathExtras.h"

namespace dlc {
namespace {
RankedTensorType typeOf(Value v) { return cast<RankedTensorType>(v.getType()); }
AffineExpr lastDim(Value v) { return getDims(v.getType()).back(); }
AffineExpr number(MLIRContext *context, int64_t value) { return getAffineConstantExpr(value, context); }
/// All dimensions but the last `count` are these.
bool startsAlike(Type a, Type b, size_t count) {
  auto x = getDims(a), y = getDims(b);
  return x.size() == y.size() && x.size() >= count && ArrayRef(x).drop_back(count) == ArrayRef(y).drop_back(count);
}

/// How keys are made of elements: "f32", "u8"; empty where nothing is.
std::string keyName(Type element) {
  if (element.isInteger(1))
    return "u8";
  if (element.isF16() || element.isBF16() || element.isF32() || element.isF64())
    return (element.isBF16() ? "bf" : "f") + std::to_string(element.getIntOrFloatBitWidth());
  auto integer = dyn_cast<IntegerType>(element);
  if (!integer || integer.getWidth() < 8)
    return "";
  return (integer.isUnsigned() ? "u" : "i") + std::to_string(integer.getWidth());
}
int64_t keyBytes(Type element) { return std::max<int64_t>(8, element.getIntOrFloatBitWidth()) / 8; }

/// The row of results that a row of `length` gives.
std::optional<int64_t> keptOf(int64_t length, int64_t stretch, int64_t keep) {
  int64_t each = std::min(keep ? keep : stretch, stretch);
  return length / stretch * each + std::min(length % stretch, each);
}
} // namespace

//===--- sort ---------------------------------------------------------------------------------------------------===//

LogicalResult SortOp::verify() {
  if (typeOf(getX()).getRank() == 0)
    return emitOpError("a scalar has no rows to sort");
  if (keyName(typeOf(getX()).getElementType()).empty())
    return emitOpError("sorts no elements of type ") << typeOf(getX()).getElementType();
  for (Value result : getResults())
    if (!startsAlike(getX().getType(), result.getType(), 1) || lastDim(result) != lastDim(getValues()))
      return emitOpError() << describe(result.getType()) << " are no rows of " << describe(getX().getType());
  if (typeOf(getValues()).getElementType() != typeOf(getX()).getElementType())
    return emitOpError("the elements of x and of the result differ in type");
  if (getNumbers() && getDims(getNumbers().getType()) != getDims(getX().getType()))
    return emitOpError("numbers are ") << describe(getNumbers().getType()) << " for " << describe(getX().getType());
  auto stretch = static_cast<int64_t>(getStretch()), keep = static_cast<int64_t>(getKeep());
  auto run = static_cast<int64_t>(getRun());
  if (stretch < 0 || keep < 0 || run < 0 || (keep && !stretch))
    return emitOpError("stretch, keep and run must be positive, and keep comes with a stretch");
  AffineExpr length = lastDim(getX()), results = lastDim(getValues());
  auto size = constantSize(length), kept = constantSize(results);
  if (!stretch && size && kept && *kept > *size)
    return emitOpError() << *kept << " of " << *size << " elements of a row";
  bool all = stretch && (!keep || keep >= stretch);
  if (stretch && (all ? results != length : !size || results != number(getContext(), *keptOf(*size, stretch, keep))))
    return emitOpError() << describe(results) << " elements are not what stretches of " << stretch << " of "
                         << describe(length) << " elements keep";
  return success();
}

Routine SortOp::getRoutine() {
  MLIRContext *context = getContext();
  SymbolRanges ranges(*this);
  Type element = typeOf(getX()).getElementType();
  AffineExpr length = lastDim(getX()), results = lastDim(getValues());
  AffineExpr rows = product(context, ArrayRef(getDims(getX().getType())).drop_back());
  auto stretched = static_cast<int64_t>(getStretch()), keep = static_cast<int64_t>(getKeep());
  AffineExpr stretch = stretched ? number(context, stretched) : length;
  AffineExpr kept = !stretched ? results : number(context, keep ? std::min(keep, stretched) : stretched);
  // Where few of many are wanted they are picked in a room of four times their number.
  AffineExpr room = stretch;
  if (auto few = constantSize(kept); few && *few <= (int64_t(1) << 40)) {
    int64_t enough = std::max<int64_t>(4 * *few, 1024);
    if (enough < ranges.most(stretch))
      room = number(context, enough);
  }
  auto steps = static_cast<int64_t>(llvm::Log2_64_Ceil(std::max<int64_t>(2, ranges.typical(stretch))));
  Routine routine;
  routine.name = "sort";
  routine.variant = keyName(element);
  routine.operands = {getX(), getNumbers()};
  routine.sizes = {length,
                   stretch,
                   kept,
                   results,
                   number(context, getDescending()),
                   room,
                   number(context, static_cast<int64_t>(getRun())),
                   rows};
  routine.units = stretched ? product(rows, canonical(length.ceilDiv(stretch))) : rows;
  routine.scratch = product(room, number(context, 2 * (keyBytes(element) + 4)));
  routine.flops = ranges.typical(product(rows, length)) * steps;
  return routine;
}

SmallVector<Value> SortOp::buildPieces(OpBuilder &b, Location loc, int64_t capacity) {
  SymbolRanges ranges(*this);
  AffineExpr length = lastDim(getX()), results = lastDim(getValues());
  if (getStretch() || getRun() || ranges.most(length) <= capacity)
    return {};
  MLIRContext *context = getContext();
  Type element = typeOf(getX()).getElementType();
  SmallVector<AffineExpr> shape = getDims(getX().getType());
  auto sorted = [&](Value x, Value numbers, AffineExpr kept, int64_t stretch, int64_t keep, int64_t run) {
    shape.back() = kept;
    auto op =
        SortOp::create(b, loc, getTensorType(context, shape, element), getTensorType(context, shape, b.getI64Type()), x,
                       numbers, getDescending(), stretch, keep, run);
    return SmallVector<Value>(op.getResults());
  };
  SmallVector<Value> now = {getX(), getNumbers()};
  auto size = constantSize(length), wanted = constantSize(results);
  // The first of each piece, and again of what they leave.
  if (size && wanted && *wanted * 2 <= capacity) {
    int64_t left = *size;
    for (int64_t keep = std::max<int64_t>(*wanted, 1); left > capacity;) {
      left = *keptOf(left, capacity, keep);
      now = sorted(now[0], now[1], number(context, left), capacity, keep, 0);
    }
    return sorted(now[0], now[1], results, 0, 0, 0);
  }
  // Sorted pieces, then runs of them merged two by two. Where sizes are open nothing is cut off before the end.
  int64_t keep = size && wanted ? *wanted : 0, left = ranges.most(length), run = capacity;
  auto next = [&](int64_t stretch, int64_t of) {
    bool cuts = keep && keep < stretch;
    left = cuts ? *keptOf(left, stretch, keep) : left;
    now = sorted(now[0], now[1], cuts ? number(context, left) : length, stretch, cuts ? keep : 0, of);
    run = cuts ? keep : stretch;
  };
  next(capacity, 0);
  while (2 * run < left) {
    if (keep)
      length = number(context, left);
    next(2 * run, run);
  }
  return sorted(now[0], now[1], results, 0, 0, run);
}

StringRef SortOp::getNoGradientReason() {
  return isa<FloatType>(typeOf(getX()).getElementType()) ? "" : "integers have no gradient";
}
void SortOp::buildVjp(OpBuilder &b, Location loc, ValueRange grads, SmallVectorImpl<Value> &operandGrads) {
  if (!grads[0] || getNumbers())
    return;
  operandGrads[0] = ScatterOp::create(b, loc, getX().getType(), grads[0], getIndex()).getResult();
}

//===--- scatter ------------------------------------------------------------------------------------------------===//

LogicalResult ScatterOp::verify() {
  auto x = getDims(getX().getType());
  if (x.empty() || getDims(getIndex().getType()) != x)
    return emitOpError("indices are ") << describe(getIndex().getType()) << " for rows " << describe(getX().getType());
  if (!startsAlike(getX().getType(), getType(), 1) || typeOf(getX()).getElementType() != getType().getElementType())
    return emitOpError() << describe(getType()) << " has no row for each of " << describe(getX().getType());
  return success();
}

Routine ScatterOp::getRoutine() {
  // A unit fills a stretch of a row and looks at all that the row is given.
  constexpr int64_t longest = int64_t(1) << 16;
  MLIRContext *context = getContext();
  SymbolRanges ranges(*this);
  AffineExpr length = lastDim(getResult()), given = lastDim(getX());
  AffineExpr stretch = ranges.most(length) > longest ? number(context, longest) : length;
  AffineExpr rows = product(context, ArrayRef(getDims(getX().getType())).drop_back());
  Routine routine;
  routine.name = "scatter";
  routine.variant = "b" + std::to_string(8 * keyBytes(getType().getElementType()));
  routine.operands = {getX(), getIndex()};
  routine.sizes = {given, length, stretch};
  routine.units = stretch == length ? rows : product(rows, canonical(length.ceilDiv(stretch)));
  routine.scratch = number(context, 0);
  routine.flops = ranges.typical(elementCount(getType())) + ranges.typical(elementCount(getX().getType()));
  return routine;
}

void ScatterOp::buildVjp(OpBuilder &b, Location loc, ValueRange grads, SmallVectorImpl<Value> &operandGrads) {
  if (!grads[0])
    return;
  // Numbers of the places in the whole tensor.
  Ops o(b, loc);
  Value index = getIndex(), flat = o.like(index, 0);
  auto sizes = getDims(getType());
  for (auto [i, size] : llvm::enumerate(sizes)) {
    Value at = i + 1 == sizes.size() ? index : o.iota(i, index.getType());
    auto known = constantSize(size);
    flat = o.add(o.mul(flat, known ? o.like(flat, static_cast<double>(*known)) : o.sizeLike(size, flat)), at);
  }
  auto all = getTensorType(getContext(), {elementCount(getType())}, getType().getElementType());
  Value picked = GatherOp::create(b, loc, o.reshape(grads[0], all), flat, 0).getResult();
  auto known = constantSize(sizes.back());
  Value size = known ? o.like(index, static_cast<double>(*known)) : o.sizeLike(sizes.back(), index);
  Value some = AndOp::create(b, loc, o.compare(ComparePredicate::ge, index, o.like(index, 0)),
                             o.compare(ComparePredicate::lt, index, size));
  operandGrads[0] = o.select(some, picked, o.like(picked, 0.0));
}

//===--- suppress -----------------------------------------------------------------------------------------------===//

LogicalResult SuppressOp::verify() {
  auto boxes = getDims(getBoxes().getType()), order = getDims(getOrder().getType()),
       taken = getDims(getTaken().getType());
  if (boxes.size() != 3 || !isConstant(boxes[2], 4) || order.size() != 3 || order[0] != boxes[0] ||
      order[2] != boxes[1])
    return emitOpError("boxes ") << describe(getBoxes().getType()) << " and their order "
                                 << describe(getOrder().getType()) << ", expected [batch, n, 4], [batch, classes, n]";
  if (getDims(getCount().getType()) != SmallVector<AffineExpr>(ArrayRef(order).drop_back()))
    return emitOpError("counts ") << describe(getCount().getType()) << ", expected one for each class of "
                                  << describe(getOrder().getType());
  if (typeOf(getLimit()).getRank() || typeOf(getMost()).getRank())
    return emitOpError("limit and most must be scalars");
  if (!startsAlike(getOrder().getType(), getTaken().getType(), 1))
    return emitOpError() << describe(getTaken().getType()) << " has no row for each class of "
                         << describe(getOrder().getType());
  return success();
}

Routine SuppressOp::getRoutine() {
  MLIRContext *context = getContext();
  auto order = getDims(getOrder().getType());
  AffineExpr results = lastDim(getTaken());
  Routine routine;
  routine.name = "suppress";
  routine.variant = "f32";
  routine.operands = {getBoxes(), getOrder(), getCount(), getLimit(), getMost()};
  routine.sizes = {order[2], order[1], results};
  routine.units = product(order[0], order[1]);
  // Five numbers of each box taken, in whole vectors.
  routine.scratch = canonical((results + 15).floorDiv(16) * (16 * 5 * 4));
  routine.flops = SymbolRanges(*this).typical(product(context, {order[0], order[1], results, results})) * 8;
  return routine;
}
StringRef SuppressOp::getNoGradientReason() { return "its result is an integer"; }

} // namespace dlc
