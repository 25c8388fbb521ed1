// Linear operators that may change places.
#include "ir/Reorder.h"
#include "ir/Dialect.h"

namespace dlc {
namespace {
RankedTensorType typeOf(Value v) { return cast<RankedTensorType>(v.getType()); }

/// Both sum products of the same elements, one over channels and one over places: either may be first.
LogicalResult convOfResize(ConvOp conv, PatternRewriter &rewriter) {
  auto resize = conv.getInput().getDefiningOp<ResizeOp>();
  auto weight = typeOf(conv.getWeight());
  if (!resize || !resize->hasOneUse() || !resize.getWeights(0) || !conv.getType().hasStaticShape() ||
      !typeOf(resize.getX()).hasStaticShape())
    return failure();
  int64_t spatial = weight.getRank() - 2;
  auto all = [](ArrayRef<int64_t> values, int64_t value) {
    return llvm::all_of(values, [&](int64_t v) { return v == value; });
  };
  if (!all(weight.getShape().slice(conv.getWindowDim(), spatial), 1) || !all(conv.getStrides(), 1) ||
      !all(conv.getLow(), 0) || !all(conv.getHigh(), 0) || !all(conv.getLhsDilation(), 1))
    return failure();
  for (int64_t d : resize.getDims())
    if (d < static_cast<int64_t>(conv.getSpatialDim()) || d >= static_cast<int64_t>(conv.getSpatialDim()) + spatial)
      return failure();
  // Multiplications and additions, one way and the other.
  auto count = [](Value v) { return static_cast<double>(typeOf(v).getNumElements()); };
  double taps = static_cast<double>(resize.getReadsPerElement()),
         channels = static_cast<double>(weight.getDimSize(conv.getWeightChannelDim()));
  double results = count(conv.getResult()), ratio = count(resize.getX()) / count(resize.getResult());
  if (results * ratio * channels + results * taps >= count(resize.getResult()) * taps + results * channels)
    return failure();
  auto first = ConvOp::create(rewriter, conv.getLoc(), resize.getX(), conv.getWeight(), conv.getStrides(),
                              conv.getLow(), conv.getHigh(), conv.getLhsDilation(), conv.getRhsDilation(),
                              conv.getGroups(), conv.getChannelsLast());
  auto second = ResizeOp::create(rewriter, resize.getLoc(), first.getResult(), resize.getTables(), resize.getDims());
  rewriter.replaceOp(conv, second.getResult());
  return success();
}

/// By measurement: fewer elements are folded faster at once, and a step with few elements a result gains nothing.
constexpr int64_t manyElements = 1 << 14, leastInner = 64;
/// Sums for each channel of everything in front of the channels (batch statistics, gradients of biases) would go one
/// element after the other in a lane, and lose digits. Rows shorter than a vector cost more than a short step.
constexpr int64_t manyInLane = 1 << 8, leastInLane = 4, vector = 16;

LogicalResult splitFold(ReduceOp op, PatternRewriter &rewriter) {
  auto type = typeOf(op.getX());
  // 16 bits would round between the steps.
  if (op.getDims().empty() || !type.hasStaticShape() || type.getElementType().isF16() || type.getElementType().isBF16())
    return failure();
  auto count = [&](ArrayRef<int64_t> dims) {
    int64_t product = 1;
    for (int64_t d : dims)
      product *= type.getDimSize(d);
    return product;
  };
  int64_t all = count(op.getDims()), row = 1;
  for (int64_t d = op.getDims().back() + 1; d < type.getRank(); ++d)
    row *= type.getDimSize(d);
  // What the first step folds: the innermost dimensions that have enough, all but the outermost. With `beside` the last
  // one is left to the second step and makes longer rows in the first.
  auto innermost = [&](size_t beside, int64_t least) {
    ArrayRef<int64_t> dims = op.getDims().drop_back(beside);
    for (size_t from = dims.size(); from > 1;)
      if (count(dims.drop_front(--from)) >= least)
        return dims.drop_front(from);
    return ArrayRef<int64_t>();
  };
  bool inLane = row > 1 && op.getDims().back() + 1 == static_cast<int64_t>(op.getDims().size());
  ArrayRef<int64_t> inner;
  if (row > 1 && row < vector)
    inner = innermost(1, leastInLane);
  if (inner.empty())
    inner = innermost(0, inLane ? leastInLane : leastInner);
  if (all < (inLane ? manyInLane : manyElements) || inner.empty() || count(inner) == all)
    return failure();
  SmallVector<int64_t> rest;
  for (int64_t d : op.getDims())
    if (!llvm::is_contained(inner, d))
      rest.push_back(d < inner.front() ? d : d - static_cast<int64_t>(inner.size()));
  Value first = ReduceOp::create(rewriter, op.getLoc(), op.getKind(), op.getX(), inner).getResult();
  rewriter.replaceOpWithNewOp<ReduceOp>(op, op.getKind(), first, rest);
  return success();
}
} // namespace

void addSplitPatterns(RewritePatternSet &patterns) { patterns.add(splitFold); }
void addReorderPatterns(RewritePatternSet &patterns) { patterns.add(convOfResize); }
} // namespace dlc
