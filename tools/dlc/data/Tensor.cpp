#include "tools/dlc/data/Tensor.h"
#include "frontend/Tensor.h"
#include <bit>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <limits>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>

namespace dlc::data {

Tensor::Tensor(DType type, Shape dims) : dtype(type), shape(std::move(dims)) {
  // Checked by hand: shapes come from files, and byteSize() multiplies without looking.
  unsigned __int128 bits = exe::bitWidth(dtype);
  for (int64_t d : shape) {
    if (d < 0)
      throw Error(fmt::format("a tensor of shape {} has a negative dimension", describe(dtype, shape)));
    bits *= static_cast<uint64_t>(d);
    if (bits > (static_cast<unsigned __int128>(1) << 48))
      throw Error(fmt::format("a tensor of shape {} does not fit into memory", describe(dtype, shape)));
  }
  bytes.resize(static_cast<size_t>((bits + 7) / 8));
}

int64_t Tensor::count() const {
  int64_t n = 1;
  for (int64_t d : shape)
    n *= d;
  return n;
}

bool isFloat(DType t) {
  return t == DType::F16 || t == DType::BF16 || t == DType::F32 || t == DType::F64 || t == DType::F8E4M3 ||
         t == DType::F8E5M2 || t == DType::F8E4M3Z || t == DType::F8E5M2Z || t == DType::F4E2M1 || t == DType::F8E8M0;
}
bool isSigned(DType t) {
  return isFloat(t) || t == DType::I2 || t == DType::I8 || t == DType::I16 || t == DType::I32 || t == DType::I64 ||
         t == DType::I4;
}

float bfloatToFloat(uint16_t h) { return std::bit_cast<float>(static_cast<uint32_t>(h) << 16); }

uint16_t floatToBfloat(float f) {
  auto bits = std::bit_cast<uint32_t>(f);
  if (std::isnan(f))
    return static_cast<uint16_t>((bits >> 16) | 0x40);
  return static_cast<uint16_t>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

float halfToFloat(uint16_t h) {
  uint32_t sign = (h & 0x8000u) << 16, exponent = (h >> 10) & 31, fraction = h & 0x3ff;
  if (exponent == 31)
    return std::bit_cast<float>(sign | 0x7f800000u | (fraction << 13));
  float magnitude = std::ldexp(static_cast<float>(exponent ? fraction + 1024 : fraction),
                               exponent ? static_cast<int>(exponent) - 25 : -24);
  return sign ? -magnitude : magnitude;
}

uint16_t floatToHalf(float f) {
  uint16_t sign = (std::bit_cast<uint32_t>(f) >> 16) & 0x8000;
  float a = std::fabs(f);
  if (std::isnan(f))
    return sign | 0x7e00;
  if (a >= 65520.0f)
    return sign | 0x7c00;
  if (a < 6.103515625e-05f) // below the least normal number: multiples of 2^-24
    return sign | static_cast<uint16_t>(std::nearbyint(std::ldexp(a, 24)));
  auto bits = std::bit_cast<uint32_t>(a);
  bits += 0xfff + ((bits >> 13) & 1);
  return sign | static_cast<uint16_t>((bits >> 13) - (112u << 10));
}

/// Types of a byte and less whose elements are codes; Undefined for others.
static dlc::DType codeOf(DType t) {
  switch (t) {
  case DType::F8E4M3:
    return dlc::DType::F8E4M3FN;
  case DType::F8E5M2:
    return dlc::DType::F8E5M2;
  case DType::F8E4M3Z:
    return dlc::DType::F8E4M3FNUZ;
  case DType::F8E5M2Z:
    return dlc::DType::F8E5M2FNUZ;
  case DType::F4E2M1:
    return dlc::DType::F4E2M1;
  case DType::F8E8M0:
    return dlc::DType::F8E8M0;
  case DType::I4:
    return dlc::DType::I4;
  case DType::U4:
    return dlc::DType::U4;
  case DType::I2:
    return dlc::DType::I2;
  case DType::U2:
    return dlc::DType::U2;
  default:
    return dlc::DType::Undefined;
  }
}

int64_t loadInteger(const Tensor &t, int64_t i) {
  switch (t.dtype) {
  case DType::Bool:
    return t.as<uint8_t>()[i] != 0;
  case DType::I8:
    return t.as<int8_t>()[i];
  case DType::I16:
    return t.as<int16_t>()[i];
  case DType::I32:
    return t.as<int32_t>()[i];
  case DType::I64:
    return t.as<int64_t>()[i];
  case DType::U8:
    return t.as<uint8_t>()[i];
  case DType::U16:
    return t.as<uint16_t>()[i];
  case DType::U32:
    return t.as<uint32_t>()[i];
  case DType::U64:
    return static_cast<int64_t>(t.as<uint64_t>()[i]);
  default:
    if (dlc::DType code = codeOf(t.dtype); code != dlc::DType::Undefined)
      return dlc::loadI64(code, t.bytes.data(), i);
    return static_cast<int64_t>(load(t, i));
  }
}

double load(const Tensor &t, int64_t i) {
  switch (t.dtype) {
  case DType::F64:
    return t.as<double>()[i];
  case DType::F32:
    return t.as<float>()[i];
  case DType::F16:
    return halfToFloat(t.as<uint16_t>()[i]);
  case DType::BF16:
    return bfloatToFloat(t.as<uint16_t>()[i]);
  case DType::U64:
    return static_cast<double>(t.as<uint64_t>()[i]);
  case DType::None:
    return 0;
  default:
    if (dlc::DType code = codeOf(t.dtype); code != dlc::DType::Undefined)
      return dlc::loadF64(code, t.bytes.data(), i);
    return static_cast<double>(loadInteger(t, i));
  }
}

template <class T> static T saturate(double v) {
  if (std::isnan(v))
    return 0;
  v = std::nearbyint(v);
  if (v <= static_cast<double>(std::numeric_limits<T>::min()))
    return std::numeric_limits<T>::min();
  return v >= static_cast<double>(std::numeric_limits<T>::max()) ? std::numeric_limits<T>::max() : static_cast<T>(v);
}

void store(Tensor &t, int64_t i, double v) {
  switch (t.dtype) {
  case DType::F64:
    t.as<double>()[i] = v;
    return;
  case DType::F32:
    t.as<float>()[i] = static_cast<float>(v);
    return;
  case DType::F16:
    t.as<uint16_t>()[i] = floatToHalf(static_cast<float>(v));
    return;
  case DType::BF16:
    t.as<uint16_t>()[i] = floatToBfloat(static_cast<float>(v));
    return;
  case DType::Bool:
    t.as<uint8_t>()[i] = v != 0;
    return;
  case DType::I8:
    t.as<int8_t>()[i] = saturate<int8_t>(v);
    return;
  case DType::I16:
    t.as<int16_t>()[i] = saturate<int16_t>(v);
    return;
  case DType::I32:
    t.as<int32_t>()[i] = saturate<int32_t>(v);
    return;
  case DType::I64:
    t.as<int64_t>()[i] = saturate<int64_t>(v);
    return;
  case DType::U8:
    t.as<uint8_t>()[i] = saturate<uint8_t>(v);
    return;
  case DType::U16:
    t.as<uint16_t>()[i] = saturate<uint16_t>(v);
    return;
  case DType::U32:
    t.as<uint32_t>()[i] = saturate<uint32_t>(v);
    return;
  case DType::U64:
    t.as<uint64_t>()[i] = saturate<uint64_t>(v);
    return;
  default:
    if (dlc::DType code = codeOf(t.dtype); code != dlc::DType::Undefined)
      return dlc::storeElement(code, t.bytes.data(), i, v);
    throw Error(fmt::format("values of type {} cannot be made from numbers", exe::name(t.dtype)));
  }
}

std::string describe(DType dtype, const Shape &shape) {
  std::string text;
  for (int64_t d : shape)
    text += fmt::format("{}x", d);
  return text + std::string(exe::name(dtype));
}

bool parseType(const std::string &text, DType &dtype, Shape &shape) {
  Shape dims;
  size_t at = 0;
  while (at < text.size() && std::isdigit(static_cast<unsigned char>(text[at]))) {
    size_t x = text.find('x', at);
    if (x == std::string::npos || x - at > 15 ||
        text.substr(at, x - at).find_first_not_of("0123456789") != std::string::npos)
      return false;
    dims.push_back(std::stoll(text.substr(at, x - at)));
    at = x + 1;
  }
  DType type = exe::parseDType(std::string_view(text).substr(at));
  if (type == DType::None)
    return false;
  dtype = type;
  shape = std::move(dims);
  return true;
}

std::string readFile(const std::string &path) {
  bool standardInput = path == "-";
  std::unique_ptr<FILE, int (*)(FILE *)> file(standardInput ? stdin : std::fopen(path.c_str(), "rb"),
                                              standardInput ? [](FILE *) { return 0; } : std::fclose);
  if (!file)
    throw Error(fmt::format("{}: {}", path, std::strerror(errno)));
  std::string bytes;
  struct stat info{};
  if (fstat(fileno(file.get()), &info) == 0 && S_ISDIR(info.st_mode))
    throw Error(fmt::format("{}: is a folder, expected a file", path));
  if (S_ISREG(info.st_mode))
    bytes.reserve(static_cast<size_t>(info.st_size));
  char buffer[1 << 16];
  while (size_t n = std::fread(buffer, 1, sizeof buffer, file.get()))
    bytes.append(buffer, n);
  if (std::ferror(file.get()))
    throw Error(fmt::format("{}: {}", path, std::strerror(errno)));
  return bytes;
}

void writeFile(const std::string &path, std::string_view bytes) {
  if (path == "-") {
    if (std::fwrite(bytes.data(), 1, bytes.size(), stdout) != bytes.size() || std::fflush(stdout))
      throw Error(fmt::format("standard output: {}", std::strerror(errno)));
    return;
  }
  std::string temporary = fmt::format("{}.{}.tmp", path, getpid());
  auto fail = [&] {
    int error = errno;
    unlink(temporary.c_str());
    throw Error(fmt::format("{}: {}", path, std::strerror(error)));
  };
  // A device or pipe is written as it is: a rename would replace it.
  struct stat info{};
  if (stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode))
    temporary = path;
  FILE *file = std::fopen(temporary.c_str(), "wb");
  if (!file)
    fail();
  bool good = std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size() && std::fflush(file) == 0;
  if (std::fclose(file) != 0 || !good || (temporary != path && std::rename(temporary.c_str(), path.c_str()) != 0))
    fail();
}

} // namespace dlc::data
