// What a warp has under way: its cp.async groups, and each lane's bulk copies to global memory.
#pragma once
#include "tools/gpusim/async/Async.h"

namespace gpusim::async {

/// One cp.async of a warp. Lanes fall out of `lanes` when their copy has been made.
struct Copy {
  Copy() {} // the arrays are filled by whoever makes it
  LaneMask lanes = 0;
  uint32_t group = 0; // of these lanes: how many they had committed before
  uint32_t bytes = 0;
  bool plain = false; // 16 bytes from every lane's source
  uint8_t *to[32];
  uint64_t from[32];
  uint8_t take[32]; // bytes that come from the source; zeros follow
};

/// A bulk copy to global memory.
struct Store {
  uint32_t group = 0;     // of its lane
  uint32_t readGroup = 0; // what the observer knows the reading of the source by
  uint32_t op = 0;
  bool wasRead = false;
  std::unique_ptr<Transfer> transfer;
};

struct WarpState : Extension {
  // cp.async
  std::deque<Copy> copies; // in the order of the program; number of the first: `first`
  uint64_t first = 0;
  uint32_t committed[32] = {}; // groups a lane has committed
  bool together = true;        // all living lanes have committed the same number
  // bulk groups, by lane
  std::deque<Store> stores[32];
  uint32_t committedStores[32] = {};
  Warp *warp = nullptr;

  /// Makes the copies of these lanes.
  static void finish(Copy &, LaneMask);
  /// Forgets copies that are done.
  void sweep();
  ~WarpState() override;
};
inline WarpState &warpState(Warp &w) {
  WarpState &s = w.ext.get<WarpState>(Family::Async);
  s.warp = &w;
  return s;
}

} // namespace gpusim::async
