// Loading and running small programs: views, state, binding, threads, forks.
#include "tests/runtime/Images.h"

#include <atomic>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace dlc::test;

namespace {

TEST(Session, RunsStepsThroughTheArena) {
  Loaded l(addScale(4));
  ASSERT_TRUE(l.session);
  ASSERT_OK(l.session->setInput(0, Floats{10, 20, 30, 40}));
  ASSERT_OK(l.session->run());
  EXPECT_EQ(values(*l.session, 0, 4), (Floats{22, 44, 66, 88}));
  ASSERT_OK(l.session->setInput(0, Floats{0, 0, 0, 0}));
  ASSERT_OK(l.session->run());
  EXPECT_EQ(values(*l.session, 0, 4), (Floats{2, 4, 6, 8}));
}

TEST(Session, TimesStepsWhileAsked) {
  Loaded l(addScale(4));
  ASSERT_TRUE(l.session);
  ASSERT_OK(l.session->run());
  EXPECT_EQ(l.session->stepTime(0).runs, 0u);
  ASSERT_OK(l.session->timeSteps(true));
  for (int i = 0; i != 5; ++i)
    ASSERT_OK(l.session->run());
  for (size_t step : {0, 1}) {
    dlc_step_time time = l.session->stepTime(step);
    EXPECT_EQ(time.runs, 5u);
    EXPECT_GT(time.seconds, 0);
    EXPECT_LT(time.seconds, 10);
  }
  ASSERT_OK(l.session->timeSteps(true));
  EXPECT_EQ(l.session->stepTime(1).runs, 0u) << "anew";
  ASSERT_OK(l.session->timeSteps(false));
  ASSERT_OK(l.session->run());
  EXPECT_EQ(l.session->stepTime(1).runs, 0u);
  dlc_step_time time;
  dlc::Status missing(dlc_session_step_time(l.session->get(), 2, &time));
  EXPECT_EQ(missing.code(), DLC_NOT_FOUND);
}

TEST(Session, DescribesTheProgram) {
  Loaded l(addScale(4));
  ASSERT_TRUE(l.session);
  EXPECT_EQ(l.executable->name(), "test");
  ASSERT_EQ(l.executable->inputCount(), 1u);
  EXPECT_STREQ(l.executable->input(0).name, "in0");
  EXPECT_EQ(l.executable->input(0).dtype, DLC_F32);
  EXPECT_EQ(dlc::shapeOf(l.executable->output(0)), std::vector<int64_t>{4});
  EXPECT_EQ(l.executable->output(0).byte_size, 16u);
  EXPECT_STREQ(l.executable->weight(0).name, "w");
  EXPECT_EQ(l.executable->variants(), std::vector<std::string>{"cpu:any"});
  EXPECT_EQ(l.session->variant(), "cpu:any");
  EXPECT_EQ(l.session->device(), DLC_DEVICE_CPU);
  EXPECT_EQ(l.session->summary().rfind("device cpu, variant cpu:any (cuda: ", 0), 0u) << l.session->summary();
  EXPECT_LT(l.session->summary().size(), 120u);
  ASSERT_EQ(l.session->stepCount(), 2u);
  EXPECT_STREQ(l.session->step(1).implementation, "kernel scale2");
  EXPECT_STREQ(l.session->step(1).sources, "scale2_node");
  size_t index = 9;
  EXPECT_EQ(dlc_executable_find_input(l.executable->get(), "in0", &index), nullptr);
  EXPECT_EQ(index, 0u);
  dlc::Status missing(dlc_executable_find_output(l.executable->get(), "nope", &index));
  EXPECT_EQ(missing.code(), DLC_NOT_FOUND);
  EXPECT_NE(missing.text().find("'out0'"), std::string::npos) << missing.text();
}

TEST(Session, ViewsShareMemory) {
  // The second half of in0 and of the arena's tensor are views: no step makes them.
  Builder b;
  b.input({8});
  b.output({4});
  uint32_t half = b.buffer(BufferKind::Input, 0, {4}, DType::F32, 16), out = b.buffer(BufferKind::Output, 0, {4});
  uint32_t whole = b.arena({8}), in = 0;
  uint32_t view = b.buffer(BufferKind::Arena, 0, {4}, DType::F32, 16);
  b.launch("scale2", {in, whole}, 8);
  b.launch("add", {half, view, out}, 4);
  Loaded l(b);
  ASSERT_TRUE(l.session);
  ASSERT_OK(l.session->setInput(0, Floats{1, 2, 3, 4, 5, 6, 7, 8}));
  ASSERT_OK(l.session->run());
  EXPECT_EQ(values(*l.session, 0, 4), (Floats{15, 18, 21, 24}));
}

Builder trainer() {
  Builder b;
  uint32_t g = b.input({3}), w = b.weight("w", {1, 2, 3}, Role::State), out = b.output({3});
  b.launch("sgd", {w, g, w}, 3);
  b.variant.steps.push_back({});
  b.variant.steps.back().kind = StepKind::Copy;
  b.variant.steps.back().args = {w, out};
  return b;
}

TEST(Session, UpdatesStateInPlace) {
  Loaded l(trainer());
  ASSERT_TRUE(l.session);
  ASSERT_OK(l.session->setInput(0, Floats{2, 2, 2}));
  ASSERT_OK(l.session->run());
  ASSERT_OK(l.session->run());
  EXPECT_EQ(values(*l.session, 0, 3), (Floats{-1, 0, 1}));
  Floats now(3);
  ASSERT_OK(l.session->read("w", now.data(), 12));
  EXPECT_EQ(now, (Floats{-1, 0, 1}));
  Floats fresh{7, 7, 7};
  ASSERT_OK(l.session->write("w", fresh.data(), 12));
  ASSERT_OK(l.session->run());
  EXPECT_EQ(values(*l.session, 0, 3), (Floats{6, 6, 6}));
  // Another session starts from the file's values.
  auto other = l.executable->session();
  ASSERT_TRUE(other);
  ASSERT_OK(other->read("w", now.data(), 12));
  EXPECT_EQ(now, (Floats{1, 2, 3}));
}

TEST(Session, SharesStateWithAnotherProgram) {
  Loaded train(trainer());
  ASSERT_TRUE(train.session);
  // The evaluation program holds w as a frozen weight; shared, it reads what training writes.
  Builder b;
  uint32_t w = b.weight("w", {100, 100, 100}), out = b.output({3});
  b.launch("scale2", {w, out}, 3);
  dlc::SessionOptions options = dlc::sessionOptions();
  options.share = train.session->get();
  Loaded eval(b, options);
  ASSERT_TRUE(eval.session);
  ASSERT_OK(train.session->setInput(0, Floats{2, 2, 2}));
  ASSERT_OK(train.session->run());
  ASSERT_OK(eval.session->run());
  EXPECT_EQ(values(*eval.session, 0, 3), (Floats{0, 2, 4}));
  // The state outlives the session that made it.
  train.session.reset();
  train.executable.reset();
  ASSERT_OK(eval.session->run());
  EXPECT_EQ(values(*eval.session, 0, 3), (Floats{0, 2, 4}));
}

TEST(Session, RefusesToShareWhatDiffers) {
  Loaded train(trainer());
  ASSERT_TRUE(train.session);
  Builder b;
  uint32_t w = b.weight("w", {1, 2}), out = b.output({2});
  b.launch("scale2", {w, out}, 2);
  std::vector<char> file = b.bytes();
  auto e = dlc::Executable::load(file.data(), file.size());
  ASSERT_TRUE(e);
  dlc::SessionOptions options = dlc::sessionOptions();
  options.share = train.session->get();
  auto s = e->session(options);
  ASSERT_FALSE(s);
  EXPECT_EQ(s.status().code(), DLC_INVALID_ARGUMENT);
  EXPECT_NE(s.status().text().find("weight 'w' is 3xf32 in the session that it should be shared with, and 2xf32 here"),
            std::string::npos)
      << s.status().text();
}

TEST(Session, InitialisersByRule) {
  Builder b;
  b.image.weights.push_back({"m", DType::F32, {4}, Role::State, Init::Zeros, 0, {}});
  b.image.weights.push_back({"k", DType::F32, {4}, Role::Frozen, Init::Fill, 0x40400000, {}});
  uint32_t m = b.buffer(BufferKind::State, 0, {4}), k = b.buffer(BufferKind::Weight, 1, {4}), out = b.output({4});
  b.launch("add", {m, k, out}, 4);
  Loaded l(b);
  ASSERT_TRUE(l.session);
  ASSERT_OK(l.session->run());
  EXPECT_EQ(values(*l.session, 0, 4), (Floats{3, 3, 3, 3}));
}

TEST(Session, ConstantsAndFill) {
  Builder b;
  b.image.constants.push_back({"", DType::F32, {3}, Role::Frozen, Init::Values, 0, bytesOf(Floats{5, 6, 7})});
  uint32_t c = b.buffer(BufferKind::Constant, 0, {3}), t = b.arena({3}), out = b.output({3});
  Step fill;
  fill.kind = StepKind::Fill;
  fill.args = {t};
  fill.fill = 0x3f800000;
  b.variant.steps.push_back(fill);
  b.launch("add", {c, t, out}, 3);
  Loaded l(b);
  ASSERT_TRUE(l.session);
  ASSERT_OK(l.session->run());
  EXPECT_EQ(values(*l.session, 0, 3), (Floats{6, 7, 8}));
}

TEST(Session, BindsTheCallersMemory) {
  Loaded l(addScale(8));
  ASSERT_TRUE(l.session);
  alignas(64) float in[9], out[9];
  for (int i = 0; i != 9; ++i)
    in[i] = float(i), out[i] = -1;
  ASSERT_OK(l.session->bindInput(0, in));
  ASSERT_OK(l.session->bindOutput(0, out));
  ASSERT_OK(l.session->run());
  for (int i = 0; i != 8; ++i)
    EXPECT_EQ(out[i], 2 * (in[i] + float(i + 1)));
  EXPECT_EQ(out[8], -1);
  // Not 64-byte aligned: copied at each run, with the same result.
  float last = out[0];
  ASSERT_OK(l.session->bindInput(0, in + 1));
  ASSERT_OK(l.session->bindOutput(0, out + 1));
  ASSERT_OK(l.session->run());
  EXPECT_EQ(out[0], last);
  for (int i = 0; i != 8; ++i)
    EXPECT_EQ(out[i + 1], 2 * (in[i + 1] + float(i + 1)));
  // Unbound: the session's own memory again.
  ASSERT_OK(l.session->bindOutput(0, nullptr));
  out[1] = -5;
  ASSERT_OK(l.session->run());
  EXPECT_EQ(out[1], -5);
  EXPECT_EQ(values(*l.session, 0, 8)[0], 2 * (in[1] + 1));
}

TEST(Session, OwnMemoryIsAlignedAndInPlace) {
  Loaded l(addScale(8));
  ASSERT_TRUE(l.session);
  auto *in = static_cast<float *>(l.session->inputData(0)), *out = static_cast<float *>(l.session->outputData(0));
  ASSERT_TRUE(in && out);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(in) % 64, 0u);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(out) % 64, 0u);
  in[3] = 10;
  ASSERT_OK(l.session->run());
  EXPECT_EQ(out[3], 28);
}

TEST(Session, ThreadsCutWorkWithoutChangingIt) {
  const int64_t n = 100003;
  Builder b;
  uint32_t in = b.input({n}), t = b.arena({n}), out = b.output({n});
  b.launch("expm", {in, t}, n, 64);
  b.launch("scale2", {t, out}, n, 64);
  Floats x(n), one(n), many(n);
  for (int64_t i = 0; i != n; ++i)
    x[i] = float(i % 1000) / 999;
  for (int threads : {1, 2, 3, 7}) {
    dlc::SessionOptions options = dlc::sessionOptions();
    options.threads = threads;
    Loaded l(b, options);
    ASSERT_TRUE(l.session);
    ASSERT_OK(l.session->setInput(0, x));
    ASSERT_OK(l.session->run());
    ASSERT_OK(l.session->getOutput(0, threads == 1 ? one : many));
    if (threads != 1)
      EXPECT_EQ(std::memcmp(one.data(), many.data(), n * 4), 0) << threads;
  }
  EXPECT_FLOAT_EQ(one[500], 2 * std::expm1(x[500]));
}

TEST(Session, ScratchIsPerThread) {
  const int64_t blocks = 512;
  Builder b;
  uint32_t in = b.input({blocks * 16}), out = b.output({blocks * 16});
  b.launch("reverse16", {in, out}, blocks, 1).scratch = 64;
  dlc::SessionOptions options = dlc::sessionOptions();
  options.threads = 4;
  Loaded l(b, options);
  ASSERT_TRUE(l.session);
  Floats x(blocks * 16);
  for (size_t i = 0; i != x.size(); ++i)
    x[i] = float(i);
  ASSERT_OK(l.session->setInput(0, x));
  ASSERT_OK(l.session->run());
  Floats y = values(*l.session, 0, x.size());
  for (size_t i = 0; i != y.size(); ++i)
    ASSERT_EQ(y[i], float(i / 16 * 16 + 15 - i % 16));
}

TEST(Session, EmptyTensorsRunNothing) {
  Builder b;
  uint32_t in = b.input({0, 4}), w = b.weight("w", {}), t = b.arena({0, 4}), out = b.output({0, 4});
  b.launch("add", {in, w, t}, 0);
  Step copy;
  copy.kind = StepKind::Copy;
  copy.args = {t, out};
  b.variant.steps.push_back(copy);
  Loaded l(b);
  ASSERT_TRUE(l.session);
  ASSERT_OK(l.session->setInput(0, nullptr, 0));
  ASSERT_OK(l.session->run());
  ASSERT_OK(l.session->getOutput(0, nullptr, 0));
  EXPECT_STREQ(l.session->step(0).implementation, "nothing (empty)");
  EXPECT_STREQ(l.session->step(1).implementation, "nothing (empty)");
  EXPECT_EQ(l.executable->input(0).byte_size, 0u);
}

TEST(Session, SessionsRunSideBySide) {
  Builder b = addScale(1000);
  std::vector<char> file = b.bytes();
  auto e = dlc::Executable::load(file.data(), file.size());
  ASSERT_TRUE(e);
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int t = 0; t != 4; ++t)
    threads.emplace_back([&, t] {
      auto s = e->session();
      Floats x(1000, float(t)), y(1000);
      for (int i = 0; i != 200; ++i)
        if (!s || !s->setInput(0, x) || !s->run() || !s->getOutput(0, y) || y[9] != 2 * float(t + 10))
          ++wrong;
    });
  for (std::thread &t : threads)
    t.join();
  EXPECT_EQ(wrong, 0);
}

TEST(Session, LargeTensorsLieOnHugePages) {
  const int64_t n = 3 << 20;
  Builder b;
  uint32_t in = b.input({n}), t = b.arena({n}), out = b.output({n});
  b.launch("scale2", {in, t}, n, 1 << 16);
  b.launch("scale2", {t, out}, n, 1 << 16);
  Loaded l(b);
  ASSERT_TRUE(l.session);
  auto *x = static_cast<float *>(l.session->inputData(0)), *y = static_cast<float *>(l.session->outputData(0));
  EXPECT_EQ(reinterpret_cast<uintptr_t>(x) % (2 << 20), 0u);
  EXPECT_EQ(x[n - 1], 0);
  x[n - 1] = 5;
  ASSERT_OK(l.session->run());
  EXPECT_EQ(y[n - 1], 20);
  EXPECT_EQ(y[0], 0);
}

// libgomp's threads do not survive a fork; a child that waited for them would hang.
TEST(Session, AForkedChildRunsItsOwnSessions) {
  Builder b;
  const int64_t n = 10000;
  uint32_t in = b.input({n}), out = b.output({n});
  b.launch("scale2", {in, out}, n, 16);
  dlc::SessionOptions options = dlc::sessionOptions();
  options.threads = 4;
  Loaded parent(b, options);
  ASSERT_TRUE(parent.session);
  ASSERT_OK(parent.session->setInput(0, Floats(n, 3)));
  ASSERT_OK(parent.session->run());
  pid_t child = fork();
  if (!child) {
    alarm(20);
    auto s = parent.executable->session(options);
    Floats y(n);
    bool good =
        s && s->setInput(0, Floats(n, 3)) && s->run() && s->getOutput(0, y) && y[n - 1] == 6 && parent.session->run();
    _exit(good ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

TEST(Session, OutlivesItsExecutable) {
  Loaded l(addScale(4));
  ASSERT_TRUE(l.session);
  l.executable.reset();
  ASSERT_OK(l.session->run());
  EXPECT_EQ(values(*l.session, 0, 4), (Floats{2, 4, 6, 8}));
}

TEST(Session, FromAFileTheWeightsAreMapped) {
  std::string path =
      (std::filesystem::temp_directory_path() / ("dlc-session-test-" + std::to_string(getpid()) + ".dlx")).string();
  Builder b = addScale(4);
  b.image.variants.push_back(b.variant);
  std::string error;
  ASSERT_TRUE(writeFile(b.image, path, error)) << error;
  b.image.variants.clear();
  // Stream and memory give the same bytes.
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  std::vector<char> file = b.bytes();
  EXPECT_TRUE(text.str() == std::string(file.begin(), file.end()));
  auto e = dlc::Executable::load(path);
  ASSERT_TRUE(e) << e.status().text();
  auto s = e->session();
  ASSERT_TRUE(s) << s.status().text();
  std::filesystem::remove(path);
  ASSERT_OK(s->run());
  EXPECT_EQ(values(*s, 0, 4), (Floats{2, 4, 6, 8}));
  uint64_t state = 1;
  dlc_session_memory(s->get(), nullptr, &state);
  EXPECT_EQ(state, 0u);
}

/// Best of many, so that a busy machine does not fail it.
TEST(Session, AStepCostsLessThanAMicrosecond) {
  Builder b;
  uint32_t in = b.input({16}), out = b.output({16});
  for (int i = 0; i != 20; ++i)
    b.launch("nothing", {in, out}, 16);
  Loaded l(b);
  ASSERT_TRUE(l.session);
  double best = 1e9;
  for (int repeat = 0; repeat != 200; ++repeat) {
    auto start = std::chrono::steady_clock::now();
    for (int i = 0; i != 20; ++i)
      ASSERT_OK(l.session->run());
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() / 400);
  }
  RecordProperty("nanoseconds", int(best * 1e9));
  EXPECT_LT(best, 1e-6);
}

} // namespace
