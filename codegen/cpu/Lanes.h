// The body of a generic, in W lanes at once: scalar arith and math operations become vector operations, extracts become
// vector loads, conditions that differ among lanes become masks. Values that are equal in all lanes stay scalar.
#pragma once
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/AffineExpr.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/Support/MathExtras.h"

namespace dlc::cpu {

/// A value in W lanes: the same in all; or `v + lane * step` (integers only); or the vector `v`.
struct Val {
  enum Kind { Uniform, Affine, Varying } kind = Uniform;
  mlir::Value v;
  int64_t step = 0;
  static Val uniform(mlir::Value v) { return {Uniform, v, 0}; }
  static Val affine(mlir::Value v, int64_t step) { return step ? Val{Affine, v, step} : uniform(v); }
  static Val varying(mlir::Value v) { return {Varying, v, 0}; }
};

/// Contiguous row-major memory behind a tensor value.
struct Buffer {
  mlir::Value ptr;
  mlir::Type elem;
  int64_t numel = 0;      // the least that there can be
  mlir::AffineExpr count; // all of them
  llvm::SmallVector<mlir::AffineExpr> strides;
  bool fixed() const { return mlir::isa<mlir::AffineConstantExpr>(count); }
};

/// Values of sizes over dimension symbols: each is computed once, at the kernel's beginning.
class SizeValues {
public:
  /// `symbols`: the values of symbols (index), by position; `entry` is where arithmetic on them is put.
  SizeValues(mlir::OpBuilder entry, llvm::DenseMap<unsigned, mlir::Value> symbols)
      : entry(entry), symbols(std::move(symbols)) {}
  /// Constants are made at `b`.
  mlir::Value get(mlir::OpBuilder &b, mlir::Location loc, mlir::AffineExpr size);

private:
  mlir::OpBuilder entry;
  llvm::DenseMap<unsigned, mlir::Value> symbols;
  llvm::DenseMap<mlir::AffineExpr, mlir::Value> known;
};

/// Small builders of index arithmetic; they fold constants.
mlir::Value constIndex(mlir::OpBuilder &b, mlir::Location loc, int64_t value);
mlir::Value addIndex(mlir::OpBuilder &b, mlir::Location loc, mlir::Value x, mlir::Value y);
mlir::Value mulIndex(mlir::OpBuilder &b, mlir::Location loc, mlir::Value x, int64_t factor);
/// Address of element `index` (of type index) plus a constant number of elements.
mlir::Value elementPtr(mlir::OpBuilder &b, mlir::Location loc, mlir::Value ptr, mlir::Type elem, mlir::Value index,
                       int64_t offset = 0);
mlir::Value loadAt(mlir::OpBuilder &b, mlir::Location loc, mlir::Value ptr, mlir::Type elem, int64_t lanes);
void storeAt(mlir::OpBuilder &b, mlir::Location loc, mlir::Value value, mlir::Value ptr);
/// `rows` are n vectors of m elements, powers of two; the result are m vectors of n elements.
llvm::SmallVector<mlir::Value> transposeInRegisters(mlir::OpBuilder &b, mlir::Location loc,
                                                    llvm::ArrayRef<mlir::Value> rows);

class Lanes {
public:
  /// `valid` lanes are evaluated in vectors of the next power of two: LLVM hands vectors of other lengths from block to
  /// block element by element. The lanes above hold anything; nothing is loaded for them.
  Lanes(mlir::OpBuilder &b, mlir::Location loc, int64_t valid, const llvm::DenseMap<mlir::Value, Buffer> &buffers,
        SizeValues &sizes, llvm::ArrayRef<Val> dims, bool predicate, int64_t vectorBytes = 32)
      : b(b), loc(loc), width(static_cast<int64_t>(llvm::PowerOf2Ceil(valid))), valid(valid), buffers(buffers),
        sizes(sizes), dims(dims), predicate(predicate), vectorBytes(vectorBytes) {}

  /// The lanes' dimension begins at a multiple of `block`, and they reach no further than the next: conditions that
  /// change at such multiples only are the same in all lanes.
  void alignTo(int64_t multiple) { block = multiple; }
  /// Binds a block argument before `run`.
  void bind(mlir::Value from, Val to) { values[from] = to; }
  /// Evaluates a block; returns what its terminator yields.
  llvm::SmallVector<Val> run(mlir::Block &block);
  /// Evaluates an affine expression over the iteration dimensions.
  Val affine(mlir::AffineExpr expr, llvm::ArrayRef<Val> dims, llvm::ArrayRef<Val> symbols);
  /// Loads element `index` + `offset` of a buffer under the current mask.
  Val load(const Buffer &buffer, Val index, int64_t offset = 0);
  /// As a vector of the padded width; as a scalar if the width is 1.
  mlir::Value vec(Val x);
  Val add(Val x, Val y);
  Val mul(Val x, Val y);

private:
  Val lookup(mlir::Value v);
  void eval(mlir::Operation *op);
  void evalElementwise(mlir::Operation *op);
  bool evalSharedCondition(mlir::arith::CmpIOp op);
  void evalIf(mlir::scf::IfOp op);
  void evalBranch(mlir::scf::IfOp op, mlir::Value cond);
  void evalMasked(mlir::scf::IfOp op, Val cond);
  void evalFor(mlir::scf::ForOp op);
  Val select(Val cond, Val x, Val y);
  Val gather(const Buffer &buffer, Val index);
  mlir::Value validMask();
  mlir::Value padded(mlir::Value v);
  mlir::Value maskedLoad(mlir::Value ptr, mlir::Type elem, mlir::Value lanes);

  mlir::OpBuilder &b;
  mlir::Location loc;
  int64_t width, valid;
  const llvm::DenseMap<mlir::Value, Buffer> &buffers;
  SizeValues &sizes;
  llvm::ArrayRef<Val> dims;
  bool predicate;      // conditions equal in all lanes become selects, not branches
  int64_t vectorBytes; // of a register
  int64_t block = 0;   // 0: nothing is known
  mlir::Value mask;    // lanes that are active; null: all
  mlir::Value active;  // scalar condition over all of this; null: true
  llvm::DenseMap<mlir::Value, Val> values;
};

} // namespace dlc::cpu
