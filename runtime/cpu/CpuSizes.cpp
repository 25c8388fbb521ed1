// A plan on the CPU at the sizes of a run: shapes that were given, and sizes that are found in the middle of it.
#include "runtime/ControlSteps.h"
#include "runtime/LibrarySteps.h"
#include "runtime/cpu/CpuPlan.h"

#include <algorithm>
#include <cstring>

namespace dlc::rt::cpu {

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
  // In a loop what its body works on has moved on: places are computed from where they are in its first step.
  for (const Around &loop : around)
    move(steps[loop.step], -loop.count);
  DLC_TRY(fit(true));
  for (const Around &loop : around)
    move(steps[loop.step], loop.count);
  return {};
}

} // namespace dlc::rt::cpu
