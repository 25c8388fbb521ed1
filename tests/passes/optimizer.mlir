// RUN: dlc-opt %S/Inputs/linear.mlir --dlc-loss --dlc-autodiff "--dlc-optimizer=lr=0.5 momentum=0.25" | FileCheck %s
// RUN: dlc-opt %S/Inputs/linear.mlir --dlc-loss --dlc-autodiff --dlc-optimizer=lr=0.5 | FileCheck %s --check-prefix=PLAIN
// RUN: not dlc-opt %S/Inputs/linear.mlir --dlc-loss --dlc-optimizer 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: not dlc-opt %S/Inputs/linear.mlir --dlc-loss --dlc-autodiff --dlc-optimizer=kind=adam 2>&1 | FileCheck %s --check-prefix=KIND

// NONE: error: there are no gradients to step along; run dlc-autodiff first
// KIND: error: there is no optimizer 'adam'; there is: sgd

// As PyTorch: m = momentum*m + g; w = w - lr*m. New weights come last, so that the numbers of the others stay.
// CHECK: dlc.weight @w : tensor<3x5xf32>
// CHECK: dlc.weight @b : tensor<3xf32>
// CHECK: func.func @main(%{{.*}}: tensor<4x5xf32> {dlc.name = "x"}, %{{.*}}: tensor<4xi32> {dlc.name = "labels"},
// CHECK-SAME: %[[W:[a-z0-9]*]]: tensor<3x5xf32> {dlc.state = @w}, %[[WM:[a-z0-9]*]]: tensor<3x5xf32> {dlc.state = @w.momentum},
// CHECK-SAME: %[[B:[a-z0-9]*]]: tensor<3xf32> {dlc.state = @b}, %[[BM:[a-z0-9]*]]: tensor<3xf32> {dlc.state = @b.momentum})
// CHECK-SAME: -> (tensor<f32> {dlc.name = "loss"}, tensor<3x5xf32> {dlc.state = @w}, tensor<3x5xf32> {dlc.state = @w.momentum}, tensor<3xf32> {dlc.state = @b}, tensor<3xf32> {dlc.state = @b.momentum})
// CHECK-NOT: dlc.get_weight
// CHECK: dlc.dot_general %{{.*}}, %[[W]]
// CHECK: dlc.constant dense<2.5{{.*}}e-01> : tensor<f32>
// CHECK: %[[DECAYED:.*]] = dlc.mul %[[WM]], %{{.*}}
// CHECK: %[[M:.*]] = dlc.add %[[DECAYED]], %{{.*}}
// CHECK: dlc.constant dense<5.0{{.*}}e-01> : tensor<f32>
// CHECK: %[[STEP:.*]] = dlc.mul %[[M]], %{{.*}}
// CHECK: %[[NEW:.*]] = dlc.sub %[[W]], %[[STEP]]
// CHECK: return %{{.*}}, %[[NEW]], %[[M]], %{{.*}}, %{{.*}} :
// CHECK: dlc.weight @w.momentum : tensor<3x5xf32> = #dlc.rule<"zeros">
// CHECK: dlc.weight @b.momentum : tensor<3xf32> = #dlc.rule<"zeros">

// PLAIN: func.func @main({{.*}}: tensor<3x5xf32> {dlc.state = @w}, %{{[a-z0-9]*}}: tensor<3xf32> {dlc.state = @b})
// PLAIN-NOT: momentum
