// dlc-fold: factors and offsets along one dimension that depend on frozen weights alone go into the weights of the
// contraction beside them. Batch normalisation then costs nothing: @init scales the weights once.
#include "ir/Build.h"
#include "ir/Dims.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "passes/Init.h"
#include "passes/Passes.h"

namespace dlc {
namespace {
RankedTensorType typeOf(Value v) { return cast<RankedTensorType>(v.getType()); }

/// Rounding in 16 bits would show, and a folded weight may leave their range.
bool isWide(Value v) { return typeOf(v).getElementType().isF32() || typeOf(v).getElementType().isF64(); }

/// A vector that depends on frozen weights alone, repeated along all dimensions but `dim` of a tensor.
struct Along {
  Value vector;
  int64_t dim;
};
std::optional<Along> alongOne(Value v) {
  auto indexed = v.getDefiningOp<IndexedOpInterface>();
  if (!indexed || indexed->getNumOperands() != 1)
    return std::nullopt;
  auto projection = indexed.getProjection();
  Value vector = indexed->getOperand(0);
  if (!projection || projection->size() != 1 || typeOf(vector).getRank() != 1 || !isFixed(vector))
    return std::nullopt;
  return Along{vector, (*projection)[0]};
}

/// The operands of a commutative operator as (anything, vector along one dimension).
template <typename Op> std::optional<std::pair<Value, Along>> withVector(Value v) {
  auto op = v.getDefiningOp<Op>();
  if (!op)
    return std::nullopt;
  for (auto [x, y] : {std::pair(op->getOperand(0), op->getOperand(1)), {op->getOperand(1), op->getOperand(0)}})
    if (auto along = alongOne(y); along && !isFixed(x))
      return std::pair(x, *along);
  return std::nullopt;
}

Value scaled(OpBuilder &b, Location loc, ContractionOpInterface op, unsigned operand, int64_t dim, Value vector) {
  Ops o(b, loc);
  Value weight = op->getOperand(operand);
  Value product = o.mul(weight, o.along(vector, dim, weight));
  Operation *clone = b.clone(*op);
  clone->setOperand(operand, product);
  return clone->getResult(0);
}

/// contraction(x, w) * s becomes contraction(x, w * s), and so it does with a bias in between.
struct FoldFactorBehind : OpRewritePattern<MulOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(MulOp op, PatternRewriter &b) const override {
    auto product = withVector<MulOp>(op.getResult());
    if (!product || !isWide(op.getResult()))
      return failure();
    auto [value, factor] = *product;
    auto biased = withVector<AddOp>(value);
    if (biased && (!value.hasOneUse() || biased->second.dim != factor.dim))
      return failure();
    Value linear = biased ? biased->first : value;
    auto contraction = linear.getDefiningOp<ContractionOpInterface>();
    auto place = contraction ? contraction.getOperandDim(factor.dim) : std::nullopt;
    if (!place || !linear.hasOneUse() || !isFixed(contraction->getOperand(place->first)))
      return failure();
    Location loc = FusedLoc::get(b.getContext(), {contraction->getLoc(), op.getLoc()});
    Value result = scaled(b, loc, contraction, place->first, place->second, factor.vector);
    if (biased) {
      Ops o(b, loc);
      result = o.add(result, o.along(o.mul(biased->second.vector, factor.vector), factor.dim, result));
    }
    b.replaceOp(op, result);
    return success();
  }
};

/// contraction(x * s + t, w) becomes contraction(x, w * s) + sum(w * t), where s and t lie along a dimension that is
/// summed over.
struct FoldFactorInFront : OpInterfaceRewritePattern<ContractionOpInterface> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;
  LogicalResult matchAndRewrite(ContractionOpInterface op, PatternRewriter &b) const override {
    if (op->getNumOperands() != 2 || !isWide(op->getResult(0)))
      return failure();
    for (unsigned side : {0u, 1u}) {
      Value value = op->getOperand(side), weight = op->getOperand(1 - side);
      if (!isFixed(weight))
        continue;
      auto offset = withVector<AddOp>(value);
      auto factor = withVector<MulOp>(offset ? offset->first : value);
      if (!factor || (offset && offset->second.dim != factor->second.dim))
        continue;
      auto dim = op.getSummedWith(side, factor->second.dim);
      if (!dim || !onlyContractions(value) || (offset && !offset->first.hasOneUse()))
        continue;
      Ops o(b, op->getLoc());
      auto kept = restOf(op, 1 - side);
      if (offset && !kept)
        continue;
      Value product = o.mul(weight, o.along(factor->second.vector, *dim, weight));
      Operation *clone = b.clone(*op);
      clone->setOperand(side, factor->first);
      clone->setOperand(1 - side, product);
      Value result = clone->getResult(0);
      if (offset) {
        SmallVector<int64_t> summed, dims;
        for (int64_t d = 0; d < typeOf(weight).getRank(); ++d)
          if (op.getSummedWith(1 - side, d))
            summed.push_back(d);
        Value vector = o.sum(o.mul(weight, o.along(offset->second.vector, *dim, weight)), summed);
        result = o.add(result, o.broadcast(vector, *kept, result.getType()));
      }
      b.replaceOp(op, result);
      return success();
    }
    return failure();
  }

  /// Whether everybody who reads the value can do without it; otherwise it is computed all the same.
  static bool onlyContractions(Value v) {
    return llvm::all_of(v.getUsers(), [&](Operation *user) {
      auto contraction = dyn_cast<ContractionOpInterface>(user);
      return contraction && user->getNumOperands() == 2 && user->getOperand(0) != user->getOperand(1) &&
             isFixed(user->getOperand(user->getOperand(0) == v ? 1 : 0));
    });
  }

  /// Where the operand's dimensions that are not summed over stand in the result; nothing if one is a batch's.
  static std::optional<SmallVector<int64_t>> restOf(ContractionOpInterface op, unsigned operand) {
    SmallVector<int64_t> dims;
    int64_t rank = typeOf(op->getResult(0)).getRank();
    for (int64_t d = 0; d < typeOf(op->getOperand(operand)).getRank(); ++d) {
      if (op.getSummedWith(operand, d))
        continue;
      auto at = llvm::find_if(llvm::seq<int64_t>(0, rank),
                              [&](int64_t i) { return op.getOperandDim(i) == std::pair(operand, d); });
      if (at == llvm::seq<int64_t>(0, rank).end())
        return std::nullopt;
      dims.push_back(*at);
    }
    return dims;
  }
};

/// (x + s) + t becomes x + (s + t): one vector for the epilogue.
struct JoinOffsets : OpRewritePattern<AddOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(AddOp op, PatternRewriter &b) const override {
    auto outer = withVector<AddOp>(op.getResult());
    if (!outer || !isWide(op.getResult()) || !outer->first.hasOneUse())
      return failure();
    auto inner = withVector<AddOp>(outer->first);
    if (!inner || inner->second.dim != outer->second.dim)
      return failure();
    Ops o(b, FusedLoc::get(b.getContext(), {outer->first.getLoc(), op.getLoc()}));
    Value vector = o.add(inner->second.vector, outer->second.vector);
    b.replaceOp(op, o.add(inner->first, o.along(vector, inner->second.dim, op.getResult())));
    return success();
  }
};

struct FoldPass : PassWrapper<FoldPass, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(FoldPass)
  StringRef getArgument() const override { return "dlc-fold"; }
  StringRef getDescription() const override { return "Factors and offsets of frozen weights go into contractions"; }
  void runOnOperation() override {
    if (weightsChange(getOperation()))
      return;
    RewritePatternSet patterns(&getContext());
    patterns.add<FoldFactorBehind, FoldFactorInFront, JoinOffsets>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace

std::unique_ptr<Pass> createFoldPass() { return std::make_unique<FoldPass>(); }
} // namespace dlc
