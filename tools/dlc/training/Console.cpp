#include "tools/dlc/training/Console.h"
#include "tools/dlc/Console.h"
#include "tools/dlc/Models.h"
#include <fmt/format.h>

namespace dlc::cli {
namespace {
class Talk : public TrainObserver {
public:
  explicit Talk(const ConsoleOptions &options) : options(options) {}

  void started(const TrainStart &e) override {
    start = e;
    note(e.device);
  }
  void stepped(const TrainPlace &at) override {
    double done = static_cast<double>(at.total) / static_cast<double>(start.allSteps);
    progress.show(fmt::format("{} epoch {}/{}, step {}/{}, loss {:.3f}", bar(done), at.epoch, options.epochs, at.step,
                              start.steps, last));
  }
  void window(const TrainWindow &e) override {
    progress.clear();
    last = e.loss;
    fmt::print("[{}, {}] loss: {:.3f}\n", e.at.epoch, e.at.step, e.loss);
  }
  void evaluated(const TrainEpoch &e) override {
    progress.clear();
    fmt::print("epoch {}: accuracy {:.2f} %  (mean loss {:.3f}, {}, {} a step)\n", e.at.epoch, e.accuracy * 100, e.loss,
               humanSeconds(e.seconds), humanSeconds(e.stepSeconds));
  }
  void saved(const std::string &what, const std::string &path) override {
    if (what == "checkpoint") // often
      return;
    progress.clear();
    fmt::print("saved {}\n", path);
  }
  void finished(const TrainEpoch &e) override {
    progress.clear();
    fmt::print("{} epochs in {}, data and compilation included; accuracy {:.2f} %\n", options.epochs,
               humanSeconds(now() - options.begin), e.accuracy * 100);
  }

private:
  ConsoleOptions options;
  TrainStart start{};
  Progress progress;
  double last = 0;
};

class TalkJson : public TrainObserver {
public:
  explicit TalkJson(const ConsoleOptions &options) : options(options) {}

  void started(const TrainStart &e) override {
    emit({{"event", "start"},
          {"model", options.model},
          {"device", e.device},
          {"batch", options.batch},
          {"epochs", options.epochs},
          {"seed", options.seed},
          {"prepare_seconds", now() - options.begin}});
  }
  void window(const TrainWindow &e) override {
    emit({{"event", "loss"}, {"epoch", e.at.epoch}, {"step", e.at.step}, {"loss", e.loss}});
  }
  void evaluated(const TrainEpoch &e) override {
    emit({{"event", "epoch"},
          {"epoch", e.at.epoch},
          {"loss", e.loss},
          {"accuracy", e.accuracy},
          {"seconds", e.seconds},
          {"step_ms", e.stepSeconds * 1e3}});
  }
  void stepped(const TrainPlace &e) override { at = e; }
  void saved(const std::string &what, const std::string &path) override {
    if (what == "model")
      emit({{"event", "saved"}, {"file", path}});
    else
      emit({{"event", what}, {"epoch", at.epoch}, {"step", at.step}, {"file", path}});
  }
  void finished(const TrainEpoch &e) override {
    emit({{"event", "done"}, {"accuracy", e.accuracy}, {"loss", e.loss}, {"seconds", now() - options.begin}});
  }

private:
  static void emit(const Json &event) {
    fmt::print("{}\n", event.dump());
    std::fflush(stdout); // a reader at the other end of a pipe follows along
  }
  ConsoleOptions options;
  TrainPlace at;
};
} // namespace

std::unique_ptr<TrainObserver> talk(const ConsoleOptions &options) { return std::make_unique<Talk>(options); }
std::unique_ptr<TrainObserver> talkJson(const ConsoleOptions &options) { return std::make_unique<TalkJson>(options); }
} // namespace dlc::cli
