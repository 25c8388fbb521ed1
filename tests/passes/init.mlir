// RUN: dlc-opt %s -split-input-file -pass-pipeline='builtin.module(dlc-init)' | FileCheck %s

// What depends on weights alone is computed by @init. A broadcast stays where it is read: it costs nothing there.
// CHECK: dlc.weight @w :
// CHECK-NEXT: dlc.weight frozen @w.transpose_[[H:[0-9a-f]+]] : tensor<3x2xf32> = #dlc.derived
// CHECK-LABEL: func.func @main
// CHECK-NEXT: %[[T:.*]] = dlc.get_weight @w.transpose_[[H]]
// CHECK-NEXT: dlc.dot_general %arg0, %[[T]]
// CHECK-NEXT: %[[B:.*]] = dlc.get_weight @b.exp_
// CHECK-NEXT: dlc.broadcast %[[B]]
// CHECK-LABEL: func.func private @init
// CHECK-SAME: -> (tensor<3x2xf32> {dlc.derived = @w.transpose_[[H]]}, tensor<2xf32> {dlc.derived = @b.exp_{{.*}}}) attributes {dlc.init}
// CHECK-NEXT: %[[W:.*]] = dlc.get_weight @w
// CHECK-NEXT: %[[R:.*]] = dlc.transpose %[[W]]
// CHECK-NEXT: %[[BW:.*]] = dlc.get_weight @b
// CHECK-NEXT: %[[E:.*]] = dlc.exp %[[BW]]
// CHECK-NEXT: return %[[R]], %[[E]]
module {
  dlc.weight @w : tensor<2x3xf32> = dense<1.0> : tensor<2x3xf32>
  dlc.weight @b : tensor<2xf32> = dense<2.0> : tensor<2xf32>
  func.func @main(%x: tensor<4x3xf32>) -> tensor<4x2xf32> {
    %w = dlc.get_weight @w : tensor<2x3xf32>
    %t = dlc.transpose %w perm = [1, 0] : tensor<2x3xf32> -> tensor<3x2xf32>
    %d = dlc.dot_general %x, %t batch = [] x [] contract = [1] x [0] : (tensor<4x3xf32>, tensor<3x2xf32>) -> tensor<4x2xf32>
    %b = dlc.get_weight @b : tensor<2xf32>
    %e = dlc.exp %b : tensor<2xf32>
    %r = dlc.broadcast %e dims = [1] : tensor<2xf32> -> tensor<4x2xf32>
    %s = dlc.add %d, %r : tensor<4x2xf32>
    return %s : tensor<4x2xf32>
  }
}

// -----

// A view of a weight, and one whose transpose would be all of it a thousand times over, stay.
// CHECK-LABEL: func.func @main
// CHECK-NOT: dlc.init
module {
  dlc.weight @w : tensor<64xf32> = dense<1.0> : tensor<64xf32>
  func.func @main(%x: tensor<8x8xf32>, %y: tensor<4096x64xf32>) -> (tensor<8x8xf32>, tensor<4096x64xf32>) {
    %w = dlc.get_weight @w : tensor<64xf32>
    %v = dlc.reshape %w : tensor<64xf32> -> tensor<8x8xf32>
    %s = dlc.add %x, %v : tensor<8x8xf32>
    %r = dlc.broadcast %w dims = [1] : tensor<64xf32> -> tensor<4096x64xf32>
    %e = dlc.exp %r : tensor<4096x64xf32>
    %t = dlc.add %y, %e : tensor<4096x64xf32>
    return %s, %t : tensor<8x8xf32>, tensor<4096x64xf32>
  }
}

// -----

// Where weights are state, nothing is derived from them.
// CHECK-LABEL: func.func @main
// CHECK: dlc.exp
// CHECK-NOT: dlc.init
module attributes {dlc.weights_as_state} {
  dlc.weight @w : tensor<4xf32> = dense<1.0> : tensor<4xf32>
  func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
    %w = dlc.get_weight @w : tensor<4xf32>
    %e = dlc.exp %w : tensor<4xf32>
    %s = dlc.add %x, %e : tensor<4xf32>
    return %s : tensor<4xf32>
  }
}
