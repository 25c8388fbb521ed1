// What the verbs of the command line share: exit codes, failing, and how a verb registers itself.
#pragma once
#include <CLI/CLI.hpp>
#include <functional>
#include <stdexcept>
#include <string>

namespace dlc::cli {

/// Documented in `dlc --help`; scripts rely on them.
enum ExitCode : int { Done = 0, CheckFailed = 1, Usage = 2, BadInput = 3, NoDevice = 4, Internal = 5 };

/// Ends a verb. what() is what the user reads after "dlc: "; one line, or one line a finding.
struct Failure : std::runtime_error {
  int code;
  Failure(int code, const std::string &message) : std::runtime_error(message), code(code) {}
};

/// Runs after all options are parsed; returns an exit code or throws Failure or data::Error (which is BadInput).
using Action = std::function<int()>;

struct Verb {
  CLI::App *app;
  Action action;
};

Verb addConvert(CLI::App &);
Verb addCompile(CLI::App &);
Verb addRun(CLI::App &);
Verb addTrain(CLI::App &);
Verb addInspect(CLI::App &);
Verb addBench(CLI::App &);
Verb addProfile(CLI::App &);
Verb addCheck(CLI::App &);
Verb addConformance(CLI::App &);
Verb addDevices(CLI::App &);
Verb addDoctor(CLI::App &);

} // namespace dlc::cli
