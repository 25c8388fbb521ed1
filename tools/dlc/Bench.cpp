// dlc bench: how long a model takes, in trtexec's terms, and whether it takes longer than before.
#include "tools/dlc/Compilations.h"
#include "tools/dlc/Console.h"
#include "tools/dlc/Models.h"
#include "tools/dlc/bench/Subject.h"
#include <algorithm>
#include <fmt/format.h>

namespace dlc::cli {
namespace {
using bench::Budget, bench::Subject;

struct Flags {
  std::string model, against, output;
  std::vector<std::string> inputs;
  DeviceOptions device;
  CompileFlags compile;
  CompileLimit limit;
  Budget budget;
  double ratio = 1.1;
  bool json = false;
};

/// What --against says of this run.
struct Verdict {
  std::string file;
  double ours = 0, theirs = 0, limit = 0;
  double ratio() const { return theirs > 0 ? ours / theirs : 0; }
  bool ok() const { return ours <= theirs * limit; }
  Json json() const { return {{"file", file}, {"p50", theirs}, {"ratio", ratio()}, {"limit", limit}, {"ok", ok()}}; }
};

bool isModel(const std::string &path) {
  return isExecutable(path) || path.ends_with(".onnx") || path.ends_with(".dlm") || path.ends_with(".mlir");
}

/// A report that `--json` wrote. Throws Failure where it is none, or one of other work.
Json readReport(const std::string &path, const Json &ours) {
  Json report = Json::parse(data::readFile(path), nullptr, false);
  if (!report.is_object() || !report.contains("latency") || !report["latency"].is_object() ||
      !report["latency"].value("p50", Json()).is_number() || !report.contains("inputs"))
    throw Failure(BadInput,
                  fmt::format("--against {}: expected a report that `dlc bench --json` wrote, or a model", path));
  if (report["inputs"] != ours["inputs"])
    throw Failure(BadInput, fmt::format("--against {}: measured on other inputs ({}) than these ({})", path,
                                        report["inputs"].dump(), ours["inputs"].dump()));
  for (const char *what : {"device", "threads", "variant"})
    if (report.value(what, Json()) != ours[what])
      note(fmt::format("--against {}: {} was {}, and is {}", path, what, report.value(what, Json()).dump(),
                       ours[what].dump()));
  return report;
}

void row(const char *name, const Json &s) {
  fmt::print("{:<8}", name);
  for (const char *column : {"p50", "p90", "p95", "p99", "min", "max", "mean"})
    fmt::print(" {:>9}", humanSeconds(s[column].get<double>()));
  fmt::print("\n");
}

void print(const Json &r) {
  fmt::print("{:<8}", "");
  for (const char *column : {"p50", "p90", "p95", "p99", "min", "max", "mean"})
    fmt::print(" {:>9}", column);
  fmt::print("\n");
  row("latency", r["latency"]);
  for (auto [key, name] : {std::pair{"enqueue", "enqueue"}, {"h2d", "H2D"}, {"compute", "compute"}, {"d2h", "D2H"}})
    if (r.contains(key))
      row(name, r[key]);
  fmt::print("throughput {:.6g} runs/s, CPU time {} a run; {} runs in {}, {} to warm up\n",
             r["throughput"].get<double>(), humanSeconds(r["cpu_seconds"].get<double>()), r["runs"].get<int64_t>(),
             humanSeconds(r["wall_seconds"].get<double>()), r["warm_up_runs"].get<int64_t>());
  fmt::print("loaded in {}, first run {}; arena {}, state {}\n", humanSeconds(r["load_seconds"].get<double>()),
             humanSeconds(r["first_run_seconds"].get<double>()), humanBytes(r["arena_bytes"].get<double>()),
             humanBytes(r["state_bytes"].get<double>()));
  if (r.contains("control"))
    for (auto &[how, count] : r["control"].items())
      fmt::print("{} x {}\n", count.get<int64_t>(), how);
}

int run(const Flags &flags) {
  Progress progress;
  progress.show("loading " + flags.model);
  Subject subject(flags.model, flags.inputs, flags.device, flags.compile);
  std::unique_ptr<Subject> other;
  if (!flags.against.empty() && isModel(flags.against)) {
    progress.show("loading " + flags.against);
    other = std::make_unique<Subject>(flags.against, flags.inputs, flags.device, flags.compile);
  } else if (!flags.against.empty()) {
    (void)readReport(flags.against, subject.report()); // before anything takes its time
  }
  subject.warmUp(flags.budget);
  if (other)
    other->warmUp(flags.budget);
  // Two are measured in turns: what else the machine does then hits both.
  int rounds = other ? 10 : 1;
  Budget share{flags.budget.warmUp, flags.budget.duration / rounds, (flags.budget.iterations + rounds - 1) / rounds};
  for (int i = 0; i < rounds; ++i) {
    progress.show(fmt::format("measuring {} {}", flags.model, rounds > 1 ? bar(double(i) / rounds) : ""));
    subject.measure(share);
    if (other)
      other->measure(share);
  }
  progress.clear();

  Json report = subject.report(), theirs;
  Verdict verdict{flags.against, report["latency"]["p50"], 0, flags.ratio};
  if (!flags.against.empty()) {
    theirs = other ? other->report() : readReport(flags.against, report);
    verdict.theirs = theirs["latency"]["p50"];
    report["against"] = verdict.json();
  }
  if (!flags.output.empty())
    data::writeFile(flags.output, report.dump(2) + "\n");
  if (flags.json) {
    fmt::print("{}\n", report.dump());
  } else if (flags.output != "-") {
    note(report["summary"].get<std::string>());
    print(report);
    if (other) {
      fmt::print("\n{}, in turns:\n", flags.against);
      print(theirs);
    }
  }
  int done = flags.limit.check(subject.compilations(), Done);
  if (flags.against.empty())
    return done;
  note(fmt::format("{:.3f} times the median latency of {} ({}); {} is the limit{}", verdict.ratio(), flags.against,
                   humanSeconds(verdict.theirs), flags.ratio, verdict.ok() ? "" : ": too slow"));
  return verdict.ok() ? done : CheckFailed;
}
} // namespace

Verb addBench(CLI::App &root) {
  auto *app = root.add_subcommand("bench", "Measure latency, throughput and CPU time; compare with an earlier report");
  auto flags = std::make_shared<Flags>();
  app->add_option("MODEL", flags->model, "A .dlx, or a model (.onnx, .dlm, .mlir), which is compiled first")
      ->required();
  app->add_option("-i,--input", flags->inputs,
                  "As in dlc run; random normal numbers where nothing is given; repeatable")
      ->type_name("NAME=VALUE");
  app->add_option("--warm-up", flags->budget.warmUp, "Seconds of runs that do not count; one run at least")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app->add_option("--duration", flags->budget.duration, "Seconds to measure")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app->add_option("--iterations", flags->budget.iterations, "Runs to measure at least")
      ->check(CLI::Range(1, 100000000))
      ->capture_default_str();
  app->add_option(
         "--against", flags->against,
         "A report of --json or -o, or another model, which is then measured in turns with this one: exit code "
         "1 if the median latency is more than --ratio times that")
      ->type_name("FILE");
  app->add_option("--ratio", flags->ratio, "See --against")->check(CLI::PositiveNumber)->capture_default_str();
  app->add_option("-o,--output", flags->output, "Write the report as JSON")->type_name("FILE");
  flags->device.addTo(*app);
  flags->compile.addTo(*app, false);
  flags->limit.addTo(*app);
  app->add_flag("--json", flags->json, "The report as JSON, in seconds, bytes and runs a second");
  app->footer(
      "Examples:\n"
      "  dlc bench mlp.dlx --threads 1\n"
      "  dlc bench model.onnx --shape x=1x3x224x224 --json > before.json\n"
      "  dlc bench model.onnx --shape x=1x3x224x224 --against before.json --ratio 1.05\n"
      "  dlc bench new.dlx --against old.dlx\n\n"
      "latency: a run that is waited for; on a GPU H2D, compute and D2H together, each by the card's clock, from and "
      "to\n"
      "pinned memory. enqueue: the host's time to start a run; more than compute, and the card waits for the host.\n"
      "throughput: runs one after the other; on a GPU the inputs of the next are copied while one computes.\n"
      "On the simulated GPU all of this times the simulator: `dlc profile` estimates cards.");
  return {app, [flags] { return run(*flags); }};
}
} // namespace dlc::cli
