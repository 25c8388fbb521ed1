// dlc-stop-gradient: nodes through which no gradient goes back.
#include "ir/Build.h"
#include "ir/Dims.h"
#include "ir/Names.h"
#include "passes/Specialize.h"
#include "passes/Training.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/GlobPattern.h"

namespace dlc {
namespace {
struct StopGradientPass : PassWrapper<StopGradientPass, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(StopGradientPass)
  StopGradientPass() = default;
  StopGradientPass(const StopGradientPass &other) : PassWrapper(other) {}
  explicit StopGradientPass(ArrayRef<std::string> given) { names = given; }
  StringRef getArgument() const override { return "dlc-stop-gradient"; }
  StringRef getDescription() const override { return "Stops gradients at the results of nodes"; }
  void getDependentDialects(DialectRegistry &registry) const override { registry.insert<DLCDialect>(); }

  void runOnOperation() override {
    if (names.empty())
      return;
    auto main = findMain(getOperation());
    if (failed(main))
      return signalPassFailure();
    for (const std::string &text : names)
      if (failed(stop(*main, text)))
        return signalPassFailure();
  }

  static LogicalResult stop(func::FuncOp main, const std::string &text) {
    auto pattern = llvm::GlobPattern::create(text);
    if (!pattern)
      return emitError(main.getLoc(), "--stop-gradient ") << text << ": " << llvm::toString(pattern.takeError());
    llvm::SetVector<StringRef> there;
    bool any = false;
    for (Operation &op : llvm::make_early_inc_range(main.front().without_terminator())) {
      StringRef node = nodeName(op.getLoc());
      if (!node.empty() && op.getNumOperands())
        there.insert(node);
      if (node.empty() || !pattern->match(node))
        continue;
      OpBuilder b(op.getContext());
      b.setInsertionPointAfter(&op);
      for (Value result : op.getResults()) {
        // Between the operators of one node gradients may go on: they end where they would leave it.
        auto outside = [&](OpOperand &use) { return nodeName(use.getOwner()->getLoc()) != node; };
        if (!isFloat(result) || llvm::none_of(result.getUses(), outside))
          continue;
        any = true;
        Value stopped = StopGradientOp::create(b, op.getLoc(), result.getType(), result, Value());
        result.replaceUsesWithIf(stopped, outside);
      }
    }
    if (any)
      return success();
    SmallVector<StringRef> some(llvm::ArrayRef(there.getArrayRef()).take_front(20));
    return emitError(main.getLoc(), "--stop-gradient ")
           << text << ": no node of that name gives floats; there are " << llvm::join(some, ", ")
           << (there.size() > some.size() ? ", ..." : "");
  }

  ListOption<std::string> names{*this, "names", llvm::cl::desc("Globs of nodes")};
};
} // namespace

std::unique_ptr<Pass> createStopGradientPass(ArrayRef<std::string> names) {
  return std::make_unique<StopGradientPass>(names);
}
} // namespace dlc
