#include "ir/Names.h"
#include "llvm/ADT/SetVector.h"

namespace dlc {
namespace {
void collect(Location loc, llvm::SetVector<StringAttr> &names) {
  if (auto name = dyn_cast<NameLoc>(loc))
    names.insert(name.getName());
  else if (auto fused = dyn_cast<FusedLoc>(loc))
    for (Location inner : fused.getLocations())
      collect(inner, names);
  else if (auto call = dyn_cast<CallSiteLoc>(loc))
    collect(call.getCallee(), names);
}
} // namespace

StringRef nodeName(Location loc) {
  auto named = loc->findInstanceOf<NameLoc>();
  return named ? named.getName().getValue() : StringRef();
}

StringRef nodeName(Operation *op) {
  StringRef name = nodeName(op->getLoc());
  return name.empty() ? op->getName().stripDialect() : name;
}

SmallVector<StringAttr> nodeNames(Location loc) {
  llvm::SetVector<StringAttr> names;
  collect(loc, names);
  return names.takeVector();
}
} // namespace dlc
