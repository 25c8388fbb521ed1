// dlc-recompute: where a plan needs more memory than there may be, launches run a second time for what reads their
// results late, in place of keeping these. Kernels stay as they are, and so do the bits. Tape.h finds out which
// launches pay; each way is planned, and the cheapest that fits is taken: the list of ways does not depend on the
// limit, so that less memory never means a larger plan.
#include "ir/Dims.h"
#include "ir/Names.h"
#include "ir/Scalar.h"
#include "passes/Planner.h"
#include "passes/Specialize.h"
#include "passes/Tape.h"
#include "passes/Training.h"

namespace dlc {
namespace {
/// A launch is as long as moving its bytes takes, and a byte as long as so many operations.
constexpr double flopsPerByte = 10;

std::string sizeText(int64_t bytes) {
  const char *units[] = {"B", "kB", "MB", "GB", "TB"};
  auto value = static_cast<double>(bytes);
  unsigned unit = 0;
  for (; value >= 1000 && unit + 1 < std::size(units); ++unit)
    value /= 1000;
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format(unit == 0    ? "%.0f "
                                                 : value < 10 ? "%.2f "
                                                              : "%.1f ",
                                                 value)
                                 << units[unit];
  return text;
}

std::string nameOf(Operation *op) { return ("'" + nodeName(op) + "'").str(); }

/// States (in a loop's body: carried values) that have a new value up to `last`, with that value.
DenseMap<Value, Value> statesWrittenBy(Block &block, func::FuncOp main, Operation *last) {
  DenseMap<Value, Value> written;
  auto *terminator = block.getTerminator();
  auto add = [&](BlockArgument argument, Value value) {
    Operation *def = value.getDefiningOp();
    if (def && !last->isBeforeInBlock(def))
      written[argument] = value;
  };
  if (block.getParentOp() == main) {
    for (auto [i, v] : llvm::enumerate(terminator->getOperands()))
      if (auto state = main.getResultAttrOfType<FlatSymbolRefAttr>(i, "dlc.state"))
        for (BlockArgument argument : block.getArguments())
          if (main.getArgAttrOfType<FlatSymbolRefAttr>(argument.getArgNumber(), "dlc.state") == state)
            add(argument, v);
  } else if (Control control = cast<ControlOpInterface>(block.getParentOp()).getControl(); control.loop) {
    for (unsigned i = 0; i < control.carried; ++i)
      add(block.getArgument(i), terminator->getOperand(i));
  }
  return written;
}

/// A block of launches as a tape; its operators are the block's, the terminator left out.
class BlockTape {
public:
  BlockTape(Block &block, const SymbolRanges &ranges, func::FuncOp main) : block(block), ranges(ranges), main(main) {
    for (BlockArgument argument : block.getArguments())
      add(argument, 0);
    for (Operation &op : block.without_terminator())
      add(op);
    for (Value v : block.getTerminator()->getOperands())
      tape.kept.push_back(numbers[v]);
    // What leaves the block lies where its results are, not in the arena.
    for (unsigned v : tape.kept)
      tape.values[tape.values[v].root].bytes = 0;
  }

  Tape tape;
  SmallVector<Operation *> ops;

  /// The last operator that the function's first result, the loss, comes from; else where most lives.
  unsigned boundary() const {
    if (block.getParentOp() != main || block.getTerminator()->getNumOperands() == 0)
      return fullestPoint(tape);
    llvm::SmallPtrSet<Operation *, 32> seen;
    SmallVector<Operation *> work;
    auto visit = [&](Value v) {
      if (Operation *def = v.getDefiningOp(); def && seen.insert(def).second)
        work.push_back(def);
    };
    visit(block.getTerminator()->getOperand(0));
    Operation *last = nullptr;
    while (!work.empty()) {
      Operation *op = work.pop_back_val();
      if (!last || last->isBeforeInBlock(op))
        last = op;
      llvm::for_each(op->getOperands(), visit);
    }
    auto it = llvm::find(ops, last);
    return it == ops.end() ? fullestPoint(tape) : static_cast<unsigned>(it - ops.begin());
  }

  Value valueOf(unsigned number) const { return values[number]; }

private:
  Block &block;
  const SymbolRanges &ranges;
  func::FuncOp main;
  DenseMap<Value, unsigned> numbers;
  SmallVector<Value> values;

  int64_t bytesOf(Value v) const {
    auto type = cast<RankedTensorType>(v.getType());
    return ranges.most(elementCount(type)) * Scalar::storageType(type.getElementType()).getIntOrFloatBitWidth() / 8;
  }
  void add(Value v, int64_t bytes) {
    auto number = static_cast<unsigned>(tape.values.size());
    numbers[v] = number;
    values.push_back(v);
    tape.values.push_back({bytes, number});
  }

  void add(Operation &op) {
    TapeOp made;
    for (Value operand : op.getOperands())
      made.reads.push_back(numbers[operand]);
    auto launch = dyn_cast<LaunchOp>(op);
    auto indexed = dyn_cast<IndexedOpInterface>(op);
    made.view = (indexed && indexed.isView()) || isa<FoundOp>(op);
    for (auto [i, result] : llvm::enumerate(op.getResults())) {
      bool stored = launch || isa<ControlOpInterface>(op) || (indexed && indexed.getPlaces());
      add(result, stored ? bytesOf(result) : 0);
      made.gives.push_back(numbers[result]);
      if (made.view)
        tape.values.back().root = tape.values[made.reads[i]].root;
    }
    // Parts that lie side by side are one block of memory.
    if (indexed && !made.view && indexed.getPlaces())
      for (unsigned part : made.reads)
        for (TapeValue &value : tape.values)
          if (unsigned old = tape.values[part].root; value.root == old && tape.values[old].bytes)
            value.root = made.gives[0];
    if (launch) {
      Operation *kernel = lookupKernel(launch, launch.getKernel());
      auto flops = kernel->getAttrOfType<IntegerAttr>("dlc.flops");
      made.cost = flops ? static_cast<double>(flops.getInt()) / flopsPerByte : 0;
      for (ValueRange list : {ValueRange(op.getOperands()), ValueRange(op.getResults())})
        for (Value v : list)
          made.cost += static_cast<double>(bytesOf(v));
      made.cost = std::max(made.cost, 1.0);
      made.repeatable = true;
    }
    ops.push_back(&op);
    tape.ops.push_back(std::move(made));
  }

public:
  /// Without what cannot be computed again for what lies behind the boundary: what reads a state whose new value is
  /// there before, unless nothing that is read of it depends on the state.
  Tape tapeFor(unsigned boundary) const {
    Tape marked = tape;
    auto changed = statesWrittenBy(block, main, ops[boundary]);
    for (auto [op, entry] : llvm::zip_equal(ops, marked.ops))
      for (OpOperand &operand : op->getOpOperands())
        if (Value root = values[tape.values[numbers.lookup(operand.get())].root];
            changed.contains(root) && !isApart(op, operand.getOperandNumber()))
          entry.repeatable = false;
    return marked;
  }

private:
  /// Whether no result that is read in the block depends on the operand.
  static bool isApart(Operation *op, unsigned operand) {
    auto pairs = op->getAttrOfType<ArrayAttr>("dlc.apart");
    return llvm::all_of(op->getResults(), [&](OpResult result) {
      auto reads = [](Operation *user) { return !user->hasTrait<OpTrait::IsTerminator>(); };
      return llvm::none_of(result.getUsers(), reads) ||
             (pairs && llvm::any_of(pairs, [&](Attribute pair) {
                auto p = cast<ArrayAttr>(pair);
                return cast<IntegerAttr>(p[0]).getInt() == operand &&
                       cast<IntegerAttr>(p[1]).getInt() == result.getResultNumber();
              }));
    });
  }
};

/// Main's block, then bodies of control flow in the order of a walk.
SmallVector<Block *> blocksOf(func::FuncOp main) {
  SmallVector<Block *> blocks = {&main.getBody().front()};
  main.walk<WalkOrder::PreOrder>([&](ControlOpInterface op) {
    for (Region &body : op->getRegions())
      blocks.push_back(&body.front());
  });
  return blocks;
}

/// Runs launches of a block again. `visit` sees each and its copy.
void repeat(func::FuncOp main, size_t number, const Repeats &way,
            llvm::function_ref<void(Operation *, Operation *)> visit) {
  if (way.ops.empty())
    return;
  Block &block = *blocksOf(main)[number];
  SmallVector<Operation *> ops;
  for (Operation &op : block.without_terminator())
    ops.push_back(&op);
  Operation *boundary = ops[way.boundary];
  auto changed = statesWrittenBy(block, main, boundary);
  for (unsigned repeated : llvm::reverse(way.ops)) {
    Operation *op = ops[repeated], *first = nullptr;
    SmallVector<OpOperand *> late;
    for (OpOperand &use : op->getUses()) {
      Operation *user = use.getOwner();
      if (user == block.getTerminator() || !boundary->isBeforeInBlock(user))
        continue;
      late.push_back(&use);
      if (!first || user->isBeforeInBlock(first))
        first = user;
    }
    if (!first)
      continue;
    Operation *again = OpBuilder(first).clone(*op);
    for (OpOperand *use : late)
      use->set(again->getResult(cast<OpResult>(use->get()).getResultNumber()));
    // What is read of its results does not depend on a state that has changed: what lies there now serves.
    for (OpOperand &operand : again->getOpOperands())
      if (auto it = changed.find(operand.get()); it != changed.end())
        operand.set(it->second);
    visit(op, again);
  }
}

struct RecomputePass : PassWrapper<RecomputePass, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(RecomputePass)
  RecomputePass() = default;
  RecomputePass(const RecomputePass &other) : PassWrapper(other) {}
  explicit RecomputePass(int64_t bytes) { limit = bytes; }
  StringRef getArgument() const override { return "dlc-recompute"; }
  StringRef getDescription() const override { return "Computes again what a memory limit does not let be kept"; }

  void runOnOperation() override {
    auto main = findMain(getOperation());
    if (failed(main) || (limit > 0 && failed(fit(*main))))
      signalPassFailure();
  }

  Option<int64_t> limit{*this, "limit", llvm::cl::desc("Bytes that a run may take; 0: any number"), llvm::cl::init(0)};

private:
  /// The arena of a plan in which these launches run again, -1 where it cannot be planned. The module stays as it is.
  int64_t arenaOf(func::FuncOp main, size_t block, const Repeats &way, int64_t goal) {
    OpBuilder b(main);
    auto trial = cast<func::FuncOp>(b.clone(*main));
    trial.setName((main.getName() + ".trial").str());
    repeat(trial, block, way, [](Operation *, Operation *) {});
    auto target = getOperation()->getAttrOfType<TargetAttr>("dlc.target");
    if (!target)
      target = TargetAttr::get(&getContext(), "cpu", "x86-64-v3");
    FailureOr<int64_t> bytes = Planner(trial, target).measure(goal);
    trial.erase();
    return succeeded(bytes) ? *bytes : -1;
  }

  /// Bytes of what a plan names besides its arena.
  static int64_t outside(func::FuncOp main, const SymbolRanges &ranges) {
    int64_t bytes = 0;
    auto add = [&](Type type) {
      auto tensor = cast<RankedTensorType>(type);
      bytes +=
          ranges.most(elementCount(tensor)) * Scalar::storageType(tensor.getElementType()).getIntOrFloatBitWidth() / 8;
    };
    llvm::for_each(main.getArgumentTypes(), add);
    for (unsigned i = 0; i < main.getNumResults(); ++i)
      if (!main.getResultAttr(i, "dlc.state"))
        add(main.getResultTypes()[i]);
    llvm::SmallDenseSet<StringAttr> weights;
    main.walk([&](GetWeightOp get) {
      if (weights.insert(get.getWeightAttr().getAttr()).second)
        add(get.getResult().getType());
    });
    return bytes;
  }

  LogicalResult fit(func::FuncOp main) {
    SymbolRanges ranges(getOperation());
    int64_t fixed = outside(main, ranges), room = limit - fixed;
    int64_t plain = arenaOf(main, 0, {}, room);
    if (plain < 0)
      return failure();
    if (plain <= room)
      return success();

    // The block in which most lives.
    SmallVector<Block *> blocks = blocksOf(main);
    size_t number = 0;
    std::vector<std::unique_ptr<BlockTape>> tapes;
    int64_t most = -1;
    for (auto [i, block] : llvm::enumerate(blocks)) {
      tapes.push_back(std::make_unique<BlockTape>(*block, ranges, main));
      Repeats none;
      if (!tapes[i]->ops.empty())
        simulate(tapes[i]->tape, none);
      if (none.peak > most) {
        most = none.peak;
        number = i;
      }
    }
    BlockTape &chosen = *tapes[number];
    unsigned boundary = chosen.boundary();
    Tape tape = chosen.tapeFor(boundary);
    std::vector<Repeats> ways = waysToRepeat(tape, {boundary});
    int64_t smallest = plain;
    Repeats *best = &ways[0];
    for (Repeats &way : ways) {
      // What the rest of the plan takes is not in `bound`: it can only be more.
      if (way.ops.empty() || way.bound > room)
        continue;
      int64_t arena = arenaOf(main, number, way, room);
      if (arena >= 0 && arena <= room) {
        apply(main, number, way, plain, arenaOf(main, number, way, 0));
        return success();
      }
      if (arena >= 0 && arena < smallest) {
        smallest = arena;
        best = &way;
      }
    }
    // Nothing fits: those that could not be tried may still be the smallest.
    for (size_t i = ways.size(), tried = 0; i-- > 1 && tried < 4; ++tried)
      if (ways[i].bound > room)
        if (int64_t arena = arenaOf(main, number, ways[i], 0); arena >= 0 && arena < smallest) {
          smallest = arena;
          best = &ways[i];
        }
    return refuse(main, chosen, tape, *best, fixed, smallest);
  }

  void apply(func::FuncOp main, size_t block, const Repeats &way, int64_t before, int64_t after) {
    main.emitRemark() << "recompute: " << way.ops.size() << " launches run again for the way back: an arena of "
                      << sizeText(after) << " in place of " << sizeText(before);
    repeat(main, block, way, [&](Operation *op, Operation *again) {
      if (!isa<LaunchOp>(op))
        return;
      Operation *reader = *again->getUsers().begin();
      for (Operation *user : again->getUsers())
        if (user->isBeforeInBlock(reader))
          reader = user;
      op->emitRemark() << "recompute: " << nameOf(op) << " is computed again for " << nameOf(reader);
    });
  }

  LogicalResult refuse(func::FuncOp main, BlockTape &block, const Tape &tape, Repeats way, int64_t fixed,
                       int64_t smallest) {
    std::vector<unsigned> largest;
    if (!block.ops.empty())
      simulate(tape, way, &largest);
    auto error = emitError(main.getLoc(), "the memory limit of ")
                 << sizeText(limit) << " is below what a run needs: " << sizeText(fixed)
                 << " of weights, states, inputs and outputs, and an arena of at least " << sizeText(smallest)
                 << "; the least that will do is " << llvm::divideCeil(uint64_t(fixed + smallest), uint64_t(1000))
                 << " kB";
    if (way.ops.size())
      error << " (with " << way.ops.size() << " launches that run twice)";
    if (!largest.empty()) {
      error << "; what fills it where it is fullest: ";
      for (size_t i = 0; i < std::min<size_t>(3, largest.size()); ++i) {
        Value v = block.valueOf(largest[i]);
        error << (i ? ", " : "") << (v.getDefiningOp() ? nameOf(v.getDefiningOp()) : "an argument") << " ("
              << sizeText(tape.values[largest[i]].bytes) << ")";
      }
    }
    if (limit > fixed) {
      error << "; a batch of about 1/" << (smallest + limit - fixed - 1) / (limit - fixed) << " of this one would fit";
      auto isState = [&](unsigned i) { return bool(main.getResultAttr(i, "dlc.state")); };
      if (llvm::any_of(llvm::seq(0u, main.getNumResults()), isState))
        error << ", or as many parts of it with --accumulate";
    }
    return failure();
  }
};
} // namespace

std::unique_ptr<Pass> createRecomputePass(int64_t limit) { return std::make_unique<RecomputePass>(limit); }
} // namespace dlc
