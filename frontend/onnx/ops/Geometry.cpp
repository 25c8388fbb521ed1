// ONNX operators of images and matrices that are sums over known places: Col2Im, CenterCropPad, AffineGrid, DeformConv,
// MaxRoiPool, Det.
#include "frontend/onnx/NodeBuilder.h"
#include "frontend/onnx/Window.h"
#include <numeric>

namespace dlc {
namespace {
using N = NodeBuilder;
using P = ComparePredicate;

// Blocks [batch, channels * window, places] laid back where they came from; overlaps add up.
LogicalResult col2Im(N &n) {
  std::vector<int64_t> image, block;
  if (failed(n.ints(1, "the image's shape", image)) || failed(n.ints(2, "the block's shape", block)))
    return failure();
  size_t rank = image.size();
  auto list = [&](StringRef name, int64_t otherwise, size_t count) {
    auto values = n.is(name);
    return values.empty() ? std::vector<int64_t>(count, otherwise) : values;
  };
  auto strides = list("strides", 1, rank), dilations = list("dilations", 1, rank), pads = list("pads", 0, 2 * rank);
  if (n.rank(0) != 3 || block.size() != rank || strides.size() != rank || dilations.size() != rank ||
      pads.size() != 2 * rank || rank == 0)
    return n.fail("wants an operand of rank 3 and entries for each dimension of the image");
  int64_t window = 1, places = 1;
  SmallVector<int64_t> counts;
  for (size_t d = 0; d < rank; ++d) {
    for (int64_t value : {image[d], block[d], strides[d], dilations[d]})
      if (value < 1 || value > INT32_MAX)
        return n.fail("sizes, strides and dilations must be positive, and below 2^31");
    int64_t room = image[d] + pads[d] + pads[d + rank] - dilations[d] * (block[d] - 1) - 1;
    if (pads[d] < 0 || pads[d + rank] < 0 || room < 0)
      return n.fail("blocks do not fit dimension " + Twine(d) + " of the image");
    counts.push_back(room / strides[d] + 1);
    window *= block[d];
    places *= counts.back();
  }
  if (window > 1024 || n.shape(0)[1] % window || n.shape(0)[2] != places)
    return n.fail("'" + n.name(0) + "' of " + shapeName(n.shape(0).vec()) + " is not made of " + Twine(places) +
                  " blocks of " + Twine(window));
  int64_t batch = n.shape(0)[0], channels = n.shape(0)[1] / window;
  Value x = n.reshape(n.in(0), {batch, channels, window, places}), sum;
  SmallVector<int64_t> at(rank, 0), shape = {batch, channels};
  llvm::append_range(shape, counts);
  for (int64_t k = 0; k < window; ++k) {
    Value one = n.reshape(n.slice(x, 2, k, 1), shape);
    SmallVector<int64_t> low = {0, 0}, high = low, between = low;
    for (size_t d = 0; d < rank; ++d) {
      low.push_back(at[d] * dilations[d] - pads[d]);
      between.push_back(strides[d] - 1);
      high.push_back(image[d] - low.back() - (counts[d] - 1) * strides[d] - 1);
    }
    one = n.o.pad(one, 0, low, high, between);
    sum = sum ? n.o.add(sum, one) : one;
    for (size_t d = rank; d-- > 0 && ++at[d] == block[d];)
      at[d] = 0;
  }
  return n.set(sum);
}

LogicalResult centerCropPad(N &n) {
  std::vector<int64_t> wanted, axes = n.is("axes");
  if (failed(n.ints(1, "the shape", wanted)))
    return failure();
  if (!findAttr(n.node, "axes")) {
    axes.resize(size_t(n.rank(0)));
    std::iota(axes.begin(), axes.end(), 0);
  }
  if (axes.size() != wanted.size())
    return n.fail(Twine(wanted.size()) + " sizes for " + Twine(axes.size()) + " dimensions");
  SmallVector<int64_t> low(n.rank(0), 0), high = low, none = low;
  for (size_t i = 0; i < axes.size(); ++i) {
    if (failed(n.normalize(axes[i], n.rank(0))))
      return failure();
    if (wanted[i] < 0)
      return n.fail("a negative size");
    int64_t more = wanted[i] - n.shape(0)[axes[i]], before = more / 2; // towards zero: both ways the half rounds down
    low[axes[i]] = before;
    high[axes[i]] = more - before;
  }
  return n.set(n.o.pad(n.in(0), 0, low, high, none));
}

// A transform of the coordinates of all elements, -1 to 1 in each dimension.
LogicalResult affineGrid(N &n) {
  std::vector<int64_t> size;
  if (failed(n.ints(1, "the size", size)))
    return failure();
  int64_t rank = int64_t(size.size()) - 2;
  if ((rank != 2 && rank != 3) || n.rank(0) != 3 || n.shape(0)[0] != size[0] || n.shape(0)[1] != rank ||
      n.shape(0)[2] != rank + 1)
    return n.fail("theta of " + shapeName(n.shape(0).vec()) + " for a size of " + Twine(size.size()) + " dimensions");
  std::vector<int64_t> space(size.begin() + 2, size.end());
  if (!possibleShape(size, 8))
    return n.fail("a size of " + shapeName(size));
  bool corners = n.i("align_corners", 0);
  Value points; // [space.., rank + 1]: x, y, (z), 1
  SmallVector<int64_t> shape(space.begin(), space.end()), one = shape;
  one.push_back(1);
  auto type = RankedTensorType::get(shape, n.element(0));
  SmallVector<Value> parts;
  for (int64_t d = rank; d-- > 0;) {
    double count = double(space[size_t(d)]), step = corners ? (count > 1 ? 2 / (count - 1) : 0) : 2 / count;
    Value at = n.plus(n.times(n.o.iota(d, type), step), corners ? -1 : step / 2 - 1);
    parts.push_back(n.reshape(at, one));
  }
  parts.push_back(n.o.full(RankedTensorType::get(one, n.element(0)), 1));
  points = n.concat(parts, rank);
  Value grid = n.o.dot(n.in(0), points, {}, {}, {2}, {rank}); // [batch, rank, space..]
  SmallVector<int64_t> perm = {0};
  for (int64_t d = 0; d < rank; ++d)
    perm.push_back(d + 2);
  perm.push_back(1);
  return n.set(n.transpose(grid, perm));
}

// A convolution whose taps read between elements, at offsets of their own: X, W, offsets, bias, mask.
LogicalResult deformConv(N &n) {
  int64_t rank = n.rank(0) - 2, groups = n.i("group", 1), offsetGroups = n.i("offset_group", 1);
  if (rank < 1 || rank > 3 || n.rank(1) != n.rank(0) || n.rank(2) != n.rank(0) || groups < 1 || offsetGroups < 1)
    return n.fail("wants X, W and offsets of one rank, 3 to 5");
  Window w;
  if (failed(readWindow(n, n.shape(1).drop_front(2), w)))
    return failure();
  int64_t batch = n.shape(0)[0], channels = n.shape(0)[1], out = n.shape(1)[0], taps = 1;
  SmallVector<int64_t> places;
  for (int64_t d = 0; d < rank; ++d) {
    taps *= w.size[d];
    int64_t reach = (w.size[d] - 1) * w.dilations[d] + 1;
    places.push_back((n.shape(0)[d + 2] + w.low[d] + w.high[d] - reach) / w.strides[d] + 1);
  }
  SmallVector<int64_t> offsets = {batch, offsetGroups * taps * rank}, masks = {batch, offsetGroups * taps};
  llvm::append_range(offsets, places);
  llvm::append_range(masks, places);
  if (channels != n.shape(1)[1] * groups || out % groups || channels % offsetGroups ||
      n.shape(2) != ArrayRef<int64_t>(offsets) || (n.has(4) && n.shape(4) != ArrayRef<int64_t>(masks)) ||
      (n.has(3) && n.shape(3) != ArrayRef<int64_t>(out)) || n.element(2) != n.element(0))
    return n.fail("X, W, offsets, bias and mask do not fit together");
  // Coordinates, [batch, groups of offsets, taps, places..] in each dimension.
  int64_t area = elementCount({places.begin(), places.end()});
  SmallVector<int64_t> grid = {batch, offsetGroups, taps, area}, each = {batch, offsetGroups, taps, rank, area};
  Value moved = n.reshape(n.in(2), each);
  SmallVector<Value> base(rank), fraction(rank);
  int64_t belowTap = taps, belowPlace = area;
  auto type = RankedTensorType::get(grid, n.b.getI64Type());
  for (int64_t d = 0; d < rank; ++d) {
    belowTap /= w.size[d];
    belowPlace /= std::max<int64_t>(places[d], 1);
    auto component = [&](int64_t axis, int64_t below, int64_t size) {
      Value i = n.o.iota(axis, type);
      i = n.o.div(i, n.o.like(i, double(std::max<int64_t>(below, 1))));
      return n.binary<RemOp>(i, n.o.like(i, double(std::max<int64_t>(size, 1))));
    };
    Value at = n.o.add(n.times(component(2, belowTap, w.size[d]), double(w.dilations[d])),
                       n.times(component(3, belowPlace, places[d]), double(w.strides[d])));
    at = n.cast(n.plus(at, double(-w.low[d])), n.element(0));
    at = n.o.add(at, n.reshape(n.slice(moved, 3, d, 1), grid));
    base[size_t(d)] = n.o.floor(at);
    fraction[size_t(d)] = n.o.sub(at, base[size_t(d)]);
  }
  // Every channel of a group of offsets reads at the same places.
  int64_t per = channels / offsetGroups, volume = elementCount(n.shape(0).drop_front(2).vec());
  SmallVector<int64_t> wide = {batch, offsetGroups, per, taps, area}, dims = {0, 1, 3, 4};
  auto index = RankedTensorType::get(wide, n.b.getI64Type());
  Value lead = n.o.add(n.times(n.o.iota(0, index), double(channels)),
                       n.o.add(n.times(n.o.iota(1, index), double(per)), n.o.iota(2, index)));
  Value flat = n.reshape(n.in(0), {batch * channels * volume}), sum;
  for (int64_t corner = 0; corner < (int64_t(1) << rank); ++corner) {
    Value place, weight, inside;
    for (int64_t d = 0; d < rank; ++d) {
      bool upper = corner >> d & 1;
      Value f = fraction[size_t(d)], at = upper ? n.plus(base[size_t(d)], 1) : base[size_t(d)];
      Value part = upper ? f : n.plus(n.o.neg(f), 1);
      double limit = double(n.shape(0)[d + 2] - 1);
      Value clamped = n.clamp(at, 0, limit), good = n.compare(P::eq, at, clamped);
      weight = weight ? n.o.mul(weight, part) : part;
      inside = inside ? n.binary<AndOp>(inside, good) : good;
      Value whole = n.cast(clamped, n.b.getI64Type());
      place = place ? n.o.add(n.times(place, double(n.shape(0)[d + 2])), whole) : whole;
    }
    weight = n.o.select(inside, weight, n.o.like(weight, 0));
    Value from = n.o.add(n.times(lead, double(volume)), n.o.broadcast(place, dims, index));
    Value picked = GatherOp::create(n.b, n.loc, flat, from, 0).getResult();
    picked = n.o.mul(picked, n.o.broadcast(weight, dims, picked.getType()));
    sum = sum ? n.o.add(sum, picked) : picked;
  }
  if (n.has(4))
    sum = n.o.mul(sum, n.o.broadcast(n.reshape(n.in(4), grid), dims, sum.getType()));
  Value x = n.reshape(sum, {batch, groups, channels / groups * taps, area});
  Value weights = n.reshape(n.in(1), {groups, out / groups, channels / groups * taps});
  Value y = n.o.dot(weights, x, {0}, {1}, {2}, {2}); // [groups, out / groups, batch, area]
  SmallVector<int64_t> shape = {batch, out};
  llvm::append_range(shape, places);
  y = n.reshape(n.transpose(y, {2, 0, 1, 3}), shape);
  if (n.has(3))
    y = n.o.add(y, n.o.along(n.in(3), 1, y));
  return n.set(y);
}

// The greatest element of each bin of each region; regions are [image, x1, y1, x2, y2], rounded to elements.
LogicalResult maxRoiPool(N &n) {
  auto bins = n.is("pooled_shape");
  if (n.rank(0) != 4 || n.rank(1) != 2 || n.shape(1)[1] != 5 || bins.size() != 2 || bins[0] < 1 || bins[1] < 1)
    return n.fail("wants images of rank 4, regions of [count, 5] and two sizes in pooled_shape");
  int64_t regions = n.shape(1)[0];
  mlir::Type element = n.element(0);
  double infinity = std::numeric_limits<double>::infinity();
  Value rois = n.cast(n.in(1), n.b.getF32Type());
  auto column = [&](int64_t i) { return n.reshape(n.slice(rois, 1, i, 1), {regions}); };
  // [regions, bins, size]: whether a row belongs to a bin. Halves round away from zero.
  auto members = [&](int64_t first, int64_t last, int64_t count, int64_t size) {
    auto rounded = [&](int64_t i) { return n.o.floor(n.plus(n.times(column(i), n.f("spatial_scale", 1)), 0.5)); };
    Value start = rounded(first), end = rounded(last);
    Value length = n.o.max(n.plus(n.o.sub(end, start), 1), n.o.like(start, 1)),
          step = n.o.div(length, n.o.like(length, double(count)));
    auto type = RankedTensorType::get({regions, count, size}, n.b.getF32Type());
    Value bin = n.o.iota(1, type), row = n.o.iota(2, type);
    auto wide = [&](Value v) { return n.o.broadcast(v, {0}, type); };
    Value low = n.o.add(n.o.floor(n.o.mul(bin, wide(step))), wide(start));
    Value high = n.o.add(n.o.ceil(n.o.mul(n.plus(bin, 1), wide(step))), wide(start));
    return n.binary<AndOp>(n.compare(P::ge, row, low), n.compare(P::lt, row, high));
  };
  int64_t channels = n.shape(0)[1], height = n.shape(0)[2], width = n.shape(0)[3];
  Value own = GatherOp::create(n.b, n.loc, n.in(0), n.cast(column(0), n.b.getI64Type()), 0).getResult();
  auto fold = [&](Value x, Value mask, ArrayRef<int64_t> shape, ArrayRef<int64_t> dims, ArrayRef<int64_t> maskDims,
                  int64_t axis) {
    auto type = RankedTensorType::get(shape, element);
    Value on = n.o.broadcast(mask, maskDims, RankedTensorType::get(shape, n.b.getI1Type()));
    return n.o.reduce(ReduceKind::max, n.o.select(on, n.o.broadcast(x, dims, type), n.o.full(type, -infinity)), {axis});
  };
  Value columns =
      fold(own, members(1, 3, bins[1], width), {regions, channels, height, bins[1], width}, {0, 1, 2, 4}, {0, 3, 4}, 4);
  columns = n.transpose(columns, {0, 1, 3, 2});
  Value all = fold(columns, members(2, 4, bins[0], height), {regions, channels, bins[0], bins[1], height}, {0, 1, 3, 4},
                   {0, 2, 4}, 4);
  // Bins without an element are zero.
  return n.set(n.o.select(n.compare(P::eq, all, n.o.like(all, -infinity)), n.o.like(all, 0), all));
}

// Gauss's elimination with the greatest element of each column as pivot, all matrices side by side.
LogicalResult det(N &n) {
  int64_t rank = n.rank(0);
  if (rank < 2 || n.shape(0)[rank - 1] != n.shape(0)[rank - 2])
    return n.fail("wants square matrices");
  int64_t size = n.shape(0)[rank - 1];
  SmallVector<int64_t> lead(n.shape(0).drop_back(2));
  int64_t batch = elementCount({lead.begin(), lead.end()});
  if (size > 64)
    return n.unsupported("a determinant of " + Twine(size) + " rows; 64 are the most");
  mlir::Type element = n.element(0);
  Value a = n.reshape(n.in(0), {batch, size, size});
  Value product = n.o.full(RankedTensorType::get({batch}, element), 1);
  for (int64_t m = size; m > 0; --m) {
    Value column = n.reshape(n.slice(a, 2, 0, 1), {batch, m});
    Value place = ArgReduceOp::create(n.b, n.loc, ReduceKind::max, n.o.abs(column), 1).getIndex();
    auto rows = RankedTensorType::get({batch, m}, n.b.getI64Type());
    auto all = RankedTensorType::get({batch, m, m}, n.b.getI1Type());
    Value hot = n.compare(P::eq, n.o.broadcast(place, {0}, rows), n.o.iota(1, rows));
    Value picked = n.o.select(n.o.broadcast(hot, {0, 1}, all), a, n.o.like(a, 0));
    Value pivots = n.o.sum(picked, {1}); // [batch, m]
    Value pivot = n.reshape(n.slice(pivots, 1, 0, 1), {batch});
    Value swapped = n.compare(P::ne, place, n.o.like(place, 0));
    product = n.o.mul(product, n.o.select(swapped, n.o.neg(pivot), pivot));
    if (m == 1)
      break;
    Value first = n.reshape(n.slice(a, 1, 0, 1), {batch, m});
    Value mixed = n.o.select(n.o.broadcast(hot, {0, 1}, all), n.o.broadcast(first, {0, 2}, a.getType()), a);
    Value rest = n.slice(mixed, 1, 1, m - 1);
    Value zero = n.compare(P::eq, pivot, n.o.like(pivot, 0));
    Value divisor = n.o.select(zero, n.o.like(pivot, 1), pivot);
    Value factors = n.reshape(n.slice(rest, 2, 0, 1), {batch, m - 1});
    factors = n.o.div(factors, n.o.broadcast(divisor, {0}, factors.getType()));
    rest = n.slice(rest, 2, 1, m - 1);
    Value gone = n.o.mul(n.o.broadcast(factors, {0, 1}, rest.getType()),
                         n.o.broadcast(n.slice(pivots, 1, 1, m - 1), {0, 2}, rest.getType()));
    a = n.o.sub(rest, gone);
  }
  return n.set(n.reshape(product, lead));
}

const ImportRow rows[] = {
    {"AffineGrid", 2, affineGrid},
    {"CenterCropPad", 2, centerCropPad},
    {"Col2Im", 3, col2Im},
    {"DeformConv", 3, deformConv},
    {"Det", 1, det},
    {"MaxRoiPool", 2, maxRoiPool},
};
} // namespace

ArrayRef<ImportRow> geometryRows() { return rows; }
} // namespace dlc
