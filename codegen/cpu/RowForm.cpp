#include "codegen/cpu/RowForm.h"
#include "codegen/Linear.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace dlc::cpu {

// The constant that a tensor value is filled with, if it is.
static TypedAttr splatOf(Value v) {
  if (auto fill = v.getDefiningOp<linalg::FillOp>()) {
    Attribute attr;
    if (matchPattern(fill.getInputs()[0], m_Constant(&attr)))
      return cast<TypedAttr>(attr);
    return {};
  }
  DenseElementsAttr dense;
  if (matchPattern(v, m_Constant(&dense)) && dense.isSplat())
    return dense.getSplatValue<TypedAttr>();
  return {};
}

// The single operation by which partial results of output `i` combine, if order does not matter.
static Operation *combinerOf(linalg::GenericOp op, unsigned i) {
  Value acc = op.getRegionOutputArgs()[i];
  Operation *c = op.getBody()->getTerminator()->getOperand(i).getDefiningOp();
  if (!c || !acc.hasOneUse() || c->getNumOperands() != 2 || !llvm::is_contained(c->getOperands(), acc) ||
      c->getBlock() != op.getBody())
    return nullptr;
  if (isa<arith::AddFOp, arith::MulFOp>(c)) {
    auto flags = cast<arith::ArithFastMathInterface>(c).getFastMathFlagsAttr().getValue();
    return arith::bitEnumContainsAll(flags, arith::FastMathFlags::reassoc) ? c : nullptr;
  }
  return isa<arith::MaximumFOp, arith::MinimumFOp, arith::MaxNumFOp, arith::MinNumFOp, arith::AddIOp, arith::MulIOp,
             arith::MaxSIOp, arith::MaxUIOp, arith::MinSIOp, arith::MinUIOp, arith::AndIOp, arith::OrIOp,
             arith::XOrIOp>(c)
             ? c
             : nullptr;
}

static bool readsIndices(linalg::GenericOp op) {
  return op.getBody()->walk([](linalg::IndexOp) { return WalkResult::interrupt(); }).wasInterrupted();
}

// Dimension positions that a projection names, in order.
static std::optional<SmallVector<unsigned>> positions(AffineMap map) {
  SmallVector<unsigned> result;
  for (AffineExpr e : map.getResults()) {
    auto d = dyn_cast<AffineDimExpr>(e);
    if (!d)
      return std::nullopt;
    result.push_back(d.getPosition());
  }
  return result;
}

// Whether the evaluator of lanes knows every operation of a body.
static LogicalResult checkBody(linalg::GenericOp generic) {
  WalkResult result = generic.getBody()->walk([&](Operation *op) {
    bool structural = isa<linalg::YieldOp, linalg::IndexOp, affine::AffineApplyOp, ExtentOp, tensor::ExtractOp,
                          scf::IfOp, scf::ForOp, scf::YieldOp>(op);
    if (!structural && !op->hasTrait<OpTrait::ConstantLike>() && !OpTrait::hasElementwiseMappableTraits(op))
      return op->emitError("'") << op->getName() << "' in the body of a kernel", WalkResult::interrupt();
    if (auto extract = dyn_cast<tensor::ExtractOp>(op);
        extract && !isa<BlockArgument>(extract.getTensor()) && !splatOf(extract.getTensor()))
      return op->emitError("extract of a tensor that is not an argument of the kernel"), WalkResult::interrupt();
    for (Value v : op->getOperands()) {
      Operation *def = v.getDefiningOp();
      if (def && !generic->isProperAncestor(def) && !isa<tensor::ExtractOp>(op) && !isa<ExtentOp>(def) &&
          !def->hasTrait<OpTrait::ConstantLike>())
        return op->emitError("a body captures '") << def->getName() << "'; it may capture constants only",
               WalkResult::interrupt();
    }
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

namespace {
struct Analyzer {
  Analyzer(func::FuncOp func, const SymbolRanges &ranges) : func(func), ranges(ranges) {}
  func::FuncOp func;
  RowForm form;
  unsigned numDims = 0, numP = 0; // of the generics, before merging
  const SymbolRanges &ranges;
  SmallVector<AffineExpr> sizes;
  SmallVector<bool> pinned;                       // dimensions whose index is used as such
  DenseMap<Value, SmallVector<unsigned>> results; // result of a generic -> kernel results that it is returned as
  DenseMap<Value, AffineMap> producers;

  LogicalResult shape();
  LogicalResult stage(linalg::GenericOp op);
  LogicalResult inputsOf(Stage &s);
  void merge();
  FailureOr<RowForm> run();
};
} // namespace

LogicalResult Analyzer::shape() {
  bool first = true;
  for (Operation &op : func.getBody().front()) {
    auto generic = dyn_cast<linalg::GenericOp>(op);
    if (!generic) {
      if (isa<tensor::EmptyOp, linalg::FillOp, func::ReturnOp, ExtentOp>(op) || op.hasTrait<OpTrait::ConstantLike>())
        continue;
      return op.emitError("'")
             << op.getName()
             << "' in a kernel in row form; only linalg.generic, tensor.empty, constants and fills may stand there";
    }
    unsigned loops = generic.getNumLoops(), reductions = generic.getNumReductionLoops(), p = loops - reductions;
    if (first || p < numP)
      numP = p;
    first = false;
    if (loops > numDims) {
      numDims = loops;
      sizes = loopExtents(generic);
    }
  }
  if (first)
    return func.emitError("kernel without a linalg.generic");
  for (AffineExpr size : sizes) {
    if (!size)
      return func.emitError("a loop whose extent no operand shows");
    for (unsigned symbol : symbolsOf(size))
      if (!ranges.number(symbol))
        return func.emitError("a size depends on '")
               << func.getContext()->getOrLoadDialect<DLCDialect>()->symbolName(symbol)
               << "', which the module does not declare in " << symbolsAttrName;
  }
  return success();
}

LogicalResult Analyzer::inputsOf(Stage &s) {
  linalg::GenericOp op = s.op;
  for (OpOperand *use : op.getDpsInputOperands()) {
    Operand in;
    in.tensor = use->get();
    AffineMap map = op.getMatchingIndexingMap(use);
    in.used = op.payloadUsesValueFromOperand(use);
    in.offset = getAffineConstantExpr(0, op.getContext());
    in.coef.assign(numDims, in.offset);
    if (!in.used) {
      in.kind = Operand::Splat; // at most its shape matters
    } else if (TypedAttr splat = splatOf(in.tensor)) {
      in.kind = Operand::Splat;
      in.splat = splat;
    } else if (!isa<RankedTensorType>(in.tensor.getType())) {
      Attribute attr;
      if (!matchPattern(in.tensor, m_Constant(&attr)))
        return op.emitError("scalar operand #") << use->getOperandNumber() << " is not a constant";
      in.kind = Operand::Splat;
      in.splat = cast<TypedAttr>(attr);
    } else if (isa<BlockArgument>(in.tensor)) {
      auto type = cast<RankedTensorType>(in.tensor.getType());
      in.linear = linearAccess(map, type, numDims, in.coef, in.offset);
      in.map = map;
      if (!in.linear)
        for (unsigned d = 0; d < numDims; ++d)
          if (map.isFunctionOfDim(d))
            pinned[d] = true;
    } else if (auto producer = producers.find(in.tensor); producer != producers.end()) {
      in.kind = Operand::Result;
      if (positions(map) != positions(producer->second))
        return op.emitError("operand #") << use->getOperandNumber()
                                         << " reads an intermediate value at other indices than its own";
    } else {
      return op.emitError("operand #") << use->getOperandNumber()
                                       << " is neither an argument, nor a constant, nor the result of a generic";
    }
    s.inputs.push_back(std::move(in));
  }
  return success();
}

LogicalResult Analyzer::stage(linalg::GenericOp op) {
  Stage s;
  s.op = op;
  unsigned loops = op.getNumLoops(), reductions = op.getNumReductionLoops();
  s.kind = reductions ? Stage::Reduce : loops > numP ? Stage::Map : Stage::Point;
  if (loops != numP && loops != numDims)
    return op.emitError("iteration space of rank ")
           << loops << " in a kernel of rank " << numP << " + " << numDims - numP;
  for (auto [i, size] : llvm::enumerate(loopExtents(op)))
    if (size != sizes[i])
      return op.emitError("dimension ") << i << " has size " << (size ? describe(size) : "?") << "; the kernel's has "
                                        << describe(sizes[i]);
  for (auto [i, type] : llvm::enumerate(op.getIteratorTypesArray()))
    if (reductions && (type == utils::IteratorType::reduction) != (i >= numP))
      return op.emitError("reduced dimensions do not come last");
  if (failed(checkBody(op)) || failed(inputsOf(s)))
    return failure();
  s.usesIndices = readsIndices(op);
  op.getBody()->walk([&](linalg::IndexOp index) { pinned[index.getDim()] = true; });

  for (auto [i, out] : llvm::enumerate(op.getDpsInitsMutable())) {
    TypedAttr init = splatOf(out.get());
    bool reads = op.payloadUsesValueFromOperand(&out);
    if (reads && !init)
      return op.emitError("result ") << i << " starts from a tensor that is not filled with a constant";
    s.inits.push_back(init);
    AffineMap map = op.getMatchingIndexingMap(&out);
    Value result = op.getResult(i);
    SmallVector<Target> targets;
    auto type = cast<RankedTensorType>(result.getType());
    for (unsigned r : results.lookup(result)) {
      Target t{r, {}};
      AffineExpr offset;
      if (!linearAccess(map, type, numDims, t.coef, offset) || !isConstant(offset, 0) || !positions(map))
        return op.emitError("result ") << i << " is not indexed by plain dimensions";
      targets.push_back(std::move(t));
    }
    s.targets.push_back(std::move(targets));
    producers[result] = map;
    if (s.kind == Stage::Reduce)
      if (Operation *c = combinerOf(op, i))
        s.combiners.push_back(c);
  }
  if (s.combiners.size() != op.getNumResults())
    s.combiners.clear();
  form.stages.push_back(std::move(s));
  return success();
}

// Merges neighbouring dimensions that every address walks as one.
void Analyzer::merge() {
  SmallVector<SmallVector<AffineExpr> *> all;
  for (Stage &s : form.stages) {
    for (Operand &in : s.inputs)
      if (in.kind == Operand::Memory && in.linear)
        all.push_back(&in.coef);
    for (auto &targets : s.targets)
      for (Target &t : targets)
        all.push_back(&t.coef);
  }
  SmallVector<unsigned> kept; // the generic's dimension that carries each kernel dimension's coefficient
  SmallVector<bool> keptPinned;
  form.dimOf.assign(numDims, -1);
  for (unsigned d = 0; d < numDims; ++d) {
    (d < numP ? form.pSize : form.rSize) *= ranges.typical(sizes[d]);
    if (isConstant(sizes[d], 1))
      continue;
    bool reduction = d >= numP;
    if (!kept.empty() && form.dims.back().reduction == reduction && !pinned[d] && !keptPinned.back() &&
        llvm::all_of(all,
                     [&](SmallVector<AffineExpr> *c) { return (*c)[kept.back()] == product((*c)[d], sizes[d]); })) {
      Dim &merged = form.dims.back();
      merged.extent = product(merged.extent, sizes[d]);
      merged.size = ranges.typical(merged.extent);
      form.dimOf[kept.back()] = -1;
      kept.back() = d;
    } else {
      form.dims.push_back({sizes[d], ranges.typical(sizes[d]), reduction});
      kept.push_back(d);
      keptPinned.push_back(pinned[d]);
    }
    form.dimOf[d] = kept.size() - 1;
  }
  for (SmallVector<AffineExpr> *c : all) {
    SmallVector<AffineExpr> merged;
    for (unsigned d : kept)
      merged.push_back((*c)[d]);
    *c = merged;
  }
}

FailureOr<RowForm> Analyzer::run() {
  form.func = func;
  form.numInputs = func.getNumArguments();
  if (!llvm::hasSingleElement(func.getBody()))
    return func.emitError("kernel with more than one block");
  auto ret = cast<func::ReturnOp>(func.getBody().front().getTerminator());
  for (auto [i, v] : llvm::enumerate(ret.getOperands())) {
    if (!v.getDefiningOp<linalg::GenericOp>())
      return func.emitError("result ") << i << " is not computed by a linalg.generic";
    results[v].push_back(i);
  }
  if (failed(shape()))
    return failure();
  pinned.assign(numDims, false);
  for (auto op : func.getBody().front().getOps<linalg::GenericOp>())
    if (failed(stage(op)))
      return failure();
  merge();
  return std::move(form);
}

FailureOr<RowForm> analyzeRowForm(func::FuncOp func, const SymbolRanges &ranges) {
  return Analyzer(func, ranges).run();
}

std::optional<int64_t> LaneAnalysis::coef(Value v) {
  auto it = memo.find(v);
  if (it != memo.end())
    return it->second;
  std::optional<int64_t> c = compute(v);
  memo[v] = c;
  return c;
}

std::optional<int64_t> LaneAnalysis::address(tensor::ExtractOp op) {
  int64_t total = 0;
  auto dims = getDims(op.getTensor().getType());
  for (auto [i, stride] : llvm::zip(op.getIndices(), rowMajorStrides(dims, op.getContext()))) {
    std::optional<int64_t> c = coef(i), step = constantSize(stride);
    if (!c || (*c != 0 && !step))
      return std::nullopt;
    total += *c == 0 ? 0 : *c * *step;
  }
  return total;
}

std::optional<int64_t> LaneAnalysis::compute(Value v) {
  linalg::GenericOp generic = stage.op;
  if (auto arg = dyn_cast<BlockArgument>(v)) {
    Operation *parent = arg.getOwner()->getParentOp();
    if (parent == generic) {
      if (arg.getArgNumber() >= stage.inputs.size())
        return std::nullopt;
      const Operand &in = stage.inputs[arg.getArgNumber()];
      if (in.kind == Operand::Splat)
        return 0;
      if (in.kind == Operand::Memory && in.linear && isConstant(in.coef[dim], 0))
        return 0;
      if (in.kind == Operand::Result && form.dims[dim].reduction)
        return 0;
      return std::nullopt;
    }
    if (auto loop = dyn_cast<scf::ForOp>(parent))
      if (v == loop.getInductionVar() && coef(loop.getLowerBound()) == 0 && coef(loop.getUpperBound()) == 0 &&
          coef(loop.getStep()) == 0)
        return 0;
    return std::nullopt;
  }
  Operation *op = v.getDefiningOp();
  if (!generic->isProperAncestor(op) || op->hasTrait<OpTrait::ConstantLike>())
    return 0;
  if (auto index = dyn_cast<linalg::IndexOp>(op))
    return form.dimOf[index.getDim()] == dim ? 1 : 0;
  if (auto extract = dyn_cast<tensor::ExtractOp>(op)) {
    if (address(extract) == 0)
      return 0;
    return std::nullopt;
  }
  if (auto apply = dyn_cast<affine::AffineApplyOp>(op)) {
    AffineMap map = apply.getAffineMap();
    SmallVector<int64_t> coefs(map.getNumInputs(), 0);
    int64_t constant = 0;
    AffineExpr expr = map.getResult(0);
    SmallVector<AffineExpr> symbols;
    for (unsigned i = 0; i < map.getNumSymbols(); ++i)
      symbols.push_back(getAffineDimExpr(map.getNumDims() + i, v.getContext()));
    expr = expr.replaceDimsAndSymbols({}, symbols);
    bool linear = addLinear(expr, 1, coefs, constant);
    int64_t total = 0;
    for (auto [i, operand] : llvm::enumerate(apply.getMapOperands())) {
      std::optional<int64_t> c = coef(operand);
      if (!c || (*c != 0 && !linear))
        return std::nullopt;
      total += *c * coefs[i];
    }
    return total;
  }
  if (auto ifOp = dyn_cast<scf::IfOp>(op)) {
    unsigned i = cast<OpResult>(v).getResultNumber();
    if (coef(ifOp.getCondition()) == 0 && coef(ifOp.thenYield().getOperand(i)) == 0 &&
        coef(ifOp.elseYield().getOperand(i)) == 0)
      return 0;
    return std::nullopt;
  }
  if (isa<scf::ForOp>(op))
    return std::nullopt;
  if (isa<arith::AddIOp, arith::SubIOp>(op)) {
    std::optional<int64_t> x = coef(op->getOperand(0)), y = coef(op->getOperand(1));
    if (!x || !y)
      return std::nullopt;
    return isa<arith::AddIOp>(op) ? *x + *y : *x - *y;
  }
  if (isa<arith::MulIOp>(op)) {
    std::optional<int64_t> x = coef(op->getOperand(0)), y = coef(op->getOperand(1));
    if (!x || !y)
      return std::nullopt;
    if (*x == 0 && *y == 0)
      return 0;
    APInt c;
    if (*y == 0 && matchPattern(op->getOperand(1), m_ConstantInt(&c)))
      return *x * c.getSExtValue();
    if (*x == 0 && matchPattern(op->getOperand(0), m_ConstantInt(&c)))
      return *y * c.getSExtValue();
    return std::nullopt;
  }
  if (isa<arith::IndexCastOp>(op))
    return coef(op->getOperand(0));
  for (Value operand : op->getOperands())
    if (coef(operand) != 0)
      return std::nullopt;
  return 0;
}

bool LaneAnalysis::vectorizable() {
  WalkResult result = stage.op->walk([&](scf::ForOp loop) {
    bool uniform = coef(loop.getLowerBound()) == 0 && coef(loop.getUpperBound()) == 0 && coef(loop.getStep()) == 0;
    return uniform ? WalkResult::advance() : WalkResult::interrupt();
  });
  return !result.wasInterrupted();
}

} // namespace dlc::cpu
