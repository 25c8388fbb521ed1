// Ten steps of each example beside PyTorch's losses (references/make_examples.py): same weights, same batches.
#include "tests/training/Examples.h"

namespace dlc::test {
namespace {

/// The batch in `parts` parts, or whole.
void follow(const char *name, int64_t parts) {
  size_t tried = 0;
  for (Example &each : examplesOf(name)) {
    if (device != "cpu" && each.options.batch > 8)
      continue;
    ++tried;
    SCOPED_TRACE("batch " + std::to_string(each.options.batch));
    each.options.parts = parts;
    StepProgram program = each.program();
    ASSERT_TRUE(program.ok());
    for (uint64_t step = 0; step < each.losses.size(); ++step) {
      each.feed(program, step);
      EXPECT_NEAR(program.step() / each.losses[step], 1, 1e-4) << "step " << step + 1;
    }
  }
  EXPECT_GT(tried, 0u);
}

struct Case : testing::TestWithParam<const char *> {};

TEST_P(Case, FollowsPyTorch) { follow(GetParam(), 1); }

TEST(Accumulated, FollowsPyTorch) {
  follow("mlp", 4);
  follow("cnn", 2);
}

INSTANTIATE_TEST_SUITE_P(Examples, Case,
                         testing::Values("mlp", "cnn", "resnet", "gpt", "lstm", "unet3d", "unet3d_half", "detector",
                                         "speech"),
                         [](const auto &info) { return std::string(info.param); });

} // namespace
} // namespace dlc::test
