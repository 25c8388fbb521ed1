// dlc-accumulate: the step takes several batches, one after the other, and their mean gradient. Everything that depends
// on the batch becomes the body of a loop, so that memory is needed for one of them.
#include "ir/Build.h"
#include "passes/Specialize.h"
#include "passes/Training.h"
#include "passes/training/States.h"

namespace dlc {
namespace {
RankedTensorType typeOf(Value v) { return cast<RankedTensorType>(v.getType()); }
RankedTensorType longer(RankedTensorType type, int64_t first) {
  SmallVector<int64_t> shape(type.getShape());
  shape.insert(shape.begin(), first);
  return RankedTensorType::get(shape, type.getElementType());
}

struct AccumulatePass : PassWrapper<AccumulatePass, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(AccumulatePass)
  AccumulatePass() = default;
  AccumulatePass(const AccumulatePass &other) : PassWrapper(other) {}
  explicit AccumulatePass(int64_t given) { parts = given; }
  StringRef getArgument() const override { return "dlc-accumulate"; }
  void getDependentDialects(DialectRegistry &registry) const override { registry.insert<DLCDialect>(); }
  StringRef getDescription() const override { return "The step takes several batches and their mean gradient"; }

  void runOnOperation() override {
    auto main = findMain(getOperation());
    if (failed(main) || (parts > 1 && failed(build(*main))))
      signalPassFailure();
  }

  struct Result {
    unsigned number;
    Value before; ///< of a state, its argument; null for what is summed up
  };

  LogicalResult build(func::FuncOp main) {
    Block &block = main.front();
    auto ret = cast<func::ReturnOp>(block.getTerminator());
    if (block.getNumArguments() == 0 || typeOf(block.getArgument(0)).getRank() == 0)
      return emitError(main.getLoc(), "a step that takes several batches needs an input with a batch");
    Location loc = NameLoc::get(StringAttr::get(&getContext(), "accumulate"));

    // The loop's operands by kind, with what they are inside.
    SmallVector<Value> carried, sequences, captures;
    SmallVector<Result> results;
    llvm::DenseMap<StringAttr, Value> states;
    int64_t batch = typeOf(block.getArgument(0)).getDimSize(0);
    for (BlockArgument argument : block.getArguments()) {
      auto state = main.getArgAttrOfType<FlatSymbolRefAttr>(argument.getArgNumber(), "dlc.state");
      auto type = typeOf(argument);
      if (state)
        states[state.getAttr()] = argument;
      else if (type.getRank() && type.getDimSize(0) == batch)
        sequences.push_back(argument);
      else
        captures.push_back(argument);
    }
    for (auto get : block.getOps<GetWeightOp>())
      captures.push_back(get);
    SmallVector<Operation *> moved;
    for (Operation &op : block.without_terminator())
      if (!isa<GetWeightOp>(op))
        moved.push_back(&op);
    OpBuilder b(ret);
    Ops o(b, loc);
    for (unsigned i = 0; i < ret.getNumOperands(); ++i) {
      auto state = main.getResultAttrOfType<FlatSymbolRefAttr>(i, "dlc.state");
      if (state && state.getValue() == States::stepsName) // counts steps, not batches
        continue;
      results.push_back({i, state ? states.lookup(state.getAttr()) : Value()});
      if (state)
        states.erase(state.getAttr());
      carried.push_back(results.back().before ? results.back().before : o.full(ret.getOperand(i).getType(), 0.0));
    }
    for (BlockArgument argument : block.getArguments()) // states that are read only
      if (auto state = main.getArgAttrOfType<FlatSymbolRefAttr>(argument.getArgNumber(), "dlc.state");
          state && states.contains(state.getAttr()))
        captures.push_back(argument);

    // The body: all that there was but reads of weights.
    Region region;
    Block *body = b.createBlock(&region);
    IRMapping inside;
    for (auto *list : {&carried, &sequences, &captures})
      for (Value v : *list)
        inside.map(v, body->addArgument(v.getType(), v.getLoc()));
    // Random numbers go by the number of the step: in the loop it tells the parts, too, above what loops in it tell.
    Value stepsDone = States(getOperation(), main).find(States::stepsName);
    if (stepsDone) {
      auto type = typeOf(stepsDone);
      Value part = body->insertArgument(static_cast<unsigned>(carried.size() + sequences.size()), type, loc);
      Value place = ConstantOp::create(b, loc, DenseElementsAttr::get(type, int64_t(1) << 52));
      inside.map(stepsDone, o.add(inside.lookup(stepsDone), o.mul(part, place)));
    }
    SmallVector<Value> given(ret.getOperands());
    for (Operation *op : moved) {
      op->moveBefore(body, body->end());
      for (OpOperand &operand : op->getOpOperands()) // regions are isolated: what they read are operands
        if (Value v = inside.lookupOrNull(operand.get()))
          operand.set(v);
    }
    b.setInsertionPointToEnd(body);
    SmallVector<Value> yields;
    for (auto [i, result] : llvm::enumerate(results)) {
      Value value = inside.lookupOrDefault(given[result.number]);
      yields.push_back(result.before ? value : o.add(body->getArgument(static_cast<unsigned>(i)), value));
    }
    YieldOp::create(b, loc, yields);

    // Inputs hold all batches, one behind the other.
    b.setInsertionPoint(ret);
    SmallVector<Value> operands(carried);
    for (Value v : sequences) {
      auto type = typeOf(v);
      SmallVector<int64_t> all(type.getShape());
      all[0] *= parts;
      v.setType(RankedTensorType::get(all, type.getElementType()));
      operands.push_back(o.reshape(v, longer(type, parts)));
    }
    if (stepsDone)
      operands.push_back(o.iota(0, longer(typeOf(stepsDone), parts)));
    llvm::append_range(operands, captures);
    SmallVector<Type> types = llvm::map_to_vector(carried, [](Value v) { return v.getType(); });
    auto loop = WhileOp::create(b, loc, types, operands, static_cast<int64_t>(carried.size()), parts,
                                static_cast<int64_t>(sequences.size() + bool(stepsDone)), /*conditional=*/false,
                                ArrayRef<int64_t>(), DimsAttr());
    loop.getBody().takeBody(region);
    for (auto [result, value] : llvm::zip_equal(results, loop.getResults()))
      ret.setOperand(result.number,
                     result.before ? value : o.mul(value, o.like(value, 1.0 / static_cast<double>(parts))));
    for (unsigned i = 0; i < ret.getNumOperands(); ++i)
      if (auto state = main.getResultAttrOfType<FlatSymbolRefAttr>(i, "dlc.state");
          state && state.getValue() == States::stepsName) {
        Value before = States(getOperation(), main).find(States::stepsName);
        ret.setOperand(i, o.add(before, o.like(before, 1)));
      }
    main.setFunctionType(b.getFunctionType(block.getArgumentTypes(), ret.getOperandTypes()));
    return success();
  }

  Option<int64_t> parts{*this, "parts", llvm::cl::desc("Batches in a step"), llvm::cl::init(1)};
};
} // namespace

std::unique_ptr<Pass> createAccumulatePass(int64_t parts) { return std::make_unique<AccumulatePass>(parts); }
} // namespace dlc
