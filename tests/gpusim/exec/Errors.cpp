// What is wrong with a module or a launch is said, with its line; nothing crashes.
#include "tests/gpusim/exec/Harness.h"

namespace gpusim::test {
namespace {

void refused(const std::string &text, const std::string &words, int line) {
  Loaded l = load(text);
  EXPECT_FALSE(l.program) << text;
  EXPECT_NE(l.error.find(words), std::string::npos) << l.error;
  if (line)
    EXPECT_EQ(l.error.substr(0, l.error.find(':')), "line " + std::to_string(line)) << l.error;
}

TEST(Errors, Modules) {
  refused("", "not PTX", 0);
  refused("hello", "directive", 1);
  refused(std::string(header()) + ".entry k() { mov.u32 %r1, 5; ret; }", "no register", 0);
  refused(std::string(header()) + ".entry k() {\n.reg .b32 %r<3>;\n\nfoo.b32 %r1, %r2;\nret; }",
          "unknown instruction 'foo.b32'", 7);
  refused(std::string(header()) + ".entry k() { bra NOWHERE; ret; }", "unknown label 'NOWHERE'", 4);
  refused(std::string(header()) + ".entry k() { .reg .b32 %r<3>; .reg .b64 %d<2>;\nadd.u32 %r1, %r2, %d1; ret; }",
          "64 bits where 32", 5);
  refused(std::string(header()) + ".entry k() { .reg .b32 %r<3>;\nadd.u32 %r1, %r2; ret; }", "takes 3 operands", 5);
  refused(std::string(header()) + ".entry k() { .reg .b32 %r<3>;\nadd.u32 %r1, %r2, 4", "';' expected", 0);
  refused(std::string(header()) + ".entry k() { .reg .b32 %r<3>;\n{ add.u32 %r1, %r2, 4; ret;", "'}' expected", 0);
  refused(std::string(header()) + ".entry k() { .reg .b32 %r<3>; mov.u32 %r1, %nosuch; ret; }", "%nosuch", 4);
  refused(std::string(header()) + ".frobnicate 3;", ".frobnicate", 4);
  refused(".version 8.0\n.target sm_80\n.address_size 32\n", "64-bit", 3);
}

TEST(Errors, EveryPrefixOfAModuleIsRefusedOrLoads) {
  std::string text = kernel(R"(
    .shared .align 4 .b8 buffer[128]; { .reg .b32 t; mov.b32 t, {%h1, %h2}; mov.b32 {%h3, _}, t; }
    setp.lt.and.u32 %p1|%p2, %r0, 5, !%p3; @!%p1 bra A; ld.global.v2.f32 {%f1, %f2}, [%rd0+-8]; fma.rn.f32 %f1, %f2, 0f3F800000, %f1;
    A: st.shared.f32 [buffer+4], %f1;)",
                            1, ".global .align 4 .f32 t[2][2] = {{1.5, 2e3}, {-1, 0f3F800000}};");
  ASSERT_TRUE(load(text).program) << load(text).error;
  for (size_t n = 0; n < text.size(); ++n) {
    Loaded l = load(text.substr(0, n));
    EXPECT_TRUE(l.program || !l.error.empty()) << n;
  }
}

void fails(const std::string &body, LaunchOutcome outcome, const std::string &words, std::vector<uint64_t> params = {},
           Shape shape = {}, const std::string &directives = "") {
  Loaded l = load(kernel(body, int(params.size()), "", directives));
  ASSERT_TRUE(l.program) << l.error;
  LaunchResult r = launch(*l.program, params, shape);
  EXPECT_EQ(r.outcome, outcome) << r.message;
  EXPECT_NE(r.message.find(words), std::string::npos) << r.message;
}

TEST(Errors, Launches) {
  fails("", LaunchOutcome::InvalidLaunch, "at most 1024", {}, {{1}, {1025}});
  fails("", LaunchOutcome::InvalidLaunch, "empty", {}, {{0}, {32}});
  fails("", LaunchOutcome::InvalidLaunch, "at most 64", {}, {{1}, {65}}, "\n.maxntid 64, 1, 1");
  fails("", LaunchOutcome::InvalidLaunch, "requires (64,1,1)", {}, {{1}, {32}}, "\n.reqntid 64, 1, 1");
  fails("", LaunchOutcome::InvalidLaunch, "multiple of its cluster", {}, {{3}, {32}, {2}});
  Shape large;
  large.dynamicShared = 300000;
  fails("", LaunchOutcome::InvalidLaunch, "shared memory", {}, large);
  LaunchRequest none;
  EXPECT_EQ(run(none).outcome, LaunchOutcome::InvalidLaunch);
}

TEST(Errors, Addresses) {
  Arena memory;
  auto *p = memory.make<uint32_t>(64);
  fails("ld.global.u32 %r1, [%rd0];", LaunchOutcome::IllegalAddress, "address 0x10", {16});
  fails("st.u32 [%rd0], 1;", LaunchOutcome::IllegalAddress, "address 0x0", {0});
  fails("ld.global.u32 %r1, [%rd0+2];", LaunchOutcome::MisalignedAddress, "no multiple of 4", {address(p)});
  fails("ld.global.v4.f32 {%f1,%f2,%f3,%f4}, [%rd0+8];", LaunchOutcome::MisalignedAddress, "multiple of 16",
        {address(p)});
  fails("mov.u32 %r1, 5000; ld.shared.u32 %r2, [%r1];", LaunchOutcome::IllegalAddress, "line");
  fails("setp.eq.u32 %p1, %r0, 3; @%p1 st.global.u32 [%rd0], 1;", LaunchOutcome::IllegalAddress, "thread (3,0,0)",
        {1 << 20});
  fails("setp.eq.u32 %p1, %r0, 3; @%p1 trap;", LaunchOutcome::Trap, "thread (3,0,0)");
}

TEST(Errors, AssertionsSayWhatFailed) {
  std::string module = R"(
.extern .func __assertfail (.param .b64 a, .param .b64 b, .param .b32 c, .param .b64 d, .param .b64 e);
.global .align 1 .b8 msg[6] = {120, 32, 62, 32, 48}; .global .align 1 .b8 file[5] = {97, 46, 99, 117};
)";
  Loaded l = load(kernel(R"(
    mov.u64 %rd1, msg; cvta.global.u64 %rd1, %rd1; mov.u64 %rd2, file; cvta.global.u64 %rd2, %rd2; mov.u32 %r3, 42;
    { .param .b64 a; st.param.b64 [a], %rd1; .param .b64 b; st.param.b64 [b], %rd2; .param .b32 c; st.param.b32 [c], %r3;
      .param .b64 d; st.param.b64 [d], %rd2; .param .b64 e; st.param.b64 [e], 1;
      call.uni __assertfail, (a, b, c, d, e); })",
                         0, module));
  ASSERT_TRUE(l.program) << l.error;
  LaunchResult r = launch(*l.program, {}, {});
  EXPECT_EQ(r.outcome, LaunchOutcome::Trap);
  EXPECT_NE(r.message.find("a.cu:42"), std::string::npos) << r.message;
  EXPECT_NE(r.message.find("`x > 0`"), std::string::npos) << r.message;
}

} // namespace
} // namespace gpusim::test
