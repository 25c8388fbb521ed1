// Shapes, accumulators and gradients of operators that fold dimensions.
#include "ir/Build.h"
#include "ir/Dims.h"
#include "ir/IndexMath.h"
#include "ir/Scalar.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"

namespace dlc {
namespace {
RankedTensorType typeOf(Value v) { return cast<RankedTensorType>(v.getType()); }

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

/// The gradient of a product: what the others make of it. Where one factor is 0 only that one has a gradient, and with
/// two none has.
struct Products {
  Products(Ops &o, Value x) : x(x) {
    zero = o.compare(ComparePredicate::eq, x, o.like(x, 0.0));
    isZero = o.select(zero, o.like(x, 1.0), o.like(x, 0.0));
    others = o.select(zero, o.like(x, 1.0), x);
  }
  Value count(Ops &o, Value zeros, double wanted) const {
    return o.compare(ComparePredicate::eq, zeros, o.like(zeros, wanted));
  }
  /// Of what flows to a factor by products without a zero, and by those with one.
  Value gradient(Ops &o, Value without, Value withOne) const { return o.select(zero, withOne, o.div(without, others)); }

  Value x, zero, isZero, others;
};
} // namespace

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

//===--- windows ------------------------------------------------------------------------------------------------===//

namespace {
template <typename Adaptor>
FailureOr<SmallVector<AffineExpr>> windowDims(std::optional<Location> loc, StringRef op, Adaptor adaptor) {
  auto from = typeOf(adaptor.getX());
  auto dims = getDims(from);
  for (ArrayRef<int64_t> entries :
       {adaptor.getWindow(), adaptor.getStrides(), adaptor.getDilation(), adaptor.getLow(), adaptor.getHigh()})
    if (static_cast<int64_t>(entries.size()) != from.getRank()) {
      (void)shapeError(loc, op,
                       "found " + Twine(entries.size()) + " entries for an operand of rank " + Twine(from.getRank()));
      return failure();
    }
  for (int64_t i = 0; i < from.getRank(); ++i) {
    int64_t window = adaptor.getWindow()[i], stride = adaptor.getStrides()[i], dilation = adaptor.getDilation()[i];
    if (window < 1 || stride < 1 || dilation < 1) {
      (void)shapeError(loc, op, "window, strides and dilation must be at least 1");
      return failure();
    }
    dims[i] =
        (dims[i] + (adaptor.getLow()[i] + adaptor.getHigh()[i] - dilation * (window - 1) - 1)).floorDiv(stride) + 1;
    if (auto size = dyn_cast<AffineConstantExpr>(dims[i]); size && size.getValue() < 0)
      dims[i] = getAffineConstantExpr(0, from.getContext());
  }
  return dims;
}

/// Calls `body` for every element of the window that lies inside x, with its row-major position in the window;
/// small windows are unrolled. `acc` are loop-carried values.
SmallVector<Value> forWindow(OpBuilder &b, Location loc, ArrayRef<int64_t> window, ArrayRef<Value> init,
                             llvm::function_ref<SmallVector<Value>(OpBuilder &, Index, ArrayRef<Value>)> body) {
  int64_t count = 1;
  for (int64_t w : window)
    count *= w;
  IndexMath m(b, loc);
  SmallVector<Value> acc(init);
  if (count <= 32) {
    for (int64_t n = 0; n < count; ++n)
      acc = body(b, m.delinearize(m.constant(n), window), acc);
    return acc;
  }
  Value zero = m.value(m.constant(0)), one = m.value(m.constant(1));
  SmallVector<OpFoldResult> at(window.size(), m.constant(0));
  // Always with the caller's builder: `read` inserts where that stands.
  std::function<SmallVector<Value>(size_t, ArrayRef<Value>)> loops = [&](size_t d, ArrayRef<Value> carried) {
    if (d == window.size())
      return body(b, at, carried);
    if (window[d] == 1)
      return loops(d + 1, carried);
    auto loop = scf::ForOp::create(b, loc, zero, m.value(m.constant(window[d])), one, carried);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    at[d] = loop.getInductionVar();
    SmallVector<Value> out = loops(d + 1, llvm::to_vector_of<Value>(loop.getRegionIterArgs()));
    scf::YieldOp::create(b, loc, out);
    at[d] = m.constant(0);
    return llvm::to_vector_of<Value>(loop.getResults());
  };
  return loops(0, acc);
}

template <typename Op>
std::pair<SmallVector<OpFoldResult>, Value> positionIn(Op op, OpBuilder &b, Location loc, Index index, Index k) {
  IndexMath m(b, loc);
  auto from = getDims(op.getX().getType()), to = getDims(op.getResult().getType());
  SmallVector<OpFoldResult> at;
  Value inside;
  for (size_t i = 0; i < from.size(); ++i) {
    auto p = windowPosition(m, index[i], to[i], k[i], op.getWindow()[i], op.getStrides()[i], op.getDilation()[i],
                            op.getLow()[i], from[i]);
    at.push_back(p.index);
    inside = m.both(inside, p.inside);
  }
  return {at, inside};
}

int64_t product(ArrayRef<int64_t> sizes) {
  return std::accumulate(sizes.begin(), sizes.end(), int64_t(1), std::multiplies<>());
}
} // namespace

LogicalResult ReduceWindowOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc, Adaptor adaptor,
                                               SmallVectorImpl<Type> &types) {
  auto dims = windowDims(loc, "reduce_window", adaptor);
  if (failed(dims))
    return failure();
  types.push_back(getTensorType(context, *dims, typeOf(adaptor.getX()).getElementType()));
  return success();
}
int64_t ReduceWindowOp::getReadsPerElement() { return product(getWindow()); }
Value ReduceWindowOp::buildElement(OpBuilder &b, Location loc, unsigned, Index index, ReadFn read) {
  Type element = getType().getElementType();
  Value init = arith::ConstantOp::create(b, loc, identity(getKind(), element));
  return forWindow(
      b, loc, getWindow(), {init}, [&](OpBuilder &inner, Index k, ArrayRef<Value> acc) -> SmallVector<Value> {
        auto [at, inside] = positionIn(*this, inner, loc, index, k);
        // Outside lies the identity: the accumulator stays.
        return {guarded(
            inner, loc, inside, [&] { return foldIn(inner, loc, getKind(), element, acc[0], read(0, at)); },
            [&] { return acc[0]; })};
      })[0];
}
StringRef ReduceWindowOp::getNoGradientReason() {
  return isa<FloatType>(getType().getElementType()) ? "" : "integers carry no gradient";
}
void ReduceWindowOp::buildVjp(OpBuilder &b, Location loc, ValueRange grads, SmallVectorImpl<Value> &operandGrads) {
  Value g = grads[0];
  if (!g)
    return;
  Ops o(b, loc);
  RankedTensorType from = typeOf(getX()), to = getType();
  int64_t rank = from.getRank();
  SmallVector<int64_t> ones(rank, 1), zeros(rank, 0), interior;
  for (int64_t s : getStrides())
    interior.push_back(s - 1);
  // How far the spread gradient must be padded so that position p of x lies at place k of a window.
  auto padded = [&](Value v, llvm::function_ref<int64_t(int64_t)> lowOf, llvm::function_ref<int64_t(int64_t)> extra) {
    SmallVector<int64_t> low, high;
    for (int64_t i = 0; i < rank; ++i) {
      int64_t spread = to.getDimSize(i) == 0 ? 0 : (to.getDimSize(i) - 1) * getStrides()[i] + 1;
      low.push_back(lowOf(i));
      high.push_back(from.getDimSize(i) + extra(i) - spread - low.back());
    }
    return o.pad(v, 0.0, low, high, interior);
  };
  // What each element of x gets from all windows that hold it.
  auto collected = [&](Value v) {
    auto reach = [&](int64_t i) { return getDilation()[i] * (getWindow()[i] - 1); };
    Value spread = padded(v, [&](int64_t i) { return reach(i) - getLow()[i]; }, reach);
    return ReduceWindowOp::create(b, loc, ReduceKind::sum, spread, getWindow(), ones, getDilation(), zeros, zeros)
        .getResult();
  };
  if (getKind() == ReduceKind::sum) {
    operandGrads[0] = collected(g);
    return;
  }
  if (getKind() == ReduceKind::prod) {
    auto windows = [&](ReduceKind kind, Value v) {
      return ReduceWindowOp::create(b, loc, kind, v, getWindow(), getStrides(), getDilation(), getLow(), getHigh())
          .getResult();
    };
    Products of(o, getX());
    Value rest = o.mul(g, windows(ReduceKind::prod, of.others)), found = windows(ReduceKind::sum, of.isZero);
    operandGrads[0] = of.gradient(o, collected(o.select(of.count(o, found, 0), rest, o.like(rest, 0.0))),
                                  collected(o.select(of.count(o, found, 1), rest, o.like(rest, 0.0))));
    return;
  }
  Value x = getKind() == ReduceKind::max ? Value(getX()) : o.neg(getX());
  Value place = WindowArgmaxOp::create(b, loc, x, getWindow(), getStrides(), getDilation(), getLow(), getHigh());
  Value zero = o.like(g, 0.0), total;
  for (int64_t n = 0, count = product(getWindow()); n < count; ++n) {
    auto k = delinearize(n, computeSuffixProduct(getWindow()));
    Value hit = o.select(o.compare(ComparePredicate::eq, place, o.like(place, static_cast<double>(n))), g, zero);
    Value part = padded(
        hit, [&](int64_t i) { return k[i] * getDilation()[i] - getLow()[i]; }, [](int64_t) -> int64_t { return 0; });
    total = total ? o.add(total, part) : part;
  }
  operandGrads[0] = total;
}

Value ReduceWindowOp::buildSunk(OpBuilder &b, Location loc, UntransposeFn untranspose, ArrayRef<int64_t> perm,
                                SmallVectorImpl<int64_t> &resultPerm) {
  resultPerm.assign(perm.begin(), perm.end());
  auto turned = [&](ArrayRef<int64_t> entries) { return applyPermutation(entries, invertPermutationVector(perm)); };
  return ReduceWindowOp::create(b, loc, getKind(), untranspose(0), turned(getWindow()), turned(getStrides()),
                                turned(getDilation()), turned(getLow()), turned(getHigh()))
      .getResult();
}

LogicalResult WindowArgmaxOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc, Adaptor adaptor,
                                               SmallVectorImpl<Type> &types) {
  auto dims = windowDims(loc, "window_argmax", adaptor);
  if (failed(dims))
    return failure();
  types.push_back(getTensorType(context, *dims, IntegerType::get(context, 32)));
  return success();
}
int64_t WindowArgmaxOp::getReadsPerElement() { return product(getWindow()); }
Value WindowArgmaxOp::buildElement(OpBuilder &b, Location loc, unsigned, Index index, ReadFn read) {
  Type element = getElementTypeOrSelf(getX().getType());
  Value best = arith::ConstantOp::create(b, loc, identity(ReduceKind::max, element));
  Value place = arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(-1));
  auto result = forWindow(b, loc, getWindow(), {best, place}, [&](OpBuilder &inner, Index k, ArrayRef<Value> acc) {
    IndexMath m(inner, loc);
    auto [at, inside] = positionIn(*this, inner, loc, index, k);
    Value n = arith::IndexCastOp::create(inner, loc, inner.getI32Type(), m.value(m.linearize(k, getWindow())));
    // Outside counts as never better; what is inside is compared with the best so far, and the first is taken anyway.
    Value x = guarded(inner, loc, inside, [&] { return read(0, at); }, [&] { return best; });
    Scalar s(inner, loc, element);
    Value none = arith::CmpIOp::create(inner, loc, arith::CmpIPredicate::eq, acc[1],
                                       arith::ConstantOp::create(inner, loc, inner.getI32IntegerAttr(-1)));
    Value better = arith::OrIOp::create(inner, loc, none, s.compare(Scalar::Compare::gt, x, acc[0]));
    if (isa<FloatType>(x.getType())) {
      Value accIsNumber = s.compare(Scalar::Compare::eq, acc[0], acc[0]);
      better = s.bitOr(better, s.bitAnd(s.compare(Scalar::Compare::ne, x, x), accIsNumber));
    }
    if (inside)
      better = s.bitAnd(better, inside);
    return SmallVector<Value>{s.select(better, x, acc[0]), s.select(better, n, acc[1])};
  });
  return result[1];
}
StringRef WindowArgmaxOp::getNoGradientReason() { return "an index has no gradient"; }

} // namespace dlc
