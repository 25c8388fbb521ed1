// ONNX operators that sample between elements: Resize along each axis, GridSample anywhere, RoiAlign in regions.
#include "frontend/onnx/NodeBuilder.h"
#include "frontend/onnx/OpenTables.h"
#include "frontend/onnx/Sizes.h"
#include "ir/Dims.h"
#include <cmath>
#include <numeric>

namespace dlc {
namespace {
using N = NodeBuilder;

//===--- Resize -------------------------------------------------------------------------------------------------===//

struct ResizeAxis {
  int64_t in, out;
  double scale, roiStart, roiEnd; // scale 0, of an open axis: out / in
  bool open = false;
};

double sourceCoordinate(const std::string &mode, const ResizeAxis &a, double x) {
  // ONNX means the length before it is rounded down.
  double length = a.scale * double(a.in);
  if (mode == "align_corners")
    return a.out > 1 && length > 1 ? x * double(a.in - 1) / (length - 1) : 0;
  if (mode == "asymmetric")
    return x / a.scale;
  if (mode == "pytorch_half_pixel")
    return a.out > 1 ? (x + 0.5) / a.scale - 0.5 : 0;
  if (mode == "tf_crop_and_resize")
    return a.out > 1
               ? a.roiStart * double(a.in - 1) + x * (a.roiEnd - a.roiStart) * double(a.in - 1) / double(a.out - 1)
               : 0.5 * (a.roiStart + a.roiEnd) * double(a.in - 1);
  if (mode == "tf_half_pixel_for_nn") // opset 11 alone
    return (x + 0.5) / a.scale;
  if (mode == "half_pixel_symmetric") {
    double adjustment = double(a.out) / (a.scale * double(a.in)), centre = double(a.in) / 2;
    return centre * (1 - adjustment) + (x + 0.5) / a.scale - 0.5;
  }
  return (x + 0.5) / a.scale - 0.5; // half_pixel
}

int64_t nearest(const std::string &mode, double x) {
  if (mode == "floor")
    return int64_t(std::floor(x));
  if (mode == "ceil")
    return int64_t(std::ceil(x));
  if (mode == "round_prefer_ceil")
    return int64_t(std::floor(x + 0.5));
  return int64_t(std::ceil(x - 0.5)); // round_prefer_floor
}

double cubic(double t, double a) {
  t = std::fabs(t);
  if (t <= 1)
    return ((a + 2) * t - (a + 3)) * t * t + 1;
  return t < 2 ? ((a * t - 5 * a) * t + 8 * a) * t - 4 * a : 0;
}

// out[i] = sum over taps of weights[tap][i] * in[indices[tap][i]]
struct Taps {
  std::vector<std::vector<int64_t>> indices;
  std::vector<std::vector<double>> weights;
  std::vector<bool> outside;
};

constexpr double farthest = double(int64_t(1) << 46);
constexpr int64_t longestTaps = int64_t(1) << 24; // entries of one dimension's tables

// How many of its operand's elements a result element reads along a dimension; of a linear or cubic resize, `first` is
// where they begin.
int64_t tapCount(N &n, const ResizeAxis &a, const std::string &mode, int64_t &first) {
  int64_t radius = mode == "nearest" ? 0 : mode == "linear" ? 1 : 2;
  double filter = n.i("antialias", 0) && a.scale < 1 ? a.scale : 1;
  first = radius ? int64_t(std::floor(std::max(-double(radius) / filter, -farthest))) + 1 : 0;
  return radius ? 2 - 2 * first : 1;
}

Taps makeTaps(N &n, const ResizeAxis &a, const std::string &mode, const std::string &coordinates) {
  Taps taps;
  double coefficient = n.f("cubic_coeff_a", -0.75f);
  bool antialias = n.i("antialias", 0) && a.scale < 1, exclude = n.i("exclude_outside", 0);
  std::string nearestMode = n.s("nearest_mode", "round_prefer_floor");
  double filter = antialias ? a.scale : 1;
  int64_t radius = mode == "nearest" ? 0 : mode == "linear" ? 1 : 2;
  int64_t first, count = tapCount(n, a, mode, first);
  taps.indices.assign(count, std::vector<int64_t>(a.out));
  taps.weights.assign(count, std::vector<double>(a.out));
  taps.outside.assign(a.out, false);
  for (int64_t i = 0; i < a.out; ++i) {
    double x = sourceCoordinate(coordinates, a, double(i)); // a roi can be anything
    x = std::isnan(x) ? 0 : std::clamp(x, -farthest, farthest);
    taps.outside[i] = coordinates == "tf_crop_and_resize" && (x < 0 || x > double(a.in - 1));
    int64_t base = radius ? int64_t(std::floor(x)) : nearest(nearestMode, x);
    double sum = 0;
    for (int64_t k = 0; k < count; ++k) {
      int64_t at = base + first + k;
      double t = (double(at) - x) * filter;
      double w = radius == 0 ? 1 : radius == 1 ? std::max(0.0, 1 - std::fabs(t)) : cubic(t, coefficient);
      if (exclude && (at < 0 || at >= a.in))
        w = 0;
      taps.indices[k][i] = std::clamp<int64_t>(at, 0, a.in - 1);
      taps.weights[k][i] = w;
      sum += w;
    }
    if ((antialias || exclude) && sum != 0)
      for (auto &w : taps.weights)
        w[i] /= sum;
  }
  return taps;
}

// Of an axis whose sizes are open: its tables are computed in the graph, as makeTaps does here.
LogicalResult openTaps(N &n, const ResizeAxis &a, const std::string &mode, const std::string &coordinates, Type element,
                       Value &indices, Value &weights) {
  if (coordinates == "tf_crop_and_resize" || (n.i("antialias", 0) && a.scale < 1))
    return n.unsupported("a resize with antialias or tf_crop_and_resize along an open dimension");
  Value i = positions(n, a.out, n.b.getF64Type());
  Value in = sizeLike(n, a.in, i), out = sizeLike(n, a.out, i), last = n.plus(in, -1);
  Value scale = a.scale > 0 ? n.o.like(i, a.scale) : n.o.div(out, in);
  Value length = a.scale > 0 ? n.o.mul(scale, in) : out, zero = n.o.like(i, 0), one = n.o.like(i, 1);
  Value half = n.plus(n.o.div(n.plus(i, 0.5), scale), -0.5), x = half;
  if (coordinates == "align_corners")
    x = n.o.select(n.compare(ComparePredicate::gt, length, one),
                   n.o.div(n.o.mul(i, last), n.o.max(n.plus(length, -1), n.o.like(i, 1e-9))), zero);
  else if (coordinates == "asymmetric")
    x = n.o.div(i, scale);
  else if (coordinates == "pytorch_half_pixel")
    x = n.o.select(n.compare(ComparePredicate::gt, out, one), half, zero);
  else if (coordinates == "tf_half_pixel_for_nn")
    x = n.plus(half, 0.5);
  else if (coordinates == "half_pixel_symmetric")
    x = n.o.add(half, n.o.mul(n.times(in, 0.5), n.o.sub(one, n.o.div(out, n.o.mul(scale, in)))));
  std::string how = n.s("nearest_mode", "round_prefer_floor");
  double coefficient = n.f("cubic_coeff_a", -0.75f);
  int64_t first, count = tapCount(n, a, mode, first);
  Value base = mode != "nearest" || how == "floor" ? n.o.floor(x)
               : how == "ceil"                     ? n.o.ceil(x)
               : how == "round_prefer_ceil"        ? n.o.floor(n.plus(x, 0.5))
                                                   : n.o.ceil(n.plus(x, -0.5));
  SmallVector<Value> places, factors;
  Value sum;
  auto cubicAt = [&](Value t) {
    auto by = [&](Value v, double factor, double term) { return n.plus(n.times(v, factor), term); };
    Value inner = n.plus(n.o.mul(n.o.mul(by(t, coefficient + 2, -(coefficient + 3)), t), t), 1);
    Value outer =
        n.plus(n.o.mul(n.plus(n.o.mul(by(t, coefficient, -5 * coefficient), t), 8 * coefficient), t), -4 * coefficient);
    outer = n.o.select(n.compare(ComparePredicate::lt, t, n.o.like(t, 2)), outer, zero);
    return n.o.select(n.compare(ComparePredicate::le, t, one), inner, outer);
  };
  for (int64_t k = 0; k < count; ++k) {
    Value at = n.plus(base, double(first + k)), t = n.o.abs(n.o.sub(at, x));
    Value w = mode == "cubic" ? cubicAt(t) : n.o.max(n.o.sub(one, t), zero);
    Value clamped = n.smaller(n.o.max(at, zero), last);
    if (n.i("exclude_outside", 0))
      w = n.o.select(n.compare(ComparePredicate::eq, at, clamped), w, zero);
    sum = sum ? n.o.add(sum, w) : w;
    places.push_back(n.reshape(n.cast(clamped, n.b.getIntegerType(32)), {1, a.out}));
    factors.push_back(w);
  }
  indices = n.concat(places, 0);
  if (mode == "nearest")
    return success();
  for (Value &w : factors) {
    if (n.i("exclude_outside", 0))
      w = n.o.div(w, n.o.select(n.compare(ComparePredicate::ne, sum, zero), sum, one));
    w = n.reshape(n.cast(w, element), {1, a.out});
  }
  weights = n.concat(factors, 0);
  return success();
}

// The result's size along an open axis: the scale as a fraction.
bool openSize(ResizeAxis &a) {
  for (int64_t divisor = 1; divisor <= 64; ++divisor) {
    double wide = a.scale * double(divisor);
    if (wide != std::floor(wide) || wide < 1 || wide > 1 << 20)
      continue;
    SizeTable &table = *SizeTable::current();
    a.out = table.number(canonical(table.size(times(a.in, int64_t(wide))).floorDiv(uint64_t(divisor))));
    return true;
  }
  return false;
}

LogicalResult resizeAxes(N &n, std::vector<ResizeAxis> &all) {
  std::vector<int64_t> axes = n.is("axes"), sizes;
  if (axes.empty()) {
    axes.resize(n.rank(0));
    std::iota(axes.begin(), axes.end(), 0);
  }
  for (int64_t &axis : axes)
    if (failed(n.normalize(axis, n.rank(0))))
      return failure();
  for (int64_t size : n.shape(0))
    all.push_back({size, size, 1, 0, 1});
  bool useSizes = n.has(3);
  if (!useSizes && !n.has(2))
    return n.fail("wants scales or sizes");
  if (useSizes && failed(n.ints(3, "the sizes", sizes)))
    return failure();
  const Tensor *scales = useSizes ? nullptr : n.constant(2);
  if (!useSizes && !scales)
    return n.unsupportedAtRunTime(2, "the scales");
  if ((useSizes ? int64_t(sizes.size()) : scales->elements()) != int64_t(axes.size()))
    return n.fail("scales or sizes do not match the " + Twine(axes.size()) + " dimensions");
  std::string policy = n.s("keep_aspect_ratio_policy", "stretch");
  double shared = 0;
  for (size_t i = 0; useSizes && i < axes.size(); ++i) {
    double scale = double(sizes[i]) / double(n.shape(0)[axes[i]]);
    shared = i == 0 ? scale : policy == "not_larger" ? std::min(shared, scale) : std::max(shared, scale);
  }
  const Tensor *roi = n.has(1) ? n.constant(1) : nullptr;
  for (size_t i = 0; i < axes.size(); ++i) {
    ResizeAxis &a = all[axes[i]];
    if (isOpen(a.in) || (useSizes && isOpen(sizes[i]))) {
      a.open = true;
      a.scale = useSizes ? 0 : scales->f64At(int64_t(i));
      if (useSizes)
        a.out = sizes[i];
      if (useSizes ? policy != "stretch" : a.scale != 1 && !openSize(a))
        return n.unsupported("dimension " + Twine(axes[i]) + " (" + describe(n.type(0)) +
                             ") is open, and is resized by what is no fraction of small numbers");
      if (rangeOf(a.in).low < 1 || rangeOf(a.out).low < 1)
        return n.fail("dimension " + Twine(axes[i]) + " (" + describe(n.type(0)) + ") may have no elements to resize");
      continue;
    }
    double wide = useSizes ? shared * double(a.in) : double(a.in) * scales->f64At(int64_t(i));
    if (a.in == 0 || !(wide >= 0 && wide < farthest))
      return n.fail("dimension " + Twine(axes[i]) + " of size " + Twine(a.in) + " cannot be resized");
    if (useSizes && policy == "stretch") {
      a.out = sizes[i];
      a.scale = double(a.out) / double(a.in);
    } else if (useSizes) {
      a.scale = shared;
      a.out = int64_t(std::floor(wide + 0.5));
    } else {
      a.scale = scales->f64At(int64_t(i));
      a.out = int64_t(std::floor(wide));
    }
    if (a.out < 0 || !(a.scale > 0))
      return n.fail("dimension " + Twine(axes[i]) + " of size " + Twine(a.in) + " cannot be resized");
    if (n.s("coordinate_transformation_mode", "half_pixel") == "tf_crop_and_resize") {
      if (!roi || roi->elements() != int64_t(2 * axes.size()))
        return n.unsupported("tf_crop_and_resize whose roi is known at run time only");
      a.roiStart = roi->f64At(int64_t(i));
      a.roiEnd = roi->f64At(int64_t(i + axes.size()));
    }
  }
  return success();
}

LogicalResult resize(N &n) {
  std::vector<ResizeAxis> all;
  if (failed(resizeAxes(n, all)))
    return failure();
  std::string mode = n.s("mode", "nearest"), coordinates = n.s("coordinate_transformation_mode", "half_pixel");
  if (mode != "nearest" && mode != "linear" && mode != "cubic")
    return n.fail("mode '" + mode + "'");
  Value x = n.in(0);
  bool whole = mode != "nearest" && !n.isFloatOperand(0);
  if (whole)
    x = n.cast(x, n.b.getF32Type());
  std::vector<std::pair<int64_t, std::vector<bool>>> masks;
  SmallVector<Value> indices, weights;
  SmallVector<int64_t> dims;
  size_t reads = 1;
  // Short windows along several dimensions are one operator; of long ones each dimension is.
  auto flush = [&] {
    indices.append(weights);
    if (!dims.empty())
      x = ResizeOp::create(n.b, n.loc, x, indices, dims).getResult();
    indices.clear(), weights.clear(), dims.clear();
    reads = 1;
  };
  for (int64_t d = 0; d < n.rank(0); ++d) {
    const ResizeAxis &a = all[d];
    if (a.in == a.out && (a.open || a.scale == 1) && coordinates != "tf_crop_and_resize")
      continue;
    int64_t first;
    if (a.open) {
      Value table, factors;
      if (failed(openTaps(n, a, mode, coordinates, N::elementOf(x), table, factors)))
        return failure();
      size_t count = size_t(N::shapeOf(table)[0]);
      if (reads * count > 16)
        flush();
      indices.push_back(table);
      if (factors)
        weights.push_back(factors);
      dims.push_back(d);
      reads *= count;
      continue;
    }
    if (elementCount({tapCount(n, a, mode, first), a.out}) > longestTaps)
      return n.unsupported("a resize of dimension " + Twine(d) + " from " + Twine(a.in) + " to " + Twine(a.out) +
                           " whose windows hold more than " + Twine(longestTaps) + " elements in all");
    Taps taps = makeTaps(n, a, mode, coordinates);
    size_t count = taps.indices.size();
    if (reads * count > 16)
      flush();
    std::vector<double> flatIndices, flatWeights;
    for (size_t k = 0; k < count; ++k) {
      flatIndices.insert(flatIndices.end(), taps.indices[k].begin(), taps.indices[k].end());
      flatWeights.insert(flatWeights.end(), taps.weights[k].begin(), taps.weights[k].end());
    }
    indices.push_back(n.constantOf(flatIndices, {int64_t(count), a.out}, n.b.getIntegerType(32)));
    if (mode != "nearest")
      weights.push_back(n.constantOf(flatWeights, {int64_t(count), a.out}, N::elementOf(x)));
    dims.push_back(d);
    reads *= count;
    if (llvm::is_contained(taps.outside, true))
      masks.push_back({d, taps.outside});
  }
  flush();
  for (auto &[d, outside] : masks) {
    std::vector<double> flags(outside.begin(), outside.end());
    Value mask = n.constantOf(flags, {int64_t(flags.size())}, n.b.getI1Type());
    mask = n.o.broadcast(mask, {d}, tensorType(N::shapeOf(x), n.b.getI1Type()));
    x = n.o.select(mask, n.o.like(x, n.f("extrapolation_value", 0)), x);
  }
  if (whole)
    x = n.cast(n.unary<RoundOp>(x), n.element(0));
  return n.set(x);
}

//===--- GridSample ---------------------------------------------------------------------------------------------===//

// A coordinate folded back and forth between low and high.
Value reflect(N &n, Value x, double low, double high) {
  double span = high - low;
  if (span <= 0)
    return n.o.like(x, 0);
  Value moved = n.o.abs(n.plus(x, -low));
  Value turns = n.o.floor(n.times(moved, 1 / span)), rest = n.o.sub(moved, n.times(turns, span));
  Value half = n.times(turns, 0.5), odd = n.compare(ComparePredicate::ne, half, n.o.floor(half));
  return n.o.select(odd, n.plus(n.o.neg(rest), high), n.plus(rest, low));
}

LogicalResult gridSample(N &n) {
  if (n.rank(0) != 4 || n.rank(1) != 4 || n.shape(1)[3] != 2)
    return n.unsupported("GridSample of rank " + Twine(n.rank(0)) + "; only images (rank 4) are sampled");
  bool corners = n.i("align_corners", 0);
  std::string mode = n.s("mode", "linear"), padding = n.s("padding_mode", "zeros");
  int64_t batch = n.shape(0)[0], channels = n.shape(0)[1], sizes[2] = {n.shape(0)[3], n.shape(0)[2]};
  int64_t height = n.shape(1)[1], width = n.shape(1)[2];
  auto plane = RankedTensorType::get({batch, height, width}, n.element(1));
  auto points = RankedTensorType::get({batch, channels, height, width}, n.b.getI64Type());
  Value flat = n.reshape(n.in(0), {elementCount(n.shape(0).vec())});
  Value lead = n.o.add(n.times(n.o.iota(0, points), double(channels)), n.o.iota(1, points));
  Value at[2];
  for (int64_t k : {0, 1}) {
    Value g = n.reshape(n.slice(n.in(1), 3, k, 1), plane.getShape());
    double size = double(sizes[k]);
    at[k] = corners ? n.times(n.plus(g, 1), (size - 1) / 2) : n.plus(n.times(n.plus(g, 1), size / 2), -0.5);
    double low = corners ? 0 : -0.5, high = corners ? size - 1 : size - 0.5;
    if (mode == "cubic")
      continue; // its taps are padded one by one
    if (padding == "reflection")
      at[k] = reflect(n, at[k], low, high);
    if (padding != "zeros")
      at[k] = n.binary<MinOp>(n.o.max(at[k], n.o.like(at[k], 0)), n.o.like(at[k], size - 1));
  }
  // The element at whole coordinates (y, x), zero outside where that is asked for.
  auto fetch = [&](Value x, Value y) {
    Value index = lead, inside;
    for (auto [v, size, k] : {std::tuple(y, sizes[1], 1), std::tuple(x, sizes[0], 0)}) {
      (void)k;
      Value c = v;
      double limit = double(size - 1);
      if (mode == "cubic" && padding == "reflection")
        c = n.unary<RoundOp>(reflect(n, c, corners ? 0 : -0.5, corners ? limit : limit + 0.5));
      Value clamped = n.binary<MinOp>(n.o.max(c, n.o.like(c, 0)), n.o.like(c, limit));
      Value good = n.compare(ComparePredicate::eq, c, clamped);
      inside = inside ? n.binary<AndOp>(inside, good) : good;
      Value whole = n.o.broadcast(n.cast(clamped, n.b.getI64Type()), {0, 2, 3}, points);
      index = n.o.add(n.times(index, double(size)), whole);
    }
    Value picked = GatherOp::create(n.b, n.loc, flat, index, 0).getResult();
    if (padding != "zeros")
      return picked;
    Value mask = n.o.broadcast(inside, {0, 2, 3}, RankedTensorType::get(points.getShape(), n.b.getI1Type()));
    return n.o.select(mask, picked, n.o.like(picked, 0));
  };
  auto weigh = [&](Value picked, Value weight) {
    return n.o.mul(picked, n.o.broadcast(n.cast(weight, n.element(0)), {0, 2, 3}, picked.getType()));
  };
  if (mode == "nearest")
    return n.set(fetch(n.unary<RoundOp>(at[0]), n.unary<RoundOp>(at[1])));
  Value base[2] = {n.o.floor(at[0]), n.o.floor(at[1])};
  Value fraction[2] = {n.o.sub(at[0], base[0]), n.o.sub(at[1], base[1])};
  auto weights = [&](Value t) {
    if (mode == "linear")
      return SmallVector<Value>{n.plus(n.o.neg(t), 1), t};
    double a = -0.75;
    auto near = [&](Value d) { // |d| <= 1
      return n.plus(n.o.mul(n.o.mul(n.plus(n.times(d, a + 2), -(a + 3)), d), d), 1);
    };
    auto far = [&](Value d) { // 1 <= |d| <= 2
      return n.plus(n.o.mul(n.plus(n.o.mul(n.plus(n.times(d, a), -5 * a), d), 8 * a), d), -4 * a);
    };
    Value s = n.plus(n.o.neg(t), 1);
    return SmallVector<Value>{far(n.plus(t, 1)), near(t), near(s), far(n.plus(s, 1))};
  };
  auto wx = weights(fraction[0]), wy = weights(fraction[1]);
  double first = mode == "linear" ? 0 : -1;
  Value sum;
  for (size_t j = 0; j < wy.size(); ++j)
    for (size_t i = 0; i < wx.size(); ++i) {
      Value picked = fetch(n.plus(base[0], first + double(i)), n.plus(base[1], first + double(j)));
      picked = weigh(picked, n.o.mul(wx[i], wy[j]));
      sum = sum ? n.o.add(sum, picked) : picked;
    }
  return n.set(sum);
}

//===--- RoiAlign -----------------------------------------------------------------------------------------------===//

// How much of each of `size` rows a bin takes, [regions, bins, size]: the mean over the bin's points of bilinear
// weights, 1 - |point - row| where that is positive. Bilinear weights are products of the two directions', and so are
// their means.
Value binWeights(N &n, Value start, Value length, int64_t bins, int64_t points, int64_t size) {
  Type element = N::elementOf(start);
  auto type = RankedTensorType::get({N::shapeOf(start)[0], bins, size}, element);
  Value first = n.o.broadcast(start, {0}, type), bin = n.times(n.o.broadcast(length, {0}, type), 1 / double(bins));
  Value row = n.o.iota(2, type), from = n.o.add(first, n.o.mul(n.o.iota(1, type), bin)), sum;
  for (int64_t i = 0; i < points; ++i) {
    Value at = n.o.add(from, n.times(bin, (double(i) + 0.5) / double(points)));
    Value inside = n.binary<AndOp>(n.compare(ComparePredicate::ge, at, n.o.like(at, -1)),
                                   n.compare(ComparePredicate::le, at, n.o.like(at, double(size))));
    Value clamped = n.binary<MinOp>(n.o.max(at, n.o.like(at, 0)), n.o.like(at, double(size - 1)));
    Value weight = n.o.max(n.plus(n.o.neg(n.o.abs(n.o.sub(clamped, row))), 1), n.o.like(at, 0));
    weight = n.o.select(inside, weight, n.o.like(at, 0));
    sum = sum ? n.o.add(sum, weight) : weight;
  }
  return n.times(sum, 1 / double(points));
}

LogicalResult roiAlign(N &n) {
  if (n.rank(0) != 4 || n.rank(1) != 2 || n.shape(1)[1] != 4 || n.rank(2) != 1)
    return n.fail("wants images of rank 4, regions of shape ?x4 and one image number for each");
  if (n.s("mode", "avg") != "avg")
    return n.unsupported("mode '" + n.s("mode", "avg") + "'; regions are averaged");
  int64_t points = n.i("sampling_ratio", 0);
  if (points < 1)
    return n.unsupported("sampling_ratio 0 takes as many points as a region is large, which is known at run time only; "
                         "export it with a fixed sampling_ratio");
  int64_t height = n.i("output_height", 1), width = n.i("output_width", 1);
  bool half = n.s("coordinate_transformation_mode", "half_pixel") == "half_pixel";
  Value x = n.in(0), low[2], length[2];
  int64_t regions = n.shape(1)[0], images = n.shape(0)[0];
  for (int64_t k : {0, 1}) { // x, y
    auto corner = [&](int64_t column) {
      Value c = n.reshape(n.slice(n.in(1), 1, column, 1), {regions});
      return n.plus(n.times(c, n.f("spatial_scale", 1)), half ? -0.5 : 0);
    };
    low[k] = corner(k);
    length[k] = n.o.sub(corner(k + 2), low[k]);
    if (!half)
      length[k] = n.o.max(length[k], n.o.like(length[k], 1));
  }
  Value across = binWeights(n, low[0], length[0], width, points, n.shape(0)[3]);
  Value down = binWeights(n, low[1], length[1], height, points, n.shape(0)[2]);
  Value rows; // [regions, width, channels, rows of the image]
  if (images == 1) {
    rows = n.o.dot(across, n.reshape(x, n.shape(0).drop_front()), {}, {}, {2}, {2});
  } else {
    Value own = GatherOp::create(n.b, n.loc, x, n.in(2), 0).getResult();
    rows = n.o.dot(across, own, {0}, {0}, {2}, {3});
  }
  Value all = n.o.dot(down, rows, {0}, {0}, {2}, {3}); // [regions, height, width, channels]
  return n.set(n.transpose(all, {0, 3, 1, 2}));
}

const ImportRow rows[] = {{"GridSample", 2, gridSample}, {"Resize", 1, resize}, {"RoiAlign", 3, roiAlign}};
} // namespace

ArrayRef<ImportRow> samplingRows() { return rows; }
} // namespace dlc
