// RUN: cuda-text %s | FileCheck %s
// RUN: cuda-text %s --ir | FileCheck %s --check-prefix=IR

// Softmax is one kernel: the largest, the sum, the quotient; a warp reduction after each of the first two.
// IR: gpu.func @softmax_0
// IR-SAME: dlc.block = [128, 1, 1]
// IR-SAME: dlc.grid = [25, 1, 1]
// CHECK: // softmax_0: softmax | 100x256 f32 | 32 lanes per row, 128 threads, 4-wide
// CHECK-NEXT: extern "C" __global__ void __launch_bounds__(128) softmax_0(const f32 *__restrict__ in, f32 *__restrict__ out) {
// CHECK-NEXT:   const i32 thread = i32(threadIdx.x);
// CHECK-NEXT:   const i32 row = i32(blockIdx.x) * 4 + thread / 32;
// CHECK-NEXT:   const i32 lane = thread % 32;
// CHECK-NEXT:   const i32 first = lane * 4;
// CHECK-NEXT:   const i32 at = row * 256;
// CHECK-NEXT:   f32 largest = -inf<f32>();
// CHECK-NEXT:   for (i32 r = first; r < 256; r += 128) {
// CHECK-NEXT:     const vec<f32, 4> in_4 = load<4>(in + at + r);
// CHECK-NEXT: #pragma unroll
// CHECK-NEXT:     for (i32 j = 0; j < 4; ++j) {
// CHECK-NEXT:       largest = maximum(largest, in_4[j]);
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT:   const f32 row_max = warp_reduce<Maximum>(largest);
// CHECK:          sum += expf(in_4[j] - row_max);
// CHECK:        const f32 row_sum = warp_reduce<Add>(sum);
// CHECK:          out_4[j] = expf(in_4[j] - row_max) / row_sum;
// CHECK:        store(out + at1, out_4);
#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>
func.func private @softmax_0(%x: tensor<100x256xf32>) -> tensor<100x256xf32>
    attributes {dlc.kernel = "row", dlc.sources = ["softmax"]} {
  %zero = arith.constant 0.0 : f32
  %least = arith.constant 0xFF800000 : f32
  %p = tensor.empty() : tensor<100xf32>
  %m = linalg.fill ins(%least : f32) outs(%p : tensor<100xf32>) -> tensor<100xf32>
  %max = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<100x256xf32>) outs(%m : tensor<100xf32>) {
  ^bb0(%a: f32, %o: f32):
    %r = arith.maximumf %o, %a : f32
    linalg.yield %r : f32
  } -> tensor<100xf32>
  %z = linalg.fill ins(%zero : f32) outs(%p : tensor<100xf32>) -> tensor<100xf32>
  %sum = linalg.generic {indexing_maps = [#id, #row, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x, %max : tensor<100x256xf32>, tensor<100xf32>) outs(%z : tensor<100xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %d = arith.subf %a, %b : f32
    %e = math.exp %d : f32
    %r = arith.addf %o, %e fastmath<reassoc,contract> : f32
    linalg.yield %r : f32
  } -> tensor<100xf32>
  %out = tensor.empty() : tensor<100x256xf32>
  %y = linalg.generic {indexing_maps = [#id, #row, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %max, %sum : tensor<100x256xf32>, tensor<100xf32>, tensor<100xf32>) outs(%out : tensor<100x256xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32, %o: f32):
    %d = arith.subf %a, %b : f32
    %e = math.exp %d : f32
    %r = arith.divf %e, %c : f32
    linalg.yield %r : f32
  } -> tensor<100x256xf32>
  return %y : tensor<100x256xf32>
}

// A reduction over the outer dimension: 32 columns a block, 8 threads a column, partial sums through shared memory.
// CHECK: // bias_grad_0: grad(fc1) | 100 f32 | 8 threads per column, 256 threads
// CHECK:   __shared__ f32 partial[8][32];
// CHECK-NEXT:   const i32 column = i32(threadIdx.x);
// CHECK-NEXT:   const i32 lane = i32(threadIdx.y);
// CHECK-NEXT:   const i32 row = i32(blockIdx.x) * 32 + column;
// CHECK-NEXT:   const bool active = row < 100;
// CHECK-NEXT:   const i32 row1 = active ? row : 99;
// CHECK-NEXT:   f32 sum = 0.0f;
// CHECK-NEXT:   for (i32 r = lane; r < 128; r += 8) {
// CHECK-NEXT:     sum += in[row1 + r * 100];
// CHECK-NEXT:   }
// CHECK-NEXT:   partial[lane][column] = sum;
// CHECK-NEXT:   barrier();
// CHECK-NEXT:   f32 sum1 = partial[0][column];
// CHECK-NEXT: #pragma unroll
// CHECK-NEXT:   for (i32 other = 1; other < 8; ++other) {
// CHECK-NEXT:     sum1 += partial[other][column];
// CHECK-NEXT:   }
// CHECK-NEXT:   if (active && lane == 0) {
// CHECK-NEXT:     out[row1] = sum1;
// CHECK-NEXT:   }
func.func private @bias_grad_0(%x: tensor<128x100xf32>) -> tensor<100xf32>
    attributes {dlc.kernel = "row", dlc.sources = ["grad(fc1)"]} {
  %zero = arith.constant 0.0 : f32
  %p = tensor.empty() : tensor<100xf32>
  %z = linalg.fill ins(%zero : f32) outs(%p : tensor<100xf32>) -> tensor<100xf32>
  %sum = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d1, d0)>, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<128x100xf32>) outs(%z : tensor<100xf32>) {
  ^bb0(%a: f32, %o: f32):
    %r = arith.addf %o, %a fastmath<reassoc,contract> : f32
    linalg.yield %r : f32
  } -> tensor<100xf32>
  return %sum : tensor<100xf32>
}

// A long column sum with few results: 128 parts side by side, then their sums in order, and what comes after, in a
// second kernel. The first reads the tensor with its longest dimension cut.
// CHECK: // stats_0: {{.*}}rows in 128 parts
// CHECK: stats_0(
// CHECK-SAME: const f32 *__restrict__ x, f32 *__restrict__ partial) {
// CHECK: // stats_0_finish: {{.*}}the results of 128 parts
// CHECK: stats_0_finish(
// CHECK: const f32 *__restrict__ partial, const f32 *__restrict__ bias, f32 *__restrict__ out) {
// CHECK:   for (i32 r = {{.*}}; r < 128; r +=
// CHECK:   out[{{.*}}] = {{.*}} + bias[
func.func private @stats_0(%x: tensor<128x3136x64xf32> {dlc.name = "x"}, %b: tensor<64xf32> {dlc.name = "bias"}) -> tensor<64xf32>
    attributes {dlc.kernel = "row", dlc.sources = ["stats"]} {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<64xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<64xf32>) -> tensor<64xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d1, d2, d0)>, affine_map<(d0, d1, d2) -> (d0)>], iterator_types = ["parallel", "reduction", "reduction"]}
      ins(%x : tensor<128x3136x64xf32>) outs(%z : tensor<64xf32>) {
  ^bb0(%a: f32, %o: f32):
    %t = arith.addf %o, %a fastmath<reassoc,contract> : f32
    linalg.yield %t : f32
  } -> tensor<64xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]}
      ins(%s, %b : tensor<64xf32>, tensor<64xf32>) outs(%e : tensor<64xf32>) {
  ^bb0(%a: f32, %c: f32, %o: f32):
    %t = arith.addf %a, %c : f32
    linalg.yield %t : f32
  } -> tensor<64xf32>
  return %r : tensor<64xf32>
}
