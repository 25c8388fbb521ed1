// Convolutions and a GRU over 2048 samples of sound: scores of 8 symbols and, as number 0, of none. Written by
// write.py. Its output is [batch, time, symbols]; train it with --loss ctc,axis=-1,length=6.

dlc.weight @conv1.weight : tensor<32x1x64xf32> = #dlc.rule<"fan_in_uniform", [64.0]>
dlc.weight @conv1.bias : tensor<32xf32> = #dlc.rule<"fan_in_uniform", [64.0]>
dlc.weight @conv2.weight : tensor<48x32x3xf32> = #dlc.rule<"fan_in_uniform", [96.0]>
dlc.weight @conv2.bias : tensor<48xf32> = #dlc.rule<"fan_in_uniform", [96.0]>
dlc.weight @gru.weight_ih : tensor<192x48xf32> = #dlc.rule<"fan_in_uniform", [64.0]>
dlc.weight @gru.bias_ih : tensor<192xf32> = #dlc.rule<"fan_in_uniform", [64.0]>
dlc.weight @gru.weight_hh : tensor<192x64xf32> = #dlc.rule<"fan_in_uniform", [64.0]>
dlc.weight @gru.bias_hh : tensor<192xf32> = #dlc.rule<"fan_in_uniform", [64.0]>
dlc.weight @head.weight : tensor<9x64xf32> = #dlc.rule<"fan_in_uniform", [64.0]>
dlc.weight @head.bias : tensor<9xf32> = #dlc.rule<"fan_in_uniform", [64.0]>

func.func @main(%x: tensor<?x1x2048xf32, #dlc.dims<[batch, 1, 2048]>> {dlc.name = "x"}) -> (tensor<?x64x9xf32, #dlc.dims<[batch, 64, 9]>> {dlc.name = "scores"}) {
  %0 = dlc.get_weight @conv1.weight : tensor<32x1x64xf32>
  %1 = dlc.conv %x, %0 strides = [32] low = [16] high = [16] lhs_dilation = [1] rhs_dilation = [1] : (tensor<?x1x2048xf32, #dlc.dims<[batch, 1, 2048]>>, tensor<32x1x64xf32>) -> tensor<?x32x64xf32, #dlc.dims<[batch, 32, 64]>> loc("conv1")
  %2 = dlc.get_weight @conv1.bias : tensor<32xf32>
  %3 = dlc.broadcast %2 dims = [1] : tensor<32xf32> -> tensor<?x32x64xf32, #dlc.dims<[batch, 32, 64]>> loc("conv1")
  %4 = dlc.add %1, %3 : tensor<?x32x64xf32, #dlc.dims<[batch, 32, 64]>> loc("conv1")
  %5 = dlc.relu %4 : tensor<?x32x64xf32, #dlc.dims<[batch, 32, 64]>> loc("relu1")
  %6 = dlc.get_weight @conv2.weight : tensor<48x32x3xf32>
  %7 = dlc.conv %5, %6 strides = [1] low = [1] high = [1] lhs_dilation = [1] rhs_dilation = [1] : (tensor<?x32x64xf32, #dlc.dims<[batch, 32, 64]>>, tensor<48x32x3xf32>) -> tensor<?x48x64xf32, #dlc.dims<[batch, 48, 64]>> loc("conv2")
  %8 = dlc.get_weight @conv2.bias : tensor<48xf32>
  %9 = dlc.broadcast %8 dims = [1] : tensor<48xf32> -> tensor<?x48x64xf32, #dlc.dims<[batch, 48, 64]>> loc("conv2")
  %10 = dlc.add %7, %9 : tensor<?x48x64xf32, #dlc.dims<[batch, 48, 64]>> loc("conv2")
  %11 = dlc.relu %10 : tensor<?x48x64xf32, #dlc.dims<[batch, 48, 64]>> loc("relu2")
  %12 = dlc.transpose %11 perm = [0, 2, 1] : tensor<?x48x64xf32, #dlc.dims<[batch, 48, 64]>> -> tensor<?x64x48xf32, #dlc.dims<[batch, 64, 48]>> loc("times")
  %13 = dlc.get_weight @gru.weight_ih : tensor<192x48xf32>
  %14 = dlc.get_weight @gru.bias_ih : tensor<192xf32>
  %15 = dlc.get_weight @gru.weight_hh : tensor<192x64xf32>
  %16 = dlc.get_weight @gru.bias_hh : tensor<192xf32>
  %17 = dlc.dot_general %12, %13 batch = [] x [] contract = [2] x [1] : (tensor<?x64x48xf32, #dlc.dims<[batch, 64, 48]>>, tensor<192x48xf32>) -> tensor<?x64x192xf32, #dlc.dims<[batch, 64, 192]>> loc("gru")
  %18 = dlc.broadcast %14 dims = [2] : tensor<192xf32> -> tensor<?x64x192xf32, #dlc.dims<[batch, 64, 192]>> loc("gru")
  %19 = dlc.add %17, %18 : tensor<?x64x192xf32, #dlc.dims<[batch, 64, 192]>> loc("gru")
  %20 = dlc.transpose %19 perm = [1, 0, 2] : tensor<?x64x192xf32, #dlc.dims<[batch, 64, 192]>> -> tensor<64x?x192xf32, #dlc.dims<[64, batch, 192]>> loc("gru")
  %21 = dlc.constant dense<0.000000e+00> : tensor<f32> loc("gru")
  %22 = dlc.broadcast %21 dims = [] : tensor<f32> -> tensor<?x64xf32, #dlc.dims<[batch, 64]>> loc("gru")
  %23:2 = dlc.while(%22, %20, %15, %16) carried = 1 limit = 64 {sequences = 1 : i64} : (tensor<?x64xf32, #dlc.dims<[batch, 64]>>, tensor<64x?x192xf32, #dlc.dims<[64, batch, 192]>>, tensor<192x64xf32>, tensor<192xf32>) -> (tensor<?x64xf32, #dlc.dims<[batch, 64]>>, tensor<64x?x64xf32, #dlc.dims<[64, batch, 64]>>) {
  ^bb0(%24: tensor<?x64xf32, #dlc.dims<[batch, 64]>>, %25: tensor<?x192xf32, #dlc.dims<[batch, 192]>>, %26: tensor<192x64xf32>, %27: tensor<192xf32>):
    %28 = dlc.dot_general %24, %26 batch = [] x [] contract = [1] x [1] : (tensor<?x64xf32, #dlc.dims<[batch, 64]>>, tensor<192x64xf32>) -> tensor<?x192xf32, #dlc.dims<[batch, 192]>> loc("gru")
    %29 = dlc.broadcast %27 dims = [1] : tensor<192xf32> -> tensor<?x192xf32, #dlc.dims<[batch, 192]>> loc("gru")
    %30 = dlc.add %28, %29 : tensor<?x192xf32, #dlc.dims<[batch, 192]>> loc("gru")
    %31 = dlc.slice %25 start = [0, 0] stride = [1, 1] : tensor<?x192xf32, #dlc.dims<[batch, 192]>> -> tensor<?x64xf32, #dlc.dims<[batch, 64]>> loc("gru")
    %32 = dlc.slice %30 start = [0, 0] stride = [1, 1] : tensor<?x192xf32, #dlc.dims<[batch, 192]>> -> tensor<?x64xf32, #dlc.dims<[batch, 64]>> loc("gru")
    %33 = dlc.add %31, %32 : tensor<?x64xf32, #dlc.dims<[batch, 64]>> loc("gru")
    %34 = dlc.logistic %33 : tensor<?x64xf32, #dlc.dims<[batch, 64]>> loc("gru")
    %35 = dlc.slice %25 start = [0, 64] stride = [1, 1] : tensor<?x192xf32, #dlc.dims<[batch, 192]>> -> tensor<?x64xf32, #dlc.dims<[batch, 64]>> loc("gru")
    %36 = dlc.slice %30 start = [0, 64] stride = [1, 1] : tensor<?x192xf32, #dlc.dims<[batch, 192]>> -> tensor<?x64xf32, #dlc.dims<[batch, 64]>> loc("gru")
    %37 = dlc.add %35, %36 : tensor<?x64xf32, #dlc.dims<[batch, 64]>> loc("gru")
    %38 = dlc.logistic %37 : tensor<?x64xf32, #dlc.dims<[batch, 64]>> loc("gru")
    %39 = dlc.slice %25 start = [0, 128] stride = [1, 1] : tensor<?x192xf32, #dlc.dims<[batch, 192]>> -> tensor<?x64xf32, #dlc.dims<[batch, 64]>> loc("gru")
    %40 = dlc.slice %30 start = [0, 128] stride = [1, 1] : tensor<?x192xf32, #dlc.dims<[batch, 192]>> -> tensor<?x64xf32, #dlc.dims<[batch, 64]>> loc("gru")
    %41 = dlc.mul %34, %40 : tensor<?x64xf32, #dlc.dims<[batch, 64]>> loc("gru")
    %42 = dlc.add %39, %41 : tensor<?x64xf32, #dlc.dims<[batch, 64]>> loc("gru")
    %43 = dlc.tanh %42 : tensor<?x64xf32, #dlc.dims<[batch, 64]>> loc("gru")
    %44 = dlc.sub %24, %43 : tensor<?x64xf32, #dlc.dims<[batch, 64]>> loc("gru")
    %45 = dlc.mul %38, %44 : tensor<?x64xf32, #dlc.dims<[batch, 64]>> loc("gru")
    %46 = dlc.add %43, %45 : tensor<?x64xf32, #dlc.dims<[batch, 64]>> loc("gru")
    dlc.yield %46, %46 : tensor<?x64xf32, #dlc.dims<[batch, 64]>>, tensor<?x64xf32, #dlc.dims<[batch, 64]>>
  } loc("gru")
  %47 = dlc.transpose %23#1 perm = [1, 0, 2] : tensor<64x?x64xf32, #dlc.dims<[64, batch, 64]>> -> tensor<?x64x64xf32, #dlc.dims<[batch, 64, 64]>> loc("gru")
  %48 = dlc.get_weight @head.weight : tensor<9x64xf32>
  %49 = dlc.dot_general %47, %48 batch = [] x [] contract = [2] x [1] : (tensor<?x64x64xf32, #dlc.dims<[batch, 64, 64]>>, tensor<9x64xf32>) -> tensor<?x64x9xf32, #dlc.dims<[batch, 64, 9]>> loc("head")
  %50 = dlc.get_weight @head.bias : tensor<9xf32>
  %51 = dlc.broadcast %50 dims = [2] : tensor<9xf32> -> tensor<?x64x9xf32, #dlc.dims<[batch, 64, 9]>> loc("head")
  %52 = dlc.add %49, %51 : tensor<?x64x9xf32, #dlc.dims<[batch, 64, 9]>> loc("head")
  return %52 : tensor<?x64x9xf32, #dlc.dims<[batch, 64, 9]>>
}
