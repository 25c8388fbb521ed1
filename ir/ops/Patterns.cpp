// Canonicalisation across operators. Rewrites keep every value as it is, NaNs and signed zeros included.
#include "ir/ops/Patterns.h"
#include "ir/Build.h"
#include "ir/Dims.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/IR/Matchers.h"

namespace dlc {
namespace {
RankedTensorType typeOf(Value v) { return cast<RankedTensorType>(v.getType()); }
bool isStatic(Value v) { return typeOf(v).hasStaticShape(); }

/// The dimensions that are not 1.
SmallVector<int64_t> wideDims(RankedTensorType type) {
  SmallVector<int64_t> dims;
  for (auto [i, size] : llvm::enumerate(type.getShape()))
    if (size != 1)
      dims.push_back(i);
  return dims;
}
bool ascends(ArrayRef<int64_t> dims) {
  return std::adjacent_find(dims.begin(), dims.end(), std::greater_equal<>()) == dims.end();
}

//===--- Shapes -------------------------------------------------------------------------------------------------===//

/// A broadcast that repeats nothing is a view.
LogicalResult broadcastToReshape(BroadcastOp op, PatternRewriter &rewriter) {
  if (!isStatic(op.getX()) || !op.getType().hasStaticShape() ||
      typeOf(op.getX()).getNumElements() != op.getType().getNumElements() || op.getType().getNumElements() == 0)
    return failure();
  rewriter.replaceOpWithNewOp<ReshapeOp>(op, op.getType(), op.getX());
  return success();
}

LogicalResult broadcastOfBroadcast(BroadcastOp op, PatternRewriter &rewriter) {
  auto inner = op.getX().getDefiningOp<BroadcastOp>();
  if (!inner)
    return failure();
  auto dims = llvm::map_to_vector(inner.getDims(), [&](int64_t d) { return op.getDims()[d]; });
  rewriter.replaceOpWithNewOp<BroadcastOp>(op, op.getType(), inner.getX(), dims);
  return success();
}

/// A reshape that only inserts dimensions of size 1 says nothing that the broadcast's dims cannot.
LogicalResult broadcastOfReshape(BroadcastOp op, PatternRewriter &rewriter) {
  auto reshape = op.getX().getDefiningOp<ReshapeOp>();
  if (!reshape || !isStatic(reshape.getX()) || !isStatic(op.getX()))
    return failure();
  auto from = typeOf(reshape.getX()), to = typeOf(op.getX());
  SmallVector<int64_t> kept = wideDims(to);
  if (wideDims(from).size() != static_cast<size_t>(from.getRank()) ||
      kept.size() != static_cast<size_t>(from.getRank()) ||
      !llvm::equal(llvm::map_range(kept, [&](int64_t d) { return to.getDimSize(d); }), from.getShape()))
    return failure();
  auto dims = llvm::map_to_vector(kept, [&](int64_t d) { return op.getDims()[d]; });
  rewriter.replaceOpWithNewOp<BroadcastOp>(op, op.getType(), reshape.getX(), dims);
  return success();
}

/// Dimensions of size 1 say nothing: 8x1x1 along [1, 2, 3] is 8 along [1], which any order of dimensions can take. Only
/// of what is in memory anyway: a reshape would stand between two operators of one kernel.
LogicalResult broadcastWithoutOnes(BroadcastOp op, PatternRewriter &rewriter) {
  Operation *def = op.getX().getDefiningOp();
  if (!isStatic(op.getX()) || (def && def->getNumOperands() != 0))
    return failure();
  auto from = typeOf(op.getX());
  SmallVector<int64_t> kept = wideDims(from);
  if (kept.size() == static_cast<size_t>(from.getRank()))
    return failure();
  auto shape = llvm::map_to_vector(kept, [&](int64_t d) { return from.getDimSize(d); });
  auto dims = llvm::map_to_vector(kept, [&](int64_t d) { return op.getDims()[d]; });
  Value narrow =
      ReshapeOp::create(rewriter, op.getLoc(), RankedTensorType::get(shape, from.getElementType()), op.getX());
  rewriter.replaceOpWithNewOp<BroadcastOp>(op, op.getType(), narrow, dims);
  return success();
}

LogicalResult reshapeOfScalarBroadcast(ReshapeOp op, PatternRewriter &rewriter) {
  auto broadcast = op.getX().getDefiningOp<BroadcastOp>();
  if (!broadcast || !broadcast.getDims().empty())
    return failure();
  rewriter.replaceOpWithNewOp<BroadcastOp>(op, op.getType(), broadcast.getX(), ArrayRef<int64_t>());
  return success();
}

LogicalResult transposeOfBroadcast(TransposeOp op, PatternRewriter &rewriter) {
  auto broadcast = op.getX().getDefiningOp<BroadcastOp>();
  if (!broadcast)
    return failure();
  auto inverse = invertPermutationVector(op.getPerm());
  auto dims = llvm::map_to_vector(broadcast.getDims(), [&](int64_t d) { return inverse[d]; });
  if (!ascends(dims))
    return failure();
  rewriter.replaceOpWithNewOp<BroadcastOp>(op, op.getType(), broadcast.getX(), dims);
  return success();
}

/// Dimensions of size 1 can stand anywhere without moving an element.
LogicalResult transposeToReshape(TransposeOp op, PatternRewriter &rewriter) {
  if (!op.getType().hasStaticShape())
    return failure();
  SmallVector<int64_t> wide;
  for (int64_t p : op.getPerm())
    if (typeOf(op.getX()).getDimSize(p) != 1)
      wide.push_back(p);
  if (!ascends(wide))
    return failure();
  rewriter.replaceOpWithNewOp<ReshapeOp>(op, op.getType(), op.getX());
  return success();
}

LogicalResult reduceToReshape(ReduceOp op, PatternRewriter &rewriter) {
  if (!isStatic(op.getX()) || op.getDims().empty() ||
      llvm::any_of(op.getDims(), [&](int64_t d) { return typeOf(op.getX()).getDimSize(d) != 1; }))
    return failure();
  rewriter.replaceOpWithNewOp<ReshapeOp>(op, op.getType(), op.getX());
  return success();
}

LogicalResult padByNothing(PadOp op, PatternRewriter &rewriter) {
  auto isZero = [](int64_t n) { return n == 0; };
  if (!llvm::all_of(op.getLow(), isZero) || !llvm::all_of(op.getHigh(), isZero) ||
      !llvm::all_of(op.getInterior(), isZero))
    return failure();
  rewriter.replaceOp(op, op.getX());
  return success();
}

LogicalResult concatWithoutEmpty(ConcatOp op, PatternRewriter &rewriter) {
  SmallVector<Value> kept;
  for (Value input : op.getInputs())
    if (typeOf(input).getDimSize(op.getAxis()) != 0)
      kept.push_back(input);
  if (kept.empty() || kept.size() == op.getInputs().size())
    return failure();
  rewriter.modifyOpInPlace(op, [&] { op.getInputsMutable().assign(kept); });
  return success();
}

//===--- Contractions -------------------------------------------------------------------------------------------===//

/// A transposed operand is the operand with other dimension numbers, as long as its free dimensions keep their order.
LogicalResult dotOfTranspose(DotGeneralOp op, PatternRewriter &rewriter) {
  auto look = [](Value operand, ArrayRef<int64_t> batch, ArrayRef<int64_t> free, ArrayRef<int64_t> contracting,
                 SmallVector<int64_t> &newBatch, SmallVector<int64_t> &newContracting) -> Value {
    newBatch = llvm::to_vector(batch);
    newContracting = llvm::to_vector(contracting);
    auto transpose = operand.getDefiningOp<TransposeOp>();
    if (!transpose)
      return operand;
    auto through = [&](ArrayRef<int64_t> dims) {
      return llvm::map_to_vector(dims, [&](int64_t d) { return transpose.getPerm()[d]; });
    };
    if (!ascends(through(free)))
      return operand;
    newBatch = through(batch);
    newContracting = through(contracting);
    return transpose.getX();
  };
  SmallVector<int64_t> lhsBatch, lhsContracting, rhsBatch, rhsContracting;
  Value lhs = look(op.getLhs(), op.getLhsBatch(), op.getLhsFree(), op.getLhsContracting(), lhsBatch, lhsContracting);
  Value rhs = look(op.getRhs(), op.getRhsBatch(), op.getRhsFree(), op.getRhsContracting(), rhsBatch, rhsContracting);
  if (lhs == op.getLhs() && rhs == op.getRhs())
    return failure();
  rewriter.replaceOpWithNewOp<DotGeneralOp>(op, lhs, rhs, lhsBatch, rhsBatch, lhsContracting, rhsContracting);
  return success();
}

/// A result whose two free blocks change places is the product of the operands the other way round.
LogicalResult transposeOfDot(TransposeOp op, PatternRewriter &rewriter) {
  auto dot = op.getX().getDefiningOp<DotGeneralOp>();
  if (!dot || !dot->hasOneUse())
    return failure();
  int64_t batch = dot.getLhsBatch().size(), lhs = dot.getLhsFree().size(), rhs = dot.getRhsFree().size();
  SmallVector<int64_t> swapped = llvm::to_vector(llvm::seq<int64_t>(0, batch));
  llvm::append_range(swapped, llvm::seq(batch + lhs, batch + lhs + rhs));
  llvm::append_range(swapped, llvm::seq(batch, batch + lhs));
  if (!llvm::equal(swapped, op.getPerm()))
    return failure();
  rewriter.setInsertionPoint(dot);
  auto other = DotGeneralOp::create(rewriter, dot.getLoc(), dot.getRhs(), dot.getLhs(), dot.getRhsBatch(),
                                    dot.getLhsBatch(), dot.getRhsContracting(), dot.getLhsContracting());
  rewriter.replaceOp(op, other.getResult());
  return success();
}

/// Zeros around the input are the convolution's own padding.
LogicalResult convOfPad(ConvOp op, PatternRewriter &rewriter) {
  auto pad = op.getInput().getDefiningOp<PadOp>();
  if (!pad || !(matchPattern(pad.getValue(), m_AnyZeroFloat()) || matchPattern(pad.getValue(), m_Zero())) ||
      llvm::any_of(op.getLhsDilation(), [](int64_t d) { return d != 1; }) ||
      llvm::any_of(pad.getInterior(), [](int64_t n) { return n != 0; }))
    return failure();
  for (int64_t d : {int64_t(0), op.getChannelDim()})
    if (pad.getLow()[d] != 0 || pad.getHigh()[d] != 0)
      return failure();
  SmallVector<int64_t> low(op.getLow()), high(op.getHigh());
  for (size_t i = 0; i < low.size(); ++i) {
    // Elements that one cuts off and the other fills again with zeros are not the ones that were there.
    int64_t d = op.getSpatialDim() + i;
    if (pad.getLow()[d] < 0 || pad.getHigh()[d] < 0 || low[i] < 0 || high[i] < 0)
      return failure();
    low[i] += pad.getLow()[d];
    high[i] += pad.getHigh()[d];
  }
  rewriter.modifyOpInPlace(op, [&] {
    op.getInputMutable().assign(pad.getX());
    op.setLow(low);
    op.setHigh(high);
  });
  return success();
}

//===--- Elementwise --------------------------------------------------------------------------------------------===//

/// The value that every element of a constant has.
std::optional<APFloat> splatFloat(Value v) {
  DenseElementsAttr value;
  if (!matchPattern(v, m_Constant(&value)) || !value.isSplat() || !isa<FloatType>(value.getElementType()))
    return std::nullopt;
  return value.getSplatValue<APFloat>();
}
std::optional<APInt> splatInt(Value v) {
  DenseElementsAttr value;
  if (!matchPattern(v, m_Constant(&value)) || !value.isSplat() || !isa<IntegerType>(value.getElementType()))
    return std::nullopt;
  return value.getSplatValue<APInt>();
}
bool isOne(Value v) {
  auto f = splatFloat(v);
  auto i = splatInt(v);
  return (f && f->isExactlyValue(1.0)) || (i && i->isOne());
}
/// What leaves x as it is when added: -0, since -0 + 0 is 0; any integer 0.
bool isAdditiveIdentity(Value v) {
  auto f = splatFloat(v);
  auto i = splatInt(v);
  return (f && f->isNegZero()) || (i && i->isZero());
}
bool isPositiveZero(Value v) {
  auto f = splatFloat(v);
  auto i = splatInt(v);
  return (f && f->isPosZero()) || (i && i->isZero());
}

LogicalResult addNothing(AddOp op, PatternRewriter &rewriter) {
  if (!isAdditiveIdentity(op.getY()))
    return failure();
  rewriter.replaceOp(op, op.getX());
  return success();
}
LogicalResult subNothing(SubOp op, PatternRewriter &rewriter) {
  if (isPositiveZero(op.getY())) {
    rewriter.replaceOp(op, op.getX());
    return success();
  }
  if (isAdditiveIdentity(op.getX())) {
    rewriter.replaceOpWithNewOp<NegOp>(op, op.getY());
    return success();
  }
  return failure();
}
LogicalResult mulByOne(MulOp op, PatternRewriter &rewriter) {
  auto zero = splatInt(op.getY());
  if (!isOne(op.getY()) && !(zero && zero->isZero()))
    return failure();
  rewriter.replaceOp(op, zero && zero->isZero() ? op.getY() : op.getX());
  return success();
}
LogicalResult divByOne(DivOp op, PatternRewriter &rewriter) {
  if (!isOne(op.getY()))
    return failure();
  rewriter.replaceOp(op, op.getX());
  return success();
}

template <typename Involution> LogicalResult twice(Involution op, PatternRewriter &rewriter) {
  auto inner = op.getX().template getDefiningOp<Involution>();
  if (!inner)
    return failure();
  rewriter.replaceOp(op, inner.getX());
  return success();
}

LogicalResult selectOfKnown(SelectOp op, PatternRewriter &rewriter) {
  auto condition = splatInt(op.getCondition());
  if (op.getX() != op.getY() && !condition)
    return failure();
  rewriter.replaceOp(op, condition && condition->isZero() ? op.getY() : op.getX());
  return success();
}

/// Whether every value of `from` is a value of `to`.
bool holdsAll(Type from, Type to) {
  if (auto f = dyn_cast<FloatType>(from)) {
    auto t = dyn_cast<FloatType>(to);
    return t && APFloat::isRepresentableBy(f.getFloatSemantics(), t.getFloatSemantics());
  }
  auto f = cast<IntegerType>(from);
  bool fromUnsigned = f.isUnsigned() || f.getWidth() == 1;
  unsigned bits = f.getWidth() - (fromUnsigned ? 0 : 1);
  if (auto t = dyn_cast<FloatType>(to))
    // Exponents of all our types reach that far, f16's too: 8 bits.
    return bits <= APFloat::semanticsPrecision(t.getFloatSemantics()) &&
           bits <= static_cast<unsigned>(APFloat::semanticsMaxExponent(t.getFloatSemantics()));
  auto t = cast<IntegerType>(to);
  bool toUnsigned = t.isUnsigned() || t.getWidth() == 1;
  return (fromUnsigned || !toUnsigned) && bits <= t.getWidth() - (toUnsigned ? 0 : 1);
}

LogicalResult castOfCast(CastOp op, PatternRewriter &rewriter) {
  auto inner = op.getX().getDefiningOp<CastOp>();
  if (!inner)
    return failure();
  Type a = getElementTypeOrSelf(inner.getX().getType()), b = getElementTypeOrSelf(inner.getType()),
       c = getElementTypeOrSelf(op.getType());
  // Floats saturate where integers wrap: an integer may only go by way of a float to a float.
  if (!holdsAll(a, b) || (isa<IntegerType>(a) && isa<FloatType>(b) && !isa<FloatType>(c) && a != c))
    return failure();
  if (a == c)
    rewriter.replaceOp(op, inner.getX());
  else
    rewriter.replaceOpWithNewOp<CastOp>(op, op.getType(), inner.getX());
  return success();
}
/// A window of one element over an operand that is spread out gives what lies between nothing: it is spread out behind.
LogicalResult spreadPointwiseBehind(ConvOp op, PatternRewriter &rewriter) {
  auto isOne = [](int64_t n) { return n == 1; };
  auto isNegative = [](int64_t n) { return n < 0; };
  auto window = typeOf(op.getWeight()).getShape().slice(op.getWindowDim(), op.getLhsDilation().size());
  if (llvm::all_of(op.getLhsDilation(), isOne) || !llvm::all_of(window, isOne) ||
      !llvm::all_of(op.getStrides(), isOne) || llvm::any_of(op.getLow(), isNegative) ||
      llvm::any_of(op.getHigh(), isNegative))
    return failure();
  int64_t rank = op.getType().getRank(), first = op.getSpatialDim();
  SmallVector<int64_t> ones(window.size(), 1), none(window.size(), 0), low(rank, 0), high(rank, 0), interior(rank, 0);
  for (size_t i = 0; i < window.size(); ++i) {
    low[first + i] = op.getLow()[i];
    high[first + i] = op.getHigh()[i];
    interior[first + i] = op.getLhsDilation()[i] - 1;
  }
  Value small = ConvOp::create(rewriter, op.getLoc(), op.getInput(), op.getWeight(), ones, none, none, ones, ones,
                               op.getGroups(), op.getChannelsLast())
                    .getResult();
  rewriter.replaceOp(op, Ops(rewriter, op.getLoc()).pad(small, 0.0, low, high, interior));
  return success();
}
} // namespace

void DLCDialect::getCanonicalizationPatterns(RewritePatternSet &patterns) const {
  patterns.add(broadcastToReshape, /*benefit=*/2);
  patterns.add(broadcastOfBroadcast);
  patterns.add(broadcastOfReshape);
  patterns.add(broadcastWithoutOnes);
  patterns.add(reshapeOfScalarBroadcast);
  patterns.add(transposeOfBroadcast);
  patterns.add(transposeToReshape);
  patterns.add(reduceToReshape);
  patterns.add(padByNothing);
  patterns.add(concatWithoutEmpty);
  patterns.add(dotOfTranspose);
  patterns.add(transposeOfDot);
  patterns.add(convOfPad);
  patterns.add(spreadPointwiseBehind);
  patterns.add(addNothing);
  patterns.add(subNothing);
  patterns.add(mulByOne);
  patterns.add(divByOne);
  patterns.add(twice<NegOp>);
  patterns.add(twice<NotOp>);
  patterns.add(selectOfKnown);
  patterns.add(castOfCast);
  addConstantFolding(patterns);
}
} // namespace dlc
