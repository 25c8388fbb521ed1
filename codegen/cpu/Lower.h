// Lowering of scheduled CPU kernels; used by the pass `dlc-lower-cpu` and by emission.
#pragma once
#include "mlir/IR/BuiltinOps.h"

namespace dlc {
/// Scheduled kernels to the LLVM dialect, in place. `module` holds nothing but kernels.
mlir::LogicalResult lowerCpuToLLVM(mlir::ModuleOp module);
} // namespace dlc
