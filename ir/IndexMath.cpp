#include "ir/IndexMath.h"

namespace dlc {

OpFoldResult IndexMath::apply(AffineExpr expr, ArrayRef<I> operands) {
  return affine::makeComposedFoldedAffineApply(b, loc, AffineMap::get(operands.size(), 0, expr), operands);
}
OpFoldResult IndexMath::addConstant(I x, int64_t c) { return c == 0 ? x : apply(b.getAffineDimExpr(0) + c, {x}); }
OpFoldResult IndexMath::mulConstant(I x, int64_t c) { return c == 1 ? x : apply(b.getAffineDimExpr(0) * c, {x}); }
OpFoldResult IndexMath::add(I x, I y) { return apply(b.getAffineDimExpr(0) + b.getAffineDimExpr(1), {x, y}); }
OpFoldResult IndexMath::floorDiv(I x, int64_t c) { return c == 1 ? x : apply(b.getAffineDimExpr(0).floorDiv(c), {x}); }
OpFoldResult IndexMath::mod(I x, int64_t c) { return c == 1 ? constant(0) : apply(b.getAffineDimExpr(0) % c, {x}); }

OpFoldResult IndexMath::linearize(ArrayRef<I> index, ArrayRef<int64_t> shape) {
  I position = constant(0);
  for (auto [i, size] : llvm::zip_equal(index, shape))
    position = add(mulConstant(position, size), i);
  return position;
}

SmallVector<OpFoldResult> IndexMath::delinearize(I position, ArrayRef<int64_t> shape) {
  SmallVector<I> index(shape.size());
  int64_t below = 1;
  for (int64_t i = static_cast<int64_t>(shape.size()) - 1; i >= 0; --i) {
    I quotient = floorDiv(position, below);
    index[i] = i == 0 ? quotient : mod(quotient, shape[i]);
    below *= shape[i];
  }
  return index;
}

Value IndexMath::value(I x) { return getValueOrCreateConstantIndexOp(b, loc, x); }
Value IndexMath::atLeast(I x, int64_t low) {
  return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sge, value(x), value(constant(low)));
}
Value IndexMath::below(I x, int64_t high) {
  return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, value(x), value(constant(high)));
}
Value IndexMath::both(Value x, Value y) {
  if (!x || !y)
    return x ? x : y;
  return arith::AndIOp::create(b, loc, x, y);
}

WindowPosition windowPosition(IndexMath &m, OpFoldResult out, int64_t outSize, OpFoldResult k, int64_t window,
                              int64_t stride, int64_t dilation, int64_t low, int64_t size, int64_t baseDilation) {
  OpFoldResult position = m.addConstant(m.add(m.mulConstant(out, stride), m.mulConstant(k, dilation)), -low);
  int64_t least = -low, most = (outSize - 1) * stride + (window - 1) * dilation - low;
  // Sharper bounds where the place in the window is a constant, as it is when windows are unrolled.
  if (auto constant = getConstantIntValue(k)) {
    least = *constant * dilation - low;
    most = (outSize - 1) * stride + *constant * dilation - low;
  }
  Value inside;
  if (least < 0)
    inside = m.atLeast(position, 0);
  if (most >= (size - 1) * baseDilation + 1)
    inside = m.both(inside, m.below(position, (size - 1) * baseDilation + 1));
  if (baseDilation == 1)
    return {position, inside};
  // Unsigned arithmetic: what it gives for negative positions is not looked at.
  Value p = m.value(position), d = m.value(m.constant(baseDilation));
  Value rest = arith::RemUIOp::create(m.b, m.loc, p, d);
  Value onElement = arith::CmpIOp::create(m.b, m.loc, arith::CmpIPredicate::eq, rest, m.value(m.constant(0)));
  return {arith::DivUIOp::create(m.b, m.loc, p, d).getResult(), m.both(inside, onElement)};
}

Value guarded(OpBuilder &b, Location loc, Value inside, llvm::function_ref<Value()> then,
              llvm::function_ref<Value()> otherwise) {
  if (!inside)
    return then();
  // The branch's type is not known before it is built; it is built in a detached block and then moved in.
  OpBuilder::InsertPoint here = b.saveInsertionPoint();
  auto thenBlock = std::make_unique<Block>();
  b.setInsertionPointToStart(thenBlock.get());
  Value result = then();
  scf::YieldOp::create(b, loc, result);
  b.restoreInsertionPoint(here);
  auto ifOp = scf::IfOp::create(b, loc, TypeRange(result.getType()), inside, /*withElseRegion=*/true);
  ifOp.getThenRegion().front().getOperations().splice(ifOp.getThenRegion().front().begin(), thenBlock->getOperations());
  b.setInsertionPointToStart(&ifOp.getElseRegion().front());
  scf::YieldOp::create(b, loc, otherwise());
  b.restoreInsertionPoint(here);
  return ifOp.getResult(0);
}

} // namespace dlc
