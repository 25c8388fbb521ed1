// Integer arithmetic, with and without the carry flag.
#include "tools/gpusim/ops/Bits.h"
#include "tools/gpusim/ops/Lanes.h"

namespace gpusim {

using ptx::Type;

namespace {

template <class T> using U = std::make_unsigned_t<T>;
template <class T>
using Wide = std::conditional_t<sizeof(T) == 2, std::conditional_t<std::is_signed_v<T>, int32_t, uint32_t>,
                                std::conditional_t<std::is_signed_v<T>, int64_t, uint64_t>>;
template <class T> using Wide128 = std::conditional_t<std::is_signed_v<T>, __int128, unsigned __int128>;

template <class T> T highHalf(T a, T b) {
  if constexpr (sizeof(T) == 8)
    return T((Wide128<T>(a) * b) >> 64);
  else
    return T((Wide<T>(a) * Wide<T>(b)) >> (8 * sizeof(T)));
}

struct Add {
  template <class T> T operator()(T a, T b) const { return T(U<T>(a) + U<T>(b)); }
};
struct Sub {
  template <class T> T operator()(T a, T b) const { return T(U<T>(a) - U<T>(b)); }
};
int32_t clamp32(int64_t v) { return int32_t(v > INT32_MAX ? INT32_MAX : v < INT32_MIN ? INT32_MIN : v); }
struct AddSat {
  int32_t operator()(int32_t a, int32_t b) const { return clamp32(int64_t(a) + b); }
};
struct SubSat {
  int32_t operator()(int32_t a, int32_t b) const { return clamp32(int64_t(a) - b); }
};
struct MulLo {
  template <class T> T operator()(T a, T b) const { return T(uint64_t(U<T>(a)) * uint64_t(U<T>(b))); }
};
struct MulLo32 { // so that 32-bit products stay 32 bits wide
  uint32_t operator()(uint32_t a, uint32_t b) const { return a * b; }
};
struct MulHi {
  template <class T> T operator()(T a, T b) const { return highHalf(a, b); }
};
struct MulWide {
  template <class T> Wide<T> operator()(T a, T b) const { return Wide<T>(a) * Wide<T>(b); }
};
struct MadLo {
  template <class T> T operator()(T a, T b, T c) const { return T(U<T>(a) * U<T>(b) + U<T>(c)); }
};
struct MadLo16 {
  uint16_t operator()(uint16_t a, uint16_t b, uint16_t c) const { return uint16_t(uint32_t(a) * b + c); }
};
struct MadHi {
  template <class T> T operator()(T a, T b, T c) const { return T(U<T>(highHalf(a, b)) + U<T>(c)); }
};
struct MadHiSat {
  int32_t operator()(int32_t a, int32_t b, int32_t c) const { return clamp32(int64_t(highHalf(a, b)) + c); }
};
struct MadWide {
  template <class T> Wide<T> operator()(T a, T b, Wide<T> c) const {
    return Wide<T>(U<Wide<T>>(Wide<T>(a) * Wide<T>(b)) + U<Wide<T>>(c));
  }
};
template <class T> int64_t low24(T v) {
  return std::is_signed_v<T> ? int64_t(int32_t(uint32_t(v) << 8) >> 8) : int64_t(uint32_t(v) & 0xffffff);
}
struct Mul24Lo {
  template <class T> T operator()(T a, T b) const { return T(low24(a) * low24(b)); }
};
struct Mul24Hi {
  template <class T> T operator()(T a, T b) const { return T((low24(a) * low24(b)) >> 16); }
};
struct Mad24Lo {
  template <class T> T operator()(T a, T b, T c) const { return T(uint64_t(low24(a) * low24(b)) + uint64_t(c)); }
};
struct Mad24Hi {
  template <class T> T operator()(T a, T b, T c) const {
    return T(uint64_t((low24(a) * low24(b)) >> 16) + uint64_t(c));
  }
};
struct Mad24HiSat {
  int32_t operator()(int32_t a, int32_t b, int32_t c) const { return clamp32(((low24(a) * low24(b)) >> 16) + c); }
};
struct Sad {
  template <class T> T operator()(T a, T b, T c) const {
    return T(U<T>(c) + (a < b ? U<T>(b) - U<T>(a) : U<T>(a) - U<T>(b)));
  }
};
// Division by zero has all bits set (as the hardware's sequence leaves it), its remainder is the dividend.
struct Div {
  template <class T> T operator()(T a, T b) const {
    if (b == 0)
      return T(~U<T>(0));
    if constexpr (std::is_signed_v<T>)
      if (b == -1)
        return T(0 - U<T>(a));
    return T(a / b);
  }
};
struct Rem {
  template <class T> T operator()(T a, T b) const {
    if (b == 0)
      return a;
    if constexpr (std::is_signed_v<T>)
      if (b == -1)
        return 0;
    return T(a % b);
  }
};
struct Abs {
  template <class T> T operator()(T a) const { return a < 0 ? T(0 - U<T>(a)) : a; }
};
struct Neg {
  template <class T> T operator()(T a) const { return T(0 - U<T>(a)); }
};
struct Min {
  template <class T> T operator()(T a, T b) const { return a < b ? a : b; }
};
struct Max {
  template <class T> T operator()(T a, T b) const { return a > b ? a : b; }
};
struct MinRelu {
  template <class T> T operator()(T a, T b) const { return std::max<T>(a < b ? a : b, 0); }
};
struct MaxRelu {
  template <class T> T operator()(T a, T b) const { return std::max<T>(a > b ? a : b, 0); }
};
/// Two 16-bit values in 32 bits.
template <class F, class T> struct Halves {
  uint32_t operator()(uint32_t a, uint32_t b) const {
    return uint16_t(F{}(T(a), T(b))) | uint32_t(uint16_t(F{}(T(a >> 16), T(b >> 16)))) << 16;
  }
};

template <class F> Entry signedless(Type t) {
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
template <class F> Entry byType(Type t) {
  switch (t) {
  case Type::U16:
    return entry<binary<F, uint16_t, uint16_t>>;
  case Type::S16:
    return entry<binary<F, int16_t, int16_t>>;
  case Type::U32:
    return entry<binary<F, uint32_t, uint32_t>>;
  case Type::S32:
    return entry<binary<F, int32_t, int32_t>>;
  case Type::U64:
    return entry<binary<F, uint64_t, uint64_t>>;
  case Type::S64:
    return entry<binary<F, int64_t, int64_t>>;
  default:
    return nullptr;
  }
}
template <class F> Entry unarySigned(Type t) {
  switch (t) {
  case Type::S16:
    return entry<unary<F, int16_t, int16_t>>;
  case Type::S32:
    return entry<unary<F, int32_t, int32_t>>;
  case Type::S64:
    return entry<unary<F, int64_t, int64_t>>;
  default:
    return nullptr;
  }
}
template <class F> Entry ternaryByType(Type t) {
  switch (t) {
  case Type::U16:
    return entry<ternary<F, uint16_t, uint16_t>>;
  case Type::S16:
    return entry<ternary<F, int16_t, int16_t>>;
  case Type::U32:
    return entry<ternary<F, uint32_t, uint32_t>>;
  case Type::S32:
    return entry<ternary<F, int32_t, int32_t>>;
  case Type::U64:
    return entry<ternary<F, uint64_t, uint64_t>>;
  case Type::S64:
    return entry<ternary<F, int64_t, int64_t>>;
  default:
    return nullptr;
  }
}

// The carry flag: a + b (+ CF), a - b (- CF), or a * b's half + c (+ CF).
enum : uint16_t { ReadsCarry = 1, WritesCarry = 2, High = 4 };
enum class Carry { Add, Sub, Mad };
template <Carry K, class T> void withCarry(const Op &op, Warp &w, LaneMask mask) {
  const T *a = w.in<T>(op.a), *b = w.in<T>(op.b), *c = K == Carry::Mad ? w.in<T>(op.c) : nullptr;
  T *d = w.at<T>(op.d);
  LaneMask in = op.flags & ReadsCarry ? w.carry : 0, out = 0;
  using Big = Wide128<U<T>>;
  for (LaneMask left = mask; left; left &= left - 1) {
    int i = std::countr_zero(left);
    Big carry = in >> i & 1, sum;
    if constexpr (K == Carry::Add)
      sum = Big(U<T>(a[i])) + U<T>(b[i]) + carry;
    else if constexpr (K == Carry::Sub)
      sum = Big(U<T>(a[i])) - U<T>(b[i]) - carry;
    else
      sum = Big(U<T>(op.flags & High ? highHalf(a[i], b[i]) : T(U<T>(a[i]) * U<T>(b[i])))) + U<T>(c[i]) + carry;
    d[i] = T(sum);
    out |= LaneMask(sum >> (8 * sizeof(T)) & 1) << i;
  }
  if (op.flags & WritesCarry)
    w.carry = (w.carry & ~mask) | out;
}
template <Carry K> Entry carryEntry(Type t) {
  switch (t) {
  case Type::U32:
  case Type::B32:
    return entry<withCarry<K, uint32_t>>;
  case Type::S32:
    return entry<withCarry<K, int32_t>>;
  case Type::U64:
  case Type::B64:
    return entry<withCarry<K, uint64_t>>;
  case Type::S64:
    return entry<withCarry<K, int64_t>>;
  default:
    return nullptr;
  }
}

bool decodeCarry(const ptx::Instruction &in, Decoder &d, Type type) {
  bool reads = in.opcode == "addc" || in.opcode == "subc" || in.opcode == "madc", mad = in.opcode[0] == 'm';
  Op op;
  op.flags = uint16_t((reads ? ReadsCarry : 0) | (in.has("cc") ? WritesCarry : 0) | (in.has("hi") ? High : 0));
  Entry body = mad                   ? carryEntry<Carry::Mad>(type)
               : in.opcode[0] == 'a' ? carryEntry<Carry::Add>(type)
                                     : carryEntry<Carry::Sub>(type);
  if (!body || in.operands.size() != (mad ? 4 : 3))
    return d.fail("'" + in.name() + "' is not supported");
  op.d = d.destination(in.operands[0], type);
  op.a = d.source(in.operands[1], type);
  op.b = d.source(in.operands[2], type);
  if (mad)
    op.c = d.source(in.operands[3], type);
  d.emit(op, body, OpClass::Integer);
  return true;
}

Type wider(Type t) {
  switch (t) {
  case Type::U16:
    return Type::U32;
  case Type::S16:
    return Type::S32;
  case Type::U32:
    return Type::U64;
  case Type::S32:
    return Type::S64;
  default:
    return Type::None;
  }
}

bool decodeProduct(const ptx::Instruction &in, Decoder &d, Type type) {
  bool mad = in.opcode == "mad", hi = in.has("hi");
  if (in.has("wide")) {
    Type result = wider(type);
    Entry body = nullptr;
    switch (type) {
    case Type::U16:
      body = mad ? entry<ternary<MadWide, uint32_t, uint16_t, uint16_t, uint32_t>>
                 : entry<binary<MulWide, uint32_t, uint16_t>>;
      break;
    case Type::S16:
      body =
          mad ? entry<ternary<MadWide, int32_t, int16_t, int16_t, int32_t>> : entry<binary<MulWide, int32_t, int16_t>>;
      break;
    case Type::U32:
      body = mad ? entry<ternary<MadWide, uint64_t, uint32_t, uint32_t, uint64_t>>
                 : entry<binary<MulWide, uint64_t, uint32_t>>;
      break;
    case Type::S32:
      body =
          mad ? entry<ternary<MadWide, int64_t, int32_t, int32_t, int64_t>> : entry<binary<MulWide, int64_t, int32_t>>;
      break;
    default:
      break;
    }
    if (!body || in.operands.size() != (mad ? 4 : 3))
      return d.fail("'" + in.name() + "' is not supported");
    Op op;
    op.d = d.destination(in.operands[0], result);
    op.a = d.source(in.operands[1], type);
    op.b = d.source(in.operands[2], type);
    if (mad)
      op.c = d.source(in.operands[3], result);
    d.emit(op, body, OpClass::Integer);
    return true;
  }
  if (!hi && !in.has("lo"))
    return d.fail("'" + in.name() + "' needs .lo, .hi or .wide");
  if (!mad)
    return emitSimple(in, d, type, 2,
                      hi                        ? byType<MulHi>(type)
                      : ptx::bitsOf(type) == 32 ? entry<binary<MulLo32, uint32_t, uint32_t>>
                                                : signedless<MulLo>(type),
                      OpClass::Integer);
  if (in.has("sat"))
    return emitSimple(in, d, type, 3, hi && type == Type::S32 ? entry<ternary<MadHiSat, int32_t, int32_t>> : nullptr,
                      OpClass::Integer);
  Entry body = ternaryByType<MadHi>(type);
  if (!hi)
    body = ptx::bitsOf(type) == 16   ? entry<ternary<MadLo16, uint16_t, uint16_t>>
           : ptx::bitsOf(type) == 32 ? entry<ternary<MadLo, uint32_t, uint32_t>>
                                     : entry<ternary<MadLo, uint64_t, uint64_t>>;
  return emitSimple(in, d, type, 3, body, OpClass::Integer);
}

template <class F> Entry by32(Type t) {
  return t == Type::U32   ? entry<binary<F, uint32_t, uint32_t>>
         : t == Type::S32 ? entry<binary<F, int32_t, int32_t>>
                          : nullptr;
}
template <class F> Entry ternaryBy32(Type t) {
  return t == Type::U32   ? entry<ternary<F, uint32_t, uint32_t>>
         : t == Type::S32 ? entry<ternary<F, int32_t, int32_t>>
                          : nullptr;
}

bool decodePairs(const ptx::Instruction &in, Decoder &d) {
  bool isSigned = in.modifier(-1) == "s16x2" || in.has("s16x2"), relu = in.has("relu");
  Entry body = nullptr;
  if (in.opcode == "add")
    body = entry<binary<Halves<Add, uint16_t>, uint32_t, uint32_t>>;
  else if (in.opcode == "min")
    body = relu       ? entry<binary<Halves<MinRelu, int16_t>, uint32_t, uint32_t>>
           : isSigned ? entry<binary<Halves<Min, int16_t>, uint32_t, uint32_t>>
                      : entry<binary<Halves<Min, uint16_t>, uint32_t, uint32_t>>;
  else if (in.opcode == "max")
    body = relu       ? entry<binary<Halves<MaxRelu, int16_t>, uint32_t, uint32_t>>
           : isSigned ? entry<binary<Halves<Max, int16_t>, uint32_t, uint32_t>>
                      : entry<binary<Halves<Max, uint16_t>, uint32_t, uint32_t>>;
  return emitSimple(in, d, Type::B32, 2, body, OpClass::Integer);
}

} // namespace

bool decodeInteger(const ptx::Instruction &in, Decoder &d) {
  if (decodeBits(in, d))
    return true;
  Type type = in.type();
  std::string_view o = in.opcode;
  bool sat = in.has("sat");
  if ((o == "add" || o == "min" || o == "max") && (in.has("u16x2") || in.has("s16x2")))
    return decodePairs(in, d);
  if (o == "addc" || o == "subc" || o == "madc" || ((o == "add" || o == "sub" || o == "mad") && in.has("cc")))
    return decodeCarry(in, d, type);
  if (ptx::isFloat(type) || type == Type::None || type == Type::Pred)
    return false;
  auto simple = [&](size_t n, Entry body) { return emitSimple(in, d, type, n, body, OpClass::Integer); };
  if (o == "add")
    return simple(2, !sat                ? signedless<Add>(type)
                     : type == Type::S32 ? entry<binary<AddSat, int32_t, int32_t>>
                                         : nullptr);
  if (o == "sub")
    return simple(2, !sat                ? signedless<Sub>(type)
                     : type == Type::S32 ? entry<binary<SubSat, int32_t, int32_t>>
                                         : nullptr);
  if (o == "mul" || o == "mad")
    return decodeProduct(in, d, type);
  if (o == "mul24")
    return simple(2, in.has("hi") ? by32<Mul24Hi>(type) : by32<Mul24Lo>(type));
  if (o == "mad24")
    return simple(3, sat            ? (type == Type::S32 ? entry<ternary<Mad24HiSat, int32_t, int32_t>> : nullptr)
                     : in.has("hi") ? ternaryBy32<Mad24Hi>(type)
                                    : ternaryBy32<Mad24Lo>(type));
  if (o == "sad")
    return simple(3, ternaryByType<Sad>(type));
  if (o == "div")
    return simple(2, byType<Div>(type));
  if (o == "rem")
    return simple(2, byType<Rem>(type));
  if (o == "abs")
    return simple(1, unarySigned<Abs>(type));
  if (o == "neg")
    return simple(1, unarySigned<Neg>(type));
  if (o == "min")
    return simple(2, in.has("relu") ? byType<MinRelu>(type) : byType<Min>(type));
  if (o == "max")
    return simple(2, in.has("relu") ? byType<MaxRelu>(type) : byType<Max>(type));
  return false;
}

} // namespace gpusim
