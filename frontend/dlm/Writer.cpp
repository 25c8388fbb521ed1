// Module -> .dlm. Generic: operators are walked through their properties; nothing here knows one by name.
#include "frontend/Pieces.h"
#include "frontend/Types.h"
#include "frontend/dlm/Container.h"
#include "frontend/dlm/Defaults.h"
#include "frontend/model_generated.h"
#include "ir/Dialect.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/xxhash.h"
#include <cstring>

namespace dlc {
namespace {
namespace fb = flatbuffers;
template <typename T> using Off = fb::Offset<T>;
template <typename T> using Offs = fb::Offset<fb::Vector<Off<T>>>;

dlm::Element elementOf(mlir::Type type) {
  switch (dtypeOf(type)) {
  case DType::F32:
    return dlm::Element::f32;
  case DType::F64:
    return dlm::Element::f64;
  case DType::F16:
    return dlm::Element::f16;
  case DType::BF16:
    return dlm::Element::bf16;
  case DType::Bool:
    return dlm::Element::bool_;
  case DType::I8:
    return dlm::Element::i8;
  case DType::I16:
    return dlm::Element::i16;
  case DType::I32:
    return dlm::Element::i32;
  case DType::I64:
    return dlm::Element::i64;
  case DType::U8:
    return dlm::Element::u8;
  case DType::U16:
    return dlm::Element::u16;
  case DType::U32:
    return dlm::Element::u32;
  case DType::U64:
    return dlm::Element::u64;
  case DType::F8E4M3FN:
    return dlm::Element::f8e4m3fn;
  case DType::F8E5M2:
    return dlm::Element::f8e5m2;
  case DType::F8E4M3FNUZ:
    return dlm::Element::f8e4m3fnuz;
  case DType::F8E5M2FNUZ:
    return dlm::Element::f8e5m2fnuz;
  case DType::F4E2M1:
    return dlm::Element::f4e2m1fn;
  case DType::F8E8M0:
    return dlm::Element::f8e8m0fnu;
  case DType::I4:
    return dlm::Element::i4;
  case DType::U4:
    return dlm::Element::u4;
  case DType::I2:
    return dlm::Element::i2;
  case DType::U2:
    return dlm::Element::u2;
  default:
    return dlm::Element::none;
  }
}

std::string printed(Attribute attr) {
  std::string text;
  llvm::raw_string_ostream os(text);
  attr.print(os);
  return text;
}

class Writer {
public:
  Writer(ModuleOp module) : module(module), dialect(*module.getContext()->getOrLoadDialect<DLCDialect>()) {}
  LogicalResult write(raw_ostream &out);

private:
  LogicalResult fail(Location loc, const Twine &reason) {
    if (!failed_)
      emitError(loc) << "cannot be stored as .dlm: " << reason;
    failed_ = true;
    return failure();
  }

  uint32_t typeIndex(Location loc, mlir::Type type);
  uint32_t locationIndex(Location loc);
  Off<dlm::Attribute> attribute(Location loc, StringRef name, Attribute value, bool own);
  Off<dlm::Constant> constant(Location loc, ElementsAttr value);
  Offs<dlm::Attribute> attributes(Location loc, ArrayRef<NamedAttribute> attrs);
  Off<dlm::Port> port(mlir::Type type, DictionaryAttr attrs, Location loc);
  Off<dlm::Region> region(mlir::Region &region, func::FuncOp function = {});
  Off<dlm::Node> node(Operation &op);
  Off<dlm::Function> function(func::FuncOp func);
  Off<dlm::Weight> weight(WeightOp weight);

  ModuleOp module;
  DLCDialect &dialect;
  fb::FlatBufferBuilder b{1 << 16};
  llvm::MapVector<mlir::Type, uint32_t> types;
  llvm::DenseMap<Location, uint32_t> locationNumbers;
  std::vector<Off<dlm::Type>> typeTable;
  std::vector<Off<dlm::Location>> locations;
  llvm::SetVector<StringRef> symbolNames;
  std::vector<std::string> symbolList;
  llvm::DenseMap<Value, uint32_t> numbers;
  struct Place {
    uint64_t offset, hash;
  };
  llvm::DenseMap<Attribute, Place> places; // in the weights section
  Pieces pieces;
  bool failed_ = false;
};

uint32_t Writer::typeIndex(Location loc, mlir::Type type) {
  auto known = types.find(type);
  if (known != types.end())
    return known->second;
  auto tensor = dyn_cast<RankedTensorType>(type);
  auto element = elementOf(tensor ? tensor.getElementType() : type);
  if (element == dlm::Element::none)
    (void)fail(loc, "a type that graphs do not have");
  std::vector<int64_t> shape;
  std::string dims;
  if (tensor) {
    for (int64_t size : tensor.getShape())
      shape.push_back(ShapedType::isDynamic(size) ? -1 : size);
    if (auto attr = dyn_cast_or_null<DimsAttr>(tensor.getEncoding())) {
      StringRef text = dims = printed(attr);
      dims = text.drop_front(text.find('[')).rtrim('>').str();
      for (AffineExpr expr : attr.getExprs())
        expr.walk([&](AffineExpr e) {
          if (auto symbol = dyn_cast<AffineSymbolExpr>(e)) {
            std::string name = dialect.symbolName(symbol.getPosition());
            if (!llvm::is_contained(symbolList, name))
              symbolList.push_back(name);
          }
        });
    } else if (tensor.getEncoding()) {
      (void)fail(loc, "a tensor type with an encoding");
    }
  }
  auto shapeVector = b.CreateVector(shape);
  auto dimsText = dims.empty() ? 0 : b.CreateString(dims);
  typeTable.push_back(dlm::CreateType(b, element, shapeVector, dimsText, !tensor));
  return types[type] = uint32_t(typeTable.size() - 1);
}

uint32_t Writer::locationIndex(Location loc) {
  auto known = locationNumbers.find(loc);
  if (known != locationNumbers.end())
    return known->second;
  auto kind = dlm::LocationKind::unknown;
  std::string name;
  uint32_t line = 0, column = 0;
  std::vector<uint32_t> children;
  if (auto named = dyn_cast<NameLoc>(loc)) {
    kind = dlm::LocationKind::name;
    name = named.getName().str();
    if (!isa<UnknownLoc>(named.getChildLoc()))
      children.push_back(locationIndex(named.getChildLoc()));
  } else if (auto file = dyn_cast<FileLineColRange>(loc)) {
    kind = dlm::LocationKind::file;
    name = file.getFilename().str();
    line = file.getStartLine();
    column = file.getStartColumn();
  } else if (auto fused = dyn_cast<FusedLoc>(loc)) {
    kind = dlm::LocationKind::fused;
    for (Location child : fused.getLocations())
      children.push_back(locationIndex(child));
  } else if (auto call = dyn_cast<CallSiteLoc>(loc)) {
    kind = dlm::LocationKind::call;
    children = {locationIndex(call.getCallee()), locationIndex(call.getCaller())};
  }
  auto text = b.CreateSharedString(name);
  auto list = b.CreateVector(children);
  locations.push_back(dlm::CreateLocation(b, kind, text, line, column, list));
  return locationNumbers[loc] = uint32_t(locations.size() - 1);
}

Off<dlm::Constant> Writer::constant(Location loc, ElementsAttr value) {
  auto dense = dyn_cast<DenseElementsAttr>(value);
  if (!dense) {
    (void)fail(loc, "a constant whose elements are not in the module");
    return {};
  }
  bool splat = dense.isSplat() && dense.getNumElements() > 1;
  Tensor tensor = splat ? tensorOf(dense.reshape(dense.getType().clone({1}))) : tensorOf(dense);
  if (tensor.size > 1024)
    (void)fail(loc, "a constant of " + Twine(tensor.size) + " bytes; more than 1 KiB must be a weight");
  auto type = typeIndex(loc, dense.getType());
  auto data = b.CreateVector(reinterpret_cast<const uint8_t *>(tensor.data), tensor.size);
  return dlm::CreateConstant(b, type, splat, data);
}

Off<dlm::Attribute> Writer::attribute(Location loc, StringRef name, Attribute value, bool own) {
  // What the module says of its dimension symbols.
  auto isRanges = [](Attribute value) {
    auto list = dyn_cast<DictionaryAttr>(value);
    return list && llvm::all_of(list, [](NamedAttribute each) { return isa<DenseI64ArrayAttr>(each.getValue()); });
  };
  dlm::Value kind = dlm::Value::NONE;
  Off<void> data;
  auto is = [&](dlm::Value k, auto offset) {
    kind = k;
    data = offset.Union();
  };
  if (auto boolean = dyn_cast<BoolAttr>(value))
    is(dlm::Value::Bool, dlm::CreateBool(b, boolean.getValue()));
  else if (auto integer = dyn_cast<IntegerAttr>(value); integer && integer.getType().isSignlessInteger(64))
    is(dlm::Value::I64, dlm::CreateI64(b, integer.getInt()));
  else if (auto real = dyn_cast<FloatAttr>(value); real && real.getType().isF64())
    is(dlm::Value::F64, dlm::CreateF64(b, real.getValueAsDouble()));
  else if (auto text = dyn_cast<StringAttr>(value); text && isa<NoneType>(text.getType()))
    is(dlm::Value::Text, dlm::CreateText(b, b.CreateString(text.str())));
  else if (auto type = dyn_cast<TypeAttr>(value))
    is(dlm::Value::TypeRef, dlm::CreateTypeRef(b, typeIndex(loc, type.getValue())));
  else if (auto list = dyn_cast<DenseI64ArrayAttr>(value))
    is(dlm::Value::I64s, dlm::CreateI64s(b, b.CreateVector(list.asArrayRef().data(), list.size())));
  else if (auto list = dyn_cast<DenseF64ArrayAttr>(value))
    is(dlm::Value::F64s, dlm::CreateF64s(b, b.CreateVector(list.asArrayRef().data(), list.size())));
  else if (auto elements = dyn_cast<ElementsAttr>(value))
    is(dlm::Value::Constant, constant(loc, elements));
  else if (isa<SymbolRefAttr, UnitAttr>(value) || &value.getDialect() == &dialect || isRanges(value))
    is(dlm::Value::Enum, dlm::CreateEnum(b, b.CreateString(printed(value))));
  else
    (void)fail(loc, "attribute '" + name + "' is of no kind that .dlm has: " + printed(value));
  return dlm::CreateAttribute(b, b.CreateSharedString(name.str()), kind, data, own);
}

Offs<dlm::Attribute> Writer::attributes(Location loc, ArrayRef<NamedAttribute> attrs) {
  std::vector<Off<dlm::Attribute>> list;
  for (NamedAttribute attr : attrs)
    list.push_back(attribute(loc, attr.getName(), attr.getValue(), false));
  return list.empty() ? Offs<dlm::Attribute>() : b.CreateVector(list);
}

Off<dlm::Port> Writer::port(mlir::Type type, DictionaryAttr attrs, Location loc) {
  auto list = attributes(loc, attrs ? attrs.getValue() : ArrayRef<NamedAttribute>());
  auto number = typeIndex(loc, type);
  return dlm::CreatePort(b, number, list, locationIndex(loc));
}

Off<dlm::Region> Writer::region(mlir::Region &region, func::FuncOp function) {
  if (!region.hasOneBlock()) {
    (void)fail(region.getLoc(), "a region with branches");
    return {};
  }
  std::vector<Off<dlm::Port>> arguments;
  for (BlockArgument argument : region.getArguments()) {
    numbers[argument] = uint32_t(numbers.size());
    arguments.push_back(port(argument.getType(),
                             function ? function.getArgAttrDict(argument.getArgNumber()) : DictionaryAttr(),
                             argument.getLoc()));
  }
  std::vector<Off<dlm::Node>> nodes;
  for (Operation &op : region.front())
    nodes.push_back(node(op));
  auto argumentList = b.CreateVector(arguments);
  return dlm::CreateRegion(b, argumentList, b.CreateVector(nodes));
}

Off<dlm::Node> Writer::node(Operation &op) {
  if (!op.isRegistered())
    (void)fail(op.getLoc(), "operator '" + op.getName().getStringRef() + "' is not registered");
  if (op.getNumSuccessors())
    (void)fail(op.getLoc(), "a branch");
  std::vector<uint32_t> operands, results;
  for (Value operand : op.getOperands())
    operands.push_back(numbers.lookup(operand));
  std::vector<Off<dlm::Attribute>> attrs;
  DictionaryAttr defaults = defaultProperties(op.getName(), op.getContext());
  if (auto properties = dyn_cast_or_null<DictionaryAttr>(op.getPropertiesAsAttribute()))
    for (NamedAttribute attr : properties)
      if (defaults.get(attr.getName()) != attr.getValue())
        attrs.push_back(attribute(op.getLoc(), attr.getName(), attr.getValue(), true));
  for (NamedAttribute attr : op.getDiscardableAttrs())
    attrs.push_back(attribute(op.getLoc(), attr.getName(), attr.getValue(), false));
  for (mlir::Region &inner : op.getRegions()) {
    auto stored = region(inner);
    attrs.push_back(dlm::CreateAttribute(b, b.CreateSharedString("region"), dlm::Value::Region, stored.Union(), true));
  }
  for (Value result : op.getResults()) {
    numbers[result] = uint32_t(numbers.size());
    results.push_back(typeIndex(op.getLoc(), result.getType()));
  }
  auto version = op.getName().getInterface<OperatorInterface>();
  auto name = b.CreateSharedString(op.getName().getStringRef().str());
  auto operandList = b.CreateVector(operands);
  auto resultList = b.CreateVector(results);
  auto attrList = b.CreateVector(attrs);
  return dlm::CreateNode(b, name, version ? uint16_t(version->getOpVersion()) : 1, operandList, resultList, attrList,
                         locationIndex(op.getLoc()));
}

Off<dlm::Function> Writer::function(func::FuncOp func) {
  numbers.clear();
  std::vector<Off<dlm::Port>> results, inputs;
  for (auto [i, type] : llvm::enumerate(func.getResultTypes()))
    results.push_back(port(type, func.getResultAttrDict(unsigned(i)), UnknownLoc::get(func.getContext())));
  Off<dlm::Region> body;
  if (func.isDeclaration())
    for (auto [i, type] : llvm::enumerate(func.getArgumentTypes()))
      inputs.push_back(port(type, func.getArgAttrDict(unsigned(i)), UnknownLoc::get(func.getContext())));
  else
    body = region(func.getBody(), func);
  auto name = b.CreateString(func.getSymName().str());
  auto visibility = func.getSymVisibility() ? b.CreateString(func.getSymVisibility()->str()) : 0;
  auto inputList = inputs.empty() ? Offs<dlm::Port>() : b.CreateVector(inputs);
  auto resultList = b.CreateVector(results);
  SmallVector<NamedAttribute> hung(func->getDiscardableAttrs());
  auto attrs = attributes(func.getLoc(), hung);
  return dlm::CreateFunction(b, name, visibility, body, inputList, resultList, attrs, locationIndex(func.getLoc()));
}

Off<dlm::Weight> Writer::weight(WeightOp weight) {
  dlm::Initializer kind = dlm::Initializer::NONE;
  Off<void> data;
  if (auto blob = dyn_cast<BlobAttr>(weight.getValue())) {
    auto known = places.find(blob);
    if (known == places.end()) {
      auto bytes = dialect.weights().read(blob);
      if (!bytes) {
        (void)fail(weight.getLoc(), llvm::toString(bytes.takeError()));
        return {};
      }
      Place place{pieces.add(*bytes), llvm::xxHash64(StringRef(bytes->data(), bytes->size()))};
      known = places.insert({blob, place}).first;
      pieces.pad();
    }
    kind = dlm::Initializer::Stored;
    data = dlm::CreateStored(b, known->second.offset, blob.getSize(), known->second.hash).Union();
  } else if (auto rule = dyn_cast<RuleAttr>(weight.getValue())) {
    kind = dlm::Initializer::Rule;
    auto name = b.CreateString(rule.getName().str());
    auto params = rule.getParams()
                      ? b.CreateVector(rule.getParams().asArrayRef().data(), rule.getParams().asArrayRef().size())
                      : 0;
    data = dlm::CreateRule(b, name, params).Union();
  } else if (auto elements = dyn_cast<ElementsAttr>(weight.getValue())) {
    kind = dlm::Initializer::Constant;
    data = constant(weight.getLoc(), elements).Union();
  } else {
    (void)fail(weight.getLoc(), "a weight whose value is no blob, rule or constant");
  }
  auto name = b.CreateString(weight.getSymName().str());
  SmallVector<NamedAttribute> hung(weight->getDiscardableAttrs());
  auto attrs = attributes(weight.getLoc(), hung);
  auto type = typeIndex(weight.getLoc(), weight.getType());
  return dlm::CreateWeight(b, name, type, weight.getFrozen(), kind, data, attrs, locationIndex(weight.getLoc()));
}

LogicalResult Writer::write(raw_ostream &out) {
  std::vector<Off<dlm::Function>> functions;
  std::vector<Off<dlm::Weight>> weights;
  for (Operation &op : *module.getBody()) {
    if (auto one = dyn_cast<WeightOp>(op))
      weights.push_back(weight(one));
    else if (auto one = dyn_cast<func::FuncOp>(op))
      functions.push_back(function(one));
    else
      return fail(op.getLoc(), "operator '" + op.getName().getStringRef() +
                                   "' at module level; only graphs (functions and weights) have a .dlm form");
  }
  if (module.getSymName())
    return fail(module.getLoc(), "a module with a name");
  SmallVector<NamedAttribute> hung(module->getDiscardableAttrs());
  auto attrs = attributes(module.getLoc(), hung);
  uint32_t location = locationIndex(module.getLoc());
  if (failed_)
    return failure();
  std::vector<Off<dlm::Symbol>> symbols;
  for (const std::string &name : symbolList)
    symbols.push_back(dlm::CreateSymbol(b, b.CreateString(name)));
  auto producer = b.CreateString("dlc");
  auto symbolVector = b.CreateVector(symbols);
  auto typeVector = b.CreateVector(typeTable);
  auto locationVector = b.CreateVector(locations);
  auto weightVector = b.CreateVector(weights);
  auto functionVector = b.CreateVector(functions);
  dlm::FinishModelBuffer(b, dlm::CreateModel(b, 1, producer, symbolVector, typeVector, locationVector, weightVector,
                                             functionVector, attrs, location));

  std::string table(reinterpret_cast<const char *>(b.GetBufferPointer()), b.GetSize());
  table.resize((table.size() + dlm::alignment - 1) / dlm::alignment * dlm::alignment);
  dlm::Header header = {};
  std::memcpy(header.magic, dlm::magic, sizeof(header.magic));
  header.version = dlm::containerVersion;
  header.sections = 2;
  header.model = {"model", sizeof(header), table.size(), llvm::xxHash64(table)};
  header.weights = {"weights", sizeof(header) + table.size(), pieces.size(), pieces.hash()};
  header.fileSize = header.weights.offset + pieces.size();
  header.hash = llvm::xxHash64(StringRef(reinterpret_cast<const char *>(&header), sizeof(header)));
  out.write(reinterpret_cast<const char *>(&header), sizeof(header));
  out << table;
  pieces.write(out);
  return success();
}
} // namespace

LogicalResult writeDlm(ModuleOp module, raw_ostream &out) { return Writer(module).write(out); }

} // namespace dlc
