#include "frontend/onnx/Window.h"
#include "frontend/onnx/Sizes.h"

namespace dlc {

Value channelsFirst(NodeBuilder &n, Value x) {
  SmallVector<int64_t> perm = {0, n.rankOf(x) - 1};
  for (int64_t d = 1; d + 1 < n.rankOf(x); ++d)
    perm.push_back(d);
  return n.transpose(x, perm);
}
Value channelsLast(NodeBuilder &n, Value x) {
  SmallVector<int64_t> perm = {0};
  for (int64_t d = 2; d < n.rankOf(x); ++d)
    perm.push_back(d);
  perm.push_back(1);
  return n.transpose(x, perm);
}

LogicalResult readWindow(NodeBuilder &n, ArrayRef<int64_t> kernel, Window &w) {
  return readWindow(n, kernel, n.shape(0), w);
}
LogicalResult readWindow(NodeBuilder &n, ArrayRef<int64_t> kernel, ArrayRef<int64_t> shape, Window &w) {
  int64_t rank = int64_t(shape.size()) - 2;
  if (rank < 1)
    return n.fail("wants an operand of rank 3 or more (batch, channels, space), but '" + n.name(0) + "' has rank " +
                  Twine(n.rank(0)));
  auto list = [&](StringRef name, int64_t otherwise, SmallVectorImpl<int64_t> &values) {
    auto given = n.is(name);
    values.assign(given.begin(), given.end());
    if (values.empty())
      values.assign(rank, otherwise);
    return int64_t(values.size()) == rank
               ? success()
               : n.fail(name + " has " + Twine(values.size()) + " entries for " + Twine(rank) + " spatial dimensions");
  };
  w.size.assign(kernel.begin(), kernel.end());
  if (int64_t(w.size.size()) != rank)
    return n.fail("the window has " + Twine(w.size.size()) + " dimensions, but '" + n.name(0) + "' has " + Twine(rank) +
                  " spatial ones");
  if (failed(list("strides", 1, w.strides)) || failed(list("dilations", 1, w.dilations)))
    return failure();
  for (int64_t d = 0; d < rank; ++d)
    for (int64_t value : {w.size[d], w.strides[d], w.dilations[d]})
      if (value < 1 || value > INT32_MAX)
        return n.fail("window, strides and dilations must be positive, and below 2^31");
  auto pads = n.is("pads");
  std::string automatic = n.s("auto_pad", "NOTSET");
  if (!pads.empty() && int64_t(pads.size()) != 2 * rank)
    return n.fail(Twine(pads.size()) + " pads for " + Twine(rank) + " spatial dimensions; two each are wanted");
  w.low.assign(rank, 0);
  w.high.assign(rank, 0);
  bool ceil = n.i("ceil_mode", 0);
  for (int64_t d = 0; d < rank; ++d) {
    int64_t in = shape[size_t(d + 2)], reach = (w.size[d] - 1) * w.dilations[d] + 1;
    if (isOpen(in)) {
      bool same = automatic == "SAME_UPPER" || automatic == "SAME_LOWER";
      // Where the stride divides the size, and where nothing is padded, the padding is that of every size.
      if (same && reach > 1 && !SizeTable::current()->size(in).isMultipleOf(w.strides[d]))
        return n.unsupported("padding that depends on dimension " + Twine(d + 2) + ", which is open",
                             "let it be a multiple of the stride, as in --shape height=32..320:32");
      if (same) {
        int64_t total = std::max<int64_t>(reach - w.strides[d], 0);
        w.low[d] = automatic == "SAME_UPPER" ? total / 2 : total - total / 2;
        w.high[d] = total - w.low[d];
      } else if (automatic != "VALID" && !pads.empty()) {
        w.low[d] = pads[d], w.high[d] = pads[d + rank];
      }
      w.padHigh.push_back(w.high[d]);
      // Rounding up is rounding down with so much more behind; a further window begins inside the operand.
      if (ceil && w.high[d] + w.strides[d] > reach)
        return n.unsupported("windows that may begin behind dimension " + Twine(d + 2) + ", which is open");
      if (rangeOf(in).low + w.low[d] + w.high[d] < reach)
        return n.fail("window of " + Twine(reach) + " in dimension " + Twine(d + 2) +
                      " is larger than the smallest padded operand (" + Twine(rangeOf(in).low + w.low[d] + w.high[d]) +
                      ")");
      if (ceil)
        w.high[d] += w.strides[d] - 1;
      continue;
    }
    if (automatic == "SAME_UPPER" || automatic == "SAME_LOWER") {
      int64_t out = (in + w.strides[d] - 1) / w.strides[d];
      int64_t total = std::max<int64_t>((out - 1) * w.strides[d] + reach - in, 0);
      w.low[d] = automatic == "SAME_UPPER" ? total / 2 : total - total / 2;
      w.high[d] = total - w.low[d];
    } else if (automatic != "VALID" && !pads.empty()) {
      w.low[d] = pads[d];
      w.high[d] = pads[d + rank];
    }
    w.padHigh.push_back(w.high[d]);
    int64_t room = in + w.low[d] + w.high[d] - reach;
    if (room < 0)
      return n.fail("window of " + Twine(reach) + " in dimension " + Twine(d + 2) +
                    " is larger than the padded operand (" + Twine(in + w.low[d] + w.high[d]) + ")");
    if (ceil && room % w.strides[d] != 0) {
      int64_t more = w.strides[d] - room % w.strides[d];
      // The last window must begin inside the operand or its leading padding.
      if ((room / w.strides[d] + 1) * w.strides[d] < in + w.low[d])
        w.high[d] += more;
    }
  }
  return success();
}

} // namespace dlc
