// Gradients of a convolution's weights. They come as convolutions whose window is the gradient of the result, far
// larger than what it leaves, with batch and channels exchanged; oneDNN has a primitive of its own for them.
#include "runtime/cpu/DnnParts.h"

#include <algorithm>

namespace dlc::rt::dnnl {
namespace {
/// Images are shared out in parts that do not depend on the number of threads: the sums would.
constexpr int64_t maxParts = 8, leastProducts = 1 << 20;

int64_t volume(const flatbuffers::Vector<int64_t> &dims, flatbuffers::uoffset_t first) {
  int64_t n = 1;
  for (auto i = first; i < dims.size(); ++i)
    n *= dims[i];
  return n;
}

class WeightGradient final : public Parts {
public:
  bool make(const fb::Step &step, const fb::Convolution &d, int threads, const dlc_allocator &allocator,
            std::string &why) {
    int64_t images = d.src_dims()->Get(1);
    elements = volume(*d.dst_dims(), 0);
    int64_t wanted = std::clamp<int64_t>(elements * images * volume(*d.weight_dims(), 3) / leastProducts, 1,
                                         std::min(images, maxParts));
    int64_t tile = (images + wanted - 1) / wanted;
    in = {d.src()->arg(), d.src()->strides()->Get(1) * tile * 4};
    gradient = {d.weight()->arg(), d.weight()->strides()->Get(2) * tile * 4};
    out = {d.dst()->arg(), elements * 4};
    auto one = [&](int64_t n) -> std::unique_ptr<DnnCall> {
      auto call = std::make_unique<DnnCall>(1, why, allocator);
      return call->weightGradient(step, d, n) ? std::move(call) : nullptr;
    };
    return divide(images, tile, threads, one);
  }

  void bind(uint32_t arg, char *data) override {
    for (Moving *m : {&in, &gradient, &out})
      if (m->arg == arg)
        m->base = data;
  }
  uint64_t scratchBytes() const override { return slotBytes() + Parts::scratchBytes(); }
  void bindScratch(char *data) override {
    slots = data;
    Parts::bindScratch(data + slotBytes());
  }
  bool execute() override {
    bool done = Parts::execute();
    auto *sum = reinterpret_cast<float *>(out.base);
    for (int64_t part = 1; part < parts; ++part) {
      const auto *slot = reinterpret_cast<const float *>(slots + (part - 1) * out.step);
      for (int64_t i = 0; i != elements; ++i)
        sum[i] += slot[i];
    }
    return done;
  }

private:
  /// An argument of the step, which moves on by `step` bytes from part to part.
  struct Moving {
    uint32_t arg = 0;
    int64_t step = 0;
    char *base = nullptr;
  };
  Moving in, gradient, out;
  int64_t elements = 0;
  char *slots = nullptr; // what parts but the first add to the sum

  uint64_t slotBytes() const { return container::alignUp(uint64_t((parts - 1) * out.step), 64); }

  void bindPart(DnnCall &call, int64_t part) override {
    call.bind(in.arg, in.base + part * in.step);
    call.bind(gradient.arg, gradient.base + part * gradient.step);
    call.bind(out.arg, part ? slots + (part - 1) * out.step : out.base);
  }
};

/// Whether the result has no gaps, in whatever order its dimensions lie.
bool isDense(const fb::Convolution &d) {
  int64_t last = 0;
  for (flatbuffers::uoffset_t i = 0; i < d.dst_dims()->size() && i < d.dst()->strides()->size(); ++i)
    last += (d.dst_dims()->Get(i) - 1) * d.dst()->strides()->Get(i);
  return last + 1 == volume(*d.dst_dims(), 0);
}

bool isWeightGradient(const fb::Convolution &d) {
  auto is = [](int64_t wanted) { return [=](int64_t n) { return n == wanted; }; };
  return d.groups() == 1 && !d.reversed() && !d.post_ops()->size() && d.src_dims()->size() == d.dst_dims()->size() &&
         d.weight_dims()->size() == d.src_dims()->size() + 1 && d.src()->dtype() == fb::DType::F32 &&
         d.weight()->dtype() == fb::DType::F32 && d.dst()->dtype() == fb::DType::F32 && isDense(d) &&
         std::all_of(d.base_dilation()->begin(), d.base_dilation()->end(), is(1)) &&
         std::none_of(d.src_dims()->begin(), d.src_dims()->end(), is(0)) &&
         std::none_of(d.weight_dims()->begin(), d.weight_dims()->end(), is(0)) && volume(*d.weight_dims(), 3) >= 16 &&
         volume(*d.weight_dims(), 3) > volume(*d.dst_dims(), 2);
}
} // namespace

/// Of `images` images. The descriptor's batch and channels change places: its source is [C, N, spatial..], its weights
/// are [O, N, spatial..] and its result is [C, O, window..].
bool DnnCall::weightGradient(const fb::Step &step, const fb::Convolution &d, int64_t images) {
  size_t spatial = d.window_strides()->size(), rank = spatial + 2;
  Shape sd = vec(d.src_dims()), wd = vec(d.weight_dims()), dd = vec(d.dst_dims());
  Shape ss = vec(d.src()->strides()), ws = vec(d.weight()->strides()), ds = vec(d.dst()->strides());
  if (spatial > 3 || sd.size() != rank || ss.size() != rank || ws.size() != rank + 1 || ds.size() != rank ||
      d.pad_lo()->size() != spatial || d.window_dilation()->size() != spatial ||
      d.src()->arg() >= step.args()->size() || d.weight()->arg() >= step.args()->size() ||
      d.dst()->arg() >= step.args()->size())
    return no("an operand does not fit the descriptor");
  wd.erase(wd.begin());
  ws.erase(ws.begin());
  for (Shape *s : {&sd, &ss, &wd, &ws, &dd, &ds})
    std::swap((*s)[0], (*s)[1]);
  sd[0] = wd[0] = images;
  Dims strides, dilates, lo, hi;
  for (size_t i = 0; i != spatial; ++i) {
    auto at = flatbuffers::uoffset_t(i);
    strides[i] = d.window_dilation()->Get(at);
    dilates[i] = d.window_strides()->Get(at) - 1;
    lo[i] = d.pad_lo()->Get(at);
    hi[i] = (wd[i + 2] - 1) * strides[i] + (dd[i + 2] - 1) * (dilates[i] + 1) + 1 - sd[i + 2] - lo[i];
    if (lo[i] < 0)
      return no("oneDNN has no negative padding");
  }
  MemoryDesc from, fromInside, by, byInside, to, any;
  if (!describe(sd, ss, d.src()->dtype(), from) || !describe(sd, lastStrides(sd), d.src()->dtype(), fromInside) ||
      !describe(wd, ws, d.weight()->dtype(), by) || !describe(wd, lastStrides(wd), d.weight()->dtype(), byInside) ||
      !describe(dd, ds, d.dst()->dtype(), to) ||
      api.memory_desc_init_by_tag(&any, int(rank), dd.data(), f32, formatAny))
    return false;
  OwnedAttr attr;
  OpDesc forward, op;
  if (api.primitive_attr_create(attr.out()) || api.primitive_attr_set_scratchpad_mode(attr, userScratchpad) ||
      api.dilated_convolution_forward_desc_init(&forward, forwardTraining, convolutionDirect, &fromInside, &any,
                                                nullptr, &byInside, strides, dilates, lo, hi) ||
      api.primitive_desc_create(hint.out(), &forward, attr, api.engine, nullptr) ||
      api.dilated_convolution_backward_weights_desc_init(&op, convolutionDirect, &fromInside, &any, nullptr, &byInside,
                                                         strides, dilates, lo, hi))
    return no("oneDNN refuses this gradient");
  auto give = [&](bool last, const MemoryDesc &outside, const MemoryDesc &inside, int index, uint32_t arg) {
    return last ? operand(inside, index, arg) : stage(outside, inside, index, arg, true, false);
  };
  OwnedPrimitiveDesc pd;
  if (!give(sameLayout(sd, ss, lastStrides(sd)), from, fromInside, argSrc, d.src()->arg()) ||
      !give(sameLayout(wd, ws, lastStrides(wd)), by, byInside, argDiffDst, d.weight()->arg()) ||
      !finish(op, attr, pd.out()))
    return false;
  const MemoryDesc *wanted = api.primitive_desc_query_md(pd, queryDiffWeights, 0);
  return api.memory_desc_equal(wanted, &to) ? operand(to, argDiffWeights, d.dst()->arg())
                                            : stage(to, *wanted, argDiffWeights, d.dst()->arg(), false, true);
}

std::unique_ptr<LibraryCall> makeWeightGradient(const fb::Step &step, int threads, const dlc_allocator &allocator,
                                                std::string &why) {
  auto call = std::make_unique<WeightGradient>();
  return isWeightGradient(*step.convolution()) && call->make(step, *step.convolution(), threads, allocator, why)
             ? std::move(call)
             : nullptr;
}

} // namespace dlc::rt::dnnl
