// The device library's own matrix product, f32, 512x512x512, 128x128x8 tiles.
#include "dlc/prelude.cuh"

#include "dlc/gemm.cuh"

struct epilogue {
  DEVICE vec<f32, 4> operator()(const vec<f32, 4> &acc, const Coord &) const { return acc; }
};
extern "C" __global__ void __launch_bounds__(256, 1) sgemm(const f32 *__restrict__ in0, const f32 *__restrict__ in1,
                                                          f32 *__restrict__ out) {
  using Tiles = Tile<f32, 128, 128, 8, 8, 8, 1>;
  const auto lhs = matrix<Along::K, 4>(in0, /*free=*/axis(512, 512), /*k=*/axis(512, 1), /*batch=*/axis(1, 0));
  const auto rhs = matrix<Along::Free, 4>(in1, /*free=*/axis(512, 1), /*k=*/axis(512, 512), /*batch=*/axis(1, 0));
  const Output<f32> result = {out, /*batchStride=*/512 * 512, /*rowStride=*/512};
  gemm<Tiles, 4>(lhs, rhs, result, /*m=*/512, /*n=*/512, /*k=*/512, epilogue{});
}
