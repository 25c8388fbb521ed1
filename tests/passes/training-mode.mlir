// RUN: dlc-opt %s --split-input-file --dlc-training-mode --dlc-autodiff | FileCheck %s

// Statistics of the batch take the place of given ones, which follow them and are state: no gradient leads to them.
// The variance that is kept is divided by n - 1 (12 of 11), the one that normalises by n.
dlc.weight @scale : tensor<3xf32> = #dlc.rule<"constant", [1.0]>
dlc.weight @bias : tensor<3xf32> = #dlc.rule<"zeros">
dlc.weight frozen @mean : tensor<3xf32> = #dlc.rule<"zeros">
dlc.weight frozen @variance : tensor<3xf32> = #dlc.rule<"constant", [1.0]>
// CHECK-LABEL: func.func @main(
// CHECK-SAME: %[[X:[a-z0-9]*]]: tensor<4x3x3xf32>, %[[MEAN:[a-z0-9]*]]: tensor<3xf32> {dlc.state = @mean}, %[[VARIANCE:[a-z0-9]*]]: tensor<3xf32> {dlc.state = @variance})
// CHECK-SAME: -> (tensor<f32>, tensor<3xf32> {dlc.state = @mean}, tensor<3xf32> {dlc.state = @variance}, {{.*}}dlc.gradient = @scale}, {{.*}}dlc.gradient = @bias})
// CHECK-NOT: dlc.batch_norm %
// CHECK: dlc.constant dense<0.899999976>
// CHECK: dlc.mul %[[MEAN]]
// CHECK: dlc.mul %[[VARIANCE]]
func.func @main(%x: tensor<4x3x3xf32>) -> tensor<f32> {
  %scale = dlc.get_weight @scale : tensor<3xf32>
  %bias = dlc.get_weight @bias : tensor<3xf32>
  %mean = dlc.get_weight @mean : tensor<3xf32>
  %variance = dlc.get_weight @variance : tensor<3xf32>
  %0 = dlc.batch_norm %x, %scale, %bias, %mean, %variance epsilon = 1.0e-5 axis = 1
      : tensor<4x3x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>
  %1 = dlc.mul %0, %0 : tensor<4x3x3xf32>
  %2 = dlc.reduce sum %1 dims = [0, 1, 2] : tensor<4x3x3xf32> -> tensor<f32>
  return %2 : tensor<f32>
}

// -----

// Every step has numbers of its own: their counter is the step's.
dlc.weight @w : tensor<4xf32> = #dlc.rule<"constant", [1.0]>
// CHECK-LABEL: func.func @main(
// CHECK-SAME: %[[STEP:[a-z0-9]*]]: tensor<i64> {dlc.state = @train.step})
// CHECK: %[[ONE:.*]] = dlc.reshape %[[STEP]] : tensor<i64> -> tensor<1xi64>
// CHECK: %[[STATE:.*]] = dlc.concat %{{.*}}, %[[ONE]] axis = 0
// CHECK: dlc.rng_uniform %[[STATE]] id = 7
// CHECK: %[[NEXT:.*]] = dlc.add %[[STEP]]
// CHECK: return %{{.*}}, %[[NEXT]]
// CHECK: dlc.weight @train.step : tensor<i64> = #dlc.rule<"zeros">
func.func @main() -> tensor<f32> {
  %w = dlc.get_weight @w : tensor<4xf32>
  %state = dlc.constant dense<[5, 0]> : tensor<2xi64>
  %u = dlc.rng_uniform %state id = 7 : tensor<2xi64> -> tensor<4xf32>
  %0 = dlc.mul %u, %w : tensor<4xf32>
  %1 = dlc.reduce sum %0 dims = [0] : tensor<4xf32> -> tensor<f32>
  return %1 : tensor<f32>
}
