// A damaged .dlx is refused with one line that names file and section, never crashes, and never runs.
#include "tests/runtime/Images.h"

#include "runtime/Container.h"

#include <algorithm>
#include <filesystem>
#include <random>
#include <unistd.h>

using namespace dlc::test;

namespace {

/// What loading says; "" where it loads.
std::string load(const char *data, size_t size) {
  auto e = dlc::Executable::load(data, size);
  if (e)
    return "";
  EXPECT_EQ(e.status().code(), DLC_BAD_FILE) << e.status().text();
  std::string text = e.status().text();
  EXPECT_NE(text.find("<memory>, section '"), std::string::npos) << text;
  EXPECT_EQ(text.find('\n'), std::string::npos) << text;
  return text;
}
std::string load(const std::vector<char> &file) { return load(file.data(), file.size()); }

std::vector<char> sample() {
  Builder b = addScale(100);
  b.image.constants.push_back(
      {"", DType::F32, {3}, Role::Frozen, Init::Values, 0, bytesOf(std::vector<float>{5, 6, 7})});
  return b.bytes();
}

TEST(Corruption, TheSampleLoads) { EXPECT_EQ(load(sample()), ""); }

TEST(Corruption, EveryByteOfHeaderAndTable) {
  std::vector<char> file = sample();
  dlc::container::Header header;
  std::memcpy(&header, file.data(), sizeof header);
  size_t end = sizeof header + header.sections * sizeof(dlc::container::Section);
  ASSERT_GT(header.sections, 2u);
  for (size_t i = 0; i != end; ++i)
    for (int bit = 0; bit != 8; ++bit) {
      file[i] ^= char(1 << bit);
      ASSERT_NE(load(file), "") << "byte " << i << ", bit " << bit;
      file[i] ^= char(1 << bit);
    }
  EXPECT_EQ(load(file), "");
}

TEST(Corruption, EverySectionIsNamed) {
  std::vector<char> file = sample();
  dlc::container::Header header;
  std::memcpy(&header, file.data(), sizeof header);
  std::vector<std::string> names;
  for (uint32_t i = 0; i != header.sections; ++i) {
    dlc::container::Section s;
    std::memcpy(&s, file.data() + sizeof header + i * sizeof s, sizeof s);
    names.push_back(s.name);
    for (uint64_t at : {s.offset, s.offset + s.size / 2, s.offset + s.size - 1}) {
      file[at] ^= 4;
      EXPECT_EQ(load(file),
                std::string("<memory>, section '") + s.name + "': checksum does not match: the file is damaged");
      file[at] ^= 4;
    }
  }
  EXPECT_EQ(names, (std::vector<std::string>{"program", "code.0", "weights"}));
}

TEST(Corruption, RandomFlips) {
  std::vector<char> file = sample();
  std::mt19937_64 engine(7);
  for (int i = 0; i != 1000; ++i) {
    std::vector<char> damaged = file;
    for (uint64_t n = 1 + engine() % 4; n--;)
      damaged[engine() % damaged.size()] ^= char(1 + engine() % 255);
    if (damaged != file)
      ASSERT_NE(load(damaged), "") << i;
  }
}

TEST(Corruption, Truncations) {
  std::vector<char> file = sample();
  std::mt19937_64 engine(8);
  for (size_t size = 0; size != 600; ++size)
    ASSERT_NE(load(file.data(), size), "") << size;
  for (int i = 0; i != 1000; ++i) {
    size_t size = engine() % file.size();
    ASSERT_NE(load(file.data(), size), "") << size;
  }
  std::string text = load(file.data(), file.size() - 1);
  EXPECT_EQ(text.rfind("<memory>, section 'weights': the file is cut off", 0), 0u) << text;
  file.push_back(0);
  EXPECT_NE(load(file), "");
}

TEST(Corruption, OtherFiles) {
  EXPECT_EQ(load(std::vector<char>(5000, 'x')),
            "<memory>, section 'header': not a .dlx file (its first bytes are not a .dlx file's)");
  EXPECT_NE(load(std::vector<char>(10, 0)).find("the file has 10 bytes"), std::string::npos);
  // Another version says so, provided that the rest is whole.
  std::vector<char> file = sample();
  dlc::container::Header header;
  std::memcpy(&header, file.data(), sizeof header);
  header.version = 99;
  header.checksum = 0;
  std::memcpy(file.data(), &header, sizeof header);
  header.checksum =
      dlc::container::checksum(file.data(), sizeof header + header.sections * sizeof(dlc::container::Section));
  std::memcpy(file.data(), &header, sizeof header);
  EXPECT_EQ(load(file),
            "<memory>, section 'header': file version 99, this runtime reads version 1: compile the model again");
}

// What another writer might produce: damaged tables under checksums that hold. Refused or loaded, never a crash.
TEST(Corruption, DamageUnderRightChecksums) {
  std::vector<char> file = sample();
  dlc::container::Header header;
  dlc::container::Section program;
  std::memcpy(&header, file.data(), sizeof header);
  std::memcpy(&program, file.data() + sizeof header, sizeof program);
  ASSERT_STREQ(program.name, "program");
  std::mt19937_64 engine(9);
  int loaded = 0;
  for (int i = 0; i != 3000; ++i) {
    std::vector<char> damaged = file;
    for (uint64_t n = 1 + engine() % 3; n--;)
      damaged[program.offset + engine() % program.size] ^= char(1 + engine() % 255);
    dlc::container::Section s = program;
    s.checksum = dlc::container::checksum(damaged.data() + s.offset, s.size);
    std::memcpy(damaged.data() + sizeof header, &s, sizeof s);
    dlc::container::Header h = header;
    h.checksum = 0;
    std::memcpy(damaged.data(), &h, sizeof h);
    h.checksum = dlc::container::checksum(damaged.data(), sizeof h + h.sections * sizeof(dlc::container::Section));
    std::memcpy(damaged.data(), &h, sizeof h);
    auto e = dlc::Executable::load(damaged.data(), damaged.size());
    if (!e) {
      std::string text = e.status().text(); // names in it are the file's
      EXPECT_TRUE(std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < ' '; })) << text;
      continue;
    }
    auto session = e->session();
    loaded += bool(session);
  }
  EXPECT_GT(loaded, 0); // names and shapes for readers change nothing that runs
}

TEST(Corruption, OnDisk) {
  std::string path =
      (std::filesystem::temp_directory_path() / ("dlc-corrupt-" + std::to_string(getpid()) + ".dlx")).string();
  std::vector<char> file = sample();
  file[file.size() - 5] ^= 1;
  std::ofstream(path, std::ios::binary).write(file.data(), std::streamsize(file.size()));
  auto e = dlc::Executable::load(path);
  ASSERT_FALSE(e);
  EXPECT_EQ(e.status().text(), path + ", section 'weights': checksum does not match: the file is damaged");
  std::filesystem::remove(path);
}

TEST(Corruption, MemoryNeedNotBeAligned) {
  std::vector<char> file = sample(), shifted(file.size() + 1);
  std::copy(file.begin(), file.end(), shifted.begin() + 1);
  auto e = dlc::Executable::load(shifted.data() + 1, file.size());
  ASSERT_TRUE(e) << e.status().text();
  EXPECT_TRUE(e->session());
}

TEST(Writer, SameImageSameBytes) {
  EXPECT_EQ(sample(), sample());
  // Equal code is stored once.
  Builder one = addScale(4), two = addScale(4);
  two.image.variants.push_back(two.variant);
  two.image.variants.back().target = "cpu:x86-64-v2";
  EXPECT_LT(two.bytes().size(), one.bytes().size() + 4096);
}

} // namespace
