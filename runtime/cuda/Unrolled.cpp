// Plans with loops and branches in a graph: of loops of known length, the nodes of one step after the other.
#include "runtime/ControlSteps.h"
#include "runtime/cuda/PlanGraph.h"

#include <algorithm>

namespace dlc::rt::cuda {

Status PlanGraph::addNode(CUgraph graph, const Operation &o, const Binding &binding, const Nodes &after, Nodes &made,
                          Build &build) const {
  if (moving(o, binding))
    return addMoving(graph, o, binding, after, made, build);
  const Driver &d = context->driver;
  auto doing = [&] { return "add " + named(o) + " to the graph"; };
  CUgraphNode node = nullptr;
  if (o.kind == fb::StepKind::Launch) {
    std::vector<CUdeviceptr> values;
    std::vector<void *> pointers;
    CUDA_KERNEL_NODE_PARAMS params = launch(o, binding, values, pointers);
    announce(o, binding.sizes, values);
    DLC_CU_FOR(d, doing(), cuGraphAddKernelNode, &node, graph, after.data(), after.size(), &params);
    made.push_back(node);
    return {};
  }
  for (const Piece &p : pieces(o, binding)) {
    if (p.copy)
      DLC_CU_FOR(d, doing(), cuGraphAddMemcpyNode, &node, graph, after.data(), after.size(), &p.copying, context->raw);
    else
      DLC_CU_FOR(d, doing(), cuGraphAddMemsetNode, &node, graph, after.data(), after.size(), &p.filling, context->raw);
    made.push_back(node);
  }
  return {};
}

/// Nodes of the steps [from, to) behind `before`; `last` is what must have ended before what follows.
Status PlanGraph::addNodes(CUgraph graph, uint32_t from, uint32_t to, Binding &binding, const Nodes &before,
                           Nodes &last, Build &build) const {
  std::vector<std::vector<CUgraphNode>> ends(to - from); // of each step
  std::vector<bool> followed(to - from);
  auto sortOut = [](std::vector<CUgraphNode> &nodes) {
    std::sort(nodes.begin(), nodes.end());
    nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
  };
  for (uint32_t i = from; i != to; ++i) {
    uint32_t inside = bodySteps(*variant->steps()->Get(i));
    if (operationOf[i] != none) {
      const Operation &o = operations[operationOf[i]];
      std::vector<CUgraphNode> after, made;
      for (uint32_t a : o.after) {
        uint32_t step = operations[a].step - from;
        after.insert(after.end(), ends[step].begin(), ends[step].end());
        followed[step] = true;
      }
      if (o.after.empty())
        after = before;
      sortOut(after);
      if (idle(o, binding.sizes)) {
        made = std::move(after);
      } else if (inside && conditional[i]) {
        DLC_TRY(o.kind == fb::StepKind::If ? addBranch(graph, o, binding, after, made, build)
                                           : addLoop(graph, o, binding, after, made, build));
      } else if (inside) {
        made = std::move(after);
        binding.steps.push_back(0);
        binding.counters.push_back(0);
        for (int64_t at = 0, limit = binding.sizes.limit(*variant->steps()->Get(i)); at != limit; ++at) {
          binding.steps.back() = at;
          std::vector<CUgraphNode> here;
          DLC_TRY(addNodes(graph, i + 1, i + 1 + inside, binding, made, here, build));
          made = std::move(here);
        }
        binding.steps.pop_back();
        binding.counters.pop_back();
      } else {
        DLC_TRY(addNode(graph, o, binding, after, made, build));
      }
      if (!build.refused.empty())
        return {};
      ends[i - from] = std::move(made);
    }
    i += inside;
  }
  bool any = false;
  for (uint32_t i = 0; i != to - from; ++i)
    if (operationOf[from + i] != none && !ends[i].empty()) {
      any = true;
      if (!followed[i])
        last.insert(last.end(), ends[i].begin(), ends[i].end());
    }
  if (!any)
    last = before;
  sortOut(last);
  return {};
}

} // namespace dlc::rt::cuda
