// Several losses: each looks at its output, adds its labels, and their weighted sum is made small. Each adds its own value
// up, before its weight, a part of a batch as much as it is.
// RUN: dlc-opt %s "--dlc-loss=rule='softmax-cross-entropy,output=kinds,labels=kind;l1,output=boxes,labels=box,weight=5' parts=4" | FileCheck %s
// RUN: dlc-opt %s "--dlc-loss=rule='mean-squared-error,output=boxes,weight=2;l1,output=boxes'" | FileCheck %s --check-prefix=SHARED
// RUN: not dlc-opt %s "--dlc-loss=rule='softmax-cross-entropy,output=kinds;l1,output=boxes'" 2>&1 | FileCheck %s --check-prefix=SAME
// RUN: not dlc-opt %s "--dlc-loss=rule='l1;l1,output=boxes'" 2>&1 | FileCheck %s --check-prefix=WHICH
// RUN: not dlc-opt %s "--dlc-loss=rule='l1,output=boxes,weight=0'" 2>&1 | FileCheck %s --check-prefix=WEIGHT
// RUN: not dlc-opt %s "--dlc-loss=rule='l1,output=scores'" 2>&1 | FileCheck %s --check-prefix=NONE

// CHECK: func.func @main(%[[X:.*]]: tensor<4x3xf32> {dlc.name = "x"}, %[[KIND:.*]]: tensor<4xi32> {dlc.name = "kind"}, %[[BOX:.*]]: tensor<4x3xf32> {dlc.name = "box"}, %{{.*}}: tensor<f32> {dlc.state = @"loss.sum.softmax-cross-entropy"}, %[[BEFORE:.*]]: tensor<f32> {dlc.state = @loss.sum.l1})
// CHECK-SAME: -> (tensor<f32> {dlc.name = "loss"}, tensor<f32> {dlc.state = @"loss.sum.softmax-cross-entropy"}, tensor<f32> {dlc.state = @loss.sum.l1})
// CHECK: %[[FIRST:.*]] = dlc.softmax_cross_entropy %{{.*}}, %[[KIND]]
// CHECK: dlc.sub %{{.*}}, %[[BOX]]
// CHECK: %[[FIVE:.*]] = dlc.constant dense<5.000000e+00> : tensor<f32>
// CHECK: %[[WEIGHTED:.*]] = dlc.mul %[[OWN:.*]], %[[FIVE]]
// CHECK: %[[SUM:.*]] = dlc.add %[[FIRST]], %[[WEIGHTED]]
// CHECK: %[[QUARTER:.*]] = dlc.constant dense<2.500000e-01>
// CHECK: dlc.mul %[[OWN]], %{{.*}} : tensor<f32>
// CHECK: %[[AFTER:.*]] = dlc.add %[[BEFORE]], %{{.*}}
// CHECK: return %[[SUM]], %{{.*}}, %[[AFTER]]

// SHARED: func.func @main(%{{.*}}: tensor<4x3xf32> {dlc.name = "x"}, %{{.*}}: tensor<4x3xf32> {dlc.name = "labels"}, %{{.*}}: tensor<f32> {dlc.state = @"loss.sum.mean-squared-error"}, %{{.*}}: tensor<f32> {dlc.state = @loss.sum.l1}) -> (tensor<f32>
// SAME: error: loss 'l1' of output 'boxes' takes labels of 4x3xf32, but another loss takes 'labels' as 4xi32; labels=NAME gives it others
// WHICH: error: a loss looks at one output, but the model has 2: 'kinds', 'boxes'; choose with --loss l1,output=NAME
// WEIGHT: error: loss 'l1': weight must be a number above 0, found '0'
// NONE: error: there is no output 'scores' for the loss to look at; there are 'kinds', 'boxes'
func.func @main(%x: tensor<4x3xf32> {dlc.name = "x"}) -> (tensor<4x3xf32> {dlc.name = "kinds"}, tensor<4x3xf32> {dlc.name = "boxes"}) {
  %0 = dlc.relu %x : tensor<4x3xf32>
  %1 = dlc.neg %x : tensor<4x3xf32>
  return %0, %1 : tensor<4x3xf32>, tensor<4x3xf32>
}
