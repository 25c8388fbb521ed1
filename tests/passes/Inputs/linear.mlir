dlc.weight @w : tensor<3x5xf32> = #dlc.rule<"zeros">
dlc.weight @b : tensor<3xf32> = #dlc.rule<"zeros">
func.func @main(%x: tensor<4x5xf32> {dlc.name = "x"}) -> (tensor<4x3xf32> {dlc.name = "y"}) {
  %w = dlc.get_weight @w : tensor<3x5xf32>
  %b = dlc.get_weight @b : tensor<3xf32>
  %0 = dlc.dot_general %x, %w batch = [] x [] contract = [1] x [1] : (tensor<4x5xf32>, tensor<3x5xf32>) -> tensor<4x3xf32>
  %1 = dlc.broadcast %b dims = [1] : tensor<3xf32> -> tensor<4x3xf32>
  %2 = dlc.add %0, %1 : tensor<4x3xf32>
  return %2 : tensor<4x3xf32>
}
