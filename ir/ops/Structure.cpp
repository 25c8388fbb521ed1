// Constants, weights, random numbers, fusions, launches.
#include "ir/Build.h"
#include "ir/Dims.h"
#include "ir/IndexMath.h"
#include "ir/Initialize.h"
#include "ir/Philox.h"
#include "ir/Scalar.h"
#include "ir/Symbols.h"

namespace dlc {

//===--- constant, weight ---------------------------------------------------------------------------------------===//

static constexpr int64_t maxConstantBytes = 1024;

LogicalResult ConstantOp::verify() {
  auto type = cast<RankedTensorType>(getType());
  int64_t bytes = type.getNumElements() * std::max(1u, type.getElementTypeBitWidth() / 8);
  if (!getValue().isSplat() && bytes > maxConstantBytes)
    return emitOpError("holds ") << bytes << " bytes; more than " << maxConstantBytes << " belong in a dlc.weight";
  return success();
}
OpFoldResult ConstantOp::fold(FoldAdaptor) { return getValue(); }

LogicalResult WeightOp::verify() {
  auto type = cast<RankedTensorType>(getType());
  if (!type.hasStaticShape())
    return emitOpError("must have a static shape, found ") << describe(type);
  if (auto blob = dyn_cast<BlobAttr>(getValue())) {
    uint64_t want = static_cast<uint64_t>(type.getNumElements()) * std::max(1u, type.getElementTypeBitWidth() / 8);
    if (blob.getSize() != want)
      return emitOpError() << describe(type) << " takes " << want << " bytes, but its blob has " << blob.getSize();
    return success();
  }
  if (auto elements = dyn_cast<ElementsAttr>(getValue())) {
    if (elements.getShapedType() != getType())
      return emitOpError("value is ") << elements.getType() << ", but the weight " << type;
    return success();
  }
  if (isa<DerivedAttr>(getValue()))
    return success();
  auto rule = dyn_cast<RuleAttr>(getValue());
  if (!rule)
    return emitOpError("value must be a blob, a rule, elements or #dlc.derived, found ") << getValue();
  return verifyRule([&] { return emitOpError(); }, rule, type);
}

LogicalResult GetWeightOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto weight = symbols.lookupNearestSymbolFrom<WeightOp>(*this, getWeightAttr());
  if (!weight)
    return emitOpError("there is no weight ") << getWeightAttr();
  if (weight.getType() != getType())
    return emitOpError() << getWeightAttr() << " is " << describe(weight.getType()) << ", used as "
                         << describe(getType());
  return success();
}

//===--- sizes --------------------------------------------------------------------------------------------------===//

LogicalResult ExtentOp::verify() {
  return getSize().getExprs().size() == 1 ? success() : emitOpError("wants one size, found ") << getSize();
}

LogicalResult SizesOp::verify() {
  auto type = cast<RankedTensorType>(getType());
  auto count = static_cast<int64_t>(getSizes().getExprs().size());
  if (type.getRank() > 1 || !type.hasStaticShape() || type.getNumElements() != count)
    return emitOpError() << getSizes() << " are " << count << " sizes, but the result is " << describe(type);
  return success();
}
bool SizesOp::isCheap() { return true; }
Value SizesOp::buildElement(OpBuilder &b, Location loc, unsigned, Index index, ReadFn) {
  IndexMath m(b, loc);
  Type element = getElementTypeOrSelf(getType());
  auto number = [&](AffineExpr size) {
    Value wide = arith::IndexCastOp::create(b, loc, b.getI64Type(), extentValue(b, loc, size));
    return Scalar(b, loc, b.getI64Type()).cast(wide, element);
  };
  ArrayRef<AffineExpr> sizes = getSizes().getExprs();
  Value result = number(sizes.back());
  for (size_t i = sizes.size() - 1; i-- > 0;) {
    Value here = m.below(index[0], b.getAffineConstantExpr(static_cast<int64_t>(i) + 1));
    result = arith::SelectOp::create(b, loc, here, number(sizes[i]), result);
  }
  return result;
}
OpFoldResult SizesOp::fold(FoldAdaptor) {
  auto type = cast<RankedTensorType>(getType());
  SmallVector<APInt> values;
  for (AffineExpr size : getSizes().getExprs()) {
    auto constant = dyn_cast<AffineConstantExpr>(size);
    if (!constant)
      return {};
    values.push_back(
        APInt(type.getElementTypeBitWidth(), constant.getValue(), /*isSigned=*/true, /*implicitTrunc=*/true));
  }
  return DenseElementsAttr::get(type, values);
}

//===--- rng_uniform --------------------------------------------------------------------------------------------===//

LogicalResult RngUniformOp::verify() {
  auto state = cast<RankedTensorType>(getState().getType());
  if (state.getRank() != 1 || state.getDimSize(0) != 2)
    return emitOpError("state must be [2] (seed, step), found ") << describe(state);
  return success();
}
Value RngUniformOp::buildElement(OpBuilder &b, Location loc, unsigned, Index index, ReadFn read) {
  IndexMath m(b, loc);
  auto i32 = b.getI32Type();
  auto i64 = b.getI64Type();
  auto words = [&](Value wide) {
    Value shift = arith::ConstantOp::create(b, loc, b.getI64IntegerAttr(32));
    Value low = arith::TruncIOp::create(b, loc, i32, wide);
    Value high = arith::TruncIOp::create(b, loc, i32, arith::ShRUIOp::create(b, loc, wide, shift));
    return std::pair(low, high);
  };
  auto [key0, key1] = words(read(0, {m.constant(0)}));
  // What stands above the step's 32 bits counts 2^32 elements each: no tensor is that large.
  auto [step, place] = words(read(0, {m.constant(1)}));
  Value id = arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(static_cast<int32_t>(getId())));
  Value element = arith::IndexCastOp::create(b, loc, i64, m.value(m.linearize(index, getDims(getType()))));
  auto [low, high] = words(element);
  high = arith::AddIOp::create(b, loc, high, place);
  Value bits = PhiloxOp::create(b, loc, key0, key1, low, high, id, step);
  // The upper 24 bits fill an f32's mantissa exactly.
  Value top = arith::ShRUIOp::create(b, loc, bits, arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(8)));
  Type compute = Scalar::computeType(getType().getElementType());
  Value number = arith::UIToFPOp::create(b, loc, compute, top);
  return Scalar(b, loc, getType()).mul(number, Scalar(b, loc, getType()).constantOf(compute, 1.0 / (1 << 24)));
}
SmallVector<Value> RngUniformOp::buildTraining(OpBuilder &b, Location loc, Value step,
                                               SmallVectorImpl<std::pair<Value, Value>> &) {
  Ops o(b, loc);
  auto one = RankedTensorType::get({1}, b.getI64Type());
  Value seed = SliceOp::create(b, loc, one, getState(), ArrayRef<int64_t>{0}, ArrayRef<int64_t>{1});
  Value state = ConcatOp::create(b, loc, ValueRange{seed, o.reshape(step, one)}, 0).getResult();
  return {RngUniformOp::create(b, loc, getResult().getType(), state, getId()).getResult()};
}
StringRef RngUniformOp::getNoGradientReason() { return "random numbers depend on no float operand"; }

//===--- fusion, launch -----------------------------------------------------------------------------------------===//

LogicalResult FusionOp::verify() {
  Block &body = getBody().front();
  if (body.getArgumentTypes() != getInputs().getTypes())
    return emitOpError("the body's arguments must have the inputs' types");
  auto yield = dyn_cast<YieldOp>(body.back());
  if (!yield || yield.getOperandTypes() != getResultTypes())
    return emitOpError("must end in a dlc.yield of its results' types");
  return success();
}

Operation *lookupKernel(Operation *from, StringRef name) {
  auto module = from->getParentOfType<ModuleOp>();
  if (Operation *kernel = SymbolTable::lookupSymbolIn(module, name))
    return kernel;
  // A GPU's kernels stand in a module of their own.
  for (Operation &op : *module.getBody())
    if (op.hasTrait<OpTrait::SymbolTable>())
      if (Operation *kernel = SymbolTable::lookupSymbolIn(&op, name))
        return kernel;
  return nullptr;
}

LogicalResult LaunchOp::verifySymbolUses(SymbolTableCollection &symbols) {
  return lookupKernel(*this, getKernel()) ? success() : emitOpError("there is no kernel ") << getKernelAttr();
}

} // namespace dlc
