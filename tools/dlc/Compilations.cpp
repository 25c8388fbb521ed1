#include "tools/dlc/Compilations.h"
#include "tools/dlc/Console.h"
#include "tools/dlc/Verb.h"
#include <fmt/format.h>

namespace dlc::cli {

void CompileLimit::addTo(CLI::App &app) {
  app.add_option(
         "--assert-compiles", most,
         "Exit code 1 if there are more than N compilations, from loading to the last run: each variant that is "
         "made of a model counts (LLVM's or NVRTC's part), each unit of CUDA text that NVRTC compiles at load, "
         "and PTX that a card's driver translates. 0 proves that a .dlx holds all its code. Taking from the "
         "kernel cache, oneDNN's choice of its own kernels and the simulator's reading of PTX do not count")
      ->type_name("N");
}

int CompileLimit::check(uint64_t count, int code) const {
  if (!most || count <= *most)
    return code;
  note(
      fmt::format("{} compilation{}, and --assert-compiles allows {}; `dlc compile` makes a .dlx that needs none, with "
                  "code for the device and --shape x:batch=1..64 for its sizes",
                  count, count == 1 ? "" : "s", *most));
  return code == Done ? CheckFailed : code;
}

} // namespace dlc::cli
