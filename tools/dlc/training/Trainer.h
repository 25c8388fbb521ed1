// Training a model: batches from a source through a step, windows of losses, evaluation after each epoch. The sessions
// of the programs share parameters and optimizer state by name.
#pragma once
#include "tools/dlc/data/Sha256.h"
#include "tools/dlc/training/Checkpoint.h"
#include "tools/dlc/training/Evaluator.h"
#include "tools/dlc/training/Observer.h"
#include <filesystem>

namespace dlc::cli {

class Trainer {
public:
  /// Loads data and compiles. Throws Failure and data::Error.
  explicit Trainer(TrainOptions);
  ~Trainer();
  /// Goes on from a checkpoint, bit for bit. Throws Failure where it is of another model or other data; `strict`: also
  /// where the step has state that it lacks. Returns what was left out or left as it is, in words.
  std::vector<std::string> resume(const Checkpoint &, const std::string &path, bool strict);
  /// Takes weights by name. Throws Failure where a shape differs or nothing fits; returns what was left as it is.
  std::vector<std::string> takeWeights(const data::Safetensors &, const std::string &path);
  /// Runs all epochs; the last one's numbers come back, or nothing where a signal came: then a checkpoint was written.
  std::optional<TrainEpoch> run(TrainObserver &);
  /// Writes a checkpoint where the next one goes, without --checkpoint into this folder. Throws data::Error.
  void keep(TrainObserver &);
  /// The model's file is now what was saved there.
  void takeAsModel();
  /// The checkpoint that was written last; "" none.
  const std::string &lastCheckpoint() const { return lastKept; }
  /// The model with the parameters as they are now. `open`: an ONNX file's batch stays open, where all operators take
  /// that; else it is one.
  std::unique_ptr<driver::Model> trained(bool open) const;
  /// The same to be compiled, for batches of one sample to `most`; null where an operator does not take that.
  std::unique_ptr<driver::Model> trainedFor(int64_t most) const;

private:
  struct Step;
  void checkData() const;
  void evaluate(TrainEpoch &);
  bool judge(const TrainEpoch &);
  Checkpoint checkpoint() const;
  nlohmann::ordered_json describeData() const;
  std::string hashOfModel(data::Sha256) const;
  void giveWeights(driver::Model &) const;
  void checkUnchanged() const;
  /// As it is in its file, with the shapes of a batch of one where it leaves
  /// them open.
  std::unique_ptr<driver::Model> fileModel(bool openBatch) const;
  void settle(const Step &);
  double takeLoss(const std::string &state);
  void checkFinite();
  void tellWindow(TrainObserver &);
  StepFacts facts() const;

  /// What the next step follows on.
  struct Progress {
    TrainPlace at;
    bool open = false;                           ///< the epoch goes on
    int64_t seen = 0;                            ///< samples of this epoch
    double sum = 0;                              ///< of the losses of this epoch, each times its samples
    double window = 0;                           ///< of the losses that were not told yet
    std::optional<double> best = {};             ///< of all epochs: accuracy, or the validation loss below zero
    int64_t sinceBest = 0;                       ///< epochs
    std::vector<double> sums = {}, windows = {}; ///< as `sum` and `window`, of several losses each
  };

  TrainOptions options;
  data::DataSet data;
  std::unique_ptr<driver::Model> model;
  std::unique_ptr<Step> full, rest; ///< rest: the short last batch; null where there is none
  std::unique_ptr<Evaluator> evaluator;
  std::unique_ptr<Loader> loader;
  Progress progress;
  std::vector<std::string> losses; ///< the names of several
  CheckpointKeeper keeper;
  std::string lastKept;
  std::string fileHash, modelHash; ///< of the file as it was loaded; with the weights that lie beside it
  std::filesystem::file_time_type fileTime;
  double windowBegin = 0;
  int64_t windowSeen = 0;
};
} // namespace dlc::cli
