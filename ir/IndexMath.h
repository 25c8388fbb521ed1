// Index arithmetic of `buildElement`: affine where it can be, so that reads become indexing maps.
#pragma once
#include "ir/Dialect.h"

namespace dlc {

class IndexMath {
public:
  IndexMath(OpBuilder &b, Location loc) : b(b), loc(loc) {}
  using I = OpFoldResult;

  I constant(int64_t value) { return b.getIndexAttr(value); }
  I addConstant(I x, int64_t c);
  I mulConstant(I x, int64_t c);
  I add(I x, I y);
  I floorDiv(I x, int64_t c);
  I mod(I x, int64_t c);
  /// The same with sizes over symbols (ir/Dims.h): arithmetic on values of dlc.extent where they are no constants.
  /// Divided positions are not negative.
  I size(AffineExpr size);
  I mul(I x, AffineExpr size);
  I floorDiv(I x, AffineExpr size);
  I mod(I x, AffineExpr size);
  /// Row-major position of an index in a shape, and back.
  I linearize(ArrayRef<I> index, ArrayRef<int64_t> shape) { return linearize(index, exprs(shape)); }
  SmallVector<I> delinearize(I position, ArrayRef<int64_t> shape) { return delinearize(position, exprs(shape)); }
  I linearize(ArrayRef<I> index, ArrayRef<AffineExpr> shape);
  SmallVector<I> delinearize(I position, ArrayRef<AffineExpr> shape);

  Value value(I x);
  /// low <= x (signed), x < high; and of conditions, where a null condition is true.
  Value atLeast(I x, int64_t low);
  Value below(I x, AffineExpr high);
  Value both(Value x, Value y);

  OpBuilder &b;
  Location loc;

private:
  SmallVector<AffineExpr> exprs(ArrayRef<int64_t> sizes) {
    return llvm::map_to_vector(sizes, [&](int64_t s) { return b.getAffineConstantExpr(s); });
  }
  I apply(AffineExpr expr, ArrayRef<I> operands);
};

/// Where a window's element lies in the operand, one dimension: position = out*stride + k*dilation - low, divided by
/// `baseDilation`. `inside` is null if it is always inside.
struct WindowPosition {
  OpFoldResult index;
  Value inside;
};
WindowPosition windowPosition(IndexMath &m, OpFoldResult out, AffineExpr outSize, OpFoldResult k, int64_t window,
                              int64_t stride, int64_t dilation, int64_t low, AffineExpr size, int64_t baseDilation = 1);

/// `inside ? then() : otherwise`; no branch if `inside` is null.
Value guarded(OpBuilder &b, Location loc, Value inside, llvm::function_ref<Value()> then,
              llvm::function_ref<Value()> otherwise);

} // namespace dlc
