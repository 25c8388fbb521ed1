// ONNX sequences and optionals. They live at import alone: lists of what their elements stand for. Lengths and
// positions must be known; what comes out of them are tensors.
#include "frontend/onnx/Importer.h"

namespace dlc {

static constexpr const char *names[] = {"ConcatFromSequence", "Optional",      "OptionalGetElement",
                                        "OptionalHasElement", "SequenceAt",    "SequenceConstruct",
                                        "SequenceEmpty",      "SequenceErase", "SequenceInsert",
                                        "SequenceLength",     "SequenceMap",   "SplitToSequence"};
bool Importer::isSequenceOp(StringRef op) { return llvm::is_contained(names, op); }
std::vector<std::string> Importer::sequenceOps() { return {std::begin(names), std::end(names)}; }

// A list stands where a tensor's entry does; its type is one that every index of a dimension fits.
Importer::Entry Importer::sequenceOf(std::vector<Entry> elements) {
  Entry entry;
  entry.type = RankedTensorType::get(SmallVector<int64_t>(16, 0), b.getF32Type());
  entry.sequence = std::make_shared<std::vector<Entry>>(std::move(elements));
  return entry;
}

namespace {
// Operand `index` as a place in a list of `count`; `otherwise` where there is none.
LogicalResult placeOf(NodeBuilder &n, int index, int64_t count, int64_t most, int64_t otherwise, int64_t &place) {
  std::vector<int64_t> given = {otherwise};
  if (n.has(index) && failed(n.ints(index, "the position", given)))
    return failure();
  if (given.size() != 1)
    return n.fail("wants one position");
  place = given[0] < 0 ? given[0] + count : given[0];
  if (place < 0 || place > most)
    return n.fail("position " + Twine(given[0]) + " of a sequence of " + Twine(count));
  return success();
}
} // namespace

LogicalResult Importer::splitToSequence(NodeBuilder &n, std::vector<Entry> &parts) {
  int64_t axis;
  if (failed(n.axis(n.rank(0), 0, axis)))
    return failure();
  int64_t size = n.shape(0)[axis];
  std::vector<int64_t> sizes;
  bool keep = n.has(1) || n.i("keepdims", 1);
  if (n.has(1)) {
    if (failed(n.ints(1, "the sizes", sizes)))
      return failure();
    if (n.rank(1) == 0) { // one size for all but the last
      int64_t chunk = sizes.at(0);
      if (chunk < 1)
        return n.fail("chunks of " + Twine(chunk));
      sizes.assign(size_t(size / chunk), chunk);
      if (size % chunk)
        sizes.push_back(size % chunk);
    }
  } else {
    sizes.assign(size_t(std::min<int64_t>(size, 1 << 16)), 1);
  }
  int64_t start = 0;
  for (int64_t part : sizes) {
    if (part < 0 || part > size - start)
      return n.fail("dimension " + Twine(axis) + " of size " + Twine(size) + " is not split into " + shapeName(sizes));
    Value v = n.slice(n.in(0), axis, start, part);
    start += part;
    if (!keep) {
      SmallVector<int64_t> shape(NodeBuilder::shapeOf(v));
      shape.erase(shape.begin() + axis);
      v = n.reshape(v, shape);
    }
    Entry &entry = parts.emplace_back();
    entry.value = v;
    entry.type = cast<RankedTensorType>(v.getType());
  }
  return start == size ? success()
                       : n.fail("dimension " + Twine(axis) + " of size " + Twine(size) + " is not split into " +
                                shapeName(sizes));
}

LogicalResult Importer::concatSequence(NodeBuilder &n, std::vector<Entry> &elements) {
  if (elements.empty())
    return n.unsupported("an empty sequence, whose element type is not known");
  bool fresh = n.i("new_axis", 0);
  SmallVector<Value> parts;
  int64_t axis = n.i("axis", 0);
  for (Entry &element : elements) {
    Value v = materialize(n.node.name(), element, true);
    int64_t rank = NodeBuilder::rankOf(v) + fresh;
    if (parts.empty() && failed(n.normalize(axis, rank)))
      return failure();
    SmallVector<int64_t> shape(NodeBuilder::shapeOf(v));
    if (fresh && axis <= int64_t(shape.size()))
      shape.insert(shape.begin() + axis, 1);
    v = n.reshape(v, shape);
    if (!parts.empty()) {
      SmallVector<int64_t> want(NodeBuilder::shapeOf(parts[0]));
      if (want.size() == shape.size())
        want[size_t(axis)] = shape[size_t(axis)];
      if (want != shape || NodeBuilder::elementOf(v) != NodeBuilder::elementOf(parts[0]))
        return n.fail("its tensors differ in type, or in more than dimension " + Twine(axis));
    }
    parts.push_back(v);
  }
  return n.set(n.concat(parts, axis));
}

// The body once for each element of the first operand; other sequences give theirs, tensors the same to all.
LogicalResult Importer::mapSequence(NodeBuilder &n, const std::vector<Entry> &first) {
  const auto *body = findAttr(n.node, "body");
  if (!body || body->g().input_size() != n.inputs() || body->g().output_size() != n.outputs())
    return n.fail("wants a body that takes and gives what the node does");
  std::vector<std::vector<Entry>> results(size_t(n.outputs()));
  for (size_t i = 0; i < first.size(); ++i) {
    for (int k = 0; k < n.inputs(); ++k) {
      Entry given = *find(n.node.input(k));
      if (given.sequence) {
        if (given.sequence->size() != first.size())
          return n.fail("sequences of different lengths");
        given = (*given.sequence)[i];
      }
      entries[body->g().input(k).name()] = given;
    }
    SmallVector<Entry> step;
    if (failed(importSubgraph(body->g(), step)))
      return poisonOutputs(n.node);
    for (size_t k = 0; k < step.size() && k < results.size(); ++k)
      results[k].push_back(step[k]);
  }
  for (int k = 0; k < n.outputs(); ++k)
    if (n.wants(k))
      entries[n.node.output(k)] = sequenceOf(std::move(results[size_t(k)]));
  return success();
}

LogicalResult Importer::importSequenceOp(NodeBuilder &n) {
  StringRef op = n.node.op_type();
  auto set = [&](Entry entry) {
    if (n.wants(0))
      entries[n.node.output(0)] = std::move(entry);
    return success();
  };
  auto operand = [&](int i) { return *find(n.node.input(i)); };
  if (op == "SequenceEmpty")
    return set(sequenceOf({}));
  if (op == "SequenceConstruct") {
    std::vector<Entry> elements;
    for (int i = 0; i < n.inputs(); ++i) {
      if (!n.has(i) || operand(i).sequence)
        return n.fail("input " + Twine(i) + " is no tensor");
      elements.push_back(operand(i));
    }
    return set(sequenceOf(std::move(elements)));
  }
  // An optional is what it holds; one that holds nothing is an entry of its own kind.
  if (op == "Optional") {
    if (n.has(0))
      return set(operand(0));
    Entry none = sequenceOf({});
    none.sequence = nullptr;
    none.none = true;
    return set(none);
  }
  if (op == "OptionalHasElement")
    return n.setConstant(0, Tensor::filled(DType::Bool, {}, n.has(0) && !operand(0).none));
  if (!n.has(0))
    return n.fail("input 0 is missing");
  if (op == "OptionalGetElement")
    return operand(0).none ? n.fail("the optional '" + n.name(0) + "' holds nothing") : set(operand(0));
  if (op == "SplitToSequence") {
    std::vector<Entry> parts;
    if (operand(0).sequence)
      return n.fail("'" + n.name(0) + "' is a sequence");
    return failed(splitToSequence(n, parts)) ? failure() : set(sequenceOf(std::move(parts)));
  }
  Entry list = operand(0);
  if (!list.sequence)
    return n.fail("'" + n.name(0) + "' is no sequence");
  std::vector<Entry> elements = *list.sequence;
  int64_t count = int64_t(elements.size()), place;
  if (op == "SequenceLength")
    return n.setConstant(0, Tensor::scalarI64(count));
  if (op == "SequenceMap")
    return mapSequence(n, elements);
  if (op == "ConcatFromSequence")
    return concatSequence(n, elements);
  if (op == "SequenceInsert") {
    if (!n.has(1) || operand(1).sequence)
      return n.fail("input 1 is no tensor");
    if (failed(placeOf(n, 2, count, count, count, place)))
      return failure();
    elements.insert(elements.begin() + place, operand(1));
    return set(sequenceOf(std::move(elements)));
  }
  if (failed(placeOf(n, 1, count, count - 1, count - 1, place)))
    return failure();
  if (op == "SequenceAt")
    return set(elements[size_t(place)]);
  elements.erase(elements.begin() + place); // SequenceErase
  return set(sequenceOf(std::move(elements)));
}

} // namespace dlc
