#include "ir/Scalar.h"
#include "ir/Dims.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/BuiltinTypes.h"

using namespace mlir;

namespace dlc {
namespace {
bool isBool(Value v) { return v.getType().isInteger(1); }
} // namespace

Scalar::Scalar(OpBuilder &b, Location loc, Type tensorType)
    : b(b), loc(loc), isUnsigned(getElementTypeOrSelf(tensorType).isUnsignedInteger()) {}

Value Scalar::constantOf(Type type, double value) {
  if (auto f = dyn_cast<FloatType>(type))
    return arith::ConstantOp::create(b, loc, b.getFloatAttr(f, value));
  return arith::ConstantOp::create(b, loc, b.getIntegerAttr(type, static_cast<int64_t>(value)));
}
Value Scalar::constant(Value like, double value) { return constantOf(like.getType(), value); }

Value Scalar::neg(Value x) {
  return isFloat(x) ? Value(arith::NegFOp::create(b, loc, x)) : Value(arith::SubIOp::create(b, loc, constant(x, 0), x));
}
Value Scalar::abs(Value x) {
  if (isFloat(x))
    return math::AbsFOp::create(b, loc, x);
  if (isUnsigned || isBool(x))
    return x;
  return arith::SelectOp::create(b, loc, compare(Compare::lt, x, constant(x, 0)), neg(x), x);
}
Value Scalar::sign(Value x) {
  Value zero = constant(x, 0), one = constant(x, 1);
  Value positive = compare(Compare::gt, x, zero);
  if (!isFloat(x) && (isUnsigned || isBool(x)))
    return select(positive, one, zero);
  Value negative = compare(Compare::lt, x, zero);
  // Neither: a zero, or a NaN, which stays.
  return select(positive, one, select(negative, constant(x, -1), isFloat(x) ? add(x, zero) : zero));
}

#define DLC_MATH(name, Op)                                                                                             \
  Value Scalar::name(Value x) { return math::Op::create(b, loc, x); }
DLC_MATH(exp, ExpOp)
DLC_MATH(expm1, ExpM1Op)
DLC_MATH(log, LogOp)
DLC_MATH(log1p, Log1pOp)
DLC_MATH(sqrt, SqrtOp)
DLC_MATH(rsqrt, RsqrtOp)
DLC_MATH(tanh, TanhOp)
DLC_MATH(erf, ErfOp)
DLC_MATH(sin, SinOp)
DLC_MATH(cos, CosOp)
DLC_MATH(floor, FloorOp)
DLC_MATH(ceil, CeilOp)
DLC_MATH(round, RoundEvenOp)
#undef DLC_MATH

Value Scalar::truncate(Value x) { return isFloat(x) ? Value(math::TruncOp::create(b, loc, x)) : x; }
Value Scalar::logistic(Value x) { return div(constant(x, 1), add(constant(x, 1), exp(neg(x)))); }
Value Scalar::bitNot(Value x) { return bitXor(x, constant(x, -1)); }

Value Scalar::add(Value x, Value y) {
  if (isFloat(x))
    return arith::AddFOp::create(b, loc, x, y, arith::FastMathFlags::contract);
  return isBool(x) ? bitOr(x, y) : Value(arith::AddIOp::create(b, loc, x, y));
}
Value Scalar::sub(Value x, Value y) {
  if (isFloat(x))
    return arith::SubFOp::create(b, loc, x, y, arith::FastMathFlags::contract);
  return arith::SubIOp::create(b, loc, x, y);
}
Value Scalar::mul(Value x, Value y) {
  if (isFloat(x))
    return arith::MulFOp::create(b, loc, x, y, arith::FastMathFlags::contract);
  return isBool(x) ? bitAnd(x, y) : Value(arith::MulIOp::create(b, loc, x, y));
}

Value Scalar::div(Value x, Value y) {
  if (isFloat(x))
    return arith::DivFOp::create(b, loc, x, y);
  Value zero = constant(x, 0), one = constant(x, 1);
  Value byZero = compare(Compare::eq, y, zero);
  Value divisor = select(byZero, one, y);
  if (isUnsigned || isBool(x))
    return select(byZero, zero, arith::DivUIOp::create(b, loc, x, divisor));
  // The least integer divided by -1 would overflow; dividing by -1 is negation, which wraps.
  Value byMinusOne = compare(Compare::eq, y, constant(x, -1));
  Value quotient = arith::DivSIOp::create(b, loc, x, select(byMinusOne, one, divisor));
  return select(byZero, zero, select(byMinusOne, neg(x), quotient));
}
Value Scalar::rem(Value x, Value y) {
  if (isFloat(x))
    return arith::RemFOp::create(b, loc, x, y);
  Value zero = constant(x, 0), one = constant(x, 1);
  Value byZero = compare(Compare::eq, y, zero);
  Value divisor = select(byZero, one, y);
  if (isUnsigned || isBool(x))
    return select(byZero, zero, arith::RemUIOp::create(b, loc, x, divisor));
  Value byMinusOne = compare(Compare::eq, y, constant(x, -1));
  Value remainder = arith::RemSIOp::create(b, loc, x, select(byMinusOne, one, divisor));
  return select(arith::OrIOp::create(b, loc, byZero, byMinusOne), zero, remainder);
}
Value Scalar::pow(Value x, Value y) { return math::PowFOp::create(b, loc, x, y); }
Value Scalar::max(Value x, Value y) {
  if (isFloat(x))
    return arith::MaximumFOp::create(b, loc, x, y);
  if (isBool(x))
    return bitOr(x, y);
  return isUnsigned ? Value(arith::MaxUIOp::create(b, loc, x, y)) : Value(arith::MaxSIOp::create(b, loc, x, y));
}
Value Scalar::min(Value x, Value y) {
  if (isFloat(x))
    return arith::MinimumFOp::create(b, loc, x, y);
  if (isBool(x))
    return bitAnd(x, y);
  return isUnsigned ? Value(arith::MinUIOp::create(b, loc, x, y)) : Value(arith::MinSIOp::create(b, loc, x, y));
}
Value Scalar::bitAnd(Value x, Value y) { return arith::AndIOp::create(b, loc, x, y); }
Value Scalar::bitOr(Value x, Value y) { return arith::OrIOp::create(b, loc, x, y); }
Value Scalar::bitXor(Value x, Value y) { return arith::XOrIOp::create(b, loc, x, y); }

Value Scalar::compare(Compare predicate, Value x, Value y) {
  using F = arith::CmpFPredicate;
  using I = arith::CmpIPredicate;
  auto n = static_cast<unsigned>(predicate);
  if (isFloat(x)) {
    static constexpr F table[] = {F::OEQ, F::UNE, F::OLT, F::OLE, F::OGT, F::OGE};
    return arith::CmpFOp::create(b, loc, table[n], x, y);
  }
  static constexpr I signedTable[] = {I::eq, I::ne, I::slt, I::sle, I::sgt, I::sge};
  static constexpr I unsignedTable[] = {I::eq, I::ne, I::ult, I::ule, I::ugt, I::uge};
  return arith::CmpIOp::create(b, loc, (isUnsigned || isBool(x) ? unsignedTable : signedTable)[n], x, y);
}
Value Scalar::select(Value condition, Value x, Value y) { return arith::SelectOp::create(b, loc, condition, x, y); }

namespace {
/// 2^bits as a float value, exact in every float type that is wide enough; else the type's infinity.
double power(unsigned bits) { return std::ldexp(1.0, static_cast<int>(bits)); }

/// Float to integer, saturating, NaN to 0: the conversion itself only ever sees values in range.
Value floatToInt(OpBuilder &b, Location loc, Value x, IntegerType to, bool toUnsigned, unsigned bits) {
  Type from = x.getType();
  double low = toUnsigned ? 0.0 : -power(bits - 1), pastHigh = toUnsigned ? power(bits) : power(bits - 1);
  auto constantF = [&](double v) -> Value { return arith::ConstantOp::create(b, loc, b.getFloatAttr(from, v)); };
  auto constantI = [&](const APInt &v) -> Value { return arith::ConstantOp::create(b, loc, b.getIntegerAttr(to, v)); };
  Value truncated = math::TruncOp::create(b, loc, x);
  Value atLeast = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGE, truncated, constantF(low));
  Value below = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OLT, truncated, constantF(pastHigh));
  Value inRange = arith::AndIOp::create(b, loc, atLeast, below);
  Value safe = arith::SelectOp::create(b, loc, inRange, truncated, constantF(0));
  Value converted =
      toUnsigned ? Value(arith::FPToUIOp::create(b, loc, to, safe)) : Value(arith::FPToSIOp::create(b, loc, to, safe));
  unsigned width = to.getWidth(); // of which a code uses the lower `bits`
  APInt lowInt = toUnsigned ? APInt::getMinValue(width) : APInt::getSignedMinValue(bits).sext(width);
  APInt highInt = toUnsigned ? APInt::getMaxValue(bits).zext(width) : APInt::getSignedMaxValue(bits).sext(width);
  Value tooLow = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OLT, truncated, constantF(low));
  Value tooHigh = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGE, truncated, constantF(pastHigh));
  Value r = arith::SelectOp::create(b, loc, tooHigh, constantI(highInt), converted);
  return arith::SelectOp::create(b, loc, tooLow, constantI(lowInt), r);
}

//===--- Codes: floats of 8 and 4 bits, integers of 4 and 2 ------------------------------------------------------===//

/// Sign, exponent and mantissa of a small float. `most` is the greatest code of a number; `infinity` and `nan` are
/// codes, -1 where there is none.
struct SmallFloat {
  int bits, mantissa, bias, most, infinity, nan;
  bool signedZero;
};
SmallFloat formatOf(Type element) {
  if (isa<Float8E4M3FNType>(element))
    return {8, 3, 7, 0x7e, -1, 0x7f, true};
  if (isa<Float8E5M2Type>(element))
    return {8, 2, 15, 0x7b, 0x7c, 0x7e, true};
  if (isa<Float8E4M3FNUZType>(element))
    return {8, 3, 8, 0x7f, -1, 0x80, false};
  if (isa<Float8E5M2FNUZType>(element))
    return {8, 2, 16, 0x7f, -1, 0x80, false};
  return {4, 1, 1, 7, -1, -1, true}; // f4E2M1FN
}

/// Integers of 32 bits and their conversions, as the formulas below need them.
struct Words {
  OpBuilder &b;
  Location loc;
  Type i32 = b.getI32Type(), f32 = b.getF32Type();
  Value word(uint32_t v) { return arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(static_cast<int32_t>(v))); }
  Value real(double v) { return arith::ConstantOp::create(b, loc, b.getF32FloatAttr(static_cast<float>(v))); }
  Value bits(Value x) { return arith::BitcastOp::create(b, loc, i32, x); }
  Value real(Value bits) { return arith::BitcastOp::create(b, loc, f32, bits); }
  Value both(Value x, uint32_t y) { return arith::AndIOp::create(b, loc, x, word(y)); }
  Value either(Value x, Value y) { return arith::OrIOp::create(b, loc, x, y); }
  Value up(Value x, int by) { return arith::ShLIOp::create(b, loc, x, word(static_cast<uint32_t>(by))); }
  Value down(Value x, int by) { return arith::ShRUIOp::create(b, loc, x, word(static_cast<uint32_t>(by))); }
  Value plus(Value x, Value y) { return arith::AddIOp::create(b, loc, x, y); }
  Value when(arith::CmpIPredicate p, Value x, uint32_t y, Value yes, Value no) {
    Value c = arith::CmpIOp::create(b, loc, p, x, word(y));
    return arith::SelectOp::create(b, loc, c, yes, no);
  }
};
using Is = arith::CmpIPredicate;

Value decode(OpBuilder &b, Location loc, Value stored, Type element) {
  Type i8 = b.getIntegerType(8);
  if (auto integer = dyn_cast<IntegerType>(element)) {
    Value shift = arith::ConstantOp::create(b, loc, b.getIntegerAttr(i8, 8 - integer.getWidth()));
    Value high = arith::ShLIOp::create(b, loc, stored, shift);
    if (integer.isUnsigned())
      return arith::ExtUIOp::create(b, loc, b.getI32Type(), arith::ShRUIOp::create(b, loc, high, shift).getResult());
    return arith::ExtSIOp::create(b, loc, b.getI32Type(), arith::ShRSIOp::create(b, loc, high, shift).getResult());
  }
  Words w{b, loc};
  Value code = arith::ExtUIOp::create(b, loc, w.i32, stored);
  if (isa<Float8E8M0FNUType>(element)) { // 2^(code - 127); the least is no normal number of f32
    Value value = w.when(Is::eq, code, 0, w.word(0x00400000), w.up(code, 23));
    return w.real(w.when(Is::eq, code, 255, w.word(0x7fc00000), value));
  }
  SmallFloat f = formatOf(element);
  uint32_t below = (1u << (f.bits - 1)) - 1;
  Value rest = w.both(code, below), sign = w.up(w.both(code, below + 1), 32 - f.bits);
  Value normal = w.plus(w.up(rest, 23 - f.mantissa), w.word(static_cast<uint32_t>(127 - f.bias) << 23));
  Value small = arith::MulFOp::create(b, loc, arith::UIToFPOp::create(b, loc, w.f32, rest),
                                      w.real(std::ldexp(1.0, 1 - f.bias - f.mantissa)));
  Value bits = w.when(Is::ult, rest, 1u << f.mantissa, w.bits(small), normal);
  if (f.infinity >= 0)
    bits = w.when(Is::eq, rest, static_cast<uint32_t>(f.infinity), w.word(0x7f800000), bits);
  if (f.nan >= 0 && f.signedZero)
    bits =
        w.when(Is::ugt, rest, static_cast<uint32_t>(f.infinity >= 0 ? f.infinity : f.most), w.word(0x7fc00000), bits);
  bits = w.either(bits, sign);
  if (!f.signedZero)
    bits = w.when(Is::eq, code, static_cast<uint32_t>(f.nan), w.word(0x7fc00000), bits);
  return w.real(bits);
}

/// To nearest even. Beyond the greatest number: infinity, or NaN, or where there is neither that number.
Value encode(OpBuilder &b, Location loc, Value computed, Type element) {
  Type i8 = b.getIntegerType(8);
  if (auto integer = dyn_cast<IntegerType>(element)) {
    Value byte = arith::TruncIOp::create(b, loc, i8, computed);
    Value mask = arith::ConstantOp::create(b, loc, b.getIntegerAttr(i8, (1 << integer.getWidth()) - 1));
    return arith::AndIOp::create(b, loc, byte, mask);
  }
  Words w{b, loc};
  Value bits = w.bits(computed), magnitude = w.both(bits, 0x7fffffff);
  auto byte = [&](Value word) -> Value { return arith::TruncIOp::create(b, loc, i8, word); };
  if (isa<Float8E8M0FNUType>(element)) { // the next power of two above; negative numbers have none
    Value code = w.down(w.plus(magnitude, w.word(0x7fffff)), 23);
    code = w.when(Is::ugt, magnitude, 0x7f000000, w.word(254), code);
    code = w.when(Is::ugt, magnitude, 0x7f800000, w.word(255), code);
    return byte(w.when(Is::ugt, bits, 0x80000000u, w.word(255), code));
  }
  SmallFloat f = formatOf(element);
  int drop = 23 - f.mantissa;
  Value odd = w.both(w.down(magnitude, drop), 1);
  Value nearest = w.down(w.plus(w.plus(magnitude, odd), w.word((1u << (drop - 1)) - 1)), drop);
  Value normal = w.plus(nearest, w.word(0u - (static_cast<uint32_t>(127 - f.bias) << f.mantissa)));
  Value scaled = arith::MulFOp::create(b, loc, w.real(magnitude), w.real(std::ldexp(1.0, f.bias + f.mantissa - 1)));
  uint32_t least = static_cast<uint32_t>(128 - f.bias) << 23; // the least normal number
  Value tiny = w.when(Is::ult, magnitude, least, w.bits(scaled), w.word(0));
  Value units = arith::FPToUIOp::create(b, loc, w.i32, math::RoundEvenOp::create(b, loc, w.real(tiny)).getResult());
  Value code = w.when(Is::ult, magnitude, least, units, normal);
  uint32_t past = static_cast<uint32_t>(f.infinity >= 0 ? f.infinity : f.nan >= 0 ? f.nan : f.most);
  code = w.when(Is::ugt, code, static_cast<uint32_t>(f.most), w.word(past), code);
  code = w.when(Is::ugt, magnitude, 0x7f800000, w.word(static_cast<uint32_t>(std::max(f.nan, 0))), code);
  Value sign = w.both(w.down(bits, 32 - f.bits), 1u << (f.bits - 1));
  if (!f.signedZero)
    sign = w.when(Is::eq, code, 0, w.word(0), sign);
  return byte(w.either(code, sign));
}

/// A number that computes as f32 rounded to what its element type holds: here, where the program says so.
Value rounded(OpBuilder &b, Location loc, Value x, Type element) {
  if (Scalar::isCode(element))
    return decode(b, loc, encode(b, loc, x, element), element);
  if (x.getType() == element)
    return x;
  return arith::ExtFOp::create(b, loc, x.getType(), arith::TruncFOp::create(b, loc, element, x).getResult());
}
} // namespace

Value Scalar::bitcast(Value x, Type fromElement, Type toElement) {
  Value stored = toStorage(b, loc, x, fromElement);
  Type to = storageType(toElement);
  if (stored.getType() != to)
    stored = arith::BitcastOp::create(b, loc, to, stored);
  return fromStorage(b, loc, stored, toElement);
}

Value Scalar::cast(Value x, Type toElement) {
  Type to = computeType(toElement);
  bool toUnsigned = toElement.isUnsignedInteger();
  if (isFloat(x)) {
    if (auto f = dyn_cast<FloatType>(to)) {
      Value r = x;
      if (f.getWidth() > x.getType().getIntOrFloatBitWidth())
        r = arith::ExtFOp::create(b, loc, f, x);
      else if (f.getWidth() < x.getType().getIntOrFloatBitWidth())
        r = arith::TruncFOp::create(b, loc, f, x);
      return rounded(b, loc, r, toElement);
    }
    if (to.isInteger(1))
      return compare(Compare::ne, x, constant(x, 0));
    unsigned bits = toElement.getIntOrFloatBitWidth();
    return floatToInt(b, loc, x, llvm::cast<IntegerType>(to), toUnsigned, bits);
  }
  bool fromUnsigned = isUnsigned || isBool(x);
  if (isa<FloatType>(to)) {
    Value r =
        fromUnsigned ? Value(arith::UIToFPOp::create(b, loc, to, x)) : Value(arith::SIToFPOp::create(b, loc, to, x));
    return rounded(b, loc, r, toElement);
  }
  if (isCode(toElement)) { // wraps: the lower bits, read anew
    Type i8 = b.getIntegerType(8);
    Value byte = x;
    if (isBool(x))
      byte = arith::ExtUIOp::create(b, loc, i8, x);
    else if (x.getType() != i8)
      byte = arith::TruncIOp::create(b, loc, i8, x);
    return fromStorage(b, loc, byte, toElement);
  }
  unsigned fromBits = x.getType().getIntOrFloatBitWidth(), toBits = to.getIntOrFloatBitWidth();
  if (toBits == 1 && fromBits > 1)
    return compare(Compare::ne, x, constant(x, 0));
  if (toBits < fromBits)
    return arith::TruncIOp::create(b, loc, to, x);
  if (toBits > fromBits)
    return fromUnsigned ? Value(arith::ExtUIOp::create(b, loc, to, x)) : Value(arith::ExtSIOp::create(b, loc, to, x));
  return x;
}

bool Scalar::isCode(Type element) {
  return !element.isInteger(1) && element.isIntOrFloat() &&
         element.getIntOrFloatBitWidth() < (isa<FloatType>(element) ? 16 : 8);
}
Type Scalar::computeType(Type element) {
  if (isa<FloatType>(element) && element.getIntOrFloatBitWidth() <= 16)
    return Float32Type::get(element.getContext());
  if (isCode(element)) // not that of its storage: who compares the two must see that it is read
    return IntegerType::get(element.getContext(), 32);
  if (auto i = dyn_cast<IntegerType>(element))
    return IntegerType::get(element.getContext(), i.getWidth());
  return element;
}
Type Scalar::storageType(Type element) {
  if (element.isInteger(1) || isCode(element))
    return IntegerType::get(element.getContext(), 8);
  if (auto i = dyn_cast<IntegerType>(element))
    return IntegerType::get(element.getContext(), i.getWidth());
  return element;
}
Value Scalar::fromStorage(OpBuilder &b, Location loc, Value stored, Type element) {
  if (element.isInteger(1)) {
    Value zero = arith::ConstantOp::create(b, loc, b.getIntegerAttr(stored.getType(), 0));
    return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, stored, zero);
  }
  if (isCode(element))
    return decode(b, loc, stored, element);
  Type compute = computeType(element);
  return compute != stored.getType() ? Value(arith::ExtFOp::create(b, loc, compute, stored)) : stored;
}
Value Scalar::toStorage(OpBuilder &b, Location loc, Value computed, Type element) {
  Type storage = storageType(element);
  if (element.isInteger(1))
    return arith::ExtUIOp::create(b, loc, storage, computed);
  if (isCode(element))
    return encode(b, loc, computed, element);
  return storage != computed.getType() ? Value(arith::TruncFOp::create(b, loc, storage, computed)) : computed;
}

} // namespace dlc
