// Contexts, the primary one and others, and each thread's stack of them.
#include "tools/gpusim/driver/Api.h"

namespace gpusim {
namespace {

Context *makeContext(unsigned flags, bool primary) {
  Driver &d = driver();
  auto made = std::make_unique<Context>();
  made->flags = flags;
  made->primary = primary;
  made->id = ++d.ids;
  made->limits = {{0, 1024}, {1, 1 << 20}, {2, 8 << 20}, {3, 2}, {4, 2048}, {5, 64}, {6, 0}};
  Context *context = d.contexts.add(std::move(made));
  context->legacy = d.streams.add(makeStream(context, 0, 0));
  context->legacy->legacy = true;
  return context;
}

template <typename T> std::vector<T *> of(Handles<T> &all, Context *context) {
  std::vector<T *> found;
  all.each([&](T &one) {
    if (one.context == context)
      found.push_back(&one);
  });
  return found;
}

} // namespace

std::vector<Context *> &contextStack() {
  static thread_local std::vector<Context *> stack;
  return stack;
}

void destroyContext(Context *context) {
  Driver &d = driver();
  synchronise(*context);
  for (GraphExec *one : of(d.executables, context))
    d.executables.drop(one);
  for (Module *one : of(d.modules, context))
    unloadModule(one);
  for (Event *one : of(d.events, context))
    d.events.drop(one);
  for (Stream *one : of(d.streams, context))
    d.streams.drop(one);
  for (const Allocation &one : allocations().live(context)) {
    Allocation gone;
    allocations().release(one.address, one.kind == MemoryKind::Pinned, one.kind == MemoryKind::Registered, gone);
    if (d.checker && one.kind != MemoryKind::Registered)
      d.checker->freed(one.address, one.bytes);
  }
  if (d.primary == context)
    d.primary = nullptr;
  d.contexts.drop(context);
}

namespace api {
namespace {
bool live(Context *context) { return context && driver().contexts.has(context); }
} // namespace

CUresult cuDevicePrimaryCtxRetain(CUcontext *context, CUdevice device) {
  Driver &d = driver();
  if (!context)
    return CUDA_ERROR_INVALID_VALUE;
  if (device != 0)
    return CUDA_ERROR_INVALID_DEVICE;
  if (!d.primary)
    d.primary = makeContext(d.primaryFlags, true);
  ++d.primary->retained;
  *context = d.primary;
  return CUDA_SUCCESS;
}

CUresult cuDevicePrimaryCtxRelease_v2(CUdevice device) {
  Driver &d = driver();
  if (device != 0)
    return CUDA_ERROR_INVALID_DEVICE;
  if (!d.primary || !d.primary->retained)
    return CUDA_ERROR_INVALID_CONTEXT;
  if (!--d.primary->retained)
    destroyContext(d.primary);
  return CUDA_SUCCESS;
}

CUresult cuDevicePrimaryCtxReset_v2(CUdevice device) {
  Driver &d = driver();
  if (device != 0)
    return CUDA_ERROR_INVALID_DEVICE;
  if (d.primary)
    destroyContext(d.primary);
  return CUDA_SUCCESS;
}

CUresult cuDevicePrimaryCtxSetFlags_v2(CUdevice device, unsigned flags) {
  Driver &d = driver();
  if (device != 0)
    return CUDA_ERROR_INVALID_DEVICE;
  d.primaryFlags = flags;
  if (d.primary)
    d.primary->flags = flags;
  return CUDA_SUCCESS;
}

CUresult cuDevicePrimaryCtxGetState(CUdevice device, unsigned *flags, int *active) {
  Driver &d = driver();
  if (!flags || !active)
    return CUDA_ERROR_INVALID_VALUE;
  if (device != 0)
    return CUDA_ERROR_INVALID_DEVICE;
  *flags = d.primaryFlags;
  *active = d.primary != nullptr;
  return CUDA_SUCCESS;
}

CUresult cuCtxCreate_v2(CUcontext *context, unsigned flags, CUdevice device) {
  if (!context)
    return CUDA_ERROR_INVALID_VALUE;
  if (device != 0)
    return CUDA_ERROR_INVALID_DEVICE;
  *context = makeContext(flags, false);
  contextStack().push_back(*context);
  return CUDA_SUCCESS;
}
CUresult cuCtxCreate_v4(CUcontext *context, CUctxCreateParams *, unsigned flags, CUdevice device) {
  return cuCtxCreate_v2(context, flags, device);
}

CUresult cuCtxDestroy_v2(CUcontext context) {
  if (!live(context) || context->primary)
    return CUDA_ERROR_INVALID_CONTEXT;
  if (current() == context)
    contextStack().pop_back();
  destroyContext(context);
  return CUDA_SUCCESS;
}

CUresult cuCtxPushCurrent_v2(CUcontext context) {
  if (!live(context))
    return CUDA_ERROR_INVALID_CONTEXT;
  contextStack().push_back(context);
  return CUDA_SUCCESS;
}

CUresult cuCtxPopCurrent_v2(CUcontext *context) {
  if (!current())
    return CUDA_ERROR_INVALID_CONTEXT;
  if (context)
    *context = current();
  contextStack().pop_back();
  return CUDA_SUCCESS;
}

CUresult cuCtxSetCurrent(CUcontext context) {
  if (context && !live(context))
    return CUDA_ERROR_INVALID_CONTEXT;
  auto &stack = contextStack();
  if (!stack.empty())
    stack.pop_back();
  if (context)
    stack.push_back(context);
  return CUDA_SUCCESS;
}

CUresult cuCtxGetCurrent(CUcontext *context) {
  if (!context)
    return CUDA_ERROR_INVALID_VALUE;
  *context = current();
  return CUDA_SUCCESS;
}

CUresult cuCtxGetApiVersion(CUcontext context, unsigned *version) {
  if (!version)
    return CUDA_ERROR_INVALID_VALUE;
  if (context && !live(context))
    return CUDA_ERROR_INVALID_CONTEXT;
  *version = 3020;
  return CUDA_SUCCESS;
}

CUresult cuCtxGetDevice(CUdevice *device) {
  if (!device)
    return CUDA_ERROR_INVALID_VALUE;
  if (!live(current()))
    return CUDA_ERROR_INVALID_CONTEXT;
  *device = 0;
  return CUDA_SUCCESS;
}

CUresult cuCtxGetFlags(unsigned *flags) {
  if (!flags)
    return CUDA_ERROR_INVALID_VALUE;
  if (!live(current()))
    return CUDA_ERROR_INVALID_CONTEXT;
  *flags = current()->flags;
  return CUDA_SUCCESS;
}

CUresult cuCtxGetId(CUcontext context, unsigned long long *id) {
  if (!id)
    return CUDA_ERROR_INVALID_VALUE;
  context = context ? context : current();
  if (!live(context))
    return CUDA_ERROR_INVALID_CONTEXT;
  *id = context->id;
  return CUDA_SUCCESS;
}

CUresult cuCtxSynchronize() { return synchronise(*current()); }

CUresult cuCtxSetLimit(int limit, size_t value) {
  if (!live(current()))
    return CUDA_ERROR_INVALID_CONTEXT;
  if (!current()->limits.count(limit))
    return CUDA_ERROR_UNSUPPORTED_LIMIT;
  current()->limits[limit] = value;
  return CUDA_SUCCESS;
}

CUresult cuCtxGetLimit(size_t *value, int limit) {
  if (!value)
    return CUDA_ERROR_INVALID_VALUE;
  if (!live(current()))
    return CUDA_ERROR_INVALID_CONTEXT;
  auto at = current()->limits.find(limit);
  if (at == current()->limits.end())
    return CUDA_ERROR_UNSUPPORTED_LIMIT;
  *value = at->second;
  return CUDA_SUCCESS;
}

CUresult cuCtxSetCacheConfig(int config) {
  if (!live(current()))
    return CUDA_ERROR_INVALID_CONTEXT;
  current()->cacheConfig = config;
  return CUDA_SUCCESS;
}

CUresult cuCtxGetCacheConfig(int *config) {
  if (!config)
    return CUDA_ERROR_INVALID_VALUE;
  if (!live(current()))
    return CUDA_ERROR_INVALID_CONTEXT;
  *config = current()->cacheConfig;
  return CUDA_SUCCESS;
}

CUresult cuCtxGetStreamPriorityRange(int *least, int *greatest) {
  if (least)
    *least = 0;
  if (greatest)
    *greatest = -5;
  return CUDA_SUCCESS;
}

} // namespace api
} // namespace gpusim
