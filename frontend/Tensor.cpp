#include "frontend/Tensor.h"
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

namespace dlc {

namespace {
struct TypeRow {
  DType type;
  const char *name;
  size_t size;
};
const TypeRow typeRows[] = {
    {DType::F32, "f32", 4},
    {DType::U8, "ui8", 1},
    {DType::I8, "i8", 1},
    {DType::U16, "ui16", 2},
    {DType::I16, "i16", 2},
    {DType::I32, "i32", 4},
    {DType::I64, "i64", 8},
    {DType::String, "string", 0},
    {DType::Bool, "i1", 1},
    {DType::F16, "f16", 2},
    {DType::F64, "f64", 8},
    {DType::U32, "ui32", 4},
    {DType::U64, "ui64", 8},
    {DType::C64, "complex<f32>", 8},
    {DType::C128, "complex<f64>", 16},
    {DType::BF16, "bf16", 2},
    {DType::F8E4M3FN, "f8E4M3FN", 1},
    {DType::F8E4M3FNUZ, "f8E4M3FNUZ", 1},
    {DType::F8E5M2, "f8E5M2", 1},
    {DType::F8E5M2FNUZ, "f8E5M2FNUZ", 1},
    {DType::U4, "ui4", 1},
    {DType::I4, "i4", 1},
    {DType::F4E2M1, "f4E2M1FN", 1},
    {DType::F8E8M0, "f8E8M0FNU", 1},
    {DType::U2, "ui2", 1},
    {DType::I2, "i2", 1},
};
const TypeRow *findType(DType type) {
  for (const TypeRow &row : typeRows)
    if (row.type == type)
      return &row;
  return nullptr;
}
template <typename T> T load(const void *bytes, int64_t index) {
  T value;
  std::memcpy(&value, static_cast<const char *>(bytes) + index * sizeof(T), sizeof(T));
  return value;
}
template <typename T> void store(void *bytes, int64_t index, T value) {
  std::memcpy(static_cast<char *>(bytes) + index * sizeof(T), &value, sizeof(T));
}
} // namespace

const char *dtypeName(DType type) {
  const TypeRow *row = findType(type);
  return row ? row->name : "?";
}
size_t dtypeSize(DType type) {
  const TypeRow *row = findType(type);
  return row ? row->size : 0;
}
unsigned packedBits(DType type) {
  return type == DType::U4 || type == DType::I4 || type == DType::F4E2M1 ? 4
         : type == DType::U2 || type == DType::I2                        ? 2
                                                                         : 0;
}

namespace {
/// Floats of 8 bits and less: sign, exponent, mantissa; what stands above `most` is no number.
struct SmallFloat {
  DType type;
  int mantissa, bias, most; // most: the greatest code of a finite number
  int infinity, nan;        // codes; -1 where there is none
  bool zeroSigned;
};
const SmallFloat smallFloats[] = {
    {DType::F8E4M3FN, 3, 7, 0x7e, -1, 0x7f, true},  {DType::F8E4M3FNUZ, 3, 8, 0x7f, -1, 0x80, false},
    {DType::F8E5M2, 2, 15, 0x7b, 0x7c, 0x7e, true}, {DType::F8E5M2FNUZ, 2, 16, 0x7f, -1, 0x80, false},
    {DType::F4E2M1, 1, 1, 7, -1, -1, true},
};
const SmallFloat *smallFloat(DType type) {
  for (const SmallFloat &f : smallFloats)
    if (f.type == type)
      return &f;
  return nullptr;
}
double decode(const SmallFloat &f, uint8_t code) {
  int sign = f.type == DType::F4E2M1 ? code & 8 : code & 0x80, rest = f.type == DType::F4E2M1 ? code & 7 : code & 0x7f;
  if (!f.zeroSigned && code == f.nan)
    return std::nan("");
  if (rest > f.most)
    return rest == f.infinity ? (sign ? -HUGE_VAL : HUGE_VAL) : std::nan("");
  int exponent = rest >> f.mantissa, fraction = rest & ((1 << f.mantissa) - 1);
  double value =
      std::ldexp(exponent ? fraction + (1 << f.mantissa) : fraction, (exponent ? exponent : 1) - f.bias - f.mantissa);
  return sign ? -value : value;
}
// To nearest even; beyond the greatest number infinity, or NaN, or where there is neither that number.
uint8_t encode(const SmallFloat &f, double value) {
  int signBit = f.type == DType::F4E2M1 ? 8 : 0x80, sign = std::signbit(value) ? signBit : 0;
  if (std::isnan(value))
    return uint8_t(f.nan < 0 ? 0 : f.zeroSigned ? f.nan | sign : f.nan);
  double a = std::fabs(value);
  int exponent = a == 0 ? 1 - f.bias : std::max(a == HUGE_VAL ? 1024 : std::ilogb(a), 1 - f.bias);
  double units = a == HUGE_VAL ? 0 : std::nearbyint(std::ldexp(a, f.mantissa - exponent));
  double code = units + double(exponent + f.bias - 1) * (1 << f.mantissa);
  if (a == HUGE_VAL || code > f.most)
    return uint8_t(f.infinity >= 0 ? f.infinity | sign
                   : f.nan < 0     ? f.most | sign
                   : f.zeroSigned  ? f.nan | sign
                                   : f.nan);
  return uint8_t(code == 0 && !f.zeroSigned ? 0 : int(code) | sign);
}
} // namespace

bool isFloat(DType type) {
  return type == DType::F32 || type == DType::F64 || type == DType::F16 || type == DType::BF16 || smallFloat(type) ||
         type == DType::F8E8M0;
}
bool isSignedInt(DType type) {
  return type == DType::I4 || type == DType::I2 || type == DType::I8 || type == DType::I16 || type == DType::I32 ||
         type == DType::I64;
}
bool isUnsignedInt(DType type) {
  return type == DType::U4 || type == DType::U2 || type == DType::U8 || type == DType::U16 || type == DType::U32 ||
         type == DType::U64;
}

float halfToFloat(uint16_t bits) {
  uint32_t sign = uint32_t(bits & 0x8000) << 16, exponent = (bits >> 10) & 31, fraction = bits & 0x3ff;
  if (exponent == 31)
    return std::bit_cast<float>(sign | 0x7f800000u | (fraction << 13));
  if (exponent == 0) {
    float value = std::ldexp(float(fraction), -24);
    return sign ? -value : value;
  }
  return std::bit_cast<float>(sign | ((exponent + 112) << 23) | (fraction << 13));
}

uint16_t floatToHalf(float value) {
  uint32_t bits = std::bit_cast<uint32_t>(value), sign = (bits >> 16) & 0x8000, magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000)
    return uint16_t(sign | 0x7e00 | ((bits >> 13) & 0x3ff));
  if (magnitude >= 0x477ff000) // rounds to 65536 or more
    return uint16_t(sign | 0x7c00);
  if (magnitude < 0x38800000) // subnormal: a multiple of 2^-24, rounded by the FPU
    return uint16_t(sign | uint32_t(std::nearbyint(std::ldexp(std::bit_cast<float>(magnitude), 24))));
  uint32_t rounded = magnitude + 0xfff + ((magnitude >> 13) & 1);
  return uint16_t(sign | ((rounded >> 13) - (112u << 10)));
}

uint16_t floatToBfloat(float value) {
  uint32_t bits = std::bit_cast<uint32_t>(value);
  if ((bits & 0x7fffffff) > 0x7f800000)
    return uint16_t((bits >> 16) | 0x40);
  return uint16_t((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

double loadF64(DType type, const void *bytes, int64_t index) {
  switch (type) {
  case DType::F32:
    return load<float>(bytes, index);
  case DType::F64:
    return load<double>(bytes, index);
  case DType::F16:
    return halfToFloat(load<uint16_t>(bytes, index));
  case DType::BF16:
    return std::bit_cast<float>(uint32_t(load<uint16_t>(bytes, index)) << 16);
  case DType::U64:
    return double(load<uint64_t>(bytes, index));
  case DType::F8E8M0: {
    uint8_t code = load<uint8_t>(bytes, index);
    return code == 255 ? std::nan("") : std::ldexp(1.0, code - 127);
  }
  default:
    if (const SmallFloat *f = smallFloat(type))
      return decode(*f, load<uint8_t>(bytes, index));
    return double(loadI64(type, bytes, index));
  }
}

int64_t loadI64(DType type, const void *bytes, int64_t index) {
  switch (type) {
  case DType::I8:
    return load<int8_t>(bytes, index);
  case DType::Bool:
  case DType::U8:
    return load<uint8_t>(bytes, index);
  case DType::I16:
    return load<int16_t>(bytes, index);
  case DType::U16:
    return load<uint16_t>(bytes, index);
  case DType::I32:
    return load<int32_t>(bytes, index);
  case DType::U32:
    return load<uint32_t>(bytes, index);
  case DType::I64:
  case DType::U64:
    return load<int64_t>(bytes, index);
  case DType::I4:
    return ((load<uint8_t>(bytes, index) & 15) ^ 8) - 8;
  case DType::U4:
    return load<uint8_t>(bytes, index) & 15;
  case DType::I2:
    return ((load<uint8_t>(bytes, index) & 3) ^ 2) - 2;
  case DType::U2:
    return load<uint8_t>(bytes, index) & 3;
  default: {
    if (!isFloat(type))
      return 0;
    double value = loadF64(type, bytes, index);
    if (std::isnan(value))
      return 0;
    return value >= 0x1p63 ? INT64_MAX : value < -0x1p63 ? INT64_MIN : int64_t(value);
  }
  }
}

void storeElement(DType type, void *bytes, int64_t index, double value) {
  switch (type) {
  case DType::F32:
    return store(bytes, index, float(value));
  case DType::F64:
    return store(bytes, index, value);
  case DType::F16:
    return store(bytes, index, floatToHalf(float(value)));
  case DType::BF16:
    return store(bytes, index, floatToBfloat(float(value)));
  case DType::Bool:
    return store(bytes, index, uint8_t(value != 0));
  case DType::U64:
    if (value >= 0x1p64)
      return store(bytes, index, UINT64_MAX);
    return store(bytes, index, value >= 0x1p63 ? uint64_t(value) : uint64_t(loadI64(DType::F64, &value, 0)));
  case DType::F8E8M0: { // rounds up
    int exponent = 0;
    double fraction = std::frexp(value, &exponent);
    int code = std::clamp(exponent - (fraction == 0.5 ? 1 : 0) + 127, 0, 254);
    return store(bytes, index, uint8_t(std::isnan(value) || value < 0 ? 255 : value == 0 ? 0 : code));
  }
  default:
    if (const SmallFloat *f = smallFloat(type))
      return store(bytes, index, encode(*f, value));
    return storeElement(type, bytes, index, loadI64(DType::F64, &value, 0));
  }
}

void storeElement(DType type, void *bytes, int64_t index, int64_t value) {
  switch (type) {
  case DType::Bool:
    return store(bytes, index, uint8_t(value != 0));
  case DType::I8:
  case DType::U8:
    return store(bytes, index, int8_t(value));
  case DType::I4:
  case DType::U4:
    return store(bytes, index, uint8_t(value & 15));
  case DType::I2:
  case DType::U2:
    return store(bytes, index, uint8_t(value & 3));
  case DType::I16:
  case DType::U16:
    return store(bytes, index, int16_t(value));
  case DType::I32:
  case DType::U32:
    return store(bytes, index, int32_t(value));
  case DType::I64:
  case DType::U64:
    return store(bytes, index, value);
  default:
    return storeElement(type, bytes, index, double(value));
  }
}

int64_t elementCount(const std::vector<int64_t> &shape) {
  int64_t count = 1;
  for (int64_t size : shape)
    if (size == 0)
      return 0;
  for (int64_t size : shape)
    if (__builtin_mul_overflow(count, size, &count))
      return INT64_MAX;
  return count;
}

std::string shapeName(const std::vector<int64_t> &shape) {
  std::string name;
  for (size_t i = 0; i < shape.size(); ++i)
    name += (i ? "x" : "") + (shape[i] < 0 ? std::string("?") : std::to_string(shape[i]));
  return name;
}

int64_t Tensor::elements() const { return elementCount(shape); }
double Tensor::f64At(int64_t index) const { return loadF64(dtype, data, index); }
int64_t Tensor::i64At(int64_t index) const { return loadI64(dtype, data, index); }
std::string Tensor::typeName() const { return shapeName(shape) + (shape.empty() ? "" : "x") + dtypeName(dtype); }

Tensor Tensor::fromBytes(DType dtype, std::vector<int64_t> shape, std::string bytes, std::string name) {
  auto owner = std::make_shared<const std::string>(std::move(bytes));
  Tensor tensor{std::move(name), dtype, std::move(shape), owner, owner->data(), owner->size(), {}, 0};
  return tensor;
}
Tensor Tensor::fromI64(const std::vector<int64_t> &values) {
  return fromBytes(DType::I64, {int64_t(values.size())},
                   std::string(reinterpret_cast<const char *>(values.data()), values.size() * 8));
}
Tensor Tensor::scalarI64(int64_t value) {
  return fromBytes(DType::I64, {}, std::string(reinterpret_cast<const char *>(&value), 8));
}
Tensor Tensor::filled(DType dtype, std::vector<int64_t> shape, double value) {
  std::string bytes(elementCount(shape) * dtypeSize(dtype), '\0');
  for (int64_t i = 0, e = elementCount(shape); i < e; ++i)
    storeElement(dtype, bytes.data(), i, value);
  return fromBytes(dtype, std::move(shape), std::move(bytes));
}

} // namespace dlc
