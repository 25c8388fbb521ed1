#include "frontend/onnx/ops/ScaledDot.h"
#include "frontend/onnx/OpenTables.h"
#include "frontend/onnx/Sizes.h"

namespace dlc {
using N = NodeBuilder;
using P = ComparePredicate;
static constexpr double infinity = std::numeric_limits<double>::infinity();

Value splitHeads(N &n, Value v, int64_t heads) {
  ArrayRef<int64_t> shape = N::shapeOf(v);
  if (shape.size() != 3 || heads < 1 || isOpen(shape[2]) || shape[2] % heads != 0)
    return {};
  return n.transpose(n.reshape(v, {shape[0], shape[1], heads, shape[2] / heads}), {0, 2, 1, 3});
}
Value joinHeads(N &n, Value v) {
  SmallVector<int64_t> shape(N::shapeOf(v));
  return n.reshape(n.transpose(v, {0, 2, 1, 3}), {shape[0], shape[2], times(shape[1], shape[3])});
}

LogicalResult checkHeads(N &n, const Attention &a) {
  ArrayRef<int64_t> q = N::shapeOf(a.q), k = N::shapeOf(a.k), v = N::shapeOf(a.v);
  if (q.size() != 4 || k.size() != 4 || v.size() != 4 || hasOpen({q[1], k[1]}) || k[1] < 1 || q[1] % k[1] != 0 ||
      k[1] != v[1] || q[0] != k[0] || k[0] != v[0] || k[2] != v[2] || q[3] != k[3])
    return n.fail("query " + shapeName(q.vec()) + ", key " + shapeName(k.vec()) + " and value " + shapeName(v.vec()) +
                  " (batch, heads, length, size) do not fit together");
  if (N::elementOf(a.q) != N::elementOf(a.k))
    return n.fail("query and key differ in element type");
  return success();
}

Value scores(N &n, const Attention &a) {
  SmallVector<int64_t> q(N::shapeOf(a.q)), k(N::shapeOf(a.k));
  Value rows = n.reshape(a.q, {q[0], k[1], times(q[1] / k[1], q[2]), q[3]});
  Value product = n.o.dot(rows, a.k, {0, 1}, {0, 1}, {3}, {3});
  return n.reshape(product, {q[0], q[1], q[2], k[2]});
}
Value weighted(N &n, Value probabilities, Value values) {
  SmallVector<int64_t> p(N::shapeOf(probabilities)), v(N::shapeOf(values));
  Value rows = n.reshape(probabilities, {p[0], v[1], times(p[1] / v[1], p[2]), p[3]});
  Value product = n.o.dot(rows, values, {0, 1}, {0, 1}, {3}, {2});
  return n.reshape(product, {p[0], p[1], p[2], v[3]});
}

LogicalResult attend(N &n, Attention &a) {
  if (failed(checkHeads(n, a)))
    return failure();
  mlir::Type element = N::elementOf(a.q);
  a.q = n.times(a.q, a.scale);
  a.raw = a.capped = scores(n, a);
  if (a.softcap > 0)
    a.capped = n.times(n.unary<TanhOp>(n.times(a.raw, 1 / a.softcap)), a.softcap);
  a.biased = a.capped;
  Value shut;
  if (a.bias) {
    auto shape = broadcastShapes(N::shapeOf(a.bias).vec(), N::shapeOf(a.raw).vec());
    if (!shape || ArrayRef<int64_t>(*shape) != N::shapeOf(a.raw))
      return n.fail("a mask of " + shapeName(N::shapeOf(a.bias).vec()) + " for scores of " +
                    shapeName(N::shapeOf(a.raw).vec()));
    a.biased = n.o.add(a.capped, n.to(a.bias, *shape));
    if (a.masks) {
      Value most = n.o.reduce(ReduceKind::max, a.bias, {N::rankOf(a.bias) - 1});
      most = n.keepDims(most, N::shapeOf(a.bias), {N::rankOf(a.bias) - 1});
      shut = n.to(n.compare(P::eq, most, n.o.like(most, -infinity)), *shape);
    }
  }
  Value x = n.cast(a.biased, a.precision ? a.precision : element);
  if (shut) // no row of the softmax is -infinity alone
    x = n.o.select(shut, n.o.like(x, 0), x);
  SmallVector<int64_t> shape(N::shapeOf(x));
  if (a.sink) {
    SmallVector<int64_t> column(shape);
    column.back() = 1;
    auto type = tensorType(column, N::elementOf(x));
    x = n.concat({x, n.o.broadcast(n.cast(a.sink, N::elementOf(x)), {1}, type)}, 3);
  }
  x = SoftmaxOp::create(n.b, n.loc, x.getType(), x, 3).getResult();
  if (a.sink)
    x = n.slice(x, 3, 0, shape.back());
  if (shut)
    x = n.o.select(shut, n.o.like(x, 0), x);
  a.probabilities = n.cast(x, element);
  a.result = weighted(n, n.cast(a.probabilities, N::elementOf(a.v)), a.v);
  return success();
}

Value biasOf(N &n, Value allowed, mlir::Type element, double shut) {
  auto type = tensorType(N::shapeOf(allowed), element);
  return n.o.select(allowed, n.o.full(type, 0), n.o.full(type, shut));
}
LogicalResult addBias(N &n, Attention &a, Value more) {
  if (a.bias && failed(n.together(a.bias, more)))
    return failure();
  a.bias = a.bias ? n.o.add(a.bias, more) : more;
  return success();
}

LogicalResult addWindow(N &n, Attention &a, int64_t left, int64_t right, int64_t offset, Value offsets) {
  int64_t length = N::shapeOf(a.q)[2], keys = N::shapeOf(a.k)[2];
  SmallVector<int64_t> shape = {1, 1, length, keys};
  if (offsets)
    shape[0] = N::shapeOf(offsets)[0];
  auto type = tensorType(shape, n.b.getI64Type());
  Value distance = plusSize(n, n.o.sub(n.o.iota(2, type), n.o.iota(3, type)), offset);
  if (offsets)
    distance = n.o.add(distance, n.o.broadcast(offsets, {0}, type));
  Value allowed;
  if (left >= 0)
    allowed = n.compare(P::le, distance, n.o.like(distance, double(left)));
  if (right >= 0) {
    Value ahead = n.compare(P::ge, distance, n.o.like(distance, double(-right)));
    allowed = allowed ? n.binary<AndOp>(allowed, ahead) : ahead;
  }
  return allowed ? addBias(n, a, biasOf(n, allowed, N::elementOf(a.q))) : success();
}

LogicalResult withPast(N &n, int index, Value &v) {
  if (!n.has(index))
    return success();
  ArrayRef<int64_t> past = n.shape(index), now = N::shapeOf(v);
  if (past.size() != 4 || past[0] != now[0] || past[1] != now[1] || past[3] != now[3] ||
      n.element(index) != N::elementOf(v))
    return n.fail("'" + n.name(index) + "' of " + shapeName(past.vec()) + " does not continue " + shapeName(now.vec()));
  if (past[2] > 0)
    v = n.concat({n.in(index), v}, 2);
  return success();
}

Value written(N &n, Value cache, Value update, Value write, int64_t axis, bool circular) {
  SmallVector<int64_t> shape(N::shapeOf(cache)), from(N::shapeOf(update));
  int64_t places = shape[axis], count = from[axis];
  mlir::Type i64 = n.b.getI64Type();
  auto type = tensorType({shape[0], places}, i64);
  Value at = n.o.iota(1, type);
  if (write)
    at = n.o.sub(at, n.o.broadcast(write, {0}, type));
  if (circular) {
    Value size = sizeLike(n, places, at);
    at = n.binary<RemOp>(n.o.add(n.binary<RemOp>(at, size), size), size);
  }
  Value inside = n.binary<AndOp>(n.compare(P::ge, at, n.o.like(at, 0)), n.compare(P::lt, at, sizeLike(n, count, at)));
  // One gather from the flat update.
  auto all = tensorType(shape, i64);
  Value clamped = n.smaller(n.o.max(at, n.o.like(at, 0)), n.plus(sizeLike(n, count, at), -1)), flat = n.o.full(all, 0);
  for (int64_t d = 0; d < int64_t(shape.size()); ++d)
    flat = n.o.add(timesSize(n, flat, from[d]), d == axis ? n.o.broadcast(clamped, {0, axis}, all) : n.o.iota(d, all));
  Value values = n.reshape(update, {countOf(from)});
  Value picked = GatherOp::create(n.b, n.loc, values, flat, 0).getResult();
  Value mask = n.o.broadcast(inside, {0, axis}, tensorType(shape, n.b.getI1Type()));
  return n.o.select(mask, picked, cache);
}

Value rotated(N &n, Value x, Value cos, Value sin, bool interleaved) {
  SmallVector<int64_t> shape(N::shapeOf(x)), half(shape);
  int64_t pairs = N::shapeOf(cos).back();
  half[3] = pairs;
  auto spread = [&](Value v) {
    SmallVector<int64_t> lead(N::shapeOf(v));
    lead.insert(lead.begin() + 2, 1);
    return n.to(n.reshape(v, lead), half);
  };
  cos = spread(cos), sin = spread(sin);
  int64_t step = interleaved ? 2 : 1;
  Value a = n.slice(x, 3, 0, pairs, step), b = n.slice(x, 3, interleaved ? 1 : pairs, pairs, step);
  Value real = n.o.sub(n.o.mul(cos, a), n.o.mul(sin, b)), imaginary = n.o.add(n.o.mul(sin, a), n.o.mul(cos, b));
  Value turned;
  if (interleaved) {
    SmallVector<int64_t> one(half), both(half);
    one.push_back(1);
    both[3] = 2 * pairs;
    turned = n.reshape(n.concat({n.reshape(real, one), n.reshape(imaginary, one)}, 4), both);
  } else {
    turned = n.concat({real, imaginary}, 3);
  }
  return shape[3] == 2 * pairs ? turned : n.concat({turned, n.slice(x, 3, 2 * pairs, shape[3] - 2 * pairs)}, 3);
}

} // namespace dlc
