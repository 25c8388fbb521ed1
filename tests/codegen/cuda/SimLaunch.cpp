#include "tests/codegen/cuda/SimLaunch.h"
#include "tools/gpusim/exec/Counters.h"
#include "tools/gpusim/exec/Launch.h"
#include "tools/gpusim/memory/Allocations.h"

namespace dlc::test {

uint64_t simAllocate(int64_t bytes) {
  return gpusim::allocations().allocate(uint64_t(bytes), gpusim::MemoryKind::Device, 1ull << 34, nullptr);
}

std::string simLaunch(const std::string &ptx, const std::string &kernel, const int64_t *grid, const int64_t *block,
                      int64_t sharedBytes, const std::vector<uint64_t> &arguments, SimCounts &counts) {
  gpusim::DeviceModel model;
  std::string error;
  auto program = gpusim::loadPtx(ptx, model, error);
  if (!program)
    return error;
  for (auto &loaded : program->kernels) {
    if (loaded->name != kernel)
      continue;
    gpusim::Counters counters;
    gpusim::LaunchRequest request;
    request.kernel = loaded.get();
    request.grid = {uint32_t(grid[0]), uint32_t(grid[1]), uint32_t(grid[2])};
    request.block = {uint32_t(block[0]), uint32_t(block[1]), uint32_t(block[2])};
    request.dynamicShared = uint32_t(sharedBytes);
    request.params = arguments.data();
    request.counters = &counters;
    request.model = &model;
    gpusim::LaunchResult result = gpusim::run(request);
    if (result.outcome != gpusim::LaunchOutcome::Done)
      return result.message;
    counts = {counters.loads.bytes,
              counters.loads.sectors,
              counters.loads.leastSectors,
              counters.stores.bytes,
              counters.stores.sectors,
              counters.stores.leastSectors,
              counters.sharedLoads.accesses,
              counters.sharedLoads.wavefronts - counters.sharedLoads.leastWavefronts,
              counters.sharedStores.wavefronts - counters.sharedStores.leastWavefronts};
    return "";
  }
  return "the PTX has no kernel " + kernel;
}

} // namespace dlc::test
