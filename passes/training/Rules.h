// Losses, optimizers and schedules as they are named on a command line: "adamw,lr=0.001,weight_decay=0.1". Plain C++:
// help texts come from the tables that the passes look things up in.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dlc {

struct Setting {
  const char *key, *text;
  double value; ///< where nothing is said; NaN: the setting is off
  double least, most;
};
struct TrainingRule {
  const char *name, *text;
  std::vector<Setting> settings;
};
/// In the order in which help lists them.
const std::vector<TrainingRule> &lossRules();
const std::vector<TrainingRule> &optimizerRules();
const std::vector<TrainingRule> &scheduleRules();

/// A rule with values for all of its settings.
class Choice {
public:
  std::string name;
  std::map<std::string, double, std::less<>> values;
  double operator[](std::string_view key) const { return values.find(key)->second; }
  bool has(std::string_view key) const; ///< whether it is on, i.e. not NaN
  int64_t whole(std::string_view key) const { return static_cast<int64_t>((*this)[key]); }
};
/// `what`: "loss", for the one line in `error`. Says which names, keys or values there are.
std::optional<Choice> parseChoice(const std::vector<TrainingRule> &rules, std::string_view what, std::string_view text,
                                  std::string &error);

/// One of the losses whose weighted sum is made small.
struct LossTerm {
  std::string text; ///< the rule with its own settings: "huber,delta=0.5"
  Choice rule;
  std::string output;            ///< that it looks at; "": the model's only one
  std::string labels = "labels"; ///< the input that it adds
  double weight = 1;
};
/// "focal,output=kinds,labels=kind;l1,output=boxes,labels=box,weight=5": losses with `;` between them, each with
/// settings of its own and output, labels and weight. Says in `error` what is wrong.
std::optional<std::vector<LossTerm>> parseLosses(std::string_view text, std::string &error);
/// What each of several losses is called where its own value is told: its rule, and where another has the same rule its
/// output or labels, too. Empty for one loss.
std::vector<std::string> lossNames(const std::vector<LossTerm> &terms);

/// "sgd,lr=0.01,momentum=0,..": a rule a line with its settings and what they mean.
std::string describeRules(const std::vector<TrainingRule> &rules);

} // namespace dlc
