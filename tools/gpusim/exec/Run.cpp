// Launches: blocks on host threads, the warps of a cluster in turns on one of them.
#include "tools/gpusim/exec/Kernel.h"

#include <algorithm>
#include <cstdlib>
#include <thread>

namespace gpusim {

void Buffer::Free::operator()(uint8_t *p) const { std::free(p); }
void Buffer::reserve(size_t wanted) {
  if (wanted <= bytes)
    return;
  bytes = (wanted + 4095) / 4096 * 4096;
  memory.reset(static_cast<uint8_t *>(std::aligned_alloc(4096, bytes)));
}

void Launch::fail(LaunchOutcome outcome, const std::string &what) {
  std::lock_guard lock(mutex);
  if (result.outcome == LaunchOutcome::Done)
    result = {outcome, what};
  stopped = true;
}

static std::string triple(const Dim3 &d) {
  return "(" + std::to_string(d.x) + "," + std::to_string(d.y) + "," + std::to_string(d.z) + ")";
}

Flow Warp::fail(const Op &op, LaunchOutcome outcome, const std::string &what, int lane) {
  const BlockPlace &p = block->place;
  uint32_t at = opIndex(op);
  std::string text = "kernel " + p.kernel->name + ", block " + triple(p.index);
  uint32_t thread = index * Lanes + uint32_t(std::max(lane, 0));
  text += lane < 0
              ? ", warp " + std::to_string(index)
              : ", thread " + triple({thread % p.size.x, thread / p.size.x % p.size.y, thread / (p.size.x * p.size.y)});
  text += ", line " + std::to_string(p.kernel->ptxLine(at)) + " (" + p.kernel->text(at) + ")";
  std::vector<SourceLine> source = p.kernel->source(at);
  if (!source.empty())
    text += " from " + source[0].file + ":" + std::to_string(source[0].line);
  block->launch->fail(outcome, text + ": " + what);
  return Flow::Stop;
}

uint8_t *sharedPointer(const Warp &w, uint32_t address, uint32_t bytes, Block *&owner) {
  uint32_t rank = sharedRank(address), offset = sharedOffset(address);
  Block *block = w.block;
  if (rank != block->place.rank) {
    if (rank >= block->cluster->blocks.size())
      return nullptr;
    block = block->cluster->blocks[rank];
  }
  owner = block;
  if (offset < SharedBase || uint64_t(offset) + bytes > block->sharedEnd)
    return nullptr;
  return block->shared + offset;
}

uint8_t *genericPointer(const Warp &w, int lane, uint64_t address, uint32_t bytes) {
  if (inReserved(address, bytes))
    return reinterpret_cast<uint8_t *>(address);
  if (inSharedWindow(address))
    return sharedPointer(w, uint32_t(address), bytes);
  const Block &b = *w.block;
  if (inLocalWindow(address)) {
    uint64_t offset = address - LocalWindow;
    if (offset + bytes > b.localBytes)
      return nullptr;
    return b.local + size_t(w.index * Lanes + uint32_t(lane)) * b.localBytes + offset;
  }
  uint64_t params = reinterpret_cast<uint64_t>(b.launch->params.data());
  if (address - params < b.launch->kernel->paramBytes)
    return reinterpret_cast<uint8_t *>(address);
  return inRegistered(address, bytes) ? reinterpret_cast<uint8_t *>(address) : nullptr;
}

namespace {

struct Worker {
  Launch &launch;
  const KernelImpl &kernel;
  Cluster cluster;
  std::vector<std::unique_ptr<Block>> blocks;
  Buffer registers, shared, local;
  Counters counters;
  uint32_t threads, warps, sharedStride;

  explicit Worker(Launch &launch) : launch(launch), kernel(*launch.kernel) {
    const LaunchRequest &r = *launch.request;
    threads = uint32_t(r.block.count()), warps = (threads + Lanes - 1) / Lanes;
    uint32_t ranks = uint32_t(r.cluster.count());
    size_t fileBytes = (kernel.registerBytes + 63) / 64 * 64;
    registers.reserve(ranks * warps * fileBytes + 64);
    std::memset(registers.data(), 0, registers.size());
    sharedStride = (launch.sharedEnd + 4095) / 4096 * 4096;
    shared.reserve(size_t(ranks) * sharedStride);
    local.reserve(size_t(ranks) * warps * Lanes * kernel.localBytes + 64);
    if (r.counters)
      counters.byOp.resize(kernel.code.size());
    cluster.launch = &launch;
    for (uint32_t rank = 0; rank < ranks; ++rank) {
      blocks.push_back(std::make_unique<Block>());
      Block &b = *blocks.back();
      cluster.blocks.push_back(&b);
      b.launch = &launch, b.cluster = &cluster;
      b.observer = r.observer, b.counters = r.counters ? &counters : nullptr;
      b.shared = shared.data() + size_t(rank) * sharedStride, b.sharedEnd = launch.sharedEnd;
      b.place.shared = b.shared;
      b.localBytes = kernel.localBytes;
      b.local = local.data() + size_t(rank) * warps * Lanes * kernel.localBytes;
      b.threads = threads, b.warpCount = warps;
      b.place.kernel = &kernel, b.place.launch = r.id, b.place.rank = rank;
      b.place.threads = threads, b.place.warps = warps;
      b.place.sharedBytes = launch.sharedEnd - SharedBase, b.place.shared = b.shared;
      b.place.size = r.block;
      b.warps.resize(warps);
      for (uint32_t i = 0; i < warps; ++i) {
        Warp &w = b.warps[i];
        w.regs = registers.data() + (size_t(rank) * warps + i) * fileBytes;
        w.constants = launch.constants[rank].data();
        w.code = launch.code, w.block = &b, w.index = i;
        w.place = {&b.place, i};
        fillThreads(w);
      }
    }
  }

  uint32_t *specialAt(Warp &w, const WarpSpecial &s) { return w.at<uint32_t>(s.slot); }

  /// Special registers that no block changes.
  void fillThreads(Warp &w) {
    const Dim3 &size = launch.request->block;
    for (const WarpSpecial &s : kernel.specials)
      for (uint32_t lane = 0; lane < Lanes; ++lane) {
        uint32_t t = w.index * Lanes + lane;
        uint32_t component[3] = {t % size.x, t / size.x % size.y, t / (size.x * size.y)};
        if (s.kind == WarpSpecial::Thread)
          specialAt(w, s)[lane] = component[s.component];
        else if (s.kind == WarpSpecial::WarpIndex)
          specialAt(w, s)[lane] = w.index;
      }
  }

  void begin(uint64_t number) {
    const LaunchRequest &r = *launch.request;
    Dim3 c = r.cluster, clusters{r.grid.x / c.x, r.grid.y / c.y, r.grid.z / c.z};
    uint32_t at[3] = {uint32_t(number % clusters.x), uint32_t(number / clusters.x % clusters.y),
                      uint32_t(number / (uint64_t(clusters.x) * clusters.y))};
    for (uint32_t rank = 0; rank < blocks.size(); ++rank) {
      Block &b = *blocks[rank];
      uint32_t in[3] = {rank % c.x, rank / c.x % c.y, rank / (c.x * c.y)};
      b.place.index = {at[0] * c.x + in[0], at[1] * c.y + in[1], at[2] * c.z + in[2]};
      b.place.linear = b.place.index.x + uint64_t(r.grid.x) * (b.place.index.y + uint64_t(r.grid.y) * b.place.index.z);
      b.aliveWarps = warps;
      for (Barrier &barrier : b.barriers)
        barrier = Barrier();
      // What nobody wrote must not look like a zero: all ones are NaN in every float type.
      std::memset(b.shared, 0xff, launch.sharedEnd);
      if (b.localBytes)
        std::memset(b.local, 0xff, size_t(warps) * Lanes * b.localBytes);
      uint32_t index[3] = {b.place.index.x, b.place.index.y, b.place.index.z};
      for (Warp &w : b.warps) {
        uint32_t lanes = std::min(threads - w.index * Lanes, uint32_t(Lanes));
        w.alive = w.active = lanes == 32 ? AllLanes : (1u << lanes) - 1;
        w.pc = 0, w.carry = 0, w.state = WarpState::Ready, w.steps = 0, w.budget = JumpBudget;
        w.turns = 0;
        w.paths.assign(1, Path{0, ~0u, w.alive});
        for (const WarpSpecial &s : kernel.specials) {
          uint32_t value = 0;
          switch (s.kind) {
          case WarpSpecial::BlockIndex:
            value = index[s.component];
            break;
          case WarpSpecial::ClusterIndex:
            value = at[s.component];
            break;
          case WarpSpecial::BlockInCluster:
            value = in[s.component];
            break;
          case WarpSpecial::Multiprocessor:
            value = uint32_t(b.place.linear % uint64_t(std::max(1, r.model ? r.model->multiprocessors : 1)));
            break;
          default:
            continue;
          }
          std::fill_n(specialAt(w, s), Lanes, value);
        }
        for (auto [slot, bytes] : kernel.undefined) // NaN, or an index that is none: who reads it, shows it
          std::memset(w.regs + slot, 0xff, bytes);
      }
      if (b.observer)
        b.observer->beginBlock(b.place);
      ++counters.blocks;
    }
  }

  void end() {
    for (Block *b : cluster.blocks) {
      for (Warp &w : b->warps)
        w.ext.clear();
      b->ext.clear();
      if (b->observer)
        b->observer->endBlock(b->place);
      b->place.shadow.reset();
    }
    cluster.ext.clear();
  }

  void runCluster(uint64_t number) {
    begin(number);
    for (;;) {
      bool alive = false, progress = false;
      for (Block *b : cluster.blocks) {
        if (b->aliveWarps == 0)
          continue;
        alive = true;
        for (Warp &w : b->warps) {
          if (w.state != WarpState::Ready)
            continue;
          uint32_t pc = w.pc;
          uint64_t steps = w.steps;
          const Op *op = w.code + pc;
          op->run(op, &w, w.active);
          if (launch.stopped.load(std::memory_order_relaxed))
            return end();
          if (launch.request->patience && w.turns > launch.request->patience / JumpBudget) {
            w.fail(w.code[w.pc], LaunchOutcome::Deadlock,
                   "this warp has jumped back " + std::to_string(w.turns * JumpBudget) +
                       " times: the kernel does not end (DLC_SIM_PATIENCE allows more)");
            return end();
          }
          progress |= w.pc != pc || w.steps != steps || w.state != WarpState::Ready;
        }
      }
      if (!alive)
        return end();
      if (!progress) {
        launch.fail(LaunchOutcome::Deadlock, "kernel " + kernel.name + ", block " + triple(blocks[0]->place.index) +
                                                 ": every warp waits for what nobody does: " + waitingAt(cluster));
        return end();
      }
    }
  }

  void runAll(uint64_t clusters) {
    while (!launch.stopped) {
      uint64_t number = launch.nextCluster.fetch_add(1);
      if (number >= clusters)
        return;
      runCluster(number);
    }
  }
};

/// What a launch asks for that the kernel or the card does not allow; empty if nothing.
std::string refusal(const LaunchRequest &r) {
  const Kernel &k = *r.kernel;
  const KernelImpl &impl = static_cast<const KernelImpl &>(k);
  uint64_t threads = r.block.count();
  auto is = [](uint64_t n) { return std::to_string(n); };
  if (!r.grid.count() || !threads || !r.cluster.count())
    return "an empty grid, block or cluster";
  if (threads > 1024 || r.block.x > 1024 || r.block.y > 1024 || r.block.z > 64)
    return "a block of " + triple(r.block) + " threads; at most 1024 are possible";
  if (r.grid.x > 0x7fffffff || r.grid.y > 65535 || r.grid.z > 65535)
    return "a grid of " + triple(r.grid) + " blocks";
  uint64_t most = k.maxThreads.count();
  if (most && threads > most)
    return is(threads) + " threads a block where the kernel says at most " + is(most);
  if (impl.requiredThreads &&
      (r.block.x != k.maxThreads.x || r.block.y != k.maxThreads.y || r.block.z != k.maxThreads.z))
    return "a block of " + triple(r.block) + " threads where the kernel requires " + triple(k.maxThreads);
  if (r.grid.x % r.cluster.x || r.grid.y % r.cluster.y || r.grid.z % r.cluster.z)
    return "a grid of " + triple(r.grid) + " blocks is no multiple of its cluster " + triple(r.cluster);
  if (k.cluster.count() > 1 && (r.cluster.x != k.cluster.x || r.cluster.y != k.cluster.y || r.cluster.z != k.cluster.z))
    return "a cluster of " + triple(r.cluster) + " blocks where the kernel requires " + triple(k.cluster);
  if (r.cluster.count() > 16)
    return "a cluster of " + is(r.cluster.count()) + " blocks; at most 16 are possible";
  uint64_t most_shared = r.model ? uint64_t(r.model->sharedPerBlockOptin) : (1u << 24) - SharedBase;
  if (uint64_t(k.staticShared) + r.dynamicShared > most_shared)
    return is(uint64_t(k.staticShared) + r.dynamicShared) + " bytes of shared memory a block; the card has " +
           is(most_shared);
  if (k.paramBytes && !r.params)
    return "no parameters";
  return {};
}

uint64_t fixedValue(const Fixup &f, const Launch &launch, uint32_t rank) {
  const LaunchRequest &r = *launch.request;
  auto component = [&](const Dim3 &d) { return f.index == 0 ? d.x : f.index == 1 ? d.y : d.z; };
  uint32_t own = rank << SharedRankShift;
  switch (f.kind) {
  case Fixup::Parameter: {
    uint64_t value = 0;
    std::memcpy(&value, launch.params.data() + f.value, std::min<uint32_t>(f.size, 8));
    if (f.isSigned && f.size < 8)
      value = uint64_t(int64_t(value << (64 - 8 * f.size)) >> (64 - 8 * f.size));
    return value;
  }
  case Fixup::ParameterBase:
    return reinterpret_cast<uint64_t>(launch.params.data()) + uint64_t(f.value);
  case Fixup::Variable:
    return (*launch.kernel->variables)[size_t(f.index)].address + uint64_t(f.value);
  case Fixup::SharedAddress:
    return uint64_t(own) + uint64_t(f.value);
  case Fixup::DynamicShared:
    return uint64_t(own) + (launch.kernel->staticEnd + f.size - 1) / f.size * f.size + uint64_t(f.value);
  case Fixup::BlockDim:
    return component(r.block);
  case Fixup::GridDim:
    return component(r.grid);
  case Fixup::ClusterDim:
    return component(r.cluster);
  case Fixup::ClusterCount:
    return component(r.grid) / component(r.cluster);
  case Fixup::ClusterRank:
    return rank;
  case Fixup::ClusterSize:
    return r.cluster.count();
  case Fixup::WarpCount:
    return (r.block.count() + Lanes - 1) / Lanes;
  case Fixup::GridId:
    return r.id;
  case Fixup::DynamicSharedSize:
    return r.dynamicShared;
  case Fixup::TotalSharedSize:
    return launch.sharedEnd - SharedBase;
  case Fixup::Multiprocessors:
    return uint64_t(r.model ? r.model->multiprocessors : 1);
  }
  return 0;
}

} // namespace

LaunchResult run(const LaunchRequest &request) {
  if (!request.kernel)
    return {LaunchOutcome::InvalidLaunch, "no kernel"};
  if (std::string what = refusal(request); !what.empty())
    return {LaunchOutcome::InvalidLaunch, "kernel " + request.kernel->name + " cannot be launched: " + what};
  const KernelImpl &kernel = static_cast<const KernelImpl &>(*request.kernel);
  Launch launch;
  launch.request = &request, launch.kernel = &kernel;
  launch.code = request.counters ? kernel.counted.data() : kernel.code.data();
  launch.params.reserve(kernel.paramBytes + 64);
  if (kernel.paramBytes)
    std::memcpy(launch.params.data(), request.params, kernel.paramBytes);
  // Dynamic memory begins where its alignment allows; as much more is there as that may skip.
  uint32_t start = kernel.staticEnd;
  for (const Fixup &f : kernel.fixups)
    if (f.kind == Fixup::DynamicShared)
      start = std::max(start, (kernel.staticEnd + f.size - 1) / f.size * f.size);
  launch.sharedEnd = start + request.dynamicShared;
  launch.constants.resize(request.cluster.count());
  for (uint32_t rank = 0; rank < launch.constants.size(); ++rank) {
    Buffer &pool = launch.constants[rank];
    pool.reserve(kernel.constants.size() + 64);
    if (!kernel.constants.empty())
      std::memcpy(pool.data(), kernel.constants.data(), kernel.constants.size());
    for (const Fixup &f : kernel.fixups) {
      uint64_t value = fixedValue(f, launch, rank);
      uint32_t bytes = f.bits / 8;
      for (int lane = 0; lane < Lanes; ++lane)
        std::memcpy(pool.data() + f.slot + size_t(lane) * bytes, &value, bytes);
    }
  }
  uint64_t clusters = request.grid.count() / request.cluster.count();
  uint64_t workers =
      request.threads > 0 ? uint64_t(request.threads) : std::max(1u, std::thread::hardware_concurrency());
  workers = std::min(workers, clusters);
  // A thread costs as much as a few hundred warps of a small kernel.
  if (kernel.ordered || clusters * request.block.count() * request.cluster.count() < 4096)
    workers = 1;
  std::mutex merging;
  auto work = [&] {
    Worker worker(launch);
    worker.runAll(clusters);
    if (request.counters) {
      std::lock_guard lock(merging);
      *request.counters += worker.counters;
    }
  };
  std::vector<std::thread> others;
  for (uint64_t i = 1; i < workers; ++i)
    others.emplace_back(work);
  work();
  for (std::thread &t : others)
    t.join();
  return launch.result;
}

} // namespace gpusim
