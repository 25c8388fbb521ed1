// Written by generate.py; the values are NumPy's.
// RUN: dlc-opt %s --verify-roundtrip -o %t

func.func @compare_eq_f32() {
  %0 = dlc.constant dense<[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, -0.0, -0.0, -0.0, -0.0, -0.0, -0.0, -0.0, -0.0, -0.0, -0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, -2.0, -2.0, -2.0, -2.0, -2.0, -2.0, -2.0, -2.0, -2.0, -2.0, 2.5, 2.5, 2.5, 2.5, 2.5, 2.5, 2.5, 2.5, 2.5, 2.5, -3.5, -3.5, -3.5, -3.5, -3.5, -3.5, -3.5, -3.5, -3.5, -3.5, 9.9999461e-41, 9.9999461e-41, 9.9999461e-41, 9.9999461e-41, 9.9999461e-41, 9.9999461e-41, 9.9999461e-41, 9.9999461e-41, 9.9999461e-41, 9.9999461e-41, 0x7F800000, 0x7F800000, 0x7F800000, 0x7F800000, 0x7F800000, 0x7F800000, 0x7F800000, 0x7F800000, 0x7F800000, 0x7F800000, 0xFF800000, 0xFF800000, 0xFF800000, 0xFF800000, 0xFF800000, 0xFF800000, 0xFF800000, 0xFF800000, 0xFF800000, 0xFF800000, 0x7FC00000, 0x7FC00000, 0x7FC00000, 0x7FC00000, 0x7FC00000, 0x7FC00000, 0x7FC00000, 0x7FC00000, 0x7FC00000, 0x7FC00000]> : tensor<100xf32>
  %1 = dlc.constant dense<[0.0, -0.0, 1.0, -2.0, 2.5, -3.5, 9.9999461e-41, 0x7F800000, 0xFF800000, 0x7FC00000, 0.0, -0.0, 1.0, -2.0, 2.5, -3.5, 9.9999461e-41, 0x7F800000, 0xFF800000, 0x7FC00000, 0.0, -0.0, 1.0, -2.0, 2.5, -3.5, 9.9999461e-41, 0x7F800000, 0xFF800000, 0x7FC00000, 0.0, -0.0, 1.0, -2.0, 2.5, -3.5, 9.9999461e-41, 0x7F800000, 0xFF800000, 0x7FC00000, 0.0, -0.0, 1.0, -2.0, 2.5, -3.5, 9.9999461e-41, 0x7F800000, 0xFF800000, 0x7FC00000, 0.0, -0.0, 1.0, -2.0, 2.5, -3.5, 9.9999461e-41, 0x7F800000, 0xFF800000, 0x7FC00000, 0.0, -0.0, 1.0, -2.0, 2.5, -3.5, 9.9999461e-41, 0x7F800000, 0xFF800000, 0x7FC00000, 0.0, -0.0, 1.0, -2.0, 2.5, -3.5, 9.9999461e-41, 0x7F800000, 0xFF800000, 0x7FC00000, 0.0, -0.0, 1.0, -2.0, 2.5, -3.5, 9.9999461e-41, 0x7F800000, 0xFF800000, 0x7FC00000, 0.0, -0.0, 1.0, -2.0, 2.5, -3.5, 9.9999461e-41, 0x7F800000, 0xFF800000, 0x7FC00000]> : tensor<100xf32>
  %r = dlc.compare eq %0, %1 : tensor<100xf32> -> tensor<100xi1>
  dlc.check_close %r, dense<[true, true, false, false, false, false, false, false, false, false, true, true, false, false, false, false, false, false, false, false, false, false, true, false, false, false, false, false, false, false, false, false, false, true, false, false, false, false, false, false, false, false, false, false, true, false, false, false, false, false, false, false, false, false, false, true, false, false, false, false, false, false, false, false, false, false, true, false, false, false, false, false, false, false, false, false, false, true, false, false, false, false, false, false, false, false, false, false, true, false, false, false, false, false, false, false, false, false, false, false]> : tensor<100xi1> {rtol = 0.0, atol = 0.0} : tensor<100xi1>
  return
}

func.func @compare_eq_i8() {
  %0 = dlc.constant dense<[-128, -128, -128, 0, 0, 0, 127, 127, 127]> : tensor<9xi8>
  %1 = dlc.constant dense<[-128, 0, 127, -128, 0, 127, -128, 0, 127]> : tensor<9xi8>
  %r = dlc.compare eq %0, %1 : tensor<9xi8> -> tensor<9xi1>
  dlc.check_close %r, dense<[true, false, false, false, true, false, false, false, true]> : tensor<9xi1> {rtol = 0.0, atol = 0.0} : tensor<9xi1>
  return
}

func.func @compare_eq_ui8() {
  %0 = dlc.constant dense<[0, 0, 0, 127, 127, 127, 255, 255, 255]> : tensor<9xui8>
  %1 = dlc.constant dense<[0, 127, 255, 0, 127, 255, 0, 127, 255]> : tensor<9xui8>
  %r = dlc.compare eq %0, %1 : tensor<9xui8> -> tensor<9xi1>
  dlc.check_close %r, dense<[true, false, false, false, true, false, false, false, true]> : tensor<9xi1> {rtol = 0.0, atol = 0.0} : tensor<9xi1>
  return
}

func.func @compare_eq_i64() {
  %0 = dlc.constant dense<[-9223372036854775808, -9223372036854775808, -9223372036854775808, 0, 0, 0, 1, 1, 1]> : tensor<9xi64>
  %1 = dlc.constant dense<[-9223372036854775808, 0, 1, -9223372036854775808, 0, 1, -9223372036854775808, 0, 1]> : tensor<9xi64>
  %r = dlc.compare eq %0, %1 : tensor<9xi64> -> tensor<9xi1>
  dlc.check_close %r, dense<[true, false, false, false, true, false, false, false, true]> : tensor<9xi1> {rtol = 0.0, atol = 0.0} : tensor<9xi1>
  return
}

func.func @compare_eq_i1() {
  %0 = dlc.constant dense<[false, false, true, true]> : tensor<4xi1>
  %1 = dlc.constant dense<[false, true, false, true]> : tensor<4xi1>
  %r = dlc.compare eq %0, %1 : tensor<4xi1> -> tensor<4xi1>
  dlc.check_close %r, dense<[true, false, false, true]> : tensor<4xi1> {rtol = 0.0, atol = 0.0} : tensor<4xi1>
  return
}

func.func @compare_ne_f32() {
  %0 = dlc.constant dense<[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, -0.0, -0.0, -0.0, -0.0, -0.0, -0.0, -0.0, -0.0, -0.0, -0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, -2.0, -2.0, -2.0, -2.0, -2.0, -2.0, -2.0, -2.0, -2.0, -2.0, 2.5, 2.5, 2.5, 2.5, 2.5, 2.5, 2.5, 2.5, 2.5, 2.5, -3.5, -3.5, -3.5, -3.5, -3.5, -3.5, -3.5, -3.5, -3.5, -3.5, 9.9999461e-41, 9.9999461e-41, 9.9999461e-41, 9.9999461e-41, 9.9999461e-41, 9.9999461e-41, 9.9999461e-41, 9.9999461e-41, 9.9999461e-41, 9.9999461e-41, 0x7F800000, 0x7F800000, 0x7F800000, 0x7F800000, 0x7F800000, 0x7F800000, 0x7F800000, 0x7F800000, 0x7F800000, 0x7F800000, 0xFF800000, 0xFF800000, 0xFF800000, 0xFF800000, 0xFF800000, 0xFF800000, 0xFF800000, 0xFF800000, 0xFF800000, 0xFF800000, 0x7FC00000, 0x7FC00000, 0x7FC00000, 0x7FC00000, 0x7FC00000, 0x7FC00000, 0x7FC00000, 0x7FC00000, 0x7FC00000, 0x7FC00000]> : tensor<100xf32>
  %1 = dlc.constant dense<[0.0, -0.0, 1.0, -2.0, 2.5, -3.5, 9.9999461e-41, 0x7F800000, 0xFF800000, 0x7FC00000, 0.0, -0.0, 1.0, -2.0, 2.5, -3.5, 9.9999461e-41, 0x7F800000, 0xFF800000, 0x7FC00000, 0.0, -0.0, 1.0, -2.0, 2.5, -3.5, 9.9999461e-41, 0x7F800000, 0xFF800000, 0x7FC00000, 0.0, -0.0, 1.0, -2.0, 2.5, -3.5, 9.9999461e-41, 0x7F800000, 0xFF800000, 0x7FC00000, 0.0, -0.0, 1.0, -2.0, 2.5, -3.5, 9.9999461e-41, 0x7F800000, 0xFF800000, 0x7FC00000, 0.0, -0.0, 1.0, -2.0, 2.5, -3.5, 9.9999461e-41, 0x7F800000, 0xFF800000, 0x7FC00000, 0.0, -0.0, 1.0, -2.0, 2.5, -3.5, 9.9999461e-41, 0x7F800000, 0xFF800000, 0x7FC00000, 0.0, -0.0, 1.0, -2.0, 2.5, -3.5, 9.9999461e-41, 0x7F800000, 0xFF800000, 0x7FC00000, 0.0, -0.0, 1.0, -2.0, 2.5, -3.5, 9.9999461e-41, 0x7F800000, 0xFF800000, 0x7FC00000, 0.0, -0.0, 1.0, -2.0, 2.5, -3.5, 9.9999461e-41, 0x7F800000, 0xFF800000, 0x7FC00000]> : tensor<100xf32>
  %r = dlc.compare ne %0, %1 : tensor<100xf32> -> tensor<100xi1>
  dlc.check_close %r, dense<[false, false, true, true, true, true, true, true, true, true, false, false, true, true, true, true, true, true, true, true, true, true, false, true, true, true, true, true, true, true, true, true, true, false, true, true, true, true, true, true, true, true, true, true, false, true, true, true, true, true, true, true, true, true, true, false, true, true, true, true, true, true, true, true, true, true, false, true, true, true, true, true, true, true, true, true, true, false, true, true, true, true, true, true, true, true, true, true, false, true, true, true, true, true, true, true, true, true, true, true]> : tensor<100xi1> {rtol = 0.0, atol = 0.0} : tensor<100xi1>
  return
}

func.func @compare_ne_i8() {
  %0 = dlc.constant dense<[-128, -128, -128, 0, 0, 0, 127, 127, 127]> : tensor<9xi8>
  %1 = dlc.constant dense<[-128, 0, 127, -128, 0, 127, -128, 0, 127]> : tensor<9xi8>
  %r = dlc.compare ne %0, %1 : tensor<9xi8> -> tensor<9xi1>
  dlc.check_close %r, dense<[false, true, true, true, false, true, true, true, false]> : tensor<9xi1> {rtol = 0.0, atol = 0.0} : tensor<9xi1>
  return
}

func.func @compare_ne_ui8() {
  %0 = dlc.constant dense<[0, 0, 0, 127, 127, 127, 255, 255, 255]> : tensor<9xui8>
  %1 = dlc.constant dense<[0, 127, 255, 0, 127, 255, 0, 127, 255]> : tensor<9xui8>
  %r = dlc.compare ne %0, %1 : tensor<9xui8> -> tensor<9xi1>
  dlc.check_close %r, dense<[false, true, true, true, false, true, true, true, false]> : tensor<9xi1> {rtol = 0.0, atol = 0.0} : tensor<9xi1>
  return
}

func.func @compare_ne_i64() {
  %0 = dlc.constant dense<[-9223372036854775808, -9223372036854775808, -9223372036854775808, 0, 0, 0, 1, 1, 1]> : tensor<9xi64>
  %1 = dlc.constant dense<[-9223372036854775808, 0, 1, -9223372036854775808, 0, 1, -9223372036854775808, 0, 1]> : tensor<9xi64>
  %r = dlc.compare ne %0, %1 : tensor<9xi64> -> tensor<9xi1>
  dlc.check_close %r, dense<[false, true, true, true, false, true, true, true, false]> : tensor<9xi1> {rtol = 0.0, atol = 0.0} : tensor<9xi1>
  return
}

func.func @compare_ne_i1() {
  %0 = dlc.constant dense<[false, false, true, true]> : tensor<4xi1>
  %1 = dlc.constant dense<[false, true, false, true]> : tensor<4xi1>
  %r = dlc.compare ne %0, %1 : tensor<4xi1> -> tensor<4xi1>
  dlc.check_close %r, dense<[false, true, true, false]> : tensor<4xi1> {rtol = 0.0, atol = 0.0} : tensor<4xi1>
  return
}

func.func @compare_lt_f32() {
  %0 = dlc.constant dense<[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, -0.0, -0.0, -0.0, -0.0, -0.0, -0.0, -0.0, -0.0, -0.0, -0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, -2.0, -2.0, -2.0, -2.0, -2.0, -2.0, -2.0, -2.0, -2.0, -2.0, 2.5, 2.5, 2.5, 2.5, 2.5, 2.5, 2.5, 2.5, 2.5, 2.5, -3.5, -3.5, -3.5, -3.5, -3.5, -3.5, -3.5, -3.5, -3.5, -3.5, 9.9999461e-41, 9.9999461e-41, 9.9999461e-41, 9.9999461e-41, 9.9999461e-41, 9.9999461e-41, 9.9999461e-41, 9.9999461e-41, 9.9999461e-41, 9.9999461e-41, 0x7F800000, 0x7F800000, 0x7F800000, 0x7F800000, 0x7F800000, 0x7F800000, 0x7F800000, 0x7F800000, 0x7F800000, 0x7F800000, 0xFF800000, 0xFF800000, 0xFF800000, 0xFF800000, 0xFF800000, 0xFF800000, 0xFF800000, 0xFF800000, 0xFF800000, 0xFF800000, 0x7FC00000, 0x7FC00000, 0x7FC00000, 0x7FC00000, 0x7FC00000, 0x7FC00000, 0x7FC00000, 0x7FC00000, 0x7FC00000, 0x7FC00000]> : tensor<100xf32>
  %1 = dlc.constant dense<[0.0, -0.0, 1.0, -2.0, 2.5, -3.5, 9.9999461e-41, 0x7F800000, 0xFF800000, 0x7FC00000, 0.0, -0.0, 1.0, -2.0, 2.5, -3.5, 9.9999461e-41, 0x7F800000, 0xFF800000, 0x7FC00000, 0.0, -0.0, 1.0, -2.0, 2.5, -3.5, 9.9999461e-41, 0x7F800000, 0xFF800000, 0x7FC00000, 0.0, -0.0, 1.0, -2.0, 2.5, -3.5, 9.9999461e-41, 0x7F800000, 0xFF800000, 0x7FC00000, 0.0, -0.0, 1.0, -2.0, 2.5, -3.5, 9.9999461e-41, 0x7F800000, 0xFF800000, 0x7FC00000, 0.0, -0.0, 1.0, -2.0, 2.5, -3.5, 9.9999461e-41, 0x7F800000, 0xFF800000, 0x7FC00000, 0.0, -0.0, 1.0, -2.0, 2.5, -3.5, 9.9999461e-41, 0x7F800000, 0xFF800000, 0x7FC00000, 0.0, -0.0, 1.0, -2.0, 2.5, -3.5, 9.9999461e-41, 0x7F800000, 0xFF800000, 0x7FC00000, 0.0, -0.0, 1.0, -2.0, 2.5, -3.5, 9.9999461e-41, 0x7F800000, 0xFF800000, 0x7FC00000, 0.0, -0.0, 1.0, -2.0, 2.5, -3.5, 9.9999461e-41, 0x7F800000, 0xFF800000, 0x7FC00000]> : tensor<100xf32>
  %r = dlc.compare lt %0, %1 : tensor<100xf32> -> tensor<100xi1>
  dlc.check_close %r, dense<[false, false, true, false, true, false, true, true, false, false, false, false, true, false, true, false, true, true, false, false, false, false, false, false, true, false, false, true, false, false, true, true, true, false, true, false, true, true, false, false, false, false, false, false, false, false, false, true, false, false, true, true, true, true, true, false, true, true, false, false, false, false, true, false, true, false, false, true, false, false, false, false, false, false, false, false, false, false, false, false, true, true, true, true, true, true, true, true, false, false, false, false, false, false, false, false, false, false, false, false]> : tensor<100xi1> {rtol = 0.0, atol = 0.0} : tensor<100xi1>
  return
}

func.func @compare_lt_i8() {
  %0 = dlc.constant dense<[-128, -128, -128, 0, 0, 0, 127, 127, 127]> : tensor<9xi8>
  %1 = dlc.constant dense<[-128, 0, 127, -128, 0, 127, -128, 0, 127]> : tensor<9xi8>
  %r = dlc.compare lt %0, %1 : tensor<9xi8> -> tensor<9xi1>
  dlc.check_close %r, dense<[false, true, true, false, false, true, false, false, false]> : tensor<9xi1> {rtol = 0.0, atol = 0.0} : tensor<9xi1>
  return
}

func.func @compare_lt_ui8() {
  %0 = dlc.constant dense<[0, 0, 0, 127, 127, 127, 255, 255, 255]> : tensor<9xui8>
  %1 = dlc.constant dense<[0, 127, 255, 0, 127, 255, 0, 127, 255]> : tensor<9xui8>
  %r = dlc.compare lt %0, %1 : tensor<9xui8> -> tensor<9xi1>
  dlc.check_close %r, dense<[false, true, true, false, false, true, false, false, false]> : tensor<9xi1> {rtol = 0.0, atol = 0.0} : tensor<9xi1>
  return
}

func.func @compare_lt_i64() {
  %0 = dlc.constant dense<[-9223372036854775808, -9223372036854775808, -9223372036854775808, 0, 0, 0, 1, 1, 1]> : tensor<9xi64>
  %1 = dlc.constant dense<[-9223372036854775808, 0, 1, -9223372036854775808, 0, 1, -9223372036854775808, 0, 1]> : tensor<9xi64>
  %r = dlc.compare lt %0, %1 : tensor<9xi64> -> tensor<9xi1>
  dlc.check_close %r, dense<[false, true, true, false, false, true, false, false, false]> : tensor<9xi1> {rtol = 0.0, atol = 0.0} : tensor<9xi1>
  return
}

func.func @compare_lt_i1() {
  %0 = dlc.constant dense<[false, false, true, true]> : tensor<4xi1>
  %1 = dlc.constant dense<[false, true, false, true]> : tensor<4xi1>
  %r = dlc.compare lt %0, %1 : tensor<4xi1> -> tensor<4xi1>
  dlc.check_close %r, dense<[false, true, false, false]> : tensor<4xi1> {rtol = 0.0, atol = 0.0} : tensor<4xi1>
  return
}

func.func @compare_le_f32() {
  %0 = dlc.constant dense<[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, -0.0, -0.0, -0.0, -0.0, -0.0, -0.0, -0.0, -0.0, -0.0, -0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, -2.0, -2.0, -2.0, -2.0, -2.0, -2.0, -2.0, -2.0, -2.0, -2.0, 2.5, 2.5, 2.5, 2.5, 2.5, 2.5, 2.5, 2.5, 2.5, 2.5, -3.5, -3.5, -3.5, -3.5, -3.5, -3.5, -3.5, -3.5, -3.5, -3.5, 9.9999461e-41, 9.9999461e-41, 9.9999461e-41, 9.9999461e-41, 9.9999461e-41, 9.9999461e-41, 9.9999461e-41, 9.9999461e-41, 9.9999461e-41, 9.9999461e-41, 0x7F800000, 0x7F800000, 0x7F800000, 0x7F800000, 0x7F800000, 0x7F800000, 0x7F800000, 0x7F800000, 0x7F800000, 0x7F800000, 0xFF800000, 0xFF800000, 0xFF800000, 0xFF800000, 0xFF800000, 0xFF800000, 0xFF800000, 0xFF800000, 0xFF800000, 0xFF800000, 0x7FC00000, 0x7FC00000, 0x7FC00000, 0x7FC00000, 0x7FC00000, 0x7FC00000, 0x7FC00000, 0x7FC00000, 0x7FC00000, 0x7FC00000]> : tensor<100xf32>
  %1 = dlc.constant dense<[0.0, -0.0, 1.0, -2.0, 2.5, -3.5, 9.9999461e-41, 0x7F800000, 0xFF800000, 0x7FC00000, 0.0, -0.0, 1.0, -2.0, 2.5, -3.5, 9.9999461e-41, 0x7F800000, 0xFF800000, 0x7FC00000, 0.0, -0.0, 1.0, -2.0, 2.5, -3.5, 9.9999461e-41, 0x7F800000, 0xFF800000, 0x7FC00000, 0.0, -0.0, 1.0, -2.0, 2.5, -3.5, 9.9999461e-41, 0x7F800000, 0xFF800000, 0x7FC00000, 0.0, -0.0, 1.0, -2.0, 2.5, -3.5, 9.9999461e-41, 0x7F800000, 0xFF800000, 0x7FC00000, 0.0, -0.0, 1.0, -2.0, 2.5, -3.5, 9.9999461e-41, 0x7F800000, 0xFF800000, 0x7FC00000, 0.0, -0.0, 1.0, -2.0, 2.5, -3.5, 9.9999461e-41, 0x7F800000, 0xFF800000, 0x7FC00000, 0.0, -0.0, 1.0, -2.0, 2.5, -3.5, 9.9999461e-41, 0x7F800000, 0xFF800000, 0x7FC00000, 0.0, -0.0, 1.0, -2.0, 2.5, -3.5, 9.9999461e-41, 0x7F800000, 0xFF800000, 0x7FC00000, 0.0, -0.0, 1.0, -2.0, 2.5, -3.5, 9.9999461e-41, 0x7F800000, 0xFF800000, 0x7FC00000]> : tensor<100xf32>
  %r = dlc.compare le %0, %1 : tensor<100xf32> -> tensor<100xi1>
  dlc.check_close %r, dense<[true, true, true, false, true, false, true, true, false, false, true, true, true, false, true, false, true, true, false, false, false, false, true, false, true, false, false, true, false, false, true, true, true, true, true, false, true, true, false, false, false, false, false, false, true, false, false, true, false, false, true, true, true, true, true, true, true, true, false, false, false, false, true, false, true, false, true, true, false, false, false, false, false, false, false, false, false, true, false, false, true, true, true, true, true, true, true, true, true, false, false, false, false, false, false, false, false, false, false, false]> : tensor<100xi1> {rtol = 0.0, atol = 0.0} : tensor<100xi1>
  return
}

func.func @compare_le_i8() {
  %0 = dlc.constant dense<[-128, -128, -128, 0, 0, 0, 127, 127, 127]> : tensor<9xi8>
  %1 = dlc.constant dense<[-128, 0, 127, -128, 0, 127, -128, 0, 127]> : tensor<9xi8>
  %r = dlc.compare le %0, %1 : tensor<9xi8> -> tensor<9xi1>
  dlc.check_close %r, dense<[true, true, true, false, true, true, false, false, true]> : tensor<9xi1> {rtol = 0.0, atol = 0.0} : tensor<9xi1>
  return
}

func.func @compare_le_ui8() {
  %0 = dlc.constant dense<[0, 0, 0, 127, 127, 127, 255, 255, 255]> : tensor<9xui8>
  %1 = dlc.constant dense<[0, 127, 255, 0, 127, 255, 0, 127, 255]> : tensor<9xui8>
  %r = dlc.compare le %0, %1 : tensor<9xui8> -> tensor<9xi1>
  dlc.check_close %r, dense<[true, true, true, false, true, true, false, false, true]> : tensor<9xi1> {rtol = 0.0, atol = 0.0} : tensor<9xi1>
  return
}

func.func @compare_le_i64() {
  %0 = dlc.constant dense<[-9223372036854775808, -9223372036854775808, -9223372036854775808, 0, 0, 0, 1, 1, 1]> : tensor<9xi64>
  %1 = dlc.constant dense<[-9223372036854775808, 0, 1, -9223372036854775808, 0, 1, -9223372036854775808, 0, 1]> : tensor<9xi64>
  %r = dlc.compare le %0, %1 : tensor<9xi64> -> tensor<9xi1>
  dlc.check_close %r, dense<[true, true, true, false, true, true, false, false, true]> : tensor<9xi1> {rtol = 0.0, atol = 0.0} : tensor<9xi1>
  return
}

func.func @compare_le_i1() {
  %0 = dlc.constant dense<[false, false, true, true]> : tensor<4xi1>
  %1 = dlc.constant dense<[false, true, false, true]> : tensor<4xi1>
  %r = dlc.compare le %0, %1 : tensor<4xi1> -> tensor<4xi1>
  dlc.check_close %r, dense<[true, true, false, true]> : tensor<4xi1> {rtol = 0.0, atol = 0.0} : tensor<4xi1>
  return
}

func.func @compare_gt_f32() {
  %0 = dlc.constant dense<[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, -0.0, -0.0, -0.0, -0.0, -0.0, -0.0, -0.0, -0.0, -0.0, -0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, -2.0, -2.0, -2.0, -2.0, -2.0, -2.0, -2.0, -2.0, -2.0, -2.0, 2.5, 2.5, 2.5, 2.5, 2.5, 2.5, 2.5, 2.5, 2.5, 2.5, -3.5, -3.5, -3.5, -3.5, -3.5, -3.5, -3.5, -3.5, -3.5, -3.5, 9.9999461e-41, 9.9999461e-41, 9.9999461e-41, 9.9999461e-41, 9.9999461e-41, 9.9999461e-41, 9.9999461e-41, 9.9999461e-41, 9.9999461e-41, 9.9999461e-41, 0x7F800000, 0x7F800000, 0x7F800000, 0x7F800000, 0x7F800000, 0x7F800000, 0x7F800000, 0x7F800000, 0x7F800000, 0x7F800000, 0xFF800000, 0xFF800000, 0xFF800000, 0xFF800000, 0xFF800000, 0xFF800000, 0xFF800000, 0xFF800000, 0xFF800000, 0xFF800000, 0x7FC00000, 0x7FC00000, 0x7FC00000, 0x7FC00000, 0x7FC00000, 0x7FC00000, 0x7FC00000, 0x7FC00000, 0x7FC00000, 0x7FC00000]> : tensor<100xf32>
  %1 = dlc.constant dense<[0.0, -0.0, 1.0, -2.0, 2.5, -3.5, 9.9999461e-41, 0x7F800000, 0xFF800000, 0x7FC00000, 0.0, -0.0, 1.0, -2.0, 2.5, -3.5, 9.9999461e-41, 0x7F800000, 0xFF800000, 0x7FC00000, 0.0, -0.0, 1.0, -2.0, 2.5, -3.5, 9.9999461e-41, 0x7F800000, 0xFF800000, 0x7FC00000, 0.0, -0.0, 1.0, -2.0, 2.5, -3.5, 9.9999461e-41, 0x7F800000, 0xFF800000, 0x7FC00000, 0.0, -0.0, 1.0, -2.0, 2.5, -3.5, 9.9999461e-41, 0x7F800000, 0xFF800000, 0x7FC00000, 0.0, -0.0, 1.0, -2.0, 2.5, -3.5, 9.9999461e-41, 0x7F800000, 0xFF800000, 0x7FC00000, 0.0, -0.0, 1.0, -2.0, 2.5, -3.5, 9.9999461e-41, 0x7F800000, 0xFF800000, 0x7FC00000, 0.0, -0.0, 1.0, -2.0, 2.5, -3.5, 9.9999461e-41, 0x7F800000, 0xFF800000, 0x7FC00000, 0.0, -0.0, 1.0, -2.0, 2.5, -3.5, 9.9999461e-41, 0x7F800000, 0xFF800000, 0x7FC00000, 0.0, -0.0, 1.0, -2.0, 2.5, -3.5, 9.9999461e-41, 0x7F800000, 0xFF800000, 0x7FC00000]> : tensor<100xf32>
  %r = dlc.compare gt %0, %1 : tensor<100xf32> -> tensor<100xi1>
  dlc.check_close %r, dense<[false, false, false, true, false, true, false, false, true, false, false, false, false, true, false, true, false, false, true, false, true, true, false, true, false, true, true, false, true, false, false, false, false, false, false, true, false, false, true, false, true, true, true, true, false, true, true, false, true, false, false, false, false, false, false, false, false, false, true, false, true, true, false, true, false, true, false, false, true, false, true, true, true, true, true, true, true, false, true, false, false, false, false, false, false, false, false, false, false, false, false, false, false, false, false, false, false, false, false, false]> : tensor<100xi1> {rtol = 0.0, atol = 0.0} : tensor<100xi1>
  return
}

func.func @compare_gt_i8() {
  %0 = dlc.constant dense<[-128, -128, -128, 0, 0, 0, 127, 127, 127]> : tensor<9xi8>
  %1 = dlc.constant dense<[-128, 0, 127, -128, 0, 127, -128, 0, 127]> : tensor<9xi8>
  %r = dlc.compare gt %0, %1 : tensor<9xi8> -> tensor<9xi1>
  dlc.check_close %r, dense<[false, false, false, true, false, false, true, true, false]> : tensor<9xi1> {rtol = 0.0, atol = 0.0} : tensor<9xi1>
  return
}

func.func @compare_gt_ui8() {
  %0 = dlc.constant dense<[0, 0, 0, 127, 127, 127, 255, 255, 255]> : tensor<9xui8>
  %1 = dlc.constant dense<[0, 127, 255, 0, 127, 255, 0, 127, 255]> : tensor<9xui8>
  %r = dlc.compare gt %0, %1 : tensor<9xui8> -> tensor<9xi1>
  dlc.check_close %r, dense<[false, false, false, true, false, false, true, true, false]> : tensor<9xi1> {rtol = 0.0, atol = 0.0} : tensor<9xi1>
  return
}

func.func @compare_gt_i64() {
  %0 = dlc.constant dense<[-9223372036854775808, -9223372036854775808, -9223372036854775808, 0, 0, 0, 1, 1, 1]> : tensor<9xi64>
  %1 = dlc.constant dense<[-9223372036854775808, 0, 1, -9223372036854775808, 0, 1, -9223372036854775808, 0, 1]> : tensor<9xi64>
  %r = dlc.compare gt %0, %1 : tensor<9xi64> -> tensor<9xi1>
  dlc.check_close %r, dense<[false, false, false, true, false, false, true, true, false]> : tensor<9xi1> {rtol = 0.0, atol = 0.0} : tensor<9xi1>
  return
}

func.func @compare_gt_i1() {
  %0 = dlc.constant dense<[false, false, true, true]> : tensor<4xi1>
  %1 = dlc.constant dense<[false, true, false, true]> : tensor<4xi1>
  %r = dlc.compare gt %0, %1 : tensor<4xi1> -> tensor<4xi1>
  dlc.check_close %r, dense<[false, false, true, false]> : tensor<4xi1> {rtol = 0.0, atol = 0.0} : tensor<4xi1>
  return
}

func.func @compare_ge_f32() {
  %0 = dlc.constant dense<[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, -0.0, -0.0, -0.0, -0.0, -0.0, -0.0, -0.0, -0.0, -0.0, -0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, -2.0, -2.0, -2.0, -2.0, -2.0, -2.0, -2.0, -2.0, -2.0, -2.0, 2.5, 2.5, 2.5, 2.5, 2.5, 2.5, 2.5, 2.5, 2.5, 2.5, -3.5, -3.5, -3.5, -3.5, -3.5, -3.5, -3.5, -3.5, -3.5, -3.5, 9.9999461e-41, 9.9999461e-41, 9.9999461e-41, 9.9999461e-41, 9.9999461e-41, 9.9999461e-41, 9.9999461e-41, 9.9999461e-41, 9.9999461e-41, 9.9999461e-41, 0x7F800000, 0x7F800000, 0x7F800000, 0x7F800000, 0x7F800000, 0x7F800000, 0x7F800000, 0x7F800000, 0x7F800000, 0x7F800000, 0xFF800000, 0xFF800000, 0xFF800000, 0xFF800000, 0xFF800000, 0xFF800000, 0xFF800000, 0xFF800000, 0xFF800000, 0xFF800000, 0x7FC00000, 0x7FC00000, 0x7FC00000, 0x7FC00000, 0x7FC00000, 0x7FC00000, 0x7FC00000, 0x7FC00000, 0x7FC00000, 0x7FC00000]> : tensor<100xf32>
  %1 = dlc.constant dense<[0.0, -0.0, 1.0, -2.0, 2.5, -3.5, 9.9999461e-41, 0x7F800000, 0xFF800000, 0x7FC00000, 0.0, -0.0, 1.0, -2.0, 2.5, -3.5, 9.9999461e-41, 0x7F800000, 0xFF800000, 0x7FC00000, 0.0, -0.0, 1.0, -2.0, 2.5, -3.5, 9.9999461e-41, 0x7F800000, 0xFF800000, 0x7FC00000, 0.0, -0.0, 1.0, -2.0, 2.5, -3.5, 9.9999461e-41, 0x7F800000, 0xFF800000, 0x7FC00000, 0.0, -0.0, 1.0, -2.0, 2.5, -3.5, 9.9999461e-41, 0x7F800000, 0xFF800000, 0x7FC00000, 0.0, -0.0, 1.0, -2.0, 2.5, -3.5, 9.9999461e-41, 0x7F800000, 0xFF800000, 0x7FC00000, 0.0, -0.0, 1.0, -2.0, 2.5, -3.5, 9.9999461e-41, 0x7F800000, 0xFF800000, 0x7FC00000, 0.0, -0.0, 1.0, -2.0, 2.5, -3.5, 9.9999461e-41, 0x7F800000, 0xFF800000, 0x7FC00000, 0.0, -0.0, 1.0, -2.0, 2.5, -3.5, 9.9999461e-41, 0x7F800000, 0xFF800000, 0x7FC00000, 0.0, -0.0, 1.0, -2.0, 2.5, -3.5, 9.9999461e-41, 0x7F800000, 0xFF800000, 0x7FC00000]> : tensor<100xf32>
  %r = dlc.compare ge %0, %1 : tensor<100xf32> -> tensor<100xi1>
  dlc.check_close %r, dense<[true, true, false, true, false, true, false, false, true, false, true, true, false, true, false, true, false, false, true, false, true, true, true, true, false, true, true, false, true, false, false, false, false, true, false, true, false, false, true, false, true, true, true, true, true, true, true, false, true, false, false, false, false, false, false, true, false, false, true, false, true, true, false, true, false, true, true, false, true, false, true, true, true, true, true, true, true, true, true, false, false, false, false, false, false, false, false, false, true, false, false, false, false, false, false, false, false, false, false, false]> : tensor<100xi1> {rtol = 0.0, atol = 0.0} : tensor<100xi1>
  return
}

func.func @compare_ge_i8() {
  %0 = dlc.constant dense<[-128, -128, -128, 0, 0, 0, 127, 127, 127]> : tensor<9xi8>
  %1 = dlc.constant dense<[-128, 0, 127, -128, 0, 127, -128, 0, 127]> : tensor<9xi8>
  %r = dlc.compare ge %0, %1 : tensor<9xi8> -> tensor<9xi1>
  dlc.check_close %r, dense<[true, false, false, true, true, false, true, true, true]> : tensor<9xi1> {rtol = 0.0, atol = 0.0} : tensor<9xi1>
  return
}

func.func @compare_ge_ui8() {
  %0 = dlc.constant dense<[0, 0, 0, 127, 127, 127, 255, 255, 255]> : tensor<9xui8>
  %1 = dlc.constant dense<[0, 127, 255, 0, 127, 255, 0, 127, 255]> : tensor<9xui8>
  %r = dlc.compare ge %0, %1 : tensor<9xui8> -> tensor<9xi1>
  dlc.check_close %r, dense<[true, false, false, true, true, false, true, true, true]> : tensor<9xi1> {rtol = 0.0, atol = 0.0} : tensor<9xi1>
  return
}

func.func @compare_ge_i64() {
  %0 = dlc.constant dense<[-9223372036854775808, -9223372036854775808, -9223372036854775808, 0, 0, 0, 1, 1, 1]> : tensor<9xi64>
  %1 = dlc.constant dense<[-9223372036854775808, 0, 1, -9223372036854775808, 0, 1, -9223372036854775808, 0, 1]> : tensor<9xi64>
  %r = dlc.compare ge %0, %1 : tensor<9xi64> -> tensor<9xi1>
  dlc.check_close %r, dense<[true, false, false, true, true, false, true, true, true]> : tensor<9xi1> {rtol = 0.0, atol = 0.0} : tensor<9xi1>
  return
}

func.func @compare_ge_i1() {
  %0 = dlc.constant dense<[false, false, true, true]> : tensor<4xi1>
  %1 = dlc.constant dense<[false, true, false, true]> : tensor<4xi1>
  %r = dlc.compare ge %0, %1 : tensor<4xi1> -> tensor<4xi1>
  dlc.check_close %r, dense<[true, false, true, true]> : tensor<4xi1> {rtol = 0.0, atol = 0.0} : tensor<4xi1>
  return
}

func.func @select_f32() {
  %0 = dlc.constant dense<[true, false, true, false, true]> : tensor<5xi1>
  %1 = dlc.constant dense<[1.0, 0x7FC00000, 0x7FC00000, 0x7F800000, -0.0]> : tensor<5xf32>
  %2 = dlc.constant dense<[0x7FC00000, 2.0, 3.0, 4.0, 5.0]> : tensor<5xf32>
  %r = dlc.select %0, %1, %2 : tensor<5xi1>, tensor<5xf32>
  dlc.check_close %r, dense<[1.0, 2.0, 0x7FC00000, 4.0, -0.0]> : tensor<5xf32> {rtol = 0.0, atol = 0.0} : tensor<5xf32>
  return
}

func.func @select_smooth() attributes {smooth} {
  %0 = dlc.constant dense<[true, false, true, false, true]> : tensor<5xi1>
  %1 = dlc.constant dense<[1.0, 2.0, 3.0, 4.0, 5.0]> : tensor<5xf32>
  %2 = dlc.constant dense<[6.0, 7.0, 8.0, 9.0, 10.0]> : tensor<5xf32>
  %r = dlc.select %0, %1, %2 : tensor<5xi1>, tensor<5xf32>
  dlc.check_close %r, dense<[1.0, 7.0, 3.0, 9.0, 5.0]> : tensor<5xf32> {rtol = 0.0, atol = 0.0} : tensor<5xf32>
  return
}

func.func @select_i64() {
  %0 = dlc.constant dense<[true, false, true, false, true]> : tensor<5xi1>
  %1 = dlc.constant dense<[0, 1, 2, 3, 4]> : tensor<5xi64>
  %2 = dlc.constant dense<[0, -1, -2, -3, -4]> : tensor<5xi64>
  %r = dlc.select %0, %1, %2 : tensor<5xi1>, tensor<5xi64>
  dlc.check_close %r, dense<[0, -1, 2, -3, 4]> : tensor<5xi64> {rtol = 0.0, atol = 0.0} : tensor<5xi64>
  return
}

func.func @select_i1() {
  %0 = dlc.constant dense<[true, false, true, false, true]> : tensor<5xi1>
  %1 = dlc.constant dense<[true, false, true, false, true]> : tensor<5xi1>
  %2 = dlc.constant dense<[false, true, false, true, false]> : tensor<5xi1>
  %r = dlc.select %0, %1, %2 : tensor<5xi1>, tensor<5xi1>
  dlc.check_close %r, dense<true> : tensor<5xi1> {rtol = 0.0, atol = 0.0} : tensor<5xi1>
  return
}
