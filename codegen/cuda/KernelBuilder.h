// What all schedules share: the gpu.func being built, index arithmetic, tensor accesses, bodies of generics.
#pragma once
#include "codegen/ScheduleReader.h"
#include "codegen/cuda/RowForm.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Builders.h"

namespace dlc::cuda {

/// A location that suggests what the value is called in CUDA C. Locations are ignored when values are merged.
mlir::Location named(mlir::Location loc, llvm::StringRef name);
/// The suggestion, or "".
llvm::StringRef suggestedName(mlir::Location loc);

class KernelBuilder {
public:
  /// Starts a gpu.func for `source` at the end of `module`: arguments are flat memrefs, inputs then outputs.
  KernelBuilder(mlir::gpu::GPUModuleOp module, mlir::func::FuncOp source);
  /// Goes on with `kernel`, a function in a kernel's service: `buffers` maps tensors of `source` to its arguments.
  KernelBuilder(mlir::gpu::GPUFuncOp kernel, mlir::func::FuncOp source,
                llvm::ArrayRef<std::pair<mlir::Value, mlir::Value>> inputs,
                llvm::ArrayRef<std::pair<mlir::Value, mlir::Value>> outputs);

  /// Ends the kernel. `how` is the schedule in a few words for the kernel's heading, "256 threads, 4-wide"; `width` the
  /// elements of its widest vector access.
  mlir::gpu::GPUFuncOp finish(mlir::AffineExpr grid, llvm::ArrayRef<int64_t> block, int64_t sharedBytes,
                              llvm::StringRef how, int64_t width = 1);
  mlir::gpu::GPUFuncOp finish(int64_t grid, llvm::ArrayRef<int64_t> block, int64_t sharedBytes, llvm::StringRef how,
                              int64_t width = 1) {
    return finish(b.getAffineConstantExpr(grid), block, sharedBytes, how, width);
  }

  mlir::OpBuilder b;
  mlir::Location loc;
  mlir::func::FuncOp source;
  mlir::gpu::GPUFuncOp kernel;

  // Index arithmetic; steps that change nothing are left out.
  mlir::Value index(int64_t value);
  mlir::Value add(mlir::Value lhs, mlir::Value rhs, llvm::StringRef name = "");
  mlir::Value add(mlir::Value lhs, int64_t rhs, llvm::StringRef name = "") {
    return rhs ? add(lhs, index(rhs), name) : lhs;
  }
  mlir::Value mul(mlir::Value lhs, int64_t rhs, llvm::StringRef name = "");
  mlir::Value div(mlir::Value lhs, int64_t rhs, llvm::StringRef name = "");
  mlir::Value rem(mlir::Value lhs, int64_t rhs, llvm::StringRef name = "");
  mlir::Value less(mlir::Value lhs, int64_t rhs, llvm::StringRef name = "");
  /// A size as a value: a constant, or an argument of the kernel behind its buffers (`dlc.values`).
  mlir::Value size(mlir::AffineExpr size);
  mlir::Value add(mlir::Value lhs, mlir::AffineExpr rhs, llvm::StringRef name = "");
  mlir::Value mul(mlir::Value lhs, mlir::AffineExpr rhs, llvm::StringRef name = "");
  mlir::Value div(mlir::Value lhs, mlir::AffineExpr rhs, llvm::StringRef name = "");
  mlir::Value rem(mlir::Value lhs, mlir::AffineExpr rhs, llvm::StringRef name = "");
  mlir::Value less(mlir::Value lhs, mlir::AffineExpr rhs, llvm::StringRef name = "");
  mlir::Value thread(mlir::gpu::Dimension dim = mlir::gpu::Dimension::x, llvm::StringRef name = "thread");
  mlir::Value block(mlir::gpu::Dimension dim = mlir::gpu::Dimension::x, llvm::StringRef name = "block");
  /// Row-major coordinates of `flat` in `sizes`.
  llvm::SmallVector<mlir::Value> delinearize(mlir::Value flat, llvm::ArrayRef<mlir::AffineExpr> sizes,
                                             llvm::StringRef name);
  mlir::scf::ForOp loop(mlir::Value from, mlir::AffineExpr to, int64_t step, mlir::ValueRange carried, bool unroll,
                        llvm::StringRef name);
  mlir::scf::ForOp loop(mlir::Value from, int64_t to, int64_t step, mlir::ValueRange carried, bool unroll,
                        llvm::StringRef name) {
    return loop(from, b.getAffineConstantExpr(to), step, carried, unroll, name);
  }

  /// `width` registers that are stored or loaded as one vector.
  mlir::Value privateLanes(int64_t width, mlir::Type element);

  /// Flat row-major positions in P and in R, if the schedule has them: accesses that follow them need no coordinates.
  mlir::Value flatP, flatR;

  /// The memref of a function argument.
  mlir::Value memref(mlir::Value tensor) const { return memrefs.lookup(tensor); }
  /// The output memrefs that hold `tensor`: none if it is not returned.
  llvm::ArrayRef<mlir::Value> outputs(mlir::Value tensor) const;

  /// The element offset of `access` at the collapsed coordinates `at`.
  mlir::Value offset(const RowForm &form, const Access &access, llvm::ArrayRef<mlir::Value> at);
  /// Copies the body of a stage; `inputs` and `accumulators` stand for its block arguments. Returns what it yields.
  llvm::SmallVector<mlir::Value> body(const RowForm &form, const Stage &stage, mlir::ValueRange inputs,
                                      mlir::ValueRange accumulators, llvm::ArrayRef<mlir::Value> at);
  /// Merges two sets of accumulators.
  llvm::SmallVector<mlir::Value> combine(const Stage &stage, const Combiner &combiner, mlir::ValueRange lhs,
                                         mlir::ValueRange rhs);
  /// A scalar constant.
  mlir::Value constant(mlir::Attribute value);

private:
  mlir::DenseMap<mlir::Value, mlir::Value> memrefs;
  mlir::DenseMap<mlir::Value, llvm::SmallVector<mlir::Value, 1>> outputMemrefs;
  mlir::Value original(const RowForm &form, unsigned dim, llvm::ArrayRef<mlir::Value> at);
};

/// What argument `i` of a kernel is called, inputs then outputs: its dlc.name, or "in", "in1", "out".
mlir::StringAttr argumentName(mlir::func::FuncOp source, unsigned i);
/// The indices at which 32 bits may not be enough make a kernel count in 64.
int64_t indexBits(mlir::func::FuncOp func);

// The schedules. Each builds one gpu.func or emits a located error.
mlir::LogicalResult scheduleRow(mlir::gpu::GPUModuleOp module, const RowForm &form, ScheduleReader &schedule);
/// What scheduleRow would do, as entries of dlc.schedule; `scratch` gets a function that means nothing.
mlir::LogicalResult chooseRow(mlir::gpu::GPUModuleOp scratch, const RowForm &form, ScheduleReader &schedule,
                              ScheduleWriter &out);
/// Whether scheduleTranspose would take it.
bool isTranspose(const RowForm &form);
/// Through shared memory; returns false (and builds nothing) if the kernel is no transpose.
bool scheduleTranspose(mlir::gpu::GPUModuleOp module, const RowForm &form);
mlir::LogicalResult scheduleContraction(mlir::gpu::GPUModuleOp module, mlir::func::FuncOp func);
/// What scheduleContraction would do, as dlc.schedule.
mlir::FailureOr<mlir::DictionaryAttr> chooseContraction(mlir::func::FuncOp func);

} // namespace dlc::cuda
