// Adds rows up until the sum is no longer below `most`, then takes it or its negative.
func.func @main(%go: tensor<i1>, %xs: tensor<5x16xf32>, %most: tensor<f32>) -> (tensor<16xf32>, tensor<5x16xf32>) {
  %zero = dlc.constant dense<0.0> : tensor<16xf32>
  %r:3 = dlc.while(%go, %zero, %xs, %most) carried = 2 limit = 5 {conditional, sequences = 1 : i64}
      : (tensor<i1>, tensor<16xf32>, tensor<5x16xf32>, tensor<f32>) -> (tensor<i1>, tensor<16xf32>, tensor<5x16xf32>) {
  ^bb0(%g: tensor<i1>, %a: tensor<16xf32>, %x: tensor<16xf32>, %m: tensor<f32>):
    %0 = dlc.add %a, %x : tensor<16xf32>
    %1 = dlc.reduce max %0 dims = [0] : tensor<16xf32> -> tensor<f32>
    %2 = dlc.compare lt %1, %m : tensor<f32> -> tensor<i1>
    dlc.yield %2, %0, %0 : tensor<i1>, tensor<16xf32>, tensor<16xf32>
  }
  %y = dlc.if %r#0(%r#1) : (tensor<i1>, tensor<16xf32>) -> (tensor<16xf32>) {
  ^bb0(%a: tensor<16xf32>):
    %0 = dlc.neg %a : tensor<16xf32>
    dlc.yield %0 : tensor<16xf32>
  } else {
  ^bb0(%a: tensor<16xf32>):
    dlc.yield %a : tensor<16xf32>
  }
  return %y, %r#2 : tensor<16xf32>, tensor<5x16xf32>
}
