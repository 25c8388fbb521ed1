// Routines: a kernel is an instance of the device library's own, with the operator's buffers and sizes.
#include "codegen/cuda/KernelBuilder.h"
#include "codegen/cuda/Routine.h"
#include "ir/Dialect.h"

using namespace mlir;

namespace dlc {
namespace cuda {
namespace {

/// How one is launched, and its C++ name with template arguments.
struct Instance {
  AffineExpr blocks;
  int64_t threads;
  std::string text, how;
};

/// The least power of two that is not below.
int64_t powerOfTwo(int64_t value) { return int64_t(llvm::PowerOf2Ceil(uint64_t(std::max<int64_t>(value, 1)))); }

class Scheduler {
public:
  Scheduler(func::FuncOp func, DictionaryAttr call)
      : func(func), b(func.getContext()), ranges(func), variant(call.getAs<StringAttr>("variant").getValue()),
        sizes(call.getAs<DimsAttr>("sizes").getExprs()), units(call.getAs<DimsAttr>("units").getExprs()[0]) {}

  FailureOr<Instance> choose(StringRef name) {
    if (name == "sort")
      return sort();
    if (name == "scatter")
      return scatter();
    if (name == "suppress")
      return suppress();
    return func.emitError("kernel '") << func.getName() << "': the CUDA device library has no routine '" << name << "'";
  }

private:
  func::FuncOp func;
  Builder b;
  SymbolRanges ranges;
  StringRef variant;
  ArrayRef<AffineExpr> sizes;
  AffineExpr units;

  FailureOr<Instance> sort() {
    AffineExpr stretch = sizes[1], run = sizes[6];
    std::string keys = "key_" + variant.str();
    if (!isConstant(run, 0)) {
      constexpr int64_t threads = 256;
      auto rows = elementCount(func.getResultTypes().front());
      return Instance{canonical(rows.ceilDiv(threads)), threads, "merge_runs<" + keys + ">",
                      "runs merged, " + std::to_string(threads) + " threads"};
    }
    int64_t capacity = std::max<int64_t>(powerOfTwo(std::min(ranges.most(stretch), ranges.most(sizes[0]))), 64);
    if (capacity > cudaRoutineCapacity)
      return func.emitError("kernel '") << func.getName() << "' sorts " << ranges.most(stretch)
                                        << " elements at once, but a block holds " << cudaRoutineCapacity
                                        << ": run dlc-decompose with this capacity";
    int64_t threads = std::min<int64_t>(capacity / 2, 512);
    std::string many = std::to_string(capacity), block = std::to_string(threads);
    return Instance{units, threads, "sort_stretches<" + keys + ", " + many + ", " + block + ">",
                    "a bitonic network of " + many + ", " + block + " threads"};
  }

  FailureOr<Instance> scatter() {
    int64_t most = std::max(ranges.most(sizes[0]), std::min(ranges.most(sizes[1]), ranges.most(sizes[2])));
    int64_t threads = std::clamp<int64_t>(powerOfTwo(std::min<int64_t>(most, 512)), 32, 256);
    return Instance{units, threads, "scatter<" + std::to_string(threads) + ">",
                    "a stretch of a row a block, " + std::to_string(threads) + " threads"};
  }

  FailureOr<Instance> suppress() {
    constexpr int64_t most = int64_t(1) << 18; // one bit each in shared memory
    int64_t candidates = ranges.most(sizes[0]);
    if (candidates > most)
      return func.emitError("kernel '") << func.getName() << "' chooses among " << candidates
                                        << " boxes; on a GPU at most " << most << " can be";
    int64_t words = std::max<int64_t>(powerOfTwo(llvm::divideCeil(candidates, 32)), 32);
    int64_t threads = std::min<int64_t>(words, 256);
    return Instance{units, threads, "suppress<" + std::to_string(words) + ", " + std::to_string(threads) + ">",
                    "a class a block, " + std::to_string(threads) + " threads"};
  }
};
} // namespace

LogicalResult scheduleRoutine(gpu::GPUModuleOp module, func::FuncOp func) {
  auto call = func->getAttrOfType<DictionaryAttr>("dlc.routine");
  if (!call)
    return func.emitError("kernel '") << func.getName() << "' is a routine, but lacks the attribute dlc.routine";
  KernelBuilder k(module, func);
  if (isConstant(call.getAs<DimsAttr>("units").getExprs()[0], 0) ||
      llvm::all_of(func.getResultTypes(), [](Type type) { return isConstant(elementCount(type), 0); })) {
    k.finish(1, {32}, 0, "nothing to do");
    return success();
  }
  StringRef name = call.getAs<StringAttr>("name").getValue();
  FailureOr<Instance> instance = Scheduler(func, call).choose(name);
  if (failed(instance))
    return failure();
  for (AffineExpr size : call.getAs<DimsAttr>("sizes").getExprs())
    k.size(size);
  gpu::GPUFuncOp kernel = k.finish(instance->blocks, {instance->threads}, 0, instance->how);
  NamedAttrList library;
  library.set("name", StringAttr::get(func.getContext(), name));
  library.set("routine", StringAttr::get(func.getContext(), instance->text));
  library.set("buffers", call.get("buffers"));
  library.set("sizes", call.get("sizes"));
  kernel->setAttr("dlc.library", library.getDictionary(func.getContext()));
  return success();
}

} // namespace cuda
} // namespace dlc
