// ONNX operators that move elements, and constants; long because it is one table with a few lines for each row.
#include "frontend/Types.h"
#include "frontend/onnx/Counters.h"
#include "frontend/onnx/NodeBuilder.h"
#include "frontend/onnx/OpenTables.h"
#include "frontend/onnx/Sizes.h"
#include <numeric>

namespace dlc {
namespace {
using N = NodeBuilder;

LogicalResult constant(N &n) {
  Tensor tensor;
  if (const auto *value = findAttr(n.node, "value")) {
    std::string error;
    if (!tensorFromProto(value->t(), ".", tensor, error))
      return n.unsupported(error);
  } else if (const auto *value = findAttr(n.node, "value_float")) {
    tensor = Tensor::filled(DType::F32, {}, value->f());
  } else if (const auto *value = findAttr(n.node, "value_int")) {
    tensor = Tensor::scalarI64(value->i());
  } else if (findAttr(n.node, "value_ints")) {
    tensor = Tensor::fromI64(intsAttr(n.node, "value_ints"));
  } else if (findAttr(n.node, "value_floats")) {
    std::vector<float> values = floatsAttr(n.node, "value_floats");
    tensor = Tensor::fromBytes(DType::F32, {int64_t(values.size())},
                               std::string(reinterpret_cast<const char *>(values.data()), values.size() * 4));
  } else {
    return n.unsupported("a constant of strings or a sparse one");
  }
  if (!elementType(n.b.getContext(), tensor.dtype))
    return n.unsupported("elements of type " + Twine(dtypeName(tensor.dtype)));
  return n.setConstant(0, std::move(tensor), /*own=*/true);
}

LogicalResult identity(N &n) { return n.alias(0, 0); }

//===--- Shapes -------------------------------------------------------------------------------------------------===//

LogicalResult reshaped(N &n, ArrayRef<int64_t> shape) {
  return n.shape(0) == shape ? n.alias(0, 0) : n.set(n.reshape(n.in(0), shape));
}
LogicalResult reshape(N &n) {
  std::vector<int64_t> wanted;
  if (failed(n.ints(1, "the shape", wanted)))
    return failure();
  auto shape = reshapeNumbers(n.shape(0).vec(), wanted, n.i("allowzero", 0) != 0);
  if (!shape)
    return n.fail("'" + n.name(0) + "' of shape " + shapeName(n.shape(0).vec()) + " cannot become " +
                  shapeName(wanted));
  return reshaped(n, *shape);
}
LogicalResult flatten(N &n) {
  int64_t axis = n.i("axis", 1), rank = n.rank(0);
  axis += axis < 0 ? rank : 0;
  if (axis < 0 || axis > rank)
    return n.fail("axis " + Twine(axis) + ", but the operand has rank " + Twine(rank));
  auto shape = n.shape(0);
  return reshaped(n, {countOf(shape.take_front(axis)), countOf(shape.drop_front(axis))});
}
LogicalResult squeeze(N &n) {
  std::vector<int64_t> axes;
  if (n.has(1) && failed(n.ints(1, "the axes", axes)))
    return failure();
  SmallVector<int64_t> shape;
  for (int64_t &axis : axes) {
    if (failed(n.normalize(axis, n.rank(0))))
      return failure();
    if (n.shape(0)[axis] != 1)
      return n.fail("dimension " + Twine(axis) + " has size " + Twine(n.shape(0)[axis]) + ", but only 1 can vanish");
  }
  for (int64_t d = 0; d < n.rank(0); ++d)
    if (!(n.has(1) ? llvm::is_contained(axes, d) : n.shape(0)[d] == 1))
      shape.push_back(n.shape(0)[d]);
  return reshaped(n, shape);
}
LogicalResult unsqueeze(N &n) {
  std::vector<int64_t> axes;
  if (failed(n.ints(1, "the axes", axes)))
    return failure();
  int64_t rank = n.rank(0) + int64_t(axes.size());
  for (int64_t &axis : axes)
    if (failed(n.normalize(axis, rank)))
      return failure();
  SmallVector<int64_t> shape;
  auto next = n.shape(0).begin();
  for (int64_t d = 0; d < rank; ++d) {
    bool isNew = llvm::is_contained(axes, d);
    if (!isNew && next == n.shape(0).end())
      return n.fail("the same axis is given twice");
    shape.push_back(isNew ? 1 : *next++);
  }
  return reshaped(n, shape);
}
LogicalResult broadcastAxis(N &n) {
  int64_t axis;
  if (failed(n.axis(n.rank(0), 0, axis)))
    return failure();
  SmallVector<int64_t> shape(n.shape(1));
  // A single value goes everywhere as it is.
  if (elementCount(n.shape(1).vec()) != 1)
    shape.resize(std::max<int64_t>(n.rank(0) - axis, n.rank(1)), 1);
  return n.shape(1) == ArrayRef<int64_t>(shape) ? n.alias(0, 1) : n.set(n.reshape(n.in(1), shape));
}

LogicalResult transpose(N &n) {
  std::vector<int64_t> perm = n.is("perm");
  if (!findAttr(n.node, "perm"))
    for (int64_t d = n.rank(0); d-- > 0;)
      perm.push_back(d);
  SmallVector<int64_t> sorted(perm.begin(), perm.end());
  llvm::sort(sorted);
  for (auto [i, p] : llvm::enumerate(sorted))
    if (int64_t(i) != p || int64_t(perm.size()) != n.rank(0))
      return n.fail("perm is no permutation of the " + Twine(n.rank(0)) + " dimensions");
  return n.set(n.transpose(n.in(0), perm));
}

LogicalResult expand(N &n) {
  std::vector<int64_t> wanted;
  if (failed(n.ints(1, "the shape", wanted)))
    return failure();
  auto shape = broadcastShapes(n.shape(0).vec(), wanted);
  if (!shape)
    return n.fail("'" + n.name(0) + "' of shape " + shapeName(n.shape(0).vec()) + " does not broadcast to " +
                  shapeName(wanted));
  return n.set(n.to(n.in(0), *shape));
}
LogicalResult tile(N &n) {
  std::vector<int64_t> repeats;
  if (failed(n.ints(1, "the repeats", repeats)))
    return failure();
  if (n.inputs() == 3) { // opset 1: tiles and axis
    std::vector<int64_t> axis;
    if (failed(n.ints(2, "the axis", axis)) || axis.size() != 1 || failed(n.normalize(axis[0], n.rank(0))))
      return failure();
    if (repeats.size() != 1)
      return n.fail("wants one number of tiles");
    int64_t count = repeats[0];
    repeats.assign(n.rank(0), 1);
    repeats[axis[0]] = count;
  }
  if (int64_t(repeats.size()) != n.rank(0))
    return n.fail(Twine(repeats.size()) + " repeats for an operand of rank " + Twine(n.rank(0)));
  // x[a, b] -> x[1, a, 1, b] -> [r0, a, r1, b] -> [r0*a, r1*b]
  SmallVector<int64_t> dims, wide, shape;
  for (auto [d, repeat] : llvm::enumerate(repeats)) {
    dims.push_back(int64_t(2 * d + 1));
    wide.append({repeat, n.shape(0)[d]});
    int64_t size = times(repeat, n.shape(0)[d]);
    if (repeat < 0 || size == INT64_MAX)
      return n.fail("dimension " + Twine(d) + " of size " + Twine(n.shape(0)[d]) + " cannot be repeated " +
                    Twine(repeat) + " times");
    shape.push_back(size);
  }
  if (llvm::all_of(repeats, [](int64_t r) { return r == 1; }))
    return n.alias(0, 0);
  return n.set(n.reshape(n.o.broadcast(n.in(0), dims, tensorType(wide, n.element(0))), shape));
}

LogicalResult constantOfShape(N &n) {
  std::vector<int64_t> shape;
  if (failed(n.ints(0, "the shape", shape)))
    return failure();
  Tensor value = Tensor::filled(DType::F32, {1}, 0);
  std::string error;
  if (const auto *attr = findAttr(n.node, "value"))
    if (!tensorFromProto(attr->t(), ".", value, error) || value.elements() != 1)
      return n.fail("value should be one number");
  mlir::Type element = elementType(n.b.getContext(), value.dtype);
  if (!element)
    return n.unsupported("elements of type " + Twine(dtypeName(value.dtype)));
  value.shape.clear();
  return n.set(n.to(n.constantOf(value), shape));
}

// What is known at import is a table by now; this is a range whose length is open, or too long for one.
/// The whole number that an operand is: a constant, or a size that was cast.
std::optional<int64_t> wholeNumber(N &n, int index) {
  if (const Tensor *t = n.constant(index)) {
    double value = t->elements() == 1 ? t->f64At(0) : NAN;
    return value == std::floor(value) && std::abs(value) < (int64_t(1) << 48) ? std::optional(int64_t(value))
                                                                              : std::nullopt;
  }
  Value v = n.in(index);
  while (auto *op = v.getDefiningOp())
    if (isa<CastOp, ReshapeOp>(op))
      v = op->getOperand(0);
    else
      break;
  auto sizes = v.getDefiningOp<SizesOp>();
  ArrayRef<AffineExpr> list = sizes ? sizes.getSizes().getExprs() : ArrayRef<AffineExpr>();
  return list.size() == 1 ? std::optional(SizeTable::current()->number(list[0])) : std::nullopt;
}

LogicalResult range(N &n) {
  std::vector<int64_t> start, limit, delta;
  if (std::optional<Counter> from, until; !n.constant(0) && !n.constant(1) && n.constant(2) &&
                                          n.type(0).getNumElements() == 1 && n.type(1).getNumElements() == 1 &&
                                          (from = counterOf(n.in(0))) && (until = counterOf(n.in(1))) &&
                                          from->base == until->base && from->base) {
    // Both ends are of one counter, a constant apart.
    if (failed(n.ints(2, "the step", delta)) || delta.size() != 1 || delta[0] == 0)
      return n.fail("wants one start, one limit, and one step other than 0");
    int64_t way = (until->more - from->more) * (delta[0] < 0 ? -1 : 1), step = std::abs(delta[0]);
    auto type = tensorType({way <= 0 ? 0 : (way - 1) / step + 1}, n.element(0));
    return n.set(
        n.o.add(n.times(n.o.iota(0, type), double(delta[0])), n.o.broadcast(n.reshape(n.in(0), {}), {}, type)));
  }
  if (!isa<IntegerType>(n.element(0))) {
    auto from = wholeNumber(n, 0), until = wholeNumber(n, 1), by = wholeNumber(n, 2);
    if (!from || !until || !by)
      return n.unsupported("a range of " + describe(n.type(0)) +
                           " whose ends depend on open sizes and are no whole numbers, or of very many elements");
    start = {*from}, limit = {*until}, delta = {*by};
  } else if (failed(n.ints(0, "the start", start)) || failed(n.ints(1, "the limit", limit)) ||
             failed(n.ints(2, "the step", delta)))
    return failure();
  if (start.size() != 1 || limit.size() != 1 || delta.size() != 1 || delta[0] == 0)
    return n.fail("wants one start, one limit, and one step other than 0");
  if (isOpen(delta[0]))
    return n.unsupported("a step that depends on an open size");
  int64_t sign = delta[0] < 0 ? -1 : 1, step = delta[0] * sign;
  int64_t span = times(plus(limit[0], times(start[0], -1)), sign), count = span <= 0 ? 0 : (span - 1) / step + 1;
  if (isOpen(span))
    count = SizeTable::current()->number(canonical(SizeTable::current()->size(span).ceilDiv(uint64_t(step))));
  if (rangeOf(count).low < 0)
    return n.unsupported("a range that the ranges of open sizes let end before it starts");
  return n.set(plusSize(n, n.times(positions(n, count, n.element(0)), double(delta[0])), start[0]));
}

LogicalResult eyeLike(N &n) {
  mlir::Type element = findAttr(n.node, "dtype") ? elementType(n.b.getContext(), DType(n.i("dtype", 1))) : n.element(0);
  if (n.rank(0) != 2 || !element)
    return n.fail("wants a matrix");
  auto type = RankedTensorType::get(n.shape(0), n.b.getI64Type());
  Value row = n.o.iota(0, type), column = n.o.iota(1, type);
  return n.set(n.cast(n.compare(ComparePredicate::eq, n.plus(row, double(n.i("k", 0))), column), element));
}

LogicalResult trilu(N &n) {
  double k = 0;
  if (n.has(1) && failed(n.number(1, "k", k)))
    return failure();
  if (n.rank(0) < 2)
    return n.fail("wants at least a matrix");
  auto type = tensorType(n.shape(0), n.b.getI64Type());
  Value row = n.o.iota(n.rank(0) - 2, type), column = n.o.iota(n.rank(0) - 1, type), x = n.in(0);
  auto keep = n.i("upper", 1) ? ComparePredicate::ge : ComparePredicate::le;
  return n.set(n.o.select(n.compare(keep, n.o.sub(column, row), n.o.like(row, k)), x, n.o.like(x, 0)));
}

//===--- Slices, pads, concatenation ----------------------------------------------------------------------------===//

/// A slice along one dimension whose ends only the run knows, or whose ranges do not decide them: as many elements as
/// it may have at most are found to be as many as there are. `start` and `end` are scalars of i64.
LogicalResult foundSlice(N &n, Value &x, int64_t axis, Value start, Value end, int64_t step, int64_t most) {
  int64_t size = N::shapeOf(x)[size_t(axis)];
  auto number = [&](int64_t v) { return n.o.like(start, double(v)); };
  Value all = sizeLike(n, size, start), low = number(step > 0 ? 0 : -1), high = step > 0 ? all : n.plus(all, -1);
  auto inside = [&](Value at) {
    at = n.o.select(n.compare(ComparePredicate::lt, at, number(0)), n.o.add(at, all), at);
    return n.smaller(n.o.max(at, low), high);
  };
  Value first = inside(start), last = inside(end);
  Value way = step > 0 ? n.o.sub(last, first) : n.o.sub(first, last);
  Value count = n.o.div(n.plus(n.o.max(way, number(0)), double(std::abs(step) - 1)), number(std::abs(step)));
  auto list = tensorType({most}, n.b.getI64Type());
  Value at = n.o.add(n.times(n.o.iota(0, list), double(step)), n.o.broadcast(first, {}, list));
  SmallVector<Value> places;
  if (failed(n.found(n.smaller(count, number(most)), {at}, places)))
    return failure();
  x = GatherOp::create(n.b, n.loc, x, places[0], axis).getResult();
  return success();
}

/// A slice from one place of a loop's counter to another: its size is known. False where it is none.
bool counterSlice(N &n, Value &x, int64_t axis, Value start, Value end, int64_t step) {
  int64_t size = N::shapeOf(x)[size_t(axis)];
  auto from = counterOf(start), until = counterOf(end);
  if (step != 1 || isOpen(size) || !from || !until || from->base != until->base || !from->base || from->low < 0 ||
      until->more < from->more || until->high > size)
    return false;
  auto places = tensorType({until->more - from->more}, n.b.getI64Type());
  x = GatherOp::create(n.b, n.loc, x, n.o.add(n.o.iota(0, places), n.o.broadcast(start, {}, places)), axis);
  return true;
}

LogicalResult slice(N &n) {
  std::vector<int64_t> starts, ends, axes, steps;
  const Tensor *from = n.constant(1), *until = n.constant(2);
  size_t count = n.rank(1) == 1 ? size_t(n.shape(1)[0]) : 1;
  if (n.rank(1) > 1 || n.shape(2) != n.shape(1) || count > size_t(n.rank(0)))
    return n.fail("starts and ends are " + shapeName(n.shape(1).vec()) + " and " + shapeName(n.shape(2).vec()) +
                  ", of an operand of rank " + Twine(n.rank(0)));
  if ((from && failed(n.ints(1, "the starts", starts))) || (until && failed(n.ints(2, "the ends", ends))))
    return failure();
  axes.resize(count);
  std::iota(axes.begin(), axes.end(), 0);
  steps.assign(count, 1);
  if ((n.has(3) && failed(n.ints(3, "the axes", axes))) || (n.has(4) && failed(n.ints(4, "the steps", steps))))
    return failure();
  if (axes.size() != count || steps.size() != count)
    return n.fail("starts, ends, axes and steps differ in length");
  SmallVector<int64_t> start(n.rank(0), 0), stride(n.rank(0), 1), shape(n.shape(0));
  SmallVector<size_t> later; // those that the run decides
  for (size_t i = 0; i < count; ++i) {
    if (failed(n.normalize(axes[i], n.rank(0))))
      return failure();
    if (steps[i] == 0 || std::abs(steps[i]) > (int64_t(1) << 40))
      return n.fail("step " + Twine(steps[i]));
    auto decided = from && until ? sliceNumbers(n.shape(0)[axes[i]], starts[i], ends[i], steps[i]) : std::nullopt;
    if (!decided) {
      later.push_back(i);
      continue;
    }
    SliceRange range = *decided;
    start[axes[i]] = range.count ? range.start : 0;
    stride[axes[i]] = range.count > 1 ? range.step : 1;
    shape[axes[i]] = range.count;
  }
  Value x;
  if (hasOpen(start)) {
    x = n.in(0);
    for (int64_t d = 0; d < n.rank(0); ++d)
      x = n.slice(x, d, start[d], shape[d], stride[d]);
  } else if (n.shape(0) != ArrayRef<int64_t>(shape) || llvm::any_of(stride, [](int64_t s) { return s != 1; })) {
    x = SliceOp::create(n.b, n.loc, tensorType(shape, n.element(0)), n.in(0), start, stride);
  } else if (later.empty()) {
    return n.alias(0, 0);
  } else {
    x = n.in(0);
  }
  for (size_t i : later) {
    auto i64 = n.b.getI64Type();
    auto end = [&](int operand, const Tensor *known, const std::vector<int64_t> &numbers) {
      if (known)
        return n.reshape(n.constantOf(Tensor::fromI64({numbers[i]})), {});
      return n.reshape(n.cast(n.slice(n.reshape(n.in(operand), {int64_t(count)}), 0, int64_t(i), 1), i64), {});
    };
    Value first = end(1, from, starts), behind = end(2, until, ends);
    if (counterSlice(n, x, axes[i], first, behind, steps[i]))
      continue;
    int64_t size = rangeOf(shape[axes[i]]).high, most = (size + std::abs(steps[i]) - 1) / std::abs(steps[i]);
    // From the beginning no more than up to the end.
    if (from && until && steps[i] == 1 && starts[i] == 0 && rangeOf(ends[i]).low >= 0)
      most = std::min(most, rangeOf(ends[i]).high);
    if (failed(foundSlice(n, x, axes[i], first, behind, steps[i], most)))
      return failure();
  }
  return n.set(x);
}

LogicalResult split(N &n) {
  int64_t axis, parts = n.outputs();
  auto rounded = [](AffineExpr size) { return SizeTable::current()->number(canonical(size)); };
  if (failed(n.axis(n.rank(0), 0, axis)))
    return failure();
  if (parts == 0)
    return n.fail("it has no output");
  int64_t size = n.shape(0)[axis], chunk = isOpen(size) ? 0 : (size + parts - 1) / parts;
  std::vector<int64_t> sizes(parts, chunk);
  sizes.back() = size - chunk * (parts - 1);
  if (AffineExpr open = isOpen(size) ? SizeTable::current()->size(size) : AffineExpr();
      open && !n.has(1) && open.isMultipleOf(parts))
    sizes.assign(parts, SizeTable::current()->number(canonical(open.floorDiv(uint64_t(parts)))));
  else if (open && !n.has(1) && parts == 2) // the first is the larger one
    return failed(n.set(0, n.slice(n.in(0), axis, 0, rounded(open.ceilDiv(2))))) ||
                   failed(n.set(1, n.slice(n.in(0), axis, rounded(open.ceilDiv(2)), rounded(open.floorDiv(2)))))
               ? failure()
               : success();
  else if (open && !n.has(1))
    return n.unsupported("dimension " + Twine(axis) + " (" + describe(n.type(0)) +
                         ") is open, and is to be cut into equal parts");
  if (n.has(1) && failed(n.ints(1, "the sizes", sizes)))
    return failure();
  if (int64_t(sizes.size()) != parts || std::accumulate(sizes.begin(), sizes.end(), int64_t(0), plus) != size ||
      llvm::any_of(sizes, [](int64_t s) { return s < 0; }))
    return n.fail("dimension " + Twine(axis) + " of size " + Twine(size) + " is not split into " + shapeName(sizes));
  for (int64_t i = 0, start = 0; i < parts; start = plus(start, sizes[i++]))
    if (failed(n.set(int(i), n.slice(n.in(0), axis, start, sizes[i]))))
      return failure();
  return success();
}

LogicalResult concat(N &n) {
  int64_t axis;
  if (failed(n.axis(n.rank(0), 0, axis)))
    return failure();
  SmallVector<Value> parts;
  for (int i = 0; i < n.inputs(); ++i) {
    if (n.rank(i) != n.rank(0) || n.element(i) != n.element(0))
      return n.fail("'" + n.name(i) + "' differs from '" + n.name(0) + "' in rank or element type");
    for (int64_t d = 0; d < n.rank(0); ++d)
      if (d != axis && n.shape(i)[d] != n.shape(0)[d])
        return n.fail("'" + n.name(i) + "' is " + shapeName(n.shape(i).vec()) + " and '" + n.name(0) + "' is " +
                      shapeName(n.shape(0).vec()) + "; only dimension " + Twine(axis) + " may differ");
    if (n.shape(i)[axis] != 0)
      parts.push_back(n.in(i));
  }
  if (parts.empty())
    return n.alias(0, 0);
  return n.set(n.concat(parts, axis));
}

// Nobody pads so much; tables of indices are as long as what they pad.
constexpr int64_t longestPad = 1 << 22;

// Indices that a mode other than `constant` reads along one dimension.
std::vector<int64_t> padIndices(int64_t size, int64_t low, int64_t high, StringRef mode) {
  std::vector<int64_t> indices;
  for (int64_t at = -low; at < size + high; ++at) {
    int64_t from = at, period = 2 * (size - 1);
    if (mode == "edge")
      from = std::clamp<int64_t>(at, 0, size - 1);
    else if (mode == "wrap")
      from = ((at % size) + size) % size;
    else if (period > 0) { // reflect
      from = ((at % period) + period) % period;
      from = from < size ? from : period - from;
    } else
      from = 0;
    indices.push_back(from);
  }
  return indices;
}

LogicalResult pad(N &n) {
  std::vector<int64_t> pads, axes(n.rank(0));
  std::iota(axes.begin(), axes.end(), 0);
  if (failed(n.ints(1, "the pads", pads)) || (n.has(3) && failed(n.ints(3, "the axes", axes))))
    return failure();
  if (pads.size() != 2 * axes.size())
    return n.fail(Twine(pads.size()) + " pads for " + Twine(axes.size()) + " dimensions; two each are wanted");
  SmallVector<int64_t> low(n.rank(0), 0), high(n.rank(0), 0), none(n.rank(0), 0);
  for (size_t i = 0; i < axes.size(); ++i) {
    if (failed(n.normalize(axes[i], n.rank(0))))
      return failure();
    low[axes[i]] = pads[i];
    high[axes[i]] = pads[i + axes.size()];
    if (std::abs(pads[i]) > longestPad || std::abs(pads[i + axes.size()]) > longestPad)
      return n.fail("a pad of more than " + Twine(longestPad));
    if (rangeOf(n.shape(0)[axes[i]]).low + low[axes[i]] + high[axes[i]] < 0)
      return n.fail("pads take away more than dimension " + Twine(axes[i]) + " has");
  }
  if (llvm::all_of(pads, [](int64_t p) { return p == 0; }))
    return n.alias(0, 0);
  std::string mode = n.s("mode", "constant");
  Value x = n.in(0);
  if (mode == "constant") {
    Value value = n.has(2) ? n.cast(n.reshape(n.in(2), {}), n.element(0)) : n.o.scalar(n.element(0), 0);
    return n.set(PadOp::create(n.b, n.loc, x, value, low, high, none).getResult());
  }
  if (mode != "reflect" && mode != "edge" && mode != "wrap")
    return n.fail("mode '" + mode + "'");
  for (int64_t d = 0; d < n.rank(0); ++d)
    if (low[d] || high[d]) {
      if (n.shape(0)[d] == 0)
        return n.fail("mode '" + mode + "' has nothing to repeat: dimension " + Twine(d) + " has the size 0");
      int64_t size = n.shape(0)[d];
      Value indices = isOpen(size) ? padTable(n, size, low[d], high[d], mode)
                                   : n.constantInts(padIndices(size, low[d], high[d], mode));
      x = GatherOp::create(n.b, n.loc, x, indices, d).getResult();
    }
  return n.set(x);
}

LogicalResult gather(N &n) {
  int64_t axis;
  if (failed(n.axis(n.rank(0), 0, axis)))
    return failure();
  return n.set(GatherOp::create(n.b, n.loc, n.in(0), n.in(1), axis).getResult());
}

// All of the indexed dimensions become one, and so do the indices: one gather of rows.
LogicalResult gatherND(N &n) {
  int64_t batch = n.i("batch_dims", 0), depth = n.rank(1) > 0 ? n.shape(1).back() : 0;
  if (n.rank(1) < 1 || batch < 0 || batch + depth > n.rank(0))
    return n.fail("indices of depth " + Twine(depth) + " for an operand of rank " + Twine(n.rank(0)));
  OperandShape shape = n.shape(0), outer = n.shape(1).drop_back();
  Value indices = n.cast(n.in(1), n.b.getI64Type());
  auto at = tensorType(outer, n.b.getI64Type());
  Value flat = n.o.full(at, 0);
  for (int64_t d = 0; d < batch; ++d)
    flat = n.o.add(timesSize(n, flat, shape[d]), n.o.iota(d, at));
  for (int64_t d = 0; d < depth; ++d) {
    Value one = n.reshape(n.slice(indices, n.rank(1) - 1, d, 1), outer);
    int64_t size = shape[batch + d];
    one = n.o.select(n.compare(ComparePredicate::lt, one, n.o.like(one, 0)), plusSize(n, one, size), one);
    flat = n.o.add(timesSize(n, flat, size), one);
  }
  SmallVector<int64_t> rows = {countOf(shape.take_front(batch + depth).vec())};
  rows.append(shape.begin() + batch + depth, shape.end());
  return n.set(GatherOp::create(n.b, n.loc, n.reshape(n.in(0), rows), flat, 0).getResult());
}

// Every element has its own index along one axis: a gather of single elements from the flat operand.
LogicalResult gatherElements(N &n) {
  int64_t axis;
  if (failed(n.axis(n.rank(0), 0, axis)))
    return failure();
  if (n.rank(1) != n.rank(0))
    return n.fail("indices of rank " + Twine(n.rank(1)) + " for an operand of rank " + Twine(n.rank(0)));
  Value indices = n.cast(n.in(1), n.b.getI64Type());
  auto at = tensorType(n.shape(1), n.b.getI64Type());
  Value flat = n.o.full(at, 0);
  for (int64_t d = 0; d < n.rank(0); ++d) {
    int64_t size = n.shape(0)[d];
    Value one = d == axis ? indices : n.o.iota(d, at);
    if (d == axis)
      one = n.o.select(n.compare(ComparePredicate::lt, one, n.o.like(one, 0)), plusSize(n, one, size), one);
    flat = n.o.add(timesSize(n, flat, size), one);
  }
  return n.set(GatherOp::create(n.b, n.loc, n.reshape(n.in(0), {countOf(n.shape(0).vec())}), flat, 0).getResult());
}

LogicalResult depthToSpace(N &n) {
  int64_t block = n.i("blocksize", 0);
  if (n.rank(0) != 4 || block < 1 || block > INT32_MAX || n.shape(0)[1] % (block * block) != 0)
    return n.fail("wants an operand of rank 4 whose channels are a multiple of blocksize^2");
  int64_t batch = n.shape(0)[0], channels = n.shape(0)[1] / (block * block), h = n.shape(0)[2], w = n.shape(0)[3];
  bool depthFirst = n.s("mode", "DCR") == "DCR";
  Value x = depthFirst ? n.reshape(n.in(0), {batch, block, block, channels, h, w})
                       : n.reshape(n.in(0), {batch, channels, block, block, h, w});
  x = depthFirst ? n.transpose(x, {0, 3, 4, 1, 5, 2}) : n.transpose(x, {0, 1, 4, 2, 5, 3});
  return n.set(n.reshape(x, {batch, channels, elementCount({h, block}), elementCount({w, block})}));
}
LogicalResult spaceToDepth(N &n) {
  int64_t block = n.i("blocksize", 0);
  if (n.rank(0) != 4 || block < 1 || n.shape(0)[2] % block != 0 || n.shape(0)[3] % block != 0)
    return n.fail("wants an operand of rank 4 whose spatial sizes are multiples of blocksize");
  int64_t batch = n.shape(0)[0], channels = n.shape(0)[1], h = n.shape(0)[2] / block, w = n.shape(0)[3] / block;
  bool depthFirst = n.s("mode", "DCR") == "DCR"; // of opset 28
  Value x = n.reshape(n.in(0), {batch, channels, h, block, w, block});
  x = depthFirst ? n.transpose(x, {0, 3, 5, 1, 2, 4}) : n.transpose(x, {0, 1, 3, 5, 2, 4});
  return n.set(n.reshape(x, {batch, elementCount({channels, block, block}), h, w}));
}

LogicalResult oneHot(N &n) {
  std::vector<int64_t> depth;
  if (failed(n.ints(1, "the depth", depth)))
    return failure();
  if (depth.size() != 1 || n.rank(2) != 1 || n.shape(2)[0] != 2)
    return n.fail("wants one depth, and two values: off and on");
  int64_t rank = n.rank(0) + 1, axis;
  if (failed(n.axis(rank, -1, axis)))
    return failure();
  SmallVector<int64_t> shape(n.shape(0)), dims;
  shape.insert(shape.begin() + axis, depth[0]);
  for (int64_t d = 0; d < rank; ++d)
    if (d != axis)
      dims.push_back(d);
  auto type = tensorType(shape, n.b.getI64Type());
  Value indices = n.cast(n.in(0), n.b.getI64Type());
  indices = n.o.select(n.compare(ComparePredicate::lt, indices, n.o.like(indices, 0)), plusSize(n, indices, depth[0]),
                       indices);
  Value hot = n.compare(ComparePredicate::eq, n.o.broadcast(indices, dims, type), n.o.iota(axis, type));
  Value values = n.in(2);
  Value off = n.to(n.reshape(n.slice(values, 0, 0, 1), {}), shape),
        on = n.to(n.reshape(n.slice(values, 0, 1, 1), {}), shape);
  return n.set(n.o.select(hot, on, off));
}

LogicalResult reverseSequence(N &n) {
  int64_t batch = n.i("batch_axis", 1), time = n.i("time_axis", 0);
  if (n.rank(0) < 2 || failed(n.normalize(batch, n.rank(0))) || failed(n.normalize(time, n.rank(0))))
    return failure();
  // index = t < length ? length - 1 - t : t, gathered from the flat operand
  auto at = tensorType(n.shape(0), n.b.getI64Type());
  Value length = n.o.broadcast(n.cast(n.in(1), n.b.getI64Type()), {batch}, at), t = n.o.iota(time, at);
  Value back = n.plus(n.o.sub(length, t), -1);
  Value from = n.o.select(n.compare(ComparePredicate::lt, t, length), back, t), flat = n.o.full(at, 0);
  for (int64_t d = 0; d < n.rank(0); ++d)
    flat = n.o.add(timesSize(n, flat, n.shape(0)[d]), d == time ? from : n.o.iota(d, at));
  return n.set(GatherOp::create(n.b, n.loc, n.reshape(n.in(0), {countOf(n.shape(0).vec())}), flat, 0).getResult());
}

const ImportRow rows[] = {
    {"BroadcastAxis", 2, broadcastAxis, OpenDims::any},
    {"Concat", 1, concat, OpenDims::any},
    {"Constant", 0, constant},
    {"ConstantOfShape", 1, constantOfShape, OpenDims::any},
    {"DepthToSpace", 1, depthToSpace, OpenDims::leading},
    {"Expand", 2, expand, OpenDims::any},
    {"EyeLike", 1, eyeLike},
    {"Flatten", 1, flatten, OpenDims::any},
    {"Gather", 2, gather, OpenDims::any},
    {"GatherElements", 2, gatherElements, OpenDims::any},
    {"GatherND", 2, gatherND, OpenDims::any},
    {"Identity", 1, identity, OpenDims::any},
    {"OneHot", 3, oneHot, OpenDims::any},
    {"Pad", 2, pad, OpenDims::any},
    {"Range", 3, range},
    {"Reshape", 2, reshape, OpenDims::any},
    {"ReverseSequence", 2, reverseSequence, OpenDims::any},
    {"Slice", 3, slice, OpenDims::any},
    {"SpaceToDepth", 1, spaceToDepth, OpenDims::leading},
    {"Split", 1, split, OpenDims::any},
    {"Squeeze", 1, squeeze, OpenDims::any},
    {"Tile", 2, tile, OpenDims::any},
    {"Transpose", 1, transpose, OpenDims::any},
    {"Trilu", 1, trilu, OpenDims::any},
    {"Unsqueeze", 2, unsqueeze, OpenDims::any},
};
} // namespace

ArrayRef<ImportRow> movementRows() { return rows; }
} // namespace dlc
