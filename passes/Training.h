// From a forward model to one training step: loss, gradients, optimizer. Types are static (after dlc-specialize).
//
//   @main(%x) -> %logits            the model; weights are read with dlc.get_weight
//   @main(%x, %labels) -> %loss     dlc-loss
//   -> (%loss, %dw.. {dlc.gradient = @w})          dlc-autodiff: one gradient for each weight that is not frozen
//   @main(%x, %labels, %w {dlc.state = @w}, ...) -> (%loss, %w {dlc.state = @w}, ...)      dlc-optimizer
#pragma once
#include "ir/Dialect.h"
#include "mlir/Pass/Pass.h"

namespace dlc {

struct LossOptions {
  std::string rule = "softmax-cross-entropy"; ///< as parseLosses (passes/training/Rules.h) takes it
  std::string output;                         ///< that losses look at which name none; "" where there is one only
  bool keepOutputs = false; ///< the model's outputs stay, behind the loss; behind them come several losses' own values
  int64_t parts = 1;        ///< of a batch, as dlc-accumulate will cut it
};
/// `dlc-loss{rule=.. output=..}`: the only output becomes `loss`, of rank 0, f32 (f64 for f64 models), the weighted sum
/// of the losses. All but `output` add an input, `labels` where they name no other, whose type the rule says; losses
/// that name the same one share it. Mean over the batch. A loss that takes a softmax or logistic function of its output
/// itself looks behind one that the model ends with. Of several each adds its own value up in a state `loss.sum.<name>`
/// (lossNames in passes/training/Rules.h).
std::unique_ptr<Pass> createLossPass(const LossOptions &options = {});

/// `dlc-freeze{names='features.*'}`: weights of these names (globs) are not trained. One that fits none is an error.
std::unique_ptr<Pass> createFreezePass(ArrayRef<std::string> names = {});

/// `dlc-precision{type=bf16}`: contractions of f32 take and give 16-bit floats (bf16, f16), with casts around them, all
/// else and the weights stay. Runs on the forward model, so that gradients go the same way.
std::unique_ptr<Pass> createPrecisionPass(StringRef type = "bf16");

/// `dlc-loss-scale`, between dlc-loss and dlc-autodiff: the loss times the state `train.loss_scale`, for gradients of
/// f16. dlc-optimizer takes the factor out of loss and gradients again, leaves all as it is where a gradient is not
/// finite, and adapts the factor.
std::unique_ptr<Pass> createLossScalePass();

/// `dlc-check-nonfinite`, behind dlc-optimizer: where the loss or a state of the step has a NaN or an infinity, the
/// states `train.nonfinite.step` (1 or more; 0: never) and `train.nonfinite.node`, i64, keep the first such step and
/// which of `names` it began with: an input, a state or an operator's source name.
std::unique_ptr<Pass> createNonfinitePass(std::vector<std::string> *names = nullptr);

/// `dlc-stop-gradient{names='encoder*'}`: no gradient goes back through what nodes of these names (globs) give. One
/// that fits none is an error.
std::unique_ptr<Pass> createStopGradientPass(ArrayRef<std::string> names = {});

/// `dlc-training-mode`: operators with TrainingOpInterface do what they do in training. Weights that they change are no
/// longer frozen but state, and so is `train.step`, an i64 scalar that counts steps from 0, where one of them reads it.
/// Comes behind the loss: results with `dlc.state` follow it. `seed` is mixed into those of random numbers; 0: they
/// stay.
std::unique_ptr<Pass> createTrainingModePass(uint64_t seed = 0);
/// The weights that a step of training changes although no gradient leads to them (running statistics).
SmallVector<StringAttr> changedByTraining(ModuleOp module);

/// `dlc-autodiff`: adds the gradient of the first output, a float scalar (others are state), for each weight that it
/// depends on and that is neither frozen nor of integers. An operator on the way that has no gradient is an error that
/// says why.
std::unique_ptr<Pass> createAutodiffPass();

/// `dlc-gradient`: for testing gradients; adds `@<f>.gradient` for every public function (see buildGradientFunction).
std::unique_ptr<Pass> createGradientPass();

/// `dlc-accumulate{parts=4}`, behind dlc-autodiff: the step takes so many batches, behind each other in the first
/// dimension of its inputs, in a loop; loss and gradients are their means. Inputs whose first dimension is not the
/// first input's are read whole by each. States that the model changes (running statistics) change with each batch.
std::unique_ptr<Pass> createAccumulatePass(int64_t parts = 1);

struct OptimizerOptions {
  std::string rule = "sgd";              ///< of optimizerRules(), with settings
  std::string schedule = "constant";     ///< of scheduleRules()
  double clipNorm = 0, clipValue = 0;    ///< 0: not clipped; by value comes first
  double average = 0;                    ///< decay of the moving average of weights, states `<weight>.average`; 0: none
  bool watch = false;                    ///< hands out the states `train.lr` and `train.grad_norm`, f32
  std::vector<std::string> noDecay = {}; ///< globs: weights that weight_decay leaves alone
};
/// `dlc-optimizer{rule=sgd,lr=0.01,momentum=0.9}`: weights with gradients become state, what the optimizer keeps new
/// states beside them (`<weight>.momentum`), the number of steps done the state `train.step`, i64, where it is needed.
std::unique_ptr<Pass> createOptimizerPass(const OptimizerOptions &options = {});
/// `dlc-loss-sum`: the first result, the loss, is added to a new state `loss.sum`, which its reader sets to zero.
std::unique_ptr<Pass> createLossSumPass();

/// `dlc-recompute-cheap`, behind dlc-fuse: kernels behind the loss compute elementwise values of the forward part
/// themselves where fewer bytes are kept for them then; `flopsPerByte` weighs their time. `epilogues`: contractions'
/// kernels do so, too. For modules whose @main is a step of training; others stay as they are.
std::unique_ptr<Pass> createRecomputeCheapPass(double flopsPerByte = 2, bool epilogues = false, bool remarks = false);

/// `dlc-recompute{limit=512000000}`, before dlc-plan: where a run of @main would take more bytes (arena, weights,
/// states, inputs, outputs), launches before the loss run again behind it, and what they give is not kept in between.
/// Where nothing fits, an error says the least that is needed. 0: no limit.
std::unique_ptr<Pass> createRecomputePass(int64_t limit = 0);

/// Reverse mode over one block: gradients of `wrt` given those of `outputs` (null: none). Operators are built at the
/// end of the block, before its terminator; composites without a gradient of their own are decomposed in place. A null
/// entry of `gradients` means that nothing flows. Errors are located at the operator that stands in the way.
LogicalResult differentiate(Block &block, ArrayRef<Value> outputs, ArrayRef<Value> outputGradients, ArrayRef<Value> wrt,
                            SmallVectorImpl<Value> &gradients);

/// Adds `@<func>.gradient` behind `func`: its arguments, then one cotangent for each float result; it returns func's
/// results, then the vector-Jacobian product for each argument numbered in `arguments` (zeros where nothing flows).
FailureOr<func::FuncOp> buildGradientFunction(func::FuncOp func, ArrayRef<unsigned> arguments);

/// Weights that bodies of control flow read and that are `wanted` become captures of theirs, read outside once.
void captureWeights(func::FuncOp main, llvm::function_ref<bool(WeightOp)> wanted);

/// Registers the passes above and dlc-specialize.
void registerTrainingPasses();

} // namespace dlc
