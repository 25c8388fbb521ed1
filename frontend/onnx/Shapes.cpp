#include "frontend/onnx/HostEval.h"
#include <algorithm>

namespace dlc {

bool possibleShape(const std::vector<int64_t> &shape, size_t elementBytes) {
  // Sizes of 0 count as 1, so that products of some of the sizes are exact, too.
  int64_t limit = int64_t(1) << 46;
  std::vector<int64_t> whole = shape;
  for (int64_t &size : whole)
    if (size = std::max<int64_t>(size, 1); size > limit)
      return false;
  for (int64_t size : shape)
    if (size < 0)
      return false;
  return elementCount(whole) <= limit / int64_t(std::max<size_t>(elementBytes, 1));
}

std::optional<std::vector<int64_t>> broadcastShapes(const std::vector<int64_t> &a, const std::vector<int64_t> &b) {
  const auto &longer = a.size() >= b.size() ? a : b, &shorter = a.size() >= b.size() ? b : a;
  std::vector<int64_t> shape = longer;
  size_t lead = longer.size() - shorter.size();
  for (size_t d = 0; d < shorter.size(); ++d) {
    int64_t &size = shape[lead + d];
    if (size != shorter[d] && size != 1 && shorter[d] != 1)
      return std::nullopt;
    if (size == 1)
      size = shorter[d];
  }
  return shape;
}

SliceRange sliceRange(int64_t size, int64_t start, int64_t end, int64_t step) {
  auto clamp = [](int64_t x, int64_t low, int64_t high) { return std::min(std::max(x, low), high); };
  start += start < 0 ? size : 0;
  end += end < 0 ? size : 0;
  if (step > 0) {
    start = clamp(start, 0, size);
    end = clamp(end, 0, size);
    int64_t length = std::max<int64_t>(end - start, 0);
    return {start, step, length / step + (length % step != 0)};
  }
  // -(size + 1) and below mean "before the first element".
  start = clamp(start, 0, size - 1);
  end = clamp(end, -1, size - 1);
  uint64_t pace = 0 - uint64_t(step);
  uint64_t length = size > 0 && start > end ? uint64_t(start - end) : 0;
  return {start, step, int64_t(length / pace + (length % pace != 0))};
}

const SizeMath plainSizes = {[](int64_t a, int64_t b) {
                               int64_t product;
                               return __builtin_mul_overflow(a, b, &product) ? std::nullopt : std::optional(product);
                             },
                             [](int64_t total, int64_t known) { return total / known; }};

std::optional<std::vector<int64_t>> reshapeShape(const std::vector<int64_t> &from, const std::vector<int64_t> &wanted,
                                                 bool allowZero, const SizeMath &math) {
  std::vector<int64_t> shape = wanted;
  std::optional<int64_t> total = 1, known = 1;
  auto multiply = [&](std::optional<int64_t> &count, int64_t size) {
    count = count ? math.times(*count, size) : count;
  };
  for (int64_t size : from)
    multiply(total, size);
  int64_t open = -1;
  for (size_t d = 0; d < shape.size(); ++d) {
    if (shape[d] == 0 && !allowZero) {
      if (d >= from.size())
        return std::nullopt;
      shape[d] = from[d];
    }
    if (shape[d] == -1) {
      if (open >= 0)
        return std::nullopt;
      open = int64_t(d);
    } else if (shape[d] < 0) {
      return std::nullopt;
    } else {
      multiply(known, shape[d]);
    }
  }
  if (!total || !known)
    return std::nullopt;
  if (open >= 0) {
    if (*known == 0)
      return std::nullopt;
    shape[open] = math.over(*total, *known);
    multiply(known, shape[open]);
  }
  return known == total ? std::optional(shape) : std::nullopt;
}

} // namespace dlc
