// dlc-reorder: linear operators change places where one of them then has fewer elements to work on.
#include "ir/Reorder.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "passes/Passes.h"

namespace dlc {
namespace {
struct ReorderPass : PassWrapper<ReorderPass, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(ReorderPass)
  StringRef getArgument() const override { return "dlc-reorder"; }
  StringRef getDescription() const override { return "Linear operators work where there are fewer elements"; }

  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    addReorderPatterns(patterns);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

struct SplitPass : PassWrapper<SplitPass, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(SplitPass)
  StringRef getArgument() const override { return "dlc-split"; }
  StringRef getDescription() const override { return "Folds of very many elements have two steps"; }

  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    addSplitPatterns(patterns);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace

std::unique_ptr<Pass> createSplitPass() { return std::make_unique<SplitPass>(); }
std::unique_ptr<Pass> createReorderPass() { return std::make_unique<ReorderPass>(); }
} // namespace dlc
