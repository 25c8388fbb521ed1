// dlc devices: what this machine can run on, and what is missing for the rest.
#include "tools/dlc/Models.h"
#include <fmt/format.h>

namespace dlc::cli {
namespace {
int devices(bool json) {
  Json list = Json::array();
  for (dlc_device device : {DLC_DEVICE_CPU, DLC_DEVICE_CUDA, DLC_DEVICE_SIM}) {
    const char *names[] = {"auto", "cpu", "cuda", "sim"};
    dlc_status status = dlc_device_usable(device);
    char text[512] = "";
    if (!status)
      dlc_device_describe(device, text, sizeof text);
    list.push_back({{"device", names[device]},
                    {"usable", status == nullptr},
                    {"detail", status ? dlc_status_message(status) : text}});
    dlc_status_free(status);
  }
  // auto takes cuda where it is usable.
  std::string chosen = list[1]["usable"].get<bool>() ? "cuda" : "cpu";
  if (json) {
    fmt::print("{}\n", Json{{"devices", list}, {"auto", chosen}}.dump());
    return Done;
  }
  for (const Json &d : list)
    fmt::print("{:<5} {:<9} {}\n", d["device"].get<std::string>(), d["usable"].get<bool>() ? "usable" : "not here",
               d["detail"].get<std::string>());
  fmt::print("--device=auto takes {}\n", chosen);
  return Done;
}
} // namespace

Verb addDevices(CLI::App &root) {
  auto *app = root.add_subcommand("devices", "List the devices of this machine and say what is missing for the others");
  auto json = std::make_shared<bool>(false);
  app->add_flag("--json", *json, "{\"devices\":[{\"device\",\"usable\",\"detail\"}],\"auto\"}");
  app->footer("Examples:\n  dlc devices\n  dlc devices --json | jq -r .auto");
  return {app, [json] { return devices(*json); }};
}
} // namespace dlc::cli
