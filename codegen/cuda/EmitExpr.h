// Expressions of CUDA C: the text of one operation, with the precedence that decides on parentheses.
#pragma once
#include "mlir/IR/Operation.h"
#include "mlir/IR/Value.h"
#include <string>

namespace dlc::cuda {

/// C's precedence, tightest first.
enum class Binds {
  Primary,
  Unary,
  Multiply,
  Sum,
  Shift,
  Relation,
  Equality,
  And,
  Xor,
  Or,
  LogicalAnd,
  LogicalOr,
  Choice
};

struct Expr {
  std::string text;
  Binds binds = Binds::Primary;
};

/// Gives the text of an operand.
using OperandText = llvm::function_ref<Expr(mlir::Value)>;

/// `expr` as an operand of something that binds as `outer`; `tighter` where an equal precedence needs parentheses too.
std::string within(const Expr &expr, Binds outer, bool tighter = false);

/// A literal of `type`.
mlir::FailureOr<Expr> literal(mlir::TypedAttr value);

/// The expression of an arith or math operation; failure if there is none (no diagnostic).
mlir::FailureOr<Expr> expression(mlir::Operation *op, int64_t indexBits, OperandText operand);

} // namespace dlc::cuda
