// Attention and what stands around it in language models: rotary embeddings, caches, linear attention, causal
// convolutions; ONNX's own forms and those of com.microsoft.
#include "frontend/Types.h"
#include "frontend/onnx/NodeBuilder.h"
#include <cmath>
#include <limits>

namespace dlc {
namespace {
using N = NodeBuilder;
using P = ComparePredicate;
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr int64_t longestUnrolled = 1024;

//===--- Scaled dot products ------------------------------------------------------------------------------------===//

// [batch, length, heads * size] to [batch, heads, length, size]; null where it does not divide.
Value splitHeads(N &n, Value v, int64_t heads) {
  ArrayRef<int64_t> shape = N::shapeOf(v);
  if (shape.size() != 3 || heads < 1 || shape[2] % heads != 0)
    return {};
  return n.transpose(n.reshape(v, {shape[0], shape[1], heads, shape[2] / heads}), {0, 2, 1, 3});
}
Value joinHeads(N &n, Value v) {
  SmallVector<int64_t> shape(N::shapeOf(v));
  return n.reshape(n.transpose(v, {0, 2, 1, 3}), {shape[0], shape[2], shape[1] * shape[3]});
}

// One attention: q [b, hq, l, e], k [b, hk, s, e], v [b, hk, s, d]; hq is a multiple of hk.
struct Attention {
  Value q, k, v, bias; // bias broadcasts to [b, hq, l, s]; null where there is none
  bool masks = false;  // the bias may shut a whole row, which then attends to nothing
  double scale = 1, softcap = 0;
  mlir::Type precision;
  Value raw, capped, biased, probabilities; // what can be asked for
  Value result;                             // [b, hq, l, d]
};

LogicalResult checkHeads(N &n, const Attention &a) {
  ArrayRef<int64_t> q = N::shapeOf(a.q), k = N::shapeOf(a.k), v = N::shapeOf(a.v);
  if (q.size() != 4 || k.size() != 4 || v.size() != 4 || k[1] < 1 || q[1] % k[1] != 0 || k[1] != v[1] || q[0] != k[0] ||
      k[0] != v[0] || k[2] != v[2] || q[3] != k[3])
    return n.fail("query " + shapeName(q.vec()) + ", key " + shapeName(k.vec()) + " and value " + shapeName(v.vec()) +
                  " (batch, heads, length, size) do not fit together");
  if (N::elementOf(a.q) != N::elementOf(a.k))
    return n.fail("query and key differ in element type");
  return success();
}

// Query heads that share a key head are rows of one product.
Value scores(N &n, const Attention &a) {
  SmallVector<int64_t> q(N::shapeOf(a.q)), k(N::shapeOf(a.k));
  Value rows = n.reshape(a.q, {q[0], k[1], q[1] / k[1] * q[2], q[3]});
  Value product = n.o.dot(rows, a.k, {0, 1}, {0, 1}, {3}, {3});
  return n.reshape(product, {q[0], q[1], q[2], k[2]});
}
Value weighted(N &n, Value probabilities, Value values) {
  SmallVector<int64_t> p(N::shapeOf(probabilities)), v(N::shapeOf(values));
  Value rows = n.reshape(probabilities, {p[0], v[1], p[1] / v[1] * p[2], p[3]});
  Value product = n.o.dot(rows, values, {0, 1}, {0, 1}, {3}, {2});
  return n.reshape(product, {p[0], p[1], p[2], v[3]});
}

LogicalResult attend(N &n, Attention &a) {
  if (failed(checkHeads(n, a)))
    return failure();
  mlir::Type element = N::elementOf(a.q);
  a.q = n.times(a.q, a.scale);
  a.raw = a.capped = scores(n, a);
  if (a.softcap > 0)
    a.capped = n.times(n.unary<TanhOp>(n.times(a.raw, 1 / a.softcap)), a.softcap);
  a.biased = a.capped;
  Value shut;
  if (a.bias) {
    auto shape = broadcastShapes(N::shapeOf(a.bias).vec(), N::shapeOf(a.raw).vec());
    if (!shape || ArrayRef<int64_t>(*shape) != N::shapeOf(a.raw))
      return n.fail("a mask of " + shapeName(N::shapeOf(a.bias).vec()) + " for scores of " +
                    shapeName(N::shapeOf(a.raw).vec()));
    a.biased = n.o.add(a.capped, n.to(a.bias, *shape));
    if (a.masks) {
      Value most = n.o.reduce(ReduceKind::max, a.bias, {N::rankOf(a.bias) - 1});
      most = n.keepDims(most, N::shapeOf(a.bias), {N::rankOf(a.bias) - 1});
      shut = n.to(n.compare(P::eq, most, n.o.like(most, -infinity)), *shape);
    }
  }
  Value x = n.cast(a.biased, a.precision ? a.precision : element);
  if (shut) // no row of the softmax is -infinity alone
    x = n.o.select(shut, n.o.like(x, 0), x);
  x = SoftmaxOp::create(n.b, n.loc, x.getType(), x, 3).getResult();
  if (shut)
    x = n.o.select(shut, n.o.like(x, 0), x);
  a.probabilities = n.cast(x, element);
  a.result = weighted(n, n.cast(a.probabilities, N::elementOf(a.v)), a.v);
  return success();
}

// 0 where allowed, -infinity (or what stands for it) where not.
Value biasOf(N &n, Value allowed, mlir::Type element, double shut = -infinity) {
  auto type = RankedTensorType::get(N::shapeOf(allowed), element);
  return n.o.select(allowed, n.o.full(type, 0), n.o.full(type, shut));
}
LogicalResult addBias(N &n, Attention &a, Value more) {
  if (a.bias && failed(n.together(a.bias, more)))
    return failure();
  a.bias = a.bias ? n.o.add(a.bias, more) : more;
  return success();
}

// Of query i and key j, p = i + offset: left and right say how far j may be from p; -1 is any distance. `offset` is one
// number, or a value of one a batch.
LogicalResult addWindow(N &n, Attention &a, int64_t left, int64_t right, int64_t offset, Value offsets) {
  int64_t length = N::shapeOf(a.q)[2], keys = N::shapeOf(a.k)[2];
  SmallVector<int64_t> shape = {1, 1, length, keys};
  if (offsets)
    shape[0] = N::shapeOf(offsets)[0];
  auto type = RankedTensorType::get(shape, n.b.getI64Type());
  Value distance = n.plus(n.o.sub(n.o.iota(2, type), n.o.iota(3, type)), double(offset));
  if (offsets)
    distance = n.o.add(distance, n.o.broadcast(offsets, {0}, type));
  Value allowed;
  if (left >= 0)
    allowed = n.compare(P::le, distance, n.o.like(distance, double(left)));
  if (right >= 0) {
    Value ahead = n.compare(P::ge, distance, n.o.like(distance, double(-right)));
    allowed = allowed ? n.binary<AndOp>(allowed, ahead) : ahead;
  }
  return allowed ? addBias(n, a, biasOf(n, allowed, N::elementOf(a.q))) : success();
}

// Old keys or values before the new ones.
LogicalResult withPast(N &n, int index, Value &v) {
  if (!n.has(index))
    return success();
  ArrayRef<int64_t> past = n.shape(index), now = N::shapeOf(v);
  if (past.size() != 4 || past[0] != now[0] || past[1] != now[1] || past[3] != now[3] ||
      n.element(index) != N::elementOf(v))
    return n.fail("'" + n.name(index) + "' of " + shapeName(past.vec()) + " does not continue " + shapeName(now.vec()));
  if (past[2] > 0)
    v = n.concat({n.in(index), v}, 2);
  return success();
}

// ai.onnx Attention: Q, K, V, mask, past key, past value, valid keys of each batch.
LogicalResult attention(N &n) {
  Attention a;
  int64_t rank = n.rank(0);
  if (n.rank(1) != rank || n.rank(2) != rank || (rank != 3 && rank != 4))
    return n.fail("wants Q, K and V of rank 3 or 4");
  int64_t heads = n.i("q_num_heads", 0), keyHeads = n.i("kv_num_heads", 0);
  a.q = rank == 4 ? n.in(0) : splitHeads(n, n.in(0), heads);
  a.k = rank == 4 ? n.in(1) : splitHeads(n, n.in(1), keyHeads);
  a.v = rank == 4 ? n.in(2) : splitHeads(n, n.in(2), keyHeads);
  if (!a.q || !a.k || !a.v)
    return n.fail("Q, K or V are not made of " + Twine(heads) + " and " + Twine(keyHeads) + " heads");
  if (n.has(4) != n.has(5) || (n.has(4) && n.has(6)))
    return n.fail("wants both of past_key and past_value, and then no nonpad_kv_seqlen");
  int64_t past = n.has(4) && n.rank(4) == 4 ? n.shape(4)[2] : 0;
  if (failed(withPast(n, 4, a.k)) || failed(withPast(n, 5, a.v)) || failed(checkHeads(n, a)) || failed(n.set(1, a.k)) ||
      failed(n.set(2, a.v)))
    return failure();
  double size = double(N::shapeOf(a.q)[3]);
  a.scale = findAttr(n.node, "scale") ? n.f("scale", 1) : 1 / std::sqrt(std::max(size, 1.0));
  a.softcap = n.f("softcap", 0);
  if (n.i("softmax_precision", 0))
    a.precision = elementType(n.b.getContext(), DType(n.i("softmax_precision", 0)));
  mlir::Type element = N::elementOf(a.q);
  int64_t length = N::shapeOf(a.q)[2], keys = N::shapeOf(a.k)[2];
  if (n.has(3)) {
    Value mask = n.in(3);
    bool flags = n.element(3).isInteger(1);
    if (n.rank(3) < 1 || n.rank(3) > 4 || n.shape(3).back() > keys)
      return n.fail("a mask of " + shapeName(n.shape(3).vec()) + " for " + Twine(keys) + " keys");
    if (flags)
      mask = biasOf(n, mask, element);
    if (int64_t missing = keys - n.shape(3).back()) { // keys that the mask does not tell of are shut
      SmallVector<int64_t> none(n.rank(3), 0), high = none;
      high.back() = missing;
      mask = n.o.pad(mask, -infinity, none, high, none);
    }
    if (failed(addBias(n, a, n.cast(mask, element))))
      return failure();
    a.masks = true;
  }
  int64_t left = n.i("left_window_size", -1), right = n.i("right_window_size", -1);
  Value valid, offsets;
  if (n.has(6)) {
    if (n.rank(6) != 1 || n.shape(6)[0] != N::shapeOf(a.q)[0])
      return n.fail("nonpad_kv_seqlen wants one length for each of the batch");
    valid = n.cast(n.in(6), n.b.getI64Type());
    offsets = n.plus(valid, double(-length));
    a.masks = true;
  }
  bool causal = n.i("is_causal", 0);
  if (causal)
    right = right < 0 ? 0 : std::min<int64_t>(right, 0);
  if (left >= 0)
    a.masks = true;
  if ((causal || left >= 0 || right >= 0) && failed(addWindow(n, a, left, right, past, offsets)))
    return failure();
  if (valid) {
    auto type = RankedTensorType::get({N::shapeOf(valid)[0], 1, 1, keys}, n.b.getI64Type());
    Value allowed = n.compare(P::lt, n.o.iota(3, type), n.o.broadcast(valid, {0}, type));
    if (failed(addBias(n, a, biasOf(n, allowed, element))))
      return failure();
  }
  if (failed(attend(n, a)) || failed(n.set(0, rank == 4 ? a.result : joinHeads(n, a.result))))
    return failure();
  int64_t mode = n.i("qk_matmul_output_mode", 0);
  return n.set(3, mode == 1 ? a.capped : mode == 2 ? a.biased : mode == 3 ? a.probabilities : a.raw);
}

// ai.onnx.preview FlexAttention: Q, K, V of rank 4; subgraphs edit scores and probabilities.
LogicalResult flexAttention(N &n) {
  Attention a;
  a.q = n.in(0), a.k = n.in(1), a.v = n.in(2);
  if (failed(checkHeads(n, a)))
    return failure();
  a.scale = findAttr(n.node, "scale") ? n.f("scale", 1) : 1 / std::sqrt(std::max(1.0, double(n.shape(0)[3])));
  mlir::Type precision = n.element(0).isF64() ? n.element(0) : mlir::Type(n.b.getF32Type());
  if (int64_t wanted = n.i("softmax_precision", 0))
    precision = elementType(n.b.getContext(), DType(wanted));
  if (!precision || !isa<FloatType>(precision))
    return n.unsupported("a softmax_precision that is no float");
  a.q = n.times(a.q, a.scale);
  Value x = n.cast(scores(n, a), precision);
  auto edit = [&](StringRef name) {
    const auto *graph = findAttr(n.node, std::string_view(name.data(), name.size()));
    if (!graph)
      return success();
    SmallVector<Value> results;
    if (failed(n.subgraph(graph->g(), {x}, results)) || results.size() != 1 || results[0].getType() != x.getType())
      return n.fail("the graph " + name + " does not give back what it is given");
    x = results[0];
    return success();
  };
  if (failed(edit("score_mod")))
    return failure();
  x = SoftmaxOp::create(n.b, n.loc, x.getType(), x, 3).getResult();
  if (failed(edit("prob_mod")))
    return failure();
  return n.set(n.cast(weighted(n, x, n.cast(a.v, precision)), n.element(2)));
}

//===--- com.microsoft ------------------------------------------------------------------------------------------===//

// A padding mask of i32: one length a batch, or flags of [batch, keys] or [batch, length, keys].
LogicalResult addPadding(N &n, Attention &a, int index, double shut) {
  if (!n.has(index))
    return success();
  int64_t keys = N::shapeOf(a.k)[2], batch = N::shapeOf(a.q)[0];
  Value mask = n.cast(n.in(index), n.b.getI64Type()), allowed;
  if (n.rank(index) == 1 && n.shape(index)[0] == batch) {
    auto type = RankedTensorType::get({batch, 1, 1, keys}, n.b.getI64Type());
    allowed = n.compare(P::lt, n.o.iota(3, type), n.o.broadcast(mask, {0}, type));
  } else if ((n.rank(index) == 2 || n.rank(index) == 3) && n.shape(index).back() == keys) {
    SmallVector<int64_t> shape(n.shape(index));
    shape.insert(shape.begin() + 1, n.rank(index) == 2 ? 2 : 1, 1);
    mask = n.reshape(mask, shape);
    allowed = n.compare(P::ne, mask, n.o.like(mask, 0));
  } else {
    return n.unsupported("a padding mask of " + shapeName(n.shape(index).vec()));
  }
  return addBias(n, a, biasOf(n, allowed, N::elementOf(a.q), shut));
}

LogicalResult microsoftScale(N &n, Attention &a) {
  a.scale = n.f("scale", 0);
  if (a.scale == 0)
    a.scale = 1 / std::sqrt(std::max(1.0, double(N::shapeOf(a.q).back())));
  return success();
}

// query, key, value, bias, key padding mask, attention bias, past key, past value.
LogicalResult multiHeadAttention(N &n) {
  Attention a;
  int64_t heads = n.i("num_heads", 0);
  if (!n.has(1) || !n.has(2) || n.rank(0) != 3)
    return n.unsupported("packed query, key and value; export them apart");
  Value q = n.in(0), k = n.in(1), v = n.in(2);
  if (n.has(3)) { // of all three, one behind the other
    int64_t at = 0;
    for (Value *part : {&q, &k, &v}) {
      int64_t size = N::shapeOf(*part).back();
      if (n.rank(3) != 1 || N::rankOf(*part) != 3 || at + size > n.shape(3)[0])
        return n.fail("the bias does not fit query, key and value");
      *part = n.o.add(*part, n.o.along(n.slice(n.in(3), 0, at, size), 2, *part));
      at += size;
    }
  }
  a.q = splitHeads(n, q, heads);
  a.k = N::rankOf(k) == 4 ? k : splitHeads(n, k, heads);
  a.v = N::rankOf(v) == 4 ? v : splitHeads(n, v, heads);
  if (!a.q || !a.k || !a.v)
    return n.fail("query, key or value are not made of " + Twine(heads) + " heads");
  int64_t past = n.has(6) && n.rank(6) == 4 ? n.shape(6)[2] : 0;
  if (failed(withPast(n, 6, a.k)) || failed(withPast(n, 7, a.v)) || failed(checkHeads(n, a)) || failed(n.set(1, a.k)) ||
      failed(n.set(2, a.v)) || failed(microsoftScale(n, a)) ||
      failed(addPadding(n, a, 4, n.f("mask_filter_value", -10000.0f))))
    return failure();
  if (n.has(5) && failed(addBias(n, a, n.in(5))))
    return failure();
  if (n.i("unidirectional", 0) && failed(addWindow(n, a, -1, 0, past, {})))
    return failure();
  return failed(attend(n, a)) ? failure() : n.set(0, joinHeads(n, a.result));
}

// com.microsoft Attention: input, weights, bias, mask, past [2, ...], attention bias: the projections are its own.
LogicalResult packedAttention(N &n) {
  Attention a;
  int64_t heads = n.i("num_heads", 0);
  std::vector<int64_t> sizes = n.is("qkv_hidden_sizes");
  if (n.rank(0) != 3 || n.rank(1) != 2 || n.shape(0)[2] != n.shape(1)[0])
    return n.fail("wants an input [batch, length, in] and weights [in, out]");
  if (sizes.empty())
    sizes.assign(3, n.shape(1)[1] / 3);
  if (sizes.size() != 3 || sizes[0] < 1 || sizes[1] < 1 || sizes[2] < 1 ||
      sizes[0] + sizes[1] + sizes[2] != n.shape(1)[1])
    return n.fail("qkv_hidden_sizes do not make the weights' " + Twine(n.shape(1)[1]) + " columns");
  Value all = n.o.dot(n.in(0), n.in(1), {}, {}, {2}, {0});
  if (n.has(2)) {
    if (n.rank(2) != 1 || n.shape(2)[0] != n.shape(1)[1])
      return n.fail("the bias does not fit the weights");
    all = n.o.add(all, n.o.along(n.in(2), 2, all));
  }
  a.q = splitHeads(n, n.slice(all, 2, 0, sizes[0]), heads);
  a.k = splitHeads(n, n.slice(all, 2, sizes[0], sizes[1]), heads);
  a.v = splitHeads(n, n.slice(all, 2, sizes[0] + sizes[1], sizes[2]), heads);
  if (!a.q || !a.k || !a.v)
    return n.fail("the projections are not made of " + Twine(heads) + " heads");
  if (n.has(4) || n.wants(1))
    return n.unsupported("past and present in one tensor; export MultiHeadAttention");
  if (failed(microsoftScale(n, a)) || failed(addPadding(n, a, 3, n.f("mask_filter_value", -10000.0f))))
    return failure();
  if (n.has(5) && failed(addBias(n, a, n.in(5))))
    return failure();
  if (n.i("unidirectional", 0) && failed(addWindow(n, a, -1, 0, 0, {})))
    return failure();
  return failed(attend(n, a)) ? failure() : n.set(0, joinHeads(n, a.result));
}

//===--- Rotary embeddings --------------------------------------------------------------------------------------===//

// x [batch, length, heads, size] turned by cos and sin [batch or 1, length, half].
Value rotated(N &n, Value x, Value cos, Value sin, bool interleaved) {
  SmallVector<int64_t> shape(N::shapeOf(x)), half(shape);
  int64_t pairs = N::shapeOf(cos).back();
  half[3] = pairs;
  auto spread = [&](Value v) {
    SmallVector<int64_t> lead(N::shapeOf(v));
    lead.insert(lead.begin() + 2, 1);
    return n.to(n.reshape(v, lead), half);
  };
  cos = spread(cos), sin = spread(sin);
  int64_t step = interleaved ? 2 : 1;
  Value a = n.slice(x, 3, 0, pairs, step), b = n.slice(x, 3, interleaved ? 1 : pairs, pairs, step);
  Value real = n.o.sub(n.o.mul(cos, a), n.o.mul(sin, b)), imaginary = n.o.add(n.o.mul(sin, a), n.o.mul(cos, b));
  Value turned;
  if (interleaved) {
    SmallVector<int64_t> one(half), both(half);
    one.push_back(1);
    both[3] = 2 * pairs;
    turned = n.reshape(n.concat({n.reshape(real, one), n.reshape(imaginary, one)}, 4), both);
  } else {
    turned = n.concat({real, imaginary}, 3);
  }
  return shape[3] == 2 * pairs ? turned : n.concat({turned, n.slice(x, 3, 2 * pairs, shape[3] - 2 * pairs)}, 3);
}

// positions: [batch, length] into caches of [places, half]; null: the caches are [batch, length, half] themselves.
LogicalResult rotary(N &n, Value positions, int cosInput, int sinInput) {
  int64_t heads = n.i("num_heads", 0), size = n.i("rotary_embedding_dim", 0);
  Value x = n.in(0), cos = n.in(cosInput), sin = n.in(sinInput);
  bool first = n.rank(0) == 4; // [batch, heads, length, size]
  if (n.rank(0) == 3 && heads == 0 && size == 0 && N::rankOf(cos) > 0)
    heads = n.shape(0)[2] / std::max<int64_t>(1, 2 * N::shapeOf(cos).back());
  if (first) {
    x = n.transpose(x, {0, 2, 1, 3});
  } else {
    if (n.rank(0) != 3 || heads < 1 || n.shape(0)[2] % heads != 0)
      return n.fail("wants an operand of rank 4, or of rank 3 and num_heads that divide it");
    x = n.reshape(x, {n.shape(0)[0], n.shape(0)[1], heads, n.shape(0)[2] / heads});
  }
  if (positions) {
    cos = GatherOp::create(n.b, n.loc, cos, positions, 0).getResult();
    sin = GatherOp::create(n.b, n.loc, sin, positions, 0).getResult();
  }
  ArrayRef<int64_t> shape = N::shapeOf(x), table = N::shapeOf(cos);
  size = size ? size : shape[3];
  if (table.size() != 3 || N::shapeOf(sin) != table || 2 * table[2] != size || size > shape[3] ||
      table[1] != shape[1] || (table[0] != 1 && table[0] != shape[0]) || N::elementOf(cos) != N::elementOf(x) ||
      N::elementOf(sin) != N::elementOf(x))
    return n.fail("caches of " + shapeName(table.vec()) + " do not turn " + shapeName(shape.vec()));
  Value r = rotated(n, x, cos, sin, n.i("interleaved", 0));
  return n.set(first ? n.transpose(r, {0, 2, 1, 3}) : n.reshape(r, n.shape(0)));
}
LogicalResult rotaryEmbedding(N &n) { return rotary(n, n.has(3) ? n.in(3) : Value(), 1, 2); }
// position_ids come before the caches; one position is that of the first element.
LogicalResult microsoftRotary(N &n) {
  Value positions = n.in(1);
  if (n.rank(0) < 3)
    return n.fail("wants an operand of rank 3 or 4");
  int64_t length = n.shape(0)[n.rank(0) == 4 ? 2 : 1], batch = n.shape(0)[0];
  if (elementCount(n.shape(1).vec()) == 1 && n.rank(1) == 1) {
    auto type = RankedTensorType::get({batch, length}, n.element(1));
    positions = n.o.add(n.o.broadcast(n.reshape(positions, {}), {}, type), n.o.iota(1, type));
  }
  return rotary(n, positions, 2, 3);
}

//===--- Caches and recurrences ---------------------------------------------------------------------------------===//

// cache with `update` written from write_indices[batch] on along one axis: each place asks whether it is among them.
LogicalResult tensorScatter(N &n) {
  int64_t rank = n.rank(0), axis;
  if (failed(n.axis(rank, -2, axis)))
    return failure();
  if (n.rank(1) != rank || axis == 0)
    return n.fail("cache and update differ in rank, or the axis is that of the batch");
  for (int64_t d = 0; d < rank; ++d)
    if (d == axis ? n.shape(1)[d] > n.shape(0)[d] : n.shape(1)[d] != n.shape(0)[d])
      return n.fail("an update of " + shapeName(n.shape(1).vec()) + " for a cache of " + shapeName(n.shape(0).vec()));
  int64_t places = n.shape(0)[axis], count = n.shape(1)[axis], batch = n.shape(0)[0];
  if (count == 0 || places == 0)
    return n.alias(0, 0);
  if (n.has(2) && (n.rank(2) != 1 || n.shape(2)[0] != batch))
    return n.fail("wants one index to write at for each of the batch");
  auto type = RankedTensorType::get({batch, places}, n.b.getI64Type());
  Value at = n.o.iota(1, type);
  if (n.has(2))
    at = n.o.sub(at, n.o.broadcast(n.cast(n.in(2), n.b.getI64Type()), {0}, type));
  if (n.s("mode", "linear") == "circular") {
    Value size = n.o.like(at, double(places));
    at = n.binary<RemOp>(n.o.add(n.binary<RemOp>(at, size), size), size);
  }
  Value inside = n.binary<AndOp>(n.compare(P::ge, at, n.o.like(at, 0)), n.compare(P::lt, at, n.o.like(at, count)));
  // One gather from the flat update.
  auto all = RankedTensorType::get(n.shape(0), n.b.getI64Type());
  Value clamped = n.binary<MinOp>(n.o.max(at, n.o.like(at, 0)), n.o.like(at, double(count - 1)));
  Value flat = n.o.full(all, 0);
  for (int64_t d = 0; d < rank; ++d)
    flat = n.o.add(n.times(flat, double(n.shape(1)[d])),
                   d == axis ? n.o.broadcast(clamped, {0, axis}, all) : n.o.iota(d, all));
  Value from = n.reshape(n.in(1), {elementCount(n.shape(1).vec())});
  Value picked = GatherOp::create(n.b, n.loc, from, flat, 0).getResult();
  Value mask = n.o.broadcast(inside, {0, axis}, RankedTensorType::get(n.shape(0), n.b.getI1Type()));
  return n.set(n.o.select(mask, picked, n.in(0)));
}

// A state of [batch, heads, key size, value size] that forgets, is corrected, written and read, step by step.
LogicalResult linearAttention(N &n) {
  int64_t heads = n.i("q_num_heads", 0), keyHeads = n.i("kv_num_heads", 0);
  std::string rule = n.s("update_rule", "gated_delta");
  bool gated = rule == "gated" || rule == "gated_delta", delta = rule == "delta" || rule == "gated_delta";
  if (keyHeads < 1 || heads % keyHeads != 0 || n.has(4) != gated || n.has(5) != delta ||
      (rule != "linear" && !gated && !delta))
    return n.fail("update_rule '" + rule + "', its operands and the numbers of heads do not fit together");
  mlir::Type f32 = n.b.getF32Type();
  Value q = splitHeads(n, n.cast(n.in(0), f32), heads), k = splitHeads(n, n.cast(n.in(1), f32), keyHeads),
        v = splitHeads(n, n.cast(n.in(2), f32), keyHeads);
  if (!q || !k || !v)
    return n.fail("query, key or value are not made of their heads");
  Attention fit{q, k, v};
  if (failed(checkHeads(n, fit)))
    return failure();
  int64_t batch = n.shape(0)[0], steps = n.shape(0)[1], size = N::shapeOf(k)[3], width = N::shapeOf(v)[3];
  if (steps != N::shapeOf(k)[2])
    return n.fail("query and key differ in length");
  if (steps > longestUnrolled)
    return n.unsupported("a sequence of " + Twine(steps) + " steps; at most " + Twine(longestUnrolled) +
                         " are unrolled");
  SmallVector<int64_t> state = {batch, keyHeads, size, width};
  auto stateType = RankedTensorType::get(state, f32);
  if (n.has(3) && n.shape(3) != ArrayRef<int64_t>(state))
    return n.fail("a past state of " + shapeName(n.shape(3).vec()) + ", expected " +
                  shapeName({state.begin(), state.end()}));
  Value s = n.has(3) ? n.cast(n.in(3), f32) : n.o.full(stateType, 0);
  Value decay, beta;
  auto perHead = [&](int index, bool wide) -> Value { // [batch, heads, steps, 1 or size]
    int64_t last = n.rank(index) == 3 ? n.shape(index)[2] : 0;
    int64_t own = wide && last == keyHeads * size ? keyHeads : last;
    return last == keyHeads || last == 1 || (wide && own == keyHeads) ? splitHeads(n, n.cast(n.in(index), f32), own)
                                                                      : Value();
  };
  if ((gated && !(decay = perHead(4, true))) || (delta && !(beta = perHead(5, false))))
    return n.fail("decay or beta do not fit the heads");
  double scale = n.f("scale", 0);
  scale = scale == 0 ? 1 / std::sqrt(double(std::max<int64_t>(size, 1))) : scale;
  auto step = [&](Value x, int64_t i) { // [batch, heads, size]
    ArrayRef<int64_t> shape = N::shapeOf(x);
    return n.reshape(n.slice(x, 2, i, 1), {shape[0], shape[1], shape[3]});
  };
  SmallVector<Value> outputs;
  for (int64_t i = 0; i < steps; ++i) {
    Value key = step(k, i), value = step(v, i);
    if (gated) {
      Value keep = n.o.exp(step(decay, i));
      keep = n.to(keep, {batch, keyHeads, N::shapeOf(keep)[2]});
      s = n.o.mul(s, n.to(n.reshape(keep, {batch, keyHeads, N::shapeOf(keep)[2], 1}), state));
    }
    if (delta) {
      Value known = n.o.dot(key, s, {0, 1}, {0, 1}, {2}, {2}); // [batch, heads, width]
      value = n.o.mul(n.to(step(beta, i), N::shapeOf(value)), n.o.sub(value, known));
    }
    s = n.o.add(s, n.o.mul(n.o.broadcast(key, {0, 1, 2}, stateType), n.o.broadcast(value, {0, 1, 3}, stateType)));
    Value query = n.reshape(n.times(step(q, i), scale), {batch, keyHeads, heads / keyHeads, size});
    Value read = n.o.dot(query, s, {0, 1}, {0, 1}, {3}, {2});
    outputs.push_back(n.reshape(read, {batch, 1, heads * width}));
  }
  mlir::Type kept = n.has(3) ? n.element(3) : n.element(0);
  if (outputs.empty())
    return n.fail("a sequence of no steps");
  return failed(n.set(0, n.cast(n.concat(outputs, 1), n.element(0)))) ? failure() : n.set(1, n.cast(s, kept));
}

// A depthwise convolution along time that sees the past only; its last elements are handed on.
LogicalResult causalConv(N &n) {
  if (n.rank(0) != 3 || n.rank(1) != 3 || n.shape(1)[0] != n.shape(0)[1] || n.shape(1)[1] != 1 || n.shape(1)[2] < 1)
    return n.fail("wants an input [batch, channels, length] and weights [channels, 1, window]");
  int64_t batch = n.shape(0)[0], channels = n.shape(0)[1], before = n.shape(1)[2] - 1;
  SmallVector<int64_t> past = {batch, channels, before};
  if (n.has(3) && n.shape(3) != ArrayRef<int64_t>(past))
    return n.fail("a past state of " + shapeName(n.shape(3).vec()) + ", expected " +
                  shapeName({past.begin(), past.end()}));
  Value x = n.in(0);
  if (before > 0)
    x = n.concat({n.has(3) ? n.in(3) : n.o.full(RankedTensorType::get(past, n.element(0)), 0), x}, 2);
  SmallVector<int64_t> one = {1}, zero = {0};
  Value y = ConvOp::create(n.b, n.loc, x, n.in(1), one, zero, zero, one, one, channels, false).getResult();
  if (n.has(2)) {
    if (n.rank(2) != 1 || n.shape(2)[0] != channels)
      return n.fail("the bias does not fit the channels");
    y = n.o.add(y, n.o.along(n.in(2), 1, y));
  }
  std::string activation = n.s("activation", "none");
  if (activation == "silu" || activation == "swish")
    y = n.o.mul(y, n.unary<LogisticOp>(y));
  else if (activation != "none")
    return n.fail("activation '" + activation + "'");
  return failed(n.set(0, y)) ? failure() : n.set(1, n.slice(x, 2, N::shapeOf(x)[2] - before, before));
}

const ImportRow rows[] = {
    {"Attention", 3, attention},
    {"CausalConvWithState", 2, causalConv},
    {"LinearAttention", 3, linearAttention},
    {"RotaryEmbedding", 3, rotaryEmbedding},
    {"TensorScatter", 2, tensorScatter},
    {"ai.onnx.preview.FlexAttention", 3, flexAttention},
    {"com.microsoft.Attention", 2, packedAttention},
    {"com.microsoft.MultiHeadAttention", 1, multiHeadAttention},
    {"com.microsoft.RotaryEmbedding", 4, microsoftRotary},
};
} // namespace

ArrayRef<ImportRow> attentionRows() { return rows; }
} // namespace dlc
