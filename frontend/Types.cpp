#include "frontend/Types.h"
#include "mlir/IR/BuiltinAttributes.h"
#include <cstring>

using namespace mlir;

namespace dlc {

mlir::Type elementType(MLIRContext *context, DType dtype) {
  Builder b(context);
  switch (dtype) {
  case DType::F16:
    return b.getF16Type();
  case DType::BF16:
    return b.getBF16Type();
  case DType::F32:
    return b.getF32Type();
  case DType::F64:
    return b.getF64Type();
  case DType::Bool:
    return b.getI1Type();
  case DType::F8E4M3FN:
    return b.getType<Float8E4M3FNType>();
  case DType::F8E4M3FNUZ:
    return b.getType<Float8E4M3FNUZType>();
  case DType::F8E5M2:
    return b.getType<Float8E5M2Type>();
  case DType::F8E5M2FNUZ:
    return b.getType<Float8E5M2FNUZType>();
  case DType::F4E2M1:
    return b.getType<Float4E2M1FNType>();
  case DType::F8E8M0:
    return b.getType<Float8E8M0FNUType>();
  default:
    break;
  }
  if (unsigned bits = packedBits(dtype))
    return isSignedInt(dtype) ? b.getIntegerType(bits) : b.getIntegerType(bits, /*isSigned=*/false);
  if (isSignedInt(dtype))
    return b.getIntegerType(dtypeSize(dtype) * 8);
  if (isUnsignedInt(dtype))
    return b.getIntegerType(dtypeSize(dtype) * 8, /*isSigned=*/false);
  return {};
}

DType dtypeOf(mlir::Type element) {
  for (DType dtype :
       {DType::F32,    DType::F64,      DType::F16,    DType::BF16,       DType::Bool,       DType::I8,
        DType::I16,    DType::I32,      DType::I64,    DType::U8,         DType::U16,        DType::U32,
        DType::U64,    DType::F8E4M3FN, DType::F8E5M2, DType::F8E4M3FNUZ, DType::F8E5M2FNUZ, DType::F4E2M1,
        DType::F8E8M0, DType::I4,       DType::U4,     DType::I2,         DType::U2})
    if (elementType(element.getContext(), dtype) == element)
      return dtype;
  return DType::Undefined;
}

DenseElementsAttr denseAttr(MLIRContext *context, const Tensor &tensor) {
  auto type = RankedTensorType::get(tensor.shape, elementType(context, tensor.dtype));
  int64_t count = tensor.elements();
  if (tensor.dtype == DType::Bool) {
    SmallVector<bool> values(count);
    for (int64_t i = 0; i < count; ++i)
      values[i] = tensor.data[i] != 0;
    return DenseElementsAttr::get(type, values);
  }
  size_t width = dtypeSize(tensor.dtype);
  bool splat = count > 1;
  for (int64_t i = 1; i < count && splat; ++i)
    splat = std::memcmp(tensor.data, tensor.data + i * width, width) == 0;
  // The attribute wants aligned bytes, which a mapped file does not promise.
  SmallVector<uint64_t> aligned((splat ? width : tensor.size) / 8 + 1);
  std::memcpy(aligned.data(), tensor.data, splat ? width : tensor.size);
  return DenseElementsAttr::getFromRawBuffer(
      type, ArrayRef(reinterpret_cast<const char *>(aligned.data()), splat ? width : tensor.size));
}

Tensor tensorOf(ElementsAttr attr) {
  auto dense = cast<DenseElementsAttr>(attr);
  auto shape = dense.getType().getShape();
  DType dtype = dtypeOf(dense.getElementType());
  size_t width = dtypeSize(dtype);
  int64_t count = dense.getNumElements();
  std::string bytes(count * width, '\0');
  if (dtype == DType::Bool) {
    int64_t i = 0;
    for (bool value : dense.getValues<bool>())
      bytes[i++] = value;
  } else {
    for (int64_t i = 0; i < count; ++i)
      std::memcpy(bytes.data() + i * width, dense.getRawData().data() + (dense.isSplat() ? 0 : i * width), width);
  }
  return Tensor::fromBytes(dtype, std::vector<int64_t>(shape.begin(), shape.end()), std::move(bytes));
}

} // namespace dlc
