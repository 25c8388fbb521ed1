// A warp, its block and its cluster while they run.
//
// Registers: each warp has one byte array; a register is a *slot*, the byte offset of its value for 32 lanes: u16[32],
// u32[32], u64[32], 16 bytes[32] by its declared width (.b8 as u16), a predicate as one 32-bit mask. Bit 31 of a slot
// says that it lies in the launch's constants (immediates, parameters, symbol addresses, some special registers).
//
// Cluster: the blocks of a cluster run on one host thread, warp after warp; a warp runs until it blocks, yields or
// ends. Nothing here needs a lock, but global memory may change under a block at any time.
#pragma once
#include "tools/gpusim/check/Observer.h"
#include "tools/gpusim/memory/AddressSpace.h"

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

namespace gpusim {

enum class LaunchOutcome : uint8_t;
struct Counters;
struct Launch;
struct Cluster;
struct Block;
struct Warp;
struct Op;

inline constexpr int Lanes = 32;
inline constexpr LaneMask AllLanes = ~0u;
inline constexpr uint32_t ConstantSlot = 1u << 31;
/// Jumps back before a warp lets others run, so that waiting in a loop for another warp ends.
inline constexpr uint32_t JumpBudget = 1u << 16;

/// Runs `op` for the lanes of `mask` and everything after it, until the warp stops (see Decoder.h: entry).
using Entry = void (*)(const Op *op, Warp *warp, LaneMask mask);

/// A decoded instruction. `list` holds further slots, as many as its family says.
struct Op {
  Entry run = nullptr; // the guard's test, or the same as body
  Entry body = nullptr;
  uint32_t guard = 0; // slot of the predicate
  uint32_t d = 0, a = 0, b = 0, c = 0;
  uint16_t flags = 0;                 // the family's own
  uint8_t guardNegated = 0, kind = 0; // kind: the family's own
  int64_t imm = 0;
  const uint32_t *list = nullptr;
};

/// What a handler that may stop the warp answers.
enum class Flow : uint8_t {
  Next,  // go on
  Retry, // not yet: let other warps run, then run this instruction again
  Jump,  // go on at Warp::pc with Warp::active (control flow)
  Stop   // the warp waits, is done, or failed: Warp::state says which
};
enum class WarpState : uint8_t { Ready, AtBarrier, Done };

/// State that a family of instructions keeps with a warp, a block or a cluster: groups of cp.async, mbarrier queues.
struct Extension {
  virtual ~Extension() = default;
};
/// One slot a family.
enum class Family : uint8_t { Async, Tensor, Cluster, Count };
struct Extensions {
  std::unique_ptr<Extension> of[size_t(Family::Count)];
  /// The family's state, made when first asked for. Gone when the block (cluster) ends.
  template <class T> T &get(Family family) {
    std::unique_ptr<Extension> &e = of[size_t(family)];
    if (!e)
      e = std::make_unique<T>();
    return static_cast<T &>(*e);
  }
  template <class T> T *find(Family family) { return static_cast<T *>(of[size_t(family)].get()); }
  void clear() {
    for (std::unique_ptr<Extension> &e : of)
      e.reset();
  }
};

/// A divergent path of a warp: the lanes of `mask` go on at `pc` and end at `join`, where the entry below takes over.
struct Path {
  uint32_t pc = 0, join = ~0u;
  LaneMask mask = 0;
};

struct Warp {
  uint8_t *regs = nullptr;
  const uint8_t *constants = nullptr;
  LaneMask active = 0; // lanes of the path that runs
  LaneMask alive = 0;  // lanes that exist and have not exited
  LaneMask carry = 0;  // the condition code CC.CF
  uint32_t pc = 0;     // where to go on when it is not running
  const Op *code = nullptr;
  Block *block = nullptr;
  uint32_t index = 0; // in its block
  WarpState state = WarpState::Ready;
  uint8_t barrier = 0;     // AtBarrier: which
  uint32_t budget = 0;     // jumps back until others get a turn
  uint64_t turns = 0;      // that it gave to others because of that
  uint64_t steps = 0;      // counts up when an instruction that may wait has passed: how a deadlock is told
  std::vector<Path> paths; // the last one runs; its pc is stale while it does
  WarpPlace place;
  Extensions ext;

  template <class T> T *at(uint32_t slot) { return reinterpret_cast<T *>(regs + slot); }
  template <class T> const T *in(uint32_t slot) const {
    return reinterpret_cast<const T *>((slot & ConstantSlot ? constants : regs) + (slot & ~ConstantSlot));
  }
  LaneMask predicate(uint32_t slot) const { return *in<LaneMask>(slot); }
  void setPredicate(uint32_t slot, LaneMask value, LaneMask mask) {
    LaneMask *p = at<LaneMask>(slot);
    *p = (*p & ~mask) | (value & mask);
  }
  Observer *observer() const; // null: nobody checks
  uint32_t opIndex(const Op &op) const { return uint32_t(&op - code); }
  /// Ends the launch; the first call's message stays. Returns Stop. `lane`: whose thread the message names, -1: none.
  Flow fail(const Op &op, LaunchOutcome outcome, const std::string &what, int lane = -1);
};

/// One of the block's 16 barriers. Arrivals are counted in whole warps.
struct Barrier {
  uint32_t expected = 0; // threads; 0: every warp that has not ended
  uint32_t warps = 0;    // bit w: warp w has arrived
  uint32_t waiting = 0;  // bit w: and waits
  const Op *op[32] = {}; // of a warp that waits: where, and with which lanes
  LaneMask mask[32] = {};
  uint32_t count = 0, threads = 0; // bar.red: threads whose predicate holds, and all
};

struct Block {
  Launch *launch = nullptr;
  Cluster *cluster = nullptr;
  BlockPlace place; // index, rank, sizes; what the observer knows it by
  Observer *observer = nullptr;
  Counters *counters = nullptr;
  uint8_t *shared = nullptr; // shared memory: byte `offset` of the window is shared[offset], from SharedBase on
  uint32_t sharedEnd = 0;    // first offset past it
  uint8_t *local = nullptr;  // thread t's memory begins at local + t * localBytes
  uint32_t localBytes = 0, threads = 0, warpCount = 0, aliveWarps = 0;
  std::vector<Warp> warps;
  Barrier barriers[16];
  Extensions ext;
};

inline Observer *Warp::observer() const { return block->observer; }

struct Cluster {
  Launch *launch = nullptr;
  std::vector<Block *> blocks; // by rank
  Extensions ext;
};

/// Where a 32-bit shared address of this warp lies. Null: `bytes` at it do not lie within that block's shared memory.
/// `owner`: set to the block that has it.
uint8_t *sharedPointer(const Warp &, uint32_t address, uint32_t bytes, Block *&owner);
inline uint8_t *sharedPointer(const Warp &w, uint32_t address, uint32_t bytes) {
  Block *owner;
  return sharedPointer(w, address, bytes, owner);
}
/// A host pointer for a generic address of lane `lane` (a shared or local window is translated). Null: no memory there.
uint8_t *genericPointer(const Warp &, int lane, uint64_t address, uint32_t bytes);

} // namespace gpusim
