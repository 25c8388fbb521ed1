// Written by generate.py; the values are NumPy's.
// RUN: dlc-opt %s --verify-roundtrip -o %t

func.func @reduce_sum_last() attributes {smooth} {
  %0 = dlc.constant dense<[[-1.14282227, -0.0, 0.285644531, -0.285644531, -1.71435547], [0.571533203, -1.4284668, -0.857177734, 1.71435547, 0.857177734], [1.14282227, -0.571289062, -2.0, 2.0, 1.42871094]]> : tensor<3x5xf32>
  %r = dlc.reduce sum %0 dims = [1] : tensor<3x5xf32> -> tensor<3xf32>
  dlc.check_close %r, dense<[-2.85717773, 0.857421875, 2.00024414]> : tensor<3xf32> {rtol = 1.0000000000000001e-05, atol = 9.9999999999999995e-07} : tensor<3xf32>
  return
}

func.func @reduce_sum_first() attributes {smooth} {
  %0 = dlc.constant dense<[[-0.571289062, 0.285644531, -0.0, -1.14282227, 1.71435547], [0.571533203, -0.857177734, 2.0, 1.14282227, -1.4284668], [-1.71411133, -2.0, 1.42871094, -0.285644531, 0.857177734]]> : tensor<3x5xf32>
  %r = dlc.reduce sum %0 dims = [0] : tensor<3x5xf32> -> tensor<5xf32>
  dlc.check_close %r, dense<[-1.71386719, -2.5715332, 3.42871094, -0.285644531, 1.14306641]> : tensor<5xf32> {rtol = 1.0000000000000001e-05, atol = 9.9999999999999995e-07} : tensor<5xf32>
  return
}

func.func @reduce_sum_all() attributes {smooth} {
  %0 = dlc.constant dense<[[0.285644531, -0.285644531, -2.0, 2.0, 0.857177734], [0.571533203, 1.4284668, 1.14282227, -0.571289062, 1.71435547], [-0.857177734, -1.71435547, 0.0, -1.14282227, -1.4284668]]> : tensor<3x5xf32>
  %r = dlc.reduce sum %0 dims = [0, 1] : tensor<3x5xf32> -> tensor<f32>
  dlc.check_close %r, dense<0.000244140625> : tensor<f32> {rtol = 1.0000000000000001e-05, atol = 9.9999999999999995e-07} : tensor<f32>
  return
}

func.func @reduce_sum_middle() attributes {smooth} {
  %0 = dlc.constant dense<[[[-1.12207031, 1.02441406, -1.70727539], [-0.243896484, 1.21948242, 1.8046875], [0.634277344, 0.731689453, -2.0], [0.438964844, 0.146484375, -0.438964844], [-0.341308594, 1.41455078, 1.60986328], [-1.31713867, -1.02441406, -0.829345703], [-0.634277344, -0.731689453, 1.70727539]], [[0.926757812, 1.12182617, -1.51220703], [-0.048828125, 0.829345703, -0.926757812], [0.536621094, -1.21948242, 1.51220703], [1.31713867, 2.0, -1.41479492], [-0.146240234, 0.341552734, -0.536621094], [0.048828125, 0.243896484, 1.90258789], [-1.90258789, -1.80493164, -1.60961914]]]> : tensor<2x7x3xf32>
  %r = dlc.reduce sum %0 dims = [1] : tensor<2x7x3xf32> -> tensor<2x3xf32>
  dlc.check_close %r, dense<[[-2.58544922, 2.78051758, 0.146240234], [0.731689453, 1.51220703, -2.58520508]]> : tensor<2x3xf32> {rtol = 1.0000000000000001e-05, atol = 9.9999999999999995e-07} : tensor<2x3xf32>
  return
}

func.func @reduce_sum_outer() attributes {smooth} {
  %0 = dlc.constant dense<[[[-2.0, 1.47827148, 0.260986328, 0.0869140625], [1.65234375, -0.0869140625, 1.13037109, 0.782470703], [1.30419922, -1.47827148, -1.82592773, -0.608886719]], [[-0.434814453, 0.956542969, -1.13037109, -0.956542969], [1.82592773, -0.260986328, -0.782714844, -1.30444336], [0.608642578, 2.0, 0.434814453, -1.65209961]]]> : tensor<2x3x4xf32>
  %r = dlc.reduce sum %0 dims = [0, 2] : tensor<2x3x4xf32> -> tensor<3xf32>
  dlc.check_close %r, dense<[-1.73901367, 2.95605469, -1.2175293]> : tensor<3xf32> {rtol = 1.0000000000000001e-05, atol = 9.9999999999999995e-07} : tensor<3xf32>
  return
}

func.func @reduce_sum_none() attributes {smooth} {
  %0 = dlc.constant dense<[[-2.0, -1.19995117, 1.19995117], [0.400146484, 2.0, -0.399902344]]> : tensor<2x3xf32>
  %r = dlc.reduce sum %0 dims = [] : tensor<2x3xf32> -> tensor<2x3xf32>
  dlc.check_close %r, dense<[[-2.0, -1.19995117, 1.19995117], [0.400146484, 2.0, -0.399902344]]> : tensor<2x3xf32> {rtol = 1.0000000000000001e-05, atol = 9.9999999999999995e-07} : tensor<2x3xf32>
  return
}

func.func @reduce_sum_one() attributes {smooth} {
  %0 = dlc.constant dense<[[2.0], [-2.0], [0.0]]> : tensor<3x1xf32>
  %r = dlc.reduce sum %0 dims = [1] : tensor<3x1xf32> -> tensor<3xf32>
  dlc.check_close %r, dense<[2.0, -2.0, 0.0]> : tensor<3xf32> {rtol = 1.0000000000000001e-05, atol = 9.9999999999999995e-07} : tensor<3xf32>
  return
}

func.func @reduce_sum_vector() attributes {smooth} {
  %0 = dlc.constant dense<[-0.242431641, -0.181884766, -1.2121582, -1.93945312, 1.75756836, -0.848388672, 0.848388672, 0.181884766, -0.969726562, 0.424316406, 1.63623047, -0.060546875, -0.484863281, -1.03027344, 1.45458984, -0.302978516, -1.57568359, 1.57568359, -1.27270508, 1.69702148, 0.0607910156, -1.69702148, -0.908935547, 1.39404297, 1.33325195, -1.45458984, -1.15161133, -0.666748047, -2.0, 2.0, -0.787841797, -1.63647461, 1.15136719, 0.0, -0.424316406, 0.242431641, -1.39404297, -0.121337891, 0.363525391, 0.969726562, 0.727294922, -1.75756836, 1.27270508, 0.909179688, 0.787841797, 1.87866211, -0.606201172, 1.09082031, 1.2121582, -0.545410156, -0.727294922, 0.302978516, -1.81835938, 0.666503906, -1.87866211, -1.09106445, 1.51513672, -1.33325195, 0.545410156, 0.12109375, 1.03027344, 0.484863281, -1.51513672, 1.93945312, -0.363525391, 1.81811523, 0.606201172]> : tensor<67xf32>
  %r = dlc.reduce sum %0 dims = [0] : tensor<67xf32> -> tensor<f32>
  dlc.check_close %r, dense<-0.0009765625> : tensor<f32> {rtol = 1.0000000000000001e-05, atol = 9.9999999999999995e-07} : tensor<f32>
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
  %0 = dlc.constant dense<[[91, -64, -94, 77, 66], [79, -45, 53, -92, 77], [97, -40, -28, -90, 1]]> : tensor<3x5xi8>
  %r = dlc.reduce sum %0 dims = [1] : tensor<3x5xi8> -> tensor<3xi8>
  dlc.check_close %r, dense<[76, 72, -60]> : tensor<3xi8> {rtol = 0.0, atol = 0.0} : tensor<3xi8>
  return
}

func.func @reduce_sum_i32() {
  %0 = dlc.constant dense<[[81, -1, 15, 81, -92], [-24, 55, 29, -36, 4], [90, 72, 96, -87, 20]]> : tensor<3x5xi32>
  %r = dlc.reduce sum %0 dims = [1] : tensor<3x5xi32> -> tensor<3xi32>
  dlc.check_close %r, dense<[84, 28, 191]> : tensor<3xi32> {rtol = 0.0, atol = 0.0} : tensor<3xi32>
  return
}

func.func @reduce_sum_i64() {
  %0 = dlc.constant dense<[[94, 81, 21, -29, -91], [-46, 48, 46, -54, 11], [47, -96, -53, -31, 85]]> : tensor<3x5xi64>
  %r = dlc.reduce sum %0 dims = [1] : tensor<3x5xi64> -> tensor<3xi64>
  dlc.check_close %r, dense<[76, 5, -48]> : tensor<3xi64> {rtol = 0.0, atol = 0.0} : tensor<3xi64>
  return
}

func.func @reduce_sum_ui8() {
  %0 = dlc.constant dense<[[0, 8, 30, 94, 46], [17, 36, 63, 52, 20], [2, 69, 94, 75, 21]]> : tensor<3x5xui8>
  %r = dlc.reduce sum %0 dims = [1] : tensor<3x5xui8> -> tensor<3xui8>
  dlc.check_close %r, dense<[178, 188, 5]> : tensor<3xui8> {rtol = 0.0, atol = 0.0} : tensor<3xui8>
  return
}

func.func @reduce_sum_f64() {
  %0 = dlc.constant dense<[[0.923095703125, -0.923095703125, 0.615478515625, -1.076904296875, -1.692138671875, 0.15380859375, 0.769287109375, -0.15380859375, -0.615478515625], [-2.0, 1.384765625, -0.3076171875, 0.3076171875, -0.46142578125, -1.230712890625, -1.84619140625, 0.0, -1.538330078125], [1.84619140625, -1.384521484375, 2.0, 1.692138671875, 1.23095703125, 1.538330078125, 0.46142578125, -0.769287109375, 1.076904296875]]> : tensor<3x9xf64>
  %r = dlc.reduce sum %0 dims = [1] : tensor<3x9xf64> -> tensor<3xf64>
  dlc.check_close %r, dense<[-1.999755859375, -5.69189453125, 7.692138671875]> : tensor<3xf64> {rtol = 9.9999999999999998e-13, atol = 1.0e-14} : tensor<3xf64>
  return
}

func.func @reduce_sum_f16() {
  %0 = dlc.constant dense<[[1.53809, 0.153809, 0.922852, -1.8457, -0.461426, -1.07715, 0.615234, 1.69238, -0.153809], [0.769531, -1.23047, -0.307617, 1.07715, 0.46167, 0.0, 1.23047, -0.769531, 2.0], [-1.69238, -0.922852, 0.307617, -0.615234, 1.8457, -1.38477, -1.53809, -2.0, 1.38477]]> : tensor<3x9xf16>
  %r = dlc.reduce sum %0 dims = [1] : tensor<3x9xf16> -> tensor<3xf16>
  dlc.check_close %r, dense<[1.38477, 3.23047, -4.61719]> : tensor<3xf16> {rtol = 0.002, atol = 1.0000000000000001e-05} : tensor<3xf16>
  return
}

func.func @reduce_sum_bf16() {
  %0 = dlc.constant dense<[[1.69531, -1.53906, 1.53906, -1.38281, 0.460938, 0.617188, -1.23438, 1.38281, 1.84375], [-2.0, -1.84375, 0.154297, -0.460938, -0.154297, 1.07812, -0.617188, 0.769531, -0.921875], [-1.07812, -0.308594, 0.308594, 0.921875, 1.23438, -0.0, 2.0, -1.69531, -0.769531]]> : tensor<3x9xbf16>
  %r = dlc.reduce sum %0 dims = [1] : tensor<3x9xbf16> -> tensor<3xbf16>
  dlc.check_close %r, dense<[3.375, -4.0, 0.613281]> : tensor<3xbf16> {rtol = 0.01, atol = 1.0000000000000001e-05} : tensor<3xbf16>
  return
}

func.func @reduce_max_last() attributes {smooth} {
  %0 = dlc.constant dense<[[0.857177734, 0.285644531, -0.285644531, -0.0, -0.571533203], [-2.0, -1.42871094, -1.14282227, 1.4284668, 1.71435547], [0.571533203, 1.14282227, 2.0, -0.857177734, -1.71435547]]> : tensor<3x5xf32>
  %r = dlc.reduce max %0 dims = [1] : tensor<3x5xf32> -> tensor<3xf32>
  dlc.check_close %r, dense<[0.857177734, 1.71435547, 2.0]> : tensor<3xf32> {rtol = 0.0, atol = 0.0} : tensor<3xf32>
  return
}

func.func @reduce_max_first() attributes {smooth} {
  %0 = dlc.constant dense<[[1.14282227, -0.571289062, -1.14282227, 1.42871094, 0.857177734], [-1.71435547, 0.571533203, -0.857177734, -1.42871094, 0.285644531], [1.71435547, 2.0, -0.285644531, 0.0, -2.0]]> : tensor<3x5xf32>
  %r = dlc.reduce max %0 dims = [0] : tensor<3x5xf32> -> tensor<5xf32>
  dlc.check_close %r, dense<[1.71435547, 2.0, -0.285644531, 1.42871094, 0.857177734]> : tensor<5xf32> {rtol = 0.0, atol = 0.0} : tensor<5xf32>
  return
}

func.func @reduce_max_all() attributes {smooth} {
  %0 = dlc.constant dense<[[1.42871094, 0.571533203, 0.857177734, 0.285644531, -1.71435547], [-2.0, -0.857177734, -0.285644531, 2.0, 1.14282227], [-0.571289062, -0.0, -1.14282227, -1.42871094, 1.71435547]]> : tensor<3x5xf32>
  %r = dlc.reduce max %0 dims = [0, 1] : tensor<3x5xf32> -> tensor<f32>
  dlc.check_close %r, dense<2.0> : tensor<f32> {rtol = 0.0, atol = 0.0} : tensor<f32>
  return
}

func.func @reduce_max_middle() attributes {smooth} {
  %0 = dlc.constant dense<[[[0.927001953, 0.536621094, 1.41455078], [0.341552734, -0.829345703, 1.90234375], [0.634033203, 1.51220703, -1.21948242], [-1.70727539, -1.80493164, 1.60986328], [0.146484375, 0.048828125, 1.80493164], [-1.90234375, -1.41455078, -0.926757812], [2.0, 0.829345703, -1.12207031]], [[-0.048828125, -1.60961914, 0.243896484], [-0.731689453, -1.02441406, 1.02441406], [-1.51220703, -0.341552734, 1.21948242], [-0.634033203, -0.146484375, -1.31713867], [-0.438964844, 1.70727539, -0.536621094], [-0.243896484, 1.12182617, 0.731689453], [0.438964844, 1.31713867, -2.0]]]> : tensor<2x7x3xf32>
  %r = dlc.reduce max %0 dims = [1] : tensor<2x7x3xf32> -> tensor<2x3xf32>
  dlc.check_close %r, dense<[[2.0, 1.51220703, 1.90234375], [0.438964844, 1.70727539, 1.21948242]]> : tensor<2x3xf32> {rtol = 0.0, atol = 0.0} : tensor<2x3xf32>
  return
}

func.func @reduce_max_outer() attributes {smooth} {
  %0 = dlc.constant dense<[[[1.82592773, 1.30419922, 0.782470703, -1.30444336], [0.260986328, -1.82617188, -1.13037109, -1.47827148], [-0.434814453, 1.13037109, 0.608642578, -0.782714844]], [[-0.608642578, -0.956542969, 0.0869140625, -1.65209961], [-0.260986328, 0.434814453, -2.0, 1.65234375], [2.0, 1.47827148, 0.956542969, -0.0869140625]]]> : tensor<2x3x4xf32>
  %r = dlc.reduce max %0 dims = [0, 2] : tensor<2x3x4xf32> -> tensor<3xf32>
  dlc.check_close %r, dense<[1.82592773, 1.65234375, 2.0]> : tensor<3xf32> {rtol = 0.0, atol = 0.0} : tensor<3xf32>
  return
}

func.func @reduce_max_none() attributes {smooth} {
  %0 = dlc.constant dense<[[-2.0, -1.19995117, -0.399902344], [1.19995117, 0.399902344, 2.0]]> : tensor<2x3xf32>
  %r = dlc.reduce max %0 dims = [] : tensor<2x3xf32> -> tensor<2x3xf32>
  dlc.check_close %r, dense<[[-2.0, -1.19995117, -0.399902344], [1.19995117, 0.399902344, 2.0]]> : tensor<2x3xf32> {rtol = 0.0, atol = 0.0} : tensor<2x3xf32>
  return
}

func.func @reduce_max_one() attributes {smooth} {
  %0 = dlc.constant dense<[[-2.0], [2.0], [-0.0]]> : tensor<3x1xf32>
  %r = dlc.reduce max %0 dims = [1] : tensor<3x1xf32> -> tensor<3xf32>
  dlc.check_close %r, dense<[-2.0, 2.0, -0.0]> : tensor<3xf32> {rtol = 0.0, atol = 0.0} : tensor<3xf32>
  return
}

func.func @reduce_max_vector() attributes {smooth} {
  %0 = dlc.constant dense<[-2.0, -0.242431641, 0.302978516, -0.848388672, 1.39379883, 0.242431641, -0.060546875, 1.93945312, -0.909179688, 0.727294922, 0.969726562, -0.181884766, -1.45458984, -0.666748047, 0.060546875, -1.81811523, 1.33325195, 0.666748047, -0.545410156, 0.787841797, -1.93945312, 1.09082031, 1.87866211, 0.605957031, -1.2121582, -0.363769531, -1.51513672, -0.606201172, -1.15161133, 1.45458984, 1.03027344, 0.545410156, -1.69702148, -1.87890625, 0.909179688, 0.363525391, 0.848388672, -0.727294922, 1.51513672, 1.63623047, -0.484863281, 0.12109375, -0.424316406, -1.03027344, 1.15136719, 1.75756836, 1.81811523, 0.181884766, -0.302978516, -1.57568359, -1.75756836, 1.69702148, 1.27270508, -1.39379883, 2.0, 0.424316406, -1.33349609, -1.09082031, -1.63647461, 0.484863281, -0.787841797, -0.12109375, -0.0, -1.27270508, 1.2121582, 1.57568359, -0.969726562]> : tensor<67xf32>
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
  %0 = dlc.constant dense<[[11, 64, 45, 77, -12], [10, -84, 15, -4, -62], [-11, 48, 16, -62, -14]]> : tensor<3x5xi8>
  %r = dlc.reduce max %0 dims = [1] : tensor<3x5xi8> -> tensor<3xi8>
  dlc.check_close %r, dense<[77, 15, 48]> : tensor<3xi8> {rtol = 0.0, atol = 0.0} : tensor<3xi8>
  return
}

func.func @reduce_max_i32() {
  %0 = dlc.constant dense<[[70, 20, 21, 40, -78], [97, 97, 11, -82, -12], [-57, 42, 97, 82, 55]]> : tensor<3x5xi32>
  %r = dlc.reduce max %0 dims = [1] : tensor<3x5xi32> -> tensor<3xi32>
  dlc.check_close %r, dense<[70, 97, 97]> : tensor<3xi32> {rtol = 0.0, atol = 0.0} : tensor<3xi32>
  return
}

func.func @reduce_max_i64() {
  %0 = dlc.constant dense<[[-96, 73, -93, 5, 95], [67, 9, 64, -90, -25], [32, -31, -81, -3, -79]]> : tensor<3x5xi64>
  %r = dlc.reduce max %0 dims = [1] : tensor<3x5xi64> -> tensor<3xi64>
  dlc.check_close %r, dense<[95, 67, 32]> : tensor<3xi64> {rtol = 0.0, atol = 0.0} : tensor<3xi64>
  return
}

func.func @reduce_max_ui8() {
  %0 = dlc.constant dense<[[45, 40, 66, 66, 68], [82, 45, 85, 5, 38], [34, 98, 3, 13, 51]]> : tensor<3x5xui8>
  %r = dlc.reduce max %0 dims = [1] : tensor<3x5xui8> -> tensor<3xui8>
  dlc.check_close %r, dense<[68, 85, 98]> : tensor<3xui8> {rtol = 0.0, atol = 0.0} : tensor<3xui8>
  return
}

func.func @reduce_max_f64() {
  %0 = dlc.constant dense<[[-1.53857421875, 0.769287109375, 1.84619140625, 0.46142578125, -0.46142578125, 1.6923828125, 0.615478515625, -1.84619140625, -2.0], [-0.3076171875, -0.15380859375, 1.076904296875, 1.384521484375, -1.384521484375, -0.923095703125, -1.692138671875, 0.15380859375, 0.3076171875], [-0.615234375, -0.769287109375, 2.0, -1.230712890625, -1.076904296875, 0.923095703125, 1.230712890625, 1.53857421875, -0.0]]> : tensor<3x9xf64>
  %r = dlc.reduce max %0 dims = [1] : tensor<3x9xf64> -> tensor<3xf64>
  dlc.check_close %r, dense<[1.84619140625, 1.384521484375, 2.0]> : tensor<3xf64> {rtol = 9.9999999999999998e-13, atol = 1.0e-14} : tensor<3xf64>
  return
}

func.func @reduce_max_f16() {
  %0 = dlc.constant dense<[[-0.922852, -0.461426, 1.38477, -1.38477, -0.615234, 1.8457, -1.69238, 2.0, 1.07715], [0.461426, 0.615234, 0.307617, -1.8457, 0.153809, -1.07715, -0.307861, -1.53906, -0.153809], [1.69238, -1.23047, -0.769531, -0.0, -2.0, 0.922852, 0.769531, 1.53809, 1.23047]]> : tensor<3x9xf16>
  %r = dlc.reduce max %0 dims = [1] : tensor<3x9xf16> -> tensor<3xf16>
  dlc.check_close %r, dense<[2.0, 0.615234, 1.69238]> : tensor<3xf16> {rtol = 0.002, atol = 1.0000000000000001e-05} : tensor<3xf16>
  return
}

func.func @reduce_max_bf16() {
  %0 = dlc.constant dense<[[-1.38281, -0.308594, 1.23438, 0.617188, -0.617188, 1.38281, -0.921875, 1.84375, 1.69531], [-2.0, -1.07812, 0.308594, -1.23438, 1.07812, 0.921875, -0.460938, -0.154297, 1.53906], [-1.69531, -1.53906, -1.84375, 0.769531, 0.0, 0.154297, 0.460938, -0.769531, 2.0]]> : tensor<3x9xbf16>
  %r = dlc.reduce max %0 dims = [1] : tensor<3x9xbf16> -> tensor<3xbf16>
  dlc.check_close %r, dense<[1.84375, 1.53906, 2.0]> : tensor<3xbf16> {rtol = 0.01, atol = 1.0000000000000001e-05} : tensor<3xbf16>
  return
}

func.func @reduce_min_last() attributes {smooth} {
  %0 = dlc.constant dense<[[1.14282227, -1.71435547, 0.571289062, -0.857177734, 2.0], [-0.285644531, -1.4284668, 1.4284668, 0.0, 0.285644531], [-0.571533203, 1.71435547, 0.857177734, -2.0, -1.14282227]]> : tensor<3x5xf32>
  %r = dlc.reduce min %0 dims = [1] : tensor<3x5xf32> -> tensor<3xf32>
  dlc.check_close %r, dense<[-1.71435547, -1.4284668, -2.0]> : tensor<3xf32> {rtol = 0.0, atol = 0.0} : tensor<3xf32>
  return
}

func.func @reduce_min_first() attributes {smooth} {
  %0 = dlc.constant dense<[[1.14282227, 0.285644531, -1.4284668, -1.71435547, 1.71435547], [-0.571533203, 2.0, -1.14282227, 0.857177734, -0.857177734], [-2.0, 1.4284668, -0.285888672, -0.0, 0.571533203]]> : tensor<3x5xf32>
  %r = dlc.reduce min %0 dims = [0] : tensor<3x5xf32> -> tensor<5xf32>
  dlc.check_close %r, dense<[-2.0, 0.285644531, -1.4284668, -1.71435547, -0.857177734]> : tensor<5xf32> {rtol = 0.0, atol = 0.0} : tensor<5xf32>
  return
}

func.func @reduce_min_all() attributes {smooth} {
  %0 = dlc.constant dense<[[0.857177734, -0.0, -2.0, 1.14282227, 1.4284668], [-1.71435547, -0.857177734, 2.0, -0.285644531, -0.571289062], [0.285644531, 0.571289062, -1.14282227, 1.71435547, -1.42871094]]> : tensor<3x5xf32>
  %r = dlc.reduce min %0 dims = [0, 1] : tensor<3x5xf32> -> tensor<f32>
  dlc.check_close %r, dense<-2.0> : tensor<f32> {rtol = 0.0, atol = 0.0} : tensor<f32>
  return
}

func.func @reduce_min_middle() attributes {smooth} {
  %0 = dlc.constant dense<[[[0.927001953, -0.536621094, 0.243896484], [-0.731689453, 0.829345703, -1.12207031], [-1.90234375, -1.21948242, 1.02441406], [-0.926757812, 1.21948242, 1.90258789], [-1.80493164, 0.536621094, -0.146484375], [0.634033203, -2.0, -1.51220703], [1.70727539, 1.51220703, 0.438964844]], [[-1.02441406, -1.41479492, 1.31713867], [1.12182617, 0.731689453, 2.0], [-1.60961914, 1.41455078, -0.243896484], [0.341552734, -1.70727539, -0.829101562], [0.048828125, -0.341552734, -0.438964844], [-0.048828125, -0.634033203, 1.80493164], [-1.31713867, 1.60986328, 0.146484375]]]> : tensor<2x7x3xf32>
  %r = dlc.reduce min %0 dims = [1] : tensor<2x7x3xf32> -> tensor<2x3xf32>
  dlc.check_close %r, dense<[[-1.90234375, -2.0, -1.51220703], [-1.60961914, -1.70727539, -0.829101562]]> : tensor<2x3xf32> {rtol = 0.0, atol = 0.0} : tensor<2x3xf32>
  return
}

func.func @reduce_min_outer() attributes {smooth} {
  %0 = dlc.constant dense<[[[0.956542969, 1.65209961, -1.30444336, -0.260742188], [0.782714844, -0.434814453, 0.434814453, 1.47827148], [-1.82592773, -0.782714844, -0.608642578, 1.30444336]], [[1.82617188, -1.65234375, 0.260986328, -1.13037109], [0.0869140625, 2.0, -2.0, -1.47827148], [1.13037109, -0.956542969, 0.608642578, -0.0869140625]]]> : tensor<2x3x4xf32>
  %r = dlc.reduce min %0 dims = [0, 2] : tensor<2x3x4xf32> -> tensor<3xf32>
  dlc.check_close %r, dense<[-1.65234375, -2.0, -1.82592773]> : tensor<3xf32> {rtol = 0.0, atol = 0.0} : tensor<3xf32>
  return
}

func.func @reduce_min_none() attributes {smooth} {
  %0 = dlc.constant dense<[[-2.0, -1.19995117, 2.0], [0.399902344, 1.19995117, -0.400146484]]> : tensor<2x3xf32>
  %r = dlc.reduce min %0 dims = [] : tensor<2x3xf32> -> tensor<2x3xf32>
  dlc.check_close %r, dense<[[-2.0, -1.19995117, 2.0], [0.399902344, 1.19995117, -0.400146484]]> : tensor<2x3xf32> {rtol = 0.0, atol = 0.0} : tensor<2x3xf32>
  return
}

func.func @reduce_min_one() attributes {smooth} {
  %0 = dlc.constant dense<[[2.0], [0.0], [-2.0]]> : tensor<3x1xf32>
  %r = dlc.reduce min %0 dims = [1] : tensor<3x1xf32> -> tensor<3xf32>
  dlc.check_close %r, dense<[2.0, 0.0, -2.0]> : tensor<3xf32> {rtol = 0.0, atol = 0.0} : tensor<3xf32>
  return
}

func.func @reduce_min_vector() attributes {smooth} {
  %0 = dlc.constant dense<[1.93945312, 1.27270508, -0.545410156, -1.51513672, -0.969726562, -1.81811523, -0.787841797, -1.93945312, 0.363525391, -0.606201172, -0.0, -1.09106445, 1.15136719, -1.33325195, 1.69702148, 1.09082031, 1.57568359, 0.181884766, 0.302978516, 0.909179688, 1.81811523, 0.12109375, 0.424316406, 1.03027344, 0.545410156, -1.27270508, 1.33325195, -1.87890625, 2.0, -1.57568359, -0.302978516, 0.242431641, -0.12109375, -2.0, 0.060546875, -1.69702148, -0.060546875, -0.666503906, 0.666748047, -0.242431641, 1.87866211, -1.03027344, 0.848388672, 1.39404297, -1.2121582, -1.75756836, -1.63647461, -0.848632812, -0.363525391, 1.2121582, 0.969726562, 0.727294922, 1.45458984, -1.39404297, 1.51513672, -0.909179688, 0.787841797, -0.484863281, -1.45458984, 0.605957031, -0.727294922, -0.181884766, 1.75756836, 0.484863281, -0.424072266, 1.63623047, -1.15161133]> : tensor<67xf32>
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
  %0 = dlc.constant dense<[[-30, -43, 82, 13, 66], [-13, 47, 93, 42, 23], [-99, -25, -13, 99, 77]]> : tensor<3x5xi8>
  %r = dlc.reduce min %0 dims = [1] : tensor<3x5xi8> -> tensor<3xi8>
  dlc.check_close %r, dense<[-43, -13, -99]> : tensor<3xi8> {rtol = 0.0, atol = 0.0} : tensor<3xi8>
  return
}

func.func @reduce_min_i32() {
  %0 = dlc.constant dense<[[45, 44, -63, -30, 80], [12, -73, 23, 31, 72], [-5, 9, 57, 70, -46]]> : tensor<3x5xi32>
  %r = dlc.reduce min %0 dims = [1] : tensor<3x5xi32> -> tensor<3xi32>
  dlc.check_close %r, dense<[-63, -73, -46]> : tensor<3xi32> {rtol = 0.0, atol = 0.0} : tensor<3xi32>
  return
}

func.func @reduce_min_i64() {
  %0 = dlc.constant dense<[[47, -94, 99, -14, -32], [-11, 3, -88, 26, -34], [-98, 27, 7, -23, -6]]> : tensor<3x5xi64>
  %r = dlc.reduce min %0 dims = [1] : tensor<3x5xi64> -> tensor<3xi64>
  dlc.check_close %r, dense<[-94, -88, -98]> : tensor<3xi64> {rtol = 0.0, atol = 0.0} : tensor<3xi64>
  return
}

func.func @reduce_min_ui8() {
  %0 = dlc.constant dense<[[58, 27, 97, 61, 30], [72, 83, 67, 39, 90], [46, 46, 3, 71, 11]]> : tensor<3x5xui8>
  %r = dlc.reduce min %0 dims = [1] : tensor<3x5xui8> -> tensor<3xui8>
  dlc.check_close %r, dense<[27, 39, 3]> : tensor<3xui8> {rtol = 0.0, atol = 0.0} : tensor<3xui8>
  return
}

func.func @reduce_min_f64() {
  %0 = dlc.constant dense<[[-0.923095703125, 1.384765625, 0.15380859375, -1.384765625, 1.230712890625, -0.461669921875, 0.461669921875, 1.538330078125, -1.076904296875], [-0.615478515625, 0.769287109375, 1.076904296875, -1.53857421875, 1.6923828125, 0.3076171875, 0.615478515625, 0.923095703125, -2.0], [1.84619140625, -0.15380859375, -1.6923828125, -0.3076171875, -1.230712890625, -0.769287109375, 0.0, -1.84619140625, 2.0]]> : tensor<3x9xf64>
  %r = dlc.reduce min %0 dims = [1] : tensor<3x9xf64> -> tensor<3xf64>
  dlc.check_close %r, dense<[-1.384765625, -2.0, -1.84619140625]> : tensor<3xf64> {rtol = 9.9999999999999998e-13, atol = 1.0e-14} : tensor<3xf64>
  return
}

func.func @reduce_min_f16() {
  %0 = dlc.constant dense<[[1.53809, -0.922852, -0.615234, -1.38477, -1.07715, -1.8457, -1.69238, 1.07715, 1.8457], [0.307617, -0.461426, -0.153809, -0.307617, 1.38477, -0.769531, 0.153809, 1.23047, 1.69238], [-1.53906, -1.23047, 0.615234, 2.0, 0.769531, 0.46167, -2.0, -0.0, 0.922852]]> : tensor<3x9xf16>
  %r = dlc.reduce min %0 dims = [1] : tensor<3x9xf16> -> tensor<3xf16>
  dlc.check_close %r, dense<[-1.8457, -0.769531, -2.0]> : tensor<3xf16> {rtol = 0.002, atol = 1.0000000000000001e-05} : tensor<3xf16>
  return
}

func.func @reduce_min_bf16() {
  %0 = dlc.constant dense<[[2.0, -1.53906, 0.154297, 1.69531, -1.84375, 1.84375, -0.921875, -0.617188, -2.0], [0.769531, -0.769531, 0.617188, 1.53906, -1.23438, -1.69531, -1.07812, -1.38281, 0.308594], [-0.460938, 1.23438, 0.921875, -0.0, 1.38281, 1.07812, -0.154297, 0.460938, -0.308594]]> : tensor<3x9xbf16>
  %r = dlc.reduce min %0 dims = [1] : tensor<3x9xbf16> -> tensor<3xbf16>
  dlc.check_close %r, dense<[-2.0, -1.69531, -0.460938]> : tensor<3xbf16> {rtol = 0.01, atol = 1.0000000000000001e-05} : tensor<3xbf16>
  return
}

func.func @reduce_prod_last() {
  %0 = dlc.constant dense<[[-0.857177734, 0.285888672, -1.71435547, 1.71411133, -0.0], [-0.571533203, -1.14282227, 1.14282227, 2.0, -0.285644531], [-2.0, 0.571533203, 0.857177734, -1.4284668, 1.42871094]]> : tensor<3x5xf32>
  %r = dlc.reduce prod %0 dims = [1] : tensor<3x5xf32> -> tensor<3xf32>
  dlc.check_close %r, dense<[-0.0, -0.426436871, 1.99966323]> : tensor<3xf32> {rtol = 1.0000000000000001e-05, atol = 9.9999999999999995e-07} : tensor<3xf32>
  return
}

func.func @reduce_prod_first() {
  %0 = dlc.constant dense<[[0.285644531, 1.14282227, 1.71435547, -1.4284668, 0.857177734], [-1.71435547, 2.0, -0.857177734, -2.0, 0.571289062], [-1.14282227, -0.571289062, 1.42871094, -0.285644531, 0.0]]> : tensor<3x5xf32>
  %r = dlc.reduce prod %0 dims = [0] : tensor<3x5xf32> -> tensor<5xf32>
  dlc.check_close %r, dense<[0.559635818, -1.30576372, -2.09950113, -0.816067457, 0.0]> : tensor<5xf32> {rtol = 1.0000000000000001e-05, atol = 9.9999999999999995e-07} : tensor<5xf32>
  return
}

func.func @reduce_prod_all() {
  %0 = dlc.constant dense<[[-1.4284668, 1.71435547, -2.0, -1.14282227, -0.571289062], [-0.857177734, 0.285644531, -0.285644531, -1.71435547, 1.14282227], [0.857177734, 0.571289062, 2.0, 1.42871094, 0.0]]> : tensor<3x5xf32>
  %r = dlc.reduce prod %0 dims = [0, 1] : tensor<3x5xf32> -> tensor<f32>
  dlc.check_close %r, dense<-0.0> : tensor<f32> {rtol = 1.0000000000000001e-05, atol = 9.9999999999999995e-07} : tensor<f32>
  return
}

func.func @reduce_prod_middle() {
  %0 = dlc.constant dense<[[[-0.048828125, -0.341552734, 0.536621094], [1.51220703, -1.21948242, 0.634033203], [0.341308594, 1.41455078, 1.90234375], [0.048828125, -0.926757812, -0.438964844], [1.70727539, -1.12182617, -2.0], [1.02441406, 1.21948242, 1.31713867], [-1.51220703, -1.41455078, 2.0]], [[0.731689453, -0.536621094, -0.243896484], [1.60986328, -1.31713867, 0.926757812], [-1.70727539, 0.243896484, -1.02441406], [-1.80493164, -1.60986328, -0.731689453], [-0.829345703, -1.90234375, 0.146240234], [0.438964844, 1.12207031, -0.634277344], [1.80493164, 0.829345703, -0.146484375]]]> : tensor<2x7x3xf32>
  %r = dlc.reduce prod %0 dims = [1] : tensor<2x7x3xf32> -> tensor<2x3xf32>
  dlc.check_close %r, dense<[[0.00325453491, -1.05666614, 1.49689031], [-2.38509798, 0.491290599, -0.00230203266]]> : tensor<2x3xf32> {rtol = 1.0000000000000001e-05, atol = 9.9999999999999995e-07} : tensor<2x3xf32>
  return
}

func.func @reduce_prod_outer() {
  %0 = dlc.constant dense<[[[0.608642578, 0.0869140625, -1.82617188, 1.30444336], [2.0, -1.30444336, -1.47827148, -1.65234375], [-0.608642578, -0.260986328, -1.13037109, -2.0]], [[-0.782714844, 0.782470703, 0.434814453, -0.956542969], [0.956542969, 1.13037109, 1.82617188, -0.0869140625], [0.260742188, 1.65209961, -0.434814453, 1.47827148]]]> : tensor<2x3x4xf32>
  %r = dlc.reduce prod %0 dims = [0, 2] : tensor<2x3x4xf32> -> tensor<3xf32>
  dlc.check_close %r, dense<[-0.0320995823, 1.09362149, -0.0994344428]> : tensor<3xf32> {rtol = 1.0000000000000001e-05, atol = 9.9999999999999995e-07} : tensor<3xf32>
  return
}

func.func @reduce_prod_none() {
  %0 = dlc.constant dense<[[-1.19995117, 2.0, 0.399902344], [-2.0, 1.19995117, -0.399902344]]> : tensor<2x3xf32>
  %r = dlc.reduce prod %0 dims = [] : tensor<2x3xf32> -> tensor<2x3xf32>
  dlc.check_close %r, dense<[[-1.19995117, 2.0, 0.399902344], [-2.0, 1.19995117, -0.399902344]]> : tensor<2x3xf32> {rtol = 1.0000000000000001e-05, atol = 9.9999999999999995e-07} : tensor<2x3xf32>
  return
}

func.func @reduce_prod_one() {
  %0 = dlc.constant dense<[[-2.0], [2.0], [0.0]]> : tensor<3x1xf32>
  %r = dlc.reduce prod %0 dims = [1] : tensor<3x1xf32> -> tensor<3xf32>
  dlc.check_close %r, dense<[-2.0, 2.0, 0.0]> : tensor<3xf32> {rtol = 1.0000000000000001e-05, atol = 9.9999999999999995e-07} : tensor<3xf32>
  return
}

func.func @reduce_prod_vector() {
  %0 = dlc.constant dense<[0.424316406, 0.605957031, -0.484863281, 0.242431641, -1.45458984, 1.63647461, -1.81811523, -2.0, 1.51513672, 0.484863281, 1.39404297, 1.93945312, -1.33325195, -1.51513672, 0.848388672, 1.81811523, 1.45458984, -0.0, 0.908935547, -0.363769531, -1.87866211, -1.93945312, -0.727294922, -1.69702148, -0.060546875, 1.03027344, -0.181884766, 0.181884766, -1.2121582, -1.75756836, -0.424316406, -1.39404297, 1.75756836, -0.666748047, -1.57568359, -1.03027344, -1.09082031, 1.69702148, 1.09082031, -0.787841797, -1.63623047, 0.545410156, 0.969726562, 1.33325195, 0.787841797, 0.060546875, 1.57568359, -0.302978516, -1.15161133, 0.121337891, 1.87890625, 0.363769531, 1.15136719, -0.121337891, -0.908935547, 0.727294922, 0.666748047, 0.302978516, -0.545410156, -0.969726562, 1.27270508, 2.0, 1.2121582, -0.848388672, -0.242431641, -0.605957031, -1.27270508]> : tensor<67xf32>
  %r = dlc.reduce prod %0 dims = [0] : tensor<67xf32> -> tensor<f32>
  dlc.check_close %r, dense<0.0> : tensor<f32> {rtol = 1.0000000000000001e-05, atol = 9.9999999999999995e-07} : tensor<f32>
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
  %0 = dlc.constant dense<[[98, 54, 64, 53, -38], [-82, 38, -79, 17, 54], [-36, -5, -7, 69, -33]]> : tensor<3x5xi8>
  %r = dlc.reduce prod %0 dims = [1] : tensor<3x5xi8> -> tensor<3xi8>
  dlc.check_close %r, dense<[0, -72, 28]> : tensor<3xi8> {rtol = 0.0, atol = 0.0} : tensor<3xi8>
  return
}

func.func @reduce_prod_i32() {
  %0 = dlc.constant dense<[[-25, 17, 25, -31, -47], [-10, -20, -78, -1, 0], [-66, -17, -23, -96, -29]]> : tensor<3x5xi32>
  %r = dlc.reduce prod %0 dims = [1] : tensor<3x5xi32> -> tensor<3xi32>
  dlc.check_close %r, dense<[-15480625, 0, -71843904]> : tensor<3xi32> {rtol = 0.0, atol = 0.0} : tensor<3xi32>
  return
}

func.func @reduce_prod_i64() {
  %0 = dlc.constant dense<[[-97, -52, -50, 51, -39], [21, 33, -14, 62, 14], [-20, -11, -82, -34, -41]]> : tensor<3x5xi64>
  %r = dlc.reduce prod %0 dims = [1] : tensor<3x5xi64> -> tensor<3xi64>
  dlc.check_close %r, dense<[501625800, -8421336, -25147760]> : tensor<3xi64> {rtol = 0.0, atol = 0.0} : tensor<3xi64>
  return
}

func.func @reduce_prod_ui8() {
  %0 = dlc.constant dense<[[22, 14, 69, 99, 1], [2, 10, 82, 56, 6], [28, 0, 28, 62, 76]]> : tensor<3x5xui8>
  %r = dlc.reduce prod %0 dims = [1] : tensor<3x5xui8> -> tensor<3xui8>
  dlc.check_close %r, dense<[140, 128, 0]> : tensor<3xui8> {rtol = 0.0, atol = 0.0} : tensor<3xui8>
  return
}

func.func @reduce_prod_f64() {
  %0 = dlc.constant dense<[[-0.923095703125, 1.076904296875, 0.769287109375, -1.230712890625, 2.0, 0.0, 0.461669921875, -1.384521484375, -2.0], [0.15380859375, -0.461669921875, 0.923095703125, 1.230712890625, 1.538330078125, -1.6923828125, 1.384521484375, -0.3076171875, -0.15380859375], [1.6923828125, -1.076904296875, 0.3076171875, 1.84619140625, -0.769287109375, -1.84619140625, -0.615234375, 0.615478515625, -1.53857421875]]> : tensor<3x9xf64>
  %r = dlc.reduce prod %0 dims = [1] : tensor<3x9xf64> -> tensor<3xf64>
  dlc.check_close %r, dense<[0.0, 0.013757980732546766, -0.85644634392522745]> : tensor<3xf64> {rtol = 9.9999999999999998e-13, atol = 1.0e-14} : tensor<3xf64>
  return
}

func.func @reduce_prod_f16() {
  %0 = dlc.constant dense<[[1.53809, -1.23047, -0.922852, -0.0, -1.07715, 1.69238, 0.922852, 1.8457, 0.615234], [1.23047, -1.38477, -2.0, -0.153809, 2.0, -1.53906, -0.461426, 0.769531, -0.615234], [-0.769531, 1.38477, -1.69238, -1.8457, 0.307617, 0.153809, 0.46167, -0.307617, 1.07715]]> : tensor<3x9xf16>
  %r = dlc.reduce prod %0 dims = [1] : tensor<3x9xf16> -> tensor<3xf16>
  dlc.check_close %r, dense<[0.0, 0.352539, 0.0240936]> : tensor<3xf16> {rtol = 0.002, atol = 1.0000000000000001e-05} : tensor<3xf16>
  return
}

func.func @reduce_prod_bf16() {
  %0 = dlc.constant dense<[[1.53906, 2.0, -1.38281, 1.38281, 1.84375, -2.0, 0.460938, 1.69531, -1.84375], [-1.07812, 0.617188, 0.921875, 0.308594, -0.921875, -0.154297, -1.23438, -0.769531, -1.53906], [-1.69531, -0.0, 0.769531, 1.07812, 1.23438, -0.460938, -0.308594, -0.617188, 0.154297]]> : tensor<3x9xbf16>
  %r = dlc.reduce prod %0 dims = [1] : tensor<3x9xbf16> -> tensor<3xbf16>
  dlc.check_close %r, dense<[-31.25, 0.0393066, -0.0]> : tensor<3xbf16> {rtol = 0.01, atol = 1.0000000000000001e-05} : tensor<3xbf16>
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
  %0 = dlc.constant dense<[[0.285644531, -2.0, 0.571533203, 2.0, -1.14282227], [-1.4284668, -0.571533203, 1.42871094, -0.285644531, 0.857177734], [-1.71435547, 1.14282227, 0.0, -0.857177734, 1.71435547]]> : tensor<3x5xf32>
  %r:2 = dlc.arg_reduce max %0 axis = 1 : tensor<3x5xf32> -> tensor<3xf32>, tensor<3xi64>
  dlc.check_close %r#0, dense<[2.0, 1.42871094, 1.71435547]> : tensor<3xf32> {rtol = 0.0, atol = 0.0} : tensor<3xf32>
  dlc.check_close %r#1, dense<[3, 2, 4]> : tensor<3xi64> {rtol = 0.0, atol = 0.0} : tensor<3xi64>
  return
}

func.func @arg_reduce_max_first() {
  %0 = dlc.constant dense<[[1.4284668, 1.14282227, 1.71435547, -0.285644531, 0.571533203], [-0.571289062, -0.0, -0.857177734, -1.14282227, -2.0], [2.0, 0.857177734, -1.71411133, 0.285644531, -1.42871094]]> : tensor<3x5xf32>
  %r:2 = dlc.arg_reduce max %0 axis = 0 : tensor<3x5xf32> -> tensor<5xf32>, tensor<5xi64>
  dlc.check_close %r#0, dense<[2.0, 1.14282227, 1.71435547, 0.285644531, 0.571533203]> : tensor<5xf32> {rtol = 0.0, atol = 0.0} : tensor<5xf32>
  dlc.check_close %r#1, dense<[2, 0, 0, 2, 0]> : tensor<5xi64> {rtol = 0.0, atol = 0.0} : tensor<5xi64>
  return
}

func.func @arg_reduce_max_middle() {
  %0 = dlc.constant dense<[[[1.86206055, -1.17236328, -0.758544922], [-0.896484375, 0.758544922, -1.03442383], [-0.620605469, 1.17236328, 1.58618164], [2.0, -1.58618164, 0.482910156], [-0.344970703, 1.72412109, 1.44824219]], [[-0.0688476562, -0.482666016, 1.31030273], [-1.44824219, 1.03442383, -1.72412109], [0.620605469, 0.20703125, 0.344970703], [0.896484375, -1.86206055, -1.31030273], [-2.0, 0.0690917969, -0.206787109]]]> : tensor<2x5x3xf32>
  %r:2 = dlc.arg_reduce max %0 axis = 1 : tensor<2x5x3xf32> -> tensor<2x3xf32>, tensor<2x3xi64>
  dlc.check_close %r#0, dense<[[2.0, 1.72412109, 1.58618164], [0.896484375, 1.03442383, 1.31030273]]> : tensor<2x3xf32> {rtol = 0.0, atol = 0.0} : tensor<2x3xf32>
  dlc.check_close %r#1, dense<[[3, 4, 2], [3, 1, 0]]> : tensor<2x3xi64> {rtol = 0.0, atol = 0.0} : tensor<2x3xi64>
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
  %0 = dlc.constant dense<[[-2.0], [2.0], [-0.0]]> : tensor<3x1xf32>
  %r:2 = dlc.arg_reduce max %0 axis = 1 : tensor<3x1xf32> -> tensor<3xf32>, tensor<3xi64>
  dlc.check_close %r#0, dense<[-2.0, 2.0, -0.0]> : tensor<3xf32> {rtol = 0.0, atol = 0.0} : tensor<3xf32>
  dlc.check_close %r#1, dense<0> : tensor<3xi64> {rtol = 0.0, atol = 0.0} : tensor<3xi64>
  return
}

func.func @arg_reduce_max_i32() {
  %0 = dlc.constant dense<[[-3, -8, -7, -7, 1], [8, -7, 3, 0, 2], [6, -9, 2, -2, 7]]> : tensor<3x5xi32>
  %r:2 = dlc.arg_reduce max %0 axis = 1 : tensor<3x5xi32> -> tensor<3xi32>, tensor<3xi64>
  dlc.check_close %r#0, dense<[1, 8, 7]> : tensor<3xi32> {rtol = 0.0, atol = 0.0} : tensor<3xi32>
  dlc.check_close %r#1, dense<[4, 0, 4]> : tensor<3xi64> {rtol = 0.0, atol = 0.0} : tensor<3xi64>
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
  %0 = dlc.constant dense<[[-1.71435547, -1.14282227, -0.857177734, 2.0, -0.285644531], [0.285644531, 1.4284668, 0.857177734, 1.71435547, 1.14282227], [-0.571289062, 0.571289062, -2.0, -1.4284668, -0.0]]> : tensor<3x5xf32>
  %r:2 = dlc.arg_reduce min %0 axis = 1 : tensor<3x5xf32> -> tensor<3xf32>, tensor<3xi64>
  dlc.check_close %r#0, dense<[-1.71435547, 0.285644531, -2.0]> : tensor<3xf32> {rtol = 0.0, atol = 0.0} : tensor<3xf32>
  dlc.check_close %r#1, dense<[0, 0, 2]> : tensor<3xi64> {rtol = 0.0, atol = 0.0} : tensor<3xi64>
  return
}

func.func @arg_reduce_min_first() {
  %0 = dlc.constant dense<[[1.14282227, -1.42871094, -0.857177734, -0.571533203, -0.285888672], [0.857177734, -1.14282227, 1.42871094, -1.71411133, 1.71435547], [2.0, 0.285644531, 0.571533203, -2.0, 0.0]]> : tensor<3x5xf32>
  %r:2 = dlc.arg_reduce min %0 axis = 0 : tensor<3x5xf32> -> tensor<5xf32>, tensor<5xi64>
  dlc.check_close %r#0, dense<[0.857177734, -1.42871094, -0.857177734, -2.0, -0.285888672]> : tensor<5xf32> {rtol = 0.0, atol = 0.0} : tensor<5xf32>
  dlc.check_close %r#1, dense<[1, 0, 0, 2, 0]> : tensor<5xi64> {rtol = 0.0, atol = 0.0} : tensor<5xi64>
  return
}

func.func @arg_reduce_min_middle() {
  %0 = dlc.constant dense<[[[-1.31030273, 1.58618164, 0.620849609], [1.86206055, 0.758544922, 0.896484375], [-1.72412109, 0.20703125, -1.17236328], [0.0690917969, -0.0690917969, -0.620849609], [1.72412109, 1.31030273, -2.0]], [[1.17236328, -0.896484375, 0.344726562], [1.44824219, -0.20703125, -1.03442383], [0.482666016, -1.86206055, -0.758544922], [1.03442383, -1.58618164, -0.344726562], [2.0, -0.482666016, -1.44824219]]]> : tensor<2x5x3xf32>
  %r:2 = dlc.arg_reduce min %0 axis = 1 : tensor<2x5x3xf32> -> tensor<2x3xf32>, tensor<2x3xi64>
  dlc.check_close %r#0, dense<[[-1.72412109, -0.0690917969, -2.0], [0.482666016, -1.86206055, -1.44824219]]> : tensor<2x3xf32> {rtol = 0.0, atol = 0.0} : tensor<2x3xf32>
  dlc.check_close %r#1, dense<[[2, 3, 4], [2, 2, 4]]> : tensor<2x3xi64> {rtol = 0.0, atol = 0.0} : tensor<2x3xi64>
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
  %0 = dlc.constant dense<[[-0.0], [2.0], [-2.0]]> : tensor<3x1xf32>
  %r:2 = dlc.arg_reduce min %0 axis = 1 : tensor<3x1xf32> -> tensor<3xf32>, tensor<3xi64>
  dlc.check_close %r#0, dense<[-0.0, 2.0, -2.0]> : tensor<3xf32> {rtol = 0.0, atol = 0.0} : tensor<3xf32>
  dlc.check_close %r#1, dense<0> : tensor<3xi64> {rtol = 0.0, atol = 0.0} : tensor<3xi64>
  return
}

func.func @arg_reduce_min_i32() {
  %0 = dlc.constant dense<[[-8, 6, 4, -9, -1], [8, -2, -9, 7, -1], [-9, 1, 8, -8, 2]]> : tensor<3x5xi32>
  %r:2 = dlc.arg_reduce min %0 axis = 1 : tensor<3x5xi32> -> tensor<3xi32>, tensor<3xi64>
  dlc.check_close %r#0, dense<-9> : tensor<3xi32> {rtol = 0.0, atol = 0.0} : tensor<3xi32>
  dlc.check_close %r#1, dense<[3, 2, 0]> : tensor<3xi64> {rtol = 0.0, atol = 0.0} : tensor<3xi64>
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
