// The dlc dialect: attributes, interfaces, operators.
#pragma once
#include "ir/Interfaces.h"
#include "ir/Weights.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace dlc {
// The compiler's vocabulary; every file of it would spell these out.
using namespace mlir; // NOLINT: the project's own namespace, not a user's
struct DimensionSymbols;
} // namespace dlc

#include "ir/Dialect.h.inc"
#include "ir/Enums.h.inc"
#define GET_ATTRDEF_CLASSES
#include "ir/Attributes.h.inc"
#define GET_OP_CLASSES
#include "ir/Ops.h.inc"

namespace dlc {
/// The kernel that a launch names, in the module or in a symbol table inside it; null if there is none.
Operation *lookupKernel(Operation *from, StringRef name);
} // namespace dlc
