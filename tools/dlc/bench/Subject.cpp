#include "tools/dlc/bench/Subject.h"
#include "tools/dlc/Console.h"
#include "tools/dlc/bench/Statistics.h"
#include "tools/dlc/data/Input.h"
#include <algorithm>
#include <cstring>
#include <ctime>
#include <fmt/format.h>

namespace dlc::cli::bench {
namespace {
/// Of all threads of this process, in seconds.
double cpuSeconds() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

/// Adds what passes while it lives.
class Meter {
public:
  Meter(double &wall, double &cpu) : wall(wall), cpu(cpu), wallStart(now()), cpuStart(cpuSeconds()) {}
  ~Meter() {
    wall += now() - wallStart;
    cpu += cpuSeconds() - cpuStart;
  }
  double elapsed() const { return now() - wallStart; }

private:
  double &wall, &cpu;
  double wallStart, cpuStart;
};

Program compile(const std::string &path, const DeviceOptions &device, const CompileFlags &flags) {
  auto model = flags.load(path);
  if (!flags.shapes.empty() || model->needsShapes())
    flags.bind(*model, path);
  driver::CompileOptions options = flags.options();
  options.targets = {device.target()};
  std::vector<char> bytes;
  driver::CompileReport report;
  require(model->compile(options, bytes, &report), path);
  return Program::fromBytes(std::move(bytes), report.variants);
}
} // namespace

Subject::Subject(const std::string &path, const std::vector<std::string> &inputs, const DeviceOptions &device,
                 const CompileFlags &flags)
    : path(path), device(device) {
  double start = now();
  std::optional<Program> program;
  if (!isExecutable(path)) {
    program = compile(path, device, flags);
    compiled = now() - start;
    start = now();
  } else {
    program = Program::fromFile(path, device);
  }
  runner = std::make_unique<Runner>(*program, device);
  loaded = now() - start;
  if (runner->device() != DLC_DEVICE_CPU)
    card = std::make_unique<Card>(*program, device, runner->deviceName(), *runner);
  fill(inputs);
}

void Subject::fill(const std::vector<std::string> &arguments) {
  const std::vector<TensorInfo> &ports = runner->program().inputs;
  std::vector<data::Tensor> values;
  for (size_t i = 0; i < ports.size(); ++i)
    values.push_back(data::randomTensor(ports[i].dtype, ports[i].shape, i));
  for (size_t i = 0; i < arguments.size(); ++i) {
    data::InputArgument input = data::parseInput(arguments[i]);
    if (input.name.empty() && i >= ports.size())
      throw Failure(Usage, fmt::format("--input: {} values for {} inputs", arguments.size(), ports.size()));
    values[input.name.empty() ? i : runner->inputIndex(input.name)] = std::move(input.tensor);
  }
  for (size_t i = 0; i < values.size(); ++i) {
    runner->setInput(i, values[i]);
    if (card)
      card->setInput(i, values[i]);
  }
  // The session's own memory as the caller's view: on a card each run then copies both ways.
  for (size_t i = 0; card && i < values.size(); ++i)
    std::memcpy(runner->inputData(i), values[i].bytes.data(), values[i].bytes.size());
  for (size_t i = 0; card && i < runner->program().outputs.size(); ++i)
    runner->outputData(i);
}

void Subject::warmUp(const Budget &budget) {
  double start = now();
  runner->run();
  firstRun = now() - start;
  warmUps = 1;
  if (card)
    card->run();
  for (; now() - start < budget.warmUp; ++warmUps)
    card ? (void)card->run() : runner->run();
}

void Subject::measure(const Budget &budget) {
  if (!card)
    return timed(budget);
  Budget half{budget.warmUp, budget.duration / 2, budget.iterations};
  double start = now();
  for (int i = 0; i < half.iterations || now() - start < half.duration; ++i) {
    CardTimes t = card->run();
    latency.push_back(t.toCard + t.compute + t.fromCard);
    enqueue.push_back(t.enqueue);
    toCard.push_back(t.toCard);
    compute.push_back(t.compute);
    fromCard.push_back(t.fromCard);
  }
  pipelined(half);
}

void Subject::timed(const Budget &budget) {
  Meter meter(wall, cpu);
  double start = now();
  for (int i = 0; i < budget.iterations || meter.elapsed() < budget.duration; ++i, ++runs) {
    runner->run();
    double end = now();
    latency.push_back(end - start);
    start = end;
  }
}

void Subject::pipelined(const Budget &budget) {
  Meter meter(wall, cpu);
  for (int i = 0; i < budget.iterations || meter.elapsed() < budget.duration; ++i, ++runs)
    runner->runAsync();
  runner->synchronize();
}

Json Subject::report() const {
  const Program &program = runner->program();
  Json inputs = Json::array();
  for (const TensorInfo &input : program.inputs)
    inputs.push_back(toJson(input));
  auto [arena, state] = runner->memory();
  auto count = static_cast<double>(std::max<int64_t>(1, runs));
  Json r = {{"model", path},
            {"program", program.name},
            {"device", runner->deviceName()},
            {"variant", runner->variant()},
            {"summary", runner->summary()},
            {"threads", device.threads},
            {"inputs", inputs},
            {"compile_seconds", compiled},
            {"load_seconds", loaded},
            {"first_run_seconds", firstRun},
            {"warm_up_runs", warmUps},
            {"runs", runs},
            {"wall_seconds", wall},
            {"throughput", wall > 0 ? static_cast<double>(runs) / wall : 0},
            {"cpu_seconds", cpu / count},
            {"arena_bytes", arena},
            {"state_bytes", state},
            {"latency", toJson(summarise(latency))}};
  if (card) {
    r["enqueue"] = toJson(summarise(enqueue));
    r["h2d"] = toJson(summarise(toCard));
    r["compute"] = toJson(summarise(compute));
    r["d2h"] = toJson(summarise(fromCard));
    if (auto control = runner->control(); !control.empty())
      r["control"] = control;
  }
  return r;
}

} // namespace dlc::cli::bench
