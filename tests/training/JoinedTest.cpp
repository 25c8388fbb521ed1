// Joined and chained launches (docs/launches.md) give the bits of kernels that are launched one by one.
#include "tests/training/Examples.h"
#include <random>

namespace dlc::test {
namespace {

/// Steps of the same program with and without dlc-join-cuda. `chains`: whether a block goes on with other kernels.
void compare(StringRef model, StepOptions options, llvm::function_ref<void(StepProgram &, uint64_t step)> feed,
             std::optional<bool> chains) {
  options.contract = false; // else NVRTC rounds by the text around
  StepProgram joined(model.str(), options);
  options.disabled = {"dlc-join-cuda"};
  StepProgram single(model.str(), options);
  ASSERT_TRUE(joined.ok() && single.ok());
  EXPECT_NE(joined.text().find("joined_0_parts"), std::string::npos);
  if (chains)
    EXPECT_EQ(joined.text().find("chain_0_links") != std::string::npos, *chains);
  EXPECT_EQ(single.text().find("joined_0"), std::string::npos);
  EXPECT_EQ(single.text().find("chain_0"), std::string::npos);
  for (uint64_t step = 0; step < 2; ++step) {
    SCOPED_TRACE("step " + std::to_string(step + 1));
    expectSameStep(joined, single, [&](StepProgram &program) { feed(program, step); });
  }
}

struct JoinedNetwork {
  const char *name;
  int64_t batch;
  bool chains;
  const char *precision = "f32", *optimizer = nullptr;
};
struct Joined : testing::TestWithParam<JoinedNetwork> {};

TEST_P(Joined, GivesTheBitsOfSingleLaunches) {
  if (device == "cpu")
    GTEST_SKIP() << "plans for CPUs never join";
  const JoinedNetwork &network = GetParam();
  Example example = examplesOf(network.name).front();
  example.setBatch(network.batch);
  example.options.precision = network.precision;
  if (network.optimizer)
    example.options.optimizer = {.rule = network.optimizer, .clipNorm = 0.5, .average = 0.9};
  auto feed = [&](StepProgram &program, uint64_t step) { example.feed(program, step); };
  compare(example.model, example.options, feed, network.chains);
}

INSTANTIATE_TEST_SUITE_P(Networks, Joined,
                         testing::Values(JoinedNetwork{"mlp", 8, true}, JoinedNetwork{"mlp", 67, true, "f32", "lamb"},
                                         JoinedNetwork{"mlp", 3, true, "bf16", "adamw"}, JoinedNetwork{"cnn", 5, true},
                                         JoinedNetwork{"cnn", 2, true, "f16", "muon"}, JoinedNetwork{"resnet", 2, true},
                                         JoinedNetwork{"lstm", 3, false}, JoinedNetwork{"gpt", 1, false},
                                         JoinedNetwork{"detector", 2, false}, JoinedNetwork{"unet3d_half", 2, false},
                                         JoinedNetwork{"speech", 2, true}),
                         [](const auto &info) {
                           return std::string(info.param.name) + "_" + info.param.precision + "_" +
                                  std::to_string(info.param.batch);
                         });

/// Layers of odd sizes behind each other, each with what may be a link of a chain: a softmax, a norm, an activation.
class Layers {
public:
  Layers(unsigned seed) : random(seed) {
    batch = draw({1, 2, 5, 16, 31, 33, 64, 127}), inputs = draw({3, 8, 20, 40});
    int64_t width = inputs;
    std::string x = "%x";
    int64_t count = draw({1, 2, 3});
    for (int64_t layer = 0; layer <= count; ++layer) {
      bool last = layer == count;
      int64_t next = draw({2, 7, 10, 16, 32, 33, 64});
      x = op("dot_general " + x + ", " + weight(next, width) + " batch = [] x [] contract = [1] x [1] : (" +
             type(batch, width) + ", " + type(next, width) + ") -> " + type(batch, next));
      width = next;
      x = op("add " + x + ", " + repeated(weight(width), width) + " : " + type(batch, width));
      switch (last ? 0 : draw({1, 2, 3, 4})) {
      case 1:
        x = op("softmax " + x + " axis = 1 : " + type(batch, width));
        break;
      case 2:
        x = op("layer_norm " + x + ", " + weight(width) + ", " + weight(width) +
               " epsilon = 0.01 axis = 1 : " + type(batch, width) + ", " + type(width));
        break;
      case 3:
        x = op("tanh " + x + " : " + type(batch, width));
        break;
      default:
        break;
      }
    }
    text = weights + "func.func @main(%x: " + type(batch, inputs) + ") -> " + type(batch, width) + " {\n" + body +
           "  return " + x + " : " + type(batch, width) + "\n}\n";
    classes = width;
  }

  std::string text;
  int64_t batch = 0, inputs = 0, classes = 0;

private:
  std::mt19937 random; // its numbers are the same everywhere
  std::string weights, body;
  int made = 0;

  int64_t draw(ArrayRef<int64_t> from) { return from[random() % from.size()]; }
  static std::string type(int64_t a, int64_t b = 0) {
    return "tensor<" + std::to_string(a) + "x" + (b ? std::to_string(b) + "x" : "") + "f32>";
  }
  std::string op(const std::string &what) {
    std::string name = "%" + std::to_string(made++);
    body += "  " + name + " = dlc." + what + "\n";
    return name;
  }
  std::string weight(int64_t a, int64_t b = 0) {
    std::string name = "@w" + std::to_string(made);
    weights += "dlc.weight " + name + " : " + type(a, b) + " = #dlc.rule<\"normal\", [0.1, 0.5]>\n";
    return op("get_weight " + name + " : " + type(a, b));
  }
  std::string repeated(const std::string &value, int64_t width) {
    return op("broadcast " + value + " dims = [1] : " + type(width) + " -> " + type(batch, width));
  }
};

TEST(JoinedLayers, GiveTheBitsOfSingleLaunches) {
  if (device == "cpu")
    GTEST_SKIP() << "plans for CPUs never join";
  for (unsigned seed = 0; seed < 8; ++seed) {
    Layers layers(seed);
    SCOPED_TRACE("seed " + std::to_string(seed) + "\n" + layers.text);
    StepOptions options{{"softmax-cross-entropy", ""}, {.rule = "adam,lr=0.01"}};
    compare(layers.text, options,
            [&](StepProgram &program, uint64_t step) {
              std::vector<float> x;
              std::vector<int32_t> labels;
              for (int64_t i = 0; i < layers.batch * layers.inputs; ++i)
                x.push_back(static_cast<float>((static_cast<uint64_t>(i) + step * 31) * 2654435761u % 1000) / 500 - 1);
              for (int64_t i = 0; i < layers.batch; ++i)
                labels.push_back(static_cast<int32_t>((i * 7 + static_cast<int64_t>(step)) % layers.classes));
              program.set(0, x);
              program.set(1, labels);
            },
            {});
  }
}

} // namespace
} // namespace dlc::test
