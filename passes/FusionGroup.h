// Which operators may stand in one row fusion (DESIGN: what a fusion is), asked of interfaces alone.
#pragma once
#include "ir/Dialect.h"
#include "llvm/ADT/SetVector.h"

namespace dlc {

/// How a value inside a fusion lies in the iteration space P x R.
enum class Alignment {
  pure, ///< computed from inputs alone: any index can be asked for
  full, ///< depends on a reduction of the fusion; one element for each point of P x R
  part, ///< depends on a reduction; one element for each point of P
};

/// The iteration space of a row fusion, told by its reductions, or by its results where there are none.
struct RowSpace {
  SmallVector<AffineExpr> shape; ///< of the reductions' operand (of the results, without reductions)
  SmallVector<int64_t> reduced;  ///< dimensions of `shape` that form R
  bool hasReduction = false;
  DenseMap<Value, Alignment> alignment; ///< of every value that the fusion computes

  SmallVector<int64_t> kept() const;
  SmallVector<AffineExpr> keptShape() const;
};

/// The space of these operators (in block order) as one row fusion, or nothing, with the reason in `why`. `escapes`
/// tells whether a value is used outside.
std::optional<RowSpace> analyzeRow(ArrayRef<Operation *> ops, llvm::function_ref<bool(Value)> escapes,
                                   std::string &why);

/// So few elements that reading them is nothing: a random number's seed and step, bounds, factors.
bool isFew(Value v);
/// Whether elements of `op` come from few numbers alone, as a dropout's mask does: kernels compute it wherever they read
/// it. What is not `inside` is read; `root` may have no part in it.
bool isDrawn(Operation *op, llvm::function_ref<bool(Operation *)> inside, Operation *root = nullptr);
/// Whether the kernel of the contraction `root` computes `op` besides: elementwise on the product, repeated from an
/// operand, or drawn. `inside`: in the same kernel.
bool standsInEpilogue(Operation *op, Operation *root, llvm::function_ref<bool(Operation *)> inside);

/// Operators that row fusions are made of.
bool isRowOperator(Operation *op);
/// A constant whose elements are all equal: it is written into the kernels that read it.
bool isSplatConstant(Operation *op);

} // namespace dlc
