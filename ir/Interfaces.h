// C++ types that the operator interfaces speak in.
#pragma once
#include "mlir/IR/AffineExpr.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributeInterfaces.h"
#include "mlir/IR/OpDefinition.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/STLExtras.h"

namespace dlc {
/// One entry for each dimension: a constant or an `index` value (kept as composed affine expressions where possible).
using Index = llvm::ArrayRef<mlir::OpFoldResult>;
/// The element of operand number `operand` at an index.
using ReadFn = llvm::function_ref<mlir::Value(unsigned operand, Index index)>;
/// Operand number `operand` in the order of dimensions in which `x = transpose(it, perm)`.
using UntransposeFn = llvm::function_ref<mlir::Value(unsigned operand)>;
/// Builds at the end of a block the gradients of `wrt` given those of `outputs`: null where nothing flows.
using DifferentiateFn = llvm::function_ref<llvm::LogicalResult(
    mlir::Block &block, llvm::ArrayRef<mlir::Value> outputs, llvm::ArrayRef<mlir::Value> outputGradients,
    llvm::ArrayRef<mlir::Value> wrt, llvm::SmallVectorImpl<mlir::Value> &gradients)>;
/// How an operator runs its regions. Behind `firstInput` operands come the regions' arguments, in order: carried
/// values, sequences, captures. A loop runs region 0 at most `limit` times (-1: no limit; where `count` is set, at most
/// so many times, and `limit` bounds that) and yields carried values,
/// then rows; otherwise region 0 runs where operand 0 is true, else region 1, and yields the results.
struct Control {
  bool loop = false;
  bool conditional = true; ///< a loop: whether it ends when its first carried value is false
  int64_t limit = -1;
  mlir::AffineExpr count = {};
  unsigned firstInput = 0, carried = 0, sequences = 0;
  llvm::ArrayRef<int64_t> reversed; ///< sequences, and rows counted behind them

  bool isReversed(unsigned n) const { return llvm::is_contained(reversed, static_cast<int64_t>(n)); }
};
/// A routine of a target's own: `name`_`variant` on operands (null: absent), then the results, with these sizes. It has
/// `units` of work to share out, needs `scratch` bytes for each thread, and takes about `flops` steps in all.
struct Routine {
  std::string name, variant;
  llvm::SmallVector<mlir::Value> operands;
  llvm::SmallVector<mlir::AffineExpr> sizes;
  mlir::AffineExpr units, scratch;
  int64_t flops = 0;
};
/// Elements of a tensor, with 16 for each dimension symbol: to weigh one choice against another (ir/Dims.h).
int64_t typicalElements(mlir::Type tensor);
} // namespace dlc

#include "ir/Interfaces.h.inc"
