// ONNX reductions, arg-reductions, pooling, cumulative sums.
#include "frontend/onnx/NodeBuilder.h"
#include "frontend/onnx/OpenTables.h"
#include "frontend/onnx/Sizes.h"
#include "frontend/onnx/Window.h"
#include <cmath>
#include <numeric>

namespace dlc {
namespace {
using N = NodeBuilder;

constexpr int64_t longestWindow = 256;

// The reduced dimensions, ascending; `none` where the operator is to do nothing but its elementwise part.
LogicalResult reducedDims(N &n, SmallVectorImpl<int64_t> &dims, bool &none) {
  std::vector<int64_t> axes;
  if (n.has(1) && failed(n.ints(1, "the axes", axes)))
    return failure();
  none = axes.empty() && n.i("noop_with_empty_axes", 0);
  if (axes.empty() && !none) {
    axes.resize(n.rank(0));
    std::iota(axes.begin(), axes.end(), 0);
  }
  for (int64_t axis : axes) {
    if (failed(n.normalize(axis, n.rank(0))))
      return failure();
    if (!llvm::is_contained(dims, axis))
      dims.push_back(axis);
  }
  llvm::sort(dims);
  return success();
}

using Stage = Value (*)(N &, Value);
Value same(N &, Value x) { return x; }

// before, then the fold, then after: every Reduce operator is such a chain.
template <ReduceKind kind, Stage before, Stage after> LogicalResult reduce(N &n) {
  SmallVector<int64_t> dims;
  bool none;
  if (failed(reducedDims(n, dims, none)))
    return failure();
  Value x = before(n, n.in(0));
  if (none || n.rank(0) == 0)
    return n.set(after(n, x));
  Value r = n.o.reduce(kind, x, dims);
  r = after(n, r);
  return n.set(n.i("keepdims", 1) ? n.keepDims(r, n.shape(0), dims) : r);
}
Value square(N &n, Value x) { return n.o.mul(x, x); }
Value absolute(N &n, Value x) { return n.o.abs(x); }
Value logarithm(N &n, Value x) { return n.o.log(x); }
Value root(N &n, Value x) {
  mlir::Type element = N::elementOf(x);
  return isa<FloatType>(element) ? n.o.sqrt(x) : n.cast(n.o.sqrt(n.cast(x, n.b.getF64Type())), element);
}

LogicalResult reduceMean(N &n) {
  SmallVector<int64_t> dims;
  bool none;
  if (failed(reducedDims(n, dims, none)))
    return failure();
  if (none || n.rank(0) == 0)
    return n.alias(0, 0);
  Value sum = n.o.reduce(ReduceKind::sum, n.in(0), dims);
  int64_t count = 1;
  for (int64_t d : dims)
    count = times(count, n.shape(0)[d]);
  Value by = isOpen(count) ? n.o.sizeLike(SizeTable::current()->size(count), sum) : n.o.like(sum, double(count));
  Value r = n.o.div(sum, by);
  return n.set(n.i("keepdims", 1) ? n.keepDims(r, n.shape(0), dims) : r);
}

LogicalResult reduceLogSumExp(N &n) {
  SmallVector<int64_t> dims;
  bool none;
  if (failed(reducedDims(n, dims, none)))
    return failure();
  if (none || n.rank(0) == 0)
    return n.alias(0, 0);
  Value x = n.in(0), most = n.o.reduce(ReduceKind::max, x, dims);
  Value sum = n.o.sum(n.o.exp(n.o.sub(x, n.o.unreduce(most, dims, x))), dims);
  Value r = n.o.add(n.o.log(sum), most);
  return n.set(n.i("keepdims", 1) ? n.keepDims(r, n.shape(0), dims) : r);
}

template <ReduceKind kind> LogicalResult argReduce(N &n) {
  int64_t axis;
  if (failed(n.axis(n.rank(0), 0, axis)))
    return failure();
  bool last = n.i("select_last_index", 0);
  if (last && isOpen(n.shape(0)[axis]))
    return n.unsupported("the last index along an open dimension");
  Value x = n.in(0);
  if (last)
    x = SliceOp::create(
        n.b, n.loc, x.getType(), x,
        [&] {
          SmallVector<int64_t> start(n.rank(0), 0);
          start[axis] = n.shape(0)[axis] - 1;
          return start;
        }(),
        [&] {
          SmallVector<int64_t> stride(n.rank(0), 1);
          stride[axis] = -1;
          return stride;
        }());
  Value index = ArgReduceOp::create(n.b, n.loc, kind, x, axis).getIndex();
  if (last)
    index = n.plus(n.o.neg(index), double(n.shape(0)[axis] - 1));
  return n.set(n.i("keepdims", 1) ? n.keepDims(index, n.shape(0), {axis}) : index);
}

//===--- Pooling ------------------------------------------------------------------------------------------------===//

Value reduceWindow(N &n, ReduceKind kind, Value x, const Window &w) {
  SmallVector<int64_t> ones(2, 1), zeros(2, 0);
  auto full = [&](ArrayRef<int64_t> lead, ArrayRef<int64_t> values) {
    SmallVector<int64_t> all(lead);
    llvm::append_range(all, values);
    return all;
  };
  return ReduceWindowOp::create(n.b, n.loc, kind, x, full(ones, w.size), full(ones, w.strides), full(ones, w.dilations),
                                full(zeros, w.low), full(zeros, w.high))
      .getResult();
}

LogicalResult maxPool(N &n) {
  Window w;
  if (failed(readWindow(n, n.is("kernel_shape"), w)))
    return failure();
  if (n.wants(1)) {
    // Position in the window, from there the position in the operand: flat index over the whole tensor.
    auto full = [&](int64_t lead, ArrayRef<int64_t> values) {
      SmallVector<int64_t> all(2, lead);
      llvm::append_range(all, values);
      return all;
    };
    Value inside = WindowArgmaxOp::create(n.b, n.loc, n.in(0), full(1, w.size), full(1, w.strides),
                                          full(1, w.dilations), full(0, w.low), full(0, w.high))
                       .getResult();
    inside = n.cast(inside, n.b.getI64Type());
    auto type = cast<RankedTensorType>(inside.getType());
    Value flat = n.o.full(type, 0);
    // storage_order 1 counts an image's elements with the first spatial dimension running fastest.
    SmallVector<Value> places;
    int64_t below = elementCount({w.size.begin(), w.size.end()});
    for (int64_t d = 0; d < n.rank(0); ++d) {
      Value at = n.o.iota(d, type);
      if (d >= 2) {
        size_t s = size_t(d - 2);
        below /= w.size[s];
        Value step = n.o.div(inside, n.o.like(inside, double(below)));
        step = n.binary<RemOp>(step, n.o.like(step, double(w.size[s])));
        at = n.plus(n.o.add(n.times(at, double(w.strides[s])), n.times(step, double(w.dilations[s]))),
                    double(-w.low[s]));
      }
      places.push_back(at);
    }
    for (int64_t i = 0; i < n.rank(0); ++i) {
      int64_t d = i < 2 || !n.i("storage_order", 0) ? i : n.rank(0) + 1 - i;
      flat = n.o.add(n.times(flat, double(n.shape(0)[d])), places[size_t(d)]);
    }
    if (failed(n.set(1, flat)))
      return failure();
  }
  return n.set(reduceWindow(n, ReduceKind::max, n.in(0), w));
}

constexpr int64_t longestPool = 1 << 22; // places along one dimension, for each of which a count is stored

constexpr int64_t longestOpenPool = 64; // compared place by place in the graph

} // namespace

LogicalResult maxPooled(N &n, Value x, Value &y) {
  Window w;
  if (failed(readWindow(n, n.is("kernel_shape"), N::shapeOf(x), w)))
    return failure();
  y = reduceWindow(n, ReduceKind::max, x, w);
  return success();
}

LogicalResult averagePooled(N &n, Value x, Value &y) {
  Window w;
  if (failed(readWindow(n, n.is("kernel_shape"), N::shapeOf(x), w)))
    return failure();
  ArrayRef<int64_t> shape = N::shapeOf(x);
  mlir::Type element = N::elementOf(x);
  Value sum = reduceWindow(n, ReduceKind::sum, x, w);
  bool countPad = n.i("count_include_pad", 0);
  // How many elements a window holds: constant where nothing hangs over, else known position by position.
  bool uniform = true;
  std::vector<std::vector<double>> counts(w.size.size());
  std::vector<Value> open(w.size.size()); // counts along open dimensions
  for (size_t d = 0; d < w.size.size(); ++d) {
    if (int64_t size = shape[2 + d]; isOpen(size)) {
      if (w.size[d] > longestOpenPool)
        return n.unsupported("a window of " + Twine(w.size[d]) + " along an open dimension; at most " +
                             Twine(longestOpenPool));
      open[d] = windowCounts(n, N::shapeOf(sum)[2 + d], w.size[d], w.strides[d], w.dilations[d], w.low[d],
                             countPad ? -w.low[d] : 0, size, countPad ? w.padHigh[d] : 0, element);
      uniform = false;
      continue;
    }
    if (N::shapeOf(sum)[2 + d] > longestPool)
      return n.unsupported("windows at more than " + Twine(longestPool) + " places");
    int64_t size = shape[2 + d], low = countPad ? -w.low[d] : 0, high = size + (countPad ? w.padHigh[d] : 0);
    for (int64_t at = 0; at < N::shapeOf(sum)[2 + d]; ++at) {
      int64_t inside = 0;
      for (int64_t k = 0; k < w.size[d]; ++k) {
        int64_t p = at * w.strides[d] - w.low[d] + k * w.dilations[d];
        inside += p >= low && p < high;
      }
      counts[d].push_back(double(inside));
      uniform &= inside == int64_t(counts[d][0]);
    }
  }
  if (uniform) {
    double count = 1;
    for (auto &one : counts)
      count *= one.empty() ? 1 : one[0];
    y = n.o.div(sum, n.o.like(sum, count));
    return success();
  }
  Value divisor;
  for (size_t d = 0; d < counts.size(); ++d) {
    Value one = open[d] ? open[d] : n.constantOf(counts[d], {int64_t(counts[d].size())}, element);
    one = n.o.along(one, int64_t(d) + 2, sum);
    divisor = divisor ? n.o.mul(divisor, one) : one;
  }
  y = n.o.div(sum, divisor);
  return success();
}

namespace {
LogicalResult averagePool(N &n) {
  Value y;
  return failed(averagePooled(n, n.in(0), y)) ? failure() : n.set(y);
}

LogicalResult lpPool(N &n) {
  Window w;
  if (failed(readWindow(n, n.is("kernel_shape"), w)))
    return failure();
  double p = double(n.i("p", 2));
  Value x = n.o.abs(n.in(0));
  Value sum = reduceWindow(n, ReduceKind::sum, p == 2 ? n.o.mul(x, x) : n.o.pow(x, n.o.like(x, p)), w);
  return n.set(p == 2 ? n.o.sqrt(sum) : n.o.pow(sum, n.o.like(sum, 1 / p)));
}

SmallVector<int64_t> spatial(N &n) {
  SmallVector<int64_t> dims;
  for (int64_t d = 2; d < n.rank(0); ++d)
    dims.push_back(d);
  return dims;
}
LogicalResult globalAveragePool(N &n) {
  SmallVector<int64_t> dims = spatial(n);
  return n.set(n.keepDims(n.o.mean(n.in(0), dims), n.shape(0), dims));
}
LogicalResult globalMaxPool(N &n) {
  SmallVector<int64_t> dims = spatial(n);
  return n.set(n.keepDims(n.o.reduce(ReduceKind::max, n.in(0), dims), n.shape(0), dims));
}
LogicalResult globalLpPool(N &n) {
  SmallVector<int64_t> dims = spatial(n);
  double p = double(n.i("p", 2));
  Value x = n.o.abs(n.in(0)), sum = n.o.sum(n.o.pow(x, n.o.like(x, p)), dims);
  return n.set(n.keepDims(n.o.pow(sum, n.o.like(sum, 1 / p)), n.shape(0), dims));
}

// A fold over a window that reaches back to the first element; of many elements, folds over twice as many each time.
template <ReduceKind kind> LogicalResult cumulative(N &n) {
  std::vector<int64_t> axis;
  if (failed(n.ints(1, "the axis", axis)) || axis.size() != 1 || failed(n.normalize(axis[0], n.rank(0))))
    return failure();
  int64_t d = axis[0], size = n.shape(0)[d];
  bool exclusive = n.i("exclusive", 0), reverse = n.i("reverse", 0);
  if (size == 0)
    return n.alias(0, 0);
  SmallVector<int64_t> ones(n.rank(0), 1), window = ones, low(n.rank(0), 0), high = low, none = low;
  if (int64_t most = rangeOf(size).high; isOpen(size) || size > longestWindow) {
    Value x = n.in(0);
    double neutral = kind == ReduceKind::prod ? 1 : 0;
    auto moved = [&](Value v, int64_t by) {
      low[d] = reverse ? -by : by;
      high[d] = -low[d];
      return n.o.pad(v, neutral, low, high, none);
    };
    if (exclusive)
      x = moved(x, 1);
    for (int64_t by = 1; by < most; by *= 2)
      x = kind == ReduceKind::prod ? n.o.mul(x, moved(x, by)) : n.o.add(x, moved(x, by));
    return n.set(x);
  }
  window[d] = size;
  // Exclusive: the window is moved by one, away from its own element.
  (reverse ? high : low)[d] = exclusive ? size : size - 1;
  (reverse ? low : high)[d] = exclusive ? -1 : 0;
  return n.set(ReduceWindowOp::create(n.b, n.loc, kind, n.in(0), window, ones, ones, low, high).getResult());
}

const ImportRow rows[] = {
    {"ArgMax", 1, argReduce<ReduceKind::max>, OpenDims::any},
    {"ArgMin", 1, argReduce<ReduceKind::min>, OpenDims::any},
    {"AveragePool", 1, averagePool, OpenDims::any},
    {"CumProd", 2, cumulative<ReduceKind::prod>, OpenDims::any},
    {"CumSum", 2, cumulative<ReduceKind::sum>, OpenDims::any},
    {"GlobalAveragePool", 1, globalAveragePool, OpenDims::any},
    {"GlobalLpPool", 1, globalLpPool},
    {"GlobalMaxPool", 1, globalMaxPool, OpenDims::any},
    {"LpPool", 1, lpPool, OpenDims::any},
    {"MaxPool", 1, maxPool, OpenDims::any},
    {"ReduceL1", 1, reduce<ReduceKind::sum, absolute, same>, OpenDims::any},
    {"ReduceL2", 1, reduce<ReduceKind::sum, square, root>, OpenDims::any},
    {"ReduceLogSum", 1, reduce<ReduceKind::sum, same, logarithm>, OpenDims::any},
    {"ReduceLogSumExp", 1, reduceLogSumExp, OpenDims::any},
    {"ReduceMax", 1, reduce<ReduceKind::max, same, same>, OpenDims::any},
    {"ReduceMean", 1, reduceMean, OpenDims::any},
    {"ReduceMin", 1, reduce<ReduceKind::min, same, same>, OpenDims::any},
    {"ReduceProd", 1, reduce<ReduceKind::prod, same, same>, OpenDims::any},
    {"ReduceSum", 1, reduce<ReduceKind::sum, same, same>, OpenDims::any},
    {"ReduceSumSquare", 1, reduce<ReduceKind::sum, square, same>, OpenDims::any},
};
} // namespace

ArrayRef<ImportRow> reductionRows() { return rows; }
} // namespace dlc
