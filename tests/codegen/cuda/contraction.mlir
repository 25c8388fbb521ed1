// RUN: cuda-text %s | FileCheck %s

// A contraction has a unit of its own and is a short instance: tiles, operands, epilogue.
// CHECK: #include "dlc/gemm.cuh"
// CHECK-EMPTY:
// CHECK-NEXT: struct dot_add_relu_0_epilogue {
// CHECK-NEXT:   const f32 *bias;
// CHECK-NEXT:   DEVICE vec<f32, 4> operator()(const vec<f32, 4> &acc, const Coord &c) const {
// CHECK-NEXT:     vec<f32, 4> result;
// CHECK-NEXT:     const vec<f32, 4> bias_4 = load<4>(bias + c.n);
// CHECK-NEXT: #pragma unroll
// CHECK-NEXT:     for (i32 j = 0; j < 4; ++j) {
// CHECK-NEXT:       result[j] = maximum(acc[j] + bias_4[j], 0.0f);
// CHECK-NEXT:     }
// CHECK-NEXT:     return result;
// CHECK-NEXT:   }
// CHECK-NEXT: };
// CHECK-EMPTY:
// CHECK-NEXT: // dot_add_relu_0: fc1, relu1 | 4096x2048 f32 | 128x128x8 tiles, 256 threads
// CHECK-NEXT: extern "C" __global__ void __launch_bounds__(256, 1) dot_add_relu_0(
// CHECK-NEXT:     const f32 *__restrict__ in0, const f32 *__restrict__ in1, const f32 *__restrict__ bias, f32 *__restrict__ out) {
// CHECK-NEXT:   using Tiles = Tile<f32, 128, 128, 8, 8, 8>;
// CHECK-NEXT:   const auto lhs = matrix<Along::K, 4>(in0, /*free=*/axis(4096, 784), /*k=*/axis(784, 1), /*batch=*/axis(1, 0));
// CHECK-NEXT:   const auto rhs = matrix<Along::K, 4>(in1, /*free=*/axis(2048, 784), /*k=*/axis(784, 1), /*batch=*/axis(1, 0));
// CHECK-NEXT:   const Output<f32> result = {out, /*batchStride=*/8388608, /*rowStride=*/2048};
// CHECK-NEXT:   gemm<Tiles, 4>(lhs, rhs, result, /*m=*/4096, /*n=*/2048, /*k=*/784, dot_add_relu_0_epilogue{bias});
// CHECK-NEXT: }
func.func private @dot_add_relu_0(%x: tensor<4096x784xf32>, %w: tensor<2048x784xf32>, %b: tensor<2048xf32> {dlc.name = "bias"})
    -> tensor<4096x2048xf32> attributes {dlc.kernel = "contraction", dlc.sources = ["fc1", "relu1"]} {
  %zero = arith.constant 0.0 : f32
  %d = dlc.dot_general %x, %w batch = [] x [] contract = [1] x [1] : (tensor<4096x784xf32>, tensor<2048x784xf32>) -> tensor<4096x2048xf32>
  %e = tensor.empty() : tensor<4096x2048xf32>
  %0 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0, d1)>],
                       iterator_types = ["parallel", "parallel"]}
      ins(%d, %b : tensor<4096x2048xf32>, tensor<2048xf32>) outs(%e : tensor<4096x2048xf32>) {
  ^bb0(%a: f32, %c: f32, %o: f32):
    %s = arith.addf %a, %c : f32
    %r = arith.maximumf %s, %zero : f32
    linalg.yield %r : f32
  } -> tensor<4096x2048xf32>
  return %0 : tensor<4096x2048xf32>
}

// A convolution reads its patches as it needs them; channels last makes them vectors.
// CHECK: #include "dlc/conv.cuh"
// CHECK:   const Patches<f32, 2, /*ChannelsLast=*/true, Along::K, 4> lhs = {
// CHECK-NEXT:       .data = in0, .channels = 64, .in = {56, 56}, .out = {28, 28},
// CHECK-NEXT:       .window = {3, 3}, .stride = {2, 2}, .low = {1, 1}, .lhs_dilation = {1, 1}, .rhs_dilation = {1, 1},
// CHECK-NEXT:       .batchStride = 64, .imageStride = 200704, .channelStride = 1, .spatialStride = {3584, 64}};
// CHECK-NEXT:   const auto rhs = matrix<Along::K, 4>(in1, /*free=*/axis(128, 576), /*k=*/axis(576, 1), /*batch=*/axis(1, 0));
// CHECK:   gemm<Tiles, 4>(lhs, rhs, result, /*m=*/784, /*n=*/128, /*k=*/576, NoEpilogue{});
func.func private @conv_0(%x: tensor<1x56x56x64xf32>, %w: tensor<128x3x3x64xf32>) -> tensor<1x28x28x128xf32>
    attributes {dlc.kernel = "contraction", dlc.sources = ["conv1"]} {
  %d = dlc.conv %x, %w strides = [2, 2] low = [1, 1] high = [1, 1] lhs_dilation = [1, 1] rhs_dilation = [1, 1] {channels_last = true} : (tensor<1x56x56x64xf32>, tensor<128x3x3x64xf32>) -> tensor<1x28x28x128xf32>
  return %d : tensor<1x28x28x128xf32>
}

// One channel a group: no matrix product, each thread a run of channels.
// CHECK: #include "dlc/depthwise.cuh"
// CHECK: // conv_1: {{.*}} | depthwise, 4-wide, 256 threads
// CHECK:   const Patches<f32, 2, /*ChannelsLast=*/true, Along::K, 1> input = {
// CHECK:   depthwise<f32, /*ChannelsLast=*/true, 4>(input, in1, result, /*channels=*/64, /*m=*/784, /*n=*/64, /*window=*/9, NoEpilogue{});
func.func private @conv_1(%x: tensor<1x56x56x64xf32>, %w: tensor<64x3x3x1xf32>) -> tensor<1x28x28x64xf32>
    attributes {dlc.kernel = "contraction", dlc.sources = ["conv2"]} {
  %d = dlc.conv %x, %w strides = [2, 2] low = [1, 1] high = [1, 1] lhs_dilation = [1, 1] rhs_dilation = [1, 1] {channels_last = true, groups = 64 : i64} : (tensor<1x56x56x64xf32>, tensor<64x3x3x1xf32>) -> tensor<1x28x28x64xf32>
  return %d : tensor<1x28x28x64xf32>
}

// The gradient of a convolution's weight: input and gradient as they lie, the result as the weight lies. Few tiles and a
// long sum: two kernels, sums of each split between them.
// CHECK: #include "dlc/conv.cuh"
// CHECK: // conv_gradient: conv1 | {{.*}} threads, k in 61 splits
// CHECK:   using Tiles = Tile<f32, 32, 32, 16, 4, 4, 4, 61>;
// CHECK-NEXT:   const auto lhs = matrix<Along::K, 4>(in1, /*free=*/axis(16, 784), /*k=*/axis(64, 12544, 784, 1), /*batch=*/axis(1, 0));
// CHECK-NEXT:   const Windows<f32, 2> rhs = {
// CHECK-NEXT:       .data = in0, .in = {28, 28}, .out = {28, 28},
// CHECK-NEXT:       .window = {3, 3}, .stride = {1, 1}, .low = {1, 1}, .lhs_dilation = {1, 1}, .rhs_dilation = {1, 1},
// CHECK-NEXT:       .batchStride = 6272, .imageStride = 6272, .channelStride = 784, .spatialStride = {28, 1}};
// CHECK-NEXT:   const Output<f32> result = {partial, /*batchStride=*/1152, /*rowStride=*/72};
// CHECK-NEXT:   gemm<Tiles, 4>(lhs, rhs, result, /*m=*/16, /*n=*/72, /*k=*/50176, NoEpilogue{});
// CHECK: // conv_gradient_finish: conv1 | {{.*}} | the sums of 61 splits in order, 256 threads
// CHECK:   add_slices<61, 4>(partial, result, /*batches=*/1, /*m=*/16, /*n=*/72, NoEpilogue{});
func.func private @conv_gradient(%x: tensor<64x8x28x28xf32>, %g: tensor<64x16x28x28xf32>) -> tensor<16x8x3x3xf32>
    attributes {dlc.kernel = "contraction", dlc.sources = ["conv1"]} {
  %d = dlc.conv_weight_gradient %x, %g window = [3, 3] strides = [1, 1] low = [1, 1] lhs_dilation = [1, 1] rhs_dilation = [1, 1] : (tensor<64x8x28x28xf32>, tensor<64x16x28x28xf32>) -> tensor<16x8x3x3xf32>
  return %d : tensor<16x8x3x3xf32>
}
