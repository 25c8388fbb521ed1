// All dialects and passes, for tools.
#pragma once
namespace mlir {
class DialectRegistry;
}
namespace dlc {
void registerAllDialects(mlir::DialectRegistry &registry);
} // namespace dlc
