// dlc.dropout: nothing in a forward model, random zeros in a step of training. Apart from the others, with a header of its
// own (ir/Dropout.h): importers make it, exporters write it, and passes ask its interfaces.
#ifndef DLC_DROPOUT_TD
#define DLC_DROPOUT_TD
include "ir/Dialect.td"

def DLC_DropoutOp : DLC_Op<"dropout", [Pure, SameOperandsAndResultType, DeclareOpInterfaceMethods<DLC_DecomposableOpInterface>,
    DeclareOpInterfaceMethods<DLC_TrainingOpInterface>]> {
  let summary = "x in a forward model; in training each element is 0 with probability `ratio`, else x / (1 - ratio)";
  let description = [{
    Source: Srivastava and others, "Dropout: a simple way to prevent neural networks from overfitting" (2014), scaled as
    PyTorch and ONNX do. In training an element is kept where dlc.rng_uniform with `seed`, `id` and the step's number is
    at least `ratio`. `id` is given at import and unique in a model. With `always` a forward model drops, too, with the same
    mask in every run.
  }];
  let arguments = (ins DLC_FloatTensor:$x, F64Attr:$ratio, I64Attr:$seed, I64Attr:$id, UnitAttr:$always);
  let results = (outs DLC_FloatTensor:$result);
  let assemblyFormat = "$x `ratio` `=` $ratio `seed` `=` $seed `id` `=` $id (`always` $always^)? attr-dict `:` type($result)";
  let hasVerifier = 1;
}

#endif
