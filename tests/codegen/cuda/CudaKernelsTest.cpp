// Every kernel of Cases.h: run on the host against plain loops, and compiled by NVRTC with no spills.
#include "tests/codegen/cuda/Cases.h"
#include "gtest/gtest.h"
#include <cstdlib>

using namespace dlc;
using namespace dlc::test;

namespace {

void runAll(std::vector<Case> cases, bool tf32 = false) {
  HostKernels kernels(std::move(cases), true, tf32);
  ASSERT_EQ(kernels.error, "");
  for (const Case &test : kernels.cases)
    EXPECT_EQ(kernels.run(test), "") << test.name;
}

TEST(CudaOnTheHost, Pointwise) { runAll(pointwiseCases()); }
TEST(CudaOnTheHost, Reductions) { runAll(reductionCases()); }
TEST(CudaOnTheHost, Dots) { runAll(dotCases()); }
TEST(CudaOnTheHost, Convolutions) { runAll(convCases()); }
TEST(CudaOnTheHost, TensorCoreDots) { runAll(tensorDotCases()); }
TEST(CudaOnTheHost, Tf32Dots) { runAll(tf32DotCases(), true); }
TEST(CudaOnTheHost, TensorCoreConvolutions) { runAll(tensorConvCases()); }

/// NVRTC may be missing on a machine; where DLC_REQUIRE_NVRTC=1 that is a failure, elsewhere a skip.
bool haveNvrtc() {
  auto nvrtc = Nvrtc::open();
  if (nvrtc)
    return true;
  std::string why = llvm::toString(nvrtc.takeError());
  const char *required = std::getenv("DLC_REQUIRE_NVRTC");
  EXPECT_FALSE(required && std::string(required) == "1") << why;
  return false;
}

void compileAll(std::vector<Case> cases, bool tf32 = false) {
  if (!haveNvrtc())
    GTEST_SKIP() << "no NVRTC";
  HostKernels kernels(std::move(cases), /*runnable=*/false, tf32);
  ASSERT_EQ(kernels.error, "");
  EXPECT_EQ(kernels.compileAll({"sm_80", "sm_90a"}), "");
}

TEST(CudaByNvrtc, Rows) {
  std::vector<Case> cases = pointwiseCases();
  for (Case &each : reductionCases())
    cases.push_back(each);
  compileAll(std::move(cases));
}
TEST(CudaByNvrtc, Dots) { compileAll(dotCases()); }
TEST(CudaByNvrtc, Convolutions) { compileAll(convCases()); }
TEST(CudaByNvrtc, TensorCoreDots) { compileAll(tensorDotCases()); }
TEST(CudaByNvrtc, LargeDots) { compileAll(largeDots("bf16")); }
TEST(CudaByNvrtc, LargeTf32Dots) { compileAll(largeDots("f32"), true); }
TEST(CudaByNvrtc, Tf32Dots) { compileAll(tf32DotCases(), true); }
TEST(CudaByNvrtc, TensorCoreConvolutions) { compileAll(tensorConvCases()); }

TEST(Nvrtc, ReadsPtxasLog) {
  auto kernels = parsePtxasLog("ptxas info    : Compiling entry function 'k2' for 'sm_80'\n"
                               "ptxas info    : Function properties for k2\n"
                               "ptxas         .     16 bytes stack frame, 4 bytes spill stores, 8 bytes spill loads\n"
                               "ptxas info    : Used 72 registers, used 1 barriers, 512 bytes smem, 372 bytes cmem[0]\n"
                               "ptxas info    : Compiling entry function 'k' for 'sm_80'\n"
                               "ptxas info    : Function properties for k\n"
                               "ptxas         .     0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads\n"
                               "ptxas info    : Used 16 registers, used 0 barriers, 372 bytes cmem[0]\n");
  ASSERT_EQ(kernels.size(), 2u);
  EXPECT_EQ(kernels[0].kernel, "k2");
  EXPECT_EQ(kernels[0].registers, 72);
  EXPECT_EQ(kernels[0].stackBytes, 16);
  EXPECT_EQ(kernels[0].spillStores, 4);
  EXPECT_EQ(kernels[0].spillLoads, 8);
  EXPECT_EQ(kernels[0].sharedBytes, 512);
  EXPECT_EQ(kernels[1].kernel, "k");
  EXPECT_EQ(kernels[1].registers, 16);
  EXPECT_EQ(kernels[1].sharedBytes, 0);
}

TEST(Nvrtc, ErrorsNameTheUnit) {
  if (!haveNvrtc())
    GTEST_SKIP() << "no NVRTC";
  auto output = Nvrtc::open()->compile("__global__ void k() { no_such_thing(); }\n", "broken.cu", "sm_80");
  ASSERT_FALSE(bool(output));
  std::string message = llvm::toString(output.takeError());
  EXPECT_NE(message.find("broken.cu"), std::string::npos) << message;
  EXPECT_NE(message.find("no_such_thing"), std::string::npos) << message;
}

TEST(CudaText, SelfContained) {
  CudaUnit unit;
  unit.name = "k";
  unit.text = "#include \"dlc/prelude.cuh\"\n#include \"dlc/conv.cuh\"\n\nint last;\n";
  CudaCode code;
  code.headers.assign(cudaDeviceLibrary().begin(), cudaDeviceLibrary().end());
  std::string text = selfContained(code, unit);
  EXPECT_EQ(text.find("#include"), std::string::npos);
  size_t at = text.find("struct alignas(sizeof(T) * N) vec");
  EXPECT_NE(at, std::string::npos);
  EXPECT_EQ(text.find("struct alignas(sizeof(T) * N) vec", at + 1), std::string::npos) << "a header came twice";
  EXPECT_NE(text.find("int last;"), std::string::npos);
}

} // namespace
