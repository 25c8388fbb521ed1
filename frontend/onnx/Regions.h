// Regions out of what was built in a block: operators are made where their node stands, as if there were no region, and
// are then moved.
#pragma once
#include "ir/Dialect.h"
#include "llvm/ADT/SetVector.h"

namespace dlc {

/// The operators at the end of a block, behind `before` (null: all of it). `arguments` stand for the region's
/// arguments, in their order; captures follow them.
struct Traced {
  Operation *before = nullptr;
  SmallVector<Value> arguments;

  /// A value that nobody computes, added to the arguments. To be made before `begin`.
  Value argument(OpBuilder &b, Location loc, RankedTensorType type);
  /// Another type for an argument that nothing reads.
  void replaceArgument(OpBuilder &b, Value argument, RankedTensorType type);
  void begin(OpBuilder &b);
};

/// What was built behind `before`; constants and weights are not among it, and stay where they are, unless their sizes
/// are such as a run finds: that may be in the trace.
SmallVector<Operation *> builtBehind(Block &block, Operation *before);

/// Values of the outside that operators in a trace and what it yields read, added to `captures`.
void addCaptures(Block &block, const Traced &traced, ArrayRef<Value> yields, llvm::SetVector<Value> &captures);

/// Moves a trace into a region that takes its arguments and the captures.
void moveIntoRegion(OpBuilder &b, Traced &traced, Region &region, ArrayRef<Value> captures, ArrayRef<Value> yields);

struct LoopForm {
  int64_t carried = 0, sequences = 0, limit = -1;
  bool conditional = false;
  SmallVector<int64_t> reversed;
  AffineExpr count = {}; ///< where it is open; limit is then the most
};
/// So many steps; the number may stand for an open size (Sizes.h).
void setSteps(LoopForm &form, int64_t steps);
/// A dlc.while whose body is the trace. `inputs`: one for each of the trace's arguments.
WhileOp makeWhile(OpBuilder &b, Location loc, const LoopForm &form, Traced &body, SmallVector<Value> inputs,
                  ArrayRef<Value> yields);

} // namespace dlc
