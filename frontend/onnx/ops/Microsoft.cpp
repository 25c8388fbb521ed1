// Operators of com.microsoft that exporters and ONNX Runtime's own optimizer write: fused forms of what ONNX has.
#include "frontend/onnx/NodeBuilder.h"
#include "frontend/onnx/Sizes.h"
#include "frontend/onnx/Window.h"
#include "frontend/onnx/ops/Quantized.h"
#include <cmath>
#include <numbers>
#include <numeric>

namespace dlc {
namespace {
using N = NodeBuilder;
using P = ComparePredicate;

//===--- Fused activations --------------------------------------------------------------------------------------===//

// An activation by ONNX's name and up to two parameters; null where there is no such.
Value activated(N &n, Value x, const std::string &name, ArrayRef<float> given) {
  auto parameter = [&](size_t i, double otherwise) { return i < given.size() ? double(given[i]) : otherwise; };
  if (name.empty())
    return x;
  if (name == "Relu")
    return n.unary<ReluOp>(x);
  if (name == "Tanh")
    return n.unary<TanhOp>(x);
  if (name == "Sigmoid")
    return n.unary<LogisticOp>(x);
  if (name == "LeakyRelu")
    return n.o.select(n.compare(P::lt, x, n.o.like(x, 0)), n.times(x, parameter(0, 0.01)), x);
  if (name == "Clip")
    return n.clamp(x, parameter(0, -3.4028234663852886e38), parameter(1, 3.4028234663852886e38));
  if (name == "HardSigmoid")
    return n.clamp(n.plus(n.times(x, parameter(0, 0.2)), parameter(1, 0.5)), 0, 1);
  if (name == "HardSwish")
    return n.o.mul(x, n.clamp(n.plus(n.times(x, 1.0 / 6), 0.5), 0, 1));
  return {};
}
LogicalResult setActivated(N &n, Value x, ArrayRef<float> parameters) {
  std::string name = n.s("activation", "");
  Value y = activated(n, x, name, parameters);
  return y ? n.set(y) : n.unsupported("activation '" + name + "'");
}

// X, W, bias, and what is added before the activation.
LogicalResult fusedConv(N &n) {
  Value r;
  if (failed(convolution(n, r)))
    return failure();
  if (n.has(3)) {
    Value z = n.in(3);
    if (z.getType() != r.getType())
      return n.fail("what is added does not have the convolution's shape");
    r = n.o.add(r, z);
  }
  return setActivated(n, r, floatsAttr(n.node, "activation_params"));
}
LogicalResult fusedGemm(N &n) {
  Value r;
  if (failed(generalProduct(n, r)))
    return failure();
  SmallVector<float> parameters;
  for (const char *name : {"activation_alpha", "activation_beta"})
    if (findAttr(n.node, name))
      parameters.push_back(float(n.f(name, 0)));
  return setActivated(n, r, parameters);
}
LogicalResult fusedMatMul(N &n) {
  auto operand = [&](int index, StringRef last, StringRef batch) {
    SmallVector<int64_t> perm(n.rank(index));
    std::iota(perm.begin(), perm.end(), 0);
    if (n.i(batch, 0) && perm.size() >= 2) // the first dimension goes behind those of the batch
      std::rotate(perm.begin(), perm.begin() + 1, perm.end() - 1);
    if (n.i(last, 0) && perm.size() >= 2)
      std::swap(perm.back(), perm[perm.size() - 2]);
    return n.transpose(n.in(index), perm);
  };
  Value r;
  if (failed(matrixProduct(n, operand(0, "transA", "transBatchA"), operand(1, "transB", "transBatchB"), r)))
    return failure();
  double alpha = n.f("alpha", 1);
  return n.set(alpha == 1 ? r : n.times(r, alpha));
}

//===--- Gelu ---------------------------------------------------------------------------------------------------===//

Value geluErf(N &n, Value x) {
  return n.o.mul(n.times(x, 0.5), n.plus(n.unary<ErfOp>(n.times(x, std::numbers::sqrt2 / 2)), 1));
}
Value geluTanh(N &n, Value x) {
  Value cube = n.o.mul(x, n.o.mul(x, x));
  Value inner = n.times(n.o.add(x, n.times(cube, 0.044715)), std::sqrt(2 / std::numbers::pi));
  return n.o.mul(n.times(x, 0.5), n.plus(n.unary<TanhOp>(inner), 1));
}
// The operand plus a bias along the last dimension, where there is one.
LogicalResult biased(N &n, int index, Value &x) {
  if (!n.has(index))
    return success();
  if (N::rankOf(x) < 1 || n.rank(index) != 1 || n.shape(index)[0] != N::shapeOf(x).back() ||
      n.element(index) != N::elementOf(x))
    return n.fail("bias '" + n.name(index) + "' does not fit the last dimension");
  x = n.o.add(x, n.o.along(n.in(index), N::rankOf(x) - 1, x));
  return success();
}
template <Value (*f)(N &, Value)> LogicalResult biasGelu(N &n) {
  Value x = n.in(0);
  return failed(biased(n, 1, x)) ? failure() : n.set(f(n, x));
}
LogicalResult quickGelu(N &n) {
  Value x = n.in(0);
  return n.set(n.o.mul(x, n.unary<LogisticOp>(n.times(x, n.f("alpha", 1.702f)))));
}
LogicalResult biasSplitGelu(N &n) {
  Value x = n.in(0);
  if (failed(biased(n, 1, x)))
    return failure();
  int64_t axis = n.rank(0) - 1, half = n.shape(0)[axis] / 2;
  if (n.shape(0)[axis] % 2)
    return n.fail("the last dimension is odd");
  return n.set(n.o.mul(n.slice(x, axis, 0, half), geluErf(n, n.slice(x, axis, half, half))));
}
LogicalResult biasAdd(N &n) {
  Value x = n.in(0);
  if (failed(biased(n, 1, x)))
    return failure();
  Value skip = n.has(2) ? n.in(2) : Value();
  if (skip && skip.getType() != x.getType())
    return n.fail("the skip differs from the operand in type");
  return n.set(skip ? n.o.add(x, skip) : x);
}

//===--- Normalisation ------------------------------------------------------------------------------------------===//

// Over the dimensions from `axis` on, in f32: (x - mean) / deviation * scale + bias, or without mean and bias.
LogicalResult normalizeFrom(N &n, int64_t axis, Value x, int scaleInput, int biasInput, bool simplified, int meanOutput,
                            int deviationOutput) {
  if (axis < 0 || n.shape(scaleInput) != N::shapeOf(x).drop_front(axis))
    return n.fail("the scale does not fit the dimensions that are normalised");
  SmallVector<int64_t> dims;
  for (int64_t d = axis; d < N::rankOf(x); ++d)
    dims.push_back(d);
  Value wide = n.cast(x, n.b.getF32Type()), mean = n.o.mean(wide, dims);
  if (!simplified)
    wide = n.o.sub(wide, n.o.unreduce(mean, dims, wide));
  Value square = n.o.mean(n.o.mul(wide, wide), dims);
  Value r = n.o.rsqrt(n.plus(square, n.f("epsilon", simplified ? 1e-5f : 1e-12f)));
  Value y = n.cast(n.o.mul(wide, n.o.unreduce(r, dims, wide)), N::elementOf(x));
  y = n.o.mul(y, n.o.broadcast(n.cast(n.in(scaleInput), N::elementOf(y)), dims, y.getType()));
  if (biasInput >= 0 && failed(biased(n, biasInput, y)))
    return failure();
  if (meanOutput >= 0 && failed(n.set(meanOutput, n.keepDims(mean, N::shapeOf(x), dims))))
    return failure();
  if (failed(n.set(deviationOutput, n.keepDims(r, N::shapeOf(x), dims))))
    return failure();
  return n.set(0, y);
}
// input, skip, scale, bias of the norm (of the full form), bias of the sum.
template <bool simplified> LogicalResult skipNorm(N &n) {
  Value x = n.in(0), skip = n.in(1);
  auto shape = broadcastShapes(N::shapeOf(x).vec(), N::shapeOf(skip).vec());
  if (!shape || ArrayRef<int64_t>(*shape) != N::shapeOf(x) || N::elementOf(x) != N::elementOf(skip))
    return n.fail("the skip does not fit the operand");
  x = n.o.add(x, n.to(skip, *shape));
  if (failed(biased(n, simplified ? 3 : 4, x)) || failed(n.set(3, x)))
    return failure();
  return normalizeFrom(n, N::rankOf(x) - 1, x, 2, simplified ? -1 : 3, simplified, simplified ? -1 : 1, 2);
}
LogicalResult simplifiedNorm(N &n) {
  int64_t axis;
  if (failed(n.axis(n.rank(0), -1, axis)))
    return failure();
  return normalizeFrom(n, axis, n.in(0), 1, -1, true, -1, 1);
}

// Ids of words, segments; tables of words, positions, segments; scale, bias; mask; positions. Quantised: in place of
// the positions five scales and five zero points, of the tables, scale and bias.
template <bool stored> LogicalResult embedLayerNorm(N &n) {
  bool fit = true;
  auto real = [&](int operand, Value v) {
    if (!stored)
      return v;
    Value scale, zero;
    if (n.has(operand + 6))
      scale = spread(n, n.cast(n.in(operand + 6), n.b.getF32Type()), v, -1);
    if (n.has(operand + 11))
      zero = spread(n, n.in(operand + 11), v, -1);
    fit &= scale && (zero || !n.has(operand + 11));
    return fit ? dequantized(n, v, scale, zero, n.b.getF32Type()) : n.cast(v, n.b.getF32Type());
  };
  if (!n.has(2) || !n.has(3) || !n.has(5) || n.rank(0) != 2 || n.rank(2) != 2 || n.rank(3) != 2 ||
      isLess(n.shape(3)[0], n.shape(0)[1]).value_or(true))
    return n.fail("wants ids of [batch, length] and tables of words and positions");
  int64_t batch = n.shape(0)[0], length = n.shape(0)[1];
  auto look = [&](int table, Value ids) {
    return real(table, GatherOp::create(n.b, n.loc, n.in(table), ids, 0).getResult());
  };
  Value x = look(2, n.in(0));
  SmallVector<int64_t> shape(N::shapeOf(x));
  Value positions = !stored && n.has(8) ? look(3, n.in(8)) : real(3, n.slice(n.in(3), 0, 0, length));
  auto fits = broadcastShapes(N::shapeOf(positions).vec(), {shape.begin(), shape.end()});
  if (!fits || *fits != std::vector<int64_t>(shape.begin(), shape.end()))
    return n.fail("the table of positions does not fit that of words");
  x = n.o.add(x, n.to(positions, shape));
  if (n.has(1) && n.has(4)) {
    Value segments = look(4, n.in(1));
    if (segments.getType() != x.getType())
      return n.fail("the table of segments does not fit that of words");
    x = n.o.add(x, segments);
  }
  if (n.wants(1)) {
    auto i32 = n.b.getI32Type();
    Value count =
        n.has(7) && n.rank(7) == 2 ? n.o.sum(n.cast(n.in(7), i32), {1}) : n.o.full(tensorType({batch}, i32), 0);
    if (failed(n.set(1, count)))
      return failure();
  }
  if (!stored && failed(n.set(2, x)))
    return failure();
  int64_t axis = 2;
  Value mean = n.o.mean(x, {axis}), centred = n.o.sub(x, n.o.unreduce(mean, {axis}, x));
  Value r = n.o.rsqrt(n.plus(n.o.mean(n.o.mul(centred, centred), {axis}), n.f("epsilon", 1e-12f)));
  Value y = n.o.mul(centred, n.o.unreduce(r, {axis}, x));
  if (n.shape(5) != ArrayRef<int64_t>(shape).take_back(1))
    return n.fail("the scale does not fit the last dimension");
  y = n.o.mul(y, n.o.along(real(5, n.in(5)), axis, y));
  if (n.has(6) && n.shape(6) != n.shape(5))
    return n.fail("the bias does not fit the last dimension");
  if (n.has(6))
    y = n.o.add(y, n.o.along(real(6, n.in(6)), axis, y));
  return fit ? n.set(0, y) : n.fail("a scale or zero point is missing, or is no scalar");
}

// X is [batch, space.., channels] unless told; activation 1 is SiLU.
LogicalResult normalizeGroups(N &n, Value x) {
  int64_t groups = n.i("groups", 1);
  bool last = n.i("channels_last", 1);
  x = last ? channelsFirst(n, x) : x;
  SmallVector<int64_t> shape(N::shapeOf(x));
  int64_t channels = shape[1];
  if (groups < 1 || channels % groups || channels == 0 || n.shape(1) != ArrayRef<int64_t>(channels) ||
      n.shape(2) != ArrayRef<int64_t>(channels))
    return n.fail("scale, bias or the number of groups do not fit " + Twine(channels) + " channels");
  Value v = n.reshape(n.cast(x, n.b.getF32Type()),
                      {shape[0], groups, elementCount({shape.begin() + 1, shape.end()}) / groups});
  v = n.o.sub(v, n.o.unreduce(n.o.mean(v, {2}), {2}, v));
  Value r = n.o.rsqrt(n.plus(n.o.mean(n.o.mul(v, v), {2}), n.f("epsilon", 1e-5f)));
  v = n.reshape(n.o.mul(v, n.o.unreduce(r, {2}, v)), shape);
  auto along = [&](int index) { return n.o.along(n.cast(n.in(index), n.b.getF32Type()), 1, v); };
  v = n.o.add(n.o.mul(v, along(1)), along(2));
  if (n.i("activation", 0) == 1)
    v = n.o.mul(v, n.unary<LogisticOp>(v));
  v = n.cast(v, n.element(0));
  return n.set(last ? channelsLast(n, v) : v);
}
LogicalResult groupNorm(N &n) {
  return n.rank(0) < 3 ? n.fail("wants an operand of rank 3 or more") : normalizeGroups(n, n.in(0));
}
// X, scale, bias of the norm, skip [batch, channels] or like X, bias of the sum.
LogicalResult skipGroupNorm(N &n) {
  int64_t rank = n.rank(0);
  if (rank < 3)
    return n.fail("wants an operand of rank 3 or more");
  int64_t axis = n.i("channels_last", 1) ? rank - 1 : 1;
  SmallVector<int64_t> shape(n.shape(3));
  if (shape.size() == 2) {
    shape.assign(size_t(rank), 1);
    shape[0] = n.shape(3)[0], shape[size_t(axis)] = n.shape(3)[1];
  }
  Value x = n.in(0), skip = n.reshape(n.in(3), shape);
  auto fits = broadcastShapes(n.shape(0).vec(), {shape.begin(), shape.end()});
  if (!fits || n.shape(0) != ArrayRef<int64_t>(*fits) || n.element(3) != n.element(0))
    return n.fail("the skip does not fit the operand");
  x = n.o.add(x, n.to(skip, *fits));
  if (n.has(4)) {
    if (n.rank(4) != 1 || n.shape(4)[0] != n.shape(0)[axis] || n.element(4) != n.element(0))
      return n.fail("bias '" + n.name(4) + "' does not fit the channels");
    x = n.o.add(x, n.o.along(n.in(4), axis, x));
  }
  return failed(n.set(1, x)) ? failure() : normalizeGroups(n, x);
}

//===--- Experts ------------------------------------------------------------------------------------------------===//

// Tokens [.., in], scores of experts [tokens, experts], weights [experts, inner, in], bias, weights [experts, out,
// inner], bias: each token gets the sum of its k best experts, by their share. All are computed; few are small.
LogicalResult mixtureOfExperts(N &n) {
  std::string activation = n.s("activation_type", "relu");
  if (n.has(6) || n.has(7) || n.i("use_sparse_mixer", 0) || n.i("swiglu_fusion", 0) ||
      !llvm::is_contained({"relu", "gelu", "silu", "identity"}, activation))
    return n.unsupported("activation '" + activation + "', gates of their own (fc3) or a sparse mixer");
  int64_t rank = n.rank(0), k = n.i("k", 1);
  if (rank < 2 || n.rank(1) != 2 || n.rank(2) != 3 || !n.has(4) || n.rank(4) != 3)
    return n.fail("wants tokens, their scores, and two weights of rank 3");
  SmallVector<int64_t> outer(n.shape(0).drop_back());
  int64_t tokens = countOf(outer), width = n.shape(0).back(), experts = n.shape(1)[1], inner = n.shape(2)[1],
          out = n.shape(4)[1];
  if (n.shape(1)[0] != tokens || n.shape(2) != ArrayRef<int64_t>({experts, inner, width}) ||
      n.shape(4) != ArrayRef<int64_t>({experts, out, inner}) ||
      (n.has(3) && n.shape(3) != ArrayRef<int64_t>({experts, inner})) ||
      (n.has(5) && n.shape(5) != ArrayRef<int64_t>({experts, out})) || isOpen(experts) || k < 1 || k > experts ||
      k > 64)
    return n.fail("scores, weights or biases do not fit tokens of " + Twine(width) + " and " + Twine(k) + " of " +
                  Twine(experts) + " experts");
  mlir::Type f32 = n.b.getF32Type(), i64 = n.b.getI64Type();
  Value share = n.cast(n.in(1), f32);
  share = SoftmaxOp::create(n.b, n.loc, share.getType(), share, 1).getResult();
  auto best = SortOp::create(n.b, n.loc, tensorType({tokens, k}, f32), tensorType({tokens, k}, i64), share, Value(),
                             true, 0, 0, 0);
  auto grid = tensorType({tokens, experts}, i64);
  Value gate, column = n.o.iota(1, grid);
  for (int64_t j = 0; j < k; ++j) {
    Value at = n.o.broadcast(n.reshape(n.slice(best.getIndex(), 1, j, 1), {tokens}), {0}, grid);
    Value one = n.o.select(n.compare(P::eq, at, column), share, n.o.like(share, 0));
    gate = gate ? n.o.add(gate, one) : one;
  }
  if (n.i("normalize_routing_weights", 0))
    gate = n.o.div(gate, n.o.unreduce(n.o.sum(gate, {1}), {1}, gate));
  auto withBias = [&](Value v, int bias) {
    return n.has(bias) ? n.o.add(v, n.o.broadcast(n.in(bias), {0, 2}, v.getType())) : v;
  };
  // [experts, tokens, ..] throughout.
  Value x = n.reshape(n.in(0), {1, tokens, width});
  x = n.to(x, {experts, tokens, width});
  Value h = withBias(n.o.dot(x, n.in(2), {0}, {0}, {2}, {2}), 3);
  h = activation == "relu"   ? n.unary<ReluOp>(h)
      : activation == "gelu" ? geluTanh(n, h)
      : activation == "silu" ? n.o.mul(h, n.unary<LogisticOp>(h))
                             : h;
  Value y = withBias(n.o.dot(h, n.in(4), {0}, {0}, {2}, {2}), 5);
  gate = n.cast(n.transpose(gate, {1, 0}), N::elementOf(y));
  y = n.o.sum(n.o.mul(y, n.o.broadcast(gate, {0, 1}, y.getType())), {0});
  outer.push_back(out);
  return n.set(n.reshape(y, outer));
}

//===--- Quantised products -------------------------------------------------------------------------------------===//

// A [.., K] times weights of 2, 4 or 8 bits, [N, blocks, bytes], with a scale (and a zero point) for each block.
LogicalResult matMulNBits(N &n) {
  int64_t k = n.i("K", 0), rows = n.i("N", 0), bits = n.i("bits", 4), size = n.i("block_size", 0);
  if ((bits != 2 && bits != 4 && bits != 8) || size < 16 || k < 1 || rows < 1 || n.rank(0) < 1 ||
      n.shape(0).back() != k || n.has(4))
    return n.unsupported("weights of " + Twine(bits) + " bits in blocks of " + Twine(size) + ", or a g_idx");
  int64_t blocks = (k + size - 1) / size, bytes = size * bits / 8;
  if (elementCount(n.shape(1).vec()) != rows * blocks * bytes || elementCount(n.shape(2).vec()) != rows * blocks)
    return n.fail("weights or scales do not hold " + Twine(rows) + " rows of " + Twine(blocks) + " blocks");
  // The lowest bits of a byte come first.
  auto unpacked = [&](int index, int64_t outer, int64_t count) {
    Value rest = n.reshape(n.in(index), {outer, count, 1});
    SmallVector<Value> parts;
    for (int64_t part = 0; part < 8 / bits; ++part) {
      Value high = bits < 8 ? n.o.div(rest, n.o.like(rest, double(1 << bits))) : Value();
      parts.push_back(high ? n.o.sub(rest, n.times(high, double(1 << bits))) : rest);
      rest = high;
    }
    return n.reshape(n.concat(parts, 2), {outer, int64_t(parts.size()) * count});
  };
  mlir::Type element = n.element(0);
  SmallVector<int64_t> grid = {rows, blocks, size};
  Value w = n.cast(n.reshape(unpacked(1, rows * blocks, bytes), grid), element);
  auto spread = [&](Value v) { // one a block
    return n.o.broadcast(n.reshape(v, {rows, blocks}), {0, 1}, w.getType());
  };
  Value zero = n.o.like(w, double(int64_t(1) << (bits - 1)));
  if (n.has(3)) {
    int64_t held = (blocks * bits + 7) / 8;
    if (n.element(3) == element && elementCount(n.shape(3).vec()) == rows * blocks) {
      zero = spread(n.in(3));
    } else if (elementCount(n.shape(3).vec()) == rows * held && n.element(3).isUnsignedInteger(8)) {
      Value points = unpacked(3, rows, held);
      zero = spread(n.cast(n.slice(points, 1, 0, blocks), element));
    } else {
      return n.fail("zero points do not fit the blocks");
    }
  }
  w = n.o.mul(n.o.sub(w, zero), spread(n.in(2)));
  w = n.slice(n.reshape(w, {rows, blocks * size}), 1, 0, k);
  Value y = n.o.dot(n.in(0), w, {}, {}, {n.rank(0) - 1}, {1});
  return failed(biased(n, 5, y)) ? failure() : n.set(y);
}

const ImportRow rows[] = {
    {"SimplifiedLayerNormalization", 2, simplifiedNorm, OpenDims::any}, // ONNX Runtime puts it into ONNX's own domain
    {"com.microsoft.BiasAdd", 2, biasAdd, OpenDims::any},
    {"com.microsoft.BiasGelu", 2, biasGelu<geluErf>, OpenDims::any},
    {"com.microsoft.BiasSplitGelu", 2, biasSplitGelu, OpenDims::any},
    {"com.microsoft.EmbedLayerNormalization", 1, embedLayerNorm<false>, OpenDims::any},
    {"com.microsoft.FastGelu", 1, biasGelu<geluTanh>, OpenDims::any},
    {"com.microsoft.FusedConv", 2, fusedConv, OpenDims::any},
    {"com.microsoft.FusedGemm", 2, fusedGemm, OpenDims::any},
    {"com.microsoft.FusedMatMul", 2, fusedMatMul, OpenDims::any},
    {"com.microsoft.Gelu", 1, biasGelu<geluErf>, OpenDims::any},
    {"com.microsoft.GroupNorm", 3, groupNorm, OpenDims::leading},
    {"com.microsoft.MatMulNBits", 3, matMulNBits, OpenDims::any},
    {"com.microsoft.MoE", 3, mixtureOfExperts, OpenDims::any},
    {"com.microsoft.QEmbedLayerNormalization", 1, embedLayerNorm<true>, OpenDims::any},
    {"com.microsoft.QuickGelu", 1, quickGelu, OpenDims::any},
    {"com.microsoft.SimplifiedLayerNormalization", 2, simplifiedNorm, OpenDims::any},
    {"com.microsoft.SkipGroupNorm", 4, skipGroupNorm, OpenDims::leading},
    {"com.microsoft.SkipLayerNormalization", 3, skipNorm<false>, OpenDims::any},
    {"com.microsoft.SkipSimplifiedLayerNormalization", 3, skipNorm<true>, OpenDims::any},
    {"com.microsoft.TransposeMatMul", 2, fusedMatMul, OpenDims::any},
};
} // namespace

ArrayRef<ImportRow> microsoftRows() { return rows; }
} // namespace dlc
