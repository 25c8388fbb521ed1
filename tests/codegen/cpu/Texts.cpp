// Kernels that more than one program uses.
#include <string>

const std::string &softmaxText() {
  static const std::string text = R"(
#id = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>
func.func private @k(%x: tensor<MxNxf32>) -> tensor<MxNxf32> attributes {dlc.kernel = "row"} {
  %e = tensor.empty() : tensor<MxNxf32>
  %re = tensor.empty() : tensor<Mxf32>
  %zero = arith.constant 0.0 : f32
  %low = arith.constant 0xFF800000 : f32
  %f0 = linalg.fill ins(%low : f32) outs(%re : tensor<Mxf32>) -> tensor<Mxf32>
  %f1 = linalg.fill ins(%zero : f32) outs(%re : tensor<Mxf32>) -> tensor<Mxf32>
  %max = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]} ins(%x : tensor<MxNxf32>) outs(%f0 : tensor<Mxf32>) {
  ^bb0(%v: f32, %a: f32):
    %s = arith.maximumf %a, %v : f32
    linalg.yield %s : f32
  } -> tensor<Mxf32>
  %sum = linalg.generic {indexing_maps = [#id, #row, #row], iterator_types = ["parallel", "reduction"]} ins(%x, %max : tensor<MxNxf32>, tensor<Mxf32>) outs(%f1 : tensor<Mxf32>) {
  ^bb0(%v: f32, %m: f32, %a: f32):
    %d = arith.subf %v, %m : f32
    %q = math.exp %d : f32
    %s = arith.addf %a, %q fastmath<reassoc,contract> : f32
    linalg.yield %s : f32
  } -> tensor<Mxf32>
  %inv = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]} ins(%sum : tensor<Mxf32>) outs(%re : tensor<Mxf32>) {
  ^bb0(%v: f32, %o: f32):
    %one = arith.constant 1.0 : f32
    %q = arith.divf %one, %v : f32
    linalg.yield %q : f32
  } -> tensor<Mxf32>
  %r = linalg.generic {indexing_maps = [#id, #row, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %max, %inv : tensor<MxNxf32>, tensor<Mxf32>, tensor<Mxf32>) outs(%e : tensor<MxNxf32>) {
  ^bb0(%v: f32, %m: f32, %s: f32, %o: f32):
    %d = arith.subf %v, %m : f32
    %q = math.exp %d : f32
    %p = arith.mulf %q, %s : f32
    linalg.yield %p : f32
  } -> tensor<MxNxf32>
  return %r : tensor<MxNxf32>
})";
  return text;
}
