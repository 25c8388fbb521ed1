// Sliding windows as ONNX describes them: kernel, strides, dilations, and one of three ways to say the padding.
#pragma once
#include "frontend/onnx/NodeBuilder.h"

namespace dlc {
struct Window {
  SmallVector<int64_t> size, strides, dilations, low, high; // one entry a spatial dimension
  SmallVector<int64_t> padHigh;                             // high without what ceil_mode hangs over
};
/// Reads strides, dilations, pads, auto_pad and ceil_mode for the spatial dimensions (from 2 on) of operand 0, or of
/// what was made of it and has this shape.
LogicalResult readWindow(NodeBuilder &n, ArrayRef<int64_t> kernel, Window &window);
LogicalResult readWindow(NodeBuilder &n, ArrayRef<int64_t> kernel, ArrayRef<int64_t> shape, Window &window);
/// The node's pooling of x [batch, channels, space..] (ops/Reduction.cpp).
LogicalResult maxPooled(NodeBuilder &n, Value x, Value &result);
LogicalResult averagePooled(NodeBuilder &n, Value x, Value &result);
/// [batch, space.., channels] to [batch, channels, space..], and back; rank 3 or more.
Value channelsFirst(NodeBuilder &n, Value x);
Value channelsLast(NodeBuilder &n, Value x);
} // namespace dlc
