// The dlc command: one verb for each thing that people do, each in a file of its own.
#include "tools/dlc/Verb.h"
#include "tools/dlc/data/Tensor.h"
#include <csignal>
#include <cstdio>
#include <fmt/format.h>
#include <new>

using namespace dlc;

int main(int argc, char **argv) {
  std::signal(SIGPIPE, SIG_DFL); // `dlc ... | head` ends quietly
  CLI::App app("dlc compiles deep-learning models to CUDA and to native CPU code, and runs and trains them.", "dlc");
  app.set_version_flag("--version", "dlc " DLC_VERSION);
  app.set_help_flag("-h,--help", "Print this help; `dlc VERB --help` tells more of each verb");
  app.require_subcommand(1);
  app.footer("Exit codes: 0 done, 1 the check failed, 2 usage, 3 bad input, 4 no such device, 5 internal error.\n\n"
             "A first look:\n"
             "  dlc train examples/mlp.mlir --data idx:/usr/share/datasets/fashion-mnist --save mlp.onnx\n"
             "  dlc compile mlp.onnx -o mlp.dlx --shape x=1x784 --target cpu,sm_80,sm_90a\n"
             "  dlc run mlp.dlx --input x=1x784xf32=random");
  cli::Verb verbs[] = {cli::addConvert(app),     cli::addCompile(app), cli::addRun(app),   cli::addTrain(app),
                       cli::addInspect(app),     cli::addCheck(app),   cli::addBench(app), cli::addProfile(app),
                       cli::addConformance(app), cli::addDevices(app), cli::addDoctor(app)};
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError &error) {
    if (error.get_exit_code() == 0)
      return app.exit(error); // --help, --version
    fmt::print(stderr, "dlc: {}\n", error.what());
    const CLI::App *at = &app;
    while (!at->get_subcommands().empty())
      at = at->get_subcommands().front();
    fmt::print(stderr, "Try `{}{} --help`.\n", at == &app ? "" : "dlc ", at->get_name());
    return cli::Usage;
  }
  try {
    for (auto &verb : verbs)
      if (verb.app->parsed()) {
        int code = verb.action();
        return std::fflush(stdout) == 0 ? code : static_cast<int>(cli::BadInput);
      }
  } catch (const cli::Failure &failure) {
    fmt::print(stderr, "dlc: {}\n", failure.what());
    return failure.code;
  } catch (const data::Error &error) {
    fmt::print(stderr, "dlc: {}\n", error.what());
    return cli::BadInput;
  } catch (const std::bad_alloc &) {
    fmt::print(stderr, "dlc: out of memory\n");
    return cli::Internal;
  } catch (const std::exception &error) {
    fmt::print(stderr, "dlc: internal error: {}\n", error.what());
    return cli::Internal;
  }
  return cli::Internal;
}
