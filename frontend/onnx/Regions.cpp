#include "frontend/onnx/Regions.h"
#include "frontend/onnx/Sizes.h"
#include "ir/Dims.h"

namespace dlc {

Value Traced::argument(OpBuilder &b, Location loc, RankedTensorType type) {
  arguments.push_back(UnrealizedConversionCastOp::create(b, loc, type, ValueRange{}).getResult(0));
  return arguments.back();
}

void Traced::replaceArgument(OpBuilder &b, Value argument, RankedTensorType type) {
  assert(argument.use_empty() && "what reads it was built for its type");
  Operation *old = argument.getDefiningOp();
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(old);
  auto fresh = UnrealizedConversionCastOp::create(b, old->getLoc(), type, ValueRange{});
  *llvm::find(arguments, argument) = fresh.getResult(0);
  old->erase();
}

void Traced::begin(OpBuilder &b) {
  Block *block = b.getInsertionBlock();
  before = block->empty() ? nullptr : &block->back();
}

SmallVector<Operation *> builtBehind(Block &block, Operation *before) {
  SmallVector<Operation *> ops;
  auto dependsOnFound = [](Type type) { return SizeTable::current() && SizeTable::current()->dependsOnFound(type); };
  Operation *op = before ? before->getNextNode() : block.empty() ? nullptr : &block.front();
  for (; op; op = op->getNextNode())
    if (op->getNumOperands() || op->getNumRegions() || llvm::any_of(op->getResultTypes(), dependsOnFound))
      ops.push_back(op);
  return ops;
}

void addCaptures(Block &block, const Traced &traced, ArrayRef<Value> yields, llvm::SetVector<Value> &captures) {
  SmallVector<Operation *> ops = builtBehind(block, traced.before);
  llvm::SmallPtrSet<Operation *, 16> own(ops.begin(), ops.end());
  auto read = [&](Value v) {
    if (!(v.getDefiningOp() && own.contains(v.getDefiningOp())) && !llvm::is_contained(traced.arguments, v))
      captures.insert(v);
  };
  for (Operation *op : ops)
    llvm::for_each(op->getOperands(), read);
  llvm::for_each(yields, read);
}

void moveIntoRegion(OpBuilder &b, Traced &traced, Region &region, ArrayRef<Value> captures, ArrayRef<Value> yields) {
  SmallVector<Operation *> ops = builtBehind(*b.getInsertionBlock(), traced.before);
  OpBuilder::InsertionGuard guard(b);
  Block *body = b.createBlock(&region);
  YieldOp::create(b, b.getUnknownLoc(), yields);
  for (Operation *op : ops)
    op->moveBefore(body->getTerminator());
  auto argument = [&](Value outer) {
    Value inner = body->addArgument(outer.getType(), outer.getLoc());
    outer.replaceUsesWithIf(inner, [&](OpOperand &use) { return use.getOwner()->getBlock() == body; });
  };
  llvm::for_each(traced.arguments, argument);
  llvm::for_each(captures, argument);
  for (Value placeholder : traced.arguments)
    placeholder.getDefiningOp()->erase();
}

void setSteps(LoopForm &form, int64_t steps) {
  form.limit = rangeOf(steps).high;
  form.count = isOpen(steps) ? SizeTable::current()->size(steps) : AffineExpr();
}

WhileOp makeWhile(OpBuilder &b, Location loc, const LoopForm &form, Traced &body, SmallVector<Value> inputs,
                  ArrayRef<Value> yields) {
  llvm::SetVector<Value> captures;
  addCaptures(*b.getInsertionBlock(), body, yields, captures);
  // Before the move: a yielded placeholder is gone afterwards.
  SmallVector<Type> types;
  for (auto [i, value] : llvm::enumerate(yields)) {
    SmallVector<AffineExpr> dims = getDims(value.getType());
    if (int64_t(i) >= form.carried)
      dims.insert(dims.begin(), form.count ? form.count : b.getAffineConstantExpr(form.limit));
    types.push_back(getTensorType(b.getContext(), dims, getElementTypeOrSelf(value.getType())));
  }
  Region region;
  moveIntoRegion(b, body, region, captures.getArrayRef(), yields);
  llvm::append_range(inputs, captures);
  auto op = WhileOp::create(b, loc, types, inputs, form.carried, form.limit, form.sequences, form.conditional,
                            form.reversed, form.count ? DimsAttr::get(b.getContext(), {form.count}) : DimsAttr());
  op.getBody().takeBody(region);
  return op;
}

} // namespace dlc
