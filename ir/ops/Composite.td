// Composites: seen whole by mixed precision and autodiff, decomposed where a target has no kernel of its own.
#ifndef DLC_COMPOSITE_TD
#define DLC_COMPOSITE_TD
include "ir/Dialect.td"

class DLC_CompositeOp<string mnemonic, list<Trait> traits = []> : DLC_Op<mnemonic, !listconcat(traits, [Pure,
    DeclareOpInterfaceMethods<DLC_DecomposableOpInterface>])>;

class DLC_CompositeWithVjp<string mnemonic, list<Trait> traits = []> : DLC_CompositeOp<mnemonic,
    !listconcat(traits, [DeclareOpInterfaceMethods<DLC_DifferentiableOpInterface, ["buildVjp"]>])>;

def DLC_SoftmaxOp : DLC_CompositeWithVjp<"softmax", [SameOperandsAndResultType]> {
  let summary = "e^(x - max) / sum along `axis`";
  let arguments = (ins DLC_FloatTensor:$x, I64Attr:$axis);
  let results = (outs DLC_FloatTensor:$result);
  let assemblyFormat = "$x `axis` `=` $axis attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def DLC_LogSoftmaxOp : DLC_CompositeWithVjp<"log_softmax", [SameOperandsAndResultType]> {
  let summary = "x - max - log(sum(e^(x - max))) along `axis`";
  let arguments = (ins DLC_FloatTensor:$x, I64Attr:$axis);
  let results = (outs DLC_FloatTensor:$result);
  let assemblyFormat = "$x `axis` `=` $axis attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def DLC_BatchNormOp : DLC_CompositeOp<"batch_norm", [AllTypesMatch<["x", "result"]>,
                                      DeclareOpInterfaceMethods<DLC_TrainingOpInterface>]> {
  let summary = "(x - mean) / sqrt(variance + epsilon) * scale + bias, with given statistics of `axis`";
  let description = [{
    scale, bias, mean and variance: [C], C the size of x's dimension `axis`. In training, x's own statistics take the
    place of weights mean and variance, which follow them: new = momentum * old + (1 - momentum) * the batch's, the
    variance there divided by n - 1, as PyTorch does.
  }];
  let arguments = (ins DLC_FloatTensor:$x, DLC_FloatTensor:$scale, DLC_FloatTensor:$bias, DLC_FloatTensor:$mean,
                       DLC_FloatTensor:$variance, F64Attr:$epsilon, I64Attr:$axis,
                       DefaultValuedAttr<F64Attr, "0.9">:$momentum);
  let results = (outs DLC_FloatTensor:$result);
  let assemblyFormat = [{ $x `,` $scale `,` $bias `,` $mean `,` $variance `epsilon` `=` $epsilon `axis` `=` $axis
                          attr-dict `:` type($x) `,` type($scale) `,` type($bias) `,` type($mean) `,` type($variance)
                          }];
  let hasVerifier = 1;
}

def DLC_BatchNormTrainingOp : DLC_CompositeOp<"batch_norm_training", [AllTypesMatch<["x", "result"]>,
                                              AllTypesMatch<["scale", "bias", "mean", "variance"]>]> {
  let summary = "Batch normalisation with the statistics of x itself; hands out mean and (biased) variance";
  let arguments = (ins DLC_FloatTensor:$x, DLC_FloatTensor:$scale, DLC_FloatTensor:$bias, F64Attr:$epsilon,
                       I64Attr:$axis);
  let results = (outs DLC_FloatTensor:$result, DLC_FloatTensor:$mean, DLC_FloatTensor:$variance);
  let assemblyFormat = [{ $x `,` $scale `,` $bias `epsilon` `=` $epsilon `axis` `=` $axis attr-dict
                          `:` type($x) `,` type($scale) }];
  let hasVerifier = 1;
}

def DLC_LayerNormOp : DLC_CompositeOp<"layer_norm", [AllTypesMatch<["x", "result"]>, AllTypesMatch<["scale", "bias"]>]> {
  let summary = "(x - mean) / sqrt(variance + epsilon) * scale + bias over the dimensions from `axis` on";
  let description = "scale and bias have the shape of x's dimensions from `axis` on.";
  let arguments = (ins DLC_FloatTensor:$x, DLC_FloatTensor:$scale, DLC_FloatTensor:$bias, F64Attr:$epsilon,
                       I64Attr:$axis);
  let results = (outs DLC_FloatTensor:$result);
  let assemblyFormat = [{ $x `,` $scale `,` $bias `epsilon` `=` $epsilon `axis` `=` $axis attr-dict
                          `:` type($x) `,` type($scale) }];
  let hasVerifier = 1;
}

def DLC_SoftmaxCrossEntropyOp : DLC_CompositeWithVjp<"softmax_cross_entropy"> {
  let summary = "Mean over rows of -log(softmax(logits)[label])";
  let description = "logits [N, C], labels [N] integers in [0, C); the result has rank 0.";
  let arguments = (ins DLC_FloatTensor:$logits, DLC_IntTensor:$labels);
  let results = (outs DLC_FloatTensor:$result);
  let assemblyFormat = "$logits `,` $labels attr-dict `:` type($logits) `,` type($labels) `->` type($result)";
  let hasVerifier = 1;
}

def DLC_StopGradientOp : DLC_CompositeOp<"stop_gradient",
    [DeclareOpInterfaceMethods<DLC_DifferentiableOpInterface, ["buildVjp", "isChosen"]>]> {
  let summary = "x itself; what comes back to it goes to `instead`, or nowhere";
  let description = [{
    `%r = dlc.stop_gradient %x : (tensor<4xf32>) -> tensor<4xf32>`. With `instead`, of x's type, a step has the gradient
    of a line: `dlc.stop_gradient %rounded instead %x`, straight through.
  }];
  let arguments = (ins DLC_FloatTensor:$x, Optional<DLC_FloatTensor>:$instead);
  let results = (outs DLC_FloatTensor:$result);
  let assemblyFormat = "$x (`instead` $instead^)? attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

#endif
