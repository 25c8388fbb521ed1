// dlc-body: each fusion becomes a kernel function in row or contraction form, or one that calls a routine; equal bodies
// become one kernel.
#include "ir/Dims.h"
#include "ir/Names.h"
#include "ir/Scalar.h"
#include "ir/Symbols.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "passes/Passes.h"
#include "passes/RowBuilder.h"
#include "llvm/ADT/SetVector.h"

namespace dlc {
namespace {
RankedTensorType typeOf(Value v) { return cast<RankedTensorType>(v.getType()); }
RankedTensorType storedType(Type type) {
  auto tensor = cast<RankedTensorType>(type);
  return withElement(tensor, Scalar::storageType(tensor.getElementType()));
}

class Outliner {
public:
  Outliner(ModuleOp module) : module(module), symbols(module) {}

  void outline(FusionOp fusion) {
    func::FuncOp kernel = fusion.getKind() == "contraction" ? contraction(fusion)
                          : fusion.getKind() == "routine"   ? routine(fusion)
                                                            : row(fusion);
    describe(kernel, fusion);
    std::string text = bodyText(kernel);
    auto [it, isNew] = byBody.try_emplace(text, kernel);
    if (isNew)
      name(kernel, fusion);
    else
      kernel.erase();
    OpBuilder b(fusion);
    auto launch =
        LaunchOp::create(b, fusion.getLoc(), fusion.getResultTypes(), it->second.getSymNameAttr(), fusion.getInputs());
    if (ArrayAttr pairs = inPlacePairs(it->second))
      launch->setAttr("dlc.inplace", pairs);
    if (ArrayAttr pairs = apartPairs(fusion))
      launch->setAttr("dlc.apart", pairs);
    fusion.replaceAllUsesWith(launch.getResults());
    fusion.erase();
  }

private:
  ModuleOp module;
  SymbolTable symbols;
  std::map<std::string, func::FuncOp> byBody;
  llvm::StringMap<int> counters;

  /// An empty kernel function at the module's end, with the insertion point in it.
  func::FuncOp begin(FusionOp fusion, OpBuilder &b, StringRef form) {
    SmallVector<Type> inputs, outputs;
    for (Type type : fusion.getInputs().getTypes())
      inputs.push_back(storedType(type));
    for (Type type : fusion.getResultTypes())
      outputs.push_back(storedType(type));
    b.setInsertionPointToEnd(module.getBody());
    auto kernel = func::FuncOp::create(b, fusion.getLoc(), "kernel", b.getFunctionType(inputs, outputs));
    kernel.setPrivate();
    kernel->setAttr("dlc.kernel", b.getStringAttr(form));
    b.setInsertionPointToStart(kernel.addEntryBlock());
    return kernel;
  }

  func::FuncOp row(FusionOp fusion) {
    OpBuilder b(fusion.getContext());
    func::FuncOp kernel = begin(fusion, b, "row");
    Block &body = fusion.getBody().front();
    SmallVector<Operation *> ops = llvm::map_to_vector(body.without_terminator(), [](Operation &op) { return &op; });
    SmallVector<Value> results(body.getTerminator()->getOperands());
    std::string why;
    auto space = analyzeRow(ops, [&](Value v) { return llvm::is_contained(results, v); }, why);
    assert(space && "the fusion's verifier checks the form");
    RowBuilder builder(b, *space);
    for (auto [inner, argument] : llvm::zip_equal(body.getArguments(), kernel.getArguments()))
      builder.bind(inner, argument);
    func::ReturnOp::create(b, fusion.getLoc(), builder.build(ops, results, fusion.getLoc()));
    return kernel;
  }

  func::FuncOp contraction(FusionOp fusion) {
    OpBuilder b(fusion.getContext());
    func::FuncOp kernel = begin(fusion, b, "contraction");
    Block &body = fusion.getBody().front();
    IRMapping map;
    for (auto [inner, argument] : llvm::zip_equal(body.getArguments(), kernel.getArguments()))
      map.map(inner, argument);
    SmallVector<Operation *> epilogue;
    Operation *root = nullptr, *last = nullptr;
    for (Operation &op : body.without_terminator()) {
      auto indexed = dyn_cast<IndexedOpInterface>(op);
      if (isa<ContractionOpInterface>(op))
        root = &op;
      else if (indexed && indexed.getPermutation())
        last = &op;
      else
        epilogue.push_back(&op);
    }
    Operation *clone = b.clone(*root, map);
    clone->getResult(0).setType(storedType(root->getResult(0).getType()));
    SmallVector<Value> results(body.getTerminator()->getOperands()), stored;
    if (last)
      results = {last->getOperand(0)};
    if (epilogue.empty()) {
      stored.assign(results.size(), clone->getResult(0));
    } else {
      std::string why;
      auto space = analyzeRow(epilogue, [&](Value v) { return llvm::is_contained(results, v); }, why);
      assert(space && "epilogues are elementwise");
      space->shape = getDims(root->getResult(0).getType());
      RowBuilder builder(b, *space);
      for (auto [inner, argument] : llvm::zip_equal(body.getArguments(), kernel.getArguments()))
        builder.bind(inner, argument);
      builder.bind(root->getResult(0), clone->getResult(0));
      builder.readFirst(root->getResult(0));
      stored = builder.build(epilogue, results, fusion.getLoc());
    }
    if (last)
      stored = {storedInOrder(b, last->getLoc(), stored[0], *cast<IndexedOpInterface>(last).getPermutation())};
    func::ReturnOp::create(b, fusion.getLoc(), stored);
    return kernel;
  }

  /// The operator itself, and in `dlc.routine` all that code generators need of it: which argument (results count
  /// behind them, -1: none) is which of its operands and results.
  func::FuncOp routine(FusionOp fusion) {
    OpBuilder b(fusion.getContext());
    func::FuncOp kernel = begin(fusion, b, "routine");
    Block &body = fusion.getBody().front();
    Operation *root = &body.front();
    Routine routine = cast<RoutineOpInterface>(root).getRoutine();
    IRMapping map;
    map.map(body.getArguments(), kernel.getArguments());
    Operation *clone = b.clone(*root, map);
    SmallVector<Value> results;
    for (Value v : body.getTerminator()->getOperands())
      results.push_back(clone->getResult(cast<OpResult>(v).getResultNumber()));
    SmallVector<int64_t> buffers;
    for (Value operand : routine.operands)
      buffers.push_back(operand ? int64_t(cast<BlockArgument>(operand).getArgNumber()) : -1);
    for (OpResult result : clone->getResults()) {
      auto at = llvm::find(results, result) - results.begin();
      buffers.push_back(at == std::ssize(results) ? -1 : int64_t(kernel.getNumArguments()) + at);
      result.setType(storedType(result.getType()));
    }
    auto dims = [&](ArrayRef<AffineExpr> sizes) { return DimsAttr::get(b.getContext(), sizes); };
    kernel->setAttr("dlc.routine", b.getDictionaryAttr({b.getNamedAttr("name", b.getStringAttr(routine.name)),
                                                        b.getNamedAttr("variant", b.getStringAttr(routine.variant)),
                                                        b.getNamedAttr("buffers", b.getDenseI64ArrayAttr(buffers)),
                                                        b.getNamedAttr("sizes", dims(routine.sizes)),
                                                        b.getNamedAttr("units", dims(routine.units)),
                                                        b.getNamedAttr("scratch", dims(routine.scratch))}));
    func::ReturnOp::create(b, fusion.getLoc(), results);
    return kernel;
  }

  /// `tensor` with its dimensions in another order: the map that computes it stores it so.
  static Value storedInOrder(OpBuilder &b, Location loc, Value tensor, ArrayRef<int64_t> perm) {
    auto type = typeOf(tensor);
    Value empty = emptyTensor(b, loc, permuted(type, perm));
    auto generic = tensor.getDefiningOp<linalg::GenericOp>();
    SmallVector<Value> inputs = {tensor};
    SmallVector<AffineMap> maps = {b.getMultiDimIdentityMap(type.getRank())};
    if (generic) {
      inputs.assign(generic.getInputs().begin(), generic.getInputs().end());
      maps = generic.getIndexingMapsArray();
      maps.pop_back();
    }
    SmallVector<AffineExpr> exprs;
    for (int64_t p : perm)
      exprs.push_back(generic ? generic.getIndexingMapsArray().back().getResult(p) : b.getAffineDimExpr(p));
    maps.push_back(AffineMap::get(type.getRank(), 0, exprs, b.getContext()));
    SmallVector<utils::IteratorType> iterators(type.getRank(), utils::IteratorType::parallel);
    auto other = linalg::GenericOp::create(b, loc, TypeRange(empty.getType()), inputs, empty, maps, iterators,
                                           [&](OpBuilder &n, Location l, ValueRange v) {
                                             if (!generic)
                                               linalg::YieldOp::create(n, l, v[0]);
                                           });
    if (generic) {
      other.getRegion().takeBody(generic.getRegion());
      generic.erase();
    }
    return other.getResult(0);
  }

  /// Sources, class, floating-point operations and bytes: what a kernel's head and `inspect` show.
  void describe(func::FuncOp kernel, FusionOp fusion) {
    OpBuilder b(kernel.getContext());
    int64_t flops = 0, bytes = 0;
    SymbolRanges ranges(module);
    auto elements = [&](Value v) { return ranges.typical(elementCount(v.getType())); };
    auto storedBytes = [&](Type type) {
      return ranges.typical(elementCount(type)) * storedType(type).getElementTypeBitWidth() / 8;
    };
    StringRef kind = "other";
    llvm::SetVector<StringAttr> sources;
    for (Operation &op : fusion.getBody().front().without_terminator()) {
      if (auto c = dyn_cast<ContractionOpInterface>(op))
        flops += c.getFlops();
      else if (auto s = dyn_cast<ScalarExprOpInterface>(op))
        flops += s.getScalarFlops() * elements(op.getResult(0));
      else if (isa<ReductionOpInterface>(op))
        flops += elements(op.getOperand(0));
      else if (auto r = dyn_cast<RoutineOpInterface>(op))
        flops += r.getRoutine().flops;
      else if (auto i = dyn_cast<IndexedOpInterface>(op); i && i.getReadsPerElement() > 1)
        flops += i.getReadsPerElement() * elements(op.getResult(0));
      if (!isSplatConstant(&op))
        sources.insert_range(nodeNames(op.getLoc()));
      // Windows fold as reductions do.
      if (isa<ContractionOpInterface>(op))
        kind = "contraction";
      else if (kind == "other" && (isa<ReductionOpInterface>(op) || op.getAttrOfType<ReduceKindAttr>("kind")))
        kind = "reduction";
    }
    for (Type type : kernel.getArgumentTypes())
      bytes += storedBytes(type);
    for (Type type : kernel.getResultTypes())
      bytes += storedBytes(type);
    SmallVector<Attribute> names(sources.begin(), sources.end());
    kernel->setAttr("dlc.sources", b.getArrayAttr(names));
    kernel->setAttr("dlc.class", b.getStringAttr(kind));
    kernel->setAttr("dlc.flops", b.getI64IntegerAttr(flops));
    kernel->setAttr("dlc.bytes", b.getI64IntegerAttr(bytes));
  }

  /// [[input, result], ..]: results that may overwrite an input, because the map that writes the element is the only
  /// reader of it. Contractions only where the kernel is our own: libraries accumulate in the destination before they
  /// read other operands.
  static ArrayAttr inPlacePairs(func::FuncOp kernel) {
    auto target = kernel->getParentOfType<ModuleOp>()->getAttrOfType<TargetAttr>("dlc.target");
    if (kernel->getAttrOfType<StringAttr>("dlc.kernel") != "row" && !(target && target.isCuda()))
      return {};
    Builder b(kernel.getContext());
    SmallVector<Attribute> pairs;
    for (auto [j, result] : llvm::enumerate(kernel.getBody().front().getTerminator()->getOperands())) {
      auto generic = result.getDefiningOp<linalg::GenericOp>();
      if (!generic || generic.getNumReductionLoops() != 0)
        continue;
      AffineMap written = generic.getIndexingMapMatchingResult(cast<OpResult>(result));
      for (BlockArgument input : kernel.getArguments())
        if (input.getType() == result.getType() && llvm::all_of(input.getUses(), [&](OpOperand &use) {
              return use.getOwner() == generic && generic.getMatchingIndexingMap(&use) == written;
            }))
          pairs.push_back(b.getI64ArrayAttr({input.getArgNumber(), static_cast<int64_t>(j)}));
    }
    return pairs.empty() ? ArrayAttr() : b.getArrayAttr(pairs);
  }

  /// [[input, result], ..]: results that do not depend on an input, where that is a state: for these alone the kernel
  /// may run again when the state is another one.
  static ArrayAttr apartPairs(FusionOp fusion) {
    auto main = fusion->getParentOfType<func::FuncOp>();
    Block &body = fusion.getBody().front();
    Builder b(fusion.getContext());
    SmallVector<Attribute> pairs;
    for (auto [i, input] : llvm::enumerate(fusion.getInputs())) {
      auto argument = dyn_cast<BlockArgument>(input);
      if (fusion.getNumResults() < 2 || !argument ||
          (argument.getOwner() == &main.front() && !main.getArgAttr(argument.getArgNumber(), "dlc.state")))
        continue;
      llvm::SmallDenseSet<Value> depends = {body.getArgument(i)};
      for (Operation &op : body.without_terminator())
        if (llvm::any_of(op.getOperands(), [&](Value v) { return depends.contains(v); }))
          depends.insert(op.result_begin(), op.result_end());
      for (auto [j, result] : llvm::enumerate(body.getTerminator()->getOperands()))
        if (!depends.contains(result))
          pairs.push_back(b.getI64ArrayAttr({static_cast<int64_t>(i), static_cast<int64_t>(j)}));
    }
    return pairs.empty() ? ArrayAttr() : b.getArrayAttr(pairs);
  }

  /// The kernel without locations and sources: equal text, equal kernel.
  static std::string bodyText(func::FuncOp kernel) {
    Attribute sources = kernel->removeAttr("dlc.sources");
    std::string text;
    llvm::raw_string_ostream os(text);
    kernel->print(os, OpPrintingFlags().useLocalScope().enableDebugInfo(false));
    kernel->setAttr("dlc.sources", sources);
    return text;
  }

  /// What the kernel does, in its operators' names: dot_add_relu_0.
  void name(func::FuncOp kernel, FusionOp fusion) {
    SmallVector<std::string> parts;
    std::string movement = "copy";
    for (Operation &op : fusion.getBody().front().without_terminator()) {
      std::string mnemonic = op.getName().stripDialect().str();
      if (StringRef(mnemonic).ends_with("_general"))
        mnemonic.resize(mnemonic.size() - strlen("_general"));
      if (auto kind = op.getAttrOfType<ReduceKindAttr>("kind"))
        mnemonic = (stringifyReduceKind(kind.getValue()) + (mnemonic == "reduce" ? "" : "_" + mnemonic)).str();
      auto indexed = dyn_cast<IndexedOpInterface>(op);
      if (indexed && indexed.getReadsPerElement() == 1) {
        if (!indexed.isCheap())
          movement = mnemonic;
        continue;
      }
      if (!isSplatConstant(&op) && (parts.empty() || parts.back() != mnemonic))
        parts.push_back(mnemonic);
    }
    if (parts.empty())
      parts.push_back(movement);
    if (parts.size() > 4)
      parts = {parts[0], parts[1], parts[parts.size() - 2], parts.back()};
    std::string base = llvm::join(parts, "_");
    std::string unique;
    do
      unique = base + "_" + std::to_string(counters[base]++);
    while (symbols.lookup(unique));
    kernel.setSymName(unique);
    symbols.insert(kernel);
  }
};

struct BodyPass : PassWrapper<BodyPass, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(BodyPass)
  StringRef getArgument() const override { return "dlc-body"; }
  StringRef getDescription() const override { return "Fusions become kernel functions in row or contraction form"; }
  void runOnOperation() override {
    SmallVector<FusionOp> fusions;
    getOperation().walk([&](FusionOp op) { fusions.push_back(op); });
    Outliner outliner(getOperation());
    for (FusionOp fusion : fusions)
      outliner.outline(fusion);
  }
};
} // namespace

std::unique_ptr<Pass> createBodyPass() { return std::make_unique<BodyPass>(); }
} // namespace dlc
