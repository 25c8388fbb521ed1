#include "tools/dlc/training/Resume.h"
#include <algorithm>
#include <atomic>
#include <csignal>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace dlc::cli {
namespace {
using Json = nlohmann::ordered_json;
/// What belongs to one call of the command.
constexpr const char *ofTheCall[] = {"--help", "--resume", "--json", "--init"};
/// What may differ without changing what the same steps do. The model is known by its hash.
constexpr const char *harmless[] = {"MODEL",
                                    "--log",
                                    "--save",
                                    "--save-best",
                                    "--checkpoint",
                                    "--epochs",
                                    "--steps",
                                    "--threads",
                                    "--memory-limit",
                                    "--workers",
                                    "--checkpoint-every",
                                    "--stop-at",
                                    "--log-every",
                                    "--assert-compiles",
                                    "--checkpoint-keep",
                                    "--stop-patience"};

template <class List> bool has(const List &list, const std::string &name) {
  return std::find(std::begin(list), std::end(list), name) != std::end(list);
}

std::vector<std::string> valueOf(const CLI::Option &option) {
  if (option.count())
    return option.results();
  return option.get_default_str().empty() ? std::vector<std::string>() : std::vector{option.get_default_str()};
}

std::atomic<int> caught{0};
struct sigaction beforeInt, beforeTerm;
} // namespace

Json storeOptions(const CLI::App &app) {
  Json stored = Json::object();
  for (const CLI::Option *option : app.get_options())
    if (auto value = valueOf(*option); !value.empty() && !has(ofTheCall, option->get_name()))
      stored[option->get_name()] = value;
  return stored;
}

std::vector<std::string> takeOptions(CLI::App &app, const Json &stored, bool lengthMatters) {
  std::vector<std::string> differences;
  for (CLI::Option *option : app.get_options()) {
    std::string name = option->get_name();
    if (has(ofTheCall, name))
      continue;
    std::vector<std::string> was, is = valueOf(*option);
    if (stored.contains(name) && stored[name].is_array())
      for (const Json &text : stored[name])
        if (text.is_string())
          was.push_back(text.get<std::string>());
    if (is == was)
      continue;
    if (option->count()) {
      if (!has(harmless, name) || (lengthMatters && (name == "--epochs" || name == "--steps")))
        differences.push_back(fmt::format("{} {} (was {})", name, fmt::join(is, " "),
                                          was.empty() ? "not given" : fmt::format("{}", fmt::join(was, " "))));
      continue;
    }
    for (const std::string &text : was)
      option->add_result(text);
    if (!was.empty())
      option->run_callback();
  }
  return differences;
}

Interrupt::Interrupt() {
  caught = 0;
  struct sigaction action{};
  action.sa_handler = [](int number) { caught = number; };
  action.sa_flags = static_cast<int>(SA_RESETHAND) | SA_RESTART; // the second one ends the process
  sigaction(SIGINT, &action, &beforeInt);
  sigaction(SIGTERM, &action, &beforeTerm);
}

Interrupt::~Interrupt() {
  sigaction(SIGINT, &beforeInt, nullptr);
  sigaction(SIGTERM, &beforeTerm, nullptr);
}

int Interrupt::signal() { return caught; }

std::string quoted(const std::string &word) {
  bool plain = !word.empty() && word.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                                       "_-./,:=+@%") == word.npos;
  if (plain)
    return word;
  std::string text = "'";
  for (char c : word)
    text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}
} // namespace dlc::cli
