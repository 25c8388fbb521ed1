// dlc-recompute-cheap: kernels behind the loss compute elementwise values of the forward part themselves, from fewer
// bytes that are kept. It works on fusions, right after dlc-fuse: which kernels there are is settled, none is added,
// and those whose results nobody reads any more go. A minimum cut (Tape.h) finds what to keep.
#include "ir/Dims.h"
#include "ir/Names.h"
#include "ir/Scalar.h"
#include "ir/Symbols.h"
#include "mlir/IR/IRMapping.h"
#include "passes/FusionGroup.h"
#include "passes/MinCut.h"
#include "passes/Specialize.h"
#include "passes/Tape.h"
#include "passes/Training.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/MapVector.h"

namespace dlc {
namespace {

/// A contraction's rows may be stored in another order: in its fusion, as the last operator.
bool storesInOrder(Operation *op) {
  auto indexed = dyn_cast<IndexedOpInterface>(op);
  return indexed && indexed.getPermutation();
}

bool isView(Operation *op) {
  auto indexed = dyn_cast<IndexedOpInterface>(op);
  return indexed && indexed.isView();
}

/// Arithmetic of an element, of what may be computed once more; nothing for all else.
std::optional<int64_t> flopsOf(Operation *op) {
  if (isSplatConstant(op))
    return 0;
  if (auto scalar = dyn_cast<ScalarExprOpInterface>(op))
    return scalar.getScalarFlops();
  auto indexed = dyn_cast<IndexedOpInterface>(op);
  if (!indexed || indexed.isView() || indexed.getReadsPerElement() > 1)
    return std::nullopt;
  return indexed.repeatsOperands() || op->getNumOperands() == 0 ? 0 : 2;
}

/// One block whose fusions are settled, as a tape of the operators in them up to the loss.
class CheapRepeats {
public:
  /// `last`: the operator that gives the loss. `epilogues`: whether a contraction's kernel computes what it likes.
  CheapRepeats(Block &block, Operation *last, double flopsPerByte, bool epilogues, bool remarks)
      : block(block), last(last), ranges(block.getParentOp()), flopsPerByte(flopsPerByte), epilogues(epilogues),
        remarks(remarks) {}

  void run() {
    readEarly();
    readLate();
    if (tape.ops.empty() || readers.empty())
      return;
    weigh();
    // What a reader cannot compute has to be kept: then the cut is another one.
    while (!tryCut())
      ;
    for (Reader &reader : readers)
      if (reader.made)
        replace(reader);
    removeDead();
  }

private:
  struct Home { // where the tape's values come from
    Operation *op = nullptr;
    Value inner; // in a fusion's body, or the value itself
    FusionOp fusion;
  };
  struct Reader {
    FusionOp fusion;
    llvm::BitVector sinks;        // numbers of its reductions, and of its maps together
    std::unique_ptr<Block> made;  // its new body
    SmallVector<unsigned> inputs; // of that, values of the tape
    SmallVector<Value> others;    // or values behind the loss, where the tape has none: ~0u
  };
  static constexpr unsigned none = ~0u;

  Block &block;
  Operation *last;
  SymbolRanges ranges;
  double flopsPerByte;
  bool epilogues, remarks;
  Tape tape;
  std::vector<Home> homes;             // of the tape's values
  std::vector<Operation *> ops;        // of the tape
  std::vector<unsigned> by;            // which operator gives a value
  std::vector<bool> repeatable, again; // of operators
  std::vector<bool> drawn;             // of values: made of few numbers
  DenseMap<Value, unsigned> numbers;
  std::vector<Reader> readers;
  std::vector<llvm::BitVector> sinksOf; // of values
  unsigned sinkCount = 0;
  std::string why; // the body of a reader is not possible

  int64_t bytesOf(Value v) const {
    auto type = cast<RankedTensorType>(v.getType());
    return ranges.typical(elementCount(type)) * Scalar::storageType(type.getElementType()).getIntOrFloatBitWidth() / 8;
  }
  unsigned add(Value v, int64_t bytes, Home home) {
    auto number = static_cast<unsigned>(tape.values.size());
    numbers[v] = number;
    tape.values.push_back({bytes, number});
    homes.push_back(home);
    by.push_back(none);
    drawn.push_back(false);
    return number;
  }
  /// Values of weights, inputs and states lie somewhere in any case.
  unsigned numberOf(Value v) {
    auto it = numbers.find(v);
    return it != numbers.end() ? it->second : add(v, 0, {nullptr, v, {}});
  }
  void addOp(Operation *op, FusionOp fusion, llvm::function_ref<int64_t(Value)> bytes) {
    TapeOp made;
    // Random numbers, and what comes of them alone, as a dropout's mask, are computed wherever they are asked for.
    bool isDrawn = true;
    for (Value operand : op->getOperands()) {
      made.reads.push_back(numberOf(operand));
      isDrawn &= drawn[made.reads.back()] || isFew(operand);
    }
    made.view = !fusion && isView(op);
    auto flops = flopsOf(op);
    made.repeatable = fusion && flops;
    for (Value result : op->getResults()) {
      unsigned number = add(result, made.view ? 0 : bytes(result), {op, result, fusion});
      by[number] = static_cast<unsigned>(tape.ops.size());
      made.gives.push_back(number);
      if (made.view)
        tape.values[number].root = tape.values[made.reads[0]].root;
      drawn[number] = isDrawn && made.repeatable;
      if (made.repeatable && !isDrawn)
        made.cost += static_cast<double>(*flops * ranges.typical(elementCount(result.getType()))) / flopsPerByte;
    }
    repeatable.push_back(made.repeatable);
    ops.push_back(op);
    tape.ops.push_back(std::move(made));
  }

  void readEarly() {
    for (Operation &op : block) {
      auto fusion = dyn_cast<FusionOp>(op);
      if (!fusion) {
        bool lies = isa<GetWeightOp>(op) || op.hasTrait<OpTrait::ConstantLike>();
        if (&op != block.getTerminator())
          addOp(&op, {}, [&](Value v) { return lies ? 0 : bytesOf(v); });
      } else {
        Block &body = fusion.getBody().front();
        for (auto [inner, outer] : llvm::zip_equal(body.getArguments(), fusion.getInputs()))
          numbers[inner] = numberOf(outer);
        SmallVector<Operation *> inside =
            llvm::map_to_vector(body.without_terminator(), [](Operation &o) { return &o; });
        SmallVector<Value> results(body.getTerminator()->getOperands());
        std::string why;
        std::optional<RowSpace> space;
        if (fusion.getKind() == "row")
          space = analyzeRow(inside, [&](Value v) { return llvm::is_contained(results, v); }, why);
        // Kernels can give each of these; a contraction's its epilogue's, where that is not stored in another order.
        SmallVector<AffineExpr> epilogue;
        for (Operation *o : inside)
          if (isa<ContractionOpInterface>(o) && epilogues &&
              getDims(results[0].getType()) == getDims(o->getResult(0).getType()))
            epilogue = getDims(o->getResult(0).getType());
        if (llvm::any_of(inside, storesInOrder))
          epilogue.clear();
        for (Operation *o : inside)
          addOp(o, fusion, [&](Value v) {
            auto dims = getDims(v.getType());
            bool fits = space ? dims == space->shape || (space->hasReduction && dims == space->keptShape())
                              : isa<ScalarExprOpInterface>(o) && !epilogue.empty() && dims == epilogue;
            return fits || llvm::is_contained(results, v) ? bytesOf(v) : MinCut::infinite;
          });
        for (auto [inner, outer] : llvm::zip_equal(results, fusion.getResults()))
          numbers[outer] = numbers[inner];
      }
      if (&op == last)
        break;
    }
    // What lies in memory in another shape, or as a part, is not computed elsewhere.
    for (size_t i = 0; i < ops.size(); ++i)
      if (!homes[tape.ops[i].gives.empty() ? 0 : tape.ops[i].gives[0]].fusion)
        for (unsigned v : tape.ops[i].reads)
          keep(v);
  }

  /// The value has to be there: it is not computed again.
  void keep(unsigned v) {
    v = tape.values[v].root;
    if (by[v] != none)
      repeatable[by[v]] = false;
  }

  void readLate() {
    for (Operation *op = last->getNextNode(); op; op = op->getNextNode()) {
      TapeOp read; // stands for the reader: what it gives is never asked for
      for (Value operand : op->getOperands())
        if (auto it = numbers.find(operand); it != numbers.end())
          read.reads.push_back(it->second);
      if (read.reads.empty())
        continue;
      auto fusion = dyn_cast<FusionOp>(op);
      if (!fusion || fusion.getKind() == "routine" || (fusion.getKind() == "contraction" && !epilogues))
        llvm::for_each(read.reads, [&](unsigned v) { keep(v); });
      else
        readers.push_back({fusion, {}, nullptr, {}, {}});
      // Factors come from memory.
      if (fusion)
        for (Operation &inner : fusion.getBody().front())
          if (isa<ContractionOpInterface>(inner))
            for (Value operand : inner.getOperands())
              if (auto argument = dyn_cast<BlockArgument>(operand))
                if (auto it = numbers.find(fusion.getInputs()[argument.getArgNumber()]); it != numbers.end())
                  keep(it->second);
      tape.ops.push_back(std::move(read));
    }
    // What leaves the block lies where its results are.
    for (Value v : block.getTerminator()->getOperands())
      if (auto it = numbers.find(v); it != numbers.end()) {
        tape.kept.push_back(it->second);
        keep(it->second);
        tape.values[tape.values[it->second].root].bytes = 0;
      }
  }

  /// How often each value is computed where it is computed again: once in each pass of a kernel over its rows.
  void weigh() {
    std::vector<std::pair<unsigned, unsigned>> reached; // value, sink
    for (Reader &reader : readers) {
      Block &body = reader.fusion.getBody().front();
      DenseMap<Value, llvm::SmallSetVector<unsigned, 4>> ends;
      unsigned maps = sinkCount++;
      for (Value v : body.getTerminator()->getOperands())
        if (!isa_and_nonnull<ReductionOpInterface>(v.getDefiningOp()))
          ends[v].insert(maps);
      for (Operation &op : llvm::reverse(body.without_terminator())) {
        llvm::SmallSetVector<unsigned, 4> all;
        if (isa<ReductionOpInterface>(op))
          all.insert(sinkCount++);
        else
          for (Value result : op.getResults())
            all.insert_range(ends[result]);
        for (Value operand : op.getOperands())
          ends[operand].insert_range(all);
      }
      for (auto [inner, outer] : llvm::zip_equal(body.getArguments(), reader.fusion.getInputs()))
        if (auto it = numbers.find(outer); it != numbers.end())
          for (unsigned sink : ends[inner])
            reached.push_back({it->second, sink});
    }
    sinksOf.assign(tape.values.size(), llvm::BitVector(sinkCount));
    for (auto [v, sink] : reached)
      sinksOf[v].set(sink);
    for (size_t i = ops.size(); i-- > 0;)
      if (repeatable[i])
        for (unsigned read : tape.ops[i].reads)
          for (unsigned given : tape.ops[i].gives)
            sinksOf[read] |= sinksOf[given];
    // What nothing else needs is computed there only.
    std::vector<bool> alive(tape.values.size());
    for (size_t i = ops.size(); i-- > 0;)
      if (!repeatable[i] || llvm::any_of(tape.ops[i].gives, [&](unsigned v) { return alive[v]; }))
        for (unsigned v : tape.ops[i].reads)
          alive[v] = true;
    for (size_t i = 0; i < ops.size(); ++i) {
      if (!repeatable[i])
        continue;
      unsigned given = tape.ops[i].gives[0];
      auto times = static_cast<double>(sinksOf[given].count());
      tape.ops[i].cost *= std::max(0.0, times - (alive[given] ? 0 : 1));
    }
  }

  bool tryCut() {
    auto boundary = static_cast<unsigned>(ops.size() - 1);
    again.assign(ops.size(), false);
    for (unsigned op : cutRepeats(tape, boundary, 1, repeatable))
      again[op] = !tape.ops[op].view;
    bool good = true;
    for (Reader &reader : readers)
      if (!prepare(reader))
        good = false;
    return good;
  }
  bool isAgain(unsigned v) const { return by[v] != none && again[by[v]]; }

  /// A body of its own for the reader, in which what comes again is computed. Where that cannot be, it is kept.
  bool prepare(Reader &reader) {
    reader.made.reset();
    reader.inputs.clear();
    reader.others.clear();
    Block &old = reader.fusion.getBody().front();
    SmallVector<unsigned> pulled; // values that are inputs now
    for (Value input : reader.fusion.getInputs())
      if (auto it = numbers.find(input); it != numbers.end() && isAgain(it->second))
        pulled.push_back(it->second);
    if (pulled.empty())
      return true;
    SmallVector<unsigned> refused; // operators that its kernel cannot compute; none: nobody knows which
    if (build(reader, old, refused))
      return true;
    if (remarks)
      reader.fusion->emitRemark() << "recompute: '" << nodeName(reader.fusion)
                                  << "' reads what is kept for it: " << why;
    reader.made.reset();
    for (unsigned op : refused)
      llvm::for_each(tape.ops[op].gives, [&](unsigned v) { keep(v); });
    if (refused.empty())
      llvm::for_each(pulled, [&](unsigned v) { keep(v); });
    return false;
  }

  bool build(Reader &reader, Block &old, SmallVectorImpl<unsigned> &refused) {
    reader.made = std::make_unique<Block>();
    Block &made = *reader.made;
    DenseMap<unsigned, Value> valueOf;
    IRMapping map;
    llvm::SmallSetVector<unsigned, 16> slice; // operators that come again
    SmallVector<unsigned> work, leaves;
    auto visit = [&](unsigned v) {
      if (!isAgain(v))
        leaves.push_back(v);
      else if (slice.insert(by[v]))
        work.push_back(by[v]);
    };
    auto addInput = [&](unsigned number, Value other, Type type, Location loc) {
      reader.inputs.push_back(number);
      reader.others.push_back(other);
      return made.addArgument(type, loc);
    };
    for (auto [inner, outer] : llvm::zip_equal(old.getArguments(), reader.fusion.getInputs())) {
      auto it = numbers.find(outer);
      if (it != numbers.end() && isAgain(it->second)) {
        visit(it->second);
        continue;
      }
      Value argument = addInput(it == numbers.end() ? none : it->second, outer, inner.getType(), inner.getLoc());
      map.map(inner, argument);
      if (it != numbers.end())
        valueOf[it->second] = argument;
    }
    while (!work.empty()) {
      unsigned op = work.pop_back_val();
      for (unsigned v : tape.ops[op].reads)
        visit(v);
    }
    for (unsigned v : leaves)
      if (!valueOf.contains(v))
        valueOf[v] = addInput(v, {}, homes[v].inner.getType(), homes[v].inner.getLoc());
    SmallVector<unsigned> order = llvm::to_vector(slice);
    llvm::sort(order);
    OpBuilder b(block.getParentOp()->getContext());
    b.setInsertionPointToEnd(&made);
    SmallVector<Operation *> copies;
    for (unsigned op : order) {
      IRMapping inner;
      for (auto [operand, number] : llvm::zip_equal(ops[op]->getOperands(), tape.ops[op].reads))
        inner.map(operand, valueOf.lookup(number));
      copies.push_back(b.clone(*ops[op], inner));
      for (auto [number, result] : llvm::zip_equal(tape.ops[op].gives, copies.back()->getResults()))
        valueOf[number] = result;
    }
    for (auto [inner, outer] : llvm::zip_equal(old.getArguments(), reader.fusion.getInputs()))
      if (auto it = numbers.find(outer); it != numbers.end() && isAgain(it->second))
        map.map(inner, valueOf.lookup(it->second));
    for (Operation &op : old)
      b.clone(op, map);
    if (reader.fusion.getKind() == "row")
      return isRow(made);
    for (auto [op, copy] : llvm::zip_equal(order, copies))
      if (!isEpilogue(made, copy))
        refused.push_back(op);
    return refused.empty();
  }

  bool isRow(Block &made) {
    auto inside = llvm::map_to_vector(made.without_terminator(), [](Operation &op) { return &op; });
    SmallVector<Value> results(made.getTerminator()->getOperands());
    return analyzeRow(inside, [&](Value v) { return llvm::is_contained(results, v); }, why).has_value();
  }

  bool isEpilogue(Block &made, Operation *copy) {
    why = "its contraction's kernel computes no such epilogue";
    auto root = llvm::find_if(made, [](Operation &op) { return isa<ContractionOpInterface>(op); });
    return root != made.end() && !storesInOrder(copy) &&
           standsInEpilogue(copy, &*root, [&](Operation *op) { return op->getBlock() == &made; });
  }

  /// The value outside of fusions; a fusion that has not given it so far does from now on.
  Value outside(unsigned v) {
    Home &home = homes[v];
    if (!home.fusion)
      return home.inner;
    Operation *yield = home.fusion.getBody().front().getTerminator();
    for (auto [inner, outer] : llvm::zip_equal(yield->getOperands(), home.fusion.getResults()))
      if (inner == home.inner)
        return outer;
    yield->insertOperands(yield->getNumOperands(), home.inner);
    FusionOp old = home.fusion;
    OpBuilder b(old);
    auto made = FusionOp::create(b, old.getLoc(), yield->getOperandTypes(), old.getInputs(), old.getKind());
    made.getBody().takeBody(old.getBody());
    for (auto [before, after] : llvm::zip(old.getResults(), made.getResults()))
      before.replaceAllUsesWith(after);
    for (Home &other : homes)
      if (other.fusion == old)
        other.fusion = made;
    for (Reader &reader : readers)
      for (Value &other : reader.others)
        if (other && other.getDefiningOp() == old.getOperation())
          other = made.getResult(cast<OpResult>(other).getResultNumber());
    old.erase();
    return made.getResults().back();
  }

  void replace(Reader &reader) {
    for (auto [number, other] : llvm::zip_equal(reader.inputs, reader.others))
      if (!other)
        outside(number); // may take the place of a fusion: values are asked for once all are there
    SmallVector<Value> inputs;
    for (auto [number, other] : llvm::zip_equal(reader.inputs, reader.others))
      inputs.push_back(other ? other : outside(number));
    FusionOp old = reader.fusion;
    if (remarks)
      old->emitRemark() << "recompute: '" << nodeName(old) << "' computes values of the forward part itself";
    OpBuilder b(old);
    auto made = FusionOp::create(b, old.getLoc(), old.getResultTypes(), inputs, old.getKind());
    made.getBody().push_back(reader.made.release());
    for (auto [before, after] : llvm::zip_equal(old.getResults(), made.getResults())) {
      before.replaceAllUsesWith(after);
      for (Reader &other : readers)
        for (Value &v : other.others)
          if (v == before)
            v = after;
    }
    old.erase();
    reader.fusion = made;
  }

  /// Results that nobody reads any more, operators, inputs, and fusions.
  void removeDead() {
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block))) {
      if (isOpTriviallyDead(&op)) {
        op.erase();
        continue;
      }
      auto fusion = dyn_cast<FusionOp>(op);
      if (!fusion || llvm::none_of(fusion.getResults(), [](Value v) { return v.use_empty(); }))
        continue;
      Block &body = fusion.getBody().front();
      Operation *yield = body.getTerminator();
      SmallVector<Value> results;
      llvm::BitVector dead(fusion.getNumResults());
      for (OpResult result : fusion.getResults()) {
        if (result.use_empty())
          dead.set(result.getResultNumber());
        else
          results.push_back(result);
      }
      yield->eraseOperands(dead);
      for (Operation *inner = yield->getPrevNode(); inner;) {
        Operation *before = inner->getPrevNode();
        if (isOpTriviallyDead(inner))
          inner->erase();
        inner = before;
      }
      SmallVector<Value> inputs;
      llvm::BitVector unread(body.getNumArguments());
      for (auto [argument, input] : llvm::zip_equal(body.getArguments(), fusion.getInputs())) {
        if (argument.use_empty())
          unread.set(argument.getArgNumber());
        else
          inputs.push_back(input);
      }
      body.eraseArguments(unread);
      OpBuilder b(fusion);
      auto made = FusionOp::create(b, fusion.getLoc(), TypeRange(ValueRange(results)), inputs, fusion.getKind());
      made.getBody().takeBody(fusion.getBody());
      for (auto [before, after] : llvm::zip_equal(results, made.getResults()))
        before.replaceAllUsesWith(after);
      fusion.erase();
    }
  }
};

/// Bytes that live at one time, as far as fusions tell.
int64_t peakOf(Block &block, const SymbolRanges &ranges) {
  Tape tape;
  DenseMap<Value, unsigned> numbers;
  auto add = [&](Value v, bool stored) {
    auto type = cast<RankedTensorType>(v.getType());
    int64_t bits = Scalar::storageType(type.getElementType()).getIntOrFloatBitWidth();
    numbers[v] = static_cast<unsigned>(tape.values.size());
    tape.values.push_back({stored ? ranges.typical(elementCount(type)) * bits / 8 : 0, numbers[v]});
  };
  for (BlockArgument argument : block.getArguments())
    add(argument, false);
  for (Operation &op : block.without_terminator()) {
    TapeOp made;
    for (Value operand : op.getOperands())
      made.reads.push_back(numbers.at(operand));
    made.view = isView(&op);
    for (Value result : op.getResults()) {
      add(result, !made.view && !isa<GetWeightOp>(op) && !op.hasTrait<OpTrait::ConstantLike>());
      made.gives.push_back(numbers[result]);
      if (made.view)
        tape.values.back().root = tape.values[made.reads[0]].root;
    }
    tape.ops.push_back(std::move(made));
  }
  for (Value v : block.getTerminator()->getOperands())
    tape.values[tape.values[numbers.at(v)].root].bytes = 0;
  Repeats way;
  if (!tape.ops.empty())
    simulate(tape, way);
  return way.peak;
}

struct RecomputeCheapPass : PassWrapper<RecomputeCheapPass, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(RecomputeCheapPass)
  RecomputeCheapPass() = default;
  RecomputeCheapPass(const RecomputeCheapPass &other) : PassWrapper(other) {}
  RecomputeCheapPass(double flops, bool epilogues, bool remarks) {
    flopsPerByte = flops;
    this->epilogues = epilogues;
    this->remarks = remarks;
  }
  StringRef getArgument() const override { return "dlc-recompute-cheap"; }
  StringRef getDescription() const override { return "The backward part computes cheap forward values itself"; }

  void runOnOperation() override {
    auto main = findMain(getOperation());
    if (failed(main))
      return signalPassFailure();
    // A step of training gives a loss, and new states or gradients.
    auto isStep = [&](unsigned i) {
      return main->getResultAttr(i, "dlc.state") || main->getResultAttr(i, "dlc.gradient");
    };
    if (main->getNumResults() < 2 || !isFloat(main->getResultTypes()[0]) || !isStep(1) ||
        cast<RankedTensorType>(main->getResultTypes()[0]).getRank() != 0)
      return;
    visit(main->front(), {main->front().getTerminator()->getOperand(0)});
  }

  Option<double> flopsPerByte{*this, "flops-per-byte", llvm::cl::desc("Arithmetic that is as long as moving a byte"),
                              llvm::cl::init(2)};
  Option<bool> epilogues{*this, "epilogues", llvm::cl::desc("Contractions' kernels compute any epilogue"),
                         llvm::cl::init(false)};
  Option<bool> remarks{*this, "remarks", llvm::cl::desc("Say which kernels do"), llvm::cl::init(false)};

private:
  /// `roots`: values of the block that the loss comes from.
  void visit(Block &block, ArrayRef<Value> roots) {
    llvm::SetVector<Value> seen(roots.begin(), roots.end());
    Operation *last = nullptr;
    for (size_t i = 0; i < seen.size(); ++i) {
      Operation *def = seen[i].getDefiningOp();
      if (!def)
        continue;
      if (!last || last->isBeforeInBlock(def))
        last = def;
      seen.insert(def->operand_begin(), def->operand_end());
    }
    if (!last)
      return;
    // Steps of a loop over parts of a batch: the loss is a number in each.
    for (auto control : block.getOps<ControlOpInterface>())
      for (OpResult result : control->getResults())
        if (seen.contains(result) && isFloat(result) && cast<RankedTensorType>(result.getType()).getRank() == 0)
          for (Region &region : control->getRegions())
            visit(region.front(), {region.front().getTerminator()->getOperand(result.getResultNumber())});
    reduce(block, last);
  }

  void reduce(Block &block, Operation *last) {
    SymbolRanges ranges(getOperation());
    int64_t before = peakOf(block, ranges);
    // The old block waits beside the new one until it is known which is better.
    Region aside;
    IRMapping map;
    block.getParent()->cloneInto(&aside, map);
    CheapRepeats(block, last, flopsPerByte, epilogues, remarks).run();
    if (peakOf(block, ranges) > before)
      block.getParent()->takeBody(aside);
  }
};
} // namespace

std::unique_ptr<Pass> createRecomputeCheapPass(double flopsPerByte, bool epilogues, bool remarks) {
  return std::make_unique<RecomputeCheapPass>(flopsPerByte, epilogues, remarks);
}
} // namespace dlc
