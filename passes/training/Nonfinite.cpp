// dlc-check-nonfinite: the step remembers which operator was the first to give a NaN or an infinity.
#include "ir/Build.h"
#include "ir/Dims.h"
#include "ir/Names.h"
#include "passes/Specialize.h"
#include "passes/Training.h"
#include "passes/training/States.h"

namespace dlc {
namespace {
struct NonfinitePass : PassWrapper<NonfinitePass, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(NonfinitePass)
  NonfinitePass() = default;
  NonfinitePass(const NonfinitePass &other) : PassWrapper(other), names(other.names) {}
  explicit NonfinitePass(std::vector<std::string> *names) : names(names) {}
  StringRef getArgument() const override { return "dlc-check-nonfinite"; }
  void getDependentDialects(DialectRegistry &registry) const override { registry.insert<DLCDialect>(); }
  StringRef getDescription() const override { return "Remembers the first operator that gives a NaN or an infinity"; }

  void runOnOperation() override {
    auto main = findMain(getOperation());
    if (failed(main))
      return signalPassFailure();
    Block &block = main->front();
    OpBuilder b(block.getTerminator());
    States states(getOperation(), *main);
    Ops o(b, NameLoc::get(b.getStringAttr("check-nonfinite")));
    auto scalar = RankedTensorType::get({}, b.getI64Type());

    // What comes in, then what operators make of it, in order.
    SmallVector<Value> looked;
    for (BlockArgument argument : block.getArguments())
      if (isFloat(argument))
        looked.push_back(argument);
    for (Operation &op : block.without_terminator())
      if (computes(op))
        llvm::append_range(looked, llvm::make_filter_range(op.getResults(), [](Value v) { return isFloat(v); }));
    // From the last to the first: what comes first has the last word.
    Value none = o.full(scalar, static_cast<double>(looked.size())), first = none, zero = level(0, o);
    for (size_t number = looked.size(); number-- > 0;) {
      Value value = looked[number];
      Value before = zero;
      if (Operation *def = value.getDefiningOp())
        for (Value operand : def->getOperands())
          if (isFloat(operand))
            before = o.max(before, severity(operand, o));
      Value begins = o.compare(ComparePredicate::gt, severity(value, o), before);
      first = o.select(begins, o.full(scalar, static_cast<double>(number)), first);
    }
    if (names)
      for (Value value : looked)
        names->push_back(nameOf(value, *main));

    // Infinities that vanish again, as masks do, are nobody's concern.
    Value matters = zero;
    for (Value result : block.getTerminator()->getOperands())
      if (isFloat(result))
        matters = o.max(matters, severity(result, o));
    Value before = states.before("train.nonfinite.step", scalar), node = states.before("train.nonfinite.node", scalar);
    Value done = states.stepsDone(), now = o.add(done, o.like(done, 1));
    Value known = o.compare(ComparePredicate::ne, before, o.like(before, 0));
    Value fine = o.compare(ComparePredicate::eq, matters, zero);
    states.after("train.nonfinite.step", o.select(known, before, o.select(fine, before, now)));
    states.after("train.nonfinite.node", o.select(known, node, o.select(fine, node, first)));
  }

private:
  /// Views and copies have what their operands have.
  static bool computes(Operation &op) {
    return isa<ScalarExprOpInterface, ReductionOpInterface, ContractionOpInterface, DecomposableOpInterface>(op) ||
           op.getNumRegions();
  }
  static Value level(double value, Ops &o) { return o.scalar(o.b.getI32Type(), value); }

  /// 0 where all elements are finite, 1 where one is infinite, 2 where one is NaN: an operator whose result has more
  /// than all of its operands is where it begins.
  Value severity(Value v, Ops &o) {
    if (Value known = severities.lookup(v))
      return known;
    Operation *def = v.getDefiningOp();
    Value result;
    if (def && !computes(*def) && def->getNumOperands()) {
      result = level(0, o);
      for (Value operand : def->getOperands())
        if (isFloat(operand))
          result = o.max(result, severity(operand, o));
    } else {
      Type marks = withElement(v.getType(), o.b.getI32Type());
      Value isNaN = o.compare(ComparePredicate::ne, v, v), gone = o.sub(v, v);
      Value isInfinite = o.compare(ComparePredicate::ne, gone, o.like(v, 0.0)); // infinity - infinity is NaN
      result = o.select(isNaN, o.full(marks, 2), o.select(isInfinite, o.full(marks, 1), o.full(marks, 0)));
      auto dims = llvm::to_vector(llvm::seq<int64_t>(cast<RankedTensorType>(v.getType()).getRank()));
      result = o.max(o.reduce(ReduceKind::max, result, dims), level(0, o)); // of no elements: finite
    }
    return severities[v] = result;
  }

  static std::string nameOf(Value value, func::FuncOp main) {
    if (auto argument = dyn_cast<BlockArgument>(value)) {
      auto state = main.getArgAttrOfType<FlatSymbolRefAttr>(argument.getArgNumber(), "dlc.state");
      return state ? state.getValue().str() : inputName(main, argument.getArgNumber());
    }
    return nodeName(value.getDefiningOp()).str();
  }

  DenseMap<Value, Value> severities;
  std::vector<std::string> *names = nullptr;
};
} // namespace

std::unique_ptr<Pass> createNonfinitePass(std::vector<std::string> *names) {
  return std::make_unique<NonfinitePass>(names);
}
} // namespace dlc
