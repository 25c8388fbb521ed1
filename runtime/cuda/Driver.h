// The driver's functions, opened at run time: libcuda.so.1, or the simulated driver in its place.
#pragma once
#include "runtime/Status.h"
#include "runtime/cuda/DriverTypes.h"

#include <string>

namespace dlc::rt::cuda {
using namespace dlc::cu;

/// The least CUDA version that a driver must support: graphs with the node parameters that we use.
inline constexpr int oldestDriver = 12000;
/// From which on the bodies of conditional nodes may copy and fill.
inline constexpr int conditionalDriver = 12040;

/// A tensor within device memory, as the simulated driver wants to know it (gpusim_range of tools/gpusim/gpusim.h).
struct SimulatedRange {
  uint64_t address, bytes;
  const char *name;
  int written; // 0: only read; 1: only written; 2: both
};

/// What the simulated driver has beside the Driver API; null on a real one.
#define DLC_SIMULATOR_FUNCTIONS(X)                                                                                     \
  X(int, gpusim_version, ())                                                                                           \
  X(int, gpusim_configure, (const char *device, const char *check))                                                    \
  X(void, gpusim_next_launch, (const SimulatedRange *ranges, size_t count))                                            \
  X(void, gpusim_kernel_resources, (void *function, uint32_t registers, uint32_t staticShared, uint32_t spillBytes))   \
  X(size_t, gpusim_report_count, ())                                                                                   \
  X(const char *, gpusim_report, (size_t index))

/// The table. Lives as long as the process.
class Driver {
public:
  /// Opens the library and initialises it, once a process; a failure is tried again at the next call. `model` ("a100"
  /// or empty) is for the simulated driver: a process has one model.
  static Status open(bool simulated, const std::string &model, const Driver *&out);

#define X(name, symbol, parameters) CUresult(*name) parameters = nullptr;
  DLC_CUDA_FUNCTIONS(X)
  DLC_CUDA_OPTIONAL_FUNCTIONS(X)
#undef X
#define X(type, name, parameters) type(*name) parameters = nullptr;
  DLC_SIMULATOR_FUNCTIONS(X)
#undef X

  bool simulated() const { return gpusim_version != nullptr; }
  /// What the simulated driver has found since the last call: the kernels ran, but a card might do something else.
  Status findings() const;
  /// The file that was opened.
  const std::string &path() const { return file; }
  /// 13000 for CUDA 13.0.
  int version() const { return supported; }

  /// Why graphs cannot have conditional nodes; "" where they can.
  std::string lacksConditionalNodes() const;

  /// Success, or a Status that names `function`, the driver's own words and, where there is something, what to do.
  /// `doing` is what it was for ("load the kernels"), or empty.
  Status check(CUresult result, const char *function, const std::string &doing = {}) const {
    return result == CUDA_SUCCESS ? Status() : failed(result, function, doing);
  }

private:
  std::string file;
  int supported = 0;
  bool opened = false, initialised = false;
  std::string simulatedModel;

  Status load(bool simulatedWanted);
  Status initialise(const std::string &model);
  Status failed(CUresult result, const char *function, const std::string &doing) const;
};

/// "13.0"
std::string versionText(int version);
/// The device is gone for this process: every later call fails, too.
bool isLost(CUresult);

/// Calls a function of `driver` and hands a failure to the caller; `doing` is made only then.
#define DLC_CU_FOR(driver, doing, function, ...)                                                                       \
  do {                                                                                                                 \
    if (::dlc::cu::CUresult dlcResult = (driver).function(__VA_ARGS__); dlcResult != ::dlc::cu::CUDA_SUCCESS)          \
      return (driver).check(dlcResult, #function, doing);                                                              \
  } while (false)
#define DLC_CU(driver, function, ...) DLC_CU_FOR(driver, std::string(), function, __VA_ARGS__)

} // namespace dlc::rt::cuda
