// The mode that leaves races out.
#include "tests/gpusim/driver/Fake.h"

#include <gtest/gtest.h>

using namespace fake;

TEST(MemoryMode, FindsBoundsAndUnwrittenButNoRaces) {
  start("memory");
  CUfunction f = kernel(
      "all", 1,
      [](FakeBlock &b) {
        uint64_t x = b.param<uint64_t>(0);
        b.write(0, 1, x, 4, ~0u, 4, 100 * b.place.linear); // all blocks: a race
        b.read(0, 2, x + 128, 4, 1);                       // unwritten
        b.read(0, 3, x + 256, 4, 1);                       // out of bounds
        b.sharedWrite(0, 4, 0);
        b.sharedRead(1, 5, 0); // a race
        b.sharedRead(1, 6, 128, 4, 1);
        b.sharedAsync(0, 7, 256, Agent::CopyAsync, 0, AccessKind::Write, 1);
        b.sharedRead(0, 8, 256, 4, 1); // not there yet: unwritten
        b.done(0, Agent::CopyAsync, 0);
      },
      1024);
  launch(f, 2, 64, {memory(256)});
  EXPECT_EQ(found(), "out-of-bounds*2 unwritten-global*1 unwritten-shared*2 unwritten-shared*2");
}
