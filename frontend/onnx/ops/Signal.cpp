// ONNX operators of signals: windows, made at import, and Fourier transforms as products with a matrix.
#include "frontend/Types.h"
#include "frontend/onnx/NodeBuilder.h"
#include <cmath>
#include <numbers>

namespace dlc {
namespace {
using N = NodeBuilder;

//===--- Windows ------------------------------------------------------------------------------------------------===//

// w[i] = a - b cos(x) + c cos(2x), x = 2 pi i / size, or / (size - 1) where the window is symmetric.
LogicalResult cosineWindow(N &n, double a, double b, double c) {
  std::vector<int64_t> sizes;
  if (failed(n.ints(0, "the size", sizes)))
    return failure();
  if (sizes.size() != 1 || sizes[0] < 0)
    return n.fail("wants one size that is not negative");
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
  if (t.oneSided && (t.inverse || parts == 2))
    return n.unsupported("onesided for complex numbers or the inverse");
  return success();
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
  if (n.has(1)) {
    if (failed(n.ints(1, "the length", values)))
      return failure();
    if (values.size() == 1)
      t.length = values[0];
  }
  if (failed(checkTransform(n, t, n.shape(0).back())))
    return failure();
  return n.set(transform(n, n.in(0), axis, t));
}

LogicalResult stft(N &n) {
  std::vector<int64_t> step, length;
  if (n.rank(0) != 3)
    return n.fail("wants a signal of [batch, length, 1 or 2]");
  if (failed(n.ints(1, "the step", step)) || (n.has(3) && failed(n.ints(3, "the length of frames", length))))
    return failure();
  if (!n.has(2) && !n.has(3))
    return n.fail("wants a window or a length of frames");
  int64_t batch = n.shape(0)[0], count = n.shape(0)[1], parts = n.shape(0)[2];
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

const ImportRow rows[] = {
    {"BlackmanWindow", 1, blackman}, {"DFT", 1, dft},   {"HammingWindow", 1, hamming},
    {"HannWindow", 1, hann},         {"STFT", 2, stft},
};
} // namespace

ArrayRef<ImportRow> signalRows() { return rows; }
} // namespace dlc
