// The checker's state of a launch and of a block.
#pragma once
#include "tools/gpusim/check/Checker.h"
#include "tools/gpusim/check/Clocks.h"
#include "tools/gpusim/check/History.h"
#include "tools/gpusim/check/Intervals.h"
#include "tools/gpusim/check/Shadow.h"

#include <unordered_map>

namespace gpusim {

struct LaunchState {
  TaskPtr task;
  Intervals intervals;
  uint32_t first = 0, count = 0; // numbers of the blocks
  uint64_t bound = 0;            // blocks below are ordered before this launch
  std::atomic<bool> publishes{false};
  std::mutex mutex;                                            // of logs
  std::unordered_map<uint64_t, std::shared_ptr<SyncLog>> logs; // by global address
  /// Numbers of the blocks of the other task that was last found ordered before this one.
  std::atomic<uint64_t> otherTask{0};

  bool inside(uint32_t id) const { return id - first < count; }
};

/// Four bytes of shared memory.
struct SharedCell {
  static constexpr uint64_t Strong = 1, Pending = 2;
  uint64_t write = 0, read = 0;    // op << 44 | clock << 20 | warp << 14 | lane << 8 | mask << 4 | flags
  uint32_t readers = 0, epoch = 0; // warps that read since the last barrier of the whole block

  static uint64_t make(uint32_t op, uint32_t clock, uint32_t warp, uint32_t lane, uint32_t mask, uint64_t flags = 0) {
    return uint64_t(op) << 44 | uint64_t(clock & 0xffffff) << 20 | warp << 14 | lane << 8 | mask << 4 | flags;
  }
  static uint32_t op(uint64_t c) { return uint32_t(c >> 44); }
  static uint32_t clock(uint64_t c) { return uint32_t(c >> 20) & 0xffffff; }
  static uint32_t warp(uint64_t c) { return uint32_t(c >> 14) & 63; }
  static uint32_t lane(uint64_t c) { return uint32_t(c >> 8) & 63; }
  static uint32_t mask(uint64_t c) { return uint32_t(c >> 4) & 15; }
};

/// An asynchronous access under way.
struct Pending {
  uint32_t offset, bytes, op;
  uint8_t warp, lane;
  bool write;
};

struct BlockState : BlockShadow {
  LaunchState *launch = nullptr;
  uint32_t id = 0;
  BlockClocks clocks;
  std::vector<uint64_t> sharedWritten, localWritten; // bits
  std::vector<SharedCell> cells;                     // by (offset - SharedBase) / 4
  uint64_t localStride = 0;                          // words a thread
  uint32_t epoch = 1;
  bool partial = false; // since the epoch began some warps synchronised without the others
  std::unordered_map<uint64_t, std::vector<Pending>> pending; // by agent, warp, group
  std::unordered_map<uint32_t, uint32_t> bulkClock;           // engine clock of a bulk group that is done
  std::unordered_map<uint32_t, WarpClocks> objects;           // what arrivals at an mbarrier published, by offset
  bool asynchronous = false;                                  // anything was ever pending
};

inline BlockState &stateOf(const BlockPlace &place) { return static_cast<BlockState &>(*place.shadow); }

/// Words of the findings (Findings.cpp).
class Findings {
public:
  explicit Findings(const History &history) : history(history) {}
  void add(const char *kind, std::string message, const WarpPlace &, uint32_t lane, uint32_t op, Space,
           uint64_t address, uint32_t bytes, Site other = {}) const;
  Site siteOf(const WarpPlace &, uint32_t lane, uint32_t op) const;
  /// Who left that trace in global memory.
  Site siteOf(const LaunchState &, Cell, uint16_t op) const;

private:
  const History &history;
};

/// Accesses to global memory (Global.cpp).
struct GlobalCheck {
  const Findings &findings;
  const History &history;
  bool races;
  LaneMask access(const WarpPlace &, const Access &) const;

private:
  bool whole(const WarpPlace &, const Access &) const;
  bool lane(const WarpPlace &, const Access &, uint32_t lane) const;
  void readTrace(const WarpPlace &, const Access &, uint32_t lane, const Interval &) const;
  void writeTrace(const WarpPlace &, const Access &, uint32_t lane) const;
  bool ordered(const WarpPlace &, Cell earlier) const;
  void synchronise(const WarpPlace &, const Access &, uint32_t lane) const;
};

/// Accesses to shared and local memory (Shared.cpp).
struct SharedCheck {
  const Findings &findings;
  bool races;
  LaneMask access(const WarpPlace &, const Access &) const;
  LaneMask local(const WarpPlace &, const Access &) const;
  void done(const WarpPlace &, Agent, uint32_t group, LaneMask) const;

private:
  bool lane(const WarpPlace &, const Access &, BlockState &owner, uint32_t lane) const;
  bool quick(const WarpPlace &, const Access &, BlockState &, uint32_t lane, bool write) const;
  void trace(const WarpPlace &, const Access &, BlockState &, uint32_t lane) const;
  void early(const WarpPlace &, const Access &, uint32_t lane, uint64_t cell, const char *what) const;
};

} // namespace gpusim
