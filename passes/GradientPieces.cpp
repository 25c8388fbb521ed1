#include "passes/GradientPieces.h"
#include "ir/Build.h"
#include "ir/Dims.h"
#include "ir/Names.h"
#include "mlir/IR/AttrTypeSubElements.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "passes/Specialize.h"
#include "passes/Training.h"
#include "llvm/ADT/SetVector.h"

namespace dlc {
namespace {
/// What every piece makes for itself.
bool isLeaf(Operation *op) { return op->getNumOperands() == 0 && op->getNumRegions() == 0 && isMemoryEffectFree(op); }

bool isNothing(Operation *op) {
  auto indexed = dyn_cast<IndexedOpInterface>(op);
  return isLeaf(op) || (indexed && (indexed.isView() || indexed.isCheap()));
}

/// A module of one function of `operands` that holds `ops` and gives `results`.
OwningOpRef<ModuleOp> moduleOf(ArrayRef<Operation *> ops, ArrayRef<Value> operands, ArrayRef<Value> results,
                               Location loc) {
  OwningOpRef<ModuleOp> module = ModuleOp::create(loc);
  OpBuilder b = OpBuilder::atBlockEnd(module->getBody());
  auto types = [](ArrayRef<Value> values) { return llvm::map_to_vector(values, [](Value v) { return v.getType(); }); };
  auto main = func::FuncOp::create(b, loc, "main", b.getFunctionType(types(operands), types(results)));
  Block *block = main.addEntryBlock();
  OpBuilder inner = OpBuilder::atBlockEnd(block);
  IRMapping map;
  map.map(operands, block->getArguments());
  std::function<void(Operation *)> copy = [&](Operation *op) {
    for (Value operand : op->getOperands())
      if (!map.contains(operand))
        copy(operand.getDefiningOp()); // a leaf
    inner.clone(*op, map);
  };
  for (Operation *op : ops)
    copy(op);
  for (Value v : results)
    if (!map.contains(v))
      copy(v.getDefiningOp());
  func::ReturnOp::create(inner, loc, llvm::map_to_vector(results, [&](Value v) { return map.lookup(v); }));
  return module;
}

/// @main becomes its own gradient function. Fills what `piece` says about it.
void addGradient(GradientPiece &piece) {
  auto main = piece.module->lookupSymbol<func::FuncOp>("main");
  for (auto [i, type] : llvm::enumerate(main.getArgumentTypes()))
    if (isFloat(type))
      piece.floats.push_back(i);
  for (Type type : main.getResultTypes())
    piece.floatResults.push_back(isFloat(type));
  piece.results = main.getNumResults();
  if (piece.floats.empty() || !llvm::is_contained(piece.floatResults, true)) {
    piece.skipped = piece.floats.empty() ? "it reads no floats" : "it gives no floats";
    return;
  }
  std::string said;
  ScopedDiagnosticHandler handler(main.getContext(), [&](Diagnostic &d) {
    if (d.getSeverity() == DiagnosticSeverity::Error)
      said += (said.empty() ? "" : "; ") + d.str();
    return success();
  });
  auto gradient = buildGradientFunction(main, piece.floats);
  if (failed(gradient)) {
    piece.skipped = said.empty() ? "it has no gradient" : said;
    return;
  }
  main.erase();
  gradient->setName("main");
}

/// Float weights that bodies read, too, are arguments at the end.
void weightsAsInputs(func::FuncOp main, ModuleOp original, SmallVectorImpl<WeightOp> &weights) {
  captureWeights(main, [](WeightOp) { return true; });
  llvm::MapVector<StringAttr, Value> made;
  for (auto get : llvm::make_early_inc_range(main.front().getOps<GetWeightOp>())) {
    Value &argument = made[get.getWeightAttr().getAttr()];
    if (!argument) {
      argument = main.front().addArgument(get.getType(), NameLoc::get(get.getWeightAttr().getAttr()));
      weights.push_back(SymbolTable(original).lookup<WeightOp>(get.getWeight()));
    }
    get.replaceAllUsesWith(argument);
    get.erase();
  }
  main.setFunctionType(FunctionType::get(main.getContext(), main.front().getArgumentTypes(), main.getResultTypes()));
  main.removeArgAttrsAttr();
  main.removeResAttrsAttr();
}
} // namespace

void widenFloats(ModuleOp module) {
  AttrTypeReplacer replacer;
  Type f64 = Float64Type::get(module.getContext());
  replacer.addReplacement([=](RankedTensorType type) -> Type { return isFloat(type) ? withElement(type, f64) : type; });
  replacer.addReplacement([=](DenseElementsAttr value) -> Attribute {
    if (!isFloat(value.getType()) || value.getElementType() == f64)
      return value;
    auto type = cast<ShapedType>(withElement(value.getType(), f64));
    auto wide = [](const APFloat &x) {
      APFloat y = x;
      bool lost;
      y.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &lost);
      return y;
    };
    if (value.isSplat())
      return DenseElementsAttr::get(type, wide(value.getSplatValue<APFloat>()));
    return DenseElementsAttr::get(type, llvm::map_to_vector(value.getValues<APFloat>(), wide));
  });
  replacer.recursivelyReplaceElementsIn(module, /*replaceAttrs=*/true, /*replaceLocs=*/false, /*replaceTypes=*/true);
}

FailureOr<GradientPieces> takeApart(ModuleOp original) {
  GradientPieces result;
  OwningOpRef<ModuleOp> copy = original.clone();
  auto found = findMain(*copy);
  if (failed(found))
    return failure();
  func::FuncOp main = *found;
  weightsAsInputs(main, original, result.weights);
  for (auto weight : llvm::make_early_inc_range(copy->getOps<WeightOp>()))
    weight.erase();
  widenFloats(*copy);
  Block &block = main.front();

  // Operators of one node that follow each other.
  std::vector<SmallVector<Operation *>> groups;
  for (Operation &op : block.without_terminator()) {
    if (isLeaf(&op))
      continue;
    if (groups.empty() || nodeName(op.getLoc()) != nodeName(groups.back().back()->getLoc()) ||
        nodeName(op.getLoc()).empty())
      groups.emplace_back();
    groups.back().push_back(&op);
  }
  llvm::SetVector<Value> values;
  values.insert(block.args_begin(), block.args_end());
  auto number = [&](Value v) {
    values.insert(v);
    return static_cast<unsigned>(llvm::find(values, v) - values.begin());
  };
  for (ArrayRef<Operation *> group : groups) {
    llvm::SmallPtrSet<Operation *, 16> inside(group.begin(), group.end());
    llvm::SetVector<Value> operands, results;
    for (Operation *op : group) {
      for (Value operand : op->getOperands())
        if (Operation *def = operand.getDefiningOp(); !def || (!inside.contains(def) && !isLeaf(def)))
          operands.insert(operand);
      for (Value v : op->getResults())
        if (llvm::any_of(v.getUsers(), [&](Operation *user) { return !inside.contains(user); }))
          results.insert(v);
    }
    GradientPiece piece;
    piece.node = nodeName(group[0]->getLoc()).str();
    llvm::SetVector<StringRef> names;
    for (Operation *op : group) {
      if (!isNothing(op))
        names.insert(op->getName().stripDialect());
      auto differentiable = dyn_cast<DifferentiableOpInterface>(op);
      piece.chosen |= differentiable && differentiable.isChosen();
    }
    if (names.empty())
      names.insert(group[0]->getName().stripDialect());
    piece.ops = llvm::join(names, ", ");
    for (Value v : operands)
      piece.reads.push_back(number(v));
    for (Value v : results)
      piece.gives.push_back(number(v));
    piece.module = moduleOf(group, operands.getArrayRef(), results.getArrayRef(), group[0]->getLoc());
    addGradient(piece);
    result.nodes.push_back(std::move(piece));
  }

  SmallVector<Value> outputs(block.getTerminator()->getOperands());
  result.whole.node = "the whole model";
  for (unsigned i = 0; i < block.getNumArguments(); ++i)
    result.whole.reads.push_back(i);
  SmallVector<Operation *> all;
  for (Operation &op : block.without_terminator())
    all.push_back(&op);
  SmallVector<Value> arguments(block.args_begin(), block.args_end());
  result.whole.module = moduleOf(all, arguments, outputs, main.getLoc());
  addGradient(result.whole);
  for (GradientPiece &piece : result.nodes)
    if (piece.chosen && result.whole.skipped.empty()) {
      result.whole.skipped = "what comes back through '" + piece.node + "' is chosen, and not the derivative";
      result.whole.module = {};
    }
  return result;
}

} // namespace dlc
