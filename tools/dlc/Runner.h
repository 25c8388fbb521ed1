// The runtime as the verbs use it: loaded programs and sessions, with failures as exceptions.
#pragma once
#include "runtime/dlc.h"
#include "tools/dlc/data/Tensor.h"
#include <CLI/CLI.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace dlc::cli {

/// --device, --threads, --no-library and --no-native.
struct DeviceOptions {
  std::string device = "auto";
  int threads = 0;
  bool noLibrary = false, noNative = false;
  void *stream = nullptr; ///< a CUstream to run on, the caller's; null: the session's own
  void addTo(CLI::App &);
  /// What to compile for: "cpu", "cuda" or "sim".
  std::string target() const;
};

struct TensorInfo {
  std::string name;
  data::DType dtype;
  data::Shape shape; ///< the largest, where sizes are symbols
  bool state = false;
};

/// Bytes that a program was planned with.
struct PlannedMemory {
  uint64_t arena = 0, weights = 0, ports = 0; ///< weights: states too; ports: inputs and outputs
  uint64_t total() const { return arena + weights + ports; }
};

/// A .dlx, loaded and verified. Throws Failure: BadInput with file and section.
class Program {
public:
  /// Of the options --no-native counts.
  static Program fromFile(const std::string &path, const DeviceOptions &options);
  /// Keeps the bytes. `compilations`: what it took to make them.
  static Program fromBytes(std::vector<char> bytes, uint64_t compilations = 0);

  std::vector<TensorInfo> inputs, outputs, weights;
  std::vector<std::string> variants;
  std::string name;
  uint64_t compilations = 0; ///< before it was loaded
  PlannedMemory memory = {}; ///< where the compiler told
  bool symbolic() const { return dlc_executable_symbol_count(get()) != 0; }
  /// The input's shape; -1 where a symbol is.
  data::Shape openShape(size_t input) const;
  const dlc_executable *get() const { return handle.get(); }

private:
  explicit Program(dlc_executable *);
  std::shared_ptr<void> keep;
  std::shared_ptr<dlc_executable> handle;
};

/// A session. Throws Failure: NoDevice where the device cannot be used, Internal where a run fails.
class Runner {
public:
  /// Weights and state are those of `share` where names agree.
  Runner(const Program &, const DeviceOptions &, const Runner *share = nullptr);

  std::optional<size_t> findInput(const std::string &name) const;
  size_t inputIndex(const std::string &name) const;  ///< throws Failure (BadInput), which lists the inputs
  void setInput(size_t index, const data::Tensor &); ///< copies; type and shape must fit, where open give the sizes
  void bindInput(size_t index, const void *);        ///< no copy; stays bound
  void bindOutput(size_t index, void *);
  void bindInputDevice(size_t index, void *); ///< device memory of the caller's
  void bindOutputDevice(size_t index, void *);
  void *inputData(size_t index); ///< the session's own aligned memory, to be filled in place
  void *outputData(size_t index);
  void run();
  void runAsync(); ///< starts a run; inputs may be filled anew when it returns
  void synchronize();
  data::Tensor output(size_t index) const;
  data::Tensor read(const std::string &weight) const;
  void write(const std::string &state, const data::Tensor &);
  std::string summary() const { return dlc_session_summary(handle.get()); }
  dlc_device device() const { return dlc_session_device(handle.get()); }
  std::string deviceName() const { return dlc_session_device_name(handle.get()); }
  /// Bytes of the arena, and of state and filled weights.
  std::pair<uint64_t, uint64_t> memory() const;
  std::string variant() const { return dlc_session_variant(handle.get()); }
  /// Of the program, and what loading and running it took.
  uint64_t compilations() const { return owner.compilations + dlc_session_compilations(handle.get()); }
  /// Kernels and library calls of a run; copies and fills do not count.
  int64_t kernelCount() const;
  /// Steps that copy.
  int64_t copyCount() const;
  /// Where a card's session has its loops and branches, and how many there: "a loop, in the graph".
  std::map<std::string, int64_t> control() const;
  /// Source nodes of every step that launches the kernel.
  std::map<std::string, std::vector<std::string>> sourcesByKernel() const;
  /// How each step is carried out, and its time since timeSteps().
  struct Step {
    std::string implementation, sources;
    dlc_step_time time;
  };
  void timeSteps();
  std::vector<Step> steps() const;
  const Program &program() const { return owner; }

private:
  Program owner;
  std::shared_ptr<dlc_session> handle;
};

/// Throws Failure for a status that is not OK, with the code that it stands for.
void require(dlc_status);

} // namespace dlc::cli
