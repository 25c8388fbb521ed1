// Lowering of scheduled CPU kernels; used by the pass `dlc-lower-cpu` and by emission.
#pragma once
#include "mlir/IR/BuiltinOps.h"

namespace dlc {
/// Scheduled kernels to the LLVM dialect, in place, for one of cpuLevels(): x86-64-v2 has neither fused multiply-adds
/// nor conversions of f16. `module` holds nothing but kernels.
mlir::LogicalResult lowerCpuToLLVM(mlir::ModuleOp module, llvm::StringRef cpuLevel);

/// Conversions between f16 and f32 as integer arithmetic, for processors without F16C.
void expandHalfConversions(mlir::ModuleOp module);

/// After conversions are arithmetic, bf16 numbers are but moved: as i16, of which LLVM's backend moves vectors as they
/// are. Of bf16 ones it takes some apart, by way of f32 and a call of compiler-rt's `__truncsfbf2`, which nobody links.
void moveBFloatAsInt(mlir::ModuleOp module);
} // namespace dlc
