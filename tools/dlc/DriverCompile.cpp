#include "passes/Specialize.h"
#include "passes/Training.h"
#include "tools/dlc/DriverImpl.h"

namespace dlc::driver {
static const Status notYet{Status::Internal, "code generation is not wired up in this build", {}};

const std::vector<std::string> &stages() {
  static const std::vector<std::string> names{"import", "graph", "fuse", "body", "schedule", "plan"};
  return names;
}
Status checkTraining(const Training &training) {
  auto options = parseOptimizer(training.optimizer);
  if (!options)
    return {Status::BadInput, llvm::toString(options.takeError()), {}};
  return {};
}

Status Model::bindShapes(const std::map<std::string, std::vector<int64_t>> &shapes) {
  Diagnostics diagnostics(impl->context);
  InputShapes given;
  for (auto &[name, shape] : shapes)
    given[name].assign(shape.begin(), shape.end());
  auto main = findMain(*impl->module);
  if (failed(main))
    return diagnostics.failure("there is no main function");
  auto bindings = findBindings(*main, given);
  if (failed(bindings) || failed(specialize(*impl->module, *bindings)))
    return diagnostics.failure("these shapes do not fit");
  return {};
}

Status Model::check() const { return {}; }
Status Model::compile(const CompileOptions &, std::vector<char> &, CompileReport *) const { return notYet; }
Status Model::lower(const std::string &, const CompileOptions &, std::string &) const { return notYet; }
Status Model::compileStep(const Training &, const CompileOptions &, std::vector<char> &, CompileReport *) const { return notYet; }
} // namespace dlc::driver
