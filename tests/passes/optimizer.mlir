// RUN: dlc-opt %S/Inputs/linear.mlir --dlc-loss --dlc-autodiff --dlc-optimizer=rule=sgd,lr=0.5,momentum=0.25 | FileCheck %s
// RUN: dlc-opt %S/Inputs/linear.mlir --dlc-loss --dlc-autodiff --dlc-optimizer=rule=sgd,lr=0.5 | FileCheck %s --check-prefix=PLAIN
// RUN: not dlc-opt %S/Inputs/linear.mlir --dlc-loss --dlc-optimizer 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: not dlc-opt %S/Inputs/linear.mlir --dlc-loss --dlc-autodiff --dlc-optimizer=rule=adan 2>&1 | FileCheck %s --check-prefix=KIND

// NONE: error: there are no gradients to step along; run dlc-autodiff first
// KIND: error: there is no optimizer 'adan'; there are sgd, adam, adamw, rmsprop, adagrad, lamb, lion, muon

// As PyTorch: m = momentum*m + g; w = w - lr*m. New weights come last, so that the numbers of the others stay.
// CHECK: dlc.weight @w : tensor<3x5xf32>
// CHECK: dlc.weight @b : tensor<3xf32>
// CHECK: func.func @main(%{{.*}}: tensor<4x5xf32> {dlc.name = "x"}, %{{.*}}: tensor<4xi32> {dlc.name = "labels"},
// CHECK-SAME: %[[W:[a-z0-9]*]]: tensor<3x5xf32> {dlc.state = @w}, %[[WM:[a-z0-9]*]]: tensor<3x5xf32> {dlc.state = @w.momentum},
// CHECK-SAME: %[[B:[a-z0-9]*]]: tensor<3xf32> {dlc.state = @b}, %[[BM:[a-z0-9]*]]: tensor<3xf32> {dlc.state = @b.momentum})
// CHECK-SAME: -> (tensor<f32> {dlc.name = "loss"}, tensor<3x5xf32> {dlc.state = @w}, tensor<3x5xf32> {dlc.state = @w.momentum}, tensor<3xf32> {dlc.state = @b}, tensor<3xf32> {dlc.state = @b.momentum})
// CHECK-NOT: dlc.get_weight
// CHECK: dlc.dot_general %{{.*}}, %[[W]]
// CHECK: dlc.constant dense<5.0{{.*}}e-01> : tensor<f32>
// CHECK: dlc.constant dense<2.5{{.*}}e-01> : tensor<f32>
// CHECK: %[[DECAYED:.*]] = dlc.mul %[[WM]], %{{.*}}
// CHECK: %[[M:.*]] = dlc.add %[[DECAYED]], %{{.*}}
// CHECK: %[[STEP:.*]] = dlc.mul %[[M]], %{{.*}}
// CHECK: %[[NEW:.*]] = dlc.sub %[[W]], %[[STEP]]
// CHECK: return %{{.*}}, %[[NEW]], %[[M]], %{{.*}}, %{{.*}} :
// CHECK: dlc.weight @w.momentum : tensor<3x5xf32> = #dlc.rule<"zeros">
// CHECK: dlc.weight @b.momentum : tensor<3xf32> = #dlc.rule<"zeros">

// PLAIN: func.func @main({{.*}}: tensor<3x5xf32> {dlc.state = @w}, %{{[a-z0-9]*}}: tensor<3xf32> {dlc.state = @b})
// PLAIN-NOT: momentum

// What updates share is computed once, in f64; the number of steps done is a state that counts.
// RUN: dlc-opt %S/Inputs/linear.mlir --dlc-loss --dlc-autodiff "--dlc-optimizer=rule=adamw,lr=0.5 schedule=cosine,steps=10 clip-norm=1 average=0.9 no-decay=b" | FileCheck %s --check-prefix=ADAMW
// ADAMW: func.func @main({{.*}}{dlc.state = @train.grad_norm}, %[[DONE:[a-z0-9]*]]: tensor<i64> {dlc.state = @train.step}, {{.*}}{dlc.state = @train.lr}, {{.*}}{dlc.state = @w}, {{.*}}{dlc.state = @w.mean}, {{.*}}{dlc.state = @w.square}, {{.*}}{dlc.state = @w.average}, {{.*}}{dlc.state = @b}
// ADAMW: dlc.sqrt %{{.*}} : tensor<f32>
// ADAMW: dlc.cast %[[DONE]] : tensor<i64> -> tensor<f64>
// ADAMW: dlc.cos %{{.*}} : tensor<f64>
// ADAMW: dlc.weight @train.grad_norm : tensor<f32> = #dlc.rule<"zeros">
// ADAMW: dlc.weight @train.step : tensor<i64> = #dlc.rule<"zeros">

// RUN: not dlc-opt %S/Inputs/linear.mlir --dlc-loss --dlc-autodiff "--dlc-optimizer=rule=sgd no-decay=bias" 2>&1 | FileCheck %s --check-prefix=NODECAY
// NODECAY: error: --no-decay bias: no weight that is trained has such a name; there are w, b
// RUN: not dlc-opt %S/Inputs/linear.mlir --dlc-loss --dlc-autodiff "--dlc-optimizer=rule=sgd schedule=cosine" 2>&1 | FileCheck %s --check-prefix=STEPS
// STEPS: error: schedule 'cosine' needs steps, the length of the run

// Weights that are frozen get no gradient and no state.
// RUN: dlc-opt %S/Inputs/linear.mlir --dlc-freeze=names=w --dlc-loss --dlc-autodiff --dlc-optimizer=rule=sgd | FileCheck %s --check-prefix=FROZEN
// FROZEN: dlc.weight frozen @w
// FROZEN: func.func @main(%{{.*}}: tensor<4x5xf32> {dlc.name = "x"}, %{{.*}}: tensor<4xi32> {dlc.name = "labels"}, %{{[a-z0-9]*}}: tensor<3xf32> {dlc.state = @b})
// RUN: not dlc-opt %S/Inputs/linear.mlir --dlc-freeze=names=v* 2>&1 | FileCheck %s --check-prefix=FREEZE
// FREEZE: error: --freeze v*: no weight has such a name; there are w, b
