// Rows of every length: a thread, lanes of a warp, a block a row; value and index together; a norm with scale and shift.
func.func @main(%x: tensor<37x10xf32> {dlc.name = "x"}, %y: tensor<3x3000xf32> {dlc.name = "y"},
                %g: tensor<10xf32> {dlc.name = "g"}, %b: tensor<10xf32> {dlc.name = "b"})
    -> (tensor<37x10xf32> {dlc.name = "r0"}, tensor<3x3000xf32> {dlc.name = "r1"}, tensor<37x10xf32> {dlc.name = "r2"}, tensor<37xi64> {dlc.name = "r3"}, tensor<3000xf32> {dlc.name = "r4"}) {
  %0 = dlc.softmax %x axis = 1 : tensor<37x10xf32> loc("short")
  %1 = dlc.softmax %y axis = 1 : tensor<3x3000xf32> loc("long")
  %2 = dlc.layer_norm %x, %g, %b epsilon = 1.0e-5 axis = 1 : tensor<37x10xf32>, tensor<10xf32> loc("norm")
  %3:2 = dlc.arg_reduce max %x axis = 1 : tensor<37x10xf32> -> tensor<37xf32>, tensor<37xi64> loc("best")
  %4 = dlc.reduce max %y dims = [0] : tensor<3x3000xf32> -> tensor<3000xf32> loc("top")
  return %0, %1, %2, %3#1, %4 : tensor<37x10xf32>, tensor<3x3000xf32>, tensor<37x10xf32>, tensor<37xi64>, tensor<3000xf32>
}
