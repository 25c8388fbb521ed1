// A context for the next input: making one takes longer than reading most inputs.
#pragma once
#include "frontend/Model.h"
#include "mlir/IR/MLIRContext.h"
#include "tests/fuzz/Support.h"
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

/// The file is refused with a reason, or becomes a module that has a signature.
inline void readModel(const std::string &path) {
  mlir::MLIRContext &current = context();
  bool said = false;
  mlir::ScopedDiagnosticHandler handler(&current, [&](mlir::Diagnostic &d) {
    said |= d.getSeverity() == mlir::DiagnosticSeverity::Error;
    return mlir::success();
  });
  auto module = loadModel(current, path);
  require(module || said, "a file that is refused is refused with a reason");
  if (module)
    (void)getSignature(*module);
}

} // namespace dlc::fuzz
