// RUN: dlc-opt %s --canonicalize | FileCheck %s

// CHECK-LABEL: @broadcast_repeats_nothing
// CHECK: dlc.reshape %{{.*}} : tensor<3xf32> -> tensor<1x3x1xf32>
func.func @broadcast_repeats_nothing(%x: tensor<3xf32>) -> tensor<1x3x1xf32> {
  %0 = dlc.broadcast %x dims = [1] : tensor<3xf32> -> tensor<1x3x1xf32>
  return %0 : tensor<1x3x1xf32>
}

// CHECK-LABEL: @broadcast_of_broadcast
// CHECK-NEXT: dlc.broadcast %{{.*}} dims = [2] : tensor<3xf32> -> tensor<4x2x3xf32>
func.func @broadcast_of_broadcast(%x: tensor<3xf32>) -> tensor<4x2x3xf32> {
  %0 = dlc.broadcast %x dims = [1] : tensor<3xf32> -> tensor<2x3xf32>
  %1 = dlc.broadcast %0 dims = [1, 2] : tensor<2x3xf32> -> tensor<4x2x3xf32>
  return %1 : tensor<4x2x3xf32>
}

// CHECK-LABEL: @broadcast_of_reshape
// CHECK-NEXT: dlc.broadcast %{{.*}} dims = [1] : tensor<3xf32> -> tensor<4x3x5x5xf32>
func.func @broadcast_of_reshape(%x: tensor<3xf32>) -> tensor<4x3x5x5xf32> {
  %0 = dlc.reshape %x : tensor<3xf32> -> tensor<1x3x1x1xf32>
  %1 = dlc.broadcast %0 dims = [0, 1, 2, 3] : tensor<1x3x1x1xf32> -> tensor<4x3x5x5xf32>
  return %1 : tensor<4x3x5x5xf32>
}

// A bias that the file keeps as 3x1x1 is a vector along the channels.
// CHECK-LABEL: @broadcast_without_ones
// CHECK-NEXT: %[[V:.*]] = dlc.reshape %arg0 : tensor<3x1x1xf32> -> tensor<3xf32>
// CHECK-NEXT: dlc.broadcast %[[V]] dims = [1] : tensor<3xf32> -> tensor<4x3x5x5xf32>
func.func @broadcast_without_ones(%x: tensor<3x1x1xf32>) -> tensor<4x3x5x5xf32> {
  %0 = dlc.broadcast %x dims = [1, 2, 3] : tensor<3x1x1xf32> -> tensor<4x3x5x5xf32>
  return %0 : tensor<4x3x5x5xf32>
}

// The reshape moves elements between dimensions: it stays.
// CHECK-LABEL: @broadcast_of_real_reshape
// CHECK: dlc.reshape
func.func @broadcast_of_real_reshape(%x: tensor<6xf32>) -> tensor<4x2x3xf32> {
  %0 = dlc.reshape %x : tensor<6xf32> -> tensor<2x3xf32>
  %1 = dlc.broadcast %0 dims = [1, 2] : tensor<2x3xf32> -> tensor<4x2x3xf32>
  return %1 : tensor<4x2x3xf32>
}

// CHECK-LABEL: @reshape_and_transpose_of_broadcast
// CHECK-DAG: dlc.broadcast %arg0 dims = [] : tensor<f32> -> tensor<6xf32>
// CHECK-DAG: dlc.broadcast %arg1 dims = [0] : tensor<3xf32> -> tensor<3x2xf32>
// CHECK-NOT: dlc.reshape
// CHECK-NOT: dlc.transpose
func.func @reshape_and_transpose_of_broadcast(%s: tensor<f32>, %x: tensor<3xf32>) -> (tensor<6xf32>, tensor<3x2xf32>) {
  %0 = dlc.broadcast %s dims = [] : tensor<f32> -> tensor<2x3xf32>
  %1 = dlc.reshape %0 : tensor<2x3xf32> -> tensor<6xf32>
  %2 = dlc.broadcast %x dims = [1] : tensor<3xf32> -> tensor<2x3xf32>
  %3 = dlc.transpose %2 perm = [1, 0] : tensor<2x3xf32> -> tensor<3x2xf32>
  return %1, %3 : tensor<6xf32>, tensor<3x2xf32>
}

// CHECK-LABEL: @moves_only_ones
// CHECK-NEXT: dlc.reshape %arg0 : tensor<2x1x3xf32> -> tensor<1x2x3xf32>
// CHECK-NEXT: dlc.reshape %arg0 : tensor<2x1x3xf32> -> tensor<2x3xf32>
// CHECK-NEXT: return
func.func @moves_only_ones(%x: tensor<2x1x3xf32>) -> (tensor<1x2x3xf32>, tensor<2x3xf32>) {
  %0 = dlc.transpose %x perm = [1, 0, 2] : tensor<2x1x3xf32> -> tensor<1x2x3xf32>
  %1 = dlc.reduce max %x dims = [1] : tensor<2x1x3xf32> -> tensor<2x3xf32>
  return %0, %1 : tensor<1x2x3xf32>, tensor<2x3xf32>
}

// CHECK-LABEL: @nothing_to_do
// CHECK-NEXT: return %arg0, %arg0, %arg0
func.func @nothing_to_do(%x: tensor<2x3xf32>, %none: tensor<0x3xf32>) -> (tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>) {
  %v = dlc.constant dense<1.0> : tensor<f32>
  %0 = dlc.pad %x, %v low = [0, 0] high = [0, 0] interior = [0, 0] : tensor<2x3xf32>, tensor<f32> -> tensor<2x3xf32>
  %1 = dlc.slice %x start = [0, 0] stride = [1, 1] : tensor<2x3xf32> -> tensor<2x3xf32>
  %2 = dlc.concat %none, %x axis = 0 : tensor<0x3xf32>, tensor<2x3xf32> -> tensor<2x3xf32>
  return %0, %1, %2 : tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>
}

// CHECK-LABEL: @dot_of_transposes
// CHECK-NEXT: dlc.dot_general %arg0, %arg1 batch = [] x [] contract = [0] x [1] : (tensor<5x3xf32>, tensor<4x5xf32>) -> tensor<3x4xf32>
// CHECK-NEXT: return
func.func @dot_of_transposes(%x: tensor<5x3xf32>, %y: tensor<4x5xf32>) -> tensor<3x4xf32> {
  %0 = dlc.transpose %x perm = [1, 0] : tensor<5x3xf32> -> tensor<3x5xf32>
  %1 = dlc.transpose %y perm = [1, 0] : tensor<4x5xf32> -> tensor<5x4xf32>
  %2 = dlc.dot_general %0, %1 batch = [] x [] contract = [1] x [0] : (tensor<3x5xf32>, tensor<5x4xf32>) -> tensor<3x4xf32>
  return %2 : tensor<3x4xf32>
}

// Free dimensions that change their order need the transpose.
// CHECK-LABEL: @dot_of_turned_free_dims
// CHECK: dlc.transpose
func.func @dot_of_turned_free_dims(%x: tensor<2x3x5xf32>, %y: tensor<5x4xf32>) -> tensor<3x2x4xf32> {
  %0 = dlc.transpose %x perm = [1, 0, 2] : tensor<2x3x5xf32> -> tensor<3x2x5xf32>
  %1 = dlc.dot_general %0, %y batch = [] x [] contract = [2] x [0] : (tensor<3x2x5xf32>, tensor<5x4xf32>) -> tensor<3x2x4xf32>
  return %1 : tensor<3x2x4xf32>
}

// CHECK-LABEL: @transpose_of_dot
// CHECK-NEXT: dlc.dot_general %arg1, %arg0 batch = [0] x [0] contract = [1] x [2]
// CHECK-NEXT: return
func.func @transpose_of_dot(%x: tensor<2x3x5xf32>, %y: tensor<2x5x4xf32>) -> tensor<2x4x3xf32> {
  %0 = dlc.dot_general %x, %y batch = [0] x [0] contract = [2] x [1] : (tensor<2x3x5xf32>, tensor<2x5x4xf32>) -> tensor<2x3x4xf32>
  %1 = dlc.transpose %0 perm = [0, 2, 1] : tensor<2x3x4xf32> -> tensor<2x4x3xf32>
  return %1 : tensor<2x4x3xf32>
}

// CHECK-LABEL: @conv_of_pad
// CHECK-NEXT: dlc.conv %arg0, %arg1 strides = [1, 1] low = [1, 2] high = [0, 2]
func.func @conv_of_pad(%x: tensor<1x2x4x4xf32>, %w: tensor<3x2x2x2xf32>) -> tensor<1x3x4x7xf32> {
  %v = dlc.constant dense<0.0> : tensor<f32>
  %0 = dlc.pad %x, %v low = [0, 0, 1, 1] high = [0, 0, 0, 1] interior = [0, 0, 0, 0] : tensor<1x2x4x4xf32>, tensor<f32> -> tensor<1x2x5x6xf32>
  %1 = dlc.conv %0, %w strides = [1, 1] low = [0, 1] high = [0, 1] lhs_dilation = [1, 1] rhs_dilation = [1, 1] : (tensor<1x2x5x6xf32>, tensor<3x2x2x2xf32>) -> tensor<1x3x4x7xf32>
  return %1 : tensor<1x3x4x7xf32>
}

// CHECK-LABEL: @conv_of_pad_with_ones
// CHECK: dlc.pad
func.func @conv_of_pad_with_ones(%x: tensor<1x2x4xf32>, %w: tensor<3x2x2xf32>) -> tensor<1x3x5xf32> {
  %v = dlc.constant dense<1.0> : tensor<f32>
  %0 = dlc.pad %x, %v low = [0, 0, 1] high = [0, 0, 1] interior = [0, 0, 0] : tensor<1x2x4xf32>, tensor<f32> -> tensor<1x2x6xf32>
  %1 = dlc.conv %0, %w strides = [1] low = [0] high = [0] lhs_dilation = [1] rhs_dilation = [1] : (tensor<1x2x6xf32>, tensor<3x2x2xf32>) -> tensor<1x3x5xf32>
  return %1 : tensor<1x3x5xf32>
}

// CHECK-LABEL: @identities
// CHECK-NEXT: return %arg0, %arg0, %arg0, %arg0, %arg1, %arg1
func.func @identities(%x: tensor<3xf32>, %i: tensor<3xi32>)
    -> (tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xi32>, tensor<3xi32>) {
  %one = dlc.constant dense<1.0> : tensor<3xf32>
  %zero = dlc.constant dense<0.0> : tensor<3xf32>
  %minus = dlc.constant dense<-0.0> : tensor<3xf32>
  %izero = dlc.constant dense<0> : tensor<3xi32>
  %0 = dlc.mul %one, %x : tensor<3xf32>
  %1 = dlc.div %x, %one : tensor<3xf32>
  %2 = dlc.sub %x, %zero : tensor<3xf32>
  %3 = dlc.add %minus, %x : tensor<3xf32>
  %4 = dlc.add %i, %izero : tensor<3xi32>
  %5 = dlc.not %i : tensor<3xi32>
  %6 = dlc.not %5 : tensor<3xi32>
  return %0, %1, %2, %3, %4, %6 : tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xi32>, tensor<3xi32>
}

// -0 + 0 is 0, NaN * 0 is NaN, x - -0 is 0 for x = -0: none of these is an identity of floats.
// CHECK-LABEL: @no_identities
// CHECK: dlc.add
// CHECK: dlc.mul
// CHECK: dlc.sub
func.func @no_identities(%x: tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) {
  %zero = dlc.constant dense<0.0> : tensor<3xf32>
  %minus = dlc.constant dense<-0.0> : tensor<3xf32>
  %0 = dlc.add %x, %zero : tensor<3xf32>
  %1 = dlc.mul %x, %zero : tensor<3xf32>
  %2 = dlc.sub %x, %minus : tensor<3xf32>
  return %0, %1, %2 : tensor<3xf32>, tensor<3xf32>, tensor<3xf32>
}

// CHECK-LABEL: @negations
// CHECK-NEXT: %[[N:.*]] = dlc.neg %arg0
// CHECK-NEXT: return %arg0, %[[N]]
func.func @negations(%x: tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>) {
  %minus = dlc.constant dense<-0.0> : tensor<3xf32>
  %0 = dlc.neg %x : tensor<3xf32>
  %1 = dlc.neg %0 : tensor<3xf32>
  %2 = dlc.sub %minus, %x : tensor<3xf32>
  return %1, %2 : tensor<3xf32>, tensor<3xf32>
}

// CHECK-LABEL: @selects
// CHECK-NEXT: return %arg2, %arg1
func.func @selects(%c: tensor<3xi1>, %x: tensor<3xf32>, %y: tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>) {
  %false = dlc.constant dense<false> : tensor<3xi1>
  %0 = dlc.select %false, %x, %y : tensor<3xi1>, tensor<3xf32>
  %1 = dlc.select %c, %x, %x : tensor<3xi1>, tensor<3xf32>
  return %0, %1 : tensor<3xf32>, tensor<3xf32>
}

// CHECK-LABEL: @casts
// CHECK-DAG: %[[A:.*]] = dlc.cast %arg0 : tensor<3xf16> -> tensor<3xf64>
// CHECK-DAG: %[[B:.*]] = dlc.cast %arg1 : tensor<3xi8> -> tensor<3xui16>
// CHECK-DAG: %[[WIDE:.*]] = dlc.cast %arg1 : tensor<3xi8> -> tensor<3xf32>
// CHECK-DAG: %[[C:.*]] = dlc.cast %[[WIDE]] : tensor<3xf32> -> tensor<3xui8>
// CHECK-DAG: %[[NARROW:.*]] = dlc.cast %arg2 : tensor<3xf32> -> tensor<3xf16>
// CHECK-DAG: %[[D:.*]] = dlc.cast %[[NARROW]] : tensor<3xf16> -> tensor<3xf32>
// CHECK: return %[[A]], %arg0, %[[B]], %[[C]], %[[D]]
func.func @casts(%h: tensor<3xf16>, %i: tensor<3xi8>, %f: tensor<3xf32>)
    -> (tensor<3xf64>, tensor<3xf16>, tensor<3xui16>, tensor<3xui8>, tensor<3xf32>) {
  %0 = dlc.cast %h : tensor<3xf16> -> tensor<3xf32>
  %1 = dlc.cast %0 : tensor<3xf32> -> tensor<3xf64>
  %2 = dlc.cast %0 : tensor<3xf32> -> tensor<3xf16>
  %3 = dlc.cast %i : tensor<3xi8> -> tensor<3xi32>
  %4 = dlc.cast %3 : tensor<3xi32> -> tensor<3xui16>
  // -1 saturates to 0 by way of f32; directly it would wrap to 255.
  %5 = dlc.cast %i : tensor<3xi8> -> tensor<3xf32>
  %6 = dlc.cast %5 : tensor<3xf32> -> tensor<3xui8>
  // Rounds in between.
  %7 = dlc.cast %f : tensor<3xf32> -> tensor<3xf16>
  %8 = dlc.cast %7 : tensor<3xf16> -> tensor<3xf32>
  return %1, %2, %4, %6, %8 : tensor<3xf64>, tensor<3xf16>, tensor<3xui16>, tensor<3xui8>, tensor<3xf32>
}

// Scalar expressions, element by element; signs and widths as in kernels.
// CHECK-LABEL: @constants
// CHECK-DAG: dlc.constant dense<[5.000000e+00, 7.000000e+00]> : tensor<2xf32>
// CHECK-DAG: dlc.constant dense<2.000000e+00> : tensor<1000x1000xf32>
// CHECK-DAG: dlc.constant dense<[true, false]> : tensor<2xi1>
// CHECK-DAG: dlc.constant dense<[127, 0]> : tensor<2xui8>
// CHECK-DAG: dlc.constant dense<[255, 0]> : tensor<2xui8>
// CHECK-DAG: dlc.constant dense<1.250000e-01> : tensor<2xf16>
// CHECK-NOT: dlc.add
// CHECK-NOT: dlc.div
// CHECK-NOT: dlc.cast
func.func @constants() -> (tensor<2xf32>, tensor<1000x1000xf32>, tensor<2xi1>, tensor<2xui8>, tensor<2xui8>, tensor<2xf16>) {
  %a = dlc.constant dense<[2.0, 3.0]> : tensor<2xf32>
  %b = dlc.constant dense<[3.0, 4.0]> : tensor<2xf32>
  %0 = dlc.add %a, %b : tensor<2xf32>
  %big = dlc.constant dense<4.0> : tensor<1000x1000xf32>
  %1 = dlc.sqrt %big : tensor<1000x1000xf32>
  %two = dlc.constant dense<2.0> : tensor<2xf32>
  %2 = dlc.compare le %a, %two : tensor<2xf32> -> tensor<2xi1>
  %u = dlc.constant dense<[255, 7]> : tensor<2xui8>
  %v = dlc.constant dense<[2, 0]> : tensor<2xui8>
  %3 = dlc.div %u, %v : tensor<2xui8>
  %wide = dlc.constant dense<[1000.0, 0x7FC00000]> : tensor<2xf32>
  %4 = dlc.cast %wide : tensor<2xf32> -> tensor<2xui8>
  %eighth = dlc.constant dense<0.125> : tensor<2xf32>
  %5 = dlc.cast %eighth : tensor<2xf32> -> tensor<2xf16>
  return %0, %1, %2, %3, %4, %5 : tensor<2xf32>, tensor<1000x1000xf32>, tensor<2xi1>, tensor<2xui8>, tensor<2xui8>, tensor<2xf16>
}

// A window of one element: what lies between the elements of its operand is nothing behind it, too.
// CHECK-LABEL: @pointwise_over_spread
// CHECK: %[[SMALL:.*]] = dlc.conv %arg0, %arg1 strides = [1, 1] low = [0, 0] high = [0, 0] lhs_dilation = [1, 1]
// CHECK-SAME: -> tensor<1x3x4x4xf32>
// CHECK: dlc.pad %[[SMALL]], %{{.*}} low = [0, 0, 0, 1] high = [0, 0, 1, 0] interior = [0, 0, 1, 2]
func.func @pointwise_over_spread(%x: tensor<1x2x4x4xf32>, %w: tensor<3x2x1x1xf32>) -> tensor<1x3x8x11xf32> {
  %0 = dlc.conv %x, %w strides = [1, 1] low = [0, 1] high = [1, 0] lhs_dilation = [2, 3] rhs_dilation = [1, 1] : (tensor<1x2x4x4xf32>, tensor<3x2x1x1xf32>) -> tensor<1x3x8x11xf32>
  return %0 : tensor<1x3x8x11xf32>
}
