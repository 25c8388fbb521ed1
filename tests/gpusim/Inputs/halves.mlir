// 16-bit products, as tensor cores take them: ragged, transposed, with an epilogue, and too few tiles for a long sum.
func.func @main(%a: tensor<70x96xf16> {dlc.name = "a"}, %b: tensor<96x72xf16> {dlc.name = "b"},
                %c: tensor<33x50xbf16> {dlc.name = "c"}, %d: tensor<40x50xbf16> {dlc.name = "d"},
                %bias: tensor<72xf16> {dlc.name = "bias"}, %p: tensor<16x2048xbf16> {dlc.name = "p"},
                %q: tensor<2048x64xbf16> {dlc.name = "q"})
    -> (tensor<70x72xf16> {dlc.name = "r0"}, tensor<33x40xbf16> {dlc.name = "r1"}, tensor<16x64xbf16> {dlc.name = "r2"}) {
  %0 = dlc.dot_general %a, %b batch = [] x [] contract = [1] x [0] : (tensor<70x96xf16>, tensor<96x72xf16>) -> tensor<70x72xf16> loc("even")
  %1 = dlc.broadcast %bias dims = [1] : tensor<72xf16> -> tensor<70x72xf16> loc("bias")
  %2 = dlc.add %0, %1 : tensor<70x72xf16> loc("add")
  %3 = dlc.relu %2 : tensor<70x72xf16> loc("relu")
  %4 = dlc.dot_general %c, %d batch = [] x [] contract = [1] x [1] : (tensor<33x50xbf16>, tensor<40x50xbf16>) -> tensor<33x40xbf16> loc("odd")
  %5 = dlc.dot_general %p, %q batch = [] x [] contract = [1] x [0] : (tensor<16x2048xbf16>, tensor<2048x64xbf16>) -> tensor<16x64xbf16> loc("long")
  return %3, %4, %5 : tensor<70x72xf16>, tensor<33x40xbf16>, tensor<16x64xbf16>
}
