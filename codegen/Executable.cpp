#include "codegen/Executable.h"
#include "runtime/Container.h"
#include "runtime/executable_generated.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <functional>
#include <map>
#include <sys/stat.h>
#include <unistd.h>

namespace dlc::exe {
namespace {

using container::alignUp;

template <class A, class B> constexpr bool same(A a, B b) { return static_cast<int>(a) == static_cast<int>(b); }
static_assert(same(DType::U4, fb::DType::U4) && same(DType::F32, fb::DType::F32) && same(DType::U64, fb::DType::U64));
static_assert(same(Init::Fill, fb::Init::Fill) && same(Role::State, fb::Role::State));
static_assert(same(BufferKind::Derived, fb::BufferKind::Derived) && same(BufferKind::Arena, fb::BufferKind::Arena));
static_assert(same(StepKind::Host, fb::StepKind::Host) && same(StepKind::Fill, fb::StepKind::Fill));
static_assert(same(KernelKind::Reduction, fb::KernelKind::Reduction));
static_assert(same(CodeKind::Ptx, fb::CodeKind::Ptx) && same(PostOpKind::Sum, fb::PostOpKind::Sum));
static_assert(same(Eltwise::Mish, fb::Eltwise::Mish) && same(Eltwise::Exp, fb::Eltwise::Exp));

struct DTypeRow {
  DType type;
  const char *name;
  unsigned bits;
};
constexpr DTypeRow dtypes[] = {
    {DType::None, "none", 0}, {DType::Bool, "bool", 8}, {DType::I8, "i8", 8},         {DType::I16, "i16", 16},
    {DType::I32, "i32", 32},  {DType::I64, "i64", 64},  {DType::U8, "u8", 8},         {DType::U16, "u16", 16},
    {DType::U32, "u32", 32},  {DType::U64, "u64", 64},  {DType::F16, "f16", 16},      {DType::BF16, "bf16", 16},
    {DType::F32, "f32", 32},  {DType::F64, "f64", 64},  {DType::F8E4M3, "f8e4m3", 8}, {DType::F8E5M2, "f8e5m2", 8},
    {DType::I4, "i4", 4},     {DType::U4, "u4", 4},
};

std::string number(uint64_t n) { return std::to_string(n); }

} // namespace

unsigned bitWidth(DType t) {
  return static_cast<size_t>(t) < std::size(dtypes) ? dtypes[static_cast<size_t>(t)].bits : 0;
}

uint64_t byteSize(DType t, const std::vector<int64_t> &shape) {
  uint64_t n = 1;
  for (int64_t d : shape)
    n *= static_cast<uint64_t>(d);
  return (n * bitWidth(t) + 7) / 8;
}

std::string_view name(DType t) {
  return static_cast<size_t>(t) < std::size(dtypes) ? dtypes[static_cast<size_t>(t)].name : "?";
}

DType parseDType(std::string_view s) {
  if (s == "i1")
    return DType::Bool;
  if (s.starts_with("ui"))
    return parseDType("u" + std::string(s.substr(2)));
  for (const DTypeRow &row : dtypes)
    if (s == row.name)
      return row.type;
  return DType::None;
}

namespace {

/// Finds the first thing that the runtime could not take.
class Checker {
public:
  Checker(const ExecutableImage &image, std::string &error) : image(image), error(error) {}

  bool run() {
    for (const Tensor &t : image.inputs)
      if (!tensor("input '" + t.name + "'", t.dtype, t.shape))
        return false;
    for (const Tensor &t : image.outputs)
      if (!tensor("output '" + t.name + "'", t.dtype, t.shape))
        return false;
    std::map<std::string, int> names;
    for (const Weight &w : image.weights) {
      if (w.name.empty() || names[w.name]++)
        return fail("weight '" + w.name + "'", w.name.empty() ? "has no name" : "occurs twice");
      if (!weight("weight '" + w.name + "'", w))
        return false;
    }
    for (size_t i = 0; i != image.constants.size(); ++i)
      if (!weight("constant " + number(i), image.constants[i]))
        return false;
    for (const Variant &v : image.variants)
      if (!variant(v))
        return false;
    return true;
  }

private:
  const ExecutableImage &image;
  std::string &error;
  const std::vector<Tensor> *derived = nullptr; // of the variant at hand

  bool fail(const std::string &where, const std::string &what) {
    error = where + ": " + what;
    return false;
  }
  bool tensor(const std::string &where, DType t, const std::vector<int64_t> &shape) {
    if (!bitWidth(t))
      return fail(where, "has no element type");
    for (int64_t d : shape)
      if (d < 0)
        return fail(where, "has the dimension " + std::to_string(d) + "; every dimension must be known");
    return true;
  }
  bool weight(const std::string &where, const Weight &w) {
    if (!tensor(where, w.dtype, w.shape))
      return false;
    uint64_t want = w.init == Init::Values ? byteSize(w.dtype, w.shape) : 0;
    if (w.bytes.size != want)
      return fail(where, "carries " + number(w.bytes.size) + " bytes, expected " + number(want));
    if (w.init == Init::Fill && bitWidth(w.dtype) < 8)
      return fail(where, "fill of a type below one byte");
    return true;
  }
  uint64_t extent(const Variant &v, const Buffer &b, bool &known) {
    known = true;
    switch (b.kind) {
    case BufferKind::Arena:
      return v.arenaBytes;
    case BufferKind::Input:
      if (b.index < image.inputs.size())
        return byteSize(image.inputs[b.index].dtype, image.inputs[b.index].shape);
      break;
    case BufferKind::Output:
      if (b.index < image.outputs.size())
        return byteSize(image.outputs[b.index].dtype, image.outputs[b.index].shape);
      break;
    case BufferKind::Weight:
    case BufferKind::State:
      if (b.index < image.weights.size() &&
          (image.weights[b.index].role == Role::State) == (b.kind == BufferKind::State))
        return byteSize(image.weights[b.index].dtype, image.weights[b.index].shape);
      break;
    case BufferKind::Constant:
      if (b.index < image.constants.size())
        return byteSize(image.constants[b.index].dtype, image.constants[b.index].shape);
      break;
    case BufferKind::Derived:
      if (b.index < derived->size())
        return byteSize((*derived)[b.index].dtype, (*derived)[b.index].shape);
      break;
    }
    known = false;
    return 0;
  }
  bool variant(const Variant &v) {
    if (v.target.empty())
      return fail("variant", "has no target");
    std::string at = "variant '" + v.target + "'";
    if (v.init.size() > 1 || v.init.empty() != v.derived.empty())
      return fail(at,
                  number(v.derived.size()) + " derived weights and " + number(v.init.size()) + " plans that make them");
    for (const Tensor &t : v.derived)
      if (!tensor(at + ", derived weight '" + t.name + "'", t.dtype, t.shape))
        return false;
    derived = &v.derived;
    for (const Variant &init : v.init)
      if (!init.derived.empty() || !init.init.empty())
        return fail(at, "its init has derived weights of its own");
      else if (init.buffers.end() != std::find_if(init.buffers.begin(), init.buffers.end(), [](const Buffer &b) {
                 return b.kind == BufferKind::Input || b.kind == BufferKind::Output || b.kind == BufferKind::State;
               }))
        return fail(at, "its init uses more than frozen weights");
      else if (!plan(init, at + ", init"))
        return false;
    return plan(v, at);
  }
  bool plan(const Variant &v, const std::string &at) {
    for (size_t i = 0; i != v.buffers.size(); ++i) {
      const Buffer &b = v.buffers[i];
      std::string where = at + ", buffer " + number(i) + " '" + b.name + "'";
      bool known;
      uint64_t size = extent(v, b, known);
      if (!known)
        return fail(where, "index " + number(b.index) + " names nothing of its kind");
      if (b.byteOffset > size || b.byteSize > size - b.byteOffset)
        return fail(where, "bytes " + number(b.byteOffset) + " to " + number(b.byteOffset + b.byteSize) +
                               " lie outside its " + number(size) + " bytes");
      if (!tensor(where, b.dtype, b.shape))
        return false;
    }
    for (size_t i = 0; i != v.steps.size(); ++i)
      if (!step(v, i, at + ", step " + number(i)))
        return false;
    return true;
  }
  bool step(const Variant &v, size_t i, const std::string &where) {
    const Step &s = v.steps[i];
    for (uint32_t a : s.args)
      if (a >= v.buffers.size())
        return fail(where, "argument names buffer " + number(a) + " of " + number(v.buffers.size()));
    for (uint32_t d : s.deps)
      if (d >= i)
        return fail(where, "depends on step " + number(d) + ", which does not come before it");
    if (s.kernel != noKernel && s.kernel >= v.kernels.size())
      return fail(where, "names kernel " + number(s.kernel) + " of " + number(v.kernels.size()));
    if (s.outputs > s.args.size())
      return fail(where, "writes " + number(s.outputs) + " of " + number(s.args.size()) + " arguments");
    if (s.work < 0 || s.grain < 1)
      return fail(where,
                  "work " + std::to_string(s.work) + " and grain " + std::to_string(s.grain) + " (at least 0 and 1)");
    switch (s.kind) {
    case StepKind::Launch:
      return s.kernel != noKernel || fail(where, "a launch without a kernel");
    case StepKind::Copy:
      if (s.args.size() != 2 || v.buffers[s.args[0]].byteSize != v.buffers[s.args[1]].byteSize)
        return fail(where, "a copy takes two buffers of equal size");
      return true;
    case StepKind::Fill: {
      bool width = s.fillWidth == 1 || s.fillWidth == 2 || s.fillWidth == 4 || s.fillWidth == 8;
      return (s.args.size() == 1 && width) || fail(where, "a fill takes one buffer and a width of 1, 2, 4 or 8");
    }
    case StepKind::Library:
      if (s.matmul.has_value() == s.convolution.has_value())
        return fail(where, "a library step has exactly one descriptor");
      return s.matmul ? matmul(v, *s.matmul, s, where) : convolution(v, *s.convolution, s, where);
    default:
      return fail(where, "this kind of step is not supported yet");
    }
  }
  /// The operand's rank, and that its elements lie inside its buffer.
  bool operand(const Variant &v, const Operand &o, const std::vector<int64_t> &dims, const Step &s, const char *which,
               const std::string &where) {
    if (o.arg >= s.args.size())
      return fail(where, std::string(which) + " names argument " + number(o.arg) + " of " + number(s.args.size()));
    if (o.strides.size() != dims.size())
      return fail(where, std::string(which) + " has " + number(o.strides.size()) + " strides, expected " +
                             number(dims.size()));
    int64_t last = 0;
    for (size_t i = 0; i != dims.size(); ++i) {
      if (dims[i] < 0 || o.strides[i] < 0)
        return fail(where, std::string(which) + " has a negative dimension or stride");
      if (!dims[i])
        return true;
      last += (dims[i] - 1) * o.strides[i];
    }
    uint64_t need = (static_cast<uint64_t>(last) + 1) * bitWidth(o.dtype) / 8, have = v.buffers[s.args[o.arg]].byteSize;
    return need <= have || fail(where, std::string(which) + " reaches over " + number(need) + " bytes of a buffer of " +
                                           number(have) + ": strides or dimensions are wrong");
  }
  bool postOps(const Variant &v, const std::vector<PostOp> &ops, const std::vector<int64_t> &dims, const Step &s,
               const std::string &where) {
    for (const PostOp &p : ops)
      if (p.kind != PostOpKind::Eltwise && p.kind != PostOpKind::Sum)
        if (!operand(v, {p.arg, p.dtype, p.strides}, dims, s, "a post-operation", where))
          return false;
    return true;
  }
  bool matmul(const Variant &v, const Matmul &d, const Step &s, const std::string &where) {
    auto dims = [&](int64_t rows, int64_t columns) {
      std::vector<int64_t> list = d.batch;
      list.insert(list.end(), {rows, columns});
      return list;
    };
    return operand(v, d.a, dims(d.m, d.k), s, "a", where) && operand(v, d.b, dims(d.k, d.n), s, "b", where) &&
           operand(v, d.c, dims(d.m, d.n), s, "c", where) && postOps(v, d.postOps, dims(d.m, d.n), s, where);
  }
  bool convolution(const Variant &v, const Convolution &d, const Step &s, const std::string &where) {
    size_t spatial = d.windowStrides.size(), rank = spatial + 2;
    if (!spatial || d.windowDilation.size() != spatial || d.baseDilation.size() != spatial ||
        d.padLo.size() != spatial || d.padHi.size() != spatial || d.srcDims.size() != rank ||
        d.dstDims.size() != rank || d.weightDims.size() != rank + 1)
      return fail(where, "the convolution's ranks do not agree");
    if (d.groups < 1 || d.weightDims[0] != d.groups)
      return fail(where, "weight dimension 0 must be the number of groups, " + std::to_string(d.groups));
    if (d.srcDims[0] != d.dstDims[0] || d.srcDims[1] != d.groups * d.weightDims[2] ||
        d.dstDims[1] != d.groups * d.weightDims[1])
      return fail(where, "the convolution's batch or channels do not agree");
    for (size_t i = 0; i != spatial; ++i) {
      if (d.windowStrides[i] < 1 || d.windowDilation[i] < 1 || d.baseDilation[i] < 1)
        return fail(where, "strides and dilations are 1 or more");
      if (!d.srcDims[i + 2] || !d.weightDims[i + 3] || !d.dstDims[i + 2])
        continue;
      int64_t padded = (d.srcDims[i + 2] - 1) * d.baseDilation[i] + 1 + d.padLo[i] + d.padHi[i];
      int64_t window = (d.weightDims[i + 3] - 1) * d.windowDilation[i] + 1;
      if ((padded - window) / d.windowStrides[i] + 1 != d.dstDims[i + 2])
        return fail(where, "spatial dimension " + number(i) + " gives " +
                               std::to_string((padded - window) / d.windowStrides[i] + 1) + ", the result has " +
                               std::to_string(d.dstDims[i + 2]));
    }
    return operand(v, d.src, d.srcDims, s, "src", where) && operand(v, d.weight, d.weightDims, s, "weight", where) &&
           operand(v, d.dst, d.dstDims, s, "dst", where) && postOps(v, d.postOps, d.dstDims, s, where);
  }
};

struct Piece {
  uint64_t offset; // into the section
  Bytes bytes;
};
struct Part {
  std::string name;
  uint64_t align = container::sectionAlign, size = 0;
  std::vector<Piece> pieces;
};

/// Turns the image into the program table and the list of sections.
class Builder {
  template <class T, class F> auto all(const std::vector<T> &items, F &&one) {
    std::vector<decltype(one(items[0]))> offsets;
    for (const T &item : items)
      offsets.push_back(one(item));
    return b.CreateVector(offsets);
  }
  template <class T> auto list(const std::vector<T> &items) { return b.CreateVector(items); }

public:
  explicit Builder(const ExecutableImage &image) : image(image) {
    weightsPart.name = "weights";
    weightsPart.align = container::weightsAlign;
  }

  std::vector<Part> build() {
    auto inputs = all(image.inputs, [&](const Tensor &t) { return tensor(t); });
    auto outputs = all(image.outputs, [&](const Tensor &t) { return tensor(t); });
    auto weights = all(image.weights, [&](const Weight &w) { return weight(w); });
    auto constants = all(image.constants, [&](const Weight &w) { return weight(w); });
    auto variants = all(image.variants, [&](const Variant &v) { return variant(v); });
    std::vector<std::string> keys, values;
    for (auto &[key, value] : image.metadata)
      keys.push_back(key), values.push_back(value);
    auto keyVector = b.CreateVectorOfStrings(keys), valueVector = b.CreateVectorOfStrings(values);
    auto program = fb::CreateProgram(b, b.CreateString(image.name), b.CreateString(image.producer), inputs, outputs,
                                     weights, constants, variants, keyVector, valueVector);
    b.Finish(program, fb::ProgramIdentifier());
    Part table;
    table.name = "program";
    std::string bytes(reinterpret_cast<const char *>(b.GetBufferPointer()), b.GetSize());
    table.size = bytes.size();
    table.pieces.push_back({0, Bytes::own(std::move(bytes))});
    std::vector<Part> parts;
    parts.push_back(std::move(table));
    for (Part &code : codes)
      parts.push_back(std::move(code));
    if (weightsPart.size)
      parts.push_back(std::move(weightsPart));
    return parts;
  }

private:
  const ExecutableImage &image;
  flatbuffers::FlatBufferBuilder b;
  Part weightsPart;
  std::vector<Part> codes;
  std::map<std::string_view, std::string> codeSections;

  flatbuffers::Offset<fb::Tensor> tensor(const Tensor &t) {
    auto name = b.CreateString(t.name);
    return fb::CreateTensor(b, name, fb::DType(t.dtype), list(t.shape));
  }
  flatbuffers::Offset<fb::Weight> weight(const Weight &w) {
    uint64_t offset = 0;
    if (w.init == Init::Values && w.bytes.size) {
      offset = alignUp(weightsPart.size, container::tensorAlign);
      weightsPart.pieces.push_back({offset, w.bytes});
      weightsPart.size = offset + w.bytes.size;
    }
    auto name = b.CreateString(w.name);
    return fb::CreateWeight(b, name, fb::DType(w.dtype), list(w.shape), fb::Role(w.role), fb::Init(w.init), w.fill,
                            offset, byteSize(w.dtype, w.shape));
  }
  flatbuffers::Offset<fb::Buffer> buffer(const Buffer &x) {
    auto name = b.CreateString(x.name);
    return fb::CreateBuffer(b, fb::BufferKind(x.kind), x.index, x.byteOffset, x.byteSize, name, fb::DType(x.dtype),
                            list(x.shape));
  }
  flatbuffers::Offset<fb::PostOp> postOp(const PostOp &p) {
    return fb::CreatePostOp(b, fb::PostOpKind(p.kind), fb::Eltwise(p.eltwise), p.alpha, p.beta, p.arg,
                            fb::DType(p.dtype), list(p.strides));
  }
  flatbuffers::Offset<fb::Operand> operand(const Operand &o) {
    return fb::CreateOperand(b, o.arg, fb::DType(o.dtype), list(o.strides));
  }
  flatbuffers::Offset<fb::Matmul> matmul(const Matmul &d) {
    auto batch = list(d.batch);
    auto a = operand(d.a), bb = operand(d.b), c = operand(d.c);
    auto ops = all(d.postOps, [&](const PostOp &p) { return postOp(p); });
    return fb::CreateMatmul(b, batch, d.m, d.n, d.k, a, bb, c, ops);
  }
  flatbuffers::Offset<fb::Convolution> convolution(const Convolution &d) {
    auto srcDims = list(d.srcDims), weightDims = list(d.weightDims), dstDims = list(d.dstDims);
    auto src = operand(d.src), weight = operand(d.weight), dst = operand(d.dst);
    auto strides = list(d.windowStrides), dilation = list(d.windowDilation), base = list(d.baseDilation);
    auto lo = list(d.padLo), hi = list(d.padHi);
    auto ops = all(d.postOps, [&](const PostOp &p) { return postOp(p); });
    return fb::CreateConvolution(b, srcDims, weightDims, dstDims, src, weight, dst, strides, dilation, base, lo, hi,
                                 d.reversed, d.groups, ops);
  }
  flatbuffers::Offset<fb::Step> step(const Step &s) {
    auto args = list(s.args), deps = list(s.deps);
    auto sources = b.CreateVectorOfStrings(s.sources);
    flatbuffers::Offset<flatbuffers::Vector<uint32_t>> grid, block;
    if (s.grid != std::array<uint32_t, 3>{1, 1, 1} || s.block != std::array<uint32_t, 3>{1, 1, 1}) {
      grid = b.CreateVector(s.grid.data(), 3);
      block = b.CreateVector(s.block.data(), 3);
    }
    auto m = s.matmul ? matmul(*s.matmul) : 0;
    auto c = s.convolution ? convolution(*s.convolution) : 0;
    return fb::CreateStep(b, fb::StepKind(s.kind), s.kernel, args, deps, sources, s.work, s.grain, s.scratch, grid,
                          block, s.shared, s.fill, s.fillWidth, m, c, s.outputs);
  }
  flatbuffers::Offset<fb::Kernel> kernel(const Kernel &k) {
    auto name = b.CreateString(k.name);
    auto sources = b.CreateVectorOfStrings(k.sources);
    auto archs = all(k.archs, [&](const KernelArch &a) {
      return fb::CreateKernelArch(b, b.CreateString(a.arch), a.registers, a.spillBytes, a.sharedBytes, a.constantBytes);
    });
    return fb::CreateKernel(b, name, sources, k.flops, k.bytes, k.unit, archs, fb::KernelKind(k.kind));
  }
  flatbuffers::Offset<fb::Code> code(const Code &c) {
    auto [it, fresh] = codeSections.try_emplace(c.bytes.str(), "code." + number(codes.size()));
    if (fresh) {
      Part part;
      part.name = it->second;
      part.size = c.bytes.size;
      part.pieces.push_back({0, c.bytes});
      codes.push_back(std::move(part));
    }
    auto arch = b.CreateString(c.arch), section = b.CreateString(it->second);
    return fb::CreateCode(b, fb::CodeKind(c.kind), arch, c.unit, section);
  }
  flatbuffers::Offset<fb::Variant> variant(const Variant &v) {
    auto target = b.CreateString(v.target);
    auto buffers = all(v.buffers, [&](const Buffer &x) { return buffer(x); });
    auto steps = all(v.steps, [&](const Step &s) { return step(s); });
    auto kernels = all(v.kernels, [&](const Kernel &k) { return kernel(k); });
    auto codeVector = all(v.codes, [&](const Code &c) { return code(c); });
    flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<fb::Tensor>>> derived;
    flatbuffers::Offset<fb::Variant> init;
    if (!v.init.empty()) {
      derived = all(v.derived, [&](const Tensor &t) { return tensor(t); });
      init = variant(v.init[0]);
    }
    return fb::CreateVariant(b, target, v.arenaBytes, buffers, steps, kernels, codeVector, derived, init);
  }
};

using Sink = std::function<bool(const void *, size_t)>;

bool zeros(const Sink &sink, uint64_t count) {
  static const char none[container::weightsAlign] = {};
  for (; count; count -= std::min<uint64_t>(count, sizeof none))
    if (!sink(none, std::min<uint64_t>(count, sizeof none)))
      return false;
  return true;
}

/// Pieces of a section in order, with zeros between them.
bool emit(const Part &part, const Sink &sink) {
  uint64_t at = 0;
  for (const Piece &p : part.pieces) {
    if (!zeros(sink, p.offset - at) || !sink(p.bytes.data, p.bytes.size))
      return false;
    at = p.offset + p.bytes.size;
  }
  return true;
}

bool layOut(const ExecutableImage &image, const Sink &sink, std::string &error) {
  if (!Checker(image, error).run())
    return false;
  std::vector<Part> parts = Builder(image).build();
  std::vector<char> head(sizeof(container::Header) + parts.size() * sizeof(container::Section), 0);
  uint64_t end = head.size();
  for (size_t i = 0; i != parts.size(); ++i) {
    container::Section section{};
    std::memcpy(section.name, parts[i].name.data(), std::min(parts[i].name.size(), sizeof section.name - 1));
    section.offset = alignUp(end, parts[i].align);
    section.size = parts[i].size;
    container::Checksum sum;
    emit(parts[i], [&](const void *data, size_t size) { return sum.update(data, size), true; });
    section.checksum = sum.digest();
    end = section.offset + section.size;
    std::memcpy(head.data() + sizeof(container::Header) + i * sizeof section, &section, sizeof section);
  }
  container::Header header{};
  std::memcpy(header.magic, container::magic, sizeof header.magic);
  header.version = container::version;
  header.sections = parts.size();
  header.fileSize = end;
  std::memcpy(head.data(), &header, sizeof header);
  header.checksum = container::checksum(head.data(), head.size());
  std::memcpy(head.data(), &header, sizeof header);
  uint64_t at = head.size();
  bool ok = sink(head.data(), head.size());
  for (const Part &part : parts) {
    uint64_t offset = alignUp(at, part.align);
    ok = ok && zeros(sink, offset - at) && emit(part, sink);
    at = offset + part.size;
  }
  return ok;
}

} // namespace

bool write(const ExecutableImage &image, std::vector<char> &out, std::string &error) {
  out.clear();
  return layOut(
      image,
      [&](const void *data, size_t size) {
        out.insert(out.end(), static_cast<const char *>(data), static_cast<const char *>(data) + size);
        return true;
      },
      error);
}

bool writeFile(const ExecutableImage &image, const std::string &path, std::string &error) {
  std::string temporary = path + ".tmp." + std::to_string(getpid());
  // A device or a pipe is written as it is: a rename would replace it.
  struct stat info;
  if (stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode))
    temporary = path;
  auto broken = [&](const char *what) {
    error = path + ": " + what + ": " + std::strerror(errno);
    return false;
  };
  FILE *file = std::fopen(temporary.c_str(), "wb");
  if (!file)
    return broken("cannot write");
  auto sink = [&](const void *data, size_t size) { return !size || std::fwrite(data, 1, size, file) == size; };
  error.clear();
  bool ok = layOut(image, sink, error);
  if (!ok && error.empty())
    broken("cannot write");
  if (ok && std::fflush(file))
    ok = broken("cannot write");
  if (std::fclose(file) && ok)
    ok = broken("cannot write");
  if (ok && temporary != path && std::rename(temporary.c_str(), path.c_str()))
    ok = broken("cannot replace");
  if (!ok && temporary != path)
    std::remove(temporary.c_str());
  return ok;
}

} // namespace dlc::exe
