// Asynchronous copies and mbarriers.
//
// Every copy is late: its source is read and its destination written when somebody waits for it and not before, so that
// a missing wait, or a source that is overwritten too early, changes the result. What the copy adds up to elsewhere is
// early: an mbarrier counts its transaction at once, and keeps the copy until a wait for that phase passes.
//   cp.async            wait_group, wait_all, or the mbarrier that cp.async.mbarrier.arrive named
//   bulk to shared      a wait for the mbarrier's phase
//   bulk to global      .read waits read the source; other waits and the block's end write the destination
// A copy that nobody waits for never happens; for a bulk store whose source nobody waited for, that is reported.
//
// Not supported, each a failure of decoding: im2col tensor maps, multimem forms, .cp_mask, .ignore_oob.
#pragma once
#include "tools/gpusim/exec/Counters.h"
#include "tools/gpusim/exec/Decoder.h"
#include "tools/gpusim/exec/Launch.h"

#include <bit>
#include <deque>
#include <unordered_map>

namespace gpusim {

bool decodeAsync(const ptx::Instruction &, Decoder &); // cp.async, mbarrier, bulk copies, tensor copies
/// mapa, getctarank, barrier.cluster, elect, griddepcontrol, setmaxnreg, st.async, red.async; multimem as an error.
bool decodeCluster(const ptx::Instruction &, Decoder &);

namespace async {

/// An address operand. `generic`: an address of any space is expected, and shared memory lies in its window.
struct AddressRef {
  uint32_t slot = 0, wide = 0, generic = 0, low = 0, high = 0;
  uint64_t at(const Warp &w, int lane) const {
    uint64_t base = wide ? w.in<uint64_t>(slot)[lane] : w.in<uint32_t>(slot)[lane];
    return base + (uint64_t(high) << 32 | low);
  }
};
AddressRef refer(Decoder &, const ptx::Operand &, bool generic);
/// A struct of uint32_t for Op::list.
template <class T> const uint32_t *keep(Decoder &d, const T &value) {
  uint32_t *memory = d.array((sizeof(T) + 3) / 4);
  std::memcpy(memory, &value, sizeof(T));
  return memory;
}
template <class T> const T &kept(const Op &op) { return *reinterpret_cast<const T *>(op.list); }

template <class F> void eachLane(LaneMask mask, F body) {
  for (; mask; mask &= mask - 1)
    body(std::countr_zero(mask));
}

/// Shared memory at an operand's address. Null: the launch has failed.
struct SharedPlace {
  uint8_t *pointer = nullptr;
  uint32_t offset = 0; // in the owner's window
  Block *owner = nullptr;
};
SharedPlace sharedPlace(const Op &, Warp &, const AddressRef &, int lane, uint32_t bytes, uint32_t align);
/// Global memory that exists; fails the launch otherwise.
uint8_t *globalPlace(const Op &, Warp &, uint64_t address, uint64_t bytes, uint32_t align, int lane);

/// Tells the observer of an access of `bytes` a lane. Without one: all lanes may.
LaneMask observe(const Op &, Warp &, Space, AccessKind, Agent, uint32_t group, const uint64_t *addresses,
                 LaneMask lanes, uint32_t bytes, Block *owner = nullptr);
/// The same for one thread's run of bytes, in pieces of 16.
void observeRun(const Op &, Warp &, Space, AccessKind, Agent, uint32_t group, uint64_t address, uint64_t bytes,
                int lane, Block *owner = nullptr);

/// A copy under way.
struct Transfer {
  uint32_t group = 0; // what the observer knows it by
  virtual ~Transfer() = default;
  virtual void read() {} // takes the source in, if deliver() does not
  virtual void deliver() = 0;
};

/// An mbarrier as it lies in shared memory: pending arrivals, expected arrivals, transactions, phase, a mark.
struct Word {
  uint32_t pending = 0, expected = 0, phase = 0;
  int32_t transactions = 0;
  bool valid = false;
  static Word from(uint64_t bits);
  uint64_t bits() const;
};
inline constexpr uint32_t MaxArrivals = (1u << 20) - 1;

/// What a cluster's mbarriers track, by rank and offset.
struct Tracked {
  std::vector<std::unique_ptr<Transfer>> current, ready; // of the phase under way; of completed ones nobody waited for
  std::vector<uint32_t> delivered;                       // groups of the phase that was waited for last
};
struct ClusterState : Extension {
  std::unordered_map<uint64_t, Tracked> barriers;
  uint32_t nextGroup = 1;
  Tracked &at(const SharedPlace &p) { return barriers[uint64_t(p.owner->place.rank) << 32 | p.offset]; }
};
inline ClusterState &clusterState(Warp &w) { return w.block->cluster->ext.get<ClusterState>(Family::Async); }

/// Operations on the mbarrier at a place. False: the launch has failed.
bool arrive(const Op &, Warp &, const SharedPlace &, int lane, uint32_t arrivals, int64_t expectBytes, uint32_t drop,
            uint64_t *before = nullptr);
bool completeTransactions(const Op &, Warp &, const SharedPlace &, int lane, uint32_t bytes,
                          std::unique_ptr<Transfer> transfer);

/// Bulk copies to global memory, and cp.async groups, of a warp.
struct WarpState;

bool decodeCopyAsync(const ptx::Instruction &, Decoder &);
bool decodeBarrierObject(const ptx::Instruction &, Decoder &);
bool decodeBulk(const ptx::Instruction &, Decoder &);
bool decodeBulkTensor(const ptx::Instruction &, Decoder &);

} // namespace async
} // namespace gpusim
