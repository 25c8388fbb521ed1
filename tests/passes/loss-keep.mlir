// With keep-outputs the loss comes first and the model's outputs behind it: what evaluates a model needs both.
// RUN: dlc-opt %s --dlc-loss=keep-outputs | FileCheck %s

// CHECK-LABEL: func.func @main(
// CHECK-SAME: -> (tensor<f32> {dlc.name = "loss"}, tensor<4x3xf32> {dlc.name = "y"})
// CHECK: %[[Y:.*]] = dlc.relu
// CHECK: %[[LOSS:.*]] = dlc.softmax_cross_entropy %[[Y]], %{{.*}}
// CHECK: return %[[LOSS]], %[[Y]] : tensor<f32>, tensor<4x3xf32>
func.func @main(%x: tensor<4x3xf32> {dlc.name = "x"}) -> (tensor<4x3xf32> {dlc.name = "y"}) {
  %0 = dlc.relu %x : tensor<4x3xf32>
  return %0 : tensor<4x3xf32>
}
