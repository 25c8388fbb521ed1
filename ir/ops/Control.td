// Operators that run regions: if and while.
#ifndef DLC_CONTROL_TD
#define DLC_CONTROL_TD
include "ir/Dialect.td"

class DLC_ControlOp<string mnemonic> : DLC_Op<mnemonic, [IsolatedFromAbove, SingleBlock, Pure,
    DeclareOpInterfaceMethods<DLC_ControlOpInterface>,
    DeclareOpInterfaceMethods<DLC_DifferentiableOpInterface, ["getNoGradientReason", "buildRegionVjp"]>]> {
  let hasRegionVerifier = 1;
  let hasCanonicalizer = 1;
}

def DLC_IfOp : DLC_ControlOp<"if"> {
  let summary = "The results of one of two regions";
  let description = [{
    The regions are isolated: what they read of the outside are their arguments, the captures.
    `%r = dlc.if %c(%x) : (tensor<i1>, tensor<4xf32>) -> tensor<4xf32> {..} else {..}`
  }];
  let arguments = (ins DLC_BoolTensor:$condition, Variadic<DLC_Tensor>:$captures);
  let results = (outs Variadic<DLC_Tensor>:$results);
  let regions = (region SizedRegion<1>:$then_body, SizedRegion<1>:$else_body);
  let assemblyFormat = [{ $condition `(` $captures `)` attr-dict `:` functional-type(operands, $results) $then_body
                          `else` $else_body }];
}

def DLC_WhileOp : DLC_ControlOp<"while"> {
  let summary = "Runs its body again and again: a loop with carried values, or a scan over sequences";
  let description = [{
    The inputs are `carried` values, `sequences` sequences, and captures. In every step the body gets the carried
    values, one row of every sequence (an element of its first dimension, which is `limit`), and the captures; it yields
    the new carried values and then any number of rows. Results: the last carried values, and the rows of all steps
    along a new first dimension of `limit`; rows of steps that did not run are 0.
    The body runs `limit` times (-1: as often as it takes); with `count`, an expression over dimension symbols, so many
    times, and `limit` is no less. With `conditional`, the first carried value is a scalar
    bool, and there is no further step once it is false. `reversed` lists sequences, and rows counted behind them, that
    are walked from their end.
    `%s, %rows = dlc.while(%s0, %xs, %w) carried = 1 limit = 8 {sequences = 1 : i64} : (..) -> (..) {..}`
  }];
  let arguments = (ins Variadic<DLC_Tensor>:$inputs, I64Attr:$carried, I64Attr:$limit,
                       DefaultValuedAttr<I64Attr, "0">:$sequences, UnitAttr:$conditional,
                       DefaultValuedAttr<DenseI64ArrayAttr, "{}">:$reversed, OptionalAttr<DLC_DimsAttr>:$count);
  let results = (outs Variadic<DLC_Tensor>:$results);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{ `(` $inputs `)` `carried` `=` $carried `limit` `=` $limit attr-dict
                          `:` functional-type($inputs, $results) $body }];
}

#endif
