#include "runtime/LibrarySteps.h"
#include "runtime/Program.h"
#include "runtime/Sizes.h"

namespace dlc::rt {
namespace {

using List = flatbuffers::Vector<int64_t>;
using Shape = std::vector<int64_t>;

class Descriptor {
public:
  Descriptor(const fb::Variant &variant, const fb::Step &step, const Sizes *sizes)
      : variant(variant), step(step), sizes(sizes) {}

  std::string fault() {
    bool good = step.matmul() ? matmul(*step.matmul()) : convolution(*step.convolution());
    return good ? "" : why;
  }

private:
  const fb::Variant &variant;
  const fb::Step &step;
  const Sizes *sizes;
  std::string why;

  bool no(std::string text) {
    why = std::move(text);
    return false;
  }

  /// As many as oneDNN takes and more than any operator has; their product is no absurd number of elements.
  bool dims(const Shape &shape, const char *which) {
    uint64_t product = 1;
    for (int64_t n : shape)
      if (n < 0 || uint64_t(n) > absurd || (n && __builtin_mul_overflow(product, uint64_t(n), &product)) ||
          product > absurd)
        return no(std::string(which) + ": its dimensions make no sense");
    return true;
  }

  /// The operand's rank, and that its elements lie inside its buffer.
  bool operand(uint32_t arg, fb::DType type, const List &strides, const Shape &shape, const char *which) {
    if (arg >= step.args()->size())
      return no(std::string(which) + " names argument " + std::to_string(arg) + " of " +
                std::to_string(step.args()->size()));
    if (strides.size() != shape.size())
      return no(std::string(which) + " has " + std::to_string(strides.size()) + " strides, expected " +
                std::to_string(shape.size()));
    if (bitWidth(type) < 8)
      return no(std::string(which) + " has elements of type " + dtypeName(type));
    if (!dims(shape, which))
      return false;
    int64_t last = 0;
    bool empty = false;
    for (size_t i = 0; i != shape.size(); ++i) {
      int64_t stride = strides.Get(flatbuffers::uoffset_t(i)), reach;
      if (stride < 0 || uint64_t(stride) > absurd ||
          __builtin_mul_overflow(std::max<int64_t>(shape[i] - 1, 0), stride, &reach) ||
          __builtin_add_overflow(last, reach, &last) || uint64_t(last) > absurd)
        return no(std::string(which) + ": its strides make no sense");
      empty |= !shape[i];
    }
    uint64_t need = empty ? 0 : (uint64_t(last) + 1) * (bitWidth(type) / 8);
    const fb::Buffer &buffer = *variant.buffers()->Get(step.args()->Get(arg));
    uint64_t have = sizes ? sizes->bytes(buffer) : buffer.size();
    return need <= have || no(std::string(which) + " reaches over " + std::to_string(need) + " bytes of a buffer of " +
                              std::to_string(have));
  }
  bool operand(const fb::Operand &o, const Shape &shape, const char *which) {
    return operand(o.arg(), o.dtype(), *o.strides(), shape, which);
  }

  bool postOps(const flatbuffers::Vector<flatbuffers::Offset<fb::PostOp>> &ops, const Shape &shape) {
    for (const fb::PostOp *p : ops) {
      if (p->kind() > fb::PostOpKind::Sum || p->eltwise() > fb::Eltwise::Mish)
        return no("a post-operation of a kind that this runtime does not know");
      if (p->kind() != fb::PostOpKind::Eltwise && p->kind() != fb::PostOpKind::Sum &&
          !operand(p->arg(), p->dtype(), *p->strides(), shape, "a post-operation"))
        return false;
    }
    return true;
  }

  bool matmul(const fb::Matmul &d) {
    auto shape = [&](int64_t rows, int64_t columns) {
      Shape list(d.batch()->begin(), d.batch()->end());
      list.insert(list.end(), {rows, columns});
      return list;
    };
    Shape result = shape(d.m(), d.n());
    return operand(*d.a(), shape(d.m(), d.k()), "a") && operand(*d.b(), shape(d.k(), d.n()), "b") &&
           operand(*d.c(), result, "c") && postOps(*d.post_ops(), result);
  }

  bool convolution(const fb::Convolution &d) {
    size_t spatial = d.window_strides()->size(), rank = spatial + 2;
    for (const List *list : {d.window_dilation(), d.base_dilation(), d.pad_lo(), d.pad_hi()})
      if (list->size() != spatial)
        return no("the convolution's ranks do not agree");
    if (!spatial || d.src_dims()->size() != rank || d.dst_dims()->size() != rank || d.weight_dims()->size() != rank + 1)
      return no("the convolution's ranks do not agree");
    Shape src(d.src_dims()->begin(), d.src_dims()->end()), dst(d.dst_dims()->begin(), d.dst_dims()->end());
    Shape weight(d.weight_dims()->begin(), d.weight_dims()->end());
    if (!operand(*d.src(), src, "src") || !operand(*d.weight(), weight, "weight") || !operand(*d.dst(), dst, "dst") ||
        !postOps(*d.post_ops(), dst))
      return false;
    if (d.groups() < 1 || weight[0] != d.groups() || src[0] != dst[0] || src[1] != d.groups() * weight[2] ||
        dst[1] != d.groups() * weight[1])
      return no("the convolution's batch, channels or groups do not agree");
    constexpr int64_t most = 1 << 30;
    for (flatbuffers::uoffset_t i = 0; i != spatial; ++i) {
      int64_t stride = d.window_strides()->Get(i), dilation = d.window_dilation()->Get(i),
              base = d.base_dilation()->Get(i), lo = d.pad_lo()->Get(i), hi = d.pad_hi()->Get(i);
      for (int64_t n : {stride, dilation, base})
        if (n < 1 || n > most)
          return no("the convolution's strides or dilations make no sense");
      int64_t in = src[i + 2], window = weight[i + 3], out = dst[i + 2];
      if (lo < -most || lo > most || hi < -most || hi > most || in > most || window > most || out > most)
        return no("the convolution's padding or extent makes no sense");
      if (!in || !window || !out)
        continue;
      int64_t padded = (in - 1) * base + 1 + lo + hi, reach = (window - 1) * dilation + 1;
      if (padded < reach || (padded - reach) / stride + 1 != out)
        return no("spatial dimension " + std::to_string(i) +
                  " of the convolution's result does not follow from its window");
    }
    return true;
  }
};

} // namespace

std::string libraryFault(const fb::Variant &variant, const fb::Step &step, const Sizes *sizes) {
  return Descriptor(variant, step, sizes).fault();
}

} // namespace dlc::rt
