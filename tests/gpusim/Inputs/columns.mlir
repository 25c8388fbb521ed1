// Sums down columns (lanes share a column), a transpose through shared memory, maps that end in the middle of a vector.
func.func @main(%x: tensor<200x45xf32> {dlc.name = "x"}, %y: tensor<9001xf32> {dlc.name = "y"})
    -> (tensor<45xf32> {dlc.name = "r0"}, tensor<45x200xf32> {dlc.name = "r1"}, tensor<9001xf32> {dlc.name = "r2"}) {
  %0 = dlc.reduce sum %x dims = [0] : tensor<200x45xf32> -> tensor<45xf32> loc("sum")
  %1 = dlc.transpose %x perm = [1, 0] : tensor<200x45xf32> -> tensor<45x200xf32> loc("turn")
  %2 = dlc.exp %y : tensor<9001xf32> loc("exp")
  %3 = dlc.mul %2, %y : tensor<9001xf32> loc("mul")
  return %0, %1, %3 : tensor<45xf32>, tensor<45x200xf32>, tensor<9001xf32>
}
