// ONNX quantisation: linear scales and zero points, spelled out in floats or 32-bit integers.
#include "frontend/Types.h"
#include "frontend/onnx/NodeBuilder.h"
#include "frontend/onnx/Sizes.h"
#include "frontend/onnx/Window.h"
#include "frontend/onnx/ops/Quantized.h"

namespace dlc {
using N = NodeBuilder;

static void limits(mlir::Type element, double &low, double &high) {
  auto type = cast<IntegerType>(element);
  double span = std::pow(2.0, type.getWidth());
  low = type.isUnsigned() ? 0 : -span / 2;
  high = low + span - 1;
}

Value spread(N &n, Value v, Value like, int64_t axis) {
  ArrayRef<int64_t> shape = N::shapeOf(like), from = N::shapeOf(v);
  auto type = tensorType(shape, N::elementOf(v));
  if (llvm::all_of(from, [](int64_t size) { return size == 1; }))
    return n.o.broadcast(n.reshape(v, {}), {}, type);
  if (from.size() == 1 && axis >= 0 && axis < int64_t(shape.size()) && from[0] == shape[axis])
    return n.o.broadcast(v, {axis}, type);
  if (from.size() != shape.size())
    return {};
  // Blocks: each value serves size/blocks neighbours along one axis.
  SmallVector<int64_t> wide, dims;
  for (size_t d = 0; d < shape.size(); ++d) {
    dims.push_back(int64_t(2 * d));
    if (from[d] == shape[d] || from[d] == 1) {
      wide.append({from[d], from[d] == 1 ? shape[d] : 1});
      continue;
    }
    if (isOpen(from[d]) || isOpen(shape[d]) || from[d] == 0 || shape[d] % from[d] != 0)
      return {};
    wide.append({from[d], shape[d] / from[d]});
  }
  return n.reshape(n.o.broadcast(v, dims, tensorType(wide, N::elementOf(v))), shape);
}

/// `step`, with the gradient of `line`.
static Value straightThrough(N &n, Value step, Value line) {
  return StopGradientOp::create(n.b, n.loc, step.getType(), step, line).getResult();
}

Value quantized(N &n, Value x, Value scale, Value zero, mlir::Type element) {
  double low, high;
  if (auto narrow = dyn_cast<FloatType>(element)) { // zero points of floats are zero
    double most = llvm::APFloat::getLargest(narrow.getFloatSemantics()).convertToDouble();
    return n.cast(n.clamp(n.o.div(x, scale), -most, most), element);
  }
  limits(element, low, high);
  // The gradient goes straight through the rounding, and stops where the range ends.
  Value exact = n.o.div(x, scale), q = straightThrough(n, n.unary<RoundOp>(exact), exact);
  if (zero)
    q = n.o.add(q, n.cast(zero, N::elementOf(x)));
  q = n.binary<MinOp>(n.o.max(q, n.o.like(q, low)), n.o.like(q, high));
  return n.cast(q, element);
}

Value dequantized(N &n, Value x, Value scale, Value zero, mlir::Type element) {
  if (isa<FloatType>(N::elementOf(x)))
    return n.o.mul(n.cast(x, element), scale);
  auto quantised = x.getDefiningOp<CastOp>();
  // Differences of 8-bit numbers need more bits than those; 32-bit ones are exact in i32.
  Value wide = n.cast(x, n.b.getI32Type());
  if (zero)
    wide = n.o.sub(wide, n.cast(zero, n.b.getI32Type()));
  Value y = n.cast(wide, element);
  if (quantised && isa<FloatType>(N::elementOf(quantised.getX()))) {
    // Behind QuantizeLinear: whole numbers, through which the gradient of the floats goes that they were.
    Value was = n.cast(quantised.getX(), element);
    y = straightThrough(n, y, zero ? n.o.sub(was, n.cast(zero, element)) : was);
  }
  return n.o.mul(y, scale);
}

Value dynamicallyQuantized(N &n, Value x, Value &scale, Value &zero) {
  SmallVector<int64_t> all;
  for (int64_t d = 0; d < N::rankOf(x); ++d)
    all.push_back(d);
  auto scalar = n.o.full(RankedTensorType::get({}, N::elementOf(x)), 0);
  Value high = n.o.max(n.o.reduce(ReduceKind::max, x, all), scalar);
  Value low = n.smaller(n.o.reduce(ReduceKind::min, x, all), scalar);
  Value range = n.o.sub(high, low);
  scale = n.o.div(range, n.o.like(range, 255));
  scale = n.o.select(n.compare(ComparePredicate::eq, scale, scalar), n.o.like(scalar, 1), scale);
  mlir::Type byte = n.b.getIntegerType(8, /*isSigned=*/false);
  zero = n.cast(n.clamp(n.unary<RoundOp>(n.o.neg(n.o.div(low, scale))), 0, 255), byte);
  return quantized(n, x, spread(n, scale, x, 0), spread(n, zero, x, 0), byte);
}

Value dynamicProduct(N &n, Value x, Value w, Value scale, Value zero) {
  mlir::Type i32 = n.b.getI32Type(), f32 = n.b.getF32Type();
  Value ownScale, ownZero, q = n.cast(dynamicallyQuantized(n, n.cast(x, f32), ownScale, ownZero), i32);
  q = n.o.sub(q, spread(n, n.cast(ownZero, i32), q, 0));
  Value b = n.cast(w, i32), point = zero ? spread(n, n.cast(zero, i32), b, 1) : Value();
  if (zero && !point)
    return {};
  Value sums = n.o.dot(q, point ? n.o.sub(b, point) : b, {}, {}, {N::rankOf(q) - 1}, {0});
  Value theirs = spread(n, n.cast(scale, f32), sums, N::rankOf(sums) - 1);
  if (!theirs)
    return {};
  return n.cast(n.o.mul(n.cast(sums, f32), n.o.mul(spread(n, ownScale, sums, 0), theirs)), N::elementOf(x));
}

namespace {
LogicalResult quantizeLinear(N &n) {
  int64_t axis = n.i("axis", 1);
  axis += axis < 0 ? n.rank(0) : 0;
  mlir::Type element = n.has(2) ? n.element(2) : n.b.getIntegerType(8, /*isSigned=*/false);
  if (!n.has(2) && n.i("output_dtype", 0))
    element = elementType(n.b.getContext(), DType(n.i("output_dtype", 0)));
  if (!element || (!isa<IntegerType>(element) && element.getIntOrFloatBitWidth() > 8))
    return n.unsupported("quantisation to a type of more than 8 bits that is no integer");
  Value x = n.cast(n.in(0), n.b.getF32Type()), scale = spread(n, n.cast(n.in(1), n.b.getF32Type()), x, axis);
  Value zero = n.has(2) ? spread(n, n.in(2), x, axis) : Value();
  if (!scale || (n.has(2) && !zero))
    return n.fail("scale or zero point do not fit axis " + Twine(axis));
  return n.set(quantized(n, x, scale, zero, element));
}

LogicalResult dequantizeLinear(N &n) {
  int64_t axis = n.i("axis", 1);
  axis += axis < 0 ? n.rank(0) : 0;
  Value x = n.in(0), scale = spread(n, n.in(1), x, axis), zero = n.has(2) ? spread(n, n.in(2), x, axis) : Value();
  if (!scale || (n.has(2) && !zero))
    return n.fail("scale or zero point do not fit axis " + Twine(axis));
  return n.set(dequantized(n, x, scale, zero, n.element(1)));
}

LogicalResult dynamicQuantizeLinear(N &n) {
  Value scale, zero, y = dynamicallyQuantized(n, n.in(0), scale, zero);
  return failed(n.set(0, y)) || failed(n.set(1, scale)) ? failure() : n.set(2, zero);
}

// An integer operand minus its zero point, in i32; `axis` is the dimension of per-channel zero points.
Value centred(N &n, int operand, int zero, int64_t axis) {
  Value v = n.cast(n.in(operand), n.b.getI32Type());
  if (!n.has(zero))
    return v;
  Value point = spread(n, n.cast(n.in(zero), n.b.getI32Type()), v, axis);
  return point ? n.o.sub(v, point) : Value();
}

LogicalResult convolve(N &n, int weight, Value x, Value w, Value &r) {
  Window window;
  if (n.rank(weight) < 3)
    return n.fail("the weights have rank " + Twine(n.rank(weight)) + ", expected 3 or more");
  if (failed(readWindow(n, n.shape(weight).drop_front(2), N::shapeOf(x), window)))
    return failure();
  if (int64_t channels = N::shapeOf(x)[1];
      n.i("group", 1) < 1 || elementCount({n.shape(weight)[1], n.i("group", 1)}) != channels)
    return n.fail("weight " + shapeName(n.shape(weight).vec()) + " does not fit " + Twine(channels) + " channels");
  SmallVector<int64_t> ones(window.size.size(), 1);
  r = ConvOp::create(n.b, n.loc, x, w, window.strides, window.low, window.high, ones, window.dilations, n.i("group", 1),
                     false)
          .getResult();
  return success();
}
LogicalResult convInteger(N &n) {
  Value x = centred(n, 0, 2, 1), w = centred(n, 1, 3, 0), r;
  if (!x || !w)
    return n.fail("a zero point does not fit its operand");
  return failed(convolve(n, 1, x, w, r)) ? failure() : n.set(r);
}

// x, x_scale, x_zero, w, w_scale, w_zero, y_scale, y_zero, bias: the sums in i32, one rescale at the end.
LogicalResult rescale(N &n, Value sums, int64_t weightAxis, bool last = false) {
  mlir::Type f32 = n.b.getF32Type();
  Value a = spread(n, n.cast(n.in(1), f32), sums, -1), b = spread(n, n.cast(n.in(4), f32), sums, weightAxis);
  Value y = spread(n, n.cast(n.in(6), f32), sums, -1), zero = spread(n, n.in(7), sums, -1);
  if (!a || !b || !y || !zero)
    return n.fail("a scale does not fit its operand");
  Value real = n.o.mul(n.cast(sums, f32), n.o.mul(a, b));
  Value stored = quantized(n, real, y, zero, n.element(7));
  return n.set(last ? channelsLast(n, stored) : stored);
}
LogicalResult qLinearConv(N &n) {
  bool last = n.i("channels_last", 0);
  if (n.rank(0) < 3)
    return n.fail("wants an operand of rank 3 or more");
  Value x = centred(n, 0, 2, last ? n.rank(0) - 1 : 1), w = centred(n, 3, 5, 0), r;
  if (!x || !w)
    return n.fail("a zero point does not fit its operand");
  if (last)
    x = channelsFirst(n, x);
  if (failed(convolve(n, 3, x, w, r)))
    return failure();
  if (n.has(8))
    r = n.o.add(r, n.o.along(n.in(8), 1, r));
  return rescale(n, r, 1, last);
}
LogicalResult qLinearMatMul(N &n) {
  Value a = centred(n, 0, 2, n.rank(0) - 2), b = centred(n, 3, 5, n.rank(3) - 1), r;
  if (!a || !b)
    return n.fail("a zero point does not fit its operand");
  if (failed(matrixProduct(n, a, b, r)))
    return failure();
  return rescale(n, r, N::rankOf(r) - 1);
}

const ImportRow rows[] = {
    {"ConvInteger", 2, convInteger, OpenDims::any},
    {"DequantizeLinear", 2, dequantizeLinear, OpenDims::any},
    {"DynamicQuantizeLinear", 1, dynamicQuantizeLinear, OpenDims::any},
    {"QLinearConv", 8, qLinearConv, OpenDims::any},
    {"QLinearMatMul", 8, qLinearMatMul, OpenDims::any},
    {"QuantizeLinear", 2, quantizeLinear, OpenDims::any},
    {"com.microsoft.DequantizeLinear", 2, dequantizeLinear, OpenDims::any},
    {"com.microsoft.QLinearConv", 8, qLinearConv, OpenDims::any},
    {"com.microsoft.QuantizeLinear", 2, quantizeLinear, OpenDims::any},
};
} // namespace

ArrayRef<ImportRow> quantizationRows() { return rows; }
} // namespace dlc
