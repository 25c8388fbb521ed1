#include "frontend/onnx/File.h"
#include <cstdlib>
#include <cstring>

namespace dlc {
namespace {

bool external(const onnx::TensorProto &proto, const std::string &folder, Tensor &tensor, std::string &error) {
  std::string location;
  uint64_t offset = 0, length = 0;
  bool hasLength = false;
  for (const auto &entry : proto.external_data()) {
    if (entry.key() == "location")
      location = entry.value();
    else if (entry.key() == "offset")
      offset = std::strtoull(entry.value().c_str(), nullptr, 10);
    else if (entry.key() == "length")
      length = std::strtoull(entry.value().c_str(), nullptr, 10), hasLength = true;
  }
  if (location.empty() || location.front() == '/' || location.find("..") != std::string::npos) {
    error = "tensor '" + proto.name() + "': external data at '" + location + "' is not a path below the model's folder";
    return false;
  }
  auto file = MappedFile::open(folder + "/" + location, error);
  if (!file)
    return false;
  if (!hasLength)
    length = offset <= file->size() ? file->size() - offset : 0;
  if (offset > file->size() || length > file->size() - offset) {
    error = "tensor '" + proto.name() + "': external data at " + location + " ends at byte " +
            std::to_string(offset + length) + ", but the file has " + std::to_string(file->size());
    return false;
  }
  tensor.data = file->data() + offset;
  tensor.size = length;
  tensor.owner = file;
  tensor.file = folder + "/" + location;
  tensor.fileOffset = offset;
  return true;
}

template <typename To, typename From> std::string narrow(const From &values) {
  std::string bytes(values.size() * sizeof(To), '\0');
  for (int i = 0; i < values.size(); ++i) {
    To value = To(values[i]);
    std::memcpy(bytes.data() + i * sizeof(To), &value, sizeof(To));
  }
  return bytes;
}

std::string typedField(const onnx::TensorProto &proto) {
  switch (DType(proto.data_type())) {
  case DType::F32:
  case DType::C64:
    return narrow<float>(proto.float_data());
  case DType::F64:
  case DType::C128:
    return narrow<double>(proto.double_data());
  case DType::I64:
    return narrow<int64_t>(proto.int64_data());
  case DType::U32:
    return narrow<uint32_t>(proto.uint64_data());
  case DType::U64:
    return narrow<uint64_t>(proto.uint64_data());
  case DType::I32:
    return narrow<int32_t>(proto.int32_data());
  case DType::I16:
  case DType::U16:
  case DType::F16:
  case DType::BF16:
    return narrow<uint16_t>(proto.int32_data());
  default:
    return narrow<uint8_t>(proto.int32_data());
  }
}

// ONNX packs elements of 4 and 2 bits, the lowest bits first; here each has a byte.
std::string unpacked(const char *data, size_t size, unsigned bits, uint64_t count) {
  std::string bytes(count, '\0');
  unsigned each = 8 / bits;
  for (uint64_t i = 0; i < count && i / each < size; ++i)
    bytes[i] = char(uint8_t(data[i / each]) >> (i % each * bits) & ((1 << bits) - 1));
  return bytes;
}
} // namespace

bool tensorFromProto(const onnx::TensorProto &proto, const std::string &folder, Tensor &tensor, std::string &error,
                     bool borrow) {
  tensor = {};
  tensor.name = proto.name();
  tensor.dtype = DType(proto.data_type());
  tensor.shape.assign(proto.dims().begin(), proto.dims().end());
  std::string who = "tensor '" + proto.name() + "'";
  size_t width = dtypeSize(tensor.dtype);
  if (width == 0) {
    error = who + ": element type " + dtypeName(tensor.dtype) + " (ONNX data type " +
            std::to_string(proto.data_type()) + ") is not supported";
    return false;
  }
  uint64_t want = width;
  for (int64_t size : tensor.shape)
    if (size < 0 || __builtin_mul_overflow(want, uint64_t(size), &want) || want > uint64_t(INT64_MAX)) {
      error = who + ": shape " + shapeName(tensor.shape) + " is not possible";
      return false;
    }
  if (proto.data_location() == onnx::TensorProto::EXTERNAL) {
    if (!external(proto, folder, tensor, error))
      return false;
  } else if (borrow && proto.has_raw_data()) {
    tensor.data = proto.raw_data().data();
    tensor.size = proto.raw_data().size();
  } else {
    auto bytes = std::make_shared<const std::string>(proto.has_raw_data() ? proto.raw_data() : typedField(proto));
    tensor.data = bytes->data();
    tensor.size = bytes->size();
    tensor.owner = bytes;
  }
  if (unsigned bits = packedBits(tensor.dtype)) {
    uint64_t packed = want / (8 / bits) + (want % (8 / bits) != 0);
    if (tensor.size != packed) {
      error = who + ": " + std::to_string(tensor.size) + " bytes of data, but " + tensor.typeName() + " wants " +
              std::to_string(packed);
      return false;
    }
    auto bytes = std::make_shared<const std::string>(unpacked(tensor.data, tensor.size, bits, want));
    tensor.data = bytes->data();
    tensor.size = bytes->size();
    tensor.owner = bytes;
    tensor.file.clear();
  }
  if (tensor.size != want) {
    error = who + ": " + std::to_string(tensor.size) + " bytes of data, but " + tensor.typeName() + " wants " +
            std::to_string(want);
    return false;
  }
  return true;
}

void tensorToProto(const Tensor &tensor, onnx::TensorProto &proto) {
  proto.set_name(tensor.name);
  proto.set_data_type(int32_t(tensor.dtype));
  for (int64_t size : tensor.shape)
    proto.add_dims(size);
  unsigned bits = packedBits(tensor.dtype);
  if (!bits) {
    proto.set_raw_data(tensor.data, tensor.size);
    return;
  }
  unsigned each = 8 / bits;
  std::string packed((tensor.size + each - 1) / each, '\0');
  for (size_t i = 0; i < tensor.size; ++i)
    packed[i / each] = char(uint8_t(packed[i / each]) | (tensor.data[i] & ((1 << bits) - 1)) << (i % each * bits));
  proto.set_raw_data(packed);
}

} // namespace dlc
