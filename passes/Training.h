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

/// `dlc-loss{kind=softmax-cross-entropy}`: the model's only output, [N, C] (or [N, C, 1, ..]), becomes the mean loss
/// against a new input `labels`, [N] i32. The loss is f32 (f64 for f64 models) and is named `loss`.
std::unique_ptr<Pass> createLossPass(StringRef kind = "softmax-cross-entropy");

/// `dlc-autodiff`: adds the gradient of the first output, a float scalar, for each weight that it depends on and that is
/// neither frozen nor of integers. An operator on the way that has no gradient is an error that says why.
std::unique_ptr<Pass> createAutodiffPass();

/// `dlc-gradient`: for testing gradients; adds `@<f>.gradient` for every public function (see buildGradientFunction).
std::unique_ptr<Pass> createGradientPass();

/// `kind` is sgd. momentum 0 keeps no momentum state. As PyTorch: m = momentum*m + g; w = w - lr*m.
struct OptimizerOptions {
  std::string kind = "sgd";
  double lr = 0.01;
  double momentum = 0;
};
/// `dlc-optimizer{kind=sgd lr=0.01 momentum=0.9}`: weights with gradients become state, momenta new weights of zeros.
std::unique_ptr<Pass> createOptimizerPass(const OptimizerOptions &options = {});
/// `dlc-loss-sum`: the first result, the loss, is added to a new state `loss.sum`, which its reader sets to zero.
std::unique_ptr<Pass> createLossSumPass();
/// Reads "sgd,lr=0.01,momentum=0.9"; an error says which key is wrong.
llvm::Expected<OptimizerOptions> parseOptimizer(StringRef text);

/// Reverse mode over one block: gradients of `wrt` given those of `outputs` (null: none). Operators are built at the end
/// of the block, before its terminator; composites without a gradient of their own are decomposed in place. A null entry
/// of `gradients` means that nothing flows. Errors are located at the operator that stands in the way.
LogicalResult differentiate(Block &block, ArrayRef<Value> outputs, ArrayRef<Value> outputGradients, ArrayRef<Value> wrt,
                            SmallVectorImpl<Value> &gradients);

/// Adds `@<func>.gradient` behind `func`: its arguments, then one cotangent for each float result; it returns func's
/// results, then the vector-Jacobian product for each argument numbered in `arguments` (zeros where nothing flows).
FailureOr<func::FuncOp> buildGradientFunction(func::FuncOp func, ArrayRef<unsigned> arguments);

/// Registers the passes above and dlc-specialize.
void registerTrainingPasses();

} // namespace dlc
