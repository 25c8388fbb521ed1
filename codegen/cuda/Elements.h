// Points of an iteration space: what they load, compute and store, one at a time or as many as a vector holds.
#pragma once
#include "codegen/cuda/KernelBuilder.h"

namespace dlc::cuda {

class Elements {
public:
  Elements(const RowForm &form, KernelBuilder &builder) : form(form), k(builder), b(builder.b) {}

  /// The widest vector, in elements, that some access takes along `dim`. With `tail`, a one-dimensional space may end
  /// in the middle of a vector.
  int64_t vectorWidth(int dim, bool tail) const;
  bool isBuffer(const Access &access) const { return bool(k.memref(access.tensor)); }
  static int64_t elementBytes(const Access &access);

  /// Emits `stages` for `width` points along `dim` that begin at `at`; returns the accumulators of all reductions in
  /// order. In a row kernel, results over P are left in `scalars` for the caller to store.
  llvm::SmallVector<mlir::Value> chunk(llvm::ArrayRef<const Stage *> stages, llvm::ArrayRef<mlir::Value> at, int dim,
                                       int64_t width, mlir::ValueRange accumulators);
  llvm::SmallVector<mlir::Value> point(llvm::ArrayRef<const Stage *> stages, llvm::ArrayRef<mlir::Value> at,
                                       mlir::ValueRange accumulators) {
    return chunk(stages, at, -1, 1, accumulators);
  }
  void storeGuarded(mlir::Value guard, llvm::function_ref<void()> build);
  llvm::SmallVector<const Stage *> allStages() const;

  const RowForm &form;
  KernelBuilder &k;
  mlir::OpBuilder &b;
  mlir::DenseMap<mlir::Value, mlir::Value> scalars;   // results over P, and in a pointwise kernel any result
  mlir::DenseMap<mlir::Value, mlir::Value> vectors;   // tensors whose chunk is at hand as a vector
  mlir::DenseMap<mlir::Value, mlir::Value> sinks;     // results wanted as a vector: tensor -> private memref
  mlir::DenseMap<const Access *, mlir::Value> loaded; // inputs whose value is at hand
  mlir::Value active;                                 // null where every thread has a row
  mlir::Value lane;                                   // null where a row has one thread

private:
  using Hoisted = mlir::DenseMap<const Access *, mlir::Value>;
  llvm::SmallVector<mlir::Value> lanes(llvm::ArrayRef<const Stage *> stages, llvm::ArrayRef<mlir::Value> at,
                                       mlir::ValueRange accumulators, const Hoisted &hoisted, mlir::Value position,
                                       const mlir::DenseMap<mlir::Value, mlir::Value> &lanesOut);
  bool copyVectors(llvm::ArrayRef<const Stage *> stages, llvm::ArrayRef<mlir::Value> at, int dim, int64_t width,
                   const Hoisted &hoisted);
};

} // namespace dlc::cuda
