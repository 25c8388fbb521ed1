// A plan on the CPU runs: step by step, with loops and branches.
#include "runtime/ControlSteps.h"
#include "runtime/cpu/CpuPlan.h"

#include <algorithm>
#include <chrono>
#include <cstring>

namespace dlc::rt::cpu {

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
  uint32_t body = index + 1;
  if (s.action == Action::If) {
    bool first = holds();
    uint32_t start = first ? body : body + s.bodies[0];
    return runSteps(start, start + s.bodies[first ? 0 : 1], teamNow);
  }
  Status status;
  around.push_back({index, 0});
  for (int64_t count = 0; status.ok() && (s.limit < 0 || count < s.limit) && (!s.condition || holds());) {
    status = runSteps(body, body + s.bodies[0], teamNow);
    move(s, 1);
    around.back().count = ++count;
  }
  move(s, -around.back().count);
  around.pop_back();
  return status;
}

/// What the loop's body works on, so many steps of it further on.
void CpuPlan::move(const Step &loop, int64_t count) {
  for (const Advance &a : loop.advances)
    point(a.step, a.arg, static_cast<char *>(steps[a.step].args[a.arg]) + a.bytes * count);
}

Status CpuPlan::execute() {
  int before = usesTeam ? team->setThreads(threads) : 0, now = threads;
  Status status = runSteps(0, uint32_t(order.size()), now);
  if (before && before != now)
    team->setThreads(before);
  return status;
}

namespace {
/// What each thread of a team runs: its share of [0, work), cut by thread; kernels do not notice where.
void share(void *data) {
  const Step &s = *static_cast<const Step *>(data);
  int64_t rank = s.team->rank(), size = s.team->size();
  int64_t lo = s.work / size * rank + std::min<int64_t>(rank, s.work % size);
  int64_t hi = lo + s.work / size + (rank < s.work % size);
  if (lo < hi)
    s.kernel(s.args, s.symbols, lo, hi, s.scratch + uint64_t(rank) * s.scratchStride);
}

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

} // namespace dlc::rt::cpu
