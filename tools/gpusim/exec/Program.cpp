#include "tools/gpusim/exec/Kernel.h"

#include <map>

namespace gpusim {

namespace {
class ProgramImpl final : public Program {
public:
  std::shared_ptr<ptx::Module> module;
};
} // namespace

std::unique_ptr<Program> loadPtx(std::string_view ptx, const DeviceModel &model, std::string &error) {
  auto program = std::make_unique<ProgramImpl>();
  program->module = ptx::parse(ptx, error);
  if (!program->module)
    return nullptr;
  const ptx::Module &m = *program->module;
  // Index i here is index i there: shared ones stay empty entries of no size.
  std::map<std::string_view, size_t> byName;
  for (const ptx::Variable &v : m.variables) {
    ModuleVariable out;
    out.name = std::string(v.name);
    if (v.space == ptx::StateSpace::Global || v.space == ptx::StateSpace::Const) {
      out.size = v.size, out.align = v.align, out.initial = v.initial;
      out.constant = v.space == ptx::StateSpace::Const;
      byName.emplace(v.name, program->variables.size());
    }
    program->variables.push_back(std::move(out));
  }
  for (size_t i = 0; i < m.variables.size(); ++i)
    for (const ptx::Variable::Relocation &r : m.variables[i].relocations) {
      auto it = byName.find(r.name);
      if (it == byName.end()) {
        error = "line 1: '" + std::string(m.variables[i].name) + "' holds the address of '" + std::string(r.name) +
                "', which is no variable in device memory";
        return nullptr;
      }
      program->variables[i].relocations.push_back({r.offset, it->second, r.addend});
    }
  for (const auto &f : m.functions) {
    if (!f->isEntry || f->isDeclaration)
      continue;
    std::unique_ptr<KernelImpl> kernel = buildKernel(program->module, *f, program->variables, model, error);
    if (!kernel)
      return nullptr;
    program->kernels.push_back(std::move(kernel));
  }
  return program;
}

} // namespace gpusim
