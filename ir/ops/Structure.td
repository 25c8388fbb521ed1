// Constants, weights, random numbers, fusions, launches and test checks.
#ifndef DLC_STRUCTURE_TD
#define DLC_STRUCTURE_TD
include "ir/Dialect.td"

def DLC_ConstantOp : DLC_Op<"constant", [Pure, ConstantLike, AllTypesMatch<["value", "result"]>]> {
  let summary = "A value of at most 1 KiB, or a splat; larger ones are weights";
  let arguments = (ins ElementsAttr:$value);
  let results = (outs DLC_Tensor:$result);
  let assemblyFormat = "attr-dict $value";
  let hasFolder = 1;
  let hasVerifier = 1;
}

def DLC_WeightOp : DLC_Op<"weight", [Symbol]> {
  let summary = "A tensor that lives beside the module: its bytes, or the rule that makes its first value";
  let description = [{
    `dlc.weight @fc1.w : tensor<128x784xf32> = #dlc.rule<"kaiming_uniform", [2.23]>`. The value is a blob, a rule,
    dense elements of at most 1 KiB, or `#dlc.derived` of a weight that is a result of @init. `frozen` marks what training must not change (running statistics, tables).
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttrOf<DLC_Tensor>:$type, AnyAttr:$value, UnitAttr:$frozen);
  let assemblyFormat = "(`frozen` $frozen^)? $sym_name `:` $type `=` $value attr-dict";
  let hasVerifier = 1;
}

def DLC_GetWeightOp : DLC_Op<"get_weight", [Pure, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "The value of a weight";
  let arguments = (ins FlatSymbolRefAttr:$weight);
  let results = (outs DLC_Tensor:$result);
  let assemblyFormat = "$weight attr-dict `:` type($result)";
}

def DLC_ExtentOp : DLC_Op<"extent", [Pure]> {
  let summary = "A size over dimension symbols as an index, inside kernels";
  let description = "`dlc.extent <[2 * seq + 1]>`: code generators turn it into arithmetic on the symbols.";
  let arguments = (ins DLC_DimsAttr:$size);
  let results = (outs Index:$result);
  let assemblyFormat = "$size attr-dict";
  let hasVerifier = 1;
}

def DLC_SizesOp : DLC_Op<"sizes", [Pure, DeclareOpInterfaceMethods<DLC_IndexedOpInterface, ["isCheap"]>]> {
  let summary = "Sizes over dimension symbols as a tensor: what shape arithmetic hands to the graph";
  let description = [{
    `dlc.sizes <[batch, 2 * seq + 1]> : tensor<2xi64>`: one expression an element, or the only one of a scalar.
  }];
  let arguments = (ins DLC_DimsAttr:$sizes);
  let results = (outs DLC_IntTensor:$result);
  let assemblyFormat = "$sizes attr-dict `:` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def DLC_RngUniformOp : DLC_Op<"rng_uniform", [Pure, DeclareOpInterfaceMethods<DLC_IndexedOpInterface>,
    DeclareOpInterfaceMethods<DLC_TrainingOpInterface>,
    DeclareOpInterfaceMethods<DLC_DifferentiableOpInterface, ["getNoGradientReason"]>]> {
  let summary = "Uniform random numbers in [0, 1)";
  let description = [{
    Philox 4x32-10; state holds {seed, step} as i64; counter = (step, `id`, row-major element index), so the numbers do
    not depend on fusion, layout or target. `id` is given at import and unique in a model. In training the step is that of
    the training: every step has its own numbers, and a backward pass that computes them anew has the same.
  }];
  let arguments = (ins RankedTensorOf<[I64]>:$state, I64Attr:$id);
  let results = (outs DLC_FloatTensor:$result);
  let assemblyFormat = "$state `id` `=` $id attr-dict `:` type($state) `->` type($result)";
  let hasVerifier = 1;
}

def DLC_FusionOp : DLC_Op<"fusion", [IsolatedFromAbove, SingleBlock, Pure]> {
  let summary = "Operators that become one kernel";
  let description = "`kind`: `row`, `contraction` (DESIGN: what a fusion is), or `routine`, of one operator. The body's arguments are the inputs.";
  let arguments = (ins Variadic<DLC_Tensor>:$inputs, StrAttr:$kind);
  let results = (outs Variadic<DLC_Tensor>:$results);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$kind `(` $inputs `)` `:` functional-type($inputs, $results) $body attr-dict";
  let hasVerifier = 1;
}

def DLC_YieldOp : DLC_Op<"yield", [Terminator, Pure, ReturnLike, ParentOneOf<["FusionOp", "IfOp", "WhileOp"]>]> {
  let summary = "Results of a fusion, or of a region of a control operator";
  let arguments = (ins Variadic<DLC_Tensor>:$operands);
  let assemblyFormat = "attr-dict ($operands^ `:` type($operands))?";
}

def DLC_LaunchOp : DLC_Op<"launch", [Pure, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "Runs a kernel function on tensors";
  let arguments = (ins FlatSymbolRefAttr:$kernel, Variadic<DLC_Tensor>:$inputs);
  let results = (outs Variadic<DLC_Tensor>:$results);
  let assemblyFormat = "$kernel `(` $inputs `)` attr-dict `:` functional-type($inputs, $results)";
}

def DLC_CheckCloseOp : DLC_Op<"check_close", []> {
  let summary = "A test's expectation: |x - expected| <= atol + rtol * |expected|, NaN equal to NaN";
  let arguments = (ins DLC_Tensor:$x, ElementsAttr:$expected, DefaultValuedAttr<F64Attr, "1e-5">:$rtol,
                       DefaultValuedAttr<F64Attr, "1e-6">:$atol);
  let assemblyFormat = "$x `,` $expected attr-dict `:` type($x)";
}

#endif
