#include "tools/dlc/data/Input.h"
#include "tools/dlc/data/Idx.h"
#include "tools/dlc/data/Npy.h"
#include "tools/dlc/data/OnnxTensor.h"
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <numbers>

namespace dlc::data {
namespace {
constexpr char hint[] = "expected name=@file.npy or name=1x3x224x224xf32=0 (or =random, =range, =1,2,3)";

uint64_t mix(uint64_t z) {
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}

double number(std::string_view text, const std::string &argument) {
  if (text == "true" || text == "false")
    return text == "true";
  double value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    throw Error(fmt::format("{}: '{}' is no number; {}", argument, text, hint));
  return value;
}

/// The element that a text says; whole numbers of 64 bits as they are, not by way of a double.
template <class T> bool storeWhole(Tensor &tensor, int64_t i, std::string_view text) {
  T value;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    return false;
  tensor.as<T>()[i] = value;
  return true;
}
void storeText(Tensor &tensor, int64_t i, std::string_view text, const std::string &argument) {
  if ((tensor.dtype == DType::I64 && storeWhole<int64_t>(tensor, i, text)) ||
      (tensor.dtype == DType::U64 && storeWhole<uint64_t>(tensor, i, text)))
    return;
  store(tensor, i, number(text, argument));
}

void fill(Tensor &tensor, const std::string &values, const std::string &argument) {
  int64_t n = tensor.count();
  if (values == "random" || values.starts_with("random:")) {
    uint64_t seed =
        values == "random" ? 0 : static_cast<uint64_t>(number(std::string_view(values).substr(7), argument));
    tensor = randomTensor(tensor.dtype, tensor.shape, seed);
    return;
  }
  std::vector<std::string_view> list;
  if (values == "range") {
    for (int64_t i = 0; i < n; ++i)
      store(tensor, i, static_cast<double>(i));
    return;
  }
  for (size_t at = 0; at <= values.size();) {
    size_t comma = std::min(values.find(',', at), values.size());
    list.push_back(std::string_view(values).substr(at, comma - at));
    (void)number(list.back(), argument); // also where there is no element
    at = comma + 1;
  }
  if (list.size() != 1 && static_cast<int64_t>(list.size()) != n)
    throw Error(
        n == 1 ? fmt::format("{}: {} values for one {}; more have their shape in front of the type, as in {}x{}",
                             argument, list.size(), describe(tensor), list.size(), describe(tensor))
               : fmt::format("{}: {} values, expected 1 or {} for {}", argument, list.size(), n, describe(tensor)));
  for (int64_t i = 0; i < n; ++i)
    storeText(tensor, i, list[list.size() == 1 ? 0 : i], argument);
}
} // namespace

Tensor randomTensor(DType dtype, const Shape &shape, uint64_t seed) {
  Tensor tensor(dtype, shape);
  auto bits = [&](uint64_t counter) { return mix(mix(seed + 0x9e3779b97f4a7c15u) + counter * 0x9e3779b97f4a7c15u); };
  auto uniform = [&](uint64_t counter) { return (static_cast<double>(bits(counter) >> 11) + 0.5) * 0x1p-53; };
  for (int64_t i = 0, n = tensor.count(); i < n; ++i) {
    if (isFloat(dtype)) // Box and Muller
      store(tensor, i, std::sqrt(-2 * std::log(uniform(2 * i))) * std::cos(2 * std::numbers::pi * uniform(2 * i + 1)));
    else
      store(tensor, i, static_cast<double>(bits(i) % (dtype == DType::Bool ? 2 : 10)));
  }
  return tensor;
}

Tensor readTensor(const std::string &path) {
  if (path.ends_with(".pb"))
    return readOnnxTensor(path).tensor;
  std::string bytes = readFile(path);
  bool idx = bytes.starts_with("\x1f\x8b") || bytes.starts_with(std::string_view("\0\0", 2));
  return idx ? parseIdx(bytes, path) : parseNpy(bytes, path);
}

/// Images are bytes on disk and floats in models.
static InputArgument fromFile(const std::string &name, const std::string &path) {
  Tensor tensor = readTensor(path);
  if (path.find("idx3-ubyte") == path.npos || tensor.dtype != DType::U8)
    return {name, std::move(tensor)};
  Tensor scaled(DType::F32, tensor.shape);
  scaleBytes(tensor.as<uint8_t>(), scaled.as<float>(), tensor.count(), 2.0f / 255.0f, -1.0f);
  return {name, std::move(scaled), true};
}

InputArgument parseInput(const std::string &argument, const char *option) {
  const std::string what = fmt::format("{} {}", option, argument);
  if (argument.starts_with("@"))
    return fromFile("", argument.substr(1));
  if (size_t at = argument.find("=@"); at != argument.npos)
    return fromFile(argument.substr(0, at), argument.substr(at + 2));
  // Names may hold nearly anything: what counts is that TYPE=VALUE stands at the end.
  size_t equals = argument.rfind('=');
  if (equals == argument.npos)
    throw Error(fmt::format("{}: {}", what, hint));
  std::string before = argument.substr(0, equals), values = argument.substr(equals + 1), name;
  if (size_t at = before.rfind('='); at != before.npos) {
    name = before.substr(0, at);
    before = before.substr(at + 1);
  }
  DType dtype;
  Shape shape;
  if (!parseType(before, dtype, shape))
    throw Error(fmt::format("{}: '{}' is no type; {}", what, before, hint));
  Tensor tensor(dtype, shape);
  fill(tensor, values, what);
  return {name, std::move(tensor)};
}

std::optional<RangeArgument> parseRange(const std::string &argument) {
  size_t equals = argument.rfind('='), dots = argument.find("..", equals == argument.npos ? 0 : equals);
  if (equals == argument.npos || dots == argument.npos)
    return std::nullopt;
  // 32..320:32 goes in steps of 32.
  size_t colon = std::min(argument.find(':', dots), argument.size());
  RangeArgument range{argument.substr(0, equals), 0, 0, 1};
  auto number = [&](size_t begin, size_t end, int64_t &value) {
    const char *last = argument.data() + end;
    auto [at, error] = std::from_chars(argument.data() + begin, last, value);
    return error == std::errc() && at == last;
  };
  if (range.name.empty() || !number(equals + 1, dots, range.low) || !number(dots + 2, colon, range.high) ||
      (colon != argument.size() && !number(colon + 1, argument.size(), range.step)))
    throw Error(
        fmt::format("--shape {}: expected a range of sizes as in x:batch=1..64, or 32..320:32 for the multiples "
                    "of 32",
                    argument));
  return range;
}

ShapeArgument parseShape(const std::string &argument) {
  size_t equals = argument.rfind('=');
  std::string name = equals == argument.npos ? "" : argument.substr(0, equals);
  std::string text = equals == argument.npos ? argument : argument.substr(equals + 1);
  DType dtype;
  Shape shape;
  if (!parseType(text, dtype, shape) && !parseType(text + "xf32", dtype, shape))
    throw Error(fmt::format("--shape {}: '{}' is no shape; expected name=1x3x224x224", argument, text));
  return {name, std::move(shape)};
}
} // namespace dlc::data
