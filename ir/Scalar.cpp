#include "ir/Scalar.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/BuiltinTypes.h"

using namespace mlir;

namespace dlc {
namespace {
bool isFloat(Value v) { return isa<FloatType>(v.getType()); }
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
Value floatToInt(OpBuilder &b, Location loc, Value x, IntegerType to, bool toUnsigned) {
  Type from = x.getType();
  unsigned bits = to.getWidth();
  double low = toUnsigned ? 0.0 : -power(bits - 1), pastHigh = toUnsigned ? power(bits) : power(bits - 1);
  auto constantF = [&](double v) -> Value { return arith::ConstantOp::create(b, loc, b.getFloatAttr(from, v)); };
  auto constantI = [&](const APInt &v) -> Value { return arith::ConstantOp::create(b, loc, b.getIntegerAttr(to, v)); };
  Value truncated = math::TruncOp::create(b, loc, x);
  Value atLeast = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGE, truncated, constantF(low));
  Value below = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OLT, truncated, constantF(pastHigh));
  Value inRange = arith::AndIOp::create(b, loc, atLeast, below);
  Value safe = arith::SelectOp::create(b, loc, inRange, truncated, constantF(0));
  Value converted = toUnsigned ? Value(arith::FPToUIOp::create(b, loc, to, safe))
                               : Value(arith::FPToSIOp::create(b, loc, to, safe));
  APInt lowInt = toUnsigned ? APInt::getMinValue(bits) : APInt::getSignedMinValue(bits);
  APInt highInt = toUnsigned ? APInt::getMaxValue(bits) : APInt::getSignedMaxValue(bits);
  Value tooLow = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OLT, truncated, constantF(low));
  Value tooHigh = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGE, truncated, constantF(pastHigh));
  Value r = arith::SelectOp::create(b, loc, tooHigh, constantI(highInt), converted);
  return arith::SelectOp::create(b, loc, tooLow, constantI(lowInt), r);
}
} // namespace

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
      // A 16-bit result computes as f32 but has 16-bit values: round here, where the program says so.
      if (to != toElement)
        r = arith::ExtFOp::create(b, loc, to, arith::TruncFOp::create(b, loc, toElement, r).getResult());
      return r;
    }
    if (to.isInteger(1))
      return compare(Compare::ne, x, constant(x, 0));
    return floatToInt(b, loc, x, llvm::cast<IntegerType>(to), toUnsigned);
  }
  bool fromUnsigned = isUnsigned || isBool(x);
  if (isa<FloatType>(to)) {
    Value r = fromUnsigned ? Value(arith::UIToFPOp::create(b, loc, to, x)) : Value(arith::SIToFPOp::create(b, loc, to, x));
    if (to != toElement)
      r = arith::ExtFOp::create(b, loc, to, arith::TruncFOp::create(b, loc, toElement, r).getResult());
    return r;
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

Type Scalar::computeType(Type element) {
  if (element.isF16() || element.isBF16())
    return Float32Type::get(element.getContext());
  if (auto i = dyn_cast<IntegerType>(element))
    return IntegerType::get(element.getContext(), i.getWidth());
  return element;
}
Type Scalar::storageType(Type element) {
  if (element.isInteger(1))
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
  Type compute = computeType(element);
  return compute != stored.getType() ? Value(arith::ExtFOp::create(b, loc, compute, stored)) : stored;
}
Value Scalar::toStorage(OpBuilder &b, Location loc, Value computed, Type element) {
  Type storage = storageType(element);
  if (element.isInteger(1))
    return arith::ExtUIOp::create(b, loc, storage, computed);
  return storage != computed.getType() ? Value(arith::TruncFOp::create(b, loc, storage, computed)) : computed;
}

} // namespace dlc
