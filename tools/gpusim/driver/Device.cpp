// Devices: there is one, the card that is pretended.
#include "tools/gpusim/driver/Api.h"
#include "tools/gpusim/memory/AddressSpace.h"

#include <climits>
#include <cstdio>
#include <cstring>

namespace gpusim {

bool findModel(const std::string &key, DeviceModel &model) {
  DeviceModel m; // its defaults are the A100
  m.key = key;
  if (key == "a100") {
    m.name = "NVIDIA A100-SXM4-80GB (simulated)";
  } else if (key == "h200") {
    m.name = "NVIDIA H200 (simulated)";
    m.major = 9, m.multiprocessors = 132, m.sharedPerMultiprocessor = 233472, m.sharedPerBlockOptin = 232448;
    m.l2Bytes = 60 << 20, m.clockKhz = 1980000, m.memoryBytes = 140ull << 30;
    m.memoryBytesPerSecond = 4.8e12, m.f32FlopsPerSecond = 66.9e12, m.tensorFlopsPerSecond = 989e12;
  } else if (key == "rtx4090") {
    m.name = "NVIDIA GeForce RTX 4090 (simulated)";
    m.minor = 9, m.multiprocessors = 128, m.warpsPerMultiprocessor = 48, m.blocksPerMultiprocessor = 24;
    m.sharedPerMultiprocessor = 102400, m.sharedPerBlockOptin = 101376, m.l2Bytes = 72 << 20, m.clockKhz = 2520000;
    m.memoryBytes = 24ull << 30, m.memoryBytesPerSecond = 1.008e12;
    m.f32FlopsPerSecond = 82.6e12, m.tensorFlopsPerSecond = 165.2e12;
  } else {
    return false;
  }
  model = m;
  return true;
}

namespace api {
namespace {
CUresult valid(CUdevice device) { return device == 0 ? CUDA_SUCCESS : CUDA_ERROR_INVALID_DEVICE; }
} // namespace

CUresult cuInit(unsigned flags) {
  if (flags)
    return CUDA_ERROR_INVALID_VALUE;
  Driver &d = driver();
  if (d.initialised)
    return CUDA_SUCCESS;
  if (!findModel(d.deviceKey, d.model) || !reserveAddresses())
    return CUDA_ERROR_UNKNOWN;
  d.checker = makeChecker(d.mode);
  d.lazy = d.mode != CheckMode::Off;
  d.initialised = true;
  return CUDA_SUCCESS;
}

CUresult cuDriverGetVersion(int *version) {
  if (!version)
    return CUDA_ERROR_INVALID_VALUE;
  *version = 13000;
  return CUDA_SUCCESS;
}

CUresult cuDeviceGetCount(int *count) {
  if (!count)
    return CUDA_ERROR_INVALID_VALUE;
  *count = 1;
  return CUDA_SUCCESS;
}

CUresult cuDeviceGet(CUdevice *device, int ordinal) {
  if (!device)
    return CUDA_ERROR_INVALID_VALUE;
  if (ordinal != 0)
    return CUDA_ERROR_INVALID_DEVICE;
  *device = 0;
  return CUDA_SUCCESS;
}

CUresult cuDeviceGetName(char *name, int size, CUdevice device) {
  if (!name || size <= 0)
    return CUDA_ERROR_INVALID_VALUE;
  if (CUresult bad = valid(device))
    return bad;
  snprintf(name, size, "%s", driver().model.name.c_str());
  return CUDA_SUCCESS;
}

CUresult cuDeviceGetUuid(CUuuid *uuid, CUdevice device) {
  if (!uuid)
    return CUDA_ERROR_INVALID_VALUE;
  if (CUresult bad = valid(device))
    return bad;
  std::string text = ("dlc-gpusim-" + driver().model.key + "-------").substr(0, 16);
  memcpy(uuid->bytes, text.data(), 16);
  return CUDA_SUCCESS;
}
CUresult cuDeviceGetUuid_v2(CUuuid *uuid, CUdevice device) { return cuDeviceGetUuid(uuid, device); }

CUresult cuDeviceTotalMem_v2(size_t *bytes, CUdevice device) {
  if (!bytes)
    return CUDA_ERROR_INVALID_VALUE;
  if (CUresult bad = valid(device))
    return bad;
  *bytes = driver().model.memoryBytes;
  return CUDA_SUCCESS;
}

CUresult cuDeviceComputeCapability(int *major, int *minor, CUdevice device) {
  if (!major || !minor)
    return CUDA_ERROR_INVALID_VALUE;
  if (CUresult bad = valid(device))
    return bad;
  *major = driver().model.major, *minor = driver().model.minor;
  return CUDA_SUCCESS;
}

CUresult cuDeviceGetPCIBusId(char *text, int size, CUdevice device) {
  if (!text || size <= 0)
    return CUDA_ERROR_INVALID_VALUE;
  if (CUresult bad = valid(device))
    return bad;
  snprintf(text, size, "0000:01:00.0");
  return CUDA_SUCCESS;
}

CUresult cuDeviceCanAccessPeer(int *can, CUdevice device, CUdevice peer) {
  if (!can)
    return CUDA_ERROR_INVALID_VALUE;
  if (CUresult bad = valid(device))
    return bad;
  *can = 0;
  return valid(peer);
}

CUresult cuDeviceGetAttribute(int *value, int attribute, CUdevice device) {
  if (!value)
    return CUDA_ERROR_INVALID_VALUE;
  if (CUresult bad = valid(device))
    return bad;
  const DeviceModel &m = driver().model;
  const std::pair<int, int> known[] = {
      {1, 1024},
      {2, 1024},
      {3, 1024},
      {4, 64}, // threads, block dimensions
      {5, INT_MAX},
      {6, 65535},
      {7, 65535}, // grid dimensions
      {8, m.sharedPerBlock},
      {9, 65536},
      {10, 32},
      {11, INT_MAX}, // shared, constant, warp, pitch
      {12, m.registersPerMultiprocessor},
      {13, m.clockKhz},
      {14, 512}, // registers, clock, texture alignment
      {15, 1},
      {16, m.multiprocessors},
      {19, 1},
      {30, 512},
      {31, 1}, // overlap, concurrent kernels
      {32, m.key == "rtx4090" ? 0 : 1},
      {33, 1}, // ECC, PCI bus
      {36, m.key == "h200"   ? 3201000
           : m.key == "a100" ? 1593000
                             : 10501000}, // memory clock
      {37, m.key == "h200"   ? 6144
           : m.key == "a100" ? 5120
                             : 384}, // memory bus
      {38, m.l2Bytes},
      {39, m.warpsPerMultiprocessor * 32},
      {40, 3},
      {41, 1}, // L2, threads, copy engines, unified
      {51, 32},
      {75, m.major},
      {76, m.minor},
      {78, 1},
      {79, 1},
      {80, 1},
      {81, m.sharedPerMultiprocessor},
      {82, m.registersPerMultiprocessor},
      {83, 1},
      {87, m.key == "rtx4090" ? 64 : 2},
      {90, 1},
      {91, 1},
      {95, 1},
      {97, m.sharedPerBlockOptin},
      {99, 1},
      {106, m.blocksPerMultiprocessor},
      {111, 1024},
      {115, 1},
      {120, m.major >= 9},
      {127, m.major >= 9},
  };
  if (attribute < 1 || attribute > 147)
    return CUDA_ERROR_INVALID_VALUE;
  *value = 0;
  for (const auto &[key, is] : known)
    if (key == attribute)
      *value = is;
  return CUDA_SUCCESS;
}

namespace {
char pool; // the device's one memory pool is its address
uint64_t releaseThreshold = 0;
} // namespace

CUresult cuDeviceGetDefaultMemPool(CUmemoryPool *out, CUdevice device) {
  if (!out)
    return CUDA_ERROR_INVALID_VALUE;
  *out = &pool;
  return valid(device);
}
CUresult cuDeviceGetMemPool(CUmemoryPool *out, CUdevice device) { return cuDeviceGetDefaultMemPool(out, device); }

CUresult cuMemPoolSetAttribute(CUmemoryPool which, int attribute, void *value) {
  if (which != &pool || !value || attribute < 1 || attribute > 8)
    return CUDA_ERROR_INVALID_VALUE;
  if (attribute == 4)
    releaseThreshold = *static_cast<uint64_t *>(value);
  return CUDA_SUCCESS;
}

CUresult cuMemPoolGetAttribute(CUmemoryPool which, int attribute, void *value) {
  if (which != &pool || !value || attribute < 1 || attribute > 8)
    return CUDA_ERROR_INVALID_VALUE;
  if (attribute <= 3)
    *static_cast<int *>(value) = 1;
  else
    *static_cast<uint64_t *>(value) = attribute == 4 ? releaseThreshold : allocations().used(false);
  return CUDA_SUCCESS;
}

CUresult cuMemPoolTrimTo(CUmemoryPool which, size_t) {
  return which == &pool ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

} // namespace api
} // namespace gpusim
