// Loops over the lanes of a warp, written so that the host compiler makes vectors of them.
#pragma once
#include "tools/gpusim/exec/Families.h"

#include <bit>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace gpusim {

/// d[i] = fn(i) for the lanes of `mask`. fn must be defined for every lane, whatever its operands hold. Registers of
/// one instruction either are the same or do not overlap: hence assume_safety.
template <class D, class Fn> [[gnu::always_inline]] inline void apply(D *d, LaneMask mask, Fn fn) {
  if (mask == AllLanes) [[likely]] {
#pragma clang loop vectorize(assume_safety)
    for (int i = 0; i < Lanes; ++i)
      d[i] = fn(i);
  } else {
    D t[Lanes];
#pragma clang loop vectorize(assume_safety)
    for (int i = 0; i < Lanes; ++i)
      t[i] = fn(i);
#pragma clang loop vectorize(assume_safety)
    for (int i = 0; i < Lanes; ++i)
      d[i] = mask >> i & 1 ? t[i] : d[i];
  }
}

/// A mask from a condition for each lane.
template <class Fn> [[gnu::always_inline]] inline LaneMask collect(Fn fn) {
  LaneMask bits[Lanes], all = 0;
#pragma clang loop vectorize(assume_safety)
  for (int i = 0; i < Lanes; ++i)
    bits[i] = fn(i) ? 1u << i : 0;
#pragma clang loop vectorize(assume_safety)
  for (int i = 0; i < Lanes; ++i)
    all |= bits[i];
  return all;
}

// Handlers of one result, from a function object that works on values.
template <class F, class D, class A> void unary(const Op &op, Warp &w, LaneMask mask) {
  const A *a = w.in<A>(op.a);
  apply(w.at<D>(op.d), mask, [=](int i) { return D(F{}(a[i])); });
}
template <class F, class D, class A, class B = A> void binary(const Op &op, Warp &w, LaneMask mask) {
  const A *a = w.in<A>(op.a);
  const B *b = w.in<B>(op.b);
  apply(w.at<D>(op.d), mask, [=](int i) { return D(F{}(a[i], b[i])); });
}
template <class F, class D, class A, class B = A, class C = A> void ternary(const Op &op, Warp &w, LaneMask mask) {
  const A *a = w.in<A>(op.a);
  const B *b = w.in<B>(op.b);
  const C *c = w.in<C>(op.c);
  apply(w.at<D>(op.d), mask, [=](int i) { return D(F{}(a[i], b[i], c[i])); });
}

/// The usual shape of an instruction: one result and `n` operands, all of a type.
inline bool emitSimple(const ptx::Instruction &in, Decoder &d, ptx::Type type, size_t n, Entry body, OpClass c,
                       int64_t imm = 0, ptx::Type result = ptx::Type::None) {
  if (in.operands.size() != n + 1)
    return d.fail("'" + in.name() + "' takes " + std::to_string(n + 1) + " operands");
  if (!body)
    return d.fail("'" + in.name() + "' is not supported");
  Op op;
  op.d = d.destination(in.operands[0], result == ptx::Type::None ? type : result);
  op.a = d.source(in.operands[1], type);
  if (n > 1)
    op.b = d.source(in.operands[2], type);
  if (n > 2)
    op.c = d.source(in.operands[3], type);
  op.imm = imm;
  d.emit(op, body, c);
  return true;
}

} // namespace gpusim
