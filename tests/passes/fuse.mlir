// RUN: dlc-opt %s -split-input-file -pass-pipeline='builtin.module(dlc-decompose,canonicalize,cse,func.func(dlc-fuse))' | FileCheck %s
// RUN: dlc-opt %s -split-input-file -pass-pipeline='builtin.module(dlc-decompose,canonicalize,cse,func.func(dlc-fuse{remarks=true}))' 2>&1 >/dev/null | FileCheck %s --check-prefix=REMARK

// A contraction takes its epilogue: bias, then activation. The bias's broadcast goes along.
// CHECK-LABEL: func.func @epilogue
// CHECK: dlc.fusion "contraction"(%{{.*}}, %{{.*}}, %{{.*}})
// CHECK-NEXT: ^bb0
// CHECK-NEXT: dlc.dot_general
// CHECK-NEXT: dlc.broadcast
// CHECK-NEXT: dlc.add
// CHECK-NEXT: dlc.relu
// CHECK-NEXT: dlc.yield
// CHECK-NOT: dlc.fusion
func.func @epilogue(%x: tensor<32x784xf32>, %w: tensor<128x784xf32>, %b: tensor<128xf32>) -> tensor<32x128xf32> {
  %0 = dlc.dot_general %x, %w batch = [] x [] contract = [1] x [1] : (tensor<32x784xf32>, tensor<128x784xf32>) -> tensor<32x128xf32>
  %1 = dlc.broadcast %b dims = [1] : tensor<128xf32> -> tensor<32x128xf32>
  %2 = dlc.add %0, %1 : tensor<32x128xf32>
  %3 = dlc.relu %2 : tensor<32x128xf32>
  return %3 : tensor<32x128xf32>
}

// -----

// A value in between that is a result too: our own kernels write both.
// CHECK-LABEL: func.func @between
// CHECK: %{{.*}}:2 = dlc.fusion "contraction"
// CHECK-NOT: dlc.fusion
func.func @between(%x: tensor<4x8xf32>, %w: tensor<6x8xf32>) -> (tensor<4x6xf32>, tensor<4x6xf32>) {
  %0 = dlc.dot_general %x, %w batch = [] x [] contract = [1] x [1] : (tensor<4x8xf32>, tensor<6x8xf32>) -> tensor<4x6xf32> loc("conv_2")
  %1 = dlc.exp %0 : tensor<4x6xf32> loc("exp_2")
  %2 = dlc.relu %1 : tensor<4x6xf32> loc("relu_3")
  return %1, %2 : tensor<4x6xf32>, tensor<4x6xf32>
}

// -----

// The sums alone, beside what the epilogue makes of them, are not: it would have to hand them through.
// CHECK-LABEL: func.func @alone
// CHECK: dlc.fusion "contraction"
// CHECK: dlc.fusion "row"
func.func @alone(%x: tensor<4x8xf32>, %w: tensor<6x8xf32>) -> (tensor<4x6xf32>, tensor<4x6xf32>) {
  %0 = dlc.dot_general %x, %w batch = [] x [] contract = [1] x [1] : (tensor<4x8xf32>, tensor<6x8xf32>) -> tensor<4x6xf32> loc("conv_2")
  // REMARK: fuse: 'relu_3' stays apart from 'conv_2': something else reads the contraction's own result
  %1 = dlc.relu %0 : tensor<4x6xf32> loc("relu_3")
  return %0, %1 : tensor<4x6xf32>, tensor<4x6xf32>
}

// -----

// Rows of a product are no epilogue, and the remark says why.
// CHECK-LABEL: func.func @rows
// CHECK: dlc.fusion "contraction"
// CHECK: dlc.fusion "row"
func.func @rows(%x: tensor<4x8xf32>, %w: tensor<6x8xf32>) -> tensor<4xf32> {
  %0 = dlc.dot_general %x, %w batch = [] x [] contract = [1] x [1] : (tensor<4x8xf32>, tensor<6x8xf32>) -> tensor<4x6xf32> loc("conv_2")
  // REMARK: fuse: 'sum_3' stays apart from 'conv_2': 'sum_3' is not elementwise
  %1 = dlc.reduce sum %0 dims = [1] : tensor<4x6xf32> -> tensor<4xf32> loc("sum_3")
  return %1 : tensor<4xf32>
}

// -----

// Softmax is one fusion: two reductions over one row space, and what is computed from them.
// CHECK-LABEL: func.func @softmax
// CHECK: dlc.fusion "row"
// CHECK: dlc.reduce max
// CHECK: dlc.reduce sum
// CHECK: dlc.div
// CHECK: dlc.yield
// CHECK-NOT: dlc.fusion
func.func @softmax(%x: tensor<7x5xf32>) -> tensor<7x5xf32> {
  %0 = dlc.softmax %x axis = 1 : tensor<7x5xf32>
  return %0 : tensor<7x5xf32>
}

// -----

// Reductions over different dimensions are different fusions.
// CHECK-LABEL: func.func @rows_and_columns
// CHECK-COUNT-2: dlc.fusion "row"
func.func @rows_and_columns(%x: tensor<7x5xf32>) -> (tensor<7xf32>, tensor<5xf32>) {
  %0 = dlc.reduce sum %x dims = [1] : tensor<7x5xf32> -> tensor<7xf32>
  %1 = dlc.reduce sum %x dims = [0] : tensor<7x5xf32> -> tensor<5xf32>
  return %0, %1 : tensor<7xf32>, tensor<5xf32>
}

// -----

// A contraction between two pointwise operators keeps them apart: joined, the fusion would wait for itself.
// CHECK-LABEL: func.func @around
// CHECK: dlc.fusion "row"
// CHECK: dlc.fusion "contraction"
// CHECK: dlc.fusion "row"
func.func @around(%x: tensor<4x4xf32>, %y: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %0 = dlc.exp %x : tensor<4x4xf32> loc("exp")
  %1 = dlc.dot_general %0, %y batch = [] x [] contract = [1] x [0] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %2 = dlc.reduce max %1 dims = [0] : tensor<4x4xf32> -> tensor<4xf32>
  %3 = dlc.broadcast %2 dims = [1] : tensor<4xf32> -> tensor<4x4xf32>
  // REMARK: fuse: 'add' stays apart from 'exp': another operator lies between them
  %4 = dlc.add %0, %3 : tensor<4x4xf32> loc("add")
  return %4 : tensor<4x4xf32>
}

// -----

// Costly arithmetic is not repeated for every element of a larger tensor.
// CHECK-LABEL: func.func @repeat
// CHECK-COUNT-2: dlc.fusion "row"
func.func @repeat(%x: tensor<4xf32>, %y: tensor<1024x4xf32>) -> tensor<1024x4xf32> {
  %0 = dlc.exp %x : tensor<4xf32> loc("exp")
  // REMARK: 'wide' would repeat the arithmetic of its operand
  %1 = dlc.broadcast %0 dims = [1] : tensor<4xf32> -> tensor<1024x4xf32> loc("wide")
  %2 = dlc.mul %y, %1 : tensor<1024x4xf32>
  return %2 : tensor<1024x4xf32>
}

// -----

// A reshape is a view and no part of any kernel.
// CHECK-LABEL: func.func @view
// CHECK: dlc.fusion
// CHECK: dlc.reshape
// CHECK: dlc.fusion
func.func @view(%x: tensor<4x6xf32>) -> tensor<24xf32> {
  %0 = dlc.exp %x : tensor<4x6xf32>
  %1 = dlc.reshape %0 : tensor<4x6xf32> -> tensor<24xf32>
  %2 = dlc.tanh %1 : tensor<24xf32>
  return %2 : tensor<24xf32>
}

// -----

// What several operators read joins once these have become one: a concatenation taken apart, worked on and put together.
// CHECK-LABEL: func.func @boxes
// CHECK: dlc.fusion "row"
// CHECK-NOT: dlc.fusion
func.func @boxes(%x: tensor<5x2xf32>, %y: tensor<5x2xf32>) -> tensor<5x4xf32> {
  %0 = dlc.exp %y : tensor<5x2xf32>
  %1 = dlc.concat %x, %0 axis = 1 : tensor<5x2xf32>, tensor<5x2xf32> -> tensor<5x4xf32>
  %2 = dlc.slice %1 start = [0, 0] stride = [1, 1] : tensor<5x4xf32> -> tensor<5x2xf32>
  %3 = dlc.slice %1 start = [0, 2] stride = [1, 1] : tensor<5x4xf32> -> tensor<5x2xf32>
  %4 = dlc.sub %2, %3 : tensor<5x2xf32>
  %5 = dlc.add %2, %3 : tensor<5x2xf32>
  %6 = dlc.concat %4, %5 axis = 1 : tensor<5x2xf32>, tensor<5x2xf32> -> tensor<5x4xf32>
  return %6 : tensor<5x4xf32>
}

// -----

// Products that lie side by side in the result are written there: the concatenation is no kernel.
// CHECK-LABEL: func.func @side_by_side
// CHECK-COUNT-2: dlc.fusion "contraction"
// CHECK: dlc.concat
// CHECK: dlc.fusion "contraction"
func.func @side_by_side(%x: tensor<4x4xf32>, %y: tensor<4x4xf32>) -> tensor<8x4xf32> {
  %0 = dlc.dot_general %x, %y batch = [] x [] contract = [1] x [0] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %1 = dlc.dot_general %x, %y batch = [] x [] contract = [0] x [0] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %2 = dlc.reshape %1 : tensor<4x4xf32> -> tensor<4x4xf32>
  %3 = dlc.concat %0, %2 axis = 0 : tensor<4x4xf32>, tensor<4x4xf32> -> tensor<8x4xf32>
  %4 = dlc.dot_general %3, %y batch = [] x [] contract = [1] x [0] : (tensor<8x4xf32>, tensor<4x4xf32>) -> tensor<8x4xf32>
  return %4 : tensor<8x4xf32>
}

// -----

// An input stays where it is, so it has to be copied.
// CHECK-LABEL: func.func @beside_an_input
// CHECK: dlc.fusion "contraction"
// CHECK: dlc.fusion "row"
func.func @beside_an_input(%x: tensor<4x4xf32>, %y: tensor<4x4xf32>) -> tensor<8x4xf32> {
  %0 = dlc.dot_general %x, %y batch = [] x [] contract = [1] x [0] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  // REMARK: fuse: operand 'together' of 'together' is copied: no kernel of this function computes it
  %1 = dlc.concat %0, %x axis = 0 : tensor<4x4xf32>, tensor<4x4xf32> -> tensor<8x4xf32> loc("together")
  return %1 : tensor<8x4xf32>
}

// -----

// Rows of a product may be stored in another order; the other way round would take them apart.
// CHECK-LABEL: func.func @heads
// CHECK: dlc.fusion "contraction"
// CHECK: dlc.transpose {{.*}}perm = [1, 0, 2]
// CHECK-NEXT: dlc.yield
// CHECK: dlc.fusion "contraction"
// CHECK-NOT: dlc.transpose
// CHECK: dlc.fusion "row"
// CHECK: dlc.transpose {{.*}}perm = [2, 1, 0]
func.func @heads(%x: tensor<3x5x4xf32>, %y: tensor<3x4x6xf32>, %z: tensor<3x5x4xf32>)
    -> (tensor<5x3x6xf32>, tensor<6x5x3xf32>) {
  %0 = dlc.dot_general %x, %y batch = [0] x [0] contract = [2] x [1] : (tensor<3x5x4xf32>, tensor<3x4x6xf32>) -> tensor<3x5x6xf32>
  %1 = dlc.transpose %0 perm = [1, 0, 2] : tensor<3x5x6xf32> -> tensor<5x3x6xf32>
  %2 = dlc.dot_general %z, %y batch = [0] x [0] contract = [2] x [1] : (tensor<3x5x4xf32>, tensor<3x4x6xf32>) -> tensor<3x5x6xf32>
  %3 = dlc.relu %2 : tensor<3x5x6xf32>
  %4 = dlc.transpose %3 perm = [2, 1, 0] : tensor<3x5x6xf32> -> tensor<6x5x3xf32>
  return %1, %4 : tensor<5x3x6xf32>, tensor<6x5x3xf32>
}

// -----

// Of a batch of several dimensions each product may lie anywhere: heads of an attention come to stand side by side.
// CHECK-LABEL: func.func @among
// CHECK: dlc.fusion "contraction"
// CHECK: dlc.relu
// CHECK: dlc.transpose {{.*}}perm = [0, 2, 1, 3]
// CHECK-NEXT: dlc.yield
// CHECK-NOT: dlc.fusion
// CHECK: return
func.func @among(%x: tensor<2x3x5x4xf32>, %y: tensor<2x3x4x6xf32>) -> tensor<2x5x3x6xf32> {
  %0 = dlc.dot_general %x, %y batch = [0, 1] x [0, 1] contract = [3] x [2] : (tensor<2x3x5x4xf32>, tensor<2x3x4x6xf32>) -> tensor<2x3x5x6xf32>
  %1 = dlc.relu %0 : tensor<2x3x5x6xf32>
  %2 = dlc.transpose %1 perm = [0, 2, 1, 3] : tensor<2x3x5x6xf32> -> tensor<2x5x3x6xf32>
  return %2 : tensor<2x5x3x6xf32>
}

// -----

// What a kernel gives has an element for each of the product's: a result of more elements stays apart.
// CHECK-LABEL: func.func @enlarged
// CHECK: dlc.fusion "contraction"
// CHECK-NOT: dlc.broadcast
// CHECK: dlc.fusion "row"
// CHECK: dlc.broadcast
func.func @enlarged(%x: tensor<3x5xf32>, %y: tensor<5x4xf32>, %z: tensor<3x4xf32>) -> (tensor<3x2x4xf32>, tensor<3x4xf16>) {
  %0 = dlc.dot_general %x, %y batch = [] x [] contract = [1] x [0] : (tensor<3x5xf32>, tensor<5x4xf32>) -> tensor<3x4xf32> loc("product")
  %1 = dlc.add %z, %0 : tensor<3x4xf32>
  // REMARK: fuse: {{.*}} gives another shape than the contraction
  %2 = dlc.broadcast %1 dims = [0, 2] : tensor<3x4xf32> -> tensor<3x2x4xf32> loc("wide")
  %3 = dlc.cast %1 : tensor<3x4xf32> -> tensor<3x4xf16> loc("narrow")
  return %2, %3 : tensor<3x2x4xf32>, tensor<3x4xf16>
}

// -----

// Groups that interleave: a path between two may lead over a third one that ends behind both.
// CHECK-LABEL: func.func @interleaved
// CHECK-COUNT-3: dlc.fusion "row"
// CHECK-NOT: dlc.fusion
func.func @interleaved(%arg0: tensor<6x4xf32>, %arg1: tensor<5xf32>, %arg2: tensor<f32>, %arg3: tensor<f32>,
                       %arg4: tensor<6x4xf32>, %arg5: tensor<6x4xf32>, %arg6: tensor<i64>, %arg7: tensor<5xf32>, %arg8: tensor<5xf32>)
    -> (tensor<f32>, tensor<f32>, tensor<f32>, tensor<6x4xf32>, tensor<i64>, tensor<6x4xf32>, tensor<5xf32>, tensor<5xf32>) {
  %0 = dlc.mul %arg4, %arg0 : tensor<6x4xf32>
  %1 = dlc.reduce  sum %0 dims = [0, 1] : tensor<6x4xf32> -> tensor<f32>
  %2 = dlc.mul %arg7, %arg1 : tensor<5xf32>
  %3 = dlc.reduce  sum %2 dims = [0] : tensor<5xf32> -> tensor<f32>
  %4 = dlc.add %1, %3 : tensor<f32>
  %5 = dlc.constant dense<1.000000e+00> : tensor<f32>
  %6 = dlc.broadcast %5 dims = [] : tensor<f32> -> tensor<5xf32>
  %7 = dlc.mul %6, %arg1 : tensor<5xf32>
  %8 = dlc.broadcast %5 dims = [] : tensor<f32> -> tensor<6x4xf32>
  %9 = dlc.mul %8, %arg0 : tensor<6x4xf32>
  %10 = dlc.mul %9, %9 : tensor<6x4xf32>
  %11 = dlc.reduce  sum %10 dims = [0, 1] : tensor<6x4xf32> -> tensor<f32>
  %12 = dlc.mul %7, %7 : tensor<5xf32>
  %13 = dlc.reduce  sum %12 dims = [0] : tensor<5xf32> -> tensor<f32>
  %14 = dlc.add %11, %13 : tensor<f32>
  %15 = dlc.sqrt %14 : tensor<f32>
  %16 = dlc.constant dense<1.000000e-02> : tensor<f64>
  %17 = dlc.cast %16 : tensor<f64> -> tensor<f32>
  %18 = dlc.constant dense<0.00999999977> : tensor<f32>
  %19 = dlc.broadcast %18 dims = [] : tensor<f32> -> tensor<6x4xf32>
  %20 = dlc.mul %9, %19 : tensor<6x4xf32>
  %21 = dlc.sub %arg4, %20 : tensor<6x4xf32>
  %22 = dlc.constant dense<5.000000e-01> : tensor<f32>
  %23 = dlc.broadcast %22 dims = [] : tensor<f32> -> tensor<6x4xf32>
  %24 = dlc.mul %arg5, %23 : tensor<6x4xf32>
  %25 = dlc.constant dense<5.000000e-01> : tensor<f32>
  %26 = dlc.broadcast %25 dims = [] : tensor<f32> -> tensor<6x4xf32>
  %27 = dlc.mul %21, %26 : tensor<6x4xf32>
  %28 = dlc.add %24, %27 : tensor<6x4xf32>
  %29 = dlc.constant dense<1> : tensor<i64>
  %30 = dlc.add %arg6, %29 : tensor<i64>
  %31 = dlc.constant dense<0> : tensor<i64>
  %32 = dlc.compare  eq %arg6, %31 : tensor<i64> -> tensor<i1>
  %33 = dlc.broadcast %32 dims = [] : tensor<i1> -> tensor<6x4xi1>
  %34 = dlc.select %33, %21, %28 : tensor<6x4xi1>, tensor<6x4xf32>
  %35 = dlc.constant dense<0.00999999977> : tensor<f32>
  %36 = dlc.broadcast %35 dims = [] : tensor<f32> -> tensor<5xf32>
  %37 = dlc.mul %7, %36 : tensor<5xf32>
  %38 = dlc.sub %arg7, %37 : tensor<5xf32>
  %39 = dlc.constant dense<5.000000e-01> : tensor<f32>
  %40 = dlc.broadcast %39 dims = [] : tensor<f32> -> tensor<5xf32>
  %41 = dlc.mul %arg8, %40 : tensor<5xf32>
  %42 = dlc.constant dense<5.000000e-01> : tensor<f32>
  %43 = dlc.broadcast %42 dims = [] : tensor<f32> -> tensor<5xf32>
  %44 = dlc.mul %38, %43 : tensor<5xf32>
  %45 = dlc.add %41, %44 : tensor<5xf32>
  %46 = dlc.constant dense<0> : tensor<i64>
  %47 = dlc.compare  eq %arg6, %46 : tensor<i64> -> tensor<i1>
  %48 = dlc.broadcast %47 dims = [] : tensor<i1> -> tensor<5xi1>
  %49 = dlc.select %48, %38, %45 : tensor<5xi1>, tensor<5xf32>
  return %4, %15, %17, %21, %30, %34, %38, %49 : tensor<f32>, tensor<f32>, tensor<f32>, tensor<6x4xf32>, tensor<i64>, tensor<6x4xf32>, tensor<5xf32>, tensor<5xf32>
}

// -----

// A group reaches over the whole of another one without an operator in between.
// CHECK-LABEL: func.func @surrounded
// CHECK-COUNT-3: dlc.fusion "row"
// CHECK-NOT: dlc.fusion
func.func @surrounded(%arg0: tensor<1x10xf32>, %arg1: tensor<10xf32>, %arg2: tensor<10xf32>, %arg3: tensor<10xf32>, %arg4: tensor<10xf32>, %arg5: tensor<1x10xf32>)
    -> (tensor<1x10xf32>, tensor<1x10xf32>, tensor<10xf32>, tensor<10xf32>, tensor<10xf32>, tensor<10xf32>) {
  %0 = dlc.constant dense<-5.000000e-01> : tensor<10xf32>
  %1 = dlc.constant dense<9.99999974E-6> : tensor<10xf32>
  %2 = dlc.add %arg4, %1 : tensor<10xf32>
  %3 = dlc.rsqrt %2 : tensor<10xf32>
  %4 = dlc.mul %arg1, %3 : tensor<10xf32>
  %5 = dlc.mul %arg3, %4 : tensor<10xf32>
  %6 = dlc.sub %arg2, %5 : tensor<10xf32>
  %7 = dlc.reshape %4 : tensor<10xf32> -> tensor<1x10xf32>
  %8 = dlc.mul %arg0, %7 : tensor<1x10xf32>
  %9 = dlc.reshape %6 : tensor<10xf32> -> tensor<1x10xf32>
  %10 = dlc.add %8, %9 : tensor<1x10xf32>
  %11 = dlc.reshape %arg5 : tensor<1x10xf32> -> tensor<10xf32>
  %12 = dlc.mul %arg5, %7 : tensor<1x10xf32>
  %13 = dlc.mul %arg5, %arg0 : tensor<1x10xf32>
  %14 = dlc.reshape %13 : tensor<1x10xf32> -> tensor<10xf32>
  %15 = dlc.neg %11 : tensor<10xf32>
  %16 = dlc.mul %15, %4 : tensor<10xf32>
  %17 = dlc.mul %15, %arg3 : tensor<10xf32>
  %18 = dlc.add %14, %17 : tensor<10xf32>
  %19 = dlc.mul %18, %3 : tensor<10xf32>
  %20 = dlc.mul %18, %arg1 : tensor<10xf32>
  %21 = dlc.mul %20, %0 : tensor<10xf32>
  %22 = dlc.mul %3, %3 : tensor<10xf32>
  %23 = dlc.mul %3, %22 : tensor<10xf32>
  %24 = dlc.mul %21, %23 : tensor<10xf32>
  return %10, %12, %19, %11, %16, %24 : tensor<1x10xf32>, tensor<1x10xf32>, tensor<10xf32>, tensor<10xf32>, tensor<10xf32>, tensor<10xf32>
}

// -----

// On a GPU one block goes through a row: what is computed of all elements of a very long one has blocks of its own.
// CHECK-LABEL: func.func @long_row
// CHECK: dlc.fusion "row"
// CHECK: dlc.reduce sum
// CHECK: dlc.fusion "row"
// CHECK: dlc.broadcast
// CHECK-NEXT: dlc.mul
// CHECK: return
// REMARK: 'all' stays apart from 'norm': few blocks would go through long rows twice
func.func @long_row(%x: tensor<100000xf32>) -> tensor<100000xf32> {
  %0 = dlc.mul %x, %x : tensor<100000xf32> loc("square")
  %1 = dlc.reduce sum %0 dims = [0] : tensor<100000xf32> -> tensor<f32> loc("norm")
  %2 = dlc.broadcast %1 dims = [] : tensor<f32> -> tensor<100000xf32> loc("all")
  %3 = dlc.mul %x, %2 : tensor<100000xf32> loc("mul")
  return %3 : tensor<100000xf32>
}

// -----

// A product's kernel draws random numbers, from a seed and a step that are put together there.
// CHECK-LABEL: func.func @dropout
// CHECK: dlc.fusion "contraction"(%arg0, %arg1, %arg2, %arg3)
// CHECK: dlc.dot_general
// CHECK: dlc.concat
// CHECK: dlc.rng_uniform
// CHECK: dlc.select
// CHECK-NOT: dlc.fusion
// CHECK: return
func.func @dropout(%x: tensor<8x16xf32>, %w: tensor<16x4xf32>, %seed: tensor<1xi64>, %step: tensor<1xi64>) -> tensor<8x4xf32> {
  %0 = dlc.dot_general %x, %w batch = [] x [] contract = [1] x [0] : (tensor<8x16xf32>, tensor<16x4xf32>) -> tensor<8x4xf32>
  %1 = dlc.concat %seed, %step axis = 0 : tensor<1xi64>, tensor<1xi64> -> tensor<2xi64>
  %2 = dlc.rng_uniform %1 id = 1 : tensor<2xi64> -> tensor<8x4xf32>
  %3 = dlc.constant dense<0.5> : tensor<8x4xf32>
  %4 = dlc.compare ge %2, %3 : tensor<8x4xf32> -> tensor<8x4xi1>
  %5 = dlc.select %4, %0, %3 : tensor<8x4xi1>, tensor<8x4xf32>
  return %5 : tensor<8x4xf32>
}

// -----

// Of a small product, too, an epilogue has the element at hand and no other.
// CHECK-LABEL: func.func @small_product_moves
// CHECK: dlc.fusion "contraction"
// CHECK: dlc.fusion "row"
// CHECK: dlc.transpose
func.func @small_product_moves(%x: tensor<2x16xf32>, %w: tensor<16x2xf32>) -> tensor<2x2xf32> {
  %0 = dlc.dot_general %x, %w batch = [] x [] contract = [1] x [0] : (tensor<2x16xf32>, tensor<16x2xf32>) -> tensor<2x2xf32>
  %1 = dlc.relu %0 : tensor<2x2xf32>
  %2 = dlc.transpose %1 perm = [1, 0] : tensor<2x2xf32> -> tensor<2x2xf32>
  %3 = dlc.add %1, %2 : tensor<2x2xf32>
  return %3 : tensor<2x2xf32>
}
