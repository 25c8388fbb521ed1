// cuTensorMapEncodeTiled: the API's rules, then our own encoding.
#include "tools/gpusim/async/TensorMap.h"
#include "tools/gpusim/driver/Api.h"

namespace gpusim::api {

CUresult cuTensorMapEncodeTiled(CUtensorMap *out, int type, uint32_t rank, void *address, const uint64_t *dims,
                                const uint64_t *strides, const uint32_t *box, const uint32_t *elementStrides,
                                int interleave, int swizzle, int promotion, int fill) {
  if (driver().initialised && driver().model.major < 9)
    return CUDA_ERROR_NOT_SUPPORTED;
  bool sane = out && address && dims && box && elementStrides && rank >= 1 && rank <= 5 && (rank == 1 || strides);
  if (!sane || type < 0 || type > 12 || interleave < 0 || interleave > 2 || swizzle < 0 || swizzle > 6 ||
      promotion < 0 || promotion > 3 || fill < 0 || fill > 1 || reinterpret_cast<uintptr_t>(out) % 64)
    return CUDA_ERROR_INVALID_VALUE;
  TensorMap map;
  map.type = TensorMapType(type);
  map.rank = uint8_t(rank);
  map.interleave = TensorMapInterleave(interleave);
  map.swizzle = TensorMapSwizzle(swizzle);
  map.address = reinterpret_cast<uint64_t>(address);
  map.nanFill = uint8_t(fill);
  uint32_t element = tensorElementBytes(map.type);
  bool isFloat = type >= 6; // the NaN fill is for floats
  if (map.address % (interleave == 2 ? 32 : 16) || (fill && !isFloat) || (interleave && rank < 3))
    return CUDA_ERROR_INVALID_VALUE;
  map.strides[0] = element;
  for (uint32_t i = 0; i < rank; ++i) {
    if (!dims[i] || dims[i] > 1ull << 32 || !box[i] || box[i] > 256 || !elementStrides[i] || elementStrides[i] > 8)
      return CUDA_ERROR_INVALID_VALUE;
    map.dims[i] = uint32_t(dims[i] - 1);
    map.box[i] = uint16_t(box[i]);
    map.elementStride[i] = uint8_t(elementStrides[i]);
    if (i + 1 < rank) {
      if (strides[i] % (interleave == 2 ? 32 : 16) || strides[i] >= 1ull << 40)
        return CUDA_ERROR_INVALID_VALUE;
      map.strides[i + 1] = strides[i];
    }
  }
  uint32_t inner = box[0] * element;
  uint32_t span = swizzle == 0 ? 0 : swizzle == 1 ? 32 : swizzle == 2 ? 64 : 128;
  if (!interleave && (inner % 16 || (span && inner > span)))
    return CUDA_ERROR_INVALID_VALUE;
  if (interleave == 2 && swizzle != 1)
    return CUDA_ERROR_INVALID_VALUE;
  memcpy(out, &map, sizeof map);
  return CUDA_SUCCESS;
}

} // namespace gpusim::api
