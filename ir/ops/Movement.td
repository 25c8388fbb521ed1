// Operators that move elements: broadcast, reshape, transpose, slice, pad, concat, gather, iota.
#ifndef DLC_MOVEMENT_TD
#define DLC_MOVEMENT_TD
include "ir/Dialect.td"

class DLC_MovementOp<string mnemonic, list<Trait> traits = [], list<string> answers = []>
    : DLC_Op<mnemonic, !listconcat(traits, [Pure,
        DeclareOpInterfaceMethods<DLC_IndexedOpInterface, answers>,
        DeclareOpInterfaceMethods<DLC_DifferentiableOpInterface, ["buildVjp"]>])>;

def DLC_BroadcastOp : DLC_MovementOp<"broadcast", [DeclareOpInterfaceMethods<DLC_LayoutOpInterface, ["buildPermuted"]>], ["isCheap", "getProjection"]> {
  let summary = "Repeats x along new dimensions and along dimensions of size 1";
  let description = [{
    `dims[i]` is the result dimension of x's dimension i, ascending; x's dimension is 1 or the result's.
    `%r = dlc.broadcast %b dims = [1] : tensor<10xf32> -> tensor<128x10xf32>`
  }];
  let arguments = (ins DLC_Tensor:$x, DenseI64ArrayAttr:$dims);
  let results = (outs DLC_Tensor:$result);
  let assemblyFormat = "$x `dims` `=` $dims attr-dict `:` type($x) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def DLC_ReshapeOp : DLC_MovementOp<"reshape", [DeclareOpInterfaceMethods<DLC_LayoutOpInterface, ["buildSunk"]>], ["isView"]> {
  let summary = "The same elements in row-major order under another shape";
  let arguments = (ins DLC_Tensor:$x);
  let results = (outs DLC_Tensor:$result);
  let assemblyFormat = "$x attr-dict `:` type($x) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def DLC_TransposeOp : DLC_MovementOp<"transpose", [InferTypeOpAdaptor], ["getPermutation"]> {
  let summary = "result dimension i is x's dimension perm[i]";
  let arguments = (ins DLC_Tensor:$x, DenseI64ArrayAttr:$perm);
  let results = (outs DLC_Tensor:$result);
  let assemblyFormat = "$x `perm` `=` $perm attr-dict `:` type($x) `->` type($result)";
  let hasFolder = 1;
}

def DLC_SliceOp : DLC_MovementOp<"slice", [DeclareOpInterfaceMethods<DLC_LayoutOpInterface, ["buildSunk"]>]> {
  let summary = "Elements start, start + stride, ... of each dimension";
  let description = [{
    The result's shape says how many. A negative stride walks backwards, so it reverses. Everything lies inside x.
    `%r = dlc.slice %x start = [0, 2] stride = [1, 2] : tensor<4x8xf32> -> tensor<4x3xf32>`
  }];
  let arguments = (ins DLC_Tensor:$x, DenseI64ArrayAttr:$start, DenseI64ArrayAttr:$stride);
  let results = (outs DLC_Tensor:$result);
  let assemblyFormat = "$x `start` `=` $start `stride` `=` $stride attr-dict `:` type($x) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def DLC_PadOp : DLC_MovementOp<"pad", [InferTypeOpAdaptor,
    DeclareOpInterfaceMethods<DLC_LayoutOpInterface, ["buildSunk"]>]> {
  let summary = "x with `value` before, after and between its elements";
  let description = [{
    `low`, `high` (may be negative: elements are cut off) and `interior` (0 or more between two elements), one entry a
    dimension; value is a tensor of rank 0.
  }];
  let arguments = (ins DLC_Tensor:$x, DLC_Tensor:$value, DenseI64ArrayAttr:$low, DenseI64ArrayAttr:$high,
                       DenseI64ArrayAttr:$interior);
  let results = (outs DLC_Tensor:$result);
  let assemblyFormat = [{ $x `,` $value `low` `=` $low `high` `=` $high `interior` `=` $interior attr-dict
                          `:` type($x) `,` type($value) `->` type($result) }];
}

def DLC_ConcatOp : DLC_MovementOp<"concat", [InferTypeOpAdaptor,
    DeclareOpInterfaceMethods<DLC_LayoutOpInterface, ["buildSunk"]>], ["repeatsOperands", "getPlaces"]> {
  let summary = "Operands one after the other along `axis`";
  let arguments = (ins Variadic<DLC_Tensor>:$inputs, I64Attr:$axis);
  let results = (outs DLC_Tensor:$result);
  let assemblyFormat = "$inputs `axis` `=` $axis attr-dict `:` type($inputs) `->` type($result)";
  let hasFolder = 1;
}

def DLC_GatherOp : DLC_MovementOp<"gather", [InferTypeOpAdaptor]> {
  let summary = "Slices of x along `axis`, picked by indices";
  let description = [{
    result[a.., i.., b..] = x[a.., indices[i..], b..], with a the dimensions before `axis` and b those behind. A
    negative index counts from the end; one out of range is clamped.
  }];
  let arguments = (ins DLC_Tensor:$x, DLC_IntTensor:$indices, I64Attr:$axis);
  let results = (outs DLC_Tensor:$result);
  let assemblyFormat = "$x `,` $indices `axis` `=` $axis attr-dict `:` type($x) `,` type($indices) `->` type($result)";
}

def DLC_ResizeOp : DLC_MovementOp<"resize", [InferTypeOpAdaptor,
    DeclareOpInterfaceMethods<DLC_LayoutOpInterface, ["buildSunk"]>], ["getReadsPerElement"]> {
  let summary = "x resampled along `dims`: each element a weighted sum of some of x's, or one of them";
  let description = [{
    `tables` holds integer tables (taps x new size), one a dimension, and then as many of weights in x's element type;
    without weights there is one tap, and elements are only picked. Along each dimension
    result[.., i, ..] = sum over t of weights[t, i] * x[.., indices[t, i], ..]; an index outside x is clamped.
    `%r = dlc.resize %x, %rows, %columns dims = [2, 3] : tensor<1x3x4x4xf32>, tensor<1x8xi32>, tensor<1x8xi32> -> ..`
  }];
  let arguments = (ins DLC_Tensor:$x, Variadic<DLC_Tensor>:$tables, DenseI64ArrayAttr:$dims);
  let results = (outs DLC_Tensor:$result);
  let assemblyFormat = "$x `,` $tables `dims` `=` $dims attr-dict `:` type($x) `,` type($tables) `->` type($result)";
  let extraClassDeclaration = [{
    Value getIndices(unsigned n) { return getTables()[n]; }
    /// Null where elements are only picked.
    Value getWeights(unsigned n) {
      size_t count = getDims().size();
      return getTables().size() > count ? Value(getTables()[count + n]) : Value();
    }
  }];
}

def DLC_IotaOp : DLC_Op<"iota", [Pure, DeclareOpInterfaceMethods<DLC_IndexedOpInterface, ["isCheap"]>]> {
  let summary = "Each element is its index along `axis`";
  let arguments = (ins I64Attr:$axis);
  let results = (outs DLC_Tensor:$result);
  let assemblyFormat = "`axis` `=` $axis attr-dict `:` type($result)";
  let hasVerifier = 1;
}

#endif
