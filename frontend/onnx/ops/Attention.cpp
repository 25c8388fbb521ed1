// Attention and what stands around it in language models: rotary embeddings, caches.
#include "frontend/Types.h"
#include "frontend/onnx/OpenTables.h"
#include "frontend/onnx/Sizes.h"
#include "frontend/onnx/ops/ScaledDot.h"
#include "ir/Dims.h"
#include <cmath>

namespace dlc {
namespace {
using N = NodeBuilder;
using P = ComparePredicate;
constexpr double infinity = std::numeric_limits<double>::infinity();

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
    int64_t missing = plus(keys, times(n.shape(3).back(), -1));
    if (isOpen(missing))
      return n.unsupported("a mask of " + describe(n.type(3)) + " whose length may differ from that of the keys");
    if (n.rank(3) < 1 || n.rank(3) > 4 || missing < 0)
      return n.fail("a mask of " + shapeName(n.shape(3).vec()) + " for " + Twine(keys) + " keys");
    if (flags)
      mask = biasOf(n, mask, element);
    if (missing) { // keys that the mask does not tell of are shut
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
    offsets = n.o.sub(valid, sizeLike(n, length, valid));
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
    auto type = tensorType({N::shapeOf(valid)[0], 1, 1, keys}, n.b.getI64Type());
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

//===--- Rotary embeddings --------------------------------------------------------------------------------------===//

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
    if (n.rank(0) != 3 || heads < 1 || isOpen(n.shape(0)[2]) || n.shape(0)[2] % heads != 0)
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
  if (countOf(n.shape(1).vec()) == 1 && n.rank(1) == 1) {
    auto type = tensorType({batch, length}, n.element(1));
    positions = n.o.add(n.o.broadcast(n.reshape(positions, {}), {}, type), n.o.iota(1, type));
  }
  return rotary(n, positions, 2, 3);
}

//===--- Caches ---------------------------------------------------------------------------------===//

// cache, update, indices to write at.
LogicalResult tensorScatter(N &n) {
  int64_t rank = n.rank(0), axis;
  if (failed(n.axis(rank, -2, axis)))
    return failure();
  if (n.rank(1) != rank || axis == 0)
    return n.fail("cache and update differ in rank, or the axis is that of the batch");
  for (int64_t d = 0; d < rank; ++d)
    if (d == axis ? isLess(n.shape(0)[d], n.shape(1)[d]).value_or(true) : n.shape(1)[d] != n.shape(0)[d])
      return n.fail("an update of " + shapeName(n.shape(1).vec()) + " for a cache of " + shapeName(n.shape(0).vec()));
  if (n.shape(1)[axis] == 0 || n.shape(0)[axis] == 0)
    return n.alias(0, 0);
  if (n.has(2) && (n.rank(2) != 1 || n.shape(2)[0] != n.shape(0)[0]))
    return n.fail("wants one index to write at for each of the batch");
  Value at = n.has(2) ? n.cast(n.in(2), n.b.getI64Type()) : Value();
  return n.set(written(n, n.in(0), n.in(1), at, axis, n.s("mode", "linear") == "circular"));
}

const ImportRow rows[] = {
    {"Attention", 3, attention, OpenDims::any},
    {"RotaryEmbedding", 3, rotaryEmbedding, OpenDims::any},
    {"TensorScatter", 2, tensorScatter, OpenDims::any},
    {"ai.onnx.preview.FlexAttention", 3, flexAttention},
    {"com.microsoft.RotaryEmbedding", 4, microsoftRotary, OpenDims::any},
};
} // namespace

ArrayRef<ImportRow> attentionRows() { return rows; }
} // namespace dlc
