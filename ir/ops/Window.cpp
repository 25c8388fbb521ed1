// Windows that slide over a tensor: what they fold, where their extremes are, and what they give back.
#include "ir/Dims.h"
#include "ir/IndexMath.h"
#include "ir/Scalar.h"
#include "ir/Symbols.h"
#include "ir/ops/Folds.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"

namespace dlc {
namespace {
RankedTensorType typeOf(Value v) { return cast<RankedTensorType>(v.getType()); }
int64_t product(ArrayRef<int64_t> sizes) {
  return std::accumulate(sizes.begin(), sizes.end(), int64_t(1), std::multiplies<>());
}

/// How many windows there are in `from` along each dimension.
template <typename Windows>
FailureOr<SmallVector<AffineExpr>> windowDims(std::optional<Location> loc, StringRef op, Type from, Windows windows) {
  auto dims = getDims(from);
  for (ArrayRef<int64_t> entries :
       {windows.getWindow(), windows.getStrides(), windows.getDilation(), windows.getLow(), windows.getHigh()})
    if (entries.size() != dims.size()) {
      (void)shapeError(loc, op,
                       "found " + Twine(entries.size()) + " entries for an operand of rank " + Twine(dims.size()));
      return failure();
    }
  for (size_t i = 0; i < dims.size(); ++i) {
    int64_t window = windows.getWindow()[i], stride = windows.getStrides()[i], dilation = windows.getDilation()[i];
    if (window < 1 || stride < 1 || dilation < 1) {
      (void)shapeError(loc, op, "window, strides and dilation must be at least 1");
      return failure();
    }
    dims[i] =
        (dims[i] + (windows.getLow()[i] + windows.getHigh()[i] - dilation * (window - 1) - 1)).floorDiv(stride) + 1;
    if (auto size = dyn_cast<AffineConstantExpr>(dims[i]); size && size.getValue() < 0)
      dims[i] = getAffineConstantExpr(0, from.getContext());
  }
  return dims;
}

/// Windows of up to so many elements are written out one by one, larger ones are loops: folds, which are a line for
/// each element, what is several, and looks at windows, which have conditions.
constexpr int64_t mostFolds = 32, mostSteps = 9, mostLooks = 4;

/// Calls `body` for every place of the window, in row-major order. `acc` are loop-carried values.
SmallVector<Value> forWindow(OpBuilder &b, Location loc, ArrayRef<int64_t> window, int64_t mostUnrolled,
                             ArrayRef<Value> init,
                             llvm::function_ref<SmallVector<Value>(OpBuilder &, Index, ArrayRef<Value>)> body) {
  int64_t count = product(window);
  IndexMath m(b, loc);
  SmallVector<Value> acc(init);
  if (count <= mostUnrolled) {
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
  auto from = getDims(op.getX().getType()), to = getDims(op->getResult(0).getType());
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

/// Whether every place of every window lies in x.
template <typename Op> bool staysInside(Op op) {
  auto from = getDims(op.getX().getType()), to = getDims(op->getResult(0).getType());
  for (size_t i = 0; i < from.size(); ++i) {
    int64_t reach = op.getDilation()[i] * (op.getWindow()[i] - 1) - op.getLow()[i];
    auto room = dyn_cast<AffineConstantExpr>(canonical(from[i] - ((to[i] - 1) * op.getStrides()[i] + reach)));
    if (op.getLow()[i] > 0 || !room || room.getValue() <= 0)
      return false;
  }
  return true;
}

/// The extreme element of the window at `index` and its place there (i32), the first of equals, the first NaN; where
/// nothing of the window lies in x, the identity and -1.
template <typename Op>
SmallVector<Value> extremeOf(Op op, ReduceKind kind, OpBuilder &b, Location loc, Index index, ReadFn read) {
  Type element = getElementTypeOrSelf(op.getX().getType());
  bool always = staysInside(op);
  // An extreme that equals the identity is at the window's first place, if that is always there.
  Value best = arith::ConstantOp::create(b, loc, identity(kind, element));
  Value place = arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(always ? 0 : -1));
  return forWindow(
      b, loc, op.getWindow(), mostSteps, {best, place}, [&](OpBuilder &inner, Index k, ArrayRef<Value> acc) {
        IndexMath m(inner, loc);
        auto [at, inside] = positionIn(op, inner, loc, index, k);
        Value n = arith::IndexCastOp::create(inner, loc, inner.getI32Type(), m.value(m.linearize(k, op.getWindow())));
        // Outside counts as never better; what is inside is compared with the best so far, and the first is taken
        // anyway.
        Value x = guarded(inner, loc, inside, [&] { return read(0, at); }, [&] { return acc[0]; });
        Scalar s(inner, loc, element);
        Value better = s.compare(kind == ReduceKind::max ? Scalar::Compare::gt : Scalar::Compare::lt, x, acc[0]);
        if (isa<FloatType>(x.getType())) {
          Value accIsNumber = s.compare(Scalar::Compare::eq, acc[0], acc[0]);
          better = s.bitOr(better, s.bitAnd(s.compare(Scalar::Compare::ne, x, x), accIsNumber));
        }
        if (!always) {
          Value none = arith::CmpIOp::create(inner, loc, arith::CmpIPredicate::eq, acc[1],
                                             arith::ConstantOp::create(inner, loc, inner.getI32IntegerAttr(-1)));
          better = s.bitOr(better, none);
        }
        if (inside)
          better = s.bitAnd(better, inside);
        return SmallVector<Value>{s.select(better, x, acc[0]), s.select(better, n, acc[1])};
      });
}

/// What x, an element a window of `op`, gives to a tensor of `like`'s shape in which these windows slide.
template <typename Op> Value spread(Ops &o, Op op, Value x, Value place, Value like) {
  return SpreadWindowOp::create(o.b, o.loc, withElement(like.getType(), getElementTypeOrSelf(x.getType())), x, place,
                                op.getWindow(), op.getStrides(), op.getDilation(), op.getLow(), op.getHigh())
      .getResult();
}
ArgWindowOp extremeWithPlace(ReduceWindowOp op, OpBuilder &b) {
  return ArgWindowOp::create(b, op.getLoc(), op.getKind(), op.getX(), op.getWindow(), op.getStrides(), op.getDilation(),
                             op.getLow(), op.getHigh());
}
/// The entries of a window's attributes with the dimensions as they were before `perm`.
struct Turned {
  SmallVector<int64_t> inverse;
  explicit Turned(ArrayRef<int64_t> perm) : inverse(invertPermutationVector(perm)) {}
  SmallVector<int64_t> operator()(ArrayRef<int64_t> entries) const { return applyPermutation(entries, inverse); }
};
/// Whether places in a window keep their row-major numbers in the order before `perm`.
bool keepsPlaces(ArrayRef<int64_t> window, ArrayRef<int64_t> perm) {
  int64_t last = -1;
  for (auto [size, from] : llvm::zip_equal(window, perm)) {
    if (size == 1)
      continue;
    if (from < last)
      return false;
    last = from;
  }
  return true;
}
template <typename Op> Value folded(Ops &o, Op op, ReduceKind kind, Value x) {
  return ReduceWindowOp::create(o.b, o.loc, kind, x, op.getWindow(), op.getStrides(), op.getDilation(), op.getLow(),
                                op.getHigh())
      .getResult();
}
} // namespace

//===--- reduce_window ------------------------------------------------------------------------------------------===//

LogicalResult ReduceWindowOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                               SmallVectorImpl<Type> &types) {
  auto from = typeOf(adaptor.getX());
  auto dims = windowDims(loc, "reduce_window", from, adaptor);
  if (failed(dims))
    return failure();
  types.push_back(getTensorType(from.getContext(), *dims, from.getElementType()));
  return success();
}
int64_t ReduceWindowOp::getReadsPerElement() { return product(getWindow()); }
Value ReduceWindowOp::buildElement(OpBuilder &b, Location loc, unsigned, Index index, ReadFn read) {
  Type element = getType().getElementType();
  Value init = arith::ConstantOp::create(b, loc, identity(getKind(), element));
  return forWindow(b, loc, getWindow(), mostFolds, {init},
                   [&](OpBuilder &inner, Index k, ArrayRef<Value> acc) -> SmallVector<Value> {
                     auto [at, inside] = positionIn(*this, inner, loc, index, k);
                     // Outside lies the identity: the accumulator stays.
                     return {guarded(
                         inner, loc, inside,
                         [&] { return foldIn(inner, loc, getKind(), element, acc[0], read(0, at)); },
                         [&] { return acc[0]; })};
                   })[0];
}
StringRef ReduceWindowOp::getNoGradientReason() {
  return isa<FloatType>(getType().getElementType()) ? "" : "integers carry no gradient";
}
void ReduceWindowOp::buildVjp(OpBuilder &b, Location loc, ValueRange grads, SmallVectorImpl<Value> &operandGrads) {
  Ops o(b, loc);
  Value g = grads[0], x = getX();
  if (!g)
    return;
  switch (getKind()) {
  case ReduceKind::sum:
    operandGrads[0] = spread(o, *this, g, {}, x);
    return;
  case ReduceKind::prod: {
    Products of(o, x);
    Value rest = o.mul(g, folded(o, *this, ReduceKind::prod, of.others));
    Value found = folded(o, *this, ReduceKind::sum, of.isZero), zero = o.like(rest, 0.0);
    operandGrads[0] = of.gradient(o, spread(o, *this, o.select(of.count(o, found, 0), rest, zero), {}, x),
                                  spread(o, *this, o.select(of.count(o, found, 1), rest, zero), {}, x));
    return;
  }
  case ReduceKind::max:
  case ReduceKind::min:
    operandGrads[0] = spread(o, *this, g, extremeWithPlace(*this, b).getPlace(), x);
  }
}
FailureOr<SmallVector<Value>> ReduceWindowOp::buildRegionVjp(OpBuilder &b, Location loc, ValueRange grads,
                                                             const llvm::BitVector &, DifferentiateFn,
                                                             SmallVectorImpl<Value> &operandGrads) {
  if (getKind() != ReduceKind::max && getKind() != ReduceKind::min) {
    buildVjp(b, loc, grads, operandGrads);
    return SmallVector<Value>();
  }
  // The forward kernel, which looks at every element anyway, says where it found the extreme.
  OpBuilder forward(*this);
  ArgWindowOp anew = extremeWithPlace(*this, forward);
  Ops o(b, loc);
  operandGrads[0] = spread(o, *this, grads[0], anew.getPlace(), getX());
  return SmallVector<Value>{anew.getValue()};
}
Value ReduceWindowOp::buildSunk(OpBuilder &b, Location loc, UntransposeFn untranspose, ArrayRef<int64_t> perm,
                                SmallVectorImpl<int64_t> &resultPerm) {
  resultPerm.assign(perm.begin(), perm.end());
  Turned turned(perm);
  return ReduceWindowOp::create(b, loc, getKind(), untranspose(0), turned(getWindow()), turned(getStrides()),
                                turned(getDilation()), turned(getLow()), turned(getHigh()))
      .getResult();
}

//===--- arg_window, window_argmax ------------------------------------------------------------------------------===//

LogicalResult ArgWindowOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc, Adaptor adaptor,
                                            SmallVectorImpl<Type> &types) {
  auto from = typeOf(adaptor.getX());
  if (adaptor.getKind() != ReduceKind::max && adaptor.getKind() != ReduceKind::min)
    return shapeError(loc, "arg_window", "kind must be max or min");
  auto dims = windowDims(loc, "arg_window", from, adaptor);
  if (failed(dims))
    return failure();
  int64_t most = std::numeric_limits<int8_t>::max(), count = 1;
  for (int64_t size : adaptor.getWindow())
    count = size > most ? most + 2 : std::min(count * size, most + 2);
  types.push_back(getTensorType(context, *dims, from.getElementType()));
  types.push_back(getTensorType(context, *dims, IntegerType::get(context, count <= most + 1 ? 8 : 32)));
  return success();
}
int64_t ArgWindowOp::getReadsPerElement() { return product(getWindow()); }
Value ArgWindowOp::buildElement(OpBuilder &b, Location loc, unsigned result, Index index, ReadFn read) {
  return buildElements(b, loc, index, read)[result];
}
SmallVector<Value> ArgWindowOp::buildElements(OpBuilder &b, Location loc, Index index, ReadFn read) {
  SmallVector<Value> found = extremeOf(*this, getKind(), b, loc, index, read);
  found[1] = Scalar(b, loc, b.getI32Type()).cast(found[1], typeOf(getPlace()).getElementType());
  return found;
}
StringRef ArgWindowOp::getNoGradientReason() {
  return isa<FloatType>(getElementTypeOrSelf(getX().getType())) ? "" : "integers carry no gradient";
}
void ArgWindowOp::buildVjp(OpBuilder &b, Location loc, ValueRange grads, SmallVectorImpl<Value> &operandGrads) {
  Ops o(b, loc);
  if (grads[0])
    operandGrads[0] = spread(o, *this, grads[0], getPlace(), getX());
}

Value ArgWindowOp::buildSunk(OpBuilder &b, Location loc, UntransposeFn untranspose, ArrayRef<int64_t> perm,
                             SmallVectorImpl<int64_t> &resultPerm) {
  if (!keepsPlaces(getWindow(), perm))
    return {};
  resultPerm.assign(perm.begin(), perm.end());
  Turned turned(perm);
  return ArgWindowOp::create(b, loc, getKind(), untranspose(0), turned(getWindow()), turned(getStrides()),
                             turned(getDilation()), turned(getLow()), turned(getHigh()))
      .getValue();
}

LogicalResult WindowArgmaxOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc, Adaptor adaptor,
                                               SmallVectorImpl<Type> &types) {
  auto dims = windowDims(loc, "window_argmax", adaptor.getX().getType(), adaptor);
  if (failed(dims))
    return failure();
  types.push_back(getTensorType(context, *dims, IntegerType::get(context, 32)));
  return success();
}
int64_t WindowArgmaxOp::getReadsPerElement() { return product(getWindow()); }
Value WindowArgmaxOp::buildElement(OpBuilder &b, Location loc, unsigned, Index index, ReadFn read) {
  return extremeOf(*this, ReduceKind::max, b, loc, index, read)[1];
}
StringRef WindowArgmaxOp::getNoGradientReason() { return "an index has no gradient"; }

//===--- spread_window ------------------------------------------------------------------------------------------===//

namespace {
/// The windows that can contain an element along one dimension: counted back from the last (stride over dilation), or
/// by the element's place in them.
struct Candidates {
  Candidates(SpreadWindowOp op, size_t i)
      : window(op.getWindow()[i]), stride(op.getStrides()[i]), dilation(op.getDilation()[i]), low(op.getLow()[i]),
        size(getDims(op.getType())[i]), windows(getDims(op.getX().getType())[i]),
        backwards(stride > 1 && dilation == 1 && window > 1) {}
  int64_t count() const { return backwards ? llvm::divideCeil(window, stride) : window; }

  struct At {
    OpFoldResult index, place;
    Value inside;
  };
  /// Candidate n of the element at `index`: its number, and the element's place in it.
  At at(IndexMath &m, OpFoldResult index, OpFoldResult n) const {
    OpFoldResult position = m.addConstant(index, low);
    auto known = getConstantIntValue(n);
    int64_t least = known.value_or(0), most = known.value_or(count() - 1);
    At result;
    auto need = [&](Value condition) { result.inside = m.both(result.inside, condition); };
    auto unsignedOf = [&](auto make) { return make(m.value(position), m.value(m.constant(stride))).getResult(); };
    AffineExpr last = size - 1 + low; // the greatest position
    if (backwards) {
      if (low < 0)
        need(m.atLeast(position, 0));
      Value quotient = unsignedOf([&](Value x, Value y) { return arith::DivUIOp::create(m.b, m.loc, x, y); });
      Value rest = unsignedOf([&](Value x, Value y) { return arith::RemUIOp::create(m.b, m.loc, x, y); });
      result.index = m.add(quotient, m.mulConstant(n, -1));
      result.place = m.add(rest, m.mulConstant(n, stride));
      if (most * stride + stride > window)
        need(m.below(result.place, getAffineConstantExpr(window, m.b.getContext())));
      if (most > 0)
        need(m.atLeast(result.index, 0));
      last = last.floorDiv(stride) - least;
    } else {
      position = m.add(position, m.mulConstant(n, -dilation));
      if (low - most * dilation < 0)
        need(m.atLeast(position, 0));
      result.index = position;
      result.place = n;
      if (stride > 1) {
        Value rest = unsignedOf([&](Value x, Value y) { return arith::RemUIOp::create(m.b, m.loc, x, y); });
        need(arith::CmpIOp::create(m.b, m.loc, arith::CmpIPredicate::eq, rest, m.value(m.constant(0))));
        result.index = unsignedOf([&](Value x, Value y) { return arith::DivUIOp::create(m.b, m.loc, x, y); });
      }
      last = (last - least * dilation).floorDiv(stride);
    }
    auto room = dyn_cast<AffineConstantExpr>(canonical(windows - last));
    if (!room || room.getValue() <= 0)
      need(m.below(result.index, windows));
    return result;
  }

  int64_t window, stride, dilation, low;
  AffineExpr size, windows;
  bool backwards;
};
} // namespace

LogicalResult SpreadWindowOp::verify() {
  auto dims = windowDims(getLoc(), "spread_window", getType(), *this);
  if (failed(dims))
    return failure();
  if (*dims != getDims(getX().getType()) || (getPlace() && *dims != getDims(getPlace().getType())))
    return emitOpError() << "x " << describe(getX().getType())
                         << " and its place have not an element for each window of " << describe(getType());
  if (getType().getElementType() != typeOf(getX()).getElementType())
    return emitOpError("the elements of x and of the result differ in type");
  return success();
}
int64_t SpreadWindowOp::getReadsPerElement() {
  int64_t count = 1;
  for (size_t i = 0; i < getWindow().size(); ++i)
    count *= Candidates(*this, i).count();
  return count;
}
Value SpreadWindowOp::buildElement(OpBuilder &b, Location loc, unsigned, Index index, ReadFn read) {
  Type element = getType().getElementType();
  SmallVector<Candidates> along;
  SmallVector<int64_t> counts;
  for (size_t i = 0; i < getWindow().size(); ++i) {
    along.emplace_back(*this, i);
    counts.push_back(along.back().count());
  }
  Value zero = arith::ConstantOp::create(b, loc, identity(ReduceKind::sum, element));
  bool one = product(counts) == 1;
  return forWindow(
      b, loc, counts, mostLooks, {zero}, [&](OpBuilder &inner, Index n, ArrayRef<Value> acc) -> SmallVector<Value> {
        IndexMath m(inner, loc);
        SmallVector<OpFoldResult> at, place;
        Value inside;
        for (auto [candidates, i, k] : llvm::zip_equal(along, index, n)) {
          auto found = candidates.at(m, i, k);
          at.push_back(found.index);
          place.push_back(found.place);
          inside = m.both(inside, found.inside);
        }
        auto given = [&] {
          Value x = read(0, at);
          if (getPlace()) {
            Type i32 = inner.getI32Type();
            Value chosen = Scalar(inner, loc, getPlace().getType()).cast(read(1, at), i32);
            Value mine = arith::IndexCastOp::create(inner, loc, i32, m.value(m.linearize(place, getWindow())));
            Value hit = arith::CmpIOp::create(inner, loc, arith::CmpIPredicate::eq, chosen, mine);
            x = arith::SelectOp::create(inner, loc, hit, x, zero);
          }
          return one ? x : foldIn(inner, loc, ReduceKind::sum, element, acc[0], x);
        };
        return {guarded(inner, loc, inside, given, [&] { return acc[0]; })};
      })[0];
}
Value SpreadWindowOp::buildSunk(OpBuilder &b, Location loc, UntransposeFn untranspose, ArrayRef<int64_t> perm,
                                SmallVectorImpl<int64_t> &resultPerm) {
  if (getPlace() && !keepsPlaces(getWindow(), perm))
    return {};
  resultPerm.assign(perm.begin(), perm.end());
  Turned turned(perm);
  return SpreadWindowOp::create(b, loc, permuted(getType(), turned.inverse), untranspose(0),
                                getPlace() ? untranspose(1) : Value(), turned(getWindow()), turned(getStrides()),
                                turned(getDilation()), turned(getLow()), turned(getHigh()))
      .getResult();
}
void SpreadWindowOp::buildVjp(OpBuilder &b, Location loc, ValueRange grads, SmallVectorImpl<Value> &operandGrads) {
  if (!grads[0])
    return;
  Ops o(b, loc);
  if (!getPlace()) {
    operandGrads[0] = folded(o, *this, ReduceKind::sum, grads[0]);
    return;
  }
  // From where each window's element was put: the row-major number of that place in the whole tensor.
  Type i64 = b.getI64Type();
  Value inside = o.cast(getPlace(), i64), flat = o.like(inside, 0);
  int64_t below = product(getWindow());
  auto sizes = getDims(getType());
  for (size_t i = 0; i < sizes.size(); ++i) {
    below /= getWindow()[i];
    auto times = [&](Value v, int64_t by) { return by == 1 ? v : o.mul(v, o.like(v, static_cast<double>(by))); };
    Value k = below == 1 ? inside : o.div(inside, o.like(inside, static_cast<double>(below)));
    k = RemOp::create(b, loc, k, o.like(k, static_cast<double>(getWindow()[i]))).getResult();
    Value at = o.add(times(o.iota(i, inside.getType()), getStrides()[i]), times(k, getDilation()[i]));
    at = o.add(at, o.like(at, static_cast<double>(-getLow()[i])));
    auto size = dyn_cast<AffineConstantExpr>(sizes[i]);
    flat = o.add(size ? times(flat, size.getValue()) : o.mul(flat, o.sizeLike(sizes[i], flat)), at);
  }
  auto all = getTensorType(getContext(), {elementCount(getType())}, getType().getElementType());
  Value picked = GatherOp::create(b, loc, o.reshape(grads[0], all), flat, 0).getResult();
  Value some = o.compare(ComparePredicate::ge, inside, o.like(inside, 0));
  operandGrads[0] = o.select(some, picked, o.like(picked, 0.0));
}

} // namespace dlc
