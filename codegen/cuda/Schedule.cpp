// dlc-schedule-cuda: kernel functions to gpu.func.
#include "codegen/cuda/Cuda.h"
#include "codegen/cuda/KernelBuilder.h"
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
    if (cuda::scheduleTranspose(gpuModule, *form))
      return success();
    return cuda::scheduleRow(gpuModule, *form);
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
