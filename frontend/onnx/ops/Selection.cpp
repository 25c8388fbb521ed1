// ONNX operators whose results have as many elements as the data say: the most that there can be are computed, and a
// count of the true ones goes with them.
#include "frontend/onnx/NodeBuilder.h"
#include "llvm/ADT/bit.h"

namespace dlc {
namespace {
using N = NodeBuilder;
using P = ComparePredicate;

constexpr int64_t pairwise = 1024; // as many are compared each with each; of more, sums and searches take log n steps

RankedTensorType ints(N &n, ArrayRef<int64_t> shape) { return RankedTensorType::get(shape, n.b.getI64Type()); }
Value gather(N &n, Value x, Value index, int64_t axis) {
  return GatherOp::create(n.b, n.loc, x, index, axis).getResult();
}
Value number(N &n, Value like, int64_t v) { return n.o.like(like, double(v)); }
Value rem(N &n, Value x, int64_t by) { return n.binary<RemOp>(x, number(n, x, by)); }
Value quotient(N &n, Value x, int64_t by) { return n.o.div(x, number(n, x, by)); }

/// How many of the first elements of a mask [size] are true, each with itself.
Value runningCount(N &n, Value mask) {
  int64_t size = N::shapeOf(mask)[0];
  Value count = n.cast(mask, n.b.getI64Type());
  if (size <= pairwise) {
    auto pairs = ints(n, {size, size});
    Value before = n.compare(P::le, n.o.iota(1, pairs), n.o.iota(0, pairs));
    return n.o.sum(n.o.select(before, n.o.broadcast(count, {1}, pairs), n.o.full(pairs, 0)), {1});
  }
  for (int64_t step = 1; step < size; step *= 2)
    count = n.o.add(count, n.o.pad(n.slice(count, 0, 0, size - step), 0, {step}, {0}, {0}));
  return count;
}

/// Where the true elements of a mask [size] are, in order: [size], of which the first `count` (a scalar) mean anything.
Value positions(N &n, Value mask, Value &count) {
  int64_t size = N::shapeOf(mask)[0];
  auto list = ints(n, {size});
  if (!size) {
    count = n.o.full(ints(n, {}), 0);
    return n.o.full(list, 0);
  }
  Value running = runningCount(n, mask), wanted = n.o.iota(0, list), place;
  count = n.reshape(n.slice(running, 0, size - 1, 1), {});
  // The place of number p is behind all those up to which there are p or fewer.
  if (size <= pairwise) {
    auto pairs = ints(n, {size, size});
    Value fewer = n.compare(P::le, n.o.broadcast(running, {1}, pairs), n.o.iota(0, pairs));
    place = n.o.sum(n.cast(fewer, n.b.getI64Type()), {1});
  } else {
    place = n.o.full(list, 0);
    for (int64_t step = int64_t(llvm::bit_floor(uint64_t(size))); step; step /= 2) {
      Value next = n.o.add(place, n.o.full(list, double(step)));
      Value inside = n.compare(P::le, next, number(n, next, size));
      Value there = gather(n, running, n.binary<MinOp>(n.plus(next, -1), number(n, next, size - 1)), 0);
      Value go = n.binary<AndOp>(inside, n.compare(P::le, there, wanted));
      place = n.o.select(go, next, place);
    }
  }
  return n.binary<MinOp>(place, number(n, place, size - 1));
}

LogicalResult nonZero(N &n) {
  int64_t rank = n.rank(0), size = elementCount(n.shape(0).vec());
  if (rank == 0)
    return n.unsupported("of a scalar");
  Value x = n.in(0), mask = x;
  if (!N::elementOf(x).isInteger(1))
    mask = n.compare(P::ne, x, n.o.like(x, 0));
  Value count, place = positions(n, n.reshape(mask, {size}), count);
  SmallVector<Value> rows;
  int64_t stride = size;
  for (int64_t d = 0; d < rank; ++d) {
    int64_t extent = n.shape(0)[d];
    stride = extent ? stride / extent : 0;
    Value index = size ? rem(n, quotient(n, place, stride), extent) : place;
    rows.push_back(n.reshape(index, {1, size}));
  }
  size_t symbol;
  if (failed(n.newSize(count, size, symbol)))
    return failure();
  return n.setFound(0, n.concat(rows, 0), symbol, 1);
}

LogicalResult compress(N &n) {
  Value x = n.in(0);
  int64_t axis = 0;
  if (!findAttr(n.node, "axis"))
    x = n.reshape(x, {elementCount(n.shape(0).vec())});
  else if (failed(n.axis(n.rank(0), 0, axis)))
    return failure();
  if (n.rank(1) != 1)
    return n.fail("the condition has rank " + Twine(n.rank(1)) + ", expected 1");
  int64_t size = std::min(n.shape(1)[0], N::shapeOf(x)[axis]);
  Value count, place = positions(n, n.slice(n.in(1), 0, 0, size), count);
  size_t symbol;
  if (failed(n.newSize(count, size, symbol)))
    return failure();
  return n.setFound(0, gather(n, x, place, axis), symbol, axis);
}

/// Rows x [size, width] beside each other: whether they are equal, and whether the other comes first in order.
void comparedRows(N &n, Value x, Value &equal, Value &otherFirst) {
  int64_t size = N::shapeOf(x)[0], width = N::shapeOf(x)[1];
  SmallVector<int64_t> cube = {size, size, width};
  auto values = RankedTensorType::get(cube, N::elementOf(x));
  Value differ = n.compare(P::ne, n.o.broadcast(x, {0, 2}, values), n.o.broadcast(x, {1, 2}, values));
  // The first column in which they differ decides.
  Value column = n.o.reduce(
      ReduceKind::min, n.o.select(differ, n.o.iota(2, ints(n, cube)), n.o.full(ints(n, cube), double(width))), {2});
  equal = n.compare(P::eq, column, number(n, column, width));
  Value at = n.binary<MinOp>(column, number(n, column, width - 1)), flat = n.reshape(x, {size * width});
  auto pairs = ints(n, {size, size});
  auto element = [&](int64_t of) {
    return gather(n, flat, n.o.add(n.times(n.o.iota(of, pairs), double(width)), at), 0);
  };
  otherFirst = n.binary<AndOp>(n.compare(P::lt, element(1), element(0)), n.unary<NotOp>(equal));
}

LogicalResult unique(N &n) {
  Value x = n.in(0);
  int64_t axis = 0, rank = n.rank(0);
  bool flat = !findAttr(n.node, "axis"), sorted = n.i("sorted", 1);
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
  int64_t size = flat ? elementCount(n.shape(0).vec()) : n.shape(0)[axis],
          width = flat ? 1 : elementCount(ArrayRef<int64_t>(rest));
  if (!size || !width)
    return n.unsupported("of nothing");
  if (elementCount({size, size, width}) > int64_t(1) << 28)
    return n.unsupported("comparing " + Twine(size) + " slices of " + Twine(width) + " elements each with each");
  Value rows = n.reshape(flat ? x : n.transpose(x, perm), {size, width}), equal, otherFirst;
  comparedRows(n, rows, equal, otherFirst);
  auto pairs = ints(n, {size, size});
  Value mine = n.o.iota(0, pairs), other = n.o.iota(1, pairs), none = n.o.full(pairs, 0);
  Value first = n.o.reduce(ReduceKind::min, n.o.select(equal, other, n.o.full(pairs, double(size))), {1});
  Value isFirst = n.compare(P::eq, first, n.o.iota(0, ints(n, {size})));
  // An element's number: how many of those that stand for all their equals come before it.
  Value before = sorted ? otherFirst : n.compare(P::lt, other, n.o.broadcast(first, {0}, pairs));
  Value stands = n.o.broadcast(isFirst, {1}, RankedTensorType::get({size, size}, n.b.getI1Type()));
  auto counted = [&](Value hot) { return n.o.sum(n.cast(hot, n.b.getI64Type()), {1}); };
  Value inverse = counted(n.binary<AndOp>(before, stands));
  // And back: of place p, the element that stands there, and how many are equal to it.
  Value here = n.compare(P::eq, n.o.broadcast(inverse, {1}, pairs), mine);
  Value index = n.o.sum(n.o.select(n.binary<AndOp>(here, stands), other, none), {1});
  Value count = n.o.sum(n.cast(isFirst, n.b.getI64Type()), {0});
  size_t symbol;
  if (failed(n.newSize(count, size, symbol)))
    return failure();
  Value y = gather(n, rows, index, 0);
  SmallVector<int64_t> shape = {size};
  llvm::append_range(shape, rest);
  y = flat ? n.reshape(y, {size}) : n.transpose(n.reshape(y, shape), back);
  if (failed(n.setFound(0, y, symbol, flat ? 0 : axis)) || failed(n.setFound(1, index, symbol, 0)) ||
      failed(n.set(2, inverse)))
    return failure();
  return n.wants(3) ? n.setFound(3, counted(here), symbol, 0) : success();
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

/// Takes the best box of each class, drops what overlaps it, and again, as often as boxes may be taken.
LogicalResult nonMaxSuppression(N &n) {
  if (n.rank(0) != 3 || n.rank(1) != 3 || n.shape(0)[2] != 4 || n.shape(0)[0] != n.shape(1)[0] ||
      n.shape(0)[1] != n.shape(1)[2])
    return n.fail("boxes " + shapeName(n.shape(0).vec()) + " and scores " + shapeName(n.shape(1).vec()) +
                  ", expected [batch, boxes, 4] and [batch, classes, boxes]");
  int64_t batch = n.shape(0)[0], boxes = n.shape(0)[1], classes = n.shape(1)[1];
  // Where the number to take is known at run time only, all may be taken.
  const Tensor *given = n.has(2) ? n.constant(2) : nullptr;
  if (n.has(2) && elementCount(n.shape(2).vec()) != 1)
    return n.fail("max_output_boxes_per_class is no scalar");
  bool open = n.has(2) && !given;
  int64_t rounds = open ? boxes : given ? std::clamp<int64_t>(given->i64At(0), 0, boxes) : 0;
  int64_t rows = elementCount({batch, classes, rounds});
  constexpr int64_t mostRounds = 512;
  if (rounds > mostRounds)
    return n.unsupported("taking " + Twine(rounds) + " boxes a class (at most " + Twine(mostRounds) +
                         "): make max_output_boxes_per_class smaller");
  mlir::Type element = n.element(0);
  auto grid = RankedTensorType::get({batch, classes, boxes}, element);
  auto scalar = [&](int index) { return n.o.broadcast(n.reshape(n.in(index), {}), {}, grid); };
  Value list = n.o.full(ints(n, {0, 3}), 0), count = n.o.full(ints(n, {}), 0);
  size_t symbol;
  if (rows) {
    Value scores = n.in(1), alive = n.compare(P::eq, scores, scores); // NaN is no score
    if (n.has(4))
      alive = n.compare(P::gt, scores, scalar(4));
    Value limit = n.has(3) ? scalar(3) : n.o.full(grid, 0), zero = n.o.full(grid, 0);
    bool center = n.i("center_point_box", 0);
    auto all = corners(n, n.in(0), center);
    Value flat = n.reshape(n.in(0), {batch * boxes, 4});
    auto classGrid = ints(n, {batch, classes});
    auto spread = [&](Value v) { return n.o.broadcast(v, {0, 2}, grid); };
    auto picked = [&](Value v) { return n.o.broadcast(v, {0, 1}, grid); };
    auto area = [&](const std::array<Value, 4> &c) { return n.o.mul(n.o.sub(c[2], c[0]), n.o.sub(c[3], c[1])); };
    Value areas = spread(area(all)), lowest = n.o.full(grid, -std::numeric_limits<double>::infinity());
    SmallVector<Value> indices, valid;
    for (int64_t round = 0; round < rounds; ++round) {
      auto best = ArgReduceOp::create(n.b, n.loc, ReduceKind::max, n.o.select(alive, scores, lowest), 2);
      Value some =
          n.compare(P::gt, best.getValue(), n.o.like(best.getValue(), -std::numeric_limits<double>::infinity()));
      if (open) {
        Value most = n.o.broadcast(n.reshape(n.cast(n.in(2), n.b.getI64Type()), {}), {}, classGrid);
        some = n.binary<AndOp>(some, n.compare(P::gt, most, number(n, most, round)));
      }
      indices.push_back(n.reshape(best.getIndex(), {batch, classes, 1}));
      valid.push_back(n.reshape(some, {batch, classes, 1}));
      if (round + 1 == rounds)
        break;
      Value row = n.o.add(n.times(n.o.iota(0, classGrid), double(boxes)), best.getIndex());
      auto one = corners(n, gather(n, flat, row, 0), center);
      Value height = n.o.sub(n.binary<MinOp>(spread(all[2]), picked(one[2])), n.o.max(spread(all[0]), picked(one[0])));
      Value width = n.o.sub(n.binary<MinOp>(spread(all[3]), picked(one[3])), n.o.max(spread(all[1]), picked(one[1])));
      Value common = n.o.mul(n.o.max(height, zero), n.o.max(width, zero)), own = picked(area(one));
      Value together = n.o.sub(n.o.add(areas, own), common);
      // What has no area overlaps nothing.
      Value solid = n.binary<AndOp>(n.compare(P::gt, areas, zero), n.compare(P::gt, own, zero));
      solid = n.binary<AndOp>(solid, n.compare(P::gt, common, zero));
      Value over = n.compare(P::gt, n.o.div(common, n.o.select(solid, together, n.o.full(grid, 1))), limit);
      Value same = n.compare(P::eq, n.o.iota(2, ints(n, grid.getShape())),
                             n.o.broadcast(best.getIndex(), {0, 1}, ints(n, grid.getShape())));
      Value drop = n.binary<OrOp>(same, n.binary<AndOp>(solid, over));
      alive = n.binary<AndOp>(alive, n.unary<NotOp>(drop));
    }
    Value index = n.reshape(n.concat(indices, 2), {rows}),
          place = positions(n, n.reshape(n.concat(valid, 2), {rows}), count);
    auto column = [&](Value v) { return n.reshape(v, {rows, 1}); };
    list = n.concat({column(quotient(n, place, classes * rounds)), column(rem(n, quotient(n, place, rounds), classes)),
                     column(gather(n, index, place, 0))},
                    1);
  }
  if (failed(n.newSize(count, rows, symbol)))
    return failure();
  return n.setFound(0, list, symbol, 0);
}

const ImportRow rows[] = {
    {"Compress", 2, compress},
    {"NonMaxSuppression", 2, nonMaxSuppression},
    {"NonZero", 1, nonZero},
    {"Unique", 1, unique},
};
} // namespace

ArrayRef<ImportRow> selectionRows() { return rows; }
} // namespace dlc
