// RUN: dlc-opt %s -dlc-schedule-cpu -split-input-file -verify-diagnostics | FileCheck %s

// The operands of a fully connected layer by strides: the weight is read transposed; bias and relu are post-operations.
// CHECK: func.func @layer
// CHECK-SAME: dlc.library = {a = {arg = 0 : i64, dtype = "f32", strides = array<i64: 784, 1>}
// CHECK-SAME: b = {arg = 1 : i64, dtype = "f32", strides = array<i64: 1, 784>}, batch = array<i64>
// CHECK-SAME: c = {arg = 3 : i64, dtype = "f32", strides = array<i64: 256, 1>}, call = "matmul", k = 784 : i64, m = 128 : i64, n = 256 : i64
// CHECK-SAME: post_ops = [{kind = 1 : i64, operand = {arg = 2 : i64, dtype = "f32", strides = array<i64: 0, 1>}}, {alpha = 0.000000e+00 : f32, beta = 0.000000e+00 : f32, eltwise = 0 : i64, kind = 0 : i64}]
func.func private @layer(%x: tensor<128x784xf32>, %w: tensor<256x784xf32>, %b: tensor<256xf32>) -> tensor<128x256xf32> attributes {dlc.kernel = "contraction"} {
  %r = dlc.dot_general %x, %w batch = [] x [] contract = [1] x [1] : (tensor<128x784xf32>, tensor<256x784xf32>) -> tensor<128x256xf32>
  %e = tensor.empty() : tensor<128x256xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%r, %b : tensor<128x256xf32>, tensor<256xf32>) outs(%e : tensor<128x256xf32>) {
  ^bb0(%a: f32, %c: f32, %o: f32):
    %zero = arith.constant 0.0 : f32
    %p = arith.addf %a, %c : f32
    %q = arith.maximumf %p, %zero : f32
    linalg.yield %q : f32
  } -> tensor<128x256xf32>
  return %s : tensor<128x256xf32>
}

// -----

// Two leading dimensions that lie side by side are one.
// CHECK: func.func @merged
// CHECK-SAME: batch = array<i64>
// CHECK-SAME: k = 64 : i64, m = 60 : i64, n = 32 : i64
func.func private @merged(%x: tensor<4x15x64xf32>, %w: tensor<64x32xf32>) -> tensor<4x15x32xf32> attributes {dlc.kernel = "contraction"} {
  %r = dlc.dot_general %x, %w batch = [] x [] contract = [2] x [0] : (tensor<4x15x64xf32>, tensor<64x32xf32>) -> tensor<4x15x32xf32>
  return %r : tensor<4x15x32xf32>
}

// -----

// Layout is told by strides: the dimensions of a channels-last convolution come in the same order as any other's.
// CHECK: func.func @conv
// CHECK-SAME: call = "convolution", dst = {arg = 2 : i64, dtype = "f32", strides = array<i64: 1024, 1, 128, 16>}, dst_dims = array<i64: 2, 16, 8, 8>
// CHECK-SAME: src = {arg = 0 : i64, dtype = "f32", strides = array<i64: 512, 1, 64, 8>}, src_dims = array<i64: 2, 8, 8, 8>
// CHECK-SAME: weight = {arg = 1 : i64, dtype = "f32", strides = array<i64: 1152, 72, 1, 24, 8>}, weight_dims = array<i64: 1, 16, 8, 3, 3>
func.func private @conv(%x: tensor<2x8x8x8xf32>, %w: tensor<16x3x3x8xf32>) -> tensor<2x8x8x16xf32> attributes {dlc.kernel = "contraction"} {
  %r = dlc.conv %x, %w strides = [1, 1] low = [1, 1] high = [1, 1] lhs_dilation = [1, 1] rhs_dilation = [1, 1] {channels_last = true} : (tensor<2x8x8x8xf32>, tensor<16x3x3x8xf32>) -> tensor<2x8x8x16xf32>
  return %r : tensor<2x8x8x16xf32>
}

// -----

// A 1-D convolution written as a 2-D one of width 1: the library sees one spatial dimension.
// CHECK: func.func @narrow
// CHECK-SAME: base_dilation = array<i64: 1>, call = "convolution", dst = {arg = 2 : i64, dtype = "f32", strides = array<i64: 4096, 1, 32>}, dst_dims = array<i64: 1, 32, 128>
// CHECK-SAME: pad_hi = array<i64: 2>, pad_lo = array<i64: 2>
// CHECK-SAME: src_dims = array<i64: 1, 16, 128>
// CHECK-SAME: weight_dims = array<i64: 1, 32, 16, 5>
func.func private @narrow(%x: tensor<1x128x1x16xf32>, %w: tensor<32x5x1x16xf32>) -> tensor<1x128x1x32xf32> attributes {dlc.kernel = "contraction"} {
  %r = dlc.conv %x, %w strides = [1, 1] low = [2, 0] high = [2, 0] lhs_dilation = [1, 1] rhs_dilation = [1, 1] {channels_last = true} : (tensor<1x128x1x16xf32>, tensor<32x5x1x16xf32>) -> tensor<1x128x1x32xf32>
  return %r : tensor<1x128x1x32xf32>
}

// -----

// CHECK-LABEL: func.func @f64
// CHECK-NOT: dlc.library
// expected-remark@+1 {{generated code, no library call: oneDNN does not compute in this type}}
func.func private @f64(%x: tensor<64x64xf64>, %w: tensor<64x32xf64>) -> tensor<64x32xf64> attributes {dlc.kernel = "contraction"} {
  %r = dlc.dot_general %x, %w batch = [] x [] contract = [1] x [0] : (tensor<64x64xf64>, tensor<64x32xf64>) -> tensor<64x32xf64>
  return %r : tensor<64x32xf64>
}

// -----

// Linear steps in a row are one: the library keeps a single set of parameters for each kind of function in a chain.
// CHECK: func.func @linear
// CHECK-SAME: post_ops = [{alpha = 0.000000e+00 : f32, beta = 0.000000e+00 : f32, eltwise = 3 : i64, kind = 0 : i64}, {alpha = 3.000000e+02 : f32, beta = 1.000000e+00 : f32, eltwise = 6 : i64, kind = 0 : i64}]
func.func private @linear(%x: tensor<64x64xf32>, %w: tensor<64x32xf32>) -> tensor<64x32xf32> attributes {dlc.kernel = "contraction"} {
  %r = dlc.dot_general %x, %w batch = [] x [] contract = [1] x [0] : (tensor<64x64xf32>, tensor<64x32xf32>) -> tensor<64x32xf32>
  %e = tensor.empty() : tensor<64x32xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%r : tensor<64x32xf32>) outs(%e : tensor<64x32xf32>) {
  ^bb0(%a: f32, %o: f32):
    %two = arith.constant 2.0 : f32
    %scale = arith.constant 150.0 : f32
    %one = arith.constant 1.0 : f32
    %t = math.tanh %a : f32
    %p = arith.mulf %t, %scale : f32
    %q = arith.mulf %two, %p : f32
    %u = arith.addf %q, %one : f32
    linalg.yield %u : f32
  } -> tensor<64x32xf32>
  return %s : tensor<64x32xf32>
}

// -----

// expected-remark@+1 {{generated code, no library call: two functions of one kind with different parameters}}
func.func private @two_linear(%x: tensor<64x64xf32>, %w: tensor<64x32xf32>) -> tensor<64x32xf32> attributes {dlc.kernel = "contraction"} {
  %r = dlc.dot_general %x, %w batch = [] x [] contract = [1] x [0] : (tensor<64x64xf32>, tensor<64x32xf32>) -> tensor<64x32xf32>
  %e = tensor.empty() : tensor<64x32xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%r : tensor<64x32xf32>) outs(%e : tensor<64x32xf32>) {
  ^bb0(%a: f32, %o: f32):
    %two = arith.constant 2.0 : f32
    %scale = arith.constant 150.0 : f32
    %p = arith.mulf %a, %scale : f32
    %t = math.tanh %p : f32
    %q = arith.mulf %two, %t : f32
    linalg.yield %q : f32
  } -> tensor<64x32xf32>
  return %s : tensor<64x32xf32>
}
