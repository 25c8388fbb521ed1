#include "ir/IndexMath.h"
#include "ir/Symbols.h"

namespace dlc {

OpFoldResult IndexMath::apply(AffineExpr expr, ArrayRef<I> operands) {
  return affine::makeComposedFoldedAffineApply(b, loc, AffineMap::get(operands.size(), 0, expr), operands);
}
OpFoldResult IndexMath::addConstant(I x, int64_t c) { return c == 0 ? x : apply(b.getAffineDimExpr(0) + c, {x}); }
OpFoldResult IndexMath::mulConstant(I x, int64_t c) { return c == 1 ? x : apply(b.getAffineDimExpr(0) * c, {x}); }
OpFoldResult IndexMath::add(I x, I y) { return apply(b.getAffineDimExpr(0) + b.getAffineDimExpr(1), {x, y}); }
OpFoldResult IndexMath::floorDiv(I x, int64_t c) { return c == 1 ? x : apply(b.getAffineDimExpr(0).floorDiv(c), {x}); }
OpFoldResult IndexMath::mod(I x, int64_t c) { return c == 1 ? constant(0) : apply(b.getAffineDimExpr(0) % c, {x}); }

OpFoldResult IndexMath::size(AffineExpr size) {
  if (auto c = dyn_cast<AffineConstantExpr>(size))
    return constant(c.getValue());
  return extentValue(b, loc, size);
}
OpFoldResult IndexMath::mul(I x, AffineExpr size) {
  if (auto c = dyn_cast<AffineConstantExpr>(size))
    return mulConstant(x, c.getValue());
  if (getConstantIntValue(x) == 0)
    return x;
  return arith::MulIOp::create(b, loc, value(x), extentValue(b, loc, size)).getResult();
}
OpFoldResult IndexMath::floorDiv(I x, AffineExpr size) {
  if (auto c = dyn_cast<AffineConstantExpr>(size))
    return floorDiv(x, c.getValue());
  return arith::DivUIOp::create(b, loc, value(x), extentValue(b, loc, size)).getResult();
}
OpFoldResult IndexMath::mod(I x, AffineExpr size) {
  if (auto c = dyn_cast<AffineConstantExpr>(size))
    return mod(x, c.getValue());
  return arith::RemUIOp::create(b, loc, value(x), extentValue(b, loc, size)).getResult();
}

OpFoldResult IndexMath::linearize(ArrayRef<I> index, ArrayRef<AffineExpr> shape) {
  I position = constant(0);
  for (auto [i, size] : llvm::zip_equal(index, shape))
    position = add(mul(position, size), i);
  return position;
}

SmallVector<OpFoldResult> IndexMath::delinearize(I position, ArrayRef<AffineExpr> shape) {
  SmallVector<I> index(shape.size());
  AffineExpr below = b.getAffineConstantExpr(1);
  for (int64_t i = static_cast<int64_t>(shape.size()) - 1; i >= 0; --i) {
    I quotient = floorDiv(position, below);
    index[i] = i == 0 ? quotient : mod(quotient, shape[i]);
    below = product(below, shape[i]);
  }
  return index;
}

Value IndexMath::value(I x) { return getValueOrCreateConstantIndexOp(b, loc, x); }
Value IndexMath::atLeast(I x, int64_t low) {
  return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sge, value(x), value(constant(low)));
}
Value IndexMath::below(I x, AffineExpr high) {
  return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, value(x), value(size(high)));
}
Value IndexMath::both(Value x, Value y) {
  if (!x || !y)
    return x ? x : y;
  return arith::AndIOp::create(b, loc, x, y);
}

WindowPosition windowPosition(IndexMath &m, OpFoldResult out, AffineExpr outSize, OpFoldResult k, int64_t window,
                              int64_t stride, int64_t dilation, int64_t low, AffineExpr size, int64_t baseDilation) {
  OpFoldResult position = m.addConstant(m.add(m.mulConstant(out, stride), m.mulConstant(k, dilation)), -low);
  // Sharper bounds where the place in the window is a constant, as it is when windows are unrolled.
  auto constant = getConstantIntValue(k);
  int64_t least = constant.value_or(0) * dilation - low;
  AffineExpr most = (outSize - 1) * stride + (constant.value_or(window - 1) * dilation - low);
  AffineExpr end = (size - 1) * baseDilation + 1;
  Value inside;
  if (least < 0)
    inside = m.atLeast(position, 0);
  // Where symbols decide, the comparison stays.
  auto room = dyn_cast<AffineConstantExpr>(canonical(end - most));
  if (!room || room.getValue() <= 0)
    inside = m.both(inside, m.below(position, canonical(end)));
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
