// dlc-optimizer: weights with gradients become state that the step returns anew.
#include "ir/Build.h"
#include "passes/Specialize.h"
#include "passes/Training.h"

namespace dlc {

llvm::Expected<OptimizerOptions> parseOptimizer(StringRef text) {
  OptimizerOptions options;
  SmallVector<StringRef> parts;
  text.split(parts, ',');
  options.kind = parts[0].str();
  for (StringRef part : ArrayRef(parts).drop_front()) {
    auto [key, value] = part.split('=');
    double *field = key == "lr" ? &options.lr : key == "momentum" ? &options.momentum : nullptr;
    if (!field)
      return llvm::createStringError("optimizer '" + text.str() + "': there is no '" + key.str() +
                                     "'; there are lr and momentum");
    if (value.getAsDouble(*field))
      return llvm::createStringError("optimizer '" + text.str() + "': " + key.str() + " must be a number, found '" +
                                     value.str() + "'");
  }
  if (options.kind != "sgd")
    return llvm::createStringError("there is no optimizer '" + options.kind + "'; there is: sgd");
  return options;
}

namespace {
struct OptimizerPass : PassWrapper<OptimizerPass, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(OptimizerPass)
  OptimizerPass() = default;
  OptimizerPass(const OptimizerPass &other) : PassWrapper(other) {}
  explicit OptimizerPass(const OptimizerOptions &options) {
    kind = options.kind;
    lr = options.lr;
    momentum = options.momentum;
  }
  StringRef getArgument() const override { return "dlc-optimizer"; }
  void getDependentDialects(DialectRegistry &registry) const override { registry.insert<DLCDialect>(); }
  StringRef getDescription() const override { return "Weights with gradients become state, updated by the step"; }

  void runOnOperation() override {
    auto main = findMain(getOperation());
    if (failed(main) || failed(build(*main)))
      signalPassFailure();
  }

  LogicalResult build(func::FuncOp main) {
    if (kind != "sgd")
      return emitError(main.getLoc(), "there is no optimizer '") << kind << "'; there is: sgd";
    SymbolTable symbols(getOperation());
    auto ret = cast<func::ReturnOp>(main.front().getTerminator());
    OpBuilder b(ret);

    SmallVector<Value> results;
    SmallVector<Attribute> attrs;
    auto give = [&](Value value, Attribute attr) {
      results.push_back(value);
      attrs.push_back(attr ? attr : b.getDictionaryAttr({}));
    };
    auto stateAttr = [&](FlatSymbolRefAttr weight) {
      return b.getDictionaryAttr(b.getNamedAttr("dlc.state", weight));
    };
    // A new argument that holds the state before the step.
    auto state = [&](FlatSymbolRefAttr weight, Type type) -> Value {
      unsigned index = main.getNumArguments();
      if (failed(main.insertArgument(index, type, stateAttr(weight), NameLoc::get(weight.getAttr()))))
        return {};
      return main.getArgument(index);
    };

    bool any = false;
    for (auto [i, value] : llvm::enumerate(ret.getOperands())) {
      auto name = main.getResultAttrOfType<FlatSymbolRefAttr>(i, "dlc.gradient");
      if (!name) {
        give(value, main.getResultAttrDict(i));
        continue;
      }
      any = true;
      auto weight = symbols.lookup<WeightOp>(name.getValue());
      if (!weight)
        return emitError(main.getLoc(), "result ") << i << " is the gradient of " << name << ", which is no weight";
      Location loc = NameLoc::get(b.getStringAttr("update(" + name.getValue() + ")"), weight.getLoc());
      Ops o(b, loc);
      Value before = state(name, weight.getType()), direction = value;
      for (auto get : llvm::make_early_inc_range(main.front().getOps<GetWeightOp>()))
        if (get.getWeightAttr() == name) {
          get.replaceAllUsesWith(before);
          get.erase();
        }
      FlatSymbolRefAttr momentumName;
      if (momentum != 0) {
        momentumName = addMomentum(symbols, weight);
        direction = o.add(o.mul(state(momentumName, weight.getType()), o.like(value, momentum)), value);
      }
      give(o.sub(before, o.mul(direction, o.like(direction, lr))), stateAttr(name));
      if (momentumName)
        give(direction, stateAttr(momentumName));
    }
    if (!any)
      return emitError(main.getLoc(), "there are no gradients to step along; run dlc-autodiff first");
    ret.getOperandsMutable().assign(results);
    main.setFunctionType(b.getFunctionType(main.getArgumentTypes(), ret.getOperandTypes()));
    main.setResAttrsAttr(b.getArrayAttr(attrs));
    return success();
  }

  /// Behind all other weights, whose numbers (and with them their first values) must not change.
  FlatSymbolRefAttr addMomentum(SymbolTable &symbols, WeightOp weight) {
    OpBuilder b = OpBuilder::atBlockEnd(getOperation().getBody());
    auto zeros = RuleAttr::get(&getContext(), "zeros", DenseF64ArrayAttr::get(&getContext(), {}));
    auto added = WeightOp::create(b, weight.getLoc(), (weight.getSymName() + ".momentum").str(), weight.getType(), zeros,
                                  /*frozen=*/false);
    return FlatSymbolRefAttr::get(symbols.insert(added));
  }

  Option<std::string> kind{*this, "kind", llvm::cl::desc("sgd"), llvm::cl::init("sgd")};
  Option<double> lr{*this, "lr", llvm::cl::desc("Learning rate"), llvm::cl::init(0.01)};
  Option<double> momentum{*this, "momentum", llvm::cl::desc("Momentum; 0 keeps no state for it"), llvm::cl::init(0.0)};
};
} // namespace

std::unique_ptr<Pass> createOptimizerPass(const OptimizerOptions &options) {
  return std::make_unique<OptimizerPass>(options);
}
} // namespace dlc
