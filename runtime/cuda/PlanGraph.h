// A plan as a CUDA graph: one node or more a step, edges from the plan's dependencies, so that branches run side by
// side.
#pragma once
#include "runtime/Device.h"
#include "runtime/cuda/Modules.h"

#include <map>

namespace dlc::rt::cuda {

/// Where the inputs and outputs of a run lie.
struct Binding {
  std::vector<CUdeviceptr> inputs, outputs;
  bool operator==(const Binding &) const = default;
};

class PlanGraph {
public:
  /// Checks every step against the card's limits. `arena`: where the plan's arena lies. The context must be current.
  Status prepare(const PlanRequest &, const std::shared_ptr<const Context> &, Modules, CUdeviceptr arena);

  /// A graph made ready for one binding.
  struct Instance {
    Graph graph;
    GraphExec exec;
    Binding binding;
    std::vector<std::vector<CUgraphNode>> nodes; // of each operation
    uint64_t lastUse = 0;
  };
  Status instantiate(const Binding &, Instance &out) const;
  /// Points the nodes that touch what differs to the new places; runs under way are not affected.
  Status update(Instance &, const Binding &) const;
  /// Step after step, each waited for: an error names its step.
  Status runStepwise(const Binding &, CUstream) const;

  /// "; the run's kernels are ...": what a failure that names no kernel may come from.
  std::string suspects() const;
  bool empty() const { return operations.empty(); }
  const std::vector<StepReport> &reports() const { return stepReports; }

private:
  struct Operation {
    uint32_t step = 0;
    fb::StepKind kind = fb::StepKind::Launch;
    CUfunction function = nullptr;
    std::vector<const fb::Buffer *> args;
    std::vector<uint32_t> after; // operations
    bool ports = false;          // touches inputs or outputs
  };
  /// One graph node of a copy or fill.
  struct Piece {
    bool copy = false;
    CUDA_MEMCPY3D copying{};
    CUDA_MEMSET_NODE_PARAMS filling{};
  };

  const fb::Variant *variant = nullptr;
  std::shared_ptr<const Program> program;
  std::shared_ptr<const WeightStore> weights;
  std::shared_ptr<const Context> context;
  Modules modules;
  CUdeviceptr arena = 0;
  std::vector<Operation> operations;
  std::map<CUfunction, unsigned> sharedOf; // dynamic shared memory asked for, where it is more than all may have
  std::vector<StepReport> stepReports;

  std::string where(uint32_t step) const;
  std::string named(const Operation &) const;
  Status prepareKernel(Operation &, const fb::Step &, StepReport &);
  CUdeviceptr address(const fb::Buffer &, const Binding &) const;
  /// Parameters of a launch; `values` and `pointers` must outlive them.
  CUDA_KERNEL_NODE_PARAMS launch(const Operation &, const Binding &, std::vector<CUdeviceptr> &values,
                                 std::vector<void *> &pointers) const;
  std::vector<Piece> pieces(const Operation &, const Binding &) const;
  /// Tells the simulated driver which tensors the next launch works on.
  void announce(const Operation &, const std::vector<CUdeviceptr> &values) const;
};

} // namespace dlc::rt::cuda
