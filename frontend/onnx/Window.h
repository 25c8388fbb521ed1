// Sliding windows as ONNX describes them: kernel, strides, dilations, and one of three ways to say the padding.
#pragma once
#include "frontend/onnx/NodeBuilder.h"

namespace dlc {
struct Window {
  SmallVector<int64_t> size, strides, dilations, low, high; // one entry a spatial dimension
  SmallVector<int64_t> padHigh;                             // high without what ceil_mode hangs over
};
/// Reads strides, dilations, pads, auto_pad and ceil_mode for the operand's spatial dimensions (from 2 on).
LogicalResult readWindow(NodeBuilder &n, ArrayRef<int64_t> kernel, Window &window);
} // namespace dlc
