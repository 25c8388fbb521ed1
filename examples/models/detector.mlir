// A detector in images of 32 by 32: for each fourth pixel, each of 3 shapes and 3 sizes a score that its
// middle is here. Written by write.py. Train it with --loss focal,by_positives=1 on maps of 0 and 1.

dlc.weight @conv1.weight : tensor<16x1x3x3xf32> = #dlc.rule<"fan_in_uniform", [9.0]>
dlc.weight @bn1.weight : tensor<16xf32> = #dlc.rule<"constant", [1.0]>
dlc.weight @bn1.bias : tensor<16xf32> = #dlc.rule<"zeros">
dlc.weight frozen @bn1.running_mean : tensor<16xf32> = #dlc.rule<"zeros">
dlc.weight frozen @bn1.running_var : tensor<16xf32> = #dlc.rule<"constant", [1.0]>
dlc.weight @conv2.weight : tensor<32x16x3x3xf32> = #dlc.rule<"fan_in_uniform", [144.0]>
dlc.weight @bn2.weight : tensor<32xf32> = #dlc.rule<"constant", [1.0]>
dlc.weight @bn2.bias : tensor<32xf32> = #dlc.rule<"zeros">
dlc.weight frozen @bn2.running_mean : tensor<32xf32> = #dlc.rule<"zeros">
dlc.weight frozen @bn2.running_var : tensor<32xf32> = #dlc.rule<"constant", [1.0]>
dlc.weight @conv3.weight : tensor<32x32x3x3xf32> = #dlc.rule<"fan_in_uniform", [288.0]>
dlc.weight @bn3.weight : tensor<32xf32> = #dlc.rule<"constant", [1.0]>
dlc.weight @bn3.bias : tensor<32xf32> = #dlc.rule<"zeros">
dlc.weight frozen @bn3.running_mean : tensor<32xf32> = #dlc.rule<"zeros">
dlc.weight frozen @bn3.running_var : tensor<32xf32> = #dlc.rule<"constant", [1.0]>
dlc.weight @conv4.weight : tensor<64x32x3x3xf32> = #dlc.rule<"fan_in_uniform", [288.0]>
dlc.weight @bn4.weight : tensor<64xf32> = #dlc.rule<"constant", [1.0]>
dlc.weight @bn4.bias : tensor<64xf32> = #dlc.rule<"zeros">
dlc.weight frozen @bn4.running_mean : tensor<64xf32> = #dlc.rule<"zeros">
dlc.weight frozen @bn4.running_var : tensor<64xf32> = #dlc.rule<"constant", [1.0]>
dlc.weight @conv5.weight : tensor<64x64x3x3xf32> = #dlc.rule<"fan_in_uniform", [576.0]>
dlc.weight @bn5.weight : tensor<64xf32> = #dlc.rule<"constant", [1.0]>
dlc.weight @bn5.bias : tensor<64xf32> = #dlc.rule<"zeros">
dlc.weight frozen @bn5.running_mean : tensor<64xf32> = #dlc.rule<"zeros">
dlc.weight frozen @bn5.running_var : tensor<64xf32> = #dlc.rule<"constant", [1.0]>
dlc.weight @head.weight : tensor<9x64x3x3xf32> = #dlc.rule<"fan_in_uniform", [576.0]>
dlc.weight @head.bias : tensor<9xf32> = #dlc.rule<"constant", [-4.0]>

func.func @main(%x: tensor<?x1x32x32xf32, #dlc.dims<[batch, 1, 32, 32]>> {dlc.name = "x"}) -> (tensor<?x9x8x8xf32, #dlc.dims<[batch, 9, 8, 8]>> {dlc.name = "scores"}) {
  %0 = dlc.get_weight @conv1.weight : tensor<16x1x3x3xf32>
  %1 = dlc.conv %x, %0 strides = [1, 1] low = [1, 1] high = [1, 1] lhs_dilation = [1, 1] rhs_dilation = [1, 1] : (tensor<?x1x32x32xf32, #dlc.dims<[batch, 1, 32, 32]>>, tensor<16x1x3x3xf32>) -> tensor<?x16x32x32xf32, #dlc.dims<[batch, 16, 32, 32]>> loc("conv1")
  %2 = dlc.get_weight @bn1.weight : tensor<16xf32>
  %3 = dlc.get_weight @bn1.bias : tensor<16xf32>
  %4 = dlc.get_weight @bn1.running_mean : tensor<16xf32>
  %5 = dlc.get_weight @bn1.running_var : tensor<16xf32>
  %6 = dlc.batch_norm %1, %2, %3, %4, %5 epsilon = 1.000000e-05 axis = 1 : tensor<?x16x32x32xf32, #dlc.dims<[batch, 16, 32, 32]>>, tensor<16xf32>, tensor<16xf32>, tensor<16xf32>, tensor<16xf32> loc("bn1")
  %7 = dlc.relu %6 : tensor<?x16x32x32xf32, #dlc.dims<[batch, 16, 32, 32]>> loc("relu1")
  %8 = dlc.get_weight @conv2.weight : tensor<32x16x3x3xf32>
  %9 = dlc.conv %7, %8 strides = [2, 2] low = [1, 1] high = [1, 1] lhs_dilation = [1, 1] rhs_dilation = [1, 1] : (tensor<?x16x32x32xf32, #dlc.dims<[batch, 16, 32, 32]>>, tensor<32x16x3x3xf32>) -> tensor<?x32x16x16xf32, #dlc.dims<[batch, 32, 16, 16]>> loc("conv2")
  %10 = dlc.get_weight @bn2.weight : tensor<32xf32>
  %11 = dlc.get_weight @bn2.bias : tensor<32xf32>
  %12 = dlc.get_weight @bn2.running_mean : tensor<32xf32>
  %13 = dlc.get_weight @bn2.running_var : tensor<32xf32>
  %14 = dlc.batch_norm %9, %10, %11, %12, %13 epsilon = 1.000000e-05 axis = 1 : tensor<?x32x16x16xf32, #dlc.dims<[batch, 32, 16, 16]>>, tensor<32xf32>, tensor<32xf32>, tensor<32xf32>, tensor<32xf32> loc("bn2")
  %15 = dlc.relu %14 : tensor<?x32x16x16xf32, #dlc.dims<[batch, 32, 16, 16]>> loc("relu2")
  %16 = dlc.get_weight @conv3.weight : tensor<32x32x3x3xf32>
  %17 = dlc.conv %15, %16 strides = [1, 1] low = [1, 1] high = [1, 1] lhs_dilation = [1, 1] rhs_dilation = [1, 1] : (tensor<?x32x16x16xf32, #dlc.dims<[batch, 32, 16, 16]>>, tensor<32x32x3x3xf32>) -> tensor<?x32x16x16xf32, #dlc.dims<[batch, 32, 16, 16]>> loc("conv3")
  %18 = dlc.get_weight @bn3.weight : tensor<32xf32>
  %19 = dlc.get_weight @bn3.bias : tensor<32xf32>
  %20 = dlc.get_weight @bn3.running_mean : tensor<32xf32>
  %21 = dlc.get_weight @bn3.running_var : tensor<32xf32>
  %22 = dlc.batch_norm %17, %18, %19, %20, %21 epsilon = 1.000000e-05 axis = 1 : tensor<?x32x16x16xf32, #dlc.dims<[batch, 32, 16, 16]>>, tensor<32xf32>, tensor<32xf32>, tensor<32xf32>, tensor<32xf32> loc("bn3")
  %23 = dlc.relu %22 : tensor<?x32x16x16xf32, #dlc.dims<[batch, 32, 16, 16]>> loc("relu3")
  %24 = dlc.get_weight @conv4.weight : tensor<64x32x3x3xf32>
  %25 = dlc.conv %23, %24 strides = [2, 2] low = [1, 1] high = [1, 1] lhs_dilation = [1, 1] rhs_dilation = [1, 1] : (tensor<?x32x16x16xf32, #dlc.dims<[batch, 32, 16, 16]>>, tensor<64x32x3x3xf32>) -> tensor<?x64x8x8xf32, #dlc.dims<[batch, 64, 8, 8]>> loc("conv4")
  %26 = dlc.get_weight @bn4.weight : tensor<64xf32>
  %27 = dlc.get_weight @bn4.bias : tensor<64xf32>
  %28 = dlc.get_weight @bn4.running_mean : tensor<64xf32>
  %29 = dlc.get_weight @bn4.running_var : tensor<64xf32>
  %30 = dlc.batch_norm %25, %26, %27, %28, %29 epsilon = 1.000000e-05 axis = 1 : tensor<?x64x8x8xf32, #dlc.dims<[batch, 64, 8, 8]>>, tensor<64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64xf32> loc("bn4")
  %31 = dlc.relu %30 : tensor<?x64x8x8xf32, #dlc.dims<[batch, 64, 8, 8]>> loc("relu4")
  %32 = dlc.get_weight @conv5.weight : tensor<64x64x3x3xf32>
  %33 = dlc.conv %31, %32 strides = [1, 1] low = [1, 1] high = [1, 1] lhs_dilation = [1, 1] rhs_dilation = [1, 1] : (tensor<?x64x8x8xf32, #dlc.dims<[batch, 64, 8, 8]>>, tensor<64x64x3x3xf32>) -> tensor<?x64x8x8xf32, #dlc.dims<[batch, 64, 8, 8]>> loc("conv5")
  %34 = dlc.get_weight @bn5.weight : tensor<64xf32>
  %35 = dlc.get_weight @bn5.bias : tensor<64xf32>
  %36 = dlc.get_weight @bn5.running_mean : tensor<64xf32>
  %37 = dlc.get_weight @bn5.running_var : tensor<64xf32>
  %38 = dlc.batch_norm %33, %34, %35, %36, %37 epsilon = 1.000000e-05 axis = 1 : tensor<?x64x8x8xf32, #dlc.dims<[batch, 64, 8, 8]>>, tensor<64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64xf32> loc("bn5")
  %39 = dlc.relu %38 : tensor<?x64x8x8xf32, #dlc.dims<[batch, 64, 8, 8]>> loc("relu5")
  %40 = dlc.get_weight @head.weight : tensor<9x64x3x3xf32>
  %41 = dlc.conv %39, %40 strides = [1, 1] low = [1, 1] high = [1, 1] lhs_dilation = [1, 1] rhs_dilation = [1, 1] : (tensor<?x64x8x8xf32, #dlc.dims<[batch, 64, 8, 8]>>, tensor<9x64x3x3xf32>) -> tensor<?x9x8x8xf32, #dlc.dims<[batch, 9, 8, 8]>> loc("head")
  %42 = dlc.get_weight @head.bias : tensor<9xf32>
  %43 = dlc.broadcast %42 dims = [1] : tensor<9xf32> -> tensor<?x9x8x8xf32, #dlc.dims<[batch, 9, 8, 8]>> loc("head")
  %44 = dlc.add %41, %43 : tensor<?x9x8x8xf32, #dlc.dims<[batch, 9, 8, 8]>> loc("head")
  return %44 : tensor<?x9x8x8xf32, #dlc.dims<[batch, 9, 8, 8]>>
}
