// Text by hand in place of emitted text: whole units, or single kernels, whose signatures must be those of the plan.
#pragma once
#include "codegen/cuda/Cuda.h"

namespace dlc::cuda {

/// Puts what `overrides` names in place of emitted text. Kernels taken out of a unit that holds more than they get a
/// unit of their own. Errors are diagnostics on `module`.
mlir::LogicalResult applyOverrides(mlir::ModuleOp module, CudaCode &code, const CudaOverrides &overrides);

/// A __global__ function of a CUDA C text.
struct Declaration {
  std::vector<std::string> parameters; ///< "const f32 *", without names and __restrict__
  std::vector<bool> restricts;         ///< which say __restrict__
  int64_t launchBound = 0;             ///< threads; 0: none is given
};
/// The declaration of `kernel` in `text`, if it has one.
std::optional<Declaration> findDeclaration(llvm::StringRef text, llvm::StringRef kernel);

} // namespace dlc::cuda
