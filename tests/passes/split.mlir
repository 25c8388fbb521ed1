// RUN: dlc-opt %s -split-input-file -pass-pipeline='builtin.module(dlc-split)' | FileCheck %s

// Half a million elements a channel: rows first, then what the rows gave.
// CHECK-LABEL: func.func @main
// CHECK: %[[ROWS:.*]] = dlc.reduce sum %arg0 dims = [2] : tensor<1x720x720x16xf32> -> tensor<1x720x16xf32>
// CHECK: %[[ALL:.*]] = dlc.reduce sum %[[ROWS]] dims = [1] : tensor<1x720x16xf32> -> tensor<1x16xf32>
// CHECK: return %[[ALL]]
func.func @main(%x: tensor<1x720x720x16xf32>) -> tensor<1x16xf32> {
  %0 = dlc.reduce sum %x dims = [1, 2] : tensor<1x720x720x16xf32> -> tensor<1x16xf32>
  return %0 : tensor<1x16xf32>
}

// -----

// Few elements, one dimension, or 16 bits, which would be rounded in between: as they are.
// CHECK-LABEL: func.func @main
// CHECK: dlc.reduce sum %arg0 dims = [1, 2] : tensor<1x100x100x16xf32> -> tensor<1x16xf32>
// CHECK: dlc.reduce max %arg1 dims = [0] : tensor<100000xf32> -> tensor<f32>
// CHECK: dlc.reduce sum %arg2 dims = [0, 1] : tensor<720x720xbf16> -> tensor<bf16>
func.func @main(%x: tensor<1x100x100x16xf32>, %y: tensor<100000xf32>, %z: tensor<720x720xbf16>) -> (tensor<1x16xf32>, tensor<f32>, tensor<bf16>) {
  %0 = dlc.reduce sum %x dims = [1, 2] : tensor<1x100x100x16xf32> -> tensor<1x16xf32>
  %1 = dlc.reduce max %y dims = [0] : tensor<100000xf32> -> tensor<f32>
  %2 = dlc.reduce sum %z dims = [0, 1] : tensor<720x720xbf16> -> tensor<bf16>
  return %0, %1, %2 : tensor<1x16xf32>, tensor<f32>, tensor<bf16>
}

// -----

// Sums of everything in front of the channels go on in steps of few elements.
// CHECK-LABEL: func.func @main
// CHECK: %[[W:.*]] = dlc.reduce sum %arg0 dims = [2] : tensor<32x28x28x16xf32> -> tensor<32x28x16xf32>
// CHECK: %[[H:.*]] = dlc.reduce sum %[[W]] dims = [1] : tensor<32x28x16xf32> -> tensor<32x16xf32>
// CHECK: %[[N:.*]] = dlc.reduce sum %[[H]] dims = [0] : tensor<32x16xf32> -> tensor<16xf32>
// CHECK: return %[[N]]
func.func @main(%x: tensor<32x28x28x16xf32>) -> tensor<16xf32> {
  %0 = dlc.reduce sum %x dims = [0, 1, 2] : tensor<32x28x28x16xf32> -> tensor<16xf32>
  return %0 : tensor<16xf32>
}

// -----

// Rows of eight channels are shorter than a vector: the dimension in front of them is folded in a later step.
// CHECK-LABEL: func.func @main
// CHECK: %[[ROWS:.*]] = dlc.reduce sum %arg0 dims = [2] : tensor<8x16x16x16x8xf32> -> tensor<8x16x16x8xf32>
// CHECK: %[[MORE:.*]] = dlc.reduce sum %[[ROWS]] dims = [1] : tensor<8x16x16x8xf32> -> tensor<8x16x8xf32>
// CHECK: %[[ALL:.*]] = dlc.reduce sum %[[MORE]] dims = [0, 1] : tensor<8x16x8xf32> -> tensor<8xf32>
// CHECK: return %[[ALL]]
func.func @main(%x: tensor<8x16x16x16x8xf32>) -> tensor<8xf32> {
  %0 = dlc.reduce sum %x dims = [0, 1, 2, 3] : tensor<8x16x16x16x8xf32> -> tensor<8xf32>
  return %0 : tensor<8xf32>
}
