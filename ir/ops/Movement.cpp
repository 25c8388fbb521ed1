// Shapes, indices and gradients of operators that move elements.
#include "ir/Build.h"
#include "ir/Dims.h"
#include "ir/IndexMath.h"
#include "ir/Scalar.h"
#include "ir/Symbols.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"

namespace dlc {
namespace {
/// Attributes with an entry a dimension, in the order of a tensor of which `perm` gives ours.
SmallVector<int64_t> inOrderOfSource(ArrayRef<int64_t> entries, ArrayRef<int64_t> perm) {
  SmallVector<int64_t> out(entries.size());
  for (auto [i, p] : llvm::enumerate(perm))
    out[p] = entries[i];
  return out;
}
RankedTensorType typeOf(Value v) { return cast<RankedTensorType>(v.getType()); }

/// One entry a dimension, or an error that says how many were found.
LogicalResult checkEntries(std::optional<Location> loc, StringRef op, StringRef what, ArrayRef<int64_t> entries,
                           int64_t rank) {
  if (static_cast<int64_t>(entries.size()) == rank)
    return success();
  return shapeError(
      loc, op, Twine(what) + " has " + Twine(entries.size()) + " entries, but the operand has rank " + Twine(rank));
}

LogicalResult checkAxis(std::optional<Location> loc, StringRef op, int64_t axis, int64_t rank) {
  if (axis >= 0 && axis < rank)
    return success();
  return shapeError(loc, op, "axis " + Twine(axis) + ", but the operand has rank " + Twine(rank));
}
} // namespace

//===--- broadcast ----------------------------------------------------------------------------------------------===//

bool BroadcastOp::isCheap() { return true; }
std::optional<SmallVector<int64_t>> BroadcastOp::getProjection() {
  for (auto [i, d] : llvm::enumerate(getDims()))
    if (typeOf(getX()).getDimSize(i) != getType().getDimSize(d))
      return std::nullopt;
  return llvm::to_vector(getDims());
}
LogicalResult BroadcastOp::verify() {
  auto from = typeOf(getX()), to = typeOf(getResult());
  if (from.getElementType() != to.getElementType())
    return emitOpError("changes the element type from ") << from.getElementType() << " to " << to.getElementType();
  if (failed(checkEntries(getLoc(), "broadcast", "dims", getDims(), from.getRank())))
    return failure();
  auto fromDims = dlc::getDims(from), toDims = dlc::getDims(to);
  for (auto [i, d] : llvm::enumerate(getDims())) {
    if (d < 0 || d >= to.getRank())
      return emitOpError("dims[") << i << "] is " << d << ", but the result has rank " << to.getRank();
    if (i > 0 && getDims()[i - 1] >= d)
      return emitOpError("dims must ascend");
    if (from.getDimSize(i) != 1 && fromDims[i] != toDims[d])
      return emitOpError("dimension ") << i << " of " << describe(from) << " is neither 1 nor that of dimension " << d
                                       << " of " << describe(to);
  }
  return success();
}
Value BroadcastOp::buildElement(OpBuilder &b, Location loc, unsigned, Index index, ReadFn read) {
  IndexMath m(b, loc);
  SmallVector<OpFoldResult> from;
  for (auto [i, d] : llvm::enumerate(getDims()))
    from.push_back(typeOf(getX()).getDimSize(i) == 1 && getType().getDimSize(d) != 1 ? m.constant(0) : index[d]);
  return read(0, from);
}
void BroadcastOp::buildVjp(OpBuilder &b, Location loc, ValueRange grads, SmallVectorImpl<Value> &operandGrads) {
  if (!grads[0])
    return;
  auto from = typeOf(getX()), to = typeOf(getResult());
  SmallVector<int64_t> repeated = otherDims(to.getRank(), getDims());
  for (auto [i, d] : llvm::enumerate(getDims()))
    if (from.getDimSize(i) == 1 && to.getDimSize(d) != 1)
      repeated.push_back(d);
  llvm::sort(repeated);
  Ops o(b, loc);
  operandGrads[0] = o.reshape(o.sum(grads[0], repeated), from);
}
OpFoldResult BroadcastOp::fold(FoldAdaptor adaptor) {
  if (getX().getType() == getType())
    return getX();
  auto splat = dyn_cast_or_null<SplatElementsAttr>(adaptor.getX());
  return splat && getType().hasStaticShape() ? OpFoldResult(splat.resizeSplat(getType())) : OpFoldResult();
}

Value BroadcastOp::buildPermuted(OpBuilder &b, Location loc, ArrayRef<int64_t> perm) {
  // Where each of x's dimensions goes; x itself must keep its order.
  SmallVector<int64_t> inverse = invertPermutationVector(perm), dims;
  for (int64_t d : getDims())
    dims.push_back(inverse[d]);
  if (!llvm::is_sorted(dims))
    return {};
  return Ops(b, loc).broadcast(getX(), dims, permuted(getType(), perm));
}

//===--- reshape ------------------------------------------------------------------------------------------------===//

bool ReshapeOp::isView() { return true; }
LogicalResult ReshapeOp::verify() {
  auto from = typeOf(getX()), to = typeOf(getResult());
  if (from.getElementType() != to.getElementType())
    return emitOpError("changes the element type from ") << from.getElementType() << " to " << to.getElementType();
  AffineExpr before = elementCount(from), after = elementCount(to);
  // Symbols that are still to be bound may make them equal; those that stay open must show it.
  SymbolRanges open(*this);
  auto decided = [&](AffineExpr e) { return llvm::all_of(symbolsOf(e), [&](unsigned s) { return open.number(s); }); };
  if (before != after && decided(before) && decided(after)) {
    auto text = [](AffineExpr e) {
      auto constant = dyn_cast<AffineConstantExpr>(e);
      return constant ? std::to_string(constant.getValue()) : describe(e);
    };
    return emitOpError("makes ") << text(after) << " elements (" << describe(to) << ") of " << text(before) << " ("
                                 << describe(from) << ")";
  }
  return success();
}
/// Dimensions fall into groups of equal products: the end of the group that begins at (i, j).
static std::pair<size_t, size_t> groupEnd(ArrayRef<AffineExpr> from, ArrayRef<AffineExpr> to, size_t i, size_t j) {
  MLIRContext *context = from[i].getContext();
  for (size_t width = 2; width <= from.size() - i + to.size() - j; ++width)
    for (size_t a = 1; a < width; ++a) {
      size_t b = width - a;
      if (a <= from.size() - i && b <= to.size() - j &&
          product(context, from.slice(i, a)) == product(context, to.slice(j, b)))
        return {i + a, j + b};
    }
  return {from.size(), to.size()};
}

Value ReshapeOp::buildElement(OpBuilder &b, Location loc, unsigned, Index index, ReadFn read) {
  IndexMath m(b, loc);
  auto from = getDims(getX().getType()), to = getDims(getType());
  SmallVector<OpFoldResult> result(from.size(), m.constant(0));
  if (llvm::is_contained(getType().getShape(), 0))
    return read(0, result);
  // Divisions stay inside a group.
  for (size_t i = 0, j = 0; i < from.size() && j < to.size();) {
    auto [i1, j1] = groupEnd(from, to, i, j);
    auto inner = m.delinearize(m.linearize(index.slice(j, j1 - j), ArrayRef(to).slice(j, j1 - j)),
                               ArrayRef(from).slice(i, i1 - i));
    llvm::copy(inner, result.begin() + i);
    i = i1, j = j1;
  }
  return read(0, result); // what is left on either side are dimensions of size 1
}
void ReshapeOp::buildVjp(OpBuilder &b, Location loc, ValueRange grads, SmallVectorImpl<Value> &operandGrads) {
  if (grads[0])
    operandGrads[0] = Ops(b, loc).reshape(grads[0], getX().getType());
}
OpFoldResult ReshapeOp::fold(FoldAdaptor adaptor) {
  if (getX().getType() == getType())
    return getX();
  if (auto inner = getX().getDefiningOp<ReshapeOp>()) {
    if (inner.getX().getType() == getType())
      return inner.getX();
    getXMutable().assign(inner.getX());
    return getResult();
  }
  if (auto value = dyn_cast_or_null<DenseElementsAttr>(adaptor.getX()); value && getType().hasStaticShape())
    return value.reshape(getType());
  return {};
}

/// Dimensions that the reshape keeps, splits or merges move as one: transpose(x) reshaped is transpose(reshaped x)
/// where the merged dimensions of every group are neighbours in x too, in the same order.
Value ReshapeOp::buildSunk(OpBuilder &b, Location loc, UntransposeFn untranspose, ArrayRef<int64_t> perm,
                           SmallVectorImpl<int64_t> &resultPerm) {
  auto from = getDims(getX().getType()), to = getDims(getType());
  if (llvm::is_contained(getType().getShape(), 0))
    return {};
  // Groups of equal products, as far as dimensions of size 1 allow.
  struct Group {
    int64_t fromBegin, fromEnd, toBegin, toEnd;
  };
  SmallVector<Group> groups;
  int64_t i = 0, j = 0, fromRank = from.size(), toRank = to.size();
  while (i < fromRank || j < toRank) {
    Group group = {i, i + 1, j, j + 1};
    if (i < fromRank && j < toRank)
      std::tie(group.fromEnd, group.toEnd) = groupEnd(from, to, i, j);
    else
      (i < fromRank ? group.toEnd : group.fromEnd) -= 1; // of size 1
    i = group.fromEnd, j = group.toEnd;
    groups.push_back(group);
  }
  // Where each group begins in x; it must run on from there without a gap.
  SmallVector<std::pair<int64_t, unsigned>> order;
  for (auto [n, group] : llvm::enumerate(groups)) {
    int64_t next = -1;
    for (int64_t d = group.fromBegin; d < group.fromEnd; ++d) {
      if (isConstant(from[d], 1) && group.fromEnd - group.fromBegin > 1)
        continue; // moves freely
      if (next >= 0 && llvm::any_of(llvm::seq(std::min(next, perm[d]), std::max(next, perm[d])),
                                    [&](int64_t between) { return typeOf(untranspose(0)).getDimSize(between) != 1; }))
        return {};
      if (next > perm[d])
        return {};
      if (next < 0)
        order.push_back({perm[d], n});
      next = perm[d] + 1;
    }
    if (next < 0) // all of size 1
      order.push_back({group.fromBegin < group.fromEnd ? perm[group.fromBegin] : fromRank, n});
  }
  llvm::sort(order);
  SmallVector<AffineExpr> shape;
  resultPerm.assign(toRank, 0);
  for (auto [first, n] : order)
    for (int64_t d = groups[n].toBegin; d < groups[n].toEnd; ++d) {
      resultPerm[d] = shape.size();
      shape.push_back(to[d]);
    }
  return ReshapeOp::create(b, loc, getTensorType(getContext(), shape, getType().getElementType()), untranspose(0))
      .getResult();
}

//===--- transpose ----------------------------------------------------------------------------------------------===//

LogicalResult TransposeOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc, Adaptor adaptor,
                                            SmallVectorImpl<Type> &types) {
  auto from = typeOf(adaptor.getX());
  ArrayRef<int64_t> perm = adaptor.getPerm();
  if (failed(checkEntries(loc, "transpose", "perm", perm, from.getRank())))
    return failure();
  if (!isPermutationVector(perm))
    return shapeError(loc, "transpose", "perm is no permutation of 0.." + Twine(from.getRank() - 1));
  auto dims = getDims(from);
  types.push_back(getTensorType(context, applyPermutation(ArrayRef<AffineExpr>(dims), perm), from.getElementType()));
  return success();
}
std::optional<SmallVector<int64_t>> TransposeOp::getPermutation() { return llvm::to_vector(getPerm()); }
Value TransposeOp::buildElement(OpBuilder &, Location, unsigned, Index index, ReadFn read) {
  SmallVector<OpFoldResult> from(index.size());
  for (auto [i, p] : llvm::enumerate(getPerm()))
    from[p] = index[i];
  return read(0, from);
}
void TransposeOp::buildVjp(OpBuilder &b, Location loc, ValueRange grads, SmallVectorImpl<Value> &operandGrads) {
  if (grads[0])
    operandGrads[0] = Ops(b, loc).transpose(grads[0], invertPermutationVector(getPerm()));
}
OpFoldResult TransposeOp::fold(FoldAdaptor) {
  if (llvm::equal(getPerm(), llvm::seq<int64_t>(0, getPerm().size())))
    return getX();
  if (auto inner = getX().getDefiningOp<TransposeOp>()) {
    SmallVector<int64_t> composed;
    for (int64_t p : getPerm())
      composed.push_back(inner.getPerm()[p]);
    getXMutable().assign(inner.getX());
    setPerm(composed);
    return getResult();
  }
  return {};
}

//===--- slice --------------------------------------------------------------------------------------------------===//

LogicalResult SliceOp::verify() {
  auto from = typeOf(getX()), to = typeOf(getResult());
  if (from.getElementType() != to.getElementType() || from.getRank() != to.getRank())
    return emitOpError("cannot make ") << describe(to) << " of " << describe(from);
  if (failed(checkEntries(getLoc(), "slice", "start", getStart(), from.getRank())) ||
      failed(checkEntries(getLoc(), "slice", "stride", getStride(), from.getRank())))
    return failure();
  for (int64_t i = 0; i < from.getRank(); ++i) {
    if (to.isDynamicDim(i) || from.isDynamicDim(i) || to.getDimSize(i) == 0)
      continue;
    int64_t first = getStart()[i], last = first + (to.getDimSize(i) - 1) * getStride()[i];
    if (std::min(first, last) < 0 || std::max(first, last) >= from.getDimSize(i))
      return emitOpError("dimension ") << i << " takes elements " << first << " to " << last << " of "
                                       << from.getDimSize(i);
  }
  return success();
}
Value SliceOp::buildElement(OpBuilder &b, Location loc, unsigned, Index index, ReadFn read) {
  IndexMath m(b, loc);
  SmallVector<OpFoldResult> from;
  for (auto [i, start, stride] : llvm::zip_equal(index, getStart(), getStride()))
    from.push_back(m.addConstant(m.mulConstant(i, stride), start));
  return read(0, from);
}
void SliceOp::buildVjp(OpBuilder &b, Location loc, ValueRange grads, SmallVectorImpl<Value> &operandGrads) {
  if (!grads[0])
    return;
  auto from = typeOf(getX()), to = typeOf(getResult());
  Ops o(b, loc);
  Value g = grads[0];
  // Dimensions that walk backwards are turned round first.
  SmallVector<int64_t> start(from.getRank(), 0), stride(from.getRank(), 1), low, high, interior;
  bool turned = false;
  for (int64_t i = 0; i < from.getRank(); ++i) {
    int64_t step = getStride()[i], size = to.getDimSize(i), first = getStart()[i];
    if (step < 0 && size > 0) {
      turned = true;
      start[i] = size - 1;
      stride[i] = -1;
      first += (size - 1) * step;
      step = -step;
    }
    low.push_back(size == 0 ? 0 : first);
    interior.push_back(std::max<int64_t>(step - 1, 0));
    high.push_back(from.getDimSize(i) - low.back() - (size == 0 ? 0 : (size - 1) * step + 1));
  }
  if (turned)
    g = SliceOp::create(b, loc, g.getType(), g, start, stride).getResult();
  operandGrads[0] = o.pad(g, 0.0, low, high, interior);
}
Value SliceOp::buildSunk(OpBuilder &b, Location loc, UntransposeFn untranspose, ArrayRef<int64_t> perm,
                         SmallVectorImpl<int64_t> &resultPerm) {
  resultPerm.assign(perm.begin(), perm.end());
  auto type = permuted(getType(), invertPermutationVector(perm));
  return SliceOp::create(b, loc, type, untranspose(0), inOrderOfSource(getStart(), perm),
                         inOrderOfSource(getStride(), perm))
      .getResult();
}
OpFoldResult SliceOp::fold(FoldAdaptor) {
  bool whole = getX().getType() == getType() && llvm::all_of(getStart(), [](int64_t s) { return s == 0; }) &&
               llvm::all_of(getStride(), [](int64_t s) { return s == 1; });
  return whole ? OpFoldResult(getX()) : OpFoldResult();
}

//===--- pad ----------------------------------------------------------------------------------------------------===//

LogicalResult PadOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc, Adaptor adaptor,
                                      SmallVectorImpl<Type> &types) {
  auto from = typeOf(adaptor.getX());
  for (auto [what, entries] : {std::pair<StringRef, ArrayRef<int64_t>>("low", adaptor.getLow()),
                               {"high", adaptor.getHigh()},
                               {"interior", adaptor.getInterior()}})
    if (failed(checkEntries(loc, "pad", what, entries, from.getRank())))
      return failure();
  if (typeOf(adaptor.getValue()).getRank() != 0 || typeOf(adaptor.getValue()).getElementType() != from.getElementType())
    return shapeError(loc, "pad",
                      "the value must be a tensor<" + describe(RankedTensorType::get({}, from.getElementType())) +
                          ">, found " + describe(adaptor.getValue().getType()));
  auto dims = getDims(from);
  for (int64_t i = 0; i < from.getRank(); ++i) {
    if (adaptor.getInterior()[i] < 0)
      return shapeError(loc, "pad", "interior padding must not be negative");
    if (from.getDimSize(i) != 0 && adaptor.getInterior()[i] != 0)
      dims[i] = (dims[i] - 1) * (adaptor.getInterior()[i] + 1) + 1;
    dims[i] = dims[i] + (adaptor.getLow()[i] + adaptor.getHigh()[i]);
    if (auto size = dyn_cast<AffineConstantExpr>(dims[i]); size && size.getValue() < 0)
      return shapeError(loc, "pad", "dimension " + Twine(i) + " would have " + Twine(size.getValue()) + " elements");
  }
  types.push_back(getTensorType(context, dims, from.getElementType()));
  return success();
}
Value PadOp::buildElement(OpBuilder &b, Location loc, unsigned, Index index, ReadFn read) {
  IndexMath m(b, loc);
  auto from = getDims(getX().getType()), to = getDims(getType());
  SmallVector<OpFoldResult> at;
  Value inside;
  for (auto [i, size] : llvm::enumerate(from)) {
    auto position = windowPosition(m, index[i], to[i], m.constant(0), 1, 1, 1, getLow()[i], size, getInterior()[i] + 1);
    at.push_back(position.index);
    inside = m.both(inside, position.inside);
  }
  return guarded(b, loc, inside, [&] { return read(0, at); }, [&] { return read(1, {}); });
}
void PadOp::buildVjp(OpBuilder &b, Location loc, ValueRange grads, SmallVectorImpl<Value> &operandGrads) {
  if (!grads[0])
    return;
  auto from = typeOf(getX());
  Ops o(b, loc);
  // Elements that negative padding cut off get gradient 0: pad g back first, then pick the elements.
  SmallVector<int64_t> low, high, start, stride, none(from.getRank(), 0);
  for (int64_t i = 0; i < from.getRank(); ++i) {
    low.push_back(std::max<int64_t>(-getLow()[i], 0));
    high.push_back(std::max<int64_t>(-getHigh()[i], 0));
    start.push_back(std::max<int64_t>(getLow()[i], 0));
    stride.push_back(getInterior()[i] + 1);
  }
  Value g = grads[0];
  if (low != none || high != none)
    g = o.pad(g, 0.0, low, high, none);
  operandGrads[0] = SliceOp::create(b, loc, from, g, start, stride).getResult();
  SmallVector<int64_t> all = otherDims(from.getRank(), {});
  operandGrads[1] = o.sub(o.sum(grads[0], all), o.sum(operandGrads[0], all));
}

Value PadOp::buildSunk(OpBuilder &b, Location loc, UntransposeFn untranspose, ArrayRef<int64_t> perm,
                       SmallVectorImpl<int64_t> &resultPerm) {
  resultPerm.assign(perm.begin(), perm.end());
  return PadOp::create(b, loc, untranspose(0), getValue(), inOrderOfSource(getLow(), perm),
                       inOrderOfSource(getHigh(), perm), inOrderOfSource(getInterior(), perm))
      .getResult();
}

//===--- concat -------------------------------------------------------------------------------------------------===//

LogicalResult ConcatOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc, Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  if (adaptor.getInputs().empty())
    return shapeError(loc, "concat", "needs at least one operand");
  auto first = typeOf(adaptor.getInputs()[0]);
  auto axis = static_cast<int64_t>(adaptor.getAxis());
  if (failed(checkAxis(loc, "concat", axis, first.getRank())))
    return failure();
  auto dims = getDims(first);
  for (auto [n, input] : llvm::enumerate(adaptor.getInputs().drop_front())) {
    auto type = typeOf(input);
    auto more = getDims(type);
    bool fits = type.getRank() == first.getRank() && type.getElementType() == first.getElementType();
    for (int64_t i = 0; fits && i < first.getRank(); ++i)
      fits = i == axis || more[i] == dims[i];
    if (!fits)
      return shapeError(loc, "concat",
                        "operand " + Twine(n + 1) + " is " + describe(type) + ", which differs from " +
                            describe(first) + " in more than dimension " + Twine(axis));
    dims[axis] = dims[axis] + more[axis];
  }
  types.push_back(getTensorType(context, dims, first.getElementType()));
  return success();
}
bool ConcatOp::repeatsOperands() { return false; }
std::optional<SmallVector<int64_t>> ConcatOp::getPlaces() {
  auto isOpen = [](Value input) { return !typeOf(input).hasStaticShape(); };
  if (!getType().hasStaticShape() || llvm::any_of(getInputs(), isOpen) ||
      llvm::any_of(getType().getShape().take_front(getAxis()), [](int64_t size) { return size != 1; }))
    return std::nullopt;
  SmallVector<int64_t> places;
  int64_t next = 0;
  for (Value input : getInputs()) {
    places.push_back(next);
    next += typeOf(input).getNumElements();
  }
  return places;
}
Value ConcatOp::buildElement(OpBuilder &b, Location loc, unsigned, Index index, ReadFn read) {
  IndexMath m(b, loc);
  auto axis = static_cast<int64_t>(getAxis());
  std::function<Value(unsigned, AffineExpr)> from = [&](unsigned n, AffineExpr offset) -> Value {
    AffineExpr end = canonical(offset + getDims(getInputs()[n].getType())[axis]);
    SmallVector<OpFoldResult> at(index);
    if (auto constant = dyn_cast<AffineConstantExpr>(offset))
      at[axis] = m.addConstant(index[axis], -constant.getValue());
    else
      at[axis] = m.add(index[axis], m.mulConstant(m.size(offset), -1));
    if (n + 1 == getInputs().size())
      return read(n, at);
    return guarded(b, loc, m.below(index[axis], end), [&] { return read(n, at); }, [&] { return from(n + 1, end); });
  };
  return from(0, b.getAffineConstantExpr(0));
}
void ConcatOp::buildVjp(OpBuilder &b, Location loc, ValueRange grads, SmallVectorImpl<Value> &operandGrads) {
  if (!grads[0])
    return;
  int64_t rank = getType().getRank(), offset = 0;
  SmallVector<int64_t> start(rank, 0), stride(rank, 1);
  for (auto [n, input] : llvm::enumerate(getInputs())) {
    start[getAxis()] = offset;
    operandGrads[n] = SliceOp::create(b, loc, input.getType(), grads[0], start, stride).getResult();
    offset += typeOf(input).getDimSize(getAxis());
  }
}
Value ConcatOp::buildSunk(OpBuilder &b, Location loc, UntransposeFn untranspose, ArrayRef<int64_t> perm,
                          SmallVectorImpl<int64_t> &resultPerm) {
  resultPerm.assign(perm.begin(), perm.end());
  SmallVector<Value> inputs;
  for (unsigned i = 0; i < getInputs().size(); ++i)
    inputs.push_back(untranspose(i));
  return ConcatOp::create(b, loc, inputs, perm[getAxis()]).getResult();
}
OpFoldResult ConcatOp::fold(FoldAdaptor) {
  return getInputs().size() == 1 ? OpFoldResult(getInputs()[0]) : OpFoldResult();
}

//===--- iota ---------------------------------------------------------------------------------------------------===//

bool IotaOp::isCheap() { return true; }
LogicalResult IotaOp::verify() { return checkAxis(getLoc(), "iota", getAxis(), getType().getRank()); }
Value IotaOp::buildElement(OpBuilder &b, Location loc, unsigned, Index index, ReadFn) {
  Value at = arith::IndexCastOp::create(b, loc, b.getI64Type(), IndexMath(b, loc).value(index[getAxis()]));
  return Scalar(b, loc, b.getI64Type()).cast(at, getElementTypeOrSelf(getType()));
}

} // namespace dlc
