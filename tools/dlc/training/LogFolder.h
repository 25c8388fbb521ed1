// Training told in a folder: events.jsonl, one event a line; events.out.tfevents.*, for TensorBoard; index.html, a page
// with curves that follows along.
#pragma once
#include "tools/dlc/training/LogPage.h"
#include "tools/dlc/training/Observer.h"
#include <functional>
#include <memory>
#include <string>

namespace dlc::cli {
struct LogOptions {
  std::string folder, title;
  int64_t batch = 0;
  /// Told what cannot be written, once: training goes on without.
  std::function<void(const std::string &)> warn = [](auto &) {};
};
/// What earlier runs wrote of steps behind the one that training goes on from is dropped. Throws data::Error where the
/// folder cannot be made.
std::unique_ptr<TrainObserver> logTo(const LogOptions &);
} // namespace dlc::cli
