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

/// Kernels as functions of a namespace.
static LogicalResult printFunctions(llvm::raw_ostream &os, StringRef scope,
                                    llvm::MapVector<Operation *, PartText> &texts) {
  os << "namespace " << scope << " {\n";
  for (auto &[function, text] : texts) {
    if (failed(KernelPrinter(cast<gpu::GPUFuncOp>(function), os, &text).print()))
      return failure();
    os << "\n";
  }
  os << "} // namespace " << scope << "\n\n";
  return success();
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
  for (auto &[function, text] : texts)
    text.sharedBytes = sharedBytes;
  std::string scope = kernel.getName().str() + "_parts";
  if (failed(printFunctions(os, scope, texts)))
    return failure();

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

LogicalResult KernelPrinter::chained(ArrayRef<gpu::GPUFuncOp> links) {
  auto maps = kernel->getAttrOfType<ArrayAttr>("dlc.link_args");
  auto argsOf = [&](size_t l) { return cast<DenseI64ArrayAttr>(maps[l]).asArrayRef(); };
  int64_t inputs = kernel->getAttrOfType<IntegerAttr>("dlc.inputs").getInt(), threads = threadsOf(kernel);
  llvm::DenseSet<int64_t> aliased;
  if (part)
    aliased = part->aliased;
  else if (auto list = kernel->getAttrOfType<DenseI64ArrayAttr>("dlc.aliased"))
    aliased.insert(list.asArrayRef().begin(), list.asArrayRef().end());
  for (size_t l = 0; l < links.size(); ++l) { // what a later link reads
    gpu::GPUFuncOp link = links[l];
    for (int64_t argument : argsOf(l).take_front(link->getAttrOfType<IntegerAttr>("dlc.inputs").getInt()))
      if (argument >= inputs)
        aliased.insert(argument);
  }
  llvm::MapVector<Operation *, PartText> texts;
  for (auto [l, link] : llvm::enumerate(links)) {
    PartText &text = texts[link];
    text.sharedBytes = part ? part->sharedBytes : tileBytes(kernel);
    text.narrow = !isFlexible(link) && threadsOf(link) < threads;
    for (auto [i, argument] : llvm::enumerate(argsOf(l)))
      if (aliased.contains(argument))
        text.aliased.insert(int64_t(i));
  }
  std::string scope = kernel.getName().str() + "_links";
  if (failed(printFunctions(os, scope, texts)))
    return failure();

  heading();
  if (failed(signature()))
    return failure();
  if (!part)
    line() << "__shared__ __align__(32) char shared[" << tileBytes(kernel) << "]; // of one link at a time\n"
           << "  const i32 block = i32(blockIdx.x);\n";
  std::string block = part ? "part_block" : "block", shared = part ? "part_shared" : "shared";
  auto tileOf = [](gpu::GPUFuncOp link) {
    auto call = link->getAttrOfType<DictionaryAttr>("dlc.library");
    return call.getAs<DenseI64ArrayAttr>("tile").asArrayRef();
  };
  int64_t height = tileOf(links.front())[0];
  for (auto [l, each] : llvm::enumerate(links)) {
    gpu::GPUFuncOp link = each;
    std::string arguments;
    for (int64_t argument : argsOf(l))
      arguments += ", " + names[kernel.getArgument(argument)];
    std::string call = scope + "::" + link.getName().str() + "(";
    std::string some = threadsOf(link) < threads ? "if (threadIdx.x < " + std::to_string(threadsOf(link)) + ") " : "";
    if (l)
      line() << "// Rows " << block << " * " << height << " to " << block << " * " << height << " + " << height - 1
             << " of what comes before are all that this needs.\n";
    if (!l) {
      line() << some << call << block << ", " << shared << arguments << ");\n";
    } else if (isFlexible(link)) {
      auto rows = link->getAttrOfType<DictionaryAttr>("dlc.rows");
      int64_t own = threadsOf(link), all = height * rows.getAs<IntegerAttr>("lanes").getInt();
      line() << "barrier();\n";
      line() << "for (i32 t = " << block << " * " << all << " + i32(threadIdx.x); t < (" << block << " + 1) * " << all
             << "; t += " << threads << ")\n";
      if (blocksOf(kernel) * all != blocksOf(link) * own)
        line() << "  if (t < " << blocksOf(link) * own << ")\n  ";
      line() << "  " << call << "t / " << own << ", t % " << own << arguments << ");\n";
    } else {
      auto tile = tileOf(link);
      int64_t width = link->getAttrOfType<DictionaryAttr>("dlc.library").getAs<IntegerAttr>("n").getInt();
      int64_t count = height / tile[0] * int64_t(llvm::divideCeil(width, tile[1]));
      line() << "for (i32 tile = " << block << " * " << count << "; tile < (" << block << " + 1) * " << count
             << (blocksOf(kernel) * count != blocksOf(link) ? " && tile < " + std::to_string(blocksOf(link)) : "")
             << "; ++tile) {\n";
      line() << "  barrier();\n";
      line() << "  " << some << call << "tile, " << shared << arguments << ");\n";
      line() << "}\n";
    }
  }
  os << "}\n";
  return success();
}

} // namespace dlc::cuda
