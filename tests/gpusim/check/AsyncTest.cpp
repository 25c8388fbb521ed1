// Asynchronous copies: waited for too late, or not at all; sources changed; proxy fences left out.
#include "tests/gpusim/driver/Fake.h"

#include <gtest/gtest.h>

using namespace fake;

namespace {

class Async : public testing::Test {
protected:
  void SetUp() override { start("all"); }
  void TearDown() override { cuDevicePrimaryCtxRelease_v2(0); }
  std::string run(uint32_t threads, Body body) {
    launch(kernel("async", 0, std::move(body), 4096), 1, threads);
    return found();
  }
};

TEST_F(Async, ReadBeforeTheWait) {
  auto body = [](bool wait, bool barrier) {
    return [=](FakeBlock &b) {
      b.sharedAsync(0, 1, 0, Agent::CopyAsync, 0, AccessKind::Write);
      if (wait)
        b.done(0, Agent::CopyAsync, 0);
      if (barrier)
        b.barrier();
      b.sharedRead(1, 2, 0);
    };
  };
  EXPECT_EQ(run(64, body(true, true)), "");
  EXPECT_EQ(run(64, body(false, true)), "async-early*32");
  EXPECT_EQ(run(64, body(true, false)), "race-shared*32");
}

TEST_F(Async, StagesOfAPipeline) {
  // Two stages; the wait for the older leaves the newer under way.
  auto body = [](uint32_t stage) {
    return [=](FakeBlock &b) {
      b.sharedAsync(0, 1, 0, Agent::CopyAsync, 0, AccessKind::Write);
      b.sharedAsync(0, 1, 128, Agent::CopyAsync, 1, AccessKind::Write);
      b.done(0, Agent::CopyAsync, 0);
      b.barrier();
      b.sharedRead(0, 2, stage * 128);
    };
  };
  EXPECT_EQ(run(64, body(0)), "");
  EXPECT_EQ(run(64, body(1)), "async-early*32");
}

TEST_F(Async, CopyOverWhatOthersRead) {
  auto body = [](bool barrier) {
    return [=](FakeBlock &b) {
      b.sharedWrite(0, 1, 0);
      b.barrier();
      b.sharedRead(1, 2, 0);
      if (barrier)
        b.barrier();
      b.sharedAsync(0, 3, 0, Agent::CopyAsync, 0, AccessKind::Write);
      b.done(0, Agent::CopyAsync, 0);
    };
  };
  EXPECT_EQ(run(64, body(true)), "");
  EXPECT_EQ(run(64, body(false)), "race-shared*32");
}

TEST_F(Async, SourceOverwritten) {
  auto body = [](bool wait) {
    return [=](FakeBlock &b) {
      b.sharedWrite(0, 1, 0);
      b.fence(0, Order::AcquireRelease, true);
      b.sharedAsync(0, 2, 0, Agent::Bulk, 7, AccessKind::Read);
      if (wait)
        b.done(0, Agent::Bulk, 7);
      b.sharedWrite(0, 3, 0);
    };
  };
  EXPECT_EQ(run(32, body(true)), "");
  EXPECT_EQ(run(32, body(false)), "async-early*32");
}

TEST_F(Async, ProxyFence) {
  auto body = [](bool fence, Agent agent) {
    return [=](FakeBlock &b) {
      b.sharedWrite(0, 1, 0);
      if (fence)
        b.fence(0, Order::AcquireRelease, true);
      b.barrier();
      b.sharedAsync(1, 2, 0, agent, 1, AccessKind::Read);
      b.done(1, agent, 1);
    };
  };
  for (Agent agent : {Agent::Bulk, Agent::Wgmma}) {
    EXPECT_EQ(run(64, body(true, agent)), "");
    EXPECT_EQ(run(64, body(false, agent)), "missing-proxy-fence*32");
  }
}

TEST_F(Async, BulkCopyIsKnownToWhoWaited) {
  auto body = [](bool second) {
    return [=](FakeBlock &b) {
      b.sharedAsync(0, 1, 0, Agent::Bulk, 3, AccessKind::Write, 1, 16);
      b.done(0, Agent::Bulk, 3, 1);
      if (second)
        b.done(1, Agent::Bulk, 3, 1);
      b.sharedRead(0, 2, 0, 16, 1);
      b.sharedRead(1, 3, 0, 16, 1);
    };
  };
  EXPECT_EQ(run(64, body(true)), "");
  EXPECT_EQ(run(64, body(false)), "race-shared*1");
}

TEST_F(Async, NeverWaitedFor) {
  EXPECT_EQ(run(32,
                [](FakeBlock &b) {
                  b.sharedAsync(0, 1, 0, Agent::CopyAsync, 0, AccessKind::Write);
                  b.sharedRead(0, 2, 0, 4, 1);
                }),
            "async-early*1");
}

} // namespace
