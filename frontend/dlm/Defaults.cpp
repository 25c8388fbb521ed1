#include "frontend/dlm/Defaults.h"
#include "mlir/IR/Operation.h"

using namespace mlir;

namespace dlc {

DictionaryAttr defaultProperties(OperationName name, MLIRContext *context) {
  auto none = DictionaryAttr::get(context);
  if (name.getOpPropertyByteSize() == 0)
    return none;
  Operation *blank = Operation::create(UnknownLoc::get(context), name, TypeRange(), ValueRange(), NamedAttrList(),
                                       OpaqueProperties(nullptr), BlockRange(), 0u);
  name.populateDefaultProperties(blank->getPropertiesStorage());
  auto defaults = dyn_cast_or_null<DictionaryAttr>(blank->getPropertiesAsAttribute());
  blank->destroy();
  return defaults ? defaults : none;
}

// No operator has changed yet; the first that does gets a row here and a higher getOpVersion().
ArrayRef<OperatorUpgrade> operatorUpgrades() { return {}; }

} // namespace dlc
