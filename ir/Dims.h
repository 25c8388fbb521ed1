// Shapes as expressions: static sizes are constants, `?` comes with an expression over named symbols.
#pragma once
#include "ir/Dialect.h"

namespace dlc {
/// One expression a dimension of a ranked tensor type.
SmallVector<AffineExpr> getDims(Type tensor);
/// The tensor type with these dimensions: sizes where they are constants, `?` and `#dlc.dims` elsewhere.
RankedTensorType getTensorType(MLIRContext *context, ArrayRef<AffineExpr> dims, Type element);
/// The type of dlc.transpose(x, perm).
RankedTensorType permuted(Type type, ArrayRef<int64_t> perm);
/// `type` with another element type.
RankedTensorType withElement(Type type, Type element);
/// Whether elements are floating-point numbers.
inline bool isFloat(Type type) { return isa<FloatType>(getElementTypeOrSelf(type)); }
inline bool isFloat(Value v) { return isFloat(v.getType()); }
/// "2x3xf32", "[batch,784]xf32": for messages.
std::string describe(Type tensor);
std::string describe(AffineExpr size);
/// Reports at `loc` with the operator's name in front, as shape inference does; nothing is printed if loc is empty.
LogicalResult shapeError(std::optional<Location> loc, StringRef op, const Twine &message);
} // namespace dlc
