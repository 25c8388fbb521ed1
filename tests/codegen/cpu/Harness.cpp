#include "tests/codegen/cpu/Harness.h"
#include "codegen/cpu/Cpu.h"
#include "ir/Dialect.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/Signals.h"
#include <cstring>
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

using namespace mlir;

namespace dlc::test {

Guarded::Guarded(size_t bytes) : bytes(bytes) {
  size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  mapped = (bytes + page - 1) / page * page + page;
  mapping = mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  char *end = static_cast<char *>(mapping) + mapped - page;
  mprotect(end, page, PROT_NONE);
  start = end - bytes;
}

Guarded::Guarded(Guarded &&other) noexcept : mapping(other.mapping), mapped(other.mapped), start(other.start), bytes(other.bytes) {
  other.mapping = nullptr;
}

Guarded::~Guarded() {
  if (mapping)
    munmap(mapping, mapped);
}

using KernelFn = void (*)(void *const *, const int64_t *, int64_t, int64_t, void *);

struct Module::State {
  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  void *handle = nullptr;
};

static DialectRegistry registry() {
  DialectRegistry r;
  registerCpuDialects(r);
  r.insert<DLCDialect, affine::AffineDialect, linalg::LinalgDialect, tensor::TensorDialect>();
  return r;
}

std::unique_ptr<Module> Module::compile(const std::string &text, const std::string &cpuLevel) {
  static bool traced = (llvm::sys::PrintStackTraceOnErrorSignal("test-cpu-kernels"), true);
  (void)traced;
  std::unique_ptr<Module> result(new Module);
  result->state = std::make_unique<State>();
  result->level = cpuLevel;
  State &s = *result->state;
  s.context.appendDialectRegistry(registry());
  s.context.loadAllAvailableDialects();
  std::string errors;
  ScopedDiagnosticHandler handler(&s.context, [&](Diagnostic &d) {
    if (d.getSeverity() == DiagnosticSeverity::Remark)
      result->remarks += d.str() + "\n";
    errors += d.str() + "\n";
    return success();
  });
  s.module = parseSourceString<ModuleOp>(text, &s.context);
  if (!s.module) {
    ADD_FAILURE() << "parse: " << errors << text;
    return nullptr;
  }
  PassManager pm(&s.context);
  pm.addPass(createScheduleCpuPass(cpuLevel));
  if (failed(pm.run(*s.module))) {
    ADD_FAILURE() << "schedule: " << errors << text;
    return nullptr;
  }
  FailureOr<std::vector<char>> image = emitSharedObject(*s.module, cpuLevel);
  if (failed(image)) {
    ADD_FAILURE() << "emit: " << errors << text;
    return nullptr;
  }
  if (const char *kind = std::getenv("DLC_CPU_TEXT")) // asm, ir or optimized: for people who debug
    llvm::errs() << result->text(kind);
  result->image = *image;
  int fd = memfd_create("kernels", 0);
  if (write(fd, image->data(), image->size()) != static_cast<ssize_t>(image->size()))
    return nullptr;
  s.handle = dlopen(("/proc/self/fd/" + std::to_string(fd)).c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!s.handle)
    ADD_FAILURE() << dlerror();
  close(fd);
  return s.handle ? std::move(result) : nullptr;
}

Module::~Module() {
  if (state && state->handle)
    dlclose(state->handle);
}

std::string Module::printed(const std::string &name, const std::string &attr) {
  std::string text;
  if (Attribute a = state->module->lookupSymbol(name)->getAttr(attr))
    llvm::raw_string_ostream(text) << a;
  return text;
}

std::string Module::text(const std::string &kind) {
  CpuText wanted = kind == "asm" ? CpuText::Assembly : kind == "ir" ? CpuText::LLVMIR : CpuText::OptimizedLLVMIR;
  FailureOr<std::string> text = emitCpuText(*state->module, level, wanted);
  return succeeded(text) ? *text : std::string();
}

int64_t Module::attribute(const std::string &name, const std::string &attr) {
  Operation *op = state->module->lookupSymbol(name);
  return cast<IntegerAttr>(op->getAttr(attr)).getInt();
}

void Module::run(const std::string &name, const std::vector<void *> &buffers, const std::vector<int64_t> &cuts) {
  auto fn = reinterpret_cast<KernelFn>(dlsym(state->handle, name.c_str()));
  ASSERT_TRUE(fn) << name;
  int64_t work = attribute(name, "dlc.work");
  std::vector<char> scratch(static_cast<size_t>(attribute(name, "dlc.scratch")) + 64);
  int64_t at = 0;
  for (int64_t cut : cuts) {
    cut = std::min(cut, work);
    fn(buffers.data(), nullptr, at, cut, scratch.data());
    at = cut;
  }
  fn(buffers.data(), nullptr, at, work, scratch.data());
}

std::vector<std::string> runnableLevels() {
  std::vector<std::string> levels = {"x86-64-v2", "x86-64-v3"};
  if (__builtin_cpu_supports("x86-64-v4"))
    levels.push_back("x86-64-v4");
  return levels;
}

} // namespace dlc::test
