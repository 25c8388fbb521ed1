// dlc-loss: the model's output becomes the loss against labels, a new input.
#include "ir/Dims.h"
#include "passes/Specialize.h"
#include "passes/Training.h"
#include "passes/training/Losses.h"

namespace dlc {
namespace {
struct LossPass : PassWrapper<LossPass, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(LossPass)
  LossPass() = default;
  LossPass(const LossPass &other) : PassWrapper(other) {}
  explicit LossPass(const LossOptions &options) {
    rule = options.rule;
    output = options.output;
    keepOutputs = options.keepOutputs;
  }
  StringRef getArgument() const override { return "dlc-loss"; }
  void getDependentDialects(DialectRegistry &registry) const override { registry.insert<DLCDialect>(); }
  StringRef getDescription() const override { return "The model's output becomes the loss against labels"; }

  void runOnOperation() override {
    auto main = findMain(getOperation());
    if (failed(main) || failed(build(*main)))
      signalPassFailure();
  }

  /// The output that the loss looks at; the others go.
  FailureOr<unsigned> find(func::FuncOp main) {
    std::string names;
    for (unsigned i = 0; i < main.getNumResults(); ++i) {
      std::string name = outputName(main, i);
      if (output == name || (output.empty() && main.getNumResults() == 1))
        return i;
      names += (i ? ", '" : "'") + name + "'";
    }
    if (output.empty())
      return emitError(main.getLoc(), "a loss looks at one output, but the model has ")
             << main.getNumResults() << ": " << names << "; choose with --loss-output";
    return emitError(main.getLoc(), "there is no output '")
           << output << "' for the loss to look at; there are " << names;
  }

  LogicalResult build(func::FuncOp main) {
    std::string error;
    auto choice = parseChoice(lossRules(), "loss", rule, error);
    if (!choice)
      return emitError(main.getLoc(), error);
    auto index = find(main);
    if (failed(index))
      return failure();
    auto ret = cast<func::ReturnOp>(main.front().getTerminator());
    Value value = ret.getOperand(*index);
    auto type = dyn_cast<RankedTensorType>(value.getType());
    std::string name = outputName(main, *index);
    if (!type || !type.hasStaticShape() || !isa<FloatType>(type.getElementType()))
      return emitError(value.getLoc(), "a loss needs floats of known shape, but output '")
             << name << "' is " << describe(value.getType());

    OpBuilder b(ret);
    Ops o(b, NameLoc::get(b.getStringAttr("loss"), value.getLoc()));
    // A mean over a batch loses too much in 16 bits.
    if (type.getElementTypeBitWidth() < 32)
      value = o.cast(value, b.getF32Type());
    auto labels = [&](ArrayRef<int64_t> shape, Type element) -> Value {
      for (unsigned i = 0; i < main.getNumArguments(); ++i)
        if (inputName(main, i) == "labels") {
          emitError(main.getLoc(), "the model has an input 'labels' already; the loss adds one of that name");
          return {};
        }
      unsigned at = main.getNumArguments();
      auto named = b.getDictionaryAttr(b.getNamedAttr("dlc.name", b.getStringAttr("labels")));
      if (failed(main.insertArgument(at, RankedTensorType::get(shape, element), named,
                                     NameLoc::get(b.getStringAttr("labels")))))
        return {};
      return main.getArgument(at);
    };
    Value loss = LossBuilder{o, *choice, value, name, labels}.build();
    if (!loss)
      return failure();
    SmallVector<Value> results{loss};
    SmallVector<Attribute> attrs{b.getDictionaryAttr(b.getNamedAttr("dlc.name", b.getStringAttr("loss")))};
    if (keepOutputs)
      for (auto [i, output] : llvm::enumerate(ret.getOperands())) {
        results.push_back(output);
        DictionaryAttr had = main.getResultAttrDict(i);
        attrs.push_back(had ? had : b.getDictionaryAttr({}));
      }
    ret.getOperandsMutable().assign(results);
    main.setFunctionType(b.getFunctionType(main.getArgumentTypes(), ValueRange(results).getTypes()));
    main.setResAttrsAttr(b.getArrayAttr(attrs));
    // What only other outputs needed would stand in the way of gradients.
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(main.front())))
      if (isOpTriviallyDead(&op))
        op.erase();
    return success();
  }

  Option<std::string> rule{*this, "rule", llvm::cl::desc("softmax-cross-entropy,smoothing=0.1"),
                           llvm::cl::init("softmax-cross-entropy")};
  Option<std::string> output{*this, "output", llvm::cl::desc("Output that the loss looks at")};
  Option<bool> keepOutputs{*this, "keep-outputs", llvm::cl::desc("The model's outputs stay, behind the loss")};
};
} // namespace

std::unique_ptr<Pass> createLossPass(const LossOptions &options) { return std::make_unique<LossPass>(options); }
} // namespace dlc
