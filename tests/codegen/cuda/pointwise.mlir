// RUN: cuda-text %s | FileCheck %s

// Text first: a heading with sources, shape, cost and schedule; wide loads; one loop over the lanes; no index left over.
// CHECK: #include "dlc/prelude.cuh"
// CHECK-EMPTY:
// CHECK-NEXT: // add_relu_0: fc1, relu1 | 128x1024 f32 | 262 kFLOP, 1.1 MB | 256 threads, 4-wide
// CHECK-NEXT: extern "C" __global__ void __launch_bounds__(256) add_relu_0(
// CHECK-NEXT:     const f32 *__restrict__ x, const f32 *__restrict__ bias, f32 *__restrict__ y) {
// CHECK-NEXT:   const i32 i = (i32(blockIdx.x) * 256 + i32(threadIdx.x)) * 4;
// CHECK-NEXT:   const i32 i1 = i % 1024;
// CHECK-NEXT:   const vec<f32, 4> x_4 = load<4>(x + i);
// CHECK-NEXT:   const vec<f32, 4> bias_4 = load<4>(bias + i1);
// CHECK-NEXT:   vec<f32, 4> y_4;
// CHECK-NEXT: #pragma unroll
// CHECK-NEXT:   for (i32 j = 0; j < 4; ++j) {
// CHECK-NEXT:     y_4[j] = maximum(x_4[j] + bias_4[j], 0.0f);
// CHECK-NEXT:   }
// CHECK-NEXT:   store(y + i, y_4);
// CHECK-NEXT: }
func.func private @add_relu_0(%x: tensor<128x1024xf32> {dlc.name = "x"}, %b: tensor<1024xf32> {dlc.name = "bias"})
    -> (tensor<128x1024xf32> {dlc.name = "y"})
    attributes {dlc.kernel = "row", dlc.sources = ["fc1", "relu1"], dlc.flops = 262144 : i64, dlc.bytes = 1052672 : i64} {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<128x1024xf32>
  %0 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d1)>,
                                        affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%x, %b : tensor<128x1024xf32>, tensor<1024xf32>) outs(%e : tensor<128x1024xf32>) {
  ^bb0(%a: f32, %c: f32, %o: f32):
    %s = arith.addf %a, %c : f32
    %r = arith.maximumf %s, %zero : f32
    linalg.yield %r : f32
  } -> tensor<128x1024xf32>
  return %0 : tensor<128x1024xf32>
}

// Values are called after the nodes that they come from; a ragged end leaves early; numbers read back exactly.
// CHECK: // scale_0: 33x10 f32 | 128 threads
// CHECK-NEXT: extern "C" __global__ void __launch_bounds__(128) scale_0(const f32 *__restrict__ in, f32 *__restrict__ out) {
// CHECK-NEXT:   const i32 i = i32(blockIdx.x) * 128 + i32(threadIdx.x);
// CHECK-NEXT:   if (i >= 330)
// CHECK-NEXT:     return;
// CHECK-NEXT:   const f32 bn1 = in[i] * 0.1f - 1e-05f;
// CHECK-NEXT:   const bool test = bn1 < 0.0f;
// CHECK-NEXT:   out[i] = test ? bn1 * bn1 : bn1 / (bn1 + 3.0f);
// CHECK-NEXT: }
func.func private @scale_0(%x: tensor<33x10xf32>) -> tensor<33x10xf32> attributes {dlc.kernel = "row"} {
  %tenth = arith.constant 0.1 : f32
  %tiny = arith.constant 1.0e-5 : f32
  %three = arith.constant 3.0 : f32
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<33x10xf32>
  %0 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
                       iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<33x10xf32>) outs(%e : tensor<33x10xf32>) {
  ^bb0(%a: f32, %o: f32):
    %m = arith.mulf %a, %tenth : f32
    %s = arith.subf %m, %tiny : f32 loc("bn1")
    %c = arith.cmpf olt, %s, %zero : f32
    %q = arith.mulf %s, %s : f32
    %p = arith.addf %s, %three : f32
    %d = arith.divf %s, %p : f32
    %r = arith.select %c, %q, %d : f32
    linalg.yield %r : f32
  } -> tensor<33x10xf32>
  return %0 : tensor<33x10xf32>
}

// What only moves data stores the vector that it loaded.
// CHECK: // slice_0: 64x256 f32 | 256 threads, 4-wide
// CHECK:   const i32 i = (i32(blockIdx.x) * 256 + i32(threadIdx.x)) * 4;
// CHECK-NEXT:   const i32 i1 = i % 256;
// CHECK-NEXT:   const i32 i0 = i / 256;
// CHECK-NEXT:   store(out + i, load<4>(in + i0 * 512 + i1 + 64));
// CHECK-NEXT: }
func.func private @slice_0(%x: tensor<64x512xf32>) -> tensor<64x256xf32> attributes {dlc.kernel = "row"} {
  %e = tensor.empty() : tensor<64x256xf32>
  %0 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1 + 64)>, affine_map<(d0, d1) -> (d0, d1)>],
                       iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<64x512xf32>) outs(%e : tensor<64x256xf32>) {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32
  } -> tensor<64x256xf32>
  return %0 : tensor<64x256xf32>
}
