// RUN: dlc-opt %S/Inputs/linear.mlir --dlc-loss --dlc-autodiff --dlc-accumulate=parts=3 --dlc-optimizer=rule=sgd,lr=0.5 | FileCheck %s

// Inputs hold three batches; loss and gradients are summed up by the loop and divided behind it.
// CHECK: func.func @main(%[[X:.*]]: tensor<12x5xf32> {dlc.name = "x"}, %[[LABELS:.*]]: tensor<12xi32> {dlc.name = "labels"}, %[[W:.*]]: tensor<3x5xf32> {dlc.state = @w}
// CHECK: %[[XS:.*]] = dlc.reshape %[[X]] : tensor<12x5xf32> -> tensor<3x4x5xf32>
// CHECK: dlc.reshape %[[LABELS]] : tensor<12xi32> -> tensor<3x4xi32>
// CHECK: %[[SUMS:.*]]:3 = dlc.while({{.*}}%[[XS]]{{.*}}%[[W]]{{.*}}) carried = 3 limit = 3 {sequences = 2 : i64}
// CHECK: dlc.softmax_cross_entropy
// CHECK: dlc.yield
// CHECK: dlc.mul %[[SUMS]]#0
// CHECK: dlc.mul %[[SUMS]]#1
