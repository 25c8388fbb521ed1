// A plan on a card: one arena, weights on the device, a run is one graph launch.
//
// Copies of inputs: each input has two places in pinned memory and on the device. Until the first asynchronous run, one
// is used and everything goes through one stream. From then on, inputs alternate between the two: the next one is
// copied on a stream of its own while the run before still reads the other.
#pragma once
#include "runtime/cuda/DeviceWeights.h"
#include "runtime/cuda/PlanGraph.h"

namespace dlc::rt::cuda {

class CudaPlan final : public Plan {
public:
  ~CudaPlan() override;
  Status load(const PlanRequest &, std::shared_ptr<const Context>);

  Status resize(const std::vector<int64_t> &symbols) override;
  void sizeInput(uint32_t index, uint64_t bytes) override { inputs[index].size = bytes; }
  Status setInput(uint32_t index, const void *data) override;
  Status getOutput(uint32_t index, void *data) override;
  Status bindInput(uint32_t index, const void *data) override;
  Status bindOutput(uint32_t index, void *data) override;
  Status inputData(uint32_t index, void **data) override;
  Status outputData(uint32_t index, void **data) override;
  Status bindInputDevice(uint32_t index, void *pointer) override;
  Status bindOutputDevice(uint32_t index, void *pointer) override;
  Status run() override;
  Status runAsync() override;
  Status synchronize() override;
  Status read(const WeightStore::Entry &, void *data) override;
  Status write(const WeightStore::Entry &, const void *data) override;
  std::vector<StepReport> report() const override { return graph.reports(); }
  uint64_t arenaBytes() const override { return sized.arenaBytes(*request.variant); }

private:
  /// One of an input's two places.
  struct Slot {
    char *pinned = nullptr;
    CUdeviceptr device = 0;
    Event copied;         // recorded behind the copy, where that is on the copy stream
    bool copying = false; // the pinned memory may still be read
    bool fresh = false;   // no run has waited for the copy yet
    uint64_t lastRun = 0; // that read it; 0: none
  };
  struct Input {
    uint64_t size = 0;
    Slot slots[2];
    int slot = 0;
    const char *host = nullptr; // bound, or `own`: copied at each run
    CUdeviceptr given = 0;      // the caller's device memory
    Block own;
  };
  struct Output {
    uint64_t size = 0; // of this run
    CUdeviceptr device = 0, given = 0;
    char *pinned = nullptr;
    char *host = nullptr;  // the caller's: gets each run's result
    bool mirrored = false; // the pinned memory is the caller's view: gets each run's result
    bool pending = false;  // a copy to pinned memory is under way; `host` wants it afterwards
  };

  // Handles go in reverse order of their making: memory after the graphs that use it.
  PlanRequest request{};
  std::shared_ptr<const Context> context;
  std::shared_ptr<Stream> stream;
  Stream copyStream;
  Memory memory, stackedArena; // stackedArena: where the arena depends on the sizes of a run
  uint64_t stackedBytes = 0;
  Pinned pinned, foundValue; // foundValue: what a step Host reads
  PlanGraph graph;
  std::vector<PlanGraph::Instance> instances;
  Binding binding; // of the run that is being started
  std::vector<Input> inputs;
  std::vector<Output> outputs;
  Event done[2]; // recorded behind runs with even and odd numbers
  uint64_t runs = 0;
  bool overlaps = false; // an asynchronous run has been asked for
  bool stepwise = false;

  const Driver &driver() const { return context->driver; }
  Status takeMemory(uint64_t weightBytes);
  Status stage(Input &, const void *data, uint32_t index);
  Status launch();
  Status launchPart(size_t part);
  Status growArena();
  void tellWhyOrdered();
  Status find(size_t part);
  void sizePorts();
  Status fetch(Output &, uint32_t index);
  Status finish();
  /// `what` and `name` are what it was for: "read", "'w'".
  Status wait(const char *what, const std::string &name);
  Status checkDevicePointer(const void *pointer, uint64_t size, const char *what, uint32_t index) const;
  PlanGraph::Instance *instanceFor(const Binding &, size_t part, Status &);
};

} // namespace dlc::rt::cuda
