#include "passes/FusionGroup.h"
#include "ir/Build.h"
#include "ir/Dims.h"
#include "ir/Names.h"
#include "ir/Symbols.h"
#include "mlir/IR/Matchers.h"

namespace dlc {
namespace {
std::string quote(Operation *op) { return ("'" + nodeName(op) + "'").str(); }
} // namespace

bool isSplatConstant(Operation *op) {
  DenseElementsAttr value;
  return op && matchPattern(op, m_Constant(&value)) && value.isSplat();
}

SmallVector<int64_t> RowSpace::kept() const { return otherDims(shape.size(), reduced); }
SmallVector<AffineExpr> RowSpace::keptShape() const {
  return llvm::map_to_vector(kept(), [&](int64_t d) { return shape[d]; });
}

bool isRowOperator(Operation *op) {
  if (auto indexed = dyn_cast<IndexedOpInterface>(op))
    return !indexed.isView();
  return isa<ScalarExprOpInterface, ReductionOpInterface>(op) || isSplatConstant(op);
}

bool isFew(Value v) {
  constexpr int64_t few = 4;
  return constantSize(elementCount(v.getType())).value_or(few + 1) <= few;
}

bool isDrawn(Operation *op, llvm::function_ref<bool(Operation *)> inside, Operation *root) {
  auto indexed = dyn_cast<IndexedOpInterface>(op);
  bool gathers = indexed && !indexed.isView() && indexed.getReadsPerElement() <= 1;
  if (!gathers && !(isa<ScalarExprOpInterface>(op) && !isFew(op->getResult(0))))
    return false;
  return llvm::all_of(op->getOperands(), [&](Value v) {
    Operation *def = v.getDefiningOp();
    if (!def || !inside(def))
      return isFew(v) || isSplatConstant(def);
    return def != root && (isSplatConstant(def) || isDrawn(def, inside, root));
  });
}

bool standsInEpilogue(Operation *op, Operation *root, llvm::function_ref<bool(Operation *)> inside) {
  auto indexed = dyn_cast<IndexedOpInterface>(op);
  bool repeats = indexed && indexed.isCheap() && op->getNumOperands() == 1 &&
                 (indexed.getProjection() || isSplatConstant(op->getOperand(0).getDefiningOp()));
  bool elementwise =
      isa<ScalarExprOpInterface>(op) && getDims(op->getResult(0).getType()) == getDims(root->getResult(0).getType());
  return isSplatConstant(op) || repeats || elementwise || isDrawn(op, inside, root);
}

/// How often an element of an operator would be computed: once for each way in which the index reaches it. Sums of
/// shifted sums double that with every level.
constexpr size_t mostRepeats = 8;
static Operation *repeatsTooOften(ArrayRef<Operation *> ops, llvm::function_ref<bool(Value)> escapes) {
  DenseMap<Operation *, llvm::SmallSetVector<unsigned, 4>> ways;
  llvm::MapVector<std::pair<Operation *, unsigned>, unsigned> moved; // by an operator that reads at another index
  for (Operation *op : llvm::reverse(ops)) {
    auto &own = ways[op];
    if (llvm::any_of(op->getResults(), escapes))
      own.insert(0);
    llvm::SmallSetVector<unsigned, 4> mine = own; // adding entries may move it
    bool elementwise = isa<ScalarExprOpInterface, ReductionOpInterface>(op);
    if (mine.size() > mostRepeats && isa<ScalarExprOpInterface>(op))
      return op;
    for (Value operand : op->getOperands()) {
      Operation *def = operand.getDefiningOp();
      if (!def || !llvm::is_contained(ops, def))
        continue;
      for (unsigned way : mine)
        ways[def].insert(
            elementwise ? way : moved.try_emplace({op, way}, static_cast<unsigned>(moved.size() + 1)).first->second);
    }
  }
  return nullptr;
}

std::optional<RowSpace> analyzeRow(ArrayRef<Operation *> ops, llvm::function_ref<bool(Value)> escapes,
                                   std::string &why) {
  RowSpace space;
  for (Operation *op : ops) {
    auto reduction = dyn_cast<ReductionOpInterface>(op);
    if (!reduction)
      continue;
    SmallVector<AffineExpr> shape = getDims(op->getOperand(0).getType());
    SmallVector<int64_t> reduced = reduction.getReducedDims();
    if (space.hasReduction && (space.shape != shape || space.reduced != reduced)) {
      why = quote(op) + " reduces other dimensions than the rest";
      return std::nullopt;
    }
    space.hasReduction = true;
    space.shape = shape;
    space.reduced = reduced;
  }
  if (Operation *op = repeatsTooOften(ops, escapes)) {
    why = quote(op) + " would be computed more than " + std::to_string(mostRepeats) + " times for each element";
    return std::nullopt;
  }
  llvm::SmallPtrSet<Operation *, 16> inside(ops.begin(), ops.end());
  // Arithmetic that a pure value costs, to keep it from being repeated for every element of a larger one.
  DenseMap<Value, int64_t> cost;
  for (Operation *op : ops) {
    Alignment alignment = Alignment::pure;
    int64_t flops = 0;
    for (Value operand : op->getOperands()) {
      Operation *def = operand.getDefiningOp();
      if (!def || !inside.contains(def))
        continue;
      Alignment a = space.alignment.lookup(operand);
      flops += cost.lookup(operand);
      if (a == Alignment::pure)
        continue;
      if (alignment != Alignment::pure && alignment != a) {
        why = quote(op) + " mixes values of different rank of the fusion";
        return std::nullopt;
      }
      alignment = a;
    }
    if (auto scalar = dyn_cast<ScalarExprOpInterface>(op)) {
      flops += scalar.getScalarFlops();
    } else if (isa<ReductionOpInterface>(op)) {
      if (alignment == Alignment::part) {
        why = quote(op) + " reduces what was reduced before";
        return std::nullopt;
      }
      alignment = Alignment::part;
      flops = 0;
    } else if (auto indexed = dyn_cast<IndexedOpInterface>(op)) {
      if (alignment != Alignment::pure) {
        // Only giving the reduced dimensions back keeps the alignment.
        bool restores = alignment == Alignment::part && getDims(op->getResult(0).getType()) == space.shape &&
                        indexed.getProjection() == space.kept();
        if (!restores) {
          why = quote(op) + " reads a reduction's result at another index";
          return std::nullopt;
        }
        alignment = Alignment::full;
      } else if (op->getNumOperands() > 0) {
        int64_t reads = indexed.getReadsPerElement();
        if ((reads > 1 && flops > 0) || (flops > 1 && indexed.repeatsOperands())) {
          why = quote(op) + " would repeat the arithmetic of its operand";
          return std::nullopt;
        }
        flops += reads > 1 ? reads : 0;
      }
    }
    for (Value result : op->getResults()) {
      space.alignment[result] = alignment;
      cost[result] = flops;
    }
  }
  if (!space.hasReduction) {
    bool first = true;
    for (Operation *op : ops)
      for (Value result : op->getResults()) {
        if (!escapes(result))
          continue;
        SmallVector<AffineExpr> shape = getDims(result.getType());
        if (!first && space.shape != shape) {
          why = quote(op) + " has another shape than the rest";
          return std::nullopt;
        }
        first = false;
        space.shape = shape;
      }
    return space;
  }
  SmallVector<AffineExpr> part = space.keptShape();
  for (Operation *op : ops)
    for (Value result : op->getResults()) {
      if (!escapes(result))
        continue;
      SmallVector<AffineExpr> shape = getDims(result.getType());
      if (shape != space.shape && shape != part) {
        why = quote(op) + " has neither the shape of the rows nor that of their results";
        return std::nullopt;
      }
    }
  return space;
}

} // namespace dlc
