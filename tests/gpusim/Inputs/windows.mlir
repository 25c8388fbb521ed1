// Convolution with its epilogue, and pooling.
func.func @main(%x: tensor<2x3x13x11xf32> {dlc.name = "x"}, %w: tensor<20x3x3x3xf32> {dlc.name = "w"},
                %b: tensor<20xf32> {dlc.name = "b"}) -> (tensor<2x20x6x5xf32> {dlc.name = "r0"}) {
  %0 = dlc.conv %x, %w strides = [1, 1] low = [1, 1] high = [1, 1] lhs_dilation = [1, 1] rhs_dilation = [1, 1]
      : (tensor<2x3x13x11xf32>, tensor<20x3x3x3xf32>) -> tensor<2x20x13x11xf32> loc("conv")
  %1 = dlc.broadcast %b dims = [1] : tensor<20xf32> -> tensor<2x20x13x11xf32> loc("bias")
  %2 = dlc.add %0, %1 : tensor<2x20x13x11xf32> loc("add")
  %3 = dlc.relu %2 : tensor<2x20x13x11xf32> loc("relu")
  %4 = dlc.reduce_window max %3 window = [1, 1, 2, 2] strides = [1, 1, 2, 2] dilation = [1, 1, 1, 1] low = [0, 0, 0, 0]
      high = [0, 0, 0, 0] : tensor<2x20x13x11xf32> -> tensor<2x20x6x5xf32> loc("pool")
  return %4 : tensor<2x20x6x5xf32>
}
