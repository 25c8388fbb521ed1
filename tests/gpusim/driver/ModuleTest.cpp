// Modules, functions, launches, occupancy, tensor maps.
#include "tests/gpusim/driver/Fake.h"
#include "tools/gpusim/async/TensorMap.h"

#include <gtest/gtest.h>

using namespace fake;

namespace {

class Modules : public testing::Test {
protected:
  void SetUp() override { start("off", "h200"); }
  void TearDown() override { cuDevicePrimaryCtxRelease_v2(0); }
  CUresult load(const std::string &text, std::string *log = nullptr) {
    CUmodule module;
    char buffer[256] = "";
    int options[] = {5, 6};
    void *values[] = {buffer, reinterpret_cast<void *>(sizeof buffer)};
    CUresult result = cuModuleLoadDataEx(&module, text.c_str(), 2, options, values);
    if (log)
      *log = buffer;
    return result == CUDA_SUCCESS ? cuModuleUnload(module) : result;
  }
};

TEST_F(Modules, Images) {
  define("empty", 0, [](FakeBlock &) {});
  std::string log;
  EXPECT_EQ(load(ptx("empty")), CUDA_SUCCESS);
  EXPECT_EQ(load(ptx("empty", "sm_90a")), CUDA_SUCCESS);
  EXPECT_EQ(load(ptx("empty", "sm_100"), &log), CUDA_ERROR_INVALID_PTX);
  EXPECT_NE(log.find("sm_100"), log.npos);
  EXPECT_EQ(load(ptx("empty", "sm_80a"), &log), CUDA_ERROR_NO_BINARY_FOR_GPU);
  EXPECT_EQ(load(std::string("\x7f"
                             "ELF and so on"),
                 &log),
            CUDA_ERROR_NO_BINARY_FOR_GPU);
  EXPECT_NE(log.find("cubin"), log.npos);
  EXPECT_EQ(load("anything"), CUDA_ERROR_INVALID_IMAGE);
  EXPECT_EQ(load(".target sm_80 nonsense", &log), CUDA_ERROR_INVALID_PTX);
  EXPECT_NE(log.find("line 3: unknown instruction 'nonsense'"), log.npos);
  CUmodule module;
  EXPECT_EQ(cuModuleLoad(&module, "/nonexistent.ptx"), CUDA_ERROR_FILE_NOT_FOUND);
}

TEST_F(Modules, FunctionsAndVariables) {
  define("one", 2, [](FakeBlock &) {});
  CUmodule module;
  CUfunction f;
  ASSERT_EQ(cuModuleLoadData(&module, (ptx("one") + ".global table").c_str()), CUDA_SUCCESS);
  EXPECT_EQ(cuModuleGetFunction(&f, module, "two"), CUDA_ERROR_NOT_FOUND);
  ASSERT_EQ(cuModuleGetFunction(&f, module, "one"), CUDA_SUCCESS);
  size_t offset = 9, bytes = 9;
  EXPECT_EQ(cuFuncGetParamInfo(f, 1, &offset, &bytes), CUDA_SUCCESS);
  EXPECT_EQ(offset, 8u);
  EXPECT_EQ(cuFuncGetParamInfo(f, 2, &offset, &bytes), CUDA_ERROR_INVALID_VALUE);
  CUdeviceptr table;
  ASSERT_EQ(cuModuleGetGlobal_v2(&table, &bytes, module, "table"), CUDA_SUCCESS);
  EXPECT_EQ(bytes, 16u);
  unsigned char values[16];
  EXPECT_EQ(cuMemcpyDtoH_v2(values, table, 16), CUDA_SUCCESS);
  EXPECT_EQ(values[3], 4);
  EXPECT_EQ(values[4], 0);
  EXPECT_EQ(cuModuleUnload(module), CUDA_SUCCESS);
  EXPECT_EQ(cuModuleUnload(module), CUDA_ERROR_INVALID_HANDLE);
  EXPECT_EQ(launch(f, 1, 32, {0, 0}), CUDA_ERROR_INVALID_HANDLE);
}

TEST_F(Modules, LaunchLimits) {
  CUfunction f = kernel("limits", 1, [](FakeBlock &) {}, 1024);
  uint64_t x = 0;
  void *params[] = {&x};
  auto go = [&](unsigned grid, unsigned block, unsigned shared) {
    return cuLaunchKernel(f, grid, 1, 1, block, 1, 1, shared, nullptr, params, nullptr);
  };
  EXPECT_EQ(go(1, 1024, 0), CUDA_SUCCESS);
  EXPECT_EQ(go(0, 32, 0), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(go(1, 1025, 0), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cuLaunchKernel(f, 1, 65536, 1, 32, 1, 1, 0, nullptr, params, nullptr), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(go(1, 32, 49152 - 1024), CUDA_SUCCESS);
  EXPECT_EQ(go(1, 32, 49152), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cuFuncSetAttribute(f, 8, 232448), CUDA_ERROR_INVALID_VALUE); // 1024 of it are static
  EXPECT_EQ(cuFuncSetAttribute(f, 8, 100000), CUDA_SUCCESS);
  EXPECT_EQ(go(1, 32, 100000), CUDA_SUCCESS);
  EXPECT_EQ(go(1, 32, 100001), CUDA_ERROR_INVALID_VALUE);
  gpusim_kernel_resources(f, 200, 0, 0);
  EXPECT_EQ(go(1, 1024, 0), CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES);
  CUlaunchAttribute cluster{};
  cluster.id = AttributeCluster, cluster.value.clusterDim = {4, 1, 1};
  CUlaunchConfig config{8, 1, 1, 32, 1, 1, 0, nullptr, &cluster, 1};
  EXPECT_EQ(cuLaunchKernelEx(&config, f, params, nullptr), CUDA_SUCCESS);
  config.gridDimX = 6;
  EXPECT_EQ(cuLaunchKernelEx(&config, f, params, nullptr), CUDA_ERROR_INVALID_CLUSTER_SIZE);
}

TEST_F(Modules, ParametersInABuffer) {
  static uint64_t seen[2];
  CUfunction f =
      kernel("buffer", 2, [](FakeBlock &b) { seen[0] = b.param<uint64_t>(0), seen[1] = b.param<uint64_t>(1); });
  uint64_t buffer[] = {3, 4};
  size_t bytes = sizeof buffer;
  void *extra[] = {reinterpret_cast<void *>(1), buffer, reinterpret_cast<void *>(2), &bytes, nullptr};
  EXPECT_EQ(cuLaunchKernel(f, 1, 1, 1, 32, 1, 1, 0, nullptr, nullptr, extra), CUDA_SUCCESS);
  EXPECT_EQ(cuCtxSynchronize(), CUDA_SUCCESS);
  EXPECT_EQ(seen[0], 3u);
  EXPECT_EQ(seen[1], 4u);
  EXPECT_EQ(cuLaunchKernel(f, 1, 1, 1, 32, 1, 1, 0, nullptr, nullptr, nullptr), CUDA_ERROR_INVALID_VALUE);
}

TEST_F(Modules, Occupancy) {
  CUfunction f = kernel("occupied", 0, [](FakeBlock &) {});
  int blocks = 0, grid = 0, block = 0;
  EXPECT_EQ(cuOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, f, 256, 0), CUDA_SUCCESS);
  EXPECT_EQ(blocks, 8); // 64 warps
  EXPECT_EQ(cuOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, f, 32, 0), CUDA_SUCCESS);
  EXPECT_EQ(blocks, 32);
  EXPECT_EQ(cuOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, f, 256, 100 << 10), CUDA_SUCCESS);
  EXPECT_EQ(blocks, 2);
  gpusim_kernel_resources(f, 128, 0, 0);
  EXPECT_EQ(cuOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, f, 256, 0), CUDA_SUCCESS);
  EXPECT_EQ(blocks, 2);
  EXPECT_EQ(cuOccupancyMaxPotentialBlockSize(&grid, &block, f, nullptr, 0, 0), CUDA_SUCCESS);
  EXPECT_EQ(grid * block, 132 * 512);
}

TEST_F(Modules, FailuresStick) {
  CUfunction f =
      kernel("traps", 0, [](FakeBlock &b) { b.result = {LaunchOutcome::IllegalAddress, "block 0: nothing there"}; });
  launch(f, 1, 32);
  EXPECT_EQ(cuCtxSynchronize(), CUDA_ERROR_ILLEGAL_ADDRESS);
  CUdeviceptr x;
  EXPECT_EQ(cuMemAlloc_v2(&x, 4), CUDA_ERROR_ILLEGAL_ADDRESS);
  EXPECT_EQ(cuStreamSynchronize(nullptr), CUDA_ERROR_ILLEGAL_ADDRESS);
  EXPECT_NE(std::string(gpusim_reports()).find("nothing there"), std::string::npos);
  EXPECT_EQ(cuDevicePrimaryCtxReset_v2(0), CUDA_SUCCESS);
  start("off", "h200");
  EXPECT_EQ(cuMemAlloc_v2(&x, 4), CUDA_SUCCESS);
}

TEST_F(Modules, TensorMaps) {
  CUtensorMap map;
  CUdeviceptr x = memory(1 << 20);
  uint64_t dims[] = {64, 128}, strides[] = {128};
  uint32_t box[] = {64, 32}, steps[] = {1, 1};
  auto encode = [&] {
    return cuTensorMapEncodeTiled(&map, 6, 2, reinterpret_cast<void *>(x), dims, strides, box, steps, 0, 3, 0, 0);
  };
  ASSERT_EQ(encode(), CUDA_SUCCESS);
  TensorMap read;
  ASSERT_TRUE(readTensorMap(&map, read));
  EXPECT_EQ(read.address, x);
  EXPECT_EQ(read.extent(1), 128u);
  EXPECT_EQ(read.strides[1], 128u);
  EXPECT_EQ(read.box[1], 32);
  EXPECT_EQ(read.swizzle, TensorMapSwizzle::B128);
  box[0] = 128; // 256 bytes do not fit a swizzle of 128
  EXPECT_EQ(encode(), CUDA_ERROR_INVALID_VALUE);
  box[0] = 64, strides[0] = 120;
  EXPECT_EQ(encode(), CUDA_ERROR_INVALID_VALUE);
}

} // namespace
