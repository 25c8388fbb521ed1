// The generated definitions of all operators. Rows of ops/Elementwise.td bring code that uses Scalar and Ops.
#include "ir/Build.h"
#include "ir/Dialect.h"
#include "ir/Scalar.h"

namespace mlir::detail {
/// In place of MLIR's end of the process, where a builder finds no result type: inference has said why, and fails again
/// in the verifier. Until then the results have a type that every index of a dimension fits.
static void resultsNotInferred(OperationState &state) {
  Type element = Float32Type::get(state.getContext());
  if (!state.operands.empty())
    if (auto tensor = dyn_cast<RankedTensorType>(state.operands.front().getType()))
      element = tensor.getElementType();
  SmallVector<int64_t> empty(16, 0);
  unsigned results = state.name.hasTrait<OpTrait::OneResult>() ? 1 : 2;
  state.addTypes(SmallVector<Type>(results, RankedTensorType::get(empty, element)));
}
} // namespace mlir::detail
#define reportFatalInferReturnTypesError resultsNotInferred

#define GET_OP_CLASSES
#include "ir/Ops.cpp.inc"
