// The one driver, its environment, and what it reports by itself.
#include "tools/gpusim/driver/State.h"

#include <cstdlib>

namespace gpusim {
namespace {

CheckMode modeOf(const std::string &name, bool &known) {
  known = name.empty() || name == "off" || name == "memory" || name == "all";
  return name == "memory" ? CheckMode::Memory : name == "all" ? CheckMode::All : CheckMode::Off;
}

std::string environment(const char *name, const char *otherwise) {
  const char *value = getenv(name);
  return value && *value ? value : otherwise;
}

} // namespace

Driver &driver() {
  static Driver *const one = [] {
    auto *d = new Driver; // outlives static destruction
    d->deviceKey = environment("DLC_SIM_DEVICE", "a100");
    d->checkName = environment("DLC_SIM_CHECK", "all");
    d->threads = atoi(environment("DLC_SIM_THREADS", "0").c_str());
    d->patience = strtoull(environment("DLC_SIM_PATIENCE", "4294967296").c_str(), nullptr, 10);
    bool known = true;
    d->mode = modeOf(d->checkName, known);
    if (!known)
      fprintf(stderr, "gpusim: DLC_SIM_CHECK=%s is none of off, memory, all: nothing is checked\n",
              d->checkName.c_str());
    return d;
  }();
  return *one;
}

bool configure(const char *device, const char *check) {
  Driver &d = driver();
  std::lock_guard lock(d.mutex);
  DeviceModel model;
  bool known = true;
  CheckMode mode = check ? modeOf(check, known) : d.mode;
  if (!known || (device && !findModel(device, model)))
    return false;
  if (d.initialised) // too late to be another card; the same is fine
    return (!device || d.deviceKey == device) && mode == d.mode;
  if (device)
    d.deviceKey = device;
  d.mode = mode;
  return true;
}

void driverReport(const char *kind, const std::string &function, const std::string &message, uint64_t address,
                  uint64_t bytes) {
  if (driver().mode == CheckMode::Off && std::string(kind) == "invalid-pointer")
    return; // the caller has the result; the report is a courtesy of the checks
  Report report;
  report.kind = kind;
  report.site.kernel = function;
  report.message = function + " " + message;
  if (address) {
    report.space = "global";
    report.address = address;
    report.bytes = uint32_t(bytes);
    report.allocation = describeAddress(address);
  }
  reports().add(std::move(report));
}

size_t checkLeaks() {
  Driver &d = driver();
  std::lock_guard lock(d.mutex);
  size_t count = 0;
  auto leak = [&](const std::string &what, uint64_t address = 0, uint64_t bytes = 0) {
    ++count;
    driverReport("leak", what, "was never given back", address, bytes);
  };
  for (const Allocation &a : allocations().live(nullptr)) {
    static constexpr const char *kinds[] = {"device memory", "managed memory", "", "pinned host memory",
                                            "registered host memory"};
    if (a.kind != MemoryKind::Variable)
      leak(std::string(kinds[int(a.kind)]) + " #" + std::to_string(a.number) + " of " + std::to_string(a.bytes) +
               " bytes",
           a.address, a.bytes);
  }
  auto each = [&](size_t live, const char *what) {
    for (size_t i = 1; i <= live; ++i)
      leak(std::string(what) + " " + std::to_string(i) + " of " + std::to_string(live));
  };
  each(d.modules.size(), "module");
  each(d.streams.size() - d.contexts.size(), "stream"); // a context has one of its own
  each(d.events.size(), "event");
  size_t owned = 0;
  d.graphs.each([&](Graph &graph) { owned += graph.owned; });
  each(d.graphs.size() - owned, "graph");
  each(d.executables.size(), "executable graph");
  each(d.contexts.size() - (d.primary != nullptr), "context");
  if (d.primary)
    each(d.primary->retained, "retained primary context");
  return count;
}

void atEnd() {
  Driver &d = driver();
  if (d.initialised && d.mode != CheckMode::Off)
    checkLeaks();
}

} // namespace gpusim
