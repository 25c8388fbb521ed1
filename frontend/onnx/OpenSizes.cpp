// Shapes of which some sizes are open (Sizes.h), and what is said to rows that do not take them.
#include "frontend/onnx/HostEval.h"
#include "frontend/onnx/Importer.h"
#include "frontend/onnx/Sizes.h"

namespace dlc {

LogicalResult NodeBuilder::checkOpen(OpenDims may) {
  for (int i = 0; may != OpenDims::any && i < inputs(); ++i) {
    Importer::Entry *entry = has(i) ? importer.find(node.input(i)) : nullptr;
    if (!entry || !entry->type)
      continue;
    for (auto [d, size] : llvm::enumerate(getDims(entry->type)))
      if (!constantSize(size) && !(may == OpenDims::leading && d == 0))
        return !importer.foundSymbol(size).empty()
                   ? unsupported("dimension " + Twine(d) + " of '" + name(i) +
                                 "' is found while running, and this operator must know it at import")
                   : unsupported("dimension " + Twine(d) + " of '" + name(i) + "' (" + describe(entry->type) +
                                 ") is open, which this operator does not take; give it one size with --shape");
  }
  return success();
}

std::optional<std::vector<int64_t>> reshapeNumbers(const std::vector<int64_t> &from, const std::vector<int64_t> &wanted,
                                                   bool allowZero) {
  if (!hasOpen(from) && !hasOpen(wanted))
    return reshapeShape(from, wanted, allowZero);
  // A shape written for the size that the file has: its leading dimension is the operand's.
  if (!from.empty() && !wanted.empty() && SizeTable::current()->fileSize(from[0]) == wanted[0]) {
    std::vector<int64_t> other = wanted;
    other[0] = from[0];
    if (auto shape = reshapeNumbers(from, other, allowZero))
      return shape;
  }
  static const SizeMath math = {[](int64_t a, int64_t b) { return std::optional(times(a, b)); },
                                [](int64_t total, int64_t known) {
                                  SizeTable &table = *SizeTable::current();
                                  AffineExpr all = table.size(total), part = table.size(known);
                                  return table.number(
                                      canonical(getAffineBinaryOpExpr(AffineExprKind::FloorDiv, all, part)));
                                }};
  return reshapeShape(from, wanted, allowZero, math);
}

int64_t countOf(ArrayRef<int64_t> shape) {
  int64_t count = 1;
  for (int64_t size : shape)
    count = times(count, size);
  return count;
}

std::optional<SliceRange> sliceNumbers(int64_t size, int64_t start, int64_t end, int64_t step) {
  if (!isOpen(size) && !isOpen(start) && !isOpen(end))
    return sliceRange(size, start, end, step);
  if (step < 1)
    return std::nullopt;
  auto clamped = [&](int64_t at) -> std::optional<int64_t> {
    auto negative = isLess(at, 0);
    if (!negative)
      return std::nullopt;
    if (*negative)
      at = plus(at, size);
    auto before = isLess(at, 0), behind = isLess(size, at);
    if (before && *before)
      return 0;
    if (behind && *behind)
      return size;
    // It must be known that it lies inside.
    return before && behind ? std::optional(at) : std::nullopt;
  };
  auto first = clamped(start), last = clamped(end);
  if (!first || !last)
    return std::nullopt;
  int64_t length = plus(*last, times(*first, -1));
  auto none = isLess(length, 1);
  if (none && *none)
    return SliceRange{0, 1, 0};
  if (!none)
    return std::nullopt;
  SizeTable &table = *SizeTable::current();
  return SliceRange{*first, step, table.number(canonical(table.size(length).ceilDiv(uint64_t(step))))};
}

} // namespace dlc
