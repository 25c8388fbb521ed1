// Graphs as they are built, by calls or by capture.
#include "tools/gpusim/driver/Api.h"

#include <algorithm>
#include <set>

namespace gpusim {

GraphNode *addNode(Graph &graph, NodeType type, const CUgraphNode *after, size_t count) {
  Driver &d = driver();
  auto node = std::make_unique<GraphNode>();
  node->graph = &graph;
  node->id = ++d.ids;
  node->type = type;
  node->after.assign(after, after + count);
  d.nodes.insert(node.get());
  graph.nodes.push_back(std::move(node));
  return graph.nodes.back().get();
}

void destroyGraph(Graph *graph) {
  Driver &d = driver();
  for (auto &node : graph->nodes) {
    if (node->child)
      destroyGraph(node->child);
    for (Graph *body : node->bodies)
      destroyGraph(body);
    d.nodes.erase(node.get());
  }
  d.graphs.drop(graph);
}

void copyGraph(const Graph &from, Graph &to) {
  Driver &d = driver();
  std::map<const GraphNode *, GraphNode *> twin;
  for (const auto &node : from.nodes) {
    GraphNode *copy = addNode(to, node->type, nullptr, 0);
    uint64_t id = copy->id;
    *copy = *node;
    copy->id = id, copy->graph = &to, copy->clonedFrom = node->id;
    if (node->child) {
      copy->child = d.graphs.add(std::make_unique<Graph>());
      copy->child->owned = true;
      copyGraph(*node->child, *copy->child);
    }
    twin[node.get()] = copy;
  }
  for (const auto &node : to.nodes)
    for (GraphNode *&dependency : node->after)
      dependency = twin[dependency];
}

CUresult submit(Stream &stream, const CUDA_HOST_NODE_PARAMS &host) {
  if (stream.capture) {
    addNode(*stream.capture->graph, NodeType::Host, stream.tips.data(), stream.tips.size())->host = host;
    stream.tips = {stream.capture->graph->nodes.back().get()};
    return CUDA_SUCCESS;
  }
  enqueue(stream, [host](const Operation &) {
    host.fn(host.userData);
    return CUDA_SUCCESS;
  });
  return CUDA_SUCCESS;
}

namespace {

bool has(CUgraph graph) { return driver().graphs.has(graph); }
bool has(CUgraphNode node) { return driver().nodes.count(node) != 0; }

CUresult checkAfter(CUgraph graph, const CUgraphNode *after, size_t count) {
  if (!has(graph) || (count && !after))
    return CUDA_ERROR_INVALID_VALUE;
  std::set<CUgraphNode> seen;
  for (size_t i = 0; i < count; ++i)
    if (!has(after[i]) || after[i]->graph != graph || !seen.insert(after[i]).second)
      return CUDA_ERROR_INVALID_VALUE;
  return CUDA_SUCCESS;
}

} // namespace

CUresult addPlainNode(CUgraphNode *node, CUgraph graph, const CUgraphNode *after, size_t count, NodeType type) {
  if (!node)
    return CUDA_ERROR_INVALID_VALUE;
  if (CUresult bad = checkAfter(graph, after, count))
    return bad;
  if (CUresult bad = checkBody(*graph, type))
    return bad;
  *node = addNode(*graph, type, after, count);
  return CUDA_SUCCESS;
}

namespace api {
namespace {

KernelLaunch shapeOf(const CUDA_KERNEL_NODE_PARAMS_v1 &p) {
  KernelLaunch launch;
  launch.grid = {p.gridDimX, p.gridDimY, p.gridDimZ};
  launch.block = {p.blockDimX, p.blockDimY, p.blockDimZ};
  launch.dynamicShared = p.sharedMemBytes;
  return launch;
}

template <typename T> CUresult list(const std::vector<T> &all, T *out, size_t *count) {
  if (!count)
    return CUDA_ERROR_INVALID_VALUE;
  if (out)
    for (size_t i = 0; i < *count; ++i)
      out[i] = i < all.size() ? all[i] : T{};
  *count = out ? std::min(*count, all.size()) : all.size();
  return CUDA_SUCCESS;
}

Fill fillOf(const CUDA_MEMSET_NODE_PARAMS &p) {
  Fill fill;
  fill.name = "memset node", fill.to = p.dst, fill.value = p.value, fill.element = p.elementSize;
  fill.width = p.width, fill.height = p.height, fill.pitch = p.pitch;
  return fill;
}

} // namespace

CUresult cuGraphCreate(CUgraph *graph, unsigned flags) {
  if (!graph || flags)
    return CUDA_ERROR_INVALID_VALUE;
  *graph = driver().graphs.add(std::make_unique<Graph>());
  return CUDA_SUCCESS;
}

CUresult cuGraphDestroy(CUgraph graph) {
  if (!has(graph) || graph->owned)
    return CUDA_ERROR_INVALID_VALUE;
  destroyGraph(graph);
  forgetConditionals();
  return CUDA_SUCCESS;
}

CUresult cuGraphClone(CUgraph *clone, CUgraph graph) {
  if (!clone || !has(graph))
    return CUDA_ERROR_INVALID_VALUE;
  if (hasConditional(*graph))
    return CUDA_ERROR_NOT_SUPPORTED;
  *clone = driver().graphs.add(std::make_unique<Graph>());
  copyGraph(*graph, **clone);
  return CUDA_SUCCESS;
}

CUresult cuGraphNodeFindInClone(CUgraphNode *found, CUgraphNode node, CUgraph clone) {
  if (!found || !has(node) || !has(clone))
    return CUDA_ERROR_INVALID_VALUE;
  for (const auto &one : clone->nodes)
    if (one->clonedFrom == node->id)
      return *found = one.get(), CUDA_SUCCESS;
  return CUDA_ERROR_INVALID_VALUE;
}

CUresult cuGraphAddKernelNode(CUgraphNode *node, CUgraph graph, const CUgraphNode *after, size_t count,
                              const CUDA_KERNEL_NODE_PARAMS_v1 *params) {
  if (!params || !node)
    return CUDA_ERROR_INVALID_VALUE;
  KernelLaunch launch = shapeOf(*params);
  if (CUresult bad = prepareLaunch(launch, params->func, params->kernelParams, params->extra))
    return bad;
  if (CUresult bad = has(graph) ? checkBody(*graph, launch) : CUDA_ERROR_INVALID_VALUE)
    return bad;
  if (CUresult bad = addPlainNode(node, graph, after, count, NodeType::Kernel))
    return bad;
  (*node)->kernel = std::move(launch);
  return CUDA_SUCCESS;
}
CUresult cuGraphAddKernelNode_v2(CUgraphNode *node, CUgraph graph, const CUgraphNode *after, size_t count,
                                 const CUDA_KERNEL_NODE_PARAMS *params) {
  return cuGraphAddKernelNode(node, graph, after, count, params);
}

CUresult cuGraphKernelNodeSetParams_v2(CUgraphNode node, const CUDA_KERNEL_NODE_PARAMS *params) {
  if (!has(node) || node->type != NodeType::Kernel || !params)
    return CUDA_ERROR_INVALID_VALUE;
  KernelLaunch launch = shapeOf(*params);
  launch.cluster = node->kernel.cluster;
  if (CUresult bad = prepareLaunch(launch, params->func, params->kernelParams, params->extra))
    return bad;
  launch.ranges = launch.ranges ? launch.ranges : node->kernel.ranges;
  node->kernel = std::move(launch);
  return CUDA_SUCCESS;
}

CUresult cuGraphKernelNodeSetAttribute(CUgraphNode node, int attribute, const CUlaunchAttributeValue *value) {
  if (!has(node) || node->type != NodeType::Kernel || !value)
    return CUDA_ERROR_INVALID_VALUE;
  if (attribute == AttributeCluster) {
    Dim3 c{value->clusterDim.x, value->clusterDim.y, value->clusterDim.z}, g = node->kernel.grid;
    if (!c.count() || driver().model.major < 9 || g.x % c.x || g.y % c.y || g.z % c.z || c.count() > 16)
      return CUDA_ERROR_INVALID_CLUSTER_SIZE;
    node->kernel.cluster = c;
  }
  return CUDA_SUCCESS;
}

CUresult cuGraphAddMemcpyNode(CUgraphNode *node, CUgraph graph, const CUgraphNode *after, size_t count,
                              const CUDA_MEMCPY3D *params, CUcontext) {
  Copy copy;
  if (!params || !makeCopy(*params, copy))
    return CUDA_ERROR_INVALID_VALUE;
  if (CUresult bad = checkCopy(copy))
    return bad;
  if (CUresult bad = has(graph) ? checkBody(*graph, copy) : CUDA_ERROR_INVALID_VALUE)
    return bad;
  if (CUresult bad = addPlainNode(node, graph, after, count, NodeType::Memcpy))
    return bad;
  (*node)->copy = copy;
  return CUDA_SUCCESS;
}

CUresult cuGraphMemcpyNodeSetParams(CUgraphNode node, const CUDA_MEMCPY3D *params) {
  Copy copy;
  if (!has(node) || node->type != NodeType::Memcpy || !params || !makeCopy(*params, copy))
    return CUDA_ERROR_INVALID_VALUE;
  if (CUresult bad = checkCopy(copy))
    return bad;
  node->copy = copy;
  return CUDA_SUCCESS;
}

CUresult cuGraphAddMemsetNode(CUgraphNode *node, CUgraph graph, const CUgraphNode *after, size_t count,
                              const CUDA_MEMSET_NODE_PARAMS *params, CUcontext) {
  if (!params)
    return CUDA_ERROR_INVALID_VALUE;
  Fill fill = fillOf(*params);
  if (CUresult bad = checkFill(fill))
    return bad;
  if (CUresult bad = addPlainNode(node, graph, after, count, NodeType::Memset))
    return bad;
  (*node)->fill = fill;
  return CUDA_SUCCESS;
}

CUresult cuGraphMemsetNodeSetParams(CUgraphNode node, const CUDA_MEMSET_NODE_PARAMS *params) {
  if (!has(node) || node->type != NodeType::Memset || !params)
    return CUDA_ERROR_INVALID_VALUE;
  if (CUresult bad = checkFill(fillOf(*params)))
    return bad;
  node->fill = fillOf(*params);
  return CUDA_SUCCESS;
}

CUresult cuGraphAddHostNode(CUgraphNode *node, CUgraph graph, const CUgraphNode *after, size_t count,
                            const CUDA_HOST_NODE_PARAMS *params) {
  if (!params || !params->fn)
    return CUDA_ERROR_INVALID_VALUE;
  if (CUresult bad = addPlainNode(node, graph, after, count, NodeType::Host))
    return bad;
  (*node)->host = *params;
  return CUDA_SUCCESS;
}

CUresult cuGraphAddEmptyNode(CUgraphNode *node, CUgraph graph, const CUgraphNode *after, size_t count) {
  return addPlainNode(node, graph, after, count, NodeType::Empty);
}

CUresult cuGraphAddChildGraphNode(CUgraphNode *node, CUgraph graph, const CUgraphNode *after, size_t count,
                                  CUgraph child) {
  if (!has(child) || !has(graph))
    return CUDA_ERROR_INVALID_VALUE;
  if (CUresult bad = checkBody(*graph, *child))
    return bad;
  if (CUresult bad = addPlainNode(node, graph, after, count, NodeType::Child))
    return bad;
  (*node)->child = driver().graphs.add(std::make_unique<Graph>());
  (*node)->child->owned = true;
  copyGraph(*child, *(*node)->child);
  return CUDA_SUCCESS;
}

CUresult cuGraphAddEventRecordNode(CUgraphNode *node, CUgraph graph, const CUgraphNode *after, size_t count,
                                   CUevent event) {
  if (!driver().events.has(event))
    return CUDA_ERROR_INVALID_HANDLE;
  if (CUresult bad = addPlainNode(node, graph, after, count, NodeType::EventRecord))
    return bad;
  (*node)->event = event;
  return CUDA_SUCCESS;
}

CUresult cuGraphAddEventWaitNode(CUgraphNode *node, CUgraph graph, const CUgraphNode *after, size_t count,
                                 CUevent event) {
  if (!driver().events.has(event))
    return CUDA_ERROR_INVALID_HANDLE;
  if (CUresult bad = addPlainNode(node, graph, after, count, NodeType::EventWait))
    return bad;
  (*node)->event = event;
  return CUDA_SUCCESS;
}

CUresult cuGraphNodeGetType(CUgraphNode node, int *type) {
  if (!has(node) || !type)
    return CUDA_ERROR_INVALID_VALUE;
  *type = int(node->type);
  return CUDA_SUCCESS;
}

CUresult cuGraphGetNodes(CUgraph graph, CUgraphNode *nodes, size_t *count) {
  if (!has(graph))
    return CUDA_ERROR_INVALID_VALUE;
  std::vector<CUgraphNode> all;
  for (const auto &node : graph->nodes)
    all.push_back(node.get());
  return list(all, nodes, count);
}

CUresult cuGraphGetRootNodes(CUgraph graph, CUgraphNode *nodes, size_t *count) {
  if (!has(graph))
    return CUDA_ERROR_INVALID_VALUE;
  std::vector<CUgraphNode> all;
  for (const auto &node : graph->nodes)
    if (node->after.empty())
      all.push_back(node.get());
  return list(all, nodes, count);
}

CUresult cuGraphGetEdges(CUgraph graph, CUgraphNode *from, CUgraphNode *to, size_t *count) {
  if (!has(graph) || !count || !from != !to)
    return CUDA_ERROR_INVALID_VALUE;
  std::vector<CUgraphNode> sources, targets;
  for (const auto &node : graph->nodes)
    for (CUgraphNode dependency : node->after)
      sources.push_back(dependency), targets.push_back(node.get());
  size_t room = *count;
  if (CUresult bad = list(sources, from, count))
    return bad;
  return list(targets, to, to ? &room : count);
}
CUresult cuGraphGetEdges_v2(CUgraph graph, CUgraphNode *from, CUgraphNode *to, CUgraphEdgeData *data, size_t *count) {
  CUresult result = cuGraphGetEdges(graph, from, to, count);
  if (result == CUDA_SUCCESS && data && from)
    std::fill_n(data, *count, CUgraphEdgeData{});
  return result;
}

CUresult cuGraphNodeGetDependencies(CUgraphNode node, CUgraphNode *after, size_t *count) {
  return has(node) ? list(node->after, after, count) : CUDA_ERROR_INVALID_VALUE;
}
CUresult cuGraphNodeGetDependencies_v2(CUgraphNode node, CUgraphNode *after, CUgraphEdgeData *data, size_t *count) {
  CUresult result = cuGraphNodeGetDependencies(node, after, count);
  if (result == CUDA_SUCCESS && data && after)
    std::fill_n(data, *count, CUgraphEdgeData{});
  return result;
}

CUresult cuGraphAddDependencies(CUgraph graph, const CUgraphNode *from, const CUgraphNode *to, size_t count) {
  if (!has(graph) || (count && (!from || !to)))
    return CUDA_ERROR_INVALID_VALUE;
  for (size_t i = 0; i < count; ++i) {
    if (!has(from[i]) || !has(to[i]) || from[i]->graph != graph || to[i]->graph != graph || from[i] == to[i] ||
        std::count(to[i]->after.begin(), to[i]->after.end(), from[i]))
      return CUDA_ERROR_INVALID_VALUE;
    to[i]->after.push_back(from[i]);
  }
  return CUDA_SUCCESS;
}
CUresult cuGraphAddDependencies_v2(CUgraph graph, const CUgraphNode *from, const CUgraphNode *to,
                                   const CUgraphEdgeData *, size_t count) {
  return cuGraphAddDependencies(graph, from, to, count);
}

CUresult cuGraphRemoveDependencies(CUgraph graph, const CUgraphNode *from, const CUgraphNode *to, size_t count) {
  if (!has(graph) || (count && (!from || !to)))
    return CUDA_ERROR_INVALID_VALUE;
  for (size_t i = 0; i < count; ++i) {
    if (!has(to[i]) || !std::erase(to[i]->after, from[i]))
      return CUDA_ERROR_INVALID_VALUE;
  }
  return CUDA_SUCCESS;
}

CUresult cuGraphDestroyNode(CUgraphNode node) {
  if (!has(node))
    return CUDA_ERROR_INVALID_VALUE;
  Graph *graph = node->graph;
  for (const auto &other : graph->nodes)
    std::erase(other->after, node);
  if (node->child)
    destroyGraph(node->child);
  for (Graph *body : node->bodies)
    destroyGraph(body);
  driver().nodes.erase(node);
  std::erase_if(graph->nodes, [&](const auto &one) { return one.get() == node; });
  return CUDA_SUCCESS;
}

} // namespace api
} // namespace gpusim
