// What dlc-plan works on: one plan, or one body of control flow, under construction. Plan.cpp finds memory for values
// and an order for steps, PlanBodies.cpp does what bodies add to that, PlanMemory.cpp shares out the arena,
// PlanEmit.cpp writes the result as IR. One class, since all of them work on one state.
#pragma once
#include "ir/Dims.h"
#include "ir/Found.h"
#include "ir/Symbols.h"
#include "passes/Arena.h"
#include "passes/Passes.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/MapVector.h"

namespace dlc {

/// Memory that values share.
struct PlanRoot {
  BufferKind kind = BufferKind::arena;
  std::string symbol;
  Value value; // the first value in it
  int64_t bytes = 0, offset = 0;
  Value outer = {};        // in a body: the value around it whose memory this is
  AffineExpr place = {};   // of that, bytes at which the first step of the loop has it; null: 0
  AffineExpr advance = {}; // and bytes from one step to the next; null: 0
  int64_t block = -1;      // of the arena
};

class Planner;
struct PlanStep {
  LaunchOp launch; // null: a copy, zeros, or control flow
  SmallVector<Value> inputs, outputs;
  SmallVector<int64_t> deps = {};
  Operation *kernel = nullptr;       // of a launch
  SmallVector<int64_t> numbers = {}; // where the launch has these inputs; -1: workspace
  ControlOpInterface control = {};
  FoundOp found = {};                                // the host reads a size
  std::vector<std::shared_ptr<Planner>> bodies = {}; // shared: steps are copied where vectors of them grow
  Value memory = {};                                 // of the bodies, in the arena
  bool isNode() const { return launch || control || found; }
};

/// Where a value lies, seen from outside of all loops.
struct PlanPlace {
  BufferKind kind;
  std::string symbol;
  int64_t offset, block;
  AffineExpr place;                // to be added to the offset
  SmallVector<AffineExpr> advance; // one for each loop around
};

/// Bytes of a plan's own memory.
struct PlanRange {
  BufferKind kind;
  StringRef symbol; // in a body: its argument or result
  int64_t from, to;
  bool overlaps(const PlanRange &other) const {
    return kind == other.kind && symbol == other.symbol && from < other.to && other.from < to;
  }
};

class Planner {
public:
  Planner(func::FuncOp function, TargetAttr target)
      : function(function), target(target), ranges(function), block(&function.getBody().front()) {}
  Planner(Planner &parent, ControlOpInterface op, Region &body)
      : function(parent.function), target(parent.target), ranges(parent.ranges), block(&body.front()), parent(&parent),
        op(op), control(op.getControl()), trial(parent.trial), goal(parent.goal) {}

  /// The function becomes a dlc.plan. Where it cannot be one, an error is emitted.
  LogicalResult run();
  /// The bytes of the arena that the plan of this function has; the function is changed, no plan is made. `goal`: bytes
  /// that are good enough.
  FailureOr<int64_t> measure(int64_t goal);

private:
  using Root = PlanRoot;
  using Step = PlanStep;
  using Place = PlanPlace;
  using Range = PlanRange;
  struct Copy {
    Value from;
    Root *to;
  };
  struct StateWrite {
    Value value;
    Root *state;
    LaunchOp writer;
  };

  func::FuncOp function;
  TargetAttr target;
  SymbolRanges ranges;
  Block *block;
  Planner *parent = nullptr; // of a body
  ControlOpInterface op;     // whose body it is
  Control control;
  Value memory;       // of a body: where its arena lies in the one around it
  bool trial = false; // only to measure it
  int64_t goal = 0;

  std::vector<std::unique_ptr<Root>> roots;
  DenseMap<Value, Root *> rootOf;
  DenseMap<Value, int64_t> offsetOf; // bytes from the beginning of its root; none: 0
  std::vector<Step> steps;
  std::vector<llvm::BitVector> implied; // of each step, those before it that have ended when it begins
  std::vector<Copy> copies;
  SmallVector<StateWrite> stateWrites;
  int64_t arenaBytes = 0, peak = 0;
  std::vector<ArenaBlock> lifetimes;
  std::vector<Root *> arenaRoots;     // of these blocks
  SmallVector<Attribute> blocks;      // as the plan states them
  int64_t constants = 0, unnamed = 0; // of the outermost plan
  DenseMap<Value, Value> bufferOf;

  static RankedTensorType typeOf(Value v) { return cast<RankedTensorType>(v.getType()); }
  static std::string sourceName(Location loc, StringRef otherwise);
  std::string nameOf(Value v);
  /// What computes values, or finds a size of them: a kernel's launch, control flow, dlc.found.
  static bool isNode(Operation *op) { return isa_and_nonnull<LaunchOp, ControlOpInterface, FoundOp>(op); }
  Planner &outermost() { return parent ? parent->outermost() : *this; }
  /// The most that it can be: memory is laid out for the greatest sizes, so that places are constants.
  int64_t storedBytes(Type type);
  /// Of one element of the first dimension.
  AffineExpr rowBytes(Type whole);
  /// Whether a value is all of its root, not a part of it.
  bool isWhole(Value v) { return storedBytes(v.getType()) == rootOf.lookup(v)->bytes; }
  /// A value that nobody computes, of the type of `like`: only steps speak of it.
  Value placeholder(Value like);

  LogicalResult plan();
  Root *newRoot(BufferKind kind, StringRef symbol, Value value);
  LogicalResult collectInputs();
  LogicalResult collect();
  void bindResults();
  bool isStateWrite(Root *root);
  Root *stateRoot(StringRef symbol, Value value);
  static bool mayOverwrite(LaunchOp launch, unsigned input, unsigned result);
  LogicalResult order();
  void addSteps(LaunchOp launch);
  void appendCopies();

  // Bodies.
  Root *outerRoot(BufferKind kind, StringRef symbol, Value value, Value outer, bool rows, bool reversed);
  /// Whether rows that are so many bytes apart all lie where kernels may read them.
  static bool isAligned(AffineExpr advance);
  LogicalResult collectArguments();
  void bindYielded();
  LogicalResult addControl(ControlOpInterface op);
  /// The number of steps of the loop whose body it is.
  AffineExpr stepCount();
  Place placeOf(Value v);
  /// How many loops are around the steps.
  unsigned depth() const { return parent ? parent->depth() + control.loop : 0; }

  // Memory.
  void overwriteAtLastUse();
  void shareOut();
  Range rangeOf(Value v);
  void findDependencies();
  void stackBlocks();
  void verify();
  void markAliases();

  // The plan as IR.
  Value buffer(OpBuilder &b, Value v);
  void makeBuffers(OpBuilder &b, Step &step);
  void emitStep(OpBuilder &b, Step &step);
  void emitControl(OpBuilder &b, Step &step, ArrayRef<Value> buffers);
  void emit();
};

} // namespace dlc
