// Kernels that are routines of the device library.
#pragma once
#include "codegen/cuda/Cuda.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"

namespace dlc::cuda {

/// A gpu.func for the kernel function `func`, whose `dlc.routine` says what it calls.
llvm::LogicalResult scheduleRoutine(mlir::gpu::GPUModuleOp module, mlir::func::FuncOp func);

} // namespace dlc::cuda
