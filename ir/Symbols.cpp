#include "ir/Symbols.h"
#include "mlir/IR/Matchers.h"
#include <map>

namespace dlc {
namespace {

/// Factors of one product, in order; none: 1.
using Monomial = std::vector<AffineExpr>;

/// By name and structure, never by address: the same input gives the same order.
class Order {
public:
  explicit Order(MLIRContext *context) : dialect(context->getOrLoadDialect<DLCDialect>()) {}
  int compare(AffineExpr a, AffineExpr b) const {
    if (a == b)
      return 0;
    if (a.getKind() != b.getKind())
      return a.getKind() < b.getKind() ? -1 : 1;
    if (auto c = dyn_cast<AffineConstantExpr>(a))
      return c.getValue() < cast<AffineConstantExpr>(b).getValue() ? -1 : 1;
    if (auto s = dyn_cast<AffineSymbolExpr>(a)) {
      std::string x = dialect->symbolName(s.getPosition());
      return x < dialect->symbolName(cast<AffineSymbolExpr>(b).getPosition()) ? -1 : 1;
    }
    if (auto d = dyn_cast<AffineDimExpr>(a))
      return d.getPosition() < cast<AffineDimExpr>(b).getPosition() ? -1 : 1;
    auto x = cast<AffineBinaryOpExpr>(a), y = cast<AffineBinaryOpExpr>(b);
    int left = compare(x.getLHS(), y.getLHS());
    return left ? left : compare(x.getRHS(), y.getRHS());
  }
  bool operator()(AffineExpr a, AffineExpr b) const { return compare(a, b) < 0; }
  /// Longer products first, the constant last.
  bool operator()(const Monomial &a, const Monomial &b) const {
    if (a.size() != b.size())
      return a.size() > b.size();
    for (auto [x, y] : llvm::zip_equal(a, b))
      if (int order = compare(x, y))
        return order < 0;
    return false;
  }

private:
  DLCDialect *dialect;
};

using Polynomial = std::map<Monomial, int64_t, Order>;

class Canonicalizer {
public:
  explicit Canonicalizer(MLIRContext *context) : context(context), order(context) {}

  AffineExpr build(const Polynomial &sum) {
    AffineExpr total;
    for (auto &[factors, coefficient] : sum) {
      AffineExpr term;
      for (AffineExpr factor : factors)
        term = term ? getAffineBinaryOpExpr(AffineExprKind::Mul, term, factor) : factor;
      AffineExpr number = getAffineConstantExpr(coefficient, context);
      term = !term ? number : coefficient == 1 ? term : getAffineBinaryOpExpr(AffineExprKind::Mul, term, number);
      total = total ? getAffineBinaryOpExpr(AffineExprKind::Add, total, term) : term;
    }
    return total ? total : getAffineConstantExpr(0, context);
  }

  Polynomial parse(AffineExpr expr) {
    Polynomial sum(order);
    if (auto constant = dyn_cast<AffineConstantExpr>(expr)) {
      add(sum, {}, constant.getValue());
      return sum;
    }
    if (isa<AffineSymbolExpr, AffineDimExpr>(expr)) {
      add(sum, {expr}, 1);
      return sum;
    }
    auto binary = cast<AffineBinaryOpExpr>(expr);
    Polynomial left = parse(binary.getLHS()), right = parse(binary.getRHS());
    switch (expr.getKind()) {
    case AffineExprKind::Add:
      for (auto &[factors, coefficient] : right)
        add(left, factors, coefficient);
      return left;
    case AffineExprKind::Mul:
      for (auto &[x, p] : left)
        for (auto &[y, q] : right) {
          Monomial factors(x);
          llvm::append_range(factors, y);
          std::sort(factors.begin(), factors.end(), order);
          add(sum, factors, static_cast<int64_t>(static_cast<uint64_t>(p) * static_cast<uint64_t>(q)));
        }
      return sum;
    default:
      return divide(expr.getKind(), left, right);
    }
  }

private:
  MLIRContext *context;
  Order order;

  static void add(Polynomial &sum, const Monomial &factors, int64_t coefficient) {
    auto it = sum.try_emplace(factors, 0).first;
    it->second = static_cast<int64_t>(static_cast<uint64_t>(it->second) + static_cast<uint64_t>(coefficient));
    if (it->second == 0)
      sum.erase(it);
  }

  /// Terms that the divisor divides come out of the division: (4*s + 3) floordiv 4 = s.
  Polynomial divide(AffineExprKind kind, const Polynomial &left, const Polynomial &right) {
    Polynomial whole(order), rest(order), result(order);
    bool single = right.size() == 1 && right.begin()->second > 0;
    for (auto &[factors, coefficient] : left) {
      Monomial left(factors);
      bool divides = single && coefficient % right.begin()->second == 0;
      if (divides)
        for (AffineExpr factor : right.begin()->first) {
          auto it = llvm::find(left, factor);
          divides &= it != left.end();
          if (it != left.end())
            left.erase(it);
        }
      if (divides)
        add(whole, left, coefficient / right.begin()->second);
      else
        add(rest, factors, coefficient);
    }
    AffineExpr top = build(rest), bottom = build(right), atom;
    auto a = dyn_cast<AffineConstantExpr>(top), b = dyn_cast<AffineConstantExpr>(bottom);
    if (a && (a.getValue() == 0 || (b && b.getValue() > 0))) {
      int64_t x = a.getValue(), y = b ? b.getValue() : 1;
      int64_t floor = x / y - (x % y < 0), part = x % y + (x % y < 0 ? y : 0);
      atom = getAffineConstantExpr(kind == AffineExprKind::Mod        ? part
                                   : kind == AffineExprKind::FloorDiv ? floor
                                                                      : floor + (part != 0),
                                   context);
      if (kind != AffineExprKind::Mod)
        result = whole;
      add(result, {}, cast<AffineConstantExpr>(atom).getValue());
      return result;
    }
    atom = getAffineBinaryOpExpr(kind, top, bottom);
    if (kind != AffineExprKind::Mod)
      result = whole;
    // Upstream may have simplified what it was given; a sum or product again is taken apart, other forms are factors.
    if (isa<AffineConstantExpr>(atom))
      add(result, {}, cast<AffineConstantExpr>(atom).getValue());
    else
      add(result, {atom}, 1);
    return result;
  }
};

using Range = SymbolRanges::Range;
constexpr int64_t limit = int64_t(1) << 62;

int64_t saturated(__int128 value) {
  return static_cast<int64_t>(std::clamp<__int128>(value, -static_cast<__int128>(limit), limit));
}
} // namespace

AffineExpr canonical(AffineExpr size) {
  if (isa<AffineConstantExpr, AffineSymbolExpr, AffineDimExpr>(size))
    return size;
  Canonicalizer c(size.getContext());
  return c.build(c.parse(size));
}
AffineExpr product(AffineExpr a, AffineExpr b) {
  auto x = dyn_cast<AffineConstantExpr>(a), y = dyn_cast<AffineConstantExpr>(b);
  if (x && y)
    return getAffineConstantExpr(saturated(static_cast<__int128>(x.getValue()) * y.getValue()), a.getContext());
  if (isConstant(a, 1))
    return b;
  if (isConstant(b, 1))
    return a;
  return canonical(getAffineBinaryOpExpr(AffineExprKind::Mul, a, b));
}
AffineExpr sum(AffineExpr a, AffineExpr b) {
  if (isConstant(a, 0))
    return b;
  if (isConstant(b, 0))
    return a;
  return canonical(getAffineBinaryOpExpr(AffineExprKind::Add, a, b));
}
AffineExpr product(MLIRContext *context, ArrayRef<AffineExpr> sizes) {
  AffineExpr all = getAffineConstantExpr(1, context);
  for (AffineExpr size : sizes)
    all = product(all, size);
  return all;
}
SmallVector<AffineExpr> rowMajorStrides(ArrayRef<AffineExpr> dims, MLIRContext *context) {
  SmallVector<AffineExpr> strides(dims.size(), getAffineConstantExpr(1, context));
  for (size_t i = dims.size(); i-- > 1;)
    strides[i - 1] = product(strides[i], dims[i]);
  return strides;
}
AffineExpr elementCount(Type tensor) { return product(tensor.getContext(), getDims(tensor)); }
std::optional<int64_t> constantSize(AffineExpr size) {
  auto constant = dyn_cast<AffineConstantExpr>(size);
  return constant ? std::optional(constant.getValue()) : std::nullopt;
}
bool isConstant(AffineExpr size, int64_t value) { return constantSize(size) == value; }
SmallVector<unsigned> symbolsOf(AffineExpr size) {
  SmallVector<unsigned> found;
  size.walk([&](AffineExpr e) {
    if (auto symbol = dyn_cast<AffineSymbolExpr>(e); symbol && !llvm::is_contained(found, symbol.getPosition()))
      found.push_back(symbol.getPosition());
  });
  return found;
}

//===--- Ranges -------------------------------------------------------------------------------------------------===//

SymbolRanges::SymbolRanges(Operation *inModule) {
  auto module = isa<ModuleOp>(inModule) ? cast<ModuleOp>(inModule) : inModule->getParentOfType<ModuleOp>();
  while (module && !module->hasAttr(symbolsAttrName) && module->getParentOfType<ModuleOp>())
    module = module->getParentOfType<ModuleOp>();
  auto declared = module ? module->getAttrOfType<DictionaryAttr>(symbolsAttrName) : DictionaryAttr();
  if (!declared)
    return;
  auto &dialect = *module.getContext()->getOrLoadDialect<DLCDialect>();
  for (NamedAttribute entry : declared)
    if (auto range = dyn_cast<DenseI64ArrayAttr>(entry.getValue()); range && range.size() == 2) {
      std::string name = entry.getName().str();
      list.push_back(
          {name, {range[0], range[1]}, getAffineSymbolExpr(dialect.symbolPosition(name), module.getContext())});
    }
}

std::optional<unsigned> SymbolRanges::number(unsigned position) const {
  for (auto [i, symbol] : llvm::enumerate(list))
    if (cast<AffineSymbolExpr>(symbol.expr).getPosition() == position)
      return i;
  return std::nullopt;
}

Range SymbolRanges::of(AffineExpr size) const {
  if (auto constant = dyn_cast<AffineConstantExpr>(size))
    return {constant.getValue(), constant.getValue()};
  if (auto symbol = dyn_cast<AffineSymbolExpr>(size)) {
    auto i = number(symbol.getPosition());
    return i ? list[*i].range : Range{0, limit};
  }
  auto binary = dyn_cast<AffineBinaryOpExpr>(size);
  if (!binary)
    return {0, limit};
  Range x = of(binary.getLHS()), y = of(binary.getRHS());
  if (size.getKind() == AffineExprKind::Add)
    return {saturated(static_cast<__int128>(x.low) + y.low), saturated(static_cast<__int128>(x.high) + y.high)};
  auto corners = [&](auto f) {
    __int128 all[] = {f(x.low, y.low), f(x.low, y.high), f(x.high, y.low), f(x.high, y.high)};
    return Range{saturated(*std::min_element(all, all + 4)), saturated(*std::max_element(all, all + 4))};
  };
  if (size.getKind() == AffineExprKind::Mul)
    return corners([](__int128 a, __int128 b) { return a * b; });
  y = {std::max<int64_t>(y.low, 1), std::max<int64_t>(y.high, 1)};
  if (size.getKind() == AffineExprKind::Mod)
    return {0, x.low >= 0 ? std::min(x.high, y.high - 1) : y.high - 1};
  bool up = size.getKind() == AffineExprKind::CeilDiv;
  return corners([&](__int128 a, __int128 b) {
    __int128 n = up ? a + b - 1 : a;
    return n / b - (n % b < 0);
  });
}

int64_t SymbolRanges::typical(AffineExpr size) const {
  llvm::DenseMap<AffineExpr, AffineExpr> map;
  for (unsigned position : symbolsOf(size)) {
    AffineExpr symbol = getAffineSymbolExpr(position, size.getContext());
    Range range = of(symbol);
    int64_t middle = number(position) ? range.low + (range.high - range.low) / 2 : 16;
    map[symbol] = getAffineConstantExpr(std::max<int64_t>(middle, 1), size.getContext());
  }
  auto value = dyn_cast<AffineConstantExpr>(canonical(map.empty() ? size : size.replace(map)));
  return value ? value.getValue() : 1;
}

int64_t typicalElements(Type tensor) {
  auto type = cast<RankedTensorType>(tensor);
  return type.hasStaticShape() ? type.getNumElements() : SymbolRanges().typical(elementCount(type));
}

//===--- Sizes as values ----------------------------------------------------------------------------------------===//

Value extentValue(OpBuilder &b, Location loc, AffineExpr size) {
  if (auto constant = dyn_cast<AffineConstantExpr>(size))
    return arith::ConstantIndexOp::create(b, loc, constant.getValue());
  return ExtentOp::create(b, loc, b.getIndexType(), DimsAttr::get(b.getContext(), {canonical(size)}));
}

SmallVector<Value> dynamicExtents(OpBuilder &b, Location loc, Type tensor) {
  SmallVector<Value> sizes;
  for (AffineExpr size : getDims(tensor))
    if (!isa<AffineConstantExpr>(size))
      sizes.push_back(extentValue(b, loc, size));
  return sizes;
}

Value emptyTensor(OpBuilder &b, Location loc, RankedTensorType type) {
  return tensor::EmptyOp::create(b, loc, type, dynamicExtents(b, loc, type));
}

bool dependsOnSymbols(Operation *op) {
  return llvm::any_of(op->getAttrs(), [](NamedAttribute a) { return isa<DimsAttr>(a.getValue()); }) ||
         llvm::any_of(op->getResultTypes(), [](Type t) {
           auto tensor = dyn_cast<RankedTensorType>(t);
           return tensor && !tensor.hasStaticShape();
         });
}

Value materialize(OpBuilder &b, Location loc, AffineExpr size, llvm::function_ref<Value(unsigned)> symbol) {
  if (auto constant = dyn_cast<AffineConstantExpr>(size))
    return arith::ConstantIndexOp::create(b, loc, constant.getValue());
  if (auto s = dyn_cast<AffineSymbolExpr>(size))
    return symbol(s.getPosition());
  auto binary = cast<AffineBinaryOpExpr>(size);
  Value x = materialize(b, loc, binary.getLHS(), symbol), y = materialize(b, loc, binary.getRHS(), symbol);
  switch (size.getKind()) {
  case AffineExprKind::Add:
    return arith::AddIOp::create(b, loc, x, y);
  case AffineExprKind::Mul:
    return arith::MulIOp::create(b, loc, x, y);
  default:
    break;
  }
  if (!isa<AffineConstantExpr>(binary.getRHS()))
    y = arith::MaxSIOp::create(b, loc, y, arith::ConstantIndexOp::create(b, loc, 1));
  switch (size.getKind()) {
  case AffineExprKind::CeilDiv:
    return arith::CeilDivSIOp::create(b, loc, x, y);
  case AffineExprKind::FloorDiv:
    return arith::FloorDivSIOp::create(b, loc, x, y);
  default:
    break;
  }
  Value floor = arith::FloorDivSIOp::create(b, loc, x, y);
  return arith::SubIOp::create(b, loc, x, arith::MulIOp::create(b, loc, floor, y));
}

std::string rangeFault(const std::array<int64_t, 3> &range) {
  auto [low, high, step] = range;
  std::string text = "is " + std::to_string(low) + ".." + std::to_string(high);
  if (low < 1 || low > high || high > int64_t(1) << 40)
    return text + "; a range begins at 1 or more and ends where it begins or later";
  if (step < 1 || low % step || high % step)
    return text + " in steps of " + std::to_string(step) + "; it goes from one multiple of its step to another";
  return "";
}

} // namespace dlc
