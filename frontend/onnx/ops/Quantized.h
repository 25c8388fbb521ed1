// Linear quantisation: real = (stored - zero) * scale, spelled out in floats or 32-bit integers.
#pragma once
#include "frontend/onnx/NodeBuilder.h"

namespace dlc {

/// A scalar, per-axis or per-block parameter in the shape of `like`; null where it cannot be.
Value spread(NodeBuilder &n, Value v, Value like, int64_t axis);
/// saturate(round(x / scale) + zero); scale and zero (null: 0) have x's shape.
Value quantized(NodeBuilder &n, Value x, Value scale, Value zero, Type element);
/// (x - zero) * scale in floats of type `element`.
Value dequantized(NodeBuilder &n, Value x, Value scale, Value zero, Type element);
/// The whole of x in bytes from 0 to 255 that it fits; scale (x's type) and zero point (u8) are scalars.
Value dynamicallyQuantized(NodeBuilder &n, Value x, Value &scale, Value &zero);
/// x [.., k] times bytes w [k, n], of which scale and zero (null: 0) are scalars or have n elements: x is quantised as
/// a whole. Null where they do not fit w.
Value dynamicProduct(NodeBuilder &n, Value x, Value w, Value scale, Value zero);

} // namespace dlc
