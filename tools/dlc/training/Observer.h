// What happens while a model is trained, for whoever tells people about it.
#pragma once
#include "tools/dlc/Runner.h"
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

namespace dlc::cli {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

/// Epochs and steps of an epoch count from 1; `total` counts steps of all epochs.
struct TrainPlace {
  int64_t epoch = 0, step = 0, total = 0;
};
struct TrainStart {
  std::string device;                   ///< in words
  int64_t samples, steps;               ///< of an epoch
  int64_t allSteps;                     ///< that will have been done at the end
  TrainPlace from;                      ///< where training goes on; all 0 at its beginning
  std::string unit;                     ///< what is counted in a second: "images"
  int64_t perSample = 1;                ///< of the unit
  PlannedMemory memory = {};            ///< of a step
  std::vector<std::string> losses = {}; ///< the names of several
};
/// What the last step says of itself, as far as it does; lossScale: the factor of --precision f16.
struct StepFacts {
  double learningRate = unknown, gradientNorm = unknown, lossScale = unknown;
};
/// The steps since the last one of these: their losses are read back together.
struct TrainWindow {
  TrainPlace at;
  double loss;                 ///< mean
  double samplesPerSecond = 0; ///< gathering included
  StepFacts facts = {};
  std::vector<double> losses = {}; ///< what several are by themselves, unweighted
};
struct TrainEpoch {
  TrainPlace at;
  double loss;               ///< mean over the samples since the epoch began
  double accuracy = unknown; ///< of the evaluation set, from 0 to 1; where nothing numbers classes, `metric`'s value
  std::string metric = "accuracy";
  double validationLoss = unknown;
  double seconds = 0, stepSeconds = 0; ///< stepSeconds: gathering the batch included
  double samplesPerSecond = 0;         ///< while it was trained
  StepFacts facts = {};
  std::vector<double> losses = {}, validationLosses = {}; ///< as a window's
};

/// Gets all events on one thread, in order.
class TrainObserver {
public:
  virtual ~TrainObserver() = default;
  virtual void started(const TrainStart &) {}
  virtual void stepped(const TrainPlace &) {} ///< the step may still run
  virtual void window(const TrainWindow &) {}
  virtual void evaluated(const TrainEpoch &) {}
  /// A file was written: a "checkpoint" or a "model".
  virtual void saved(const std::string & /*what*/, const std::string & /*path*/) {}
  virtual void finished(const TrainEpoch & /*last*/) {}
};

/// Passes everything on.
class TrainObservers : public TrainObserver {
public:
  void add(std::unique_ptr<TrainObserver> observer) { list.push_back(std::move(observer)); }
  void started(const TrainStart &e) override {
    each([&](auto &o) { o.started(e); });
  }
  void stepped(const TrainPlace &e) override {
    each([&](auto &o) { o.stepped(e); });
  }
  void window(const TrainWindow &e) override {
    each([&](auto &o) { o.window(e); });
  }
  void evaluated(const TrainEpoch &e) override {
    each([&](auto &o) { o.evaluated(e); });
  }
  void saved(const std::string &what, const std::string &path) override {
    each([&](auto &o) { o.saved(what, path); });
  }
  void finished(const TrainEpoch &e) override {
    each([&](auto &o) { o.finished(e); });
  }

private:
  template <class F> void each(F f) {
    for (auto &o : list)
      f(*o);
  }
  std::vector<std::unique_ptr<TrainObserver>> list;
};
} // namespace dlc::cli
