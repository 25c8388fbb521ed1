// RUN: dlc-opt %s -split-input-file -pass-pipeline='builtin.module(func.func(dlc-fuse),dlc-body,dlc-plan)' | FileCheck %s

// A chain: the two activations never live at the same time as a third, and a map overwrites its own input.
// CHECK: dlc.plan @main target = <"cpu", "x86-64-v3"> arena = 128 {
// CHECK: %[[X:.*]] = dlc.buffer input "x" at 0
// CHECK: %[[A:.*]] = dlc.buffer arena "" at 0
// CHECK: dlc.step "launch" @dot_0(%[[X]], %[[A]]) outputs = 1 deps = []
// CHECK: dlc.step "launch" @dot_0({{.*}}) outputs = 1 deps = [0]
// CHECK: %[[Y:.*]] = dlc.buffer output "y" at 0
// CHECK: dlc.step "launch" @dot_0({{.*}}, %[[Y]]) outputs = 1 deps = [1]
// CHECK: outputs = [{name = "y", type = tensor<4x4xf32>}], peak = 128
func.func @main(%x: tensor<4x4xf32> {dlc.name = "x"}) -> (tensor<4x4xf32> {dlc.name = "y"}) {
  %0 = dlc.dot_general %x, %x batch = [] x [] contract = [1] x [0] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %1 = dlc.dot_general %0, %0 batch = [] x [] contract = [1] x [0] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %2 = dlc.dot_general %1, %1 batch = [] x [] contract = [1] x [0] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  return %2 : tensor<4x4xf32>
}

// -----

// A state is overwritten in place; the reader of its old value comes first, though it was written later.
// CHECK: %[[W:.*]] = dlc.buffer state "w" at 0
// CHECK: dlc.step "launch" @dot_0(%{{.*}}, %[[W]], %{{.*}}) outputs = 1 deps = []
// CHECK: %[[NEW:.*]] = dlc.buffer state "w" at 0
// CHECK: dlc.step "launch" @add_0(%[[W]], %{{.*}}, %[[NEW]]) outputs = 1 deps = [0]
// CHECK-NOT: dlc.step "copy"
dlc.weight @w : tensor<4x4xf32> = #dlc.rule<"zeros">
func.func @main(%x: tensor<4x4xf32> {dlc.name = "x"}, %w: tensor<4x4xf32> {dlc.state = @w})
    -> (tensor<4x4xf32> {dlc.name = "y"}, tensor<4x4xf32> {dlc.state = @w}) {
  %0 = dlc.add %w, %x : tensor<4x4xf32>
  %1 = dlc.dot_general %x, %w batch = [] x [] contract = [1] x [0] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  return %1, %0 : tensor<4x4xf32>, tensor<4x4xf32>
}

// -----

// Every element of the new state needs all of the old: it is made elsewhere and copied at the end.
// CHECK: dlc.step "launch" @transpose_0(%{{.*}}, %[[TEMP:.*]]) outputs = 1
// CHECK: dlc.step "copy"(%[[TEMP]], %{{.*}}) outputs = 1 deps = [0]
dlc.weight @w : tensor<4x4xf32> = #dlc.rule<"zeros">
func.func @main(%w: tensor<4x4xf32> {dlc.state = @w}) -> (tensor<4x4xf32> {dlc.state = @w}) {
  %0 = dlc.transpose %w perm = [1, 0] : tensor<4x4xf32> -> tensor<4x4xf32>
  return %0 : tensor<4x4xf32>
}

// -----

// A result that is an input, and one that is returned twice, are copies.
// CHECK-COUNT-2: dlc.step "copy"
func.func @main(%x: tensor<4xf32> {dlc.name = "x"}) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) {
  %0 = dlc.exp %x : tensor<4xf32>
  return %x, %0, %0 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
}

// -----

// What is laid side by side is written there at once: two parts of one place, which do not wait for each other.
// CHECK: dlc.plan @main target = <"cpu", "x86-64-v3"> arena = 128 {
// CHECK: %[[A:.*]] = dlc.buffer arena "" at 0
// CHECK: dlc.step "launch" @dot_0(%{{.*}}, %{{.*}}, %[[A]]) outputs = 1 deps = []
// CHECK: %[[B:.*]] = dlc.buffer arena "" at 64
// CHECK: dlc.step "launch" @dot_1(%{{.*}}, %{{.*}}, %[[B]]) outputs = 1 deps = []
// CHECK: %[[BOTH:.*]] = dlc.buffer arena "" at 0 name {{.*}} : tensor<8x4xf32>
// CHECK: dlc.step "launch" @dot_2(%[[BOTH]], %{{.*}}) outputs = 1 deps = [0, 1]
// CHECK-NOT: dlc.step "copy"
func.func @main(%x: tensor<4x4xf32>, %y: tensor<4x4xf32>) -> tensor<8x4xf32> {
  %0 = dlc.dot_general %x, %y batch = [] x [] contract = [1] x [0] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %1 = dlc.dot_general %x, %y batch = [] x [] contract = [0] x [0] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %2 = dlc.concat %0, %1 axis = 0 : tensor<4x4xf32>, tensor<4x4xf32> -> tensor<8x4xf32>
  %3 = dlc.dot_general %2, %y batch = [] x [] contract = [1] x [0] : (tensor<8x4xf32>, tensor<4x4xf32>) -> tensor<8x4xf32>
  return %3 : tensor<8x4xf32>
}

// -----

// The same of a result: its parts are parts of the output.
// CHECK: dlc.buffer output "z" at 0
// CHECK: dlc.buffer output "z" at 64
// CHECK-NOT: dlc.step "copy"
func.func @main(%x: tensor<4x4xf32>, %y: tensor<4x4xf32>) -> (tensor<8x4xf32> {dlc.name = "z"}) {
  %0 = dlc.dot_general %x, %y batch = [] x [] contract = [1] x [0] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %1 = dlc.dot_general %x, %y batch = [] x [] contract = [0] x [0] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %2 = dlc.concat %0, %1 axis = 0 : tensor<4x4xf32>, tensor<4x4xf32> -> tensor<8x4xf32>
  return %2 : tensor<8x4xf32>
}
