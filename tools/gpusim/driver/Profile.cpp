#include "tools/gpusim/driver/Profile.h"
#include "tools/gpusim/exec/Counters.h"

#include <algorithm>
#include <cstdio>

namespace gpusim {
namespace {

/// A kernel as it was launched with one shape of block.
struct KernelCounts {
  Counters counters;
  std::shared_ptr<Program> program;
  const Kernel *kernel = nullptr;
  Dim3 grid, block;
  uint64_t launches = 0;
  uint32_t dynamicShared = 0, registers = 0, spillBytes = 0;
  int blocksPerMultiprocessor = 0;
};

struct Table {
  bool on = false;
  std::map<std::string, KernelCounts> entries; // by name and block
};
Table &counted() {
  static Table *const one = new Table;
  return *one;
}

std::string number(const char *name, double value) {
  char text[96];
  snprintf(text, sizeof text, ", \"%s\": %.6g", name, value);
  return text;
}
std::string number(const char *name, uint64_t value) {
  return ", \"" + std::string(name) + "\": " + std::to_string(value);
}
std::string dimension(const char *name, Dim3 d) {
  return ", \"" + std::string(name) + "\": [" + std::to_string(d.x) + ", " + std::to_string(d.y) + ", " +
         std::to_string(d.z) + "]";
}
std::string traffic(const char *name, const TrafficCounts &c) {
  return "\"" + std::string(name) + "\": {\"accesses\": " + std::to_string(c.accesses) + number("bytes", c.bytes) +
         number("sectors", c.sectors) + number("least_sectors", c.leastSectors) + "}";
}
std::string sharedTraffic(const char *name, const SharedCounts &c) {
  return "\"" + std::string(name) + "\": {\"accesses\": " + std::to_string(c.accesses) + number("bytes", c.bytes) +
         number("wavefronts", c.wavefronts) + number("least_wavefronts", c.leastWavefronts) + "}";
}

// Each limit alone; the estimate is the largest. A multiprocessor issues four warp instructions a cycle.
std::string roofline(const KernelCounts &e) {
  const DeviceModel &m = driver().model;
  const Counters &c = e.counters;
  double launches = double(std::max<uint64_t>(e.launches, 1)), clock = m.clockKhz * 1e3;
  double bytes = 32.0 * double(c.loads.sectors + c.stores.sectors + c.atomics.sectors);
  double memory = bytes / m.memoryBytesPerSecond, issue = double(c.total().warps) / (4.0 * m.multiprocessors * clock);
  double flops = 2.0 * double(c.byClass[size_t(OpClass::Float)].threads) / m.f32FlopsPerSecond;
  double shared = double(c.sharedLoads.wavefronts + c.sharedStores.wavefronts) / (m.multiprocessors * clock);
  double most = std::max(std::max(memory, issue), std::max(flops, shared));
  return number("memory_us", memory * 1e6 / launches) + number("issue_us", issue * 1e6 / launches) +
         number("float_us", flops * 1e6 / launches) + number("shared_us", shared * 1e6 / launches) +
         number("estimate_us", most * 1e6 / launches);
}

std::string asJson(const KernelCounts &e) {
  const Counters &c = e.counters;
  int warps = int((e.block.count() + 31) / 32);
  std::string text = "{\"kernel\": " + quoted(e.kernel->name) + number("launches", e.launches);
  text += dimension("grid", e.grid) + dimension("block", e.block) + number("registers", uint64_t(e.registers)) +
          number("spill_bytes", uint64_t(e.spillBytes)) + number("static_shared", uint64_t(e.kernel->staticShared)) +
          number("dynamic_shared", uint64_t(e.dynamicShared)) + number("local_bytes", uint64_t(e.kernel->localBytes)) +
          number("occupancy", double(e.blocksPerMultiprocessor * warps) / driver().model.warpsPerMultiprocessor) +
          number("blocks", c.blocks) + number("warp_instructions", c.total().warps) +
          number("thread_instructions", c.total().threads) + number("active_lanes", c.activeLanes()) +
          number("branches", c.branches) + number("divergent_branches", c.divergentBranches);
  text += ", \"instructions\": {";
  bool first = true;
  for (size_t i = 0; i < c.byClass.size(); ++i)
    if (c.byClass[i].warps) {
      text +=
          std::string(first ? "" : ", ") + "\"" + nameOf(OpClass(i)) + "\": " + std::to_string(c.byClass[i].threads);
      first = false;
    }
  text += "}, \"global\": {" + traffic("loads", c.loads) + ", " + traffic("stores", c.stores) + ", " +
          traffic("atomics", c.atomics) + "}, \"shared\": {" + sharedTraffic("loads", c.sharedLoads) + ", " +
          sharedTraffic("stores", c.sharedStores) + "}" + roofline(e) + "}";
  return text;
}

} // namespace

void countKernels(bool on) { counted().on = on; }
void forgetCounts() { counted().entries.clear(); }

std::string countsAsJson() {
  std::string text = "[";
  for (const auto &[key, entry] : counted().entries)
    text += (text.size() > 1 ? ",\n " : "\n ") + asJson(entry);
  return text + (text.size() > 1 ? "\n]" : "]");
}

Profiled::Profiled(const KernelLaunch &launch, LaunchRequest &request) : launch(launch) {
  if (!counted().on)
    return;
  counters = std::make_shared<Counters>();
  request.counters = counters.get();
}

Profiled::~Profiled() {
  if (!counters)
    return;
  const Dim3 &b = launch.block;
  KernelCounts &e = counted().entries[launch.kernel->name + '\n' + std::to_string(b.x) + 'x' + std::to_string(b.y) +
                                      'x' + std::to_string(b.z)];
  if (e.kernel != launch.kernel) { // another module's, of the same name: its instructions are others
    e = KernelCounts();
    e.program = launch.program, e.kernel = launch.kernel;
  }
  e.counters += *counters;
  ++e.launches;
  e.grid = launch.grid, e.block = launch.block, e.dynamicShared = launch.dynamicShared;
  if (driver().functions.count(launch.function)) {
    e.registers = launch.function->registers, e.spillBytes = launch.function->spillBytes;
    e.blocksPerMultiprocessor = blocksThatFit(*launch.function, int(b.count()), launch.dynamicShared);
  }
}

} // namespace gpusim
