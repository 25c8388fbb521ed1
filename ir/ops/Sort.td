// Operators that order elements: sort, scatter, suppress.
#ifndef DLC_SORT_TD
#define DLC_SORT_TD
include "ir/Dialect.td"

def DLC_SortOp : DLC_Op<"sort", [Pure,
    DeclareOpInterfaceMethods<DLC_RoutineOpInterface, ["buildPieces"]>,
    DeclareOpInterfaceMethods<DLC_DifferentiableOpInterface, ["buildVjp", "getNoGradientReason"]>]> {
  let summary = "The first elements of each row (the last dimension) in order, and where they stood";
  let description = [{
    Equal elements stay in order; NaN is greater than every number and equal to itself, -0 equals 0. The result's shape
    says how many are kept. `numbers`, where given, stand for the elements' places.
    `%v, %i = dlc.sort %x descending : (tensor<4x100xf32>) -> (tensor<4x10xf32>, tensor<4x10xi64>)`
    With `stretch`, rows are cut into stretches of so many elements, the last may be shorter, and the first `keep` of
    each (0: all) follow each other. `run` promises that a stretch is two runs in order, the first of so many elements.
  }];
  let arguments = (ins DLC_Tensor:$x, Optional<RankedTensorOf<[I64]>>:$numbers, UnitAttr:$descending,
                       DefaultValuedAttr<I64Attr, "0">:$stretch, DefaultValuedAttr<I64Attr, "0">:$keep,
                       DefaultValuedAttr<I64Attr, "0">:$run);
  let results = (outs DLC_Tensor:$values, RankedTensorOf<[I64]>:$index);
  let assemblyFormat = [{ $x (`numbers` $numbers^)? (`descending` $descending^)? attr-dict
                          `:` functional-type(operands, results) }];
  let hasVerifier = 1;
}

def DLC_ScatterOp : DLC_Op<"scatter", [Pure, DeclareOpInterfaceMethods<DLC_RoutineOpInterface>,
    DeclareOpInterfaceMethods<DLC_DifferentiableOpInterface, ["buildVjp"]>]> {
  let summary = "Puts the elements of each row (the last dimension) where `index` says, and 0 everywhere else";
  let description = [{
    result[.., index[.., j]] = x[.., j]. The indices of a row differ from each other; those outside the result's row are
    left out. That undoes a sort: its gradient.
    `%r = dlc.scatter %x at %i : (tensor<4x10xf32>, tensor<4x10xi64>) -> tensor<4x100xf32>`
  }];
  let arguments = (ins DLC_Tensor:$x, RankedTensorOf<[I64]>:$index);
  let results = (outs DLC_Tensor:$result);
  let assemblyFormat = "$x `at` $index attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

def DLC_SuppressOp : DLC_Op<"suppress", [Pure, DeclareOpInterfaceMethods<DLC_RoutineOpInterface>,
    DeclareOpInterfaceMethods<DLC_DifferentiableOpInterface, ["getNoGradientReason"]>]> {
  let summary = "Numbers of the boxes that are taken in the given order, without those that overlap one taken before";
  let description = [{
    boxes [batch, n, 4] as low y, low x, high y, high x; `order` [batch, classes, n] holds numbers of boxes, of which the
    first `count` [batch, classes] are candidates. A candidate is dropped where it and a box taken share more than
    `limit` of the area that they cover together; what has no area shares nothing. At most `most` are taken, and as many as the
    result [batch, classes, m] has places; the others are -1.
  }];
  let arguments = (ins RankedTensorOf<[F32]>:$boxes, RankedTensorOf<[I64]>:$order, RankedTensorOf<[I64]>:$count,
                       RankedTensorOf<[F32]>:$limit, RankedTensorOf<[I64]>:$most);
  let results = (outs RankedTensorOf<[I64]>:$taken);
  let assemblyFormat = [{ $boxes `order` $order `,` $count `limit` $limit `most` $most attr-dict
                          `:` functional-type(operands, results) }];
  let hasVerifier = 1;
}

#endif
