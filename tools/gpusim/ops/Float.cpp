// Arithmetic of f32 and f64. What rounds to nearest and flushes nothing is done here, the rest by num/.
#include "tools/gpusim/num/Approx.h"
#include "tools/gpusim/num/Directed.h"
#include "tools/gpusim/ops/Lanes.h"

#include <cmath>

namespace gpusim {

using num::Rounding;
using ptx::Type;

namespace {

enum : uint16_t { Ftz = 1, Sat = 2, PropagateNan = 4, XorSign = 8 };

/// f32 operations that make a NaN make this one; f64 keeps what the host makes.
inline float canonical(float v) { return v == v ? v : num::bitsToFloat(0x7fffffff); }
inline double canonical(double v) { return v; }

struct Add {
  template <class T> T operator()(T a, T b) const { return canonical(a + b); }
};
struct Sub {
  template <class T> T operator()(T a, T b) const { return canonical(a - b); }
};
struct Mul {
  template <class T> T operator()(T a, T b) const { return canonical(a * b); }
};
struct Fma {
  float operator()(float a, float b, float c) const { return canonical(__builtin_fmaf(a, b, c)); }
  double operator()(double a, double b, double c) const { return canonical(__builtin_fma(a, b, c)); }
};
struct Div {
  template <class T> T operator()(T a, T b) const { return canonical(a / b); }
};
struct Rcp {
  template <class T> T operator()(T a) const { return canonical(T(1) / a); }
};
struct Sqrt {
  float operator()(float a) const { return canonical(__builtin_sqrtf(a)); }
  double operator()(double a) const { return canonical(__builtin_sqrt(a)); }
};

template <class T> void store(const Op &op, Warp &w, LaneMask mask, const T *t) {
  T *d = w.at<T>(op.d);
  apply(d, mask, [=](int i) { return t[i]; });
}
void finish(const Op &op, Warp &w, LaneMask mask, float *t) {
  for (int i = 0; i < Lanes; ++i)
    t[i] = op.flags & Sat ? num::saturate(t[i]) : canonical(t[i]);
  store(op, w, mask, t);
}

// Any rounding, .ftz and .sat: by num/.
using Unary32 = void (*)(float *, const float *, Rounding, bool);
using Binary32 = void (*)(float *, const float *, const float *, Rounding, bool);
using Ternary32 = void (*)(float *, const float *, const float *, const float *, Rounding, bool);
using Unary64 = void (*)(double *, const double *, Rounding);
using Binary64 = void (*)(double *, const double *, const double *, Rounding);
using Ternary64 = void (*)(double *, const double *, const double *, const double *, Rounding);

template <Unary32 F> void round1(const Op &op, Warp &w, LaneMask mask) {
  float t[Lanes];
  F(t, w.in<float>(op.a), Rounding(op.imm), op.flags & Ftz);
  finish(op, w, mask, t);
}
template <Binary32 F> void round2(const Op &op, Warp &w, LaneMask mask) {
  float t[Lanes];
  F(t, w.in<float>(op.a), w.in<float>(op.b), Rounding(op.imm), op.flags & Ftz);
  finish(op, w, mask, t);
}
template <Ternary32 F> void round3(const Op &op, Warp &w, LaneMask mask) {
  float t[Lanes];
  F(t, w.in<float>(op.a), w.in<float>(op.b), w.in<float>(op.c), Rounding(op.imm), op.flags & Ftz);
  finish(op, w, mask, t);
}
template <Unary64 F> void wide1(const Op &op, Warp &w, LaneMask mask) {
  double t[Lanes];
  F(t, w.in<double>(op.a), Rounding(op.imm));
  store(op, w, mask, t);
}
template <Binary64 F> void wide2(const Op &op, Warp &w, LaneMask mask) {
  double t[Lanes];
  F(t, w.in<double>(op.a), w.in<double>(op.b), Rounding(op.imm));
  store(op, w, mask, t);
}
template <Ternary64 F> void wide3(const Op &op, Warp &w, LaneMask mask) {
  double t[Lanes];
  F(t, w.in<double>(op.a), w.in<double>(op.b), w.in<double>(op.c), Rounding(op.imm));
  store(op, w, mask, t);
}
template <void (*F)(float *, const float *, bool)> void approx(const Op &op, Warp &w, LaneMask mask) {
  float t[Lanes];
  F(t, w.in<float>(op.a), op.flags & Ftz);
  finish(op, w, mask, t);
}
template <void (*F)(float *, const float *, const float *, bool)> void approx2(const Op &op, Warp &w, LaneMask mask) {
  float t[Lanes];
  F(t, w.in<float>(op.a), w.in<float>(op.b), op.flags & Ftz);
  finish(op, w, mask, t);
}
template <void (*F)(double *, const double *)> void approxWide(const Op &op, Warp &w, LaneMask mask) {
  double t[Lanes];
  F(t, w.in<double>(op.a));
  store(op, w, mask, t);
}
void tanhApprox(float *d, const float *a, bool) { num::tanhApprox(d, a); }

// Signs, minimum and maximum.
template <class T> struct BitsOf {
  using type = uint32_t;
};
template <> struct BitsOf<double> {
  using type = uint64_t;
};
template <class T> using Bits = typename BitsOf<T>::type;
template <class T> inline constexpr Bits<T> SignOf = Bits<T>(1) << (8 * sizeof(T) - 1);

template <class T, bool Flush> T input(T v) {
  if constexpr (Flush)
    return num::flush(v);
  else
    return v;
}
struct Neg {
  template <class T> T operator()(T a) const {
    return std::bit_cast<T>(Bits<T>(std::bit_cast<Bits<T>>(a) ^ SignOf<T>));
  }
};
struct Abs {
  template <class T> T operator()(T a) const {
    return std::bit_cast<T>(Bits<T>(std::bit_cast<Bits<T>>(a) & ~SignOf<T>));
  }
};
struct NegFtz {
  float operator()(float a) const { return Neg{}(num::flush(a)); }
};
struct AbsFtz {
  float operator()(float a) const { return Abs{}(num::flush(a)); }
};
struct CopySign { // the sign of a on b
  template <class T> T operator()(T a, T b) const {
    return std::bit_cast<T>(
        Bits<T>((std::bit_cast<Bits<T>>(a) & SignOf<T>) | (std::bit_cast<Bits<T>>(b) & ~SignOf<T>)));
  }
};
template <bool Max, bool Nan, bool Flush, bool Xor> struct Extreme {
  template <class T> T operator()(T a, T b) const {
    a = input<T, Flush>(a), b = input<T, Flush>(b);
    Bits<T> sign = (std::bit_cast<Bits<T>>(a) ^ std::bit_cast<Bits<T>>(b)) & SignOf<T>;
    if constexpr (Xor)
      a = Abs{}(a), b = Abs{}(b);
    bool negative = std::bit_cast<Bits<T>>(a) & SignOf<T>;
    bool first = Max ? (a > b) | ((a == b) & !negative) : (a < b) | ((a == b) & negative);
    T r = first ? a : b;
    r = a != a ? b : r;
    r = b != b ? (Nan ? b : a) : r;
    r = Nan && a != a ? a : r;
    bool isNan = r != r;
    if constexpr (Xor)
      r = std::bit_cast<T>(Bits<T>(std::bit_cast<Bits<T>>(r) | sign));
    return isNan ? nan(T()) : r;
  }
  static float nan(float) { return num::bitsToFloat(0x7fffffff); }
  static double nan(double) { return std::bit_cast<double>(0x7ff8000000000000ull); }
};

template <class T, bool Max> Entry extreme(uint16_t flags) {
  bool nan = flags & PropagateNan, ftz = flags & Ftz, exclusive = flags & XorSign;
  if constexpr (sizeof(T) == 4) {
    if (nan)
      return ftz ? (exclusive ? entry<binary<Extreme<Max, true, true, true>, T, T>>
                              : entry<binary<Extreme<Max, true, true, false>, T, T>>)
                 : (exclusive ? entry<binary<Extreme<Max, true, false, true>, T, T>>
                              : entry<binary<Extreme<Max, true, false, false>, T, T>>);
    if (ftz || exclusive)
      return ftz ? (exclusive ? entry<binary<Extreme<Max, false, true, true>, T, T>>
                              : entry<binary<Extreme<Max, false, true, false>, T, T>>)
                 : entry<binary<Extreme<Max, false, false, true>, T, T>>;
  }
  return entry<binary<Extreme<Max, false, false, false>, T, T>>;
}

// testp
template <class T, int Which> void testp(const Op &op, Warp &w, LaneMask mask) {
  const T *a = w.in<T>(op.a);
  w.setPredicate(op.d, collect([=](int i) {
                   using B = Bits<T>;
                   constexpr B top = sizeof(T) == 4 ? B(0x7f800000) : B(0x7ff0000000000000ull);
                   B m = std::bit_cast<B>(a[i]) & ~SignOf<T>, e = m & top;
                   switch (Which) {
                   case 0:
                     return e != top; // finite
                   case 1:
                     return m == top; // infinite
                   case 2:
                     return m <= top; // number
                   case 3:
                     return m > top; // notanumber
                   case 4:
                     return e != 0 && e != top; // normal
                   default:
                     return e == 0 && m != 0; // subnormal
                   }
                 }),
                 mask);
}
template <class T> Entry testpEntry(const ptx::Instruction &in) {
  return in.has("finite")       ? entry<testp<T, 0>>
         : in.has("infinite")   ? entry<testp<T, 1>>
         : in.has("number")     ? entry<testp<T, 2>>
         : in.has("notanumber") ? entry<testp<T, 3>>
         : in.has("normal")     ? entry<testp<T, 4>>
         : in.has("subnormal")  ? entry<testp<T, 5>>
                                : nullptr;
}

Rounding roundingOf(const ptx::Instruction &in) {
  return in.has("rz")   ? Rounding::Zero
         : in.has("rm") ? Rounding::Down
         : in.has("rp") ? Rounding::Up
                        : Rounding::Nearest;
}

bool emitFloat(const ptx::Instruction &in, Decoder &d, Type type, size_t n, Entry body, OpClass c, uint16_t flags,
               Rounding rounding = Rounding::Nearest) {
  if (in.operands.size() != n + 1)
    return d.fail("'" + in.name() + "' takes " + std::to_string(n + 1) + " operands");
  if (!body)
    return d.fail("'" + in.name() + "' is not supported");
  Op op;
  op.flags = flags, op.imm = int64_t(rounding);
  op.d = d.destination(in.operands[0], in.opcode == "testp" ? Type::Pred : type);
  op.a = d.source(in.operands[1], type);
  if (n > 1)
    op.b = d.source(in.operands[2], type);
  if (n > 2)
    op.c = d.source(in.operands[3], type);
  d.emit(op, body, c);
  return true;
}

} // namespace

bool decodeFloat(const ptx::Instruction &in, Decoder &d) {
  Type type = in.type();
  std::string_view o = in.opcode;
  if ((type != Type::F32 && type != Type::F64) || o == "set" || o == "setp" || o == "cvt" || o == "selp" ||
      o == "slct" || o == "mov" || o == "ld" || o == "ldu" || o == "st" || o == "atom" || o == "red" || o == "mma")
    return false;
  bool f64 = type == Type::F64;
  uint16_t flags = uint16_t((in.has("ftz") ? Ftz : 0) | (in.has("sat") ? Sat : 0) | (in.has("NaN") ? PropagateNan : 0) |
                            (in.has("xorsign") ? XorSign : 0));
  Rounding rounding = roundingOf(in);
  bool plain = rounding == Rounding::Nearest && !(flags & (Ftz | Sat));
  OpClass c = f64 ? OpClass::Double : OpClass::Float;
  auto emit = [&](size_t n, Entry body, OpClass cls) { return emitFloat(in, d, type, n, body, cls, flags, rounding); };
  if (o == "add")
    return emit(2,
                f64     ? (plain ? entry<binary<Add, double, double>> : entry<wide2<num::add>>)
                : plain ? entry<binary<Add, float, float>>
                        : entry<round2<num::add>>,
                c);
  if (o == "sub")
    return emit(2,
                f64     ? (plain ? entry<binary<Sub, double, double>> : entry<wide2<num::sub>>)
                : plain ? entry<binary<Sub, float, float>>
                        : entry<round2<num::sub>>,
                c);
  if (o == "mul")
    return emit(2,
                f64     ? (plain ? entry<binary<Mul, double, double>> : entry<wide2<num::mul>>)
                : plain ? entry<binary<Mul, float, float>>
                        : entry<round2<num::mul>>,
                c);
  if (o == "fma" || o == "mad")
    return emit(3,
                f64     ? (plain ? entry<ternary<Fma, double, double>> : entry<wide3<num::fma>>)
                : plain ? entry<ternary<Fma, float, float>>
                        : entry<round3<num::fma>>,
                c);
  if (o == "div") {
    if (in.has("approx"))
      return emit(2, f64 ? nullptr : entry<approx2<num::divApprox>>, OpClass::Special);
    if (in.has("full"))
      return emit(2, f64 ? nullptr : entry<approx2<num::divFull>>, OpClass::Special);
    return emit(2,
                f64     ? (plain ? entry<binary<Div, double, double>> : entry<wide2<num::div>>)
                : plain ? entry<binary<Div, float, float>>
                        : entry<round2<num::div>>,
                c);
  }
  if (o == "rcp") {
    if (in.has("approx"))
      return emit(1, f64 ? entry<approxWide<num::rcpApprox>> : entry<approx<num::rcpApprox>>, OpClass::Special);
    return emit(1,
                f64     ? (plain ? entry<unary<Rcp, double, double>> : entry<wide1<num::rcp>>)
                : plain ? entry<unary<Rcp, float, float>>
                        : entry<round1<num::rcp>>,
                c);
  }
  if (o == "sqrt") {
    if (in.has("approx"))
      return emit(1, f64 ? nullptr : entry<approx<num::sqrtApprox>>, OpClass::Special);
    return emit(1,
                f64     ? (plain ? entry<unary<Sqrt, double, double>> : entry<wide1<num::sqrt>>)
                : plain ? entry<unary<Sqrt, float, float>>
                        : entry<round1<num::sqrt>>,
                c);
  }
  if (o == "rsqrt")
    return emit(1,
                !f64            ? entry<approx<num::rsqrtApprox>>
                : in.has("ftz") ? entry<approxWide<num::rsqrtApproxFtz>>
                                : entry<approxWide<num::rsqrtApprox>>,
                OpClass::Special);
  auto special = [&](Entry body) { return emit(1, f64 ? nullptr : body, OpClass::Special); };
  if (o == "ex2")
    return special(entry<approx<num::ex2Approx>>);
  if (o == "lg2")
    return special(entry<approx<num::lg2Approx>>);
  if (o == "sin")
    return special(entry<approx<num::sinApprox>>);
  if (o == "cos")
    return special(entry<approx<num::cosApprox>>);
  if (o == "tanh")
    return special(entry<approx<tanhApprox>>);
  if (o == "neg")
    return emit(1,
                f64           ? entry<unary<Neg, double, double>>
                : flags & Ftz ? entry<unary<NegFtz, float, float>>
                              : entry<unary<Neg, float, float>>,
                c);
  if (o == "abs")
    return emit(1,
                f64           ? entry<unary<Abs, double, double>>
                : flags & Ftz ? entry<unary<AbsFtz, float, float>>
                              : entry<unary<Abs, float, float>>,
                c);
  if (o == "copysign")
    return emit(2, f64 ? entry<binary<CopySign, double, double>> : entry<binary<CopySign, float, float>>, c);
  if (o == "min")
    return emit(2, f64 ? extreme<double, false>(flags) : extreme<float, false>(flags), c);
  if (o == "max")
    return emit(2, f64 ? extreme<double, true>(flags) : extreme<float, true>(flags), c);
  if (o == "testp")
    return emit(1, f64 ? testpEntry<double>(in) : testpEntry<float>(in), OpClass::Predicate);
  return false;
}

} // namespace gpusim
