// Short names for building dlc operators: gradients and decompositions read like the formulas that they are.
#pragma once
#include "ir/Dialect.h"

namespace dlc {

/// Builds operators at one location. Shapes of elementwise operands must agree; broadcasts are explicit.
class Ops {
public:
  Ops(OpBuilder &b, Location loc) : b(b), loc(loc) {}
  using V = Value;
  using Dims = ArrayRef<int64_t>;

  /// A tensor of `type` full of `value`: a scalar constant and its broadcast, so that shapes may be symbolic.
  V full(Type type, double value);
  V like(V x, double value) { return full(x.getType(), value); }
  /// A tensor of x's type full of a size over dimension symbols.
  V sizeLike(AffineExpr size, V x);
  /// A rank-0 constant.
  V scalar(Type element, double value);

#define DLC_OPS_UNARY(name, Op)                                                                                        \
  V name(V x) { return Op::create(b, loc, x).getResult(); }
  DLC_OPS_UNARY(neg, NegOp)
  DLC_OPS_UNARY(abs, AbsOp)
  DLC_OPS_UNARY(sign, SignOp)
  DLC_OPS_UNARY(exp, ExpOp)
  DLC_OPS_UNARY(log, LogOp)
  DLC_OPS_UNARY(sqrt, SqrtOp)
  DLC_OPS_UNARY(rsqrt, RsqrtOp)
  DLC_OPS_UNARY(sin, SinOp)
  DLC_OPS_UNARY(cos, CosOp)
  DLC_OPS_UNARY(floor, FloorOp)
  DLC_OPS_UNARY(ceil, CeilOp)
#undef DLC_OPS_UNARY
  /// Towards zero.
  V truncate(V x);

#define DLC_OPS_BINARY(name, Op)                                                                                       \
  V name(V x, V y) { return Op::create(b, loc, x, y).getResult(); }
  DLC_OPS_BINARY(add, AddOp)
  DLC_OPS_BINARY(sub, SubOp)
  DLC_OPS_BINARY(mul, MulOp)
  DLC_OPS_BINARY(div, DivOp)
  DLC_OPS_BINARY(pow, PowOp)
  DLC_OPS_BINARY(max, MaxOp)
#undef DLC_OPS_BINARY

  V compare(ComparePredicate predicate, V x, V y) { return CompareOp::create(b, loc, predicate, x, y).getResult(); }
  V select(V condition, V x, V y) { return SelectOp::create(b, loc, x.getType(), condition, x, y).getResult(); }
  V cast(V x, Type element);

  /// x's dimension i becomes dimension dims[i] of `type`'s shape; the element type stays x's.
  V broadcast(V x, Dims dims, Type type);
  /// A vector along dimension `axis` of `like`'s shape.
  V along(V vector, int64_t axis, V like) { return broadcast(vector, {axis}, like.getType()); }
  /// Undoes a reduction: the reduced dimensions `dims` of `like` come back.
  V unreduce(V reduced, Dims dims, V like);
  V reshape(V x, Type type);
  V transpose(V x, Dims perm);
  V reduce(ReduceKind kind, V x, Dims dims);
  V sum(V x, Dims dims) { return reduce(ReduceKind::sum, x, dims); }
  V mean(V x, Dims dims);
  V pad(V x, double value, Dims low, Dims high, Dims interior);
  V iota(int64_t axis, Type type) { return IotaOp::create(b, loc, type, axis).getResult(); }
  V dot(V lhs, V rhs, Dims lhsBatch, Dims rhsBatch, Dims lhsContracting, Dims rhsContracting);

  OpBuilder &b;
  Location loc;
};

/// All dimensions of a tensor of this rank but those in `dims`.
SmallVector<int64_t> otherDims(int64_t rank, ArrayRef<int64_t> dims);

} // namespace dlc
