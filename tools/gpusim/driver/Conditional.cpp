// Conditional nodes: handles whose values kernels set, and bodies that a graph runs or not, again and again.
#include "tools/gpusim/driver/Api.h"
#include "tools/gpusim/memory/AddressSpace.h"

#include <algorithm>

namespace gpusim {
namespace {

std::shared_ptr<Conditional> conditionalOf(uint64_t handle) {
  auto at = driver().conditionals.find(handle);
  return at == driver().conditionals.end() ? nullptr : at->second.lock();
}

std::string text(uint64_t handle) { return "the handle " + std::to_string(handle & 0xffffffff); }

CUresult refuse(CUresult result, const std::string &message) {
  driverReport("conditional-graph", "cuGraphAddNode", message);
  return result;
}

/// `graph` is `top`, or a body in it, or in one of its bodies.
bool within(const Graph &graph, const Graph *top) {
  for (const Graph *g = &graph; g; g = g->around ? g->around->graph : nullptr)
    if (g == top)
      return true;
  return false;
}

bool allowedInBody(NodeType type) {
  return type == NodeType::Kernel || type == NodeType::Memcpy || type == NodeType::Memset || type == NodeType::Empty ||
         type == NodeType::Child || type == NodeType::Conditional;
}

bool allowedInBody(const Graph &graph) {
  return std::all_of(graph.nodes.begin(), graph.nodes.end(), [](const auto &node) {
    return allowedInBody(node->type) && (!node->child || allowedInBody(*node->child));
  });
}

} // namespace

bool hasConditional(const Graph &graph) {
  return std::any_of(graph.nodes.begin(), graph.nodes.end(), [](const auto &node) {
    return node->type == NodeType::Conditional || (node->child && hasConditional(*node->child));
  });
}

void forgetConditionals() {
  std::erase_if(driver().conditionals, [](const auto &entry) { return entry.second.expired(); });
}

CUresult checkBody(const Graph &graph, NodeType type) {
  if (!graph.around || allowedInBody(type))
    return CUDA_SUCCESS;
  return refuse(CUDA_ERROR_NOT_SUPPORTED, "is asked for a node of type " + std::to_string(int(type)) +
                                              " in the body of a conditional node: kernels, copies, fills, empty "
                                              "nodes, child graphs and conditional nodes may be there");
}

CUresult checkBody(const Graph &graph, const KernelLaunch &launch) {
  if (!graph.around || launch.function->module->context == graph.around->condition->context)
    return CUDA_SUCCESS;
  return refuse(CUDA_ERROR_INVALID_CONTEXT, "is given a kernel of another context for the body of a conditional node");
}

CUresult checkBody(const Graph &graph, const Copy &copy) {
  auto onDevice = [](uint64_t address) { return inReserved(address, 1) || inRegistered(address, 1); };
  if (!graph.around || (onDevice(copy.from) && onDevice(copy.to)))
    return CUDA_SUCCESS;
  return refuse(CUDA_ERROR_NOT_SUPPORTED,
                "is given a copy of pageable host memory for the body of a conditional node: a card cannot do it");
}

CUresult checkBody(const Graph &graph, const Graph &child) {
  if (hasConditional(child))
    return refuse(CUDA_ERROR_NOT_SUPPORTED, "is given a child graph with conditional nodes");
  if (!graph.around || allowedInBody(child))
    return CUDA_SUCCESS;
  return refuse(CUDA_ERROR_NOT_SUPPORTED, "is given a child graph whose nodes may not be in a conditional node's body");
}

std::string setConditional(uint64_t handle, uint32_t value, const TaskPtr &task, uint64_t thread) {
  std::shared_ptr<Conditional> c = conditionalOf(handle);
  if (!c)
    return std::to_string(handle) + " is no handle of a conditional node";
  if (!task->graphRun || c->run != task->graphRun)
    return text(handle) + " belongs to another graph than the one that runs";
  if (c->setter && (c->setter == task ? c->thread != thread : !task->after(*c->setter)))
    return text(handle) + " is set by two at a time: " +
           (c->setter == task ? "threads of one launch" : "nothing orders this kernel behind " + c->setter->name);
  c->set = true, c->value = value, c->setter = task, c->thread = thread;
  return "";
}

namespace api {

CUresult cuGraphConditionalHandleCreate(CUgraphConditionalHandle *handle, CUgraph graph, CUcontext context,
                                        unsigned initial, unsigned flags) {
  Driver &d = driver();
  CUcontext on = context ? context : current();
  if (!handle || !d.graphs.has(graph) || !d.contexts.has(on) || flags > 1)
    return CUDA_ERROR_INVALID_VALUE;
  auto made = std::make_shared<Conditional>();
  made->handle = 0xc0de00000000ull + ++d.ids;
  made->context = on, made->graph = graph, made->initial = initial, made->flags = flags;
  d.conditionals[made->handle] = made;
  graph->handles.push_back(made);
  *handle = made->handle;
  return CUDA_SUCCESS;
}

CUresult cuGraphAddNode_v2(CUgraphNode *node, CUgraph graph, const CUgraphNode *after, const CUgraphEdgeData *data,
                           size_t count, CUgraphNodeParams *params) {
  if (!node || !params || params->reserved2 ||
      std::any_of(params->reserved0, params->reserved0 + 3, [](int i) { return i != 0; }))
    return CUDA_ERROR_INVALID_VALUE;
  for (size_t i = 0; data && i < count; ++i)
    if (data[i].type || data[i].from_port || data[i].to_port)
      return CUDA_ERROR_NOT_SUPPORTED; // programmatic edges
  if (params->type == NodeKernel)
    return cuGraphAddKernelNode_v2(node, graph, after, count, &params->kernel);
  if (params->type == NodeEmpty)
    return cuGraphAddEmptyNode(node, graph, after, count);
  if (params->type != NodeConditional)
    return CUDA_ERROR_NOT_SUPPORTED;
  constexpr size_t words = sizeof(CUDA_CONDITIONAL_NODE_PARAMS) / sizeof(long long);
  if (std::any_of(params->reserved1 + words, std::end(params->reserved1), [](long long v) { return v != 0; }))
    return CUDA_ERROR_INVALID_VALUE;
  CUDA_CONDITIONAL_NODE_PARAMS &p = params->conditional;
  Driver &d = driver();
  std::shared_ptr<Conditional> condition = conditionalOf(p.handle);
  if (!condition || !d.graphs.has(graph) || p.ctx != condition->context)
    return CUDA_ERROR_INVALID_VALUE;
  if (p.type < ConditionIf || p.type > ConditionSwitch || !p.size || (p.type == ConditionIf && p.size > 2) ||
      (p.type == ConditionWhile && p.size > 1))
    return CUDA_ERROR_INVALID_VALUE;
  if (!within(*graph, condition->graph))
    return refuse(CUDA_ERROR_INVALID_VALUE, "is given a handle of another graph");
  if (condition->used)
    return refuse(CUDA_ERROR_INVALID_VALUE, "is given a handle that another conditional node has");
  if (graph->owned && !graph->around)
    return refuse(CUDA_ERROR_NOT_SUPPORTED, "is asked for a conditional node in a child graph");
  if (CUresult bad = addPlainNode(node, graph, after, count, NodeType::Conditional))
    return bad;
  GraphNode &made = **node;
  made.condition = condition, made.conditionType = p.type;
  condition->used = true;
  for (unsigned i = 0; i < p.size; ++i) {
    made.bodies.push_back(d.graphs.add(std::make_unique<Graph>()));
    made.bodies.back()->owned = true;
    made.bodies.back()->around = &made;
  }
  p.phGraph_out = made.bodies.data();
  return CUDA_SUCCESS;
}

} // namespace api
} // namespace gpusim
