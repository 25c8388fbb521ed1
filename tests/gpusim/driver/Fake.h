// An executor for tests of the driver front and the checker: kernels are C++ functions that say, access by access, what
// a kernel of that name would do. The PTX text only names them.
#pragma once
#include "tools/gpusim/driver/Types.h"
#include "tools/gpusim/exec/Launch.h"
#include "tools/gpusim/gpusim.h"
#include "tools/gpusim/memory/AddressSpace.h"

#include <cstring>
#include <functional>
#include <string>

using namespace gpusim::cu;
extern "C" {
#define X(needs, name, symbol, params, args) CUresult symbol params;
#include "tools/gpusim/driver/Functions.def"
#undef X
}

namespace fake {

using namespace gpusim;

/// A block of a launch. `op` numbers the instruction: it stands in line op of kernel.cu and line 100 + op of the PTX.
struct FakeBlock {
  const LaunchRequest &request;
  BlockPlace place;
  Observer *observer;
  LaunchResult result; // what the launch ends with, if not Done

  template <typename T> T param(size_t index) const {
    T value;
    memcpy(&value, static_cast<const char *>(request.params) + request.kernel->params[index].offset, sizeof value);
    return value;
  }
  /// Any access: lane i of `lanes` at first + i * stride. Returns the lanes that may.
  LaneMask access(uint32_t warp, Access a, uint64_t first, int64_t stride);

  // Global memory: 32 lanes side by side where no stride is given. Writes store `value` + lane (nothing if no checker
  // lets them).
  LaneMask read(uint32_t warp, uint32_t op, uint64_t first, uint32_t bytes = 4, LaneMask lanes = ~0u,
                int64_t stride = -1);
  LaneMask write(uint32_t warp, uint32_t op, uint64_t first, uint32_t bytes = 4, LaneMask lanes = ~0u,
                 int64_t stride = -1, uint64_t value = 1, int64_t step = 1);
  LaneMask atomic(uint32_t warp, uint32_t op, uint64_t address, LaneMask lanes = 1, Order order = Order::Relaxed);
  // Shared memory: offsets from the block's first byte.
  LaneMask sharedRead(uint32_t warp, uint32_t op, uint32_t first, uint32_t bytes = 4, LaneMask lanes = ~0u,
                      int64_t stride = -1);
  LaneMask sharedWrite(uint32_t warp, uint32_t op, uint32_t first, uint32_t bytes = 4, LaneMask lanes = ~0u,
                       int64_t stride = -1, int64_t step = 1);
  LaneMask sharedAsync(uint32_t warp, uint32_t op, uint32_t first, Agent agent, uint32_t group, AccessKind kind,
                       LaneMask lanes = ~0u, uint32_t bytes = 4);
  void done(uint32_t warp, Agent agent, uint32_t group, LaneMask lanes = ~0u);
  void barrier() { barrierOf((1u << place.warps) - 1); }
  void barrierOf(uint32_t warps);
  void syncWarp(uint32_t warp);
  void fence(uint32_t warp, Order order = Order::AcquireRelease, bool proxy = false);
  WarpPlace warp(uint32_t index) { return {&place, index}; }
};
using Body = std::function<void(FakeBlock &)>;

/// Takes the context and forgets reports. `check`: "off", "memory", "all"; one choice a process.
void start(const char *check, const char *device = "a100");
/// A function of that many 8-byte parameters that does `body`; lives until the process ends.
CUfunction kernel(const std::string &name, size_t params, Body body, uint32_t staticShared = 0,
                  uint32_t localBytes = 0);
/// PTX that names these kernels.
std::string ptx(const std::string &name, const std::string &target = "sm_80");
void define(const std::string &name, size_t params, Body body, uint32_t staticShared = 0, uint32_t localBytes = 0);
CUresult launch(CUfunction, uint32_t blocks, uint32_t threads, std::vector<uint64_t> params = {},
                CUstream stream = nullptr, uint32_t dynamicShared = 0);
/// Device memory of zeros that the host wrote, or of nothing.
CUdeviceptr zeros(size_t bytes);
CUdeviceptr memory(size_t bytes);
/// Waits, then: the kinds of all reports since start() or the last call, sorted, "kind*count" joined by spaces.
std::string found();
/// The same without waiting: of a context that has failed.
std::string kinds();
std::string reportsJson();

} // namespace fake
