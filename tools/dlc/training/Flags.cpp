#include "tools/dlc/training/Flags.h"
#include "passes/training/Rules.h"
#include "tools/dlc/Console.h"
#include <fmt/format.h>

namespace dlc::cli {
namespace {
Choice parsed(const std::vector<TrainingRule> &rules, const char *what, const std::string &text) {
  std::string error;
  auto choice = parseChoice(rules, what, text, error);
  if (!choice)
    throw Failure(Usage, fmt::format("--{}: {}", what, error));
  return *choice;
}
std::string names(const std::vector<TrainingRule> &rules) {
  std::string text;
  for (const TrainingRule &rule : rules)
    text += (text.empty() ? "" : ", ") + std::string(rule.name);
  return text;
}
} // namespace

void TrainingFlags::addTo(CLI::App &app, bool optional) {
  if (optional)
    training.loss.clear();
  else
    losses = {training.loss};
  app.add_option(
         "--loss", losses,
         (optional ? "Compile one training step instead: forward, this loss of \"labels\", backward, optimizer: "
                   : "What is made small: ") +
             names(lossRules()) + "; repeatable, with output=NAME, labels=NAME and weight=1: the sum is made small")
      ->allow_extra_args(false)
      ->type_name("NAME,KEY=VALUE...")
      ->capture_default_str();
  app.add_option("--loss-output", training.lossOutput,
                 "Output that a loss looks at which names none, where the model has several")
      ->type_name("NAME");
  app.add_option("--optimizer", training.optimizer, names(optimizerRules()))
      ->type_name("NAME,KEY=VALUE...")
      ->capture_default_str();
  app.add_option("--schedule", training.schedule, "How the learning rate goes: " + names(scheduleRules()))
      ->type_name("NAME,KEY=VALUE...")
      ->capture_default_str();
  app.add_option("--clip-norm", training.clipNorm, "Scales all gradients down where their norm is greater; 0: never")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--clip-value", training.clipValue, "Clamps each element of a gradient to +- this; 0: never")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--accumulate", training.accumulate,
                 optional
                     ? "Batches in a step, one after the other, with the mean of their gradients; --shape is of one"
                     : "Parts that a batch is cut into, one after the other: memory is needed for one of them")
      ->check(CLI::Range(1, 4096));
  app.add_option("--memory-limit", memoryLimit,
                 std::string("Bytes that a ") + (optional ? "run" : "step") +
                     " may take, as in 512MB or 2GiB: arena, weights, states, inputs and outputs. " +
                     "Activations of a step are computed again where that makes it fit; an error where nothing does")
      ->type_name("SIZE");
  app.add_option("--average", training.average,
                 optional ? "Decay of a moving average of the weights, states WEIGHT.average; 0: none is kept"
                          : "Decay of a moving average of the weights, which is evaluated and saved in their place "
                            "(--evaluate-with); 0: none is kept")
      ->check(CLI::Range(0.0, 1.0));
  app.add_option(
         "--precision", training.precision,
         "Of products and convolutions: f32, tf32 (CUDA: factors of 11 significant bits), bf16, f16 (the loss is "
         "scaled so that gradients do not vanish); weights and all else stay f32")
      ->check(CLI::IsMember({"f32", "tf32", "bf16", "f16"}))
      ->capture_default_str();
  app.add_flag("--check-nonfinite", training.checkNonfinite,
               "Look for the first NaN or infinity and say which node of which step it began with; slow");
  app.add_option("--freeze", training.freeze, "Weights that are not trained, as in 'features.*'; repeatable")
      ->allow_extra_args(false)
      ->type_name("GLOB");
  app.add_option("--stop-gradient", training.stopGradients,
                 "Nodes through which no gradient goes back, as in 'encoder*'; repeatable")
      ->allow_extra_args(false)
      ->type_name("GLOB");
  app.add_option("--no-decay", training.noDecay, "Weights that weight_decay leaves alone, as in '*.bias'; repeatable")
      ->allow_extra_args(false)
      ->type_name("GLOB");
}

void TrainingFlags::check() {
  training.loss.clear();
  for (const std::string &loss : losses)
    training.loss += (training.loss.empty() ? "" : ";") + loss;
  if (training.average >= 1)
    throw Failure(Usage, "--average 1: such an average stays what the first step gave it; 0.999 is usual");
  if (std::string error; !parseLosses(training.loss, error))
    throw Failure(Usage, "--loss: " + error);
  parsed(optimizerRules(), "optimizer", training.optimizer);
  Choice schedule = parsed(scheduleRules(), "schedule", training.schedule);
  if (schedule.values.contains("steps") && schedule["steps"] > 0 && schedule.values.contains("warmup") &&
      schedule["warmup"] >= schedule["steps"])
    throw Failure(Usage, fmt::format("--schedule {}: the warm-up must end before the {} steps do", training.schedule,
                                     schedule["steps"]));
}

int64_t TrainingFlags::memory() const { return memoryLimit.empty() ? 0 : parseBytes(memoryLimit, "--memory-limit"); }

bool needsSteps(const std::string &schedule) {
  Choice choice = parsed(scheduleRules(), "schedule", schedule);
  return choice.values.contains("steps") && choice["steps"] == 0;
}

std::string scheduleOver(const std::string &schedule, int64_t steps) {
  return needsSteps(schedule) ? fmt::format("{},steps={}", schedule, steps) : schedule;
}

std::string longWarmup(const std::string &schedule, int64_t steps) {
  Choice choice = parsed(scheduleRules(), "schedule", schedule);
  if (!choice.values.contains("warmup") || choice["warmup"] < static_cast<double>(steps))
    return "";
  return fmt::format("--schedule {}: there are {} steps, so that the warm-up does not end before training does",
                     schedule, steps);
}

std::string describeTraining() {
  return "Losses (each with output=NAME, labels=NAME, weight=1, where there are several):\n" +
         describeRules(lossRules()) + "\nOptimizers:\n" + describeRules(optimizerRules()) +
         "\nSchedules of the learning rate:\n" + describeRules(scheduleRules());
}
} // namespace dlc::cli
