// Sizes as tensors: what shape arithmetic hands to the graph.
// RUN: dlc-opt %s --verify-roundtrip -o %t

func.func @sizes_two() {
  %r = dlc.sizes <[3, 4]> : tensor<2xi64>
  dlc.check_close %r, dense<[3, 4]> : tensor<2xi64> {rtol = 0.0, atol = 0.0} : tensor<2xi64>
  return
}

func.func @sizes_scalar_i32() {
  %r = dlc.sizes <[7]> : tensor<i32>
  dlc.check_close %r, dense<7> : tensor<i32> {rtol = 0.0, atol = 0.0} : tensor<i32>
  return
}
