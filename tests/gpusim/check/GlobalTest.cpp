// Checks of global memory: each has a kernel that provokes exactly that report, and a near miss.
#include "tests/gpusim/driver/Fake.h"

#include <gtest/gtest.h>

using namespace fake;

namespace {

class Global : public testing::Test {
protected:
  void SetUp() override { start("all"); }
  void TearDown() override { cuDevicePrimaryCtxRelease_v2(0); }
};

gpusim_range range(CUdeviceptr at, uint64_t bytes, const char *name, int written) { return {at, bytes, name, written}; }

TEST_F(Global, OutOfBounds) {
  CUfunction f =
      kernel("over", 2, [](FakeBlock &b) { b.read(0, 1, b.param<uint64_t>(0), 4, uint32_t(b.param<uint64_t>(1))); });
  CUdeviceptr x = zeros(31 * 4);
  launch(f, 1, 32, {x, 0x7fffffff});
  EXPECT_EQ(found(), "");
  launch(f, 1, 32, {x, ~0u});
  cuCtxSynchronize();
  std::string json = reportsJson();
  EXPECT_NE(json.find("\"thread\": [31, 0, 0]"), json.npos) << json;
  EXPECT_NE(json.find("0 bytes behind allocation #"), json.npos) << json;
  EXPECT_NE(json.find("\"file\": \"kernel.cu\", \"line\": 1"), json.npos) << json;
  EXPECT_EQ(found(), "out-of-bounds*1");
}

TEST_F(Global, LanesOutOfBoundsDoNotWrite) {
  LaneMask may = 0;
  CUfunction f = kernel("overWrite", 1, [&](FakeBlock &b) { may = b.write(0, 1, b.param<uint64_t>(0)); });
  launch(f, 1, 32, {zeros(16 * 4)});
  EXPECT_EQ(found(), "out-of-bounds*16");
  EXPECT_EQ(may, 0xffffu);
}

TEST_F(Global, UseAfterFree) {
  CUfunction f = kernel("stale", 1, [](FakeBlock &b) { b.read(0, 1, b.param<uint64_t>(0), 4, 1); });
  CUdeviceptr x = zeros(64);
  launch(f, 1, 32, {x});
  EXPECT_EQ(cuMemFree_v2(x), CUDA_SUCCESS);
  EXPECT_EQ(found(), "");
  launch(f, 1, 32, {x});
  EXPECT_EQ(found(), "use-after-free*1");
}

TEST_F(Global, Misaligned) {
  CUfunction f = kernel("odd", 1, [](FakeBlock &b) { b.read(0, 1, b.param<uint64_t>(0), 8, 1); });
  CUdeviceptr x = zeros(64);
  launch(f, 1, 32, {x + 8});
  EXPECT_EQ(found(), "");
  launch(f, 1, 32, {x + 4});
  EXPECT_EQ(found(), "misaligned*1");
}

TEST_F(Global, UnwrittenMemory) {
  CUfunction f = kernel("fresh", 1, [](FakeBlock &b) { b.read(0, 1, b.param<uint64_t>(0)); });
  CUdeviceptr x = memory(128), y = memory(128);
  cuMemsetD8_v2(x, 0, 128);
  cuMemsetD8_v2(y, 0, 127);
  launch(f, 1, 32, {x});
  EXPECT_EQ(found(), "");
  launch(f, 1, 32, {y});
  EXPECT_EQ(found(), "unwritten-global*1");
  std::vector<char> host(128);
  CUdeviceptr z = memory(128);
  cuMemcpyDtoH_v2(host.data(), z, 128);
  EXPECT_EQ(found(), "unwritten-global*1");
}

TEST_F(Global, CopiesCarryWhatIsWritten) {
  CUfunction f = kernel("carried", 1, [](FakeBlock &b) { b.read(0, 1, b.param<uint64_t>(0)); });
  CUdeviceptr from = memory(128), to = zeros(128);
  cuMemsetD8_v2(from, 0, 64);
  EXPECT_EQ(cuMemcpyDtoD_v2(to, from, 128), CUDA_SUCCESS);
  launch(f, 1, 32, {to});
  EXPECT_EQ(found(), "unwritten-global*16");
}

TEST_F(Global, TensorsOfTheLaunch) {
  CUfunction f = kernel("tensors", 3, [](FakeBlock &b) {
    b.read(0, 1, b.param<uint64_t>(0));
    b.write(0, 2, b.param<uint64_t>(1));
    b.read(0, 3, b.param<uint64_t>(2), 4, 1);
  });
  CUdeviceptr arena = zeros(4096);
  gpusim_range ranges[] = {range(arena, 128, "x", 0), range(arena + 256, 128, "y", 1)};
  gpusim_next_launch(ranges, 2);
  launch(f, 1, 32, {arena, arena + 256, arena + 256});
  EXPECT_EQ(found(), "");
  gpusim_next_launch(ranges, 2); // a write to x
  launch(f, 1, 32, {arena, arena, arena});
  EXPECT_EQ(found(), "read-only*32");
  gpusim_next_launch(ranges, 2); // reads between the tensors
  launch(f, 1, 32, {arena, arena + 256, arena + 128});
  EXPECT_EQ(found(), "outside-tensors*1");
  gpusim_next_launch(ranges, 2); // runs out of y, and y is the tensor's name
  launch(f, 1, 32, {arena, arena + 256 + 4, arena});
  cuCtxSynchronize();
  EXPECT_NE(reportsJson().find("outside-tensors"), std::string::npos);
  EXPECT_EQ(found(), "outside-tensors*1");
  launch(f, 1, 32, {arena, arena + 1024, arena + 512}); // nothing said: all of the arena is fine
  EXPECT_EQ(found(), "");
}

TEST_F(Global, OutputsCountAsUnwritten) {
  CUfunction f = kernel("accumulate", 1, [](FakeBlock &b) { b.read(0, 1, b.param<uint64_t>(0)); });
  CUdeviceptr arena = zeros(256);
  gpusim_range both = range(arena, 128, "y", 2), output = range(arena, 128, "y", 1);
  gpusim_next_launch(&both, 1);
  launch(f, 1, 32, {arena});
  EXPECT_EQ(found(), "");
  gpusim_next_launch(&output, 1);
  launch(f, 1, 32, {arena});
  cuCtxSynchronize();
  EXPECT_NE(reportsJson().find("tensor 'y', byte 0"), std::string::npos) << reportsJson();
  EXPECT_EQ(found(), "unwritten-global*32");
}

TEST_F(Global, RaceBetweenBlocks) {
  // Block b writes 32 numbers at b * stride.
  CUfunction f = kernel("blocks", 2, [](FakeBlock &b) {
    b.write(0, 1, b.param<uint64_t>(0) + b.place.linear * b.param<uint64_t>(1), 4, ~0u, 4, 100 * b.place.linear);
  });
  CUdeviceptr x = zeros(4096);
  launch(f, 4, 32, {x, 128});
  EXPECT_EQ(found(), "");
  launch(f, 2, 32, {x, 124});
  cuCtxSynchronize();
  std::string json = reportsJson();
  EXPECT_NE(json.find("\"block\": [1, 0, 0], \"thread\": [0, 0, 0]"), json.npos) << json;
  EXPECT_NE(json.find("\"block\": [0, 0, 0], \"thread\": [31, 0, 0]"), json.npos) << json;
  EXPECT_EQ(found(), "race-global*1");
}

TEST_F(Global, EqualValuesAreNoRace) {
  CUfunction f = kernel("flags", 2, [](FakeBlock &b) {
    b.write(0, 1, b.param<uint64_t>(0), 4, ~0u, 0, b.param<uint64_t>(1) ? b.place.linear : 7, 0);
  });
  CUdeviceptr x = zeros(64);
  launch(f, 4, 32, {x, 0});
  EXPECT_EQ(found(), "");
  launch(f, 2, 32, {x, 1});
  EXPECT_EQ(found(), "race-global*1");
  CUfunction lanes = kernel("lanes", 1, [](FakeBlock &b) { b.write(0, 1, b.param<uint64_t>(0), 4, 3, 0, 7, 1); });
  launch(lanes, 1, 32, {x});
  EXPECT_EQ(found(), "race-global*1");
}

TEST_F(Global, ReadAndWriteOfBlocks) {
  CUfunction f = kernel("neighbours", 2, [](FakeBlock &b) {
    uint64_t x = b.param<uint64_t>(0), at = x + b.place.linear * 128;
    b.read(0, 1, at + b.param<uint64_t>(1));
    b.syncWarp(0);
    b.write(0, 2, at);
  });
  CUdeviceptr x = zeros(4096);
  launch(f, 4, 32, {x, 0}); // in place
  EXPECT_EQ(found(), "");
  launch(f, 4, 32, {x, 4}); // a block reads its neighbour's first number
  EXPECT_EQ(found(), "race-global*3");
}

TEST_F(Global, HalvesOfAGranule) {
  // Two blocks write neighbouring 16-bit numbers of the same four bytes.
  CUfunction f = kernel("halves", 2, [](FakeBlock &b) {
    b.write(0, 1, b.param<uint64_t>(0) + b.place.linear * b.param<uint64_t>(1), 2, 1, 2, b.place.linear + 1);
  });
  CUdeviceptr x = zeros(64);
  launch(f, 2, 32, {x, 2});
  EXPECT_EQ(found(), "");
  launch(f, 2, 32, {x, 0});
  EXPECT_EQ(found(), "race-global*1");
  CUfunction halves = kernel("inPlaceHalves", 1, [](FakeBlock &b) {
    b.read(0, 1, b.param<uint64_t>(0), 2);
    b.write(0, 2, b.param<uint64_t>(0), 2);
  });
  launch(halves, 1, 32, {x});
  EXPECT_EQ(found(), "");
}

TEST_F(Global, WithinABlock) {
  CUfunction f = kernel("scratch", 2, [](FakeBlock &b) {
    uint64_t x = b.param<uint64_t>(0);
    b.write(0, 1, x);
    if (b.param<uint64_t>(1))
      b.barrier();
    b.read(1, 2, x);
  });
  CUdeviceptr x = zeros(128);
  launch(f, 1, 64, {x, 1});
  EXPECT_EQ(found(), "");
  launch(f, 1, 64, {x, 0});
  EXPECT_EQ(found(), "race-global*32");
}

TEST_F(Global, LanesOfAWarp) {
  CUfunction f = kernel("rotate", 2, [](FakeBlock &b) {
    uint64_t x = b.param<uint64_t>(0);
    b.write(0, 1, x);
    if (b.param<uint64_t>(1))
      b.syncWarp(0);
    b.read(0, 2, x + 4, 4, 0x7fffffff);
  });
  CUdeviceptr x = zeros(128);
  launch(f, 1, 32, {x, 1});
  EXPECT_EQ(found(), "");
  launch(f, 1, 32, {x, 0});
  EXPECT_EQ(found(), "race-global*31");
}

// The last block to arrive reads what all wrote.
TEST_F(Global, FencesAndAtomicsOrderBlocks) {
  static bool releases, acquires;
  CUfunction f = kernel("last", 2, [](FakeBlock &b) {
    uint64_t x = b.param<uint64_t>(0), counter = b.param<uint64_t>(1);
    b.write(1, 1, x + b.place.linear * 128);
    b.barrier();
    if (releases)
      b.fence(0);
    b.atomic(0, 2, counter);
    if (acquires)
      b.fence(0);
    b.barrier();
    if (b.place.linear == 3)
      for (uint32_t i = 0; i < 4; ++i)
        b.read(1, 3, x + i * 128);
  });
  CUdeviceptr x = zeros(4096), counter = zeros(4);
  releases = acquires = true;
  launch(f, 4, 64, {x, counter});
  EXPECT_EQ(found(), "");
  releases = false;
  launch(f, 4, 64, {x, counter});
  EXPECT_EQ(found(), "race-global*96");
  releases = true, acquires = false;
  launch(f, 4, 64, {x, counter});
  EXPECT_EQ(found(), "race-global*96");
}

TEST_F(Global, AtomicsDoNotRace) {
  CUfunction f = kernel("histogram", 2, [](FakeBlock &b) {
    b.atomic(0, 1, b.param<uint64_t>(0), ~0u);
    if (b.param<uint64_t>(1) && b.place.linear == 1)
      b.read(0, 2, b.param<uint64_t>(0), 4, 1);
  });
  CUdeviceptr x = zeros(4);
  launch(f, 2, 32, {x, 0});
  EXPECT_EQ(found(), "");
  launch(f, 3, 32, {x, 1}); // reads it while others add
  EXPECT_NE(found(), "");
}

TEST_F(Global, NonCoherentReads) {
  CUfunction f = kernel("texture", 2, [](FakeBlock &b) {
    Access a;
    a.kind = AccessKind::ReadNonCoherent, a.lanes = ~0u, a.op = 1;
    b.access(0, a, b.param<uint64_t>(0), 4);
    b.write(0, 2, b.param<uint64_t>(1));
  });
  CUdeviceptr x = zeros(128), y = zeros(128);
  launch(f, 1, 32, {x, y});
  EXPECT_EQ(found(), "");
  launch(f, 1, 32, {x, x});
  EXPECT_EQ(found(), "non-coherent-read*32");
}

TEST_F(Global, EqualReportsAreCounted) {
  CUfunction f = kernel("often", 1, [](FakeBlock &b) { b.read(0, 1, b.param<uint64_t>(0) + 4096, 4, 1); });
  CUdeviceptr x = zeros(64);
  launch(f, 10, 32, {x});
  launch(f, 10, 32, {x});
  EXPECT_EQ(found(), "out-of-bounds*20");
}

TEST_F(Global, WideAccesses) {
  CUfunction f = kernel("wide", 1, [](FakeBlock &b) {
    for (uint32_t bytes : {1u, 2u, 4u, 8u, 16u}) {
      b.read(0, bytes, b.param<uint64_t>(0), bytes);
      b.write(0, 100 + bytes, b.param<uint64_t>(0), bytes);
      b.syncWarp(0);
    }
  });
  launch(f, 1, 32, {zeros(512)});
  EXPECT_EQ(found(), "");
}

} // namespace
