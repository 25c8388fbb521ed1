#include "tools/compile/Compile.h"
#include "codegen/cpu/Cpu.h"
#include "codegen/cuda/Archs.h"
#include "mlir/Pass/PassInstrumentation.h"
#include "passes/Registration.h"
#include "tools/compile/Epilogue.h"
#include "tools/compile/Image.h"
#include "tools/compile/Targets.h"
#include <chrono>
#include <thread>

namespace dlc {
namespace {

/// How far a module has come: dumps carry it, and compilation goes on from there.
Stage stageOf(ModuleOp module) {
  auto attr = module->getAttrOfType<StringAttr>("dlc.stage");
  auto stage = attr ? parseStage(attr.getValue()) : std::nullopt;
  return stage.value_or(Stage::import);
}

ArrayAttr textsOf(MLIRContext *context, const std::vector<std::string> &texts) {
  return Builder(context).getStrArrayAttr(SmallVector<StringRef>(texts.begin(), texts.end()));
}

/// What a dump was made for: the attributes dlc.target and, for CUDA, dlc.archs. Nothing before the stage fuse.
std::optional<TargetSpec> madeFor(ModuleOp module) {
  auto target = module->getAttrOfType<TargetAttr>("dlc.target");
  if (!target || stageOf(module) < Stage::fuse)
    return std::nullopt;
  TargetSpec spec{target.getKind().str(), target.getArch().str(), {}};
  spec.codes = cuda::moduleArchs(module);
  return spec;
}

/// The variants to make: those of `names`, or where there are none what the module was made for, or the CPU's.
FailureOr<std::vector<TargetSpec>> targetsOf(ModuleOp module, const std::vector<std::string> &names) {
  auto made = madeFor(module);
  if (names.empty() && made)
    return std::vector<TargetSpec>{*made};
  std::string error;
  auto specs = parseTargets(names.empty() ? std::vector<std::string>{"cpu"} : names, error);
  if (!specs)
    return module.emitError(error);
  if (!made)
    return *specs;
  llvm::erase_if(*specs, [&](const TargetSpec &t) { return t.kind != made->kind || t.arch != made->arch; });
  if (specs->empty())
    return module.emitError("this IR was made for target ")
           << made->kind << ":" << made->arch << "; give --target " << made->kind << ", or none";
  return *specs;
}

/// Marks what the passes from `fuse` on read.
TargetAttr setTarget(ModuleOp module, const TargetSpec &spec) {
  auto attr = TargetAttr::get(module.getContext(), spec.kind, spec.arch);
  module->setAttr("dlc.target", attr);
  if (!spec.codes.empty())
    module->setAttr("dlc.archs", textsOf(module.getContext(), spec.codes));
  return attr;
}

TargetBackend backendOf(TargetAttr target) {
  TargetBackend backend;
  backend.target = target;
  if (target.isCpu()) {
    backend.takesEpilogue = cpuTakesEpilogue;
    backend.keepsComposite = cpuKeepsComposite;
    backend.widensHalf = backend.wantsShortFolds = backend.stepsChannelsLast = true;
    backend.addSchedule = [level = target.getArch().str()](OpPassManager &manager) {
      manager.addPass(createChooseCpuPass(level));
    };
    backend.addKernels = [level = target.getArch().str()](OpPassManager &manager) {
      manager.addPass(createScheduleCpuPass(level));
    };
  } else {
    backend.addSchedule = [](OpPassManager &manager) { manager.addPass(createChooseCudaPass()); };
    backend.addKernels = buildCudaPipeline;
    backend.createJoin = createJoinCudaPass;
    backend.keepsComposite = cudaKeepsComposite;
    backend.routineCapacity = cudaRoutineCapacity;
    backend.flopsPerByte = 10;
  }
  return backend;
}

/// Times passes; nested passes count as themselves, not as what contains them.
struct PassClock : PassInstrumentation {
  explicit PassClock(const CompileOptions &options) : options(options) {}
  const CompileOptions &options;
  using Clock = std::chrono::steady_clock;
  std::vector<Clock::time_point> starts;
  void runBeforePass(Pass *, Operation *) override { starts.push_back(Clock::now()); }
  void runAfterPass(Pass *pass, Operation *) override {
    std::chrono::duration<double> spent = Clock::now() - starts.back();
    starts.pop_back();
    if (!pass->getArgument().empty())
      options.onPass(pass->getArgument(), spent.count());
  }
  void runAfterPassFailed(Pass *, Operation *) override { starts.pop_back(); }
};

LogicalResult runStage(ModuleOp module, Stage stage, const TargetBackend &backend, const CompileOptions &options) {
  if (stage <= stageOf(module))
    return success();
  PassManager manager(module.getContext());
  manager.enableVerifier(true);
  if (options.onPass)
    manager.addInstrumentation(std::make_unique<PassClock>(options));
  if (options.changes) {
    *options.changes << "// " << std::string(100, '=') << "\n// stage " << stageName(stage);
    if (stage > Stage::graph)
      *options.changes << " for " << backend.target.str();
    *options.changes << "\n";
    manager.enableIRPrinting([](Pass *, Operation *) { return false; }, [](Pass *, Operation *) { return true; },
                             /*printModuleScope=*/false, /*printAfterOnlyOnChange=*/true,
                             /*printAfterOnlyOnFailure=*/false, *options.changes,
                             OpPrintingFlags().enableDebugInfo(true));
  }
  addStage(manager, stage, backend, {options.disabled, options.remarks, options.memoryLimit});
  if (failed(manager.run(module)))
    return failure();
  module->setAttr("dlc.stage", StringAttr::get(module.getContext(), stageName(stage)));
  if (options.onStage)
    options.onStage(stage <= Stage::graph ? "" : backend.target.str(), stage, module);
  return success();
}

/// A variant whose kernels are on their way to code: what takes long runs on a thread of its own, beside the passes for
/// the next target. Only `finish` touches MLIR and the variant.
class Pending {
public:
  Pending(ModuleOp module, const CompileOptions &options) : module(module), options(options) {}
  virtual ~Pending() = default;
  LogicalResult finish(exe::Variant &variant) {
    wait();
    if (options.onPart)
      for (auto &[part, seconds] : parts)
        options.onPart(part, seconds);
    for (const std::string &error : errors)
      module.emitError(error);
    return errors.empty() ? add(variant) : failure();
  }

protected:
  ModuleOp module;
  const CompileOptions &options;
  std::vector<std::string> errors;

  /// Before anything that the thread uses goes: first in every destructor.
  void wait() {
    if (thread.joinable())
      thread.join();
  }
  void start(std::function<void()> work) { thread = std::thread(std::move(work)); }
  PartClock clock() {
    return [this](StringRef part, double seconds) { parts.emplace_back(part.str(), seconds); };
  }
  virtual LogicalResult add(exe::Variant &variant) = 0;

private:
  std::thread thread;
  std::vector<std::pair<std::string, double>> parts;
};

class PendingCpu : public Pending {
public:
  PendingCpu(ModuleOp module, StringRef level, const CompileOptions &options)
      : Pending(module, options), level(level) {}
  ~PendingCpu() override { wait(); }
  LogicalResult begin() {
    auto translated = translateKernels(module, level, clock());
    if (failed(translated))
      return failure();
    code = std::move(*translated);
    if (options.withoutCode)
      return success();
    start([this] {
      std::string error;
      bytes = code->build(error, clock());
      if (!bytes)
        errors.push_back(error);
    });
    return success();
  }

private:
  std::string level;
  std::unique_ptr<CpuCode> code;
  std::optional<std::vector<char>> bytes;

  LogicalResult add(exe::Variant &variant) override {
    variant.codes.push_back(
        {exe::CodeKind::SharedObject, level, 0, exe::Bytes::own(std::string(bytes->begin(), bytes->end()))});
    for (exe::Variant &init : variant.init)
      init.codes = variant.codes;
    return success();
  }
};

/// Leaves the codes of units that the variant's kernels are in.
void keepUsedCodes(exe::Variant &variant) {
  llvm::erase_if(variant.codes, [&](const exe::Code &code) {
    return llvm::none_of(variant.kernels, [&](const exe::Kernel &kernel) { return kernel.unit == code.unit; });
  });
}

class PendingCuda : public Pending {
public:
  PendingCuda(ModuleOp module, std::vector<std::string> archs, const CompileOptions &options)
      : Pending(module, options), archs(std::move(archs)) {}
  ~PendingCuda() override { wait(); }
  LogicalResult begin() {
    auto printed = printCuda(module, archs, options.overrides);
    if (failed(printed))
      return failure();
    code = std::move(*printed);
    if (options.withoutCode)
      return success();
    start([this] {
      auto begin = std::chrono::steady_clock::now();
      llvm::handleAllErrors(compileCuda(code, archs, options.contract),
                            [&](const llvm::ErrorInfoBase &each) { errors.push_back(each.message()); });
      clock()("NVRTC", std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    });
    return success();
  }

private:
  std::vector<std::string> archs;
  CudaCode code;

  LogicalResult add(exe::Variant &variant) override {
    if (options.onCuda)
      options.onCuda(code);
    for (auto [n, unit] : llvm::enumerate(code.units)) {
      auto number = static_cast<uint32_t>(n);
      variant.codes.push_back({exe::CodeKind::CudaText, "", number, exe::Bytes::own(selfContained(code, unit))});
      for (auto &[arch, built] : unit.built)
        variant.codes.push_back(built.cubin.empty()
                                    ? exe::Code{exe::CodeKind::Ptx, arch, number, exe::Bytes::own(built.ptx)}
                                    : exe::Code{exe::CodeKind::Cubin, arch, number, exe::Bytes::own(built.cubin)});
    }
    describe(variant);
    for (exe::Variant &init : variant.init) {
      describe(init);
      init.codes = variant.codes;
      keepUsedCodes(init);
      keepUsedCodes(variant);
    }
    return success();
  }

  void describe(exe::Variant &plan) const {
    for (exe::Kernel &kernel : plan.kernels)
      for (const CudaKernel &made : code.kernels)
        if (made.name == kernel.name) {
          kernel.unit = made.unit;
          for (auto &[arch, resources] : made.perArch)
            kernel.archs.push_back({arch, static_cast<uint32_t>(resources.registers),
                                    static_cast<uint32_t>(resources.spillStores + resources.spillLoads), 0, 0});
        }
  }
};

/// The plan's kernels, from here on without the passes.
FailureOr<std::unique_ptr<Pending>> beginCode(ModuleOp module, const TargetSpec &target,
                                              const CompileOptions &options) {
  if (target.kind == "cpu") {
    auto pending = std::make_unique<PendingCpu>(module, target.arch, options);
    if (failed(pending->begin()))
      return failure();
    return std::unique_ptr<Pending>(std::move(pending));
  }
  auto pending = std::make_unique<PendingCuda>(module, target.codes, options);
  if (failed(pending->begin()))
    return failure();
  return std::unique_ptr<Pending>(std::move(pending));
}
} // namespace

void registerCompilerDialects(DialectRegistry &registry) {
  registerAllDialects(registry);
  registerCpuDialects(registry);
}

LogicalResult lowerTo(ModuleOp module, Stage last, const CompileOptions &options) {
  auto targets = targetsOf(module, options.targets);
  if (failed(targets))
    return failure();
  if (options.tf32)
    module->setAttr("dlc.tf32", UnitAttr::get(module.getContext()));
  if (options.weightsAsState)
    module->setAttr("dlc.weights_as_state", UnitAttr::get(module.getContext()));
  for (Stage stage : allStages()) {
    if (stage == Stage::import)
      continue;
    if (stage > last)
      break;
    TargetBackend backend;
    if (stage >= Stage::fuse)
      backend = backendOf(setTarget(module, targets->front()));
    if (failed(runStage(module, stage, backend, options)))
      return failure();
  }
  return success();
}

FailureOr<exe::ExecutableImage> compile(ModuleOp module, const CompileOptions &options) {
  auto targets = targetsOf(module, options.targets);
  if (failed(targets) || failed(runStage(module, Stage::graph, {}, options)))
    return failure();
  if (options.tf32)
    module->setAttr("dlc.tf32", UnitAttr::get(module.getContext()));
  if (options.weightsAsState)
    module->setAttr("dlc.weights_as_state", UnitAttr::get(module.getContext()));
  exe::ExecutableImage image;
  image.name = module.getSymName().value_or("main").str();
  image.producer = "dlc " DLC_VERSION;
  std::vector<OwningOpRef<ModuleOp>> clones;
  std::vector<std::unique_ptr<Pending>> pending;
  for (const TargetSpec &target : *targets) {
    clones.push_back(module.clone());
    ModuleOp clone = *clones.back();
    TargetBackend backend = backendOf(setTarget(clone, target));
    for (Stage stage : allStages())
      if (stage > Stage::graph && failed(runStage(clone, stage, backend, options)))
        return failure();
    exe::Variant &variant = image.variants.emplace_back();
    if (failed(addPlan(clone, image, variant, options.weightsAsState, options.seed)))
      return failure();
    auto begun = beginCode(clone, target, options);
    if (failed(begun))
      return failure();
    pending.push_back(std::move(*begun));
  }
  bool failed = false;
  for (auto [code, variant] : llvm::zip(pending, image.variants))
    failed |= !options.withoutCode && mlir::failed(code->finish(variant));
  if (failed)
    return failure();
  return image;
}

} // namespace dlc
