// The CPU backend: kernel functions in row or contraction form -> vector loops -> object code -> a shared object.
#pragma once
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace dlc {

/// The x86-64 levels that code is made for, least first: "x86-64-v2", "x86-64-v3", "x86-64-v4".
llvm::ArrayRef<llvm::StringLiteral> cpuLevels();
/// The vector registers of a level.
struct CpuVectors {
  int64_t bytes, count;
};
CpuVectors cpuVectors(llvm::StringRef cpuLevel);

/// Whether the CPU has a kernel for a composite: gradients of convolutions' weights that oneDNN computes as they lie.
bool cpuKeepsComposite(mlir::Operation *op);

/// `dlc-choose-cpu`: writes on every function with the attribute `dlc.kernel` how it is to be run, the attribute
/// `dlc.schedule` (docs/tuning.md); one that is there is verified, completed and kept.
std::unique_ptr<mlir::Pass> createChooseCpuPass(std::string cpuLevel = "x86-64-v3");

/// `dlc-schedule-cpu`: turns every function with the attribute `dlc.kernel` into the kernel ABI
///   void k(void *const *buf, const int64_t *sym, int64_t lo, int64_t hi, void *scratch)
/// as `dlc.schedule` says, where there is one, in scf, arith, math, vector and llvm memory operations. On the function
/// stay `dlc.sources`, `dlc.flops`, `dlc.bytes`, and come
///   dlc.work : i64      number of work units; the kernel processes [lo, hi) of them, each unit always in the same way
///   dlc.grain : i64     units that a thread should take at least
///   dlc.scratch : i64   bytes of scratch memory a thread
///   dlc.library : {..}  optional: the oneDNN call that does the same (see Library.h)
/// A result may lie in the memory of an input where the kernel's only map that reads the input has the result's
/// indices. `cpuLevel` is one of cpuLevels().
std::unique_ptr<mlir::Pass> createScheduleCpuPass(std::string cpuLevel = "x86-64-v3");

/// `dlc-lower-cpu`: scheduled kernels to the LLVM dialect. Part of emission; a pass of its own for dumps.
std::unique_ptr<mlir::Pass> createLowerCpuPass(std::string cpuLevel = "x86-64-v3");

void registerCpuPasses();

/// Dialects and translations that emission needs in the context.
void registerCpuDialects(mlir::DialectRegistry &registry);

/// The scheduled kernels of `module` (functions that carry `dlc.work`) as LLVM IR or assembly text, for people who
/// tune.
enum class CpuText { LLVMIR, OptimizedLLVMIR, Assembly };
mlir::FailureOr<std::string> emitCpuText(mlir::ModuleOp module, llvm::StringRef cpuLevel, CpuText kind);

/// Told the seconds that a part of emission took: "LLVM IR", "LLVM", "lld", "NVRTC".
using PartClock = std::function<void(llvm::StringRef part, double seconds)>;

/// Kernels on their way to a shared object: what is left needs no MLIR, and any thread may do it.
class CpuCode {
public:
  virtual ~CpuCode() = default;
  /// Once. The shared object, or nothing and an error. `clock` is called on this thread.
  virtual std::optional<std::vector<char>> build(std::string &error, const PartClock &clock) = 0;
};
/// The first half of emitSharedObject. Errors are diagnostics.
mlir::FailureOr<std::unique_ptr<CpuCode>> translateKernels(mlir::ModuleOp module, llvm::StringRef cpuLevel,
                                                           const PartClock &clock = {});

/// The scheduled kernels of `module` as the bytes of a shared object for `cpuLevel`. It exports the kernels by name,
/// needs libc and libm only, and depends on nothing but its input: same kernels, same bytes. Errors are diagnostics at
/// the kernel's location. `module` is not changed.
mlir::FailureOr<std::vector<char>> emitSharedObject(mlir::ModuleOp module, llvm::StringRef cpuLevel);

} // namespace dlc
