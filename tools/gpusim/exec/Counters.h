// What a launch did, counted. Summed over blocks and host threads; the sums do not depend on their order.
#pragma once
#include "tools/gpusim/exec/Decoder.h"

#include <array>
#include <vector>

namespace gpusim {

/// Accesses to global memory of one kind.
struct TrafficCounts {
  uint64_t accesses = 0;     // warp instructions
  uint64_t bytes = 0;        // asked for by lanes
  uint64_t sectors = 0;      // 32-byte sectors moved, each warp instruction by itself
  uint64_t leastSectors = 0; // had its lanes' different bytes lain side by side
};

/// Accesses to shared memory. A wavefront serves 32 banks of 4 bytes once; 8- and 16-byte accesses take two and four
/// (half and quarter warps) without any conflict.
struct SharedCounts {
  uint64_t accesses = 0, bytes = 0;
  uint64_t wavefronts = 0, leastWavefronts = 0; // the difference: bank conflicts
};

struct Counters {
  struct Instructions {
    uint64_t warps = 0, threads = 0;
  };
  std::array<Instructions, size_t(OpClass::Count)> byClass{};
  std::vector<Instructions> byOp; // by op of the kernel: Kernel::source(op) tells the line
  TrafficCounts loads, stores, atomics;
  SharedCounts sharedLoads, sharedStores;
  uint64_t branches = 0, divergentBranches = 0; // conditional ones, by warps
  uint64_t blocks = 0;

  Instructions total() const;
  /// Lanes that take part in a warp instruction, on average; 32 is best.
  double activeLanes() const;
  Counters &operator+=(const Counters &);
};

/// Adds an access of `bytes` a lane at global addresses. For asynchronous copies too.
void countGlobal(TrafficCounts &, const uint64_t *addresses, LaneMask lanes, uint32_t bytes);
/// The same at shared offsets.
void countShared(SharedCounts &, const uint64_t *offsets, LaneMask lanes, uint32_t bytes);

} // namespace gpusim
