// A library step as a oneDNN primitive: what products and convolutions share.
#pragma once
#include "runtime/cpu/Library.h"
#include "runtime/cpu/OneDnn.h"
#include "runtime/cpu/Team.h"

#include <climits>
#include <utility>

namespace dlc::rt::dnnl {

using Shape = std::vector<int64_t>;
using PostOpList = flatbuffers::Vector<flatbuffers::Offset<fb::PostOp>>;

/// A handle of oneDNN's that frees itself.
template <class T, Result (*Api::*Destroy)(T)> class Owned {
public:
  Owned() = default;
  Owned(Owned &&other) noexcept : raw(std::exchange(other.raw, nullptr)) {}
  Owned &operator=(Owned &&other) noexcept {
    std::swap(raw, other.raw);
    return *this;
  }
  ~Owned() {
    if (raw)
      (Api::get().*Destroy)(raw);
  }
  T *out() { return &raw; }
  operator T() const { return raw; }

private:
  T raw = nullptr;
};
using OwnedStream = Owned<Stream, &Api::stream_destroy>;
using OwnedMemory = Owned<Memory, &Api::memory_destroy>;
using OwnedPrimitive = Owned<Primitive, &Api::primitive_destroy>;
using OwnedPrimitiveDesc = Owned<PrimitiveDesc, &Api::primitive_desc_destroy>;
using OwnedAttr = Owned<Attr, &Api::primitive_attr_destroy>;
using OwnedPostOps = Owned<PostOps, &Api::post_ops_destroy>;

inline Shape vec(const flatbuffers::Vector<int64_t> *v) { return {v->begin(), v->end()}; }
Shape denseStrides(const Shape &dims);
/// Strides of [N, C, spatial..] in memory ordered N, spatial.., C.
Shape lastStrides(const Shape &dims);
/// Dimensions of size 1 have no say in a layout.
bool sameLayout(const Shape &dims, const Shape &a, const Shape &b);
/// Whether the first post-operation is an f32 vector along the result's dimension `dim`: a bias.
bool biasAlong(const PostOpList &, size_t dim);
int dataType(fb::DType); // 0 where oneDNN has none

/// An operand as oneDNN is told of it: one argument of the step, or a packed copy of it.
struct Bound {
  uint32_t arg;
  OwnedMemory memory;
};

/// What every kind of call shares: arguments, scratch, execution, and the packing of weights before it.
class DnnCall final : public LibraryCall {
public:
  DnnCall(int threads, std::string &why, const dlc_allocator &allocator)
      : api(Api::get()), why(&why), allocator(allocator), team(threads) {}

  /// `result`: batch.., m, n; may be a part of the descriptor's.
  /// Set where making it failed because the allocator refused memory: that is no reason for a fallback.
  Status refused;

  bool matmul(const fb::Step &, const fb::Matmul &, const Shape &result);
  bool convolution(const fb::Step &, const fb::Convolution &, const std::function<const char *(uint32_t)> &frozen);
  bool weightGradient(const fb::Step &, const fb::Convolution &, int64_t images);

  void bind(uint32_t arg, char *data) override {
    for (Bound &b : operands)
      if (b.arg == arg)
        api.memory_set_data_handle(b.memory, data);
    for (Staged &s : staged)
      if (s.arg == arg)
        api.memory_set_data_handle(s.outside, data);
    if (arg == packArg) {
      packSource = data;
      if (!flips && packFrom)
        api.memory_set_data_handle(packFrom, data);
    }
  }
  uint64_t scratchBytes() const override { return stagedBytes + scratchpadSize; }
  void bindScratch(char *data) override {
    for (Staged &s : staged)
      api.memory_set_data_handle(s.inside, data + s.offset);
    if (scratchpad)
      api.memory_set_data_handle(scratchpad, data + stagedBytes);
  }
  bool execute() override {
    if (packArg != noArg && !packedOnce && !pack())
      return false;
    for (const Staged &s : staged)
      if (s.before && !move(s.in, s.outside, s.inside))
        return false;
    if (api.primitive_execute(primitive, stream, int(args.size()), args.data()))
      return false;
    for (const Staged &s : staged)
      if (s.after && !move(s.out, s.inside, s.outside))
        return false;
    return true;
  }
  int threads() const override { return team; }
  std::string implementation() const override { return name; }

private:
  static constexpr uint32_t noArg = UINT32_MAX;

  const Api &api;
  std::string *why; // only while it is made
  dlc_allocator allocator;
  int team, gemmThreads = INT_MAX;
  OwnedStream stream;
  OwnedPrimitive primitive;
  OwnedPrimitiveDesc hint; // the forward primitive of a gradient, which oneDNN wants to see
  std::vector<Bound> operands;
  std::vector<ExecArg> args;
  OwnedMemory scratchpad;
  std::string name;

  // Tensors that are not channels-last are moved to such memory before, and the result back after: two to three times
  // as fast as oneDNN's convolutions on channels-first tensors (measured). The memory is part of the scratch.
  struct Staged {
    uint32_t arg;
    bool before, after;
    uint64_t offset; // into the scratch
    OwnedMemory outside, inside;
    OwnedPrimitive in, out;
  };
  std::vector<Staged> staged;
  uint64_t stagedBytes = 0, scratchpadSize = 0;

  // Weights that oneDNN wants in another order: flipped first (mirrored in space), then reordered.
  uint32_t packArg = noArg;
  bool packedOnce = false, flips = false, wantedGroups = false;
  const char *packSource = nullptr;
  Shape flipDims, flipStrides;
  size_t flipSpatial = 0, elementSize = 4;
  Block flipped, packed;
  OwnedMemory packFrom, packTo;
  OwnedPrimitive reorder;

  bool no(const std::string &text) {
    *why = text;
    return false;
  }
  bool describe(const Shape &dims, const Shape &strides, fb::DType t, MemoryDesc &out);
  bool operand(const MemoryDesc &md, int index, uint32_t arg);
  bool stage(const MemoryDesc &outside, const MemoryDesc &inside, int index, uint32_t arg, bool before, bool after);
  bool move(Primitive reorder, Memory from, Memory to) const {
    ExecArg list[] = {{argSrc, from}, {argDst, to}};
    return api.primitive_execute(reorder, stream, 2, list) == 0;
  }
  bool postOps(const PostOpList &, const Shape &dims, const Shape &order, size_t first, bool channelsLast, Attr attr);
  bool finish(const OpDesc &, Attr, PrimitiveDesc *kept);
  bool setUpPacking(const fb::Operand &, const Shape &dims, const Shape &strides, bool flip, const MemoryDesc &wanted,
                    const char *frozen, MemoryDesc &given);
  bool pack();
  void flip(size_t dim, const char *from, char *&to);
};

/// The step's matmul, whole or in parts; null, with `why`, where oneDNN has no fast one.
std::unique_ptr<LibraryCall> makeProduct(const fb::Step &, int threads, const dlc_allocator &, std::string &why);
/// The step's convolution as the gradient of a convolution's weights; null where it is none, or oneDNN has no fast one.
std::unique_ptr<LibraryCall> makeWeightGradient(const fb::Step &, int threads, const dlc_allocator &, std::string &why);

} // namespace dlc::rt::dnnl
