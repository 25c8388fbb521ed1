// RUN: dlc-opt %s -pass-pipeline='builtin.module(func.func(dlc-fuse),dlc-body,dlc-cuda-pipeline,dlc-plan)' | cuda-text - | FileCheck %s

// A state that each row scales and is scaled by, updated in place: lanes of a warp have read it when one writes it.
module attributes {dlc.target = #dlc.target<"cuda", "base">} {
  dlc.weight @scale : tensor<8xf32> = #dlc.rule<"zeros">
  // CHECK: 16 lanes per row
  // CHECK: f32 *in1, f32 *out0,
  // CHECK: warp_reduce<Add, 16>
  // CHECK: in1[
  // CHECK-NOT: in1[
  // CHECK: warp_barrier();
  // CHECK-NEXT: if ({{.*}} == 0) {
  // CHECK-NEXT: out0[
  func.func @main(%x: tensor<8x40xf32> {dlc.name = "x"}, %scale: tensor<8xf32> {dlc.state = @scale})
      -> (tensor<8x40xf32>, tensor<8xf32> {dlc.state = @scale}) {
    %0 = dlc.reduce sum %x dims = [1] : tensor<8x40xf32> -> tensor<8xf32>
    %1 = dlc.mul %scale, %0 : tensor<8xf32>
    %2 = dlc.broadcast %1 dims = [0] : tensor<8xf32> -> tensor<8x40xf32>
    %3 = dlc.mul %x, %2 : tensor<8x40xf32>
    return %3, %1 : tensor<8x40xf32>, tensor<8xf32>
  }
}
