// What a function is and how many of its blocks fit on a multiprocessor.
#include "tools/gpusim/driver/Api.h"

#include <algorithm>

namespace gpusim {

int threadLimit(const Function &f) {
  uint64_t declared = f.kernel->maxThreads.count(); // 0 where it is not declared
  uint64_t most = declared ? std::min<uint64_t>(declared, 1024) : 1024;
  uint64_t registers = std::max(f.registers, 1u);
  uint64_t fit = driver().model.registersPerMultiprocessor / (registers * 32) * 32;
  return int(std::min(most, std::max<uint64_t>(fit, 32)));
}

// Registers are given out to warps in steps of 256, shared memory in steps of 128 bytes and 1 KiB for the system.
int blocksThatFit(const Function &f, int threads, size_t dynamicShared) {
  const DeviceModel &m = driver().model;
  if (threads <= 0 || threads > 1024 || uint64_t(threads) > uint64_t(threadLimit(f)))
    return 0;
  int warps = (threads + 31) / 32;
  int blocks = std::min(m.blocksPerMultiprocessor, m.warpsPerMultiprocessor / warps);
  int perWarp = (std::max<int>(int(f.registers), 1) * 32 + 255) / 256 * 256;
  blocks = std::min(blocks, m.registersPerMultiprocessor / perWarp / warps);
  uint64_t shared = (f.kernel->staticShared + dynamicShared + 127) / 128 * 128 + 1024;
  return std::min<int>(blocks, int(std::min<uint64_t>(m.sharedPerMultiprocessor / shared, 1 << 20)));
}

namespace api {
namespace {

bool has(CUfunction function) { return driver().functions.count(function) != 0; }

} // namespace

CUresult cuFuncGetAttribute(int *value, int attribute, CUfunction f) {
  if (!value)
    return CUDA_ERROR_INVALID_VALUE;
  if (!has(f))
    return CUDA_ERROR_INVALID_HANDLE;
  const DeviceModel &m = driver().model;
  int card = m.major * 10 + m.minor;
  switch (attribute) {
  case 0:
    return *value = threadLimit(*f), CUDA_SUCCESS;
  case 1:
    return *value = int(f->kernel->staticShared), CUDA_SUCCESS;
  case 2:
    return *value = 0, CUDA_SUCCESS;
  case 3:
    return *value = int(f->kernel->localBytes + f->spillBytes), CUDA_SUCCESS;
  case 4:
    return *value = int(f->registers), CUDA_SUCCESS;
  case 5:
  case 6:
    return *value = card, CUDA_SUCCESS;
  case 7:
    return *value = 0, CUDA_SUCCESS;
  case 8:
    return *value = f->maxDynamicShared ? f->maxDynamicShared : m.sharedPerBlock - int(f->kernel->staticShared),
           CUDA_SUCCESS;
  case 9:
    return *value = f->carveout, CUDA_SUCCESS;
  case 10:
    return *value = f->kernel->cluster.count() > 1, CUDA_SUCCESS;
  case 11:
    return *value = int(f->kernel->cluster.x), CUDA_SUCCESS;
  case 12:
    return *value = int(f->kernel->cluster.y), CUDA_SUCCESS;
  case 13:
    return *value = int(f->kernel->cluster.z), CUDA_SUCCESS;
  case 14:
    return *value = f->nonPortableCluster, CUDA_SUCCESS;
  case 15:
    return *value = f->schedulingPolicy, CUDA_SUCCESS;
  default:
    return CUDA_ERROR_INVALID_VALUE;
  }
}

CUresult cuFuncSetAttribute(CUfunction f, int attribute, int value) {
  if (!has(f))
    return CUDA_ERROR_INVALID_HANDLE;
  switch (attribute) {
  case 8:
    if (value < 0 || value > driver().model.sharedPerBlockOptin - int(f->kernel->staticShared))
      return CUDA_ERROR_INVALID_VALUE;
    return f->maxDynamicShared = value, CUDA_SUCCESS;
  case 9:
    if (value < -1 || value > 100)
      return CUDA_ERROR_INVALID_VALUE;
    return f->carveout = value, CUDA_SUCCESS;
  case 14:
    return f->nonPortableCluster = value != 0, CUDA_SUCCESS;
  case 15:
    return f->schedulingPolicy = value, CUDA_SUCCESS;
  default:
    return CUDA_ERROR_INVALID_VALUE;
  }
}

CUresult cuFuncSetCacheConfig(CUfunction f, int) { return has(f) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE; }

CUresult cuFuncGetModule(CUmodule *module, CUfunction f) {
  if (!module)
    return CUDA_ERROR_INVALID_VALUE;
  if (!has(f))
    return CUDA_ERROR_INVALID_HANDLE;
  *module = f->module;
  return CUDA_SUCCESS;
}

CUresult cuFuncGetName(const char **name, CUfunction f) {
  if (!name)
    return CUDA_ERROR_INVALID_VALUE;
  if (!has(f))
    return CUDA_ERROR_INVALID_HANDLE;
  *name = f->kernel->name.c_str();
  return CUDA_SUCCESS;
}

CUresult cuFuncGetParamInfo(CUfunction f, size_t index, size_t *offset, size_t *bytes) {
  if (!offset)
    return CUDA_ERROR_INVALID_VALUE;
  if (!has(f))
    return CUDA_ERROR_INVALID_HANDLE;
  if (index >= f->kernel->params.size())
    return CUDA_ERROR_INVALID_VALUE;
  *offset = f->kernel->params[index].offset;
  if (bytes)
    *bytes = f->kernel->params[index].size;
  return CUDA_SUCCESS;
}

CUresult cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int *blocks, CUfunction f, int threads,
                                                              size_t dynamicShared, unsigned flags) {
  if (!blocks || threads <= 0 || flags > 1)
    return CUDA_ERROR_INVALID_VALUE;
  if (!has(f))
    return CUDA_ERROR_INVALID_HANDLE;
  *blocks = blocksThatFit(*f, threads, dynamicShared);
  return CUDA_SUCCESS;
}
CUresult cuOccupancyMaxActiveBlocksPerMultiprocessor(int *blocks, CUfunction f, int threads, size_t dynamicShared) {
  return cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(blocks, f, threads, dynamicShared, 0);
}

CUresult cuOccupancyMaxPotentialBlockSize(int *grid, int *block, CUfunction f, CUoccupancyB2DSize shared,
                                          size_t dynamicShared, int limit) {
  if (!grid || !block)
    return CUDA_ERROR_INVALID_VALUE;
  if (!has(f))
    return CUDA_ERROR_INVALID_HANDLE;
  int most = threadLimit(*f), best = 0;
  if (limit > 0)
    most = std::min(most, limit);
  *grid = *block = 0;
  for (int threads = most; threads > 0; threads -= threads % 32 ? threads % 32 : 32) {
    int blocks = blocksThatFit(*f, threads, shared ? shared(threads) : dynamicShared);
    if (blocks * threads > best)
      best = blocks * threads, *block = threads, *grid = blocks * driver().model.multiprocessors;
  }
  return CUDA_SUCCESS;
}

CUresult cuOccupancyAvailableDynamicSMemPerBlock(size_t *bytes, CUfunction f, int blocks, int threads) {
  if (!bytes || blocks <= 0 || threads <= 0)
    return CUDA_ERROR_INVALID_VALUE;
  if (!has(f))
    return CUDA_ERROR_INVALID_HANDLE;
  const DeviceModel &m = driver().model;
  int each = m.sharedPerMultiprocessor / blocks / 128 * 128 - 1024 - int(f->kernel->staticShared);
  *bytes = size_t(std::clamp(each, 0, m.sharedPerBlockOptin - int(f->kernel->staticShared)));
  return CUDA_SUCCESS;
}

CUresult cuOccupancyMaxPotentialClusterSize(int *size, CUfunction f, const CUlaunchConfig *config) {
  if (!size || !config)
    return CUDA_ERROR_INVALID_VALUE;
  if (!has(f))
    return CUDA_ERROR_INVALID_HANDLE;
  if (driver().model.major < 9)
    return CUDA_ERROR_NOT_SUPPORTED;
  *size = f->nonPortableCluster ? 16 : 8;
  return CUDA_SUCCESS;
}

CUresult cuOccupancyMaxActiveClusters(int *count, CUfunction f, const CUlaunchConfig *config) {
  if (!count || !config)
    return CUDA_ERROR_INVALID_VALUE;
  if (!has(f))
    return CUDA_ERROR_INVALID_HANDLE;
  if (driver().model.major < 9)
    return CUDA_ERROR_NOT_SUPPORTED;
  unsigned cluster = unsigned(f->kernel->cluster.count());
  for (unsigned i = 0; i < config->numAttrs; ++i)
    if (config->attrs[i].id == AttributeCluster) {
      auto d = config->attrs[i].value.clusterDim;
      cluster = d.x * d.y * d.z;
    }
  int threads = int(config->blockDimX * config->blockDimY * config->blockDimZ);
  int blocks = blocksThatFit(*f, threads, config->sharedMemBytes) * driver().model.multiprocessors;
  *count = cluster ? blocks / int(cluster) : 0;
  return CUDA_SUCCESS;
}

} // namespace api
} // namespace gpusim
