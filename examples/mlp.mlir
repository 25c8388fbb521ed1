// 784-128-10: the classic first network, for images of 28 by 28. Train it: dlc train examples/mlp.mlir --data idx:FOLDER
!images = tensor<?x784xf32, #dlc.dims<[batch, 784]>>
!hidden = tensor<?x128xf32, #dlc.dims<[batch, 128]>>
!scores = tensor<?x10xf32, #dlc.dims<[batch, 10]>>

dlc.weight @fc1.weight : tensor<128x784xf32> = #dlc.rule<"fan_in_uniform", [784.0]>
dlc.weight @fc1.bias : tensor<128xf32> = #dlc.rule<"fan_in_uniform", [784.0]>
dlc.weight @fc2.weight : tensor<10x128xf32> = #dlc.rule<"fan_in_uniform", [128.0]>
dlc.weight @fc2.bias : tensor<10xf32> = #dlc.rule<"fan_in_uniform", [128.0]>

func.func @main(%x: !images {dlc.name = "x"}) -> (!scores {dlc.name = "scores"}) {
  %w1 = dlc.get_weight @fc1.weight : tensor<128x784xf32>
  %b1 = dlc.get_weight @fc1.bias : tensor<128xf32>
  %w2 = dlc.get_weight @fc2.weight : tensor<10x128xf32>
  %b2 = dlc.get_weight @fc2.bias : tensor<10xf32>
  %0 = dlc.dot_general %x, %w1 batch = [] x [] contract = [1] x [1] : (!images, tensor<128x784xf32>) -> !hidden loc("fc1")
  %1 = dlc.broadcast %b1 dims = [1] : tensor<128xf32> -> !hidden loc("fc1")
  %2 = dlc.add %0, %1 : !hidden loc("fc1")
  %3 = dlc.relu %2 : !hidden loc("relu")
  %4 = dlc.dot_general %3, %w2 batch = [] x [] contract = [1] x [1] : (!hidden, tensor<10x128xf32>) -> !scores loc("fc2")
  %5 = dlc.broadcast %b2 dims = [1] : tensor<10xf32> -> !scores loc("fc2")
  %6 = dlc.add %4, %5 : !scores loc("fc2")
  return %6 : !scores
}
