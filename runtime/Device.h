// What a device is to a session: which variants fit it, and a plan made ready to run on it.
#pragma once
#include "runtime/Sizes.h"
#include "runtime/WeightStore.h"

namespace dlc::rt {

/// How one step of a plan is carried out: for inspection, logs and profiles.
struct StepReport {
  std::string implementation; // "kernel softmax_0", "oneDNN brgemm...", "copy", "nothing (empty)"
  std::string note;           // why, where the step asked for a library and gets its fallback
};

/// A variant's plan with its code loaded and all its memory taken. Indices and sizes have been checked by the session.
class Plan {
public:
  virtual ~Plan() = default;

  /// The values of the program's symbols for the runs that follow: one each, those that a run finds left out of account.
  /// Fails where a size is more than was taken for it; the plan must then be given others before it runs.
  virtual Status resize(const std::vector<int64_t> &symbols) = 0;
  /// Bytes of an input that has been given a shape, before all have.
  virtual void sizeInput(uint32_t index, uint64_t bytes) = 0;
  /// Of the last run, or the one to come.
  const Sizes &sizes() const { return sized; }

  /// Copies in and out.
  virtual Status setInput(uint32_t index, const void *data) = 0;
  virtual Status getOutput(uint32_t index, void *data) = 0;
  /// Host memory of the caller's, kept until bound anew; null unbinds.
  virtual Status bindInput(uint32_t index, const void *data) = 0;
  virtual Status bindOutput(uint32_t index, void *data) = 0;
  /// The session's own host memory; unbinds.
  virtual Status inputData(uint32_t index, void **data) = 0;
  virtual Status outputData(uint32_t index, void **data) = 0;
  /// Device memory of the caller's; null unbinds.
  virtual Status bindInputDevice(uint32_t index, void *pointer);
  virtual Status bindOutputDevice(uint32_t index, void *pointer);

  /// Returns when the outputs are there.
  virtual Status run() = 0;
  /// May return before; the CPU runs at once.
  virtual Status runAsync() { return run(); }
  virtual Status synchronize() { return {}; }

  virtual Status read(const WeightStore::Entry &, void *data) = 0;
  virtual Status write(const WeightStore::Entry &, const void *data) = 0;

  virtual std::vector<StepReport> report() const = 0;
  /// Whether each step's time is taken; it begins at zero.
  virtual Status timeSteps(bool on);
  struct StepTime {
    uint64_t runs = 0;
    double seconds = 0;
  };
  virtual StepTime stepTime(uint32_t) const { return {}; }
  virtual uint64_t arenaBytes() const = 0;

protected:
  Sizes sized;
};

struct PlanRequest {
  std::shared_ptr<const Program> program;
  const fb::Variant *variant;
  std::shared_ptr<const WeightStore> weights;
  int threads; // 0: the device's own choice
  bool noLibrary;
  void *cudaContext, *cudaStream;
  Log log;
  dlc_allocator allocator;
  uint64_t *compilations = nullptr; ///< grows by one for each unit that NVRTC or a card's driver compiles
  /// The variant is another one's init: it has neither inputs nor outputs, and its weights are needed for this run
  /// only.
  bool init = false;
};

class Device {
public:
  virtual ~Device() = default;
  virtual dlc_device kind() const = 0;
  /// "cpu", "cuda:0", "sim:a100"
  virtual std::string name() const = 0;
  /// Whether weights and state live in the device's own memory.
  virtual bool ownMemory() const { return false; }
  /// What is missing, and where it was looked for.
  virtual Status usable() const = 0;
  /// One line.
  virtual std::string describe() const = 0;
  /// 0: does not fit, and `why` says what is missing. Otherwise the more specific the greater.
  virtual int fit(std::string_view target, std::string &why) const = 0;
  /// What to compile for, to run here as well as can be: "cpu:x86-64-v3", "cuda".
  virtual std::string bestTarget() const = 0;
  virtual Status makePlan(const PlanRequest &, std::unique_ptr<Plan> &out) const = 0;

  /// cpu, cuda or sim, the first of its kind; never null for these.
  static const Device *of(dlc_device);
  /// "cpu", "cuda", "cuda:1", "sim", "sim:a100"; not "auto". It lives as long as the process.
  static Status find(std::string_view name, const Device *&out);
};

/// The part before the colon of a device's name, or a Status for what is none; `rest` is what follows it.
Status parseDevice(std::string_view name, dlc_device &kind, std::string &rest);

const Device *cpuDevice();
/// One object a card.
const Device *cudaDevice(int ordinal = 0);
/// One object a model; "" is the simulator's default.
const Device *simDevice(const std::string &model = "");
const char *deviceName(dlc_device);

} // namespace dlc::rt
