// if and while: verification, and what is known about them before a run.
#include "ir/Control.h"
#include "ir/Build.h"
#include "ir/Dims.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/BitVector.h"

namespace dlc {
namespace {
RankedTensorType typeOf(Value v) { return cast<RankedTensorType>(v.getType()); }

/// The type of one row of a sequence; null if it has none.
RankedTensorType rowOf(Type type) {
  auto whole = cast<RankedTensorType>(type);
  if (whole.getRank() == 0)
    return {};
  SmallVector<AffineExpr> dims = getDims(whole);
  return getTensorType(type.getContext(), ArrayRef(dims).drop_front(), whole.getElementType());
}
bool hasRows(Type type, AffineExpr rows) {
  return cast<RankedTensorType>(type).getRank() > 0 && getDims(type)[0] == rows;
}

YieldOp yieldOf(Region &body) { return cast<YieldOp>(body.front().getTerminator()); }

LogicalResult verifyBody(Operation *op, Region &body, TypeRange arguments, TypeRange results) {
  if (body.front().getArgumentTypes() != arguments)
    return op->emitOpError("a body takes ")
           << body.front().getArgumentTypes() << ", but its inputs give it " << arguments;
  auto yield = dyn_cast<YieldOp>(body.front().back());
  if (!yield || yield.getOperandTypes() != results)
    return op->emitOpError("a body must end in a dlc.yield of ") << results;
  return success();
}
} // namespace

//===--- Verification -------------------------------------------------------------------------------------------===//

Control IfOp::getControl() {
  Control control;
  control.firstInput = 1;
  return control;
}

LogicalResult IfOp::verifyRegions() {
  if (typeOf(getCondition()).getRank() != 0)
    return emitOpError("the condition must be one bool, found ") << describe(getCondition().getType());
  for (Region &body : (*this)->getRegions())
    if (failed(verifyBody(*this, body, getCaptures().getTypes(), getResultTypes())))
      return failure();
  return success();
}

Control WhileOp::getControl() {
  Control control;
  control.loop = true;
  control.conditional = getConditional();
  control.limit = static_cast<int64_t>(getLimit());
  if (DimsAttr count = getCountAttr())
    control.count = count.getExprs()[0];
  control.carried = static_cast<unsigned>(getCarried());
  control.sequences = static_cast<unsigned>(getSequences());
  control.reversed = getReversed();
  return control;
}

LogicalResult WhileOp::verifyRegions() {
  auto limit = static_cast<int64_t>(getLimit()), carried = static_cast<int64_t>(getCarried()),
       sequences = static_cast<int64_t>(getSequences()), inputs = static_cast<int64_t>(getInputs().size()),
       rows = static_cast<int64_t>(getNumResults()) - carried;
  if (carried < 0 || sequences < 0 || carried > inputs || sequences > inputs - carried || rows < 0)
    return emitOpError() << carried << " carried values and " << sequences << " sequences do not fit " << inputs
                         << " inputs and " << getNumResults() << " results";
  if (limit < -1 || (limit < 0 && !getConditional()))
    return emitOpError("must have a limit, or a condition that ends it, found limit ") << limit;
  if (limit < 0 && (sequences || rows))
    return emitOpError("sequences and rows need a limit");
  if (getCountAttr() && (limit < 0 || getCountAttr().getExprs().size() != 1))
    return emitOpError("an open count is one expression, and has a limit");
  AffineExpr steps = getCountAttr() ? getCountAttr().getExprs()[0] : getAffineConstantExpr(limit, getContext());
  if (getConditional() &&
      (!carried || typeOf(getInputs()[0]).getRank() != 0 || !typeOf(getInputs()[0]).getElementType().isInteger(1)))
    return emitOpError("the first carried value of a conditional loop must be one bool");
  for (int64_t n : getReversed())
    if (n < 0 || n >= sequences + rows)
      return emitOpError() << "reverses number " << n << " of " << sequences << " sequences and " << rows << " rows";
  SmallVector<Type> arguments, results;
  for (auto [i, type] : llvm::enumerate(getInputs().getTypes())) {
    bool sequence = static_cast<int64_t>(i) >= carried && static_cast<int64_t>(i) < carried + sequences;
    if (sequence && !hasRows(type, steps))
      return emitOpError() << "a sequence of " << describe(steps) << " steps cannot be " << describe(type);
    arguments.push_back(sequence ? rowOf(type) : type);
  }
  for (auto [i, type] : llvm::enumerate(getResultTypes())) {
    bool isRow = static_cast<int64_t>(i) >= carried;
    if (isRow && !hasRows(type, steps))
      return emitOpError() << "the rows of " << describe(steps) << " steps cannot be " << describe(type);
    if (!isRow && type != getInputs()[i].getType())
      return emitOpError() << "carried value " << i << " begins as " << describe(getInputs()[i].getType())
                           << " and ends as " << describe(type);
    results.push_back(isRow ? rowOf(type) : type);
  }
  return verifyBody(*this, getBody(), arguments, results);
}

//===--- Rebuilding ---------------------------------------------------------------------------------------------===//

namespace {
/// The operator without the inputs (region arguments) and results of these numbers, and with captures more. Arguments
/// and results that go must have no readers but what becomes dead with them.
Operation *rebuild(PatternRewriter &b, ControlOpInterface op, llvm::BitVector inputs, const llvm::BitVector &results,
                   ValueRange more = {}) {
  Control control = op.getControl();
  OperationState state(op->getLoc(), op->getName());
  state.attributes = NamedAttrList(op->getAttrDictionary());
  state.addOperands(op->getOperands().take_front(control.firstInput));
  for (auto [i, input] : llvm::enumerate(op->getOperands().drop_front(control.firstInput)))
    if (!inputs.test(i))
      state.addOperands(input);
  state.addOperands(more);
  for (auto [i, type] : llvm::enumerate(op->getResultTypes()))
    if (!results.test(i))
      state.addTypes(type);
  if (control.loop) {
    unsigned carried = 0, sequences = 0, rows = 0;
    SmallVector<int64_t> reversed;
    for (unsigned i = 0; i < control.carried; ++i)
      carried += !inputs.test(i);
    for (unsigned i = 0; i < control.sequences; ++i)
      if (!inputs.test(control.carried + i)) {
        if (control.isReversed(i))
          reversed.push_back(sequences);
        ++sequences;
      }
    for (unsigned i = control.carried; i < op->getNumResults(); ++i)
      if (!results.test(i)) {
        if (control.isReversed(control.sequences + i - control.carried))
          reversed.push_back(sequences + rows);
        ++rows;
      }
    state.attributes.set("carried", b.getI64IntegerAttr(carried));
    state.attributes.set("sequences", b.getI64IntegerAttr(sequences));
    state.attributes.set("reversed", b.getDenseI64ArrayAttr(reversed));
  }
  for (unsigned i = 0; i < op->getNumRegions(); ++i)
    state.addRegion();
  Operation *made = b.create(state);
  inputs.resize(inputs.size() + more.size());
  for (auto [from, to] : llvm::zip_equal(op->getRegions(), made->getRegions())) {
    b.inlineRegionBefore(from, to, to.end());
    Block &body = to.front();
    for (Value capture : more)
      body.addArgument(capture.getType(), capture.getLoc());
    SmallVector<Value> yielded;
    for (auto [i, value] : llvm::enumerate(body.getTerminator()->getOperands()))
      if (!results.test(i))
        yielded.push_back(value);
    b.modifyOpInPlace(body.getTerminator(), [&] { body.getTerminator()->setOperands(yielded); });
    for (Operation &inner : llvm::make_early_inc_range(llvm::reverse(body)))
      if (isOpTriviallyDead(&inner))
        b.eraseOp(&inner);
    body.eraseArguments(inputs);
  }
  unsigned next = 0;
  for (auto [i, result] : llvm::enumerate(op->getResults()))
    if (!results.test(i))
      b.replaceAllUsesWith(result, made->getResult(next++));
  b.eraseOp(op);
  return made;
}

llvm::BitVector none(size_t size) { return llvm::BitVector(static_cast<unsigned>(size)); }

/// Clones a body where the builder stands; returns what it yields.
SmallVector<Value> cloneBody(OpBuilder &b, Region &body, ValueRange arguments) {
  IRMapping map;
  map.map(body.getArguments(), arguments);
  for (Operation &op : body.front().without_terminator())
    b.clone(op, map);
  return llvm::map_to_vector(yieldOf(body).getOperands(), [&](Value v) { return map.lookupOrDefault(v); });
}

std::optional<bool> knownBool(Value v) {
  DenseElementsAttr value;
  if (!matchPattern(v, m_Constant(&value)) || !value.isSplat())
    return std::nullopt;
  return value.getSplatValue<bool>();
}

//===--- Both ---------------------------------------------------------------------------------------------------===//

/// What nobody asks for goes: results without readers, carried values that only compute themselves, sequences and
/// captures that no body reads.
LogicalResult dropDead(ControlOpInterface op, PatternRewriter &b) {
  Control control = op.getControl();
  size_t inputs = op->getNumOperands() - control.firstInput;
  llvm::BitVector live = none(op->getNumResults()), needed = none(inputs);
  for (auto [i, result] : llvm::enumerate(op->getResults()))
    if (!result.use_empty() || (control.loop && control.conditional && i == 0))
      live.set(i);
  for (bool changed = true; changed;) {
    changed = false;
    for (Region &body : op->getRegions()) {
      SmallVector<Value> work;
      llvm::SmallPtrSet<Operation *, 16> seen;
      for (unsigned i : live.set_bits())
        work.push_back(yieldOf(body).getOperand(i));
      while (!work.empty()) {
        Value v = work.pop_back_val();
        if (auto argument = dyn_cast<BlockArgument>(v)) {
          unsigned n = argument.getArgNumber();
          needed.set(n);
          if (n < control.carried && !live.test(n)) {
            live.set(n);
            changed = true;
          }
        } else if (seen.insert(v.getDefiningOp()).second) {
          llvm::append_range(work, v.getDefiningOp()->getOperands());
        }
      }
    }
  }
  for (unsigned i = 0; i < control.carried; ++i)
    needed[i] = live.test(i);
  if (needed.all() && live.all())
    return failure();
  rebuild(b, op, needed.flip(), live.flip());
  return success();
}

/// Constants and weights are named inside, where operators beside them see what they are.
LogicalResult sinkLeaves(ControlOpInterface op, PatternRewriter &b) {
  Control control = op.getControl();
  llvm::BitVector sunk = none(op->getNumOperands() - control.firstInput);
  for (unsigned i = control.carried + control.sequences; i < sunk.size(); ++i) {
    Value capture = op->getOperand(control.firstInput + i);
    Operation *def = capture.getDefiningOp();
    if (!def || def->getNumOperands() || def->getNumRegions() || !isMemoryEffectFree(def))
      continue;
    for (Region &body : op->getRegions()) {
      b.setInsertionPointToStart(&body.front());
      Operation *inside = b.clone(*def);
      b.replaceAllUsesWith(body.getArgument(i), inside->getResult(cast<OpResult>(capture).getResultNumber()));
    }
    sunk.set(i);
  }
  if (sunk.none())
    return failure();
  b.setInsertionPoint(op);
  rebuild(b, op, sunk, none(op->getNumResults()));
  return success();
}

/// A value that is captured twice is one argument.
LogicalResult mergeCaptures(ControlOpInterface op, PatternRewriter &b) {
  Control control = op.getControl();
  llvm::BitVector merged = none(op->getNumOperands() - control.firstInput);
  DenseMap<Value, unsigned> first;
  for (unsigned i = control.carried + control.sequences; i < merged.size(); ++i) {
    auto [it, isNew] = first.try_emplace(op->getOperand(control.firstInput + i), i);
    if (isNew)
      continue;
    for (Region &body : op->getRegions())
      b.replaceAllUsesWith(body.getArgument(i), body.getArgument(it->second));
    merged.set(i);
  }
  if (merged.none())
    return failure();
  rebuild(b, op, merged, none(op->getNumResults()));
  return success();
}

//===--- if -----------------------------------------------------------------------------------------------------===//

LogicalResult knownBranch(IfOp op, PatternRewriter &b) {
  auto known = knownBool(op.getCondition());
  if (!known)
    return failure();
  b.replaceOp(op, cloneBody(b, *known ? op.getThenBody() : op.getElseBody(), op.getCaptures()));
  return success();
}

//===--- while --------------------------------------------------------------------------------------------------===//

/// `steps` steps one after the other; returns what replaces the loop's results.
SmallVector<Value> stepByStep(WhileOp op, OpBuilder &b, int64_t steps) {
  Control control = op.getControl();
  Ops o(b, op.getLoc());
  SmallVector<Value> carried(op.getInputs().take_front(control.carried));
  ValueRange sequences = op.getInputs().drop_front(control.carried).take_front(control.sequences),
             captures = op.getInputs().drop_front(control.carried + control.sequences);
  SmallVector<SmallVector<Value>> rows(op.getNumResults() - control.carried);
  for (int64_t step = 0; step < steps; ++step) {
    SmallVector<Value> arguments(carried);
    for (auto [i, sequence] : llvm::enumerate(sequences)) {
      auto type = typeOf(sequence);
      SmallVector<int64_t> start(type.getRank()), stride(type.getRank(), 1), shape(type.getShape());
      start[0] = control.isReversed(i) ? steps - 1 - step : step;
      shape[0] = 1;
      auto one = RankedTensorType::get(shape, type.getElementType());
      Value slice = SliceOp::create(b, op.getLoc(), one, sequence, start, stride);
      arguments.push_back(o.reshape(slice, rowOf(type)));
    }
    llvm::append_range(arguments, captures);
    SmallVector<Value> yielded = cloneBody(b, op.getBody(), arguments);
    carried.assign(yielded.begin(), yielded.begin() + control.carried);
    for (auto [i, row] : llvm::enumerate(ArrayRef(yielded).drop_front(control.carried))) {
      SmallVector<int64_t> shape(typeOf(row).getShape());
      shape.insert(shape.begin(), 1);
      Value one = o.reshape(row, RankedTensorType::get(shape, typeOf(row).getElementType()));
      rows[i].insert(control.isReversed(control.sequences + i) ? rows[i].begin() : rows[i].end(), one);
    }
  }
  SmallVector<Value> results(carried);
  for (auto [i, parts] : llvm::enumerate(rows)) {
    if (parts.empty())
      results.push_back(o.full(op.getResult(control.carried + i).getType(), 0));
    else
      results.push_back(parts.size() == 1 ? parts[0] : ConcatOp::create(b, op.getLoc(), parts, 0).getResult());
  }
  return results;
}

/// No step, or so few that a loop says more than the steps themselves.
LogicalResult unrollShort(WhileOp op, PatternRewriter &b) {
  Control control = op.getControl();
  if (control.count) {
    // Sizes were bound: the count is known.
    auto known = dyn_cast<AffineConstantExpr>(control.count);
    if (!known)
      return failure();
    b.modifyOpInPlace(op, [&] {
      op.setLimit(static_cast<uint64_t>(known.getValue()));
      op.removeCountAttr();
    });
    return success();
  }
  int64_t steps = control.limit;
  if (control.conditional) {
    if (steps != 0 && knownBool(op.getInputs()[0]) != false)
      return failure();
    steps = 0;
  }
  int64_t size = 0;
  op.getBody().walk([&](Operation *) { ++size; });
  if (steps > 1 && (steps > 4 || steps * size > 48))
    return failure();
  b.replaceOp(op, stepByStep(op, b, steps));
  return success();
}

/// A carried value that never changes is a capture.
LogicalResult captureUnchanged(WhileOp op, PatternRewriter &b) {
  Control control = op.getControl();
  llvm::BitVector inputs = none(op.getInputs().size()), results = none(op.getNumResults());
  SmallVector<Value> captures;
  SmallVector<unsigned> numbers;
  for (unsigned i = control.conditional; i < control.carried; ++i) {
    if (yieldOf(op.getBody()).getOperand(i) != op.getBody().getArgument(i))
      continue;
    inputs.set(i);
    results.set(i);
    numbers.push_back(i);
    captures.push_back(op.getInputs()[i]);
    b.replaceAllUsesWith(op.getResult(i), op.getInputs()[i]);
  }
  if (captures.empty())
    return failure();
  for (auto [n, capture] : llvm::zip_equal(numbers, captures)) {
    Value inside = op.getBody().front().addArgument(capture.getType(), capture.getLoc());
    b.replaceAllUsesWith(op.getBody().getArgument(n), inside);
  }
  b.modifyOpInPlace(op, [&] { op.getInputsMutable().append(captures); });
  inputs.resize(op.getInputs().size());
  rebuild(b, op, inputs, results);
  return success();
}

/// What every step of a loop computes of captures alone is computed once, in front of it; what either computes of
/// weights alone, too: that is once, at load.
LogicalResult hoistInvariants(ControlOpInterface op, PatternRewriter &b) {
  Control control = op.getControl();
  unsigned firstCapture = control.carried + control.sequences;
  auto isFree = [](Operation *inner) {
    auto indexed = dyn_cast<IndexedOpInterface>(inner);
    return inner->getNumOperands() == 0 || (indexed && (indexed.isCheap() || indexed.isView()));
  };
  SmallVector<Value> captures, inside;
  SmallVector<Operation *> moved;
  for (Region &region : op->getRegions()) {
    Block &body = region.front();
    DenseSet<Value> fixed;
    if (control.loop)
      for (BlockArgument argument : body.getArguments().drop_front(firstCapture))
        fixed.insert(argument);
    SmallVector<Operation *> moving;
    for (Operation &inner : body.without_terminator()) {
      if (inner.getNumRegions() || !isMemoryEffectFree(&inner) ||
          !llvm::all_of(inner.getOperands(), [&](Value v) { return fixed.contains(v); }))
        continue;
      fixed.insert(inner.result_begin(), inner.result_end());
      if (!isFree(&inner))
        moving.push_back(&inner);
    }
    IRMapping map;
    map.map(body.getArguments().drop_front(firstCapture),
            op->getOperands().drop_front(control.firstInput + firstCapture));
    std::function<void(Operation *)> copy = [&](Operation *inner) {
      if (inner->getNumResults() && map.contains(inner->getResult(0)))
        return;
      for (Value operand : inner->getOperands())
        if (Operation *def = operand.getDefiningOp())
          copy(def);
      b.clone(*inner, map);
    };
    for (Operation *inner : moving) {
      copy(inner);
      for (Value result : inner->getResults())
        if (llvm::any_of(result.getUsers(), [&](Operation *user) { return !llvm::is_contained(moving, user); })) {
          captures.push_back(map.lookup(result));
          inside.push_back(result);
        }
    }
    llvm::append_range(moved, moving);
  }
  if (moved.empty())
    return failure();
  for (auto [capture, value] : llvm::zip_equal(captures, inside))
    for (Region &region : op->getRegions()) {
      Value argument = region.front().addArgument(capture.getType(), capture.getLoc());
      if (value.getParentRegion() == &region)
        b.replaceAllUsesWith(value, argument);
    }
  for (Operation *inner : llvm::reverse(moved))
    b.eraseOp(inner);
  b.modifyOpInPlace(op, [&] { op->insertOperands(op->getNumOperands(), captures); });
  return success();
}

struct OnControl : OpInterfaceRewritePattern<ControlOpInterface> {
  OnControl(MLIRContext *context, StringRef name) : OpInterfaceRewritePattern(context), name(name) {}
  LogicalResult matchAndRewrite(ControlOpInterface op, PatternRewriter &b) const override {
    if (op->getName().getStringRef() != name)
      return failure();
    return success(succeeded(mergeCaptures(op, b)) || succeeded(dropDead(op, b)) || succeeded(sinkLeaves(op, b)) ||
                   succeeded(hoistInvariants(op, b)));
  }
  StringRef name;
};
} // namespace

void unrollLoops(Operation *root, int64_t most) {
  // Outer loops first: their steps bring the inner ones with them.
  for (bool changed = true; changed;) {
    WhileOp found;
    root->walk<WalkOrder::PreOrder>([&](WhileOp op) {
      Control control = op.getControl();
      if (control.conditional || control.count || control.limit > most)
        return WalkResult::advance();
      found = op;
      return WalkResult::interrupt();
    });
    changed = bool(found);
    if (!found)
      continue;
    OpBuilder b(found);
    found->replaceAllUsesWith(stepByStep(found, b, found.getControl().limit));
    found->erase();
  }
}

void IfOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add(knownBranch);
  patterns.add<OnControl>(context, getOperationName());
}

void WhileOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add(unrollShort);
  patterns.add(captureUnchanged);
  patterns.add<OnControl>(context, getOperationName());
}
} // namespace dlc
