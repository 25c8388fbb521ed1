// Two kernels that need nothing of each other: one launch on CUDA.
func.func @main(%x: tensor<4096xf32> {dlc.name = "x"}, %w: tensor<4096xf32> {dlc.name = "w"}) -> (tensor<4096xf32> {dlc.name = "double"}, tensor<f32> {dlc.name = "sum"}) {
  %d = dlc.add %x, %x : tensor<4096xf32> loc("double")
  %s = dlc.reduce sum %w dims = [0] : tensor<4096xf32> -> tensor<f32> loc("sum")
  return %d, %s : tensor<4096xf32>, tensor<f32>
}
