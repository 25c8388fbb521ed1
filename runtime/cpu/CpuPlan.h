// A plan on the CPU: pointers resolved at load, then a loop over steps. CpuPlan.cpp makes it, CpuSizes.cpp fits it to
// the sizes of a run, CpuRun.cpp runs it.
#pragma once
#include "runtime/HostPlan.h"
#include "runtime/cpu/Code.h"
#include "runtime/cpu/Library.h"
#include "runtime/cpu/Team.h"

#include <list>

namespace dlc::rt {

Status makeCpuPlan(const PlanRequest &, std::unique_ptr<Plan> &out);

namespace cpu {

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

/// A loop under way, and how many of its steps have been run.
struct Around {
  uint32_t step;
  int64_t count;
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
  std::vector<Around> around;  // the outermost first
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
  void move(const Step &loop, int64_t count);
  Status runSteps(uint32_t first, uint32_t end, int &teamNow);
  Status runControl(uint32_t step, int &teamNow);
};

} // namespace cpu
} // namespace dlc::rt
