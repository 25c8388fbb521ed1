// How elements are folded, and the gradient of a product: for reductions and windows.
#pragma once
#include "ir/Build.h"

namespace dlc {

/// What changes nothing when it is folded in; of the type that elements of this type are computed with.
TypedAttr identity(ReduceKind kind, Type element);
/// One more element folded in. Sums may be reordered by the target; nothing else may.
Value foldIn(OpBuilder &b, Location loc, ReduceKind kind, Type element, Value acc, Value x);

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

} // namespace dlc
