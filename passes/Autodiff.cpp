// dlc-autodiff: reverse mode through DifferentiableOpInterface; no operator is named here.
#include "ir/Build.h"
#include "ir/Dims.h"
#include "ir/Names.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "passes/Specialize.h"
#include "passes/Training.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/SetVector.h"

namespace dlc {
namespace {

/// NameLoc "grad(conv1)" around the source's location; an operator without a name gives its own.
Location gradientLoc(Operation *op) {
  return NameLoc::get(StringAttr::get(op->getContext(), "grad(" + nodeName(op) + ")"), op->getLoc());
}

/// The operators that the outputs depend on, of those that depend on `wrt` in turn.
class Path {
public:
  Path(Block &block, ArrayRef<Value> outputs, ArrayRef<Value> wrt) {
    llvm::DenseSet<Value> needed(outputs.begin(), outputs.end());
    for (Operation &op : llvm::reverse(block))
      if (llvm::any_of(op.getResults(), [&](Value v) { return needed.contains(v); }))
        needed.insert(op.operand_begin(), op.operand_end());
    active.insert(wrt.begin(), wrt.end());
    for (Operation &op : block) {
      if (llvm::none_of(op.getOperands(), [&](Value v) { return active.contains(v); }))
        continue;
      bool flows = false;
      for (Value result : op.getResults())
        if (isFloat(result) && needed.contains(result)) {
          active.insert(result);
          flows = true;
        }
      if (flows)
        operators.push_back(&op);
    }
  }
  bool isActive(Value v) const { return active.contains(v); }

  SmallVector<Operation *> operators; ///< in program order
private:
  llvm::DenseSet<Value> active;
};

/// Composites on the way without a gradient of their own become core operators, until there are none.
LogicalResult decomposeOnPath(Block &block, SmallVector<Value> &outputs, ArrayRef<Value> wrt) {
  for (;;) {
    Path path(block, outputs, wrt);
    bool changed = false;
    for (Operation *op : path.operators) {
      auto composite = dyn_cast<DecomposableOpInterface>(op);
      if (!composite || isa<DifferentiableOpInterface>(op))
        continue;
      OpBuilder b(op);
      SmallVector<Value> values = composite.buildDecomposition(b, op->getLoc());
      assert(values.size() == op->getNumResults() && "a decomposition replaces every result");
      for (Value &output : outputs)
        if (output.getDefiningOp() == op)
          output = values[cast<OpResult>(output).getResultNumber()];
      op->replaceAllUsesWith(values);
      op->erase();
      changed = true;
    }
    if (!changed)
      return success();
  }
}

/// Gradients that nobody asked for were built beside those that somebody did.
void eraseDeadFrom(Block &block, Operation *first) {
  for (Operation *op = block.getTerminator()->getPrevNode(); op && op != first;) {
    Operation *before = op->getPrevNode();
    if (isOpTriviallyDead(op))
      op->erase();
    op = before;
  }
}
} // namespace

LogicalResult differentiate(Block &block, ArrayRef<Value> outputsIn, ArrayRef<Value> outputGradients,
                            ArrayRef<Value> wrt, SmallVectorImpl<Value> &gradients) {
  SmallVector<Value> outputs(outputsIn);
  if (failed(decomposeOnPath(block, outputs, wrt)))
    return failure();
  Path path(block, outputs, wrt);
  Operation *last = block.getTerminator()->getPrevNode();
  OpBuilder b(block.getTerminator());

  llvm::DenseMap<Value, Value> gradientOf;
  SmallVector<Operation *> replaced; // erased at the end: until then their values are keys
  // Contributions come in reverse program order, so sums are the same in every run.
  auto accumulate = [&](Value to, Value gradient, Location loc) {
    assert(gradient.getType() == to.getType() && "a gradient has the type of its value");
    Value &sum = gradientOf[to];
    sum = sum ? Ops(b, loc).add(sum, gradient) : gradient;
  };
  for (auto [output, gradient] : llvm::zip_equal(outputs, outputGradients))
    if (gradient && path.isActive(output))
      accumulate(output, gradient, gradient.getLoc());

  for (Operation *op : llvm::reverse(path.operators)) {
    SmallVector<Value> grads = llvm::map_to_vector(op->getResults(), [&](Value v) { return gradientOf.lookup(v); });
    if (llvm::none_of(grads, [](Value v) { return bool(v); }))
      continue;
    auto differentiable = dyn_cast<DifferentiableOpInterface>(op);
    if (!differentiable)
      return op->emitOpError("has no gradient");
    if (StringRef reason = differentiable.getNoGradientReason(); !reason.empty())
      return op->emitOpError("has no gradient: ") << reason;
    SmallVector<Value> operandGrads(op->getNumOperands());
    llvm::BitVector active(op->getNumOperands());
    for (auto [i, operand] : llvm::enumerate(op->getOperands()))
      active[i] = path.isActive(operand);
    Location loc = gradientLoc(op);
    auto anew = differentiable.buildRegionVjp(b, loc, grads, active, differentiate, operandGrads);
    if (failed(anew))
      return failure();
    if (!anew->empty()) {
      op->replaceAllUsesWith(*anew);
      replaced.push_back(op);
    }
    for (auto [operand, gradient] : llvm::zip_equal(op->getOperands(), operandGrads))
      if (gradient && path.isActive(operand))
        accumulate(operand, gradient, loc);
  }
  gradients = llvm::map_to_vector(wrt, [&](Value v) { return gradientOf.lookup(v); });
  // What is asked for is kept alive over the clean-up by a use of its own.
  block.getTerminator()->insertOperands(
      block.getTerminator()->getNumOperands(),
      llvm::to_vector(llvm::make_filter_range(gradients, [](Value v) { return bool(v); })));
  eraseDeadFrom(block, last);
  block.getTerminator()->eraseOperands(block.getTerminator()->getNumOperands() -
                                           llvm::count_if(gradients, [](Value v) { return bool(v); }),
                                       llvm::count_if(gradients, [](Value v) { return bool(v); }));
  for (Operation *op : replaced)
    op->erase();
  return success();
}

FailureOr<func::FuncOp> buildGradientFunction(func::FuncOp func, ArrayRef<unsigned> arguments) {
  OpBuilder b(func.getContext());
  b.setInsertionPointAfter(func);
  auto result = cast<func::FuncOp>(b.clone(*func));
  result.setName((func.getName() + ".gradient").str());
  Block &block = result.front();
  auto ret = cast<func::ReturnOp>(block.getTerminator());
  SmallVector<Value> outputs = llvm::to_vector(ret.getOperands()), cotangents;
  for (auto [i, output] : llvm::enumerate(outputs)) {
    if (!isFloat(output)) {
      cotangents.push_back({});
      continue;
    }
    unsigned index = result.getNumArguments();
    auto name = b.getNamedAttr("dlc.name", b.getStringAttr("cotangent" + std::to_string(i)));
    if (failed(result.insertArgument(index, output.getType(), b.getDictionaryAttr(name), output.getLoc())))
      return failure();
    cotangents.push_back(result.getArgument(index));
  }
  SmallVector<Value> wrt = llvm::map_to_vector(arguments, [&](unsigned i) { return Value(result.getArgument(i)); }),
                     grads;
  if (failed(differentiate(block, outputs, cotangents, wrt, grads))) {
    result.erase();
    return failure();
  }
  b.setInsertionPoint(ret);
  unsigned first = ret.getNumOperands();
  for (auto [value, gradient] : llvm::zip_equal(wrt, grads)) {
    Value g = gradient ? gradient : Ops(b, result.getLoc()).full(value.getType(), 0.0);
    ret->insertOperands(ret.getNumOperands(), g);
  }
  result.setFunctionType(b.getFunctionType(result.getArgumentTypes(), ret.getOperandTypes()));
  SmallVector<Attribute> attrs;
  for (unsigned i = 0; i < ret.getNumOperands(); ++i) {
    std::string name = i < first ? outputName(func, i) : "gradient" + std::to_string(arguments[i - first]);
    attrs.push_back(b.getDictionaryAttr(b.getNamedAttr("dlc.name", b.getStringAttr(name))));
  }
  result.setResAttrsAttr(b.getArrayAttr(attrs));
  return result;
}

void captureWeights(func::FuncOp main, llvm::function_ref<bool(WeightOp)> wanted) {
  main.walk<WalkOrder::PostOrder>([&](ControlOpInterface control) {
    llvm::MapVector<StringAttr, SmallVector<GetWeightOp>> reads;
    for (Region &region : control->getRegions())
      for (auto get : region.getOps<GetWeightOp>()) {
        auto weight = SymbolTable::lookupNearestSymbolFrom<WeightOp>(get, get.getWeightAttr());
        if (weight && wanted(weight))
          reads[weight.getSymNameAttr()].push_back(get);
      }
    for (auto &[name, gets] : reads) {
      Operation *outside = OpBuilder(control).clone(*gets[0]);
      control->insertOperands(control->getNumOperands(), outside->getResult(0));
      for (Region &region : control->getRegions()) {
        Value inside = region.addArgument(outside->getResult(0).getType(), outside->getLoc());
        for (GetWeightOp get : gets)
          if (get->getParentRegion() == &region)
            get.replaceAllUsesWith(inside);
      }
      for (GetWeightOp get : gets)
        get.erase();
    }
  });
}

namespace {
struct AutodiffPass : PassWrapper<AutodiffPass, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(AutodiffPass)
  StringRef getArgument() const override { return "dlc-autodiff"; }
  void getDependentDialects(DialectRegistry &registry) const override { registry.insert<DLCDialect>(); }
  StringRef getDescription() const override { return "Adds gradients of the loss for all weights in training"; }

  void runOnOperation() override {
    auto main = findMain(getOperation());
    if (failed(main) || failed(build(*main)))
      signalPassFailure();
  }

  LogicalResult build(func::FuncOp main) {
    captureWeights(main, [](WeightOp weight) { return !weight.getFrozen() && isFloat(weight.getType()); });
    Block &block = main.front();
    auto ret = cast<func::ReturnOp>(block.getTerminator());
    auto isState = [&](unsigned i) { return bool(main.getResultAttr(i, "dlc.state")); };
    if (ret.getNumOperands() == 0 || !llvm::all_of(llvm::seq(1u, ret.getNumOperands()), isState) ||
        !isFloat(ret.getOperand(0)) || cast<RankedTensorType>(ret.getOperand(0).getType()).getRank() != 0)
      return emitError(main.getLoc(), "autodiff needs one output, a float scalar (run dlc-loss first), found ")
             << llvm::join(llvm::map_range(ret.getOperandTypes(), [](Type t) { return describe(t); }), ", ");

    // A weight that is read more than once gets one gradient.
    llvm::MapVector<StringAttr, GetWeightOp> reads;
    for (auto get : llvm::make_early_inc_range(block.getOps<GetWeightOp>())) {
      auto weight = SymbolTable::lookupNearestSymbolFrom<WeightOp>(main, get.getWeightAttr());
      if (weight.getFrozen() || !isFloat(get.getResult()))
        continue;
      auto [it, isNew] = reads.insert({weight.getSymNameAttr(), get});
      if (isNew)
        continue;
      get.replaceAllUsesWith(it->second.getResult());
      get.erase();
    }
    OpBuilder b(ret);
    Value loss = ret.getOperand(0);
    Value one = Ops(b, NameLoc::get(b.getStringAttr("grad(loss)"), loss.getLoc())).like(loss, 1.0);
    SmallVector<Value> wrt = llvm::map_to_vector(reads, [](auto &it) { return Value(it.second.getResult()); }), grads;
    if (failed(differentiate(block, loss, one, wrt, grads)))
      return failure();

    unsigned before = ret.getNumOperands();
    SmallVector<Attribute> attrs;
    for (unsigned i = 0; i < before; ++i)
      attrs.push_back(main.getResultAttrDict(i) ? main.getResultAttrDict(i) : b.getDictionaryAttr({}));
    for (auto [read, gradient] : llvm::zip_equal(reads, grads)) {
      if (!gradient) {
        read.second.emitRemark("the loss does not depend on this weight: it will not be trained");
        continue;
      }
      ret->insertOperands(ret.getNumOperands(), gradient);
      attrs.push_back(b.getDictionaryAttr(b.getNamedAttr("dlc.gradient", FlatSymbolRefAttr::get(read.first))));
    }
    if (ret.getNumOperands() == before)
      return emitError(main.getLoc(), "the loss depends on no weight that can be trained");
    main.setFunctionType(b.getFunctionType(main.getArgumentTypes(), ret.getOperandTypes()));
    main.setResAttrsAttr(b.getArrayAttr(attrs));
    return success();
  }
};

struct GradientPass : PassWrapper<GradientPass, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(GradientPass)
  StringRef getArgument() const override { return "dlc-gradient"; }
  void getDependentDialects(DialectRegistry &registry) const override { registry.insert<DLCDialect>(); }
  StringRef getDescription() const override { return "Adds @f.gradient for every public function, for testing"; }

  void runOnOperation() override {
    for (auto func : llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>())) {
      if (!func.isPublic() || func.isExternal())
        continue;
      SmallVector<unsigned> floats;
      for (BlockArgument arg : func.getArguments())
        if (isFloat(arg))
          floats.push_back(arg.getArgNumber());
      if (failed(buildGradientFunction(func, floats)))
        return signalPassFailure();
    }
  }
};
} // namespace

std::unique_ptr<Pass> createAutodiffPass() { return std::make_unique<AutodiffPass>(); }
std::unique_ptr<Pass> createGradientPass() { return std::make_unique<GradientPass>(); }
void registerTrainingPasses() {
  registerPass([] { return createSpecializePass(); });
  registerPass([] { return createLossPass(); });
  registerPass([] { return createFreezePass(); });
  registerPass([] { return createPrecisionPass(); });
  registerPass(createLossScalePass);
  registerPass([] { return createAccumulatePass(); });
  registerPass([] { return createNonfinitePass(); });
  registerPass([] { return createStopGradientPass(); });
  registerPass([] { return createTrainingModePass(); });
  registerPass(createAutodiffPass);
  registerPass(createGradientPass);
  registerPass([] { return createOptimizerPass(); });
  registerPass([] { return createLossSumPass(); });
  registerPass([] { return createRecomputePass(); });
  registerPass([] { return createRecomputeCheapPass(); });
}
} // namespace dlc
