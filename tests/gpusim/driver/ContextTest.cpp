// Devices and contexts behave as the driver's.
#include "tests/gpusim/driver/Fake.h"

#include <gtest/gtest.h>

#include <thread>

using namespace fake;

TEST(Device, SaysWhatItIs) {
  start("off", "h200");
  int count = 0, value = 0, version = 0;
  CUdevice device = -1;
  char name[64];
  size_t bytes = 0;
  EXPECT_EQ(cuDeviceGetCount(&count), CUDA_SUCCESS);
  EXPECT_EQ(count, 1);
  EXPECT_EQ(cuDeviceGet(&device, 1), CUDA_ERROR_INVALID_DEVICE);
  EXPECT_EQ(cuDeviceGet(&device, 0), CUDA_SUCCESS);
  EXPECT_EQ(cuDeviceGetName(name, sizeof name, device), CUDA_SUCCESS);
  EXPECT_STREQ(name, "NVIDIA H200 (simulated)");
  EXPECT_EQ(cuDeviceTotalMem_v2(&bytes, device), CUDA_SUCCESS);
  EXPECT_EQ(bytes, 140ull << 30);
  for (auto [attribute, is] : {std::pair(1, 1024), {10, 32}, {16, 132}, {75, 9}, {76, 0}, {97, 232448}, {120, 1}}) {
    EXPECT_EQ(cuDeviceGetAttribute(&value, attribute, device), CUDA_SUCCESS);
    EXPECT_EQ(value, is) << attribute;
  }
  EXPECT_EQ(cuDeviceGetAttribute(&value, 100000, device), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cuDriverGetVersion(&version), CUDA_SUCCESS);
  EXPECT_GE(version, 12000);
  EXPECT_EQ(gpusim_configure("a100", nullptr), -1); // too late
  EXPECT_EQ(gpusim_configure("h200", nullptr), 0);
  EXPECT_EQ(gpusim_configure("pentium", nullptr), -1);
  cuDevicePrimaryCtxRelease_v2(0);
}

TEST(Context, Stack) {
  start("off", "h200");
  CUcontext primary, made, seen;
  ASSERT_EQ(cuCtxGetCurrent(&primary), CUDA_SUCCESS);
  ASSERT_EQ(cuCtxCreate_v2(&made, 0, 0), CUDA_SUCCESS);
  cuCtxGetCurrent(&seen);
  EXPECT_EQ(seen, made);
  EXPECT_EQ(cuCtxPopCurrent_v2(&seen), CUDA_SUCCESS);
  EXPECT_EQ(seen, made);
  cuCtxGetCurrent(&seen);
  EXPECT_EQ(seen, primary);
  std::thread([] { // each thread has its own
    CUcontext none;
    CUdevice device;
    EXPECT_EQ(cuCtxGetCurrent(&none), CUDA_SUCCESS);
    EXPECT_EQ(none, nullptr);
    CUdeviceptr x;
    EXPECT_EQ(cuMemAlloc_v2(&x, 4), CUDA_ERROR_INVALID_CONTEXT);
    EXPECT_EQ(cuCtxGetDevice(&device), CUDA_ERROR_INVALID_CONTEXT);
  })
      .join();
  EXPECT_EQ(cuCtxPushCurrent_v2(made), CUDA_SUCCESS);
  CUdeviceptr x;
  EXPECT_EQ(cuMemAlloc_v2(&x, 4), CUDA_SUCCESS);
  size_t before = 0, after = 0, total = 0;
  cuMemGetInfo_v2(&before, &total);
  EXPECT_EQ(cuCtxDestroy_v2(made), CUDA_SUCCESS); // with its memory
  EXPECT_EQ(cuCtxDestroy_v2(made), CUDA_ERROR_INVALID_CONTEXT);
  cuMemGetInfo_v2(&after, &total);
  EXPECT_GT(after, before);
  EXPECT_EQ(cuCtxDestroy_v2(primary), CUDA_ERROR_INVALID_CONTEXT);
  EXPECT_EQ(cuDevicePrimaryCtxRelease_v2(0), CUDA_SUCCESS);
  EXPECT_EQ(cuDevicePrimaryCtxRelease_v2(0), CUDA_ERROR_INVALID_CONTEXT);
  EXPECT_EQ(cuMemAlloc_v2(&x, 4), CUDA_ERROR_CONTEXT_IS_DESTROYED);
  cuCtxSetCurrent(nullptr);
}

TEST(Context, PrimaryIsCounted) {
  start("off", "h200");
  CUcontext again;
  unsigned flags;
  int active;
  ASSERT_EQ(cuDevicePrimaryCtxRetain(&again, 0), CUDA_SUCCESS);
  EXPECT_EQ(cuDevicePrimaryCtxRelease_v2(0), CUDA_SUCCESS);
  cuDevicePrimaryCtxGetState(0, &flags, &active);
  EXPECT_EQ(active, 1);
  EXPECT_EQ(cuDevicePrimaryCtxRelease_v2(0), CUDA_SUCCESS);
  cuDevicePrimaryCtxGetState(0, &flags, &active);
  EXPECT_EQ(active, 0);
}

TEST(Context, Limits) {
  start("off", "h200");
  size_t value = 0;
  EXPECT_EQ(cuCtxSetLimit(0, 4096), CUDA_SUCCESS);
  EXPECT_EQ(cuCtxGetLimit(&value, 0), CUDA_SUCCESS);
  EXPECT_EQ(value, 4096u);
  EXPECT_EQ(cuCtxSetLimit(77, 1), CUDA_ERROR_UNSUPPORTED_LIMIT);
  cuDevicePrimaryCtxRelease_v2(0);
}

TEST(Errors, HaveNames) {
  const char *text = nullptr;
  EXPECT_EQ(cuGetErrorName(CUDA_ERROR_OUT_OF_MEMORY, &text), CUDA_SUCCESS);
  EXPECT_STREQ(text, "CUDA_ERROR_OUT_OF_MEMORY");
  EXPECT_EQ(cuGetErrorString(CUDA_ERROR_ILLEGAL_ADDRESS, &text), CUDA_SUCCESS);
  EXPECT_STREQ(text, "an illegal memory access was encountered");
  EXPECT_EQ(cuGetErrorName(CUresult(12345), &text), CUDA_ERROR_INVALID_VALUE);
}

TEST(Errors, FunctionsByName) {
  void *f = nullptr;
  int found = -1;
  EXPECT_EQ(cuGetProcAddress_v2("cuMemAlloc", &f, 12000, 0, &found), CUDA_SUCCESS);
  EXPECT_EQ(f, reinterpret_cast<void *>(&cuMemAlloc_v2));
  EXPECT_EQ(found, 0);
  EXPECT_EQ(cuGetProcAddress_v2("cuCtxCreate", &f, 12000, 0, &found), CUDA_SUCCESS);
  EXPECT_EQ(f, reinterpret_cast<void *>(&cuCtxCreate_v2));
  EXPECT_EQ(cuGetProcAddress_v2("cuNothing", &f, 12000, 0, &found), CUDA_SUCCESS);
  EXPECT_EQ(found, 1);
  EXPECT_EQ(cuGetProcAddress("cuNothing", &f, 12000, 0), CUDA_ERROR_NOT_FOUND);
}
