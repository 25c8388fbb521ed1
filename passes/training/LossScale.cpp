#include "passes/training/LossScale.h"
#include "ir/Build.h"
#include "passes/Specialize.h"
#include "passes/Training.h"

namespace dlc {
namespace {
// As PyTorch's GradScaler.
constexpr double first = 65536, growth = 2, backoff = 0.5, interval = 2000;

Location scaleLoc(OpBuilder &b) { return NameLoc::get(b.getStringAttr(LossScale::name)); }
Value spread(Ops &o, Value scalar, Value like) {
  return cast<RankedTensorType>(like.getType()).getRank() ? o.broadcast(scalar, {}, like.getType()) : scalar;
}

struct LossScalePass : PassWrapper<LossScalePass, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(LossScalePass)
  StringRef getArgument() const override { return "dlc-loss-scale"; }
  void getDependentDialects(DialectRegistry &registry) const override { registry.insert<DLCDialect>(); }
  StringRef getDescription() const override { return "Multiplies the loss by the state train.loss_scale"; }

  void runOnOperation() override {
    auto main = findMain(getOperation());
    if (failed(main))
      return signalPassFailure();
    auto ret = cast<func::ReturnOp>(main->front().getTerminator());
    OpBuilder b(ret);
    States states(getOperation(), *main);
    Value scale = states.before(LossScale::name, RankedTensorType::get({}, b.getF32Type()), first);
    Ops o(b, scaleLoc(b));
    Value loss = ret.getOperand(0);
    ret.setOperand(0, o.mul(loss, o.cast(scale, getElementTypeOrSelf(loss.getType()))));
  }
};
} // namespace

Value LossScale::unscale(Value x, OpBuilder &b) const {
  if (!scale)
    return x;
  Ops o(b, scaleLoc(b));
  Value inverse = o.cast(o.div(o.like(scale, 1.0), scale), getElementTypeOrSelf(x.getType()));
  return o.mul(x, spread(o, inverse, x));
}

void LossScale::settle(Value squares, OpBuilder &b) {
  if (!scale)
    return;
  Ops o(b, scaleLoc(b));
  counts = o.compare(ComparePredicate::eq, o.sub(squares, squares), o.like(squares, 0.0));
  Value before = states.before(good, RankedTensorType::get({}, b.getI32Type()));
  Value run = o.add(before, o.like(before, 1)), grows = o.compare(ComparePredicate::ge, run, o.like(run, interval));
  Value larger = o.select(grows, o.mul(scale, o.like(scale, growth)), scale);
  states.after(name, o.select(counts, larger, o.mul(scale, o.like(scale, backoff))));
  Value none = o.like(run, 0);
  states.after(good, o.select(counts, o.select(grows, none, run), none));
}

Value LossScale::choose(Value before, Value after, OpBuilder &b) const {
  if (!scale)
    return after;
  Ops o(b, scaleLoc(b));
  return o.select(spread(o, counts, after), after, before);
}

std::unique_ptr<Pass> createLossScalePass() { return std::make_unique<LossScalePass>(); }
} // namespace dlc
