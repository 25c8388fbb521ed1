#include "passes/Registration.h"
#include "ir/Dialect.h"
#include "passes/Passes.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace dlc {
void registerAllDialects(DialectRegistry &registry) {
  registry.insert<DLCDialect, func::FuncDialect, arith::ArithDialect, math::MathDialect, tensor::TensorDialect,
                  linalg::LinalgDialect, scf::SCFDialect, affine::AffineDialect, memref::MemRefDialect,
                  vector::VectorDialect, gpu::GPUDialect, LLVM::LLVMDialect>();
}

void registerPasses() {
  registerPass([] { return createNameNodesPass(); });
  registerPass([] { return createDecomposePass(); });
  registerPass([] { return createReorderPass(); });
  registerPass([] { return createLayoutPass(); });
  registerPass([] { return createFoldPass(); });
  registerPass([] { return createWidenPass(); });
  registerPass([] { return createSplitPass(); });
  registerPass([] { return createInitPass(); });
  registerPass([] { return createFusePass(); });
  registerPass([] { return createBodyPass(); });
  registerPass([] { return createPlanPass(); });
}
} // namespace dlc
