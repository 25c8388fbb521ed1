// dlc-loss: the model's output becomes the loss against labels, a new input.
#include "ir/Dims.h"
#include "passes/Specialize.h"
#include "passes/Training.h"
#include "passes/training/Losses.h"
#include "passes/training/States.h"

namespace dlc {
namespace {
struct LossPass : PassWrapper<LossPass, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(LossPass)
  LossPass() = default;
  LossPass(const LossPass &other) : PassWrapper(other) {}
  explicit LossPass(const LossOptions &options) {
    rule = options.rule;
    output = options.output;
    keepOutputs = options.keepOutputs;
    parts = options.parts;
  }
  StringRef getArgument() const override { return "dlc-loss"; }
  void getDependentDialects(DialectRegistry &registry) const override { registry.insert<DLCDialect>(); }
  StringRef getDescription() const override { return "The model's output becomes the loss against labels"; }

  void runOnOperation() override {
    auto main = findMain(getOperation());
    if (failed(main) || failed(build(*main)))
      signalPassFailure();
  }

  /// The output that the loss looks at; the others go.
  FailureOr<unsigned> find(func::FuncOp main, const LossTerm &term) {
    const std::string &output = term.output.empty() ? this->output.getValue() : term.output;
    std::string names;
    for (unsigned i = 0; i < main.getNumResults(); ++i) {
      std::string name = outputName(main, i);
      if (output == name || (output.empty() && main.getNumResults() == 1))
        return i;
      names += (i ? ", '" : "'") + name + "'";
    }
    if (output.empty())
      return emitError(main.getLoc(), "a loss looks at one output, but the model has ")
             << main.getNumResults() << ": " << names << "; choose with --loss " << term.rule.name << ",output=NAME";
    return emitError(main.getLoc(), "there is no output '")
           << output << "' for the loss to look at; there are " << names;
  }

  LogicalResult build(func::FuncOp main) {
    std::string error;
    auto terms = parseLosses(rule.getValue(), error);
    if (!terms)
      return emitError(main.getLoc(), error);
    auto ret = cast<func::ReturnOp>(main.front().getTerminator());
    unsigned modelInputs = main.getNumArguments();
    OpBuilder b(ret);
    Value loss;
    SmallVector<Value> own;
    for (const LossTerm &term : *terms) {
      auto one = buildTerm(main, term, modelInputs);
      if (failed(one))
        return failure();
      own.push_back(*one);
      Ops o(b, one->getLoc());
      Value weighted = term.weight == 1 ? *one : o.mul(*one, o.like(*one, term.weight));
      loss = loss ? o.add(loss, o.cast(weighted, getElementTypeOrSelf(loss.getType()))) : weighted;
    }
    finish(main, loss, own, lossNames(*terms));
    return success();
  }

  /// What goes into a softmax or a logistic function at the model's end, where the loss applies one itself: exported
  /// models often end with it. Null where there is none.
  static Value beforeSquashing(Value value, const LossTerm &term) {
    auto shape = cast<RankedTensorType>(value.getType()).getShape();
    Operation *op = value.getDefiningOp();
    while (isa_and_nonnull<ReshapeOp, CastOp>(op))
      op = op->getOperand(0).getDefiningOp();
    bool shares = term.rule.values.contains("softmax") && term.rule["softmax"] == 0; // Dice
    if (StringRef(term.rule.name) == "binary-cross-entropy" || StringRef(term.rule.name) == "focal" || shares)
      return isa_and_nonnull<LogisticOp>(op) ? op->getOperand(0) : Value();
    auto softmax = dyn_cast_or_null<SoftmaxOp>(op);
    if (!softmax || !term.rule.values.contains("axis"))
      return {};
    // The same classes in the same order, whatever the shape.
    int64_t axis = term.rule.whole("axis"), rank = static_cast<int64_t>(shape.size());
    axis += axis < 0 ? rank : 0;
    auto own = cast<RankedTensorType>(softmax.getX().getType()).getShape();
    auto rows = [](ArrayRef<int64_t> shape, int64_t axis) {
      return ShapedType::getNumElements(shape.take_front(axis));
    };
    auto at = static_cast<int64_t>(softmax.getAxis());
    bool fits = axis >= 0 && axis < rank && own[at] == shape[axis] && rows(own, at) == rows(shape, axis);
    return fits ? softmax.getX() : Value();
  }

  FailureOr<Value> buildTerm(func::FuncOp main, const LossTerm &term, unsigned modelInputs) {
    auto index = find(main, term);
    if (failed(index))
      return failure();
    auto ret = cast<func::ReturnOp>(main.front().getTerminator());
    Value value = ret.getOperand(*index);
    auto type = dyn_cast<RankedTensorType>(value.getType());
    std::string name = outputName(main, *index);
    if (!type || !type.hasStaticShape() || !isa<FloatType>(type.getElementType()))
      return emitError(value.getLoc(), "a loss needs floats of known shape, but output '")
             << name << "' is " << describe(value.getType());

    OpBuilder b(ret);
    Ops o(b, NameLoc::get(b.getStringAttr("loss"), value.getLoc()));
    if (Value before = beforeSquashing(value, term)) {
      value = o.cast(o.reshape(before, type.cloneWith(type.getShape(), getElementTypeOrSelf(before.getType()))),
                     type.getElementType());
      ret.setOperand(*index, value); // what is kept is what the loss looks at
    }
    // A mean over a batch loses too much in 16 bits.
    if (type.getElementTypeBitWidth() < 32)
      value = o.cast(value, b.getF32Type());
    auto labels = [&](ArrayRef<int64_t> shape, Type element) -> Value {
      auto type = RankedTensorType::get(shape, element);
      for (unsigned i = 0; i < main.getNumArguments(); ++i) {
        if (inputName(main, i) != term.labels)
          continue;
        if (i >= modelInputs && main.getArgument(i).getType() == type)
          return main.getArgument(i);
        auto error = emitError(main.getLoc());
        if (i < modelInputs)
          error << "the model has an input '" << term.labels << "' already; the loss adds one of that name, or of "
                << "another: --loss " << term.rule.name << ",labels=NAME";
        else
          error << "loss '" << term.rule.name << "' of output '" << name << "' takes labels of " << describe(type)
                << ", but another loss takes '" << term.labels << "' as " << describe(main.getArgument(i).getType())
                << "; labels=NAME gives it others";
        return {};
      }
      unsigned at = main.getNumArguments();
      auto named = b.getDictionaryAttr(b.getNamedAttr("dlc.name", b.getStringAttr(term.labels)));
      if (failed(main.insertArgument(at, type, named, NameLoc::get(b.getStringAttr(term.labels)))))
        return {};
      return main.getArgument(at);
    };
    Value loss = LossBuilder{o, term.rule, value, name, labels}.build();
    if (!loss)
      return failure();
    return loss;
  }

  /// The loss becomes the first output; what several are by themselves is handed out, too, or added up.
  void finish(func::FuncOp main, Value loss, ArrayRef<Value> own, ArrayRef<std::string> names) {
    auto ret = cast<func::ReturnOp>(main.front().getTerminator());
    Builder b(main.getContext());
    SmallVector<Value> results{loss};
    SmallVector<Attribute> attrs{b.getDictionaryAttr(b.getNamedAttr("dlc.name", b.getStringAttr("loss")))};
    if (keepOutputs)
      for (auto [i, output] : llvm::enumerate(ret.getOperands())) {
        results.push_back(output);
        DictionaryAttr had = main.getResultAttrDict(i);
        attrs.push_back(had ? had : b.getDictionaryAttr({}));
      }
    for (auto [name, value] : llvm::zip(names, own)) // as many as there are, or none
      if (keepOutputs) {
        results.push_back(value);
        attrs.push_back(b.getDictionaryAttr(b.getNamedAttr("dlc.name", b.getStringAttr("loss." + name))));
      }
    ret.getOperandsMutable().assign(results);
    main.setFunctionType(b.getFunctionType(main.getArgumentTypes(), ValueRange(results).getTypes()));
    main.setResAttrsAttr(b.getArrayAttr(attrs));
    States states(getOperation(), main);
    for (auto [name, value] : llvm::zip(names, own))
      if (!keepOutputs) {
        std::string state = "loss.sum." + name;
        OpBuilder at(ret);
        Ops o(at, NameLoc::get(b.getStringAttr(state)));
        Value before = states.before(state, cast<RankedTensorType>(value.getType()));
        states.after(state, o.add(before, o.mul(value, o.like(value, 1.0 / static_cast<double>(parts)))));
      }
    // What only other outputs needed would stand in the way of gradients.
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(main.front())))
      if (isOpTriviallyDead(&op))
        op.erase();
  }

  Option<std::string> rule{*this, "rule", llvm::cl::desc("softmax-cross-entropy,smoothing=0.1; several with ; between"),
                           llvm::cl::init("softmax-cross-entropy")};
  Option<std::string> output{*this, "output", llvm::cl::desc("Output that losses look at which name none")};
  Option<bool> keepOutputs{*this, "keep-outputs", llvm::cl::desc("The model's outputs stay, behind the loss")};
  Option<int64_t> parts{*this, "parts", llvm::cl::desc("Of a batch, as dlc-accumulate cuts it"), llvm::cl::init(1)};
};
} // namespace

std::unique_ptr<Pass> createLossPass(const LossOptions &options) { return std::make_unique<LossPass>(options); }
} // namespace dlc
