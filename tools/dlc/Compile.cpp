// dlc compile: a model or a dump to an executable, or to the IR of a stage.
#include "tools/dlc/Console.h"
#include "tools/dlc/Models.h"
#include "tools/dlc/data/Tensor.h"
#include "tools/dlc/training/Flags.h"
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace dlc::cli {
namespace {
struct Flags {
  std::string input, output, to;
  TrainingFlags step;
  CompileFlags compile;
  bool json = false, remarks = false;
};

int compile(Flags &flags) {
  driver::CompileOptions options = flags.compile.options();
  options.memoryLimit = flags.step.memory();
  auto model = flags.compile.load(flags.input, {.training = !flags.step.losses.empty()});
  const driver::Training *step = flags.step.losses.empty() ? nullptr : &flags.step.training;
  if (step)
    flags.step.check();
  // The early stages of a forward program can be looked at with symbols in place.
  if (flags.to.empty() || step || !flags.compile.shapes.empty())
    require(model->bindShapes(flags.compile.shapesFor(*model), flags.compile.ranges()), flags.input);
  if (!flags.to.empty()) {
    require(model->lower(flags.to, step, options, flags.output.empty() ? "-" : flags.output), flags.input);
    return Done;
  }
  if (flags.output.empty() && flags.compile.dumpStages.empty() && flags.compile.dumpKernels.empty() &&
      !flags.compile.dumpChanged)
    throw Failure(Usage, "compile: nothing to write; give -o FILE.dlx, --to STAGE, --dump-stages, --dump-changed or "
                         "--dump-kernels");
  if (flags.compile.dumpChanged && flags.output == "-")
    throw Failure(Usage, "compile: --dump-changed prints on standard output; give the executable a file");
  Progress progress;
  progress.show(fmt::format("compiling {}{}{}", flags.input, options.targets.empty() ? "" : " for ",
                            fmt::join(options.targets, ", ")));
  driver::CompileReport report;
  if (flags.output.empty() || flags.output == "-") {
    std::vector<char> bytes;
    require(step ? model->compileStep(*step, options, bytes, &report) : model->compile(options, bytes, &report),
            flags.input);
    if (!flags.output.empty())
      data::writeFile(flags.output, {bytes.data(), bytes.size()});
  } else {
    require(model->compileFile(flags.output, step, options, &report), flags.input);
  }
  progress.clear();
  if (flags.remarks)
    for (const std::string &remark : report.remarks)
      fmt::print(stderr, "{}\n", remark);
  if (flags.json) {
    Json passes = Json::array(), parts = Json::array();
    for (auto &[name, seconds] : report.passes)
      passes.push_back({{"pass", name}, {"seconds", seconds}});
    for (auto &[name, seconds] : report.parts)
      parts.push_back({{"part", name}, {"seconds", seconds}});
    fmt::print("{}\n", Json{{"input", flags.input},
                            {"output", flags.output},
                            {"bytes", report.bytes},
                            {"seconds", report.seconds},
                            {"remarks", report.remarks},
                            {"memory",
                             {{"arena", report.memory.arena},
                              {"states", report.memory.states},
                              {"weights", report.memory.weights},
                              {"inputs_and_outputs", report.memory.ports},
                              {"total", report.memory.total()}}},
                            {"passes", passes},
                            {"parts", parts}}
                           .dump());
    return Done;
  }
  for (auto *list : {&report.passes, &report.parts})
    for (auto &[name, seconds] : *list)
      fmt::print(stderr, "{:>9}  {}\n", humanSeconds(seconds), name);
  if (!flags.output.empty() && flags.output != "-")
    note(fmt::format("{}: {}, compiled in {}", flags.output, humanBytes(static_cast<double>(report.bytes)),
                     humanSeconds(report.seconds)));
  return Done;
}
} // namespace

Verb addCompile(CLI::App &root) {
  auto *app = root.add_subcommand("compile", "Compile a model, or IR from an earlier stage, to an executable (.dlx)");
  auto flags = std::make_shared<Flags>();
  app->add_option("MODEL", flags->input, "Model (.onnx, .dlm, .mlir) or a dump of a stage; - for standard input")
      ->required();
  app->add_option("-o,--output", flags->output, "File to write: the .dlx, or with --to the IR; - for standard output");
  app->add_option("--to", flags->to,
                  fmt::format("Stop after this stage and write its IR: {}", fmt::join(driver::stages(), ", ")))
      ->type_name("STAGE")
      ->check(CLI::IsMember(driver::stages()));
  flags->step.addTo(*app, /*optional=*/true);
  flags->compile.addTo(*app, true);
  app->add_flag("--remarks", flags->remarks, "Say on stderr what was not done and why: fusions refused, copies added");
  app->add_flag("--json", flags->json, "Report size, time, passes and remarks as JSON");
  app->footer(
      "Examples:\n"
      "  dlc compile model.onnx -o model.dlx\n"
      "  dlc compile mlp.mlir -o mlp.dlx --shape x=1x784 --target cpu,sm_80,sm_90a\n"
      "  dlc compile mlp.mlir -o mlp.dlx --shape x=1x784 --target cpu:x86-64-v2,cpu,all-major\n"
      "  dlc compile mlp.mlir --shape x=1x784 --target sm_80 --dump-kernels=kernels\n"
      "  dlc compile model.onnx --target sm_90a --override-kernel dot_add_relu_0=mine.cu -o model.dlx\n"
      "  dlc compile model.onnx --to=fuse | less\n"
      "  dlc compile model.onnx --dump-changed | less\n"
      "  dlc compile model.onnx --dump-stages=stages -o model.dlx && dlc compile stages/fuse.mlir -o same.dlx\n\n"
      "A .dlx holds one variant for each target and runs wherever one of them fits: on a CPU the most specific that "
      "the\n"
      "machine can run, on a card the cubin for it, else the CUDA text, compiled there by NVRTC. Cubins need no GPU to "
      "be\n"
      "made, and nothing depends on the machine that compiles: same input, same bytes.");
  return {app, [flags] { return compile(*flags); }};
}
} // namespace dlc::cli
