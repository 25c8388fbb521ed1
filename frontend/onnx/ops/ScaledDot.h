// Scaled dot products, heads, rotations, caches: what ONNX's own attention and those of com.microsoft share.
#pragma once
#include "frontend/onnx/NodeBuilder.h"
#include <limits>

namespace dlc {

/// [batch, length, heads * size] to [batch, heads, length, size]; null where it does not divide.
Value splitHeads(NodeBuilder &n, Value v, int64_t heads);
/// The way back.
Value joinHeads(NodeBuilder &n, Value v);

/// One attention: q [b, hq, l, e], k [b, hk, s, e], v [b, hk, s, d]; hq is a multiple of hk.
struct Attention {
  Value q = {}, k = {}, v = {};
  Value bias = {};    // broadcasts to [b, hq, l, s]; null where there is none
  Value sink = {};    // [hq]: of each head, one more score whose value is zero
  bool masks = false; // the bias may shut a whole row, which then attends to nothing
  double scale = 1, softcap = 0;
  mlir::Type precision = {};
  Value raw = {}, capped = {}, biased = {}, probabilities = {}; // what can be asked for
  Value result = {};                                            // [b, hq, l, d]
};
LogicalResult checkHeads(NodeBuilder &n, const Attention &a);
/// Query heads that share a key head are rows of one product: [b, hq, l, s].
Value scores(NodeBuilder &n, const Attention &a);
Value weighted(NodeBuilder &n, Value probabilities, Value values);
/// Fills what can be asked for.
LogicalResult attend(NodeBuilder &n, Attention &a);

/// 0 where allowed, -infinity (or what stands for it) where not.
Value biasOf(NodeBuilder &n, Value allowed, mlir::Type element, double shut = -std::numeric_limits<double>::infinity());
LogicalResult addBias(NodeBuilder &n, Attention &a, Value more);
/// Of query i and key j, p = i + offset: left and right say how far j may be from p; -1 is any distance. `offset` is
/// one number, or a value of one a batch (i64).
LogicalResult addWindow(NodeBuilder &n, Attention &a, int64_t left, int64_t right, int64_t offset, Value offsets);
/// Old keys or values, of that operand, before the new ones.
LogicalResult withPast(NodeBuilder &n, int index, Value &v);

/// cache with `update` written along one axis, from at[batch] (i64) on or from its start: each place asks whether it is
/// among them. `circular` goes on at the start behind the end. Neither may be empty.
Value written(NodeBuilder &n, Value cache, Value update, Value at, int64_t axis, bool circular = false);
/// x [batch, length, heads, size] turned by cos and sin [batch or 1, length, half].
Value rotated(NodeBuilder &n, Value x, Value cos, Value sin, bool interleaved);

} // namespace dlc
