#include "frontend/Operators.h"
#include "frontend/Types.h"
#include "frontend/onnx/Importer.h"
#include "ir/Dims.h"
#include "ir/Symbols.h"
#include "mlir/IR/Verifier.h"
#include "llvm/ADT/StringExtras.h"

namespace dlc {

static constexpr size_t attributeLimit = 1024;

Importer::Importer(MLIRContext &context, OnnxModel &model, const LoadOptions &options)
    : context(context), model(model), options(options), b(&context), openSizes(context) {
  size_t slash = model.path.rfind('/');
  folder = slash == std::string::npos ? "." : model.path.substr(0, slash);
}

//===--- Names --------------------------------------------------------------------------------------------------===//

Importer::Entry *Importer::find(StringRef name) {
  auto it = entries.find(name);
  return it == entries.end() ? nullptr : &it->second;
}

void Importer::define(StringRef name, Value value, const onnx::NodeProto *node) {
  Entry &entry = define(name);
  entry.value = value;
  entry.type = cast<RankedTensorType>(value.getType());
  if (isPossible(shapeNumbers(entry.type), entry.type.getElementType()))
    return;
  problem(node, "'" + name + "' would have the shape " + describe(entry.type) + ", which is not possible", false);
  entry.poison = true;
}

bool Importer::isPossible(ArrayRef<int64_t> shape, mlir::Type element) {
  std::vector<int64_t> most;
  for (int64_t size : shape) {
    SymbolRanges::Range range = rangeOf(size);
    most.push_back(range.low < 0 ? -1 : range.high);
  }
  return possibleShape(most, dtypeSize(dtypeOf(element)));
}

void Importer::define(StringRef name, Tensor constant, bool weight) {
  Entry &entry = define(name);
  entry.type = RankedTensorType::get(constant.shape, elementType(&context, constant.dtype));
  entry.constant = std::move(constant);
  entry.weight = weight;
}

std::string Importer::symbolName(StringRef name) {
  std::string unique = name.empty() ? "constant" : name.str();
  for (int n = 0; unique == "main" || !symbols.insert(unique).second; ++n)
    unique = (name + "_" + Twine(n)).str();
  return unique;
}

Value Importer::constantValue(const Tensor &tensor, StringRef name, bool frozen, bool asWeight) {
  Location loc = name.empty() ? UnknownLoc::get(&context) : locOf(name);
  auto type = RankedTensorType::get(tensor.shape, elementType(&context, tensor.dtype));
  if (hasOpen(tensor)) {
    SmallVector<AffineExpr> values;
    for (int64_t i = 0, e = tensor.elements(); i < e; ++i)
      values.push_back(openSizes.size(numberAt(tensor, i)));
    auto list = tensor.shape.empty() ? type : RankedTensorType::get(tensor.elements(), type.getElementType());
    Value flat;
    if (llvm::any_of(values, [&](AffineExpr size) { return !foundSymbol(size).empty(); })) {
      // As values of the graph, so that nothing that reads them stands in front of where they are found.
      Ops o(b, loc);
      auto one = [&](AffineExpr size) {
        Value value = o.cast(sizeValue(size), type.getElementType());
        return tensor.shape.empty() ? value : o.reshape(value, RankedTensorType::get({1}, type.getElementType()));
      };
      SmallVector<Value> parts = llvm::map_to_vector(values, one);
      flat = parts.size() == 1 ? parts[0] : ConcatOp::create(b, loc, parts, 0).getResult();
    } else {
      flat = SizesOp::create(b, loc, list, DimsAttr::get(&context, values));
    }
    return flat.getType() == type ? flat : ReshapeOp::create(b, loc, type, flat).getResult();
  }
  bool small = tensor.size <= attributeLimit;
  if (!asWeight) {
    // Splats are constants whatever their size.
    bool splat = tensor.elements() > 0 && tensor.bytes().substr(dtypeSize(tensor.dtype)) ==
                                              tensor.bytes().substr(0, tensor.size - dtypeSize(tensor.dtype));
    if (small || splat)
      return ConstantOp::create(b, loc, type, denseAttr(&context, tensor));
    frozen = true;
  }
  std::string symbol = symbolName(name);
  Attribute value = denseAttr(&context, tensor.size <= attributeLimit ? tensor : Tensor::filled(tensor.dtype, {1}, 0));
  if (!small) {
    // External data stay in their file; the rest of an ONNX file goes when the proto does.
    auto &store = context.getOrLoadDialect<DLCDialect>()->weights();
    if (!tensor.file.empty()) {
      auto blob = store.addFile(&context, tensor.file, tensor.fileOffset, tensor.size);
      if (blob)
        value = *blob;
      else
        problem(nullptr, llvm::toString(blob.takeError()), false);
    } else {
      value = store.add(&context, ArrayRef(tensor.data, tensor.size));
    }
  }
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(module.lookupSymbol("main"));
    WeightOp::create(b, loc, symbol, type, value, frozen);
  }
  return GetWeightOp::create(b, loc, type, symbol);
}

Value Importer::materialize(StringRef name, Entry &entry, bool frozen) {
  if (entry.value)
    return entry.value;
  if (!entry.isTensor()) {
    problem(nullptr, "'" + name + "' is a sequence or an optional; dlc has them inside a model only", true);
    return ConstantOp::create(b, UnknownLoc::get(&context), entry.type,
                              DenseElementsAttr::get(entry.type, ArrayRef<float>()));
  }
  // An initializer that goes by several names (Identity) is one weight.
  if (entry.weight && !entry.constant->name.empty()) {
    Value &shared = weightValues[entry.constant->name];
    if (!shared)
      shared = constantValue(*entry.constant, entry.constant->name, frozen, true);
    return entry.value = shared;
  }
  return entry.value = constantValue(*entry.constant, name, frozen, entry.weight || entry.trained);
}

//===--- Inputs and outputs -------------------------------------------------------------------------------------===//

std::optional<RankedTensorType> Importer::inputType(const onnx::ValueInfoProto &input) {
  std::string who = "input '" + input.name() + "'";
  if (!input.type().has_tensor_type()) {
    problem(nullptr, who + " is no tensor (a sequence, map or optional); dlc takes tensors only", true,
            "give its tensors as inputs of their own");
    return std::nullopt;
  }
  const auto &tensor = input.type().tensor_type();
  mlir::Type element = elementType(&context, DType(tensor.elem_type()));
  if (!element) {
    problem(nullptr, who + " has elements of type " + typeNamed(tensor.elem_type()) + ", which dlc does not have", true,
            otherTypes(tensor.elem_type()));
    return std::nullopt;
  }
  auto possible = [&](const std::vector<int64_t> &shape) -> std::optional<RankedTensorType> {
    if (isPossible(shape, element))
      return tensorType(shape, element);
    problem(nullptr, who + " has the shape " + shapeName(shape) + ", which is not possible", false);
    return std::nullopt;
  };
  std::vector<int64_t> shape;
  auto given = options.shapes.find(input.name());
  auto value = options.values.find(input.name());
  bool bound =
      given != options.shapes.end() && (!tensor.has_shape() || int(given->second.size()) == tensor.shape().dim_size());
  if (value != options.values.end())
    shape = value->second.shape;
  else if (bound)
    shape = given->second;
  if (value != options.values.end() || bound) {
    // What the file says must agree, and names get their sizes.
    for (int d = 0; tensor.has_shape() && d < tensor.shape().dim_size() && d < int(shape.size()); ++d) {
      const auto &dim = tensor.shape().dim(d);
      if (dim.has_dim_value() && dim.dim_value() > 0 && dim.dim_value() != shape[d])
        problem(nullptr,
                who + " was given the shape " + shapeName(shape) + ", but the file fixes dimension " + Twine(d) +
                    " at " + Twine(dim.dim_value()),
                false);
      if (!dim.dim_param().empty())
        dimensions.emplace(dim.dim_param(), shape[d]);
    }
    return possible(shape);
  }
  std::string text, example, missing;
  bool open = !tensor.has_shape();
  for (const auto &dim : tensor.shape().dim()) {
    auto symbol = dimensions.find(dim.dim_param());
    auto option = options.shapes.find(dim.dim_param());
    auto fixed = dim.has_dim_value() && dim.dim_value() >= 0 ? std::optional(dim.dim_value()) : std::nullopt;
    if (auto size = fixed && *fixed > 0 ? openSize(input.name(), int64_t(shape.size()), "", fixed) : std::nullopt)
      shape.push_back(*size);
    else if (fixed)
      shape.push_back(*fixed);
    else if (!dim.dim_param().empty() && option != options.shapes.end() && option->second.size() == 1)
      shape.push_back(option->second[0]);
    else if (!dim.dim_param().empty() && symbol != dimensions.end())
      shape.push_back(symbol->second);
    else if (auto size = openSize(input.name(), int64_t(shape.size()), dim.dim_param()))
      shape.push_back(*size);
    else {
      missing = dim.dim_param().empty() ? std::to_string(shape.size()) : dim.dim_param();
      shape.push_back(-1), open = true;
    }
    std::string size = isOpen(shape.back()) ? dim.dim_param() : shape.back() >= 0 ? std::to_string(shape.back()) : "";
    text += (text.empty() ? "" : "x") + (!size.empty() ? size : dim.dim_param().empty() ? "?" : dim.dim_param());
    example += (example.empty() ? "" : "x") + (size.empty() ? "1" : size);
  }
  if (open) {
    problem(nullptr,
            who + " has shape " + (tensor.has_shape() ? text : "unknown") + "; pass --shape " + input.name() +
                (hasOpen(shape)    ? ":" + missing + "=1..64 for each such dimension, or =64..64"
                 : example.empty() ? std::string("=...")
                                   : "=" + example),
            false);
    return std::nullopt;
  }
  return possible(shape);
}

std::optional<int64_t> Importer::openSize(StringRef input, int64_t dim, StringRef param, std::optional<int64_t> fixed) {
  auto found = options.ranges.end();
  for (const std::string &key : {(input + ":" + param).str(), (input + ":" + Twine(dim)).str(), param.str()})
    if (StringRef(key).ends_with(":") || key.empty())
      continue;
    else if (auto it = options.ranges.find(key); it != options.ranges.end() && found == options.ranges.end()) {
      found = it;
      takenRanges.insert(key);
    }
  if (found == options.ranges.end())
    return std::nullopt;
  if (std::string wrong = rangeFault(found->second); !wrong.empty()) {
    problem(nullptr, "the range of '" + found->first + "' " + wrong, false);
    return std::nullopt;
  }
  auto [low, high, step] = found->second;
  if (fixed && (*fixed < low || *fixed > high || *fixed % step)) {
    problem(nullptr,
            "the file fixes dimension " + Twine(dim) + " of input '" + input + "' at " + Twine(*fixed) +
                ", which is not in the range " + Twine(low) + ".." + Twine(high) +
                (step > 1 ? " in steps of " + std::to_string(step) : ""),
            false);
    return std::nullopt;
  }
  // A name that text can hold.
  std::string name = param.empty() ? (input + "_" + Twine(dim)).str() : param.str();
  for (char &c : name)
    c = llvm::isAlnum(c) ? c : '_';
  if (llvm::isDigit(name[0]) || llvm::is_contained({"floordiv", "ceildiv", "mod"}, name))
    name = "_" + name;
  int64_t number = low;
  if (low < high) {
    openSizes.declare(name, low / step, high / step);
    unsigned position = context.getOrLoadDialect<DLCDialect>()->symbolPosition(name);
    number = openSizes.number(getAffineSymbolExpr(position, &context) * step);
    if (fixed)
      openSizes.setFileSize(number, *fixed);
  }
  if (!param.empty())
    dimensions.emplace(param.str(), number);
  return number;
}

void Importer::checkRanges() {
  // What there is: by the model's names and, where it has none, by number.
  std::vector<std::string> open;
  for (const auto &input : model.proto.graph().input())
    for (int d = 0; d < input.type().tensor_type().shape().dim_size(); ++d) {
      const auto &dim = input.type().tensor_type().shape().dim(d);
      std::string name = dim.dim_param().empty() ? input.name() + ":" + std::to_string(d) : dim.dim_param();
      if (!dim.has_dim_value() && !llvm::is_contained(open, name))
        open.push_back(name);
    }
  std::string known = open.empty() ? "the model leaves none open; INPUT:NUMBER opens one that it fixes"
                                   : "the open ones are " + llvm::join(open, ", ");
  for (auto &[key, range] : options.ranges)
    if (!takenRanges.contains(key))
      problem(nullptr,
              "no open dimension is '" + key + "', for which --shape gives the range " + Twine(range[0]) + ".." +
                  Twine(range[1]) + "; " + known,
              false);
}

void Importer::importInputs(func::FuncOp func) {
  Block *entry = func.addEntryBlock();
  const auto &graph = model.proto.graph();
  llvm::StringSet<> initialized;
  for (const auto &tensor : graph.initializer())
    initialized.insert(tensor.name());
  SmallVector<const onnx::ValueInfoProto *> inputs;
  for (const auto &input : graph.input())
    if (!initialized.contains(input.name()))
      inputs.push_back(&input);
  // Shapes given on the command line name symbols that other inputs share.
  for (const auto *input : inputs) {
    auto given = options.shapes.find(input->name());
    const auto &dims = input->type().tensor_type().shape();
    if (given != options.shapes.end() && int(given->second.size()) == dims.dim_size())
      for (int d = 0; d < dims.dim_size(); ++d)
        if (!dims.dim(d).dim_param().empty())
          dimensions.emplace(dims.dim(d).dim_param(), given->second[d]);
  }
  SmallVector<mlir::Type> types;
  SmallVector<StringRef> names;
  llvm::StringSet<> seen;
  for (const auto *input : inputs) {
    if (!seen.insert(input->name()).second) {
      problem(nullptr, "two inputs are called '" + input->name() + "'", false);
      continue;
    }
    auto type = inputType(*input);
    auto value = options.values.find(input->name());
    Entry &slot = define(input->name());
    slot.poison = !type;
    if (!type)
      continue;
    Value argument = entry->addArgument(*type, locOf(input->name()));
    types.push_back(*type);
    names.push_back(input->name());
    slot.type = *type;
    if (value != options.values.end() && elementType(&context, value->second.dtype) == type->getElementType())
      slot.constant = value->second;
    else
      slot.value = argument;
  }
  func.setFunctionType(b.getFunctionType(types, {}));
  for (auto [index, name] : llvm::enumerate(names))
    func.setArgAttr(unsigned(index), "dlc.name", b.getStringAttr(name));
}

// A mask of infinities is none: decay would make it NaN. Masks are small beside the largest weights.
static bool isFinite(const Tensor &tensor) {
  if (tensor.elements() > (int64_t(1) << 22))
    return true;
  auto element = [&](int64_t i) -> double {
    if (tensor.dtype != DType::F32)
      return tensor.f64At(i);
    float value; // a file's tensors lie where they lie
    std::memcpy(&value, tensor.bytes().data() + i * 4, 4);
    return value;
  };
  for (int64_t i = 0; i < tensor.elements(); ++i)
    if (!std::isfinite(element(i)))
      return false;
  return true;
}

bool Importer::mayBeTrained(const Tensor &tensor) {
  return isFloat(tensor.dtype) && dtypeSize(tensor.dtype) > 1 && tensor.elements() != 1 && isFinite(tensor);
}

/// Numbers in tables of floats: those of initializers, or those that nodes hold, in subgraphs too.
static int64_t floatsOf(const onnx::TensorProto &tensor) {
  int64_t count = 1;
  for (int64_t d : tensor.dims())
    if (d < 0 || llvm::MulOverflow(count, d, count))
      return 0; // a broken file: reading it says so
  return count != 1 && isFloat(DType(tensor.data_type())) ? count : 0;
}
template <class Nodes> static void countFloats(const Nodes &nodes, int64_t &held, int64_t &initial) {
  for (const onnx::NodeProto &node : nodes)
    for (const auto &attribute : node.attribute()) {
      if (node.op_type() == "Constant" && attribute.has_t())
        held += floatsOf(attribute.t());
      if (attribute.has_g()) {
        for (const auto &tensor : attribute.g().initializer())
          initial += floatsOf(tensor);
        countFloats(attribute.g().node(), held, initial);
      }
    }
}
/// Where an exporter writes weights as initializers, what its nodes hold is part of formulas.
bool Importer::weightsInNodes() const {
  int64_t held = 0, initial = 0;
  for (const auto &tensor : model.proto.graph().initializer())
    initial += floatsOf(tensor);
  countFloats(model.proto.graph().node(), held, initial);
  for (const auto &function : model.proto.functions())
    countFloats(function.node(), held, initial);
  return held > initial;
}

void Importer::importInitializers(const onnx::GraphProto &graph) {
  for (const auto &proto : graph.initializer()) {
    Tensor tensor;
    std::string error;
    if (!tensorFromProto(proto, folder, tensor, error, /*borrow=*/true) || !elementType(&context, tensor.dtype)) {
      if (error.empty())
        error = "initializer '" + proto.name() + "' has elements of type " + typeNamed(proto.data_type());
      bool wrongType = !elementType(&context, DType(proto.data_type()));
      problem(nullptr, error, wrongType, wrongType ? otherTypes(proto.data_type()) : "");
      define(proto.name()).poison = true;
      continue;
    }
    bool weight = mayBeTrained(tensor);
    define(proto.name(), std::move(tensor), weight);
  }
  if (graph.sparse_initializer_size())
    problem(nullptr, "sparse initializers are not supported", true);
}

//===--- Nodes --------------------------------------------------------------------------------------------------===//

bool Importer::onHost(const onnx::NodeProto &node) {
  const std::string &op = node.op_type();
  auto known = [&](const std::string &name) {
    Entry *entry = find(name);
    return entry && entry->constant && !entry->weight;
  };
  if (op == "Shape" || op == "Size") {
    Entry *entry = node.input_size() == 1 ? find(node.input(0)) : nullptr;
    if (!entry || entry->poison || node.output_size() != 1)
      return false;
    std::vector<int64_t> shape = shapeNumbers(entry->type).vec();
    int64_t rank = int64_t(shape.size());
    auto clamp = [&](int64_t at) { return std::clamp<int64_t>(at < 0 ? at + rank : at, 0, rank); };
    int64_t from = clamp(intAttr(node, "start", 0)), until = clamp(intAttr(node, "end", rank));
    if (op == "Size")
      define(node.output(0), Tensor::scalarI64(hasOpen(shape) ? countOf(shape) : elementCount(shape)));
    else
      define(node.output(0),
             Tensor::fromI64(std::vector<int64_t>(shape.begin() + std::min(from, until), shape.begin() + until)));
    return true;
  }
  if (!canEvaluate(op))
    return false;
  std::vector<const Tensor *> inputs;
  Tensor like;
  for (const std::string &name : node.input()) {
    // CastLike looks at the type of its second operand alone.
    Entry *entry = name.empty() ? nullptr : find(name);
    if (op == "CastLike" && inputs.size() == 1 && entry && !entry->poison && known(node.input(0))) {
      like = Tensor::filled(dtypeOf(entry->type.getElementType()), {0}, 0);
      inputs.push_back(&like);
      continue;
    }
    if (!name.empty() && !known(name))
      return false;
    inputs.push_back(entry ? &*entry->constant : nullptr);
  }
  std::vector<Tensor> outputs;
  bool anyOpen = false, moves = movesOnly(op);
  for (auto [i, input] : llvm::enumerate(inputs)) {
    bool open = input && hasOpen(*input);
    anyOpen |= open;
    // Operators that move elements have the others behind: places, sizes, counts.
    moves &= !open || i == 0 || op == "Concat" || (op == "Where" && i > 0);
  }
  if (!(anyOpen && !moves ? evaluateOpen(node, inputs, outputs) : evaluate(node, inputs, outputs)))
    return false;
  for (int i = 0; i < node.output_size(); ++i)
    if (!node.output(i).empty())
      define(node.output(i), std::move(outputs[i]));
  return true;
}

void Importer::importNode(const onnx::NodeProto &node) {
  constexpr int64_t most = 1 << 18;
  if (++imported >= most) {
    if (imported == most)
      problem(&node, "loops and functions unroll to more than " + Twine(most) + " nodes", true);
    return;
  }
  auto poison = [&] { giveUp(node); };
  bool standard = node.domain().empty() || node.domain() == "ai.onnx";
  auto control = standard ? controlFlow(node.op_type()) : nullptr;
  if (standard && isSequenceOp(node.op_type()))
    control = &Importer::importSequenceOp;
  const ImportRow *row = findImportRow(standard ? "" : node.domain(), node.op_type());
  bool poisoned = false;
  for (const auto &name : node.input()) {
    if (name.empty())
      continue;
    Entry *entry = find(name);
    if (!entry) {
      problem(
          &node, "input '" + name + "' is not defined before it is used", false,
          "sort the nodes, so that each stands "
          "behind what computes its inputs; names that no node, initializer or input of the model gives are missing");
      return poison();
    }
    poisoned |= entry->poison;
  }
  if (!row && !control &&
      !(standard && (canEvaluate(node.op_type()) || llvm::is_contained(alwaysKnown, StringRef(node.op_type()))))) {
    problem(&node, "dlc has no such operator", true, unknownOperator(node));
    return poison();
  }
  if (poisoned) {
    if (options.skipped && !llvm::is_contained(*options.skipped, node.name()))
      options.skipped->push_back(node.name());
    return poison();
  }
  if (!control && node.op_type() != "Identity")
    for (const auto &name : node.input())
      if (!name.empty() && !find(name)->isTensor()) {
        problem(&node, "'" + name + "' is a sequence or an optional, where a tensor is wanted", false);
        return poison();
      }
  if (standard && onHost(node))
    return;
  NodeBuilder n(*this, node, b, locOf(node.name()));
  if (!row && !control) {
    problem(&node, "dlc computes this operator at import only, and its operands are known at run time only", true);
    return poison();
  }
  for (int i = 0; row && i < row->inputs; ++i)
    if (!n.has(i)) {
      problem(&node, "input " + Twine(i) + " is missing", false);
      return poison();
    }
  size_t before = problems.size();
  // Shape errors that operators report themselves belong to this node.
  std::string said;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    if (said.empty() && diagnostic.getSeverity() == DiagnosticSeverity::Error)
      said = diagnostic.str();
    return success();
  });
  depth += control != nullptr;
  LogicalResult built = openSizes.empty() ? success() : n.checkOpen(control ? OpenDims::any : row->open);
  if (succeeded(built))
    built = control ? (this->*control)(n) : row->build(n);
  depth -= control != nullptr;
  if (!said.empty() || (!control && problems.size() != before))
    built = failure(); // an operator that it built has no result type, or an operand was missing
  if (failed(built) && problems.size() == before)
    problem(&node, said.empty() ? "could not be imported" : said, false);
  if (failed(built))
    poison();
}

void Importer::importNodes(const onnx::GraphProto &graph) {
  for (const auto &node : graph.node())
    importNode(node);
}

//===--- The whole ----------------------------------------------------------------------------------------------===//

void Importer::setModelAttributes(ModuleOp module) {
  module->setAttr("dlc.source", b.getStringAttr("onnx"));
  module->setAttr("dlc.onnx_opset", b.getI64IntegerAttr(model.opset()));
  if (model.proto.ir_version())
    module->setAttr("dlc.onnx_ir_version", b.getI64IntegerAttr(model.proto.ir_version()));
  if (!model.proto.graph().name().empty())
    module->setAttr("dlc.graph_name", b.getStringAttr(model.proto.graph().name()));
}

OwningOpRef<ModuleOp> Importer::run() {
  OwningOpRef<ModuleOp> owned = ModuleOp::create(locOf(model.proto.graph().name()));
  module = *owned;
  setModelAttributes(module);
  if (int64_t opset = model.opset(); options.notes && opset > newestOpset)
    options.notes->push_back("the file is of opset " + std::to_string(opset) + ", dlc knows ONNX up to " +
                             std::to_string(newestOpset) +
                             ": operators are read as that one has them, whatever later ones changed");
  b.setInsertionPointToEnd(module.getBody());
  auto func = func::FuncOp::create(b, locOf("main"), "main", b.getFunctionType({}, {}));
  importInputs(func);
  checkRanges();
  if (!openSizes.empty())
    module->setAttr(symbolsAttrName, openSizes.attribute());
  b.setInsertionPointToEnd(&func.front());
  constantsAreWeights = options.constantsAreWeights && weightsInNodes();
  importInitializers(model.proto.graph());
  importNodes(model.proto.graph());

  SmallVector<Value> results;
  SmallVector<DictionaryAttr> attrs;
  for (const auto &output : model.proto.graph().output()) {
    Entry *entry = find(output.name());
    if (!entry) {
      problem(nullptr, "output '" + output.name() + "' is computed by no node", false);
      continue;
    }
    if (entry->poison)
      continue;
    results.push_back(materialize(output.name(), *entry, true));
    attrs.push_back(b.getDictionaryAttr(b.getNamedAttr("dlc.name", b.getStringAttr(output.name()))));
  }
  auto file = StringRef(model.path).rsplit('/').second.empty() ? StringRef(model.path)
                                                               : StringRef(model.path).rsplit('/').second;
  for (const LoadProblem &entry : problems) {
    auto diagnostic = emitError(UnknownLoc::get(&context)) << file << ": ";
    if (!entry.op.empty())
      diagnostic << "node '" << entry.node << "' (" << entry.op << ", opset " << entry.opset << "): ";
    diagnostic << entry.reason;
  }
  if (options.problems)
    *options.problems = problems;
  if (!problems.empty())
    return {};
  func::ReturnOp::create(b, func.getLoc(), results);
  dropUnfound();
  func.setFunctionType(b.getFunctionType(func.getArgumentTypes(), TypeRange(ValueRange(results))));
  for (auto [i, attr] : llvm::enumerate(attrs))
    func.setResultAttrs(i, attr);
  if (failed(verify(module)))
    return {};
  return owned;
}

OwningOpRef<ModuleOp> importOnnx(MLIRContext &context, OnnxModel &model, const LoadOptions &options) {
  return Importer(context, model, options).run();
}

} // namespace dlc
