// Element types: the frontend's DType and MLIR's.
#pragma once
#include "frontend/Tensor.h"
#include "mlir/IR/BuiltinTypes.h"

namespace dlc {
/// Null where the dialect has no such element type.
mlir::Type elementType(mlir::MLIRContext *context, DType dtype);
DType dtypeOf(mlir::Type element); // Undefined where unknown

/// A dense (or splat) attribute with the tensor's bytes.
mlir::DenseElementsAttr denseAttr(mlir::MLIRContext *context, const Tensor &tensor);
/// The bytes of a dense attribute, splats expanded.
Tensor tensorOf(mlir::ElementsAttr attr);
} // namespace dlc
