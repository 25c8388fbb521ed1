// Weights and state to a file and back, through dlc.h.
#include "tests/runtime/Images.h"

#include <filesystem>
#include <unistd.h>

using namespace dlc::test;
namespace fs = std::filesystem;

namespace {

struct StateFile : ::testing::Test {
  fs::path folder = fs::temp_directory_path() / ("dlc-state-" + std::to_string(getpid()));
  std::string path = (folder / "a.safetensors").string();
  void SetUp() override { fs::create_directories(folder); }
  void TearDown() override { fs::remove_all(folder); }
};

/// w and m follow the input, f stays: w -= 0.5 * in, m -= 0.5 * in, out = in + f.
Builder step(const std::string &state = "w", Floats values = {1, 2, 3}, Floats frozen = {5, 6, 7}) {
  Builder b;
  auto n = int64_t(values.size());
  uint32_t g = b.input({n}), w = b.weight(state, values, Role::State), m = b.weight("m", {0, 0, 0}, Role::State);
  uint32_t f = b.weight("f", frozen), shown = b.weight("train.lr", {0.5f}, Role::State), out = b.output({n});
  (void)shown;
  b.launch("sgd", {w, g, w}, n);
  b.launch("sgd", {m, g, m}, 3);
  b.launch("add", {g, f, out}, n);
  return b;
}

Floats stateOf(dlc::Session &s, const char *name, size_t n = 3) {
  Floats v(n, -1);
  dlc::Status status = s.read(name, v.data(), n * 4);
  EXPECT_TRUE(status.ok()) << status.text();
  return v;
}

TEST_F(StateFile, ComesBackAsItWas) {
  Loaded a(step());
  ASSERT_TRUE(a.session);
  ASSERT_OK(a.session->setInput(0, Floats{1, 2, 4}));
  ASSERT_OK(a.session->run());
  Floats w = stateOf(*a.session, "w"), m = stateOf(*a.session, "m");
  EXPECT_NE(w, (Floats{1, 2, 3}));
  EXPECT_STREQ(dlc_session_note(a.session->get()), "");
  ASSERT_OK(a.session->save(path, "step 1 \"\n\xc3\xa9"));
  EXPECT_FALSE(fs::exists(path + ".tmp"));
  ASSERT_OK(a.session->run());
  EXPECT_NE(stateOf(*a.session, "w"), w);
  Loaded b(step());
  for (dlc::Session *s : {&*a.session, &*b.session}) {
    ASSERT_OK(s->load(path));
    EXPECT_EQ(stateOf(*s, "w"), w);
    EXPECT_EQ(stateOf(*s, "m"), m);
    EXPECT_EQ(stateOf(*s, "f"), (Floats{5, 6, 7}));
    EXPECT_EQ(s->note(), "step 1 \"\n\xc3\xa9");
  }
  // What a step only shows is neither saved nor asked for.
  std::ifstream file(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), {});
  EXPECT_EQ(text.find("train.lr"), std::string::npos);
  EXPECT_NE(text.find("\"f\":{\"dtype\":\"F32\",\"shape\":[3]"), std::string::npos);
  // Without a note the file has no metadata.
  ASSERT_OK(a.session->save(path));
  ASSERT_OK(a.session->load(path));
  EXPECT_EQ(a.session->note(), "");
  // Handles that are NULL.
  EXPECT_EQ(dlc::Status(dlc_session_save(nullptr, "x", nullptr)).code(), DLC_INVALID_ARGUMENT);
  EXPECT_EQ(dlc::Status(dlc_session_save(a.session->get(), nullptr, nullptr)).code(), DLC_INVALID_ARGUMENT);
  EXPECT_EQ(dlc::Status(dlc_session_load(nullptr, "x", DLC_TAKE_ALL)).code(), DLC_INVALID_ARGUMENT);
  EXPECT_EQ(dlc::Status(dlc_session_load(a.session->get(), nullptr, DLC_TAKE_ALL)).code(), DLC_INVALID_ARGUMENT);
  EXPECT_STREQ(dlc_session_note(nullptr), "");
}

TEST_F(StateFile, RefusalsChangeNothing) {
  Loaded a(step());
  ASSERT_TRUE(a.session);
  const Floats w{1, 2, 3};
  auto refused = [&](Builder other, dlc_take take, const std::string &why) {
    Loaded o(std::move(other));
    ASSERT_TRUE(o.session);
    ASSERT_OK(o.session->save(path));
    dlc::Status status = a.session->load(path, take);
    EXPECT_EQ(status.code(), DLC_INVALID_ARGUMENT);
    EXPECT_EQ(status.text(), path + ": " + why);
    EXPECT_EQ(stateOf(*a.session, "w"), w);
    EXPECT_EQ(stateOf(*a.session, "m"), Floats(3));
  };
  refused(step("v", {9, 9, 9}), DLC_TAKE_ALL, "has no 'w', which the program keeps as state");
  refused(step("w", {9, 9}, {5, 6}), DLC_TAKE_ALL, "'w' is 2xf32, but the program has 3xf32");
  refused(step("w", {9, 9}, {5, 6}), DLC_TAKE_FOUND, "'w' is 2xf32, but the program has 3xf32");
  refused(step("w", {9, 9, 9}, {5, 6, 8}), DLC_TAKE_FOUND,
          "'f' has other values than here, where it is frozen: compile the program from the model with the values of "
          "this file, or without freezing it");
  Builder strange;
  uint32_t in = strange.input({3}), x = strange.weight("x", {1, 2, 3}), out = strange.output({3});
  strange.launch("add", {in, x, out}, 3);
  refused(strange, DLC_TAKE_FOUND, "none of its 1 tensors has the name of a state of the program");

  // What is found is taken where that is asked for.
  Loaded other(step("v", {9, 9, 9}));
  ASSERT_OK(other.session->setInput(0, Floats{1, 1, 1}));
  ASSERT_OK(other.session->run());
  ASSERT_OK(other.session->save(path));
  ASSERT_OK(a.session->load(path, DLC_TAKE_FOUND));
  EXPECT_EQ(stateOf(*a.session, "w"), w);
  EXPECT_EQ(stateOf(*a.session, "m"), stateOf(*other.session, "m"));

  Loaded frozen(addScale(4));
  ASSERT_OK(frozen.session->save(path));
  EXPECT_NE(frozen.session->load(path).text().find("keeps no state that a file could set"), std::string::npos);
}

TEST_F(StateFile, FilesThatAreNone) {
  Loaded a(step());
  ASSERT_TRUE(a.session);
  dlc::Status missing = a.session->load((folder / "none").string());
  EXPECT_EQ(missing.code(), DLC_IO);
  EXPECT_EQ(missing.text(), (folder / "none").string() + ": cannot open: No such file or directory");
  EXPECT_EQ(a.session->load(folder.string()).code(), DLC_IO);
  EXPECT_EQ(a.session->save((folder / "none/a").string()).code(), DLC_IO);
  ASSERT_OK(a.session->save(path));
  std::ifstream file(path, std::ios::binary);
  const std::string whole((std::istreambuf_iterator<char>(file)), {});
  size_t refused = 0;
  for (size_t i = 0; i != whole.size(); ++i) {
    std::ofstream(path, std::ios::binary) << whole.substr(0, i);
    dlc::Status status = a.session->load(path);
    EXPECT_EQ(status.code(), DLC_BAD_FILE) << i;
    EXPECT_EQ(std::string(status.text()).rfind(path + ": no safetensors file, or a damaged one: ", 0), 0u);
    // A bit that has flipped is found or is one of a value: it never crashes.
    std::string damaged = whole;
    damaged[i] = char(damaged[i] ^ 1 << i % 8);
    std::ofstream(path, std::ios::binary) << damaged;
    std::string text = a.session->load(path).text();
    refused += !text.empty();
    for (unsigned char c : text)
      EXPECT_GE(c, ' ') << i;
  }
  EXPECT_GT(refused, 100u);
  // The one that is there stays where a new one cannot be written.
  std::ofstream(path, std::ios::binary) << whole;
  fs::create_directory(path + ".tmp");
  EXPECT_EQ(a.session->save(path).code(), DLC_IO);
  ASSERT_OK(a.session->load(path));
}

} // namespace
