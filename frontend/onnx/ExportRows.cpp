// The export table: what each dlc operator is in ONNX; long because it is one table with a few lines for each row.
#include "frontend/Types.h"
#include "frontend/onnx/Exporter.h"
#include "ir/Dims.h"
#include "ir/Dropout.h"
#include "ir/Follows.h"

namespace dlc {
namespace {
using E = Exporter;

RankedTensorType typeOf(Value v) { return cast<RankedTensorType>(v.getType()); }
bool isBool(Value v) { return typeOf(v).getElementType().isInteger(1); }
LogicalResult put(E &e, Operation *op, StringRef type, ArrayRef<std::string> inputs, int64_t since = 1) {
  e.node(type, inputs, {e.define(op->getResult(0))}, since);
  return success();
}

//===--- Elementwise --------------------------------------------------------------------------------------------===//

LogicalResult expm1(E &e, Operation *op) {
  std::string one = e.scalar(typeOf(op->getResult(0)).getElementType(), 1);
  return put(e, op, "Sub", {e.temp("Exp", {e.name(op->getOperand(0))}), one});
}
LogicalResult log1p(E &e, Operation *op) {
  std::string one = e.scalar(typeOf(op->getResult(0)).getElementType(), 1);
  return put(e, op, "Log", {e.temp("Add", {e.name(op->getOperand(0)), one})});
}
LogicalResult rsqrt(E &e, Operation *op) {
  return put(e, op, "Reciprocal", {e.temp("Sqrt", {e.name(op->getOperand(0))})});
}
LogicalResult rem(E &e, Operation *op) {
  auto &node = e.node("Mod", e.together(op->getOperands(), op->getResult(0)), {e.define(op->getResult(0))}, 10);
  setAttr(node, "fmod", int64_t(1));
  return success();
}
// Operators with one name for bools and another for integers.
template <const char *logical, const char *bitwise> LogicalResult bits(E &e, Operation *op) {
  auto inputs = e.together(op->getOperands(), op->getResult(0));
  return isBool(op->getResult(0)) ? put(e, op, logical, inputs) : put(e, op, bitwise, inputs, 18);
}
template <const char *arithmetic, const char *logical> LogicalResult sum(E &e, Operation *op) {
  return put(e, op, isBool(op->getResult(0)) ? logical : arithmetic, e.together(op->getOperands(), op->getResult(0)),
             e.sinceForType(op, 6));
}

LogicalResult compare(E &e, Operation *op) {
  auto inputs = e.together(op->getOperands(), op->getResult(0));
  mlir::Type element = typeOf(op->getOperand(0)).getElementType();
  int64_t equal = element.isInteger(1) || element.isSignlessInteger(32) || element.isSignlessInteger(64) ? 7 : 11;
  int64_t order = isa<FloatType>(element) ? 7 : 9;
  switch (cast<CompareOp>(op).getPredicate()) {
  case ComparePredicate::eq:
    return put(e, op, "Equal", inputs, equal);
  case ComparePredicate::ne:
    return put(e, op, "Not", {e.temp("Equal", inputs, equal)});
  case ComparePredicate::lt:
    return put(e, op, "Less", inputs, order);
  case ComparePredicate::gt:
    return put(e, op, "Greater", inputs, order);
  case ComparePredicate::le:
    return e.opset >= 12 ? put(e, op, "LessOrEqual", inputs)
                         : put(e, op, "Or", {e.temp("Less", inputs, order), e.temp("Equal", inputs, equal)});
  case ComparePredicate::ge:
    return e.opset >= 12 ? put(e, op, "GreaterOrEqual", inputs)
                         : put(e, op, "Or", {e.temp("Greater", inputs, order), e.temp("Equal", inputs, equal)});
  }
  return failure();
}
LogicalResult cast_(E &e, Operation *op) {
  auto &node = e.node("Cast", {e.name(op->getOperand(0))}, {e.define(op->getResult(0))}, 6);
  setAttr(node, "to", int64_t(dtypeOf(typeOf(op->getResult(0)).getElementType())));
  return success();
}

//===--- Movement -----------------------------------------------------------------------------------------------===//

LogicalResult reshape(E &e, Operation *op) {
  SmallVector<int64_t> sizes(typeOf(op->getResult(0)).getShape());
  if (llvm::count_if(sizes, ShapedType::isDynamic) > 1)
    return e.fail("a reshape with several open dimensions; bind their symbols first");
  for (int64_t &size : sizes)
    size = ShapedType::isDynamic(size) ? -1 : size;
  bool zero = llvm::is_contained(sizes, 0);
  auto &node =
      e.node("Reshape", {e.name(op->getOperand(0)), e.ints(sizes)}, {e.define(op->getResult(0))}, zero ? 14 : 5);
  if (zero)
    setAttr(node, "allowzero", int64_t(1));
  return success();
}
LogicalResult transpose(E &e, Operation *op) {
  auto &node = e.node("Transpose", {e.name(op->getOperand(0))}, {e.define(op->getResult(0))});
  setAttr(node, "perm", cast<TransposeOp>(op).getPerm().vec());
  return success();
}
LogicalResult slice(E &e, Operation *op) {
  auto slice = cast<SliceOp>(op);
  auto from = typeOf(slice.getX()), to = typeOf(slice.getResult());
  SmallVector<int64_t> starts, ends, axes, steps;
  for (int64_t d = 0; d < from.getRank(); ++d) {
    int64_t start = slice.getStart()[d], step = slice.getStride()[d], size = to.getDimSize(d);
    if (start == 0 && step == 1 && size == from.getDimSize(d))
      continue;
    if (ShapedType::isDynamic(size))
      return e.fail("a slice of an open dimension; bind its symbol first");
    int64_t end = start + step * size;
    starts.push_back(start);
    ends.push_back(size == 0 ? start : end < 0 ? std::numeric_limits<int64_t>::min() / 2 : end);
    axes.push_back(d);
    steps.push_back(step);
  }
  bool plain = llvm::all_of(steps, [](int64_t s) { return s == 1; });
  std::string x = e.name(slice.getX()), r = e.define(slice.getResult());
  if (axes.empty()) {
    e.node("Identity", {x}, {r});
  } else if (e.opset < 10 && plain) {
    auto &node = e.node("Slice", {x}, {r});
    setAttr(node, "starts", std::vector<int64_t>(starts.begin(), starts.end()));
    setAttr(node, "ends", std::vector<int64_t>(ends.begin(), ends.end()));
    setAttr(node, "axes", std::vector<int64_t>(axes.begin(), axes.end()));
  } else {
    e.node("Slice", {x, e.ints(starts), e.ints(ends), e.ints(axes), e.ints(steps)}, {r}, 10);
  }
  return success();
}
LogicalResult pad(E &e, Operation *op) {
  auto pad = cast<PadOp>(op);
  if (llvm::any_of(pad.getInterior(), [](int64_t i) { return i != 0; }))
    return e.fail("padding between elements");
  std::vector<int64_t> pads(pad.getLow().begin(), pad.getLow().end());
  llvm::append_range(pads, pad.getHigh());
  std::string x = e.name(pad.getX()), r = e.define(pad.getResult());
  if (e.opset >= 11) {
    e.node("Pad", {x, e.ints(pads), e.name(pad.getValue())}, {r});
    return success();
  }
  DenseElementsAttr value;
  if (!matchPattern(pad.getValue(), m_Constant(&value)) || !value.isSplat())
    return put(e, op, "Pad", {x, e.ints(pads), e.name(pad.getValue())}, 11);
  auto &node = e.node("Pad", {x}, {r}, 2);
  setAttr(node, "pads", pads);
  setAttr(node, "value", float(tensorOf(value).f64At(0)));
  return success();
}
LogicalResult concat(E &e, Operation *op) {
  SmallVector<std::string> inputs;
  for (Value operand : op->getOperands())
    inputs.push_back(e.name(operand));
  setAttr(e.node("Concat", inputs, {e.define(op->getResult(0))}, 4), "axis", int64_t(cast<ConcatOp>(op).getAxis()));
  return success();
}
LogicalResult gather(E &e, Operation *op) {
  auto gather = cast<GatherOp>(op);
  std::string indices = e.name(gather.getIndices());
  mlir::Type element = typeOf(gather.getIndices()).getElementType();
  if (!element.isSignlessInteger(32) && !element.isSignlessInteger(64)) {
    onnx::NodeProto *cast;
    indices = e.temp("Cast", {indices}, 6, &cast);
    setAttr(*cast, "to", int64_t(DType::I64));
  }
  setAttr(e.node("Gather", {e.name(gather.getX()), indices}, {e.define(op->getResult(0))}), "axis",
          int64_t(gather.getAxis()));
  return success();
}
/// A Gather along each dimension, or the weighted sum of one for each tap.
LogicalResult resize(E &e, Operation *op) {
  auto resize = cast<ResizeOp>(op);
  std::string value = e.name(resize.getX());
  SmallVector<int64_t> dims(resize.getDims());
  for (auto [n, dim] : llvm::enumerate(dims)) {
    auto table = typeOf(resize.getIndices(n)), x = typeOf(resize.getX());
    if (!table.hasStaticShape() || x.isDynamicDim(dim))
      return e.fail("a size that is open is resampled; bind its symbol first");
    int64_t taps = table.getDimSize(0), size = table.getDimSize(1), last = x.getDimSize(dim) - 1;
    std::string indices = e.name(resize.getIndices(n));
    DenseElementsAttr known;
    bool inside = matchPattern(resize.getIndices(n), m_Constant(&known)) &&
                  llvm::all_of(known.getValues<APInt>(),
                               [&](const APInt &i) { return i.getSExtValue() >= 0 && i.getSExtValue() <= last; });
    if (!inside) { // indices outside are clamped
      mlir::Type element = table.getElementType();
      indices =
          e.temp("Min", {e.temp("Max", {indices, e.scalar(element, 0)}, 12), e.scalar(element, double(last))}, 12);
    }
    auto result = [&](bool whole) { return whole && n + 1 == dims.size(); };
    auto pick = [&](const std::string &from, const std::string &which, int64_t axis, bool whole) {
      onnx::NodeProto *node = nullptr;
      std::string name;
      if (result(whole))
        node = &e.node("Gather", {from, which}, {name = e.define(op->getResult(0))});
      else
        name = e.temp("Gather", {from, which}, 1, &node);
      setAttr(*node, "axis", axis);
      return name;
    };
    Value weights = resize.getWeights(unsigned(n));
    if (!weights) {
      value = pick(value, e.reshape(indices, {size}), dim, true);
      continue;
    }
    SmallVector<int64_t> column(size_t(x.getRank() - dim), 1);
    column[0] = size;
    std::string sum;
    for (int64_t t = 0; t < taps; ++t) {
      std::string tap = e.scalar(IntegerType::get(op->getContext(), 64), double(t));
      std::string taken = pick(value, pick(indices, tap, 0, false), dim, false);
      std::string weight = e.reshape(pick(e.name(weights), tap, 0, false), column);
      bool whole = result(t + 1 == taps);
      auto combine = [&](StringRef type, ArrayRef<std::string> inputs, bool whole) {
        if (!whole)
          return e.temp(type, inputs, 7);
        std::string name = e.define(op->getResult(0));
        e.node(type, inputs, {name}, 7);
        return name;
      };
      std::string part = combine("Mul", {taken, weight}, whole && t == 0);
      sum = t == 0 ? part : combine("Add", {sum, part}, whole);
    }
    value = sum;
  }
  return success();
}
LogicalResult iota(E &e, Operation *op) {
  auto type = typeOf(op->getResult(0));
  int64_t axis = cast<IotaOp>(op).getAxis();
  if (!type.hasStaticShape())
    return e.fail("an index along an open dimension; bind its symbol first");
  Tensor line = Tensor::filled(dtypeOf(type.getElementType()), {type.getDimSize(axis)}, 0);
  std::string bytes(line.size, '\0');
  for (int64_t i = 0; i < type.getDimSize(axis); ++i)
    storeElement(line.dtype, bytes.data(), i, i);
  std::vector<int64_t> shape(size_t(type.getRank() - axis), 1);
  shape[0] = type.getDimSize(axis);
  std::string along = e.initializer(Tensor::fromBytes(line.dtype, shape, std::move(bytes)));
  return put(e, op, "Expand", {along, e.ints(type.getShape())}, 8);
}

//===--- Reductions ---------------------------------------------------------------------------------------------===//

LogicalResult reduce(E &e, Operation *op) {
  auto reduce = cast<ReduceOp>(op);
  static const char *const names[] = {"ReduceSum", "ReduceMax", "ReduceMin", "ReduceProd"};
  std::string x = e.name(reduce.getX()), r = e.define(reduce.getResult());
  if (reduce.getDims().empty()) {
    e.node("Identity", {x}, {r});
    return success();
  }
  auto &node = e.node(names[int(reduce.getKind())], {x}, {r});
  setAttr(node, "keepdims", int64_t(0));
  e.axes(node, reduce.getDims(), reduce.getKind() == ReduceKind::sum ? 13 : 18);
  return success();
}
LogicalResult argReduce(E &e, Operation *op) {
  auto reduce = cast<ArgReduceOp>(op);
  bool most = reduce.getKind() == ReduceKind::max;
  std::string x = e.name(reduce.getX());
  if (!reduce.getIndex().use_empty()) {
    auto &node = e.node(most ? "ArgMax" : "ArgMin", {x}, {e.define(reduce.getIndex())});
    setAttr(node, "axis", int64_t(reduce.getAxis()));
    setAttr(node, "keepdims", int64_t(0));
  }
  if (!reduce.getValue().use_empty()) {
    auto &node = e.node(most ? "ReduceMax" : "ReduceMin", {x}, {e.define(reduce.getValue())});
    setAttr(node, "keepdims", int64_t(0));
    e.axes(node, {int64_t(reduce.getAxis())}, 18);
  }
  return success();
}

LogicalResult sort(E &e, Operation *op) {
  auto sort = cast<SortOp>(op);
  auto type = typeOf(sort.getValues());
  if (sort.getNumbers() || sort.getStretch() || sort.getRun() || !type.hasStaticShape())
    return e.fail("a sort in pieces, of numbers of its own or of an open size has no ONNX operator");
  auto &node = e.node("TopK", {e.name(sort.getX()), e.ints({type.getShape().back()})},
                      {e.define(sort.getValues()), e.define(sort.getIndex())}, 11);
  setAttr(node, "axis", int64_t(-1));
  setAttr(node, "largest", int64_t(sort.getDescending()));
  return success();
}

LogicalResult reduceWindow(E &e, Operation *op) {
  auto window = cast<ReduceWindowOp>(op);
  auto type = typeOf(window.getX());
  auto isOne = [&](size_t d) {
    return window.getWindow()[d] == 1 && window.getStrides()[d] == 1 && window.getLow()[d] == 0 &&
           window.getHigh()[d] == 0;
  };
  for (auto list : {window.getLow(), window.getHigh()})
    if (llvm::any_of(list, [](int64_t p) { return p < 0; }))
      return e.fail("a window with negative padding");
  // ONNX pools behind batch and channels; other windows work on a view with two dimensions of 1 in front.
  bool direct = type.getRank() >= 3 && isOne(0) && isOne(1);
  std::string x = e.name(window.getX());
  if (!direct) {
    if (!type.hasStaticShape())
      return e.fail("a window over all dimensions of an open shape; bind its symbols first");
    SmallVector<int64_t> shape = {1, 1};
    llvm::append_range(shape, type.getShape());
    x = e.reshape(x, shape);
  }
  auto part = [&](ArrayRef<int64_t> values) { return values.drop_front(direct ? 2 : 0).vec(); };
  std::vector<int64_t> size = part(window.getWindow()), pads = part(window.getLow());
  llvm::append_range(pads, part(window.getHigh()));
  bool dilated = llvm::any_of(window.getDilation(), [](int64_t d) { return d != 1; });
  ReduceKind kind = window.getKind();
  if (kind == ReduceKind::prod)
    return e.fail("a product over windows");
  if (kind == ReduceKind::min)
    x = e.temp("Neg", {x});
  onnx::NodeProto *pool;
  bool last = kind == ReduceKind::max && direct;
  bool padded = llvm::any_of(pads, [](int64_t p) { return p != 0; });
  if (last)
    pool = &e.node("MaxPool", {x}, {e.define(op->getResult(0))}, dilated ? 10 : 1);
  else
    x = e.temp(kind == ReduceKind::sum ? "AveragePool" : "MaxPool", {x},
               kind != ReduceKind::sum ? (dilated ? 10 : 1)
               : dilated               ? 19
               : padded                ? 7
                                       : 1,
               &pool);
  setAttr(*pool, "kernel_shape", size);
  setAttr(*pool, "strides", part(window.getStrides()));
  setAttr(*pool, "pads", pads);
  if (dilated)
    setAttr(*pool, "dilations", part(window.getDilation()));
  if (kind == ReduceKind::sum && padded)
    setAttr(*pool, "count_include_pad", int64_t(1));
  if (last)
    return success();
  std::string r = e.define(op->getResult(0));
  if (!direct && kind == ReduceKind::max)
    return put(e, op, "Reshape", {x, e.ints(typeOf(op->getResult(0)).getShape())}, 5);
  if (!direct)
    x = e.reshape(x, typeOf(op->getResult(0)).getShape());
  if (kind == ReduceKind::min)
    return put(e, op, "Neg", {x});
  return put(e, op, "Mul", {x, e.scalar(type.getElementType(), double(elementCount(size)))});
}

//===--- Contractions -------------------------------------------------------------------------------------------===//

bool isTransposed(ConvOp conv) {
  return llvm::any_of(conv.getLhsDilation(), [](int64_t d) { return d != 1; });
}
// The weight of a transposed convolution as ONNX keeps it, where the import's own turning of it still stands there:
// [C, O/g, k..] -> reversed -> [g, C/g, O/g, k..] -> [g, O/g, C/g, k..] -> [O, C/g, k..]. `passed`: what did it.
Value unturnedWeight(ConvOp conv, SmallVectorImpl<Operation *> &passed) {
  Value w = conv.getWeight();
  auto step = [&]<typename Op>(Op) {
    auto maker = w.getDefiningOp<Op>();
    if (maker && maker->hasOneUse()) {
      passed.push_back(maker);
      w = maker.getX();
    }
    return maker;
  };
  step(ReshapeOp());
  auto transpose = step(TransposeOp());
  step(ReshapeOp());
  auto slice = step(SliceOp());
  auto type = typeOf(w), used = typeOf(conv.getWeight());
  auto groups = int64_t(conv.getGroups());
  if (!transpose || !slice || conv.getChannelsLast() || type.getRank() != used.getRank() ||
      type.getDimSize(0) != used.getDimSize(1) * groups || type.getDimSize(1) * groups != used.getDimSize(0) ||
      slice.getType() != type)
    return {};
  auto perm = transpose.getPerm();
  size_t lead = perm.size() - size_t(type.getRank());
  if (lead > 1 || perm[lead] != int64_t(lead) + 1 || perm[lead + 1] != int64_t(lead))
    return {};
  for (int64_t d = 0; d < type.getRank(); ++d)
    if (slice.getStride()[d] != (d < 2 ? 1 : -1) && type.getDimSize(d) != 1)
      return {};
  return w;
}
void prepareConv(E &e, Operation *op) {
  SmallVector<Operation *> passed;
  if (isTransposed(cast<ConvOp>(op)) && unturnedWeight(cast<ConvOp>(op), passed))
    for (Operation *one : passed)
      e.merge(one);
}

LogicalResult conv(E &e, Operation *op) {
  auto conv = cast<ConvOp>(op);
  auto input = typeOf(conv.getInput()), weight = typeOf(conv.getWeight());
  int64_t rank = input.getRank() - 2;
  if (!isa<FloatType>(input.getElementType()))
    return e.fail("a convolution of " + describe(input) + "; ONNX convolves floats");
  SmallVector<Operation *> passed;
  bool transposed = isTransposed(conv);
  Value unturned = transposed ? unturnedWeight(conv, passed) : Value();
  std::string x = e.name(conv.getInput()), w = e.name(unturned ? unturned : conv.getWeight());
  SmallVector<int64_t> toFirst = {0, rank + 1}, toLast = {0};
  for (int64_t d = 0; d < rank; ++d) {
    toFirst.push_back(d + 1);
    toLast.push_back(d + 2);
  }
  toLast.push_back(1);
  bool channelsLast = conv.getChannelsLast();
  if (channelsLast) {
    x = e.transpose(x, toFirst);
    w = e.transpose(w, toFirst);
  }
  Value bias;
  AddOp add = channelsLast ? AddOp() : e.biasAdd(op, 1, bias);
  SmallVector<std::string> inputs = {x, w};
  std::vector<int64_t> kernel, pads(conv.getLow().begin(), conv.getLow().end());
  llvm::append_range(pads, conv.getHigh());
  for (int64_t d = 0; d < rank; ++d)
    kernel.push_back(weight.getDimSize(d + conv.getWindowDim()));
  std::vector<int64_t> extra(rank, 0);
  if (transposed) {
    // The weight turned around and its channels swapped within each group; strides become the operand's dilation.
    if (llvm::any_of(conv.getStrides(), [](int64_t s) { return s != 1; }))
      return e.fail("a convolution with strides over a dilated operand");
    int64_t groups = conv.getGroups(), o = weight.getDimSize(0), c = weight.getDimSize(conv.getWeightChannelDim());
    SmallVector<int64_t> starts(rank, -1), ends(rank, std::numeric_limits<int64_t>::min() / 2), axes, steps(rank, -1);
    SmallVector<int64_t> split = {groups, o / groups, c}, joined = {groups * c, o / groups}, perm = {0, 2, 1};
    for (int64_t d = 0; d < rank; ++d) {
      axes.push_back(d + 2);
      split.push_back(kernel[d]);
      joined.push_back(kernel[d]);
      perm.push_back(d + 3);
      int64_t reach = (kernel[d] - 1) * conv.getRhsDilation()[d];
      pads[d] = reach - conv.getLow()[d];
      int64_t end = reach - conv.getHigh()[d];
      pads[d + rank] = std::max<int64_t>(end, 0);
      extra[d] = std::max<int64_t>(-end, 0);
      if (extra[d] >= conv.getLhsDilation()[d] && extra[d] >= conv.getRhsDilation()[d])
        return e.fail("a transposed convolution with more padding than its stride");
    }
    if (!unturned)
      inputs[1] = e.reshape(
          e.transpose(
              e.reshape(e.temp("Slice", {w, e.ints(starts), e.ints(ends), e.ints(axes), e.ints(steps)}, 10), split),
              perm),
          joined);
  }
  if (llvm::any_of(pads, [](int64_t p) { return p < 0; }))
    return e.fail("a convolution with negative padding");
  if (add)
    inputs.push_back(e.name(bias));
  onnx::NodeProto *made;
  StringRef type = transposed ? "ConvTranspose" : "Conv";
  if (channelsLast) {
    std::string r = e.temp(type, inputs, 1, &made);
    auto &back = e.node("Transpose", {r}, {e.define(op->getResult(0))});
    setAttr(back, "perm", std::vector<int64_t>(toLast.begin(), toLast.end()));
  } else {
    made = &e.node(type, inputs, {e.define(add ? Value(add.getResult()) : Value(conv.getResult()))});
  }
  setAttr(*made, "kernel_shape", kernel);
  setAttr(*made, "strides", (transposed ? conv.getLhsDilation() : conv.getStrides()).vec());
  setAttr(*made, "pads", pads);
  setAttr(*made, "dilations", conv.getRhsDilation().vec());
  setAttr(*made, "group", int64_t(conv.getGroups()));
  if (llvm::any_of(extra, [](int64_t x) { return x != 0; }))
    setAttr(*made, "output_padding", extra);
  if (add)
    e.merge(add);
  return success();
}

LogicalResult dot(E &e, Operation *op) {
  auto dot = cast<DotGeneralOp>(op);
  auto lhs = typeOf(dot.getLhs()), rhs = typeOf(dot.getRhs());
  auto lc = dot.getLhsContracting(), rc = dot.getRhsContracting(), lb = dot.getLhsBatch(), rb = dot.getRhsBatch();
  std::string a = e.name(dot.getLhs()), b = e.name(dot.getRhs());
  bool isFloat = isa<FloatType>(lhs.getElementType());
  if (lhs.getRank() == 2 && rhs.getRank() == 2 && lb.empty() && lc.size() == 1 && isFloat) {
    Value bias;
    AddOp add = e.biasAdd(op, 1, bias);
    if (!add && (e.opset < 11 || (lc[0] == 1 && rc[0] == 0))) {
      // Gemm without a third operand came with opset 11.
      std::string left = lc[0] == 1 ? a : e.transpose(a, {1, 0}), right = rc[0] == 0 ? b : e.transpose(b, {1, 0});
      return put(e, op, "MatMul", {left, right});
    }
    SmallVector<std::string> inputs = {a, b};
    if (add)
      inputs.push_back(e.name(bias));
    Value result = add ? add.getResult() : dot.getResult();
    auto &node = e.node("Gemm", inputs, {e.define(result)}, add ? 7 : 11);
    if (lc[0] == 0)
      setAttr(node, "transA", int64_t(1));
    if (rc[0] == 1)
      setAttr(node, "transB", int64_t(1));
    if (add)
      e.merge(add);
    return success();
  }
  // Matrices at the end, batch dimensions in front: numpy's matmul.
  bool leading = lb == rb && lc.size() == 1 && lc[0] == lhs.getRank() - 1;
  for (size_t i = 0; leading && i < lb.size(); ++i)
    leading = lb[i] == int64_t(i);
  bool matrices = int64_t(lb.size()) == lhs.getRank() - 2 && lhs.getRank() == rhs.getRank() && rc.size() == 1 &&
                  rc[0] == rhs.getRank() - 2;
  bool sharedRight = lb.empty() && rhs.getRank() == 2 && lc.size() == 1 && rc[0] == 0;
  if (leading && (matrices || sharedRight))
    return put(e, op, "MatMul", {a, b}, isFloat ? 1 : 9);
  if (e.opset < 12 && lhs.hasStaticShape() && rhs.hasStaticShape()) {
    // Einsum came with opset 12: batch, rows and columns each become one dimension, and a matrix product does it.
    auto flat = [&](const std::string &x, RankedTensorType type, ArrayRef<int64_t> first, ArrayRef<int64_t> second,
                    ArrayRef<int64_t> third) {
      SmallVector<int64_t> perm, shape;
      for (ArrayRef<int64_t> part : {first, second, third}) {
        shape.push_back(1);
        for (int64_t d : part) {
          perm.push_back(d);
          shape.back() *= type.getDimSize(d);
        }
      }
      return e.reshape(llvm::is_sorted(perm) ? x : e.transpose(x, perm), shape);
    };
    auto lf = dot.getLhsFree(), rf = dot.getRhsFree();
    std::string product = e.temp("MatMul", {flat(a, lhs, lb, lf, lc), flat(b, rhs, rb, rc, rf)}, isFloat ? 1 : 9);
    return put(e, op, "Reshape", {product, e.ints(typeOf(dot.getResult()).getShape())}, 5);
  }
  std::string left(size_t(lhs.getRank()), '?'), right(size_t(rhs.getRank()), '?'), out;
  char next = 'a';
  for (auto [l, r] : llvm::zip(lb, rb))
    left[l] = right[r] = next, out += next++;
  for (auto [l, r] : llvm::zip(lc, rc))
    left[l] = right[r] = next++;
  for (std::string *side : {&left, &right})
    for (char &label : *side)
      if (label == '?')
        label = next++, out += label;
  auto &node = e.node("Einsum", {a, b}, {e.define(dot.getResult())}, 12);
  setAttr(node, "equation", left + "," + right + "->" + out);
  return success();
}

//===--- Composites ---------------------------------------------------------------------------------------------===//

template <typename Op, const char *type> LogicalResult softmax(E &e, Operation *op) {
  int64_t axis = cast<Op>(op).getAxis(), rank = typeOf(op->getResult(0)).getRank();
  std::string x = e.name(op->getOperand(0));
  if (e.opset >= 13 || axis == rank - 1) {
    setAttr(e.node(type, {x}, {e.define(op->getResult(0))}), "axis", axis);
    return success();
  }
  // Before opset 13 everything from `axis` on was one row.
  std::vector<int64_t> perm(rank);
  for (int64_t d = 0; d < rank; ++d)
    perm[d] = d;
  std::swap(perm[axis], perm[rank - 1]);
  onnx::NodeProto *node;
  std::string r = e.temp(type, {e.transpose(x, perm)}, 1, &node);
  setAttr(*node, "axis", rank - 1);
  setAttr(e.node("Transpose", {r}, {e.define(op->getResult(0))}), "perm", perm);
  return success();
}

LogicalResult batchNorm(E &e, Operation *op) {
  auto norm = cast<BatchNormOp>(op);
  if (norm.getAxis() != 1)
    return e.fail("batch normalisation of dimension " + Twine(norm.getAxis()) + "; ONNX has it for dimension 1");
  SmallVector<std::string> inputs;
  for (Value operand : op->getOperands())
    inputs.push_back(e.name(operand));
  auto &node = e.node("BatchNormalization", inputs, {e.define(norm.getResult())});
  setAttr(node, "epsilon", float(norm.getEpsilon().convertToDouble()));
  if (e.opset < 7)
    setAttr(node, "is_test", int64_t(1));
  return success();
}
LogicalResult batchNormTraining(E &e, Operation *op) {
  auto norm = cast<BatchNormTrainingOp>(op);
  if (norm.getAxis() != 1)
    return e.fail("batch normalisation of dimension " + Twine(norm.getAxis()) + "; ONNX has it for dimension 1");
  // With momentum 0 the running statistics are those of the batch.
  auto scale = typeOf(norm.getScale());
  std::string kept[2];
  float momentum = 0;
  bool used = !norm.getMean().use_empty() || !norm.getVariance().use_empty();
  if (!used)
    for (const Follower &f : followersOf(op))
      if (f.result == 1 || f.result == 2) {
        kept[f.result - 1] = e.weight(f.weight.getValue());
        momentum = float(f.keep);
      }
  for (std::string &name : kept)
    if (name.empty())
      name = e.initializer(Tensor::filled(dtypeOf(scale.getElementType()), scale.getShape().vec(), 0));
  std::vector<std::string> outputs{e.define(norm.getResult())};
  if (used) // statistics that nobody reads would be read when the file comes back
    outputs.insert(outputs.end(), {e.define(norm.getMean()), e.define(norm.getVariance())});
  auto &node =
      e.node("BatchNormalization",
             {e.name(norm.getX()), e.name(norm.getScale()), e.name(norm.getBias()), kept[0], kept[1]}, outputs, 14);
  setAttr(node, "epsilon", float(norm.getEpsilon().convertToDouble()));
  setAttr(node, "momentum", momentum);
  setAttr(node, "training_mode", int64_t(1));
  return success();
}
LogicalResult layerNorm(E &e, Operation *op) {
  auto norm = cast<LayerNormOp>(op);
  auto &node = e.node("LayerNormalization", {e.name(norm.getX()), e.name(norm.getScale()), e.name(norm.getBias())},
                      {e.define(norm.getResult())}, 17);
  setAttr(node, "epsilon", float(norm.getEpsilon().convertToDouble()));
  setAttr(node, "axis", int64_t(norm.getAxis()));
  return success();
}

LogicalResult dropout(E &e, Operation *op) {
  auto drop = cast<DropoutOp>(op);
  float ratio = float(drop.getRatio().convertToDouble());
  bool older = e.opset < 12 && !drop.getAlways();
  SmallVector<std::string> inputs = {e.name(drop.getX())};
  if (!older)
    inputs.push_back(e.scalar(getElementTypeOrSelf(drop.getType()), ratio));
  if (drop.getAlways())
    inputs.push_back(e.initializer(Tensor::filled(DType::Bool, {}, 1)));
  auto &node = e.node("Dropout", inputs, {e.define(drop.getResult())}, older ? 7 : 12);
  if (older)
    setAttr(node, "ratio", ratio);
  else if (drop.getSeed() > 0)
    setAttr(node, "seed", int64_t(drop.getSeed()) - 1);
  return success();
}

LogicalResult crossEntropy(E &e, Operation *op) {
  return put(e, op, "SoftmaxCrossEntropyLoss", {e.name(op->getOperand(0)), e.name(op->getOperand(1))}, 12);
}

constexpr char And[] = "And", Or[] = "Or", Xor[] = "Xor", Not[] = "Not", BitwiseAnd[] = "BitwiseAnd",
               BitwiseOr[] = "BitwiseOr", BitwiseXor[] = "BitwiseXor", BitwiseNot[] = "BitwiseNot", Add[] = "Add",
               Mul[] = "Mul", Softmax[] = "Softmax", LogSoftmax[] = "LogSoftmax";

const ExportRow rows[] = {
    {"dlc.abs", "Abs", 6},
    {"dlc.add", "Add", 7, sum<Add, Or>},
    {"dlc.and", "And", 7, bits<And, BitwiseAnd>},
    {"dlc.arg_reduce", "ArgMax", 1, argReduce},
    {"dlc.batch_norm", "BatchNormalization", 7, batchNorm},
    {"dlc.batch_norm_training", "BatchNormalization", 14, batchNormTraining},
    {"dlc.cast", "Cast", 6, cast_},
    {"dlc.ceil", "Ceil", 6},
    {"dlc.compare", "Equal", 7, compare},
    {"dlc.concat", "Concat", 4, concat},
    {"dlc.conv", "Conv", 1, conv, prepareConv},
    {"dlc.cos", "Cos", 7},
    {"dlc.div", "Div", 6},
    {"dlc.dot_general", "MatMul", 1, dot},
    {"dlc.dropout", "Dropout", 7, dropout},
    {"dlc.erf", "Erf", 9},
    {"dlc.exp", "Exp", 6},
    {"dlc.expm1", "Exp", 7, expm1},
    {"dlc.floor", "Floor", 6},
    {"dlc.gather", "Gather", 1, gather},
    {"dlc.sort", "TopK", 11, sort},
    {"dlc.iota", "Expand", 8, iota},
    {"dlc.layer_norm", "LayerNormalization", 17, layerNorm},
    {"dlc.log", "Log", 6},
    {"dlc.log1p", "Log", 7, log1p},
    {"dlc.log_softmax", "LogSoftmax", 1, softmax<LogSoftmaxOp, LogSoftmax>},
    {"dlc.logistic", "Sigmoid", 6},
    {"dlc.max", "Max", 8},
    {"dlc.min", "Min", 8},
    {"dlc.mul", "Mul", 7, sum<Mul, And>},
    {"dlc.neg", "Neg", 6},
    {"dlc.not", "Not", 1, bits<Not, BitwiseNot>},
    {"dlc.or", "Or", 7, bits<Or, BitwiseOr>},
    {"dlc.pad", "Pad", 2, pad},
    {"dlc.pow", "Pow", 6},
    {"dlc.reciprocal", "Reciprocal", 6},
    {"dlc.reduce", "ReduceSum", 1, reduce},
    {"dlc.reduce_window", "MaxPool", 1, reduceWindow},
    {"dlc.relu", "Relu", 6},
    {"dlc.rem", "Mod", 10, rem},
    {"dlc.reshape", "Reshape", 5, reshape},
    {"dlc.resize", "Gather", 1, resize},
    {"dlc.round", "Round", 11},
    {"dlc.rsqrt", "Reciprocal", 6, rsqrt},
    {"dlc.select", "Where", 9},
    {"dlc.sign", "Sign", 9},
    {"dlc.sin", "Sin", 7},
    {"dlc.slice", "Slice", 1, slice},
    {"dlc.softmax", "Softmax", 1, softmax<SoftmaxOp, Softmax>},
    {"dlc.softmax_cross_entropy", "SoftmaxCrossEntropyLoss", 12, crossEntropy},
    {"dlc.softsign", "Softsign", 1},
    {"dlc.sqrt", "Sqrt", 6},
    {"dlc.sub", "Sub", 6},
    {"dlc.tanh", "Tanh", 6},
    {"dlc.transpose", "Transpose", 1, transpose},
    {"dlc.xor", "Xor", 7, bits<Xor, BitwiseXor>},
};
} // namespace

const ExportRow *findExportRow(StringRef op) {
  for (const ExportRow &row : rows)
    if (op == row.op)
      return &row;
  return nullptr;
}

} // namespace dlc
