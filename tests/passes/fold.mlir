// RUN: dlc-opt %s -split-input-file -pass-pipeline='builtin.module(dlc-decompose,canonicalize,dlc-fold,canonicalize,cse)' | FileCheck %s

// Batch normalisation behind a convolution with a bias: the weights are scaled, one vector is added.
// CHECK-LABEL: func.func @main
// CHECK: %[[W:.*]] = dlc.get_weight @w
// CHECK: %[[S:.*]] = dlc.broadcast %[[F:.*]] dims = [0] : tensor<4xf32> -> tensor<4x3x3x3xf32>
// CHECK: %[[WS:.*]] = dlc.mul %[[W]], %[[S]]
// CHECK: %[[C:.*]] = dlc.conv %arg0, %[[WS]]
// CHECK: %[[O:.*]] = dlc.broadcast %{{.*}} dims = [1] : tensor<4xf32> -> tensor<1x4x8x8xf32>
// CHECK: %[[R:.*]] = dlc.add %[[C]], %[[O]]
// CHECK-NEXT: return %[[R]]
module {
  dlc.weight @w : tensor<4x3x3x3xf32> = dense<1.0> : tensor<4x3x3x3xf32>
  dlc.weight @c : tensor<4xf32> = dense<0.5> : tensor<4xf32>
  dlc.weight @scale : tensor<4xf32> = dense<1.0> : tensor<4xf32>
  dlc.weight @bias : tensor<4xf32> = dense<2.0> : tensor<4xf32>
  dlc.weight @mean : tensor<4xf32> = dense<3.0> : tensor<4xf32>
  dlc.weight @variance : tensor<4xf32> = dense<4.0> : tensor<4xf32>
  func.func @main(%x: tensor<1x3x8x8xf32>) -> tensor<1x4x8x8xf32> {
    %w = dlc.get_weight @w : tensor<4x3x3x3xf32>
    %c = dlc.get_weight @c : tensor<4xf32>
    %scale = dlc.get_weight @scale : tensor<4xf32>
    %bias = dlc.get_weight @bias : tensor<4xf32>
    %mean = dlc.get_weight @mean : tensor<4xf32>
    %variance = dlc.get_weight @variance : tensor<4xf32>
    %y = dlc.conv %x, %w strides = [1, 1] low = [1, 1] high = [1, 1] lhs_dilation = [1, 1] rhs_dilation = [1, 1] : (tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32>) -> tensor<1x4x8x8xf32>
    %cb = dlc.broadcast %c dims = [1] : tensor<4xf32> -> tensor<1x4x8x8xf32>
    %yc = dlc.add %y, %cb : tensor<1x4x8x8xf32>
    %n = dlc.batch_norm %yc, %scale, %bias, %mean, %variance epsilon = 1.0e-5 axis = 1 : tensor<1x4x8x8xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
    return %n : tensor<1x4x8x8xf32>
  }
}

// -----

// A factor and an offset in front of a product, along the dimension that is summed over: the offset's share is a
// vector, too, and joins the bias.
// CHECK-LABEL: func.func @main
// CHECK: %[[D:.*]] = dlc.dot_general %arg0, %{{.*}} batch = [] x [] contract = [2] x [0]
// CHECK: %[[R:.*]] = dlc.add %[[D]], %{{.*}} : tensor<2x5x4xf32>
// CHECK-NEXT: return %[[R]]
module {
  dlc.weight @w : tensor<3x4xf32> = dense<1.0> : tensor<3x4xf32>
  dlc.weight @s : tensor<3xf32> = dense<2.0> : tensor<3xf32>
  dlc.weight @t : tensor<3xf32> = dense<3.0> : tensor<3xf32>
  dlc.weight @b : tensor<4xf32> = dense<4.0> : tensor<4xf32>
  func.func @main(%x: tensor<2x5x3xf32>) -> tensor<2x5x4xf32> {
    %w = dlc.get_weight @w : tensor<3x4xf32>
    %s = dlc.get_weight @s : tensor<3xf32>
    %t = dlc.get_weight @t : tensor<3xf32>
    %b = dlc.get_weight @b : tensor<4xf32>
    %sb = dlc.broadcast %s dims = [2] : tensor<3xf32> -> tensor<2x5x3xf32>
    %tb = dlc.broadcast %t dims = [2] : tensor<3xf32> -> tensor<2x5x3xf32>
    %m = dlc.mul %x, %sb : tensor<2x5x3xf32>
    %a = dlc.add %m, %tb : tensor<2x5x3xf32>
    %d = dlc.dot_general %a, %w batch = [] x [] contract = [2] x [0] : (tensor<2x5x3xf32>, tensor<3x4xf32>) -> tensor<2x5x4xf32>
    %bb = dlc.broadcast %b dims = [2] : tensor<4xf32> -> tensor<2x5x4xf32>
    %r = dlc.add %d, %bb : tensor<2x5x4xf32>
    return %r : tensor<2x5x4xf32>
  }
}

// -----

// Padding is not part of the offset, so a convolution keeps one that stands in front of it; a product that others read
// keeps its factor.
// CHECK-LABEL: func.func @main
// CHECK: dlc.conv %arg0, %{{.*}} strides
// CHECK: %[[M:.*]] = dlc.mul
// CHECK: return %{{.*}}, %[[M]]
module {
  dlc.weight @w : tensor<4x3x1x1xf32> = dense<1.0> : tensor<4x3x1x1xf32>
  dlc.weight @s : tensor<4xf32> = dense<2.0> : tensor<4xf32>
  func.func @main(%x: tensor<1x3x2x2xf32>) -> (tensor<1x4x2x2xf32>, tensor<1x4x2x2xf32>) {
    %w = dlc.get_weight @w : tensor<4x3x1x1xf32>
    %s = dlc.get_weight @s : tensor<4xf32>
    %y = dlc.conv %x, %w strides = [1, 1] low = [0, 0] high = [0, 0] lhs_dilation = [1, 1] rhs_dilation = [1, 1] : (tensor<1x3x2x2xf32>, tensor<4x3x1x1xf32>) -> tensor<1x4x2x2xf32>
    %sb = dlc.broadcast %s dims = [1] : tensor<4xf32> -> tensor<1x4x2x2xf32>
    %m = dlc.mul %y, %sb : tensor<1x4x2x2xf32>
    return %y, %m : tensor<1x4x2x2xf32>, tensor<1x4x2x2xf32>
  }
}
