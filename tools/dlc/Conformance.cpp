// dlc conformance: every ONNX test case below a folder, each in a process of its own.
#include "tools/dlc/Compilations.h"
#include "tools/dlc/Console.h"
#include "tools/dlc/Models.h"
#include "tools/dlc/conformance/Case.h"
#include "tools/dlc/conformance/Pool.h"
#include "tools/dlc/data/Tensor.h"
#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <map>
#include <regex>
#include <set>
#include <thread>
#include <unistd.h>

namespace dlc::cli {
namespace {
using conformance::CaseResult;

struct Flags {
  std::string folder, filter, knownFailures;
  conformance::CaseOptions options;
  CompileLimit limit;
  double timeout = 120;
  int jobs = 0;
  bool json = false, verbose = false;
};

void send(int fd, const Json &value) {
  std::string line = value.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  for (size_t at = 0; at < line.size();) {
    ssize_t n = write(fd, line.data() + at, line.size() - at);
    if (n <= 0)
      return;
    at += static_cast<size_t>(n);
  }
}

/// The child's side: operators first, so that the table counts a case that crashes later.
void work(const std::string &folder, const Flags &flags, int fd) {
  send(fd, {{"operators", conformance::operatorsOf(folder + "/model.onnx")}});
  CaseResult r = conformance::runCase(folder, flags.options);
  send(fd, {{"status", r.status},
            {"reason", r.reason},
            {"kernels", r.kernels},
            {"bound_values", r.boundValues},
            {"compilations", r.compilations}});
}

CaseResult read(const std::string &name, const conformance::Answer &answer) {
  CaseResult result{name, "", "", 0, {}, {}, answer.seconds, 0};
  for (size_t at = 0; at < answer.text.size();) {
    size_t end = std::min(answer.text.find('\n', at), answer.text.size());
    Json line = Json::parse(answer.text.substr(at, end - at), nullptr, false);
    at = end + 1;
    if (line.contains("operators"))
      result.operators = line["operators"].get<std::vector<std::string>>();
    if (line.contains("status")) {
      result.status = line["status"];
      result.reason = line["reason"];
      result.kernels = line["kernels"];
      result.compilations = line["compilations"];
      result.boundValues = line["bound_values"].get<std::vector<std::string>>();
    }
  }
  // A process that answered and crashed afterwards has crashed.
  if (answer.end != conformance::End::Answered || result.status.empty()) {
    result.status = answer.end == conformance::End::TimedOut ? "timeout" : "crashed";
    result.reason = answer.reason.empty() ? "ended without an answer" : answer.reason;
  }
  return result;
}

/// Lines "name device  # reason"; an empty set without a file.
std::set<std::string> readKnownFailures(const std::string &path, const std::string &device) {
  std::set<std::string> names;
  if (path.empty())
    return names;
  std::istringstream lines(data::readFile(path));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line.substr(0, line.find('#')));
    if (std::string name, on; words >> name && words >> on && (on == device || on == "*"))
      names.insert(name);
  }
  return names;
}

void printTable(const std::vector<CaseResult> &results) {
  struct Row {
    int passed = 0, total = 0;
    std::map<std::string, int> others;
  };
  std::map<std::string, Row> rows;
  size_t width = 8;
  for (const CaseResult &r : results)
    for (const std::string &op : r.operators) {
      Row &row = rows[op];
      ++row.total;
      width = std::max(width, op.size());
      r.status == "passed" || r.status == "random" ? ++row.passed : ++row.others[r.status];
    }
  fmt::print("\n{:<{}}  passed  of\n", "operator", width);
  for (auto &[op, row] : rows) {
    std::string rest;
    for (auto &[status, count] : row.others)
      rest += fmt::format("  {} {}", count, status);
    fmt::print("{:<{}}  {:>6}  {:<4}{}\n", op, width, row.passed, row.total, rest);
  }
}

int conform(Flags flags) {
  auto folders = conformance::findCases(flags.folder);
  if (!flags.filter.empty()) {
    std::optional<std::regex> wanted;
    try {
      wanted.emplace(flags.filter);
    } catch (const std::regex_error &error) {
      throw Failure(Usage, fmt::format("--filter {}: no regular expression: {}", flags.filter, error.what()));
    }
    std::erase_if(folders, [&](const std::string &f) { return !std::regex_search(f, *wanted); });
  }
  if (folders.empty())
    throw Failure(BadInput, fmt::format("{}: no folder with a model.onnx{}", flags.folder,
                                        flags.filter.empty() ? "" : " that matches --filter " + flags.filter));
  // Names are paths below the folder: unique, and the same on every machine.
  std::vector<std::string> names;
  for (const std::string &f : folders) {
    std::string name = std::filesystem::path(f).lexically_relative(flags.folder).string();
    names.push_back(name == "." ? std::filesystem::path(f).lexically_normal().filename().string() : name);
  }
  std::string device = flags.options.device.device == "auto" ? "cpu" : flags.options.device.device;
  auto known = readKnownFailures(flags.knownFailures, device);
  driver::warmUp();

  std::vector<CaseResult> results(folders.size());
  std::map<std::string, int> counts;
  int jobs = flags.jobs ? flags.jobs : static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  if (flags.options.device.threads == 0 && jobs > 1)
    flags.options.device.threads = 1;
  Progress progress;
  size_t done = 0;
  conformance::forEachIsolated(
      static_cast<int>(folders.size()), jobs, flags.timeout,
      [&](int i, int fd) { work(folders[static_cast<size_t>(i)], flags, fd); },
      [&](int i, const conformance::Answer &answer) {
        auto index = static_cast<size_t>(i);
        results[index] = read(names[index], answer);
        ++counts[results[index].status];
        ++done;
        if (flags.verbose && !flags.json) {
          progress.clear();
          fmt::print("{:<12} {}  ({})\n", results[index].status, names[index], humanSeconds(answer.seconds));
        }
        progress.show(fmt::format("{} {}/{}, {} passed  {}",
                                  bar(static_cast<double>(done) / static_cast<double>(folders.size())), done,
                                  folders.size(), counts["passed"], names[index]));
      });
  progress.clear();

  int bad = 0, expected = 0, bound = 0;
  uint64_t compilations = 0;
  for (const CaseResult &r : results) {
    bound += !r.boundValues.empty();
    compilations += r.compilations;
  }
  for (CaseResult &r : results) {
    if (r.status == "failed" || r.status == "crashed" || r.status == "timeout")
      known.count(r.name) ? ++expected : ++bad;
    // A list of failures that do not fail hides the next ones.
    if (r.status == "passed" && known.count(r.name)) {
      ++bad;
      r.reason = fmt::format("passed, but is listed in {}: take its line out", flags.knownFailures);
    }
  }
  if (flags.json) {
    Json list = Json::array();
    for (const CaseResult &r : results)
      list.push_back({{"name", r.name},
                      {"status", r.status},
                      {"reason", r.reason},
                      {"kernels", r.kernels},
                      {"bound_values", r.boundValues},
                      {"operators", r.operators},
                      {"seconds", r.seconds}});
    fmt::print("{}\n", Json{{"total", results.size()},
                            {"passed", counts["passed"]},
                            {"random", counts["random"]},
                            {"failed", counts["failed"]},
                            {"unsupported", counts["unsupported"]},
                            {"no_reference", counts["no-reference"]},
                            {"crashed", counts["crashed"]},
                            {"timeout", counts["timeout"]},
                            {"bound", bound},
                            {"compilations", compilations},
                            {"results", list}}
                           .dump(-1, ' ', false, Json::error_handler_t::replace));
    return flags.limit.check(compilations, bad ? CheckFailed : Done);
  }
  for (const CaseResult &r : results)
    if ((r.status != "passed" && r.status != "random") || !r.reason.empty()) {
      std::string reason = r.reason;
      for (size_t at = 0; (at = reason.find('\n', at)) != reason.npos; at += 3)
        reason.replace(at, 1, "\n  ");
      fmt::print("{}: {}{}\n  {}\n", r.name, r.status, known.count(r.name) ? " (known)" : "", reason);
    }
  printTable(results);
  fmt::print("\n{} cases on {}: {} passed, {} random, {} failed, {} unsupported, {} without reference, {} crashed, {} "
             "timed out{}{}\n",
             results.size(), device, counts["passed"], counts["random"], counts["failed"], counts["unsupported"],
             counts["no-reference"], counts["crashed"], counts["timeout"],
             expected ? fmt::format(" ({} of the failures known)", expected) : "",
             bound ? fmt::format("; in {} cases inputs that give shapes were bound to their values", bound) : "");
  return flags.limit.check(compilations, bad ? CheckFailed : Done);
}
} // namespace

Verb addConformance(CLI::App &root) {
  auto *app =
      root.add_subcommand("conformance", "Run every ONNX test case below a folder, each in a process of its own");
  auto flags = std::make_shared<Flags>();
  app->add_option(
         "DIR", flags->folder,
         "Folder; any folder below it that holds a model.onnx is a case, its test_data_set_* are the reference")
      ->required();
  app->add_option("--filter", flags->filter, "Only cases whose path matches this regular expression")
      ->type_name("REGEX");
  app->add_option("--timeout", flags->timeout, "Seconds for a case")->check(CLI::PositiveNumber)->capture_default_str();
  app->add_option("-j,--jobs", flags->jobs, "Cases at a time; 0 takes as many as there are cores")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  app->add_flag("--no-bind{false}", flags->options.bindShapeInputs,
                "Refuse models whose inputs give axes, sizes, shapes or counts; without it these inputs are bound to "
                "their values when a case is compiled, as `dlc run` does");
  app->add_option("--known-failures", flags->knownFailures,
                  "File of lines `name device # reason`: failures that do not change the exit code; a listed case that "
                  "passes is an error")
      ->type_name("FILE");
  flags->options.device.addTo(*app);
  flags->limit.addTo(*app);
  app->add_flag("-v,--verbose", flags->verbose, "A line for each case as it ends");
  app->add_flag(
      "--json", flags->json,
      "{\"total\",\"passed\",\"random\",\"failed\",\"unsupported\",\"no_reference\",\"crashed\",\"timeout\",\"bound\","
      "\"results\":[...]}");
  app->footer(
      "Examples:\n"
      "  dlc conformance /usr/share/libonnx-testdata/data/node --filter conv\n"
      "  dlc conformance models --timeout 30 --json | jq '.results[] | select(.status==\"unsupported\")'\n\n"
      "A case is compiled from the model and the shapes of its inputs; the values of inputs that give axes, "
      "sizes, shapes or\ncounts are read where the model cannot be imported without them. It passes within "
      "rtol 1e-3 and\n"
      "atol 1e-5 (1e-2 for 16-bit types); integers and bools must be equal, a NaN only equals a NaN. An output "
      "of 65,536\nelements or more passes as a whole, which is said, if at most 1 % of it is outside and none by "
      "more than 1e-3 of the\nlargest element. Without "
      "reference data the\n"
      "model runs on normal random numbers and must stay finite (no-reference).\n"
      "Random results are judged by mean and spread, and counted as random.\n"
      "Exit code 1 if a case failed, crashed or timed out; unsupported cases are reported and do not count as "
      "failures.");
  return {app, [flags] { return conform(*flags); }};
}
} // namespace dlc::cli
