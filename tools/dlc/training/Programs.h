// The programs that training runs: a step for the batch, one for the short last batch, the forward model to evaluate.
#pragma once
#include "passes/training/Rules.h"
#include "tools/dlc/Driver.h"
#include "tools/dlc/Runner.h"
#include "tools/dlc/data/Source.h"
#include "tools/dlc/training/Augment.h"
#include "tools/dlc/training/Checkpoint.h"
#include <functional>
#include <future>

namespace dlc::cli {

struct TrainOptions {
  std::string model;
  data::DataArgument data;
  driver::Training training;
  int64_t batch = 128, epochs = 5;
  int64_t steps = 0;       ///< of all epochs together; 0: no limit
  int64_t lossEvery = 100; ///< steps whose mean loss is told; on a device the loss is read back no more often
  uint64_t seed = 0;
  bool tf32 = false;
  int64_t memoryLimit = 0;    ///< bytes that a step may take; 0: any number
  int workers = -1;           ///< threads that gather batches ahead of time; -1: as many as pay
  bool byAverage = false;     ///< the moving average of the weights is what is evaluated and saved
  double validationSplit = 0; ///< part of the samples that is held back to evaluate with; 0: what the data has
  Augmentation augmentation;  ///< of samples that are trained on
  /// Accuracy, or where there is none the validation loss, decides what is better.
  int64_t patience = 0;                         ///< epochs without a better result that end training; 0: any
  std::optional<double> stopAccuracy, stopLoss; ///< that end it when they are reached
  std::string stopMetric = "accuracy";          ///< what stopAccuracy is
  std::function<void(const TrainEpoch &)> improved = [](auto &) {}; ///< after each epoch that was the best so far
  DeviceOptions device;

  std::string checkpoint; ///< file or folder; "": none but where a signal stops training
  CheckpointInterval every;
  int64_t keep = 3;                   ///< checkpoints of a folder
  nlohmann::ordered_json description; ///< what a checkpoint says of the command: "version", "options"
};

using InputShapes = std::map<std::string, data::Shape>;
/// Whether the shapes of the inputs are known before the data is.
bool shapesFixed(const driver::Model &);
/// The model's inputs with their shapes for a batch. `source`, where given, must fill them. Throws Failure.
InputShapes inputShapes(const driver::Model &, const TrainOptions &, int64_t batch, const data::Source *source);
/// The source's column for each of the model's inputs: by name, or, of a single one, the only column that is no label.
size_t columnFor(const driver::Port &input, size_t inputs, const data::Source &, const TrainOptions &);
/// "'x', 'labels'", for errors.
std::string columnNames(const data::Source &);
/// What is made small: the sum of these.
std::vector<LossTerm> lossesOf(const TrainOptions &);
/// The column that a loss's labels come from; nothing where the data has none.
std::optional<size_t> labelColumn(const LossTerm &, const data::Source &);

/// Evaluate: outputs are the loss, then the model's.
enum class ProgramKind { Step, Evaluate };
/// One step, as compileLater compiles it.
Program compileStep(const TrainOptions &, int64_t batch, const data::Source *, driver::CompileReport *report = nullptr);
/// Compiles on a thread of its own with a model of its own: contexts are not shared between threads.
std::future<Program> compileLater(const TrainOptions &, int64_t batch, ProgramKind, const data::Source *);
} // namespace dlc::cli
