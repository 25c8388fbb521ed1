// ONNX Scan: a loop of known length over rows of its inputs.
#include "frontend/onnx/ControlFlow.h"
#include "frontend/onnx/Sizes.h"
#include "ir/Dims.h"

namespace dlc {

// inputs: states..., sequences...; body: (states..., slices...) -> (states..., rows...)
LogicalResult Importer::importScan(NodeBuilder &n) {
  const auto *attr = findAttr(n.node, "body");
  bool batched = model.opset() < 9; // then there are lengths in front, and every operand has a batch
  ScanForm form;
  form.sequences = n.i("num_scan_inputs", 0);
  form.states = n.inputs() - batched - form.sequences;
  if (!attr || form.sequences < 1 || form.states < 0 || attr->g().input_size() != form.states + form.sequences ||
      attr->g().output_size() != n.outputs() || n.outputs() < form.states)
    return n.fail("wants a body that takes and gives what the scan does");
  for (int i = batched; i < n.inputs(); ++i)
    if (!n.has(i))
      return n.fail("input " + Twine(i) + " is missing");
  const onnx::GraphProto &body = attr->g();
  auto axesIn = n.is("scan_input_axes"), axesOut = n.is("scan_output_axes");
  auto turnedIn = n.is(batched ? "directions" : "scan_input_directions"), turnedOut = n.is("scan_output_directions");
  auto entryOf = [](const std::vector<int64_t> &list, int64_t i) { return i < int64_t(list.size()) ? list[i] : 0; };
  for (int64_t i = 0; i < form.sequences; ++i) {
    int index = int(batched + form.states + i);
    int64_t axis = batched ? 1 : entryOf(axesIn, i);
    if (failed(n.normalize(axis, n.rank(index))))
      return failure();
    int64_t length = n.shape(index)[axis];
    if (form.steps >= 0 && form.steps != length)
      return n.fail("sequences of " + Twine(form.steps) + " and " + Twine(length) + " steps");
    form.steps = length;
    form.axesIn.push_back(axis);
    form.turnedIn.push_back(entryOf(turnedIn, i) != 0);
  }
  for (int64_t i = 0; i < n.outputs() - form.states; ++i) {
    form.axesOut.push_back(entryOf(axesOut, i));
    form.turnedOut.push_back(entryOf(turnedOut, i) != 0);
  }
  if (batched)
    return batchedScan(n, body, form);
  auto unroll = [&] { return unrollScan(n, body, form); };
  auto loop = [&]() -> LogicalResult {
    SmallVector<Value> inputs, results;
    for (int i = 0; i < n.inputs(); ++i) {
      Value v = n.in(i);
      if (int64_t k = i - form.states; k >= 0 && form.axesIn[size_t(k)] != 0) {
        SmallVector<int64_t> perm = {form.axesIn[size_t(k)]};
        for (int64_t d = 0; d < n.rank(i); ++d)
          if (d != form.axesIn[size_t(k)])
            perm.push_back(d);
        v = n.transpose(v, perm);
      }
      inputs.push_back(v);
    }
    if (failed(scanRegion(n, body, form, inputs, results)))
      return failure();
    for (int i = 0; i < n.outputs(); ++i) {
      Value v = results[size_t(i)];
      int64_t axis = i < form.states ? 0 : form.axesOut[size_t(i - form.states)];
      if (failed(n.normalize(axis, std::max<int64_t>(1, NodeBuilder::rankOf(v)))))
        return failure();
      if (axis) {
        SmallVector<int64_t> perm;
        for (int64_t d = 1; d < NodeBuilder::rankOf(v); ++d)
          perm.push_back(d);
        perm.insert(perm.begin() + axis, 0);
        v = n.transpose(v, perm);
      }
      if (n.wants(i) && failed(n.set(i, v)))
        return failure();
    }
    return success();
  };
  return form.steps <= shortLoop         ? either(n, unroll, loop)
         : form.steps <= longestUnrolled ? either(n, loop, unroll)
                                         : loop();
}

LogicalResult Importer::unrollScan(NodeBuilder &n, const onnx::GraphProto &body, const ScanForm &form) {
  SmallVector<Entry> state;
  for (int64_t i = 0; i < form.states; ++i)
    state.push_back(*find(n.node.input(int(i))));
  SmallVector<Value> sequences; // before the body uses names of the outside for something else
  for (int64_t i = 0; i < form.sequences; ++i)
    sequences.push_back(n.in(int(form.states + i)));
  SmallVector<SmallVector<Entry>> rows(size_t(n.outputs() - form.states));
  for (int64_t step = 0; step < form.steps; ++step) {
    for (int64_t i = 0; i < form.states; ++i)
      entries[body.input(int(i)).name()] = state[size_t(i)];
    for (int64_t i = 0; i < form.sequences; ++i) {
      int index = int(form.states + i);
      SmallVector<int64_t> shape(NodeBuilder::shapeOf(sequences[size_t(i)]));
      shape.erase(shape.begin() + form.axesIn[size_t(i)]);
      int64_t at = form.turnedIn[size_t(i)] ? form.steps - 1 - step : step;
      define(body.input(index).name(), n.reshape(n.slice(sequences[size_t(i)], form.axesIn[size_t(i)], at, 1), shape));
    }
    SmallVector<Entry> results;
    if (failed(importSubgraph(body, results)))
      return poisonOutputs(n.node);
    for (int64_t i = 0; i < form.states; ++i)
      state[size_t(i)] = results[size_t(i)];
    for (size_t i = 0; i < rows.size(); ++i)
      rows[i].push_back(results[i + size_t(form.states)]);
  }
  for (int i = 0; i < n.outputs(); ++i) {
    if (!n.wants(i))
      continue;
    if (i < form.states) {
      entries[n.node.output(i)] = state[size_t(i)];
      continue;
    }
    size_t row = size_t(i - form.states);
    if (form.turnedOut[row])
      std::reverse(rows[row].begin(), rows[row].end());
    int64_t axis = form.axesOut[row];
    if (!rows[row].empty() && failed(n.normalize(axis, rows[row][0].type.getRank() + 1)))
      return failure();
    Value all = stack(n, rows[row], axis);
    if (!all)
      return n.unsupported("output " + Twine(i) + " has no rows, or rows of different shapes");
    if (failed(n.set(i, all)))
      return failure();
  }
  return success();
}

/// The scan as a dlc.while. `inputs`: states and sequences with the steps in front; `results` likewise.
LogicalResult Importer::scanRegion(NodeBuilder &n, const onnx::GraphProto &body, const ScanForm &form,
                                   ArrayRef<Value> inputs, SmallVectorImpl<Value> &results) {
  std::vector<std::pair<std::string, Entry>> arguments;
  Trace step;
  for (auto [i, input] : llvm::enumerate(inputs)) {
    auto type = cast<RankedTensorType>(input.getType());
    if (int64_t(i) >= form.states)
      type = tensorType(shapeNumbers(type).drop_front(), type.getElementType());
    const std::string &name = body.input(int(i)).name();
    Entry entry;
    entry.type = type;
    entry.value = step.argument(b, locOf(name), type);
    arguments.emplace_back(name, entry);
  }
  if (failed(trace(body, arguments, step)))
    return failure();
  SmallVector<Value> yields;
  LoopForm loop;
  loop.carried = form.states;
  loop.sequences = form.sequences;
  setSteps(loop, form.steps);
  for (size_t i = 0; i < step.results.size(); ++i) {
    Value v = yielded(step, unsigned(i));
    yields.push_back(v);
    if (int64_t(i) < form.states && v.getType() != inputs[i].getType())
      return n.unsupported("state " + Twine(i) + " is " + describe(inputs[i].getType()) + " before a step and " +
                           describe(v.getType()) + " after it");
    if (foundBehind(step.before, v.getType()))
      return n.unsupported("each step finds the size of its row anew (" + describe(v.getType()) +
                           "), and rows are laid one behind the other");
  }
  for (size_t i = 0; i < form.turnedIn.size(); ++i)
    if (form.turnedIn[i])
      loop.reversed.push_back(int64_t(i));
  for (size_t i = 0; i < form.turnedOut.size(); ++i)
    if (form.turnedOut[i])
      loop.reversed.push_back(form.sequences + int64_t(i));
  auto op = makeWhile(b, n.loc, loop, step, SmallVector<Value>(inputs), yields);
  results.assign(op.getResults().begin(), op.getResults().end());
  return success();
}

/// Opset 8: states [batch, ..] and sequences [batch, steps, ..]. A loop over the batch around the scan.
LogicalResult Importer::batchedScan(NodeBuilder &n, const onnx::GraphProto &body, ScanForm form) {
  int64_t batch = n.rank(1) ? n.shape(1)[0] : 0;
  for (int i = 1; i < n.inputs(); ++i)
    if (!n.rank(i) || n.shape(i)[0] != batch)
      return n.fail("input " + Twine(i) + " has no batch of " + Twine(batch));
  const Tensor *lengths = n.has(0) ? n.constant(0) : nullptr;
  for (int64_t i = 0; lengths && i < lengths->elements(); ++i)
    if (lengths->i64At(i) != form.steps)
      lengths = nullptr;
  if (n.has(0) && !lengths)
    return n.unsupported("sequences of different lengths in a batched Scan of opset 8");
  Traced each;
  SmallVector<Value> sequences, rows;
  for (int i = 1; i < n.inputs(); ++i)
    sequences.push_back(n.in(i));
  for (int i = 1; i < n.inputs(); ++i)
    each.argument(b, locOf(body.input(i - 1).name()), tensorType(n.shape(i).drop_front(), n.element(i)));
  each.begin(b);
  if (failed(scanRegion(n, body, form, each.arguments, rows)))
    return failure();
  LoopForm outer;
  setSteps(outer, batch);
  outer.sequences = int64_t(sequences.size());
  auto op = makeWhile(b, n.loc, outer, each, sequences, rows);
  for (int i = 0; i < n.outputs(); ++i)
    if (n.wants(i) && failed(n.set(i, op.getResult(unsigned(i)))))
      return failure();
  return success();
}

} // namespace dlc
