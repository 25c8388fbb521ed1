// Sizes that a run finds (NonZero, Compress, ...): a value that has one is imported at the most that it can be, and its
// entry says which dimension ends earlier. Operators follow it where what lies behind the true end cannot reach what
// lies before; a result of the model is packed, and carries the attributes that make its size a symbol.
#include "frontend/onnx/Importer.h"

namespace dlc {
namespace {
using N = NodeBuilder;

/// The dimension of `to` that is dimension `dim` of `from`, where both hold the same elements in order; -1: none, or
/// more than one could be.
int64_t sameDim(ArrayRef<int64_t> from, int64_t dim, ArrayRef<int64_t> to) {
  int64_t before = elementCount(from.take_front(dim)), behind = elementCount(from.drop_front(dim + 1)), found = -1;
  for (int64_t d = 0; d < int64_t(to.size()); ++d)
    if (to[d] == from[dim] && elementCount(to.take_front(d)) == before &&
        elementCount(to.drop_front(d + 1)) == behind) {
      if (found >= 0 || from[dim] < 2)
        return -1;
      found = d;
    }
  return found;
}

bool isElementwise(StringRef op) {
  return llvm::any_of(elementwiseRows(), [&](const ImportRow &row) { return op == row.op; });
}
} // namespace

std::optional<int64_t> Importer::followedDim(NodeBuilder &n, int operand, RankedTensorType result) {
  StringRef op = n.node.op_type();
  int64_t dim = find(n.node.input(operand))->found->dim, rank = n.rank(operand), results = result.getRank();
  auto shape = n.shape(operand);
  if (isElementwise(op)) {
    int64_t at = dim + results - rank;
    for (int i = 0; i < n.inputs(); ++i) {
      Entry *other = n.has(i) ? find(n.node.input(i)) : nullptr;
      int64_t there = other ? at - (results - other->type.getRank()) : -1;
      if (!other || other->found || there < 0)
        continue;
      if (there >= other->type.getRank() || other->type.getDimSize(there) != 1)
        return std::nullopt; // its elements lie beside those behind the end, too, and its size would have to agree
    }
    return at;
  }
  if (op == "Transpose") {
    std::vector<int64_t> perm = n.is("perm");
    if (perm.empty())
      return rank - 1 - dim;
    auto at = llvm::find(perm, dim);
    return at == perm.end() ? std::nullopt : std::optional<int64_t>(at - perm.begin());
  }
  if (op == "Reshape" || op == "Squeeze" || op == "Unsqueeze" || op == "Flatten") {
    int64_t at = operand == 0 ? sameDim(shape, dim, result.getShape()) : -1;
    return at < 0 ? std::nullopt : std::optional<int64_t>(at);
  }
  if (op == "Gather") {
    int64_t axis = n.i("axis", 0);
    axis += axis < 0 ? n.rank(0) : 0;
    if (operand == 1)
      return axis + dim;
    if (dim == axis)
      return std::nullopt;
    return dim < axis ? dim : dim - 1 + n.rank(1);
  }
  if (op == "GatherND" && operand == 1 && n.i("batch_dims", 0) == 0 && dim + 1 < rank)
    return dim;
  if (op == "Concat") {
    int64_t axis = n.i("axis", 0);
    axis += axis < 0 ? rank : 0;
    bool all = llvm::all_of(n.node.input(), [&](const std::string &name) { return bool(find(name)->found); });
    return all && axis != dim ? std::optional<int64_t>(dim) : std::nullopt;
  }
  if (op == "MatMul" && operand == 0 && n.rank(1) == 2 && dim + 1 < rank)
    return dim;
  if (op == "Softmax" || op == "LogSoftmax") {
    int64_t axis = n.i("axis", -1);
    axis += axis < 0 ? rank : 0;
    return axis != dim ? std::optional<int64_t>(dim) : std::nullopt;
  }
  const Tensor *axes = op.starts_with("Reduce") && n.has(1) && operand == 0 ? n.constant(1) : nullptr;
  if (axes && axes->elements() > 0) {
    int64_t gone = 0;
    for (int64_t i = 0; i < int64_t(axes->elements()); ++i) {
      int64_t axis = axes->i64At(i) + (axes->i64At(i) < 0 ? rank : 0);
      if (axis == dim)
        return std::nullopt;
      gone += axis < dim;
    }
    return n.i("keepdims", 1) ? dim : dim - gone;
  }
  const Tensor *sliced = op == "Slice" && n.has(3) && operand == 0 ? n.constant(3) : nullptr;
  for (int64_t i = 0; sliced && i < int64_t(sliced->elements()); ++i)
    if (sliced->i64At(i) + (sliced->i64At(i) < 0 ? rank : 0) == dim)
      return std::nullopt;
  return sliced ? std::optional<int64_t>(dim) : std::nullopt;
}

bool Importer::followSizes(NodeBuilder &n) {
  int first = -1;
  for (int i = 0; i < n.inputs(); ++i)
    if (Entry *entry = n.has(i) ? find(n.node.input(i)) : nullptr; entry && entry->found && first < 0)
      first = i;
  if (first < 0)
    return true;
  FoundDim from = *find(n.node.input(first))->found;
  const std::string &name = n.node.input(first);
  auto refuse = [&](const Twine &why) {
    problem(&n.node, "dimension " + Twine(from.dim) + " of '" + name + "' is found while running, and " + why, true);
    return false;
  };
  if (n.node.output_size() != 1)
    return refuse("what this operator makes of it must be known at import");
  Entry *result = find(n.node.output(0));
  if (!result || result->poison)
    return true;
  std::optional<int64_t> dim;
  for (int i = 0; i < n.inputs(); ++i) {
    Entry *entry = n.has(i) ? find(n.node.input(i)) : nullptr;
    if (!entry || !entry->found)
      continue;
    if (entry->found->size != from.size)
      return refuse("another one of '" + n.node.input(i) + "' is a different size");
    auto here = followedDim(n, i, result->type);
    if (!here || (dim && *dim != *here))
      return refuse("what this operator makes of it must be known at import");
    dim = here;
  }
  if (*dim < 0 || *dim >= result->type.getRank() ||
      result->type.getDimSize(*dim) != find(n.node.input(first))->type.getDimSize(from.dim))
    return refuse("the result has no such dimension");
  result->found = FoundDim{from.size, *dim};
  return true;
}

LogicalResult NodeBuilder::setFound(int index, Value value, size_t size, int64_t dim) {
  if (failed(set(index, value)))
    return failure();
  if (wants(index))
    if (Importer::Entry *entry = importer.find(node.output(index)))
      entry->found = Importer::FoundDim{size, dim};
  return success();
}

LogicalResult NodeBuilder::newSize(Value count, int64_t most, size_t &size) {
  if (importer.depth)
    return unsupported("the size of its result is found while running, which cannot be inside the body of a loop or "
                       "condition");
  size = importer.sizes.size();
  // One name, one size: nodes may have equal names.
  std::string given = node.name().empty() ? "size" : node.name(), name = given;
  for (int number = 1; llvm::any_of(importer.sizes, [&](const auto &other) { return other.name == name; }); ++number)
    name = given + "_" + std::to_string(number);
  importer.sizes.push_back({name, count, most});
  return success();
}

/// [A, most, B] with the first `count` of `most`, so that these lie side by side from the beginning on.
Value Importer::packed(Value value, const FoundDim &found) {
  auto type = cast<RankedTensorType>(value.getType());
  auto shape = type.getShape();
  int64_t before = elementCount(shape.take_front(found.dim)), most = shape[found.dim],
          inner = elementCount(shape.drop_front(found.dim + 1)), all = type.getNumElements();
  if (before == 1 || all == 0)
    return value;
  Ops o(b, value.getLoc());
  auto flat = RankedTensorType::get({all}, b.getI64Type());
  auto wide = [&](Value scalar) { return o.broadcast(scalar, {}, flat); };
  auto number = [&](int64_t v) { return o.full(flat, double(v)); };
  // An element's row is as long as there are true ones; of nothing, any place will do.
  Value count = wide(o.max(sizes[found.size].count, o.scalar(b.getI64Type(), 1)));
  Value row = o.mul(count, number(inner)), place = o.iota(0, flat), outer = o.div(place, row);
  Value from = o.add(o.mul(outer, number(most * inner)), o.sub(place, o.mul(outer, row)));
  Value all1 = o.reshape(value, RankedTensorType::get({all}, type.getElementType()));
  return o.reshape(GatherOp::create(b, value.getLoc(), all1, from, 0).getResult(), type);
}

void Importer::addSizes(func::FuncOp func, SmallVectorImpl<Value> &results, ArrayRef<std::optional<FoundDim>> found,
                        SmallVectorImpl<DictionaryAttr> &attrs) {
  SmallVector<bool> used(sizes.size());
  for (auto [i, dim] : llvm::enumerate(found)) {
    SmallVector<NamedAttribute> list(attrs[i].begin(), attrs[i].end());
    if (dim) {
      results[i] = packed(results[i], *dim);
      used[dim->size] = true;
      list.push_back(b.getNamedAttr("dlc.size_dim", b.getI64IntegerAttr(dim->dim)));
      list.push_back(b.getNamedAttr("dlc.size_of", b.getStringAttr(sizes[dim->size].name)));
    }
    attrs[i] = b.getDictionaryAttr(list);
  }
  for (auto [i, size] : llvm::enumerate(sizes))
    if (used[i]) {
      results.push_back(size.count);
      attrs.push_back(b.getDictionaryAttr({b.getNamedAttr("dlc.name", b.getStringAttr(size.name + ".size")),
                                           b.getNamedAttr("dlc.size", b.getStringAttr(size.name)),
                                           b.getNamedAttr("dlc.size_most", b.getI64IntegerAttr(size.most))}));
    }
}

} // namespace dlc
