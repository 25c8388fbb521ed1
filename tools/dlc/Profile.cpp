// dlc profile: what each step costs: by the clock on the CPU, by the counters of the simulated GPU for cards.
#include "tools/dlc/Compilations.h"
#include "tools/dlc/Console.h"
#include "tools/dlc/Models.h"
#include "tools/dlc/data/Input.h"
#include "tools/gpusim/gpusim.h"
#include <algorithm>
#include <chrono>
#include <dlfcn.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>

namespace dlc::cli {
namespace {
struct Flags {
  std::string model;
  std::vector<std::string> inputs;
  DeviceOptions device{.device = "sim"};
  CompileFlags compile;
  CompileLimit limit;
  int top = 0;
  double duration = 1;
  bool json = false;
};

/// Functions of the simulated driver that the runtime has opened.
struct Simulator {
  decltype(&gpusim_count) count;
  decltype(&gpusim_counters) counters;
  decltype(&gpusim_reset) reset;

  static Simulator get() {
    void *library = dlopen("libdlc_gpusim.so", RTLD_NOW | RTLD_NOLOAD);
    if (!library)
      throw Failure(NoDevice, "the simulated driver is not loaded");
    auto find = [&](const char *name) {
      void *symbol = dlsym(library, name);
      if (!symbol)
        throw Failure(NoDevice, fmt::format("the simulated driver has no {}: it is older than this program", name));
      return symbol;
    };
    return {reinterpret_cast<decltype(&gpusim_count)>(find("gpusim_count")),
            reinterpret_cast<decltype(&gpusim_counters)>(find("gpusim_counters")),
            reinterpret_cast<decltype(&gpusim_reset)>(find("gpusim_reset"))};
  }
};

bool onCpu(const Flags &flags) { return flags.device.device == "cpu"; }

Program programFor(const Flags &flags) {
  if (isExecutable(flags.model))
    return Program::fromFile(flags.model, flags.device);
  auto model = flags.compile.load(flags.model);
  if (!flags.compile.shapes.empty() || model->needsShapes())
    flags.compile.bind(*model, flags.model);
  driver::CompileOptions options = flags.compile.options();
  // For the simulator PTX to run, and a cubin for what ptxas says of registers: occupancy depends on them.
  options.targets = {"cuda:compute_80", "cuda:sm_80"};
  if (onCpu(flags))
    options.targets = {flags.device.target()};
  std::vector<char> bytes;
  driver::CompileReport report;
  require(model->compile(options, bytes, &report), flags.model);
  return Program::fromBytes(std::move(bytes), report.variants);
}

double at(const Json &counts, const char *group, const char *kind, const char *what) {
  return counts.at(group).at(kind).at(what).get<double>();
}

/// What people ask of a kernel, from its raw counts.
Json digest(const Json &c) {
  double bytes = 0, least = 0, waves = 0, leastWaves = 0;
  for (const char *kind : {"loads", "stores", "atomics"}) {
    bytes += 32 * at(c, "global", kind, "sectors");
    least += 32 * at(c, "global", kind, "least_sectors");
  }
  for (const char *kind : {"loads", "stores"}) {
    waves += at(c, "shared", kind, "wavefronts");
    leastWaves += at(c, "shared", kind, "least_wavefronts");
  }
  std::string bound;
  double most = -1;
  for (auto &[field, name] : std::initializer_list<std::pair<const char *, const char *>>{
           {"memory_us", "memory"}, {"issue_us", "issue"}, {"float_us", "float"}, {"shared_us", "shared"}})
    if (c.at(field).get<double>() > most) {
      most = c.at(field).get<double>();
      bound = name;
    }
  return {
      {"bound", bound}, {"global_bytes", bytes}, {"least_global_bytes", least}, {"bank_conflicts", waves - leastWaves}};
}

std::string shortened(const std::string &text, size_t most) {
  return text.size() <= most ? text : text.substr(0, most - 3) + "...";
}

void print(const Json &kernels, const Flags &flags) {
  double total = 0;
  for (const Json &k : kernels)
    total += k["total_us"].get<double>();
  fmt::print("{:>9} {:>5}  {:>4} {:<7} {:>5} {:>10} {:>10} {:>6} {:>9} {:>6} {:>5}  {}\n", "estimate", "share", "runs",
             "bound", "occup", "instr.", "moved", "excess", "conflicts", "diverg", "lanes", "kernel: source nodes");
  int shown = 0;
  for (const Json &k : kernels) {
    if (flags.top && shown++ == flags.top)
      break;
    double moved = k["global_bytes"], least = k["least_global_bytes"], branches = k["branches"];
    fmt::print("{:>7.2f}us {:>4.0f}%  {:>4} {:<7} {:>4.0f}% {:>10} {:>10} {:>5.0f}% {:>9} {:>5.0f}% {:>5.1f}  {}: {}\n",
               k["total_us"].get<double>(), total > 0 ? 100 * k["total_us"].get<double>() / total : 0,
               k["launches"].get<int64_t>(), k["bound"].get<std::string>(), 100 * k["occupancy"].get<double>(),
               fmt::format("{:.3f} M", k["thread_instructions"].get<double>() / 1e6), humanBytes(moved),
               least > 0 ? 100 * (moved / least - 1) : 0, k["bank_conflicts"].get<int64_t>(),
               branches > 0 ? 100 * k["divergent_branches"].get<double>() / branches : 0,
               k["active_lanes"].get<double>(), k["kernel"].get<std::string>(),
               shortened(fmt::format("{}", fmt::join(k["sources"].get<std::vector<std::string>>(), ", ")), 48));
  }
  fmt::print("{:>7.2f}us  together, one kernel after the other: a roofline of each, no more than an estimate\n", total);
}

/// Runs for a while and prints a line a step, the most expensive first.
int profileCpu(Runner &runner, const Flags &flags) {
  runner.run(); // touches all memory
  runner.timeSteps();
  using Clock = std::chrono::steady_clock;
  auto begin = Clock::now();
  auto spent = [&] { return std::chrono::duration<double>(Clock::now() - begin).count(); };
  int64_t runs = 0;
  while (runs < 3 || spent() < flags.duration) {
    runner.run();
    ++runs;
  }
  double wall = spent() / double(runs);
  auto steps = runner.steps();
  std::erase_if(steps, [](const Runner::Step &s) { return s.time.runs == 0; });
  std::stable_sort(steps.begin(), steps.end(),
                   [](const auto &a, const auto &b) { return a.time.seconds > b.time.seconds; });
  if (flags.json) {
    Json list = Json::array();
    for (const Runner::Step &s : steps)
      list.push_back({{"implementation", s.implementation},
                      {"sources", s.sources},
                      {"runs", double(s.time.runs) / double(runs)},
                      {"seconds", s.time.seconds / double(runs)},
                      {"flops", s.time.flops},
                      {"bytes", s.time.bytes}});
    fmt::print("{}\n", Json{{"device", runner.summary()}, {"runs", runs}, {"seconds", wall}, {"steps", list}}.dump());
    return Done;
  }
  note(runner.summary());
  fmt::print("{:>11} {:>6}  {:>5} {:>8} {:>8}  {}\n", "a run", "share", "times", "GFLOP/s", "GB/s",
             "step: source nodes");
  int shown = 0;
  for (const Runner::Step &s : steps) {
    if (flags.top && shown++ == flags.top)
      break;
    double seconds = s.time.seconds / double(runs), rate = double(s.time.runs) / double(runs) / seconds;
    fmt::print("{:>9.2f}us {:>5.1f}%  {:>5.0f} {:>8.1f} {:>8.1f}  {}: {}\n", seconds * 1e6, 100 * seconds / wall,
               double(s.time.runs) / double(runs), double(s.time.flops) * rate / 1e9, double(s.time.bytes) * rate / 1e9,
               s.implementation, shortened(s.sources, 64));
  }
  fmt::print("{:>9.2f}us  a run of all, mean of {}; the clock itself takes some 0.05 us a step\n", wall * 1e6, runs);
  return Done;
}

int profile(const Flags &flags) {
  if (!onCpu(flags) && !flags.device.device.starts_with("sim"))
    throw Failure(Usage,
                  fmt::format("--device {}: steps are timed on the cpu, and kernels counted by the simulated GPU; "
                              "give cpu, sim, sim:a100, sim:h200 or sim:rtx4090",
                              flags.device.device));
  Progress progress;
  progress.show("compiling " + flags.model);
  Program program = programFor(flags);
  Runner runner(program, flags.device);
  std::vector<char> given(program.inputs.size());
  for (size_t i = 0; i < flags.inputs.size(); ++i) {
    data::InputArgument input = data::parseInput(flags.inputs[i]);
    if (input.name.empty() && i >= given.size())
      throw Failure(Usage, fmt::format("--input: {} values for {} inputs", flags.inputs.size(), given.size()));
    size_t index = input.name.empty() ? i : runner.inputIndex(input.name);
    runner.setInput(index, input.tensor);
    given.at(index) = 1;
  }
  for (size_t i = 0; i < given.size(); ++i)
    if (!given[i])
      runner.setInput(i, data::randomTensor(program.inputs[i].dtype, program.inputs[i].shape, i));
  if (onCpu(flags)) {
    progress.clear();
    return flags.limit.check(runner.compilations(), profileCpu(runner, flags));
  }
  Simulator simulator = Simulator::get();
  simulator.reset();
  simulator.count(1);
  progress.show("running in the simulator");
  runner.run();
  simulator.count(0);
  progress.clear();

  std::map<std::string, std::vector<std::string>> sources = runner.sourcesByKernel();
  Json kernels = Json::parse(simulator.counters());
  for (Json &k : kernels) {
    k.update(digest(k));
    k["total_us"] = k["estimate_us"].get<double>() * k["launches"].get<double>();
    k["sources"] = sources[k["kernel"].get<std::string>()];
  }
  std::stable_sort(kernels.begin(), kernels.end(), [](const Json &a, const Json &b) {
    return a["total_us"].get<double>() > b["total_us"].get<double>();
  });
  if (flags.json) {
    fmt::print("{}\n",
               Json{{"device", runner.summary()}, {"kernels", kernels}, {"control", Json(runner.control())}}.dump());
    return flags.limit.check(runner.compilations(), Done);
  }
  note(runner.summary());
  print(kernels, flags);
  for (auto &[how, count] : runner.control())
    fmt::print("{} x {}\n", count, how);
  return flags.limit.check(runner.compilations(), Done);
}
} // namespace

Verb addProfile(CLI::App &root) {
  auto *app = root.add_subcommand("profile", "What each step costs: timed on the CPU, counted in the simulated GPU");
  auto flags = std::make_shared<Flags>();
  app->add_option("MODEL", flags->model, "A .dlx, or a model (.onnx, .dlm, .mlir)")->required();
  app->add_option("-i,--input", flags->inputs,
                  "As in dlc run; random normal numbers where nothing is given; repeatable")
      ->type_name("NAME=VALUE");
  app->add_option("--top", flags->top, "Only the so many most expensive kernels; 0 shows all")
      ->check(CLI::NonNegativeNumber);
  app->add_option("--duration", flags->duration, "Seconds that runs on the CPU are timed for")
      ->check(CLI::NonNegativeNumber);
  flags->device.addTo(*app);
  flags->compile.addTo(*app, false);
  flags->limit.addTo(*app);
  app->add_flag("--json", flags->json, "All counts, with every class of instructions, as JSON");
  app->footer(
      "Examples:\n"
      "  dlc profile resnet.onnx --device sim:h200 --top 10\n"
      "  dlc profile resnet.onnx --device cpu --threads 1 --top 10\n"
      "  dlc profile mlp.mlir --shape x=128x784 --json | jq '.kernels[] | {kernel, bank_conflicts}'\n\n"
      "On the CPU: microseconds a run, how often a step runs in it, and the rates of its arithmetic and traffic as "
      "the\n"
      "compiler counts them. A loop's time holds its body's.\n"
      "In the simulated GPU: estimate: the longest of memory traffic, instruction issue, arithmetic and shared memory "
      "at the card's peak "
      "rates.\n"
      "occup: warps that fit on a multiprocessor, by ptxas's registers. instr.: thread-instructions. moved: bytes of\n"
      "32-byte sectors; excess: more than the least sectors that hold what was asked for. conflicts: extra passes "
      "over\n"
      "shared memory's banks. diverg: branches on which a warp split. lanes: of 32, at work in an average "
      "instruction.");
  return {app, [flags] { return profile(*flags); }};
}
} // namespace dlc::cli
