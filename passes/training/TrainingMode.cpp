// dlc-training-mode: operators that do something else in a step of training do it: statistics of the batch, random
// numbers of their own for each step. What they change without a gradient becomes state.
#include "ir/Build.h"
#include "ir/Follows.h"
#include "passes/Specialize.h"
#include "passes/Training.h"
#include "passes/training/States.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"

namespace dlc {
namespace {
using Updates = SmallVector<std::pair<Value, Value>>;

/// What a step of training makes of the weights that follow an operator's results (ir/Follows.h).
void follow(Operation *op, Updates &updates) {
  OpBuilder b(op->getContext());
  b.setInsertionPointAfter(op);
  Ops o(b, op->getLoc());
  for (const Follower &f : followersOf(op)) {
    auto weight = SymbolTable::lookupNearestSymbolFrom<WeightOp>(op, f.weight);
    if (!weight)
      continue;
    Value old = GetWeightOp::create(b, op->getLoc(), weight.getType(), f.weight);
    Value now = o.cast(op->getResult(f.result), getElementTypeOrSelf(old.getType()));
    updates.push_back({old, o.add(o.mul(old, o.like(old, f.keep)), o.mul(now, o.like(now, 1 - f.keep)))});
  }
}

/// Which number a step has, in the main function and in each body. In bodies it tells the iterations, too: they stand
/// above the 32 bits of the step, in a place for each loop around.
class Steps {
public:
  explicit Steps(func::FuncOp main) : main(main) {}

  Value in(Block *block) {
    Value &step = steps[block];
    if (!step) {
      OpBuilder front = OpBuilder::atBlockBegin(block);
      auto i64 = RankedTensorType::get({}, front.getI64Type());
      step = ConstantOp::create(front, block->getParentOp()->getLoc(), DenseElementsAttr::get(i64, int64_t(0)));
    }
    return step;
  }

  /// Bodies whose operators asked get the number of the block around, from the inside out.
  LogicalResult bringIn() {
    auto walk = main.walk<WalkOrder::PostOrder>([&](ControlOpInterface control) {
      bool asked = false;
      for (Region &region : control->getRegions())
        if (auto found = steps.find(&region.front()); found != steps.end() && found->second)
          asked |= !found->second.use_empty();
      return asked && failed(bringIn(control)) ? WalkResult::interrupt() : WalkResult::advance();
    });
    return failure(walk.wasInterrupted());
  }
  /// The main function's; null where nobody asks. Placeholders that nobody needed go.
  Value finish() {
    Value outermost;
    for (auto &[block, step] : steps) {
      if (block == &main.front() && !step.use_empty())
        outermost = step;
      else if (step.use_empty())
        step.getDefiningOp()->erase();
    }
    return outermost;
  }

private:
  LogicalResult bringIn(ControlOpInterface control) {
    Control c = control.getControl();
    if (c.loop && c.limit < 0)
      return emitError(control->getLoc(),
                       "random numbers in a step of training need a loop with a limit; this one runs "
                       "as often as its condition says");
    Location loc = control->getLoc();
    control->insertOperands(control->getNumOperands(), in(control->getBlock()));
    Value iteration;
    if (auto loop = dyn_cast<WhileOp>(*control)) { // a sequence of the iterations' numbers
      OpBuilder b(control);
      Value numbers = Ops(b, loc).iota(0, RankedTensorType::get({c.limit}, b.getI64Type()));
      unsigned at = c.carried + c.sequences;
      control->insertOperands(at, numbers);
      iteration = loop.getBody().insertArgument(at, RankedTensorType::get({}, b.getI64Type()), loc);
      SmallVector<int64_t> reversed(loop.getReversed());
      for (int64_t &n : reversed)
        n += n >= c.sequences; // rows are counted behind the sequences
      loop.setReversed(reversed);
      loop.setSequences(c.sequences + 1);
    }
    for (Region &region : control->getRegions()) {
      Value step = region.addArgument(RankedTensorType::get({}, Builder(main.getContext()).getI64Type()), loc);
      auto asked = steps.find(&region.front());
      if (asked == steps.end() || asked->second.use_empty())
        continue;
      if (iteration) {
        OpBuilder b = OpBuilder::atBlockBegin(&region.front());
        Ops o(b, loc);
        Value one = o.full(iteration.getType(), 1);
        auto type = cast<RankedTensorType>(iteration.getType());
        Value weight = ConstantOp::create(b, loc, DenseElementsAttr::get(type, placeOf(control)));
        step = o.add(step, o.mul(o.add(iteration, one), weight));
      }
      asked->second.replaceAllUsesWith(step);
    }
    return success();
  }

  /// 2^32 times how many numbers the loops around can tell apart.
  static int64_t placeOf(Operation *loop) {
    uint64_t place = uint64_t(1) << 32;
    while ((loop = loop->getParentOp()))
      if (auto control = dyn_cast<ControlOpInterface>(loop); control && control.getControl().loop)
        place *= static_cast<uint64_t>(control.getControl().limit) + 1;
    return static_cast<int64_t>(place);
  }

  func::FuncOp main;
  llvm::MapVector<Block *, Value> steps;
};

/// Weights that come into a body as captures are read there, so that an operator sees that they are weights.
void readInside(Operation *op) {
  for (OpOperand &operand : op->getOpOperands()) {
    Value value = operand.get();
    while (auto argument = dyn_cast<BlockArgument>(value)) {
      auto control = dyn_cast<ControlOpInterface>(argument.getOwner()->getParentOp());
      if (!control)
        break;
      Control c = control.getControl();
      if (argument.getArgNumber() < c.carried + c.sequences)
        break;
      value = control->getOperand(c.firstInput + argument.getArgNumber());
    }
    if (auto get = value.getDefiningOp<GetWeightOp>(); get && get->getBlock() != op->getBlock())
      operand.set(OpBuilder(op).clone(*get)->getResult(0));
  }
}

/// What becomes of weights that operators of a block change, by name.
class Changes {
public:
  void add(Block *block, const Updates &updates) {
    for (auto [old, now] : updates)
      add(block, old.getDefiningOp<GetWeightOp>().getWeightAttr().getAttr(), now);
  }
  /// Changes in bodies become results of the loops and branches around, from the inside out: a loop carries the weight
  /// along, a branch gives it back.
  void bringOut(func::FuncOp main) {
    SmallVector<ControlOpInterface> controls;
    main.walk<WalkOrder::PostOrder>([&](ControlOpInterface control) { controls.push_back(control); });
    for (ControlOpInterface control : controls) {
      llvm::SetVector<StringAttr> names;
      for (Region &region : control->getRegions())
        for (auto &[name, now] : changes[&region.front()])
          names.insert(name);
      if (!names.empty())
        bringOut(control, names.getArrayRef());
    }
  }
  const llvm::MapVector<StringAttr, Value> &in(Block *block) { return changes[block]; }

private:
  llvm::DenseMap<Block *, llvm::MapVector<StringAttr, Value>> changes;

  void add(Block *block, StringAttr name, Value now) {
    if (!changes[block].insert({name, now}).second)
      mlir::emitRemark(now.getLoc()) << "several operators change weight '" << name.getValue()
                                     << "' in a step: the first one's value is kept";
  }

  void bringOut(ControlOpInterface control, ArrayRef<StringAttr> names) {
    Control c = control.getControl();
    OpBuilder b(control);
    Location loc = control->getLoc();
    SmallVector<Value> reads;
    for (StringAttr name : names) {
      auto weight = SymbolTable::lookupNearestSymbolFrom<WeightOp>(control, name);
      reads.push_back(GetWeightOp::create(b, loc, weight.getType(), FlatSymbolRefAttr::get(name)));
    }
    OperationState state(loc, control->getName());
    state.attributes = NamedAttrList(control->getAttrDictionary());
    SmallVector<Value> operands(control->getOperands());
    SmallVector<Type> types(control->getResultTypes());
    // Behind what a loop carries already, or a branch is given and gives.
    size_t at = c.loop ? c.carried : types.size(), in = c.loop ? c.carried : operands.size() - c.firstInput;
    for (auto [i, read] : llvm::enumerate(reads)) {
      types.insert(types.begin() + at + i, read.getType());
      operands.insert(operands.begin() + c.firstInput + in + i, read);
    }
    if (c.loop)
      state.attributes.set("carried", b.getI64IntegerAttr(at + names.size()));
    state.addOperands(operands);
    state.addTypes(types);
    for (unsigned i = 0; i < control->getNumRegions(); ++i)
      state.addRegion();
    Operation *made = b.create(state);
    for (auto [from, to] : llvm::zip_equal(control->getRegions(), made->getRegions())) {
      to.takeBody(from);
      Block &body = to.front();
      auto &changed = changes[&body];
      for (auto [i, name] : llvm::enumerate(names)) {
        Value before = body.insertArgument(in + i, reads[i].getType(), loc);
        for (auto get : llvm::make_early_inc_range(body.getOps<GetWeightOp>()))
          if (get.getWeightAttr().getAttr() == name) {
            get.replaceAllUsesWith(before);
            get.erase();
          }
        auto now = changed.find(name);
        body.getTerminator()->insertOperands(at + i, now == changed.end() ? before : now->second);
      }
    }
    for (auto [i, result] : llvm::enumerate(control->getResults()))
      result.replaceAllUsesWith(made->getResult(i < at ? i : i + names.size()));
    for (auto [i, name] : llvm::enumerate(names))
      add(made->getBlock(), name, made->getResult(at + i));
    control->erase();
  }
};

struct TrainingModePass : PassWrapper<TrainingModePass, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(TrainingModePass)
  explicit TrainingModePass(uint64_t seed = 0) : seed(seed) {}
  StringRef getArgument() const override { return "dlc-training-mode"; }
  StringRef getDescription() const override { return "Batch statistics and random numbers of a step of training"; }
  void getDependentDialects(DialectRegistry &registry) const override { registry.insert<DLCDialect>(); }

  void runOnOperation() override {
    auto main = findMain(getOperation());
    if (failed(main) || failed(build(*main)))
      signalPassFailure();
  }

  /// What buildTraining makes the state of: the model's seed and the number of the step. The seed stays a constant.
  void mixSeed(RngUniformOp numbers) {
    auto state = numbers.getState().getDefiningOp<ConcatOp>();
    if (!state)
      return;
    OpBuilder b(state);
    Ops o(b, numbers.getLoc());
    uint64_t mixed = seed * 0x9E3779B97F4A7C15u; // near seeds lie far apart
    mixed ^= mixed >> 32;
    Value own = state.getOperand(0);
    auto type = cast<RankedTensorType>(own.getType());
    Value added = ConstantOp::create(b, o.loc, DenseElementsAttr::get(type, static_cast<int64_t>(mixed)));
    state->setOperand(0, o.add(own, added));
  }

  LogicalResult build(func::FuncOp main) {
    SmallVector<Operation *> operators;
    main.walk([&](Operation *op) {
      if (isa<TrainingOpInterface>(op) || !followersOf(op).empty())
        operators.push_back(op);
    });
    if (operators.empty())
      return success();
    // The number of the step is a state only if one of them asks.
    Steps steps(main);
    Changes changes;
    for (Operation *op : operators) {
      Block *block = op->getBlock();
      if (block != &main.front())
        readInside(op);
      Updates updates;
      follow(op, updates);
      SmallVector<Value> values;
      if (auto training = dyn_cast<TrainingOpInterface>(op)) {
        OpBuilder b(op);
        values = training.buildTraining(b, op->getLoc(), steps.in(block), updates);
      }
      changes.add(block, updates);
      if (values.empty())
        continue;
      op->replaceAllUsesWith(values);
      op->erase();
    }
    if (seed)
      main.walk([&](RngUniformOp numbers) { mixSeed(numbers); });
    changes.bringOut(main);
    if (failed(steps.bringIn()))
      return failure();
    States states(getOperation(), main);
    if (Value asked = steps.finish()) {
      asked.replaceAllUsesWith(states.stepsDone());
      asked.getDefiningOp()->erase();
    }

    const auto &after = changes.in(&main.front());
    captureWeights(main, [&](WeightOp weight) { return after.contains(weight.getSymNameAttr()); });
    for (auto [name, value] : after) {
      auto weight = getOperation().lookupSymbol<WeightOp>(name);
      weight.setFrozen(false);
      states.before(weight);
      states.after(name, value);
    }
    return success();
  }

  uint64_t seed;
};
} // namespace

SmallVector<StringAttr> changedByTraining(ModuleOp module) {
  OwningOpRef<ModuleOp> copy = module.clone();
  SmallVector<StringAttr> names;
  Updates updates;
  copy->walk([&](func::FuncOp func) {
    SmallVector<Operation *> operators;
    func.walk([&](Operation *op) { operators.push_back(op); });
    for (Operation *op : operators) {
      if (!isa<TrainingOpInterface>(op) && followersOf(op).empty())
        continue;
      if (op->getParentOp() != func)
        readInside(op);
      follow(op, updates);
      auto training = dyn_cast<TrainingOpInterface>(op);
      if (!training)
        continue;
      OpBuilder b(op);
      auto i64 = RankedTensorType::get({}, b.getI64Type());
      Value step = ConstantOp::create(b, op->getLoc(), DenseElementsAttr::get(i64, int64_t(0)));
      training.buildTraining(b, op->getLoc(), step, updates);
    }
  });
  for (auto [old, now] : updates)
    if (auto read = old.getDefiningOp<GetWeightOp>();
        read && !llvm::is_contained(names, read.getWeightAttr().getAttr()))
      names.push_back(read.getWeightAttr().getAttr());
  return names;
}

std::unique_ptr<Pass> createTrainingModePass(uint64_t seed) { return std::make_unique<TrainingModePass>(seed); }
} // namespace dlc
