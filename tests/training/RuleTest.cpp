// Losses, optimizers and schedules beside PyTorch's (references/make_rules.py).
#include "passes/training/Rules.h"
#include "tests/training/StepProgram.h"
#include <cmath>
#include <set>

namespace dlc::test {
namespace {
std::string tensor(const llvm::json::Array &shape, const char *element) {
  std::string text = "tensor<";
  for (const auto &size : shape)
    text += std::to_string(*size.getAsInteger()) + "x";
  return text + element + ">";
}

// The model's output is its input and a weight of zeros, which a step at rate 1 takes to minus the gradient.
TEST(Losses, AsInPyTorch) {
  auto file = readFigures("losses.json");
  std::set<std::string> tried;
  for (const auto &entry : *file.getArray("cases")) {
    const auto &c = *entry.getAsObject();
    std::string rule = c.getString("rule")->str();
    SCOPED_TRACE(rule);
    tried.insert(rule.substr(0, rule.find(',')));
    std::string type = tensor(*c.getArray("shape"), "f32");
    StepProgram program("dlc.weight @w : " + type + " = #dlc.rule<\"zeros\">\nfunc.func @main(%x: " + type + ") -> " +
                            type + " {\n%w = dlc.get_weight @w : " + type + "\n%y = dlc.add %x, %w : " + type +
                            "\nreturn %y : " + type + "\n}",
                        {{rule, ""}, {.rule = "sgd,lr=1"}});
    ASSERT_TRUE(program.ok());
    auto labels = numbers(c.get("labels"));
    auto x = as<float>(numbers(c.get("output")));
    program.set(0, x);
    if (*c.getBoolean("integers"))
      program.set(1, as<int32_t>(labels));
    else
      program.set(1, as<float>(labels));
    expectNear({program.step()}, {*c.getNumber("loss")}, 2e-6, "loss");
    auto gradient = numbers(c.get("gradient"));
    for (double &g : gradient)
      g = -g;
    expectNear(program.read("w", gradient.size()), gradient, 2e-6, "gradient");
  }
  for (const TrainingRule &rule : lossRules())
    EXPECT_TRUE(tried.contains(rule.name) || rule.name == std::string("output")) << rule.name << " has no case";
}

// The weighted sum of two losses over two outputs has the sum of PyTorch's values and their weighted gradients.
TEST(Losses, OfSeveralOutputsAreAddedUp) {
  auto file = readFigures("losses.json");
  auto find = [&](StringRef rule) {
    for (const auto &entry : *file.getArray("cases"))
      if (entry.getAsObject()->getString("rule") == rule)
        return entry.getAsObject();
    return static_cast<const llvm::json::Object *>(nullptr);
  };
  const auto *kinds = find("focal"), *boxes = find("l1");
  ASSERT_TRUE(kinds && boxes);
  ASSERT_EQ(*kinds->getArray("shape"), *boxes->getArray("shape"));
  std::string type = tensor(*kinds->getArray("shape"), "f32"), get = " = dlc.get_weight @", add = " = dlc.add ";
  StepProgram program("dlc.weight @a : " + type + " = #dlc.rule<\"zeros\">\ndlc.weight @b : " + type +
                          " = #dlc.rule<\"zeros\">\nfunc.func @main(%x: " + type + ", %z: " + type + ") -> (" + type +
                          " {dlc.name = \"kinds\"}, " + type + " {dlc.name = \"boxes\"}) {\n%a" + get + "a : " + type +
                          "\n%b" + get + "b : " + type + "\n%0" + add + "%x, %a : " + type + "\n%1" + add +
                          "%z, %b : " + type + "\nreturn %0, %1 : " + type + ", " + type + "\n}",
                      {{"focal,output=kinds;l1,output=boxes,labels=box,weight=5", ""}, {.rule = "sgd,lr=1"}});
  ASSERT_TRUE(program.ok());
  int at = 0;
  for (const char *what : {"output", "labels"})
    for (const auto *c : {kinds, boxes}) {
      auto values = as<float>(numbers(c->get(what)));
      program.set(at++, values);
    }
  expectNear({program.step()}, {*kinds->getNumber("loss") + 5 * *boxes->getNumber("loss")}, 2e-6, "loss");
  for (auto [name, c, weight] : {std::tuple("a", kinds, 1.0), {"b", boxes, 5.0}}) {
    auto gradient = numbers(c->get("gradient"));
    for (double &g : gradient)
      g *= -weight;
    expectNear(program.read(name, gradient.size()), gradient, 2e-6, name);
  }
}

// The loss is the product of weights and inputs, so the inputs are the gradients.
TEST(Optimizers, AsInPyTorch) {
  auto file = readFigures("optimizers.json");
  auto w = numbers(file.get("w")), b = numbers(file.get("b"));
  const char *model = R"(
    dlc.weight @w : tensor<6x4xf32> = #dlc.rule<"zeros">
    dlc.weight @b : tensor<5xf32> = #dlc.rule<"zeros">
    func.func @main(%gw: tensor<6x4xf32>, %gb: tensor<5xf32>) -> tensor<f32> {
      %w = dlc.get_weight @w : tensor<6x4xf32>
      %b = dlc.get_weight @b : tensor<5xf32>
      %0 = dlc.mul %w, %gw : tensor<6x4xf32>
      %1 = dlc.reduce sum %0 dims = [0, 1] : tensor<6x4xf32> -> tensor<f32>
      %2 = dlc.mul %b, %gb : tensor<5xf32>
      %3 = dlc.reduce sum %2 dims = [0] : tensor<5xf32> -> tensor<f32>
      %4 = dlc.add %1, %3 : tensor<f32>
      return %4 : tensor<f32>
    })";
  std::set<std::string> tried;
  for (const auto &entry : *file.getArray("cases")) {
    const auto &c = *entry.getAsObject();
    OptimizerOptions options;
    options.rule = c.getString("rule")->str();
    SCOPED_TRACE(options.rule + " " + c.getString("schedule").value_or("").str());
    tried.insert(options.rule.substr(0, options.rule.find(',')));
    options.schedule = c.getString("schedule").value_or("constant").str();
    tried.insert(options.schedule.substr(0, options.schedule.find(',')));
    options.clipNorm = c.getNumber("clip_norm").value_or(0);
    options.clipValue = c.getNumber("clip_value").value_or(0);
    options.average = c.getNumber("average").value_or(0);
    options.watch = true;
    if (auto *names = c.getArray("no_decay"))
      for (const auto &name : *names)
        options.noDecay.push_back(name.getAsString()->str());
    StepProgram program(model, {{"output", ""}, options});
    ASSERT_TRUE(program.ok());
    program.write("w", w);
    program.write("b", b);
    for (auto [i, given] : llvm::enumerate(*file.getArray("gradients"))) {
      SCOPED_TRACE("step " + std::to_string(i + 1));
      auto gw = as<float>(numbers(&(*given.getAsArray())[0])), gb = as<float>(numbers(&(*given.getAsArray())[1]));
      program.set(0, gw);
      program.set(1, gb);
      program.step();
      const auto &expected = *(*c.getArray("steps"))[i].getAsObject();
      // Newton and Schulz's steps are far from a fixed point: roundings grow.
      double tolerance = StringRef(options.rule).starts_with("muon") ? 2e-5 : 2e-6;
      expectNear(program.read("w", w.size()), numbers(expected.get("w")), tolerance, "w");
      expectNear(program.read("b", b.size()), numbers(expected.get("b")), tolerance, "b");
      expectNear(program.read("train.lr", 1), {*expected.getNumber("lr")}, 1e-6, "train.lr");
      if (expected.get("average"))
        expectNear(program.read("w.average", w.size()), numbers(expected.get("average")), 2e-6, "w.average");
      if (options.clipNorm == 0 && options.clipValue == 0) {
        double squares = 0;
        for (auto &list : {gw, gb})
          for (double g : list)
            squares += g * g;
        expectNear(program.read("train.grad_norm", 1), {std::sqrt(squares)}, 2e-6, "train.grad_norm");
      }
    }
  }
  for (const auto *rules : {&optimizerRules(), &scheduleRules()})
    for (const TrainingRule &rule : *rules)
      EXPECT_TRUE(tried.contains(rule.name)) << rule.name << " has no case";
}

// Steps whose gradients are not finite change nothing but the factor, which halves; it doubles after 2,000 good ones.
TEST(LossScale, Adapts) {
  const char *model = R"(
    dlc.weight @w : tensor<3xf32> = #dlc.rule<"constant", [1.0]>
    func.func @main(%g: tensor<3xf32>) -> tensor<f32> {
      %w = dlc.get_weight @w : tensor<3xf32>
      %0 = dlc.mul %w, %g : tensor<3xf32>
      %1 = dlc.reduce sum %0 dims = [0] : tensor<3xf32> -> tensor<f32>
      return %1 : tensor<f32>
    })";
  StepProgram program(model, {{"output", ""}, {.rule = "sgd,lr=0.5,momentum=0.5"}, /*scaled=*/true});
  ASSERT_TRUE(program.ok());
  auto step = [&](std::vector<float> g) {
    program.set(0, g);
    return program.step();
  };
  EXPECT_EQ(step({1, 2, 4}), 7);
  expectNear(program.read("w", 3), {0.5, 0, -1}, 0, "w");
  expectNear(program.read("w.momentum", 3), {1, 2, 4}, 0, "w.momentum");
  step({1, INFINITY, 1});
  expectNear(program.read("w", 3), {0.5, 0, -1}, 0, "w");
  expectNear(program.read("w.momentum", 3), {1, 2, 4}, 0, "w.momentum");
  expectNear(program.read("train.loss_scale", 1), {32768}, 0, "train.loss_scale");
  step({1, NAN, 1});
  expectNear(program.read("train.loss_scale", 1), {16384}, 0, "train.loss_scale");
  EXPECT_EQ(step({2, 2, 2}), -1);
  expectNear(program.read("w", 3), {-0.75, -1.5, -3}, 0, "w");
  for (int i = 0; i < 1999; ++i) // the first good one is above
    step({0, 0, 0});
  expectNear(program.read("train.loss_scale", 1), {32768}, 0, "train.loss_scale");
}

TEST(Rules, SayWhatIsWrong) {
  auto message = [](std::string_view text) {
    std::string error;
    return parseChoice(optimizerRules(), "optimizer", text, error) ? "" : error;
  };
  EXPECT_EQ(message("sgd"), "");
  EXPECT_EQ(message("sgd,lr=0.1,momentum=0.9"), "");
  EXPECT_EQ(message("adan"),
            "there is no optimizer 'adan'; there are sgd, adam, adamw, rmsprop, adagrad, lamb, lion, muon");
  EXPECT_EQ(message("sgd,rate=1"),
            "optimizer 'sgd': there is no 'rate'; there are lr, momentum, nesterov, weight_decay");
  EXPECT_EQ(message("sgd,lr=fast"), "optimizer 'sgd': lr must be a number, found 'fast'");
  EXPECT_EQ(message("sgd,lr"), "optimizer 'sgd': lr must be a number, found ''");
  EXPECT_EQ(message("sgd,momentum=2"), "optimizer 'sgd': momentum must lie between 0 and 1, found 2");
  EXPECT_EQ(message("sgd,lr=nan"), "optimizer 'sgd': lr must lie between 0 and 1e+06, found nan");
}
} // namespace
} // namespace dlc::test
