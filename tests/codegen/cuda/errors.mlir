// RUN: not cuda-text %s 2>&1 | FileCheck %s

// What cannot be printed is an error where it stands, never text that is nearly right.
// CHECK: errors.mlir:[[#@LINE + 6]]:{{[0-9]+}}: error: the CUDA emitter has no text for 'math.ctlz' with operand types ('i32') and results ('i32') in kernel 'count_0'
func.func private @count_0(%x: tensor<8xi32>) -> tensor<8xi32> attributes {dlc.kernel = "row"} {
  %e = tensor.empty() : tensor<8xi32>
  %0 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]}
      ins(%x : tensor<8xi32>) outs(%e : tensor<8xi32>) {
  ^bb0(%a: i32, %o: i32):
    %r = math.ctlz %a : i32
    linalg.yield %r : i32
  } -> tensor<8xi32>
  return %0 : tensor<8xi32>
}
