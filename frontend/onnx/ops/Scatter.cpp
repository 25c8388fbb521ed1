// ONNX operators that write at indices, in terms of gathers, comparisons and reductions.
#include "frontend/onnx/NodeBuilder.h"
#include <cmath>
#include <limits>

namespace dlc {
namespace {
using N = NodeBuilder;

constexpr int64_t largestTable = int64_t(1) << 26; // pairs of (target, update) that are compared
bool isTooLarge(std::initializer_list<int64_t> sizes) { return elementCount(sizes) > largestTable; }

// target [rows, inner] with updates [count, inner] written at `index` [count] of the first dimension. Where indices are
// known, targets read from both by a table; else each target looks for the last update of its own.
LogicalResult scatterRows(N &n, Value target, Value index, const std::vector<int64_t> *known, Value updates,
                          const std::string &reduction, Value &result) {
  int64_t rows = N::shapeOf(target)[0], inner = N::shapeOf(target)[1], count = N::shapeOf(updates)[0];
  if (known && reduction == "none") {
    if (isTooLarge({rows}))
      return n.unsupported("a table of " + Twine(rows) + " places");
    std::vector<int64_t> from(rows);
    for (int64_t i = 0; i < rows; ++i)
      from[i] = i;
    for (int64_t i = 0; i < count; ++i) {
      if ((*known)[i] < 0 || (*known)[i] >= rows)
        return n.fail("index " + Twine((*known)[i]) + " outside of " + Twine(rows) + " places");
      from[(*known)[i]] = rows + i;
    }
    result = GatherOp::create(n.b, n.loc, n.concat({target, updates}, 0), n.constantInts(from), 0).getResult();
    return success();
  }
  if (isTooLarge({rows, count}))
    return n.unsupported(Twine(count) + " updates of " + Twine(rows) + " places at indices known at run time only");
  auto pairs = RankedTensorType::get({rows, count}, n.b.getI64Type());
  Value hot = n.compare(ComparePredicate::eq, n.o.iota(0, pairs), n.o.broadcast(index, {1}, pairs));
  if (reduction == "none") {
    Value number = n.o.select(hot, n.o.iota(1, pairs), n.o.full(pairs, -1));
    Value last = n.o.reduce(ReduceKind::max, number, {1});
    Value some = n.compare(ComparePredicate::ge, last, n.o.like(last, 0));
    Value picked = GatherOp::create(n.b, n.loc, updates, n.o.max(last, n.o.like(last, 0)), 0).getResult();
    some = n.o.broadcast(some, {0}, RankedTensorType::get({rows, inner}, n.b.getI1Type()));
    result = n.o.select(some, picked, target);
    return success();
  }
  static const std::map<std::string, ReduceKind> kinds = {
      {"add", ReduceKind::sum}, {"mul", ReduceKind::prod}, {"max", ReduceKind::max}, {"min", ReduceKind::min}};
  auto kind = kinds.find(reduction);
  if (kind == kinds.end())
    return n.unsupported("reduction '" + reduction + "'");
  mlir::Type element = N::elementOf(target);
  if (isTooLarge({rows, count, inner}))
    return n.unsupported("a reduction of this many updates");
  auto cube = RankedTensorType::get({rows, count, inner}, element);
  Value wide = n.o.broadcast(updates, {1, 2}, cube);
  double infinity = std::numeric_limits<double>::infinity();
  if (auto type = dyn_cast<IntegerType>(element))
    infinity = std::pow(2.0, double(type.getWidth()) - (type.isUnsigned() ? 0 : 1)) - 1;
  double neutral = reduction == "mul" ? 1 : reduction == "max" ? -infinity : reduction == "min" ? infinity : 0;
  hot = n.o.broadcast(hot, {0, 1}, RankedTensorType::get(cube.getShape(), n.b.getI1Type()));
  Value folded = n.o.reduce(kind->second, n.o.select(hot, wide, n.o.full(cube, neutral)), {1});
  result = reduction == "add"   ? n.o.add(target, folded)
           : reduction == "mul" ? n.o.mul(target, folded)
           : reduction == "max" ? n.o.max(target, folded)
                                : n.binary<MinOp>(target, folded);
  return success();
}

// The flat index of each update, from the components that `component(d)` gives; on the host where `table` is given.
LogicalResult scatterND(N &n) {
  int64_t depth = n.rank(1) > 0 ? n.shape(1).back() : 0;
  if (n.rank(1) < 1 || depth > n.rank(0))
    return n.fail("indices of depth " + Twine(depth) + " for an operand of rank " + Twine(n.rank(0)));
  OperandShape shape = n.shape(0);
  int64_t rows = elementCount(shape.take_front(depth).vec()), inner = elementCount(shape.drop_front(depth).vec());
  int64_t count = elementCount(n.shape(1).drop_back().vec());
  if (elementCount(n.shape(2).vec()) != elementCount({count, inner}))
    return n.fail("updates are " + shapeName(n.shape(2).vec()) + ", but the indices ask for " + Twine(count) + " x " +
                  Twine(inner) + " elements");
  Value index;
  std::vector<int64_t> known;
  if (const Tensor *table = n.constant(1)) {
    for (int64_t i = 0; i < count; ++i) {
      int64_t flat = 0;
      for (int64_t d = 0; d < depth; ++d) {
        int64_t given = table->i64At(i * depth + d), at = given < 0 ? given + shape[d] : given;
        if (at < 0 || at >= shape[d])
          return n.fail("index " + Twine(given) + " of dimension " + Twine(d) + ", whose size is " + Twine(shape[d]));
        flat = flat * shape[d] + at;
      }
      known.push_back(flat);
    }
    index = n.constantInts(known);
  } else {
    Value all = n.reshape(n.cast(n.in(1), n.b.getI64Type()), {count, depth});
    index = n.o.full(RankedTensorType::get({count}, n.b.getI64Type()), 0);
    for (int64_t d = 0; d < depth; ++d) {
      Value one = n.reshape(n.slice(all, 1, d, 1), {count});
      double size = double(shape[d]);
      one = n.o.select(n.compare(ComparePredicate::lt, one, n.o.like(one, 0)), n.plus(one, size), one);
      index = n.o.add(n.times(index, size), one);
    }
  }
  Value result;
  if (failed(scatterRows(n, n.reshape(n.in(0), {rows, inner}), index, n.constant(1) ? &known : nullptr,
                         n.reshape(n.in(2), {count, inner}), n.s("reduction", "none"), result)))
    return failure();
  return n.set(n.reshape(result, shape));
}

LogicalResult scatterElements(N &n) {
  int64_t axis;
  if (failed(n.axis(n.rank(0), 0, axis)))
    return failure();
  if (n.rank(1) != n.rank(0) || n.shape(1) != n.shape(2))
    return n.fail("indices and updates differ in shape, or in rank from the operand");
  OperandShape shape = n.shape(0);
  int64_t places = elementCount(shape.vec()), count = elementCount(n.shape(1).vec());
  auto at = RankedTensorType::get(n.shape(1), n.b.getI64Type());
  Value indices = n.cast(n.in(1), n.b.getI64Type()), flat = n.o.full(at, 0);
  for (int64_t d = 0; d < n.rank(0); ++d) {
    double size = double(shape[d]);
    Value one = d == axis ? indices : n.o.iota(d, at);
    if (d == axis)
      one = n.o.select(n.compare(ComparePredicate::lt, one, n.o.like(one, 0)), n.plus(one, size), one);
    flat = n.o.add(n.times(flat, size), one);
  }
  Value result;
  if (failed(scatterRows(n, n.reshape(n.in(0), {places, 1}), n.reshape(flat, {count}), nullptr,
                         n.reshape(n.in(2), {count, 1}), n.s("reduction", "none"), result)))
    return failure();
  return n.set(n.reshape(result, shape));
}

LogicalResult maxUnpool(N &n) {
  auto kernel = n.is("kernel_shape"), strides = n.is("strides"), pads = n.is("pads");
  int64_t rank = n.rank(0);
  std::vector<int64_t> shape = n.shape(0).vec(), inner;
  size_t window = size_t(std::max<int64_t>(rank - 2, 0));
  if (kernel.size() != window || (!strides.empty() && strides.size() != window) ||
      (!pads.empty() && pads.size() != 2 * window))
    return n.fail("kernel_shape, strides or pads do not match the " + Twine(window) + " spatial dimensions");
  for (int64_t d = 2; d < rank; ++d) {
    size_t s = size_t(d - 2);
    int64_t stride = strides.empty() ? 1 : strides[s], low = pads.empty() ? 0 : pads[s];
    int64_t high = pads.empty() ? 0 : pads[s + window];
    if (stride < 1 || stride > INT32_MAX || shape[d] > INT32_MAX)
      return n.fail("strides must be positive, and sizes below 2^31");
    shape[d] = (shape[d] - 1) * stride + kernel[s] - low - high;
    if (shape[d] < 0)
      return n.fail("dimension " + Twine(d) + " would have the size " + Twine(shape[d]));
  }
  inner = shape;
  if (n.has(2)) {
    if (failed(n.ints(2, "the output's shape", shape)))
      return failure();
    if (int64_t(shape.size()) != rank)
      return n.fail("the output's shape has another rank");
  }
  int64_t places = elementCount(inner), count = elementCount(n.shape(0).vec());
  Value empty = n.o.full(RankedTensorType::get({places, 1}, n.element(0)), 0), result;
  if (failed(scatterRows(n, empty, n.reshape(n.cast(n.in(1), n.b.getI64Type()), {count}), nullptr,
                         n.reshape(n.in(0), {count, 1}), "none", result)))
    return failure();
  result = n.reshape(result, inner);
  SmallVector<int64_t> low(rank, 0), high;
  for (int64_t d = 0; d < rank; ++d)
    high.push_back(shape[d] - inner[d]);
  return n.set(shape == inner ? result : n.o.pad(result, 0, low, high, SmallVector<int64_t>(rank, 0)));
}

// Shifts by a table of powers of two. Shifts by the width or more, or by less than nothing, leave the sign alone.
LogicalResult bitShift(N &n) {
  Value x = n.in(0), y = n.in(1);
  if (failed(n.together(x, y)))
    return failure();
  auto type = dyn_cast<IntegerType>(N::elementOf(x));
  if (!type)
    return n.fail("wants integers");
  std::vector<double> powers;
  for (unsigned i = 0; i < type.getWidth(); ++i)
    powers.push_back(std::pow(2.0, i));
  Value table = n.constantOf(powers, {int64_t(powers.size())}, type);
  Value by = n.cast(y, n.b.getI64Type()), zero = n.o.like(by, 0);
  Value inside = n.compare(ComparePredicate::lt, by, n.o.like(by, double(type.getWidth())));
  if (!type.isUnsigned() || type.getWidth() == 64)
    inside = n.binary<AndOp>(inside, n.compare(ComparePredicate::ge, by, zero));
  Value factor = GatherOp::create(n.b, n.loc, table, n.o.select(inside, by, zero), 0).getResult();
  if (n.s("direction", "LEFT") == "LEFT")
    return n.set(n.o.select(inside, n.o.mul(x, factor), n.o.like(x, 0)));
  if (type.isUnsigned())
    return n.set(n.o.select(inside, n.o.div(x, factor), n.o.like(x, 0)));
  // Division rounds towards zero; of the complement that is down. The least number's factor is its own sign.
  Value negative = n.compare(ComparePredicate::lt, x, n.o.like(x, 0));
  Value magnitude = n.o.select(negative, n.unary<NotOp>(x), x);
  Value highest = n.compare(ComparePredicate::lt, factor, n.o.like(factor, 0));
  Value shifted = n.o.select(highest, n.o.like(x, 0), n.o.div(magnitude, factor));
  shifted = n.o.select(inside, shifted, n.o.like(x, 0));
  return n.set(n.o.select(negative, n.unary<NotOp>(shifted), shifted));
}

const ImportRow rows[] = {
    {"BitShift", 2, bitShift},
    {"MaxUnpool", 2, maxUnpool},
    {"ScatterElements", 3, scatterElements},
    {"ScatterND", 3, scatterND},
};
} // namespace

ArrayRef<ImportRow> scatterRowsTable() { return rows; }
} // namespace dlc
