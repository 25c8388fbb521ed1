// Memory, copies and fills.
#include "tests/gpusim/driver/Fake.h"

#include <gtest/gtest.h>

using namespace fake;

namespace {

class Memory : public testing::Test {
protected:
  void SetUp() override { start("off", "h200"); }
  void TearDown() override { cuDevicePrimaryCtxRelease_v2(0); }
};

TEST_F(Memory, HasTheCardsSize) {
  CUdeviceptr most = 0, more = 0;
  size_t free = 0, total = 0;
  ASSERT_EQ(cuMemGetInfo_v2(&free, &total), CUDA_SUCCESS);
  EXPECT_EQ(cuMemAlloc_v2(&most, free + 1), CUDA_ERROR_OUT_OF_MEMORY);
  EXPECT_EQ(cuMemAlloc_v2(&most, ~0ull - 5), CUDA_ERROR_OUT_OF_MEMORY);
  EXPECT_EQ(cuMemAlloc_v2(&most, 0), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cuMemAlloc_v2(&most, free), CUDA_SUCCESS);
  EXPECT_EQ(cuMemAlloc_v2(&more, 1), CUDA_ERROR_OUT_OF_MEMORY);
  EXPECT_EQ(cuMemFree_v2(most), CUDA_SUCCESS);
  EXPECT_EQ(cuMemAlloc_v2(&more, 1), CUDA_SUCCESS);
  EXPECT_EQ(cuMemFree_v2(more + 1), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cuMemFree_v2(more), CUDA_SUCCESS);
  EXPECT_EQ(cuMemFree_v2(more), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cuMemFree_v2(0), CUDA_SUCCESS);
}

TEST_F(Memory, AddressesAreUsedAgainAtTheEnd) {
  CUdeviceptr x = 0;
  for (int i = 0; i < 20; ++i) { // ten times the reserved range
    ASSERT_EQ(cuMemAlloc_v2(&x, 130ull << 30), CUDA_SUCCESS) << i;
    ASSERT_EQ(cuMemFree_v2(x), CUDA_SUCCESS);
  }
}

TEST_F(Memory, CopiesAndFills) {
  CUdeviceptr x = memory(64), y = memory(64);
  EXPECT_EQ(cuMemsetD32_v2(x, 0x01020304, 16), CUDA_SUCCESS);
  EXPECT_EQ(cuMemsetD16_v2(x + 4, 0x0506, 2), CUDA_SUCCESS);
  EXPECT_EQ(cuMemsetD8_v2(x + 8, 7, 4), CUDA_SUCCESS);
  EXPECT_EQ(cuMemsetD32_v2(x + 2, 0, 1), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cuMemsetD8_v2(x, 0, 65), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cuMemcpyDtoD_v2(y, x, 64), CUDA_SUCCESS);
  unsigned back[16];
  EXPECT_EQ(cuMemcpyDtoH_v2(back, y, 64), CUDA_SUCCESS);
  EXPECT_EQ(back[0], 0x01020304u);
  EXPECT_EQ(back[1], 0x05060506u);
  EXPECT_EQ(back[2], 0x07070707u);
  EXPECT_EQ(back[15], 0x01020304u);
  EXPECT_EQ(cuMemcpyDtoH_v2(back, y + 4, 64), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cuMemcpyHtoD_v2(reinterpret_cast<uint64_t>(back), back, 4), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cuMemcpyHtoD_v2(x, back, 0), CUDA_SUCCESS);
}

TEST_F(Memory, RowsOfAPlane) {
  unsigned char host[4 * 5], back[12] = {};
  for (int i = 0; i < 20; ++i)
    host[i] = static_cast<unsigned char>(i);
  CUdeviceptr x = memory(64);
  CUDA_MEMCPY2D copy{}; // 3 of 5 columns, 4 rows, a pitch of 16 on the device
  copy.srcMemoryType = MemoryHost, copy.srcHost = host, copy.srcPitch = 5, copy.srcXInBytes = 1;
  copy.dstMemoryType = MemoryDevice, copy.dstDevice = x, copy.dstPitch = 16;
  copy.WidthInBytes = 3, copy.Height = 4;
  ASSERT_EQ(cuMemcpy2D_v2(&copy), CUDA_SUCCESS);
  CUDA_MEMCPY2D out{};
  out.srcMemoryType = MemoryDevice, out.srcDevice = x, out.srcPitch = 16;
  out.dstMemoryType = MemoryHost, out.dstHost = back, out.dstPitch = 3;
  out.WidthInBytes = 3, out.Height = 4;
  ASSERT_EQ(cuMemcpy2D_v2(&out), CUDA_SUCCESS);
  for (int row = 0; row < 4; ++row)
    for (int column = 0; column < 3; ++column)
      EXPECT_EQ(back[row * 3 + column], row * 5 + column + 1);
}

TEST_F(Memory, HostMemory) {
  void *host = nullptr;
  CUdeviceptr device = 0;
  ASSERT_EQ(cuMemHostAlloc(&host, 64, 2), CUDA_SUCCESS);
  EXPECT_EQ(cuMemHostGetDevicePointer_v2(&device, host, 0), CUDA_SUCCESS);
  EXPECT_EQ(device, reinterpret_cast<uint64_t>(host));
  unsigned type = 0;
  EXPECT_EQ(cuPointerGetAttribute(&type, 2, device), CUDA_SUCCESS);
  EXPECT_EQ(type, unsigned(MemoryHost));
  EXPECT_EQ(cuMemFreeHost(host), CUDA_SUCCESS);
  EXPECT_EQ(cuMemFreeHost(host), CUDA_ERROR_INVALID_VALUE);
  std::vector<char> own(64);
  EXPECT_EQ(cuMemHostRegister_v2(own.data(), 64, 0), CUDA_SUCCESS);
  EXPECT_EQ(cuMemHostRegister_v2(own.data() + 8, 8, 0), CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED);
  EXPECT_EQ(cuMemHostUnregister(own.data()), CUDA_SUCCESS);
  EXPECT_EQ(cuMemHostUnregister(own.data()), CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED);
}

TEST_F(Memory, PointersAreKnown) {
  CUdeviceptr x = memory(100), start = 0, base = 0;
  size_t size = 0;
  unsigned type = 0;
  EXPECT_EQ(cuPointerGetAttribute(&type, 2, x + 50), CUDA_SUCCESS);
  EXPECT_EQ(type, unsigned(MemoryDevice));
  EXPECT_EQ(cuPointerGetAttribute(&start, 11, x + 50), CUDA_SUCCESS);
  EXPECT_EQ(start, x);
  EXPECT_EQ(cuMemGetAddressRange_v2(&base, &size, x + 99), CUDA_SUCCESS);
  EXPECT_EQ(base, x);
  EXPECT_EQ(size, 100u);
  int local = 0;
  EXPECT_EQ(cuPointerGetAttribute(&type, 2, reinterpret_cast<uint64_t>(&local)), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cuMemGetAddressRange_v2(&base, &size, x + 100), CUDA_ERROR_NOT_FOUND);
}

TEST_F(Memory, OfAStream) {
  CUdeviceptr x = 0;
  ASSERT_EQ(cuMemAllocAsync(&x, 64, nullptr), CUDA_SUCCESS);
  EXPECT_EQ(cuMemsetD8Async(x, 1, 64, nullptr), CUDA_SUCCESS);
  EXPECT_EQ(cuMemFreeAsync(x, nullptr), CUDA_SUCCESS);
  EXPECT_EQ(cuCtxSynchronize(), CUDA_SUCCESS);
  EXPECT_EQ(cuMemFree_v2(x), CUDA_ERROR_INVALID_VALUE);
}

} // namespace
