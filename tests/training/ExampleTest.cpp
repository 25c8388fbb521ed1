// Ten steps of each example beside PyTorch's losses (references/make_examples.py): same weights, same batches.
#include "tests/training/StepProgram.h"
#include "llvm/Support/MemoryBuffer.h"

namespace dlc::test {
namespace {

/// Numbers in [-1, 1), as networks.py makes them.
std::vector<float> noise(size_t count, uint64_t step) {
  std::vector<float> values(count);
  for (size_t i = 0; i < count; ++i) {
    uint64_t bits = ((i + step * 1000003) * 2654435761 + 12345) & 0xFFFFFFFF;
    bits = ((bits ^ (bits >> 15)) * 2246822519) & 0xFFFFFFFF;
    values[i] = static_cast<float>(static_cast<double>(bits >> 8) * 0x1p-23 - 1);
  }
  return values;
}

size_t product(const llvm::json::Array &shape) {
  size_t n = 1;
  for (const auto &size : shape)
    n *= static_cast<size_t>(*size.getAsInteger());
  return n;
}

/// Inputs and labels of a step, as networks.py makes them for a kind of labels.
struct Batch {
  std::vector<float> x, marks;
  std::vector<int32_t> tokens, labels;

  Batch(StringRef kind, size_t inputs, size_t places, uint64_t step) : x(noise(inputs, step)) {
    if (kind == "next")
      for (float value : x)
        tokens.push_back(static_cast<int32_t>((value + 1.0) * 128));
    if (kind == "masks")
      for (float value : x)
        marks.push_back(value > 0);
    if (kind == "marks")
      for (float value : noise(places, step + 1000))
        marks.push_back(value > 0.9f);
    for (size_t i = 0; i < places && marks.empty(); ++i)
      labels.push_back(kind == "next"          ? (tokens[i] * 3 + 1) % 256
                       : kind == "classes"     ? static_cast<int32_t>((i * 7 + step) % 10)
                       : i % 6 < 2 + i / 6 % 5 ? static_cast<int32_t>((i * 5 + step) % 8 + 1)
                                               : -1);
  }
  void feed(StepProgram &program) const {
    if (tokens.empty())
      program.set(0, x);
    else
      program.set(0, tokens);
    if (marks.empty())
      program.set(1, labels);
    else
      program.set(1, marks);
  }
};

/// A model for volumes of half the size in each direction.
std::string halved(std::string text) {
  for (int size : {4, 8, 16})
    for (auto [before, between, after] : {std::tuple("x", "x", "xf32"), {", ", ", ", "]"}}) {
      auto cube = [&, between = between, before = before, after = after](int n) {
        std::string one = std::to_string(n);
        return before + one + between + one + between + one + after;
      };
      for (size_t at = 0; (at = text.find(cube(size), at)) != std::string::npos;)
        text.replace(at, cube(size).size(), cube(size / 2));
    }
  return text;
}

/// The batch in `parts` parts, or whole.
void follow(const char *name, int64_t parts) {
  auto file = readFigures("examples.json");
  size_t tried = 0;
  for (const auto &entry : *file.getArray("cases")) {
    const auto &c = *entry.getAsObject();
    int64_t batch = *c.getInteger("batch");
    if (*c.getString("name") != name || (device != "cpu" && batch > 8))
      continue;
    ++tried;
    SCOPED_TRACE("batch " + std::to_string(batch));
    auto text = llvm::MemoryBuffer::getFile(folder + "/../../../examples/" + c.getString("model")->str());
    ASSERT_TRUE(bool(text));
    StepOptions options{{c.getString("loss")->str(), ""}, {.rule = c.getString("optimizer")->str()}};
    options.batch = batch;
    options.parts = parts;
    std::string model = (*text)->getBuffer().str();
    StepProgram program(StringRef(name).ends_with("_half") ? halved(model) : model, options);
    ASSERT_TRUE(program.ok());
    size_t inputs = product(*c.getArray("input")), labels = product(*c.getArray("labels"));
    auto losses = numbers(c.get("losses"));
    for (uint64_t step = 0; step < losses.size(); ++step) {
      Batch(*c.getString("kind"), inputs, labels, step).feed(program);
      EXPECT_NEAR(program.step() / losses[step], 1, 1e-4) << "step " << step + 1;
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
