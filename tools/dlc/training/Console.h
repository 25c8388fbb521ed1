// Training told on the terminal: in words for people, or as JSON, one event a line.
#pragma once
#include "tools/dlc/training/Observer.h"
#include <memory>
#include <nlohmann/json.hpp>

namespace dlc::cli {
struct ConsoleOptions {
  std::string model;
  int64_t batch, epochs;
  uint64_t seed;
  double begin; ///< now() when the command began
};
/// `[epoch, step] loss: ...` on stdout, with a line of progress on stderr where that is a terminal.
std::unique_ptr<TrainObserver> talk(const ConsoleOptions &);
/// start, loss, epoch, saved, done on stdout.
std::unique_ptr<TrainObserver> talkJson(const ConsoleOptions &);

/// event[key] = {name: value, ...}; nothing where there is one loss only.
void addLosses(nlohmann::ordered_json &event, const char *key, const std::vector<std::string> &names,
               const std::vector<double> &values);
} // namespace dlc::cli
