// Kernel launches: parameters packed, limits of the card checked, the executor called.
#include "tools/gpusim/driver/Api.h"
#include "tools/gpusim/driver/Profile.h"

#include <cstring>

namespace gpusim {
namespace {

thread_local std::shared_ptr<const TensorRanges> nextRanges;

CUresult pack(KernelLaunch &launch, void **params, void **extra) {
  const Kernel &k = *launch.kernel;
  launch.params.assign(k.paramBytes, 0);
  if (params) {
    for (size_t i = 0; i < k.params.size(); ++i) {
      if (!params[i])
        return CUDA_ERROR_INVALID_VALUE;
      memcpy(launch.params.data() + k.params[i].offset, params[i], k.params[i].size);
    }
    return CUDA_SUCCESS;
  }
  const void *buffer = nullptr;
  size_t bytes = 0;
  for (void **e = extra; e && *e; e += 2) {
    if (reinterpret_cast<uintptr_t>(e[0]) == 1)
      buffer = e[1];
    else if (reinterpret_cast<uintptr_t>(e[0]) == 2)
      bytes = *static_cast<size_t *>(e[1]);
    else
      return CUDA_ERROR_INVALID_VALUE;
  }
  if (k.paramBytes && (!buffer || bytes < k.paramBytes))
    return CUDA_ERROR_INVALID_VALUE;
  if (buffer)
    memcpy(launch.params.data(), buffer, std::min<size_t>(bytes, k.paramBytes));
  return CUDA_SUCCESS;
}

CUresult failureOf(LaunchOutcome outcome) {
  switch (outcome) {
  case LaunchOutcome::Done:
    return CUDA_SUCCESS;
  case LaunchOutcome::Trap:
    return CUDA_ERROR_LAUNCH_FAILED;
  case LaunchOutcome::IllegalAddress:
    return CUDA_ERROR_ILLEGAL_ADDRESS;
  case LaunchOutcome::MisalignedAddress:
    return CUDA_ERROR_MISALIGNED_ADDRESS;
  case LaunchOutcome::IllegalInstruction:
    return CUDA_ERROR_ILLEGAL_INSTRUCTION;
  case LaunchOutcome::Deadlock:
    return CUDA_ERROR_LAUNCH_TIMEOUT;
  case LaunchOutcome::InvalidLaunch:
    return CUDA_ERROR_INVALID_VALUE;
  }
  return CUDA_ERROR_UNKNOWN;
}

} // namespace

void setNextRanges(std::shared_ptr<const TensorRanges> ranges) { nextRanges = std::move(ranges); }
std::shared_ptr<const TensorRanges> takeRanges() { return std::move(nextRanges); }

CUresult prepareLaunch(KernelLaunch &launch, Function *f, void **params, void **extra) {
  Driver &d = driver();
  launch.ranges = takeRanges();
  if (!d.functions.count(f))
    return CUDA_ERROR_INVALID_HANDLE;
  const Kernel &k = *f->kernel;
  launch.function = f;
  launch.program = f->program;
  launch.kernel = f->kernel;
  const Dim3 &g = launch.grid, &b = launch.block;
  uint64_t threads = b.count(), declared = k.maxThreads.count();
  if (!g.count() || g.x > 0x7fffffff || g.y > 65535 || g.z > 65535)
    return CUDA_ERROR_INVALID_VALUE;
  if (!threads || threads > 1024 || b.x > 1024 || b.y > 1024 || b.z > 64 || (declared && threads > declared))
    return CUDA_ERROR_INVALID_VALUE;
  uint64_t shared = uint64_t(k.staticShared) + launch.dynamicShared;
  uint64_t most =
      f->maxDynamicShared ? uint64_t(f->maxDynamicShared) + k.staticShared : uint64_t(d.model.sharedPerBlock);
  if (shared > std::max<uint64_t>(most, d.model.sharedPerBlock))
    return CUDA_ERROR_INVALID_VALUE;
  uint64_t perWarp = (std::max(f->registers, 1u) * 32 + 255) / 256 * 256;
  if (perWarp * ((threads + 31) / 32) > uint64_t(d.model.registersPerMultiprocessor))
    return CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES;
  if (!launch.cluster.count() || (launch.cluster.count() == 1 && k.cluster.count() > 1))
    launch.cluster = k.cluster;
  const Dim3 &c = launch.cluster;
  if (c.count() > 1) {
    if (d.model.major < 9 || g.x % c.x || g.y % c.y || g.z % c.z || c.count() > (f->nonPortableCluster ? 16u : 8u))
      return CUDA_ERROR_INVALID_CLUSTER_SIZE;
  }
  return pack(launch, params, extra);
}

CUresult runKernel(const KernelLaunch &launch, TaskPtr task) {
  Driver &d = driver();
  task->kernel = launch.kernel;
  task->keep = launch.program;
  task->ranges = launch.ranges;
  task->grid = launch.grid, task->block = launch.block;
  task->count = launch.grid.count();
  if (d.checker)
    d.checker->begin(task);
  LaunchRequest request;
  request.kernel = launch.kernel;
  request.grid = launch.grid, request.block = launch.block, request.cluster = launch.cluster;
  request.dynamicShared = launch.dynamicShared;
  request.params = launch.params.data();
  request.id = task->first;
  request.observer = d.checker.get();
  request.model = &d.model;
  request.patience = d.patience;
  request.threads = d.threads;
  struct : Conditions {
    TaskPtr task;
    std::string set(uint64_t handle, uint32_t value, uint64_t thread) override {
      return setConditional(handle, value, task, thread);
    }
  } conditions;
  conditions.task = task;
  request.conditions = &conditions;
  Profiled profiled(launch, request);
  LaunchResult result = run(request);
  if (d.checker)
    d.checker->end(task);
  if (result.outcome == LaunchOutcome::Done)
    return CUDA_SUCCESS;
  if (d.checker)
    d.checker->stopped(task, result.message);
  else
    driverReport("stopped", launch.kernel->name, result.message);
  return failureOf(result.outcome);
}

CUresult submit(Stream &stream, KernelLaunch launch) {
  if (stream.capture) {
    addNode(*stream.capture->graph, NodeType::Kernel, stream.tips.data(), stream.tips.size())->kernel =
        std::move(launch);
    stream.tips = {stream.capture->graph->nodes.back().get()};
    return CUDA_SUCCESS;
  }
  auto shared = std::make_shared<KernelLaunch>(std::move(launch));
  enqueue(stream, [shared](const Operation &o) { return runKernel(*shared, makeTask(o, shared->kernel->name)); });
  return CUDA_SUCCESS;
}

namespace api {

CUresult cuLaunchKernelEx(const CUlaunchConfig *config, CUfunction function, void **params, void **extra) {
  if (!config || (config->numAttrs && !config->attrs))
    return CUDA_ERROR_INVALID_VALUE;
  Stream *stream = resolve(config->hStream);
  if (!stream)
    return CUDA_ERROR_INVALID_HANDLE;
  KernelLaunch launch;
  launch.grid = {config->gridDimX, config->gridDimY, config->gridDimZ};
  launch.block = {config->blockDimX, config->blockDimY, config->blockDimZ};
  launch.dynamicShared = config->sharedMemBytes;
  for (unsigned i = 0; i < config->numAttrs; ++i) {
    const CUlaunchAttribute &a = config->attrs[i];
    if (a.id == AttributeCluster)
      launch.cluster = {a.value.clusterDim.x, a.value.clusterDim.y, a.value.clusterDim.z};
    else if (a.id == AttributeProgrammaticSerialization)
      launch.programmatic = a.value.programmaticStreamSerializationAllowed != 0;
    else if (a.id < 0 || a.id > 16)
      return CUDA_ERROR_INVALID_VALUE;
  }
  if (CUresult bad = prepareLaunch(launch, function, params, extra))
    return bad;
  return submit(*stream, std::move(launch));
}

CUresult cuLaunchKernel(CUfunction function, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX,
                        unsigned blockY, unsigned blockZ, unsigned dynamicShared, CUstream stream, void **params,
                        void **extra) {
  CUlaunchConfig config{gridX, gridY, gridZ, blockX, blockY, blockZ, dynamicShared, stream, nullptr, 0};
  return cuLaunchKernelEx(&config, function, params, extra);
}

// All blocks are there at once only in the sense that the executor runs them side by side where they wait.
CUresult cuLaunchCooperativeKernel(CUfunction function, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX,
                                   unsigned blockY, unsigned blockZ, unsigned dynamicShared, CUstream stream,
                                   void **params) {
  int fit = 0;
  if (CUresult bad =
          cuOccupancyMaxActiveBlocksPerMultiprocessor(&fit, function, int(blockX * blockY * blockZ), dynamicShared))
    return bad;
  if (uint64_t(gridX) * gridY * gridZ > uint64_t(fit) * uint64_t(driver().model.multiprocessors))
    return CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE;
  return cuLaunchKernel(function, gridX, gridY, gridZ, blockX, blockY, blockZ, dynamicShared, stream, params, nullptr);
}

} // namespace api
} // namespace gpusim
