// ONNX operators that write at indices, in terms of gathers, comparisons and reductions.
#include "frontend/onnx/OpenTables.h"
#include "frontend/onnx/Sizes.h"
#include <cmath>
#include <limits>

namespace dlc {
namespace {
using N = NodeBuilder;

constexpr int64_t largestTable = int64_t(1) << 26; // pairs of (target, update) that are compared
bool isTooLarge(std::initializer_list<int64_t> sizes) { return elementCount(sizes) > largestTable; }

constexpr int64_t fewPairs = 1 << 14; // so many are compared faster than sorted

Value fold(N &n, const std::string &reduction, Value x, Value y) {
  return reduction == "add"   ? n.o.add(x, y)
         : reduction == "mul" ? n.o.mul(x, y)
         : reduction == "max" ? n.o.max(x, y)
                              : n.binary<MinOp>(x, y);
}

// The same by sorting: updates of one target lie side by side then, in the order in which they came. Sums of them are
// made in log2(count) steps, and each target finds its last one by bisection; no target depends on who comes first.
Value scatterSorted(N &n, Value target, Value index, Value updates, const std::string &reduction) {
  int64_t rows = N::shapeOf(target)[0], count = N::shapeOf(updates)[0], most = rangeOf(count).high;
  auto i64 = n.b.getI64Type();
  auto gather = [&](Value x, Value at) { return GatherOp::create(n.b, n.loc, x, at, 0).getResult(); };
  auto type = tensorType({count}, i64);
  auto sort = SortOp::create(n.b, n.loc, type, type, index, Value(), /*descending=*/false, 0, 0, 0);
  Value keys = sort.getValues(), sorted = gather(updates, sort.getIndex());
  if (reduction != "none") {
    auto moved = [&](Value v, double value, int64_t by) {
      SmallVector<int64_t> low(N::rankOf(v), 0), high(low), none(low);
      low[0] = by, high[0] = -by;
      return n.o.pad(v, value, low, high, none);
    };
    for (int64_t by = 1; by < most; by *= 2) {
      // Indices before the first target are nobody's.
      Value same = n.compare(ComparePredicate::eq, keys, moved(keys, -1, by));
      same = n.o.broadcast(same, {0}, tensorType(N::shapeOf(sorted), n.b.getI1Type()));
      sorted = n.o.select(same, fold(n, reduction, moved(sorted, 0, by), sorted), sorted);
    }
  }
  Value place = positions(n, rows, i64), all = sizeLike(n, count, place), end = n.o.like(place, 0);
  int64_t step = 1;
  while (step * 2 <= most)
    step *= 2;
  for (; step; step /= 2) {
    Value next = n.plus(end, double(step)), probe = n.plus(n.smaller(next, all), -1);
    Value on = n.binary<AndOp>(n.compare(ComparePredicate::le, next, all),
                               n.compare(ComparePredicate::le, gather(keys, probe), place));
    end = n.o.select(on, next, end);
  }
  Value last = n.plus(n.o.max(end, n.o.like(end, 1)), -1);
  Value some = n.binary<AndOp>(n.compare(ComparePredicate::gt, end, n.o.like(end, 0)),
                               n.compare(ComparePredicate::eq, gather(keys, last), place));
  Value picked = gather(sorted, last);
  some = n.o.broadcast(some, {0}, tensorType(N::shapeOf(target), n.b.getI1Type()));
  return n.o.select(some, reduction == "none" ? picked : fold(n, reduction, target, picked), target);
}

// target [rows, inner] with updates [count, inner] written at `index` [count] of the first dimension. Where indices are
// known, targets read from both by a table; else each target looks for the last update of its own.
LogicalResult scatterRows(N &n, Value target, Value index, const std::vector<int64_t> *known, Value updates,
                          const std::string &reduction, Value &result) {
  int64_t rows = N::shapeOf(target)[0], inner = N::shapeOf(target)[1], count = N::shapeOf(updates)[0];
  if (known && reduction == "none" && !hasOpen({rows, inner})) {
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
  if (!llvm::is_contained({"none", "add", "mul", "max", "min"}, StringRef(reduction)))
    return n.unsupported("reduction '" + reduction + "'");
  if (isOpen(rows) || isOpen(count) || isOpen(inner) ||
      elementCount({rows, count, reduction == "none" ? 1 : inner}) > fewPairs) {
    result = scatterSorted(n, target, index, updates, reduction);
    return success();
  }
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
  mlir::Type element = N::elementOf(target);
  auto cube = RankedTensorType::get({rows, count, inner}, element);
  Value wide = n.o.broadcast(updates, {1, 2}, cube);
  double infinity = std::numeric_limits<double>::infinity();
  if (auto type = dyn_cast<IntegerType>(element))
    infinity = std::pow(2.0, double(type.getWidth()) - (type.isUnsigned() ? 0 : 1)) - 1;
  double neutral = reduction == "mul" ? 1 : reduction == "max" ? -infinity : reduction == "min" ? infinity : 0;
  hot = n.o.broadcast(hot, {0, 1}, RankedTensorType::get(cube.getShape(), n.b.getI1Type()));
  Value folded = n.o.reduce(kind->second, n.o.select(hot, wide, n.o.full(cube, neutral)), {1});
  result = fold(n, reduction, target, folded);
  return success();
}

// The flat index of each update, from the components that `component(d)` gives; on the host where `table` is given.
LogicalResult scatterND(N &n) {
  int64_t depth = n.rank(1) > 0 ? n.shape(1).back() : 0;
  if (n.rank(1) < 1 || depth > n.rank(0))
    return n.fail("indices of depth " + Twine(depth) + " for an operand of rank " + Twine(n.rank(0)));
  OperandShape shape = n.shape(0);
  int64_t rows = countOf(shape.take_front(depth).vec()), inner = countOf(shape.drop_front(depth).vec());
  int64_t count = countOf(n.shape(1).drop_back().vec());
  if (countOf(n.shape(2).vec()) != times(count, inner))
    return n.fail("updates are " + shapeName(n.shape(2).vec()) + ", but the indices ask for " + Twine(count) + " x " +
                  Twine(inner) + " elements");
  Value index;
  std::vector<int64_t> known;
  const Tensor *table = n.constant(1);
  if (table && (hasOpen(*table) || hasOpen(shape.vec())))
    table = nullptr;
  if (table) {
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
    index = n.o.full(tensorType({count}, n.b.getI64Type()), 0);
    for (int64_t d = 0; d < depth; ++d) {
      Value one = n.reshape(n.slice(all, 1, d, 1), {count});
      int64_t size = shape[d];
      one = n.o.select(n.compare(ComparePredicate::lt, one, n.o.like(one, 0)), plusSize(n, one, size), one);
      index = n.o.add(timesSize(n, index, size), one);
    }
  }
  Value result;
  if (failed(scatterRows(n, n.reshape(n.in(0), {rows, inner}), index, table ? &known : nullptr,
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
  int64_t places = countOf(shape.vec()), count = countOf(n.shape(1).vec());
  auto at = tensorType(n.shape(1), n.b.getI64Type());
  Value indices = n.cast(n.in(1), n.b.getI64Type()), flat = n.o.full(at, 0);
  for (int64_t d = 0; d < n.rank(0); ++d) {
    int64_t size = shape[d];
    Value one = d == axis ? indices : n.o.iota(d, at);
    if (d == axis)
      one = n.o.select(n.compare(ComparePredicate::lt, one, n.o.like(one, 0)), plusSize(n, one, size), one);
    flat = n.o.add(timesSize(n, flat, size), one);
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
    {"BitShift", 2, bitShift, OpenDims::any},
    {"MaxUnpool", 2, maxUnpool},
    {"ScatterElements", 3, scatterElements, OpenDims::any},
    {"ScatterND", 3, scatterND, OpenDims::any},
};
} // namespace

ArrayRef<ImportRow> scatterRowsTable() { return rows; }
} // namespace dlc
