#include "tools/dlc/training/Trainer.h"
#include "tools/dlc/Console.h"
#include "tools/dlc/Models.h"
#include "tools/dlc/training/Feeding.h"
#include "tools/dlc/training/Flags.h"
#include "tools/dlc/training/LabelCheck.h"
#include "tools/dlc/training/Resume.h"
#include "tools/dlc/training/TrainerStep.h"
#include <cmath>
#include <fmt/format.h>

namespace dlc::cli {

Trainer::Trainer(TrainOptions given)
    : options(std::move(given)), keeper(options.checkpoint, options.every, options.keep) {
  auto reading = std::async(std::launch::async, [&] { return data::openData(options.data); });
  data::Sha256 hash = hashOfFile(options.model);
  fileHash = data::Sha256(hash).finish();
  std::error_code noTime; // of standard input
  fileTime = std::filesystem::last_write_time(options.model, noTime);
  model = loadModel(options.model, {.training = true});
  losses = lossNames(lossesOf(options));
  std::future<Program> step;
  bool endless = needsSteps(options.training.schedule);
  if (shapesFixed(*model) && !endless) // the compiler need not wait for the data
    step = compileLater(options, options.batch, ProgramKind::Step, nullptr);
  data = reading.get();
  if (options.validationSplit > 0)
    data::holdBack(data, options.validationSplit, options.seed);
  if (!data.evaluation)
    throw Failure(BadInput, fmt::format("{}: this data has no part of its own to evaluate with; --validation-split 0.1 "
                                        "holds a tenth back",
                                        options.data.path));
  checkData();
  if (model->needsShapes()) // it has no weights before
    require(model->bindShapes(inputShapes(*model, options, 1, data.train.get())), options.model);
  modelHash = hashOfModel(hash);
  if (options.workers < 0) // samples that lie in memory are gathered faster than a thread is woken
    options.workers = data.train->inMemory(0, 0) && !options.augmentation.any() ? 0 : 2;
  int64_t steps = options.epochs * ((data.train->count() + options.batch - 1) / options.batch);
  steps = options.steps ? std::min(options.steps, steps) : steps;
  if (std::string what = longWarmup(options.training.schedule, steps); !what.empty())
    note(what);
  if (endless)
    options.training.schedule = scheduleOver(options.training.schedule, steps);
  if (!step.valid())
    step = compileLater(options, options.batch, ProgramKind::Step, data.train.get());
  int64_t remainder = data.train->count() % options.batch;
  std::future<Program> restProgram;
  if (remainder)
    restProgram = compileLater(options, remainder, ProgramKind::Step, data.train.get());
  evaluator = std::make_unique<Evaluator>(options, data.evaluation);
  full = std::make_unique<Step>(step.get(), options, options.batch, *data.train, nullptr);
  if (remainder)
    rest = std::make_unique<Step>(restProgram.get(), options, remainder, *data.train, &full->runner);
  evaluator->open(full->runner);
  for (const LossTerm &term : lossesOf(options))
    if (auto labels = full->runner.findInput(term.labels)) {
      LabelCheck check{term.rule, options.model, full->runner.program().inputs[*labels].dtype,
                       evaluator->scoresShape(term)};
      checkLabels(*data.train, labelColumn(term, *data.train), check);
      checkLabels(*data.evaluation, labelColumn(term, *data.evaluation), check);
    }
  if (options.stopAccuracy && options.stopMetric != evaluator->metricName())
    throw Failure(Usage, fmt::format("--stop-at {}: this training is measured by {} and loss", options.stopMetric,
                                     evaluator->metricName()));
  LoaderOptions load;
  load.batch = options.batch;
  load.seed = options.seed;
  load.workers = options.workers;
  load.augmentation = options.augmentation;
  loader = std::make_unique<Loader>(data.train, full->feeds.list, load);
}

Trainer::~Trainer() = default;

void Trainer::checkData() const {
  int64_t n = data.train->count(), m = data.evaluation->count();
  if (n < 1 || m < 1)
    throw Failure(BadInput, fmt::format("{}: {} samples to train on and {} to evaluate with", options.data.path, n, m));
  if (options.batch > n)
    throw Failure(Usage, fmt::format("--batch {}: there are {} samples", options.batch, n));
  if (options.batch % options.training.accumulate)
    throw Failure(Usage, fmt::format("--accumulate {}: a batch of {} cannot be cut into so many equal parts",
                                     options.training.accumulate, options.batch));
  inputShapes(*model, options, options.batch, data.train.get());
  inputShapes(*model, options, options.batch, data.evaluation.get());
}

/// The losses since the last call, added up by the steps themselves. Waits for them.
double Trainer::takeLoss(const std::string &state) {
  data::Tensor sum = full->runner.read(state);
  double loss = data::load(sum, 0);
  std::fill(sum.bytes.begin(), sum.bytes.end(), decltype(sum.bytes)::value_type{});
  full->runner.write(state, sum);
  return loss;
}

/// The step remembers the first NaN or infinity; which of its nodes that was, the compiler tells.
void Trainer::checkFinite() {
  auto number = [&](const char *state) { return static_cast<int64_t>(data::load(full->runner.read(state), 0)); };
  int64_t step = number("train.nonfinite.step");
  if (!step)
    return;
  driver::CompileReport report;
  compileStep(options, options.batch, data.train.get(), &report);
  auto node = static_cast<size_t>(number("train.nonfinite.node"));
  throw Failure(CheckFailed, fmt::format("step {}: the first NaN or infinity begins with {}", step,
                                         node < report.watched.size() ? "'" + report.watched[node] + "'"
                                                                      : "a constant of the model"));
}

/// Losses are taken where they are told, and around the short last batch, whose loss weighs less.
void Trainer::settle(const Step &step) {
  double loss = takeLoss("loss.sum");
  if (options.training.checkNonfinite)
    checkFinite();
  if (!std::isfinite(loss))
    throw Failure(CheckFailed, fmt::format("the loss is {} at epoch {}, in the steps up to {}; a smaller lr may help, "
                                           "and --check-nonfinite tells where it begins",
                                           loss, progress.at.epoch, progress.at.step));
  auto count = [&](double loss, double &sum, double &window) {
    sum += loss * static_cast<double>(step.batch);
    window += loss;
  };
  count(loss, progress.sum, progress.window);
  progress.sums.resize(losses.size());
  progress.windows.resize(losses.size());
  for (size_t i = 0; i < losses.size(); ++i)
    count(takeLoss("loss.sum." + losses[i]), progress.sums[i], progress.windows[i]);
}

StepFacts Trainer::facts() const {
  StepFacts facts;
  for (auto [name, value] : {std::pair("train.lr", &facts.learningRate),
                             {"train.grad_norm", &facts.gradientNorm},
                             {"train.loss_scale", &facts.lossScale}})
    for (const TensorInfo &info : full->runner.program().weights)
      if (info.name == name)
        *value = data::load(full->runner.read(name), 0);
  return facts;
}

void Trainer::tellWindow(TrainObserver &observer) {
  TrainWindow window;
  window.at = progress.at;
  auto mean = [&](double &sum) { return std::exchange(sum, 0) / static_cast<double>(options.lossEvery); };
  window.loss = mean(progress.window);
  for (double &sum : progress.windows)
    window.losses.push_back(mean(sum));
  window.samplesPerSecond = static_cast<double>(std::exchange(windowSeen, 0)) / (now() - windowBegin);
  windowBegin = now();
  window.facts = facts();
  observer.window(window);
}

std::optional<TrainEpoch> Trainer::run(TrainObserver &observer) {
  Interrupt interrupt;
  int64_t n = data.train->count(), steps = loader->batches();
  TrainPlace &at = progress.at;
  // Epochs of a checkpoint may have had other steps: another batch.
  int64_t left = (options.epochs - at.epoch) * steps + (progress.open ? steps - at.step : 0);
  int64_t last = at.total + std::max<int64_t>(left, 0);
  if (options.steps)
    last = std::min(last, options.steps);
  observer.started(
      {full->runner.summary(), n, steps, last, at, data.unit, data.perSample, full->runner.program().memory, losses});
  loader->seek(progress.open ? at.epoch - 1 : at.epoch, progress.open ? at.step : 0);
  TrainEpoch result{at, 0};
  while (progress.open || at.total < last) {
    if (!progress.open)
      progress = {{at.epoch + 1, 0, at.total}, true, 0, 0, 0, progress.best, progress.sinceBest};
    double begin = now();
    int64_t firstStep = at.step, firstSeen = progress.seen;
    windowBegin = begin;
    windowSeen = 0;
    while (at.step < steps && at.total < last) {
      bool closing = at.step + 1 == steps, isShort = closing && rest;
      Step &step = isShort ? *rest : *full;
      if (isShort)
        settle(*full);
      loader->next(step.feeds.places);
      step.runner.runAsync(); // a device computes while the next batch is gathered
      progress.seen += step.batch;
      windowSeen += step.batch;
      ++at.step;
      ++at.total;
      bool told = at.step % options.lossEvery == 0;
      if (told || closing || at.total == last)
        settle(step);
      if (told)
        tellWindow(observer);
      observer.stepped(at);
      if (Interrupt::signal()) {
        keep(observer);
        return std::nullopt;
      }
      if (keeper.due(at))
        keep(observer);
    }
    result = {at, progress.sum / static_cast<double>(progress.seen)};
    for (double sum : progress.sums)
      result.losses.push_back(sum / static_cast<double>(progress.seen));
    result.stepSeconds = (now() - begin) / static_cast<double>(std::max<int64_t>(at.step - firstStep, 1));
    result.samplesPerSecond = static_cast<double>(progress.seen - firstSeen) / (now() - begin);
    result.facts = facts();
    evaluate(result);
    result.seconds = now() - begin;
    observer.evaluated(result);
    progress.open = at.step < steps; // --steps ended it
    bool done = judge(result) || at.total >= last;
    if (keeper.wanted() && (keeper.eachEpoch() || done))
      keep(observer);
    if (Interrupt::signal() && !done) {
      keep(observer);
      return std::nullopt;
    }
    if (done)
      break;
  }
  if (std::isnan(result.validationLoss)) { // nothing was left to do
    result = {at, unknown};
    evaluate(result);
  }
  return result;
}

void Trainer::evaluate(TrainEpoch &epoch) {
  auto [loss, accuracy, each] = evaluator->run();
  epoch.validationLoss = loss;
  epoch.validationLosses = std::move(each);
  epoch.accuracy = accuracy;
  epoch.metric = evaluator->metricName();
}

/// Notes whether the epoch is the best so far; true where training is to end.
bool Trainer::judge(const TrainEpoch &epoch) {
  // The greater, the better.
  // Other metrics than accuracy may stay at 0 for long.
  bool counted = epoch.metric == "accuracy" && !std::isnan(epoch.accuracy);
  double merit = counted ? epoch.accuracy : -epoch.validationLoss;
  if (!progress.best || merit > *progress.best) {
    progress.best = merit;
    progress.sinceBest = 0;
    options.improved(epoch);
  } else if (++progress.sinceBest >= options.patience && options.patience) {
    return true;
  }
  return (options.stopAccuracy && epoch.accuracy >= *options.stopAccuracy) ||
         (options.stopLoss && epoch.validationLoss <= *options.stopLoss);
}

/// What is saved is made of the model's file with the weights as they are now.
void Trainer::checkUnchanged() const {
  std::error_code error;
  if (std::filesystem::last_write_time(options.model, error) == fileTime && !error)
    return;
  if (error || hashOfFile(options.model).finish() != fileHash)
    throw Failure(BadInput, fmt::format("{}: has changed since training began; what was trained cannot be saved as it"
                                        " (a checkpoint holds the weights: --init takes them)",
                                        options.model));
}

void Trainer::takeAsModel() {
  std::error_code noTime;
  fileTime = std::filesystem::last_write_time(options.model, noTime);
  fileHash = hashOfFile(options.model).finish();
}

std::unique_ptr<driver::Model> Trainer::fileModel(bool openBatch) const {
  checkUnchanged();
  auto copy = loadModel(options.model, {.training = true});
  if (!copy->needsShapes())
    return copy;
  InputShapes shapes = inputShapes(*copy, options, 1, data.train.get());
  driver::Ranges open;
  for (const driver::Port &port : copy->inputs())
    for (size_t d = 0; d < port.dims.size(); ++d)
      if (int64_t size = shapes.at(port.name)[d]; port.dims[d].size < 0)
        open[fmt::format("{}:{}", port.name, d)] = {size, d == 0 ? 1 << 16 : size, 1};
  if (openBatch) {
    if (copy->bindShapes({}, open).ok())
      return copy;
    copy = loadModel(options.model, {.training = true});
  }
  require(copy->bindShapes(shapes), options.model);
  return copy;
}

std::unique_ptr<driver::Model> Trainer::trained(bool open) const {
  auto copy = fileModel(open);
  giveWeights(*copy);
  return copy;
}

std::unique_ptr<driver::Model> Trainer::trainedFor(int64_t most) const {
  checkUnchanged();
  auto copy = loadModel(options.model, {.training = true});
  bool anyOpen = false;
  for (const driver::Port &port : copy->inputs())
    for (const driver::Dim &dim : port.dims)
      anyOpen |= dim.size < 0;
  if (anyOpen) {
    InputShapes shapes = inputShapes(*copy, options, 1, data.train.get());
    driver::Ranges ranges;
    for (const driver::Port &port : copy->inputs())
      for (size_t d = 0; d < port.dims.size(); ++d)
        if (int64_t size = shapes.at(port.name)[d]; port.dims[d].size < 0)
          ranges[fmt::format("{}:{}", port.name, d)] = {size, d == 0 ? most : size, 1};
    if (most > 1 && !copy->bindShapes({}, ranges).ok())
      return nullptr;
    if (most == 1)
      require(copy->bindShapes(shapes), options.model);
  }
  giveWeights(*copy);
  return copy;
}

void Trainer::giveWeights(driver::Model &to) const {
  std::map<std::string, std::string> values;
  const auto &kept = full->runner.program().weights;
  for (const driver::Parameter &p : to.parameters())
    // What the loss does not depend on is no part of the step, and stays as the file has it.
    if (!p.frozen && std::any_of(kept.begin(), kept.end(), [&](const TensorInfo &w) { return w.name == p.name; })) {
      data::Tensor t = options.byAverage ? averageOf(full->runner, p.name) : full->runner.read(p.name);
      values[p.name].assign(reinterpret_cast<const char *>(t.bytes.data()), t.bytes.size());
    }
  require(to.setParameters(values), options.model);
}

} // namespace dlc::cli
