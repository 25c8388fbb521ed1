// RUN: dlc-opt %s -split-input-file -pass-pipeline='builtin.module(dlc-reorder)' | FileCheck %s

// Mixing channels costs a quarter in front of the enlargement.
// CHECK-LABEL: func.func @enlarge
// CHECK: %[[C:.*]] = dlc.conv %arg0
// CHECK: %[[R:.*]] = dlc.resize %[[C]], %arg2, %arg2, %arg3, %arg3 dims = [2, 3] : tensor<1x4x3x3xf32>
// CHECK: return %[[R]]
func.func @enlarge(%x: tensor<1x8x3x3xf32>, %w: tensor<4x8x1x1xf32>, %i: tensor<2x6xi32>, %t: tensor<2x6xf32>) -> tensor<1x4x6x6xf32> {
  %0 = dlc.resize %x, %i, %i, %t, %t dims = [2, 3] : tensor<1x8x3x3xf32>, tensor<2x6xi32>, tensor<2x6xi32>, tensor<2x6xf32>, tensor<2x6xf32> -> tensor<1x8x6x6xf32>
  %1 = dlc.conv %0, %w strides = [1, 1] low = [0, 0] high = [0, 0] lhs_dilation = [1, 1] rhs_dilation = [1, 1] : (tensor<1x8x6x6xf32>, tensor<4x8x1x1xf32>) -> tensor<1x4x6x6xf32>
  return %1 : tensor<1x4x6x6xf32>
}

// -----

// Not in front of a reduction, nor of what another reads, nor with a window.
// CHECK-LABEL: func.func @stays
// CHECK: dlc.resize %arg0
// CHECK: dlc.conv
func.func @stays(%x: tensor<1x8x6x6xf32>, %w: tensor<4x8x1x1xf32>, %i: tensor<2x3xi32>, %t: tensor<2x3xf32>) -> tensor<1x4x3x3xf32> {
  %0 = dlc.resize %x, %i, %i, %t, %t dims = [2, 3] : tensor<1x8x6x6xf32>, tensor<2x3xi32>, tensor<2x3xi32>, tensor<2x3xf32>, tensor<2x3xf32> -> tensor<1x8x3x3xf32>
  %1 = dlc.conv %0, %w strides = [1, 1] low = [0, 0] high = [0, 0] lhs_dilation = [1, 1] rhs_dilation = [1, 1] : (tensor<1x8x3x3xf32>, tensor<4x8x1x1xf32>) -> tensor<1x4x3x3xf32>
  return %1 : tensor<1x4x3x3xf32>
}

// -----

// CHECK-LABEL: func.func @window
// CHECK: dlc.resize %arg0
// CHECK: dlc.conv
func.func @window(%x: tensor<1x8x3x3xf32>, %w: tensor<4x8x3x3xf32>, %i: tensor<2x6xi32>, %t: tensor<2x6xf32>) -> tensor<1x4x6x6xf32> {
  %0 = dlc.resize %x, %i, %i, %t, %t dims = [2, 3] : tensor<1x8x3x3xf32>, tensor<2x6xi32>, tensor<2x6xi32>, tensor<2x6xf32>, tensor<2x6xf32> -> tensor<1x8x6x6xf32>
  %1 = dlc.conv %0, %w strides = [1, 1] low = [1, 1] high = [1, 1] lhs_dilation = [1, 1] rhs_dilation = [1, 1] : (tensor<1x8x6x6xf32>, tensor<4x8x3x3xf32>) -> tensor<1x4x6x6xf32>
  return %1 : tensor<1x4x6x6xf32>
}
