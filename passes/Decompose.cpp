// dlc-decompose: composites that the target has no kernel for become core operators.
#include "passes/Passes.h"
#include "mlir/Pass/PassManager.h"

namespace dlc {
namespace {
struct DecomposePass : PassWrapper<DecomposePass, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(DecomposePass)
  StringRef getArgument() const override { return "dlc-decompose"; }
  StringRef getDescription() const override { return "Composites become core operators"; }

  void runOnOperation() override {
    // A decomposition may build composites again: repeat until none is left.
    for (;;) {
      SmallVector<DecomposableOpInterface> composites;
      getOperation().walk([&](DecomposableOpInterface op) { composites.push_back(op); });
      if (composites.empty())
        return;
      for (DecomposableOpInterface op : composites) {
        OpBuilder b(op);
        SmallVector<Value> values = op.buildDecomposition(b, op.getLoc());
        assert(values.size() == op->getNumResults() && "a decomposition replaces every result");
        op->replaceAllUsesWith(values);
        op->erase();
      }
    }
  }
};
} // namespace

std::unique_ptr<Pass> createDecomposePass() { return std::make_unique<DecomposePass>(); }
} // namespace dlc
