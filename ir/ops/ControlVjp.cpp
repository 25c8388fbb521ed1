// Gradients of if and while: a branch computed anew with its gradient behind it; a loop that hands out what its
// gradient reads, and one that walks back over it.
#include "ir/Build.h"
#include "ir/Dims.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"

namespace dlc {
namespace {
RankedTensorType typeOf(Value v) { return cast<RankedTensorType>(v.getType()); }
YieldOp yieldOf(Region &body) { return cast<YieldOp>(body.front().getTerminator()); }

/// Values of a block that floats lead to from its `active` arguments.
llvm::DenseSet<Value> reached(Block &block, const llvm::BitVector &active) {
  llvm::DenseSet<Value> found;
  for (unsigned i : active.set_bits())
    if (isFloat(block.getArgument(i)))
      found.insert(block.getArgument(i));
  for (Operation &op : block.without_terminator())
    if (llvm::any_of(op.getOperands(), [&](Value v) { return found.contains(v); }))
      for (Value result : op.getResults())
        if (isFloat(result))
          found.insert(result);
  return found;
}

void eraseDead(Block &block) {
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
    if (isOpTriviallyDead(&op))
      op.erase();
}

/// What a body does once cannot be done again on the way back.
LogicalResult canRunAgain(Operation *op) {
  auto found = op->walk([&](Operation *inner) {
    if (inner == op || inner->hasTrait<OpTrait::IsTerminator>() || isMemoryEffectFree(inner))
      return WalkResult::advance();
    inner->emitOpError("stands in the body of ")
        << op->getName().getStringRef() << ", which has no gradient then: it finds a size while the step runs";
    return WalkResult::interrupt();
  });
  return failure(found.wasInterrupted());
}

/// Whether an element costs less to compute again than to keep for every step.
bool isRecomputed(Operation *op) {
  if (op->getNumRegions() || isa<ContractionOpInterface, ReductionOpInterface, RoutineOpInterface>(op))
    return false;
  auto indexed = dyn_cast<IndexedOpInterface>(op);
  return !indexed || indexed.getReadsPerElement() <= 1;
}
} // namespace

//===--- if -----------------------------------------------------------------------------------------------------===//

StringRef IfOp::getNoGradientReason() { return ""; }

FailureOr<SmallVector<Value>> IfOp::buildRegionVjp(OpBuilder &b, Location loc, ValueRange grads,
                                                   const llvm::BitVector &active, DifferentiateFn differentiate,
                                                   SmallVectorImpl<Value> &operandGrads) {
  if (failed(canRunAgain(*this)))
    return failure();
  llvm::BitVector captured(getCaptures().size());
  for (unsigned i : active.set_bits())
    if (i > 0 && isFloat(getOperand(i)))
      captured.set(i - 1);
  SmallVector<Value> inputs(getCaptures()),
      cotangents = llvm::to_vector(llvm::make_filter_range(grads, [](Value g) { return bool(g); }));
  llvm::append_range(inputs, cotangents);
  // Each branch again, and its gradients in place of its results.
  auto branches = cast<IfOp>(b.clone(*getOperation()));
  SmallVector<SmallVector<Value>> found(2);
  llvm::BitVector wanted(captured.size());
  for (auto [region, gradients] : llvm::zip_equal(branches->getRegions(), found)) {
    Block &body = region.front();
    SmallVector<Value> outputs(yieldOf(region).getOperands()), given, wrt;
    for (Value g : grads)
      given.push_back(g ? body.addArgument(g.getType(), loc) : Value());
    for (unsigned i : captured.set_bits())
      wrt.push_back(body.getArgument(i));
    if (failed(differentiate(body, outputs, given, wrt, gradients))) {
      branches.erase();
      return failure();
    }
    for (auto [i, gradient] : llvm::zip_equal(captured.set_bits(), gradients))
      if (gradient)
        wanted.set(i);
  }
  SmallVector<Type> types;
  for (unsigned i : wanted.set_bits())
    types.push_back(getCaptures()[i].getType());
  auto backward = IfOp::create(b, loc, types, getCondition(), inputs);
  for (auto [from, to, gradients] : llvm::zip_equal(branches->getRegions(), backward->getRegions(), found)) {
    to.takeBody(from);
    OpBuilder inner(to.front().getTerminator());
    SmallVector<Value> yielded;
    for (auto [i, gradient] : llvm::zip_equal(captured.set_bits(), gradients))
      if (wanted.test(i))
        yielded.push_back(gradient ? gradient : Ops(inner, loc).full(getCaptures()[i].getType(), 0.0));
    yieldOf(to)->setOperands(yielded);
    eraseDead(to.front());
  }
  branches.erase();
  for (auto [i, result] : llvm::zip_equal(wanted.set_bits(), backward.getResults()))
    operandGrads[1 + i] = result;
  return SmallVector<Value>();
}

//===--- while --------------------------------------------------------------------------------------------------===//

StringRef WhileOp::getNoGradientReason() {
  return static_cast<int64_t>(getLimit()) < 0
             ? "nothing bounds its number of steps, and what each step computes is kept for the way back: give it a "
               "limit (ONNX: the trip count M of Loop, as a constant)"
             : "";
}

namespace {
/// The way back over a loop, built from one step of it with its gradient behind it.
class WayBack {
public:
  WayBack(WhileOp op, OpBuilder &b, Location loc, ValueRange grads, const llvm::BitVector &active)
      : op(op), control(op.getControl()), b(b), loc(loc), grads(grads), flows(active) {
    turned = !control.conditional && control.sequences && control.isReversed(0);
    steps = control.count ? control.count : getAffineConstantExpr(control.limit, op.getContext());
  }
  ~WayBack() {
    if (joint)
      joint.erase();
  }

  LogicalResult differentiateStep(DifferentiateFn differentiate);
  /// Values that stand for the loop's results.
  SmallVector<Value> buildForward();
  void buildBackward(SmallVectorImpl<Value> &operandGrads);

private:
  unsigned inputs() { return op.getInputs().size(); }
  bool isCarried(unsigned input) { return input < control.carried; }
  bool isSequence(unsigned input) { return !isCarried(input) && input < control.carried + control.sequences; }
  /// An argument of the joint step that is the same in every step.
  bool isCapture(Value v) {
    auto argument = dyn_cast<BlockArgument>(v);
    return argument && argument.getArgNumber() >= control.carried + control.sequences &&
           argument.getArgNumber() < inputs();
  }
  RankedTensorType rowsOf(Type row) {
    SmallVector<AffineExpr> dims = getDims(row);
    dims.insert(dims.begin(), steps);
    return getTensorType(op.getContext(), dims, getElementTypeOrSelf(row));
  }
  llvm::BitVector asked(Block &step);
  void collect(Value v);
  void split(Value gradient, unsigned input);
  Value perStep(OpBuilder &inner, Value rows, Value step, bool reversed);
  Value inOrder(Value rows, bool reversed);

  WhileOp op;
  Control control;
  OpBuilder &b;
  Location loc;
  ValueRange grads;
  llvm::BitVector flows; ///< inputs whose gradient is wanted or passes through
  AffineExpr steps;
  bool turned; ///< rows that are saved lie in the order of reversed sequences

  WhileOp joint; ///< one step, then `marker`, then the gradients of what it was given
  Operation *marker = nullptr;
  SmallVector<Value> carriedGrads, rowGrads; ///< arguments of the joint step: gradients of what it yields
  SmallVector<Value> inputGrads;             ///< by input; null where nothing flows
  // What the way back reads of the way there.
  llvm::SetVector<Value> saved;
  llvm::MapVector<Value, unsigned> rowsAlready; ///< what the loop hands out by itself, and as which row
  llvm::SetVector<Operation *> again;           ///< computed once more
  llvm::BitVector read;                         ///< inputs that are sequences and captures

  /// A part of a capture's gradient that is a product in every step: products of all steps' rows are one, behind the
  /// loop.
  struct Summand {
    unsigned input;
    DotGeneralOp dot;
    SmallVector<Operation *> behind; ///< views of the product, the last one first
  };
  SmallVector<Summand> products;
  llvm::MapVector<unsigned, SmallVector<Value>> rest; ///< by capture, what is summed up step by step

  WhileOp forward;
  Value count; ///< steps that ran, where a condition decides
};

/// All inputs but carried values that lead to no result with a gradient: what a loop only counts or measures.
llvm::BitVector WayBack::asked(Block &step) {
  llvm::BitVector inputs(step.getNumArguments(), true);
  inputs.reset(0, control.carried);
  llvm::DenseSet<Value> leads;
  for (auto [i, output] : llvm::enumerate(step.getTerminator()->getOperands()))
    if (grads[i])
      leads.insert(output);
  for (bool changed = true; changed;) {
    changed = false;
    for (Operation &each : llvm::reverse(step.without_terminator()))
      if (llvm::any_of(each.getResults(), [&](Value v) { return leads.contains(v); }))
        leads.insert(each.operand_begin(), each.operand_end());
    for (unsigned i = 0; i < control.carried; ++i)
      if (!inputs.test(i) && (grads[i] || leads.contains(step.getArgument(i)))) {
        inputs.set(i);
        leads.insert(step.getTerminator()->getOperand(i));
        changed = true;
      }
  }
  return inputs;
}

LogicalResult WayBack::differentiateStep(DifferentiateFn differentiate) {
  for (unsigned i = 0; i < inputs(); ++i)
    if (!isFloat(op.getInputs()[i]))
      flows.reset(i);
  // A carried value that takes up what flows passes it on.
  Block &step = op.getBody().front();
  for (bool changed = true; changed;) {
    changed = false;
    auto values = reached(step, flows);
    for (unsigned i = 0; i < control.carried; ++i)
      if (!flows.test(i) && isFloat(op.getInputs()[i]) && values.contains(yieldOf(op.getBody()).getOperand(i))) {
        flows.set(i);
        changed = true;
      }
  }
  flows &= asked(step);
  OpBuilder at(op);
  joint = cast<WhileOp>(at.clone(*op));
  Block &block = joint.getBody().front();
  OpBuilder inner(block.getTerminator());
  marker = ConstantOp::create(inner, loc, cast<ElementsAttr>(b.getI64TensorAttr({0})));
  SmallVector<Value> outputs(yieldOf(joint.getBody()).getOperands()), given, wrt;
  carriedGrads.resize(control.carried);
  for (auto [i, output] : llvm::enumerate(outputs)) {
    bool wanted = i < control.carried ? flows.test(i) : bool(grads[i]);
    given.push_back(wanted ? block.addArgument(output.getType(), loc) : Value());
    if (i < control.carried)
      carriedGrads[i] = given.back();
    else
      rowGrads.push_back(given.back());
  }
  for (unsigned i : flows.set_bits())
    wrt.push_back(block.getArgument(i));
  SmallVector<Value> found;
  if (failed(differentiate(block, outputs, given, wrt, found)))
    return failure();
  inputGrads.resize(inputs());
  for (auto [i, gradient] : llvm::zip_equal(flows.set_bits(), found))
    inputGrads[i] = gradient;

  read.resize(inputs());
  for (Operation *grad = marker->getNextNode(); grad != block.getTerminator(); grad = grad->getNextNode())
    for (Value operand : grad->getOperands())
      collect(operand);
  for (Value gradient : inputGrads)
    if (gradient)
      collect(gradient);
  return success();
}

/// Finds out how the way back comes by a value of the step.
void WayBack::collect(Value v) {
  if (auto argument = dyn_cast<BlockArgument>(v)) {
    unsigned n = argument.getArgNumber();
    if (n >= inputs())
      return; // a gradient
    if (isCarried(n))
      saved.insert(v);
    else
      read.set(n);
    return;
  }
  Operation *def = v.getDefiningOp();
  if (marker->isBeforeInBlock(def) || again.contains(def))
    return;
  auto rows = yieldOf(joint.getBody()).getOperands().drop_front(control.carried);
  if (auto row = llvm::find(rows, v); row != rows.end()) {
    rowsAlready.insert({v, row - rows.begin()});
    return;
  }
  if (!isRecomputed(def)) {
    saved.insert(v);
    return;
  }
  for (Value operand : def->getOperands())
    collect(operand);
  again.insert(def);
}

/// Sorts the terms of a capture's gradient.
void WayBack::split(Value gradient, unsigned input) {
  Value v = gradient;
  SmallVector<Operation *> behind;
  auto isGradient = [&](Operation *def) { return def && marker->isBeforeInBlock(def); };
  while (isGradient(v.getDefiningOp()) && isa<TransposeOp, ReshapeOp>(v.getDefiningOp())) {
    behind.push_back(v.getDefiningOp());
    v = v.getDefiningOp()->getOperand(0);
  }
  if (isGradient(v.getDefiningOp()))
    if (auto dot = v.getDefiningOp<DotGeneralOp>();
        dot && dot.getLhsBatch().empty() && !isCapture(dot.getLhs()) && !isCapture(dot.getRhs())) {
      products.push_back({input, dot, behind});
      return;
    }
  if (auto sum = gradient.getDefiningOp<AddOp>(); sum && isGradient(sum)) {
    split(sum.getX(), input);
    split(sum.getY(), input);
    return;
  }
  rest[input].push_back(gradient);
}

SmallVector<Value> WayBack::buildForward() {
  bool counts = control.conditional;
  unsigned counter = control.carried;
  OpBuilder at(op);
  SmallVector<Value> operands(op.getInputs());
  SmallVector<Type> types(op.getResultTypes());
  auto scalar = RankedTensorType::get({}, b.getI64Type());
  if (counts) {
    operands.insert(operands.begin() + counter, Ops(at, op.getLoc()).scalar(b.getI64Type(), 0));
    types.insert(types.begin() + counter, scalar);
  }
  for (Value v : saved)
    types.push_back(rowsOf(v.getType()));
  SmallVector<int64_t> reversed(op.getReversed());
  for (unsigned i = 0; turned && i < saved.size(); ++i)
    reversed.push_back(control.sequences + op.getNumResults() - control.carried + i);
  forward = WhileOp::create(at, op.getLoc(), types, operands, control.carried + counts, op.getLimit(),
                            control.sequences, op.getConditional(), reversed, op.getCountAttr());
  Block &from = joint.getBody().front();
  Block &to = forward.getBody().emplaceBlock();
  IRMapping map;
  for (unsigned i = 0; i < inputs(); ++i) {
    if (counts && i == counter)
      to.addArgument(scalar, op.getLoc());
    map.map(from.getArgument(i), to.addArgument(from.getArgument(i).getType(), from.getArgument(i).getLoc()));
  }
  if (counts && counter == inputs())
    to.addArgument(scalar, op.getLoc());
  OpBuilder inner = OpBuilder::atBlockEnd(&to);
  for (Operation &each : llvm::make_range(from.begin(), marker->getIterator()))
    inner.clone(each, map);
  SmallVector<Value> yielded;
  for (Value v : yieldOf(joint.getBody()).getOperands())
    yielded.push_back(map.lookup(v));
  if (counts) {
    Ops o(inner, op.getLoc());
    yielded.insert(yielded.begin() + counter, o.add(to.getArgument(counter), o.scalar(b.getI64Type(), 1)));
  }
  for (Value v : saved)
    yielded.push_back(map.lookup(v));
  YieldOp::create(inner, op.getLoc(), yielded);

  SmallVector<Value> results(forward.getResults().take_front(op.getNumResults() + counts));
  if (counts) {
    count = results[counter];
    results.erase(results.begin() + counter);
  }
  return results;
}

/// The row of step number `step`.
Value WayBack::perStep(OpBuilder &inner, Value rows, Value step, bool reversed) {
  Ops o(inner, loc);
  if (reversed)
    step = o.sub(o.sizeLike(steps - 1, step), step);
  return GatherOp::create(inner, loc, rows, step, 0).getResult();
}

/// Rows in the order of the way back as rows of a sequence; those of steps that did not run are 0.
Value WayBack::inOrder(Value rows, bool reversed) {
  Ops o(b, loc);
  auto type = getTensorType(op.getContext(), {steps}, b.getI64Type());
  Value step = o.iota(0, type), ran = o.broadcast(count, {}, type);
  if (reversed)
    step = o.sub(o.sizeLike(steps - 1, step), step);
  Value back = o.sub(o.sub(ran, o.like(ran, 1)), step);
  return GatherOp::create(b, loc, rows, o.select(o.compare(ComparePredicate::lt, step, ran), back, step), 0)
      .getResult();
}

void WayBack::buildBackward(SmallVectorImpl<Value> &operandGrads) {
  bool counts = control.conditional;
  Ops o(b, loc);
  // Sequences: what was saved, what the loop itself walks over, gradients of its rows.
  struct Sequence {
    Value inside, rows;
    bool reversed; ///< on the way there
  };
  SmallVector<Sequence> sequences;
  Block &step = joint.getBody().front();
  unsigned firstSaved = forward.getNumResults() - saved.size();
  for (auto [n, v] : llvm::enumerate(saved))
    sequences.push_back({v, forward.getResult(firstSaved + n), turned});
  for (auto [v, j] : rowsAlready)
    sequences.push_back(
        {v, forward.getResult(control.carried + counts + j), control.isReversed(control.sequences + j)});
  SmallVector<std::pair<Value, Value>> captures;
  for (unsigned i : read.set_bits())
    if (isSequence(i))
      sequences.push_back({step.getArgument(i), op.getInputs()[i], control.isReversed(i - control.carried)});
    else
      captures.push_back({step.getArgument(i), op.getInputs()[i]});
  for (auto [j, gradient] : llvm::enumerate(rowGrads))
    if (gradient)
      sequences.push_back({gradient, grads[control.carried + j], control.isReversed(control.sequences + j)});

  Block back;
  IRMapping map;
  OpBuilder inner(op.getContext());
  inner.setInsertionPointToEnd(&back);
  SmallVector<Value> operands, yielded;
  auto argument = [&](Value inside, Value outside) {
    operands.push_back(outside);
    return back.addArgument(inside.getType(), inside.getLoc());
  };
  Value at;
  if (counts) {
    Value last = o.sub(count, o.like(count, 1));
    argument(op.getInputs()[0], o.compare(ComparePredicate::gt, count, o.like(count, 0)));
    at = argument(count, last);
  }
  for (unsigned i = control.carried + control.sequences; i < inputs(); ++i)
    if (inputGrads[i])
      split(inputGrads[i], i);
  SmallVector<std::pair<unsigned, Value>> sums; ///< captures whose gradients are summed up
  for (unsigned i = 0; i < control.carried; ++i)
    if (carriedGrads[i])
      map.map(carriedGrads[i], argument(carriedGrads[i], grads[i] ? grads[i] : o.full(carriedGrads[i].getType(), 0.0)));
  for (auto &[i, terms] : rest)
    sums.push_back({i, argument(inputGrads[i], o.full(inputGrads[i].getType(), 0.0))});
  unsigned carried = operands.size();
  SmallVector<int64_t> reversed;
  if (!counts)
    for (auto [n, sequence] : llvm::enumerate(sequences)) {
      operands.push_back(sequence.rows);
      map.map(sequence.inside, back.addArgument(sequence.inside.getType(), loc));
      if (!sequence.reversed)
        reversed.push_back(n);
    }
  for (auto [inside, outside] : captures)
    map.map(inside, argument(inside, outside));
  if (counts)
    for (Sequence &sequence : sequences) {
      Value rows = argument(sequence.rows, sequence.rows);
      map.map(sequence.inside, perStep(inner, rows, at, sequence.reversed));
    }

  for (Operation &each : llvm::make_range(step.begin(), marker->getIterator()))
    if (again.contains(&each))
      inner.clone(each, map);
  for (Operation &each : llvm::make_range(std::next(marker->getIterator()), step.getTerminator()->getIterator()))
    inner.clone(each, map);

  Ops in(inner, loc);
  SmallVector<Type> types;
  if (counts) {
    yielded.push_back(in.compare(ComparePredicate::gt, at, in.like(at, 0)));
    yielded.push_back(in.sub(at, in.like(at, 1)));
  }
  for (unsigned i = 0; i < control.carried; ++i)
    if (carriedGrads[i])
      yielded.push_back(inputGrads[i] ? map.lookup(inputGrads[i]) : in.full(carriedGrads[i].getType(), 0.0));
  for (auto [i, sum] : sums) {
    Value total = sum;
    for (Value term : rest[i])
      total = in.add(total, map.lookup(term));
    yielded.push_back(total);
  }
  for (Value v : yielded)
    types.push_back(v.getType());
  unsigned walked = counts ? 0 : sequences.size(), rows = 0;
  SmallVector<unsigned> rowInputs;
  for (unsigned i = control.carried; i < control.carried + control.sequences; ++i)
    if (inputGrads[i]) {
      yielded.push_back(map.lookup(inputGrads[i]));
      types.push_back(rowsOf(inputGrads[i].getType()));
      rowInputs.push_back(i);
      if (!counts && !control.isReversed(i - control.carried))
        reversed.push_back(walked + rows);
      ++rows;
    }
  // Factors of products, in one order: rows that are walked over or given already, and new ones.
  llvm::DenseMap<Value, unsigned> factorRows;
  auto walkedOver = [&](Value v) {
    auto found =
        llvm::find_if(sequences, [&](const Sequence &s) { return !counts && s.reversed == turned && s.inside == v; });
    return found == sequences.end() ? Value() : found->rows;
  };
  for (auto [n, i] : llvm::enumerate(rowInputs))
    if (control.isReversed(i - control.carried) == turned)
      factorRows.insert({inputGrads[i], yielded.size() - rows + n});
  for (Summand &product : products)
    for (Value factor : {product.dot.getLhs(), product.dot.getRhs()}) {
      if (walkedOver(factor) || !factorRows.try_emplace(factor, yielded.size()).second)
        continue;
      yielded.push_back(map.lookup(factor));
      types.push_back(rowsOf(factor.getType()));
      if (!counts && !turned)
        reversed.push_back(walked + rows);
      ++rows;
    }
  YieldOp::create(inner, loc, yielded);

  auto loop =
      WhileOp::create(b, loc, types, operands, carried, op.getLimit(), walked, counts, reversed, op.getCountAttr());
  Block &body = loop.getBody().emplaceBlock();
  for (BlockArgument old : back.getArguments())
    old.replaceAllUsesWith(body.addArgument(old.getType(), old.getLoc()));
  body.getOperations().splice(body.end(), back.getOperations());
  eraseDead(body);

  unsigned next = counts ? 2 : 0;
  for (unsigned i = 0; i < control.carried; ++i)
    if (carriedGrads[i])
      operandGrads[i] = loop.getResult(next++);
  for (auto [i, sum] : sums)
    operandGrads[i] = loop.getResult(next++);
  for (unsigned i : rowInputs) {
    Value gradient = loop.getResult(next++);
    operandGrads[i] = counts ? inOrder(gradient, control.isReversed(i - control.carried)) : gradient;
  }
  for (Summand &product : products) {
    SmallVector<Value> factors;
    for (Value factor : {product.dot.getLhs(), product.dot.getRhs()})
      factors.push_back(walkedOver(factor) ? walkedOver(factor) : loop.getResult(factorRows.lookup(factor)));
    auto behindSteps = [](ArrayRef<int64_t> dims) {
      SmallVector<int64_t> all = {0};
      for (int64_t d : dims)
        all.push_back(d + 1);
      return all;
    };
    Value sum = o.dot(factors[0], factors[1], {}, {}, behindSteps(product.dot.getLhsContracting()),
                      behindSteps(product.dot.getRhsContracting()));
    for (Operation *view : llvm::reverse(product.behind)) {
      IRMapping of;
      of.map(view->getOperand(0), sum);
      sum = b.clone(*view, of)->getResult(0);
    }
    Value &gradient = operandGrads[product.input];
    gradient = gradient ? o.add(gradient, sum) : sum;
  }
}
} // namespace

FailureOr<SmallVector<Value>> WhileOp::buildRegionVjp(OpBuilder &b, Location loc, ValueRange grads,
                                                      const llvm::BitVector &active, DifferentiateFn differentiate,
                                                      SmallVectorImpl<Value> &operandGrads) {
  WayBack way(*this, b, loc, grads, active);
  if (failed(canRunAgain(*this)) || failed(way.differentiateStep(differentiate)))
    return failure();
  SmallVector<Value> results = way.buildForward();
  way.buildBackward(operandGrads);
  return results;
}

} // namespace dlc
