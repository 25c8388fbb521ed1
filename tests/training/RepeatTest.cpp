// The same steps give the same bits: on the CPU for one thread and for two, on a device in two runs.
#include "tests/training/Examples.h"

namespace dlc::test {
namespace {

/// A convolution, running statistics, a mask drawn anew in each step, and a product.
const char *model = R"(
    dlc.weight @conv : tensor<6x1x3x3xf32> = #dlc.rule<"normal", [0.0, 0.4]>
    dlc.weight @scale : tensor<6xf32> = #dlc.rule<"constant", [1.0]>
    dlc.weight @bias : tensor<6xf32> = #dlc.rule<"zeros">
    dlc.weight frozen @mean : tensor<6xf32> = #dlc.rule<"zeros">
    dlc.weight frozen @variance : tensor<6xf32> = #dlc.rule<"constant", [1.0]>
    dlc.weight @head : tensor<5x384xf32> = #dlc.rule<"normal", [0.0, 0.1]>
    func.func @main(%x: tensor<6x1x8x8xf32>) -> tensor<6x5xf32> {
      %c = dlc.get_weight @conv : tensor<6x1x3x3xf32>
      %s = dlc.get_weight @scale : tensor<6xf32>
      %b = dlc.get_weight @bias : tensor<6xf32>
      %m = dlc.get_weight @mean : tensor<6xf32>
      %v = dlc.get_weight @variance : tensor<6xf32>
      %h = dlc.get_weight @head : tensor<5x384xf32>
      %0 = dlc.conv %x, %c strides = [1, 1] low = [1, 1] high = [1, 1] lhs_dilation = [1, 1] rhs_dilation = [1, 1]
          : (tensor<6x1x8x8xf32>, tensor<6x1x3x3xf32>) -> tensor<6x6x8x8xf32>
      %1 = dlc.batch_norm %0, %s, %b, %m, %v epsilon = 1.0e-5 axis = 1
          : tensor<6x6x8x8xf32>, tensor<6xf32>, tensor<6xf32>, tensor<6xf32>, tensor<6xf32>
      %2 = dlc.relu %1 : tensor<6x6x8x8xf32>
      %3 = dlc.dropout %2 ratio = 0.25 seed = 3 id = 1 : tensor<6x6x8x8xf32>
      %4 = dlc.reshape %3 : tensor<6x6x8x8xf32> -> tensor<6x384xf32>
      %5 = dlc.dot_general %4, %h batch = [] x [] contract = [1] x [1]
          : (tensor<6x384xf32>, tensor<5x384xf32>) -> tensor<6x5xf32>
      return %5 : tensor<6x5xf32>
    })";

TEST(Repeated, StepsGiveTheSameBits) {
  for (StringRef rule : {"sgd,lr=0.05,momentum=0.9", "adam,lr=0.01", "adamw,lr=0.01", "rmsprop,lr=0.01,momentum=0.5",
                         "adagrad,lr=0.01", "lamb,lr=0.01", "lion,lr=0.001", "muon,lr=0.01"})
    for (StringRef precision : {"f32", "bf16", "f16"}) {
      if (precision != "f32" && !rule.starts_with("adamw"))
        continue; // optimizers work on f32
      SCOPED_TRACE(rule.str() + ", " + precision.str());
      StepOptions options{{"softmax-cross-entropy", ""}, {.rule = rule.str(), .clipNorm = 0.5, .average = 0.9}};
      options.precision = precision.str();
      options.parts = 2;
      options.threads = 1;
      StepProgram one(model, options);
      options.threads = 2;
      StepProgram two(model, options);
      ASSERT_TRUE(one.ok() && two.ok());
      for (size_t step = 0; step < 3; ++step) {
        SCOPED_TRACE("step " + std::to_string(step + 1));
        expectSameStep(one, two, [&](StepProgram &program) {
          std::vector<float> x;
          for (size_t i = 0; i < size_t(2 * 6 * 64); ++i)
            x.push_back(static_cast<float>((i + step * 31) * 2654435761u % 1000) / 500 - 1);
          std::vector<int32_t> labels;
          for (size_t i = 0; i < 12; ++i)
            labels.push_back(static_cast<int32_t>((i * 7 + step) % 5));
          program.set(0, x);
          program.set(1, labels);
        });
      }
    }
}

} // namespace
} // namespace dlc::test
