// dlc-loss-sum: the step adds its loss up in a state, so that nobody has to wait for a step to know how training goes.
#include "ir/Build.h"
#include "passes/Specialize.h"
#include "passes/Training.h"
#include "passes/training/States.h"

namespace dlc {
namespace {
struct LossSumPass : PassWrapper<LossSumPass, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(LossSumPass)
  StringRef getArgument() const override { return "dlc-loss-sum"; }
  StringRef getDescription() const override { return "Adds the first result, the loss, to the state loss.sum"; }
  void getDependentDialects(DialectRegistry &registry) const override { registry.insert<DLCDialect>(); }

  void runOnOperation() override {
    auto main = findMain(getOperation());
    if (failed(main) || failed(build(*main)))
      signalPassFailure();
  }

  LogicalResult build(func::FuncOp main) {
    auto ret = cast<func::ReturnOp>(main.front().getTerminator());
    auto type = ret.getNumOperands() ? dyn_cast<RankedTensorType>(ret.getOperand(0).getType()) : RankedTensorType();
    if (!type || type.getRank() != 0 || !isa<FloatType>(type.getElementType()))
      return emitError(main.getLoc(), "the first result must be the loss, a float scalar; found ")
             << (ret.getNumOperands() ? ret.getOperand(0).getType() : Type(NoneType::get(&getContext())));
    constexpr StringLiteral name = "loss.sum";
    States states(getOperation(), main);
    Value before = states.before(name, type);
    if (!before)
      return failure();
    OpBuilder b(ret);
    states.after(name, Ops(b, NameLoc::get(b.getStringAttr(name))).add(before, ret.getOperand(0)));
    return success();
  }
};
} // namespace

std::unique_ptr<Pass> createLossSumPass() { return std::make_unique<LossSumPass>(); }
} // namespace dlc
