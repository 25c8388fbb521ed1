// dlc-schedule-cuda: kernel functions to gpu.func.
#include "codegen/cuda/Cuda.h"
#include "codegen/cuda/KernelBuilder.h"
#include "codegen/cuda/Routine.h"
#include "codegen/cuda/SplitReduction.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

namespace dlc {
namespace cuda {
namespace {
/// How a kernel in row form is run.
struct RowChoice {
  std::string kind;
  std::optional<SplitReduction> split;
};

/// Chosen, unless the attribute says something else.
FailureOr<RowChoice> readRowChoice(const RowForm &form, ScheduleReader &schedule) {
  bool reduces = form.numR() || llvm::any_of(form.stages, [](const Stage &s) { return s.kind == Stage::Reduce; });
  RowChoice choice;
  int64_t parts = 0;
  if (auto chosen = schedule.has("kind") ? std::nullopt : splitParts(form)) {
    choice.kind = "split";
    parts = *chosen;
  } else {
    choice.kind = reduces ? "rows" : isTranspose(form) && !schedule.has("kind") ? "transpose" : "pointwise";
  }
  SmallVector<StringRef> known =
      reduces ? SmallVector<StringRef>{"rows", "split"} : SmallVector<StringRef>{"pointwise"};
  if (!reduces && isTranspose(form))
    known.push_back("transpose");
  schedule.word("kind", choice.kind, known);
  if (choice.kind == "split") {
    schedule.integer("parts", parts);
    choice.split = splitReduction(form, parts);
    schedule.expect(choice.split.has_value(), "parts",
                    "two or more that divide the first dimension that is reduced, of a "
                    "kernel whose reductions do not depend on each other");
  }
  if ((choice.kind == "split" || choice.kind == "transpose") && mlir::failed(schedule.finish())) {
    if (choice.split) {
      choice.split->first->erase();
      choice.split->second->erase();
    }
    return failure();
  }
  return choice;
}
} // namespace
} // namespace cuda

namespace {

struct ChooseCuda : PassWrapper<ChooseCuda, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(ChooseCuda)
  StringRef getArgument() const override { return "dlc-choose-cuda"; }
  StringRef getDescription() const override {
    return "Choose how kernels are run on a GPU: the attribute dlc.schedule";
  }
  void getDependentDialects(DialectRegistry &registry) const override {
    registry.insert<gpu::GPUDialect, memref::MemRefDialect>();
  }

  void runOnOperation() override {
    OpBuilder b(&getContext());
    b.setInsertionPointToEnd(getOperation().getBody());
    auto scratch = gpu::GPUModuleOp::create(b, getOperation().getLoc(), "choices");
    bool failed = false;
    for (auto func : getOperation().getOps<func::FuncOp>())
      if (func->hasAttr("dlc.kernel"))
        failed |= mlir::failed(choose(scratch, func));
    scratch->erase();
    if (failed)
      signalPassFailure();
  }

  /// What is no kernel that can be scheduled is left to the schedule's own errors.
  LogicalResult choose(gpu::GPUModuleOp scratch, func::FuncOp func) {
    auto kind = func->getAttrOfType<StringAttr>("dlc.kernel");
    if (kind && kind.getValue() == "contraction") {
      auto schedule = cuda::chooseContraction(func);
      if (mlir::failed(schedule))
        return failure();
      func->setAttr(scheduleAttrName, *schedule);
      return success();
    }
    if (!kind || kind.getValue() != "row")
      return success();
    auto form = cuda::RowForm::read(func);
    if (mlir::failed(form))
      return failure();
    ScheduleReader schedule(func);
    ScheduleWriter out(&getContext());
    auto choice = cuda::readRowChoice(*form, schedule);
    if (mlir::failed(choice))
      return failure();
    out.word("kind", choice->kind);
    if (choice->split) {
      out.set("parts", choice->split->parts);
      choice->split->first->erase();
      choice->split->second->erase();
    } else if (choice->kind != "transpose" && mlir::failed(cuda::chooseRow(scratch, *form, schedule, out))) {
      return failure();
    }
    func->setAttr(scheduleAttrName, out.get());
    return success();
  }
};

struct ScheduleCuda : PassWrapper<ScheduleCuda, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(ScheduleCuda)
  StringRef getArgument() const override { return "dlc-schedule-cuda"; }
  StringRef getDescription() const override { return "Turn kernel functions into gpu.func kernels"; }
  void getDependentDialects(DialectRegistry &registry) const override {
    registry.insert<affine::AffineDialect, arith::ArithDialect, gpu::GPUDialect, math::MathDialect,
                    memref::MemRefDialect, scf::SCFDialect, vector::VectorDialect>();
  }

  void runOnOperation() override {
    ModuleOp module = getOperation();
    SmallVector<func::FuncOp> kernels;
    for (auto func : module.getOps<func::FuncOp>())
      if (func->hasAttr("dlc.kernel"))
        kernels.push_back(func);
    if (kernels.empty())
      return;
    OpBuilder b(module.getContext());
    b.setInsertionPointToEnd(module.getBody());
    auto gpuModule = gpu::GPUModuleOp::create(b, module.getLoc(), "kernels");
    bool failed = false;
    for (func::FuncOp func : kernels)
      failed |= mlir::failed(schedule(gpuModule, func));
    if (failed)
      return signalPassFailure();
    module->setAttr(gpu::GPUDialect::getContainerModuleAttrName(), b.getUnitAttr());
    for (func::FuncOp func : kernels)
      func.erase();
  }

  static bool declares(const SymbolRanges &ranges, RankedTensorType type) {
    return type.hasStaticShape() || llvm::all_of(getDims(type), [&](AffineExpr size) {
             return llvm::all_of(symbolsOf(size), [&](unsigned s) { return ranges.number(s).has_value(); });
           });
  }

  LogicalResult schedule(gpu::GPUModuleOp gpuModule, func::FuncOp func) {
    auto kind = func->getAttrOfType<StringAttr>("dlc.kernel");
    SymbolRanges ranges(func);
    for (ArrayRef<Type> types : {func.getArgumentTypes(), func.getResultTypes()})
      for (Type type : types)
        if (auto tensor = dyn_cast<RankedTensorType>(type); !tensor || !declares(ranges, tensor))
          return func.emitError("kernel '")
                 << func.getName() << "' has an operand of type " << type
                 << "; kernels take ranked tensors of sizes that are known or declared in " << symbolsAttrName;
    if (kind && kind.getValue() == "contraction")
      return cuda::scheduleContraction(gpuModule, func);
    if (kind && kind.getValue() == "routine")
      return cuda::scheduleRoutine(gpuModule, func);
    if (!kind || kind.getValue() != "row")
      return func.emitError("kernel '") << func.getName() << "' has the form " << func->getAttr("dlc.kernel")
                                        << "; the CUDA schedule knows \"row\", \"contraction\" and \"routine\"";
    auto form = cuda::RowForm::read(func);
    if (mlir::failed(form))
      return failure();
    ScheduleReader schedule(func);
    auto choice = cuda::readRowChoice(*form, schedule);
    if (mlir::failed(choice))
      return failure();
    if (choice->split)
      return scheduleSplit(gpuModule, *choice->split);
    if (choice->kind == "transpose")
      return success(cuda::scheduleTranspose(gpuModule, *form));
    return cuda::scheduleRow(gpuModule, *form, schedule);
  }

  /// Two kernels for one launch, with workspace between them.
  LogicalResult scheduleSplit(gpu::GPUModuleOp gpuModule, cuda::SplitReduction &split) {
    Builder b(gpuModule.getContext());
    SmallVector<int64_t> workspace;
    for (Type type : split.first.getResultTypes()) {
      auto tensor = cast<RankedTensorType>(type);
      workspace.push_back(tensor.getNumElements() * std::max(8u, tensor.getElementTypeBitWidth()) / 8);
    }
    bool failed = false;
    for (bool second : {false, true}) {
      func::FuncOp part = second ? split.second : split.first;
      auto form = cuda::RowForm::read(part);
      ScheduleReader schedule(part);
      failed |= mlir::failed(form) || mlir::failed(cuda::scheduleRow(gpuModule, *form, schedule));
      auto kernel = gpuModule.lookupSymbol<gpu::GPUFuncOp>(part.getName());
      if (kernel) {
        kernel->setAttr("dlc.arguments", b.getDenseI64ArrayAttr(second ? split.secondArguments : split.firstArguments));
        auto how = kernel->getAttrOfType<StringAttr>("dlc.how");
        kernel->setAttr("dlc.how", b.getStringAttr(how.getValue() + (second ? ", the results of " : ", rows in ") +
                                                   Twine(split.parts) + " parts"));
        if (second) {
          kernel->setAttr("dlc.second", b.getUnitAttr());
        } else {
          kernel->setAttr("dlc.workspace", b.getDenseI64ArrayAttr(workspace));
          kernel->setAttr("dlc.finish", FlatSymbolRefAttr::get(split.second.getNameAttr()));
        }
      }
    }
    split.first->erase();
    split.second->erase();
    return failure(failed);
  }
};

} // namespace

std::unique_ptr<Pass> createChooseCudaPass() { return std::make_unique<ChooseCuda>(); }
std::unique_ptr<Pass> createScheduleCudaPass() { return std::make_unique<ScheduleCuda>(); }

void buildCudaPipeline(OpPassManager &manager) {
  manager.addPass(createScheduleCudaPass());
  OpPassManager &kernels = manager.nest<gpu::GPUModuleOp>();
  kernels.addPass(createCanonicalizerPass());
  kernels.addPass(createCSEPass());
  kernels.addPass(createLoopInvariantCodeMotionPass());
  kernels.addPass(createCSEPass());
  kernels.addPass(createCanonicalizerPass()); // neighbouring guards become one
  manager.addPass(createPrepareCudaPass());
}

void registerCudaPasses() {
  registerPass([] { return createChooseCudaPass(); });
  registerPass([] { return createScheduleCudaPass(); });
  registerPass([] { return createPrepareCudaPass(); });
  registerPass([] { return createJoinCudaPass(); });
  PassPipelineRegistration<>("dlc-cuda-pipeline", "Kernel functions to gpu.func, ready to print as CUDA C",
                             buildCudaPipeline);
}

} // namespace dlc
