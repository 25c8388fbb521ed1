// Operators that fold dimensions: reduce, arg_reduce, reduce_window.
#ifndef DLC_REDUCTION_TD
#define DLC_REDUCTION_TD
include "ir/Dialect.td"

def DLC_ReduceKind : I32EnumAttr<"ReduceKind", "how elements are folded", [
    I32EnumAttrCase<"sum", 0>, I32EnumAttrCase<"max", 1>, I32EnumAttrCase<"min", 2>, I32EnumAttrCase<"prod", 3>]> {
  let cppNamespace = "::dlc";
  let genSpecializedAttr = 0;
}
def DLC_ReduceKindAttr : EnumAttr<DLC_Dialect, DLC_ReduceKind, "reduce">;

def DLC_ReduceOp : DLC_Op<"reduce", [Pure, InferTypeOpAdaptor,
    DeclareOpInterfaceMethods<DLC_LayoutOpInterface, ["buildSunk"]>, DeclareOpInterfaceMethods<DLC_ReductionOpInterface>,
    DeclareOpInterfaceMethods<DLC_DifferentiableOpInterface, ["buildVjp", "getNoGradientReason"]>]> {
  let summary = "Sum, maximum, minimum or product over dimensions, which vanish";
  let description = [{
    `dims` ascending. Sums of 16-bit floats accumulate in f32. The order of a floating-point sum is the target's, and
    the same in every run. An empty fold gives the identity: 0, 1, -infinity, infinity (the least or greatest integer).
    Equal extremes share the gradient evenly.
  }];
  let arguments = (ins DLC_ReduceKindAttr:$kind, DLC_Tensor:$x, DenseI64ArrayAttr:$dims);
  let results = (outs DLC_Tensor:$result);
  let assemblyFormat = "$kind $x `dims` `=` $dims attr-dict `:` type($x) `->` type($result)";
  let hasFolder = 1;
}

def DLC_ArgReduceOp : DLC_Op<"arg_reduce", [Pure, InferTypeOpAdaptor,
    DeclareOpInterfaceMethods<DLC_ReductionOpInterface, ["usesPosition"]>,
    DeclareOpInterfaceMethods<DLC_DifferentiableOpInterface, ["buildVjp", "getNoGradientReason"]>]> {
  let summary = "Greatest (max) or least (min) element along `axis`, and the index of the first such";
  let description = [{
    A NaN counts as the extreme; the first NaN's index is given. The gradient goes to the element of that index.
  }];
  let arguments = (ins DLC_ReduceKindAttr:$kind, DLC_Tensor:$x, I64Attr:$axis);
  let results = (outs DLC_Tensor:$value, RankedTensorOf<[I64]>:$index);
  let assemblyFormat = "$kind $x `axis` `=` $axis attr-dict `:` type($x) `->` type($value) `,` type($index)";
}

def DLC_ReduceWindowOp : DLC_Op<"reduce_window", [Pure, InferTypeOpAdaptor,
    DeclareOpInterfaceMethods<DLC_LayoutOpInterface, ["buildSunk"]>,
    DeclareOpInterfaceMethods<DLC_IndexedOpInterface, ["getReadsPerElement"]>,
    DeclareOpInterfaceMethods<DLC_DifferentiableOpInterface, ["buildVjp", "buildRegionVjp", "getNoGradientReason"]>]> {
  let summary = "Folds a window that slides over x: pooling without its division";
  let description = [{
    One entry a dimension of x in every attribute. Outside x lies the identity of the kind.
    result size = floor((size + low + high - dilation*(window-1) - 1) / stride) + 1.
  }];
  let arguments = (ins DLC_ReduceKindAttr:$kind, DLC_Tensor:$x, DenseI64ArrayAttr:$window, DenseI64ArrayAttr:$strides,
                       DenseI64ArrayAttr:$dilation, DenseI64ArrayAttr:$low, DenseI64ArrayAttr:$high);
  let results = (outs DLC_Tensor:$result);
  let assemblyFormat = [{ $kind $x `window` `=` $window `strides` `=` $strides `dilation` `=` $dilation
                          `low` `=` $low `high` `=` $high attr-dict `:` type($x) `->` type($result) }];
}

def DLC_ArgWindowOp : DLC_Op<"arg_window", [Pure, InferTypeOpAdaptor,
    DeclareOpInterfaceMethods<DLC_LayoutOpInterface, ["buildSunk"]>,
    DeclareOpInterfaceMethods<DLC_IndexedOpInterface, ["buildElements", "getReadsPerElement"]>,
    DeclareOpInterfaceMethods<DLC_DifferentiableOpInterface, ["buildVjp", "getNoGradientReason"]>]> {
  let summary = "reduce_window max or min, and the row-major position inside the window of the element that it finds";
  let description = [{
    The first of equals, and the first NaN. Positions are i8 where a window has at most 128 elements, else i32; -1 where
    nothing of a window lies in x. A step of training has it in place of a reduce_window, whose gradient asks where the
    extreme was.
  }];
  let arguments = (ins DLC_ReduceKindAttr:$kind, DLC_Tensor:$x, DenseI64ArrayAttr:$window, DenseI64ArrayAttr:$strides,
                       DenseI64ArrayAttr:$dilation, DenseI64ArrayAttr:$low, DenseI64ArrayAttr:$high);
  let results = (outs DLC_Tensor:$value, RankedTensorOf<[I8, I32]>:$place);
  let assemblyFormat = [{ $kind $x `window` `=` $window `strides` `=` $strides `dilation` `=` $dilation `low` `=` $low
                          `high` `=` $high attr-dict `:` type($x) `->` type($value) `,` type($place) }];
}

def DLC_SpreadWindowOp : DLC_Op<"spread_window", [Pure,
    DeclareOpInterfaceMethods<DLC_LayoutOpInterface, ["buildSunk"]>,
    DeclareOpInterfaceMethods<DLC_IndexedOpInterface, ["getReadsPerElement"]>,
    DeclareOpInterfaceMethods<DLC_DifferentiableOpInterface, ["buildVjp"]>]> {
  let summary = "Sums for each element of a tensor the windows that contain it: what reduce_window's gradient is made of";
  let description = [{
    x has an element for each window of the result, in which reduce_window would slide with the same attributes. With
    `place` a window gives its element to one of its places alone, as arg_window numbers them, and to none if that
    is -1. Each element looks at the few windows that can contain it, in a fixed order.
  }];
  let arguments = (ins DLC_Tensor:$x, Optional<RankedTensorOf<[I8, I32]>>:$place, DenseI64ArrayAttr:$window,
                       DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$dilation, DenseI64ArrayAttr:$low,
                       DenseI64ArrayAttr:$high);
  let results = (outs DLC_Tensor:$result);
  let assemblyFormat = [{ $x (`at` $place^)? `window` `=` $window `strides` `=` $strides `dilation` `=` $dilation
                          `low` `=` $low `high` `=` $high attr-dict `:` functional-type(operands, results) }];
  let hasVerifier = 1;
}

def DLC_WindowArgmaxOp : DLC_Op<"window_argmax", [Pure, InferTypeOpAdaptor,
    DeclareOpInterfaceMethods<DLC_IndexedOpInterface, ["getReadsPerElement"]>,
    DeclareOpInterfaceMethods<DLC_DifferentiableOpInterface, ["getNoGradientReason"]>]> {
  let summary = "Row-major position inside the window of the element that reduce_window max finds, the first of equals";
  let arguments = (ins DLC_Tensor:$x, DenseI64ArrayAttr:$window, DenseI64ArrayAttr:$strides,
                       DenseI64ArrayAttr:$dilation, DenseI64ArrayAttr:$low, DenseI64ArrayAttr:$high);
  let results = (outs RankedTensorOf<[I32]>:$result);
  let assemblyFormat = [{ $x `window` `=` $window `strides` `=` $strides `dilation` `=` $dilation
                          `low` `=` $low `high` `=` $high attr-dict `:` type($x) `->` type($result) }];
}

#endif
