#include "tools/gpusim/ops/Bits.h"
#include "tools/gpusim/ops/Lanes.h"

#include <algorithm>

namespace gpusim {

using ptx::Type;

namespace {

struct And {
  template <class T> T operator()(T a, T b) const { return T(a & b); }
};
struct Or {
  template <class T> T operator()(T a, T b) const { return T(a | b); }
};
struct Xor {
  template <class T> T operator()(T a, T b) const { return T(a ^ b); }
};
struct Not {
  template <class T> T operator()(T a) const { return T(~a); }
};
struct CNot {
  template <class T> T operator()(T a) const { return a == 0; }
};
// Amounts past the width shift everything out.
struct Shl {
  template <class T> T operator()(T a, uint32_t b) const {
    return b >= 8 * sizeof(T) ? T(0) : T(a << (b & (8 * sizeof(T) - 1)));
  }
};
struct Shr {
  template <class T> T operator()(T a, uint32_t b) const {
    uint32_t last = 8 * sizeof(T) - 1;
    if constexpr (std::is_signed_v<T>)
      return T(a >> (b > last ? last : b));
    return b > last ? T(0) : T(a >> (b & last));
  }
};
struct Popc {
  template <class T> uint32_t operator()(T a) const { return uint32_t(std::popcount(a)); }
};
struct Clz {
  template <class T> uint32_t operator()(T a) const { return uint32_t(std::countl_zero(a)); }
};
struct Brev {
  uint32_t operator()(uint32_t a) const { return __builtin_bitreverse32(a); }
  uint64_t operator()(uint64_t a) const { return __builtin_bitreverse64(a); }
};
template <bool Amount> struct Bfind {
  template <class T> uint32_t operator()(T a) const {
    using U = std::make_unsigned_t<T>;
    U v = a < 0 ? U(~U(a)) : U(a);
    if (v == 0)
      return ~0u;
    uint32_t zeros = uint32_t(std::countl_zero(v)), last = 8 * sizeof(T) - 1;
    return Amount ? zeros : last - zeros;
  }
};
struct Bfe {
  template <class T> T operator()(T a, uint32_t b, uint32_t c) const {
    using U = std::make_unsigned_t<T>;
    constexpr uint32_t bits = 8 * sizeof(T);
    uint32_t pos = b & 0xff, len = c & 0xff;
    if (len == 0)
      return 0;
    bool sign = std::is_signed_v<T> && (U(a) >> std::min(pos + len - 1, bits - 1) & 1);
    U field = pos < bits ? U(U(a) >> pos) : U(0);
    uint32_t have = pos < bits ? std::min(len, bits - pos) : 0; // bits of the field that there are
    U mask = have == 0 ? U(0) : U(~U(0)) >> (bits - have);
    return T((field & mask) | (sign ? U(~mask) : U(0)));
  }
};
struct Fns {
  uint32_t operator()(uint32_t mask, uint32_t base, int32_t offset) const {
    base &= 31;
    if (offset == 0)
      return mask >> base & 1 ? base : ~0u;
    int32_t step = offset > 0 ? 1 : -1, count = offset > 0 ? offset - 1 : -offset - 1;
    for (int32_t at = int32_t(base); at >= 0 && at < 32; at += step)
      if (mask >> at & 1 && count-- == 0)
        return uint32_t(at);
    return ~0u;
  }
};
template <bool Clamp, bool Signed> struct Szext {
  uint32_t operator()(uint32_t a, uint32_t b) const {
    uint32_t n = b & 31;
    bool large = Clamp && b >= 32;
    uint32_t mask = large ? 0 : ~0u << n;
    bool sign = Signed && n && !large && (a >> ((n - 1) & 31) & 1);
    return (a & ~mask) | (sign ? mask : 0);
  }
};
template <bool Clamp> struct Bmsk {
  uint32_t operator()(uint32_t a, uint32_t b) const {
    uint32_t from = a & 31, sum = from + (b & 31), low = ~0u << from;
    uint32_t high = sum >= 32 ? 0 : ~0u << (sum & 31);
    if (Clamp && a >= 32)
      low = 0, high = 0;
    if (Clamp && b >= 32)
      high = 0;
    return low & ~high;
  }
};
template <bool Clamp, bool Left> struct Shf {
  uint32_t operator()(uint32_t a, uint32_t b, uint32_t c) const {
    uint32_t n = Clamp ? std::min(c, 32u) : c & 31;
    uint64_t both = uint64_t(b) << 32 | a;
    return Left ? uint32_t(both << n >> 32) : uint32_t(both >> n);
  }
};

uint32_t permute(uint32_t a, uint32_t b, uint32_t selector) {
  uint64_t bytes = uint64_t(b) << 32 | a;
  uint32_t d = 0;
  for (int i = 0; i < 4; ++i) {
    uint32_t nibble = selector >> (4 * i) & 15;
    uint32_t byte = uint32_t(bytes >> (8 * (nibble & 7))) & 0xff;
    if (nibble & 8)
      byte = byte & 0x80 ? 0xff : 0;
    d |= byte << (8 * i);
  }
  return d;
}
enum class Prmt { General, F4e, B4e, Rc8, Ecl, Ecr, Rc16 };
template <Prmt M> struct Permute {
  uint32_t operator()(uint32_t a, uint32_t b, uint32_t c) const {
    static constexpr uint32_t f4e[] = {0x3210, 0x4321, 0x5432, 0x6543}, b4e[] = {0x5670, 0x6701, 0x7012, 0x0123},
                              rc8[] = {0x0000, 0x1111, 0x2222, 0x3333}, ecl[] = {0x3210, 0x3211, 0x3222, 0x3333},
                              ecr[] = {0x0000, 0x1110, 0x2210, 0x3210}, rc16[] = {0x1010, 0x3232, 0x1010, 0x3232};
    switch (M) {
    case Prmt::General:
      return permute(a, b, c);
    case Prmt::F4e:
      return permute(a, b, f4e[c & 3]);
    case Prmt::B4e:
      return permute(a, b, b4e[c & 3]);
    case Prmt::Rc8:
      return permute(a, b, rc8[c & 3]);
    case Prmt::Ecl:
      return permute(a, b, ecl[c & 3]);
    case Prmt::Ecr:
      return permute(a, b, ecr[c & 3]);
    case Prmt::Rc16:
      return permute(a, b, rc16[c & 3]);
    }
  }
};

template <bool SignedA, bool SignedB> struct Dp4a {
  uint32_t operator()(uint32_t a, uint32_t b, uint32_t c) const {
    for (int i = 0; i < 4; ++i) {
      int32_t x = SignedA ? int8_t(a >> (8 * i)) : int32_t(uint8_t(a >> (8 * i)));
      int32_t y = SignedB ? int8_t(b >> (8 * i)) : int32_t(uint8_t(b >> (8 * i)));
      c += uint32_t(x * y);
    }
    return c;
  }
};
template <bool SignedA, bool SignedB, bool High> struct Dp2a {
  uint32_t operator()(uint32_t a, uint32_t b, uint32_t c) const {
    for (int i = 0; i < 2; ++i) {
      int32_t x = SignedA ? int16_t(a >> (16 * i)) : int32_t(uint16_t(a >> (16 * i)));
      uint32_t byte = b >> (8 * i + (High ? 16 : 0));
      int32_t y = SignedB ? int8_t(byte) : int32_t(uint8_t(byte));
      c += uint32_t(x) * uint32_t(y);
    }
    return c;
  }
};

template <class F> Entry logic(Type t) {
  switch (ptx::bitsOf(t)) {
  case 16:
    return entry<binary<F, uint16_t, uint16_t>>;
  case 32:
    return entry<binary<F, uint32_t, uint32_t>>;
  case 64:
    return entry<binary<F, uint64_t, uint64_t>>;
  }
  return nullptr;
}
template <class F> void predicateLogic(const Op &op, Warp &w, LaneMask mask) {
  LaneMask a = w.predicate(op.a) ^ (op.flags & 1 ? AllLanes : 0), b = w.predicate(op.b) ^ (op.flags & 2 ? AllLanes : 0);
  w.setPredicate(op.d, F{}(a, b), mask);
}
void predicateNot(const Op &op, Warp &w, LaneMask mask) { w.setPredicate(op.d, ~w.predicate(op.a), mask); }

template <class F> Entry unaryBits(Type t) {
  switch (ptx::bitsOf(t)) {
  case 16:
    return entry<unary<F, uint16_t, uint16_t>>;
  case 32:
    return entry<unary<F, uint32_t, uint32_t>>;
  case 64:
    return entry<unary<F, uint64_t, uint64_t>>;
  }
  return nullptr;
}
template <class F> Entry toU32(Type t) {
  switch (t) {
  case Type::B32:
  case Type::U32:
    return entry<unary<F, uint32_t, uint32_t>>;
  case Type::B64:
  case Type::U64:
    return entry<unary<F, uint32_t, uint64_t>>;
  case Type::S32:
    if constexpr (std::is_same_v<F, Bfind<false>> || std::is_same_v<F, Bfind<true>>)
      return entry<unary<F, uint32_t, int32_t>>;
    return nullptr;
  case Type::S64:
    if constexpr (std::is_same_v<F, Bfind<false>> || std::is_same_v<F, Bfind<true>>)
      return entry<unary<F, uint32_t, int64_t>>;
    return nullptr;
  default:
    return nullptr;
  }
}

/// A function of three inputs by its truth table, bit by bit.
void lop3(const Op &op, Warp &w, LaneMask mask) {
  const uint32_t *a = w.in<uint32_t>(op.a), *b = w.in<uint32_t>(op.b), *c = w.in<uint32_t>(op.c);
  uint32_t table = uint32_t(op.imm), m[8];
  for (int k = 0; k < 8; ++k)
    m[k] = table >> k & 1 ? ~0u : 0;
  auto value = [=](int i) {
    uint32_t x = a[i], y = b[i], z = c[i];
    uint32_t r0 = (m[1] & z) | (m[0] & ~z), r1 = (m[3] & z) | (m[2] & ~z), r2 = (m[5] & z) | (m[4] & ~z),
             r3 = (m[7] & z) | (m[6] & ~z);
    return (((r3 & y) | (r2 & ~y)) & x) | (((r1 & y) | (r0 & ~y)) & ~x);
  };
  if (op.list) { // .or/.and with a predicate: list[0] its slot, list[1] the other's; flags: 1 and, 2 negated
    LaneMask p = collect([=](int i) { return value(i) != 0; });
    LaneMask q = w.predicate(op.list[1]) ^ (op.flags & 2 ? AllLanes : 0);
    apply(w.at<uint32_t>(op.d), mask, value);
    w.setPredicate(op.list[0], op.flags & 1 ? p & q : p | q, mask);
    return;
  }
  apply(w.at<uint32_t>(op.d), mask, value);
}

template <class T> void bfi(const Op &op, Warp &w, LaneMask mask) {
  const T *a = w.in<T>(op.a), *b = w.in<T>(op.b);
  const uint32_t *pos = w.in<uint32_t>(op.c), *len = w.in<uint32_t>(op.list[0]);
  apply(w.at<T>(op.d), mask, [=](int i) {
    constexpr uint32_t bits = 8 * sizeof(T);
    uint32_t at = pos[i] & 0xff, n = len[i] & 0xff;
    T field = n >= bits ? T(~T(0)) : T((T(1) << (n & (bits - 1))) - 1);
    T where = at >= bits ? T(0) : T(field << (at & (bits - 1)));
    T value = at >= bits ? T(0) : T(a[i] << (at & (bits - 1)));
    return T((b[i] & ~where) | (value & where));
  });
}

bool isLogic(std::string_view o) { return o == "and" || o == "or" || o == "xor"; }

bool decodeDot(const ptx::Instruction &in, Decoder &d) {
  if (in.operands.size() != 4)
    return d.fail("'" + in.name() + "' takes four operands");
  bool a = ptx::isSigned(in.type(0)), b = ptx::isSigned(in.type(1)), hi = in.has("hi");
  Entry body;
  if (in.opcode == "dp4a")
    body = a ? (b ? entry<ternary<Dp4a<true, true>, uint32_t, uint32_t>>
                  : entry<ternary<Dp4a<true, false>, uint32_t, uint32_t>>)
             : (b ? entry<ternary<Dp4a<false, true>, uint32_t, uint32_t>>
                  : entry<ternary<Dp4a<false, false>, uint32_t, uint32_t>>);
  else if (hi)
    body = a ? (b ? entry<ternary<Dp2a<true, true, true>, uint32_t, uint32_t>>
                  : entry<ternary<Dp2a<true, false, true>, uint32_t, uint32_t>>)
             : (b ? entry<ternary<Dp2a<false, true, true>, uint32_t, uint32_t>>
                  : entry<ternary<Dp2a<false, false, true>, uint32_t, uint32_t>>);
  else
    body = a ? (b ? entry<ternary<Dp2a<true, true, false>, uint32_t, uint32_t>>
                  : entry<ternary<Dp2a<true, false, false>, uint32_t, uint32_t>>)
             : (b ? entry<ternary<Dp2a<false, true, false>, uint32_t, uint32_t>>
                  : entry<ternary<Dp2a<false, false, false>, uint32_t, uint32_t>>);
  return emitSimple(in, d, Type::B32, 3, body, OpClass::Integer);
}

bool decodeLop3(const ptx::Instruction &in, Decoder &d) {
  bool pair = !in.operands.empty() && in.operands[0].kind == ptx::OperandKind::Pair;
  if (in.operands.size() != (pair ? 6 : 5))
    return d.fail("'" + in.name() + "' has not the operands that it takes");
  Op op;
  op.d = d.destination(pair ? in.operands[0].parts[0] : in.operands[0], Type::B32);
  op.a = d.source(in.operands[1], Type::B32);
  op.b = d.source(in.operands[2], Type::B32);
  op.c = d.source(in.operands[3], Type::B32);
  op.imm = d.integer(in.operands[4]) & 0xff;
  if (pair) {
    uint32_t *list = d.array(2);
    bool negated = false;
    list[0] = d.destination(in.operands[0].parts[1], Type::Pred);
    list[1] = d.predicate(in.operands[5], negated);
    op.flags = uint16_t((in.has("and") ? 1 : 0) | (negated ? 2 : 0));
    op.list = list;
  }
  d.emit(op, entry<lop3>, OpClass::Integer);
  return true;
}

} // namespace

bool decodeBits(const ptx::Instruction &in, Decoder &d) {
  std::string_view o = in.opcode;
  Type type = in.type();
  auto simple = [&](size_t n, Entry body, Type t, Type result = Type::None) {
    return emitSimple(in, d, t, n, body, OpClass::Integer, 0, result);
  };
  if (isLogic(o) && type == Type::Pred) {
    if (in.operands.size() != 3)
      return d.fail("'" + in.name() + "' takes three operands");
    bool na = false, nb = false;
    Op op;
    op.d = d.destination(in.operands[0], Type::Pred);
    op.a = d.predicate(in.operands[1], na);
    op.b = d.predicate(in.operands[2], nb);
    op.flags = uint16_t((na ? 1 : 0) | (nb ? 2 : 0));
    d.emit(op,
           o == "and"  ? entry<predicateLogic<And>>
           : o == "or" ? entry<predicateLogic<Or>>
                       : entry<predicateLogic<Xor>>,
           OpClass::Predicate);
    return true;
  }
  if (isLogic(o))
    return simple(2, o == "and" ? logic<And>(type) : o == "or" ? logic<Or>(type) : logic<Xor>(type), type);
  if (o == "not" && type == Type::Pred)
    return emitSimple(in, d, type, 1, entry<predicateNot>, OpClass::Predicate);
  if (o == "not")
    return simple(1, unaryBits<Not>(type), type);
  if (o == "cnot")
    return simple(1, unaryBits<CNot>(type), type);
  if (o == "shl" || o == "shr") {
    if (in.operands.size() != 3)
      return d.fail("'" + in.name() + "' takes three operands");
    Op op;
    op.d = d.destination(in.operands[0], type);
    op.a = d.source(in.operands[1], type);
    op.b = d.source(in.operands[2], Type::U32);
    bool arithmetic = ptx::isSigned(type), left = o == "shl";
    Entry body = nullptr;
    switch (ptx::bitsOf(type)) {
    case 16:
      body = left         ? entry<binary<Shl, uint16_t, uint16_t, uint32_t>>
             : arithmetic ? entry<binary<Shr, int16_t, int16_t, uint32_t>>
                          : entry<binary<Shr, uint16_t, uint16_t, uint32_t>>;
      break;
    case 32:
      body = left         ? entry<binary<Shl, uint32_t, uint32_t, uint32_t>>
             : arithmetic ? entry<binary<Shr, int32_t, int32_t, uint32_t>>
                          : entry<binary<Shr, uint32_t, uint32_t, uint32_t>>;
      break;
    case 64:
      body = left         ? entry<binary<Shl, uint64_t, uint64_t, uint32_t>>
             : arithmetic ? entry<binary<Shr, int64_t, int64_t, uint32_t>>
                          : entry<binary<Shr, uint64_t, uint64_t, uint32_t>>;
      break;
    default:
      return d.fail("'" + in.name() + "' is not supported");
    }
    d.emit(op, body, OpClass::Integer);
    return true;
  }
  if (o == "popc")
    return simple(1, toU32<Popc>(type), type, Type::U32);
  if (o == "clz")
    return simple(1, toU32<Clz>(type), type, Type::U32);
  if (o == "bfind")
    return simple(1, in.has("shiftamt") ? toU32<Bfind<true>>(type) : toU32<Bfind<false>>(type), type, Type::U32);
  if (o == "brev")
    return simple(
        1, type == Type::B64 ? entry<unary<Brev, uint64_t, uint64_t>> : entry<unary<Brev, uint32_t, uint32_t>>, type);
  if (o == "bfe") {
    if (in.operands.size() != 4)
      return d.fail("'" + in.name() + "' takes four operands");
    Op op;
    op.d = d.destination(in.operands[0], type);
    op.a = d.source(in.operands[1], type);
    op.b = d.source(in.operands[2], Type::U32);
    op.c = d.source(in.operands[3], Type::U32);
    Entry body = type == Type::U32   ? entry<ternary<Bfe, uint32_t, uint32_t, uint32_t, uint32_t>>
                 : type == Type::S32 ? entry<ternary<Bfe, int32_t, int32_t, uint32_t, uint32_t>>
                 : type == Type::U64 ? entry<ternary<Bfe, uint64_t, uint64_t, uint32_t, uint32_t>>
                 : type == Type::S64 ? entry<ternary<Bfe, int64_t, int64_t, uint32_t, uint32_t>>
                                     : nullptr;
    if (!body)
      return d.fail("'" + in.name() + "' is not supported");
    d.emit(op, body, OpClass::Integer);
    return true;
  }
  if (o == "bfi") {
    if (in.operands.size() != 5)
      return d.fail("'" + in.name() + "' takes five operands");
    Op op;
    op.d = d.destination(in.operands[0], type);
    op.a = d.source(in.operands[1], type);
    op.b = d.source(in.operands[2], type);
    op.c = d.source(in.operands[3], Type::U32);
    uint32_t *list = d.array(1);
    list[0] = d.source(in.operands[4], Type::U32);
    op.list = list;
    d.emit(op, ptx::bitsOf(type) == 64 ? entry<bfi<uint64_t>> : entry<bfi<uint32_t>>, OpClass::Integer);
    return true;
  }
  if (o == "fns")
    return simple(3, entry<ternary<Fns, uint32_t, uint32_t, uint32_t, int32_t>>, Type::B32);
  if (o == "szext") {
    bool clamp = in.has("clamp"), s = type == Type::S32;
    return simple(2,
                  clamp ? (s ? entry<binary<Szext<true, true>, uint32_t, uint32_t>>
                             : entry<binary<Szext<true, false>, uint32_t, uint32_t>>)
                        : (s ? entry<binary<Szext<false, true>, uint32_t, uint32_t>>
                             : entry<binary<Szext<false, false>, uint32_t, uint32_t>>),
                  Type::B32);
  }
  if (o == "bmsk")
    return simple(2,
                  in.has("clamp") ? entry<binary<Bmsk<true>, uint32_t, uint32_t>>
                                  : entry<binary<Bmsk<false>, uint32_t, uint32_t>>,
                  Type::B32);
  if (o == "shf") {
    bool clamp = in.has("clamp"), left = in.has("l");
    return simple(3,
                  clamp ? (left ? entry<ternary<Shf<true, true>, uint32_t, uint32_t>>
                                : entry<ternary<Shf<true, false>, uint32_t, uint32_t>>)
                        : (left ? entry<ternary<Shf<false, true>, uint32_t, uint32_t>>
                                : entry<ternary<Shf<false, false>, uint32_t, uint32_t>>),
                  Type::B32);
  }
  if (o == "prmt") {
    Entry body = in.has("f4e")    ? entry<ternary<Permute<Prmt::F4e>, uint32_t, uint32_t>>
                 : in.has("b4e")  ? entry<ternary<Permute<Prmt::B4e>, uint32_t, uint32_t>>
                 : in.has("rc8")  ? entry<ternary<Permute<Prmt::Rc8>, uint32_t, uint32_t>>
                 : in.has("ecl")  ? entry<ternary<Permute<Prmt::Ecl>, uint32_t, uint32_t>>
                 : in.has("ecr")  ? entry<ternary<Permute<Prmt::Ecr>, uint32_t, uint32_t>>
                 : in.has("rc16") ? entry<ternary<Permute<Prmt::Rc16>, uint32_t, uint32_t>>
                                  : entry<ternary<Permute<Prmt::General>, uint32_t, uint32_t>>;
    return simple(3, body, Type::B32);
  }
  if (o == "dp4a" || o == "dp2a")
    return decodeDot(in, d);
  if (o == "lop3")
    return decodeLop3(in, d);
  return false;
}

} // namespace gpusim
