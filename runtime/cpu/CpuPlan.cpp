// A plan on the CPU: pointers resolved at load, then a loop over steps.
#include "runtime/cpu/CpuPlan.h"
#include "runtime/HostPlan.h"
#include "runtime/cpu/Code.h"
#include "runtime/cpu/Library.h"
#include "runtime/cpu/Team.h"

#include <cstring>

namespace dlc::rt {
namespace {

using KernelFn = void (*)(void *const *buf, const int64_t *sym, int64_t lo, int64_t hi, void *scratch);

enum class Action : uint8_t { Inline, Parallel, Library, Copy, Fill, Nothing };

struct Step {
  Action action = Action::Nothing;
  uint32_t threads = 1;
  KernelFn kernel = nullptr;
  void **args = nullptr; // into CpuPlan::slots
  int64_t work = 0;
  char *scratch = nullptr;
  uint64_t scratchStride = 0; // from thread to thread; also the size of a copy or fill
  uint64_t fill = 0;
  uint32_t fillWidth = 4;
  LibraryCall *library = nullptr;
  const Team *team = nullptr;
};

/// What each thread of a team runs: its share of [0, work), cut by thread; kernels do not notice where.
void share(void *data) {
  const Step &s = *static_cast<const Step *>(data);
  int64_t rank = s.team->rank(), size = s.team->size();
  int64_t lo = s.work / size * rank + std::min<int64_t>(rank, s.work % size);
  int64_t hi = lo + s.work / size + (rank < s.work % size);
  if (lo < hi)
    s.kernel(s.args, nullptr, lo, hi, s.scratch + uint64_t(rank) * s.scratchStride);
}

/// Threads that have half a millisecond of work each in one run. Short runs stay on the calling thread: a team gains
/// them little, and where other programs keep the cores busy it makes them ten times as slow (measured).
int worthwhileThreads(const fb::Variant &v) {
  double seconds = 0;
  for (const fb::Step *s : *v.steps()) {
    if (s->kernel() == 0xffffffffu)
      continue;
    const fb::Kernel *k = v.kernels()->Get(s->kernel());
    seconds += double(k->flops()) / 1e11 + double(k->bytes()) / 1e10;
  }
  return int(std::clamp(seconds / 0.5e-3, 1.0, 4096.0));
}

class CpuPlan final : public HostPlan {
public:
  Status load(const PlanRequest &);

  void placeInput(uint32_t index, char *data) override { bind(inputUses[index], data); }
  void placeOutput(uint32_t index, char *data) override { bind(outputUses[index], data); }
  Status execute() override;
  std::vector<StepReport> report() const override { return reports; }
  uint64_t arenaBytes() const override { return arena.size(); }

private:
  /// One place where a bound tensor's address is kept.
  struct Use {
    void **slot;
    uint64_t offset;
    LibraryCall *library;
    uint32_t arg;
  };

  PlanRequest from;
  const Team *team = nullptr;
  int threads = 1;
  bool usesTeam = false;
  Block arena, scratch, libraryScratch;
  std::vector<Code> codes;
  std::vector<KernelFn> kernels;
  std::vector<void *> slots;
  std::vector<Step> steps;
  std::vector<std::unique_ptr<LibraryCall>> libraries;
  std::vector<std::vector<Use>> inputUses, outputUses;
  std::vector<StepReport> reports;

  static void bind(const std::vector<Use> &uses, char *data) {
    for (const Use &use : uses) {
      *use.slot = data ? data + use.offset : nullptr;
      if (use.library)
        use.library->bind(use.arg, static_cast<char *>(*use.slot));
    }
  }
  std::string where(uint32_t step) const;
  Status loadCode();
  Status resolve(uint32_t kernel);
  char *address(const fb::Buffer &) const;
  Status prepare(uint32_t index, const fb::Step &, Step &);
  Status failed(uint32_t step) const;
};

/// "model.dlx, step 3 (conv1, relu1)"
std::string CpuPlan::where(uint32_t step) const {
  std::string text = from.program->path() + ", step " + std::to_string(step);
  auto *sources = from.variant->steps()->Get(step)->sources();
  for (uint32_t i = 0; i != sources->size(); ++i)
    text += (i ? ", " : " (") + sources->Get(i)->str();
  return sources->size() ? text + ")" : text;
}

Status CpuPlan::loadCode() {
  kernels.resize(from.variant->kernels()->size());
  for (const fb::Code *c : *from.variant->codes()) {
    if (c->kind() != fb::CodeKind::SharedObject)
      continue;
    const SectionView *bytes = from.program->section(c->section()->string_view());
    Code code;
    if (Status s = Code::open(bytes->data, bytes->size, code); !s.ok())
      return {s.code(), s.message(), from.program->path() + ", section '" + bytes->name + "'"};
    codes.push_back(std::move(code));
  }
  return {};
}

Status CpuPlan::resolve(uint32_t kernel) {
  if (kernels[kernel])
    return {};
  std::string name = from.variant->kernels()->Get(kernel)->name()->str();
  for (const Code &code : codes)
    if (void *p = code.symbol(name.c_str())) {
      kernels[kernel] = reinterpret_cast<KernelFn>(p);
      return {};
    }
  return {DLC_BAD_FILE, "the code has no kernel '" + name + "'",
          from.program->path() + ", variant '" + from.variant->target()->str() + "'"};
}

/// Null for inputs and outputs, which are bound later.
char *CpuPlan::address(const fb::Buffer &b) const {
  char *base = nullptr;
  switch (b.kind()) {
  case fb::BufferKind::Input:
  case fb::BufferKind::Output:
    return nullptr;
  case fb::BufferKind::Weight:
  case fb::BufferKind::State:
    base = from.weights->weight(b.index());
    break;
  case fb::BufferKind::Constant:
    base = from.weights->constant(b.index());
    break;
  case fb::BufferKind::Derived:
    base = from.weights->derived(b.index());
    break;
  case fb::BufferKind::Arena:
    base = arena.data();
    break;
  }
  return base ? base + b.offset() : nullptr;
}

Status CpuPlan::prepare(uint32_t index, const fb::Step &s, Step &out) {
  StepReport &report = reports[index];
  out.team = team;
  if (s.kind() == fb::StepKind::Copy || s.kind() == fb::StepKind::Fill) {
    bool copy = s.kind() == fb::StepKind::Copy;
    out.scratchStride = from.variant->buffers()->Get(s.args()->Get(0))->size();
    out.action = !out.scratchStride ? Action::Nothing : copy ? Action::Copy : Action::Fill;
    out.fill = s.fill();
    out.fillWidth = s.fill_width();
    report.implementation = !out.scratchStride ? "nothing (empty)" : copy ? "copy" : "fill";
    return {};
  }
  if (s.kind() == fb::StepKind::Library) {
    auto frozen = [&](uint32_t arg) -> const char * {
      const fb::Buffer &b = *from.variant->buffers()->Get(s.args()->Get(arg));
      bool constant = b.kind() == fb::BufferKind::Constant ||
                      (b.kind() == fb::BufferKind::Derived && !from.init) ||
                      (b.kind() == fb::BufferKind::Weight && !from.weights->writable(b.index()));
      return constant ? address(b) : nullptr;
    };
    if (emptyResult(s)) {
      report.implementation = "nothing (empty)";
      return {};
    }
    std::unique_ptr<LibraryCall> call;
    if (from.noLibrary)
      report.note = "the library is switched off";
    else if (Status refused = LibraryCall::create(s, frozen, threads, from.allocator, call, report.note); !refused.ok())
      return {refused.code(), refused.message(), where(index)};
    if (call) {
      out.action = Action::Library;
      out.library = call.get();
      out.threads = uint32_t(call->threads());
      report.implementation = call->implementation();
      libraries.push_back(std::move(call));
      usesTeam = true;
      return {};
    }
    if (s.kernel() == 0xffffffffu)
      return {DLC_UNSUPPORTED, "this step needs oneDNN and has no kernel of its own: " + report.note, where(index)};
  }
  DLC_TRY(resolve(s.kernel()));
  out.kernel = kernels[s.kernel()];
  out.work = s.work();
  report.implementation = "kernel " + from.variant->kernels()->Get(s.kernel())->name()->str();
  if (!report.note.empty())
    from.log(DLC_LOG_INFO, where(index) + ": " + report.implementation + " instead of oneDNN: " + report.note);
  if (!out.work) {
    report.implementation = "nothing (empty)";
    return {};
  }
  out.threads = uint32_t(std::min<int64_t>(threads, std::max<int64_t>(1, s.work() / s.grain())));
  out.action = out.threads > 1 ? Action::Parallel : Action::Inline;
  usesTeam |= out.threads > 1;
  out.scratchStride = container::alignUp(s.scratch(), 64);
  return {};
}

Status CpuPlan::load(const PlanRequest &request) {
  from = request;
  const fb::Variant &v = *from.variant;
  team = &Team::get();
  threads = from.threads > 0 ? from.threads : std::min(team->defaultThreads(), worthwhileThreads(v));
  if (!team->present())
    threads = 1;
  DLC_TRY(loadCode());
  DLC_TRY(Block::allocate(from.allocator, v.arena_bytes(), false, "the arena", arena));

  size_t count = 0;
  for (const fb::Step *s : *v.steps())
    count += s->args()->size();
  slots.resize(count);
  steps.resize(v.steps()->size());
  reports.resize(v.steps()->size());
  inputUses.resize(from.program->table().inputs()->size());
  outputUses.resize(from.program->table().outputs()->size());

  // oneDNN packs weights with no more threads than running will take: a team that nothing else wants costs a
  // short-lived process a third of its time (measured).
  struct Restore {
    const Team *team;
    int threads;
    ~Restore() {
      if (threads)
        team->setThreads(threads);
    }
  };
  bool library = false;
  for (const fb::Step *s : *v.steps())
    library |= s->kind() == fb::StepKind::Library && !from.noLibrary;
  Restore restore{team, library ? team->setThreads(threads) : 0};

  size_t at = 0;
  uint64_t scratchBytes = 0, libraryBytes = 0;
  for (uint32_t i = 0; i != steps.size(); ++i) {
    const fb::Step &s = *v.steps()->Get(i);
    Step &step = steps[i];
    step.args = slots.data() + at;
    DLC_TRY(prepare(i, s, step));
    for (uint32_t a = 0; a != s.args()->size(); ++a) {
      const fb::Buffer &b = *v.buffers()->Get(s.args()->Get(a));
      step.args[a] = address(b);
      if (step.library)
        step.library->bind(a, static_cast<char *>(step.args[a]));
      if (b.kind() == fb::BufferKind::Input)
        inputUses[b.index()].push_back({&step.args[a], b.offset(), step.library, a});
      else if (b.kind() == fb::BufferKind::Output)
        outputUses[b.index()].push_back({&step.args[a], b.offset(), step.library, a});
    }
    at += s.args()->size();
    if (step.action == Action::Inline || step.action == Action::Parallel)
      scratchBytes = std::max(scratchBytes, step.scratchStride * step.threads);
    if (step.library)
      libraryBytes = std::max(libraryBytes, step.library->scratchBytes());
  }

  DLC_TRY(Block::allocate(from.allocator, scratchBytes, false, "scratch memory", scratch));
  DLC_TRY(Block::allocate(from.allocator, libraryBytes, false, "oneDNN's scratch memory", libraryScratch));
  for (Step &step : steps)
    if (step.action == Action::Library)
      step.library->bindScratch(libraryScratch.data());
    else
      step.scratch = scratch.data();
  std::erase_if(steps, [](const Step &s) { return s.action == Action::Nothing && !s.library; });
  return from.init ? Status{} : takePorts(from.program->table(), from.allocator);
}

Status CpuPlan::failed(uint32_t step) const {
  return {DLC_INTERNAL, "oneDNN failed while running step " + std::to_string(step) + " of those that do work",
          from.program->path()};
}

Status CpuPlan::execute() {
  int before = usesTeam ? team->setThreads(threads) : 0, now = threads;
  Status status;
  for (const Step &s : steps) {
    switch (s.action) {
    case Action::Inline:
      s.kernel(s.args, nullptr, 0, s.work, s.scratch);
      break;
    case Action::Parallel:
      team->run(share, const_cast<Step *>(&s), int(s.threads));
      break;
    case Action::Library:
      if (int(s.threads) != now)
        team->setThreads(now = int(s.threads));
      if (!s.library->execute())
        status = failed(uint32_t(&s - steps.data()));
      break;
    case Action::Copy:
      std::memmove(s.args[1], s.args[0], s.scratchStride);
      break;
    case Action::Fill:
      fillPattern(static_cast<char *>(s.args[0]), s.scratchStride, s.fill, s.fillWidth);
      break;
    case Action::Nothing:
      break;
    }
    if (!status.ok())
      break;
  }
  if (before && before != now)
    team->setThreads(before);
  return status;
}

} // namespace

Status makeCpuPlan(const PlanRequest &request, std::unique_ptr<Plan> &out) {
  auto plan = std::make_unique<CpuPlan>();
  DLC_TRY(plan->load(request));
  out = std::move(plan);
  return {};
}

} // namespace dlc::rt
