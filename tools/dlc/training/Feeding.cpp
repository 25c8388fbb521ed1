#include "tools/dlc/training/Feeding.h"
#include <cstring>
#include <fmt/format.h>

namespace dlc::cli {
namespace {
using data::DType;

/// Calls f with a number of the type that `type` stands for; false for types of 8-bit floats and fewer bits than 8.
template <class F> bool dispatch(DType type, F f) {
  switch (type) {
  case DType::Bool:
  case DType::U8:
    return f(uint8_t()), true;
  case DType::I8:
    return f(int8_t()), true;
  case DType::U16:
    return f(uint16_t()), true;
  case DType::I16:
    return f(int16_t()), true;
  case DType::U32:
    return f(uint32_t()), true;
  case DType::I32:
    return f(int32_t()), true;
  case DType::U64:
    return f(uint64_t()), true;
  case DType::I64:
    return f(int64_t()), true;
  case DType::F32:
    return f(float()), true;
  case DType::F64:
    return f(double()), true;
  default:
    return false;
  }
}

/// What stands at i of `values`, one for all or one a plane.
double at(const std::vector<double> &values, int64_t plane, double otherwise) {
  return values.empty() ? otherwise : values[values.size() == 1 ? 0 : static_cast<size_t>(plane)];
}

template <class T> double loaded(const std::byte *p, int64_t i) {
  return static_cast<double>(reinterpret_cast<const T *>(p)[i]);
}
} // namespace

void checkFeed(const data::Column &column, DType to, bool whole) {
  if (column.dtype == to)
    return;
  bool known = dispatch(column.dtype, [](auto) {}) || column.dtype == DType::F16 || column.dtype == DType::BF16;
  bool taken = dispatch(to, [](auto) {}) || to == DType::F16 || to == DType::BF16;
  bool wide = column.dtype == DType::F32 || column.dtype == DType::F64;
  if (!known || !taken || to == DType::Bool || (data::isFloat(column.dtype) && !data::isFloat(to) && !(whole && wide)))
    throw data::Error(fmt::format("column '{}' of the data holds {}, which cannot be fed as {}", column.name,
                                  exe::name(column.dtype), exe::name(to)));
}

data::Column asLabels(data::Column column) {
  column.mean = column.deviation = {};
  return column;
}

void feedSample(const data::Column &column, const std::byte *from, DType to, std::byte *out) {
  bool normalised = data::isFloat(to) && (!column.mean.empty() || !column.deviation.empty());
  int64_t n = column.elements();
  if (column.dtype == to && !normalised) {
    std::memcpy(out, from, column.bytes());
    return;
  }
  if (!data::isFloat(to)) {
    dispatch(to, [&](auto wanted) {
      dispatch(column.dtype, [&](auto held) {
        for (int64_t i = 0; i < n; ++i)
          reinterpret_cast<decltype(wanted) *>(out)[i] =
              static_cast<decltype(wanted)>(reinterpret_cast<const decltype(held) *>(from)[i]);
      });
    });
    return;
  }
  int64_t planes = column.mean.size() > 1 || column.deviation.size() > 1 ? column.shape.at(0) : 1, each = n / planes;
  for (int64_t p = 0; p < planes; ++p) {
    double deviation = at(column.deviation, p, 1), scale = 1 / deviation, shift = -at(column.mean, p, 0) / deviation;
    if (column.dtype == DType::U8 && to == DType::F32) {
      data::scaleBytes(reinterpret_cast<const uint8_t *>(from) + p * each, reinterpret_cast<float *>(out) + p * each,
                       each, static_cast<float>(scale), static_cast<float>(shift));
      continue;
    }
    auto put = [&](int64_t i, double x) {
      float value = static_cast<float>(normalised ? x * scale + shift : x);
      if (to == DType::F32)
        reinterpret_cast<float *>(out)[i] = value;
      else if (to == DType::F64)
        reinterpret_cast<double *>(out)[i] = normalised ? x * scale + shift : x;
      else
        reinterpret_cast<uint16_t *>(out)[i] = to == DType::F16 ? data::floatToHalf(value) : data::floatToBfloat(value);
    };
    for (int64_t i = p * each; i < (p + 1) * each; ++i)
      if (column.dtype == DType::F16 || column.dtype == DType::BF16) {
        uint16_t bits = reinterpret_cast<const uint16_t *>(from)[i];
        put(i, column.dtype == DType::F16 ? data::halfToFloat(bits) : data::bfloatToFloat(bits));
      } else {
        dispatch(column.dtype, [&](auto held) { put(i, loaded<decltype(held)>(from, i)); });
      }
  }
}
} // namespace dlc::cli
