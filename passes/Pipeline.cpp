// The flat list. A pass is added here and nowhere else; each can be switched off by its name.
#include "passes/Pipeline.h"
#include "mlir/Transforms/Passes.h"
#include "passes/Training.h"

namespace dlc {
namespace {
constexpr Stage order[] = {Stage::import,   Stage::graph,  Stage::fuse, Stage::body,
                           Stage::schedule, Stage::kernel, Stage::plan};
static_assert(std::size(order) == std::size(stageNames));
} // namespace

StringRef stageName(Stage stage) { return stageNames[static_cast<size_t>(stage)]; }
std::optional<Stage> parseStage(StringRef name) {
  for (Stage stage : order)
    if (stageName(stage) == name)
      return stage;
  return std::nullopt;
}
ArrayRef<Stage> allStages() { return order; }

void addStage(OpPassManager &manager, Stage stage, const TargetBackend &backend, const PipelineOptions &options) {
  auto add = [&](std::unique_ptr<Pass> pass) {
    if (!llvm::is_contained(options.disabled, pass->getArgument().str()))
      manager.addPass(std::move(pass));
  };
  auto addToFunctions = [&](std::unique_ptr<Pass> pass) {
    if (!llvm::is_contained(options.disabled, pass->getArgument().str()))
      manager.addNestedPass<func::FuncOp>(std::move(pass));
  };
  switch (stage) {
  case Stage::import:
    break;
  case Stage::graph:
    addToFunctions(createNameNodesPass());
    add(createCanonicalizerPass());
    add(createCSEPass());
    break;
  case Stage::fuse:
    add(createDecomposePass(backend.routineCapacity, backend.keepsComposite));
    if (backend.widensHalf)
      add(createWidenPass());
    add(createCanonicalizerPass());
    add(createFoldPass());
    add(createReorderPass());
    add(createLayoutPass(backend.stepsChannelsLast));
    if (backend.wantsShortFolds)
      add(createSplitPass());
    add(createCanonicalizerPass());
    add(createCSEPass());
    add(createInitPass());
    addToFunctions(createFusePass(backend.takesEpilogue, options.remarks));
    add(createRecomputeCheapPass(backend.flopsPerByte, !backend.takesEpilogue, options.remarks));
    break;
  case Stage::body:
    add(createBodyPass());
    break;
  case Stage::schedule:
    backend.addSchedule(manager);
    break;
  case Stage::kernel:
    backend.addKernels(manager);
    if (backend.createJoin)
      add(backend.createJoin());
    break;
  case Stage::plan:
    if (options.memoryLimit > 0)
      add(createRecomputePass(options.memoryLimit));
    add(createPlanPass());
    break;
  }
}

} // namespace dlc
