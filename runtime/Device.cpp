#include "runtime/Device.h"

#include <cstdlib>

namespace dlc::rt {

const Device *Device::of(dlc_device kind) {
  switch (kind) {
  case DLC_DEVICE_CUDA:
    return cudaDevice();
  case DLC_DEVICE_SIM:
    return simDevice();
  default:
    return cpuDevice();
  }
}

Status parseDevice(std::string_view name, dlc_device &kind, std::string &rest) {
  size_t colon = name.find(':');
  std::string_view head = name.substr(0, colon);
  rest = colon == std::string_view::npos ? "" : std::string(name.substr(colon + 1));
  for (dlc_device d : {DLC_DEVICE_AUTO, DLC_DEVICE_CPU, DLC_DEVICE_CUDA, DLC_DEVICE_SIM}) {
    if (head != deviceName(d))
      continue;
    kind = d;
    bool number = !rest.empty() && rest.size() < 5 && rest.find_first_not_of("0123456789") == std::string::npos;
    bool fits =
        colon == std::string_view::npos || (d == DLC_DEVICE_CUDA && number) || (d == DLC_DEVICE_SIM && !rest.empty());
    if (fits)
      return {};
  }
  return {DLC_INVALID_ARGUMENT, "unknown device '" + std::string(name) +
                                    "': one of auto, cpu, cuda, cuda:N, sim, sim:a100, sim:h200, sim:rtx4090"};
}

Status Device::find(std::string_view name, const Device *&out) {
  dlc_device kind;
  std::string rest;
  DLC_TRY(parseDevice(name, kind, rest));
  out = kind == DLC_DEVICE_CUDA  ? cudaDevice(rest.empty() ? 0 : std::atoi(rest.c_str()))
        : kind == DLC_DEVICE_SIM ? simDevice(rest)
                                 : of(kind);
  return {};
}

Status Plan::timeSteps(bool on) {
  return on ? Status{DLC_UNSUPPORTED, "on this device a run is one graph, whose steps have no times of their own; take "
                                      "the CPU, or count kernels in the simulated GPU (dlc profile)"}
            : Status{};
}
Status Plan::bindInputDevice(uint32_t, void *) {
  return {DLC_INVALID_ARGUMENT, "device memory cannot be bound: this session runs on the CPU"};
}
Status Plan::bindOutputDevice(uint32_t index, void *pointer) { return Plan::bindInputDevice(index, pointer); }

const char *deviceName(dlc_device kind) {
  switch (kind) {
  case DLC_DEVICE_AUTO:
    return "auto";
  case DLC_DEVICE_CPU:
    return "cpu";
  case DLC_DEVICE_CUDA:
    return "cuda";
  case DLC_DEVICE_SIM:
    return "sim";
  }
  return "?";
}

} // namespace dlc::rt
