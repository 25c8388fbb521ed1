// dlc doctor: everything that running needs, one line each: what is there, what is missing, what to do.
#include "runtime/Report.h"
#include "tools/dlc/Console.h"
#include "tools/dlc/Models.h"
#include <fmt/format.h>

namespace dlc::cli {
namespace {

enum class Verdict { Fine, Absent, Wrong };

struct Finding {
  std::string what;
  Verdict verdict;
  std::string detail, advice;
};

const char *name(Verdict v) { return v == Verdict::Fine ? "ok" : v == Verdict::Absent ? "absent" : "wrong"; }

Finding lookAtCard(const rt::CardReport &c) {
  bool sim = c.device == "sim";
  if (c.usable)
    return {c.device, Verdict::Fine,
            fmt::format("{}, compute capability {}.{}, {} of {} free, {} multiprocessors, driver for CUDA {} ({})",
                        c.model, c.major, c.minor, humanBytes(double(c.freeMemory)), humanBytes(double(c.memory)),
                        c.multiprocessors, c.driverVersion, c.driverFile),
            ""};
  // A driver that is there but shows no usable card is something to mend; a machine without one is not.
  return {c.device, c.driverFile.empty() ? Verdict::Absent : Verdict::Wrong, c.problem,
          sim ? "build the target dlc_gpusim, or set DLC_GPUSIM to libdlc_gpusim.so"
              : "install an NVIDIA driver of version 525.60 or later, or run with --device=cpu or --device=sim"};
}

std::vector<Finding> examine() {
  std::vector<Finding> list;
  rt::HostReport host = rt::reportHost();
  list.push_back({"cpu", Verdict::Fine, host.level, ""});
  list.push_back({"openmp", host.hasThreads ? Verdict::Fine : Verdict::Wrong, host.threads,
                  "install libgomp1 (GCC's OpenMP): without it one thread runs"});
  list.push_back({"onednn", host.hasLibrary ? Verdict::Fine : Verdict::Wrong, host.library,
                  "install libdnnl2 (oneDNN 2.6 or a later 2.x): without it generated kernels run, slower"});
  int newest = 0;
  bool card = false;
  for (const rt::CardReport &c : rt::reportCards(true)) {
    list.push_back(lookAtCard(c));
    newest = std::max(newest, c.major * 10 + c.minor);
    card |= c.usable && c.device != "sim";
  }
  rt::LibraryReport nvrtc = rt::reportNvrtc(newest);
  std::string detail = nvrtc.found ? nvrtc.version + ", " + nvrtc.file : nvrtc.problem;
  if (nvrtc.found && nvrtc.newestArchitecture && nvrtc.newestArchitecture < newest)
    list.push_back({"nvrtc", Verdict::Wrong,
                    detail + fmt::format("; knows architectures up to sm_{} of this card's sm_{}",
                                         nvrtc.newestArchitecture, newest),
                    "install a newer NVRTC: until then the driver translates, which takes long at each load"});
  else
    list.push_back(
        {"nvrtc",
         nvrtc.found ? Verdict::Fine
         : card      ? Verdict::Wrong
                     : Verdict::Absent,
         detail,
         "run tools/setup, or set DLC_NVRTC to libnvrtc.so or its folder; needed to compile for CUDA, and to "
         "load programs with no cubin for the card"});
  rt::KernelCacheReport cache = rt::reportKernelCache();
  std::string state =
      cache.exists ? fmt::format("{}: {} kernels, {}", cache.folder, cache.entries, humanBytes(double(cache.bytes)))
                   : cache.folder + ": made at first use";
  if (!cache.problem.empty())
    list.push_back({"kernel cache", Verdict::Wrong, cache.problem,
                    "set XDG_CACHE_HOME to a folder that can be written to: without it kernels compile at each load"});
  else if (cache.damaged)
    list.push_back({"kernel cache", Verdict::Wrong, state + fmt::format(", {} damaged", cache.damaged),
                    "nothing: they are made anew when they are needed; or remove " + cache.folder});
  else
    list.push_back({"kernel cache", Verdict::Fine, state, ""});
  return list;
}

int doctor(bool json, const std::string &device) {
  dlc_device kind;
  if (dlc_status s = dlc_device_parse(device.c_str(), &kind)) {
    std::string why = dlc_status_message(s);
    dlc_status_free(s);
    throw Failure(Usage, why);
  }
  std::vector<Finding> findings = examine();
  bool wrong = false, usable = kind == DLC_DEVICE_AUTO || kind == DLC_DEVICE_CPU;
  std::string wanted = device == "cuda" ? "cuda:0" : device.substr(0, 4) == "sim:" ? "sim" : device;
  for (const Finding &f : findings) {
    wrong |= f.verdict == Verdict::Wrong;
    usable |= f.what == wanted && f.verdict == Verdict::Fine;
  }
  int code = !usable ? NoDevice : wrong ? CheckFailed : Done;
  if (json) {
    Json list = Json::array();
    for (const Finding &f : findings) {
      list.push_back({{"what", f.what}, {"verdict", name(f.verdict)}, {"detail", f.detail}});
      if (f.verdict != Verdict::Fine)
        list.back()["advice"] = f.advice;
    }
    fmt::print("{}\n", Json{{"findings", list}, {"device", device}, {"usable", usable}, {"exit", code}}.dump());
    return code;
  }
  for (const Finding &f : findings) {
    fmt::print("{:<13} {:<7} {}\n", f.what, name(f.verdict), f.detail);
    if (f.verdict != Verdict::Fine)
      fmt::print("{:<13} {:<7} -> {}\n", "", "", f.advice);
  }
  fmt::print("{}\n", !usable ? "--device=" + device + " cannot be used here"
                     : wrong ? "something is wrong: see above"
                             : "everything that is there works");
  return code;
}
} // namespace

Verb addDoctor(CLI::App &root) {
  auto *app = root.add_subcommand("doctor", "Examine this machine: driver, cards, NVRTC, oneDNN, OpenMP, kernel cache");
  struct Options {
    bool json = false;
    std::string device = "auto";
  };
  auto o = std::make_shared<Options>();
  app->add_flag("--json", o->json, "{\"findings\":[{\"what\",\"verdict\",\"detail\",\"advice\"}],\"usable\",\"exit\"}");
  app->add_option("--device", o->device, "Whether this one can be used: auto, cpu, cuda, cuda:1, sim, ...");
  app->footer(
      "Exit codes: 0 all is well, 1 something is wrong, 4 the device cannot be used.\n\n"
      "Examples:\n  dlc doctor\n  dlc doctor --device cuda --json | jq '.findings[] | select(.verdict != \"ok\")'");
  return {app, [o] { return doctor(o->json, o->device); }};
}
} // namespace dlc::cli
