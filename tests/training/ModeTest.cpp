// What operators do in a step of training and nowhere else: running statistics beside PyTorch's
// (references/make_modes.py), and random masks.
#include "tests/training/StepProgram.h"
#include <cmath>
#include <set>

namespace dlc::test {
namespace {

const char *normWeights = R"(
    dlc.weight @scale : tensor<3xf32> = #dlc.rule<"constant", [1.0]>
    dlc.weight @bias : tensor<3xf32> = #dlc.rule<"zeros">
    dlc.weight frozen @mean : tensor<3xf32> = #dlc.rule<"zeros">
    dlc.weight frozen @variance : tensor<3xf32> = #dlc.rule<"constant", [1.0]>
    func.func @main(%x: tensor<6x3x5xf32>) -> tensor<f32> {
      %s = dlc.get_weight @scale : tensor<3xf32>
      %b = dlc.get_weight @bias : tensor<3xf32>
)";
const char *normEnd = R"(
      %0 = dlc.mul %y, %y : tensor<6x3x5xf32>
      %1 = dlc.mul %0, %y : tensor<6x3x5xf32>
      %2 = dlc.reduce sum %1 dims = [0, 1, 2] : tensor<6x3x5xf32> -> tensor<f32>
      return %2 : tensor<f32>
    })";

void runningStatistics(const std::string &norm, const char *variance) {
  auto file = readFigures("modes.json");
  StepProgram program(normWeights + norm + normEnd, {{"output", ""}, {.rule = "sgd,lr=0"}});
  ASSERT_TRUE(program.ok());
  for (const auto &entry : *file.getArray("steps")) {
    const auto &c = *entry.getAsObject();
    auto x = as<float>(numbers(c.get("x")));
    program.set(0, x);
    EXPECT_NEAR(program.step(), *c.getNumber("loss"), 2e-4);
    expectNear(program.read("mean", 3), numbers(c.get("mean")), 1e-5, "mean");
    expectNear(program.read("variance", 3), numbers(c.get(variance)), 1e-5, "variance");
  }
}

TEST(RunningStatistics, AsInPyTorch) {
  runningStatistics(R"(
      %m = dlc.get_weight @mean : tensor<3xf32>
      %v = dlc.get_weight @variance : tensor<3xf32>
      %y = dlc.batch_norm %x, %s, %b, %m, %v epsilon = 1.0e-5 axis = 1
          : tensor<6x3x5xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>)",
                    "variance");
}

// As ONNX's training_mode=1 comes in: the forward model has the batch's statistics, and weights that follow them.
TEST(RunningStatistics, FollowAnOperatorsResults) {
  runningStatistics(R"(
      %y, %m, %v = dlc.batch_norm_training %x, %s, %b epsilon = 1.0e-5 axis = 1
          {dlc.follower1 = @mean, dlc.keep1 = 0.9 : f64, dlc.follower2 = @variance, dlc.keep2 = 0.9 : f64}
          : tensor<6x3x5xf32>, tensor<3xf32>)",
                    "biased");
}

// In a branch of a loop: statistics go along from batch to batch, and stay where the branch is not taken.
TEST(RunningStatistics, InBodiesOfLoopsAndBranches) {
  auto file = readFigures("modes.json");
  StepProgram program(R"(
    dlc.weight @w : tensor<6x3xf32> = #dlc.rule<"constant", [0.5]>
    dlc.weight frozen @scale : tensor<3xf32> = #dlc.rule<"constant", [1.0]>
    dlc.weight frozen @bias : tensor<3xf32> = #dlc.rule<"zeros">
    dlc.weight frozen @mean : tensor<3xf32> = #dlc.rule<"zeros">
    dlc.weight frozen @variance : tensor<3xf32> = #dlc.rule<"constant", [1.0]>
    func.func @main(%xs: tensor<4x6x3xf32>) -> tensor<f32> {
      %w = dlc.get_weight @w : tensor<6x3xf32>
      %h0 = dlc.constant dense<0.0> : tensor<6x3xf32>
      %h4 = dlc.while(%h0, %xs, %w) carried = 1 limit = 4 {sequences = 1 : i64}
          : (tensor<6x3xf32>, tensor<4x6x3xf32>, tensor<6x3xf32>) -> tensor<6x3xf32> {
      ^bb0(%h: tensor<6x3xf32>, %x: tensor<6x3xf32>, %v: tensor<6x3xf32>):
        %0 = dlc.mul %h, %v : tensor<6x3xf32>
        %1 = dlc.add %0, %x : tensor<6x3xf32>
        %2 = dlc.tanh %1 : tensor<6x3xf32>
        %3 = dlc.reduce sum %x dims = [0, 1] : tensor<6x3xf32> -> tensor<f32>
        %zero = dlc.constant dense<0.0> : tensor<f32>
        %4 = dlc.compare gt %3, %zero : tensor<f32> -> tensor<i1>
        %5 = dlc.if %4(%2) : (tensor<i1>, tensor<6x3xf32>) -> tensor<6x3xf32> {
        ^bb0(%a: tensor<6x3xf32>):
          %s = dlc.get_weight @scale : tensor<3xf32>
          %b = dlc.get_weight @bias : tensor<3xf32>
          %m = dlc.get_weight @mean : tensor<3xf32>
          %n = dlc.get_weight @variance : tensor<3xf32>
          %y = dlc.batch_norm %a, %s, %b, %m, %n epsilon = 1.0e-5 axis = 1
              : tensor<6x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>
          dlc.yield %y : tensor<6x3xf32>
        } else {
        ^bb0(%a: tensor<6x3xf32>):
          dlc.yield %a : tensor<6x3xf32>
        }
        dlc.yield %5 : tensor<6x3xf32>
      }
      %6 = dlc.mul %h4, %h4 : tensor<6x3xf32>
      %7 = dlc.mul %6, %h4 : tensor<6x3xf32>
      %8 = dlc.reduce sum %7 dims = [0, 1] : tensor<6x3xf32> -> tensor<f32>
      return %8 : tensor<f32>
    })",
                      {{"output", ""}, {.rule = "sgd,lr=0.1"}});
  ASSERT_TRUE(program.ok());
  for (const auto &entry : *file.getArray("loop")) {
    const auto &c = *entry.getAsObject();
    program.set(0, as<float>(numbers(c.get("x"))));
    EXPECT_NEAR(program.step(), *c.getNumber("loss"), 2e-5);
    expectNear(program.read("mean", 3), numbers(c.get("mean")), 1e-5, "mean");
    expectNear(program.read("variance", 3), numbers(c.get("variance")), 1e-5, "variance");
    expectNear(program.read("w", 18), numbers(c.get("weight")), 1e-5, "w");
  }
}

// y = x * w / (1 - ratio) where a mask is set; the loss is the sum. From weights of 1 a step at rate 1 takes away the
// gradient, mask * x / (1 - ratio).
const char *dropout = R"(
    dlc.weight @w : tensor<64x64xf32> = #dlc.rule<"constant", [1.0]>
    func.func @main(%x: tensor<64x64xf32>) -> tensor<f32> {
      %w = dlc.get_weight @w : tensor<64x64xf32>
      %s = dlc.constant dense<[SEED, 0]> : tensor<2xi64>
      %u = dlc.rng_uniform %s id = 5 : tensor<2xi64> -> tensor<64x64xf32>
      %r = dlc.constant dense<0.25> : tensor<64x64xf32>
      %k = dlc.compare ge %u, %r : tensor<64x64xf32> -> tensor<64x64xi1>
      %f = dlc.constant dense<1.33333333> : tensor<64x64xf32>
      %z = dlc.constant dense<0.0> : tensor<64x64xf32>
      %0 = dlc.mul %w, %x : tensor<64x64xf32>
      %1 = dlc.mul %0, %f : tensor<64x64xf32>
      %2 = dlc.select %k, %1, %z : tensor<64x64xi1>, tensor<64x64xf32>
      %3 = dlc.reduce sum %2 dims = [0, 1] : tensor<64x64xf32> -> tensor<f32>
      return %3 : tensor<f32>
    })";

/// Gradients of `steps` steps that begin with the same weights, and their losses.
struct Masked {
  std::vector<std::vector<float>> gradients;
  std::vector<float> losses;
};
Masked run(std::string text, int steps, const std::vector<float> &x, size_t weights, const StepOptions &options) {
  Masked result;
  StepProgram program(text, options);
  EXPECT_TRUE(program.ok());
  for (int i = 0; program.ok() && i < steps; ++i) {
    program.write("w", std::vector<double>(weights, 1.0));
    program.set(0, x);
    result.losses.push_back(program.step());
    result.gradients.push_back(program.read("w", weights));
    for (float &v : result.gradients.back())
      v = 1 - v;
  }
  return result;
}
std::string withSeed(int seed) {
  std::string text = dropout;
  return text.replace(text.find("SEED"), 4, std::to_string(seed));
}
const StepOptions sum{{"output", ""}, {.rule = "sgd,lr=1"}};

std::vector<float> ramp(size_t n) {
  std::vector<float> x(n);
  for (size_t i = 0; i < n; ++i)
    x[i] = 1 + static_cast<float>(i % 37) / 64;
  return x;
}

TEST(Dropout, MasksAreDrawnAnewAndComputedAgain) {
  auto x = ramp(4096);
  Masked first = run(withSeed(11), 3, x, 4096, sum), again = run(withSeed(11), 3, x, 4096, sum);
  EXPECT_EQ(first.gradients, again.gradients); // the same seed: the same bits
  EXPECT_EQ(first.losses, again.losses);
  EXPECT_NE(first.gradients[0], run(withSeed(12), 1, x, 4096, sum).gradients[0]);
  EXPECT_NE(first.gradients[0], first.gradients[1]);
  EXPECT_NE(first.gradients[1], first.gradients[2]);
  for (int step = 0; step < 3; ++step) {
    size_t zeros = 0, both = 0;
    double loss = 0;
    for (size_t i = 0; i < 4096; ++i) {
      float g = first.gradients[size_t(step)][i];
      zeros += g == 0;
      both += g == 0 && first.gradients[size_t(step + 1) % 3][i] == 0;
      if (g != 0)
        ASSERT_NEAR(g, x[i] / 0.75, 1e-6) << i; // as PyTorch scales what stays
      loss += g;
    }
    EXPECT_NEAR(double(zeros) / 4096, 0.25, 0.027); // four deviations
    EXPECT_NEAR(double(both) / 4096, 0.0625, 0.016) << "masks of steps hang together";
    // The loss is linear in w = 1: forward and backward have one mask.
    EXPECT_NEAR(first.losses[size_t(step)], loss, 1e-5 * loss);
  }
}

// The operator, as importers make it, is the same mask in a step of training.
TEST(Dropout, TheOperatorDrawsItsMask) {
  auto x = ramp(4096);
  std::string text = R"(
    dlc.weight @w : tensor<64x64xf32> = #dlc.rule<"constant", [1.0]>
    func.func @main(%x: tensor<64x64xf32>) -> tensor<f32> {
      %w = dlc.get_weight @w : tensor<64x64xf32>
      %0 = dlc.mul %w, %x : tensor<64x64xf32>
      %1 = dlc.dropout %0 ratio = 0.25 seed = 11 id = 5 : tensor<64x64xf32>
      %2 = dlc.reduce sum %1 dims = [0, 1] : tensor<64x64xf32> -> tensor<f32>
      return %2 : tensor<f32>
    })";
  Masked made = run(text, 2, x, 4096, sum), expected = run(withSeed(11), 2, x, 4096, sum);
  ASSERT_EQ(made.gradients.size(), 2u);
  EXPECT_NE(made.gradients[0], made.gradients[1]);
  for (size_t step = 0; step < 2; ++step) {
    for (size_t i = 0; i < 4096; ++i)
      ASSERT_NEAR(made.gradients[step][i], expected.gradients[step][i], 1e-6) << i;
    EXPECT_NEAR(made.losses[step], expected.losses[step], 1e-6 * expected.losses[step]);
  }
}

// h = x w, masked, times v: with x = 1 and v = 1 the gradient of w is the mask of the gradient of h, which the kernel
// of g v^T draws again, and the loss is the sum of the mask that the kernel of x w drew. Both are there for 40 and 33
// columns.
TEST(Dropout, IsDrawnByTheKernelsOfProducts) {
  for (int64_t columns : {40, 33}) {
    std::string n = std::to_string(columns);
    std::string text = R"(
      dlc.weight @w : tensor<64xNxf32> = #dlc.rule<"constant", [1.0]>
      dlc.weight @v : tensor<Nx64xf32> = #dlc.rule<"constant", [1.0]>
      func.func @main(%x: tensor<64x64xf32>) -> tensor<f32> {
        %w = dlc.get_weight @w : tensor<64xNxf32>
        %v = dlc.get_weight @v : tensor<Nx64xf32>
        %h = dlc.dot_general %x, %w batch = [] x [] contract = [1] x [0] : (tensor<64x64xf32>, tensor<64xNxf32>) -> tensor<64xNxf32>
        %s = dlc.constant dense<[5, 0]> : tensor<2xi64>
        %u = dlc.rng_uniform %s id = 1 : tensor<2xi64> -> tensor<64xNxf32>
        %r = dlc.constant dense<0.25> : tensor<64xNxf32>
        %k = dlc.compare ge %u, %r : tensor<64xNxf32> -> tensor<64xNxi1>
        %z = dlc.constant dense<0.0> : tensor<64xNxf32>
        %d = dlc.select %k, %h, %z : tensor<64xNxi1>, tensor<64xNxf32>
        %y = dlc.dot_general %d, %v batch = [] x [] contract = [1] x [0] : (tensor<64xNxf32>, tensor<Nx64xf32>) -> tensor<64x64xf32>
        %c = dlc.constant dense<0.015625> : tensor<64x64xf32>
        %e = dlc.mul %y, %c : tensor<64x64xf32>
        %o = dlc.reduce sum %e dims = [0, 1] : tensor<64x64xf32> -> tensor<f32>
        return %o : tensor<f32>
      })";
    for (size_t at = text.find('N'); at != std::string::npos; at = text.find('N', at))
      text.replace(at, 1, n);
    std::vector<float> identity(4096);
    for (size_t i = 0; i < 64; ++i)
      identity[i * 65] = 1;
    auto count = size_t(64 * columns);
    StepProgram program(text, sum);
    ASSERT_TRUE(program.ok());
    std::vector<float> before;
    for (int step = 0; step < 3; ++step) {
      program.write("w", std::vector<double>(count, 1.0));
      program.write("v", std::vector<double>(count, 1.0));
      program.set(0, identity);
      float loss = program.step();
      std::vector<float> gradient = program.read("w", count);
      double kept = 0;
      for (float &g : gradient) {
        g = 1 - g;
        EXPECT_TRUE(g == 0 || g == 1) << g;
        kept += g;
      }
      EXPECT_EQ(loss, float(kept));
      EXPECT_NEAR(kept / double(count), 0.75, 0.035);
      EXPECT_NE(gradient, before);
      before = gradient;
    }
  }
}

/// How often each multiple of x / (1 - ratio) with ratio 1/2 is the gradient.
std::vector<int> multiples(const std::vector<float> &gradient, const std::vector<float> &x, float unit, size_t most) {
  std::vector<int> counts(most + 1);
  for (size_t i = 0; i < gradient.size(); ++i) {
    float n = gradient[i] / (x[i] * unit);
    EXPECT_NEAR(n, std::round(n), 1e-4) << i;
    EXPECT_LE(n, float(most) + 0.5f);
    ++counts[size_t(std::lround(std::min(n, float(most))))];
  }
  return counts;
}

/// Binomial counts of `n` masks of one half, to five deviations.
void expectIndependent(const std::vector<int> &counts, size_t n, size_t elements) {
  double choose = 1;
  for (size_t k = 0; k <= n; ++k) {
    double p = choose / std::pow(2.0, double(n)), deviation = std::sqrt(double(elements) * p * (1 - p));
    EXPECT_NEAR(counts[k], double(elements) * p, 5 * deviation) << k << " of " << n;
    choose = choose * double(n - k) / double(k + 1);
  }
}

const char *masked = R"(
        %s = dlc.constant dense<[3, 0]> : tensor<2xi64>
        %u = dlc.rng_uniform %s id = 2 : tensor<2xi64> -> tensor<1024xf32>
        %r = dlc.constant dense<0.5> : tensor<1024xf32>
        %k = dlc.compare ge %u, %r : tensor<1024xf32> -> tensor<1024xi1>
        %z = dlc.constant dense<0.0> : tensor<1024xf32>
        %c = dlc.constant dense<2.0> : tensor<1024xf32>
        %p = dlc.mul %w, %x : tensor<1024xf32>
        %q = dlc.mul %p, %c : tensor<1024xf32>
        %m = dlc.select %k, %q, %z : tensor<1024xi1>, tensor<1024xf32>
)";

// Each step of a loop has a mask of its own, in a loop within a loop, too, and the way back has the same ones.
TEST(Dropout, InBodiesOfLoopsAndBranches) {
  std::string loops = std::string(R"(
    dlc.weight @w : tensor<1024xf32> = #dlc.rule<"constant", [1.0]>
    func.func @main(%x0: tensor<1024xf32>) -> tensor<f32> {
      %w0 = dlc.get_weight @w : tensor<1024xf32>
      %z0 = dlc.constant dense<0.0> : tensor<1024xf32>
      %0 = dlc.while(%z0, %x0, %w0) carried = 1 limit = 2 : (tensor<1024xf32>, tensor<1024xf32>, tensor<1024xf32>) -> tensor<1024xf32> {
      ^bb0(%a: tensor<1024xf32>, %x1: tensor<1024xf32>, %w1: tensor<1024xf32>):
        %b = dlc.while(%a, %x1, %w1) carried = 1 limit = 3 : (tensor<1024xf32>, tensor<1024xf32>, tensor<1024xf32>) -> tensor<1024xf32> {
        ^bb0(%d: tensor<1024xf32>, %x: tensor<1024xf32>, %w: tensor<1024xf32>):
)") + masked + R"(
          %e = dlc.add %d, %m : tensor<1024xf32>
          dlc.yield %e : tensor<1024xf32>
        }
        dlc.yield %b : tensor<1024xf32>
      }
      %3 = dlc.reduce sum %0 dims = [0] : tensor<1024xf32> -> tensor<f32>
      return %3 : tensor<f32>
    })";
  auto x = ramp(1024);
  Masked drawn = run(loops, 2, x, 1024, sum);
  ASSERT_EQ(drawn.gradients.size(), 2u);
  EXPECT_NE(drawn.gradients[0], drawn.gradients[1]);
  for (int step = 0; step < 2; ++step) {
    double loss = 0;
    for (float g : drawn.gradients[size_t(step)])
      loss += g;
    EXPECT_NEAR(drawn.losses[size_t(step)], loss, 1e-5 * loss);
    expectIndependent(multiples(drawn.gradients[size_t(step)], x, 2, 6), 6, 1024);
  }

  std::string branch = std::string(R"(
    dlc.weight @w : tensor<1024xf32> = #dlc.rule<"constant", [1.0]>
    func.func @main(%x0: tensor<1024xf32>) -> tensor<f32> {
      %w0 = dlc.get_weight @w : tensor<1024xf32>
      %zero = dlc.constant dense<0.0> : tensor<f32>
      %sum = dlc.reduce sum %x0 dims = [0] : tensor<1024xf32> -> tensor<f32>
      %yes = dlc.compare gt %sum, %zero : tensor<f32> -> tensor<i1>
      %0 = dlc.if %yes(%x0, %w0) : (tensor<i1>, tensor<1024xf32>, tensor<1024xf32>) -> tensor<1024xf32> {
      ^bb0(%x: tensor<1024xf32>, %w: tensor<1024xf32>):
)") + masked + R"(
        dlc.yield %m : tensor<1024xf32>
      } else {
      ^bb0(%x: tensor<1024xf32>, %w: tensor<1024xf32>):
        dlc.yield %x : tensor<1024xf32>
      }
      %3 = dlc.reduce sum %0 dims = [0] : tensor<1024xf32> -> tensor<f32>
      return %3 : tensor<f32>
    })";
  drawn = run(branch, 2, x, 1024, sum);
  ASSERT_EQ(drawn.gradients.size(), 2u);
  EXPECT_NE(drawn.gradients[0], drawn.gradients[1]);
  for (int step = 0; step < 2; ++step)
    expectIndependent(multiples(drawn.gradients[size_t(step)], x, 2, 1), 1, 1024);
}

// A batch in four parts of one sample: four masks.
TEST(Dropout, EachPartOfABatchHasItsOwn) {
  std::string text = std::string(R"(
    dlc.weight @w : tensor<1024xf32> = #dlc.rule<"constant", [1.0]>
    func.func @main(%x0: tensor<?x1024xf32, #dlc.dims<[batch, 1024]>>) -> tensor<f32> {
      %w = dlc.get_weight @w : tensor<1024xf32>
      %x = dlc.reduce sum %x0 dims = [0] : tensor<?x1024xf32, #dlc.dims<[batch, 1024]>> -> tensor<1024xf32>
)") + masked + R"(
      %3 = dlc.reduce sum %m dims = [0] : tensor<1024xf32> -> tensor<f32>
      return %3 : tensor<f32>
    })";
  auto x = ramp(1024);
  std::vector<float> four;
  for (int i = 0; i < 4; ++i)
    four.insert(four.end(), x.begin(), x.end());
  StepOptions options = sum;
  options.batch = 4;
  options.parts = 4;
  Masked drawn = run(text, 2, four, 1024, options);
  ASSERT_EQ(drawn.gradients.size(), 2u);
  EXPECT_NE(drawn.gradients[0], drawn.gradients[1]);
  for (int step = 0; step < 2; ++step) // the mean of the parts: a quarter each
    expectIndependent(multiples(drawn.gradients[size_t(step)], x, 0.5f, 4), 4, 1024);
}
} // namespace
} // namespace dlc::test
