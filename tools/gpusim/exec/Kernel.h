// A decoded kernel, and a launch of it.
#pragma once
#include "tools/gpusim/exec/Counters.h"
#include "tools/gpusim/exec/Launch.h"

#include <atomic>
#include <mutex>

namespace gpusim {

/// A constant that is known when a launch begins; the others are in the kernel's template of the constants.
struct Fixup {
  enum Kind : uint8_t {
    Parameter,     // `size` bytes at `value` of the parameters, sign-extended where `isSigned`
    ParameterBase, // host address of the parameters + value
    Variable,      // address of the module's variable `index` + value
    SharedAddress, // own shared window + value
    DynamicShared, // end of static shared memory, aligned to `size`, + value
    BlockDim,
    GridDim,
    ClusterDim,
    ClusterCount, // component `index`
    ClusterRank,
    ClusterSize,
    WarpCount,
    GridId,
    DynamicSharedSize,
    TotalSharedSize,
    Multiprocessors
  } kind;
  uint8_t bits = 32; // of a lane
  bool isSigned = false;
  uint32_t slot = 0, size = 0;
  int32_t index = 0;
  int64_t value = 0;
};

/// A special register that lies in the warp's own file.
struct WarpSpecial {
  enum Kind : uint8_t { Thread, WarpIndex, BlockIndex, ClusterIndex, BlockInCluster, Multiprocessor } kind;
  uint8_t component = 0;
  uint32_t slot = 0;
};

class KernelImpl final : public Kernel {
public:
  std::shared_ptr<const ptx::Module> module;
  std::vector<ModuleVariable> *variables = nullptr; // of the Program: addresses are set before the first launch
  std::vector<Op> code, counted;                    // the same; `counted` counts what it runs
  std::vector<OpClass> classes;
  std::vector<uint32_t> lines, locations; // by op: PTX line, index into module->locations
  std::vector<uint8_t> constants;
  std::vector<Fixup> fixups;
  std::vector<WarpSpecial> specials;
  std::vector<std::pair<uint32_t, uint32_t>> undefined; // slot and bytes of registers that may be read unwritten
  std::vector<std::unique_ptr<uint32_t[]>> arrays;
  std::vector<std::shared_ptr<void>> kept;
  uint32_t registerBytes = 0, staticEnd = SharedBase;
  bool ordered = false; // its result depends on the order of blocks: they run one after another
  bool requiredThreads = false;

  std::vector<SourceLine> source(uint32_t op) const override;
  uint32_t ptxLine(uint32_t op) const override { return op < lines.size() ? lines[op] : 0; }
  std::string text(uint32_t op) const override { return std::string(module->line(ptxLine(op))); }
};

/// Decodes one entry. Null: `error`, with the line.
std::unique_ptr<KernelImpl> buildKernel(std::shared_ptr<const ptx::Module>, const ptx::Function &entry,
                                        std::vector<ModuleVariable> &, const DeviceModel &, std::string &error);

/// Memory aligned to cache lines; not initialised.
class Buffer {
public:
  void reserve(size_t bytes);
  uint8_t *data() const { return memory.get(); }
  size_t size() const { return bytes; }

private:
  struct Free {
    void operator()(uint8_t *) const;
  };
  std::unique_ptr<uint8_t[], Free> memory;
  size_t bytes = 0;
};

struct Launch {
  const LaunchRequest *request = nullptr;
  const KernelImpl *kernel = nullptr;
  const Op *code = nullptr;
  Buffer params;
  std::vector<Buffer> constants; // by rank in a cluster
  uint32_t sharedEnd = SharedBase;
  std::atomic<uint64_t> nextCluster{0};
  std::atomic<bool> stopped{false};
  std::mutex mutex;
  LaunchResult result;

  void fail(LaunchOutcome, const std::string &);
};

// Control flow (exec/Control.cpp): entries of their own, which know the stack of paths.
void guardedEntry(const Op *, Warp *, LaneMask);
void countedEntry(const Op *, Warp *, LaneMask);
void jumpEntry(const Op *, Warp *, LaneMask);        // d: target
void branchEntry(const Op *, Warp *, LaneMask);      // a: predicate, flags: negated, d: target, b: join
void tableBranchEntry(const Op *, Warp *, LaneMask); // a: index, list: imm targets, b: join
void exitEntry(const Op *, Warp *, LaneMask);
void joinEntry(const Op *, Warp *, LaneMask);
/// Takes up the topmost path that has lanes: sets active and pc. False: the warp is done.
bool resumePath(Warp &);

// Barriers (exec/Barrier.cpp).
void releaseAfterExit(Block &);
/// What each waiting warp waits at, for the message of a deadlock.
std::string waitingAt(const Cluster &);

} // namespace gpusim
