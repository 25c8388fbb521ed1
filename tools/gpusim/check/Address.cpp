#include "tools/gpusim/check/Checker.h"
#include "tools/gpusim/memory/Allocations.h"

namespace gpusim {

std::string describeAddress(uint64_t address) {
  auto list = allocations().list();
  const Allocation *before = nullptr;
  for (const Allocation &a : *list) {
    if (a.address > address)
      break;
    before = &a;
  }
  if (!before)
    return "of no allocation";
  std::string name =
      before->name.empty() ? "allocation #" + std::to_string(before->number) : "variable '" + before->name + "'";
  name += " of " + std::to_string(before->bytes) + " bytes";
  if (address >= before->end())
    return std::to_string(address - before->end()) + " bytes behind " + name + (before->freed ? ", freed" : "");
  return name + (before->freed ? ", freed" : "") + ", offset " + std::to_string(address - before->address);
}

} // namespace gpusim
