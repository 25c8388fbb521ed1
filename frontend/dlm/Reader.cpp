// .dlm -> module. Weights stay in the mapped file.
#include "frontend/Types.h"
#include "frontend/dlm/Container.h"
#include "frontend/dlm/Defaults.h"
#include "frontend/model_generated.h"
#include "frontend/onnx/HostEval.h"
#include "ir/Dialect.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/Verifier.h"
#include <cstring>

namespace dlc {
namespace {
namespace fb = flatbuffers;

DType dtypeOf(dlm::Element element) {
  static const DType types[] = {DType::Undefined, DType::F32,        DType::F64,        DType::F16,    DType::BF16,
                                DType::Bool,      DType::I8,         DType::I16,        DType::I32,    DType::I64,
                                DType::U8,        DType::U16,        DType::U32,        DType::U64,    DType::F8E4M3FN,
                                DType::F8E5M2,    DType::F8E4M3FNUZ, DType::F8E5M2FNUZ, DType::F4E2M1, DType::F8E8M0,
                                DType::I4,        DType::U4,         DType::I2,         DType::U2};
  return size_t(element) < std::size(types) ? types[size_t(element)] : DType::Undefined;
}
template <typename T> ArrayRef<T> list(const fb::Vector<T> *vector) {
  return vector ? ArrayRef<T>(vector->data(), vector->size()) : ArrayRef<T>();
}
StringRef text(const fb::String *string) { return string ? StringRef(string->c_str(), string->size()) : StringRef(); }
/// Text that the parser of attributes can be given: nested so deep that it would recurse off the stack it never is.
bool isShallow(StringRef text) {
  size_t depth = 0, deepest = 0;
  for (char c : text) {
    depth += c == '(' || c == '[' || c == '<' || c == '{' || c == '-';
    deepest = std::max(deepest, depth);
    if (c == ')' || c == ']' || c == '>' || c == '}')
      depth -= depth > 0;
  }
  return deepest < 1000 && text.size() < (1 << 16);
}
template <typename T> uint32_t sizeOf(const fb::Vector<T> *vector) { return vector ? vector->size() : 0; }

class Reader {
public:
  Reader(MLIRContext &context, StringRef path, const dlm::Header &header)
      : context(context), path(path), header(header), b(&context) {}
  OwningOpRef<ModuleOp> read(const dlm::Model &model);

private:
  // Everything below returns null or failure after `fail`.
  std::nullptr_t fail(const Twine &reason) {
    if (!failed_)
      emitError(UnknownLoc::get(&context)) << path << ": section 'model': " << reason;
    failed_ = true;
    return nullptr;
  }
  Location location(uint32_t index) {
    if (index < locations.size())
      return locations[index];
    fail("location " + Twine(index) + " of " + Twine(locations.size()));
    return UnknownLoc::get(&context);
  }
  mlir::Type type(uint32_t index) {
    if (index < types.size())
      return types[index];
    fail("type " + Twine(index) + " of " + Twine(types.size()));
    return {};
  }
  mlir::Type readType(const dlm::Type &type);
  Location readLocation(const dlm::Location &location);
  DenseElementsAttr constant(const dlm::Constant &constant);
  Attribute attribute(const dlm::Attribute &attribute);
  void attributes(const fb::Vector<fb::Offset<dlm::Attribute>> *from, NamedAttrList &to);
  LogicalResult region(const dlm::Region &from, mlir::Region &to, SmallVectorImpl<Value> &values);
  Operation *node(const dlm::Node &node, SmallVectorImpl<Value> &values);
  void function(const dlm::Function &from);
  void weight(const dlm::Weight &from);

  MLIRContext &context;
  StringRef path;
  const dlm::Header &header;
  OpBuilder b;
  std::vector<mlir::Type> types;
  std::vector<Location> locations;
  bool failed_ = false;
};

mlir::Type Reader::readType(const dlm::Type &type) {
  mlir::Type element = elementType(&context, dtypeOf(type.element()));
  if (!element)
    return fail("element type " + Twine(int(type.element()))), mlir::Type();
  if (type.scalar())
    return element;
  SmallVector<int64_t> shape;
  for (int64_t size : list(type.shape())) {
    if (size < -1)
      return fail("a dimension of " + Twine(size)), mlir::Type();
    shape.push_back(size < 0 ? ShapedType::kDynamic : size);
  }
  std::vector<int64_t> known(shape.begin(), shape.end());
  std::replace(known.begin(), known.end(), ShapedType::kDynamic, int64_t(1));
  if (!possibleShape(known, dtypeSize(dtypeOf(type.element()))))
    return fail("the shape " + shapeName(known) + ", which is not possible"), mlir::Type();
  Attribute dims;
  if (type.dims()) {
    if (!isShallow(text(type.dims())))
      return fail("dimensions too deeply nested"), mlir::Type();
    dims = parseAttribute(("#dlc.dims<" + text(type.dims()) + ">").str(), &context);
    auto parsed = dyn_cast_or_null<DimsAttr>(dims);
    if (!parsed || parsed.getExprs().size() != shape.size())
      return fail("dimensions '" + text(type.dims()) + "'"), mlir::Type();
  }
  return RankedTensorType::get(shape, element, dims);
}

Location Reader::readLocation(const dlm::Location &from) {
  SmallVector<Location> children;
  for (uint32_t child : list(from.children()))
    children.push_back(location(child));
  switch (from.kind()) {
  case dlm::LocationKind::name:
    return children.empty() ? NameLoc::get(b.getStringAttr(text(from.name())))
                            : NameLoc::get(b.getStringAttr(text(from.name())), children[0]);
  case dlm::LocationKind::file:
    return FileLineColLoc::get(&context, text(from.name()), from.line(), from.column());
  case dlm::LocationKind::fused:
    return FusedLoc::get(&context, children);
  case dlm::LocationKind::call:
    if (children.size() == 2)
      return CallSiteLoc::get(children[0], children[1]);
    break;
  default:
    break;
  }
  return UnknownLoc::get(&context);
}

DenseElementsAttr Reader::constant(const dlm::Constant &from) {
  auto tensorType = dyn_cast_or_null<RankedTensorType>(type(from.type()));
  if (!tensorType || !tensorType.hasStaticShape())
    return fail("a constant without a static tensor type"), DenseElementsAttr();
  std::vector<int64_t> shape = from.splat() ? std::vector<int64_t>{1} : tensorType.getShape().vec();
  auto data = list(from.data());
  Tensor tensor = Tensor::fromBytes(dlc::dtypeOf(tensorType.getElementType()), shape,
                                    std::string(reinterpret_cast<const char *>(data.data()), data.size()));
  if (tensor.size / dtypeSize(tensor.dtype) != size_t(tensor.elements()) || tensor.size % dtypeSize(tensor.dtype))
    return fail("a constant of " + Twine(tensor.size) + " bytes for " + tensor.typeName()), DenseElementsAttr();
  DenseElementsAttr attr = denseAttr(&context, tensor);
  return from.splat() ? attr.resizeSplat(tensorType) : attr;
}

Attribute Reader::attribute(const dlm::Attribute &from) {
  if (text(from.name()).empty() || !from.value()) {
    fail("an attribute without a name or a value");
    return {};
  }
  switch (from.value_type()) {
  case dlm::Value::I64:
    return b.getI64IntegerAttr(from.value_as_I64()->value());
  case dlm::Value::F64:
    return b.getF64FloatAttr(from.value_as_F64()->value());
  case dlm::Value::Bool:
    return b.getBoolAttr(from.value_as_Bool()->value());
  case dlm::Value::Text:
    return b.getStringAttr(text(from.value_as_Text()->value()));
  case dlm::Value::TypeRef:
    if (mlir::Type value = type(from.value_as_TypeRef()->type()))
      return TypeAttr::get(value);
    return {};
  case dlm::Value::I64s:
    return b.getDenseI64ArrayAttr(list(from.value_as_I64s()->values()));
  case dlm::Value::F64s:
    return b.getDenseF64ArrayAttr(list(from.value_as_F64s()->values()));
  case dlm::Value::Constant:
    return constant(*from.value_as_Constant());
  case dlm::Value::Enum: {
    // As the writer prints them; what else the parser knows has no business here.
    StringRef printed = text(from.value_as_Enum()->value());
    bool ours = printed.starts_with("@") || printed == "unit" || printed.starts_with("#dlc");
    ScopedDiagnosticHandler quiet(&context, [&](Diagnostic &d) { return success(); });
    // Ranges of dimension symbols: {batch = array<i64: 1, 64>}.
    bool ranges = printed.starts_with("{") && !printed.contains("dense") &&
                  llvm::all_of(printed, [](char c) { return llvm::isAlnum(c) || StringRef(" _{}=<>:,-").contains(c); });
    Attribute value = (ours || ranges) && isShallow(printed) ? parseAttribute(printed, &context) : Attribute();
    auto list = dyn_cast_or_null<DictionaryAttr>(value);
    bool good =
        !list || llvm::all_of(list, [](NamedAttribute each) { return isa<DenseI64ArrayAttr>(each.getValue()); });
    if (value && good)
      return value;
    break;
  }
  default:
    break;
  }
  fail("attribute '" + text(from.name()) + "' has a value that this dlc cannot read");
  return {};
}

void Reader::attributes(const fb::Vector<fb::Offset<dlm::Attribute>> *from, NamedAttrList &to) {
  for (uint32_t i = 0; i < sizeOf(from); ++i)
    if (Attribute value = attribute(*from->Get(i)))
      to.set(text(from->Get(i)->name()), value);
}

Operation *Reader::node(const dlm::Node &from, SmallVectorImpl<Value> &values) {
  Location loc = location(from.location());
  std::string op = text(from.op()).str();
  NamedAttrList own, hung;
  SmallVector<const dlm::Region *> regions;
  for (uint32_t i = 0; i < sizeOf(from.attributes()); ++i) {
    const auto &attr = *from.attributes()->Get(i);
    if (attr.value_type() == dlm::Value::Region && attr.value())
      regions.push_back(attr.value_as_Region());
    else if (Attribute value = attribute(attr))
      (attr.own() ? own : hung).set(text(attr.name()), value);
  }
  for (const OperatorUpgrade &upgrade : operatorUpgrades())
    if (upgrade.op == op && from.version() < upgrade.below)
      upgrade.rewrite(op, own);
  OperationName name(op, &context);
  // Of other dialects only a function's end is expected; their verifiers rely on what only their parsers promise.
  bool ours = name.getDialectNamespace() == DLCDialect::getDialectNamespace() ||
              name.getStringRef() == func::ReturnOp::getOperationName();
  if (!name.isRegistered() || !ours)
    return fail("operator '" + Twine(op) + "' is unknown to this dlc"), nullptr;
  auto *versioned = name.getInterface<OperatorInterface>();
  if (versioned && from.version() > versioned->getOpVersion())
    return fail("operator '" + Twine(op) + "' has version " + Twine(from.version()) + ", but this dlc knows version " +
                Twine(versioned->getOpVersion()) + "; the file is from a newer dlc"),
           nullptr;
  SmallVector<Value> operands;
  for (uint32_t operand : list(from.operands())) {
    if (operand >= values.size())
      return fail("an operand of '" + Twine(op) + "' is not defined before it is used"), nullptr;
    operands.push_back(values[operand]);
  }
  SmallVector<mlir::Type> results;
  for (uint32_t result : list(from.results()))
    results.push_back(type(result));
  if (failed_)
    return nullptr;
  Operation *made = Operation::create(loc, name, results, operands, NamedAttrList(), OpaqueProperties(nullptr),
                                      BlockRange(), unsigned(regions.size()));
  b.insert(made);
  if (name.getOpPropertyByteSize()) {
    std::string said;
    auto complain = [&] {
      return mlir::emitError(UnknownLoc::get(&context)) << path << ": section 'model': operator '" << op << "': ";
    };
    if (mlir::failed(made->setPropertiesFromAttribute(own.getDictionary(&context), complain)))
      return failed_ = true, nullptr;
    name.populateDefaultProperties(made->getPropertiesStorage());
  }
  for (NamedAttribute attr : hung)
    made->setDiscardableAttr(attr.getName(), attr.getValue());
  for (auto [stored, inner] : llvm::zip(regions, made->getRegions())) {
    OpBuilder::InsertionGuard guard(b);
    if (mlir::failed(region(*stored, inner, values)))
      return nullptr;
  }
  llvm::append_range(values, made->getResults());
  return made;
}

LogicalResult Reader::region(const dlm::Region &from, mlir::Region &to, SmallVectorImpl<Value> &values) {
  Block *block = b.createBlock(&to);
  for (uint32_t i = 0; i < sizeOf(from.arguments()); ++i) {
    const auto &port = *from.arguments()->Get(i);
    mlir::Type argument = type(port.type());
    if (!argument)
      return failure();
    values.push_back(block->addArgument(argument, location(port.location())));
  }
  b.setInsertionPointToEnd(block);
  for (uint32_t i = 0; i < sizeOf(from.nodes()); ++i)
    if (!node(*from.nodes()->Get(i), values))
      return failure();
  return success();
}

void Reader::function(const dlm::Function &from) {
  SmallVector<mlir::Type> inputs, results;
  SmallVector<Attribute> inputAttrs, resultAttrs;
  auto ports = [&](const fb::Vector<fb::Offset<dlm::Port>> *list, SmallVectorImpl<mlir::Type> &types,
                   SmallVectorImpl<Attribute> &attrs) {
    for (uint32_t i = 0; i < sizeOf(list); ++i) {
      NamedAttrList hung;
      attributes(list->Get(i)->attributes(), hung);
      attrs.push_back(hung.getDictionary(&context));
      types.push_back(type(list->Get(i)->type()));
    }
  };
  ports(from.body() ? from.body()->arguments() : from.inputs(), inputs, inputAttrs);
  ports(from.results(), results, resultAttrs);
  if (failed_)
    return;
  auto func = func::FuncOp::create(b, location(from.location()), text(from.name()), b.getFunctionType(inputs, results));
  if (from.visibility())
    func.setSymVisibility(text(from.visibility()));
  NamedAttrList hung;
  attributes(from.attributes(), hung);
  for (NamedAttribute attr : hung)
    func->setDiscardableAttr(attr.getName(), attr.getValue());
  auto some = [](Attribute attr) { return !cast<DictionaryAttr>(attr).empty(); };
  if (llvm::any_of(inputAttrs, some))
    func.setArgAttrsAttr(b.getArrayAttr(inputAttrs));
  if (llvm::any_of(resultAttrs, some))
    func.setResAttrsAttr(b.getArrayAttr(resultAttrs));
  if (!from.body())
    return;
  OpBuilder::InsertionGuard guard(b);
  SmallVector<Value> values;
  (void)region(*from.body(), func.getBody(), values);
}

void Reader::weight(const dlm::Weight &from) {
  Attribute value;
  auto tensor = dyn_cast_or_null<RankedTensorType>(type(from.type()));
  if (const auto *stored = from.value_as_Stored()) {
    if (stored->offset() > header.weights.size || stored->size() > header.weights.size - stored->offset())
      return void(fail("weight '" + text(from.name()) + "' lies outside section 'weights'"));
    std::string hash = llvm::utohexstr(stored->hash(), /*LowerCase=*/true, /*Width=*/16);
    auto blob = context.getOrLoadDialect<DLCDialect>()->weights().addFile(
        &context, path, header.weights.offset + stored->offset(), stored->size(), hash);
    if (!blob)
      return void(fail("weight '" + text(from.name()) + "': " + llvm::toString(blob.takeError())));
    value = *blob;
  } else if (const auto *rule = from.value_as_Rule()) {
    value = RuleAttr::get(&context, text(rule->name()), b.getDenseF64ArrayAttr(list(rule->params())));
  } else if (const auto *elements = from.value_as_Constant()) {
    value = constant(*elements);
  } else {
    return void(fail("weight '" + text(from.name()) + "' has no value that this dlc can read"));
  }
  if (failed_ || !tensor)
    return void(fail("weight '" + text(from.name()) + "' has no tensor type"));
  auto made = WeightOp::create(b, location(from.location()), text(from.name()), tensor, value, from.frozen());
  NamedAttrList hung;
  attributes(from.attributes(), hung);
  for (NamedAttribute attr : hung)
    made->setDiscardableAttr(attr.getName(), attr.getValue());
}

OwningOpRef<ModuleOp> Reader::read(const dlm::Model &model) {
  if (model.schema() > 1)
    return fail("schema version " + Twine(model.schema()) +
                ", but this dlc reads version 1; the file is from a newer dlc"),
           OwningOpRef<ModuleOp>();
  for (uint32_t i = 0; i < sizeOf(model.types()); ++i)
    types.push_back(readType(*model.types()->Get(i)));
  for (uint32_t i = 0; i < sizeOf(model.locations()); ++i)
    locations.push_back(readLocation(*model.locations()->Get(i)));
  OwningOpRef<ModuleOp> module = ModuleOp::create(location(model.location()));
  NamedAttrList hung;
  attributes(model.attributes(), hung);
  for (NamedAttribute attr : hung)
    (*module)->setDiscardableAttr(attr.getName(), attr.getValue());
  b.setInsertionPointToEnd(module->getBody());
  for (uint32_t i = 0; i < sizeOf(model.weights()) && !failed_; ++i)
    weight(*model.weights()->Get(i));
  for (uint32_t i = 0; i < sizeOf(model.functions()) && !failed_; ++i)
    function(*model.functions()->Get(i));
  if (failed_ || mlir::failed(verify(*module)))
    return {};
  return module;
}
} // namespace

OwningOpRef<ModuleOp> loadDlm(MLIRContext &context, StringRef path) {
  std::string error;
  auto fail = [&]() -> OwningOpRef<ModuleOp> {
    emitError(UnknownLoc::get(&context)) << error;
    return {};
  };
  auto file = MappedFile::open(path.str(), error);
  if (!file)
    return fail();
  dlm::Header header;
  if (!dlm::checkContainer(path, StringRef(file->data(), file->size()), header, error))
    return fail();
  const auto *table = reinterpret_cast<const uint8_t *>(file->data()) + header.model.offset;
  fb::Verifier verifier(table, header.model.size, /*max_depth=*/256, /*max_tables=*/100'000'000);
  if (!dlm::VerifyModelBuffer(verifier)) {
    error = (path + ": section 'model': not a well-formed table").str();
    return fail();
  }
  context.loadDialect<DLCDialect, func::FuncDialect>();
  return Reader(context, path, header).read(*dlm::GetModel(table));
}

} // namespace dlc
