#include "passes/training/Rules.h"
#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

namespace dlc {
namespace {
constexpr double off = std::numeric_limits<double>::quiet_NaN(), many = 1e15;

Setting learningRate(double value) { return {"lr", "learning rate", value, 0, 1e6}; }
Setting decay(double value, const char *text) { return {"weight_decay", text, value, 0, 1}; }
constexpr const char *coupled = "of the weight, added to its gradient",
                     *decoupled = "times lr, of the weight, taken off it";
constexpr double below1 = 1 - 1e-9; // at 1 a mean never moves, and its bias has no correction
Setting beta1(double value) { return {"beta1", "decay of the mean of gradients", value, 0, below1}; }
Setting beta2(double value) { return {"beta2", "decay of the mean of their squares", value, 0, below1}; }
Setting eps(double value) { return {"eps", "added to the divisor", value, 0, 1}; }
Setting axisSetting() { return {"axis", "dimension of the classes; -1 is the last", 1, -8, 7}; }
Setting stepsSetting() { return {"steps", "of the whole run; 0: what dlc train will do", 0, 0, many}; }
Setting warmup() { return {"warmup", "first steps, in which lr rises linearly", 0, 0, many}; }
Setting least() { return {"least", "factor of lr at the end", 0, 0, 1}; }

std::string number(double value) {
  char text[32];
  auto end = std::to_chars(text, text + sizeof text, value).ptr;
  return {text, end};
}
template <class List, class Name> std::string joined(const List &list, Name name) {
  std::string text;
  for (auto &entry : list)
    text += (text.empty() ? "" : ", ") + std::string(name(entry));
  return text;
}
} // namespace

const std::vector<TrainingRule> &lossRules() {
  static const std::vector<TrainingRule> rules = {
      {"softmax-cross-entropy",
       "mean of -log softmax(output)[label]; labels: i32, output's shape without the classes",
       {axisSetting(),
        {"smoothing", "share of the target that goes to all classes alike", 0, 0, 1},
        {"ignore", "label that does not count", off, -2147483648.0, 2147483647.0},
        {"probabilities", "1: labels are f32 of output's shape", 0, 0, 1}}},
      {"binary-cross-entropy",
       "mean of -log logistic(output) where the label is 1, of -log(1 - logistic(output)) where it is 0; labels: f32",
       {{"positive_weight", "factor of the first", 1, 0, many}}},
      {"mean-squared-error", "mean of (output - label)^2; labels: f32", {}},
      {"l1", "mean of |output - label|; labels: f32", {}},
      {"huber",
       "mean of d^2/2 up to delta, then delta*(|d| - delta/2), of d = output - label; labels: f32",
       {{"delta", "where the square ends", 1, 1e-12, many}}},
      {"kl-divergence",
       "sum of label*(log label - log softmax(output)), by samples; labels: f32, probabilities",
       {axisSetting()}},
      {"focal",
       "binary cross-entropy times alpha*(1 - p)^gamma, p what is given to the right answer; labels: f32",
       {{"alpha", "factor where the label is 1; 1 - alpha where it is 0", 0.25, 0, 1},
        {"gamma", "how much less easy ones count", 2, 0, 100},
        {"by_positives", "1: the sum is divided by the number of labels that are 1", 0, 0, 1}}},
      {"dice",
       "1 - Dice's coefficient, mean of samples and classes; labels: f32, 0 or 1, of output's shape",
       {axisSetting(),
        {"softmax", "1: output's softmax over the classes, and labels are i32 without them; else its logistic", 0, 0,
         1},
        {"smooth", "added above and below", 1, 0, many}}},
      {"ctc",
       "connectionist temporal classification of texts that are not aligned, by text length, mean; labels: i32, "
       "samples x length, filled up with -1. A text that is too long for its time counts 0. With times=1 a number "
       "stands "
       "before each text: so many times of the output count",
       {{"axis", "dimension of the classes; -1 is the last", -1, -8, 7},
        {"blank", "class that stands between labels", 0, 0, 2147483647.0},
        {"length", "labels of the longest text", 32, 1, 65536},
        {"times", "1: how long each sample lasts stands before its labels", 0, 0, 1}}},
      {"output", "the model's output itself, a scalar", {}},
  };
  return rules;
}

const std::vector<TrainingRule> &optimizerRules() {
  static const std::vector<TrainingRule> rules = {
      {"sgd",
       "w -= lr*m, m = momentum*m + g",
       {learningRate(0.01),
        {"momentum", "", 0, 0, 1},
        {"nesterov", "1: the step looks ahead, g + momentum*m", 0, 0, 1},
        decay(0, coupled)}},
      {"adam", "Kingma and Ba, 2015", {learningRate(0.001), beta1(0.9), beta2(0.999), eps(1e-8), decay(0, coupled)}},
      {"adamw",
       "Adam with decoupled decay; Loshchilov and Hutter, 2019",
       {learningRate(0.001), beta1(0.9), beta2(0.999), eps(1e-8), decay(0.01, decoupled)}},
      {"rmsprop",
       "w -= lr*g/(sqrt(s) + eps), s the mean of g^2",
       {learningRate(0.01),
        {"alpha", "decay of the mean of squares", 0.99, 0, 1},
        eps(1e-8),
        {"momentum", "", 0, 0, 1},
        {"centered", "1: the mean's square is taken off the mean of squares", 0, 0, 1},
        decay(0, coupled)}},
      {"adagrad",
       "w -= lr*g/(sqrt(s) + eps), s the sum of g^2; Duchi and others, 2011",
       {learningRate(0.01), {"lr_decay", "lr/(1 + lr_decay*steps)", 0, 0, many}, eps(1e-10), decay(0, coupled)}},
      {"lamb",
       "Adam whose steps are as long as the weights, tensor by tensor; You and others, 2020",
       {learningRate(0.001), beta1(0.9), beta2(0.999), eps(1e-6), decay(0.01, "of the weight, added to its step")}},
      {"lion",
       "w -= lr*sign(c), c between the mean of gradients and the gradient; Chen and others, 2023",
       {learningRate(0.0001), beta1(0.9), beta2(0.99), decay(0, decoupled)}},
      {"muon",
       "matrices step along an orthogonal one near their momentum, Jordan 2024; what is no matrix goes by adamw",
       {learningRate(0.02),
        {"momentum", "", 0.95, 0, 1},
        {"nesterov", "1: the step looks ahead", 1, 0, 1},
        {"iterations", "of Newton and Schulz", 5, 1, 20},
        decay(0.01, decoupled),
        {"other_lr", "learning rate of adamw", 0.001, 0, 1e6},
        beta1(0.9),
        beta2(0.95),
        eps(1e-8)}},
  };
  return rules;
}

const std::vector<TrainingRule> &scheduleRules() {
  static const std::vector<TrainingRule> rules = {
      {"constant", "lr all the time", {warmup()}},
      {"step",
       "lr times factor^(steps done / every), rounded down",
       {{"every", "steps", 1000, 1, many}, {"factor", "", 0.1, 0, 1}, warmup()}},
      {"linear", "straight down to least", {stepsSetting(), least(), warmup()}},
      {"cosine", "half a wave down to least", {stepsSetting(), least(), warmup()}},
      {"one-cycle",
       "a wave up from lr/divide, a wave down to lr/divide/last_divide; Smith and Topin, 2018",
       {stepsSetting(),
        {"rise", "share of the steps that goes up", 0.3, 0, 1},
        {"divide", "", 25, 1, many},
        {"last_divide", "", 1e4, 1, many}}},
  };
  return rules;
}

bool Choice::has(std::string_view key) const { return !std::isnan((*this)[key]); }

std::optional<Choice> parseChoice(const std::vector<TrainingRule> &rules, std::string_view what, std::string_view text,
                                  std::string &error) {
  auto next = [&] {
    size_t comma = std::min(text.find(','), text.size());
    std::string_view part = text.substr(0, comma);
    text.remove_prefix(std::min(comma + 1, text.size()));
    return part;
  };
  Choice choice;
  choice.name = next();
  const TrainingRule *rule = nullptr;
  for (const TrainingRule &r : rules)
    if (choice.name == r.name)
      rule = &r;
  auto fail = [&](std::string line) {
    error = std::move(line);
    return std::nullopt;
  };
  if (!rule)
    return fail("there is no " + std::string(what) + " '" + choice.name + "'; there are " +
                joined(rules, [](const TrainingRule &r) { return r.name; }));
  for (const Setting &s : rule->settings)
    choice.values[s.key] = s.value;
  while (!text.empty()) {
    std::string_view part = next(), key = part.substr(0, part.find('='));
    std::string where = std::string(what) + " '" + choice.name + "': ";
    const Setting *setting = nullptr;
    for (const Setting &s : rule->settings)
      if (key == s.key)
        setting = &s;
    if (!setting && rule->settings.empty())
      return fail(where + "there is nothing to set, found '" + std::string(part) + "'");
    if (!setting)
      return fail(where + "there is no '" + std::string(key) + "'; there are " +
                  joined(rule->settings, [](const Setting &s) { return s.key; }));
    std::string_view written = part.substr(std::min(key.size() + 1, part.size()));
    double value = 0;
    auto [end, code] = std::from_chars(written.data(), written.data() + written.size(), value);
    if (code != std::errc() || end != written.data() + written.size() || written.empty())
      return fail(where + std::string(key) + " must be a number, found '" + std::string(written) + "'");
    if (!(value >= setting->least && value <= setting->most))
      return fail(where + std::string(key) + " must lie between " + number(setting->least) + " and " +
                  number(setting->most) + ", found " + number(value));
    choice.values[setting->key] = value;
  }
  // What says nothing together.
  auto is = [&](const char *key) { return choice.values.contains(key) && choice[key] > 0; };
  if (is("nesterov") && !is("momentum"))
    return fail(std::string(what) + " '" + choice.name +
                "': nesterov=1 looks ahead along a momentum; momentum=0.9 is usual");
  return choice;
}

std::optional<std::vector<LossTerm>> parseLosses(std::string_view text, std::string &error) {
  auto cut = [](std::string_view &rest, char separator) {
    size_t end = std::min(rest.find(separator), rest.size());
    std::string_view part = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return part;
  };
  std::vector<LossTerm> terms;
  do {
    std::string_view one = cut(text, ';');
    LossTerm term;
    while (!one.empty()) {
      std::string_view part = cut(one, ','), key = part.substr(0, part.find('='));
      std::string_view value = part.substr(std::min(key.size() + 1, part.size()));
      if (key == "output" && value.size()) {
        term.output = value;
      } else if (key == "labels" && value.size()) {
        term.labels = value;
      } else if (key == "weight") {
        auto [end, code] = std::from_chars(value.data(), value.data() + value.size(), term.weight);
        if (code != std::errc() || end != value.data() + value.size() || !(term.weight > 0 && term.weight < many)) {
          error = "loss '" + std::string(term.text) + "': weight must be a number above 0, found '" +
                  std::string(value) + "'";
          return std::nullopt;
        }
      } else {
        term.text += (term.text.empty() ? "" : ",") + std::string(part);
      }
    }
    auto choice = parseChoice(lossRules(), "loss", term.text, error);
    if (!choice)
      return std::nullopt;
    term.rule = std::move(*choice);
    terms.push_back(std::move(term));
  } while (!text.empty());
  return terms;
}

std::vector<std::string> lossNames(const std::vector<LossTerm> &terms) {
  using Name = std::string (*)(const LossTerm &);
  const Name ways[] = {
      [](const LossTerm &t) { return t.rule.name; },
      [](const LossTerm &t) { return t.rule.name + "." + (t.output.empty() ? t.labels : t.output); },
      [](const LossTerm &t) { return t.rule.name + "." + (t.output.empty() ? "" : t.output + ".") + t.labels; },
  };
  std::vector<std::string> names;
  if (terms.size() < 2)
    return names;
  for (size_t i = 0; i < terms.size(); ++i) {
    std::string name;
    bool alone = false;
    for (Name way : ways) {
      name = way(terms[i]);
      alone = std::count_if(terms.begin(), terms.end(), [&](const LossTerm &t) { return way(t) == name; }) == 1;
      if (alone)
        break;
    }
    names.push_back(alone ? name : terms[i].rule.name + "." + std::to_string(i + 1));
  }
  return names;
}

std::string describeRules(const std::vector<TrainingRule> &rules) {
  std::string text;
  for (const TrainingRule &rule : rules) {
    text += std::string("  ") + rule.name + ": " + rule.text + "\n";
    for (const Setting &s : rule.settings)
      text += std::string("    ") + s.key + (std::isnan(s.value) ? "" : "=" + number(s.value)) +
              (*s.text ? std::string("  ") + s.text : "") + "\n";
  }
  return text;
}
} // namespace dlc
