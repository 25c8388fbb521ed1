// Streams, events and host functions.
#include "tests/gpusim/driver/Fake.h"

#include <gtest/gtest.h>

#include <thread>

using namespace fake;

namespace {

class Streams : public testing::Test {
protected:
  void SetUp() override { start("off", "h200"); }
  void TearDown() override { cuDevicePrimaryCtxRelease_v2(0); }
};

TEST_F(Streams, Handles) {
  CUstream stream;
  int priority = 1, least = 1, greatest = 1;
  unsigned flags = 0;
  EXPECT_EQ(cuCtxGetStreamPriorityRange(&least, &greatest), CUDA_SUCCESS);
  EXPECT_LT(greatest, least);
  ASSERT_EQ(cuStreamCreateWithPriority(&stream, 1, -100), CUDA_SUCCESS);
  EXPECT_EQ(cuStreamGetPriority(stream, &priority), CUDA_SUCCESS);
  EXPECT_EQ(priority, greatest);
  EXPECT_EQ(cuStreamGetFlags(stream, &flags), CUDA_SUCCESS);
  EXPECT_EQ(flags, 1u);
  EXPECT_EQ(cuStreamQuery(stream), CUDA_SUCCESS);
  EXPECT_EQ(cuStreamDestroy_v2(stream), CUDA_SUCCESS);
  EXPECT_EQ(cuStreamDestroy_v2(stream), CUDA_ERROR_INVALID_HANDLE);
  EXPECT_EQ(cuStreamSynchronize(stream), CUDA_ERROR_INVALID_HANDLE);
  EXPECT_EQ(cuStreamCreate(&stream, 9), CUDA_ERROR_INVALID_VALUE);
}

TEST_F(Streams, EventsTellTime) {
  CUevent from, to, timeless;
  float milliseconds = -1;
  cuEventCreate(&from, 0), cuEventCreate(&to, 0), cuEventCreate(&timeless, 2);
  EXPECT_EQ(cuEventElapsedTime(&milliseconds, from, to), CUDA_ERROR_INVALID_HANDLE); // not recorded
  EXPECT_EQ(cuEventRecord(from, nullptr), CUDA_SUCCESS);
  cuLaunchHostFunc(nullptr, [](void *) { std::this_thread::sleep_for(std::chrono::milliseconds(5)); }, nullptr);
  EXPECT_EQ(cuEventRecord(to, nullptr), CUDA_SUCCESS);
  EXPECT_EQ(cuEventRecord(timeless, nullptr), CUDA_SUCCESS);
  EXPECT_EQ(cuEventSynchronize(to), CUDA_SUCCESS);
  EXPECT_EQ(cuEventElapsedTime(&milliseconds, from, to), CUDA_SUCCESS);
  EXPECT_GE(milliseconds, 5);
  EXPECT_LT(milliseconds, 5000);
  EXPECT_EQ(cuEventElapsedTime(&milliseconds, from, timeless), CUDA_ERROR_INVALID_HANDLE);
  EXPECT_EQ(cuEventQuery(to), CUDA_SUCCESS);
  for (CUevent e : {from, to, timeless})
    EXPECT_EQ(cuEventDestroy_v2(e), CUDA_SUCCESS);
  EXPECT_EQ(cuEventDestroy_v2(from), CUDA_ERROR_INVALID_HANDLE);
}

TEST_F(Streams, HostFunctionsRunInOrder) {
  static std::string order;
  order.clear();
  for (const char *name : {"a", "b", "c"})
    cuLaunchHostFunc(nullptr, [](void *data) { order += static_cast<char *>(data); }, const_cast<char *>(name));
  EXPECT_EQ(cuCtxSynchronize(), CUDA_SUCCESS);
  EXPECT_EQ(order, "abc");
}

TEST_F(Streams, ThreadsSideBySide) {
  CUcontext context;
  cuCtxGetCurrent(&context);
  CUfunction f =
      kernel("fill", 2, [](FakeBlock &b) { b.write(0, 1, b.param<uint64_t>(0), 4, ~0u, 4, b.param<uint64_t>(1), 0); });
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 4; ++t)
    threads.emplace_back([=] {
      cuCtxSetCurrent(context);
      CUstream stream;
      EXPECT_EQ(cuStreamCreate(&stream, 1), CUDA_SUCCESS);
      for (unsigned i = 0; i < 100; ++i) {
        CUdeviceptr x = memory(128);
        unsigned back[32];
        EXPECT_EQ(launch(f, 1, 32, {x, t * 1000 + i}, stream), CUDA_SUCCESS);
        EXPECT_EQ(cuMemcpyDtoHAsync_v2(back, x, 128, stream), CUDA_SUCCESS);
        EXPECT_EQ(cuStreamSynchronize(stream), CUDA_SUCCESS);
        EXPECT_EQ(back[31], t * 1000 + i);
        EXPECT_EQ(cuMemFree_v2(x), CUDA_SUCCESS);
      }
      EXPECT_EQ(cuStreamDestroy_v2(stream), CUDA_SUCCESS);
    });
  for (std::thread &t : threads)
    t.join();
}

} // namespace
