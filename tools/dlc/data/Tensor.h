// Dense tensors in host memory, as the tool reads, feeds, compares and writes them.
#pragma once
#include "codegen/Executable.h"
#include "runtime/Status.h"
#include <cstddef>
#include <cstdint>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

namespace dlc::data {
using exe::DType;
using Shape = std::vector<int64_t>;

/// Something that the user gave is wrong; what() is one line that says where, what was found, what was expected.
struct Error : std::runtime_error {
  /// Control characters of a damaged file are written as in C: a reason has one line.
  explicit Error(std::string text) : std::runtime_error(rt::escaped(std::move(text))) {}
};

/// The runtime takes buffers of this alignment without a copy.
template <class T> struct Aligned {
  using value_type = T;
  static constexpr std::align_val_t alignment{64};
  Aligned() = default;
  template <class U> Aligned(const Aligned<U> &) {}
  T *allocate(size_t n) { return static_cast<T *>(::operator new(n * sizeof(T), alignment)); }
  void deallocate(T *p, size_t) { ::operator delete(p, alignment); }
  // Elements are left uninitialised: buffers are megabytes and are about to be written.
  template <class U> void construct(U *p) { ::new (static_cast<void *>(p)) U; }
  template <class U, class... A> void construct(U *p, A &&...a) {
    ::new (static_cast<void *>(p)) U(std::forward<A>(a)...);
  }
  bool operator==(const Aligned &) const { return true; }
};

/// Row-major, little-endian; bool is one byte, and so are types of 4 and 2 bits.
struct Tensor {
  DType dtype = DType::F32;
  Shape shape;
  std::vector<std::byte, Aligned<std::byte>> bytes;

  Tensor() = default;
  /// Uninitialised elements. Throws Error for a negative dimension or more bytes than fit into memory.
  Tensor(DType, Shape);

  int64_t count() const;
  template <class T> T *as() { return reinterpret_cast<T *>(bytes.data()); }
  template <class T> const T *as() const { return reinterpret_cast<const T *>(bytes.data()); }
};

bool isFloat(DType);
bool isSigned(DType);
/// An element as double; exact for everything but large 64-bit integers.
double load(const Tensor &, int64_t index);
/// An integer or bool element, exactly (u64 as its bits).
int64_t loadInteger(const Tensor &, int64_t index);
/// Rounds to nearest even, saturates integers.
void store(Tensor &, int64_t index, double value);

/// "1x3x224x224xf32", "f32" for a scalar.
std::string describe(DType, const Shape &);
inline std::string describe(const Tensor &t) { return describe(t.dtype, t.shape); }
/// The opposite of describe(); false if `text` is no type.
bool parseType(const std::string &text, DType &, Shape &);

float halfToFloat(uint16_t);
uint16_t floatToHalf(float);
float bfloatToFloat(uint16_t);
uint16_t floatToBfloat(float);

/// The bytes of a file, or of standard input for "-". Throws Error.
std::string readFile(const std::string &path);
/// Writes through a temporary file beside it and a rename; standard output for "-". Throws Error.
void writeFile(const std::string &path, std::string_view bytes);

} // namespace dlc::data
