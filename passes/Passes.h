// The compiler's passes. Training's stand in passes/Training.h; the order of all in passes/Pipeline.cpp.
#pragma once
#include "ir/Dialect.h"
#include "mlir/Pass/Pass.h"
#include <functional>
#include <memory>

namespace dlc {

/// `dlc-name`: nameless operators are called <op>_<index>.
std::unique_ptr<Pass> createNameNodesPass();

/// Whether the target has a kernel for a composite. Null: for none.
using KeepsComposite = std::function<bool(Operation *)>;

/// `dlc-decompose`: composites that `keeps` does not name become core operators, and routines hold at most `capacity`
/// elements of a row (0: any).
std::unique_ptr<Pass> createDecomposePass(int64_t capacity = 0, KeepsComposite keeps = {});

/// `dlc-widen`: f16 is computed with as f32 wherever contractions are, and rounded only at inputs, outputs and casts.
std::unique_ptr<Pass> createWidenPass();

/// `dlc-reorder`: linear operators change places where one of them then has fewer elements to work on.
std::unique_ptr<Pass> createReorderPass();

/// `dlc-split`: folds of very many elements have two steps, where kernels do not split them by themselves.
std::unique_ptr<Pass> createSplitPass();

/// `dlc-layout`: convolutions work channels last; transposes sink through what follows and cancel. Modules whose
/// weights are trained only with `steps`.
std::unique_ptr<Pass> createLayoutPass(bool steps = false);

/// `dlc-fold`: factors and offsets that depend on frozen weights alone (batch normalisation) go into the weights of the
/// contraction beside them.
std::unique_ptr<Pass> createFoldPass();

/// `dlc-init`: what depends on frozen weights alone moves to a function @init, whose results are derived weights.
std::unique_ptr<Pass> createInitPass();

/// Whether a contraction on this target takes `next` into its epilogue behind `epilogue` (operators in order; each
/// elementwise, of the result's shape). Null: it takes every elementwise operator.
using TakesEpilogue = std::function<bool(Operation *contraction, ArrayRef<Operation *> epilogue, Operation *next)>;

/// `dlc-fuse`: groups operators into dlc.fusion regions, one kernel each. With `remarks`, says why two operators that
/// lie side by side stay apart.
std::unique_ptr<Pass> createFusePass(TakesEpilogue takesEpilogue = {}, bool remarks = false);

/// `dlc-body`: outlines every fusion into a kernel function in row or contraction form and leaves dlc.launch; equal
/// bodies become one kernel.
std::unique_ptr<Pass> createBodyPass();

/// `dlc-plan`: @main with launches becomes a dlc.plan: memory, steps, dependencies. So does @init, where there is one.
std::unique_ptr<Pass> createPlanPass();

/// Registers all of them for dlc-opt.
void registerPasses();

} // namespace dlc
