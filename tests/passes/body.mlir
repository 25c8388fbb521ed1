// RUN: dlc-opt %s -split-input-file -pass-pipeline='builtin.module(dlc-decompose,canonicalize,cse,func.func(dlc-fuse),dlc-body)' | FileCheck %s

// A row fusion: a reduction generic each, then the map. Locations become sources.
// CHECK-LABEL: func.func @main
// CHECK: dlc.launch @max_sub_sum_div_0(%{{.*}})
// CHECK-LABEL: func.func private @max_sub_sum_div_0(%arg0: tensor<7x5xf32>) -> tensor<7x5xf32>
// CHECK-SAME: dlc.kernel = "row", dlc.sources = ["probabilities"]
// CHECK: linalg.fill ins(%{{.*}} : f32) outs(%{{.*}} : tensor<7xf32>)
// CHECK: linalg.generic {{.*}}iterator_types = ["parallel", "reduction"]
// CHECK: arith.maximumf
// CHECK: linalg.generic {{.*}}iterator_types = ["parallel", "reduction"]
// CHECK: math.exp
// CHECK: arith.addf {{.*}} fastmath<reassoc,contract>
// CHECK: linalg.generic {{.*}}iterator_types = ["parallel", "parallel"]
// CHECK: arith.divf
func.func @main(%x: tensor<7x5xf32>) -> tensor<7x5xf32> {
  %0 = dlc.softmax %x axis = 1 : tensor<7x5xf32> loc("probabilities")
  return %0 : tensor<7x5xf32>
}

// -----

// Equal bodies are one kernel with two call sites, whatever their nodes are called.
// CHECK-LABEL: func.func @main
// CHECK: dlc.launch @exp_0
// CHECK: dlc.launch @dot_0
// CHECK: dlc.launch @exp_0
// CHECK-COUNT-1: func.func private @exp_
// CHECK-NOT: func.func private @exp_
func.func @main(%x: tensor<4x4xf32>, %y: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %0 = dlc.exp %x : tensor<4x4xf32> loc("first")
  %1 = dlc.dot_general %0, %y batch = [] x [] contract = [1] x [0] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %2 = dlc.reshape %1 : tensor<4x4xf32> -> tensor<4x4xf32>
  %3 = dlc.transpose %2 perm = [1, 0] : tensor<4x4xf32> -> tensor<4x4xf32>
  %4 = dlc.dot_general %3, %y batch = [] x [] contract = [1] x [0] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %5 = dlc.reduce sum %4 dims = [0] : tensor<4x4xf32> -> tensor<4xf32>
  %6 = dlc.broadcast %5 dims = [0] : tensor<4xf32> -> tensor<4x4xf32>
  %7 = dlc.dot_general %6, %y batch = [] x [] contract = [1] x [0] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %8 = dlc.pow %7, %4 : tensor<4x4xf32>
  %9 = dlc.dot_general %8, %y batch = [] x [] contract = [1] x [0] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %10 = dlc.concat %9 axis = 0 : tensor<4x4xf32> -> tensor<4x4xf32>
  %11 = dlc.slice %10 start = [3, 0] stride = [-1, 1] : tensor<4x4xf32> -> tensor<4x4xf32>
  %12 = dlc.dot_general %11, %y batch = [] x [] contract = [1] x [0] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %13 = dlc.dot_general %12, %12 batch = [] x [] contract = [1] x [0] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %14 = dlc.exp %y : tensor<4x4xf32> loc("second")
  %15 = dlc.dot_general %13, %14 batch = [] x [] contract = [1] x [0] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  return %15 : tensor<4x4xf32>
}

// -----

// What lies outside is never read: the guard is a branch, the read stands in it.
// CHECK-LABEL: func.func private @pad_0
// CHECK: scf.if
// CHECK-NEXT: tensor.extract %arg0
// CHECK: } else {
func.func @main(%x: tensor<5xf32>) -> tensor<8xf32> {
  %zero = dlc.constant dense<0.0> : tensor<f32>
  %0 = dlc.pad %x, %zero low = [2] high = [1] interior = [0] : tensor<5xf32>, tensor<f32> -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// -----

// Bools are bytes in memory, unsigned integers signless; 16-bit floats compute as f32.
// CHECK-LABEL: func.func private @compare_0(%arg0: tensor<4xi8>, %arg1: tensor<4xi8>) -> tensor<4xi8>
// CHECK: arith.cmpi ult
// CHECK: arith.extui %{{.*}} : i1 to i8
// CHECK-LABEL: func.func private @tanh_0(%arg0: tensor<4xbf16>) -> tensor<4xbf16>
// CHECK: arith.extf %{{.*}} : bf16 to f32
// CHECK: math.tanh %{{.*}} : f32
// CHECK: arith.truncf %{{.*}} : f32 to bf16
func.func @main(%x: tensor<4xui8>, %y: tensor<4xui8>, %z: tensor<4xbf16>) -> (tensor<4xi1>, tensor<4xbf16>) {
  %0 = dlc.compare lt %x, %y : tensor<4xui8> -> tensor<4xi1>
  %1 = dlc.tanh %z : tensor<4xbf16>
  return %0, %1 : tensor<4xi1>, tensor<4xbf16>
}

// -----

// One row: what is known of the row is read at the row's own index, not at 0.
// CHECK-LABEL: func.func private @max_sub_log_sub_0
// CHECK: linalg.generic {indexing_maps = [#{{.*}}, #[[PART:.*]], #[[PART]], #{{.*}}], iterator_types = ["parallel", "parallel"]}
func.func @main(%x: tensor<1x5xf32>) -> tensor<1x5xf32> {
  %0 = dlc.log_softmax %x axis = 1 : tensor<1x5xf32>
  return %0 : tensor<1x5xf32>
}
