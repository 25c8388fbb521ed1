// RUN: dlc-opt %s -pass-pipeline='builtin.module(func.func(dlc-fuse),dlc-body,dlc-cuda-pipeline,dlc-plan)' | sed 's/dlc.buffer  /dlc.buffer /' | FileCheck %s

// A kernel in two steps: the plan puts workspace between them, 16 splits of 64x128 f32, and gives each the
// operands that it takes.
module attributes {dlc.target = #dlc.target<"cuda", "base">} {
  // CHECK: dlc.plan @main target = <"cuda", "base"> arena = 524288
  // CHECK-NEXT: %[[X:.*]] = dlc.buffer input "x"
  // CHECK-NEXT: %[[W:.*]] = dlc.buffer input "w"
  // CHECK-NEXT: %[[B:.*]] = dlc.buffer input "b"
  // CHECK-NEXT: %[[BETWEEN:.*]] = dlc.buffer arena "" at 0 name "dot_add_relu_0_workspace" : tensor<131072xf32>
  // CHECK-NEXT: dlc.step "launch" @dot_add_relu_0(%[[X]], %[[W]], %[[BETWEEN]]) outputs = 1 deps = []
  // CHECK-SAME: shared = 16384
  // CHECK-NEXT: %[[Y:.*]] = dlc.buffer output "y"
  // CHECK-NEXT: dlc.step "launch" @dot_add_relu_0_finish(%[[BETWEEN]], %[[B]], %[[Y]]) outputs = 1 deps = [0]
  func.func @main(%x: tensor<64x4096xf16> {dlc.name = "x"}, %w: tensor<4096x128xf16> {dlc.name = "w"}, %b: tensor<128xf16> {dlc.name = "b"})
      -> (tensor<64x128xf16> {dlc.name = "y"}) {
    %0 = dlc.dot_general %x, %w batch = [] x [] contract = [1] x [0] : (tensor<64x4096xf16>, tensor<4096x128xf16>) -> tensor<64x128xf16>
    %1 = dlc.broadcast %b dims = [1] : tensor<128xf16> -> tensor<64x128xf16>
    %2 = dlc.add %0, %1 : tensor<64x128xf16>
    %3 = dlc.relu %2 : tensor<64x128xf16>
    return %3 : tensor<64x128xf16>
  }
}
