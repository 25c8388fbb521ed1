// Kernels with parts: each part a function, then the kernel that shares its blocks out among them.
#include "codegen/cuda/KernelPrinter.h"

namespace dlc::cuda {

/// For each argument of a joined kernel, the part and the argument of that. Inputs of all parts, then outputs of all.
static SmallVector<std::pair<unsigned, int64_t>> argumentsOf(ArrayRef<gpu::GPUFuncOp> parts) {
  SmallVector<std::pair<unsigned, int64_t>> list;
  for (bool outputs : {false, true})
    for (auto [p, each] : llvm::enumerate(parts)) {
      gpu::GPUFuncOp part = each;
      int64_t inputs = part->getAttrOfType<IntegerAttr>("dlc.inputs").getInt();
      int64_t total = part.getFunctionType().getNumInputs();
      for (int64_t i = outputs ? inputs : 0; i < (outputs ? total : inputs); ++i)
        list.push_back({unsigned(p), i});
    }
  return list;
}

LogicalResult KernelPrinter::joined(ArrayRef<gpu::GPUFuncOp> parts) {
  auto arguments = argumentsOf(parts);
  int64_t sharedBytes = 0;
  llvm::MapVector<Operation *, PartText> texts;
  for (gpu::GPUFuncOp each : parts) {
    sharedBytes = std::max(sharedBytes, tileBytes(each));
    texts.insert({each, {}});
  }
  if (auto aliased = kernel->getAttrOfType<DenseI64ArrayAttr>("dlc.aliased"))
    for (int64_t i : aliased.asArrayRef())
      texts[parts[arguments[i].first]].aliased.insert(arguments[i].second);
  std::string scope = kernel.getName().str() + "_parts";
  os << "namespace " << scope << " {\n";
  for (auto &[function, text] : texts) {
    text.sharedBytes = sharedBytes;
    if (failed(KernelPrinter(cast<gpu::GPUFuncOp>(function), os, &text).print()))
      return failure();
    os << "\n";
  }
  os << "} // namespace " << scope << "\n\n";

  heading();
  if (failed(signature()))
    return failure();
  if (sharedBytes)
    line() << "__shared__ __align__(32) char shared[" << sharedBytes << "]; // of one part at a time\n";
  line() << "const i32 block = i32(blockIdx.x);\n";
  int64_t threads = threadsOf(kernel), from = 0;
  for (unsigned p = 0; p < parts.size(); ++p) {
    gpu::GPUFuncOp each = parts[p];
    line() << (p ? "} else " : "");
    if (p + 1 < parts.size())
      os << "if (block < " << from + blocksIn(blocksOf(each), threadsOf(each), threads, isFlexible(each)) << ") ";
    os << "{\n";
    int64_t own = threadsOf(each), blocks = blocksIn(blocksOf(each), own, threads, isFlexible(each));
    bool packs = isFlexible(each) && dividesEvenly(own, threads);
    std::string number = from ? "block - " + std::to_string(from) : "block", thread = "i32(threadIdx.x)";
    if (packs && own < threads) {
      std::string packed = std::to_string(threads / own);
      number = (from ? "(" + number + ")" : number) + " * " + packed + " + " + thread + " / " + std::to_string(own);
      thread += " % " + std::to_string(own);
      if (blocks * threads != blocksOf(each) * own)
        line() << "  if (" << number << " < " << blocksOf(each) << ")\n  ";
    } else if (packs && own > threads) {
      std::string cut = std::to_string(own / threads);
      if (from)
        number = "(" + number + ")";
      thread = number + " % " + cut + " * " + std::to_string(threads) + " + " + thread;
      number += " / " + cut;
    } else if (own < threads) {
      line() << "  if (threadIdx.x < " << own << ")\n  ";
    }
    line() << "  " << scope << "::" << each.getName() << "(" << number;
    if (isFlexible(each))
      os << ", " << thread;
    if (tileBytes(each))
      os << ", shared";
    for (auto [i, argument] : llvm::enumerate(arguments))
      if (argument.first == p)
        os << ", " << names[kernel.getArgument(i)];
    os << ");\n";
    from += blocks;
  }
  line() << "}\n";
  os << "}\n";
  return success();
}

} // namespace dlc::cuda
