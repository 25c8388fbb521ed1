// gpusim.h: what the library exports beside the Driver API.
#include "tools/gpusim/driver/Control.h"
#include "tools/gpusim/driver/Faults.h"
#include "tools/gpusim/driver/Profile.h"
#include "tools/gpusim/gpusim.h"

using namespace gpusim;

namespace {
std::string &result() {
  static thread_local std::string text;
  return text;
}
std::unique_lock<std::recursive_mutex> lockDriver() { return std::unique_lock(driver().mutex); }
} // namespace

#define GPUSIM_EXPORT extern "C" __attribute__((visibility("default")))

GPUSIM_EXPORT int gpusim_version(void) { return 1; }
GPUSIM_EXPORT int gpusim_configure(const char *device, const char *check) { return configure(device, check) ? 0 : -1; }

GPUSIM_EXPORT void gpusim_next_launch(const gpusim_range *ranges, size_t count) {
  auto copy = std::make_shared<TensorRanges>();
  for (size_t i = 0; i < count; ++i)
    if (ranges[i].bytes)
      copy->push_back({ranges[i].address, ranges[i].bytes, ranges[i].name ? ranges[i].name : "", ranges[i].written});
  setNextRanges(std::move(copy));
}

GPUSIM_EXPORT void gpusim_kernel_resources(void *handle, uint32_t registers, uint32_t, uint32_t spill) {
  auto lock = lockDriver();
  auto *function = static_cast<Function *>(handle);
  if (!driver().functions.count(function))
    return;
  function->registers = registers;
  function->spillBytes = spill;
}

GPUSIM_EXPORT size_t gpusim_report_count(void) { return reports().size(); }
GPUSIM_EXPORT const char *gpusim_reports(void) { return (result() = reports().json()).c_str(); }
GPUSIM_EXPORT const char *gpusim_report(size_t index) {
  return reports().text(index, result()) ? result().c_str() : nullptr;
}
GPUSIM_EXPORT size_t gpusim_check_leaks(void) { return checkLeaks(); }

GPUSIM_EXPORT void gpusim_count(int on) { countKernels(on != 0); }
GPUSIM_EXPORT const char *gpusim_counters(void) { return (result() = countsAsJson()).c_str(); }
GPUSIM_EXPORT void gpusim_reset(void) {
  reports().clear();
  forgetCounts();
}

GPUSIM_EXPORT int gpusim_fail(const char *function, uint64_t nth, int code) {
  auto lock = lockDriver();
  Fault *fault = function ? findFault(function) : nullptr;
  if (!fault)
    return -1;
  fault->failAt = nth ? fault->calls + nth : 0;
  fault->result = code;
  return 0;
}

GPUSIM_EXPORT long long gpusim_calls(const char *function) {
  auto lock = lockDriver();
  Fault *fault = function ? findFault(function) : nullptr;
  return fault ? static_cast<long long>(fault->calls) : -1;
}

GPUSIM_EXPORT const char *gpusim_function(size_t index) {
  return index < functionNames().size() ? functionNames()[index].c_str() : nullptr;
}
