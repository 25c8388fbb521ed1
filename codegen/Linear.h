// What both code generators read off a generic: where its operands lie as linear functions of the loops.
#pragma once
#include "ir/Symbols.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace dlc {

/// Adds scale * expr to factors and constant, one factor a dimension; false if expr is not linear.
inline bool addLinear(mlir::AffineExpr expr, int64_t scale, llvm::MutableArrayRef<int64_t> factors, int64_t &constant) {
  if (auto c = mlir::dyn_cast<mlir::AffineConstantExpr>(expr)) {
    constant += scale * c.getValue();
    return true;
  }
  if (auto dim = mlir::dyn_cast<mlir::AffineDimExpr>(expr)) {
    factors[dim.getPosition()] += scale;
    return true;
  }
  auto binary = mlir::dyn_cast<mlir::AffineBinaryOpExpr>(expr);
  if (!binary)
    return false;
  if (binary.getKind() == mlir::AffineExprKind::Add)
    return addLinear(binary.getLHS(), scale, factors, constant) && addLinear(binary.getRHS(), scale, factors, constant);
  auto factor = mlir::dyn_cast<mlir::AffineConstantExpr>(binary.getRHS());
  return binary.getKind() == mlir::AffineExprKind::Mul && factor &&
         addLinear(binary.getLHS(), scale * factor.getValue(), factors, constant);
}

/// The row-major element that `map` names: offset + sum of coefs[d] * loop d; false, and of no use, if it is not
/// linear.
inline bool linearAccess(mlir::AffineMap map, mlir::Type tensor, unsigned loops,
                         llvm::SmallVectorImpl<mlir::AffineExpr> &coefs, mlir::AffineExpr &offset) {
  mlir::MLIRContext *context = tensor.getContext();
  offset = mlir::getAffineConstantExpr(0, context);
  coefs.assign(loops, offset);
  bool linear = true;
  for (auto [expr, stride] : llvm::zip(map.getResults(), rowMajorStrides(getDims(tensor), context))) {
    llvm::SmallVector<int64_t> factors(loops, 0);
    int64_t constant = 0;
    linear &= addLinear(expr, 1, factors, constant);
    for (auto [total, factor] : llvm::zip_equal(coefs, factors))
      if (factor != 0)
        total = sum(total, product(stride, mlir::getAffineConstantExpr(factor, context)));
    if (constant != 0)
      offset = sum(offset, product(stride, mlir::getAffineConstantExpr(constant, context)));
  }
  return linear;
}

/// The size of each loop; null where no operand is indexed by it alone.
inline llvm::SmallVector<mlir::AffineExpr> loopExtents(mlir::linalg::GenericOp op) {
  llvm::SmallVector<mlir::AffineExpr> extents(op.getNumLoops());
  for (mlir::OpOperand &use : op->getOpOperands()) {
    auto type = mlir::dyn_cast<mlir::RankedTensorType>(use.get().getType());
    if (!type)
      continue;
    for (auto [expr, size] : llvm::zip(op.getMatchingIndexingMap(&use).getResults(), getDims(type)))
      if (auto dim = mlir::dyn_cast<mlir::AffineDimExpr>(expr); dim && !extents[dim.getPosition()])
        extents[dim.getPosition()] = size;
  }
  return extents;
}

} // namespace dlc
