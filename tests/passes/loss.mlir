// RUN: dlc-opt %s --split-input-file --dlc-loss --verify-diagnostics | FileCheck %s
// RUN: not dlc-opt %S/Inputs/linear.mlir --dlc-loss=rule=mse 2>&1 | FileCheck %s --check-prefix=KIND
// KIND: error: there is no loss 'mse'; there are softmax-cross-entropy, binary-cross-entropy, mean-squared-error, l1, huber, kl-divergence, focal, dice, ctc, output

// CHECK-LABEL: func.func @main(
// CHECK-SAME: %[[X:.*]]: tensor<4x3xf32> {dlc.name = "x"}, %[[LABELS:.*]]: tensor<4xi32> {dlc.name = "labels"})
// CHECK-SAME: -> (tensor<f32> {dlc.name = "loss"})
// CHECK: %[[Y:.*]] = dlc.relu %[[X]]
// CHECK: %[[LOSS:.*]] = dlc.softmax_cross_entropy %[[Y]], %[[LABELS]] : tensor<4x3xf32>, tensor<4xi32> -> tensor<f32>
// CHECK: return %[[LOSS]]
func.func @main(%x: tensor<4x3xf32> {dlc.name = "x"}) -> (tensor<4x3xf32> {dlc.name = "y"}) {
  %0 = dlc.relu %x : tensor<4x3xf32>
  return %0 : tensor<4x3xf32>
}

// -----

// 16-bit logits are widened first; dimensions of size 1 behind the classes go.
// CHECK-LABEL: func.func @main(
// CHECK: %[[WIDE:.*]] = dlc.cast %{{.*}} : tensor<4x3x1x1xbf16> -> tensor<4x3x1x1xf32>
// CHECK: %[[FLAT:.*]] = dlc.reshape %[[WIDE]] : tensor<4x3x1x1xf32> -> tensor<4x3xf32>
// CHECK: dlc.softmax_cross_entropy %[[FLAT]]
func.func @main(%x: tensor<4x3x1x1xbf16>) -> tensor<4x3x1x1xbf16> {
  return %x : tensor<4x3x1x1xbf16>
}

// -----

// A label for each position; the classes come last.
// CHECK-LABEL: func.func @main(
// CHECK-SAME: %[[X:.*]]: tensor<4x3x2xf32>, %[[LABELS:.*]]: tensor<4x2xi32> {dlc.name = "labels"})
// CHECK: %[[LAST:.*]] = dlc.transpose %[[X]] perm = [0, 2, 1]
// CHECK: %[[ROWS:.*]] = dlc.reshape %[[LAST]] : tensor<4x2x3xf32> -> tensor<8x3xf32>
// CHECK: %[[FLAT:.*]] = dlc.reshape %[[LABELS]] : tensor<4x2xi32> -> tensor<8xi32>
// CHECK: dlc.softmax_cross_entropy %[[ROWS]], %[[FLAT]]
func.func @main(%x: tensor<4x3x2xf32>) -> (tensor<4x3x2xf32> {dlc.name = "y"}) {
  return %x : tensor<4x3x2xf32>
}

// -----

func.func @main(%x: tensor<4xf32>) -> (tensor<4xf32> {dlc.name = "y"}) {
  // expected-error @+1 {{softmax-cross-entropy needs classes behind the batch, as in [N, C] or [N, C, H, W] with axis=1 or [N, T, C] with axis=-1; output 'y' is 4xf32 and axis is 1}}
  %0 = dlc.relu %x : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// expected-error @+1 {{a loss looks at one output, but the model has 2: 'result0', 'result1'; choose with --loss softmax-cross-entropy,output=NAME}}
func.func @main(%x: tensor<4x3xf32>) -> (tensor<4x3xf32>, tensor<4x3xf32>) {
  return %x, %x : tensor<4x3xf32>, tensor<4x3xf32>
}

// -----

// expected-error @below {{expected a function @main, or one public function; found @a, @b}}
module {
  func.func @a(%x: tensor<4x3xf32>) -> tensor<4x3xf32> {
    return %x : tensor<4x3xf32>
  }
  func.func @b(%x: tensor<4x3xf32>) -> tensor<4x3xf32> {
    return %x : tensor<4x3xf32>
  }
}

// -----

func.func @main(%x: tensor<4x3xi32>) -> (tensor<4x3xi32> {dlc.name = "y"}) {
  // expected-error @+1 {{a loss needs floats of known shape, but output 'y' is 4x3xi32}}
  %0 = dlc.relu %x : tensor<4x3xi32>
  return %0 : tensor<4x3xi32>
}

// -----

// expected-error @+1 {{the model has an input 'labels' already; the loss adds one of that name, or of another: --loss softmax-cross-entropy,labels=NAME}}
func.func @main(%labels: tensor<4x3xf32> {dlc.name = "labels"}) -> tensor<4x3xf32> {
  return %labels : tensor<4x3xf32>
}
