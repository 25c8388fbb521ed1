#include "tools/dlc/training/LogFolder.h"
#include "tools/dlc/Console.h"
#include "tools/dlc/data/Tensor.h"
#include "tools/dlc/training/Console.h"
#include "tools/dlc/training/Metric.h"
#include "tools/dlc/training/TensorBoard.h"
#include <cctype>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <sys/file.h>
#include <unistd.h>

namespace dlc::cli {
namespace fs = std::filesystem;
namespace {
using Json = nlohmann::ordered_json;

double clockTime() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

class LogFolder : public TrainObserver {
public:
  explicit LogFolder(const LogOptions &given) : options(given) {
    std::error_code error;
    fs::create_directories(options.folder, error);
    if (!fs::is_directory(options.folder))
      throw data::Error(fmt::format("{}: is no folder and cannot be made", options.folder));
    // Some file systems have no locks.
    locked = open(options.folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (locked >= 0 && flock(locked, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
      close(locked);
      throw data::Error(fmt::format("{}: another training writes its log there; give another folder", options.folder));
    }
    page.title = options.title;
  }
  ~LogFolder() override {
    if (page.state == "running") { // an error ended it, or a signal
      page.state = "stopped";
      writePage(true);
    }
    if (locked >= 0)
      close(locked);
  }

  void started(const TrainStart &e) override {
    start = e;
    begin = clockTime();
    page.device = e.device;
    page.state = "running";
    safely([&] {
      takeUp();
      board.emplace(options.folder, e.from.total + 1);
    });
    line({{"event", "start"},
          {"model", options.title},
          {"device", e.device},
          {"batch", options.batch},
          {"samples", e.samples},
          {"steps", e.allSteps},
          {"total", e.from.total}});
    writePage(true);
  }
  void stepped(const TrainPlace &at) override { place = at; }
  void window(const TrainWindow &e) override {
    Json event = {{"event", "loss"},     {"epoch", e.at.epoch}, {"step", e.at.step},
                  {"total", e.at.total}, {"loss", e.loss},      {"samples_per_second", e.samplesPerSecond}};
    std::vector<std::pair<std::string, float>> scalars{{"loss/train", e.loss},
                                                       {"samples_per_second", e.samplesPerSecond}};
    add(e.facts, event, scalars);
    addLosses(event, "losses", start.losses, e.losses);
    for (size_t i = 0; i < std::min(e.losses.size(), start.losses.size()); ++i)
      scalars.emplace_back("losses/" + start.losses[i] + "/train", e.losses[i]);
    take(event);
    line(event);
    tell(e.at.total, scalars);
    writePage(false);
  }
  void evaluated(const TrainEpoch &e) override {
    Json event = {
        {"event", "epoch"}, {"epoch", e.at.epoch}, {"step", e.at.step}, {"total", e.at.total}, {"loss", e.loss}};
    std::vector<std::pair<std::string, float>> scalars{{"loss/epoch", e.loss}};
    if (!std::isnan(e.accuracy)) {
      event[e.metric] = e.accuracy;
      scalars.emplace_back(e.metric + "/validation", e.accuracy);
    }
    if (!std::isnan(e.validationLoss)) {
      event["validation_loss"] = e.validationLoss;
      scalars.emplace_back("loss/validation", e.validationLoss);
    }
    addLosses(event, "losses", start.losses, e.losses);
    addLosses(event, "validation_losses", start.losses, e.validationLosses);
    for (size_t i = 0; i < std::min(e.validationLosses.size(), start.losses.size()); ++i)
      scalars.emplace_back("losses/" + start.losses[i] + "/validation", e.validationLosses[i]);
    event["seconds"] = e.seconds;
    event["samples_per_second"] = e.samplesPerSecond;
    std::vector<std::pair<std::string, float>> untold; // a window has told it, else the board has no such curve
    add(e.facts, event, loss.empty() ? scalars : untold);
    take(event);
    line(event);
    tell(e.at.total, scalars);
    writePage(true);
  }
  void saved(const std::string &what, const std::string &path) override {
    if (what != "checkpoint")
      line({{"event", "saved"}, {"file", path}});
  }
  void finished(const TrainEpoch &e) override {
    Json event = {{"event", "done"}, {"total", e.at.total}};
    if (!std::isnan(e.accuracy))
      event[e.metric] = e.accuracy;
    line(event);
    page.state = "finished";
    writePage(true);
  }

private:
  using Points = std::vector<std::pair<double, double>>;

  static void add(const StepFacts &facts, Json &event, std::vector<std::pair<std::string, float>> &scalars) {
    for (auto [name, value] : {std::pair("learning_rate", facts.learningRate),
                               {"gradient_norm", facts.gradientNorm},
                               {"loss_scale", facts.lossScale}})
      if (!std::isnan(value)) {
        event[name] = value;
        scalars.emplace_back(name, value);
      }
  }

  template <class F> void safely(F f) {
    if (failed)
      return;
    try {
      f();
    } catch (const data::Error &error) {
      failed = true;
      options.warn(fmt::format("{}; training goes on without a log", error.what()));
    }
  }
  std::string path(const char *name) const { return options.folder + "/" + name; }

  /// Reads the lines of earlier runs up to where training goes on, and begins the file anew with them.
  void takeUp() {
    std::string kept;
    if (start.from.total && fs::exists(path("events.jsonl"))) {
      std::string text = data::readFile(path("events.jsonl"));
      for (size_t at = 0; at < text.size();) {
        size_t end = std::min(text.find('\n', at), text.size());
        std::string entry = text.substr(at, end - at);
        at = end + 1;
        Json event = Json::parse(entry, nullptr, false);
        if (!event.is_object() || !event.contains("total") || !event["total"].is_number_integer() ||
            event["total"].get<int64_t>() > start.from.total)
          continue;
        take(event);
        kept += entry + "\n";
      }
    }
    data::writeFile(path("events.jsonl"), kept);
    lines.reset(std::fopen(path("events.jsonl").c_str(), "ab"));
    if (!lines)
      throw data::Error(fmt::format("{}: {}", path("events.jsonl"), std::strerror(errno)));
  }

  /// A line's numbers into the curves.
  void take(const Json &event) {
    auto number = [&](const char *key, Points &to) {
      if (event.contains(key) && event[key].is_number())
        to.emplace_back(event["total"].get<double>(), event[key].get<double>());
    };
    std::string kind = event.value("event", "");
    // An epoch without a window tells of its steps itself.
    if (kind == "loss" || (kind == "epoch" && loss.empty())) {
      number("samples_per_second", rate);
      number("learning_rate", learningRate);
      number("gradient_norm", gradientNorm);
      number("loss_scale", lossScale);
    }
    auto numbers = [&](const char *key, std::map<std::string, Points> &to) {
      if (event.contains(key) && event[key].is_object())
        for (const auto &[name, value] : event[key].items())
          if (value.is_number())
            to[name].emplace_back(event["total"].get<double>(), value.get<double>());
    };
    if (kind == "loss" || (kind == "epoch" && loss.empty()))
      numbers("losses", losses);
    numbers("validation_losses", validationLosses);
    if (kind == "loss") {
      number("loss", loss);
    } else if (kind == "epoch") {
      for (const std::string &name : metricNames())
        if (event.contains(name)) {
          number(name.c_str(), accuracy);
          metric = name;
        }
      number("validation_loss", validationLoss);
      if (loss.empty())
        number("loss", epochLoss);
    }
  }

  void line(Json event) {
    safely([&] {
      if (!lines)
        return;
      event["time"] = clockTime();
      std::string text = event.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
      if (std::fwrite(text.data(), 1, text.size(), lines.get()) != text.size() || std::fflush(lines.get()) != 0)
        throw data::Error(fmt::format("{}: {}", path("events.jsonl"), std::strerror(errno)));
    });
  }
  void tell(int64_t total, const std::vector<std::pair<std::string, float>> &scalars) {
    safely([&] {
      if (board)
        board->add(total, scalars);
    });
  }

  /// At most once a second but where it must be.
  void writePage(bool must) {
    double time = clockTime();
    if (!must && time - page.written < 1)
      return;
    page.written = time;
    double done = static_cast<double>(place.total), all = static_cast<double>(std::max<int64_t>(start.allSteps, 1));
    page.progress = std::min(1.0, std::max(done, static_cast<double>(start.from.total)) / all);
    page.facts.clear();
    if (!loss.empty())
      page.facts.emplace_back("loss", fmt::format("{:.4g}", loss.back().second));
    if (!validationLoss.empty())
      page.facts.emplace_back("validation loss", fmt::format("{:.4g}", validationLoss.back().second));
    if (!accuracy.empty()) {
      double best = 0;
      for (auto &p : accuracy)
        best = std::max(best, p.second);
      page.facts.emplace_back(metric, fmt::format("{:.2f} %", 100 * accuracy.back().second));
      page.facts.emplace_back("best " + metric, fmt::format("{:.2f} %", 100 * best));
    }
    if (place.epoch)
      page.facts.emplace_back("epoch", fmt::format("{}, step {} of {}", place.epoch, place.step, start.steps));
    if (!rate.empty())
      page.facts.emplace_back(start.unit + " a second",
                              humanCount(rate.back().second * static_cast<double>(start.perSample)));
    page.facts.emplace_back("so far", humanDuration(time - begin));
    if (double ours = done - static_cast<double>(start.from.total); ours > 0 && page.state == "running")
      page.facts.emplace_back("left", humanDuration((time - begin) / ours * (all - done)));
    std::string title = metric;
    title[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(title[0])));
    page.charts = {{"Loss", "", {{"training", loss.empty() ? epochLoss : loss}, {"validation", validationLoss}}},
                   {title, "%", {{"validation", accuracy}}},
                   {"Learning rate", "", {{"lr", learningRate}}},
                   {"Gradient norm", "", {{"norm", gradientNorm}}},
                   {"Samples a second", "", {{"training", rate}}}};
    size_t at = 1; // behind the sum
    for (const auto &[name, points] : losses)
      page.charts.insert(page.charts.begin() + static_cast<std::ptrdiff_t>(at++),
                         {"Loss: " + name, "", {{"training", points}, {"validation", validationLosses[name]}}});
    if (!lossScale.empty())
      page.charts.push_back({"Loss scale", "", {{"factor", lossScale}}});
    safely([&] { data::writeFile(path("index.html"), render(page)); });
  }

  LogOptions options;
  TrainStart start{};
  TrainPlace place;
  LogPage page;
  double begin = 0;
  bool failed = false;
  int locked = -1;                                        ///< the folder, against a second training that logs there
  std::string metric = "accuracy";                        ///< what the curve `accuracy` is
  std::map<std::string, Points> losses, validationLosses; ///< of several, by name
  Points loss, epochLoss, validationLoss, accuracy, learningRate, gradientNorm, lossScale, rate;
  std::optional<EventFile> board;
  std::unique_ptr<FILE, int (*)(FILE *)> lines{nullptr, std::fclose};
};
} // namespace

std::unique_ptr<TrainObserver> logTo(const LogOptions &options) { return std::make_unique<LogFolder>(options); }
} // namespace dlc::cli
