// dlc-name: every operator of the graph gets a name to be called by in messages, kernels and dumps.
#include "passes/Passes.h"

namespace dlc {
namespace {
struct NameNodesPass : PassWrapper<NameNodesPass, OperationPass<func::FuncOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(NameNodesPass)
  StringRef getArgument() const override { return "dlc-name"; }
  StringRef getDescription() const override { return "Nameless operators are called <op>_<index>"; }
  void runOnOperation() override {
    llvm::StringMap<int> counters;
    getOperation().walk([&](OperatorInterface op) {
      if (op->getLoc()->findInstanceOf<NameLoc>())
        return;
      std::string mnemonic = op->getName().stripDialect().str();
      std::string name = mnemonic + "_" + std::to_string(counters[mnemonic]++);
      op->setLoc(NameLoc::get(StringAttr::get(&getContext(), name), op->getLoc()));
    });
  }
};
} // namespace

std::unique_ptr<Pass> createNameNodesPass() { return std::make_unique<NameNodesPass>(); }
} // namespace dlc
