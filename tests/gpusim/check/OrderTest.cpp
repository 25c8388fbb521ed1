// Races between launches, copies and graph nodes that nothing orders.
#include "tests/gpusim/driver/Fake.h"

#include <gtest/gtest.h>

using namespace fake;

namespace {

class Ordering : public testing::Test {
protected:
  void SetUp() override {
    start("all");
    writer = kernel("writer", 1, [](FakeBlock &b) { b.write(0, 1, b.param<uint64_t>(0), 4, ~0u, 4, 50); });
    reader = kernel("reader", 1, [](FakeBlock &b) { b.read(0, 2, b.param<uint64_t>(0)); });
    for (CUstream *s : {&first, &second})
      ASSERT_EQ(cuStreamCreate(s, 1), CUDA_SUCCESS);
    ASSERT_EQ(cuEventCreate(&event, 0), CUDA_SUCCESS);
    x = zeros(128);
  }
  void TearDown() override { cuDevicePrimaryCtxRelease_v2(0); }

  CUfunction writer, reader;
  CUstream first, second;
  CUevent event;
  CUdeviceptr x;
};

TEST_F(Ordering, OneStream) {
  launch(writer, 1, 32, {x}, first);
  launch(reader, 1, 32, {x}, first);
  launch(writer, 1, 32, {x}, first);
  EXPECT_EQ(found(), "");
}

TEST_F(Ordering, TwoStreams) {
  launch(writer, 1, 32, {x}, first);
  launch(reader, 1, 32, {x}, second);
  cuStreamSynchronize(first);
  EXPECT_EQ(found(), "race-global*32");
}

TEST_F(Ordering, WriteAfterReadOfTwoStreams) {
  launch(reader, 1, 32, {x}, first);
  launch(writer, 1, 32, {x}, second);
  cuStreamSynchronize(first);
  EXPECT_EQ(found(), "race-global*32");
}

TEST_F(Ordering, EventsOrderStreams) {
  launch(writer, 1, 32, {x}, first);
  cuEventRecord(event, first);
  cuStreamWaitEvent(second, event, 0);
  launch(reader, 1, 32, {x}, second);
  EXPECT_EQ(found(), "");
  launch(writer, 1, 32, {x}, first); // the event was before this one
  cuStreamWaitEvent(second, event, 0);
  launch(reader, 1, 32, {x}, second);
  cuStreamSynchronize(first);
  EXPECT_NE(found(), "");
}

TEST_F(Ordering, TheHostOrdersStreams) {
  launch(writer, 1, 32, {x}, first);
  cuStreamSynchronize(first);
  launch(reader, 1, 32, {x}, second);
  EXPECT_EQ(found(), "");
}

TEST_F(Ordering, CopiesAndKernels) {
  void *host = nullptr;
  ASSERT_EQ(cuMemHostAlloc(&host, 128, 0), CUDA_SUCCESS);
  launch(writer, 1, 32, {x}, first);
  cuMemcpyDtoHAsync_v2(host, x, 128, first);
  EXPECT_EQ(found(), "");
  launch(writer, 1, 32, {x}, first);
  cuMemcpyDtoHAsync_v2(host, x, 128, second);
  cuStreamSynchronize(first);
  EXPECT_EQ(found(), "race-global*1");
  cuMemcpyHtoDAsync_v2(x, host, 128, first);
  launch(reader, 1, 32, {x}, second);
  cuStreamSynchronize(first);
  EXPECT_EQ(found(), "race-global*32");
  EXPECT_EQ(cuMemFreeHost(host), CUDA_SUCCESS);
}

TEST_F(Ordering, PinnedMemoryIsReadWhenTheCopyRuns) {
  int *host = nullptr, back = 0;
  ASSERT_EQ(cuMemHostAlloc(reinterpret_cast<void **>(&host), 4, 0), CUDA_SUCCESS);
  *host = 1;
  cuMemcpyHtoDAsync_v2(x, host, 4, first);
  *host = 2; // too early
  cuStreamSynchronize(first);
  cuMemcpyDtoH_v2(&back, x, 4);
  EXPECT_EQ(back, 2);
  int pageable = 3;
  cuMemcpyHtoDAsync_v2(x, &pageable, 4, first);
  pageable = 4; // the driver has taken it
  cuStreamSynchronize(first);
  cuMemcpyDtoH_v2(&back, x, 4);
  EXPECT_EQ(back, 3);
  EXPECT_EQ(found(), "");
}

TEST_F(Ordering, Graphs) {
  auto run = [&](bool edge) {
    CUgraph graph;
    CUgraphNode write, read;
    CUgraphExec executable;
    EXPECT_EQ(cuGraphCreate(&graph, 0), CUDA_SUCCESS);
    void *params[] = {&x};
    CUDA_KERNEL_NODE_PARAMS node{};
    node.func = writer, node.gridDimX = node.gridDimY = node.gridDimZ = node.blockDimY = node.blockDimZ = 1;
    node.blockDimX = 32, node.kernelParams = params;
    EXPECT_EQ(cuGraphAddKernelNode_v2(&write, graph, nullptr, 0, &node), CUDA_SUCCESS);
    node.func = reader;
    EXPECT_EQ(cuGraphAddKernelNode_v2(&read, graph, &write, edge ? 1 : 0, &node), CUDA_SUCCESS);
    EXPECT_EQ(cuGraphInstantiateWithFlags(&executable, graph, 0), CUDA_SUCCESS);
    EXPECT_EQ(cuGraphLaunch(executable, first), CUDA_SUCCESS);
    EXPECT_EQ(cuGraphLaunch(executable, first), CUDA_SUCCESS); // launches of one stream are ordered
    std::string kinds = found();
    cuGraphExecDestroy(executable);
    cuGraphDestroy(graph);
    return kinds;
  };
  EXPECT_EQ(run(true), "");
  EXPECT_EQ(run(false), "race-global*64");
}

TEST_F(Ordering, GraphAgainstAnotherStream) {
  CUgraph graph;
  CUgraphExec executable;
  ASSERT_EQ(cuStreamBeginCapture_v2(first, 0), CUDA_SUCCESS);
  launch(writer, 1, 32, {x}, first);
  ASSERT_EQ(cuStreamEndCapture(first, &graph), CUDA_SUCCESS);
  ASSERT_EQ(cuGraphInstantiateWithFlags(&executable, graph, 0), CUDA_SUCCESS);
  ASSERT_EQ(cuGraphLaunch(executable, first), CUDA_SUCCESS);
  launch(reader, 1, 32, {x}, second);
  cuStreamSynchronize(first);
  EXPECT_EQ(found(), "race-global*32");
  ASSERT_EQ(cuGraphLaunch(executable, first), CUDA_SUCCESS);
  launch(reader, 1, 32, {x}, first);
  EXPECT_EQ(found(), "");
  cuGraphExecDestroy(executable);
  cuGraphDestroy(graph);
}

} // namespace
