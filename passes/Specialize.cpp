// dlc-specialize: named dimension symbols become sizes, in every type of the module.
#include "passes/Specialize.h"
#include "ir/Symbols.h"
#include "mlir/IR/AttrTypeSubElements.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"

namespace dlc {
namespace {

/// Sizes for symbol positions; what is not bound stays a symbol.
class Evaluator {
public:
  Evaluator(DLCDialect &dialect, const SymbolBindings &bindings) : dialect(dialect), bindings(bindings) {}

  AffineExpr operator()(AffineExpr expr) const {
    llvm::DenseMap<AffineExpr, AffineExpr> map;
    for (unsigned position : symbolsOf(expr))
      if (auto it = bindings.find(dialect.symbolName(position)); it != bindings.end())
        map[getAffineSymbolExpr(position, expr.getContext())] = getAffineConstantExpr(it->second, expr.getContext());
    return map.empty() ? expr : expr.replace(map);
  }
  std::optional<int64_t> constant(AffineExpr expr) const {
    auto value = dyn_cast<AffineConstantExpr>((*this)(expr));
    return value ? std::optional(value.getValue()) : std::nullopt;
  }

private:
  DLCDialect &dialect;
  const SymbolBindings &bindings;
};

std::string shapeText(ArrayRef<int64_t> shape) {
  return shape.empty() ? "a scalar"
                       : llvm::join(llvm::map_range(shape, [](int64_t s) { return std::to_string(s); }), "x");
}

/// Whether the expression grows in even steps with its only symbol, so that one size has one answer.
bool isLinear(AffineExpr expr) {
  bool linear = true;
  expr.walk([&](AffineExpr e) {
    linear &= isa<AffineConstantExpr, AffineSymbolExpr>(e) || e.getKind() == AffineExprKind::Add ||
              e.getKind() == AffineExprKind::Mul;
  });
  return linear;
}

InFlightDiagnostic inputError(func::FuncOp func, unsigned index) {
  return emitError(func.getArgument(index).getLoc())
         << "input '" << inputName(func, index) << "' (" << describe(func.getArgument(index).getType()) << "): ";
}
} // namespace

FailureOr<func::FuncOp> findMain(ModuleOp module) {
  if (auto main = module.lookupSymbol<func::FuncOp>("main"); main && !main.isExternal())
    return main;
  SmallVector<func::FuncOp> candidates;
  for (auto func : module.getOps<func::FuncOp>())
    if (func.isPublic() && !func.isExternal())
      candidates.push_back(func);
  if (candidates.size() == 1)
    return candidates[0];
  auto names = llvm::map_range(candidates, [](func::FuncOp f) { return ("@" + f.getName()).str(); });
  return emitError(module.getLoc(), "expected a function @main, or one public function; found ")
         << (candidates.empty() ? std::string("none") : llvm::join(names, ", "));
}

std::string inputName(func::FuncOp func, unsigned index) {
  auto name = func.getArgAttrOfType<StringAttr>(index, "dlc.name");
  return name ? name.str() : "arg" + std::to_string(index);
}
std::string outputName(func::FuncOp func, unsigned index) {
  auto name = func.getResultAttrOfType<StringAttr>(index, "dlc.name");
  return name ? name.str() : "result" + std::to_string(index);
}

FailureOr<SymbolBindings> findBindings(func::FuncOp func, const InputShapes &shapes) {
  auto &dialect = *func.getContext()->getOrLoadDialect<DLCDialect>();
  SymbolBindings bindings;
  std::map<std::string, std::string> boundBy; // symbol -> the input that bound it
  Evaluator evaluate(dialect, bindings);

  SmallVector<std::pair<unsigned, ArrayRef<int64_t>>> given;
  for (auto &[name, shape] : shapes) {
    auto indices = llvm::seq(0u, func.getNumArguments());
    auto it = llvm::find_if(indices, [&](unsigned i) { return inputName(func, i) == name; });
    if (it == indices.end()) {
      auto names = llvm::map_range(indices, [&](unsigned i) { return "'" + inputName(func, i) + "'"; });
      return emitError(func.getLoc(), "there is no input '")
             << name << "' to give a shape for; inputs are " << llvm::join(names, ", ");
    }
    auto type = dyn_cast<RankedTensorType>(func.getArgument(*it).getType());
    if (!type || type.getRank() != static_cast<int64_t>(shape.size()))
      return inputError(func, *it) << "has rank " << (type ? type.getRank() : 0) << ", but its given shape is "
                                   << shapeText(shape);
    given.push_back({*it, shape});
  }
  llvm::sort(given, [](auto &a, auto &b) { return a.first < b.first; });

  // A dimension that is nothing but a symbol decides first; expressions such as 2*seq+1 are solved for what is left.
  for (bool onlyPlain : {true, false})
    for (auto [index, shape] : given)
      for (auto [d, expr] : llvm::enumerate(getDims(func.getArgument(index).getType()))) {
        AffineExpr left = evaluate(expr);
        auto symbols = symbolsOf(left);
        if (symbols.size() != 1 || (onlyPlain ? !isa<AffineSymbolExpr>(expr) : !isLinear(left)))
          continue;
        AffineExpr symbol = getAffineSymbolExpr(symbols[0], func.getContext());
        auto at = [&](int64_t value) {
          return cast<AffineConstantExpr>(left.replace(symbol, getAffineConstantExpr(value, func.getContext())))
              .getValue();
        };
        int64_t offset = at(0), step = at(1) - offset, size = shape[d];
        if (step == 0 || (size - offset) % step != 0 || (size - offset) / step < 0)
          return inputError(func, index) << "dimension " << d << " cannot be " << size << " for any '"
                                         << dialect.symbolName(symbols[0]) << "'";
        bindings[dialect.symbolName(symbols[0])] = (size - offset) / step;
        boundBy[dialect.symbolName(symbols[0])] = inputName(func, index);
      }

  for (auto [index, shape] : given)
    for (auto [d, expr] : llvm::enumerate(getDims(func.getArgument(index).getType()))) {
      auto symbols = symbolsOf(expr);
      std::optional<int64_t> size = evaluate.constant(expr);
      if (size == shape[d])
        continue;
      auto error = inputError(func, index) << "dimension " << d;
      if (!size)
        return error << " is given as " << shape[d] << ", but that does not decide its symbols";
      error << (symbols.empty() ? " is " : " must be ") << *size << ", but its given shape is " << shapeText(shape);
      for (unsigned symbol : symbols)
        error << "; '" << dialect.symbolName(symbol) << "' is " << bindings[dialect.symbolName(symbol)] << " by input '"
              << boundBy[dialect.symbolName(symbol)] << "'";
      return error;
    }
  return bindings;
}

/// A symbol becomes `factor` times itself, in every type.
static void multiply(ModuleOp module, unsigned position, int64_t factor) {
  AffineExpr symbol = getAffineSymbolExpr(position, module.getContext());
  auto times = [&](ArrayRef<AffineExpr> sizes) {
    return llvm::map_to_vector(sizes, [&](AffineExpr e) { return canonical(e.replace(symbol, symbol * factor)); });
  };
  AttrTypeReplacer replacer;
  replacer.addReplacement([&](RankedTensorType type) -> std::optional<std::pair<Type, WalkResult>> {
    return std::pair<Type, WalkResult>(getTensorType(type.getContext(), times(getDims(type)), type.getElementType()),
                                       WalkResult::skip());
  });
  replacer.addReplacement([&](DimsAttr dims) -> std::optional<std::pair<Attribute, WalkResult>> {
    return std::pair<Attribute, WalkResult>(DimsAttr::get(dims.getContext(), times(dims.getExprs())),
                                            WalkResult::skip());
  });
  replacer.recursivelyReplaceElementsIn(module, /*replaceAttrs=*/true, /*replaceLocs=*/false, /*replaceTypes=*/true);
}

LogicalResult declareSymbols(ModuleOp module, func::FuncOp func, const GivenRanges &ranges) {
  auto &dialect = *module.getContext()->getOrLoadDialect<DLCDialect>();
  Builder b(module.getContext());
  NamedAttrList list;
  if (auto old = module->getAttrOfType<DictionaryAttr>(symbolsAttrName))
    list.append(old.begin(), old.end());
  for (auto &[given, range] : ranges) {
    if (std::string wrong = rangeFault(range); !wrong.empty())
      return emitError(func.getLoc(), "the range of '") << given << "' " << wrong;
    auto [low, high, step] = range;
    auto [input, dim] = StringRef(given).rsplit(':');
    if (dim.empty())
      std::swap(input, dim);
    std::string found, known;
    bool hasInput = input.empty();
    for (unsigned i = 0; i < func.getNumArguments(); ++i) {
      auto type = dyn_cast<RankedTensorType>(func.getArgument(i).getType());
      if (!type || (!input.empty() && inputName(func, i) != input))
        continue;
      hasInput = true;
      for (auto [d, size] : llvm::enumerate(getDims(type)))
        for (unsigned position : symbolsOf(size)) {
          std::string name = dialect.symbolName(position);
          if (name == dim || (!input.empty() && isa<AffineSymbolExpr>(size) && std::to_string(d) == dim))
            found = name;
          if (!StringRef(known).contains("'" + name + "'"))
            known += (known.empty() ? "'" : ", '") + name + "'";
        }
    }
    if (!hasInput)
      return emitError(func.getLoc(), "there is no input '") << input << "' to give a range for";
    if (found.empty())
      return emitError(func.getLoc(), "no dimension is called '")
             << dim << "'; " << (known.empty() ? "all sizes are fixed" : "open ones are " + known);
    list.set(found, b.getDenseI64ArrayAttr({low / step, high / step}));
    if (step > 1)
      multiply(module, dialect.symbolPosition(found), step);
  }
  module->setAttr(symbolsAttrName, list.getDictionary(module.getContext()));
  return success();
}

LogicalResult specialize(ModuleOp module, const SymbolBindings &bindings) {
  auto &dialect = *module.getContext()->getOrLoadDialect<DLCDialect>();
  Evaluator evaluate(dialect, bindings);
  SymbolRanges declared(module);
  auto unboundIn = [&](AffineExpr expr) -> std::optional<std::string> {
    for (unsigned symbol : symbolsOf(evaluate(expr)))
      if (!declared.number(symbol))
        return dialect.symbolName(symbol);
    return std::nullopt;
  };
  auto least = [&](AffineExpr expr) { return declared.least(canonical(evaluate(expr))); };

  // Inputs first: their messages are the ones that a user can act on.
  bool good = true;
  for (auto func : module.getOps<func::FuncOp>()) {
    if (func.isExternal())
      continue;
    for (BlockArgument arg : func.getArguments()) {
      auto type = dyn_cast<RankedTensorType>(arg.getType());
      if (!type || type.hasStaticShape())
        continue;
      unsigned index = arg.getArgNumber();
      if (!isa_and_nonnull<DimsAttr>(type.getEncoding())) {
        inputError(func, index)
            << "a dimension is `?` and has no name; write its type as tensor<?x..., #dlc.dims<[batch, ...]>>";
        good = false;
        continue;
      }
      for (auto [d, expr] : llvm::enumerate(getDims(type))) {
        if (auto symbol = unboundIn(expr)) {
          inputError(func, index) << "dimension " << d << " depends on '" << *symbol
                                  << "', whose size is not known; give the input's shape with --shape "
                                  << inputName(func, index) << "=...";
          good = false;
        } else if (least(expr) < 0) {
          inputError(func, index) << "dimension " << d << " would be " << least(expr);
          good = false;
        }
      }
    }
  }
  if (!good)
    return failure();

  module.walk([&](Operation *op) {
    for (Type type : op->getResultTypes()) {
      auto tensor = dyn_cast<RankedTensorType>(type);
      if (!tensor || tensor.hasStaticShape())
        continue;
      for (auto [d, expr] : llvm::enumerate(getDims(tensor))) {
        auto unbound = unboundIn(expr);
        if (!unbound && least(expr) >= 0)
          continue;
        auto error = op->emitError("dimension ") << d << " of " << describe(type);
        if (unbound)
          error << " depends on '" << *unbound << "', whose size is not known";
        else
          error << " would be " << least(expr);
        good = false;
      }
    }
  });
  if (!good)
    return failure();
  if (bindings.empty())
    return success();
  if (auto all = module->getAttrOfType<DictionaryAttr>(symbolsAttrName)) {
    SmallVector<NamedAttribute> open(
        llvm::make_filter_range(all, [&](NamedAttribute entry) { return !bindings.count(entry.getName().str()); }));
    module->setAttr(symbolsAttrName, DictionaryAttr::get(module.getContext(), open));
  }

  AttrTypeReplacer replacer;
  replacer.addReplacement([&](RankedTensorType type) -> std::optional<std::pair<Type, WalkResult>> {
    auto dims = dyn_cast_or_null<DimsAttr>(type.getEncoding());
    if (!dims)
      return std::nullopt;
    auto sizes = llvm::map_to_vector(dims.getExprs(), [&](AffineExpr e) { return evaluate(e); });
    return std::pair<Type, WalkResult>(getTensorType(type.getContext(), sizes, type.getElementType()),
                                       WalkResult::skip());
  });
  replacer.addReplacement([&](DimsAttr dims) -> std::optional<std::pair<Attribute, WalkResult>> {
    auto sizes = llvm::map_to_vector(dims.getExprs(), [&](AffineExpr e) { return canonical(evaluate(e)); });
    return std::pair<Attribute, WalkResult>(DimsAttr::get(dims.getContext(), sizes), WalkResult::skip());
  });
  replacer.recursivelyReplaceElementsIn(module, /*replaceAttrs=*/true, /*replaceLocs=*/false, /*replaceTypes=*/true);
  return success();
}

namespace {
struct SpecializePass : PassWrapper<SpecializePass, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(SpecializePass)
  SpecializePass() = default;
  SpecializePass(const SpecializePass &other) : PassWrapper(other), bindings(other.bindings) {}
  explicit SpecializePass(const SymbolBindings &bindings) : bindings(bindings) {}
  StringRef getArgument() const override { return "dlc-specialize"; }
  void getDependentDialects(DialectRegistry &registry) const override { registry.insert<DLCDialect>(); }
  StringRef getDescription() const override { return "Named dimension symbols become sizes"; }

  void runOnOperation() override {
    SymbolBindings all = bindings;
    for (StringRef text : symbols) {
      auto [name, size] = text.split('=');
      int64_t value;
      if (name.empty() || size.getAsInteger(10, value) || value < 0) {
        emitError(getOperation().getLoc(), "dlc-specialize: expected symbols=name=size, found '") << text << "'";
        return signalPassFailure();
      }
      all[name.str()] = value;
    }
    if (failed(specialize(getOperation(), all)))
      signalPassFailure();
  }

  ListOption<std::string> symbols{*this, "symbols", llvm::cl::desc("Sizes of symbols: batch=128,seq=64")};
  SymbolBindings bindings;
};
} // namespace

std::unique_ptr<Pass> createSpecializePass(const SymbolBindings &bindings) {
  return std::make_unique<SpecializePass>(bindings);
}
} // namespace dlc
