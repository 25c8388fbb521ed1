// Sixteen threads with sessions of their own that share weights: what the thread sanitizer is run on.
#include "tests/runtime/Network.h"

#include <atomic>
#include <barrier>
#include <thread>

#ifdef DLC_TEST_GPUSIM
#include "tests/runtime/CudaImages.h"
#endif

using namespace dlc::test;

namespace {

constexpr int count = 16;

/// Runs body(thread) on each thread, all at once, and returns how many failed.
template <class F> int onThreads(F body) {
  std::atomic<int> failed = 0;
  std::barrier start(count);
  std::vector<std::thread> threads;
  for (int t = 0; t != count; ++t)
    threads.emplace_back([&, t] {
      start.arrive_and_wait();
      if (!body(t))
        ++failed;
    });
  for (std::thread &t : threads)
    t.join();
  return failed;
}

/// One session's whole life: made, run, its weights read, freed. `share` may be null.
bool live(const dlc::Executable &executable, const dlc::Session *share, int thread, dlc::SessionOptions options,
          const Floats &w1) {
  options.share = share ? share->get() : nullptr;
  auto s = executable.session(options);
  if (!s)
    return false;
  Floats x = noise(8 * 144, unsigned(thread)), want = networkValue(x), y(160), w(w1.size());
  for (int run = 0; run != 4; ++run) {
    if (!s->setInput(0, x) || !s->run() || !s->getOutput(0, y) || !s->read("w1", w.data(), w.size() * 4) || w != w1)
      return false;
    for (size_t i = 0; i != y.size(); ++i)
      if (!(std::fabs(y[i] - want[i]) <= 1e-3f * (1 + std::fabs(want[i]))))
        return false;
  }
  return true;
}

struct Log {
  std::mutex mutex;
  size_t lines = 0;
  static void line(void *user, dlc_log_level, const char *) {
    auto &self = *static_cast<Log *>(user);
    std::lock_guard lock(self.mutex);
    ++self.lines;
  }
};

TEST(Threads, SessionsThatShareWeights) {
  if (!haveLibrary())
    GTEST_SKIP() << "no oneDNN";
  std::vector<char> file = network(16, false).bytes();
  auto e = dlc::Executable::load(file.data(), file.size());
  ASSERT_TRUE(e);
  Pages pages;
  Log log;
  dlc::SessionOptions options = dlc::sessionOptions();
  options.device = DLC_DEVICE_CPU;
  options.threads = 1;
  options.allocator = pages.allocator();
  options.log = Log::line;
  options.log_user = &log;
  Floats w1 = noise(16 * 8 * 9, 1);
  {
    auto first = e->session(options);
    ASSERT_TRUE(first) << first.status().text();
    EXPECT_EQ(onThreads([&](int t) {
                bool good = true;
                for (int life = 0; life != 3; ++life)
                  good &= live(*e, life % 2 ? nullptr : &*first, t, options, w1);
                return good;
              }),
              0);
  }
  EXPECT_EQ(pages.live(), 0u);
  EXPECT_FALSE(pages.mismatched);
  EXPECT_GE(log.lines, size_t(count));
}

TEST(Threads, EachWithATeamOfItsOwn) {
  if (!haveLibrary())
    GTEST_SKIP() << "no oneDNN";
  std::vector<char> file = network(16, false).bytes();
  auto e = dlc::Executable::load(file.data(), file.size());
  ASSERT_TRUE(e);
  dlc::SessionOptions options = dlc::sessionOptions();
  options.device = DLC_DEVICE_CPU;
  options.threads = 2;
  auto first = e->session(options);
  ASSERT_TRUE(first);
  Floats w1 = noise(16 * 8 * 9, 1);
  EXPECT_EQ(onThreads([&](int t) { return live(*e, &*first, t, options, w1); }), 0);
}

TEST(Threads, LoadAndFreeExecutablesSideBySide) {
  std::vector<char> file = network(16, false).bytes();
  Floats w1 = noise(16 * 8 * 9, 1);
  EXPECT_EQ(onThreads([&](int t) {
              auto e = dlc::Executable::load(file.data(), file.size());
              dlc::SessionOptions options = dlc::sessionOptions();
              options.device = DLC_DEVICE_CPU;
              options.threads = 1;
              // Half of them without the library: kernels alone. They only have to run.
              options.no_library = t % 2;
              if (!e || e->inputCount() != 1)
                return false;
              if (!options.no_library)
                return !haveLibrary() || live(*e, nullptr, t, options, w1);
              auto s = e->session(options);
              return s && s->run();
            }),
            0);
}

/// An error of one thread's session is that thread's.
TEST(Threads, ErrorsStayApart) {
  std::vector<char> file = addScale(64).bytes();
  auto e = dlc::Executable::load(file.data(), file.size());
  ASSERT_TRUE(e);
  EXPECT_EQ(onThreads([&](int t) {
              dlc::SessionOptions options = dlc::sessionOptions();
              options.device = DLC_DEVICE_CPU;
              std::string name = "cpu:of-thread-" + std::to_string(t);
              for (int i = 0; i != 20; ++i) {
                options.variant = t % 2 ? name.c_str() : nullptr;
                auto s = e->session(options);
                if (t % 2 ? s || s.status().text() != "<memory>: the file has no variant '" + name + "'"
                          : !s || s->setInput(5, nullptr, 0).code() != DLC_NOT_FOUND)
                  return false;
              }
              return true;
            }),
            0);
}

#ifdef DLC_TEST_GPUSIM
TEST(Threads, SessionsOnOneCardThatShareWeights) {
  std::vector<char> file = cudaAddScale(64).bytes();
  auto e = dlc::Executable::load(file.data(), file.size());
  ASSERT_TRUE(e);
  dlc::SessionOptions options = simOptions();
  auto first = e->session(options);
  ASSERT_TRUE(first) << first.status().text();
  EXPECT_EQ(onThreads([&](int t) {
              dlc::SessionOptions mine = options;
              mine.share = t % 2 ? first->get() : nullptr;
              auto s = e->session(mine);
              Floats x(64, float(t)), y(64);
              if (!s)
                return false;
              for (int i = 0; i != 3; ++i)
                if (!s->setInput(0, x) || !s->runAsync() || !s->getOutput(0, y) || y[9] != 2 * float(t + 10))
                  return false;
              return true;
            }),
            0);
}
#else
TEST(Threads, SessionsOnOneCardThatShareWeights) {
  GTEST_SKIP() << "built without the simulated GPU: the thread sanitizer has no room for the addresses it reserves";
}
#endif

} // namespace
