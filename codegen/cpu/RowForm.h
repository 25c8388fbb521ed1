// What the schedule knows of a kernel in row form: one iteration space P x R with its contiguous dimensions merged, and
// for every operand of every generic its linear address in that space.
#pragma once
#include "codegen/cpu/Lanes.h"
#include "ir/Symbols.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace dlc::cpu {

struct Dim {
  mlir::AffineExpr extent;
  int64_t size; // where the extent has symbols: in the middle of what it may be
  bool reduction;
  bool fixed() const { return mlir::isa<mlir::AffineConstantExpr>(extent); }
};

struct Operand {
  enum Kind { Memory, Result, Splat } kind = Memory;
  mlir::Value tensor;                       // Memory, Result
  bool linear = false;                      // Memory: address = offset + sum of coef * dimension
  llvm::SmallVector<mlir::AffineExpr> coef; // elements, one a kernel dimension
  mlir::AffineExpr offset;                  // elements
  mlir::AffineMap map;                      // Memory, not linear: over the generic's own dimensions
  mlir::TypedAttr splat;                    // Splat
  bool used = true;
};

/// Where a result of a generic is stored: the kernel result's number and its address.
struct Target {
  unsigned result;
  llvm::SmallVector<mlir::AffineExpr> coef;
};

struct Stage {
  enum Kind { Map, Reduce, Point } kind;
  mutable mlir::linalg::GenericOp op;
  llvm::SmallVector<Operand> inputs;
  llvm::SmallVector<mlir::TypedAttr> inits;             // Reduce: initial values
  llvm::SmallVector<llvm::SmallVector<Target>> targets; // one list a result
  llvm::SmallVector<mlir::Operation *>
      combiners; // Reduce: one a result if partial results may be combined in any order, else empty
  bool usesIndices = false;
};

struct RowForm {
  mutable mlir::func::FuncOp func;
  llvm::SmallVector<Dim> dims;  // P then R, merged, none of size 1
  llvm::SmallVector<int> dimOf; // the generic's dimension -> kernel dimension; -1: size 1, or merged into a later one
  int64_t pSize = 1, rSize = 1; // as Dim::size
  std::vector<Stage> stages;
  unsigned numInputs = 0;

  unsigned numP() const {
    return llvm::count_if(dims, [](const Dim &d) { return !d.reduction; });
  }
};

/// Failure is a diagnostic at the operation that breaks the form.
/// `ranges`: of the symbols that sizes have.
mlir::FailureOr<RowForm> analyzeRowForm(mlir::func::FuncOp func, const SymbolRanges &ranges = {});

/// How `v`, a value inside a stage's region, differs from lane to lane along kernel dimension `dim`:
/// 0 it does not, k it grows by k; nullopt it does in no known way.
class LaneAnalysis {
public:
  LaneAnalysis(const RowForm &form, const Stage &stage, int dim) : form(form), stage(stage), dim(dim) {}
  std::optional<int64_t> coef(mlir::Value v);
  /// The same for the linear address of an extract.
  std::optional<int64_t> address(mlir::tensor::ExtractOp op);
  /// Whether the region can be evaluated in lanes along the dimension.
  bool vectorizable();

private:
  std::optional<int64_t> compute(mlir::Value v);
  const RowForm &form;
  const Stage &stage;
  int dim;
  llvm::DenseMap<mlir::Value, std::optional<int64_t>> memo;
};

} // namespace dlc::cpu
