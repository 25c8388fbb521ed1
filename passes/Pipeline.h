// The compiler's passes in order, by stage.
#pragma once
#include "passes/Passes.h"
#include "passes/Stages.h"
#include <string>
#include <vector>

namespace dlc {

StringRef stageName(Stage stage);
std::optional<Stage> parseStage(StringRef name);
/// All stages in order.
ArrayRef<Stage> allStages();

/// What a target brings to the pipeline; code generators fill it in, passes do not know them.
struct TargetBackend {
  TargetAttr target;
  TakesEpilogue takesEpilogue;
  /// Composites that the target has kernels for; null: none.
  KeepsComposite keepsComposite;
  /// Whether contractions of f16 are computed in f32 from end to end: the target multiplies no f16.
  bool widensHalf = false;
  /// Whether long folds must come as two: a kernel shares out results among threads, not what is folded.
  bool wantsShortFolds = false;
  /// Whether training steps work channels last, as forward programs do, although weights stay as the file has them.
  bool stepsChannelsLast = false;
  /// Elementwise arithmetic that takes as long as moving a byte to memory.
  double flopsPerByte = 2;
  /// Elements of a row that a routine holds at a time; 0: any number.
  int64_t routineCapacity = 0;
  /// Adds the passes that choose how kernels are run, and those that make loops of kernels and choices.
  std::function<void(OpPassManager &)> addSchedule, addKernels;
  /// Makes the pass that joins launches; null: the target has none.
  std::function<std::unique_ptr<Pass>()> createJoin;
};

struct PipelineOptions {
  /// Passes that are left out, by their argument (`dlc-fuse`, `canonicalize`).
  std::vector<std::string> disabled;
  bool remarks = false;
  int64_t memoryLimit = 0; ///< bytes that a run may take; 0: any number
};

/// The passes of one stage, which is not `import`. Stages up to `graph` are the same for every target; `backend` is
/// looked at from `fuse` on.
void addStage(OpPassManager &manager, Stage stage, const TargetBackend &backend, const PipelineOptions &options);

} // namespace dlc
