#include "tools/dlc/inspect/Memory.h"
#include "runtime/Program.h"
#include <algorithm>
#include <fmt/format.h>

namespace dlc::cli::inspect {
namespace {
struct Access {
  uint64_t begin, end;
  bool meets(const Access &other) const { return begin < other.end && other.begin < end; }
};

/// A step's reads and writes of the arena. What it updates in place is both.
struct StepAccess {
  std::vector<Access> reads, writes;
};

std::vector<StepAccess> accesses(const fb::Variant &v) {
  std::vector<StepAccess> steps(v.steps()->size());
  for (uint32_t s = 0; s < v.steps()->size(); ++s) {
    const fb::Step &step = *v.steps()->Get(s);
    for (uint32_t i = 0; i < step.args()->size(); ++i) {
      const fb::Buffer &b = *v.buffers()->Get(step.args()->Get(i));
      if (b.kind() != fb::BufferKind::Arena || b.size() == 0)
        continue;
      bool written = i + step.outputs() >= step.args()->size();
      (written ? steps[s].writes : steps[s].reads).push_back({b.offset(), b.offset() + b.size()});
    }
  }
  return steps;
}

/// Adds to `live` the bytes of one range that no access divides: from each write to the last read before the next.
void addRange(const Access &range, const std::vector<StepAccess> &steps, std::vector<uint64_t> &live) {
  auto touches = [&](const std::vector<Access> &list) {
    return std::any_of(list.begin(), list.end(), [&](const Access &a) { return a.meets(range); });
  };
  size_t from = steps.size(), to = 0; // from: nothing is written yet
  auto close = [&](size_t end) {
    for (size_t s = from; s < steps.size() && s <= to && s < end; ++s)
      live[s] += range.end - range.begin;
  };
  for (size_t s = 0; s < steps.size(); ++s) {
    if (from < steps.size() && touches(steps[s].reads))
      to = s;
    if (touches(steps[s].writes)) {
      close(s); // what is updated in place counts once at this step
      from = to = s;
    }
  }
  close(steps.size());
}

std::string typeOf(const fb::Buffer &b) {
  std::string text;
  for (int64_t d : *b.shape())
    text += fmt::format("{}x", d);
  return text + rt::dtypeName(b.dtype());
}
} // namespace

Memory memoryOf(const fb::Variant &v) {
  Memory memory;
  memory.arena = v.arena_bytes();
  memory.live.resize(v.steps()->size());
  std::vector<StepAccess> steps = accesses(v);
  std::vector<uint64_t> cuts;
  for (const StepAccess &step : steps)
    for (const auto *list : {&step.reads, &step.writes})
      for (const Access &a : *list) {
        cuts.push_back(a.begin);
        cuts.push_back(a.end);
      }
  std::sort(cuts.begin(), cuts.end());
  cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
  for (size_t i = 1; i < cuts.size(); ++i)
    addRange({cuts[i - 1], cuts[i]}, steps, memory.live);
  if (auto most = std::max_element(memory.live.begin(), memory.live.end()); most != memory.live.end()) {
    memory.peak = *most;
    memory.peakStep = static_cast<size_t>(most - memory.live.begin());
  }

  for (uint32_t s = 0; s < v.steps()->size(); ++s) {
    const fb::Step &step = *v.steps()->Get(s);
    for (uint32_t i = step.args()->size() - std::min(step.outputs(), step.args()->size()); i < step.args()->size();
         ++i) {
      const fb::Buffer &b = *v.buffers()->Get(step.args()->Get(i));
      if (b.kind() != fb::BufferKind::Arena || b.size() == 0)
        continue;
      Block block{b.offset(), b.size(), s, s, b.name()->str(), typeOf(b)};
      Access whole{b.offset(), b.offset() + b.size()};
      auto meets = [&](const Access &a) { return a.meets(whole); };
      for (size_t later = s + 1; later < steps.size(); ++later) {
        if (std::any_of(steps[later].reads.begin(), steps[later].reads.end(), meets))
          block.last = later;
        if (std::any_of(steps[later].writes.begin(), steps[later].writes.end(), meets))
          break;
      }
      memory.blocks.push_back(std::move(block));
    }
  }
  return memory;
}

std::string kernelOf(const fb::Variant &v, const fb::Step &step) {
  return step.kernel() < v.kernels()->size() ? v.kernels()->Get(step.kernel())->name()->str() : "";
}

fb::KernelKind kindOf(const fb::Variant &v, const fb::Step &step) {
  if (step.kernel() < v.kernels()->size())
    return v.kernels()->Get(step.kernel())->kind();
  return step.kind() == fb::StepKind::Library ? fb::KernelKind::Contraction : fb::KernelKind::Other;
}

Launches launchesOf(const fb::Variant &v) {
  Launches launches;
  for (const auto *step : *v.steps()) {
    fb::KernelKind kind = kindOf(v, *step);
    ++(kind == fb::KernelKind::Contraction ? launches.contractions
       : kind == fb::KernelKind::Reduction ? launches.reductions
                                           : launches.others);
  }
  return launches;
}

} // namespace dlc::cli::inspect
