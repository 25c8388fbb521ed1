// RUN: dlc-opt %s --split-input-file --dlc-specialize=symbols=batch=4,seq=3 --verify-diagnostics | FileCheck %s

// Types of arguments, results, values and the function type itself.
// CHECK-LABEL: func.func @main(
// CHECK-SAME: tensor<4x7x8xf32> {dlc.name = "x"}) -> tensor<4x56xf32>
func.func @main(%x: tensor<?x?x8xf32, #dlc.dims<[batch, 2*seq + 1, 8]>> {dlc.name = "x"})
    -> tensor<?x?xf32, #dlc.dims<[batch, 16*seq + 8]>> {
  // CHECK: dlc.relu %{{.*}} : tensor<4x7x8xf32>
  %0 = dlc.relu %x : tensor<?x?x8xf32, #dlc.dims<[batch, 2*seq + 1, 8]>>
  // CHECK: dlc.reshape %{{.*}} : tensor<4x7x8xf32> -> tensor<4x56xf32>
  %1 = dlc.reshape %0 : tensor<?x?x8xf32, #dlc.dims<[batch, 2*seq + 1, 8]>> -> tensor<?x?xf32, #dlc.dims<[batch, 16*seq + 8]>>
  // CHECK: return %{{.*}} : tensor<4x56xf32>
  return %1 : tensor<?x?xf32, #dlc.dims<[batch, 16*seq + 8]>>
}

// -----

// Every input with an unbound symbol is told of, with the way out.
// expected-error @+2 {{input 'x' (heightx8xf32): dimension 0 depends on 'height', whose size is not known; give the input's shape with --shape x=...}}
// expected-error @+1 {{input 'y' (widthxbatchxf32): dimension 0 depends on 'width'}}
func.func @main(%x: tensor<?x8xf32, #dlc.dims<[height, 8]>> {dlc.name = "x"}, %y: tensor<?x?xf32, #dlc.dims<[width, batch]>> {dlc.name = "y"}) {
  return
}

// -----

// expected-error @+1 {{input 'arg0' (unknownx8xf32): a dimension is `?` and has no name}}
func.func @main(%x: tensor<?x8xf32>) {
  return
}

// -----

// expected-error @+1 {{dimension 1 would be -2}}
func.func @main(%x: tensor<4x?xf32, #dlc.dims<[4, seq - 5]>>) {
  return
}

// -----

// What verifiers could not know of symbols, they find once these are sizes.
func.func @main(%x: tensor<?x8xf32, #dlc.dims<[batch, 8]>>) -> tensor<?xf32, #dlc.dims<[seq * 10]>> {
  // expected-error @+1 {{makes 30 elements (30xf32) of 32 (4x8xf32)}}
  %0 = dlc.reshape %x : tensor<?x8xf32, #dlc.dims<[batch, 8]>> -> tensor<?xf32, #dlc.dims<[seq * 10]>>
  return %0 : tensor<?xf32, #dlc.dims<[seq * 10]>>
}
