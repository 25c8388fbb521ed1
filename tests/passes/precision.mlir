// RUN: dlc-opt %S/Inputs/linear.mlir --dlc-precision=type=bf16 --dlc-loss --dlc-autodiff | FileCheck %s
// RUN: not dlc-opt %S/Inputs/linear.mlir --dlc-precision=type=f8 2>&1 | FileCheck %s --check-prefix=TYPE
// TYPE: error: contractions can be in bf16 or f16, not in 'f8'

// The product and its gradients are in bf16; sums, the loss and the gradient that leaves are not.
// CHECK: dlc.weight @w : tensor<3x5xf32>
// CHECK: %[[W:.*]] = dlc.get_weight @w : tensor<3x5xf32>
// CHECK: %[[X16:.*]] = dlc.cast %arg0 : tensor<4x5xf32> -> tensor<4x5xbf16>
// CHECK: %[[W16:.*]] = dlc.cast %[[W]] : tensor<3x5xf32> -> tensor<3x5xbf16>
// CHECK: %[[Y16:.*]] = dlc.dot_general %[[X16]], %[[W16]] {{.*}} -> tensor<4x3xbf16>
// CHECK: dlc.cast %[[Y16]] : tensor<4x3xbf16> -> tensor<4x3xf32>
// CHECK: dlc.add %{{.*}} : tensor<4x3xf32>
// CHECK: dlc.softmax_cross_entropy %{{.*}} : tensor<4x3xf32>
// CHECK: %[[DW:.*]] = dlc.dot_general {{.*}} -> tensor<{{3x5|5x3}}xbf16>
// CHECK: dlc.cast %{{.*}} : tensor<3x5xbf16> -> tensor<3x5xf32>
