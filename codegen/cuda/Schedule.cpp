// dlc-schedule-cuda: kernel functions to gpu.func.
#include "codegen/cuda/Cuda.h"
#include "codegen/cuda/KernelBuilder.h"
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
namespace {

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

  LogicalResult schedule(gpu::GPUModuleOp gpuModule, func::FuncOp func) {
    auto kind = func->getAttrOfType<StringAttr>("dlc.kernel");
    for (ArrayRef<Type> types : {func.getArgumentTypes(), func.getResultTypes()})
      for (Type type : types)
        if (auto tensor = dyn_cast<RankedTensorType>(type); !tensor || !tensor.hasStaticShape())
          return func.emitError("kernel '")
                 << func.getName() << "' has an operand of type " << type << "; kernels take static ranked tensors";
    if (kind && kind.getValue() == "contraction")
      return cuda::scheduleContraction(gpuModule, func);
    if (!kind || kind.getValue() != "row")
      return func.emitError("kernel '") << func.getName() << "' has the form " << func->getAttr("dlc.kernel")
                                        << "; the CUDA schedule knows \"row\" and \"contraction\"";
    auto form = cuda::RowForm::read(func);
    if (mlir::failed(form))
      return failure();
    if (auto split = cuda::splitReduction(*form))
      return scheduleSplit(gpuModule, *split);
    if (cuda::scheduleTranspose(gpuModule, *form))
      return success();
    return cuda::scheduleRow(gpuModule, *form);
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
      failed |= mlir::failed(form) || mlir::failed(cuda::scheduleRow(gpuModule, *form));
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
  registerPass([] { return createScheduleCudaPass(); });
  registerPass([] { return createPrepareCudaPass(); });
  PassPipelineRegistration<>("dlc-cuda-pipeline", "Kernel functions to gpu.func, ready to print as CUDA C",
                             buildCudaPipeline);
}

} // namespace dlc
