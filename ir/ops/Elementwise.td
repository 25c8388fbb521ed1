// Elementwise operators: one row an operator, with its scalar meaning and its gradient.
//
// In a row, `scalar` is an expression over x, y (elements) and `s` (ir/Scalar.h); `vjp` expressions are over x, y, r
// (operands and result), g (the result's gradient) and `o` (ir/Build.h).
#ifndef DLC_ELEMENTWISE_TD
#define DLC_ELEMENTWISE_TD
include "ir/Dialect.td"

class DLC_ElementwiseOp<string mnemonic, list<Trait> traits, string noGradient>
    : DLC_Op<mnemonic, !listconcat(traits, [Pure,
        DeclareOpInterfaceMethods<DLC_ScalarExprOpInterface, ["getScalarFlops"]>,
        DeclareOpInterfaceMethods<DLC_DifferentiableOpInterface, ["getNoGradientReason", "buildVjp"]>])> {
  string reason = noGradient;
}

class DLC_Unary<string mnemonic, TypeConstraint type, string scalar, string vjp, int flops = 1, string noGradient = "">
    : DLC_ElementwiseOp<mnemonic, [SameOperandsAndResultType], noGradient> {
  let arguments = (ins type:$x);
  let results = (outs type:$result);
  let assemblyFormat = "$x attr-dict `:` type($result)";
  let extraClassDefinition = [{
    Value $cppClass::buildScalar(OpBuilder &b, Location loc, ValueRange args) {
      [[maybe_unused]] Scalar s(b, loc, getX().getType());
      [[maybe_unused]] Value x = args[0];
      return }] # scalar # [{;
    }
    int64_t $cppClass::getScalarFlops() { return }] # flops # [{; }
    StringRef $cppClass::getNoGradientReason() { return "}] # noGradient # [{"; }
    void $cppClass::buildVjp(OpBuilder &b, Location loc, ValueRange grads, SmallVectorImpl<Value> &operandGrads) {
      [[maybe_unused]] Ops o(b, loc);
      [[maybe_unused]] Value x = getX(), r = getResult(), g = grads[0];
      if (g) operandGrads[0] = }] # vjp # [{;
    }
  }];
}

class DLC_Binary<string mnemonic, TypeConstraint type, string scalar, string vjpX, string vjpY, int flops = 1,
                 string noGradient = "", list<Trait> traits = []>
    : DLC_ElementwiseOp<mnemonic, !listconcat([SameOperandsAndResultType], traits), noGradient> {
  let arguments = (ins type:$x, type:$y);
  let results = (outs type:$result);
  let assemblyFormat = "$x `,` $y attr-dict `:` type($result)";
  let extraClassDefinition = [{
    Value $cppClass::buildScalar(OpBuilder &b, Location loc, ValueRange args) {
      [[maybe_unused]] Scalar s(b, loc, getX().getType());
      [[maybe_unused]] Value x = args[0], y = args[1];
      return }] # scalar # [{;
    }
    int64_t $cppClass::getScalarFlops() { return }] # flops # [{; }
    StringRef $cppClass::getNoGradientReason() { return "}] # noGradient # [{"; }
    void $cppClass::buildVjp(OpBuilder &b, Location loc, ValueRange grads, SmallVectorImpl<Value> &operandGrads) {
      [[maybe_unused]] Ops o(b, loc);
      [[maybe_unused]] Value x = getX(), y = getY(), r = getResult(), g = grads[0];
      if (!g) return;
      operandGrads[0] = }] # vjpX # [{;
      operandGrads[1] = }] # vjpY # [{;
    }
  }];
}

//===--- Unary --------------------------------------------------------------------------------------------------===//

def DLC_NegOp : DLC_Unary<"neg", DLC_Tensor, "s.neg(x)", "o.neg(g)"> {
  let summary = "-x; integers wrap";
}
def DLC_AbsOp : DLC_Unary<"abs", DLC_Tensor, "s.abs(x)", "o.mul(g, o.sign(x))"> {
  let summary = "|x|; the least integer stays itself";
}
def DLC_SignOp : DLC_Unary<"sign", DLC_Tensor, "s.sign(x)", "Value()"> {
  let summary = "-1, 0 or 1; NaN stays NaN. The gradient is zero wherever there is one";
}
def DLC_ExpOp : DLC_Unary<"exp", DLC_FloatTensor, "s.exp(x)", "o.mul(g, r)", 8> {
  let summary = "e^x";
}
def DLC_Expm1Op : DLC_Unary<"expm1", DLC_FloatTensor, "s.expm1(x)", "o.mul(g, o.exp(x))", 10> {
  let summary = "e^x - 1, exact near 0";
}
def DLC_LogOp : DLC_Unary<"log", DLC_FloatTensor, "s.log(x)", "o.div(g, x)", 8> {
  let summary = "Natural logarithm; NaN below 0, -infinity at 0";
}
def DLC_Log1pOp : DLC_Unary<"log1p", DLC_FloatTensor, "s.log1p(x)", "o.div(g, o.add(x, o.like(x, 1.0)))", 10> {
  let summary = "log(1 + x), exact near 0";
}
def DLC_SqrtOp : DLC_Unary<"sqrt", DLC_FloatTensor, "s.sqrt(x)", "o.div(o.mul(g, o.like(x, 0.5)), r)", 2> {
  let summary = "Square root; NaN below 0";
}
def DLC_RsqrtOp : DLC_Unary<"rsqrt", DLC_FloatTensor, "s.rsqrt(x)",
    "o.mul(o.mul(g, o.like(x, -0.5)), o.mul(r, o.mul(r, r)))", 3> {
  let summary = "1 / sqrt(x)";
}
def DLC_ReciprocalOp : DLC_Unary<"reciprocal", DLC_FloatTensor, "s.div(s.constant(x, 1.0), x)",
    "o.neg(o.mul(g, o.mul(r, r)))", 1> {
  let summary = "1 / x";
}
def DLC_TanhOp : DLC_Unary<"tanh", DLC_FloatTensor, "s.tanh(x)",
    "o.mul(g, o.sub(o.like(x, 1.0), o.mul(r, r)))", 10> {
  let summary = "Hyperbolic tangent";
}
def DLC_LogisticOp : DLC_Unary<"logistic", DLC_FloatTensor, "s.logistic(x)",
    "o.mul(g, o.mul(r, o.sub(o.like(x, 1.0), r)))", 10> {
  let summary = "1 / (1 + e^-x)";
}
def DLC_SoftsignOp : DLC_Unary<"softsign", DLC_FloatTensor, "s.div(x, s.add(s.constant(x, 1.0), s.abs(x)))",
    "o.div(g, o.mul(o.add(o.abs(x), o.like(x, 1.0)), o.add(o.abs(x), o.like(x, 1.0))))", 3> {
  let summary = "x / (1 + |x|); NaN at the infinities";
}
def DLC_ErfOp : DLC_Unary<"erf", DLC_FloatTensor, "s.erf(x)",
    "o.mul(g, o.mul(o.like(x, 1.1283791670955126), o.exp(o.neg(o.mul(x, x)))))", 12> {
  let summary = "Error function";
}
def DLC_SinOp : DLC_Unary<"sin", DLC_FloatTensor, "s.sin(x)", "o.mul(g, o.cos(x))", 10> {
  let summary = "Sine of radians";
}
def DLC_CosOp : DLC_Unary<"cos", DLC_FloatTensor, "s.cos(x)", "o.neg(o.mul(g, o.sin(x)))", 10> {
  let summary = "Cosine of radians";
}
def DLC_FloorOp : DLC_Unary<"floor", DLC_FloatTensor, "s.floor(x)", "Value()"> {
  let summary = "Greatest whole number not above x. The gradient is zero wherever there is one";
}
def DLC_CeilOp : DLC_Unary<"ceil", DLC_FloatTensor, "s.ceil(x)", "Value()"> {
  let summary = "Least whole number not below x. The gradient is zero wherever there is one";
}
def DLC_RoundOp : DLC_Unary<"round", DLC_FloatTensor, "s.round(x)", "Value()"> {
  let summary = "Nearest whole number, halves to even. The gradient is zero wherever there is one";
}
def DLC_ReluOp : DLC_Unary<"relu", DLC_Tensor, "s.max(x, s.constant(x, 0.0))",
    "o.select(o.compare(ComparePredicate::gt, r, o.like(r, 0.0)), g, o.like(g, 0.0))"> {
  let summary = "max(x, 0); NaN stays NaN. The gradient at 0 is 0";
}
def DLC_NotOp : DLC_Unary<"not", DLC_IntTensor, "s.bitNot(x)", "Value()", 1, "integers and bools carry no gradient"> {
  let summary = "Complement of every bit; logical not of bools";
}

//===--- Binary -------------------------------------------------------------------------------------------------===//

def DLC_AddOp : DLC_Binary<"add", DLC_Tensor, "s.add(x, y)", "g", "g", 1, "", [Commutative]> {
  let summary = "x + y; integers wrap; bools: or";
}
def DLC_SubOp : DLC_Binary<"sub", DLC_Tensor, "s.sub(x, y)", "g", "o.neg(g)"> {
  let summary = "x - y; integers wrap";
}
def DLC_MulOp : DLC_Binary<"mul", DLC_Tensor, "s.mul(x, y)", "o.mul(g, y)", "o.mul(g, x)", 1, "", [Commutative]> {
  let summary = "x * y; integers wrap; bools: and";
}
def DLC_DivOp : DLC_Binary<"div", DLC_Tensor, "s.div(x, y)", "o.div(g, y)", "o.neg(o.div(o.mul(g, r), y))"> {
  let summary = "x / y; integers round towards 0, and division by 0 gives 0";
}
def DLC_RemOp : DLC_Binary<"rem", DLC_Tensor, "s.rem(x, y)", "g", "o.neg(o.mul(g, o.truncate(o.div(x, y))))"> {
  let summary = "x - y * truncate(x / y), with the sign of x; of integers by 0: 0";
}
def DLC_PowOp : DLC_Binary<"pow", DLC_FloatTensor, "s.pow(x, y)",
    "o.select(o.compare(ComparePredicate::eq, y, o.like(y, 0.0)), o.like(g, 0.0), "
    "o.mul(g, o.mul(y, o.pow(x, o.sub(y, o.like(y, 1.0))))))",
    "o.select(o.compare(ComparePredicate::gt, x, o.like(x, 0.0)), o.mul(g, o.mul(r, o.log(x))), o.like(g, 0.0))", 20> {
  let summary = "x^y; the gradient of y is 0 where x is not positive, and that of x where y is 0";
}
def DLC_MaxOp : DLC_Binary<"max", DLC_Tensor, "s.max(x, y)",
    "o.select(o.compare(ComparePredicate::ge, x, y), g, o.like(g, 0.0))",
    "o.select(o.compare(ComparePredicate::lt, x, y), g, o.like(g, 0.0))", 1, "", [Commutative]> {
  let summary = "The greater; NaN if either is. Between equals the gradient goes to x";
}
def DLC_MinOp : DLC_Binary<"min", DLC_Tensor, "s.min(x, y)",
    "o.select(o.compare(ComparePredicate::le, x, y), g, o.like(g, 0.0))",
    "o.select(o.compare(ComparePredicate::gt, x, y), g, o.like(g, 0.0))", 1, "", [Commutative]> {
  let summary = "The lesser; NaN if either is. Between equals the gradient goes to x";
}
def DLC_AndOp : DLC_Binary<"and", DLC_IntTensor, "s.bitAnd(x, y)", "Value()", "Value()", 1,
    "integers and bools carry no gradient", [Commutative]> {
  let summary = "And of every bit";
}
def DLC_OrOp : DLC_Binary<"or", DLC_IntTensor, "s.bitOr(x, y)", "Value()", "Value()", 1,
    "integers and bools carry no gradient", [Commutative]> {
  let summary = "Or of every bit";
}
def DLC_XorOp : DLC_Binary<"xor", DLC_IntTensor, "s.bitXor(x, y)", "Value()", "Value()", 1,
    "integers and bools carry no gradient", [Commutative]> {
  let summary = "Exclusive or of every bit";
}

//===--- Comparison, choice, conversion -------------------------------------------------------------------------===//

def DLC_ComparePredicate : I32EnumAttr<"ComparePredicate", "how elements are compared", [
    I32EnumAttrCase<"eq", 0>, I32EnumAttrCase<"ne", 1>, I32EnumAttrCase<"lt", 2>, I32EnumAttrCase<"le", 3>,
    I32EnumAttrCase<"gt", 4>, I32EnumAttrCase<"ge", 5>]> {
  let cppNamespace = "::dlc";
  let genSpecializedAttr = 0;
}
def DLC_ComparePredicateAttr : EnumAttr<DLC_Dialect, DLC_ComparePredicate, "predicate">;

def DLC_CompareOp : DLC_ElementwiseOp<"compare", [SameTypeOperands, SameOperandsAndResultShape, InferTypeOpAdaptor],
                                      "a comparison is a step"> {
  let summary = "x < y and the like, as a bool; with NaN only ne holds";
  let arguments = (ins DLC_ComparePredicateAttr:$predicate, DLC_Tensor:$x, DLC_Tensor:$y);
  let results = (outs DLC_BoolTensor:$result);
  let assemblyFormat = "$predicate $x `,` $y attr-dict `:` type($x) `->` type($result)";
}

def DLC_SelectOp : DLC_ElementwiseOp<"select", [AllTypesMatch<["x", "y", "result"]>, SameOperandsAndResultShape], ""> {
  let summary = "x where the condition holds, else y";
  let arguments = (ins DLC_BoolTensor:$condition, DLC_Tensor:$x, DLC_Tensor:$y);
  let results = (outs DLC_Tensor:$result);
  let assemblyFormat = "$condition `,` $x `,` $y attr-dict `:` type($condition) `,` type($result)";
}

def DLC_CastOp : DLC_ElementwiseOp<"cast", [SameOperandsAndResultShape], ""> {
  let summary = "The same value in another element type";
  let description = [{
    Floats to integers round towards 0; out of range gives the nearest value, NaN gives 0. Integers to narrower
    integers wrap. To bool: not equal to 0. Between integers there is no gradient.
  }];
  let arguments = (ins DLC_Tensor:$x);
  let results = (outs DLC_Tensor:$result);
  let assemblyFormat = "$x attr-dict `:` type($x) `->` type($result)";
  let hasFolder = 1;
}

def DLC_BitcastOp : DLC_ElementwiseOp<"bitcast", [SameOperandsAndResultShape], ""> {
  let summary = "The same bits read as another element type of the same width; bools are of 8 bits";
  let arguments = (ins DLC_Tensor:$x);
  let results = (outs DLC_Tensor:$result);
  let assemblyFormat = "$x attr-dict `:` type($x) `->` type($result)";
  let hasVerifier = 1;
}

#endif
