#include "frontend/onnx/OpenTables.h"
#include "frontend/onnx/Sizes.h"

namespace dlc {

Value sizeLike(NodeBuilder &n, int64_t size, Value like) {
  return isOpen(size) ? n.o.sizeLike(SizeTable::current()->size(size), like) : n.o.like(like, double(size));
}

Value timesSize(NodeBuilder &n, Value v, int64_t size) { return n.o.mul(v, sizeLike(n, size, v)); }
Value plusSize(NodeBuilder &n, Value v, int64_t size) { return n.o.add(v, sizeLike(n, size, v)); }

Value positions(NodeBuilder &n, int64_t size, Type element) { return n.o.iota(0, tensorType({size}, element)); }

Value padTable(NodeBuilder &n, int64_t size, int64_t low, int64_t high, StringRef mode) {
  Value at = n.plus(positions(n, plus(size, low + high), n.b.getI64Type()), double(-low));
  Value all = sizeLike(n, size, at), last = n.plus(all, -1);
  auto modulo = [&](Value x, Value by) { return n.binary<RemOp>(n.o.add(n.binary<RemOp>(x, by), by), by); };
  if (mode == "edge")
    return n.smaller(n.o.max(at, n.o.like(at, 0)), last);
  if (mode == "wrap")
    return modulo(at, all);
  Value period = n.times(last, 2), from = modulo(at, n.o.max(period, n.o.like(period, 1)));
  return n.o.select(n.compare(ComparePredicate::lt, from, all), from, n.o.sub(period, from));
}

Value windowCounts(NodeBuilder &n, int64_t places, int64_t window, int64_t stride, int64_t dilation, int64_t low,
                   int64_t from, int64_t size, int64_t to, Type element) {
  Value first = n.plus(n.times(positions(n, places, n.b.getI64Type()), double(stride)), double(-low)), count;
  Value begin = n.o.like(first, double(from)), end = n.plus(sizeLike(n, size, first), double(to));
  for (int64_t k = 0; k < window; ++k) {
    Value at = n.plus(first, double(k * dilation));
    Value inside = n.cast(
        n.binary<AndOp>(n.compare(ComparePredicate::ge, at, begin), n.compare(ComparePredicate::lt, at, end)), element);
    count = count ? n.o.add(count, inside) : inside;
  }
  return count;
}

} // namespace dlc
