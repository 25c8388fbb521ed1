// What stands between a model and its import: said with the node, what it reads and what to do, and gone on behind.
#include "frontend/Types.h"
#include "frontend/onnx/Importer.h"
#include "ir/Dims.h"
#include <set>

namespace dlc {
namespace {

constexpr size_t mostProblems = 1000; // nobody reads more, and a small file can say millions

bool isStandard(StringRef domain) { return domain.empty() || domain == "ai.onnx"; }

/// The operator of the same domain that is written most like this one, where it is likely to be meant.
std::string nearest(StringRef domain, StringRef op) {
  std::string best;
  unsigned least = std::max<unsigned>(1, unsigned(op.size() / 4)) + 1;
  for (const ImportRow *row : importRows()) {
    StringRef name = row->op;
    if (isStandard(domain) ? name.contains('.') : !name.consume_front((domain + ".").str()))
      continue;
    unsigned distance = op.equals_insensitive(name) ? 0 : op.edit_distance(name, true, least);
    if (distance < least) {
      least = distance;
      best = name.str();
    }
  }
  return best;
}

std::string knownDomains() {
  std::set<std::string> names;
  for (const ImportRow *row : importRows())
    if (StringRef domain = StringRef(row->op).rsplit('.').first; domain.size() < StringRef(row->op).size())
      names.insert(domain.str());
  std::string text = "ai.onnx";
  for (const std::string &name : names)
    text += ", " + name;
  return text;
}

bool knowsDomain(StringRef domain) {
  return isStandard(domain) || llvm::any_of(importRows(), [&](const ImportRow *row) {
           return StringRef(row->op).rsplit('.').first == domain;
         });
}
} // namespace

std::string Importer::unknownOperator(const onnx::NodeProto &node) const {
  if (problems.size() > mostProblems)
    return "";
  StringRef domain = node.domain(), op = node.op_type();
  constexpr const char *otherwise =
      "have the exporter write it in operators of ai.onnx, or as a function of the model, "
      "which dlc expands; `dlc check --operators` lists what there is";
  std::string meant = nearest(domain, op);
  if (!meant.empty())
    return "if '" + meant + "' is meant, call it that; else " + otherwise;
  if (!isStandard(domain) && findImportRow("", op))
    return ("ai.onnx has an operator of this name: if that is meant, leave the domain out; else " +
            StringRef(otherwise))
        .str();
  if (!knowsDomain(domain))
    return "dlc knows the domains " + knownDomains() + ": " + otherwise;
  return otherwise;
}

std::string typeNamed(int32_t onnxType) {
  std::string name = dtypeName(DType(onnxType));
  return name != "?" ? name : onnxType == 0 ? "none (the file says nothing)" : "number " + std::to_string(onnxType);
}

std::string otherTypes(int32_t onnxType) {
  switch (DType(onnxType)) {
  case DType::String:
    return "dlc computes with numbers: do what needs strings outside, and give the model numbers";
  case DType::C64:
  case DType::C128:
    return "give real and imaginary parts as a last dimension of 2, as ONNX's DFT does";
  default:
    return "give it a type that ONNX has (TensorProto.DataType)";
  }
}

std::string Importer::operandText(StringRef name) {
  if (name.empty())
    return "none";
  Entry *entry = find(name);
  std::string text = name.str() + ": ";
  if (!entry)
    return text + "not defined";
  if (entry->none)
    return text + "an empty optional";
  if (entry->sequence)
    return text + "a sequence of " + std::to_string(entry->sequence->size());
  if (entry->poison || !entry->type)
    return text + "unknown";
  text += describe(entry->type);
  return entry->constant && !entry->weight ? text + ", known" : text;
}

void Importer::problem(const onnx::NodeProto *node, const Twine &reason, bool unsupported, const std::string &advice) {
  if (problems.size() > mostProblems)
    return;
  LoadProblem &entry = problems.emplace_back();
  entry.reason = problems.size() > mostProblems ? "there are more problems than these" : reason.str();
  entry.unsupported = unsupported;
  entry.advice = advice;
  if (!node)
    return;
  entry.node = node->name();
  entry.op = node->op_type();
  entry.domain = isStandard(node->domain()) ? "" : node->domain();
  entry.opset = model.opset(entry.domain);
  if (!entry.domain.empty())
    entry.op = entry.domain + "." + entry.op;
  constexpr int operands = 64; // of a Concat there may be thousands
  for (int i = 0; i < std::min(node->input_size(), operands); ++i)
    entry.operands.push_back(operandText(node->input(i)));
  if (node->input_size() > operands)
    entry.operands.push_back("... " + std::to_string(node->input_size()) + " in all");
  if (!advice.empty())
    return;
  entry.advice = unsupported
                     ? "docs/operators.md says what dlc takes of this operator: have the exporter write it so, or "
                       "compute it outside the model"
                     : "the node contradicts itself or what it reads: look at it with onnx.checker (full_check), "
                       "or give other shapes";
}

//===--- Going on behind a problem ------------------------------------------------------------------------------===//

void Importer::declare(const onnx::GraphProto &graph) {
  for (const auto *list : {&graph.value_info(), &graph.output()})
    for (const auto &info : *list)
      declared[info.name()] = &info;
}

std::optional<RankedTensorType> Importer::declaredType(StringRef name) {
  if (declared.empty()) {
    declared[""] = nullptr; // looked through
    declare(model.proto.graph());
  }
  const onnx::ValueInfoProto *info = declared.lookup(name);
  if (!info || !info->type().has_tensor_type() || !info->type().tensor_type().has_shape())
    return std::nullopt;
  const auto &tensor = info->type().tensor_type();
  mlir::Type element = elementType(&context, DType(tensor.elem_type()));
  std::vector<int64_t> shape;
  for (const auto &dim : tensor.shape().dim()) {
    auto symbol = dimensions.find(dim.dim_param());
    if (dim.has_dim_value())
      shape.push_back(dim.dim_value());
    else if (!dim.dim_param().empty() && symbol != dimensions.end())
      shape.push_back(symbol->second);
    else
      return std::nullopt;
  }
  if (!element || !isPossible(shape, element))
    return std::nullopt;
  return tensorType(shape, element);
}

void Importer::giveUp(const onnx::NodeProto &node) {
  for (const auto &name : node.output()) {
    if (name.empty())
      continue;
    auto type = options.skipped ? declaredType(name) : std::nullopt;
    if (!type) {
      define(name).poison = true;
      continue;
    }
    // Stands for the result in a module that nobody gets to see.
    if (!type->hasStaticShape()) {
      auto stand = UnrealizedConversionCastOp::create(b, locOf(node.name()), TypeRange(*type), ValueRange());
      define(name, stand.getResult(0), &node);
      continue;
    }
    Tensor zeros = Tensor::filled(dtypeOf(type->getElementType()), {}, 0);
    auto attr = DenseElementsAttr::getFromRawBuffer(*type, ArrayRef(zeros.data, zeros.size));
    define(name, ConstantOp::create(b, locOf(node.name()), *type, attr).getResult());
  }
}

} // namespace dlc
