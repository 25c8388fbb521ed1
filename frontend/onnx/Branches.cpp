// Branches whose results differ in size: both give as much as either may have, with zeros behind what there is, and say
// how much that is; behind the condition it is a size that the run finds.
#include "frontend/onnx/ControlFlow.h"
#include "frontend/onnx/Sizes.h"
#include "ir/Dims.h"
#include <numeric>

namespace dlc {
namespace {

/// Zeros behind the value's elements along a dimension, up to `size`.
Value filledUp(NodeBuilder &n, Value v, int64_t dim, int64_t size) {
  SmallVector<int64_t> shape(n.shapeOf(v));
  if (shape[size_t(dim)] == size)
    return v;
  shape[size_t(dim)] = plus(size, times(shape[size_t(dim)], -1));
  return n.concat({v, n.o.full(tensorType(shape, n.elementOf(v)), 0)}, dim);
}

/// The dimensions with `dim` in front, and the way back.
std::pair<SmallVector<int64_t>, SmallVector<int64_t>> inFront(int64_t rank, int64_t dim) {
  SmallVector<int64_t> perm = {dim}, back(static_cast<size_t>(rank));
  for (int64_t d = 0; d < rank; ++d)
    if (d != dim)
      perm.push_back(d);
  for (auto [i, d] : llvm::enumerate(perm))
    back[size_t(d)] = int64_t(i);
  return {perm, back};
}
} // namespace

LogicalResult Importer::evenOut(NodeBuilder &n, Trace &no, SmallVectorImpl<Value> &yes, SmallVectorImpl<Value> &other,
                                BranchSizes &sizes) {
  // What the first branch is given more stands at its end, in front of the second.
  auto inFirst = [&](llvm::function_ref<void()> build) {
    Block &block = *b.getInsertionBlock();
    OpBuilder::InsertionGuard guard(b);
    Operation *next = no.before ? no.before->getNextNode() : block.empty() ? nullptr : &block.front();
    if (next)
      b.setInsertionPoint(next);
    build();
    no.before = next ? next->getPrevNode() : block.empty() ? nullptr : &block.back();
  };
  SmallVector<SmallVector<int64_t>> most(yes.size());
  for (size_t i = 0; i < yes.size(); ++i) {
    // One element is one, in however many dimensions.
    if (n.rankOf(yes[i]) != n.rankOf(other[i]) && isOne(yes[i]) && isOne(other[i])) {
      if (n.rankOf(yes[i]) < n.rankOf(other[i]))
        inFirst([&] { yes[i] = n.reshape(yes[i], n.shapeOf(other[i])); });
      else
        other[i] = n.reshape(other[i], n.shapeOf(yes[i]));
    }
    ArrayRef<int64_t> a = n.shapeOf(yes[i]), c = n.shapeOf(other[i]);
    if (a.size() != c.size() || n.elementOf(yes[i]) != n.elementOf(other[i]))
      return n.unsupported("the branches give " + describe(yes[i].getType()) + " and " + describe(other[i].getType()) +
                           ", and the condition is known at run time only");
    most[i] = SmallVector<int64_t>(a);
    for (size_t d = 0; d < a.size(); ++d) {
      if (a[d] == c[d])
        continue;
      most[i][d] = std::max(rangeOf(a[d]).high, rangeOf(c[d]).high);
      std::pair<int64_t, int64_t> pair = {a[d], c[d]};
      auto known = llvm::find_if(sizes.pairs, [&](auto &entry) { return entry.first == pair; });
      if (known == sizes.pairs.end())
        known = sizes.pairs.insert(known, {pair, {}});
      known->second.push_back({i, int64_t(d)});
    }
  }
  if (sizes.pairs.empty())
    return success();
  auto fill = [&](SmallVectorImpl<Value> &values, bool first) {
    for (auto [value, shape] : llvm::zip_equal(values, most))
      for (int64_t d = 0; d < int64_t(shape.size()); ++d)
        value = filledUp(n, value, d, shape[size_t(d)]);
    for (auto &entry : sizes.pairs)
      values.push_back(sizeValue(openSizes.size(first ? entry.first.first : entry.first.second)));
  };
  fill(other, false);
  inFirst([&] { fill(yes, true); });
  return success();
}

LogicalResult Importer::takeSizes(NodeBuilder &n, const BranchSizes &sizes, SmallVectorImpl<Value> &results) {
  size_t first = results.size() - sizes.pairs.size();
  for (auto [i, entry] : llvm::enumerate(sizes.pairs)) {
    Value count = results[first + i];
    std::vector<BranchSizes::Place> left = entry.second;
    while (!left.empty()) {
      // A value that has the size twice takes it one dimension after the other.
      std::vector<BranchSizes::Place> now, later;
      for (const auto &place : left)
        (llvm::any_of(now, [&](const auto &other) { return other.result == place.result; }) ? later : now)
            .push_back(place);
      SmallVector<Value> values, found;
      for (const auto &place : now)
        values.push_back(n.transpose(results[place.result], inFront(n.rankOf(results[place.result]), place.dim).first));
      if (failed(n.found(count, values, found)))
        return failure();
      for (auto [place, value] : llvm::zip_equal(now, found))
        results[place.result] = n.transpose(value, inFront(n.rankOf(value), place.dim).second);
      left = std::move(later);
    }
  }
  results.truncate(first);
  return success();
}

} // namespace dlc
