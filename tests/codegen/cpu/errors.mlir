// RUN: dlc-opt %s -dlc-schedule-cpu -split-input-file -verify-diagnostics

func.func private @no_generic(%x: tensor<4xf32>) -> tensor<4xf32> attributes {dlc.kernel = "row"} {
  %c = arith.constant dense<1.0> : tensor<4xf32>
  // expected-error@-2 {{result 0 is not computed by a linalg.generic}}
  return %c : tensor<4xf32>
}

// -----

func.func private @other_indices(%x: tensor<4x4xf32>) -> tensor<4x4xf32> attributes {dlc.kernel = "row"} {
  %e = tensor.empty() : tensor<4x4xf32>
  %a = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<4x4xf32>) outs(%e : tensor<4x4xf32>) {
  ^bb0(%v: f32, %o: f32):
    %m = arith.addf %v, %v : f32
    linalg.yield %m : f32
  } -> tensor<4x4xf32>
  // expected-error@+1 {{operand #0 reads an intermediate value at other indices than its own}}
  %r = linalg.generic {indexing_maps = [affine_map<(i, j) -> (j, i)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%a : tensor<4x4xf32>) outs(%e : tensor<4x4xf32>) {
  ^bb0(%v: f32, %o: f32):
    linalg.yield %v : f32
  } -> tensor<4x4xf32>
  return %r : tensor<4x4xf32>
}

// -----

func.func private @unknown(%x: tensor<4xf32>) -> tensor<4xf32> attributes {dlc.kernel = "row"} {
  %e = tensor.empty() : tensor<4xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]} ins(%x : tensor<4xf32>) outs(%e : tensor<4xf32>) {
  ^bb0(%v: f32, %o: f32):
    // expected-error@+1 {{'func.call' in the body of a kernel}}
    %c = func.call @f(%v) : (f32) -> f32
    linalg.yield %c : f32
  } -> tensor<4xf32>
  return %r : tensor<4xf32>
}
func.func private @f(f32) -> f32

// -----

func.func private @two(%x: tensor<4x4xf32>) -> tensor<4x4xf32> attributes {dlc.kernel = "contraction"} {
  %r = dlc.dot_general %x, %x batch = [] x [] contract = [1] x [0] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  // expected-error@+1 {{a second contraction in one kernel}}
  %s = dlc.dot_general %x, %r batch = [] x [] contract = [1] x [0] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  return %s : tensor<4x4xf32>
}
