// Inputs and outputs of a plan on a card: staging, binding, reading.
#include "runtime/cuda/CudaPlan.h"

#include <cstring>

namespace dlc::rt::cuda {

/// Takes a copy of `data` and starts its way to the device.
Status CudaPlan::stage(Input &p, const void *data, uint32_t index) {
  auto doing = [&] { return "copy input " + std::to_string(index) + " to the device"; };
  // The other place: a run may still read this one.
  if (overlaps)
    p.slot ^= 1;
  Slot &s = p.slots[p.slot];
  if (s.copying) {
    if (overlaps && s.copied)
      DLC_CU_FOR(driver(), doing(), cuEventSynchronize, s.copied.get());
    else
      DLC_CU_FOR(driver(), doing(), cuStreamSynchronize, stream->get());
    s.copying = false;
  }
  std::memcpy(s.pinned, data, p.size);
  CUstream on = overlaps ? copyStream.get() : stream->get();
  if (overlaps && s.lastRun)
    DLC_CU_FOR(driver(), doing(), cuStreamWaitEvent, on, done[s.lastRun & 1].get(), 0u);
  s.copying = true;
  DLC_CU_FOR(driver(), doing(), cuMemcpyHtoDAsync, s.device, s.pinned, p.size, on);
  if (overlaps)
    DLC_CU_FOR(driver(), doing(), cuEventRecord, s.copied.get(), on);
  s.fresh = overlaps;
  return {};
}

Status CudaPlan::setInput(uint32_t index, const void *data) {
  Input &p = inputs[index];
  p.host = nullptr;
  p.given = 0;
  if (!p.size)
    return {};
  DLC_CURRENT(*context);
  return stage(p, data, index);
}

Status CudaPlan::bindInput(uint32_t index, const void *data) {
  inputs[index].host = static_cast<const char *>(data);
  inputs[index].given = 0;
  return {};
}

Status CudaPlan::inputData(uint32_t index, void **data) {
  Input &p = inputs[index];
  p.given = 0;
  if (!p.own.data() && p.size) {
    const fb::Tensor &t = *request.program->table().inputs()->Get(index);
    uint64_t most = byteSize(t.dtype(), *t.shape());
    DLC_TRY(Block::allocate(request.allocator, most, false, "an input", p.own));
    std::memcpy(p.own.data(), p.slots[p.slot].pinned, most);
  }
  p.host = p.own.data();
  *data = p.own.data();
  return {};
}

Status CudaPlan::bindOutput(uint32_t index, void *data) {
  Output &p = outputs[index];
  p.host = static_cast<char *>(data);
  p.given = 0;
  p.mirrored = false;
  return {};
}

/// Starts the copy of a result to pinned memory, behind the run.
Status CudaPlan::fetch(Output &p, uint32_t index) {
  DLC_CU_FOR(driver(), "copy output " + std::to_string(index) + " from the device", cuMemcpyDtoHAsync, p.pinned,
             p.given ? p.given : p.device, p.size, stream->get());
  p.pending = true;
  return {};
}

Status CudaPlan::getOutput(uint32_t index, void *data) {
  Output &p = outputs[index];
  if (!p.size)
    return {};
  DLC_CURRENT(*context);
  DLC_TRY(fetch(p, index));
  DLC_TRY(wait("run", request.program->path()));
  std::memcpy(data, p.pinned, p.size);
  return {};
}

Status CudaPlan::outputData(uint32_t index, void **data) {
  Output &p = outputs[index];
  p.host = nullptr;
  p.given = 0;
  p.mirrored = true;
  *data = p.pinned;
  if (!p.size)
    return {};
  DLC_CURRENT(*context);
  DLC_TRY(fetch(p, index));
  return wait("run", request.program->path());
}

/// A pointer into the device's memory, aligned, with enough of it behind.
Status CudaPlan::checkDevicePointer(const void *pointer, uint64_t size, const char *what, uint32_t index) const {
  std::string which = std::string(what) + " " + std::to_string(index);
  auto at = reinterpret_cast<uintptr_t>(pointer);
  if (at % container::tensorAlign)
    return {DLC_INVALID_ARGUMENT, "the device memory for " + which + " is not 64-byte aligned",
            request.program->path()};
  unsigned type = 0;
  if (driver().cuPointerGetAttribute(&type, CU_POINTER_ATTRIBUTE_MEMORY_TYPE, at) != CUDA_SUCCESS ||
      (type != CU_MEMORYTYPE_DEVICE && type != CU_MEMORYTYPE_UNIFIED))
    return {DLC_INVALID_ARGUMENT, "the memory for " + which + " is not device memory", request.program->path()};
  void *start = nullptr;
  size_t bytes = 0;
  if (driver().cuPointerGetAttribute(&start, CU_POINTER_ATTRIBUTE_RANGE_START_ADDR, at) == CUDA_SUCCESS &&
      driver().cuPointerGetAttribute(&bytes, CU_POINTER_ATTRIBUTE_RANGE_SIZE, at) == CUDA_SUCCESS &&
      reinterpret_cast<uintptr_t>(start) + bytes < at + size)
    return {DLC_INVALID_ARGUMENT,
            "the device memory for " + which + " is too small: " + std::to_string(size) + " bytes are needed, " +
                std::to_string(reinterpret_cast<uintptr_t>(start) + bytes - at) + " are left in its allocation",
            request.program->path()};
  return {};
}

Status CudaPlan::bindInputDevice(uint32_t index, void *pointer) {
  Input &p = inputs[index];
  if (pointer && p.size) {
    DLC_CURRENT(*context);
    DLC_TRY(checkDevicePointer(pointer, p.size, "input", index));
  }
  p.host = nullptr;
  p.given = reinterpret_cast<CUdeviceptr>(pointer);
  return {};
}

Status CudaPlan::bindOutputDevice(uint32_t index, void *pointer) {
  Output &p = outputs[index];
  if (uint64_t most = sized.mostBytes(*request.program->table().outputs()->Get(index)); pointer && most) {
    DLC_CURRENT(*context);
    DLC_TRY(checkDevicePointer(pointer, most, "output", index));
  }
  p.host = nullptr;
  p.mirrored = false;
  p.given = reinterpret_cast<CUdeviceptr>(pointer);
  return {};
}

} // namespace dlc::rt::cuda
