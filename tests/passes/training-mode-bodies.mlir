// RUN: dlc-opt %s --split-input-file --verify-diagnostics --dlc-training-mode | FileCheck %s

// Random numbers in a loop go by the step and by a sequence that numbers the iterations.
// CHECK-LABEL: func.func @main(
// CHECK-SAME: %[[STEP:[a-z0-9]*]]: tensor<i64> {dlc.state = @train.step})
// CHECK: %[[NUMBERS:.*]] = dlc.iota axis = 0 : tensor<3xi64>
// CHECK: dlc.while(%{{.*}}, %{{.*}}, %[[NUMBERS]], %{{.*}}, %[[STEP]]) carried = 1 limit = 3 {reversed = array<i64: 0, 2>, sequences = 2 : i64}
// CHECK: dlc.constant dense<4294967296> : tensor<i64>
func.func @main(%z: tensor<4xf32>, %xs: tensor<3x4xf32>, %c: tensor<2xi64>) -> tensor<4xf32> {
  %0:2 = dlc.while(%z, %xs, %c) carried = 1 limit = 3 {sequences = 1 : i64, reversed = array<i64: 0, 1>}
      : (tensor<4xf32>, tensor<3x4xf32>, tensor<2xi64>) -> (tensor<4xf32>, tensor<3x4xf32>) {
  ^bb0(%a: tensor<4xf32>, %x: tensor<4xf32>, %s: tensor<2xi64>):
    %u = dlc.rng_uniform %s id = 1 : tensor<2xi64> -> tensor<4xf32>
    %1 = dlc.add %a, %u : tensor<4xf32>
    dlc.yield %1, %x : tensor<4xf32>, tensor<4xf32>
  }
  return %0#0 : tensor<4xf32>
}

// -----

func.func @main(%go: tensor<i1>, %z: tensor<4xf32>, %c: tensor<2xi64>) -> tensor<4xf32> {
  // expected-error @+1 {{random numbers in a step of training need a loop with a limit; this one runs as often as its condition says}}
  %0:2 = dlc.while(%go, %z, %c) carried = 2 limit = -1 {conditional} : (tensor<i1>, tensor<4xf32>, tensor<2xi64>) -> (tensor<i1>, tensor<4xf32>) {
  ^bb0(%g: tensor<i1>, %a: tensor<4xf32>, %s: tensor<2xi64>):
    %u = dlc.rng_uniform %s id = 1 : tensor<2xi64> -> tensor<4xf32>
    dlc.yield %g, %u : tensor<i1>, tensor<4xf32>
  }
  return %0#1 : tensor<4xf32>
}

// -----

// Running statistics in a body, read there or brought in.
dlc.weight @scale : tensor<3xf32> = #dlc.rule<"constant", [1.0]>
dlc.weight frozen @mean : tensor<3xf32> = #dlc.rule<"zeros">
dlc.weight frozen @variance : tensor<3xf32> = #dlc.rule<"constant", [1.0]>
func.func @main(%yes: tensor<i1>, %x: tensor<4x3xf32>) -> tensor<4x3xf32> {
  %mean = dlc.get_weight @mean : tensor<3xf32>
  %variance = dlc.get_weight @variance : tensor<3xf32>
  %0 = dlc.if %yes(%x, %mean, %variance) : (tensor<i1>, tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<4x3xf32> {
  ^bb0(%a: tensor<4x3xf32>, %m: tensor<3xf32>, %v: tensor<3xf32>):
    %s = dlc.get_weight @scale : tensor<3xf32>
    // expected-error @+1 {{'dlc.batch_norm' in the body of a loop or branch would change weight 'variance' in a step of training, which is not supported; move it out of the body}}
    %1 = dlc.batch_norm %a, %s, %s, %m, %v epsilon = 1.0e-5 axis = 1 : tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>
    dlc.yield %1 : tensor<4x3xf32>
  } else {
  ^bb0(%a: tensor<4x3xf32>, %m: tensor<3xf32>, %v: tensor<3xf32>):
    dlc.yield %a : tensor<4x3xf32>
  }
  return %0 : tensor<4x3xf32>
}
