// resize: shapes, elements and gradients of weighted sums along several dimensions.
#include "ir/Build.h"
#include "ir/Dims.h"
#include "ir/IndexMath.h"
#include "ir/Scalar.h"
#include "ir/Symbols.h"

namespace dlc {
namespace {
RankedTensorType typeOf(Value v) { return cast<RankedTensorType>(v.getType()); }
} // namespace

LogicalResult ResizeOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc, Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  auto from = typeOf(adaptor.getX());
  ArrayRef<int64_t> resized = adaptor.getDims();
  size_t count = resized.size(), tables = adaptor.getTables().size();
  if (count == 0 || (tables != count && tables != 2 * count))
    return shapeError(loc, "resize",
                      "wants a table of indices, and perhaps one of weights, for each of " + Twine(count) +
                          " dimensions, found " + Twine(tables) + " tables");
  auto dims = dlc::getDims(from);
  for (auto [n, d] : llvm::enumerate(resized)) {
    if (d < 0 || d >= from.getRank())
      return shapeError(loc, "resize", "dimension " + Twine(d) + ", but the operand has rank " + Twine(from.getRank()));
    if (llvm::is_contained(resized.take_front(n), d))
      return shapeError(loc, "resize", "dimension " + Twine(d) + " is named twice");
    auto indices = typeOf(adaptor.getTables()[n]);
    if (indices.getRank() != 2 || !isa<IntegerType>(indices.getElementType()) || indices.getElementType().isInteger(1))
      return shapeError(loc, "resize", "indices must be integers, taps x size, found " + describe(indices));
    if (tables == count && indices.getDimSize(0) != 1)
      return shapeError(loc, "resize", "without weights there is one tap, found " + describe(indices));
    if (from.getDimSize(d) == 0)
      return shapeError(loc, "resize", "dimension " + Twine(d) + " of " + describe(from) + " has no elements");
    if (tables > count) {
      auto weights = typeOf(adaptor.getTables()[count + n]);
      if (weights.getShape() != indices.getShape() || weights.getElementType() != from.getElementType() ||
          !isa<FloatType>(from.getElementType()))
        return shapeError(loc, "resize",
                          "weights must be floats like x's in the shape of the indices, found " + describe(weights) +
                              " beside " + describe(indices) + " for " + describe(from));
    }
    dims[d] = dlc::getDims(indices)[1];
  }
  types.push_back(getTensorType(context, dims, from.getElementType()));
  return success();
}
int64_t ResizeOp::getReadsPerElement() {
  int64_t reads = 1;
  for (unsigned n = 0; n < getDims().size(); ++n)
    reads *= typeOf(getIndices(n)).getDimSize(0);
  return reads;
}
Value ResizeOp::buildElement(OpBuilder &b, Location loc, unsigned, Index index, ReadFn read) {
  IndexMath m(b, loc);
  unsigned count = getDims().size();
  Scalar s(b, loc, getType());
  // Table entries first: they do not change from channel to channel.
  SmallVector<SmallVector<std::pair<OpFoldResult, Value>>> taps(count); // position and weight
  for (auto [n, d] : llvm::enumerate(getDims())) {
    auto type = typeOf(getIndices(n));
    Scalar whole(b, loc, type);
    for (int64_t t = 0; t < type.getDimSize(0); ++t) {
      OpFoldResult entry[] = {m.constant(t), index[d]};
      Value raw = read(1 + n, entry);
      if (!type.getElementType().isUnsignedInteger())
        raw = whole.max(raw, whole.constant(raw, 0));
      AffineExpr last = dlc::getDims(typeOf(getX()))[d] - 1;
      if (auto known = constantSize(last))
        raw = whole.min(raw, whole.constant(raw, static_cast<double>(*known)));
      else
        raw = whole.min(raw, arith::IndexCastOp::create(b, loc, raw.getType(), extentValue(b, loc, canonical(last))));
      auto cast = type.getElementType().isUnsignedInteger()
                      ? arith::IndexCastUIOp::create(b, loc, b.getIndexType(), raw).getResult()
                      : arith::IndexCastOp::create(b, loc, b.getIndexType(), raw).getResult();
      taps[n].push_back({cast, getWeights(n) ? read(1 + count + n, entry) : Value()});
    }
  }
  SmallVector<OpFoldResult> at(index);
  std::function<Value(unsigned)> sum = [&](unsigned n) -> Value {
    if (n == count)
      return read(0, at);
    Value total;
    for (auto [position, weight] : taps[n]) {
      at[getDims()[n]] = position;
      Value x = sum(n + 1);
      if (weight)
        x = s.mul(x, weight);
      total = total ? s.add(total, x) : x;
    }
    return total;
  };
  return sum(0);
}
void ResizeOp::buildVjp(OpBuilder &b, Location loc, ValueRange grads, SmallVectorImpl<Value> &operandGrads) {
  if (!grads[0])
    return;
  Ops o(b, loc);
  unsigned count = getDims().size();
  auto from = typeOf(getX());
  // Along each dimension the transposed interpolation matrix: taps that hit an element, weighted.
  Value g = grads[0];
  for (auto [n, d] : llvm::enumerate(getDims())) {
    auto table = typeOf(getIndices(n));
    int64_t size = from.getDimSize(d);
    auto full = RankedTensorType::get({table.getDimSize(0), size, table.getDimSize(1)}, from.getElementType());
    auto wide = withElement(full, table.getElementType());
    Value indices = MinOp::create(b, loc, o.max(getIndices(n), o.like(getIndices(n), 0)),
                                  o.like(getIndices(n), static_cast<double>(size - 1)));
    Value hit = o.compare(ComparePredicate::eq, o.broadcast(indices, {0, 2}, wide), o.iota(1, wide));
    Value weight = getWeights(n) ? o.broadcast(getWeights(n), {0, 2}, full) : o.full(full, 1.0);
    Value matrix = o.sum(o.select(hit, weight, o.full(full, 0.0)), {0});
    g = o.dot(g, matrix, {}, {}, {d}, {1});
    SmallVector<int64_t> perm;
    for (int64_t i = 0; i < from.getRank(); ++i)
      perm.push_back(i < d ? i : i == d ? from.getRank() - 1 : i - 1);
    g = o.transpose(g, perm);
  }
  operandGrads[0] = g;
  // Of a weight: what it multiplied, summed over everything else.
  for (auto [n, d] : llvm::enumerate(getDims())) {
    if (!getWeights(n))
      continue;
    SmallVector<Value> others, rows;
    SmallVector<int64_t> otherDims;
    for (bool weights : {false, true})
      for (unsigned k = 0; k < count; ++k)
        if (k != n)
          others.push_back(weights ? getWeights(k) : getIndices(k));
    for (auto [k, e] : llvm::enumerate(getDims()))
      if (k != n)
        otherDims.push_back(e);
    Value rest = others.empty() ? Value(getX()) : ResizeOp::create(b, loc, getX(), others, otherDims).getResult();
    auto table = typeOf(getIndices(n));
    auto row = RankedTensorType::get({1, table.getDimSize(1)}, table.getElementType());
    for (int64_t t = 0; t < table.getDimSize(0); ++t) {
      Value indices = SliceOp::create(b, loc, row, getIndices(n), ArrayRef<int64_t>{t, 0}, ArrayRef<int64_t>{1, 1});
      Value picked = ResizeOp::create(b, loc, rest, ValueRange{indices}, ArrayRef<int64_t>{d}).getResult();
      Value sum = o.sum(o.mul(grads[0], picked), dlc::otherDims(from.getRank(), {d}));
      rows.push_back(o.reshape(sum, withElement(row, from.getElementType())));
    }
    operandGrads[1 + count + n] = ConcatOp::create(b, loc, rows, 0).getResult();
  }
}
Value ResizeOp::buildSunk(OpBuilder &b, Location loc, UntransposeFn untranspose, ArrayRef<int64_t> perm,
                          SmallVectorImpl<int64_t> &resultPerm) {
  resultPerm.assign(perm.begin(), perm.end());
  auto dims = llvm::map_to_vector(getDims(), [&](int64_t d) { return perm[d]; });
  return ResizeOp::create(b, loc, untranspose(0), getTables(), dims).getResult();
}

} // namespace dlc
