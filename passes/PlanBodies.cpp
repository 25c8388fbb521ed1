// Bodies of control flow as plans: what their arguments and results are in memory, and the step that runs them.
#include "passes/Planner.h"

namespace dlc {
namespace {
constexpr int64_t alignment = 64; // what kernels rely on
}

// A value that nobody computes, of the type of `like`: only steps speak of it.
Value Planner::placeholder(Value like) {
  OpBuilder b(block->getTerminator());
  return UnrealizedConversionCastOp::create(b, like.getLoc(), like.getType(), ValueRange{}).getResult(0);
}

// A root that is memory of the plan around: row number 0 of `outer` where it advances.
Planner::Root *Planner::outerRoot(BufferKind kind, StringRef symbol, Value value, Value outer, bool rows,
                                  bool reversed) {
  roots.push_back(std::make_unique<Root>(Root{kind, symbol.str(), value, storedBytes(value.getType())}));
  Root *root = roots.back().get();
  root->outer = outer;
  if (rows) {
    AffineExpr bytes = rowBytes(outer.getType());
    root->advance = reversed ? canonical(bytes * -1) : bytes;
    if (reversed)
      root->place = product(bytes, stepCount() - 1);
  }
  return root;
}

AffineExpr Planner::stepCount() {
  return control.count ? control.count : getAffineConstantExpr(control.limit, function.getContext());
}

bool Planner::isAligned(AffineExpr advance) { return !advance || advance.isMultipleOf(alignment); }

LogicalResult Planner::collectArguments() {
  unsigned sequencesEnd = control.carried + control.sequences;
  for (auto [i, arg] : llvm::enumerate(block->getArguments())) {
    bool carried = i < control.carried, sequence = !carried && i < sequencesEnd;
    Value outer = carried ? Value(op->getResult(i)) : op->getOperand(control.firstInput + i);
    std::string symbol = "argument " + std::to_string(i);
    Root *root = outerRoot(carried ? BufferKind::state : BufferKind::input, symbol, arg, outer, sequence,
                           sequence && control.isReversed(i - control.carried));
    rootOf[arg] = root;
    // Kernels rely on memory that is aligned: other rows are copied to where it is.
    if (!isAligned(root->advance)) {
      Value row = placeholder(arg);
      rootOf[row] = root;
      newRoot(BufferKind::arena, "", arg);
      steps.push_back({LaunchOp(), {row}, {arg}});
    }
  }
  return success();
}

void Planner::bindYielded() {
  // A carried value that becomes another one: where that one is overwritten before, it is kept aside.
  SmallVector<Value> yielded(block->getTerminator()->getOperands());
  for (auto [i, value] : llvm::enumerate(yielded))
    for (unsigned k = 0; k < std::min<unsigned>(i, control.carried); ++k)
      if (rootOf[value] == rootOf[block->getArgument(k)] && rootOf[yielded[k]] != rootOf[value] &&
          !isNode(yielded[k].getDefiningOp())) {
        Value aside = placeholder(value);
        newRoot(BufferKind::arena, "", aside);
        steps.push_back({LaunchOp(), {value}, {aside}});
        value = aside;
        break;
      }
  for (auto [i, value] : llvm::enumerate(yielded)) {
    Root *root = rootOf[value], *to;
    bool free = root->kind == BufferKind::arena && isWhole(value) && !isStateWrite(root);
    auto launch = root->value.getDefiningOp<LaunchOp>();
    if (i < control.carried) {
      to = rootOf[block->getArgument(i)];
      if (root == to)
        continue; // unchanged
      if (free && launch) {
        stateWrites.push_back({root->value, to, launch});
        continue;
      }
    } else {
      bool isRow = control.loop, reversed = isRow && control.isReversed(control.sequences + i - control.carried);
      to = outerRoot(BufferKind::output, "result " + std::to_string(i), value, op->getResult(i), isRow, reversed);
      if (free && root->value.getDefiningOp() && isNode(root->value.getDefiningOp()) && isAligned(to->advance)) {
        root->kind = to->kind;
        root->symbol = to->symbol;
        root->offset = to->offset;
        root->place = to->place;
        root->outer = to->outer;
        root->advance = to->advance;
        continue;
      }
    }
    copies.push_back({value, to});
  }
}

// What the bodies begin with, and the step that runs them.
LogicalResult Planner::addControl(ControlOpInterface op) {
  Control inner = op.getControl();
  Step step{LaunchOp(), llvm::to_vector(op->getOperands()), llvm::to_vector_of<Value>(op->getResults())};
  step.control = op;
  for (unsigned i = 0; i < inner.carried; ++i) {
    Value initial = op->getOperand(inner.firstInput + i), carried = op->getResult(i);
    Root *from = rootOf[initial], *to = rootOf[carried];
    bool mine = from->kind == BufferKind::arena && isWhole(initial) && isNode(initial.getDefiningOp()) &&
                initial.hasOneUse() && to->kind == BufferKind::arena;
    if (mine) {
      for (auto &[value, root] : rootOf)
        if (root == to)
          root = from;
    } else {
      steps.push_back({LaunchOp(), {initial}, {carried}});
    }
    step.inputs[inner.firstInput + i] = carried;
  }
  if (inner.loop && inner.conditional)
    for (Value rows : op->getResults().drop_front(inner.carried))
      steps.push_back({LaunchOp(), {}, {rows}});
  int64_t bytes = 0;
  for (Region &body : op->getRegions()) {
    step.bodies.push_back(std::make_shared<Planner>(*this, op, body));
    if (failed(step.bodies.back()->plan()))
      return failure();
    bytes = std::max(bytes, step.bodies.back()->arenaBytes);
  }
  if (bytes) {
    OpBuilder b(block->getTerminator());
    Location loc = NameLoc::get(b.getStringAttr(sourceName(op->getLoc(), "control") + "_bodies"), op->getLoc());
    auto type = RankedTensorType::get({(bytes + 3) / 4}, b.getF32Type());
    step.memory = UnrealizedConversionCastOp::create(b, loc, type, ValueRange{}).getResult(0);
    newRoot(BufferKind::arena, "", step.memory);
    for (auto &body : step.bodies)
      body->memory = step.memory;
  }
  steps.push_back(std::move(step));
  return success();
}

Planner::Place Planner::placeOf(Value v) {
  Root *root = rootOf[v];
  AffineExpr none = getAffineConstantExpr(0, function.getContext());
  auto orNone = [&](AffineExpr e) { return e ? e : none; };
  Place place{root->kind, root->symbol, root->offset + offsetOf.lookup(v), root->block, orNone(root->place), {}};
  Value outer = parent && root->kind == BufferKind::arena ? memory : root->outer;
  if (!outer)
    return place;
  Place around = parent->placeOf(outer);
  around.offset += place.offset;
  around.place = sum(around.place, place.place);
  if (control.loop) {
    around.advance.resize(depth() - 1, none);
    around.advance.push_back(orNone(root->advance));
  }
  return around;
}

} // namespace dlc
