// What the backward part computes again has the bits of what was stored (dlc-recompute-cheap, docs/memory.md).
#include "tests/training/Examples.h"

namespace dlc::test {
namespace {

struct RecomputedNetwork {
  const char *name, *precision;
  /// On CUDA a kernel that reads other tensors may go through them in another order: here its sums are others.
  bool ordered = true;
};
struct Recomputed : testing::TestWithParam<RecomputedNetwork> {};

TEST_P(Recomputed, HasTheBitsOfWhatWasStored) {
  Example example = examplesOf(GetParam().name).front();
  example.setBatch(2);
  example.options.precision = GetParam().precision;
  example.options.contract = false; // else NVRTC rounds by the text around
  StepProgram again = example.program();
  example.options.disabled = {"dlc-recompute-cheap"};
  StepProgram stored = example.program();
  ASSERT_TRUE(again.ok() && stored.ok());
  for (uint64_t step = 0; step < 2; ++step) {
    SCOPED_TRACE("step " + std::to_string(step + 1));
    auto feed = [&](StepProgram &program) { example.feed(program, step); };
    if (device == "cpu" || GetParam().ordered) {
      expectSameStep(again, stored, feed);
    } else {
      feed(again);
      feed(stored);
      EXPECT_NEAR(again.step() / stored.step(), 1, 1e-6);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Networks, Recomputed,
                         testing::Values(RecomputedNetwork{"mlp", "f32"}, RecomputedNetwork{"cnn", "bf16"},
                                         RecomputedNetwork{"cnn", "f16"}, RecomputedNetwork{"resnet", "bf16"},
                                         RecomputedNetwork{"unet3d_half", "f32"}, RecomputedNetwork{"gpt", "f32"},
                                         RecomputedNetwork{"gpt", "bf16"}, RecomputedNetwork{"lstm", "f32"},
                                         RecomputedNetwork{"speech", "f32", false}),
                         [](const auto &info) { return std::string(info.param.name) + "_" + info.param.precision; });

} // namespace
} // namespace dlc::test
