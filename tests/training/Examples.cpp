#include "tests/training/Examples.h"
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

/// Elements behind the first dimension.
size_t productOf(const llvm::json::Array &shape) {
  size_t n = 1;
  for (const auto &size : llvm::drop_begin(shape))
    n *= static_cast<size_t>(*size.getAsInteger());
  return n;
}

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

} // namespace

void Example::feed(StepProgram &program, uint64_t step) const {
  auto batch = static_cast<size_t>(options.batch);
  std::vector<float> x = noise(batch * inputs, step), marks;
  std::vector<int32_t> tokens, labels;
  if (kind == "next")
    for (float value : x)
      tokens.push_back(static_cast<int32_t>((value + 1.0) * 128));
  if (kind == "masks")
    for (float value : x)
      marks.push_back(value > 0);
  if (kind == "marks")
    for (float value : noise(batch * places, step + 1000))
      marks.push_back(value > 0.9f);
  for (size_t i = 0; i < batch * places && marks.empty(); ++i)
    labels.push_back(kind == "next"          ? (tokens[i] * 3 + 1) % 256
                     : kind == "classes"     ? static_cast<int32_t>((i * 7 + step) % 10)
                     : i % 6 < 2 + i / 6 % 5 ? static_cast<int32_t>((i * 5 + step) % 8 + 1)
                                             : -1);
  if (tokens.empty())
    program.set(0, x);
  else
    program.set(0, tokens);
  if (marks.empty())
    program.set(1, labels);
  else
    program.set(1, marks);
}

std::vector<Example> examplesOf(StringRef name) {
  std::vector<Example> found;
  auto file = readFigures("examples.json");
  for (const auto &entry : *file.getArray("cases")) {
    const auto &c = *entry.getAsObject();
    if (*c.getString("name") != name)
      continue;
    auto text = llvm::MemoryBuffer::getFile(folder + "/../../../examples/" + c.getString("model")->str());
    if (!text)
      llvm::report_fatal_error(llvm::Twine(c.getString("model")->str()) + ": " + text.getError().message());
    Example &made = found.emplace_back();
    made.name = name.str();
    made.model = name.ends_with("_half") ? halved((*text)->getBuffer().str()) : (*text)->getBuffer().str();
    made.kind = c.getString("kind")->str();
    made.options.loss.rule = c.getString("loss")->str();
    made.options.optimizer.rule = c.getString("optimizer")->str();
    made.options.batch = *c.getInteger("batch");
    made.losses = numbers(c.get("losses"));
    made.inputs = productOf(*c.getArray("input"));
    made.places = productOf(*c.getArray("labels"));
  }
  return found;
}

} // namespace dlc::test
