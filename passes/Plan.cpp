// dlc-plan: @main's launches become steps on memory. Here alone values alias: views share their operand's memory, what
// is laid side by side (a concatenation) is written there at once, a new state takes the old one's place once all
// readers of the old are ordered before the write, an activation is overwritten at its last use. Bodies of control
// operators are plans of their own, whose memory is a block of the plan around them; a carried value is to a body what
// a state is to a step.
#include "ir/Names.h"
#include "ir/Scalar.h"
#include "passes/Planner.h"
#include "passes/Specialize.h"
#include <queue>

namespace dlc {

std::string Planner::sourceName(Location loc, StringRef otherwise) {
  StringRef name = nodeName(loc);
  return (name.empty() ? otherwise : name).str();
}

int64_t Planner::storedBytes(Type type) {
  auto tensor = cast<RankedTensorType>(type);
  return ranges.most(elementCount(tensor)) * Scalar::storageType(tensor.getElementType()).getIntOrFloatBitWidth() / 8;
}

AffineExpr Planner::rowBytes(Type whole) {
  auto type = cast<RankedTensorType>(whole);
  SmallVector<AffineExpr> row = getDims(whole);
  row[0] =
      getAffineConstantExpr(Scalar::storageType(type.getElementType()).getIntOrFloatBitWidth() / 8, whole.getContext());
  return product(whole.getContext(), row);
}

Planner::Root *Planner::newRoot(BufferKind kind, StringRef symbol, Value value) {
  roots.push_back(std::make_unique<Root>(Root{kind, symbol.str(), value, storedBytes(value.getType()), 0}));
  return rootOf[value] = roots.back().get();
}

LogicalResult Planner::run() {
  if (failed(plan()))
    return failure();
  emit();
  return success();
}

FailureOr<int64_t> Planner::measure(int64_t enough) {
  trial = true;
  goal = enough;
  if (failed(plan()))
    return failure();
  return arenaBytes;
}

LogicalResult Planner::plan() {
  if (failed(parent ? collectArguments() : collectInputs()) || failed(collect()))
    return failure();
  parent ? bindYielded() : bindResults();
  if (failed(order()))
    return failure();
  appendCopies();
  overwriteAtLastUse();
  shareOut();
  if (trial)
    return success();
  findDependencies();
  stackBlocks();
  markAliases();
  verify();
  return success();
}

LogicalResult Planner::collectInputs() {
  for (BlockArgument arg : block->getArguments()) {
    if (auto state = function.getArgAttrOfType<FlatSymbolRefAttr>(arg.getArgNumber(), "dlc.state")) {
      newRoot(BufferKind::state, state.getValue(), arg);
      continue;
    }
    newRoot(BufferKind::input, inputName(function, arg.getArgNumber()), arg);
  }
  return success();
}

LogicalResult Planner::collect() {
  for (Operation &op : block->without_terminator()) {
    if (auto weight = dyn_cast<GetWeightOp>(op)) {
      newRoot(BufferKind::weight, weight.getWeight(), weight.getResult());
    } else if (auto constant = dyn_cast<ConstantOp>(op)) {
      newRoot(BufferKind::constant, "constant_" + std::to_string(outermost().constants++), constant.getResult());
    } else if (auto view = dyn_cast<IndexedOpInterface>(op); view && view.isView()) {
      Root *shared = rootOf.lookup(op.getOperand(0)); // by value: adding an entry may move the others
      int64_t offset = offsetOf.lookup(op.getOperand(0));
      rootOf[op.getResult(0)] = shared;
      offsetOf[op.getResult(0)] = offset;
    } else if (auto places = view ? view.getPlaces() : std::nullopt) {
      Root *whole = newRoot(BufferKind::arena, "", op.getResult(0));
      int64_t width = whole->bytes / std::max<int64_t>(1, typeOf(op.getResult(0)).getNumElements());
      for (auto [operand, place] : llvm::zip_equal(op.getOperands(), *places)) {
        Root *part = rootOf.lookup(operand);
        if (part->kind != BufferKind::arena || part == whole || !isWhole(operand))
          return op.emitOpError("lays side by side what is not a kernel's own result: run dlc-fuse before dlc-plan");
        for (auto &[value, root] : rootOf)
          if (root == part) {
            root = whole;
            offsetOf[value] += place * width;
          }
      }
    } else if (auto found = dyn_cast<FoundOp>(op)) {
      // The same memory, of which less is there.
      for (auto [operand, result] : llvm::zip_equal(found->getOperands(), found->getResults())) {
        Root *shared = rootOf.lookup(operand);
        int64_t offset = offsetOf.lookup(operand);
        rootOf[result] = shared;
        offsetOf[result] = offset;
      }
    } else if (isNode(&op)) {
      for (Value result : op.getResults())
        newRoot(BufferKind::arena, "", result);
    } else if (!isa<UnrealizedConversionCastOp>(op)) { // a placeholder of our own
      return op.emitOpError("has no kernel and is no view: run dlc-fuse and dlc-body before dlc-plan");
    }
  }
  return success();
}

void Planner::bindResults() {
  auto *terminator = block->getTerminator();
  for (auto [i, value] : llvm::enumerate(terminator->getOperands())) {
    Root *root = rootOf[value];
    bool free = root->kind == BufferKind::arena && isWhole(value);
    if (auto state = function.getResultAttrOfType<FlatSymbolRefAttr>(i, "dlc.state")) {
      Root *target = stateRoot(state.getValue(), value);
      if (root == target)
        continue; // unchanged
      if (free && !isStateWrite(root) && root->value.getDefiningOp<LaunchOp>())
        stateWrites.push_back({root->value, target, root->value.getDefiningOp<LaunchOp>()});
      else
        copies.push_back({value, target});
      continue;
    }
    auto derived = function.getResultAttrOfType<FlatSymbolRefAttr>(i, "dlc.derived");
    BufferKind kind = derived ? BufferKind::weight : BufferKind::output;
    std::string symbol = derived ? derived.getValue().str() : outputName(function, i);
    if (free && !isStateWrite(root)) {
      root->kind = kind;
      root->symbol = symbol;
      continue;
    }
    roots.push_back(std::make_unique<Root>(Root{kind, symbol, value, storedBytes(value.getType()), 0}));
    copies.push_back({value, roots.back().get()});
  }
}

bool Planner::isStateWrite(Root *root) {
  return llvm::any_of(stateWrites, [&](StateWrite &w) { return rootOf[w.value] == root; });
}

Planner::Root *Planner::stateRoot(StringRef symbol, Value value) {
  for (auto &root : roots)
    if (root->kind == BufferKind::state && root->symbol == symbol)
      return root.get();
  roots.push_back(
      std::make_unique<Root>(Root{BufferKind::state, symbol.str(), value, storedBytes(value.getType()), 0}));
  return roots.back().get();
}

bool Planner::mayOverwrite(LaunchOp launch, unsigned input, unsigned result) {
  auto pairs = launch->getAttrOfType<ArrayAttr>("dlc.inplace");
  return pairs && llvm::any_of(pairs, [&](Attribute pair) {
           auto p = cast<ArrayAttr>(pair);
           return cast<IntegerAttr>(p[0]).getInt() == input && cast<IntegerAttr>(p[1]).getInt() == result;
         });
}

/// Calls `visit` for the nodes that compute a value, through views and what is laid side by side.
static void forWriters(Value v, llvm::function_ref<void(Operation *)> visit) {
  Operation *def = v.getDefiningOp();
  if (isa_and_nonnull<LaunchOp, ControlOpInterface, FoundOp>(def))
    return visit(def);
  auto indexed = dyn_cast_or_null<IndexedOpInterface>(def);
  if (indexed && (indexed.isView() || indexed.getPlaces()))
    for (Value operand : def->getOperands())
      forWriters(operand, visit);
}

/// Symbols that an operation's types and attributes speak of, those of its regions and of its kernel with them.
static void symbolsIn(Operation *op, llvm::SmallSetVector<unsigned, 4> &symbols) {
  auto add = [&](ArrayRef<AffineExpr> sizes) {
    for (AffineExpr size : sizes)
      symbols.insert_range(symbolsOf(size));
  };
  auto addTypes = [&](TypeRange types) {
    for (Type type : types)
      if (auto tensor = dyn_cast<RankedTensorType>(type))
        add(getDims(tensor));
  };
  auto addAttrs = [&](Operation *of) { of->getAttrDictionary().walk([&](DimsAttr dims) { add(dims.getExprs()); }); };
  op->walk([&](Operation *inner) {
    addTypes(inner->getOperandTypes());
    addTypes(inner->getResultTypes());
    addAttrs(inner);
    auto launch = dyn_cast<LaunchOp>(inner);
    if (Operation *kernel = launch ? lookupKernel(launch, launch.getKernel()) : nullptr)
      addAttrs(kernel);
  });
}

// Launches in an order in which every reader of an old state comes before its new value is written. A write for
// which there is no such order goes to the arena and is copied at the end.
LogicalResult Planner::order() {
  SmallVector<Operation *> nodes;
  for (Operation &op : *block)
    if (isNode(&op))
      nodes.push_back(&op);
  DenseMap<Operation *, unsigned> number;
  for (auto [i, node] : llvm::enumerate(nodes))
    number[node] = i;
  std::vector<llvm::SmallSetVector<unsigned, 4>> after(nodes.size()); // i -> those that must follow it
  for (Operation *node : nodes)
    for (Value input : node->getOperands())
      forWriters(input, [&](Operation *def) { after[number[def]].insert(number[node]); });

  // What speaks of a size that the run finds comes behind it.
  DenseMap<unsigned, unsigned> finder;
  for (Operation *node : nodes)
    if (auto found = dyn_cast<FoundOp>(node))
      finder[symbolsOf(found.getSize().getExprs()[0])[0]] = number[node];
  if (!finder.empty())
    for (Operation *node : nodes) {
      llvm::SmallSetVector<unsigned, 4> symbols;
      symbolsIn(node, symbols);
      for (unsigned symbol : symbols)
        if (auto it = finder.find(symbol); it != finder.end() && it->second != number[node])
          after[it->second].insert(number[node]);
    }

  auto reaches = [&](unsigned from, unsigned to) {
    std::vector<bool> seen(nodes.size());
    SmallVector<unsigned> work = {from};
    while (!work.empty()) {
      unsigned at = work.pop_back_val();
      if (at == to)
        return true;
      for (unsigned next : after[at])
        if (!seen[next]) {
          seen[next] = true;
          work.push_back(next);
        }
    }
    return false;
  };
  for (StateWrite &write : stateWrites) {
    unsigned writer = number[write.writer];
    unsigned result = cast<OpResult>(write.value).getResultNumber();
    SmallVector<unsigned> readers;
    bool possible = true;
    std::string reason;
    for (Operation *node : nodes)
      for (auto [i, input] : llvm::enumerate(node->getOperands())) {
        if (rootOf[input] != write.state)
          continue;
        if (node == write.writer) {
          if (!mayOverwrite(write.writer, i, result)) {
            possible = false;
            reason = "the kernel reads other elements of the old state";
          }
        } else if (reaches(writer, number[node])) {
          possible = false;
          reason = "a reader of the old state needs the new one first";
        } else {
          readers.push_back(number[node]);
        }
      }
    // A copy of the old state to an output reads it at the end.
    if (llvm::any_of(copies, [&](Copy &c) { return rootOf[c.from] == write.state; })) {
      possible = false;
      reason = "the old state is a result too";
    }
    if (!possible) {
      if (!parent && !trial)
        write.writer->emitRemark() << "plan: the new '" << write.state->symbol << "' is copied at the end: " << reason;
      copies.push_back({write.value, write.state});
      continue;
    }
    for (unsigned reader : readers)
      after[reader].insert(writer);
    Root *old = rootOf[write.value];
    for (auto &[value, root] : rootOf)
      if (root == old)
        root = write.state;
  }

  std::vector<unsigned> pending(nodes.size());
  for (auto &followers : after)
    for (unsigned f : followers)
      ++pending[f];
  std::priority_queue<unsigned, std::vector<unsigned>, std::greater<>> ready;
  for (unsigned i = 0; i < nodes.size(); ++i)
    if (pending[i] == 0)
      ready.push(i);
  while (!ready.empty()) {
    unsigned i = ready.top();
    ready.pop();
    if (auto launch = dyn_cast<LaunchOp>(nodes[i])) {
      addSteps(launch);
    } else if (auto found = dyn_cast<FoundOp>(nodes[i])) {
      Step step{LaunchOp(), {found.getCount()}, {}};
      step.found = found;
      steps.push_back(std::move(step));
    } else if (failed(addControl(cast<ControlOpInterface>(nodes[i])))) {
      return failure();
    }
    for (unsigned f : after[i])
      if (--pending[f] == 0)
        ready.push(f);
  }
  for (auto [node, left] : llvm::zip_equal(nodes, pending))
    if (left)
      return node->emitOpError("needs a size that is found later than its results are needed");
  return success();
}

// One step, or two with workspace between them: blocks of the arena that live through both.
void Planner::addSteps(LaunchOp launch) {
  Operation *kernel = lookupKernel(launch, launch.getKernel());
  auto inputs = llvm::to_vector(launch.getInputs());
  auto results = llvm::to_vector_of<Value>(launch.getResults());
  auto finish = kernel->getAttrOfType<FlatSymbolRefAttr>("dlc.finish");
  if (!finish) {
    steps.push_back({launch, inputs, results, {}, kernel, llvm::to_vector(llvm::seq<int64_t>(inputs.size()))});
    return;
  }
  OpBuilder b(block->getTerminator());
  SmallVector<Value> workspace;
  for (int64_t bytes : kernel->getAttrOfType<DenseI64ArrayAttr>("dlc.workspace").asArrayRef()) {
    auto type = RankedTensorType::get({(bytes + 3) / 4}, b.getF32Type());
    Location loc = NameLoc::get(b.getStringAttr(launch.getKernel() + "_workspace"), launch.getLoc());
    // Values that nobody computes: only the steps speak of them.
    workspace.push_back(UnrealizedConversionCastOp::create(b, loc, type, ValueRange{}).getResult(0));
    newRoot(BufferKind::arena, "", workspace.back());
  }
  auto add = [&](Operation *part, bool second) {
    Step step{launch, {}, {}, {}, part};
    if (second) {
      step.inputs = workspace;
      step.numbers.assign(workspace.size(), -1);
    }
    for (int64_t number : part->getAttrOfType<DenseI64ArrayAttr>("dlc.arguments").asArrayRef()) {
      step.inputs.push_back(inputs[number]);
      step.numbers.push_back(number);
    }
    step.outputs = second ? results : workspace;
    steps.push_back(std::move(step));
  };
  add(kernel, false);
  add(lookupKernel(launch, finish.getValue()), true);
}

void Planner::appendCopies() {
  // What reads an old value comes before what writes the new one.
  std::stable_partition(copies.begin(), copies.end(), [](Copy &c) { return c.to->kind != BufferKind::state; });
  OpBuilder b(block->getTerminator());
  for (Copy &copy : copies) {
    // The copy's destination is a value of its own: a reshape that is not in the function's use lists.
    auto view = ReshapeOp::create(b, copy.from.getLoc(), copy.from.getType(), copy.from);
    rootOf[view.getResult()] = copy.to;
    steps.push_back({LaunchOp(), {copy.from}, {view.getResult()}});
  }
}

namespace {
struct PlanPass : PassWrapper<PlanPass, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(PlanPass)
  StringRef getArgument() const override { return "dlc-plan"; }
  StringRef getDescription() const override { return "@main with launches becomes memory and steps"; }
  void runOnOperation() override {
    FailureOr<func::FuncOp> main = findMain(getOperation());
    if (failed(main))
      return signalPassFailure();
    auto target = getOperation()->getAttrOfType<TargetAttr>("dlc.target");
    if (!target)
      target = TargetAttr::get(&getContext(), "cpu", "x86-64-v3");
    SmallVector<func::FuncOp> functions = {*main};
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (function->hasAttr("dlc.init"))
        functions.push_back(function);
    for (func::FuncOp function : functions)
      if (failed(Planner(function, target).run()))
        signalPassFailure();
  }
};
} // namespace

std::unique_ptr<Pass> createPlanPass() { return std::make_unique<PlanPass>(); }
} // namespace dlc
