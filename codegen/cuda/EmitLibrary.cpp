// Kernels that are instances of the device library: an epilogue functor, operands, one call.
#include "codegen/cuda/KernelPrinter.h"

namespace dlc::cuda {

LogicalResult KernelPrinter::epilogue(gpu::GPUFuncOp function) {
  os << "struct " << function.getName() << " {\n";
  unsigned total = function.getFunctionType().getNumInputs();
  int64_t inputs = function->getAttrOfType<IntegerAttr>("dlc.inputs").getInt();
  for (unsigned i = 0; i < total; ++i) {
    BlockArgument argument = function.getArgument(i);
    if (i >= 4 && isa<IndexType>(argument.getType())) { // a size
      std::string name = function.getArgAttrOfType<StringAttr>(i, "dlc.name").str();
      line() << "i64 " << name << ";\n";
      names[argument] = name;
      inlined[argument] = {valueText(name)};
      continue;
    }
    names[argument] = function.getArgAttrOfType<StringAttr>(i, "dlc.name").str();
    if (auto memref = dyn_cast<MemRefType>(argument.getType()))
      line() << (int64_t(i) < inputs ? "const " : "") << type(memref.getElementType()) << " *" << names[argument]
             << ";\n";
  }
  std::string result = type(function.getFunctionType().getResult(0));
  line() << "DEVICE " << result << " operator()(const " << type(function.getArgument(0).getType())
         << " &acc, const Coord &c) const {\n";
  ++depth;
  if (failed(block(function.getBody().front())))
    return failure();
  --depth;
  line() << "}\n";
  os << "};\n\n";
  return success();
}

std::string KernelPrinter::sizeText(AffineExpr size) {
  if (auto constant = constantSize(size))
    return std::to_string(*constant);
  ArrayRef<AffineExpr> values = kernel->getAttrOfType<DimsAttr>("dlc.values").getExprs();
  auto at = llvm::find(values, size) - values.begin();
  return valueText(names[kernel.getArgument(kernel.getFunctionType().getNumInputs() - values.size() + at)]);
}
static SmallVector<AffineExpr> sizesOf(Attribute attr) {
  if (auto dims = dyn_cast<DimsAttr>(attr))
    return SmallVector<AffineExpr>(dims.getExprs());
  SmallVector<AffineExpr> sizes;
  for (int64_t value : cast<DenseI64ArrayAttr>(attr).asArrayRef())
    sizes.push_back(getAffineConstantExpr(value, attr.getContext()));
  return sizes;
}
std::string KernelPrinter::numberText(DictionaryAttr dict, StringRef name) {
  if (auto dims = dict.getAs<DimsAttr>(name))
    return sizeText(dims.getExprs()[0]);
  return std::to_string(dict.getAs<IntegerAttr>(name).getInt());
}
std::string KernelPrinter::listText(DictionaryAttr dict, StringRef name) {
  std::string text;
  llvm::raw_string_ostream os(text);
  llvm::interleaveComma(sizesOf(dict.get(name)), os, [&](AffineExpr size) { os << sizeText(size); });
  return text;
}
/// Sizes and strides in turn; wide strides make wide offsets.
std::string KernelPrinter::axisText(DictionaryAttr dict, StringRef name) {
  std::string text = "axis(";
  for (auto [i, size] : llvm::enumerate(sizesOf(dict.get(name)))) {
    std::string one = sizeText(size);
    if (indexBits == 64 && constantSize(size))
      one += i % 2 ? "ll" : "";
    else if (indexBits == 64)
      one = (i % 2 ? "i64(" : "i32(") + one + ")";
    text += (i ? ", " : "") + one;
  }
  return text + ")";
}

LogicalResult KernelPrinter::operandText(StringRef name, DictionaryAttr operand) {
  auto number = [&](StringRef key) { return operand.getAs<IntegerAttr>(key).getInt(); };
  auto word = [&](StringRef key) { return operand.getAs<StringAttr>(key).getValue(); };
  Value buffer = kernel.getArgument(number("arg"));
  if (word("kind") == "matrix") {
    line() << "const auto " << name << " = matrix<Along::" << word("along") << ", " << number("width") << ">("
           << names[buffer] << ", /*free=*/" << axisText(operand, "free") << ", /*k=*/" << axisText(operand, "sum")
           << ", /*batch=*/" << axisText(operand, "batch") << ");\n";
    return success();
  }
  bool windows = word("kind") == "windows"; // of an input; else patches
  if (!windows && word("kind") != "patches")
    return kernel.emitError("kernel '") << kernel.getName() << "' has an operand of unknown kind " << word("kind");
  std::string element = type(cast<MemRefType>(buffer.getType()).getElementType());
  size_t spatial = operand.getAs<DenseI64ArrayAttr>("window").size();
  line() << "const " << (windows ? "Windows<" : "Patches<") << element << ", " << spatial;
  if (!windows)
    os << ", /*ChannelsLast=*/" << (operand.getAs<BoolAttr>("channels_last").getValue() ? "true" : "false")
       << ", Along::" << word("along") << ", " << number("width");
  os << (indexBits == 64 ? ", i64> " : "> ") << name << " = {\n";
  auto fields = [&](ArrayRef<std::pair<StringRef, std::string>> entries) {
    os.indent(2 * depth + 4);
    llvm::interleaveComma(entries, os, [&](auto &entry) { os << "." << entry.first << " = " << entry.second; });
  };
  auto braces = [&](StringRef key) { return "{" + listText(operand, key) + "}"; };
  auto digits = [&](StringRef key) { return numberText(operand, key); };
  SmallVector<std::pair<StringRef, std::string>> first = {{"data", names[buffer]}};
  if (!windows)
    first.push_back({"channels", digits("channels")});
  first.append({{"in", braces("in")}, {"out", braces("out")}});
  fields(first);
  os << ",\n";
  fields({{"window", braces("window")},
          {"stride", braces("stride")},
          {"low", braces("low")},
          {"lhs_dilation", braces("lhs_dilation")},
          {"rhs_dilation", braces("rhs_dilation")}});
  os << ",\n";
  fields({{"batchStride", digits("batch_stride")},
          {"imageStride", digits("image_stride")},
          {"channelStride", digits("channel_stride")},
          {"spatialStride", braces("spatial_stride")}});
  os << "};\n";
  return success();
}

/// Buffers, then sizes; what is absent is null.
LogicalResult KernelPrinter::routine(DictionaryAttr call) {
  StringRef text = call.getAs<StringAttr>("routine").getValue();
  SmallVector<std::string> buffers;
  for (int64_t buffer : call.getAs<DenseI64ArrayAttr>("buffers").asArrayRef())
    buffers.push_back(buffer < 0 ? "nullptr" : names[kernel.getArgument(buffer)]);
  std::string list = llvm::join(buffers, ", "), numbers = listText(call, "sizes");
  line() << text << "(" << list << ", " << numbers << ");\n";
  return success();
}

LogicalResult KernelPrinter::library(DictionaryAttr call) {
  if (call.get("routine"))
    return routine(call);
  auto number = [&](StringRef key) { return call.getAs<IntegerAttr>(key).getInt(); };
  auto size = [&](StringRef key) { return numberText(call, key); };
  auto splits = call.getAs<IntegerAttr>("splits"); // sums of an earlier kernel
  auto tensor = call.getAs<StringAttr>("tensor");
  bool depthwise = call.getAs<StringAttr>("name").getValue() == "depthwise";
  if (depthwise) {
    if (failed(operandText("input", call.getAs<DictionaryAttr>("lhs"))))
      return failure();
  } else if (!splits) {
    line() << "using Tiles = "
           << (tensor ? "TensorTile<" + tensor.str() : "Tile<" + type(call.getAs<TypeAttr>("acc").getValue())) << ", "
           << listText(call, "tile") << ">;\n";
    if (failed(operandText("lhs", call.getAs<DictionaryAttr>("lhs"))) ||
        failed(operandText("rhs", call.getAs<DictionaryAttr>("rhs"))))
      return failure();
  }
  Value out = kernel.getArgument(number("out"));
  std::string element = type(cast<MemRefType>(out.getType()).getElementType());
  line() << (call.get("out_batch") ? "const auto result = output(" + names[out] + ", /*batch=*/axis<i64>(" +
                                         listText(call, "out_batch") + ")"
                                   : "const Output<" + element + "> result = {" + names[out] + ", /*batchStride=*/" +
                                         size("out_batch_stride"))
         << ", /*rowStride=*/" << size("out_row_stride") << (call.get("out_batch") ? ");\n" : "};\n");
  std::string epilogue = "NoEpilogue{}";
  if (auto symbol = call.getAs<FlatSymbolRefAttr>("epilogue")) {
    epilogue = symbol.getValue().str() + "{";
    for (auto [i, arg] : llvm::enumerate(call.getAs<DenseI64ArrayAttr>("epilogue_args").asArrayRef()))
      epilogue += (i ? ", " : "") + names[kernel.getArgument(arg)];
    epilogue += "}";
  }
  if (depthwise) {
    DictionaryAttr input = call.getAs<DictionaryAttr>("lhs");
    int64_t weight = call.getAs<DictionaryAttr>("rhs").getAs<IntegerAttr>("arg").getInt();
    line() << "depthwise<" << type(call.getAs<TypeAttr>("acc").getValue()) << ", /*ChannelsLast=*/"
           << (input.getAs<BoolAttr>("channels_last").getValue() ? "true" : "false") << ", " << number("run")
           << ">(input, " << names[kernel.getArgument(weight)] << ", result, /*channels=*/" << number("channels")
           << ", /*m=*/" << size("m") << ", /*n=*/" << size("n") << ", /*window=*/" << size("k") << ", " << epilogue
           << ");\n";
    return success();
  }
  if (splits)
    line() << "add_slices<" << splits.getInt() << ", " << number("run") << ">("
           << (part ? "part_block, part_thread, " : "") << names[kernel.getArgument(0)] << ", result, /*batches=*/"
           << size("batch") << ", /*m=*/" << size("m") << ", /*n=*/" << size("n") << ", " << epilogue << ");\n";
  else
    line() << (tensor ? "tensor_gemm" : "gemm") << "<Tiles, " << number("run")
           << (part && part->narrow ? ", /*Barrier=*/1" : "") << ">(" << (part ? "part_shared, part_block, " : "")
           << "lhs, rhs, result, /*m=*/" << size("m") << ", /*n=*/" << size("n") << ", /*k=*/" << size("k") << ", "
           << epilogue << ");\n";
  return success();
}

} // namespace dlc::cuda
