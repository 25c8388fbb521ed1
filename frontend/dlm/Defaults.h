// What an operator's properties are when nobody says anything.
#pragma once
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/OperationSupport.h"

namespace dlc {
/// Defaults by name; empty for operators without properties.
mlir::DictionaryAttr defaultProperties(mlir::OperationName name, mlir::MLIRContext *context);

/// Rewrites what older versions of an operator stored. The table of upgrades, as ONNX's is: see Defaults.cpp.
struct OperatorUpgrade {
  llvm::StringRef op;
  unsigned below; // applies to nodes of a lower version
  void (*rewrite)(std::string &op, mlir::NamedAttrList &attributes);
};
llvm::ArrayRef<OperatorUpgrade> operatorUpgrades();
} // namespace dlc
