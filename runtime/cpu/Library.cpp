#include "runtime/cpu/Library.h"
#include "runtime/cpu/OneDnn.h"
#include "runtime/cpu/Team.h"

#include <algorithm>
#include <climits>
#include <cstring>

namespace dlc::rt {
namespace {

using namespace dnnl;
using Shape = std::vector<int64_t>;

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

int dataType(fb::DType t) {
  switch (t) {
  case fb::DType::F32: return f32;
  case fb::DType::BF16: return bf16;
  case fb::DType::F16: return f16;
  case fb::DType::I32: return s32;
  case fb::DType::I8: return s8;
  case fb::DType::U8: return u8;
  default: return 0;
  }
}

int algorithm(fb::Eltwise e) {
  switch (e) {
  case fb::Eltwise::Relu:
  case fb::Eltwise::LeakyRelu: return eltwiseRelu; // alpha is the negative side's slope
  case fb::Eltwise::Elu: return eltwiseElu;
  case fb::Eltwise::Tanh: return eltwiseTanh;
  case fb::Eltwise::Logistic: return eltwiseLogistic;
  case fb::Eltwise::Clip: return eltwiseClip;
  case fb::Eltwise::Linear: return eltwiseLinear;
  case fb::Eltwise::GeluErf: return eltwiseGeluErf;
  case fb::Eltwise::GeluTanh: return eltwiseGeluTanh;
  case fb::Eltwise::Exp: return eltwiseExp;
  case fb::Eltwise::Abs: return eltwiseAbs;
  case fb::Eltwise::Sqrt: return eltwiseSqrt;
  case fb::Eltwise::Square: return eltwiseSquare;
  case fb::Eltwise::Swish: return eltwiseSwish;
  case fb::Eltwise::HardSwish: return eltwiseHardSwish;
  case fb::Eltwise::SoftRelu: return eltwiseSoftRelu;
  case fb::Eltwise::Log: return eltwiseLog;
  case fb::Eltwise::Pow: return eltwisePow;
  case fb::Eltwise::Round: return eltwiseRound;
  case fb::Eltwise::Mish: return eltwiseMish;
  }
  return 0;
}

int algorithm(fb::PostOpKind k) {
  switch (k) {
  case fb::PostOpKind::Add: return binaryAdd;
  case fb::PostOpKind::Sub: return binarySub;
  case fb::PostOpKind::Mul: return binaryMul;
  case fb::PostOpKind::Div: return binaryDiv;
  case fb::PostOpKind::Max: return binaryMax;
  case fb::PostOpKind::Min: return binaryMin;
  default: return 0;
  }
}

Shape vec(const flatbuffers::Vector<int64_t> *v) { return {v->begin(), v->end()}; }

Shape denseStrides(const Shape &dims) {
  Shape strides(dims.size());
  int64_t step = 1;
  for (size_t i = dims.size(); i--;) {
    strides[i] = step;
    step *= std::max<int64_t>(1, dims[i]);
  }
  return strides;
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

/// An operand as oneDNN is told of it: one argument of the step, or a packed copy of it.
struct Bound {
  uint32_t arg;
  OwnedMemory memory;
};

/// What every kind of call shares: arguments, scratch, execution, and the packing of weights before it.
class Call final : public LibraryCall {
public:
  Call(int threads, std::string &why, const dlc_allocator &allocator)
      : api(Api::get()), why(&why), allocator(allocator), team(threads) {}

  bool matmul(const fb::Step &, const fb::Matmul &);
  bool convolution(const fb::Step &, const fb::Convolution &, const std::function<const char *(uint32_t)> &frozen);

  void bind(uint32_t arg, char *data) override {
    for (Bound &b : operands)
      if (b.arg == arg)
        api.memory_set_data_handle(b.memory, data);
    if (arg == packArg) {
      packSource = data;
      if (!flips && packFrom)
        api.memory_set_data_handle(packFrom, data);
    }
  }
  uint64_t scratchBytes() const override { return scratchSize; }
  void bindScratch(char *data) override {
    if (scratchpad)
      api.memory_set_data_handle(scratchpad, data);
  }
  bool execute() override {
    if (packArg != noArg && !packedOnce && !pack())
      return false;
    return api.primitive_execute(primitive, stream, int(args.size()), args.data()) == 0;
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
  std::vector<Bound> operands;
  std::vector<ExecArg> args;
  OwnedMemory scratchpad;
  uint64_t scratchSize = 0;
  std::string name;

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
  bool postOps(const flatbuffers::Vector<flatbuffers::Offset<fb::PostOp>> &, const Shape &dims, const Shape &order, size_t first,
               Attr attr);
  bool finish(const OpDesc &, Attr, PrimitiveDesc *kept);
  bool setUpPacking(const fb::Operand &, const Shape &dims, const Shape &strides, bool flip, const MemoryDesc &wanted,
                    const char *frozen, MemoryDesc &given);
  bool pack();
  void flip(size_t dim, const char *from, char *&to);
};

/// A dimension of stride 0 is told to oneDNN as a dimension of size 1.
bool Call::describe(const Shape &dims, const Shape &strides, fb::DType t, MemoryDesc &out) {
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

bool Call::operand(const MemoryDesc &md, int index, uint32_t arg) {
  Bound b{arg, {}};
  if (api.memory_create(b.memory.out(), &md, api.engine, nullptr))
    return no("oneDNN cannot make a memory object");
  args.push_back({index, b.memory});
  operands.push_back(std::move(b));
  return true;
}

/// `order` maps oneDNN's dimensions to the descriptor's. Post-operations before `first` are done otherwise (bias).
bool Call::postOps(const flatbuffers::Vector<flatbuffers::Offset<fb::PostOp>> &list, const Shape &dims, const Shape &order,
                   size_t first, Attr attr) {
  OwnedPostOps ops;
  if (api.post_ops_create(ops.out()))
    return no("oneDNN cannot make post-operations");
  for (size_t i = first; i < list.size(); ++i) {
    const fb::PostOp &p = *list[flatbuffers::uoffset_t(i)];
    Result result = 0;
    if (p.kind() == fb::PostOpKind::Eltwise) {
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
      MemoryDesc md;
      if (!describe(dims, strides, p.dtype(), md))
        return false;
      result = api.post_ops_append_binary(ops, algorithm(p.kind()), &md);
      if (!result && !operand(md, argPostOp * int(i - first + 1) | argSrc1, p.arg()))
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
bool Call::finish(const OpDesc &op, Attr attr, PrimitiveDesc *kept) {
  TeamSize threadsOfThisCall(team);
  OwnedPrimitiveDesc pd;
  std::string text;
  auto choose = [&] {
    OwnedPrimitiveDesc made;
    const char *implementation = "";
    if (api.primitive_desc_create(made.out(), &op, attr, api.engine, nullptr) ||
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
  scratchSize = md ? api.memory_desc_get_size(md) : 0;
  if (scratchSize) {
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

/// Whether the first post-operation is a vector along the result's dimension `dim`: a bias.
bool biasAlong(const flatbuffers::Vector<flatbuffers::Offset<fb::PostOp>> &list, size_t dim) {
  if (!list.size() || list[0]->kind() != fb::PostOpKind::Add || list[0]->dtype() != fb::DType::F32)
    return false;
  auto *strides = list[0]->strides();
  for (size_t i = 0; i != strides->size(); ++i)
    if (strides->Get(flatbuffers::uoffset_t(i)) != (i == dim ? 1 : 0))
      return false;
  return true;
}

bool Call::matmul(const fb::Step &step, const fb::Matmul &d) {
  Shape batch = vec(d.batch());
  size_t b = batch.size(), rank = b + 2;
  if (!d.k())
    return no("there is nothing to sum over");
  const fb::Operand *a = d.a(), *w = d.b(), *c = d.c();
  for (const fb::Operand *o : {a, w, c})
    if (o->strides()->size() != rank || o->arg() >= step.args()->size())
      return no("an operand does not fit the descriptor");
  int64_t m = d.m(), n = d.n();
  Shape order(rank);
  for (size_t i = 0; i != rank; ++i)
    order[i] = int64_t(i);
  Shape as = vec(a->strides()), ws = vec(w->strides()), cs = vec(c->strides());
  // A result that lies by columns: compute its transpose, C' = B' A'.
  bool swapped = cs[b + 1] != 1 && cs[b] == 1 && n > 1;
  if (swapped) {
    std::swap(a, w);
    std::swap(as, ws);
    std::swap(m, n);
    for (Shape *s : {&as, &ws, &cs, &order})
      std::swap((*s)[b], (*s)[b + 1]);
  }
  auto with = [&](int64_t rows, int64_t columns) {
    Shape dims = batch;
    dims.push_back(rows);
    dims.push_back(columns);
    return dims;
  };
  Shape cd = with(m, n);
  bool bias = !swapped && biasAlong(*d.post_ops(), b + 1);
  // One row: an inner product is three times as fast where B lies transposed (measured); elsewhere it cuts sums by thread.
  bool inner = !b && m == 1 && n > 1 && as[1] == 1 && ws[0] == 1 && ws[1] != 1;
  // With A transposed oneDNN cuts long sums once there are more threads than blocks of 64 columns (measured on 2.6.3).
  if (as[b] == 1 && as[b + 1] != 1 && d.k() > 1024)
    team = int(std::min<int64_t>(team, std::max<int64_t>(1, n / 64)));
  OwnedAttr attr;
  if (api.primitive_attr_create(attr.out()) || api.primitive_attr_set_scratchpad_mode(attr, userScratchpad))
    return no("oneDNN cannot make attributes");
  MemoryDesc amd, wmd, cmd, bmd;
  if (!describe(with(m, d.k()), as, a->dtype(), amd) || !describe(cd, cs, c->dtype(), cmd))
    return false;
  if (inner ? !describe({n, d.k()}, {ws[1], ws[0]}, w->dtype(), wmd) : !describe(with(d.k(), n), ws, w->dtype(), wmd))
    return false;
  if (bias) {
    Shape dims(inner ? 1 : rank, 1), strides(inner ? 1 : rank, 0);
    dims.back() = n;
    strides.back() = 1;
    if (!describe(dims, strides, fb::DType::F32, bmd))
      return false;
  }
  if (!operand(amd, argSrc, a->arg()) || !operand(wmd, argWeights, w->arg()) || !operand(cmd, argDst, c->arg()) ||
      (bias && !operand(bmd, argBias, d.post_ops()->Get(0)->arg())) || !postOps(*d.post_ops(), cd, order, bias, attr))
    return false;
  OpDesc op;
  Result result = inner ? api.inner_product_forward_desc_init(&op, forwardInference, &amd, &wmd, bias ? &bmd : nullptr, &cmd)
                        : api.matmul_desc_init(&op, &amd, &wmd, bias ? &bmd : nullptr, &cmd);
  if (result)
    return no("oneDNN refuses this matrix product");
  return finish(op, attr, nullptr);
}

/// Copies [dims] with strides to dense memory, mirrored in the last flipSpatial dimensions.
void Call::flip(size_t dim, const char *from, char *&to) {
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

bool Call::pack() {
  if (flips) {
    char *to = flipped.data();
    flip(0, packSource, to);
  }
  if (!reorder)
    return true;
  ExecArg list[] = {{argSrc, packFrom}, {argDst, packTo}};
  return api.primitive_execute(reorder, stream, 2, list) == 0;
}

/// Gives the weights' memory object for execution, and how it is filled from the step's argument.
bool Call::setUpPacking(const fb::Operand &o, const Shape &dims, const Shape &strides, bool flip, const MemoryDesc &wanted,
                        const char *frozen, MemoryDesc &given) {
  flips = flip;
  if (!flip && api.memory_desc_equal(&given, &wanted))
    return operand(given, argWeights, o.arg());
  packArg = o.arg();
  elementSize = bitWidth(o.dtype()) / 8;
  MemoryDesc from = given;
  auto allocate = [&](const MemoryDesc &md, Block &block) {
    Status s = Block::allocate(allocator, api.memory_desc_get_size(&md), true, "packed weights", block);
    return s.ok() || no(s.message());
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
        api.primitive_create(reorder.out(), pd) || api.memory_create(packFrom.out(), &from, api.engine, flipped.data()) ||
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

bool Call::convolution(const fb::Step &step, const fb::Convolution &d, const std::function<const char *(uint32_t)> &frozen) {
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
    int64_t stride = d.window_strides()->Get(at), dilation = d.window_dilation()->Get(at), base = d.base_dilation()->Get(at);
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
  MemoryDesc smd, wmd, dmd, bmd, any;
  if (!describe(sd, ss, d.src()->dtype(), smd) || !describe(wd, ws, d.weight()->dtype(), wmd) ||
      !describe(dd, ds, d.dst()->dtype(), dmd) || (bias && !describe({dd[1]}, {1}, fb::DType::F32, bmd)))
    return false;
  if (api.memory_desc_init_by_tag(&any, int(wd.size()), wd.data(), dataType(d.weight()->dtype()), formatAny))
    return no("oneDNN refuses the weights");
  Shape order(rank);
  for (size_t i = 0; i != rank; ++i)
    order[i] = int64_t(i);
  if (!operand(smd, argSrc, d.src()->arg()) || !operand(dmd, argDst, d.dst()->arg()) ||
      (bias && !operand(bmd, argBias, d.post_ops()->Get(0)->arg())) || !postOps(*d.post_ops(), dd, order, bias, attr))
    return false;
  // A convolution by matrix product cuts sums by thread once there are more threads than images (measured on 2.6.3).
  gemmThreads = int(std::clamp<int64_t>(sd[0] * d.groups(), 1, INT_MAX));
  OpDesc op;
  const MemoryDesc *biasDesc = bias ? &bmd : nullptr;
  Result result = transposed ? api.dilated_deconvolution_forward_desc_init(&op, forwardInference, deconvolutionDirect, &smd, &any,
                                                                           biasDesc, &dmd, strides, dilates, lo, hi)
                             : api.dilated_convolution_forward_desc_init(&op, forwardInference, convolutionDirect, &smd, &any,
                                                                         biasDesc, &dmd, strides, dilates, lo, hi);
  if (result)
    return no("oneDNN refuses this convolution");
  OwnedPrimitiveDesc pd;
  if (!finish(op, attr, pd.out()))
    return false;
  const MemoryDesc *wanted = api.primitive_desc_query_md(pd, queryWeights, 0);
  return setUpPacking(*d.weight(), wd, ws, mirror, *wanted, frozen(d.weight()->arg()), wmd);
}

} // namespace

std::unique_ptr<LibraryCall> LibraryCall::create(const fb::Step &step, const std::function<const char *(uint32_t)> &frozen,
                                                 int threads, const dlc_allocator &allocator, std::string &why) {
  if (!Api::get().usable()) {
    why = Api::get().text;
    return nullptr;
  }
  auto call = std::make_unique<Call>(threads, why, allocator);
  bool made = step.matmul() ? call->matmul(step, *step.matmul()) : call->convolution(step, *step.convolution(), frozen);
  if (!made)
    return nullptr;
  return call;
}

bool emptyResult(const fb::Step &step) {
  if (const fb::Matmul *d = step.matmul()) {
    bool empty = !d->m() || !d->n();
    for (int64_t n : *d->batch())
      empty |= !n;
    return empty;
  }
  for (int64_t n : *step.convolution()->dst_dims())
    if (!n)
      return true;
  return false;
}

std::string describeLibrary() { return Api::get().text; }

} // namespace dlc::rt
