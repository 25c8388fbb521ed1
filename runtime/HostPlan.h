// What every plan on the host's memory shares: its inputs and outputs are host memory, the session's or the caller's.
#pragma once
#include "runtime/Device.h"

namespace dlc::rt {

class HostPlan : public Plan {
public:
  Status setInput(uint32_t index, const void *data) override;
  Status getOutput(uint32_t index, void *data) override;
  Status bindInput(uint32_t index, const void *data) override;
  Status bindOutput(uint32_t index, void *data) override;
  Status inputData(uint32_t index, void **data) override;
  Status outputData(uint32_t index, void **data) override;
  void sizeInput(uint32_t index, uint64_t bytes) override { inputs[index].size = bytes; }
  Status run() override;
  Status read(const WeightStore::Entry &, void *data) override;
  Status write(const WeightStore::Entry &, const void *data) override;

protected:
  /// Memory for all inputs and outputs, zeroed, and where it lies; at the end of loading.
  Status takePorts(const fb::Program &, const dlc_allocator &);
  /// Their sizes are those of `sized` from now on.
  void sizePorts(const fb::Program &);
  /// 64-byte aligned memory of at least the tensor's size; kept until placed anew.
  virtual void placeInput(uint32_t index, char *data) = 0;
  virtual void placeOutput(uint32_t index, char *data) = 0;
  virtual Status execute() = 0;

private:
  struct Port {
    uint64_t size = 0;
    Block own;
    char *bound = nullptr; // the caller's, when it is not 64-byte aligned: copied at each run
    char *current = nullptr;
  };
  std::vector<Port> inputs, outputs;
  bool staged = false;

  static void bind(Port &, char *memory);
  void recountStaged();
};

} // namespace dlc::rt
