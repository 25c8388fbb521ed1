// cvt between integers and floats of every width but fp8, which tensor/Fp8.cpp has.
#include "tools/gpusim/num/Lanes.h"
#include "tools/gpusim/ops/Lanes.h"

namespace gpusim {

using num::Rounding;
using ptx::Type;

namespace {

struct Cast {
  template <class A> A operator()(A a) const { return a; }
};
struct Narrow { // f64 -> f32
  float operator()(double a) const { return a == a ? float(a) : num::bitsToFloat(0x7fffffff); }
};

template <Rounding R> struct Whole { // cvt.r?i.f32.f32
  float operator()(float a) const {
    float r = R == Rounding::Zero   ? __builtin_truncf(a)
              : R == Rounding::Down ? __builtin_floorf(a)
              : R == Rounding::Up   ? __builtin_ceilf(a)
                                    : __builtin_nearbyintf(a);
    return a == a ? r : num::bitsToFloat(0x7fffffff);
  }
};
struct TruncateUnsigned { // cvt.rzi.u32.f32
  uint32_t operator()(float a) const {
    float positive = a > 0 ? a : 0.0f;
    return positive >= 4294967296.0f ? ~0u : uint32_t(int64_t(positive));
  }
};
template <bool Away> struct ToTf32 { // the low 13 bits rounded off; what carries over becomes infinity
  uint32_t operator()(uint32_t a) const {
    uint32_t rounded = (a + (Away ? 0x1000 : 0xfff + (a >> 13 & 1))) & 0xffffe000;
    return (a & 0x7fffffff) > 0x7f800000 ? 0x7fffe000 : rounded;
  }
};

void truncateFloat(const Op &op, Warp &w, LaneMask mask) { // .rzi.s32.f32
  uint32_t t[Lanes];
  num::truncateToInt32(w.in<float>(op.a), t);
  apply(w.at<uint32_t>(op.d), mask, [&](int i) { return t[i]; });
}
template <bool Brain> void halfToFloat(const Op &op, Warp &w, LaneMask mask) {
  float t[Lanes];
  Brain ? num::bfloatToFloat(w.in<uint16_t>(op.a), t) : num::halfToFloat(w.in<uint16_t>(op.a), t);
  apply(w.at<float>(op.d), mask, [&](int i) { return t[i] == t[i] ? t[i] : num::bitsToFloat(0x7fffffff); });
}
template <bool Brain> void floatToHalf(const Op &op, Warp &w, LaneMask mask) {
  uint16_t t[Lanes];
  Brain ? num::floatToBfloat(w.in<float>(op.a), t) : num::floatToHalf(w.in<float>(op.a), t);
  apply(w.at<uint16_t>(op.d), mask, [&](int i) { return t[i]; });
}
template <bool Brain> void floatsToPair(const Op &op, Warp &w, LaneMask mask) { // a: upper half, b: lower
  uint32_t t[Lanes];
  const float *high = w.in<float>(op.a), *low = w.in<float>(op.b);
  Brain ? num::floatToBfloats(low, high, t) : num::floatToHalves(low, high, t);
  apply(w.at<uint32_t>(op.d), mask, [&](int i) { return t[i]; });
}

/// Everything else, lane by lane.
struct Conversion {
  Type from, to;
  uint32_t fromBits, toBits; // of the registers' lanes
  Rounding rounding = Rounding::Nearest;
  bool ftz = false, sat = false, relu = false, whole = false, satFinite = false, pair = false;
};

uint64_t readLane(const Warp &w, uint32_t slot, uint32_t bits, int i) {
  return bits == 16 ? w.in<uint16_t>(slot)[i] : bits == 32 ? w.in<uint32_t>(slot)[i] : w.in<uint64_t>(slot)[i];
}
void writeLane(Warp &w, uint32_t slot, uint32_t bits, int i, uint64_t value) {
  if (bits == 16)
    w.at<uint16_t>(slot)[i] = uint16_t(value);
  else if (bits == 32)
    w.at<uint32_t>(slot)[i] = uint32_t(value);
  else
    w.at<uint64_t>(slot)[i] = value;
}
const num::Format &formatOf(Type t) {
  switch (t) {
  case Type::F16:
  case Type::F16x2:
    return num::F16;
  case Type::BF16:
  case Type::BF16x2:
    return num::BF16;
  case Type::F64:
    return num::F64;
  case Type::TF32:
    return num::TF32;
  default:
    return num::F32;
  }
}
uint64_t extend(uint64_t v, uint32_t bits, bool isSigned) {
  if (bits >= 64)
    return v;
  v &= (1ull << bits) - 1;
  return isSigned ? uint64_t(int64_t(v << (64 - bits)) >> (64 - bits)) : v;
}

uint64_t convertOne(const Conversion &c, uint64_t bits) {
  bool floatFrom = ptx::isFloat(c.from), floatTo = ptx::isFloat(c.to);
  uint32_t fromBits = ptx::bitsOf(c.from), toBits = ptx::bitsOf(c.to);
  if (!floatFrom) {
    uint64_t v = extend(bits, fromBits, ptx::isSigned(c.from));
    bool negative = ptx::isSigned(c.from) && int64_t(v) < 0;
    if (floatTo) {
      uint64_t r = num::encodeInteger(negative ? 0 - v : v, negative, formatOf(c.to), c.rounding);
      if (c.sat && c.to == Type::F32)
        r = num::floatToBits(num::saturate(num::bitsToFloat(uint32_t(r))));
      return r;
    }
    if (c.sat) {
      bool s = ptx::isSigned(c.to);
      uint64_t top = s ? (1ull << (toBits - 1)) - 1 : toBits == 64 ? ~0ull : (1ull << toBits) - 1;
      if (negative)
        v = !s ? 0 : int64_t(v) < -int64_t(top) - 1 ? uint64_t(-int64_t(top) - 1) : v;
      else
        v = v > top ? top : v;
    }
    return extend(v, toBits, ptx::isSigned(c.to));
  }
  double value;
  if (c.from == Type::F64) {
    value = std::bit_cast<double>(bits);
  } else {
    if (c.ftz && c.from == Type::F32)
      bits = num::flushBits(uint32_t(bits));
    value = num::decode(bits, formatOf(c.from));
  }
  if (!floatTo)
    return num::toInteger(value, toBits, ptx::isSigned(c.to), c.rounding, c.from == Type::F64 || toBits == 64);
  if (c.whole)
    value = num::roundToWhole(value, c.rounding);
  if (c.sat)
    value = value > 0 ? (value < 1 ? value : 1.0) : 0.0;
  if (c.relu && value == value)
    value = value > 0 ? value : 0.0;
  if (c.to == Type::F64)
    return std::bit_cast<uint64_t>(value);
  if (c.to == Type::TF32)
    return uint64_t(num::encode(value, num::TF32, c.rounding, c.satFinite)) << 13;
  uint64_t r = num::encode(value, formatOf(c.to), c.rounding, c.satFinite);
  if (c.ftz && c.to == Type::F32)
    r = num::flushBits(uint32_t(r));
  return r;
}

void convert(const Op &op, Warp &w, LaneMask mask) {
  const Conversion &c = *reinterpret_cast<const Conversion *>(op.imm);
  uint64_t t[Lanes];
  for (LaneMask left = mask; left; left &= left - 1) {
    int i = std::countr_zero(left);
    t[i] = convertOne(c, readLane(w, op.a, c.fromBits, i));
    if (c.pair)
      t[i] = t[i] << 16 | convertOne(c, readLane(w, op.b, c.fromBits, i));
  }
  for (LaneMask left = mask; left; left &= left - 1) {
    int i = std::countr_zero(left);
    writeLane(w, op.d, c.toBits, i, t[i]);
  }
}

/// cvt.pack.sat.u8.s32.b32 d, a, b, c: a and b clamped into the low half (4-bit types: quarter) of d, c shifted up.
void pack(const Op &op, Warp &w, LaneMask mask) {
  const int32_t *a = w.in<int32_t>(op.a), *b = w.in<int32_t>(op.b);
  const uint32_t *c = op.flags & 1 ? w.in<uint32_t>(op.c) : nullptr;
  uint32_t bits = uint32_t(op.imm);
  bool s = op.flags & 2;
  int64_t low = s ? -(1ll << (bits - 1)) : 0, high = s ? (1ll << (bits - 1)) - 1 : (1ll << bits) - 1;
  apply(w.at<uint32_t>(op.d), mask, [=](int i) {
    auto clamp = [&](int64_t v) { return uint32_t(v < low ? low : v > high ? high : v) & ((1u << bits) - 1); };
    uint32_t both = clamp(b[i]) | clamp(a[i]) << bits;
    return bits == 16 ? both : both | (c ? c[i] << (2 * bits) : 0u);
  });
}

template <class S> Entry castTo(uint32_t bits) {
  return bits == 16   ? entry<unary<Cast, uint16_t, S>>
         : bits == 32 ? entry<unary<Cast, uint32_t, S>>
                      : entry<unary<Cast, uint64_t, S>>;
}

/// The handlers made for one pair of types; null where the general one has to do.
Entry quick(const Conversion &c) {
  uint32_t from = ptx::bitsOf(c.from), to = ptx::bitsOf(c.to);
  bool whole = from == c.fromBits && to == c.toBits;
  if (!whole || c.ftz || c.sat || c.relu || c.satFinite)
    return nullptr;
  bool floatFrom = ptx::isFloat(c.from), floatTo = ptx::isFloat(c.to), nearest = c.rounding == Rounding::Nearest;
  if (!floatFrom && !floatTo)
    switch (c.from) {
    case Type::S16:
      return castTo<int16_t>(to);
    case Type::S32:
      return castTo<int32_t>(to);
    case Type::S64:
      return castTo<int64_t>(to);
    default:
      return from == 16 ? castTo<uint16_t>(to) : from == 32 ? castTo<uint32_t>(to) : castTo<uint64_t>(to);
    }
  if (c.to == Type::F32 && nearest && !c.whole)
    switch (c.from) {
    case Type::S32:
      return entry<unary<Cast, float, int32_t>>;
    case Type::U32:
      return entry<unary<Cast, float, uint32_t>>;
    case Type::S64:
      return entry<unary<Cast, float, int64_t>>;
    case Type::U64:
      return entry<unary<Cast, float, uint64_t>>;
    case Type::F16:
      return entry<halfToFloat<false>>;
    case Type::BF16:
      return entry<halfToFloat<true>>;
    case Type::F64:
      return entry<unary<Narrow, float, double>>;
    default:
      return nullptr;
    }
  if (c.to == Type::F64 && nearest && !c.whole)
    switch (c.from) {
    case Type::S32:
      return entry<unary<Cast, double, int32_t>>;
    case Type::U32:
      return entry<unary<Cast, double, uint32_t>>;
    case Type::F32:
      return entry<unary<Cast, double, float>>;
    default:
      return nullptr;
    }
  if (c.from == Type::F32 && c.to == Type::S32 && c.rounding == Rounding::Zero)
    return entry<truncateFloat>;
  if (c.from == Type::F32 && c.to == Type::U32 && c.rounding == Rounding::Zero)
    return entry<unary<TruncateUnsigned, uint32_t, float>>;
  if (c.from == Type::F32 && c.to == Type::F32 && c.whole)
    return c.rounding == Rounding::Zero   ? entry<unary<Whole<Rounding::Zero>, float, float>>
           : c.rounding == Rounding::Down ? entry<unary<Whole<Rounding::Down>, float, float>>
           : c.rounding == Rounding::Up   ? entry<unary<Whole<Rounding::Up>, float, float>>
                                          : entry<unary<Whole<Rounding::Nearest>, float, float>>;
  if (c.from == Type::F32 && c.to == Type::TF32 && (nearest || c.rounding == Rounding::NearestAway))
    return nearest ? entry<unary<ToTf32<false>, uint32_t, uint32_t>> : entry<unary<ToTf32<true>, uint32_t, uint32_t>>;
  if (c.from == Type::F32 && nearest && (c.to == Type::F16 || c.to == Type::BF16))
    return c.to == Type::BF16 ? entry<floatToHalf<true>> : entry<floatToHalf<false>>;
  return nullptr;
}

bool decodePack(const ptx::Instruction &in, Decoder &d) {
  Type to = in.type(0);
  std::string_view name = in.has("u4") ? "u4" : in.has("s4") ? "s4" : in.has("u2") ? "u2" : in.has("s2") ? "s2" : "";
  Op op;
  op.imm = name.empty() ? ptx::bitsOf(to) : name[1] - '0';
  op.flags = uint16_t((name.empty() ? ptx::isSigned(to) : name[0] == 's') ? 2 : 0);
  if (in.operands.size() < 3)
    return d.fail("'" + in.name() + "' takes three or four operands");
  op.d = d.destination(in.operands[0], Type::B32);
  op.a = d.source(in.operands[1], Type::S32);
  op.b = d.source(in.operands[2], Type::S32);
  if (in.operands.size() > 3) {
    op.flags |= 1;
    op.c = d.source(in.operands[3], Type::B32);
  }
  d.emit(op, entry<pack>, OpClass::Convert);
  return true;
}

} // namespace

bool decodeConvert(const ptx::Instruction &in, Decoder &d) {
  if (in.opcode != "cvt")
    return false;
  if (in.has("pack"))
    return decodePack(in, d);
  auto c = std::make_shared<Conversion>();
  c->to = in.type(0), c->from = in.type(1);
  if (c->to == Type::None || c->from == Type::None || in.has("rs") || in.has("scaled::n2::ue8m0"))
    return d.fail("'" + in.name() + "' is not supported");
  c->pair = c->to == Type::F16x2 || c->to == Type::BF16x2;
  if (in.operands.size() != (c->pair ? 3 : 2))
    return d.fail("'" + in.name() + "' has not the operands that it takes");
  bool toInteger = !ptx::isFloat(c->to);
  c->rounding = in.has("rz") || in.has("rzi")   ? Rounding::Zero
                : in.has("rm") || in.has("rmi") ? Rounding::Down
                : in.has("rp") || in.has("rpi") ? Rounding::Up
                : in.has("rna")                 ? Rounding::NearestAway
                                                : Rounding::Nearest;
  c->whole = !toInteger && (in.has("rni") || in.has("rzi") || in.has("rmi") || in.has("rpi"));
  c->ftz = in.has("ftz"), c->sat = in.has("sat"), c->relu = in.has("relu"), c->satFinite = in.has("satfinite");
  Op op;
  op.d = d.destination(in.operands[0], c->to, !c->pair);
  op.a = d.source(in.operands[1], c->from, true);
  const ptx::Operand &source = in.operands[1];
  c->toBits = in.operands[0].isRegister() ? d.width(in.operands[0]) : std::max(16u, ptx::bitsOf(c->to));
  c->fromBits = source.isImmediate() ? std::max(16u, ptx::bitsOf(c->from)) : d.width(source);
  if (c->pair)
    op.b = d.source(in.operands[2], c->from);
  Entry body =
      c->pair && c->from == Type::F32 && c->rounding == Rounding::Nearest && !c->relu && !c->satFinite && !c->ftz
          ? (c->to == Type::BF16x2 ? entry<floatsToPair<true>> : entry<floatsToPair<false>>)
      : c->pair ? nullptr
                : quick(*c);
  if (!body) {
    op.imm = reinterpret_cast<int64_t>(c.get());
    d.keep(c);
    body = entry<convert>;
  }
  d.emit(op, body, OpClass::Convert);
  return true;
}

} // namespace gpusim
