// RUN: dlc-opt %S/Inputs/linear.mlir --dlc-loss --dlc-autodiff --dlc-optimizer=rule=sgd,lr=0.5 --dlc-check-nonfinite | FileCheck %s

// Arguments are looked at first: the first number is x's.
// CHECK: func.func @main({{.*}}{dlc.state = @train.nonfinite.step}, {{.*}}{dlc.state = @train.nonfinite.node}, {{.*}}{dlc.state = @train.step})
// CHECK: %[[NAN:.*]] = dlc.compare ne %arg0, %arg0
// CHECK: %[[GONE:.*]] = dlc.sub %arg0, %arg0
// CHECK: dlc.weight @train.nonfinite.step : tensor<i64> = #dlc.rule<"zeros">
