// A loss that takes a softmax or a logistic function itself looks at what goes into one at the model's end.
// RUN: dlc-opt %s --split-input-file --dlc-loss | FileCheck %s
// RUN: dlc-opt %s --split-input-file --dlc-loss=keep-outputs | FileCheck %s --check-prefix=KEPT
// RUN: dlc-opt %s --split-input-file --dlc-loss=rule=binary-cross-entropy | FileCheck %s --check-prefix=BINARY
// RUN: dlc-opt %s --split-input-file --dlc-loss=rule=mean-squared-error | FileCheck %s --check-prefix=SQUARED

// CHECK-LABEL: func.func @main(
// CHECK: %[[Y:.*]] = dlc.relu
// CHECK-NOT: dlc.softmax{{ }}
// CHECK: dlc.softmax_cross_entropy %[[Y]], %{{.*}}
// KEPT-LABEL: func.func @main(
// KEPT: %[[Y:.*]] = dlc.relu
// KEPT: %[[LOSS:.*]] = dlc.softmax_cross_entropy %[[Y]], %{{.*}}
// KEPT: return %[[LOSS]], %[[Y]]
// BINARY-LABEL: func.func @main(
// BINARY: dlc.softmax{{ }}
// SQUARED-LABEL: func.func @main(
// SQUARED: dlc.softmax{{ }}
func.func @main(%x: tensor<4x3xf32>) -> (tensor<4x3xf32> {dlc.name = "y"}) {
  %0 = dlc.relu %x : tensor<4x3xf32>
  %1 = dlc.softmax %0 axis = 1 : tensor<4x3xf32>
  return %1 : tensor<4x3xf32>
}

// -----

// In 16 bits, and in another shape.
// CHECK-LABEL: func.func @main(
// CHECK: %[[Y:.*]] = dlc.relu
// CHECK: %[[BACK:.*]] = dlc.reshape %[[Y]] : tensor<4x3xf16> -> tensor<4x3x1x1xf16>
// CHECK: dlc.softmax_cross_entropy
// KEPT-LABEL: func.func @main(
// BINARY-LABEL: func.func @main(
// SQUARED-LABEL: func.func @main(
func.func @main(%x: tensor<4x3xf16>) -> (tensor<4x3x1x1xf16> {dlc.name = "y"}) {
  %0 = dlc.relu %x : tensor<4x3xf16>
  %1 = dlc.softmax %0 axis = 1 : tensor<4x3xf16>
  %2 = dlc.reshape %1 : tensor<4x3xf16> -> tensor<4x3x1x1xf16>
  return %2 : tensor<4x3x1x1xf16>
}

// -----

// Over other classes than the loss's it stays.
// CHECK-LABEL: func.func @main(
// CHECK: dlc.softmax{{ }}
// KEPT-LABEL: func.func @main(
// BINARY-LABEL: func.func @main(
// SQUARED-LABEL: func.func @main(
func.func @main(%x: tensor<4x3x3xf32>) -> (tensor<4x3x3xf32> {dlc.name = "y"}) {
  %0 = dlc.softmax %x axis = 2 : tensor<4x3x3xf32>
  return %0 : tensor<4x3x3xf32>
}

// -----

// CHECK-LABEL: func.func @main(
// CHECK: dlc.logistic
// BINARY-LABEL: func.func @main(
// BINARY-NOT: dlc.logistic
// BINARY: return
// SQUARED-LABEL: func.func @main(
// SQUARED: dlc.logistic
func.func @main(%x: tensor<4x3xf32>) -> (tensor<4x3xf32> {dlc.name = "y"}) {
  %0 = dlc.logistic %x : tensor<4x3xf32>
  return %0 : tensor<4x3xf32>
}
