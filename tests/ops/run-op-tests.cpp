// Runs operator tests on a device, each isolated: run-op-tests [options] FILES. Exit code 77: there is no such device.
#include "runtime/cpu/Features.h"
#include "tests/ops/OpTest.h"
#include "tools/compile/Compile.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include <chrono>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace dlc;
using namespace dlc::optest;
namespace cl = llvm::cl;

static cl::list<std::string> files(cl::Positional, cl::desc("FILES"), cl::OneOrMore);
static cl::opt<std::string> device("device", cl::desc("cpu, cuda, sim, sim:a100, ..."), cl::init("cpu"));
static cl::opt<std::string> filter("filter", cl::desc("Only tests whose name contains this"));
static cl::opt<bool> gradients("gradients", cl::desc("Check gradients of the smooth tests instead of values"));
static cl::opt<std::string> known("known-failures", cl::desc("File of lines `suite/test device reason`"));
static cl::opt<int> jobs("jobs", cl::desc("Workers"), cl::init(2));
static cl::opt<int> limit("time-limit", cl::desc("Seconds for one test"), cl::init(60));
static cl::opt<bool, true> onlyCompile("compile-only", cl::desc("Compile for the device, run nothing"),
                                       cl::location(compileOnly));
static cl::opt<std::string, true> compiledFor("target", cl::desc("cpu:x86-64-v2, cuda:compute_75, ... for the device"),
                                              cl::location(compileTarget));
static cl::opt<std::string> dump("dump", cl::desc("Print the IR of each program after this stage"));
static cl::opt<bool> verbose("v", cl::desc("Print passed tests, too"));

namespace {
struct Outcome {
  bool done = false;
  std::string error; ///< "" passed
};

/// A forked process that runs tests first, first + stride, ... and writes "number error\n" after each.
struct Worker {
  pid_t pid = -1;
  int pipe = -1;
  size_t current = 0; ///< the test that it is at
  std::string text;
  std::chrono::steady_clock::time_point since;
};

std::string oneLine(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

Worker start(std::vector<OpTest> &tests, size_t first, size_t stride) {
  int ends[2];
  if (pipe(ends) != 0)
    llvm::report_fatal_error("pipe failed");
  Worker worker{fork(), ends[0], first, "", std::chrono::steady_clock::now()};
  if (worker.pid != 0) {
    close(ends[1]);
    return worker;
  }
  close(ends[0]);
  for (size_t i = first; i < tests.size(); i += stride) {
    std::string error = gradients ? checkGradient(tests[i], device) : runTest(tests[i], device);
    std::string line = std::to_string(i) + " " + oneLine(error) + "\n";
    if (write(ends[1], line.data(), line.size()) < 0)
      _exit(1);
  }
  _exit(0);
}

std::vector<Outcome> runAll(std::vector<OpTest> &tests) {
  std::vector<Outcome> outcomes(tests.size());
  size_t stride = std::max(1, jobs.getValue());
  std::vector<Worker> workers;
  for (size_t i = 0; i < std::min(stride, tests.size()); ++i)
    workers.push_back(start(tests, i, stride));
  while (!workers.empty()) {
    std::vector<pollfd> fds;
    for (Worker &w : workers)
      fds.push_back({w.pipe, POLLIN, 0});
    poll(fds.data(), fds.size(), 500);
    for (size_t n = workers.size(); n-- > 0;) {
      Worker &w = workers[n];
      bool ended = false;
      if (fds[n].revents) {
        char buffer[65536];
        ssize_t got = read(w.pipe, buffer, sizeof(buffer));
        ended = got <= 0;
        w.text.append(buffer, std::max<ssize_t>(got, 0));
        for (size_t end; (end = w.text.find('\n')) != std::string::npos; w.text.erase(0, end + 1)) {
          size_t space = w.text.find(' ');
          outcomes[w.current] = {true, w.text.substr(space + 1, end - space - 1)};
          w.current += stride;
          w.since = std::chrono::steady_clock::now();
        }
      }
      bool late = !ended && std::chrono::steady_clock::now() - w.since > std::chrono::seconds(limit);
      if (late)
        kill(w.pid, SIGKILL);
      if (!ended && !late)
        continue;
      int status;
      waitpid(w.pid, &status, 0);
      close(w.pipe);
      if (w.current < tests.size()) { // it died in a test: the next worker goes on behind that
        outcomes[w.current] = {true, late ? "takes longer than " + std::to_string(limit) + " s"
                                          : "crashed (signal " + std::to_string(WTERMSIG(status)) + ")"};
        size_t next = w.current + stride;
        if (next < tests.size()) {
          w = start(tests, next, stride);
          continue;
        }
      }
      workers.erase(workers.begin() + n);
    }
  }
  return outcomes;
}

/// `suite/test` lines for this device.
llvm::StringMap<std::string> knownFailures() {
  llvm::StringMap<std::string> result;
  auto buffer = llvm::MemoryBuffer::getFile(known);
  if (known.empty() || !buffer)
    return result;
  SmallVector<StringRef> lines;
  (*buffer)->getBuffer().split(lines, '\n');
  for (StringRef line : lines) {
    auto [test, rest] = line.trim().split(' ');
    auto [where, reason] = rest.trim().split(' ');
    if (!test.empty() && !test.starts_with("#") && (where == "*" || where == StringRef(device).split(':').first))
      result[test] = reason.trim().str();
  }
  return result;
}
} // namespace

int main(int argc, char **argv) {
  cl::ParseCommandLineOptions(argc, argv, "Operator tests\n");
  if (!dump.empty() && !(dumpStage = parseStage(dump))) {
    llvm::errs() << "there is no stage '" << dump << "'\n";
    return 2;
  }
  dlc_device parsed;
  if (Status s(dlc_device_parse(device.c_str(), &parsed)); !s) {
    llvm::errs() << s.text() << "\n";
    return 2;
  }
  DialectRegistry registry;
  registerCompilerDialects(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED); // workers are forked
  context.loadAllAvailableDialects();
  context.printOpOnDiagnostic(false);

  std::vector<OpTest> tests;
  for (const std::string &file : files)
    if (!readTests(file, context, tests))
      return 1;
  auto problems = missingTests(tests, context);
  if (Status s(dlc_device_usable(parsed)); !compileOnly && !s) {
    llvm::outs() << tests.size() << " tests skipped: " << s.text() << "\n";
    return problems.empty() ? 77 : 1;
  }
  std::string lacks;
  if (StringRef(compileTarget).starts_with("cpu:") && !compileOnly && !rt::fitCpu(compileTarget, lacks)) {
    llvm::outs() << tests.size() << " tests skipped: " << compileTarget << ": " << lacks << "\n";
    return problems.empty() ? 77 : 1;
  }
  llvm::erase_if(tests, [](OpTest &t) { return (gradients && !t.smooth) || !StringRef(t.name).contains(filter); });
  if (tests.empty()) {
    llvm::errs() << "no test has '" << filter << "' in its name\n";
    return 1;
  }

  auto outcomes = runAll(tests);
  auto expectedToFail = knownFailures();
  size_t failed = 0, passed = 0, knownCount = 0;
  for (auto [test, outcome] : llvm::zip_equal(tests, outcomes)) {
    std::string name = llvm::sys::path::stem(test.file).str() + "/" + test.name + (gradients ? ".gradient" : "");
    bool good = outcome.done && outcome.error.empty(), isKnown = expectedToFail.contains(name);
    if (!good && isKnown) {
      ++knownCount;
      continue;
    }
    ++(good && !isKnown ? passed : failed);
    if (good && isKnown)
      llvm::outs() << "PASSES, but is listed as a known failure: " << name << "\n";
    else if (!good)
      llvm::outs() << "FAIL " << name << ": " << outcome.error << "\n";
    else if (verbose)
      llvm::outs() << "ok   " << name << "\n";
  }
  if (filter.empty())
    for (const std::string &problem : problems)
      llvm::outs() << "FAIL " << problem << "\n";
  llvm::outs() << passed << " passed, " << failed << " failed, " << knownCount << " known failures on " << device
               << (compileTarget.empty() ? "" : " for " + compileTarget) << "\n";
  return failed || (filter.empty() && !problems.empty()) ? 1 : 0;
}
