// A model taken apart, node by node, so that each node's gradient can be compared with differences of its values.
#pragma once
#include "ir/Dialect.h"
#include "mlir/IR/OwningOpRef.h"

namespace dlc {

/// One source node (its operators that follow each other) as a function of what it reads, all floats as f64.
struct GradientPiece {
  std::string node; ///< its name in the source
  std::string ops;  ///< "dot_general, add": without views, constants and what else costs nothing
  /// Why it is not checked; "" if it is. Else its module gives results alone.
  std::string skipped;
  bool chosen = false; ///< its gradient is not its derivative on purpose
  /// @main(values read, one cotangent for each float result) -> (results, gradients of `floats`).
  OwningOpRef<ModuleOp> module;
  SmallVector<unsigned> reads, gives; ///< values' numbers: what it reads, and its results
  SmallVector<unsigned> floats;       ///< which arguments are floats
  unsigned results = 0;               ///< of the node itself; the gradients follow
  SmallVector<bool> floatResults;
};

struct GradientPieces {
  /// Of the original module. Values are numbered: the model's inputs, these, then what nodes give.
  SmallVector<WeightOp> weights;
  /// @main(inputs, weights, cotangents of float outputs) -> (outputs, gradients of float inputs and weights).
  GradientPiece whole;
  std::vector<GradientPiece> nodes; ///< in program order
};

/// Every float becomes an f64, in types and in constants; weights must not be read.
void widenFloats(ModuleOp module);

/// Takes `main` of `module` apart, whose shapes are static; the module stays as it is.
FailureOr<GradientPieces> takeApart(ModuleOp module);

} // namespace dlc
