func.func @checks_nothing() {
  %0 = dlc.constant dense<[1.0, 2.0]> : tensor<2xf32>
  return
}
