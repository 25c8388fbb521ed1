// Weights, constants and state in device memory: uploaded once, shared by the sessions that share them by name.
#pragma once
#include "runtime/Device.h"
#include "runtime/cuda/Context.h"

namespace dlc::rt::cuda {

/// Tensors of one store in one piece of device memory.
struct WeightBlock {
  std::shared_ptr<const Context> context;
  Memory memory;
  uint64_t bytes = 0;
};

/// What WeightStore::Entry::device points to.
struct DeviceTensor final : DeviceCopy {
  std::shared_ptr<const WeightBlock> block;
  std::shared_ptr<Stream> stream; // of state: what runs that touch it are ordered by
};

/// Gives every entry of the request's store that its variant reads, and all state, a place on the device, and uploads
/// what had none; sessions of one program have its frozen weights in common. `stream`: in, this session's own (null
/// where the caller gave one); out, that of the session whose state is shared, if any. The context must be current.
Status placeWeights(const std::shared_ptr<const Context> &, const PlanRequest &, std::shared_ptr<Stream> &stream,
                    uint64_t &uploaded);

/// Writes `pattern` over device memory, `width` (1, 2, 4) bytes at a time.
Status fillDevice(const Context &, CUdeviceptr, uint64_t bytes, uint64_t pattern, uint32_t width, CUstream);

} // namespace dlc::rt::cuda
