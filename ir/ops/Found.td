// dlc.found: the operator by which a size that only a run knows becomes a symbol. Apart from the others, with a header of
// its own (ir/Found.h): the importer makes it and the planner takes it, nobody else knows it.
#ifndef DLC_FOUND_TD
#define DLC_FOUND_TD
include "ir/Dialect.td"

def DLC_FoundOp : DLC_Op<"found", [DeclareOpInterfaceMethods<DLC_DifferentiableOpInterface, ["getNoGradientReason"]>]> {
  let summary = "From here on a symbol has the value of `count`, and of each input so many elements are there";
  let description = [{
    The inputs' first elements along dimension 0. The symbol is declared with a range that begins at 0 and holds `count`;
    one operator finds it. The first result is the count again, for what depends on the size and on no input.
    `%n, %y = dlc.found %count size <[n]> of %x : (tensor<i64>, tensor<9xf32>) -> (tensor<i64>, tensor<?xf32, ..>)`
  }];
  let arguments = (ins RankedTensorOf<[I64]>:$count, Variadic<DLC_Tensor>:$inputs, DLC_DimsAttr:$size);
  let results = (outs RankedTensorOf<[I64]>:$value, Variadic<DLC_Tensor>:$results);
  let assemblyFormat = "$count `size` $size (`of` $inputs^)? attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

#endif
