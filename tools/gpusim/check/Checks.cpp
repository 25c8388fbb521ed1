// The checker: launches and blocks begin and end, threads synchronise; accesses go to Global.cpp and Shared.cpp.
#include "tools/gpusim/check/State.h"
#include "tools/gpusim/exec/Launch.h"
#include "tools/gpusim/memory/Allocations.h"

#include <shared_mutex>

namespace gpusim {
namespace {

class Checks final : public Checker {
public:
  explicit Checks(bool races) : races(races) {}

  // The driver front.
  void allocated(uint64_t address, uint64_t bytes) override {
    bool host = address - reservedBase >= ReservedBytes; // written by the host, unseen
    Shadow::setWritten(address, bytes, host);
    Shadow::forget(address, bytes);
  }
  void freed(uint64_t address, uint64_t bytes) override {
    Shadow::setWritten(address, bytes, false);
    Shadow::forget(address, bytes);
  }

  void begin(const TaskPtr &task) override {
    auto state = std::make_unique<LaunchState>();
    bool wrapped = false;
    state->task = task;
    state->bound = history.begin(task, wrapped);
    state->first = uint32_t(task->first), state->count = uint32_t(task->count);
    if (wrapped)
      Shadow::forgetAll();
    if (task->kernel) {
      for (const TensorRange &gone : buildIntervals(task->ranges.get(), state->intervals.all))
        stale(*task, gone);
      for (const Interval &one : state->intervals.all)
        if (one.fresh && one.shadowed)
          Shadow::setWritten(one.start, one.end - one.start, false);
    }
    std::unique_lock lock(mutex);
    launches[task->first] = std::move(state);
  }
  void end(const TaskPtr &task) override {
    std::unique_lock lock(mutex);
    launches.erase(task->first);
  }

  void driverReads(const TaskPtr &task, uint64_t address, uint64_t bytes) override {
    if (!Shadow::covers(address, bytes))
      return;
    if (!Shadow::allWritten(address, bytes)) {
      uint64_t byte = Shadow::firstUnwritten(address, bytes);
      driverFinding("unwritten-global", task->name + " reads memory that nothing has written", *task, byte,
                    address + bytes - byte, {});
      Shadow::setWritten(address, bytes, true);
    }
    driverTrace(task, address, bytes, false);
  }
  void driverWrites(const TaskPtr &task, uint64_t address, uint64_t bytes) override {
    if (!Shadow::covers(address, bytes))
      return;
    driverTrace(task, address, bytes, true);
    Shadow::setWritten(address, bytes, true);
  }
  void driverMoves(const TaskPtr &task, uint64_t to, uint64_t from, uint64_t bytes) override {
    bool source = Shadow::covers(from, bytes), target = Shadow::covers(to, bytes);
    if (source)
      driverTrace(task, from, bytes, false);
    if (target)
      driverTrace(task, to, bytes, true);
    if (target && source)
      Shadow::copyWritten(to, from, bytes);
    else if (target)
      Shadow::setWritten(to, bytes, true);
  }

  void stopped(const TaskPtr &task, const std::string &message) override {
    Report report;
    report.kind = "stopped";
    report.message = message;
    report.site.kernel = task->name;
    reports().add(std::move(report));
  }
  void allDone() override { history.allDone(); }

  // The executor.
  void beginBlock(BlockPlace &place) override {
    auto state = std::make_unique<BlockState>();
    {
      std::shared_lock lock(mutex);
      state->launch = launches.at(place.launch).get();
    }
    state->id = uint32_t(place.launch + place.linear);
    state->sharedWritten.resize((place.sharedBytes + 63) / 64 + 1);
    if (races) {
      state->clocks.start(place.warps);
      state->cells.resize(place.sharedBytes / 4 + 1);
    }
    state->localStride = (place.kernel->localBytes + 63) / 64;
    place.shadow = std::move(state);
  }
  void endBlock(BlockPlace &place) override { place.shadow.reset(); }

  LaneMask access(const WarpPlace &at, const Access &a) override {
    switch (a.space) {
    case Space::Global:
      return global.access(at, a);
    case Space::Shared:
      return shared.access(at, a);
    case Space::Local:
      return shared.local(at, a);
    default:
      return a.lanes;
    }
  }

  void barrierPassed(BlockPlace &place, uint32_t, uint32_t warps) override {
    if (!races)
      return;
    BlockState &block = stateOf(place);
    block.clocks.meet(warps);
    uint32_t all = place.warps >= 32 ? ~0u : (1u << place.warps) - 1;
    block.partial = (warps & all) != all;
    block.epoch += !block.partial;
  }
  void warpSynced(const WarpPlace &at, LaneMask) override {
    if (races)
      stateOf(*at.block).clocks.tick(at.warp);
  }
  void divergentBarrier(const WarpPlace &at, LaneMask there, LaneMask missing, uint32_t op) override {
    uint32_t lane = there ? uint32_t(__builtin_ctz(there)) : 0;
    char lanes[64];
    snprintf(lanes, sizeof lanes, "lanes 0x%08x are there, 0x%08x are not", there, missing);
    findings.add("divergent-barrier",
                 std::string("a barrier that not all threads of the warp reach together: ") + lanes, at, lane, op,
                 Space::Shared, 0, 0);
  }
  void fence(const WarpPlace &at, LaneMask, Order order, Scope scope, bool proxy, uint32_t) override {
    if (!races)
      return;
    WarpClocks &mine = stateOf(*at.block).clocks.warps[at.warp];
    if (proxy) {
      mine.proxy.join(mine.row);
    } else if (scope >= Scope::Cluster) {
      if (order != Order::Acquire)
        mine.fenced.join(mine.row);
      if (order != Order::Release) {
        learn(mine.known, mine.pending);
        mine.pending.clear();
      }
    }
    stateOf(*at.block).clocks.tick(at.warp);
  }

  void asyncDone(const WarpPlace &at, Agent agent, uint32_t group, LaneMask lanes) override {
    shared.done(at, agent, group, lanes);
  }
  void mbarrierArrive(const WarpPlace &at, uint32_t offset, LaneMask, BlockPlace *owner) override {
    if (!races || (owner && owner != at.block))
      return;
    BlockState &block = stateOf(*at.block);
    WarpClocks &object = block.objects[offset], &mine = block.clocks.warps[at.warp];
    object.row.join(mine.row), object.fenced.join(mine.fenced), object.proxy.join(mine.proxy);
    learn(object.known, mine.known);
    block.clocks.tick(at.warp);
  }
  void mbarrierPassed(const WarpPlace &at, uint32_t offset, LaneMask, BlockPlace *owner) override {
    if (!races || (owner && owner != at.block))
      return;
    BlockState &block = stateOf(*at.block);
    WarpClocks &object = block.objects[offset], &mine = block.clocks.warps[at.warp];
    mine.row.join(object.row), mine.fenced.join(object.fenced), mine.proxy.join(object.proxy);
    learn(mine.known, object.known);
    block.clocks.tick(at.warp);
    block.partial = true;
  }

  void report(const WarpPlace &at, LaneMask lanes, uint32_t op, const std::string &what) override {
    findings.add("executor", what, at, lanes ? uint32_t(__builtin_ctz(lanes)) : 0, op, Space::Shared, 0, 0);
  }

private:
  void driverFinding(const char *kind, const std::string &message, const Task &task, uint64_t address, uint64_t bytes,
                     Site other) {
    Report report;
    report.kind = kind;
    report.message = message;
    report.site.kernel = task.name;
    report.other = std::move(other);
    report.space = "global";
    report.address = address, report.bytes = uint32_t(std::min<uint64_t>(bytes, ~0u));
    report.allocation = describeAddress(address);
    reports().add(std::move(report));
  }

  void stale(const Task &task, const TensorRange &range) {
    driverFinding("stale-tensor", "tensor '" + range.name + "' of the launch is not within one live allocation", task,
                  range.address, range.bytes, {});
  }

  void driverTrace(const TaskPtr &task, uint64_t address, uint64_t bytes, bool write) {
    if (!races || !bytes)
      return;
    LaunchState *state;
    {
      std::shared_lock lock(mutex);
      state = launches.at(task->first).get();
    }
    Cell mine = Cell::make(uint32_t(task->first), 0, 0, 0, 15);
    bool told = false;
    auto check = [&](Cell cell, uint16_t op, uint64_t g) {
      if (told || cell.id() < state->bound || cell.id() == task->first)
        return;
      TaskPtr other = history.find(cell.id());
      if (!other || task->after(*other))
        return;
      told = true;
      driverFinding("race-global", task->name + " is not ordered after another operation on the same memory", *task,
                    reservedBase + g * 4, 4, findings.siteOf(*state, cell, op));
    };
    for (uint64_t g = Shadow::granule(address), end = Shadow::granule(address + bytes - 1) + 1; g < end; ++g) {
      if (Shadow::writes[g].id() >= state->bound)
        check(Shadow::writes[g], Shadow::writeOps[g], g);
      if (write && Shadow::reads[g].id() >= state->bound)
        check(Shadow::reads[g], Shadow::readOps[g], g);
      (write ? Shadow::writes : Shadow::reads)[g] = mine;
      (write ? Shadow::writeOps : Shadow::readOps)[g] = 0xffff;
    }
  }

  bool races;
  History history;
  Findings findings{history};
  GlobalCheck global{findings, history, races};
  SharedCheck shared{findings, races};
  std::shared_mutex mutex; // of launches
  std::unordered_map<uint64_t, std::unique_ptr<LaunchState>> launches;
};

} // namespace

std::unique_ptr<Checker> makeChecker(CheckMode mode) {
  if (mode == CheckMode::Off || !Shadow::reserve(mode == CheckMode::All))
    return nullptr;
  return std::make_unique<Checks>(mode == CheckMode::All);
}

} // namespace gpusim
