#include "ir/Dims.h"
#include "ir/Symbols.h"
#include "llvm/ADT/StringExtras.h"
#include <mutex>

namespace dlc {

struct DimensionSymbols {
  std::mutex mutex;
  std::vector<std::string> names;
};

std::shared_ptr<DimensionSymbols> makeDimensionSymbols() { return std::make_shared<DimensionSymbols>(); }

unsigned DLCDialect::symbolPosition(StringRef name) {
  std::lock_guard lock(dimensionSymbols->mutex);
  auto &names = dimensionSymbols->names;
  auto it = llvm::find(names, name);
  if (it == names.end())
    it = names.insert(names.end(), name.str());
  return static_cast<unsigned>(it - names.begin());
}

std::string DLCDialect::symbolName(unsigned position) const {
  std::lock_guard lock(dimensionSymbols->mutex);
  assert(position < dimensionSymbols->names.size() && "a dimension symbol that nobody named");
  return dimensionSymbols->names[position];
}

//===--- Text: a small grammar of + - * floordiv ceildiv mod over names and integers ----------------------------===//

namespace {
FailureOr<AffineExpr> parseSum(AsmParser &p);

FailureOr<AffineExpr> parseAtom(AsmParser &p) {
  MLIRContext *context = p.getContext();
  if (succeeded(p.parseOptionalLParen())) {
    auto inner = parseSum(p);
    if (failed(inner) || p.parseRParen())
      return failure();
    return inner;
  }
  int64_t value;
  if (OptionalParseResult number = p.parseOptionalInteger(value); number.has_value()) {
    if (failed(*number))
      return failure();
    return getAffineConstantExpr(value, context);
  }
  StringRef name;
  if (failed(p.parseOptionalKeyword(&name)))
    return p.emitError(p.getCurrentLocation(), "expected a dimension: an integer, a symbol's name or a parenthesis");
  auto *dialect = context->getOrLoadDialect<DLCDialect>();
  return getAffineSymbolExpr(dialect->symbolPosition(name), context);
}

FailureOr<AffineExpr> parseProduct(AsmParser &p) {
  auto left = parseAtom(p);
  while (succeeded(left)) {
    enum { mul, floorDiv, ceilDiv, mod } kind;
    if (succeeded(p.parseOptionalStar()))
      kind = mul;
    else if (succeeded(p.parseOptionalKeyword("floordiv")))
      kind = floorDiv;
    else if (succeeded(p.parseOptionalKeyword("ceildiv")))
      kind = ceilDiv;
    else if (succeeded(p.parseOptionalKeyword("mod")))
      kind = mod;
    else
      return left;
    auto right = parseAtom(p);
    if (failed(right))
      return failure();
    // Upstream asserts on divisors below 1.
    auto divisor = dyn_cast<AffineConstantExpr>(*right);
    if (kind != mul && divisor && divisor.getValue() < 1)
      return p.emitError(p.getCurrentLocation(), "a dimension can only be divided by 1 or more");
    left = getAffineBinaryOpExpr(kind == mul        ? AffineExprKind::Mul
                                 : kind == floorDiv ? AffineExprKind::FloorDiv
                                 : kind == ceilDiv  ? AffineExprKind::CeilDiv
                                                    : AffineExprKind::Mod,
                                 *left, *right);
  }
  return left;
}

FailureOr<AffineExpr> parseSum(AsmParser &p) {
  auto left = parseProduct(p);
  while (succeeded(left)) {
    bool plus = succeeded(p.parseOptionalPlus());
    if (!plus && failed(p.parseOptionalMinus()))
      return left;
    auto right = parseProduct(p);
    if (failed(right))
      return failure();
    left = plus ? *left + *right : *left - *right;
  }
  return left;
}

/// `inProduct`: as an operand of a product; `right`: the right one, which a product in it must not run into.
void printExpr(raw_ostream &os, AffineExpr expr, DLCDialect &dialect, bool inProduct = false, bool right = false) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr)) {
    os << constant.getValue();
    return;
  }
  if (auto symbol = dyn_cast<AffineSymbolExpr>(expr)) {
    os << dialect.symbolName(symbol.getPosition());
    return;
  }
  auto binary = cast<AffineBinaryOpExpr>(expr);
  bool isSum = expr.getKind() == AffineExprKind::Add;
  bool apart = inProduct && (isSum || right);
  if (apart)
    os << '(';
  printExpr(os, binary.getLHS(), dialect, !isSum);
  switch (expr.getKind()) {
  case AffineExprKind::Add:
    os << " + ";
    break;
  case AffineExprKind::Mul:
    os << " * ";
    break;
  case AffineExprKind::FloorDiv:
    os << " floordiv ";
    break;
  case AffineExprKind::CeilDiv:
    os << " ceildiv ";
    break;
  default:
    os << " mod ";
    break;
  }
  printExpr(os, binary.getRHS(), dialect, !isSum, !isSum);
  if (apart)
    os << ')';
}
} // namespace

Attribute DimsAttr::parse(AsmParser &p, Type) {
  SmallVector<AffineExpr> exprs;
  auto parseOne = [&]() -> ParseResult {
    auto expr = parseSum(p);
    if (failed(expr))
      return failure();
    exprs.push_back(canonical(*expr));
    return success();
  };
  if (p.parseLess() || p.parseCommaSeparatedList(AsmParser::Delimiter::Square, parseOne) || p.parseGreater())
    return {};
  return DimsAttr::get(p.getContext(), exprs);
}

void DimsAttr::print(AsmPrinter &p) const {
  auto *dialect = getContext()->getOrLoadDialect<DLCDialect>();
  p << "<[";
  llvm::interleaveComma(getExprs(), p.getStream(), [&](AffineExpr e) { printExpr(p.getStream(), e, *dialect); });
  p << "]>";
}

//===--- Rules --------------------------------------------------------------------------------------------------===//

Attribute RuleAttr::parse(AsmParser &p, Type) {
  std::string name;
  SmallVector<double> params;
  auto parseOne = [&]() -> ParseResult { return p.parseFloat(params.emplace_back()); };
  if (p.parseLess() || p.parseString(&name) ||
      (succeeded(p.parseOptionalComma()) && p.parseCommaSeparatedList(AsmParser::Delimiter::Square, parseOne)) ||
      p.parseGreater())
    return {};
  return RuleAttr::get(p.getContext(), name, DenseF64ArrayAttr::get(p.getContext(), params));
}

void RuleAttr::print(AsmPrinter &p) const {
  p << "<\"" << getName() << '"';
  if (!getParams().empty()) {
    p << ", ";
    getParams().print(p);
  }
  p << ">";
}

//===--- Helpers of shape inference -----------------------------------------------------------------------------===//

SmallVector<AffineExpr> getDims(Type type) {
  auto tensor = cast<RankedTensorType>(type);
  if (auto dims = dyn_cast_or_null<DimsAttr>(tensor.getEncoding()))
    return llvm::to_vector(dims.getExprs());
  auto *dialect = type.getContext()->getOrLoadDialect<DLCDialect>();
  return llvm::map_to_vector(tensor.getShape(), [&](int64_t size) {
    return ShapedType::isDynamic(size) ? getAffineSymbolExpr(dialect->symbolPosition("unknown"), type.getContext())
                                       : getAffineConstantExpr(size, type.getContext());
  });
}

RankedTensorType getTensorType(MLIRContext *context, ArrayRef<AffineExpr> sizes, Type element) {
  bool dynamic = false;
  auto dims = llvm::map_to_vector(sizes, canonical);
  auto shape = llvm::map_to_vector(dims, [&](AffineExpr expr) {
    auto constant = dyn_cast<AffineConstantExpr>(expr);
    dynamic |= !constant;
    return constant ? constant.getValue() : ShapedType::kDynamic;
  });
  return RankedTensorType::get(shape, element, dynamic ? Attribute(DimsAttr::get(context, dims)) : Attribute());
}

RankedTensorType permuted(Type type, ArrayRef<int64_t> perm) {
  auto dims = getDims(type);
  auto moved = llvm::map_to_vector(perm, [&](int64_t p) { return dims[p]; });
  return getTensorType(type.getContext(), moved, cast<RankedTensorType>(type).getElementType());
}

RankedTensorType withElement(Type type, Type element) {
  auto tensor = cast<RankedTensorType>(type);
  return RankedTensorType::get(tensor.getShape(), element, tensor.getEncoding());
}

std::string describe(AffineExpr size) {
  std::string text;
  llvm::raw_string_ostream os(text);
  printExpr(os, size, *size.getContext()->getOrLoadDialect<DLCDialect>());
  return text;
}

std::string describe(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  std::string text;
  llvm::raw_string_ostream os(text);
  if (!tensor) {
    os << type;
    return text;
  }
  auto *dialect = type.getContext()->getOrLoadDialect<DLCDialect>();
  for (AffineExpr expr : getDims(type)) {
    printExpr(os, expr, *dialect, /*inProduct=*/true);
    os << 'x';
  }
  os << tensor.getElementType();
  return text;
}

LogicalResult shapeError(std::optional<Location> loc, StringRef op, const Twine &message) {
  return emitOptionalError(loc, op, ": ", message);
}

} // namespace dlc
