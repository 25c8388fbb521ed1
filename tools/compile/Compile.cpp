#include "tools/compile/Compile.h"
#include "codegen/cpu/Cpu.h"
#include "mlir/Pass/PassInstrumentation.h"
#include "passes/Registration.h"
#include "tools/compile/Epilogue.h"
#include "tools/compile/Image.h"
#include <chrono>

namespace dlc {
namespace {

struct Target {
  TargetAttr attr;
  std::vector<std::string> archs; // CUDA: what to make cubins for
};

/// One entry a variant: several CUDA architectures share the base variant.
FailureOr<std::vector<Target>> parseTargets(ModuleOp module, ArrayRef<std::string> names) {
  MLIRContext *context = module.getContext();
  std::vector<Target> targets;
  for (const std::string &name : names) {
    auto [kind, arch] = StringRef(name).split(':');
    if (kind == "cpu") {
      StringRef level = arch.empty() ? "x86-64-v3" : arch;
      if (!llvm::is_contained({"x86-64-v2", "x86-64-v3", "x86-64-v4"}, level))
        return module.emitError("target '") << name << "': expected cpu:x86-64-v2, cpu:x86-64-v3 or cpu:x86-64-v4";
      targets.push_back({TargetAttr::get(context, "cpu", level), {}});
      continue;
    }
    if ((kind == "sim" && arch.empty()) ||
        (kind == "cuda" && (arch.empty() || arch.starts_with("sm_") || arch.starts_with("compute_")))) {
      std::vector<std::string> archs = {arch.str()};
      if (kind == "sim") // PTX that any card from sm_80 on can run, made without ptxas
        archs = {"compute_80"};
      else if (arch.empty())
        archs = {"sm_80", "sm_90a"};
      auto base = llvm::find_if(targets, [](const Target &t) { return t.attr.isCuda(); });
      if (base == targets.end())
        base = targets.insert(targets.end(), Target{TargetAttr::get(context, "cuda", "base"), {}});
      for (const std::string &a : archs)
        if (!llvm::is_contained(base->archs, a))
          base->archs.push_back(a);
      continue;
    }
    return module.emitError("target '") << name << "': expected cpu, cpu:x86-64-v3, cuda, cuda:sm_80 (a cubin), "
                                              "cuda:compute_80 (PTX) and the like, or sim (PTX for the simulator)";
  }
  return targets;
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

/// How far a module has come: dumps carry it, and compilation goes on from there.
Stage stageOf(ModuleOp module) {
  auto attr = module->getAttrOfType<StringAttr>("dlc.stage");
  auto stage = attr ? parseStage(attr.getValue()) : std::nullopt;
  return stage.value_or(Stage::import);
}

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

LogicalResult lowerTo(ModuleOp module, StringRef target, Stage last, const CompileOptions &options) {
  auto targets = parseTargets(module, {target.str()});
  if (failed(targets))
    return failure();
  TargetBackend backend = backendOf((*targets)[0].attr);
  if (options.tf32)
    module->setAttr("dlc.tf32", UnitAttr::get(module.getContext()));
  for (Stage stage : allStages()) {
    if (stage == Stage::import)
      continue;
    if (stage > last)
      break;
    if (stage == Stage::fuse)
      module->setAttr("dlc.target", backend.target);
    if (failed(runStage(module, stage, backend, options)))
      return failure();
  }
  return success();
}

FailureOr<exe::ExecutableImage> compile(ModuleOp module, const CompileOptions &options) {
  auto targets = parseTargets(module, options.targets);
  if (failed(targets) || failed(runStage(module, Stage::graph, {}, options)))
    return failure();
  if (options.tf32)
    module->setAttr("dlc.tf32", UnitAttr::get(module.getContext()));
  if (options.weightsAsState)
    module->setAttr("dlc.weights_as_state", UnitAttr::get(module.getContext()));
  if (auto made = module->getAttrOfType<TargetAttr>("dlc.target"); made && stageOf(module) >= Stage::fuse) {
    llvm::erase_if(*targets, [&](const Target &t) { return t.attr != made; });
    if (targets->empty())
      return module.emitError("this IR was made for target ") << made.str() << "; give --target " << made.getKind();
  }
  exe::ExecutableImage image;
  image.name = module.getSymName().value_or("main").str();
  image.producer = "dlc " DLC_VERSION;
  for (Target &target : *targets) {
    OwningOpRef<ModuleOp> clone = module.clone();
    (*clone)->setAttr("dlc.target", target.attr);
    TargetBackend backend = backendOf(target.attr);
    for (Stage stage : {Stage::fuse, Stage::body, Stage::schedule, Stage::plan})
      if (failed(runStage(*clone, stage, backend, options)))
        return failure();
    exe::Variant variant;
    if (failed(addPlan(*clone, image, variant, options.weightsAsState, options.seed)))
      return failure();
    if (failed(target.attr.isCpu() ? addCpuCode(*clone, target.attr, variant)
                                   : addCudaCode(*clone, target.archs, variant, options)))
      return failure();
    image.variants.push_back(std::move(variant));
  }
  return image;
}

} // namespace dlc
