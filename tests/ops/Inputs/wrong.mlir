func.func @wrong_value() {
  %0 = dlc.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %1 = dlc.abs %0 : tensor<2xf32>
  dlc.check_close %1, dense<[1.0, 3.0]> : tensor<2xf32> : tensor<2xf32>
  return
}
func.func @nan_for_number() {
  %0 = dlc.constant dense<[-1.0, 1.0]> : tensor<2xf32>
  %1 = dlc.sqrt %0 : tensor<2xf32>
  dlc.check_close %1, dense<1.0> : tensor<2xf32> : tensor<2xf32>
  return
}
func.func @number_for_nan() {
  %0 = dlc.constant dense<[1.0]> : tensor<1xf32>
  %1 = dlc.sqrt %0 : tensor<1xf32>
  dlc.check_close %1, dense<0x7FC00000> : tensor<1xf32> : tensor<1xf32>
  return
}
// One apart, and the same as doubles: integers are compared exactly.
func.func @integer() {
  %0 = dlc.constant dense<[-9007199254740992]> : tensor<1xi64>
  %1 = dlc.neg %0 : tensor<1xi64>
  dlc.check_close %1, dense<[9007199254740993]> : tensor<1xi64> : tensor<1xi64>
  return
}
func.func @kink() attributes {smooth} {
  %0 = dlc.constant dense<[0.0]> : tensor<1xf32>
  %1 = dlc.relu %0 : tensor<1xf32>
  dlc.check_close %1, dense<[0.0]> : tensor<1xf32> : tensor<1xf32>
  return
}
