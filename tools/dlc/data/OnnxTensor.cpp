#include "tools/dlc/data/OnnxTensor.h"
#include "frontend/onnx/File.h"
#include <cstring>
#include <fmt/format.h>

namespace dlc::data {
static DType fromOnnx(dlc::DType type) {
  switch (type) {
  case dlc::DType::F32:
    return DType::F32;
  case dlc::DType::F64:
    return DType::F64;
  case dlc::DType::F16:
    return DType::F16;
  case dlc::DType::BF16:
    return DType::BF16;
  case dlc::DType::I8:
    return DType::I8;
  case dlc::DType::I16:
    return DType::I16;
  case dlc::DType::I32:
    return DType::I32;
  case dlc::DType::I64:
    return DType::I64;
  case dlc::DType::U8:
    return DType::U8;
  case dlc::DType::U16:
    return DType::U16;
  case dlc::DType::U32:
    return DType::U32;
  case dlc::DType::U64:
    return DType::U64;
  case dlc::DType::Bool:
    return DType::Bool;
  case dlc::DType::F8E4M3FN:
    return DType::F8E4M3;
  case dlc::DType::F8E5M2:
    return DType::F8E5M2;
  case dlc::DType::F8E4M3FNUZ:
    return DType::F8E4M3Z;
  case dlc::DType::F8E5M2FNUZ:
    return DType::F8E5M2Z;
  case dlc::DType::F4E2M1:
    return DType::F4E2M1;
  case dlc::DType::F8E8M0:
    return DType::F8E8M0;
  case dlc::DType::I4:
    return DType::I4;
  case dlc::DType::U4:
    return DType::U4;
  case dlc::DType::I2:
    return DType::I2;
  case dlc::DType::U2:
    return DType::U2;
  default:
    return DType::None;
  }
}

static DType requireType(dlc::DType given, const std::string &path) {
  DType type = fromOnnx(given);
  if (type == DType::None)
    throw Error(fmt::format("{}: elements of type {}, which dlc does not have", path,
                            dtypeName(given) != std::string("?") ? std::string(dtypeName(given))
                                                                 : fmt::format("number {}", static_cast<int>(given))));
  return type;
}

TensorType readOnnxTensorType(const std::string &path) {
  onnx::TensorProto proto;
  if (!proto.ParseFromString(readFile(path)))
    throw Error(fmt::format("{}: cut off or not an ONNX tensor", path));
  return {requireType(static_cast<dlc::DType>(proto.data_type()), path),
          Shape(proto.dims().begin(), proto.dims().end())};
}

NamedTensor readOnnxTensor(const std::string &path) {
  dlc::Tensor found;
  std::string error;
  if (!dlc::readTensorFile(path, found, error))
    throw Error(error);
  DType type = requireType(found.dtype, path);
  NamedTensor result{found.name, Tensor(type, found.shape)};
  if (found.size != result.tensor.bytes.size())
    throw Error(fmt::format("{}: {} bytes of elements, expected {} for {}", path, found.size,
                            result.tensor.bytes.size(), describe(result.tensor)));
  if (found.size)
    std::memcpy(result.tensor.bytes.data(), found.data, found.size);
  return result;
}
} // namespace dlc::data
