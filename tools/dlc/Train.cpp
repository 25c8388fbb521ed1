// dlc train: a forward model, a loss, an optimizer and data to a trained model.
#include "tools/dlc/Console.h"
#include "tools/dlc/Models.h"
#include "tools/dlc/training/Console.h"
#include "tools/dlc/training/Flags.h"
#include "tools/dlc/training/Trainer.h"
#include <fmt/format.h>

namespace dlc::cli {
namespace {
struct Flags {
  std::string model, data;
  TrainingFlags step;
  int64_t batch = 128, epochs = 5, steps = 0, logEvery = 100;
  uint64_t seed = 0;
  std::vector<std::string> saves;
  DeviceOptions device;
  bool json = false, tf32 = false;
};

/// A .dlx takes one image at a time; compile the saved model for anything else.
void saveExecutable(driver::Model &model, const std::string &path, const DeviceOptions &device, bool tf32) {
  driver::Port input = model.inputs().at(0);
  data::Shape shape{1};
  for (size_t d = 1; d < input.dims.size(); ++d)
    shape.push_back(input.dims[d].size);
  require(model.bindShapes({{input.name, shape}}), path);
  driver::CompileOptions options;
  options.targets = {device.target()};
  options.tf32 = tf32;
  std::vector<char> bytes;
  require(model.compile(options, bytes), path);
  data::writeFile(path, {bytes.data(), bytes.size()});
}

int train(const Flags &flags) {
  double begin = now();
  flags.step.check();
  TrainOptions options;
  options.model = flags.model;
  try {
    options.data = data::parseData(flags.data);
  } catch (const data::Error &error) {
    throw Failure(Usage, error.what());
  }
  options.training = flags.step.training;
  options.batch = flags.batch;
  options.epochs = flags.epochs;
  options.steps = flags.steps;
  options.lossEvery = flags.logEvery;
  options.seed = flags.seed;
  options.tf32 = flags.tf32;
  options.device = flags.device;
  for (const std::string &path : flags.saves)
    if (std::string_view ending = std::string_view(path).substr(std::min(path.rfind('.'), path.size()));
        ending != ".dlm" && ending != ".onnx" && ending != ".mlir" && ending != ".dlx")
      throw Failure(Usage, fmt::format("--save {}: expected a name that ends in .dlm, .onnx, .mlir or .dlx", path));

  ConsoleOptions console{flags.model, flags.batch, flags.epochs, flags.seed, begin};
  TrainObservers observers;
  observers.add(flags.json ? talkJson(console) : talk(console));
  auto trainer = [&] {
    Progress progress;
    progress.show("compiling " + flags.model);
    return std::make_unique<Trainer>(options);
  }();
  TrainEpoch result = trainer->run(observers);
  for (const std::string &path : flags.saves) {
    auto model = trainer->trained();
    if (path.ends_with(".dlx"))
      saveExecutable(*model, path, flags.device, flags.tf32);
    else
      require(model->save(path), path);
    observers.saved("model", path);
  }
  observers.finished(result);
  return Done;
}
} // namespace

Verb addTrain(CLI::App &root) {
  auto *app = root.add_subcommand("train", "Train a model on labelled images");
  auto flags = std::make_shared<Flags>();
  app->add_option("MODEL", flags->model,
                  "Forward model (.mlir, .dlm, .onnx) with one f32 input, its batch open, and scores as output")
      ->required();
  app->add_option("--data", flags->data, "idx:FOLDER, four IDX files as MNIST has them, plain or gzipped")->required();
  flags->step.addTo(*app, /*optional=*/false);
  app->add_option("--batch", flags->batch, "Images a step; the short last batch is trained too")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  app->add_option("--epochs", flags->epochs, "Times through all images")
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
                  "Write the trained model: .dlm, .onnx, .mlir, or .dlx (for one image at a time); repeatable")
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
      "Pixels are scaled to (x/255 - 0.5)/0.5.\n\n" +
      describeTraining());
  return {app, [flags] { return train(*flags); }};
}
} // namespace dlc::cli
