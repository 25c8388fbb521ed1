// Checks from end to end: PTX by hand, the real executor, the driver's own entry points.
#include "tools/gpusim/driver/Types.h"
#include "tools/gpusim/gpusim.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

using namespace gpusim::cu;
extern "C" {
#define X(needs, name, symbol, params, args) CUresult symbol params;
#include "tools/gpusim/driver/Functions.def"
#undef X
}

namespace {

/// One kernel of two pointers (%rd1, %rd2) with the thread's number in %r1, the block's in %r2, four times the thread's
/// number in %rd3, and 512 bytes of shared memory named tile. Line 10 of source.cu.
std::string kernelText(const std::string &body, const std::string &target) {
  return ".version 8.0\n.target " + target + R"(
.address_size 64
.file 1 "source.cu"
.visible .entry k(.param .u64 p0, .param .u64 p1)
{
  .reg .b32 %r<40>;
  .reg .b64 %rd<20>;
  .reg .f32 %f<20>;
  .reg .pred %p<10>;
  .shared .align 16 .b8 tile[512];
  ld.param.u64 %rd1, [p0];
  ld.param.u64 %rd2, [p1];
  cvta.to.global.u64 %rd1, %rd1;
  cvta.to.global.u64 %rd2, %rd2;
  mov.u32 %r1, %tid.x;
  mov.u32 %r2, %ctaid.x;
  mul.wide.u32 %rd3, %r1, 4;
  cvt.u32.u64 %r3, %rd3;
  mov.u32 %r4, tile;
  add.u32 %r5, %r4, %r3;
  .loc 1 10 0
)" + body +
         "\n  ret;\n}\n";
}

class Ptx : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_EQ(gpusim_configure("h200", "all"), 0);
    ASSERT_EQ(cuInit(0), CUDA_SUCCESS);
    CUcontext context;
    ASSERT_EQ(cuDevicePrimaryCtxRetain(&context, 0), CUDA_SUCCESS);
    ASSERT_EQ(cuCtxSetCurrent(context), CUDA_SUCCESS);
    gpusim_reset();
    for (CUdeviceptr *p : {&in, &out}) {
      ASSERT_EQ(cuMemAlloc_v2(p, 4096), CUDA_SUCCESS);
      ASSERT_EQ(cuMemsetD8_v2(*p, 0, 4096), CUDA_SUCCESS);
    }
  }
  void TearDown() override { cuDevicePrimaryCtxRelease_v2(0); }

  /// The kinds that a launch of `body` finds, each once.
  std::string run(const std::string &body, unsigned blocks = 1, unsigned threads = 64, CUresult wanted = CUDA_SUCCESS,
                  const char *target = "sm_80") {
    CUmodule module = nullptr;
    CUfunction function = nullptr;
    char log[1024] = "";
    int options[] = {5, 6};
    void *values[] = {log, reinterpret_cast<void *>(sizeof log)};
    EXPECT_EQ(cuModuleLoadDataEx(&module, kernelText(body, target).c_str(), 2, options, values), CUDA_SUCCESS) << log;
    if (!module)
      return log;
    EXPECT_EQ(cuModuleGetFunction(&function, module, "k"), CUDA_SUCCESS);
    void *params[] = {&in, &out};
    EXPECT_EQ(cuLaunchKernel(function, blocks, 1, 1, threads, 1, 1, 0, nullptr, params, nullptr), CUDA_SUCCESS);
    EXPECT_EQ(cuCtxSynchronize(), wanted);
    json = gpusim_reports();
    std::set<std::string> kinds;
    for (size_t at = 0; (at = json.find("{\"kind\": \"", at)) != json.npos;) {
      at += 10;
      kinds.insert(json.substr(at, json.find('"', at) - at));
    }
    std::string text;
    for (const std::string &kind : kinds)
      text += (text.empty() ? "" : " ") + kind;
    gpusim_reset();
    return text;
  }

  CUdeviceptr in = 0, out = 0;
  std::string json;
};

TEST_F(Ptx, Copy) {
  std::string body = R"(
  add.u64 %rd4, %rd1, %rd3;
  add.u64 %rd5, %rd2, %rd3;
  ld.global.f32 %f1, [%rd4];
  add.f32 %f1, %f1, 0f3F800000;
  st.global.f32 [%rd5], %f1;)";
  EXPECT_EQ(run(body), "") << json;
  float back[64];
  ASSERT_EQ(cuMemcpyDtoH_v2(back, out, sizeof back), CUDA_SUCCESS);
  for (float x : back)
    EXPECT_EQ(x, 1.0f);
  EXPECT_EQ(run(body, 2), ""); // both blocks write ones
  EXPECT_EQ(run("add.u64 %rd4, %rd1, %rd3; ld.global.f32 %f1, [%rd4 + 4096];"), "out-of-bounds");
  EXPECT_NE(json.find("\"file\": \"source.cu\", \"line\": 10"), json.npos) << json;
  EXPECT_NE(json.find("ld.global.f32"), json.npos) << json;
}

TEST_F(Ptx, MisalignedAndUnwritten) {
  EXPECT_EQ(run("ld.global.f32 %f1, [%rd1 + 2];", 1, 64), "misaligned") << json;
  CUdeviceptr whole = in;
  ASSERT_EQ(cuMemAlloc_v2(&in, 4096), CUDA_SUCCESS);
  EXPECT_EQ(run("ld.global.f32 %f1, [%rd1];"), "unwritten-global") << json;
  in = whole;
}

TEST_F(Ptx, SharedMemory) {
  std::string write = "st.shared.u32 [%r5], %r1;\n", barrier = "bar.sync 0;\n";
  std::string read =
      "xor.b32 %r6, %r5, 128; ld.shared.u32 %r7, [%r6]; add.u64 %rd5, %rd2, %rd3; st.global.u32 [%rd5], %r7;\n";
  EXPECT_EQ(run(write + barrier + read), "") << json;
  EXPECT_EQ(run(write + read), "race-shared unwritten-shared") << json; // warp 0 reads before warp 1 has written
  EXPECT_EQ(run(barrier + read), "unwritten-shared") << json;
  EXPECT_EQ(run(write + barrier + read + write), "race-shared") << json;
  EXPECT_EQ(run(write + barrier + read + barrier + write), "") << json;
  EXPECT_EQ(run("add.u32 %r5, %r5, 384; " + write), "out-of-bounds") << json;
}

TEST_F(Ptx, LanesOfAWarp) {
  std::string write = "st.shared.u32 [%r5], %r1;\n", read = "xor.b32 %r6, %r5, 4; ld.shared.u32 %r7, [%r6];\n";
  EXPECT_EQ(run(write + "bar.warp.sync -1;\n" + read, 1, 32), "") << json;
  EXPECT_EQ(run(write + read, 1, 32), "race-shared") << json;
}

TEST_F(Ptx, CopyAsync) {
  std::string copy = "add.u64 %rd4, %rd1, %rd3; cp.async.ca.shared.global [%r5], [%rd4], 4; cp.async.commit_group;\n";
  std::string wait = "cp.async.wait_group 0;\n", barrier = "bar.sync 0;\n";
  std::string read = "xor.b32 %r6, %r5, 128; ld.shared.u32 %r7, [%r6];\n";
  EXPECT_EQ(run(copy + wait + barrier + read), "") << json;
  EXPECT_EQ(run(copy + barrier + read), "async-early") << json;
  EXPECT_NE(run(copy + wait + read), "") << json;
}

TEST_F(Ptx, RacesBetweenBlocks) {
  std::string store = "add.u64 %rd5, %rd2, %rd3; st.global.u32 [%rd5], %r2;";
  EXPECT_EQ(run(store, 1), "");
  EXPECT_EQ(run(store, 4), "race-global") << json;
  EXPECT_EQ(run("red.global.add.u32 [%rd2], 1;", 4), "") << json;
}

// Blocks count themselves; the last reads what the others wrote.
TEST_F(Ptx, LastBlock) {
  auto body = [](const char *release, const char *acquire) {
    return std::string(R"(
  shl.b32 %r10, %r2, 8;
  cvt.u64.u32 %rd6, %r10;
  add.u64 %rd7, %rd2, %rd6;
  add.u64 %rd7, %rd7, %rd3;
  st.global.u32 [%rd7 + 256], %r1;
  bar.sync 0;
  setp.ne.u32 %p1, %r1, 0;
  @%p1 bra JOIN;
  )") + release +
           R"(
  atom.global.add.u32 %r11, [%rd2], 1;
  )" + acquire +
           R"(
  st.shared.u32 [%r4], %r11;
JOIN:
  bar.sync 0;
  ld.shared.u32 %r12, [%r4];
  setp.ne.u32 %p2, %r12, 3;
  @%p2 bra DONE;
  add.u64 %rd8, %rd2, %rd3;
  ld.global.u32 %r13, [%rd8 + 256];
  ld.global.u32 %r14, [%rd8 + 512];
DONE:)";
  };
  auto zero = [&] { cuMemsetD8_v2(out, 0, 4096); };
  zero();
  EXPECT_EQ(run(body("fence.acq_rel.gpu;", "fence.acq_rel.gpu;"), 4), "") << json;
  zero();
  EXPECT_EQ(run(body("membar.gl;", "membar.gl;"), 4), "") << json;
  zero();
  EXPECT_EQ(run(body("", "fence.acq_rel.gpu;"), 4), "race-global") << json;
  zero();
  EXPECT_EQ(run(body("fence.acq_rel.gpu;", ""), 4), "race-global") << json;
}

// A bulk copy of 256 bytes into the tile, its mbarrier behind it.
TEST_F(Ptx, BulkCopyToShared) {
  auto body = [](bool wait) {
    return std::string(R"(
  add.u32 %r20, %r4, 256;
  setp.ne.u32 %p1, %r1, 0;
  @%p1 bra READY;
  mbarrier.init.shared.b64 [%r20], 1;
  fence.proxy.async;
READY:
  bar.sync 0;
  @%p1 bra GO;
  mbarrier.arrive.expect_tx.shared.b64 %rd9, [%r20], 256;
  cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%r4], [%rd1], 256, [%r20];
GO:
)") + (wait ? "WAIT:\n  mbarrier.try_wait.parity.shared.b64 %p2, [%r20], 0;\n  @!%p2 bra WAIT;\n" : "  bar.sync 0;\n") +
           "  ld.shared.u32 %r21, [%r5];\n";
  };
  EXPECT_EQ(run(body(true), 1, 64, CUDA_SUCCESS, "sm_90"), "") << json;
  EXPECT_EQ(run(body(false), 1, 64, CUDA_SUCCESS, "sm_90"), "async-early") << json;
}

TEST_F(Ptx, BulkCopyFromShared) {
  auto body = [](const char *fence, const char *wait) {
    return std::string("st.shared.u32 [%r5], %r1;\n") + fence + R"(
  bar.sync 0;
  setp.ne.u32 %p1, %r1, 0;
  @%p1 bra GO;
  cp.async.bulk.global.shared::cta.bulk_group [%rd2], [%r4], 256;
  cp.async.bulk.commit_group;
)" + wait + R"(
GO:
  bar.sync 0;
  st.shared.u32 [%r5], %r2;
)";
  };
  const char *fence = "fence.proxy.async;", *wait = "cp.async.bulk.wait_group 0;";
  EXPECT_EQ(run(body(fence, wait), 1, 64, CUDA_SUCCESS, "sm_90"), "") << json;
  EXPECT_EQ(run(body("", wait), 1, 64, CUDA_SUCCESS, "sm_90"), "missing-proxy-fence") << json;
  EXPECT_EQ(run(body(fence, ""), 1, 64, CUDA_SUCCESS, "sm_90"), "async-early executor") << json; // and the copy is lost
}

TEST_F(Ptx, DivergentBarrier) {
  EXPECT_EQ(run("setp.lt.u32 %p1, %r1, 16;\n@%p1 bra ON;\nbra DONE;\nON:\nbar.sync 0;\nDONE:", 1, 32),
            "divergent-barrier")
      << json;
}

TEST_F(Ptx, TrapSticksToTheContext) {
  EXPECT_EQ(run("trap;", 1, 32, CUDA_ERROR_LAUNCH_FAILED), "stopped");
  CUdeviceptr more;
  EXPECT_EQ(cuMemAlloc_v2(&more, 4), CUDA_ERROR_LAUNCH_FAILED);
  EXPECT_EQ(cuDevicePrimaryCtxReset_v2(0), CUDA_SUCCESS);
  CUcontext context;
  EXPECT_EQ(cuDevicePrimaryCtxRetain(&context, 0), CUDA_SUCCESS);
  EXPECT_EQ(cuCtxSetCurrent(context), CUDA_SUCCESS);
  EXPECT_EQ(cuMemAlloc_v2(&more, 4), CUDA_SUCCESS);
}

} // namespace
