#include "frontend/onnx/Counters.h"
#include "frontend/onnx/File.h"
#include "mlir/IR/Matchers.h"

namespace dlc {
namespace {
constexpr StringRef boundsName = "dlc.bounds";
constexpr int64_t longest = int64_t(1) << 31;
constexpr int mostLooks = 256; // a node is looked at once for each way to it

std::optional<int64_t> splatNumber(Value v) {
  DenseElementsAttr elements;
  if (!matchPattern(v, m_Constant(&elements)) || !elements.isSplat())
    return std::nullopt;
  if (isa<IntegerType>(elements.getElementType())) {
    APInt number = elements.getSplatValue<APInt>();
    return number.getSignificantBits() <= 32 ? std::optional(number.getSExtValue()) : std::nullopt;
  }
  double number = elements.getSplatValue<APFloat>().convertToDouble();
  return number == std::floor(number) && std::abs(number) < exactInF32 ? std::optional(int64_t(number)) : std::nullopt;
}
bool holdsExactly(Type type) { return type.isInteger(64) || type.isInteger(32) || type.isF32() || type.isF64(); }
} // namespace

void setBounds(Value argument, int64_t low, int64_t high) {
  Operation *placeholder = argument.getDefiningOp();
  placeholder->setAttr(boundsName, DenseI64ArrayAttr::get(placeholder->getContext(), {low, high}));
}

static std::optional<Counter> counterOf(Value v, int &looks) {
  if (looks-- <= 0)
    return std::nullopt;
  if (auto number = splatNumber(v))
    return Counter{{}, *number, *number, *number};
  Operation *op = v.getDefiningOp();
  if (!op)
    return std::nullopt;
  if (auto bounds = op->getAttrOfType<DenseI64ArrayAttr>(boundsName))
    return Counter{v, 0, bounds[0], bounds[1]};
  auto type = cast<RankedTensorType>(v.getType());
  if (!holdsExactly(type.getElementType()))
    return std::nullopt;
  if (isa<CastOp, ReshapeOp, BroadcastOp>(op) ||
      (isa<SliceOp>(op) && cast<RankedTensorType>(op->getOperand(0).getType()).getNumElements() == 1))
    return counterOf(op->getOperand(0), looks);
  if (!isa<AddOp, SubOp, MinOp, MaxOp>(op))
    return std::nullopt;
  auto x = counterOf(op->getOperand(0), looks), y = counterOf(op->getOperand(1), looks);
  if (!x || !y)
    return std::nullopt;
  if (isa<MinOp>(op))
    return x->high <= y->low ? x : y->high <= x->low ? y : std::nullopt;
  if (isa<MaxOp>(op))
    return x->low >= y->high ? x : y->low >= x->high ? y : std::nullopt;
  if (isa<AddOp>(op) && !x->base)
    std::swap(x, y);
  if (y->base)
    return std::nullopt;
  int64_t sign = isa<SubOp>(op) ? -1 : 1, by = sign * y->more;
  Counter sum{x->base, x->more + by, x->low + by, x->high + by};
  return std::max(std::abs(sum.low), std::abs(sum.high)) < exactInF32 ? std::optional(sum) : std::nullopt;
}

std::optional<Counter> counterOf(Value v) {
  int looks = mostLooks;
  return counterOf(v, looks);
}

//===--- A body's nodes -------------------------------------------------------------------------------------------===//

LoopCounters::LoopCounters(const onnx::GraphProto &body, Constant outside) : body(body), outside(outside) {
  for (const auto &node : body.node())
    for (const auto &output : node.output())
      nodes[output] = &node;
}

static bool passesOn(const onnx::NodeProto &node) {
  static const llvm::StringSet<> ops = {"Cast", "Identity", "Reshape", "Squeeze", "Unsqueeze", "Flatten"};
  return node.domain().empty() && ops.contains(node.op_type()) && node.input_size() > 0;
}

std::optional<LoopCounters::Linear> LoopCounters::linear(const std::string &name, int &looks) const {
  auto constant = [](const onnx::TensorProto &proto) -> std::optional<Linear> {
    Tensor tensor;
    std::string error;
    if (proto.dims_size() > 1 || !tensorFromProto(proto, "", tensor, error) || tensor.elements() != 1)
      return std::nullopt;
    double number = tensor.f64At(0);
    bool whole = number == std::floor(number) && std::abs(number) < exactInF32;
    return whole ? std::optional(Linear{"", int64_t(number)}) : std::nullopt;
  };
  for (const auto &tensor : body.initializer())
    if (tensor.name() == name)
      return constant(tensor);
  auto it = nodes.find(name);
  if (it == nodes.end()) {
    if (auto number = outside(name))
      return Linear{"", *number};
    return Linear{name, 0};
  }
  const onnx::NodeProto &node = *it->second;
  if (looks-- <= 0 || !node.domain().empty())
    return std::nullopt;
  if (node.op_type() == "Constant") {
    const auto *value = findAttr(node, "value");
    return value && value->has_t() ? constant(value->t()) : std::nullopt;
  }
  int64_t to = intAttr(node, "to", onnx::TensorProto::INT64);
  bool exact = to == onnx::TensorProto::INT64 || to == onnx::TensorProto::INT32 || to == onnx::TensorProto::FLOAT ||
               to == onnx::TensorProto::DOUBLE;
  if (passesOn(node))
    return exact ? linear(node.input(0), looks) : std::nullopt;
  bool sub = node.op_type() == "Sub";
  if ((!sub && node.op_type() != "Add") || node.input_size() != 2)
    return std::nullopt;
  auto x = linear(node.input(0), looks), y = linear(node.input(1), looks);
  if (!x || !y)
    return std::nullopt;
  if (!sub && x->name.empty())
    std::swap(x, y);
  if (!y->name.empty())
    return std::nullopt;
  int64_t more = x->more + (sub ? -y->more : y->more);
  return std::abs(more) < exactInF32 ? std::optional(Linear{x->name, more}) : std::nullopt;
}

std::optional<int64_t> LoopCounters::limit(const std::string &condition, const std::string &from, int &looks) const {
  auto it = nodes.find(condition);
  if (it == nodes.end() || looks-- <= 0)
    return std::nullopt;
  const onnx::NodeProto &node = *it->second;
  if (passesOn(node))
    return limit(node.input(0), from, looks);
  if (!node.domain().empty() || node.input_size() != 2)
    return std::nullopt;
  StringRef op = node.op_type();
  if (op == "And") {
    auto x = limit(node.input(0), from, looks), y = limit(node.input(1), from, looks);
    return x && y ? std::min(x, y) : x ? x : y;
  }
  auto x = linear(node.input(0), looks), y = linear(node.input(1), looks);
  if (op == "Add") { // of 0, between casts to numbers and back
    auto isZero = [](const std::optional<Linear> &v) { return v && v->name.empty() && v->more == 0; };
    return isZero(y) ? limit(node.input(0), from, looks) : isZero(x) ? limit(node.input(1), from, looks) : std::nullopt;
  }
  if (!x || !y)
    return std::nullopt;
  if (op.starts_with("Greater"))
    std::swap(x, y);
  bool orEqual = op.ends_with("OrEqual");
  if ((op != "Less" && op != "LessOrEqual" && op != "Greater" && op != "GreaterOrEqual") || x->name != from ||
      !y->name.empty())
    return std::nullopt;
  return y->more - x->more - (orEqual ? 0 : 1);
}

std::optional<int64_t> LoopCounters::most(const std::string &from, const std::string &to, int64_t first,
                                          int64_t trips) const {
  int looks = mostLooks;
  auto next = linear(to, looks);
  if (!next || next->name != from || next->more < 0)
    return std::nullopt;
  std::optional<int64_t> high;
  if (trips > 0 && trips < longest)
    high = first + next->more * (trips - 1);
  // Where the condition holds, the next step has one step more.
  if (auto bound = body.output_size() ? limit(body.output(0).name(), from, looks) : std::nullopt) {
    int64_t last = std::max(first, *bound + next->more);
    high = high ? std::min(*high, last) : last;
  }
  return high;
}

} // namespace dlc
