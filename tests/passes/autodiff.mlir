// RUN: dlc-opt %s --split-input-file --dlc-autodiff --verify-diagnostics --mlir-print-debuginfo | FileCheck %s

// A weight that is read twice has one gradient, summed in reverse program order; gradients of what no weight is behind
// (here %x) are not built; locations wrap the source's.
dlc.weight @w : tensor<4xf32> = #dlc.rule<"zeros">
dlc.weight frozen @table : tensor<4xf32> = #dlc.rule<"zeros">
dlc.weight @ids : tensor<4xi32> = #dlc.rule<"zeros">
// CHECK-LABEL: func.func @main(
// CHECK-SAME: %[[X:[a-z0-9]*]]: tensor<4xf32>
// CHECK-SAME: -> (tensor<f32> {dlc.name = "loss"}, tensor<4xf32> {dlc.gradient = @w})
func.func @main(%x: tensor<4xf32>) -> (tensor<f32> {dlc.name = "loss"}) {
  %w = dlc.get_weight @w : tensor<4xf32>
  %again = dlc.get_weight @w : tensor<4xf32>
  %t = dlc.get_weight @table : tensor<4xf32>
  %0 = dlc.mul %w, %x : tensor<4xf32> loc("scale")
  %1 = dlc.mul %again, %t : tensor<4xf32> loc("table")
  %2 = dlc.add %0, %1 : tensor<4xf32> loc("sum")
  %3 = dlc.reduce sum %2 dims = [0] : tensor<4xf32> -> tensor<f32> loc("total")
  return %3 : tensor<f32>
}
// CHECK: %[[W:.*]] = dlc.get_weight @w
// CHECK: %[[T:.*]] = dlc.get_weight @table
// CHECK: %[[LOSS:.*]] = dlc.reduce
// CHECK: %[[ONE:.*]] = dlc.constant dense<1.0{{.*}}> : tensor<f32>
// CHECK: %[[G:.*]] = dlc.broadcast %[[ONE]] dims = []{{.*}} loc(#[[TOTAL:.*]])
// CHECK-NEXT: %[[GT:.*]] = dlc.mul %[[G]], %[[T]] {{.*}} loc(#[[TABLE:.*]])
// CHECK-NEXT: %[[GX:.*]] = dlc.mul %[[G]], %[[X]] {{.*}} loc(#[[SCALE:.*]])
// CHECK-NEXT: %[[SUM:.*]] = dlc.add %[[GT]], %[[GX]]
// CHECK-NEXT: return %[[LOSS]], %[[SUM]]
// CHECK-DAG: #[[TOTAL]] = loc("grad(total)"(#{{.*}}))
// CHECK-DAG: #[[TABLE]] = loc("grad(table)"(#{{.*}}))
// CHECK-DAG: #[[SCALE]] = loc("grad(scale)"(#{{.*}}))

// -----

// A composite with a gradient of its own stays whole; one without is decomposed, in the forward part too.
dlc.weight @w : tensor<2x4xf32> = #dlc.rule<"zeros">
dlc.weight @s : tensor<4xf32> = #dlc.rule<"zeros">
// CHECK-LABEL: func.func @main(
func.func @main() -> tensor<f32> {
  %w = dlc.get_weight @w : tensor<2x4xf32>
  %s = dlc.get_weight @s : tensor<4xf32>
  // CHECK-NOT: dlc.layer_norm
  // CHECK: dlc.rsqrt
  // CHECK: dlc.softmax
  // CHECK: -5.0{{.*}}e-01
  %0 = dlc.layer_norm %w, %s, %s epsilon = 1.0e-5 axis = 1 : tensor<2x4xf32>, tensor<4xf32>
  %1 = dlc.softmax %0 axis = 1 : tensor<2x4xf32>
  %2 = dlc.reduce max %1 dims = [0, 1] : tensor<2x4xf32> -> tensor<f32>
  return %2 : tensor<f32>
}

// -----

// Steps and integers stop gradients without a word.
dlc.weight @w : tensor<4xf32> = #dlc.rule<"zeros">
// CHECK-LABEL: func.func @main(
// CHECK: return %{{.*}}, %{{.*}} : tensor<f32>, tensor<4xf32>
func.func @main(%x: tensor<4xf32>) -> tensor<f32> {
  %w = dlc.get_weight @w : tensor<4xf32>
  %0 = dlc.compare gt %w, %x : tensor<4xf32> -> tensor<4xi1>
  %1 = dlc.select %0, %w, %x : tensor<4xi1>, tensor<4xf32>
  %2 = dlc.floor %w : tensor<4xf32>
  %3 = dlc.add %1, %2 : tensor<4xf32>
  %4 = dlc.reduce sum %3 dims = [0] : tensor<4xf32> -> tensor<f32>
  return %4 : tensor<f32>
}

// -----

// An operator without a gradient where one is needed.
dlc.weight @w : tensor<4xf32> = #dlc.rule<"zeros">
func.func @main() -> tensor<f32> {
  %w = dlc.get_weight @w : tensor<4xf32>
  %go = dlc.constant dense<true> : tensor<i1>
  // expected-error @+1 {{'dlc.while' op has no gradient: nothing bounds its number of steps, and what each step computes is kept for the way back: give it a limit (ONNX: the trip count M of Loop, as a constant)}}
  %r:2 = dlc.while(%go, %w) carried = 2 limit = -1 {conditional} : (tensor<i1>, tensor<4xf32>) -> (tensor<i1>, tensor<4xf32>) {
  ^bb0(%g: tensor<i1>, %a: tensor<4xf32>):
    %0 = dlc.mul %a, %a : tensor<4xf32>
    %1 = dlc.slice %0 start = [0] stride = [1] : tensor<4xf32> -> tensor<1xf32>
    %2 = dlc.reshape %1 : tensor<1xf32> -> tensor<f32>
    %3 = dlc.constant dense<4.0> : tensor<f32>
    %4 = dlc.compare lt %2, %3 : tensor<f32> -> tensor<i1>
    dlc.yield %4, %0 : tensor<i1>, tensor<4xf32>
  }
  %0 = dlc.reduce sum %r#1 dims = [0] : tensor<4xf32> -> tensor<f32>
  return %0 : tensor<f32>
}

// -----

// It is none of training's business where no weight is behind it.
dlc.weight @w : tensor<f32> = #dlc.rule<"zeros">
// CHECK-LABEL: func.func @main(
// CHECK: dlc.reduce prod
func.func @main(%x: tensor<4xf32>) -> tensor<f32> {
  %w = dlc.get_weight @w : tensor<f32>
  %0 = dlc.reduce prod %x dims = [0] : tensor<4xf32> -> tensor<f32>
  %1 = dlc.mul %0, %w : tensor<f32>
  return %1 : tensor<f32>
}

// -----

dlc.weight @w : tensor<f32> = #dlc.rule<"zeros">
dlc.weight @idle : tensor<f32> = #dlc.rule<"zeros">
func.func @main(%x: tensor<f32>) -> tensor<f32> {
  %w = dlc.get_weight @w : tensor<f32>
  // expected-remark @+1 {{the loss does not depend on this weight: it will not be trained}}
  %idle = dlc.get_weight @idle : tensor<f32>
  %1 = dlc.mul %x, %w : tensor<f32>
  return %1 : tensor<f32>
}

// -----

dlc.weight frozen @w : tensor<f32> = #dlc.rule<"zeros">
// expected-error @+1 {{the loss depends on no weight that can be trained}}
func.func @main(%x: tensor<f32>) -> tensor<f32> {
  %w = dlc.get_weight @w : tensor<f32>
  %1 = dlc.mul %x, %w : tensor<f32>
  return %1 : tensor<f32>
}

// -----

// expected-error @+1 {{autodiff needs one output, a float scalar (run dlc-loss first), found 4xf32}}
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}

// -----

// A loop stays one: it hands out what its gradient reads, as rows, and a second one walks back over them. Weights that
// bodies read are captures, whose gradients are summed up.
dlc.weight @looped : tensor<4xf32> = #dlc.rule<"zeros">
// CHECK-LABEL: dlc.weight @looped :
// CHECK: func.func @main(
// CHECK-SAME: dlc.gradient = @looped
// CHECK: %[[W:.*]] = dlc.get_weight @looped
// CHECK: dlc.while(%{{.*}}, %[[W]]) carried = 1 limit = 2000 : (tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<2000x4xf32>)
// CHECK: %[[BACK:.*]]:2 = dlc.while(%{{.*}}) carried = 2 limit = 2000 {reversed = array<i64: 0>, sequences = 1 : i64}
// CHECK: return %{{.*}}, %[[BACK]]#1
func.func @main(%x: tensor<4xf32>) -> (tensor<f32> {dlc.name = "loss"}) {
  %r = dlc.while(%x) carried = 1 limit = 2000 : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: tensor<4xf32>):
    %w = dlc.get_weight @looped : tensor<4xf32>
    %0 = dlc.mul %a, %w : tensor<4xf32>
    dlc.yield %0 : tensor<4xf32>
  }
  %3 = dlc.reduce sum %r dims = [0] : tensor<4xf32> -> tensor<f32>
  return %3 : tensor<f32>
}

// -----

// A branch's gradient is a branch, of both sides.
dlc.weight @branched : tensor<4xf32> = #dlc.rule<"zeros">
// CHECK-LABEL: dlc.weight @branched :
// CHECK: func.func @main(
// CHECK-SAME: %[[C:[a-z0-9]*]]: tensor<i1>
// CHECK: dlc.if %[[C]]
// CHECK: %[[BACK:.*]] = dlc.if %[[C]]
// CHECK: return %{{.*}}, %[[BACK]]
func.func @main(%x: tensor<4xf32>, %c: tensor<i1>) -> (tensor<f32> {dlc.name = "loss"}) {
  %r = dlc.if %c(%x) : (tensor<i1>, tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: tensor<4xf32>):
    %w = dlc.get_weight @branched : tensor<4xf32>
    %0 = dlc.mul %a, %w : tensor<4xf32>
    dlc.yield %0 : tensor<4xf32>
  } else {
  ^bb0(%a: tensor<4xf32>):
    dlc.yield %a : tensor<4xf32>
  }
  %3 = dlc.reduce sum %r dims = [0] : tensor<4xf32> -> tensor<f32>
  return %3 : tensor<f32>
}

// -----

// What is stopped gives nothing back; what is put in its place does.
dlc.weight @through : tensor<4xf32> = #dlc.rule<"zeros">
dlc.weight @v : tensor<4xf32> = #dlc.rule<"zeros">
// CHECK-LABEL: dlc.weight @through :
// CHECK: func.func @main({{.*}} -> (tensor<f32>, tensor<4xf32> {dlc.gradient = @v})
func.func @main(%x: tensor<4xf32>) -> tensor<f32> {
  // expected-remark @+1 {{the loss does not depend on this weight: it will not be trained}}
  %w = dlc.get_weight @through : tensor<4xf32>
  %v = dlc.get_weight @v : tensor<4xf32>
  %0 = dlc.stop_gradient %w : (tensor<4xf32>) -> tensor<4xf32>
  %1 = dlc.round %v : tensor<4xf32>
  %2 = dlc.stop_gradient %1 instead %v : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %3 = dlc.mul %0, %2 : tensor<4xf32>
  %4 = dlc.reduce sum %3 dims = [0] : tensor<4xf32> -> tensor<f32>
  return %4 : tensor<f32>
}
