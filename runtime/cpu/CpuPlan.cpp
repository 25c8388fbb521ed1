// A plan on the CPU: pointers resolved at load, then a loop over steps.
// Long because symbols and loops both change what steps were loaded with.
#include "runtime/cpu/CpuPlan.h"
#include "runtime/ControlSteps.h"
#include "runtime/HostPlan.h"
#include "runtime/LibrarySteps.h"
#include "runtime/cpu/Code.h"
#include "runtime/cpu/Library.h"
#include "runtime/cpu/Team.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <list>

namespace dlc::rt {
namespace {

using KernelFn = void (*)(void *const *buf, const int64_t *sym, int64_t lo, int64_t hi, void *scratch);

enum class Action : uint8_t { Inline, Parallel, Library, Copy, Fill, Host, While, If, Nothing };

/// An argument in a loop's body that moves on with each of its steps.
struct Advance {
  uint32_t step, arg;
  int64_t bytes;
};

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
  const int64_t *symbols = nullptr; // the kernel's `sym`
  uint32_t bodies[2] = {0, 0};      // steps of the bodies, which follow this one
  void **condition = nullptr;
  int64_t limit = -1;
  std::vector<Advance> advances = {};
};

/// A step that depends on symbols: what it takes to run at other sizes.
struct Resized {
  uint32_t step;
  bool found; // on symbols that a run finds
  std::vector<int64_t> values;
  /// Calls for the last sizes, the newest first; none for a size at which there is nothing to compute or no call.
  struct Call {
    std::vector<int64_t> sizes;
    std::unique_ptr<LibraryCall> call;
    StepReport report;
    bool empty;
  };
  std::list<Call> calls;
};
constexpr size_t mostCalls = 16;

/// What each thread of a team runs: its share of [0, work), cut by thread; kernels do not notice where.
void share(void *data) {
  const Step &s = *static_cast<const Step *>(data);
  int64_t rank = s.team->rank(), size = s.team->size();
  int64_t lo = s.work / size * rank + std::min<int64_t>(rank, s.work % size);
  int64_t hi = lo + s.work / size + (rank < s.work % size);
  if (lo < hi)
    s.kernel(s.args, s.symbols, lo, hi, s.scratch + uint64_t(rank) * s.scratchStride);
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

  Status resize(const std::vector<int64_t> &symbols) override;
  void placeInput(uint32_t index, char *data) override { bind(inputUses[index], data); }
  void placeOutput(uint32_t index, char *data) override { bind(outputUses[index], data); }
  Status execute() override;
  std::vector<StepReport> report() const override { return reports; }
  Status timeSteps(bool on) override {
    times.assign(on ? reports.size() : 0, {});
    return {};
  }
  StepTime stepTime(uint32_t step) const override { return step < times.size() ? times[step] : StepTime(); }
  uint64_t arenaBytes() const override { return arena.size(); }

private:
  /// One place where a bound tensor's address is kept.
  struct Use {
    uint32_t step, arg;
    const fb::Buffer *buffer;
    char *base;
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
  std::vector<uint32_t> order; // of the steps that do something; where there is control flow, of all
  std::vector<Resized> resized;
  std::vector<std::unique_ptr<LibraryCall>> libraries;
  std::vector<std::vector<Use>> inputUses, outputUses;
  std::vector<StepReport> reports;
  std::vector<StepTime> times; // empty: nobody asks

  void bind(std::vector<Use> &uses, char *data) {
    for (Use &use : uses) {
      use.base = data;
      point(use.step, use.arg, data ? data + sized.offset(*use.buffer) : nullptr);
    }
  }
  void point(uint32_t step, uint32_t arg, char *data) {
    steps[step].args[arg] = data;
    if (steps[step].library)
      steps[step].library->bind(arg, data);
  }
  std::string where(uint32_t step) const;
  Status loadCode();
  Status resolve(uint32_t kernel);
  char *address(const fb::Buffer &) const;
  Status prepare(uint32_t index, const fb::Step &, Step &);
  Status prepareLibrary(uint32_t index, const fb::Step &, const fb::Step &described, StepReport &,
                        std::unique_ptr<LibraryCall> &);
  void launch(uint32_t index, int64_t work);
  Status fit(bool foundOnly);
  Status fit(Resized &);
  Status fitLibrary(Resized &, const fb::Step &, Step &);
  Status stackArena();
  Status find(uint32_t index, const Step &);
  Status takeLibraryScratch(uint64_t bytes);
  Status failed(uint32_t step) const;
  void prepareControl();
  Status runSteps(uint32_t first, uint32_t end, int &teamNow);
  Status runControl(uint32_t step, int &teamNow);
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

/// The step at the sizes of now.
Status CpuPlan::fit(Resized &r) {
  const fb::Step &s = *from.variant->steps()->Get(r.step);
  Step &step = steps[r.step];
  auto wrong = [&](const std::string &what) -> Status {
    return {DLC_INTERNAL, what + " (" + sized.text() + ")", where(r.step)};
  };
  for (uint32_t a = 0; a != s.args()->size(); ++a) {
    const fb::Buffer &b = *from.variant->buffers()->Get(s.args()->Get(a));
    if (b.place() && b.kind() != fb::BufferKind::Input && b.kind() != fb::BufferKind::Output)
      point(r.step, a, address(b));
  }
  if (bodySteps(s)) {
    step.limit = sized.limit(s);
    return {};
  }
  if (s.kind() == fb::StepKind::Host)
    return {};
  if (s.kind() == fb::StepKind::Copy || s.kind() == fb::StepKind::Fill) {
    bool copy = s.kind() == fb::StepKind::Copy;
    auto bytes = [&](uint32_t a) { return sized.bytes(*from.variant->buffers()->Get(s.args()->Get(a))); };
    step.scratchStride = bytes(0);
    if (copy && bytes(0) != bytes(1))
      return wrong("a copy of buffers whose sizes differ");
    step.action = !step.scratchStride ? Action::Nothing : copy ? Action::Copy : Action::Fill;
    return {};
  }
  if (s.values()) {
    r.values.resize(s.values()->size());
    for (uint32_t i = 0; i != r.values.size(); ++i)
      if (!sized.value(*s.values()->Get(i), r.values[i]))
        return wrong("a value for the kernel cannot be computed");
    step.symbols = r.values.data();
  }
  if (s.kind() == fb::StepKind::Library)
    return fitLibrary(r, s, step);
  int64_t work = s.work();
  if (s.work_at() && (!sized.value(*s.work_at(), work) || work < 0 || work > s.work()))
    return wrong("the kernel's work cannot be computed, or is more than was expected");
  launch(r.step, work);
  return {};
}

Status CpuPlan::fitLibrary(Resized &r, const fb::Step &s, Step &step) {
  std::vector<int64_t> sizes;
  bool computed = true;
  eachFormula(s, [&](const fb::Expr &e) {
    int64_t value = 0;
    computed &= sized.value(e, value);
    sizes.push_back(value);
  });
  auto known = std::find_if(r.calls.begin(), r.calls.end(), [&](const Resized::Call &c) { return c.sizes == sizes; });
  if (known != r.calls.end()) {
    r.calls.splice(r.calls.begin(), r.calls, known);
  } else {
    ConcreteStep concrete(s, sized);
    std::string fault = libraryFault(*from.variant, *concrete, &sized);
    if (!computed || !fault.empty())
      return {DLC_INTERNAL, fault + " (" + sized.text() + ")", where(r.step)};
    Resized::Call made{std::move(sizes), nullptr, {"nothing (empty)", ""}, emptyResult(*concrete)};
    if (!made.empty) {
      int before = team->setThreads(threads);
      Status status = prepareLibrary(r.step, s, *concrete, made.report, made.call);
      if (before)
        team->setThreads(before);
      if (!status.ok())
        return status;
    }
    if (made.call)
      DLC_TRY(takeLibraryScratch(made.call->scratchBytes()));
    if (r.calls.size() == mostCalls)
      r.calls.pop_back();
    r.calls.push_front(std::move(made));
  }
  Resized::Call &now = r.calls.front();
  reports[r.step] = now.report;
  step.library = now.call.get();
  if (!step.library) {
    int64_t work = now.empty ? 0 : s.work();
    if (work && s.work_at() && (!sized.value(*s.work_at(), work) || work < 0 || work > s.work()))
      return {DLC_INTERNAL, "the kernel's work cannot be computed (" + sized.text() + ")", where(r.step)};
    launch(r.step, work);
    return {};
  }
  step.action = Action::Library;
  step.threads = uint32_t(step.library->threads());
  for (uint32_t a = 0; a != s.args()->size(); ++a)
    step.library->bind(a, static_cast<char *>(step.args[a]));
  step.library->bindScratch(libraryScratch.data());
  return {};
}

/// For calls that are made after loading.
Status CpuPlan::takeLibraryScratch(uint64_t bytes) {
  if (bytes <= libraryScratch.size())
    return {};
  Block larger;
  DLC_TRY(Block::allocate(from.allocator, bytes, false, "oneDNN's scratch memory", larger));
  libraryScratch = std::move(larger);
  for (Step &step : steps)
    if (step.library)
      step.library->bindScratch(libraryScratch.data());
  return {};
}

Status CpuPlan::fit(bool foundOnly) {
  std::string fault = foundOnly ? "" : sized.stack(*from.variant);
  if (fault.empty())
    fault = sized.fault(*from.variant);
  if (!fault.empty())
    return {DLC_INTERNAL, fault + " (" + sized.text() + ")", from.program->path()};
  if (!foundOnly)
    DLC_TRY(stackArena());
  for (Resized &r : resized)
    if (r.found || !foundOnly)
      DLC_TRY(fit(r));
  if (hasControl(*from.variant))
    prepareControl();
  // Slices behind a number of rows lie elsewhere now.
  for (auto *list : {&inputUses, &outputUses})
    for (std::vector<Use> &uses : *list)
      for (Use &use : uses)
        if (use.buffer->place() && use.base)
          point(use.step, use.arg, use.base + sized.offset(*use.buffer));
  if (!from.init)
    sizePorts(from.program->table());
  return {};
}

/// Memory for the blocks as they lie now, and all that points into it.
Status CpuPlan::stackArena() {
  const fb::Variant &v = *from.variant;
  if (!v.blocks() && arena.size() == v.arena_bytes())
    return {};
  if (uint64_t bytes = sized.arenaBytes(v); bytes > arena.size()) {
    arena = Block();
    DLC_TRY(Block::allocate(from.allocator, bytes, false, "the arena", arena));
  }
  for (uint32_t i = 0; i != steps.size(); ++i)
    for (uint32_t a = 0; a != v.steps()->Get(i)->args()->size(); ++a)
      if (const fb::Buffer &b = *v.buffers()->Get(v.steps()->Get(i)->args()->Get(a)); b.kind() == fb::BufferKind::Arena)
        point(i, a, address(b));
  return {};
}

Status CpuPlan::resize(const std::vector<int64_t> &symbols) {
  sized.start(symbols);
  return fit(false);
}

/// A step Host: what follows has the sizes that were found.
Status CpuPlan::find(uint32_t index, const Step &step) {
  const fb::Step &s = *from.variant->steps()->Get(index);
  int64_t value;
  std::memcpy(&value, step.args[0], sizeof value);
  if (sized.values[s.symbol()] == value)
    return {};
  if (Status status = sized.find(s.symbol(), value); !status.ok())
    return {status.code(), status.message(), where(index)};
  return fit(true);
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

Status CpuPlan::failed(uint32_t step) const { return {DLC_INTERNAL, "oneDNN failed", where(step)}; }

/// Which arguments each loop moves on.
void CpuPlan::prepareControl() {
  struct Loop {
    uint32_t step, end;
  };
  std::vector<Loop> around;
  for (Step &step : steps)
    step.advances.clear();
  for (uint32_t i = 0; i != steps.size(); ++i) {
    while (!around.empty() && around.back().end == i)
      around.pop_back();
    const fb::Step &s = *from.variant->steps()->Get(i);
    for (uint32_t a = 0; a != s.args()->size(); ++a)
      for (size_t loop = 0; loop != around.size(); ++loop)
        if (int64_t bytes = sized.advance(*from.variant->buffers()->Get(s.args()->Get(a)), loop))
          steps[around[loop].step].advances.push_back({i, a, bytes});
    if (s.kind() == fb::StepKind::While)
      around.push_back({i, i + 1 + bodySteps(s)});
  }
}

Status CpuPlan::runControl(uint32_t index, int &teamNow) {
  const Step &s = steps[index];
  auto holds = [&] { return *static_cast<const uint8_t *>(*s.condition) != 0; };
  auto move = [&](int64_t count) {
    for (const Advance &a : s.advances)
      point(a.step, a.arg, static_cast<char *>(steps[a.step].args[a.arg]) + a.bytes * count);
  };
  uint32_t body = index + 1;
  if (s.action == Action::If) {
    bool first = holds();
    uint32_t start = first ? body : body + s.bodies[0];
    return runSteps(start, start + s.bodies[first ? 0 : 1], teamNow);
  }
  Status status;
  int64_t count = 0;
  for (; status.ok() && (s.limit < 0 || count < s.limit) && (!s.condition || holds()); ++count) {
    status = runSteps(body, body + s.bodies[0], teamNow);
    move(1);
  }
  move(-count);
  return status;
}

Status CpuPlan::execute() {
  int before = usesTeam ? team->setThreads(threads) : 0, now = threads;
  Status status = runSteps(0, uint32_t(order.size()), now);
  if (before && before != now)
    team->setThreads(before);
  return status;
}

namespace {
/// Adds the time of its life to a step's; null: looks at no clock.
class Timer {
public:
  explicit Timer(Plan::StepTime *to) : to(to), begin(to ? Clock::now() : Clock::time_point()) {}
  ~Timer() {
    if (!to)
      return;
    ++to->runs;
    to->seconds += std::chrono::duration<double>(Clock::now() - begin).count();
  }

private:
  using Clock = std::chrono::steady_clock;
  Plan::StepTime *to;
  Clock::time_point begin;
};
} // namespace

/// By their places in `order`.
Status CpuPlan::runSteps(uint32_t first, uint32_t end, int &now) {
  Status status;
  for (uint32_t i = first; i != end; ++i) {
    uint32_t index = order[i];
    const Step &s = steps[index];
    Timer timer(times.empty() ? nullptr : &times[index]);
    switch (s.action) {
    case Action::Inline:
      s.kernel(s.args, s.symbols, 0, s.work, s.scratch);
      break;
    case Action::Parallel:
      team->run(share, const_cast<Step *>(&s), int(s.threads));
      break;
    case Action::Library:
      if (int(s.threads) != now)
        team->setThreads(now = int(s.threads));
      if (!s.library->execute())
        status = failed(index);
      break;
    case Action::Copy:
      std::memmove(s.args[1], s.args[0], s.scratchStride);
      break;
    case Action::Fill:
      fillPattern(static_cast<char *>(s.args[0]), s.scratchStride, s.fill, s.fillWidth);
      break;
    case Action::Host:
      status = find(index, s);
      break;
    case Action::While:
    case Action::If:
      status = runControl(index, now);
      i += s.bodies[0] + s.bodies[1];
      break;
    case Action::Nothing:
      break;
    }
    if (!status.ok())
      break;
  }
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
