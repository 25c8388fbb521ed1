// A program made ready to run: device and variant chosen, weights held, inputs and outputs bound.
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
  Status inputData(uint32_t index, void **data);
  Status outputData(uint32_t index, void **data);
  Status setInput(uint32_t index, const void *data, size_t size);
  Status getOutput(uint32_t index, void *data, size_t size) const;
  Status run();
  Status read(const char *name, void *data, size_t size) const;
  Status write(const char *name, const void *data, size_t size);

  const Program &program() const { return *source; }
  const fb::Variant &variant() const { return *chosen; }
  const std::string &variantName() const { return target; }
  dlc_device device() const { return where->kind(); }
  const std::string &summary() const { return line; }
  std::vector<StepReport> steps() const { return plan->report(); }
  uint64_t arenaBytes() const { return plan->arenaBytes(); }
  uint64_t stateBytes() const { return weights->stateBytes(); }

private:
  struct Port {
    uint64_t size = 0;
    Block own;
    char *bound = nullptr; // the caller's, when it is not 64-byte aligned: copied at each run
    char *current = nullptr;
  };

  std::shared_ptr<const Program> source;
  std::shared_ptr<WeightStore> weights;
  const Device *where = nullptr;
  const fb::Variant *chosen = nullptr;
  std::string target, line;
  std::unique_ptr<Plan> plan;
  std::vector<Port> inputs, outputs;
  bool staged = false;

  Status choose(const dlc_session_options &, Log);
  Status port(const std::vector<Port> &, uint32_t index, const char *what) const;
  Status sized(const Port &, size_t size, const char *what, uint32_t index) const;
  void recountStaged();
};

} // namespace dlc::rt
