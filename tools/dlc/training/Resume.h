// The options of a command in a checkpoint, and back.
#pragma once
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace dlc::cli {
/// Every option with its value as text, given or not: {"--batch": ["128"], ...}.
nlohmann::ordered_json storeOptions(const CLI::App &);
/// Gives the options that the command lacks the stored values. Returns those that were given and differ in what decides
/// the numbers, --epochs and --steps where `lengthMatters`, in words: "--batch 64 (was 128)". Throws CLI::ParseError
/// for a value that is not taken any more.
std::vector<std::string> takeOptions(CLI::App &, const nlohmann::ordered_json &stored, bool lengthMatters);

/// While it lives, SIGINT and SIGTERM are noted instead of ending the process; a second one ends it.
class Interrupt {
public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt &) = delete;
  /// The signal's number; 0: none came.
  static int signal();
};

/// As a shell takes it.
std::string quoted(const std::string &word);
} // namespace dlc::cli
