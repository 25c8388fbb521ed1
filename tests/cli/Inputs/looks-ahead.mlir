// Scores of 9 symbols from all tokens of the window.
!tokens = tensor<1x4xi32>
dlc.weight @table : tensor<9x9xf32> = #dlc.rule<"normal", [0.0, 1.0]>
func.func @main(%x: !tokens {dlc.name = "tokens"}) -> (tensor<1x4x9xf32> {dlc.name = "scores"}) {
  %t = dlc.get_weight @table : tensor<9x9xf32>
  %0 = dlc.gather %t, %x axis = 0 : tensor<9x9xf32>, !tokens -> tensor<1x4x9xf32>
  %1 = dlc.reduce sum %0 dims = [1] : tensor<1x4x9xf32> -> tensor<1x9xf32>
  %2 = dlc.broadcast %1 dims = [0, 2] : tensor<1x9xf32> -> tensor<1x4x9xf32>
  return %2 : tensor<1x4x9xf32>
}
