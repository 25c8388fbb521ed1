#include "runtime/cuda/Modules.h"
#include "runtime/cuda/KernelCache.h"
#include "runtime/cuda/Nvrtc.h"

#include <algorithm>
#include <chrono>
#include <map>

namespace dlc::rt::cuda {
namespace {

/// One unit's codes, and what was made of them.
struct Unit {
  std::vector<const fb::Code *> codes;
  Module module;
};

class Loader {
public:
  Loader(const std::shared_ptr<const Context> &context, const Program &program, const fb::Variant &variant, Log log,
         uint64_t *compilations)
      : context(context), program(program), variant(variant), log(log), compilations(compilations) {}

  Status load(Unit &unit, uint32_t number) {
    int capability = context->model.capability(), best = 0;
    const fb::Code *cubin = nullptr, *ptx = nullptr, *text = nullptr;
    std::string has;
    for (const fb::Code *c : unit.codes) {
      has += (has.empty() ? "" : ", ") + describe(*c);
      bool exact = false;
      if (int fit = c->kind() == fb::CodeKind::Cubin ? fitCubin(c->arch()->string_view(), capability) : 0; fit > best) {
        best = fit;
        cubin = c;
      } else if (c->kind() == fb::CodeKind::Ptx && architectureNumber(c->arch()->string_view(), exact) <= capability) {
        ptx = c;
      } else if (c->kind() == fb::CodeKind::CudaText) {
        text = c;
      }
    }
    bool simulated = context->driver.simulated();
    if (cubin && !simulated)
      return take(unit, number, bytesOf(*cubin), "cubin " + cubin->arch()->str());
    if (ptx && simulated)
      return take(unit, number, bytesOf(*ptx), "PTX " + ptx->arch()->str());
    Status whyNot;
    if (text) {
      std::string made, arch;
      whyNot = compile(std::string(bytesOf(*text)), "unit_" + std::to_string(number) + ".cu", made, arch);
      if (whyNot.ok())
        return take(unit, number, made, "compiled for " + arch);
      if (whyNot.code() != DLC_NO_DEVICE)
        return {whyNot.code(), whyNot.message(), program.path()};
    }
    if (ptx) {
      count();
      return take(unit, number, bytesOf(*ptx), "PTX " + ptx->arch()->str() + " by the driver");
    }
    std::string card = context->model.name + " (compute capability " + std::to_string(context->model.major) + "." +
                       std::to_string(context->model.minor) + ")";
    return {DLC_UNSUPPORTED,
            "no code for " + card + ": the file has " + (has.empty() ? "none" : has) +
                (text ? ", and the text cannot be compiled here: " + whyNot.message() : "") +
                "; or compile the model for sm_" + std::to_string(capability),
            program.path()};
  }

private:
  const std::shared_ptr<const Context> &context;
  const Program &program;
  const fb::Variant &variant;
  Log log;
  uint64_t *compilations;

  void count() {
    if (compilations)
      ++*compilations;
  }

  static std::string describe(const fb::Code &c) {
    std::string arch = c.arch()->str();
    switch (c.kind()) {
    case fb::CodeKind::Cubin:
      return "a cubin for " + arch;
    case fb::CodeKind::Ptx:
      return "PTX for " + arch;
    case fb::CodeKind::CudaText:
      return "CUDA text";
    default:
      return "code for " + arch;
    }
  }

  std::string_view bytesOf(const fb::Code &c) const {
    const SectionView *s = program.section(c.section()->string_view());
    return {s->data, s->size};
  }

  Status compile(const std::string &text, const std::string &name, std::string &out, std::string &arch) {
    Nvrtc nvrtc;
    DLC_TRY(Nvrtc::open(nvrtc));
    int capability = context->model.capability(), newest = nvrtc.newestFor(capability);
    // An NVRTC older than the card: PTX of the newest that it knows, for the driver to translate.
    bool ptx = context->driver.simulated() || (newest && newest != capability);
    arch = (ptx ? "compute_" : "sm_") + std::to_string(newest ? newest : capability);
    std::string options = Nvrtc::options(arch);
    auto make = [&](std::string &made) -> Status {
      auto begin = std::chrono::steady_clock::now();
      count();
      DLC_TRY(nvrtc.compile(text, name, arch, made));
      auto spent = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
      log(DLC_LOG_INFO, program.path() + ": compiled " + name + " for " + arch + " with NVRTC " + nvrtc.version() +
                            " in " + std::to_string(spent.count()) + " ms");
      return {};
    };
    return KernelCache(KernelCache::defaultFolder()).get({text, options, nvrtc.version(), arch}, make, log, out);
  }

  Status take(Unit &unit, uint32_t number, std::string_view image, const std::string &origin) {
    // PTX wants a NUL at its end, and the log of what the driver made of it tells what is wrong with an image.
    std::string copy(image);
    char problem[4096] = "";
    CUjit_option options[] = {CU_JIT_ERROR_LOG_BUFFER, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES};
    void *values[] = {problem, reinterpret_cast<void *>(uintptr_t(sizeof problem))};
    CUmodule raw = nullptr;
    CUresult r = context->driver.cuModuleLoadDataEx(&raw, copy.c_str(), 2, options, values);
    if (r != CUDA_SUCCESS) {
      Status s =
          context->driver.check(r, "cuModuleLoadDataEx", "load unit " + std::to_string(number) + " (" + origin + ")");
      problem[sizeof problem - 1] = 0;
      std::string log = joinedLines(problem);
      return {s.code(), s.message() + (log.empty() ? "" : "; the driver says: " + log),
              program.path() + ", variant '" + variant.target()->str() + "'"};
    }
    unit.module = Module(context, raw);
    log(DLC_LOG_DEBUG, program.path() + ": unit " + std::to_string(number) + " is " + origin);
    return {};
  }
};

} // namespace

int architectureNumber(std::string_view arch, bool &exact) {
  for (std::string_view head : {"sm_", "compute_"})
    if (arch.substr(0, head.size()) == head)
      arch.remove_prefix(head.size());
  int number = 0;
  size_t i = 0;
  for (; i < arch.size() && i < 4 && arch[i] >= '0' && arch[i] <= '9'; ++i)
    number = number * 10 + (arch[i] - '0');
  exact = arch.size() == i + 1 && arch[i] == 'a';
  return i && (i == arch.size() || exact) ? number : 0;
}

int fitCubin(std::string_view arch, int capability) {
  bool exact = false;
  int number = architectureNumber(arch, exact);
  if (!number || (exact && number != capability) || number / 10 != capability / 10 || number > capability)
    return 0;
  return number * 2 + exact;
}

Status Modules::load(const std::shared_ptr<const Context> &context, const Program &program, const fb::Variant &variant,
                     Log log, uint64_t *compilations, Modules &out) {
  Loader loader(context, program, variant, log, compilations);
  std::map<uint32_t, Unit> units;
  for (const fb::Kernel *k : *variant.kernels())
    units[k->unit()];
  for (const fb::Code *c : *variant.codes())
    if (auto it = units.find(c->unit()); it != units.end())
      it->second.codes.push_back(c);
  std::string where = program.path() + ", variant '" + variant.target()->str() + "'";
  for (auto &[number, unit] : units)
    DLC_TRY(loader.load(unit, number));
  for (const fb::Kernel *k : *variant.kernels()) {
    Unit &unit = units[k->unit()];
    CUfunction function = nullptr;
    CUresult r = context->driver.cuModuleGetFunction(&function, unit.module.get(), k->name()->c_str());
    if (r == CUDA_ERROR_NOT_FOUND)
      return {DLC_BAD_FILE, "the code has no kernel '" + k->name()->str() + "'", where};
    DLC_TRY(context->driver.check(r, "cuModuleGetFunction", "find the kernel '" + k->name()->str() + "'"));
    if (context->driver.simulated())
      if (auto *archs = k->archs(); archs->size()) {
        const fb::KernelArch *best = archs->Get(0);
        for (const fb::KernelArch *a : *archs)
          if (fitCubin(a->arch()->string_view(), context->model.capability()) >
              fitCubin(best->arch()->string_view(), context->model.capability()))
            best = a;
        context->driver.gpusim_kernel_resources(function, best->registers(), best->shared_bytes(), best->spill_bytes());
      }
    out.functions.push_back(function);
  }
  for (auto &[number, unit] : units)
    out.modules.push_back(std::move(unit.module));
  return {};
}

} // namespace dlc::rt::cuda
