// RUN: not cuda-text %s 2>&1 | FileCheck %s

// CHECK: form-errors.mlir:[[#@LINE + 1]]:{{[0-9]+}}: error: kernel 'loop_0' has the form "loop"; the CUDA schedule knows "row", "contraction" and "routine"
func.func private @loop_0(%x: tensor<8xf32>) -> tensor<8xf32> attributes {dlc.kernel = "loop"} {
  return %x : tensor<8xf32>
}

// CHECK: form-errors.mlir:[[#@LINE + 1]]:{{[0-9]+}}: error: row kernel 'empty_0' has no linalg.generic
func.func private @empty_0(%x: tensor<8xf32>) -> tensor<8xf32> attributes {dlc.kernel = "row"} {
  return %x : tensor<8xf32>
}

// CHECK: form-errors.mlir:[[#@LINE + 1]]:{{[0-9]+}}: error: kernel 'shape_0' has an operand of type 'tensor<?xf32>'; kernels take ranked tensors of sizes that are known or declared in dlc.symbols
func.func private @shape_0(%x: tensor<?xf32>) -> tensor<?xf32> attributes {dlc.kernel = "row"} {
  return %x : tensor<?xf32>
}

// CHECK: error: not contraction form: kernel 'dot_0' has no dlc.dot_general or dlc.conv
func.func private @dot_0(%x: tensor<8xf32>) -> tensor<8xf32> attributes {dlc.kernel = "contraction"} {
  return %x : tensor<8xf32>
}
