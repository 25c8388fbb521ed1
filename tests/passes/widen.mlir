// RUN: dlc-opt %s -split-input-file -pass-pipeline='builtin.module(dlc-widen,canonicalize,cse)' | FileCheck %s

// Between the inputs and the output everything is f32; weights are cast too, which @init does once.
// CHECK-LABEL: func.func @main
// CHECK-DAG: %[[W:.*]] = dlc.cast %{{.*}} : tensor<8x4xf16> -> tensor<8x4xf32>
// CHECK-DAG: %[[X:.*]] = dlc.cast %arg0 : tensor<2x8xf16> -> tensor<2x8xf32>
// CHECK: %[[D:.*]] = dlc.dot_general %[[X]], %[[W]]
// CHECK: %[[R:.*]] = dlc.relu %[[D]] : tensor<2x4xf32>
// CHECK: %[[S:.*]] = dlc.reduce sum %[[R]] dims = [1] : tensor<2x4xf32> -> tensor<2xf32>
// CHECK: %[[H:.*]] = dlc.cast %[[S]] : tensor<2xf32> -> tensor<2xf16>
// CHECK: return %[[H]]
dlc.weight frozen @w : tensor<8x4xf16> = #dlc.rule<"zeros", []>
func.func @main(%x: tensor<2x8xf16>) -> tensor<2xf16> {
  %w = dlc.get_weight @w : tensor<8x4xf16>
  %0 = dlc.dot_general %x, %w batch = [] x [] contract = [1] x [0] : (tensor<2x8xf16>, tensor<8x4xf16>) -> tensor<2x4xf16>
  %1 = dlc.relu %0 : tensor<2x4xf16>
  %2 = dlc.reduce sum %1 dims = [1] : tensor<2x4xf16> -> tensor<2xf16>
  return %2 : tensor<2xf16>
}

// -----

// A cast of the model's own rounds on purpose.
// CHECK-LABEL: func.func @main
// CHECK: %[[D:.*]] = dlc.dot_general
// CHECK: %[[F:.*]] = dlc.exp %{{.*}} : tensor<2x2xf32>
// CHECK: %[[H:.*]] = dlc.cast %[[F]] : tensor<2x2xf32> -> tensor<2x2xf16>
// CHECK: %[[G:.*]] = dlc.cast %[[H]] : tensor<2x2xf16> -> tensor<2x2xf32>
// CHECK: dlc.add %[[D]], %[[G]]
func.func @main(%x: tensor<2x2xf16>, %y: tensor<2x2xf32>) -> tensor<2x2xf16> {
  %0 = dlc.dot_general %x, %x batch = [] x [] contract = [1] x [0] : (tensor<2x2xf16>, tensor<2x2xf16>) -> tensor<2x2xf16>
  %1 = dlc.exp %y : tensor<2x2xf32>
  %2 = dlc.cast %1 : tensor<2x2xf32> -> tensor<2x2xf16>
  %3 = dlc.add %0, %2 : tensor<2x2xf16>
  return %3 : tensor<2x2xf16>
}

// -----

// Without a contraction there is nothing to gain.
// CHECK-LABEL: func.func @main
// CHECK-NEXT: %[[R:.*]] = dlc.relu %arg0 : tensor<4xf16>
// CHECK-NEXT: return %[[R]]
func.func @main(%x: tensor<4xf16>) -> tensor<4xf16> {
  %0 = dlc.relu %x : tensor<4xf16>
  return %0 : tensor<4xf16>
}
