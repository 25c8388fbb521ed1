// A recurrent network over bytes: an LSTM of width 192, context 64. Written by write.py.
// Its output are scores of the next byte at each place; train it with --loss softmax-cross-entropy,axis=-1.

dlc.weight @embedding : tensor<256x64xf32> = #dlc.rule<"normal", [0.0, 1.0]>
dlc.weight @lstm.weight_ih : tensor<768x64xf32> = #dlc.rule<"fan_in_uniform", [192.0]>
dlc.weight @lstm.bias : tensor<768xf32> = #dlc.rule<"fan_in_uniform", [192.0]>
dlc.weight @lstm.weight_hh : tensor<768x192xf32> = #dlc.rule<"fan_in_uniform", [192.0]>
dlc.weight @head.weight : tensor<256x192xf32> = #dlc.rule<"fan_in_uniform", [192.0]>
dlc.weight @head.bias : tensor<256xf32> = #dlc.rule<"fan_in_uniform", [192.0]>

func.func @main(%tokens: tensor<?x64xi32, #dlc.dims<[batch, 64]>> {dlc.name = "tokens"}) -> (tensor<?x64x256xf32, #dlc.dims<[batch, 64, 256]>> {dlc.name = "scores"}) {
  %0 = dlc.get_weight @embedding : tensor<256x64xf32>
  %1 = dlc.gather %0, %tokens axis = 0 : tensor<256x64xf32>, tensor<?x64xi32, #dlc.dims<[batch, 64]>> -> tensor<?x64x64xf32, #dlc.dims<[batch, 64, 64]>> loc("embedding")
  %2 = dlc.get_weight @lstm.weight_ih : tensor<768x64xf32>
  %3 = dlc.get_weight @lstm.bias : tensor<768xf32>
  %4 = dlc.get_weight @lstm.weight_hh : tensor<768x192xf32>
  %5 = dlc.dot_general %1, %2 batch = [] x [] contract = [2] x [1] : (tensor<?x64x64xf32, #dlc.dims<[batch, 64, 64]>>, tensor<768x64xf32>) -> tensor<?x64x768xf32, #dlc.dims<[batch, 64, 768]>> loc("lstm")
  %6 = dlc.broadcast %3 dims = [2] : tensor<768xf32> -> tensor<?x64x768xf32, #dlc.dims<[batch, 64, 768]>> loc("lstm")
  %7 = dlc.add %5, %6 : tensor<?x64x768xf32, #dlc.dims<[batch, 64, 768]>> loc("lstm")
  %8 = dlc.transpose %7 perm = [1, 0, 2] : tensor<?x64x768xf32, #dlc.dims<[batch, 64, 768]>> -> tensor<64x?x768xf32, #dlc.dims<[64, batch, 768]>> loc("lstm")
  %9 = dlc.constant dense<0.000000e+00> : tensor<f32> loc("lstm")
  %10 = dlc.broadcast %9 dims = [] : tensor<f32> -> tensor<?x192xf32, #dlc.dims<[batch, 192]>> loc("lstm")
  %11:3 = dlc.while(%10, %10, %8, %4) carried = 2 limit = 64 {sequences = 1 : i64} : (tensor<?x192xf32, #dlc.dims<[batch, 192]>>, tensor<?x192xf32, #dlc.dims<[batch, 192]>>, tensor<64x?x768xf32, #dlc.dims<[64, batch, 768]>>, tensor<768x192xf32>) -> (tensor<?x192xf32, #dlc.dims<[batch, 192]>>, tensor<?x192xf32, #dlc.dims<[batch, 192]>>, tensor<64x?x192xf32, #dlc.dims<[64, batch, 192]>>) {
  ^bb0(%12: tensor<?x192xf32, #dlc.dims<[batch, 192]>>, %13: tensor<?x192xf32, #dlc.dims<[batch, 192]>>, %14: tensor<?x768xf32, #dlc.dims<[batch, 768]>>, %15: tensor<768x192xf32>):
    %16 = dlc.dot_general %12, %15 batch = [] x [] contract = [1] x [1] : (tensor<?x192xf32, #dlc.dims<[batch, 192]>>, tensor<768x192xf32>) -> tensor<?x768xf32, #dlc.dims<[batch, 768]>> loc("lstm")
    %17 = dlc.add %14, %16 : tensor<?x768xf32, #dlc.dims<[batch, 768]>> loc("lstm")
    %18 = dlc.slice %17 start = [0, 0] stride = [1, 1] : tensor<?x768xf32, #dlc.dims<[batch, 768]>> -> tensor<?x192xf32, #dlc.dims<[batch, 192]>> loc("lstm")
    %19 = dlc.logistic %18 : tensor<?x192xf32, #dlc.dims<[batch, 192]>> loc("lstm")
    %20 = dlc.slice %17 start = [0, 192] stride = [1, 1] : tensor<?x768xf32, #dlc.dims<[batch, 768]>> -> tensor<?x192xf32, #dlc.dims<[batch, 192]>> loc("lstm")
    %21 = dlc.logistic %20 : tensor<?x192xf32, #dlc.dims<[batch, 192]>> loc("lstm")
    %22 = dlc.slice %17 start = [0, 384] stride = [1, 1] : tensor<?x768xf32, #dlc.dims<[batch, 768]>> -> tensor<?x192xf32, #dlc.dims<[batch, 192]>> loc("lstm")
    %23 = dlc.tanh %22 : tensor<?x192xf32, #dlc.dims<[batch, 192]>> loc("lstm")
    %24 = dlc.slice %17 start = [0, 576] stride = [1, 1] : tensor<?x768xf32, #dlc.dims<[batch, 768]>> -> tensor<?x192xf32, #dlc.dims<[batch, 192]>> loc("lstm")
    %25 = dlc.logistic %24 : tensor<?x192xf32, #dlc.dims<[batch, 192]>> loc("lstm")
    %26 = dlc.mul %21, %13 : tensor<?x192xf32, #dlc.dims<[batch, 192]>> loc("lstm")
    %27 = dlc.mul %19, %23 : tensor<?x192xf32, #dlc.dims<[batch, 192]>> loc("lstm")
    %28 = dlc.add %26, %27 : tensor<?x192xf32, #dlc.dims<[batch, 192]>> loc("lstm")
    %29 = dlc.tanh %28 : tensor<?x192xf32, #dlc.dims<[batch, 192]>> loc("lstm")
    %30 = dlc.mul %25, %29 : tensor<?x192xf32, #dlc.dims<[batch, 192]>> loc("lstm")
    dlc.yield %30, %28, %30 : tensor<?x192xf32, #dlc.dims<[batch, 192]>>, tensor<?x192xf32, #dlc.dims<[batch, 192]>>, tensor<?x192xf32, #dlc.dims<[batch, 192]>>
  } loc("lstm")
  %31 = dlc.transpose %11#2 perm = [1, 0, 2] : tensor<64x?x192xf32, #dlc.dims<[64, batch, 192]>> -> tensor<?x64x192xf32, #dlc.dims<[batch, 64, 192]>> loc("lstm")
  %32 = dlc.get_weight @head.weight : tensor<256x192xf32>
  %33 = dlc.dot_general %31, %32 batch = [] x [] contract = [2] x [1] : (tensor<?x64x192xf32, #dlc.dims<[batch, 64, 192]>>, tensor<256x192xf32>) -> tensor<?x64x256xf32, #dlc.dims<[batch, 64, 256]>> loc("head")
  %34 = dlc.get_weight @head.bias : tensor<256xf32>
  %35 = dlc.broadcast %34 dims = [2] : tensor<256xf32> -> tensor<?x64x256xf32, #dlc.dims<[batch, 64, 256]>> loc("head")
  %36 = dlc.add %33, %35 : tensor<?x64x256xf32, #dlc.dims<[batch, 64, 256]>> loc("head")
  return %36 : tensor<?x64x256xf32, #dlc.dims<[batch, 64, 256]>>
}
