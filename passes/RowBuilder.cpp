#include "passes/RowBuilder.h"
#include "ir/Dims.h"
#include "ir/IndexMath.h"
#include "ir/Scalar.h"
#include "ir/Symbols.h"

namespace dlc {
namespace {
RankedTensorType typeOf(Value v) { return cast<RankedTensorType>(v.getType()); }
RankedTensorType storedType(Value v) {
  return withElement(v.getType(), Scalar::storageType(typeOf(v).getElementType()));
}

/// Division-free sums of dims: what indexing maps carry. Everything else is read by tensor.extract.
bool isSimple(AffineExpr expr) {
  bool simple = true;
  expr.walk([&](AffineExpr e) {
    auto kind = e.getKind();
    simple &= kind != AffineExprKind::FloorDiv && kind != AffineExprKind::CeilDiv && kind != AffineExprKind::Mod;
    if (auto constant = dyn_cast<AffineConstantExpr>(e))
      simple &= constant.getValue() >= 0;
  });
  return simple;
}
} // namespace

/// One linalg.generic under construction: its region is built in a detached block while the inputs are found.
struct GenericBuilder {
  GenericBuilder(RowBuilder &row, ArrayRef<AffineExpr> extents, Location loc)
      : row(row), b(row.b), extents(extents), loc(loc), block(std::make_unique<Block>()) {
    outer = b.saveInsertionPoint();
    b.setInsertionPointToStart(block.get());
    for (int64_t d = 0, n = extents.size(); d < n; ++d) {
      Value index = linalg::IndexOp::create(b, loc, d);
      dimOf[index] = d;
      dims.push_back(index);
    }
  }

  RowBuilder &row;
  OpBuilder &b;
  SmallVector<AffineExpr> extents;
  Location loc;
  std::unique_ptr<Block> block;
  OpBuilder::InsertPoint outer;
  SmallVector<OpFoldResult> dims;
  DenseMap<Value, int64_t> dimOf;
  SmallVector<Value> inputs;
  SmallVector<AffineMap> maps;
  struct Known {
    Value tensor;
    SmallVector<OpFoldResult> index;
    Value element;
  };
  std::vector<Known> known; // elements built already, by value and index

  std::optional<AffineExpr> exprOf(OpFoldResult at) {
    if (auto constant = getConstantIntValue(at))
      return b.getAffineConstantExpr(*constant);
    Value v = cast<Value>(at);
    if (auto it = dimOf.find(v); it != dimOf.end())
      return b.getAffineDimExpr(it->second);
    auto apply = v.getDefiningOp<affine::AffineApplyOp>();
    if (!apply)
      return std::nullopt;
    SmallVector<AffineExpr> dimExprs, symbolExprs;
    for (auto [i, operand] : llvm::enumerate(apply.getMapOperands())) {
      auto inner = exprOf(operand);
      if (!inner)
        return std::nullopt;
      (i < apply.getMap().getNumDims() ? dimExprs : symbolExprs).push_back(*inner);
    }
    return apply.getMap().getResult(0).replaceDimsAndSymbols(dimExprs, symbolExprs);
  }

  /// The element of a tensor in memory.
  Value readStored(Value tensor, Type element, Index index) {
    SmallVector<AffineExpr> exprs, sizes = getDims(tensor.getType());
    for (OpFoldResult at : index) {
      auto expr = exprOf(at);
      if (!expr || !isSimple(*expr))
        break;
      // Linalg takes a plain dimension of a map to span the operand's: not so where only a part of it is read.
      auto dim = dyn_cast<AffineDimExpr>(*expr);
      if (dim && sizes[exprs.size()] != extents[dim.getPosition()])
        break;
      exprs.push_back(*expr);
    }
    // A read under a guard must stay there: indexing maps are read for every point.
    bool guardedRead = b.getInsertionBlock() != block.get();
    Value raw;
    if (exprs.size() == index.size() && !guardedRead) {
      auto map = AffineMap::get(extents.size(), 0, exprs, b.getContext());
      for (auto [i, input] : llvm::enumerate(inputs))
        if (input == tensor && maps[i] == map)
          raw = block->getArgument(i);
      if (!raw) {
        inputs.push_back(tensor);
        maps.push_back(map);
        raw = block->addArgument(typeOf(tensor).getElementType(), loc);
      }
    } else {
      IndexMath m(b, loc);
      SmallVector<Value> at;
      for (OpFoldResult i : index)
        at.push_back(m.value(i));
      raw = tensor::ExtractOp::create(b, loc, tensor, at);
    }
    return typeOf(tensor).getElementType() == Scalar::computeType(element) ? raw
                                                                           : Scalar::fromStorage(b, loc, raw, element);
  }

  bool visible(Value v) {
    Block *home = v.getParentBlock();
    for (Block *at = b.getInsertionBlock(); at; at = at->getParentOp() ? at->getParentOp()->getBlock() : nullptr)
      if (at == home)
        return true;
    return false;
  }

  /// The element of a value of the fusion, computed here unless a generic before has stored it.
  Value element(Value v, Index index) {
    if (Value tensor = row.stored_.lookup(v))
      return readStored(tensor, typeOf(v).getElementType(), index);
    for (Known &k : known)
      if (k.tensor == v && ArrayRef<OpFoldResult>(k.index) == index && visible(k.element))
        return k.element;
    Operation *op = v.getDefiningOp();
    assert(op && "an input of a fusion must be bound to an argument");
    Value result;
    DenseElementsAttr constant;
    if (matchPattern(op, m_Constant(&constant))) {
      result = splat(constant);
    } else if (auto scalar = dyn_cast<ScalarExprOpInterface>(op)) {
      SmallVector<Value> args;
      for (Value operand : op->getOperands())
        args.push_back(element(operand, index));
      result = scalar.buildScalar(b, op->getLoc(), args);
    } else {
      auto indexed = cast<IndexedOpInterface>(op);
      auto read = [&](unsigned n, Index at) { return element(op->getOperand(n), at); };
      unsigned number = cast<OpResult>(v).getResultNumber();
      if (op->getNumResults() == 1) {
        result = indexed.buildElement(b, op->getLoc(), number, index, read);
      } else {
        SmallVector<Value> all = indexed.buildElements(b, op->getLoc(), index, read);
        for (auto [other, element] : llvm::zip_equal(op->getResults(), all))
          if (other != v)
            known.push_back({other, llvm::to_vector(index), element});
        result = all[number];
      }
    }
    known.push_back({v, llvm::to_vector(index), result});
    return result;
  }

  Value splat(DenseElementsAttr constant) {
    Type type = Scalar::computeType(constant.getElementType());
    if (auto f = dyn_cast<FloatType>(type)) {
      APFloat value = constant.getSplatValue<APFloat>();
      bool lossy;
      value.convert(f.getFloatSemantics(), APFloat::rmNearestTiesToEven, &lossy);
      return arith::ConstantOp::create(b, loc, FloatAttr::get(f, value));
    }
    return arith::ConstantOp::create(b, loc, IntegerAttr::get(type, constant.getSplatValue<APInt>()));
  }

  /// Linalg infers loop bounds from shapes: give it one where no input shows every dimension plainly.
  void showBounds(ArrayRef<AffineMap> outputMaps) {
    llvm::SmallBitVector shown(extents.size());
    auto look = [&](ArrayRef<AffineMap> all) {
      for (AffineMap map : all)
        for (AffineExpr expr : map.getResults())
          if (auto dim = dyn_cast<AffineDimExpr>(expr))
            shown.set(dim.getPosition());
    };
    look(maps);
    look(outputMaps);
    if (shown.all())
      return;
    OpBuilder::InsertionGuard guard(b);
    b.restoreInsertionPoint(outer);
    inputs.push_back(emptyTensor(b, loc, getTensorType(b.getContext(), extents, b.getI8Type())));
    maps.push_back(b.getMultiDimIdentityMap(extents.size()));
    block->addArgument(b.getI8Type(), loc);
  }

  /// Erases what nobody used: index operations mostly.
  void dropDead() {
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(*block)))
      if (isOpTriviallyDead(&op))
        op.erase();
  }

  linalg::GenericOp finish(ValueRange outputs, ArrayRef<AffineMap> outputMaps,
                           ArrayRef<utils::IteratorType> iterators) {
    dropDead();
    b.restoreInsertionPoint(outer);
    SmallVector<AffineMap> all(maps);
    llvm::append_range(all, outputMaps);
    auto generic = linalg::GenericOp::create(b, loc, TypeRange(outputs), inputs, outputs, all, iterators);
    generic.getRegion().push_back(block.release());
    return generic;
  }
};

SmallVector<Value> RowBuilder::build(ArrayRef<Operation *> ops, ArrayRef<Value> results, Location loc) {
  SmallVector<int64_t> kept = space.kept();
  int64_t parts = kept.size();
  // dimOfIndex[i]: which loop dimension walks dimension i of a full value; loops are P, then R.
  SmallVector<int64_t> dimOfIndex(space.shape.size());
  for (auto [n, d] : llvm::enumerate(kept))
    dimOfIndex[d] = n;
  for (auto [n, d] : llvm::enumerate(space.reduced))
    dimOfIndex[d] = parts + n;
  SmallVector<int64_t> identity = llvm::to_vector(llvm::seq<int64_t>(0, parts));

  for (Operation *op : ops) {
    if (isa<ReductionOpInterface>(op)) {
      buildReduction(op);
      continue;
    }
    // What is known on P and read along R is computed once a row, not once an element.
    if (!isa<IndexedOpInterface>(op) || op->getNumOperands() == 0)
      continue;
    Value operand = op->getOperand(0);
    auto it = space.alignment.find(operand);
    if (it != space.alignment.end() && it->second == Alignment::part && !stored_.contains(operand))
      buildMaps({operand}, space.keptShape(), identity, parts, operand.getLoc());
  }

  SmallVector<Value> full, part;
  for (Value v : results) {
    if (stored_.contains(v))
      continue;
    auto &list = getDims(v.getType()) == space.shape ? full : part;
    if (!llvm::is_contained(list, v))
      list.push_back(v);
  }
  if (!full.empty())
    buildMaps(full, space.shape, dimOfIndex, space.shape.size(), loc);
  if (!part.empty())
    buildMaps(part, space.keptShape(), identity, parts, loc);

  SmallVector<Value> tensors;
  for (Value v : results) {
    Value tensor = stored_.lookup(v);
    // A reduction keeps its result in computing precision; memory may want another type.
    if (tensor.getType() != storedType(v)) {
      stored_.erase(v);
      stored_[v] = Value();
      Value computed = tensor;
      GenericBuilder g(*this, getDims(v.getType()), loc);
      Value raw = g.readStored(computed, typeOf(computed).getElementType(), g.dims);
      linalg::YieldOp::create(b, loc, Scalar::toStorage(b, loc, raw, typeOf(v).getElementType()));
      b.restoreInsertionPoint(g.outer);
      Value empty = emptyTensor(b, loc, storedType(v));
      g.outer = b.saveInsertionPoint();
      g.block->addArgument(storedType(v).getElementType(), loc);
      SmallVector<utils::IteratorType> iterators(typeOf(v).getRank(), utils::IteratorType::parallel);
      tensor = g.finish({empty}, {b.getMultiDimIdentityMap(typeOf(v).getRank())}, iterators).getResult(0);
      stored_[v] = tensor;
    }
    tensors.push_back(tensor);
  }
  return tensors;
}

void RowBuilder::buildReduction(Operation *op) {
  auto reduction = cast<ReductionOpInterface>(op);
  Location loc = op->getLoc();
  SmallVector<int64_t> kept = space.kept();
  SmallVector<AffineExpr> extents = space.keptShape();
  for (int64_t d : space.reduced)
    extents.push_back(space.shape[d]);
  int64_t parts = kept.size();

  // Accumulators start from constants.
  SmallVector<Value> initial;
  SmallVector<TypedAttr> identities = reduction.getIdentities();
  for (TypedAttr attr : identities) {
    Value start = arith::ConstantOp::create(b, loc, attr);
    Value empty =
        emptyTensor(b, loc, getTensorType(b.getContext(), ArrayRef(extents).take_front(parts), attr.getType()));
    initial.push_back(linalg::FillOp::create(b, loc, start, empty).getResult(0));
  }

  GenericBuilder g(*this, extents, loc);
  SmallVector<OpFoldResult> at(space.shape.size());
  for (auto [n, d] : llvm::enumerate(kept))
    at[d] = g.dims[n];
  for (auto [n, d] : llvm::enumerate(space.reduced))
    at[d] = g.dims[parts + n];
  Value element = g.element(op->getOperand(0), at);
  Value position;
  if (reduction.usesPosition()) {
    IndexMath m(b, loc);
    SmallVector<OpFoldResult> inner(g.dims.begin() + parts, g.dims.end());
    position = m.value(m.linearize(inner, ArrayRef(extents).drop_front(parts)));
  }
  SmallVector<AffineExpr> outExprs;
  for (int64_t d = 0; d < parts; ++d)
    outExprs.push_back(b.getAffineDimExpr(d));
  auto outMap = AffineMap::get(extents.size(), 0, outExprs, b.getContext());
  SmallVector<AffineMap> outMaps(initial.size(), outMap);
  g.showBounds(outMaps);
  SmallVector<Value> acc;
  for (TypedAttr attr : identities)
    acc.push_back(g.block->addArgument(attr.getType(), loc));
  linalg::YieldOp::create(b, loc, reduction.buildCombine(b, loc, acc, element, position));
  SmallVector<utils::IteratorType> iterators(parts, utils::IteratorType::parallel);
  iterators.append(extents.size() - parts, utils::IteratorType::reduction);
  auto generic = g.finish(initial, outMaps, iterators);
  for (auto [result, tensor] : llvm::zip_equal(op->getResults(), generic.getResults()))
    stored_[result] = tensor;
}

void RowBuilder::buildMaps(ArrayRef<Value> values, ArrayRef<AffineExpr> shape, ArrayRef<int64_t> dimOfIndex,
                           int64_t rank, Location loc) {
  SmallVector<Value> empties;
  for (Value v : values)
    empties.push_back(emptyTensor(b, loc, getTensorType(b.getContext(), shape, storedType(v).getElementType())));
  SmallVector<AffineExpr> extents(rank);
  SmallVector<AffineExpr> exprs;
  for (auto [i, d] : llvm::enumerate(dimOfIndex)) {
    extents[d] = shape[i];
    exprs.push_back(b.getAffineDimExpr(d));
  }
  GenericBuilder g(*this, extents, loc);
  SmallVector<OpFoldResult> at;
  for (int64_t d : dimOfIndex)
    at.push_back(g.dims[d]);
  if (first)
    g.element(first, at);
  SmallVector<Value> elements;
  for (Value v : values)
    elements.push_back(Scalar::toStorage(b, loc, g.element(v, at), typeOf(v).getElementType()));
  for (Value v : values)
    g.block->addArgument(storedType(v).getElementType(), loc);
  linalg::YieldOp::create(b, loc, elements);
  SmallVector<AffineMap> outMaps(values.size(), AffineMap::get(rank, 0, exprs, b.getContext()));
  SmallVector<utils::IteratorType> iterators(rank, utils::IteratorType::parallel);
  auto generic = g.finish(empties, outMaps, iterators);
  for (auto [v, tensor] : llvm::zip_equal(values, generic.getResults()))
    stored_[v] = tensor;
}

} // namespace dlc
