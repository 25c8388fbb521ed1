// dlc run: a model or an executable on given inputs.
#include "tools/dlc/Compilations.h"
#include "tools/dlc/Console.h"
#include "tools/dlc/Models.h"
#include "tools/dlc/Sample.h"
#include "tools/dlc/data/Compare.h"
#include "tools/dlc/data/Input.h"
#include "tools/dlc/data/Npy.h"
#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <optional>

namespace dlc::cli {
namespace {
struct Flags {
  std::string model;
  std::vector<std::string> inputs, outputs, expectations;
  std::string labels;
  DeviceOptions device;
  CompileFlags compile;
  CompileLimit limit;
  SampleFlags sample;
  std::optional<double> rtol, atol;
  int repeat = 1;
  bool json = false, quiet = false, bind = true;
};

/// "name=@file" or, where there is one tensor only, "@file" or "file".
struct FileArgument {
  size_t index;
  std::string path;
};
FileArgument parseFile(const std::string &text, const std::vector<TensorInfo> &outputs, const char *option) {
  size_t at = text.find("=@");
  std::string name = at == text.npos ? "" : text.substr(0, at);
  std::string path = at != text.npos ? text.substr(at + 2) : text.starts_with("@") ? text.substr(1) : text;
  std::string known;
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (at == text.npos && text.starts_with(outputs[i].name + "=")) // else a file of that name
      throw Failure(Usage, fmt::format("{} {}: a file has @ before its name: {}=@{}", option, text, outputs[i].name,
                                       text.substr(outputs[i].name.size() + 1)));
    if (outputs[i].name == name || (name.empty() && outputs.size() == 1))
      return {i, path};
    known += (i ? ", " : "") + outputs[i].name;
  }
  throw Failure(
      Usage, fmt::format("{} {}: {}; the outputs are: {}", option, text,
                         name.empty() ? "say which output, as in name=@file.npy" : "there is no output '" + name + "'",
                         known));
}

/// Images [n, rows, columns] in the shape that an input takes, whose open dimensions are -1.
void fitImages(data::Tensor &images, data::Shape want) {
  for (size_t d = 0; d < want.size(); ++d)
    if (want[d] < 0)
      want[d] = d == 0 ? images.shape[0] : 1;
  data::Tensor wanted(images.dtype, {});
  wanted.shape = want;
  if (wanted.count() == images.count())
    images.shape = want; // else setInput says what is wrong
}

data::Shape dimsOf(const std::vector<driver::Port> &ports, const std::string &name) {
  data::Shape dims;
  for (const driver::Port &port : ports)
    if (port.name == name)
      for (const driver::Dim &d : port.dims)
        dims.push_back(d.size);
  return dims;
}

/// Says how often the largest score of a row stands at the label.
struct Accuracy {
  int64_t right = 0, count = 0;
  double share() const { return count ? static_cast<double>(right) / static_cast<double>(count) : 0; }
};
Accuracy accuracyOf(const data::Tensor &scores, const std::string &path) {
  data::Tensor labels = data::readTensor(path);
  if (scores.shape.size() != 2 || labels.shape != data::Shape{scores.shape[0]} || data::isFloat(labels.dtype))
    throw Failure(BadInput, fmt::format("{}: {} as labels of scores {}, expected one integer a row", path,
                                        data::describe(labels), data::describe(scores)));
  Accuracy result{0, labels.count()};
  for (int64_t i = 0; i < result.count; ++i) {
    int64_t best = 0;
    for (int64_t c = 1; c < scores.shape[1]; ++c)
      if (data::load(scores, i * scores.shape[1] + c) > data::load(scores, i * scores.shape[1] + best))
        best = c;
    result.right += best == data::loadInteger(labels, i);
  }
  return result;
}

/// A model is compiled for the shapes of the inputs at hand; inputs that are not given are zeros where shapes are
/// known.
Program compileFor(const Flags &flags, std::vector<data::InputArgument> &inputs) {
  driver::LoadOptions load;
  if (flags.bind)
    load.offer = [&](const std::string &name, size_t position) -> std::optional<driver::BoundValue> {
      for (size_t i = 0; i < inputs.size(); ++i)
        if (!inputs[i].images && (inputs[i].name == name || (inputs[i].name.empty() && i == position)))
          return boundValue(name, inputs[i].tensor);
      return std::nullopt;
    };
  auto model = loadModel(flags.model, load);
  auto ports = model->inputs();
  std::map<std::string, data::Shape> shapes;
  for (size_t i = 0; i < inputs.size(); ++i) {
    inputs[i].name = nameFor(inputs[i].name, i, ports, "--input");
    if (inputs[i].images)
      fitImages(inputs[i].tensor, dimsOf(ports, inputs[i].name));
    shapes[inputs[i].name] = inputs[i].tensor.shape;
  }
  flags.compile.bind(*model, flags.model, shapes);
  for (const driver::Port &port : model->inputs())
    if (flags.compile.ranges().empty() &&
        std::any_of(port.dims.begin(), port.dims.end(), [](const driver::Dim &d) { return d.size < 0; }))
      throw Failure(Usage, fmt::format("{}: input '{}' has no value and an open shape; give --input {}=...",
                                       flags.model, driver::describe(port), port.name));
  for (const std::string &name : model->bound())
    if (!flags.quiet && !flags.json)
      note(fmt::format("input '{}' gives a shape: compiled for this value", name));
  driver::CompileOptions options = flags.compile.options();
  options.targets = {flags.device.target()};
  std::vector<char> bytes;
  driver::CompileReport report;
  require(model->compile(options, bytes, &report), flags.model);
  return Program::fromBytes(std::move(bytes), report.variants);
}

std::string preview(const data::Tensor &t, int64_t most) {
  std::string text;
  for (int64_t i = 0, n = std::min(t.count(), most); i < n; ++i)
    text += data::isFloat(t.dtype) ? fmt::format("{}{:.5g}", i ? " " : "", data::load(t, i))
                                   : fmt::format("{}{}", i ? " " : "", data::loadInteger(t, i));
  return t.count() > most ? text + " ..." : text;
}

struct Statistics {
  double least = INFINITY, greatest = -INFINITY, mean = 0;
  int64_t nans = 0;
  explicit Statistics(const data::Tensor &t) {
    int64_t n = t.count();
    for (int64_t i = 0; i < n; ++i) {
      double v = data::load(t, i);
      if (std::isnan(v)) {
        ++nans;
        continue;
      }
      least = std::min(least, v);
      greatest = std::max(greatest, v);
      mean += v;
    }
    mean /= std::max<double>(1, static_cast<double>(n - nans));
  }
};

int run(const Flags &flags) {
  if (flags.sample.count) {
    if (!flags.inputs.empty() || !flags.outputs.empty() || !flags.expectations.empty() || !flags.labels.empty())
      throw Failure(Usage, "--sample feeds the model itself: it goes with --prompt, not with inputs and outputs");
    return sampleTokens(flags.model, flags.sample, flags.device, flags.compile, flags.json);
  }
  std::vector<data::InputArgument> inputs;
  for (const std::string &argument : flags.inputs)
    inputs.push_back(data::parseInput(argument));
  Progress progress;
  progress.show("loading " + flags.model);
  bool compiled = isExecutable(flags.model);
  if (flags.device.noNative && !compiled)
    throw Failure(Usage, fmt::format("--no-native is for a .dlx: {} would be compiled here", flags.model));
  Program program = compiled ? Program::fromFile(flags.model, flags.device) : compileFor(flags, inputs);
  // Arguments are checked before anything runs.
  std::vector<FileArgument> files, expected;
  for (const std::string &argument : flags.outputs)
    files.push_back(parseFile(argument, program.outputs, "--output"));
  for (const std::string &argument : flags.expectations)
    expected.push_back(parseFile(argument, program.outputs, "--expect"));

  Runner runner(program, flags.device);
  progress.clear();
  if (!flags.quiet && !flags.json)
    note(runner.summary());
  std::vector<char> given(program.inputs.size());
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].name.empty() && i >= program.inputs.size())
      throw Failure(Usage, fmt::format("--input: {} values for {} inputs", inputs.size(), program.inputs.size()));
    size_t index = inputs[i].name.empty() ? i : runner.inputIndex(inputs[i].name);
    if (inputs[i].images)
      fitImages(inputs[i].tensor, program.openShape(index));
    if (given[index])
      throw Failure(Usage, fmt::format("--input: two values for input '{}'", program.inputs[index].name));
    runner.setInput(index, inputs[i].tensor);
    given[index] = 1;
  }
  for (size_t i = 0; i < given.size(); ++i)
    if (!given[i])
      throw Failure(Usage, fmt::format("input '{}' has no value; give --input {}=@file.npy or --input {}={}=random",
                                       program.inputs[i].name, program.inputs[i].name, program.inputs[i].name,
                                       data::describe(program.inputs[i].dtype, program.inputs[i].shape)));
  std::vector<double> times;
  for (int i = 0; i < flags.repeat; ++i) {
    double start = now();
    runner.run();
    times.push_back(now() - start);
  }
  std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2), times.end());
  double median = times[times.size() / 2];

  std::vector<data::Tensor> results;
  for (size_t i = 0; i < program.outputs.size(); ++i)
    results.push_back(runner.output(i));
  for (const FileArgument &file : files)
    data::writeFile(file.path, data::formatNpy(results[file.index]));

  int code = Done;
  Json outputs = Json::array(), checks = Json::array();
  bool toStdout = std::any_of(files.begin(), files.end(), [](const FileArgument &f) { return f.path == "-"; });
  for (size_t i = 0; i < results.size(); ++i) {
    Statistics s(results[i]);
    Json o = toJson(program.outputs[i]);
    o["shape"] = results[i].shape; // of this run
    o["min"] = s.least;
    o["max"] = s.greatest;
    o["mean"] = s.mean;
    o["nans"] = s.nans;
    if (results[i].count() <= 1024) {
      o["values"] = Json::array();
      for (int64_t k = 0; k < results[i].count(); ++k)
        data::isFloat(results[i].dtype) ? o["values"].push_back(data::load(results[i], k))
                                        : o["values"].push_back(data::loadInteger(results[i], k));
    }
    outputs.push_back(std::move(o));
    if (!flags.json && !flags.quiet && !toStdout)
      fmt::print("{}: {}  min {:.5g}  max {:.5g}  mean {:.5g}{}\n  {}\n", program.outputs[i].name,
                 data::describe(results[i]), s.least, s.greatest, s.mean, s.nans ? fmt::format("  {} NaN", s.nans) : "",
                 preview(results[i], 10));
  }
  for (const FileArgument &file : expected) {
    data::Tensor want = data::readTensor(file.path);
    data::Tolerance tolerance = data::toleranceFor(want.dtype);
    tolerance.rtol = flags.rtol.value_or(tolerance.rtol);
    tolerance.atol = flags.atol.value_or(tolerance.atol);
    data::Comparison c = data::compare(results[file.index], want, tolerance);
    const std::string &name = program.outputs[file.index].name;
    checks.push_back({{"output", name},
                      {"ok", c.ok()},
                      {"mismatches", c.mismatches},
                      {"elements", c.elements},
                      {"max_abs_error", c.largestAbsolute},
                      {"detail", c.describe(want.shape)}});
    if (!c.ok())
      code = CheckFailed;
    if (!flags.json)
      fmt::print(stderr, "dlc: output '{}': {}\n", name, c.describe(want.shape));
  }
  Json accuracy;
  if (!flags.labels.empty()) {
    Accuracy a = accuracyOf(results.at(0), flags.labels);
    accuracy = a.share();
    if (!flags.json)
      fmt::print("accuracy {:.2f} % ({} of {})\n", a.share() * 100, a.right, a.count);
  }
  if (flags.json && !toStdout)
    fmt::print("{}\n", Json{{"device", runner.summary()},
                            {"variant", runner.variant()},
                            {"seconds", median},
                            {"runs", flags.repeat},
                            {"compilations", runner.compilations()},
                            {"accuracy", accuracy},
                            {"outputs", outputs},
                            {"checks", checks}}
                           .dump());
  else if (flags.repeat > 1)
    note(fmt::format("{} runs, median {}", flags.repeat, humanSeconds(median)));
  return flags.limit.check(runner.compilations(), code);
}
} // namespace

Verb addRun(CLI::App &root) {
  auto *app = root.add_subcommand("run", "Run a model or an executable on inputs; compare and save the outputs");
  auto flags = std::make_shared<Flags>();
  app->add_option("MODEL", flags->model,
                  "A .dlx, or a model (.onnx, .dlm, .mlir), which is compiled for the inputs first")
      ->required();
  app->add_option("-i,--input", flags->inputs,
                  "NAME=@file.npy, NAME=1x3xf32=0, =1,2,3, =random[:seed], =range; @- is standard input; repeatable")
      ->type_name("NAME=VALUE");
  app->add_option("-o,--output", flags->outputs,
                  "Write an output as .npy: NAME=@file.npy, or file.npy for the only one; repeatable")
      ->type_name("NAME=@FILE");
  app->add_option("--expect", flags->expectations,
                  "Compare an output with a file (.npy or ONNX .pb); exit code 1 if they differ; repeatable")
      ->type_name("NAME=@FILE");
  app->add_option("--labels", flags->labels,
                  "IDX or .npy file of labels: say how often the first output's largest score is right")
      ->type_name("FILE");
  app->add_option("--rtol", flags->rtol,
                  "Relative tolerance; 1e-3 unless told, 1e-2 for 16-bit types; integers are exact");
  app->add_option("--atol", flags->atol, "Absolute tolerance; 1e-5 unless told, 1e-2 for 16-bit types");
  app->add_option("--repeat", flags->repeat, "Run so many times and tell the median time")
      ->check(CLI::Range(1, 1000000));
  flags->sample.addTo(*app);
  flags->device.addTo(*app);
  flags->compile.addTo(*app, false);
  flags->limit.addTo(*app);
  app->add_flag("--no-bind{false}", flags->bind,
                "Refuse a model whose inputs give axes, sizes, shapes or counts; without it these are bound to the "
                "values given");
  app->add_flag("-q,--quiet", flags->quiet, "Print nothing but what was asked for");
  app->add_flag("--json", flags->json, "Outputs, comparisons and time as JSON (values of small outputs included)");
  app->footer("Examples:\n"
              "  dlc run mlp.dlx --input x=1x784xf32=random\n"
              "  dlc run model.onnx --input x=@image.npy --output y=@probabilities.npy\n"
              "  dlc run model.onnx -i @input_0.pb --expect @output_0.pb --rtol 1e-4\n"
              "  dlc run mlp.onnx -i @t10k-images-idx3-ubyte.gz --labels t10k-labels-idx1-ubyte.gz -q\n"
              "  dlc run gpt.onnx --sample 500 --prompt 'The ' --temperature 0.8 --seed 1\n"
              "  cat image.npy | dlc run model.dlx -i @- -o - > out.npy");
  return {app, [flags] { return run(*flags); }};
}
} // namespace dlc::cli
