#include "tools/compile/Compile.h"
#include "codegen/cpu/Cpu.h"
#include "codegen/cuda/Archs.h"
#include "mlir/Pass/PassInstrumentation.h"
#include "passes/Registration.h"
#include "tools/compile/Epilogue.h"
#include "tools/compile/Image.h"
#include "tools/compile/Targets.h"
#include <chrono>

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
    backend.addSchedule = [level = target.getArch().str()](OpPassManager &manager) {
      manager.addPass(createScheduleCpuPass(level));
    };
  } else {
    backend.addSchedule = buildCudaPipeline;
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
  addStage(manager, stage, backend, {options.disabled, options.remarks});
  if (failed(manager.run(module)))
    return failure();
  module->setAttr("dlc.stage", StringAttr::get(module.getContext(), stageName(stage)));
  if (options.onStage)
    options.onStage(stage <= Stage::graph ? "" : backend.target.str(), stage, module);
  return success();
}

LogicalResult addCpuCode(ModuleOp module, TargetAttr target, exe::Variant &variant) {
  auto object = emitSharedObject(module, target.getArch());
  if (failed(object))
    return failure();
  variant.codes.push_back({exe::CodeKind::SharedObject, target.getArch().str(), 0,
                           exe::Bytes::own(std::string(object->begin(), object->end()))});
  return success();
}

LogicalResult addCudaCode(ModuleOp module, ArrayRef<std::string> archs, exe::Variant &variant,
                          const CompileOptions &options) {
  auto code = emitCuda(module, archs, options.overrideKernels);
  if (failed(code))
    return failure();
  if (options.onCuda)
    options.onCuda(*code);
  for (auto [n, unit] : llvm::enumerate(code->units)) {
    auto number = static_cast<uint32_t>(n);
    variant.codes.push_back({exe::CodeKind::CudaText, "", number, exe::Bytes::own(selfContained(*code, unit))});
    for (auto &[arch, built] : unit.built)
      variant.codes.push_back(built.cubin.empty()
                                  ? exe::Code{exe::CodeKind::Ptx, arch, number, exe::Bytes::own(built.ptx)}
                                  : exe::Code{exe::CodeKind::Cubin, arch, number, exe::Bytes::own(built.cubin)});
  }
  for (exe::Kernel &kernel : variant.kernels)
    for (const CudaKernel &made : code->kernels)
      if (made.name == kernel.name) {
        kernel.unit = made.unit;
        for (auto &[arch, resources] : made.perArch)
          kernel.archs.push_back({arch, static_cast<uint32_t>(resources.registers),
                                  static_cast<uint32_t>(resources.spillStores + resources.spillLoads), 0, 0});
      }
  return success();
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
  for (const TargetSpec &target : *targets) {
    OwningOpRef<ModuleOp> clone = module.clone();
    TargetBackend backend = backendOf(setTarget(*clone, target));
    for (Stage stage : {Stage::fuse, Stage::body, Stage::schedule, Stage::plan})
      if (failed(runStage(*clone, stage, backend, options)))
        return failure();
    exe::Variant variant;
    if (failed(addPlan(*clone, image, variant, options.weightsAsState, options.seed)))
      return failure();
    if (failed(target.kind == "cpu" ? addCpuCode(*clone, backend.target, variant)
                                    : addCudaCode(*clone, target.codes, variant, options)))
      return failure();
    image.variants.push_back(std::move(variant));
  }
  return image;
}

} // namespace dlc
