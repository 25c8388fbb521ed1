#include "codegen/cuda/SplitReduction.h"
#include "codegen/cuda/KernelBuilder.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace dlc::cuda {
namespace {

/// Merging `init` in once more changes nothing.
bool isNeutral(gpu::AllReduceOperation kind, Attribute init) {
  using Kind = gpu::AllReduceOperation;
  auto number = dyn_cast<FloatAttr>(init);
  auto integer = dyn_cast<IntegerAttr>(init);
  switch (kind) {
  case Kind::ADD:
  case Kind::XOR:
    return number ? number.getValue().isZero() : integer && integer.getValue().isZero();
  case Kind::MUL:
    return number ? number.getValue().isExactlyValue(1.0) : integer && integer.getValue().isOne();
  default:
    return true; // twice is once
  }
}

class Splitter {
public:
  explicit Splitter(const RowForm &form) : form(form), func(form.func), b(func.getContext()) {}

  std::optional<int64_t> choose() { return readable() && chooseParts() ? std::optional(parts) : std::nullopt; }

  std::optional<SplitReduction> run(int64_t wanted) {
    if (!readable() || wanted < 2 || sizes[cut] % wanted)
      return std::nullopt;
    parts = wanted;
    rest = sizes[cut] / parts;
    SplitReduction split{makeFirst(), {}, {}, {}, parts};
    split.second = makeSecond();
    split.firstArguments = firstArguments, split.secondArguments = secondArguments;
    return split;
  }

private:
  const RowForm &form;
  func::FuncOp func;
  OpBuilder b;
  SmallVector<const Stage *> reductions, maps;
  SmallVector<int64_t> sizes;  // of the whole iteration space, P first
  unsigned numP = 0, cut = 0;  // cut: the first dimension of R that has an extent
  int64_t parts = 1, rest = 1; // it is parts * rest
  SmallVector<int64_t> axis;   // by argument: which axis is that dimension; -1: none
  SmallVector<int64_t> firstArguments, secondArguments;
  SmallVector<Type> partials;

  /// Reductions of arguments by operations that merge in any order, then maps over P.
  bool readable() {
    if (form.isOpen())
      return false;
    axis.assign(func.getNumArguments(), -1);
    llvm::SmallDenseMap<int64_t, bool> seen;
    for (const Stage &stage : form.stages) {
      linalg::GenericOp generic = stage.op;
      if (stage.kind == Stage::MapRows) {
        maps.push_back(&stage);
        continue;
      }
      auto combiner = stage.kind == Stage::Reduce ? findCombiner(stage) : std::nullopt;
      if (!combiner || !combiner->op || generic->getNumResults() != 1 || !isNeutral(*combiner->op, stage.inits[0]))
        return false;
      bool positional =
          generic.getBody()
              ->walk([](Operation *op) {
                return isa<linalg::IndexOp, tensor::ExtractOp>(op) ? WalkResult::interrupt() : WalkResult::advance();
              })
              .wasInterrupted();
      if (positional || generic.getRegionOutputArgs()[0].getType() !=
                            cast<RankedTensorType>(generic.getResult(0).getType()).getElementType())
        return false;
      if (sizes.empty()) {
        sizes = generic.getStaticLoopRanges();
        numP = cut = generic.getNumParallelLoops();
        while (cut + 1 < sizes.size() && sizes[cut] == 1)
          ++cut;
      }
      for (OpOperand *operand : generic.getDpsInputOperands()) {
        auto argument = dyn_cast<BlockArgument>(operand->get());
        if (!argument)
          return false;
        int64_t number = argument.getArgNumber(), at = -1;
        for (auto [i, result] : llvm::enumerate(generic.getMatchingIndexingMap(operand).getResults())) {
          if (!result.isFunctionOfDim(cut))
            continue;
          if (!isa<AffineDimExpr>(result) || at >= 0)
            return false;
          at = i;
        }
        if (auto [it, isNew] = seen.try_emplace(number, true); !isNew && axis[number] != at)
          return false;
        axis[number] = at;
        if (!llvm::is_contained(firstArguments, number))
          firstArguments.push_back(number);
      }
      reductions.push_back(&stage);
    }
    for (const Stage *stage : maps)
      for (OpOperand *operand : linalg::GenericOp(stage->op).getDpsInputOperands())
        if (auto argument = dyn_cast<BlockArgument>(operand->get()))
          if (!llvm::is_contained(secondArguments, argument.getArgNumber()))
            secondArguments.push_back(argument.getArgNumber());
    // What a map's body takes from outside is not known here.
    for (const Stage *stage : maps) {
      bool reaches = linalg::GenericOp(stage->op)
                         .getBody()
                         ->walk([](Operation *op) {
                           return isa<tensor::ExtractOp>(op) ? WalkResult::interrupt() : WalkResult::advance();
                         })
                         .wasInterrupted();
      if (reaches)
        return false;
    }
    return !reductions.empty();
  }

  /// Enough parts to fill a card, where one step leaves it idle; each long enough to be worth a block.
  bool chooseParts() {
    int64_t rows = form.rows(), length = form.length();
    bool columns = false; // threads lie along P then
    for (const Stage *stage : reductions)
      for (const Access &access : stage->inputs)
        columns |= access.coef(form.innerP()) == 1;
    int64_t blocks = columns ? llvm::divideCeil(rows, 32) : rows, shortest = columns ? 256 : 8192;
    if (blocks * 2 > 132 || length < 4 * shortest || rows * length < 1 << 18)
      return false;
    int64_t wanted = std::min<int64_t>({264 / blocks, length / shortest, 1024}), dimension = sizes[cut];
    for (int64_t candidate = std::min(wanted, dimension); candidate >= 4; --candidate)
      if (dimension % candidate == 0) {
        parts = candidate;
        rest = dimension / candidate;
        return true;
      }
    return false;
  }

  func::FuncOp begin(StringRef name, ArrayRef<Type> inputs, ArrayRef<Type> results) {
    OpBuilder outside(func.getContext());
    auto made = func::FuncOp::create(outside, func.getLoc(), name, b.getFunctionType(inputs, results));
    for (StringRef attr : {"dlc.sources", "dlc.kernel"})
      if (Attribute value = func->getAttr(attr))
        made->setAttr(attr, value);
    int64_t bytes = 0;
    for (ArrayRef<Type> types : {inputs, results})
      for (Type type : types)
        bytes += cast<RankedTensorType>(type).getNumElements() *
                 std::max<int64_t>(1, cast<RankedTensorType>(type).getElementTypeBitWidth() / 8);
    made->setAttr("dlc.bytes", b.getI64IntegerAttr(bytes));
    b.setInsertionPointToStart(made.addEntryBlock());
    return made;
  }
  void nameArguments(func::FuncOp made, ArrayRef<int64_t> arguments, unsigned from) {
    for (auto [i, a] : llvm::enumerate(arguments))
      made.setArgAttr(from + i, "dlc.name", argumentName(func, a));
  }
  std::string partialName(size_t i) const { return reductions.size() == 1 ? "partial" : "partial" + std::to_string(i); }
  Value filled(Location loc, RankedTensorType type, Attribute init) {
    Value value = arith::ConstantOp::create(b, loc, cast<TypedAttr>(init));
    Value empty = tensor::EmptyOp::create(b, loc, type.getShape(), type.getElementType());
    return linalg::FillOp::create(b, loc, value, empty).getResult(0);
  }
  SmallVector<utils::IteratorType> iterators(size_t parallel, size_t reduction) {
    SmallVector<utils::IteratorType> types(parallel, utils::IteratorType::parallel);
    types.append(reduction, utils::IteratorType::reduction);
    return types;
  }
  /// A generic with another's body; `map` already knows what the body takes from outside.
  void cloneBody(linalg::GenericOp from, linalg::GenericOp to, IRMapping &map) {
    // Constants of the function come along.
    OpBuilder::InsertionGuard guard(b);
    from.getRegion().walk([&](Operation *op) {
      for (Value operand : op->getOperands())
        if (Operation *def = operand.getDefiningOp();
            def && def->getParentRegion() == &func.getBody() && !map.contains(operand)) {
          b.setInsertionPoint(to);
          map.map(operand, b.clone(*def)->getResult(0));
        }
    });
    from.getRegion().cloneInto(&to.getRegion(), map);
  }

  /// Iteration space (part, P.., rest, R..): arguments are seen with their split axis as two.
  func::FuncOp makeFirst() {
    SmallVector<Type> inputs, results;
    for (int64_t number : firstArguments) {
      auto type = cast<RankedTensorType>(func.getArgumentTypes()[number]);
      SmallVector<int64_t> shape(type.getShape());
      if (axis[number] >= 0) {
        shape[axis[number]] = rest;
        shape.insert(shape.begin() + axis[number], parts);
      }
      inputs.push_back(RankedTensorType::get(shape, type.getElementType()));
    }
    for (const Stage *stage : reductions) {
      linalg::GenericOp generic = stage->op;
      SmallVector<int64_t> shape = {parts};
      shape.append(sizes.begin(), sizes.begin() + numP);
      results.push_back(
          RankedTensorType::get(shape, cast<RankedTensorType>(generic.getResult(0).getType()).getElementType()));
    }
    partials = results;
    func::FuncOp made = begin(func.getName(), inputs, results);
    made->setAttr("dlc.class", StringAttr::get(func.getContext(), "reduction"));
    if (Attribute flops = func->getAttr("dlc.flops"))
      made->setAttr("dlc.flops", flops);
    nameArguments(made, firstArguments, 0);
    unsigned dims = sizes.size() + 1;
    SmallVector<AffineExpr> renamed; // old dimension -> new; the split one is `rest`
    for (unsigned d = 0; d < sizes.size(); ++d)
      renamed.push_back(b.getAffineDimExpr(d + 1));
    SmallVector<Value> values;
    for (auto [i, stage] : llvm::enumerate(reductions)) {
      linalg::GenericOp generic = stage->op;
      SmallVector<AffineMap> indexing;
      SmallVector<Value> operands;
      for (OpOperand *operand : generic.getDpsInputOperands()) {
        int64_t number = cast<BlockArgument>(operand->get()).getArgNumber();
        SmallVector<AffineExpr> exprs;
        for (AffineExpr result : generic.getMatchingIndexingMap(operand).getResults()) {
          if (result.isFunctionOfDim(cut))
            exprs.push_back(b.getAffineDimExpr(0));
          exprs.push_back(result.replaceDims(renamed));
        }
        indexing.push_back(AffineMap::get(dims, 0, exprs, b.getContext()));
        operands.push_back(made.getArgument(llvm::find(firstArguments, number) - firstArguments.begin()));
      }
      indexing.push_back(AffineMap::getMultiDimIdentityMap(dims, b.getContext()).getMajorSubMap(numP + 1));
      auto type = cast<RankedTensorType>(results[i]);
      Value init = filled(generic.getLoc(), type, stage->inits[0]);
      auto copy = linalg::GenericOp::create(b, generic.getLoc(), type, operands, init, indexing,
                                            iterators(numP + 1, sizes.size() - numP));
      IRMapping map;
      cloneBody(generic, copy, map);
      values.push_back(copy.getResult(0));
      made.setResultAttr(i, "dlc.name", b.getStringAttr(partialName(i)));
    }
    func::ReturnOp::create(b, func.getLoc(), values);
    return made;
  }

  func::FuncOp makeSecond() {
    SmallVector<Type> inputs(partials);
    for (int64_t number : secondArguments)
      inputs.push_back(func.getArgumentTypes()[number]);
    func::FuncOp made = begin((func.getName() + "_finish").str(), inputs, func.getResultTypes());
    made->setAttr("dlc.class", StringAttr::get(func.getContext(), "reduction"));
    for (size_t i = 0; i < partials.size(); ++i)
      made.setArgAttr(i, "dlc.name", b.getStringAttr(partialName(i)));
    nameArguments(made, secondArguments, partials.size());
    for (unsigned i = 0; i < func.getNumResults(); ++i)
      made.setResultAttr(i, "dlc.name", argumentName(func, func.getNumArguments() + i));
    IRMapping map;
    for (auto [i, number] : llvm::enumerate(secondArguments))
      map.map(func.getArgument(number), made.getArgument(partials.size() + i));
    for (auto [i, stage] : llvm::enumerate(reductions)) {
      linalg::GenericOp generic = stage->op;
      Location loc = generic.getLoc();
      SmallVector<AffineExpr> from = {b.getAffineDimExpr(numP)}, to;
      for (unsigned d = 0; d < numP; ++d) {
        from.push_back(b.getAffineDimExpr(d));
        to.push_back(b.getAffineDimExpr(d));
      }
      SmallVector<AffineMap> indexing = {AffineMap::get(numP + 1, 0, from, b.getContext()),
                                         AffineMap::get(numP + 1, 0, to, b.getContext())};
      auto type = cast<RankedTensorType>(generic.getResult(0).getType());
      Value init = filled(loc, type, stage->inits[0]);
      Combiner combiner = *findCombiner(*stage);
      auto merged = linalg::GenericOp::create(b, loc, type, ValueRange(made.getArgument(i)), init, indexing,
                                              iterators(numP, 1), [&](OpBuilder &inner, Location at, ValueRange args) {
                                                IRMapping operands;
                                                operands.map(combiner.elements[0], args[0]);
                                                operands.map(generic.getRegionOutputArgs()[0], args[1]);
                                                linalg::YieldOp::create(
                                                    inner, at, inner.clone(*combiner.slice[0], operands)->getResults());
                                              });
      map.map(generic.getResult(0), merged.getResult(0));
    }
    for (const Stage *stage : maps) {
      linalg::GenericOp generic = stage->op;
      SmallVector<Value> operands, inits;
      for (OpOperand *operand : generic.getDpsInputOperands())
        operands.push_back(map.lookup(operand->get()));
      for (Value init : generic.getDpsInits()) {
        auto type = cast<RankedTensorType>(init.getType());
        inits.push_back(tensor::EmptyOp::create(b, generic.getLoc(), type.getShape(), type.getElementType()));
      }
      auto copy = linalg::GenericOp::create(b, generic.getLoc(), generic.getResultTypes(), operands, inits,
                                            generic.getIndexingMapsArray(), generic.getIteratorTypesArray());
      cloneBody(generic, copy, map);
      map.map(generic.getResults(), copy.getResults());
    }
    SmallVector<Value> values;
    for (Value value : func.getBody().front().getTerminator()->getOperands())
      values.push_back(map.lookup(value));
    func::ReturnOp::create(b, func.getLoc(), values);
    return made;
  }
};

} // namespace

std::optional<int64_t> splitParts(const RowForm &form) { return Splitter(form).choose(); }
std::optional<SplitReduction> splitReduction(const RowForm &form, int64_t parts) { return Splitter(form).run(parts); }

} // namespace dlc::cuda
