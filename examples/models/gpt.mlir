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
  %24 = dlc.iota axis = 0 : tensor<128x128xi32> loc("layer0.mask")
  %25 = dlc.iota axis = 1 : tensor<128x128xi32> loc("layer0.mask")
  %26 = dlc.compare ge %24, %25 : tensor<128x128xi32> -> tensor<128x128xi1> loc("layer0.mask")
  %27 = dlc.broadcast %26 dims = [2, 3] : tensor<128x128xi1> -> tensor<?x4x128x128xi1, #dlc.dims<[batch, 4, 128, 128]>> loc("layer0.mask")
  %28 = dlc.constant dense<-1.000000e+30> : tensor<f32> loc("layer0.mask")
  %29 = dlc.broadcast %28 dims = [] : tensor<f32> -> tensor<?x4x128x128xf32, #dlc.dims<[batch, 4, 128, 128]>> loc("layer0.mask")
  %30 = dlc.select %27, %23, %29 : tensor<?x4x128x128xi1, #dlc.dims<[batch, 4, 128, 128]>>, tensor<?x4x128x128xf32, #dlc.dims<[batch, 4, 128, 128]>> loc("layer0.mask")
  %31 = dlc.softmax %30 axis = 3 : tensor<?x4x128x128xf32, #dlc.dims<[batch, 4, 128, 128]>> loc("layer0.softmax")
  %32 = dlc.dot_general %31, %19 batch = [0, 1] x [0, 2] contract = [3] x [1] : (tensor<?x4x128x128xf32, #dlc.dims<[batch, 4, 128, 128]>>, tensor<?x128x4x32xf32, #dlc.dims<[batch, 128, 4, 32]>>) -> tensor<?x4x128x32xf32, #dlc.dims<[batch, 4, 128, 32]>> loc("layer0.mix")
  %33 = dlc.transpose %32 perm = [0, 2, 1, 3] : tensor<?x4x128x32xf32, #dlc.dims<[batch, 4, 128, 32]>> -> tensor<?x128x4x32xf32, #dlc.dims<[batch, 128, 4, 32]>> loc("layer0.join")
  %34 = dlc.reshape %33 : tensor<?x128x4x32xf32, #dlc.dims<[batch, 128, 4, 32]>> -> tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer0.join")
  %35 = dlc.get_weight @layer0.out.weight : tensor<128x128xf32>
  %36 = dlc.dot_general %34, %35 batch = [] x [] contract = [2] x [1] : (tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>>, tensor<128x128xf32>) -> tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer0.out")
  %37 = dlc.get_weight @layer0.out.bias : tensor<128xf32>
  %38 = dlc.broadcast %37 dims = [2] : tensor<128xf32> -> tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer0.out")
  %39 = dlc.add %36, %38 : tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer0.out")
  %40 = dlc.add %4, %39 : tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer0.add1")
  %41 = dlc.get_weight @layer0.norm2.weight : tensor<128xf32>
  %42 = dlc.get_weight @layer0.norm2.bias : tensor<128xf32>
  %43 = dlc.layer_norm %40, %41, %42 epsilon = 1.000000e-05 axis = 2 : tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>>, tensor<128xf32> loc("layer0.norm2")
  %44 = dlc.get_weight @layer0.up.weight : tensor<512x128xf32>
  %45 = dlc.dot_general %43, %44 batch = [] x [] contract = [2] x [1] : (tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>>, tensor<512x128xf32>) -> tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer0.up")
  %46 = dlc.get_weight @layer0.up.bias : tensor<512xf32>
  %47 = dlc.broadcast %46 dims = [2] : tensor<512xf32> -> tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer0.up")
  %48 = dlc.add %45, %47 : tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer0.up")
  %49 = dlc.constant dense<5.000000000e-01> : tensor<f32> loc("layer0.gelu")
  %50 = dlc.broadcast %49 dims = [] : tensor<f32> -> tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer0.gelu")
  %51 = dlc.mul %48, %50 : tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer0.gelu")
  %52 = dlc.constant dense<7.071067812e-01> : tensor<f32> loc("layer0.gelu")
  %53 = dlc.broadcast %52 dims = [] : tensor<f32> -> tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer0.gelu")
  %54 = dlc.mul %48, %53 : tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer0.gelu")
  %55 = dlc.erf %54 : tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer0.gelu")
  %56 = dlc.mul %51, %55 : tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer0.gelu")
  %57 = dlc.add %51, %56 : tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer0.gelu")
  %58 = dlc.get_weight @layer0.down.weight : tensor<128x512xf32>
  %59 = dlc.dot_general %57, %58 batch = [] x [] contract = [2] x [1] : (tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>>, tensor<128x512xf32>) -> tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer0.down")
  %60 = dlc.get_weight @layer0.down.bias : tensor<128xf32>
  %61 = dlc.broadcast %60 dims = [2] : tensor<128xf32> -> tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer0.down")
  %62 = dlc.add %59, %61 : tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer0.down")
  %63 = dlc.add %40, %62 : tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer0.add2")
  %64 = dlc.get_weight @layer1.norm1.weight : tensor<128xf32>
  %65 = dlc.get_weight @layer1.norm1.bias : tensor<128xf32>
  %66 = dlc.layer_norm %63, %64, %65 epsilon = 1.000000e-05 axis = 2 : tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>>, tensor<128xf32> loc("layer1.norm1")
  %67 = dlc.get_weight @layer1.qkv.weight : tensor<384x128xf32>
  %68 = dlc.dot_general %66, %67 batch = [] x [] contract = [2] x [1] : (tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>>, tensor<384x128xf32>) -> tensor<?x128x384xf32, #dlc.dims<[batch, 128, 384]>> loc("layer1.qkv")
  %69 = dlc.get_weight @layer1.qkv.bias : tensor<384xf32>
  %70 = dlc.broadcast %69 dims = [2] : tensor<384xf32> -> tensor<?x128x384xf32, #dlc.dims<[batch, 128, 384]>> loc("layer1.qkv")
  %71 = dlc.add %68, %70 : tensor<?x128x384xf32, #dlc.dims<[batch, 128, 384]>> loc("layer1.qkv")
  %72 = dlc.reshape %71 : tensor<?x128x384xf32, #dlc.dims<[batch, 128, 384]>> -> tensor<?x128x3x4x32xf32, #dlc.dims<[batch, 128, 3, 4, 32]>> loc("layer1.heads")
  %73 = dlc.slice %72 start = [0, 0, 0, 0, 0] stride = [1, 1, 1, 1, 1] : tensor<?x128x3x4x32xf32, #dlc.dims<[batch, 128, 3, 4, 32]>> -> tensor<?x128x1x4x32xf32, #dlc.dims<[batch, 128, 1, 4, 32]>> loc("layer1.q")
  %74 = dlc.reshape %73 : tensor<?x128x1x4x32xf32, #dlc.dims<[batch, 128, 1, 4, 32]>> -> tensor<?x128x4x32xf32, #dlc.dims<[batch, 128, 4, 32]>> loc("layer1.q")
  %75 = dlc.slice %72 start = [0, 0, 1, 0, 0] stride = [1, 1, 1, 1, 1] : tensor<?x128x3x4x32xf32, #dlc.dims<[batch, 128, 3, 4, 32]>> -> tensor<?x128x1x4x32xf32, #dlc.dims<[batch, 128, 1, 4, 32]>> loc("layer1.k")
  %76 = dlc.reshape %75 : tensor<?x128x1x4x32xf32, #dlc.dims<[batch, 128, 1, 4, 32]>> -> tensor<?x128x4x32xf32, #dlc.dims<[batch, 128, 4, 32]>> loc("layer1.k")
  %77 = dlc.slice %72 start = [0, 0, 2, 0, 0] stride = [1, 1, 1, 1, 1] : tensor<?x128x3x4x32xf32, #dlc.dims<[batch, 128, 3, 4, 32]>> -> tensor<?x128x1x4x32xf32, #dlc.dims<[batch, 128, 1, 4, 32]>> loc("layer1.v")
  %78 = dlc.reshape %77 : tensor<?x128x1x4x32xf32, #dlc.dims<[batch, 128, 1, 4, 32]>> -> tensor<?x128x4x32xf32, #dlc.dims<[batch, 128, 4, 32]>> loc("layer1.v")
  %79 = dlc.dot_general %74, %76 batch = [0, 2] x [0, 2] contract = [3] x [3] : (tensor<?x128x4x32xf32, #dlc.dims<[batch, 128, 4, 32]>>, tensor<?x128x4x32xf32, #dlc.dims<[batch, 128, 4, 32]>>) -> tensor<?x4x128x128xf32, #dlc.dims<[batch, 4, 128, 128]>> loc("layer1.scores")
  %80 = dlc.constant dense<1.767766953e-01> : tensor<f32> loc("layer1.scores")
  %81 = dlc.broadcast %80 dims = [] : tensor<f32> -> tensor<?x4x128x128xf32, #dlc.dims<[batch, 4, 128, 128]>> loc("layer1.scores")
  %82 = dlc.mul %79, %81 : tensor<?x4x128x128xf32, #dlc.dims<[batch, 4, 128, 128]>> loc("layer1.scores")
  %83 = dlc.iota axis = 0 : tensor<128x128xi32> loc("layer1.mask")
  %84 = dlc.iota axis = 1 : tensor<128x128xi32> loc("layer1.mask")
  %85 = dlc.compare ge %83, %84 : tensor<128x128xi32> -> tensor<128x128xi1> loc("layer1.mask")
  %86 = dlc.broadcast %85 dims = [2, 3] : tensor<128x128xi1> -> tensor<?x4x128x128xi1, #dlc.dims<[batch, 4, 128, 128]>> loc("layer1.mask")
  %87 = dlc.constant dense<-1.000000e+30> : tensor<f32> loc("layer1.mask")
  %88 = dlc.broadcast %87 dims = [] : tensor<f32> -> tensor<?x4x128x128xf32, #dlc.dims<[batch, 4, 128, 128]>> loc("layer1.mask")
  %89 = dlc.select %86, %82, %88 : tensor<?x4x128x128xi1, #dlc.dims<[batch, 4, 128, 128]>>, tensor<?x4x128x128xf32, #dlc.dims<[batch, 4, 128, 128]>> loc("layer1.mask")
  %90 = dlc.softmax %89 axis = 3 : tensor<?x4x128x128xf32, #dlc.dims<[batch, 4, 128, 128]>> loc("layer1.softmax")
  %91 = dlc.dot_general %90, %78 batch = [0, 1] x [0, 2] contract = [3] x [1] : (tensor<?x4x128x128xf32, #dlc.dims<[batch, 4, 128, 128]>>, tensor<?x128x4x32xf32, #dlc.dims<[batch, 128, 4, 32]>>) -> tensor<?x4x128x32xf32, #dlc.dims<[batch, 4, 128, 32]>> loc("layer1.mix")
  %92 = dlc.transpose %91 perm = [0, 2, 1, 3] : tensor<?x4x128x32xf32, #dlc.dims<[batch, 4, 128, 32]>> -> tensor<?x128x4x32xf32, #dlc.dims<[batch, 128, 4, 32]>> loc("layer1.join")
  %93 = dlc.reshape %92 : tensor<?x128x4x32xf32, #dlc.dims<[batch, 128, 4, 32]>> -> tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer1.join")
  %94 = dlc.get_weight @layer1.out.weight : tensor<128x128xf32>
  %95 = dlc.dot_general %93, %94 batch = [] x [] contract = [2] x [1] : (tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>>, tensor<128x128xf32>) -> tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer1.out")
  %96 = dlc.get_weight @layer1.out.bias : tensor<128xf32>
  %97 = dlc.broadcast %96 dims = [2] : tensor<128xf32> -> tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer1.out")
  %98 = dlc.add %95, %97 : tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer1.out")
  %99 = dlc.add %63, %98 : tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer1.add1")
  %100 = dlc.get_weight @layer1.norm2.weight : tensor<128xf32>
  %101 = dlc.get_weight @layer1.norm2.bias : tensor<128xf32>
  %102 = dlc.layer_norm %99, %100, %101 epsilon = 1.000000e-05 axis = 2 : tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>>, tensor<128xf32> loc("layer1.norm2")
  %103 = dlc.get_weight @layer1.up.weight : tensor<512x128xf32>
  %104 = dlc.dot_general %102, %103 batch = [] x [] contract = [2] x [1] : (tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>>, tensor<512x128xf32>) -> tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer1.up")
  %105 = dlc.get_weight @layer1.up.bias : tensor<512xf32>
  %106 = dlc.broadcast %105 dims = [2] : tensor<512xf32> -> tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer1.up")
  %107 = dlc.add %104, %106 : tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer1.up")
  %108 = dlc.constant dense<5.000000000e-01> : tensor<f32> loc("layer1.gelu")
  %109 = dlc.broadcast %108 dims = [] : tensor<f32> -> tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer1.gelu")
  %110 = dlc.mul %107, %109 : tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer1.gelu")
  %111 = dlc.constant dense<7.071067812e-01> : tensor<f32> loc("layer1.gelu")
  %112 = dlc.broadcast %111 dims = [] : tensor<f32> -> tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer1.gelu")
  %113 = dlc.mul %107, %112 : tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer1.gelu")
  %114 = dlc.erf %113 : tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer1.gelu")
  %115 = dlc.mul %110, %114 : tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer1.gelu")
  %116 = dlc.add %110, %115 : tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer1.gelu")
  %117 = dlc.get_weight @layer1.down.weight : tensor<128x512xf32>
  %118 = dlc.dot_general %116, %117 batch = [] x [] contract = [2] x [1] : (tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>>, tensor<128x512xf32>) -> tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer1.down")
  %119 = dlc.get_weight @layer1.down.bias : tensor<128xf32>
  %120 = dlc.broadcast %119 dims = [2] : tensor<128xf32> -> tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer1.down")
  %121 = dlc.add %118, %120 : tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer1.down")
  %122 = dlc.add %99, %121 : tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer1.add2")
  %123 = dlc.get_weight @layer2.norm1.weight : tensor<128xf32>
  %124 = dlc.get_weight @layer2.norm1.bias : tensor<128xf32>
  %125 = dlc.layer_norm %122, %123, %124 epsilon = 1.000000e-05 axis = 2 : tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>>, tensor<128xf32> loc("layer2.norm1")
  %126 = dlc.get_weight @layer2.qkv.weight : tensor<384x128xf32>
  %127 = dlc.dot_general %125, %126 batch = [] x [] contract = [2] x [1] : (tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>>, tensor<384x128xf32>) -> tensor<?x128x384xf32, #dlc.dims<[batch, 128, 384]>> loc("layer2.qkv")
  %128 = dlc.get_weight @layer2.qkv.bias : tensor<384xf32>
  %129 = dlc.broadcast %128 dims = [2] : tensor<384xf32> -> tensor<?x128x384xf32, #dlc.dims<[batch, 128, 384]>> loc("layer2.qkv")
  %130 = dlc.add %127, %129 : tensor<?x128x384xf32, #dlc.dims<[batch, 128, 384]>> loc("layer2.qkv")
  %131 = dlc.reshape %130 : tensor<?x128x384xf32, #dlc.dims<[batch, 128, 384]>> -> tensor<?x128x3x4x32xf32, #dlc.dims<[batch, 128, 3, 4, 32]>> loc("layer2.heads")
  %132 = dlc.slice %131 start = [0, 0, 0, 0, 0] stride = [1, 1, 1, 1, 1] : tensor<?x128x3x4x32xf32, #dlc.dims<[batch, 128, 3, 4, 32]>> -> tensor<?x128x1x4x32xf32, #dlc.dims<[batch, 128, 1, 4, 32]>> loc("layer2.q")
  %133 = dlc.reshape %132 : tensor<?x128x1x4x32xf32, #dlc.dims<[batch, 128, 1, 4, 32]>> -> tensor<?x128x4x32xf32, #dlc.dims<[batch, 128, 4, 32]>> loc("layer2.q")
  %134 = dlc.slice %131 start = [0, 0, 1, 0, 0] stride = [1, 1, 1, 1, 1] : tensor<?x128x3x4x32xf32, #dlc.dims<[batch, 128, 3, 4, 32]>> -> tensor<?x128x1x4x32xf32, #dlc.dims<[batch, 128, 1, 4, 32]>> loc("layer2.k")
  %135 = dlc.reshape %134 : tensor<?x128x1x4x32xf32, #dlc.dims<[batch, 128, 1, 4, 32]>> -> tensor<?x128x4x32xf32, #dlc.dims<[batch, 128, 4, 32]>> loc("layer2.k")
  %136 = dlc.slice %131 start = [0, 0, 2, 0, 0] stride = [1, 1, 1, 1, 1] : tensor<?x128x3x4x32xf32, #dlc.dims<[batch, 128, 3, 4, 32]>> -> tensor<?x128x1x4x32xf32, #dlc.dims<[batch, 128, 1, 4, 32]>> loc("layer2.v")
  %137 = dlc.reshape %136 : tensor<?x128x1x4x32xf32, #dlc.dims<[batch, 128, 1, 4, 32]>> -> tensor<?x128x4x32xf32, #dlc.dims<[batch, 128, 4, 32]>> loc("layer2.v")
  %138 = dlc.dot_general %133, %135 batch = [0, 2] x [0, 2] contract = [3] x [3] : (tensor<?x128x4x32xf32, #dlc.dims<[batch, 128, 4, 32]>>, tensor<?x128x4x32xf32, #dlc.dims<[batch, 128, 4, 32]>>) -> tensor<?x4x128x128xf32, #dlc.dims<[batch, 4, 128, 128]>> loc("layer2.scores")
  %139 = dlc.constant dense<1.767766953e-01> : tensor<f32> loc("layer2.scores")
  %140 = dlc.broadcast %139 dims = [] : tensor<f32> -> tensor<?x4x128x128xf32, #dlc.dims<[batch, 4, 128, 128]>> loc("layer2.scores")
  %141 = dlc.mul %138, %140 : tensor<?x4x128x128xf32, #dlc.dims<[batch, 4, 128, 128]>> loc("layer2.scores")
  %142 = dlc.iota axis = 0 : tensor<128x128xi32> loc("layer2.mask")
  %143 = dlc.iota axis = 1 : tensor<128x128xi32> loc("layer2.mask")
  %144 = dlc.compare ge %142, %143 : tensor<128x128xi32> -> tensor<128x128xi1> loc("layer2.mask")
  %145 = dlc.broadcast %144 dims = [2, 3] : tensor<128x128xi1> -> tensor<?x4x128x128xi1, #dlc.dims<[batch, 4, 128, 128]>> loc("layer2.mask")
  %146 = dlc.constant dense<-1.000000e+30> : tensor<f32> loc("layer2.mask")
  %147 = dlc.broadcast %146 dims = [] : tensor<f32> -> tensor<?x4x128x128xf32, #dlc.dims<[batch, 4, 128, 128]>> loc("layer2.mask")
  %148 = dlc.select %145, %141, %147 : tensor<?x4x128x128xi1, #dlc.dims<[batch, 4, 128, 128]>>, tensor<?x4x128x128xf32, #dlc.dims<[batch, 4, 128, 128]>> loc("layer2.mask")
  %149 = dlc.softmax %148 axis = 3 : tensor<?x4x128x128xf32, #dlc.dims<[batch, 4, 128, 128]>> loc("layer2.softmax")
  %150 = dlc.dot_general %149, %137 batch = [0, 1] x [0, 2] contract = [3] x [1] : (tensor<?x4x128x128xf32, #dlc.dims<[batch, 4, 128, 128]>>, tensor<?x128x4x32xf32, #dlc.dims<[batch, 128, 4, 32]>>) -> tensor<?x4x128x32xf32, #dlc.dims<[batch, 4, 128, 32]>> loc("layer2.mix")
  %151 = dlc.transpose %150 perm = [0, 2, 1, 3] : tensor<?x4x128x32xf32, #dlc.dims<[batch, 4, 128, 32]>> -> tensor<?x128x4x32xf32, #dlc.dims<[batch, 128, 4, 32]>> loc("layer2.join")
  %152 = dlc.reshape %151 : tensor<?x128x4x32xf32, #dlc.dims<[batch, 128, 4, 32]>> -> tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer2.join")
  %153 = dlc.get_weight @layer2.out.weight : tensor<128x128xf32>
  %154 = dlc.dot_general %152, %153 batch = [] x [] contract = [2] x [1] : (tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>>, tensor<128x128xf32>) -> tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer2.out")
  %155 = dlc.get_weight @layer2.out.bias : tensor<128xf32>
  %156 = dlc.broadcast %155 dims = [2] : tensor<128xf32> -> tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer2.out")
  %157 = dlc.add %154, %156 : tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer2.out")
  %158 = dlc.add %122, %157 : tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer2.add1")
  %159 = dlc.get_weight @layer2.norm2.weight : tensor<128xf32>
  %160 = dlc.get_weight @layer2.norm2.bias : tensor<128xf32>
  %161 = dlc.layer_norm %158, %159, %160 epsilon = 1.000000e-05 axis = 2 : tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>>, tensor<128xf32> loc("layer2.norm2")
  %162 = dlc.get_weight @layer2.up.weight : tensor<512x128xf32>
  %163 = dlc.dot_general %161, %162 batch = [] x [] contract = [2] x [1] : (tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>>, tensor<512x128xf32>) -> tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer2.up")
  %164 = dlc.get_weight @layer2.up.bias : tensor<512xf32>
  %165 = dlc.broadcast %164 dims = [2] : tensor<512xf32> -> tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer2.up")
  %166 = dlc.add %163, %165 : tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer2.up")
  %167 = dlc.constant dense<5.000000000e-01> : tensor<f32> loc("layer2.gelu")
  %168 = dlc.broadcast %167 dims = [] : tensor<f32> -> tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer2.gelu")
  %169 = dlc.mul %166, %168 : tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer2.gelu")
  %170 = dlc.constant dense<7.071067812e-01> : tensor<f32> loc("layer2.gelu")
  %171 = dlc.broadcast %170 dims = [] : tensor<f32> -> tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer2.gelu")
  %172 = dlc.mul %166, %171 : tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer2.gelu")
  %173 = dlc.erf %172 : tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer2.gelu")
  %174 = dlc.mul %169, %173 : tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer2.gelu")
  %175 = dlc.add %169, %174 : tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer2.gelu")
  %176 = dlc.get_weight @layer2.down.weight : tensor<128x512xf32>
  %177 = dlc.dot_general %175, %176 batch = [] x [] contract = [2] x [1] : (tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>>, tensor<128x512xf32>) -> tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer2.down")
  %178 = dlc.get_weight @layer2.down.bias : tensor<128xf32>
  %179 = dlc.broadcast %178 dims = [2] : tensor<128xf32> -> tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer2.down")
  %180 = dlc.add %177, %179 : tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer2.down")
  %181 = dlc.add %158, %180 : tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer2.add2")
  %182 = dlc.get_weight @layer3.norm1.weight : tensor<128xf32>
  %183 = dlc.get_weight @layer3.norm1.bias : tensor<128xf32>
  %184 = dlc.layer_norm %181, %182, %183 epsilon = 1.000000e-05 axis = 2 : tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>>, tensor<128xf32> loc("layer3.norm1")
  %185 = dlc.get_weight @layer3.qkv.weight : tensor<384x128xf32>
  %186 = dlc.dot_general %184, %185 batch = [] x [] contract = [2] x [1] : (tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>>, tensor<384x128xf32>) -> tensor<?x128x384xf32, #dlc.dims<[batch, 128, 384]>> loc("layer3.qkv")
  %187 = dlc.get_weight @layer3.qkv.bias : tensor<384xf32>
  %188 = dlc.broadcast %187 dims = [2] : tensor<384xf32> -> tensor<?x128x384xf32, #dlc.dims<[batch, 128, 384]>> loc("layer3.qkv")
  %189 = dlc.add %186, %188 : tensor<?x128x384xf32, #dlc.dims<[batch, 128, 384]>> loc("layer3.qkv")
  %190 = dlc.reshape %189 : tensor<?x128x384xf32, #dlc.dims<[batch, 128, 384]>> -> tensor<?x128x3x4x32xf32, #dlc.dims<[batch, 128, 3, 4, 32]>> loc("layer3.heads")
  %191 = dlc.slice %190 start = [0, 0, 0, 0, 0] stride = [1, 1, 1, 1, 1] : tensor<?x128x3x4x32xf32, #dlc.dims<[batch, 128, 3, 4, 32]>> -> tensor<?x128x1x4x32xf32, #dlc.dims<[batch, 128, 1, 4, 32]>> loc("layer3.q")
  %192 = dlc.reshape %191 : tensor<?x128x1x4x32xf32, #dlc.dims<[batch, 128, 1, 4, 32]>> -> tensor<?x128x4x32xf32, #dlc.dims<[batch, 128, 4, 32]>> loc("layer3.q")
  %193 = dlc.slice %190 start = [0, 0, 1, 0, 0] stride = [1, 1, 1, 1, 1] : tensor<?x128x3x4x32xf32, #dlc.dims<[batch, 128, 3, 4, 32]>> -> tensor<?x128x1x4x32xf32, #dlc.dims<[batch, 128, 1, 4, 32]>> loc("layer3.k")
  %194 = dlc.reshape %193 : tensor<?x128x1x4x32xf32, #dlc.dims<[batch, 128, 1, 4, 32]>> -> tensor<?x128x4x32xf32, #dlc.dims<[batch, 128, 4, 32]>> loc("layer3.k")
  %195 = dlc.slice %190 start = [0, 0, 2, 0, 0] stride = [1, 1, 1, 1, 1] : tensor<?x128x3x4x32xf32, #dlc.dims<[batch, 128, 3, 4, 32]>> -> tensor<?x128x1x4x32xf32, #dlc.dims<[batch, 128, 1, 4, 32]>> loc("layer3.v")
  %196 = dlc.reshape %195 : tensor<?x128x1x4x32xf32, #dlc.dims<[batch, 128, 1, 4, 32]>> -> tensor<?x128x4x32xf32, #dlc.dims<[batch, 128, 4, 32]>> loc("layer3.v")
  %197 = dlc.dot_general %192, %194 batch = [0, 2] x [0, 2] contract = [3] x [3] : (tensor<?x128x4x32xf32, #dlc.dims<[batch, 128, 4, 32]>>, tensor<?x128x4x32xf32, #dlc.dims<[batch, 128, 4, 32]>>) -> tensor<?x4x128x128xf32, #dlc.dims<[batch, 4, 128, 128]>> loc("layer3.scores")
  %198 = dlc.constant dense<1.767766953e-01> : tensor<f32> loc("layer3.scores")
  %199 = dlc.broadcast %198 dims = [] : tensor<f32> -> tensor<?x4x128x128xf32, #dlc.dims<[batch, 4, 128, 128]>> loc("layer3.scores")
  %200 = dlc.mul %197, %199 : tensor<?x4x128x128xf32, #dlc.dims<[batch, 4, 128, 128]>> loc("layer3.scores")
  %201 = dlc.iota axis = 0 : tensor<128x128xi32> loc("layer3.mask")
  %202 = dlc.iota axis = 1 : tensor<128x128xi32> loc("layer3.mask")
  %203 = dlc.compare ge %201, %202 : tensor<128x128xi32> -> tensor<128x128xi1> loc("layer3.mask")
  %204 = dlc.broadcast %203 dims = [2, 3] : tensor<128x128xi1> -> tensor<?x4x128x128xi1, #dlc.dims<[batch, 4, 128, 128]>> loc("layer3.mask")
  %205 = dlc.constant dense<-1.000000e+30> : tensor<f32> loc("layer3.mask")
  %206 = dlc.broadcast %205 dims = [] : tensor<f32> -> tensor<?x4x128x128xf32, #dlc.dims<[batch, 4, 128, 128]>> loc("layer3.mask")
  %207 = dlc.select %204, %200, %206 : tensor<?x4x128x128xi1, #dlc.dims<[batch, 4, 128, 128]>>, tensor<?x4x128x128xf32, #dlc.dims<[batch, 4, 128, 128]>> loc("layer3.mask")
  %208 = dlc.softmax %207 axis = 3 : tensor<?x4x128x128xf32, #dlc.dims<[batch, 4, 128, 128]>> loc("layer3.softmax")
  %209 = dlc.dot_general %208, %196 batch = [0, 1] x [0, 2] contract = [3] x [1] : (tensor<?x4x128x128xf32, #dlc.dims<[batch, 4, 128, 128]>>, tensor<?x128x4x32xf32, #dlc.dims<[batch, 128, 4, 32]>>) -> tensor<?x4x128x32xf32, #dlc.dims<[batch, 4, 128, 32]>> loc("layer3.mix")
  %210 = dlc.transpose %209 perm = [0, 2, 1, 3] : tensor<?x4x128x32xf32, #dlc.dims<[batch, 4, 128, 32]>> -> tensor<?x128x4x32xf32, #dlc.dims<[batch, 128, 4, 32]>> loc("layer3.join")
  %211 = dlc.reshape %210 : tensor<?x128x4x32xf32, #dlc.dims<[batch, 128, 4, 32]>> -> tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer3.join")
  %212 = dlc.get_weight @layer3.out.weight : tensor<128x128xf32>
  %213 = dlc.dot_general %211, %212 batch = [] x [] contract = [2] x [1] : (tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>>, tensor<128x128xf32>) -> tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer3.out")
  %214 = dlc.get_weight @layer3.out.bias : tensor<128xf32>
  %215 = dlc.broadcast %214 dims = [2] : tensor<128xf32> -> tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer3.out")
  %216 = dlc.add %213, %215 : tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer3.out")
  %217 = dlc.add %181, %216 : tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer3.add1")
  %218 = dlc.get_weight @layer3.norm2.weight : tensor<128xf32>
  %219 = dlc.get_weight @layer3.norm2.bias : tensor<128xf32>
  %220 = dlc.layer_norm %217, %218, %219 epsilon = 1.000000e-05 axis = 2 : tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>>, tensor<128xf32> loc("layer3.norm2")
  %221 = dlc.get_weight @layer3.up.weight : tensor<512x128xf32>
  %222 = dlc.dot_general %220, %221 batch = [] x [] contract = [2] x [1] : (tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>>, tensor<512x128xf32>) -> tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer3.up")
  %223 = dlc.get_weight @layer3.up.bias : tensor<512xf32>
  %224 = dlc.broadcast %223 dims = [2] : tensor<512xf32> -> tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer3.up")
  %225 = dlc.add %222, %224 : tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer3.up")
  %226 = dlc.constant dense<5.000000000e-01> : tensor<f32> loc("layer3.gelu")
  %227 = dlc.broadcast %226 dims = [] : tensor<f32> -> tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer3.gelu")
  %228 = dlc.mul %225, %227 : tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer3.gelu")
  %229 = dlc.constant dense<7.071067812e-01> : tensor<f32> loc("layer3.gelu")
  %230 = dlc.broadcast %229 dims = [] : tensor<f32> -> tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer3.gelu")
  %231 = dlc.mul %225, %230 : tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer3.gelu")
  %232 = dlc.erf %231 : tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer3.gelu")
  %233 = dlc.mul %228, %232 : tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer3.gelu")
  %234 = dlc.add %228, %233 : tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>> loc("layer3.gelu")
  %235 = dlc.get_weight @layer3.down.weight : tensor<128x512xf32>
  %236 = dlc.dot_general %234, %235 batch = [] x [] contract = [2] x [1] : (tensor<?x128x512xf32, #dlc.dims<[batch, 128, 512]>>, tensor<128x512xf32>) -> tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer3.down")
  %237 = dlc.get_weight @layer3.down.bias : tensor<128xf32>
  %238 = dlc.broadcast %237 dims = [2] : tensor<128xf32> -> tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer3.down")
  %239 = dlc.add %236, %238 : tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer3.down")
  %240 = dlc.add %217, %239 : tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>> loc("layer3.add2")
  %241 = dlc.get_weight @norm.weight : tensor<128xf32>
  %242 = dlc.get_weight @norm.bias : tensor<128xf32>
  %243 = dlc.layer_norm %240, %241, %242 epsilon = 1.000000e-05 axis = 2 : tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>>, tensor<128xf32> loc("norm")
  %244 = dlc.get_weight @head.weight : tensor<256x128xf32>
  %245 = dlc.dot_general %243, %244 batch = [] x [] contract = [2] x [1] : (tensor<?x128x128xf32, #dlc.dims<[batch, 128, 128]>>, tensor<256x128xf32>) -> tensor<?x128x256xf32, #dlc.dims<[batch, 128, 256]>> loc("head")
  return %245 : tensor<?x128x256xf32, #dlc.dims<[batch, 128, 256]>>
}
