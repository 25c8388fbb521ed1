// A context for the next input: making one takes longer than reading most inputs.
#pragma once
#include "mlir/IR/MLIRContext.h"
#include <memory>

namespace dlc::fuzz {

inline mlir::MLIRContext &context() {
  static std::unique_ptr<mlir::MLIRContext> current;
  static unsigned uses = 0;
  // Types and attributes stay as long as it does.
  if (uses++ % 64 == 0)
    current = std::make_unique<mlir::MLIRContext>(mlir::MLIRContext::Threading::DISABLED);
  return *current;
}

} // namespace dlc::fuzz
