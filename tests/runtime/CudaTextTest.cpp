// Programs with CUDA text alone: NVRTC at load, through the kernel cache, in one process and in eight that start cold.
#include "tests/runtime/CudaImages.h"

#include <filesystem>
#include <sys/wait.h>
#include <unistd.h>

using namespace dlc::test;
namespace fs = std::filesystem;

namespace {

constexpr const char *text = R"(
extern "C" __global__ void add(const float *a, const float *b, float *c) {
  unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
  c[i] = a[i] + b[i];
}
)";
constexpr const char *other = R"(
extern "C" __global__ void scale2(const float *a, float *b) {
  unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
  b[i] = 2 * a[i];
}
)";

/// Two units, as text.
CudaBuilder textProgram() {
  CudaBuilder b = cudaAddScale(8);
  b.variant.codes = {{CodeKind::CudaText, "", 0, dlc::exe::Bytes::own(text)},
                     {CodeKind::CudaText, "", 1, dlc::exe::Bytes::own(other)}};
  b.variant.kernels[1].unit = 1;
  return b;
}

struct Text : CudaTest {
  fs::path cache = fs::temp_directory_path() / ("dlc-cuda-text-" + std::to_string(getpid()));

  void SetUp() override {
    CudaTest::SetUp();
    // Found before the cache's folder is another one: NVRTC may lie in it.
    const char *xdg = std::getenv("XDG_CACHE_HOME"), *home = std::getenv("HOME");
    fs::path nvrtc = (xdg && *xdg ? fs::path(xdg) : fs::path(home ? home : "") / ".cache") / "dlc" / "nvrtc";
    if (!std::getenv("DLC_NVRTC") && fs::is_directory(nvrtc))
      setenv("DLC_NVRTC", nvrtc.c_str(), 1);
    setenv("XDG_CACHE_HOME", cache.c_str(), 1);
    fs::remove_all(cache);
    std::string error;
    if (compilations(&error) < 0) {
      ASSERT_NE(error.find("NVRTC was not found"), std::string::npos) << error;
      ASSERT_EQ(std::getenv("DLC_REQUIRE_NVRTC"), nullptr) << error;
      GTEST_SKIP() << error;
    }
    fs::remove_all(cache);
  }
  void TearDown() override {
    fs::remove_all(cache);
    CudaTest::TearDown();
  }

  /// Makes a session and runs it. How many units were compiled for it; -1 where it failed.
  static int compilations(std::string *error = nullptr) {
    std::vector<char> file = textProgram().bytes();
    auto e = dlc::Executable::load(file.data(), file.size());
    if (!e)
      return -1;
    int count = 0;
    dlc::SessionOptions options = simOptions();
    options.log_user = &count;
    options.log = [](void *user, dlc_log_level, const char *line) {
      *static_cast<int *>(user) += std::string_view(line).find("compiled unit_") != std::string_view::npos;
    };
    auto s = e->session(options);
    if (!s) {
      if (error)
        *error = s.status().text();
      return -1;
    }
    Floats out(8);
    if (!s->setInput(0, Floats(8, 10)).ok() || !s->run().ok() || !s->getOutput(0, out).ok() || out[7] != 36)
      return -1;
    return count;
  }
};

TEST_F(Text, IsCompiledOnceAndKept) {
  EXPECT_EQ(compilations(), 2);
  EXPECT_EQ(compilations(), 0);
  // Another architecture is another key; a damaged entry is made anew.
  size_t entries = 0;
  for (auto &e : fs::directory_iterator(cache / "dlc" / "kernels"))
    if (e.path().extension() == ".compute_80" && !entries++)
      fs::resize_file(e.path(), 100);
  EXPECT_EQ(entries, 2u);
  EXPECT_EQ(compilations(), 1);
  EXPECT_EQ(compilations(), 0);
}

TEST_F(Text, RefusedTextIsToldWithTheCompilersWords) {
  CudaBuilder b = textProgram();
  b.variant.codes[1].bytes = dlc::exe::Bytes::own("extern \"C\" __global__ void scale2() { no such thing; }");
  std::vector<char> file = b.bytes();
  auto e = dlc::Executable::load(file.data(), file.size());
  ASSERT_TRUE(e);
  auto s = e->session(simOptions());
  ASSERT_FALSE(s);
  std::string words = s.status().text();
  EXPECT_NE(words.find("cannot compile unit_1.cu for compute_80 with NVRTC"), std::string::npos) << words;
  EXPECT_NE(words.find("error"), std::string::npos) << words;
}

TEST_F(Text, EightColdProcessesCompileEachUnitOnce) {
  int start[2], results[2];
  ASSERT_EQ(pipe(start), 0);
  ASSERT_EQ(pipe(results), 0);
  std::vector<pid_t> children;
  for (int i = 0; i != 8; ++i) {
    pid_t child = fork();
    ASSERT_GE(child, 0);
    if (!child) {
      // A program of its own: drivers and NVRTC do not survive a fork.
      dup2(start[0], 0);
      dup2(results[1], 1);
      close(start[1]);
      close(results[0]);
      execl("/proc/self/exe", "runtime-cuda-text", "--cold", nullptr);
      _exit(127);
    }
    children.push_back(child);
  }
  close(start[0]);
  close(results[1]);
  usleep(200'000); // all have started and wait
  close(start[1]);
  int compiled = 0, processes = 0, one = 0;
  while (read(results[0], &one, sizeof one) == sizeof one) {
    EXPECT_GE(one, 0);
    compiled += one;
    ++processes;
  }
  close(results[0]);
  for (pid_t child : children) {
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }
  EXPECT_EQ(processes, 8);
  EXPECT_EQ(compiled, 2);
}

} // namespace

int main(int argc, char **argv) {
  if (argc == 2 && !std::strcmp(argv[1], "--cold")) {
    char byte;
    while (read(0, &byte, 1) > 0) {
    }
    int count = Text::compilations();
    return write(1, &count, sizeof count) == sizeof count ? 0 : 1;
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
