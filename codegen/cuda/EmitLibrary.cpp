// Kernels that are instances of the device library: an epilogue functor, operands, one call.
#include "codegen/cuda/KernelPrinter.h"

namespace dlc::cuda {

LogicalResult KernelPrinter::epilogue(gpu::GPUFuncOp function) {
  os << "struct " << function.getName() << " {\n";
  unsigned total = function.getFunctionType().getNumInputs();
  int64_t inputs = function->getAttrOfType<IntegerAttr>("dlc.inputs").getInt();
  for (unsigned i = 0; i < total; ++i) {
    BlockArgument argument = function.getArgument(i);
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

static std::string list(DictionaryAttr dict, StringRef name) {
  std::string text;
  llvm::raw_string_ostream os(text);
  llvm::interleaveComma(dict.getAs<DenseI64ArrayAttr>(name).asArrayRef(), os);
  return text;
}

/// Sizes and strides in turn; wide strides make wide offsets.
static std::string axis(DictionaryAttr dict, StringRef name, bool wide) {
  std::string text = "axis(";
  for (auto [i, value] : llvm::enumerate(dict.getAs<DenseI64ArrayAttr>(name).asArrayRef()))
    text += (i ? ", " : "") + std::to_string(value) + (wide && i % 2 ? "ll" : "");
  return text + ")";
}

LogicalResult KernelPrinter::operandText(StringRef name, DictionaryAttr operand) {
  auto number = [&](StringRef key) { return operand.getAs<IntegerAttr>(key).getInt(); };
  auto word = [&](StringRef key) { return operand.getAs<StringAttr>(key).getValue(); };
  Value buffer = kernel.getArgument(number("arg"));
  if (word("kind") == "matrix") {
    line() << "const auto " << name << " = matrix<Along::" << word("along") << ", " << number("width") << ">("
           << names[buffer] << ", /*free=*/" << axis(operand, "free", indexBits == 64) << ", /*k=*/"
           << axis(operand, "sum", indexBits == 64) << ", /*batch=*/" << axis(operand, "batch", indexBits == 64)
           << ");\n";
    return success();
  }
  if (word("kind") != "patches")
    return kernel.emitError("kernel '") << kernel.getName() << "' has an operand of unknown kind " << word("kind");
  bool last = operand.getAs<BoolAttr>("channels_last").getValue();
  std::string element = type(cast<MemRefType>(buffer.getType()).getElementType());
  size_t spatial = operand.getAs<DenseI64ArrayAttr>("in").size();
  line() << "const Patches<" << element << ", " << spatial << ", /*ChannelsLast=*/" << (last ? "true" : "false")
         << ", Along::" << word("along") << ", " << number("width") << (indexBits == 64 ? ", i64> " : "> ") << name
         << " = {\n";
  auto fields = [&](std::initializer_list<std::pair<StringRef, std::string>> entries) {
    os.indent(2 * depth + 4);
    llvm::interleaveComma(entries, os, [&](auto &entry) { os << "." << entry.first << " = " << entry.second; });
  };
  auto braces = [&](StringRef key) { return "{" + list(operand, key) + "}"; };
  auto digits = [&](StringRef key) { return std::to_string(number(key)); };
  fields({{"data", names[buffer]}, {"channels", digits("channels")}, {"in", braces("in")}, {"out", braces("out")}});
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

LogicalResult KernelPrinter::library(DictionaryAttr call) {
  auto number = [&](StringRef key) { return call.getAs<IntegerAttr>(key).getInt(); };
  auto splits = call.getAs<IntegerAttr>("splits"); // sums of an earlier kernel
  auto tensor = call.getAs<StringAttr>("tensor");
  bool depthwise = call.getAs<StringAttr>("name").getValue() == "depthwise";
  if (depthwise) {
    if (failed(operandText("input", call.getAs<DictionaryAttr>("lhs"))))
      return failure();
  } else if (!splits) {
    line() << "using Tiles = "
           << (tensor ? "TensorTile<" + tensor.str() : "Tile<" + type(call.getAs<TypeAttr>("acc").getValue())) << ", "
           << list(call, "tile") << ">;\n";
    if (failed(operandText("lhs", call.getAs<DictionaryAttr>("lhs"))) ||
        failed(operandText("rhs", call.getAs<DictionaryAttr>("rhs"))))
      return failure();
  }
  Value out = kernel.getArgument(number("out"));
  line() << "const Output<" << type(cast<MemRefType>(out.getType()).getElementType()) << "> result = {" << names[out]
         << ", /*batchStride=*/" << number("out_batch_stride") << ", /*rowStride=*/" << number("out_row_stride")
         << "};\n";
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
           << ", /*m=*/" << number("m") << ", /*n=*/" << number("n") << ", /*window=*/" << number("k") << ", "
           << epilogue << ");\n";
    return success();
  }
  if (splits)
    line() << "add_slices<" << splits.getInt() << ", " << number("run") << ">(" << names[kernel.getArgument(0)]
           << ", result, /*batches=*/" << number("batch") << ", /*m=*/" << number("m") << ", /*n=*/" << number("n")
           << ", " << epilogue << ");\n";
  else
    line() << (tensor ? "tensor_gemm" : "gemm") << "<Tiles, " << number("run") << ">(lhs, rhs, result, /*m=*/"
           << number("m") << ", /*n=*/" << number("n") << ", /*k=*/" << number("k") << ", " << epilogue << ");\n";
  return success();
}

} // namespace dlc::cuda
