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

/// Both by measurement: fewer elements are folded faster at once, and a step with few elements a result gains nothing.
constexpr int64_t manyElements = 1 << 14, leastInner = 64;

LogicalResult splitFold(ReduceOp op, PatternRewriter &rewriter) {
  auto type = typeOf(op.getX());
  // 16 bits would round between the steps.
  if (!type.hasStaticShape() || type.getElementType().isF16() || type.getElementType().isBF16())
    return failure();
  int64_t all = 1, inner = 1;
  for (int64_t d : op.getDims())
    all *= type.getDimSize(d);
  ArrayRef<int64_t> outer = op.getDims();
  for (; outer.size() > 1 && inner < leastInner; outer = outer.drop_back())
    inner *= type.getDimSize(outer.back());
  if (all < manyElements || inner < leastInner || inner == all)
    return failure();
  Value first = ReduceOp::create(rewriter, op.getLoc(), op.getKind(), op.getX(), op.getDims().drop_front(outer.size()))
                    .getResult();
  rewriter.replaceOpWithNewOp<ReduceOp>(op, op.getKind(), first, outer);
  return success();
}
} // namespace

void addSplitPatterns(RewritePatternSet &patterns) { patterns.add(splitFold); }
void addReorderPatterns(RewritePatternSet &patterns) { patterns.add(convOfResize); }
} // namespace dlc
