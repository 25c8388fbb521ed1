// RUN: dlc-opt %s --dlc-stop-gradient=names=enc* --dlc-autodiff | FileCheck %s
// RUN: not dlc-opt %s --dlc-stop-gradient=names=nowhere 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: dlc-opt %s --dlc-stop-gradient=names=enc* --dlc-decompose | FileCheck %s --check-prefix=GONE

// NONE: error: --stop-gradient nowhere: no node of that name gives floats; there are encoder, decoder

// What stands before the node is not trained; behind it all goes on. Nothing is left of it in code.
dlc.weight @before : tensor<4xf32> = #dlc.rule<"zeros">
dlc.weight @behind : tensor<4xf32> = #dlc.rule<"zeros">
// CHECK: func.func @main({{.*}} -> (tensor<f32>, tensor<4xf32> {dlc.gradient = @behind})
// GONE-NOT: stop_gradient
func.func @main(%x: tensor<4xf32>) -> tensor<f32> {
  %before = dlc.get_weight @before : tensor<4xf32>
  %behind = dlc.get_weight @behind : tensor<4xf32>
  %0 = dlc.mul %x, %before : tensor<4xf32> loc("encoder")
  %1 = dlc.exp %0 : tensor<4xf32> loc("encoder")
  %2 = dlc.mul %1, %behind : tensor<4xf32> loc("decoder")
  %3 = dlc.reduce sum %2 dims = [0] : tensor<4xf32> -> tensor<f32> loc("decoder")
  return %3 : tensor<f32>
}
