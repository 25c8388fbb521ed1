// Long reductions with few results in two steps: parts side by side, then the parts' results.
#pragma once
#include "codegen/cuda/RowForm.h"

namespace dlc::cuda {

/// A row kernel as two functions. `first` computes `parts` results for each of the kernel's reductions into tensors
/// [parts, P..]; `second` reduces these in order and does what comes after. Both are detached; the caller erases them.
struct SplitReduction {
  mlir::func::FuncOp first, second;
  llvm::SmallVector<int64_t> firstArguments, secondArguments; // which of the kernel's arguments each takes
  int64_t parts;
};

/// In how many parts; nothing where one step is better, or where the reductions depend on each other or on their
/// position.
std::optional<int64_t> splitParts(const RowForm &form);
/// Nothing where `parts` do not divide the row's first dimension, or where it cannot be split at all.
std::optional<SplitReduction> splitReduction(const RowForm &form, int64_t parts);

} // namespace dlc::cuda
