// Training a model: batches from a source through a step, windows of losses, evaluation after each epoch. The sessions
// of the programs share parameters and optimizer state by name.
#pragma once
#include "tools/dlc/training/Evaluator.h"
#include "tools/dlc/training/Observer.h"

namespace dlc::cli {

class Trainer {
public:
  /// Loads data and compiles. Throws Failure and data::Error.
  explicit Trainer(TrainOptions);
  ~Trainer();
  /// Runs all epochs; the last one's numbers come back.
  TrainEpoch run(TrainObserver &);
  /// The model with the parameters as they are now.
  std::unique_ptr<driver::Model> trained() const;

private:
  struct Step;
  void checkData() const;
  void settle(const Step &);
  double takeLoss();
  void tellWindow(TrainObserver &);

  /// What the next step follows on.
  struct Progress {
    TrainPlace at;
    int64_t seen = 0;  ///< samples of this epoch
    double sum = 0;    ///< of the losses of this epoch, each times its samples
    double window = 0; ///< of the losses that were not told yet
  };

  TrainOptions options;
  data::DataSet data;
  std::unique_ptr<driver::Model> model;
  std::unique_ptr<Step> full, rest; ///< rest: the short last batch; null where there is none
  std::unique_ptr<Evaluator> evaluator;
  std::unique_ptr<Loader> loader;
  Progress progress;
  double windowBegin = 0;
  int64_t windowSeen = 0;
};
} // namespace dlc::cli
