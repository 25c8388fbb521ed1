// Graphs: built, instantiated, changed, launched.
#include "tests/gpusim/driver/Fake.h"

#include <gtest/gtest.h>

using namespace fake;

namespace {

class Graphs : public testing::Test {
protected:
  void SetUp() override {
    start("off", "h200");
    order.clear();
    ASSERT_EQ(cuGraphCreate(&graph, 0), CUDA_SUCCESS);
    x = memory(64);
  }
  void TearDown() override {
    cuGraphDestroy(graph);
    cuDevicePrimaryCtxRelease_v2(0);
  }
  CUgraphNode host(const char *name, std::vector<CUgraphNode> after = {}) {
    CUDA_HOST_NODE_PARAMS params{[](void *data) { order += static_cast<char *>(data); }, const_cast<char *>(name)};
    CUgraphNode node = nullptr;
    EXPECT_EQ(cuGraphAddHostNode(&node, graph, after.data(), after.size(), &params), CUDA_SUCCESS);
    return node;
  }
  void launchOnce() {
    CUgraphExec executable;
    ASSERT_EQ(cuGraphInstantiateWithFlags(&executable, graph, 0), CUDA_SUCCESS);
    EXPECT_EQ(cuGraphLaunch(executable, nullptr), CUDA_SUCCESS);
    EXPECT_EQ(cuCtxSynchronize(), CUDA_SUCCESS);
    EXPECT_EQ(cuGraphExecDestroy(executable), CUDA_SUCCESS);
  }
  static std::string order;
  CUgraph graph = nullptr;
  CUdeviceptr x = 0;
};
std::string Graphs::order;

TEST_F(Graphs, DependenciesHold) {
  CUgraphNode d = host("d"), b = host("b", {d}), a = host("a", {d}), c = host("c", {a, b});
  (void)c;
  launchOnce();
  EXPECT_TRUE(order == "dabc" || order == "dbac") << order;
}

TEST_F(Graphs, NodesThatNothingOrdersRunLastAddedFirst) {
  host("a"), host("b");
  launchOnce();
  EXPECT_EQ(order, "ba");
}

TEST_F(Graphs, EdgesByThemselves) {
  CUgraphNode a = host("a"), b = host("b");
  EXPECT_EQ(cuGraphAddDependencies(graph, &a, &b, 1), CUDA_SUCCESS);
  EXPECT_EQ(cuGraphAddDependencies(graph, &a, &b, 1), CUDA_ERROR_INVALID_VALUE);
  launchOnce();
  EXPECT_EQ(order, "ab");
  size_t count = 0;
  EXPECT_EQ(cuGraphGetNodes(graph, nullptr, &count), CUDA_SUCCESS);
  EXPECT_EQ(count, 2u);
  EXPECT_EQ(cuGraphGetRootNodes(graph, nullptr, &count), CUDA_SUCCESS);
  EXPECT_EQ(count, 1u);
  CUgraphNode from, to;
  EXPECT_EQ(cuGraphGetEdges(graph, &from, &to, &count), CUDA_SUCCESS);
  EXPECT_EQ(from, a);
  EXPECT_EQ(to, b);
  int type = -1;
  EXPECT_EQ(cuGraphNodeGetType(a, &type), CUDA_SUCCESS);
  EXPECT_EQ(type, 3);
  EXPECT_EQ(cuGraphAddDependencies(graph, &b, &a, 1), CUDA_SUCCESS); // a circle
  CUgraphExec executable;
  EXPECT_EQ(cuGraphInstantiateWithFlags(&executable, graph, 0), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cuGraphRemoveDependencies(graph, &b, &a, 1), CUDA_SUCCESS);
  EXPECT_EQ(cuGraphDestroyNode(b), CUDA_SUCCESS);
  order.clear();
  launchOnce();
  EXPECT_EQ(order, "a");
}

TEST_F(Graphs, MemoryNodesAndTheirNewParameters) {
  CUDA_MEMSET_NODE_PARAMS fill{x, 0, 5, 1, 64, 1};
  unsigned char back[64] = {};
  CUDA_MEMCPY3D copy{};
  copy.srcMemoryType = MemoryDevice, copy.srcDevice = x, copy.dstMemoryType = MemoryHost, copy.dstHost = back;
  copy.WidthInBytes = 64, copy.Height = copy.Depth = 1;
  CUgraphNode set, get;
  ASSERT_EQ(cuGraphAddMemsetNode(&set, graph, nullptr, 0, &fill, nullptr), CUDA_SUCCESS);
  ASSERT_EQ(cuGraphAddMemcpyNode(&get, graph, &set, 1, &copy, nullptr), CUDA_SUCCESS);
  CUgraphExec executable;
  ASSERT_EQ(cuGraphInstantiateWithFlags(&executable, graph, 0), CUDA_SUCCESS);
  auto go = [&] {
    EXPECT_EQ(cuGraphLaunch(executable, nullptr), CUDA_SUCCESS);
    EXPECT_EQ(cuCtxSynchronize(), CUDA_SUCCESS);
  };
  go();
  EXPECT_EQ(back[63], 5);
  fill.value = 6, fill.width = 32;
  EXPECT_EQ(cuGraphExecMemsetNodeSetParams(executable, set, &fill, nullptr), CUDA_SUCCESS);
  unsigned char other[64] = {};
  copy.dstHost = other;
  EXPECT_EQ(cuGraphExecMemcpyNodeSetParams(executable, get, &copy, nullptr), CUDA_SUCCESS);
  EXPECT_EQ(cuGraphExecMemcpyNodeSetParams(executable, set, &copy, nullptr), CUDA_ERROR_INVALID_VALUE);
  go();
  EXPECT_EQ(other[31], 6);
  EXPECT_EQ(other[32], 5);
  fill.width = 65;
  EXPECT_EQ(cuGraphExecMemsetNodeSetParams(executable, set, &fill, nullptr), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cuGraphExecDestroy(executable), CUDA_SUCCESS);
  EXPECT_EQ(cuGraphExecDestroy(executable), CUDA_ERROR_INVALID_VALUE);
}

TEST_F(Graphs, KernelNodes) {
  CUfunction f =
      kernel("node", 2, [](FakeBlock &b) { b.write(0, 1, b.param<uint64_t>(0), 2, ~0u, 2, b.param<uint64_t>(1), 0); });
  uint64_t value = 3;
  void *params[] = {&x, &value};
  CUDA_KERNEL_NODE_PARAMS node{};
  node.func = f, node.gridDimX = node.gridDimY = node.gridDimZ = node.blockDimY = node.blockDimZ = 1;
  node.blockDimX = 32, node.kernelParams = params;
  CUgraphNode first;
  ASSERT_EQ(cuGraphAddKernelNode_v2(&first, graph, nullptr, 0, &node), CUDA_SUCCESS);
  value = 4; // the node has its own
  CUgraphExec executable;
  ASSERT_EQ(cuGraphInstantiateWithFlags(&executable, graph, 0), CUDA_SUCCESS);
  unsigned short back[32];
  auto go = [&] {
    EXPECT_EQ(cuGraphLaunch(executable, nullptr), CUDA_SUCCESS);
    EXPECT_EQ(cuMemcpyDtoH_v2(back, x, 64), CUDA_SUCCESS);
    return back[31];
  };
  EXPECT_EQ(go(), 3);
  EXPECT_EQ(cuGraphExecKernelNodeSetParams_v2(executable, first, &node), CUDA_SUCCESS);
  EXPECT_EQ(go(), 4);
  value = 5;
  EXPECT_EQ(cuGraphKernelNodeSetParams_v2(first, &node), CUDA_SUCCESS);
  EXPECT_EQ(go(), 4);
  CUgraphExecUpdateResultInfo info;
  EXPECT_EQ(cuGraphExecUpdate_v2(executable, graph, &info), CUDA_SUCCESS);
  EXPECT_EQ(go(), 5);
  CUgraphNode more;
  EXPECT_EQ(cuGraphAddEmptyNode(&more, graph, nullptr, 0), CUDA_SUCCESS);
  EXPECT_EQ(cuGraphExecUpdate_v2(executable, graph, &info), CUDA_ERROR_GRAPH_EXEC_UPDATE_FAILURE);
  EXPECT_EQ(info.result, 2);
  node.blockDimX = 2000;
  EXPECT_EQ(cuGraphAddKernelNode_v2(&more, graph, nullptr, 0, &node), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cuGraphExecDestroy(executable), CUDA_SUCCESS);
}

TEST_F(Graphs, ChildrenAndClones) {
  CUgraphNode a = host("a");
  host("b", {a});
  CUgraph inner = graph, outer, clone;
  ASSERT_EQ(cuGraphCreate(&outer, 0), CUDA_SUCCESS);
  graph = outer;
  CUgraphNode before = host("<"), child;
  ASSERT_EQ(cuGraphAddChildGraphNode(&child, outer, &before, 1, inner), CUDA_SUCCESS);
  host(">", {child});
  EXPECT_EQ(cuGraphDestroy(inner), CUDA_SUCCESS); // the child is a copy
  ASSERT_EQ(cuGraphClone(&clone, outer), CUDA_SUCCESS);
  CUgraphNode twin;
  EXPECT_EQ(cuGraphNodeFindInClone(&twin, child, clone), CUDA_SUCCESS);
  EXPECT_NE(twin, child);
  launchOnce();
  EXPECT_EQ(order, "<ab>");
  order.clear();
  EXPECT_EQ(cuGraphDestroy(outer), CUDA_SUCCESS);
  graph = clone;
  launchOnce();
  EXPECT_EQ(order, "<ab>");
}

} // namespace
