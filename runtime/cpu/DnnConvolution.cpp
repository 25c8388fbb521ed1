#include "runtime/cpu/DnnCall.h"

#include <algorithm>

namespace dlc::rt::dnnl {

bool DnnCall::convolution(const fb::Step &step, const fb::Convolution &d,
                          const std::function<const char *(uint32_t)> &frozen) {
  size_t spatial = d.window_strides()->size(), rank = spatial + 2;
  Shape sd = vec(d.src_dims()), wd = vec(d.weight_dims()), dd = vec(d.dst_dims());
  Shape ss = vec(d.src()->strides()), ws = vec(d.weight()->strides()), ds = vec(d.dst()->strides());
  if (sd.size() != rank || dd.size() != rank || wd.size() != rank + 1 || ss.size() != rank || ds.size() != rank ||
      ws.size() != rank + 1 || d.pad_lo()->size() != spatial || d.window_dilation()->size() != spatial ||
      d.base_dilation()->size() != spatial || d.src()->arg() >= step.args()->size() ||
      d.weight()->arg() >= step.args()->size() || d.dst()->arg() >= step.args()->size())
    return no("an operand does not fit the descriptor");
  if (spatial > 3)
    return no("oneDNN convolves in at most 3 dimensions");
  for (const Shape *s : {&sd, &wd})
    for (int64_t n : *s)
      if (!n)
        return no("there is nothing to sum over");
  bool transposed = false;
  for (int64_t n : *d.base_dilation())
    transposed |= n > 1;
  Dims strides, dilates, lo, hi;
  for (size_t i = 0; i != spatial; ++i) {
    auto at = flatbuffers::uoffset_t(i);
    int64_t stride = d.window_strides()->Get(at), dilation = d.window_dilation()->Get(at),
            base = d.base_dilation()->Get(at);
    int64_t pad = d.pad_lo()->Get(at), window = (wd[i + 3] - 1) * dilation + 1, in = sd[i + 2], out = dd[i + 2];
    dilates[i] = dilation - 1;
    if (transposed) {
      if (stride != 1)
        return no("oneDNN has no convolution with strides and a dilated input");
      strides[i] = base;
      lo[i] = window - 1 - pad;
      hi[i] = (in - 1) * base + window - lo[i] - out;
    } else {
      strides[i] = stride;
      lo[i] = pad;
      hi[i] = (out - 1) * stride + window - in - pad;
    }
    if (lo[i] < 0)
      return no("oneDNN has no negative padding");
  }
  wantedGroups = d.groups() > 1;
  if (!wantedGroups) {
    wd.erase(wd.begin());
    ws.erase(ws.begin());
  }
  // oneDNN's deconvolution reads the window backwards, its convolution forwards.
  bool mirror = d.reversed() != transposed;
  mirror = mirror && std::any_of(wd.end() - ptrdiff_t(spatial), wd.end(), [](int64_t n) { return n != 1; });
  bool bias = biasAlong(*d.post_ops(), 1);
  OwnedAttr attr;
  if (api.primitive_attr_create(attr.out()) || api.primitive_attr_set_scratchpad_mode(attr, userScratchpad))
    return no("oneDNN cannot make attributes");
  // Windows of one element on channels-first tensors are matrix products as they lie, and faster so.
  bool pointwise = !transposed && sd[0] * d.groups() >= 4 && sameLayout(sd, ss, denseStrides(sd)) &&
                   sameLayout(dd, ds, denseStrides(dd)) &&
                   std::all_of(wd.end() - ptrdiff_t(spatial), wd.end(), [](int64_t n) { return n == 1; });
  bool srcLast = sameLayout(sd, ss, lastStrides(sd)), dstLast = sameLayout(dd, ds, lastStrides(dd));
  bool channelsLast = srcLast || dstLast || !pointwise;
  MemoryDesc smd, wmd, dmd, bmd, any, srcInside, dstInside;
  if (!describe(sd, ss, d.src()->dtype(), smd) || !describe(wd, ws, d.weight()->dtype(), wmd) ||
      !describe(dd, ds, d.dst()->dtype(), dmd) || (bias && !describe({dd[1]}, {1}, fb::DType::F32, bmd)) ||
      !describe(sd, channelsLast ? lastStrides(sd) : ss, d.src()->dtype(), srcInside) ||
      !describe(dd, channelsLast ? lastStrides(dd) : ds, d.dst()->dtype(), dstInside))
    return false;
  bool sums = false;
  for (const fb::PostOp *p : *d.post_ops())
    sums |= p->kind() == fb::PostOpKind::Sum;
  auto give = [&](bool moved, const MemoryDesc &outside, const MemoryDesc &inside, int index, uint32_t arg, bool before,
                  bool after) {
    return moved ? stage(outside, inside, index, arg, before, after) : operand(inside, index, arg);
  };
  if (api.memory_desc_init_by_tag(&any, int(wd.size()), wd.data(), dataType(d.weight()->dtype()), formatAny))
    return no("oneDNN refuses the weights");
  Shape order(rank);
  for (size_t i = 0; i != rank; ++i)
    order[i] = int64_t(i);
  if (!give(channelsLast && !srcLast, smd, srcInside, argSrc, d.src()->arg(), true, false) ||
      !give(channelsLast && !dstLast, dmd, dstInside, argDst, d.dst()->arg(), sums, true) ||
      (bias && !operand(bmd, argBias, d.post_ops()->Get(0)->arg())) ||
      !postOps(*d.post_ops(), dd, order, bias, channelsLast, attr))
    return false;
  // A convolution by matrix product cuts sums by thread once there are more threads than images (measured on 2.6.3).
  gemmThreads = int(std::clamp<int64_t>(sd[0] * d.groups(), 1, INT_MAX));
  OpDesc op;
  const MemoryDesc *biasDesc = bias ? &bmd : nullptr;
  Result result =
      transposed ? api.dilated_deconvolution_forward_desc_init(&op, forwardInference, deconvolutionDirect, &srcInside,
                                                               &any, biasDesc, &dstInside, strides, dilates, lo, hi)
                 : api.dilated_convolution_forward_desc_init(&op, forwardInference, convolutionDirect, &srcInside, &any,
                                                             biasDesc, &dstInside, strides, dilates, lo, hi);
  if (result)
    return no("oneDNN refuses this convolution");
  OwnedPrimitiveDesc pd;
  if (!finish(op, attr, pd.out()))
    return false;
  if (!staged.empty())
    name += ", channels last by copy";
  const MemoryDesc *wanted = api.primitive_desc_query_md(pd, queryWeights, 0);
  return setUpPacking(*d.weight(), wd, ws, mirror, *wanted, frozen(d.weight()->arg()), wmd);
}

} // namespace dlc::rt::dnnl
