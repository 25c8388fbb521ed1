// dlc-precision: contractions in 16 bits, everything else and the weights as they are. As what PyTorch calls autocast.
#include "ir/Build.h"
#include "ir/Dims.h"
#include "passes/Specialize.h"
#include "passes/Training.h"

namespace dlc {
namespace {
struct PrecisionPass : PassWrapper<PrecisionPass, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(PrecisionPass)
  PrecisionPass() = default;
  PrecisionPass(const PrecisionPass &other) : PassWrapper(other) {}
  explicit PrecisionPass(StringRef name) { type = name.str(); }
  StringRef getArgument() const override { return "dlc-precision"; }
  void getDependentDialects(DialectRegistry &registry) const override { registry.insert<DLCDialect>(); }
  StringRef getDescription() const override { return "Contractions of f32 take and give 16-bit floats"; }

  void runOnOperation() override {
    auto main = findMain(getOperation());
    if (failed(main))
      return signalPassFailure();
    Builder b(&getContext());
    Type narrow = type == "bf16" ? Type(b.getBF16Type()) : type == "f16" ? Type(b.getF16Type()) : Type();
    if (!narrow) {
      emitError(main->getLoc(), "contractions can be in bf16 or f16, not in '") << type << "'";
      return signalPassFailure();
    }
    SmallVector<ContractionOpInterface> contractions;
    main->walk([&](ContractionOpInterface op) { contractions.push_back(op); });
    for (ContractionOpInterface op : contractions)
      rewrite(op, narrow);
  }

  /// Gradients go the same way back: a cast's gradient is a cast.
  static void rewrite(Operation *op, Type narrow) {
    auto isF32 = [](Value v) { return getElementTypeOrSelf(v.getType()).isF32(); };
    if (!llvm::all_of(op->getOperands(), isF32) || !llvm::all_of(op->getResults(), isF32))
      return;
    OpBuilder b(op);
    Ops o(b, op->getLoc());
    Operation *copy = b.clone(*op);
    b.setInsertionPoint(copy);
    for (OpOperand &operand : copy->getOpOperands())
      operand.set(o.cast(operand.get(), narrow));
    b.setInsertionPointAfter(copy);
    for (auto [before, after] : llvm::zip_equal(op->getResults(), copy->getResults())) {
      after.setType(withElement(after.getType(), narrow));
      before.replaceAllUsesWith(o.cast(after, getElementTypeOrSelf(before.getType())));
    }
    op->erase();
  }

  Option<std::string> type{*this, "type", llvm::cl::desc("bf16 or f16"), llvm::cl::init("bf16")};
};
} // namespace

std::unique_ptr<Pass> createPrecisionPass(StringRef type) { return std::make_unique<PrecisionPass>(type); }
} // namespace dlc
