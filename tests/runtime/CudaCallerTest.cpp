// The CUDA device with what callers bring: their context, stream and device memory; and what it says when things fail.
#include "runtime/cuda/DriverTypes.h"
#include "tests/runtime/CudaImages.h"

using namespace dlc::test;
using namespace dlc::cu;

namespace {

/// The Driver API as a caller of dlc has it.
struct Api {
  const Simulator &sim = Simulator::get();
#define X(name, symbol, parameters) CUresult(*name) parameters = sim.driver<CUresult parameters>(#symbol);
  DLC_CUDA_FUNCTIONS(X)
#undef X
  CUresult (*cuCtxCreate)(CUcontext *, unsigned,
                          CUdevice) = sim.driver<CUresult(CUcontext *, unsigned, CUdevice)>("cuCtxCreate_v2");
  CUresult (*cuCtxDestroy)(CUcontext) = sim.driver<CUresult(CUcontext)>("cuCtxDestroy_v2");
};

/// A context of the caller's, current while it lives.
struct Own : Api {
  CUcontext context = nullptr;
  bool primary;
  std::vector<CUdeviceptr> memory;
  explicit Own(bool primary) : primary(primary) {
    EXPECT_EQ(cuInit(0), CUDA_SUCCESS);
    if (primary) {
      EXPECT_EQ(cuDevicePrimaryCtxRetain(&context, 0), CUDA_SUCCESS);
      EXPECT_EQ(cuCtxPushCurrent(context), CUDA_SUCCESS);
    } else {
      EXPECT_EQ(cuCtxCreate(&context, 0, 0), CUDA_SUCCESS);
    }
  }
  ~Own() {
    for (CUdeviceptr p : memory)
      cuMemFree(p);
    CUcontext popped;
    cuCtxPopCurrent(&popped);
    if (primary)
      cuDevicePrimaryCtxRelease(0);
    else
      cuCtxDestroy(context);
  }
  void *floats(const Floats &v) {
    CUdeviceptr p = 0;
    EXPECT_EQ(cuMemAlloc(&p, v.size() * 4), CUDA_SUCCESS);
    EXPECT_EQ(cuMemcpyHtoD(p, v.data(), v.size() * 4), CUDA_SUCCESS);
    memory.push_back(p);
    return reinterpret_cast<void *>(p);
  }
  Floats read(void *p, size_t n) {
    Floats v(n);
    EXPECT_EQ(cuMemcpyDtoH(v.data(), reinterpret_cast<CUdeviceptr>(p), n * 4), CUDA_SUCCESS);
    return v;
  }
};

using Caller = CudaTest;
using Errors = CudaTest;

TEST_F(Caller, DeviceMemoryIsBoundWithoutACopy) {
  Own own(true);
  Loaded l(cudaAddScale(64), simOptions());
  ASSERT_TRUE(l.session);
  void *in = own.floats(Floats(64, 5)), *out = own.floats(Floats(64, -1));
  ASSERT_OK(l.session->bindInputDevice(0, in));
  ASSERT_OK(l.session->bindOutputDevice(0, out));
  const Simulator &sim = Simulator::get();
  auto up = sim.gpusim_calls("cuMemcpyHtoDAsync"), down = sim.gpusim_calls("cuMemcpyDtoHAsync");
  ASSERT_OK(l.session->run());
  EXPECT_EQ(sim.gpusim_calls("cuMemcpyHtoDAsync"), up);
  EXPECT_EQ(sim.gpusim_calls("cuMemcpyDtoHAsync"), down);
  EXPECT_EQ(own.read(out, 64)[3], 2 * (5 + 4));
  EXPECT_EQ(values(*l.session, 0, 64)[3], 2 * (5 + 4));
  // Unbound, the session's own serve again.
  ASSERT_OK(l.session->bindOutputDevice(0, nullptr));
  ASSERT_OK(l.session->setInput(0, Floats(64, 1)));
  ASSERT_OK(l.session->run());
  EXPECT_EQ(values(*l.session, 0, 64)[3], 2 * (1 + 4));
  EXPECT_EQ(own.read(out, 64)[3], 2 * (5 + 4));
}

TEST_F(Caller, ManyBindingsTakeTurns) {
  Own own(true);
  Loaded l(cudaAddScale(64), simOptions());
  ASSERT_TRUE(l.session);
  std::vector<void *> in, out;
  for (int i = 0; i != 7; ++i) {
    in.push_back(own.floats(Floats(64, float(i))));
    out.push_back(own.floats(Floats(64, -1)));
  }
  const Simulator &sim = Simulator::get();
  auto made = sim.gpusim_calls("cuGraphInstantiateWithFlags");
  for (int round = 0; round != 3; ++round)
    for (size_t i = 0; i != 7; ++i) {
      ASSERT_OK(l.session->bindInputDevice(0, in[i]));
      ASSERT_OK(l.session->bindOutputDevice(0, out[(i + size_t(round)) % 7]));
      ASSERT_OK(l.session->runAsync());
      ASSERT_OK(l.session->synchronize());
      EXPECT_EQ(own.read(out[(i + size_t(round)) % 7], 64)[0], 2 * (float(i) + 1));
    }
  EXPECT_LE(sim.gpusim_calls("cuGraphInstantiateWithFlags"), made + 4); // the rest are updates
  EXPECT_GT(sim.gpusim_calls("cuGraphExecKernelNodeSetParams"), 0);
}

TEST_F(Caller, WrongDeviceMemoryIsRefused) {
  Own own(true);
  Loaded l(cudaAddScale(64), simOptions());
  ASSERT_TRUE(l.session);
  alignas(64) float host[64];
  auto *small = static_cast<char *>(own.floats(Floats(64, 0)));
  struct {
    void *pointer;
    const char *message;
  } cases[] = {{host, "is not device memory"},
               {small + 4, "is not 64-byte aligned"},
               {small + 128, "is too small: 256 bytes are needed, 128 are left"}};
  for (auto &c : cases) {
    dlc::Status s = l.session->bindInputDevice(0, c.pointer);
    EXPECT_EQ(s.code(), DLC_INVALID_ARGUMENT);
    EXPECT_NE(s.text().find(c.message), std::string::npos) << s.text();
  }
  dlc::Status s = l.session->bindInputDevice(9, small);
  EXPECT_EQ(s.code(), DLC_NOT_FOUND);
  Loaded cpu(addScale());
  s = cpu.session->bindInputDevice(0, small);
  EXPECT_NE(s.text().find("this session runs on the CPU"), std::string::npos) << s.text();
}

TEST_F(Caller, ContextAndStream) {
  Own own(false);
  CUstream stream = nullptr;
  ASSERT_EQ(own.cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING), CUDA_SUCCESS);
  {
    dlc::SessionOptions options = simOptions();
    options.cuda_context = own.context;
    options.cuda_stream = stream;
    Loaded l(cudaAddScale(64), options);
    ASSERT_TRUE(l.session);
    void *in = own.floats(Floats(64, 1)), *out = own.floats(Floats(64, -1));
    ASSERT_OK(l.session->bindInputDevice(0, in));
    ASSERT_OK(l.session->bindOutputDevice(0, out));
    // Work of the caller's before and behind the run, on the same stream; one wait at the end.
    Floats three(64, 3), result(64);
    ASSERT_EQ(own.cuMemcpyHtoDAsync(reinterpret_cast<CUdeviceptr>(in), three.data(), 256, stream), CUDA_SUCCESS);
    ASSERT_OK(l.session->runAsync());
    ASSERT_EQ(own.cuMemcpyDtoHAsync(result.data(), reinterpret_cast<CUdeviceptr>(out), 256, stream), CUDA_SUCCESS);
    ASSERT_EQ(own.cuStreamSynchronize(stream), CUDA_SUCCESS);
    EXPECT_EQ(result[0], 8);
    ASSERT_OK(l.session->synchronize());
  }
  // The session has left both to the caller.
  EXPECT_EQ(own.cuStreamSynchronize(stream), CUDA_SUCCESS);
  EXPECT_EQ(own.cuStreamDestroy(stream), CUDA_SUCCESS);
}

TEST_F(Caller, SharedWeightsNeedOneContext) {
  Own own(false);
  Loaded first(cudaTrainer(), simOptions());
  ASSERT_TRUE(first.session);
  dlc::SessionOptions options = simOptions();
  options.share = first.session->get();
  options.cuda_context = own.context;
  auto second = first.executable->session(options);
  ASSERT_FALSE(second);
  EXPECT_NE(second.status().text().find("sessions that share weights run in one context"), std::string::npos)
      << second.status().text();
}

/// What making a session of `b` says.
std::string refusal(Builder b, dlc_code code, dlc::SessionOptions options = simOptions()) {
  std::vector<char> file = b.bytes();
  auto e = dlc::Executable::load(file.data(), file.size());
  if (!e)
    return "cannot load: " + e.status().text();
  auto s = e->session(options);
  EXPECT_FALSE(s);
  EXPECT_EQ(s.status().code(), code) << s.status().text();
  return s.status().text();
}

#define EXPECT_SAYS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

TEST_F(Errors, OutOfMemorySaysWhatWasWantedAndWhatThereIs) {
  CudaBuilder b = cudaAddScale(8);
  b.variant.arenaBytes = uint64_t(1) << 40;
  std::string text = refusal(b, DLC_OUT_OF_MEMORY);
  EXPECT_SAYS(text, "no device memory for 1099.51 GB of the arena, inputs and outputs");
  EXPECT_SAYS(text, " are free on ");
  EXPECT_SAYS(text, "1099.51 GB for its arena");
}

TEST_F(Errors, LimitsOfTheCard) {
  CudaBuilder b = cudaAddScale(8);
  b.variant.steps[1].grid = {1, 70000, 1};
  EXPECT_SAYS(refusal(b, DLC_UNSUPPORTED), "step 1 (scale2_node): scale2 wants a grid of 1x70000x1");
  b = cudaAddScale(8);
  b.variant.steps[0].block = {2048, 1, 1};
  EXPECT_SAYS(refusal(b, DLC_UNSUPPORTED), "add wants blocks of 2048x1x1 threads");
  b = cudaAddScale(8);
  b.variant.steps[0].shared = 1 << 20;
  EXPECT_SAYS(refusal(b, DLC_UNSUPPORTED), "add wants 1048576 bytes of shared memory a block");
}

TEST_F(Errors, LargeSharedMemoryIsAskedFor) {
  CudaBuilder b = cudaAddScale(8);
  b.variant.steps[0].shared = 100 << 10;
  // The same kernel with less: what was granted stays.
  b.launch("add", {0, 1, b.output({8})}, 8).shared = 60 << 10;
  Loaded l(b, simOptions());
  ASSERT_TRUE(l.session);
  ASSERT_OK(l.session->run());
  EXPECT_EQ(values(*l.session, 0, 8)[7], 16);
}

TEST_F(Errors, CodeThatDoesNotFit) {
  CudaBuilder b = cudaAddScale(8);
  b.variant.codes[0].bytes = dlc::exe::Bytes::own(".version 8.0\n.target sm_80\n.address_size 64\n");
  EXPECT_SAYS(refusal(b, DLC_BAD_FILE), "the code has no kernel 'add'");
  b.variant.codes[0].bytes = dlc::exe::Bytes::own("this is no PTX");
  EXPECT_SAYS(refusal(b, DLC_BAD_FILE), "cannot load unit 0 (PTX compute_80): cuModuleLoadDataEx failed with 2");
  b = cudaAddScale(8);
  b.variant.target = "cuda:sm_75";
  EXPECT_SAYS(refusal(b, DLC_UNSUPPORTED), "no variant of this file runs on sim here (cuda:sm_75: this card has");
  b = cudaAddScale(8);
  b.variant.codes.clear();
  EXPECT_SAYS(refusal(b, DLC_UNSUPPORTED),
              "(compute capability 8.0): the file has none; or compile the model for sm_80");
}

TEST_F(Errors, NeitherCodeNorCompiler) {
  CudaBuilder b = cudaAddScale(8);
  b.variant.codes[0] = {CodeKind::CudaText, "", 0, dlc::exe::Bytes::own("extern \"C\" __global__ void add() {}")};
  setenv("DLC_NVRTC", "/nowhere/libnvrtc.so", 1);
  std::string text = refusal(b, DLC_UNSUPPORTED);
  unsetenv("DLC_NVRTC");
  EXPECT_SAYS(text, "the file has CUDA text, and the text cannot be compiled here: NVRTC was not found (looked at");
  EXPECT_SAYS(text, "/nowhere/libnvrtc.so");
  EXPECT_SAYS(text, "set DLC_NVRTC");
}

TEST_F(Errors, UnknownDevices) {
  for (const char *name : {"gpu", "cuda:", "cuda:x", "sim:", "cpu:1", "auto:2"}) {
    dlc::SessionOptions options = simOptions();
    options.device_name = name;
    EXPECT_SAYS(refusal(cudaAddScale(8), DLC_INVALID_ARGUMENT, options), "unknown device '" + std::string(name) + "'");
  }
  dlc::SessionOptions options = simOptions();
  options.device_name = "sim:voodoo";
  dlc_code code = DLC_OK;
  std::vector<char> file = cudaAddScale(8).bytes();
  auto e = dlc::Executable::load(file.data(), file.size());
  ASSERT_TRUE(e);
  auto s = e->session(options);
  ASSERT_FALSE(s);
  code = s.status().code();
  // The process may already simulate the default card.
  EXPECT_TRUE(code == DLC_INVALID_ARGUMENT || code == DLC_NO_DEVICE) << s.status().text();
}

TEST_F(Errors, AKernelThatGoesAstray) {
  reportsExpected = true;
  for (bool stepwise : {false, true}) {
    CudaBuilder b = cudaAddScale(8);
    uint32_t out = b.output({8});
    b.launch("stray", {out}, 8).sources = {"conv1", "relu1"};
    if (stepwise)
      setenv("DLC_CUDA_STEPWISE", "1", 1);
    Loaded l(b, simOptions());
    unsetenv("DLC_CUDA_STEPWISE");
    ASSERT_TRUE(l.session);
    dlc::Status s = l.session->run();
    if (s.code() == DLC_CHECK_FAILED) { // checks that are on keep it from happening, and report it
      EXPECT_SAYS(s.text(), stepwise ? "step 2 (conv1, relu1): kernel stray: " : "stray");
      Simulator::get().gpusim_reset();
      continue;
    }
    EXPECT_EQ(s.code(), DLC_DEVICE_LOST) << s.text();
    EXPECT_SAYS(s.text(), "700");
    EXPECT_SAYS(s.text(), stepwise ? "step 2 (conv1, relu1): kernel stray: " : "stray");
    // Every later call fails, too, and nothing hangs.
    EXPECT_EQ(l.session->run().code(), DLC_DEVICE_LOST);
  }
  // The next session starts with a sound context.
  Loaded l(cudaAddScale(8), simOptions());
  ASSERT_TRUE(l.session);
  ASSERT_OK(l.session->run());
  EXPECT_EQ(values(*l.session, 0, 8)[7], 16);
}

} // namespace
