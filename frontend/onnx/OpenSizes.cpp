// Which rows of the import table know of open sizes (Sizes.h), and shapes of which some are open.
#include "frontend/onnx/HostEval.h"
#include "frontend/onnx/Importer.h"
#include "frontend/onnx/Sizes.h"
#include "llvm/ADT/StringSwitch.h"

namespace dlc {

/// Rows that hand shapes on as they are, and do no arithmetic on those dimensions that may be open.
OpenDims openDims(StringRef op) {
  return llvm::StringSwitch<OpenDims>(op)
      .Cases({"Abs", "Acos", "Acosh", "Add", "And", "Asin", "Asinh", "Atan", "Atanh", "BitShift"}, OpenDims::any)
      .Cases({"BitwiseAnd", "BitwiseNot", "BitwiseOr", "BitwiseXor", "Cast", "CastLike", "Ceil", "Celu"}, OpenDims::any)
      .Cases({"Clip", "Cos", "Cosh", "Div", "Elu", "Equal", "Erf", "Exp", "Floor", "Gelu"}, OpenDims::any)
      .Cases({"Greater", "GreaterOrEqual", "HardSigmoid", "HardSwish", "IsInf", "IsNaN", "LeakyRelu"}, OpenDims::any)
      .Cases({"Less", "LessOrEqual", "Log", "Max", "Mean", "Min", "Mish", "Mod", "Mul", "Neg"}, OpenDims::any)
      .Cases({"Not", "Or", "PRelu", "Pow", "Reciprocal", "Relu", "Round", "Selu", "Shrink"}, OpenDims::any)
      .Cases({"Sigmoid", "Sign", "Sin", "Sinh", "Softplus", "Softsign", "Sqrt", "Sub", "Sum"}, OpenDims::any)
      .Cases({"Swish", "Tan", "Tanh", "ThresholdedRelu", "Where", "Xor"}, OpenDims::any)
      .Cases({"MatMul", "Gemm", "Transpose", "Reshape", "Flatten", "Squeeze", "Unsqueeze"}, OpenDims::any)
      .Cases({"Expand", "Tile", "Concat", "Gather", "Slice", "Split", "Identity"}, OpenDims::any)
      .Cases({"Dropout", "ConstantOfShape", "Trilu", "Softmax", "LogSoftmax", "Hardmax"}, OpenDims::any)
      .Cases({"LayerNormalization", "RMSNormalization", "BatchNormalization"}, OpenDims::any)
      .Cases({"ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd"}, OpenDims::any)
      .Cases({"ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceSumSquare"}, OpenDims::any)
      .Cases({"GlobalAveragePool", "GlobalMaxPool", "InstanceNormalization", "Conv", "MaxPool"}, OpenDims::any)
      .Cases({"LpNormalization", "MeanVarianceNormalization", "Attention", "RotaryEmbedding", "TensorScatter"},
             OpenDims::any)
      .Cases({"com.microsoft.BiasAdd", "com.microsoft.BiasGelu", "com.microsoft.BiasSplitGelu"}, OpenDims::any)
      .Cases({"com.microsoft.FastGelu", "com.microsoft.Gelu", "com.microsoft.QuickGelu"}, OpenDims::any)
      .Cases({"com.microsoft.FusedConv", "com.microsoft.FusedGemm", "com.microsoft.FusedMatMul"}, OpenDims::any)
      .Cases({"com.microsoft.TransposeMatMul", "com.microsoft.MatMulNBits"}, OpenDims::any)
      .Cases({"com.microsoft.EmbedLayerNormalization", "com.microsoft.SkipLayerNormalization"}, OpenDims::any)
      .Cases({"com.microsoft.SimplifiedLayerNormalization", "SimplifiedLayerNormalization"}, OpenDims::any)
      .Cases({"com.microsoft.SkipSimplifiedLayerNormalization", "com.microsoft.RotaryEmbedding"}, OpenDims::any)
      .Case("com.microsoft.GroupNorm", OpenDims::leading)
      .Case("TopK", OpenDims::any)
      .Cases({"BroadcastAxis", "ArgMax", "ArgMin", "LSTM", "GRU", "RNN"}, OpenDims::any)
      .Cases({"If", "Loop", "Scan"}, OpenDims::any)
      .Cases({"AveragePool", "LpPool", "Resize", "Pad", "Einsum", "CumSum", "CumProd"}, OpenDims::any)
      .Cases({"GatherND", "GatherElements", "OneHot", "ReverseSequence", "ScatterND", "ScatterElements"}, OpenDims::any)
      .Cases({"ConvTranspose", "DepthToSpace", "SpaceToDepth"}, OpenDims::leading)
      .Cases({"LRN", "GroupNormalization", "QuantizeLinear", "DequantizeLinear"}, OpenDims::leading)
      .Default(OpenDims::none);
}

LogicalResult NodeBuilder::checkOpen() {
  bool standard = node.domain().empty() || node.domain() == "ai.onnx";
  OpenDims may = openDims(standard ? node.op_type() : node.domain() + "." + node.op_type());
  for (int i = 0; may != OpenDims::any && i < inputs(); ++i) {
    Importer::Entry *entry = has(i) ? importer.find(node.input(i)) : nullptr;
    if (!entry || !entry->type)
      continue;
    for (auto [d, size] : llvm::enumerate(getDims(entry->type)))
      if (!constantSize(size) && !(may == OpenDims::leading && d == 0))
        return !importer.foundSymbol(size).empty()
                   ? unsupported("dimension " + Twine(d) + " of '" + name(i) +
                                 "' is found while running, and this operator must know it at import")
                   : unsupported("dimension " + Twine(d) + " of '" + name(i) + "' (" + describe(entry->type) +
                                 ") is open, which this operator does not take; give it one size with --shape");
  }
  return success();
}

std::optional<std::vector<int64_t>> reshapeNumbers(const std::vector<int64_t> &from, const std::vector<int64_t> &wanted,
                                                   bool allowZero) {
  if (!hasOpen(from) && !hasOpen(wanted))
    return reshapeShape(from, wanted, allowZero);
  // A shape written for the size that the file has: its leading dimension is the operand's.
  if (!from.empty() && !wanted.empty() && SizeTable::current()->fileSize(from[0]) == wanted[0]) {
    std::vector<int64_t> other = wanted;
    other[0] = from[0];
    if (auto shape = reshapeNumbers(from, other, allowZero))
      return shape;
  }
  std::vector<int64_t> shape = wanted;
  int64_t total = countOf(from), known = 1, open = -1;
  for (size_t d = 0; d < shape.size(); ++d) {
    if (shape[d] == 0 && !allowZero) {
      if (d >= from.size())
        return std::nullopt;
      shape[d] = from[d];
    }
    if (shape[d] == -1) {
      if (open >= 0)
        return std::nullopt;
      open = int64_t(d);
    } else if (shape[d] < 0) {
      return std::nullopt;
    } else {
      known = times(known, shape[d]);
    }
  }
  if (open >= 0) {
    if (known == 0)
      return std::nullopt;
    SizeTable &table = *SizeTable::current();
    shape[open] =
        table.number(canonical(getAffineBinaryOpExpr(AffineExprKind::FloorDiv, table.size(total), table.size(known))));
    known = times(known, shape[open]);
  }
  if (known == total)
    return shape;
  return std::nullopt;
}

int64_t countOf(ArrayRef<int64_t> shape) {
  int64_t count = 1;
  for (int64_t size : shape)
    count = times(count, size);
  return count;
}

std::optional<SliceRange> sliceNumbers(int64_t size, int64_t start, int64_t end, int64_t step) {
  if (!isOpen(size) && !isOpen(start) && !isOpen(end))
    return sliceRange(size, start, end, step);
  if (step < 1)
    return std::nullopt;
  auto clamped = [&](int64_t at) -> std::optional<int64_t> {
    auto negative = isLess(at, 0);
    if (!negative)
      return std::nullopt;
    if (*negative)
      at = plus(at, size);
    auto before = isLess(at, 0), behind = isLess(size, at);
    if (before && *before)
      return 0;
    if (behind && *behind)
      return size;
    // It must be known that it lies inside.
    return before && behind ? std::optional(at) : std::nullopt;
  };
  auto first = clamped(start), last = clamped(end);
  if (!first || !last)
    return std::nullopt;
  int64_t length = plus(*last, times(*first, -1));
  auto none = isLess(length, 1);
  if (none && *none)
    return SliceRange{0, 1, 0};
  if (!none)
    return std::nullopt;
  SizeTable &table = *SizeTable::current();
  return SliceRange{*first, step, table.number(canonical(table.size(length).ceilDiv(uint64_t(step))))};
}

} // namespace dlc
