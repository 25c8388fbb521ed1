// ONNX operators that order elements, and those whose results have as many as the data say.
#include "frontend/onnx/NodeBuilder.h"
#include "frontend/onnx/OpenTables.h"
#include "frontend/onnx/Sizes.h"

namespace dlc {
namespace {
using N = NodeBuilder;
using P = ComparePredicate;

RankedTensorType ints(N &n, ArrayRef<int64_t> shape) { return tensorType(shape, n.b.getI64Type()); }
Value gather(N &n, Value x, Value index, int64_t axis) {
  return GatherOp::create(n.b, n.loc, x, index, axis).getResult();
}
Value number(N &n, Value like, int64_t v) { return n.o.like(like, double(v)); }
Value rem(N &n, Value x, int64_t by) { return n.binary<RemOp>(x, sizeLike(n, by, x)); }
Value quotient(N &n, Value x, int64_t by) { return n.o.div(x, sizeLike(n, by, x)); }

/// The first `keep` elements of each row in order, equals as they came, and where they stood.
std::pair<Value, Value> sorted(N &n, Value x, int64_t keep, bool descending = false) {
  SmallVector<int64_t> shape(N::shapeOf(x));
  shape.back() = keep;
  auto op =
      SortOp::create(n.b, n.loc, tensorType(shape, N::elementOf(x)), ints(n, shape), x, Value(), descending, 0, 0, 0);
  return {op.getValues(), op.getIndex()};
}
Value order(N &n, Value x) { return sorted(n, x, N::shapeOf(x).back()).second; }

/// The first `count` (a scalar) of `most` along `axis` of each value, a size that the run finds.
LogicalResult firstOf(N &n, Value count, int64_t most, int64_t axis, SmallVectorImpl<Value> &values) {
  SmallVector<Value> at;
  if (failed(n.found(count, {n.o.iota(0, ints(n, {most}))}, at)))
    return failure();
  for (Value &value : values)
    value = gather(n, value, at[0], axis);
  return success();
}

LogicalResult topK(N &n) {
  int64_t axis;
  if (failed(n.axis(n.rank(0), -1, axis)))
    return failure();
  int64_t size = n.shape(0)[axis], last = n.rank(0) - 1, keep = size;
  const Tensor *k = n.constant(1);
  if (elementCount(n.shape(1).vec()) != 1)
    return n.fail("k is " + shapeName(n.shape(1).vec()) + ", expected one number");
  // Where k or the size are known at run time only, so many are kept then.
  auto i64 = n.b.getI64Type();
  Value count;
  if (k) {
    keep = numberAt(*k, 0);
    auto negative = isLess(keep, 0), more = isLess(size, keep);
    if ((negative && *negative) || (more && *more))
      return n.fail("k = " + Twine(keep) + " of " + Twine(size) + " elements");
    if (!negative || !more) {
      int64_t most = std::min(rangeOf(size).high, rangeOf(keep).high);
      auto scalar = [&](int64_t number) { return n.reshape(n.constantOf(Tensor::fromI64({number})), {}); };
      count = n.smaller(scalar(size), scalar(keep));
      keep = most;
    }
  } else {
    keep = rangeOf(size).high;
    Value wanted = n.reshape(n.cast(n.in(1), i64), {}), all = n.reshape(n.constantOf(Tensor::fromI64({size})), {});
    count = n.smaller(n.o.max(wanted, n.o.like(wanted, 0)), all);
  }
  SmallVector<int64_t> swapped = llvm::to_vector(llvm::seq<int64_t>(0, last + 1));
  std::swap(swapped[size_t(axis)], swapped[size_t(last)]);
  auto turned = [&](Value v) { return axis == last ? v : n.transpose(v, swapped); };
  auto [values, index] = sorted(n, turned(n.in(0)), count ? size : keep, n.i("largest", 1));
  SmallVector<Value> results = {values, index};
  if (count && failed(firstOf(n, count, keep, last, results)))
    return failure();
  return failed(n.set(0, turned(results[0]))) ? failure() : n.set(1, turned(results[1]));
}

/// Where the true elements of a mask [size] are, in order: [size], of which the first `count` (a scalar) mean anything.
Value positions(N &n, Value mask, Value &count) {
  count = n.o.sum(n.cast(mask, n.b.getI64Type()), {0});
  return sorted(n, mask, N::shapeOf(mask)[0], /*descending=*/true).second;
}
/// These alone: as many as there are.
LogicalResult truePositions(N &n, Value mask, Value &place) {
  Value count, all = positions(n, mask, count);
  SmallVector<Value> results;
  if (failed(n.found(count, {all}, results)))
    return failure();
  place = results[0];
  return success();
}

LogicalResult nonZero(N &n) {
  int64_t rank = n.rank(0), size = countOf(n.shape(0));
  if (rank == 0)
    return n.unsupported("of a scalar");
  Value x = n.in(0), mask = x;
  if (!N::elementOf(x).isInteger(1))
    mask = n.compare(P::ne, x, n.o.like(x, 0));
  Value place;
  if (failed(truePositions(n, n.reshape(mask, {size}), place)))
    return failure();
  int64_t count = N::shapeOf(place)[0];
  SmallVector<Value> rows;
  int64_t stride = 1;
  for (int64_t d = rank; d-- > 0; stride = times(stride, n.shape(0)[d])) {
    Value index = size ? rem(n, quotient(n, place, stride), n.shape(0)[d]) : place;
    rows.insert(rows.begin(), n.reshape(index, {1, count}));
  }
  return n.set(n.concat(rows, 0));
}

LogicalResult compress(N &n) {
  Value x = n.in(0);
  int64_t axis = 0;
  if (!findAttr(n.node, "axis"))
    x = n.reshape(x, {countOf(n.shape(0))});
  else if (failed(n.axis(n.rank(0), 0, axis)))
    return failure();
  if (n.rank(1) != 1)
    return n.fail("the condition has rank " + Twine(n.rank(1)) + ", expected 1");
  // Where the sizes do not say which is less the condition is not the longer one, as ONNX wants it.
  int64_t size = n.shape(1)[0];
  if (auto less = isLess(N::shapeOf(x)[axis], size); less && *less)
    size = N::shapeOf(x)[axis];
  Value place;
  if (failed(truePositions(n, n.slice(n.in(1), 0, 0, size), place)))
    return failure();
  return n.set(gather(n, x, place, axis));
}

/// Rows whose elements stand `by` places further on, behind zeros; the last ones go.
Value moved(N &n, Value x, int64_t by) {
  SmallVector<int64_t> low(size_t(N::rankOf(x)), 0), high = low, none = low;
  low.back() = by;
  high.back() = -by;
  return n.o.pad(x, 0, low, high, none);
}

/// How many elements of each row of a mask are true up to each, with itself.
Value runningCount(N &n, Value mask) {
  int64_t last = N::rankOf(mask) - 1, size = N::shapeOf(mask)[last];
  Value count = n.cast(mask, n.b.getI64Type());
  for (int64_t step = 1; step < rangeOf(size).high; step *= 2)
    count = n.o.add(count, moved(n, count, step));
  return count;
}

/// Rows of keys in order.
struct Ordered {
  Value index, first, number; ///< whose turn it is; whether it is the first of its equals; how many others come before
};
Ordered orderedRows(N &n, Value keys) {
  int64_t last = N::rankOf(keys) - 1, size = N::shapeOf(keys)[last];
  auto [values, index] = sorted(n, keys, size);
  Value other = n.compare(P::ne, values, moved(n, values, 1));
  // NaN differs from itself, but not in order.
  if (isa<FloatType>(N::elementOf(keys))) {
    Value nan = n.compare(P::ne, values, values);
    other = n.binary<AndOp>(other, n.unary<NotOp>(n.binary<AndOp>(nan, moved(n, nan, 1))));
  }
  Value place = n.o.iota(last, ints(n, N::shapeOf(keys)));
  Value first = n.binary<OrOp>(other, n.compare(P::eq, place, n.o.like(place, 0)));
  return {index, first, n.plus(runningCount(n, first), -1)};
}

/// One number [size] for each row of x [size, width], in the rows' order: columns become numbers, and pairs of them
/// become one, until one is left.
Value rowNumbers(N &n, Value x) {
  Value columns = n.transpose(x, {1, 0});
  int64_t size = N::shapeOf(x)[0];
  while (N::shapeOf(columns)[0] > 1) {
    int64_t width = N::shapeOf(columns)[0];
    auto type = ints(n, {width, size});
    Ordered sortedRows = orderedRows(n, columns);
    // Back to where the elements were.
    Value back = n.o.add(timesSize(n, n.o.iota(0, type), size), order(n, sortedRows.index));
    Value numbers = gather(n, n.reshape(sortedRows.number, {times(width, size)}), back, 0);
    if (width % 2)
      numbers = n.o.pad(numbers, 0, {0, 0}, {1, 0}, {0, 0});
    numbers = n.reshape(numbers, {(width + 1) / 2, 2, size});
    auto half = [&](int64_t which) { return n.reshape(n.slice(numbers, 1, which, 1), {(width + 1) / 2, size}); };
    columns = n.o.add(timesSize(n, half(0), size), half(1));
  }
  return n.reshape(columns, {size});
}

LogicalResult unique(N &n) {
  Value x = n.in(0);
  int64_t axis = 0, rank = n.rank(0);
  bool flat = !findAttr(n.node, "axis"), inOrder = n.i("sorted", 1);
  if (!flat && failed(n.axis(rank, 0, axis)))
    return failure();
  SmallVector<int64_t> perm = {axis}, rest, back(size_t(rank), 0);
  for (int64_t d = 0; d < rank; ++d)
    if (d != axis) {
      perm.push_back(d);
      rest.push_back(n.shape(0)[d]);
    }
  for (int64_t d = 0; !flat && d < rank; ++d)
    back[size_t(perm[size_t(d)])] = d;
  int64_t size = flat ? countOf(n.shape(0)) : n.shape(0)[axis], width = flat ? 1 : countOf(rest);
  if (!size || !width)
    return n.unsupported("of nothing");
  if (isOpen(width))
    return n.unsupported("of parts whose size is open (" + describe(n.type(0)) + ")");
  Value rows = n.reshape(flat ? x : n.transpose(x, perm), {size, width});
  Ordered all = orderedRows(n, width == 1 ? n.reshape(rows, {size}) : rowNumbers(n, rows));
  // Where the equals of each number begin in the order, and which of them came first.
  Value count, begin = positions(n, all.first, count), index = gather(n, all.index, begin, 0);
  auto list = ints(n, {size});
  Value some = n.compare(P::lt, n.o.iota(0, list), n.o.broadcast(count, {}, list));
  Value next = n.o.pad(begin, 0, {-1}, {1}, {0});
  Value behind = n.compare(P::lt, n.plus(n.o.iota(0, list), 1), n.o.broadcast(count, {}, list));
  Value whole = sizeLike(n, size, next);
  Value counts = n.o.sub(n.o.select(behind, next, whole), begin);
  Value inverse = gather(n, all.number, order(n, all.index), 0);
  if (!inOrder) {
    // Numbers in the order in which they came.
    Value came = order(n, n.o.select(some, index, whole));
    index = gather(n, index, came, 0);
    counts = gather(n, counts, came, 0);
    inverse = gather(n, order(n, came), inverse, 0);
  }
  SmallVector<Value> there;
  if (failed(n.found(count, {index, counts}, there)))
    return failure();
  Value y = gather(n, rows, there[0], 0);
  int64_t number = N::shapeOf(there[0])[0];
  SmallVector<int64_t> shape = {number};
  llvm::append_range(shape, rest);
  y = flat ? n.reshape(y, {number}) : n.transpose(n.reshape(y, shape), back);
  if (failed(n.set(0, y)) || failed(n.set(1, there[0])) || failed(n.set(2, inverse)))
    return failure();
  return n.set(3, there[1]);
}

/// Corners {low y, low x, high y, high x} of boxes [.., 4], each without the last dimension.
std::array<Value, 4> corners(N &n, Value boxes, bool center) {
  std::array<Value, 4> part;
  SmallVector<int64_t> shape(N::shapeOf(boxes).drop_back());
  for (int64_t i = 0; i < 4; ++i)
    part[size_t(i)] = n.reshape(n.slice(boxes, int64_t(shape.size()), i, 1), shape);
  if (center) { // x, y, width, height
    Value x = part[0], y = part[1], halfWidth = n.times(part[2], 0.5), halfHeight = n.times(part[3], 0.5);
    return {n.o.sub(y, halfHeight), n.o.sub(x, halfWidth), n.o.add(y, halfHeight), n.o.add(x, halfWidth)};
  }
  return {n.binary<MinOp>(part[0], part[2]), n.binary<MinOp>(part[1], part[3]), n.o.max(part[0], part[2]),
          n.o.max(part[1], part[3])};
}

/// Candidates of each class, the best first, without those that overlap a better one.
LogicalResult nonMaxSuppression(N &n) {
  if (n.rank(0) != 3 || n.rank(1) != 3 || n.shape(0)[2] != 4 || n.shape(0)[0] != n.shape(1)[0] ||
      n.shape(0)[1] != n.shape(1)[2])
    return n.fail("boxes " + shapeName(n.shape(0).vec()) + " and scores " + shapeName(n.shape(1).vec()) +
                  ", expected [batch, boxes, 4] and [batch, classes, boxes]");
  int64_t batch = n.shape(0)[0], boxes = n.shape(0)[1], classes = n.shape(1)[1];
  for (int i : {2, 3, 4})
    if (n.has(i) && elementCount(n.shape(i).vec()) != 1)
      return n.fail("'" + n.name(i) + "' is no scalar");
  // Where the number to take is known at run time only, all may be taken.
  const Tensor *given = n.has(2) ? n.constant(2) : nullptr;
  int64_t places = n.has(2) && !given ? boxes
                   : given            ? std::clamp<int64_t>(given->i64At(0), 0, rangeOf(boxes).high)
                                      : 0;
  int64_t rows = countOf({batch, classes, places});
  Value list = n.o.full(ints(n, {0, 3}), 0);
  if (rows) {
    mlir::Type f32 = n.b.getF32Type();
    Value scores = n.in(1), lowest = n.o.like(scores, -std::numeric_limits<double>::infinity());
    auto scalar = [&](int index, mlir::Type type) { return n.cast(n.reshape(n.in(index), {}), type); };
    Value alive = n.compare(P::gt, scores, lowest); // NaN is no score
    if (n.has(4)) {
      Value least = n.o.broadcast(scalar(4, N::elementOf(scores)), {}, cast<RankedTensorType>(scores.getType()));
      alive = n.binary<AndOp>(alive, n.compare(P::gt, scores, least));
    }
    Value best = sorted(n, n.o.select(alive, scores, lowest), boxes, /*descending=*/true).second;
    Value candidates = n.o.sum(n.cast(alive, n.b.getI64Type()), {2});
    SmallVector<Value> edges;
    for (Value edge : corners(n, n.cast(n.in(0), f32), n.i("center_point_box", 0)))
      edges.push_back(n.reshape(edge, {batch, boxes, 1}));
    Value limit = n.has(3) ? scalar(3, f32) : n.o.full(RankedTensorType::get({}, f32), 0);
    Value most = given ? n.o.full(ints(n, {}), double(rangeOf(places).high)) : scalar(2, n.b.getI64Type());
    Value taken = SuppressOp::create(n.b, n.loc, ints(n, {batch, classes, places}), n.concat(edges, 2), best,
                                     candidates, limit, most);
    taken = n.reshape(taken, {rows});
    Value place;
    if (failed(truePositions(n, n.compare(P::ge, taken, number(n, taken, 0)), place)))
      return failure();
    auto column = [&](Value v) { return n.reshape(v, {N::shapeOf(place)[0], 1}); };
    list = n.concat({column(quotient(n, place, times(classes, places))),
                     column(rem(n, quotient(n, place, places), classes)), column(gather(n, taken, place, 0))},
                    1);
  }
  return n.set(list);
}

const ImportRow rows[] = {
    {"Compress", 2, compress, OpenDims::any}, {"NonMaxSuppression", 2, nonMaxSuppression, OpenDims::any},
    {"NonZero", 1, nonZero, OpenDims::any},   {"TopK", 2, topK, OpenDims::any},
    {"Unique", 1, unique, OpenDims::any},
};
} // namespace

ArrayRef<ImportRow> selectionRows() { return rows; }
} // namespace dlc
