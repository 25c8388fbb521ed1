#include "codegen/cuda/EmitExpr.h"
#include "codegen/cuda/Emit.h"
#include "ir/Philox.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/StringMap.h"
#include <charconv>

using namespace mlir;

namespace dlc::cuda {

std::string typeText(Type type, int64_t indexBits) {
  if (isa<IndexType>(type))
    return indexBits == 64 ? "i64" : "i32";
  if (type.isInteger(1))
    return "bool";
  if (auto integer = dyn_cast<IntegerType>(type))
    if (llvm::is_contained({8u, 16u, 32u, 64u}, integer.getWidth()))
      return "i" + std::to_string(integer.getWidth());
  if (type.isF16() || type.isBF16() || type.isF32() || type.isF64()) {
    std::string text;
    llvm::raw_string_ostream(text) << type;
    return text;
  }
  if (auto vector = dyn_cast<VectorType>(type); vector && vector.getRank() == 1)
    if (std::string element = typeText(vector.getElementType(), indexBits); !element.empty())
      return "vec<" + element + ", " + std::to_string(vector.getDimSize(0)) + ">";
  return "";
}

std::string within(const Expr &expr, Binds outer, bool tighter) {
  bool parentheses = tighter ? expr.binds >= outer : expr.binds > outer;
  // Readers do not know that & and << bind looser than +, or && tighter than ||.
  parentheses |= expr.binds > Binds::Sum && expr.binds != outer && outer >= Binds::Shift && outer <= Binds::LogicalOr &&
                 !(outer >= Binds::LogicalAnd && expr.binds <= Binds::Equality);
  return parentheses ? "(" + expr.text + ")" : expr.text;
}

/// The fewest digits that read back as the same number.
template <class T> static std::string digits(T value, const char *suffix) {
  char buffer[40];
  auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  std::string text(buffer, end);
  if (StringRef(text).find_first_of(".e") == StringRef::npos)
    text += ".0";
  return text + suffix;
}

static std::string floatText(APFloat value, bool wide) {
  bool lost = false;
  if (wide)
    return digits(value.convertToDouble(), "");
  value.convert(APFloat::IEEEsingle(), APFloat::rmNearestTiesToEven, &lost);
  return digits(value.convertToFloat(), "f");
}

FailureOr<Expr> literal(TypedAttr value) {
  Type type = value.getType();
  if (auto number = dyn_cast<FloatAttr>(value)) {
    APFloat v = number.getValue();
    bool wide = type.isF64();
    if (!wide && !type.isF32() && !type.isF16() && !type.isBF16())
      return failure();
    Expr expr;
    if (v.isNaN()) {
      std::string bits = llvm::utohexstr(v.bitcastToAPInt().getZExtValue(), /*LowerCase=*/true);
      expr = {type.isF64()   ? "bits_float(u64(0x" + bits + "))"
              : type.isF32() ? "bits_float(0x" + bits + "u)"
                             : std::string(type.isF16() ? "f16" : "bf16") + "{0x" + bits + "}"};
      return expr;
    }
    if (v.isInfinity())
      expr = {std::string(v.isNegative() ? "-" : "") + (wide ? "inf<f64>()" : "inf<f32>()"),
              v.isNegative() ? Binds::Unary : Binds::Primary};
    else
      expr = {floatText(v, wide), v.isNegative() ? Binds::Unary : Binds::Primary};
    if (type.isF16())
      expr = {"to<f16>(" + expr.text + ")"};
    if (type.isBF16())
      expr = {"to<bf16>(" + expr.text + ")"};
    return expr;
  }
  if (auto number = dyn_cast<IntegerAttr>(value)) {
    if (type.isInteger(1))
      return Expr{number.getValue().isZero() ? "false" : "true"};
    int64_t v = number.getValue().getSExtValue();
    if (v == INT64_MIN)
      return Expr{"(-9223372036854775807ll - 1)"};
    if (v == INT32_MIN)
      return Expr{"(-2147483647 - 1)"};
    return Expr{std::to_string(v) + (v == int64_t(int32_t(v)) ? "" : "ll"), v < 0 ? Binds::Unary : Binds::Primary};
  }
  return failure();
}

namespace {

struct Infix {
  const char *symbol;
  Binds binds;
};

/// name of the operation -> the function of the f32 form; f64 drops the trailing f.
const llvm::StringMap<const char *> &mathFunctions() {
  static const llvm::StringMap<const char *> table = {
      {"math.exp", "expf"},      {"math.exp2", "exp2f"},         {"math.expm1", "expm1f"}, {"math.log", "logf"},
      {"math.log2", "log2f"},    {"math.log10", "log10f"},       {"math.log1p", "log1pf"}, {"math.sqrt", "sqrtf"},
      {"math.rsqrt", "rsqrtf"},  {"math.cbrt", "cbrtf"},         {"math.sin", "sinf"},     {"math.cos", "cosf"},
      {"math.tan", "tanf"},      {"math.asin", "asinf"},         {"math.acos", "acosf"},   {"math.atan", "atanf"},
      {"math.sinh", "sinhf"},    {"math.cosh", "coshf"},         {"math.tanh", "tanhf"},   {"math.asinh", "asinhf"},
      {"math.acosh", "acoshf"},  {"math.atanh", "atanhf"},       {"math.erf", "erff"},     {"math.erfc", "erfcf"},
      {"math.absf", "fabsf"},    {"math.floor", "floorf"},       {"math.ceil", "ceilf"},   {"math.trunc", "truncf"},
      {"math.round", "roundf"},  {"math.roundeven", "rintf"},    {"math.powf", "powf"},    {"math.atan2", "atan2f"},
      {"math.fma", "fmaf"},      {"math.copysign", "copysignf"}, {"arith.remf", "fmodf"},  {"arith.maxnumf", "fmaxf"},
      {"arith.minnumf", "fminf"}};
  return table;
}

/// Integer operations that are functions of the prelude, templates over the type.
const llvm::StringMap<const char *> &integerFunctions() {
  static const llvm::StringMap<const char *> table = {{"arith.addi", "wrap_add"},
                                                      {"arith.subi", "wrap_sub"},
                                                      {"arith.muli", "wrap_mul"},
                                                      {"arith.shli", "shift_left"},
                                                      {"arith.shrui", "shift_right_unsigned"},
                                                      {"arith.divui", "div_unsigned"},
                                                      {"arith.remui", "rem_unsigned"},
                                                      {"arith.floordivsi", "div_floor"},
                                                      {"arith.ceildivsi", "div_ceil"},
                                                      {"arith.maxsi", "max_signed"},
                                                      {"arith.minsi", "min_signed"},
                                                      {"arith.maxui", "max_unsigned"},
                                                      {"arith.minui", "min_unsigned"}};
  return table;
}

class Printer {
public:
  Printer(Operation *op, int64_t indexBits, OperandText operand) : op(op), indexBits(indexBits), operand(operand) {}

  FailureOr<Expr> print();

private:
  Operation *op;
  int64_t indexBits;
  OperandText operand;

  Expr in(unsigned i) { return operand(op->getOperand(i)); }
  std::string type(Type t) { return typeText(t, indexBits); }
  Expr infix(Infix form) {
    if (StringRef(form.symbol) == "+" && in(1).binds == Binds::Unary && StringRef(in(1).text).starts_with("-") &&
        !isa<FloatType>(op->getResult(0).getType()) && llvm::isDigit(in(1).text[1]))
      return {within(in(0), Binds::Sum) + " - " + in(1).text.substr(1), Binds::Sum}; // i - 1, not i + -1
    bool associative = form.binds == Binds::LogicalAnd || form.binds == Binds::LogicalOr;
    return {within(in(0), form.binds) + " " + form.symbol + " " + within(in(1), form.binds, !associative), form.binds};
  }
  Expr call(const std::string &function) {
    std::string text = function + "(";
    for (unsigned i = 0; i < op->getNumOperands(); ++i)
      text += (i ? ", " : "") + in(i).text;
    return {text + ")"};
  }
  Expr cast(const std::string &to) { return {to + "(" + in(0).text + ")"}; }
  /// The operand read as an unsigned number.
  std::string asUnsigned(unsigned i) {
    Type t = op->getOperand(i).getType();
    if (t.isInteger(1))
      return "i32(" + in(i).text + ")";
    std::string name = type(t);
    name[0] = 'u';
    return name + "(" + in(i).text + ")";
  }
  FailureOr<Expr> compareIntegers(arith::CmpIOp compare);
  FailureOr<Expr> compareFloats(arith::CmpFOp compare);
  FailureOr<Expr> conversion();
};

FailureOr<Expr> Printer::compareIntegers(arith::CmpIOp compare) {
  using P = arith::CmpIPredicate;
  Type t = compare.getLhs().getType();
  static const std::pair<P, Infix> table[] = {{P::eq, {"==", Binds::Equality}}, {P::ne, {"!=", Binds::Equality}},
                                              {P::slt, {"<", Binds::Relation}}, {P::sle, {"<=", Binds::Relation}},
                                              {P::sgt, {">", Binds::Relation}}, {P::sge, {">=", Binds::Relation}},
                                              {P::ult, {"<", Binds::Relation}}, {P::ule, {"<=", Binds::Relation}},
                                              {P::ugt, {">", Binds::Relation}}, {P::uge, {">=", Binds::Relation}}};
  P p = compare.getPredicate();
  bool isSigned = p == P::slt || p == P::sle || p == P::sgt || p == P::sge;
  if (t.isInteger(1) && isSigned)
    return failure();
  for (auto &[predicate, form] : table)
    if (predicate == p) {
      if (p == P::ult || p == P::ule || p == P::ugt || p == P::uge)
        return Expr{asUnsigned(0) + " " + form.symbol + " " + asUnsigned(1), form.binds};
      return infix(form);
    }
  return failure();
}

FailureOr<Expr> Printer::compareFloats(arith::CmpFOp compare) {
  using P = arith::CmpFPredicate;
  auto plain = [&](const char *symbol, Binds binds) { return infix({symbol, binds}); };
  // An unordered comparison is the negation of the opposite ordered one.
  auto negated = [&](const char *symbol) {
    return Expr{"!(" + infix({symbol, Binds::Relation}).text + ")", Binds::Unary};
  };
  std::string a = within(in(0), Binds::Equality), b = within(in(1), Binds::Equality);
  switch (compare.getPredicate()) {
  case P::AlwaysFalse:
    return Expr{"false"};
  case P::AlwaysTrue:
    return Expr{"true"};
  case P::OEQ:
    return plain("==", Binds::Equality);
  case P::UNE:
    return plain("!=", Binds::Equality);
  case P::OLT:
    return plain("<", Binds::Relation);
  case P::OLE:
    return plain("<=", Binds::Relation);
  case P::OGT:
    return plain(">", Binds::Relation);
  case P::OGE:
    return plain(">=", Binds::Relation);
  case P::ULT:
    return negated(">=");
  case P::ULE:
    return negated(">");
  case P::UGT:
    return negated("<=");
  case P::UGE:
    return negated("<");
  case P::ONE:
    return Expr{a + " < " + b + " || " + a + " > " + b, Binds::LogicalOr};
  case P::UEQ:
    return Expr{"!(" + a + " < " + b + " || " + a + " > " + b + ")", Binds::Unary};
  case P::ORD:
    return Expr{a + " == " + a + " && " + b + " == " + b, Binds::LogicalAnd};
  case P::UNO:
    return Expr{a + " != " + a + " || " + b + " != " + b, Binds::LogicalOr};
  }
  return failure();
}

FailureOr<Expr> Printer::conversion() {
  Type from = op->getOperand(0).getType(), to = op->getResult(0).getType();
  std::string target = type(to);
  if (target.empty() || type(from).empty() || isa<VectorType>(to))
    return failure();
  if (isa<arith::IndexCastOp, arith::IndexCastUIOp>(op)) {
    if (type(from) == target)
      return in(0);
    if (isa<arith::IndexCastUIOp>(op) && !from.isInteger(1))
      return Expr{target + "(" + asUnsigned(0) + ")"};
    if (isa<arith::IndexCastOp>(op) && from.isInteger(1))
      return Expr{"-" + target + "(" + within(in(0), Binds::Unary) + ")", Binds::Unary};
    return cast(target);
  }
  if (isa<arith::ExtUIOp, arith::UIToFPOp>(op)) {
    std::string value = from.isInteger(1) ? in(0).text : asUnsigned(0);
    if (to.isF16() || to.isBF16())
      return Expr{"to<" + target + ">(" + value + ")"};
    return Expr{target + "(" + value + ")"};
  }
  if (isa<arith::ExtSIOp>(op))
    return from.isInteger(1) ? Expr{"-" + target + "(" + in(0).text + ")", Binds::Unary} : cast(target);
  if (isa<arith::SIToFPOp>(op)) {
    std::string value = from.isInteger(1) ? "-i32(" + in(0).text + ")" : in(0).text;
    return Expr{(to.isF16() || to.isBF16() ? "to<" + target + ">" : target) + "(" + value + ")"};
  }
  if (isa<arith::TruncIOp>(op)) {
    if (to.isInteger(1))
      return Expr{"(" + within(in(0), Binds::And) + " & 1) != 0", Binds::Equality};
    return cast(target);
  }
  if (isa<arith::FPToSIOp>(op) && !to.isInteger(1))
    return cast(target);
  if (isa<arith::FPToUIOp>(op)) {
    if (to.isInteger(1))
      return failure();
    std::string name = target;
    name[0] = 'u';
    return Expr{target + "(" + name + "(" + in(0).text + "))"};
  }
  if (isa<arith::ExtFOp>(op))
    return from.isF32() || to.isF32() ? cast(target) : Expr{target + "(f32(" + in(0).text + "))"};
  if (isa<arith::TruncFOp>(op))
    return to.isF32() ? cast(target) : Expr{"to<" + target + ">(" + in(0).text + ")"};
  if (isa<arith::BitcastOp>(op))
    return Expr{"bitcast<" + target + ">(" + in(0).text + ")"};
  return failure();
}

FailureOr<Expr> Printer::print() {
  StringRef name = op->getName().getStringRef();
  if (op->getNumResults() != 1)
    return failure();
  Type t = op->getResult(0).getType();
  if (isa<VectorType>(t) || typeText(t, indexBits).empty())
    return failure();

  if (auto compare = dyn_cast<arith::CmpIOp>(op))
    return compareIntegers(compare);
  if (auto compare = dyn_cast<arith::CmpFOp>(op))
    return compareFloats(compare);
  if (isa<arith::SelectOp>(op))
    return Expr{within(in(0), Binds::LogicalOr) + " ? " + within(in(1), Binds::Choice, true) + " : " +
                    within(in(2), Binds::Choice),
                Binds::Choice};
  if (isa<CastOpInterface>(op))
    return conversion();
  if (isa<PhiloxOp>(op))
    return call("philox");

  if (isa<FloatType>(t)) {
    if (!t.isF32() && !t.isF64())
      return failure(); // 16-bit floats are storage
    static const llvm::StringMap<Infix> operators = {{"arith.addf", {"+", Binds::Sum}},
                                                     {"arith.subf", {"-", Binds::Sum}},
                                                     {"arith.mulf", {"*", Binds::Multiply}},
                                                     {"arith.divf", {"/", Binds::Multiply}}};
    if (auto it = operators.find(name); it != operators.end()) {
      // a + (b + c) must stay so; a + b + c is (a + b) + c.
      return infix(it->second);
    }
    if (isa<arith::NegFOp>(op))
      return Expr{"-" + within(in(0), Binds::Unary, true), Binds::Unary};
    if (isa<arith::MaximumFOp>(op))
      return call("maximum");
    if (isa<arith::MinimumFOp>(op))
      return call("minimum");
    if (auto it = mathFunctions().find(name); it != mathFunctions().end()) {
      if (!llvm::all_of(op->getOperandTypes(), [&](Type o) { return o == t; }))
        return failure();
      StringRef function = it->second;
      return call((t.isF64() ? function.drop_back() : function).str());
    }
    return failure();
  }

  if (t.isInteger(1)) {
    bool negates = matchPattern(op->getOperand(op->getNumOperands() - 1), m_One());
    if (isa<arith::XOrIOp>(op) && negates)
      return Expr{"!" + within(in(0), Binds::Unary), Binds::Unary};
    if (isa<arith::AndIOp, arith::MulIOp, arith::MinUIOp>(op))
      return infix({"&&", Binds::LogicalAnd});
    if (isa<arith::OrIOp, arith::MaxUIOp>(op))
      return infix({"||", Binds::LogicalOr});
    if (isa<arith::XOrIOp, arith::AddIOp, arith::SubIOp>(op))
      return infix({"!=", Binds::Equality});
    if (isa<math::IsNaNOp>(op))
      return Expr{"isnan(" + in(0).text + ")"};
    if (isa<math::IsInfOp>(op))
      return Expr{"isinf(" + in(0).text + ")"};
    if (isa<math::IsFiniteOp>(op))
      return Expr{"isfinite(" + in(0).text + ")"};
    return failure();
  }

  // Index arithmetic never overflows; data wrap unless the operation says that they cannot.
  bool exact = isa<IndexType>(t);
  if (auto flags = dyn_cast<arith::ArithIntegerOverflowFlagsInterface>(op))
    exact |= flags.hasNoSignedWrap();
  static const llvm::StringMap<Infix> exactOperators = {
      {"arith.addi", {"+", Binds::Sum}}, {"arith.subi", {"-", Binds::Sum}}, {"arith.muli", {"*", Binds::Multiply}}};
  static const llvm::StringMap<Infix> operators = {
      {"arith.divsi", {"/", Binds::Multiply}}, {"arith.remsi", {"%", Binds::Multiply}},
      {"arith.shrsi", {">>", Binds::Shift}},   {"arith.andi", {"&", Binds::And}},
      {"arith.ori", {"|", Binds::Or}},         {"arith.xori", {"^", Binds::Xor}}};
  if (exact)
    if (auto it = exactOperators.find(name); it != exactOperators.end())
      return infix(it->second);
  if (auto it = operators.find(name); it != operators.end())
    return infix(it->second);
  if (auto it = integerFunctions().find(name); it != integerFunctions().end())
    return call(std::string(it->second) + "<" + type(t) + ">");
  if (isa<math::AbsIOp>(op))
    return call("wrap_abs<" + type(t) + ">");
  return failure();
}

} // namespace

FailureOr<Expr> expression(Operation *op, int64_t indexBits, OperandText operand) {
  return Printer(op, indexBits, operand).print();
}

} // namespace dlc::cuda
