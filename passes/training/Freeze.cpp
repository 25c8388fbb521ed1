// dlc-freeze: weights that training leaves as they are.
#include "passes/Training.h"
#include "llvm/Support/GlobPattern.h"

namespace dlc {
namespace {
struct FreezePass : PassWrapper<FreezePass, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(FreezePass)
  FreezePass() = default;
  FreezePass(const FreezePass &other) : PassWrapper(other) {}
  explicit FreezePass(ArrayRef<std::string> given) { names = given; }
  StringRef getArgument() const override { return "dlc-freeze"; }
  StringRef getDescription() const override { return "Marks weights that training leaves as they are"; }

  void runOnOperation() override {
    for (const std::string &text : names)
      if (failed(freeze(text)))
        return signalPassFailure();
  }

  LogicalResult freeze(const std::string &text) {
    auto pattern = llvm::GlobPattern::create(text);
    if (!pattern)
      return emitError(getOperation().getLoc(), "--freeze ") << text << ": " << llvm::toString(pattern.takeError());
    bool any = false;
    SmallVector<StringRef> there;
    for (auto weight : getOperation().getOps<WeightOp>()) {
      if (pattern->match(weight.getSymName())) {
        weight.setFrozen(true);
        any = true;
      } else if (!weight.getFrozen()) {
        there.push_back(weight.getSymName());
      }
    }
    if (any)
      return success();
    return emitError(getOperation().getLoc(), "--freeze ")
           << text << ": no weight has such a name; there are " << llvm::join(there, ", ");
  }

  ListOption<std::string> names{*this, "names", llvm::cl::desc("Globs of weights")};
};
} // namespace

std::unique_ptr<Pass> createFreezePass(ArrayRef<std::string> names) { return std::make_unique<FreezePass>(names); }
} // namespace dlc
