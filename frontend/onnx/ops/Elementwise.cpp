// Elementwise ONNX operators: arithmetic with numpy broadcasts, comparisons, activations.
#include "frontend/Types.h"
#include "frontend/onnx/NodeBuilder.h"
#include <cmath>
#include <limits>
#include <numbers>

namespace dlc {
namespace {
using N = NodeBuilder;
using P = ComparePredicate;

template <typename Op> LogicalResult unary(N &n) { return n.set(n.unary<Op>(n.in(0))); }

// Floats only in dlc, but ONNX allows integers too (Abs, Neg have integer forms of their own).
template <typename Op> LogicalResult binary(N &n) {
  Value x = n.in(0), y = n.in(1);
  if (failed(n.together(x, y)))
    return failure();
  return n.set(n.binary<Op>(x, y));
}
template <P predicate> LogicalResult comparison(N &n) {
  Value x = n.in(0), y = n.in(1);
  if (failed(n.together(x, y)))
    return failure();
  return n.set(n.compare(predicate, x, y));
}
template <typename Op> LogicalResult variadic(N &n) {
  Value sum = n.in(0);
  for (int i = 1; i < n.inputs(); ++i) {
    Value next = n.in(i);
    if (failed(n.together(sum, next)))
      return failure();
    sum = n.binary<Op>(sum, next);
  }
  return n.inputs() == 1 ? n.alias(0, 0) : n.set(sum);
}
LogicalResult mean(N &n) {
  Value sum = n.in(0);
  for (int i = 1; i < n.inputs(); ++i) {
    Value next = n.in(i);
    if (failed(n.together(sum, next)))
      return failure();
    sum = n.o.add(sum, next);
  }
  return n.set(n.o.div(sum, n.o.like(sum, n.inputs())));
}

Value maximum(N &n, Value x, double y) { return n.o.max(x, n.o.like(x, y)); }
Value minimum(N &n, Value x, double y) { return n.binary<MinOp>(x, n.o.like(x, y)); }
// One value where the condition holds, another where it does not.
Value choose(N &n, P predicate, Value x, double than, Value yes, Value no) {
  return n.o.select(n.compare(predicate, x, n.o.like(x, than)), yes, no);
}
Value softplus(N &n, Value x) {
  // max(x, 0) + log1p(e^-|x|) does not overflow.
  return n.o.add(maximum(n, x, 0), n.unary<Log1pOp>(n.o.exp(n.o.neg(n.o.abs(x)))));
}

LogicalResult pow(N &n) {
  Value x = n.in(0), y = n.in(1);
  mlir::Type element = n.element(0);
  auto exponent = n.constant(1);
  if (exponent && exponent->elements() == 1 && exponent->f64At(0) == 2 && exponent->shape.empty())
    return n.set(n.o.mul(x, x));
  mlir::Type compute = isa<FloatType>(element) ? element : mlir::Type(n.b.getF64Type());
  x = n.cast(x, compute);
  y = n.cast(y, compute);
  if (failed(n.together(x, y)))
    return failure();
  return n.set(n.cast(n.o.pow(x, y), element));
}

LogicalResult mod(N &n) {
  Value x = n.in(0), y = n.in(1);
  if (failed(n.together(x, y)))
    return failure();
  Value rest = n.binary<RemOp>(x, y);
  auto integer = dyn_cast<IntegerType>(n.element(0));
  if (n.i("fmod", 0) || (integer && integer.isUnsigned()))
    return n.set(rest);
  // The sign of the divisor: a remainder of the other sign moves by one divisor.
  Value zero = n.o.like(rest, 0);
  Value differ = n.binary<XorOp>(n.compare(P::lt, rest, zero), n.compare(P::lt, y, zero));
  Value move = n.binary<AndOp>(differ, n.compare(P::ne, rest, zero));
  return n.set(n.o.select(move, n.o.add(rest, y), rest));
}

// Floats of 8 bits hold little: what lies beyond becomes the greatest of them, or, unsaturated, infinity or NaN.
LogicalResult castTo(N &n, mlir::Type to) {
  if (to == n.element(0))
    return n.alias(0, 0);
  Value x = n.in(0);
  auto narrow = dyn_cast<FloatType>(to);
  if (narrow && narrow.getWidth() <= 8 && n.i("saturate", 1) && !isa<Float8E8M0FNUType>(to)) {
    double most = llvm::APFloat::getLargest(narrow.getFloatSemantics()).convertToDouble();
    x = n.clamp(n.cast(x, N::elementOf(x).isF64() ? N::elementOf(x) : mlir::Type(n.b.getF32Type())), -most, most);
  }
  if (isa<Float8E8M0FNUType>(to) && n.s("round_mode", "up") != "up")
    return n.unsupported("round_mode '" + n.s("round_mode", "up") + "'");
  auto integer = dyn_cast<IntegerType>(to);
  if (integer && integer.getWidth() > 1 && integer.getWidth() < 8 && n.isFloatOperand(0))
    x = n.cast(x, n.b.getI32Type()); // from there the lower bits are taken
  return n.set(n.cast(x, to));
}
LogicalResult cast(N &n) {
  mlir::Type to = elementType(n.b.getContext(), DType(n.i("to", 0)));
  return to ? castTo(n, to)
            : n.unsupported("cast to " + Twine(dtypeName(DType(n.i("to", 0)))) + ", which dlc does not have");
}
LogicalResult castLike(N &n) { return castTo(n, n.element(1)); }
LogicalResult bitCast(N &n) {
  mlir::Type to = elementType(n.b.getContext(), DType(n.i("to", 0)));
  if (!to)
    return n.unsupported("bits as " + Twine(dtypeName(DType(n.i("to", 0)))) + ", which dlc does not have");
  auto width = [](mlir::Type t) { return t.isInteger(1) ? 8u : t.getIntOrFloatBitWidth(); };
  if (width(to) != width(n.element(0)))
    return n.fail("'" + n.name(0) + "' has elements of another width");
  return n.set(BitcastOp::create(n.b, n.loc, RankedTensorType::get(n.shape(0), to), n.in(0)).getResult());
}

LogicalResult clip(N &n) {
  Value x = n.in(0);
  for (int i : {1, 2}) {
    if (!n.has(i))
      continue;
    Value bound = n.in(i);
    if (N::rankOf(bound) != 0)
      bound = n.reshape(bound, {});
    bound = n.to(n.cast(bound, n.element(0)), N::shapeOf(x));
    x = i == 1 ? n.o.max(x, bound) : n.binary<MinOp>(x, bound);
  }
  return n.has(1) || n.has(2) ? n.set(x) : n.alias(0, 0);
}

LogicalResult where(N &n) {
  Value c = n.in(0), x = n.in(1), y = n.in(2);
  if (failed(n.together(x, y)))
    return failure();
  auto shape = broadcastShapes(N::shapeOf(c).vec(), N::shapeOf(x).vec());
  if (!shape)
    return n.fail("condition, x and y do not broadcast together");
  return n.set(n.o.select(n.to(c, *shape), n.to(x, *shape), n.to(y, *shape)));
}

LogicalResult logicalNot(N &n) { return n.set(n.unary<NotOp>(n.in(0))); }

//===--- Activations --------------------------------------------------------------------------------------------===//

LogicalResult leakyRelu(N &n) {
  Value x = n.in(0);
  return n.set(choose(n, P::lt, x, 0, n.times(x, n.f("alpha", 0.01f)), x));
}
LogicalResult prelu(N &n) {
  Value x = n.in(0), slope = n.in(1);
  auto shape = broadcastShapes(N::shapeOf(x).vec(), N::shapeOf(slope).vec());
  if (!shape || ArrayRef<int64_t>(*shape) != N::shapeOf(x))
    return n.fail("the slope does not broadcast to the operand");
  return n.set(choose(n, P::lt, x, 0, n.o.mul(x, n.to(slope, *shape)), x));
}
LogicalResult elu(N &n) {
  Value x = n.in(0), curve = n.times(n.unary<Expm1Op>(x), n.f("alpha", 1));
  return n.set(choose(n, P::lt, x, 0, curve, x));
}
LogicalResult celu(N &n) {
  double alpha = n.f("alpha", 1);
  Value x = n.in(0), curve = n.times(n.unary<Expm1Op>(n.times(x, 1 / alpha)), alpha);
  return n.set(choose(n, P::lt, x, 0, curve, x));
}
LogicalResult selu(N &n) {
  double alpha = n.f("alpha", 1.67326319217681884765625f), gamma = n.f("gamma", 1.05070102214813232421875f);
  Value x = n.in(0), curve = n.times(n.unary<Expm1Op>(x), alpha);
  return n.set(n.times(choose(n, P::gt, x, 0, x, curve), gamma));
}
LogicalResult thresholdedRelu(N &n) {
  Value x = n.in(0);
  return n.set(choose(n, P::gt, x, n.f("alpha", 1), x, n.o.like(x, 0)));
}
LogicalResult hardSigmoid(N &n) {
  Value x = n.plus(n.times(n.in(0), n.f("alpha", 0.2f)), n.f("beta", 0.5f));
  return n.set(minimum(n, maximum(n, x, 0), 1));
}
LogicalResult hardSwish(N &n) {
  Value x = n.in(0), gate = minimum(n, maximum(n, n.plus(n.times(x, 1.0 / 6), 0.5), 0), 1);
  return n.set(n.o.mul(x, gate));
}
LogicalResult softplusOp(N &n) { return n.set(softplus(n, n.in(0))); }
LogicalResult mish(N &n) {
  Value x = n.in(0);
  return n.set(n.o.mul(x, n.unary<TanhOp>(softplus(n, x))));
}
LogicalResult swish(N &n) {
  Value x = n.in(0);
  return n.set(n.o.mul(x, n.unary<LogisticOp>(n.times(x, n.f("alpha", 1)))));
}
LogicalResult swiGlu(N &n) {
  Value a = n.in(0), b = n.in(1);
  if (a.getType() != b.getType())
    return n.fail("the operands differ in type");
  Value gate = n.unary<LogisticOp>(n.times(a, n.f("alpha", 1)));
  return n.set(n.o.mul(n.o.mul(a, gate), b));
}
LogicalResult gelu(N &n) {
  Value x = n.in(0), half = n.times(x, 0.5);
  if (n.s("approximate", "none") == "tanh") {
    Value cube = n.o.mul(x, n.o.mul(x, x));
    Value inner = n.times(n.o.add(x, n.times(cube, 0.044715)), std::sqrt(2 / std::numbers::pi));
    return n.set(n.o.mul(half, n.plus(n.unary<TanhOp>(inner), 1)));
  }
  return n.set(n.o.mul(half, n.plus(n.unary<ErfOp>(n.times(x, std::numbers::sqrt2 / 2)), 1)));
}
LogicalResult shrink(N &n) {
  double bias = n.f("bias", 0), lambda = n.f("lambd", 0.5f);
  Value x = n.in(0);
  bool whole = !n.isFloatOperand(0);
  if (whole)
    x = n.cast(x, n.b.getF32Type());
  Value r =
      choose(n, P::lt, x, -lambda, n.plus(x, bias), choose(n, P::gt, x, lambda, n.plus(x, -bias), n.o.like(x, 0)));
  return n.set(n.cast(r, n.element(0)));
}
LogicalResult isNaN(N &n) {
  Value x = n.in(0);
  return n.set(n.compare(P::ne, x, x));
}
LogicalResult isInf(N &n) {
  Value x = n.in(0);
  bool positive = n.i("detect_positive", 1), negative = n.i("detect_negative", 1);
  double inf = std::numeric_limits<double>::infinity();
  if (positive && negative)
    return n.set(n.compare(P::eq, n.o.abs(x), n.o.like(x, inf)));
  if (!positive && !negative)
    return n.set(n.compare(P::lt, x, x)); // never
  return n.set(n.compare(P::eq, x, n.o.like(x, positive ? inf : -inf)));
}

//===--- Trigonometry: what has no operator of its own ----------------------------------------------------------===//

LogicalResult tan(N &n) {
  Value x = n.in(0);
  return n.set(n.o.div(n.o.sin(x), n.o.cos(x)));
}
LogicalResult sinh(N &n) {
  // (e - 1/e) / 2 by expm1 stays exact near 0: (u + u / (u + 1)) / 2.
  Value u = n.unary<Expm1Op>(n.in(0));
  return n.set(n.times(n.o.add(u, n.o.div(u, n.plus(u, 1))), 0.5));
}
LogicalResult cosh(N &n) {
  Value e = n.o.exp(n.o.abs(n.in(0)));
  return n.set(n.times(n.o.add(e, n.unary<ReciprocalOp>(e)), 0.5));
}
LogicalResult asinh(N &n) {
  // sign(x) * log1p(a + a^2 / (1 + sqrt(a^2 + 1))), a = |x|
  Value x = n.in(0), a = n.o.abs(x), square = n.o.mul(a, a);
  Value inner = n.o.add(a, n.o.div(square, n.plus(n.o.sqrt(n.plus(square, 1)), 1)));
  return n.set(n.o.mul(n.o.sign(x), n.unary<Log1pOp>(inner)));
}
LogicalResult acosh(N &n) {
  Value x = n.in(0);
  return n.set(n.o.log(n.o.add(x, n.o.sqrt(n.plus(n.o.mul(x, x), -1)))));
}
LogicalResult atanh(N &n) {
  Value x = n.in(0);
  return n.set(n.times(n.o.sub(n.unary<Log1pOp>(x), n.unary<Log1pOp>(n.o.neg(x))), 0.5));
}

// The angle in [-pi/2, pi/2] whose tangent is x. Above 1 that of 1/x; halved twice by t / (1 + sqrt(1 + t^2)) the
// series t - t^3/3 + t^5/5 - ... of |t| < 0.2 ends within the type's precision.
Value arctangent(N &n, Value x) {
  Value one = n.o.like(x, 1), large = n.compare(ComparePredicate::gt, n.o.abs(x), one);
  // The reciprocal is taken of 1 where it does not count: its gradient must stay finite.
  Value t = n.o.select(large, n.o.div(one, n.o.select(large, x, one)), x);
  for (int halvings = 0; halvings < 2; ++halvings)
    t = n.o.div(t, n.plus(n.o.sqrt(n.plus(n.o.mul(t, t), 1)), 1));
  Value square = n.o.mul(t, t);
  int terms = N::elementOf(x).isF64() ? 12 : 6;
  Value sum = n.o.like(x, 1.0 / (2 * terms - 1) * (terms % 2 ? 1 : -1));
  for (int k = terms - 2; k >= 0; --k)
    sum = n.plus(n.o.mul(sum, square), 1.0 / (2 * k + 1) * (k % 2 ? -1 : 1));
  Value angle = n.times(n.o.mul(t, sum), 4);
  Value rest = n.o.sub(n.times(n.o.sign(x), std::numbers::pi / 2), angle);
  return n.o.select(large, rest, angle);
}
// 16-bit floats are worked on as f32.
Value wide(N &n) {
  return N::elementOf(n.in(0)).getIntOrFloatBitWidth() < 32 ? n.cast(n.in(0), n.b.getF32Type()) : n.in(0);
}
LogicalResult atan(N &n) { return n.set(n.cast(arctangent(n, wide(n)), n.element(0))); }
LogicalResult asin(N &n) {
  Value x = wide(n), one = n.o.like(x, 1);
  Value tangent = n.o.div(x, n.o.sqrt(n.o.mul(n.o.sub(one, x), n.o.add(one, x))));
  return n.set(n.cast(arctangent(n, tangent), n.element(0)));
}
LogicalResult acos(N &n) {
  Value x = wide(n), one = n.o.like(x, 1);
  Value tangent = n.o.sqrt(n.o.div(n.o.sub(one, x), n.o.add(one, x))); // of the half
  return n.set(n.cast(n.times(arctangent(n, tangent), 2), n.element(0)));
}

const ImportRow rows[] = {
    {"Abs", 1, unary<AbsOp>, OpenDims::any},
    {"Acos", 1, acos, OpenDims::any},
    {"Acosh", 1, acosh, OpenDims::any},
    {"Add", 2, binary<AddOp>, OpenDims::any},
    {"And", 2, binary<AndOp>, OpenDims::any},
    {"Asin", 1, asin, OpenDims::any},
    {"Asinh", 1, asinh, OpenDims::any},
    {"Atan", 1, atan, OpenDims::any},
    {"Atanh", 1, atanh, OpenDims::any},
    {"BitCast", 1, bitCast},
    {"BitwiseAnd", 2, binary<AndOp>, OpenDims::any},
    {"BitwiseNot", 1, logicalNot, OpenDims::any},
    {"BitwiseOr", 2, binary<OrOp>, OpenDims::any},
    {"BitwiseXor", 2, binary<XorOp>, OpenDims::any},
    {"Cast", 1, cast, OpenDims::any},
    {"CastLike", 2, castLike, OpenDims::any},
    {"Ceil", 1, unary<CeilOp>, OpenDims::any},
    {"Celu", 1, celu, OpenDims::any},
    {"Clip", 1, clip, OpenDims::any},
    {"Cos", 1, unary<CosOp>, OpenDims::any},
    {"Cosh", 1, cosh, OpenDims::any},
    {"Div", 2, binary<DivOp>, OpenDims::any},
    {"Elu", 1, elu, OpenDims::any},
    {"Equal", 2, comparison<P::eq>, OpenDims::any},
    {"Erf", 1, unary<ErfOp>, OpenDims::any},
    {"Exp", 1, unary<ExpOp>, OpenDims::any},
    {"Floor", 1, unary<FloorOp>, OpenDims::any},
    {"Gelu", 1, gelu, OpenDims::any},
    {"Greater", 2, comparison<P::gt>, OpenDims::any},
    {"GreaterOrEqual", 2, comparison<P::ge>, OpenDims::any},
    {"HardSigmoid", 1, hardSigmoid, OpenDims::any},
    {"HardSwish", 1, hardSwish, OpenDims::any},
    {"IsInf", 1, isInf, OpenDims::any},
    {"IsNaN", 1, isNaN, OpenDims::any},
    {"LeakyRelu", 1, leakyRelu, OpenDims::any},
    {"Less", 2, comparison<P::lt>, OpenDims::any},
    {"LessOrEqual", 2, comparison<P::le>, OpenDims::any},
    {"Log", 1, unary<LogOp>, OpenDims::any},
    {"Max", 1, variadic<MaxOp>, OpenDims::any},
    {"Mean", 1, mean, OpenDims::any},
    {"Min", 1, variadic<MinOp>, OpenDims::any},
    {"Mish", 1, mish, OpenDims::any},
    {"Mod", 2, mod, OpenDims::any},
    {"Mul", 2, binary<MulOp>, OpenDims::any},
    {"Neg", 1, unary<NegOp>, OpenDims::any},
    {"Not", 1, logicalNot, OpenDims::any},
    {"Or", 2, binary<OrOp>, OpenDims::any},
    {"PRelu", 2, prelu, OpenDims::any},
    {"Pow", 2, pow, OpenDims::any},
    {"Reciprocal", 1, unary<ReciprocalOp>, OpenDims::any},
    {"Relu", 1, unary<ReluOp>, OpenDims::any},
    {"Round", 1, unary<RoundOp>, OpenDims::any},
    {"Selu", 1, selu, OpenDims::any},
    {"Shrink", 1, shrink, OpenDims::any},
    {"Sigmoid", 1, unary<LogisticOp>, OpenDims::any},
    {"Sign", 1, unary<SignOp>, OpenDims::any},
    {"Sin", 1, unary<SinOp>, OpenDims::any},
    {"Sinh", 1, sinh, OpenDims::any},
    {"Softplus", 1, softplusOp, OpenDims::any},
    {"Softsign", 1, unary<SoftsignOp>, OpenDims::any},
    {"Sqrt", 1, unary<SqrtOp>, OpenDims::any},
    {"Sub", 2, binary<SubOp>, OpenDims::any},
    {"Sum", 1, variadic<AddOp>, OpenDims::any},
    {"SwiGLU", 2, swiGlu},
    {"Swish", 1, swish, OpenDims::any},
    {"Tan", 1, tan, OpenDims::any},
    {"Tanh", 1, unary<TanhOp>, OpenDims::any},
    {"ThresholdedRelu", 1, thresholdedRelu, OpenDims::any},
    {"Where", 3, where, OpenDims::any},
    {"Xor", 2, binary<XorOp>, OpenDims::any},
};
} // namespace

ArrayRef<ImportRow> elementwiseRows() { return rows; }
} // namespace dlc
