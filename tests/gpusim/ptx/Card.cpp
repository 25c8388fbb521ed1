#include "tests/gpusim/ptx/Card.h"

#include <cstring>
#include <dlfcn.h>

namespace gpusim::ptxtest {
namespace {

using Pointer = unsigned long long;
struct Api {
  int (*init)(unsigned);
  int (*deviceGet)(int *, int);
  int (*deviceName)(char *, int, int);
  int (*deviceAttribute)(int *, int, int);
  int (*retain)(void **, int);
  int (*setCurrent)(void *);
  int (*loadData)(void **, const void *, unsigned, int *, void **);
  int (*unload)(void *);
  int (*getFunction)(void **, void *, const char *);
  int (*allocate)(Pointer *, size_t);
  int (*release)(Pointer);
  int (*toDevice)(Pointer, const void *, size_t);
  int (*toHost)(void *, Pointer, size_t);
  int (*functionAttribute)(void *, int, int);
  int (*launch)(void *, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, void *, void **, void **);
  int (*synchronize)();
  int (*errorName)(int, const char **);
  int (*encodeTiled)(void *, int, uint32_t, void *, const uint64_t *, const uint64_t *, const uint32_t *,
                     const uint32_t *, int, int, int, int);
  int (*configure)(const char *, const char *);
  size_t (*reportCount)();
  const char *(*reports)();
  void (*reset)();
} api;

int mapType(const std::string &type) {
  return type == "u8" ? 0 : type == "u16" ? 1 : type == "u32" ? 2 : type == "f16" ? 6 : type == "f32" ? 7 : 9;
}

} // namespace

template <class F> bool Card::find(F &function, const char *symbol) {
  function = reinterpret_cast<F>(dlsym(library, symbol));
  return function;
}

std::string Card::explain(int result, const char *call) {
  const char *text = nullptr;
  if (api.errorName)
    api.errorName(result, &text);
  return std::string(call) + ": " + (text ? text : "error") + " (" + std::to_string(result) + ")";
}

bool Card::open(const std::string &path, const std::string &device, std::string &error) {
  library = dlopen(path.c_str(), RTLD_NOW);
  if (!library) {
    error = dlerror();
    return false;
  }
  bool all = find(api.init, "cuInit") && find(api.deviceGet, "cuDeviceGet") &&
             find(api.deviceName, "cuDeviceGetName") && find(api.deviceAttribute, "cuDeviceGetAttribute") &&
             find(api.retain, "cuDevicePrimaryCtxRetain") && find(api.setCurrent, "cuCtxSetCurrent") &&
             find(api.loadData, "cuModuleLoadDataEx") && find(api.unload, "cuModuleUnload") &&
             find(api.getFunction, "cuModuleGetFunction") && find(api.allocate, "cuMemAlloc_v2") &&
             find(api.release, "cuMemFree_v2") && find(api.toDevice, "cuMemcpyHtoD_v2") &&
             find(api.toHost, "cuMemcpyDtoH_v2") && find(api.functionAttribute, "cuFuncSetAttribute") &&
             find(api.launch, "cuLaunchKernel") && find(api.synchronize, "cuCtxSynchronize") &&
             find(api.errorName, "cuGetErrorName");
  if (!all) {
    error = path + " lacks a function of the Driver API";
    return false;
  }
  find(api.encodeTiled, "cuTensorMapEncodeTiled");
  simulator = find(api.configure, "gpusim_configure") && find(api.reportCount, "gpusim_report_count") &&
              find(api.reports, "gpusim_reports") && find(api.reset, "gpusim_reset");
  if (simulator && api.configure(device.empty() ? nullptr : device.c_str(), nullptr)) {
    error = "the simulator knows no '" + device + "'";
    return false;
  }
  int handle = 0, result = api.init(0), major = 0, minor = 0;
  if (!result)
    result = api.deviceGet(&handle, 0);
  if (!result)
    result = api.retain(&context, handle);
  if (!result)
    result = api.setCurrent(context);
  if (result) {
    error = explain(result, "opening the device");
    return false;
  }
  api.deviceAttribute(&major, 75, handle), api.deviceAttribute(&minor, 76, handle);
  sm = major * 10 + minor;
  char text[256] = {};
  api.deviceName(text, sizeof text, handle);
  deviceName = text;
  return true;
}

bool Card::load(const Group &group, std::string &error) {
  if (module)
    api.unload(module);
  module = nullptr;
  char log[4096] = {};
  int options[] = {5, 6}; // error log buffer, its size
  void *values[] = {log, reinterpret_cast<void *>(sizeof log)};
  int result = api.loadData(&module, group.ptx.c_str(), 2, options, values);
  if (result)
    error = explain(result, "cuModuleLoadDataEx") + " " + log;
  return !result;
}

bool Card::run(const Case &c, std::vector<std::vector<uint8_t>> &outputs, std::string &error) {
  void *function = nullptr;
  int result = api.getFunction(&function, module, c.name.c_str());
  if (result) {
    error = explain(result, "cuModuleGetFunction");
    return false;
  }
  std::vector<Pointer> pointers(c.buffers.size());
  struct alignas(128) Map {
    uint8_t bytes[128];
  };
  std::vector<Map> maps(c.buffers.size());
  std::vector<void *> params;
  for (size_t i = 0; i < c.buffers.size() && !result; ++i) {
    const Buffer &b = c.buffers[i];
    if (b.role == Buffer::Role::Map) {
      uint64_t element = bytesOf(b.type), dims[] = {b.columns, b.rows}, strides[] = {b.columns * element};
      uint32_t box[] = {b.boxColumns, b.boxRows}, steps[] = {1, 1};
      result = !api.encodeTiled ? 801
                                : api.encodeTiled(maps[i].bytes, mapType(b.type), 2,
                                                  reinterpret_cast<void *>(pointers[size_t(b.buffer)]), dims, strides,
                                                  box, steps, 0, b.swizzle, 0, 0);
      params.push_back(maps[i].bytes);
      continue;
    }
    result = api.allocate(&pointers[i], b.bytes.size());
    std::vector<uint8_t> filler(b.bytes.size(), 0xcd);
    if (!result)
      result = api.toDevice(pointers[i], b.role == Buffer::Role::In ? b.bytes.data() : filler.data(), b.bytes.size());
    params.push_back(&pointers[i]);
  }
  if (result)
    error = explain(result, "preparing buffers");
  if (!result && c.shared && (result = api.functionAttribute(function, 8, int(c.shared))))
    error = explain(result, "cuFuncSetAttribute");
  if (!result) {
    result = api.launch(function, c.blocks, 1, 1, c.threads, 1, 1, c.shared, nullptr, params.data(), nullptr);
    if (!result)
      result = api.synchronize();
    if (result)
      error = explain(result, "launch");
  }
  outputs.clear();
  for (size_t i = 0; i < c.buffers.size(); ++i) {
    const Buffer &b = c.buffers[i];
    if (b.role == Buffer::Role::Out && !result) {
      outputs.emplace_back(b.bytes.size());
      if ((result = api.toHost(outputs.back().data(), pointers[i], b.bytes.size())))
        error = explain(result, "cuMemcpyDtoH");
    }
    if (pointers[i])
      api.release(pointers[i]);
  }
  return !result;
}

std::string Card::reports() {
  if (!simulator || !api.reportCount())
    return "";
  std::string text = api.reports();
  api.reset();
  return text;
}

} // namespace gpusim::ptxtest
