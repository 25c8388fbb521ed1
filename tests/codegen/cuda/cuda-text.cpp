// cuda-text FILE.mlir [--arch=sm_80,...] [--dump=DIR]: kernel functions to CUDA C on standard output; with --arch,
// NVRTC's registers, spills and seconds a kernel on standard error. Used by the lit tests of this folder.
#include "codegen/cuda/Cuda.h"
#include "ir/Dialect.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;

static llvm::cl::opt<std::string> input(llvm::cl::Positional, llvm::cl::desc("FILE.mlir"), llvm::cl::init("-"));
static llvm::cl::list<std::string> archs("arch", llvm::cl::CommaSeparated,
                                         llvm::cl::desc("architectures to compile for"));
static llvm::cl::opt<std::string> dump("dump", llvm::cl::desc("write .cu, .ptx and .cubin into this folder"));
static llvm::cl::opt<bool> showIr("ir", llvm::cl::desc("print the prepared IR instead"));

int main(int argc, char **argv) {
  llvm::cl::ParseCommandLineOptions(argc, argv);
  DialectRegistry registry;
  registry.insert<affine::AffineDialect, arith::ArithDialect, func::FuncDialect, gpu::GPUDialect, linalg::LinalgDialect,
                  math::MathDialect, memref::MemRefDialect, scf::SCFDialect, tensor::TensorDialect,
                  vector::VectorDialect>();
  registry.insert<dlc::DLCDialect>();
  MLIRContext context(registry);
  llvm::SourceMgr sources;
  SourceMgrDiagnosticHandler handler(sources, &context);
  auto module = parseSourceFile<ModuleOp>(input, sources, &context);
  if (!module)
    return 1;
  PassManager manager(&context);
  dlc::buildCudaPipeline(manager);
  if (failed(manager.run(*module)))
    return 1;
  if (showIr) {
    module->print(llvm::outs());
    return 0;
  }
  auto code = dlc::emitCuda(*module, archs);
  if (failed(code))
    return 1;
  if (!dump.empty())
    if (auto error = dlc::dumpKernels(*code, dump)) {
      llvm::errs() << llvm::toString(std::move(error)) << "\n";
      return 1;
    }
  for (const dlc::CudaUnit &unit : code->units) {
    llvm::outs() << "// ---- " << unit.name << ".cu\n" << unit.text;
    for (auto &[arch, built] : unit.built)
      llvm::errs() << unit.name << " " << arch << ": " << int(built.seconds * 1000) << " ms, cubin "
                   << built.cubin.size() << " bytes\n";
  }
  for (const dlc::CudaKernel &kernel : code->kernels)
    for (auto &[arch, used] : kernel.perArch)
      llvm::errs() << kernel.name << " " << arch << ": " << used.registers << " registers, " << used.spillStores << "+"
                   << used.spillLoads << " bytes spilled, " << used.sharedBytes << " bytes shared\n";
  return 0;
}
