// dlc-loss-sum: the step adds its loss up in a state, so that nobody has to wait for a step to know how training goes.
#include "ir/Build.h"
#include "passes/Specialize.h"
#include "passes/Training.h"

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
    // Behind all other weights, whose numbers (and with them their first values) must not change.
    SymbolTable symbols(getOperation());
    OpBuilder atEnd = OpBuilder::atBlockEnd(getOperation().getBody());
    auto zeros = RuleAttr::get(&getContext(), "zeros", DenseF64ArrayAttr::get(&getContext(), {}));
    auto sum = WeightOp::create(atEnd, main.getLoc(), "loss.sum", type, zeros, /*frozen=*/false);
    OpBuilder b(ret);
    Location loc = NameLoc::get(b.getStringAttr("loss.sum"));
    DictionaryAttr state =
        b.getDictionaryAttr(b.getNamedAttr("dlc.state", FlatSymbolRefAttr::get(symbols.insert(sum))));
    unsigned argument = main.getNumArguments(), result = ret.getNumOperands();
    if (failed(main.insertArgument(argument, type, state, loc)))
      return failure();
    Ops o(b, loc);
    ret.getOperandsMutable().append(o.add(main.getArgument(argument), ret.getOperand(0)));
    return main.insertResult(result, type, state);
  }
};
} // namespace

std::unique_ptr<Pass> createLossSumPass() { return std::make_unique<LossSumPass>(); }
} // namespace dlc
