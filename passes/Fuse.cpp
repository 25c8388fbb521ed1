// dlc-fuse: groups operators into fusions. Contractions take their epilogues first; then producers and consumers, and
// then neighbours that read the same tensor, join as long as they have one iteration space and no path leads out of
// the group and back. Which operators fit is asked of interfaces.
#include "ir/Dims.h"
#include "ir/Names.h"
#include "ir/Symbols.h"
#include "mlir/IR/IRMapping.h"
#include "passes/FusionGroup.h"
#include "passes/Passes.h"
#include <queue>

namespace dlc {
namespace {

struct Group {
  SmallVector<Operation *> ops; // in block order
  bool contraction = false;
  bool permuted = false; // ends in a transpose: nothing joins behind it
};

/// On a GPU a row has one block: what is computed of all elements of few long ones has more alone.
bool isFewLongRows(const RowSpace &space) {
  constexpr int64_t fewRows = 4, longRow = 65536;
  auto count = [](ArrayRef<AffineExpr> sizes) {
    int64_t product = 1;
    for (AffineExpr size : sizes)
      product *= constantSize(size).value_or(0);
    return product;
  };
  int64_t rows = space.hasReduction ? count(space.keptShape()) : 0;
  return rows > 0 && rows <= fewRows && count(space.shape) / rows >= longRow &&
         llvm::any_of(space.alignment, [](auto &entry) { return entry.second == Alignment::full; });
}

class Fuser {
public:
  Fuser(Block &block, const TakesEpilogue &takesEpilogue, bool remarks)
      : block(block), takesEpilogue(takesEpilogue), remarks(remarks) {}

  void run() {
    repeatCheapOperators();
    number();
    for (Operation &op : block)
      if (isa<ContractionOpInterface>(op))
        formContraction(&op);
    for (Operation &op : block)
      if (isRowOperator(&op) && !groupOf.contains(&op))
        newGroup({&op}, false);
    // A value with several readers joins once these have become one: until nothing changes any more.
    bool speak = std::exchange(remarks, false);
    do {
      joined = false;
      for (Operation &op : block)
        joinProducers(&op);
      joinNeighbours();
    } while (joined);
    remarks = speak;
    if (remarks)
      for (Operation &op : block)
        joinProducers(&op);
    for (Operation &op : block)
      placeOperands(&op);
    build();
    for (Operation &op : llvm::make_early_inc_range(block))
      if (isa<RoutineOpInterface>(op))
        outlineRoutine(&op);
  }

private:
  Block &block;
  const TakesEpilogue &takesEpilogue;
  bool remarks;
  bool joined = false;
  std::vector<std::unique_ptr<Group>> groups;
  DenseMap<Operation *, Group *> groupOf;
  DenseMap<Operation *, unsigned> position;
  std::vector<unsigned> reach; ///< the last position of groups that begin up to one; empty: to be found anew

  void number() {
    for (auto [i, op] : llvm::enumerate(block))
      position[&op] = i;
  }

  /// What kernels of our own draw from few numbers, wherever they read it.
  bool isDrawnHere(Operation *op) {
    int operators = 0;
    return !takesEpilogue && op->getNumResults() == 1 &&
           isDrawn(op, [&](Operation *def) { return !isFew(def->getResult(0)) && ++operators < 16; });
  }
  /// A seed and a step put together, for one.
  bool gathersFew(Operation *op) { return isa<IndexedOpInterface>(op) && isFew(op->getResult(0)) && isDrawnHere(op); }

  /// One copy for each use, so that a broadcast or a constant never ties two fusions together.
  void repeatCheapOperators() {
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block))) {
      auto indexed = dyn_cast<IndexedOpInterface>(op);
      if (!(indexed && indexed.isCheap()) && !isSplatConstant(&op) && !gathersFew(&op))
        continue;
      SmallVector<OpOperand *> uses;
      for (OpOperand &use : op.getUses())
        uses.push_back(&use);
      OpBuilder b(&op);
      for (OpOperand *use : ArrayRef(uses).drop_back(uses.empty() ? 0 : 1))
        use->set(b.clone(op)->getResult(0));
    }
  }

  Group *newGroup(ArrayRef<Operation *> ops, bool contraction) {
    groups.push_back(std::make_unique<Group>());
    Group *group = groups.back().get();
    group->ops.assign(ops.begin(), ops.end());
    group->contraction = contraction;
    for (Operation *op : ops)
      groupOf[op] = group;
    return group;
  }

  void remark(Operation *op, Operation *other, const Twine &why) {
    if (remarks)
      op->emitRemark() << "fuse: " << nameOf(op) << " stays apart from " << nameOf(other) << ": " << why;
  }
  static std::string nameOf(Operation *op) { return ("'" + nodeName(op) + "'").str(); }

  //===--- Contractions -----------------------------------------------------------------------------------------===//

  /// Values that an epilogue may read at the result's index: same shape, or a repeated one. `absorbed` gets the
  /// operators that go along.
  bool fitsEpilogue(Value operand, SmallVectorImpl<Operation *> &absorbed) {
    Operation *def = operand.getDefiningOp();
    if (!def || def->getBlock() != &block)
      return true;
    if (isSplatConstant(def)) {
      absorbed.push_back(def);
      return true;
    }
    auto indexed = dyn_cast<IndexedOpInterface>(def);
    if (!indexed || !indexed.isCheap()) {
      // Arithmetic that only the epilogue reads comes along, unless a library has to do it.
      SmallVector<Operation *> inner;
      bool drawn = isDrawnHere(def);
      bool onlyForUs = isa<ScalarExprOpInterface>(def) && operand.hasOneUse() && !groupOf.contains(def);
      if (takesEpilogue && onlyForUs)
        return false; // better one kernel behind the library's call than one in front of it
      if ((onlyForUs || drawn) && llvm::all_of(def->getOperands(), [&](Value v) { return fitsEpilogue(v, inner); })) {
        absorbed.append(inner);
        absorbed.push_back(def);
      }
      return true; // otherwise an ordinary tensor, computed elsewhere
    }
    if (def->getNumOperands() != 1)
      return false;
    Operation *inner = def->getOperand(0).getDefiningOp();
    if (inner && isSplatConstant(inner))
      absorbed.push_back(inner);
    else if (!indexed.getProjection())
      return false;
    absorbed.push_back(def);
    return true;
  }

  /// What is drawn for others, too, is drawn here by a copy.
  void keepOwn(SmallVectorImpl<Operation *> &ops) {
    auto isOurs = [&](Operation *user) { return llvm::is_contained(ops, user); };
    llvm::sort(ops, [&](Operation *a, Operation *b) { return position[a] < position[b]; });
    for (Operation *&op : llvm::reverse(ops)) {
      if (llvm::all_of(op->getUsers(), isOurs) || llvm::none_of(op->getUsers(), isOurs) ||
          (!isDrawnHere(op) && !isSplatConstant(op)))
        continue;
      Operation *copy = OpBuilder(op).clone(*op);
      position[copy] = position[op];
      op->getResult(0).replaceUsesWithIf(copy->getResult(0), [&](OpOperand &use) { return isOurs(use.getOwner()); });
      op = copy;
    }
  }

  void formContraction(Operation *contraction) {
    SmallVector<Operation *> ops = {contraction}, chain;
    Value last = contraction->getResult(0);
    while (true) {
      Operation *next = nullptr;
      bool several = false;
      for (Operation *user : last.getUsers()) {
        several |= next && next != user;
        next = user;
      }
      if (several) {
        // Our own kernels write several results: the readers join later, as consumers do.
        if (!takesEpilogue)
          break;
        for (Operation *user : last.getUsers())
          if (isa<ScalarExprOpInterface>(user)) {
            remark(user, contraction, "several operators read the value in between");
            break;
          }
        break;
      }
      if (!next || !isa<ScalarExprOpInterface>(next) || groupOf.contains(next) ||
          getDims(next->getResult(0).getType()) != getDims(last.getType()))
        break;
      SmallVector<Operation *> absorbed;
      bool fits = llvm::all_of(next->getOperands(), [&](Value v) { return v == last || fitsEpilogue(v, absorbed); });
      if (!fits) {
        remark(next, contraction,
               "an operand is read at another index than the result's, or needs a kernel of its own");
        break;
      }
      if (takesEpilogue && !takesEpilogue(contraction, chain, next)) {
        remark(next, contraction, "the target's library has no such epilogue");
        break;
      }
      for (Operation *op : absorbed)
        if (!llvm::is_contained(ops, op))
          ops.push_back(op);
      ops.push_back(next);
      keepOwn(ops);
      chain.push_back(next);
      last = next->getResult(0);
    }
    // Rows of the result may lie in any order, as long as they stay rows.
    Operation *next = last.hasOneUse() ? *last.getUsers().begin() : nullptr;
    auto moved = dyn_cast_or_null<IndexedOpInterface>(next);
    auto perm = moved ? moved.getPermutation() : std::nullopt;
    bool permuted = perm && cast<ContractionOpInterface>(contraction).storesInOrder(*perm);
    if (permuted)
      ops.push_back(next);
    llvm::sort(ops, [&](Operation *a, Operation *b) { return position[a] < position[b]; });
    newGroup(ops, true)->permuted = permuted;
  }

  //===--- Row fusions ------------------------------------------------------------------------------------------===//

  /// The last position from which a path may lead back to what lies at `last`: a group that begins before a position
  /// and ends behind it carries paths on.
  unsigned lastOnPath(unsigned last) {
    if (reach.empty()) {
      reach.resize(position.size());
      for (const auto &g : groups)
        if (!g->ops.empty())
          reach[position[g->ops.front()]] = std::max(reach[position[g->ops.front()]], position[g->ops.back()]);
      for (size_t i = 1; i < reach.size(); ++i)
        reach[i] = std::max(reach[i], reach[i - 1]);
    }
    while (reach[last] > last)
      last = reach[last];
    return last;
  }

  /// Whether a path leads from `from` through other operators into `to`, groups counting as one operator.
  bool reachesThroughOthers(Group *from, Group *to) {
    unsigned last = lastOnPath(position[to->ops.back()]);
    llvm::SmallPtrSet<Operation *, 32> seen;
    SmallVector<Operation *> work;
    auto follow = [&](ArrayRef<Operation *> ops, bool first) {
      for (Operation *op : ops)
        for (Operation *user : op->getUsers()) {
          Group *g = groupOf.lookup(user);
          if (g == from || (first && g == to) || position.lookup(user) > last)
            continue;
          if (seen.insert(user).second)
            work.push_back(user);
        }
    };
    follow(from->ops, true);
    while (!work.empty()) {
      Operation *op = work.pop_back_val();
      Group *g = groupOf.lookup(op);
      if (g == to)
        return true;
      if (g) {
        for (Operation *member : g->ops)
          seen.insert(member);
        follow(g->ops, false);
      } else {
        follow({op}, false);
      }
    }
    return false;
  }

  bool tryJoin(Group *a, Group *b, std::string &why) {
    if (a == b || a->contraction || b->contraction)
      return false;
    SmallVector<Operation *> ops(a->ops);
    llvm::append_range(ops, b->ops);
    llvm::sort(ops, [&](Operation *x, Operation *y) { return position[x] < position[y]; });
    llvm::SmallPtrSet<Operation *, 16> inside(ops.begin(), ops.end());
    auto escapes = [&](Value v) {
      return llvm::any_of(v.getUsers(), [&](Operation *user) { return !inside.contains(user); });
    };
    auto space = analyzeRow(ops, escapes, why);
    if (!space)
      return false;
    if (!takesEpilogue && isFewLongRows(*space)) {
      why = "few blocks would go through long rows twice";
      return false;
    }
    if (reachesThroughOthers(a, b) || reachesThroughOthers(b, a)) {
      why = "another operator lies between them";
      return false;
    }
    a->ops = ops;
    for (Operation *op : ops)
      groupOf[op] = a;
    b->ops.clear();
    reach.clear();
    return joined = true;
  }

  /// A contraction of our own takes a whole group of elementwise operators, which may have several results.
  bool tryJoinEpilogue(Group *a, Group *b, std::string &why) {
    if (takesEpilogue || b->contraction)
      return false;
    if (a->permuted) {
      why = "the rows of the result are stored in another order";
      return false;
    }
    auto shapeOf = [](Operation *op) { return getDims(op->getResult(0).getType()); };
    Operation *root = *llvm::find_if(a->ops, [](Operation *op) { return isa<ContractionOpInterface>(op); });
    // Kernels with an epilogue give what that computes, and the sums alone to nobody else.
    if (llvm::any_of(root->getResult(0).getUsers(), [&](Operation *user) {
          Group *group = groupOf.lookup(user);
          return group != a && group != b;
        })) {
      why = "something else reads the contraction's own result";
      return false;
    }
    auto inside = [&](Operation *op) { return groupOf.lookup(op) == a || groupOf.lookup(op) == b; };
    for (Operation *op : b->ops) {
      if (!standsInEpilogue(op, root, inside)) {
        why = nameOf(op) + " is not elementwise";
        return false;
      }
      // Operands may be repeated; what the kernel gives has an element for each of the product's.
      bool leaves = llvm::any_of(op->getUsers(), [&](Operation *user) { return groupOf.lookup(user) != b; });
      if (leaves && shapeOf(op) != shapeOf(root)) {
        why = nameOf(op) + " gives another shape than the contraction";
        return false;
      }
    }
    if (reachesThroughOthers(a, b) || reachesThroughOthers(b, a)) {
      why = "another operator lies between them";
      return false;
    }
    llvm::append_range(a->ops, b->ops);
    llvm::sort(a->ops, [&](Operation *x, Operation *y) { return position[x] < position[y]; });
    for (Operation *op : b->ops)
      groupOf[op] = a;
    b->ops.clear();
    reach.clear();
    return joined = true;
  }

  void joinProducers(Operation *op) {
    // Contractions last: what they take must be complete by then.
    for (bool contractions : {false, true})
      for (Value operand : op->getOperands()) {
        Group *group = groupOf.lookup(op);
        Operation *def = operand.getDefiningOp();
        Group *producer = def ? groupOf.lookup(def) : nullptr;
        if (!group || group->contraction || !producer || producer == group || producer->contraction != contractions)
          continue;
        std::string why;
        bool done = contractions ? tryJoinEpilogue(producer, group, why) : tryJoin(producer, group, why);
        if (!done && !why.empty())
          remark(op, def, why);
      }
  }

  /// Fusions that read the same tensor element by element read it once when they are one.
  void joinNeighbours() {
    for (Operation &op : block) {
      SmallVector<Value> values(op.getResults());
      for (Value v : values)
        joinReaders(v);
    }
    for (Value v : block.getArguments())
      joinReaders(v);
  }
  void joinReaders(Value v) {
    llvm::SetVector<Group *> readers;
    auto shape = dyn_cast<RankedTensorType>(v.getType());
    for (Operation *user : v.getUsers())
      if (Group *g = groupOf.lookup(user);
          g && !g->contraction && isa<ScalarExprOpInterface, ReductionOpInterface>(user))
        readers.insert(g);
    if (!shape || readers.size() < 2)
      return;
    SmallVector<Group *> sorted = llvm::to_vector(readers);
    llvm::sort(sorted, [&](Group *a, Group *b) { return position[a->ops.front()] < position[b->ops.front()]; });
    for (size_t i = 1; i < sorted.size(); ++i) {
      std::string why;
      if (!sorted[i]->ops.empty())
        for (size_t j = 0; j < i; ++j)
          if (!sorted[j]->ops.empty() && tryJoin(sorted[j], sorted[i], why))
            break;
    }
  }

  //===--- Operands computed in place ---------------------------------------------------------------------------===//

  /// A concatenation that would be a kernel of its own is none if other kernels can write its parts: it stays outside,
  /// and the planner lays its operands side by side.
  void placeOperands(Operation *op) {
    auto indexed = dyn_cast<IndexedOpInterface>(op);
    auto places = indexed ? indexed.getPlaces() : std::nullopt;
    Group *own = groupOf.lookup(op);
    if (!places || !own || own->ops.size() != 1)
      return;
    llvm::SmallPtrSet<Value, 8> roots;
    auto width = static_cast<int64_t>(cast<RankedTensorType>(op->getResult(0).getType()).getElementTypeBitWidth());
    for (auto [operand, place] : llvm::zip_equal(op->getOperands(), *places)) {
      std::string why;
      Value root = memoryOf(operand);
      Operation *def = root.getDefiningOp();
      auto isPlaced = [&](Operation *user) {
        auto other = dyn_cast<IndexedOpInterface>(user);
        return other && other.getPlaces() && !groupOf.contains(user);
      };
      if (!def || !groupOf.contains(def))
        why = "no kernel of this function computes it";
      else if (!roots.insert(root).second)
        why = "it is an operand twice";
      else if (anyReader(root, [&](Operation *user) { return user == block.getTerminator(); }))
        why = "it is a result";
      else if (anyReader(root, isPlaced))
        why = "it is part of another concatenation";
      else if (place * width % 512 != 0)
        why = "its place is no multiple of 64 bytes";
      if (!why.empty()) {
        if (remarks)
          op->emitRemark() << "fuse: operand " << nameOf(def ? def : op) << " of " << nameOf(op)
                           << " is copied: " << why;
        return;
      }
    }
    groupOf.erase(op);
    own->ops.clear();
  }
  /// The value whose memory `v` is under other shapes.
  static Value memoryOf(Value v) {
    while (auto view = v.getDefiningOp<IndexedOpInterface>()) {
      if (!view.isView())
        break;
      v = view->getOperand(0);
    }
    return v;
  }
  static bool anyReader(Value v, llvm::function_ref<bool(Operation *)> test) {
    return llvm::any_of(v.getUsers(), [&](Operation *user) {
      auto view = dyn_cast<IndexedOpInterface>(user);
      return test(user) || (view && view.isView() && anyReader(user->getResult(0), test));
    });
  }

  //===--- Building ---------------------------------------------------------------------------------------------===//

  /// Orders groups and lone operators so that every value comes before its readers, ties by first position; then
  /// rebuilds the block in that order.
  void build() {
    struct Node {
      Group *group;
      Operation *op;
      unsigned first;
      SmallVector<Node *> users;
      unsigned pending = 0;
    };
    std::vector<std::unique_ptr<Node>> nodes;
    DenseMap<Operation *, Node *> nodeOf;
    DenseMap<Group *, Node *> nodeOfGroup;
    Operation *terminator = block.getTerminator();
    for (Operation &op : block.without_terminator()) {
      Group *g = groupOf.lookup(&op);
      Node *&slot = g ? nodeOfGroup[g] : nodeOf[&op];
      if (!slot) {
        nodes.push_back(std::make_unique<Node>(Node{g, &op, position[&op], {}, 0}));
        slot = nodes.back().get();
      }
      nodeOf[&op] = slot;
    }
    for (Operation &op : block.without_terminator())
      for (Value operand : op.getOperands())
        if (Operation *def = operand.getDefiningOp())
          if (Node *from = nodeOf.lookup(def); from != nodeOf[&op]) {
            from->users.push_back(nodeOf[&op]);
            ++nodeOf[&op]->pending;
          }
    auto later = [](Node *a, Node *b) { return a->first > b->first; };
    std::priority_queue<Node *, std::vector<Node *>, decltype(later)> ready(later);
    for (auto &node : nodes)
      if (node->pending == 0)
        ready.push(node.get());
    SmallVector<Node *> order;
    while (!ready.empty()) {
      Node *node = ready.top();
      ready.pop();
      order.push_back(node);
      for (Node *user : node->users)
        if (--user->pending == 0)
          ready.push(user);
    }
    assert(order.size() == nodes.size() && "fusion groups must be convex");
    for (Node *node : order) {
      if (node->group)
        outline(*node->group, terminator);
      else
        node->op->moveBefore(terminator);
    }
  }

  /// A kernel of its own, whose results are those that somebody reads.
  static void outlineRoutine(Operation *op) {
    llvm::SetVector<Value> inputs(op->operand_begin(), op->operand_end());
    SmallVector<Value> outputs;
    for (Value result : op->getResults())
      if (!result.use_empty())
        outputs.push_back(result);
    OpBuilder b(op);
    auto fusion = FusionOp::create(b, op->getLoc(), TypeRange(ValueRange(outputs)), inputs.getArrayRef(), "routine");
    Block *body = b.createBlock(&fusion.getBody());
    IRMapping map;
    for (Value input : inputs)
      map.map(input, body->addArgument(input.getType(), input.getLoc()));
    Operation *clone = b.clone(*op, map);
    YieldOp::create(b, op->getLoc(), llvm::map_to_vector(outputs, [&](Value v) {
                      return Value(clone->getResult(cast<OpResult>(v).getResultNumber()));
                    }));
    for (auto [value, result] : llvm::zip_equal(outputs, fusion.getResults()))
      value.replaceAllUsesWith(result);
    op->erase();
  }

  void outline(Group &group, Operation *before) {
    llvm::SmallPtrSet<Operation *, 16> inside(group.ops.begin(), group.ops.end());
    llvm::SetVector<Value> inputs;
    SmallVector<Value> outputs;
    SmallVector<Location> locs;
    // A contraction's own operands come first.
    if (group.contraction)
      for (Operation *op : group.ops)
        if (isa<ContractionOpInterface>(op))
          inputs.insert(op->getOperands().begin(), op->getOperands().end());
    for (Operation *op : group.ops) {
      locs.push_back(op->getLoc());
      for (Value operand : op->getOperands())
        if (!operand.getDefiningOp() || !inside.contains(operand.getDefiningOp()))
          inputs.insert(operand);
      for (Value result : op->getResults())
        if (llvm::any_of(result.getUsers(), [&](Operation *user) { return !inside.contains(user); }))
          outputs.push_back(result);
    }
    OpBuilder b(before);
    Location loc = b.getFusedLoc(locs);
    auto fusion = FusionOp::create(b, loc, TypeRange(ValueRange(outputs)), inputs.getArrayRef(),
                                   group.contraction ? "contraction" : "row");
    Block *body = b.createBlock(&fusion.getBody());
    for (Value input : inputs)
      input.replaceUsesWithIf(body->addArgument(input.getType(), input.getLoc()),
                              [&](OpOperand &use) { return inside.contains(use.getOwner()); });
    for (Operation *op : group.ops)
      op->moveBefore(body, body->end());
    b.setInsertionPointToEnd(body);
    YieldOp::create(b, loc, outputs);
    for (auto [value, result] : llvm::zip_equal(outputs, fusion.getResults()))
      value.replaceUsesWithIf(result, [&](OpOperand &use) { return use.getOwner()->getBlock() != body; });
  }
};

struct FusePass : PassWrapper<FusePass, OperationPass<func::FuncOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(FusePass)
  FusePass(TakesEpilogue takesEpilogue, bool remarks) : takesEpilogue(std::move(takesEpilogue)) {
    this->remarks = remarks;
  }
  FusePass(const FusePass &other) : PassWrapper(other), takesEpilogue(other.takesEpilogue) {}
  StringRef getArgument() const override { return "dlc-fuse"; }
  StringRef getDescription() const override { return "Groups operators into fusions, one kernel each"; }
  Option<bool> remarks{*this, "remarks", llvm::cl::desc("Say why neighbours stay apart"), llvm::cl::init(false)};

  void runOnOperation() override {
    if (getOperation().isDeclaration())
      return;
    // Bodies of control operators are blocks like any other.
    SmallVector<Block *> blocks = {&getOperation().getBody().front()};
    getOperation().walk([&](ControlOpInterface op) {
      for (Region &body : op->getRegions())
        blocks.push_back(&body.front());
    });
    for (Block *block : blocks)
      Fuser(*block, takesEpilogue, remarks).run();
  }
  TakesEpilogue takesEpilogue;
};
} // namespace

std::unique_ptr<Pass> createFusePass(TakesEpilogue takesEpilogue, bool remarks) {
  return std::make_unique<FusePass>(std::move(takesEpilogue), remarks);
}
} // namespace dlc
