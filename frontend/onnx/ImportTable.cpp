// The import table: the families' rows by name.
#include "frontend/onnx/NodeBuilder.h"

namespace dlc {

std::vector<const ImportRow *> importRows() {
  std::vector<const ImportRow *> rows;
  for (auto family : {elementwiseRows(), movementRows(), reductionRows(), contractionRows(), normalizationRows(),
                      quantizationRows(), recurrentRows(), samplingRows(), signalRows(), scatterRowsTable(),
                      attentionRows(), geometryRows(), linearAttentionRows(), microsoftAttentionRows(),
                      microsoftQuantizedRows(), microsoftRows(), randomRows(), trainingRows(), selectionRows()})
    for (const ImportRow &row : family)
      rows.push_back(&row);
  return rows;
}

const ImportRow *findImportRow(StringRef domain, StringRef op) {
  static const llvm::StringMap<const ImportRow *> table = [] {
    llvm::StringMap<const ImportRow *> rows;
    for (const ImportRow *row : importRows())
      rows[row->op] = row;
    return rows;
  }();
  if (domain.empty() || domain == upgradeDomain)
    return table.lookup(op);
  return table.lookup((domain + "." + op).str());
}

} // namespace dlc
