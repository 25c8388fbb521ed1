// A residual network for images of 28 by 28: three stages of 16, 32 and 64 channels. Written by write.py.

dlc.weight @stem.weight : tensor<16x1x3x3xf32> = #dlc.rule<"fan_in_uniform", [9.0]>
dlc.weight @stem.bn.weight : tensor<16xf32> = #dlc.rule<"constant", [1.0]>
dlc.weight @stem.bn.bias : tensor<16xf32> = #dlc.rule<"zeros">
dlc.weight frozen @stem.bn.running_mean : tensor<16xf32> = #dlc.rule<"zeros">
dlc.weight frozen @stem.bn.running_var : tensor<16xf32> = #dlc.rule<"constant", [1.0]>
dlc.weight @stage1.conv1.weight : tensor<16x16x3x3xf32> = #dlc.rule<"fan_in_uniform", [144.0]>
dlc.weight @stage1.bn1.weight : tensor<16xf32> = #dlc.rule<"constant", [1.0]>
dlc.weight @stage1.bn1.bias : tensor<16xf32> = #dlc.rule<"zeros">
dlc.weight frozen @stage1.bn1.running_mean : tensor<16xf32> = #dlc.rule<"zeros">
dlc.weight frozen @stage1.bn1.running_var : tensor<16xf32> = #dlc.rule<"constant", [1.0]>
dlc.weight @stage1.conv2.weight : tensor<16x16x3x3xf32> = #dlc.rule<"fan_in_uniform", [144.0]>
dlc.weight @stage1.bn2.weight : tensor<16xf32> = #dlc.rule<"constant", [1.0]>
dlc.weight @stage1.bn2.bias : tensor<16xf32> = #dlc.rule<"zeros">
dlc.weight frozen @stage1.bn2.running_mean : tensor<16xf32> = #dlc.rule<"zeros">
dlc.weight frozen @stage1.bn2.running_var : tensor<16xf32> = #dlc.rule<"constant", [1.0]>
dlc.weight @stage2.conv1.weight : tensor<32x16x3x3xf32> = #dlc.rule<"fan_in_uniform", [144.0]>
dlc.weight @stage2.bn1.weight : tensor<32xf32> = #dlc.rule<"constant", [1.0]>
dlc.weight @stage2.bn1.bias : tensor<32xf32> = #dlc.rule<"zeros">
dlc.weight frozen @stage2.bn1.running_mean : tensor<32xf32> = #dlc.rule<"zeros">
dlc.weight frozen @stage2.bn1.running_var : tensor<32xf32> = #dlc.rule<"constant", [1.0]>
dlc.weight @stage2.conv2.weight : tensor<32x32x3x3xf32> = #dlc.rule<"fan_in_uniform", [288.0]>
dlc.weight @stage2.bn2.weight : tensor<32xf32> = #dlc.rule<"constant", [1.0]>
dlc.weight @stage2.bn2.bias : tensor<32xf32> = #dlc.rule<"zeros">
dlc.weight frozen @stage2.bn2.running_mean : tensor<32xf32> = #dlc.rule<"zeros">
dlc.weight frozen @stage2.bn2.running_var : tensor<32xf32> = #dlc.rule<"constant", [1.0]>
dlc.weight @stage2.short.weight : tensor<32x16x1x1xf32> = #dlc.rule<"fan_in_uniform", [16.0]>
dlc.weight @stage2.short.bn.weight : tensor<32xf32> = #dlc.rule<"constant", [1.0]>
dlc.weight @stage2.short.bn.bias : tensor<32xf32> = #dlc.rule<"zeros">
dlc.weight frozen @stage2.short.bn.running_mean : tensor<32xf32> = #dlc.rule<"zeros">
dlc.weight frozen @stage2.short.bn.running_var : tensor<32xf32> = #dlc.rule<"constant", [1.0]>
dlc.weight @stage3.conv1.weight : tensor<64x32x3x3xf32> = #dlc.rule<"fan_in_uniform", [288.0]>
dlc.weight @stage3.bn1.weight : tensor<64xf32> = #dlc.rule<"constant", [1.0]>
dlc.weight @stage3.bn1.bias : tensor<64xf32> = #dlc.rule<"zeros">
dlc.weight frozen @stage3.bn1.running_mean : tensor<64xf32> = #dlc.rule<"zeros">
dlc.weight frozen @stage3.bn1.running_var : tensor<64xf32> = #dlc.rule<"constant", [1.0]>
dlc.weight @stage3.conv2.weight : tensor<64x64x3x3xf32> = #dlc.rule<"fan_in_uniform", [576.0]>
dlc.weight @stage3.bn2.weight : tensor<64xf32> = #dlc.rule<"constant", [1.0]>
dlc.weight @stage3.bn2.bias : tensor<64xf32> = #dlc.rule<"zeros">
dlc.weight frozen @stage3.bn2.running_mean : tensor<64xf32> = #dlc.rule<"zeros">
dlc.weight frozen @stage3.bn2.running_var : tensor<64xf32> = #dlc.rule<"constant", [1.0]>
dlc.weight @stage3.short.weight : tensor<64x32x1x1xf32> = #dlc.rule<"fan_in_uniform", [32.0]>
dlc.weight @stage3.short.bn.weight : tensor<64xf32> = #dlc.rule<"constant", [1.0]>
dlc.weight @stage3.short.bn.bias : tensor<64xf32> = #dlc.rule<"zeros">
dlc.weight frozen @stage3.short.bn.running_mean : tensor<64xf32> = #dlc.rule<"zeros">
dlc.weight frozen @stage3.short.bn.running_var : tensor<64xf32> = #dlc.rule<"constant", [1.0]>
dlc.weight @fc.weight : tensor<10x64xf32> = #dlc.rule<"fan_in_uniform", [64.0]>
dlc.weight @fc.bias : tensor<10xf32> = #dlc.rule<"fan_in_uniform", [64.0]>

func.func @main(%x: tensor<?x1x28x28xf32, #dlc.dims<[batch, 1, 28, 28]>> {dlc.name = "x"}) -> (tensor<?x10xf32, #dlc.dims<[batch, 10]>> {dlc.name = "scores"}) {
  %0 = dlc.get_weight @stem.weight : tensor<16x1x3x3xf32>
  %1 = dlc.conv %x, %0 strides = [1, 1] low = [1, 1] high = [1, 1] lhs_dilation = [1, 1] rhs_dilation = [1, 1] : (tensor<?x1x28x28xf32, #dlc.dims<[batch, 1, 28, 28]>>, tensor<16x1x3x3xf32>) -> tensor<?x16x28x28xf32, #dlc.dims<[batch, 16, 28, 28]>> loc("stem")
  %2 = dlc.get_weight @stem.bn.weight : tensor<16xf32>
  %3 = dlc.get_weight @stem.bn.bias : tensor<16xf32>
  %4 = dlc.get_weight @stem.bn.running_mean : tensor<16xf32>
  %5 = dlc.get_weight @stem.bn.running_var : tensor<16xf32>
  %6 = dlc.batch_norm %1, %2, %3, %4, %5 epsilon = 1.000000e-05 axis = 1 : tensor<?x16x28x28xf32, #dlc.dims<[batch, 16, 28, 28]>>, tensor<16xf32>, tensor<16xf32>, tensor<16xf32>, tensor<16xf32> loc("stem.bn")
  %7 = dlc.relu %6 : tensor<?x16x28x28xf32, #dlc.dims<[batch, 16, 28, 28]>> loc("stem.relu")
  %8 = dlc.get_weight @stage1.conv1.weight : tensor<16x16x3x3xf32>
  %9 = dlc.conv %7, %8 strides = [1, 1] low = [1, 1] high = [1, 1] lhs_dilation = [1, 1] rhs_dilation = [1, 1] : (tensor<?x16x28x28xf32, #dlc.dims<[batch, 16, 28, 28]>>, tensor<16x16x3x3xf32>) -> tensor<?x16x28x28xf32, #dlc.dims<[batch, 16, 28, 28]>> loc("stage1.conv1")
  %10 = dlc.get_weight @stage1.bn1.weight : tensor<16xf32>
  %11 = dlc.get_weight @stage1.bn1.bias : tensor<16xf32>
  %12 = dlc.get_weight @stage1.bn1.running_mean : tensor<16xf32>
  %13 = dlc.get_weight @stage1.bn1.running_var : tensor<16xf32>
  %14 = dlc.batch_norm %9, %10, %11, %12, %13 epsilon = 1.000000e-05 axis = 1 : tensor<?x16x28x28xf32, #dlc.dims<[batch, 16, 28, 28]>>, tensor<16xf32>, tensor<16xf32>, tensor<16xf32>, tensor<16xf32> loc("stage1.bn1")
  %15 = dlc.relu %14 : tensor<?x16x28x28xf32, #dlc.dims<[batch, 16, 28, 28]>> loc("stage1.relu1")
  %16 = dlc.get_weight @stage1.conv2.weight : tensor<16x16x3x3xf32>
  %17 = dlc.conv %15, %16 strides = [1, 1] low = [1, 1] high = [1, 1] lhs_dilation = [1, 1] rhs_dilation = [1, 1] : (tensor<?x16x28x28xf32, #dlc.dims<[batch, 16, 28, 28]>>, tensor<16x16x3x3xf32>) -> tensor<?x16x28x28xf32, #dlc.dims<[batch, 16, 28, 28]>> loc("stage1.conv2")
  %18 = dlc.get_weight @stage1.bn2.weight : tensor<16xf32>
  %19 = dlc.get_weight @stage1.bn2.bias : tensor<16xf32>
  %20 = dlc.get_weight @stage1.bn2.running_mean : tensor<16xf32>
  %21 = dlc.get_weight @stage1.bn2.running_var : tensor<16xf32>
  %22 = dlc.batch_norm %17, %18, %19, %20, %21 epsilon = 1.000000e-05 axis = 1 : tensor<?x16x28x28xf32, #dlc.dims<[batch, 16, 28, 28]>>, tensor<16xf32>, tensor<16xf32>, tensor<16xf32>, tensor<16xf32> loc("stage1.bn2")
  %23 = dlc.add %22, %7 : tensor<?x16x28x28xf32, #dlc.dims<[batch, 16, 28, 28]>> loc("stage1.add")
  %24 = dlc.relu %23 : tensor<?x16x28x28xf32, #dlc.dims<[batch, 16, 28, 28]>> loc("stage1.relu2")
  %25 = dlc.get_weight @stage2.conv1.weight : tensor<32x16x3x3xf32>
  %26 = dlc.conv %24, %25 strides = [2, 2] low = [1, 1] high = [1, 1] lhs_dilation = [1, 1] rhs_dilation = [1, 1] : (tensor<?x16x28x28xf32, #dlc.dims<[batch, 16, 28, 28]>>, tensor<32x16x3x3xf32>) -> tensor<?x32x14x14xf32, #dlc.dims<[batch, 32, 14, 14]>> loc("stage2.conv1")
  %27 = dlc.get_weight @stage2.bn1.weight : tensor<32xf32>
  %28 = dlc.get_weight @stage2.bn1.bias : tensor<32xf32>
  %29 = dlc.get_weight @stage2.bn1.running_mean : tensor<32xf32>
  %30 = dlc.get_weight @stage2.bn1.running_var : tensor<32xf32>
  %31 = dlc.batch_norm %26, %27, %28, %29, %30 epsilon = 1.000000e-05 axis = 1 : tensor<?x32x14x14xf32, #dlc.dims<[batch, 32, 14, 14]>>, tensor<32xf32>, tensor<32xf32>, tensor<32xf32>, tensor<32xf32> loc("stage2.bn1")
  %32 = dlc.relu %31 : tensor<?x32x14x14xf32, #dlc.dims<[batch, 32, 14, 14]>> loc("stage2.relu1")
  %33 = dlc.get_weight @stage2.conv2.weight : tensor<32x32x3x3xf32>
  %34 = dlc.conv %32, %33 strides = [1, 1] low = [1, 1] high = [1, 1] lhs_dilation = [1, 1] rhs_dilation = [1, 1] : (tensor<?x32x14x14xf32, #dlc.dims<[batch, 32, 14, 14]>>, tensor<32x32x3x3xf32>) -> tensor<?x32x14x14xf32, #dlc.dims<[batch, 32, 14, 14]>> loc("stage2.conv2")
  %35 = dlc.get_weight @stage2.bn2.weight : tensor<32xf32>
  %36 = dlc.get_weight @stage2.bn2.bias : tensor<32xf32>
  %37 = dlc.get_weight @stage2.bn2.running_mean : tensor<32xf32>
  %38 = dlc.get_weight @stage2.bn2.running_var : tensor<32xf32>
  %39 = dlc.batch_norm %34, %35, %36, %37, %38 epsilon = 1.000000e-05 axis = 1 : tensor<?x32x14x14xf32, #dlc.dims<[batch, 32, 14, 14]>>, tensor<32xf32>, tensor<32xf32>, tensor<32xf32>, tensor<32xf32> loc("stage2.bn2")
  %40 = dlc.get_weight @stage2.short.weight : tensor<32x16x1x1xf32>
  %41 = dlc.conv %24, %40 strides = [2, 2] low = [0, 0] high = [0, 0] lhs_dilation = [1, 1] rhs_dilation = [1, 1] : (tensor<?x16x28x28xf32, #dlc.dims<[batch, 16, 28, 28]>>, tensor<32x16x1x1xf32>) -> tensor<?x32x14x14xf32, #dlc.dims<[batch, 32, 14, 14]>> loc("stage2.short")
  %42 = dlc.get_weight @stage2.short.bn.weight : tensor<32xf32>
  %43 = dlc.get_weight @stage2.short.bn.bias : tensor<32xf32>
  %44 = dlc.get_weight @stage2.short.bn.running_mean : tensor<32xf32>
  %45 = dlc.get_weight @stage2.short.bn.running_var : tensor<32xf32>
  %46 = dlc.batch_norm %41, %42, %43, %44, %45 epsilon = 1.000000e-05 axis = 1 : tensor<?x32x14x14xf32, #dlc.dims<[batch, 32, 14, 14]>>, tensor<32xf32>, tensor<32xf32>, tensor<32xf32>, tensor<32xf32> loc("stage2.short.bn")
  %47 = dlc.add %39, %46 : tensor<?x32x14x14xf32, #dlc.dims<[batch, 32, 14, 14]>> loc("stage2.add")
  %48 = dlc.relu %47 : tensor<?x32x14x14xf32, #dlc.dims<[batch, 32, 14, 14]>> loc("stage2.relu2")
  %49 = dlc.get_weight @stage3.conv1.weight : tensor<64x32x3x3xf32>
  %50 = dlc.conv %48, %49 strides = [2, 2] low = [1, 1] high = [1, 1] lhs_dilation = [1, 1] rhs_dilation = [1, 1] : (tensor<?x32x14x14xf32, #dlc.dims<[batch, 32, 14, 14]>>, tensor<64x32x3x3xf32>) -> tensor<?x64x7x7xf32, #dlc.dims<[batch, 64, 7, 7]>> loc("stage3.conv1")
  %51 = dlc.get_weight @stage3.bn1.weight : tensor<64xf32>
  %52 = dlc.get_weight @stage3.bn1.bias : tensor<64xf32>
  %53 = dlc.get_weight @stage3.bn1.running_mean : tensor<64xf32>
  %54 = dlc.get_weight @stage3.bn1.running_var : tensor<64xf32>
  %55 = dlc.batch_norm %50, %51, %52, %53, %54 epsilon = 1.000000e-05 axis = 1 : tensor<?x64x7x7xf32, #dlc.dims<[batch, 64, 7, 7]>>, tensor<64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64xf32> loc("stage3.bn1")
  %56 = dlc.relu %55 : tensor<?x64x7x7xf32, #dlc.dims<[batch, 64, 7, 7]>> loc("stage3.relu1")
  %57 = dlc.get_weight @stage3.conv2.weight : tensor<64x64x3x3xf32>
  %58 = dlc.conv %56, %57 strides = [1, 1] low = [1, 1] high = [1, 1] lhs_dilation = [1, 1] rhs_dilation = [1, 1] : (tensor<?x64x7x7xf32, #dlc.dims<[batch, 64, 7, 7]>>, tensor<64x64x3x3xf32>) -> tensor<?x64x7x7xf32, #dlc.dims<[batch, 64, 7, 7]>> loc("stage3.conv2")
  %59 = dlc.get_weight @stage3.bn2.weight : tensor<64xf32>
  %60 = dlc.get_weight @stage3.bn2.bias : tensor<64xf32>
  %61 = dlc.get_weight @stage3.bn2.running_mean : tensor<64xf32>
  %62 = dlc.get_weight @stage3.bn2.running_var : tensor<64xf32>
  %63 = dlc.batch_norm %58, %59, %60, %61, %62 epsilon = 1.000000e-05 axis = 1 : tensor<?x64x7x7xf32, #dlc.dims<[batch, 64, 7, 7]>>, tensor<64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64xf32> loc("stage3.bn2")
  %64 = dlc.get_weight @stage3.short.weight : tensor<64x32x1x1xf32>
  %65 = dlc.conv %48, %64 strides = [2, 2] low = [0, 0] high = [0, 0] lhs_dilation = [1, 1] rhs_dilation = [1, 1] : (tensor<?x32x14x14xf32, #dlc.dims<[batch, 32, 14, 14]>>, tensor<64x32x1x1xf32>) -> tensor<?x64x7x7xf32, #dlc.dims<[batch, 64, 7, 7]>> loc("stage3.short")
  %66 = dlc.get_weight @stage3.short.bn.weight : tensor<64xf32>
  %67 = dlc.get_weight @stage3.short.bn.bias : tensor<64xf32>
  %68 = dlc.get_weight @stage3.short.bn.running_mean : tensor<64xf32>
  %69 = dlc.get_weight @stage3.short.bn.running_var : tensor<64xf32>
  %70 = dlc.batch_norm %65, %66, %67, %68, %69 epsilon = 1.000000e-05 axis = 1 : tensor<?x64x7x7xf32, #dlc.dims<[batch, 64, 7, 7]>>, tensor<64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64xf32> loc("stage3.short.bn")
  %71 = dlc.add %63, %70 : tensor<?x64x7x7xf32, #dlc.dims<[batch, 64, 7, 7]>> loc("stage3.add")
  %72 = dlc.relu %71 : tensor<?x64x7x7xf32, #dlc.dims<[batch, 64, 7, 7]>> loc("stage3.relu2")
  %73 = dlc.reduce sum %72 dims = [2, 3] : tensor<?x64x7x7xf32, #dlc.dims<[batch, 64, 7, 7]>> -> tensor<?x64xf32, #dlc.dims<[batch, 64]>> loc("pool")
  %74 = dlc.constant dense<2.040816327e-02> : tensor<f32> loc("pool")
  %75 = dlc.broadcast %74 dims = [] : tensor<f32> -> tensor<?x64xf32, #dlc.dims<[batch, 64]>> loc("pool")
  %76 = dlc.mul %73, %75 : tensor<?x64xf32, #dlc.dims<[batch, 64]>> loc("pool")
  %77 = dlc.get_weight @fc.weight : tensor<10x64xf32>
  %78 = dlc.dot_general %76, %77 batch = [] x [] contract = [1] x [1] : (tensor<?x64xf32, #dlc.dims<[batch, 64]>>, tensor<10x64xf32>) -> tensor<?x10xf32, #dlc.dims<[batch, 10]>> loc("fc")
  %79 = dlc.get_weight @fc.bias : tensor<10xf32>
  %80 = dlc.broadcast %79 dims = [1] : tensor<10xf32> -> tensor<?x10xf32, #dlc.dims<[batch, 10]>> loc("fc")
  %81 = dlc.add %78, %80 : tensor<?x10xf32, #dlc.dims<[batch, 10]>> loc("fc")
  return %81 : tensor<?x10xf32, #dlc.dims<[batch, 10]>>
}
