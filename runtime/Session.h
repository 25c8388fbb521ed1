// A program made ready to run: device and variant chosen, weights held. Checks what the plan then relies on.
#pragma once
#include "runtime/Device.h"

namespace dlc::rt {

class Session {
public:
  /// Options as in dlc.h, already completed to the current size.
  static Status create(std::shared_ptr<const Program>, const dlc_session_options &, const Session *share,
                       std::unique_ptr<Session> &out);

  Status bindInput(uint32_t index, const void *data);
  Status bindOutput(uint32_t index, void *data);
  Status bindInputDevice(uint32_t index, void *pointer);
  Status bindOutputDevice(uint32_t index, void *pointer);
  Status inputData(uint32_t index, void **data);
  Status outputData(uint32_t index, void **data);
  Status setInput(uint32_t index, const void *data, size_t size);
  Status getOutput(uint32_t index, void *data, size_t size);
  Status setInputShape(uint32_t index, const std::vector<int64_t> &shape);
  /// As it is now; the shape stays until the next call for that tensor.
  Status inputInfo(uint32_t index, dlc_tensor_info &out);
  Status outputInfo(uint32_t index, dlc_tensor_info &out);
  Status run() {
    DLC_TRY(resolve());
    return plan->run();
  }
  Status runAsync() {
    DLC_TRY(resolve());
    return plan->runAsync();
  }
  Status synchronize() { return plan->synchronize(); }
  Status read(const char *name, void *data, size_t size) const;
  Status write(const char *name, const void *data, size_t size);
  Status save(const char *path, const char *note) const;
  Status load(const char *path, dlc_take take);
  /// Of the file that was loaded last.
  const std::string &note() const { return loadedNote; }

  const Program &program() const { return *source; }
  const fb::Variant &variant() const { return *chosen; }
  const std::string &variantName() const { return target; }
  dlc_device device() const { return where->kind(); }
  std::string deviceName() const { return where->name(); }
  const std::string &summary() const { return line; }
  /// Of open sizes, how steps run at those that have been given.
  std::vector<StepReport> steps() const { return plan->report(); }
  /// How often the plan was given sizes; what `steps` says may have changed with it.
  uint64_t timesSized() const { return sizings; }
  /// Makes the plan ready for the shapes that have been given, if it is not.
  Status resolve();
  Status timeSteps(bool on) { return plan->timeSteps(on); }
  dlc_step_time stepTime(uint32_t step) const;
  uint64_t arenaBytes() const { return plan->arenaBytes(); }
  /// By NVRTC or a card's driver, since it was created.
  uint64_t compilations() const { return compiled; }
  uint64_t stateBytes() const { return weights->stateBytes(); }

private:
  std::shared_ptr<const Program> source;
  std::shared_ptr<WeightStore> weights;
  const Device *where = nullptr;
  const fb::Variant *chosen = nullptr;
  std::string target, line;
  uint64_t compiled = 0; // the plan counts here
  std::string loadedNote;
  std::unique_ptr<Plan> plan;
  // Of each input, the shape that the caller gave; empty: none, and `symbols` say it.
  std::vector<std::vector<int64_t>> given;
  std::vector<std::vector<int64_t>> inputShapes, outputShapes; // as told
  uint64_t sizings = 0;
  bool resolved = true;                                        // the plan knows the sizes of `given`

  Status choose(const dlc_session_options &, Log);
  const fb::Variant *mostSpecific(const Device &, const char *wanted, std::string &refused) const;
  /// Whether there is such an input or output, and whether it has that size (`size` null: not asked).
  Status input(uint32_t index, const size_t *size = nullptr) const;
  Status output(uint32_t index, const size_t *size = nullptr);
  /// Gives the plan the sizes that follow from the shapes given.
  Status agree(const Sizes &) const;
  std::string dimension(uint32_t input, uint32_t dim) const;
  Status named(const char *name, size_t size, const WeightStore::Entry *&out) const;
};

} // namespace dlc::rt
