// Elementwise operators on constants: their scalar expressions, folded by upstream's folders element by element.
#include "ir/Dims.h"
#include "ir/Scalar.h"
#include "ir/ops/Patterns.h"
#include "mlir/IR/Matchers.h"

namespace dlc {
namespace {
constexpr int64_t mostBytes = 1024;

/// One element as the attribute that a scalar expression computes with: signless, 16-bit floats as f32.
TypedAttr toCompute(Attribute element, Type compute) {
  if (auto f = dyn_cast<FloatAttr>(element)) {
    APFloat value = f.getValue();
    bool losesInfo;
    value.convert(cast<FloatType>(compute).getFloatSemantics(), APFloat::rmNearestTiesToEven, &losesInfo);
    return FloatAttr::get(compute, value);
  }
  return IntegerAttr::get(compute, cast<IntegerAttr>(element).getValue());
}
Attribute fromCompute(Attribute computed, Type element) {
  if (auto f = dyn_cast<FloatType>(element))
    return toCompute(computed, f);
  return IntegerAttr::get(element, cast<IntegerAttr>(computed).getValue());
}

/// The expression of one element; null if some operation of it does not fold.
Attribute evaluate(Block &block, Value result, ArrayRef<Attribute> arguments) {
  llvm::DenseMap<Value, Attribute> known;
  for (auto [argument, value] : llvm::zip_equal(block.getArguments(), arguments))
    known[argument] = value;
  for (Operation &op : block) {
    auto operands = llvm::map_to_vector(op.getOperands(), [&](Value v) { return known.lookup(v); });
    SmallVector<OpFoldResult> folded;
    if (op.getNumRegions() != 0)
      return {};
    if (matchPattern(&op, m_Constant())) {
      Attribute value;
      matchPattern(&op, m_Constant(&value));
      known[op.getResult(0)] = value;
      continue;
    }
    // Folding in place would change the expression for the next element.
    Operation *copy = op.clone();
    bool good = succeeded(copy->fold(operands, folded)) && folded.size() == op.getNumResults();
    copy->destroy();
    if (!good)
      return {};
    for (auto [value, fold] : llvm::zip_equal(op.getResults(), folded)) {
      auto attr = dyn_cast<Attribute>(fold);
      known[value] = attr ? attr : known.lookup(cast<Value>(fold));
      if (!known[value])
        return {};
    }
  }
  return known.lookup(result);
}

struct FoldElementwise : OpInterfaceRewritePattern<ScalarExprOpInterface> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;

  LogicalResult matchAndRewrite(ScalarExprOpInterface op, PatternRewriter &rewriter) const override {
    auto type = cast<RankedTensorType>(op->getResult(0).getType());
    if (op->getNumOperands() == 0 || !type.hasStaticShape() || type.getNumElements() == 0)
      return failure();
    // Codes are not what the attribute's elements are: they wait for @init.
    auto isCode = [](Type t) { return Scalar::isCode(getElementTypeOrSelf(t)); };
    if (isCode(type) || llvm::any_of(op->getOperandTypes(), isCode) || isa<BitcastOp>(op))
      return failure();
    SmallVector<DenseElementsAttr> values;
    bool splat = true;
    for (Value operand : op->getOperands()) {
      DenseElementsAttr value;
      if (!matchPattern(operand, m_Constant(&value)))
        return failure();
      splat &= value.isSplat();
      values.push_back(value);
    }
    int64_t count = splat ? 1 : type.getNumElements();
    if (count * std::max(1u, type.getElementTypeBitWidth() / 8) > mostBytes)
      return failure();

    Block block;
    SmallVector<Type> computeTypes;
    for (DenseElementsAttr value : values)
      computeTypes.push_back(Scalar::computeType(value.getElementType()));
    block.addArguments(computeTypes, SmallVector<Location>(values.size(), op.getLoc()));
    OpBuilder b(op.getContext()); // the block is in no region that could tell
    b.setInsertionPointToEnd(&block);
    Value result = op.buildScalar(b, op.getLoc(), block.getArguments());
    SmallVector<Attribute> elements;
    SmallVector<DenseElementsAttr::AttributeElementIterator> at;
    for (DenseElementsAttr value : values)
      at.push_back(value.value_begin<Attribute>());
    for (int64_t i = 0; i < count; ++i) {
      SmallVector<Attribute> arguments;
      for (auto [it, compute] : llvm::zip_equal(at, computeTypes))
        arguments.push_back(toCompute(*(it + i), compute));
      Attribute element = evaluate(block, result, arguments);
      if (!element)
        return failure();
      elements.push_back(fromCompute(element, type.getElementType()));
    }
    rewriter.replaceOpWithNewOp<ConstantOp>(op, type, DenseElementsAttr::get(type, elements));
    return success();
  }
};
} // namespace

void addConstantFolding(RewritePatternSet &patterns) { patterns.add<FoldElementwise>(patterns.getContext()); }
} // namespace dlc
