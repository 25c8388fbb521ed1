// ONNX operators of signals: windows, made at import, and Fourier transforms as products with a matrix.
#include "frontend/Types.h"
#include "frontend/onnx/NodeBuilder.h"
#include <cmath>
#include <numbers>

namespace dlc {
namespace {
using N = NodeBuilder;

//===--- Windows ------------------------------------------------------------------------------------------------===//

constexpr int64_t longestWindow = 1 << 22; // it is made at import

// w[i] = a - b cos(x) + c cos(2x), x = 2 pi i / size, or / (size - 1) where the window is symmetric.
LogicalResult cosineWindow(N &n, double a, double b, double c) {
  std::vector<int64_t> sizes;
  if (failed(n.ints(0, "the size", sizes)))
    return failure();
  if (sizes.size() != 1 || sizes[0] < 0)
    return n.fail("wants one size that is not negative");
  if (sizes[0] > longestWindow)
    return n.unsupported("a window of " + Twine(sizes[0]) + " elements; " + Twine(longestWindow) + " are the most");
  DType dtype = DType(n.i("output_datatype", 1));
  if (!elementType(n.b.getContext(), dtype) || !isFloat(dtype))
    return n.unsupported("output_datatype " + Twine(n.i("output_datatype", 1)) + "; windows are of floats");
  int64_t size = sizes[0], period = n.i("periodic", 1) ? size : size - 1;
  std::vector<double> values;
  for (int64_t i = 0; i < size; ++i) {
    double x = period > 0 ? 2 * std::numbers::pi * double(i) / double(period) : 0;
    values.push_back(a - b * std::cos(x) + c * std::cos(2 * x));
  }
  return n.setConstant(0, n.tensorOf(values, {size}, dtype));
}
LogicalResult hann(N &n) { return cosineWindow(n, 0.5, 0.5, 0); }
LogicalResult hamming(N &n) { return cosineWindow(n, 25.0 / 46, 21.0 / 46, 0); }
LogicalResult blackman(N &n) { return cosineWindow(n, 0.42, 0.5, 0.08); }

//===--- Fourier transforms -------------------------------------------------------------------------------------===//

constexpr int64_t longestTransform = 4096;

struct Transform {
  int64_t length;
  bool inverse, oneSided;
  int64_t results() const { return oneSided ? length / 2 + 1 : length; }
};

LogicalResult checkTransform(N &n, const Transform &t, int64_t parts) {
  if (parts != 1 && parts != 2)
    return n.fail("wants a last dimension of 1 (real) or 2 (real and imaginary), got " + Twine(parts));
  if (t.length < 1)
    return n.fail("a transform of " + Twine(t.length) + " points");
  if (t.length > longestTransform)
    return n.unsupported("a transform of " + Twine(t.length) + " points; it becomes a product with a matrix, and " +
                         Twine(longestTransform) + " are the most");
  if (t.oneSided && t.inverse != (parts == 2))
    return n.unsupported("a one-sided transform of complex numbers");
  return success();
}

// The inverse of a one-sided transform: real results, the other half is the mirror image's complement.
Value mirrored(N &n, Value x, int64_t axis, const Transform &t) {
  int64_t rank = N::rankOf(x), count = std::min(N::shapeOf(x)[axis], t.length / 2 + 1);
  x = n.slice(x, axis, 0, count);
  std::vector<double> matrix;
  for (int64_t k = 0; k < count; ++k)
    for (int64_t part = 0; part < 2; ++part)
      for (int64_t i = 0; i < t.length; ++i) {
        double angle = 2 * std::numbers::pi * double(i * k % t.length) / double(t.length);
        double twice = k == 0 || 2 * k == t.length ? 1 : 2;
        matrix.push_back(twice / double(t.length) * (part ? -std::sin(angle) : std::cos(angle)));
      }
  Value factors = n.constantOf(matrix, {count, 2, t.length, 1}, N::elementOf(x));
  Value product = n.o.dot(x, factors, {}, {}, {axis, rank - 1}, {0, 1});
  SmallVector<int64_t> perm;
  for (int64_t d = 0; d < rank; ++d)
    perm.push_back(d < axis ? d : d == axis ? rank - 2 : d == rank - 1 ? d : d - 1);
  return n.transpose(product, perm);
}

// x [..., n along axis, ..., parts] to [..., results along axis, ..., 2]: one product with [n, parts, results, 2].
Value transform(N &n, Value x, int64_t axis, const Transform &t) {
  int64_t rank = N::rankOf(x), parts = N::shapeOf(x)[rank - 1], count = N::shapeOf(x)[axis], results = t.results();
  if (count > t.length)
    x = n.slice(x, axis, 0, count = t.length);
  std::vector<double> matrix;
  double scale = t.inverse ? 1 / double(t.length) : 1, sign = t.inverse ? 1 : -1;
  for (int64_t i = 0; i < count; ++i) // points beyond the operand are zeros: their rows are left out
    for (int64_t part = 0; part < parts; ++part)
      for (int64_t k = 0; k < results; ++k) {
        double angle = 2 * std::numbers::pi * double(i * k % t.length) / double(t.length);
        double real = scale * std::cos(angle), imaginary = scale * sign * std::sin(angle);
        matrix.push_back(part ? -imaginary : real);
        matrix.push_back(part ? real : imaginary);
      }
  Value factors = n.constantOf(matrix, {count, parts, results, 2}, N::elementOf(x));
  Value product = n.o.dot(x, factors, {}, {}, {axis, rank - 1}, {0, 1});
  SmallVector<int64_t> perm;
  for (int64_t d = 0; d < rank; ++d)
    perm.push_back(d < axis ? d : d == axis ? rank - 2 : d == rank - 1 ? d : d - 1);
  return n.transpose(product, perm);
}

LogicalResult dft(N &n) {
  int64_t rank = n.rank(0), axis = 1;
  if (rank < 2)
    return n.fail("wants an operand of rank 2 or more");
  std::vector<int64_t> values;
  if (n.has(2)) {
    if (failed(n.ints(2, "the axis", values)))
      return failure();
    axis = values.empty() ? -2 : values[0];
  } else {
    axis = -2; // of opset 20; dft20 gives older nodes theirs
  }
  if (failed(n.normalize(axis, rank)))
    return failure();
  if (axis == rank - 1)
    return n.fail("the axis is that of real and imaginary parts");
  Transform t{n.shape(0)[axis], n.i("inverse", 0) != 0, n.i("onesided", 0) != 0};
  if (t.inverse && t.oneSided)
    t.length = 2 * (t.length - 1);
  if (n.has(1)) {
    if (failed(n.ints(1, "the length", values)))
      return failure();
    if (values.size() == 1)
      t.length = values[0];
  }
  if (failed(checkTransform(n, t, n.shape(0).back())))
    return failure();
  return n.set(t.inverse && t.oneSided ? mirrored(n, n.in(0), axis, t) : transform(n, n.in(0), axis, t));
}

LogicalResult stft(N &n) {
  std::vector<int64_t> step, length;
  // Real signals also come without the dimension of parts: ONNX Runtime takes them, so exporters write them.
  if (n.rank(0) != 3 && n.rank(0) != 2)
    return n.fail("wants a signal of [batch, length, 1 or 2] or [batch, length]");
  if (failed(n.ints(1, "the step", step)) || (n.has(3) && failed(n.ints(3, "the length of frames", length))))
    return failure();
  if (!n.has(2) && !n.has(3))
    return n.fail("wants a window or a length of frames");
  int64_t batch = n.shape(0)[0], count = n.shape(0)[1], parts = n.rank(0) == 3 ? n.shape(0)[2] : 1;
  Transform t{length.empty() ? n.shape(2)[0] : length[0], false, n.i("onesided", 1) != 0};
  if (failed(checkTransform(n, t, parts)))
    return failure();
  if (step.size() != 1 || step[0] < 1 || t.length > count)
    return n.fail("frames of " + Twine(t.length) + " of a signal of " + Twine(count) + " do not fit");
  if (n.has(2) && n.shape(2)[0] != t.length)
    return n.fail("a window of " + Twine(n.shape(2)[0]) + " for frames of " + Twine(t.length));
  int64_t frames = (count - t.length) / step[0] + 1;
  std::vector<int64_t> places;
  for (int64_t f = 0; f < frames; ++f)
    for (int64_t i = 0; i < t.length; ++i)
      places.push_back(f * step[0] + i);
  Value x = GatherOp::create(n.b, n.loc, n.in(0), n.constantInts(places), 1).getResult();
  x = n.reshape(x, {batch, frames, t.length, parts});
  if (n.has(2))
    x = n.o.mul(x, n.o.along(n.in(2), 2, x));
  return n.set(transform(n, x, 2, t));
}

//===--- Features -----------------------------------------------------------------------------------------------===//

// Triangles over the spectrum, evenly spaced on the mel scale.
LogicalResult melWeightMatrix(N &n) {
  double values[5];
  const char *names[] = {"num_mel_bins", "dft_length", "sample_rate", "lower_edge_hertz", "upper_edge_hertz"};
  for (int i = 0; i < 5; ++i)
    if (failed(n.number(i, names[i], values[i])))
      return failure();
  DType dtype = DType(n.i("output_datatype", 1));
  if (!elementType(n.b.getContext(), dtype))
    return n.unsupported("output_datatype " + Twine(n.i("output_datatype", 1)));
  int64_t bins = int64_t(values[0]), spectrum = int64_t(values[1]) / 2 + 1;
  if (!(values[0] >= 0) || !(values[1] >= 0) || !(values[2] > 0) || bins > 65536 || spectrum > 65536)
    return n.fail("wants numbers of bins and points that are not negative, and a positive rate");
  auto mel = [](double hertz) { return 2595 * std::log10(1 + hertz / 700); };
  double low = mel(values[3]), step = (mel(values[4]) - low) / double(bins + 2);
  std::vector<int64_t> edges;
  for (int64_t i = 0; i < bins + 2; ++i) {
    double hertz = 700 * (std::pow(10, (low + double(i) * step) / 2595) - 1);
    double edge = std::floor((values[1] + 1) * hertz / values[2]);
    if (!(edge >= 0 && edge < double(spectrum)))
      return n.fail("the edges reach beyond half of the rate");
    edges.push_back(int64_t(edge));
  }
  std::vector<double> matrix(size_t(spectrum * bins), 0);
  for (int64_t i = 0; i < bins; ++i) {
    int64_t left = edges[size_t(i)], middle = edges[size_t(i) + 1], right = edges[size_t(i) + 2];
    for (int64_t j = left; j <= middle; ++j)
      matrix[size_t(j * bins + i)] = left == middle ? 1 : double(j - left) / double(middle - left);
    for (int64_t j = middle; j < right; ++j)
      matrix[size_t(j * bins + i)] = double(right - j) / double(right - middle);
  }
  return n.setConstant(0, n.tensorOf(matrix, {spectrum, bins}, dtype));
}

// How often runs of tokens stand in each row, with 0 to max_skip_count tokens left out between neighbours.
LogicalResult tfIdf(N &n) {
  std::vector<int64_t> pool = n.is("pool_int64s"), starts = n.is("ngram_counts"), columns = n.is("ngram_indexes");
  std::vector<float> weights = floatsAttr(n.node, "weights");
  if (findAttr(n.node, "pool_strings"))
    return n.unsupported("runs of strings");
  int64_t shortest = n.i("min_gram_length", 1), longest = n.i("max_gram_length", 1), skips = n.i("max_skip_count", 0);
  if (n.rank(0) > 2 || shortest < 1 || longest < shortest || skips < 0 || skips > 1024 || n.rank(0) < 1)
    return n.fail("wants rows of tokens, and lengths of 1 or more");
  int64_t width = 0;
  for (int64_t column : columns)
    if ((width = std::max(width, column + 1)) > (1 << 24) || column < 0)
      return n.fail("an index of " + Twine(column));
  int64_t length = n.shape(0).back(), batch = n.rank(0) == 2 ? n.shape(0)[0] : 1;
  Value x = n.reshape(n.cast(n.in(0), n.b.getI64Type()), {batch, length});
  SmallVector<Value> counts; // [batch, runs of one length]
  std::vector<int64_t> source(size_t(width), -1);
  int64_t run = 0;
  for (size_t i = 0; i < starts.size(); ++i) {
    int64_t size = int64_t(i) + 1, begin = starts[i],
            end = i + 1 < starts.size() ? starts[i + 1] : int64_t(pool.size());
    if (begin < 0 || end < begin || end > int64_t(pool.size()) || (end - begin) % size)
      return n.fail("ngram_counts do not divide the pool");
    int64_t runs = (end - begin) / size, first = run;
    if (run + runs > int64_t(columns.size()))
      return n.fail("there are more runs than ngram_indexes");
    run += runs;
    if (size < shortest || size > longest || runs == 0)
      continue;
    for (int64_t r = 0; r < runs; ++r)
      source[size_t(columns[size_t(first + r)])] = r + [&] {
        int64_t before = 0;
        for (Value v : counts)
          before += N::shapeOf(v)[1];
        return before;
      }();
    Value sum = n.o.full(RankedTensorType::get({batch, runs}, n.b.getI64Type()), 0);
    for (int64_t skip = 1; skip <= (size == 1 ? 1 : skips + 1); ++skip) {
      int64_t places = length - skip * (size - 1);
      if (places <= 0)
        break;
      Value all;
      SmallVector<int64_t> shape = {batch, runs, places};
      auto type = RankedTensorType::get(shape, n.b.getI64Type());
      for (int64_t k = 0; k < size; ++k) {
        std::vector<int64_t> wanted;
        for (int64_t r = 0; r < runs; ++r)
          wanted.push_back(pool[size_t(begin + r * size + k)]);
        Value token = n.o.broadcast(n.slice(x, 1, k * skip, places), {0, 2}, type);
        Value same = n.compare(ComparePredicate::eq, token, n.o.broadcast(n.constantInts(wanted), {1}, type));
        all = all ? n.binary<AndOp>(all, same) : same;
      }
      sum = n.o.add(sum, n.o.sum(n.cast(all, n.b.getI64Type()), {2}));
    }
    counts.push_back(sum);
  }
  counts.push_back(n.o.full(RankedTensorType::get({batch, 1}, n.b.getI64Type()), 0)); // of columns without a run
  Value all = n.concat(counts, 1);
  int64_t nothing = N::shapeOf(all)[1] - 1;
  for (int64_t &from : source)
    from = from < 0 ? nothing : from;
  Value y = GatherOp::create(n.b, n.loc, all, n.constantInts(source), 1).getResult();
  std::string mode = n.s("mode", "TF");
  if (mode == "IDF")
    y = n.compare(ComparePredicate::gt, y, n.o.like(y, 0));
  y = n.cast(y, n.b.getF32Type());
  if (mode != "TF" && !weights.empty()) {
    if (int64_t(weights.size()) < width)
      return n.fail(Twine(weights.size()) + " weights for " + Twine(width) + " columns");
    std::vector<double> factors(weights.begin(), weights.begin() + width);
    y = n.o.mul(y, n.o.along(n.constantOf(factors, {width}, n.b.getF32Type()), 1, y));
  }
  return n.set(n.rank(0) == 2 ? y : n.reshape(y, {width}));
}

const ImportRow rows[] = {
    {"BlackmanWindow", 1, blackman},         {"DFT", 1, dft},   {"HammingWindow", 1, hamming}, {"HannWindow", 1, hann},
    {"MelWeightMatrix", 5, melWeightMatrix}, {"STFT", 2, stft}, {"TfIdfVectorizer", 1, tfIdf},
};
} // namespace

ArrayRef<ImportRow> signalRows() { return rows; }
} // namespace dlc
