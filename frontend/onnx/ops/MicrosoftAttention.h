#pragma once
#include "frontend/onnx/ops/ScaledDot.h"

namespace dlc {

/// com.microsoft's attention of the projections [batch, length, q + k + v], behind each other: the operands that are
/// the mask, the past [2, batch, heads, length, size] and a bias of the scores (-1: there is none) may be absent. Sets
/// the result and the present.
LogicalResult projectedAttention(NodeBuilder &n, Value projections, int mask, int past, int bias);

} // namespace dlc
