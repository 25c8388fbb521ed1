// Registration: one unit, rarely edited, because it instantiates everything.
#include "ir/Dialect.h"
#include "ir/Dropout.h"
#include "ir/Found.h"
#include "ir/Philox.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

#include "ir/Dialect.cpp.inc"
#include "ir/Enums.cpp.inc"
#include "ir/Interfaces.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "ir/Attributes.cpp.inc"

namespace dlc {
std::shared_ptr<DimensionSymbols> makeDimensionSymbols();

void DLCDialect::registerAttributes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "ir/Attributes.cpp.inc"
      >();
}

void DLCDialect::initialize() {
  store = std::make_shared<WeightStore>();
  dimensionSymbols = makeDimensionSymbols();
  registerAttributes();
  addOperations<
#define GET_OP_LIST
#include "ir/Ops.cpp.inc"
      >();
  addOperations<DropoutOp, FoundOp, PhiloxOp>();
}

Operation *DLCDialect::materializeConstant(OpBuilder &b, Attribute value, Type type, Location loc) {
  auto elements = dyn_cast<ElementsAttr>(value);
  return elements && elements.getType() == type ? ConstantOp::create(b, loc, type, elements).getOperation() : nullptr;
}
} // namespace dlc
