// Canonicalisation patterns that are written apart from the operators.
#pragma once
#include "ir/Dialect.h"
#include "mlir/IR/PatternMatch.h"

namespace dlc {
/// Elementwise operators on small or splat constants become constants, by way of their scalar expressions.
void addConstantFolding(RewritePatternSet &patterns);
} // namespace dlc
