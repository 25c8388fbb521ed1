// Row form and its plan -> the loops of a kernel.
#pragma once
#include "codegen/cpu/Plan.h"

namespace dlc::cpu {

/// Emits, at the builder, the work units [lo, hi) (index values). `buffers` are the kernel's inputs and then its
/// results.
void emitRowForm(mlir::OpBuilder &b, const RowForm &form, const Plan &plan, llvm::ArrayRef<Buffer> buffers,
                 SizeValues &sizes, mlir::Value lo, mlir::Value hi);

} // namespace dlc::cpu
