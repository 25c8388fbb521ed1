// Numbers in bf16 are i16 in registers: no call of compiler-rt's conversions, which nobody links.
// RUN: dlc-opt %s --dlc-lower-cpu | FileCheck %s
// CHECK-LABEL: llvm.func @rounded
// CHECK-NOT: bf16
// CHECK: llvm.store %{{.*}} : vector<16xi16>, !llvm.ptr
// CHECK-LABEL: llvm.func @one
// CHECK-NOT: xbf16
// CHECK: llvm.mlir.constant(16256 : i16) : i16
// CHECK: llvm.store %{{.*}} : i16, !llvm.ptr
func.func @rounded(%from: !llvm.ptr, %to: !llvm.ptr) {
  %0 = llvm.load %from {alignment = 4 : i64} : !llvm.ptr -> vector<16xf32>
  %1 = arith.truncf %0 : vector<16xf32> to vector<16xbf16>
  %2 = arith.extf %1 : vector<16xbf16> to vector<16xf32>
  %3 = arith.truncf %2 : vector<16xf32> to vector<16xbf16>
  llvm.store %3, %to {alignment = 2 : i64} : vector<16xbf16>, !llvm.ptr
  return
}
func.func @one(%from: !llvm.ptr, %to: !llvm.ptr, %test: i1) {
  %one = arith.constant 1.0 : bf16
  %0 = llvm.load %from {alignment = 2 : i64} : !llvm.ptr -> bf16
  %1 = arith.select %test, %one, %0 : bf16
  llvm.store %1, %to {alignment = 2 : i64} : bf16, !llvm.ptr
  return
}
