#include "tools/compile/Epilogue.h"
#include "codegen/cpu/Library.h"
#include "ir/Scalar.h"
#include "passes/FusionGroup.h"

namespace dlc {

bool cpuTakesEpilogue(Operation *contraction, ArrayRef<Operation *> epilogue, Operation *next) {
  Block body;
  OpBuilder b(contraction->getContext());
  b.setInsertionPointToStart(&body);
  auto argument = [&](Value v) {
    return body.addArgument(Scalar::computeType(getElementTypeOrSelf(v.getType())), v.getLoc());
  };
  DenseMap<Value, Value> scalars;
  Value last = contraction->getResult(0);
  scalars[last] = argument(last);
  SmallVector<Operation *> chain(epilogue);
  chain.push_back(next);
  for (Operation *op : chain) {
    SmallVector<Value> args;
    for (Value operand : op->getOperands()) {
      Value &scalar = scalars[operand];
      if (!scalar) {
        // A constant, perhaps behind a broadcast, is part of the meaning; everything else is one more operand.
        Operation *def = operand.getDefiningOp();
        if (auto indexed = dyn_cast_or_null<IndexedOpInterface>(def);
            indexed && def->getNumOperands() == 1 && indexed.isCheap())
          if (Operation *inner = def->getOperand(0).getDefiningOp(); inner && isSplatConstant(inner))
            def = inner;
        DenseElementsAttr constant;
        if (def && isSplatConstant(def) && matchPattern(def, m_Constant(&constant)) &&
            isa<FloatType>(constant.getElementType()))
          scalar = arith::ConstantOp::create(b, op->getLoc(),
                                             FloatAttr::get(Scalar::computeType(constant.getElementType()),
                                                            constant.getSplatValue<APFloat>().convertToDouble()));
        else
          scalar = argument(operand);
      }
      args.push_back(scalar);
    }
    last = op->getResult(0);
    scalars[last] = cast<ScalarExprOpInterface>(op).buildScalar(b, op->getLoc(), args);
  }
  linalg::YieldOp::create(b, next->getLoc(), scalars[last]);
  bool takes = cpuLibraryTakesEpilogue(contraction, body);
  body.dropAllReferences();
  return takes;
}

} // namespace dlc
