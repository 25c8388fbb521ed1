// The CUDA back end's face: kernel functions in row or contraction form -> gpu.func -> CUDA C -> cubins.
#pragma once
#include "codegen/cuda/Nvrtc.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace mlir {
class OpPassManager;
}

namespace dlc {

/// dlc-choose-cuda: writes on every func.func with `dlc.kernel` how it is to be run, the attribute dlc.schedule
/// (docs/tuning.md); one that is there is verified, completed and kept.
std::unique_ptr<mlir::Pass> createChooseCudaPass();
/// dlc-schedule-cuda: as dlc.schedule says, where there is one, every func.func with `dlc.kernel` becomes a gpu.func in
/// `gpu.module @kernels`, with the attributes dlc.grid, dlc.block (three i64 each), dlc.shared (bytes), dlc.sources,
/// dlc.flops, dlc.bytes, dlc.vector_width and dlc.how (the schedule in words). A contraction also has dlc.library: tile
/// sizes, extents and strides of its instance of gemm. A kernel in two steps has dlc.workspace (bytes: its only output,
/// the second kernel's first input), dlc.finish (the second kernel, which has dlc.second) and, as the second has,
/// dlc.arguments (which inputs of the launch it takes).
std::unique_ptr<mlir::Pass> createScheduleCudaPass();
/// dlc-prepare-cuda: says which values are temporaries, which are written in place of their use, and what they are
/// called.
std::unique_ptr<mlir::Pass> createPrepareCudaPass();
/// dlc-join-cuda: launches of kernels that need nothing of each other become one launch (docs/launches.md).
std::unique_ptr<mlir::Pass> createJoinCudaPass();
/// Elements of a row that a routine holds: a sort of so many takes at most 24 KiB of shared memory.
inline constexpr int64_t cudaRoutineCapacity = 2048;
/// Whether a composite has a kernel of its own: the gradient of a convolution's weight on the CUDA cores. On the tensor
/// cores it is a convolution.
bool cudaKeepsComposite(mlir::Operation *op);
/// Schedule, clean up, prepare.
void buildCudaPipeline(mlir::OpPassManager &manager);
/// Registers the passes and the pipeline `dlc-cuda-pipeline`.
void registerCudaPasses();

struct CudaKernel {
  std::string name;
  std::vector<std::string> sources; // source nodes
  int64_t flops = 0, bytes = 0;
  std::string shape; // of the first output, "1x112x112x64 f32"
  std::string how;   // the schedule in words
  int64_t grid[3] = {1, 1, 1}, block[3] = {1, 1, 1};
  int64_t sharedBytes = 0; // dynamic
  int inputs = 0, outputs = 0;
  std::vector<int64_t> workspace; // bytes: where `finish` is named, its outputs, which come first among finish's inputs
  std::string finish;             // the kernel that goes on with the workspace
  std::vector<int> arguments;     // of a kernel in two steps: the launch's inputs that it takes
  unsigned unit = 0;              // index into CudaCode::units
  std::string text;               // as it was emitted, with its heading
  std::map<std::string, KernelResources> perArch; // registers and spills; empty where nothing was compiled
};

struct CudaUnit {
  std::string name;                         // "light_0", or the contraction's
  std::string head, text;                   // CUDA C that includes dlc/*.cuh; head: what comes before the kernels
  std::map<std::string, NvrtcOutput> built; // by architecture
  bool byHand = false;                      // text is not ours
};

struct CudaCode {
  std::vector<CudaUnit> units;
  std::vector<NvrtcHeader> headers; // the device library that the units include
  std::vector<CudaKernel> kernels;
  std::string nvrtcVersion; // empty where nothing was compiled
};

/// Text by hand in place of emitted text.
struct CudaOverrides {
  std::vector<std::string> folders;                         // as dumpKernels writes them; what they have is taken
  std::vector<std::pair<std::string, std::string>> kernels; // a kernel's or a unit's name, and a file
};

/// Prints `gpu.module @kernels` of `module` (after buildCudaPipeline) and compiles each unit for each of `archs` with
/// NVRTC, units side by side on threads. With no archs, text alone. Errors are diagnostics on `module`.
/// What `overrides` names must be there, and have the parameters of what it replaces.
mlir::FailureOr<CudaCode> emitCuda(mlir::ModuleOp module, llvm::ArrayRef<std::string> archs,
                                   const CudaOverrides &overrides = {});
/// The first half: text, and whether the kernels fit the architectures.
mlir::FailureOr<CudaCode> printCuda(mlir::ModuleOp module, llvm::ArrayRef<std::string> archs,
                                    const CudaOverrides &overrides = {});
/// The second half, which needs no MLIR. All errors, one after the other.
llvm::Error compileCuda(CudaCode &code, llvm::ArrayRef<std::string> archs, bool contract = true);

/// The device library: what `#include "dlc/..."` finds.
llvm::ArrayRef<NvrtcHeader> cudaDeviceLibrary();
/// The text of a unit with the device library in it: what NVRTC compiles with no headers at all.
std::string selfContained(const CudaCode &code, const CudaUnit &unit);

/// Writes <unit>.cu, <unit>.<arch>.ptx, <unit>.<arch>.cubin and dlc/*.cuh into `dir`.
llvm::Error dumpKernels(const CudaCode &code, llvm::StringRef dir);

} // namespace dlc
