// One token at a time and two states: the scores are for the token that stands one place further back than the last one.
func.func @main(%token: tensor<1x1xi64> {dlc.name = "token"}, %before: tensor<1x4xf32> {dlc.name = "before"}, %last: tensor<1x4xf32> {dlc.name = "last"})
    -> (tensor<1x4xf32> {dlc.name = "last_out"}, tensor<1x4xf32> {dlc.name = "before_out"}, tensor<1x1x4xf32> {dlc.name = "scores"}) {
  %n = dlc.iota axis = 1 : tensor<1x4xi64>
  %t = dlc.broadcast %token dims = [0, 1] : tensor<1x1xi64> -> tensor<1x4xi64>
  %is = dlc.compare eq %n, %t : tensor<1x4xi64> -> tensor<1x4xi1>
  %hot = dlc.cast %is : tensor<1x4xi1> -> tensor<1x4xf32>
  %all = dlc.reshape %before : tensor<1x4xf32> -> tensor<1x1x4xf32>
  return %hot, %last, %all : tensor<1x4xf32>, tensor<1x4xf32>, tensor<1x1x4xf32>
}
