// Kernels with parts: which kernels may be parts of one, and the kernel that has them.
//
// A joined kernel is a gpu.func with an empty body and the attribute dlc.parts: kernels in the order of their blocks.
// Its arguments are the parts' inputs, part after part, then their outputs. What no launch names any more has dlc.part.
//
// A chain is a gpu.func with an empty body and the attribute dlc.links: kernels that each block runs one after the
// other, each for the rows of the block. dlc.link_args tells of each link which argument of the chain each of its own
// is: what a link computes is an output of the chain, and may be an input of a later link. A chain may be a part.
#pragma once
#include "ir/Dialect.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include <optional>

namespace dlc::cuda {

/// Of a dlc.launch: what each of its results is called, where its location does not tell (strings).
inline constexpr llvm::StringLiteral resultNamesAttr = "dlc.result_names";
/// At a gpu.barrier: for the threads of a warp alone, which the kernel's blocks may be cut between.
inline constexpr llvm::StringLiteral warpBarrierAttr = "dlc.warp";

/// Calls `visit` for each pair of an input and a result that may share memory.
void forInPlace(LaunchOp launch, llvm::function_ref<void(int64_t input, int64_t result)> visit);

/// What decides on whether a kernel may be a part.
struct PartFacts {
  mlir::gpu::GPUFuncOp kernel;
  int64_t blocks = 0, threads = 0;
  int64_t tileBytes = 0;    // shared memory that all parts have in turn
  int64_t ownBytes = 0;     // shared memory of its own
  int64_t accumulators = 0; // of a thread; 0: it is no contraction
  unsigned arguments = 0;
  bool flexible = false; // its threads may stand in blocks of any size
};

/// What a group of parts needs together.
class JoinedFacts {
public:
  /// Whether one more part leaves all of them as fast as they are; it has become one then.
  bool add(const PartFacts &part);

private:
  llvm::SmallVector<PartFacts> parts;
};

class JoinedKernels {
public:
  explicit JoinedKernels(mlir::gpu::GPUModuleOp module) : module(module) {}

  mlir::gpu::GPUFuncOp find(llvm::StringRef name) { return module.lookupSymbol<mlir::gpu::GPUFuncOp>(name); }
  /// None: the kernel is launched alone, since it is long enough for that, or takes sizes, or its text cannot be a
  /// part.
  std::optional<PartFacts> facts(llvm::StringRef kernel);
  /// One launch in place of these, behind the last of them, which stand beside each other; the old ones are unused
  /// then.
  LaunchOp join(llvm::ArrayRef<LaunchOp> launches);
  /// One launch in place of links of a chain, which it erases. The operations of the block may be out of order then.
  LaunchOp chain(llvm::ArrayRef<LaunchOp> launches);
  /// A kernel that copies all elements of its argument, a tensor of known sizes and whole bytes.
  mlir::gpu::GPUFuncOp copy(mlir::RankedTensorType type);
  /// Marks kernels that no launch of `module` names.
  void markParts(mlir::ModuleOp module);

private:
  mlir::gpu::GPUModuleOp module;
  llvm::StringMap<mlir::gpu::GPUFuncOp> made; // by the names of their parts
  llvm::StringMap<unsigned> numbers;          // of kernels, by the first part of their names
  mlir::gpu::GPUFuncOp make(llvm::ArrayRef<mlir::gpu::GPUFuncOp> parts);
  /// An empty kernel <base>_<n> that does what `members` do.
  mlir::gpu::GPUFuncOp combined(llvm::ArrayRef<mlir::gpu::GPUFuncOp> members, llvm::StringRef base,
                                llvm::ArrayRef<mlir::Type> types, llvm::ArrayRef<mlir::Attribute> names,
                                int64_t inputs);
};

/// Bytes of shared memory that the device library's gemm works in; 0: it is no instance of that.
int64_t tileBytes(mlir::gpu::GPUFuncOp kernel);
/// Threads of a block.
int64_t threadsOf(mlir::gpu::GPUFuncOp kernel);
int64_t blocksOf(mlir::gpu::GPUFuncOp kernel);
/// Whether no thread waits for another but those of its warp: blocks may be cut, and put together.
bool isFlexible(mlir::gpu::GPUFuncOp kernel);
/// Whether one of the two is a multiple of the other.
bool dividesEvenly(int64_t a, int64_t b);
/// Blocks of `threads` that a part takes. One that is not flexible takes its own number.
int64_t blocksIn(int64_t blocks, int64_t own, int64_t threads, bool flexible);
/// The links of a chain; none of another kernel.
llvm::SmallVector<mlir::gpu::GPUFuncOp> linksOf(mlir::gpu::GPUFuncOp kernel);
/// Makes launches of a block that can be links of a chain one.
void chainLaunches(mlir::Block &block, JoinedKernels &kernels);
/// Its parts; none of a kernel of its own.
llvm::SmallVector<mlir::gpu::GPUFuncOp> partsOf(mlir::gpu::GPUFuncOp kernel);

} // namespace dlc::cuda
