// examples/classify.c as a user runs it.
#include "tests/runtime/Images.h"

#include <cstdio>
#include <filesystem>
#include <unistd.h>
#include <zlib.h>

using namespace dlc::test;
namespace fs = std::filesystem;

namespace {

struct Classify : ::testing::Test {
  fs::path folder = fs::temp_directory_path() / ("dlc-classify-" + std::to_string(getpid()));
  std::string images, model = (folder / "model.dlx").string();

  void SetUp() override {
    fs::create_directories(folder);
    // Three images; image i has its bright row at 2 * (3 * i + 1): class 3 * i + 1.
    images = std::string("\0\0\x08\x03\0\0\0\x03\0\0\0\x1c\0\0\0\x1c", 16);
    for (int i = 0; i != 3; ++i)
      for (int row = 0; row != 28; ++row)
        images += std::string(28, row == 2 * (3 * i + 1) ? '\xff' : '\x10');
    gzFile gz = gzopen((folder / "images.gz").c_str(), "wb");
    gzwrite(gz, images.data(), unsigned(images.size()));
    gzclose(gz);
    std::ofstream(folder / "images", std::ios::binary) << images;
    std::ofstream(folder / "labels", std::ios::binary) << std::string("\0\0\x08\x01\0\0\0\x03\x01\x02\x07", 11);
    save(1);
  }
  void TearDown() override { fs::remove_all(folder); }

  void save(int64_t batch) {
    Builder b;
    uint32_t in = b.input({batch, 784}), out = b.output({batch, 10});
    b.launch("brightest_row", {in, out}, batch);
    b.image.variants.push_back(b.variant);
    std::string error;
    ASSERT_TRUE(writeFile(b.image, model, error)) << error;
  }
  /// What it prints on both streams, and its exit code.
  std::pair<std::string, int> run(const std::string &arguments) {
    std::string command = std::string(DLC_CLASSIFY) + " " + arguments + " 2>&1", text;
    FILE *pipe = popen(command.c_str(), "r");
    char buffer[256];
    while (size_t n = fread(buffer, 1, sizeof buffer, pipe))
      text.append(buffer, n);
    int status = pclose(pipe);
    return {text, WEXITSTATUS(status)};
  }
};

TEST_F(Classify, PlainAndGzippedImages) {
  for (const char *file : {"images", "images.gz"})
    for (int i = 0; i != 3; ++i) {
      auto [text, code] = run(model + " " + (folder / file).string() + " " + std::to_string(i));
      EXPECT_EQ(code, 0) << text;
      EXPECT_NE(text.find("image " + std::to_string(i) + ": class " + std::to_string(3 * i + 1) + " ("),
                std::string::npos)
          << text;
      EXPECT_NE(text.find("device cpu, variant cpu:any"), std::string::npos) << text;
    }
}

TEST_F(Classify, BatchesAndLabels) {
  save(4);
  std::string files = model + " " + (folder / "images").string(), labels = " " + (folder / "labels").string();
  EXPECT_NE(run(files + " 0" + labels).first.find("class 1 (trouser), probability 0.4"), std::string::npos)
      << run(files + " 0" + labels).first;
  EXPECT_NE(run(files + " 0" + labels).first.find("label 1: right"), std::string::npos);
  EXPECT_NE(run(files + " 1" + labels).first.find("label 2: wrong"), std::string::npos);
}

TEST_F(Classify, Errors) {
  std::string file = (folder / "images").string();
  EXPECT_EQ(run("").second, 2);
  EXPECT_EQ(run(model + " " + file + " 3").first, "classify: " + file + " has items 0 to 2, not 3\n");
  EXPECT_EQ(run(model + " " + model + " 0").first, "classify: " + model + " is not an IDX file of bytes\n");
  auto [text, code] = run("/no/model.dlx " + file + " 0");
  EXPECT_EQ(code, 1);
  EXPECT_EQ(text, "classify: /no/model.dlx: cannot open: No such file or directory\n");
}

} // namespace
