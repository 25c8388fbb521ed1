#include "runtime/cuda/Context.h"

#include <cstdio>
#include <map>
#include <mutex>

namespace dlc::rt::cuda {

std::string bytesText(uint64_t bytes) {
  char text[32];
  if (bytes < 10'000)
    std::snprintf(text, sizeof text, "%llu bytes", static_cast<unsigned long long>(bytes));
  else if (bytes < 10'000'000)
    std::snprintf(text, sizeof text, "%.1f kB", double(bytes) / 1e3);
  else if (bytes < 1'000'000'000)
    std::snprintf(text, sizeof text, "%.1f MB", double(bytes) / 1e6);
  else
    std::snprintf(text, sizeof text, "%.2f GB", double(bytes) / 1e9);
  return text;
}

Status readModel(const Driver &d, int ordinal, CardModel &m) {
  int count = 0;
  DLC_CU(d, cuDeviceGetCount, &count);
  if (ordinal < 0 || ordinal >= count)
    return {DLC_NO_DEVICE,
            "there is no device " + std::to_string(ordinal) + ": the driver sees " + std::to_string(count) +
                (count ? "" : " (check nvidia-smi and CUDA_VISIBLE_DEVICES)"),
            d.simulated() ? "device sim" : "device cuda"};
  CUdevice device = 0;
  DLC_CU(d, cuDeviceGet, &device, ordinal);
  char name[256] = "";
  DLC_CU(d, cuDeviceGetName, name, int(sizeof name), device);
  m.name = name;
  m.ordinal = ordinal;
  size_t memory = 0;
  DLC_CU(d, cuDeviceTotalMem, &memory, device);
  m.memory = memory;
  const struct {
    CUdevice_attribute attribute;
    int *value;
  } attributes[] = {
      {CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, &m.major},
      {CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, &m.minor},
      {CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT, &m.multiprocessors},
      {CU_DEVICE_ATTRIBUTE_CLOCK_RATE, &m.clockKhz},
      {CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK, &m.maxThreads},
      {CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_X, &m.maxGrid[0]},
      {CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Y, &m.maxGrid[1]},
      {CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Z, &m.maxGrid[2]},
      {CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_X, &m.maxBlock[0]},
      {CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Y, &m.maxBlock[1]},
      {CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Z, &m.maxBlock[2]},
      {CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK, &m.sharedPerBlock},
      {CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN, &m.sharedOptin},
  };
  for (auto &a : attributes)
    DLC_CU_FOR(d, "read what " + m.name + " can do", cuDeviceGetAttribute, a.value, a.attribute, device);
  return {};
}

Status Context::get(const Driver &d, int ordinal, void *given, std::shared_ptr<const Context> &out) {
  static std::mutex mutex;
  static std::map<std::pair<const void *, int>, std::weak_ptr<const Context>> known;
  std::lock_guard lock(mutex);
  // A driver and an ordinal name a primary context, its own address the caller's.
  auto &entry = known[{given ? given : static_cast<const void *>(&d), ordinal}];
  if ((out = entry.lock()))
    return {};
  std::shared_ptr<Context> c(new Context(d));
  DLC_TRY(readModel(d, ordinal, c->model));
  DLC_CU(d, cuDeviceGet, &c->device, ordinal);
  if (given) {
    c->raw = static_cast<CUcontext>(given);
    DLC_CURRENT(*c);
    CUdevice device = 0;
    DLC_CU_FOR(d, "use the caller's context", cuCtxGetDevice, &device);
    if (device != c->device)
      return {DLC_INVALID_ARGUMENT,
              "the caller's context is not on device " + std::to_string(ordinal) + " (" + c->model.name + ")"};
  } else {
    DLC_CU_FOR(d, "take the primary context of " + c->model.name, cuDevicePrimaryCtxRetain, &c->raw, c->device);
    c->retained = true;
  }
  entry = c;
  out = std::move(c);
  return {};
}

Context::~Context() {
  if (retained)
    (void)driver.cuDevicePrimaryCtxRelease(device);
}

Current::~Current() {
  CUcontext popped = nullptr;
  if (status.ok())
    (void)context.driver.cuCtxPopCurrent(&popped);
}

Status makeMemory(const std::shared_ptr<const Context> &c, uint64_t bytes, const std::string &what,
                  const std::string &needs, Memory &out) {
  out = Memory();
  if (!bytes)
    return {};
  CUdeviceptr p = 0;
  CUresult r = c->driver.cuMemAlloc(&p, bytes);
  if (r == CUDA_ERROR_OUT_OF_MEMORY) {
    size_t free = 0, total = 0;
    std::string have = "the device's free memory could not be asked for";
    if (c->driver.cuMemGetInfo(&free, &total) == CUDA_SUCCESS)
      have = bytesText(free) + " of " + bytesText(total) + " are free";
    return {DLC_OUT_OF_MEMORY,
            "no device memory for " + bytesText(bytes) + " of " + what + ": " + have + " on " + c->model.name +
                (needs.empty() ? "" : "; " + needs) +
                "; free other sessions, end other processes on the card, or compile for a smaller batch",
            c->driver.simulated() ? "device sim" : "device cuda"};
  }
  DLC_TRY(c->driver.check(r, "cuMemAlloc", "take " + bytesText(bytes) + " of device memory for " + what));
  out = Memory(c, p);
  return {};
}

Status makePinned(const std::shared_ptr<const Context> &c, uint64_t bytes, const std::string &what, Pinned &out) {
  out = Pinned();
  if (!bytes)
    return {};
  void *p = nullptr;
  DLC_CU_FOR(c->driver, "take " + bytesText(bytes) + " of pinned host memory for " + what, cuMemHostAlloc, &p, bytes,
             0u);
  out = Pinned(c, p);
  return {};
}

Status makeStream(const std::shared_ptr<const Context> &c, Stream &out) {
  CUstream raw = nullptr;
  DLC_CU(c->driver, cuStreamCreate, &raw, CU_STREAM_NON_BLOCKING);
  out = Stream(c, raw);
  return {};
}

Status makeEvent(const std::shared_ptr<const Context> &c, Event &out) {
  CUevent raw = nullptr;
  DLC_CU(c->driver, cuEventCreate, &raw, CU_EVENT_DISABLE_TIMING);
  out = Event(c, raw);
  return {};
}

} // namespace dlc::rt::cuda
