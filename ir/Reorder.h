// Rewrites that do the same work on fewer elements. They round differently, so they are no canonicalisation.
#pragma once
#include "mlir/IR/PatternMatch.h"

namespace dlc {

/// A convolution of windows of one element in front of a resize instead of behind it, where that costs less.
void addReorderPatterns(mlir::RewritePatternSet &patterns);

} // namespace dlc
