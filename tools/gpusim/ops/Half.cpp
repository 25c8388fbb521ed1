// f16, bf16 and their pairs: computed in f32 (products and sums of two are exact enough there for one rounding; fma
// through num::fmaFor16) and rounded once.
#include "tools/gpusim/num/Approx.h"
#include "tools/gpusim/num/Lanes.h"
#include "tools/gpusim/ops/Lanes.h"

namespace gpusim {

using ptx::Type;

namespace {

enum : uint16_t { Ftz = 1, Sat = 2, Relu = 4, Brain = 8, Pair = 16, PropagateNan = 32, XorSign = 64 };

uint16_t toBits(float v, uint16_t flags) { return flags & Brain ? num::floatToBfloat(v) : num::floatToHalf(v); }
uint16_t flushHalf(uint16_t v, uint16_t flags) {
  return !(flags & Ftz) || v & (flags & Brain ? 0x7f80 : 0x7c00) ? v : uint16_t(v & 0x8000);
}

using Values = float[Lanes];

/// One 16-bit half of each lane as f32. `half`: 0 or 1.
void load(const Op &op, Warp &w, uint32_t slot, int half, float *to) {
  uint16_t bits[Lanes];
  if (op.flags & Pair) {
    const uint32_t *from = w.in<uint32_t>(slot);
    for (int i = 0; i < Lanes; ++i)
      bits[i] = flushHalf(uint16_t(from[i] >> (16 * half)), op.flags);
  } else {
    const uint16_t *from = w.in<uint16_t>(slot);
    for (int i = 0; i < Lanes; ++i)
      bits[i] = flushHalf(from[i], op.flags);
  }
  if (op.flags & Brain)
    num::bfloatToFloat(bits, to);
  else
    num::halfToFloat(bits, to);
}

void round(const Op &op, const float *from, uint16_t *to) {
  if (op.flags & Brain)
    num::floatToBfloat(from, to);
  else
    num::floatToHalf(from, to);
  if (op.flags & Ftz)
    for (int i = 0; i < Lanes; ++i)
      to[i] = flushHalf(to[i], op.flags);
}

/// Runs `fn(half, out)` for one or both halves and stores the bits.
template <class Fn> void halves(const Op &op, Warp &w, LaneMask mask, Fn fn) {
  uint16_t low[Lanes], high[Lanes];
  fn(0, low);
  if (!(op.flags & Pair)) {
    apply(w.at<uint16_t>(op.d), mask, [&](int i) { return low[i]; });
    return;
  }
  fn(1, high);
  apply(w.at<uint32_t>(op.d), mask, [&](int i) { return low[i] | uint32_t(high[i]) << 16; });
}

float clampResult(float v, uint16_t flags) {
  if (flags & Sat)
    return num::saturate(v);
  if (flags & Relu)
    return v != v ? v : v > 0 ? v : 0.0f;
  return v;
}

enum class Sum { Add, Sub, Mul, Fma };
template <Sum S> void arithmetic(const Op &op, Warp &w, LaneMask mask) {
  halves(op, w, mask, [&](int half, uint16_t *out) {
    Values a, b, c, t;
    load(op, w, op.a, half, a);
    load(op, w, op.b, half, b);
    if constexpr (S == Sum::Fma)
      load(op, w, op.c, half, c);
    for (int i = 0; i < Lanes; ++i) {
      if constexpr (S == Sum::Fma)
        t[i] = num::fmaFor16(a[i], b[i], c[i]);
      else if constexpr (S == Sum::Mul)
        t[i] = num::narrowToOdd(double(a[i]) * b[i]);
      else // bf16 sums may need more than 24 bits
        t[i] = num::narrowToOdd(num::sumToOdd(a[i], S == Sum::Add ? double(b[i]) : -double(b[i])));
      t[i] = clampResult(t[i], op.flags);
    }
    round(op, t, out);
  });
}

template <bool Max> void extreme(const Op &op, Warp &w, LaneMask mask) {
  halves(op, w, mask, [&](int half, uint16_t *out) {
    Values a, b;
    load(op, w, op.a, half, a);
    load(op, w, op.b, half, b);
    for (int i = 0; i < Lanes; ++i) {
      uint32_t x = num::floatToBits(a[i]), y = num::floatToBits(b[i]), sign = (x ^ y) & 0x80000000;
      if (op.flags & XorSign)
        x &= 0x7fffffff, y &= 0x7fffffff;
      float u = num::bitsToFloat(x), v = num::bitsToFloat(y), r;
      bool first = Max ? u > v || (u == v && !(x >> 31)) : u < v || (u == v && x >> 31);
      if (u != u || v != v)
        r = op.flags & PropagateNan || (u != u && v != v) ? num::bitsToFloat(0x7fffffff) : u != u ? v : u;
      else
        r = first ? u : v;
      if (op.flags & XorSign && r == r)
        r = num::bitsToFloat(num::floatToBits(r) | sign);
      out[i] = toBits(r, op.flags);
    }
  });
}

template <int Which> void bitwise(const Op &op, Warp &w, LaneMask mask) { // neg, abs
  halves(op, w, mask, [&](int half, uint16_t *out) {
    for (int i = 0; i < Lanes; ++i) {
      uint16_t v = op.flags & Pair ? uint16_t(w.in<uint32_t>(op.a)[i] >> (16 * half)) : w.in<uint16_t>(op.a)[i];
      v = flushHalf(v, op.flags);
      out[i] = Which ? uint16_t(v & 0x7fff) : uint16_t(v ^ 0x8000);
    }
  });
}

template <bool Tanh> void approximate(const Op &op, Warp &w, LaneMask mask) {
  halves(op, w, mask, [&](int half, uint16_t *out) {
    uint16_t a[Lanes];
    for (int i = 0; i < Lanes; ++i)
      a[i] = op.flags & Pair ? uint16_t(w.in<uint32_t>(op.a)[i] >> (16 * half)) : w.in<uint16_t>(op.a)[i];
    if (Tanh)
      op.flags &Brain ? num::tanhApproxBfloat(out, a) : num::tanhApproxHalf(out, a);
    else
      op.flags &Brain ? num::ex2ApproxBfloat(out, a) : num::ex2ApproxHalf(out, a, op.flags & Ftz);
  });
}

} // namespace

bool decodeHalf(const ptx::Instruction &in, Decoder &d) {
  Type type = in.type();
  std::string_view o = in.opcode;
  bool brain = type == Type::BF16 || type == Type::BF16x2, pair = type == Type::F16x2 || type == Type::BF16x2;
  if (!brain && !pair && type != Type::F16)
    return false;
  struct Row {
    std::string_view opcode;
    size_t operands;
    Entry body;
  };
  static constexpr Row rows[] = {{"add", 2, entry<arithmetic<Sum::Add>>}, {"sub", 2, entry<arithmetic<Sum::Sub>>},
                                 {"mul", 2, entry<arithmetic<Sum::Mul>>}, {"fma", 3, entry<arithmetic<Sum::Fma>>},
                                 {"min", 2, entry<extreme<false>>},       {"max", 2, entry<extreme<true>>},
                                 {"neg", 1, entry<bitwise<0>>},           {"abs", 1, entry<bitwise<1>>},
                                 {"ex2", 1, entry<approximate<false>>},   {"tanh", 1, entry<approximate<true>>}};
  for (const Row &row : rows) {
    if (row.opcode != o)
      continue;
    if (in.operands.size() != row.operands + 1)
      return d.fail("'" + in.name() + "' takes " + std::to_string(row.operands + 1) + " operands");
    Op op;
    op.flags = uint16_t((in.has("ftz") ? Ftz : 0) | (in.has("sat") ? Sat : 0) | (in.has("relu") ? Relu : 0) |
                        (brain ? Brain : 0) | (pair ? Pair : 0) | (in.has("NaN") ? PropagateNan : 0) |
                        (in.has("xorsign") ? XorSign : 0));
    op.d = d.destination(in.operands[0], type);
    op.a = d.source(in.operands[1], type);
    if (row.operands > 1)
      op.b = d.source(in.operands[2], type);
    if (row.operands > 2)
      op.c = d.source(in.operands[3], type);
    d.emit(op, row.body, OpClass::Half);
    return true;
  }
  return false;
}

} // namespace gpusim
