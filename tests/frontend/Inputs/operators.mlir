// One of every operator, for the round trip .dlm -> .mlir -> .dlm. An operator with a test of its own under tests/ops
// need not stand here.
dlc.weight @w : tensor<2x3xf32> = #dlc.rule<"normal", [0.0, 0.02]>
func.func @elementwise(%x: tensor<4xf32>, %y: tensor<4xf32>, %a: tensor<4xi32>, %c: tensor<4xi32>) {
  %0 = dlc.neg %x : tensor<4xf32>
  %1 = dlc.abs %x : tensor<4xf32>
  %2 = dlc.sign %x : tensor<4xf32>
  %3 = dlc.exp %x : tensor<4xf32>
  %4 = dlc.expm1 %x : tensor<4xf32>
  %5 = dlc.log %x : tensor<4xf32>
  %6 = dlc.log1p %x : tensor<4xf32>
  %7 = dlc.sqrt %x : tensor<4xf32>
  %8 = dlc.rsqrt %x : tensor<4xf32>
  %9 = dlc.reciprocal %x : tensor<4xf32>
  %10 = dlc.tanh %x : tensor<4xf32>
  %11 = dlc.logistic %x : tensor<4xf32>
  %12 = dlc.erf %x : tensor<4xf32>
  %13 = dlc.sin %x : tensor<4xf32>
  %14 = dlc.cos %x : tensor<4xf32>
  %15 = dlc.floor %x : tensor<4xf32>
  %16 = dlc.ceil %x : tensor<4xf32>
  %17 = dlc.round %x : tensor<4xf32>
  %18 = dlc.relu %x : tensor<4xf32>
  %19 = dlc.not %a : tensor<4xi32>
  %20 = dlc.add %x, %y : tensor<4xf32>
  %21 = dlc.sub %x, %y : tensor<4xf32>
  %22 = dlc.mul %x, %y : tensor<4xf32>
  %23 = dlc.div %x, %y : tensor<4xf32>
  %24 = dlc.rem %x, %y : tensor<4xf32>
  %25 = dlc.pow %x, %y : tensor<4xf32>
  %26 = dlc.max %x, %y : tensor<4xf32>
  %27 = dlc.min %x, %y : tensor<4xf32>
  %28 = dlc.and %a, %c : tensor<4xi32>
  %29 = dlc.or %a, %c : tensor<4xi32>
  %30 = dlc.xor %a, %c : tensor<4xi32>
  %31 = dlc.compare lt %x, %y : tensor<4xf32> -> tensor<4xi1>
  %32 = dlc.select %31, %x, %y : tensor<4xi1>, tensor<4xf32>
  %33 = dlc.cast %x : tensor<4xf32> -> tensor<4xbf16>
  return
}
func.func @movement(%x: tensor<2x3xf32>, %i: tensor<5xi64>, %s: tensor<f32>) {
  %0 = dlc.broadcast %x dims = [1, 2] : tensor<2x3xf32> -> tensor<4x2x3xf32>
  %1 = dlc.reshape %x : tensor<2x3xf32> -> tensor<6xf32>
  %2 = dlc.transpose %x perm = [1, 0] : tensor<2x3xf32> -> tensor<3x2xf32>
  %3 = dlc.slice %x start = [1, 2] stride = [1, -1] : tensor<2x3xf32> -> tensor<1x3xf32>
  %4 = dlc.pad %x, %s low = [0, 1] high = [-1, 2] interior = [0, 1] : tensor<2x3xf32>, tensor<f32> -> tensor<1x8xf32>
  %5 = dlc.concat %x, %x axis = 1 : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<2x6xf32>
  %6 = dlc.gather %x, %i axis = 1 : tensor<2x3xf32>, tensor<5xi64> -> tensor<2x5xf32>
  %7 = dlc.iota axis = 0 : tensor<4xi64>

  return
}
func.func @reductions(%x: tensor<1x2x8xf32>) {
  %0 = dlc.reduce sum %x dims = [1, 2] : tensor<1x2x8xf32> -> tensor<1xf32>
  %1, %2 = dlc.arg_reduce min %x axis = 2 : tensor<1x2x8xf32> -> tensor<1x2xf32>, tensor<1x2xi64>
  %3 = dlc.reduce_window max %x window = [1, 1, 2] strides = [1, 1, 2] dilation = [1, 1, 1] low = [0, 0, 0] high = [0, 0, 0] : tensor<1x2x8xf32> -> tensor<1x2x4xf32>
  %4 = dlc.window_argmax %x window = [1, 1, 2] strides = [1, 1, 2] dilation = [1, 1, 1] low = [0, 0, 0] high = [0, 0, 0] : tensor<1x2x8xf32> -> tensor<1x2x4xi32>
  %5, %6 = dlc.arg_window min %x window = [1, 1, 2] strides = [1, 1, 2] dilation = [1, 1, 1] low = [0, 0, 0] high = [0, 0, 0] : tensor<1x2x8xf32> -> tensor<1x2x4xf32>, tensor<1x2x4xi8>
  %7 = dlc.spread_window %5 at %6 window = [1, 1, 2] strides = [1, 1, 2] dilation = [1, 1, 1] low = [0, 0, 0] high = [0, 0, 0] : (tensor<1x2x4xf32>, tensor<1x2x4xi8>) -> tensor<1x2x8xf32>
  return
}
func.func @contractions(%x: tensor<1x4x8xf32>, %w: tensor<6x2x3xf32>, %a: tensor<5x2x3xf32>, %b: tensor<5x3x4xf32>) {
  %0 = dlc.conv %x, %w strides = [1] low = [1] high = [1] lhs_dilation = [1] rhs_dilation = [1] {groups = 2 : i64} : (tensor<1x4x8xf32>, tensor<6x2x3xf32>) -> tensor<1x6x8xf32>
  %1 = dlc.dot_general %a, %b batch = [0] x [0] contract = [2] x [1] : (tensor<5x2x3xf32>, tensor<5x3x4xf32>) -> tensor<5x2x4xf32>
  return
}
func.func @composites(%x: tensor<2x3xf32>, %c: tensor<3xf32>, %l: tensor<2xi64>) {
  %0 = dlc.softmax %x axis = 1 : tensor<2x3xf32>
  %1 = dlc.log_softmax %x axis = 1 : tensor<2x3xf32>
  %2 = dlc.batch_norm %x, %c, %c, %c, %c epsilon = 1.0e-5 axis = 1 : tensor<2x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>
  %3, %4, %5 = dlc.batch_norm_training %x, %c, %c epsilon = 1.0e-5 axis = 1 : tensor<2x3xf32>, tensor<3xf32>
  %6 = dlc.layer_norm %x, %c, %c epsilon = 1.0e-5 axis = 1 : tensor<2x3xf32>, tensor<3xf32>
  %7 = dlc.softmax_cross_entropy %x, %l : tensor<2x3xf32>, tensor<2xi64> -> tensor<f32>
  return
}
func.func private @kernel(tensor<2x3xf32>) -> tensor<2x3xf32>
func.func @structure(%state: tensor<2xi64>) {
  %0 = dlc.constant dense<[1.5, 0x7FC00001]> : tensor<2xf32>
  %1 = dlc.constant dense<true> : tensor<100xi1>
  %2 = dlc.get_weight @w : tensor<2x3xf32>
  %3 = dlc.rng_uniform %state id = 3 : tensor<2xi64> -> tensor<2x3xf32>
  %4 = dlc.fusion "row"(%2) : (tensor<2x3xf32>) -> tensor<2x3xf32> {
  ^bb0(%x: tensor<2x3xf32>):
    %6 = dlc.exp %x : tensor<2x3xf32>
    dlc.yield %6 : tensor<2x3xf32>
  }
  %5 = dlc.launch @kernel(%4) : (tensor<2x3xf32>) -> tensor<2x3xf32>
  dlc.check_close %5, dense<1.0> : tensor<2x3xf32> : tensor<2x3xf32>
  %7 = dlc.sizes <[batch, 2 * seq + 1]> : tensor<2xi64>
  %8 = dlc.constant dense<1> : tensor<i64>
  %9, %10 = dlc.found %8 size <[kept]> of %2 : (tensor<i64>, tensor<2x3xf32>) -> (tensor<i64>, tensor<?x3xf32, #dlc.dims<[kept, 3]>>)
  return
}
