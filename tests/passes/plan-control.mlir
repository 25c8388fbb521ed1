// RUN: dlc-opt %s -split-input-file -pass-pipeline='builtin.module(func.func(dlc-fuse),dlc-body,dlc-plan)' | FileCheck %s

// Rows of 64 bytes are read and written where they lie; the carried value is overwritten in place, in the output.
// CHECK: dlc.plan @main
// CHECK: %[[S:.*]] = dlc.buffer input "s" at 0
// CHECK: %[[XS:.*]] = dlc.buffer input "xs" at 0
// CHECK: %[[LAST:.*]] = dlc.buffer output "last" at 0
// CHECK: dlc.step "copy"(%[[S]], %[[LAST]])
// CHECK: %[[ROW:.*]] = dlc.buffer output "rows" at 0 {{.*}}advance = array<i64: 64>
// CHECK: %[[X:.*]] = dlc.buffer input "xs" at 192 {{.*}}advance = array<i64: -64>
// CHECK: dlc.control "while"(%[[LAST]], %[[XS]], %[[LAST]], %{{.*}}) outputs = 2 condition = -1 limit = 4 deps = [0]
// CHECK-NEXT: dlc.step "launch" @mul_0(%{{.*}}, %[[ROW]]) outputs = 1
// CHECK-NEXT: dlc.step "launch" @add_0(%{{.*}}, %[[X]], %{{.*}}) outputs = 1
func.func @main(%s: tensor<16xf32> {dlc.name = "s"}, %xs: tensor<4x16xf32> {dlc.name = "xs"})
    -> (tensor<16xf32> {dlc.name = "last"}, tensor<4x16xf32> {dlc.name = "rows"}) {
  %r:2 = dlc.while(%s, %xs) carried = 1 limit = 4 {sequences = 1 : i64, reversed = array<i64: 0>}
      : (tensor<16xf32>, tensor<4x16xf32>) -> (tensor<16xf32>, tensor<4x16xf32>) {
  ^bb0(%a: tensor<16xf32>, %x: tensor<16xf32>):
    %0 = dlc.fusion "row"(%a) : (tensor<16xf32>) -> tensor<16xf32> {
    ^bb0(%b: tensor<16xf32>):
      %1 = dlc.mul %b, %b : tensor<16xf32>
      dlc.yield %1 : tensor<16xf32>
    }
    %2 = dlc.fusion "row"(%a, %x) : (tensor<16xf32>, tensor<16xf32>) -> tensor<16xf32> {
    ^bb0(%b: tensor<16xf32>, %c: tensor<16xf32>):
      %3 = dlc.add %b, %c : tensor<16xf32>
      dlc.yield %3 : tensor<16xf32>
    }
    dlc.yield %2, %0 : tensor<16xf32>, tensor<16xf32>
  }
  return %r#0, %r#1 : tensor<16xf32>, tensor<4x16xf32>
}

// -----

// Both branches take the same memory of the arena, behind what lives across them.
// CHECK: dlc.plan @main {{.*}} arena = 64 {
// CHECK: dlc.control "if"
// CHECK-NEXT: dlc.step "launch" @dot_0
// CHECK-NEXT: dlc.step "launch" @dot_0({{.*}}) outputs = 1 deps = [0]
// CHECK-NEXT: }, {
// CHECK-NEXT: dlc.step "launch" @dot_0
// CHECK-NEXT: dlc.step "launch" @dot_0({{.*}}) outputs = 1 deps = [0]
func.func @main(%c: tensor<i1>, %x: tensor<4x4xf32>, %y: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %r = dlc.if %c(%x, %y) : (tensor<i1>, tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32> {
  ^bb0(%a: tensor<4x4xf32>, %b: tensor<4x4xf32>):
    %0 = dlc.dot_general %a, %b batch = [] x [] contract = [1] x [0] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
    %1 = dlc.dot_general %0, %b batch = [] x [] contract = [1] x [0] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
    dlc.yield %1 : tensor<4x4xf32>
  } else {
  ^bb0(%a: tensor<4x4xf32>, %b: tensor<4x4xf32>):
    %0 = dlc.dot_general %b, %a batch = [] x [] contract = [1] x [0] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
    %1 = dlc.dot_general %0, %a batch = [] x [] contract = [1] x [0] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
    dlc.yield %1 : tensor<4x4xf32>
  }
  return %r : tensor<4x4xf32>
}

// -----

// Two that need nothing of each other take the same memory for their bodies, so one follows the other.
// CHECK: dlc.plan @main {{.*}} arena = 64 {
// CHECK: dlc.control "if"({{.*}} deps = []
// CHECK: dlc.control "if"({{.*}} deps = [0]
func.func @main(%c: tensor<i1>, %d: tensor<i1>, %x: tensor<4x4xf32>, %y: tensor<4x4xf32>) -> (tensor<4x4xf32>, tensor<4x4xf32>) {
  %r = dlc.if %c(%x, %y) : (tensor<i1>, tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32> {
  ^bb0(%a: tensor<4x4xf32>, %b: tensor<4x4xf32>):
    %0 = dlc.dot_general %a, %b batch = [] x [] contract = [1] x [0] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
    %1 = dlc.dot_general %0, %b batch = [] x [] contract = [1] x [0] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
    dlc.yield %1 : tensor<4x4xf32>
  } else {
  ^bb0(%a: tensor<4x4xf32>, %b: tensor<4x4xf32>):
    dlc.yield %a : tensor<4x4xf32>
  }
  %s = dlc.if %d(%x, %y) : (tensor<i1>, tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32> {
  ^bb0(%a: tensor<4x4xf32>, %b: tensor<4x4xf32>):
    %0 = dlc.dot_general %b, %a batch = [] x [] contract = [1] x [0] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
    %1 = dlc.dot_general %0, %a batch = [] x [] contract = [1] x [0] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
    dlc.yield %1 : tensor<4x4xf32>
  } else {
  ^bb0(%a: tensor<4x4xf32>, %b: tensor<4x4xf32>):
    dlc.yield %b : tensor<4x4xf32>
  }
  return %r, %s : tensor<4x4xf32>, tensor<4x4xf32>
}
