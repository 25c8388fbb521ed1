// Device, pinned and registered memory.
#include "tools/gpusim/driver/Api.h"
#include "tools/gpusim/memory/AddressSpace.h"

#include <cstring>

namespace gpusim::api {
namespace {

CUresult take(CUdeviceptr *pointer, size_t bytes, MemoryKind kind) {
  Driver &d = driver();
  if (!pointer || !bytes)
    return CUDA_ERROR_INVALID_VALUE;
  uint64_t at = allocations().allocate(bytes, kind, d.model.memoryBytes, current());
  if (!at)
    return CUDA_ERROR_OUT_OF_MEMORY;
  if (d.checker)
    d.checker->allocated(at, bytes);
  *pointer = at;
  return CUDA_SUCCESS;
}

CUresult give(uint64_t address, bool host, bool registered, const char *name) {
  Driver &d = driver();
  Allocation gone;
  if (!allocations().release(address, host, registered, gone)) {
    driverReport("invalid-pointer", name, "is given an address that no such allocation starts at", address);
    return registered ? CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED : CUDA_ERROR_INVALID_VALUE;
  }
  if (d.checker && !registered)
    d.checker->freed(gone.address, gone.bytes);
  return CUDA_SUCCESS;
}

} // namespace

CUresult cuMemGetInfo_v2(size_t *free, size_t *total) {
  if (!free || !total)
    return CUDA_ERROR_INVALID_VALUE;
  *total = driver().model.memoryBytes;
  *free = *total - allocations().used(false);
  return CUDA_SUCCESS;
}

CUresult cuMemAlloc_v2(CUdeviceptr *pointer, size_t bytes) { return take(pointer, bytes, MemoryKind::Device); }
CUresult cuMemAllocManaged(CUdeviceptr *pointer, size_t bytes, unsigned) {
  return take(pointer, bytes, MemoryKind::Managed);
}
CUresult cuMemAllocPitch_v2(CUdeviceptr *pointer, size_t *pitch, size_t width, size_t height, unsigned element) {
  if (!pitch || (element != 4 && element != 8 && element != 16))
    return CUDA_ERROR_INVALID_VALUE;
  *pitch = (width + 511) / 512 * 512;
  return take(pointer, *pitch * height, MemoryKind::Device);
}

CUresult cuMemFree_v2(CUdeviceptr pointer) {
  if (!pointer)
    return CUDA_SUCCESS;
  synchronise(*current()); // as the driver does
  return give(pointer, false, false, "cuMemFree");
}

// Memory of a pool is taken at once: that it may be used only in stream order is not checked.
CUresult cuMemAllocAsync(CUdeviceptr *pointer, size_t bytes, CUstream handle) {
  return resolve(handle) ? take(pointer, bytes, MemoryKind::Device) : CUDA_ERROR_INVALID_HANDLE;
}
CUresult cuMemAllocFromPoolAsync(CUdeviceptr *pointer, size_t bytes, CUmemoryPool, CUstream stream) {
  return cuMemAllocAsync(pointer, bytes, stream);
}
CUresult cuMemFreeAsync(CUdeviceptr pointer, CUstream handle) {
  Stream *stream = resolve(handle);
  if (!stream)
    return CUDA_ERROR_INVALID_HANDLE;
  if (!pointer)
    return CUDA_SUCCESS;
  if (!allocations().holds(pointer, 1))
    return give(pointer, false, false, "cuMemFreeAsync");
  enqueue(*stream, [pointer](const Operation &) { return give(pointer, false, false, "cuMemFreeAsync"); });
  return CUDA_SUCCESS;
}

CUresult cuMemGetAddressRange_v2(CUdeviceptr *base, size_t *bytes, CUdeviceptr pointer) {
  Allocation found;
  if (!allocations().find(pointer, found))
    return CUDA_ERROR_NOT_FOUND;
  if (base)
    *base = found.address;
  if (bytes)
    *bytes = found.bytes;
  return CUDA_SUCCESS;
}

CUresult cuMemHostAlloc(void **pointer, size_t bytes, unsigned flags) {
  Driver &d = driver();
  if (!pointer || !bytes || flags > 7)
    return CUDA_ERROR_INVALID_VALUE;
  uint64_t at = allocations().allocate(bytes, MemoryKind::Pinned, PinnedBytes / 2, current(), {}, flags);
  if (!at)
    return CUDA_ERROR_OUT_OF_MEMORY;
  if (d.checker)
    d.checker->allocated(at, bytes);
  *pointer = reinterpret_cast<void *>(at);
  return CUDA_SUCCESS;
}
CUresult cuMemAllocHost_v2(void **pointer, size_t bytes) { return cuMemHostAlloc(pointer, bytes, 0); }

CUresult cuMemFreeHost(void *pointer) {
  if (!pointer)
    return CUDA_ERROR_INVALID_VALUE;
  synchronise(*current());
  return give(reinterpret_cast<uint64_t>(pointer), true, false, "cuMemFreeHost");
}

CUresult cuMemHostRegister_v2(void *pointer, size_t bytes, unsigned flags) {
  if (!pointer || !bytes || flags > 15)
    return CUDA_ERROR_INVALID_VALUE;
  return allocations().enter(reinterpret_cast<uint64_t>(pointer), bytes, current(), flags)
             ? CUDA_SUCCESS
             : CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED;
}

CUresult cuMemHostUnregister(void *pointer) {
  synchronise(*current());
  return give(reinterpret_cast<uint64_t>(pointer), false, true, "cuMemHostUnregister");
}

namespace {
bool findHost(const void *pointer, Allocation &found) {
  return allocations().find(reinterpret_cast<uint64_t>(pointer), found) &&
         (found.kind == MemoryKind::Pinned || found.kind == MemoryKind::Registered);
}
} // namespace

CUresult cuMemHostGetDevicePointer_v2(CUdeviceptr *device, void *pointer, unsigned flags) {
  Allocation found;
  if (!device || flags || !findHost(pointer, found))
    return CUDA_ERROR_INVALID_VALUE;
  *device = reinterpret_cast<uint64_t>(pointer);
  return CUDA_SUCCESS;
}

CUresult cuMemHostGetFlags(unsigned *flags, void *pointer) {
  Allocation found;
  if (!flags || !findHost(pointer, found))
    return CUDA_ERROR_INVALID_VALUE;
  *flags = found.flags;
  return CUDA_SUCCESS;
}

CUresult cuPointerGetAttribute(void *value, int attribute, CUdeviceptr pointer) {
  Allocation found;
  if (!value || attribute < 1 || attribute > 21)
    return CUDA_ERROR_INVALID_VALUE;
  if (!allocations().find(pointer, found))
    return CUDA_ERROR_INVALID_VALUE;
  bool host = found.kind == MemoryKind::Pinned || found.kind == MemoryKind::Registered;
  auto put = [&](auto is) {
    memcpy(value, &is, sizeof is);
    return CUDA_SUCCESS;
  };
  switch (attribute) {
  case 1:
    return put(found.context);
  case 2:
    return put(unsigned(host ? MemoryHost : MemoryDevice));
  case 3:
    return put(pointer);
  case 4:
    return host || found.kind == MemoryKind::Managed ? put(pointer) : CUDA_ERROR_INVALID_VALUE;
  case 6:
  case 9:
    return put(0);
  case 7:
    return put((unsigned long long)(found.number));
  case 8:
    return put(unsigned(found.kind == MemoryKind::Managed));
  case 11:
    return put(found.address);
  case 12:
    return put(size_t(found.bytes));
  case 13:
    return put(true);
  default:
    return CUDA_ERROR_NOT_SUPPORTED;
  }
}

// Unlike the single question, this one answers zeros for memory that the driver does not know.
CUresult cuPointerGetAttributes(unsigned count, int *attributes, void **values, CUdeviceptr pointer) {
  if (!attributes || !values)
    return CUDA_ERROR_INVALID_VALUE;
  for (unsigned i = 0; i < count; ++i)
    if (cuPointerGetAttribute(values[i], attributes[i], pointer) != CUDA_SUCCESS && values[i]) {
      bool narrow = attributes[i] == 2 || attributes[i] == 6 || attributes[i] == 8 || attributes[i] == 9;
      int none = attributes[i] == 9 ? -2 : 0;
      uint64_t zero = 0;
      memcpy(values[i], narrow ? static_cast<void *>(&none) : &zero, narrow ? 4 : attributes[i] == 13 ? 1 : 8);
    }
  return CUDA_SUCCESS;
}

} // namespace gpusim::api
