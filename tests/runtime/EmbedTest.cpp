// What an embedding program relies on: its allocator and log are the ones used, its buffers are not copied, native code
// can be left alone, and the variant is the best that the machine runs.
#include "tests/runtime/Network.h"

#include "runtime/cpu/Features.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>
#include <unistd.h>

using namespace dlc::test;

namespace {

/// Bytes of private writable memory of this process: heap and anonymous mappings.
uint64_t dataBytes() {
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word)
    if (word == "VmData:") {
      uint64_t kilobytes = 0;
      status >> kilobytes;
      return kilobytes << 10;
    }
  return 0;
}

Floats image(int seed = 3) { return noise(8 * 144, unsigned(seed)); }

TEST(Allocator, EveryTensorComesFromIt) {
  Pages pages;
  dlc::SessionOptions options = dlc::sessionOptions();
  options.device = DLC_DEVICE_CPU;
  options.threads = 1;
  options.allocator = pages.allocator();
  {
    Loaded l(network(), options);
    ASSERT_TRUE(l.session);
    if (haveLibrary())
      EXPECT_NE(std::string(l.session->step(0).implementation).find("weights packed at load"), std::string::npos)
          << l.session->step(0).implementation;
    size_t taken = pages.calls;
    // Arena, input, output, state, the weight made by rule; packed weights and scratch where there is oneDNN.
    EXPECT_GE(taken, haveLibrary() ? 6u : 5u);
    EXPECT_TRUE(pages.owns(l.session->inputData(0)));
    EXPECT_TRUE(pages.owns(l.session->outputData(0)));
    for (int i = 0; i != 3; ++i) {
      ASSERT_OK(l.session->setInput(0, image()));
      ASSERT_OK(l.session->run());
    }
    EXPECT_EQ(pages.calls, taken) << "running allocates nothing";
    EXPECT_EQ(pages.live(), taken);
    if (haveLibrary())
      close(values(*l.session, 0, 160), networkValue(image()), 1e-3f);
    Floats runs(16);
    ASSERT_OK(l.session->read("runs", runs.data(), 64));
    EXPECT_EQ(runs[7], -1.5f);
  }
  EXPECT_EQ(pages.live(), 0u) << "nothing leaks";
  EXPECT_FALSE(pages.mismatched);
}

TEST(Allocator, NothingLargeIsTakenBesideIt) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitizers take memory of their own";
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
  GTEST_SKIP() << "sanitizers take memory of their own";
#endif
#endif
  const int64_t n = 16 << 20; // 64 MiB a tensor
  Builder b;
  uint32_t in = b.input({n}), t = b.arena({n}), out = b.output({n});
  b.image.weights.push_back({"m", DType::F32, {n}, Role::State, Init::Zeros, 0, {}});
  b.image.weights.push_back({"k", DType::F32, {n}, Role::Frozen, Init::Fill, 0x40400000, {}});
  uint32_t m = b.buffer(BufferKind::State, 0, {n}), k = b.buffer(BufferKind::Weight, 1, {n});
  b.launch("add", {in, k, t}, n);
  b.launch("add", {t, m, out}, n);
  Pages pages;
  dlc::SessionOptions options = dlc::sessionOptions();
  options.device = DLC_DEVICE_CPU;
  options.threads = 1;
  options.allocator = pages.allocator();
  std::vector<char> file = b.bytes();
  auto e = dlc::Executable::load(file.data(), file.size());
  ASSERT_TRUE(e);
  uint64_t before = dataBytes();
  auto s = e->session(options);
  ASSERT_TRUE(s) << s.status().text();
  ASSERT_OK(s->run());
  EXPECT_GE(pages.bytes, 5u * 64 << 20);
  EXPECT_LT(dataBytes() - before - pages.bytes, 4u << 20) << "bytes beside the allocator's";
}

TEST(Allocator, EachRefusalIsAStatus) {
  Pages pages;
  dlc::SessionOptions options = dlc::sessionOptions();
  options.device = DLC_DEVICE_CPU;
  options.threads = 1;
  options.allocator = pages.allocator();
  std::vector<char> file = network().bytes();
  auto e = dlc::Executable::load(file.data(), file.size());
  ASSERT_TRUE(e);
  size_t needed = 0;
  {
    auto s = e->session(options);
    ASSERT_TRUE(s) << s.status().text();
    needed = pages.calls;
  }
  for (size_t limit = 0; limit != needed; ++limit) {
    pages.calls = 0;
    pages.limit = limit;
    auto s = e->session(options);
    ASSERT_FALSE(s) << "with " << limit << " of " << needed << " allocations";
    EXPECT_EQ(s.status().code(), DLC_OUT_OF_MEMORY) << s.status().text();
    EXPECT_NE(s.status().text().find("no memory for "), std::string::npos) << s.status().text();
    EXPECT_EQ(pages.live(), 0u) << "with " << limit;
  }
  pages.calls = 0;
  pages.limit = needed;
  EXPECT_TRUE(e->session(options));
  EXPECT_FALSE(pages.mismatched);
}

TEST(Allocator, ServesTheCopyOfUnalignedFiles) {
  std::vector<char> file = addScale(4).bytes(), moved(file.size() + 128);
  size_t shift = 65 - reinterpret_cast<uintptr_t>(moved.data()) % 64;
  std::memcpy(moved.data() + shift, file.data(), file.size());
  Pages pages;
  dlc_load_options load = DLC_LOAD_OPTIONS_INIT;
  load.allocator = pages.allocator();
  {
    auto e = dlc::Executable::load(moved.data() + shift, file.size(), &load);
    ASSERT_TRUE(e) << e.status().text();
    EXPECT_EQ(pages.calls, 1u);
    EXPECT_EQ(pages.bytes, file.size());
  }
  EXPECT_EQ(pages.live(), 0u);
  pages.limit = 0;
  auto refused = dlc::Executable::load(moved.data() + shift, file.size(), &load);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.status().code(), DLC_OUT_OF_MEMORY);
  load.allocator.release = nullptr;
  EXPECT_EQ(dlc::Executable::load(file.data(), file.size(), &load).status().code(), DLC_INVALID_ARGUMENT);
}

struct Lines {
  std::vector<std::pair<dlc_log_level, std::string>> all;
  std::thread::id thread;
  static void log(void *user, dlc_log_level level, const char *line) {
    auto &self = *static_cast<Lines *>(user);
    self.all.push_back({level, line});
    self.thread = std::this_thread::get_id();
  }
};

TEST(Log, TellsWhatWasChosenAndWhatWasPassedOver) {
  std::string path =
      (std::filesystem::temp_directory_path() / ("dlc-embed-test-" + std::to_string(getpid()) + ".dlx")).string();
  Builder b = network();
  b.image.variants.push_back(b.variant);
  b.image.variants.push_back(b.variant);
  b.image.variants.back().target = "cpu:x86-64-v9";
  std::string error;
  ASSERT_TRUE(writeFile(b.image, path, error)) << error;
  Lines lines;
  dlc_load_options load = DLC_LOAD_OPTIONS_INIT;
  load.log = Lines::log;
  load.log_user = &lines;
  auto e = dlc::Executable::load(path.c_str(), &load);
  std::filesystem::remove(path);
  ASSERT_TRUE(e) << e.status().text();
  ASSERT_EQ(lines.all.size(), 1u);
  EXPECT_EQ(lines.all[0].first, DLC_LOG_DEBUG);
  EXPECT_EQ(lines.all[0].second.rfind(path + ": ", 0), 0u) << lines.all[0].second;
  lines.all.clear();
  dlc::SessionOptions options = dlc::sessionOptions();
  options.device = DLC_DEVICE_CPU;
  options.no_library = 1;
  options.log = Lines::log;
  options.log_user = &lines;
  auto s = e->session(options);
  ASSERT_TRUE(s) << s.status().text();
  EXPECT_EQ(lines.thread, std::this_thread::get_id());
  std::string text;
  for (auto &[level, line] : lines.all) {
    EXPECT_EQ(line.find('\n'), std::string::npos) << line;
    EXPECT_EQ(line.rfind(path, 0), 0u) << line;
    text += std::to_string(level) + " " + line.substr(path.size()) + "\n";
  }
  EXPECT_EQ(text, "0 : passed over cpu:x86-64-v9: this runtime does not know such a processor\n"
                  "1 : " +
                      s->summary() +
                      "\n"
                      "1 , step 0 (conv): kernel fallback instead of oneDNN: the library is switched off\n"
                      "1 , step 2 (product): kernel fallback instead of oneDNN: the library is switched off\n");
  // Running says nothing.
  size_t before = lines.all.size();
  ASSERT_OK(s->run());
  EXPECT_EQ(lines.all.size(), before);
}

TEST(Buffers, KernelsWorkOnTheCallersMemory) {
  Builder b;
  uint32_t in = b.input({16}), out = b.output({16});
  b.launch("addresses", {in, out}, 1);
  Loaded l(b);
  ASSERT_TRUE(l.session);
  alignas(64) float x[16], y[17];
  ASSERT_OK(l.session->bindInput(0, x));
  ASSERT_OK(l.session->bindOutput(0, y));
  ASSERT_OK(l.session->run());
  const void *seen[2];
  std::memcpy(seen, y, sizeof seen);
  EXPECT_EQ(seen[0], x);
  EXPECT_EQ(seen[1], y);
  // Rebinding moves both, and memory that is not aligned goes through the session's own.
  alignas(64) float z[16];
  ASSERT_OK(l.session->bindOutput(0, z));
  ASSERT_OK(l.session->run());
  std::memcpy(seen, z, sizeof seen);
  EXPECT_EQ(seen[1], z);
  ASSERT_OK(l.session->bindOutput(0, y + 1));
  ASSERT_OK(l.session->run());
  std::memcpy(seen, y + 1, sizeof seen);
  EXPECT_EQ(seen[0], x);
  EXPECT_NE(seen[1], y + 1);
  void *own = nullptr;
  ASSERT_OK(dlc::Status(dlc_session_output_data(l.session->get(), 0, &own)));
  EXPECT_EQ(seen[1], own);
}

TEST(Buffers, BoundMemoryIsNeverStaged) {
  if (!haveLibrary())
    GTEST_SKIP() << "no oneDNN";
  Pages pages;
  dlc::SessionOptions options = dlc::sessionOptions();
  options.device = DLC_DEVICE_CPU;
  options.threads = 1;
  options.allocator = pages.allocator();
  Loaded l(network(), options);
  ASSERT_TRUE(l.session);
  void *in = l.session->inputData(0), *out = l.session->outputData(0);
  alignas(64) float y[160];
  Floats x = image();
  auto *aligned = static_cast<float *>(std::aligned_alloc(64, x.size() * 4));
  std::memcpy(aligned, x.data(), x.size() * 4);
  ASSERT_OK(l.session->bindInput(0, aligned));
  ASSERT_OK(l.session->bindOutput(0, y));
  // The session's own memory is out of reach: neither dlc nor oneDNN may touch it.
  pages.protect(in, false);
  pages.protect(out, false);
  for (int i = 0; i != 3; ++i)
    ASSERT_OK(l.session->run());
  pages.protect(in, true);
  pages.protect(out, true);
  close(Floats(y, y + 160), networkValue(x), 1e-3f);
  std::free(aligned);
}

std::string mappings() {
  std::ifstream maps("/proc/self/maps");
  std::stringstream text;
  text << maps.rdbuf();
  return text.str();
}

TEST(NoNative, NoByteOfTheCpuPartIsExecutable) {
  std::vector<char> file = addScale(4).bytes();
  dlc_load_options load = DLC_LOAD_OPTIONS_INIT;
  load.no_native = 1;
  auto e = dlc::Executable::load(file.data(), file.size(), &load);
  ASSERT_TRUE(e) << e.status().text();
  EXPECT_EQ(e->variants(), std::vector<std::string>{"cpu:any"});
  for (dlc_device device : {DLC_DEVICE_CPU, DLC_DEVICE_AUTO}) {
    dlc::SessionOptions options = dlc::sessionOptions();
    options.device = device;
    auto s = e->session(options);
    ASSERT_FALSE(s);
    EXPECT_EQ(s.status().code(), DLC_UNSUPPORTED);
    EXPECT_NE(s.status().text().find("native code was not to be loaded, and the CPU runs nothing else"),
              std::string::npos)
        << s.status().text();
  }
  EXPECT_EQ(mappings().find("dlc-kernels"), std::string::npos);
  // The options of a caller who knew of version 2 alone.
  load.struct_size = offsetof(dlc_load_options, allocator);
  auto older = dlc::Executable::load(file.data(), file.size(), &load);
  ASSERT_TRUE(older);
  auto s = older->session();
  ASSERT_TRUE(s) << s.status().text();
  EXPECT_NE(mappings().find("dlc-kernels"), std::string::npos);
}

#if defined(__x86_64__)
using dlc::rt::CpuFeatures;
using dlc::rt::fitCpu;

/// A processor with all that the levels ask for.
CpuFeatures newest() {
  CpuFeatures all;
  std::memset(&all, 0xff, sizeof all);
  return all;
}

TEST(Variants, FitTheProcessorOrNameWhatItLacks) {
  std::string why;
  for (int level = 1; level <= 4; ++level) {
    CpuFeatures cpu = newest().limited(level);
    for (int wanted = 2; wanted <= 4; ++wanted) {
      int fit = fitCpu(cpu, "cpu:x86-64-v" + std::to_string(wanted), why);
      EXPECT_EQ(fit > 0, wanted <= level) << level << " " << wanted << ": " << why;
    }
    EXPECT_GT(fitCpu(cpu, "cpu:x86-64", why), fitCpu(cpu, "cpu:any", why));
  }
  EXPECT_GT(fitCpu(newest(), "cpu:x86-64-v4", why), fitCpu(newest(), "cpu:x86-64-v3", why));
  EXPECT_GT(fitCpu(newest(), "cpu:x86-64-v3", why), fitCpu(newest(), "cpu:x86-64-v2", why));
  EXPECT_GT(fitCpu(newest(), "cpu:x86-64-v2", why), fitCpu(newest(), "cpu:x86-64", why));

  EXPECT_EQ(fitCpu(newest().limited(3), "cpu:x86-64-v4", why), 0);
  EXPECT_EQ(why, "this machine lacks avx512f, avx512bw, avx512cd, avx512dq, avx512vl, AVX-512 state saved by the "
                 "operating system");
  CpuFeatures cpu = newest();
  cpu.leaf1[2] &= ~(1u << 12); // FMA: AMD's Piledriver and others have some of a level
  EXPECT_EQ(fitCpu(cpu, "cpu:x86-64-v3", why), 0);
  EXPECT_EQ(why, "this machine lacks fma");
  cpu = newest();
  cpu.saved = 0x6; // an operating system, or a setting of it, that leaves AVX-512 out
  EXPECT_EQ(fitCpu(cpu, "cpu:x86-64-v4", why), 0);
  EXPECT_EQ(why, "this machine lacks AVX-512 state saved by the operating system");
  EXPECT_GT(fitCpu(cpu, "cpu:x86-64-v3", why), 0);
}

/// With DLC_CPU_LEVEL a machine is taken for an older one: ctest runs this once a level.
TEST(Variants, TheBestOfThisLevelIsTaken) {
  std::string level = dlc::rt::cpuLevel();
  if (const char *wanted = std::getenv("DLC_CPU_LEVEL"))
    ASSERT_LE(level, wanted) << "DLC_CPU_LEVEL takes no effect";
  const std::string levels[] = {"x86-64", "x86-64-v2", "x86-64-v3", "x86-64-v4"};
  Builder all = addScale(4), higher = addScale(4);
  all.variant.target = higher.variant.target = ""; // each by its own name
  std::string lowestHigher;
  for (const std::string &l : levels) {
    all.variant.target = "cpu:" + l;
    all.image.variants.push_back(all.variant);
    if (l > level) {
      higher.image.variants.push_back(all.variant);
      lowestHigher = lowestHigher.empty() ? l : lowestHigher;
    }
  }
  all.variant.target = higher.variant.target = "";
  dlc::SessionOptions options = dlc::sessionOptions();
  options.device = DLC_DEVICE_CPU;
  Loaded l(all, options);
  ASSERT_TRUE(l.session);
  EXPECT_EQ(l.session->variant(), "cpu:" + level);
  if (lowestHigher.empty())
    return;
  std::vector<char> file = higher.bytes();
  auto e = dlc::Executable::load(file.data(), file.size());
  ASSERT_TRUE(e) << e.status().text();
  auto s = e->session(options);
  ASSERT_FALSE(s);
  EXPECT_EQ(s.status().code(), DLC_UNSUPPORTED);
  std::string text = s.status().text();
  EXPECT_NE(text.find("cpu:" + lowestHigher + ": this machine lacks "), std::string::npos) << text;
  EXPECT_NE(text.find(lowestHigher == "x86-64-v3" ? "avx2, bmi1" : "avx512f"), std::string::npos) << text;
  EXPECT_NE(text.find("compile it with --target cpu:" + level), std::string::npos) << text;
}
#endif

} // namespace
