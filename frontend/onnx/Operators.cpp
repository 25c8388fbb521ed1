// The list of what can be imported, from the tables that import it.
#include "frontend/Operators.h"
#include "frontend/onnx/HostEval.h"
#include "frontend/onnx/Importer.h"
#include "frontend/onnx/Upgrade.h"
#include <map>

namespace dlc {

const char *name(ImportKind kind) {
  switch (kind) {
  case ImportKind::Kernel:
    return "kernel";
  case ImportKind::Unrolled:
    return "unrolled";
  case ImportKind::AtImport:
    return "at import";
  case ImportKind::Rewritten:
    return "rewritten";
  }
  return "";
}

std::vector<ImportedOperator> importedOperators() {
  std::map<std::string, ImportKind> kinds; // the first to claim a name has it
  for (const ImportRow *row : importRows())
    if (StringRef(row->op) != "BroadcastAxis") // dlc's own, of upgradeDomain
      kinds.emplace(row->op, ImportKind::Kernel);
  for (const char *op : {"If", "Loop", "Scan"})
    if (Importer::controlFlow(op))
      kinds.emplace(op, ImportKind::Unrolled);
  for (const std::string &op : Importer::sequenceOps())
    kinds.emplace(op, ImportKind::AtImport);
  for (const std::string &op : evaluatedOperators())
    kinds.emplace(op, ImportKind::AtImport);
  for (const char *op : Importer::alwaysKnown)
    kinds.emplace(op, ImportKind::AtImport);
  for (size_t i = 0; i < upgradeRuleCount; ++i)
    if (upgradeRules[i].op != std::string_view("*"))
      kinds.emplace(upgradeRules[i].op, ImportKind::Rewritten);
  std::vector<ImportedOperator> list;
  for (auto &[op, kind] : kinds)
    list.push_back({op, kind});
  return list;
}

} // namespace dlc
