// The format is the runtime's (runtime/Safetensors.h), so that an application and `dlc train` read each other's files.
#include "tools/dlc/data/Safetensors.h"
#include "runtime/DurableFile.h"
#include "runtime/Safetensors.h"
#include <bit>
#include <cstring>
#include <fmt/format.h>
#include <fstream>

namespace dlc::data {
namespace {
static_assert(std::endian::native == std::endian::little);

void require(const rt::Status &status) {
  if (!status.ok())
    throw Error(fmt::format("{}: {}", status.location(), status.message()));
}

DType typeOf(const rt::StoredTensor &t) { return static_cast<DType>(t.dtype); }
} // namespace

Safetensors parseSafetensors(std::string_view bytes, const std::string &where) {
  uint64_t length = 0;
  require(rt::safetensorsLength(bytes, bytes.size(), where, length));
  std::string_view data = bytes.substr(8 + length);
  rt::SafetensorsHeader header;
  require(rt::parseSafetensors(bytes.substr(8, length), data.size(), where, header));
  Safetensors file;
  file.metadata = std::move(header.metadata);
  for (const rt::StoredTensor &t : header.tensors) {
    Tensor tensor(typeOf(t), t.shape);
    if (t.end > t.begin)
      std::memcpy(tensor.bytes.data(), data.data() + t.begin, t.end - t.begin);
    file.tensors.emplace(t.name, std::move(tensor));
  }
  return file;
}

Safetensors readSafetensors(const std::string &path) { return parseSafetensors(readFile(path), path); }

std::map<std::string, std::string> readSafetensorsMetadata(const std::string &path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file)
    throw Error(fmt::format("{}: {}", path, std::strerror(errno)));
  auto size = static_cast<uint64_t>(std::max<std::streamoff>(file.tellg(), 0));
  std::string first(std::min<uint64_t>(size, 8), '\0');
  file.seekg(0);
  file.read(first.data(), static_cast<std::streamsize>(first.size()));
  uint64_t length = 0;
  require(rt::safetensorsLength(first, size, path, length));
  std::string text(length, '\0');
  if (!file.read(text.data(), static_cast<std::streamsize>(text.size())))
    throw Error(fmt::format("{}: its header cannot be read", path));
  rt::SafetensorsHeader header;
  require(rt::parseSafetensors(text, size - 8 - text.size(), path, header));
  return header.metadata;
}

void writeSafetensors(const std::string &path, const Safetensors &content) {
  rt::SafetensorsHeader header;
  header.metadata = content.metadata;
  for (const auto &[name, tensor] : content.tensors) {
    auto dtype = static_cast<fb::DType>(tensor.dtype);
    if (!rt::inSafetensors(dtype))
      throw Error(fmt::format("{}: '{}' is {}, which safetensors cannot hold", path, name, describe(tensor)));
    header.tensors.push_back({name, dtype, tensor.shape, 0, 0});
  }
  std::string text;
  require(rt::layOutSafetensors(header, path, text));
  rt::DurableFile file;
  require(file.begin(path));
  require(file.write(text.data(), text.size()));
  for (const rt::StoredTensor &t : header.tensors) {
    const Tensor &tensor = content.tensors.at(t.name);
    require(file.write(tensor.bytes.data(), tensor.bytes.size()));
  }
  require(file.commit());
}
} // namespace dlc::data
