// RUN: not env DLC_NVRTC=%t.nowhere cuda-text %s --arch=sm_80 2>&1 | FileCheck %s

// A missing NVRTC is one clear error: what was looked for, where, and what to do.
// CHECK: error: NVRTC not found: no libnvrtc.so could be opened. Looked at:
// CHECK-NEXT: no-nvrtc.mlir.tmp.nowhere:
// CHECK-NEXT: Run tools/setup, or set DLC_NVRTC to the library or the folder that holds it.
func.func private @copy_0(%x: tensor<8xf32>) -> tensor<8xf32> attributes {dlc.kernel = "row"} {
  %e = tensor.empty() : tensor<8xf32>
  %0 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]}
      ins(%x : tensor<8xf32>) outs(%e : tensor<8xf32>) {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32
  } -> tensor<8xf32>
  return %0 : tensor<8xf32>
}
