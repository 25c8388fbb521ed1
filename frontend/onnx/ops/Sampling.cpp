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

// Of images, signals and volumes: a grid [batch, places.., space] says where, its first coordinate along the last
// dimension.
LogicalResult gridSample(N &n) {
  int64_t space = n.rank(0) - 2;
  if (space < 1 || space > 3 || n.rank(1) != n.rank(0) || n.shape(1).back() != space || n.shape(1)[0] != n.shape(0)[0])
    return n.fail("wants an operand of rank 3 to 5 and a grid of the same rank and batch with a coordinate for each "
                  "dimension of space");
  bool corners = n.i("align_corners", 0);
  std::string mode = n.s("mode", "linear"), padding = n.s("padding_mode", "zeros");
  int64_t channels = n.shape(0)[1];
  SmallVector<int64_t> sizes, places(n.shape(1).drop_back()), all(places), dims = {0};
  all.insert(all.begin() + 1, channels);
  for (int64_t k = 0; k < space; ++k) {
    sizes.push_back(n.shape(0)[space + 1 - k]);
    dims.push_back(k + 2);
  }
  auto plane = RankedTensorType::get(places, n.element(1)), points = RankedTensorType::get(all, n.b.getI64Type());
  Value flat = n.reshape(n.in(0), {elementCount(n.shape(0).vec())});
  Value lead = n.o.add(n.times(n.o.iota(0, points), double(channels)), n.o.iota(1, points));
  SmallVector<Value> at;
  for (int64_t k = 0; k < space; ++k) {
    Value g = n.reshape(n.slice(n.in(1), space + 1, k, 1), plane.getShape());
    double size = double(sizes[size_t(k)]);
    g = corners ? n.times(n.plus(g, 1), (size - 1) / 2) : n.plus(n.times(n.plus(g, 1), size / 2), -0.5);
    if (mode != "cubic" && padding == "reflection") // the taps of cubic are padded one by one
      g = reflect(n, g, corners ? 0 : -0.5, corners ? size - 1 : size - 0.5);
    at.push_back(mode != "cubic" && padding != "zeros" ? n.clamp(g, 0, size - 1) : g);
  }
  // The element at whole coordinates, zero outside where that is asked for.
  auto fetch = [&](ArrayRef<Value> coordinates) {
    Value index = lead, inside;
    for (int64_t k = space; k-- > 0;) {
      Value c = coordinates[size_t(k)];
      double limit = double(sizes[size_t(k)] - 1);
      if (mode == "cubic" && padding == "reflection")
        c = n.unary<RoundOp>(reflect(n, c, corners ? 0 : -0.5, corners ? limit : limit + 0.5));
      Value clamped = n.clamp(c, 0, limit), good = n.compare(ComparePredicate::eq, c, clamped);
      inside = inside ? n.binary<AndOp>(inside, good) : good;
      Value whole = n.o.broadcast(n.cast(clamped, n.b.getI64Type()), dims, points);
      index = n.o.add(n.times(index, limit + 1), whole);
    }
    Value picked = GatherOp::create(n.b, n.loc, flat, index, 0).getResult();
    if (padding != "zeros")
      return picked;
    Value mask = n.o.broadcast(inside, dims, RankedTensorType::get(all, n.b.getI1Type()));
    return n.o.select(mask, picked, n.o.like(picked, 0));
  };
  if (mode == "nearest") {
    for (Value &v : at)
      v = n.unary<RoundOp>(v);
    return n.set(fetch(at));
  }
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
  SmallVector<SmallVector<Value>> taps, weight;
  double first = mode == "linear" ? 0 : -1;
  for (Value v : at) {
    Value base = n.o.floor(v);
    weight.push_back(weights(n.o.sub(v, base)));
    taps.emplace_back();
    for (size_t i = 0; i < weight.back().size(); ++i)
      taps.back().push_back(n.plus(base, first + double(i)));
  }
  Value sum;
  size_t each = weight[0].size(), count = 1;
  for (int64_t k = 0; k < space; ++k)
    count *= each;
  for (size_t tap = 0; tap < count; ++tap) {
    SmallVector<Value> coordinates;
    Value product;
    for (size_t k = 0, rest = tap; k < size_t(space); ++k, rest /= each) {
      coordinates.push_back(taps[k][rest % each]);
      product = product ? n.o.mul(product, weight[k][rest % each]) : weight[k][rest % each];
    }
    Value picked = fetch(coordinates);
    picked = n.o.mul(picked, n.o.broadcast(n.cast(product, n.element(0)), dims, picked.getType()));
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

// The points of bins along one direction: `points` of them, or, where that is 0, as many as a bin is long.
struct BinPoints {
  Value at;     // [regions, bins, points]
  Value inside; // beside an element of the image
  Value count;  // [regions]: how many a bin has
  Value valid;  // whether there is such a point; null where all are
};

// Points that a bin has beyond `size` are skipped: those before the image and behind it, which add nothing. They are at
// least half an element apart where their number follows the bin's length.
BinPoints binPoints(N &n, Value start, Value length, int64_t bins, int64_t points, int64_t size) {
  Type element = N::elementOf(start);
  int64_t regions = N::shapeOf(start)[0], most = points ? points : 2 * size + 5;
  auto type = RankedTensorType::get({regions, bins, most}, element),
       plane = RankedTensorType::get({regions, bins}, element);
  Value bin = n.o.div(length, n.o.like(length, double(bins))), i = n.o.iota(2, type);
  BinPoints p;
  p.count = points ? n.o.like(bin, double(points)) : n.o.max(n.o.ceil(bin), n.o.like(bin, 0));
  Value step = n.o.div(bin, n.o.max(p.count, n.o.like(bin, 1)));
  Value from = n.o.add(n.o.broadcast(start, {0}, plane), n.o.mul(n.o.iota(1, plane), n.o.broadcast(bin, {0}, plane)));
  auto wide = [&](Value v) { return n.o.broadcast(v, {0}, type); };
  if (!points) {
    Value divisor = n.o.select(n.compare(ComparePredicate::gt, step, n.o.like(step, 0)), step, n.o.like(step, 1));
    Value skipped = n.o.div(n.plus(n.o.neg(from), -1), n.o.broadcast(divisor, {0}, plane));
    skipped = n.smaller(n.plus(n.o.floor(skipped), -1), n.o.broadcast(n.plus(p.count, -1), {0}, plane));
    skipped = n.o.max(skipped, n.o.like(skipped, 0));
    i = n.o.add(i, n.o.broadcast(skipped, {0, 1}, type));
    p.valid = n.compare(ComparePredicate::lt, i, wide(p.count));
  }
  p.at = n.o.add(n.o.broadcast(from, {0, 1}, type), n.o.mul(n.plus(i, 0.5), wide(step)));
  p.inside = n.binary<AndOp>(n.compare(ComparePredicate::ge, p.at, n.o.like(p.at, -1)),
                             n.compare(ComparePredicate::le, p.at, n.o.like(p.at, double(size))));
  return p;
}

// binWeights where the number of points follows the bin's length.
Value adaptiveWeights(N &n, Value start, Value length, int64_t bins, int64_t size) {
  BinPoints p = binPoints(n, start, length, bins, 0, size);
  ArrayRef<int64_t> shape = N::shapeOf(p.at);
  auto type = RankedTensorType::get({shape[0], bins, size, shape[2]}, N::elementOf(start));
  Value clamped = n.o.broadcast(n.clamp(p.at, 0, double(size - 1)), {0, 1, 3}, type);
  Value weight = n.plus(n.o.neg(n.o.abs(n.o.sub(clamped, n.o.iota(2, type)))), 1);
  Value counts = n.o.broadcast(n.binary<AndOp>(p.inside, p.valid), {0, 1, 3},
                               RankedTensorType::get(type.getShape(), n.b.getI1Type()));
  weight = n.o.select(counts, n.o.max(weight, n.o.like(weight, 0)), n.o.like(weight, 0));
  Value sum = n.o.sum(weight, {3}), by = n.o.max(p.count, n.o.like(p.count, 1));
  return n.o.div(sum, n.o.broadcast(by, {0}, sum.getType()));
}

// The greatest of what the four elements around each point of a bin weigh there. x [images, channels, rows, columns].
Value greatest(N &n, Value x, Value own, const BinPoints &down, const BinPoints &across) {
  SmallVector<int64_t> image(N::shapeOf(x));
  ArrayRef<int64_t> y = N::shapeOf(down.at), z = N::shapeOf(across.at);
  SmallVector<int64_t> shape = {y[0], image[1], y[1], z[1], y[2], z[2]}, rows = {0, 2, 4}, columns = {0, 3, 5};
  auto type = RankedTensorType::get(shape, N::elementOf(x)), index = RankedTensorType::get(shape, n.b.getI64Type()),
       flags = RankedTensorType::get(shape, n.b.getI1Type());
  Value lead =
      n.o.add(n.times(n.o.broadcast(n.cast(own, n.b.getI64Type()), {0}, index), double(image[1])), n.o.iota(1, index));
  Value flat = n.reshape(x, {elementCount({image.begin(), image.end()})}), most;
  // The lower or the upper element beside a point, and its weight.
  auto beside = [&](const BinPoints &p, bool upper, int64_t size, Value &weight) {
    Value at = n.clamp(p.at, 0, double(size - 1)), low = n.o.floor(at), part = n.o.sub(at, low);
    weight = upper ? part : n.plus(n.o.neg(part), 1);
    weight = n.o.select(p.inside, weight, n.o.like(weight, 0));
    return n.cast(upper ? n.clamp(n.plus(low, 1), 0, double(size - 1)) : low, n.b.getI64Type());
  };
  for (bool lower : {false, true})
    for (bool right : {false, true}) {
      Value wy, wx, row = beside(down, lower, image[2], wy), column = beside(across, right, image[3], wx);
      Value place = n.o.add(n.times(lead, double(image[2])), n.o.broadcast(row, rows, index));
      place = n.o.add(n.times(place, double(image[3])), n.o.broadcast(column, columns, index));
      Value picked = GatherOp::create(n.b, n.loc, flat, place, 0).getResult();
      Value weight = n.o.mul(n.o.broadcast(wy, rows, type), n.o.broadcast(wx, columns, type));
      picked = n.o.mul(picked, weight);
      most = most ? n.o.max(most, picked) : picked;
    }
  if (!down.valid)
    return n.o.reduce(ReduceKind::max, most, {4, 5});
  Value there = n.binary<AndOp>(n.o.broadcast(down.valid, rows, flags), n.o.broadcast(across.valid, columns, flags));
  double infinity = std::numeric_limits<double>::infinity();
  Value all = n.o.reduce(ReduceKind::max, n.o.select(there, most, n.o.like(most, -infinity)), {4, 5});
  return n.o.select(n.compare(ComparePredicate::eq, all, n.o.like(all, -infinity)), n.o.like(all, 0), all);
}

LogicalResult roiAlign(N &n) {
  int64_t points = n.i("sampling_ratio", 0), height = n.i("output_height", 1), width = n.i("output_width", 1);
  if (n.rank(0) != 4 || n.rank(1) != 2 || n.shape(1)[1] != 4 || n.rank(2) != 1 || n.shape(2)[0] != n.shape(1)[0] ||
      height < 1 || width < 1)
    return n.fail("wants images of rank 4, regions of shape ?x4 and one image number for each");
  constexpr int64_t longest = 64;
  if (points < 0 || points > longest)
    return n.unsupported("a sampling_ratio of " + Twine(points) + "; 0 (as many points as a bin is long) to " +
                         Twine(longest));
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
  std::string mode = n.s("mode", "avg");
  if (mode == "max")
    return n.set(greatest(n, x, n.in(2), binPoints(n, low[1], length[1], height, points, n.shape(0)[2]),
                          binPoints(n, low[0], length[0], width, points, n.shape(0)[3])));
  if (mode != "avg")
    return n.fail("mode '" + mode + "'");
  auto weights = [&](int64_t k, int64_t bins, int64_t size) {
    return points ? binWeights(n, low[k], length[k], bins, points, size)
                  : adaptiveWeights(n, low[k], length[k], bins, size);
  };
  Value across = weights(0, width, n.shape(0)[3]), down = weights(1, height, n.shape(0)[2]);
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

const ImportRow rows[] = {
    {"GridSample", 2, gridSample}, {"Resize", 1, resize, OpenDims::any}, {"RoiAlign", 3, roiAlign}};
} // namespace

ArrayRef<ImportRow> samplingRows() { return rows; }
} // namespace dlc
