#include "frontend/onnx/Sizes.h"
#include "frontend/onnx/Upgrade.h"
#include <cstring>

namespace dlc {
namespace {
thread_local SizeTable *table = nullptr;

// 2^62 + 2^47 * index + mark: sums, products and quotients with sizes are none of these, and no size either.
constexpr int64_t base = int64_t(1) << 62, step = int64_t(1) << 47;
constexpr int64_t most = 32000;
int64_t mark(int64_t index) {
  uint64_t mixed = (uint64_t(index) + 1) * 0x9e3779b97f4a7c15u;
  return int64_t(mixed >> 18); // 46 bits
}
std::optional<int64_t> indexOf(int64_t number) {
  if (number < base)
    return std::nullopt;
  int64_t index = (number - base) / step;
  return index < most && base + index * step + mark(index) == number ? std::optional(index) : std::nullopt;
}
// The same in 32 bits, as far as there is room: exporters cast shapes to int32 and back.
constexpr int64_t base32 = int64_t(1) << 30, step32 = int64_t(1) << 16, most32 = 16000;
int64_t narrow(int64_t index) { return base32 + index * step32 + (mark(index) >> 30); }
std::optional<int64_t> indexOf32(int64_t number) {
  if (number < base32)
    return std::nullopt;
  int64_t index = (number - base32) / step32;
  return index < most32 && narrow(index) == number ? std::optional(index) : std::nullopt;
}
bool holdsOpen(DType dtype) { return dtype == DType::I64 || dtype == DType::I32; }
} // namespace

SizeTable::SizeTable(MLIRContext &context) : context(context), outer(table) { table = this; }
SizeTable::~SizeTable() { table = outer; }
SizeTable *SizeTable::current() { return table; }

void SizeTable::declare(StringRef symbol, int64_t low, int64_t high) {
  declared[symbol.str()] = {low, high};
  OwningOpRef<ModuleOp> module = ModuleOp::create(UnknownLoc::get(&context));
  (*module)->setAttr(symbolsAttrName, attribute());
  ranges = SymbolRanges(*module);
}
void SizeTable::declareFound(StringRef symbol, int64_t high) {
  declare(symbol, 0, high);
  found.insert(context.getOrLoadDialect<DLCDialect>()->symbolPosition(symbol));
}
bool SizeTable::dependsOnFound(Type type) const {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && !found.empty() && llvm::any_of(getDims(tensor), [&](AffineExpr size) {
           return llvm::any_of(symbolsOf(size), [&](unsigned symbol) { return found.contains(symbol); });
         });
}
DictionaryAttr SizeTable::attribute() const {
  Builder b(&context);
  NamedAttrList list;
  for (auto &[name, range] : declared)
    list.set(name, b.getDenseI64ArrayAttr({range.first, range.second}));
  return list.getDictionary(&context);
}

int64_t SizeTable::number(AffineExpr size) {
  size = canonical(size);
  if (auto constant = constantSize(size))
    return *constant;
  auto [it, isNew] = numbers.try_emplace(size, 0);
  if (isNew) {
    auto index = static_cast<int64_t>(sizes.size());
    if (index >= most)
      return it->second = -1; // no shape has so many; -1 is none
    sizes.push_back(size);
    it->second = base + index * step + mark(index);
  }
  return it->second;
}
AffineExpr SizeTable::size(int64_t number) const {
  auto index = indexOf(number);
  return index && *index < int64_t(sizes.size()) ? sizes[*index] : getAffineConstantExpr(number, &context);
}
ArrayRef<int64_t> SizeTable::shape(RankedTensorType type) {
  if (type.hasStaticShape())
    return type.getShape();
  auto [it, isNew] = shapes.try_emplace(type.getAsOpaquePointer());
  if (isNew)
    for (AffineExpr size : getDims(type))
      it->second.push_back(number(size));
  return it->second;
}

bool isOpen(int64_t number) { return number >= base && indexOf(number); }
bool hasOpen(ArrayRef<int64_t> numbers) {
  return llvm::any_of(numbers, [](int64_t n) { return isOpen(n); });
}
bool hasOpen(const Tensor &tensor) {
  constexpr int64_t longest = 4096; // no shape arithmetic works on more
  if (!table || table->empty() || !holdsOpen(tensor.dtype) || tensor.elements() > longest)
    return false;
  for (int64_t i = 0, e = tensor.elements(); i < e; ++i)
    if (isOpen(numberAt(tensor, i)))
      return true;
  return false;
}
int64_t numberAt(const Tensor &tensor, int64_t index) {
  int64_t value = tensor.i64At(index);
  if (tensor.dtype != DType::I32 || !table || table->empty())
    return value;
  auto open = indexOf32(value);
  return open ? base + *open * step + mark(*open) : value;
}

RankedTensorType tensorType(ArrayRef<int64_t> shape, Type element) {
  if (!table || !hasOpen(shape))
    return RankedTensorType::get(shape, element);
  auto sizes = llvm::map_to_vector(shape, [](int64_t number) { return table->size(number); });
  return getTensorType(element.getContext(), sizes, element);
}
ArrayRef<int64_t> shapeNumbers(RankedTensorType type) { return table ? table->shape(type) : type.getShape(); }

SymbolRanges::Range rangeOf(int64_t number) {
  return isOpen(number) && table ? table->range(table->size(number)) : SymbolRanges::Range{number, number};
}

int64_t plus(int64_t a, int64_t b) {
  if (isOpen(a) || isOpen(b))
    return table->number(sum(table->size(a), table->size(b)));
  int64_t result;
  return __builtin_add_overflow(a, b, &result) ? INT64_MAX : result;
}
int64_t times(int64_t a, int64_t b) {
  if (isOpen(a) || isOpen(b))
    return table->number(product(table->size(a), table->size(b)));
  int64_t result;
  return __builtin_mul_overflow(a, b, &result) ? INT64_MAX : result;
}
static SymbolRanges::Range difference(int64_t a, int64_t b) {
  AffineExpr minus = product(table->size(b), getAffineConstantExpr(-1, table->size(b).getContext()));
  return table->range(sum(table->size(a), minus));
}
std::optional<bool> isLess(int64_t a, int64_t b) {
  if (!isOpen(a) && !isOpen(b))
    return a < b;
  SymbolRanges::Range range = difference(a, b);
  return range.high < 0 ? std::optional(true) : range.low >= 0 ? std::optional(false) : std::nullopt;
}
std::optional<bool> isEqual(int64_t a, int64_t b) {
  if (!isOpen(a) && !isOpen(b))
    return a == b;
  SymbolRanges::Range range = difference(a, b);
  return range.low > 0 || range.high < 0     ? std::optional(false)
         : range.low == 0 && range.high == 0 ? std::optional(true)
                                             : std::nullopt;
}

//===--- Shape arithmetic ---------------------------------------------------------------------------------------===//

namespace {
using Numbers = std::vector<int64_t>;

Numbers numbersOf(const Tensor &tensor) {
  Numbers values(tensor.elements());
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = numberAt(tensor, int64_t(i));
  return values;
}
Tensor tensorOf(const Numbers &values, std::vector<int64_t> shape, DType dtype) {
  std::string bytes(values.size() * dtypeSize(dtype), '\0');
  for (size_t i = 0; i < values.size(); ++i) {
    auto open = dtype == DType::I32 ? indexOf(values[i]) : std::nullopt;
    storeElement(dtype, bytes.data(), int64_t(i), open ? narrow(*open) : values[i]);
  }
  return Tensor::fromBytes(dtype, std::move(shape), std::move(bytes));
}

/// What a division leaves is that of ONNX (towards zero) where nothing is negative.
std::optional<int64_t> divided(AffineExprKind kind, int64_t a, int64_t b) {
  AffineExpr x = table->size(a), y = table->size(b);
  if (table->range(x).low < 0 || table->range(y).low < 1)
    return std::nullopt;
  return table->number(canonical(getAffineBinaryOpExpr(kind, x, y)));
}

std::optional<int64_t> apply(StringRef op, int64_t a, int64_t b) {
  if (op == "Add")
    return plus(a, b);
  if (op == "Sub")
    return plus(a, times(b, -1));
  if (op == "Mul")
    return times(a, b);
  if (op == "Div")
    return divided(AffineExprKind::FloorDiv, a, b);
  if (op == "Mod")
    return divided(AffineExprKind::Mod, a, b);
  if (op == "Min" || op == "Max") {
    auto less = isLess(a, b), more = isLess(b, a);
    if ((less && *less) || (more && !*more))
      return op == "Min" ? a : b;
    if ((more && *more) || (less && !*less))
      return op == "Min" ? b : a;
    return std::nullopt;
  }
  return std::nullopt;
}

std::optional<bool> compared(StringRef op, int64_t a, int64_t b) {
  auto inverse = [](std::optional<bool> x) { return x ? std::optional(!*x) : x; };
  if (op == "Equal")
    return isEqual(a, b);
  if (op == "Less")
    return isLess(a, b);
  if (op == "Greater")
    return isLess(b, a);
  return op == "LessOrEqual" ? inverse(isLess(b, a)) : inverse(isLess(a, b));
}
} // namespace

bool movesOnly(const std::string &op) {
  return llvm::is_contained({"Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose", "Gather", "Slice", "Concat",
                             "Split", "Expand", "Tile", "Identity", "Where", "ConstantOfShape"},
                            op);
}

bool evaluateOpen(const onnx::NodeProto &node, const std::vector<const Tensor *> &inputs,
                  std::vector<Tensor> &outputs) {
  const std::string &op = node.op_type();
  for (const Tensor *input : inputs)
    if (!input || !holdsOpen(input->dtype) || input->dtype != inputs[0]->dtype)
      return false;
  if (inputs.empty())
    return false;
  DType dtype = inputs[0]->dtype;
  if (auto to = DType(intAttr(node, "to", 0)); op == "Cast" && inputs.size() == 1 && holdsOpen(to)) {
    outputs = {tensorOf(numbersOf(*inputs[0]), inputs[0]->shape, to)};
    return true;
  }
  if (op == "Neg" && inputs.size() == 1) {
    Numbers values = numbersOf(*inputs[0]);
    for (int64_t &value : values)
      value = times(value, -1);
    outputs = {tensorOf(values, inputs[0]->shape, dtype)};
    return true;
  }
  bool product = op == "ReduceProd";
  if ((product || op == "ReduceSum") && inputs[0]->shape.size() == 1 && !intAttr(node, "noop_with_empty_axes", 0)) {
    int64_t total = product ? 1 : 0;
    for (int64_t value : numbersOf(*inputs[0]))
      total = product ? times(total, value) : plus(total, value);
    outputs = {
        tensorOf({total}, intAttr(node, "keepdims", 1) ? std::vector<int64_t>{1} : std::vector<int64_t>{}, dtype)};
    return true;
  }
  bool compares = llvm::is_contained({"Equal", "Less", "Greater", "LessOrEqual", "GreaterOrEqual"}, op);
  if (inputs.size() != 2 || (!compares && !llvm::is_contained({"Add", "Sub", "Mul", "Div", "Mod", "Min", "Max"}, op)))
    return false;
  auto shape = broadcastShapes(inputs[0]->shape, inputs[1]->shape);
  if (!shape || shape->size() > 1 || elementCount(*shape) > hostEvalLimit)
    return false;
  Numbers a = numbersOf(*inputs[0]), b = numbersOf(*inputs[1]), values;
  std::string truth;
  for (int64_t i = 0, e = elementCount(*shape); i < e; ++i) {
    int64_t x = a[a.size() == 1 ? 0 : size_t(i)], y = b[b.size() == 1 ? 0 : size_t(i)];
    if (compares) {
      auto known = compared(op, x, y);
      if (!known)
        return false;
      truth.push_back(*known);
    } else {
      auto value = apply(op, x, y);
      if (!value)
        return false;
      values.push_back(*value);
    }
  }
  outputs = {compares ? Tensor::fromBytes(DType::Bool, *shape, truth) : tensorOf(values, *shape, dtype)};
  return true;
}

} // namespace dlc
