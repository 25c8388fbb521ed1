// A 3-D U-Net for volumes of 16 in each direction: two levels down and up again. Written by write.py.
// Its output are scores of each voxel; train it with --loss dice on masks of 0 and 1.

dlc.weight @down1.conv1.weight : tensor<4x1x3x3x3xf32> = #dlc.rule<"fan_in_uniform", [27.0]>
dlc.weight @down1.bn1.weight : tensor<4xf32> = #dlc.rule<"constant", [1.0]>
dlc.weight @down1.bn1.bias : tensor<4xf32> = #dlc.rule<"zeros">
dlc.weight frozen @down1.bn1.running_mean : tensor<4xf32> = #dlc.rule<"zeros">
dlc.weight frozen @down1.bn1.running_var : tensor<4xf32> = #dlc.rule<"constant", [1.0]>
dlc.weight @down1.conv2.weight : tensor<4x4x3x3x3xf32> = #dlc.rule<"fan_in_uniform", [108.0]>
dlc.weight @down1.bn2.weight : tensor<4xf32> = #dlc.rule<"constant", [1.0]>
dlc.weight @down1.bn2.bias : tensor<4xf32> = #dlc.rule<"zeros">
dlc.weight frozen @down1.bn2.running_mean : tensor<4xf32> = #dlc.rule<"zeros">
dlc.weight frozen @down1.bn2.running_var : tensor<4xf32> = #dlc.rule<"constant", [1.0]>
dlc.weight @down2.conv1.weight : tensor<8x4x3x3x3xf32> = #dlc.rule<"fan_in_uniform", [108.0]>
dlc.weight @down2.bn1.weight : tensor<8xf32> = #dlc.rule<"constant", [1.0]>
dlc.weight @down2.bn1.bias : tensor<8xf32> = #dlc.rule<"zeros">
dlc.weight frozen @down2.bn1.running_mean : tensor<8xf32> = #dlc.rule<"zeros">
dlc.weight frozen @down2.bn1.running_var : tensor<8xf32> = #dlc.rule<"constant", [1.0]>
dlc.weight @down2.conv2.weight : tensor<8x8x3x3x3xf32> = #dlc.rule<"fan_in_uniform", [216.0]>
dlc.weight @down2.bn2.weight : tensor<8xf32> = #dlc.rule<"constant", [1.0]>
dlc.weight @down2.bn2.bias : tensor<8xf32> = #dlc.rule<"zeros">
dlc.weight frozen @down2.bn2.running_mean : tensor<8xf32> = #dlc.rule<"zeros">
dlc.weight frozen @down2.bn2.running_var : tensor<8xf32> = #dlc.rule<"constant", [1.0]>
dlc.weight @middle.conv1.weight : tensor<16x8x3x3x3xf32> = #dlc.rule<"fan_in_uniform", [216.0]>
dlc.weight @middle.bn1.weight : tensor<16xf32> = #dlc.rule<"constant", [1.0]>
dlc.weight @middle.bn1.bias : tensor<16xf32> = #dlc.rule<"zeros">
dlc.weight frozen @middle.bn1.running_mean : tensor<16xf32> = #dlc.rule<"zeros">
dlc.weight frozen @middle.bn1.running_var : tensor<16xf32> = #dlc.rule<"constant", [1.0]>
dlc.weight @middle.conv2.weight : tensor<16x16x3x3x3xf32> = #dlc.rule<"fan_in_uniform", [432.0]>
dlc.weight @middle.bn2.weight : tensor<16xf32> = #dlc.rule<"constant", [1.0]>
dlc.weight @middle.bn2.bias : tensor<16xf32> = #dlc.rule<"zeros">
dlc.weight frozen @middle.bn2.running_mean : tensor<16xf32> = #dlc.rule<"zeros">
dlc.weight frozen @middle.bn2.running_var : tensor<16xf32> = #dlc.rule<"constant", [1.0]>
dlc.weight @up2.conv.weight : tensor<8x16x2x2x2xf32> = #dlc.rule<"fan_in_uniform", [16.0]>
dlc.weight @up2.conv.bias : tensor<8xf32> = #dlc.rule<"fan_in_uniform", [16.0]>
dlc.weight @up2.conv1.weight : tensor<8x16x3x3x3xf32> = #dlc.rule<"fan_in_uniform", [432.0]>
dlc.weight @up2.bn1.weight : tensor<8xf32> = #dlc.rule<"constant", [1.0]>
dlc.weight @up2.bn1.bias : tensor<8xf32> = #dlc.rule<"zeros">
dlc.weight frozen @up2.bn1.running_mean : tensor<8xf32> = #dlc.rule<"zeros">
dlc.weight frozen @up2.bn1.running_var : tensor<8xf32> = #dlc.rule<"constant", [1.0]>
dlc.weight @up2.conv2.weight : tensor<8x8x3x3x3xf32> = #dlc.rule<"fan_in_uniform", [216.0]>
dlc.weight @up2.bn2.weight : tensor<8xf32> = #dlc.rule<"constant", [1.0]>
dlc.weight @up2.bn2.bias : tensor<8xf32> = #dlc.rule<"zeros">
dlc.weight frozen @up2.bn2.running_mean : tensor<8xf32> = #dlc.rule<"zeros">
dlc.weight frozen @up2.bn2.running_var : tensor<8xf32> = #dlc.rule<"constant", [1.0]>
dlc.weight @up1.conv.weight : tensor<4x8x2x2x2xf32> = #dlc.rule<"fan_in_uniform", [8.0]>
dlc.weight @up1.conv.bias : tensor<4xf32> = #dlc.rule<"fan_in_uniform", [8.0]>
dlc.weight @up1.conv1.weight : tensor<4x8x3x3x3xf32> = #dlc.rule<"fan_in_uniform", [216.0]>
dlc.weight @up1.bn1.weight : tensor<4xf32> = #dlc.rule<"constant", [1.0]>
dlc.weight @up1.bn1.bias : tensor<4xf32> = #dlc.rule<"zeros">
dlc.weight frozen @up1.bn1.running_mean : tensor<4xf32> = #dlc.rule<"zeros">
dlc.weight frozen @up1.bn1.running_var : tensor<4xf32> = #dlc.rule<"constant", [1.0]>
dlc.weight @up1.conv2.weight : tensor<4x4x3x3x3xf32> = #dlc.rule<"fan_in_uniform", [108.0]>
dlc.weight @up1.bn2.weight : tensor<4xf32> = #dlc.rule<"constant", [1.0]>
dlc.weight @up1.bn2.bias : tensor<4xf32> = #dlc.rule<"zeros">
dlc.weight frozen @up1.bn2.running_mean : tensor<4xf32> = #dlc.rule<"zeros">
dlc.weight frozen @up1.bn2.running_var : tensor<4xf32> = #dlc.rule<"constant", [1.0]>
dlc.weight @head.weight : tensor<1x4x1x1x1xf32> = #dlc.rule<"fan_in_uniform", [4.0]>
dlc.weight @head.bias : tensor<1xf32> = #dlc.rule<"fan_in_uniform", [4.0]>

func.func @main(%x: tensor<?x1x16x16x16xf32, #dlc.dims<[batch, 1, 16, 16, 16]>> {dlc.name = "x"}) -> (tensor<?x1x16x16x16xf32, #dlc.dims<[batch, 1, 16, 16, 16]>> {dlc.name = "scores"}) {
  %0 = dlc.get_weight @down1.conv1.weight : tensor<4x1x3x3x3xf32>
  %1 = dlc.conv %x, %0 strides = [1, 1, 1] low = [1, 1, 1] high = [1, 1, 1] lhs_dilation = [1, 1, 1] rhs_dilation = [1, 1, 1] : (tensor<?x1x16x16x16xf32, #dlc.dims<[batch, 1, 16, 16, 16]>>, tensor<4x1x3x3x3xf32>) -> tensor<?x4x16x16x16xf32, #dlc.dims<[batch, 4, 16, 16, 16]>> loc("down1.conv1")
  %2 = dlc.get_weight @down1.bn1.weight : tensor<4xf32>
  %3 = dlc.get_weight @down1.bn1.bias : tensor<4xf32>
  %4 = dlc.get_weight @down1.bn1.running_mean : tensor<4xf32>
  %5 = dlc.get_weight @down1.bn1.running_var : tensor<4xf32>
  %6 = dlc.batch_norm %1, %2, %3, %4, %5 epsilon = 1.000000e-05 axis = 1 : tensor<?x4x16x16x16xf32, #dlc.dims<[batch, 4, 16, 16, 16]>>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32> loc("down1.bn1")
  %7 = dlc.relu %6 : tensor<?x4x16x16x16xf32, #dlc.dims<[batch, 4, 16, 16, 16]>> loc("down1.relu1")
  %8 = dlc.get_weight @down1.conv2.weight : tensor<4x4x3x3x3xf32>
  %9 = dlc.conv %7, %8 strides = [1, 1, 1] low = [1, 1, 1] high = [1, 1, 1] lhs_dilation = [1, 1, 1] rhs_dilation = [1, 1, 1] : (tensor<?x4x16x16x16xf32, #dlc.dims<[batch, 4, 16, 16, 16]>>, tensor<4x4x3x3x3xf32>) -> tensor<?x4x16x16x16xf32, #dlc.dims<[batch, 4, 16, 16, 16]>> loc("down1.conv2")
  %10 = dlc.get_weight @down1.bn2.weight : tensor<4xf32>
  %11 = dlc.get_weight @down1.bn2.bias : tensor<4xf32>
  %12 = dlc.get_weight @down1.bn2.running_mean : tensor<4xf32>
  %13 = dlc.get_weight @down1.bn2.running_var : tensor<4xf32>
  %14 = dlc.batch_norm %9, %10, %11, %12, %13 epsilon = 1.000000e-05 axis = 1 : tensor<?x4x16x16x16xf32, #dlc.dims<[batch, 4, 16, 16, 16]>>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32> loc("down1.bn2")
  %15 = dlc.relu %14 : tensor<?x4x16x16x16xf32, #dlc.dims<[batch, 4, 16, 16, 16]>> loc("down1.relu2")
  %16 = dlc.reduce_window max %15 window = [1, 1, 2, 2, 2] strides = [1, 1, 2, 2, 2] dilation = [1, 1, 1, 1, 1] low = [0, 0, 0, 0, 0] high = [0, 0, 0, 0, 0] : tensor<?x4x16x16x16xf32, #dlc.dims<[batch, 4, 16, 16, 16]>> -> tensor<?x4x8x8x8xf32, #dlc.dims<[batch, 4, 8, 8, 8]>> loc("pool1")
  %17 = dlc.get_weight @down2.conv1.weight : tensor<8x4x3x3x3xf32>
  %18 = dlc.conv %16, %17 strides = [1, 1, 1] low = [1, 1, 1] high = [1, 1, 1] lhs_dilation = [1, 1, 1] rhs_dilation = [1, 1, 1] : (tensor<?x4x8x8x8xf32, #dlc.dims<[batch, 4, 8, 8, 8]>>, tensor<8x4x3x3x3xf32>) -> tensor<?x8x8x8x8xf32, #dlc.dims<[batch, 8, 8, 8, 8]>> loc("down2.conv1")
  %19 = dlc.get_weight @down2.bn1.weight : tensor<8xf32>
  %20 = dlc.get_weight @down2.bn1.bias : tensor<8xf32>
  %21 = dlc.get_weight @down2.bn1.running_mean : tensor<8xf32>
  %22 = dlc.get_weight @down2.bn1.running_var : tensor<8xf32>
  %23 = dlc.batch_norm %18, %19, %20, %21, %22 epsilon = 1.000000e-05 axis = 1 : tensor<?x8x8x8x8xf32, #dlc.dims<[batch, 8, 8, 8, 8]>>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32> loc("down2.bn1")
  %24 = dlc.relu %23 : tensor<?x8x8x8x8xf32, #dlc.dims<[batch, 8, 8, 8, 8]>> loc("down2.relu1")
  %25 = dlc.get_weight @down2.conv2.weight : tensor<8x8x3x3x3xf32>
  %26 = dlc.conv %24, %25 strides = [1, 1, 1] low = [1, 1, 1] high = [1, 1, 1] lhs_dilation = [1, 1, 1] rhs_dilation = [1, 1, 1] : (tensor<?x8x8x8x8xf32, #dlc.dims<[batch, 8, 8, 8, 8]>>, tensor<8x8x3x3x3xf32>) -> tensor<?x8x8x8x8xf32, #dlc.dims<[batch, 8, 8, 8, 8]>> loc("down2.conv2")
  %27 = dlc.get_weight @down2.bn2.weight : tensor<8xf32>
  %28 = dlc.get_weight @down2.bn2.bias : tensor<8xf32>
  %29 = dlc.get_weight @down2.bn2.running_mean : tensor<8xf32>
  %30 = dlc.get_weight @down2.bn2.running_var : tensor<8xf32>
  %31 = dlc.batch_norm %26, %27, %28, %29, %30 epsilon = 1.000000e-05 axis = 1 : tensor<?x8x8x8x8xf32, #dlc.dims<[batch, 8, 8, 8, 8]>>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32> loc("down2.bn2")
  %32 = dlc.relu %31 : tensor<?x8x8x8x8xf32, #dlc.dims<[batch, 8, 8, 8, 8]>> loc("down2.relu2")
  %33 = dlc.reduce_window max %32 window = [1, 1, 2, 2, 2] strides = [1, 1, 2, 2, 2] dilation = [1, 1, 1, 1, 1] low = [0, 0, 0, 0, 0] high = [0, 0, 0, 0, 0] : tensor<?x8x8x8x8xf32, #dlc.dims<[batch, 8, 8, 8, 8]>> -> tensor<?x8x4x4x4xf32, #dlc.dims<[batch, 8, 4, 4, 4]>> loc("pool2")
  %34 = dlc.get_weight @middle.conv1.weight : tensor<16x8x3x3x3xf32>
  %35 = dlc.conv %33, %34 strides = [1, 1, 1] low = [1, 1, 1] high = [1, 1, 1] lhs_dilation = [1, 1, 1] rhs_dilation = [1, 1, 1] : (tensor<?x8x4x4x4xf32, #dlc.dims<[batch, 8, 4, 4, 4]>>, tensor<16x8x3x3x3xf32>) -> tensor<?x16x4x4x4xf32, #dlc.dims<[batch, 16, 4, 4, 4]>> loc("middle.conv1")
  %36 = dlc.get_weight @middle.bn1.weight : tensor<16xf32>
  %37 = dlc.get_weight @middle.bn1.bias : tensor<16xf32>
  %38 = dlc.get_weight @middle.bn1.running_mean : tensor<16xf32>
  %39 = dlc.get_weight @middle.bn1.running_var : tensor<16xf32>
  %40 = dlc.batch_norm %35, %36, %37, %38, %39 epsilon = 1.000000e-05 axis = 1 : tensor<?x16x4x4x4xf32, #dlc.dims<[batch, 16, 4, 4, 4]>>, tensor<16xf32>, tensor<16xf32>, tensor<16xf32>, tensor<16xf32> loc("middle.bn1")
  %41 = dlc.relu %40 : tensor<?x16x4x4x4xf32, #dlc.dims<[batch, 16, 4, 4, 4]>> loc("middle.relu1")
  %42 = dlc.get_weight @middle.conv2.weight : tensor<16x16x3x3x3xf32>
  %43 = dlc.conv %41, %42 strides = [1, 1, 1] low = [1, 1, 1] high = [1, 1, 1] lhs_dilation = [1, 1, 1] rhs_dilation = [1, 1, 1] : (tensor<?x16x4x4x4xf32, #dlc.dims<[batch, 16, 4, 4, 4]>>, tensor<16x16x3x3x3xf32>) -> tensor<?x16x4x4x4xf32, #dlc.dims<[batch, 16, 4, 4, 4]>> loc("middle.conv2")
  %44 = dlc.get_weight @middle.bn2.weight : tensor<16xf32>
  %45 = dlc.get_weight @middle.bn2.bias : tensor<16xf32>
  %46 = dlc.get_weight @middle.bn2.running_mean : tensor<16xf32>
  %47 = dlc.get_weight @middle.bn2.running_var : tensor<16xf32>
  %48 = dlc.batch_norm %43, %44, %45, %46, %47 epsilon = 1.000000e-05 axis = 1 : tensor<?x16x4x4x4xf32, #dlc.dims<[batch, 16, 4, 4, 4]>>, tensor<16xf32>, tensor<16xf32>, tensor<16xf32>, tensor<16xf32> loc("middle.bn2")
  %49 = dlc.relu %48 : tensor<?x16x4x4x4xf32, #dlc.dims<[batch, 16, 4, 4, 4]>> loc("middle.relu2")
  %50 = dlc.get_weight @up2.conv.weight : tensor<8x16x2x2x2xf32>
  %51 = dlc.conv %49, %50 strides = [1, 1, 1] low = [1, 1, 1] high = [1, 1, 1] lhs_dilation = [2, 2, 2] rhs_dilation = [1, 1, 1] : (tensor<?x16x4x4x4xf32, #dlc.dims<[batch, 16, 4, 4, 4]>>, tensor<8x16x2x2x2xf32>) -> tensor<?x8x8x8x8xf32, #dlc.dims<[batch, 8, 8, 8, 8]>> loc("up2.conv")
  %52 = dlc.get_weight @up2.conv.bias : tensor<8xf32>
  %53 = dlc.broadcast %52 dims = [1] : tensor<8xf32> -> tensor<?x8x8x8x8xf32, #dlc.dims<[batch, 8, 8, 8, 8]>> loc("up2.conv")
  %54 = dlc.add %51, %53 : tensor<?x8x8x8x8xf32, #dlc.dims<[batch, 8, 8, 8, 8]>> loc("up2.conv")
  %55 = dlc.concat %54, %32 axis = 1 : tensor<?x8x8x8x8xf32, #dlc.dims<[batch, 8, 8, 8, 8]>>, tensor<?x8x8x8x8xf32, #dlc.dims<[batch, 8, 8, 8, 8]>> -> tensor<?x16x8x8x8xf32, #dlc.dims<[batch, 16, 8, 8, 8]>> loc("up2.join")
  %56 = dlc.get_weight @up2.conv1.weight : tensor<8x16x3x3x3xf32>
  %57 = dlc.conv %55, %56 strides = [1, 1, 1] low = [1, 1, 1] high = [1, 1, 1] lhs_dilation = [1, 1, 1] rhs_dilation = [1, 1, 1] : (tensor<?x16x8x8x8xf32, #dlc.dims<[batch, 16, 8, 8, 8]>>, tensor<8x16x3x3x3xf32>) -> tensor<?x8x8x8x8xf32, #dlc.dims<[batch, 8, 8, 8, 8]>> loc("up2.conv1")
  %58 = dlc.get_weight @up2.bn1.weight : tensor<8xf32>
  %59 = dlc.get_weight @up2.bn1.bias : tensor<8xf32>
  %60 = dlc.get_weight @up2.bn1.running_mean : tensor<8xf32>
  %61 = dlc.get_weight @up2.bn1.running_var : tensor<8xf32>
  %62 = dlc.batch_norm %57, %58, %59, %60, %61 epsilon = 1.000000e-05 axis = 1 : tensor<?x8x8x8x8xf32, #dlc.dims<[batch, 8, 8, 8, 8]>>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32> loc("up2.bn1")
  %63 = dlc.relu %62 : tensor<?x8x8x8x8xf32, #dlc.dims<[batch, 8, 8, 8, 8]>> loc("up2.relu1")
  %64 = dlc.get_weight @up2.conv2.weight : tensor<8x8x3x3x3xf32>
  %65 = dlc.conv %63, %64 strides = [1, 1, 1] low = [1, 1, 1] high = [1, 1, 1] lhs_dilation = [1, 1, 1] rhs_dilation = [1, 1, 1] : (tensor<?x8x8x8x8xf32, #dlc.dims<[batch, 8, 8, 8, 8]>>, tensor<8x8x3x3x3xf32>) -> tensor<?x8x8x8x8xf32, #dlc.dims<[batch, 8, 8, 8, 8]>> loc("up2.conv2")
  %66 = dlc.get_weight @up2.bn2.weight : tensor<8xf32>
  %67 = dlc.get_weight @up2.bn2.bias : tensor<8xf32>
  %68 = dlc.get_weight @up2.bn2.running_mean : tensor<8xf32>
  %69 = dlc.get_weight @up2.bn2.running_var : tensor<8xf32>
  %70 = dlc.batch_norm %65, %66, %67, %68, %69 epsilon = 1.000000e-05 axis = 1 : tensor<?x8x8x8x8xf32, #dlc.dims<[batch, 8, 8, 8, 8]>>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32> loc("up2.bn2")
  %71 = dlc.relu %70 : tensor<?x8x8x8x8xf32, #dlc.dims<[batch, 8, 8, 8, 8]>> loc("up2.relu2")
  %72 = dlc.get_weight @up1.conv.weight : tensor<4x8x2x2x2xf32>
  %73 = dlc.conv %71, %72 strides = [1, 1, 1] low = [1, 1, 1] high = [1, 1, 1] lhs_dilation = [2, 2, 2] rhs_dilation = [1, 1, 1] : (tensor<?x8x8x8x8xf32, #dlc.dims<[batch, 8, 8, 8, 8]>>, tensor<4x8x2x2x2xf32>) -> tensor<?x4x16x16x16xf32, #dlc.dims<[batch, 4, 16, 16, 16]>> loc("up1.conv")
  %74 = dlc.get_weight @up1.conv.bias : tensor<4xf32>
  %75 = dlc.broadcast %74 dims = [1] : tensor<4xf32> -> tensor<?x4x16x16x16xf32, #dlc.dims<[batch, 4, 16, 16, 16]>> loc("up1.conv")
  %76 = dlc.add %73, %75 : tensor<?x4x16x16x16xf32, #dlc.dims<[batch, 4, 16, 16, 16]>> loc("up1.conv")
  %77 = dlc.concat %76, %15 axis = 1 : tensor<?x4x16x16x16xf32, #dlc.dims<[batch, 4, 16, 16, 16]>>, tensor<?x4x16x16x16xf32, #dlc.dims<[batch, 4, 16, 16, 16]>> -> tensor<?x8x16x16x16xf32, #dlc.dims<[batch, 8, 16, 16, 16]>> loc("up1.join")
  %78 = dlc.get_weight @up1.conv1.weight : tensor<4x8x3x3x3xf32>
  %79 = dlc.conv %77, %78 strides = [1, 1, 1] low = [1, 1, 1] high = [1, 1, 1] lhs_dilation = [1, 1, 1] rhs_dilation = [1, 1, 1] : (tensor<?x8x16x16x16xf32, #dlc.dims<[batch, 8, 16, 16, 16]>>, tensor<4x8x3x3x3xf32>) -> tensor<?x4x16x16x16xf32, #dlc.dims<[batch, 4, 16, 16, 16]>> loc("up1.conv1")
  %80 = dlc.get_weight @up1.bn1.weight : tensor<4xf32>
  %81 = dlc.get_weight @up1.bn1.bias : tensor<4xf32>
  %82 = dlc.get_weight @up1.bn1.running_mean : tensor<4xf32>
  %83 = dlc.get_weight @up1.bn1.running_var : tensor<4xf32>
  %84 = dlc.batch_norm %79, %80, %81, %82, %83 epsilon = 1.000000e-05 axis = 1 : tensor<?x4x16x16x16xf32, #dlc.dims<[batch, 4, 16, 16, 16]>>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32> loc("up1.bn1")
  %85 = dlc.relu %84 : tensor<?x4x16x16x16xf32, #dlc.dims<[batch, 4, 16, 16, 16]>> loc("up1.relu1")
  %86 = dlc.get_weight @up1.conv2.weight : tensor<4x4x3x3x3xf32>
  %87 = dlc.conv %85, %86 strides = [1, 1, 1] low = [1, 1, 1] high = [1, 1, 1] lhs_dilation = [1, 1, 1] rhs_dilation = [1, 1, 1] : (tensor<?x4x16x16x16xf32, #dlc.dims<[batch, 4, 16, 16, 16]>>, tensor<4x4x3x3x3xf32>) -> tensor<?x4x16x16x16xf32, #dlc.dims<[batch, 4, 16, 16, 16]>> loc("up1.conv2")
  %88 = dlc.get_weight @up1.bn2.weight : tensor<4xf32>
  %89 = dlc.get_weight @up1.bn2.bias : tensor<4xf32>
  %90 = dlc.get_weight @up1.bn2.running_mean : tensor<4xf32>
  %91 = dlc.get_weight @up1.bn2.running_var : tensor<4xf32>
  %92 = dlc.batch_norm %87, %88, %89, %90, %91 epsilon = 1.000000e-05 axis = 1 : tensor<?x4x16x16x16xf32, #dlc.dims<[batch, 4, 16, 16, 16]>>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32> loc("up1.bn2")
  %93 = dlc.relu %92 : tensor<?x4x16x16x16xf32, #dlc.dims<[batch, 4, 16, 16, 16]>> loc("up1.relu2")
  %94 = dlc.get_weight @head.weight : tensor<1x4x1x1x1xf32>
  %95 = dlc.conv %93, %94 strides = [1, 1, 1] low = [0, 0, 0] high = [0, 0, 0] lhs_dilation = [1, 1, 1] rhs_dilation = [1, 1, 1] : (tensor<?x4x16x16x16xf32, #dlc.dims<[batch, 4, 16, 16, 16]>>, tensor<1x4x1x1x1xf32>) -> tensor<?x1x16x16x16xf32, #dlc.dims<[batch, 1, 16, 16, 16]>> loc("head")
  %96 = dlc.get_weight @head.bias : tensor<1xf32>
  %97 = dlc.broadcast %96 dims = [1] : tensor<1xf32> -> tensor<?x1x16x16x16xf32, #dlc.dims<[batch, 1, 16, 16, 16]>> loc("head")
  %98 = dlc.add %95, %97 : tensor<?x1x16x16x16xf32, #dlc.dims<[batch, 1, 16, 16, 16]>> loc("head")
  return %98 : tensor<?x1x16x16x16xf32, #dlc.dims<[batch, 1, 16, 16, 16]>>
}
