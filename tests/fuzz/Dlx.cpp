// Loading a .dlx: damage is seen by checksums; a program under checksums that hold is refused, or a session of it can
// be made, and run where it holds no native code. Code sections are taken from a library of known kernels: they are
// programs, which no check can make safe.
#include "runtime/Container.h"
#include "runtime/dlc.h"
#include "runtime/executable_generated.h"
#include "tests/fuzz/Memory.h"
#include "tests/fuzz/Support.h"
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>

namespace fb = dlc::fb;
namespace container = dlc::container;
using dlc::fuzz::Mutator;
using dlc::fuzz::require;

namespace {

/// The parts of a file that fuzzing is about; nothing where it is not even laid out like one.
struct Parts {
  std::string program, weights;
  std::vector<std::string> codes;
};

bool take(std::string_view file, Parts &parts) {
  container::Header header;
  if (file.size() < sizeof header)
    return false;
  std::memcpy(&header, file.data(), sizeof header);
  for (uint64_t i = 0; i < header.sections && i < 64; ++i) {
    container::Section s;
    if (file.size() < sizeof header + (i + 1) * sizeof s)
      return false;
    std::memcpy(&s, file.data() + sizeof header + i * sizeof s, sizeof s);
    std::string name(s.name, strnlen(s.name, sizeof s.name));
    std::string_view bytes = s.offset < file.size() ? file.substr(s.offset, s.size) : std::string_view();
    if (name == "program")
      parts.program = bytes;
    else if (name == "weights")
      parts.weights = bytes;
    else
      parts.codes.push_back(std::move(name));
  }
  return !parts.program.empty();
}

/// A file of these sections. Without `code`, code sections are left empty: seeds stay small.
std::string put(const Parts &parts, std::string_view code) {
  std::vector<std::pair<std::string, std::string_view>> sections = {{"program", parts.program}};
  for (const std::string &name : parts.codes)
    sections.push_back({name, code});
  sections.push_back({"weights", parts.weights});
  std::string file(sizeof(container::Header) + sections.size() * sizeof(container::Section), '\0');
  for (size_t i = 0; i != sections.size(); ++i) {
    container::Section s{};
    std::memcpy(s.name, sections[i].first.data(), std::min(sections[i].first.size(), sizeof s.name - 1));
    file.resize(container::alignUp(file.size(), container::sectionAlign));
    s.offset = file.size();
    s.size = sections[i].second.size();
    s.checksum = container::checksum(sections[i].second.data(), s.size);
    file.append(sections[i].second);
    std::memcpy(file.data() + sizeof(container::Header) + i * sizeof s, &s, sizeof s);
  }
  container::Header header{};
  std::memcpy(header.magic, container::magic, sizeof header.magic);
  header.version = container::version;
  header.sections = uint32_t(sections.size());
  header.fileSize = file.size();
  std::memcpy(file.data(), &header, sizeof header);
  header.checksum = container::checksum(file.data(), sizeof header + sections.size() * sizeof(container::Section));
  std::memcpy(file.data(), &header, sizeof header);
  return file;
}

/// Frees it; whether there was none. A refusal has one line.
bool ok(dlc_status status) {
  if (!status)
    return true;
  std::string_view text = dlc_status_message(status);
  require(!text.empty() && text.find('\n') == text.npos, "a refusal has a reason of one line");
  dlc_status_free(status);
  return false;
}

void load(std::string_view file, bool run) {
  std::unique_ptr<char, void (*)(void *)> memory(
      static_cast<char *>(std::aligned_alloc(64, container::alignUp(file.size() + 1, 64))), std::free);
  std::memcpy(memory.get(), file.data(), file.size());
  dlc_executable *executable = nullptr;
  if (!ok(dlc_executable_load_memory(memory.get(), file.size(), nullptr, &executable)))
    return;
  dlc_tensor_info info;
  for (size_t i = 0; i != dlc_executable_input_count(executable); ++i)
    require(ok(dlc_executable_input(executable, i, &info)), "an input that is counted is there");
  for (size_t i = 0; i != dlc_executable_weight_count(executable); ++i)
    require(ok(dlc_executable_weight(executable, i, &info)), "a weight that is counted is there");
  const char *target = nullptr;
  for (size_t i = 0; i != dlc_executable_variant_count(executable); ++i)
    require(ok(dlc_executable_variant(executable, i, &target)), "a variant that is counted is there");
  dlc::fuzz::LimitedMemory limited(64 << 20);
  dlc_session_options options = DLC_SESSION_OPTIONS_INIT;
  options.device = DLC_DEVICE_CPU;
  options.threads = 1;
  options.allocator = limited.allocator();
  dlc_session *session = nullptr;
  if (run && ok(dlc_session_create(executable, &options, &session))) {
    bool native = false;
    dlc_step_info step;
    for (size_t i = 0; i != dlc_session_step_count(session); ++i) {
      require(ok(dlc_session_step(session, i, &step)), "a step that is counted is there");
      native |= std::string_view(step.implementation).starts_with("kernel");
    }
    if (!native)
      ok(dlc_session_run(session));
    dlc_session_free(session);
  }
  dlc_executable_free(executable);
}

const std::string &kernels() {
  static const std::string bytes = [] {
    std::ifstream in(DLC_TEST_KERNELS, std::ios::binary);
    std::string all(std::istreambuf_iterator<char>(in), {});
    require(!all.empty(), "the library of kernels is there: " DLC_TEST_KERNELS);
    return all;
  }();
  return bytes;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string_view file(reinterpret_cast<const char *>(data), size);
  Parts parts;
  bool whole = take(file, parts);
  load(file, false);
  if (whole)
    load(put(parts, kernels()), true);
  return 0;
}

namespace {
class ProgramMutator : Mutator {
public:
  ProgramMutator(unsigned seed, fb::ProgramT &program) : Mutator(seed), program(program) {}

  void run() {
    for (size_t n = 1 + below(3); n--;)
      one();
  }

private:
  fb::ProgramT &program;

  void shape(std::vector<int64_t> &dims) {
    list(dims, [&](int64_t &n) { n = number(n); });
  }
  template <typename Tensor> void tensor(Tensor &t) {
    oneIn(3) ? void(t.dtype = fb::DType(below(20))) : shape(t.shape);
  }
  void indices(std::vector<uint32_t> &values) {
    list(values, [&](uint32_t &n) { n = oneIn(8) ? uint32_t(number(n)) : uint32_t(below(n + 3)); });
  }
  void operand(fb::OperandT &o) {
    switch (below(3)) {
    case 0:
      o.arg = uint32_t(below(o.arg + 3));
      return;
    case 1:
      o.dtype = fb::DType(below(20));
      return;
    default:
      shape(o.strides);
    }
  }
  void postOps(std::vector<std::unique_ptr<fb::PostOpT>> &ops) {
    if (ops.empty() || oneIn(4)) {
      auto fresh = std::make_unique<fb::PostOpT>();
      fresh->eltwise = fb::Eltwise(below(21));
      return ops.push_back(std::move(fresh));
    }
    fb::PostOpT &p = *pick(ops);
    switch (below(4)) {
    case 0:
      p.kind = fb::PostOpKind(below(10));
      return;
    case 1:
      p.eltwise = fb::Eltwise(below(22));
      return;
    case 2:
      p.alpha = float(real(p.alpha));
      return;
    default:
      shape(p.strides);
    }
  }
  void matmul(fb::MatmulT &d) {
    int64_t *sizes[] = {&d.m, &d.n, &d.k};
    fb::OperandT *operands[] = {d.a.get(), d.b.get(), d.c.get()};
    switch (below(4)) {
    case 0:
      return shape(d.batch);
    case 1: {
      int64_t &size = *pick(sizes);
      size = number(size);
      return;
    }
    case 2:
      return operand(*pick(operands));
    default:
      postOps(d.post_ops);
    }
  }
  void convolution(fb::ConvolutionT &d) {
    std::vector<int64_t> *lists[] = {&d.src_dims,        &d.weight_dims,   &d.dst_dims, &d.window_strides,
                                     &d.window_dilation, &d.base_dilation, &d.pad_lo,   &d.pad_hi};
    fb::OperandT *operands[] = {d.src.get(), d.weight.get(), d.dst.get()};
    switch (below(5)) {
    case 0:
      d.groups = number(d.groups);
      return;
    case 1:
      d.reversed = !d.reversed;
      return;
    case 2:
      return operand(*pick(operands));
    case 3:
      return postOps(d.post_ops);
    default:
      shape(*pick(lists));
    }
  }
  void step(fb::StepT &s) {
    switch (below(9)) {
    case 0:
      s.kind = fb::StepKind(below(9));
      return;
    case 1:
      return indices(s.args);
    case 2:
      return indices(s.deps);
    case 3:
      s.kernel = uint32_t(number(s.kernel));
      return;
    case 4:
      (oneIn(2) ? s.work : s.grain) = number(s.work);
      return;
    case 5:
      (oneIn(2) ? s.scratch : s.fill) = uint64_t(number(int64_t(s.scratch)));
      return;
    case 6:
      s.fill_width = uint32_t(below(10));
      return;
    case 7:
      s.outputs = uint32_t(number(s.outputs));
      return;
    default:
      if (s.matmul)
        matmul(*s.matmul);
      if (s.convolution)
        convolution(*s.convolution);
    }
  }
  void buffer(fb::BufferT &b) {
    switch (below(5)) {
    case 0:
      b.kind = fb::BufferKind(below(8));
      return;
    case 1:
      b.index = uint32_t(below(b.index + 3));
      return;
    case 2:
      b.offset = uint64_t(number(int64_t(b.offset)));
      return;
    case 3:
      b.size = uint64_t(number(int64_t(b.size)));
      return;
    default:
      tensor(b);
    }
  }
  void weight(fb::WeightT &w) {
    switch (below(5)) {
    case 0:
      w.role = fb::Role(below(3));
      return;
    case 1:
      w.init = fb::Init(below(4));
      return;
    case 2:
      w.offset = uint64_t(number(int64_t(w.offset)));
      return;
    case 3:
      w.size = uint64_t(number(int64_t(w.size)));
      return;
    default:
      tensor(w);
    }
  }

  void one() {
    fb::VariantT *v = program.variants.empty() ? nullptr : pick(program.variants).get();
    switch (below(12)) {
    case 0:
      if (!program.inputs.empty())
        tensor(*pick(program.inputs));
      return;
    case 1:
      if (!program.outputs.empty())
        tensor(*pick(program.outputs));
      return;
    case 2:
      if (!program.weights.empty())
        weight(*pick(program.weights));
      return;
    case 3:
      if (!program.constants.empty())
        weight(*pick(program.constants));
      return;
    case 4:
      if (v)
        v->arena_bytes = uint64_t(number(int64_t(v->arena_bytes)));
      return;
    case 5:
      if (v && !v->codes.empty()) {
        fb::CodeT &code = *pick(v->codes);
        oneIn(2) ? void(code.section = "code.1") : void(code.kind = fb::CodeKind(below(6)));
      }
      return;
    case 6:
      if (v && !v->kernels.empty())
        pick(v->kernels)->name = oneIn(2) ? "scale2" : "none";
      return;
    case 7:
    case 8:
      if (v && !v->buffers.empty())
        buffer(*pick(v->buffers));
      return;
    default:
      if (v && !v->steps.empty())
        step(*pick(v->steps));
    }
  }
};
} // namespace

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed) {
  Parts parts;
  std::string_view file(reinterpret_cast<const char *>(data), size);
  auto blind = [&] { return LLVMFuzzerMutate(data, size, most); };
  if (seed % 4 == 0 || !take(file, parts))
    return blind();
  auto bytes = reinterpret_cast<const uint8_t *>(parts.program.data());
  flatbuffers::Verifier verifier(bytes, parts.program.size());
  if (parts.program.size() < 8 || !fb::VerifyProgramBuffer(verifier))
    return blind();
  std::unique_ptr<fb::ProgramT> program(fb::GetProgram(bytes)->UnPack());
  ProgramMutator(seed / 4, *program).run();
  flatbuffers::FlatBufferBuilder b;
  b.Finish(fb::Program::Pack(b, program.get()), fb::ProgramIdentifier());
  parts.program.assign(reinterpret_cast<const char *>(b.GetBufferPointer()), b.GetSize());
  std::string made = put(parts, "");
  if (made.size() > most)
    return blind();
  std::copy(made.begin(), made.end(), data);
  return made.size();
}
