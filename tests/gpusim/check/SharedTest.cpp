// Checks of shared and local memory, and of barriers.
#include "tests/gpusim/driver/Fake.h"

#include <gtest/gtest.h>

using namespace fake;

namespace {

class Shared : public testing::Test {
protected:
  void SetUp() override { start("all"); }
  void TearDown() override { cuDevicePrimaryCtxRelease_v2(0); }
  /// What one block of `threads` finds, with 1 KiB of shared memory.
  std::string run(uint32_t threads, Body body, uint32_t localBytes = 0) {
    launch(kernel("shared", 0, std::move(body), 1024, localBytes), 1, threads);
    return found();
  }
};

TEST_F(Shared, OutOfBounds) {
  EXPECT_EQ(run(32, [](FakeBlock &b) { b.sharedWrite(0, 1, 1024 - 128); }), "");
  EXPECT_EQ(run(32, [](FakeBlock &b) { b.sharedWrite(0, 1, 1024 - 124); }), "out-of-bounds*1");
  EXPECT_EQ(run(32, [](FakeBlock &b) { b.sharedWrite(0, 1, uint32_t(-8), 4, 1); }), "out-of-bounds*1");
}

TEST_F(Shared, Misaligned) {
  EXPECT_EQ(run(32, [](FakeBlock &b) { b.sharedWrite(0, 1, 4, 4, 1); }), "");
  EXPECT_EQ(run(32, [](FakeBlock &b) { b.sharedWrite(0, 1, 4, 8, 1); }), "misaligned*1");
}

TEST_F(Shared, Unwritten) {
  auto body = [](uint32_t lanes) {
    return [lanes](FakeBlock &b) {
      b.sharedWrite(0, 1, 0, 4, lanes);
      b.syncWarp(0);
      b.sharedRead(0, 2, 0);
    };
  };
  EXPECT_EQ(run(32, body(~0u)), "");
  EXPECT_EQ(run(32, body(0x7fffffff)), "unwritten-shared*1");
  // Another block's bytes are not this block's.
  CUfunction f =
      kernel("blocks2", 0, [](FakeBlock &b) { b.place.linear ? b.sharedRead(0, 2, 0) : b.sharedWrite(0, 1, 0); }, 1024);
  launch(f, 2, 32);
  EXPECT_EQ(found(), "unwritten-shared*32");
}

TEST_F(Shared, BarrierBetweenWriteAndRead) {
  auto body = [](bool barrier) {
    return [barrier](FakeBlock &b) {
      b.sharedWrite(0, 1, 0);
      if (barrier)
        b.barrier();
      b.sharedRead(1, 2, 0);
    };
  };
  EXPECT_EQ(run(64, body(true)), "");
  EXPECT_EQ(run(64, body(false)), "race-shared*32");
}

TEST_F(Shared, BarrierBetweenReadAndWrite) {
  auto body = [](bool barrier, uint32_t reader) {
    return [=](FakeBlock &b) {
      b.sharedWrite(0, 1, 0);
      b.barrier();
      b.sharedRead(reader, 2, 0);
      b.sharedRead(1, 2, 0); // the last to read is the one that writes
      if (barrier)
        b.barrier();
      b.sharedWrite(1, 3, 0);
    };
  };
  EXPECT_EQ(run(96, body(true, 2)), "");
  EXPECT_EQ(run(96, body(false, 1)), "");
  EXPECT_EQ(run(96, body(false, 2)), "race-shared*32");
}

TEST_F(Shared, NamedBarriers) {
  auto body = [](uint32_t warps) {
    return [=](FakeBlock &b) {
      b.sharedWrite(0, 1, 0);
      b.barrierOf(warps);
      b.sharedRead(1, 2, 0);
    };
  };
  EXPECT_EQ(run(128, body(0b0011)), "");
  EXPECT_EQ(run(128, body(0b1110)), "race-shared*32");
}

TEST_F(Shared, LanesOfAWarp) {
  auto body = [](bool sync) {
    return [=](FakeBlock &b) {
      b.sharedWrite(0, 1, 0);
      if (sync)
        b.syncWarp(0);
      b.sharedRead(0, 2, 4, 4, 0x7fffffff);
    };
  };
  EXPECT_EQ(run(32, body(true)), "");
  EXPECT_EQ(run(32, body(false)), "race-shared*31");
  auto behind = [](bool sync) { // all lanes read one number, then a lane changes it
    return [=](FakeBlock &b) {
      b.sharedWrite(0, 1, 0, 4, 1);
      b.syncWarp(0);
      b.sharedRead(0, 2, 0, 4, ~0u, 0);
      if (sync)
        b.syncWarp(0);
      b.sharedWrite(0, 3, 0, 4, 1);
    };
  };
  EXPECT_EQ(run(32, behind(true)), "");
  EXPECT_EQ(run(32, behind(false)), "race-shared*1");
}

TEST_F(Shared, WritesOfOneValue) {
  EXPECT_EQ(run(32, [](FakeBlock &b) { b.sharedWrite(0, 1, 0, 4, 3, 0, 0); }), "");
  EXPECT_EQ(run(32, [](FakeBlock &b) { b.sharedWrite(0, 1, 0, 4, 3, 0, 1); }), "race-shared*1");
}

TEST_F(Shared, AtomicsDoNotRace) {
  auto body = [](AccessKind second) {
    return [=](FakeBlock &b) {
      b.sharedWrite(0, 1, 0, 4, 1);
      b.barrier();
      Access a;
      a.space = Space::Shared, a.kind = AccessKind::Atomic, a.lanes = ~0u, a.op = 2, a.order = Order::Relaxed;
      b.access(0, a, SharedBase, 0);
      a.kind = second, a.lanes = 1;
      a.order = second == AccessKind::Atomic ? Order::Relaxed : Order::Weak;
      b.access(1, a, SharedBase, 0);
    };
  };
  EXPECT_EQ(run(64, body(AccessKind::Atomic)), "");
  EXPECT_EQ(run(64, body(AccessKind::Read)), "race-shared*1");
}

TEST_F(Shared, DivergentBarrier) {
  EXPECT_EQ(run(32, [](FakeBlock &b) { b.observer->divergentBarrier(b.warp(0), 0xffff, 0xffff0000, 5); }),
            "divergent-barrier*1");
}

TEST_F(Shared, Local) {
  auto body = [](uint64_t written, uint64_t read) {
    return [=](FakeBlock &b) {
      Access a;
      a.space = Space::Local, a.lanes = ~0u, a.op = 1, a.kind = AccessKind::Write;
      b.access(0, a, written, 0);
      a.kind = AccessKind::Read, a.op = 2;
      b.access(0, a, read, 0);
    };
  };
  EXPECT_EQ(run(32, body(60, 60), 64), "");
  EXPECT_EQ(run(32, body(60, 56), 64), "unwritten-local*32");
  EXPECT_EQ(run(32, body(60, 64), 64), "out-of-bounds*32");
  EXPECT_EQ(run(32, body(60, 61), 64), "misaligned*32");
}

TEST_F(Shared, BarrierObjects) {
  auto body = [](bool arrive) {
    return [=](FakeBlock &b) {
      b.sharedWrite(0, 1, 0);
      if (arrive)
        b.observer->mbarrierArrive(b.warp(0), SharedBase + 512, ~0u, nullptr);
      b.observer->mbarrierPassed(b.warp(1), SharedBase + 512, ~0u, nullptr);
      b.sharedRead(1, 2, 0);
    };
  };
  EXPECT_EQ(run(64, body(true)), "");
  EXPECT_EQ(run(64, body(false)), "race-shared*32");
}

} // namespace
