#include "codegen/cpu/Contraction.h"
#include "ir/Scalar.h"
#include "ir/Symbols.h"

namespace dlc::cpu {

FailureOr<ContractionKernel> matchContraction(func::FuncOp kernel) {
  ContractionKernel result;
  for (Operation &op : kernel.getBody().front()) {
    if (auto contraction = dyn_cast<ContractionOpInterface>(op)) {
      if (result.op)
        return op.emitError("a second contraction in one kernel");
      result.op = contraction;
    } else if (auto generic = dyn_cast<linalg::GenericOp>(op)) {
      if (!result.op || result.epilogue || generic.getNumReductionLoops())
        return op.emitError("a contraction kernel holds one contraction and then at most one elementwise epilogue");
      result.epilogue = generic;
    } else if (!isa<tensor::EmptyOp, ExtentOp, func::ReturnOp>(op) && !op.hasTrait<OpTrait::ConstantLike>()) {
      return op.emitError("'") << op.getName() << "' in a contraction kernel";
    }
  }
  if (!result.op)
    return kernel.emitError("contraction kernel without a contraction");
  for (Value v : result.op->getOperands())
    if (!isa<BlockArgument>(v))
      return result.op->emitError("operands of a contraction must be the kernel's arguments");
  return result;
}

// Maps of dot_general's operands over (result dimensions.., contracted dimensions..).
static std::pair<AffineMap, AffineMap> dotMaps(DotGeneralOp dot) {
  MLIRContext *ctx = dot.getContext();
  int64_t batch = dot.getLhsBatch().size(), lhsFree = dot.getLhsFree().size(), rhsFree = dot.getRhsFree().size();
  int64_t p = batch + lhsFree + rhsFree, r = dot.getLhsContracting().size();
  auto place = [&](ArrayRef<int64_t> batchDims, ArrayRef<int64_t> freeDims, ArrayRef<int64_t> contracting,
                   int64_t firstFree) {
    SmallVector<AffineExpr> exprs(batchDims.size() + freeDims.size() + contracting.size());
    for (auto [i, d] : llvm::enumerate(batchDims))
      exprs[d] = getAffineDimExpr(i, ctx);
    for (auto [i, d] : llvm::enumerate(freeDims))
      exprs[d] = getAffineDimExpr(firstFree + i, ctx);
    for (auto [i, d] : llvm::enumerate(contracting))
      exprs[d] = getAffineDimExpr(p + i, ctx);
    return AffineMap::get(p + r, 0, exprs, ctx);
  };
  return {place(dot.getLhsBatch(), dot.getLhsFree(), dot.getLhsContracting(), batch),
          place(dot.getRhsBatch(), dot.getRhsFree(), dot.getRhsContracting(), batch + lhsFree)};
}

// sum += term, of which `term` builds the product.
static Value buildSum(OpBuilder &b, Location loc, ContractionOpInterface op, RankedTensorType type, Type accType,
                      ValueRange args) {
  auto shape = getDims(type);
  Value init = arith::ConstantOp::create(b, loc, cast<TypedAttr>(b.getZeroAttr(accType)));
  Value empty = emptyTensor(b, loc, withElement(type, accType));
  Value filled = linalg::FillOp::create(b, loc, init, empty).getResult(0);
  SmallVector<AffineExpr> extents = op.getReductionExtents();
  unsigned p = shape.size(), r = extents.size();
  SmallVector<utils::IteratorType> iterators(p, utils::IteratorType::parallel);
  iterators.append(r, utils::IteratorType::reduction);
  auto dims = [&](unsigned from, unsigned count) {
    SmallVector<AffineExpr> exprs;
    for (unsigned d = from; d < from + count; ++d)
      exprs.push_back(b.getAffineDimExpr(d));
    return AffineMap::get(p + r, 0, exprs, b.getContext());
  };
  AffineMap out = dims(0, p);
  auto accumulate = [&](OpBuilder &nested, Location l, Value acc, Value term) {
    Value sum = isa<FloatType>(accType)
                    ? arith::AddFOp::create(nested, l, acc, term,
                                            arith::FastMathFlags::reassoc | arith::FastMathFlags::contract)
                          .getResult()
                    : arith::AddIOp::create(nested, l, acc, term).getResult();
    linalg::YieldOp::create(nested, l, sum);
  };
  if (auto dot = dyn_cast<DotGeneralOp>(op.getOperation())) {
    auto [lhs, rhs] = dotMaps(dot);
    Type element = type.getElementType();
    return linalg::GenericOp::create(
               b, loc, filled.getType(), args, filled, {lhs, rhs, out}, iterators,
               [&](OpBuilder &n, Location l, ValueRange v) {
                 Scalar s(n, l, type);
                 accumulate(n, l, v[2],
                            s.mul(Scalar::fromStorage(n, l, v[0], element), Scalar::fromStorage(n, l, v[1], element)));
               })
        .getResult(0);
  }
  // Any other contraction says what it sums. An operand that nobody reads gives the reduced dimensions their sizes.
  Value sizes = emptyTensor(b, loc, getTensorType(b.getContext(), extents, b.getI8Type()));
  AffineMap reduced = dims(p, r);
  return linalg::GenericOp::create(
             b, loc, filled.getType(), sizes, filled, {reduced, out}, iterators,
             [&](OpBuilder &n, Location l, ValueRange v) {
               SmallVector<OpFoldResult> index;
               for (unsigned d = 0; d < p + r; ++d)
                 index.push_back(linalg::IndexOp::create(n, l, d).getResult());
               auto read = [&](unsigned operand, Index at) {
                 SmallVector<Value> indices;
                 for (OpFoldResult i : at)
                   indices.push_back(getValueOrCreateConstantIndexOp(n, l, i));
                 Value stored = tensor::ExtractOp::create(n, l, args[operand], indices);
                 return Scalar::fromStorage(n, l, stored, stored.getType());
               };
               accumulate(n, l, v[1],
                          op.buildTerm(n, l, ArrayRef(index).take_front(p), ArrayRef(index).drop_front(p), read));
             })
      .getResult(0);
}

FailureOr<OwningOpRef<ModuleOp>> contractionToRowForm(func::FuncOp kernel) {
  FailureOr<ContractionKernel> match = matchContraction(kernel);
  if (failed(match))
    return failure();
  Location loc = kernel.getLoc();
  OwningOpRef<ModuleOp> module = ModuleOp::create(loc);
  OpBuilder b = OpBuilder::atBlockEnd(module->getBody());
  auto func = func::FuncOp::create(b, loc, kernel.getName(), kernel.getFunctionType());
  Block *block = func.addEntryBlock();
  b.setInsertionPointToStart(block);
  IRMapping map;
  map.map(kernel.getArguments(), block->getArguments());

  auto type = cast<RankedTensorType>(match->op->getResult(0).getType());
  Type accType = Scalar::computeType(type.getElementType());
  SmallVector<Value> args;
  for (Value v : match->op->getOperands())
    args.push_back(map.lookup(v));
  Value sum = buildSum(b, loc, match->op, type, accType, args);
  if (accType != type.getElementType()) {
    AffineMap id = AffineMap::getMultiDimIdentityMap(type.getRank(), b.getContext());
    Value empty = emptyTensor(b, loc, type);
    SmallVector<utils::IteratorType> iterators(type.getRank(), utils::IteratorType::parallel);
    sum =
        linalg::GenericOp::create(b, loc, type, sum, empty, {id, id}, iterators,
                                  [&](OpBuilder &n, Location l, ValueRange v) {
                                    linalg::YieldOp::create(n, l, Scalar::toStorage(n, l, v[0], type.getElementType()));
                                  })
            .getResult(0);
  }
  map.map(match->op->getResult(0), sum);
  for (Operation &op : kernel.getBody().front())
    if (&op != match->op.getOperation())
      b.clone(op, map);
  return module;
}

} // namespace dlc::cpu
