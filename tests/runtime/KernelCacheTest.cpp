// White box: the kernel cache on disk, among threads and processes, and after damage.
#include "runtime/cuda/KernelCache.h"

#include <atomic>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <map>
#include <sstream>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace dlc::rt;
using namespace dlc::rt::cuda;
namespace fs = std::filesystem;

namespace {

struct CacheTest : testing::Test {
  fs::path root = fs::temp_directory_path() / ("dlc-kernel-cache-" + std::to_string(getpid()));
  std::string folder = (root / "deep" / "kernels").string(), options = "--std=c++20 ", compiler = "13.0",
              arch = "sm_90";
  std::vector<std::string> lines;
  Log log{[](void *user, dlc_log_level, const char *line) {
            static_cast<std::vector<std::string> *>(user)->push_back(line);
          },
          &lines};

  void SetUp() override { fs::remove_all(root); }
  void TearDown() override {
    fs::permissions(root, fs::perms::owner_all, fs::perm_options::add, ignored);
    fs::remove_all(root);
  }
  std::error_code ignored;

  Status get(const std::string &text, const KernelCache::Compile &compile, std::string &out, Log to = {}) {
    return KernelCache(folder).get({text, options, compiler, arch}, compile, to, out);
  }
  fs::path entry(const std::string &text) {
    return fs::path(folder) / KernelCache::entryName({text, options, compiler, arch});
  }
};

KernelCache::Compile counting(int &count, std::string result) {
  return [&count, result](std::string &out) -> Status {
    ++count;
    out = result;
    return {};
  };
}

TEST_F(CacheTest, CompilesOnceAndRemembers) {
  int compiled = 0;
  std::string out;
  for (int i = 0; i != 3; ++i) {
    ASSERT_TRUE(get("kernel a", counting(compiled, "code a"), out).ok());
    EXPECT_EQ(out, "code a");
  }
  EXPECT_EQ(compiled, 1);
}

TEST_F(CacheTest, EveryPartOfTheKeyCounts) {
  int compiled = 0;
  std::string out;
  ASSERT_TRUE(get("kernel", counting(compiled, "1"), out).ok());
  ASSERT_TRUE(get("kernel ", counting(compiled, "2"), out).ok());
  for (std::string *part : {&options, &compiler, &arch}) {
    *part += "x";
    ASSERT_TRUE(get("kernel", counting(compiled, "3"), out).ok());
    EXPECT_EQ(out, "3");
    part->pop_back();
  }
  EXPECT_EQ(compiled, 5);
  ASSERT_TRUE(get("kernel", counting(compiled, "4"), out).ok());
  EXPECT_EQ(out, "1");
  EXPECT_EQ(compiled, 5);
}

TEST_F(CacheTest, FailuresAreNotKept) {
  std::string out;
  auto fails = [](std::string &) -> Status { return {DLC_INTERNAL, "refused"}; };
  Status s = get("kernel", fails, out);
  EXPECT_EQ(s.message(), "refused");
  int compiled = 0;
  ASSERT_TRUE(get("kernel", counting(compiled, "good"), out).ok());
  EXPECT_EQ(compiled, 1);
}

TEST_F(CacheTest, DamageIsFoundAndMadeAnew) {
  int compiled = 0;
  std::string out, good(5000, 'k');
  ASSERT_TRUE(get("kernel", counting(compiled, good), out).ok());
  std::ifstream file(entry("kernel"), std::ios::binary);
  std::stringstream whole;
  whole << file.rdbuf();
  std::string bytes = whole.str();
  ASSERT_GT(bytes.size(), good.size());
  // A bit anywhere, a cut anywhere, nothing at all, something behind.
  std::vector<std::string> damaged;
  for (size_t at : {size_t(0), size_t(9), size_t(20), size_t(30), bytes.size() / 2, bytes.size() - 1}) {
    damaged.push_back(bytes);
    damaged.back()[at] ^= 4;
    damaged.push_back(bytes.substr(0, at));
  }
  damaged.push_back(bytes + "x");
  int expected = 1;
  for (const std::string &bad : damaged) {
    std::ofstream(entry("kernel"), std::ios::binary) << bad;
    lines.clear();
    ASSERT_TRUE(get("kernel", counting(compiled, good), out, log).ok());
    EXPECT_EQ(out, good);
    EXPECT_EQ(compiled, ++expected);
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_NE(lines[0].find("is damaged and made anew"), std::string::npos) << lines[0];
    ASSERT_TRUE(get("kernel", counting(compiled, "never"), out).ok());
    EXPECT_EQ(compiled, expected);
  }
}

TEST_F(CacheTest, DoesWithoutAFolderThatCannotBeUsed) {
  fs::create_directories(root);
  std::ofstream(root / "deep") << "a file where a folder should be";
  int compiled = 0;
  std::string out;
  for (int i = 1; i != 3; ++i) {
    lines.clear();
    ASSERT_TRUE(get("kernel", counting(compiled, "code"), out, log).ok());
    EXPECT_EQ(out, "code");
    EXPECT_EQ(compiled, i);
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_EQ(lines[0].rfind("kernels are not kept: ", 0), 0u) << lines[0];
  }
  EXPECT_FALSE(KernelCache(folder).inspect().problem.empty());
  folder.clear();
  ASSERT_TRUE(get("kernel", counting(compiled, "code"), out, log).ok());
  EXPECT_EQ(compiled, 3);
}

TEST_F(CacheTest, TellsItsState) {
  KernelCache::State none = KernelCache(folder).inspect();
  EXPECT_FALSE(none.exists);
  EXPECT_TRUE(none.writable);
  int compiled = 0;
  std::string out;
  ASSERT_TRUE(get("a", counting(compiled, "12345"), out).ok());
  ASSERT_TRUE(get("b", counting(compiled, "1234567"), out).ok());
  std::ofstream(entry("c")) << "rubbish";
  KernelCache::State s = KernelCache(folder).inspect();
  EXPECT_TRUE(s.exists && s.writable && s.problem.empty());
  EXPECT_EQ(s.entries, 2u);
  EXPECT_EQ(s.damaged, 1u);
  EXPECT_EQ(s.bytes, 12u);
}

/// Compiling writes a line, so that all processes together can be counted.
KernelCache::Compile recording(const fs::path &path, std::string key) {
  return [path, key](std::string &out) -> Status {
    int fd = open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT, 0600);
    std::string line = key + "\n";
    bool written = write(fd, line.data(), line.size()) == ssize_t(line.size());
    close(fd);
    usleep(20'000); // as long as a light kernel takes NVRTC: the others come to wait
    out = std::string(10'000, 'x') + key;
    return written ? Status() : Status(DLC_IO, "cannot write");
  };
}

TEST_F(CacheTest, TheLongestUnusedGoWhereThereAreTooMany) {
  const uint64_t limit = 64 << 10;
  KernelCache small(folder, limit);
  auto get = [&](const std::string &text, int &compiled) {
    std::string out;
    ASSERT_TRUE(small.get({text, options, compiler, arch}, counting(compiled, std::string(1024, 'x')), {}, out).ok());
    ASSERT_EQ(out.size(), 1024u);
  };
  int kept = 0, others = 0;
  for (int i = 0; i != 300; ++i) {
    get("used all the time", kept);
    get("kernel " + std::to_string(i), others);
  }
  EXPECT_EQ(others, 300);
  EXPECT_EQ(kept, 1);
  KernelCache::State s = small.inspect();
  EXPECT_EQ(s.damaged, 0u);
  EXPECT_GT(s.bytes, limit / 2);
  EXPECT_LT(s.bytes, limit * 2); // without a limit 300 KiB
  int again = 0;
  get("kernel 299", again);
  EXPECT_EQ(again, 0) << "the newest is there";
  get("kernel 0", again);
  EXPECT_EQ(again, 1) << "the oldest is not";
}

TEST_F(CacheTest, EightProcessesCompileEachKeyOnce) {
  fs::create_directories(root);
  fs::path record = root / "compiled";
  constexpr int processes = 8, keys = 6;
  int start[2];
  ASSERT_EQ(pipe(start), 0);
  std::vector<pid_t> children;
  for (int p = 0; p != processes; ++p) {
    pid_t child = fork();
    ASSERT_GE(child, 0);
    if (!child) {
      close(start[1]);
      char byte;
      (void)!read(start[0], &byte, 1); // all at once, when the writer closes
      bool right = true;
      for (int i = 0; i != keys; ++i) {
        std::string key = "kernel " + std::to_string((i + p) % keys), out;
        right &= get(key, recording(record, key), out).ok() && out == std::string(10'000, 'x') + key;
      }
      _exit(right ? 0 : 1);
    }
    children.push_back(child);
  }
  close(start[0]);
  close(start[1]);
  for (pid_t child : children) {
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }
  std::ifstream file(record);
  std::map<std::string, int> counts;
  for (std::string line; std::getline(file, line);)
    ++counts[line];
  EXPECT_EQ(counts.size(), size_t(keys));
  for (auto &[key, n] : counts)
    EXPECT_EQ(n, 1) << key;
  // Nothing lies about but the entries and the lock.
  size_t files = 0;
  for (auto &e : fs::directory_iterator(folder))
    files += e.is_regular_file();
  EXPECT_EQ(files, size_t(keys) + 1);
}

TEST_F(CacheTest, EightThreadsCompileEachKeyOnce) {
  std::atomic<int> compiled = 0, wrong = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t != 8; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i != 6; ++i) {
        std::string key = "kernel " + std::to_string((i + t) % 6), out;
        auto compile = [&](std::string &made) -> Status {
          ++compiled;
          usleep(5'000);
          made = "code of " + key;
          return {};
        };
        wrong += !get(key, compile, out).ok() || out != "code of " + key;
      }
    });
  for (std::thread &t : threads)
    t.join();
  EXPECT_EQ(compiled, 6);
  EXPECT_EQ(wrong, 0);
}

TEST_F(CacheTest, AProcessThatDiesWhileCompilingLeavesTheKeyFree) {
  pid_t child = fork();
  ASSERT_GE(child, 0);
  if (!child) {
    std::string out;
    (void)get("kernel", [](std::string &) -> Status { _exit(7); }, out);
    _exit(1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_EQ(WEXITSTATUS(status), 7);
  int compiled = 0;
  std::string out;
  ASSERT_TRUE(get("kernel", counting(compiled, "code"), out).ok());
  EXPECT_EQ(compiled, 1);
}

} // namespace
