// What the driver front asks of the executor: PTX text made into kernels, and kernels run.
#pragma once
#include "tools/gpusim/check/Observer.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gpusim {

struct Counters;

/// The card that the simulator pretends to be.
struct DeviceModel {
  std::string key, name; // "a100", "NVIDIA A100-SXM4-80GB (simulated)"
  int major = 8, minor = 0;
  int multiprocessors = 108, warpsPerMultiprocessor = 64, blocksPerMultiprocessor = 32;
  int registersPerMultiprocessor = 65536, sharedPerMultiprocessor = 167936, sharedPerBlock = 49152;
  int sharedPerBlockOptin = 166912, l2Bytes = 40 << 20, clockKhz = 1410000;
  uint64_t memoryBytes = 80ull << 30;
  double memoryBytesPerSecond = 2.039e12, f32FlopsPerSecond = 19.5e12, tensorFlopsPerSecond = 312e12;
};

/// One kernel parameter: where it lies in the packed parameter buffer.
struct KernelParam {
  uint32_t offset = 0, size = 0;
};

/// A module-scope variable in .global or .const space; the driver gives it memory before the first launch.
struct ModuleVariable {
  std::string name;
  uint64_t size = 0, align = 1;
  bool constant = false;
  std::string initial;  // empty: zeros
  uint64_t address = 0; // set by the driver front
  /// Addresses of other variables that the initial value holds: the driver front writes them once all have addresses.
  struct Relocation {
    uint64_t offset = 0;
    size_t variable = 0; // index into Program::variables
    int64_t addend = 0;
  };
  std::vector<Relocation> relocations;
};

/// A kernel ready to run. Immutable; any number of launches may use it at once.
class Kernel {
public:
  virtual ~Kernel() = default;
  std::string name;
  std::vector<KernelParam> params;
  uint32_t paramBytes = 0, staticShared = 0, localBytes = 0; // localBytes: a thread
  Dim3 maxThreads{0, 0, 0};                                  // .maxntid / .reqntid; 0: not given
  uint32_t minBlocks = 0;                                    // .minnctapersm
  Dim3 cluster{1, 1, 1};                                     // .reqnctapercluster
  uint32_t registers = 0; // an estimate from liveness where nobody says better (what ptxas chose)
  /// Where instruction `op` came from, by the module's .loc lines: innermost line first.
  virtual std::vector<SourceLine> source(uint32_t op) const = 0;
  /// The PTX line number of an instruction, and its text.
  virtual uint32_t ptxLine(uint32_t op) const = 0;
  virtual std::string text(uint32_t op) const = 0;
};

/// Parsed and decoded PTX.
class Program {
public:
  virtual ~Program() = default;
  std::vector<std::unique_ptr<Kernel>> kernels;
  std::vector<ModuleVariable> variables;
};

/// Null: `error` says what was not understood and in which line of the PTX ("line 120: unknown instruction 'foo.b32'").
std::unique_ptr<Program> loadPtx(std::string_view ptx, const DeviceModel &model, std::string &error);

/// Who is told that a kernel sets the value of a conditional node.
struct Conditions {
  virtual ~Conditions() = default;
  /// "" or what is wrong with it. `thread`: the caller's number in the launch.
  virtual std::string set(uint64_t handle, uint32_t value, uint64_t thread) = 0;
};

struct LaunchRequest {
  const Kernel *kernel = nullptr;
  Dim3 grid, block, cluster{1, 1, 1};
  uint32_t dynamicShared = 0;
  const void *params = nullptr; // packed: kernel->paramBytes
  uint64_t id = 0;              // of this launch, for the observer
  Observer *observer = nullptr; // null: no checks
  Counters *counters = nullptr; // null: no counts
  const DeviceModel *model = nullptr;
  Conditions *conditions = nullptr; // null: there are no conditional nodes
  uint64_t patience = 0;            // jumps back that a warp may do; 0: any number
  int threads = 0; // host threads that run blocks; 0: as many as there are cores
};

enum class LaunchOutcome : uint8_t {
  Done,
  Trap,
  IllegalAddress,
  MisalignedAddress,
  IllegalInstruction,
  Deadlock,
  InvalidLaunch
};

struct LaunchResult {
  LaunchOutcome outcome = LaunchOutcome::Done;
  std::string message; // one line, with the kernel, block, thread and line where it stopped
};

/// Runs every block to its end, blocks side by side on host threads; the result does not depend on how many.
LaunchResult run(const LaunchRequest &);

} // namespace gpusim
