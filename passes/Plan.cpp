// dlc-plan: @main's launches become steps on memory. Here alone values alias: views share their operand's memory, what
// is laid side by side (a concatenation) is written there at once, a
// new state takes the old one's place once all readers of the old are ordered before the write, an activation is
// overwritten at its last use by a map of the same element. Bodies of control operators are plans of their own, whose
// memory is a block of the plan around them; a carried value is to a body what a state is to a step.
// Long because all parts of planning work on one state.
#include "ir/Dims.h"
#include "ir/Scalar.h"
#include "ir/Symbols.h"
#include "passes/Arena.h"
#include "passes/Passes.h"
#include "passes/Specialize.h"
#include <queue>
#include <set>

namespace dlc {
namespace {
RankedTensorType typeOf(Value v) { return cast<RankedTensorType>(v.getType()); }
std::string sourceName(Location loc, StringRef otherwise) {
  if (auto name = loc->findInstanceOf<NameLoc>())
    return name.getName().str();
  return otherwise.str();
}

/// Memory that values share.
struct Root {
  BufferKind kind = BufferKind::arena;
  std::string symbol;
  Value value; // the first value in it
  int64_t bytes = 0, offset = 0;
  Value outer = {};    // in a body: the value around it whose memory this is
  int64_t advance = 0; // of that, bytes from one step of the loop to the next
};

class Planner;
struct Step {
  LaunchOp launch; // null: a copy, zeros, or control flow
  SmallVector<Value> inputs, outputs;
  SmallVector<int64_t> deps = {};
  Operation *kernel = nullptr;       // of a launch
  SmallVector<int64_t> numbers = {}; // where the launch has these inputs; -1: workspace
  ControlOpInterface control = {};
  std::vector<std::shared_ptr<Planner>> bodies = {}; // shared: steps are copied where vectors of them grow
  Value memory = {};                                 // of the bodies, in the arena
  bool isNode() const { return launch || control; }
};

/// What computes values: a kernel's launch, or control flow.
bool isNode(Operation *op) { return isa_and_nonnull<LaunchOp, ControlOpInterface>(op); }
constexpr int64_t alignment = 64;

class Planner {
public:
  Planner(func::FuncOp function, TargetAttr target)
      : function(function), target(target), ranges(function), block(&function.getBody().front()) {}
  Planner(Planner &parent, ControlOpInterface op, Region &body)
      : function(parent.function), target(parent.target), ranges(parent.ranges), block(&body.front()), parent(&parent),
        op(op), control(op.getControl()) {}

  LogicalResult run() {
    if (failed(plan()))
      return failure();
    emit();
    return success();
  }

private:
  func::FuncOp function;
  TargetAttr target;
  SymbolRanges ranges;
  Block *block;
  Planner *parent = nullptr; // of a body
  ControlOpInterface op;     // whose body it is
  Control control;

  LogicalResult plan() {
    if (failed(parent ? collectArguments() : collectInputs()) || failed(collect()))
      return failure();
    parent ? bindYielded() : bindResults();
    if (failed(order()))
      return failure();
    appendCopies();
    shareOut();
    findDependencies();
    markAliases();
    verify();
    return success();
  }

  std::vector<std::unique_ptr<Root>> roots;
  DenseMap<Value, Root *> rootOf;
  DenseMap<Value, int64_t> offsetOf; // bytes from the beginning of its root; none: 0
  std::vector<Step> steps;
  struct Copy {
    Value from;
    Root *to;
  };
  std::vector<Copy> copies;
  struct StateWrite {
    Value value;
    Root *state;
    LaunchOp writer;
  };
  SmallVector<StateWrite> stateWrites;

  /// The most that it can be: memory is laid out for the greatest sizes, so that places are constants.
  int64_t storedBytes(Type type) {
    auto tensor = cast<RankedTensorType>(type);
    return ranges.most(elementCount(tensor)) * Scalar::storageType(tensor.getElementType()).getIntOrFloatBitWidth() / 8;
  }

  int64_t rowBytes(Type whole) {
    auto type = cast<RankedTensorType>(whole);
    return type.getDimSize(0) ? storedBytes(whole) / type.getDimSize(0) : 0;
  }

  Root *newRoot(BufferKind kind, StringRef symbol, Value value) {
    roots.push_back(std::make_unique<Root>(Root{kind, symbol.str(), value, storedBytes(value.getType()), 0}));
    return rootOf[value] = roots.back().get();
  }

  LogicalResult collectInputs() {
    for (BlockArgument arg : block->getArguments()) {
      if (auto state = function.getArgAttrOfType<FlatSymbolRefAttr>(arg.getArgNumber(), "dlc.state")) {
        newRoot(BufferKind::state, state.getValue(), arg);
        continue;
      }
      newRoot(BufferKind::input, inputName(function, arg.getArgNumber()), arg);
    }
    return success();
  }

  LogicalResult collect() {
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
      } else if (isNode(&op)) {
        for (Value result : op.getResults())
          newRoot(BufferKind::arena, "", result);
      } else if (!isa<UnrealizedConversionCastOp>(op)) { // a placeholder of our own
        return op.emitOpError("has no kernel and is no view: run dlc-fuse and dlc-body before dlc-plan");
      }
    }
    return success();
  }

  Planner &outermost() { return parent ? parent->outermost() : *this; }
  int64_t constants = 0;

  /// Whether a value is all of its root, not a part of it.
  bool isWhole(Value v) { return storedBytes(v.getType()) == rootOf.lookup(v)->bytes; }

  /// Calls `visit` for the nodes that compute a value, through views and what is laid side by side.
  static void forWriters(Value v, llvm::function_ref<void(Operation *)> visit) {
    Operation *def = v.getDefiningOp();
    if (isNode(def))
      return visit(def);
    auto indexed = dyn_cast_or_null<IndexedOpInterface>(def);
    if (indexed && (indexed.isView() || indexed.getPlaces()))
      for (Value operand : def->getOperands())
        forWriters(operand, visit);
  }

  //===--- Results ----------------------------------------------------------------------------------------------===//

  void bindResults() {
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
  bool isStateWrite(Root *root) {
    return llvm::any_of(stateWrites, [&](StateWrite &w) { return rootOf[w.value] == root; });
  }
  Root *stateRoot(StringRef symbol, Value value) {
    for (auto &root : roots)
      if (root->kind == BufferKind::state && root->symbol == symbol)
        return root.get();
    roots.push_back(
        std::make_unique<Root>(Root{BufferKind::state, symbol.str(), value, storedBytes(value.getType()), 0}));
    return roots.back().get();
  }

  bool mayOverwrite(LaunchOp launch, unsigned input, unsigned result) {
    auto pairs = launch->getAttrOfType<ArrayAttr>("dlc.inplace");
    return pairs && llvm::any_of(pairs, [&](Attribute pair) {
             auto p = cast<ArrayAttr>(pair);
             return cast<IntegerAttr>(p[0]).getInt() == input && cast<IntegerAttr>(p[1]).getInt() == result;
           });
  }

  //===--- Order ------------------------------------------------------------------------------------------------===//

  /// Launches in an order in which every reader of an old state comes before its new value is written. A write for
  /// which there is no such order goes to the arena and is copied at the end.
  LogicalResult order() {
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
        if (!parent)
          write.writer->emitRemark() << "plan: the new '" << write.state->symbol
                                     << "' is copied at the end: " << reason;
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
      if (auto launch = dyn_cast<LaunchOp>(nodes[i]))
        addSteps(launch);
      else if (failed(addControl(cast<ControlOpInterface>(nodes[i]))))
        return failure();
      for (unsigned f : after[i])
        if (--pending[f] == 0)
          ready.push(f);
    }
    assert(llvm::none_of(pending, [](unsigned p) { return p; }) && "edges were only added where no cycle arises");
    return success();
  }

  /// One step, or two with workspace between them: blocks of the arena that live through both.
  void addSteps(LaunchOp launch) {
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

  void appendCopies() {
    OpBuilder b(block->getTerminator());
    for (Copy &copy : copies) {
      // The copy's destination is a value of its own: a reshape that is not in the function's use lists.
      auto view = ReshapeOp::create(b, copy.from.getLoc(), copy.from.getType(), copy.from);
      rootOf[view.getResult()] = copy.to;
      steps.push_back({LaunchOp(), {copy.from}, {view.getResult()}});
    }
  }

  //===--- Bodies -----------------------------------------------------------------------------------------------===//

  /// A value that nobody computes, of the type of `like`: only steps speak of it.
  Value placeholder(Value like) {
    OpBuilder b(block->getTerminator());
    return UnrealizedConversionCastOp::create(b, like.getLoc(), like.getType(), ValueRange{}).getResult(0);
  }

  /// A root that is memory of the plan around: row number 0 of `outer` where it advances.
  Root *outerRoot(BufferKind kind, StringRef symbol, Value value, Value outer, bool rows, bool reversed) {
    roots.push_back(std::make_unique<Root>(Root{kind, symbol.str(), value, storedBytes(value.getType())}));
    Root *root = roots.back().get();
    root->outer = outer;
    if (rows) {
      root->advance = rowBytes(outer.getType()) * (reversed ? -1 : 1);
      root->offset = reversed ? rowBytes(outer.getType()) * (control.limit - 1) : 0;
    }
    return root;
  }

  /// Places in the memory around a body are numbers, which an open size would move.
  LogicalResult checkFixed() {
    for (TypeRange types : {TypeRange(op->getOperandTypes()), TypeRange(op->getResultTypes())})
      for (Type type : types)
        if (auto tensor = dyn_cast<RankedTensorType>(type); tensor && !tensor.hasStaticShape())
          return op->emitOpError("has a value of open size, ")
                 << describe(type) << ": loops and branches take fixed sizes; give one with --shape";
    return success();
  }

  LogicalResult collectArguments() {
    if (failed(checkFixed()))
      return failure();
    unsigned sequencesEnd = control.carried + control.sequences;
    for (auto [i, arg] : llvm::enumerate(block->getArguments())) {
      bool carried = i < control.carried, sequence = !carried && i < sequencesEnd;
      Value outer = carried ? Value(op->getResult(i)) : op->getOperand(control.firstInput + i);
      std::string symbol = "argument " + std::to_string(i);
      Root *root = outerRoot(carried ? BufferKind::state : BufferKind::input, symbol, arg, outer, sequence,
                             sequence && control.isReversed(i - control.carried));
      rootOf[arg] = root;
      // Kernels rely on memory that is aligned: other rows are copied to where it is.
      if (root->advance % alignment) {
        Value row = placeholder(arg);
        rootOf[row] = root;
        newRoot(BufferKind::arena, "", arg);
        steps.push_back({LaunchOp(), {row}, {arg}});
      }
    }
    return success();
  }

  void bindYielded() {
    // A carried value that becomes another one: where that one is overwritten before, it is kept aside.
    SmallVector<Value> yielded(block->getTerminator()->getOperands());
    for (auto [i, value] : llvm::enumerate(yielded))
      for (unsigned k = 0; k < std::min<unsigned>(i, control.carried); ++k)
        if (rootOf[value] == rootOf[block->getArgument(k)] && rootOf[yielded[k]] != rootOf[value] &&
            !isNode(yielded[k].getDefiningOp())) {
          Value aside = placeholder(value);
          newRoot(BufferKind::arena, "", aside);
          steps.push_back({LaunchOp(), {value}, {aside}});
          value = aside;
          break;
        }
    for (auto [i, value] : llvm::enumerate(yielded)) {
      Root *root = rootOf[value], *to;
      bool free = root->kind == BufferKind::arena && isWhole(value) && !isStateWrite(root);
      auto launch = root->value.getDefiningOp<LaunchOp>();
      if (i < control.carried) {
        to = rootOf[block->getArgument(i)];
        if (root == to)
          continue; // unchanged
        if (free && launch) {
          stateWrites.push_back({root->value, to, launch});
          continue;
        }
      } else {
        bool isRow = control.loop, reversed = isRow && control.isReversed(control.sequences + i - control.carried);
        to = outerRoot(BufferKind::output, "result " + std::to_string(i), value, op->getResult(i), isRow, reversed);
        if (free && root->value.getDefiningOp() && isNode(root->value.getDefiningOp()) &&
            to->advance % alignment == 0) {
          root->kind = to->kind;
          root->symbol = to->symbol;
          root->offset = to->offset;
          root->outer = to->outer;
          root->advance = to->advance;
          continue;
        }
      }
      copies.push_back({value, to});
    }
  }

  /// What the bodies begin with, and the step that runs them.
  LogicalResult addControl(ControlOpInterface op) {
    Control inner = op.getControl();
    // Rows move on by a number of bytes, which must be known.
    auto open = [](Value v) { return !typeOf(v).hasStaticShape(); };
    if (inner.loop && (llvm::any_of(op->getOperands().slice(inner.carried, inner.sequences), open) ||
                       llvm::any_of(op->getResults().drop_front(inner.carried), open)))
      return op.emitOpError(
          "walks over rows whose size is known at run time only; give the inputs' shapes with --shape");
    Step step{LaunchOp(), llvm::to_vector(op->getOperands()), llvm::to_vector_of<Value>(op->getResults())};
    step.control = op;
    for (unsigned i = 0; i < inner.carried; ++i) {
      Value initial = op->getOperand(inner.firstInput + i), carried = op->getResult(i);
      Root *from = rootOf[initial], *to = rootOf[carried];
      bool mine = from->kind == BufferKind::arena && isWhole(initial) && isNode(initial.getDefiningOp()) &&
                  initial.hasOneUse() && to->kind == BufferKind::arena;
      if (mine) {
        for (auto &[value, root] : rootOf)
          if (root == to)
            root = from;
      } else {
        steps.push_back({LaunchOp(), {initial}, {carried}});
      }
      step.inputs[inner.firstInput + i] = carried;
    }
    if (inner.loop && inner.conditional)
      for (Value rows : op->getResults().drop_front(inner.carried))
        steps.push_back({LaunchOp(), {}, {rows}});
    int64_t bytes = 0;
    for (Region &body : op->getRegions()) {
      step.bodies.push_back(std::make_shared<Planner>(*this, op, body));
      if (failed(step.bodies.back()->plan()))
        return failure();
      bytes = std::max(bytes, step.bodies.back()->arenaBytes);
    }
    if (bytes) {
      OpBuilder b(block->getTerminator());
      Location loc = NameLoc::get(b.getStringAttr(sourceName(op->getLoc(), "control") + "_bodies"), op->getLoc());
      auto type = RankedTensorType::get({(bytes + 3) / 4}, b.getF32Type());
      step.memory = UnrealizedConversionCastOp::create(b, loc, type, ValueRange{}).getResult(0);
      newRoot(BufferKind::arena, "", step.memory);
      for (auto &body : step.bodies)
        body->memory = step.memory;
    }
    steps.push_back(std::move(step));
    return success();
  }
  Value memory; // of a body: where its arena lies in the one around it

  struct Place {
    BufferKind kind;
    std::string symbol;
    int64_t offset;
    SmallVector<int64_t> advance; // one for each loop around
  };
  Place placeOf(Value v) {
    Root *root = rootOf[v];
    Place place{root->kind, root->symbol, root->offset + offsetOf.lookup(v), {}};
    Value outer = parent && root->kind == BufferKind::arena ? memory : root->outer;
    if (!outer)
      return place;
    Place around = parent->placeOf(outer);
    around.offset += place.offset;
    if (control.loop) {
      around.advance.resize(depth() - 1);
      around.advance.push_back(root->advance);
    }
    return around;
  }
  /// How many loops are around the steps.
  unsigned depth() const { return parent ? parent->depth() + control.loop : 0; }

  //===--- Memory -----------------------------------------------------------------------------------------------===//

  void shareOut() {
    auto lastUse = [&](Root *root) {
      int64_t last = -1;
      for (auto [s, step] : llvm::enumerate(steps))
        for (Value input : step.inputs)
          if (rootOf[input] == root)
            last = s;
      return last;
    };
    // Activations that die where a map of the same element writes: one memory for both.
    for (auto [s, step] : llvm::enumerate(steps)) {
      if (!step.launch)
        continue;
      llvm::SmallPtrSet<Root *, 4> taken;
      for (auto [j, output] : llvm::enumerate(step.outputs)) {
        Root *to = rootOf[output];
        if (to->kind != BufferKind::arena || !output.getDefiningOp<LaunchOp>() || !isWhole(output))
          continue;
        for (auto [i, input] : llvm::enumerate(step.inputs)) {
          Root *from = rootOf[input];
          if (from->kind != BufferKind::arena || from == to || from->bytes != to->bytes || !isWhole(input) ||
              taken.contains(from) || step.numbers[i] < 0 || !mayOverwrite(step.launch, step.numbers[i], j) ||
              lastUse(from) != static_cast<int64_t>(s) ||
              llvm::count_if(step.inputs, [&](Value v) { return rootOf[v] == from; }) != 1)
            continue;
          for (auto &[value, root] : rootOf)
            if (root == to)
              root = from;
          taken.insert(from);
          break;
        }
      }
    }
    std::map<Root *, ArenaBlock> live;
    std::vector<Root *> arenaRoots;
    for (auto [s, step] : llvm::enumerate(steps)) {
      auto touch = [&](Value v) {
        Root *root = rootOf[v];
        if (root->kind != BufferKind::arena)
          return;
        auto [it, isNew] =
            live.try_emplace(root, ArenaBlock{root->bytes, static_cast<int64_t>(s), static_cast<int64_t>(s)});
        if (isNew)
          arenaRoots.push_back(root);
        it->second.last = s;
      };
      llvm::for_each(step.inputs, touch);
      llvm::for_each(step.outputs, touch);
      if (step.memory)
        touch(step.memory);
    }
    std::vector<ArenaBlock> blocks;
    for (Root *root : arenaRoots)
      blocks.push_back(live[root]);
    arenaBytes = placeBlocks(blocks);
    peak = peakBytes(blocks);
    for (auto [root, placed] : llvm::zip_equal(arenaRoots, blocks)) {
      root->offset = placed.offset;
      lifetimes.push_back(placed);
    }
  }
  int64_t arenaBytes = 0, peak = 0;
  std::vector<ArenaBlock> lifetimes;

  struct Range {
    BufferKind kind;
    StringRef symbol; // in a body: its argument or result
    int64_t from, to;
    bool overlaps(const Range &other) const {
      return kind == other.kind && symbol == other.symbol && from < other.to && other.from < to;
    }
  };
  Range rangeOf(Value v) {
    Root *root = rootOf[v];
    int64_t begin = root->offset + offsetOf.lookup(v);
    return {root->kind, root->symbol, begin, begin + storedBytes(v.getType())};
  }

  /// Every step after those whose results it reads, whose inputs it overwrites, whose results it overwrites; what is
  /// implied already is left out.
  void findDependencies() {
    std::vector<llvm::BitVector> implied(steps.size(), llvm::BitVector(steps.size()));
    std::vector<SmallVector<Range>> reads(steps.size()), writes(steps.size());
    auto meet = [](ArrayRef<Range> a, ArrayRef<Range> b) {
      return llvm::any_of(
          a, [&](const Range &x) { return llvm::any_of(b, [&](const Range &y) { return x.overlaps(y); }); });
    };
    for (size_t s = 0; s < steps.size(); ++s) {
      for (Value v : steps[s].inputs)
        reads[s].push_back(rangeOf(v));
      for (Value v : steps[s].outputs)
        writes[s].push_back(rangeOf(v));
      for (size_t before = s; before-- > 0;) {
        if (implied[s].test(before))
          continue;
        if (meet(writes[before], reads[s]) || meet(reads[before], writes[s]) || meet(writes[before], writes[s])) {
          steps[s].deps.push_back(before);
          implied[s].set(before);
          implied[s] |= implied[before];
        }
      }
      llvm::sort(steps[s].deps);
    }
  }

  /// Alias and lifetime checks, always: a wrong plan gives wrong numbers, quietly.
  void verify() {
    for (size_t i = 0; i < lifetimes.size(); ++i)
      for (size_t j = i + 1; j < lifetimes.size(); ++j) {
        const ArenaBlock &a = lifetimes[i], &b = lifetimes[j];
        bool together = a.first <= b.last && b.first <= a.last;
        bool overlap = a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes;
        if (together && overlap)
          llvm::report_fatal_error("dlc-plan: two live blocks overlap in the arena");
      }
  }

  /// Tells kernels which of their arguments share memory in some launch, so that nothing is promised about them that
  /// does not hold (`__restrict__`, loads through the read-only path).
  void markAliases() {
    llvm::MapVector<Operation *, std::set<int64_t>> aliased;
    for (Step &step : steps)
      for (auto [i, input] : llvm::enumerate(step.inputs))
        for (auto [j, output] : llvm::enumerate(step.outputs))
          if (step.launch && rangeOf(input).overlaps(rangeOf(output)))
            aliased[step.kernel].insert({int64_t(i), int64_t(step.inputs.size() + j)});
    for (auto &[kernel, arguments] : aliased) {
      SmallVector<int64_t> list(arguments.begin(), arguments.end());
      kernel->setAttr("dlc.aliased", DenseI64ArrayAttr::get(kernel->getContext(), list));
    }
  }

  //===--- The plan as IR ---------------------------------------------------------------------------------------===//

  /// The buffer of a value, made where `b` stands.
  Value buffer(OpBuilder &b, Value v) {
    Value &slot = bufferOf[v];
    if (slot)
      return slot;
    Place place = placeOf(v);
    std::string name = place.kind == BufferKind::arena || place.symbol.empty() || parent
                           ? sourceName(v.getLoc(), "value_" + std::to_string(outermost().unnamed++))
                           : place.symbol;
    while (!place.advance.empty() && place.advance.back() == 0)
      place.advance.pop_back();
    slot = BufferOp::create(b, v.getLoc(), v.getType(), place.kind, place.symbol, place.offset, name, place.advance);
    // Small constants travel with the plan: nothing else holds them.
    if (auto constant = v.getDefiningOp<ConstantOp>())
      slot.getDefiningOp()->setAttr("value", constant.getValue());
    return slot;
  }
  DenseMap<Value, Value> bufferOf;
  int64_t unnamed = 0;

  void makeBuffers(OpBuilder &b, Step &step) {
    for (Value v : step.inputs)
      buffer(b, v);
    for (Value v : step.outputs)
      buffer(b, v);
    for (auto &body : step.bodies)
      for (Step &inner : body->steps)
        body->makeBuffers(b, inner);
  }

  void emitStep(OpBuilder &b, Step &step) {
    SmallVector<Value> buffers;
    for (Value v : step.inputs)
      buffers.push_back(bufferOf[v]);
    for (Value v : step.outputs)
      buffers.push_back(bufferOf[v]);
    auto outputs = static_cast<int64_t>(step.outputs.size());
    if (step.control)
      return emitControl(b, step, buffers);
    SmallVector<NamedAttribute> geometry;
    ArrayAttr sources = b.getStrArrayAttr({});
    FlatSymbolRefAttr kernel;
    Location loc = step.inputs.empty() ? function.getLoc() : step.inputs[0].getLoc();
    if (step.launch) {
      loc = step.launch.getLoc();
      kernel = FlatSymbolRefAttr::get(SymbolTable::getSymbolName(step.kernel));
      for (NamedAttribute attr : step.kernel->getDiscardableAttrs())
        if (attr.getName().strref().starts_with("dlc."))
          geometry.push_back({b.getStringAttr(attr.getName().strref().substr(4)), attr.getValue()});
      sources = b.getArrayAttr(sourcesOf(loc));
    }
    StringRef kind = step.launch ? "launch" : step.inputs.empty() ? "zeros" : "copy";
    StepOp::create(b, loc, kind, kernel, buffers, outputs, step.deps, sources, b.getDictionaryAttr(geometry));
  }

  void emitControl(OpBuilder &b, Step &step, ArrayRef<Value> buffers) {
    Control inner = step.control.getControl();
    Location loc = step.control->getLoc();
    auto made =
        ControlStepOp::create(b, loc, inner.loop ? "while" : "if", buffers, static_cast<int64_t>(step.outputs.size()),
                              inner.conditional ? 0 : -1, inner.limit, step.deps, b.getArrayAttr(sourcesOf(loc)),
                              static_cast<unsigned>(step.bodies.size()));
    for (auto [body, region] : llvm::zip_equal(step.bodies, made.getBodies())) {
      OpBuilder inside(b.getContext());
      inside.createBlock(&region);
      for (Step &each : body->steps)
        body->emitStep(inside, each);
    }
  }

  void emit() {
    OpBuilder b(function);
    auto plan = PlanOp::create(b, function.getLoc(), b.getStringAttr(function.getName().str()), target,
                               b.getI64IntegerAttr(arenaBytes));
    plan->setAttr("peak", b.getI64IntegerAttr(peak));
    if (function->hasAttr("dlc.init"))
      plan->setAttr("init", b.getUnitAttr());
    b.setInsertionPointToStart(b.createBlock(&plan.getBody()));
    // Inputs and outputs in the function's order, used or not.
    for (BlockArgument arg : block->getArguments())
      buffer(b, arg);
    for (Step &step : steps) {
      makeBuffers(b, step);
      emitStep(b, step);
    }
    // What the plan cannot show: the signature, in order.
    SmallVector<Attribute> outputs;
    for (auto [i, value] : llvm::enumerate(block->getTerminator()->getOperands())) {
      if (function.getResultAttr(i, "dlc.state") || function.getResultAttr(i, "dlc.derived"))
        continue;
      SmallVector<NamedAttribute> entries = {b.getNamedAttr("name", b.getStringAttr(outputName(function, i))),
                                             b.getNamedAttr("type", TypeAttr::get(value.getType()))};
      // Sizes that a run finds, and what has them.
      for (StringRef about : {"size", "size_dim", "size_most", "size_of"})
        if (Attribute attr = function.getResultAttr(i, ("dlc." + about).str()))
          entries.push_back(b.getNamedAttr(about, attr));
      outputs.push_back(b.getDictionaryAttr(entries));
    }
    plan->setAttr("outputs", b.getArrayAttr(outputs));
    function.erase();
  }

  SmallVector<Attribute> sourcesOf(Location loc) {
    llvm::SetVector<Attribute> names;
    std::function<void(Location)> collect = [&](Location l) {
      if (auto name = dyn_cast<NameLoc>(l))
        names.insert(name.getName());
      else if (auto fused = dyn_cast<FusedLoc>(l))
        for (Location inner : fused.getLocations())
          collect(inner);
    };
    collect(loc);
    return SmallVector<Attribute>(names.begin(), names.end());
  }
};

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
