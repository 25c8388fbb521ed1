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
static_assert(same(DType::U2, fb::DType::U2) && same(DType::F32, fb::DType::F32) && same(DType::U64, fb::DType::U64));
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
    {DType::None, "none", 0},
    {DType::Bool, "bool", 8},
    {DType::I8, "i8", 8},
    {DType::I16, "i16", 16},
    {DType::I32, "i32", 32},
    {DType::I64, "i64", 64},
    {DType::U8, "u8", 8},
    {DType::U16, "u16", 16},
    {DType::U32, "u32", 32},
    {DType::U64, "u64", 64},
    {DType::F16, "f16", 16},
    {DType::BF16, "bf16", 16},
    {DType::F32, "f32", 32},
    {DType::F64, "f64", 64},
    {DType::F8E4M3, "f8e4m3", 8},
    {DType::F8E5M2, "f8e5m2", 8},
    {DType::I4, "i4", 8},
    {DType::U4, "u4", 8},
    {DType::F8E4M3Z, "f8e4m3fnuz", 8},
    {DType::F8E5M2Z, "f8e5m2fnuz", 8},
    {DType::F4E2M1, "f4e2m1", 8},
    {DType::F8E8M0, "f8e8m0", 8},
    {DType::I2, "i2", 8},
    {DType::U2, "u2", 8},
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
  using Formulas = flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<fb::Expr>>>;
  /// Null where there is none.
  flatbuffers::Offset<fb::Expr> formula(const Expr &e) {
    return e.empty() ? flatbuffers::Offset<fb::Expr>() : fb::CreateExpr(b, list(e));
  }
  Formulas formulas(const Exprs &e) {
    return e.empty() ? Formulas() : all(e, [&](const Expr &one) { return formula(one); });
  }

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
    flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<fb::Symbol>>> symbols;
    if (!image.symbols.empty())
      symbols = all(image.symbols, [&](const Symbol &s) {
        return fb::CreateSymbol(b, b.CreateString(s.name), s.low, s.high, s.input, s.dim, s.step, s.offset);
      });
    auto program = fb::CreateProgram(b, b.CreateString(image.name), b.CreateString(image.producer), inputs, outputs,
                                     weights, constants, variants, keyVector, valueVector, symbols);
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
    auto shape = list(t.shape);
    return fb::CreateTensor(b, name, fb::DType(t.dtype), shape, formulas(t.dims));
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
    auto shape = list(x.shape);
    auto dims = formulas(x.dims);
    auto advance = x.advance.empty() ? 0 : list(x.advance);
    auto advanceAt = formulas(x.advanceAt);
    return fb::CreateBuffer(b, fb::BufferKind(x.kind), x.index, x.byteOffset, x.byteSize, name, fb::DType(x.dtype),
                            shape, dims, formula(x.place), advance, advanceAt, x.block);
  }
  flatbuffers::Offset<fb::PostOp> postOp(const PostOp &p) {
    auto strides = list(p.strides);
    return fb::CreatePostOp(b, fb::PostOpKind(p.kind), fb::Eltwise(p.eltwise), p.alpha, p.beta, p.arg,
                            fb::DType(p.dtype), strides, formulas(p.stridesAt));
  }
  flatbuffers::Offset<fb::Operand> operand(const Operand &o) {
    auto strides = list(o.strides);
    return fb::CreateOperand(b, o.arg, fb::DType(o.dtype), strides, formulas(o.stridesAt));
  }
  flatbuffers::Offset<fb::Matmul> matmul(const Matmul &d) {
    auto batch = list(d.batch);
    auto a = operand(d.a), bb = operand(d.b), c = operand(d.c);
    auto ops = all(d.postOps, [&](const PostOp &p) { return postOp(p); });
    return fb::CreateMatmul(b, batch, d.m, d.n, d.k, a, bb, c, ops, formulas(d.dimsAt));
  }
  flatbuffers::Offset<fb::Convolution> convolution(const Convolution &d) {
    auto srcDims = list(d.srcDims), weightDims = list(d.weightDims), dstDims = list(d.dstDims);
    auto src = operand(d.src), weight = operand(d.weight), dst = operand(d.dst);
    auto strides = list(d.windowStrides), dilation = list(d.windowDilation), base = list(d.baseDilation);
    auto lo = list(d.padLo), hi = list(d.padHi);
    auto ops = all(d.postOps, [&](const PostOp &p) { return postOp(p); });
    auto srcAt = formulas(d.srcDimsAt), weightAt = formulas(d.weightDimsAt), dstAt = formulas(d.dstDimsAt);
    auto loAt = formulas(d.padLoAt), hiAt = formulas(d.padHiAt);
    return fb::CreateConvolution(b, srcDims, weightDims, dstDims, src, weight, dst, strides, dilation, base, lo, hi,
                                 d.reversed, d.groups, ops, srcAt, weightAt, dstAt, loAt, hiAt);
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
    auto values = formulas(s.values), gridAt = formulas(s.gridAt);
    auto workAt = formula(s.workAt), limitAt = formula(s.limitAt);
    auto bodies = s.bodies.empty() ? 0 : list(s.bodies);
    return fb::CreateStep(b, fb::StepKind(s.kind), s.kernel, args, deps, sources, s.work, s.grain, s.scratch, grid,
                          block, s.shared, s.fill, s.fillWidth, m, c, s.outputs, values, workAt, gridAt, s.symbol,
                          bodies, s.condition, s.limit, limitAt);
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
    flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<fb::Block>>> blocks;
    if (!v.blocks.empty())
      blocks = all(v.blocks, [&](const Block &x) { return fb::CreateBlock(b, x.offset, list(x.above)); });
    return fb::CreateVariant(b, target, v.arenaBytes, buffers, steps, kernels, codeVector, derived, init, blocks);
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
  if (!check(image, error))
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
