// Written by generate.py; the values are NumPy's.
// RUN: dlc-opt %s --verify-roundtrip -o %t

func.func @f32_to_i8() {
  %0 = dlc.constant dense<[0.0, -0.0, 0.899999976, -0.899999976, 1.5, -1.5, 2.5, 127.5, 128.0, 255.899994, 256.0, -128.899994, -129.0, 100000.0, 3.0e+09, -3.0e+09, 9.99999998e+18, -9.99999998e+18, 1.00000002e+30, 0x7F800000, 0xFF800000, 0x7FC00000, 9.9999461e-41]> : tensor<23xf32>
  %r = dlc.cast %0 : tensor<23xf32> -> tensor<23xi8>
  dlc.check_close %r, dense<[0, 0, 0, 0, 1, -1, 2, 127, 127, 127, 127, -128, -128, 127, 127, -128, 127, -128, 127, 127, -128, 0, 0]> : tensor<23xi8> {rtol = 0.0, atol = 0.0} : tensor<23xi8>
  return
}

func.func @f32_to_i16() {
  %0 = dlc.constant dense<[0.0, -0.0, 0.899999976, -0.899999976, 1.5, -1.5, 2.5, 127.5, 128.0, 255.899994, 256.0, -128.899994, -129.0, 100000.0, 3.0e+09, -3.0e+09, 9.99999998e+18, -9.99999998e+18, 1.00000002e+30, 0x7F800000, 0xFF800000, 0x7FC00000, 9.9999461e-41]> : tensor<23xf32>
  %r = dlc.cast %0 : tensor<23xf32> -> tensor<23xi16>
  dlc.check_close %r, dense<[0, 0, 0, 0, 1, -1, 2, 127, 128, 255, 256, -128, -129, 32767, 32767, -32768, 32767, -32768, 32767, 32767, -32768, 0, 0]> : tensor<23xi16> {rtol = 0.0, atol = 0.0} : tensor<23xi16>
  return
}

func.func @f32_to_i32() {
  %0 = dlc.constant dense<[0.0, -0.0, 0.899999976, -0.899999976, 1.5, -1.5, 2.5, 127.5, 128.0, 255.899994, 256.0, -128.899994, -129.0, 100000.0, 3.0e+09, -3.0e+09, 9.99999998e+18, -9.99999998e+18, 1.00000002e+30, 0x7F800000, 0xFF800000, 0x7FC00000, 9.9999461e-41]> : tensor<23xf32>
  %r = dlc.cast %0 : tensor<23xf32> -> tensor<23xi32>
  dlc.check_close %r, dense<[0, 0, 0, 0, 1, -1, 2, 127, 128, 255, 256, -128, -129, 100000, 2147483647, -2147483648, 2147483647, -2147483648, 2147483647, 2147483647, -2147483648, 0, 0]> : tensor<23xi32> {rtol = 0.0, atol = 0.0} : tensor<23xi32>
  return
}

func.func @f32_to_i64() {
  %0 = dlc.constant dense<[0.0, -0.0, 0.899999976, -0.899999976, 1.5, -1.5, 2.5, 127.5, 128.0, 255.899994, 256.0, -128.899994, -129.0, 100000.0, 3.0e+09, -3.0e+09, 9.99999998e+18, -9.99999998e+18, 1.00000002e+30, 0x7F800000, 0xFF800000, 0x7FC00000, 9.9999461e-41]> : tensor<23xf32>
  %r = dlc.cast %0 : tensor<23xf32> -> tensor<23xi64>
  dlc.check_close %r, dense<[0, 0, 0, 0, 1, -1, 2, 127, 128, 255, 256, -128, -129, 100000, 3000000000, -3000000000, 9223372036854775807, -9223372036854775808, 9223372036854775807, 9223372036854775807, -9223372036854775808, 0, 0]> : tensor<23xi64> {rtol = 0.0, atol = 0.0} : tensor<23xi64>
  return
}

func.func @f32_to_ui8() {
  %0 = dlc.constant dense<[0.0, -0.0, 0.899999976, -0.899999976, 1.5, -1.5, 2.5, 127.5, 128.0, 255.899994, 256.0, -128.899994, -129.0, 100000.0, 3.0e+09, -3.0e+09, 9.99999998e+18, -9.99999998e+18, 1.00000002e+30, 0x7F800000, 0xFF800000, 0x7FC00000, 9.9999461e-41]> : tensor<23xf32>
  %r = dlc.cast %0 : tensor<23xf32> -> tensor<23xui8>
  dlc.check_close %r, dense<[0, 0, 0, 0, 1, 0, 2, 127, 128, 255, 255, 0, 0, 255, 255, 0, 255, 0, 255, 255, 0, 0, 0]> : tensor<23xui8> {rtol = 0.0, atol = 0.0} : tensor<23xui8>
  return
}

func.func @f32_to_ui16() {
  %0 = dlc.constant dense<[0.0, -0.0, 0.899999976, -0.899999976, 1.5, -1.5, 2.5, 127.5, 128.0, 255.899994, 256.0, -128.899994, -129.0, 100000.0, 3.0e+09, -3.0e+09, 9.99999998e+18, -9.99999998e+18, 1.00000002e+30, 0x7F800000, 0xFF800000, 0x7FC00000, 9.9999461e-41]> : tensor<23xf32>
  %r = dlc.cast %0 : tensor<23xf32> -> tensor<23xui16>
  dlc.check_close %r, dense<[0, 0, 0, 0, 1, 0, 2, 127, 128, 255, 256, 0, 0, 65535, 65535, 0, 65535, 0, 65535, 65535, 0, 0, 0]> : tensor<23xui16> {rtol = 0.0, atol = 0.0} : tensor<23xui16>
  return
}

func.func @f32_to_ui32() {
  %0 = dlc.constant dense<[0.0, -0.0, 0.899999976, -0.899999976, 1.5, -1.5, 2.5, 127.5, 128.0, 255.899994, 256.0, -128.899994, -129.0, 100000.0, 3.0e+09, -3.0e+09, 9.99999998e+18, -9.99999998e+18, 1.00000002e+30, 0x7F800000, 0xFF800000, 0x7FC00000, 9.9999461e-41]> : tensor<23xf32>
  %r = dlc.cast %0 : tensor<23xf32> -> tensor<23xui32>
  dlc.check_close %r, dense<[0, 0, 0, 0, 1, 0, 2, 127, 128, 255, 256, 0, 0, 100000, 3000000000, 0, 4294967295, 0, 4294967295, 4294967295, 0, 0, 0]> : tensor<23xui32> {rtol = 0.0, atol = 0.0} : tensor<23xui32>
  return
}

func.func @f32_to_ui64() {
  %0 = dlc.constant dense<[0.0, -0.0, 0.899999976, -0.899999976, 1.5, -1.5, 2.5, 127.5, 128.0, 255.899994, 256.0, -128.899994, -129.0, 100000.0, 3.0e+09, -3.0e+09, 9.99999998e+18, -9.99999998e+18, 1.00000002e+30, 0x7F800000, 0xFF800000, 0x7FC00000, 9.9999461e-41]> : tensor<23xf32>
  %r = dlc.cast %0 : tensor<23xf32> -> tensor<23xui64>
  dlc.check_close %r, dense<[0, 0, 0, 0, 1, 0, 2, 127, 128, 255, 256, 0, 0, 100000, 3000000000, 0, 9999999980506447872, 0, 18446744073709551615, 18446744073709551615, 0, 0, 0]> : tensor<23xui64> {rtol = 0.0, atol = 0.0} : tensor<23xui64>
  return
}

func.func @f32_to_i1() {
  %0 = dlc.constant dense<[0.0, -0.0, 0.899999976, -0.899999976, 1.5, -1.5, 2.5, 127.5, 128.0, 255.899994, 256.0, -128.899994, -129.0, 100000.0, 3.0e+09, -3.0e+09, 9.99999998e+18, -9.99999998e+18, 1.00000002e+30, 0x7F800000, 0xFF800000, 0x7FC00000, 9.9999461e-41]> : tensor<23xf32>
  %r = dlc.cast %0 : tensor<23xf32> -> tensor<23xi1>
  dlc.check_close %r, dense<[false, false, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true]> : tensor<23xi1> {rtol = 0.0, atol = 0.0} : tensor<23xi1>
  return
}

func.func @f32_to_f64() {
  %0 = dlc.constant dense<[0.0, -0.0, 0.899999976, -0.899999976, 1.5, -1.5, 2.5, 127.5, 128.0, 255.899994, 256.0, -128.899994, -129.0, 100000.0, 3.0e+09, -3.0e+09, 9.99999998e+18, -9.99999998e+18, 1.00000002e+30, 0x7F800000, 0xFF800000, 0x7FC00000, 9.9999461e-41]> : tensor<23xf32>
  %r = dlc.cast %0 : tensor<23xf32> -> tensor<23xf64>
  dlc.check_close %r, dense<[0.0, -0.0, 0.89999997615814209, -0.89999997615814209, 1.5, -1.5, 2.5, 127.5, 128.0, 255.89999389648438, 256.0, -128.89999389648438, -129.0, 100000.0, 3000000000.0, -3000000000.0, 9.9999999805064479e+18, -9.9999999805064479e+18, 1.0000000150474662e+30, 0x7FF0000000000000, 0xFFF0000000000000, 0x7FF8000000000000, 9.9999461011147596e-41]> : tensor<23xf64> {rtol = 0.0, atol = 0.0} : tensor<23xf64>
  return
}

func.func @f32_to_f16() {
  %0 = dlc.constant dense<[0.0, -0.0, 0.899999976, -0.899999976, 1.5, -1.5, 2.5, 127.5, 128.0, 255.899994, 256.0, -128.899994, -129.0, 100000.0, 3.0e+09, -3.0e+09, 9.99999998e+18, -9.99999998e+18, 1.00000002e+30, 0x7F800000, 0xFF800000, 0x7FC00000, 9.9999461e-41]> : tensor<23xf32>
  %r = dlc.cast %0 : tensor<23xf32> -> tensor<23xf16>
  dlc.check_close %r, dense<[0.0, -0.0, 0.899902, -0.899902, 1.5, -1.5, 2.5, 127.5, 128.0, 255.875, 256.0, -128.875, -129.0, 0x7C00, 0x7C00, 0xFC00, 0x7C00, 0xFC00, 0x7C00, 0x7C00, 0xFC00, 0x7E00, 0.0]> : tensor<23xf16> {rtol = 0.0, atol = 0.0} : tensor<23xf16>
  return
}

func.func @f32_to_bf16() {
  %0 = dlc.constant dense<[0.0, -0.0, 0.899999976, -0.899999976, 1.5, -1.5, 2.5, 127.5, 128.0, 255.899994, 256.0, -128.899994, -129.0, 100000.0, 3.0e+09, -3.0e+09, 9.99999998e+18, -9.99999998e+18, 1.00000002e+30, 0x7F800000, 0xFF800000, 0x7FC00000, 9.9999461e-41]> : tensor<23xf32>
  %r = dlc.cast %0 : tensor<23xf32> -> tensor<23xbf16>
  dlc.check_close %r, dense<[0.0, -0.0, 0.898438, -0.898438, 1.5, -1.5, 2.5, 127.5, 128.0, 256.0, 256.0, -129.0, -129.0, 99840.0, 3.00312e+09, -3.00312e+09, 1.0016e+19, -1.0016e+19, 1.00026e+30, 0x7F80, 0xFF80, 0x7FC0, 9.18355e-41]> : tensor<23xbf16> {rtol = 0.0, atol = 0.0} : tensor<23xbf16>
  return
}

func.func @f64_to_i8() {
  %0 = dlc.constant dense<[0.0, -0.0, 0.90000000000000002, -0.90000000000000002, 1.5, -1.5, 2.5, 127.5, 128.0, 255.90000000000001, 256.0, -128.90000000000001, -129.0, 100000.0, 3000000000.0, -3000000000.0, 1.0e+19, -1.0e+19, 1.0e+30, 0x7FF0000000000000, 0xFFF0000000000000, 0x7FF8000000000000, 9.9999999999999993e-41]> : tensor<23xf64>
  %r = dlc.cast %0 : tensor<23xf64> -> tensor<23xi8>
  dlc.check_close %r, dense<[0, 0, 0, 0, 1, -1, 2, 127, 127, 127, 127, -128, -128, 127, 127, -128, 127, -128, 127, 127, -128, 0, 0]> : tensor<23xi8> {rtol = 0.0, atol = 0.0} : tensor<23xi8>
  return
}

func.func @f64_to_i16() {
  %0 = dlc.constant dense<[0.0, -0.0, 0.90000000000000002, -0.90000000000000002, 1.5, -1.5, 2.5, 127.5, 128.0, 255.90000000000001, 256.0, -128.90000000000001, -129.0, 100000.0, 3000000000.0, -3000000000.0, 1.0e+19, -1.0e+19, 1.0e+30, 0x7FF0000000000000, 0xFFF0000000000000, 0x7FF8000000000000, 9.9999999999999993e-41]> : tensor<23xf64>
  %r = dlc.cast %0 : tensor<23xf64> -> tensor<23xi16>
  dlc.check_close %r, dense<[0, 0, 0, 0, 1, -1, 2, 127, 128, 255, 256, -128, -129, 32767, 32767, -32768, 32767, -32768, 32767, 32767, -32768, 0, 0]> : tensor<23xi16> {rtol = 0.0, atol = 0.0} : tensor<23xi16>
  return
}

func.func @f64_to_i32() {
  %0 = dlc.constant dense<[0.0, -0.0, 0.90000000000000002, -0.90000000000000002, 1.5, -1.5, 2.5, 127.5, 128.0, 255.90000000000001, 256.0, -128.90000000000001, -129.0, 100000.0, 3000000000.0, -3000000000.0, 1.0e+19, -1.0e+19, 1.0e+30, 0x7FF0000000000000, 0xFFF0000000000000, 0x7FF8000000000000, 9.9999999999999993e-41]> : tensor<23xf64>
  %r = dlc.cast %0 : tensor<23xf64> -> tensor<23xi32>
  dlc.check_close %r, dense<[0, 0, 0, 0, 1, -1, 2, 127, 128, 255, 256, -128, -129, 100000, 2147483647, -2147483648, 2147483647, -2147483648, 2147483647, 2147483647, -2147483648, 0, 0]> : tensor<23xi32> {rtol = 0.0, atol = 0.0} : tensor<23xi32>
  return
}

func.func @f64_to_i64() {
  %0 = dlc.constant dense<[0.0, -0.0, 0.90000000000000002, -0.90000000000000002, 1.5, -1.5, 2.5, 127.5, 128.0, 255.90000000000001, 256.0, -128.90000000000001, -129.0, 100000.0, 3000000000.0, -3000000000.0, 1.0e+19, -1.0e+19, 1.0e+30, 0x7FF0000000000000, 0xFFF0000000000000, 0x7FF8000000000000, 9.9999999999999993e-41]> : tensor<23xf64>
  %r = dlc.cast %0 : tensor<23xf64> -> tensor<23xi64>
  dlc.check_close %r, dense<[0, 0, 0, 0, 1, -1, 2, 127, 128, 255, 256, -128, -129, 100000, 3000000000, -3000000000, 9223372036854775807, -9223372036854775808, 9223372036854775807, 9223372036854775807, -9223372036854775808, 0, 0]> : tensor<23xi64> {rtol = 0.0, atol = 0.0} : tensor<23xi64>
  return
}

func.func @f64_to_ui8() {
  %0 = dlc.constant dense<[0.0, -0.0, 0.90000000000000002, -0.90000000000000002, 1.5, -1.5, 2.5, 127.5, 128.0, 255.90000000000001, 256.0, -128.90000000000001, -129.0, 100000.0, 3000000000.0, -3000000000.0, 1.0e+19, -1.0e+19, 1.0e+30, 0x7FF0000000000000, 0xFFF0000000000000, 0x7FF8000000000000, 9.9999999999999993e-41]> : tensor<23xf64>
  %r = dlc.cast %0 : tensor<23xf64> -> tensor<23xui8>
  dlc.check_close %r, dense<[0, 0, 0, 0, 1, 0, 2, 127, 128, 255, 255, 0, 0, 255, 255, 0, 255, 0, 255, 255, 0, 0, 0]> : tensor<23xui8> {rtol = 0.0, atol = 0.0} : tensor<23xui8>
  return
}

func.func @f64_to_ui16() {
  %0 = dlc.constant dense<[0.0, -0.0, 0.90000000000000002, -0.90000000000000002, 1.5, -1.5, 2.5, 127.5, 128.0, 255.90000000000001, 256.0, -128.90000000000001, -129.0, 100000.0, 3000000000.0, -3000000000.0, 1.0e+19, -1.0e+19, 1.0e+30, 0x7FF0000000000000, 0xFFF0000000000000, 0x7FF8000000000000, 9.9999999999999993e-41]> : tensor<23xf64>
  %r = dlc.cast %0 : tensor<23xf64> -> tensor<23xui16>
  dlc.check_close %r, dense<[0, 0, 0, 0, 1, 0, 2, 127, 128, 255, 256, 0, 0, 65535, 65535, 0, 65535, 0, 65535, 65535, 0, 0, 0]> : tensor<23xui16> {rtol = 0.0, atol = 0.0} : tensor<23xui16>
  return
}

func.func @f64_to_ui32() {
  %0 = dlc.constant dense<[0.0, -0.0, 0.90000000000000002, -0.90000000000000002, 1.5, -1.5, 2.5, 127.5, 128.0, 255.90000000000001, 256.0, -128.90000000000001, -129.0, 100000.0, 3000000000.0, -3000000000.0, 1.0e+19, -1.0e+19, 1.0e+30, 0x7FF0000000000000, 0xFFF0000000000000, 0x7FF8000000000000, 9.9999999999999993e-41]> : tensor<23xf64>
  %r = dlc.cast %0 : tensor<23xf64> -> tensor<23xui32>
  dlc.check_close %r, dense<[0, 0, 0, 0, 1, 0, 2, 127, 128, 255, 256, 0, 0, 100000, 3000000000, 0, 4294967295, 0, 4294967295, 4294967295, 0, 0, 0]> : tensor<23xui32> {rtol = 0.0, atol = 0.0} : tensor<23xui32>
  return
}

func.func @f64_to_ui64() {
  %0 = dlc.constant dense<[0.0, -0.0, 0.90000000000000002, -0.90000000000000002, 1.5, -1.5, 2.5, 127.5, 128.0, 255.90000000000001, 256.0, -128.90000000000001, -129.0, 100000.0, 3000000000.0, -3000000000.0, 1.0e+19, -1.0e+19, 1.0e+30, 0x7FF0000000000000, 0xFFF0000000000000, 0x7FF8000000000000, 9.9999999999999993e-41]> : tensor<23xf64>
  %r = dlc.cast %0 : tensor<23xf64> -> tensor<23xui64>
  dlc.check_close %r, dense<[0, 0, 0, 0, 1, 0, 2, 127, 128, 255, 256, 0, 0, 100000, 3000000000, 0, 10000000000000000000, 0, 18446744073709551615, 18446744073709551615, 0, 0, 0]> : tensor<23xui64> {rtol = 0.0, atol = 0.0} : tensor<23xui64>
  return
}

func.func @f64_to_i1() {
  %0 = dlc.constant dense<[0.0, -0.0, 0.90000000000000002, -0.90000000000000002, 1.5, -1.5, 2.5, 127.5, 128.0, 255.90000000000001, 256.0, -128.90000000000001, -129.0, 100000.0, 3000000000.0, -3000000000.0, 1.0e+19, -1.0e+19, 1.0e+30, 0x7FF0000000000000, 0xFFF0000000000000, 0x7FF8000000000000, 9.9999999999999993e-41]> : tensor<23xf64>
  %r = dlc.cast %0 : tensor<23xf64> -> tensor<23xi1>
  dlc.check_close %r, dense<[false, false, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true]> : tensor<23xi1> {rtol = 0.0, atol = 0.0} : tensor<23xi1>
  return
}

func.func @f64_to_f32() {
  %0 = dlc.constant dense<[0.0, -0.0, 0.90000000000000002, -0.90000000000000002, 1.5, -1.5, 2.5, 127.5, 128.0, 255.90000000000001, 256.0, -128.90000000000001, -129.0, 100000.0, 3000000000.0, -3000000000.0, 1.0e+19, -1.0e+19, 1.0e+30, 0x7FF0000000000000, 0xFFF0000000000000, 0x7FF8000000000000, 9.9999999999999993e-41]> : tensor<23xf64>
  %r = dlc.cast %0 : tensor<23xf64> -> tensor<23xf32>
  dlc.check_close %r, dense<[0.0, -0.0, 0.899999976, -0.899999976, 1.5, -1.5, 2.5, 127.5, 128.0, 255.899994, 256.0, -128.899994, -129.0, 100000.0, 3.0e+09, -3.0e+09, 9.99999998e+18, -9.99999998e+18, 1.00000002e+30, 0x7F800000, 0xFF800000, 0x7FC00000, 9.9999461e-41]> : tensor<23xf32> {rtol = 0.0, atol = 0.0} : tensor<23xf32>
  return
}

func.func @f64_to_f16() {
  %0 = dlc.constant dense<[0.0, -0.0, 0.90000000000000002, -0.90000000000000002, 1.5, -1.5, 2.5, 127.5, 128.0, 255.90000000000001, 256.0, -128.90000000000001, -129.0, 100000.0, 3000000000.0, -3000000000.0, 1.0e+19, -1.0e+19, 1.0e+30, 0x7FF0000000000000, 0xFFF0000000000000, 0x7FF8000000000000, 9.9999999999999993e-41]> : tensor<23xf64>
  %r = dlc.cast %0 : tensor<23xf64> -> tensor<23xf16>
  dlc.check_close %r, dense<[0.0, -0.0, 0.899902, -0.899902, 1.5, -1.5, 2.5, 127.5, 128.0, 255.875, 256.0, -128.875, -129.0, 0x7C00, 0x7C00, 0xFC00, 0x7C00, 0xFC00, 0x7C00, 0x7C00, 0xFC00, 0x7E00, 0.0]> : tensor<23xf16> {rtol = 0.0, atol = 0.0} : tensor<23xf16>
  return
}

func.func @f64_to_bf16() {
  %0 = dlc.constant dense<[0.0, -0.0, 0.90000000000000002, -0.90000000000000002, 1.5, -1.5, 2.5, 127.5, 128.0, 255.90000000000001, 256.0, -128.90000000000001, -129.0, 100000.0, 3000000000.0, -3000000000.0, 1.0e+19, -1.0e+19, 1.0e+30, 0x7FF0000000000000, 0xFFF0000000000000, 0x7FF8000000000000, 9.9999999999999993e-41]> : tensor<23xf64>
  %r = dlc.cast %0 : tensor<23xf64> -> tensor<23xbf16>
  dlc.check_close %r, dense<[0.0, -0.0, 0.898438, -0.898438, 1.5, -1.5, 2.5, 127.5, 128.0, 256.0, 256.0, -129.0, -129.0, 99840.0, 3.00312e+09, -3.00312e+09, 1.0016e+19, -1.0016e+19, 1.00026e+30, 0x7F80, 0xFF80, 0x7FC0, 9.18355e-41]> : tensor<23xbf16> {rtol = 0.0, atol = 0.0} : tensor<23xbf16>
  return
}

func.func @f16_to_i8() {
  %0 = dlc.constant dense<[0.0, -0.0, 0.899902, -0.899902, 1.5, -1.5, 2.5, 127.5, 128.0, 255.875, 256.0, -128.875, -129.0, 60000.0, 60000.0, -60000.0, 60000.0, -60000.0, 60000.0, 60000.0, -60000.0, 0x7E00, 0.0]> : tensor<23xf16>
  %r = dlc.cast %0 : tensor<23xf16> -> tensor<23xi8>
  dlc.check_close %r, dense<[0, 0, 0, 0, 1, -1, 2, 127, 127, 127, 127, -128, -128, 127, 127, -128, 127, -128, 127, 127, -128, 0, 0]> : tensor<23xi8> {rtol = 0.0, atol = 0.0} : tensor<23xi8>
  return
}

func.func @f16_to_i16() {
  %0 = dlc.constant dense<[0.0, -0.0, 0.899902, -0.899902, 1.5, -1.5, 2.5, 127.5, 128.0, 255.875, 256.0, -128.875, -129.0, 60000.0, 60000.0, -60000.0, 60000.0, -60000.0, 60000.0, 60000.0, -60000.0, 0x7E00, 0.0]> : tensor<23xf16>
  %r = dlc.cast %0 : tensor<23xf16> -> tensor<23xi16>
  dlc.check_close %r, dense<[0, 0, 0, 0, 1, -1, 2, 127, 128, 255, 256, -128, -129, 32767, 32767, -32768, 32767, -32768, 32767, 32767, -32768, 0, 0]> : tensor<23xi16> {rtol = 0.0, atol = 0.0} : tensor<23xi16>
  return
}

func.func @f16_to_i32() {
  %0 = dlc.constant dense<[0.0, -0.0, 0.899902, -0.899902, 1.5, -1.5, 2.5, 127.5, 128.0, 255.875, 256.0, -128.875, -129.0, 60000.0, 60000.0, -60000.0, 60000.0, -60000.0, 60000.0, 60000.0, -60000.0, 0x7E00, 0.0]> : tensor<23xf16>
  %r = dlc.cast %0 : tensor<23xf16> -> tensor<23xi32>
  dlc.check_close %r, dense<[0, 0, 0, 0, 1, -1, 2, 127, 128, 255, 256, -128, -129, 60000, 60000, -60000, 60000, -60000, 60000, 60000, -60000, 0, 0]> : tensor<23xi32> {rtol = 0.0, atol = 0.0} : tensor<23xi32>
  return
}

func.func @f16_to_i64() {
  %0 = dlc.constant dense<[0.0, -0.0, 0.899902, -0.899902, 1.5, -1.5, 2.5, 127.5, 128.0, 255.875, 256.0, -128.875, -129.0, 60000.0, 60000.0, -60000.0, 60000.0, -60000.0, 60000.0, 60000.0, -60000.0, 0x7E00, 0.0]> : tensor<23xf16>
  %r = dlc.cast %0 : tensor<23xf16> -> tensor<23xi64>
  dlc.check_close %r, dense<[0, 0, 0, 0, 1, -1, 2, 127, 128, 255, 256, -128, -129, 60000, 60000, -60000, 60000, -60000, 60000, 60000, -60000, 0, 0]> : tensor<23xi64> {rtol = 0.0, atol = 0.0} : tensor<23xi64>
  return
}

func.func @f16_to_ui8() {
  %0 = dlc.constant dense<[0.0, -0.0, 0.899902, -0.899902, 1.5, -1.5, 2.5, 127.5, 128.0, 255.875, 256.0, -128.875, -129.0, 60000.0, 60000.0, -60000.0, 60000.0, -60000.0, 60000.0, 60000.0, -60000.0, 0x7E00, 0.0]> : tensor<23xf16>
  %r = dlc.cast %0 : tensor<23xf16> -> tensor<23xui8>
  dlc.check_close %r, dense<[0, 0, 0, 0, 1, 0, 2, 127, 128, 255, 255, 0, 0, 255, 255, 0, 255, 0, 255, 255, 0, 0, 0]> : tensor<23xui8> {rtol = 0.0, atol = 0.0} : tensor<23xui8>
  return
}

func.func @f16_to_ui16() {
  %0 = dlc.constant dense<[0.0, -0.0, 0.899902, -0.899902, 1.5, -1.5, 2.5, 127.5, 128.0, 255.875, 256.0, -128.875, -129.0, 60000.0, 60000.0, -60000.0, 60000.0, -60000.0, 60000.0, 60000.0, -60000.0, 0x7E00, 0.0]> : tensor<23xf16>
  %r = dlc.cast %0 : tensor<23xf16> -> tensor<23xui16>
  dlc.check_close %r, dense<[0, 0, 0, 0, 1, 0, 2, 127, 128, 255, 256, 0, 0, 60000, 60000, 0, 60000, 0, 60000, 60000, 0, 0, 0]> : tensor<23xui16> {rtol = 0.0, atol = 0.0} : tensor<23xui16>
  return
}

func.func @f16_to_ui32() {
  %0 = dlc.constant dense<[0.0, -0.0, 0.899902, -0.899902, 1.5, -1.5, 2.5, 127.5, 128.0, 255.875, 256.0, -128.875, -129.0, 60000.0, 60000.0, -60000.0, 60000.0, -60000.0, 60000.0, 60000.0, -60000.0, 0x7E00, 0.0]> : tensor<23xf16>
  %r = dlc.cast %0 : tensor<23xf16> -> tensor<23xui32>
  dlc.check_close %r, dense<[0, 0, 0, 0, 1, 0, 2, 127, 128, 255, 256, 0, 0, 60000, 60000, 0, 60000, 0, 60000, 60000, 0, 0, 0]> : tensor<23xui32> {rtol = 0.0, atol = 0.0} : tensor<23xui32>
  return
}

func.func @f16_to_ui64() {
  %0 = dlc.constant dense<[0.0, -0.0, 0.899902, -0.899902, 1.5, -1.5, 2.5, 127.5, 128.0, 255.875, 256.0, -128.875, -129.0, 60000.0, 60000.0, -60000.0, 60000.0, -60000.0, 60000.0, 60000.0, -60000.0, 0x7E00, 0.0]> : tensor<23xf16>
  %r = dlc.cast %0 : tensor<23xf16> -> tensor<23xui64>
  dlc.check_close %r, dense<[0, 0, 0, 0, 1, 0, 2, 127, 128, 255, 256, 0, 0, 60000, 60000, 0, 60000, 0, 60000, 60000, 0, 0, 0]> : tensor<23xui64> {rtol = 0.0, atol = 0.0} : tensor<23xui64>
  return
}

func.func @f16_to_i1() {
  %0 = dlc.constant dense<[0.0, -0.0, 0.899902, -0.899902, 1.5, -1.5, 2.5, 127.5, 128.0, 255.875, 256.0, -128.875, -129.0, 60000.0, 60000.0, -60000.0, 60000.0, -60000.0, 60000.0, 60000.0, -60000.0, 0x7E00, 0.0]> : tensor<23xf16>
  %r = dlc.cast %0 : tensor<23xf16> -> tensor<23xi1>
  dlc.check_close %r, dense<[false, false, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, false]> : tensor<23xi1> {rtol = 0.0, atol = 0.0} : tensor<23xi1>
  return
}

func.func @f16_to_f32() {
  %0 = dlc.constant dense<[0.0, -0.0, 0.899902, -0.899902, 1.5, -1.5, 2.5, 127.5, 128.0, 255.875, 256.0, -128.875, -129.0, 60000.0, 60000.0, -60000.0, 60000.0, -60000.0, 60000.0, 60000.0, -60000.0, 0x7E00, 0.0]> : tensor<23xf16>
  %r = dlc.cast %0 : tensor<23xf16> -> tensor<23xf32>
  dlc.check_close %r, dense<[0.0, -0.0, 0.899902344, -0.899902344, 1.5, -1.5, 2.5, 127.5, 128.0, 255.875, 256.0, -128.875, -129.0, 60000.0, 60000.0, -60000.0, 60000.0, -60000.0, 60000.0, 60000.0, -60000.0, 0x7FC00000, 0.0]> : tensor<23xf32> {rtol = 0.0, atol = 0.0} : tensor<23xf32>
  return
}

func.func @f16_to_f64() {
  %0 = dlc.constant dense<[0.0, -0.0, 0.899902, -0.899902, 1.5, -1.5, 2.5, 127.5, 128.0, 255.875, 256.0, -128.875, -129.0, 60000.0, 60000.0, -60000.0, 60000.0, -60000.0, 60000.0, 60000.0, -60000.0, 0x7E00, 0.0]> : tensor<23xf16>
  %r = dlc.cast %0 : tensor<23xf16> -> tensor<23xf64>
  dlc.check_close %r, dense<[0.0, -0.0, 0.89990234375, -0.89990234375, 1.5, -1.5, 2.5, 127.5, 128.0, 255.875, 256.0, -128.875, -129.0, 60000.0, 60000.0, -60000.0, 60000.0, -60000.0, 60000.0, 60000.0, -60000.0, 0x7FF8000000000000, 0.0]> : tensor<23xf64> {rtol = 0.0, atol = 0.0} : tensor<23xf64>
  return
}

func.func @f16_to_bf16() {
  %0 = dlc.constant dense<[0.0, -0.0, 0.899902, -0.899902, 1.5, -1.5, 2.5, 127.5, 128.0, 255.875, 256.0, -128.875, -129.0, 60000.0, 60000.0, -60000.0, 60000.0, -60000.0, 60000.0, 60000.0, -60000.0, 0x7E00, 0.0]> : tensor<23xf16>
  %r = dlc.cast %0 : tensor<23xf16> -> tensor<23xbf16>
  dlc.check_close %r, dense<[0.0, -0.0, 0.898438, -0.898438, 1.5, -1.5, 2.5, 127.5, 128.0, 256.0, 256.0, -129.0, -129.0, 59904.0, 59904.0, -59904.0, 59904.0, -59904.0, 59904.0, 59904.0, -59904.0, 0x7FC0, 0.0]> : tensor<23xbf16> {rtol = 0.0, atol = 0.0} : tensor<23xbf16>
  return
}

func.func @bf16_to_i8() {
  %0 = dlc.constant dense<[0.0, -0.0, 0.898438, -0.898438, 1.5, -1.5, 2.5, 127.5, 128.0, 256.0, 256.0, -129.0, -129.0, 99840.0, 3.00312e+09, -3.00312e+09, 1.0016e+19, -1.0016e+19, 1.00026e+30, 0x7F80, 0xFF80, 0x7FC0, 9.18355e-41]> : tensor<23xbf16>
  %r = dlc.cast %0 : tensor<23xbf16> -> tensor<23xi8>
  dlc.check_close %r, dense<[0, 0, 0, 0, 1, -1, 2, 127, 127, 127, 127, -128, -128, 127, 127, -128, 127, -128, 127, 127, -128, 0, 0]> : tensor<23xi8> {rtol = 0.0, atol = 0.0} : tensor<23xi8>
  return
}

func.func @bf16_to_i16() {
  %0 = dlc.constant dense<[0.0, -0.0, 0.898438, -0.898438, 1.5, -1.5, 2.5, 127.5, 128.0, 256.0, 256.0, -129.0, -129.0, 99840.0, 3.00312e+09, -3.00312e+09, 1.0016e+19, -1.0016e+19, 1.00026e+30, 0x7F80, 0xFF80, 0x7FC0, 9.18355e-41]> : tensor<23xbf16>
  %r = dlc.cast %0 : tensor<23xbf16> -> tensor<23xi16>
  dlc.check_close %r, dense<[0, 0, 0, 0, 1, -1, 2, 127, 128, 256, 256, -129, -129, 32767, 32767, -32768, 32767, -32768, 32767, 32767, -32768, 0, 0]> : tensor<23xi16> {rtol = 0.0, atol = 0.0} : tensor<23xi16>
  return
}

func.func @bf16_to_i32() {
  %0 = dlc.constant dense<[0.0, -0.0, 0.898438, -0.898438, 1.5, -1.5, 2.5, 127.5, 128.0, 256.0, 256.0, -129.0, -129.0, 99840.0, 3.00312e+09, -3.00312e+09, 1.0016e+19, -1.0016e+19, 1.00026e+30, 0x7F80, 0xFF80, 0x7FC0, 9.18355e-41]> : tensor<23xbf16>
  %r = dlc.cast %0 : tensor<23xbf16> -> tensor<23xi32>
  dlc.check_close %r, dense<[0, 0, 0, 0, 1, -1, 2, 127, 128, 256, 256, -129, -129, 99840, 2147483647, -2147483648, 2147483647, -2147483648, 2147483647, 2147483647, -2147483648, 0, 0]> : tensor<23xi32> {rtol = 0.0, atol = 0.0} : tensor<23xi32>
  return
}

func.func @bf16_to_i64() {
  %0 = dlc.constant dense<[0.0, -0.0, 0.898438, -0.898438, 1.5, -1.5, 2.5, 127.5, 128.0, 256.0, 256.0, -129.0, -129.0, 99840.0, 3.00312e+09, -3.00312e+09, 1.0016e+19, -1.0016e+19, 1.00026e+30, 0x7F80, 0xFF80, 0x7FC0, 9.18355e-41]> : tensor<23xbf16>
  %r = dlc.cast %0 : tensor<23xbf16> -> tensor<23xi64>
  dlc.check_close %r, dense<[0, 0, 0, 0, 1, -1, 2, 127, 128, 256, 256, -129, -129, 99840, 3003121664, -3003121664, 9223372036854775807, -9223372036854775808, 9223372036854775807, 9223372036854775807, -9223372036854775808, 0, 0]> : tensor<23xi64> {rtol = 0.0, atol = 0.0} : tensor<23xi64>
  return
}

func.func @bf16_to_ui8() {
  %0 = dlc.constant dense<[0.0, -0.0, 0.898438, -0.898438, 1.5, -1.5, 2.5, 127.5, 128.0, 256.0, 256.0, -129.0, -129.0, 99840.0, 3.00312e+09, -3.00312e+09, 1.0016e+19, -1.0016e+19, 1.00026e+30, 0x7F80, 0xFF80, 0x7FC0, 9.18355e-41]> : tensor<23xbf16>
  %r = dlc.cast %0 : tensor<23xbf16> -> tensor<23xui8>
  dlc.check_close %r, dense<[0, 0, 0, 0, 1, 0, 2, 127, 128, 255, 255, 0, 0, 255, 255, 0, 255, 0, 255, 255, 0, 0, 0]> : tensor<23xui8> {rtol = 0.0, atol = 0.0} : tensor<23xui8>
  return
}

func.func @bf16_to_ui16() {
  %0 = dlc.constant dense<[0.0, -0.0, 0.898438, -0.898438, 1.5, -1.5, 2.5, 127.5, 128.0, 256.0, 256.0, -129.0, -129.0, 99840.0, 3.00312e+09, -3.00312e+09, 1.0016e+19, -1.0016e+19, 1.00026e+30, 0x7F80, 0xFF80, 0x7FC0, 9.18355e-41]> : tensor<23xbf16>
  %r = dlc.cast %0 : tensor<23xbf16> -> tensor<23xui16>
  dlc.check_close %r, dense<[0, 0, 0, 0, 1, 0, 2, 127, 128, 256, 256, 0, 0, 65535, 65535, 0, 65535, 0, 65535, 65535, 0, 0, 0]> : tensor<23xui16> {rtol = 0.0, atol = 0.0} : tensor<23xui16>
  return
}

func.func @bf16_to_ui32() {
  %0 = dlc.constant dense<[0.0, -0.0, 0.898438, -0.898438, 1.5, -1.5, 2.5, 127.5, 128.0, 256.0, 256.0, -129.0, -129.0, 99840.0, 3.00312e+09, -3.00312e+09, 1.0016e+19, -1.0016e+19, 1.00026e+30, 0x7F80, 0xFF80, 0x7FC0, 9.18355e-41]> : tensor<23xbf16>
  %r = dlc.cast %0 : tensor<23xbf16> -> tensor<23xui32>
  dlc.check_close %r, dense<[0, 0, 0, 0, 1, 0, 2, 127, 128, 256, 256, 0, 0, 99840, 3003121664, 0, 4294967295, 0, 4294967295, 4294967295, 0, 0, 0]> : tensor<23xui32> {rtol = 0.0, atol = 0.0} : tensor<23xui32>
  return
}

func.func @bf16_to_ui64() {
  %0 = dlc.constant dense<[0.0, -0.0, 0.898438, -0.898438, 1.5, -1.5, 2.5, 127.5, 128.0, 256.0, 256.0, -129.0, -129.0, 99840.0, 3.00312e+09, -3.00312e+09, 1.0016e+19, -1.0016e+19, 1.00026e+30, 0x7F80, 0xFF80, 0x7FC0, 9.18355e-41]> : tensor<23xbf16>
  %r = dlc.cast %0 : tensor<23xbf16> -> tensor<23xui64>
  dlc.check_close %r, dense<[0, 0, 0, 0, 1, 0, 2, 127, 128, 256, 256, 0, 0, 99840, 3003121664, 0, 10016005571271983104, 0, 18446744073709551615, 18446744073709551615, 0, 0, 0]> : tensor<23xui64> {rtol = 0.0, atol = 0.0} : tensor<23xui64>
  return
}

func.func @bf16_to_i1() {
  %0 = dlc.constant dense<[0.0, -0.0, 0.898438, -0.898438, 1.5, -1.5, 2.5, 127.5, 128.0, 256.0, 256.0, -129.0, -129.0, 99840.0, 3.00312e+09, -3.00312e+09, 1.0016e+19, -1.0016e+19, 1.00026e+30, 0x7F80, 0xFF80, 0x7FC0, 9.18355e-41]> : tensor<23xbf16>
  %r = dlc.cast %0 : tensor<23xbf16> -> tensor<23xi1>
  dlc.check_close %r, dense<[false, false, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true]> : tensor<23xi1> {rtol = 0.0, atol = 0.0} : tensor<23xi1>
  return
}

func.func @bf16_to_f32() {
  %0 = dlc.constant dense<[0.0, -0.0, 0.898438, -0.898438, 1.5, -1.5, 2.5, 127.5, 128.0, 256.0, 256.0, -129.0, -129.0, 99840.0, 3.00312e+09, -3.00312e+09, 1.0016e+19, -1.0016e+19, 1.00026e+30, 0x7F80, 0xFF80, 0x7FC0, 9.18355e-41]> : tensor<23xbf16>
  %r = dlc.cast %0 : tensor<23xbf16> -> tensor<23xf32>
  dlc.check_close %r, dense<[0.0, -0.0, 0.8984375, -0.8984375, 1.5, -1.5, 2.5, 127.5, 128.0, 256.0, 256.0, -129.0, -129.0, 99840.0, 3.00312166e+09, -3.00312166e+09, 1.00160056e+19, -1.00160056e+19, 1.00025555e+30, 0x7F800000, 0xFF800000, 0x7FC00000, 9.18354962e-41]> : tensor<23xf32> {rtol = 0.0, atol = 0.0} : tensor<23xf32>
  return
}

func.func @bf16_to_f64() {
  %0 = dlc.constant dense<[0.0, -0.0, 0.898438, -0.898438, 1.5, -1.5, 2.5, 127.5, 128.0, 256.0, 256.0, -129.0, -129.0, 99840.0, 3.00312e+09, -3.00312e+09, 1.0016e+19, -1.0016e+19, 1.00026e+30, 0x7F80, 0xFF80, 0x7FC0, 9.18355e-41]> : tensor<23xbf16>
  %r = dlc.cast %0 : tensor<23xbf16> -> tensor<23xf64>
  dlc.check_close %r, dense<[0.0, -0.0, 0.8984375, -0.8984375, 1.5, -1.5, 2.5, 127.5, 128.0, 256.0, 256.0, -129.0, -129.0, 99840.0, 3003121664.0, -3003121664.0, 1.0016005571271983e+19, -1.0016005571271983e+19, 1.0002555517425873e+30, 0x7FF0000000000000, 0xFFF0000000000000, 0x7FF8000000000000, 9.1835496157991212e-41]> : tensor<23xf64> {rtol = 0.0, atol = 0.0} : tensor<23xf64>
  return
}

func.func @bf16_to_f16() {
  %0 = dlc.constant dense<[0.0, -0.0, 0.898438, -0.898438, 1.5, -1.5, 2.5, 127.5, 128.0, 256.0, 256.0, -129.0, -129.0, 99840.0, 3.00312e+09, -3.00312e+09, 1.0016e+19, -1.0016e+19, 1.00026e+30, 0x7F80, 0xFF80, 0x7FC0, 9.18355e-41]> : tensor<23xbf16>
  %r = dlc.cast %0 : tensor<23xbf16> -> tensor<23xf16>
  dlc.check_close %r, dense<[0.0, -0.0, 0.898438, -0.898438, 1.5, -1.5, 2.5, 127.5, 128.0, 256.0, 256.0, -129.0, -129.0, 0x7C00, 0x7C00, 0xFC00, 0x7C00, 0xFC00, 0x7C00, 0x7C00, 0xFC00, 0x7E00, 0.0]> : tensor<23xf16> {rtol = 0.0, atol = 0.0} : tensor<23xf16>
  return
}

func.func @i8_to_i16() {
  %0 = dlc.constant dense<[0, 1, -128, 127, 77]> : tensor<5xi8>
  %r = dlc.cast %0 : tensor<5xi8> -> tensor<5xi16>
  dlc.check_close %r, dense<[0, 1, -128, 127, 77]> : tensor<5xi16> {rtol = 0.0, atol = 0.0} : tensor<5xi16>
  return
}

func.func @i8_to_i64() {
  %0 = dlc.constant dense<[0, 1, -128, 127, 77]> : tensor<5xi8>
  %r = dlc.cast %0 : tensor<5xi8> -> tensor<5xi64>
  dlc.check_close %r, dense<[0, 1, -128, 127, 77]> : tensor<5xi64> {rtol = 0.0, atol = 0.0} : tensor<5xi64>
  return
}

func.func @i8_to_ui8() {
  %0 = dlc.constant dense<[0, 1, -128, 127, 77]> : tensor<5xi8>
  %r = dlc.cast %0 : tensor<5xi8> -> tensor<5xui8>
  dlc.check_close %r, dense<[0, 1, 128, 127, 77]> : tensor<5xui8> {rtol = 0.0, atol = 0.0} : tensor<5xui8>
  return
}

func.func @i8_to_ui32() {
  %0 = dlc.constant dense<[0, 1, -128, 127, 77]> : tensor<5xi8>
  %r = dlc.cast %0 : tensor<5xi8> -> tensor<5xui32>
  dlc.check_close %r, dense<[0, 1, 4294967168, 127, 77]> : tensor<5xui32> {rtol = 0.0, atol = 0.0} : tensor<5xui32>
  return
}

func.func @i8_to_i1() {
  %0 = dlc.constant dense<[0, 1, -128, 127, 77]> : tensor<5xi8>
  %r = dlc.cast %0 : tensor<5xi8> -> tensor<5xi1>
  dlc.check_close %r, dense<[false, true, true, true, true]> : tensor<5xi1> {rtol = 0.0, atol = 0.0} : tensor<5xi1>
  return
}

func.func @i8_to_f32() {
  %0 = dlc.constant dense<[0, 1, -128, 127, 77]> : tensor<5xi8>
  %r = dlc.cast %0 : tensor<5xi8> -> tensor<5xf32>
  dlc.check_close %r, dense<[0.0, 1.0, -128.0, 127.0, 77.0]> : tensor<5xf32> {rtol = 0.0, atol = 0.0} : tensor<5xf32>
  return
}

func.func @i8_to_f64() {
  %0 = dlc.constant dense<[0, 1, -128, 127, 77]> : tensor<5xi8>
  %r = dlc.cast %0 : tensor<5xi8> -> tensor<5xf64>
  dlc.check_close %r, dense<[0.0, 1.0, -128.0, 127.0, 77.0]> : tensor<5xf64> {rtol = 0.0, atol = 0.0} : tensor<5xf64>
  return
}

func.func @i32_to_i8() {
  %0 = dlc.constant dense<[0, 1, -2147483648, 2147483647, 77]> : tensor<5xi32>
  %r = dlc.cast %0 : tensor<5xi32> -> tensor<5xi8>
  dlc.check_close %r, dense<[0, 1, 0, -1, 77]> : tensor<5xi8> {rtol = 0.0, atol = 0.0} : tensor<5xi8>
  return
}

func.func @i32_to_i16() {
  %0 = dlc.constant dense<[0, 1, -2147483648, 2147483647, 77]> : tensor<5xi32>
  %r = dlc.cast %0 : tensor<5xi32> -> tensor<5xi16>
  dlc.check_close %r, dense<[0, 1, 0, -1, 77]> : tensor<5xi16> {rtol = 0.0, atol = 0.0} : tensor<5xi16>
  return
}

func.func @i32_to_i64() {
  %0 = dlc.constant dense<[0, 1, -2147483648, 2147483647, 77]> : tensor<5xi32>
  %r = dlc.cast %0 : tensor<5xi32> -> tensor<5xi64>
  dlc.check_close %r, dense<[0, 1, -2147483648, 2147483647, 77]> : tensor<5xi64> {rtol = 0.0, atol = 0.0} : tensor<5xi64>
  return
}

func.func @i32_to_ui8() {
  %0 = dlc.constant dense<[0, 1, -2147483648, 2147483647, 77]> : tensor<5xi32>
  %r = dlc.cast %0 : tensor<5xi32> -> tensor<5xui8>
  dlc.check_close %r, dense<[0, 1, 0, 255, 77]> : tensor<5xui8> {rtol = 0.0, atol = 0.0} : tensor<5xui8>
  return
}

func.func @i32_to_ui32() {
  %0 = dlc.constant dense<[0, 1, -2147483648, 2147483647, 77]> : tensor<5xi32>
  %r = dlc.cast %0 : tensor<5xi32> -> tensor<5xui32>
  dlc.check_close %r, dense<[0, 1, 2147483648, 2147483647, 77]> : tensor<5xui32> {rtol = 0.0, atol = 0.0} : tensor<5xui32>
  return
}

func.func @i32_to_i1() {
  %0 = dlc.constant dense<[0, 1, -2147483648, 2147483647, 77]> : tensor<5xi32>
  %r = dlc.cast %0 : tensor<5xi32> -> tensor<5xi1>
  dlc.check_close %r, dense<[false, true, true, true, true]> : tensor<5xi1> {rtol = 0.0, atol = 0.0} : tensor<5xi1>
  return
}

func.func @i32_to_f32() {
  %0 = dlc.constant dense<[0, 1, -2147483648, 2147483647, 77]> : tensor<5xi32>
  %r = dlc.cast %0 : tensor<5xi32> -> tensor<5xf32>
  dlc.check_close %r, dense<[0.0, 1.0, -2.14748365e+09, 2.14748365e+09, 77.0]> : tensor<5xf32> {rtol = 0.0, atol = 0.0} : tensor<5xf32>
  return
}

func.func @i32_to_f64() {
  %0 = dlc.constant dense<[0, 1, -2147483648, 2147483647, 77]> : tensor<5xi32>
  %r = dlc.cast %0 : tensor<5xi32> -> tensor<5xf64>
  dlc.check_close %r, dense<[0.0, 1.0, -2147483648.0, 2147483647.0, 77.0]> : tensor<5xf64> {rtol = 0.0, atol = 0.0} : tensor<5xf64>
  return
}

func.func @i64_to_i8() {
  %0 = dlc.constant dense<[0, 1, -9223372036854775808, 9223372036854775807, 77]> : tensor<5xi64>
  %r = dlc.cast %0 : tensor<5xi64> -> tensor<5xi8>
  dlc.check_close %r, dense<[0, 1, 0, -1, 77]> : tensor<5xi8> {rtol = 0.0, atol = 0.0} : tensor<5xi8>
  return
}

func.func @i64_to_i16() {
  %0 = dlc.constant dense<[0, 1, -9223372036854775808, 9223372036854775807, 77]> : tensor<5xi64>
  %r = dlc.cast %0 : tensor<5xi64> -> tensor<5xi16>
  dlc.check_close %r, dense<[0, 1, 0, -1, 77]> : tensor<5xi16> {rtol = 0.0, atol = 0.0} : tensor<5xi16>
  return
}

func.func @i64_to_ui8() {
  %0 = dlc.constant dense<[0, 1, -9223372036854775808, 9223372036854775807, 77]> : tensor<5xi64>
  %r = dlc.cast %0 : tensor<5xi64> -> tensor<5xui8>
  dlc.check_close %r, dense<[0, 1, 0, 255, 77]> : tensor<5xui8> {rtol = 0.0, atol = 0.0} : tensor<5xui8>
  return
}

func.func @i64_to_ui32() {
  %0 = dlc.constant dense<[0, 1, -9223372036854775808, 9223372036854775807, 77]> : tensor<5xi64>
  %r = dlc.cast %0 : tensor<5xi64> -> tensor<5xui32>
  dlc.check_close %r, dense<[0, 1, 0, 4294967295, 77]> : tensor<5xui32> {rtol = 0.0, atol = 0.0} : tensor<5xui32>
  return
}

func.func @i64_to_i1() {
  %0 = dlc.constant dense<[0, 1, -9223372036854775808, 9223372036854775807, 77]> : tensor<5xi64>
  %r = dlc.cast %0 : tensor<5xi64> -> tensor<5xi1>
  dlc.check_close %r, dense<[false, true, true, true, true]> : tensor<5xi1> {rtol = 0.0, atol = 0.0} : tensor<5xi1>
  return
}

func.func @i64_to_f32() {
  %0 = dlc.constant dense<[0, 1, -9223372036854775808, 9223372036854775807, 77]> : tensor<5xi64>
  %r = dlc.cast %0 : tensor<5xi64> -> tensor<5xf32>
  dlc.check_close %r, dense<[0.0, 1.0, -9.22337204e+18, 9.22337204e+18, 77.0]> : tensor<5xf32> {rtol = 0.0, atol = 0.0} : tensor<5xf32>
  return
}

func.func @i64_to_f64() {
  %0 = dlc.constant dense<[0, 1, -9223372036854775808, 9223372036854775807, 77]> : tensor<5xi64>
  %r = dlc.cast %0 : tensor<5xi64> -> tensor<5xf64>
  dlc.check_close %r, dense<[0.0, 1.0, -9.2233720368547758e+18, 9.2233720368547758e+18, 77.0]> : tensor<5xf64> {rtol = 0.0, atol = 0.0} : tensor<5xf64>
  return
}

func.func @ui8_to_i8() {
  %0 = dlc.constant dense<[0, 1, 0, 255, 77]> : tensor<5xui8>
  %r = dlc.cast %0 : tensor<5xui8> -> tensor<5xi8>
  dlc.check_close %r, dense<[0, 1, 0, -1, 77]> : tensor<5xi8> {rtol = 0.0, atol = 0.0} : tensor<5xi8>
  return
}

func.func @ui8_to_i16() {
  %0 = dlc.constant dense<[0, 1, 0, 255, 77]> : tensor<5xui8>
  %r = dlc.cast %0 : tensor<5xui8> -> tensor<5xi16>
  dlc.check_close %r, dense<[0, 1, 0, 255, 77]> : tensor<5xi16> {rtol = 0.0, atol = 0.0} : tensor<5xi16>
  return
}

func.func @ui8_to_i64() {
  %0 = dlc.constant dense<[0, 1, 0, 255, 77]> : tensor<5xui8>
  %r = dlc.cast %0 : tensor<5xui8> -> tensor<5xi64>
  dlc.check_close %r, dense<[0, 1, 0, 255, 77]> : tensor<5xi64> {rtol = 0.0, atol = 0.0} : tensor<5xi64>
  return
}

func.func @ui8_to_ui32() {
  %0 = dlc.constant dense<[0, 1, 0, 255, 77]> : tensor<5xui8>
  %r = dlc.cast %0 : tensor<5xui8> -> tensor<5xui32>
  dlc.check_close %r, dense<[0, 1, 0, 255, 77]> : tensor<5xui32> {rtol = 0.0, atol = 0.0} : tensor<5xui32>
  return
}

func.func @ui8_to_i1() {
  %0 = dlc.constant dense<[0, 1, 0, 255, 77]> : tensor<5xui8>
  %r = dlc.cast %0 : tensor<5xui8> -> tensor<5xi1>
  dlc.check_close %r, dense<[false, true, false, true, true]> : tensor<5xi1> {rtol = 0.0, atol = 0.0} : tensor<5xi1>
  return
}

func.func @ui8_to_f32() {
  %0 = dlc.constant dense<[0, 1, 0, 255, 77]> : tensor<5xui8>
  %r = dlc.cast %0 : tensor<5xui8> -> tensor<5xf32>
  dlc.check_close %r, dense<[0.0, 1.0, 0.0, 255.0, 77.0]> : tensor<5xf32> {rtol = 0.0, atol = 0.0} : tensor<5xf32>
  return
}

func.func @ui8_to_f64() {
  %0 = dlc.constant dense<[0, 1, 0, 255, 77]> : tensor<5xui8>
  %r = dlc.cast %0 : tensor<5xui8> -> tensor<5xf64>
  dlc.check_close %r, dense<[0.0, 1.0, 0.0, 255.0, 77.0]> : tensor<5xf64> {rtol = 0.0, atol = 0.0} : tensor<5xf64>
  return
}

func.func @ui64_to_i8() {
  %0 = dlc.constant dense<[0, 1, 0, 18446744073709551615, 77]> : tensor<5xui64>
  %r = dlc.cast %0 : tensor<5xui64> -> tensor<5xi8>
  dlc.check_close %r, dense<[0, 1, 0, -1, 77]> : tensor<5xi8> {rtol = 0.0, atol = 0.0} : tensor<5xi8>
  return
}

func.func @ui64_to_i16() {
  %0 = dlc.constant dense<[0, 1, 0, 18446744073709551615, 77]> : tensor<5xui64>
  %r = dlc.cast %0 : tensor<5xui64> -> tensor<5xi16>
  dlc.check_close %r, dense<[0, 1, 0, -1, 77]> : tensor<5xi16> {rtol = 0.0, atol = 0.0} : tensor<5xi16>
  return
}

func.func @ui64_to_i64() {
  %0 = dlc.constant dense<[0, 1, 0, 18446744073709551615, 77]> : tensor<5xui64>
  %r = dlc.cast %0 : tensor<5xui64> -> tensor<5xi64>
  dlc.check_close %r, dense<[0, 1, 0, -1, 77]> : tensor<5xi64> {rtol = 0.0, atol = 0.0} : tensor<5xi64>
  return
}

func.func @ui64_to_ui8() {
  %0 = dlc.constant dense<[0, 1, 0, 18446744073709551615, 77]> : tensor<5xui64>
  %r = dlc.cast %0 : tensor<5xui64> -> tensor<5xui8>
  dlc.check_close %r, dense<[0, 1, 0, 255, 77]> : tensor<5xui8> {rtol = 0.0, atol = 0.0} : tensor<5xui8>
  return
}

func.func @ui64_to_ui32() {
  %0 = dlc.constant dense<[0, 1, 0, 18446744073709551615, 77]> : tensor<5xui64>
  %r = dlc.cast %0 : tensor<5xui64> -> tensor<5xui32>
  dlc.check_close %r, dense<[0, 1, 0, 4294967295, 77]> : tensor<5xui32> {rtol = 0.0, atol = 0.0} : tensor<5xui32>
  return
}

func.func @ui64_to_i1() {
  %0 = dlc.constant dense<[0, 1, 0, 18446744073709551615, 77]> : tensor<5xui64>
  %r = dlc.cast %0 : tensor<5xui64> -> tensor<5xi1>
  dlc.check_close %r, dense<[false, true, false, true, true]> : tensor<5xi1> {rtol = 0.0, atol = 0.0} : tensor<5xi1>
  return
}

func.func @ui64_to_f32() {
  %0 = dlc.constant dense<[0, 1, 0, 18446744073709551615, 77]> : tensor<5xui64>
  %r = dlc.cast %0 : tensor<5xui64> -> tensor<5xf32>
  dlc.check_close %r, dense<[0.0, 1.0, 0.0, 1.84467441e+19, 77.0]> : tensor<5xf32> {rtol = 0.0, atol = 0.0} : tensor<5xf32>
  return
}

func.func @ui64_to_f64() {
  %0 = dlc.constant dense<[0, 1, 0, 18446744073709551615, 77]> : tensor<5xui64>
  %r = dlc.cast %0 : tensor<5xui64> -> tensor<5xf64>
  dlc.check_close %r, dense<[0.0, 1.0, 0.0, 1.8446744073709552e+19, 77.0]> : tensor<5xf64> {rtol = 0.0, atol = 0.0} : tensor<5xf64>
  return
}

func.func @i1_to_i8() {
  %0 = dlc.constant dense<[false, true]> : tensor<2xi1>
  %r = dlc.cast %0 : tensor<2xi1> -> tensor<2xi8>
  dlc.check_close %r, dense<[0, 1]> : tensor<2xi8> {rtol = 0.0, atol = 0.0} : tensor<2xi8>
  return
}

func.func @i1_to_i16() {
  %0 = dlc.constant dense<[false, true]> : tensor<2xi1>
  %r = dlc.cast %0 : tensor<2xi1> -> tensor<2xi16>
  dlc.check_close %r, dense<[0, 1]> : tensor<2xi16> {rtol = 0.0, atol = 0.0} : tensor<2xi16>
  return
}

func.func @i1_to_i64() {
  %0 = dlc.constant dense<[false, true]> : tensor<2xi1>
  %r = dlc.cast %0 : tensor<2xi1> -> tensor<2xi64>
  dlc.check_close %r, dense<[0, 1]> : tensor<2xi64> {rtol = 0.0, atol = 0.0} : tensor<2xi64>
  return
}

func.func @i1_to_ui8() {
  %0 = dlc.constant dense<[false, true]> : tensor<2xi1>
  %r = dlc.cast %0 : tensor<2xi1> -> tensor<2xui8>
  dlc.check_close %r, dense<[0, 1]> : tensor<2xui8> {rtol = 0.0, atol = 0.0} : tensor<2xui8>
  return
}

func.func @i1_to_ui32() {
  %0 = dlc.constant dense<[false, true]> : tensor<2xi1>
  %r = dlc.cast %0 : tensor<2xi1> -> tensor<2xui32>
  dlc.check_close %r, dense<[0, 1]> : tensor<2xui32> {rtol = 0.0, atol = 0.0} : tensor<2xui32>
  return
}

func.func @i1_to_f32() {
  %0 = dlc.constant dense<[false, true]> : tensor<2xi1>
  %r = dlc.cast %0 : tensor<2xi1> -> tensor<2xf32>
  dlc.check_close %r, dense<[0.0, 1.0]> : tensor<2xf32> {rtol = 0.0, atol = 0.0} : tensor<2xf32>
  return
}

func.func @i1_to_f64() {
  %0 = dlc.constant dense<[false, true]> : tensor<2xi1>
  %r = dlc.cast %0 : tensor<2xi1> -> tensor<2xf64>
  dlc.check_close %r, dense<[0.0, 1.0]> : tensor<2xf64> {rtol = 0.0, atol = 0.0} : tensor<2xf64>
  return
}

func.func @cast_smooth() attributes {smooth} {
  %0 = dlc.constant dense<[0.300000012, -1.70000005]> : tensor<2xf32>
  %r = dlc.cast %0 : tensor<2xf32> -> tensor<2xf64>
  dlc.check_close %r, dense<[0.30000001192092896, -1.7000000476837158]> : tensor<2xf64> {rtol = 0.0, atol = 0.0} : tensor<2xf64>
  return
}

func.func @bitcast_f32_i32() {
  %0 = dlc.constant dense<[0.0, -0.0, 1.0, -2.5, 0x7F800000, 0xFF800000, 0x7FC00000, 1.40129846e-45]> : tensor<8xf32>
  %r = dlc.bitcast %0 : tensor<8xf32> -> tensor<8xi32>
  dlc.check_close %r, dense<[0, -2147483648, 1065353216, -1071644672, 2139095040, -8388608, 2143289344, 1]> : tensor<8xi32> {rtol = 0.0, atol = 0.0} : tensor<8xi32>
  return
}

func.func @bitcast_i32_f32() {
  %0 = dlc.constant dense<[0, 1, -1082130432, 1065353216]> : tensor<4xi32>
  %r = dlc.bitcast %0 : tensor<4xi32> -> tensor<4xf32>
  dlc.check_close %r, dense<[0.0, 1.40129846e-45, -1.0, 1.0]> : tensor<4xf32> {rtol = 0.0, atol = 0.0} : tensor<4xf32>
  return
}

func.func @bitcast_f64_i64() {
  %0 = dlc.constant dense<[0.0, -1.5, 1.0000000000000001e+300]> : tensor<3xf64>
  %r = dlc.bitcast %0 : tensor<3xf64> -> tensor<3xi64>
  dlc.check_close %r, dense<[0, -4613937818241073152, 9094988921128908188]> : tensor<3xi64> {rtol = 0.0, atol = 0.0} : tensor<3xi64>
  return
}

func.func @bitcast_i64_f64() {
  %0 = dlc.constant dense<[0, 1, 4611686018427387904]> : tensor<3xi64>
  %r = dlc.bitcast %0 : tensor<3xi64> -> tensor<3xf64>
  dlc.check_close %r, dense<[0.0, 4.9406564584124654e-324, 2.0]> : tensor<3xf64> {rtol = 0.0, atol = 0.0} : tensor<3xf64>
  return
}

func.func @bitcast_i8_ui8() {
  %0 = dlc.constant dense<[0, -1, 127, -128]> : tensor<4xi8>
  %r = dlc.bitcast %0 : tensor<4xi8> -> tensor<4xui8>
  dlc.check_close %r, dense<[0, 255, 127, 128]> : tensor<4xui8> {rtol = 0.0, atol = 0.0} : tensor<4xui8>
  return
}

func.func @bitcast_ui8_i8() {
  %0 = dlc.constant dense<[0, 255, 128]> : tensor<3xui8>
  %r = dlc.bitcast %0 : tensor<3xui8> -> tensor<3xi8>
  dlc.check_close %r, dense<[0, -1, -128]> : tensor<3xi8> {rtol = 0.0, atol = 0.0} : tensor<3xi8>
  return
}

func.func @bitcast_f16_i16() {
  %0 = dlc.constant dense<[0.0, -1.0, 65504.0, 0x7C00]> : tensor<4xf16>
  %r = dlc.bitcast %0 : tensor<4xf16> -> tensor<4xi16>
  dlc.check_close %r, dense<[0, -17408, 31743, 31744]> : tensor<4xi16> {rtol = 0.0, atol = 0.0} : tensor<4xi16>
  return
}

func.func @bitcast_i16_f16() {
  %0 = dlc.constant dense<[0, 15360, 1]> : tensor<3xi16>
  %r = dlc.bitcast %0 : tensor<3xi16> -> tensor<3xf16>
  dlc.check_close %r, dense<[0.0, 1.0, 5.96046e-08]> : tensor<3xf16> {rtol = 0.0, atol = 0.0} : tensor<3xf16>
  return
}
