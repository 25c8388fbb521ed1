// Sizes as tensors: what shape arithmetic hands to the graph.
// RUN: dlc-opt %s --verify-roundtrip -o %t

func.func @sizes_two() {
  %r = dlc.sizes <[3, 4]> : tensor<2xi64>
  dlc.check_close %r, dense<[3, 4]> : tensor<2xi64> {rtol = 0.0, atol = 0.0} : tensor<2xi64>
  return
}

func.func @sizes_scalar_i32() {
  %r = dlc.sizes <[7]> : tensor<i32>
  dlc.check_close %r, dense<7> : tensor<i32> {rtol = 0.0, atol = 0.0} : tensor<i32>
  return
}

// A size that the run finds: what follows sees so many elements, and no more.
func.func @found_some() attributes {kept = array<i64: 0, 6>} {
  %n = dlc.constant dense<4> : tensor<i64>
  %x = dlc.constant dense<[1.0, 2.0, 3.0, 4.0, 50.0, 60.0]> : tensor<6xf32>
  %v, %y = dlc.found %n size <[kept]> of %x : (tensor<i64>, tensor<6xf32>) -> (tensor<i64>, tensor<?xf32, #dlc.dims<[kept]>>)
  %s = dlc.reduce sum %y dims = [0] : tensor<?xf32, #dlc.dims<[kept]>> -> tensor<f32>
  dlc.check_close %s, dense<10.0> : tensor<f32> : tensor<f32>
  dlc.check_close %v, dense<4> : tensor<i64> : tensor<i64>
  return
}

func.func @found_none() attributes {kept = array<i64: 0, 3>} {
  %n = dlc.constant dense<0> : tensor<i64>
  %x = dlc.constant dense<[[1, 2], [3, 4], [5, 6]]> : tensor<3x2xi32>
  %v, %y = dlc.found %n size <[kept]> of %x : (tensor<i64>, tensor<3x2xi32>) -> (tensor<i64>, tensor<?x2xi32, #dlc.dims<[kept, 2]>>)
  %m = dlc.mul %y, %y : tensor<?x2xi32, #dlc.dims<[kept, 2]>>
  %s = dlc.reduce sum %m dims = [0] : tensor<?x2xi32, #dlc.dims<[kept, 2]>> -> tensor<2xi32>
  dlc.check_close %s, dense<0> : tensor<2xi32> : tensor<2xi32>
  return
}

// Two of them, and a size that depends on both.
func.func @found_twice() attributes {a = array<i64: 0, 4>, b = array<i64: 0, 3>} {
  %0 = dlc.constant dense<2> : tensor<i64>
  %1 = dlc.constant dense<3> : tensor<i64>
  %x = dlc.constant dense<[1.0, 2.0, 30.0, 40.0]> : tensor<4xf32>
  %z = dlc.constant dense<[5.0, 6.0, 7.0]> : tensor<3xf32>
  %v:2 = dlc.found %0 size <[a]> of %x : (tensor<i64>, tensor<4xf32>) -> (tensor<i64>, tensor<?xf32, #dlc.dims<[a]>>)
  %w:2 = dlc.found %1 size <[b]> of %z : (tensor<i64>, tensor<3xf32>) -> (tensor<i64>, tensor<?xf32, #dlc.dims<[b]>>)
  %c = dlc.concat %v#1, %w#1 axis = 0 : tensor<?xf32, #dlc.dims<[a]>>, tensor<?xf32, #dlc.dims<[b]>> -> tensor<?xf32, #dlc.dims<[a + b]>>
  %s = dlc.reduce sum %c dims = [0] : tensor<?xf32, #dlc.dims<[a + b]>> -> tensor<f32>
  dlc.check_close %s, dense<21.0> : tensor<f32> : tensor<f32>
  return
}
