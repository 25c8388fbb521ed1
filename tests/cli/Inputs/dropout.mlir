// Dropout behind a convolution, behind a product and behind what is no product.
!images = tensor<?x1x12x12xf32, #dlc.dims<[batch, 1, 12, 12]>>
!maps = tensor<?x8x10x10xf32, #dlc.dims<[batch, 8, 10, 10]>>
!mapmask = tensor<?x8x10x10xi1, #dlc.dims<[batch, 8, 10, 10]>>
!flat = tensor<?x800xf32, #dlc.dims<[batch, 800]>>
!hidden = tensor<?x64xf32, #dlc.dims<[batch, 64]>>
!hiddenmask = tensor<?x64xi1, #dlc.dims<[batch, 64]>>
!row = tensor<?xf32, #dlc.dims<[batch]>>
!scores = tensor<?x10xf32, #dlc.dims<[batch, 10]>>
dlc.weight @conv : tensor<8x1x3x3xf32> = #dlc.rule<"fan_in_uniform", [9.0]>
dlc.weight @fc1.weight : tensor<64x800xf32> = #dlc.rule<"fan_in_uniform", [800.0]>
dlc.weight @fc1.bias : tensor<64xf32> = #dlc.rule<"fan_in_uniform", [800.0]>
dlc.weight @fc2.weight : tensor<10x64xf32> = #dlc.rule<"fan_in_uniform", [64.0]>
func.func @main(%x: !images {dlc.name = "x"}) -> (!scores {dlc.name = "scores"}) {
  %w0 = dlc.get_weight @conv : tensor<8x1x3x3xf32>
  %w1 = dlc.get_weight @fc1.weight : tensor<64x800xf32>
  %b1 = dlc.get_weight @fc1.bias : tensor<64xf32>
  %w2 = dlc.get_weight @fc2.weight : tensor<10x64xf32>
  %s = dlc.constant dense<[7, 0]> : tensor<2xi64>

  %c0 = dlc.conv %x, %w0 strides = [1, 1] low = [0, 0] high = [0, 0] lhs_dilation = [1, 1] rhs_dilation = [1, 1] : (!images, tensor<8x1x3x3xf32>) -> !maps loc("conv")
  %c1 = dlc.relu %c0 : !maps loc("conv")
  %u0 = dlc.rng_uniform %s id = 1 : tensor<2xi64> -> !maps loc("drop0")
  %r0 = dlc.constant dense<0.25> : tensor<f32>
  %r0b = dlc.broadcast %r0 dims = [] : tensor<f32> -> !maps
  %k0 = dlc.compare ge %u0, %r0b : !maps -> !mapmask loc("drop0")
  %z = dlc.constant dense<0.0> : tensor<f32>
  %z0 = dlc.broadcast %z dims = [] : tensor<f32> -> !maps
  %d0 = dlc.select %k0, %c1, %z0 : !mapmask, !maps loc("drop0")
  %f = dlc.reshape %d0 : !maps -> !flat loc("flat")

  %h0 = dlc.dot_general %f, %w1 batch = [] x [] contract = [1] x [1] : (!flat, tensor<64x800xf32>) -> !hidden loc("fc1")
  %b = dlc.broadcast %b1 dims = [1] : tensor<64xf32> -> !hidden loc("fc1")
  %h1 = dlc.add %h0, %b : !hidden loc("fc1")
  %h2 = dlc.tanh %h1 : !hidden loc("fc1")
  %u1 = dlc.rng_uniform %s id = 2 : tensor<2xi64> -> !hidden loc("drop1")
  %r1 = dlc.broadcast %r0 dims = [] : tensor<f32> -> !hidden
  %k1 = dlc.compare ge %u1, %r1 : !hidden -> !hiddenmask loc("drop1")
  %z1 = dlc.broadcast %z dims = [] : tensor<f32> -> !hidden
  %d1 = dlc.select %k1, %h2, %z1 : !hiddenmask, !hidden loc("drop1")

  %m0 = dlc.reduce max %d1 dims = [1] : !hidden -> !row loc("norm")
  %m1 = dlc.broadcast %m0 dims = [0] : !row -> !hidden loc("norm")
  %m2 = dlc.sub %d1, %m1 : !hidden loc("norm")
  %u2 = dlc.rng_uniform %s id = 3 : tensor<2xi64> -> !hidden loc("drop2")
  %k2 = dlc.compare ge %u2, %r1 : !hidden -> !hiddenmask loc("drop2")
  %d2 = dlc.select %k2, %m2, %z1 : !hiddenmask, !hidden loc("drop2")
  %o = dlc.dot_general %d2, %w2 batch = [] x [] contract = [1] x [1] : (!hidden, tensor<10x64xf32>) -> !scores loc("fc2")
  return %o : !scores
}
