// dlc check: what stands in the way of a model, all at once.
#include "tools/dlc/Console.h"
#include "tools/dlc/Models.h"
#include "tools/dlc/check/Gradients.h"
#include "tools/dlc/check/Guess.h"
#include "tools/dlc/check/Report.h"
#include "tools/dlc/data/Input.h"
#include <algorithm>
#include <fmt/format.h>

namespace dlc::cli {
namespace {
struct Flags {
  std::string model;
  CompileFlags compile;
  bool json = false, operators = false, gradients = false;
  check::GradientOptions differences;
  std::vector<std::string> inputs;
};

int listOperators(bool json) {
  Json list = Json::array();
  for (auto &[name, import] : driver::importedOperators()) {
    list.push_back({{"operator", name}, {"import", import}});
    if (!json)
      fmt::print("{:<28} {}\n", name, import);
  }
  if (list.empty())
    throw Failure(Internal, "libdlc_compiler.so cannot be opened: install dlc anew");
  if (json)
    fmt::print("{}\n", list.dump());
  return Done;
}

/// A .dlx is compiled already: that it is whole and what it runs on is what there is to say.
int checkProgram(const Flags &flags) {
  Program program = Program::fromFile(flags.model, {});
  if (flags.json) {
    Json inputs = Json::array(), outputs = Json::array();
    for (const TensorInfo &t : program.inputs)
      inputs.push_back(toJson(t));
    for (const TensorInfo &t : program.outputs)
      outputs.push_back(toJson(t));
    fmt::print("{}\n", Json{{"model", flags.model},
                            {"ok", true},
                            {"variants", program.variants},
                            {"inputs", inputs},
                            {"outputs", outputs}}
                           .dump());
    return Done;
  }
  fmt::print("{}: a compiled program, whole, for {}; `dlc inspect` shows what is in it\n", flags.model,
             fmt::join(program.variants, ", "));
  return Done;
}

/// Imports for the shapes that were given, and where some are missing for guesses, until one fits; if none does, the
/// one with the fewest problems.
driver::Status import(driver::Model &model, const CompileFlags &flags, check::Report &report) {
  std::vector<check::Guess> guesses = check::guesses(model.inputs(), flags.shapesFor(model), flags.ranges());
  driver::Status status, best;
  size_t bestIndex = 0, last = 0;
  for (size_t i = 0; i < guesses.size(); ++i) {
    status = model.bindShapes(guesses[last = i].shapes, guesses[i].ranges);
    if (i == 0 || status.ok() || status.findings.size() < best.findings.size()) {
      best = status;
      bestIndex = i;
    }
    if (status.ok())
      break;
  }
  report.assumed = guesses[bestIndex].assumed;
  return bestIndex == last ? best : model.bindShapes(guesses[bestIndex].shapes, guesses[bestIndex].ranges);
}

/// Every node's gradient beside differences of its values.
int checkGradients(const Flags &flags) {
  std::vector<data::InputArgument> inputs;
  for (const std::string &argument : flags.inputs)
    inputs.push_back(data::parseInput(argument));
  driver::LoadOptions load;
  load.later = load.training = true;
  auto model = flags.compile.load(flags.model, load);
  auto ports = model->inputs();
  std::map<std::string, data::Shape> shapes = flags.compile.shapesFor(*model);
  check::GradientOptions options = flags.differences;
  for (size_t i = 0; i < inputs.size(); ++i) {
    std::string name = nameFor(inputs[i].name, i, ports, "--input");
    shapes[name] = inputs[i].tensor.shape;
    options.inputs[name] = inputs[i].tensor;
  }
  driver::Status status;
  for (const check::Guess &guess : check::guesses(ports, shapes, {}))
    if (status = model->bindShapes(guess.shapes); status.ok())
      break;
  require(status, flags.model);
  check::GradientReport report = check::checkGradients(*model, flags.model, options);
  if (flags.json)
    fmt::print("{}\n", report.json(options, flags.model).dump(-1, ' ', false, Json::error_handler_t::replace));
  else
    fmt::print("{}", report.text(options, flags.model));
  return report.ok(options) ? Done : CheckFailed;
}

int check(const Flags &flags) {
  if (flags.operators)
    return listOperators(flags.json);
  if (flags.model.empty())
    throw Failure(Usage, "MODEL is required");
  if (isExecutable(flags.model))
    return checkProgram(flags);
  if (flags.gradients)
    return checkGradients(flags);
  check::Report report;
  report.model = flags.model;
  driver::LoadOptions load;
  load.later = true;
  load.skipped = &report.skipped;
  load.notes = &report.notes;
  auto model = flags.compile.load(flags.model, load);
  driver::Status status = import(*model, flags.compile, report);
  if (!status.ok() && status.findings.empty())
    require(status, flags.model);
  report.findings.assign(status.findings.begin(), status.findings.end());
  if (status.ok()) {
    report.describe(*model);
    for (const char *device : {"cpu", "cuda"})
      report.addDevice(device, model->check(std::string(device) == "cpu" ? "cpu:x86-64-v3" : "sm_80"));
  }
  if (flags.json)
    fmt::print("{}\n", report.json().dump(-1, ' ', false, Json::error_handler_t::replace));
  else
    fmt::print("{}", report.text());
  return report.ok() ? Done : CheckFailed;
}
} // namespace

Verb addCheck(CLI::App &root) {
  auto *app = root.add_subcommand(
      "check", "Say whether a model is supported; name everything that is in the way, with its node and what to do");
  auto flags = std::make_shared<Flags>();
  app->add_option("MODEL", flags->model,
                  "Model: .onnx, .dlm or .mlir; - for standard input; a .dlx is checked for damage");
  flags->compile.addShapesTo(*app);
  app->add_flag("--operators", flags->operators,
                "List the operators of ONNX that can be imported, and how; no model is needed");
  auto *gradients = app->add_flag("--gradients", flags->gradients,
                                  "Compare each node's gradient with central differences in f64, and name the worst");
  app->add_option("--input", flags->inputs, "With --gradients: a value for an input, as dlc run takes it; else random")
      ->needs(gradients)
      ->type_name("[NAME=]VALUE");
  app->add_option("--samples", flags->differences.samples, "Elements looked at of each tensor that a node reads")
      ->needs(gradients)
      ->check(CLI::Range(1, 1 << 30))
      ->capture_default_str();
  app->add_option("--eps", flags->differences.eps, "Step of the differences, times max(1, |x|)")
      ->needs(gradients)
      ->check(CLI::Range(1e-12, 1.0))
      ->capture_default_str();
  app->add_option("--tolerance", flags->differences.tolerance, "Error allowed, of the gradient's size")
      ->needs(gradients)
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app->add_option("--seed", flags->differences.seed, "Of inputs, cotangents and which elements are looked at")
      ->needs(gradients)
      ->capture_default_str();
  app->add_flag(
      "--json", flags->json,
      "{\"ok\",\"findings\":[{\"node\",\"operator\",\"domain\",\"opset\",\"operands\",\"reason\",\"advice\","
      "\"unsupported\",\"devices\"}],\"summary\",\"skipped\",\"notes\",\"assumed\",\"devices\",\"inputs\",...}");
  app->footer("Examples:\n"
              "  dlc check model.onnx\n"
              "  dlc check model.onnx --shape x=1x3x640x640\n"
              "  dlc check --operators\n"
              "  dlc check model.onnx --gradients --seed 7\n"
              "  dlc check model.onnx --json | jq -r '.summary[] | \"\\(.nodes) \\(.operator)\"'\n\n"
              "Of an ONNX file all problems are found at once: the import goes on behind a node that it cannot take,\n"
              "wherever the file says what type its results have. Sizes that the file leaves open are guessed where\n"
              "--shape does not give them. What can be imported is compiled for cpu and cuda up to LLVM and NVRTC.\n"
              "Exit code 0 if all is supported, 1 if not, 3 if the file is no model.");
  return {app, [flags] { return check(*flags); }};
}
} // namespace dlc::cli
