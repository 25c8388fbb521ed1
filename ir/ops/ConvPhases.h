// Convolutions over an operand that is spread out, as ordinary ones.
#pragma once
#include "ir/Dialect.h"

namespace dlc {
/// Channels-first convolutions of static shape with lhs_dilation and neither strides nor a dilated window.
bool worksInPhases(ConvOp conv);
/// The result of such a convolution, channels last, from `input`, its operand with channels last.
Value buildPhases(ConvOp conv, OpBuilder &b, Location loc, Value input);
} // namespace dlc
