// What NVRTC compiled is kept on disk and taken from there; what differs in anything that counts is compiled anew.
#include "codegen/cuda/Nvrtc.h"
#include "gtest/gtest.h"
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <unistd.h>

using namespace dlc;
namespace fs = std::filesystem;

namespace {

constexpr const char *text =
    "#include \"part.h\"\nextern \"C\" __global__ void k(float *x) { x[threadIdx.x] *= FACTOR; }\n";

class NvrtcCache : public testing::Test {
protected:
  void SetUp() override {
    auto opened = Nvrtc::open(); // before the folder changes: NVRTC may lie in the cache's
    if (!opened) {
      std::string why = llvm::toString(opened.takeError());
      const char *required = std::getenv("DLC_REQUIRE_NVRTC");
      ASSERT_FALSE(required && std::string(required) == "1") << why;
      GTEST_SKIP() << why;
    }
    nvrtc.emplace(std::move(*opened));
    folder = fs::temp_directory_path() / ("dlc-nvrtc-cache-" + std::to_string(getpid()));
    setenv("XDG_CACHE_HOME", folder.c_str(), 1);
  }
  void TearDown() override {
    if (!folder.empty())
      fs::remove_all(folder);
  }

  NvrtcOutput compile(const char *arch = "sm_80", const char *header = "#define FACTOR 2\n", const char *name = "a.cu",
                      std::vector<std::string> options = {}) {
    auto output = nvrtc->compile(text, name, arch, {{"part.h", header}}, options);
    if (output)
      return std::move(*output);
    ADD_FAILURE() << llvm::toString(output.takeError());
    return {};
  }
  std::vector<fs::path> entries() const {
    std::vector<fs::path> files;
    for (auto &file : fs::directory_iterator(folder / "dlc/kernels"))
      if (file.path().filename() != "lock")
        files.push_back(file.path());
    return files;
  }

  std::optional<Nvrtc> nvrtc;
  fs::path folder;
};

TEST_F(NvrtcCache, TheSecondTimeItIsTheSameAndNotCompiled) {
  NvrtcOutput first = compile(), second = compile();
  EXPECT_FALSE(first.cached);
  EXPECT_TRUE(second.cached);
  EXPECT_FALSE(first.cubin.empty());
  EXPECT_EQ(first.ptx, second.ptx);
  EXPECT_EQ(first.cubin, second.cubin);
  ASSERT_EQ(second.kernels.size(), 1u);
  EXPECT_EQ(second.kernels[0].kernel, "k");
  EXPECT_GT(second.kernels[0].registers, 0);
  EXPECT_EQ(second.kernels[0].registers, first.kernels[0].registers);
  EXPECT_EQ(entries().size(), 1u);
}

TEST_F(NvrtcCache, WhateverCountsIsPartOfTheKey) {
  compile();
  EXPECT_FALSE(compile("sm_90").cached);
  EXPECT_FALSE(compile("sm_80", "#define FACTOR 3\n").cached) << "a header";
  EXPECT_FALSE(compile("sm_80", "#define FACTOR 2\n", "a.cu", {"--maxrregcount=32"}).cached) << "an option";
  EXPECT_TRUE(compile("sm_80", "#define FACTOR 2\n", "b.cu").cached) << "a cubin does not name the file";
  EXPECT_FALSE(compile("compute_80").cached);
  EXPECT_FALSE(compile("compute_80", "#define FACTOR 2\n", "b.cu").cached) << "PTX with lines does";
  EXPECT_TRUE(compile("compute_80").cached);
}

TEST_F(NvrtcCache, ADamagedEntryIsMadeAnew) {
  std::string cubin = compile().cubin;
  ASSERT_EQ(entries().size(), 1u);
  std::fstream(entries()[0], std::ios::in | std::ios::out | std::ios::binary).seekp(-1, std::ios::end).put('\x55');
  NvrtcOutput again = compile();
  EXPECT_FALSE(again.cached);
  EXPECT_EQ(again.cubin, cubin);
  EXPECT_TRUE(compile().cached);
}

TEST_F(NvrtcCache, ErrorsAreNotKept) {
  for (int i = 0; i < 2; ++i) {
    auto output = nvrtc->compile("nonsense;", "a.cu", "sm_80");
    ASSERT_FALSE(output);
    EXPECT_NE(llvm::toString(output.takeError()).find("a.cu(1): error"), std::string::npos);
  }
  EXPECT_TRUE(entries().empty());
}

TEST_F(NvrtcCache, WithoutAFolderItWorksAllTheSame) {
  std::ofstream(folder) << "a file";
  EXPECT_FALSE(compile().cached);
  EXPECT_FALSE(compile().cached);
}

} // namespace
