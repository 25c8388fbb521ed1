// Graphs made executable: flattened, ordered, launched as one operation of a stream.
#include "tools/gpusim/driver/Api.h"

#include <algorithm>
#include <queue>

namespace gpusim {
namespace {

/// Nodes of a graph and its children, children in place of their node: an empty node before them and one behind.
struct Flat {
  std::vector<GraphNode> nodes;
  std::vector<std::vector<uint32_t>> after;

  uint32_t add(const GraphNode &node, std::vector<uint32_t> before) {
    nodes.push_back(node);
    after.push_back(std::move(before));
    return uint32_t(nodes.size() - 1);
  }

  /// False if the graph has a cycle. `last` gets what stands for each node as a dependency.
  bool append(const Graph &graph, const std::vector<uint32_t> &roots, std::vector<uint32_t> &leaves) {
    std::map<const GraphNode *, uint32_t> last;
    std::map<const GraphNode *, bool> followed;
    size_t done = 0;
    for (bool moved = true; moved && done < graph.nodes.size();) {
      moved = false;
      for (const auto &node : graph.nodes) {
        if (last.count(node.get()) ||
            std::any_of(node->after.begin(), node->after.end(), [&](GraphNode *d) { return !last.count(d); }))
          continue;
        std::vector<uint32_t> before = node->after.empty() ? roots : std::vector<uint32_t>();
        for (GraphNode *dependency : node->after)
          before.push_back(last[dependency]), followed[dependency] = true;
        uint32_t at = add(*node, before);
        if (node->child) {
          nodes[at].type = NodeType::Empty;
          std::vector<uint32_t> ends;
          if (!append(*node->child, {at}, ends))
            return false;
          ends.push_back(at);
          GraphNode join;
          join.id = ++driver().ids;
          at = add(join, ends);
        }
        last[node.get()] = at;
        moved = true, ++done;
      }
    }
    for (const auto &node : graph.nodes)
      if (!followed.count(node.get()) && last.count(node.get()))
        leaves.push_back(last[node.get()]);
    return done == graph.nodes.size();
  }
};

/// Null: it has a cycle, or a handle that no node has.
std::shared_ptr<GraphPlan> planOf(const Graph &graph) {
  Flat flat;
  std::vector<uint32_t> leaves;
  if (!flat.append(graph, {}, leaves))
    return nullptr;
  for (const auto &handle : graph.handles)
    if (!handle->used) {
      driverReport("conditional-graph", "cuGraphInstantiate", "is given a graph with a handle that no node has");
      return nullptr;
    }
  auto plan = std::make_shared<GraphPlan>();
  for (uint32_t i = 0; i < flat.nodes.size(); ++i)
    for (const Graph *body : flat.nodes[i].bodies) {
      plan->bodies[i].push_back(planOf(*body));
      if (!plan->bodies[i].back())
        return nullptr;
    }
  auto ancestors = std::make_shared<Ancestors>(flat.nodes.size());
  plan->next.resize(flat.nodes.size());
  for (uint32_t i = 0; i < flat.nodes.size(); ++i)
    for (uint32_t before : flat.after[i]) {
      ancestors->inherit(i, before);
      plan->next[before].push_back(i);
    }
  plan->nodes = std::move(flat.nodes);
  plan->after = std::move(flat.after);
  plan->ancestors = std::move(ancestors);
  return plan;
}

/// With bodies of its own.
std::shared_ptr<GraphPlan> copyOf(const GraphPlan &plan) {
  auto copy = std::make_shared<GraphPlan>(plan);
  for (auto &[node, bodies] : copy->bodies)
    for (auto &body : bodies)
      body = copyOf(*body);
  return copy;
}

/// A run begins: handles have their defaults or nothing.
void resetConditions(const GraphPlan &plan, uint64_t run) {
  for (const auto &[index, bodies] : plan.bodies) {
    Conditional &c = *plan.nodes[index].condition;
    c.run = run, c.set = c.flags & 1, c.value = c.initial, c.setter = nullptr;
    for (const auto &body : bodies)
      resetConditions(*body, run);
  }
}

CUresult runConditional(const GraphPlan &plan, uint32_t index, const TaskPtr &task, const Operation &operation) {
  const GraphNode &node = plan.nodes[index];
  const Conditional &c = *node.condition;
  const auto &bodies = plan.bodies.at(index);
  auto wrong = [&](const std::string &what, CUresult result) {
    driverReport("conditional-graph", "conditional node", what);
    return result;
  };
  auto round = [&](size_t body, uint64_t number) {
    std::vector<GraphPlace> outer = task->outer;
    outer.push_back({index, number, plan.ancestors});
    return runPlan(*bodies[body], operation, task->graphRun, outer);
  };
  uint64_t most = std::max<uint64_t>(driver().patience / 4096, 1);
  for (uint64_t number = 0;; ++number) {
    if (!c.set)
      return wrong("runs and its handle has no value: it has no default, and no kernel has set it",
                   CUDA_ERROR_LAUNCH_FAILED);
    if (!number && c.setter && !task->after(*c.setter))
      return wrong("is not ordered behind " + c.setter->name + ", which sets its handle", CUDA_ERROR_LAUNCH_FAILED);
    if (node.conditionType == ConditionIf)
      return c.value ? round(0, 0) : bodies.size() > 1 ? round(1, 0) : CUDA_SUCCESS;
    if (node.conditionType == ConditionSwitch)
      return c.value < bodies.size() ? round(c.value, 0) : CUDA_SUCCESS;
    if (!c.value)
      return CUDA_SUCCESS;
    if (driver().patience && number >= most)
      return wrong(
          "of kind while has run its body " + std::to_string(number) + " times (DLC_SIM_PATIENCE allows more)" +
              (c.setter && c.setter->outer.size() > task->outer.size() ? "" : "; nothing in it sets its handle"),
          CUDA_ERROR_LAUNCH_TIMEOUT);
    if (CUresult bad = round(0, number))
      return bad;
  }
}

CUresult runNode(const GraphNode &node, TaskPtr task) {
  switch (node.type) {
  case NodeType::Kernel:
    task->name = node.kernel.kernel->name;
    return runKernel(node.kernel, task);
  case NodeType::Memcpy:
    task->name = node.copy.name;
    return node.copy.width && node.copy.height && node.copy.depth ? runCopy(node.copy, task) : CUDA_SUCCESS;
  case NodeType::Memset:
    task->name = node.fill.name;
    return node.fill.width && node.fill.height ? runFill(node.fill, task) : CUDA_SUCCESS;
  case NodeType::Host:
    node.host.fn(node.host.userData);
    return CUDA_SUCCESS;
  default:
    return CUDA_SUCCESS;
  }
}

} // namespace

// Of the nodes that are ready the one added last goes first: what only the order of adding holds together breaks.
CUresult runPlan(const GraphPlan &plan, const Operation &operation, uint64_t run,
                 const std::vector<GraphPlace> &outer) {
  if (outer.empty())
    resetConditions(plan, run);
  std::vector<uint32_t> missing(plan.nodes.size());
  std::priority_queue<uint32_t> ready;
  for (uint32_t i = 0; i < plan.nodes.size(); ++i) {
    missing[i] = uint32_t(plan.after[i].size());
    if (!missing[i])
      ready.push(i);
  }
  while (!ready.empty()) {
    uint32_t i = ready.top();
    ready.pop();
    TaskPtr task = makeTask(operation, "");
    task->graphRun = run;
    task->node = i;
    task->ancestors = plan.ancestors;
    task->outer = outer;
    if (CUresult bad = plan.nodes[i].type == NodeType::Conditional ? runConditional(plan, i, task, operation)
                                                                   : runNode(plan.nodes[i], task))
      return bad;
    for (uint32_t next : plan.next[i])
      if (!--missing[next])
        ready.push(next);
  }
  return CUDA_SUCCESS;
}

namespace api {
namespace {

GraphNode *find(GraphPlan &plan, uint64_t id, NodeType type) {
  for (GraphNode &one : plan.nodes)
    if (one.id == id && one.type == type)
      return &one;
  for (auto &[node, bodies] : plan.bodies)
    for (auto &body : bodies)
      if (GraphNode *found = find(*body, id, type))
        return found;
  return nullptr;
}

// The node of the executable that stands for `node`, in a plan that nobody else holds; null: there is none of that
// type.
GraphNode *owned(CUgraphExec executable, CUgraphNode node, NodeType type) {
  if (!driver().executables.has(executable) || !node)
    return nullptr;
  if (executable->plan.use_count() > 1)
    executable->plan = copyOf(*executable->plan);
  return driver().nodes.count(node) ? find(*executable->plan, node->id, type) : nullptr;
}

} // namespace

CUresult cuGraphInstantiateWithFlags(CUgraphExec *executable, CUgraph graph, unsigned long long flags) {
  Driver &d = driver();
  if (!executable || !d.graphs.has(graph) || graph->around || flags > 15)
    return CUDA_ERROR_INVALID_VALUE;
  auto made = std::make_unique<GraphExec>();
  made->context = current();
  if (hasConditional(*graph)) {
    made->source = graph->nodes[0]->id;
    bool twice = false;
    d.executables.each([&](const GraphExec &other) { twice |= other.source == made->source; });
    if (twice) {
      driverReport("conditional-graph", "cuGraphInstantiate",
                   "is given a graph with conditional nodes that has an executable already");
      return CUDA_ERROR_NOT_SUPPORTED;
    }
  }
  made->plan = planOf(*graph);
  if (!made->plan)
    return CUDA_ERROR_INVALID_VALUE; // a cycle
  *executable = d.executables.add(std::move(made));
  return CUDA_SUCCESS;
}

CUresult cuGraphInstantiateWithParams(CUgraphExec *executable, CUgraph graph, CUDA_GRAPH_INSTANTIATE_PARAMS *params) {
  if (!params)
    return CUDA_ERROR_INVALID_VALUE;
  CUresult result = cuGraphInstantiateWithFlags(executable, graph, params->flags);
  params->result_out = result == CUDA_SUCCESS ? 0 : 1;
  params->hErrNode_out = nullptr;
  return result;
}

CUresult cuGraphExecDestroy(CUgraphExec executable) {
  if (!driver().executables.has(executable))
    return CUDA_ERROR_INVALID_VALUE;
  driver().executables.drop(executable); // launches in flight hold its plan
  forgetConditionals();
  return CUDA_SUCCESS;
}

CUresult cuGraphExecKernelNodeSetParams(CUgraphExec executable, CUgraphNode node,
                                        const CUDA_KERNEL_NODE_PARAMS_v1 *params) {
  GraphNode *target = owned(executable, node, NodeType::Kernel);
  if (!target || !params)
    return CUDA_ERROR_INVALID_VALUE;
  KernelLaunch launch;
  launch.grid = {params->gridDimX, params->gridDimY, params->gridDimZ};
  launch.block = {params->blockDimX, params->blockDimY, params->blockDimZ};
  launch.dynamicShared = params->sharedMemBytes;
  launch.cluster = target->kernel.cluster;
  if (CUresult bad = prepareLaunch(launch, params->func, params->kernelParams, params->extra))
    return bad;
  launch.ranges = launch.ranges ? launch.ranges : target->kernel.ranges;
  target->kernel = std::move(launch);
  return CUDA_SUCCESS;
}
CUresult cuGraphExecKernelNodeSetParams_v2(CUgraphExec executable, CUgraphNode node,
                                           const CUDA_KERNEL_NODE_PARAMS *params) {
  return cuGraphExecKernelNodeSetParams(executable, node, params);
}

CUresult cuGraphExecMemcpyNodeSetParams(CUgraphExec executable, CUgraphNode node, const CUDA_MEMCPY3D *params,
                                        CUcontext) {
  GraphNode *target = owned(executable, node, NodeType::Memcpy);
  Copy copy;
  if (!target || !params || !makeCopy(*params, copy))
    return CUDA_ERROR_INVALID_VALUE;
  if (CUresult bad = checkCopy(copy))
    return bad;
  target->copy = copy;
  return CUDA_SUCCESS;
}

CUresult cuGraphExecMemsetNodeSetParams(CUgraphExec executable, CUgraphNode node, const CUDA_MEMSET_NODE_PARAMS *p,
                                        CUcontext) {
  GraphNode *target = owned(executable, node, NodeType::Memset);
  if (!target || !p)
    return CUDA_ERROR_INVALID_VALUE;
  Fill fill = target->fill;
  fill.to = p->dst, fill.value = p->value, fill.element = p->elementSize;
  fill.width = p->width, fill.height = p->height, fill.pitch = p->pitch;
  if (CUresult bad = checkFill(fill))
    return bad;
  target->fill = fill;
  return CUDA_SUCCESS;
}

CUresult cuGraphExecHostNodeSetParams(CUgraphExec executable, CUgraphNode node, const CUDA_HOST_NODE_PARAMS *params) {
  GraphNode *target = owned(executable, node, NodeType::Host);
  if (!target || !params || !params->fn)
    return CUDA_ERROR_INVALID_VALUE;
  target->host = *params;
  return CUDA_SUCCESS;
}

// The graphs must have the same nodes in the same order with the same edges.
CUresult cuGraphExecUpdate_v2(CUgraphExec executable, CUgraph graph, CUgraphExecUpdateResultInfo *info) {
  Driver &d = driver();
  if (!d.executables.has(executable) || !d.graphs.has(graph))
    return CUDA_ERROR_INVALID_VALUE;
  CUgraphExecUpdateResultInfo found{};
  std::shared_ptr<GraphPlan> fresh = planOf(*graph);
  if (!fresh)
    found.result = 1;
  else if (fresh->nodes.size() != executable->plan->nodes.size() || fresh->after != executable->plan->after)
    found.result = 2; // topology
  else
    for (size_t i = 0; i < fresh->nodes.size() && !found.result; ++i) {
      GraphNode &now = fresh->nodes[i];
      const GraphNode &was = executable->plan->nodes[i];
      now.id = was.id; // the executable keeps the nodes that it was made of
      if (now.type != was.type)
        found.result = 3;
      else if (now.type == NodeType::Conditional)
        found.result = 6; // not supported here
    }
  if (info)
    *info = found;
  if (found.result)
    return CUDA_ERROR_GRAPH_EXEC_UPDATE_FAILURE;
  executable->plan = fresh;
  return CUDA_SUCCESS;
}

CUresult cuGraphUpload(CUgraphExec executable, CUstream handle) {
  return driver().executables.has(executable) && resolve(handle) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuGraphLaunch(CUgraphExec executable, CUstream handle) {
  Driver &d = driver();
  Stream *stream = resolve(handle);
  if (!d.executables.has(executable))
    return CUDA_ERROR_INVALID_VALUE;
  if (!stream)
    return CUDA_ERROR_INVALID_HANDLE;
  if (stream->capture)
    return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
  for (const GraphNode &node : executable->plan->nodes) // waits for events hold the whole launch
    if (node.type == NodeType::EventWait && d.events.has(node.event) && node.event->recorded)
      stream->waits.push_back(node.event->recorded);
  uint64_t run = ++d.graphRuns;
  OperationPtr operation = enqueue(*stream, [plan = std::shared_ptr<const GraphPlan>(executable->plan),
                                             run](const Operation &o) { return runPlan(*plan, o, run); });
  for (const GraphNode &node : executable->plan->nodes)
    if (node.type == NodeType::EventRecord && d.events.has(node.event))
      node.event->recorded = operation, node.event->capture = nullptr;
  return CUDA_SUCCESS;
}

} // namespace api
} // namespace gpusim
