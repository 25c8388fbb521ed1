// Quantised operators of com.microsoft: what ONNX says with DequantizeLinear, an operator and QuantizeLinear, in one
// node; products of integers with floats around them.
#include "frontend/onnx/Sizes.h"
#include "frontend/onnx/Window.h"
#include "frontend/onnx/ops/MicrosoftAttention.h"
#include "frontend/onnx/ops/Quantized.h"

namespace dlc {
namespace {
using N = NodeBuilder;
using P = ComparePredicate;

// A stored operand with its scale and zero point behind it, in f32; null where they do not fit, which is reported.
Value real(N &n, int at) {
  Value x = n.in(at), scale = spread(n, n.cast(n.in(at + 1), n.b.getF32Type()), x, -1);
  Value zero = n.has(at + 2) ? spread(n, n.in(at + 2), x, -1) : Value();
  if (scale && (zero || !n.has(at + 2)))
    return dequantized(n, x, scale, zero, n.b.getF32Type());
  (void)n.fail("scale or zero point of '" + n.name(at) + "' are no scalars");
  return {};
}
// The result in the type of operand `like`; its scale and zero point are operands `at` and the next.
LogicalResult setStored(N &n, Value y, int at, int like) {
  Value scale = spread(n, n.cast(n.in(at), n.b.getF32Type()), y, -1);
  Value zero = n.has(at + 1) ? spread(n, n.in(at + 1), y, -1) : Value();
  if (!scale || (n.has(at + 1) && !zero))
    return n.fail("the result's scale or zero point are no scalars");
  auto byte = dyn_cast<IntegerType>(n.element(like));
  return byte && byte.getWidth() <= 32 ? n.set(quantized(n, y, scale, zero, byte))
                                       : n.fail("wants integers of 32 bits or fewer");
}

template <typename Op> LogicalResult binary(N &n) {
  Value a = real(n, 0), b = real(n, 3);
  if (!a || !b || failed(n.together(a, b)))
    return failure();
  return setStored(n, n.binary<Op>(a, b), 6, 0);
}
LogicalResult sigmoid(N &n) {
  Value x = real(n, 0);
  return x ? setStored(n, n.unary<LogisticOp>(x), 3, 0) : failure();
}
LogicalResult leakyRelu(N &n) {
  Value x = real(n, 0);
  if (!x)
    return failure();
  Value low = n.times(x, n.f("alpha", 0.01f));
  return setStored(n, n.o.select(n.compare(P::lt, x, n.o.like(x, 0)), low, x), 3, 0);
}
LogicalResult softmax(N &n) {
  Value x = real(n, 0);
  int64_t axis;
  if (!x || failed(n.axis(n.rank(0), n.i("opset", 13) < 13 ? 1 : -1, axis)))
    return failure();
  SmallVector<int64_t> shape(N::shapeOf(x)), flat = shape;
  if (n.i("opset", 13) < 13) { // all dimensions from the axis on are one
    flat = {countOf(ArrayRef(shape).take_front(size_t(axis))), countOf(ArrayRef(shape).drop_front(size_t(axis)))};
    axis = 1;
  }
  x = n.reshape(x, flat);
  x = SoftmaxOp::create(n.b, n.loc, x.getType(), x, axis).getResult();
  return setStored(n, n.reshape(x, shape), 3, 0);
}
LogicalResult globalAveragePool(N &n) {
  Value x = real(n, 0);
  bool last = n.i("channels_last", 0);
  if (!x || n.rank(0) < 3)
    return n.fail("wants an operand of rank 3 or more");
  SmallVector<int64_t> dims;
  for (int64_t d = last ? 1 : 2; d < n.rank(0) - last; ++d)
    dims.push_back(d);
  return setStored(n, n.keepDims(n.o.mean(x, dims), n.shape(0), dims), 3, 0);
}
LogicalResult averagePool(N &n) {
  Value x = real(n, 0), y;
  bool last = n.i("channels_last", 0);
  if (!x || n.rank(0) < 3)
    return n.fail("wants an operand of rank 3 or more");
  if (failed(averagePooled(n, last ? channelsFirst(n, x) : x, y)))
    return failure();
  return setStored(n, last ? channelsLast(n, y) : y, 3, 0);
}
LogicalResult nhwcMaxPool(N &n) {
  Value y;
  if (n.rank(0) < 3)
    return n.fail("wants an operand of rank 3 or more");
  return failed(maxPooled(n, channelsFirst(n, n.in(0)), y)) ? failure() : n.set(channelsLast(n, y));
}
LogicalResult concat(N &n) { // scale and zero point of the result, and three operands for each part
  SmallVector<Value> parts;
  int64_t axis;
  if (n.inputs() < 5 || (n.inputs() - 2) % 3)
    return n.fail("wants a scale and a zero point, and three operands for each part");
  if (failed(n.axis(n.rank(2), 0, axis)))
    return failure();
  for (int i = 2; i < n.inputs(); i += 3) {
    Value part = real(n, i);
    if (!part)
      return failure();
    SmallVector<int64_t> shape(n.shape(i)), first(n.shape(2));
    if (shape.size() == first.size())
      first[axis] = shape[axis];
    if (shape != first || n.element(i) != n.element(2))
      return n.fail("'" + n.name(i) + "' of " + shapeName({shape.begin(), shape.end()}) +
                    " does not fit the first part");
    parts.push_back(part);
  }
  return setStored(n, n.concat(parts, axis), 0, 2);
}
LogicalResult where(N &n) {
  Value x = real(n, 1), y = real(n, 4), condition = n.in(0);
  if (!x || !y || failed(n.together(x, y)))
    return failure();
  auto shape = broadcastShapes(N::shapeOf(x).vec(), n.shape(0).vec());
  if (!shape || !n.element(0).isInteger(1))
    return n.fail("the condition does not fit the operands");
  return setStored(n, n.o.select(n.to(condition, *shape), n.to(x, *shape), n.to(y, *shape)), 7, 1);
}

//===--- Products -----------------------------------------------------------------------------------------------===//

// An integer operand minus its zero point, in i32: a scalar, or one for each of its columns.
Value centred(N &n, int operand, int zero) {
  Value v = n.cast(n.in(operand), n.b.getI32Type());
  Value point = n.has(zero) ? spread(n, n.cast(n.in(zero), n.b.getI32Type()), v, N::rankOf(v) - 1) : Value();
  return point ? n.o.sub(v, point) : n.has(zero) ? Value() : v;
}
// Sums of integers in f32, times both scales.
LogicalResult scaled(N &n, Value sums, int left, int right, Value &y) {
  mlir::Type f32 = n.b.getF32Type();
  Value a = spread(n, n.cast(n.in(left), f32), sums, N::rankOf(sums) - 1),
        b = spread(n, n.cast(n.in(right), f32), sums, N::rankOf(sums) - 1);
  if (!a || !b)
    return n.fail("a scale does not fit the columns");
  y = n.o.mul(n.cast(sums, f32), n.o.mul(a, b));
  return success();
}
LogicalResult withBias(N &n, int index, Value y) {
  if (!n.has(index))
    return n.set(y);
  if (N::rankOf(y) < 1 || n.rank(index) != 1 || n.shape(index)[0] != N::shapeOf(y).back())
    return n.fail("bias '" + n.name(index) + "' does not fit the columns");
  return n.set(n.o.add(y, n.o.along(n.cast(n.in(index), N::elementOf(y)), N::rankOf(y) - 1, y)));
}
// A, B, their scales, their zero points, bias.
LogicalResult matMulIntegerToFloat(N &n) {
  Value a = centred(n, 0, 4), b = centred(n, 1, 5), r, y;
  if (!a || !b || n.rank(0) < 1 || n.rank(1) < 2)
    return n.fail("an operand has no columns, or a zero point does not fit its operand");
  if (failed(matrixProduct(n, a, b, r)) || failed(scaled(n, r, 2, 3, y)))
    return failure();
  return withBias(n, 6, n.cast(y, n.element(2)));
}
LogicalResult matMulInteger16(N &n) {
  Value r, a = n.cast(n.in(0), n.b.getI32Type()), b = n.cast(n.in(1), n.b.getI32Type());
  return failed(matrixProduct(n, a, b, r)) ? failure() : n.set(r);
}
// A in floats, B, its scale and zero point, bias.
LogicalResult dynamicQuantizeMatMul(N &n) {
  if (n.rank(0) < 1 || n.rank(1) != 2 || n.shape(0).back() != n.shape(1)[0])
    return n.unsupported("weights that are no matrix of the operand's columns");
  Value y = dynamicProduct(n, n.in(0), n.in(1), n.in(2), n.has(3) ? n.in(3) : Value());
  return y ? withBias(n, 4, y) : n.fail("scale or zero point do not fit the weights' columns");
}
// A, scale, zero, B, scale, zero, C in i32, scale and zero of the result; without those it is real.
LogicalResult qGemm(N &n) {
  int64_t k0 = n.i("transA", 0) ? 0 : 1, k1 = n.i("transB", 0) ? 1 : 0;
  if (n.rank(0) != 2 || n.rank(3) != 2 || n.shape(0)[k0] != n.shape(3)[k1])
    return n.fail("operands " + shapeName(n.shape(0).vec()) + " and " + shapeName(n.shape(3).vec()) +
                  " do not multiply");
  Value a = centred(n, 0, 2), b = n.cast(n.in(3), n.b.getI32Type()), y;
  Value point = n.has(5) ? spread(n, n.cast(n.in(5), n.b.getI32Type()), b, 1 - k1) : Value();
  if (!a || (n.has(5) && !point))
    return n.fail("a zero point does not fit its operand");
  Value r = n.o.dot(a, point ? n.o.sub(b, point) : b, {}, {}, {k0}, {k1});
  if (n.has(6)) {
    auto shape = broadcastShapes(n.shape(6).vec(), N::shapeOf(r).vec());
    if (!shape || ArrayRef<int64_t>(*shape) != N::shapeOf(r) || n.element(6) != N::elementOf(r))
      return n.fail("'" + n.name(6) + "' of " + shapeName(n.shape(6).vec()) + " does not fit the product");
    r = n.o.add(r, n.to(n.in(6), *shape));
  }
  if (failed(scaled(n, r, 1, 4, y)))
    return failure();
  y = n.times(y, n.f("alpha", 1));
  return n.has(7) ? setStored(n, y, 7, n.has(8) ? 8 : 0) : n.set(y);
}
// Input, weights, bias, their scales, mask, their zero points, past.
LogicalResult qAttention(N &n) {
  if (n.rank(0) != 3 || n.rank(1) != 2 || n.shape(0)[2] != n.shape(1)[0])
    return n.fail("wants an input [batch, length, in] and weights [in, out]");
  Value a = centred(n, 0, 6), b = centred(n, 1, 7), y;
  if (!a || !b)
    return n.fail("a zero point does not fit its operand");
  if (failed(scaled(n, n.o.dot(a, b, {}, {}, {2}, {0}), 3, 4, y)))
    return failure();
  if (n.rank(2) != 1 || n.shape(2)[0] != n.shape(1)[1] || n.element(2) != N::elementOf(y))
    return n.fail("the bias does not fit the weights");
  return projectedAttention(n, n.o.add(y, n.o.along(n.in(2), 2, y)), 5, 8, -1);
}

//===--- Tables -------------------------------------------------------------------------------------------------===//

/// The numbers of `bits` that bytes [.., n] hold, the lowest first: [.., n * 8 / bits].
Value unpacked(N &n, Value v, int64_t bits) {
  if (bits == 8)
    return v;
  SmallVector<int64_t> shape(N::shapeOf(v));
  shape.push_back(1);
  Value rest = n.reshape(v, shape);
  SmallVector<Value> parts;
  for (int64_t part = 0; part < 8 / bits; ++part) {
    Value high = n.o.div(rest, n.o.like(rest, double(1 << bits)));
    parts.push_back(n.o.sub(rest, n.times(high, double(1 << bits))));
    rest = high;
  }
  shape.pop_back();
  shape.back() *= 8 / bits;
  return n.reshape(n.concat(parts, int64_t(shape.size())), shape);
}
// data, indices, scales, zero points: rows of a table in blocks along one dimension, each with a scale.
LogicalResult gatherBlockQuantized(N &n) {
  int64_t rank = n.rank(0), from = n.i("gather_axis", 0), along = n.i("quantize_axis", 1),
          size = n.i("block_size", 128), bits = n.i("bits", 4);
  bool packed = n.element(0).isUnsignedInteger(8) && bits < 8;
  if (failed(n.normalize(from, rank)) || failed(n.normalize(along, rank)))
    return failure();
  if (size < 1 || (bits != 2 && bits != 4 && bits != 8) || hasOpen(n.shape(0)) || (packed && along != rank - 1))
    return n.unsupported("numbers of " + Twine(bits) + " bits in blocks of " + Twine(size) + " along dimension " +
                         Twine(along) + " of " + describe(n.type(0)));
  SmallVector<int64_t> shape(n.shape(0));
  if (packed)
    shape.back() *= 8 / bits;
  int64_t width = shape[size_t(along)];
  SmallVector<int64_t> blocks = shape, held;
  blocks[size_t(along)] = (width + size - 1) / size;
  held = blocks;
  if (packed)
    held.back() = (held.back() * bits + 7) / 8;
  if (n.shape(2) != ArrayRef<int64_t>(blocks) || (n.has(3) && n.shape(3) != ArrayRef<int64_t>(held)))
    return n.fail("scales or zero points are not one for each block of " + Twine(size));
  mlir::Type element = n.element(2), i64 = n.b.getI64Type();
  Value index = n.cast(n.in(1), i64), all = n.o.like(index, double(shape[size_t(from)]));
  index = n.o.select(n.compare(P::lt, index, n.o.like(index, 0)), n.o.add(index, all), index);
  // Rows are picked as they are stored; where the blocks lie along the picked dimension all of it is read first.
  bool first = from != along;
  auto pick = [&](Value v) { return GatherOp::create(n.b, n.loc, v, index, from).getResult(); };
  auto stored = [&](int operand) {
    Value v = first ? pick(n.in(operand)) : n.in(operand);
    return packed && operand != 2 ? unpacked(n, v, bits) : v;
  };
  int64_t axis = first && along > from ? along + n.rank(1) - 1 : along;
  std::vector<int64_t> block;
  for (int64_t i = 0; i < width; ++i)
    block.push_back(i / size);
  Value which = n.constantInts(block);
  auto wide = [&](Value v) { return GatherOp::create(n.b, n.loc, v, which, axis).getResult(); };
  Value x = n.cast(stored(0), n.b.getI32Type());
  Value zero = n.has(3) ? n.cast(wide(stored(3)), n.b.getI32Type())
                        : n.o.like(x, n.element(0).isUnsignedInteger(8) ? double(int64_t(1) << (bits - 1)) : 0);
  Value y = n.o.mul(n.cast(n.o.sub(x, zero), element), wide(stored(2)));
  return n.set(first ? y : pick(y));
}

const ImportRow rows[] = {
    {"com.microsoft.DynamicQuantizeMatMul", 3, dynamicQuantizeMatMul, OpenDims::any},
    {"com.microsoft.GatherBlockQuantized", 3, gatherBlockQuantized, OpenDims::any},
    {"com.microsoft.MatMulInteger16", 2, matMulInteger16, OpenDims::any},
    {"com.microsoft.MatMulIntegerToFloat", 4, matMulIntegerToFloat, OpenDims::any},
    {"com.microsoft.NhwcMaxPool", 1, nhwcMaxPool, OpenDims::any},
    {"com.microsoft.QAttention", 5, qAttention, OpenDims::any},
    {"com.microsoft.QGemm", 6, qGemm, OpenDims::any},
    {"com.microsoft.QLinearAdd", 7, binary<AddOp>, OpenDims::any},
    {"com.microsoft.QLinearAveragePool", 4, averagePool, OpenDims::any},
    {"com.microsoft.QLinearConcat", 5, concat, OpenDims::any},
    {"com.microsoft.QLinearGlobalAveragePool", 5, globalAveragePool, OpenDims::any},
    {"com.microsoft.QLinearLeakyRelu", 4, leakyRelu, OpenDims::any},
    {"com.microsoft.QLinearMul", 7, binary<MulOp>, OpenDims::any},
    {"com.microsoft.QLinearSigmoid", 4, sigmoid, OpenDims::any},
    {"com.microsoft.QLinearSoftmax", 5, softmax, OpenDims::any},
    {"com.microsoft.QLinearWhere", 8, where, OpenDims::any},
};
} // namespace

ArrayRef<ImportRow> microsoftQuantizedRows() { return rows; }
} // namespace dlc
