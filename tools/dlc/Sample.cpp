#include "tools/dlc/Sample.h"
#include "tools/dlc/Console.h"
#include <algorithm>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <numeric>
#include <optional>

namespace dlc::cli {
namespace {
/// Whether the shape is that of one sequence: [T], or [1, T].
bool isSequence(const data::Shape &shape) {
  return !shape.empty() && shape.back() > 0 &&
         std::all_of(shape.begin(), shape.end() - 1, [](int64_t d) { return d == 1; }) && shape.size() <= 2;
}

Program compileOne(const std::string &path, const CompileFlags &compile, const DeviceOptions &device) {
  auto model = compile.load(path);
  auto shapes = compile.shapesFor(*model);
  for (const driver::Port &port : model->inputs()) {
    data::Shape shape;
    for (size_t d = 0; d < port.dims.size(); ++d)
      shape.push_back(port.dims[d].size < 0 && d == 0 && port.dims.size() > 1 ? 1 : port.dims[d].size);
    if (shapes.count(port.name))
      continue;
    if (std::find(shape.begin(), shape.end(), -1) != shape.end())
      throw Failure(Usage, fmt::format("{}: input '{}' leaves open how many tokens it takes; give --shape {}=1x128",
                                       path, driver::describe(port), port.name));
    shapes[port.name] = shape;
  }
  compile.bind(*model, path, shapes);
  driver::CompileOptions options = compile.options();
  options.targets = {device.target()};
  std::vector<char> bytes;
  require(model->compile(options, bytes), path);
  return Program::fromBytes(std::move(bytes));
}

/// The model as a window of tokens and the scores behind any of them.
class NextToken {
public:
  NextToken(const Program &program, const DeviceOptions &device, const std::string &path)
      : runner(program, device), window(DType::I32, {}) {
    findStates(program);
    if (states.size() + 1 != program.inputs.size() || data::isFloat(program.inputs[input].dtype))
      throw Failure(BadInput, fmt::format("{}: --sample needs a model with one input of integers, the tokens, and "
                                          "others only where an output hands the same back, as recurrent models do "
                                          "with their state; it takes {} and gives {}",
                                          path, describeAll(program.inputs), describeAll(program.outputs)));
    data::Shape shape = program.openShape(input);
    for (size_t d = 0; d < shape.size(); ++d)
      if (shape[d] < 0)
        shape[d] = d + 1 < shape.size() ? 1 : program.inputs[input].shape[d];
    if (!isSequence(shape) || (states.size() && shape.back() != 1))
      throw Failure(BadInput, fmt::format("{}: --sample needs an input of one sequence, {}; '{}' is {}", path,
                                          states.size() ? "[1] or [1, 1] beside a state" : "[T] or [1, T]",
                                          program.inputs[input].name,
                                          data::describe(program.inputs[input].dtype, program.inputs[input].shape)));
    window = data::Tensor(program.inputs[input].dtype, shape);
    for (size_t i = 0; i < program.outputs.size() && !found; ++i) {
      const TensorInfo &info = program.outputs[i];
      bool state = std::any_of(states.begin(), states.end(), [&](const State &s) { return s.output == i; });
      if (state || !data::isFloat(info.dtype) || info.shape.size() < shape.size() || info.shape.back() < 2)
        continue;
      everywhere = info.shape.size() == shape.size() + 1 && info.shape[shape.size() - 1] == length();
      found = everywhere || info.shape.size() == 2;
      output = i;
    }
    if (!found)
      throw Failure(BadInput, fmt::format("{}: --sample needs scores of the next token as output, floats [1, {}, "
                                          "symbols] or [1, symbols]; the outputs are {}",
                                          path, length(), describeAll(program.outputs)));
    symbols = program.outputs[output].shape.back();
  }
  int64_t length() const { return window.shape.back(); }

  /// Scores of the token behind the last ones of `tokens`; what is left of the window is filled with `filler`.
  std::vector<double> scores(const std::vector<int64_t> &tokens, int64_t filler) {
    // What a state has seen is not fed again.
    for (; states.size() && fed + 1 < tokens.size(); ++fed)
      step(tokens[fed]);
    fed = tokens.size();
    int64_t known = std::min(length(), static_cast<int64_t>(tokens.size()));
    for (int64_t i = 0; i < length(); ++i)
      data::store(window, i, double(i < known ? tokens[tokens.size() - static_cast<size_t>(known - i)] : filler));
    run();
    data::Tensor all = runner.output(output);
    int64_t row = everywhere ? known - 1 : all.count() / symbols - 1;
    std::vector<double> list(static_cast<size_t>(symbols));
    for (int64_t s = 0; s < symbols; ++s)
      list[static_cast<size_t>(s)] = data::load(all, row * symbols + s);
    return list;
  }

  /// Scores that change with what comes later say nothing of what comes next.
  void checkDirection(const std::vector<int64_t> &tokens, const std::string &path) {
    if (states.size() || static_cast<int64_t>(tokens.size()) >= length())
      return;
    if (!everywhere)
      throw Failure(Usage, fmt::format("{}: the model scores what follows {} tokens; the prompt has {}", path, length(),
                                       tokens.size()));
    auto one = scores(tokens, 0), other = scores(tokens, symbols - 1);
    for (size_t s = 0; s < one.size(); ++s)
      if (std::fabs(one[s] - other[s]) > 1e-3 * (1 + std::fabs(one[s])))
        throw Failure(BadInput, fmt::format("{}: the scores behind token {} change with the tokens that come later; "
                                            "--sample needs a model that looks back only",
                                            path, tokens.size()));
  }

  Runner runner;
  int64_t symbols = 0;

private:
  using DType = data::DType;
  struct State {
    size_t input, output;
    data::Tensor value; ///< zeros at first
  };
  /// The tokens' input, and an output for each other one: of its type and shape, named like it where there are several.
  void findStates(const Program &program) {
    for (size_t i = 0; i < program.inputs.size(); ++i)
      if (!data::isFloat(program.inputs[i].dtype))
        input = i;
    std::vector<bool> taken(program.outputs.size());
    for (size_t i = 0; i < program.inputs.size(); ++i) {
      const TensorInfo &in = program.inputs[i];
      if (i == input || !data::isFloat(in.dtype))
        continue;
      std::optional<size_t> best;
      for (size_t o = 0; o < program.outputs.size(); ++o) {
        const TensorInfo &out = program.outputs[o];
        if (taken[o] || out.dtype != in.dtype || out.shape != in.shape)
          continue;
        if (!best || (out.name.starts_with(in.name) && !program.outputs[*best].name.starts_with(in.name)))
          best = o;
      }
      if (!best)
        return;
      taken[*best] = true;
      states.push_back({i, *best, data::Tensor(in.dtype, in.shape)});
      std::fill(states.back().value.bytes.begin(), states.back().value.bytes.end(), std::byte());
    }
  }
  void step(int64_t token) {
    data::store(window, 0, double(token));
    run();
  }
  void run() {
    runner.setInput(input, window);
    for (const State &state : states)
      runner.setInput(state.input, state.value);
    runner.run();
    for (State &state : states)
      state.value = runner.output(state.output);
  }
  static std::string describeAll(const std::vector<TensorInfo> &list) {
    std::string text;
    for (const TensorInfo &info : list)
      text += fmt::format("{}'{}' ({})", text.empty() ? "" : ", ", info.name, data::describe(info.dtype, info.shape));
    return text;
  }
  data::Tensor window;
  std::vector<State> states;
  size_t input = 0, output = 0, fed = 0;  ///< fed: tokens that the states have seen
  bool found = false, everywhere = false; ///< everywhere: scores behind each place
};

/// A number in [0, 1) that depends on seed and position alone.
double uniform(uint64_t seed, uint64_t position) {
  uint64_t z = (seed + 1) * 0x9e3779b97f4a7c15u + (position + 1) * 0xd1b54a32d192ed03u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u; // splitmix64
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return static_cast<double>((z ^ z >> 31) >> 11) * 0x1p-53;
}

int64_t draw(const std::vector<double> &scores, const SampleFlags &flags, uint64_t position) {
  std::vector<size_t> order(scores.size());
  std::iota(order.begin(), order.end(), size_t(0));
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return scores[a] > scores[b]; });
  if (std::any_of(scores.begin(), scores.end(), [](double s) { return std::isnan(s); }))
    throw Failure(CheckFailed, fmt::format("the scores of token {} are NaN", position + 1));
  if (flags.temperature == 0)
    return static_cast<int64_t>(order[0]);
  if (flags.topK > 0 && flags.topK < static_cast<int64_t>(order.size()))
    order.resize(static_cast<size_t>(flags.topK));
  std::vector<double> shares;
  for (size_t s : order)
    shares.push_back(std::exp((scores[s] - scores[order[0]]) / flags.temperature));
  double left = uniform(flags.seed, position) * std::accumulate(shares.begin(), shares.end(), 0.0);
  size_t at = 0;
  while (at + 1 < shares.size() && left >= shares[at])
    left -= shares[at++];
  return static_cast<int64_t>(order[at]);
}

/// Bytes, or numbers with anything between them that is no digit.
std::vector<int64_t> parsePrompt(const std::string &text, int64_t symbols) {
  std::vector<int64_t> tokens;
  if (symbols == 256) {
    for (char c : text)
      tokens.push_back(static_cast<unsigned char>(c));
    return tokens;
  }
  for (const char *at = text.data(), *end = at + text.size(); at < end;) {
    int64_t token = 0;
    auto [next, error] = std::from_chars(at, end, token);
    if (error == std::errc() && token >= 0 && token < symbols)
      tokens.push_back(token);
    else if (next != at || (*at != ' ' && *at != ','))
      throw Failure(Usage, fmt::format("--prompt {}: this model's tokens are no bytes; expected numbers from 0 to {}",
                                       text, symbols - 1));
    at = std::max(next, at + 1);
  }
  return tokens;
}
} // namespace

void SampleFlags::addTo(CLI::App &app) {
  auto *sample = app.add_option("--sample", count,
                                "Draw so many tokens, one after the other, from a model that scores the next one, and "
                                "write them behind the prompt: as text where the model tells 256 bytes apart, else as "
                                "numbers")
                     ->check(CLI::Range(1, 100000000))
                     ->type_name("N");
  app.add_option("--prompt", prompt, "What --sample goes on from; a line break where nothing is given")
      ->needs(sample)
      ->type_name("TEXT");
  app.add_option("--temperature", temperature, "Of --sample: less than 1 is bolder, 0 takes the greatest score")
      ->needs(sample)
      ->check(CLI::Range(0.0, 1000.0))
      ->capture_default_str();
  app.add_option("--top-k", topK, "Of --sample: draw among so many greatest scores; 0: all")
      ->needs(sample)
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option("--seed", seed, "Of --sample: same seed, same text")->needs(sample)->capture_default_str();
}

int sampleTokens(const std::string &path, const SampleFlags &flags, const DeviceOptions &device,
                 const CompileFlags &compile, bool json) {
  Progress progress;
  progress.show("loading " + path);
  NextToken next(isExecutable(path) ? Program::fromFile(path, device) : compileOne(path, compile, device), device,
                 path);
  progress.clear();
  bool bytes = next.symbols == 256;
  auto tokens = parsePrompt(flags.prompt.empty() && bytes ? "\n" : flags.prompt, next.symbols);
  if (tokens.empty())
    throw Failure(Usage, "--sample: give --prompt with at least one token");
  next.checkDirection(tokens, path);
  std::string text;
  auto write = [&](int64_t token) {
    std::string piece = bytes ? std::string(1, static_cast<char>(token)) : fmt::format("{} ", token);
    text += piece;
    if (!json)
      std::fwrite(piece.data(), 1, piece.size(), stdout);
    if (!json && (piece == "\n" || tokens.size() % 16 == 0))
      std::fflush(stdout); // people read along
  };
  for (int64_t token : tokens)
    write(token);
  double begin = now();
  for (int64_t i = 0; i < flags.count; ++i) {
    tokens.push_back(draw(next.scores(tokens, 0), flags, static_cast<uint64_t>(i)));
    write(tokens.back());
  }
  double rate = static_cast<double>(flags.count) / (now() - begin);
  if (json) {
    Json result = {{"device", next.runner.summary()}, {"tokens", tokens}, {"tokens_per_second", rate}};
    if (bytes)
      result["text"] = text;
    fmt::print("{}\n", result.dump(-1, ' ', false, Json::error_handler_t::replace));
  } else {
    fmt::print("\n");
    std::fflush(stdout);
    note(fmt::format("{}; {} tokens a second", next.runner.summary(), humanCount(rate)));
  }
  return Done;
}
} // namespace dlc::cli
