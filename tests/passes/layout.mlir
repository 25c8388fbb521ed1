// RUN: dlc-opt %s -split-input-file -pass-pipeline='builtin.module(dlc-layout,canonicalize,cse)' | FileCheck %s

// Between two convolutions nothing is transposed: bias, activation, padding and pooling work channels last too.
// CHECK-LABEL: func.func @main
// CHECK: dlc.transpose %arg0 perm = [0, 2, 3, 1]
// CHECK: dlc.conv {{.*}}channels_last = true
// CHECK-NOT: dlc.transpose {{.*}}8x8
// CHECK: dlc.broadcast %{{.*}} dims = [3]
// CHECK: dlc.reduce_window max %{{.*}} window = [1, 2, 2, 1]
// CHECK: dlc.conv {{.*}}channels_last = true
// CHECK: %[[R:.*]] = dlc.reduce sum %{{.*}} dims = [1, 2]
// CHECK-NEXT: return %[[R]]
func.func @main(%x: tensor<2x3x8x8xf32>, %w1: tensor<4x3x3x3xf32>, %b: tensor<4xf32>, %w2: tensor<5x4x1x1xf32>) -> tensor<2x5xf32> {
  %0 = dlc.conv %x, %w1 strides = [1, 1] low = [1, 1] high = [1, 1] lhs_dilation = [1, 1] rhs_dilation = [1, 1] : (tensor<2x3x8x8xf32>, tensor<4x3x3x3xf32>) -> tensor<2x4x8x8xf32>
  %1 = dlc.broadcast %b dims = [1] : tensor<4xf32> -> tensor<2x4x8x8xf32>
  %2 = dlc.add %0, %1 : tensor<2x4x8x8xf32>
  %3 = dlc.relu %2 : tensor<2x4x8x8xf32>
  %4 = dlc.reduce_window max %3 window = [1, 1, 2, 2] strides = [1, 1, 2, 2] dilation = [1, 1, 1, 1] low = [0, 0, 0, 0] high = [0, 0, 0, 0] : tensor<2x4x8x8xf32> -> tensor<2x4x4x4xf32>
  %5 = dlc.conv %4, %w2 strides = [1, 1] low = [0, 0] high = [0, 0] lhs_dilation = [1, 1] rhs_dilation = [1, 1] : (tensor<2x4x4x4xf32>, tensor<5x4x1x1xf32>) -> tensor<2x5x4x4xf32>
  %6 = dlc.reduce sum %5 dims = [2, 3] : tensor<2x5x4x4xf32> -> tensor<2x5xf32>
  return %6 : tensor<2x5xf32>
}

// -----

// Transposes go through reshapes that keep neighbours together, and through a resize, whose tables stay as they are.
// CHECK-LABEL: func.func @main
// CHECK: dlc.conv
// CHECK: dlc.resize %{{.*}}, %arg2 dims = [1] : tensor<1x4x4x5xf32>
// CHECK: dlc.reshape %{{.*}} : tensor<1x8x4x5xf32> -> tensor<1x32x5xf32>
// CHECK-NOT: dlc.transpose
// CHECK: return
func.func @main(%x: tensor<1x1x4x4xf32>, %w: tensor<5x1x1x1xf32>, %t: tensor<1x8xi32>) -> tensor<1x32x5xf32> {
  %0 = dlc.conv %x, %w strides = [1, 1] low = [0, 0] high = [0, 0] lhs_dilation = [1, 1] rhs_dilation = [1, 1] : (tensor<1x1x4x4xf32>, tensor<5x1x1x1xf32>) -> tensor<1x5x4x4xf32>
  %1 = dlc.resize %0, %t dims = [2] : tensor<1x5x4x4xf32>, tensor<1x8xi32> -> tensor<1x5x8x4xf32>
  %2 = dlc.reshape %1 : tensor<1x5x8x4xf32> -> tensor<1x5x32xf32>
  %3 = dlc.transpose %2 perm = [0, 2, 1] : tensor<1x5x32xf32> -> tensor<1x32x5xf32>
  return %3 : tensor<1x32x5xf32>
}

// -----

// Channels that a reshape merges with places do not let it through.
// CHECK-LABEL: func.func @main
// CHECK: dlc.transpose %{{.*}} perm = [0, 3, 1, 2]
// CHECK-NEXT: dlc.reshape
func.func @main(%x: tensor<1x1x4x4xf32>, %w: tensor<5x1x1x1xf32>) -> tensor<1x80xf32> {
  %0 = dlc.conv %x, %w strides = [1, 1] low = [0, 0] high = [0, 0] lhs_dilation = [1, 1] rhs_dilation = [1, 1] : (tensor<1x1x4x4xf32>, tensor<5x1x1x1xf32>) -> tensor<1x5x4x4xf32>
  %1 = dlc.reshape %0 : tensor<1x5x4x4xf32> -> tensor<1x80xf32>
  return %1 : tensor<1x80xf32>
}

// -----

// A transposed convolution with the window of its strides: a product for each pixel of the operand, whose channels become
// pixels; nothing is multiplied by the zeros between them.
// CHECK-LABEL: func.func @main
// CHECK: dlc.conv %{{.*}} lhs_dilation = [1, 1] {{.*}}channels_last = true{{.*}} (tensor<1x4x5x3xf32>, tensor<24x1x1x3xf32>) -> tensor<1x4x5x24xf32>
// CHECK: dlc.reshape %{{.*}} : tensor<1x4x5x24xf32> -> tensor<1x4x5x2x2x6xf32>
// CHECK: dlc.transpose %{{.*}} perm = [0, 1, 3, 2, 4, 5]
// CHECK: dlc.reshape %{{.*}} -> tensor<1x8x10x6xf32>
func.func @main(%x: tensor<1x3x4x5xf32>, %w: tensor<6x3x2x2xf32>) -> tensor<1x6x8x10xf32> {
  %0 = dlc.conv %x, %w strides = [1, 1] low = [1, 1] high = [1, 1] lhs_dilation = [2, 2] rhs_dilation = [1, 1] : (tensor<1x3x4x5xf32>, tensor<6x3x2x2xf32>) -> tensor<1x6x8x10xf32>
  return %0 : tensor<1x6x8x10xf32>
}

// -----

// A value of no dimensions has no order: what was reduced to it ends the transposes' way. (They went on and on here.)
// CHECK-LABEL: func.func @main
// CHECK: dlc.reduce {{.*}} -> tensor<f32>
// CHECK-NEXT: dlc.compare
// CHECK-NOT: dlc.transpose
func.func @main(%x: tensor<1x1x4x4xf32>, %w: tensor<5x1x1x1xf32>) -> tensor<i1> {
  %zero = dlc.constant dense<0.0> : tensor<f32>
  %0 = dlc.conv %x, %w strides = [1, 1] low = [0, 0] high = [0, 0] lhs_dilation = [1, 1] rhs_dilation = [1, 1] : (tensor<1x1x4x4xf32>, tensor<5x1x1x1xf32>) -> tensor<1x5x4x4xf32>
  %1 = dlc.reduce max %0 dims = [0, 1, 2, 3] : tensor<1x5x4x4xf32> -> tensor<f32>
  %2 = dlc.compare eq %1, %zero : tensor<f32> -> tensor<i1>
  return %2 : tensor<i1>
}
