// RUN: dlc-opt %s --split-input-file --verify-diagnostics
// What operators refuse, and how they say it: what was found, what was expected. (Upstream adds a second line where types are
// inferred.)

func.func @add(%x: tensor<3xf32>, %y: tensor<4xf32>) {
  // expected-error @+1 {{requires the same type for all operands and results}}
  %0 = "dlc.add"(%x, %y) : (tensor<3xf32>, tensor<4xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @exp_of_integers(%x: tensor<3xi32>) {
  // expected-error @+1 {{operand #0 must be ranked tensor of floating-point values, but got 'tensor<3xi32>'}}
  %0 = dlc.exp %x : tensor<3xi32>
  return
}

// -----

func.func @broadcast_size(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{dimension 1 of 2x3xf32 is neither 1 nor that of dimension 2 of 2x3x4xf32}}
  %0 = dlc.broadcast %x dims = [0, 2] : tensor<2x3xf32> -> tensor<2x3x4xf32>
  return
}

// -----

func.func @broadcast_order(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{dims must ascend}}
  %0 = dlc.broadcast %x dims = [1, 0] : tensor<2x3xf32> -> tensor<3x2xf32>
  return
}

// -----

func.func @broadcast_entries(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{broadcast: dims has 1 entries, but the operand has rank 2}}
  %0 = dlc.broadcast %x dims = [1] : tensor<2x3xf32> -> tensor<2x3xf32>
  return
}

// -----

func.func @broadcast_rank(%x: tensor<3xf32>) {
  // expected-error @+1 {{dims[0] is 2, but the result has rank 2}}
  %0 = dlc.broadcast %x dims = [2] : tensor<3xf32> -> tensor<2x3xf32>
  return
}

// -----

func.func @reshape(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{makes 8 elements (8xf32) of 6 (2x3xf32)}}
  %0 = dlc.reshape %x : tensor<2x3xf32> -> tensor<8xf32>
  return
}

// -----

func.func @reshape_type(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{changes the element type from 'f32' to 'f64'}}
  %0 = dlc.reshape %x : tensor<2x3xf32> -> tensor<6xf64>
  return
}

// -----

func.func @transpose(%x: tensor<2x3xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{transpose: perm is no permutation of 0..1}}
  %0 = dlc.transpose %x perm = [0, 0] : tensor<2x3xf32> -> tensor<2x2xf32>
  return
}

// -----

func.func @slice(%x: tensor<5x3xf32>) {
  // expected-error @+1 {{dimension 0 takes elements 2 to 6 of 5}}
  %0 = dlc.slice %x start = [2, 0] stride = [2, 1] : tensor<5x3xf32> -> tensor<3x3xf32>
  return
}

// -----

func.func @slice_backwards(%x: tensor<5xf32>) {
  // expected-error @+1 {{dimension 0 takes elements 1 to -1 of 5}}
  %0 = dlc.slice %x start = [1] stride = [-1] : tensor<5xf32> -> tensor<3xf32>
  return
}

// -----

func.func @pad(%x: tensor<3xf32>, %v: tensor<f64>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{pad: the value must be a tensor<f32>, found f64}}
  %0 = dlc.pad %x, %v low = [1] high = [1] interior = [0] : tensor<3xf32>, tensor<f64> -> tensor<5xf32>
  return
}

// -----

func.func @pad_away(%x: tensor<3xf32>, %v: tensor<f32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{pad: dimension 0 would have -1 elements}}
  %0 = dlc.pad %x, %v low = [-2] high = [-2] interior = [0] : tensor<3xf32>, tensor<f32> -> tensor<0xf32>
  return
}

// -----

func.func @concat(%x: tensor<2x3xf32>, %y: tensor<2x4xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{concat: operand 1 is 2x4xf32, which differs from 2x3xf32 in more than dimension 0}}
  %0 = dlc.concat %x, %y axis = 0 : tensor<2x3xf32>, tensor<2x4xf32> -> tensor<4x3xf32>
  return
}

// -----

func.func @gather(%x: tensor<2x3xf32>, %i: tensor<4xi64>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{gather: axis 2, but the operand has rank 2}}
  %0 = dlc.gather %x, %i axis = 2 : tensor<2x3xf32>, tensor<4xi64> -> tensor<2x4xf32>
  return
}

// -----

func.func @reduce(%x: tensor<2x3x4xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{reduce: axis 4, but the operand has rank 3}}
  %0 = dlc.reduce sum %x dims = [4] : tensor<2x3x4xf32> -> tensor<2x3x4xf32>
  return
}

// -----

func.func @reduce_twice(%x: tensor<2x3x4xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{reduce: dims must ascend without repetition}}
  %0 = dlc.reduce sum %x dims = [1, 1] : tensor<2x3x4xf32> -> tensor<2x4xf32>
  return
}

// -----

func.func @arg_reduce(%x: tensor<2x3xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{arg_reduce: kind must be max or min}}
  %0, %1 = dlc.arg_reduce sum %x axis = 1 : tensor<2x3xf32> -> tensor<2xf32>, tensor<2xi64>
  return
}

// -----

func.func @reduce_window(%x: tensor<2x3xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{reduce_window: found 1 entries for an operand of rank 2}}
  %0 = dlc.reduce_window max %x window = [2] strides = [1] dilation = [1] low = [0] high = [0] : tensor<2x3xf32> -> tensor<1x2xf32>
  return
}

// -----

func.func @dot_sizes(%x: tensor<3x5xf32>, %y: tensor<4x6xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{dot_general: contracting dimension 1 of lhs 3x5xf32 differs from dimension 0 of rhs 4x6xf32}}
  %0 = dlc.dot_general %x, %y batch = [] x [] contract = [1] x [0] : (tensor<3x5xf32>, tensor<4x6xf32>) -> tensor<3x6xf32>
  return
}

// -----

func.func @dot_types(%x: tensor<3x5xf32>, %y: tensor<5x6xf16>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{dot_general: element types differ: 3x5xf32 and 5x6xf16}}
  %0 = dlc.dot_general %x, %y batch = [] x [] contract = [1] x [0] : (tensor<3x5xf32>, tensor<5x6xf16>) -> tensor<3x6xf32>
  return
}

// -----

func.func @conv_channels(%x: tensor<1x3x8x8xf32>, %w: tensor<4x2x3x3xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{conv: weight 4x2x3x3xf32 in 1 groups wants 2 input channels, but the input 1x3x8x8xf32 has 3}}
  %0 = dlc.conv %x, %w strides = [1, 1] low = [0, 0] high = [0, 0] lhs_dilation = [1, 1] rhs_dilation = [1, 1] : (tensor<1x3x8x8xf32>, tensor<4x2x3x3xf32>) -> tensor<1x4x6x6xf32>
  return
}

// -----

func.func @conv_groups(%x: tensor<1x4x8xf32>, %w: tensor<3x2x3xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{conv: 3 output channels do not divide into 2 groups}}
  %0 = dlc.conv %x, %w strides = [1] low = [0] high = [0] lhs_dilation = [1] rhs_dilation = [1] {groups = 2} : (tensor<1x4x8xf32>, tensor<3x2x3xf32>) -> tensor<1x3x6xf32>
  return
}

// -----

func.func @conv_entries(%x: tensor<1x4x8xf32>, %w: tensor<3x4x3xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{conv: low has 2 entries for 1 spatial dimensions}}
  %0 = dlc.conv %x, %w strides = [1] low = [0, 0] high = [0] lhs_dilation = [1] rhs_dilation = [1] : (tensor<1x4x8xf32>, tensor<3x4x3xf32>) -> tensor<1x3x6xf32>
  return
}

// -----

func.func @softmax(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{axis 2, but the operand has rank 2}}
  %0 = dlc.softmax %x axis = 2 : tensor<2x3xf32>
  return
}

// -----

func.func @batch_norm(%x: tensor<2x3x4xf32>, %c: tensor<4xf32>) {
  // expected-error @+1 {{scale is 4xf32, but dimension 1 of the operand 2x3x4xf32 has 3 elements}}
  %0 = dlc.batch_norm %x, %c, %c, %c, %c epsilon = 1.0e-5 axis = 1 : tensor<2x3x4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
  return
}

// -----

func.func @layer_norm(%x: tensor<2x3x4xf32>, %c: tensor<3xf32>) {
  // expected-error @+1 {{scale and bias are 3xf32, but the operand 2x3x4xf32 is normalised from axis 2}}
  %0 = dlc.layer_norm %x, %c, %c epsilon = 1.0e-5 axis = 2 : tensor<2x3x4xf32>, tensor<3xf32>
  return
}

// -----

func.func @cross_entropy(%x: tensor<4x3xf32>, %l: tensor<5xi32>) {
  // expected-error @+1 {{wants logits [N, C] and labels [N], found 4x3xf32 and 5xi32}}
  %0 = dlc.softmax_cross_entropy %x, %l : tensor<4x3xf32>, tensor<5xi32> -> tensor<f32>
  return
}

// -----

func.func @rng(%s: tensor<3xi64>) {
  // expected-error @+1 {{state must be [2] (seed, step), found 3xi64}}
  %0 = dlc.rng_uniform %s id = 0 : tensor<3xi64> -> tensor<4xf32>
  return
}

// -----

// Symbols count: equal expressions are equal sizes, others are not.
func.func @symbols(%x: tensor<?x5xf32, #dlc.dims<[batch, 5]>>, %y: tensor<?x4xf32, #dlc.dims<[seq, 4]>>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{dot_general: contracting dimension 0 of lhs batchx5xf32 differs from dimension 0 of rhs seqx4xf32}}
  %0 = dlc.dot_general %x, %y batch = [] x [] contract = [0] x [0] : (tensor<?x5xf32, #dlc.dims<[batch, 5]>>, tensor<?x4xf32, #dlc.dims<[seq, 4]>>) -> tensor<5x4xf32>
  return
}

// -----

func.func @while_endless(%x: tensor<3xf32>) {
  // expected-error @+1 {{must have a limit, or a condition that ends it, found limit -1}}
  %0 = dlc.while(%x) carried = 1 limit = -1 : (tensor<3xf32>) -> tensor<3xf32> {
  ^bb0(%a: tensor<3xf32>):
    dlc.yield %a : tensor<3xf32>
  }
  return
}

// -----

func.func @while_sequence(%x: tensor<3xf32>) {
  // expected-error @+1 {{a sequence of 4 steps cannot be 3xf32}}
  %0 = dlc.while(%x) carried = 0 limit = 4 {sequences = 1 : i64} : (tensor<3xf32>) -> tensor<4xf32> {
  ^bb0(%a: tensor<f32>):
    dlc.yield %a : tensor<f32>
  }
  return
}

// -----

func.func @while_type(%x: tensor<3xf32>) {
  // expected-error @+1 {{carried value 0 begins as 3xf32 and ends as 6xf32}}
  %0 = dlc.while(%x) carried = 1 limit = 4 : (tensor<3xf32>) -> tensor<6xf32> {
  ^bb0(%a: tensor<3xf32>):
    %1 = dlc.concat %a, %a axis = 0 : tensor<3xf32>, tensor<3xf32> -> tensor<6xf32>
    dlc.yield %1 : tensor<6xf32>
  }
  return
}

// -----

func.func @while_condition(%x: tensor<3xi1>) {
  // expected-error @+1 {{the first carried value of a conditional loop must be one bool}}
  %0 = dlc.while(%x) carried = 1 limit = -1 {conditional} : (tensor<3xi1>) -> tensor<3xi1> {
  ^bb0(%a: tensor<3xi1>):
    dlc.yield %a : tensor<3xi1>
  }
  return
}

// -----

func.func @while_reversed(%x: tensor<3xf32>) {
  // expected-error @+1 {{reverses number 1 of 1 sequences and 0 rows}}
  "dlc.while"(%x) <{carried = 0 : i64, limit = 3 : i64, sequences = 1 : i64, reversed = array<i64: 1>}> ({
  ^bb0(%a: tensor<f32>):
    dlc.yield
  }) : (tensor<3xf32>) -> ()
  return
}

// -----

func.func @if_results(%c: tensor<i1>, %x: tensor<3xf32>) {
  // expected-error @+1 {{a body must end in a dlc.yield of}}
  %0 = dlc.if %c(%x) : (tensor<i1>, tensor<3xf32>) -> tensor<3xf32> {
  ^bb0(%a: tensor<3xf32>):
    dlc.yield %a : tensor<3xf32>
  } else {
  ^bb0(%a: tensor<3xf32>):
    %1 = dlc.concat %a, %a axis = 0 : tensor<3xf32>, tensor<3xf32> -> tensor<6xf32>
    dlc.yield %1 : tensor<6xf32>
  }
  return
}

// -----

func.func @if_captures(%c: tensor<i1>, %x: tensor<3xf32>) {
  // expected-error @+1 {{a body takes}}
  %0 = dlc.if %c(%x) : (tensor<i1>, tensor<3xf32>) -> tensor<3xf32> {
  ^bb0(%a: tensor<3xf32>):
    dlc.yield %a : tensor<3xf32>
  } else {
    %1 = dlc.constant dense<1.0> : tensor<3xf32>
    dlc.yield %1 : tensor<3xf32>
  }
  return
}
