// Calls are counted and can be made to fail.
#include "tests/gpusim/driver/Fake.h"

#include <gtest/gtest.h>

#include <set>

using namespace fake;

TEST(Faults, TheNthCallFails) {
  start("off", "h200");
  CUdeviceptr x = 0;
  long long before = gpusim_calls("cuMemAlloc");
  EXPECT_EQ(gpusim_fail("cuMemAlloc", 2, CUDA_ERROR_OUT_OF_MEMORY), 0);
  EXPECT_EQ(cuMemAlloc_v2(&x, 4), CUDA_SUCCESS);
  EXPECT_EQ(cuMemAlloc_v2(&x, 4), CUDA_ERROR_OUT_OF_MEMORY);
  EXPECT_EQ(cuMemAlloc_v2(&x, 4), CUDA_SUCCESS);
  EXPECT_EQ(gpusim_calls("cuMemAlloc"), before + 3);
  EXPECT_EQ(gpusim_fail("cuMemAlloc_v2", 1, 999), 0); // the symbol does too
  EXPECT_EQ(gpusim_fail("cuMemAlloc", 0, 0), 0);      // taken back
  EXPECT_EQ(cuMemAlloc_v2(&x, 4), CUDA_SUCCESS);
  EXPECT_EQ(gpusim_fail("cuNothing", 1, 1), -1);
  EXPECT_EQ(gpusim_calls("cuNothing"), -1);
  cuDevicePrimaryCtxRelease_v2(0);
}

TEST(Faults, WhatReleasesDoesSoThoughItFails) {
  start("off", "h200");
  CUdeviceptr x = memory(4);
  EXPECT_EQ(gpusim_fail("cuMemFree", 1, CUDA_ERROR_ILLEGAL_ADDRESS), 0);
  EXPECT_EQ(cuMemFree_v2(x), CUDA_ERROR_ILLEGAL_ADDRESS);
  EXPECT_EQ(cuMemFree_v2(x), CUDA_ERROR_INVALID_VALUE); // gone
  cuDevicePrimaryCtxRelease_v2(0);
}

TEST(Faults, EveryFunctionHasAName) {
  std::set<std::string> names;
  for (size_t i = 0; gpusim_function(i); ++i) {
    EXPECT_TRUE(names.insert(gpusim_function(i)).second) << gpusim_function(i);
    EXPECT_GE(gpusim_calls(gpusim_function(i)), 0);
  }
  for (const char *name : {"cuInit", "cuMemAlloc", "cuGraphLaunch", "cuGraphInstantiateWithFlags", "cuLaunchKernel"})
    EXPECT_TRUE(names.count(name)) << name;
  EXPECT_GT(names.size(), 140u);
}
