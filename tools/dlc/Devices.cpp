// dlc devices: what this machine can run on, and what is missing for the rest.
#include "runtime/Report.h"
#include "tools/dlc/Console.h"
#include "tools/dlc/Models.h"
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace dlc::cli {
namespace {

std::string oneLine(const rt::CardReport &c) {
  if (!c.usable)
    return c.model.empty() ? c.problem : c.model + ": " + c.problem;
  std::string line = fmt::format("{}, compute capability {}.{}, {} multiprocessors, {}, driver for CUDA {}", c.model,
                                 c.major, c.minor, c.multiprocessors, humanBytes(double(c.memory)), c.driverVersion);
  return c.models.empty() ? line : line + fmt::format("; also sim:{}", fmt::join(c.models, ", sim:"));
}

int devices(bool json) {
  char cpu[512] = "";
  dlc_device_describe(DLC_DEVICE_CPU, cpu, sizeof cpu);
  Json list = Json::array({{{"device", "cpu"}, {"usable", true}, {"detail", cpu}}});
  std::string chosen = "cpu";
  int newest = 0;
  for (const rt::CardReport &c : rt::reportCards(false)) {
    Json d = {{"device", c.device}, {"usable", c.usable}, {"detail", oneLine(c)}};
    if (!c.driverVersion.empty()) {
      d["driver"] = {{"cuda", c.driverVersion}, {"file", c.driverFile}};
    }
    if (!c.model.empty()) {
      d["model"] = c.model;
      d["compute_capability"] = fmt::format("{}.{}", c.major, c.minor);
      d["multiprocessors"] = c.multiprocessors;
      d["memory_bytes"] = c.memory;
    }
    if (!c.models.empty())
      d["models"] = c.models;
    // auto takes the first card where it is usable.
    if (c.usable && c.device == "cuda:0")
      chosen = "cuda";
    newest = std::max(newest, c.major * 10 + c.minor);
    list.push_back(std::move(d));
  }
  rt::LibraryReport nvrtc = rt::reportNvrtc(newest);
  if (json) {
    Json compiler = {{"found", nvrtc.found}};
    if (nvrtc.found) {
      compiler["version"] = nvrtc.version;
      compiler["file"] = nvrtc.file;
    } else {
      compiler["problem"] = nvrtc.problem;
    }
    fmt::print("{}\n", Json{{"devices", list}, {"nvrtc", compiler}, {"auto", chosen}}.dump());
    return Done;
  }
  for (const Json &d : list)
    fmt::print("{:<7} {:<9} {}\n", d["device"].get<std::string>(), d["usable"].get<bool>() ? "usable" : "not here",
               d["detail"].get<std::string>());
  fmt::print("{:<7} {:<9} {}\n", "nvrtc", nvrtc.found ? "found" : "not here",
             nvrtc.found ? nvrtc.version + ", " + nvrtc.file : nvrtc.problem);
  fmt::print("--device=auto takes {}\n", chosen);
  return Done;
}
} // namespace

Verb addDevices(CLI::App &root) {
  auto *app = root.add_subcommand("devices", "List the devices of this machine and say what is missing for the others");
  auto json = std::make_shared<bool>(false);
  app->add_flag(
      "--json", *json,
      "{\"devices\":[{\"device\",\"usable\",\"detail\",\"model\",\"compute_capability\",\"memory_bytes\",...}],"
      "\"nvrtc\",\"auto\"}");
  app->footer("Examples:\n  dlc devices\n  dlc devices --json | jq -r .auto");
  return {app, [json] { return devices(*json); }};
}
} // namespace dlc::cli
