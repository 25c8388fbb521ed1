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

/// From channels last to channels first: what stands behind an operator that works channels last.
bool isFromChannelsLast(ArrayRef<int64_t> perm) {
  auto rank = static_cast<int64_t>(perm.size());
  if (rank < 3 || perm[0] != 0 || perm[1] != rank - 1)
    return false;
  return llvm::all_of(llvm::seq<int64_t>(2, rank), [&](int64_t i) { return perm[i] == i - 1; });
}

/// op(transpose(y)) becomes transpose(op(y)), where every operand is there in the other order. Where one is not and a
/// reader of the result wants it channels last, that operand is transposed and not the result.
struct SinkTranspose : RewritePattern {
  explicit SinkTranspose(MLIRContext *context) : RewritePattern(MatchAnyOpTypeTag(), 1, context) {}
  LogicalResult matchAndRewrite(Operation *op, PatternRewriter &b) const override {
    if (op->getNumResults() == 0 || op->getNumOperands() == 0)
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
    if (!first)
      return failure();
    SmallVector<int64_t> perm(first.getPerm()), inverse = invertPermutationVector(perm), resultPerm;
    bool wanted = isFromChannelsLast(perm) && llvm::any_of(op->getUsers(), [&](Operation *user) {
                    auto back = dyn_cast<TransposeOp>(user);
                    return back && back.getPerm() == ArrayRef(inverse);
                  });
    if (!elementwise && !wanted && first.getResult() != op->getOperand(0))
      return failure();
    bool all = true;
    auto untranspose = [&](unsigned n) {
      Value operand = op->getOperand(n), source = withoutTranspose(b, operand, perm);
      if (!source && wanted && typeOf(operand).getRank() == static_cast<int64_t>(perm.size()))
        source = TransposeOp::create(b, op->getLoc(), operand, inverse);
      all &= bool(source);
      return source ? source : first.getX();
    };
    ResultRange sunk = op->getResults();
    if (elementwise) {
      SmallVector<Value> operands;
      for (unsigned n = 0; n < op->getNumOperands() && all; ++n)
        operands.push_back(untranspose(n));
      if (!all)
        return failure();
      resultPerm = perm;
      Operation *clone = b.clone(*op);
      clone->setOperands(operands);
      for (OpResult result : clone->getResults())
        result.setType(permuted(result.getType(), inverse));
      sunk = clone->getResults();
    } else {
      // The operator says which operands it wants in the other order; what it built without one of them is void.
      Value built = layout.buildSunk(b, op->getLoc(), untranspose, perm, resultPerm);
      if (built && !all)
        b.eraseOp(built.getDefiningOp());
      if (!built || !all)
        return failure();
      sunk = built.getDefiningOp()->getResults();
    }
    b.replaceOp(op, llvm::map_to_vector(
                        sunk, [&](Value v) -> Value { return TransposeOp::create(b, op->getLoc(), v, resultPerm); }));
    return success();
  }
};

struct LayoutPass : PassWrapper<LayoutPass, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(LayoutPass)
  explicit LayoutPass(bool steps = false) { this->steps = steps; }
  LayoutPass(const LayoutPass &other) : PassWrapper(other) { steps = other.steps.getValue(); }
  Option<bool> steps{*this, "steps", llvm::cl::desc("Steps that update weights work channels last, too"),
                     llvm::cl::init(false)};
  StringRef getArgument() const override { return "dlc-layout"; }
  StringRef getDescription() const override { return "Convolutions work channels last; transposes sink and cancel"; }

  void runOnOperation() override {
    // Weights that a step updates keep the order that the model's file has: each run turns them.
    if (weightsChange(getOperation()) && !(steps && updatesWeights(getOperation())))
      return;
    SmallVector<LayoutOpInterface> ops;
    getOperation().walk([&](LayoutOpInterface op) {
      // A composite is still here for a kernel of the target's, which reads it as it lies.
      if (steps || !isa<DecomposableOpInterface>(op.getOperation()))
        ops.push_back(op);
    });
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

std::unique_ptr<Pass> createLayoutPass(bool steps) { return std::make_unique<LayoutPass>(steps); }
} // namespace dlc
