// What a plan on the CPU is made of: code, kernels, library calls, memory.
#include "runtime/cpu/CpuPlan.h"
#include "runtime/ControlSteps.h"
#include "runtime/LibrarySteps.h"

#include <algorithm>

namespace dlc::rt::cpu {
namespace {

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

} // namespace

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
  return base ? base + sized.offset(b) : nullptr;
}

Status CpuPlan::prepareLibrary(uint32_t index, const fb::Step &s, const fb::Step &described, StepReport &report,
                               std::unique_ptr<LibraryCall> &call) {
  auto frozen = [&](uint32_t arg) -> const char * {
    const fb::Buffer &b = *from.variant->buffers()->Get(s.args()->Get(arg));
    bool constant = b.kind() == fb::BufferKind::Constant || (b.kind() == fb::BufferKind::Derived && !from.init) ||
                    (b.kind() == fb::BufferKind::Weight && !from.weights->writable(b.index()));
    return constant ? address(b) : nullptr;
  };
  if (from.noLibrary)
    report.note = "the library is switched off";
  else if (Status refused = LibraryCall::create(described, frozen, threads, from.allocator, call, report.note);
           !refused.ok())
    return {refused.code(), refused.message(), where(index)};
  if (call) {
    report.implementation = call->implementation();
    return {};
  }
  if (s.kernel() == 0xffffffffu)
    return {DLC_UNSUPPORTED, "this step needs oneDNN and has no kernel of its own: " + report.note, where(index)};
  report.implementation = "kernel " + from.variant->kernels()->Get(s.kernel())->name()->str();
  from.log(DLC_LOG_INFO, where(index) + ": " + report.implementation + " instead of oneDNN: " + report.note);
  return {};
}

/// The step's kernel on so many units of work.
void CpuPlan::launch(uint32_t index, int64_t work) {
  Step &out = steps[index];
  const fb::Step &s = *from.variant->steps()->Get(index);
  out.work = work;
  out.threads = uint32_t(std::min<int64_t>(threads, std::max<int64_t>(1, work / s.grain())));
  out.action = !work ? Action::Nothing : out.threads > 1 ? Action::Parallel : Action::Inline;
  out.scratchStride = container::alignUp(s.scratch(), 64);
  usesTeam |= out.threads > 1;
}

/// At the largest sizes.
Status CpuPlan::prepare(uint32_t index, const fb::Step &s, Step &out) {
  StepReport &report = reports[index];
  out.team = team;
  out.symbols = sized.values.data();
  if (s.kind() == fb::StepKind::Host) {
    out.action = Action::Host;
    report.implementation = "the host reads " + from.program->table().symbols()->Get(s.symbol())->name()->str();
    return {};
  }
  if (s.kind() == fb::StepKind::Copy || s.kind() == fb::StepKind::Fill) {
    bool copy = s.kind() == fb::StepKind::Copy;
    out.scratchStride = from.variant->buffers()->Get(s.args()->Get(0))->size();
    out.action = !out.scratchStride ? Action::Nothing : copy ? Action::Copy : Action::Fill;
    out.fill = s.fill();
    out.fillWidth = s.fill_width();
    report.implementation = !out.scratchStride ? "nothing (empty)" : copy ? "copy" : "fill";
    return {};
  }
  if (s.kind() == fb::StepKind::While || s.kind() == fb::StepKind::If) {
    bool loop = s.kind() == fb::StepKind::While;
    out.action = loop ? Action::While : Action::If;
    for (uint32_t b = 0; b != s.bodies()->size(); ++b)
      out.bodies[b] = s.bodies()->Get(b);
    out.condition = s.condition() == 0xffffffffu ? nullptr : out.args + s.condition();
    out.limit = s.limit();
    std::string size = std::to_string(bodySteps(s)) + " steps";
    report.implementation =
        !loop           ? "one of two bodies, " + size + " together"
        : s.limit() < 0 ? "a loop over " + size
                        : std::string(out.condition ? "at most " : "") + std::to_string(s.limit()) + " times " + size;
    return {};
  }
  if (s.kind() == fb::StepKind::Library) {
    usesTeam = true;
    if (emptyResult(s)) {
      report.implementation = "nothing (empty)";
      return {};
    }
    // One that depends on symbols is made when they are known.
    bool found, later = symbolic(*from.variant, s, sized, found);
    std::unique_ptr<LibraryCall> call;
    if (!later)
      DLC_TRY(prepareLibrary(index, s, s, report, call));
    if (call) {
      out.action = Action::Library;
      out.library = call.get();
      out.threads = uint32_t(call->threads());
      libraries.push_back(std::move(call));
      return {};
    }
    if (s.kernel() == 0xffffffffu)
      return {};
  }
  DLC_TRY(resolve(s.kernel()));
  out.kernel = kernels[s.kernel()];
  launch(index, s.work());
  report.implementation =
      s.work() ? "kernel " + from.variant->kernels()->Get(s.kernel())->name()->str() : "nothing (empty)";
  return {};
}

Status CpuPlan::load(const PlanRequest &request) {
  from = request;
  sized = Sizes(from.program->table());
  const fb::Variant &v = *from.variant;
  team = &Team::get();
  threads = from.threads > 0 ? from.threads : std::min(team->defaultThreads(), worthwhileThreads(v));
  if (!team->present())
    threads = 1;
  DLC_TRY(loadCode());
  // Where the arena depends on sizes it is taken when they are known.
  if (!v.blocks())
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

  bool control = hasControl(v);
  size_t at = 0;
  uint64_t scratchBytes = 0, libraryBytes = 0;
  for (uint32_t i = 0; i != steps.size(); ++i) {
    const fb::Step &s = *v.steps()->Get(i);
    Step &step = steps[i];
    step.args = slots.data() + at;
    DLC_TRY(prepare(i, s, step));
    for (uint32_t a = 0; a != s.args()->size(); ++a) {
      const fb::Buffer &b = *v.buffers()->Get(s.args()->Get(a));
      point(i, a, address(b));
      if (b.kind() == fb::BufferKind::Input)
        inputUses[b.index()].push_back({i, a, &b, nullptr});
      else if (b.kind() == fb::BufferKind::Output)
        outputUses[b.index()].push_back({i, a, &b, nullptr});
    }
    bool found;
    if (!sized.values.empty() && symbolic(v, s, sized, found))
      resized.push_back({i, found, {}, {}});
    if (control || step.action != Action::Nothing || (!resized.empty() && resized.back().step == i))
      order.push_back(i);
    at += s.args()->size();
    if (step.action == Action::Inline || step.action == Action::Parallel)
      scratchBytes = std::max(scratchBytes, step.scratchStride * step.threads);
    if (step.library)
      libraryBytes = std::max(libraryBytes, step.library->scratchBytes());
  }

  DLC_TRY(Block::allocate(from.allocator, scratchBytes, false, "scratch memory", scratch));
  DLC_TRY(Block::allocate(from.allocator, libraryBytes, false, "oneDNN's scratch memory", libraryScratch));
  for (Step &step : steps) {
    step.scratch = scratch.data();
    if (step.library)
      step.library->bindScratch(libraryScratch.data());
  }
  if (control)
    prepareControl();
  if (!from.init)
    DLC_TRY(takePorts(from.program->table(), from.allocator));
  return {};
}

} // namespace dlc::rt::cpu

namespace dlc::rt {

Status makeCpuPlan(const PlanRequest &request, std::unique_ptr<Plan> &out) {
  auto plan = std::make_unique<cpu::CpuPlan>();
  DLC_TRY(plan->load(request));
  out = std::move(plan);
  return {};
}

} // namespace dlc::rt
