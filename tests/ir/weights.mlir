// RUN: dlc-opt %s --split-input-file --verify-diagnostics

// expected-error @+1 {{there is no rule 'kaiming'; there are zeros, constant, uniform, normal, fan_in_uniform, kaiming_uniform, kaiming_normal, xavier_uniform}}
dlc.weight @w : tensor<4x4xf32> = #dlc.rule<"kaiming">

// -----

// expected-error @+1 {{rule 'uniform' takes 2 parameters, found 1}}
dlc.weight @w : tensor<4x4xf32> = #dlc.rule<"uniform", [1.0]>

// -----

// expected-error @+1 {{rule 'xavier_uniform' takes its bound from a shape [out, in, ..], but the weight is 4xf32}}
dlc.weight @w : tensor<4xf32> = #dlc.rule<"xavier_uniform", [1.0]>

// -----

// expected-error @+1 {{rule 'normal' makes floats, but the weight is 4xi32}}
dlc.weight @w : tensor<4xi32> = #dlc.rule<"normal", [0.0, 1.0]>

// -----

// expected-error @+1 {{4xf32 takes 16 bytes, but its blob has 12}}
dlc.weight @w : tensor<4xf32> = #dlc.blob<"weights.bin", 0, 12, "0123456789abcdef">

// -----

// expected-error @+1 {{value must be a blob, a rule, elements or #dlc.derived, found "zeros"}}
dlc.weight @w : tensor<4xf32> = "zeros"

// -----

dlc.weight @w : tensor<4xf32> = #dlc.rule<"zeros">
func.func @main() {
  // expected-error @+1 {{@w is 4xf32, used as 5xf32}}
  %0 = dlc.get_weight @w : tensor<5xf32>
  return
}

// -----

func.func @main() {
  // expected-error @+1 {{there is no weight @v}}
  %1 = dlc.get_weight @v : tensor<5xf32>
  return
}
