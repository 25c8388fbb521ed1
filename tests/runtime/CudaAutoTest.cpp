// The device cuda as on a machine with a card: the simulated driver lies where libcuda.so.1 is looked for. And which
// cubin fits which card.
#include "runtime/cuda/Modules.h"
#include "tests/runtime/CudaImages.h"

using namespace dlc::test;
using dlc::rt::cuda::fitCubin;

namespace {

/// As a caller on such a machine: no device named.
dlc::SessionOptions plain(const char *name = nullptr) {
  dlc::SessionOptions o = dlc::sessionOptions();
  o.device_name = name;
  return o;
}

TEST(Auto, TakesCudaWhereTheFileHasSomethingForIt) {
  Loaded l(cudaAddScale(8), plain());
  ASSERT_TRUE(l.session);
  EXPECT_EQ(l.session->summary(), "device cuda:0, variant cuda:base (cuda is usable)");
  EXPECT_EQ(l.session->device(), DLC_DEVICE_CUDA);
  ASSERT_OK(l.session->setInput(0, Floats(8, 1)));
  ASSERT_OK(l.session->run());
  EXPECT_EQ(values(*l.session, 0, 8)[7], 18);
}

TEST(Auto, TakesTheCpuWhereItHasNot) {
  Loaded l(addScale(8), plain());
  ASSERT_TRUE(l.session);
  EXPECT_EQ(l.session->summary(), "device cpu, variant cpu:any (cuda: no variant of the file fits)");
  // A variant that is asked for decides, too.
  CudaBuilder cuda = cudaAddScale(8);
  Builder both = addScale(8);
  both.image.variants.push_back(cuda.variant);
  dlc::SessionOptions options = plain();
  options.variant = "cpu:any";
  Loaded chosen(both, options);
  ASSERT_TRUE(chosen.session);
  EXPECT_EQ(chosen.session->deviceName(), "cpu");
  Loaded free(both, plain());
  ASSERT_TRUE(free.session);
  EXPECT_EQ(free.session->deviceName(), "cuda:0");
}

TEST(Auto, ANamedCardMustBeThere) {
  std::vector<char> file = cudaAddScale(8).bytes();
  auto e = dlc::Executable::load(file.data(), file.size());
  ASSERT_TRUE(e);
  auto s = e->session(plain("cuda:5"));
  ASSERT_FALSE(s);
  EXPECT_EQ(s.status().code(), DLC_NO_DEVICE);
  EXPECT_NE(s.status().text().find("there is no device 5: the driver sees 1"), std::string::npos) << s.status().text();
  auto first = e->session(plain("cuda:0"));
  EXPECT_TRUE(first) << first.status().text();
}

TEST(Auto, ACubinThatFitsIsPreferredAndABadOneNamed) {
  CudaBuilder b = cudaAddScale(8);
  b.variant.codes.push_back({CodeKind::Cubin, "sm_86", 0, dlc::exe::Bytes::own("newer than the card: passed over")});
  Loaded l(b, plain("cuda"));
  EXPECT_TRUE(l.session);
  b.variant.codes.push_back({CodeKind::Cubin, "sm_80", 0, dlc::exe::Bytes::own("no cubin at all")});
  std::vector<char> file = b.bytes();
  auto e = dlc::Executable::load(file.data(), file.size());
  ASSERT_TRUE(e);
  auto s = e->session(plain("cuda"));
  ASSERT_FALSE(s);
  EXPECT_EQ(s.status().code(), DLC_BAD_FILE) << s.status().text();
  EXPECT_NE(s.status().text().find("cannot load unit 0 (cubin sm_80)"), std::string::npos) << s.status().text();
}

TEST(Cubins, FitWithinTheirMajorUpwards) {
  EXPECT_GT(fitCubin("sm_80", 80), 0);
  EXPECT_GT(fitCubin("sm_80", 89), 0);
  EXPECT_GT(fitCubin("sm_86", 89), fitCubin("sm_80", 89));
  EXPECT_EQ(fitCubin("sm_86", 80), 0);
  EXPECT_EQ(fitCubin("sm_80", 90), 0);
  EXPECT_GT(fitCubin("sm_90a", 90), fitCubin("sm_90", 90));
  EXPECT_EQ(fitCubin("sm_90a", 100), 0);
  EXPECT_EQ(fitCubin("sm_100a", 103), 0);
  EXPECT_GT(fitCubin("sm_100", 103), 0);
  for (const char *bad : {"", "sm_", "sm_90b", "sm_9o", "90a0", "x86-64-v3", "sm_80 "})
    EXPECT_EQ(fitCubin(bad, 80), 0) << bad;
}

} // namespace
