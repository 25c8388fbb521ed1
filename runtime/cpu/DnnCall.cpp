#include "runtime/cpu/DnnCall.h"

#include <algorithm>
#include <cstring>

namespace dlc::rt::dnnl {
namespace {

int algorithm(fb::Eltwise e) {
  switch (e) {
  case fb::Eltwise::Relu:
  case fb::Eltwise::LeakyRelu:
    return eltwiseRelu; // alpha is the negative side's slope
  case fb::Eltwise::Elu:
    return eltwiseElu;
  case fb::Eltwise::Tanh:
    return eltwiseTanh;
  case fb::Eltwise::Logistic:
    return eltwiseLogistic;
  case fb::Eltwise::Clip:
    return eltwiseClip;
  case fb::Eltwise::Linear:
    return eltwiseLinear;
  case fb::Eltwise::GeluErf:
    return eltwiseGeluErf;
  case fb::Eltwise::GeluTanh:
    return eltwiseGeluTanh;
  case fb::Eltwise::Exp:
    return eltwiseExp;
  case fb::Eltwise::Abs:
    return eltwiseAbs;
  case fb::Eltwise::Sqrt:
    return eltwiseSqrt;
  case fb::Eltwise::Square:
    return eltwiseSquare;
  case fb::Eltwise::Swish:
    return eltwiseSwish;
  case fb::Eltwise::HardSwish:
    return eltwiseHardSwish;
  case fb::Eltwise::SoftRelu:
    return eltwiseSoftRelu;
  case fb::Eltwise::Log:
    return eltwiseLog;
  case fb::Eltwise::Pow:
    return eltwisePow;
  case fb::Eltwise::Round:
    return eltwiseRound;
  case fb::Eltwise::Mish:
    return eltwiseMish;
  }
  return 0;
}

int algorithm(fb::PostOpKind k) {
  switch (k) {
  case fb::PostOpKind::Add:
    return binaryAdd;
  case fb::PostOpKind::Sub:
    return binarySub;
  case fb::PostOpKind::Mul:
    return binaryMul;
  case fb::PostOpKind::Div:
    return binaryDiv;
  case fb::PostOpKind::Max:
    return binaryMax;
  case fb::PostOpKind::Min:
    return binaryMin;
  default:
    return 0;
  }
}

/// oneDNN cuts the work by the threads that it sees when a primitive is made.
struct TeamSize {
  int before;
  explicit TeamSize(int threads) : before(Team::get().setThreads(threads)) {}
  ~TeamSize() {
    if (before)
      Team::get().setThreads(before);
  }
};

} // namespace

int dataType(fb::DType t) {
  switch (t) {
  case fb::DType::F32:
    return f32;
  case fb::DType::BF16:
    return bf16;
  case fb::DType::F16:
    return f16;
  case fb::DType::I32:
    return s32;
  case fb::DType::I8:
    return s8;
  case fb::DType::U8:
    return u8;
  default:
    return 0;
  }
}

Shape denseStrides(const Shape &dims) {
  Shape strides(dims.size());
  int64_t step = 1;
  for (size_t i = dims.size(); i--;) {
    strides[i] = step;
    step *= std::max<int64_t>(1, dims[i]);
  }
  return strides;
}

Shape lastStrides(const Shape &dims) {
  Shape order(dims.begin(), dims.end());
  order.erase(order.begin() + 1);
  order.push_back(dims[1]);
  Shape strides = denseStrides(order);
  strides.insert(strides.begin() + 1, strides.back());
  strides.pop_back();
  return strides;
}

bool sameLayout(const Shape &dims, const Shape &a, const Shape &b) {
  for (size_t i = 0; i != dims.size(); ++i)
    if (dims[i] != 1 && a[i] != b[i])
      return false;
  return true;
}

bool biasAlong(const PostOpList &list, size_t dim) {
  if (!list.size() || list[0]->kind() != fb::PostOpKind::Add || list[0]->dtype() != fb::DType::F32)
    return false;
  auto *strides = list[0]->strides();
  for (size_t i = 0; i != strides->size(); ++i)
    if (strides->Get(flatbuffers::uoffset_t(i)) != (i == dim ? 1 : 0))
      return false;
  return true;
}

/// A dimension of stride 0 is told to oneDNN as a dimension of size 1.
bool DnnCall::describe(const Shape &dims, const Shape &strides, fb::DType t, MemoryDesc &out) {
  int type = dataType(t);
  if (!type)
    return no(std::string("oneDNN has no ") + dtypeName(t));
  if (dims.size() > size_t(maxDims))
    return no("oneDNN takes at most 12 dimensions");
  Dims d, s;
  for (size_t i = 0; i != dims.size(); ++i) {
    d[i] = strides[i] == 0 ? 1 : dims[i];
    s[i] = strides[i];
    if (strides[i] < 0)
      return no("oneDNN takes no negative strides");
  }
  for (size_t i = dims.size(); i--;)
    if (!s[i])
      s[i] = i + 1 < dims.size() ? s[i + 1] * d[i + 1] : 1;
  if (api.memory_desc_init_by_strides(&out, int(dims.size()), d, type, s))
    return no("oneDNN refuses these strides");
  return true;
}

bool DnnCall::operand(const MemoryDesc &md, int index, uint32_t arg) {
  Bound b{arg, {}};
  if (api.memory_create(b.memory.out(), &md, api.engine, nullptr))
    return no("oneDNN cannot make a memory object");
  args.push_back({index, b.memory});
  operands.push_back(std::move(b));
  return true;
}

/// An operand by way of the scratch, where it has another layout.
bool DnnCall::stage(const MemoryDesc &outside, const MemoryDesc &inside, int index, uint32_t arg, bool before,
                    bool after) {
  Staged s{arg, before, after, stagedBytes, {}, {}, {}, {}};
  stagedBytes += container::alignUp(api.memory_desc_get_size(&inside), 64);
  auto reorder = [&](const MemoryDesc &from, const MemoryDesc &to, OwnedPrimitive &made) {
    OwnedPrimitiveDesc pd;
    return !api.reorder_primitive_desc_create(pd.out(), &from, api.engine, &to, api.engine, nullptr) &&
           !api.primitive_create(made.out(), pd);
  };
  if (api.memory_create(s.outside.out(), &outside, api.engine, nullptr) ||
      api.memory_create(s.inside.out(), &inside, api.engine, nullptr) || (before && !reorder(outside, inside, s.in)) ||
      (after && !reorder(inside, outside, s.out)))
    return no("oneDNN cannot reorder an operand");
  args.push_back({index, s.inside});
  staged.push_back(std::move(s));
  return true;
}

/// `order` maps oneDNN's dimensions to the descriptor's. Post-operations before `first` are done otherwise (bias).
bool DnnCall::postOps(const PostOpList &list, const Shape &dims, const Shape &order, size_t first, bool channelsLast,
                      Attr attr) {
  OwnedPostOps ops;
  if (api.post_ops_create(ops.out()))
    return no("oneDNN cannot make post-operations");
  for (size_t i = first; i < list.size(); ++i) {
    const fb::PostOp &p = *list[flatbuffers::uoffset_t(i)];
    Result result = 0;
    if (p.kind() == fb::PostOpKind::Eltwise) {
      // oneDNN 2.6 gives the second of two post-operations of one kind the first's parameters (depthwise kernels do).
      for (size_t j = first; j < i; ++j) {
        const fb::PostOp &q = *list[flatbuffers::uoffset_t(j)];
        if (q.kind() == p.kind() && q.eltwise() == p.eltwise() && (q.alpha() != p.alpha() || q.beta() != p.beta()))
          return no("oneDNN mixes up two post-operations of one kind");
      }
      float alpha = p.eltwise() == fb::Eltwise::Relu ? 0 : p.alpha();
      result = api.post_ops_append_eltwise(ops, 1, algorithm(p.eltwise()), alpha, p.beta());
    } else if (p.kind() == fb::PostOpKind::Sum) {
      result = api.post_ops_append_sum(ops, p.alpha());
    } else {
      Shape given = vec(p.strides()), strides(dims.size());
      if (given.size() != order.size())
        return no("a post-operation's strides do not fit the result");
      for (size_t d = 0; d != dims.size(); ++d)
        strides[d] = given[size_t(order[d])];
      int index = argPostOp * int(i - first + 1) | argSrc1;
      MemoryDesc md, inside;
      Shape last = lastStrides(dims);
      bool whole = channelsLast;
      for (size_t d = 0; d != dims.size(); ++d)
        whole &= dims[d] == 1 || strides[d] != 0;
      bool moved = whole && !sameLayout(dims, strides, last);
      if (!describe(dims, strides, p.dtype(), md) || !describe(dims, whole ? last : strides, p.dtype(), inside))
        return false;
      result = api.post_ops_append_binary(ops, algorithm(p.kind()), &inside);
      if (!result && !(moved ? stage(md, inside, index, p.arg(), true, false) : operand(inside, index, p.arg())))
        return false;
    }
    if (result)
      return no("oneDNN refuses post-operation " + std::to_string(i));
  }
  if (api.primitive_attr_set_post_ops(attr, ops))
    return no("oneDNN refuses the post-operations");
  return true;
}

/// Takes oneDNN's best implementation unless that is its slow reference.
bool DnnCall::finish(const OpDesc &op, Attr attr, PrimitiveDesc *kept) {
  TeamSize threadsOfThisCall(team);
  OwnedPrimitiveDesc pd;
  std::string text;
  auto choose = [&] {
    OwnedPrimitiveDesc made;
    const char *implementation = "";
    if (api.primitive_desc_create(made.out(), &op, attr, api.engine, hint) ||
        api.primitive_desc_query(made, queryImplementation, 0, &implementation))
      return no("oneDNN has no implementation for these types and strides");
    pd = std::move(made);
    text = implementation;
    return true;
  };
  if (!choose())
    return false;
  if (team > gemmThreads && text.find("gemm") != std::string::npos) {
    team = gemmThreads;
    Team::get().setThreads(team);
    if (!choose())
      return false;
  }
  if (text.starts_with("ref") || text.find(":ref") != std::string::npos || text.find("naive") != std::string::npos)
    return no("oneDNN would use its slow reference (" + text + ")");
  name = "oneDNN " + text;
  const MemoryDesc *md = api.primitive_desc_query_md(pd, queryScratchpad, 0);
  scratchpadSize = md ? api.memory_desc_get_size(md) : 0;
  if (scratchpadSize) {
    if (api.memory_create(scratchpad.out(), md, api.engine, nullptr))
      return no("oneDNN cannot make its scratchpad");
    args.push_back({argScratchpad, scratchpad});
  }
  if (api.primitive_create(primitive.out(), pd) || api.stream_create(stream.out(), api.engine, defaultStream))
    return no("oneDNN cannot make the primitive (" + text + ")");
  if (kept)
    std::swap(*kept, *pd.out());
  return true;
}

/// Copies [dims] with strides to dense memory, mirrored in the last flipSpatial dimensions.
void DnnCall::flip(size_t dim, const char *from, char *&to) {
  int64_t size = flipDims[dim], stride = flipStrides[dim] * int64_t(elementSize);
  bool mirrored = dim + flipSpatial >= flipDims.size();
  for (int64_t i = 0; i != size; ++i) {
    const char *at = from + (mirrored ? size - 1 - i : i) * stride;
    if (dim + 1 != flipDims.size()) {
      flip(dim + 1, at, to);
    } else {
      std::memcpy(to, at, elementSize);
      to += elementSize;
    }
  }
}

bool DnnCall::pack() {
  if (flips) {
    char *to = flipped.data();
    flip(0, packSource, to);
  }
  return !reorder || move(reorder, packFrom, packTo);
}

/// Gives the weights' memory object for execution, and how it is filled from the step's argument.
bool DnnCall::setUpPacking(const fb::Operand &o, const Shape &dims, const Shape &strides, bool flip,
                           const MemoryDesc &wanted, const char *frozen, MemoryDesc &given) {
  flips = flip;
  if (!flip && api.memory_desc_equal(&given, &wanted))
    return operand(given, argWeights, o.arg());
  packArg = o.arg();
  elementSize = bitWidth(o.dtype()) / 8;
  MemoryDesc from = given;
  auto allocate = [&](const MemoryDesc &md, Block &block) {
    Status s = Block::allocate(allocator, api.memory_desc_get_size(&md), true, "packed weights", block);
    if (s.ok())
      return true;
    refused = std::move(s);
    return false;
  };
  if (flip) {
    flipDims = dims;
    flipStrides = strides;
    flipSpatial = dims.size() - (wantedGroups ? 3 : 2);
    if (!describe(dims, denseStrides(dims), o.dtype(), from) || !allocate(from, flipped))
      return false;
  }
  if (!api.memory_desc_equal(&from, &wanted)) {
    OwnedPrimitiveDesc pd;
    if (!allocate(wanted, packed) ||
        api.reorder_primitive_desc_create(pd.out(), &from, api.engine, &wanted, api.engine, nullptr) ||
        api.primitive_create(reorder.out(), pd) ||
        api.memory_create(packFrom.out(), &from, api.engine, flipped.data()) ||
        api.memory_create(packTo.out(), &wanted, api.engine, packed.data()))
      return no("oneDNN cannot reorder the weights");
  }
  Bound b{noArg, {}};
  if (api.memory_create(b.memory.out(), &wanted, api.engine, reorder ? packed.data() : flipped.data()))
    return no("oneDNN cannot make a memory object");
  args.push_back({argWeights, b.memory});
  operands.push_back(std::move(b));
  if (frozen) {
    bind(packArg, const_cast<char *>(frozen));
    if (!pack())
      return no("oneDNN cannot reorder the weights");
    packedOnce = true;
    name += ", weights packed at load";
  } else {
    name += ", weights packed at each run";
  }
  return true;
}

} // namespace dlc::rt::dnnl
