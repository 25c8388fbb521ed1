// Stream capture.
#include "tests/gpusim/driver/Fake.h"

#include <gtest/gtest.h>

using namespace fake;

namespace {

class Captures : public testing::Test {
protected:
  void SetUp() override {
    start("off", "h200");
    for (CUstream *s : {&main, &side})
      ASSERT_EQ(cuStreamCreate(s, 1), CUDA_SUCCESS);
    for (CUevent *e : {&fork, &join})
      ASSERT_EQ(cuEventCreate(e, 2), CUDA_SUCCESS);
    x = memory(64);
    cuMemsetD8_v2(x, 0, 64);
  }
  void TearDown() override { cuDevicePrimaryCtxRelease_v2(0); }
  unsigned char first() {
    unsigned char value = 99;
    EXPECT_EQ(cuMemcpyDtoH_v2(&value, x, 1), CUDA_SUCCESS);
    return value;
  }
  CUstream main, side;
  CUevent fork, join;
  CUdeviceptr x;
};

TEST_F(Captures, ForkAndJoin) {
  CUgraph graph;
  int status = -1;
  ASSERT_EQ(cuStreamBeginCapture_v2(main, 0), CUDA_SUCCESS);
  EXPECT_EQ(cuStreamIsCapturing(main, &status), CUDA_SUCCESS);
  EXPECT_EQ(status, 1);
  EXPECT_EQ(cuMemsetD8Async(x, 1, 64, main), CUDA_SUCCESS);
  EXPECT_EQ(cuEventRecord(fork, main), CUDA_SUCCESS);
  EXPECT_EQ(cuStreamWaitEvent(side, fork, 0), CUDA_SUCCESS);
  EXPECT_EQ(cuMemsetD8Async(x, 2, 32, side), CUDA_SUCCESS);
  EXPECT_EQ(cuMemsetD8Async(x + 32, 3, 32, main), CUDA_SUCCESS);
  EXPECT_EQ(cuEventRecord(join, side), CUDA_SUCCESS);
  EXPECT_EQ(cuStreamWaitEvent(main, join, 0), CUDA_SUCCESS);
  EXPECT_EQ(cuMemsetD8Async(x + 63, 4, 1, main), CUDA_SUCCESS);
  ASSERT_EQ(cuStreamEndCapture(main, &graph), CUDA_SUCCESS);
  EXPECT_EQ(first(), 0); // nothing has run
  size_t nodes = 0, edges = 0;
  cuGraphGetNodes(graph, nullptr, &nodes), cuGraphGetEdges(graph, nullptr, nullptr, &edges);
  EXPECT_EQ(nodes, 4u);
  EXPECT_EQ(edges, 4u);
  CUgraphExec executable;
  ASSERT_EQ(cuGraphInstantiateWithFlags(&executable, graph, 0), CUDA_SUCCESS);
  EXPECT_EQ(cuGraphLaunch(executable, main), CUDA_SUCCESS);
  EXPECT_EQ(cuStreamSynchronize(main), CUDA_SUCCESS);
  EXPECT_EQ(first(), 2);
  cuGraphExecDestroy(executable), cuGraphDestroy(graph);
}

TEST_F(Captures, WhatIsNotAllowed) {
  CUgraph graph = nullptr;
  EXPECT_EQ(cuStreamBeginCapture_v2(nullptr, 0), CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
  EXPECT_EQ(cuStreamEndCapture(main, &graph), CUDA_ERROR_ILLEGAL_STATE);
  ASSERT_EQ(cuStreamBeginCapture_v2(main, 0), CUDA_SUCCESS);
  EXPECT_EQ(cuStreamSynchronize(main), CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
  EXPECT_EQ(cuStreamEndCapture(main, &graph), CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
  EXPECT_EQ(graph, nullptr);
  ASSERT_EQ(cuStreamBeginCapture_v2(main, 0), CUDA_SUCCESS);
  cuEventRecord(fork, main), cuStreamWaitEvent(side, fork, 0);
  EXPECT_EQ(cuMemsetD8Async(x, 2, 32, side), CUDA_SUCCESS);
  EXPECT_EQ(cuStreamEndCapture(side, &graph), CUDA_ERROR_STREAM_CAPTURE_UNMATCHED);
  EXPECT_EQ(cuStreamEndCapture(main, &graph), CUDA_ERROR_STREAM_CAPTURE_UNJOINED);
  EXPECT_EQ(first(), 0);
}

} // namespace
