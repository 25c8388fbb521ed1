// Attention of com.microsoft: Attention with its own projections, MultiHeadAttention, GroupQueryAttention.
#include "frontend/onnx/ops/MicrosoftAttention.h"
#include "frontend/onnx/OpenTables.h"
#include "frontend/onnx/Sizes.h"
#include <cmath>

namespace dlc {
namespace {
using N = NodeBuilder;
using P = ComparePredicate;
constexpr double infinity = std::numeric_limits<double>::infinity();

/// Whether a size is known to be at least so much.
bool reaches(int64_t size, int64_t least) {
  auto less = isLess(size, least);
  return less && !*less;
}

// A padding mask of i32: one length a batch; ends and starts of all; flags of [batch, keys], [batch, length, keys] or a
// square of them, of which rows begin at `past`.
LogicalResult addPadding(N &n, Attention &a, int index, int64_t past) {
  if (!n.has(index))
    return success();
  double shut = n.f("mask_filter_value", -10000.0f);
  int64_t keys = N::shapeOf(a.k)[2], batch = N::shapeOf(a.q)[0], length = N::shapeOf(a.q)[2], rank = n.rank(index);
  Value mask = n.cast(n.in(index), n.b.getI64Type()), allowed;
  bool ends = rank == 1 && n.shape(index)[0] == batch, both = rank == 1 && n.shape(index)[0] == times(batch, 2);
  if (ends || both) {
    auto type = tensorType({batch, 1, 1, keys}, n.b.getI64Type());
    Value place = n.o.iota(3, type);
    allowed = n.compare(P::lt, place, n.o.broadcast(n.slice(mask, 0, 0, batch), {0}, type));
    if (both) {
      Value starts = n.o.broadcast(n.slice(mask, 0, batch, batch), {0}, type);
      allowed = n.binary<AndOp>(allowed, n.compare(P::ge, place, starts));
    }
  } else if ((rank == 2 || rank == 3) && n.shape(index).back() == keys) {
    SmallVector<int64_t> shape(n.shape(index));
    shape.insert(shape.begin() + 1, rank == 2 ? 2 : 1, 1);
    mask = n.reshape(mask, shape);
    allowed = n.compare(P::ne, mask, n.o.like(mask, 0));
  } else if (rank == 4 && reaches(n.shape(index)[2], plus(past, length)) && reaches(n.shape(index)[3], keys)) {
    mask = n.slice(n.slice(mask, 2, past, length), 3, 0, keys);
    allowed = n.compare(P::ne, mask, n.o.like(mask, 0));
  } else {
    return n.unsupported("a padding mask of " + shapeName(n.shape(index).vec()));
  }
  return addBias(n, a, biasOf(n, allowed, N::elementOf(a.q), shut));
}

void setScale(N &n, Attention &a) {
  a.scale = n.f("scale", 0);
  if (a.scale == 0)
    a.scale = 1 / std::sqrt(std::max(1.0, double(N::shapeOf(a.q).back())));
}

// One of the parts of a packed operand [batch, length, heads, parts, size]: [batch, length, heads * size].
Value unpacked(N &n, Value packed, int64_t part) {
  SmallVector<int64_t> shape(N::shapeOf(packed));
  return n.reshape(n.slice(packed, 3, part, 1), {shape[0], shape[1], shape[2] * shape[4]});
}

// query, key, value, bias, key padding mask, attention bias, past key, past value.
LogicalResult multiHeadAttention(N &n) {
  Attention a;
  int64_t heads = n.i("num_heads", 0), past = n.has(6) && n.rank(6) == 4 ? n.shape(6)[2] : 0;
  auto packs = [&](int index, int64_t parts) {
    return n.has(index) && n.rank(index) == 5 && n.shape(index)[2] == heads && n.shape(index)[3] == parts;
  };
  Value q = n.in(0), k, v;
  if (packs(0, 3) && !n.has(1) && !n.has(2)) {
    k = unpacked(n, q, 1), v = unpacked(n, q, 2), q = unpacked(n, q, 0);
  } else if (packs(1, 2) && !n.has(2)) {
    k = unpacked(n, n.in(1), 0), v = unpacked(n, n.in(1), 1);
  } else if (n.has(1) && n.has(2)) {
    k = n.in(1), v = n.in(2);
  } else {
    return n.fail("wants query, key and value, or [batch, length, heads, 3, size] of all");
  }
  if (n.has(8) || n.has(9))
    return n.unsupported("caches that results share with operands; give past and present apart");
  if (n.has(3)) { // of all three, one behind the other; keys with heads of their own have theirs already
    int64_t at = 0;
    for (Value *part : {&q, &k, &v}) {
      int64_t rank = N::rankOf(*part), size = N::shapeOf(*part).back();
      if (part != &q && rank == 4)
        continue;
      if (n.rank(3) != 1 || rank != 3 || hasOpen({size, n.shape(3)[0]}) || at + size > n.shape(3)[0])
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
  if (failed(withPast(n, 6, a.k)) || failed(withPast(n, 7, a.v)) || failed(checkHeads(n, a)) || failed(n.set(1, a.k)) ||
      failed(n.set(2, a.v)))
    return failure();
  setScale(n, a);
  if (failed(addPadding(n, a, 4, past)) || (n.has(5) && failed(addBias(n, a, n.in(5)))))
    return failure();
  if (n.i("unidirectional", 0) && failed(addWindow(n, a, -1, 0, past, {})))
    return failure();
  if (failed(attend(n, a)) || failed(n.set(3, a.biased)))
    return failure();
  return n.set(0, joinHeads(n, a.result));
}

// input, weights, bias, mask, past [2, ...], attention bias: the projections are its own.
LogicalResult packedAttention(N &n) {
  if (n.rank(0) != 3 || n.rank(1) != 2 || n.shape(0)[2] != n.shape(1)[0])
    return n.fail("wants an input [batch, length, in] and weights [in, out]");
  Value all = n.o.dot(n.in(0), n.in(1), {}, {}, {2}, {0});
  if (n.has(2)) {
    if (n.rank(2) != 1 || n.shape(2)[0] != n.shape(1)[1])
      return n.fail("the bias does not fit the weights");
    all = n.o.add(all, n.o.along(n.in(2), 2, all));
  }
  if (n.has(6))
    return n.unsupported("a cache that the result shares with an operand; give past and present apart");
  return projectedAttention(n, all, 3, 4, 5);
}

// query (or all three), key, value, past key, past value, last places, all places, cos, sin, positions, bias, sink.
class GroupQuery {
public:
  explicit GroupQuery(N &n) : n(n) {}

  LogicalResult build() {
    if (failed(operands()) || failed(positions()) || failed(turn()) || failed(cache()))
      return failure();
    a.k = n.slice(presentKey, 2, 0, total), a.v = n.slice(presentValue, 2, 0, total);
    if (failed(checkHeads(n, a)))
      return failure();
    setScale(n, a);
    a.softcap = n.f("softcap", 0);
    if (failed(mask()))
      return failure();
    if (n.has(11) && (n.rank(11) != 1 || n.shape(11)[0] != heads))
      return n.fail("head_sink does not fit " + Twine(heads) + " heads");
    auto sinks = tensorType({heads}, N::elementOf(a.q));
    a.sink = n.has(11) ? n.in(11) : n.i("smooth_softmax", 0) == 1 ? n.o.full(sinks, 0) : Value();
    if (failed(attend(n, a)) || failed(n.set(1, presentKey)) || failed(n.set(2, presentValue)))
      return failure();
    // Scores of what is shut out are zero.
    Value shut = n.compare(P::eq, a.biased, n.o.like(a.biased, -infinity));
    Value scores = n.o.select(shut, n.o.like(a.biased, 0), a.biased);
    if (failed(n.set(3, n.i("qk_output", 0) == 2 ? a.probabilities : scores)))
      return failure();
    return n.set(0, joinHeads(n, a.result));
  }

private:
  LogicalResult operands() {
    heads = n.i("num_heads", 0), keyHeads = n.i("kv_num_heads", 0);
    if (!n.has(5) || !n.has(6) || n.rank(0) != 3 || heads < 1 || keyHeads < 1 || heads % keyHeads ||
        n.has(1) != n.has(2) || n.has(3) != n.has(4))
      return n.fail(
          "wants a query of rank 3, both of key and value and of their pasts, and heads that the keys' divide");
    if (n.i("sliding_window_cache", 0) || n.has(12) || n.has(13) ||
        (n.has(3) && (n.element(3) != n.element(0) || n.element(4) != n.element(0))))
      return n.unsupported("a cache that slides or is quantised");
    Value q = n.in(0), k, v;
    if (n.has(1)) {
      k = n.in(1), v = n.in(2);
    } else {
      int64_t width = n.shape(0)[2], size = width / (heads + 2 * keyHeads);
      if (width % (heads + 2 * keyHeads))
        return n.fail("the packed query, key and value are not made of " + Twine(heads + 2 * keyHeads) + " heads");
      k = n.slice(q, 2, heads * size, keyHeads * size), v = n.slice(q, 2, (heads + keyHeads) * size, keyHeads * size);
      q = n.slice(q, 2, 0, heads * size);
    }
    a.q = splitHeads(n, q, heads), a.k = splitHeads(n, k, keyHeads), a.v = splitHeads(n, v, keyHeads);
    if (!a.q || !a.k || !a.v)
      return n.fail("query, key or value are not made of their heads");
    if (failed(checkHeads(n, a)) || failed(norm(14, a.q)) || failed(norm(15, a.k)))
      return failure();
    batch = N::shapeOf(a.q)[0], length = N::shapeOf(a.q)[2];
    if (N::shapeOf(a.k)[2] != length || length == 0)
      return n.unsupported("keys of another length than the queries'");
    return success();
  }

  // Root mean square of each head.
  LogicalResult norm(int index, Value &x) {
    if (!n.has(index))
      return success();
    if (n.shape(index) != N::shapeOf(x).take_back(1))
      return n.fail("the norm's weight does not fit a head");
    Value wide = n.cast(x, n.b.getF32Type()), square = n.o.mean(n.o.mul(wide, wide), {3});
    Value r = n.o.rsqrt(n.plus(square, n.f("qk_norm_epsilon", 1e-6f)));
    x = n.cast(n.o.mul(wide, n.o.unreduce(r, {3}, wide)), N::elementOf(x));
    x = n.o.mul(x, n.o.along(n.in(index), 3, x));
    return success();
  }

  // How many keys each of the batch has, and how many of them come before the queries.
  LogicalResult positions() {
    std::vector<int64_t> places;
    if (failed(n.ints(6, "total_sequence_length", places)))
      return failure();
    total = places.size() == 1 ? places[0] : -1;
    if (auto less = isLess(total, length); less && *less)
      return n.fail("total_sequence_length " + Twine(total) + " for queries of length " + Twine(length));
    else if (!less || rangeOf(total).high >= INT32_MAX)
      return n.unsupported(
          "a total_sequence_length that the ranges of open sizes do not hold against the queries' length",
          "let it be computed from the lengths of the past and of the queries");
    if (countOf(n.shape(5)) != batch)
      return n.fail("seqlens_k wants one number for each of the batch");
    ends = n.plus(n.cast(n.reshape(n.in(5), {batch}), n.b.getI64Type()), 1);
    before = total == length ? n.o.like(ends, 0) : plusSize(n, ends, times(length, -1));
    return success();
  }

  LogicalResult turn() {
    if (!n.i("do_rotary", 0))
      return success();
    int64_t size = N::shapeOf(a.q)[3];
    if (!n.has(7) || !n.has(8) || n.rank(7) != 2 || n.rank(8) != 2 || n.shape(7) != n.shape(8) ||
        n.shape(7)[1] * 2 > size || n.element(7) != N::elementOf(a.q) || n.element(8) != N::elementOf(a.q))
      return n.fail("cos_cache and sin_cache do not fit heads of size " + Twine(size));
    auto type = tensorType({batch, length}, n.b.getI64Type());
    Value at = n.o.add(n.o.broadcast(before, {0}, type), n.o.iota(1, type));
    if (n.has(9)) {
      if (n.shape(9) != ArrayRef<int64_t>({batch, length}))
        return n.fail("position_ids do not fit the queries");
      at = n.cast(n.in(9), n.b.getI64Type());
    }
    Value cos = GatherOp::create(n.b, n.loc, n.in(7), at, 0), sin = GatherOp::create(n.b, n.loc, n.in(8), at, 0);
    for (Value *x : {&a.q, &a.k}) { // by length and heads, and back
      Value turned = rotated(n, n.transpose(*x, {0, 2, 1, 3}), cos, sin, n.i("rotary_interleaved", 0));
      *x = n.transpose(turned, {0, 2, 1, 3});
    }
    return success();
  }

  // What was there before, the new ones behind it, and nothing behind those.
  LogicalResult cache() {
    int64_t held = n.has(3) && n.rank(3) == 4 ? n.shape(3)[2] : 0;
    auto more = isLess(held, total);
    if (!more)
      return n.unsupported("a past of a length that the ranges of open sizes do not hold against total_sequence_length",
                           "let total_sequence_length be computed from the lengths of the past and of the queries");
    int64_t places = *more ? total : held;
    auto joined = [&](int index, Value now) -> Value {
      SmallVector<int64_t> shape(N::shapeOf(now));
      shape[2] = places;
      if (total == length && places == length)
        return now;
      Value old = n.o.full(tensorType(shape, N::elementOf(now)), 0);
      if (n.has(index) && held) {
        SmallVector<int64_t> past(N::shapeOf(now));
        past[2] = held;
        if (n.shape(index) != ArrayRef<int64_t>(past))
          return {};
        past[2] = plus(places, times(held, -1));
        old = n.in(index);
        if (past[2])
          old = n.concat({old, n.o.full(tensorType(past, N::elementOf(now)), 0)}, 2);
      }
      Value all = written(n, old, now, before, 2);
      auto rows = tensorType({shape[0], places}, n.b.getI64Type());
      Value end = n.o.broadcast(plusSize(n, before, length), {0}, rows);
      Value there = n.compare(P::lt, n.o.iota(1, rows), end);
      there = n.o.broadcast(there, {0, 2}, tensorType(shape, n.b.getI1Type()));
      return n.o.select(there, all, n.o.like(all, 0));
    };
    presentKey = joined(3, a.k), presentValue = joined(4, a.v);
    return presentKey && presentValue ? success() : n.fail("past_key or past_value do not fit key and value");
  }

  LogicalResult mask() {
    int64_t window = n.i("local_window_size", -1);
    if (n.has(10)) {
      if (n.rank(10) != 4 || !reaches(n.shape(10)[3], total))
        return n.fail("an attention bias of " + shapeName(n.shape(10).vec()) + " for " + Twine(total) + " keys");
      if (failed(addBias(n, a, n.slice(n.in(10), 3, 0, total))))
        return failure();
    }
    if (n.i("causal", 1))
      return addWindow(n, a, window > 0 ? window - 1 : -1, 0, 0, before);
    auto type = tensorType({batch, 1, 1, total}, n.b.getI64Type());
    Value allowed = n.compare(P::lt, n.o.iota(3, type), n.o.broadcast(ends, {0}, type));
    return addBias(n, a, biasOf(n, allowed, N::elementOf(a.q)));
  }

  N &n;
  Attention a;
  int64_t heads = 0, keyHeads = 0, batch = 0, length = 0, total = 0;
  Value ends, before, presentKey, presentValue;
};
LogicalResult groupQueryAttention(N &n) { return GroupQuery(n).build(); }

const ImportRow rows[] = {
    {"com.microsoft.Attention", 2, packedAttention, OpenDims::any},
    {"com.microsoft.GroupQueryAttention", 1, groupQueryAttention, OpenDims::any},
    {"com.microsoft.MultiHeadAttention", 1, multiHeadAttention, OpenDims::any},
};
} // namespace

LogicalResult projectedAttention(N &n, Value all, int mask, int pastInput, int biasInput) {
  Attention a;
  int64_t heads = n.i("num_heads", 0), width = N::shapeOf(all)[2], past = 0;
  std::vector<int64_t> sizes = n.is("qkv_hidden_sizes");
  if (sizes.empty())
    sizes.assign(3, width / 3);
  if (sizes.size() != 3 || sizes[0] < 1 || sizes[1] < 1 || sizes[2] < 1 || sizes[0] + sizes[1] + sizes[2] != width)
    return n.fail("qkv_hidden_sizes do not make the weights' " + Twine(width) + " columns");
  if (n.i("do_rotary", 0))
    return n.unsupported("do_rotary; turn query and key with RotaryEmbedding");
  a.q = splitHeads(n, n.slice(all, 2, 0, sizes[0]), heads);
  a.k = splitHeads(n, n.slice(all, 2, sizes[0], sizes[1]), heads);
  a.v = splitHeads(n, n.slice(all, 2, sizes[0] + sizes[1], sizes[2]), heads);
  if (!a.q || !a.k || !a.v)
    return n.fail("the projections are not made of " + Twine(heads) + " heads");
  bool both = N::shapeOf(a.k) == N::shapeOf(a.v);
  if (n.has(pastInput)) {
    SmallVector<int64_t> shape(N::shapeOf(a.k));
    past = n.rank(pastInput) == 5 ? n.shape(pastInput)[3] : 0;
    shape[2] = past;
    if (!both || n.rank(pastInput) != 5 || n.shape(pastInput)[0] != 2 ||
        n.shape(pastInput).drop_front() != ArrayRef<int64_t>(shape) || n.element(pastInput) != N::elementOf(a.k))
      return n.fail("a past of " + shapeName(n.shape(pastInput).vec()) + ", expected [2, batch, heads, length, size]");
    auto join = [&](int64_t i, Value now) {
      return past ? n.concat({n.reshape(n.slice(n.in(pastInput), 0, i, 1), shape), now}, 2) : now;
    };
    a.k = join(0, a.k), a.v = join(1, a.v);
  }
  if (n.wants(1)) {
    if (!both)
      return n.fail("a present of keys and values that differ in size");
    SmallVector<int64_t> shape(N::shapeOf(a.k));
    shape.insert(shape.begin(), 1);
    if (failed(n.set(1, n.concat({n.reshape(a.k, shape), n.reshape(a.v, shape)}, 0))))
      return failure();
  }
  setScale(n, a);
  if (failed(addPadding(n, a, mask, past)) || (n.has(biasInput) && failed(addBias(n, a, n.in(biasInput)))))
    return failure();
  if (n.i("unidirectional", 0) && failed(addWindow(n, a, -1, 0, past, {})))
    return failure();
  return failed(attend(n, a)) ? failure() : n.set(0, joinHeads(n, a.result));
}

ArrayRef<ImportRow> microsoftAttentionRows() { return rows; }
} // namespace dlc
