// RUN: dlc-opt %s -dlc-schedule-cpu=cpu=x86-64-v3 -split-input-file | FileCheck %s

// A pure map is one loop over its elements, whatever its rank: 16 of f32 at once, 4096 a work unit.
// CHECK-LABEL: func.func private @map.body
// CHECK-SAME: dlc.cpu_body
// CHECK: scf.for
// CHECK: scf.for
// CHECK: llvm.load {{.*}} -> vector<16xf32>
// CHECK: arith.maximumf {{.*}} : vector<16xf32>
// CHECK: llvm.store {{.*}} : vector<16xf32>, !llvm.ptr
// CHECK-NOT: scf.for
// CHECK: func.func @map(%{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr, %{{.*}}: i64, %{{.*}}: i64, %{{.*}}: !llvm.ptr)
// CHECK-SAME: dlc.grain = {{[0-9]+}} : i64, dlc.scratch = 0 : i64, dlc.sources = ["relu_1"], dlc.work = 16 : i64
func.func private @map(%x: tensor<4x128x128xf32>) -> tensor<4x128x128xf32> attributes {dlc.kernel = "row", dlc.sources = ["relu_1"]} {
  %e = tensor.empty() : tensor<4x128x128xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j, k)>], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x : tensor<4x128x128xf32>) outs(%e : tensor<4x128x128xf32>) {
  ^bb0(%v: f32, %o: f32):
    %zero = arith.constant 0.0 : f32
    %m = arith.maximumf %v, %zero : f32
    linalg.yield %m : f32
  } -> tensor<4x128x128xf32>
  return %r : tensor<4x128x128xf32>
}

// -----

// A row sum: partial sums in the lanes, one horizontal addition a row; a tail of its own width (3 in a vector of 4).
// CHECK-LABEL: func.func private @rows.body
// CHECK: scf.for {{.*}} iter_args({{.*}}) -> (vector<32xf32>)
// CHECK: arith.addf {{.*}} fastmath<reassoc,contract> : vector<32xf32>
// CHECK: llvm.load {{.*}} -> vector<3xf32>
// CHECK: arith.addf {{.*}} : vector<4xf32>
// CHECK: vector.reduction <add>, {{.*}} fastmath<reassoc,contract> : vector<32xf32> into f32
// CHECK: vector.reduction <add>, {{.*}} : vector<3xf32> into f32
// CHECK: dlc.work = 100 : i64
func.func private @rows(%x: tensor<100x259xf32>) -> tensor<100xf32> attributes {dlc.kernel = "row"} {
  %e = tensor.empty() : tensor<100xf32>
  %z = arith.constant 0.0 : f32
  %f = linalg.fill ins(%z : f32) outs(%e : tensor<100xf32>) -> tensor<100xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>], iterator_types = ["parallel", "reduction"]} ins(%x : tensor<100x259xf32>) outs(%f : tensor<100xf32>) {
  ^bb0(%v: f32, %a: f32):
    %s = arith.addf %a, %v fastmath<reassoc,contract> : f32
    linalg.yield %s : f32
  } -> tensor<100xf32>
  return %r : tensor<100xf32>
}

// -----

// A column sum walks the rows with a tile of neighbouring columns: contiguous loads, no horizontal addition.
// CHECK-LABEL: func.func private @columns.body
// CHECK: scf.for {{.*}} iter_args({{.*}}) -> (vector<64xf32>)
// CHECK: llvm.load {{.*}} -> vector<64xf32>
// CHECK-NOT: vector.reduction
// CHECK: llvm.store {{.*}} : vector<64xf32>, !llvm.ptr
func.func private @columns(%x: tensor<100x256xf32>) -> tensor<256xf32> attributes {dlc.kernel = "row"} {
  %e = tensor.empty() : tensor<256xf32>
  %z = arith.constant 0.0 : f32
  %f = linalg.fill ins(%z : f32) outs(%e : tensor<256xf32>) -> tensor<256xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(i, j) -> (j, i)>, affine_map<(i, j) -> (i)>], iterator_types = ["parallel", "reduction"]} ins(%x : tensor<100x256xf32>) outs(%f : tensor<256xf32>) {
  ^bb0(%v: f32, %a: f32):
    %s = arith.addf %a, %v fastmath<reassoc,contract> : f32
    linalg.yield %s : f32
  } -> tensor<256xf32>
  return %r : tensor<256xf32>
}

// -----

// A transpose loads rows of a square block and turns it in registers.
// CHECK-LABEL: func.func private @transpose.body
// CHECK-COUNT-8: llvm.load {{.*}} -> vector<16xf32>
// CHECK: vector.shuffle
// CHECK-COUNT-16: llvm.store {{.*}} : vector<8xf32>, !llvm.ptr
func.func private @transpose(%x: tensor<64x32xf32>) -> tensor<32x64xf32> attributes {dlc.kernel = "row"} {
  %e = tensor.empty() : tensor<32x64xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(i, j) -> (j, i)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]} ins(%x : tensor<64x32xf32>) outs(%e : tensor<32x64xf32>) {
  ^bb0(%v: f32, %o: f32):
    linalg.yield %v : f32
  } -> tensor<32x64xf32>
  return %r : tensor<32x64xf32>
}

// -----

// An argument and a result that may share memory are not noalias; others are.
// CHECK-LABEL: func.func private @step.body
// CHECK-SAME: (%arg0: !llvm.ptr, %arg1: !llvm.ptr {llvm.noalias}, %arg2: !llvm.ptr,
func.func private @step(%p: tensor<64xf32>, %lr: tensor<1xf32>) -> tensor<64xf32> attributes {dlc.kernel = "row"} {
  %e = tensor.empty() : tensor<64xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (0)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]} ins(%p, %lr : tensor<64xf32>, tensor<1xf32>) outs(%e : tensor<64xf32>) {
  ^bb0(%v: f32, %l: f32, %o: f32):
    %s = arith.mulf %v, %l : f32
    linalg.yield %s : f32
  } -> tensor<64xf32>
  return %r : tensor<64xf32>
}
