// The options that say what a training step is: loss, optimizer, schedule and what goes with them.
#pragma once
#include "tools/dlc/Driver.h"
#include "tools/dlc/Verb.h"

namespace dlc::cli {

struct TrainingFlags {
  driver::Training training;
  std::string memoryLimit;
  std::vector<std::string> losses; ///< as --loss gives them
  /// `optional`: without --loss there is no step, and so no loss is there unless somebody names one.
  void addTo(CLI::App &app, bool optional);
  /// Takes up the losses. Throws Failure (Usage) where a name, a setting or a combination is wrong.
  void check();
  /// Bytes of --memory-limit; 0: any number. Throws Failure (Usage).
  int64_t memory() const;
};

/// Losses, optimizers and schedules with their settings, for the end of a help text.
std::string describeTraining();
/// What to say where the warm-up takes longer than `steps`; "" where it does not.
std::string longWarmup(const std::string &schedule, int64_t steps);
/// A schedule that goes to the end of the run, and was not told when that is, ends after `steps`.
std::string scheduleOver(const std::string &schedule, int64_t steps);
/// Whether it has to be told.
bool needsSteps(const std::string &schedule);

} // namespace dlc::cli
