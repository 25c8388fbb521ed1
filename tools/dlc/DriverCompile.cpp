#include "codegen/cuda/Cuda.h"
#include "frontend/Model.h"
#include "ir/Dropout.h"
#include "ir/Symbols.h"
#include "mlir/Pass/PassManager.h"
#include "passes/Specialize.h"
#include "passes/Training.h"
#include "tools/compile/Compile.h"
#include "tools/compile/Targets.h"
#include "tools/dlc/CompilerLibrary.h"
#include "tools/dlc/DriverImpl.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <chrono>

namespace dlc::driver {

Status checkTargetsHere(const std::vector<std::string> &targets) {
  std::string error;
  return parseTargets(targets, error) ? Status{} : Status{Status::BadInput, error, {}};
}

Status Model::bindShapes(const std::map<std::string, std::vector<int64_t>> &shapes, const Ranges &ranges) {
  // What an importer left of a fixed size cannot be opened any more: it has to know the ranges.
  if (!impl->module || !ranges.empty()) {
    for (auto &[name, range] : ranges)
      impl->options.ranges[name] = range;
    for (auto &[name, shape] : shapes)
      impl->options.shapes[name] = shape;
    impl->pending.clear();
    impl->module = {};
    impl->given.clear();
    Status status = impl->import();
    if (!status.ok() || (*impl->module)->hasAttr(symbolsAttrName))
      return status;
  }
  Diagnostics diagnostics(impl->context);
  if (impl->isPlan())
    return shapes.empty() ? Status{} : Status{Status::BadInput, "the shapes of a plan are fixed", {}};
  InputShapes given;
  for (auto &[name, shape] : shapes)
    given[name].assign(shape.begin(), shape.end());
  auto main = findMain(*impl->module);
  if (failed(main))
    return diagnostics.failure("there is no main function");
  auto bindings = findBindings(*main, given);
  if (failed(bindings) || (!ranges.empty() && failed(declareSymbols(*impl->module, *main, ranges))) ||
      failed(specialize(*impl->module, *bindings)))
    return diagnostics.failure("these shapes do not fit");
  return {};
}

namespace {
CompileReport::Memory memoryOf(const exe::ExecutableImage &image) {
  CompileReport::Memory memory;
  for (const exe::Variant &variant : image.variants)
    memory.arena = std::max(memory.arena, variant.arenaBytes);
  for (const exe::Weight &weight : image.weights)
    (weight.role == exe::Role::State ? memory.states : memory.weights) += exe::byteSize(weight.dtype, weight.shape);
  for (auto *ports : {&image.inputs, &image.outputs})
    for (const exe::Tensor &port : *ports)
      memory.ports += exe::byteSize(port.dtype, port.shape);
  return memory;
}

/// One run of the compiler on a copy of a model: options, dumps and what is reported.
class Run {
public:
  Run(Model::Impl &impl, const CompileOptions &given)
      : impl(impl), given(given), module(impl.module->clone()), diagnostics(impl.context) {
    // Dumps know whose they are: they become the same executable under another file name.
    if (!(*module)->getAttrOfType<StringAttr>(nameAttr))
      (*module)->setAttr(nameAttr, StringAttr::get(&impl.context, impl.temporary ? StringRef("model")
                                                                                 : llvm::sys::path::stem(impl.path)));
    options.targets = given.targets;
    options.disabled = given.disabled;
    options.remarks = true;
    options.weightsAsState = given.weightsAsState;
    options.seed = given.seed;
    options.tf32 = given.tf32;
    options.memoryLimit = given.memoryLimit;
    for (const std::string &text : given.overrideKernels)
      if (auto [name, file] = StringRef(text).split('='); !file.empty())
        options.overrides.kernels.emplace_back(name.str(), file.str());
      else
        options.overrides.folders.push_back(text);
    if (given.dumpChanged)
      options.changes = &llvm::outs();
    if (!given.dumpStages.empty())
      options.onStage = [this](StringRef target, Stage stage, ModuleOp m) { dump(target, stage, m); };
    if (given.timings) {
      options.onPass = [this](StringRef pass, double seconds) { report.passes.emplace_back(pass, seconds); };
      options.onPart = [this](StringRef part, double seconds) { report.parts.emplace_back(part, seconds); };
    }
    if (!given.dumpKernels.empty())
      options.onCuda = [this](const CudaCode &code) {
        if (auto error = dumpKernels(code, this->given.dumpKernels))
          fail(llvm::toString(std::move(error)));
      };
  }

  using Writer = llvm::function_ref<Status(const exe::ExecutableImage &image)>;

  Status compile(std::vector<char> &bytes) {
    return compile([&](const exe::ExecutableImage &image) -> Status {
      std::string error;
      if (!exe::write(image, bytes, error))
        return {Status::Internal, error, {}};
      report.bytes = bytes.size();
      return {};
    });
  }

  Status compile(Writer write) {
    auto start = std::chrono::steady_clock::now();
    if (!makeFolders())
      return dumpFailure;
    // What a training step changes is state on both sides.
    if (options.weightsAsState)
      for (StringAttr name : changedByTraining(*module))
        SymbolTable(*module).lookup<WeightOp>(name).setFrozen(false);
    if (options.onStage)
      options.onStage("", Stage::import, *module);
    auto image = dlc::compile(*module, options);
    if (failed(image))
      return diagnostics.failure("the model cannot be compiled");
    if (!dumpFailure.ok())
      return dumpFailure;
    image->name = (*module)->getAttrOfType<StringAttr>(nameAttr).getValue().str();
    report.variants = image->variants.size();
    report.memory = memoryOf(*image);
    auto writing = std::chrono::steady_clock::now();
    if (Status status = write(*image); !status.ok())
      return status;
    if (options.onPart)
      options.onPart("writing", std::chrono::duration<double>(std::chrono::steady_clock::now() - writing).count());
    report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    report.remarks = diagnostics.remarks;
    if (options.changes)
      options.changes->flush();
    return {};
  }

  /// As `compile`, without code and a file.
  Status check() {
    options.withoutCode = true;
    if (succeeded(dlc::compile(*module, options)))
      return {};
    Status status = diagnostics.failure("the model cannot be compiled");
    status.findings = diagnostics.findings;
    return status;
  }

  Status addTraining(const Training &training) {
    PassManager manager(&impl.context);
    if (training.evaluate) {
      module->walk([](DropoutOp drop) { drop.setAlways(false); }); // as everybody evaluates
      manager.addPass(createLossPass({training.loss, training.lossOutput, /*keepOutputs=*/true}));
      return failed(manager.run(*module)) ? diagnostics.failure("this model has no such loss") : Status{};
    }
    auto frozen = [&] {
      llvm::SmallPtrSet<Operation *, 8> ops;
      for (auto weight : (*module).getOps<WeightOp>())
        if (weight.getFrozen())
          ops.insert(weight);
      return ops;
    };
    auto before = frozen();
    manager.addPass(createFreezePass(training.freeze));
    manager.addPass(createStopGradientPass(training.stopGradients));
    if (training.precision == "bf16" || training.precision == "f16")
      manager.addPass(createPrecisionPass(training.precision));
    options.tf32 |= training.precision == "tf32";
    manager.addPass(createLossPass({training.loss, training.lossOutput, /*keepOutputs=*/false, training.accumulate}));
    if (training.precision == "f16")
      manager.addPass(createLossScalePass());
    manager.addPass(createTrainingModePass(options.seed));
    manager.addPass(createAutodiffPass());
    manager.addPass(createAccumulatePass(training.accumulate));
    manager.addPass(createOptimizerPass({training.optimizer, training.schedule, training.clipNorm, training.clipValue,
                                         training.average, training.watch, training.noDecay}));
    if (training.checkNonfinite)
      manager.addPass(createNonfinitePass(&report.watched));
    manager.addPass(createLossSumPass());
    if (failed(manager.run(*module)))
      return diagnostics.failure("no training step can be made of this model");
    // What is frozen for training only is shared with programs that know it as state, and can be loaded.
    if (options.weightsAsState)
      for (Operation *weight : frozen())
        if (!before.contains(weight))
          cast<WeightOp>(weight).setFrozen(false);
    return {};
  }

  Status lower(const std::string &stage, const std::string &path) {
    if (!makeFolders())
      return dumpFailure;
    auto last = parseStage(stage);
    if (!last)
      return {Status::BadInput, "there is no stage '" + stage + "'", {}};
    if (failed(lowerTo(*module, *last, options)))
      return diagnostics.failure("the model cannot be lowered to stage " + stage);
    if (path != "-")
      return succeeded(saveText(*module, path, weightsBeside(path)))
                 ? dumpFailure
                 : diagnostics.failure(path + ": cannot be written");
    module->print(llvm::outs(), OpPrintingFlags().enableDebugInfo(true));
    llvm::outs() << "\n";
    llvm::outs().flush();
    return dumpFailure;
  }

  CompileReport report;

private:
  static constexpr StringLiteral nameAttr = "dlc.name";
  static std::string weightsBeside(StringRef path) { return (llvm::sys::path::stem(path) + ".weights.bin").str(); }

  bool makeFolders() {
    for (const std::string &folder : {given.dumpStages, given.dumpKernels})
      if (!folder.empty())
        if (auto error = llvm::sys::fs::create_directories(folder))
          fail(folder + ": " + error.message());
    return dumpFailure.ok();
  }

  /// "2-fuse.cpu-x86-64-v3.mlir": sorted as they come. All share one weights.bin.
  void dump(StringRef target, Stage stage, ModuleOp m) {
    std::string file = std::to_string(static_cast<int>(stage)) + "-" + stageName(stage).str();
    if (!target.empty())
      file += "." + target.str();
    std::replace(file.begin(), file.end(), ':', '-');
    SmallString<128> path(given.dumpStages);
    llvm::sys::path::append(path, file + ".mlir");
    if (failed(saveText(m, path, "weights.bin", &dumpedWeights)))
      fail(path.str().str() + ": cannot be written");
  }

  void fail(std::string message) {
    if (dumpFailure.ok())
      dumpFailure = {Status::BadInput, std::move(message), {}};
  }

  Model::Impl &impl;
  const CompileOptions &given;
  OwningOpRef<ModuleOp> module;
  dlc::CompileOptions options;
  Diagnostics diagnostics;
  Status dumpFailure;
  SharedWeights dumpedWeights;
};
} // namespace

Status Model::compile(const CompileOptions &options, std::vector<char> &bytes, CompileReport *report) const {
  if (Status status = impl->requireModule(); !status.ok())
    return status;
  Run run(*impl, options);
  Status status = run.compile(bytes);
  if (report)
    *report = std::move(run.report);
  return status;
}

Status Model::check(const std::string &target) const {
  if (Status status = impl->requireModule(); !status.ok())
    return status;
  if (impl->isPlan())
    return {};
  CompileOptions options;
  options.targets = {target};
  return Run(*impl, options).check();
}

Status Model::compileStep(const Training &training, const CompileOptions &options, std::vector<char> &bytes,
                          CompileReport *report) const {
  if (Status status = impl->requireModule(); !status.ok())
    return status;
  Run run(*impl, options);
  Status status = run.addTraining(training);
  if (status.ok())
    status = run.compile(bytes);
  if (report)
    *report = std::move(run.report);
  return status;
}

Status Model::compileFile(const std::string &path, const Training *step, const CompileOptions &options,
                          CompileReport *report) const {
  if (Status status = impl->requireModule(); !status.ok())
    return status;
  Run run(*impl, options);
  Status status = step ? run.addTraining(*step) : Status();
  if (status.ok())
    status = run.compile([&](const exe::ExecutableImage &image) -> Status {
      std::string error;
      if (!exe::writeFile(image, path, error))
        // What begins with the path is the file system's; the rest is about the image.
        return {StringRef(error).starts_with(path + ": ") ? Status::BadInput : Status::Internal, error, {}};
      if (auto failed = llvm::sys::fs::file_size(path, run.report.bytes))
        return {Status::BadInput, path + ": " + failed.message(), {}};
      return {};
    });
  if (report)
    *report = std::move(run.report);
  return status;
}

Status Model::lower(const std::string &stage, const Training *step, const CompileOptions &options,
                    const std::string &path) const {
  if (Status status = impl->requireModule(); !status.ok())
    return status;
  Run run(*impl, options);
  Status status = step && stage != "import" ? run.addTraining(*step) : Status();
  return status.ok() ? run.lower(stage, path) : status;
}

} // namespace dlc::driver
