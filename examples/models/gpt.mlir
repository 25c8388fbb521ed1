// A transformer over bytes: 4 layers, width 128, 4 heads, context 128. Written by write.py.
// Its output are scores of the next byte at each place; train it with --loss softmax-cross-entropy,axis=-1.

dlc.weight @embedding : tensor<256x128xf32> = #dlc.rule<"normal", [0.0, 0.02]>
dlc.weight @places : tensor<128x128xf32> = #dlc.rule<"normal", [0.0, 0.02]>
dlc.weight @layer0.norm1.weight : tensor<128xf32> = #dlc.rule<"constant", [1.0]>
dlc.weight @layer0.norm1.bias : tensor<128xf32> = #dlc.rule<"zeros">
dlc.weight @layer0.qkv.weight : tensor<384x128xf32> = #dlc.rule<"fan_in_uniform", [128.0]>
dlc.weight @layer0.qkv.bias : tensor<384xf32> = #dlc.rule<"fan_in_uniform", [128.0]>
dlc.weight @layer0.out.weight : tensor<128x128xf32> = #dlc.rule<"fan_in_uniform", [128.0]>
dlc.weight @layer0.out.bias : tensor<128xf32> = #dlc.rule<"fan_in_uniform", [128.0]>
dlc.weight @layer0.norm2.weight : tensor<128xf32> = #dlc.rule<"constant", [1.0]>
dlc.weight @layer0.norm2.bias : tensor<128xf32> = #dlc.rule<"zeros">
dlc.weight @layer0.up.weight : tensor<512x128xf32> = #dlc.rule<"fan_in_uniform", [128.0]>
dlc.weight @layer0.up.bias : tensor<512xf32> = #dlc.rule<"fan_in_uniform", [128.0]>
dlc.weight @layer0.down.weight : tensor<128x512xf32> = #dlc.rule<"fan_in_uniform", [512.0]>
dlc.weight @layer0.down.bias : tensor<128xf32> = #dlc.rule<"fan_in_uniform", [512.0]>
dlc.weight @layer1.norm1.weight : tensor<128xf32> = #dlc.rule<"constant", [1.0]>
dlc.weight @layer1.norm1.bias : tensor<128xf32> = #dlc.rule<"zeros">
dlc.weight @layer1.qkv.weight : tensor<384x128xf32> = #dlc.rule<"fan_in_uniform", [128.0]>
dlc.weight @layer1.qkv.bias : tensor<384xf32> = #dlc.rule<"fan_in_uniform", [128.0]>
dlc.weight @layer1.out.weight : tensor<128x128xf32> = #dlc.rule<"fan_in_uniform", [128.0]>
dlc.weight @layer1.out.bias : tensor<128xf32> = #dlc.rule<"fan_in_uniform", [128.0]>
dlc.weight @layer1.norm2.weight : tensor<128xf32> = #dlc.rule<"constant", [1.0]>
dlc.weight @layer1.norm2.bias : tensor<128xf32> = #dlc.rule<"zeros">
dlc.weight @layer1.up.weight : tensor<512x128xf32> = #dlc.rule<"fan_in_uniform", [128.0]>
dlc.weight @layer1.up.bias : tensor<512xf32> = #dlc.rule<"fan_in_uniform", [128.0]>
dlc.weight @layer1.down.weight : tensor<128x512xf32> = #dlc.rule<"fan_in_uniform", [512.0]>
dlc.weight @layer1.down.bias : tensor<128xf32> = #dlc.rule<"fan_in_uniform", [512.0]>
dlc.weight @layer2.norm1.weight : tensor<128xf32> = #dlc.rule<"constant", [1.0]>
dlc.weight @layer2.norm1.bias : tensor<128xf32> = #dlc.rule<"zeros">
dlc.weight @layer2.qkv.weight : tensor<384x128xf32> = #dlc.rule<"fan_in_uniform", [128.0]>
dlc.weight @layer2.qkv.bias : tensor<384xf32> = #dlc.rule<"fan_in_uniform", [128.0]>
dlc.weight @layer2.out.weight : tensor<128x128xf32> = #dlc.rule<"fan_in_uniform", [128.0]>
dlc.weight @layer2.out.bias : tensor<128xf32> = #dlc.rule<"fan_in_uniform", [128.0]>
dlc.weight @layer2.norm2.weight : tensor<128xf32> = #dlc.rule<"constant", [1.0]>
dlc.weight @layer2.norm2.bias : tensor<128xf32> = #dlc.rule<"zeros">
dlc.weight @layer2.up.weight : tensor<512x128xf32> = #dlc.rule<"fan_in_uniform", [128.0]>
dlc.weight @layer2.up.bias : tensor<512xf32> = #dlc.rule<"fan_in_uniform", [128.0]>
dlc.weight @layer2.down.weight : tensor<128x512xf32> = #dlc.rule<"fan_in_uniform", [512.0]>
dlc.weight @layer2.down.bias : tensor<128xf32> = #dlc.rule<"fan_in_uniform", [512.0]>
dlc.weight @layer3.norm1.weight : tensor<128xf32> = #dlc.rule<"constant", [1.0]>
dlc.weight @layer3.norm1.bias : tensor<128xf32> = #dlc.rule<"zeros">
dlc.weight @layer3.qkv.weight : tensor<384x128xf32> = #dlc.rule<"fan_in_uniform", [128.0]>
dlc.weight @layer3.qkv.bias : tensor<384xf32> = #dlc.rule<"fan_in_uniform", [128.0]>
dlc.weight @layer3.out.weight : tensor<128x128xf32> = #dlc.rule<"fan_in_uniform", [128.0]>
dlc.weight @layer3.out.bias : tensor<128xf32> = #dlc.rule<"fan_in_uniform", [128.0]>
dlc.weight @layer3.norm2.weight : tensor<128xf32> = #dlc.rule<"constant", [1.0]>
dlc.weight @layer3.norm2.bias : tensor<128xf32> = #dlc.rule<"zeros">
dlc.weight @layer3.up.weight : tensor<512x128xf32> = #dlc.rule<"fan_in_uniform", [128.0]>
dlc.weight @layer3.up.bias : tensor<512xf32> = #dlc.rule<"fan_in_uniform", [128.0]>
dlc.weight @layer3.down.weight : tensor<128x512xf32> = #dlc.rule<"fan_in_uniform", [512.0]>
dlc.weight @layer3.down.bias : tensor<128xf32> = #dlc.rule<"fan_in_uniform", [512.0]>
dlc.weight @norm.weight : tensor<128xf32> = #dlc.rule<"constant", [1.0]>
dlc.weight @norm.bias : tensor<128xf32> = #dlc.rule<"zeros">
dlc.weight @head.weight : tensor<256x128xf32> = #dlc.rule<"fan_in_uniform", [128.0]>

func.func @main(%tokens: tensor<?x128xi32, #dlc.dims<[batch, 128]>> {dlc.name = "tokens"}) -> (tensor<?x128x256xf32, #dlc.dims<[batch, 128, 256]>> {dlc.name = "scores"}) {
  %0 = dlc.get_weight @embedding : tensor<256x128xf32>
  %1 = dlc.get_weight @places : tensor<128x128xf32>
  %2 = dlc.gather %0, %tokens axis = 0 : tensor<256x128xf32>, tensor<?x128xi32, #dlc.dims<[batch, 128]>> -> tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("embedding")
  %3 = dlc.broadcast %1 dims = [1, 2] : tensor<128x128xf32> -> tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("places")
  %4 = dlc.add %2, %3 : tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("places")
  %5 = dlc.get_weight @layer0.norm1.weight : tensor<128xf32>
  %6 = dlc.get_weight @layer0.norm1.bias : tensor<128xf32>
  %7 = dlc.layer_norm %4, %5, %6 epsilon = 1.000000e-05 axis = 2 : tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>>, tensor<128xf32> loc("layer0.norm1")
  %8 = dlc.get_weight @layer0.qkv.weight : tensor<384x128xf32>
  %9 = dlc.dot_general %7, %8 batch = [] x [] contract = [2] x [1] : (tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>>, tensor<384x128xf32>) -> tensor<?x128x384xf32, #dlc.dims<[batch, 128, 384]>> loc("layer0.qkv")
  %10 = dlc.get_weight @layer0.qkv.bias : tensor<384xf32>
  %11 = dlc.broadcast %10 dims = [2] : tensor<384xf32> -> tensor<?x128x384xf32, #dlc.dims<[batch, 128, 384]>> loc("layer0.qkv")
  %12 = dlc.add %9, %11 : tensor<?x128x384xf32, #dlc.dims<[batch, 128, 384]>> loc("layer0.qkv")
  %13 = dlc.reshape %12 : tensor<?x128x384xf32, #dlc.dims<[batch, 128, 384]>> -> tensor<?x128x3x4x32xf32, #dlc.dims<[batch, 128, 3, 4, 32]>> loc("layer0.heads")
  %14 = dlc.slice %13 start = [0, 0, 0, 0, 0] stride = [1, 1, 1, 1, 1] : tensor<?x128x3x4x32xf32, #dlc.dims<[batch, 128, 3, 4, 32]>> -> tensor<?x128x1x4x32xf32, #dlc.dims<[batch, 128, 1, 4, 32]>> loc("layer0.q")
  %15 = dlc.reshape %14 : tensor<?x128x1x4x32xf32, #dlc.dims<[batch, 128, 1, 4, 32]>> -> tensor<?x128x4x32xf32, #dlc.dims<[batch, 128, 4, 32]>> loc("layer0.q")
  %16 = dlc.slice %13 start = [0, 0, 1, 0, 0] stride = [1, 1, 1, 1, 1] : tensor<?x128x3x4x32xf32, #dlc.dims<[batch, 128, 3, 4, 32]>> -> tensor<?x128x1x4x32xf32, #dlc.dims<[batch, 128, 1, 4, 32]>> loc("layer0.k")
  %17 = dlc.reshape %16 : tensor<?x128x1x4x32xf32, #dlc.dims<[batch, 128, 1, 4, 32]>> -> tensor<?x128x4x32xf32, #dlc.dims<[batch, 128, 4, 32]>> loc("layer0.k")
  %18 = dlc.slice %13 start = [0, 0, 2, 0, 0] stride = [1, 1, 1, 1, 1] : tensor<?x128x3x4x32xf32, #dlc.dims<[batch, 128, 3, 4, 32]>> -> tensor<?x128x1x4x32xf32, #dlc.dims<[batch, 128, 1, 4, 32]>> loc("layer0.v")
  %19 = dlc.reshape %18 : tensor<?x128x1x4x32xf32, #dlc.dims<[batch, 128, 1, 4, 32]>> -> tensor<?x128x4x32xf32, #dlc.dims<[batch, 128, 4, 32]>> loc("layer0.v")
  %20 = dlc.dot_general %15, %17 batch = [0, 2] x [0, 2] contract = [3] x [3] : (tensor<?x128x4x32xf32, #dlc.dims<[batch, 128, 4, 32]>>, tensor<?x128x4x32xf32, #dlc.dims<[batch, 128, 4, 32]>>) -> tensor<?x4x128x128xf32, #dlc.dims<[batch, 4, 128, 128]>> loc("layer0.scores")
  %21 = dlc.constant dense<1.767766953e-01> : tensor<f32> loc("layer0.scores")
  %22 = dlc.broadcast %21 dims = [] : tensor<f32> -> tensor<?x4x128x128xf32, #dlc.dims<[batch, 4, 128, 128]>> loc("layer0.scores")
  %23 = dlc.mul %20, %22 : tensor<?x4x128x128xf32, #dlc.dims<[batch, 4, 128, 128]>> loc("layer0.scores")
  %24 = dlc.iota axis = 2 : tensor<?x4x128x128xi32, #dlc.dims<[batch, 4, 128, 128]>> loc("layer0.mask")
  %25 = dlc.iota axis = 3 : tensor<?x4x128x128xi32, #dlc.dims<[batch, 4, 128, 128]>> loc("layer0.mask")
  %26 = dlc.compare ge %24, %25 : tensor<?x4x128x128xi32, #dlc.dims<[batch, 4, 128, 128]>> -> tensor<?x4x128x128xi1, #dlc.dims<[batch, 4, 128, 128]>> loc("layer0.mask")
  %27 = dlc.constant dense<-1.000000e+30> : tensor<f32> loc("layer0.mask")
  %28 = dlc.broadcast %27 dims = [] : tensor<f32> -> tensor<?x4x128x128xf32, #dlc.dims<[batch, 4, 128, 128]>> loc("layer0.mask")
  %29 = dlc.select %26, %23, %28 : tensor<?x4x128x128xi1, #dlc.dims<[batch, 4, 128, 128]>>, tensor<?x4x128x128xf32, #dlc.dims<[batch, 4, 128, 128]>> loc("layer0.mask")
  %30 = dlc.softmax %29 axis = 3 : tensor<?x4x128x128xf32, #dlc.dims<[batch, 4, 128, 128]>> loc("layer0.softmax")
  %31 = dlc.dot_general %30, %19 batch = [0, 1] x [0, 2] contract = [3] x [1] : (tensor<?x4x128x128xf32, #dlc.dims<[batch, 4, 128, 128]>>, tensor<?x128x4x32xf32, #dlc.dims<[batch, 128, 4, 32]>>) -> tensor<?x4x128x32xf32, #dlc.dims<[batch, 4, 128, 32]>> loc("layer0.mix")
  %32 = dlc.transpose %31 perm = [0, 2, 1, 3] : tensor<?x4x128x32xf32, #dlc.dims<[batch, 4, 128, 32]>> -> tensor<?x128x4x32xf32, #dlc.dims<[batch, 128, 4, 32]>> loc("layer0.join")
  %33 = dlc.reshape %32 : tensor<?x128x4x32xf32, #dlc.dims<[batch, 128, 4, 32]>> -> tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer0.join")
  %34 = dlc.get_weight @layer0.out.weight : tensor<128x128xf32>
  %35 = dlc.dot_general %33, %34 batch = [] x [] contract = [2] x [1] : (tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>>, tensor<128x128xf32>) -> tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer0.out")
  %36 = dlc.get_weight @layer0.out.bias : tensor<128xf32>
  %37 = dlc.broadcast %36 dims = [2] : tensor<128xf32> -> tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer0.out")
  %38 = dlc.add %35, %37 : tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer0.out")
  %39 = dlc.add %4, %38 : tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer0.add1")
  %40 = dlc.get_weight @layer0.norm2.weight : tensor<128xf32>
  %41 = dlc.get_weight @layer0.norm2.bias : tensor<128xf32>
  %42 = dlc.layer_norm %39, %40, %41 epsilon = 1.000000e-05 axis = 2 : tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>>, tensor<128xf32> loc("layer0.norm2")
  %43 = dlc.get_weight @layer0.up.weight : tensor<512x128xf32>
  %44 = dlc.dot_general %42, %43 batch = [] x [] contract = [2] x [1] : (tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>>, tensor<512x128xf32>) -> tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer0.up")
  %45 = dlc.get_weight @layer0.up.bias : tensor<512xf32>
  %46 = dlc.broadcast %45 dims = [2] : tensor<512xf32> -> tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer0.up")
  %47 = dlc.add %44, %46 : tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer0.up")
  %48 = dlc.constant dense<5.000000000e-01> : tensor<f32> loc("layer0.gelu")
  %49 = dlc.broadcast %48 dims = [] : tensor<f32> -> tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer0.gelu")
  %50 = dlc.mul %47, %49 : tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer0.gelu")
  %51 = dlc.constant dense<7.071067812e-01> : tensor<f32> loc("layer0.gelu")
  %52 = dlc.broadcast %51 dims = [] : tensor<f32> -> tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer0.gelu")
  %53 = dlc.mul %47, %52 : tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer0.gelu")
  %54 = dlc.erf %53 : tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer0.gelu")
  %55 = dlc.mul %50, %54 : tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer0.gelu")
  %56 = dlc.add %50, %55 : tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer0.gelu")
  %57 = dlc.get_weight @layer0.down.weight : tensor<128x512xf32>
  %58 = dlc.dot_general %56, %57 batch = [] x [] contract = [2] x [1] : (tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>>, tensor<128x512xf32>) -> tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer0.down")
  %59 = dlc.get_weight @layer0.down.bias : tensor<128xf32>
  %60 = dlc.broadcast %59 dims = [2] : tensor<128xf32> -> tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer0.down")
  %61 = dlc.add %58, %60 : tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer0.down")
  %62 = dlc.add %39, %61 : tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer0.add2")
  %63 = dlc.get_weight @layer1.norm1.weight : tensor<128xf32>
  %64 = dlc.get_weight @layer1.norm1.bias : tensor<128xf32>
  %65 = dlc.layer_norm %62, %63, %64 epsilon = 1.000000e-05 axis = 2 : tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>>, tensor<128xf32> loc("layer1.norm1")
  %66 = dlc.get_weight @layer1.qkv.weight : tensor<384x128xf32>
  %67 = dlc.dot_general %65, %66 batch = [] x [] contract = [2] x [1] : (tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>>, tensor<384x128xf32>) -> tensor<?x128x384xf32, #dlc.dims<[batch, 128, 384]>> loc("layer1.qkv")
  %68 = dlc.get_weight @layer1.qkv.bias : tensor<384xf32>
  %69 = dlc.broadcast %68 dims = [2] : tensor<384xf32> -> tensor<?x128x384xf32, #dlc.dims<[batch, 128, 384]>> loc("layer1.qkv")
  %70 = dlc.add %67, %69 : tensor<?x128x384xf32, #dlc.dims<[batch, 128, 384]>> loc("layer1.qkv")
  %71 = dlc.reshape %70 : tensor<?x128x384xf32, #dlc.dims<[batch, 128, 384]>> -> tensor<?x128x3x4x32xf32, #dlc.dims<[batch, 128, 3, 4, 32]>> loc("layer1.heads")
  %72 = dlc.slice %71 start = [0, 0, 0, 0, 0] stride = [1, 1, 1, 1, 1] : tensor<?x128x3x4x32xf32, #dlc.dims<[batch, 128, 3, 4, 32]>> -> tensor<?x128x1x4x32xf32, #dlc.dims<[batch, 128, 1, 4, 32]>> loc("layer1.q")
  %73 = dlc.reshape %72 : tensor<?x128x1x4x32xf32, #dlc.dims<[batch, 128, 1, 4, 32]>> -> tensor<?x128x4x32xf32, #dlc.dims<[batch, 128, 4, 32]>> loc("layer1.q")
  %74 = dlc.slice %71 start = [0, 0, 1, 0, 0] stride = [1, 1, 1, 1, 1] : tensor<?x128x3x4x32xf32, #dlc.dims<[batch, 128, 3, 4, 32]>> -> tensor<?x128x1x4x32xf32, #dlc.dims<[batch, 128, 1, 4, 32]>> loc("layer1.k")
  %75 = dlc.reshape %74 : tensor<?x128x1x4x32xf32, #dlc.dims<[batch, 128, 1, 4, 32]>> -> tensor<?x128x4x32xf32, #dlc.dims<[batch, 128, 4, 32]>> loc("layer1.k")
  %76 = dlc.slice %71 start = [0, 0, 2, 0, 0] stride = [1, 1, 1, 1, 1] : tensor<?x128x3x4x32xf32, #dlc.dims<[batch, 128, 3, 4, 32]>> -> tensor<?x128x1x4x32xf32, #dlc.dims<[batch, 128, 1, 4, 32]>> loc("layer1.v")
  %77 = dlc.reshape %76 : tensor<?x128x1x4x32xf32, #dlc.dims<[batch, 128, 1, 4, 32]>> -> tensor<?x128x4x32xf32, #dlc.dims<[batch, 128, 4, 32]>> loc("layer1.v")
  %78 = dlc.dot_general %73, %75 batch = [0, 2] x [0, 2] contract = [3] x [3] : (tensor<?x128x4x32xf32, #dlc.dims<[batch, 128, 4, 32]>>, tensor<?x128x4x32xf32, #dlc.dims<[batch, 128, 4, 32]>>) -> tensor<?x4x128x128xf32, #dlc.dims<[batch, 4, 128, 128]>> loc("layer1.scores")
  %79 = dlc.constant dense<1.767766953e-01> : tensor<f32> loc("layer1.scores")
  %80 = dlc.broadcast %79 dims = [] : tensor<f32> -> tensor<?x4x128x128xf32, #dlc.dims<[batch, 4, 128, 128]>> loc("layer1.scores")
  %81 = dlc.mul %78, %80 : tensor<?x4x128x128xf32, #dlc.dims<[batch, 4, 128, 128]>> loc("layer1.scores")
  %82 = dlc.iota axis = 2 : tensor<?x4x128x128xi32, #dlc.dims<[batch, 4, 128, 128]>> loc("layer1.mask")
  %83 = dlc.iota axis = 3 : tensor<?x4x128x128xi32, #dlc.dims<[batch, 4, 128, 128]>> loc("layer1.mask")
  %84 = dlc.compare ge %82, %83 : tensor<?x4x128x128xi32, #dlc.dims<[batch, 4, 128, 128]>> -> tensor<?x4x128x128xi1, #dlc.dims<[batch, 4, 128, 128]>> loc("layer1.mask")
  %85 = dlc.constant dense<-1.000000e+30> : tensor<f32> loc("layer1.mask")
  %86 = dlc.broadcast %85 dims = [] : tensor<f32> -> tensor<?x4x128x128xf32, #dlc.dims<[batch, 4, 128, 128]>> loc("layer1.mask")
  %87 = dlc.select %84, %81, %86 : tensor<?x4x128x128xi1, #dlc.dims<[batch, 4, 128, 128]>>, tensor<?x4x128x128xf32, #dlc.dims<[batch, 4, 128, 128]>> loc("layer1.mask")
  %88 = dlc.softmax %87 axis = 3 : tensor<?x4x128x128xf32, #dlc.dims<[batch, 4, 128, 128]>> loc("layer1.softmax")
  %89 = dlc.dot_general %88, %77 batch = [0, 1] x [0, 2] contract = [3] x [1] : (tensor<?x4x128x128xf32, #dlc.dims<[batch, 4, 128, 128]>>, tensor<?x128x4x32xf32, #dlc.dims<[batch, 128, 4, 32]>>) -> tensor<?x4x128x32xf32, #dlc.dims<[batch, 4, 128, 32]>> loc("layer1.mix")
  %90 = dlc.transpose %89 perm = [0, 2, 1, 3] : tensor<?x4x128x32xf32, #dlc.dims<[batch, 4, 128, 32]>> -> tensor<?x128x4x32xf32, #dlc.dims<[batch, 128, 4, 32]>> loc("layer1.join")
  %91 = dlc.reshape %90 : tensor<?x128x4x32xf32, #dlc.dims<[batch, 128, 4, 32]>> -> tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer1.join")
  %92 = dlc.get_weight @layer1.out.weight : tensor<128x128xf32>
  %93 = dlc.dot_general %91, %92 batch = [] x [] contract = [2] x [1] : (tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>>, tensor<128x128xf32>) -> tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer1.out")
  %94 = dlc.get_weight @layer1.out.bias : tensor<128xf32>
  %95 = dlc.broadcast %94 dims = [2] : tensor<128xf32> -> tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer1.out")
  %96 = dlc.add %93, %95 : tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer1.out")
  %97 = dlc.add %62, %96 : tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer1.add1")
  %98 = dlc.get_weight @layer1.norm2.weight : tensor<128xf32>
  %99 = dlc.get_weight @layer1.norm2.bias : tensor<128xf32>
  %100 = dlc.layer_norm %97, %98, %99 epsilon = 1.000000e-05 axis = 2 : tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>>, tensor<128xf32> loc("layer1.norm2")
  %101 = dlc.get_weight @layer1.up.weight : tensor<512x128xf32>
  %102 = dlc.dot_general %100, %101 batch = [] x [] contract = [2] x [1] : (tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>>, tensor<512x128xf32>) -> tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer1.up")
  %103 = dlc.get_weight @layer1.up.bias : tensor<512xf32>
  %104 = dlc.broadcast %103 dims = [2] : tensor<512xf32> -> tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer1.up")
  %105 = dlc.add %102, %104 : tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer1.up")
  %106 = dlc.constant dense<5.000000000e-01> : tensor<f32> loc("layer1.gelu")
  %107 = dlc.broadcast %106 dims = [] : tensor<f32> -> tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer1.gelu")
  %108 = dlc.mul %105, %107 : tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer1.gelu")
  %109 = dlc.constant dense<7.071067812e-01> : tensor<f32> loc("layer1.gelu")
  %110 = dlc.broadcast %109 dims = [] : tensor<f32> -> tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer1.gelu")
  %111 = dlc.mul %105, %110 : tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer1.gelu")
  %112 = dlc.erf %111 : tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer1.gelu")
  %113 = dlc.mul %108, %112 : tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer1.gelu")
  %114 = dlc.add %108, %113 : tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer1.gelu")
  %115 = dlc.get_weight @layer1.down.weight : tensor<128x512xf32>
  %116 = dlc.dot_general %114, %115 batch = [] x [] contract = [2] x [1] : (tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>>, tensor<128x512xf32>) -> tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer1.down")
  %117 = dlc.get_weight @layer1.down.bias : tensor<128xf32>
  %118 = dlc.broadcast %117 dims = [2] : tensor<128xf32> -> tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer1.down")
  %119 = dlc.add %116, %118 : tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer1.down")
  %120 = dlc.add %97, %119 : tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer1.add2")
  %121 = dlc.get_weight @layer2.norm1.weight : tensor<128xf32>
  %122 = dlc.get_weight @layer2.norm1.bias : tensor<128xf32>
  %123 = dlc.layer_norm %120, %121, %122 epsilon = 1.000000e-05 axis = 2 : tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>>, tensor<128xf32> loc("layer2.norm1")
  %124 = dlc.get_weight @layer2.qkv.weight : tensor<384x128xf32>
  %125 = dlc.dot_general %123, %124 batch = [] x [] contract = [2] x [1] : (tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>>, tensor<384x128xf32>) -> tensor<?x128x384xf32, #dlc.dims<[batch, 128, 384]>> loc("layer2.qkv")
  %126 = dlc.get_weight @layer2.qkv.bias : tensor<384xf32>
  %127 = dlc.broadcast %126 dims = [2] : tensor<384xf32> -> tensor<?x128x384xf32, #dlc.dims<[batch, 128, 384]>> loc("layer2.qkv")
  %128 = dlc.add %125, %127 : tensor<?x128x384xf32, #dlc.dims<[batch, 128, 384]>> loc("layer2.qkv")
  %129 = dlc.reshape %128 : tensor<?x128x384xf32, #dlc.dims<[batch, 128, 384]>> -> tensor<?x128x3x4x32xf32, #dlc.dims<[batch, 128, 3, 4, 32]>> loc("layer2.heads")
  %130 = dlc.slice %129 start = [0, 0, 0, 0, 0] stride = [1, 1, 1, 1, 1] : tensor<?x128x3x4x32xf32, #dlc.dims<[batch, 128, 3, 4, 32]>> -> tensor<?x128x1x4x32xf32, #dlc.dims<[batch, 128, 1, 4, 32]>> loc("layer2.q")
  %131 = dlc.reshape %130 : tensor<?x128x1x4x32xf32, #dlc.dims<[batch, 128, 1, 4, 32]>> -> tensor<?x128x4x32xf32, #dlc.dims<[batch, 128, 4, 32]>> loc("layer2.q")
  %132 = dlc.slice %129 start = [0, 0, 1, 0, 0] stride = [1, 1, 1, 1, 1] : tensor<?x128x3x4x32xf32, #dlc.dims<[batch, 128, 3, 4, 32]>> -> tensor<?x128x1x4x32xf32, #dlc.dims<[batch, 128, 1, 4, 32]>> loc("layer2.k")
  %133 = dlc.reshape %132 : tensor<?x128x1x4x32xf32, #dlc.dims<[batch, 128, 1, 4, 32]>> -> tensor<?x128x4x32xf32, #dlc.dims<[batch, 128, 4, 32]>> loc("layer2.k")
  %134 = dlc.slice %129 start = [0, 0, 2, 0, 0] stride = [1, 1, 1, 1, 1] : tensor<?x128x3x4x32xf32, #dlc.dims<[batch, 128, 3, 4, 32]>> -> tensor<?x128x1x4x32xf32, #dlc.dims<[batch, 128, 1, 4, 32]>> loc("layer2.v")
  %135 = dlc.reshape %134 : tensor<?x128x1x4x32xf32, #dlc.dims<[batch, 128, 1, 4, 32]>> -> tensor<?x128x4x32xf32, #dlc.dims<[batch, 128, 4, 32]>> loc("layer2.v")
  %136 = dlc.dot_general %131, %133 batch = [0, 2] x [0, 2] contract = [3] x [3] : (tensor<?x128x4x32xf32, #dlc.dims<[batch, 128, 4, 32]>>, tensor<?x128x4x32xf32, #dlc.dims<[batch, 128, 4, 32]>>) -> tensor<?x4x128x128xf32, #dlc.dims<[batch, 4, 128, 128]>> loc("layer2.scores")
  %137 = dlc.constant dense<1.767766953e-01> : tensor<f32> loc("layer2.scores")
  %138 = dlc.broadcast %137 dims = [] : tensor<f32> -> tensor<?x4x128x128xf32, #dlc.dims<[batch, 4, 128, 128]>> loc("layer2.scores")
  %139 = dlc.mul %136, %138 : tensor<?x4x128x128xf32, #dlc.dims<[batch, 4, 128, 128]>> loc("layer2.scores")
  %140 = dlc.iota axis = 2 : tensor<?x4x128x128xi32, #dlc.dims<[batch, 4, 128, 128]>> loc("layer2.mask")
  %141 = dlc.iota axis = 3 : tensor<?x4x128x128xi32, #dlc.dims<[batch, 4, 128, 128]>> loc("layer2.mask")
  %142 = dlc.compare ge %140, %141 : tensor<?x4x128x128xi32, #dlc.dims<[batch, 4, 128, 128]>> -> tensor<?x4x128x128xi1, #dlc.dims<[batch, 4, 128, 128]>> loc("layer2.mask")
  %143 = dlc.constant dense<-1.000000e+30> : tensor<f32> loc("layer2.mask")
  %144 = dlc.broadcast %143 dims = [] : tensor<f32> -> tensor<?x4x128x128xf32, #dlc.dims<[batch, 4, 128, 128]>> loc("layer2.mask")
  %145 = dlc.select %142, %139, %144 : tensor<?x4x128x128xi1, #dlc.dims<[batch, 4, 128, 128]>>, tensor<?x4x128x128xf32, #dlc.dims<[batch, 4, 128, 128]>> loc("layer2.mask")
  %146 = dlc.softmax %145 axis = 3 : tensor<?x4x128x128xf32, #dlc.dims<[batch, 4, 128, 128]>> loc("layer2.softmax")
  %147 = dlc.dot_general %146, %135 batch = [0, 1] x [0, 2] contract = [3] x [1] : (tensor<?x4x128x128xf32, #dlc.dims<[batch, 4, 128, 128]>>, tensor<?x128x4x32xf32, #dlc.dims<[batch, 128, 4, 32]>>) -> tensor<?x4x128x32xf32, #dlc.dims<[batch, 4, 128, 32]>> loc("layer2.mix")
  %148 = dlc.transpose %147 perm = [0, 2, 1, 3] : tensor<?x4x128x32xf32, #dlc.dims<[batch, 4, 128, 32]>> -> tensor<?x128x4x32xf32, #dlc.dims<[batch, 128, 4, 32]>> loc("layer2.join")
  %149 = dlc.reshape %148 : tensor<?x128x4x32xf32, #dlc.dims<[batch, 128, 4, 32]>> -> tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer2.join")
  %150 = dlc.get_weight @layer2.out.weight : tensor<128x128xf32>
  %151 = dlc.dot_general %149, %150 batch = [] x [] contract = [2] x [1] : (tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>>, tensor<128x128xf32>) -> tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer2.out")
  %152 = dlc.get_weight @layer2.out.bias : tensor<128xf32>
  %153 = dlc.broadcast %152 dims = [2] : tensor<128xf32> -> tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer2.out")
  %154 = dlc.add %151, %153 : tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer2.out")
  %155 = dlc.add %120, %154 : tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer2.add1")
  %156 = dlc.get_weight @layer2.norm2.weight : tensor<128xf32>
  %157 = dlc.get_weight @layer2.norm2.bias : tensor<128xf32>
  %158 = dlc.layer_norm %155, %156, %157 epsilon = 1.000000e-05 axis = 2 : tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>>, tensor<128xf32> loc("layer2.norm2")
  %159 = dlc.get_weight @layer2.up.weight : tensor<512x128xf32>
  %160 = dlc.dot_general %158, %159 batch = [] x [] contract = [2] x [1] : (tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>>, tensor<512x128xf32>) -> tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer2.up")
  %161 = dlc.get_weight @layer2.up.bias : tensor<512xf32>
  %162 = dlc.broadcast %161 dims = [2] : tensor<512xf32> -> tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer2.up")
  %163 = dlc.add %160, %162 : tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer2.up")
  %164 = dlc.constant dense<5.000000000e-01> : tensor<f32> loc("layer2.gelu")
  %165 = dlc.broadcast %164 dims = [] : tensor<f32> -> tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer2.gelu")
  %166 = dlc.mul %163, %165 : tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer2.gelu")
  %167 = dlc.constant dense<7.071067812e-01> : tensor<f32> loc("layer2.gelu")
  %168 = dlc.broadcast %167 dims = [] : tensor<f32> -> tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer2.gelu")
  %169 = dlc.mul %163, %168 : tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer2.gelu")
  %170 = dlc.erf %169 : tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer2.gelu")
  %171 = dlc.mul %166, %170 : tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer2.gelu")
  %172 = dlc.add %166, %171 : tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer2.gelu")
  %173 = dlc.get_weight @layer2.down.weight : tensor<128x512xf32>
  %174 = dlc.dot_general %172, %173 batch = [] x [] contract = [2] x [1] : (tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>>, tensor<128x512xf32>) -> tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer2.down")
  %175 = dlc.get_weight @layer2.down.bias : tensor<128xf32>
  %176 = dlc.broadcast %175 dims = [2] : tensor<128xf32> -> tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer2.down")
  %177 = dlc.add %174, %176 : tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer2.down")
  %178 = dlc.add %155, %177 : tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer2.add2")
  %179 = dlc.get_weight @layer3.norm1.weight : tensor<128xf32>
  %180 = dlc.get_weight @layer3.norm1.bias : tensor<128xf32>
  %181 = dlc.layer_norm %178, %179, %180 epsilon = 1.000000e-05 axis = 2 : tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>>, tensor<128xf32> loc("layer3.norm1")
  %182 = dlc.get_weight @layer3.qkv.weight : tensor<384x128xf32>
  %183 = dlc.dot_general %181, %182 batch = [] x [] contract = [2] x [1] : (tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>>, tensor<384x128xf32>) -> tensor<?x128x384xf32, #dlc.dims<[batch, 128, 384]>> loc("layer3.qkv")
  %184 = dlc.get_weight @layer3.qkv.bias : tensor<384xf32>
  %185 = dlc.broadcast %184 dims = [2] : tensor<384xf32> -> tensor<?x128x384xf32, #dlc.dims<[batch, 128, 384]>> loc("layer3.qkv")
  %186 = dlc.add %183, %185 : tensor<?x128x384xf32, #dlc.dims<[batch, 128, 384]>> loc("layer3.qkv")
  %187 = dlc.reshape %186 : tensor<?x128x384xf32, #dlc.dims<[batch, 128, 384]>> -> tensor<?x128x3x4x32xf32, #dlc.dims<[batch, 128, 3, 4, 32]>> loc("layer3.heads")
  %188 = dlc.slice %187 start = [0, 0, 0, 0, 0] stride = [1, 1, 1, 1, 1] : tensor<?x128x3x4x32xf32, #dlc.dims<[batch, 128, 3, 4, 32]>> -> tensor<?x128x1x4x32xf32, #dlc.dims<[batch, 128, 1, 4, 32]>> loc("layer3.q")
  %189 = dlc.reshape %188 : tensor<?x128x1x4x32xf32, #dlc.dims<[batch, 128, 1, 4, 32]>> -> tensor<?x128x4x32xf32, #dlc.dims<[batch, 128, 4, 32]>> loc("layer3.q")
  %190 = dlc.slice %187 start = [0, 0, 1, 0, 0] stride = [1, 1, 1, 1, 1] : tensor<?x128x3x4x32xf32, #dlc.dims<[batch, 128, 3, 4, 32]>> -> tensor<?x128x1x4x32xf32, #dlc.dims<[batch, 128, 1, 4, 32]>> loc("layer3.k")
  %191 = dlc.reshape %190 : tensor<?x128x1x4x32xf32, #dlc.dims<[batch, 128, 1, 4, 32]>> -> tensor<?x128x4x32xf32, #dlc.dims<[batch, 128, 4, 32]>> loc("layer3.k")
  %192 = dlc.slice %187 start = [0, 0, 2, 0, 0] stride = [1, 1, 1, 1, 1] : tensor<?x128x3x4x32xf32, #dlc.dims<[batch, 128, 3, 4, 32]>> -> tensor<?x128x1x4x32xf32, #dlc.dims<[batch, 128, 1, 4, 32]>> loc("layer3.v")
  %193 = dlc.reshape %192 : tensor<?x128x1x4x32xf32, #dlc.dims<[batch, 128, 1, 4, 32]>> -> tensor<?x128x4x32xf32, #dlc.dims<[batch, 128, 4, 32]>> loc("layer3.v")
  %194 = dlc.dot_general %189, %191 batch = [0, 2] x [0, 2] contract = [3] x [3] : (tensor<?x128x4x32xf32, #dlc.dims<[batch, 128, 4, 32]>>, tensor<?x128x4x32xf32, #dlc.dims<[batch, 128, 4, 32]>>) -> tensor<?x4x128x128xf32, #dlc.dims<[batch, 4, 128, 128]>> loc("layer3.scores")
  %195 = dlc.constant dense<1.767766953e-01> : tensor<f32> loc("layer3.scores")
  %196 = dlc.broadcast %195 dims = [] : tensor<f32> -> tensor<?x4x128x128xf32, #dlc.dims<[batch, 4, 128, 128]>> loc("layer3.scores")
  %197 = dlc.mul %194, %196 : tensor<?x4x128x128xf32, #dlc.dims<[batch, 4, 128, 128]>> loc("layer3.scores")
  %198 = dlc.iota axis = 2 : tensor<?x4x128x128xi32, #dlc.dims<[batch, 4, 128, 128]>> loc("layer3.mask")
  %199 = dlc.iota axis = 3 : tensor<?x4x128x128xi32, #dlc.dims<[batch, 4, 128, 128]>> loc("layer3.mask")
  %200 = dlc.compare ge %198, %199 : tensor<?x4x128x128xi32, #dlc.dims<[batch, 4, 128, 128]>> -> tensor<?x4x128x128xi1, #dlc.dims<[batch, 4, 128, 128]>> loc("layer3.mask")
  %201 = dlc.constant dense<-1.000000e+30> : tensor<f32> loc("layer3.mask")
  %202 = dlc.broadcast %201 dims = [] : tensor<f32> -> tensor<?x4x128x128xf32, #dlc.dims<[batch, 4, 128, 128]>> loc("layer3.mask")
  %203 = dlc.select %200, %197, %202 : tensor<?x4x128x128xi1, #dlc.dims<[batch, 4, 128, 128]>>, tensor<?x4x128x128xf32, #dlc.dims<[batch, 4, 128, 128]>> loc("layer3.mask")
  %204 = dlc.softmax %203 axis = 3 : tensor<?x4x128x128xf32, #dlc.dims<[batch, 4, 128, 128]>> loc("layer3.softmax")
  %205 = dlc.dot_general %204, %193 batch = [0, 1] x [0, 2] contract = [3] x [1] : (tensor<?x4x128x128xf32, #dlc.dims<[batch, 4, 128, 128]>>, tensor<?x128x4x32xf32, #dlc.dims<[batch, 128, 4, 32]>>) -> tensor<?x4x128x32xf32, #dlc.dims<[batch, 4, 128, 32]>> loc("layer3.mix")
  %206 = dlc.transpose %205 perm = [0, 2, 1, 3] : tensor<?x4x128x32xf32, #dlc.dims<[batch, 4, 128, 32]>> -> tensor<?x128x4x32xf32, #dlc.dims<[batch, 128, 4, 32]>> loc("layer3.join")
  %207 = dlc.reshape %206 : tensor<?x128x4x32xf32, #dlc.dims<[batch, 128, 4, 32]>> -> tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer3.join")
  %208 = dlc.get_weight @layer3.out.weight : tensor<128x128xf32>
  %209 = dlc.dot_general %207, %208 batch = [] x [] contract = [2] x [1] : (tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>>, tensor<128x128xf32>) -> tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer3.out")
  %210 = dlc.get_weight @layer3.out.bias : tensor<128xf32>
  %211 = dlc.broadcast %210 dims = [2] : tensor<128xf32> -> tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer3.out")
  %212 = dlc.add %209, %211 : tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer3.out")
  %213 = dlc.add %178, %212 : tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer3.add1")
  %214 = dlc.get_weight @layer3.norm2.weight : tensor<128xf32>
  %215 = dlc.get_weight @layer3.norm2.bias : tensor<128xf32>
  %216 = dlc.layer_norm %213, %214, %215 epsilon = 1.000000e-05 axis = 2 : tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>>, tensor<128xf32> loc("layer3.norm2")
  %217 = dlc.get_weight @layer3.up.weight : tensor<512x128xf32>
  %218 = dlc.dot_general %216, %217 batch = [] x [] contract = [2] x [1] : (tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>>, tensor<512x128xf32>) -> tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer3.up")
  %219 = dlc.get_weight @layer3.up.bias : tensor<512xf32>
  %220 = dlc.broadcast %219 dims = [2] : tensor<512xf32> -> tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer3.up")
  %221 = dlc.add %218, %220 : tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer3.up")
  %222 = dlc.constant dense<5.000000000e-01> : tensor<f32> loc("layer3.gelu")
  %223 = dlc.broadcast %222 dims = [] : tensor<f32> -> tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer3.gelu")
  %224 = dlc.mul %221, %223 : tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer3.gelu")
  %225 = dlc.constant dense<7.071067812e-01> : tensor<f32> loc("layer3.gelu")
  %226 = dlc.broadcast %225 dims = [] : tensor<f32> -> tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer3.gelu")
  %227 = dlc.mul %221, %226 : tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer3.gelu")
  %228 = dlc.erf %227 : tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer3.gelu")
  %229 = dlc.mul %224, %228 : tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer3.gelu")
  %230 = dlc.add %224, %229 : tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer3.gelu")
  %231 = dlc.get_weight @layer3.down.weight : tensor<128x512xf32>
  %232 = dlc.dot_general %230, %231 batch = [] x [] contract = [2] x [1] : (tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>>, tensor<128x512xf32>) -> tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer3.down")
  %233 = dlc.get_weight @layer3.down.bias : tensor<128xf32>
  %234 = dlc.broadcast %233 dims = [2] : tensor<128xf32> -> tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer3.down")
  %235 = dlc.add %232, %234 : tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer3.down")
  %236 = dlc.add %213, %235 : tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer3.add2")
  %237 = dlc.get_weight @norm.weight : tensor<128xf32>
  %238 = dlc.get_weight @norm.bias : tensor<128xf32>
  %239 = dlc.layer_norm %236, %237, %238 epsilon = 1.000000e-05 axis = 2 : tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>>, tensor<128xf32> loc("norm")
  %240 = dlc.get_weight @head.weight : tensor<256x128xf32>
  %241 = dlc.dot_general %239, %240 batch = [] x [] contract = [2] x [1] : (tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>>, tensor<256x128xf32>) -> tensor<?x128x256xf32, #dlc.dims<[batch, 128, 256]>> loc("head")
  return %241 : tensor<?x128x256xf32, #dlc.dims<[batch, 128, 256]>>
}
