#include "codegen/cuda/Archs.h"
#include "mlir/IR/BuiltinAttributes.h"
#include <algorithm>

using namespace llvm;

namespace dlc::cuda {

static constexpr int64_t kib = 1024;
static constexpr Arch table[] = {
    {"75", 75, 64 * kib, true},     {"80", 80, 163 * kib, true},   {"86", 86, 99 * kib, true},
    {"87", 87, 163 * kib, false},   {"89", 89, 99 * kib, true},    {"90", 90, 227 * kib, false},
    {"90a", 90, 227 * kib, true},   {"100", 100, 227 * kib, true}, {"100a", 100, 227 * kib, false},
    {"103", 103, 227 * kib, false}, {"120", 120, 99 * kib, true},  {"120a", 120, 99 * kib, false},
    {"121", 121, 99 * kib, false}};

ArrayRef<Arch> archs() { return table; }

const Arch *findArch(StringRef code) {
  if (!code.consume_front("sm_") && !code.consume_front("compute_"))
    return nullptr;
  const Arch *found = find_if(table, [&](const Arch &arch) { return arch.name == code; });
  return found == std::end(table) ? nullptr : found;
}

std::vector<std::string> majorArchs() {
  std::vector<std::string> names;
  for (const Arch &arch : table)
    if (arch.major)
      names.push_back(("sm_" + arch.name).str());
  return names;
}

std::vector<std::string> moduleArchs(mlir::ModuleOp module) {
  std::vector<std::string> codes;
  if (auto archs = module->getAttrOfType<mlir::ArrayAttr>("dlc.archs"))
    for (mlir::Attribute arch : archs)
      if (auto name = mlir::dyn_cast<mlir::StringAttr>(arch))
        codes.push_back(name.str());
  return codes;
}

int64_t sharedLimit(ArrayRef<std::string> codes) {
  int64_t least = 99 * kib;
  for (const std::string &code : codes)
    if (const Arch *arch = findArch(code))
      least = std::min(least, arch->sharedBytes);
  return least;
}

std::optional<StringRef> beforeSm80(ArrayRef<std::string> codes) {
  for (const std::string &code : codes)
    if (const Arch *arch = findArch(code); arch && arch->capability < 80)
      return StringRef(code);
  return std::nullopt;
}

} // namespace dlc::cuda
