// RUN: dlc-opt %s --dlc-gradient | FileCheck %s

// The vector-Jacobian product for every float argument; zeros where nothing flows.
func.func @f(%x: tensor<4xf64> {dlc.name = "x"}, %i: tensor<4xi32>, %y: tensor<4xf64>) -> (tensor<4xf64>, tensor<4xi1>) {
  %0 = dlc.mul %x, %x : tensor<4xf64>
  %1 = dlc.compare lt %x, %y : tensor<4xf64> -> tensor<4xi1>
  return %0, %1 : tensor<4xf64>, tensor<4xi1>
}
// CHECK: func.func @f(
// CHECK: func.func @f.gradient(
// CHECK-SAME: %[[X:.*]]: tensor<4xf64> {dlc.name = "x"}, %{{.*}}: tensor<4xi32>, %{{.*}}: tensor<4xf64>, %[[G:.*]]: tensor<4xf64> {dlc.name = "cotangent0"})
// CHECK-SAME: -> (tensor<4xf64> {dlc.name = "result0"}, tensor<4xi1> {dlc.name = "result1"}, tensor<4xf64> {dlc.name = "gradient0"}, tensor<4xf64> {dlc.name = "gradient2"})
// CHECK: %[[V:.*]] = dlc.mul %[[X]], %[[X]]
// CHECK: %[[A:.*]] = dlc.mul %[[G]], %[[X]]
// CHECK: %[[B:.*]] = dlc.mul %[[G]], %[[X]]
// CHECK: %[[S:.*]] = dlc.add %[[A]], %[[B]]
// CHECK: %[[ZERO:.*]] = dlc.broadcast
// CHECK: return %[[V]], %{{.*}}, %[[S]], %[[ZERO]]
