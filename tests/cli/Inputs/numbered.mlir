// Scores that depend on the sample's place in the batch, which ONNX cannot say of an open batch.
!x = tensor<?x784xf32, #dlc.dims<[batch, 784]>>
!y = tensor<?x10xf32, #dlc.dims<[batch, 10]>>
!n = tensor<?x10xi32, #dlc.dims<[batch, 10]>>
dlc.weight @w : tensor<10x784xf32> = #dlc.rule<"fan_in_uniform", [784.0]>
func.func @main(%x: !x {dlc.name = "x"}) -> (!y {dlc.name = "scores"}) {
  %w = dlc.get_weight @w : tensor<10x784xf32>
  %0 = dlc.dot_general %x, %w batch = [] x [] contract = [1] x [1] : (!x, tensor<10x784xf32>) -> !y
  %1 = dlc.iota axis = 0 : !n loc("number")
  %2 = dlc.cast %1 : !n -> !y
  %3 = dlc.add %0, %2 : !y
  return %3 : !y
}
