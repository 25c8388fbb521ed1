// Loading and running small programs: views, state, binding, threads, callbacks, errors.
#include "tests/runtime/Images.h"

#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace dlc::test;

namespace {

/// The executable and a session of it; fails the test where either cannot be made.
struct Loaded {
  std::vector<char> file;
  std::optional<dlc::Executable> executable;
  std::optional<dlc::Session> session;

  explicit Loaded(Builder b, dlc::SessionOptions options = dlc::sessionOptions()) : file(b.bytes()) {
    auto e = dlc::Executable::load(file.data(), file.size());
    if (!e) {
      ADD_FAILURE() << e.status().text();
      return;
    }
    executable.emplace(std::move(*e));
    auto s = executable->session(options);
    if (!s)
      ADD_FAILURE() << s.status().text();
    else
      session.emplace(std::move(*s));
  }
};

#define ASSERT_OK(expression)                                                                                          \
  do {                                                                                                                 \
    dlc::Status status = (expression);                                                                                 \
    ASSERT_TRUE(status.ok()) << status.text();                                                                         \
  } while (0)

std::vector<float> values(dlc::Session &s, size_t i, size_t n) {
  std::vector<float> v(n, -1);
  dlc::Status status = s.getOutput(i, v);
  EXPECT_TRUE(status.ok()) << status.text();
  return v;
}

using Floats = std::vector<float>;

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

TEST(Session, Errors) {
  Loaded l(addScale(4));
  ASSERT_TRUE(l.session);
  EXPECT_EQ(l.session->setInput(1, Floats{1}).code(), DLC_NOT_FOUND);
  EXPECT_EQ(l.session->setInput(0, Floats{1}).code(), DLC_INVALID_ARGUMENT);
  EXPECT_EQ(l.session->setInput(0, Floats{1}).text(), "<memory>: input 0 has 16 bytes; got 4");
  EXPECT_EQ(l.session->bindOutput(3, nullptr).code(), DLC_NOT_FOUND);
  Floats v(4);
  EXPECT_EQ(l.session->read("nope", v.data(), 16).code(), DLC_NOT_FOUND);
  EXPECT_EQ(l.session->read("w", v.data(), 8).code(), DLC_INVALID_ARGUMENT);
  EXPECT_EQ(l.session->write("w", v.data(), 16).text(), "<memory>: 'w' is a frozen weight: only state can be written");
  EXPECT_EQ(dlc::Status(dlc_session_run(nullptr)).code(), DLC_INVALID_ARGUMENT);
  EXPECT_EQ(dlc::Status(dlc_executable_load_file("x", nullptr, nullptr)).code(), DLC_INVALID_ARGUMENT);
  EXPECT_EQ(dlc::Executable::load(std::string("/no/such.dlx")).status().text(),
            "/no/such.dlx: cannot open: No such file or directory");
  EXPECT_EQ(dlc::Executable::load(std::string("/")).status().code(), DLC_IO);
  dlc::SessionOptions options = dlc::sessionOptions();
  options.struct_size = 1 << 20;
  EXPECT_EQ(l.executable->session(options).status().code(), DLC_INVALID_ARGUMENT);
  options = dlc::sessionOptions();
  options.variant = "cpu:x86-64-v9";
  EXPECT_EQ(l.executable->session(options).status().text(), "<memory>: the file has no variant 'cpu:x86-64-v9'");
  dlc_device d;
  EXPECT_EQ(dlc::Status(dlc_device_parse("gpu", &d)).text(), "unknown device 'gpu': one of auto, cpu, cuda, sim");
  ASSERT_OK(dlc::Status(dlc_device_parse("cpu", &d)));
  EXPECT_EQ(d, DLC_DEVICE_CPU);
  EXPECT_EQ(dlc_status_code(nullptr), DLC_OK);
  EXPECT_STREQ(dlc_status_message(nullptr), "");
  dlc_status_free(nullptr);
  dlc_session_free(nullptr);
  dlc_executable_free(nullptr);
}

TEST(Session, ANamedDeviceIsStrict) {
  Loaded l(addScale(4));
  ASSERT_TRUE(l.session);
  dlc::SessionOptions options = dlc::sessionOptions();
  options.device = DLC_DEVICE_CUDA;
  auto s = l.executable->session(options);
  ASSERT_FALSE(s);
  EXPECT_EQ(s.status().code(), DLC_NO_DEVICE);
  EXPECT_NE(s.status().text().find("libcuda.so.1"), std::string::npos) << s.status().text();
  options.device = DLC_DEVICE_SIM;
  EXPECT_EQ(l.executable->session(options).status().code(), DLC_NO_DEVICE);
}

TEST(Session, TakesTheMostSpecificVariantThatFits) {
  Builder b = addScale(4);
  for (const char *target : {"cpu:x86-64-v9", "cuda:base", "cpu:x86-64"}) {
    b.image.variants.push_back(b.variant);
    b.image.variants.back().target = target;
  }
#if defined(__x86_64__)
  Loaded l(b);
  ASSERT_TRUE(l.session);
  EXPECT_EQ(l.session->variant(), "cpu:x86-64");
#endif
  Builder none;
  none.variant.target = "cpu:x86-64-v9";
  std::vector<char> file = none.bytes();
  auto e = dlc::Executable::load(file.data(), file.size());
  ASSERT_TRUE(e);
  EXPECT_EQ(e->session().status().text(),
            "<memory>: no variant of this file runs on cpu here (cpu:x86-64-v9: this runtime does "
            "not know such a processor): compile for this target");
}

TEST(Session, MissingKernelIsNamed) {
  Builder b;
  uint32_t out = b.output({4});
  b.launch("no_such_kernel", {out}, 4);
  std::vector<char> file = b.bytes();
  auto e = dlc::Executable::load(file.data(), file.size());
  ASSERT_TRUE(e);
  EXPECT_EQ(e->session().status().text(), "<memory>, variant 'cpu:any': the code has no kernel 'no_such_kernel'");
}

struct Heap {
  std::map<void *, size_t> live;
  size_t calls = 0, limit = SIZE_MAX;
  bool mismatched = false;
  static void *allocate(void *user, size_t size, size_t alignment) {
    Heap &h = *static_cast<Heap *>(user);
    ++h.calls;
    if (h.calls > h.limit)
      return nullptr;
    void *p = std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
    h.live[p] = size;
    return p;
  }
  static void release(void *user, void *p, size_t size) {
    Heap &h = *static_cast<Heap *>(user);
    h.mismatched |= h.live[p] != size;
    h.live.erase(p);
    std::free(p);
  }
};

TEST(Session, MemoryComesFromTheCallersAllocator) {
  Heap heap;
  dlc::SessionOptions options = dlc::sessionOptions();
  options.allocator = {&heap, Heap::allocate, Heap::release};
  {
    Loaded l(addScale(4), options);
    ASSERT_TRUE(l.session);
    size_t before = heap.calls;
    EXPECT_GE(before, 3u); // arena, input, output
    for (int i = 0; i != 3; ++i)
      ASSERT_OK(l.session->run());
    EXPECT_EQ(heap.calls, before);
    EXPECT_EQ(heap.live.size(), before);
  }
  EXPECT_TRUE(heap.live.empty());
  EXPECT_FALSE(heap.mismatched);
  // Every allocation may fail, and each failure is a status.
  for (size_t limit = 0; limit != 3; ++limit) {
    heap.calls = 0;
    heap.limit = limit;
    std::vector<char> file = addScale(4).bytes();
    auto e = dlc::Executable::load(file.data(), file.size());
    ASSERT_TRUE(e);
    auto s = e->session(options);
    ASSERT_FALSE(s);
    EXPECT_EQ(s.status().code(), DLC_OUT_OF_MEMORY);
    EXPECT_TRUE(heap.live.empty());
  }
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

TEST(Session, LogsWhatItChose) {
  std::vector<std::pair<dlc_log_level, std::string>> lines;
  dlc::SessionOptions options = dlc::sessionOptions();
  options.log = [](void *user, dlc_log_level level, const char *line) {
    static_cast<decltype(lines) *>(user)->push_back({level, line});
  };
  options.log_user = &lines;
  Loaded l(addScale(4), options);
  ASSERT_TRUE(l.session);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0].first, DLC_LOG_INFO);
  EXPECT_EQ(lines[0].second, "<memory>: " + l.session->summary());
}

TEST(Api, VersionAndTypes) {
  EXPECT_EQ(dlc_api_version(), uint32_t(DLC_API_VERSION));
  for (int t = DLC_NONE; t <= DLC_U4; ++t) {
    EXPECT_EQ(name(DType(t)), dlc_dtype_name(dlc_dtype(t)));
    EXPECT_EQ(bitWidth(DType(t)), dlc_dtype_bits(dlc_dtype(t)));
    EXPECT_EQ(parseDType(name(DType(t))), DType(t));
  }
  EXPECT_EQ(parseDType("ui8"), DType::U8);
  EXPECT_EQ(parseDType("i1"), DType::Bool);
  EXPECT_EQ(parseDType("q7"), DType::None);
  EXPECT_EQ(byteSize(DType::I4, {3}), 2u);
  EXPECT_EQ(byteSize(DType::F64, {}), 8u);
  char text[200];
  EXPECT_GT(dlc_device_describe(DLC_DEVICE_CPU, text, sizeof text), 5u);
  EXPECT_EQ(dlc_device_describe(DLC_DEVICE_CPU, text, 4), 3u);
}

TEST(Writer, RefusesWhatCannotRun) {
  std::vector<char> out;
  std::string error;
  auto refuse = [&](Builder b, const std::string &what) {
    b.image.variants.push_back(b.variant);
    EXPECT_FALSE(write(b.image, out, error));
    EXPECT_EQ(error, what);
  };
  Builder b = addScale(4);
  b.variant.steps[1].args[0] = 77;
  refuse(b, "variant 'cpu:any', step 1: argument names buffer 77 of 4");
  b = addScale(4);
  b.variant.steps[0].deps = {1};
  refuse(b, "variant 'cpu:any', step 0: depends on step 1, which does not come before it");
  b = addScale(4);
  b.variant.buffers[2].byteOffset = 8;
  refuse(b, "variant 'cpu:any', buffer 2 't2': bytes 8 to 24 lie outside its 16 bytes");
  b = addScale(4);
  b.image.weights[0].shape = {5};
  refuse(b, "weight 'w': carries 16 bytes, expected 20");
  b = addScale(4);
  b.variant.steps[0].kind = StepKind::While;
  refuse(b, "variant 'cpu:any', step 0: this kind of step is not supported yet");
  // A library call that would reach outside its operands.
  b = Builder();
  Step s;
  s.kind = StepKind::Library;
  s.args = {b.input({4, 4}), b.input({4, 4}), b.output({4, 4})};
  s.matmul.emplace();
  s.matmul->m = s.matmul->n = s.matmul->k = 4;
  s.matmul->a = {0, DType::F32, {4, 1}};
  s.matmul->b = {1, DType::F32, {5, 1}};
  s.matmul->c = {2, DType::F32, {4, 1}};
  b.variant.steps = {s};
  refuse(b, "variant 'cpu:any', step 0: b reaches over 76 bytes of a buffer of 64: strides or dimensions are wrong");
}

} // namespace
