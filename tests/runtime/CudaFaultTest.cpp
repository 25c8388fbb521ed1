// The fault-injection sweep: every call of every driver function fails once, in an inference and in a training step.
// Each time there is a Status that names what failed, or the run is right; nothing leaks, nothing crashes, and the next
// session of the process works.
#include "tests/runtime/CudaImages.h"

#include <map>

using namespace dlc::test;

namespace {

struct Outcome {
  std::string error; // "" where everything went well
  dlc_code code = DLC_OK;
  Floats result;
};

/// What a sweep runs.
struct Use {
  std::vector<char> file = {};
  bool trains = false;
  bool stepwise = false;
  std::vector<void *> inputs = {}, outputs = {}; // the caller's device memory; each pair is bound in turn
};

/// Loads, makes a session, runs it, waiting and not, reads, and frees.
Outcome run(const Use &u) {
  Outcome o;
  auto failed = [&](const dlc::Status &s) {
    if (!s.ok()) {
      o.error = s.text();
      o.code = s.code();
    }
    return !s.ok();
  };
  auto e = dlc::Executable::load(u.file.data(), u.file.size());
  if (!e) {
    failed(e.status());
    return o;
  }
  if (u.stepwise)
    setenv("DLC_CUDA_STEPWISE", "1", 1);
  auto s = e->session(simOptions());
  unsetenv("DLC_CUDA_STEPWISE");
  if (!s) {
    failed(s.status());
    return o;
  }
  Floats w(8, 2), bound(8, -1);
  o.result.resize(8);
  if (u.trains && failed(s->write("w", w.data(), 32)))
    return o;
  if (failed(s->setInput(0, Floats{1, 2, 3, 4, 5, 6, 7, 8})) || failed(s->run()))
    return o;
  for (size_t i = 0; i != u.inputs.size(); ++i)
    if (failed(s->bindInputDevice(0, u.inputs[i])) || failed(s->bindOutputDevice(0, u.outputs[i])) || failed(s->run()))
      return o;
  if (failed(s->bindOutput(0, bound.data())) || failed(s->setInput(0, Floats{2, 2, 2, 2, 4, 4, 4, 4})) ||
      failed(s->runAsync()) || failed(s->setInput(0, Floats{8, 7, 6, 5, 4, 3, 2, 1})) || failed(s->runAsync()) ||
      failed(s->synchronize()) || failed(s->getOutput(0, o.result)) || (u.trains && failed(s->read("w", w.data(), 32))))
    return o;
  // A training step's output is a copy of its state.
  if ((u.trains && w != o.result) || bound != o.result)
    o.error = "state, output and bound output differ";
  return o;
}

/// Failures of these reach nobody: they give back, or wait before giving back, or say what an error is called.
bool mayBeSilent(const std::string &name) {
  for (const char *word : {"Free", "Destroy", "Unload", "Release", "PopCurrent"})
    if (name.find(word) != std::string::npos)
      return true;
  return name == "cuStreamSynchronize" || name == "cuCtxPushCurrent";
}

/// The size of what is not asked for strictly: a caller's pointer may come from memory that knows no range.
bool mayBeIgnored(const std::string &name) { return name == "cuPointerGetAttribute"; }

void sweep(const Use &use, const std::vector<int> &results) {
  const Simulator &sim = Simulator::get();
  // Once undisturbed, for what happens once a process; then what it should give, and how often each is called.
  ASSERT_EQ(run(use).error, "");
  size_t held = sim.gpusim_check_leaks(); // by the test itself
  sim.gpusim_reset();
  std::map<std::string, long long> before, calls;
  for (size_t i = 0; const char *name = sim.gpusim_function(i); ++i)
    before[name] = sim.gpusim_calls(name);
  Outcome good = run(use);
  ASSERT_EQ(good.error, "");
  for (auto &[name, count] : before)
    if (long long n = sim.gpusim_calls(name.c_str()) - count; n > 0)
      calls[name] = n;
  ASSERT_GT(calls.size(), 20u);
  size_t cases = 0, told = 0;
  for (auto &[name, count] : calls)
    for (int result : results)
      for (long long nth = 1; nth <= count; ++nth) {
        SCOPED_TRACE(name + " call " + std::to_string(nth) + " gives " + std::to_string(result));
        sim.gpusim_reset();
        ASSERT_EQ(sim.gpusim_fail(name.c_str(), uint64_t(nth), result), 0);
        Outcome o = run(use);
        sim.gpusim_fail(name.c_str(), 0, 0);
        ++cases;
        if (o.error.empty()) {
          EXPECT_TRUE(mayBeSilent(name) || mayBeIgnored(name));
          EXPECT_EQ(o.result, good.result);
        } else {
          ++told;
          bool named = o.error.find(name) != std::string::npos;
          // Running out of memory, and pointers that are none, are told in words of their own.
          bool worded = (o.code == DLC_OUT_OF_MEMORY && o.error.find("memory") != std::string::npos) ||
                        (mayBeIgnored(name) && o.error.find("is not device memory") != std::string::npos);
          EXPECT_TRUE(named || worded) << o.error;
          EXPECT_NE(o.code, DLC_OK);
        }
        size_t leaks = sim.gpusim_check_leaks();
        EXPECT_EQ(leaks, held) << sim.gpusim_reports();
        if (testing::Test::HasFailure())
          return;
      }
  std::printf("%zu failures of %zu functions injected, %zu told by a Status\n", cases, calls.size(), told);
  sim.gpusim_reset();
  EXPECT_EQ(run(use).result, good.result);
}

std::vector<char> training() {
  CudaBuilder b = cudaTrainer(Floats(8, 1));
  b.fill(b.arena({8}), 0, 4);
  return b.bytes();
}

using Faults = CudaTest;

TEST_F(Faults, Inference) { sweep({cudaAddScale(8).bytes()}, {2, 700, 999}); }
TEST_F(Faults, TrainingStep) { sweep({training(), true}, {2, 700, 999}); }
TEST_F(Faults, LoopsAndBranches) { sweep({cudaControl().bytes()}, {2, 700, 999}); }
TEST_F(Faults, StepByStep) { sweep({training(), true, true}, {999}); }

TEST_F(Faults, DeviceMemoryOfTheCaller) {
  const Simulator &sim = Simulator::get();
  ASSERT_EQ(run({cudaAddScale(8).bytes()}).error, ""); // starts the driver
  auto *retain = sim.driver<int(void **, int)>("cuDevicePrimaryCtxRetain");
  auto *release = sim.driver<int(int)>("cuDevicePrimaryCtxRelease_v2");
  auto *push = sim.driver<int(void *)>("cuCtxPushCurrent_v2");
  auto *pop = sim.driver<int(void **)>("cuCtxPopCurrent_v2");
  auto *allocate = sim.driver<int(char **, size_t)>("cuMemAlloc_v2");
  auto *fill = sim.driver<int(void *, unsigned, size_t)>("cuMemsetD32_v2");
  auto *free = sim.driver<int(void *)>("cuMemFree_v2");
  void *context = nullptr;
  ASSERT_EQ(retain(&context, 0), 0);
  ASSERT_EQ(push(context), 0);
  Use use{cudaAddScale(8).bytes()};
  char *memory = nullptr;
  ASSERT_EQ(allocate(&memory, 12 * 256), 0);
  ASSERT_EQ(fill(memory, 0, 12 * 64), 0);
  for (int i = 0; i != 6; ++i) { // more than graphs are kept for: some are updated
    use.inputs.push_back(memory + 256 * i);
    use.outputs.push_back(memory + 256 * (6 + i));
  }
  sweep(use, {999});
  free(memory);
  pop(&context);
  release(0);
}

TEST_F(Faults, StartingTheDriver) {
  // What the runtime asks for before it makes anything.
  const Simulator &sim = Simulator::get();
  Use use{cudaAddScale(8).bytes()};
  for (const char *name : {"cuDeviceGetCount", "cuDeviceGetAttribute", "cuDevicePrimaryCtxRetain"}) {
    ASSERT_EQ(sim.gpusim_fail(name, 1, 100), 0);
    Outcome o = run(use);
    EXPECT_NE(o.error.find(name), std::string::npos) << o.error;
    EXPECT_EQ(o.code, DLC_NO_DEVICE) << o.error;
    EXPECT_EQ(run(use).error, "");
  }
}

} // namespace
