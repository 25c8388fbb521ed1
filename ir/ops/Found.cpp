#include "ir/Found.h"
#include "ir/Dims.h"

#define GET_OP_CLASSES
#include "ir/Found.cpp.inc"

namespace dlc {

LogicalResult FoundOp::verify() {
  auto count = cast<RankedTensorType>(getCount().getType());
  ArrayRef<AffineExpr> size = getSize().getExprs();
  if (count.getRank() || getValue().getType() != count)
    return emitOpError("the count must be a scalar, found ") << describe(count);
  if (size.size() != 1 || !isa<AffineSymbolExpr>(size[0]))
    return emitOpError() << getSize() << " is not one symbol";
  if (getInputs().size() != getResults().size())
    return emitOpError("there must be one result more than inputs");
  for (auto [input, result] : llvm::zip_equal(getInputs(), getResults())) {
    auto shape = getDims(input.getType());
    if (shape.empty())
      return emitOpError("a scalar has no dimension 0");
    shape[0] = size[0];
    if (getTensorType(getContext(), shape, getElementTypeOrSelf(input.getType())) != result.getType())
      return emitOpError() << describe(result.getType()) << " is not the first " << describe(size[0]) << " of "
                           << describe(input.getType());
  }
  return success();
}
StringRef FoundOp::getNoGradientReason() { return "how many elements there are is found while the step runs"; }

} // namespace dlc
