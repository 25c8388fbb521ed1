// A .dlx over 2 GiB: 64-bit offsets, mapped, not copied.
#include "tests/runtime/Images.h"

#include <filesystem>
#include <sys/mman.h>
#include <unistd.h>

using namespace dlc::test;

TEST(LargeFile, WeightsBehindTwoGiB) {
  constexpr uint64_t big = (uint64_t(1) << 31) + 4096;
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("dlc-large-" + std::to_string(getpid()) + ".dlx");
  if (std::filesystem::space(path.parent_path()).available < 3 * big / 2)
    GTEST_SKIP() << "not enough room in " << path.parent_path();
  void *zeros = mmap(nullptr, big, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  ASSERT_NE(zeros, MAP_FAILED);
  Builder b;
  b.image.weights.push_back({"big", DType::U8, {int64_t(big)}, Role::Frozen, Init::Values, 0, Bytes::view(zeros, big)});
  uint32_t w = b.weight("w", {1, 2, 3, 4}), out = b.output({4});
  b.launch("scale2", {w, out}, 4);
  b.image.variants.push_back(b.variant);
  std::string error;
  bool written = writeFile(b.image, path.string(), error);
  munmap(zeros, big);
  ASSERT_TRUE(written) << error;
  EXPECT_GT(std::filesystem::file_size(path), big);
  auto e = dlc::Executable::load(path.string());
  std::filesystem::remove(path);
  ASSERT_TRUE(e) << e.status().text();
  EXPECT_EQ(e->weight(0).byte_size, big);
  auto s = e->session();
  ASSERT_TRUE(s) << s.status().text();
  uint64_t state = 1;
  dlc_session_memory(s->get(), nullptr, &state);
  EXPECT_EQ(state, 0u);
  std::vector<float> v(4);
  ASSERT_TRUE(s->run().ok() && s->getOutput(0, v).ok());
  EXPECT_EQ(v, (std::vector<float>{2, 4, 6, 8}));
}
