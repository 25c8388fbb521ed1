// What libdlc_compiler.so shows of itself: one function, dlc_compiler, with the entry points of Driver.h behind it.
#pragma once
#include "tools/dlc/Driver.h"

namespace dlc::driver {

struct CompilerLibrary {
  const char *version; ///< of both sides, which are built together and share their classes
  std::unique_ptr<Model> (*load)(const std::string &path, const LoadOptions &, Status &);
  Status (*checkTargets)(const std::vector<std::string> &targets);
  void (*warmUp)();
  std::vector<std::pair<std::string, std::string>> (*importedOperators)();
};

// The compiler's side of them.
Status checkTargetsHere(const std::vector<std::string> &targets);
void warmUpHere();
std::vector<std::pair<std::string, std::string>> importedOperatorsHere();

} // namespace dlc::driver

extern "C" __attribute__((visibility("default"))) const dlc::driver::CompilerLibrary *dlc_compiler();
