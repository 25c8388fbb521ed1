// Written by generate.py; the values are NumPy's.
// RUN: dlc-opt %s --verify-roundtrip -o %t

func.func @of_plain() attributes {smooth} {
  %0 = dlc.constant dense<[-0.375, 1.5]> : tensor<2xf32>
  %1 = dlc.constant dense<[1.875, -0.875, -1.625]> : tensor<3xf32>
  %2 = dlc.constant dense<[0.375, 0.75, 1.125, 0.625, 0.875]> : tensor<5xf32>
  %3 = dlc.constant dense<[1.75, 1.75, 1.75, 1.5, 0.875, 1.75]> : tensor<6xf32>
  %4 = dlc.constant dense<-2.0> : tensor<2xf32>
  %5 = dlc.constant dense<[1.25, -0.25, 1.0, 0.0]> : tensor<4xf32>
  %6 = dlc.constant dense<[1.625, -1.75, 0.75]> : tensor<3xf32>
  %7 = dlc.constant dense<[-2.0, -1.5, 1.375, -0.875]> : tensor<4xf32>
  %x0 = dlc.broadcast %0 dims = [0] : tensor<2xf32> -> tensor<2x3x5x6xf32>
  %x1 = dlc.broadcast %1 dims = [1] : tensor<3xf32> -> tensor<2x3x5x6xf32>
  %x_1 = dlc.add %x0, %x1 : tensor<2x3x5x6xf32>
  %x2 = dlc.broadcast %2 dims = [2] : tensor<5xf32> -> tensor<2x3x5x6xf32>
  %x_2 = dlc.add %x_1, %x2 : tensor<2x3x5x6xf32>
  %x3 = dlc.broadcast %3 dims = [3] : tensor<6xf32> -> tensor<2x3x5x6xf32>
  %x_3 = dlc.add %x_2, %x3 : tensor<2x3x5x6xf32>
  %g0 = dlc.broadcast %4 dims = [0] : tensor<2xf32> -> tensor<2x4x3x4xf32>
  %g1 = dlc.broadcast %5 dims = [1] : tensor<4xf32> -> tensor<2x4x3x4xf32>
  %g_1 = dlc.add %g0, %g1 : tensor<2x4x3x4xf32>
  %g2 = dlc.broadcast %6 dims = [2] : tensor<3xf32> -> tensor<2x4x3x4xf32>
  %g_2 = dlc.add %g_1, %g2 : tensor<2x4x3x4xf32>
  %g3 = dlc.broadcast %7 dims = [3] : tensor<4xf32> -> tensor<2x4x3x4xf32>
  %g_3 = dlc.add %g_2, %g3 : tensor<2x4x3x4xf32>
  %r = dlc.conv_weight_gradient %x_3, %g_3 window = [3, 3] strides = [1, 1] low = [0, 0] lhs_dilation = [1, 1] rhs_dilation = [1, 1] : (tensor<2x3x5x6xf32>, tensor<2x4x3x4xf32>) -> tensor<4x3x3x3xf32>
  dlc.check_close %r, dense<[[[[-153.5625, -149.5, -157.0], [-159.9375, -155.875, -163.375], [-148.0625, -144.0, -151.5]], [[-68.3125, -64.25, -71.75], [-74.6875, -70.625, -78.125], [-62.8125, -58.75, -66.25]], [[-45.0625, -41.0, -48.5], [-51.4375, -47.375, -54.875], [-39.5625, -35.5, -43.0]]], [[[-329.0625, -317.125, -324.625], [-338.4375, -326.5, -334.0], [-328.0625, -316.125, -323.625]], [[-144.8125, -132.875, -140.375], [-154.1875, -142.25, -149.75], [-143.8125, -131.875, -139.375]], [[-94.5625, -82.625, -90.125], [-103.9375, -92.0, -99.5], [-93.5625, -81.625, -89.125]]], [[[-182.8125, -177.4375, -184.9375], [-189.6875, -184.3125, -191.8125], [-178.0625, -172.6875, -180.1875]], [[-81.0625, -75.6875, -83.1875], [-87.9375, -82.5625, -90.0625], [-76.3125, -70.9375, -78.4375]], [[-53.3125, -47.9375, -55.4375], [-60.1875, -54.8125, -62.3125], [-48.5625, -43.1875, -50.6875]]], [[[-299.8125, -289.1875, -296.6875], [-308.6875, -298.0625, -305.5625], [-298.0625, -287.4375, -294.9375]], [[-132.0625, -121.4375, -128.9375], [-140.9375, -130.3125, -137.8125], [-130.3125, -119.6875, -127.1875]], [[-86.3125, -75.6875, -83.1875], [-95.1875, -84.5625, -92.0625], [-84.5625, -73.9375, -81.4375]]]]> : tensor<4x3x3x3xf32> {rtol = 1.0000000000000001e-05, atol = 0.0001} : tensor<4x3x3x3xf32>
  return
}

func.func @of_padded() attributes {smooth} {
  %0 = dlc.constant dense<[2.0, -0.625, 1.125]> : tensor<3xf32>
  %1 = dlc.constant dense<[1.875, -0.75]> : tensor<2xf32>
  %2 = dlc.constant dense<[2.0, 0.875, 1.875, -0.875, 0.0]> : tensor<5xf32>
  %3 = dlc.constant dense<[1.0, 1.875, -0.875, -0.125, 1.125]> : tensor<5xf32>
  %4 = dlc.constant dense<[1.375, 2.0, -1.125]> : tensor<3xf32>
  %5 = dlc.constant dense<[2.0, -1.625, 1.625]> : tensor<3xf32>
  %6 = dlc.constant dense<[1.5, 1.75, 1.5, 0.875, 0.375]> : tensor<5xf32>
  %7 = dlc.constant dense<[0.25, -1.75, 1.75, 1.75, -1.75]> : tensor<5xf32>
  %x0 = dlc.broadcast %0 dims = [0] : tensor<3xf32> -> tensor<3x2x5x5xf32>
  %x1 = dlc.broadcast %1 dims = [1] : tensor<2xf32> -> tensor<3x2x5x5xf32>
  %x_1 = dlc.add %x0, %x1 : tensor<3x2x5x5xf32>
  %x2 = dlc.broadcast %2 dims = [2] : tensor<5xf32> -> tensor<3x2x5x5xf32>
  %x_2 = dlc.add %x_1, %x2 : tensor<3x2x5x5xf32>
  %x3 = dlc.broadcast %3 dims = [3] : tensor<5xf32> -> tensor<3x2x5x5xf32>
  %x_3 = dlc.add %x_2, %x3 : tensor<3x2x5x5xf32>
  %g0 = dlc.broadcast %4 dims = [0] : tensor<3xf32> -> tensor<3x3x5x5xf32>
  %g1 = dlc.broadcast %5 dims = [1] : tensor<3xf32> -> tensor<3x3x5x5xf32>
  %g_1 = dlc.add %g0, %g1 : tensor<3x3x5x5xf32>
  %g2 = dlc.broadcast %6 dims = [2] : tensor<5xf32> -> tensor<3x3x5x5xf32>
  %g_2 = dlc.add %g_1, %g2 : tensor<3x3x5x5xf32>
  %g3 = dlc.broadcast %7 dims = [3] : tensor<5xf32> -> tensor<3x3x5x5xf32>
  %g_3 = dlc.add %g_2, %g3 : tensor<3x3x5x5xf32>
  %r = dlc.conv_weight_gradient %x_3, %g_3 window = [3, 3] strides = [1, 1] low = [1, 1] lhs_dilation = [1, 1] rhs_dilation = [1, 1] : (tensor<3x2x5x5xf32>, tensor<3x3x5x5xf32>) -> tensor<3x2x3x3xf32>
  dlc.check_close %r, dense<[[[[768.6875, 918.125, 905.125], [930.25, 1109.40625, 1095.125], [711.453125, 847.296875, 836.3125]], [[280.4375, 299.9375, 353.875], [308.125, 321.90625, 394.25], [187.765625, 184.8125, 249.625]]], [[[47.3125, -12.140625, 178.3125], [70.671875, -0.75, 228.75], [77.078125, 25.78125, 196.5]], [[15.8125, -59.390625, 83.8125], [19.484375, -74.578125, 98.8125], [10.140625, -65.765625, 66.5625]]], [[[694.0625, 821.890625, 829.9375], [841.328125, 994.5625, 1005.5], [645.828125, 762.3125, 770.125]], [[253.0625, 262.765625, 325.9375], [278.265625, 280.890625, 363.6875], [169.390625, 158.890625, 230.6875]]]]> : tensor<3x2x3x3xf32> {rtol = 1.0000000000000001e-05, atol = 0.0001} : tensor<3x2x3x3xf32>
  return
}

func.func @of_padded_f64() {
  %0 = dlc.constant dense<[0.375, -0.5, 1.0]> : tensor<3xf64>
  %1 = dlc.constant dense<0.375> : tensor<2xf64>
  %2 = dlc.constant dense<[-0.125, -1.625, 1.25, 1.625, -1.25]> : tensor<5xf64>
  %3 = dlc.constant dense<[-0.125, -1.75, -0.25, -1.5, -0.375]> : tensor<5xf64>
  %4 = dlc.constant dense<[1.875, -1.5, -1.5]> : tensor<3xf64>
  %5 = dlc.constant dense<[0.875, -1.125, -2.0]> : tensor<3xf64>
  %6 = dlc.constant dense<[-0.5, -1.375, 0.5, 0.25, 1.125]> : tensor<5xf64>
  %7 = dlc.constant dense<[0.375, -1.75, -1.875, 1.75, 1.0]> : tensor<5xf64>
  %x0 = dlc.broadcast %0 dims = [0] : tensor<3xf64> -> tensor<3x2x5x5xf64>
  %x1 = dlc.broadcast %1 dims = [1] : tensor<2xf64> -> tensor<3x2x5x5xf64>
  %x_1 = dlc.add %x0, %x1 : tensor<3x2x5x5xf64>
  %x2 = dlc.broadcast %2 dims = [2] : tensor<5xf64> -> tensor<3x2x5x5xf64>
  %x_2 = dlc.add %x_1, %x2 : tensor<3x2x5x5xf64>
  %x3 = dlc.broadcast %3 dims = [3] : tensor<5xf64> -> tensor<3x2x5x5xf64>
  %x_3 = dlc.add %x_2, %x3 : tensor<3x2x5x5xf64>
  %g0 = dlc.broadcast %4 dims = [0] : tensor<3xf64> -> tensor<3x3x5x5xf64>
  %g1 = dlc.broadcast %5 dims = [1] : tensor<3xf64> -> tensor<3x3x5x5xf64>
  %g_1 = dlc.add %g0, %g1 : tensor<3x3x5x5xf64>
  %g2 = dlc.broadcast %6 dims = [2] : tensor<5xf64> -> tensor<3x3x5x5xf64>
  %g_2 = dlc.add %g_1, %g2 : tensor<3x3x5x5xf64>
  %g3 = dlc.broadcast %7 dims = [3] : tensor<5xf64> -> tensor<3x3x5x5xf64>
  %g_3 = dlc.add %g_2, %g3 : tensor<3x3x5x5xf64>
  %r = dlc.conv_weight_gradient %x_3, %g_3 window = [3, 3] strides = [1, 1] low = [1, 1] lhs_dilation = [1, 1] rhs_dilation = [1, 1] : (tensor<3x2x5x5xf64>, tensor<3x3x5x5xf64>) -> tensor<3x2x3x3xf64>
  dlc.check_close %r, dense<[[[[30.859375, 31.6875, 26.375], [35.765625, 32.375, 33.5], [8.859375, -0.40625, 7.703125]], [[30.859375, 31.6875, 26.375], [35.765625, 32.375, 33.5], [8.859375, -0.40625, 7.703125]]], [[[26.859375, 13.9375, 28.375], [67.515625, 56.125, 72.75], [31.859375, 15.59375, 36.703125]], [[26.859375, 13.9375, 28.375], [67.515625, 56.125, 72.75], [31.859375, 15.59375, 36.703125]]], [[[25.109375, 6.171875, 29.25], [81.40625, 66.515625, 89.921875], [41.921875, 22.59375, 49.390625]], [[25.109375, 6.171875, 29.25], [81.40625, 66.515625, 89.921875], [41.921875, 22.59375, 49.390625]]]]> : tensor<3x2x3x3xf64> {rtol = 9.9999999999999998e-13, atol = 1.0e-14} : tensor<3x2x3x3xf64>
  return
}

func.func @of_padded_f16() {
  %0 = dlc.constant dense<[1.125, 1.25, -0.75]> : tensor<3xf16>
  %1 = dlc.constant dense<[0.125, -1.25]> : tensor<2xf16>
  %2 = dlc.constant dense<[-2.0, 0.375, -1.125, 0.375, 1.625]> : tensor<5xf16>
  %3 = dlc.constant dense<[-1.0, -1.0, -1.375, -0.75, 1.125]> : tensor<5xf16>
  %4 = dlc.constant dense<[0.625, 0.75, -1.875]> : tensor<3xf16>
  %5 = dlc.constant dense<[1.25, 1.0, -1.125]> : tensor<3xf16>
  %6 = dlc.constant dense<[0.375, 0.875, -1.875, -1.75, -1.125]> : tensor<5xf16>
  %7 = dlc.constant dense<[-2.0, 0.5, -1.375, 0.375, 1.125]> : tensor<5xf16>
  %x0 = dlc.broadcast %0 dims = [0] : tensor<3xf16> -> tensor<3x2x5x5xf16>
  %x1 = dlc.broadcast %1 dims = [1] : tensor<2xf16> -> tensor<3x2x5x5xf16>
  %x_1 = dlc.add %x0, %x1 : tensor<3x2x5x5xf16>
  %x2 = dlc.broadcast %2 dims = [2] : tensor<5xf16> -> tensor<3x2x5x5xf16>
  %x_2 = dlc.add %x_1, %x2 : tensor<3x2x5x5xf16>
  %x3 = dlc.broadcast %3 dims = [3] : tensor<5xf16> -> tensor<3x2x5x5xf16>
  %x_3 = dlc.add %x_2, %x3 : tensor<3x2x5x5xf16>
  %g0 = dlc.broadcast %4 dims = [0] : tensor<3xf16> -> tensor<3x3x5x5xf16>
  %g1 = dlc.broadcast %5 dims = [1] : tensor<3xf16> -> tensor<3x3x5x5xf16>
  %g_1 = dlc.add %g0, %g1 : tensor<3x3x5x5xf16>
  %g2 = dlc.broadcast %6 dims = [2] : tensor<5xf16> -> tensor<3x3x5x5xf16>
  %g_2 = dlc.add %g_1, %g2 : tensor<3x3x5x5xf16>
  %g3 = dlc.broadcast %7 dims = [3] : tensor<5xf16> -> tensor<3x3x5x5xf16>
  %g_3 = dlc.add %g_2, %g3 : tensor<3x3x5x5xf16>
  %r = dlc.conv_weight_gradient %x_3, %g_3 window = [3, 3] strides = [1, 1] low = [1, 1] lhs_dilation = [1, 1] rhs_dilation = [1, 1] : (tensor<3x2x5x5xf16>, tensor<3x3x5x5xf16>) -> tensor<3x2x3x3xf16>
  dlc.check_close %r, dense<[[[[4.0625, 65.9375, 43.25], [36.25, 115.688, 73.0], [9.60938, 59.125, 24.375]], [[-13.8125, 79.125, 76.9375], [-8.28125, 104.5, 92.9375], [-33.0, 41.4062, 33.3125]]], [[[15.5625, 73.8125, 48.375], [43.9375, 117.25, 72.75], [10.2344, 53.4375, 18.625]], [[14.1875, 107.688, 98.5625], [20.0625, 131.875, 113.312], [-15.8906, 56.3438, 44.0625]]], [[[113.312, 141.0, 91.9375], [109.562, 130.5, 70.625], [15.5469, 5.07812, -30.25]], [[252.25, 350.25, 282.5], [261.0, 364.25, 286.5], [129.625, 183.25, 135.5]]]]> : tensor<3x2x3x3xf16> {rtol = 0.0040000000000000001, atol = 0.0040000000000000001} : tensor<3x2x3x3xf16>
  return
}

func.func @of_padded_bf16() {
  %0 = dlc.constant dense<[-1.0, 0.125, 0.625]> : tensor<3xbf16>
  %1 = dlc.constant dense<[0.5, -1.0]> : tensor<2xbf16>
  %2 = dlc.constant dense<[0.375, -1.125, 0.5, -0.875, -0.75]> : tensor<5xbf16>
  %3 = dlc.constant dense<[1.875, 0.875, -1.5, -2.0, -1.625]> : tensor<5xbf16>
  %4 = dlc.constant dense<[-0.5, 1.625, -1.875]> : tensor<3xbf16>
  %5 = dlc.constant dense<[-1.625, -1.5, -1.0]> : tensor<3xbf16>
  %6 = dlc.constant dense<[1.625, -0.75, 0.375, -2.0, 1.25]> : tensor<5xbf16>
  %7 = dlc.constant dense<[0.25, 0.375, 1.875, 0.25, -1.75]> : tensor<5xbf16>
  %x0 = dlc.broadcast %0 dims = [0] : tensor<3xbf16> -> tensor<3x2x5x5xbf16>
  %x1 = dlc.broadcast %1 dims = [1] : tensor<2xbf16> -> tensor<3x2x5x5xbf16>
  %x_1 = dlc.add %x0, %x1 : tensor<3x2x5x5xbf16>
  %x2 = dlc.broadcast %2 dims = [2] : tensor<5xbf16> -> tensor<3x2x5x5xbf16>
  %x_2 = dlc.add %x_1, %x2 : tensor<3x2x5x5xbf16>
  %x3 = dlc.broadcast %3 dims = [3] : tensor<5xbf16> -> tensor<3x2x5x5xbf16>
  %x_3 = dlc.add %x_2, %x3 : tensor<3x2x5x5xbf16>
  %g0 = dlc.broadcast %4 dims = [0] : tensor<3xbf16> -> tensor<3x3x5x5xbf16>
  %g1 = dlc.broadcast %5 dims = [1] : tensor<3xbf16> -> tensor<3x3x5x5xbf16>
  %g_1 = dlc.add %g0, %g1 : tensor<3x3x5x5xbf16>
  %g2 = dlc.broadcast %6 dims = [2] : tensor<5xbf16> -> tensor<3x3x5x5xbf16>
  %g_2 = dlc.add %g_1, %g2 : tensor<3x3x5x5xbf16>
  %g3 = dlc.broadcast %7 dims = [3] : tensor<5xbf16> -> tensor<3x3x5x5xbf16>
  %g_3 = dlc.add %g_2, %g3 : tensor<3x3x5x5xbf16>
  %r = dlc.conv_weight_gradient %x_3, %g_3 window = [3, 3] strides = [1, 1] low = [1, 1] lhs_dilation = [1, 1] rhs_dilation = [1, 1] : (tensor<3x2x5x5xbf16>, tensor<3x3x5x5xbf16>) -> tensor<3x2x3x3xbf16>
  dlc.check_close %r, dense<[[[[26.375, -7.8125, 0.5625], [119.0, 89.5, 64.0], [71.5, 46.5, 35.0]], [[168.0, 168.0, 106.5], [262.0, 266.0, 162.0], [206.0, 214.0, 134.0]]], [[[26.0, -10.375, -5.0], [118.0, 85.5, 56.25], [69.5, 42.0, 27.625]], [[159.0, 154.0, 92.0], [250.0, 249.0, 143.0], [195.0, 198.0, 117.5]]], [[[24.75, -20.5, -27.25], [113.5, 69.0, 25.75], [61.5, 23.25, -1.375]], [[121.5, 99.0, 33.5], [200.0, 176.0, 67.5], [151.0, 135.0, 52.5]]]]> : tensor<3x2x3x3xbf16> {rtol = 0.02, atol = 0.02} : tensor<3x2x3x3xbf16>
  return
}

func.func @of_strided() attributes {smooth} {
  %0 = dlc.constant dense<[1.25, 0.25]> : tensor<2xf32>
  %1 = dlc.constant dense<[0.5, -1.875]> : tensor<2xf32>
  %2 = dlc.constant dense<[0.0, 1.625, 0.25, -0.375, 0.25, -1.875, -0.625]> : tensor<7xf32>
  %3 = dlc.constant dense<[1.5, 0.75, -0.875, -0.375, -1.75, 0.625, 1.25, -0.125]> : tensor<8xf32>
  %4 = dlc.constant dense<[0.5, 1.0]> : tensor<2xf32>
  %5 = dlc.constant dense<[1.25, 0.75]> : tensor<2xf32>
  %6 = dlc.constant dense<[0.875, -1.875, -0.75, 1.125]> : tensor<4xf32>
  %7 = dlc.constant dense<[1.125, 1.625, -0.875]> : tensor<3xf32>
  %x0 = dlc.broadcast %0 dims = [0] : tensor<2xf32> -> tensor<2x2x7x8xf32>
  %x1 = dlc.broadcast %1 dims = [1] : tensor<2xf32> -> tensor<2x2x7x8xf32>
  %x_1 = dlc.add %x0, %x1 : tensor<2x2x7x8xf32>
  %x2 = dlc.broadcast %2 dims = [2] : tensor<7xf32> -> tensor<2x2x7x8xf32>
  %x_2 = dlc.add %x_1, %x2 : tensor<2x2x7x8xf32>
  %x3 = dlc.broadcast %3 dims = [3] : tensor<8xf32> -> tensor<2x2x7x8xf32>
  %x_3 = dlc.add %x_2, %x3 : tensor<2x2x7x8xf32>
  %g0 = dlc.broadcast %4 dims = [0] : tensor<2xf32> -> tensor<2x2x4x3xf32>
  %g1 = dlc.broadcast %5 dims = [1] : tensor<2xf32> -> tensor<2x2x4x3xf32>
  %g_1 = dlc.add %g0, %g1 : tensor<2x2x4x3xf32>
  %g2 = dlc.broadcast %6 dims = [2] : tensor<4xf32> -> tensor<2x2x4x3xf32>
  %g_2 = dlc.add %g_1, %g2 : tensor<2x2x4x3xf32>
  %g3 = dlc.broadcast %7 dims = [3] : tensor<3xf32> -> tensor<2x2x4x3xf32>
  %g_3 = dlc.add %g_2, %g3 : tensor<2x2x4x3xf32>
  %r = dlc.conv_weight_gradient %x_3, %g_3 window = [3, 2] strides = [2, 3] low = [1, 0] lhs_dilation = [1, 1] rhs_dilation = [1, 1] : (tensor<2x2x7x8xf32>, tensor<2x2x4x3xf32>) -> tensor<2x2x3x2xf32>
  dlc.check_close %r, dense<[[[[27.75, -15.0], [95.84375, 29.21875], [75.125, 34.125]], [[-63.09375, -105.84375], [-44.875, -111.5], [-12.15625, -53.15625]]], [[[11.25, -21.0], [71.71875, 19.09375], [58.625, 28.125]], [[-58.21875, -90.46875], [-40.5, -93.125], [-7.28125, -37.78125]]]]> : tensor<2x2x3x2xf32> {rtol = 1.0000000000000001e-05, atol = 0.0001} : tensor<2x2x3x2xf32>
  return
}

func.func @of_pointwise() attributes {smooth} {
  %0 = dlc.constant dense<[-0.75, 2.0]> : tensor<2xf32>
  %1 = dlc.constant dense<[1.0, -1.875, 1.375]> : tensor<3xf32>
  %2 = dlc.constant dense<[-0.75, 0.0, 1.125]> : tensor<3xf32>
  %3 = dlc.constant dense<[-1.5, 0.625, 1.0]> : tensor<3xf32>
  %4 = dlc.constant dense<[0.625, 1.375]> : tensor<2xf32>
  %5 = dlc.constant dense<[2.0, -0.75, -1.5, -1.125]> : tensor<4xf32>
  %6 = dlc.constant dense<[0.0, 1.125, 0.25]> : tensor<3xf32>
  %7 = dlc.constant dense<[0.125, 1.625, -2.0]> : tensor<3xf32>
  %x0 = dlc.broadcast %0 dims = [0] : tensor<2xf32> -> tensor<2x3x3x3xf32>
  %x1 = dlc.broadcast %1 dims = [1] : tensor<3xf32> -> tensor<2x3x3x3xf32>
  %x_1 = dlc.add %x0, %x1 : tensor<2x3x3x3xf32>
  %x2 = dlc.broadcast %2 dims = [2] : tensor<3xf32> -> tensor<2x3x3x3xf32>
  %x_2 = dlc.add %x_1, %x2 : tensor<2x3x3x3xf32>
  %x3 = dlc.broadcast %3 dims = [3] : tensor<3xf32> -> tensor<2x3x3x3xf32>
  %x_3 = dlc.add %x_2, %x3 : tensor<2x3x3x3xf32>
  %g0 = dlc.broadcast %4 dims = [0] : tensor<2xf32> -> tensor<2x4x3x3xf32>
  %g1 = dlc.broadcast %5 dims = [1] : tensor<4xf32> -> tensor<2x4x3x3xf32>
  %g_1 = dlc.add %g0, %g1 : tensor<2x4x3x3xf32>
  %g2 = dlc.broadcast %6 dims = [2] : tensor<3xf32> -> tensor<2x4x3x3xf32>
  %g_2 = dlc.add %g_1, %g2 : tensor<2x4x3x3xf32>
  %g3 = dlc.broadcast %7 dims = [3] : tensor<3xf32> -> tensor<2x4x3x3xf32>
  %g_3 = dlc.add %g_2, %g3 : tensor<2x4x3x3xf32>
  %r = dlc.conv_weight_gradient %x_3, %g_3 window = [1, 1] strides = [1, 1] low = [0, 0] lhs_dilation = [1, 1] rhs_dilation = [1, 1] : (tensor<2x3x3x3xf32>, tensor<2x4x3x3xf32>) -> tensor<4x3x1x1xf32>
  dlc.check_close %r, dense<[[[[111.8125]], [[-62.84375]], [[134.59375]]], [[[23.125]], [[-9.21875]], [[27.34375]]], [[[-1.0625]], [[5.40625]], [[-1.90625]]], [[[11.03125]], [[-1.90625]], [[12.71875]]]]> : tensor<4x3x1x1xf32> {rtol = 1.0000000000000001e-05, atol = 0.0001} : tensor<4x3x1x1xf32>
  return
}

func.func @of_dilated() attributes {smooth} {
  %0 = dlc.constant dense<[1.5]> : tensor<1xf32>
  %1 = dlc.constant dense<[-1.25, 1.5]> : tensor<2xf32>
  %2 = dlc.constant dense<[-1.125, 1.125, 0.375, 0.0, 0.25, 1.125, 0.125]> : tensor<7xf32>
  %3 = dlc.constant dense<[-2.0, -0.625, 0.625, -0.5, -1.625, 0.0, -1.75]> : tensor<7xf32>
  %4 = dlc.constant dense<[0.25]> : tensor<1xf32>
  %5 = dlc.constant dense<0.25> : tensor<2xf32>
  %6 = dlc.constant dense<[1.125, 0.875, 0.25, 2.0]> : tensor<4xf32>
  %7 = dlc.constant dense<[1.125, 1.0, 0.125]> : tensor<3xf32>
  %x0 = dlc.broadcast %0 dims = [0] : tensor<1xf32> -> tensor<1x2x7x7xf32>
  %x1 = dlc.broadcast %1 dims = [1] : tensor<2xf32> -> tensor<1x2x7x7xf32>
  %x_1 = dlc.add %x0, %x1 : tensor<1x2x7x7xf32>
  %x2 = dlc.broadcast %2 dims = [2] : tensor<7xf32> -> tensor<1x2x7x7xf32>
  %x_2 = dlc.add %x_1, %x2 : tensor<1x2x7x7xf32>
  %x3 = dlc.broadcast %3 dims = [3] : tensor<7xf32> -> tensor<1x2x7x7xf32>
  %x_3 = dlc.add %x_2, %x3 : tensor<1x2x7x7xf32>
  %g0 = dlc.broadcast %4 dims = [0] : tensor<1xf32> -> tensor<1x2x4x3xf32>
  %g1 = dlc.broadcast %5 dims = [1] : tensor<2xf32> -> tensor<1x2x4x3xf32>
  %g_1 = dlc.add %g0, %g1 : tensor<1x2x4x3xf32>
  %g2 = dlc.broadcast %6 dims = [2] : tensor<4xf32> -> tensor<1x2x4x3xf32>
  %g_2 = dlc.add %g_1, %g2 : tensor<1x2x4x3xf32>
  %g3 = dlc.broadcast %7 dims = [3] : tensor<3xf32> -> tensor<1x2x4x3xf32>
  %g_3 = dlc.add %g_2, %g3 : tensor<1x2x4x3xf32>
  %r = dlc.conv_weight_gradient %x_3, %g_3 window = [2, 3] strides = [1, 1] low = [0, 0] lhs_dilation = [1, 1] rhs_dilation = [3, 2] : (tensor<1x2x7x7xf32>, tensor<1x2x4x3xf32>) -> tensor<2x2x2x3xf32>
  dlc.check_close %r, dense<[[[[-15.90625, -1.59375, -21.5], [-8.875, 5.4375, -14.46875]], [[60.40625, 74.71875, 54.8125], [67.4375, 81.75, 61.84375]]], [[[-15.90625, -1.59375, -21.5], [-8.875, 5.4375, -14.46875]], [[60.40625, 74.71875, 54.8125], [67.4375, 81.75, 61.84375]]]]> : tensor<2x2x2x3xf32> {rtol = 1.0000000000000001e-05, atol = 0.0001} : tensor<2x2x2x3xf32>
  return
}

func.func @of_spread() attributes {smooth} {
  %0 = dlc.constant dense<[0.0]> : tensor<1xf32>
  %1 = dlc.constant dense<[0.875, 2.0]> : tensor<2xf32>
  %2 = dlc.constant dense<[0.75, -1.5, 1.25]> : tensor<3xf32>
  %3 = dlc.constant dense<[1.875, -0.75, 0.0, 1.5]> : tensor<4xf32>
  %4 = dlc.constant dense<[-0.125]> : tensor<1xf32>
  %5 = dlc.constant dense<[-1.125, 1.5, -2.0]> : tensor<3xf32>
  %6 = dlc.constant dense<[0.5, -0.125, 1.375, -1.375, -0.5]> : tensor<5xf32>
  %7 = dlc.constant dense<[0.625, 0.25, 1.625, 0.625, 0.125, -1.125, 0.875]> : tensor<7xf32>
  %x0 = dlc.broadcast %0 dims = [0] : tensor<1xf32> -> tensor<1x2x3x4xf32>
  %x1 = dlc.broadcast %1 dims = [1] : tensor<2xf32> -> tensor<1x2x3x4xf32>
  %x_1 = dlc.add %x0, %x1 : tensor<1x2x3x4xf32>
  %x2 = dlc.broadcast %2 dims = [2] : tensor<3xf32> -> tensor<1x2x3x4xf32>
  %x_2 = dlc.add %x_1, %x2 : tensor<1x2x3x4xf32>
  %x3 = dlc.broadcast %3 dims = [3] : tensor<4xf32> -> tensor<1x2x3x4xf32>
  %x_3 = dlc.add %x_2, %x3 : tensor<1x2x3x4xf32>
  %g0 = dlc.broadcast %4 dims = [0] : tensor<1xf32> -> tensor<1x3x5x7xf32>
  %g1 = dlc.broadcast %5 dims = [1] : tensor<3xf32> -> tensor<1x3x5x7xf32>
  %g_1 = dlc.add %g0, %g1 : tensor<1x3x5x7xf32>
  %g2 = dlc.broadcast %6 dims = [2] : tensor<5xf32> -> tensor<1x3x5x7xf32>
  %g_2 = dlc.add %g_1, %g2 : tensor<1x3x5x7xf32>
  %g3 = dlc.broadcast %7 dims = [3] : tensor<7xf32> -> tensor<1x3x5x7xf32>
  %g_3 = dlc.add %g_2, %g3 : tensor<1x3x5x7xf32>
  %r = dlc.conv_weight_gradient %x_3, %g_3 window = [3, 3] strides = [1, 1] low = [1, 2] lhs_dilation = [2, 2] rhs_dilation = [1, 1] : (tensor<1x2x3x4xf32>, tensor<1x3x5x7xf32>) -> tensor<3x2x3x3xf32>
  dlc.check_close %r, dense<[[[[2.25, -6.53125, -7.09375], [-0.65625, -18.5, -12.34375], [-8.8125, -19.03125, -21.96875]], [[-5.34375, -20.59375, -17.78125], [0.1875, -27.359375, -12.0625], [-16.40625, -33.09375, -32.65625]]], [[[16.03125, 7.25, 17.1875], [32.8125, 14.96875, 41.140625], [8.90625, -1.3125, 7.5625]], [[26.15625, 10.90625, 30.125], [60.234375, 32.6875, 76.859375], [19.03125, 2.34375, 20.5]]], [[[-2.34375, -11.125, -15.1875], [-11.8125, -29.65625, -30.171875], [-14.71875, -24.9375, -31.8125]], [[-15.84375, -31.09375, -33.75], [-19.828125, -47.375, -41.703125], [-28.21875, -44.90625, -50.375]]]]> : tensor<3x2x3x3xf32> {rtol = 1.0000000000000001e-05, atol = 0.0001} : tensor<3x2x3x3xf32>
  return
}

func.func @of_grouped() attributes {smooth} {
  %0 = dlc.constant dense<[1.125, 0.625]> : tensor<2xf32>
  %1 = dlc.constant dense<[-1.375, 0.25, -1.5, 1.5]> : tensor<4xf32>
  %2 = dlc.constant dense<[-1.0, -0.25, 1.25, -1.375]> : tensor<4xf32>
  %3 = dlc.constant dense<[-0.125, 0.875, -1.875, 1.75]> : tensor<4xf32>
  %4 = dlc.constant dense<[-1.25, 0.25]> : tensor<2xf32>
  %5 = dlc.constant dense<[0.25, 0.5, -1.75, 1.75, -0.75, 0.125]> : tensor<6xf32>
  %6 = dlc.constant dense<[-1.25, 1.875, 0.75, -1.625]> : tensor<4xf32>
  %7 = dlc.constant dense<[-1.5, 1.125, -0.5, -1.0]> : tensor<4xf32>
  %x0 = dlc.broadcast %0 dims = [0] : tensor<2xf32> -> tensor<2x4x4x4xf32>
  %x1 = dlc.broadcast %1 dims = [1] : tensor<4xf32> -> tensor<2x4x4x4xf32>
  %x_1 = dlc.add %x0, %x1 : tensor<2x4x4x4xf32>
  %x2 = dlc.broadcast %2 dims = [2] : tensor<4xf32> -> tensor<2x4x4x4xf32>
  %x_2 = dlc.add %x_1, %x2 : tensor<2x4x4x4xf32>
  %x3 = dlc.broadcast %3 dims = [3] : tensor<4xf32> -> tensor<2x4x4x4xf32>
  %x_3 = dlc.add %x_2, %x3 : tensor<2x4x4x4xf32>
  %g0 = dlc.broadcast %4 dims = [0] : tensor<2xf32> -> tensor<2x6x4x4xf32>
  %g1 = dlc.broadcast %5 dims = [1] : tensor<6xf32> -> tensor<2x6x4x4xf32>
  %g_1 = dlc.add %g0, %g1 : tensor<2x6x4x4xf32>
  %g2 = dlc.broadcast %6 dims = [2] : tensor<4xf32> -> tensor<2x6x4x4xf32>
  %g_2 = dlc.add %g_1, %g2 : tensor<2x6x4x4xf32>
  %g3 = dlc.broadcast %7 dims = [3] : tensor<4xf32> -> tensor<2x6x4x4xf32>
  %g_3 = dlc.add %g_2, %g3 : tensor<2x6x4x4xf32>
  %r = dlc.conv_weight_gradient %x_3, %g_3 window = [2, 2] strides = [1, 1] low = [1, 0] lhs_dilation = [1, 1] rhs_dilation = [1, 1] {groups = 2} : (tensor<2x4x4x4xf32>, tensor<2x6x4x4xf32>) -> tensor<6x2x2x2xf32>
  dlc.check_close %r, dense<[[[[-30.15625, -51.46875], [47.34375, -5.3125]], [[-45.1875, -57.5625], [6.71875, -28.875]]], [[[-32.21875, -52.59375], [41.84375, -8.875]], [[-37.5, -51.375], [14.21875, -22.6875]]], [[[-13.65625, -42.46875], [91.34375, 23.1875]], [[-106.6875, -107.0625], [-53.28125, -78.375]]], [[[-45.875, -61.125], [11.46875, -29.375]], [[34.375, 8.625], [80.46875, 35.125]]], [[[-17.75, -44.25], [76.46875, 13.75]], [[-117.5, -109.5], [-94.53125, -101.75]]], [[[-27.59375, -50.15625], [53.71875, -1.34375]], [[-64.34375, -68.15625], [-33.28125, -53.84375]]]]> : tensor<6x2x2x2xf32> {rtol = 1.0000000000000001e-05, atol = 0.0001} : tensor<6x2x2x2xf32>
  return
}

func.func @of_depthwise() attributes {smooth} {
  %0 = dlc.constant dense<[-0.25]> : tensor<1xf32>
  %1 = dlc.constant dense<[-0.875, 1.625, 0.0]> : tensor<3xf32>
  %2 = dlc.constant dense<[-0.375, -1.0, -1.5, 1.75, -0.375]> : tensor<5xf32>
  %3 = dlc.constant dense<[0.625, -0.5, 1.125, 0.25, -1.375]> : tensor<5xf32>
  %4 = dlc.constant dense<[-1.5]> : tensor<1xf32>
  %5 = dlc.constant dense<[1.125, -0.375, -1.0]> : tensor<3xf32>
  %6 = dlc.constant dense<[0.625, 0.5, -0.375, -1.125, 1.875]> : tensor<5xf32>
  %7 = dlc.constant dense<[1.125, -0.5, -0.125, 1.5, 0.5]> : tensor<5xf32>
  %x0 = dlc.broadcast %0 dims = [0] : tensor<1xf32> -> tensor<1x3x5x5xf32>
  %x1 = dlc.broadcast %1 dims = [1] : tensor<3xf32> -> tensor<1x3x5x5xf32>
  %x_1 = dlc.add %x0, %x1 : tensor<1x3x5x5xf32>
  %x2 = dlc.broadcast %2 dims = [2] : tensor<5xf32> -> tensor<1x3x5x5xf32>
  %x_2 = dlc.add %x_1, %x2 : tensor<1x3x5x5xf32>
  %x3 = dlc.broadcast %3 dims = [3] : tensor<5xf32> -> tensor<1x3x5x5xf32>
  %x_3 = dlc.add %x_2, %x3 : tensor<1x3x5x5xf32>
  %g0 = dlc.broadcast %4 dims = [0] : tensor<1xf32> -> tensor<1x3x5x5xf32>
  %g1 = dlc.broadcast %5 dims = [1] : tensor<3xf32> -> tensor<1x3x5x5xf32>
  %g_1 = dlc.add %g0, %g1 : tensor<1x3x5x5xf32>
  %g2 = dlc.broadcast %6 dims = [2] : tensor<5xf32> -> tensor<1x3x5x5xf32>
  %g_2 = dlc.add %g_1, %g2 : tensor<1x3x5x5xf32>
  %g3 = dlc.broadcast %7 dims = [3] : tensor<5xf32> -> tensor<1x3x5x5xf32>
  %g_3 = dlc.add %g_2, %g3 : tensor<1x3x5x5xf32>
  %r = dlc.conv_weight_gradient %x_3, %g_3 window = [3, 3] strides = [1, 1] low = [1, 1] lhs_dilation = [1, 1] rhs_dilation = [1, 1] {groups = 3} : (tensor<1x3x5x5xf32>, tensor<1x3x5x5xf32>) -> tensor<3x1x3x3xf32>
  dlc.check_close %r, dense<[[[[22.703125, 19.265625, 1.3125], [-9.984375, -24.65625, -37.59375], [-0.609375, -7.6875, -19.5]]], [[[-5.046875, 2.890625, -8.1875], [-40.046875, -39.34375, -44.84375], [-40.859375, -39.6875, -41.5]]], [[[30.640625, 46.796875, 28.4375], [2.15625, 12.53125, -1.46875], [2.953125, 14.375, 3.25]]]]> : tensor<3x1x3x3xf32> {rtol = 1.0000000000000001e-05, atol = 0.0001} : tensor<3x1x3x3xf32>
  return
}

func.func @of_1d() attributes {smooth} {
  %0 = dlc.constant dense<[-0.75, -1.125]> : tensor<2xf32>
  %1 = dlc.constant dense<[-0.375, -1.0]> : tensor<2xf32>
  %2 = dlc.constant dense<[0.875, -1.25, 0.125, -1.25, 1.75, -0.5, 1.625, -1.5, -0.875]> : tensor<9xf32>
  %3 = dlc.constant dense<[0.875, -0.75]> : tensor<2xf32>
  %4 = dlc.constant dense<[-0.625, 0.625, 2.0]> : tensor<3xf32>
  %5 = dlc.constant dense<[1.25, 1.75, -1.625, 1.125, 1.625]> : tensor<5xf32>
  %x0 = dlc.broadcast %0 dims = [0] : tensor<2xf32> -> tensor<2x2x9xf32>
  %x1 = dlc.broadcast %1 dims = [1] : tensor<2xf32> -> tensor<2x2x9xf32>
  %x_1 = dlc.add %x0, %x1 : tensor<2x2x9xf32>
  %x2 = dlc.broadcast %2 dims = [2] : tensor<9xf32> -> tensor<2x2x9xf32>
  %x_2 = dlc.add %x_1, %x2 : tensor<2x2x9xf32>
  %g0 = dlc.broadcast %3 dims = [0] : tensor<2xf32> -> tensor<2x3x5xf32>
  %g1 = dlc.broadcast %4 dims = [1] : tensor<3xf32> -> tensor<2x3x5xf32>
  %g_1 = dlc.add %g0, %g1 : tensor<2x3x5xf32>
  %g2 = dlc.broadcast %5 dims = [2] : tensor<5xf32> -> tensor<2x3x5xf32>
  %g_2 = dlc.add %g_1, %g2 : tensor<2x3x5xf32>
  %r = dlc.conv_weight_gradient %x_2, %g_2 window = [3] strides = [2] low = [1] lhs_dilation = [1] rhs_dilation = [1] : (tensor<2x2x9xf32>, tensor<2x3x5xf32>) -> tensor<3x2x3xf32>
  dlc.check_close %r, dense<[[[-1.671875, -8.109375, -3.625], [-2.453125, -9.75, -3.9375]], [[-26.046875, -15.765625, -28.0], [-33.078125, -25.21875, -34.5625]], [[-52.859375, -24.1875, -54.8125], [-66.765625, -42.234375, -68.25]]]> : tensor<3x2x3xf32> {rtol = 1.0000000000000001e-05, atol = 0.0001} : tensor<3x2x3xf32>
  return
}

func.func @of_3d() attributes {smooth} {
  %0 = dlc.constant dense<[1.625]> : tensor<1xf32>
  %1 = dlc.constant dense<[-0.625, 1.0]> : tensor<2xf32>
  %2 = dlc.constant dense<[-1.5, 1.125, -1.0]> : tensor<3xf32>
  %3 = dlc.constant dense<[-0.625, 1.25, 0.875]> : tensor<3xf32>
  %4 = dlc.constant dense<[-1.0, -1.125, -1.625, 0.625]> : tensor<4xf32>
  %5 = dlc.constant dense<[0.375]> : tensor<1xf32>
  %6 = dlc.constant dense<[-1.125, 1.75]> : tensor<2xf32>
  %7 = dlc.constant dense<[0.375, -0.75]> : tensor<2xf32>
  %8 = dlc.constant dense<[1.25, 0.0]> : tensor<2xf32>
  %9 = dlc.constant dense<[0.5, -0.5, 1.625, 1.875]> : tensor<4xf32>
  %x0 = dlc.broadcast %0 dims = [0] : tensor<1xf32> -> tensor<1x2x3x3x4xf32>
  %x1 = dlc.broadcast %1 dims = [1] : tensor<2xf32> -> tensor<1x2x3x3x4xf32>
  %x_1 = dlc.add %x0, %x1 : tensor<1x2x3x3x4xf32>
  %x2 = dlc.broadcast %2 dims = [2] : tensor<3xf32> -> tensor<1x2x3x3x4xf32>
  %x_2 = dlc.add %x_1, %x2 : tensor<1x2x3x3x4xf32>
  %x3 = dlc.broadcast %3 dims = [3] : tensor<3xf32> -> tensor<1x2x3x3x4xf32>
  %x_3 = dlc.add %x_2, %x3 : tensor<1x2x3x3x4xf32>
  %x4 = dlc.broadcast %4 dims = [4] : tensor<4xf32> -> tensor<1x2x3x3x4xf32>
  %x_4 = dlc.add %x_3, %x4 : tensor<1x2x3x3x4xf32>
  %g0 = dlc.broadcast %5 dims = [0] : tensor<1xf32> -> tensor<1x2x2x2x4xf32>
  %g1 = dlc.broadcast %6 dims = [1] : tensor<2xf32> -> tensor<1x2x2x2x4xf32>
  %g_1 = dlc.add %g0, %g1 : tensor<1x2x2x2x4xf32>
  %g2 = dlc.broadcast %7 dims = [2] : tensor<2xf32> -> tensor<1x2x2x2x4xf32>
  %g_2 = dlc.add %g_1, %g2 : tensor<1x2x2x2x4xf32>
  %g3 = dlc.broadcast %8 dims = [3] : tensor<2xf32> -> tensor<1x2x2x2x4xf32>
  %g_3 = dlc.add %g_2, %g3 : tensor<1x2x2x2x4xf32>
  %g4 = dlc.broadcast %9 dims = [4] : tensor<4xf32> -> tensor<1x2x2x2x4xf32>
  %g_4 = dlc.add %g_3, %g4 : tensor<1x2x2x2x4xf32>
  %r = dlc.conv_weight_gradient %x_4, %g_4 window = [2, 2, 2] strides = [1, 1, 1] low = [0, 0, 1] lhs_dilation = [1, 1, 1] rhs_dilation = [1, 1, 1] : (tensor<1x2x3x3x4xf32>, tensor<1x2x2x2x4xf32>) -> tensor<2x2x2x2x2xf32>
  dlc.check_close %r, dense<[[[[[-19.421875, -12.78125], [-4.796875, 5.21875]], [[-1.328125, 10.84375], [13.296875, 28.84375]]], [[[-6.015625, 1.84375], [8.609375, 19.84375]], [[12.078125, 25.46875], [26.703125, 43.46875]]]], [[[[-23.734375, 3.03125], [16.765625, 55.53125]], [[2.984375, 38.15625], [43.484375, 90.65625]]], [[[45.734375, 92.40625], [86.234375, 144.90625]], [[72.453125, 127.53125], [112.953125, 180.03125]]]]]> : tensor<2x2x2x2x2xf32> {rtol = 1.0000000000000001e-05, atol = 0.0001} : tensor<2x2x2x2x2xf32>
  return
}

func.func @of_cut() attributes {smooth} {
  %0 = dlc.constant dense<[0.375]> : tensor<1xf32>
  %1 = dlc.constant dense<[1.5]> : tensor<1xf32>
  %2 = dlc.constant dense<[1.375, 0.0, -1.125, 2.0, -0.375, -1.125]> : tensor<6xf32>
  %3 = dlc.constant dense<[-0.625, -0.375, 0.75, 0.25, 1.5, 1.125]> : tensor<6xf32>
  %4 = dlc.constant dense<[0.375]> : tensor<1xf32>
  %5 = dlc.constant dense<[0.875, -0.375]> : tensor<2xf32>
  %6 = dlc.constant dense<[-0.375, -1.5, 1.75]> : tensor<3xf32>
  %7 = dlc.constant dense<[-1.875, 2.0, -1.5, 1.5]> : tensor<4xf32>
  %x0 = dlc.broadcast %0 dims = [0] : tensor<1xf32> -> tensor<1x1x6x6xf32>
  %x1 = dlc.broadcast %1 dims = [1] : tensor<1xf32> -> tensor<1x1x6x6xf32>
  %x_1 = dlc.add %x0, %x1 : tensor<1x1x6x6xf32>
  %x2 = dlc.broadcast %2 dims = [2] : tensor<6xf32> -> tensor<1x1x6x6xf32>
  %x_2 = dlc.add %x_1, %x2 : tensor<1x1x6x6xf32>
  %x3 = dlc.broadcast %3 dims = [3] : tensor<6xf32> -> tensor<1x1x6x6xf32>
  %x_3 = dlc.add %x_2, %x3 : tensor<1x1x6x6xf32>
  %g0 = dlc.broadcast %4 dims = [0] : tensor<1xf32> -> tensor<1x2x3x4xf32>
  %g1 = dlc.broadcast %5 dims = [1] : tensor<2xf32> -> tensor<1x2x3x4xf32>
  %g_1 = dlc.add %g0, %g1 : tensor<1x2x3x4xf32>
  %g2 = dlc.broadcast %6 dims = [2] : tensor<3xf32> -> tensor<1x2x3x4xf32>
  %g_2 = dlc.add %g_1, %g2 : tensor<1x2x3x4xf32>
  %g3 = dlc.broadcast %7 dims = [3] : tensor<4xf32> -> tensor<1x2x3x4xf32>
  %g_3 = dlc.add %g_2, %g3 : tensor<1x2x3x4xf32>
  %r = dlc.conv_weight_gradient %x_3, %g_3 window = [2, 2] strides = [1, 1] low = [-1, 0] lhs_dilation = [1, 1] rhs_dilation = [1, 1] : (tensor<1x1x6x6xf32>, tensor<1x2x3x4xf32>) -> tensor<2x1x2x2xf32>
  dlc.check_close %r, dense<[[[[52.140625, 73.0625], [16.53125, 37.453125]]], [[[19.640625, 32.59375], [-14.09375, -1.140625]]]]> : tensor<2x1x2x2xf32> {rtol = 1.0000000000000001e-05, atol = 0.0001} : tensor<2x1x2x2xf32>
  return
}

func.func @of_deep() {
  %0 = dlc.constant dense<[0.25, -0.25, -2.0]> : tensor<3xf32>
  %1 = dlc.constant dense<[1.375, 1.375, -1.0]> : tensor<3xf32>
  %2 = dlc.constant dense<[2.0, -1.375, -1.5, -1.75, -0.125, 1.25, -2.0, 2.0, -1.0, -0.875, 0.0, 0.875, -0.75, -1.0, -1.125, 1.125, 2.0, -1.375, -1.25, 0.125, -0.625, 1.25, -0.875, 2.0, 0.875, 0.75, 0.625, 0.75, 0.875]> : tensor<29xf32>
  %3 = dlc.constant dense<[-0.375, 0.75, -1.375, 0.875, 1.25, 0.75, -1.75, -2.0, 1.0, -0.75, -0.75, 0.25, -1.875, -0.25, -1.5, 1.25, 0.125, 0.5, -0.75, -1.25, -1.5, 1.125, -0.75, 0.0, 1.25, 0.5, 0.875, -1.375, -0.125, 0.625, -0.5]> : tensor<31xf32>
  %4 = dlc.constant dense<[-0.25, 2.0, -1.875]> : tensor<3xf32>
  %5 = dlc.constant dense<[0.0, 0.125, 0.75, -1.375, 1.375, 1.75, 0.0, 1.75, 0.5, -0.625, -0.25, -1.625, 1.375, 0.125, 1.125, 0.5, -0.25]> : tensor<17xf32>
  %6 = dlc.constant dense<[0.5, 1.375, -1.5, -1.125, 0.75, -0.625, -0.375, 0.75, -2.0, -1.5, 0.5, 1.75, -1.75, -2.0, -1.625, 1.75, -1.25, -0.875, 0.875, 1.625, 2.0, -0.75, -0.125, 1.125, 1.875, 0.125, 0.5, -0.25, 1.25]> : tensor<29xf32>
  %7 = dlc.constant dense<[0.125, 0.25, 2.0, -1.125, 1.625, -1.125, -0.75, 2.0, -1.125, -0.875, 1.75, -0.625, -1.5, -1.25, -1.75, -0.125, 0.625, 1.375, -1.25, 1.5, -2.0, 0.25, 0.625, 1.0, -1.625, 0.375, -1.125, -1.75, 1.0, -1.75, 1.875]> : tensor<31xf32>
  %x0 = dlc.broadcast %0 dims = [0] : tensor<3xf32> -> tensor<3x3x29x31xf32>
  %x1 = dlc.broadcast %1 dims = [1] : tensor<3xf32> -> tensor<3x3x29x31xf32>
  %x_1 = dlc.add %x0, %x1 : tensor<3x3x29x31xf32>
  %x2 = dlc.broadcast %2 dims = [2] : tensor<29xf32> -> tensor<3x3x29x31xf32>
  %x_2 = dlc.add %x_1, %x2 : tensor<3x3x29x31xf32>
  %x3 = dlc.broadcast %3 dims = [3] : tensor<31xf32> -> tensor<3x3x29x31xf32>
  %x_3 = dlc.add %x_2, %x3 : tensor<3x3x29x31xf32>
  %g0 = dlc.broadcast %4 dims = [0] : tensor<3xf32> -> tensor<3x17x29x31xf32>
  %g1 = dlc.broadcast %5 dims = [1] : tensor<17xf32> -> tensor<3x17x29x31xf32>
  %g_1 = dlc.add %g0, %g1 : tensor<3x17x29x31xf32>
  %g2 = dlc.broadcast %6 dims = [2] : tensor<29xf32> -> tensor<3x17x29x31xf32>
  %g_2 = dlc.add %g_1, %g2 : tensor<3x17x29x31xf32>
  %g3 = dlc.broadcast %7 dims = [3] : tensor<31xf32> -> tensor<3x17x29x31xf32>
  %g_3 = dlc.add %g_2, %g3 : tensor<3x17x29x31xf32>
  %r = dlc.conv_weight_gradient %x_3, %g_3 window = [3, 3] strides = [1, 1] low = [1, 1] lhs_dilation = [1, 1] rhs_dilation = [1, 1] : (tensor<3x3x29x31xf32>, tensor<3x17x29x31xf32>) -> tensor<17x3x3x3xf32>
  dlc.check_close %r, dense<[[[[2347.1875, 2177.125, 2950.75], [4194.07812, 4076.875, 4814.42188], [3812.21875, 3690.90625, 4421.96875]], [[2347.1875, 2177.125, 2950.75], [4194.07812, 4076.875, 4814.42188], [3812.21875, 3690.90625, 4421.96875]], [[3187.9375, 2997.6875, 4140.625], [4961.79688, 4820.25, 5943.73438], [4813.28125, 4677.125, 5772.15625]]], [[[2515.1875, 2347.3125, 3117.4375], [4377.92188, 4263.3125, 4996.90625], [3967.5625, 3848.01562, 4576.0]], [[2515.1875, 2347.3125, 3117.4375], [4377.92188, 4263.3125, 4996.90625], [3967.5625, 3848.01562, 4576.0]], [[2607.8125, 2394.8125, 3559.1875], [4370.79688, 4206.01562, 5351.375], [4220.5, 4061.17188, 5178.0625]]], [[[3355.1875, 3198.25, 3950.875], [5297.14062, 5195.5, 5909.32812], [4744.28125, 4633.5625, 5346.15625]], [[3355.1875, 3198.25, 3950.875], [5297.14062, 5195.5, 5909.32812], [4744.28125, 4633.5625, 5346.15625]], [[-292.8125, -619.5625, 652.0], [1415.79688, 1134.84375, 2389.57812], [1256.59375, 981.40625, 2207.59375]]], [[[499.1875, 305.0625, 1117.1875], [2171.79688, 2026.0625, 2807.09375], [2103.4375, 1962.70312, 2727.625]], [[499.1875, 305.0625, 1117.1875], [2171.79688, 2026.0625, 2807.09375], [2103.4375, 1962.70312, 2727.625]], [[9569.3125, 9629.3125, 10536.4375], [11462.7969, 11576.8281, 12459.6875], [11333.875, 11452.6094, 12307.1875]]], [[[4195.1875, 4049.1875, 4784.3125], [6216.35938, 6127.6875, 6821.75], [5521.0, 5419.10938, 6116.3125]], [[4195.1875, 4049.1875, 4784.3125], [6216.35938, 6127.6875, 6821.75], [5521.0, 5419.10938, 6116.3125]], [[-3193.4375, -3633.9375, -2255.1875], [-1539.20312, -1936.32812, -572.21875], [-1707.3125, -2098.35938, -762.875]]], [[[4699.1875, 4559.75, 5284.375], [6767.89062, 6687.0, 7369.20312], [5987.03125, 5890.4375, 6578.40625]], [[4699.1875, 4559.75, 5284.375], [6767.89062, 6687.0, 7369.20312], [5987.03125, 5890.4375, 6578.40625]], [[-4933.8125, -5442.5625, -3999.5], [-3312.20312, -3779.03125, -2349.29688], [-3485.65625, -3946.21875, -2545.15625]]], [[[2347.1875, 2177.125, 2950.75], [4194.07812, 4076.875, 4814.42188], [3812.21875, 3690.90625, 4421.96875]], [[2347.1875, 2177.125, 2950.75], [4194.07812, 4076.875, 4814.42188], [3812.21875, 3690.90625, 4421.96875]], [[3187.9375, 2997.6875, 4140.625], [4961.79688, 4820.25, 5943.73438], [4813.28125, 4677.125, 5772.15625]]], [[[4699.1875, 4559.75, 5284.375], [6767.89062, 6687.0, 7369.20312], [5987.03125, 5890.4375, 6578.40625]], [[4699.1875, 4559.75, 5284.375], [6767.89062, 6687.0, 7369.20312], [5987.03125, 5890.4375, 6578.40625]], [[-4933.8125, -5442.5625, -3999.5], [-3312.20312, -3779.03125, -2349.29688], [-3485.65625, -3946.21875, -2545.15625]]], [[[3019.1875, 2857.875, 3617.5], [4929.45312, 4822.625, 5544.35938], [4433.59375, 4319.34375, 5038.09375]], [[3019.1875, 2857.875, 3617.5], [4929.45312, 4822.625, 5544.35938], [4433.59375, 4319.34375, 5038.09375]], [[867.4375, 586.1875, 1814.875], [2597.79688, 2363.3125, 3574.29688], [2442.15625, 2213.3125, 3395.78125]]], [[[1507.1875, 1326.1875, 2117.3125], [3274.85938, 3144.6875, 3902.0], [3035.5, 2905.35938, 3651.8125]], [[1507.1875, 1326.1875, 2117.3125], [3274.85938, 3144.6875, 3902.0], [3035.5, 2905.35938, 3651.8125]], [[6088.5625, 6012.0625, 7047.8125], [7916.79688, 7891.42188, 8905.53125], [7777.1875, 7756.89062, 8742.625]]], [[[2011.1875, 1836.75, 2617.375], [3826.39062, 3704.0, 4449.45312], [3501.53125, 3376.6875, 4113.90625]], [[2011.1875, 1836.75, 2617.375], [3826.39062, 3704.0, 4449.45312], [3501.53125, 3376.6875, 4113.90625]], [[4348.1875, 4203.4375, 5303.5], [6143.79688, 6048.71875, 7128.45312], [5998.84375, 5909.03125, 6960.34375]]], [[[163.1875, -35.3125, 783.8125], [1804.10938, 1653.1875, 2442.125], [1792.75, 1648.48438, 2419.5625]], [[163.1875, -35.3125, 783.8125], [1804.10938, 1653.1875, 2442.125], [1792.75, 1648.48438, 2419.5625]], [[10729.5625, 10835.0625, 11699.3125], [12644.7969, 12805.2969, 13644.4062], [12519.4375, 12684.5156, 13495.375]]], [[[4195.1875, 4049.1875, 4784.3125], [6216.35938, 6127.6875, 6821.75], [5521.0, 5419.10938, 6116.3125]], [[4195.1875, 4049.1875, 4784.3125], [6216.35938, 6127.6875, 6821.75], [5521.0, 5419.10938, 6116.3125]], [[-3193.4375, -3633.9375, -2255.1875], [-1539.20312, -1936.32812, -572.21875], [-1707.3125, -2098.35938, -762.875]]], [[[2515.1875, 2347.3125, 3117.4375], [4377.92188, 4263.3125, 4996.90625], [3967.5625, 3848.01562, 4576.0]], [[2515.1875, 2347.3125, 3117.4375], [4377.92188, 4263.3125, 4996.90625], [3967.5625, 3848.01562, 4576.0]], [[2607.8125, 2394.8125, 3559.1875], [4370.79688, 4206.01562, 5351.375], [4220.5, 4061.17188, 5178.0625]]], [[[3859.1875, 3708.8125, 4450.9375], [5848.67188, 5754.8125, 6456.78125], [5210.3125, 5104.89062, 5808.25]], [[3859.1875, 3708.8125, 4450.9375], [5848.67188, 5754.8125, 6456.78125], [5210.3125, 5104.89062, 5808.25]], [[-2033.1875, -2428.1875, -1092.3125], [-357.203125, -707.859375, 612.5], [-521.75, -866.453125, 425.3125]]], [[[3019.1875, 2857.875, 3617.5], [4929.45312, 4822.625, 5544.35938], [4433.59375, 4319.34375, 5038.09375]], [[3019.1875, 2857.875, 3617.5], [4929.45312, 4822.625, 5544.35938], [4433.59375, 4319.34375, 5038.09375]], [[867.4375, 586.1875, 1814.875], [2597.79688, 2363.3125, 3574.29688], [2442.15625, 2213.3125, 3395.78125]]], [[[2011.1875, 1836.75, 2617.375], [3826.39062, 3704.0, 4449.45312], [3501.53125, 3376.6875, 4113.90625]], [[2011.1875, 1836.75, 2617.375], [3826.39062, 3704.0, 4449.45312], [3501.53125, 3376.6875, 4113.90625]], [[4348.1875, 4203.4375, 5303.5], [6143.79688, 6048.71875, 7128.45312], [5998.84375, 5909.03125, 6960.34375]]]]> : tensor<17x3x3x3xf32> {rtol = 1.0000000000000001e-05, atol = 0.0001} : tensor<17x3x3x3xf32>
  return
}

func.func @of_deep_grouped() {
  %0 = dlc.constant dense<[1.125, -0.25, 1.125, -0.125, -2.0, -1.875, 0.0, 0.0, -0.25, -1.25, 2.0, 0.125, 1.625, -1.625, -1.5, -0.875, 1.0, 1.5, 1.875, -0.625, -1.75]> : tensor<21xf32>
  %1 = dlc.constant dense<[1.25, 0.0, 0.625, -1.125]> : tensor<4xf32>
  %2 = dlc.constant dense<[-1.625, 0.125, -0.125, -0.75, 0.125, -0.25, -0.125, -0.125, -1.25, 0.5, -0.75, -0.125, 1.0, 0.75, 0.375, -0.125, -0.375, 0.125, -0.25, -0.625, -0.25, 2.0, 0.0, -0.5, 0.25, -0.125, 1.625, -1.375, -2.0, 1.5, 0.5, 1.125, -1.75, 1.375, -1.75, -0.75, 1.875, -2.0, 0.5, 0.625, 0.0, -0.75, 1.25, -0.875, 0.125, -0.75, 1.5, -1.875, 1.625, 1.25, 2.0, -1.5, -1.875, 1.0, -0.5, 0.625, -1.25, -1.375, 0.875, -1.125, 0.5, -1.625, -0.625, 2.0, -1.5, -1.0, 0.0, -2.0, -1.625, 0.375, 1.0, -0.875, -0.125, 1.625, -1.75, -0.875, 1.125, -1.0, -1.0, -0.75, 0.0, 0.375, 0.875, -0.875, -0.5, 1.375, -1.25, -1.5, 0.25, -0.375, 1.0, 0.0, 1.5, -1.875, -1.25, 0.5, -0.375, -1.625, 0.875, 1.875, -1.625, 1.625, -2.0, 0.75, 1.625, -1.75, -0.625, 0.625, 1.5, 0.625, 1.375, 1.125, 0.75, 0.5, 2.0, -1.5, -1.25, 0.75, -0.125, -0.125, -1.125, -1.0, -1.375, -0.625, -0.875, -0.125, -0.625, -0.5, -1.25, -1.5, 0.125, 0.375, 1.625, -0.625, 0.0, 0.0, -1.375, 1.875, -1.5, -1.875, 1.0, 1.75, -0.75, -1.0, -1.75, 0.625, 1.375, -0.25, 1.875, 0.75, 0.375, -1.375, -1.75, 1.875, -1.125, -1.125, 0.875, -1.5, 1.0, -1.875, -1.75]> : tensor<161xf32>
  %3 = dlc.constant dense<[-0.875, 2.0, -1.0, -1.5, 0.5, 2.0, -0.875, 0.5, 1.125, -0.125, -0.875, 1.25, 1.0, 1.25, -1.75, -1.625, -2.0, -1.375, -2.0, 1.75, -0.625]> : tensor<21xf32>
  %4 = dlc.constant dense<[1.75, 1.5, 1.375, 0.5, -2.0, -1.0]> : tensor<6xf32>
  %5 = dlc.constant dense<[0.125, -1.125, -0.875, -1.5, 0.25, 2.0, -1.625, -1.0, 1.125, 0.5, -1.625, -0.875, -0.875, -1.125, -1.125, 1.25, 1.625, 1.75, -0.625, 1.625, -1.0, 1.25, -0.75, -1.625, -0.25, -1.125, 0.125, 0.875, 0.625, -1.25, -0.5, 0.25, 0.75, 0.625, 0.75, -1.5, -0.125, -0.75, -1.125, 0.75, 1.25, -1.375, -0.25, -0.375, -0.25, -1.125, -0.25, -0.5, 1.5, 0.0, 1.0, -0.75, 1.75, 0.625, -1.75, -0.75, -0.875, 0.875, -0.375, -1.875, -0.75, 0.625, 1.5, -1.25, -1.875, 0.25, -1.375, 1.875, 1.625, 2.0, -1.625, 1.875, 2.0, -1.875, -0.125, 0.375, 1.75, -0.125, 0.875, 0.625, 0.625, 0.25, -0.875, 0.75, 1.0, 0.625, -1.125, -1.125, -1.875, 1.625, -0.875, -0.5, -0.375, -1.5, -1.75, -0.5, -0.25, 1.875, 0.125, 1.5, 0.75, 1.75, 0.5, -0.25, -1.875, -1.125, 1.25, -1.375, -1.875, 0.25, 0.0, 1.5, -1.75, 1.875, -0.25, 0.5, -1.5, 0.75, 1.5, 1.125, 1.625, 0.25, -1.0, 0.25, -1.625, -1.75, 0.375, -2.0, 0.5, 0.875, 0.625, 2.0, -1.0, 0.25, 1.5, 0.0, -1.75, -1.75, -0.875, -0.625, 1.875, -0.25, -1.25, 1.0, -1.125, 1.75, 1.0, 1.25, -1.0, 0.875, 1.0, 0.0, -1.875, -0.875, -0.75, 1.375, 1.25, -1.0, 0.625, 0.625, 0.125]> : tensor<161xf32>
  %x0 = dlc.broadcast %0 dims = [0] : tensor<21xf32> -> tensor<21x4x161xf32>
  %x1 = dlc.broadcast %1 dims = [1] : tensor<4xf32> -> tensor<21x4x161xf32>
  %x_1 = dlc.add %x0, %x1 : tensor<21x4x161xf32>
  %x2 = dlc.broadcast %2 dims = [2] : tensor<161xf32> -> tensor<21x4x161xf32>
  %x_2 = dlc.add %x_1, %x2 : tensor<21x4x161xf32>
  %g0 = dlc.broadcast %3 dims = [0] : tensor<21xf32> -> tensor<21x6x161xf32>
  %g1 = dlc.broadcast %4 dims = [1] : tensor<6xf32> -> tensor<21x6x161xf32>
  %g_1 = dlc.add %g0, %g1 : tensor<21x6x161xf32>
  %g2 = dlc.broadcast %5 dims = [2] : tensor<161xf32> -> tensor<21x6x161xf32>
  %g_2 = dlc.add %g_1, %g2 : tensor<21x6x161xf32>
  %r = dlc.conv_weight_gradient %x_2, %g_2 window = [3] strides = [1] low = [1] lhs_dilation = [1] rhs_dilation = [1] {groups = 2} : (tensor<21x4x161xf32>, tensor<21x6x161xf32>) -> tensor<6x2x3xf32>
  dlc.check_close %r, dense<[[[2920.9375, 3323.59375, 3699.98438], [-3687.1875, -3329.6875, -2908.14062]], [[2048.5625, 2454.28125, 2828.26562], [-3509.5625, -3142.4375, -2729.85938]], [[1612.375, 2019.625, 2392.40625], [-3420.75, -3048.8125, -2640.71875]], [[-2120.0, -1708.20312, -1337.67188], [-4021.375, -3626.85938, -3239.04688]], [[-5593.75, -5118.51562, -4804.85938], [7204.875, 7754.70312, 7993.76562]], [[-4204.25, -3754.39062, -3417.98438], [2714.375, 3202.07812, 3500.64062]]]> : tensor<6x2x3xf32> {rtol = 1.0000000000000001e-05, atol = 0.0001} : tensor<6x2x3xf32>
  return
}

func.func @of_padded_last() attributes {smooth} {
  %0 = dlc.constant dense<[0.875, 1.25, -1.125]> : tensor<3xf32>
  %1 = dlc.constant dense<[-1.625, -0.25, -1.25, 0.125, -1.125]> : tensor<5xf32>
  %2 = dlc.constant dense<[0.875, -1.5, -1.625, -1.0, -1.25]> : tensor<5xf32>
  %3 = dlc.constant dense<[0.75, 0.0]> : tensor<2xf32>
  %4 = dlc.constant dense<[-0.5, 1.875, 1.375]> : tensor<3xf32>
  %5 = dlc.constant dense<[1.625, -1.125, 1.5, -0.25, 1.125]> : tensor<5xf32>
  %6 = dlc.constant dense<[1.25, -0.125, -0.5, 0.75, 0.75]> : tensor<5xf32>
  %7 = dlc.constant dense<[-1.875, 0.75, 2.0]> : tensor<3xf32>
  %x0 = dlc.broadcast %0 dims = [0] : tensor<3xf32> -> tensor<3x5x5x2xf32>
  %x1 = dlc.broadcast %1 dims = [1] : tensor<5xf32> -> tensor<3x5x5x2xf32>
  %x_1 = dlc.add %x0, %x1 : tensor<3x5x5x2xf32>
  %x2 = dlc.broadcast %2 dims = [2] : tensor<5xf32> -> tensor<3x5x5x2xf32>
  %x_2 = dlc.add %x_1, %x2 : tensor<3x5x5x2xf32>
  %x3 = dlc.broadcast %3 dims = [3] : tensor<2xf32> -> tensor<3x5x5x2xf32>
  %x_3 = dlc.add %x_2, %x3 : tensor<3x5x5x2xf32>
  %g0 = dlc.broadcast %4 dims = [0] : tensor<3xf32> -> tensor<3x5x5x3xf32>
  %g1 = dlc.broadcast %5 dims = [1] : tensor<5xf32> -> tensor<3x5x5x3xf32>
  %g_1 = dlc.add %g0, %g1 : tensor<3x5x5x3xf32>
  %g2 = dlc.broadcast %6 dims = [2] : tensor<5xf32> -> tensor<3x5x5x3xf32>
  %g_2 = dlc.add %g_1, %g2 : tensor<3x5x5x3xf32>
  %g3 = dlc.broadcast %7 dims = [3] : tensor<3xf32> -> tensor<3x5x5x3xf32>
  %g_3 = dlc.add %g_2, %g3 : tensor<3x5x5x3xf32>
  %r = dlc.conv_weight_gradient %x_3, %g_3 window = [3, 3] strides = [1, 1] low = [1, 1] lhs_dilation = [1, 1] rhs_dilation = [1, 1] {channels_last = true} : (tensor<3x5x5x2xf32>, tensor<3x5x5x3xf32>) -> tensor<3x3x3x2xf32>
  dlc.check_close %r, dense<[[[[27.625, 43.0], [66.84375, 76.78125], [36.71875, 47.59375]], [[-52.84375, -45.4375], [-28.546875, -30.890625], [-50.40625, -48.625]], [[19.5625, 30.4375], [57.65625, 61.96875], [26.21875, 32.59375]]], [[[-32.75, -111.875], [-22.40625, -130.59375], [-90.59375, -174.21875]], [[-140.125, -250.84375], [-154.875, -304.875], [-221.359375, -337.703125]], [[-25.0625, -108.6875], [-11.90625, -125.71875], [-85.34375, -173.46875]]], [[[-61.5, -185.625], [-64.90625, -229.34375], [-151.21875, -279.84375]], [[-181.6875, -348.65625], [-215.03125, -435.34375], [-302.765625, -475.359375]], [[-46.3125, -174.9375], [-45.03125, -215.09375], [-138.46875, -271.59375]]]]> : tensor<3x3x3x2xf32> {rtol = 1.0000000000000001e-05, atol = 0.0001} : tensor<3x3x3x2xf32>
  return
}

func.func @of_strided_last() attributes {smooth} {
  %0 = dlc.constant dense<[1.125, 2.0]> : tensor<2xf32>
  %1 = dlc.constant dense<[-1.75, -1.25, 1.25, -1.75, -1.125, -1.125, -1.875]> : tensor<7xf32>
  %2 = dlc.constant dense<[-1.25, -1.5, -0.625, 0.75, -1.25, -1.375, 1.75, 0.75]> : tensor<8xf32>
  %3 = dlc.constant dense<[-1.625, 0.375]> : tensor<2xf32>
  %4 = dlc.constant dense<[-1.375, -0.875]> : tensor<2xf32>
  %5 = dlc.constant dense<[0.0, 1.875, 1.875, -1.625]> : tensor<4xf32>
  %6 = dlc.constant dense<[0.625, 1.25, -0.125]> : tensor<3xf32>
  %7 = dlc.constant dense<[0.0, -0.75]> : tensor<2xf32>
  %x0 = dlc.broadcast %0 dims = [0] : tensor<2xf32> -> tensor<2x7x8x2xf32>
  %x1 = dlc.broadcast %1 dims = [1] : tensor<7xf32> -> tensor<2x7x8x2xf32>
  %x_1 = dlc.add %x0, %x1 : tensor<2x7x8x2xf32>
  %x2 = dlc.broadcast %2 dims = [2] : tensor<8xf32> -> tensor<2x7x8x2xf32>
  %x_2 = dlc.add %x_1, %x2 : tensor<2x7x8x2xf32>
  %x3 = dlc.broadcast %3 dims = [3] : tensor<2xf32> -> tensor<2x7x8x2xf32>
  %x_3 = dlc.add %x_2, %x3 : tensor<2x7x8x2xf32>
  %g0 = dlc.broadcast %4 dims = [0] : tensor<2xf32> -> tensor<2x4x3x2xf32>
  %g1 = dlc.broadcast %5 dims = [1] : tensor<4xf32> -> tensor<2x4x3x2xf32>
  %g_1 = dlc.add %g0, %g1 : tensor<2x4x3x2xf32>
  %g2 = dlc.broadcast %6 dims = [2] : tensor<3xf32> -> tensor<2x4x3x2xf32>
  %g_2 = dlc.add %g_1, %g2 : tensor<2x4x3x2xf32>
  %g3 = dlc.broadcast %7 dims = [3] : tensor<2xf32> -> tensor<2x4x3x2xf32>
  %g_3 = dlc.add %g_2, %g3 : tensor<2x4x3x2xf32>
  %r = dlc.conv_weight_gradient %x_3, %g_3 window = [3, 2] strides = [2, 3] low = [1, 0] lhs_dilation = [1, 1] rhs_dilation = [1, 1] {channels_last = true} : (tensor<2x7x8x2xf32>, tensor<2x4x3x2xf32>) -> tensor<2x3x2x2xf32>
  dlc.check_close %r, dense<[[[[-11.09375, -5.09375], [-18.15625, -12.15625]], [[27.265625, 26.765625], [22.453125, 21.953125]], [[-17.203125, 8.296875], [-34.828125, -9.328125]]], [[[2.6875, -18.3125], [10.25, -10.75]], [[36.640625, 0.140625], [51.328125, 14.828125]], [[-3.421875, -4.921875], [-6.421875, -7.921875]]]]> : tensor<2x3x2x2xf32> {rtol = 1.0000000000000001e-05, atol = 0.0001} : tensor<2x3x2x2xf32>
  return
}

func.func @of_spread_last() attributes {smooth} {
  %0 = dlc.constant dense<[0.25]> : tensor<1xf32>
  %1 = dlc.constant dense<[-1.375, 1.25, -1.875]> : tensor<3xf32>
  %2 = dlc.constant dense<[-0.125, -0.25, 1.125, -1.125]> : tensor<4xf32>
  %3 = dlc.constant dense<[-1.625, 0.625]> : tensor<2xf32>
  %4 = dlc.constant dense<[-0.5]> : tensor<1xf32>
  %5 = dlc.constant dense<[-0.75, 1.5, 0.5, -1.25, 0.875]> : tensor<5xf32>
  %6 = dlc.constant dense<[1.5, 1.625, 0.75, 1.125, -0.375, -1.125, 1.0]> : tensor<7xf32>
  %7 = dlc.constant dense<[0.25, -0.5, 1.5]> : tensor<3xf32>
  %x0 = dlc.broadcast %0 dims = [0] : tensor<1xf32> -> tensor<1x3x4x2xf32>
  %x1 = dlc.broadcast %1 dims = [1] : tensor<3xf32> -> tensor<1x3x4x2xf32>
  %x_1 = dlc.add %x0, %x1 : tensor<1x3x4x2xf32>
  %x2 = dlc.broadcast %2 dims = [2] : tensor<4xf32> -> tensor<1x3x4x2xf32>
  %x_2 = dlc.add %x_1, %x2 : tensor<1x3x4x2xf32>
  %x3 = dlc.broadcast %3 dims = [3] : tensor<2xf32> -> tensor<1x3x4x2xf32>
  %x_3 = dlc.add %x_2, %x3 : tensor<1x3x4x2xf32>
  %g0 = dlc.broadcast %4 dims = [0] : tensor<1xf32> -> tensor<1x5x7x3xf32>
  %g1 = dlc.broadcast %5 dims = [1] : tensor<5xf32> -> tensor<1x5x7x3xf32>
  %g_1 = dlc.add %g0, %g1 : tensor<1x5x7x3xf32>
  %g2 = dlc.broadcast %6 dims = [2] : tensor<7xf32> -> tensor<1x5x7x3xf32>
  %g_2 = dlc.add %g_1, %g2 : tensor<1x5x7x3xf32>
  %g3 = dlc.broadcast %7 dims = [3] : tensor<3xf32> -> tensor<1x5x7x3xf32>
  %g_3 = dlc.add %g_2, %g3 : tensor<1x5x7x3xf32>
  %r = dlc.conv_weight_gradient %x_3, %g_3 window = [3, 3] strides = [1, 1] low = [1, 2] lhs_dilation = [2, 2] rhs_dilation = [1, 1] {channels_last = true} : (tensor<1x3x4x2xf32>, tensor<1x5x7x3xf32>) -> tensor<3x3x3x2xf32>
  dlc.check_close %r, dense<[[[[-11.640625, -7.140625], [-18.109375, -12.484375], [-25.015625, -14.328125]], [[-3.078125, 5.359375], [-13.234375, -3.109375], [-20.578125, -2.296875]], [[11.578125, 16.078125], [4.984375, 10.609375], [5.421875, 16.109375]]], [[[-6.296875, -11.921875], [-12.765625, -17.265625], [-15.828125, -18.640625]], [[9.015625, 2.265625], [-1.140625, -6.203125], [-1.359375, -3.328125]], [[18.046875, 12.421875], [11.453125, 6.953125], [16.109375, 13.296875]]], [[[-20.546875, 0.828125], [-27.015625, -4.515625], [-40.328125, -7.140625]], [[-23.234375, 10.515625], [-33.390625, 2.046875], [-52.609375, -0.578125]], [[0.796875, 22.171875], [-5.796875, 16.703125], [-12.390625, 20.796875]]]]> : tensor<3x3x3x2xf32> {rtol = 1.0000000000000001e-05, atol = 0.0001} : tensor<3x3x3x2xf32>
  return
}

func.func @of_grouped_last() attributes {smooth} {
  %0 = dlc.constant dense<[-0.75, 1.625]> : tensor<2xf32>
  %1 = dlc.constant dense<[0.625, -1.5, 0.0, 1.375]> : tensor<4xf32>
  %2 = dlc.constant dense<[-1.25, 0.375, -0.625, 0.5]> : tensor<4xf32>
  %3 = dlc.constant dense<[-0.125, -2.0, -1.0, 1.75]> : tensor<4xf32>
  %4 = dlc.constant dense<[-1.0, -1.375]> : tensor<2xf32>
  %5 = dlc.constant dense<[-0.875, -1.625, 1.375, 1.625]> : tensor<4xf32>
  %6 = dlc.constant dense<[-2.0, 0.25, 0.5, 1.625]> : tensor<4xf32>
  %7 = dlc.constant dense<[-0.5, 1.0, 1.375, 0.375, -1.375, 1.125]> : tensor<6xf32>
  %x0 = dlc.broadcast %0 dims = [0] : tensor<2xf32> -> tensor<2x4x4x4xf32>
  %x1 = dlc.broadcast %1 dims = [1] : tensor<4xf32> -> tensor<2x4x4x4xf32>
  %x_1 = dlc.add %x0, %x1 : tensor<2x4x4x4xf32>
  %x2 = dlc.broadcast %2 dims = [2] : tensor<4xf32> -> tensor<2x4x4x4xf32>
  %x_2 = dlc.add %x_1, %x2 : tensor<2x4x4x4xf32>
  %x3 = dlc.broadcast %3 dims = [3] : tensor<4xf32> -> tensor<2x4x4x4xf32>
  %x_3 = dlc.add %x_2, %x3 : tensor<2x4x4x4xf32>
  %g0 = dlc.broadcast %4 dims = [0] : tensor<2xf32> -> tensor<2x4x4x6xf32>
  %g1 = dlc.broadcast %5 dims = [1] : tensor<4xf32> -> tensor<2x4x4x6xf32>
  %g_1 = dlc.add %g0, %g1 : tensor<2x4x4x6xf32>
  %g2 = dlc.broadcast %6 dims = [2] : tensor<4xf32> -> tensor<2x4x4x6xf32>
  %g_2 = dlc.add %g_1, %g2 : tensor<2x4x4x6xf32>
  %g3 = dlc.broadcast %7 dims = [3] : tensor<6xf32> -> tensor<2x4x4x6xf32>
  %g_3 = dlc.add %g_2, %g3 : tensor<2x4x4x6xf32>
  %r = dlc.conv_weight_gradient %x_3, %g_3 window = [2, 2] strides = [1, 1] low = [1, 0] lhs_dilation = [1, 1] rhs_dilation = [1, 1] {groups = 2, channels_last = true} : (tensor<2x4x4x4xf32>, tensor<2x4x4x6xf32>) -> tensor<6x2x2x2xf32>
  dlc.check_close %r, dense<[[[[-1.390625, 49.703125], [-26.46875, 29.078125]], [[42.0625, 130.1875], [-10.125, 78.9375]]], [[[-9.640625, -26.046875], [-23.65625, -18.734375]], [[51.0625, 49.1875], [8.625, 30.1875]]], [[[-11.703125, -44.984375], [-22.953125, -30.6875]], [[53.3125, 28.9375], [13.3125, 18.0]]], [[[-0.734375, -17.921875], [-12.6875, -50.84375]], [[63.9375, 11.6875], [24.0, -48.875]]], [[[45.640625, -87.046875], [11.59375, -113.1875]], [[102.4375, -103.8125], [38.875, -149.5]]], [[[-20.609375, 11.703125], [-23.09375, -24.125]], [[47.4375, 61.1875], [17.625, -5.75]]]]> : tensor<6x2x2x2xf32> {rtol = 1.0000000000000001e-05, atol = 0.0001} : tensor<6x2x2x2xf32>
  return
}

func.func @of_1d_last() attributes {smooth} {
  %0 = dlc.constant dense<[-1.625, 2.0]> : tensor<2xf32>
  %1 = dlc.constant dense<[1.625, -0.75, 0.75, 1.25, 0.75, -0.875, 0.5, 1.375, 0.625]> : tensor<9xf32>
  %2 = dlc.constant dense<[-1.875, -1.0]> : tensor<2xf32>
  %3 = dlc.constant dense<[-0.875, 1.0]> : tensor<2xf32>
  %4 = dlc.constant dense<[0.625, -1.75, -1.875, -0.75, 0.25]> : tensor<5xf32>
  %5 = dlc.constant dense<[-0.375, 1.75, -0.5]> : tensor<3xf32>
  %x0 = dlc.broadcast %0 dims = [0] : tensor<2xf32> -> tensor<2x9x2xf32>
  %x1 = dlc.broadcast %1 dims = [1] : tensor<9xf32> -> tensor<2x9x2xf32>
  %x_1 = dlc.add %x0, %x1 : tensor<2x9x2xf32>
  %x2 = dlc.broadcast %2 dims = [2] : tensor<2xf32> -> tensor<2x9x2xf32>
  %x_2 = dlc.add %x_1, %x2 : tensor<2x9x2xf32>
  %g0 = dlc.broadcast %3 dims = [0] : tensor<2xf32> -> tensor<2x5x3xf32>
  %g1 = dlc.broadcast %4 dims = [1] : tensor<5xf32> -> tensor<2x5x3xf32>
  %g_1 = dlc.add %g0, %g1 : tensor<2x5x3xf32>
  %g2 = dlc.broadcast %5 dims = [2] : tensor<3xf32> -> tensor<2x5x3xf32>
  %g_2 = dlc.add %g_1, %g2 : tensor<2x5x3xf32>
  %r = dlc.conv_weight_gradient %x_2, %g_2 window = [3] strides = [2] low = [1] lhs_dilation = [1] rhs_dilation = [1] {channels_last = true} : (tensor<2x9x2xf32>, tensor<2x5x3xf32>) -> tensor<3x3x2xf32>
  dlc.check_close %r, dense<[[[31.046875, 21.640625], [27.578125, 18.71875], [25.75, 17.0]], [[6.609375, 12.078125], [9.78125, 19.515625], [1.3125, 7.4375]], [[32.484375, 22.203125], [28.625, 18.671875], [27.1875, 17.5625]]]> : tensor<3x3x2xf32> {rtol = 1.0000000000000001e-05, atol = 0.0001} : tensor<3x3x2xf32>
  return
}

func.func @of_3d_last() attributes {smooth} {
  %0 = dlc.constant dense<[1.625]> : tensor<1xf32>
  %1 = dlc.constant dense<[-1.875, -1.0, -2.0]> : tensor<3xf32>
  %2 = dlc.constant dense<[1.5, 0.375, 0.5]> : tensor<3xf32>
  %3 = dlc.constant dense<[0.75, 0.125, 0.125, -2.0]> : tensor<4xf32>
  %4 = dlc.constant dense<[-0.25, 1.5]> : tensor<2xf32>
  %5 = dlc.constant dense<[-1.25]> : tensor<1xf32>
  %6 = dlc.constant dense<[-1.625, -0.5]> : tensor<2xf32>
  %7 = dlc.constant dense<[-0.625, 0.875]> : tensor<2xf32>
  %8 = dlc.constant dense<[-1.875, 1.5, 1.375, -0.375]> : tensor<4xf32>
  %9 = dlc.constant dense<[0.5, 1.0]> : tensor<2xf32>
  %x0 = dlc.broadcast %0 dims = [0] : tensor<1xf32> -> tensor<1x3x3x4x2xf32>
  %x1 = dlc.broadcast %1 dims = [1] : tensor<3xf32> -> tensor<1x3x3x4x2xf32>
  %x_1 = dlc.add %x0, %x1 : tensor<1x3x3x4x2xf32>
  %x2 = dlc.broadcast %2 dims = [2] : tensor<3xf32> -> tensor<1x3x3x4x2xf32>
  %x_2 = dlc.add %x_1, %x2 : tensor<1x3x3x4x2xf32>
  %x3 = dlc.broadcast %3 dims = [3] : tensor<4xf32> -> tensor<1x3x3x4x2xf32>
  %x_3 = dlc.add %x_2, %x3 : tensor<1x3x3x4x2xf32>
  %x4 = dlc.broadcast %4 dims = [4] : tensor<2xf32> -> tensor<1x3x3x4x2xf32>
  %x_4 = dlc.add %x_3, %x4 : tensor<1x3x3x4x2xf32>
  %g0 = dlc.broadcast %5 dims = [0] : tensor<1xf32> -> tensor<1x2x2x4x2xf32>
  %g1 = dlc.broadcast %6 dims = [1] : tensor<2xf32> -> tensor<1x2x2x4x2xf32>
  %g_1 = dlc.add %g0, %g1 : tensor<1x2x2x4x2xf32>
  %g2 = dlc.broadcast %7 dims = [2] : tensor<2xf32> -> tensor<1x2x2x4x2xf32>
  %g_2 = dlc.add %g_1, %g2 : tensor<1x2x2x4x2xf32>
  %g3 = dlc.broadcast %8 dims = [3] : tensor<4xf32> -> tensor<1x2x2x4x2xf32>
  %g_3 = dlc.add %g_2, %g3 : tensor<1x2x2x4x2xf32>
  %g4 = dlc.broadcast %9 dims = [4] : tensor<2xf32> -> tensor<1x2x2x4x2xf32>
  %g_4 = dlc.add %g_3, %g4 : tensor<1x2x2x4x2xf32>
  %r = dlc.conv_weight_gradient %x_4, %g_4 window = [2, 2, 2] strides = [1, 1, 1] low = [0, 0, 1] lhs_dilation = [1, 1, 1] rhs_dilation = [1, 1, 1] {channels_last = true} : (tensor<1x3x3x4x2xf32>, tensor<1x2x2x4x2xf32>) -> tensor<2x2x2x2x2xf32>
  dlc.check_close %r, dense<[[[[[-12.828125, -30.765625], [-18.6875, -61.5625]], [[-2.078125, -20.015625], [1.0625, -41.8125]]], [[[-18.515625, -36.453125], [-25.59375, -68.46875]], [[-7.765625, -25.703125], [-5.84375, -48.71875]]]], [[[[-5.578125, -13.015625], [-13.6875, -42.5625]], [[2.171875, -5.265625], [2.0625, -26.8125]]], [[[-11.640625, -19.078125], [-21.09375, -49.96875]], [[-3.890625, -11.328125], [-5.34375, -34.21875]]]]]> : tensor<2x2x2x2x2xf32> {rtol = 1.0000000000000001e-05, atol = 0.0001} : tensor<2x2x2x2x2xf32>
  return
}

func.func @of_deep_last() {
  %0 = dlc.constant dense<[0.125, -2.0, -1.125]> : tensor<3xf32>
  %1 = dlc.constant dense<[-1.125, 0.875, 0.0, 1.125, 1.125, 0.375, 1.375, -1.0, -0.75, 1.375, -1.625, 0.625, 1.25, 0.25, 0.875, -2.0, 0.875, -1.375, -1.5, -1.75, 1.875, -1.125, 1.125, -0.5, 0.75, 1.375, -0.625, -2.0, -0.5]> : tensor<29xf32>
  %2 = dlc.constant dense<[-1.0, 0.875, -0.5, 0.25, 0.5, -2.0, 0.125, 1.625, 0.875, -0.125, 1.5, -1.0, 2.0, 1.375, 1.125, -2.0, 1.0, 0.75, 1.25, -1.125, 1.25, -0.75, 0.5, 1.125, 0.25, -0.25, 1.375, 1.75, 0.0, 1.125, 1.25]> : tensor<31xf32>
  %3 = dlc.constant dense<[1.5, 0.5, 1.625]> : tensor<3xf32>
  %4 = dlc.constant dense<[1.125, 0.125, -0.75]> : tensor<3xf32>
  %5 = dlc.constant dense<[0.625, -0.375, -0.125, 1.0, 0.0, 2.0, -0.875, 1.375, -2.0, -0.875, -0.5, 1.125, 1.875, -1.625, 0.25, 1.0, 1.375, 0.0, 1.25, -2.0, 0.75, -1.125, -1.25, -0.5, -1.125, -1.75, 1.125, -2.0, 1.625]> : tensor<29xf32>
  %6 = dlc.constant dense<[-0.125, 2.0, -1.75, -0.5, -2.0, -1.75, -1.125, 1.75, -1.375, 0.375, 0.625, -0.25, 2.0, -1.375, 2.0, -1.5, -1.25, -1.125, -1.5, 1.125, -0.875, 0.875, -0.875, -0.125, -1.375, 1.625, 0.125, 1.625, -0.875, -1.5, -0.5]> : tensor<31xf32>
  %7 = dlc.constant dense<[1.375, 0.375, -0.375, 1.375, 1.125, 1.75, 0.625, 1.75, -1.875, -1.0, -1.25, -1.875, 1.875, -0.5, -1.625, -1.5, 0.25]> : tensor<17xf32>
  %x0 = dlc.broadcast %0 dims = [0] : tensor<3xf32> -> tensor<3x29x31x3xf32>
  %x1 = dlc.broadcast %1 dims = [1] : tensor<29xf32> -> tensor<3x29x31x3xf32>
  %x_1 = dlc.add %x0, %x1 : tensor<3x29x31x3xf32>
  %x2 = dlc.broadcast %2 dims = [2] : tensor<31xf32> -> tensor<3x29x31x3xf32>
  %x_2 = dlc.add %x_1, %x2 : tensor<3x29x31x3xf32>
  %x3 = dlc.broadcast %3 dims = [3] : tensor<3xf32> -> tensor<3x29x31x3xf32>
  %x_3 = dlc.add %x_2, %x3 : tensor<3x29x31x3xf32>
  %g0 = dlc.broadcast %4 dims = [0] : tensor<3xf32> -> tensor<3x29x31x17xf32>
  %g1 = dlc.broadcast %5 dims = [1] : tensor<29xf32> -> tensor<3x29x31x17xf32>
  %g_1 = dlc.add %g0, %g1 : tensor<3x29x31x17xf32>
  %g2 = dlc.broadcast %6 dims = [2] : tensor<31xf32> -> tensor<3x29x31x17xf32>
  %g_2 = dlc.add %g_1, %g2 : tensor<3x29x31x17xf32>
  %g3 = dlc.broadcast %7 dims = [3] : tensor<17xf32> -> tensor<3x29x31x17xf32>
  %g_3 = dlc.add %g_2, %g3 : tensor<3x29x31x17xf32>
  %r = dlc.conv_weight_gradient %x_3, %g_3 window = [3, 3] strides = [1, 1] low = [1, 1] lhs_dilation = [1, 1] rhs_dilation = [1, 1] {channels_last = true} : (tensor<3x29x31x3xf32>, tensor<3x29x31x17xf32>) -> tensor<17x3x3x3xf32>
  dlc.check_close %r, dense<[[[[3580.48438, 449.234375, 3971.89062], [4872.01562, 1625.89062, 5277.78125], [4105.25, 942.5, 4500.59375]], [[4132.70312, 828.953125, 4545.67188], [5486.04688, 2061.29688, 5914.14062], [4680.20312, 1343.82812, 5097.25]], [[2927.04688, -114.203125, 3307.20312], [4194.46875, 1041.34375, 4588.60938], [3445.76562, 373.015625, 3829.85938]]], [[[1334.23438, 722.984375, 1410.64062], [2479.14062, 1837.01562, 2559.40625], [1670.0, 1027.25, 1750.34375]], [[1850.82812, 1157.07812, 1937.54688], [3053.79688, 2326.04688, 3144.76562], [2202.57812, 1476.20312, 2293.375]], [[624.546875, 103.296875, 689.703125], [1743.46875, 1194.34375, 1812.10938], [954.265625, 401.515625, 1023.35938]]], [[[-350.453125, 928.296875, -510.296875], [684.484375, 1995.35938, 520.625], [-156.4375, 1090.8125, -312.34375]], [[139.421875, 1403.17188, -18.546875], [1229.60938, 2524.60938, 1067.73438], [344.359375, 1575.48438, 190.46875]], [[-1102.32812, 266.421875, -1273.42188], [-94.78125, 1309.09375, -270.265625], [-914.359375, 422.890625, -1081.51562]]], [[[3580.48438, 449.234375, 3971.89062], [4872.01562, 1625.89062, 5277.78125], [4105.25, 942.5, 4500.59375]], [[4132.70312, 828.953125, 4545.67188], [5486.04688, 2061.29688, 5914.14062], [4680.20312, 1343.82812, 5097.25]], [[2927.04688, -114.203125, 3307.20312], [4194.46875, 1041.34375, 4588.60938], [3445.76562, 373.015625, 3829.85938]]], [[[3018.92188, 517.671875, 3331.57812], [4273.79688, 1678.67188, 4598.1875], [3496.4375, 963.6875, 3813.03125]], [[3562.23438, 910.984375, 3893.64062], [4877.98438, 2127.48438, 5221.79688], [4060.79688, 1376.92188, 4396.28125]], [[2351.42188, -59.828125, 2652.82812], [3581.71875, 1079.59375, 3894.48438], [2822.89062, 380.140625, 3128.23438]]], [[[4422.82812, 346.578125, 4932.35938], [5769.34375, 1546.71875, 6297.17188], [5018.46875, 910.71875, 5531.9375]], [[4988.40625, 705.90625, 5523.71875], [6398.14062, 1962.01562, 6952.65625], [5609.3125, 1294.1875, 6148.70312]], [[3790.48438, -195.765625, 4288.76562], [5113.59375, 983.96875, 5629.79688], [4380.07812, 362.328125, 4882.29688]]], [[[1895.79688, 654.546875, 2050.95312], [3077.35938, 1784.23438, 3239.0], [2278.8125, 1006.0625, 2437.90625]], [[2421.29688, 1075.04688, 2589.57812], [3661.85938, 2259.85938, 3837.10938], [2821.98438, 1443.10938, 2994.34375]], [[1200.17188, 48.921875, 1344.07812], [2356.21875, 1156.09375, 2506.23438], [1577.14062, 394.390625, 1724.98438]]], [[[4422.82812, 346.578125, 4932.35938], [5769.34375, 1546.71875, 6297.17188], [5018.46875, 910.71875, 5531.9375]], [[4988.40625, 705.90625, 5523.71875], [6398.14062, 1962.01562, 6952.65625], [5609.3125, 1294.1875, 6148.70312]], [[3790.48438, -195.765625, 4288.76562], [5113.59375, 983.96875, 5629.79688], [4380.07812, 362.328125, 4882.29688]]], [[[-3719.82812, 1338.92188, -4352.17188], [-2904.82812, 2312.04688, -3556.9375], [-3809.3125, 1217.9375, -4437.71875]], [[-3283.39062, 1895.35938, -3930.73438], [-2418.76562, 2921.73438, -3086.32812], [-3372.07812, 1774.04688, -4015.34375]], [[-4556.07812, 592.671875, -5199.67188], [-3771.28125, 1538.59375, -4435.01562], [-4651.60938, 465.640625, -5291.26562]]], [[[-1754.35938, 1099.39062, -2111.07812], [-811.0625, 2127.3125, -1178.35938], [-1678.46875, 1143.78125, -2031.25]], [[-1286.75, 1608.25, -1648.625], [-290.546875, 2690.07812, -663.125], [-1204.15625, 1658.21875, -1561.95312]], [[-2541.39062, 402.359375, -2909.35938], [-1626.65625, 1404.71875, -2005.57812], [-2471.54688, 440.703125, -2835.57812]]], [[[-2315.92188, 1167.82812, -2751.39062], [-1409.28125, 2180.09375, -1857.95312], [-2287.28125, 1164.96875, -2718.8125]], [[-1857.21875, 1690.28125, -2300.65625], [-898.609375, 2756.26562, -1355.46875], [-1823.5625, 1691.3125, -2262.92188]], [[-3117.01562, 456.734375, -3563.73438], [-2239.40625, 1442.96875, -2699.70312], [-3094.42188, 447.828125, -3537.20312]]], [[[-3719.82812, 1338.92188, -4352.17188], [-2904.82812, 2312.04688, -3556.9375], [-3809.3125, 1217.9375, -4437.71875]], [[-3283.39062, 1895.35938, -3930.73438], [-2418.76562, 2921.73438, -3086.32812], [-3372.07812, 1774.04688, -4015.34375]], [[-4556.07812, 592.671875, -5199.67188], [-3771.28125, 1538.59375, -4435.01562], [-4651.60938, 465.640625, -5291.26562]]], [[[4703.60938, 312.359375, 5252.51562], [6068.45312, 1520.32812, 6636.96875], [5322.875, 900.125, 5875.71875]], [[5273.64062, 664.890625, 5849.73438], [6702.17188, 1928.92188, 7298.82812], [5919.01562, 1277.64062, 6499.1875]], [[4078.29688, -222.953125, 4615.95312], [5419.96875, 964.84375, 5976.85938], [4691.51562, 358.765625, 5233.10938]]], [[[-631.234375, 962.515625, -830.453125], [385.375, 2021.75, 180.828125], [-460.84375, 1101.40625, -656.125]], [[-145.8125, 1444.1875, -344.5625], [925.578125, 2557.70312, 721.5625], [34.65625, 1592.03125, -160.015625]], [[-1390.14062, 293.609375, -1600.60938], [-401.15625, 1328.21875, -617.328125], [-1225.79688, 426.453125, -1432.32812]]], [[[-3158.26562, 1270.48438, -3711.85938], [-2306.60938, 2259.26562, -2877.34375], [-3200.5, 1196.75, -3750.15625]], [[-2712.92188, 1813.32812, -3278.70312], [-1810.70312, 2855.54688, -2393.98438], [-2752.67188, 1740.95312, -3314.375]], [[-3980.45312, 538.296875, -4545.29688], [-3158.53125, 1500.34375, -3740.89062], [-4028.73438, 458.515625, -4589.64062]]], [[[-2877.48438, 1236.26562, -3391.70312], [-2007.5, 2232.875, -2537.54688], [-2896.09375, 1186.15625, -3406.375]], [[-2427.6875, 1772.3125, -2952.6875], [-1506.67188, 2822.45312, -2047.8125], [-2442.96875, 1724.40625, -2963.89062]], [[-3692.64062, 511.109375, -4218.10938], [-2852.15625, 1481.21875, -3393.82812], [-3717.29688, 454.953125, -4238.82812]]], [[[1053.45312, 757.203125, 1090.48438], [2180.03125, 1863.40625, 2219.60938], [1365.59375, 1037.84375, 1406.5625]], [[1565.59375, 1198.09375, 1611.53125], [2749.76562, 2359.14062, 2798.59375], [1892.875, 1492.75, 1942.89062]], [[336.734375, 130.484375, 362.515625], [1437.09375, 1213.46875, 1465.04688], [642.828125, 405.078125, 672.546875]]]]> : tensor<17x3x3x3xf32> {rtol = 1.0000000000000001e-05, atol = 0.0001} : tensor<17x3x3x3xf32>
  return
}
