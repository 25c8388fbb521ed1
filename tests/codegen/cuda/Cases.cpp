#include "tests/codegen/cuda/Cases.h"

namespace dlc::test {

int64_t product(const std::vector<int64_t> &shape) {
  int64_t result = 1;
  for (int64_t extent : shape)
    result *= extent;
  return result;
}

std::string tensorType(const std::vector<int64_t> &shape, const std::string &type) {
  std::string text = "tensor<";
  for (int64_t extent : shape)
    text += std::to_string(extent) + "x";
  return text + type + ">";
}

std::string dims(int count) {
  std::string text = "(";
  for (int d = 0; d < count; ++d)
    text += (d ? ", d" : "d") + std::to_string(d);
  return text + ")";
}

std::string map(int dimensions, const std::string &results) {
  return "affine_map<" + dims(dimensions) + " -> " + results + ">";
}

std::string generic(const std::string &name, int parallel, int reduction, const std::vector<std::string> &maps,
                    const std::vector<std::pair<std::string, std::string>> &ins,
                    const std::vector<std::pair<std::string, std::string>> &outs, const std::string &body) {
  auto join = [](auto &list, auto text) {
    std::string result;
    for (auto &item : list)
      result += (result.empty() ? "" : ", ") + text(item);
    return result;
  };
  using Pair = std::pair<std::string, std::string>;
  auto value = [](const Pair &p) { return p.first; };
  auto type = [](const Pair &p) { return p.second; };
  std::string text = "  %" + name + (outs.size() > 1 ? ":" + std::to_string(outs.size()) : "") +
                     " = linalg.generic {indexing_maps = [" + join(maps, [](const std::string &m) { return m; }) +
                     "], iterator_types = [";
  for (int d = 0; d < parallel + reduction; ++d)
    text += std::string(d ? ", " : "") + (d < parallel ? "\"parallel\"" : "\"reduction\"");
  text += "]}";
  if (!ins.empty())
    text += " ins(" + join(ins, value) + " : " + join(ins, type) + ")";
  text += " outs(" + join(outs, value) + " : " + join(outs, type) + ") {\n" + body + "\n  } -> ";
  return text + (outs.size() > 1 ? "(" + join(outs, type) + ")" : outs[0].second) + "\n";
}

std::string kernel(const std::string &name, const std::string &form, const std::vector<std::string> &arguments,
                   const std::vector<std::string> &results, const std::string &body) {
  std::string text = "func.func private @" + name + "(";
  for (size_t i = 0; i < arguments.size(); ++i)
    text += (i ? ", %a" : "%a") + std::to_string(i) + ": " + arguments[i];
  text += ") -> (";
  std::string values, types;
  for (size_t i = 0; i < results.size(); ++i) {
    values += (i ? ", %r" : "%r") + std::to_string(i);
    types += (i ? ", " : "") + results[i];
  }
  return text + types + ") attributes {dlc.kernel = \"" + form + "\", dlc.sources = [\"" + name +
         "\"], dlc.flops = 1000 : i64, dlc.bytes = 1000 : i64} {\n" + body + "  return " + values + " : " + types +
         "\n}\n";
}

} // namespace dlc::test
