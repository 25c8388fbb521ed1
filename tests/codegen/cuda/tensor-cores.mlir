// RUN: cuda-text %s | FileCheck %s

// 16-bit floats go to the tensor cores: 16-byte copies, sums in f32, the epilogue of the CUDA cores' kernels.
// CHECK: #include "dlc/tensor_gemm.cuh"
// CHECK: struct dot_add_relu_0_epilogue {
// CHECK:   DEVICE vec<bf16, 4> operator()(const vec<f32, 4> &acc, const Coord &c) const {
// CHECK: // dot_add_relu_0: fc1, relu1 | 4096x2048 bf16 | 128x256x32 tiles, 256 threads, 3 stages, mma.sync bf16
// CHECK-NEXT: extern "C" __global__ void __launch_bounds__(256, 1) dot_add_relu_0(
// CHECK:   using Tiles = TensorTile<bf16, 128, 256, 32, 2, 4, 3>;
// CHECK-NEXT:   const auto lhs = matrix<Along::K, 8>(in0, /*free=*/axis(4096, 784), /*k=*/axis(784, 1), /*batch=*/axis(1, 0));
// CHECK-NEXT:   const auto rhs = matrix<Along::K, 8>(in1, /*free=*/axis(2048, 784), /*k=*/axis(784, 1), /*batch=*/axis(1, 0));
// CHECK-NEXT:   const Output<bf16> result = {out, /*batchStride=*/8388608, /*rowStride=*/2048};
// CHECK-NEXT:   tensor_gemm<Tiles, 4>(lhs, rhs, result, /*m=*/4096, /*n=*/2048, /*k=*/784, dot_add_relu_0_epilogue{bias});
// CHECK-NEXT: }
func.func private @dot_add_relu_0(%x: tensor<4096x784xbf16>, %w: tensor<2048x784xbf16>, %b: tensor<2048xbf16> {dlc.name = "bias"})
    -> tensor<4096x2048xbf16> attributes {dlc.kernel = "contraction", dlc.sources = ["fc1", "relu1"]} {
  %zero = arith.constant 0.0 : f32
  %d = dlc.dot_general %x, %w batch = [] x [] contract = [1] x [1] : (tensor<4096x784xbf16>, tensor<2048x784xbf16>) -> tensor<4096x2048xbf16>
  %e = tensor.empty() : tensor<4096x2048xbf16>
  %0 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0, d1)>],
                       iterator_types = ["parallel", "parallel"]}
      ins(%d, %b : tensor<4096x2048xbf16>, tensor<2048xbf16>) outs(%e : tensor<4096x2048xbf16>) {
  ^bb0(%a: bf16, %c: bf16, %o: bf16):
    %af = arith.extf %a : bf16 to f32
    %cf = arith.extf %c : bf16 to f32
    %s = arith.addf %af, %cf : f32
    %r = arith.maximumf %s, %zero : f32
    %t = arith.truncf %r : f32 to bf16
    linalg.yield %t : bf16
  } -> tensor<4096x2048xbf16>
  return %0 : tensor<4096x2048xbf16>
}

// Rows that begin anywhere: elements come one by one, into tiles that leave registers for them.
// CHECK: // dot_odd: {{.*}}64x64x32 tiles, 128 threads, 4 stages, mma.sync f16
// CHECK:   const auto lhs = matrix<Along::K, 1>(in0,
// CHECK:   const auto rhs = matrix<Along::Free, 2>(in1,
func.func private @dot_odd(%x: tensor<1001x333xf16>, %w: tensor<333x1002xf16>) -> tensor<1001x1002xf16>
    attributes {dlc.kernel = "contraction", dlc.sources = ["odd"]} {
  %d = dlc.dot_general %x, %w batch = [] x [] contract = [1] x [0] : (tensor<1001x333xf16>, tensor<333x1002xf16>) -> tensor<1001x1002xf16>
  return %d : tensor<1001x1002xf16>
}

// Few tiles and a long sum: two kernels in one unit, sums of each split between them; the second runs the epilogue.
// CHECK: // ---- dot_long.cu
// CHECK: // dot_long: fc2 | {{.*}}mma.sync f16, k in 16 splits
// CHECK-NEXT: dot_long(
// CHECK-NEXT: const f16 *__restrict__ in0, const f16 *__restrict__ in1, f32 *__restrict__ partial) {
// CHECK-NEXT: TensorTile<f16, {{[0-9, ]+}}, 4, 16>;
// CHECK:   const Output<f32> result = {partial, /*batchStride=*/8192, /*rowStride=*/128};
// CHECK-NEXT: /*k=*/8192, NoEpilogue{});
// CHECK: struct dot_long_epilogue {
// CHECK: // dot_long_finish: fc2 | 64x128 f32 | {{.*}} | the sums of 16 splits in order, 256 threads
// CHECK-NEXT: dot_long_finish(
// CHECK-NEXT: const f32 *__restrict__ partial, const f16 *__restrict__ bias, f32 *__restrict__ out) {
// CHECK:   add_slices<16, 4>(partial, result, /*batches=*/1, /*m=*/64, /*n=*/128, dot_long_epilogue{bias});
// CHECK-NOT: // ---- dot_long_finish
func.func private @dot_long(%x: tensor<64x8192xf16>, %w: tensor<128x8192xf16>, %b: tensor<128xf16> {dlc.name = "bias"})
    -> tensor<64x128xf32> attributes {dlc.kernel = "contraction", dlc.sources = ["fc2"]} {
  %d = dlc.dot_general %x, %w batch = [] x [] contract = [1] x [1] : (tensor<64x8192xf16>, tensor<128x8192xf16>) -> tensor<64x128xf16>
  %e = tensor.empty() : tensor<64x128xf32>
  %0 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0, d1)>],
                       iterator_types = ["parallel", "parallel"]}
      ins(%d, %b : tensor<64x128xf16>, tensor<128xf16>) outs(%e : tensor<64x128xf32>) {
  ^bb0(%a: f16, %c: f16, %o: f32):
    %af = arith.extf %a : f16 to f32
    %cf = arith.extf %c : f16 to f32
    %s = arith.addf %af, %cf : f32
    linalg.yield %s : f32
  } -> tensor<64x128xf32>
  return %0 : tensor<64x128xf32>
}

// CHECK: #include "dlc/tensor_conv.cuh"
// CHECK:   const Patches<bf16, 2, /*ChannelsLast=*/true, Along::K, 8> lhs = {
// CHECK:   tensor_gemm<Tiles, 4>(lhs, rhs, result, /*m=*/6272, /*n=*/128, /*k=*/576, NoEpilogue{});
func.func private @conv_0(%x: tensor<8x56x56x64xbf16>, %w: tensor<128x3x3x64xbf16>) -> tensor<8x28x28x128xbf16>
    attributes {dlc.kernel = "contraction", dlc.sources = ["conv1"]} {
  %d = dlc.conv %x, %w strides = [2, 2] low = [1, 1] high = [1, 1] lhs_dilation = [1, 1] rhs_dilation = [1, 1] {channels_last = true} : (tensor<8x56x56x64xbf16>, tensor<128x3x3x64xbf16>) -> tensor<8x28x28x128xbf16>
  return %d : tensor<8x28x28x128xbf16>
}

// f32 is exact unless the module says otherwise, and sums of a few products are not worth it.
// CHECK: // dot_f32: {{.*}}128x128x8 tiles, 256 threads
// CHECK-NOT: mma.sync
// CHECK: // dot_short:
// CHECK-NOT: mma.sync
func.func private @dot_f32(%x: tensor<4096x784xf32>, %w: tensor<2048x784xf32>) -> tensor<4096x2048xf32>
    attributes {dlc.kernel = "contraction", dlc.sources = ["exact"]} {
  %d = dlc.dot_general %x, %w batch = [] x [] contract = [1] x [1] : (tensor<4096x784xf32>, tensor<2048x784xf32>) -> tensor<4096x2048xf32>
  return %d : tensor<4096x2048xf32>
}
func.func private @dot_short(%x: tensor<64x4xf16>, %w: tensor<64x4xf16>) -> tensor<64x64xf16>
    attributes {dlc.kernel = "contraction", dlc.sources = ["short"]} {
  %d = dlc.dot_general %x, %w batch = [] x [] contract = [1] x [1] : (tensor<64x4xf16>, tensor<64x4xf16>) -> tensor<64x64xf16>
  return %d : tensor<64x64xf16>
}
