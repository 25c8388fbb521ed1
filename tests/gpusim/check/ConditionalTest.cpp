// Conditional nodes: bodies run as kernels say, and what a card refuses or leaves undefined is told.
#include "tests/gpusim/driver/Fake.h"
#include "tools/gpusim/driver/State.h"

#include <gtest/gtest.h>

using namespace fake;

namespace {

/// Kernels of (handle, value, x): they set the handle, count in x how often they ran, or both.
class Conditionals : public testing::Test {
protected:
  void SetUp() override {
    start("all");
    ASSERT_EQ(cuGraphCreate(&graph, 0), CUDA_SUCCESS);
    ASSERT_EQ(cuCtxGetCurrent(&context), CUDA_SUCCESS);
    x = zeros(64);
    set = kernel("set", 3, [](FakeBlock &b) { assign(b, b.param<uint64_t>(0), b.param<uint32_t>(1)); });
    tick = kernel("tick", 3, [](FakeBlock &b) { count(b); });
    // Goes on while it has run fewer than `value` times.
    below = kernel("below", 3, [](FakeBlock &b) { assign(b, b.param<uint64_t>(0), count(b) < b.param<uint32_t>(1)); });
  }
  void TearDown() override {
    cuGraphDestroy(graph);
    cuDevicePrimaryCtxRelease_v2(0);
  }
  static void assign(FakeBlock &b, uint64_t handle, uint32_t value) {
    std::string wrong = b.request.conditions->set(handle, value, 0);
    if (!wrong.empty())
      b.result = {LaunchOutcome::Trap, wrong};
  }
  static uint32_t count(FakeBlock &b) {
    auto *at = b.param<uint32_t *>(2);
    b.read(0, 1, b.param<uint64_t>(2), 4, 1);
    uint32_t value = *at + 1;
    b.write(0, 2, b.param<uint64_t>(2), 4, 1, 0, value);
    return value;
  }

  CUgraphConditionalHandle handle(unsigned flags = 0, unsigned initial = 0, CUgraph in = nullptr) {
    CUgraphConditionalHandle h = 0;
    EXPECT_EQ(cuGraphConditionalHandleCreate(&h, in ? in : graph, context, initial, flags), CUDA_SUCCESS);
    return h;
  }
  CUgraphNode launch(CUgraph in, CUfunction f, std::vector<CUgraphNode> after, uint64_t h, uint64_t value,
                     CUdeviceptr at) {
    void *params[] = {&h, &value, &at};
    CUDA_KERNEL_NODE_PARAMS p{};
    p.func = f, p.gridDimX = p.gridDimY = p.gridDimZ = p.blockDimX = p.blockDimY = p.blockDimZ = 1;
    p.kernelParams = params;
    CUgraphNode node = nullptr;
    EXPECT_EQ(cuGraphAddKernelNode_v2(&node, in, after.data(), after.size(), &p), CUDA_SUCCESS);
    return node;
  }
  CUresult tryNode(CUgraph in, int type, CUgraphConditionalHandle h, std::vector<CUgraphNode> after, unsigned size,
                   std::vector<CUgraph> &bodies) {
    CUgraphNodeParams p{};
    p.type = NodeConditional;
    p.conditional = {h, type, size, nullptr, context};
    CUgraphNode made = nullptr;
    CUresult r = cuGraphAddNode_v2(&made, in, after.data(), nullptr, after.size(), &p);
    if (r == CUDA_SUCCESS)
      bodies.assign(p.conditional.phGraph_out, p.conditional.phGraph_out + size);
    return r;
  }
  std::vector<CUgraph> node(CUgraph in, int type, CUgraphConditionalHandle h, std::vector<CUgraphNode> after,
                            unsigned size = 1) {
    std::vector<CUgraph> bodies;
    EXPECT_EQ(tryNode(in, type, h, after, size, bodies), CUDA_SUCCESS);
    return bodies;
  }
  CUresult run() {
    CUgraphExec executable;
    if (CUresult bad = cuGraphInstantiateWithFlags(&executable, graph, 0))
      return bad;
    EXPECT_EQ(cuGraphLaunch(executable, nullptr), CUDA_SUCCESS);
    CUresult result = cuCtxSynchronize();
    EXPECT_EQ(cuGraphExecDestroy(executable), CUDA_SUCCESS);
    return result;
  }
  uint32_t at(size_t index = 0) {
    uint32_t value = ~0u;
    EXPECT_EQ(cuMemcpyDtoH_v2(&value, x + 4 * index, 4), CUDA_SUCCESS);
    return value;
  }

  CUgraph graph = nullptr;
  CUcontext context = nullptr;
  CUdeviceptr x = 0;
  CUfunction set = nullptr, tick = nullptr, below = nullptr;
};

TEST_F(Conditionals, ALoopRunsUntilItsBodyEndsIt) {
  CUgraphConditionalHandle h = handle();
  CUgraphNode first = launch(graph, set, {}, h, 1, x);
  CUgraph body = node(graph, ConditionWhile, h, {first})[0];
  launch(body, below, {}, h, 5, x);
  EXPECT_EQ(run(), CUDA_SUCCESS);
  EXPECT_EQ(at(), 5u);
  EXPECT_EQ(run(), CUDA_SUCCESS); // once more: it has run five times already
  EXPECT_EQ(at(), 6u);
  EXPECT_EQ(found(), "");
}

TEST_F(Conditionals, ABranchTakesOneSide) {
  for (uint64_t value : {1, 0}) {
    CUgraphConditionalHandle h = handle();
    CUgraphNode first = launch(graph, set, {}, h, value, x);
    auto bodies = node(graph, ConditionIf, h, {first}, 2);
    launch(bodies[0], tick, {}, 0, 0, x);
    launch(bodies[1], tick, {}, 0, 0, x + 4);
    EXPECT_EQ(run(), CUDA_SUCCESS);
    cuGraphDestroy(graph);
    EXPECT_EQ(cuGraphCreate(&graph, 0), CUDA_SUCCESS);
  }
  EXPECT_EQ(at(0), 1u);
  EXPECT_EQ(at(1), 1u);
  EXPECT_EQ(found(), "");
}

TEST_F(Conditionals, ASwitchTakesTheBodyOfThatNumberOrNone) {
  for (uint64_t value : {2, 3}) {
    CUgraphConditionalHandle h = handle();
    CUgraphNode first = launch(graph, set, {}, h, value, x);
    auto bodies = node(graph, ConditionSwitch, h, {first}, 3);
    for (size_t i = 0; i != 3; ++i)
      launch(bodies[i], tick, {}, 0, 0, x + 4 * i);
    EXPECT_EQ(run(), CUDA_SUCCESS);
    cuGraphDestroy(graph);
    EXPECT_EQ(cuGraphCreate(&graph, 0), CUDA_SUCCESS);
  }
  EXPECT_EQ(at(0) + at(1), 0u);
  EXPECT_EQ(at(2), 1u);
}

TEST_F(Conditionals, ALoopInALoopAndABranchInIt) {
  CUgraphConditionalHandle outer = handle();
  CUgraphNode first = launch(graph, set, {}, outer, 1, x);
  CUgraph body = node(graph, ConditionWhile, outer, {first})[0];
  CUgraphConditionalHandle inner = handle(0, 0, body);
  CUgraphNode again = launch(body, set, {}, inner, 1, x);
  std::vector<CUgraph> in = node(body, ConditionIf, inner, {again});
  launch(in[0], tick, {}, 0, 0, x + 4);
  launch(body, below, {again}, outer, 3, x);
  EXPECT_EQ(run(), CUDA_SUCCESS);
  EXPECT_EQ(at(0), 3u);
  EXPECT_EQ(at(1), 3u);
  EXPECT_EQ(found(), "");
}

TEST_F(Conditionals, RoundsAreOrderedAndNodesBesideTheLoopAreNot) {
  CUgraphConditionalHandle h = handle(1, 1);
  CUgraph body = node(graph, ConditionWhile, h, {})[0];
  launch(body, below, {}, h, 3, x);
  launch(graph, tick, {}, 0, 0, x); // nothing orders it
  EXPECT_EQ(run(), CUDA_SUCCESS);
  EXPECT_NE(found().find("race-global"), std::string::npos);
}

TEST_F(Conditionals, ADefaultHoldsForEachRun) {
  CUgraphConditionalHandle h = handle(1, 1);
  CUgraph body = node(graph, ConditionWhile, h, {})[0];
  launch(body, below, {}, h, 2, x);
  EXPECT_EQ(run(), CUDA_SUCCESS);
  EXPECT_EQ(run(), CUDA_SUCCESS);
  EXPECT_EQ(at(), 3u);
  EXPECT_EQ(found(), "");
}

TEST_F(Conditionals, AHandleThatNothingHasSetIsTold) {
  CUgraphConditionalHandle h = handle();
  CUgraph body = node(graph, ConditionIf, h, {})[0];
  launch(body, tick, {}, 0, 0, x);
  EXPECT_EQ(run(), CUDA_ERROR_LAUNCH_FAILED);
  EXPECT_EQ(kinds(), "conditional-graph*1");
}

TEST_F(Conditionals, AKernelThatNothingOrdersBeforeTheNodeIsTold) {
  CUgraphConditionalHandle h = handle(1, 0);
  node(graph, ConditionIf, h, {});
  launch(graph, set, {}, h, 1, x); // added last: runs first
  EXPECT_EQ(run(), CUDA_ERROR_LAUNCH_FAILED);
  EXPECT_EQ(kinds(), "conditional-graph*1");
}

TEST_F(Conditionals, TwoThatSetAHandleSideBySideAreTold) {
  CUgraphConditionalHandle h = handle();
  CUgraphNode a = launch(graph, set, {}, h, 1, x), b = launch(graph, set, {}, h, 1, x);
  node(graph, ConditionIf, h, {a, b});
  EXPECT_EQ(run(), CUDA_ERROR_LAUNCH_FAILED);
  EXPECT_EQ(kinds(), "stopped*1");
}

TEST_F(Conditionals, AHandleOutsideOfItsGraphIsTold) {
  CUgraphConditionalHandle h = handle(1, 0);
  node(graph, ConditionIf, h, {});
  EXPECT_EQ(fake::launch(set, 1, 1, {h, 1, x}), CUDA_SUCCESS); // no graph at all
  EXPECT_EQ(cuCtxSynchronize(), CUDA_ERROR_LAUNCH_FAILED);
  EXPECT_EQ(kinds(), "stopped*1");
}

TEST_F(Conditionals, ANumberThatIsNoHandleIsTold) {
  launch(graph, set, {}, 12345, 1, x);
  EXPECT_EQ(run(), CUDA_ERROR_LAUNCH_FAILED);
  EXPECT_EQ(kinds(), "stopped*1");
}

TEST_F(Conditionals, ALoopThatDoesNotEndIsTold) {
  CUgraphConditionalHandle h = handle(1, 1);
  CUgraph body = node(graph, ConditionWhile, h, {})[0];
  launch(body, tick, {}, 0, 0, x);
  driver().patience = 100 * 4096;
  EXPECT_EQ(run(), CUDA_ERROR_LAUNCH_TIMEOUT);
  driver().patience = 0;
  EXPECT_NE(reportsJson().find("has run its body 100 times"), std::string::npos);
  EXPECT_NE(reportsJson().find("nothing in it sets its handle"), std::string::npos);
}

TEST_F(Conditionals, BodiesTakeWhatACardTakes) {
  CUgraphConditionalHandle h = handle(1, 1);
  CUgraph body = node(graph, ConditionIf, h, {})[0];
  CUDA_HOST_NODE_PARAMS host{[](void *) {}, nullptr};
  CUgraphNode made;
  EXPECT_EQ(cuGraphAddHostNode(&made, body, nullptr, 0, &host), CUDA_ERROR_NOT_SUPPORTED);
  CUevent event;
  ASSERT_EQ(cuEventCreate(&event, 0), CUDA_SUCCESS);
  EXPECT_EQ(cuGraphAddEventRecordNode(&made, body, nullptr, 0, event), CUDA_ERROR_NOT_SUPPORTED);
  EXPECT_EQ(cuEventDestroy_v2(event), CUDA_SUCCESS);
  unsigned char back[64];
  CUDA_MEMCPY3D copy{};
  copy.srcMemoryType = MemoryDevice, copy.srcDevice = x, copy.dstMemoryType = MemoryHost, copy.dstHost = back;
  copy.WidthInBytes = 64, copy.Height = copy.Depth = 1;
  EXPECT_EQ(cuGraphAddMemcpyNode(&made, body, nullptr, 0, &copy, context), CUDA_ERROR_NOT_SUPPORTED);
  CUgraph child;
  ASSERT_EQ(cuGraphCreate(&child, 0), CUDA_SUCCESS);
  ASSERT_EQ(cuGraphAddHostNode(&made, child, nullptr, 0, &host), CUDA_SUCCESS);
  EXPECT_EQ(cuGraphAddChildGraphNode(&made, body, nullptr, 0, child), CUDA_ERROR_NOT_SUPPORTED);
  EXPECT_EQ(cuGraphDestroy(child), CUDA_SUCCESS);
  EXPECT_EQ(found(), "conditional-graph*1 conditional-graph*1 conditional-graph*1 conditional-graph*1");
  copy.dstMemoryType = MemoryDevice, copy.srcDevice = x, copy.dstDevice = x + 32, copy.WidthInBytes = 32;
  EXPECT_EQ(cuGraphAddMemcpyNode(&made, body, nullptr, 0, &copy, context), CUDA_SUCCESS);
  CUDA_MEMSET_NODE_PARAMS fill{x, 0, 5, 1, 32, 1};
  EXPECT_EQ(cuGraphAddMemsetNode(&made, body, &made, 1, &fill, context), CUDA_SUCCESS);
  EXPECT_EQ(cuGraphAddEmptyNode(&made, body, &made, 1), CUDA_SUCCESS);
  EXPECT_EQ(run(), CUDA_SUCCESS);
  EXPECT_EQ(at(), 0x05050505u);
  EXPECT_EQ(cuGraphDestroy(body), CUDA_ERROR_INVALID_VALUE); // the node's own
  EXPECT_EQ(found(), "");
}

TEST_F(Conditionals, GraphsWithThemAreLimited) {
  CUgraphConditionalHandle h = handle(1, 0);
  CUgraph body = node(graph, ConditionIf, h, {})[0];
  std::vector<CUgraph> none;
  EXPECT_EQ(tryNode(graph, ConditionIf, h, {}, 1, none), CUDA_ERROR_INVALID_VALUE); // used already
  CUgraph other;
  ASSERT_EQ(cuGraphCreate(&other, 0), CUDA_SUCCESS);
  CUgraphConditionalHandle foreign = handle(1, 0, other);
  EXPECT_EQ(tryNode(graph, ConditionIf, foreign, {}, 1, none), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(tryNode(body, ConditionIf, foreign, {}, 1, none), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(tryNode(other, ConditionWhile, foreign, {}, 2, none), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(tryNode(other, 7, foreign, {}, 1, none), CUDA_ERROR_INVALID_VALUE);
  CUgraphExec executable, second;
  EXPECT_EQ(cuGraphInstantiateWithFlags(&executable, other, 0), CUDA_ERROR_INVALID_VALUE); // a handle without a node
  EXPECT_EQ(cuGraphDestroy(other), CUDA_SUCCESS);
  CUgraph clone;
  EXPECT_EQ(cuGraphClone(&clone, graph), CUDA_ERROR_NOT_SUPPORTED);
  ASSERT_EQ(cuGraphCreate(&other, 0), CUDA_SUCCESS);
  CUgraphNode made;
  EXPECT_EQ(cuGraphAddChildGraphNode(&made, other, nullptr, 0, graph), CUDA_ERROR_NOT_SUPPORTED);
  EXPECT_EQ(cuGraphDestroy(other), CUDA_SUCCESS);
  EXPECT_EQ(cuGraphInstantiateWithFlags(&executable, body, 0), CUDA_ERROR_INVALID_VALUE);
  ASSERT_EQ(cuGraphInstantiateWithFlags(&executable, graph, 0), CUDA_SUCCESS);
  EXPECT_EQ(cuGraphInstantiateWithFlags(&second, graph, 0), CUDA_ERROR_NOT_SUPPORTED);
  EXPECT_EQ(cuGraphExecDestroy(executable), CUDA_SUCCESS);
  EXPECT_EQ(run(), CUDA_SUCCESS);
  found(); // the refusals above
}

TEST_F(Conditionals, NodesOfABodyGetNewParameters) {
  CUgraphConditionalHandle h = handle(1, 1);
  CUgraph body = node(graph, ConditionIf, h, {})[0];
  CUgraphNode inside = launch(body, tick, {}, 0, 0, x);
  CUgraphExec executable;
  ASSERT_EQ(cuGraphInstantiateWithFlags(&executable, graph, 0), CUDA_SUCCESS);
  uint64_t zero = 0;
  CUdeviceptr elsewhere = x + 8;
  void *params[] = {&zero, &zero, &elsewhere};
  CUDA_KERNEL_NODE_PARAMS p{};
  p.func = tick, p.gridDimX = p.gridDimY = p.gridDimZ = p.blockDimX = p.blockDimY = p.blockDimZ = 1;
  p.kernelParams = params;
  EXPECT_EQ(cuGraphExecKernelNodeSetParams_v2(executable, inside, &p), CUDA_SUCCESS);
  EXPECT_EQ(cuGraphLaunch(executable, nullptr), CUDA_SUCCESS);
  EXPECT_EQ(cuCtxSynchronize(), CUDA_SUCCESS);
  EXPECT_EQ(at(0), 0u);
  EXPECT_EQ(at(2), 1u);
  EXPECT_EQ(cuGraphExecDestroy(executable), CUDA_SUCCESS);
}

} // namespace
