// Training a model on labelled images: three executables (a step for the batch, one for the short last batch, the
// forward program for evaluation) whose sessions share parameters and optimizer state by name.
#pragma once
#include "tools/dlc/Driver.h"
#include "tools/dlc/Runner.h"
#include "tools/dlc/data/Idx.h"
#include <functional>
#include <optional>

namespace dlc::cli {

struct TrainOptions {
  std::string model, data; ///< data: a folder of IDX files
  driver::Training training;
  int64_t batch = 128, epochs = 5;
  int64_t steps = 0;      ///< of all epochs together; 0: no limit
  int64_t lossEvery = 100; ///< steps whose mean loss is told; on a device the loss is read back no more often
  uint64_t seed = 0;
  bool tf32 = false;
  DeviceOptions device;
};

/// What happens, as it happens. epoch and step count from 1.
struct TrainObserver {
  std::function<void(const std::string &device)> started = [](auto &) {};
  std::function<void(int64_t epoch, int64_t step, int64_t steps)> stepped = [](auto...) {};
  std::function<void(int64_t epoch, int64_t step, double meanLoss)> loss = [](auto...) {};
  struct Epoch {
    int64_t epoch;
    double meanLoss, accuracy, seconds, stepSeconds; ///< stepSeconds: gathering the batch included
  };
  std::function<void(const Epoch &)> evaluated = [](auto &) {};
};

class Trainer {
public:
  /// Loads data and compiles. Throws Failure and data::Error.
  explicit Trainer(TrainOptions);
  ~Trainer();
  /// Runs all epochs; the last one's numbers come back.
  TrainObserver::Epoch run(const TrainObserver &);
  /// The model with the parameters as they are now.
  std::unique_ptr<driver::Model> trained() const;

private:
  struct Step;
  double evaluate();
  double takeLoss();
  std::unique_ptr<Step> makeStep(int64_t batch, const Runner *share);

  TrainOptions options;
  data::ImageFolder images;
  std::unique_ptr<driver::Model> model;
  std::unique_ptr<Step> full, rest; ///< rest: the short last batch; null where there is none
  std::unique_ptr<Runner> forward;
};
} // namespace dlc::cli
