// Two convolutions with pooling and a classifier, for images of 28 by 28. Train it as mlp.mlir.
!images = tensor<?x1x28x28xf32, #dlc.dims<[batch, 1, 28, 28]>>
!c1 = tensor<?x16x28x28xf32, #dlc.dims<[batch, 16, 28, 28]>>
!p1 = tensor<?x16x14x14xf32, #dlc.dims<[batch, 16, 14, 14]>>
!c2 = tensor<?x32x14x14xf32, #dlc.dims<[batch, 32, 14, 14]>>
!p2 = tensor<?x32x7x7xf32, #dlc.dims<[batch, 32, 7, 7]>>
!flat = tensor<?x1568xf32, #dlc.dims<[batch, 1568]>>
!scores = tensor<?x10xf32, #dlc.dims<[batch, 10]>>

dlc.weight @conv1.weight : tensor<16x1x3x3xf32> = #dlc.rule<"fan_in_uniform", [9.0]>
dlc.weight @conv1.bias : tensor<16xf32> = #dlc.rule<"fan_in_uniform", [9.0]>
dlc.weight @conv2.weight : tensor<32x16x3x3xf32> = #dlc.rule<"fan_in_uniform", [144.0]>
dlc.weight @conv2.bias : tensor<32xf32> = #dlc.rule<"fan_in_uniform", [144.0]>
dlc.weight @fc.weight : tensor<10x1568xf32> = #dlc.rule<"fan_in_uniform", [1568.0]>
dlc.weight @fc.bias : tensor<10xf32> = #dlc.rule<"fan_in_uniform", [1568.0]>

func.func @main(%x: !images {dlc.name = "x"}) -> (!scores {dlc.name = "scores"}) {
  %w1 = dlc.get_weight @conv1.weight : tensor<16x1x3x3xf32>
  %b1 = dlc.get_weight @conv1.bias : tensor<16xf32>
  %0 = dlc.conv %x, %w1 strides = [1, 1] low = [1, 1] high = [1, 1] lhs_dilation = [1, 1] rhs_dilation = [1, 1]
      : (!images, tensor<16x1x3x3xf32>) -> !c1 loc("conv1")
  %1 = dlc.broadcast %b1 dims = [1] : tensor<16xf32> -> !c1 loc("conv1")
  %2 = dlc.add %0, %1 : !c1 loc("conv1")
  %3 = dlc.relu %2 : !c1 loc("relu1")
  %4 = dlc.reduce_window max %3 window = [1, 1, 2, 2] strides = [1, 1, 2, 2] dilation = [1, 1, 1, 1] low = [0, 0, 0, 0]
      high = [0, 0, 0, 0] : !c1 -> !p1 loc("pool1")

  %w2 = dlc.get_weight @conv2.weight : tensor<32x16x3x3xf32>
  %b2 = dlc.get_weight @conv2.bias : tensor<32xf32>
  %5 = dlc.conv %4, %w2 strides = [1, 1] low = [1, 1] high = [1, 1] lhs_dilation = [1, 1] rhs_dilation = [1, 1]
      : (!p1, tensor<32x16x3x3xf32>) -> !c2 loc("conv2")
  %6 = dlc.broadcast %b2 dims = [1] : tensor<32xf32> -> !c2 loc("conv2")
  %7 = dlc.add %5, %6 : !c2 loc("conv2")
  %8 = dlc.relu %7 : !c2 loc("relu2")
  %9 = dlc.reduce_window max %8 window = [1, 1, 2, 2] strides = [1, 1, 2, 2] dilation = [1, 1, 1, 1] low = [0, 0, 0, 0]
      high = [0, 0, 0, 0] : !c2 -> !p2 loc("pool2")

  %w3 = dlc.get_weight @fc.weight : tensor<10x1568xf32>
  %b3 = dlc.get_weight @fc.bias : tensor<10xf32>
  %10 = dlc.reshape %9 : !p2 -> !flat loc("flatten")
  %11 = dlc.dot_general %10, %w3 batch = [] x [] contract = [1] x [1] : (!flat, tensor<10x1568xf32>) -> !scores loc("fc")
  %12 = dlc.broadcast %b3 dims = [1] : tensor<10xf32> -> !scores loc("fc")
  %13 = dlc.add %11, %12 : !scores loc("fc")
  return %13 : !scores
}
