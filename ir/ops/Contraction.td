// Sums of products: dot_general and N-D convolution.
#ifndef DLC_CONTRACTION_TD
#define DLC_CONTRACTION_TD
include "ir/Dialect.td"

class DLC_ContractionOp<string mnemonic, list<Trait> traits = [], list<string> answers = []>
    : DLC_Op<mnemonic, !listconcat(traits, [Pure, InferTypeOpAdaptor,
        DeclareOpInterfaceMethods<DLC_ContractionOpInterface, answers>,
        DeclareOpInterfaceMethods<DLC_DifferentiableOpInterface, ["buildVjp"]>])>;

def DLC_DotGeneralOp : DLC_ContractionOp<"dot_general", [], ["storesInOrder"]> {
  let summary = "Batched matrix product over any dimensions";
  let description = [{
    Result dimensions: batch, then lhs's free, then rhs's free, each in the operand's order. 16-bit floats accumulate
    in f32.
    `%r = dlc.dot_general %x, %w batch = [] x [] contract = [1] x [1] : (tensor<128x784xf32>, tensor<10x784xf32>) -> tensor<128x10xf32>`
  }];
  let arguments = (ins DLC_Tensor:$lhs, DLC_Tensor:$rhs, DenseI64ArrayAttr:$lhs_batch, DenseI64ArrayAttr:$rhs_batch,
                       DenseI64ArrayAttr:$lhs_contracting, DenseI64ArrayAttr:$rhs_contracting);
  let results = (outs DLC_Tensor:$result);
  let assemblyFormat = [{ $lhs `,` $rhs `batch` `=` $lhs_batch `x` $rhs_batch `contract` `=` $lhs_contracting `x`
                          $rhs_contracting attr-dict `:` functional-type(operands, $result) }];
  let extraClassDeclaration = [{
    /// Dimensions that are neither batch nor contracted, ascending.
    ::llvm::SmallVector<int64_t> getLhsFree();
    ::llvm::SmallVector<int64_t> getRhsFree();
  }];
}

def DLC_ConvOp : DLC_ContractionOp<"conv", [DeclareOpInterfaceMethods<DLC_LayoutOpInterface, ["buildChannelsLast"]>]> {
  let summary = "N-D convolution (cross-correlation) with groups, strides, padding and both dilations";
  let description = [{
    Channels first: input [N, C, spatial..], weight [O, C/groups, window..], result [N, O, spatial..].
    `channels_last`: input [N, spatial.., C], weight [O, window.., C/groups], result [N, spatial.., O].
    `lhs_dilation` puts d-1 zeros between the input's elements before padding; `rhs_dilation` does so in the window.
    size = floor((lhs_dilation*(in-1)+1 + low + high - (rhs_dilation*(window-1)+1)) / stride) + 1. Padding may be
    negative. 16-bit floats accumulate in f32.
  }];
  let arguments = (ins DLC_Tensor:$input, DLC_Tensor:$weight, DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$low,
                       DenseI64ArrayAttr:$high, DenseI64ArrayAttr:$lhs_dilation, DenseI64ArrayAttr:$rhs_dilation,
                       DefaultValuedAttr<I64Attr, "1">:$groups, DefaultValuedAttr<BoolAttr, "false">:$channels_last);
  let results = (outs DLC_Tensor:$result);
  let assemblyFormat = [{ $input `,` $weight `strides` `=` $strides `low` `=` $low `high` `=` $high
                          `lhs_dilation` `=` $lhs_dilation `rhs_dilation` `=` $rhs_dilation attr-dict
                          `:` functional-type(operands, $result) }];
  let extraClassDeclaration = [{
    /// Where the channels and the first spatial dimension stand in input and result.
    int64_t getChannelDim() { return getChannelsLast() ? getInput().getType().getRank() - 1 : 1; }
    int64_t getSpatialDim() { return getChannelsLast() ? 1 : 2; }
    /// Where a weight keeps its input channels and its first window dimension.
    int64_t getWeightChannelDim() { return getChannelsLast() ? getWeight().getType().getRank() - 1 : 1; }
    int64_t getWindowDim() { return getChannelsLast() ? 1 : 2; }
  }];
}

def DLC_ConvWeightGradientOp : DLC_Op<"conv_weight_gradient", [Pure, InferTypeOpAdaptor,
    DeclareOpInterfaceMethods<DLC_ContractionOpInterface>, DeclareOpInterfaceMethods<DLC_DecomposableOpInterface>,
    DeclareOpInterfaceMethods<DLC_LayoutOpInterface, ["buildChannelsLast"]>]> {
  let summary = "The gradient of a convolution's weight";
  let description = [{
    Of dlc.conv, channels first: input [N, C, spatial..], gradient of the result [N, O, spatial..], result [O, C/groups,
    window..]. result[o, c, w..] is the sum over n and p.. of gradient[n, o, p..] * input[n, c of o's group, x..], where
    x is (p*stride + w*rhs_dilation - low) / lhs_dilation, and the factor 0 where there is no such element. Strides,
    padding, dilations and groups are the convolution's. `channels_last`: input, gradient and result in dlc.conv's
    channels-last order.
    `%r = dlc.conv_weight_gradient %x, %g window = [3, 3] strides = [1, 1] low = [1, 1] lhs_dilation = [1, 1]
    rhs_dilation = [1, 1] : (tensor<8x4x9x9xf32>, tensor<8x6x9x9xf32>) -> tensor<6x4x3x3xf32>`
  }];
  let arguments = (ins DLC_Tensor:$input, DLC_Tensor:$gradient, DenseI64ArrayAttr:$window, DenseI64ArrayAttr:$strides,
                       DenseI64ArrayAttr:$low, DenseI64ArrayAttr:$lhs_dilation, DenseI64ArrayAttr:$rhs_dilation,
                       DefaultValuedAttr<I64Attr, "1">:$groups, DefaultValuedAttr<BoolAttr, "false">:$channels_last);
  let results = (outs DLC_Tensor:$result);
  let assemblyFormat = [{ $input `,` $gradient `window` `=` $window `strides` `=` $strides `low` `=` $low
                          `lhs_dilation` `=` $lhs_dilation `rhs_dilation` `=` $rhs_dilation attr-dict
                          `:` functional-type(operands, $result) }];
  let extraClassDeclaration = [{
    /// Where input, gradient and result have their channels, the first spatial dimension and the first of the window.
    int64_t getChannelDim() { return getChannelsLast() ? getType().getRank() - 1 : 1; }
    int64_t getSpatialDim() { return getChannelsLast() ? 1 : 2; }
  }];
}

#endif
