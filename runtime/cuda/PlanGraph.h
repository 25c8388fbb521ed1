// A plan as a CUDA graph: one node or more a step, edges from the plan's dependencies, so that branches run side by
// side.
#pragma once
#include "runtime/Device.h"
#include "runtime/cuda/ControlKernels.h"
#include "runtime/cuda/Modules.h"

#include <algorithm>
#include <map>

namespace dlc::rt::cuda {

/// Where the inputs and outputs of a run lie, and its sizes.
struct Binding {
  std::vector<CUdeviceptr> inputs, outputs;
  Sizes sizes;
  std::vector<int64_t> steps = {};        // of the loops around, while a plan with loops is run
  std::vector<CUdeviceptr> counters = {}; // while its graph is made: where such a step is counted; 0: it is known
  bool operator==(const Binding &) const = default;
};

class PlanGraph {
public:
  /// Where the arena lies from now on; graphs made before point to the old one.
  void place(CUdeviceptr arenaAt) { arena = arenaAt; }
  /// Checks every step against the card's limits. `arena`: where the plan's arena lies. `stepwise`: no graph will be
  /// asked for. The context must be current.
  Status prepare(const PlanRequest &, const std::shared_ptr<const Context> &, Modules, CUdeviceptr arena,
                 bool stepwise);

  /// Whether the card can run every step that depends on symbols at these sizes; `foundOnly`: on those that a run
  /// finds.
  Status fits(const Sizes &, bool foundOnly) const;

  /// Steps Host cut the plan into parts, each with a graph of its own.
  size_t parts() const { return hostSteps.size() + 1; }
  uint32_t hostStep(size_t part) const { return hostSteps[part]; }
  /// Where the value lies that ends a part (not the last), and the symbol that gets it.
  CUdeviceptr foundAt(size_t part, const Binding &, uint32_t &symbol) const;

  /// A graph made ready for one binding.
  struct Instance {
    std::vector<Memory> memory; // of its loops
    Graph graph;
    GraphExec exec;
    Binding binding;
    size_t part = 0;
    std::vector<std::vector<CUgraphNode>> nodes; // of each operation; none of one with nothing to do
    uint64_t lastUse = 0;
  };
  /// `refused`: why the driver cannot have the plan's loops and branches in a graph, which is no error.
  Status instantiate(const Binding &, size_t part, Instance &out, std::string &refused) const;
  /// Points the nodes that touch what differs to the new places and sizes; runs under way are not affected. `possible`
  /// is false, and nothing changed, where the graph would need other nodes.
  Status update(Instance &, const Binding &, bool &possible) const;
  /// Step after step of the part, each waited for: an error names its step.
  Status runStepwise(const Binding &binding, size_t part, CUstream stream) const {
    return run(binding, part, stream, true);
  }
  /// The same without waiting but where the host must decide how to go on.
  Status runInOrder(const Binding &binding, size_t part, CUstream stream) const {
    return run(binding, part, stream, false);
  }
  /// Whether the plan has loops or branches that no graph can hold: it is run in order then.
  bool ordered() const { return control && !held; }
  /// From now on.
  void leaveToHost(const std::string &why);
  /// Why it is `ordered`; "" where it is not.
  const std::string &whyOrdered() const { return reason; }

  /// "; the run's kernels are ...": what a failure that names no kernel may come from.
  std::string suspects() const;
  bool empty(size_t part) const {
    return std::none_of(operations.begin(), operations.end(), [&](const Operation &o) { return o.part == part; });
  }
  std::string where(uint32_t step) const;
  const std::vector<StepReport> &reports() const { return stepReports; }

private:
  struct Operation {
    uint32_t step = 0;
    fb::StepKind kind = fb::StepKind::Launch;
    CUfunction function = nullptr;
    std::vector<const fb::Buffer *> args;
    std::vector<uint32_t> after;          // operations
    bool ports = false;                   // touches inputs or outputs
    bool symbolic = false, found = false; // depends on symbols; on such that a run finds
    size_t part = 0;
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
  bool control = false, held = false; // held: the graph holds its loops and branches
  std::string reason;                 // why it does not
  bool findsInside = false;           // a body finds sizes
  std::vector<bool> conditional;      // steps that are conditional nodes; other loops are unrolled
  ControlKernels kernels;
  std::vector<Operation> operations;
  std::vector<uint32_t> operationOf;       // of each step; none: it does nothing
  std::map<CUfunction, unsigned> sharedOf; // dynamic shared memory asked for, where it is more than all may have
  std::vector<StepReport> stepReports;

  std::vector<uint32_t> hostSteps;

  std::string named(const Operation &) const;
  Status prepareKernel(Operation &, const fb::Step &, StepReport &);
  CUdeviceptr address(const fb::Buffer &, const Binding &) const;
  /// Parameters of a launch; `values` and `pointers` must outlive them.
  CUDA_KERNEL_NODE_PARAMS launch(const Operation &, const Binding &, std::vector<CUdeviceptr> &values,
                                 std::vector<void *> &pointers) const;
  void gridOf(const fb::Step &, const Sizes &, unsigned grid[3]) const;
  /// Whether the operation has nothing to do at these sizes.
  bool idle(const Operation &, const Sizes &) const;
  Status fits(const Operation &, const Sizes &) const;
  std::vector<Piece> pieces(const Operation &, const Binding &) const;
  static constexpr uint32_t none = 0xffffffffu;
  static constexpr size_t mostNodes = 8192; // of a graph with unrolled loops; DLC_CUDA_UNROLL is another number
  std::pair<uint32_t, uint32_t> stepsOf(size_t part) const {
    return {part ? hostSteps[part - 1] + 1 : 0,
            part < hostSteps.size() ? hostSteps[part] : uint32_t(operationOf.size())};
  }
  using Nodes = std::vector<CUgraphNode>;
  using Moves = std::vector<std::pair<CUdeviceptr, int64_t>>; // counters, and bytes for each count
  /// A graph while it is made.
  struct Build {
    std::vector<Memory> &memory;
    std::string &refused; // not empty: nothing was added, and nothing more need be
    CUdeviceptr next = 0;
    uint64_t left = 0;
    std::map<std::pair<uint32_t, size_t>, CUdeviceptr> rows = {}; // by operation's step and number
  };
  size_t countNodes(uint32_t from, uint32_t to, size_t most);
  size_t deepestMoves() const;
  Status holdControl(bool stepwise);
  void describeControl();
  Status addNode(CUgraph, const Operation &, const Binding &, const Nodes &after, Nodes &made, Build &) const;
  Status addNodes(CUgraph, uint32_t from, uint32_t to, Binding &, const Nodes &before, Nodes &last, Build &) const;
  Status addMoving(CUgraph, const Operation &, const Binding &, const Nodes &after, Nodes &made, Build &) const;
  Status addLoop(CUgraph, const Operation &, Binding &, const Nodes &after, Nodes &made, Build &) const;
  Status addBranch(CUgraph, const Operation &, Binding &, const Nodes &after, Nodes &made, Build &) const;
  Status addConditional(CUgraph, const Operation &, CUgraphConditionalNodeType, CUgraphConditionalHandle,
                        CUgraphNode after, CUgraphNode &node, CUgraph &body, Build &) const;
  Status makeHandle(CUgraph, const Operation &, CUgraphConditionalHandle &, Build &) const;
  Status addKernel(CUgraph, const char *what, CUfunction, unsigned blocks, unsigned threads, std::vector<uint64_t>,
                   const Nodes &after, CUgraphNode &node) const;
  Status addCopy(CUgraph, CUdeviceptr to, const Moves &toMoves, CUdeviceptr from, const Moves &fromMoves,
                 uint64_t bytes, const Nodes &after, CUgraphNode &node, Build &) const;
  Status takeRow(uint64_t bytes, const Operation &, size_t number, CUdeviceptr &, Build &) const;
  Status take(uint64_t bytes, CUdeviceptr &, Build &) const;
  Status conditionAt(CUgraph, const Operation &, const Binding &, Nodes &after, uint64_t &at, Build &) const;
  Moves moves(const fb::Buffer &, const Binding &) const;
  bool moving(const Operation &, const Binding &) const;
  bool busy(uint32_t from, uint32_t to, const Sizes &) const;
  Status run(const Binding &, size_t part, CUstream, bool wait) const;
  Status runRange(uint32_t from, uint32_t to, Binding &, CUstream, bool wait) const;
  Status runControl(uint32_t step, Binding &, CUstream, bool wait) const;
  Status runOne(const Operation &, const Binding &, CUstream, bool wait) const;
  Status find(uint32_t step, Binding &, CUstream) const;
  Status holds(const Operation &, const Binding &, CUstream, bool &condition) const;
  /// Tells the simulated driver which tensors the next launch works on.
  void announce(const Operation &, const Sizes &, const std::vector<CUdeviceptr> &values) const;
};

} // namespace dlc::rt::cuda
