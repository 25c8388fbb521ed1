#include "runtime/Report.h"
#include "runtime/cpu/Features.h"
#include "runtime/cpu/Library.h"
#include "runtime/cpu/Team.h"
#include "runtime/cuda/Context.h"
#include "runtime/cuda/KernelCache.h"
#include "runtime/cuda/Nvrtc.h"

namespace dlc::rt {
using namespace cuda;
namespace {

std::string text(const Status &s) { return s.message(); }

void fill(const Driver &driver, int ordinal, bool withFree, CardReport &out) {
  CardModel m;
  if (Status s = readModel(driver, ordinal, m); !s.ok()) {
    out.problem = text(s);
    return;
  }
  out.model = m.name;
  out.major = m.major;
  out.minor = m.minor;
  out.multiprocessors = m.multiprocessors;
  out.memory = m.memory;
  out.usable = true;
  if (m.capability() < 80) {
    out.usable = false;
    out.problem = "compute capability " + std::to_string(m.major) + "." + std::to_string(m.minor) +
                  " is too old: 8.0 or later is needed";
  }
  if (!withFree || !out.usable)
    return;
  auto ask = [&]() -> Status {
    std::shared_ptr<const Context> context;
    DLC_TRY(Context::get(driver, ordinal, nullptr, context));
    DLC_CURRENT(*context);
    size_t free = 0, total = 0;
    DLC_CU_FOR(driver, "ask for free memory", cuMemGetInfo, &free, &total);
    out.freeMemory = free;
    return {};
  };
  if (Status s = ask(); !s.ok()) {
    out.usable = false;
    out.problem = text(s);
  }
}

CardReport blank(const char *device, const Driver *driver) {
  CardReport r;
  r.device = device;
  if (driver) {
    r.driverVersion = versionText(driver->version());
    r.driverFile = driver->path();
  }
  return r;
}

} // namespace

std::vector<CardReport> reportCards(bool withFree) {
  std::vector<CardReport> list;
  const Driver *driver = nullptr;
  Status s = Driver::open(false, "", driver);
  int count = 0;
  if (s.ok())
    s = driver->check(driver->cuDeviceGetCount(&count), "cuDeviceGetCount");
  if (!s.ok() || !count) {
    list.push_back(blank("cuda", driver));
    list.back().problem = s.ok() ? "the driver sees no GPU: check nvidia-smi and CUDA_VISIBLE_DEVICES" : text(s);
  }
  for (int i = 0; i < count; ++i) {
    list.push_back(blank(("cuda:" + std::to_string(i)).c_str(), driver));
    fill(*driver, i, withFree, list.back());
  }
  driver = nullptr;
  s = Driver::open(true, "", driver);
  list.push_back(blank("sim", driver));
  if (s.ok()) {
    fill(*driver, 0, withFree, list.back());
    list.back().models = {"a100", "h200", "rtx4090"};
  } else {
    list.back().problem = text(s);
  }
  return list;
}

LibraryReport reportNvrtc(int capability) {
  LibraryReport r;
  Nvrtc nvrtc;
  if (Status s = Nvrtc::open(nvrtc); !s.ok()) {
    r.problem = text(s);
    return r;
  }
  r.found = true;
  r.version = nvrtc.version();
  r.file = nvrtc.path();
  r.newestArchitecture = nvrtc.newestFor(capability);
  return r;
}

HostReport reportHost() {
  HostReport r;
  const Team &team = Team::get();
  r.level = cpuLevel();
  r.hasThreads = team.present();
  r.threads = team.describe() + (team.present() ? ", " + std::to_string(team.defaultThreads()) + " threads" : "");
  r.library = describeLibrary();
  r.hasLibrary = r.library.rfind("no ", 0) != 0;
  return r;
}

KernelCacheReport reportKernelCache() {
  KernelCache::State s = KernelCache(KernelCache::defaultFolder()).inspect();
  return {s.folder, s.problem, s.exists, s.entries, s.bytes, s.damaged};
}

} // namespace dlc::rt
