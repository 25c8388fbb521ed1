// A tensor on the host: element type, shape, contiguous row-major little-endian bytes. The frontend's own currency
// for constants, initializers and test data; knows neither MLIR nor ONNX.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace dlc {

// Numbered as ONNX's TensorProto.DataType, so that no table is needed between the two.
enum class DType : int32_t {
  Undefined = 0,
  F32 = 1,
  U8 = 2,
  I8 = 3,
  U16 = 4,
  I16 = 5,
  I32 = 6,
  I64 = 7,
  String = 8,
  Bool = 9,
  F16 = 10,
  F64 = 11,
  U32 = 12,
  U64 = 13,
  C64 = 14,
  C128 = 15,
  BF16 = 16,
  F8E4M3FN = 17,
  F8E4M3FNUZ = 18,
  F8E5M2 = 19,
  F8E5M2FNUZ = 20,
  U4 = 21,
  I4 = 22,
  F4E2M1 = 23,
  F8E8M0 = 24,
  U2 = 25,
  I2 = 26,
};

const char *dtypeName(DType type); // "f32", "bf16", "ui8", "i1" ...; "?" where unknown
size_t dtypeSize(DType type);      // bytes an element; 0 where there is no fixed number (string). Types of less than a
                                   // byte take one here, in its lower bits; ONNX packs them (packedBits)
unsigned packedBits(DType type);   // bits an element where ONNX packs several into a byte, else 0
bool isFloat(DType type);          // those of 8 and 4 bits too
bool isSignedInt(DType type);      // i8..i64
bool isUnsignedInt(DType type);    // ui8..ui64
inline bool isInt(DType type) { return isSignedInt(type) || isUnsignedInt(type); }

// Bytes are shared and immutable: `owner` keeps them alive (a string, a mapped file).
struct Tensor {
  std::string name;
  DType dtype = DType::Undefined;
  std::vector<int64_t> shape;
  std::shared_ptr<const void> owner;
  const char *data = nullptr;
  size_t size = 0;
  std::string file; // where the bytes lie in a file of their own (external data), and from where on
  uint64_t fileOffset = 0;

  int64_t elements() const;
  std::string_view bytes() const { return {data, size}; }
  template <typename T> const T *as() const { return reinterpret_cast<const T *>(data); }
  std::string typeName() const; // "2x3xf32"

  // One element, converted. Reading f16/bf16/bool works; index < elements().
  double f64At(int64_t index) const;
  int64_t i64At(int64_t index) const;

  static Tensor fromBytes(DType dtype, std::vector<int64_t> shape, std::string bytes, std::string name = {});
  static Tensor fromI64(const std::vector<int64_t> &values); // 1-D
  static Tensor scalarI64(int64_t value);                    // 0-D
  static Tensor filled(DType dtype, std::vector<int64_t> shape, double value);
};

// Stores value at index of an array of `type`, rounding to nearest even (floats) and truncating (integers).
void storeElement(DType type, void *bytes, int64_t index, double value);
void storeElement(DType type, void *bytes, int64_t index, int64_t value);
double loadF64(DType type, const void *bytes, int64_t index);
int64_t loadI64(DType type, const void *bytes, int64_t index);

float halfToFloat(uint16_t bits);
uint16_t floatToHalf(float value);
uint16_t floatToBfloat(float value);

int64_t elementCount(const std::vector<int64_t> &shape); // INT64_MAX where there are more
std::string shapeName(const std::vector<int64_t> &shape); // "2x3", "" for rank 0

} // namespace dlc
