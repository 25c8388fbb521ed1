// dlc train: a forward model, a loss, an optimizer and data to a trained model.
#include "tools/dlc/Console.h"
#include "tools/dlc/Models.h"
#include "tools/dlc/training/Console.h"
#include "tools/dlc/training/Flags.h"
#include "tools/dlc/training/LogFolder.h"
#include "tools/dlc/training/Resume.h"
#include "tools/dlc/training/Trainer.h"
#include <algorithm>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

namespace dlc::cli {
namespace {
struct Flags {
  std::string model, data;
  TrainingFlags step;
  int64_t batch = 128, epochs = 5, steps = 0, logEvery = 100;
  uint64_t seed = 0;
  std::vector<std::string> saves;
  std::string checkpoint, every, resume, init, log, best, stopAt, augment, evaluateWith;
  int64_t keep = 3, patience = 0, workers = -1;
  double split = 0;
  DeviceOptions device;
  bool json = false, tf32 = false;
};

/// With a batch from one sample to as many as a step takes, where all operators take that; else for one sample.
void saveExecutable(const Trainer &trainer, const std::string &path, const Flags &flags) {
  driver::CompileOptions options;
  options.targets = {flags.device.target()};
  options.tf32 = flags.tf32;
  std::vector<char> bytes;
  if (auto open = trainer.trainedFor(flags.batch); !open || !open->compile(options, bytes).ok())
    require(trainer.trainedFor(1)->compile(options, bytes), path);
  data::writeFile(path, {bytes.data(), bytes.size()});
}

void checkEnding(const char *option, const std::string &path) {
  if (std::string_view ending = std::string_view(path).substr(std::min(path.rfind('.'), path.size()));
      ending != ".dlm" && ending != ".onnx" && ending != ".mlir" && ending != ".dlx")
    throw Failure(Usage, fmt::format("{} {}: expected a name that ends in .dlm, .onnx, .mlir or .dlx", option, path));
}

/// A folder that is not there, or cannot be written to, is told before training, too.
void checkPlace(const char *option, const std::string &path) {
  namespace fs = std::filesystem;
  std::string folder = fs::path(path).parent_path();
  folder = folder.empty() ? "." : folder;
  if (fs::is_directory(path))
    throw Failure(BadInput, fmt::format("{} {}: is a folder; give a file", option, path));
  if (path == "-" || (access(folder.c_str(), W_OK) == 0 && fs::is_directory(folder)))
    return;
  if (fs::exists(folder) && !fs::is_directory(folder))
    errno = ENOTDIR;
  throw Failure(BadInput, fmt::format("{} {}: {}: {}", option, path, folder, std::strerror(errno)));
}

bool isModel(const std::string &path, const Flags &flags) {
  std::error_code neither;
  return std::filesystem::equivalent(path, flags.model, neither);
}

/// With an open batch where the format can say that of all operators, else for one sample.
void saveModel(const Trainer &trainer, const std::string &path, const std::string &name) {
  if (!trainer.trained(/*open=*/true)->save(path).ok())
    require(trainer.trained(/*open=*/false)->save(path), name);
}

/// What cannot be saved is told before hours of training, not behind them.
void trySaving(const Trainer &trainer, const std::string &path) {
  if (path.ends_with(".dlx")) // the forward program was compiled already
    return;
  namespace fs = std::filesystem;
  fs::path folder = fs::temp_directory_path() / fmt::format("dlc-train-{}", getpid());
  fs::create_directories(folder);
  fs::path file = folder / fs::path(path).filename();
  struct Removed {
    fs::path folder;
    ~Removed() {
      std::error_code ignored;
      fs::remove_all(folder, ignored);
    }
  } removed{folder};
  saveModel(trainer, file.string(), path);
}

void save(const Trainer &trainer, const std::string &path, const Flags &flags) {
  if (path.ends_with(".dlx"))
    saveExecutable(trainer, path, flags);
  else
    saveModel(trainer, path, path);
}

/// "accuracy=0.92", another metric, or "loss=0.3"
void parseStop(const std::string &text, TrainOptions &options) {
  size_t at = text.find('=');
  std::string key = text.substr(0, at);
  char *end = nullptr;
  double value = at == text.npos ? 0 : std::strtod(text.c_str() + at + 1, &end);
  const auto &metrics = metricNames();
  bool metric = std::find(metrics.begin(), metrics.end(), key) != metrics.end();
  if ((!metric && key != "loss") || !end || *end || end == text.c_str() + at + 1)
    throw Failure(Usage, fmt::format("--stop-at {}: expected loss=0.3 or, with {} for accuracy too, accuracy=0.92",
                                     text, fmt::join(metrics.begin() + 1, metrics.end(), ", ")));
  (metric ? options.stopAccuracy : options.stopLoss) = value;
  if (metric)
    options.stopMetric = key;
}

/// What a checkpoint has of the command, and what differs in words.
std::vector<std::string> takeUp(const std::string &path, CLI::App &app) {
  try {
    Json options = Checkpoint::loadDescription(path)["options"];
    // A learning rate that goes to the end of the run depends on where that is.
    bool constant = options.value("--schedule", Json::array({"constant"})) == Json::array({"constant"});
    return takeOptions(app, options, /*lengthMatters=*/!constant);
  } catch (const CLI::ParseError &error) {
    throw Failure(BadInput, fmt::format("{}: its options are not taken any more: {}", path, error.what()));
  }
}

/// 128 and the signal's number, as a shell would say it.
int stopped(const std::string &checkpoint) {
  note(fmt::format("stopped by {}; go on with: dlc train --resume {}",
                   Interrupt::signal() == SIGINT ? "Ctrl-C" : "a signal", quoted(checkpoint)));
  return 128 + Interrupt::signal();
}

int train(Flags &flags, CLI::App &app) {
  double begin = now();
  std::vector<std::string> differences;
  std::string from;
  if (!flags.resume.empty()) {
    from = findCheckpoint(flags.resume);
    differences = takeUp(from, app);
  }
  if (flags.model.empty() || flags.data.empty())
    throw Failure(Usage, flags.model.empty() ? "MODEL is required" : "--data is required");
  if (flags.model == "-")
    throw Failure(Usage, "MODEL: training reads it more than once, and goes by its name; give a file");
  if (!flags.resume.empty() && !flags.init.empty())
    throw Failure(Usage,
                  "--resume goes on with a checkpoint's weights and --init begins with others: give one of them");
  flags.step.check();
  TrainOptions options;
  options.model = flags.model;
  try {
    options.data = data::parseData(flags.data);
    if (!flags.every.empty())
      options.every = parseInterval(flags.every);
  } catch (const data::Error &error) {
    throw Failure(Usage, error.what());
  }
  try {
    options.augmentation = parseAugmentation(flags.augment);
  } catch (const data::Error &error) {
    throw Failure(Usage, fmt::format("--augment {}", error.what()));
  }
  if (!flags.every.empty() && flags.checkpoint.empty())
    throw Failure(Usage, "--checkpoint-every needs --checkpoint FILE or FOLDER");
  if (!flags.stopAt.empty())
    parseStop(flags.stopAt, options);
  bool averages = flags.step.training.average > 0;
  if (flags.evaluateWith == "average" && !averages)
    throw Failure(Usage, "--evaluate-with average needs a moving average of the weights: --average 0.999");
  options.byAverage = averages && flags.evaluateWith != "weights";
  options.patience = flags.patience;
  options.validationSplit = flags.split;
  options.workers = flags.workers;
  options.checkpoint = flags.checkpoint;
  options.keep = flags.keep;
  options.description = {{"version", DLC_VERSION}, {"options", storeOptions(app)}};
  options.training = flags.step.training;
  options.batch = flags.batch;
  options.epochs = flags.epochs;
  options.steps = flags.steps;
  options.lossEvery = flags.logEvery;
  options.seed = flags.seed;
  options.tf32 = flags.tf32;
  options.memoryLimit = flags.step.memory();
  options.device = flags.device;
  for (const std::string &path : flags.saves) {
    checkEnding("--save", path);
    checkPlace("--save", path);
  }
  if (!flags.best.empty()) {
    checkEnding("--save-best", flags.best);
    checkPlace("--save-best", flags.best);
    if (isModel(flags.best, flags))
      throw Failure(Usage, fmt::format("--save-best {}: is the model that is trained, which checkpoints go by; "
                                       "choose another name",
                                       flags.best));
  }
  if (!flags.checkpoint.empty() && !flags.checkpoint.ends_with("/")) // a folder is made
    checkPlace("--checkpoint", flags.checkpoint);
  options.training.watch = !flags.log.empty();

  ConsoleOptions console{flags.model, flags.batch, flags.epochs, flags.seed, begin};
  TrainObservers observers;
  observers.add(flags.json ? talkJson(console) : talk(console));
  if (!flags.log.empty())
    observers.add(logTo({flags.log, flags.model, flags.batch, [](const std::string &what) { note(what); }}));
  std::unique_ptr<Trainer> trainer;
  if (!flags.best.empty())
    options.improved = [&](const TrainEpoch &) { save(*trainer, flags.best, flags); };
  {
    Progress progress;
    progress.show("compiling " + flags.model);
    trainer = std::make_unique<Trainer>(options);
  }
  if (!from.empty()) {
    auto left = trainer->resume(Checkpoint::load(from), from, differences.empty());
    differences.insert(differences.end(), left.begin(), left.end());
    for (const std::string &what : differences)
      note(fmt::format("resumed otherwise than it was stopped: {}", what));
  } else if (!flags.init.empty()) {
    for (const std::string &what : trainer->takeWeights(data::readSafetensors(flags.init), flags.init))
      note(what);
  }
  for (const std::string &path : flags.saves)
    trySaving(*trainer, path);
  if (!flags.best.empty())
    trySaving(*trainer, flags.best);
  auto ran = trainer->run(observers);
  if (!ran)
    return stopped(trainer->lastCheckpoint());
  const TrainEpoch &result = *ran;
  try {
    for (const std::string &path : flags.saves) {
      save(*trainer, path, flags);
      if (isModel(path, flags))
        trainer->takeAsModel();
      observers.saved("model", path);
    }
  } catch (...) { // what was trained for hours stays
    trainer->keep(observers);
    note(fmt::format("what was trained is in {}", trainer->lastCheckpoint()));
    throw;
  }
  observers.finished(result);
  return Done;
}
} // namespace

Verb addTrain(CLI::App &root) {
  auto *app = root.add_subcommand("train", "Train a model on data");
  auto flags = std::make_shared<Flags>();
  app->add_option("MODEL", flags->model, "Forward model (.mlir, .dlm, .onnx), its batch open, with scores as output");
  app->add_option("--data", flags->data,
                  "idx:FOLDER (as MNIST has them), npy:FILE, npz:FILE, csv:FILE, images:FOLDER, text:FILE, wav:FOLDER, "
                  "with KEY=VALUE behind commas; below")
      ->type_name("KIND:PATH");
  flags->step.addTo(*app, /*optional=*/false);
  app->add_option("--batch", flags->batch, "Samples a step; the short last batch is trained too")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  app->add_option("--epochs", flags->epochs, "Times through all samples")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  app->add_option("--steps", flags->steps, "Stop after so many steps; 0 goes on to the last epoch's end")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app->add_option("--log-every", flags->logEvery,
                  "Steps whose mean loss is printed; a GPU hands the loss back no more often")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  app->add_option("--seed", flags->seed, "Decides first weights and order of images: same seed, same bits")
      ->capture_default_str();
  app->add_flag("--tf32", flags->tf32,
                "CUDA: matrix products of f32 round their factors to TF32, 11 significant bits, for the tensor cores");
  app->add_option("--save", flags->saves,
                  "Write the trained model: .dlm, .onnx, .mlir, or .dlx (for up to --batch samples a run); repeatable")
      ->allow_extra_args(false)
      ->type_name("FILE");
  app->add_option("--save-best", flags->best, "Write the model after each epoch that was the best so far")
      ->type_name("FILE");
  app->add_option("--log", flags->log,
                  "Keep a log in this folder: events.jsonl, TensorBoard's event files, and index.html, a page that "
                  "follows along")
      ->type_name("DIR");
  app->add_option("--evaluate-with", flags->evaluateWith,
                  "What is evaluated and what --save and --save-best write: average (where --average keeps one) or "
                  "weights, as they are after the last step")
      ->check(CLI::IsMember({"average", "weights"}))
      ->type_name("average|weights");
  app->add_option("--validation-split", flags->split,
                  "Part of the samples to hold back and evaluate with, as in 0.1, drawn by the seed; text: its end")
      ->check(CLI::Range(0.0, 1.0));
  app->add_option("--augment", flags->augment,
                  "Change images while they are trained on: crop=4 (out of as many pixels around), flip, cutout=8")
      ->type_name("KEY=VALUE...");
  app->add_option("--stop-patience", flags->patience,
                  "Stop after so many epochs without a better accuracy (or validation loss, where there is none)")
      ->check(CLI::NonNegativeNumber);
  app->add_option("--stop-at", flags->stopAt,
                  "Stop when an epoch reaches accuracy=0.92, or what is told in its place, or loss=0.3 (validation)")
      ->type_name("KEY=VALUE");
  app->add_option("--workers", flags->workers, "Threads that gather batches ahead; -1: as many as pay")
      ->check(CLI::Range(-1, 64));
  app->add_option("--init", flags->init, "Begin with the weights of a .safetensors file or checkpoint, by name")
      ->type_name("FILE");
  app->add_option(
         "--checkpoint", flags->checkpoint,
         "Keep what is needed to go on in this file, or folder with / behind its name: after each epoch, or as "
         "--checkpoint-every says")
      ->type_name("FILE");
  app->add_option("--checkpoint-every", flags->every, "Steps, as in 500, or time, as in 30s, 5m, 1h")
      ->type_name("STEPS|TIME");
  app->add_option("--checkpoint-keep", flags->keep, "Checkpoints that stay in a folder; 0: all")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app->add_option(
         "--resume", flags->resume,
         "Go on from a checkpoint, or a folder's last, bit for bit as if training had never been stopped; what "
         "is not given, model and data too, is as it was")
      ->type_name("FILE");
  flags->device.addTo(*app);
  app->add_flag("--json", flags->json, "One event a line: start, loss, epoch (with accuracy), saved, done");
  app->footer(
      "Examples:\n"
      "  dlc train examples/mlp.mlir --data idx:/usr/share/datasets/fashion-mnist\n"
      "  dlc train examples/cnn.mlir --data idx:mnist --optimizer sgd,lr=0.05,momentum=0.9 --epochs 2 --save "
      "cnn.onnx --save cnn.dlm\n"
      "  dlc train mlp.onnx --data idx:mnist --json | jq -r 'select(.event==\"epoch\").accuracy'\n\n"
      "Prints the mean loss of every --log-every steps as [epoch, step], and the test accuracy after each epoch.\n"
      "Ctrl-C ends after the step, keeps a checkpoint and exits with 130.\n\n" +
      data::describeData() + "\n" + describeTraining());
  return {app, [flags, app] { return train(*flags, *app); }};
}
} // namespace dlc::cli
