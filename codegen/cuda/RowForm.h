// The row form of a kernel function, read once: stages over one iteration space P x R, dimensions collapsed, and every
// tensor access as a linear function of the dimensions.
#pragma once
#include "ir/Symbols.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include <optional>
#include <vector>

namespace dlc::cuda {

/// Where one operand of a generic lies in memory, in elements, for the collapsed dimensions.
struct Access {
  mlir::Value tensor;
  mlir::AffineMap map;                            // as the generic has it; used where the access is not linear
  bool linear = true;                             // offset + sum of coefs[d] * index[d]
  llvm::SmallVector<mlir::AffineExpr> coefs = {}; // one a collapsed dimension
  mlir::AffineExpr offset = {};

  /// The step along a dimension; none of the steps that anybody asks for where it depends on symbols.
  int64_t step(int dim) const { return constantSize(coefs[dim]).value_or(std::numeric_limits<int64_t>::min()); }
  int64_t coef(int dim) const { return dim >= 0 ? step(dim) : 0; }
  /// Can `width` consecutive indices of `dim` be one aligned vector?
  bool vectorAlong(int dim, int64_t width) const;
};

/// One linalg.generic.
struct Stage {
  enum Kind { MapRows, MapElements, Reduce }; // over P, over P x R, over P x R with results over P
  Kind kind;
  mlir::linalg::GenericOp op;
  llvm::SmallVector<Access> inputs, outputs;
  llvm::SmallVector<mlir::Attribute> inits; // Reduce: the scalar that each accumulator starts from
};

/// How two partial accumulators of a reduction become one.
struct Combiner {
  std::optional<mlir::gpu::AllReduceOperation> op; // a single operation that hardware reductions know
  llvm::SmallVector<mlir::Operation *> slice;      // the operations that read an accumulator, in order
  llvm::SmallVector<mlir::Value> elements;         // what stands for the other accumulator, one an accumulator
};

struct RowForm {
  mutable mlir::func::FuncOp func;             // asking it anything is no const function
  llvm::SmallVector<mlir::AffineExpr> extents; // collapsed: numP of P, then the rest of R; no dimension of size 1
  llvm::SmallVector<int64_t> sizes;            // the same, with symbols in the middle of what they may be
  int numP = 0;
  llvm::SmallVector<int> collapsedOf; // original dimension -> collapsed one, or -1 where its size is 1
  std::vector<Stage> stages;

  int numR() const { return int(sizes.size()) - numP; }
  int64_t rows() const;   // elements of P, as `sizes`
  int64_t length() const; // elements of R, as `sizes`
  mlir::AffineExpr allRows() const;
  mlir::AffineExpr wholeLength() const;
  bool isOpen() const {
    return llvm::any_of(extents, [](mlir::AffineExpr e) { return !constantSize(e); });
  }
  /// The innermost collapsed dimension of P and of R, or -1.
  int innerP() const { return numP - 1; }
  int innerR() const { return numR() ? int(sizes.size()) - 1 : -1; }

  /// Emits a located error if the function is not in row form.
  /// Dimensions in `edges` begin a collapsed dimension of their own.
  static mlir::FailureOr<RowForm> read(mlir::func::FuncOp func, llvm::ArrayRef<unsigned> edges = {});
};

/// The combiner of a reduction, or nothing if its accumulators cannot be merged in any order.
std::optional<Combiner> findCombiner(const Stage &stage);

} // namespace dlc::cuda
