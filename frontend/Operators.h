// Which operators of ONNX can be imported. Plain C++, for those who list them.
#pragma once
#include <string>
#include <vector>

namespace dlc {

enum class ImportKind {
  Kernel,   ///< a row of the import table: it becomes operators of the dialect
  Unrolled, ///< control flow: branches and steps are taken at import, or both branches are computed
  AtImport, ///< computed at import alone, from shapes and constants
  Rewritten ///< of old files, rewritten to operators of today
};
/// The newest opset of ONNX's default domain whose operators the importer was made for.
inline constexpr int newestOpset = 28;

/// "kernel", "unrolled", "at import", "rewritten"
const char *name(ImportKind);

struct ImportedOperator {
  std::string name;
  ImportKind kind;
};
/// Each operator of ONNX's default domain that some import accepts, once, by name.
std::vector<ImportedOperator> importedOperators();

} // namespace dlc
