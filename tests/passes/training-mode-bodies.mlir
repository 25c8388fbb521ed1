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

// Running statistics in a branch, read there or brought in: what it makes of them, or what they were, are results.
// CHECK-LABEL: func.func @main(
// CHECK-SAME: %[[MEAN:[a-z0-9]*]]: tensor<3xf32> {dlc.state = @mean}, %[[VARIANCE:[a-z0-9]*]]: tensor<3xf32> {dlc.state = @variance})
// CHECK: %[[R:.*]]:3 = dlc.if
// CHECK: ^bb0(%{{.*}}: tensor<4x3xf32>, %{{.*}}: tensor<3xf32>, %{{.*}}: tensor<3xf32>, %[[M:[a-z0-9]*]]: tensor<3xf32>, %[[V:[a-z0-9]*]]: tensor<3xf32>):
// CHECK: %[[Y:.*]], %[[MEAN1:.*]], %[[VARIANCE1:.*]] = dlc.batch_norm_training
// CHECK: %[[KEPT:.*]] = dlc.mul %[[M]], %
// CHECK: %[[NOW:.*]] = dlc.add %[[KEPT]], %
// CHECK: dlc.yield %[[Y]], %[[NOW]], %{{.*}} : tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>
// CHECK: } else {
// CHECK: ^bb0(%[[A:[a-z0-9]*]]: tensor<4x3xf32>, %{{.*}}: tensor<3xf32>, %{{.*}}: tensor<3xf32>, %[[CM:[a-z0-9]*]]: tensor<3xf32>, %[[CV:[a-z0-9]*]]: tensor<3xf32>):
// CHECK: dlc.yield %[[A]], %[[CM]], %[[CV]] : tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>
// CHECK: return %[[R]]#0, %[[R]]#1, %[[R]]#2
dlc.weight @scale : tensor<3xf32> = #dlc.rule<"constant", [1.0]>
dlc.weight frozen @mean : tensor<3xf32> = #dlc.rule<"zeros">
dlc.weight frozen @variance : tensor<3xf32> = #dlc.rule<"constant", [1.0]>
func.func @main(%yes: tensor<i1>, %x: tensor<4x3xf32>) -> tensor<4x3xf32> {
  %mean = dlc.get_weight @mean : tensor<3xf32>
  %variance = dlc.get_weight @variance : tensor<3xf32>
  %0 = dlc.if %yes(%x, %mean, %variance) : (tensor<i1>, tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<4x3xf32> {
  ^bb0(%a: tensor<4x3xf32>, %m: tensor<3xf32>, %v: tensor<3xf32>):
    %s = dlc.get_weight @scale : tensor<3xf32>
    %1 = dlc.batch_norm %a, %s, %s, %m, %v epsilon = 1.0e-5 axis = 1 : tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>
    dlc.yield %1 : tensor<4x3xf32>
  } else {
  ^bb0(%a: tensor<4x3xf32>, %m: tensor<3xf32>, %v: tensor<3xf32>):
    dlc.yield %a : tensor<4x3xf32>
  }
  return %0 : tensor<4x3xf32>
}

// -----

// A loop carries them along, behind what it carries already; its rows stay its rows, reversed ones reversed.
// CHECK-LABEL: func.func @main(
// CHECK-SAME: %[[MEAN:[a-z0-9]*]]: tensor<3xf32> {dlc.state = @mean})
// CHECK: %[[R:.*]]:3 = dlc.while(%{{.*}}, %[[MEAN]], %{{.*}}) carried = 2 limit = 5 {reversed = array<i64: 1>, sequences = 1 : i64}
// CHECK: ^bb0(%{{.*}}: tensor<4x3xf32>, %[[OLD:[a-z0-9]*]]: tensor<3xf32>, %{{.*}}: tensor<4x3xf32>
// CHECK: %[[KEPT:.*]] = dlc.mul %[[OLD]], %
// CHECK: %[[NOW:.*]] = dlc.add %[[KEPT]], %
// CHECK: dlc.yield %[[Y:.*]], %[[NOW]], %[[Y]]
// CHECK: return %[[R]]#2, %[[R]]#1
dlc.weight frozen @mean : tensor<3xf32> = #dlc.rule<"zeros">
func.func @main(%h0: tensor<4x3xf32>, %xs: tensor<5x4x3xf32>) -> tensor<5x4x3xf32> {
  %r:2 = dlc.while(%h0, %xs) carried = 1 limit = 5 {sequences = 1 : i64, reversed = array<i64: 1>}
      : (tensor<4x3xf32>, tensor<5x4x3xf32>) -> (tensor<4x3xf32>, tensor<5x4x3xf32>) {
  ^bb0(%h: tensor<4x3xf32>, %x: tensor<4x3xf32>):
    %s = dlc.constant dense<1.0> : tensor<3xf32>
    %0 = dlc.add %h, %x : tensor<4x3xf32>
    %y, %m, %v = dlc.batch_norm_training %0, %s, %s epsilon = 1.0e-5 axis = 1 {dlc.follower1 = @mean, dlc.keep1 = 0.9 : f64}
        : tensor<4x3xf32>, tensor<3xf32>
    dlc.yield %y, %y : tensor<4x3xf32>, tensor<4x3xf32>
  }
  return %r#1 : tensor<5x4x3xf32>
}
