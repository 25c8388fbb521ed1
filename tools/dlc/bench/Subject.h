// A model that is measured.
#pragma once
#include "tools/dlc/Models.h"
#include "tools/dlc/bench/Card.h"

namespace dlc::cli::bench {

/// How long to measure: seconds, and the least number of runs.
struct Budget {
  double warmUp = 0.2, duration = 3;
  int iterations = 10;
};

class Subject {
public:
  /// Compiles what is not compiled and fills the inputs. Throws Failure.
  Subject(const std::string &path, const std::vector<std::string> &inputs, const DeviceOptions &, const CompileFlags &);

  void warmUp(const Budget &);
  /// May be called again: times are added.
  void measure(const Budget &);
  /// All that is known so far; see `dlc bench --json`.
  Json report() const;
  uint64_t compilations() const { return runner->compilations(); }

private:
  std::string path;
  DeviceOptions device;
  double compiled = 0, loaded = 0, firstRun = 0;
  std::unique_ptr<Runner> runner;
  std::unique_ptr<Card> card; // goes before the runner whose weights it shares; null on the CPU
  std::vector<double> latency, enqueue, toCard, compute, fromCard;
  int64_t warmUps = 0, runs = 0;
  double wall = 0, cpu = 0; // of `runs`

  void fill(const std::vector<std::string> &inputs);
  void timed(const Budget &);
  void pipelined(const Budget &);
};

} // namespace dlc::cli::bench
