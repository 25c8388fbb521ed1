// RUN: dlc-opt --dlc-cuda-pipeline --dlc-join-cuda -split-input-file %s | FileCheck %s
// RUN: dlc-opt --dlc-cuda-pipeline --dlc-join-cuda --dlc-plan -split-input-file %s | FileCheck %s --check-prefix=PLAN

// Two kernels that need nothing of each other are one launch. What reads the old state comes before what computes the
// new one; what overwrites an input still may.
// CHECK-LABEL: func.func @main
// CHECK: %[[A:.*]]:2 = dlc.launch @joined_0(%arg0, %arg1) {dlc.inplace = {{\[\[}}0, 0]], dlc.result_names = ["double", "sum"]}
// CHECK-NEXT: %[[B:.*]] = dlc.launch @double(%[[A]]#0)
// CHECK-NEXT: return %[[A]]#1, %[[B]]
// CHECK-NOT: dlc.part
// CHECK: gpu.func @double(
// CHECK: gpu.func @sum({{.*}}dlc.part
// PLAN-LABEL: dlc.plan @main
// PLAN: dlc.step "launch" @joined_0(%[[X:.*]], %[[W:.*]], %[[D:.*]], %[[S:.*]]) outputs = 2 deps = [] sources = ["double", "sum"]
// PLAN-SAME: block = [128, 1, 1]
// PLAN-SAME: grid = [9, 1, 1]
// PLAN-SAME: how = "2 parts, 128 threads"
// PLAN-SAME: parts = [@double, @sum]
// PLAN: dlc.step "launch" @double
// PLAN-SAME: deps = [0]
module {
  dlc.weight @w : tensor<1024xf32> = #dlc.rule<"zeros", []>
  func.func @main(%x: tensor<1024xf32> {dlc.name = "x"}, %w: tensor<1024xf32> {dlc.state = @w})
      -> (tensor<f32> {dlc.name = "y"}, tensor<1024xf32> {dlc.state = @w}) {
    %d = dlc.launch @double(%x) {dlc.inplace = [[0, 0]]} : (tensor<1024xf32>) -> tensor<1024xf32> loc("double")
    %new = dlc.launch @double(%d) : (tensor<1024xf32>) -> tensor<1024xf32> loc("new")
    %s = dlc.launch @sum(%w) : (tensor<1024xf32>) -> tensor<f32> loc("sum")
    return %s, %new : tensor<f32>, tensor<1024xf32>
  }
  func.func private @double(%x: tensor<1024xf32>) -> tensor<1024xf32> attributes {dlc.kernel = "row", dlc.sources = ["double"]} {
    %e = tensor.empty() : tensor<1024xf32>
    %0 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]}
        ins(%x : tensor<1024xf32>) outs(%e : tensor<1024xf32>) {
    ^bb0(%a: f32, %o: f32):
      %1 = arith.addf %a, %a : f32
      linalg.yield %1 : f32
    } -> tensor<1024xf32>
    return %0 : tensor<1024xf32>
  }
  func.func private @sum(%x: tensor<1024xf32>) -> tensor<f32> attributes {dlc.kernel = "row", dlc.sources = ["sum"]} {
    %zero = arith.constant 0.0 : f32
    %e = tensor.empty() : tensor<f32>
    %i = linalg.fill ins(%zero : f32) outs(%e : tensor<f32>) -> tensor<f32>
    %0 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>], iterator_types = ["reduction"]}
        ins(%x : tensor<1024xf32>) outs(%i : tensor<f32>) {
    ^bb0(%a: f32, %o: f32):
      %1 = arith.addf %o, %a : f32
      linalg.yield %1 : f32
    } -> tensor<f32>
    return %0 : tensor<f32>
  }
}

// -----

// A state that the kernel reads all along is not written in place: a kernel copies it, beside others.
// CHECK-LABEL: func.func @main
// CHECK: %[[N:.*]] = dlc.launch @scale(%arg0)
// CHECK: %[[J:.*]]:2 = dlc.launch @joined_0(%[[N]], %[[N]])
// CHECK-SAME: dlc.result_names = ["scale", "scale"]
// CHECK: return %[[J]]#{{[01]}}, %[[J]]#{{[01]}}
// CHECK: gpu.func @copy_1024_f32({{.*}}dlc.part
// PLAN-LABEL: dlc.plan @main
// PLAN: dlc.step "launch" @scale
// PLAN: dlc.step "launch" @joined_0
// PLAN-NOT: dlc.step
module {
  dlc.weight @w : tensor<1024xf32> = #dlc.rule<"zeros", []>
  func.func @main(%w: tensor<1024xf32> {dlc.state = @w}) -> (tensor<1024xf32> {dlc.name = "y"}, tensor<1024xf32> {dlc.state = @w}) {
    %new = dlc.launch @scale(%w) : (tensor<1024xf32>) -> tensor<1024xf32> loc("scale")
    %y = dlc.launch @scale(%new) : (tensor<1024xf32>) -> tensor<1024xf32> loc("scale")
    return %y, %new : tensor<1024xf32>, tensor<1024xf32>
  }
  func.func private @scale(%x: tensor<1024xf32>) -> tensor<1024xf32> attributes {dlc.kernel = "row", dlc.sources = ["scale"]} {
    %e = tensor.empty() : tensor<1024xf32>
    %0 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]}
        ins(%x : tensor<1024xf32>) outs(%e : tensor<1024xf32>) {
    ^bb0(%a: f32, %o: f32):
      %1 = arith.addf %a, %a : f32
      linalg.yield %1 : f32
    } -> tensor<1024xf32>
    return %0 : tensor<1024xf32>
  }
}
