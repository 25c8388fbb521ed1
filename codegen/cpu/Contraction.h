// Contraction kernels: their row form, which is the generated fallback.
#pragma once
#include "ir/Dialect.h"

namespace dlc::cpu {

/// The contraction at the head of a kernel function, and the epilogue behind it (null: none).
struct ContractionKernel {
  ContractionOpInterface op;
  linalg::GenericOp epilogue;
};
/// Failure is a diagnostic at the operation that breaks the form.
FailureOr<ContractionKernel> matchContraction(func::FuncOp kernel);

/// The kernel in row form, as the only function of a module of its own: the sum of products is a reduction (in f32 for 16-bit floats),
/// the epilogue a map over its result.
FailureOr<OwningOpRef<ModuleOp>> contractionToRowForm(func::FuncOp kernel);

} // namespace dlc::cpu
