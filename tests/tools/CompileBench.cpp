// How long compiling takes in a warm process: the second and later times, where LLVM and MLIR have set themselves up.
//
//   compile-bench [--target=cpu:x86-64-v4] [--rounds=9] MODEL [SHAPES...] [-- MODEL ...]     SHAPES as in x=1x3x640x640
//
// Prints a line a model: operators, median and least milliseconds, and where the time goes in the median round.
#include "tools/dlc/Driver.h"
#include "tools/dlc/data/Input.h"
#include <algorithm>
#include <chrono>
#include <fmt/format.h>

using namespace dlc;

namespace {
struct Round {
  double total = 0;
  std::map<std::string, double> parts;
  bool operator<(const Round &other) const { return total < other.total; }
};

bool measure(const std::vector<std::string> &words, const std::string &target, int rounds) {
  driver::Status status;
  auto model = driver::Model::open(words[0], {}, status);
  std::map<std::string, std::vector<int64_t>> shapes;
  for (size_t i = 1; i < words.size(); ++i) {
    auto shape = data::parseShape(words[i]);
    shapes[shape.name] = shape.shape;
  }
  if (model && (!shapes.empty() || model->needsShapes()))
    status = model->bindShapes(shapes);
  driver::CompileOptions options;
  options.targets = {target};
  options.timings = true;
  std::vector<Round> all;
  for (int i = 0; status.ok() && i < rounds + 2; ++i) {
    std::vector<char> bytes;
    driver::CompileReport report;
    auto begin = std::chrono::steady_clock::now();
    status = model->compile(options, bytes, &report);
    Round round{std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(), {}};
    for (const auto &[name, seconds] : report.passes)
      round.parts["passes"] += seconds;
    for (const auto &[name, seconds] : report.parts)
      round.parts[name] += seconds;
    if (i >= 2)
      all.push_back(round);
  }
  if (!status.ok()) {
    fmt::print(stderr, "{}: {}\n", words[0], status.message);
    return false;
  }
  std::sort(all.begin(), all.end());
  const Round &median = all[all.size() / 2];
  int64_t count = 0;
  for (auto &[name, n] : model->operators())
    count += n;
  std::vector<std::pair<double, std::string>> parts;
  for (auto &[name, seconds] : median.parts)
    parts.emplace_back(seconds, name);
  std::sort(parts.rbegin(), parts.rend());
  std::string where;
  for (size_t i = 0; i < std::min<size_t>(parts.size(), 5); ++i)
    where += fmt::format("  {} {:.1f}", parts[i].second, parts[i].first * 1e3);
  fmt::print("{}: {} operators, median {:.1f} ms, least {:.1f} ms:{}\n", words[0], count, median.total * 1e3,
             all[0].total * 1e3, where);
  return true;
}
} // namespace

int main(int argc, char **argv) {
  std::string target = "cpu:x86-64-v4";
  int rounds = 9;
  std::vector<std::vector<std::string>> models(1);
  for (int i = 1; i < argc; ++i) {
    std::string word = argv[i];
    if (word.starts_with("--target="))
      target = word.substr(9);
    else if (word.starts_with("--rounds="))
      rounds = std::max(1, std::atoi(word.c_str() + 9));
    else if (word == "--")
      models.emplace_back();
    else
      models.back().push_back(word);
  }
  bool good = true;
  for (auto &words : models)
    good &= !words.empty() && measure(words, target, rounds);
  return good ? 0 : 1;
}
