// RUN: dlc-opt %s -split-input-file -pass-pipeline='builtin.module(dlc-recompute-cheap{flops-per-byte=2})' | FileCheck %s
// RUN: dlc-opt %s -split-input-file -pass-pipeline='builtin.module(dlc-recompute-cheap{flops-per-byte=10 epilogues=true},dlc-body)' | FileCheck %s --check-prefix=EPILOGUE

// The square is computed again from y, which is kept in any case: one value less goes from the loss to the gradient.
// CHECK-LABEL: func.func @main
// CHECK: %[[Y:.*]] = dlc.fusion "contraction"
// CHECK: %[[LOSS:.*]] = dlc.fusion "row"(%[[Y]]) : (tensor<64x16xf32>) -> tensor<f32>
// CHECK: dlc.fusion "row"(%[[Y]], %[[LOSS]])
// CHECK-NEXT: ^bb0(%[[A:.*]]: tensor<64x16xf32>, %{{.*}}: tensor<f32>)
// CHECK-NEXT: %[[SQUARE:.*]] = dlc.mul %[[A]], %[[A]]
// CHECK: dlc.mul %[[SQUARE]]
module {
  dlc.weight @w : tensor<16x32xf32> = #dlc.rule<"zeros">
  func.func @main(%x: tensor<64x32xf32>, %w: tensor<16x32xf32> {dlc.state = @w}) -> (tensor<f32>, tensor<16x32xf32> {dlc.state = @w}) {
    %y = dlc.fusion "contraction"(%x, %w) : (tensor<64x32xf32>, tensor<16x32xf32>) -> tensor<64x16xf32> {
    ^bb0(%a: tensor<64x32xf32>, %b: tensor<16x32xf32>):
      %0 = dlc.dot_general %a, %b batch = [] x [] contract = [1] x [1] : (tensor<64x32xf32>, tensor<16x32xf32>) -> tensor<64x16xf32>
      dlc.yield %0 : tensor<64x16xf32>
    }
    %f:2 = dlc.fusion "row"(%y) : (tensor<64x16xf32>) -> (tensor<64x16xf32>, tensor<f32>) {
    ^bb0(%a: tensor<64x16xf32>):
      %0 = dlc.mul %a, %a : tensor<64x16xf32>
      %1 = dlc.reduce sum %0 dims = [0, 1] : tensor<64x16xf32> -> tensor<f32>
      dlc.yield %0, %1 : tensor<64x16xf32>, tensor<f32>
    }
    %g = dlc.fusion "row"(%f#0, %y, %f#1) : (tensor<64x16xf32>, tensor<64x16xf32>, tensor<f32>) -> tensor<64x16xf32> {
    ^bb0(%a: tensor<64x16xf32>, %b: tensor<64x16xf32>, %c: tensor<f32>):
      %0 = dlc.broadcast %c dims = [] : tensor<f32> -> tensor<64x16xf32>
      %1 = dlc.mul %a, %b : tensor<64x16xf32>
      %2 = dlc.mul %1, %0 : tensor<64x16xf32>
      dlc.yield %2 : tensor<64x16xf32>
    }
    %d = dlc.fusion "contraction"(%g, %x) : (tensor<64x16xf32>, tensor<64x32xf32>) -> tensor<16x32xf32> {
    ^bb0(%a: tensor<64x16xf32>, %b: tensor<64x32xf32>):
      %0 = dlc.dot_general %a, %b batch = [] x [] contract = [0] x [0] : (tensor<64x16xf32>, tensor<64x32xf32>) -> tensor<16x32xf32>
      dlc.yield %0 : tensor<16x32xf32>
    }
    return %f#1, %d : tensor<f32>, tensor<16x32xf32>
  }
}

// -----

// Keeping y in place of its square saves nothing, and to compute an error function again takes longer than to read it.
// CHECK-LABEL: func.func @main
// CHECK: %[[Y:.*]] = dlc.fusion "contraction"
// CHECK: %[[F:.*]]:3 = dlc.fusion "row"(%[[Y]])
// CHECK: dlc.fusion "row"(%[[F]]#0)
// CHECK: dlc.fusion "row"(%[[F]]#1, 
module {
  dlc.weight @w : tensor<16x32xf32> = #dlc.rule<"zeros">
  func.func @main(%x: tensor<64x32xf32>, %w: tensor<16x32xf32> {dlc.state = @w}) -> (tensor<f32>, tensor<16x32xf32> {dlc.state = @w}) {
    %y = dlc.fusion "contraction"(%x, %w) : (tensor<64x32xf32>, tensor<16x32xf32>) -> tensor<64x16xf32> {
    ^bb0(%a: tensor<64x32xf32>, %b: tensor<16x32xf32>):
      %0 = dlc.dot_general %a, %b batch = [] x [] contract = [1] x [1] : (tensor<64x32xf32>, tensor<16x32xf32>) -> tensor<64x16xf32>
      dlc.yield %0 : tensor<64x16xf32>
    }
    %f:3 = dlc.fusion "row"(%y) : (tensor<64x16xf32>) -> (tensor<64x16xf32>, tensor<64x16xf32>, tensor<f32>) {
    ^bb0(%a: tensor<64x16xf32>):
      %0 = dlc.mul %a, %a : tensor<64x16xf32>
      %1 = dlc.erf %a : tensor<64x16xf32>
      %2 = dlc.add %0, %1 : tensor<64x16xf32>
      %3 = dlc.reduce sum %2 dims = [0, 1] : tensor<64x16xf32> -> tensor<f32>
      dlc.yield %0, %1, %3 : tensor<64x16xf32>, tensor<64x16xf32>, tensor<f32>
    }
    %g = dlc.fusion "row"(%f#0) : (tensor<64x16xf32>) -> tensor<64x16xf32> {
    ^bb0(%a: tensor<64x16xf32>):
      %0 = dlc.neg %a : tensor<64x16xf32>
      dlc.yield %0 : tensor<64x16xf32>
    }
    %h = dlc.fusion "row"(%f#1, %g) : (tensor<64x16xf32>, tensor<64x16xf32>) -> tensor<64x16xf32> {
    ^bb0(%a: tensor<64x16xf32>, %b: tensor<64x16xf32>):
      %0 = dlc.mul %a, %b : tensor<64x16xf32>
      dlc.yield %0 : tensor<64x16xf32>
    }
    %d = dlc.fusion "contraction"(%h, %x) : (tensor<64x16xf32>, tensor<64x32xf32>) -> tensor<16x32xf32> {
    ^bb0(%a: tensor<64x16xf32>, %b: tensor<64x32xf32>):
      %0 = dlc.dot_general %a, %b batch = [] x [] contract = [0] x [0] : (tensor<64x16xf32>, tensor<64x32xf32>) -> tensor<16x32xf32>
      dlc.yield %0 : tensor<16x32xf32>
    }
    return %f#2, %d : tensor<f32>, tensor<16x32xf32>
  }
}

// -----

// A product reads the square from memory: it is there, and nothing is computed again.
// CHECK-LABEL: func.func @main
// CHECK: %[[F:.*]]:2 = dlc.fusion "row"
// CHECK: dlc.fusion "row"(%[[F]]#0, %{{.*}})
// CHECK: dlc.fusion "contraction"(%{{.*}}, %[[F]]#0)
module {
  dlc.weight @w : tensor<16x16xf32> = #dlc.rule<"zeros">
  func.func @main(%x: tensor<64x16xf32>, %w: tensor<16x16xf32> {dlc.state = @w}) -> (tensor<f32>, tensor<16x16xf32> {dlc.state = @w}) {
    %y = dlc.fusion "contraction"(%x, %w) : (tensor<64x16xf32>, tensor<16x16xf32>) -> tensor<64x16xf32> {
    ^bb0(%a: tensor<64x16xf32>, %b: tensor<16x16xf32>):
      %0 = dlc.dot_general %a, %b batch = [] x [] contract = [1] x [1] : (tensor<64x16xf32>, tensor<16x16xf32>) -> tensor<64x16xf32>
      dlc.yield %0 : tensor<64x16xf32>
    }
    %f:2 = dlc.fusion "row"(%y) : (tensor<64x16xf32>) -> (tensor<64x16xf32>, tensor<f32>) {
    ^bb0(%a: tensor<64x16xf32>):
      %0 = dlc.mul %a, %a : tensor<64x16xf32>
      %1 = dlc.reduce sum %0 dims = [0, 1] : tensor<64x16xf32> -> tensor<f32>
      dlc.yield %0, %1 : tensor<64x16xf32>, tensor<f32>
    }
    %g = dlc.fusion "row"(%f#0, %y) : (tensor<64x16xf32>, tensor<64x16xf32>) -> tensor<64x16xf32> {
    ^bb0(%a: tensor<64x16xf32>, %b: tensor<64x16xf32>):
      %0 = dlc.mul %a, %b : tensor<64x16xf32>
      dlc.yield %0 : tensor<64x16xf32>
    }
    %d = dlc.fusion "contraction"(%g, %f#0) : (tensor<64x16xf32>, tensor<64x16xf32>) -> tensor<16x16xf32> {
    ^bb0(%a: tensor<64x16xf32>, %b: tensor<64x16xf32>):
      %0 = dlc.dot_general %a, %b batch = [] x [] contract = [0] x [0] : (tensor<64x16xf32>, tensor<64x16xf32>) -> tensor<16x16xf32>
      dlc.yield %0 : tensor<16x16xf32>
    }
    return %f#1, %d : tensor<f32>, tensor<16x16xf32>
  }
}

// -----

// No step of training: two results of a model are as they were.
// CHECK-LABEL: func.func @main
// CHECK: %[[F:.*]]:2 = dlc.fusion "row"
// CHECK: dlc.fusion "row"(%[[F]]#0, %{{.*}})
module {
  func.func @main(%y: tensor<64x16xf32>) -> (tensor<f32>, tensor<64x16xf32>) {
    %f:2 = dlc.fusion "row"(%y) : (tensor<64x16xf32>) -> (tensor<64x16xf32>, tensor<f32>) {
    ^bb0(%a: tensor<64x16xf32>):
      %0 = dlc.mul %a, %a : tensor<64x16xf32>
      %1 = dlc.reduce sum %0 dims = [0, 1] : tensor<64x16xf32> -> tensor<f32>
      dlc.yield %0, %1 : tensor<64x16xf32>, tensor<f32>
    }
    %g = dlc.fusion "row"(%f#0, %y) : (tensor<64x16xf32>, tensor<64x16xf32>) -> tensor<64x16xf32> {
    ^bb0(%a: tensor<64x16xf32>, %b: tensor<64x16xf32>):
      %0 = dlc.mul %a, %b : tensor<64x16xf32>
      dlc.yield %0 : tensor<64x16xf32>
    }
    return %f#1, %g : tensor<f32>, tensor<64x16xf32>
  }
}

// -----

// A product that is stored in another order gives nothing else, be it square: its result is what is kept.
// EPILOGUE: dlc.launch @dot_compare_cast_0(%{{.*}}) : (tensor<16x32xf32>, tensor<16x32xf32>) -> tensor<16x16xf32>
module {
  dlc.weight @w : tensor<16x32xf32> = #dlc.rule<"zeros">
  func.func @main(%x: tensor<16x32xf32>, %w: tensor<16x32xf32> {dlc.state = @w}) -> (tensor<f32>, tensor<16x32xf32> {dlc.state = @w}) {
    %y = dlc.fusion "contraction"(%x, %w) : (tensor<16x32xf32>, tensor<16x32xf32>) -> tensor<16x16xf32> {
    ^bb0(%a: tensor<16x32xf32>, %b: tensor<16x32xf32>):
      %z = dlc.constant dense<0.5> : tensor<16x16xf32>
      %0 = dlc.dot_general %a, %b batch = [] x [] contract = [1] x [1] : (tensor<16x32xf32>, tensor<16x32xf32>) -> tensor<16x16xf32>
      %1 = dlc.compare gt %0, %z : tensor<16x16xf32> -> tensor<16x16xi1>
      %2 = dlc.cast %1 : tensor<16x16xi1> -> tensor<16x16xf32>
      %3 = dlc.transpose %2 perm = [1, 0] : tensor<16x16xf32> -> tensor<16x16xf32>
      dlc.yield %3 : tensor<16x16xf32>
    }
    %f = dlc.fusion "row"(%y) : (tensor<16x16xf32>) -> tensor<f32> {
    ^bb0(%a: tensor<16x16xf32>):
      %1 = dlc.reduce sum %a dims = [0, 1] : tensor<16x16xf32> -> tensor<f32>
      dlc.yield %1 : tensor<f32>
    }
    %g = dlc.fusion "row"(%y, %f) : (tensor<16x16xf32>, tensor<f32>) -> tensor<16x16xf32> {
    ^bb0(%b: tensor<16x16xf32>, %c: tensor<f32>):
      %0 = dlc.broadcast %c dims = [] : tensor<f32> -> tensor<16x16xf32>
      %2 = dlc.mul %b, %0 : tensor<16x16xf32>
      dlc.yield %2 : tensor<16x16xf32>
    }
    %d = dlc.fusion "contraction"(%g, %x) : (tensor<16x16xf32>, tensor<16x32xf32>) -> tensor<16x32xf32> {
    ^bb0(%a: tensor<16x16xf32>, %b: tensor<16x32xf32>):
      %0 = dlc.dot_general %a, %b batch = [] x [] contract = [0] x [0] : (tensor<16x16xf32>, tensor<16x32xf32>) -> tensor<16x32xf32>
      dlc.yield %0 : tensor<16x32xf32>
    }
    return %f, %d : tensor<f32>, tensor<16x32xf32>
  }
}
