// Rewrites that do the same work on fewer elements. They round differently, so they are no canonicalisation.
#pragma once
#include "mlir/IR/PatternMatch.h"

namespace dlc {

/// A convolution of windows of one element in front of a resize instead of behind it, where that costs less.
void addReorderPatterns(mlir::RewritePatternSet &patterns);

/// A fold of very many elements in two steps, of the inner and then of the outer dimensions: the first has work for many
/// threads, and a sum of hundreds of thousands of f32 one after the other loses four digits.
void addSplitPatterns(mlir::RewritePatternSet &patterns);

} // namespace dlc
