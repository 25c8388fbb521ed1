// RUN: dlc-opt %S/Inputs/linear.mlir --dlc-loss --dlc-autodiff --dlc-optimizer=rule=sgd,lr=0.5 --dlc-loss-sum | FileCheck %s
// RUN: not dlc-opt %S/Inputs/linear.mlir --dlc-loss-sum 2>&1 | FileCheck %s --check-prefix=NONE

// NONE: error: the first result must be the loss, a float scalar; found 'tensor<4x3xf32>'

// CHECK: func.func @main({{.*}}, %[[SUM:[a-z0-9]*]]: tensor<f32> {dlc.state = @loss.sum})
// CHECK-SAME: -> (tensor<f32> {dlc.name = "loss"}, {{.*}}, tensor<f32> {dlc.state = @loss.sum})
// CHECK: %[[NEW:.*]] = dlc.add %[[SUM]], %[[LOSS:.*]] : tensor<f32>
// CHECK: return %[[LOSS]], {{.*}}, %[[NEW]]
// CHECK: dlc.weight @loss.sum : tensor<f32> = #dlc.rule<"zeros">
