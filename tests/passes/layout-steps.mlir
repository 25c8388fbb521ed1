// RUN: dlc-opt %s -split-input-file -pass-pipeline='builtin.module(dlc-layout{steps=true},canonicalize,cse)' | FileCheck %s
// RUN: dlc-opt %s -split-input-file -pass-pipeline='builtin.module(dlc-layout,canonicalize,cse)' | FileCheck %s --check-prefix=STAYS

// A step works channels last between its convolutions: pooling that keeps places, its gradient, the gradient of the
// weight. What comes back from the first operator that is not, is turned before it is spread, where it has a quarter of
// the elements. The weight keeps its order.
// CHECK-LABEL: func.func @main
// CHECK-DAG: %[[X:.*]] = dlc.transpose %arg1 perm = [0, 2, 3, 1]
// CHECK-DAG: %[[W:.*]] = dlc.transpose %arg0 perm = [0, 2, 3, 1]
// CHECK: %[[Y:.*]] = dlc.conv %[[X]], %[[W]] {{.*}}channels_last = true
// CHECK: %[[V:.*]], %[[P:.*]] = dlc.arg_window max %[[Y]] window = [1, 2, 2, 1]
// CHECK: dlc.transpose %[[V]] perm = [0, 3, 1, 2]
// CHECK: %[[G:.*]] = dlc.transpose %arg2 perm = [0, 2, 3, 1] : tensor<2x4x4x4xf32>
// CHECK-NOT: dlc.transpose
// CHECK: %[[S:.*]] = dlc.spread_window %[[G]] at %[[P]] window = [1, 2, 2, 1]
// CHECK: %[[B:.*]] = dlc.reduce sum %[[S]] dims = [0, 1, 2]
// CHECK: dlc.conv_weight_gradient %[[X]], %[[S]] {{.*}}channels_last = true
// CHECK-SAME: (tensor<2x8x8x3xf32>, tensor<2x8x8x4xf32>) -> tensor<4x3x3x3xf32>
// CHECK: dlc.transpose %{{.*}} perm = [0, 3, 1, 2] : tensor<4x3x3x3xf32>
// STAYS-LABEL: func.func @main
// STAYS-NOT: dlc.transpose
func.func @main(%w: tensor<4x3x3x3xf32> {dlc.state = @w}, %x: tensor<2x3x8x8xf32>, %g: tensor<2x4x4x4xf32>)
    -> (tensor<4x3x3x3xf32>, tensor<2x4x4x4xf32>, tensor<4xf32>) {
  %0 = dlc.conv %x, %w strides = [1, 1] low = [1, 1] high = [1, 1] lhs_dilation = [1, 1] rhs_dilation = [1, 1] : (tensor<2x3x8x8xf32>, tensor<4x3x3x3xf32>) -> tensor<2x4x8x8xf32>
  %v, %p = dlc.arg_window max %0 window = [1, 1, 2, 2] strides = [1, 1, 2, 2] dilation = [1, 1, 1, 1] low = [0, 0, 0, 0] high = [0, 0, 0, 0] : tensor<2x4x8x8xf32> -> tensor<2x4x4x4xf32>, tensor<2x4x4x4xi8>
  %s = dlc.spread_window %g at %p window = [1, 1, 2, 2] strides = [1, 1, 2, 2] dilation = [1, 1, 1, 1] low = [0, 0, 0, 0] high = [0, 0, 0, 0] : (tensor<2x4x4x4xf32>, tensor<2x4x4x4xi8>) -> tensor<2x4x8x8xf32>
  %b = dlc.reduce sum %s dims = [0, 2, 3] : tensor<2x4x8x8xf32> -> tensor<4xf32>
  %dw = dlc.conv_weight_gradient %x, %s window = [3, 3] strides = [1, 1] low = [1, 1] lhs_dilation = [1, 1] rhs_dilation = [1, 1] : (tensor<2x3x8x8xf32>, tensor<2x4x8x8xf32>) -> tensor<4x3x3x3xf32>
  %n = dlc.add %w, %dw : tensor<4x3x3x3xf32>
  return %n, %v, %b : tensor<4x3x3x3xf32>, tensor<2x4x4x4xf32>, tensor<4xf32>
}

// -----

// Places are numbered in the order that a window's dimensions have: where another order changes it, nothing sinks.
// CHECK-LABEL: func.func @main
// CHECK: dlc.conv
// CHECK: %[[T:.*]] = dlc.transpose
// CHECK: dlc.arg_window max %[[T]] window = [1, 2, 2, 1]
// STAYS-LABEL: func.func @main
func.func @main(%w: tensor<4x3x3x3xf32> {dlc.state = @w}, %x: tensor<2x3x8x8xf32>)
    -> (tensor<4x3x3x3xf32>, tensor<2x2x4x8xf32>, tensor<2x2x4x8xi8>) {
  %0 = dlc.conv %x, %w strides = [1, 1] low = [1, 1] high = [1, 1] lhs_dilation = [1, 1] rhs_dilation = [1, 1] : (tensor<2x3x8x8xf32>, tensor<4x3x3x3xf32>) -> tensor<2x4x8x8xf32>
  %v, %p = dlc.arg_window max %0 window = [1, 2, 2, 1] strides = [1, 2, 2, 1] dilation = [1, 1, 1, 1] low = [0, 0, 0, 0] high = [0, 0, 0, 0] : tensor<2x4x8x8xf32> -> tensor<2x2x4x8xf32>, tensor<2x2x4x8xi8>
  return %w, %v, %p : tensor<4x3x3x3xf32>, tensor<2x2x4x8xf32>, tensor<2x2x4x8xi8>
}

// -----

// The gradient of a transposed convolution's weight is that of a strided one, with input and gradient exchanged.
// CHECK-LABEL: func.func @main
// CHECK: %[[D:.*]] = dlc.conv_weight_gradient %{{.*}}, %{{.*}} window = [3, 2] strides = [2, 2] low = [1, 0] lhs_dilation = [1, 1] {{.*}}channels_last = true
// CHECK-SAME: (tensor<2x7x8x6xf32>, tensor<2x4x4x3xf32>) -> tensor<3x3x2x6xf32>
// CHECK: dlc.slice %{{.*}} stride = [{{.*}}-1{{.*}}-1
// STAYS-LABEL: func.func @main
func.func @main(%w: tensor<6x3x3x2xf32> {dlc.state = @w}, %x: tensor<2x3x4x4xf32>, %g: tensor<2x6x7x8xf32>) -> tensor<6x3x3x2xf32> {
  %dw = dlc.conv_weight_gradient %x, %g window = [3, 2] strides = [1, 1] low = [1, 1] lhs_dilation = [2, 2] rhs_dilation = [1, 1] : (tensor<2x3x4x4xf32>, tensor<2x6x7x8xf32>) -> tensor<6x3x3x2xf32>
  %n = dlc.add %w, %dw : tensor<6x3x3x2xf32>
  return %n : tensor<6x3x3x2xf32>
}
