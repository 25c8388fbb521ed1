// The driver's inside: MLIR's side of tools/dlc/Driver.h.
#pragma once
#include "ir/Dialect.h"
#include "ir/Dims.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "tools/dlc/Driver.h"

namespace dlc::driver {

struct Model::Impl {
  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  std::string path;
  LoadOptions options;
  std::vector<Port> pending; ///< the inputs of an ONNX file whose shapes are not all known; module is null then
  std::vector<std::string> bound;
  std::vector<std::string> given = {}; ///< weights that setParameters has set
  bool temporary = false;              ///< path is a file of our own: what came from standard input

  Impl();
  ~Impl();
  bool findOpenInputs();
  Status import(); ///< with offered values where it does not go without
  Status importWith(const LoadOptions &);
  /// Whether the module is a dump of the last stage, which has no @main any more.
  bool isPlan();
  /// BadInput with what to do where the module waits for shapes.
  Status requireModule() const;
};

/// Collects what MLIR says while it lives: errors as lines with node or file in front, remarks apart.
class Diagnostics {
public:
  explicit Diagnostics(MLIRContext &);
  /// A BadInput status with the errors, or with `otherwise` where there were none.
  Status failure(const std::string &otherwise) const;
  std::vector<std::string> remarks;
  std::vector<Finding> findings; ///< the errors, each with its node

private:
  static std::string where(Location);
  static std::string where(Location, const std::string &text);
  static std::string nodeOf(Location);
  std::string errors;
  ScopedDiagnosticHandler handler;
};

} // namespace dlc::driver
