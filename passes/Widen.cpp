// dlc-widen: 16-bit floats are computed with as 32-bit ones, for targets whose libraries multiply no f16. Only inputs,
// outputs, weights and what a cast of the model rounds on purpose stay as they are; weights are widened once, in @init.
#include "ir/Build.h"
#include "passes/Init.h"
#include "passes/Passes.h"

namespace dlc {
namespace {
bool isHalf(Value v) {
  auto type = dyn_cast<RankedTensorType>(v.getType());
  return type && type.getElementType().isF16();
}
RankedTensorType widened(Type type) { return cast<RankedTensorType>(type).clone(Float32Type::get(type.getContext())); }
/// Operators of one value that mean the same in any float type.
bool isComputed(Operation *op) {
  return isa<ScalarExprOpInterface, ContractionOpInterface, ReductionOpInterface, IndexedOpInterface>(op) &&
         !isa<CastOp>(op) && op->getNumRegions() == 0;
}

struct WidenPass : PassWrapper<WidenPass, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(WidenPass)
  StringRef getArgument() const override { return "dlc-widen"; }
  StringRef getDescription() const override { return "16-bit floats are computed with as 32-bit ones"; }

  void runOnOperation() override {
    if (weightsChange(getOperation()))
      return;
    getOperation().walk([](func::FuncOp func) {
      for (Block &block : func.getBody())
        if (llvm::any_of(block,
                         [](Operation &op) { return isa<ContractionOpInterface>(op) && isHalf(op.getResult(0)); }))
          widen(block);
    });
    getOperation().walk([](ControlOpInterface op) {
      for (Region &body : op->getRegions())
        if (llvm::any_of(body.front(),
                         [](Operation &op) { return isa<ContractionOpInterface>(op) && isHalf(op.getResult(0)); }))
          widen(body.front());
    });
  }

  static void widen(Block &block) {
    llvm::DenseMap<Value, Value> wide;
    auto wideOf = [&](Value v) {
      auto [at, isNew] = wide.try_emplace(v);
      if (!isNew)
        return at->second;
      OpBuilder b(block.getParentOp()->getContext());
      b.setInsertionPointAfterValue(v);
      return wide[v] = Ops(b, v.getLoc()).cast(v, b.getF32Type());
    };
    for (Operation &op : llvm::make_early_inc_range(block)) {
      if (!isComputed(&op) || llvm::none_of(op.getOperands(), isHalf))
        continue;
      SmallVector<Value> operands;
      for (Value operand : op.getOperands())
        operands.push_back(isHalf(operand) ? wideOf(operand) : operand);
      op.setOperands(operands);
      OpBuilder b(op.getContext());
      b.setInsertionPointAfter(&op);
      for (OpResult result : op.getResults())
        if (isHalf(result)) {
          result.setType(widened(result.getType()));
          // What asks for the 16 bits gets them; everything else of the block takes the wide value.
          Value half = Ops(b, op.getLoc()).cast(result, b.getF16Type());
          result.replaceAllUsesExcept(half, half.getDefiningOp());
          wide[half] = result;
        }
    }
    for (auto [half, value] : wide)
      if (Operation *def = half.getDefiningOp(); def && isa<CastOp>(def) && def->use_empty())
        def->erase();
  }
};
} // namespace

std::unique_ptr<Pass> createWidenPass() { return std::make_unique<WidenPass>(); }
} // namespace dlc
