// What the executor tells the checker, in the order in which it happens within a block. Blocks run side by side on host
// threads: calls for different blocks may come at the same time.
#pragma once
#include <cstdint>
#include <memory>
#include <string>

namespace gpusim {

struct Dim3 {
  uint32_t x = 1, y = 1, z = 1;
  uint64_t count() const { return uint64_t(x) * y * z; }
};

struct SourceLine {
  std::string file;
  uint32_t line = 0;
};

using LaneMask = uint32_t; // bit i: lane i of a warp
class Kernel;

enum class Space : uint8_t { Global, Shared, Local, Constant, Param };
enum class AccessKind : uint8_t { Read, ReadNonCoherent, Write, Atomic };
/// Of atomics, fences and .relaxed/.acquire/.release accesses.
enum class Order : uint8_t { Weak, Relaxed, Acquire, Release, AcquireRelease };
enum class Scope : uint8_t { Block, Cluster, Device, System };
/// Who carries an access out: threads themselves, cp.async, the bulk/tensor copy engine, wgmma.
enum class Agent : uint8_t { Thread, CopyAsync, Bulk, Wgmma };

/// A block while it runs. The checker hangs its own state on it.
struct BlockShadow {
  virtual ~BlockShadow() = default;
};
struct BlockPlace {
  const Kernel *kernel = nullptr;
  uint64_t launch = 0; // LaunchRequest::id
  Dim3 index;          // blockIdx
  uint64_t linear = 0;
  uint32_t rank = 0; // in its cluster
  uint32_t threads = 0, warps = 0, sharedBytes = 0;
  Dim3 size;                       // blockDim
  const uint8_t *shared = nullptr; // byte `offset` of the window is shared[offset]; null: not told
  std::unique_ptr<BlockShadow> shadow;
};
struct WarpPlace {
  BlockPlace *block = nullptr;
  uint32_t warp = 0; // in its block; lane i is thread warp*32+i
};

/// One warp instruction's access. Addresses: Global: the device address. Shared: the byte offset in the window of the
/// block `rank` (the accessing block's own unless it is distributed). Local: the byte offset in the thread's own
/// memory.
struct Access {
  Space space = Space::Global;
  AccessKind kind = AccessKind::Read;
  Agent agent = Agent::Thread;
  Order order = Order::Weak;
  Scope scope = Scope::Device;
  uint32_t bytes = 4; // a lane, whole vectors counted
  LaneMask lanes = 0;
  const uint64_t *address = nullptr; // 32 of them; only those of `lanes` mean anything
  BlockPlace *owner = nullptr;       // Shared: whose window; null: the accessing block's
  uint32_t group = 0;                // agents other than Thread: the number that `asyncDone` names later
  uint32_t op = 0;                   // the instruction
  const uint64_t *stored = nullptr;  // Write of 8 bytes or less: the values, so that equal ones do not count as a race
};

/// All calls may report; none may throw.
class Observer {
public:
  virtual ~Observer() = default;

  virtual void beginBlock(BlockPlace &) = 0;
  virtual void endBlock(BlockPlace &) = 0;

  /// Before the access happens. Returns the lanes that may carry it out: the others read zeros or write nothing.
  virtual LaneMask access(const WarpPlace &, const Access &) = 0;

  /// A barrier `id` of the block let these warps through (bar.sync, barrier.cluster with id 16 + n). Called once.
  /// `warps`: bit w set where any lane of warp w took part.
  virtual void barrierPassed(BlockPlace &, uint32_t id, uint32_t warps) = 0;
  /// bar.warp.sync and the .sync forms that order memory among `lanes`.
  virtual void warpSynced(const WarpPlace &, LaneMask lanes) = 0;
  /// A barrier reached by some lanes of a warp while others are elsewhere, or left waiting by threads that exited.
  virtual void divergentBarrier(const WarpPlace &, LaneMask there, LaneMask missing, uint32_t op) = 0;
  /// fence / membar. `proxy`: fence.proxy.async (generic accesses become visible to the async proxy).
  virtual void fence(const WarpPlace &, LaneMask, Order, Scope, bool proxy, uint32_t op) = 0;

  /// The async group `group` of these lanes (cp.async, bulk, wgmma) is complete and waited for by them.
  virtual void asyncDone(const WarpPlace &, Agent, uint32_t group, LaneMask) = 0;

  /// mbarrier objects at a shared offset: an arrival publishes what the warp did; a passed wait takes it in.
  /// `bulkGroup`: the completed transactions that the phase covers are numbered up to this.
  virtual void mbarrierArrive(const WarpPlace &, uint32_t offset, LaneMask, BlockPlace *owner) = 0;
  virtual void mbarrierPassed(const WarpPlace &, uint32_t offset, LaneMask, BlockPlace *owner) = 0;

  /// Something that only the executor can see: a report with its own words.
  virtual void report(const WarpPlace &, LaneMask, uint32_t op, const std::string &what) = 0;
};

} // namespace gpusim
