// What the backward part computes again has the bits of what was stored where every operation is rounded
// (dlc-recompute-cheap, docs/memory.md).
#include "tests/training/Examples.h"

namespace dlc::test {
namespace {

struct RecomputedNetwork {
  const char *name, *precision;
  /// How far losses may be apart where bits are not the same: on CUDA a kernel that reads other tensors may go through
  /// them in another order.
  double onCuda = 0;
  /// On the CPU a product that is stored is rounded, and one that is added up where it is computed is not, as
  /// contraction has it; a last bit of f32 may be the one that decides how a factor is rounded to 16 bits.
  double onCpu() const { return StringRef(precision) == "f32" ? 1e-6 : 1e-4; }
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
    double within = device == "cpu" ? GetParam().onCpu() : GetParam().onCuda;
    if (within == 0) {
      expectSameStep(again, stored, feed);
    } else {
      feed(again);
      feed(stored);
      EXPECT_NEAR(again.step() / stored.step(), 1, within);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Networks, Recomputed,
                         testing::Values(RecomputedNetwork{"mlp", "f32"}, RecomputedNetwork{"cnn", "bf16"},
                                         RecomputedNetwork{"cnn", "f16"}, RecomputedNetwork{"resnet", "bf16"},
                                         RecomputedNetwork{"unet3d_half", "f32"}, RecomputedNetwork{"gpt", "f32"},
                                         RecomputedNetwork{"gpt", "bf16"}, RecomputedNetwork{"lstm", "f32"},
                                         RecomputedNetwork{"speech", "f32", 1e-6}),
                         [](const auto &info) { return std::string(info.param.name) + "_" + info.param.precision; });

} // namespace
} // namespace dlc::test
