// Derived weights: init runs once, for all sessions that can share its results, on the host and on the simulated GPU.
#include "tests/runtime/CudaImages.h"

#include <atomic>
#include <thread>

using namespace dlc::test;

namespace {

/// out0 = in0 + 2 w, with 2 w derived: init's launch is the only one that reads w.
template <class B> B derivedScale(Floats w = {1, 2, 3, 4}, const std::string &name = "w.scaled") {
  B b;
  auto n = int64_t(w.size());
  b.weight("w", w);
  Variant main = b.variant, init = b.variant;
  main.buffers.clear();
  b.variant = main;
  b.variant.derived.push_back({name, DType::F32, {n}});
  uint32_t in = b.input({n}), derived = b.buffer(BufferKind::Derived, 0, {n}), out = b.output({n});
  b.launch("add", {in, derived, out}, n);
  main = b.variant;
  b.variant = init;
  uint32_t to = b.buffer(BufferKind::Derived, 0, {n});
  b.launch("scale2", {0, to}, n);
  main.init.push_back(b.variant);
  b.variant = main;
  return b;
}

/// Counts what the library asks of it.
struct Counted {
  std::atomic<int> allocations = 0, live = 0;
  dlc_allocator callbacks() {
    return {this,
            [](void *user, size_t size, size_t alignment) {
              auto *self = static_cast<Counted *>(user);
              ++self->allocations;
              ++self->live;
              return aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
            },
            [](void *user, void *pointer, size_t) {
              --static_cast<Counted *>(user)->live;
              free(pointer);
            }};
  }
};

TEST(Derived, InitRunsAtLoad) {
  Loaded l(derivedScale<Builder>());
  ASSERT_TRUE(l.session);
  ASSERT_OK(l.session->setInput(0, Floats{10, 20, 30, 40}));
  ASSERT_OK(l.session->run());
  EXPECT_EQ(values(*l.session, 0, 4), (Floats{12, 24, 36, 48}));
  ASSERT_EQ(l.session->stepCount(), 1u);
}

TEST(Derived, SessionsOfOneProgramShareThem) {
  Counted memory;
  dlc::SessionOptions options = dlc::sessionOptions();
  options.allocator = memory.callbacks();
  {
    Loaded first(derivedScale<Builder>(Floats(1024, 1)), options);
    ASSERT_TRUE(first.session);
    int alone = memory.allocations;
    auto second = first.executable->session(options);
    ASSERT_TRUE(second) << second.status().text();
    // Input and output, but neither derived weights nor anything that only init needs.
    EXPECT_EQ(memory.allocations - alone, 2);
    first.session.reset();
    ASSERT_OK(second->run());
    EXPECT_EQ(values(*second, 0, 1024), Floats(1024, 2));
  }
  EXPECT_EQ(memory.live, 0);
}

TEST(Derived, SixteenThreadsLoadAtOnce) {
  Builder b = derivedScale<Builder>();
  std::vector<char> file = b.bytes();
  auto executable = dlc::Executable::load(file.data(), file.size());
  ASSERT_TRUE(executable);
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t != 16; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i != 8; ++i) {
        auto session = executable->session(dlc::sessionOptions());
        if (session && session->setInput(0, Floats(4, float(t))).ok() && session->run().ok())
          right += values(*session, 0, 4) == Floats{t + 2.f, t + 4.f, t + 6.f, t + 8.f};
      }
    });
  for (std::thread &t : threads)
    t.join();
  EXPECT_EQ(right, 16 * 8);
}

TEST(Derived, AreTakenFromASharedSessionByName) {
  // The second program's own w differs; what it shares counts, for the derived weights as for w itself.
  Loaded first(derivedScale<Builder>({1, 2, 3, 4}));
  ASSERT_TRUE(first.session);
  dlc::SessionOptions options = dlc::sessionOptions();
  options.share = first.session->get();
  for (const char *name : {"w.scaled", "w.other"}) { // taken, or computed from the shared w
    Loaded second(derivedScale<Builder>({5, 5, 5, 5}, name), options);
    ASSERT_TRUE(second.session);
    ASSERT_OK(second.session->run());
    EXPECT_EQ(values(*second.session, 0, 4), (Floats{2, 4, 6, 8})) << name;
  }
}

TEST(Derived, WhatTrainsCannotBeDerivedFrom) {
  Builder train;
  uint32_t w = train.weight("w", {1, 2, 3, 4}, Role::State), out = train.output({4});
  train.launch("scale2", {w, out}, 4);
  Loaded training(train);
  ASSERT_TRUE(training.session);
  dlc::SessionOptions options = dlc::sessionOptions();
  options.share = training.session->get();
  std::vector<char> file = derivedScale<Builder>().bytes();
  auto executable = dlc::Executable::load(file.data(), file.size());
  ASSERT_TRUE(executable);
  auto session = executable->session(options);
  ASSERT_FALSE(session);
  EXPECT_EQ(session.status().code(), DLC_INVALID_ARGUMENT);
  EXPECT_NE(session.status().text().find("derives weights from 'w' when it is loaded"), std::string::npos)
      << session.status().text();
}

TEST(Derived, InitReadsFrozenWeightsAlone) {
  std::string error;
  std::vector<char> bytes;
  auto refused = [&](auto &&change) {
    Builder b = derivedScale<Builder>();
    change(b.variant);
    b.image.variants.push_back(b.variant);
    EXPECT_FALSE(write(b.image, bytes, error));
    return error;
  };
  EXPECT_EQ(refused([](Variant &v) { v.init[0].buffers[0].kind = BufferKind::Input; }),
            "variant 'cpu:any': its init uses more than frozen weights");
  EXPECT_EQ(refused([](Variant &v) { v.init.clear(); }),
            "variant 'cpu:any': 1 derived weights and 0 plans that make them");
  EXPECT_EQ(refused([](Variant &v) { v.init[0].buffers[1].index = 7; }),
            "variant 'cpu:any', init, buffer 1 't1': index 7 names nothing of its kind");
}

using Device = CudaTest;

TEST_F(Device, InitRunsAtLoad) {
  Loaded l(derivedScale<CudaBuilder>(), simOptions());
  ASSERT_TRUE(l.session);
  ASSERT_OK(l.session->setInput(0, Floats{10, 20, 30, 40}));
  ASSERT_OK(l.session->run());
  EXPECT_EQ(values(*l.session, 0, 4), (Floats{12, 24, 36, 48}));
}

TEST_F(Device, WeightsThatOnlyInitReadsAreGivenBack) {
  size_t n = 1 << 12;
  const Simulator &sim = Simulator::get();
  auto blocks = [&] { return sim.gpusim_calls("cuMemAlloc_v2") - sim.gpusim_calls("cuMemFree_v2"); };
  auto before = blocks();
  Loaded l(derivedScale<CudaBuilder>(Floats(n, 1)), simOptions());
  ASSERT_TRUE(l.session);
  EXPECT_EQ(blocks() - before, 2u) << "the derived weights, and the session's inputs and outputs";
  auto uploads = sim.gpusim_calls("cuMemcpyHtoDAsync_v2");
  // A second session uploads nothing and computes nothing again.
  auto second = l.executable->session(simOptions());
  ASSERT_TRUE(second) << second.status().text();
  EXPECT_EQ(sim.gpusim_calls("cuMemcpyHtoDAsync_v2"), uploads);
  ASSERT_OK(second->run());
  EXPECT_EQ(values(*second, 0, n), Floats(n, 2));
}

} // namespace
