// RUN: cuda-text %s | FileCheck %s

// A module that allows TF32 sends f32 to the tensor cores; f64 stays where it is.
module attributes {dlc.tf32} {
  // CHECK: // dot_f32: {{.*}}x16 tiles, {{.*}}mma.sync tf32
  // CHECK: using Tiles = TensorTile<tf32, {{[0-9]+}}, {{[0-9]+}}, 16,
  // CHECK: matrix<Along::K, 4>(in0,
  // CHECK: tensor_gemm<Tiles, 4>
  func.func private @dot_f32(%x: tensor<4096x784xf32>, %w: tensor<2048x784xf32>) -> tensor<4096x2048xf32>
      attributes {dlc.kernel = "contraction", dlc.sources = ["fc"]} {
    %d = dlc.dot_general %x, %w batch = [] x [] contract = [1] x [1] : (tensor<4096x784xf32>, tensor<2048x784xf32>) -> tensor<4096x2048xf32>
    return %d : tensor<4096x2048xf32>
  }
  // CHECK: using Tiles = Tile<f64,
  func.func private @dot_f64(%x: tensor<64x64xf64>, %w: tensor<64x64xf64>) -> tensor<64x64xf64>
      attributes {dlc.kernel = "contraction", dlc.sources = ["fc"]} {
    %d = dlc.dot_general %x, %w batch = [] x [] contract = [1] x [1] : (tensor<64x64xf64>, tensor<64x64xf64>) -> tensor<64x64xf64>
    return %d : tensor<64x64xf64>
  }
}
