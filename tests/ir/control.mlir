// RUN: dlc-opt %s --canonicalize | FileCheck %s

// Constants are named inside, what is captured twice is one argument, what nobody reads goes.
// CHECK-LABEL: @if_captures
// CHECK-NEXT: %[[R:.*]] = dlc.if %arg0(%arg1) : (tensor<i1>, tensor<4xf32>) -> tensor<4xf32> {
// CHECK-NEXT: ^bb0(%[[A:.*]]: tensor<4xf32>):
// CHECK-NEXT: %[[C:.*]] = dlc.constant dense<2.000000e+00>
// CHECK-NEXT: %[[M:.*]] = dlc.mul %[[A]], %[[C]]
// CHECK-NEXT: %[[S:.*]] = dlc.add %[[M]], %[[A]]
// CHECK-NEXT: dlc.yield %[[S]]
// CHECK: } else {
// CHECK-NEXT: ^bb0(%[[B:.*]]: tensor<4xf32>):
// CHECK-NEXT: dlc.yield %[[B]]
func.func @if_captures(%c: tensor<i1>, %x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  %k = dlc.constant dense<2.0> : tensor<4xf32>
  %r:2 = dlc.if %c(%x, %y, %k, %x) : (tensor<i1>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  ^bb0(%a: tensor<4xf32>, %b: tensor<4xf32>, %d: tensor<4xf32>, %e: tensor<4xf32>):
    %0 = dlc.mul %a, %d : tensor<4xf32>
    %1 = dlc.add %0, %e : tensor<4xf32>
    dlc.yield %1, %b : tensor<4xf32>, tensor<4xf32>
  } else {
  ^bb0(%a: tensor<4xf32>, %b: tensor<4xf32>, %d: tensor<4xf32>, %e: tensor<4xf32>):
    dlc.yield %a, %b : tensor<4xf32>, tensor<4xf32>
  }
  return %r#0 : tensor<4xf32>
}

// CHECK-LABEL: @if_known
// CHECK-NEXT: %[[R:.*]] = dlc.exp %arg0
// CHECK-NEXT: return %[[R]]
func.func @if_known(%x: tensor<4xf32>) -> tensor<4xf32> {
  %c = dlc.constant dense<false> : tensor<i1>
  %r = dlc.if %c(%x) : (tensor<i1>, tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: tensor<4xf32>):
    dlc.yield %a : tensor<4xf32>
  } else {
  ^bb0(%a: tensor<4xf32>):
    %0 = dlc.exp %a : tensor<4xf32>
    dlc.yield %0 : tensor<4xf32>
  }
  return %r : tensor<4xf32>
}

// What every step would compute anew stands in front; a carried value that never changes is a capture; one that only
// computes itself goes, and so do rows and sequences without readers.
// CHECK-LABEL: @while_simplified
// CHECK-NEXT: %[[W:.*]] = dlc.exp %arg2
// CHECK-NEXT: %[[R:.*]] = dlc.while(%arg0, %arg1, %[[W]]) carried = 1 limit = 100 {reversed = array<i64: 0>, sequences = 1 : i64} : (tensor<4xf32>, tensor<100x4xf32>, tensor<4xf32>) -> tensor<4xf32> {
// CHECK-NEXT: ^bb0(%[[A:.*]]: tensor<4xf32>, %[[X:.*]]: tensor<4xf32>, %[[E:.*]]: tensor<4xf32>):
// CHECK-NEXT: %[[M:.*]] = dlc.mul %[[A]], %[[E]]
// CHECK-NEXT: %[[S:.*]] = dlc.add %[[M]], %[[X]]
// CHECK-NEXT: dlc.yield %[[S]] : tensor<4xf32>
func.func @while_simplified(%h: tensor<4xf32>, %xs: tensor<100x4xf32>, %w: tensor<4xf32>, %i: tensor<i64>, %unused: tensor<100xf32>) -> tensor<4xf32> {
  %r:5 = dlc.while(%w, %i, %h, %unused, %xs) carried = 3 limit = 100 {sequences = 2 : i64, reversed = array<i64: 1, 3>}
      : (tensor<4xf32>, tensor<i64>, tensor<4xf32>, tensor<100xf32>, tensor<100x4xf32>)
      -> (tensor<4xf32>, tensor<i64>, tensor<4xf32>, tensor<100xf32>, tensor<100x4xf32>) {
  ^bb0(%v: tensor<4xf32>, %n: tensor<i64>, %a: tensor<4xf32>, %u: tensor<f32>, %x: tensor<4xf32>):
    %0 = dlc.exp %v : tensor<4xf32>
    %1 = dlc.mul %a, %0 : tensor<4xf32>
    %2 = dlc.add %1, %x : tensor<4xf32>
    %3 = dlc.add %n, %n : tensor<i64>
    dlc.yield %v, %3, %2, %u, %2 : tensor<4xf32>, tensor<i64>, tensor<4xf32>, tensor<f32>, tensor<4xf32>
  }
  return %r#2 : tensor<4xf32>
}

// Two steps are no loop.
// CHECK-LABEL: @while_short
// CHECK-NOT: dlc.while
// CHECK-COUNT-2: dlc.slice
// CHECK: dlc.concat
func.func @while_short(%h: tensor<4xf32>, %xs: tensor<2x4xf32>) -> (tensor<4xf32>, tensor<2x4xf32>) {
  %r:2 = dlc.while(%h, %xs) carried = 1 limit = 2 {sequences = 1 : i64} : (tensor<4xf32>, tensor<2x4xf32>) -> (tensor<4xf32>, tensor<2x4xf32>) {
  ^bb0(%a: tensor<4xf32>, %x: tensor<4xf32>):
    %0 = dlc.add %a, %x : tensor<4xf32>
    dlc.yield %0, %0 : tensor<4xf32>, tensor<4xf32>
  }
  return %r#0, %r#1 : tensor<4xf32>, tensor<2x4xf32>
}

// CHECK-LABEL: @while_never
// CHECK-NEXT: return %arg0
func.func @while_never(%h: tensor<4xf32>) -> tensor<4xf32> {
  %go = dlc.constant dense<false> : tensor<i1>
  %r:2 = dlc.while(%go, %h) carried = 2 limit = -1 {conditional} : (tensor<i1>, tensor<4xf32>) -> (tensor<i1>, tensor<4xf32>) {
  ^bb0(%g: tensor<i1>, %a: tensor<4xf32>):
    %0 = dlc.add %a, %a : tensor<4xf32>
    dlc.yield %g, %0 : tensor<i1>, tensor<4xf32>
  }
  return %r#1 : tensor<4xf32>
}

// An open number of steps; once sizes are bound it is the limit.
// CHECK-LABEL: @while_open
// CHECK: dlc.while(%arg0, %arg1) carried = 1 limit = 40 {count = #dlc.dims<[seq]>, sequences = 1 : i64}
func.func @while_open(%s: tensor<3xf32>, %xs: tensor<?x3xf32, #dlc.dims<[seq, 3]>>) -> tensor<3xf32> {
  %r = dlc.while (%s, %xs) carried = 1 limit = 40 {count = #dlc.dims<[seq]>, sequences = 1 : i64} : (tensor<3xf32>, tensor<?x3xf32, #dlc.dims<[seq, 3]>>) -> tensor<3xf32> {
  ^bb0(%a: tensor<3xf32>, %x: tensor<3xf32>):
    %0 = dlc.add %a, %x : tensor<3xf32>
    dlc.yield %0 : tensor<3xf32>
  }
  return %r : tensor<3xf32>
}

// CHECK-LABEL: @while_bound
// CHECK: dlc.while(%arg0, %arg1) carried = 1 limit = 17 {sequences = 1 : i64}
func.func @while_bound(%s: tensor<3xf32>, %xs: tensor<17x3xf32>) -> tensor<3xf32> {
  %r = dlc.while (%s, %xs) carried = 1 limit = 40 {count = #dlc.dims<[17]>, sequences = 1 : i64} : (tensor<3xf32>, tensor<17x3xf32>) -> tensor<3xf32> {
  ^bb0(%a: tensor<3xf32>, %x: tensor<3xf32>):
    %0 = dlc.add %a, %x : tensor<3xf32>
    dlc.yield %0 : tensor<3xf32>
  }
  return %r : tensor<3xf32>
}
