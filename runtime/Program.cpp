#include "runtime/Program.h"
#include "runtime/ControlSteps.h"
#include "runtime/LibrarySteps.h"
#include "runtime/Symbols.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace dlc::rt {
namespace {

struct Descriptor {
  int fd;
  ~Descriptor() {
    if (fd >= 0)
      close(fd);
  }
};

std::string number(uint64_t n) { return std::to_string(n); }

bool allZero(const char *data, uint64_t size) {
  for (uint64_t i = 0; i != size; ++i)
    if (data[i])
      return false;
  return true;
}

constexpr struct {
  const char *name;
  unsigned bits;
} dtypes[] = {{"none", 0},       {"bool", 8},       {"i8", 8},     {"i16", 16},   {"i32", 32}, {"i64", 64},
              {"u8", 8},         {"u16", 16},       {"u32", 32},   {"u64", 64},   {"f16", 16}, {"bf16", 16},
              {"f32", 32},       {"f64", 64},       {"f8e4m3", 8}, {"f8e5m2", 8}, {"i4", 8},   {"u4", 8},
              {"f8e4m3fnuz", 8}, {"f8e5m2fnuz", 8}, {"f4e2m1", 8}, {"f8e8m0", 8}, {"i2", 8},   {"u2", 8}};

} // namespace

unsigned bitWidth(fb::DType t) { return size_t(t) < std::size(dtypes) ? dtypes[size_t(t)].bits : 0; }
const char *dtypeName(fb::DType t) { return size_t(t) < std::size(dtypes) ? dtypes[size_t(t)].name : "?"; }

uint64_t byteSize(fb::DType t, const flatbuffers::Vector<int64_t> &shape) {
  uint64_t n = 1;
  for (int64_t d : shape)
    if (d == 0)
      return 0;
  for (int64_t d : shape)
    if (d < 0 || __builtin_mul_overflow(n, uint64_t(d), &n))
      return UINT64_MAX;
  if (__builtin_mul_overflow(n, uint64_t(bitWidth(t)), &n) || n > UINT64_MAX - 7)
    return UINT64_MAX;
  return (n + 7) / 8;
}

Program::~Program() {
  if (mapped)
    munmap(const_cast<char *>(base), size);
}

Status Program::bad(const std::string &section, const std::string &what) const {
  // Names are the file's, and a message is one line.
  auto printable = [](std::string text) {
    for (char &c : text)
      if (static_cast<unsigned char>(c) < ' ' || c == 127)
        c = '?';
    return text;
  };
  return {DLC_BAD_FILE, printable(what), name + ", section '" + printable(section) + "'"};
}

Status Program::fromFile(const char *path, const dlc_load_options &options, std::shared_ptr<const Program> &out) {
  std::shared_ptr<Program> p(new Program());
  p->name = path;
  p->native = !options.no_native;
  Descriptor file{::open(path, O_RDONLY | O_CLOEXEC)};
  struct stat info;
  if (file.fd < 0 || fstat(file.fd, &info))
    return {DLC_IO, std::string("cannot open: ") + std::strerror(errno), path};
  if (!S_ISREG(info.st_mode))
    return {DLC_IO, "not a regular file", path};
  p->size = info.st_size;
  if (p->size < sizeof(container::Header))
    return p->bad("header", "the file has " + number(p->size) + " bytes; a .dlx file has at least " +
                                number(sizeof(container::Header)));
  void *memory = mmap(nullptr, p->size, PROT_READ, MAP_PRIVATE, file.fd, 0);
  if (memory == MAP_FAILED)
    return {DLC_IO, std::string("cannot map: ") + std::strerror(errno), path};
  p->base = static_cast<const char *>(memory);
  p->mapped = true;
  DLC_TRY(p->open());
  Log{options.log, options.log_user}(DLC_LOG_DEBUG, p->name + ": " + number(p->size) + " bytes, " +
                                                        number(p->parts.size()) + " sections verified");
  out = std::move(p);
  return {};
}

Status Program::fromMemory(const void *data, uint64_t size, const dlc_load_options &options,
                           std::shared_ptr<const Program> &out) {
  std::shared_ptr<Program> p(new Program());
  p->name = "<memory>";
  p->native = !options.no_native;
  p->base = static_cast<const char *>(data);
  p->size = size;
  if (size < sizeof(container::Header))
    return p->bad("header", "the file has " + number(size) + " bytes; a .dlx file has at least " +
                                number(sizeof(container::Header)));
  if (reinterpret_cast<uintptr_t>(data) % container::tensorAlign) {
    DLC_TRY(Block::allocate(options.allocator, size, false, "a copy of the program (its memory is not 64-byte aligned)",
                            p->copy));
    std::memcpy(p->copy.data(), data, size);
    p->base = p->copy.data();
  }
  DLC_TRY(p->open());
  out = std::move(p);
  return {};
}

Status Program::readContainer() {
  container::Header header;
  std::memcpy(&header, base, sizeof header);
  if (std::memcmp(header.magic, container::magic, sizeof header.magic))
    return bad("header", "not a .dlx file (its first bytes are not a .dlx file's)");
  uint64_t tableSize = uint64_t(header.sections) * sizeof(container::Section);
  if (header.sections > container::maxSections || size < sizeof header + tableSize)
    return bad("header", "the section table does not fit into the file: damaged or cut off");
  std::vector<char> head(base, base + sizeof header + tableSize);
  std::memset(head.data() + offsetof(container::Header, checksum), 0, sizeof header.checksum);
  if (container::checksum(head.data(), head.size()) != header.checksum)
    return bad("header", "checksum does not match: the file is damaged");
  if (header.version != container::version)
    return bad("header", "file version " + number(header.version) + ", this runtime reads version " +
                             number(container::version) + ": compile the model again");
  uint64_t end = sizeof header + tableSize;
  for (uint32_t i = 0; i != header.sections; ++i) {
    container::Section s;
    std::memcpy(&s, base + sizeof header + i * sizeof s, sizeof s);
    std::string sectionName(s.name, strnlen(s.name, sizeof s.name));
    if (s.offset < end || s.offset % container::sectionAlign || s.size > UINT64_MAX - s.offset)
      return bad(sectionName, "its place in the file makes no sense");
    if (s.offset + s.size > size)
      return bad(sectionName,
                 "the file is cut off: it has " + number(size) + " bytes and should have " + number(header.fileSize));
    if (!allZero(base + end, s.offset - end))
      return bad(sectionName, "the bytes before it are not zero: the file is damaged");
    if (container::checksum(base + s.offset, s.size) != s.checksum)
      return bad(sectionName, "checksum does not match: the file is damaged");
    parts.push_back({std::move(sectionName), base + s.offset, s.offset, s.size, s.checksum});
    end = s.offset + s.size;
  }
  if (header.fileSize != end || size != end)
    return bad("header", "the file has " + number(size) + " bytes and should have " + number(end));
  return {};
}

const SectionView *Program::section(std::string_view wanted) const {
  for (const SectionView &s : parts)
    if (s.name == wanted)
      return &s;
  return nullptr;
}

Status Program::open() {
  DLC_TRY(readContainer());
  const SectionView *program = section("program");
  if (!program)
    return bad("program", "the section is missing");
  weights = section("weights");
  auto bytes = reinterpret_cast<const uint8_t *>(program->data);
  flatbuffers::Verifier verifier(bytes, program->size, 64, 100'000'000);
  if (program->size < 8 || !fb::ProgramBufferHasIdentifier(bytes) || !fb::VerifyProgramBuffer(verifier))
    return bad("program", "the table is not well-formed");
  root = fb::GetProgram(bytes);
  return check();
}

/// Everything that running relies on. Checksums hold by now, so a failure means another writer, not damage.
Status Program::check() const {
  auto wrong = [&](const std::string &what) { return bad("program", what); };
  auto tensor = [&](fb::DType t, const flatbuffers::Vector<int64_t> &shape) {
    return bitWidth(t) && byteSize(t, shape) != UINT64_MAX;
  };
  for (auto *list : {root->inputs(), root->outputs()})
    for (const fb::Tensor *t : *list)
      if (!tensor(t->dtype(), *t->shape()))
        return wrong("tensor '" + t->name()->str() + "': type or shape makes no sense");
  for (auto *list : {root->weights(), root->constants()})
    for (const fb::Weight *w : *list) {
      std::string which = "weight '" + w->name()->str() + "': ";
      if (!tensor(w->dtype(), *w->shape()) || w->size() != byteSize(w->dtype(), *w->shape()))
        return wrong(which + "type, shape or size makes no sense");
      if (w->init() > fb::Init::Fill)
        return wrong(which + "unknown initialiser");
      if (w->init() == fb::Init::Values && w->size() &&
          (!weights || w->offset() % container::tensorAlign || w->offset() > weights->size ||
           w->size() > weights->size - w->offset()))
        return wrong(which + "its bytes lie outside section 'weights'");
    }
  if (std::string fault = symbolFault(*root); !fault.empty())
    return wrong(fault);
  if (root->metadata_keys()->size() != root->metadata_values()->size())
    return wrong("metadata keys and values differ in number");
  for (const fb::Variant *v : *root->variants()) {
    std::string at = "variant '" + v->target()->str() + "': ";
    for (uint32_t i = 0; v->derived() && i != v->derived()->size(); ++i)
      if (const fb::Tensor *t = v->derived()->Get(i); !tensor(t->dtype(), *t->shape()))
        return wrong(at + "derived weight '" + t->name()->str() + "': type or shape makes no sense");
    if (!v->derived() != !v->init())
      return wrong(at + "derived weights and the plan that makes them come together");
    if (v->init()) {
      if (v->init()->derived() || v->init()->init())
        return wrong(at + "init has derived weights of its own");
      for (const fb::Buffer *b : *v->init()->buffers())
        if (b->kind() == fb::BufferKind::Input || b->kind() == fb::BufferKind::Output ||
            b->kind() == fb::BufferKind::State)
          return wrong(at + "init reads or writes '" + b->name()->str() + "', which is no frozen weight");
      DLC_TRY(checkPlan(*v->init(), v->derived(), at + "init: "));
    }
    DLC_TRY(checkPlan(*v, v->derived(), at));
  }
  return {};
}

Status Program::checkPlan(const fb::Variant &v, const Tensors *derived, const std::string &at) const {
  auto wrong = [&](const std::string &what) { return bad("program", what); };
  if (std::string fault = formulaFault(*root, v); !fault.empty())
    return wrong(at + fault);
  for (const fb::Code *c : *v.codes())
    if (!section(c->section()->string_view()))
      return wrong(at + "code names the section '" + c->section()->str() + "', which is missing");
  Sizes most(*root);
  uint32_t blocks = v.blocks() ? v.blocks()->size() : 0;
  for (uint32_t i = 0; i != blocks; ++i)
    for (uint32_t below : *v.blocks()->Get(i)->above())
      if (below >= i)
        return wrong(at + "block " + number(i) + " of the arena lies above a later one");
  for (const fb::Buffer *b : *v.buffers()) {
    uint64_t extent;
    if (b->kind() == fb::BufferKind::Derived)
      extent = derived && b->index() < derived->size()
                   ? byteSize(derived->Get(b->index())->dtype(), *derived->Get(b->index())->shape())
                   : UINT64_MAX;
    else
      extent = most.extent(v, *b);
    if (extent == UINT64_MAX || b->offset() > extent || b->size() > extent - b->offset())
      return wrong(at + "buffer '" + b->name()->str() + "' lies outside its memory");
    bool stacked = b->kind() == fb::BufferKind::Arena && blocks;
    if (stacked ? b->block() >= blocks || b->offset() < v.blocks()->Get(b->block())->offset()
                : b->block() != 0xffffffffu)
      return wrong(at + "buffer '" + b->name()->str() + "' lies in no block of the arena, or before it");
    bool ofState = b->kind() == fb::BufferKind::State;
    if ((ofState || b->kind() == fb::BufferKind::Weight) &&
        ofState != (root->weights()->Get(b->index())->role() == fb::Role::State))
      return wrong(at + "buffer '" + b->name()->str() + "' takes a frozen weight for state, or state for one");
  }
  // What is mapped from the file, or the caller's to read.
  auto readOnly = [&](uint32_t arg) {
    const fb::Buffer *b = v.buffers()->Get(arg);
    auto given = [&](auto *list) { return list->Get(b->index())->init() == fb::Init::Values; };
    return b->kind() == fb::BufferKind::Input || (b->kind() == fb::BufferKind::Weight && given(root->weights())) ||
           (b->kind() == fb::BufferKind::Constant && given(root->constants()));
  };
  for (uint32_t i = 0; i != v.steps()->size(); ++i) {
    const fb::Step *s = v.steps()->Get(i);
    std::string which = at + "step " + number(i) + ": ";
    for (uint32_t a : *s->args())
      if (a >= v.buffers()->size())
        return wrong(which + "argument out of range");
    for (uint32_t d : *s->deps())
      if (d >= i)
        return wrong(which + "depends on a later step");
    if (s->kernel() != 0xffffffffu && s->kernel() >= v.kernels()->size())
      return wrong(which + "kernel out of range");
    if ((s->grid() && s->grid()->size() != 3) || (s->block() && s->block()->size() != 3) || s->work() < 0 ||
        s->grain() < 1 || s->scratch() > absurd)
      return wrong(which + "launch geometry makes no sense");
    if (s->outputs() > s->args()->size())
      return wrong(which + "writes more arguments than it has");
    for (uint32_t a = s->args()->size() - s->outputs(); a != s->args()->size(); ++a)
      if (readOnly(s->args()->Get(a)))
        return wrong(which + "writes what can only be read");
    switch (s->kind()) {
    case fb::StepKind::Launch:
      if (s->kernel() == 0xffffffffu)
        return wrong(which + "a launch without a kernel");
      break;
    case fb::StepKind::Library:
      if (!s->matmul() == !s->convolution())
        return wrong(which + "a library step has exactly one descriptor");
      if (std::string fault = libraryFault(v, *s); !fault.empty())
        return wrong(which + fault);
      if (readOnly(s->args()->Get((s->matmul() ? s->matmul()->c() : s->convolution()->dst())->arg())))
        return wrong(which + "writes what can only be read");
      break;
    case fb::StepKind::Copy:
      if (s->args()->size() != 2 ||
          v.buffers()->Get(s->args()->Get(0))->size() != v.buffers()->Get(s->args()->Get(1))->size())
        return wrong(which + "a copy takes two buffers of equal size");
      if (readOnly(s->args()->Get(1)))
        return wrong(which + "writes what can only be read");
      break;
    case fb::StepKind::Fill:
      if (s->args()->size() != 1 ||
          (s->fill_width() != 1 && s->fill_width() != 2 && s->fill_width() != 4 && s->fill_width() != 8))
        return wrong(which + "a fill takes one buffer and a width of 1, 2, 4 or 8");
      if (readOnly(s->args()->Get(0)))
        return wrong(which + "writes what can only be read");
      break;
    case fb::StepKind::Host: {
      const fb::Buffer *from = s->args()->size() == 1 ? v.buffers()->Get(s->args()->Get(0)) : nullptr;
      if (!from || from->size() < 8 || from->dtype() != fb::DType::I64 || s->symbol() >= symbolCount(*root) ||
          root->symbols()->Get(s->symbol())->input() >= 0)
        return wrong(which + "a symbol's value comes from one i64, and its symbol is one that a run finds");
      break;
    }
    case fb::StepKind::While:
    case fb::StepKind::If:
      break; // controlFault
    default:
      return wrong(which + "of a kind that this runtime does not know: it is too old for this file");
    }
  }
  if (std::string fault = controlFault(v, most); !fault.empty())
    return wrong(at + fault);
  return {};
}

} // namespace dlc::rt
