// ONNX If and Loop: what is known at import is inlined and, where it is short, unrolled; the rest becomes dlc.if and
// dlc.while. A subgraph is imported where its node stands; what came of it is then moved into a region.
#include "frontend/onnx/ControlFlow.h"
#include "frontend/onnx/Counters.h"
#include "frontend/onnx/Sizes.h"
#include "ir/Dims.h"
#include <algorithm>

namespace dlc {

Importer::ControlFlow Importer::controlFlow(StringRef op) {
  return op == "If"     ? &Importer::importIf
         : op == "Loop" ? &Importer::importLoop
         : op == "Scan" ? &Importer::importScan
                        : nullptr;
}

// Nodes of the subgraph, then its outputs by value. Failures in it are reported where they happen.
LogicalResult Importer::importSubgraph(const onnx::GraphProto &graph, SmallVectorImpl<Entry> &results) {
  importInitializers(graph);
  if (options.skipped)
    declare(graph);
  importNodes(graph);
  for (const auto &output : graph.output()) {
    Entry *entry = find(output.name());
    if (!entry || entry->poison)
      return failure();
    results.push_back(*entry);
  }
  return success();
}
LogicalResult Importer::poisonOutputs(const onnx::NodeProto &node) {
  for (const auto &name : node.output())
    if (!name.empty())
      define(name).poison = true;
  return success();
}

//===--- Regions ------------------------------------------------------------------------------------------------===//

/// Imports a subgraph whose inputs are what `inputs` says. Its names are no longer known afterwards.
LogicalResult Importer::trace(const onnx::GraphProto &graph, ArrayRef<std::pair<std::string, Entry>> inputs,
                              Trace &out) {
  std::vector<std::pair<std::string, std::optional<Entry>>> outside;
  auto keep = [&](const std::string &name) {
    Entry *entry = find(name);
    outside.emplace_back(name, entry ? std::optional(*entry) : std::nullopt);
  };
  for (const auto &input : inputs)
    keep(input.first);
  for (const auto &tensor : graph.initializer())
    keep(tensor.name());
  for (const auto &node : graph.node())
    for (const auto &name : node.output())
      if (!name.empty())
        keep(name);
  for (const auto &[name, entry] : inputs)
    entries[name] = entry;
  out.begin(b);
  LogicalResult imported = importSubgraph(graph, out.results);
  for (auto &[name, entry] : llvm::reverse(outside))
    if (entry)
      entries[name] = *entry;
    else
      entries.erase(name);
  return imported;
}

Value Importer::yielded(Trace &trace, unsigned result) { return materialize("", trace.results[result], true); }

static bool sameConstant(const Importer::Entry &x, const Importer::Entry &y) {
  return x.constant && y.constant && x.type == y.type && x.constant->bytes() == y.constant->bytes();
}

//===--- If -----------------------------------------------------------------------------------------------------===//

LogicalResult Importer::importIf(NodeBuilder &n) {
  const auto *thenAttr = findAttr(n.node, "then_branch"), *elseAttr = findAttr(n.node, "else_branch");
  if (!thenAttr || !elseAttr || thenAttr->g().output_size() < n.outputs() || elseAttr->g().output_size() < n.outputs())
    return n.fail("wants then_branch and else_branch, with an output for each of its own");
  const Tensor *known = n.constant(0);
  if ((known ? known->elements() : n.type(0).getNumElements()) != 1)
    return n.fail("the condition is " + describe(n.type(0)) + ", not one value");
  if (known) {
    SmallVector<Entry> results;
    if (failed(importSubgraph((known->i64At(0) ? thenAttr : elseAttr)->g(), results)))
      return poisonOutputs(n.node);
    for (int i = 0; i < n.outputs(); ++i)
      entries[n.node.output(i)] = results[i];
    return success();
  }
  if (!n.element(0).isInteger(1))
    return n.fail("the condition is " + describe(n.type(0)) + ", not a bool");
  Value condition = n.reshape(n.in(0), {});
  Trace yes, no;
  size_t before = problems.size();
  SmallVector<Value> yesValues, noValues;
  SmallVector<int> outputs; // those that are no constants
  LogicalResult first = trace(thenAttr->g(), {}, yes);
  for (int i = 0; succeeded(first) && i < n.outputs(); ++i)
    yesValues.push_back(yielded(yes, unsigned(i)));
  LogicalResult second = trace(elseAttr->g(), {}, no);
  for (int i = 0; succeeded(second) && i < n.outputs(); ++i)
    noValues.push_back(yielded(no, unsigned(i)));
  if (failed(first) || failed(second)) {
    // A branch that these shapes never take may be wrong for them: that the condition is open is what is in the way.
    auto isWrong = [](const LoadProblem &p) { return !p.unsupported; };
    auto wrong = std::find_if(problems.begin() + before, problems.end(), isWrong);
    if (wrong == problems.end())
      return poisonOutputs(n.node);
    std::string reason = "node '" + wrong->node + "' (" + wrong->op + ") of a branch does not fit these shapes (" +
                         wrong->reason + "), and the condition is known at run time only";
    problems.erase(std::remove_if(problems.begin() + before, problems.end(), isWrong), problems.end());
    return n.unsupported(reason);
  }
  SmallVector<mlir::Type> types;
  SmallVector<Value> yesYields, noYields;
  for (int i = 0; i < n.outputs(); ++i) {
    if (sameConstant(yes.results[i], no.results[i])) {
      entries[n.node.output(i)] = yes.results[i];
      continue;
    }
    outputs.push_back(i);
    yesYields.push_back(yesValues[i]);
    noYields.push_back(noValues[i]);
  }
  BranchSizes sizes;
  if (failed(evenOut(n, no, yesYields, noYields, sizes)))
    return failure();
  for (Value yield : yesYields)
    types.push_back(yield.getType());
  Block &block = *b.getInsertionBlock();
  llvm::SetVector<Value> captures;
  addCaptures(block, no, noYields, captures);
  addCaptures(block, yes, yesYields, captures); // reads what the other branch reads, too: both are behind it
  llvm::SmallPtrSet<Operation *, 16> moved;
  for (Operation *op : builtBehind(block, yes.before))
    moved.insert(op);
  captures.remove_if([&](Value v) { return v.getDefiningOp() && moved.contains(v.getDefiningOp()); });
  Region thenRegion, elseRegion;
  moveIntoRegion(b, no, elseRegion, captures.getArrayRef(), noYields);
  moveIntoRegion(b, yes, thenRegion, captures.getArrayRef(), yesYields);
  auto op = IfOp::create(b, n.loc, types, condition, captures.getArrayRef());
  op.getThenBody().takeBody(thenRegion);
  op.getElseBody().takeBody(elseRegion);
  SmallVector<Value> results(op.getResults());
  if (failed(takeSizes(n, sizes, results)))
    return failure();
  for (auto [i, result] : llvm::zip(outputs, results))
    if (failed(n.set(i, result)))
      return failure();
  return success();
}

// Values of all steps, one behind the other along `axis`.
Value Importer::stack(NodeBuilder &n, SmallVectorImpl<Entry> &steps, int64_t axis) {
  SmallVector<Value> parts;
  for (Entry &step : steps) {
    Value v = materialize(n.node.name(), step, true);
    SmallVector<int64_t> shape(NodeBuilder::shapeOf(v));
    if (axis > int64_t(shape.size()))
      return {};
    shape.insert(shape.begin() + axis, 1);
    if (!parts.empty() && NodeBuilder::shapeOf(parts[0]) != ArrayRef<int64_t>(shape))
      return {};
    parts.push_back(n.reshape(v, shape));
  }
  return parts.empty() ? Value() : n.concat(parts, axis);
}

//===--- Loop ---------------------------------------------------------------------------------------------------===//

// inputs: trip count, condition, carried...; body: (iteration, condition, carried...) -> (condition, carried...,
// rows...)
LogicalResult Importer::importLoop(NodeBuilder &n) {
  const auto *attr = findAttr(n.node, "body");
  if (!attr || n.inputs() < 2 || n.outputs() < n.inputs() - 2 || attr->g().input_size() != n.inputs() ||
      attr->g().output_size() != n.outputs() + 1)
    return n.fail("wants a body that takes and gives what the loop does");
  const onnx::GraphProto &body = attr->g();
  for (int i = 0; i < 2; ++i)
    if (n.has(i) && n.type(i).getNumElements() != 1)
      return n.fail("the trip count and the condition are one value each");
  for (int i = 2; i < n.inputs(); ++i)
    if (!n.has(i))
      return n.fail("input " + Twine(i) + " is missing");
  if (!n.has(0) && !n.has(1))
    return n.unsupported("neither a trip count nor a condition ends it");
  const Tensor *trips = n.has(0) ? n.constant(0) : nullptr, *condition = n.has(1) ? n.constant(1) : nullptr;
  bool known = (trips || !n.has(0)) && (condition || !n.has(1));
  bool going = known && (!condition || condition->i64At(0) != 0);
  int64_t count = trips ? numberAt(*trips, 0) : longestUnrolled + 1;
  auto unroll = [&] { return unrollLoop(n, body, count, going); };
  auto loop = [&] { return loopRegion(n, body); };
  if (!known)
    return loop();
  // Whether there is a further step may be what is not known: a loop can tell. What changes its shape from step to step
  // has no loop.
  bool unrollable = !trips || count <= longestUnrolled;
  return !going || count <= shortLoop ? either(n, unroll, loop) : unrollable ? either(n, loop, unroll) : loop();
}

/// The first way, or, where it does not work, the second. If neither does, the first one's problems count.
LogicalResult Importer::either(NodeBuilder &n, llvm::function_ref<LogicalResult()> first,
                               llvm::function_ref<LogicalResult()> second) {
  size_t before = problems.size();
  Block *block = b.getInsertionBlock();
  Operation *last = block->empty() ? nullptr : &block->back();
  auto works = [&](llvm::function_ref<LogicalResult()> way) { return succeeded(way()) && problems.size() == before; };
  if (works(first))
    return success();
  std::vector<LoadProblem> why(problems.begin() + before, problems.end());
  problems.resize(before);
  // What was built so far goes; constants stay, others may have come to use them.
  SmallVector<Operation *> built = builtBehind(*block, last);
  for (Operation *op = last             ? last->getNextNode()
                       : block->empty() ? nullptr
                                        : &block->front();
       op; op = op->getNextNode())
    if (isa<UnrealizedConversionCastOp>(op))
      built.push_back(op);
  llvm::SmallPtrSet<Operation *, 16> gone(built.begin(), built.end());
  for (auto &entry : entries)
    if (Value v = entry.second.value; v && v.getDefiningOp() && gone.contains(v.getDefiningOp()))
      entry.second = Entry{{}, {}, false, /*poison=*/true, entry.second.type};
  for (Operation *op : built)
    op->dropAllUses();
  for (Operation *op : built)
    op->erase();
  bool intact = llvm::all_of(n.node.input(), [&](const std::string &name) {
    Entry *entry = name.empty() ? nullptr : find(name);
    return name.empty() || (entry && !entry->poison); // a body may use a name of the outside for something else
  });
  if (intact && works(second))
    return success();
  if (!why.empty()) {
    problems.resize(before);
    problems.insert(problems.end(), why.begin(), why.end());
  }
  return poisonOutputs(n.node);
}

LogicalResult Importer::unrollLoop(NodeBuilder &n, const onnx::GraphProto &body, int64_t trips, bool going) {
  SmallVector<Entry> carried;
  for (int i = 2; i < n.inputs(); ++i)
    carried.push_back(*find(n.node.input(i)));
  SmallVector<SmallVector<Entry>> rows(size_t(n.outputs()) - carried.size());
  for (int64_t step = 0; going && step < trips; ++step) {
    if (step == longestUnrolled)
      return n.unsupported("more than " + Twine(longestUnrolled) + " steps; so many are not unrolled");
    define(body.input(0).name(), Tensor::scalarI64(step));
    define(body.input(1).name(), Tensor::filled(DType::Bool, {}, 1));
    for (size_t i = 0; i < carried.size(); ++i)
      entries[body.input(int(i) + 2).name()] = carried[i];
    SmallVector<Entry> results;
    if (failed(importSubgraph(body, results)))
      return poisonOutputs(n.node);
    if (n.has(1) && (!results[0].constant || results[0].constant->elements() != 1))
      return n.unsupported("whether step " + Twine(step + 1) + " runs is known at run time only");
    going = !n.has(1) || results[0].constant->i64At(0) != 0;
    for (size_t i = 0; i < carried.size(); ++i)
      carried[i] = results[i + 1];
    for (size_t i = 0; i < rows.size(); ++i)
      rows[i].push_back(results[i + 1 + carried.size()]);
  }
  for (int i = 0; i < n.outputs(); ++i) {
    if (!n.wants(i))
      continue;
    if (i < int(carried.size())) {
      entries[n.node.output(i)] = carried[size_t(i)];
      continue;
    }
    Value all = stack(n, rows[size_t(i) - carried.size()], 0);
    if (!all)
      return n.unsupported("output " + Twine(i) + " has no rows, or rows of different shapes");
    if (failed(n.set(i, all)))
      return failure();
  }
  return success();
}

/// Whether a graph, or one inside it, gives or reads a name of the outside.
static bool reads(const onnx::GraphProto &graph, const std::string &name) {
  for (const auto &output : graph.output())
    if (output.name() == name)
      return true;
  for (const auto &node : graph.node()) {
    if (llvm::is_contained(node.input(), name))
      return true;
    for (const auto &attribute : node.attribute())
      if ((attribute.has_g() && reads(attribute.g(), name)) ||
          llvm::any_of(attribute.graphs(), [&](const auto &inner) { return reads(inner, name); }))
        return true;
  }
  return false;
}

/// A carried value that the body hands on as it is.
static bool handsOn(const onnx::GraphProto &body, int input, int output) {
  const std::string &from = body.input(input).name(), &to = body.output(output).name();
  if (from == to)
    return true;
  for (const auto &node : body.node())
    if (node.op_type() == "Identity" && node.input_size() == 1 && node.output_size() == 1 && node.output(0) == to)
      return node.input(0) == from;
  return false;
}

/// Says of the body's arguments that count between which numbers they lie.
void Importer::boundCounters(NodeBuilder &n, const onnx::GraphProto &body, int64_t steps,
                             ArrayRef<std::pair<std::string, Entry>> inputs) {
  auto whole = [](const Entry *entry) -> std::optional<int64_t> {
    if (!entry || !entry->constant || entry->constant->elements() != 1 || hasOpen(*entry->constant))
      return std::nullopt;
    double number = entry->constant->f64At(0);
    return number == std::floor(number) && std::abs(number) < exactInF32 ? std::optional(int64_t(number))
                                                                         : std::nullopt;
  };
  llvm::StringMap<const Entry *> own;
  for (const auto &[name, entry] : inputs)
    own[name] = &entry;
  auto outside = [&](StringRef name) { return whole(own.contains(name) ? own[name] : find(name)); };
  LoopCounters counters(body, outside);
  for (const auto &[name, entry] : inputs) {
    if (!entry.value || !isa<IntegerType>(entry.type.getElementType()) || entry.type.getNumElements() != 1)
      continue;
    std::optional<int64_t> first = 0, high;
    if (name == body.input(0).name()) {
      if (high = steps > 0 ? std::optional(rangeOf(steps).high - 1) : std::nullopt; !high)
        continue;
    } else {
      int i = 2;
      while (i < n.inputs() && body.input(i).name() != name)
        ++i;
      first = i < n.inputs() ? whole(find(n.node.input(i))) : std::nullopt;
      high = first ? counters.most(name, body.output(i - 1).name(), *first, rangeOf(steps).high) : std::nullopt;
    }
    if (high && *high < exactInF32)
      setBounds(entry.value, *first, *high);
  }
}

LogicalResult Importer::loopRegion(NodeBuilder &n, const onnx::GraphProto &body) {
  int count = n.inputs() - 2;
  auto boolType = RankedTensorType::get({}, b.getI1Type()), i64 = RankedTensorType::get({}, b.getI64Type());
  const Tensor *trips = n.has(0) ? n.constant(0) : nullptr;
  constexpr int64_t longest = 1 << 20; // of what has a row for each step
  int64_t steps = trips ? std::max<int64_t>(0, numberAt(*trips, 0)) : -1, limit = steps;
  if (rangeOf(steps).high > longest)
    steps = limit = -1;
  Value most = n.has(0) && limit < 0 ? n.cast(n.reshape(n.in(0), {}), b.getI64Type()) : Value();
  Value begin = n.has(1) ? n.reshape(n.in(1), {}) : n.constantOf(Tensor::filled(DType::Bool, {}, 1));
  if (begin.getType() != boolType)
    return n.fail("the condition is " + describe(begin.getType()) + ", not a bool");
  if (most)
    begin = AndOp::create(b, n.loc, begin, n.compare(ComparePredicate::gt, most, n.o.like(most, 0)));
  // The step's number: an element of a sequence where there is a limit, else counted.
  Value number =
      limit >= 0 ? IotaOp::create(b, n.loc, tensorType({steps}, b.getI64Type()), 0).getResult() : n.o.full(i64, 0);
  Value none = n.o.full(i64, 0);
  std::vector<std::pair<std::string, Entry>> inputs;
  auto argument = [&](const std::string &name, RankedTensorType type, Trace &trace) {
    Entry entry;
    entry.value = trace.argument(b, locOf(name), type);
    entry.type = type;
    inputs.emplace_back(name, entry);
  };
  Trace step;
  Entry yes;
  yes.constant = Tensor::filled(DType::Bool, {}, 1);
  yes.type = boolType;
  inputs.emplace_back(body.input(1).name(), yes);
  SmallVector<Value> initial;
  SmallVector<int> changing;
  Value going = Traced().argument(b, n.loc, boolType);
  if (limit < 0)
    argument(body.input(0).name(), i64, step);
  for (int i = 0; i < count; ++i) {
    Entry &entry = *find(n.node.input(i + 2));
    if (handsOn(body, i + 2, i + 1)) {
      inputs.emplace_back(body.input(i + 2).name(), entry);
      continue;
    }
    initial.push_back(materialize(n.node.input(i + 2), entry, true));
    argument(body.input(i + 2).name(), entry.type, step);
    changing.push_back(i);
  }
  if (limit >= 0)
    argument(body.input(0).name(), i64, step);
  Value number1 = inputs[limit >= 0 ? inputs.size() - 1 : 1].second.value;
  boundCounters(n, body, steps, inputs);
  if (failed(trace(body, inputs, step)))
    return failure();
  auto isTrue = [](const Tensor *t) { return t && t->elements() == 1 && t->i64At(0) != 0; };
  const auto &last = step.results[0].constant;
  bool asks = n.has(1) && !(isTrue(n.constant(1)) && isTrue(last ? &*last : nullptr)), conditional = asks || limit < 0;
  if (int64_t given = trips ? rangeOf(numberAt(*trips, 0)).high : 0; given > (int64_t(1) << 24) && !asks)
    return n.unsupported(Twine(given) + " steps, which no condition ends");
  int64_t rows = n.outputs() - count;
  if (rows && limit < 0)
    return n.unsupported("how many rows its results have is known at run time only, and nothing says how many at most",
                         "give the loop a trip count that is known, beside its condition: as many as there can be");
  SmallVector<Value> operands, yields;
  LoopForm form;
  setSteps(form, steps);
  form.conditional = conditional;
  if (conditional) {
    Value further = asks ? yielded(step, 0) : n.constantOf(Tensor::filled(DType::Bool, {}, 1));
    if (cast<RankedTensorType>(further.getType()).getNumElements() != 1 || !n.elementOf(further).isInteger(1))
      return n.fail("the body's condition is " + describe(further.getType()) + ", not one bool");
    operands.push_back(begin);
    yields.push_back(n.reshape(further, {}));
    step.arguments.insert(step.arguments.begin(), going);
  } else {
    going.getDefiningOp()->erase();
  }
  if (limit < 0) {
    Value next = n.plus(number1, 1);
    if (most)
      yields[0] = AndOp::create(b, n.loc, yields[0], n.compare(ComparePredicate::lt, next, most));
    operands.push_back(number);
    yields.push_back(next);
  }
  for (auto [i, value] : llvm::enumerate(initial)) {
    Value next = yielded(step, unsigned(changing[i] + 1));
    if (next.getType() != value.getType() && n.elementOf(next) == n.elementOf(value)) {
      // One element is one, in however many dimensions; and what no step reads may have any shape before the first.
      if (isOne(next) && isOne(value))
        next = n.reshape(next, n.shapeOf(value));
      else if (const std::string &name = body.input(changing[i] + 2).name();
               !reads(body, name) && rangeOf(steps).low > 0 && (!n.has(1) || isTrue(n.constant(1)))) {
        auto own = llvm::find_if(inputs, [&](const auto &input) { return input.first == name; });
        OpBuilder::InsertionGuard guard(b);
        b.setInsertionPoint(own->second.value.getDefiningOp()); // outside the body
        value = n.o.full(next.getType(), 0);
        step.replaceArgument(b, own->second.value, cast<RankedTensorType>(next.getType()));
      }
    }
    if (next.getType() != value.getType())
      return n.unsupported("the carried value '" + n.name(changing[i] + 2) + "' is " + describe(value.getType()) +
                           " before a step and " + describe(next.getType()) + " after it");
    operands.push_back(value);
    yields.push_back(next);
  }
  // How many steps there were, where a condition ends it before its time.
  if (rows && conditional) {
    Value stepsDone = Traced().argument(b, n.loc, i64);
    stepsDone.getDefiningOp()->moveBefore(going.getDefiningOp());
    step.arguments.insert(step.arguments.begin() + int64_t(operands.size()), stepsDone);
    operands.push_back(none);
    yields.push_back(n.plus(stepsDone, 1));
  }
  int64_t carried = form.carried = int64_t(operands.size());
  form.sequences = limit >= 0;
  if (limit >= 0)
    operands.push_back(number);
  for (int64_t i = 0; i < rows; ++i) {
    yields.push_back(yielded(step, unsigned(1 + count + i)));
    if (foundBehind(step.before, yields.back().getType()))
      return n.unsupported("each step finds the size of its row anew (" + describe(yields.back().getType()) +
                           "), and rows are laid one behind the other");
  }
  auto op = makeWhile(b, n.loc, form, step, operands, yields);
  for (int i = 0; i < count; ++i)
    if (n.wants(i) && !llvm::is_contained(changing, i))
      entries[n.node.output(i)] = Entry(*find(n.node.input(i + 2)));
  int64_t counted = rows && conditional;
  for (auto [at, i] : llvm::enumerate(changing))
    if (n.wants(i) &&
        failed(n.set(i, op.getResult(unsigned(carried - counted - int64_t(changing.size()) + int64_t(at))))))
      return failure();
  SmallVector<Value> given(op.getResults().drop_front(carried)), found;
  if (counted && failed(n.found(op.getResult(unsigned(carried - 1)), given, found)))
    return failure();
  for (int64_t i = 0; i < rows; ++i)
    if (n.wants(int(count + i)) && failed(n.set(int(count + i), (counted ? found : given)[size_t(i)])))
      return failure();
  return success();
}

} // namespace dlc
