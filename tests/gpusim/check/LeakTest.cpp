// What was never given back.
#include "tests/gpusim/driver/Fake.h"

#include <gtest/gtest.h>

using namespace fake;

TEST(Leaks, AreReportedByKind) {
  start("all");
  size_t before = gpusim_check_leaks(); // of other tests, and the context
  gpusim_reset();
  CUdeviceptr x = memory(64);
  CUstream stream;
  CUevent event;
  CUgraph graph;
  void *host;
  cuStreamCreate(&stream, 0);
  cuEventCreate(&event, 0);
  cuGraphCreate(&graph, 0);
  cuMemHostAlloc(&host, 64, 0);
  EXPECT_EQ(gpusim_check_leaks(), before + 5);
  std::string json = reportsJson();
  for (const char *what : {"device memory #", "of 64 bytes", "pinned host memory", "stream 1 of 1", "event 1 of 1",
                           "graph 1 of 1", "retained primary context"})
    EXPECT_NE(json.find(what), json.npos) << what << json;
  gpusim_reset();
  cuMemFree_v2(x), cuMemFreeHost(host), cuStreamDestroy_v2(stream), cuEventDestroy_v2(event), cuGraphDestroy(graph);
  EXPECT_EQ(cuDevicePrimaryCtxRelease_v2(0), CUDA_SUCCESS);
  EXPECT_EQ(gpusim_check_leaks(), before - 1);
}
