// Prints prepared kernels as CUDA C. Reads const IR and decides nothing.
#pragma once
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "llvm/Support/raw_ostream.h"

namespace dlc::cuda {

/// "1.25 MB", "118 MFLOP": three digits and an SI prefix.
std::string quantity(int64_t value, llvm::StringRef unit);
/// "f32", "i64", "bool", "vec<f32, 4>"; index as i32 or i64. Empty if CUDA C has no such type here.
std::string typeText(mlir::Type type, int64_t indexBits);

/// Prints one kernel with its heading. Unsupported operations are located errors.
mlir::LogicalResult printKernel(mlir::gpu::GPUFuncOp kernel, llvm::raw_ostream &os);

} // namespace dlc::cuda
