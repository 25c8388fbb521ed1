// The CUDA device on the simulated driver: steps, views, state, binding, streams, asynchronous runs.
#include "tests/runtime/CudaImages.h"

using namespace dlc::test;

namespace {

using Session = CudaTest;

TEST_F(Session, RunsStepsThroughTheArena) {
  Loaded l(cudaAddScale(4), simOptions());
  ASSERT_TRUE(l.session);
  EXPECT_EQ(l.session->device(), DLC_DEVICE_SIM);
  EXPECT_EQ(l.session->deviceName(), "sim");
  EXPECT_EQ(l.session->summary(), "device sim, variant cuda:base (asked for)");
  ASSERT_OK(l.session->setInput(0, Floats{10, 20, 30, 40}));
  ASSERT_OK(l.session->run());
  EXPECT_EQ(values(*l.session, 0, 4), (Floats{22, 44, 66, 88}));
  ASSERT_OK(l.session->setInput(0, Floats{0, 0, 0, 0}));
  ASSERT_OK(l.session->run());
  EXPECT_EQ(values(*l.session, 0, 4), (Floats{2, 4, 6, 8}));
  ASSERT_EQ(l.session->stepCount(), 2u);
  EXPECT_STREQ(l.session->step(1).implementation, "kernel scale2");
}

TEST_F(Session, StepsOfAGraphHaveNoTimes) {
  Loaded l(cudaAddScale(4), simOptions());
  ASSERT_TRUE(l.session);
  EXPECT_EQ(l.session->timeSteps(true).code(), DLC_UNSUPPORTED);
  ASSERT_OK(l.session->timeSteps(false));
}

TEST_F(Session, InputsAreZeroUntilTheyAreSet) {
  Loaded l(cudaAddScale(4), simOptions());
  ASSERT_TRUE(l.session);
  EXPECT_EQ(values(*l.session, 0, 4), (Floats{0, 0, 0, 0}));
  ASSERT_OK(l.session->run());
  EXPECT_EQ(values(*l.session, 0, 4), (Floats{2, 4, 6, 8}));
}

TEST_F(Session, ARunIsOneGraphLaunch) {
  Loaded l(cudaAddScale(4), simOptions());
  ASSERT_TRUE(l.session);
  const Simulator &sim = Simulator::get();
  auto graphs = sim.gpusim_calls("cuGraphLaunch"), kernels = sim.gpusim_calls("cuLaunchKernel"),
       made = sim.gpusim_calls("cuGraphInstantiateWithFlags");
  for (int i = 0; i != 3; ++i)
    ASSERT_OK(l.session->run());
  EXPECT_EQ(sim.gpusim_calls("cuGraphLaunch"), graphs + 3);
  EXPECT_EQ(sim.gpusim_calls("cuLaunchKernel"), kernels);
  EXPECT_EQ(sim.gpusim_calls("cuGraphInstantiateWithFlags"), made);
}

TEST_F(Session, ViewsShareMemory) {
  CudaBuilder b;
  b.input({8});
  b.output({4});
  uint32_t half = b.buffer(BufferKind::Input, 0, {4}, DType::F32, 16), out = b.buffer(BufferKind::Output, 0, {4});
  uint32_t whole = b.arena({8}), in = 0;
  uint32_t view = b.buffer(BufferKind::Arena, 0, {4}, DType::F32, 16);
  b.launch("scale2", {in, whole}, 8);
  b.launch("add", {half, view, out}, 4, {0});
  Loaded l(b, simOptions());
  ASSERT_TRUE(l.session);
  ASSERT_OK(l.session->setInput(0, Floats{1, 2, 3, 4, 5, 6, 7, 8}));
  ASSERT_OK(l.session->run());
  EXPECT_EQ(values(*l.session, 0, 4), (Floats{15, 18, 21, 24}));
}

TEST_F(Session, BranchesJoin) {
  // Two independent branches and a step that does nothing between them and the join.
  CudaBuilder b;
  uint32_t x = b.input({64}), y = b.input({64}), p = b.arena({64}), q = b.arena({64}), none = b.arena({0}),
           out = b.output({64});
  b.launch("scale2", {x, p}, 64);
  b.launch("scale2", {y, q}, 64);
  b.launch("scale2", {none, none}, 64, {0, 1}).work = 0;
  b.launch("add", {p, q, out}, 64, {2});
  Loaded l(b, simOptions());
  ASSERT_TRUE(l.session);
  EXPECT_STREQ(l.session->step(2).implementation, "nothing (empty)");
  ASSERT_OK(l.session->setInput(0, Floats(64, 1)));
  ASSERT_OK(l.session->setInput(1, Floats(64, 10)));
  ASSERT_OK(l.session->run());
  EXPECT_EQ(values(*l.session, 0, 64), Floats(64, 22));
}

TEST_F(Session, CopiesAndFills) {
  CudaBuilder b;
  uint32_t in = b.input({4}), out = b.output({4});
  b.copy(in, out);
  struct {
    uint64_t pattern;
    uint32_t width;
  } fills[] = {{0xab, 1}, {0x1234, 2}, {0x3f800000, 4}, {0x0102030405060708, 8}, {0x1111111111111111, 8}};
  for (auto &f : fills)
    b.fill(b.output({16}, DType::U8), f.pattern, f.width);
  Loaded l(b, simOptions());
  ASSERT_TRUE(l.session);
  ASSERT_OK(l.session->setInput(0, Floats{1, 2, 3, 4}));
  ASSERT_OK(l.session->run());
  EXPECT_EQ(values(*l.session, 0, 4), (Floats{1, 2, 3, 4}));
  for (size_t i = 0; i != std::size(fills); ++i) {
    std::vector<uint8_t> got(16), want(16);
    for (size_t k = 0; k != 16; ++k)
      want[k] = uint8_t(fills[i].pattern >> (8 * (k % fills[i].width)));
    ASSERT_OK(l.session->getOutput(i + 1, got));
    EXPECT_EQ(got, want) << i;
  }
}

TEST_F(Session, StepwiseRunsDoTheSame) {
  setenv("DLC_CUDA_STEPWISE", "1", 1);
  Loaded l(cudaTrainer(), simOptions());
  unsetenv("DLC_CUDA_STEPWISE");
  ASSERT_TRUE(l.session);
  ASSERT_OK(l.session->setInput(0, Floats{2, 2, 2}));
  ASSERT_OK(l.session->run());
  EXPECT_EQ(values(*l.session, 0, 3), (Floats{0, 1, 2}));
}

TEST_F(Session, StateStaysOnTheDevice) {
  Loaded l(cudaTrainer(), simOptions());
  ASSERT_TRUE(l.session);
  ASSERT_OK(l.session->setInput(0, Floats{2, 2, 2}));
  const Simulator &sim = Simulator::get();
  auto down = sim.gpusim_calls("cuMemcpyDtoHAsync"), up = sim.gpusim_calls("cuMemcpyHtoDAsync");
  ASSERT_OK(l.session->run());
  ASSERT_OK(l.session->run());
  EXPECT_EQ(sim.gpusim_calls("cuMemcpyDtoHAsync"), down); // nothing is read that nobody asks for
  EXPECT_EQ(sim.gpusim_calls("cuMemcpyHtoDAsync"), up);
  EXPECT_EQ(values(*l.session, 0, 3), (Floats{-1, 0, 1}));
  Floats now(3);
  ASSERT_OK(l.session->read("w", now.data(), 12));
  EXPECT_EQ(now, (Floats{-1, 0, 1}));
  Floats fresh{7, 7, 7};
  ASSERT_OK(l.session->write("w", fresh.data(), 12));
  ASSERT_OK(l.session->run());
  EXPECT_EQ(values(*l.session, 0, 3), (Floats{6, 6, 6}));
  auto other = l.executable->session(simOptions());
  ASSERT_TRUE(other);
  ASSERT_OK(other->read("w", now.data(), 12));
  EXPECT_EQ(now, (Floats{1, 2, 3}));
}

TEST_F(Session, StateGoesToAFileAndBack) {
  std::string path = ::testing::TempDir() + "dlc-cuda-state-" + std::to_string(getpid()) + ".safetensors";
  CudaBuilder b = cudaTrainer();
  b.weight("f", {4, 5, 6});
  Loaded l(b, simOptions());
  ASSERT_TRUE(l.session);
  ASSERT_OK(l.session->setInput(0, Floats{2, 2, 2}));
  ASSERT_OK(l.session->runAsync());
  ASSERT_OK(l.session->save(path, "one")); // waits
  ASSERT_OK(l.session->run());
  EXPECT_EQ(values(*l.session, 0, 3), (Floats{-1, 0, 1}));
  auto other = l.executable->session(simOptions());
  ASSERT_TRUE(other);
  ASSERT_OK(other->load(path));
  EXPECT_EQ(other->note(), "one");
  Floats now(3);
  ASSERT_OK(other->read("w", now.data(), 12));
  EXPECT_EQ(now, (Floats{0, 1, 2}));
  ASSERT_OK(other->setInput(0, Floats{2, 2, 2}));
  ASSERT_OK(other->run());
  EXPECT_EQ(values(*other, 0, 3), (Floats{-1, 0, 1}));
  std::remove(path.c_str());
}

TEST_F(Session, SharesStateWithAnotherProgram) {
  Loaded train(cudaTrainer({1, 2, 3}), simOptions());
  ASSERT_TRUE(train.session);
  CudaBuilder b;
  uint32_t w = b.weight("w", {100, 100, 100}), out = b.output({3});
  b.launch("scale2", {w, out}, 3);
  dlc::SessionOptions options = simOptions();
  options.share = train.session->get();
  Loaded eval(b, options);
  ASSERT_TRUE(eval.session);
  ASSERT_OK(train.session->setInput(0, Floats{2, 2, 2}));
  // In one order, though nobody waits in between.
  ASSERT_OK(train.session->runAsync());
  ASSERT_OK(eval.session->runAsync());
  ASSERT_OK(train.session->runAsync());
  EXPECT_EQ(values(*eval.session, 0, 3), (Floats{0, 2, 4}));
  ASSERT_OK(eval.session->run());
  EXPECT_EQ(values(*eval.session, 0, 3), (Floats{-2, 0, 2}));
  train.session.reset();
  train.executable.reset();
  ASSERT_OK(eval.session->run());
  EXPECT_EQ(values(*eval.session, 0, 3), (Floats{-2, 0, 2}));
}

TEST_F(Session, SharesStateOnOneDeviceOnly) {
  CudaBuilder cuda = cudaTrainer();
  Builder both;
  both.image = cuda.image;
  both.variant.buffers = cuda.variant.buffers;
  both.launch("sgd", {1, 0, 1}, 3);
  both.image.variants.push_back(cuda.variant);
  dlc::SessionOptions cpu = dlc::sessionOptions();
  cpu.device = DLC_DEVICE_CPU;
  Loaded first(both, cpu);
  ASSERT_TRUE(first.session);
  dlc::SessionOptions options = simOptions();
  options.share = first.session->get();
  auto second = first.executable->session(options);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.status().code(), DLC_INVALID_ARGUMENT);
  EXPECT_NE(second.status().text().find("sessions that share state run on one device"), std::string::npos)
      << second.status().text();
}

TEST_F(Session, FrozenWeightsAreUploadedOnce) {
  constexpr uint32_t n = 1 << 16;
  Loaded l(cudaAddScale(n), simOptions());
  ASSERT_TRUE(l.session);
  auto before = Simulator::get().gpusim_calls("cuMemcpyHtoDAsync");
  auto second = l.executable->session(simOptions());
  ASSERT_TRUE(second);
  EXPECT_EQ(Simulator::get().gpusim_calls("cuMemcpyHtoDAsync"), before);
  ASSERT_OK(second->setInput(0, Floats(n, 1)));
  l.session.reset(); // they belong to both
  ASSERT_OK(second->run());
  Floats out = values(*second, 0, n);
  EXPECT_EQ(out[0], 4);
  EXPECT_EQ(out[n - 1], 2 * (1 + float(n)));
}

TEST_F(Session, BindsHostMemory) {
  Loaded l(cudaAddScale(4), simOptions());
  ASSERT_TRUE(l.session);
  alignas(64) char raw[64 + 4];
  auto *in = reinterpret_cast<float *>(raw + 4);
  Floats out(4, -1);
  ASSERT_OK(l.session->bindInput(0, in));
  ASSERT_OK(l.session->bindOutput(0, out.data()));
  for (float base : {0.f, 5.f}) {
    for (int i = 0; i != 4; ++i)
      in[i] = base;
    ASSERT_OK(l.session->run());
    EXPECT_EQ(out, (Floats{2 * base + 2, 2 * base + 4, 2 * base + 6, 2 * base + 8}));
  }
  ASSERT_OK(l.session->bindInput(0, nullptr));
  ASSERT_OK(l.session->bindOutput(0, nullptr));
  ASSERT_OK(l.session->setInput(0, Floats{1, 1, 1, 1}));
  ASSERT_OK(l.session->run());
  EXPECT_EQ(out[0], 12);
  EXPECT_EQ(values(*l.session, 0, 4), (Floats{4, 6, 8, 10}));
}

TEST_F(Session, LendsItsOwnHostMemory) {
  Loaded l(cudaAddScale(4), simOptions());
  ASSERT_TRUE(l.session);
  ASSERT_OK(l.session->setInput(0, Floats{3, 3, 3, 3}));
  auto *in = static_cast<float *>(l.session->inputData(0));
  auto *out = static_cast<float *>(l.session->outputData(0));
  ASSERT_TRUE(in && out);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(in) % 64 + reinterpret_cast<uintptr_t>(out) % 64, 0u);
  EXPECT_EQ(in[0], 3);
  in[0] = 10;
  ASSERT_OK(l.session->run());
  EXPECT_EQ(out[0], 22);
  EXPECT_EQ(out[1], 10);
  in[1] = 20;
  ASSERT_OK(l.session->runAsync());
  in[1] = 777; // taken already
  ASSERT_OK(l.session->synchronize());
  EXPECT_EQ(out[1], 44);
}

TEST_F(Session, AsynchronousStepsDoWhatStepsDo) {
  // w -= 0.5 * g, with another g each time, all started before any is waited for.
  Loaded l(cudaTrainer({0, 0, 0}), simOptions());
  ASSERT_TRUE(l.session);
  const Simulator &sim = Simulator::get();
  auto waits = sim.gpusim_calls("cuStreamSynchronize"), graphs = sim.gpusim_calls("cuGraphInstantiateWithFlags");
  Floats g(3), want(3, 0.f);
  for (int step = 1; step <= 10; ++step) {
    for (int i = 0; i != 3; ++i) {
      g[i] = float(step * (i + 1));
      want[i] -= 0.5f * g[i];
    }
    ASSERT_OK(l.session->setInput(0, g));
    ASSERT_OK(l.session->runAsync());
  }
  EXPECT_LE(sim.gpusim_calls("cuStreamSynchronize"), waits + 1);
  // The input has two places, so that one is filled while the other is read: a graph for each.
  EXPECT_EQ(sim.gpusim_calls("cuGraphInstantiateWithFlags"), graphs + 1);
  ASSERT_OK(l.session->synchronize());
  EXPECT_EQ(values(*l.session, 0, 3), want);
  // And back to waiting ones.
  ASSERT_OK(l.session->run());
  for (int i = 0; i != 3; ++i)
    want[i] -= 0.5f * g[i];
  EXPECT_EQ(values(*l.session, 0, 3), want);
}

TEST_F(Session, InputsOfAsynchronousRunsKeepApart) {
  CudaBuilder b;
  uint32_t x = b.input({64}), y = b.input({64}), out = b.output({64});
  b.launch("add", {x, y, out}, 64);
  Loaded l(b, simOptions());
  ASSERT_TRUE(l.session);
  Floats got(64);
  ASSERT_OK(l.session->setInput(1, Floats(64, 1000)));
  for (int i = 0; i != 9; ++i) {
    ASSERT_OK(l.session->setInput(0, Floats(64, float(i))));
    if (i % 3 == 2)
      ASSERT_OK(l.session->setInput(1, Floats(64, float(1000 * i))));
    if (i == 4) // twice before a run: the last one counts
      ASSERT_OK(l.session->setInput(0, Floats(64, 40.f)));
    ASSERT_OK(l.session->runAsync());
    float second = i < 2 ? 1000.f : float(1000 * (i / 3 * 3 + (i % 3 == 2 ? 2 : -1)));
    ASSERT_OK(l.session->getOutput(0, got));
    EXPECT_EQ(got, Floats(64, (i == 4 ? 40.f : float(i)) + second)) << i;
  }
}

TEST_F(Session, ZeroSizedTensors) {
  CudaBuilder b;
  uint32_t in = b.input({0}), out = b.output({0}), other = b.output({4});
  b.launch("scale2", {in, out}, 1);
  b.fill(other, 0x3f800000, 4);
  Loaded l(b, simOptions());
  ASSERT_TRUE(l.session);
  ASSERT_OK(l.session->setInput(0, Floats{}));
  ASSERT_OK(l.session->run());
  EXPECT_EQ(values(*l.session, 0, 0), Floats{});
  EXPECT_EQ(values(*l.session, 1, 4), Floats(4, 1));
  EXPECT_STREQ(l.session->step(0).implementation, "nothing (empty)");
}

} // namespace
