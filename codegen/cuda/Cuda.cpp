// Units of CUDA C from gpu.module @kernels, and their compilation.
#include "codegen/cuda/Cuda.h"
#include "codegen/cuda/Archs.h"
#include "codegen/cuda/Emit.h"
#include "codegen/cuda/JoinedKernel.h"
#include "codegen/cuda/Override.h"
#include "ir/Dialect.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/ToolOutputFile.h"
#include <atomic>
#include <set>
#include <thread>

using namespace mlir;

namespace dlc {

static CudaKernel describe(gpu::GPUFuncOp func) {
  CudaKernel kernel;
  kernel.name = func.getName().str();
  auto number = [&](StringRef name) -> int64_t {
    auto attr = func->getAttrOfType<IntegerAttr>(name);
    return attr ? attr.getInt() : 0;
  };
  auto text = [&](StringRef name) {
    auto attr = func->getAttrOfType<StringAttr>(name);
    return attr ? attr.str() : std::string();
  };
  if (auto sources = func->getAttrOfType<ArrayAttr>("dlc.sources"))
    for (Attribute source : sources)
      if (auto name = dyn_cast<StringAttr>(source))
        kernel.sources.push_back(name.str());
  kernel.flops = number("dlc.flops");
  kernel.bytes = number("dlc.bytes");
  kernel.sharedBytes = number("dlc.shared");
  kernel.inputs = int(number("dlc.inputs"));
  auto values = func->getAttrOfType<DimsAttr>("dlc.values");
  kernel.outputs =
      int(func.getFunctionType().getNumInputs()) - kernel.inputs - int(values ? values.getExprs().size() : 0);
  if (auto workspace = func->getAttrOfType<DenseI64ArrayAttr>("dlc.workspace"))
    kernel.workspace.assign(workspace.asArrayRef().begin(), workspace.asArrayRef().end());
  if (auto finish = func->getAttrOfType<FlatSymbolRefAttr>("dlc.finish"))
    kernel.finish = finish.getValue().str();
  if (auto arguments = func->getAttrOfType<DenseI64ArrayAttr>("dlc.arguments"))
    kernel.arguments.assign(arguments.asArrayRef().begin(), arguments.asArrayRef().end());
  kernel.shape = text("dlc.shape");
  kernel.how = text("dlc.how");
  auto three = [&](StringRef name, int64_t *into) {
    if (auto array = func->getAttrOfType<ArrayAttr>(name))
      for (auto [i, extent] : llvm::enumerate(array.getAsRange<IntegerAttr>()))
        into[i] = extent.getInt();
  };
  three("dlc.grid", kernel.grid);
  three("dlc.block", kernel.block);
  return kernel;
}

/// Light kernels share a unit: 4 ms each there, 22 ms alone. Contractions have their own.
static constexpr unsigned kLightKernelsPerUnit = 24;

/// Headers of the device library that hold what the kernel, or a part of it, is an instance of.
static std::set<std::string> libraryOf(gpu::GPUFuncOp kernel) {
  std::set<std::string> headers;
  auto add = [&](gpu::GPUFuncOp function) {
    if (auto call = function->getAttrOfType<DictionaryAttr>("dlc.library"))
      headers.insert(call.getAs<StringAttr>("name").str());
  };
  auto addAll = [&](gpu::GPUFuncOp function) {
    add(function);
    llvm::for_each(cuda::linksOf(function), add);
  };
  addAll(kernel);
  llvm::for_each(cuda::partsOf(kernel), addAll);
  return headers;
}

static FailureOr<CudaCode> printUnits(ModuleOp module) {
  CudaCode code;
  bool failedToPrint = false;
  int light = -1;
  unsigned inLight = 0, lightUnits = 0;
  for (auto gpuModule : module.getOps<gpu::GPUModuleOp>())
    for (auto func : gpuModule.getOps<gpu::GPUFuncOp>()) {
      if (func->hasAttr("dlc.epilogue") || func->hasAttr("dlc.part"))
        continue; // printed with its kernel
      CudaKernel kernel = describe(func);
      // The second kernel of a contraction is in its first one's unit.
      std::set<std::string> library = libraryOf(func);
      bool heavy = !library.empty(), second = func->hasAttr("dlc.second");
      if (heavy ? !second : light < 0 || inLight == kLightKernelsPerUnit) {
        CudaUnit unit;
        unit.name = heavy ? kernel.name : "light_" + std::to_string(lightUnits++);
        unit.head = "#include \"dlc/prelude.cuh\"\n";
        for (const std::string &header : library)
          unit.head += "#include \"dlc/" + header + ".cuh\"\n";
        unit.text = unit.head;
        code.units.push_back(std::move(unit));
        if (!heavy) {
          light = int(code.units.size()) - 1;
          inLight = 0;
        }
      }
      kernel.unit = heavy ? unsigned(code.units.size()) - 1 : unsigned(light);
      inLight += !heavy;
      llvm::raw_string_ostream os(kernel.text);
      os << "\n";
      failedToPrint |= failed(cuda::printKernel(func, os));
      code.units[kernel.unit].text += kernel.text;
      code.kernels.push_back(std::move(kernel));
    }
  if (failedToPrint)
    return failure();
  return code;
}

/// Whether every kernel's shared memory is there on each architecture.
static LogicalResult verifyShared(ModuleOp module, const CudaCode &code, ArrayRef<std::string> archs) {
  for (const CudaKernel &kernel : code.kernels)
    for (const std::string &arch : archs)
      if (const cuda::Arch *known = cuda::findArch(arch); known && kernel.sharedBytes > known->sharedBytes)
        return module.emitError("kernel '")
               << kernel.name << "' takes " << kernel.sharedBytes << " bytes of shared memory, but a block on " << arch
               << " has at most " << known->sharedBytes << ": compile the model, not its schedule, for " << arch;
  return success();
}

FailureOr<CudaCode> printCuda(ModuleOp module, ArrayRef<std::string> archs, const CudaOverrides &overrides) {
  FailureOr<CudaCode> code = printUnits(module);
  if (failed(code))
    return code;
  code->headers.assign(cudaDeviceLibrary().begin(), cudaDeviceLibrary().end());
  if (failed(cuda::applyOverrides(module, *code, overrides)) || failed(verifyShared(module, *code, archs)))
    return failure();
  return code;
}

FailureOr<CudaCode> emitCuda(ModuleOp module, ArrayRef<std::string> archs, const CudaOverrides &overrides) {
  FailureOr<CudaCode> code = printCuda(module, archs, overrides);
  if (failed(code))
    return code;
  if (auto error = compileCuda(*code, archs)) {
    llvm::handleAllErrors(std::move(error), [&](const llvm::ErrorInfoBase &each) { module.emitError(each.message()); });
    return failure();
  }
  return code;
}

llvm::Error compileCuda(CudaCode &code, ArrayRef<std::string> archs, bool contract) {
  if (archs.empty())
    return llvm::Error::success();
  auto nvrtc = Nvrtc::open();
  if (!nvrtc)
    return nvrtc.takeError();
  code.nvrtcVersion = nvrtc->version();

  // One job a unit and architecture, longest first: contractions come before light units.
  struct Job {
    CudaUnit *unit;
    const std::string *arch;
    std::optional<NvrtcOutput> output = {};
    std::string error = {};
  };
  std::vector<Job> jobs;
  for (bool heavy : {true, false})
    for (CudaUnit &unit : code.units)
      if (StringRef(unit.name).starts_with("light_") != heavy)
        for (const std::string &arch : archs)
          jobs.push_back({&unit, &arch});
  std::vector<std::string> options;
  if (!contract)
    options.push_back("--fmad=false");
  std::atomic<size_t> next = 0;
  auto work = [&] {
    for (size_t i = next++; i < jobs.size(); i = next++) {
      auto output =
          nvrtc->compile(jobs[i].unit->text, jobs[i].unit->name + ".cu", *jobs[i].arch, code.headers, options);
      if (output)
        jobs[i].output = std::move(*output);
      else
        jobs[i].error = llvm::toString(output.takeError());
    }
  };
  std::vector<std::thread> threads;
  size_t count = std::min<size_t>(jobs.size(), std::max(1u, std::thread::hardware_concurrency()));
  for (size_t i = 1; i < count; ++i)
    threads.emplace_back(work);
  work();
  for (std::thread &thread : threads)
    thread.join();

  llvm::Error problems = llvm::Error::success();
  for (Job &job : jobs) {
    if (!job.output) {
      problems = llvm::joinErrors(std::move(problems), llvm::createStringError(job.error));
      continue;
    }
    for (const KernelResources &used : job.output->kernels)
      for (CudaKernel &kernel : code.kernels)
        if (kernel.name == used.kernel)
          kernel.perArch[*job.arch] = used;
    job.unit->built[*job.arch] = std::move(*job.output);
  }
  return problems;
}

std::string selfContained(const CudaCode &code, const CudaUnit &unit) {
  // Each header once, where it is first asked for.
  std::vector<std::string> seen;
  std::function<std::string(StringRef)> expand = [&](StringRef text) {
    std::string result;
    while (!text.empty()) {
      auto [line, rest] = text.split('\n');
      bool last = line.size() == text.size();
      text = rest;
      StringRef name = line;
      if (line == "#pragma once")
        continue;
      if (!name.consume_front("#include \"") || !name.consume_back("\"")) {
        result += line.str() + (last ? "" : "\n");
        continue;
      }
      if (llvm::is_contained(seen, name))
        continue;
      seen.push_back(name.str());
      for (const NvrtcHeader &header : code.headers)
        if (name == header.name)
          result += expand(header.text);
    }
    return result;
  };
  return expand(unit.text);
}

static llvm::Error writeFile(const llvm::Twine &path, StringRef content) {
  std::string name = path.str();
  if (std::error_code error = llvm::sys::fs::create_directories(llvm::sys::path::parent_path(name)))
    return llvm::createStringError(error, name + ": cannot make its folder: " + error.message());
  std::error_code error;
  llvm::raw_fd_ostream os(name, error);
  if (error)
    return llvm::createStringError(error, name + ": " + error.message());
  os << content;
  os.close();
  if (os.has_error())
    return llvm::createStringError(os.error(), name + ": " + os.error().message());
  return llvm::Error::success();
}

llvm::Error dumpKernels(const CudaCode &code, StringRef dir) {
  for (const NvrtcHeader &header : code.headers)
    if (auto error = writeFile(dir + "/" + header.name, header.text))
      return error;
  for (const CudaUnit &unit : code.units) {
    if (auto error = writeFile(dir + "/" + unit.name + ".cu", unit.text))
      return error;
    for (auto &[arch, built] : unit.built) {
      if (auto error = writeFile(dir + "/" + unit.name + "." + arch + ".ptx", built.ptx))
        return error;
      if (!built.cubin.empty())
        if (auto error = writeFile(dir + "/" + unit.name + "." + arch + ".cubin", built.cubin))
          return error;
    }
  }
  return llvm::Error::success();
}

} // namespace dlc
