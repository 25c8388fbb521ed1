#include "runtime/Device.h"

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
