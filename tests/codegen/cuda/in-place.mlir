// RUN: dlc-opt %s -pass-pipeline='builtin.module(func.func(dlc-fuse),dlc-body,dlc-cuda-pipeline,dlc-plan)' | cuda-text - | FileCheck %s

// A state that is updated in place: nothing is promised to the compiler about its pointers, and only the thread that
// writes an element reads it. The column sum before it is shared by lanes, threads past the last column among them.
module attributes {dlc.target = #dlc.target<"cuda", "base">} {
  dlc.weight @bias : tensor<40xf32> = #dlc.rule<"zeros">
  // CHECK: sum_sub_0(const f32 *__restrict__ in0, const f32 *in1,
  // CHECK-SAME: f32 *out)
  // CHECK-NOT: in1[
  // CHECK: if (!({{.*}} == 0))
  // CHECK-NEXT: return;
  // CHECK-NEXT: out[{{.*}}] = in1[{{.*}}] - sum
  func.func @main(%grad: tensor<64x40xf32> {dlc.name = "grad"}, %bias: tensor<40xf32> {dlc.state = @bias})
      -> (tensor<40xf32> {dlc.state = @bias}) {
    %0 = dlc.reduce sum %grad dims = [0] : tensor<64x40xf32> -> tensor<40xf32>
    %1 = dlc.sub %bias, %0 : tensor<40xf32>
    return %1 : tensor<40xf32>
  }
}
