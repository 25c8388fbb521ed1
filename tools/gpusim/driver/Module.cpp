// Modules: PTX text loaded, its variables given memory, its kernels handed out.
#include "tools/gpusim/driver/Api.h"

#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>

namespace gpusim {

void unloadModule(Module *module) {
  Driver &d = driver();
  for (auto &[name, function] : module->functions)
    d.functions.erase(function.get());
  for (ModuleVariable &variable : module->program->variables) {
    Allocation gone;
    if (variable.address && allocations().release(variable.address, false, false, gone) && d.checker)
      d.checker->freed(gone.address, gone.bytes);
  }
  d.modules.drop(module);
}

namespace api {
namespace {

/// Where cuModuleLoadDataEx wants its messages.
struct Logs {
  char *text[2] = {nullptr, nullptr}; // information, errors
  size_t room[2] = {0, 0};
  void **filled[2] = {nullptr, nullptr};

  void write(int which, const std::string &message) {
    size_t bytes = 0;
    if (text[which] && room[which]) {
      bytes = std::min(message.size(), room[which] - 1);
      memcpy(text[which], message.data(), bytes);
      text[which][bytes] = 0;
    }
    if (filled[which])
      *filled[which] = reinterpret_cast<void *>(bytes ? bytes + 1 : 0);
  }
};

// The number behind ".target sm_", and whether it is a target of one architecture only ("sm_90a").
bool targetOf(const std::string &ptx, int &number, bool &exact) {
  size_t at = ptx.find(".target");
  at = at == ptx.npos ? at : ptx.find("sm_", at);
  if (at == ptx.npos)
    return false;
  char *end = nullptr;
  number = int(strtol(ptx.c_str() + at + 3, &end, 10));
  exact = *end == 'a';
  return number > 0;
}

CUresult giveMemory(Program &program) {
  Driver &d = driver();
  for (ModuleVariable &v : program.variables) {
    uint64_t bytes = std::max<uint64_t>(v.size, 1);
    v.address = allocations().allocate(bytes, MemoryKind::Variable, d.model.memoryBytes, current(), v.name);
    if (!v.address)
      return CUDA_ERROR_OUT_OF_MEMORY;
    memset(reinterpret_cast<void *>(v.address), 0, bytes);
    memcpy(reinterpret_cast<void *>(v.address), v.initial.data(), std::min<uint64_t>(v.initial.size(), bytes));
  }
  for (ModuleVariable &v : program.variables) {
    for (const ModuleVariable::Relocation &r : v.relocations) {
      uint64_t address = program.variables[r.variable].address + uint64_t(r.addend);
      memcpy(reinterpret_cast<void *>(v.address + r.offset), &address, 8);
    }
    uint64_t bytes = std::max<uint64_t>(v.size, 1);
    if (d.checker) {
      auto task = std::make_shared<Task>();
      task->name = "module load";
      d.checker->allocated(v.address, bytes);
      d.checker->begin(task);
      d.checker->driverWrites(task, v.address, bytes);
      d.checker->end(task);
    }
  }
  return CUDA_SUCCESS;
}

CUresult load(CUmodule *out, const std::string &ptx, Logs &logs) {
  Driver &d = driver();
  int target = 0, card = d.model.major * 10 + d.model.minor;
  bool exact = false;
  if (!targetOf(ptx, target, exact)) {
    logs.write(1, "the image is neither PTX text nor anything else that the simulated driver runs\n");
    return CUDA_ERROR_INVALID_IMAGE;
  }
  if (target > card || (exact && target != card)) {
    logs.write(1, "ptxas fatal   : .target sm_" + std::to_string(target) + (exact ? "a" : "") +
                      " does not fit the device, which is sm_" + std::to_string(card) + "\n");
    return exact ? CUDA_ERROR_NO_BINARY_FOR_GPU : CUDA_ERROR_INVALID_PTX;
  }
  std::string error;
  std::shared_ptr<Program> program = loadPtx(ptx, d.model, error);
  if (!program) {
    logs.write(1, "gpusim error  : " + error + "\n");
    driverReport("invalid-ptx", "cuModuleLoadData", error);
    return CUDA_ERROR_INVALID_PTX;
  }
  auto made = std::make_unique<Module>();
  made->context = current();
  made->program = program;
  for (const auto &kernel : program->kernels) {
    auto function = std::make_unique<Function>();
    function->module = made.get();
    function->kernel = kernel.get();
    function->program = program;
    function->registers = kernel->registers;
    d.functions.insert(function.get());
    made->functions[kernel->name] = std::move(function);
  }
  Module *module = d.modules.add(std::move(made));
  if (CUresult bad = giveMemory(*program)) {
    unloadModule(module);
    return bad;
  }
  logs.write(0, "gpusim: " + std::to_string(program->kernels.size()) + " kernels\n");
  *out = module;
  return CUDA_SUCCESS;
}

} // namespace

CUresult cuModuleLoadDataEx(CUmodule *module, const void *image, unsigned count, int *options, void **values) {
  if (!module || !image || (count && (!options || !values)))
    return CUDA_ERROR_INVALID_VALUE;
  Logs logs;
  for (unsigned i = 0; i < count; ++i) {
    int which = options[i] >= 5; // 3, 4: information; 5, 6: errors
    if (options[i] == 3 || options[i] == 5)
      logs.text[which] = static_cast<char *>(values[i]);
    if (options[i] == 4 || options[i] == 6) {
      logs.room[which] = unsigned(reinterpret_cast<uintptr_t>(values[i]));
      logs.filled[which] = &values[i];
    }
  }
  const char *bytes = static_cast<const char *>(image);
  uint32_t fatbin = 0;
  memcpy(&fatbin, bytes, std::min<size_t>(4, strnlen(bytes, 4)));
  if (!memcmp(bytes,
              "\x7f"
              "ELF",
              strnlen(bytes, 4) < 4 ? 1 : 4)) {
    logs.write(1, "the image is a cubin, and the simulated device runs PTX only: load the PTX of the kernel\n");
    return CUDA_ERROR_NO_BINARY_FOR_GPU;
  }
  if (fatbin == 0xba55ed50 || fatbin == 0x466243b1) {
    logs.write(1, "the image is a fat binary, and the simulated device runs PTX text only\n");
    return CUDA_ERROR_NO_BINARY_FOR_GPU;
  }
  CUresult result = load(module, bytes, logs);
  if (result == CUDA_SUCCESS)
    logs.write(1, "");
  return result;
}

CUresult cuModuleLoadData(CUmodule *module, const void *image) {
  return cuModuleLoadDataEx(module, image, 0, nullptr, nullptr);
}
CUresult cuModuleLoadFatBinary(CUmodule *module, const void *image) { return cuModuleLoadData(module, image); }

CUresult cuModuleLoad(CUmodule *module, const char *path) {
  if (!path)
    return CUDA_ERROR_INVALID_VALUE;
  std::ifstream file(path, std::ios::binary);
  if (!file)
    return CUDA_ERROR_FILE_NOT_FOUND;
  std::stringstream text;
  text << file.rdbuf();
  return cuModuleLoadData(module, text.str().c_str());
}

CUresult cuModuleUnload(CUmodule module) {
  if (!driver().modules.has(module))
    return CUDA_ERROR_INVALID_HANDLE;
  synchronise(*module->context);
  unloadModule(module);
  return CUDA_SUCCESS;
}

CUresult cuModuleGetFunction(CUfunction *function, CUmodule module, const char *name) {
  if (!function || !name)
    return CUDA_ERROR_INVALID_VALUE;
  if (!driver().modules.has(module))
    return CUDA_ERROR_INVALID_HANDLE;
  auto at = module->functions.find(name);
  if (at == module->functions.end())
    return CUDA_ERROR_NOT_FOUND;
  *function = at->second.get();
  return CUDA_SUCCESS;
}

CUresult cuModuleGetFunctionCount(unsigned *count, CUmodule module) {
  if (!count)
    return CUDA_ERROR_INVALID_VALUE;
  if (!driver().modules.has(module))
    return CUDA_ERROR_INVALID_HANDLE;
  *count = unsigned(module->functions.size());
  return CUDA_SUCCESS;
}

CUresult cuModuleEnumerateFunctions(CUfunction *functions, unsigned count, CUmodule module) {
  if (!functions)
    return CUDA_ERROR_INVALID_VALUE;
  if (!driver().modules.has(module))
    return CUDA_ERROR_INVALID_HANDLE;
  for (const auto &[name, function] : module->functions)
    if (count)
      *functions++ = function.get(), --count;
  return CUDA_SUCCESS;
}

CUresult cuModuleGetGlobal_v2(CUdeviceptr *address, size_t *bytes, CUmodule module, const char *name) {
  if (!name || (!address && !bytes))
    return CUDA_ERROR_INVALID_VALUE;
  if (!driver().modules.has(module))
    return CUDA_ERROR_INVALID_HANDLE;
  for (const ModuleVariable &v : module->program->variables)
    if (v.name == name) {
      if (address)
        *address = v.address;
      if (bytes)
        *bytes = v.size;
      return CUDA_SUCCESS;
    }
  return CUDA_ERROR_NOT_FOUND;
}

CUresult cuModuleGetLoadingMode(int *mode) {
  if (!mode)
    return CUDA_ERROR_INVALID_VALUE;
  *mode = 1; // eager
  return CUDA_SUCCESS;
}

} // namespace api
} // namespace gpusim
