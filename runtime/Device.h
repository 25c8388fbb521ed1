// What a device is to a session: which variants fit it, and a plan made ready to run on it.
#pragma once
#include "runtime/WeightStore.h"

namespace dlc::rt {

/// How one step of a plan is carried out: for inspection, logs and profiles.
struct StepReport {
  std::string implementation; // "kernel softmax_0", "oneDNN brgemm...", "copy", "nothing (empty)"
  std::string note;           // why, where the step asked for a library and gets its fallback
};

/// A variant's plan with its code loaded and all its memory taken.
class Plan {
public:
  virtual ~Plan() = default;
  /// 64-byte aligned memory of at least the tensor's size; kept until bound anew.
  virtual void bindInput(uint32_t index, char *data) = 0;
  virtual void bindOutput(uint32_t index, char *data) = 0;
  virtual Status run() = 0;
  virtual std::vector<StepReport> report() const = 0;
  virtual uint64_t arenaBytes() const = 0;
};

struct PlanRequest {
  std::shared_ptr<const Program> program;
  const fb::Variant *variant;
  std::shared_ptr<const WeightStore> weights;
  int threads; // 0: the device's own choice
  bool noLibrary;
  Log log;
  dlc_allocator allocator;
};

class Device {
public:
  virtual ~Device() = default;
  virtual dlc_device kind() const = 0;
  /// What is missing, and where it was looked for.
  virtual Status usable() const = 0;
  /// One line.
  virtual std::string describe() const = 0;
  /// 0: does not fit, and `why` says what is missing. Otherwise the more specific the greater.
  virtual int fit(std::string_view target, std::string &why) const = 0;
  virtual Status makePlan(const PlanRequest &, std::unique_ptr<Plan> &out) const = 0;

  /// cpu, cuda or sim; never null for these.
  static const Device *of(dlc_device);
};

const Device *cpuDevice();
const Device *cudaDevice();
const Device *simDevice();
const char *deviceName(dlc_device);

} // namespace dlc::rt
