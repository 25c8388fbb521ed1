// dlc-loss: the model's output becomes the loss against labels, a new input.
#include "ir/Build.h"
#include "ir/Dims.h"
#include "passes/Specialize.h"
#include "passes/Training.h"

namespace dlc {
namespace {
struct LossPass : PassWrapper<LossPass, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(LossPass)
  LossPass() = default;
  LossPass(const LossPass &other) : PassWrapper(other) {}
  explicit LossPass(StringRef name) { kind = name.str(); }
  StringRef getArgument() const override { return "dlc-loss"; }
  void getDependentDialects(DialectRegistry &registry) const override { registry.insert<DLCDialect>(); }
  StringRef getDescription() const override { return "The model's output becomes the loss against labels"; }

  void runOnOperation() override {
    auto main = findMain(getOperation());
    if (failed(main) || failed(build(*main)))
      signalPassFailure();
  }

  LogicalResult build(func::FuncOp main) {
    if (kind != "softmax-cross-entropy")
      return emitError(main.getLoc(), "there is no loss '") << kind << "'; there is: softmax-cross-entropy";
    if (main.getNumResults() != 1)
      return emitError(main.getLoc(), "a loss needs a model with one output, found ") << main.getNumResults();
    auto ret = cast<func::ReturnOp>(main.front().getTerminator());
    Value logits = ret.getOperand(0);
    auto type = dyn_cast<RankedTensorType>(logits.getType());
    if (!type || !type.hasStaticShape() || !isa<FloatType>(type.getElementType()) || type.getRank() < 2 ||
        type.getNumElements() != type.getDimSize(0) * type.getDimSize(1))
      return emitError(logits.getLoc()) << "softmax-cross-entropy needs logits [N, C] of floats, but output '"
                                        << outputName(main, 0) << "' is " << describe(logits.getType());
    for (unsigned i = 0; i < main.getNumArguments(); ++i)
      if (inputName(main, i) == "labels")
        return emitError(main.getLoc(), "the model has an input 'labels' already; the loss adds one of that name");

    MLIRContext *context = &getContext();
    Location loc = NameLoc::get(StringAttr::get(context, "loss"), logits.getLoc());
    OpBuilder b(ret);
    Ops o(b, loc);
    unsigned index = main.getNumArguments();
    auto labelsType = RankedTensorType::get({type.getDimSize(0)}, b.getI32Type());
    auto labelsAttrs = b.getDictionaryAttr(b.getNamedAttr("dlc.name", b.getStringAttr("labels")));
    if (failed(main.insertArgument(index, labelsType, labelsAttrs, NameLoc::get(b.getStringAttr("labels")))))
      return failure();
    // A mean over a batch loses too much in 16 bits.
    if (type.getElementTypeBitWidth() < 32)
      logits = o.cast(logits, b.getF32Type());
    Type element = getElementTypeOrSelf(logits.getType());
    logits = o.reshape(logits, RankedTensorType::get(type.getShape().take_front(2), element));
    Value loss = SoftmaxCrossEntropyOp::create(b, loc, RankedTensorType::get({}, element), logits,
                                               main.getArgument(index)).getResult();
    ret.getOperandsMutable().assign(loss);
    main.setFunctionType(b.getFunctionType(main.getArgumentTypes(), loss.getType()));
    main.setResultAttrs(0, b.getDictionaryAttr(b.getNamedAttr("dlc.name", b.getStringAttr("loss"))));
    return success();
  }

  Option<std::string> kind{*this, "kind", llvm::cl::desc("softmax-cross-entropy"),
                           llvm::cl::init("softmax-cross-entropy")};
};
} // namespace

std::unique_ptr<Pass> createLossPass(StringRef kind) { return std::make_unique<LossPass>(kind); }
} // namespace dlc
