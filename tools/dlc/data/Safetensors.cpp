#include "tools/dlc/data/Safetensors.h"
#include "tools/dlc/data/DurableFile.h"
#include <algorithm>
#include <bit>
#include <cstring>
#include <fmt/format.h>
#include <fstream>
#include <nlohmann/json.hpp>
#include <tuple>

namespace dlc::data {
namespace {
using Json = nlohmann::ordered_json;
static_assert(std::endian::native == std::endian::little);

constexpr std::pair<const char *, DType> typeNames[] = {
    {"F64", DType::F64},        {"F32", DType::F32},        {"F16", DType::F16},  {"BF16", DType::BF16},
    {"I64", DType::I64},        {"I32", DType::I32},        {"I16", DType::I16},  {"I8", DType::I8},
    {"U64", DType::U64},        {"U32", DType::U32},        {"U16", DType::U16},  {"U8", DType::U8},
    {"F8_E4M3", DType::F8E4M3}, {"F8_E5M2", DType::F8E5M2}, {"BOOL", DType::Bool}};
/// The reference implementation's limit.
constexpr uint64_t longestHeader = 100 << 20;

[[noreturn]] void damaged(const std::string &where, const std::string &what) {
  throw Error(fmt::format("{}: no safetensors file, or a damaged one: {}", where, what));
}

struct Entry {
  std::string name;
  DType dtype;
  Shape shape;
  uint64_t begin, end;
};
struct Header {
  std::vector<Entry> entries; ///< in the order of their bytes
  std::map<std::string, std::string> metadata;
};

uint64_t headerLength(std::string_view first, uint64_t fileSize, const std::string &where) {
  if (first.size() < 8)
    damaged(where, fmt::format("{} bytes", first.size()));
  uint64_t length;
  std::memcpy(&length, first.data(), 8);
  if (length > longestHeader || length > fileSize - 8)
    damaged(where, fmt::format("a header of {} bytes in a file of {}", length, fileSize));
  return length;
}

/// Counts from 0 to 2^62: JSON's numbers may be fractions, negative or too large.
bool isCount(const Json &value) {
  return value.is_number_integer() && (value.is_number_unsigned() || value.get<int64_t>() >= 0) &&
         value.get<uint64_t>() < uint64_t(1) << 62;
}

Entry parseEntry(const std::string &name, const Json &value, uint64_t dataSize, const std::string &where) {
  auto wrong = [&](const std::string &what) { damaged(where, fmt::format("tensor '{}': {}", name, what)); };
  if (!value.is_object() || !value.contains("dtype") || !value["dtype"].is_string() || !value.contains("shape") ||
      !value["shape"].is_array() || !value.contains("data_offsets") || !value["data_offsets"].is_array() ||
      value["data_offsets"].size() != 2)
    wrong("expected dtype, shape and two data_offsets");
  Entry entry{name, DType::None, {}, 0, 0};
  for (auto [text, type] : typeNames)
    if (value["dtype"] == text)
      entry.dtype = type;
  if (entry.dtype == DType::None)
    wrong(fmt::format("of a type that dlc does not read, {}", value["dtype"].dump()));
  unsigned __int128 need = exe::bitWidth(entry.dtype) / 8;
  for (const Json &d : value["shape"]) {
    if (!isCount(d))
      wrong("a dimension is " + d.dump());
    entry.shape.push_back(d.get<int64_t>());
    need = std::min<unsigned __int128>(need * d.get<uint64_t>(), static_cast<unsigned __int128>(1) << 62);
  }
  const Json &offsets = value["data_offsets"];
  if (!isCount(offsets[0]) || !isCount(offsets[1]))
    wrong("its data_offsets are " + offsets.dump());
  entry.begin = offsets[0].get<uint64_t>();
  entry.end = offsets[1].get<uint64_t>();
  if (entry.begin > entry.end || entry.end > dataSize)
    wrong(fmt::format("lies at {} to {} of {} bytes", entry.begin, entry.end, dataSize));
  if (need != entry.end - entry.begin)
    wrong(fmt::format("{} in {} bytes", describe(entry.dtype, entry.shape), entry.end - entry.begin));
  return entry;
}

/// Headers nest two deep; JSON that nests for ever would run through the stack.
Json parseJson(std::string_view text, const std::string &where) {
  auto shallow = [](int depth, Json::parse_event_t, Json &) {
    if (depth > 8)
      throw std::runtime_error("nested too deep");
    return true;
  };
  try {
    return Json::parse(text.begin(), text.end(), shallow);
  } catch (const std::exception &error) {
    damaged(where, fmt::format("its header is no JSON ({})", error.what()));
  }
}

Header parseHeader(std::string_view text, uint64_t dataSize, const std::string &where) {
  Json json = parseJson(text, where);
  if (!json.is_object())
    damaged(where, "its header is no JSON object");
  Header header;
  for (const auto &[name, value] : json.items()) {
    if (name != "__metadata__") {
      header.entries.push_back(parseEntry(name, value, dataSize, where));
      continue;
    }
    if (!value.is_object())
      damaged(where, "its __metadata__ is no object");
    for (const auto &[key, text] : value.items()) {
      if (!text.is_string())
        damaged(where, fmt::format("its __metadata__ '{}' is no string", key));
      header.metadata[key] = text.get<std::string>();
    }
  }
  std::sort(header.entries.begin(), header.entries.end(), [](const Entry &a, const Entry &b) {
    return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
  });
  uint64_t at = 0;
  for (const Entry &e : header.entries) {
    if (e.begin != at)
      damaged(where, fmt::format("tensor '{}' begins at {}, but the one before it ends at {}", e.name, e.begin, at));
    at = e.end;
  }
  if (at != dataSize)
    damaged(where, fmt::format("its tensors end at {} of {} bytes", at, dataSize));
  return header;
}
} // namespace

Safetensors parseSafetensors(std::string_view bytes, const std::string &where) {
  uint64_t length = headerLength(bytes, bytes.size(), where);
  std::string_view data = bytes.substr(8 + length);
  Header header = parseHeader(bytes.substr(8, length), data.size(), where);
  Safetensors file;
  file.metadata = std::move(header.metadata);
  for (const Entry &e : header.entries) {
    Tensor tensor(e.dtype, e.shape);
    if (e.end > e.begin)
      std::memcpy(tensor.bytes.data(), data.data() + e.begin, e.end - e.begin);
    file.tensors.emplace(e.name, std::move(tensor));
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
  std::string text(headerLength(first, size, path), '\0');
  if (!file.read(text.data(), static_cast<std::streamsize>(text.size())))
    damaged(path, "its header cannot be read");
  return parseHeader(text, size - 8 - text.size(), path).metadata;
}

void writeSafetensors(const std::string &path, const Safetensors &content) {
  Json header = Json::object();
  if (!content.metadata.empty())
    header["__metadata__"] = content.metadata;
  // Wide elements first, so that all lie at multiples of their width.
  std::vector<const std::pair<const std::string, Tensor> *> order;
  for (const auto &entry : content.tensors)
    order.push_back(&entry);
  std::sort(order.begin(), order.end(), [](auto *a, auto *b) {
    return std::pair(-int(exe::bitWidth(a->second.dtype)), a->first) <
           std::pair(-int(exe::bitWidth(b->second.dtype)), b->first);
  });
  uint64_t at = 0;
  for (const auto *entry : order) {
    const Tensor &tensor = entry->second;
    auto name = std::find_if(std::begin(typeNames), std::end(typeNames),
                             [&](auto &pair) { return pair.second == tensor.dtype; });
    if (name == std::end(typeNames))
      throw Error(fmt::format("{}: '{}' is {}, which safetensors cannot hold", path, entry->first, describe(tensor)));
    header[entry->first] = {
        {"dtype", name->first}, {"shape", tensor.shape}, {"data_offsets", {at, at + tensor.bytes.size()}}};
    at += tensor.bytes.size();
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  uint64_t length = text.size();
  DurableFile file(path);
  file.write(&length, 8);
  file.write(text.data(), text.size());
  for (const auto *entry : order)
    file.write(entry->second.bytes.data(), entry->second.bytes.size());
  file.commit();
}
} // namespace dlc::data
