// C++ types that the operator interfaces speak in.
#pragma once
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributeInterfaces.h"
#include "mlir/IR/OpDefinition.h"

namespace dlc {
/// One entry for each dimension: a constant or an `index` value (kept as composed affine expressions where possible).
using Index = llvm::ArrayRef<mlir::OpFoldResult>;
/// The element of operand number `operand` at an index.
using ReadFn = llvm::function_ref<mlir::Value(unsigned operand, Index index)>;
/// Operand number `operand` in the order of dimensions in which `x = transpose(it, perm)`.
using UntransposeFn = llvm::function_ref<mlir::Value(unsigned operand)>;
} // namespace dlc

#include "ir/Interfaces.h.inc"
