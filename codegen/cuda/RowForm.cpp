#include "codegen/cuda/RowForm.h"
#include "codegen/Linear.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace dlc::cuda {

bool Access::vectorAlong(int dim, int64_t width) const {
  if (!linear || dim < 0 || step(dim) != 1 || !offset.isMultipleOf(width))
    return false;
  for (auto [other, coef] : llvm::enumerate(coefs))
    if (int(other) != dim && !coef.isMultipleOf(width))
      return false;
  return true;
}

static int64_t multiplied(ArrayRef<int64_t> values) {
  int64_t result = 1;
  for (int64_t value : values)
    result *= value;
  return result;
}
int64_t RowForm::rows() const { return multiplied(ArrayRef(sizes).take_front(numP)); }
int64_t RowForm::length() const { return multiplied(ArrayRef(sizes).drop_front(numP)); }
AffineExpr RowForm::allRows() const { return product(func.getContext(), ArrayRef(extents).take_front(numP)); }
AffineExpr RowForm::wholeLength() const { return product(func.getContext(), ArrayRef(extents).drop_front(numP)); }

/// An access over the original dimensions.
static Access readAccess(Value tensor, AffineMap map, unsigned numDims) {
  Access access{tensor, map};
  if (auto type = dyn_cast<RankedTensorType>(tensor.getType())) {
    access.linear = linearAccess(map, type, numDims, access.coefs, access.offset);
  } else {
    access.offset = getAffineConstantExpr(0, tensor.getContext());
    access.coefs.assign(numDims, access.offset);
  }
  return access;
}

/// The scalar that `init` is filled with everywhere.
static Attribute fillValue(Value init) {
  Attribute attr;
  if (auto fill = init.getDefiningOp<linalg::FillOp>()) {
    if (matchPattern(fill.getInputs()[0], m_Constant(&attr)))
      return attr;
  } else if (matchPattern(init, m_Constant(&attr))) {
    if (auto splat = dyn_cast<SplatElementsAttr>(attr))
      return splat.getSplatValue<Attribute>();
  }
  return {};
}

FailureOr<RowForm> RowForm::read(func::FuncOp func, ArrayRef<unsigned> edges) {
  RowForm form;
  form.func = func;
  auto generics = llvm::to_vector(func.getOps<linalg::GenericOp>());
  if (generics.empty()) {
    func.emitError("row kernel '") << func.getName() << "' has no linalg.generic";
    return failure();
  }

  // The iteration space: the longest of the generics'; P is the parallel part of a reduction's.
  SmallVector<AffineExpr> full;
  std::optional<unsigned> parallel;
  for (auto generic : generics) {
    if (generic.getNumLoops() > full.size())
      full = loopExtents(generic);
    if (generic.getNumReductionLoops())
      parallel = generic.getNumParallelLoops();
  }
  unsigned numP = parallel.value_or(full.size());
  unsigned numDims = full.size();
  SymbolRanges ranges(func);
  for (AffineExpr extent : full) {
    bool known = extent && llvm::all_of(symbolsOf(extent), [&](unsigned s) { return ranges.number(s).has_value(); });
    if (!known) {
      func.emitError("row kernel '") << func.getName() << "' has a dynamic dimension whose symbol the module does not "
                                     << "declare in " << symbolsAttrName;
      return failure();
    }
  }

  for (auto generic : generics) {
    Stage stage;
    stage.op = generic;
    SmallVector<AffineExpr> own = loopExtents(generic);
    stage.kind = generic.getNumReductionLoops()            ? Stage::Reduce
                 : own.size() == numDims && numDims > numP ? Stage::MapElements
                                                           : Stage::MapRows;
    if (ArrayRef(own) != ArrayRef(full).take_front(own.size()) || (own.size() != numDims && own.size() != numP) ||
        (stage.kind == Stage::Reduce && generic.getNumParallelLoops() != numP)) {
      generic.emitError("not row form: this generic's iteration space is neither P nor P x R of the kernel");
      return failure();
    }
    for (OpOperand *operand : generic.getDpsInputOperands())
      stage.inputs.push_back(readAccess(operand->get(), generic.getMatchingIndexingMap(operand), numDims));
    for (OpOperand &operand : generic.getDpsInitsMutable()) {
      stage.outputs.push_back(readAccess(operand.get(), generic.getMatchingIndexingMap(&operand), numDims));
      if (stage.kind != Stage::Reduce)
        continue;
      Attribute init = fillValue(operand.get());
      if (!init) {
        generic.emitError("not row form: a reduction's initial value must be a linalg.fill with a constant");
        return failure();
      }
      stage.inits.push_back(init);
    }
    form.stages.push_back(std::move(stage));
  }

  // Dimensions that somebody asks for by number, or that enter an access non-linearly, stay as they are.
  llvm::SmallDenseSet<unsigned> fixed;
  for (Stage &stage : form.stages) {
    stage.op.getRegion().walk([&](linalg::IndexOp index) { fixed.insert(index.getDim()); });
    for (auto *list : {&stage.inputs, &stage.outputs})
      for (Access &access : *list)
        if (!access.linear)
          access.map.walkExprs([&](AffineExpr expr) {
            if (auto dim = dyn_cast<AffineDimExpr>(expr))
              fixed.insert(dim.getPosition());
          });
  }

  // Collapse: d joins d-1 if every access steps over d-1 as it would over d's whole extent.
  SmallVector<SmallVector<unsigned>> groups;
  form.collapsedOf.assign(numDims, -1);
  for (unsigned dim = 0; dim < numDims; ++dim) {
    if (dim == numP)
      form.numP = int(groups.size());
    if (isConstant(full[dim], 1))
      continue;
    bool join = !groups.empty() && int(groups.size()) > (dim >= numP ? form.numP : 0);
    // An edge counts even where the dimension itself has size 1 and is dropped.
    join = join && llvm::none_of(edges, [&](unsigned edge) { return edge <= dim && edge > groups.back().back(); });
    if (join) {
      unsigned previous = groups.back().back();
      join = !fixed.count(dim) && !fixed.count(previous);
      for (Stage &stage : form.stages)
        for (auto *list : {&stage.inputs, &stage.outputs})
          for (Access &access : *list)
            join &= access.coefs[previous] == product(access.coefs[dim], full[dim]);
    }
    if (!join)
      groups.emplace_back();
    groups.back().push_back(dim);
    form.collapsedOf[dim] = int(groups.size()) - 1;
  }
  if (numP == numDims)
    form.numP = int(groups.size());
  for (auto &group : groups) {
    AffineExpr size = getAffineConstantExpr(1, func.getContext());
    for (unsigned dim : group)
      size = product(size, full[dim]);
    form.extents.push_back(size);
    form.sizes.push_back(ranges.typical(size));
  }
  for (Stage &stage : form.stages)
    for (auto *list : {&stage.inputs, &stage.outputs})
      for (Access &access : *list) {
        SmallVector<AffineExpr> coefs;
        for (auto &group : groups)
          coefs.push_back(access.coefs[group.back()]);
        access.coefs = std::move(coefs);
      }
  return form;
}

static std::optional<gpu::AllReduceOperation> hardwareReduction(Operation *op) {
  using Kind = gpu::AllReduceOperation;
  return TypeSwitch<Operation *, std::optional<Kind>>(op)
      .Case<arith::AddFOp, arith::AddIOp>([](auto) { return Kind::ADD; })
      .Case<arith::MulFOp, arith::MulIOp>([](auto) { return Kind::MUL; })
      .Case<arith::MaximumFOp>([](auto) { return Kind::MAXIMUMF; })
      .Case<arith::MinimumFOp>([](auto) { return Kind::MINIMUMF; })
      .Case<arith::MaxNumFOp>([](auto) { return Kind::MAXNUMF; })
      .Case<arith::MinNumFOp>([](auto) { return Kind::MINNUMF; })
      .Case<arith::MaxSIOp>([](auto) { return Kind::MAXSI; })
      .Case<arith::MinSIOp>([](auto) { return Kind::MINSI; })
      .Case<arith::MaxUIOp>([](auto) { return Kind::MAXUI; })
      .Case<arith::MinUIOp>([](auto) { return Kind::MINUI; })
      .Case<arith::AndIOp>([](auto) { return Kind::AND; })
      .Case<arith::OrIOp>([](auto) { return Kind::OR; })
      .Case<arith::XOrIOp>([](auto) { return Kind::XOR; })
      .Default([](Operation *) { return std::nullopt; });
}

std::optional<Combiner> findCombiner(const Stage &stage) {
  linalg::GenericOp generic = stage.op;
  Block *body = generic.getBody();
  auto accumulators = generic.getRegionOutputArgs();
  Operation *yield = body->getTerminator();

  Combiner combiner;
  llvm::SmallPtrSet<Value, 8> tainted(accumulators.begin(), accumulators.end());
  bool comparesIndices = false;
  for (Operation &op : body->without_terminator()) {
    if (!llvm::any_of(op.getOperands(), [&](Value v) { return tainted.contains(v); }))
      continue;
    if (op.getNumRegions())
      return std::nullopt;
    combiner.slice.push_back(&op);
    tainted.insert(op.result_begin(), op.result_end());
    // The first accumulator is the value, which may be an integer as well.
    comparesIndices |= isa<arith::CmpIOp>(op) && llvm::any_of(op.getOperands(), [&](Value v) {
                         return llvm::is_contained(accumulators.drop_front(), v);
                       });
  }
  // Pair each accumulator with the value that it is merged with: the other operand of the operation that yields it.
  for (auto [position, accumulator] : llvm::enumerate(accumulators)) {
    Operation *last = yield->getOperand(position).getDefiningOp();
    if (!last || !llvm::is_contained(combiner.slice, last))
      return std::nullopt;
    Value element;
    auto operands = isa<arith::SelectOp>(last) ? last->getOperands().drop_front() : last->getOperands();
    if (operands.size() != 2)
      return std::nullopt;
    if (operands[0] == accumulator)
      element = operands[1];
    else if (operands[1] == accumulator)
      element = operands[0];
    if (!element || tainted.contains(element))
      return std::nullopt;
    combiner.elements.push_back(element);
  }
  // Nothing else may come from outside the slice.
  for (Operation *op : combiner.slice)
    for (Value operand : op->getOperands())
      if (!tainted.contains(operand) && !llvm::is_contained(combiner.elements, operand) &&
          !matchPattern(operand, m_Constant()))
        return std::nullopt;
  if (accumulators.size() == 1 && combiner.slice.size() == 1)
    combiner.op = hardwareReduction(combiner.slice[0]);
  // Several accumulators may be merged in any order only if ties are broken by the index.
  if (!combiner.op && !comparesIndices)
    return std::nullopt;
  return combiner;
}

} // namespace dlc::cuda
