// Written by generate.py; the values are NumPy's.
// RUN: dlc-opt %s --verify-roundtrip -o %t

func.func @reduce_sum_last() attributes {smooth} {
  %0 = dlc.constant dense<[[-2.0, 1.71435547, 2.0, -0.0, -1.42871094], [-1.71435547, 0.857177734, -0.285644531, -1.14282227, -0.571533203], [1.42871094, 1.14282227, 0.285644531, 0.571289062, -0.857177734]]> : tensor<3x5xf32>
  %r = dlc.reduce sum %0 dims = [1] : tensor<3x5xf32> -> tensor<3xf32>
  dlc.check_close %r, dense<[0.285644531, -2.85717773, 2.57128906]> : tensor<3xf32> {rtol = 1.0000000000000001e-05, atol = 9.9999999999999995e-07} : tensor<3xf32>
  return
}

func.func @reduce_sum_first() attributes {smooth} {
  %0 = dlc.constant dense<[[0.857177734, -0.285644531, 1.42871094, 2.0, -2.0], [0.571289062, -1.42871094, 1.71435547, 1.14282227, -1.71435547], [-0.571533203, -0.0, -0.857177734, 0.285644531, -1.14282227]]> : tensor<3x5xf32>
  %r = dlc.reduce sum %0 dims = [0] : tensor<3x5xf32> -> tensor<5xf32>
  dlc.check_close %r, dense<[0.856933594, -1.71435547, 2.28588867, 3.4284668, -4.85717773]> : tensor<5xf32> {rtol = 1.0000000000000001e-05, atol = 9.9999999999999995e-07} : tensor<5xf32>
  return
}

func.func @reduce_sum_all() attributes {smooth} {
  %0 = dlc.constant dense<[[-0.571533203, -1.14282227, 0.285644531, 1.14282227, 0.571533203], [-1.71435547, 0.857177734, 1.71435547, -0.857177734, -2.0], [2.0, -1.42871094, -0.0, 1.4284668, -0.285644531]]> : tensor<3x5xf32>
  %r = dlc.reduce sum %0 dims = [0, 1] : tensor<3x5xf32> -> tensor<f32>
  dlc.check_close %r, dense<-0.000244140625> : tensor<f32> {rtol = 1.0000000000000001e-05, atol = 9.9999999999999995e-07} : tensor<f32>
  return
}

func.func @reduce_sum_middle() attributes {smooth} {
  %0 = dlc.constant dense<[[[-1.02441406, 0.341308594, 1.31713867], [0.243896484, -1.41455078, -1.51220703], [1.90234375, 0.926757812, 0.634277344], [1.80493164, -1.12182617, -1.80493164], [-0.438964844, -2.0, -1.21948242], [-1.31713867, 0.536621094, 1.02441406], [0.438964844, -0.731689453, 1.12207031]], [[-1.60986328, 0.731689453, 1.60986328], [-1.90258789, 1.41455078, -0.634033203], [-0.243896484, 1.51220703, -0.048828125], [-0.536621094, -0.926757812, 2.0], [1.21948242, 0.829101562, -0.341552734], [-0.146240234, -1.70727539, -0.829345703], [0.048828125, 1.70727539, 0.146484375]]]> : tensor<2x7x3xf32>
  %r = dlc.reduce sum %0 dims = [1] : tensor<2x7x3xf32> -> tensor<2x3xf32>
  dlc.check_close %r, dense<[[1.60961914, -3.46337891, -0.438720703], [-3.17089844, 3.56079102, 1.90258789]]> : tensor<2x3xf32> {rtol = 1.0000000000000001e-05, atol = 9.9999999999999995e-07} : tensor<2x3xf32>
  return
}

func.func @reduce_sum_outer() attributes {smooth} {
  %0 = dlc.constant dense<[[[-0.782714844, 1.47827148, 1.82617188, -1.65209961], [-1.13061523, -1.82617188, 1.65209961, 0.434814453], [0.608642578, -0.608642578, -0.434814453, 0.260742188]], [[-0.0869140625, -0.260986328, 0.0869140625, -1.47827148], [-2.0, 0.782470703, -1.30444336, 0.956542969], [1.30444336, 1.13037109, -0.956542969, 2.0]]]> : tensor<2x3x4xf32>
  %r = dlc.reduce sum %0 dims = [0, 2] : tensor<2x3x4xf32> -> tensor<3xf32>
  dlc.check_close %r, dense<[-0.869628906, -2.43530273, 3.30419922]> : tensor<3xf32> {rtol = 1.0000000000000001e-05, atol = 9.9999999999999995e-07} : tensor<3xf32>
  return
}

func.func @reduce_sum_none() attributes {smooth} {
  %0 = dlc.constant dense<[[-2.0, -0.400146484, 2.0], [-1.19995117, 1.19995117, 0.399902344]]> : tensor<2x3xf32>
  %r = dlc.reduce sum %0 dims = [] : tensor<2x3xf32> -> tensor<2x3xf32>
  dlc.check_close %r, dense<[[-2.0, -0.400146484, 2.0], [-1.19995117, 1.19995117, 0.399902344]]> : tensor<2x3xf32> {rtol = 1.0000000000000001e-05, atol = 9.9999999999999995e-07} : tensor<2x3xf32>
  return
}

func.func @reduce_sum_one() attributes {smooth} {
  %0 = dlc.constant dense<[[0.0], [-2.0], [2.0]]> : tensor<3x1xf32>
  %r = dlc.reduce sum %0 dims = [1] : tensor<3x1xf32> -> tensor<3xf32>
  dlc.check_close %r, dense<[0.0, -2.0, 2.0]> : tensor<3xf32> {rtol = 1.0000000000000001e-05, atol = 9.9999999999999995e-07} : tensor<3xf32>
  return
}

func.func @reduce_sum_vector() attributes {smooth} {
  %0 = dlc.constant dense<[1.33325195, -1.27270508, 1.39404297, -0.242431641, 0.060546875, -0.605957031, -0.969726562, 0.363769531, -1.33325195, 1.03027344, 0.787841797, 1.51513672, 0.424316406, 1.27270508, 1.15161133, -1.57568359, -1.81811523, -1.63647461, -1.51513672, -0.424316406, -0.727294922, -0.787841797, -0.060546875, -2.0, -0.121337891, -1.75756836, 0.302978516, -1.45458984, 1.75756836, 0.12109375, -1.93945312, -1.69702148, -1.2121582, -0.545410156, -1.09082031, 0.605957031, 2.0, -0.848388672, 1.57568359, 0.242431641, 0.727294922, 0.969726562, 0.484863281, -0.909179688, -1.15136719, -1.39404297, 0.0, -0.363769531, 1.81811523, 1.69702148, 0.848388672, -0.666748047, 1.45458984, 1.63623047, 1.87866211, 0.666748047, 1.2121582, 0.545410156, -1.03027344, 0.181884766, -1.87890625, -0.302978516, -0.181884766, 0.909179688, -0.484863281, 1.09106445, 1.93945312]> : tensor<67xf32>
  %r = dlc.reduce sum %0 dims = [0] : tensor<67xf32> -> tensor<f32>
  dlc.check_close %r, dense<-0.000244140625> : tensor<f32> {rtol = 1.0000000000000001e-05, atol = 9.9999999999999995e-07} : tensor<f32>
  return
}

func.func @reduce_sum_empty() {
  %0 = dlc.constant dense<> : tensor<2x0xf32>
  %r = dlc.reduce sum %0 dims = [1] : tensor<2x0xf32> -> tensor<2xf32>
  dlc.check_close %r, dense<0.0> : tensor<2xf32> {rtol = 0.0, atol = 0.0} : tensor<2xf32>
  return
}

func.func @reduce_sum_to_nothing() {
  %0 = dlc.constant dense<> : tensor<2x0xf32>
  %r = dlc.reduce sum %0 dims = [0] : tensor<2x0xf32> -> tensor<0xf32>
  dlc.check_close %r, dense<> : tensor<0xf32> {rtol = 0.0, atol = 0.0} : tensor<0xf32>
  return
}

func.func @reduce_sum_special() {
  %0 = dlc.constant dense<[[1.0, 0x7FC00000, 2.0], [0x7F800000, 1.0, 2.0], [0xFF800000, 1.0, 2.0], [0x7F800000, 0xFF800000, 1.0], [9.9999461e-41, 9.9999461e-41, 1.0], [0.0, -0.0, 0.0]]> : tensor<6x3xf32>
  %r = dlc.reduce sum %0 dims = [1] : tensor<6x3xf32> -> tensor<6xf32>
  dlc.check_close %r, dense<[0x7FC00000, 0x7F800000, 0xFF800000, 0x7FC00000, 1.0, 0.0]> : tensor<6xf32> {rtol = 0.0, atol = 0.0} : tensor<6xf32>
  return
}

func.func @reduce_sum_i8() {
  %0 = dlc.constant dense<[[74, 11, -84, 87, 72], [38, 58, -23, -6, 69], [10, 83, -12, -45, -89]]> : tensor<3x5xi8>
  %r = dlc.reduce sum %0 dims = [1] : tensor<3x5xi8> -> tensor<3xi8>
  dlc.check_close %r, dense<[-96, -120, -53]> : tensor<3xi8> {rtol = 0.0, atol = 0.0} : tensor<3xi8>
  return
}

func.func @reduce_sum_i32() {
  %0 = dlc.constant dense<[[94, -36, -73, 82, -28], [19, 91, -81, 94, 10], [3, 23, 15, 62, 95]]> : tensor<3x5xi32>
  %r = dlc.reduce sum %0 dims = [1] : tensor<3x5xi32> -> tensor<3xi32>
  dlc.check_close %r, dense<[39, 133, 198]> : tensor<3xi32> {rtol = 0.0, atol = 0.0} : tensor<3xi32>
  return
}

func.func @reduce_sum_i64() {
  %0 = dlc.constant dense<[[16, -98, -60, 30, 93], [-70, -41, -65, 45, 66], [37, 78, 84, 18, 53]]> : tensor<3x5xi64>
  %r = dlc.reduce sum %0 dims = [1] : tensor<3x5xi64> -> tensor<3xi64>
  dlc.check_close %r, dense<[-19, -65, 270]> : tensor<3xi64> {rtol = 0.0, atol = 0.0} : tensor<3xi64>
  return
}

func.func @reduce_sum_ui8() {
  %0 = dlc.constant dense<[[11, 38, 21, 4, 49], [65, 72, 1, 29, 5], [36, 2, 96, 57, 20]]> : tensor<3x5xui8>
  %r = dlc.reduce sum %0 dims = [1] : tensor<3x5xui8> -> tensor<3xui8>
  dlc.check_close %r, dense<[123, 172, 211]> : tensor<3xui8> {rtol = 0.0, atol = 0.0} : tensor<3xui8>
  return
}

func.func @reduce_sum_f64() {
  %0 = dlc.constant dense<[[-0.0, 1.53857421875, -1.84619140625, -2.0, 1.384521484375, -0.46142578125, -1.53857421875, 0.461669921875, 0.15380859375], [-0.15380859375, -0.769287109375, 1.076904296875, -1.076904296875, -1.230712890625, 0.769287109375, -0.615478515625, 0.307861328125, -0.307861328125], [-1.6923828125, 1.23095703125, -0.923095703125, -1.384521484375, 0.923095703125, 0.615478515625, 1.6923828125, 1.84619140625, 2.0]]> : tensor<3x9xf64>
  %r = dlc.reduce sum %0 dims = [1] : tensor<3x9xf64> -> tensor<3xf64>
  dlc.check_close %r, dense<[-2.3076171875, -2.0, 4.30810546875]> : tensor<3xf64> {rtol = 9.9999999999999998e-13, atol = 1.0e-14} : tensor<3xf64>
  return
}

func.func @reduce_sum_f16() {
  %0 = dlc.constant dense<[[-1.8457, 0.922852, 0.0, 1.69238, 0.307861, -2.0, 0.153809, -1.38477, 1.07715], [-1.23047, 2.0, 0.615234, -0.153809, -1.69238, 0.461426, 1.53906, 1.8457, 1.23047], [0.769531, -0.615234, -0.769531, 1.38477, -1.53906, -0.307617, -0.922852, -0.461426, -1.07715]]> : tensor<3x9xf16>
  %r = dlc.reduce sum %0 dims = [1] : tensor<3x9xf16> -> tensor<3xf16>
  dlc.check_close %r, dense<[-1.07617, 4.61719, -3.53906]> : tensor<3xf16> {rtol = 0.002, atol = 1.0000000000000001e-05} : tensor<3xf16>
  return
}

func.func @reduce_sum_bf16() {
  %0 = dlc.constant dense<[[-1.38281, -2.0, 1.53906, 0.460938, -0.308594, -1.84375, -0.617188, -1.53906, -0.154297], [1.69531, 1.38281, 0.308594, 1.84375, -0.460938, 1.23438, 0.154297, -1.69531, -0.769531], [0.921875, -1.23438, 1.07812, 0.0, 0.769531, 2.0, -1.07812, -0.921875, 0.617188]]> : tensor<3x9xbf16>
  %r = dlc.reduce sum %0 dims = [1] : tensor<3x9xbf16> -> tensor<3xbf16>
  dlc.check_close %r, dense<[-5.84375, 3.6875, 2.15625]> : tensor<3xbf16> {rtol = 0.01, atol = 1.0000000000000001e-05} : tensor<3xbf16>
  return
}

func.func @reduce_max_last() attributes {smooth} {
  %0 = dlc.constant dense<[[1.71435547, 0.0, 0.857177734, -0.857177734, 1.14282227], [0.571533203, 1.4284668, 2.0, -0.285644531, 0.285644531], [-2.0, -1.4284668, -0.571289062, -1.71435547, -1.14282227]]> : tensor<3x5xf32>
  %r = dlc.reduce max %0 dims = [1] : tensor<3x5xf32> -> tensor<3xf32>
  dlc.check_close %r, dense<[1.71435547, 2.0, -0.571289062]> : tensor<3xf32> {rtol = 0.0, atol = 0.0} : tensor<3xf32>
  return
}

func.func @reduce_max_first() attributes {smooth} {
  %0 = dlc.constant dense<[[0.285644531, 0.857177734, 2.0, -0.285644531, -1.14282227], [-2.0, 0.571289062, -1.71435547, -1.42871094, -0.571533203], [1.71435547, -0.0, -0.857177734, 1.4284668, 1.14282227]]> : tensor<3x5xf32>
  %r = dlc.reduce max %0 dims = [0] : tensor<3x5xf32> -> tensor<5xf32>
  dlc.check_close %r, dense<[1.71435547, 0.857177734, 2.0, 1.4284668, 1.14282227]> : tensor<5xf32> {rtol = 0.0, atol = 0.0} : tensor<5xf32>
  return
}

func.func @reduce_max_all() attributes {smooth} {
  %0 = dlc.constant dense<[[0.857177734, -1.71435547, 2.0, 1.42871094, 0.571289062], [1.71435547, 1.14282227, -1.42871094, -0.285644531, -0.571533203], [-0.0, -2.0, 0.285644531, -0.857177734, -1.14282227]]> : tensor<3x5xf32>
  %r = dlc.reduce max %0 dims = [0, 1] : tensor<3x5xf32> -> tensor<f32>
  dlc.check_close %r, dense<2.0> : tensor<f32> {rtol = 0.0, atol = 0.0} : tensor<f32>
  return
}

func.func @reduce_max_middle() attributes {smooth} {
  %0 = dlc.constant dense<[[[-1.51220703, 0.048828125, 0.731689453], [-1.31713867, -1.80493164, -0.829101562], [1.12207031, -0.926757812, -1.60986328], [-0.243896484, 1.21948242, -0.341552734], [-0.536621094, 1.51220703, 0.927001953], [1.60986328, -1.21948242, 0.829345703], [-0.634033203, 1.90234375, -0.731689453]], [[-1.12207031, -1.90234375, -0.438964844], [1.31713867, 0.146240234, 0.536621094], [0.438964844, 0.243896484, -2.0], [-0.048828125, 1.70727539, 2.0], [-1.02441406, -0.146484375, -1.41455078], [1.02441406, 1.41455078, -1.70727539], [0.341552734, 0.634277344, 1.80493164]]]> : tensor<2x7x3xf32>
  %r = dlc.reduce max %0 dims = [1] : tensor<2x7x3xf32> -> tensor<2x3xf32>
  dlc.check_close %r, dense<[[1.60986328, 1.90234375, 0.927001953], [1.31713867, 1.70727539, 2.0]]> : tensor<2x3xf32> {rtol = 0.0, atol = 0.0} : tensor<2x3xf32>
  return
}

func.func @reduce_max_outer() attributes {smooth} {
  %0 = dlc.constant dense<[[[2.0, 1.30444336, 0.260742188, 0.782470703], [-1.47827148, -1.30444336, 0.956542969, 1.47827148], [0.608642578, -1.13037109, -0.608642578, -1.65234375]], [[-2.0, -1.82617188, 1.13037109, -0.260986328], [0.434814453, 0.0869140625, -0.434814453, 1.82617188], [-0.782714844, 1.65209961, -0.956542969, -0.0869140625]]]> : tensor<2x3x4xf32>
  %r = dlc.reduce max %0 dims = [0, 2] : tensor<2x3x4xf32> -> tensor<3xf32>
  dlc.check_close %r, dense<[2.0, 1.82617188, 1.65209961]> : tensor<3xf32> {rtol = 0.0, atol = 0.0} : tensor<3xf32>
  return
}

func.func @reduce_max_none() attributes {smooth} {
  %0 = dlc.constant dense<[[-0.400146484, 2.0, -1.19995117], [-2.0, 0.399902344, 1.19995117]]> : tensor<2x3xf32>
  %r = dlc.reduce max %0 dims = [] : tensor<2x3xf32> -> tensor<2x3xf32>
  dlc.check_close %r, dense<[[-0.400146484, 2.0, -1.19995117], [-2.0, 0.399902344, 1.19995117]]> : tensor<2x3xf32> {rtol = 0.0, atol = 0.0} : tensor<2x3xf32>
  return
}

func.func @reduce_max_one() attributes {smooth} {
  %0 = dlc.constant dense<[[2.0], [-0.0], [-2.0]]> : tensor<3x1xf32>
  %r = dlc.reduce max %0 dims = [1] : tensor<3x1xf32> -> tensor<3xf32>
  dlc.check_close %r, dense<[2.0, -0.0, -2.0]> : tensor<3xf32> {rtol = 0.0, atol = 0.0} : tensor<3xf32>
  return
}

func.func @reduce_max_vector() attributes {smooth} {
  %0 = dlc.constant dense<[1.27270508, -1.39379883, 1.81811523, -1.03027344, 0.060546875, 2.0, -0.787841797, -1.2121582, -0.121337891, -1.15161133, -1.81811523, 1.57568359, -0.727294922, 1.51513672, 0.969726562, -0.545410156, 1.63623047, -0.060546875, 0.242431641, -1.69702148, -0.848632812, 0.12109375, -0.424072266, 1.87866211, 1.45458984, 0.727294922, -1.75756836, 0.545410156, 1.15136719, -0.363525391, 1.09106445, 1.75756836, 1.2121582, -1.45458984, 0.484863281, 0.606201172, -0.909179688, 1.69702148, -0.484863281, 0.181884766, 0.787841797, 1.33325195, 0.363525391, 1.03027344, 1.39379883, -1.87890625, 0.666748047, -1.51513672, -0.606201172, -2.0, 0.302978516, -1.57568359, -0.181884766, 0.908935547, -1.09082031, -0.242431641, 0.0, -0.969726562, -1.93945312, 1.93945312, -1.63623047, -0.302978516, 0.424316406, 0.848388672, -1.27270508, -0.666748047, -1.33325195]> : tensor<67xf32>
  %r = dlc.reduce max %0 dims = [0] : tensor<67xf32> -> tensor<f32>
  dlc.check_close %r, dense<2.0> : tensor<f32> {rtol = 0.0, atol = 0.0} : tensor<f32>
  return
}

func.func @reduce_max_empty() {
  %0 = dlc.constant dense<> : tensor<2x0xf32>
  %r = dlc.reduce max %0 dims = [1] : tensor<2x0xf32> -> tensor<2xf32>
  dlc.check_close %r, dense<0xFF800000> : tensor<2xf32> {rtol = 0.0, atol = 0.0} : tensor<2xf32>
  return
}

func.func @reduce_max_to_nothing() {
  %0 = dlc.constant dense<> : tensor<2x0xf32>
  %r = dlc.reduce max %0 dims = [0] : tensor<2x0xf32> -> tensor<0xf32>
  dlc.check_close %r, dense<> : tensor<0xf32> {rtol = 0.0, atol = 0.0} : tensor<0xf32>
  return
}

func.func @reduce_max_special() {
  %0 = dlc.constant dense<[[1.0, 0x7FC00000, 2.0], [0x7F800000, 1.0, 2.0], [0xFF800000, 1.0, 2.0], [0x7F800000, 0xFF800000, 1.0], [9.9999461e-41, 9.9999461e-41, 1.0], [0.0, -0.0, 0.0]]> : tensor<6x3xf32>
  %r = dlc.reduce max %0 dims = [1] : tensor<6x3xf32> -> tensor<6xf32>
  dlc.check_close %r, dense<[0x7FC00000, 0x7F800000, 2.0, 0x7F800000, 1.0, 0.0]> : tensor<6xf32> {rtol = 0.0, atol = 0.0} : tensor<6xf32>
  return
}

func.func @reduce_max_i8() {
  %0 = dlc.constant dense<[[-38, 15, -9, -55, 73], [32, -49, -79, -14, 25], [15, 14, 8, -29, -74]]> : tensor<3x5xi8>
  %r = dlc.reduce max %0 dims = [1] : tensor<3x5xi8> -> tensor<3xi8>
  dlc.check_close %r, dense<[73, 32, 15]> : tensor<3xi8> {rtol = 0.0, atol = 0.0} : tensor<3xi8>
  return
}

func.func @reduce_max_i32() {
  %0 = dlc.constant dense<[[-57, -92, 44, 23, -64], [-46, -69, -7, 26, -96], [32, -75, -80, 68, -48]]> : tensor<3x5xi32>
  %r = dlc.reduce max %0 dims = [1] : tensor<3x5xi32> -> tensor<3xi32>
  dlc.check_close %r, dense<[44, 26, 68]> : tensor<3xi32> {rtol = 0.0, atol = 0.0} : tensor<3xi32>
  return
}

func.func @reduce_max_i64() {
  %0 = dlc.constant dense<[[82, -81, 96, 82, -80], [-99, 65, -30, -52, -69], [-64, -7, 55, 81, -52]]> : tensor<3x5xi64>
  %r = dlc.reduce max %0 dims = [1] : tensor<3x5xi64> -> tensor<3xi64>
  dlc.check_close %r, dense<[96, 65, 81]> : tensor<3xi64> {rtol = 0.0, atol = 0.0} : tensor<3xi64>
  return
}

func.func @reduce_max_ui8() {
  %0 = dlc.constant dense<[[70, 93, 36, 57, 18], [86, 70, 66, 54, 27], [72, 77, 4, 37, 17]]> : tensor<3x5xui8>
  %r = dlc.reduce max %0 dims = [1] : tensor<3x5xui8> -> tensor<3xui8>
  dlc.check_close %r, dense<[93, 86, 77]> : tensor<3xui8> {rtol = 0.0, atol = 0.0} : tensor<3xui8>
  return
}

func.func @reduce_max_f64() {
  %0 = dlc.constant dense<[[-1.84619140625, -1.076904296875, -0.307861328125, -0.769287109375, -0.461669921875, 1.384521484375, -1.230712890625, 0.769287109375, 0.46142578125], [0.923095703125, 0.15380859375, -0.15380859375, 1.538330078125, 0.0, -0.615478515625, -0.923095703125, 1.6923828125, 2.0], [0.615478515625, 1.076904296875, -1.384521484375, -1.6923828125, -2.0, 0.3076171875, -1.538330078125, 1.84619140625, 1.230712890625]]> : tensor<3x9xf64>
  %r = dlc.reduce max %0 dims = [1] : tensor<3x9xf64> -> tensor<3xf64>
  dlc.check_close %r, dense<[1.384521484375, 2.0, 1.84619140625]> : tensor<3xf64> {rtol = 9.9999999999999998e-13, atol = 1.0e-14} : tensor<3xf64>
  return
}

func.func @reduce_max_f16() {
  %0 = dlc.constant dense<[[-2.0, -1.69238, -0.461426, 1.8457, 1.07715, 1.53809, -0.769531, 0.922852, 1.38477], [-0.0, -1.23047, 0.769531, -0.307617, 1.69238, -0.615234, -1.07715, 2.0, -1.53809], [1.23047, 0.615234, -1.8457, 0.461426, 0.153809, -0.153809, -1.38477, -0.922852, 0.307617]]> : tensor<3x9xf16>
  %r = dlc.reduce max %0 dims = [1] : tensor<3x9xf16> -> tensor<3xf16>
  dlc.check_close %r, dense<[1.8457, 2.0, 1.23047]> : tensor<3xf16> {rtol = 0.002, atol = 1.0000000000000001e-05} : tensor<3xf16>
  return
}

func.func @reduce_max_bf16() {
  %0 = dlc.constant dense<[[0.308594, -0.617188, 0.769531, 0.617188, -0.0, -1.07812, -0.154297, 0.460938, -0.308594], [-0.921875, 0.921875, -1.53906, 1.69531, -0.769531, 1.23438, 0.154297, -0.460938, 1.53906], [2.0, 1.07812, -1.84375, -1.23438, 1.84375, -2.0, 1.38281, -1.38281, -1.69531]]> : tensor<3x9xbf16>
  %r = dlc.reduce max %0 dims = [1] : tensor<3x9xbf16> -> tensor<3xbf16>
  dlc.check_close %r, dense<[0.769531, 1.69531, 2.0]> : tensor<3xbf16> {rtol = 0.01, atol = 1.0000000000000001e-05} : tensor<3xbf16>
  return
}

func.func @reduce_min_last() attributes {smooth} {
  %0 = dlc.constant dense<[[-0.571289062, 2.0, 1.4284668, 0.571289062, -0.285644531], [0.0, -0.857177734, 1.14282227, -1.71435547, -1.4284668], [-1.14282227, -2.0, 0.857177734, 1.71435547, 0.285644531]]> : tensor<3x5xf32>
  %r = dlc.reduce min %0 dims = [1] : tensor<3x5xf32> -> tensor<3xf32>
  dlc.check_close %r, dense<[-0.571289062, -1.71435547, -2.0]> : tensor<3xf32> {rtol = 0.0, atol = 0.0} : tensor<3xf32>
  return
}

func.func @reduce_min_first() attributes {smooth} {
  %0 = dlc.constant dense<[[-1.71411133, 1.4284668, -0.0, -1.14282227, -0.285888672], [-0.571533203, 0.857177734, 1.71435547, -0.857177734, -2.0], [2.0, 0.285888672, 0.571289062, -1.4284668, 1.14282227]]> : tensor<3x5xf32>
  %r = dlc.reduce min %0 dims = [0] : tensor<3x5xf32> -> tensor<5xf32>
  dlc.check_close %r, dense<[-1.71411133, 0.285888672, -0.0, -1.4284668, -2.0]> : tensor<5xf32> {rtol = 0.0, atol = 0.0} : tensor<5xf32>
  return
}

func.func @reduce_min_all() attributes {smooth} {
  %0 = dlc.constant dense<[[1.4284668, -2.0, 1.14282227, 0.857177734, -0.857177734], [-1.4284668, 2.0, -1.71411133, 0.571289062, 0.285888672], [1.71435547, -0.285644531, -1.14282227, -0.571289062, 0.0]]> : tensor<3x5xf32>
  %r = dlc.reduce min %0 dims = [0, 1] : tensor<3x5xf32> -> tensor<f32>
  dlc.check_close %r, dense<-2.0> : tensor<f32> {rtol = 0.0, atol = 0.0} : tensor<f32>
  return
}

func.func @reduce_min_middle() attributes {smooth} {
  %0 = dlc.constant dense<[[[-0.438964844, -1.60986328, 1.70727539], [1.02441406, 2.0, -0.048828125], [-1.41455078, 1.41455078, -0.926757812], [-0.634277344, 1.51220703, 1.12182617], [1.21948242, -1.51220703, -1.21948242], [-0.731689453, 0.341552734, -1.80493164], [0.438964844, 1.31713867, 0.634033203]], [[-0.146484375, 0.731689453, -1.70727539], [1.80493164, 0.926757812, -1.90234375], [1.60961914, 1.90234375, 0.829345703], [0.536621094, -1.02441406, 0.243896484], [-0.536621094, -0.243896484, 0.146484375], [-0.341552734, 0.048828125, -0.829101562], [-2.0, -1.12182617, -1.31713867]]]> : tensor<2x7x3xf32>
  %r = dlc.reduce min %0 dims = [1] : tensor<2x7x3xf32> -> tensor<2x3xf32>
  dlc.check_close %r, dense<[[-1.41455078, -1.60986328, -1.80493164], [-2.0, -1.12182617, -1.90234375]]> : tensor<2x3xf32> {rtol = 0.0, atol = 0.0} : tensor<2x3xf32>
  return
}

func.func @reduce_min_outer() attributes {smooth} {
  %0 = dlc.constant dense<[[[-0.956542969, -1.30444336, -1.65209961, -1.82617188], [1.47827148, -2.0, 0.434814453, -0.434814453], [-0.608642578, 1.30444336, 2.0, 0.956542969]], [[-1.47827148, 0.0869140625, 1.13037109, -0.782714844], [-0.0869140625, 1.65209961, 0.608642578, 0.260742188], [-1.13037109, 0.782470703, 1.82617188, -0.260986328]]]> : tensor<2x3x4xf32>
  %r = dlc.reduce min %0 dims = [0, 2] : tensor<2x3x4xf32> -> tensor<3xf32>
  dlc.check_close %r, dense<[-1.82617188, -2.0, -1.13037109]> : tensor<3xf32> {rtol = 0.0, atol = 0.0} : tensor<3xf32>
  return
}

func.func @reduce_min_none() attributes {smooth} {
  %0 = dlc.constant dense<[[-2.0, -1.19995117, 1.19995117], [0.399902344, -0.399902344, 2.0]]> : tensor<2x3xf32>
  %r = dlc.reduce min %0 dims = [] : tensor<2x3xf32> -> tensor<2x3xf32>
  dlc.check_close %r, dense<[[-2.0, -1.19995117, 1.19995117], [0.399902344, -0.399902344, 2.0]]> : tensor<2x3xf32> {rtol = 0.0, atol = 0.0} : tensor<2x3xf32>
  return
}

func.func @reduce_min_one() attributes {smooth} {
  %0 = dlc.constant dense<[[2.0], [-2.0], [-0.0]]> : tensor<3x1xf32>
  %r = dlc.reduce min %0 dims = [1] : tensor<3x1xf32> -> tensor<3xf32>
  dlc.check_close %r, dense<[2.0, -2.0, -0.0]> : tensor<3xf32> {rtol = 0.0, atol = 0.0} : tensor<3xf32>
  return
}

func.func @reduce_min_vector() attributes {smooth} {
  %0 = dlc.constant dense<[0.727294922, 1.57592773, 0.302978516, -0.727294922, 0.909179688, 1.81811523, 0.242431641, 0.121337891, 1.33325195, -0.969726562, 1.2121582, -1.93945312, 1.09106445, -0.484863281, -1.75756836, 0.848388672, -0.060546875, -1.63623047, 0.484863281, -1.51513672, -0.181884766, -0.302978516, 1.63647461, -0.666748047, -1.2121582, 1.69702148, -0.848388672, 0.060546875, -0.12109375, 0.363525391, 0.424316406, -0.545410156, -0.0, -0.242431641, 1.03027344, 0.181884766, -0.909179688, 0.545410156, -1.69702148, -1.57568359, -1.81811523, -1.27270508, -0.424316406, 0.666748047, -1.87866211, 1.75756836, -1.33325195, -1.03027344, 1.15161133, -1.39404297, -1.45458984, -0.787841797, -1.15161133, -2.0, 1.39404297, 0.787841797, 1.27270508, -1.09082031, 1.93945312, 1.45458984, 0.969726562, -0.363769531, 0.606201172, 2.0, -0.605957031, 1.87866211, 1.51513672]> : tensor<67xf32>
  %r = dlc.reduce min %0 dims = [0] : tensor<67xf32> -> tensor<f32>
  dlc.check_close %r, dense<-2.0> : tensor<f32> {rtol = 0.0, atol = 0.0} : tensor<f32>
  return
}

func.func @reduce_min_empty() {
  %0 = dlc.constant dense<> : tensor<2x0xf32>
  %r = dlc.reduce min %0 dims = [1] : tensor<2x0xf32> -> tensor<2xf32>
  dlc.check_close %r, dense<0x7F800000> : tensor<2xf32> {rtol = 0.0, atol = 0.0} : tensor<2xf32>
  return
}

func.func @reduce_min_to_nothing() {
  %0 = dlc.constant dense<> : tensor<2x0xf32>
  %r = dlc.reduce min %0 dims = [0] : tensor<2x0xf32> -> tensor<0xf32>
  dlc.check_close %r, dense<> : tensor<0xf32> {rtol = 0.0, atol = 0.0} : tensor<0xf32>
  return
}

func.func @reduce_min_special() {
  %0 = dlc.constant dense<[[1.0, 0x7FC00000, 2.0], [0x7F800000, 1.0, 2.0], [0xFF800000, 1.0, 2.0], [0x7F800000, 0xFF800000, 1.0], [9.9999461e-41, 9.9999461e-41, 1.0], [0.0, -0.0, 0.0]]> : tensor<6x3xf32>
  %r = dlc.reduce min %0 dims = [1] : tensor<6x3xf32> -> tensor<6xf32>
  dlc.check_close %r, dense<[0x7FC00000, 1.0, 0xFF800000, 0xFF800000, 9.9999461e-41, 0.0]> : tensor<6xf32> {rtol = 0.0, atol = 0.0} : tensor<6xf32>
  return
}

func.func @reduce_min_i8() {
  %0 = dlc.constant dense<[[-75, 23, 34, 21, -12], [67, 39, -58, -39, 18], [45, 94, 21, 65, -45]]> : tensor<3x5xi8>
  %r = dlc.reduce min %0 dims = [1] : tensor<3x5xi8> -> tensor<3xi8>
  dlc.check_close %r, dense<[-75, -58, -45]> : tensor<3xi8> {rtol = 0.0, atol = 0.0} : tensor<3xi8>
  return
}

func.func @reduce_min_i32() {
  %0 = dlc.constant dense<[[83, 75, 4, -9, -85], [2, 32, 96, 65, -9], [-43, 22, -8, -37, -44]]> : tensor<3x5xi32>
  %r = dlc.reduce min %0 dims = [1] : tensor<3x5xi32> -> tensor<3xi32>
  dlc.check_close %r, dense<[-85, -9, -44]> : tensor<3xi32> {rtol = 0.0, atol = 0.0} : tensor<3xi32>
  return
}

func.func @reduce_min_i64() {
  %0 = dlc.constant dense<[[-3, -64, -45, 70, 88], [35, -90, 7, -21, 65], [-17, -51, 66, 34, -65]]> : tensor<3x5xi64>
  %r = dlc.reduce min %0 dims = [1] : tensor<3x5xi64> -> tensor<3xi64>
  dlc.check_close %r, dense<[-64, -90, -65]> : tensor<3xi64> {rtol = 0.0, atol = 0.0} : tensor<3xi64>
  return
}

func.func @reduce_min_ui8() {
  %0 = dlc.constant dense<[[94, 23, 80, 35, 70], [40, 85, 50, 33, 48], [35, 67, 0, 39, 69]]> : tensor<3x5xui8>
  %r = dlc.reduce min %0 dims = [1] : tensor<3x5xui8> -> tensor<3xui8>
  dlc.check_close %r, dense<[23, 33, 0]> : tensor<3xui8> {rtol = 0.0, atol = 0.0} : tensor<3xui8>
  return
}

func.func @reduce_min_f64() {
  %0 = dlc.constant dense<[[0.461669921875, -2.0, 0.769287109375, -1.230712890625, -1.6923828125, -0.46142578125, 0.15380859375, 1.384521484375, -0.769287109375], [-1.076904296875, 1.230712890625, -0.615478515625, -0.15380859375, 1.6923828125, 0.923095703125, -0.923095703125, -1.53857421875, 0.615234375], [2.0, -1.84619140625, 1.538330078125, 1.076904296875, 1.84619140625, 0.3076171875, 0.0, -0.307861328125, -1.384521484375]]> : tensor<3x9xf64>
  %r = dlc.reduce min %0 dims = [1] : tensor<3x9xf64> -> tensor<3xf64>
  dlc.check_close %r, dense<[-2.0, -1.53857421875, -1.84619140625]> : tensor<3xf64> {rtol = 9.9999999999999998e-13, atol = 1.0e-14} : tensor<3xf64>
  return
}

func.func @reduce_min_f16() {
  %0 = dlc.constant dense<[[-1.8457, -0.307617, 0.307617, -1.53809, 1.53906, -0.769531, -0.153809, -0.615234, 0.615234], [1.23047, 0.153809, 1.07715, 2.0, -0.46167, -0.922852, -1.23047, -2.0, 0.769531], [1.38477, 0.46167, 1.8457, 1.69238, -0.0, -1.38477, -1.07715, 0.922852, -1.69238]]> : tensor<3x9xf16>
  %r = dlc.reduce min %0 dims = [1] : tensor<3x9xf16> -> tensor<3xf16>
  dlc.check_close %r, dense<[-1.8457, -2.0, -1.69238]> : tensor<3xf16> {rtol = 0.002, atol = 1.0000000000000001e-05} : tensor<3xf16>
  return
}

func.func @reduce_min_bf16() {
  %0 = dlc.constant dense<[[-0.769531, 1.38281, -0.617188, 1.07812, 0.154297, 0.460938, -1.69531, -1.84375, -0.460938], [2.0, 0.0, -1.53906, -0.308594, -1.38281, 1.53906, -2.0, 0.769531, -0.154297], [0.308594, -0.921875, 1.84375, 0.617188, -1.07812, 1.23438, 1.69531, 0.921875, -1.23438]]> : tensor<3x9xbf16>
  %r = dlc.reduce min %0 dims = [1] : tensor<3x9xbf16> -> tensor<3xbf16>
  dlc.check_close %r, dense<[-1.84375, -2.0, -1.23438]> : tensor<3xbf16> {rtol = 0.01, atol = 1.0000000000000001e-05} : tensor<3xbf16>
  return
}

func.func @reduce_prod_last() {
  %0 = dlc.constant dense<[[1.71435547, -1.4284668, -1.71435547, -1.14282227, 0.571533203], [-0.285888672, -0.857177734, -0.571289062, 0.857177734, 1.14282227], [-2.0, 1.42871094, 2.0, 0.0, 0.285644531]]> : tensor<3x5xf32>
  %r = dlc.reduce prod %0 dims = [1] : tensor<3x5xf32> -> tensor<3xf32>
  dlc.check_close %r, dense<[-2.74215531, -0.137142897, -0.0]> : tensor<3xf32> {rtol = 1.0000000000000001e-05, atol = 9.9999999999999995e-07} : tensor<3xf32>
  return
}

func.func @reduce_prod_first() {
  %0 = dlc.constant dense<[[0.0, -0.857177734, 1.14282227, -0.285644531, -1.71435547], [1.42871094, 0.285644531, -1.14282227, -1.42871094, 1.71435547], [0.857177734, 2.0, 0.571533203, -0.571533203, -2.0]]> : tensor<3x5xf32>
  %r = dlc.reduce prod %0 dims = [0] : tensor<3x5xf32> -> tensor<5xf32>
  dlc.check_close %r, dense<[0.0, -0.489696264, -0.746446788, -0.233244687, 5.87802935]> : tensor<5xf32> {rtol = 1.0000000000000001e-05, atol = 9.9999999999999995e-07} : tensor<5xf32>
  return
}

func.func @reduce_prod_all() {
  %0 = dlc.constant dense<[[-0.0, -0.571289062, 1.71435547, 2.0, 1.14282227], [0.857177734, 1.4284668, 0.285644531, -0.285644531, 0.571533203], [-1.71435547, -1.42871094, -1.14282227, -2.0, -0.857177734]]> : tensor<3x5xf32>
  %r = dlc.reduce prod %0 dims = [0, 1] : tensor<3x5xf32> -> tensor<f32>
  dlc.check_close %r, dense<0.0> : tensor<f32> {rtol = 1.0000000000000001e-05, atol = 9.9999999999999995e-07} : tensor<f32>
  return
}

func.func @reduce_prod_middle() {
  %0 = dlc.constant dense<[[[0.438964844, -1.31713867, -1.12182617], [-1.60986328, -1.41479492, -1.90258789], [-1.80493164, 0.146240234, 0.634033203], [0.829101562, -1.02441406, -0.829345703], [1.80493164, 0.341308594, 1.12182617], [-0.634033203, 1.41455078, 0.536621094], [-1.70727539, -1.51220703, -0.048828125]], [[0.048828125, -0.341308594, 0.731689453], [1.51220703, -0.438964844, -2.0], [1.60986328, 1.02441406, -0.536621094], [-0.926757812, 2.0, 1.31713867], [0.926757812, -1.21948242, 0.243896484], [-0.243896484, 1.70727539, -0.731689453], [1.90234375, 1.21948242, -0.146484375]]]> : tensor<2x7x3xf32>
  %r = dlc.reduce prod %0 dims = [1] : tensor<2x7x3xf32> -> tensor<2x3xf32>
  dlc.check_close %r, dense<[[2.06615829, 0.203818887, 0.0329899192], [0.0473693423, -0.779358268, 0.0270383172]]> : tensor<2x3xf32> {rtol = 1.0000000000000001e-05, atol = 9.9999999999999995e-07} : tensor<2x3xf32>
  return
}

func.func @reduce_prod_outer() {
  %0 = dlc.constant dense<[[[-0.608642578, -0.956542969, 1.47827148, 1.65234375], [-1.13061523, -0.0869140625, 0.434814453, -0.260986328], [0.260742188, -1.82617188, 1.30444336, -0.782714844]], [[2.0, -0.434814453, 0.956542969, -1.30444336], [-1.65209961, -1.47827148, 1.13037109, 1.82617188], [-2.0, 0.782714844, 0.0869140625, 0.608642578]]]> : tensor<2x3x4xf32>
  %r = dlc.reduce prod %0 dims = [0, 2] : tensor<2x3x4xf32> -> tensor<3xf32>
  dlc.check_close %r, dense<[1.54306805, -0.0562185608, -0.0402594358]> : tensor<3xf32> {rtol = 1.0000000000000001e-05, atol = 9.9999999999999995e-07} : tensor<3xf32>
  return
}

func.func @reduce_prod_none() {
  %0 = dlc.constant dense<[[0.399902344, 2.0, -0.400146484], [-2.0, 1.19995117, -1.19995117]]> : tensor<2x3xf32>
  %r = dlc.reduce prod %0 dims = [] : tensor<2x3xf32> -> tensor<2x3xf32>
  dlc.check_close %r, dense<[[0.399902344, 2.0, -0.400146484], [-2.0, 1.19995117, -1.19995117]]> : tensor<2x3xf32> {rtol = 1.0000000000000001e-05, atol = 9.9999999999999995e-07} : tensor<2x3xf32>
  return
}

func.func @reduce_prod_one() {
  %0 = dlc.constant dense<[[2.0], [-2.0], [0.0]]> : tensor<3x1xf32>
  %r = dlc.reduce prod %0 dims = [1] : tensor<3x1xf32> -> tensor<3xf32>
  dlc.check_close %r, dense<[2.0, -2.0, 0.0]> : tensor<3xf32> {rtol = 1.0000000000000001e-05, atol = 9.9999999999999995e-07} : tensor<3xf32>
  return
}

func.func @reduce_prod_vector() {
  %0 = dlc.constant dense<[1.51513672, -0.908935547, 0.848632812, 0.605957031, -1.93945312, -1.03027344, -1.87890625, -0.666748047, 0.242431641, 1.39379883, 1.81811523, -1.57568359, -0.424072266, -0.787841797, -0.727294922, 1.33349609, 1.09082031, 1.27270508, 1.15161133, -1.09106445, 1.2121582, 0.363769531, -0.545410156, -0.606201172, -1.75756836, 1.93945312, 0.060546875, -0.969726562, -0.484863281, 1.63647461, -0.242431641, 0.121337891, -1.45458984, 2.0, 0.909179688, -1.39404297, -0.181884766, -1.81811523, -0.363525391, -1.33349609, 0.787841797, 0.424316406, 0.969726562, 0.303222656, 1.03027344, 1.75756836, 1.69702148, -2.0, -0.060546875, 1.87890625, 1.45458984, 0.181884766, -1.51513672, 0.484863281, -1.63647461, -0.302978516, -1.2121582, 0.545410156, -0.848388672, -0.121337891, -1.15136719, 1.57568359, -1.69702148, 0.0, -1.27270508, 0.666748047, 0.727294922]> : tensor<67xf32>
  %r = dlc.reduce prod %0 dims = [0] : tensor<67xf32> -> tensor<f32>
  dlc.check_close %r, dense<-0.0> : tensor<f32> {rtol = 1.0000000000000001e-05, atol = 9.9999999999999995e-07} : tensor<f32>
  return
}

func.func @reduce_prod_empty() {
  %0 = dlc.constant dense<> : tensor<2x0xf32>
  %r = dlc.reduce prod %0 dims = [1] : tensor<2x0xf32> -> tensor<2xf32>
  dlc.check_close %r, dense<1.0> : tensor<2xf32> {rtol = 0.0, atol = 0.0} : tensor<2xf32>
  return
}

func.func @reduce_prod_to_nothing() {
  %0 = dlc.constant dense<> : tensor<2x0xf32>
  %r = dlc.reduce prod %0 dims = [0] : tensor<2x0xf32> -> tensor<0xf32>
  dlc.check_close %r, dense<> : tensor<0xf32> {rtol = 0.0, atol = 0.0} : tensor<0xf32>
  return
}

func.func @reduce_prod_special() {
  %0 = dlc.constant dense<[[1.0, 0x7FC00000, 2.0], [0x7F800000, 1.0, 2.0], [0xFF800000, 1.0, 2.0], [0x7F800000, 0xFF800000, 1.0], [9.9999461e-41, 9.9999461e-41, 1.0], [0.0, -0.0, 0.0]]> : tensor<6x3xf32>
  %r = dlc.reduce prod %0 dims = [1] : tensor<6x3xf32> -> tensor<6xf32>
  dlc.check_close %r, dense<[0x7FC00000, 0x7F800000, 0xFF800000, 0xFF800000, 0.0, -0.0]> : tensor<6xf32> {rtol = 0.0, atol = 0.0} : tensor<6xf32>
  return
}

func.func @reduce_prod_i8() {
  %0 = dlc.constant dense<[[79, -18, 6, -3, -74], [49, -55, 72, 56, -22], [55, 67, -78, 62, 16]]> : tensor<3x5xi8>
  %r = dlc.reduce prod %0 dims = [1] : tensor<3x5xi8> -> tensor<3xi8>
  dlc.check_close %r, dense<[40, -128, -64]> : tensor<3xi8> {rtol = 0.0, atol = 0.0} : tensor<3xi8>
  return
}

func.func @reduce_prod_i32() {
  %0 = dlc.constant dense<[[-77, 26, 33, -14, 64], [-42, 67, -72, -17, 76], [-57, 79, -66, -93, 70]]> : tensor<3x5xi32>
  %r = dlc.reduce prod %0 dims = [1] : tensor<3x5xi32> -> tensor<3xi32>
  dlc.check_close %r, dense<[59195136, -261769536, -1934758980]> : tensor<3xi32> {rtol = 0.0, atol = 0.0} : tensor<3xi32>
  return
}

func.func @reduce_prod_i64() {
  %0 = dlc.constant dense<[[86, -34, 95, 61, -3], [21, -22, -57, 82, -17], [-50, 61, 53, 74, 21]]> : tensor<3x5xi64>
  %r = dlc.reduce prod %0 dims = [1] : tensor<3x5xi64> -> tensor<3xi64>
  dlc.check_close %r, dense<[50833740, -36709596, -251204100]> : tensor<3xi64> {rtol = 0.0, atol = 0.0} : tensor<3xi64>
  return
}

func.func @reduce_prod_ui8() {
  %0 = dlc.constant dense<[[35, 51, 78, 68, 5], [85, 52, 92, 13, 81], [96, 76, 69, 65, 35]]> : tensor<3x5xui8>
  %r = dlc.reduce prod %0 dims = [1] : tensor<3x5xui8> -> tensor<3xui8>
  dlc.check_close %r, dense<[216, 176, 128]> : tensor<3xui8> {rtol = 0.0, atol = 0.0} : tensor<3xui8>
  return
}

func.func @reduce_prod_f64() {
  %0 = dlc.constant dense<[[-1.230712890625, 1.538330078125, -0.307861328125, -0.923095703125, -0.46142578125, 0.615234375, 1.6923828125, 2.0, 0.3076171875], [-0.615478515625, 0.0, -2.0, -1.84619140625, 1.230712890625, -1.538330078125, -0.769287109375, -1.076904296875, 1.076904296875], [1.384765625, -1.384521484375, -1.6923828125, -0.15380859375, 0.923095703125, 0.461669921875, 0.15380859375, 0.769287109375, 1.84619140625]]> : tensor<3x9xf64>
  %r = dlc.reduce prod %0 dims = [1] : tensor<3x9xf64> -> tensor<3xf64>
  dlc.check_close %r, dense<[0.1590339321194672, 0.0, -0.046460007236422865]> : tensor<3xf64> {rtol = 9.9999999999999998e-13, atol = 1.0e-14} : tensor<3xf64>
  return
}

func.func @reduce_prod_f16() {
  %0 = dlc.constant dense<[[0.922852, 0.153809, 0.461426, -0.46167, -1.8457, 1.53809, -1.23047, 1.23047, -0.615234], [-0.307617, -0.0, -1.38477, 0.769531, -0.922852, -2.0, -0.769531, 1.38477, -0.153809], [-1.07715, 1.07715, -1.53809, 1.8457, 0.307617, 2.0, 1.69238, -1.69238, 0.615234]]> : tensor<3x9xf16>
  %r = dlc.reduce prod %0 dims = [1] : tensor<3x9xf16> -> tensor<3xf16>
  dlc.check_close %r, dense<[0.0799561, -0.0, -3.57031]> : tensor<3xf16> {rtol = 0.002, atol = 1.0000000000000001e-05} : tensor<3xf16>
  return
}

func.func @reduce_prod_bf16() {
  %0 = dlc.constant dense<[[-1.38281, 0.154297, -0.921875, 1.23438, -1.53906, 1.53906, 0.617188, 0.921875, 1.84375], [-0.308594, -1.23438, 0.460938, -1.84375, -1.07812, 2.0, -2.0, 1.38281, -0.460938], [-0.769531, -1.69531, -0.0, 1.07812, 1.69531, 0.769531, -0.154297, -0.617188, 0.308594]]> : tensor<3x9xbf16>
  %r = dlc.reduce prod %0 dims = [1] : tensor<3x9xbf16> -> tensor<3xbf16>
  dlc.check_close %r, dense<[-0.601562, 0.890625, -0.0]> : tensor<3xbf16> {rtol = 0.01, atol = 1.0000000000000001e-05} : tensor<3xbf16>
  return
}

func.func @reduce_max_i1() {
  %0 = dlc.constant dense<[[true, false], [false, false], [true, true]]> : tensor<3x2xi1>
  %r = dlc.reduce max %0 dims = [1] : tensor<3x2xi1> -> tensor<3xi1>
  dlc.check_close %r, dense<[true, false, true]> : tensor<3xi1> {rtol = 0.0, atol = 0.0} : tensor<3xi1>
  return
}

func.func @reduce_min_i1() {
  %0 = dlc.constant dense<[[true, false], [false, false], [true, true]]> : tensor<3x2xi1>
  %r = dlc.reduce min %0 dims = [1] : tensor<3x2xi1> -> tensor<3xi1>
  dlc.check_close %r, dense<[false, false, true]> : tensor<3xi1> {rtol = 0.0, atol = 0.0} : tensor<3xi1>
  return
}

func.func @reduce_sum_long() {
  %x = dlc.iota axis = 1 : tensor<3x5001xf32>
  %r = dlc.reduce sum %x dims = [1] : tensor<3x5001xf32> -> tensor<3xf32>
  dlc.check_close %r, dense<12502500.0> : tensor<3xf32> {rtol = 1.9999999999999999e-06, atol = 9.9999999999999995e-08} : tensor<3xf32>
  return
}

func.func @reduce_sum_tall() {
  %x = dlc.iota axis = 0 : tensor<1003x5xf32>
  %r = dlc.reduce sum %x dims = [0] : tensor<1003x5xf32> -> tensor<5xf32>
  dlc.check_close %r, dense<502503.0> : tensor<5xf32> {rtol = 1.9999999999999999e-06, atol = 9.9999999999999995e-08} : tensor<5xf32>
  return
}

func.func @arg_reduce_max_last() {
  %0 = dlc.constant dense<[[-0.571289062, -1.71435547, -1.14282227, 1.4284668, 0.571533203], [0.857177734, 1.14282227, 1.71435547, -0.857177734, -2.0], [-0.285644531, -1.4284668, 2.0, -0.0, 0.285644531]]> : tensor<3x5xf32>
  %r:2 = dlc.arg_reduce max %0 axis = 1 : tensor<3x5xf32> -> tensor<3xf32>, tensor<3xi64>
  dlc.check_close %r#0, dense<[1.4284668, 1.71435547, 2.0]> : tensor<3xf32> {rtol = 0.0, atol = 0.0} : tensor<3xf32>
  dlc.check_close %r#1, dense<[3, 2, 2]> : tensor<3xi64> {rtol = 0.0, atol = 0.0} : tensor<3xi64>
  return
}

func.func @arg_reduce_max_first() {
  %0 = dlc.constant dense<[[0.571533203, -0.857177734, 0.285644531, 2.0, -2.0], [1.14282227, 1.42871094, 0.0, -1.71435547, -1.42871094], [1.71435547, -0.571289062, 0.857177734, -1.14282227, -0.285644531]]> : tensor<3x5xf32>
  %r:2 = dlc.arg_reduce max %0 axis = 0 : tensor<3x5xf32> -> tensor<5xf32>, tensor<5xi64>
  dlc.check_close %r#0, dense<[1.71435547, 1.42871094, 0.857177734, 2.0, -0.285644531]> : tensor<5xf32> {rtol = 0.0, atol = 0.0} : tensor<5xf32>
  dlc.check_close %r#1, dense<[2, 1, 2, 0, 2]> : tensor<5xi64> {rtol = 0.0, atol = 0.0} : tensor<5xi64>
  return
}

func.func @arg_reduce_max_middle() {
  %0 = dlc.constant dense<[[[2.0, -0.0688476562, -0.620849609], [1.58618164, -0.896484375, 0.896484375], [0.206787109, 1.72412109, -1.58618164], [0.0690917969, 1.03442383, -1.31030273], [-1.44824219, 0.620605469, 1.44824219]], [[-1.03442383, -1.86206055, 1.86206055], [-0.758544922, 1.17236328, -2.0], [-1.72412109, -0.20703125, -1.17236328], [-0.344970703, 0.344726562, 0.482910156], [1.31030273, -0.482666016, 0.758544922]]]> : tensor<2x5x3xf32>
  %r:2 = dlc.arg_reduce max %0 axis = 1 : tensor<2x5x3xf32> -> tensor<2x3xf32>, tensor<2x3xi64>
  dlc.check_close %r#0, dense<[[2.0, 1.72412109, 1.44824219], [1.31030273, 1.17236328, 1.86206055]]> : tensor<2x3xf32> {rtol = 0.0, atol = 0.0} : tensor<2x3xf32>
  dlc.check_close %r#1, dense<[[0, 2, 4], [4, 1, 0]]> : tensor<2x3xi64> {rtol = 0.0, atol = 0.0} : tensor<2x3xi64>
  return
}

func.func @arg_reduce_max_ties() {
  %0 = dlc.constant dense<[[1.0, 3.0], [3.0, 1.0]]> : tensor<2x2xf32>
  %r:2 = dlc.arg_reduce max %0 axis = 0 : tensor<2x2xf32> -> tensor<2xf32>, tensor<2xi64>
  dlc.check_close %r#0, dense<3.0> : tensor<2xf32> {rtol = 0.0, atol = 0.0} : tensor<2xf32>
  dlc.check_close %r#1, dense<[1, 0]> : tensor<2xi64> {rtol = 0.0, atol = 0.0} : tensor<2xi64>
  return
}

func.func @arg_reduce_max_equal() {
  %0 = dlc.constant dense<0.0> : tensor<2x3xf32>
  %r:2 = dlc.arg_reduce max %0 axis = 1 : tensor<2x3xf32> -> tensor<2xf32>, tensor<2xi64>
  dlc.check_close %r#0, dense<0.0> : tensor<2xf32> {rtol = 0.0, atol = 0.0} : tensor<2xf32>
  dlc.check_close %r#1, dense<0> : tensor<2xi64> {rtol = 0.0, atol = 0.0} : tensor<2xi64>
  return
}

func.func @arg_reduce_max_nan() {
  %0 = dlc.constant dense<[[1.0, 0x7FC00000, 5.0], [0x7FC00000, 0x7FC00000, 0x7F800000], [2.0, 0xFF800000, 3.0], [0xFF800000, 0xFF800000, 0xFF800000]]> : tensor<4x3xf32>
  %r:2 = dlc.arg_reduce max %0 axis = 1 : tensor<4x3xf32> -> tensor<4xf32>, tensor<4xi64>
  dlc.check_close %r#0, dense<[0x7FC00000, 0x7FC00000, 3.0, 0xFF800000]> : tensor<4xf32> {rtol = 0.0, atol = 0.0} : tensor<4xf32>
  dlc.check_close %r#1, dense<[1, 0, 2, 0]> : tensor<4xi64> {rtol = 0.0, atol = 0.0} : tensor<4xi64>
  return
}

func.func @arg_reduce_max_one() {
  %0 = dlc.constant dense<[[-2.0], [0.0], [2.0]]> : tensor<3x1xf32>
  %r:2 = dlc.arg_reduce max %0 axis = 1 : tensor<3x1xf32> -> tensor<3xf32>, tensor<3xi64>
  dlc.check_close %r#0, dense<[-2.0, 0.0, 2.0]> : tensor<3xf32> {rtol = 0.0, atol = 0.0} : tensor<3xf32>
  dlc.check_close %r#1, dense<0> : tensor<3xi64> {rtol = 0.0, atol = 0.0} : tensor<3xi64>
  return
}

func.func @arg_reduce_max_i32() {
  %0 = dlc.constant dense<[[0, -4, 8, 1, -1], [2, 7, 6, -7, -7], [3, -2, -3, -5, 5]]> : tensor<3x5xi32>
  %r:2 = dlc.arg_reduce max %0 axis = 1 : tensor<3x5xi32> -> tensor<3xi32>, tensor<3xi64>
  dlc.check_close %r#0, dense<[8, 7, 5]> : tensor<3xi32> {rtol = 0.0, atol = 0.0} : tensor<3xi32>
  dlc.check_close %r#1, dense<[2, 1, 4]> : tensor<3xi64> {rtol = 0.0, atol = 0.0} : tensor<3xi64>
  return
}

func.func @arg_reduce_max_ui8() {
  %0 = dlc.constant dense<[[200, 3, 200]]> : tensor<1x3xui8>
  %r:2 = dlc.arg_reduce max %0 axis = 1 : tensor<1x3xui8> -> tensor<1xui8>, tensor<1xi64>
  dlc.check_close %r#0, dense<[200]> : tensor<1xui8> {rtol = 0.0, atol = 0.0} : tensor<1xui8>
  dlc.check_close %r#1, dense<[0]> : tensor<1xi64> {rtol = 0.0, atol = 0.0} : tensor<1xi64>
  return
}

func.func @arg_reduce_max_all_infinite() {
  %0 = dlc.constant dense<0xFF800000> : tensor<1x3xf32>
  %r:2 = dlc.arg_reduce max %0 axis = 1 : tensor<1x3xf32> -> tensor<1xf32>, tensor<1xi64>
  dlc.check_close %r#0, dense<[0xFF800000]> : tensor<1xf32> {rtol = 0.0, atol = 0.0} : tensor<1xf32>
  dlc.check_close %r#1, dense<[0]> : tensor<1xi64> {rtol = 0.0, atol = 0.0} : tensor<1xi64>
  return
}

func.func @arg_reduce_min_last() {
  %0 = dlc.constant dense<[[1.71435547, -1.71435547, -0.285888672, -1.4284668, -0.857177734], [0.0, -2.0, 0.857177734, -1.14282227, 1.4284668], [0.285644531, -0.571289062, 2.0, 0.571289062, 1.14282227]]> : tensor<3x5xf32>
  %r:2 = dlc.arg_reduce min %0 axis = 1 : tensor<3x5xf32> -> tensor<3xf32>, tensor<3xi64>
  dlc.check_close %r#0, dense<[-1.71435547, -2.0, -0.571289062]> : tensor<3xf32> {rtol = 0.0, atol = 0.0} : tensor<3xf32>
  dlc.check_close %r#1, dense<1> : tensor<3xi64> {rtol = 0.0, atol = 0.0} : tensor<3xi64>
  return
}

func.func @arg_reduce_min_first() {
  %0 = dlc.constant dense<[[0.857177734, -1.71435547, -2.0, 0.285644531, -0.285644531], [-1.4284668, 1.71435547, 1.42871094, -0.571533203, -0.0], [0.571289062, -1.14282227, 1.14282227, 2.0, -0.857177734]]> : tensor<3x5xf32>
  %r:2 = dlc.arg_reduce min %0 axis = 0 : tensor<3x5xf32> -> tensor<5xf32>, tensor<5xi64>
  dlc.check_close %r#0, dense<[-1.4284668, -1.71435547, -2.0, -0.571533203, -0.857177734]> : tensor<5xf32> {rtol = 0.0, atol = 0.0} : tensor<5xf32>
  dlc.check_close %r#1, dense<[1, 0, 0, 1, 2]> : tensor<5xi64> {rtol = 0.0, atol = 0.0} : tensor<5xi64>
  return
}

func.func @arg_reduce_min_middle() {
  %0 = dlc.constant dense<[[[-0.0690917969, -2.0, -1.44824219], [0.896728516, -0.758544922, 0.0690917969], [1.72412109, 0.344726562, 2.0], [1.17236328, -0.20703125, 0.20703125], [-1.31030273, -1.86206055, -0.620605469]], [[1.44824219, 1.03442383, -1.03442383], [1.58618164, -0.482666016, 0.620605469], [-0.896484375, 1.31030273, -1.72412109], [1.86206055, -1.58618164, 0.482666016], [-1.17236328, 0.758544922, -0.344726562]]]> : tensor<2x5x3xf32>
  %r:2 = dlc.arg_reduce min %0 axis = 1 : tensor<2x5x3xf32> -> tensor<2x3xf32>, tensor<2x3xi64>
  dlc.check_close %r#0, dense<[[-1.31030273, -2.0, -1.44824219], [-1.17236328, -1.58618164, -1.72412109]]> : tensor<2x3xf32> {rtol = 0.0, atol = 0.0} : tensor<2x3xf32>
  dlc.check_close %r#1, dense<[[4, 0, 0], [4, 3, 2]]> : tensor<2x3xi64> {rtol = 0.0, atol = 0.0} : tensor<2x3xi64>
  return
}

func.func @arg_reduce_min_ties() {
  %0 = dlc.constant dense<[[1.0, 3.0], [3.0, 1.0]]> : tensor<2x2xf32>
  %r:2 = dlc.arg_reduce min %0 axis = 0 : tensor<2x2xf32> -> tensor<2xf32>, tensor<2xi64>
  dlc.check_close %r#0, dense<1.0> : tensor<2xf32> {rtol = 0.0, atol = 0.0} : tensor<2xf32>
  dlc.check_close %r#1, dense<[0, 1]> : tensor<2xi64> {rtol = 0.0, atol = 0.0} : tensor<2xi64>
  return
}

func.func @arg_reduce_min_equal() {
  %0 = dlc.constant dense<0.0> : tensor<2x3xf32>
  %r:2 = dlc.arg_reduce min %0 axis = 1 : tensor<2x3xf32> -> tensor<2xf32>, tensor<2xi64>
  dlc.check_close %r#0, dense<0.0> : tensor<2xf32> {rtol = 0.0, atol = 0.0} : tensor<2xf32>
  dlc.check_close %r#1, dense<0> : tensor<2xi64> {rtol = 0.0, atol = 0.0} : tensor<2xi64>
  return
}

func.func @arg_reduce_min_nan() {
  %0 = dlc.constant dense<[[1.0, 0x7FC00000, 5.0], [0x7FC00000, 0x7FC00000, 0x7F800000], [2.0, 0xFF800000, 3.0], [0xFF800000, 0xFF800000, 0xFF800000]]> : tensor<4x3xf32>
  %r:2 = dlc.arg_reduce min %0 axis = 1 : tensor<4x3xf32> -> tensor<4xf32>, tensor<4xi64>
  dlc.check_close %r#0, dense<[0x7FC00000, 0x7FC00000, 0xFF800000, 0xFF800000]> : tensor<4xf32> {rtol = 0.0, atol = 0.0} : tensor<4xf32>
  dlc.check_close %r#1, dense<[1, 0, 1, 0]> : tensor<4xi64> {rtol = 0.0, atol = 0.0} : tensor<4xi64>
  return
}

func.func @arg_reduce_min_one() {
  %0 = dlc.constant dense<[[-2.0], [0.0], [2.0]]> : tensor<3x1xf32>
  %r:2 = dlc.arg_reduce min %0 axis = 1 : tensor<3x1xf32> -> tensor<3xf32>, tensor<3xi64>
  dlc.check_close %r#0, dense<[-2.0, 0.0, 2.0]> : tensor<3xf32> {rtol = 0.0, atol = 0.0} : tensor<3xf32>
  dlc.check_close %r#1, dense<0> : tensor<3xi64> {rtol = 0.0, atol = 0.0} : tensor<3xi64>
  return
}

func.func @arg_reduce_min_i32() {
  %0 = dlc.constant dense<[[-5, -9, 3, 2, 3], [0, -4, -4, 6, 0], [2, -9, -8, -2, 8]]> : tensor<3x5xi32>
  %r:2 = dlc.arg_reduce min %0 axis = 1 : tensor<3x5xi32> -> tensor<3xi32>, tensor<3xi64>
  dlc.check_close %r#0, dense<[-9, -4, -9]> : tensor<3xi32> {rtol = 0.0, atol = 0.0} : tensor<3xi32>
  dlc.check_close %r#1, dense<1> : tensor<3xi64> {rtol = 0.0, atol = 0.0} : tensor<3xi64>
  return
}

func.func @arg_reduce_min_ui8() {
  %0 = dlc.constant dense<[[200, 3, 200]]> : tensor<1x3xui8>
  %r:2 = dlc.arg_reduce min %0 axis = 1 : tensor<1x3xui8> -> tensor<1xui8>, tensor<1xi64>
  dlc.check_close %r#0, dense<[3]> : tensor<1xui8> {rtol = 0.0, atol = 0.0} : tensor<1xui8>
  dlc.check_close %r#1, dense<[1]> : tensor<1xi64> {rtol = 0.0, atol = 0.0} : tensor<1xi64>
  return
}

func.func @arg_reduce_min_all_infinite() {
  %0 = dlc.constant dense<0x7F800000> : tensor<1x3xf32>
  %r:2 = dlc.arg_reduce min %0 axis = 1 : tensor<1x3xf32> -> tensor<1xf32>, tensor<1xi64>
  dlc.check_close %r#0, dense<[0x7F800000]> : tensor<1xf32> {rtol = 0.0, atol = 0.0} : tensor<1xf32>
  dlc.check_close %r#1, dense<[0]> : tensor<1xi64> {rtol = 0.0, atol = 0.0} : tensor<1xi64>
  return
}

func.func @prod_gradient() attributes {smooth} {
  %0 = dlc.constant dense<[[0.5, -1.25, 2.0, 0.75], [0.5, 0.0, 2.0, -1.5], [0.0, 0.5, 0.0, 1.0]]> : tensor<3x4xf32>
  %r = dlc.reduce prod %0 dims = [1] : tensor<3x4xf32> -> tensor<3xf32>
  dlc.check_close %r, dense<[-0.9375, -0.0, 0.0]> : tensor<3xf32> {rtol = 1.9999999999999999e-06, atol = 9.9999999999999995e-08} : tensor<3xf32>
  return
}

func.func @prod_gradient_first() attributes {smooth} {
  %0 = dlc.constant dense<[[0.5, -1.25, 2.0, 0.75], [0.5, 0.0, 2.0, -1.5], [0.0, 0.5, 0.0, 1.0]]> : tensor<3x4xf32>
  %r = dlc.reduce prod %0 dims = [0] : tensor<3x4xf32> -> tensor<4xf32>
  dlc.check_close %r, dense<[0.0, -0.0, 0.0, -1.125]> : tensor<4xf32> {rtol = 1.9999999999999999e-06, atol = 9.9999999999999995e-08} : tensor<4xf32>
  return
}

func.func @arg_max_gradient() attributes {smooth} {
  %0 = dlc.constant dense<[-1.10235178, 1.21280396, 1.35320318]> : tensor<3xf32>
  %r:2 = dlc.arg_reduce max %0 axis = 0 : tensor<3xf32> -> tensor<f32>, tensor<i64>
  dlc.check_close %r#0, dense<1.35320318> : tensor<f32> {rtol = 1.9999999999999999e-06, atol = 9.9999999999999995e-08} : tensor<f32>
  dlc.check_close %r#1, dense<2> : tensor<i64> {rtol = 0.0, atol = 0.0} : tensor<i64>
  return
}

func.func @arg_min_gradient() attributes {smooth} {
  %0 = dlc.constant dense<[[-0.0186893102, 0.171799228, 0.135936901], [0.326819628, -0.0348007753, -0.567895651], [0.876300335, -0.169209436, -0.271091044], [-0.377361476, 0.228592202, 0.898027062], [-0.752100348, 0.218110859, -0.0701140761], [0.578130782, -0.68222183, -0.58056736]]> : tensor<6x3xf32>
  %r:2 = dlc.arg_reduce min %0 axis = 1 : tensor<6x3xf32> -> tensor<6xf32>, tensor<6xi64>
  dlc.check_close %r#0, dense<[-0.0186893102, -0.567895651, -0.271091044, -0.377361476, -0.752100348, -0.68222183]> : tensor<6xf32> {rtol = 1.9999999999999999e-06, atol = 9.9999999999999995e-08} : tensor<6xf32>
  dlc.check_close %r#1, dense<[0, 2, 2, 0, 0, 1]> : tensor<6xi64> {rtol = 0.0, atol = 0.0} : tensor<6xi64>
  return
}
