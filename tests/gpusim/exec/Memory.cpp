// Every state space, vectors and narrow types, atomics, and what the lanes of a warp exchange.
#include "tests/gpusim/exec/Harness.h"

#include <cmath>

namespace gpusim::test {
namespace {

TEST(Memory, NarrowTypesExtendAsTheyAreSigned) {
  Arena memory;
  auto *in = memory.make<uint8_t>(64);
  for (int i = 0; i < 64; ++i)
    in[i] = uint8_t(i * 37 + 100);
  auto *out = memory.make<uint64_t>(32 * 6, 0);
  check(kernel(R"(
    cvt.u64.u32 %rd2, %r0; add.s64 %rd3, %rd0, %rd2; mad.wide.u32 %rd4, %r0, 48, %rd1;
    ld.global.u8 %r1, [%rd3]; cvt.u64.u32 %rd5, %r1; st.global.u64 [%rd4], %rd5;
    ld.global.s8 %r1, [%rd3]; cvt.u64.u32 %rd5, %r1; st.global.u64 [%rd4+8], %rd5;
    ld.global.s8 %h1, [%rd3]; cvt.u64.u16 %rd5, %h1; st.global.u64 [%rd4+16], %rd5;
    ld.global.s8 %rd6, [%rd3]; st.global.u64 [%rd4+24], %rd6;
    add.s64 %rd3, %rd3, %rd2; ld.global.u16 %r2, [%rd3]; cvt.u64.u32 %rd5, %r2; st.global.u64 [%rd4+32], %rd5;
    ld.global.s16 %rd6, [%rd3]; st.global.u8 [%rd4+40], %rd6; st.global.u16 [%rd4+42], %rd6;)",
               2),
        {address(in), address(out)});
  for (int i = 0; i < 32; ++i) {
    int8_t s = int8_t(in[i]);
    uint16_t u;
    std::memcpy(&u, in + 2 * i, 2);
    EXPECT_EQ(out[i * 6], in[i]);
    EXPECT_EQ(out[i * 6 + 1], uint32_t(int32_t(s)));
    EXPECT_EQ(out[i * 6 + 2], uint16_t(int16_t(s)));
    EXPECT_EQ(out[i * 6 + 3], uint64_t(int64_t(s)));
    EXPECT_EQ(out[i * 6 + 4], u);
    EXPECT_EQ(out[i * 6 + 5], uint64_t(u & 0xff) | uint64_t(u) << 16);
  }
}

TEST(Memory, VectorsInEveryPatternAndMask) {
  // Lane i reads four floats at index perm(i): contiguous, all the same, scattered; with all lanes and with few.
  for (const char *index : {"mov.u32 %r1, %r0;", "mov.u32 %r1, 3;", "xor.b32 %r1, %r0, 5;",
                            "mul.lo.u32 %r1, %r0, 7; and.b32 %r1, %r1, 31;"})
    for (const char *guard : {"setp.lt.u32 %p1, %r0, 99;", "setp.lt.u32 %p1, %r0, 11;"}) {
      Arena memory;
      auto *in = memory.make<float>(128), *out = memory.make<float>(160, -1.0f);
      auto *which = memory.make<uint32_t>(32, 99);
      for (int i = 0; i < 128; ++i)
        in[i] = float(i) * 1.5f;
      check(kernel(std::string(guard) + index + R"(
        @!%p1 bra END;
        mul.wide.u32 %rd3, %r0, 4; add.s64 %rd3, %rd2, %rd3; st.global.u32 [%rd3], %r1;
        mul.wide.u32 %rd3, %r1, 16; add.s64 %rd3, %rd0, %rd3; ld.global.nc.v4.f32 {%f1, %f2, %f3, %f4}, [%rd3];
        ld.global.v2.u32 {%r3, _}, [%rd3+8]; mov.b32 %f5, %r3;
        mul.wide.u32 %rd3, %r0, 16; add.s64 %rd3, %rd1, %rd3; st.global.v4.f32 [%rd3], {%f4, %f3, %f5, %f1}; END:)",
                   3),
            {address(in), address(out), address(which)});
      for (int i = 0; i < 32; ++i)
        for (int k = 0; k < 4; ++k) {
          bool on = std::strstr(guard, "99") || i < 11;
          int at = int(which[i]) * 4 + (k == 0 ? 3 : k == 1 ? 2 : k == 2 ? 2 : 0);
          EXPECT_EQ(out[i * 4 + k], on ? in[at] : -1.0f) << guard << index << i;
        }
    }
}

TEST(Memory, LocalSharedConstantParameterAndGenericAddresses) {
  Arena memory;
  auto *out = memory.make<uint64_t>(64, 0);
  Shape shape{{1}, {64}};
  shape.dynamicShared = 1024;
  check(kernel(R"(
    .local .align 8 .b8 depot[64]; .shared .align 8 .b8 fixed[8];
    mov.u64 %rd10, depot; cvta.local.u64 %rd11, %rd10; and.b32 %r1, %r52, 7; mul.wide.u32 %rd12, %r1, 4;
    add.s64 %rd13, %rd11, %rd12; st.u32 [%rd13], %r52;
    add.s64 %rd14, %rd10, %rd12; ld.local.u32 %r2, [%rd14]; add.u32 %r2, %r2, 1; st.local.u32 [%rd14], %r2; ld.u32 %r2, [%rd13];
    mov.u64 %rd15, dynamic; cvta.shared.u64 %rd16, %rd15; mul.wide.u32 %rd17, %r52, 8; add.s64 %rd16, %rd16, %rd17; cvt.u64.u32 %rd18, %r2; st.u64 [%rd16], %rd18;
    bar.sync 0; xor.b32 %r3, %r52, 1; shl.b32 %r3, %r3, 3; mov.u32 %r4, dynamic; add.u32 %r4, %r4, %r3; ld.shared.u64 %rd19, [%r4];
    mov.u64 %rd20, table; and.b32 %r5, %r52, 3; mul.wide.u32 %rd21, %r5, 4; add.s64 %rd20, %rd20, %rd21; ld.const.u32 %r6, [%rd20]; mad.wide.u32 %rd19, %r6, 1000, %rd19;
    ld.global.u64 %rd22, [pointer]; ld.u32 %r7, [%rd22]; mad.wide.u32 %rd19, %r7, 1000000, %rd19;
    mov.b64 %rd23, p0; ld.param.u64 %rd24, [%rd23]; add.s64 %rd25, %rd24, %rd17;
    isspacep.local %p1, %rd11; isspacep.shared %p2, %rd16; isspacep.global %p3, %rd24; and.pred %p1, %p1, %p2; and.pred %p1, %p1, %p3;
    @%p1 st.u64 [%rd25], %rd19;)",
               1,
               ".extern .shared .align 16 .b8 dynamic[]; .const .align 4 .u32 table[4] = {5, 6, 7, 8};"
               ".global .align 4 .u32 value[2] = {3, 9}; .global .align 8 .u64 pointer = generic(value)+4;"),
        {address(out)}, shape);
  for (uint32_t i = 0; i < 64; ++i)
    EXPECT_EQ(out[i], (i ^ 1) + 1 + 1000 * (5 + i % 4) + 9000000) << i;
}

TEST(Memory, WideRegisters) {
  Arena memory;
  auto *out = memory.make<uint64_t>(64, 0);
  check(kernel(R"(.reg .b128 %q<3>; cvt.u64.u32 %rd3, %r0; mov.u64 %rd4, 77; mov.b128 %q1, {%rd3, %rd4};
    mul.wide.u32 %rd5, %r0, 16; add.s64 %rd5, %rd0, %rd5; st.global.b128 [%rd5], %q1; ld.global.b128 %q2, [%rd5];
    mov.b128 {%rd6, %rd7}, %q2; add.s64 %rd6, %rd6, %rd7; st.global.u64 [%rd5], %rd6;)",
               1),
        {address(out)});
  for (uint32_t i = 0; i < 32; ++i) {
    EXPECT_EQ(out[2 * i], i + 77);
    EXPECT_EQ(out[2 * i + 1], 77u);
  }
}

TEST(Atomics, AllOperationsOnIntegers) {
  Arena memory;
  struct Case {
    const char *op;
    uint32_t start, want;
  } cases[] = {{"add.u32", 5, 5 + 496}, {"min.u32", 9, 0},   {"max.s32", 0x80000000, 31},
               {"and.b32", ~0u, 0},     {"or.b32", 64, 95},  {"xor.b32", 7, 7},
               {"inc.u32", 3, 0},       {"exch.b32", 1, 31}, {"max.u32", 0x80000000, 0x80000000}};
  for (const Case &c : cases)
    for (const char *space : {"global", "shared"}) {
      Arena arena;
      auto *cell = arena.make<uint32_t>(1, c.start);
      bool shared = space[0] == 's';
      std::string op = c.op, name = op.substr(0, 3);
      bool returns = name == "exc" || shared;
      std::string place = shared ? "[cell]" : "[%rd0]";
      std::string body = ".shared .align 4 .b8 cell[4]; ld.global.u32 %r1, [%rd0]; st.shared.u32 [cell], %r1;";
      if (name == "inc") // wraps at 31: 3 + 32 turns = ... all lanes add one, 31 wraps to 0
        body +=
            std::string(returns ? "atom." : "red.") + space + "." + op + (returns ? " %r2, " : " ") + place + ", 31;";
      else
        body +=
            std::string(returns ? "atom." : "red.") + space + "." + op + (returns ? " %r2, " : " ") + place + ", %r0;";
      if (shared)
        body += "ld.shared.u32 %r1, [cell]; st.global.u32 [%rd0], %r1;";
      check(kernel(body, 1), {address(cell)});
      EXPECT_EQ(*cell, name == "inc" ? 3u : c.want) << op << " " << space;
    }
}

TEST(Atomics, CompareAndSwapAndFloats) {
  Arena memory;
  auto *cells = memory.make<uint64_t>(8, 0);
  auto *old = memory.make<uint32_t>(32, 0);
  check(kernel(R"(
    add.u32 %r3, %r0, 1; atom.global.cas.b32 %r1, [%rd0], %r0, %r3;
    mul.wide.u32 %rd5, %r0, 4; add.s64 %rd5, %rd1, %rd5; st.global.u32 [%rd5], %r1;
    atom.add.f32 %f1, [%rd0+8], 0f3F000000; red.global.add.f64 [%rd0+16], 0d3FD0000000000000;
    mov.b32 %r4, 0x3C004000; red.global.add.noftz.f16x2 [%rd0+24], %r4;
    mov.b16 %h1, 0x3F80; red.global.add.noftz.bf16 [%rd0+32], %h1;
    cvt.u64.u32 %rd6, %r0; atom.global.max.u64 %rd7, [%rd0+40], %rd6; red.global.min.s64 [%rd0+48], -3;)",
               2),
        {address(cells), address(old)});
  EXPECT_EQ(uint32_t(cells[0]), 32u);
  for (uint32_t i = 0; i < 32; ++i)
    EXPECT_EQ(old[i], i);
  float f;
  std::memcpy(&f, cells + 1, 4);
  EXPECT_EQ(f, 16.0f);
  EXPECT_EQ(std::bit_cast<double>(cells[2]), 8.0);
  EXPECT_EQ(uint32_t(cells[3]), 0x50005400u); // 32, 64
  EXPECT_EQ(uint16_t(cells[4]), 0x4200);      // 32 in bf16
  EXPECT_EQ(cells[5], 31u);
  EXPECT_EQ(int64_t(cells[6]), -3);
}

TEST(Warps, Shuffles) {
  struct Case {
    const char *text;
    int (*from)(int);
    bool (*ok)(int);
  } cases[] = {
      {"shfl.sync.bfly.b32 %r1|%p1, %r0, 5, 31, -1;", [](int i) { return i ^ 5; }, [](int) { return true; }},
      {"shfl.sync.down.b32 %r1|%p1, %r0, 3, 31, -1;", [](int i) { return i + 3 < 32 ? i + 3 : i; },
       [](int i) { return i + 3 < 32; }},
      {"shfl.sync.up.b32 %r1|%p1, %r0, 3, 0, -1;", [](int i) { return i >= 3 ? i - 3 : i; },
       [](int i) { return i >= 3; }},
      {"shfl.sync.idx.b32 %r1|%p1, %r0, 2, 0x181f, -1;", [](int i) { return (i & 24) + 2; }, [](int) { return true; }},
      {"shfl.sync.down.b32 %r1|%p1, %r0, 4, 0x181f, -1;", [](int i) { return i % 8 < 4 ? i + 4 : i; },
       [](int i) { return i % 8 < 4; }},
      {"shfl.sync.idx.b32 %r1|%p1, %r0, %r0, 0x1807, -1;", [](int i) { return (i & 24) | (i & 7); },
       [](int i) { return i % 8 <= 7; }},
  };
  for (const Case &c : cases) {
    Arena memory;
    auto *out = memory.make<uint32_t>(32, 0);
    check(kernel(std::string(c.text) + "selp.u32 %r2, 100, 0, %p1; add.u32 %r1, %r1, %r2; mul.wide.u32 %rd5, %r0, 4; "
                                       "add.s64 %rd5, %rd0, %rd5; st.global.u32 [%rd5], %r1;",
                 1),
          {address(out)});
    for (int i = 0; i < 32; ++i)
      EXPECT_EQ(out[i], uint32_t(c.from(i) + (c.ok(i) ? 100 : 0))) << c.text << i;
  }
}

TEST(Warps, VotesMatchesAndReductions) {
  Arena memory;
  auto *out = memory.make<uint32_t>(32 * 8, 0);
  check(kernel(R"(
    mul.wide.u32 %rd5, %r0, 32; add.s64 %rd5, %rd0, %rd5; and.b32 %r1, %r0, 3;
    setp.lt.u32 %p1, %r0, 20; vote.sync.ballot.b32 %r2, %p1, -1; st.global.u32 [%rd5], %r2;
    vote.sync.any.pred %p2, !%p1, -1; vote.sync.all.pred %p3, %p1, -1; selp.u32 %r2, 1, 0, %p2; selp.u32 %r3, 2, 0, %p3; add.u32 %r2, %r2, %r3; st.global.u32 [%rd5+4], %r2;
    match.any.sync.b32 %r2, %r1, -1; st.global.u32 [%rd5+8], %r2;
    match.all.sync.b32 %r2|%p4, %r1, -1; selp.u32 %r2, 1, %r2, %p4; st.global.u32 [%rd5+12], %r2;
    redux.sync.add.s32 %r2, %r0, -1; st.global.u32 [%rd5+16], %r2;
    sub.s32 %r4, 3, %r0; redux.sync.min.s32 %r2, %r4, -1; st.global.u32 [%rd5+20], %r2;
    setp.lt.u32 %p5, %r0, 9; @!%p5 bra E; activemask.b32 %r2; st.global.u32 [%rd5+24], %r2;
    vote.sync.ballot.b32 %r2, %p1, 0x1ff; st.global.u32 [%rd5+28], %r2; E:)",
               1),
        {address(out)});
  for (uint32_t i = 0; i < 32; ++i) {
    uint32_t *o = out + i * 8;
    EXPECT_EQ(o[0], 0xfffffu);
    EXPECT_EQ(o[1], 1u);
    EXPECT_EQ(o[2], 0x11111111u << i % 4);
    EXPECT_EQ(o[3], 0u);
    EXPECT_EQ(o[4], 496u);
    EXPECT_EQ(int32_t(o[5]), -28);
    EXPECT_EQ(o[6], i < 9 ? 0x1ffu : 0);
    EXPECT_EQ(o[7], i < 9 ? 0x1ffu : 0);
  }
}

TEST(Counters, TrafficAndBankConflicts) {
  Arena memory;
  auto *in = memory.make<float>(64 * 32, 1.0f);
  auto *out = memory.make<float>(64, 0.0f);
  Counters c;
  Shape shape;
  shape.counters = &c;
  check(kernel(R"(
    .shared .align 16 .b8 s[8192];
    mul.wide.u32 %rd5, %r0, 128; add.s64 %rd5, %rd0, %rd5; ld.global.f32 %f1, [%rd5];
    mov.u32 %r1, s; shl.b32 %r2, %r0, 7; add.u32 %r3, %r1, %r2; st.shared.f32 [%r3], %f1;
    shl.b32 %r2, %r0, 2; add.u32 %r4, %r1, %r2; st.shared.f32 [%r4], %f1; ld.shared.f32 %f2, [s];
    shl.b32 %r2, %r0, 4; add.u32 %r4, %r1, %r2; st.shared.v4.f32 [%r4], {%f1,%f1,%f1,%f1};
    setp.lt.u32 %p1, %r0, 8; @%p1 bra E; add.f32 %f2, %f2, %f1; E:
    mul.wide.u32 %rd6, %r0, 4; add.s64 %rd6, %rd1, %rd6; st.global.f32 [%rd6], %f2;)",
               2),
        {address(in), address(out)}, shape);
  EXPECT_EQ(c.loads.accesses, 1u);
  EXPECT_EQ(c.loads.sectors, 32u);
  EXPECT_EQ(c.loads.leastSectors, 4u);
  EXPECT_EQ(c.stores.sectors, 4u);
  EXPECT_EQ(c.stores.leastSectors, 4u);
  EXPECT_EQ(c.sharedStores.accesses, 3u);
  EXPECT_EQ(c.sharedStores.wavefronts, 32u + 1 + 4);
  EXPECT_EQ(c.sharedStores.leastWavefronts, 1u + 1 + 4);
  EXPECT_EQ(c.sharedLoads.wavefronts, 1u);
  EXPECT_EQ(c.branches, 1u);
  EXPECT_EQ(c.divergentBranches, 1u);
  EXPECT_EQ(c.byClass[size_t(OpClass::Float)].threads, 24u);
  EXPECT_EQ(c.blocks, 1u);
  EXPECT_LT(c.activeLanes(), 32.0);
}

} // namespace
} // namespace gpusim::test
