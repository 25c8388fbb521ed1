// dlc-decompose: composites that the target has no kernel for become core operators; rows longer than the target's
// routines hold are computed in pieces.
#include "mlir/Pass/PassManager.h"
#include "passes/Passes.h"

namespace dlc {
namespace {
struct DecomposePass : PassWrapper<DecomposePass, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(DecomposePass)
  DecomposePass(int64_t capacity, KeepsComposite keeps) : keeps(std::move(keeps)) { this->capacity = capacity; }
  DecomposePass(const DecomposePass &other) : PassWrapper(other), keeps(other.keeps) {}
  Option<int64_t> capacity{*this, "capacity", llvm::cl::desc("Elements of a row that a routine holds; 0: any number"),
                           llvm::cl::init(0)};
  StringRef getArgument() const override { return "dlc-decompose"; }
  StringRef getDescription() const override { return "Composites become core operators"; }

  void runOnOperation() override {
    // A decomposition may build composites again: repeat until none is left.
    for (;;) {
      SmallVector<DecomposableOpInterface> composites;
      getOperation().walk([&](DecomposableOpInterface op) {
        if (!keeps || !keeps(op))
          composites.push_back(op);
      });
      if (composites.empty())
        break;
      for (DecomposableOpInterface op : composites) {
        OpBuilder b(op);
        SmallVector<Value> values = op.buildDecomposition(b, op.getLoc());
        assert(values.size() == op->getNumResults() && "a decomposition replaces every result");
        op->replaceAllUsesWith(values);
        op->erase();
      }
    }
    if (capacity == 0)
      return;
    SmallVector<RoutineOpInterface> routines;
    getOperation().walk([&](RoutineOpInterface op) { routines.push_back(op); });
    for (RoutineOpInterface op : routines) {
      OpBuilder b(op);
      SmallVector<Value> values = op.buildPieces(b, op.getLoc(), capacity);
      if (values.empty())
        continue;
      op->replaceAllUsesWith(values);
      op->erase();
    }
  }

  KeepsComposite keeps;
};
} // namespace

std::unique_ptr<Pass> createDecomposePass(int64_t capacity, KeepsComposite keeps) {
  return std::make_unique<DecomposePass>(capacity, std::move(keeps));
}
} // namespace dlc
