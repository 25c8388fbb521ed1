// Sizes of the compiler (affine expressions over symbols) as those of a .dlx.
#pragma once
#include "codegen/Executable.h"
#include "ir/Symbols.h"

namespace dlc {

/// The expression with symbols by their numbers in `ranges`, which declare all of them.
inline exe::Expr sizeCode(mlir::AffineExpr size, const SymbolRanges &ranges) {
  namespace e = expression;
  if (auto constant = constantSize(size))
    return e::constant(*constant);
  if (auto symbol = mlir::dyn_cast<mlir::AffineSymbolExpr>(size))
    return e::symbol(*ranges.number(symbol.getPosition()));
  auto binary = mlir::cast<mlir::AffineBinaryOpExpr>(size);
  auto op = size.getKind() == mlir::AffineExprKind::Add        ? e::Add
            : size.getKind() == mlir::AffineExprKind::Mul      ? e::Mul
            : size.getKind() == mlir::AffineExprKind::FloorDiv ? e::FloorDiv
            : size.getKind() == mlir::AffineExprKind::CeilDiv  ? e::CeilDiv
                                                               : e::Mod;
  return e::binary(op, sizeCode(binary.getLHS(), ranges), sizeCode(binary.getRHS(), ranges));
}

/// None where none has a symbol.
inline exe::Exprs sizeCodes(llvm::ArrayRef<mlir::AffineExpr> sizes, const SymbolRanges &ranges) {
  exe::Exprs codes;
  if (llvm::any_of(sizes, [](mlir::AffineExpr size) { return !constantSize(size); }))
    for (mlir::AffineExpr size : sizes)
      codes.push_back(sizeCode(size, ranges));
  return codes;
}

} // namespace dlc
