// Divergence, reconvergence, calls, branch tables, barriers, deadlocks.
#include "tests/gpusim/exec/Harness.h"

namespace gpusim::test {
namespace {

TEST(ControlFlow, GridsWithARaggedEnd) {
  Arena memory;
  auto *out = memory.make<uint32_t>(1000, 7);
  check(kernel("setp.ge.u32 %p1, %r0, 777; @%p1 bra DONE; mul.wide.u32 %rd5, %r0, 4; add.s64 %rd5, %rd0, %rd5;"
               "st.global.u32 [%rd5], %r0;\nDONE:",
               1),
        {address(out)}, {{4}, {250}});
  for (uint32_t i = 0; i < 1000; ++i)
    EXPECT_EQ(out[i], i < 777 ? i : 7);
}

TEST(ControlFlow, LoopsThatLanesLeaveOneByOne) {
  // Collatz steps: each lane takes its own number of turns, with an if inside and a return out of the loop.
  Arena memory;
  auto *out = memory.make<uint32_t>(256, 0);
  check(kernel(R"(
    add.u32 %r1, %r0, 1; mov.u32 %r2, 0;
    mul.wide.u32 %rd5, %r0, 4; add.s64 %rd5, %rd0, %rd5;
    LOOP: setp.eq.u32 %p1, %r1, 1; @%p1 bra OUT;
    setp.gt.u32 %p4, %r2, 100; @%p4 bra GIVEUP;
    and.b32 %r3, %r1, 1; setp.eq.u32 %p2, %r3, 0; @%p2 bra EVEN;
    mad.lo.u32 %r1, %r1, 3, 1; bra NEXT;
    EVEN: shr.u32 %r1, %r1, 1;
    NEXT: add.u32 %r2, %r2, 1; bra LOOP;
    GIVEUP: st.global.u32 [%rd5], 12345; ret;
    OUT: activemask.b32 %r9; popc.b32 %r9, %r9;
    mad.lo.u32 %r2, %r9, 1000, %r2;
    st.global.u32 [%rd5], %r2;)",
               1),
        {address(out)}, {{2}, {128}});
  for (uint32_t w = 0; w < 8; ++w) {
    uint32_t steps[32], survivors = 0;
    for (uint32_t i = 0; i < 32; ++i) {
      uint32_t v = w * 32 + i + 1, s = 0;
      while (v != 1 && s <= 100)
        v = v & 1 ? 3 * v + 1 : v / 2, ++s;
      steps[i] = v == 1 ? s : 12345;
      survivors += v == 1;
    }
    // Lanes that left the loop meet again behind it: all survivors are there.
    for (uint32_t i = 0; i < 32; ++i)
      EXPECT_EQ(out[w * 32 + i], steps[i] == 12345 ? 12345 : survivors * 1000 + steps[i]) << w << " " << i;
  }
}

TEST(ControlFlow, NestedBranchesMeetInnerFirst) {
  Arena memory;
  auto *out = memory.make<uint32_t>(64, 0);
  check(kernel(R"(
    mov.u32 %r1, 0; and.b32 %r2, %r0, 1; and.b32 %r3, %r0, 2;
    setp.ne.u32 %p1, %r2, 0; setp.ne.u32 %p2, %r3, 0;
    @!%p1 bra ELSE;
      @!%p2 bra IELSE; add.u32 %r1, %r1, 1; bra IEND;
      IELSE: add.u32 %r1, %r1, 2;
      IEND: activemask.b32 %r4; popc.b32 %r4, %r4; mad.lo.u32 %r1, %r4, 100, %r1;
    bra END;
    ELSE: add.u32 %r1, %r1, 4;
    END: activemask.b32 %r4; popc.b32 %r4, %r4; mad.lo.u32 %r1, %r4, 10000, %r1;
    mul.wide.u32 %rd5, %r0, 4; add.s64 %rd5, %rd0, %rd5; st.global.u32 [%rd5], %r1;)",
               1),
        {address(out)}, {{1}, {64}});
  for (uint32_t i = 0; i < 64; ++i)
    EXPECT_EQ(out[i], 320000 + (i & 1 ? 1600 + (i & 2 ? 1 : 2) : 4)) << i;
}

TEST(ControlFlow, GuardsTouchNoOtherLane) {
  Arena memory;
  auto *out = memory.make<uint32_t>(32, 0);
  check(kernel(R"(
    setp.lt.u32 %p1, %r0, 5; mov.u32 %r1, 9; @%p1 mov.u32 %r1, 3; @!%p1 add.u32 %r1, %r1, %r0;
    setp.eq.u32 %p2, %r0, 7; @%p2 exit;
    mul.wide.u32 %rd5, %r0, 4; add.s64 %rd5, %rd0, %rd5; st.global.u32 [%rd5], %r1;)",
               1),
        {address(out)});
  for (uint32_t i = 0; i < 32; ++i)
    EXPECT_EQ(out[i], i == 7 ? 0 : i < 5 ? 3 : 9 + i);
}

TEST(ControlFlow, BranchTables) {
  Arena memory;
  auto *out = memory.make<uint32_t>(32, 0);
  std::string body = R"(
    and.b32 %r1, %r0, 3; mov.u32 %r2, 0;
    T: .branchtargets A, B, A, C;
    brx.idx %r1, T;
    A: mov.u32 %r2, 10; bra E;
    B: mov.u32 %r2, 20; bra E;
    C: mov.u32 %r2, 30;
    E: activemask.b32 %r4; popc.b32 %r4, %r4; add.u32 %r2, %r2, %r4;
    mul.wide.u32 %rd5, %r0, 4; add.s64 %rd5, %rd0, %rd5; st.global.u32 [%rd5], %r2;)";
  check(kernel(body, 1), {address(out)});
  for (uint32_t i = 0; i < 32; ++i)
    EXPECT_EQ(out[i], 32u + (i % 4 == 1 ? 20 : i % 4 == 3 ? 30 : 10));
  Loaded l = load(kernel("mov.u32 %r1, 9; T: .branchtargets A, A; brx.idx %r1, T; A: ", 0));
  ASSERT_TRUE(l.program) << l.error;
  EXPECT_EQ(launch(*l.program, {}, {}).outcome, LaunchOutcome::IllegalInstruction);
}

const char *Functions = R"(
.func (.param .b32 r) twice(.param .b32 a) {
  .reg .b32 %r<4>; .reg .pred %p<2>;
  ld.param.u32 %r1, [a]; setp.gt.u32 %p1, %r1, 20; @%p1 bra BIG;
  add.u32 %r2, %r1, %r1; st.param.b32 [r+0], %r2; ret;
  BIG: st.param.b32 [r+0], 1; ret;
}
.func (.param .align 8 .b8 r[16]) pair(.param .b32 a) {
  .reg .b32 %r<4>; .reg .b64 %rd<3>;
  ld.param.u32 %r1, [a];
  { .param .b32 x; st.param.b32 [x], %r1; .param .b32 y; call.uni (y), twice, (x); ld.param.b32 %r2, [y]; }
  cvt.u64.u32 %rd1, %r2; st.param.b64 [r], %rd1; st.param.b32 [r+8], %r1; ret;
})";

TEST(ControlFlow, CallsWithinCalls) {
  Arena memory;
  auto *out = memory.make<uint32_t>(64, 0);
  check(kernel(R"(
    setp.ne.u32 %p3, %r0, 5;
    mov.u64 %rd6, 0; mov.u32 %r8, 77;
    @!%p3 bra SKIP;
    { .param .b32 x; st.param.b32 [x+0], %r0; .param .align 8 .b8 y[16];
      call (y), pair, (x); ld.param.b64 %rd6, [y]; ld.param.b32 %r8, [y+8]; }
    SKIP: cvt.u32.u64 %r9, %rd6; mad.lo.u32 %r9, %r8, 100, %r9;
    mul.wide.u32 %rd5, %r0, 4; add.s64 %rd5, %rd0, %rd5; st.global.u32 [%rd5], %r9;)",
               1, Functions),
        {address(out)}, {{1}, {64}});
  for (uint32_t i = 0; i < 64; ++i)
    EXPECT_EQ(out[i], i == 5 ? 7700 : i * 100 + (i > 20 ? 1 : 2 * i)) << i;
}

TEST(ControlFlow, RecursionIsAnErrorWithItsLine) {
  Loaded l = load(kernel("call f, ();", 0, ".func f() { call f, (); ret; }"));
  EXPECT_FALSE(l.program);
  EXPECT_NE(l.error.find("recursion"), std::string::npos) << l.error;
}

TEST(Barriers, SharedMemoryIsReversed) {
  Arena memory;
  auto *out = memory.make<uint32_t>(256, 0);
  check(kernel(R"(
    .shared .align 4 .b8 buffer[1024];
    mov.u32 %r1, buffer; shl.b32 %r2, %r52, 2; add.u32 %r3, %r1, %r2; st.shared.u32 [%r3], %r52;
    bar.sync 0;
    sub.u32 %r4, 1020, %r2; add.u32 %r4, %r1, %r4; ld.shared.u32 %r5, [%r4];
    cvt.u64.u32 %rd4, %r2; add.s64 %rd5, %rd0, %rd4; st.global.u32 [%rd5], %r5;)",
               1),
        {address(out)}, {{1}, {256}});
  for (uint32_t i = 0; i < 256; ++i)
    EXPECT_EQ(out[i], 255 - i);
}

TEST(Barriers, NamedOnesCountTheirThreads) {
  // Warps 0 and 1 write and arrive at barrier 3; warps 2 and 3 wait there for all 128.
  Arena memory;
  auto *out = memory.make<uint32_t>(128, 0);
  check(kernel(R"(
    .shared .align 4 .b8 buffer[256];
    mov.u32 %r1, buffer; shl.b32 %r2, %r52, 2; add.u32 %r3, %r1, %r2;
    setp.lt.u32 %p1, %r52, 64; @!%p1 bra CONSUME;
    add.u32 %r7, %r52, 1000; st.shared.u32 [%r3], %r7; bar.arrive 3, 128; bra END;
    CONSUME: bar.sync 3, 128; ld.shared.u32 %r7, [%r3+-256];
    END: cvt.u64.u32 %rd4, %r2; add.s64 %rd5, %rd0, %rd4; st.global.u32 [%rd5], %r7;)",
               1),
        {address(out)}, {{1}, {128}});
  for (uint32_t i = 0; i < 128; ++i)
    EXPECT_EQ(out[i], 1000 + i % 64);
}

TEST(Barriers, Reductions) {
  Arena memory;
  auto *out = memory.make<uint32_t>(96, 0);
  check(kernel(R"(
    setp.lt.u32 %p1, %r52, 50; bar.red.popc.u32 %r1, 0, %p1;
    bar.red.and.pred %p2, 0, %p1; bar.red.or.pred %p3, 0, !%p1;
    selp.u32 %r2, 1, 0, %p2; selp.u32 %r3, 1, 0, %p3;
    mad.lo.u32 %r1, %r2, 1000, %r1; mad.lo.u32 %r1, %r3, 10000, %r1;
    mul.wide.u32 %rd5, %r0, 4; add.s64 %rd5, %rd0, %rd5; st.global.u32 [%rd5], %r1;)",
               1),
        {address(out)}, {{1}, {96}});
  for (uint32_t i = 0; i < 96; ++i)
    EXPECT_EQ(out[i], 10050);
}

TEST(Barriers, WarpsThatEndedAreNotWaitedFor) {
  Arena memory;
  auto *out = memory.make<uint32_t>(64, 0);
  check(kernel(R"(
    setp.gt.u32 %p1, %r52, 31; @%p1 exit;
    bar.sync 0; mul.wide.u32 %rd5, %r0, 4; add.s64 %rd5, %rd0, %rd5; st.global.u32 [%rd5], 1;)",
               1),
        {address(out)}, {{1}, {64}});
  EXPECT_EQ(out[0], 1);
}

TEST(Barriers, ADeadlockIsAnError) {
  Loaded l = load(kernel("bar.sync 1, 128;", 0));
  ASSERT_TRUE(l.program) << l.error;
  LaunchResult r = launch(*l.program, {}, {{1}, {64}});
  EXPECT_EQ(r.outcome, LaunchOutcome::Deadlock);
  EXPECT_NE(r.message.find("warp 0 at line"), std::string::npos) << r.message;
  EXPECT_NE(r.message.find("bar.sync 1, 128"), std::string::npos) << r.message;
}

TEST(Barriers, AWarpThatSpinsLetsOthersRun) {
  Arena memory;
  auto *out = memory.make<uint32_t>(1, 0);
  check(kernel(R"(
    .shared .align 4 .b8 flag[4];
    setp.ne.u32 %p1, %r52, 0; @%p1 bra NOT0; st.shared.u32 [flag], 0; NOT0: bar.sync 0;
    setp.lt.u32 %p2, %r52, 32; @!%p2 bra SET;
    SPIN: ld.volatile.shared.u32 %r1, [flag]; setp.eq.u32 %p3, %r1, 0; @%p3 bra SPIN;
    st.global.u32 [%rd0], %r1; ret;
    SET: st.volatile.shared.u32 [flag], 5;)",
               1),
        {address(out)}, {{1}, {64}});
  EXPECT_EQ(out[0], 5);
}

TEST(Blocks, AnyNumberOfHostThreadsGivesTheSame) {
  std::string text =
      kernel("cvt.rn.f32.u32 %f1, %r0; mul.f32 %f1, %f1, 0f3DCCCCCD; red.global.add.f32 [%rd0], %f1;", 1);
  float sums[3];
  for (int threads = 1; threads <= 3; ++threads) {
    Arena memory;
    auto *sum = memory.make<float>(1, 0.0f);
    Shape shape{{64}, {128}};
    shape.threads = threads;
    check(text, {address(sum)}, shape);
    sums[threads - 1] = *sum;
  }
  EXPECT_EQ(sums[0], sums[1]);
  EXPECT_EQ(sums[0], sums[2]);
  EXPECT_NEAR(sums[0], 0.1 * 8191 * 8192 / 2, 100);
}

TEST(Clusters, BlocksReadEachOthersSharedMemory) {
  Arena memory;
  auto *out = memory.make<uint32_t>(128, 0);
  Loaded l = load(kernel(R"(
    .shared .align 4 .b8 buffer[128];
    mov.u32 %r1, buffer; shl.b32 %r2, %r52, 2; add.u32 %r3, %r1, %r2;
    mad.lo.u32 %r4, %r50, 100, %r52; st.shared.u32 [%r3], %r4;
    barrier.cluster.arrive.aligned; barrier.cluster.wait.aligned;
    mov.u32 %r5, %cluster_ctarank; xor.b32 %r5, %r5, 1; mapa.shared::cluster.u32 %r6, %r3, %r5;
    ld.shared::cluster.u32 %r7, [%r6];
    barrier.cluster.arrive.aligned; barrier.cluster.wait.aligned;
    mul.wide.u32 %rd5, %r0, 4; add.s64 %rd5, %rd0, %rd5; st.global.u32 [%rd5], %r7;)",
                         1));
  ASSERT_TRUE(l.program) << l.error;
  Shape shape{{4}, {32}, {2}};
  LaunchResult r = launch(*l.program, {address(out)}, shape);
  ASSERT_EQ(r.outcome, LaunchOutcome::Done) << r.message;
  for (uint32_t i = 0; i < 128; ++i)
    EXPECT_EQ(out[i], (i / 32 ^ 1) * 100 + i % 32);
}

} // namespace
} // namespace gpusim::test
