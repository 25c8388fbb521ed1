// A whole training step against the formulas written out in double: loss, gradients, momentum, updates in place.
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "passes/Specialize.h"
#include "passes/Training.h"
#include "runtime/dlc.hpp"
#include "tools/compile/Compile.h"
#include <cmath>
#include <gtest/gtest.h>

namespace dlc {
namespace {
constexpr int batch = 5, in = 4, hidden = 6, classes = 3;
constexpr double lr = 0.5, momentum = 0.75; // as the optimizer below has it

const char *model = R"(
  dlc.weight @w1 : tensor<6x4xf32> = #dlc.rule<"kaiming_uniform", [1.0]>
  dlc.weight @b1 : tensor<6xf32> = #dlc.rule<"uniform", [-0.5, 0.5]>
  dlc.weight @w2 : tensor<3x6xf32> = #dlc.rule<"kaiming_uniform", [1.0]>
  dlc.weight frozen @scale : tensor<3xf32> = dense<[1.0, 2.0, 0.5]> : tensor<3xf32>
  func.func @main(%x: tensor<?x4xf32, #dlc.dims<[batch, 4]>> {dlc.name = "x"}) -> tensor<?x3xf32, #dlc.dims<[batch, 3]>> {
    %w1 = dlc.get_weight @w1 : tensor<6x4xf32>
    %b1 = dlc.get_weight @b1 : tensor<6xf32>
    %w2 = dlc.get_weight @w2 : tensor<3x6xf32>
    %scale = dlc.get_weight @scale : tensor<3xf32>
    %0 = dlc.dot_general %x, %w1 batch = [] x [] contract = [1] x [1]
        : (tensor<?x4xf32, #dlc.dims<[batch, 4]>>, tensor<6x4xf32>) -> tensor<?x6xf32, #dlc.dims<[batch, 6]>>
    %1 = dlc.broadcast %b1 dims = [1] : tensor<6xf32> -> tensor<?x6xf32, #dlc.dims<[batch, 6]>>
    %2 = dlc.add %0, %1 : tensor<?x6xf32, #dlc.dims<[batch, 6]>>
    %3 = dlc.relu %2 : tensor<?x6xf32, #dlc.dims<[batch, 6]>>
    %4 = dlc.dot_general %3, %w2 batch = [] x [] contract = [1] x [1]
        : (tensor<?x6xf32, #dlc.dims<[batch, 6]>>, tensor<3x6xf32>) -> tensor<?x3xf32, #dlc.dims<[batch, 3]>>
    %5 = dlc.broadcast %scale dims = [1] : tensor<3xf32> -> tensor<?x3xf32, #dlc.dims<[batch, 3]>>
    %6 = dlc.mul %4, %5 : tensor<?x3xf32, #dlc.dims<[batch, 3]>>
    return %6 : tensor<?x3xf32, #dlc.dims<[batch, 3]>>
  })";

/// The same step, element by element.
struct Reference {
  std::vector<double> w1, b1, w2, m1, mb, m2;
  double scale[classes] = {1, 2, 0.5};

  double step(const std::vector<float> &x, const std::vector<int32_t> &labels) {
    std::vector<double> g1(w1.size()), gb(b1.size()), g2(w2.size());
    double loss = 0;
    for (int n = 0; n < batch; ++n) {
      double pre[hidden], h[hidden], z[classes], p[classes], sum = 0;
      for (int j = 0; j < hidden; ++j) {
        pre[j] = b1[j];
        for (int i = 0; i < in; ++i)
          pre[j] += x[n * in + i] * w1[j * in + i];
        h[j] = std::max(pre[j], 0.0);
      }
      for (int k = 0; k < classes; ++k) {
        z[k] = 0;
        for (int j = 0; j < hidden; ++j)
          z[k] += h[j] * w2[k * hidden + j];
        z[k] *= scale[k];
        sum += std::exp(z[k]);
      }
      loss -= (z[labels[n]] - std::log(sum)) / batch;
      for (int k = 0; k < classes; ++k) {
        p[k] = std::exp(z[k]) / sum;
        double gz = (p[k] - (k == labels[n])) / batch * scale[k];
        for (int j = 0; j < hidden; ++j) {
          g2[k * hidden + j] += gz * h[j];
          double gh = pre[j] > 0 ? gz * w2[k * hidden + j] : 0;
          gb[j] += gh;
          for (int i = 0; i < in; ++i)
            g1[j * in + i] += gh * x[n * in + i];
        }
      }
    }
    auto update = [](std::vector<double> &w, std::vector<double> &m, const std::vector<double> &g) {
      for (size_t i = 0; i < w.size(); ++i) {
        m[i] = momentum * m[i] + g[i];
        w[i] -= lr * m[i];
      }
    };
    update(w1, m1, g1);
    update(b1, mb, gb);
    update(w2, m2, g2);
    return loss;
  }
};

std::vector<double> read(Session &session, const char *name, size_t count) {
  std::vector<float> values(count);
  Status s = session.read(name, values.data(), count * sizeof(float));
  EXPECT_TRUE(s.ok()) << name << ": " << s.text();
  return {values.begin(), values.end()};
}
void expectNear(const std::vector<double> &got, const std::vector<double> &expected, const char *what) {
  ASSERT_EQ(got.size(), expected.size());
  for (size_t i = 0; i < got.size(); ++i)
    EXPECT_NEAR(got[i], expected[i], 1e-5) << what << " at " << i;
}

TEST(TrainingStep, FollowsTheFormulas) {
  DialectRegistry registry;
  registerCompilerDialects(registry);
  MLIRContext context(registry);
  context.loadAllAvailableDialects();
  auto module = parseSourceString<ModuleOp>(model, &context);
  ASSERT_TRUE(module);
  PassManager passes(&context);
  passes.addPass(createSpecializePass({{"batch", batch}}));
  passes.addPass(createLossPass());
  passes.addPass(createAutodiffPass());
  passes.addPass(createOptimizerPass({.rule = "sgd,lr=0.5,momentum=0.75"}));
  ASSERT_TRUE(succeeded(passes.run(*module)));
  auto image = compile(*module, {});
  ASSERT_TRUE(succeeded(image));
  std::vector<char> bytes;
  std::string error;
  ASSERT_TRUE(exe::write(*image, bytes, error)) << error;
  auto executable = Executable::load(bytes.data(), bytes.size());
  ASSERT_TRUE(executable) << executable.status().text();
  SessionOptions options = sessionOptions();
  options.device = DLC_DEVICE_CPU;
  auto session = executable->session(options);
  ASSERT_TRUE(session) << session.status().text();
  ASSERT_EQ(executable->inputCount(), 2u); // x and labels: the rest is state
  ASSERT_EQ(executable->outputCount(), 1u);
  EXPECT_STREQ(executable->input(1).name, "labels");
  EXPECT_STREQ(executable->output(0).name, "loss");

  Reference reference;
  reference.w1 = read(*session, "w1", hidden * in);
  reference.b1 = read(*session, "b1", hidden);
  reference.w2 = read(*session, "w2", classes * hidden);
  reference.m1.resize(hidden * in);
  reference.mb.resize(hidden);
  reference.m2.resize(classes * hidden);
  std::vector<double> first = reference.w1;

  for (int step = 0; step < 4; ++step) {
    std::vector<float> x(batch * in), loss(1);
    std::vector<int32_t> labels(batch);
    for (int i = 0; i < batch * in; ++i)
      x[i] = static_cast<float>(std::sin(1.0 + i + 10 * step));
    for (int n = 0; n < batch; ++n)
      labels[n] = (n * 2 + step) % classes;
    ASSERT_TRUE(session->setInput(0, x).ok());
    ASSERT_TRUE(session->setInput(1, labels).ok());
    Status ran = session->run();
    ASSERT_TRUE(ran.ok()) << ran.text();
    ASSERT_TRUE(session->getOutput(0, loss).ok());
    EXPECT_NEAR(loss[0], reference.step(x, labels), 1e-5) << "step " << step;
    expectNear(read(*session, "w1", hidden * in), reference.w1, "w1");
    expectNear(read(*session, "b1", hidden), reference.b1, "b1");
    expectNear(read(*session, "w2", classes * hidden), reference.w2, "w2");
    expectNear(read(*session, "w1.momentum", hidden * in), reference.m1, "w1.momentum");
    expectNear(read(*session, "w2.momentum", classes * hidden), reference.m2, "w2.momentum");
  }
  // It must have moved, or all of the above compared nothing.
  double moved = 0;
  for (size_t i = 0; i < first.size(); ++i)
    moved = std::max(moved, std::fabs(first[i] - reference.w1[i]));
  EXPECT_GT(moved, 0.1);
}

} // namespace
} // namespace dlc
