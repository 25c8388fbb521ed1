// One launch of PTX on the simulator's executor, counted.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace dlc::test {

struct SimCounts {
  uint64_t loadBytes = 0, loadSectors = 0, leastLoadSectors = 0, storeBytes = 0, storeSectors = 0,
           leastStoreSectors = 0;
  uint64_t sharedLoads = 0, loadConflicts = 0, storeConflicts = 0; // conflicts: wavefronts beyond the least
};

/// Simulated device memory; a device address is a host address.
uint64_t simAllocate(int64_t bytes);
/// Returns "" or what went wrong.
std::string simLaunch(const std::string &ptx, const std::string &kernel, const int64_t *grid, const int64_t *block,
                      int64_t sharedBytes, const std::vector<uint64_t> &arguments, SimCounts &counts);

} // namespace dlc::test
