// Matrix products on CUDA cores: ragged, long sums that slices of a block share, batched and transposed.
func.func @main(%a: tensor<33x70xf32> {dlc.name = "a"}, %b: tensor<70x50xf32> {dlc.name = "b"},
                %c: tensor<16x784xf32> {dlc.name = "c"}, %d: tensor<128x784xf32> {dlc.name = "d"},
                %bias: tensor<128xf32> {dlc.name = "bias"}, %p: tensor<3x20x32xf32> {dlc.name = "p"},
                %q: tensor<3x32x20xf32> {dlc.name = "q"})
    -> (tensor<33x50xf32> {dlc.name = "r0"}, tensor<16x128xf32> {dlc.name = "r1"}, tensor<3x20x20xf32> {dlc.name = "r2"}) {
  %0 = dlc.dot_general %a, %b batch = [] x [] contract = [1] x [0] : (tensor<33x70xf32>, tensor<70x50xf32>) -> tensor<33x50xf32> loc("ragged")
  %1 = dlc.dot_general %c, %d batch = [] x [] contract = [1] x [1] : (tensor<16x784xf32>, tensor<128x784xf32>) -> tensor<16x128xf32> loc("long")
  %2 = dlc.broadcast %bias dims = [1] : tensor<128xf32> -> tensor<16x128xf32> loc("bias")
  %3 = dlc.add %1, %2 : tensor<16x128xf32> loc("add")
  %4 = dlc.relu %3 : tensor<16x128xf32> loc("relu")
  %5 = dlc.dot_general %p, %q batch = [0] x [0] contract = [2] x [1] : (tensor<3x20x32xf32>, tensor<3x32x20xf32>) -> tensor<3x20x20xf32> loc("batched")
  return %0, %4, %5 : tensor<33x50xf32>, tensor<16x128xf32>, tensor<3x20x20xf32>
}
