// ONNX If, Loop and Scan: what is known at import is inlined and unrolled.
#include "frontend/onnx/Importer.h"
#include "ir/Dims.h"
#include <algorithm>

namespace dlc {

static constexpr int64_t longestUnrolled = 1024;

Importer::ControlFlow Importer::controlFlow(StringRef op) {
  return op == "If"     ? &Importer::importIf
         : op == "Loop" ? &Importer::importLoop
         : op == "Scan" ? &Importer::importScan
                        : nullptr;
}

// Nodes of the subgraph, then its outputs by value. Failures in it are reported where they happen.
LogicalResult Importer::importSubgraph(const onnx::GraphProto &graph, SmallVectorImpl<Entry> &results) {
  importInitializers(graph);
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

LogicalResult Importer::importIf(NodeBuilder &n) {
  const auto *thenAttr = findAttr(n.node, "then_branch"), *elseAttr = findAttr(n.node, "else_branch");
  if (!thenAttr || !elseAttr)
    return n.fail("wants then_branch and else_branch");
  const Tensor *condition = n.constant(0);
  if (condition && condition->elements() != 1)
    return n.fail("the condition is " + condition->typeName() + ", not one value");
  if (condition) {
    SmallVector<Entry> results;
    if (failed(importSubgraph((condition->i64At(0) ? thenAttr : elseAttr)->g(), results)))
      return poisonOutputs(n.node);
    for (int i = 0; i < n.outputs() && i < int(results.size()); ++i)
      entries[n.node.output(i)] = results[i];
    return success();
  }
  // Operators are pure: both branches are computed and one is chosen.
  SmallVector<Entry> yes, no;
  size_t before = problems.size();
  LogicalResult first = importSubgraph(thenAttr->g(), yes), second = importSubgraph(elseAttr->g(), no);
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
  for (int i = 0; i < n.outputs() && i < int(yes.size()) && i < int(no.size()); ++i) {
    if (yes[i].type != no[i].type)
      return n.unsupported("the branches give " + describe(yes[i].type) + " and " + describe(no[i].type) +
                           ", and the condition is known at run time only");
    Value x = materialize(n.node.name() + ".then", yes[i], true), y = materialize(n.node.name() + ".else", no[i], true);
    Value mask =
        n.o.broadcast(n.reshape(n.in(0), {}), {}, RankedTensorType::get(yes[i].type.getShape(), n.b.getI1Type()));
    if (failed(n.set(i, n.o.select(mask, x, y))))
      return failure();
  }
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

// inputs: trip count, condition, carried...; body: (iteration, condition, carried...) -> (condition, carried...,
// rows...)
LogicalResult Importer::importLoop(NodeBuilder &n) {
  const auto *attr = findAttr(n.node, "body");
  if (!attr || n.inputs() < 2 || n.outputs() < n.inputs() - 2 || attr->g().input_size() != n.inputs() ||
      attr->g().output_size() != n.outputs() + 1)
    return n.fail("wants a body that takes and gives what the loop does");
  const onnx::GraphProto &body = attr->g();
  std::vector<int64_t> trips = {longestUnrolled + 1};
  if (n.has(0) && failed(n.ints(0, "the trip count", trips)))
    return failure();
  const Tensor *condition = n.has(1) ? n.constant(1) : nullptr;
  if (n.has(1) && !condition)
    return n.unsupported("the condition '" + n.name(1) + "' is known at run time only");
  if (trips.size() != 1 || (condition && condition->elements() != 1))
    return n.fail("the trip count and the condition are one value each");
  bool going = !condition || condition->i64At(0) != 0;
  SmallVector<Entry> carried;
  for (int i = 2; i < n.inputs(); ++i)
    if (!n.has(i))
      return n.fail("input " + Twine(i) + " is missing");
  for (int i = 2; i < n.inputs(); ++i)
    carried.push_back(*find(n.node.input(i)));
  SmallVector<SmallVector<Entry>> rows(size_t(n.outputs()) - carried.size());
  for (int64_t step = 0; going && step < trips[0]; ++step) {
    if (step == longestUnrolled)
      return n.unsupported("more than " + Twine(longestUnrolled) + " steps; so many are not unrolled");
    define(body.input(0).name(), Tensor::scalarI64(step));
    define(body.input(1).name(), Tensor::filled(DType::Bool, {}, 1));
    for (size_t i = 0; i < carried.size(); ++i)
      entries[body.input(int(i) + 2).name()] = carried[i];
    SmallVector<Entry> results;
    if (failed(importSubgraph(body, results)))
      return poisonOutputs(n.node);
    if (!results[0].constant || results[0].constant->elements() != 1)
      return n.unsupported("whether step " + Twine(step + 1) + " runs is known at run time only");
    going = results[0].constant->i64At(0) != 0;
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

// inputs: states..., sequences...; body: (states..., slices...) -> (states..., rows...)
LogicalResult Importer::importScan(NodeBuilder &n) {
  const auto *attr = findAttr(n.node, "body");
  int64_t sequences = n.i("num_scan_inputs", 0), states = n.inputs() - sequences;
  if (model.opset() < 9)
    return n.unsupported("the batched Scan of opset 8");
  if (!attr || sequences < 1 || states < 0 || attr->g().input_size() != n.inputs() ||
      attr->g().output_size() != n.outputs())
    return n.fail("wants a body that takes and gives what the scan does");
  const onnx::GraphProto &body = attr->g();
  auto axesIn = n.is("scan_input_axes"), axesOut = n.is("scan_output_axes");
  auto turnedIn = n.is("scan_input_directions"), turnedOut = n.is("scan_output_directions");
  auto entryOf = [](const std::vector<int64_t> &list, int64_t i) { return i < int64_t(list.size()) ? list[i] : 0; };
  int64_t steps = -1;
  SmallVector<int64_t> axes;
  for (int64_t i = 0; i < sequences; ++i) {
    axes.push_back(entryOf(axesIn, i));
    if (failed(n.normalize(axes.back(), n.rank(int(states + i)))))
      return failure();
    int64_t length = n.shape(int(states + i))[axes.back()];
    if (steps >= 0 && steps != length)
      return n.fail("sequences of " + Twine(steps) + " and " + Twine(length) + " steps");
    steps = length;
  }
  if (steps > longestUnrolled)
    return n.unsupported(Twine(steps) + " steps; at most " + Twine(longestUnrolled) + " are unrolled");
  SmallVector<Entry> state;
  for (int64_t i = 0; i < states; ++i)
    state.push_back(*find(n.node.input(int(i))));
  SmallVector<SmallVector<Entry>> rows(size_t(n.outputs() - states));
  for (int64_t step = 0; step < steps; ++step) {
    for (int64_t i = 0; i < states; ++i)
      entries[body.input(int(i)).name()] = state[size_t(i)];
    for (int64_t i = 0; i < sequences; ++i) {
      int index = int(states + i);
      SmallVector<int64_t> shape(n.shape(index));
      shape.erase(shape.begin() + axes[size_t(i)]);
      int64_t at = entryOf(turnedIn, i) ? steps - 1 - step : step;
      define(body.input(index).name(), n.reshape(n.slice(n.in(index), axes[size_t(i)], at, 1), shape));
    }
    SmallVector<Entry> results;
    if (failed(importSubgraph(body, results)))
      return poisonOutputs(n.node);
    for (int64_t i = 0; i < states; ++i)
      state[size_t(i)] = results[size_t(i)];
    for (size_t i = 0; i < rows.size(); ++i)
      rows[i].push_back(results[i + size_t(states)]);
  }
  for (int i = 0; i < n.outputs(); ++i) {
    if (!n.wants(i))
      continue;
    if (i < states) {
      entries[n.node.output(i)] = state[size_t(i)];
      continue;
    }
    size_t row = size_t(i - states);
    if (entryOf(turnedOut, int64_t(row)))
      std::reverse(rows[row].begin(), rows[row].end());
    int64_t axis = entryOf(axesOut, int64_t(row));
    if (!rows[row].empty() && axis < 0)
      axis += rows[row][0].type.getRank() + 1;
    Value all = stack(n, rows[row], axis);
    if (!all)
      return n.unsupported("output " + Twine(i) + " has no rows, or rows of different shapes");
    if (failed(n.set(i, all)))
      return failure();
  }
  return success();
}

} // namespace dlc
