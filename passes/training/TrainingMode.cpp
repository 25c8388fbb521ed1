// dlc-training-mode: operators that do something else in a step of training do it: statistics of the batch, random
// numbers of their own for each step. What they change without a gradient becomes state.
#include "ir/Build.h"
#include "passes/Specialize.h"
#include "passes/Training.h"
#include "passes/training/States.h"
#include "llvm/ADT/MapVector.h"

namespace dlc {
namespace {
using Updates = SmallVector<std::pair<Value, Value>>;

struct TrainingModePass : PassWrapper<TrainingModePass, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(TrainingModePass)
  StringRef getArgument() const override { return "dlc-training-mode"; }
  StringRef getDescription() const override { return "Batch statistics and random numbers of a step of training"; }
  void getDependentDialects(DialectRegistry &registry) const override { registry.insert<DLCDialect>(); }

  void runOnOperation() override {
    auto main = findMain(getOperation());
    if (failed(main))
      return signalPassFailure();
    auto operators = llvm::to_vector(main->front().getOps<TrainingOpInterface>());
    if (operators.empty())
      return;
    // The number of the step is a state only if one of them asks.
    OpBuilder front = OpBuilder::atBlockBegin(&main->front());
    auto i64 = RankedTensorType::get({}, front.getI64Type());
    auto step = ConstantOp::create(front, main->getLoc(), DenseElementsAttr::get(i64, int64_t(0)));
    Updates updates;
    for (TrainingOpInterface op : operators) {
      OpBuilder b(op);
      SmallVector<Value> values = op.buildTraining(b, op->getLoc(), step, updates);
      if (values.empty())
        continue;
      op->replaceAllUsesWith(values);
      op->erase();
    }
    States states(getOperation(), *main);
    if (!step.use_empty())
      step.replaceAllUsesWith(states.stepsDone());
    step.erase();

    llvm::MapVector<StringAttr, Value> after;
    for (auto [old, now] : updates) {
      auto read = old.getDefiningOp<GetWeightOp>();
      if (!after.insert({read.getWeightAttr().getAttr(), now}).second)
        read.emitRemark("several operators change this weight in a step: the first one's value is kept");
    }
    for (auto [name, value] : after) {
      auto weight = getOperation().lookupSymbol<WeightOp>(name);
      weight.setFrozen(false);
      states.before(weight);
      states.after(name, value);
    }
  }
};
} // namespace

SmallVector<StringAttr> changedByTraining(ModuleOp module) {
  OwningOpRef<ModuleOp> copy = module.clone();
  SmallVector<StringAttr> names;
  Updates updates;
  copy->walk([&](func::FuncOp func) {
    for (TrainingOpInterface op : llvm::to_vector(func.getOps<TrainingOpInterface>())) {
      OpBuilder b(op);
      auto i64 = RankedTensorType::get({}, b.getI64Type());
      Value step = ConstantOp::create(b, op->getLoc(), DenseElementsAttr::get(i64, int64_t(0)));
      op.buildTraining(b, op->getLoc(), step, updates);
    }
  });
  for (auto [old, now] : updates)
    if (auto read = old.getDefiningOp<GetWeightOp>();
        read && !llvm::is_contained(names, read.getWeightAttr().getAttr()))
      names.push_back(read.getWeightAttr().getAttr());
  return names;
}

std::unique_ptr<Pass> createTrainingModePass() { return std::make_unique<TrainingModePass>(); }
} // namespace dlc
