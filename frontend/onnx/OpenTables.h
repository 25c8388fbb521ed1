// Tables of positions along a dimension whose size is open (Sizes.h): what other rows compute at import, in the graph.
#pragma once
#include "frontend/onnx/NodeBuilder.h"

namespace dlc {

/// A size, or what stands for an open one, in every element of a tensor like `like`.
Value sizeLike(NodeBuilder &n, int64_t size, Value like);
Value timesSize(NodeBuilder &n, Value v, int64_t size);
Value plusSize(NodeBuilder &n, Value v, int64_t size);
/// 0, 1, .. size - 1 as a vector of `element`.
Value positions(NodeBuilder &n, int64_t size, Type element);
/// The elements that padding reads along a dimension, i64; `mode` is edge, wrap or reflect.
Value padTable(NodeBuilder &n, int64_t size, int64_t low, int64_t high, StringRef mode);
/// How many elements of [from, size + to) a window holds at each of `places` positions, as a vector of `element`.
Value windowCounts(NodeBuilder &n, int64_t places, int64_t window, int64_t stride, int64_t dilation, int64_t low,
                   int64_t from, int64_t size, int64_t to, Type element);

} // namespace dlc
