// dlc-layout: channels last. Convolutions say how they work on that order; the transposes around them sink through the
// operators that follow, as far as these work in any order, and cancel where they meet. Transposes of weights go to
// @init.
#include "ir/Build.h"
#include "ir/Dims.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "passes/Init.h"
#include "passes/Passes.h"

namespace dlc {
namespace {
RankedTensorType typeOf(Value v) { return cast<RankedTensorType>(v.getType()); }

/// The operand in the order in which it was before `perm`: what it is the transpose of, something permuted for free,
/// or null, if that would take a transpose of its own.
Value withoutTranspose(OpBuilder &b, Value v, ArrayRef<int64_t> perm) {
  if (typeOf(v).getRank() == 0)
    return v;
  Operation *def = v.getDefiningOp();
  if (auto transpose = dyn_cast_or_null<TransposeOp>(def); transpose && transpose.getPerm() == perm)
    return transpose.getX();
  if (auto layout = dyn_cast_or_null<LayoutOpInterface>(def))
    return layout.buildPermuted(b, def->getLoc(), invertPermutationVector(perm));
  DenseElementsAttr splat;
  if (def && matchPattern(def, m_Constant(&splat)) && splat.isSplat()) {
    auto shape = applyPermutation(typeOf(v).getShape(), invertPermutationVector(perm));
    return ConstantOp::create(b, def->getLoc(),
                              splat.resizeSplat(RankedTensorType::get(shape, splat.getElementType())));
  }
  return {};
}

/// op(transpose(y)) becomes transpose(op(y)).
struct SinkTranspose : RewritePattern {
  explicit SinkTranspose(MLIRContext *context) : RewritePattern(MatchAnyOpTypeTag(), 1, context) {}
  LogicalResult matchAndRewrite(Operation *op, PatternRewriter &b) const override {
    if (op->getNumResults() != 1 || op->getNumOperands() == 0)
      return failure();
    auto layout = dyn_cast<LayoutOpInterface>(op);
    bool elementwise = isa<ScalarExprOpInterface>(op);
    if (!layout && !elementwise)
      return failure();
    TransposeOp first;
    for (Value operand : op->getOperands())
      if (auto transpose = operand.getDefiningOp<TransposeOp>())
        // One that moves nothing (of a scalar, for one) folds away; sunk, it would stand where it stood, for ever.
        if (!first && !isIdentityPermutation(transpose.getPerm()))
          first = transpose;
    if (!first || (!elementwise && first.getResult() != op->getOperand(0)))
      return failure();
    SmallVector<int64_t> perm(first.getPerm()), resultPerm;
    Value sunk;
    if (elementwise) {
      SmallVector<Value> operands;
      for (Value operand : op->getOperands()) {
        Value source = withoutTranspose(b, operand, perm);
        if (!source)
          return failure();
        operands.push_back(source);
      }
      resultPerm = perm;
      Operation *clone = b.clone(*op);
      clone->setOperands(operands);
      clone->getResult(0).setType(permuted(op->getResult(0).getType(), invertPermutationVector(perm)));
      sunk = clone->getResult(0);
    } else {
      // The operator says which operands it wants in the other order; what it built without one of them is void.
      bool all = true;
      auto untranspose = [&](unsigned n) {
        Value source = withoutTranspose(b, op->getOperand(n), perm);
        all &= bool(source);
        return source ? source : first.getX();
      };
      sunk = layout.buildSunk(b, op->getLoc(), untranspose, perm, resultPerm);
      if (!all && sunk)
        b.eraseOp(sunk.getDefiningOp());
      if (!all || !sunk)
        return failure();
    }
    b.replaceOpWithNewOp<TransposeOp>(op, sunk, resultPerm);
    return success();
  }
};

struct LayoutPass : PassWrapper<LayoutPass, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(LayoutPass)
  StringRef getArgument() const override { return "dlc-layout"; }
  StringRef getDescription() const override { return "Convolutions work channels last; transposes sink and cancel"; }

  void runOnOperation() override {
    // Weights that a step updates keep the order that the model's file has.
    if (weightsChange(getOperation()))
      return;
    SmallVector<LayoutOpInterface> ops;
    getOperation().walk([&](LayoutOpInterface op) { ops.push_back(op); });
    bool changed = false;
    for (LayoutOpInterface op : ops) {
      OpBuilder b(op);
      if (Value last = op.buildChannelsLast(b, op.getLoc())) {
        op->getResult(0).replaceAllUsesWith(last);
        op->erase();
        changed = true;
      }
    }
    if (!changed)
      return;
    RewritePatternSet patterns(&getContext());
    patterns.add<SinkTranspose>(&getContext());
    TransposeOp::getCanonicalizationPatterns(patterns, &getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace

std::unique_ptr<Pass> createLayoutPass() { return std::make_unique<LayoutPass>(); }
} // namespace dlc
