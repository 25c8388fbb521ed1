#include "tools/dlc/data/Npy.h"
#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <optional>

namespace dlc::data {
namespace {
constexpr char magic[] = "\x93NUMPY";

DType fromDescription(std::string_view d) {
  static constexpr std::pair<std::string_view, DType> table[] = {
      {"b1", DType::Bool}, {"i1", DType::I8},  {"i2", DType::I16}, {"i4", DType::I32}, {"i8", DType::I64},
      {"u1", DType::U8},   {"u2", DType::U16}, {"u4", DType::U32}, {"u8", DType::U64}, {"f2", DType::F16},
      {"f4", DType::F32},  {"f8", DType::F64}, {"V2", DType::BF16}};
  for (auto &[name, type] : table)
    if (name == d)
      return type;
  return DType::None;
}

std::string_view toDescription(DType t) {
  switch (t) {
  case DType::Bool:
    return "|b1";
  case DType::I8:
  case DType::I4:
  case DType::I2:
    return "|i1";
  case DType::U8:
  case DType::U4:
  case DType::U2:
    return "|u1";
  case DType::I16:
    return "<i2";
  case DType::I32:
    return "<i4";
  case DType::I64:
    return "<i8";
  case DType::U16:
    return "<u2";
  case DType::U32:
    return "<u4";
  case DType::U64:
    return "<u8";
  case DType::F16:
    return "<f2";
  case DType::F64:
    return "<f8";
  default:
    return "<f4";
  }
}

/// The text after 'key': in the header's Python dictionary.
std::optional<std::string_view> field(std::string_view header, std::string_view key) {
  size_t at = header.find(fmt::format("'{}'", key));
  if (at == header.npos || (at = header.find(':', at)) == header.npos)
    return std::nullopt;
  at = header.find_first_not_of(' ', at + 1);
  return at == header.npos ? std::nullopt : std::optional(header.substr(at));
}

std::string hex(std::string_view bytes) {
  std::string text;
  for (unsigned char c : bytes)
    text += fmt::format("{}{:02x}", text.empty() ? "" : " ", c);
  return text.empty() ? "nothing" : text;
}

/// Makes row-major out of column-major.
Tensor transposed(const Tensor &from) {
  Tensor to(from.dtype, from.shape);
  size_t width = exe::bitWidth(from.dtype) / 8, rank = from.shape.size();
  std::vector<int64_t> index(rank, 0), stride(rank, 1);
  for (size_t d = 1; d < rank; ++d)
    stride[d] = stride[d - 1] * from.shape[d - 1];
  for (int64_t i = 0, n = from.count(); i < n; ++i) {
    int64_t source = 0;
    for (size_t d = 0; d < rank; ++d)
      source += index[d] * stride[d];
    std::memcpy(to.bytes.data() + i * width, from.bytes.data() + source * width, width);
    for (size_t d = rank; d-- && ++index[d] == from.shape[d];)
      index[d] = 0;
  }
  return to;
}
} // namespace

Tensor parseNpy(std::string_view bytes, const std::string &where) {
  auto bad = [&](const std::string &what) { return Error(fmt::format("{}: not a usable .npy file: {}", where, what)); };
  if (bytes.size() < 10 || std::memcmp(bytes.data(), magic, 6) != 0)
    throw bad(fmt::format("it begins with {}, expected 93 4e 55 4d 50 59",
                          hex(bytes.substr(0, std::min<size_t>(6, bytes.size())))));
  auto byte = [&](size_t i) { return static_cast<unsigned char>(bytes[i]); };
  size_t start = byte(6) == 1 ? 10 : 12;
  if (byte(6) < 1 || byte(6) > 3 || bytes.size() < start)
    throw bad(fmt::format("version {}.{}, expected 1, 2 or 3", byte(6), byte(7)));
  size_t length =
      start == 10 ? byte(8) | byte(9) << 8 : byte(8) | byte(9) << 8 | byte(10) << 16 | size_t(byte(11)) << 24;
  if (bytes.size() - start < length)
    throw bad(fmt::format("cut off in its header ({} bytes of {})", bytes.size(), start + length));
  std::string_view header = bytes.substr(start, length);

  auto descr = field(header, "descr"), order = field(header, "fortran_order"), dims = field(header, "shape");
  if (!descr || !order || !dims || descr->size() < 4 || (*descr)[0] != '\'' || (*dims)[0] != '(')
    throw bad(fmt::format("header {}, expected descr, fortran_order and shape", header));
  size_t quote = descr->find('\'', 1);
  std::string_view text = quote == descr->npos ? "" : descr->substr(1, quote - 1);
  DType dtype = text.size() > 1 ? fromDescription(text.substr(1)) : DType::None;
  if (dtype == DType::None)
    throw bad(fmt::format("elements of type '{}', expected booleans, integers or floats", text));

  Shape shape;
  for (size_t at = 1; at < dims->size() && (*dims)[at] != ')';) {
    size_t digits = dims->find_first_not_of("0123456789", at);
    if (digits == dims->npos || digits - at > 15)
      throw bad("a dimension that is no number");
    if (digits > at)
      shape.push_back(std::stoll(std::string(dims->substr(at, digits - at))));
    else if ((*dims)[at] != ',' && (*dims)[at] != ' ')
      throw bad("a dimension that is no number");
    at = std::max(digits, at + 1);
  }

  std::string_view data = bytes.substr(start + length);
  if (uint64_t need = Tensor(dtype, {}).bytes.size(); need) { // compare before allocating: a damaged shape may be huge
    unsigned __int128 total = need;
    for (int64_t d : shape)
      total = std::min<unsigned __int128>(total * static_cast<uint64_t>(d), static_cast<unsigned __int128>(1) << 62);
    if (total != data.size())
      throw bad(fmt::format("{} bytes of elements, expected {} for {}", data.size(), static_cast<uint64_t>(total),
                            describe(dtype, shape)));
  }
  Tensor tensor(dtype, shape);
  if (!data.empty())
    std::memcpy(tensor.bytes.data(), data.data(), data.size());
  if (text[0] == '>')
    for (size_t i = 0, width = exe::bitWidth(dtype) / 8; i < tensor.bytes.size(); i += width)
      std::reverse(tensor.bytes.begin() + i, tensor.bytes.begin() + i + width);
  return order->starts_with("True") && shape.size() > 1 ? transposed(tensor) : tensor;
}

std::string formatNpy(const Tensor &tensor) {
  std::string dims;
  for (int64_t d : tensor.shape)
    dims += fmt::format("{},{}", d, tensor.shape.size() > 1 ? " " : "");
  if (tensor.shape.size() > 1)
    dims.resize(dims.size() - 2);
  std::string header =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", toDescription(tensor.dtype), dims);
  header.append(63 - (10 + header.size()) % 64, ' ');
  header += '\n';
  std::string out(magic, 6);
  out += {'\x01', '\x00', static_cast<char>(header.size() & 255), static_cast<char>(header.size() >> 8)};
  out += header;

  bool asIs = tensor.dtype != DType::BF16 && tensor.dtype < DType::F8E4M3; // behind it come codes of a byte
  if (asIs)
    return out.append(reinterpret_cast<const char *>(tensor.bytes.data()), tensor.bytes.size());
  Tensor wide(isFloat(tensor.dtype) ? DType::F32 : isSigned(tensor.dtype) ? DType::I8 : DType::U8, tensor.shape);
  for (int64_t i = 0, n = tensor.count(); i < n; ++i)
    store(wide, i, load(tensor, i));
  return out.append(reinterpret_cast<const char *>(wide.bytes.data()), wide.bytes.size());
}
} // namespace dlc::data
