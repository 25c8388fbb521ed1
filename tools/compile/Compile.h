// From a module to an executable: runs the pipeline for each target and collects plans and code.
#pragma once
#include "codegen/Executable.h"
#include "codegen/cuda/Cuda.h"
#include "passes/Pipeline.h"

namespace dlc {

struct CompileOptions {
  /// As parseTargets takes them (Targets.h). Empty: what a dump was made for; "cpu" for everything else.
  std::vector<std::string> targets;
  std::vector<std::string> disabled; ///< passes to leave out
  bool remarks = false;
  bool withoutCode = false; ///< goes as far as LLVM and NVRTC, and gives an image without code
  /// Weights that are not frozen become state, so that sessions can share them by name with a training step.
  bool weightsAsState = false;
  uint64_t seed = 0; ///< of the rules that make weights
  /// CUDA: products of f32 may round their factors to TF32 for the tensor cores (the module attribute `dlc.tf32`).
  bool tf32 = false;
  /// CUDA: NVRTC may round a multiplication and the addition behind it once. It does so by basic block, so that the
  /// same arithmetic in a kernel with other text around it may have other last bits; without, bits can be compared.
  bool contract = true;
  int64_t memoryLimit = 0; ///< bytes that a run may take (createRecomputePass); 0: any number
  CudaOverrides overrides; ///< kernels by hand to take instead
  /// Called after each stage of each target ("cpu:x86-64-v3", "cuda:base"; "" up to `graph`) and after each pass.
  std::function<void(StringRef target, Stage stage, ModuleOp module)> onStage;
  std::function<void(StringRef pass, double seconds)> onPass;
  /// Seconds of what is no pass: "LLVM IR", "LLVM", "lld", "NVRTC". LLVM and NVRTC work side by side.
  std::function<void(StringRef part, double seconds)> onPart;
  raw_ostream *changes = nullptr; ///< gets the IR after each pass that changed it
  std::function<void(const CudaCode &code)> onCuda;
};

/// Registers every dialect and translation that compilation needs.
void registerCompilerDialects(DialectRegistry &registry);

/// Runs the stages up to `last` on `module` in place for the first of the targets. Errors are diagnostics.
LogicalResult lowerTo(ModuleOp module, Stage last, const CompileOptions &options);

/// Compiles @main of `module`, which is changed up to the stage `graph`. Bytes of weights are not copied: the image is
/// valid as long as the module's context. Errors are diagnostics at the node that caused them.
FailureOr<exe::ExecutableImage> compile(ModuleOp module, const CompileOptions &options);

} // namespace dlc
