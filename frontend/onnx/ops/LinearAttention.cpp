// What language models have in place of attention: linear attention, causal convolutions with a state.
#include "frontend/onnx/Regions.h"
#include "frontend/onnx/Sizes.h"
#include "frontend/onnx/ops/ScaledDot.h"
#include <cmath>

namespace dlc {
namespace {
using N = NodeBuilder;
constexpr int64_t longestUnrolled = 8; // steps; more are a loop

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
  SmallVector<int64_t> state = {batch, keyHeads, size, width};
  auto stateType = tensorType(state, f32);
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
  // What a step reads, by the steps: [steps, batch, heads, ..].
  SmallVector<Value> sequences = {n.times(q, scale), k, v};
  if (gated)
    sequences.push_back(n.o.exp(decay));
  if (delta)
    sequences.push_back(beta);
  for (Value &sequence : sequences)
    sequence = n.transpose(sequence, {2, 0, 1, 3});
  // One step: the new state, and what the query reads of it, [batch, heads * width].
  auto advance = [&](Value before, ArrayRef<Value> now) -> std::pair<Value, Value> {
    Value key = now[1], value = now[2], after = before;
    if (gated) {
      int64_t own = N::shapeOf(now[3])[2];
      Value keep = n.to(now[3], {batch, keyHeads, own});
      after = n.o.mul(after, n.to(n.reshape(keep, {batch, keyHeads, own, 1}), state));
    }
    if (delta) {
      Value known = n.o.dot(key, after, {0, 1}, {0, 1}, {2}, {2}); // [batch, heads, width]
      value = n.o.mul(n.to(now.back(), N::shapeOf(value)), n.o.sub(value, known));
    }
    after =
        n.o.add(after, n.o.mul(n.o.broadcast(key, {0, 1, 2}, stateType), n.o.broadcast(value, {0, 1, 3}, stateType)));
    Value query = n.reshape(now[0], {batch, keyHeads, heads / keyHeads, size});
    Value read = n.o.dot(query, after, {0, 1}, {0, 1}, {3}, {2});
    return {after, n.reshape(read, {batch, heads * width})};
  };
  Value rows;
  if (steps == 0)
    return n.fail("a sequence of no steps");
  if (steps <= longestUnrolled) {
    SmallVector<Value> outputs;
    for (int64_t i = 0; i < steps; ++i) {
      SmallVector<Value> now = llvm::map_to_vector(sequences, [&](Value sequence) {
        return n.reshape(n.slice(sequence, 0, i, 1), N::shapeOf(sequence).drop_front());
      });
      auto [after, read] = advance(s, now);
      s = after;
      outputs.push_back(n.reshape(read, {1, batch, heads * width}));
    }
    rows = n.concat(outputs, 0);
  } else {
    LoopForm form;
    form.carried = 1;
    form.sequences = int64_t(sequences.size());
    setSteps(form, steps);
    Traced body;
    Value before = body.argument(n.b, n.loc, stateType);
    SmallVector<Value> now, inputs = {s};
    for (Value sequence : sequences)
      now.push_back(body.argument(n.b, n.loc, tensorType(N::shapeOf(sequence).drop_front(), N::elementOf(sequence))));
    llvm::append_range(inputs, sequences);
    body.begin(n.b);
    auto [after, read] = advance(before, now);
    auto loop = makeWhile(n.b, n.loc, form, body, inputs, {after, read});
    s = loop.getResult(0);
    rows = loop.getResult(1);
  }
  mlir::Type kept = n.has(3) ? n.element(3) : n.element(0);
  return failed(n.set(0, n.cast(n.transpose(rows, {1, 0, 2}), n.element(0)))) ? failure() : n.set(1, n.cast(s, kept));
}

// A depthwise convolution along time that sees the past only; its last elements are handed on.
LogicalResult causalConv(N &n) {
  if (n.rank(0) != 3 || n.rank(1) != 3 || n.shape(1)[0] != n.shape(0)[1] || n.shape(1)[1] != 1 || n.shape(1)[2] < 1 ||
      hasOpen(n.shape(1)))
    return n.fail("wants an input [batch, channels, length] and weights [channels, 1, window]");
  int64_t batch = n.shape(0)[0], channels = n.shape(0)[1], before = n.shape(1)[2] - 1;
  SmallVector<int64_t> past = {batch, channels, before};
  if (n.has(3) && n.shape(3) != ArrayRef<int64_t>(past))
    return n.fail("a past state of " + shapeName(n.shape(3).vec()) + ", expected " +
                  shapeName({past.begin(), past.end()}));
  Value x = n.in(0);
  if (before > 0)
    x = n.concat({n.has(3) ? n.in(3) : n.o.full(tensorType(past, n.element(0)), 0), x}, 2);
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
  return failed(n.set(0, y)) ? failure() : n.set(1, n.slice(x, 2, plus(N::shapeOf(x)[2], -before), before));
}

// com.microsoft has both with more attributes.
template <LogicalResult (*build)(N &)> LogicalResult extended(N &n) {
  if (n.i("state_window", 0) || n.i("channels_last", 0) || n.i("dilation", 1) != 1 || n.i("ndim", 1) != 1)
    return n.unsupported("state_window, channels_last, dilation or ndim; leave them at their defaults");
  return build(n);
}

const ImportRow rows[] = {
    {"CausalConvWithState", 2, causalConv, OpenDims::any},
    {"LinearAttention", 3, linearAttention, OpenDims::any},
    {"com.microsoft.CausalConvWithState", 2, extended<causalConv>, OpenDims::any},
    {"com.microsoft.LinearAttention", 3, extended<linearAttention>, OpenDims::any},
};
} // namespace

ArrayRef<ImportRow> linearAttentionRows() { return rows; }
} // namespace dlc
