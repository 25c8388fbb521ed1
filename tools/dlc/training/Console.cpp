#include "tools/dlc/training/Console.h"
#include "tools/dlc/Console.h"
#include "tools/dlc/Models.h"
#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace dlc::cli {
namespace {
std::string bytesText(uint64_t bytes) { return humanBytes(static_cast<double>(bytes)); }

class Talk : public TrainObserver {
public:
  explicit Talk(const ConsoleOptions &options) : options(options) {}

  void started(const TrainStart &e) override {
    start = e;
    begin = now();
    note(e.device);
    note(fmt::format("a step takes {} of memory: {} for activations and gradients, {} for weights and what the "
                     "optimizer keeps, {} for inputs and outputs",
                     bytesText(e.memory.total()), bytesText(e.memory.arena), bytesText(e.memory.weights),
                     bytesText(e.memory.ports)));
    if (e.from.total)
      note(fmt::format("goes on behind step {} of epoch {}", e.from.step, e.from.epoch));
  }
  void stepped(const TrainPlace &at) override {
    if (!progress.due())
      return;
    double total = static_cast<double>(at.total), all = static_cast<double>(start.allSteps),
           ours = total - static_cast<double>(start.from.total), since = now() - begin;
    std::string line =
        fmt::format("{} epoch {}/{}, step {}/{}", bar(total / all), at.epoch, options.epochs, at.step, start.steps);
    if (!std::isnan(loss))
      line += fmt::format(", loss {:.3f}{}", loss, each(losses));
    if (!std::isnan(accuracy))
      line += fmt::format(", {} {:.2f} %", metric, accuracy * 100);
    double perStep = static_cast<double>(options.batch * start.perSample);
    if (ours > 0)
      line += fmt::format(", {} {}/s, {} left", humanCount(ours * perStep / since), start.unit,
                          humanDuration(since / ours * (all - total)));
    progress.show(line);
  }
  void window(const TrainWindow &e) override {
    progress.clear();
    loss = e.loss;
    losses = e.losses;
    fmt::print("[{}, {}] loss: {:.3f}{}{}\n", e.at.epoch, e.at.step, e.loss, each(e.losses), scale(e.facts));
    std::fflush(stdout); // whoever follows a file sees it
  }
  void evaluated(const TrainEpoch &e) override {
    progress.clear();
    accuracy = e.accuracy;
    metric = e.metric;
    fmt::print("epoch {}: {}  (mean loss {:.3f}{}, {}, {} a step{})\n", e.at.epoch, result(e), e.loss, each(e.losses),
               humanSeconds(e.seconds), humanSeconds(e.stepSeconds), scale(e.facts));
    std::fflush(stdout);
  }
  void saved(const std::string &what, const std::string &path) override {
    if (what == "checkpoint") // often
      return;
    progress.clear();
    fmt::print("saved {}\n", path);
  }
  void finished(const TrainEpoch &e) override {
    progress.clear();
    fmt::print("{} epoch{} in {}, data and compilation included; {}\n", e.at.epoch, e.at.epoch == 1 ? "" : "s",
               humanSeconds(now() - options.begin), result(e));
  }

private:
  static std::string scale(const StepFacts &facts) {
    return std::isnan(facts.lossScale) ? "" : fmt::format(", loss scale {}", facts.lossScale);
  }
  /// " (focal 0.121, l1 2.034)": what the sum is made of, before weights.
  std::string each(const std::vector<double> &values) const {
    std::string text;
    for (size_t i = 0; i < std::min(values.size(), start.losses.size()); ++i)
      text += fmt::format("{}{} {:.3f}", i ? ", " : " (", start.losses[i], values[i]);
    return text.empty() ? text : text + ")";
  }
  std::string result(const TrainEpoch &e) const {
    std::string text = std::isnan(e.accuracy) ? "" : fmt::format("{} {:.2f} %, ", e.metric, e.accuracy * 100);
    return text + fmt::format("validation loss {:.3f}{}", e.validationLoss, each(e.validationLosses));
  }

  ConsoleOptions options;
  TrainStart start{};
  Progress progress;
  double begin = 0, loss = unknown, accuracy = unknown;
  std::string metric;
  std::vector<double> losses;
};

class TalkJson : public TrainObserver {
public:
  explicit TalkJson(const ConsoleOptions &options) : options(options) {}

  void started(const TrainStart &e) override {
    losses = e.losses;
    emit({{"event", "start"},
          {"model", options.model},
          {"device", e.device},
          {"batch", options.batch},
          {"epochs", options.epochs},
          {"seed", options.seed},
          {"memory_bytes", e.memory.total()},
          {"arena_bytes", e.memory.arena},
          {"prepare_seconds", now() - options.begin}});
  }
  void window(const TrainWindow &e) override {
    Json event = {{"event", "loss"}, {"epoch", e.at.epoch}, {"step", e.at.step}, {"loss", e.loss}};
    addLosses(event, "losses", losses, e.losses);
    addFacts(event, e.facts);
    emit(event);
  }
  void evaluated(const TrainEpoch &e) override {
    Json event = with(e, {{"event", "epoch"},
                          {"epoch", e.at.epoch},
                          {"loss", e.loss},
                          {"accuracy", nullptr},
                          {"validation_loss", known(e.validationLoss)},
                          {"seconds", e.seconds},
                          {"step_ms", e.stepSeconds * 1e3}});
    addLosses(event, "losses", losses, e.losses);
    addLosses(event, "validation_losses", losses, e.validationLosses);
    addFacts(event, e.facts);
    emit(event);
  }
  void stepped(const TrainPlace &e) override { at = e; }
  void saved(const std::string &what, const std::string &path) override {
    if (what == "model")
      emit({{"event", "saved"}, {"file", path}});
    else
      emit({{"event", what}, {"epoch", at.epoch}, {"step", at.step}, {"file", path}});
  }
  void finished(const TrainEpoch &e) override {
    emit(with(e, {{"event", "done"},
                  {"accuracy", nullptr},
                  {"loss", known(e.loss)},
                  {"validation_loss", known(e.validationLoss)},
                  {"seconds", now() - options.begin}}));
  }

private:
  static void addFacts(Json &event, const StepFacts &facts) {
    for (auto [name, value] : {std::pair("learning_rate", facts.learningRate),
                               {"gradient_norm", facts.gradientNorm},
                               {"loss_scale", facts.lossScale}})
      if (!std::isnan(value))
        event[name] = value;
  }
  static Json with(const TrainEpoch &e, Json event) {
    event[e.metric] = known(e.accuracy);
    return event;
  }
  /// JSON has no NaN.
  static Json known(double value) { return std::isnan(value) ? Json() : Json(value); }
  static void emit(const Json &event) {
    fmt::print("{}\n", event.dump());
    std::fflush(stdout); // a reader at the other end of a pipe follows along
  }
  ConsoleOptions options;
  std::vector<std::string> losses;
  TrainPlace at;
};
} // namespace

void addLosses(nlohmann::ordered_json &event, const char *key, const std::vector<std::string> &names,
               const std::vector<double> &values) {
  for (size_t i = 0; i < std::min(names.size(), values.size()); ++i)
    event[key][names[i]] = values[i];
}

std::unique_ptr<TrainObserver> talk(const ConsoleOptions &options) { return std::make_unique<Talk>(options); }
std::unique_ptr<TrainObserver> talkJson(const ConsoleOptions &options) { return std::make_unique<TalkJson>(options); }
} // namespace dlc::cli
