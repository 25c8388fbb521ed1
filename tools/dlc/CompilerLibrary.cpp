// Driver.h as the verbs link it: opens the compiler when it is first needed. Carried builds have it linked in.
#include "tools/dlc/CompilerLibrary.h"
#include "passes/Stages.h"
#include <cstring>
#include <dlfcn.h>

namespace dlc::driver {
namespace {

#ifdef DLC_COMPILER_LINKED
const CompilerLibrary *library(std::string &) { return dlc_compiler(); }
#else
const CompilerLibrary *open(std::string &problem) {
  constexpr const char *file = "libdlc_compiler.so"; // beside this program, by its run path
  void *handle = dlopen(file, RTLD_LAZY | RTLD_LOCAL);
  auto entry = handle ? reinterpret_cast<decltype(&dlc_compiler)>(dlsym(handle, "dlc_compiler")) : nullptr;
  if (!entry) {
    const char *why = dlerror();
    problem = std::string("the compiler cannot be opened: ") + (why ? why : file) + ": install dlc anew";
    return nullptr;
  }
  const CompilerLibrary *found = entry();
  if (!std::strcmp(found->version, DLC_VERSION))
    return found;
  problem = std::string(file) + " is of version " + found->version + ", this program of " + DLC_VERSION +
            ": install dlc anew";
  return nullptr;
}

const CompilerLibrary *library(std::string &problem) {
  static std::string why;
  static const CompilerLibrary *const opened = open(why);
  problem = why;
  return opened;
}
#endif

} // namespace

std::unique_ptr<Model> Model::load(const std::string &path, const LoadOptions &options, Status &status) {
  std::string problem;
  const CompilerLibrary *compiler = library(problem);
  if (compiler)
    return compiler->load(path, options, status);
  status = {Status::Internal, problem, {}};
  return nullptr;
}

Status checkTargets(const std::vector<std::string> &targets) {
  std::string problem;
  const CompilerLibrary *compiler = library(problem);
  return compiler ? compiler->checkTargets(targets) : Status{Status::Internal, problem, {}};
}

void warmUp() {
  std::string problem;
  if (const CompilerLibrary *compiler = library(problem))
    compiler->warmUp();
}

std::vector<std::pair<std::string, std::string>> importedOperators() {
  std::string problem;
  const CompilerLibrary *compiler = library(problem);
  return compiler ? compiler->importedOperators() : std::vector<std::pair<std::string, std::string>>();
}

const std::vector<std::string> &stages() {
  static const std::vector<std::string> names(std::begin(stageNames), std::end(stageNames));
  return names;
}

} // namespace dlc::driver
