// Sizes that a run finds (NonZero, Compress, ...): a symbol that is declared while the model is imported, between 0 and
// the most that it can be. What follows has its dimensions as it has those that --shape leaves open.
#include "ir/Found.h"
#include "frontend/onnx/Importer.h"
#include "frontend/onnx/Sizes.h"
#include "ir/Dims.h"

namespace dlc {

LogicalResult NodeBuilder::found(Value count, ArrayRef<Value> values, SmallVectorImpl<Value> &results) {
  int64_t most = rangeOf(shapeOf(values[0])[0]).high;
  if (most == 0) {
    results.assign(values.begin(), values.end());
    return success();
  }
  // A name that text can hold, and no other symbol has.
  std::string given = node.name().empty() ? "size" : node.name();
  for (char &c : given)
    c = llvm::isAlnum(c) ? c : '_';
  if (llvm::isDigit(given[0]) || llvm::is_contained({"floordiv", "ceildiv", "mod"}, given))
    given = "_" + given;
  std::string name = given;
  for (int number = 1; importer.openSizes.isDeclared(name); ++number)
    name = given + "_" + std::to_string(number);
  importer.openSizes.declareFound(name, most);
  importer.module->setAttr(symbolsAttrName, importer.openSizes.attribute());
  MLIRContext *context = b.getContext();
  AffineExpr symbol = getAffineSymbolExpr(context->getOrLoadDialect<DLCDialect>()->symbolPosition(name), context);
  SmallVector<Type> types = {count.getType()};
  for (Value value : values) {
    SmallVector<AffineExpr> shape = getDims(value.getType());
    shape[0] = symbol;
    types.push_back(getTensorType(context, shape, elementOf(value)));
  }
  auto op = FoundOp::create(b, loc, types, count, values, DimsAttr::get(context, {symbol}));
  importer.foundSizes[name] = op.getValue();
  results.assign(op.getResults().begin(), op.getResults().end());
  return success();
}

bool Importer::foundBehind(Operation *before, mlir::Type type) {
  auto &dialect = *context.getOrLoadDialect<DLCDialect>();
  for (AffineExpr size : getDims(type))
    for (unsigned position : symbolsOf(size))
      if (auto it = foundSizes.find(dialect.symbolName(position)); it != foundSizes.end()) {
        Operation *finder = it->second.getDefiningOp();
        if (finder->getBlock() == b.getInsertionBlock() && (!before || before->isBeforeInBlock(finder)))
          return true;
      }
  return false;
}

void Importer::dropUnfound() {
  llvm::StringSet<> there;
  auto &dialect = *context.getOrLoadDialect<DLCDialect>();
  module.walk([&](FoundOp op) { there.insert(dialect.symbolName(symbolsOf(op.getSize().getExprs()[0])[0])); });
  for (auto &entry : foundSizes)
    if (!there.contains(entry.first()))
      openSizes.undeclare(entry.first());
  if (!openSizes.empty())
    module->setAttr(symbolsAttrName, openSizes.attribute());
  else
    module->removeAttr(symbolsAttrName);
}

StringRef Importer::foundSymbol(AffineExpr size) {
  auto &dialect = *context.getOrLoadDialect<DLCDialect>();
  for (unsigned position : symbolsOf(size))
    if (auto it = foundSizes.find(dialect.symbolName(position)); it != foundSizes.end())
      return it->first();
  return "";
}

Value Importer::sizeValue(AffineExpr size) {
  Ops o(b, UnknownLoc::get(&context));
  auto scalar = RankedTensorType::get({}, b.getI64Type());
  StringRef found = foundSymbol(size);
  if (auto constant = constantSize(size))
    return o.full(scalar, double(*constant));
  if (isa<AffineSymbolExpr>(size) && !found.empty())
    return foundSizes[found];
  auto binary = dyn_cast<AffineBinaryOpExpr>(size);
  if (found.empty() || !binary)
    return SizesOp::create(b, o.loc, scalar, DimsAttr::get(&context, {size}));
  Value x = sizeValue(binary.getLHS()), y = sizeValue(binary.getRHS());
  switch (size.getKind()) {
  case AffineExprKind::Add:
    return o.add(x, y);
  case AffineExprKind::Mul:
    return o.mul(x, y);
  case AffineExprKind::Mod:
    return RemOp::create(b, o.loc, x, y).getResult();
  case AffineExprKind::CeilDiv:
    return o.div(o.add(x, o.add(y, o.full(scalar, -1))), y);
  default:
    return o.div(x, y);
  }
}

} // namespace dlc
