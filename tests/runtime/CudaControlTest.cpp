// Loops and branches that a run decides about: conditional nodes of the one graph, and the host where a driver has
// none. Run with the simulated driver, and with one that lacks their functions.
#include "tests/runtime/CudaImages.h"

using namespace dlc::test;

namespace {

struct Control : CudaTest {
  const Simulator &sim = Simulator::get();
  bool nodes = sim.driver<void>("cuGraphAddNode_v2") != nullptr;

  void SetUp() override {
    CudaTest::SetUp();
    for (const char *name : {"cuGraphAddNode_v2", "cuGraphConditionalHandleCreate"})
      ASSERT_EQ(sim.driver<void>(name) != nullptr, nodes);
  }
  /// What the session says of a step.
  static std::string says(dlc::Session &s, size_t step) {
    dlc_step_info info{};
    EXPECT_EQ(dlc_session_step(s.get(), step, &info), nullptr);
    return info.implementation;
  }
  static Floats ran(dlc::Session &s, const Floats &in, size_t n = 8) {
    Floats out(n, -1);
    dlc::Status status = s.setInput(0, in);
    if (status.ok())
      status = s.run();
    if (status.ok())
      status = s.getOutput(0, out);
    EXPECT_TRUE(status.ok()) << status.text();
    return out;
  }
  void expectHeld(dlc::Session &s, size_t step, const std::string &what) const {
    std::string said = says(s, step);
    EXPECT_EQ(said.rfind(what + (nodes ? ", in the graph" : ", by the host: the driver supports CUDA "), 0), 0u)
        << said;
  }
};

/// What cudaControl computes.
Floats doubled(Floats x, int most = 4) {
  bool go = x[0] < 100;
  for (int i = 0; go && i != most; ++i) {
    for (float &v : x)
      v *= 2;
    go = x[0] < 100;
  }
  for (float &v : x)
    v *= go ? 1 : 2;
  return x;
}

TEST_F(Control, ALoopAndABranchDependOnData) {
  Loaded l(cudaControl(), simOptions());
  ASSERT_TRUE(l.session);
  expectHeld(*l.session, 2, "a loop");
  expectHeld(*l.session, 6, "one of two bodies");
  long long reads = sim.gpusim_calls("cuMemcpyDtoHAsync"), launches = sim.gpusim_calls("cuLaunchKernel");
  for (float first : {1.f, 30.f, 60.f, 99.f, 100.f, 7.f}) {
    Floats in = {first, 2, 3, 4, 5, 6, 7, 8};
    EXPECT_EQ(ran(*l.session, in), doubled(in)) << first;
  }
  reads = sim.gpusim_calls("cuMemcpyDtoHAsync") - reads;
  launches = sim.gpusim_calls("cuLaunchKernel") - launches;
  EXPECT_EQ(launches == 0, nodes);
  EXPECT_EQ(reads > 6, !nodes) << reads; // one an output, and one a decision
}

TEST_F(Control, RunsThatOverlapDecideForThemselves) {
  Loaded l(cudaControl(), simOptions());
  ASSERT_TRUE(l.session);
  Floats a = {40, 1, 1, 1, 1, 1, 1, 1}, b = {3, 2, 2, 2, 2, 2, 2, 2}, bound(8);
  ASSERT_OK(l.session->bindOutput(0, bound.data()));
  ASSERT_OK(l.session->setInput(0, a));
  ASSERT_OK(l.session->runAsync());
  ASSERT_OK(l.session->setInput(0, b));
  ASSERT_OK(l.session->runAsync());
  ASSERT_OK(l.session->synchronize());
  EXPECT_EQ(bound, doubled(b));
}

/// out[i][j] = in[i][j] + w, loop in loop; the rows of the inner one move with both. `inner` ends it by condition.
CudaBuilder nested(bool conditions) {
  CudaBuilder b;
  b.variant.codes[0].bytes = dlc::exe::Bytes::own(ptxModule() + ptxBelow());
  constexpr int64_t outer = 3, inner = 4, row = 64;
  uint32_t in = b.input({outer, inner, 16}), out = b.output({outer, inner, 16});
  uint32_t w = b.weight("w", Floats(16, 0.5f)), go = b.arena({1}, DType::Bool), nought = b.weight("o", Floats(16, 0));
  for (uint32_t port : {in, out}) {
    b.variant.buffers[port].byteSize = row;
    b.variant.buffers[port].shape = {16};
    b.variant.buffers[port].advance = {inner * row, row};
  }
  b.launch("below", {nought, go}, 1); // true
  for (uint32_t i = 0; i != 2; ++i) {
    Step s;
    s.kind = StepKind::While;
    s.args = {go};
    if (conditions)
      s.condition = 0;
    s.bodies = {2 - i};
    s.limit = i ? inner : outer;
    s.deps = i ? std::vector<uint32_t>() : std::vector<uint32_t>{0};
    b.variant.steps.push_back(s);
  }
  b.launch("add", {in, w, out}, 16);
  return b;
}

TEST_F(Control, RowsMoveWithTheStepsOfTwoLoops) {
  for (bool conditions : {true, false}) {
    Loaded l(nested(conditions), simOptions());
    ASSERT_TRUE(l.session);
    if (conditions)
      expectHeld(*l.session, 2, "a loop");
    else
      EXPECT_EQ(says(*l.session, 2), "a loop, unrolled in the graph");
    Floats in(192), want;
    for (size_t i = 0; i != in.size(); ++i) {
      in[i] = float(i);
      want.push_back(float(i) + 0.5f);
    }
    EXPECT_EQ(ran(*l.session, in, 192), want);
    EXPECT_EQ(ran(*l.session, want, 192)[191], 192.f);
  }
}

/// w added to in0, over and over.
CudaBuilder many(int64_t limit) {
  CudaBuilder b;
  uint32_t in = b.input({8}), out = b.output({8}), w = b.weight("w", Floats(8, 1));
  b.copy(in, out);
  Step s;
  s.kind = StepKind::While;
  s.args = {out};
  s.bodies = {1};
  s.limit = limit;
  s.deps = {0};
  b.variant.steps.push_back(s);
  b.launch("add", {out, w, out}, 8);
  return b;
}

TEST_F(Control, LoopsThatAreTooLongToUnrollAreNodes) {
  for (int64_t limit : {0, 1, 200, 8192, 8193, 12000}) {
    Loaded l(many(limit), simOptions());
    ASSERT_TRUE(l.session);
    if (limit >= 8192) // one more for the copy
      expectHeld(*l.session, 1, "a loop");
    else
      EXPECT_EQ(says(*l.session, 1), "a loop, unrolled in the graph");
    EXPECT_EQ(ran(*l.session, Floats(8, 2))[7], float(limit + 2));
  }
}

TEST_F(Control, ADriverThatRefusesLeavesThemToTheHost) {
  if (!nodes)
    GTEST_SKIP() << "this driver has no conditional nodes to refuse";
  for (const char *name : {"cuGraphAddNode", "cuGraphConditionalHandleCreate", "cuModuleLoadDataEx"}) {
    bool module = std::string(name) == "cuModuleLoadDataEx"; // the second is that of the runtime's own kernels
    ASSERT_EQ(sim.gpusim_fail(name, module ? 2 : 1, module ? 222 : 801), 0);
    Loaded l(cudaControl(), simOptions());
    ASSERT_TRUE(l.session);
    std::string said = says(*l.session, 2);
    EXPECT_EQ(said.rfind("a loop, by the host: ", 0), 0u) << said;
    EXPECT_NE(said.find(std::string(name) + " failed with "), std::string::npos) << said;
    Floats in = {30, 2, 3, 4, 5, 6, 7, 8};
    EXPECT_EQ(ran(*l.session, in), doubled(in));
  }
}

TEST_F(Control, StepByStepIsByTheHost) {
  setenv("DLC_CUDA_STEPWISE", "1", 1);
  Loaded l(cudaControl(), simOptions());
  unsetenv("DLC_CUDA_STEPWISE");
  ASSERT_TRUE(l.session);
  EXPECT_EQ(says(*l.session, 2), "a loop, by the host: steps are run one by one");
  Floats in = {30, 2, 3, 4, 5, 6, 7, 8};
  EXPECT_EQ(ran(*l.session, in), doubled(in));
}

/// In memory that moves with a loop's steps, a kernel writes to what another argument goes through at another pace.
TEST_F(Control, ArgumentsThatMoveThroughEachOther) {
  CudaBuilder b = nested(true);
  b.variant.arenaBytes = 4096;
  uint32_t x = b.buffer(BufferKind::Arena, 0, {16}, DType::F32, 1024),
           y = b.buffer(BufferKind::Arena, 0, {16}, DType::F32, 1024);
  b.variant.buffers[x].advance = {0, 64};
  b.variant.buffers[y].advance = {0, 128};
  uint32_t w = b.weight("v", Floats(16, 1)), from = b.variant.steps[3].args[0];
  b.variant.steps[2].bodies = {3};
  b.variant.steps[1].bodies = {4};
  b.launch("add", {from, w, x}, 16, {});
  b.launch("scale2", {x, y}, 16, {4});
  Loaded l(std::move(b), simOptions());
  ASSERT_TRUE(l.session);
  std::string said = says(*l.session, 1);
  EXPECT_EQ(said.rfind("a loop, by the host: ", 0), 0u) << said;
  if (nodes)
    EXPECT_NE(said.find("at another pace"), std::string::npos) << said;
  EXPECT_EQ(ran(*l.session, Floats(192, 1), 192), Floats(192, 1.5f));
}

TEST_F(Control, ALoopThatDoesNotEnd) {
  if (!nodes)
    GTEST_SKIP() << "the host would not end it either";
  reportsExpected = true;
  CudaBuilder b = cudaControl();
  b.variant.steps[2].limit = -1;
  b.variant.steps[2].bodies = {2};
  for (uint32_t &arg : b.variant.steps[3].args) // no row moves for ever
    arg = arg == b.variant.steps[4].args[0] ? b.variant.steps[4].args[2] : arg;
  b.variant.steps.erase(b.variant.steps.begin() + 4);
  b.variant.steps[4].deps = {3};
  b.variant.steps[4].args[0] = b.input({8}); // that does not change
  Loaded l(b, simOptions());
  ASSERT_TRUE(l.session);
  ASSERT_OK(l.session->setInput(0, Floats(8, 0)));
  ASSERT_OK(l.session->setInput(1, Floats(8, 0)));
  dlc::Status s = l.session->run();
  EXPECT_EQ(s.code(), DLC_DEVICE_LOST) << s.text();
  EXPECT_NE(s.text().find("has run its body 20000 times"), std::string::npos) << s.text();
}

/// A kernel that jumps back to itself.
TEST_F(Control, AKernelThatDoesNotEnd) {
  reportsExpected = true;
  CudaBuilder b = cudaAddScale();
  b.variant.codes[0].bytes = dlc::exe::Bytes::own(".version 8.0\n.target sm_80\n.address_size 64\n" +
                                                  ptxKernel("add", 3, "AGAIN:\nadd.u32 %r5, %r5, 1;\nbra AGAIN;\n") +
                                                  ptxKernel("scale2", 2, ""));
  Loaded l(b, simOptions());
  ASSERT_TRUE(l.session);
  ASSERT_OK(l.session->setInput(0, Floats(8, 0)));
  dlc::Status s = l.session->run();
  EXPECT_EQ(s.code(), DLC_DEVICE_LOST) << s.text();
  EXPECT_NE(s.text().find("the kernel does not end"), std::string::npos) << s.text();
}

} // namespace
