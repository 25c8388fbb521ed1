// dlc-optimizer: weights with gradients become state that the step returns anew.
#include "passes/Specialize.h"
#include "passes/Training.h"
#include "passes/training/LossScale.h"
#include "passes/training/Optimizers.h"
#include "llvm/Support/GlobPattern.h"

namespace dlc {
namespace {
struct Trained {
  WeightOp weight;
  Value gradient;
};

struct OptimizerPass : PassWrapper<OptimizerPass, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(OptimizerPass)
  OptimizerPass() = default;
  OptimizerPass(const OptimizerPass &other) : PassWrapper(other) {}
  explicit OptimizerPass(const OptimizerOptions &options) {
    rule = options.rule;
    schedule = options.schedule;
    clipNorm = options.clipNorm;
    clipValue = options.clipValue;
    average = options.average;
    watch = options.watch;
    noDecay = llvm::to_vector(options.noDecay);
  }
  StringRef getArgument() const override { return "dlc-optimizer"; }
  void getDependentDialects(DialectRegistry &registry) const override { registry.insert<DLCDialect>(); }
  StringRef getDescription() const override { return "Weights with gradients become state, updated by the step"; }

  void runOnOperation() override {
    auto main = findMain(getOperation());
    if (failed(main) || failed(build(*main)))
      signalPassFailure();
  }

  /// Takes the gradients out of the results.
  FailureOr<SmallVector<Trained>> takeGradients(func::FuncOp main) {
    SymbolTable symbols(getOperation());
    SmallVector<Trained> trained;
    auto ret = cast<func::ReturnOp>(main.front().getTerminator());
    llvm::BitVector gone(ret.getNumOperands());
    for (auto [i, value] : llvm::enumerate(ret.getOperands())) {
      auto name = main.getResultAttrOfType<FlatSymbolRefAttr>(i, "dlc.gradient");
      if (!name)
        continue;
      auto weight = symbols.lookup<WeightOp>(name.getValue());
      if (!weight)
        return emitError(main.getLoc(), "result ") << i << " is the gradient of " << name << ", which is no weight";
      trained.push_back({weight, value});
      gone.set(i);
    }
    if (trained.empty())
      return emitError(main.getLoc(), "there are no gradients to step along; run dlc-autodiff first");
    ret->eraseOperands(gone);
    if (failed(main.eraseResults(gone)))
      return failure();
    return trained;
  }

  FailureOr<std::vector<llvm::GlobPattern>> withoutDecay(func::FuncOp main, ArrayRef<Trained> trained) {
    std::vector<llvm::GlobPattern> patterns;
    for (const std::string &text : noDecay) {
      auto pattern = llvm::GlobPattern::create(text);
      if (!pattern)
        return emitError(main.getLoc(), "--no-decay ") << text << ": " << llvm::toString(pattern.takeError());
      if (llvm::none_of(trained, [&](Trained t) { return pattern->match(t.weight.getSymName()); }))
        return emitError(main.getLoc(), "--no-decay ")
               << text << ": no weight that is trained has such a name; there are "
               << llvm::join(llvm::map_range(trained, [](Trained t) { return t.weight.getSymName(); }), ", ");
      patterns.push_back(std::move(*pattern));
    }
    return patterns;
  }

  /// Gradients in the type that weights are updated in, clipped.
  void prepare(MutableArrayRef<Trained> trained, States &states, LossScale &scale, OpBuilder &b) {
    Value squares;
    for (Trained &t : trained) {
      Ops o(b, NameLoc::get(b.getStringAttr("clip(" + t.weight.getSymName() + ")"), t.weight.getLoc()));
      if (getElementTypeOrSelf(t.gradient.getType()).getIntOrFloatBitWidth() < 32)
        t.gradient = o.cast(t.gradient, b.getF32Type());
      t.gradient = scale.unscale(t.gradient, b);
      if (clipValue > 0) {
        Value most = o.like(t.gradient, clipValue), least = o.like(t.gradient, -clipValue);
        t.gradient = o.max(MinOp::create(b, o.loc, t.gradient, most).getResult(), least);
      }
      if (clipNorm > 0 || watch || scale) {
        auto rank = cast<RankedTensorType>(t.gradient.getType()).getRank();
        Value own = o.sum(o.mul(t.gradient, t.gradient), llvm::to_vector(llvm::seq<int64_t>(rank)));
        own = o.cast(own, b.getF32Type());
        squares = squares ? o.add(squares, own) : own;
      }
    }
    if (!squares)
      return;
    scale.settle(squares, b);
    if (clipNorm == 0 && !watch)
      return;
    Ops o(b, NameLoc::get(b.getStringAttr("train.grad_norm")));
    Value norm = o.sqrt(squares);
    show("train.grad_norm", norm, states);
    if (clipNorm == 0)
      return;
    // As PyTorch: the divisor is 1e-6 greater, and no gradient grows.
    Value most = o.like(norm, clipNorm);
    Value factor = o.div(most, o.add(norm, o.like(norm, 1e-6)));
    factor = MinOp::create(b, o.loc, factor, o.like(factor, 1.0)).getResult();
    for (Trained &t : trained) {
      Value own = o.cast(factor, getElementTypeOrSelf(t.gradient.getType()));
      bool scalar = cast<RankedTensorType>(t.gradient.getType()).getRank() == 0;
      t.gradient = o.mul(t.gradient, scalar ? own : o.broadcast(own, {}, t.gradient.getType()));
    }
  }

  /// A number that people watch: a state that the step writes and does not read.
  static void show(StringRef name, Value value, States &states) {
    states.before(name, cast<RankedTensorType>(value.getType()));
    states.after(name, value);
  }

  LogicalResult build(func::FuncOp main) {
    std::string error;
    auto optimizer = parseChoice(optimizerRules(), "optimizer", rule, error);
    auto pace = optimizer ? parseChoice(scheduleRules(), "schedule", schedule, error) : std::nullopt;
    if (!optimizer || !pace)
      return emitError(main.getLoc(), error);
    if (pace->values.contains("steps") && (*pace)["steps"] == 0)
      return emitError(main.getLoc(), "schedule '") << pace->name << "' needs steps, the length of the run";
    auto trained = takeGradients(main);
    if (failed(trained))
      return failure();
    auto excepted = withoutDecay(main, *trained);
    if (failed(excepted))
      return failure();
    OpBuilder b(main.front().getTerminator());
    States states(getOperation(), main);
    StepScalars scalars(states, b, *pace);
    LossScale scale(states);
    auto ret = cast<func::ReturnOp>(main.front().getTerminator());
    ret.setOperand(0, scale.unscale(ret.getOperand(0), b));
    prepare(*trained, states, scale, b);
    Value factor = scalars.factor();
    if (factor || watch) {
      Ops &o = scalars.o;
      double lr = (*optimizer)["lr"];
      show("train.lr",
           factor ? o.cast(o.mul(o.scalar(b.getF64Type(), lr), factor), b.getF32Type()) : o.scalar(b.getF32Type(), lr),
           states);
    }
    for (Trained &t : *trained)
      if (failed(update(t, *optimizer, *excepted, scalars, factor, scale, b)))
        return failure();
    return success();
  }

  LogicalResult update(Trained &t, const Choice &optimizer, ArrayRef<llvm::GlobPattern> excepted, StepScalars &scalars,
                       Value factor, const LossScale &scale, OpBuilder &b) {
    StringRef name = t.weight.getSymName();
    Ops o(b, NameLoc::get(b.getStringAttr("update(" + name + ")"), t.weight.getLoc()));
    Value before = scalars.states.before(t.weight);
    if (!before)
      return failure();
    Value wide = o.cast(before, getElementTypeOrSelf(t.gradient.getType()));
    bool keeps = llvm::any_of(excepted, [&](const llvm::GlobPattern &p) { return p.match(name); });
    Value lr = o.like(wide, optimizer["lr"]);
    if (factor) {
      Value scaled = scalars.o.mul(factor, scalars.o.scalar(b.getF64Type(), optimizer["lr"]));
      scaled = scalars.o.cast(scaled, getElementTypeOrSelf(wide.getType()));
      lr = cast<RankedTensorType>(wide.getType()).getRank() ? o.broadcast(scaled, {}, wide.getType()) : scaled;
    }
    Update update{o, optimizer, scalars, name, wide, t.gradient, keeps ? 0 : optimizer["weight_decay"], lr, {}};
    Value after = update.build();
    scalars.states.after(name, scale.choose(before, o.cast(after, getElementTypeOrSelf(before.getType())), b));
    for (auto &[state, value] : update.kept)
      scalars.states.after(state, scale.choose(scalars.states.find(state), value, b));
    after = scale.choose(wide, after, b);
    if (average > 0)
      averageOf(name, after, scalars, o);
    return success();
  }

  /// decay*before + (1 - decay)*weight; the first step takes the weight as it is.
  void averageOf(StringRef name, Value weight, StepScalars &scalars, Ops &o) {
    std::string state = (name + ".average").str();
    Value before = scalars.states.before(state, cast<RankedTensorType>(weight.getType()));
    Value mixed = o.add(o.mul(before, o.like(weight, average)), o.mul(weight, o.like(weight, 1 - average)));
    Value done = scalars.states.stepsDone(), first = o.compare(ComparePredicate::eq, done, o.like(done, 0));
    if (auto type = cast<RankedTensorType>(weight.getType()); type.getRank())
      first = o.broadcast(first, {}, type);
    scalars.states.after(state, o.select(first, weight, mixed));
  }

  Option<std::string> rule{*this, "rule", llvm::cl::desc("sgd,lr=0.01,momentum=0.9"), llvm::cl::init("sgd")};
  Option<std::string> schedule{*this, "schedule", llvm::cl::desc("cosine,steps=1000,warmup=100"),
                               llvm::cl::init("constant")};
  Option<double> clipNorm{*this, "clip-norm", llvm::cl::desc("Most that the norm of all gradients may be; 0: any"),
                          llvm::cl::init(0.0)};
  Option<double> clipValue{*this, "clip-value", llvm::cl::desc("Most that an element of a gradient may be; 0: any"),
                           llvm::cl::init(0.0)};
  Option<double> average{*this, "average", llvm::cl::desc("Decay of the moving average of weights; 0: none is kept"),
                         llvm::cl::init(0.0)};
  Option<bool> watch{*this, "watch", llvm::cl::desc("Hand out train.lr and train.grad_norm"), llvm::cl::init(false)};
  ListOption<std::string> noDecay{*this, "no-decay", llvm::cl::desc("Names of weights that do not decay")};
};
} // namespace

std::unique_ptr<Pass> createOptimizerPass(const OptimizerOptions &options) {
  return std::make_unique<OptimizerPass>(options);
}
} // namespace dlc
